//! The entry of a subnet: loads its arguments, places its temporaries and calls its kernels in order.

use super::emit::Emitter;
use super::nest::Slot;
use super::plan::Plan;
use super::target::Target;
use braid_ir::{DType, Sym, Term};
use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

/// One call of a kernel.
#[derive(Clone, Debug)]
pub struct Call {
    /// Symbol of the kernel.
    pub kernel: String,
    /// Where it writes.
    pub target: Slot,
    /// What it reads.
    pub pointers: Vec<Slot>,
    /// The integers it takes.
    pub dims: Vec<Sym>,
}

/// The text of a module with the entry `symbol(args, results, dims, scratch)`.
pub fn emit(symbol: &str, plan: &Plan, calls: &[Call], dims: &[Sym], target: &Target) -> String {
    let mut emitter = Emitter::of_terms(target);
    for (i, &sym) in dims.iter().enumerate() {
        let value = load(&mut emitter, "%dims", i, "i64");
        emitter.set_sym(sym, value);
    }
    let mut slots: HashMap<Slot, Rc<str>> = HashMap::new();
    for call in calls {
        let mut arguments: Vec<Rc<str>> = Vec::new();
        for &slot in [&call.target].into_iter().chain(&call.pointers) {
            let name = slots.entry(slot).or_insert_with(|| match slot {
                Slot::Param(i) => load(&mut emitter, "%args", i, "!llvm.ptr"),
                Slot::Result(i) => load(&mut emitter, "%results", i, "!llvm.ptr"),
                Slot::Temp(i) => {
                    let offset = emitter.term(plan.temps[i].offset);
                    emitter.raw(&format!(
                        "llvm.getelementptr %scratch[{}] : (!llvm.ptr, i64) -> !llvm.ptr, i8",
                        offset.name
                    ))
                }
                Slot::Kept(_) => unreachable!("workgroup memory is of devices"),
            });
            arguments.push(name.clone());
        }
        arguments.extend(call.dims.iter().map(|&sym| emitter.term(Term::sym(sym)).name));
        emitter.line(&format!(
            "func.call @{}({}) : ({}) -> ()",
            call.kernel,
            arguments.join(", "),
            types(call)
        ));
    }
    let mut text = String::from("module {\n");
    let mut declared: Vec<&str> = Vec::new();
    for call in calls {
        if !declared.contains(&call.kernel.as_str()) {
            declared.push(&call.kernel);
            writeln!(text, "  func.func private @{}({})", call.kernel, types(call))
                .expect("writing to a string");
        }
    }
    let parameters = "%args: !llvm.ptr, %results: !llvm.ptr, %dims: !llvm.ptr, %scratch: !llvm.ptr";
    let body = emitter.into_body();
    writeln!(text, "  func.func @{symbol}({parameters}) {{\n{body}    return\n  }}\n}}")
        .expect("writing to a string");
    text
}

/// The pointer or integer at a place of a list.
fn load(emitter: &mut Emitter, list: &str, at: usize, ty: &str) -> Rc<str> {
    let place = emitter.raw(&format!("llvm.getelementptr {list}[{at}] : (!llvm.ptr) -> !llvm.ptr, {ty}"));
    emitter.raw(&format!("llvm.load {place} : !llvm.ptr -> {ty}"))
}

fn types(call: &Call) -> String {
    let mut types = vec!["!llvm.ptr"; 1 + call.pointers.len()];
    types.extend(vec![DType::I64.name(); call.dims.len()]);
    types.join(", ")
}
