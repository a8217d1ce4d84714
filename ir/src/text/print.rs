//! Nets as text.

use super::lex::is_plain;
use crate::dtype::{DType, Scalar};
use crate::net::*;
use crate::ops::OpSpec;
use crate::ops::attrs::{Attr, Attrs};
use crate::tensor::Tensor;
use crate::term::Sym;
use crate::types::Type;
use std::collections::HashMap;
use std::fmt::Write;

/// How to print a net.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    /// Weights with more elements than this are `elided`.
    pub elements_max: usize,
    /// Whether to print places in the user's source.
    pub places: bool,
}

impl Default for Printer {
    fn default() -> Printer {
        Printer { elements_max: 64, places: true }
    }
}

/// The net as text, large weights elided.
pub fn print_net(net: &Net) -> String {
    Printer::default().net(net)
}

/// One application as text, with the arena's own value numbers: for events and messages.
pub fn op_text(net: &Net, op: &Op) -> String {
    let printed = Printed {
        net,
        printer: Printer::default(),
        names: HashMap::new(),
        labels: HashMap::new(),
        syms: HashMap::new(),
    };
    printed.op(op)
}

/// Writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { _ = write!($out, $($arg)*) };
}
pub(super) use put;

/// A name behind its sigil.
pub(super) fn named(sigil: char, name: &str) -> String {
    if is_plain(name) { format!("{sigil}{name}") } else { format!("{sigil}{name:?}") }
}

struct Printed<'a> {
    net: &'a Net,
    printer: Printer,
    names: HashMap<ValueId, String>,
    labels: HashMap<BlockId, usize>,
    syms: HashMap<ValueId, Vec<Sym>>,
}

impl Printer {
    /// The net as text.
    pub fn net(&self, net: &Net) -> String {
        let order = net.reverse_postorder();
        let mut printed = Printed {
            net,
            printer: *self,
            names: HashMap::new(),
            labels: order.iter().enumerate().map(|(i, &b)| (b, i)).collect(),
            syms: HashMap::new(),
        };
        for (sym, def) in &net.syms {
            if let SymDef::Value(value) = def {
                printed.syms.entry(*value).or_default().push(*sym);
            }
        }
        printed.name_values(&order);
        let mut out = String::new();
        let inputs: Vec<String> = net.block(Net::ENTRY).params.iter().map(|&p| printed.binding(p)).collect();
        put!(out, "net {}({}) {{\n", named('@', &net.name), inputs.join(", "));
        let mut used: Vec<bool> = vec![false; net.weights.len()];
        for &block in &order {
            let operands = net.block(block).ops.iter().flat_map(|&op| net.op(op).operands.iter().copied());
            for value in operands.chain(net.block(block).end.uses()) {
                if let Def::Weight(weight) = net.value(value).def {
                    used[weight.index()] = true;
                }
            }
        }
        for (weight, _) in net.weights.iter().zip(used).filter(|(_, used)| *used) {
            put!(out, "  weight {}\n", self.weight(weight));
        }
        for guard in &net.guards {
            put!(out, "  {}{}\n", self::guard(guard), printed.place(guard.loc));
        }
        for &block in &order {
            printed.block(&mut out, block);
        }
        out.push_str("}\n");
        out
    }

    /// `@name : type = contents`.
    pub(super) fn weight(&self, weight: &Weight) -> String {
        let data = &weight.data;
        let dims: Vec<String> = data.shape().iter().map(usize::to_string).collect();
        let ty = format!("{}[{}]", data.dtype(), dims.join(", "));
        format!("{} : {ty} = {}", named('@', &weight.name), contents(data, self.elements_max))
    }
}

/// `guard condition : "reason"`, or `assert` if the source asserts it.
pub(super) fn guard(guard: &Guard) -> String {
    let word = if guard.raises { "assert" } else { "guard" };
    format!("{word} {} : {:?}", guard.condition, guard.reason)
}

/// The elements of a tensor.
fn contents(data: &Tensor, elements_max: usize) -> String {
    // By text, since all NaNs have one.
    let first = (data.len() > 1).then(|| element(data.get(0)));
    if let Some(first) = first.filter(|first| data.scalars().all(|v| element(v) == *first)) {
        format!("splat {first}")
    } else if data.len() <= elements_max {
        let elements: Vec<String> = data.scalars().map(element).collect();
        format!("dense [{}]", elements.join(", "))
    } else {
        "elided".to_string()
    }
}

/// The shortest text that reads back as the same element of its type.
fn element(value: Scalar) -> String {
    match value {
        Scalar::Float(_, v) if v.is_nan() => "nan".to_string(),
        Scalar::Float(DType::F32, v) => format!("{:?}", v as f32),
        other => other.to_string(),
    }
}

