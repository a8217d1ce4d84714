//! Loop nests prepared for [`super::lanes`]: straight-line code over registers that hold one value per lane.
//!
//! A nest has output axes and reduction axes. One of the two groups, flattened, becomes the lanes, and the other is looped
//! over point by point: usually lanes are output elements, and reduction elements where the output is small. Index
//! arithmetic that is affine in the loop indices (most of it) is not computed by code but kept as [`Form`]s: a part
//! per lane, which changes from chunk to chunk, plus a number per point.

use super::lanes::Form;
use super::plain::{extents, holds_load};
use crate::dtype::{DType, Scalar};
use crate::ops::{Loops, Read, Reduction};
use crate::term::{Node, ScalarOp, Term};
use std::collections::HashMap;

/// A register: `f64` lanes for floats, `i64` lanes for integers and `bool` (`u64` by its bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reg {
    Float(usize),
    Int(usize),
}

/// One step for all lanes.
#[derive(Debug)]
pub(super) enum Instr {
    /// The value of form number `.1`.
    Form(usize, usize),
    /// Read number `.0`.
    Load(usize),
    /// A scalar operation; `from` is the type of its (last) operand, `to` of its result.
    Apply { op: ScalarOp, from: DType, to: DType, result: Reg, args: [Reg; 3] },
}

/// A condition `low <= form <= high`.
#[derive(Debug)]
pub(super) struct Range {
    pub form: usize,
    pub low: i64,
    pub high: i64,
}

/// Where a read finds its element.
#[derive(Debug)]
pub(super) enum Place {
    /// At the flat position that a form gives.
    Affine(usize),
    /// At the flat position in a register.
    Computed(usize),
}

/// A read of one operand.
#[derive(Debug)]
pub(super) struct LaneRead {
    pub operand: usize,
    pub place: Place,
    /// All must hold, or the element is `otherwise`.
    pub ranges: Vec<Range>,
    /// `bool` registers that must hold as well.
    pub masks: Vec<usize>,
    pub otherwise: Scalar,
    pub result: Reg,
}

/// A prepared loop nest.
#[derive(Debug)]
pub(super) struct Kernel {
    pub dtype: DType,
    pub shape: Vec<usize>,
    /// Extents of the axes that are lanes, and of those looped over.
    pub lane_extents: Vec<usize>,
    pub point_extents: Vec<usize>,
    /// Whether lanes are output elements.
    pub lanes_are_output: bool,
    pub forms: Vec<Form>,
    pub reads: Vec<LaneRead>,
    pub constants: Vec<(Reg, Scalar)>,
    /// Code whose values do not change from point to point, and the rest.
    pub per_chunk: Vec<Instr>,
    pub per_point: Vec<Instr>,
    pub body: Reg,
    pub body_dtype: DType,
    pub reduction: Option<Reduction>,
    /// Number of float and of integer registers.
    pub floats: usize,
    pub ints: usize,
}

/// `constant + sum of coefficient * axis`.
#[derive(Clone, Debug, PartialEq)]
struct Affine {
    constant: i64,
    coefficients: Vec<i64>,
}

/// The canonical integer term as an affine form over this many axes, if it is one.
fn affine(term: Term, axes: usize) -> Option<Affine> {
    let mut result = Affine { constant: 0, coefficients: vec![0; axes] };
    let mut rest = vec![term];
    while let Some(term) = rest.pop() {
        match term.node() {
            Node::Const(value) => result.constant = i64::try_from(value.as_i128()).ok()?,
            Node::Axis(axis) => *result.coefficients.get_mut(axis as usize)? = 1,
            Node::Apply(ScalarOp::Add, args) => rest.extend(args.iter().copied()),
            Node::Apply(ScalarOp::Mul, args) => match (args[0].node(), args[1].as_int()) {
                (Node::Axis(axis), Some(factor)) => *result.coefficients.get_mut(axis as usize)? = factor,
                _ => return None,
            },
            _ => return None,
        }
    }
    Some(result)
}

/// How a value depends on loops: what does not depend on the point is computed once per chunk.
struct Emitter<'a> {
    axes: Vec<usize>,
    /// Which axes are lanes.
    is_lane: Vec<bool>,
    loops: &'a Loops,
    kernel: Kernel,
    registers: HashMap<Term, (Reg, bool)>,
    loads: Vec<(Reg, bool)>,
}

