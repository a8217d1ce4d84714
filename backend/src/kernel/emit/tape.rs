//! Chunks of tapes: as loops over the points of a strip, in vectors, and as kernels of devices, a thread for each point.
//!
//! A strip is a block of memory with a column of points for each input, and likewise for outputs and for values that
//! cross from chunk to chunk. Columns have one length, known when code is generated, so that every address within a point is
//! a constant. A kernel has the same columns, as long as there are points, in a buffer each for inputs, outputs and what crosses;
//! neighbouring threads read neighbours.

use super::loops::signature;
use super::threads::wrapped;
use super::*;
use crate::kernel::form::WORKGROUP;
use crate::kernel::import_of;
use crate::scalar::plan::{Chunk, NONE, Plan, Step, power};
use crate::scalar::table::Table;
use braid_symbolic::tape::{Callback, Instr, Reg, Tape};

/// What chunks are made of.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The tape.
    pub tape: &'a Tape,
    /// Which of its registers hold a `bool`.
    pub bools: &'a [bool],
    /// Order and places.
    pub plan: &'a Plan,
    /// `F64` or `F32`.
    pub dtype: DType,
}

/// How chunks run over strips.
pub struct Strip<'a> {
    /// What they compute.
    pub source: Source<'a>,
    /// Addresses.
    pub table: &'a Table,
    /// Points per vector.
    pub lanes: usize,
    /// Points per column.
    pub column: usize,
    /// Whether transcendental functions are functions of their own: where there are many, writing each out takes long and
    /// makes more code than the cache holds.
    pub outlined: bool,
}

/// The text of a module with the function `name(inputs, outputs, scratch, table, points)`: whole vectors of points, as
/// many as it takes.
pub fn emit_chunk(name: &str, strip: &Strip, chunk: &Chunk, target: &Target) -> String {
    let mut emitter = Emitter::of_terms(target);
    emitter.lanes = strip.lanes;
    let (low, step) = (emitter.int(0), emitter.int(strip.lanes as i64));
    let high = Val { name: "%points".into(), dtype: DType::I64, lanes: 1 };
    let mut outlined = BTreeSet::new();
    emitter.for_loop(&low, &high, &step, &[], |e, index, _| {
        let element = memory(strip.source.dtype);
        let areas = AREAS.map(|base| {
            e.raw(&format!(
                "llvm.getelementptr {base}[{}] : (!llvm.ptr, i64) -> !llvm.ptr, {element}",
                index.name
            ))
        });
        let at = At::Strip { strip, areas, outlined: &mut outlined };
        Lowering { source: strip.source, lanes: strip.lanes, e, values: HashMap::new(), at }.run(chunk);
        vec![]
    });
    let mut imports = std::mem::take(&mut emitter.imports);
    let parameters = "%inputs: !llvm.ptr {llvm.noalias, llvm.readonly}, %outputs: !llvm.ptr {llvm.noalias}, \
        %scratch: !llvm.ptr {llvm.noalias}, %table: !llvm.ptr {llvm.noalias, llvm.readonly}, %points: i64";
    let body = emitter.into_body();
    let mut functions = format!("  func.func @{name}({parameters}) {{\n{body}    return\n  }}\n");
    for op in outlined {
        functions.push_str(&outline(op, strip, target, &mut imports));
    }
    let mut text = String::from("module {\n");
    for import in &imports {
        let (ty, arity) = signature(import);
        let arguments = vec![ty; arity].join(", ");
        writeln!(text, "  func.func private @{import}({arguments}) -> {ty}").expect("writing to a string");
    }
    text + &functions + "}\n"
}