pub(super) fn attr(value: &Attr) -> String {
    fn list<T>(values: &[T], f: impl Fn(&T) -> String) -> String {
        format!("[{}]", values.iter().map(f).collect::<Vec<_>>().join(", "))
    }
    let float = |v: &f64| if v.is_nan() { "nan".to_string() } else { format!("{v:?}") };
    match value {
        Attr::Bool(v) => v.to_string(),
        Attr::Int(v) => v.to_string(),
        Attr::Ints(v) => list(v, i64::to_string),
        Attr::Float(v) => float(v),
        Attr::Floats(v) => list(v, float),
        Attr::Str(v) => format!("{v:?}"),
        Attr::DType(v) => v.to_string(),
        Attr::Scalar(v) => match v {
            Scalar::Bool(b) => b.to_string(),
            v => format!("{}:{}", element(*v), v.dtype()),
        },
        Attr::Term(v) => v.to_string(),
        Attr::Terms(v) => list(v, |t| t.to_string()),
        Attr::Tensor(v) => {
            let dims: Vec<String> = v.shape().iter().map(usize::to_string).collect();
            format!("{}[{}] {}", v.dtype(), dims.join(", "), contents(v, usize::MAX))
        }
    }
}

/// ` {name = value, …}` of the attributes that differ from their defaults.
pub(super) fn attributes(spec: &OpSpec, attrs: &Attrs) -> String {
    let differs = |(name, value): &(&'static str, &Attr)| {
        let default = spec.attributes.iter().find(|a| a.name == *name).and_then(|a| a.default);
        default.is_none_or(|default| default() != **value)
    };
    let shown: Vec<String> =
        attrs.iter().filter(differs).map(|(name, value)| format!("{name} = {}", attr(value))).collect();
    if shown.is_empty() { String::new() } else { format!(" {{{}}}", shown.join(", ")) }
}

impl Printed<'_> {
    fn name_values(&mut self, order: &[BlockId]) {
        let mut next = 0;
        let mut number = |names: &mut HashMap<ValueId, String>, value: ValueId| {
            names.entry(value).or_insert_with(|| {
                next += 1;
                format!("%{}", next - 1)
            });
        };
        let net = self.net;
        for (name, &param) in net.inputs.iter().zip(&net.block(Net::ENTRY).params) {
            self.names.insert(param, named('%', name));
        }
        for &id in order {
            let block = net.block(id);
            let results = block.ops.iter().flat_map(|&op| &net.op(op).results);
            for &value in block.params.iter().chain(results) {
                number(&mut self.names, value);
            }
        }
    }

    fn value(&self, value: ValueId) -> String {
        match self.net.weight_of(value) {
            Some(weight) => named('@', &weight.name),
            None => self.names.get(&value).cloned().unwrap_or_else(|| value.to_string()),
        }
    }

    fn values(&self, values: &[ValueId]) -> String {
        values.iter().map(|&v| self.value(v)).collect::<Vec<_>>().join(", ")
    }

    /// A value where it is defined: its name, and the symbols that stand for it.
    fn defined(&self, value: ValueId) -> String {
        let mut text = self.value(value);
        for sym in self.syms.get(&value).into_iter().flatten() {
            put!(text, " as {}", sym.name());
        }
        text
    }

    fn binding(&self, value: ValueId) -> String {
        format!("{}: {}", self.defined(value), self.net.ty(value))
    }

    fn place(&self, loc: Loc) -> String {
        match self.net.files.get(loc.file as usize) {
            Some(file) if loc.line > 0 && self.printer.places => {
                format!("  // {file}:{}:{}", loc.line, loc.col)
            }
            _ => String::new(),
        }
    }

    fn block(&self, out: &mut String, id: BlockId) {
        let block = self.net.block(id);
        put!(out, "^{}", self.labels[&id]);
        if id != Net::ENTRY && !block.params.is_empty() {
            let params: Vec<String> = block.params.iter().map(|&p| self.binding(p)).collect();
            put!(out, "({})", params.join(", "));
        }
        out.push_str(":\n");
        for &op in &block.ops {
            let op = self.net.op(op);
            put!(out, "  {}{}\n", self.op(op), self.place(op.loc));
        }
        put!(out, "  {}{}\n", self.end(&block.end), self.place(block.loc));
    }

    fn op(&self, op: &Op) -> String {
        let mut text = String::new();
        if !op.results.is_empty() {
            let results: Vec<String> = op.results.iter().map(|&v| self.defined(v)).collect();
            put!(text, "{} = ", results.join(", "));
        }
        text.push_str(op.spec.name);
        if !op.operands.is_empty() {
            put!(text, "({})", self.values(&op.operands));
        }
        text.push_str(&attributes(op.spec, &op.attrs));
        if !op.results.is_empty() {
            let types: Vec<String> =
                op.results.iter().map(|&v| self.net.ty(v)).map(Type::to_string).collect();
            put!(text, " : {}", types.join(", "));
        }
        text
    }

    fn edge(&self, edge: &Edge) -> String {
        let label = self.labels.get(&edge.block).map_or_else(|| edge.block.to_string(), |n| format!("^{n}"));
        if edge.args.is_empty() { label } else { format!("{label}({})", self.values(&edge.args)) }
    }

    fn end(&self, end: &Terminator) -> String {
        match end {
            Terminator::Open => "open".to_string(),
            Terminator::Jump(edge) => format!("jump {}", self.edge(edge)),
            Terminator::Branch { condition, yes, no } => {
                format!("br {}, {}, {}", self.value(*condition), self.edge(yes), self.edge(no))
            }
            Terminator::Return(values) => format!("return({})", self.values(values)),
            Terminator::Fail { message, operands } => format!("fail {message:?}({})", self.values(operands)),
        }
    }
}
