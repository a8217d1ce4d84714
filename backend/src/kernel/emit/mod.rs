//! From nests to MLIR text.
//!
//! An [`Emitter`] writes one function. Values are scalars or vectors of one fixed number of lanes; an operation on both
//! spreads the scalar. Memory is bare pointers and element addresses (`llvm.load`, `llvm.store`), loops are `scf`, everything
//! else is `arith`, `math` and `vector`.
//!
//! Half floats are held in `f32` registers and rounded after every operation; `bool` is `i1` in registers and a byte in
//! memory; all integers are signless, and the operation says which sign it means.

mod attention;
mod attention_parts;
mod attention_units;
mod blocks;
mod columns;
mod copies;
mod double;
mod groups;
mod held;
mod inline;
mod loops;
mod math;
mod memory;
mod ops;
mod product;
mod rectangles;
mod routine;
mod rows;
mod tape;
mod threads;
mod tiles;
mod turns;
mod units;

pub use loops::{NAME, emit};
pub use routine::{Routine, emit_routine};
pub use tape::{Source, Strip, emit_chunk, emit_points};
pub use threads::{Parameters, ROW, emit_form};

use super::graph::REDUCED;
use super::nest::{Nest, Slot};
use super::target::Target;
use braid_ir::term::Node;
use braid_ir::{DType, Scalar, ScalarOp, Sym, Term};

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::rc::Rc;
use std::sync::LazyLock;

/// An SSA value.
#[derive(Clone, Debug, PartialEq)]
pub struct Val {
    /// Its name.
    pub name: Rc<str>,
    /// What it holds.
    pub dtype: DType,
    /// Number of elements; 1 is a scalar.
    pub lanes: usize,
}

/// What a loop index is at the place that is being written.
#[derive(Clone, Debug)]
pub enum Index {
    /// The same in all lanes.
    Uniform(Val),
    /// `base`, `base + 1`, … lane by lane.
    Lanes(Val),
}

/// The element type that holds a value in registers.
fn register(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "i1",
        DType::F16 | DType::BF16 => "f32",
        other => memory(other),
    }
}

/// The element type in memory.
fn memory(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool | DType::U8 | DType::I8 => "i8",
        DType::U16 | DType::I16 | DType::BF16 => "i16",
        DType::U32 | DType::I32 => "i32",
        DType::U64 | DType::I64 => "i64",
        DType::F16 => "f16",
        DType::F32 => "f32",
        DType::F64 => "f64",
    }
}

fn shaped(element: &str, lanes: usize) -> String {
    if lanes == 1 { element.to_string() } else { format!("vector<{lanes}x{element}>") }
}

impl Val {
    /// Its type in MLIR.
    pub fn ty(&self) -> String {
        shaped(register(self.dtype), self.lanes)
    }
}

/// Writes one function over one nest.
pub struct Emitter<'a> {
    nest: &'a Nest,
    target: &'a Target,
    /// Constants, defined before everything else.
    constants: String,
    constant_names: HashMap<(String, String), Rc<str>>,
    body: String,
    depth: usize,
    next: usize,
    /// Values of terms, by region: inner regions see outer ones.
    known: Vec<HashMap<Term, Val>>,
    /// Names of the symbols' values.
    syms: HashMap<Sym, Val>,
    /// Values of the loop indices; an unset one is not in scope.
    index: Vec<Option<Index>>,
    /// Lanes of vectors, 1 where there is no vector axis.
    lanes: usize,
    /// Which lanes are real, if not all: `vector<lanes x i1>`.
    mask: Option<Val>,
    /// The reduced value, where there is one.
    reduced: Option<Val>,
    /// Names of the reads' pointers.
    pointers: Vec<Rc<str>>,
    /// Functions of the runtime that are called.
    imports: BTreeSet<&'static str>,
    /// How a device's kernel gets at memory; `None` on a CPU.
    parameters: Option<Parameters>,
    /// Whether vectors lie at multiples of their size.
    aligned: bool,
    /// Name of the output.
    out: Rc<str>,
    /// Names of a device kernel's buffers.
    places: Vec<(Slot, Rc<str>)>,
    /// Arrays in workgroup memory; those of the form's rows come first.
    arrays: Vec<Array>,
    /// On a device: which of the workgroup's rows is this thread's.
    row: Option<Val>,
    /// How many workgroups a multiprocessor is to have room for, on CUDA; the assembler shares registers out accordingly.
    residents: Option<u32>,
    /// On a device: whether there are elements at the present point; `None` if there certainly are.
    inside: Option<Val>,
    /// On a device: threads of a workgroup, and its number among those of its part of the launch.
    threads: u32,
    group: Option<Val>,
}