impl Kernel {
    /// Prepares a nest whose dimensions are numbers, for operands of these shapes.
    ///
    /// # Errors
    /// If a dimension is no number.
    pub(super) fn new(loops: &Loops, shapes: &[&[usize]]) -> Result<Kernel, String> {
        let (shape, reduce) = (extents(&loops.out)?, extents(&loops.reduce)?);
        let count = |extents: &[usize]| extents.iter().product::<usize>();
        let lanes_are_output = count(&shape) >= 64 || count(&shape) >= count(&reduce);
        let axes = [shape.as_slice(), &reduce].concat();
        let is_lane = (0..axes.len()).map(|a| (a < shape.len()) == lanes_are_output).collect();
        let (lane_extents, point_extents) =
            if lanes_are_output { (shape.clone(), reduce) } else { (reduce, shape.clone()) };
        let kernel = Kernel {
            dtype: loops.dtype(),
            shape,
            lane_extents,
            point_extents,
            lanes_are_output,
            forms: vec![],
            reads: vec![],
            constants: vec![],
            per_chunk: vec![],
            per_point: vec![],
            body: Reg::Int(0),
            body_dtype: loops.body.dtype(),
            reduction: loops.reduction,
            floats: 0,
            ints: 0,
        };
        let mut emitter = Emitter { axes, is_lane, loops, kernel, registers: HashMap::new(), loads: vec![] };
        for read in &loops.reads {
            emitter.read(read, shapes[read.operand])?;
        }
        (emitter.kernel.body, _) = emitter.term(loops.body)?;
        Ok(emitter.kernel)
    }
}