/// The kernel [`NAME`] of a chunk, to stand in a `gpu.module`: buffers of inputs, outputs and what crosses from chunk to chunk, and
/// the number of points. There are `WORKGROUP` threads in a workgroup.
///
/// # Errors
/// The name of a function that devices do not have.
pub fn emit_points(
    source: Source,
    chunk: &Chunk,
    target: &Target,
    parameters: Parameters,
) -> Result<String, &'static str> {
    let mut emitter = Emitter::of_terms(target);
    emitter.parameters = Some(parameters);
    emitter.threads = WORKGROUP;
    let points = emitter.integer(0);
    let point = emitter.thread_number();
    let there = emitter.compare("arith.cmpi slt", &point, &points);
    emitter.if_then(&there, |e| {
        Lowering { source, lanes: 1, e, values: HashMap::new(), at: At::Kernel { point, points } }.run(chunk);
    });
    match emitter.imports.first() {
        Some(missing) => Err(missing),
        None => {
            let buffers = AREAS.map(|name| (Rc::from(name), source.dtype));
            Ok(wrapped(&emitter, parameters, &buffers, 1, WORKGROUP))
        }
    }
}

/// An operation on vectors as a function of its own.
fn outline(op: ScalarOp, strip: &Strip, target: &Target, imports: &mut BTreeSet<&'static str>) -> String {
    let mut emitter = Emitter::of_terms(target);
    let args: Vec<Val> = (0..op.arity())
        .map(|i| Val { name: format!("%x{i}").into(), dtype: strip.source.dtype, lanes: strip.lanes })
        .collect();
    let parameters: Vec<String> = args.iter().map(|arg| format!("{}: {}", arg.name, arg.ty())).collect();
    let result = emitter.apply(op, &args);
    imports.append(&mut emitter.imports);
    let body = emitter.into_body();
    format!(
        "  func.func private @lanes_{}({}) -> {ty} attributes {{llvm.linkage = #llvm.linkage<internal>}} {{\n{body}    \
         return {} : {ty}\n  }}\n",
        op.name(),
        parameters.join(", "),
        result.name,
        ty = result.ty()
    )
}

/// What values with a place in memory are: [`AREAS`] has their names.
#[derive(Clone, Copy)]
enum Area {
    Inputs,
    Outputs,
    Scratch,
}

const AREAS: [&str; 3] = ["%inputs", "%outputs", "%scratch"];

/// Where the present points are.
enum At<'s> {
    /// At these addresses of a strip.
    Strip {
        strip: &'s Strip<'s>,
        areas: [Rc<str>; 3],
        /// Operations that have become functions.
        outlined: &'s mut BTreeSet<ScalarOp>,
    },
    /// In columns of so many points, this one.
    Kernel { point: Val, points: Val },
}

/// One point, or one vector of points, of a chunk.
struct Lowering<'s, 'e, 'n> {
    source: Source<'s>,
    lanes: usize,
    e: &'e mut Emitter<'n>,
    values: HashMap<Reg, Val>,
    at: At<'s>,
}