/// An array in workgroup memory.
struct Array {
    name: Rc<str>,
    ty: String,
    /// Elements for each row of the workgroup.
    each: i64,
    bytes: u64,
    /// What its address is a multiple of.
    align: u32,
}

impl<'a> Emitter<'a> {
    fn new(nest: &'a Nest, target: &'a Target) -> Emitter<'a> {
        Emitter {
            nest,
            target,
            constants: String::new(),
            constant_names: HashMap::new(),
            body: String::new(),
            depth: 2,
            next: 0,
            known: vec![HashMap::new()],
            syms: HashMap::new(),
            index: vec![None; nest.axes()],
            lanes: 1,
            mask: None,
            reduced: None,
            pointers: vec![],
            imports: BTreeSet::new(),
            parameters: None,
            aligned: false,
            out: "%out".into(),
            places: vec![],
            arrays: vec![],
            row: None,
            residents: None,
            inside: None,
            threads: 0,
            group: None,
        }
    }

    /// An emitter for terms over symbols, outside any nest.
    pub fn of_terms(target: &'a Target) -> Emitter<'a> {
        static NOTHING: LazyLock<Nest> =
            LazyLock::new(|| Nest::copy(Slot::Temp(0), Slot::Temp(0), Term::int(0), DType::Bool));
        Emitter::new(&NOTHING, target)
    }

    /// Says which value a symbol has.
    pub fn set_sym(&mut self, sym: Sym, name: Rc<str>) {
        self.syms.insert(sym, Val { name, dtype: DType::I64, lanes: 1 });
    }

    /// What has been written.
    pub fn into_body(self) -> String {
        self.constants + &self.body
    }

    fn fresh(&mut self) -> Rc<str> {
        self.next += 1;
        format!("%{}", self.next).into()
    }

    /// Writes one line.
    pub fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.body.push_str("  ");
        }
        self.body.push_str(text);
        self.body.push('\n');
    }

    /// A fresh value defined by `text`.
    fn define(&mut self, dtype: DType, lanes: usize, text: &str) -> Val {
        let name = self.fresh();
        self.line(&format!("{name} = {text}"));
        Val { name, dtype, lanes }
    }

    /// A fresh register of a bare MLIR element type, for what has no [`DType`] of its own.
    pub fn raw(&mut self, text: &str) -> Rc<str> {
        let name = self.fresh();
        self.line(&format!("{name} = {text}"));
        name
    }

    /// A constant of a bare MLIR type, defined once.
    fn raw_constant(&mut self, literal: &str, ty: &str) -> Rc<str> {
        let key = (literal.to_string(), ty.to_string());
        if let Some(name) = self.constant_names.get(&key) {
            return name.clone();
        }
        self.next += 1;
        let name: Rc<str> = format!("%c{}", self.next).into();
        let literal = if ty.starts_with("vector") && !literal.starts_with("dense") {
            format!("dense<{literal}>")
        } else {
            literal.to_string()
        };
        // A bare truth value carries its type.
        let suffix = if ty == "i1" { String::new() } else { format!(" : {ty}") };
        writeln!(self.constants, "    {name} = arith.constant {literal}{suffix}")
            .expect("writing to a string");
        self.constant_names.insert(key, name.clone());
        name
    }

    /// A constant in `lanes` lanes.
    fn constant(&mut self, value: Scalar, lanes: usize) -> Val {
        let dtype = value.dtype();
        let literal = match value {
            Scalar::Bool(b) => b.to_string(),
            // Signless integers are spelled as signed ones.
            Scalar::Int(_, v) => match dtype.size() {
                1 => (v as i8).to_string(),
                2 => (v as i16).to_string(),
                4 => (v as i32).to_string(),
                _ => (v as i64).to_string(),
            },
            Scalar::Float(DType::F64, v) => format!("0x{:016X}", v.to_bits()),
            Scalar::Float(_, v) => format!("0x{:08X}", (v as f32).to_bits()),
        };
        let name = self.raw_constant(&literal, &shaped(register(dtype), lanes));
        Val { name, dtype, lanes }
    }

    fn int(&mut self, value: i64) -> Val {
        self.constant(Scalar::i64(value), 1)
    }

    /// A constant float of the type of `like`.
    fn float(&mut self, value: f64, like: &Val) -> Val {
        self.constant(Scalar::from_f64(like.dtype, value), like.lanes)
    }

    /// The value in `lanes` lanes.
    fn spread(&mut self, value: &Val, lanes: usize) -> Val {
        if value.lanes == lanes {
            return value.clone();
        }
        debug_assert_eq!(value.lanes, 1, "only scalars spread");
        let text = format!(
            "vector.broadcast {} : {} to {}",
            value.name,
            value.ty(),
            shaped(register(value.dtype), lanes)
        );
        self.define(value.dtype, lanes, &text)
    }

    /// Runs `f` in a nested region: what it computes is forgotten after it.
    fn region<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        self.known.push(HashMap::new());
        let result = f(self);
        self.known.pop();
        self.depth -= 1;
        result
    }

    /// `for index in low..high step`, carrying values; returns their last ones.
    fn for_loop(
        &mut self,
        low: &Val,
        high: &Val,
        step: &Val,
        carried: &[Val],
        body: impl FnOnce(&mut Self, Val, Vec<Val>) -> Vec<Val>,
    ) -> Vec<Val> {
        let index = Val { name: self.fresh(), dtype: DType::I64, lanes: 1 };
        let inner: Vec<Val> = carried.iter().map(|v| Val { name: self.fresh(), ..v.clone() }).collect();
        let types: Vec<String> = carried.iter().map(Val::ty).collect();
        let range = format!("scf.for {} = {} to {} step {}", index.name, low.name, high.name, step.name);
        let result = self.fresh();
        if carried.is_empty() {
            self.line(&format!("{range} : i64 {{"));
        } else {
            let inits: Vec<String> =
                inner.iter().zip(carried).map(|(a, b)| format!("{} = {}", a.name, b.name)).collect();
            self.line(&format!(
                "{result}:{} = {range} iter_args({}) -> ({}) : i64 {{",
                carried.len(),
                inits.join(", "),
                types.join(", ")
            ));
        }
        self.region(|e| {
            let next = body(e, index, inner);
            if !next.is_empty() {
                let names: Vec<&str> = next.iter().map(|v| &*v.name).collect();
                e.line(&format!("scf.yield {} : {}", names.join(", "), types.join(", ")));
            }
        });
        self.line("}");
        let last = carried.iter().enumerate();
        let last: Vec<Val> =
            last.map(|(i, v)| Val { name: format!("{result}#{i}").into(), ..v.clone() }).collect();
        if self.parameters != Some(Parameters::Buffers) || carried.is_empty() {
            return last;
        }
        // MLIR's loops of SPIR-V leave what they carry undefined if they make no step.
        let some = self.compare("arith.cmpi slt", low, high);
        last.iter().zip(carried).map(|(last, first)| self.select(&some, last, first)).collect()
    }

    /// `if condition`, without values.
    fn if_then(&mut self, condition: &Val, body: impl FnOnce(&mut Self)) {
        self.line(&format!("scf.if {} {{", condition.name));
        self.region(body);
        self.line("}");
    }

    /// `if condition { yes } else { no }`, both of the type of `like`.
    fn if_else(
        &mut self,
        condition: &Val,
        (dtype, lanes): (DType, usize),
        yes: impl FnOnce(&mut Self) -> Val,
        no: impl FnOnce(&mut Self) -> Val,
    ) -> Val {
        let result = self.fresh();
        let ty = shaped(register(dtype), lanes);
        self.line(&format!("{result} = scf.if {} -> ({ty}) {{", condition.name));
        self.region(|e| {
            let value = yes(e);
            let value = e.spread(&value, lanes);
            e.line(&format!("scf.yield {} : {ty}", value.name));
        });
        self.line("} else {");
        self.region(|e| {
            let value = no(e);
            let value = e.spread(&value, lanes);
            e.line(&format!("scf.yield {} : {ty}", value.name));
        });
        self.line("}");
        Val { name: result, dtype, lanes }
    }

    /// `if condition { yes } else { no }`, of several scalars.
    fn if_values(
        &mut self,
        condition: &Val,
        yes: impl FnOnce(&mut Self) -> Vec<Val>,
        no: &[Val],
    ) -> Vec<Val> {
        let result = self.fresh();
        let list = |of: &dyn Fn(&Val) -> String, values: &[Val]| {
            values.iter().map(of).collect::<Vec<_>>().join(", ")
        };
        let types = list(&Val::ty, no);
        let names = |values: &[Val]| list(&|value| value.name.to_string(), values);
        self.line(&format!("{result}:{} = scf.if {} -> ({types}) {{", no.len(), condition.name));
        self.region(|e| {
            let values = yes(e);
            e.line(&format!("scf.yield {} : {types}", names(&values)));
        });
        self.line("} else {");
        self.region(|e| e.line(&format!("scf.yield {} : {types}", names(no))));
        self.line("}");
        let part = |(i, v): (usize, &Val)| Val { name: format!("{result}#{i}").into(), ..v.clone() };
        no.iter().enumerate().map(part).collect()
    }

    /// The value of a term at the present point.
    pub fn term(&mut self, term: Term) -> Val {
        // Postorder, so that deep bodies do not recurse; reads do, but only through their indices.
        for t in term.postorder() {
            if self.lookup(t).is_some() {
                continue;
            }
            let value = match t.node() {
                Node::Const(value) => self.constant(value, 1),
                Node::Sym(sym) => self.syms[&sym].clone(),
                Node::Axis(axis) => self.axis(axis as usize),
                Node::Load(k, _) if k as usize == REDUCED => {
                    self.reduced.clone().expect("a reduction has been done")
                }
                Node::Load(k, _) => self.read(k as usize),
                Node::Apply(ScalarOp::Pow, args) if args[1].as_const().is_some() && t.dtype().is_float() => {
                    let x = self.lookup(args[0]).expect("operands come first");
                    let y = args[1].as_const().expect("just asked");
                    match self.power(&x, y.as_f64()) {
                        Some(value) => value,
                        None => {
                            let y = self.constant(y, 1);
                            self.apply(ScalarOp::Pow, &[x, y])
                        }
                    }
                }
                Node::Apply(op, args) => {
                    let args: Vec<Val> =
                        args.iter().map(|&a| self.lookup(a).expect("operands come first")).collect();
                    self.apply(op, &args)
                }
            };
            self.remember(t, value);
        }
        self.lookup(term).expect("just computed")
    }

    fn lookup(&self, term: Term) -> Option<Val> {
        self.known.iter().rev().find_map(|scope| scope.get(&term).cloned())
    }

    fn remember(&mut self, term: Term, value: Val) {
        self.known.last_mut().expect("a region is open").insert(term, value);
    }

    /// The value of a loop index.
    fn axis(&mut self, axis: usize) -> Val {
        match self.index[axis].clone().expect("a loop index in scope") {
            Index::Uniform(value) => value,
            Index::Lanes(base) => {
                let steps: Vec<String> = (0..self.lanes).map(|i| i.to_string()).collect();
                let lanes = self.lanes;
                let name =
                    self.raw_constant(&format!("dense<[{}]>", steps.join(", ")), &shaped("i64", lanes));
                let base = self.spread(&base, lanes);
                self.define(DType::I64, lanes, &format!("arith.addi {}, {name} : {}", base.name, base.ty()))
            }
        }
    }

    /// The loop index that is spread over lanes, and its first value.
    fn lane_axis(&self) -> Option<(usize, Val)> {
        self.index.iter().enumerate().find_map(|(axis, index)| match index {
            Some(Index::Lanes(base)) => Some((axis, base.clone())),
            _ => None,
        })
    }
}