impl Emitter<'_> {
    fn register(&mut self, dtype: DType) -> Reg {
        let counter = if dtype.is_float() { &mut self.kernel.floats } else { &mut self.kernel.ints };
        *counter += 1;
        if dtype.is_float() { Reg::Float(*counter - 1) } else { Reg::Int(*counter - 1) }
    }

    fn emit(&mut self, instr: Instr, varies: bool) {
        if varies { self.kernel.per_point.push(instr) } else { self.kernel.per_chunk.push(instr) }
    }

    /// Adds a form; answers its number and whether it changes from point to point.
    fn form(&mut self, affine: &Affine) -> (usize, bool) {
        let side = |lane: bool| -> Vec<i64> {
            affine
                .coefficients
                .iter()
                .zip(&self.is_lane)
                .filter(|(_, l)| **l == lane)
                .map(|(c, _)| *c)
                .collect()
        };
        let points = side(false);
        let varies = points.iter().any(|&c| c != 0);
        let form = Form::new(affine.constant, &side(true), &self.kernel.lane_extents, points);
        let number = self.kernel.forms.iter().position(|f| *f == form).unwrap_or_else(|| {
            self.kernel.forms.push(form);
            self.kernel.forms.len() - 1
        });
        (number, varies)
    }

    fn read(&mut self, read: &Read, shape: &[usize]) -> Result<(), String> {
        let mut flat = Term::int(0);
        for (&index, &extent) in read.index.iter().zip(shape) {
            // Of an empty dimension nothing can be read; the position 0 is then outside and found out.
            let inside = |i: Term| i.min(Term::from(extent) - Term::int(1)).max(Term::int(0));
            let index = if holds_load(index) { inside(index) } else { index };
            flat = flat * Term::from(extent) + index;
        }
        let (place, mut varies) = match affine(flat, self.axes.len()) {
            Some(affine) => {
                let (form, varies) = self.form(&affine);
                (Place::Affine(form), varies)
            }
            None => match self.term(flat)? {
                (Reg::Int(reg), varies) => (Place::Computed(reg), varies),
                (Reg::Float(_), _) => return Err("an index is a float".to_string()),
            },
        };
        let (mut ranges, mut masks) = (Vec::<(Affine, i64, i64)>::new(), vec![]);
        let mut conditions: Vec<Term> = read.guard.into_iter().collect();
        while let Some(condition) = conditions.pop() {
            match condition.node() {
                Node::Apply(ScalarOp::And, args) => conditions.extend(args.iter().copied()),
                Node::Const(value) if value.is_truthy() => {}
                Node::Apply(op @ (ScalarOp::Le | ScalarOp::Lt), args)
                    if args[0].dtype() == DType::I64
                        && let Some(difference) = affine(args[1] - args[0], self.axes.len()) =>
                {
                    self.at_least(difference, if op == ScalarOp::Lt { 1 } else { 0 }, &mut ranges);
                }
                _ => match self.term(condition)? {
                    (Reg::Int(reg), mask_varies) => {
                        varies |= mask_varies;
                        masks.push(reg);
                    }
                    (Reg::Float(_), _) => return Err("a guard is a float".to_string()),
                },
            }
        }
        let mut lane_ranges = vec![];
        for (affine, low, high) in ranges {
            let (form, range_varies) = self.form(&affine);
            varies |= range_varies;
            lane_ranges.push(Range { form, low, high });
        }
        let result = self.register(read.dtype);
        let (operand, otherwise) = (read.operand, read.otherwise);
        self.kernel.reads.push(LaneRead { operand, place, ranges: lane_ranges, masks, otherwise, result });
        self.emit(Instr::Load(self.kernel.reads.len() - 1), varies);
        self.loads.push((result, varies));
        Ok(())
    }

    /// Adds `form >= low` to the ranges unless it always holds; opposite bounds of one form become one range.
    fn at_least(&self, mut form: Affine, low: i64, ranges: &mut Vec<(Affine, i64, i64)>) {
        let least: i64 =
            form.coefficients.iter().zip(&self.axes).map(|(&c, &n)| c.min(0) * (n as i64 - 1)).sum();
        if form.constant + least >= low {
            return;
        }
        let mut bounds = (low - form.constant, i64::MAX / 4);
        form.constant = 0;
        if form.coefficients.iter().find(|c| **c != 0).is_some_and(|c| *c < 0) {
            form.coefficients.iter_mut().for_each(|c| *c = -*c);
            bounds = (-(i64::MAX / 4), -bounds.0);
        }
        match ranges.iter_mut().find(|(other, ..)| *other == form) {
            Some((_, low, high)) => (*low, *high) = ((*low).max(bounds.0), (*high).min(bounds.1)),
            None => ranges.push((form, bounds.0, bounds.1)),
        }
    }

    /// The register of a term's value, and whether it changes from point to point.
    fn term(&mut self, term: Term) -> Result<(Reg, bool), String> {
        let mut stack = vec![(term, false)];
        while let Some((term, ready)) = stack.pop() {
            if self.registers.contains_key(&term) {
                continue;
            }
            let dtype = term.dtype();
            if dtype == DType::I64
                && term.as_const().is_none()
                && let Some(affine) = affine(term, self.axes.len())
            {
                let (form, varies) = self.form(&affine);
                let result = self.register(dtype);
                if let Reg::Int(reg) = result {
                    self.emit(Instr::Form(reg, form), varies);
                }
                self.registers.insert(term, (result, varies));
                continue;
            }
            let entry = match term.node() {
                Node::Const(value) => {
                    let result = self.register(dtype);
                    self.kernel.constants.push((result, value));
                    (result, false)
                }
                Node::Load(read, _) => *self.loads.get(read as usize).ok_or_else(|| {
                    format!("load {read} is used before it is read, in {}", self.loops.body)
                })?,
                Node::Apply(op, args) => {
                    if !ready {
                        stack.push((term, true));
                        stack.extend(args.iter().map(|&a| (a, false)));
                        continue;
                    }
                    let found: Vec<(Reg, bool)> = args.iter().map(|a| self.registers[a]).collect();
                    let varies = found.iter().any(|(_, varies)| *varies);
                    let result = self.register(dtype);
                    let from = args[args.len() - 1].dtype();
                    let mut regs = [found[0].0; 3];
                    for (slot, (reg, _)) in regs.iter_mut().zip(&found) {
                        *slot = *reg;
                    }
                    self.emit(Instr::Apply { op, from, to: dtype, result, args: regs }, varies);
                    (result, varies)
                }
                Node::Axis(axis) => return Err(format!("there is no loop axis {axis}")),
                Node::Sym(sym) => return Err(format!("{} has no value", sym.name())),
            };
            self.registers.insert(term, entry);
        }
        Ok(self.registers[&term])
    }
}