impl Lowering<'_, '_, '_> {
    fn run(&mut self, chunk: &Chunk) {
        let Source { tape, plan, .. } = self.source;
        for &output in &chunk.copies {
            let value = self.float(tape.outputs[output as usize]);
            self.store(&value, Area::Outputs, output);
        }
        for step in &chunk.steps {
            // Registers are LLVM's to manage: what is loaded is loaded where it is used first.
            let Step::Compute { reg, .. } = *step else { continue };
            let value = self.instr(&tape.code[reg as usize]);
            self.values.insert(reg, value);
            let slot = plan.slots[reg as usize];
            if slot != NONE {
                let value = self.float(reg);
                self.store(&value, Area::Scratch, slot);
            }
            for &output in plan.outputs_of(reg) {
                let value = self.float(reg);
                self.store(&value, Area::Outputs, output);
            }
        }
    }

    /// The address of a strip's column at the present points, the type of a vector and its alignment: columns begin at multiples of
    /// vectors.
    fn in_strip(&mut self, strip: &Strip, base: &str, column: u32) -> (Rc<str>, String, usize) {
        let at = column as usize * strip.column;
        let dtype = self.source.dtype;
        let element = memory(dtype);
        let place =
            self.e.raw(&format!("llvm.getelementptr {base}[{at}] : (!llvm.ptr) -> !llvm.ptr, {element}"));
        (place, shaped(register(dtype), self.lanes), self.lanes * dtype.size())
    }

    /// The number of the present point's element of a column.
    fn in_kernel(&mut self, point: &Val, points: &Val, column: u32) -> Val {
        let column = self.e.int(column.into());
        let start = self.e.same("arith.muli", &[&column, points]);
        self.e.same("arith.addi", &[&start, point])
    }

    fn store(&mut self, value: &Val, area: Area, column: u32) {
        match &self.at {
            At::Strip { strip, areas, .. } => {
                let (strip, base) = (*strip, areas[area as usize].clone());
                let (place, ty, alignment) = self.in_strip(strip, &base, column);
                self.e.line(&format!(
                    "llvm.store {}, {place} {{alignment = {alignment} : i64}} : {ty}, !llvm.ptr",
                    value.name
                ));
            }
            At::Kernel { point, points } => {
                let (point, points) = (point.clone(), points.clone());
                let at = self.in_kernel(&point, &points, column);
                self.e.store_element_of(AREAS[area as usize], &value.name, &at, value.dtype);
            }
        }
    }

    fn load(&mut self, area: Area, column: u32) -> Rc<str> {
        match &self.at {
            At::Strip { strip, areas, .. } => {
                let (strip, base) = (*strip, areas[area as usize].clone());
                let (place, ty, alignment) = self.in_strip(strip, &base, column);
                self.e
                    .raw(&format!("llvm.load {place} {{alignment = {alignment} : i64}} : !llvm.ptr -> {ty}"))
            }
            At::Kernel { point, points } => {
                let (point, points) = (point.clone(), points.clone());
                let at = self.in_kernel(&point, &points, column);
                self.e.load_element(AREAS[area as usize], &at, self.source.dtype)
            }
        }
    }

    /// The value of a register, as it is held.
    fn value(&mut self, reg: Reg) -> Val {
        if let Some(value) = self.values.get(&reg) {
            return value.clone();
        }
        let (Source { tape, plan, dtype, .. }, lanes) = (self.source, self.lanes);
        let (area, column) = match &tape.code[reg as usize] {
            Instr::Const(value) => return self.e.constant(Scalar::from_f64(dtype, *value), lanes),
            Instr::Input(input) => (Area::Inputs, *input),
            _ => (Area::Scratch, plan.slots[reg as usize]),
        };
        let name = self.load(area, column);
        let value = Val { name, dtype, lanes };
        self.values.insert(reg, value.clone());
        value
    }

    /// The value of a register as a float.
    fn float(&mut self, reg: Reg) -> Val {
        let value = self.value(reg);
        self.e.cast(&value, self.source.dtype)
    }

    /// Whether the value of a register is not 0.
    fn condition(&mut self, reg: Reg) -> Val {
        let value = self.value(reg);
        self.e.cast(&value, DType::Bool)
    }

    fn instr(&mut self, instr: &Instr) -> Val {
        match instr {
            Instr::Unary(op @ (ScalarOp::Not | ScalarOp::Cast(DType::Bool)), a) => {
                let a = self.condition(*a);
                self.e.apply(*op, &[a])
            }
            Instr::Binary(op @ (ScalarOp::And | ScalarOp::Or | ScalarOp::Xor), a, b) => {
                let (a, b) = (self.condition(*a), self.condition(*b));
                self.e.apply(*op, &[a, b])
            }
            Instr::Unary(op, a) => {
                let a = self.float(*a);
                let value = self.apply(*op, &[a]);
                // Of a cast to the other float only the rounding stays.
                if value.dtype == DType::Bool { value } else { self.e.cast(&value, self.source.dtype) }
            }
            Instr::Binary(op, a, b) => {
                let (a, b) = (self.float(*a), self.float(*b));
                self.apply(*op, &[a, b])
            }
            Instr::MulAdd(a, b, c) => {
                let (a, b, c) = (self.float(*a), self.float(*b), self.float(*c));
                self.e.fused_multiply_add(&a, &b, &c)
            }
            Instr::MulSub(a, b, c) => {
                let (a, b, c) = (self.float(*a), self.float(*b), self.float(*c));
                let minus = self.e.same("arith.negf", &[&c]);
                self.e.fused_multiply_add(&a, &b, &minus)
            }
            Instr::NegMulAdd(a, b, c) => {
                let (a, b, c) = (self.float(*a), self.float(*b), self.float(*c));
                let minus = self.e.same("arith.negf", &[&a]);
                self.e.fused_multiply_add(&minus, &b, &c)
            }
            Instr::Powi(a, n) => {
                let a = self.float(*a);
                self.powi(&a, *n)
            }
            Instr::Select(c, a, b) => {
                let condition = self.condition(*c);
                let bools = self.source.bools[*a as usize] && self.source.bools[*b as usize];
                let (a, b) = match bools {
                    true => (self.condition(*a), self.condition(*b)),
                    false => (self.float(*a), self.float(*b)),
                };
                self.e.select(&condition, &a, &b)
            }
            Instr::Call(callback, args) => {
                let args: Vec<Val> = args.iter().map(|&arg| self.float(arg)).collect();
                self.callback(callback, &args)
            }
            Instr::Const(_) | Instr::Input(_) => unreachable!("plans compute neither constants nor inputs"),
        }
    }

    /// An operation on floats, in line or by a call.
    fn apply(&mut self, op: ScalarOp, args: &[Val]) -> Val {
        match &mut self.at {
            At::Strip { strip, outlined, .. } if strip.outlined && import_of(op).is_some() => {
                outlined.insert(op);
            }
            _ => return self.e.apply(op, args),
        }
        let ty = shaped(register(self.source.dtype), self.lanes);
        let names: Vec<&str> = args.iter().map(|arg| &*arg.name).collect();
        let types = vec![&*ty; args.len()].join(", ");
        let call = format!("func.call @lanes_{}({}) : ({types}) -> {ty}", op.name(), names.join(", "));
        self.e.define(self.source.dtype, self.lanes, &call)
    }

    fn powi(&mut self, base: &Val, exponent: i32) -> Val {
        let one = self.e.float(1.0, base);
        let product = power(base.clone(), exponent, |a, b| self.e.mul(a, b)).unwrap_or_else(|| one.clone());
        if exponent < 0 { self.e.div(&one, &product) } else { product }
    }

    /// A function of the host language, point by point, by way of the trampoline. Arguments go behind the scratch columns.
    fn callback(&mut self, callback: &Callback, args: &[Val]) -> Val {
        let At::Strip { strip: Strip { column, table, .. }, .. } = self.at else {
            unreachable!("tapes that call the host language are refused for devices")
        };
        let (Source { plan, dtype, .. }, lanes) = (self.source, self.lanes);
        let behind = plan.slots_used as usize * column * dtype.size();
        let array =
            self.e.raw(&format!("llvm.getelementptr %scratch[{behind}] : (!llvm.ptr) -> !llvm.ptr, i8"));
        let [trampoline, function] = [table.trampoline(), table.callback(callback)].map(|at| {
            let place =
                self.e.raw(&format!("llvm.getelementptr %table[{at}] : (!llvm.ptr) -> !llvm.ptr, i8"));
            self.e.raw(&format!("llvm.load {place} : !llvm.ptr -> !llvm.ptr"))
        });
        let mut result = self.e.float(0.0, &Val { name: "".into(), dtype: DType::F64, lanes }).name;
        let (element, ty) = ("f64", shaped("f64", lanes));
        let wide: Vec<Val> = args.iter().map(|arg| self.e.cast(arg, DType::F64)).collect();
        for lane in 0..lanes {
            for (i, arg) in wide.iter().enumerate() {
                let value = match lanes {
                    1 => arg.name.clone(),
                    _ => self.e.raw(&format!("vector.extract {}[{lane}] : {element} from {ty}", arg.name)),
                };
                let place =
                    self.e.raw(&format!("llvm.getelementptr {array}[{i}] : (!llvm.ptr) -> !llvm.ptr, f64"));
                self.e.line(&format!("llvm.store {value}, {place} : f64, !llvm.ptr"));
            }
            let value = self.e.raw(&format!(
                "llvm.call {trampoline}({function}, {array}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr) -> f64"
            ));
            result = match lanes {
                1 => value,
                _ => self.e.raw(&format!("vector.insert {value}, {result} [{lane}] : {element} into {ty}")),
            };
        }
        self.e.cast(&Val { name: result, dtype: DType::F64, lanes }, dtype)
    }
}
