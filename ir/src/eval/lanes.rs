//! Runs a prepared loop nest, up to [`LANES`] lanes at a time.

use super::accumulate::{Accumulators, Lanes, Output};
use super::arithmetic;
use super::kernel::{Instr, Kernel, LaneRead, Place, Range, Reg};
use super::plain::{EMPTY, coordinates, outside};
use crate::dtype::{DType, Scalar};
use crate::ops::Reduction;
use crate::tensor::Tensor;

/// Lanes in a chunk: enough that the cost of an instruction is spread thin, few enough that registers stay in cache.
pub(super) const LANES: usize = 256;

/// `base + a part per lane + a part per point`, affine in the loop indices.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Form {
    base: i64,
    /// Coefficients of the lane axes.
    lanes: Vec<i64>,
    /// What changes when lane axis `a` counts up and the axes after it start again.
    steps: Vec<i64>,
    /// Coefficients of the axes looped over.
    points: Vec<i64>,
}

impl Form {
    pub(super) fn new(base: i64, lanes: &[i64], extents: &[usize], points: Vec<i64>) -> Form {
        let steps = (0..lanes.len()).map(|a| {
            let restart: i64 = (a + 1..lanes.len()).map(|b| lanes[b] * (extents[b] as i64 - 1)).sum();
            lanes[a] - restart
        });
        Form { base, steps: steps.collect(), lanes: lanes.to_vec(), points }
    }
}

/// The lane parts of a form in the current chunk.
#[derive(Clone)]
struct LaneForm {
    values: Vec<i64>,
    low: i64,
    high: i64,
    /// The part of the current point.
    point: i64,
}

/// The state while a nest runs. Register `r` is lanes `r * width..`.
struct Run<'a> {
    kernel: &'a Kernel,
    operands: &'a [&'a Tensor],
    width: usize,
    /// Lanes in use in this chunk.
    n: usize,
    floats: Vec<f64>,
    ints: Vec<i64>,
    forms: Vec<LaneForm>,
    /// For each lane, the lane axis that counts up on the way to the next.
    carries: Vec<usize>,
    mask: Vec<bool>,
    /// An operand that was read outside.
    fault: Option<usize>,
}

impl Kernel {
    /// Computes the tensor.
    ///
    /// # Errors
    /// If a read lies outside its operand, or an extreme element is asked of nothing.
    pub(super) fn run(&self, operands: &[&Tensor]) -> Result<Tensor, String> {
        let lanes: usize = self.lane_extents.iter().product();
        let points: usize = self.point_extents.iter().product();
        let mut result = Output::new(self.dtype, &self.shape);
        if result.is_empty() {
            return Ok(result.finish());
        }
        if matches!(self.reduction, Some(Reduction::ArgMax | Reduction::ArgMin)) && lanes * points == 0 {
            return Err(EMPTY.to_string());
        }
        let width = lanes.min(LANES);
        let form = LaneForm { values: vec![0; width], low: 0, high: 0, point: 0 };
        let mut run = Run {
            kernel: self,
            operands,
            width,
            n: 0,
            floats: vec![0.0; self.floats * width],
            ints: vec![0; self.ints * width],
            forms: vec![form; self.forms.len()],
            carries: vec![0; width],
            mask: vec![true; width],
            fault: None,
        };
        for &(reg, value) in &self.constants {
            run.fill(reg, value);
        }
        // Lanes of outputs are summed chunk by chunk; lanes along the reduction are summed into one output per point.
        let outputs = if self.lanes_are_output { width } else { points };
        let mut sums = self.reduction.map(|reduction| Accumulators::new(reduction, self.body_dtype, outputs));
        for first in (0..lanes).step_by(LANES) {
            run.start_chunk(first, (lanes - first).min(LANES));
            run.execute(&self.per_chunk);
            let mut point = vec![0; self.point_extents.len()];
            for p in 0..points {
                run.start_point(&point);
                run.execute(&self.per_point);
                match (&mut sums, self.lanes_are_output) {
                    (Some(sums), true) => sums.add_each(run.body(), p),
                    (Some(sums), false) => sums.add_all(run.body(), p, first),
                    (None, _) => result.store(first, run.body()),
                }
                advance(&mut point, &self.point_extents);
            }
            if let Some(sums) = &mut sums
                && self.lanes_are_output
            {
                sums.store(&mut result, first, run.n);
                sums.reset();
            }
        }
        if let Some(operand) = run.fault {
            return Err(outside(operand));
        }
        if let Some(sums) = &sums
            && !self.lanes_are_output
        {
            sums.store(&mut result, 0, points);
        }
        Ok(result.finish())
    }
}

fn advance(point: &mut [usize], extents: &[usize]) {
    for (at, &extent) in point.iter_mut().zip(extents).rev() {
        *at += 1;
        if *at < extent {
            return;
        }
        *at = 0;
    }
}

impl Run<'_> {
    /// The body's lanes.
    fn body(&self) -> Lanes<'_> {
        let lanes = |reg: usize| reg * self.width..reg * self.width + self.n;
        match self.kernel.body {
            Reg::Float(reg) => Lanes::Float(&self.floats[lanes(reg)]),
            Reg::Int(reg) => Lanes::Int(&self.ints[lanes(reg)]),
        }
    }

    fn fill(&mut self, reg: Reg, value: Scalar) {
        let width = self.width;
        match reg {
            Reg::Float(r) => self.floats[r * width..(r + 1) * width].fill(value.as_f64()),
            Reg::Int(r) => self.ints[r * width..(r + 1) * width].fill(value.as_i128() as i64),
        }
    }

    /// Computes the lane parts of every form for lanes `first..first + n`.
    fn start_chunk(&mut self, first: usize, n: usize) {
        self.n = n;
        let extents = &self.kernel.lane_extents;
        let start = coordinates(first, extents);
        let mut at = start.clone();
        for carry in &mut self.carries[..n] {
            let axis = (0..at.len()).rev().find(|&a| at[a] + 1 < extents[a]).unwrap_or(0);
            *carry = axis;
            advance(&mut at, extents);
        }
        for (form, lanes) in self.kernel.forms.iter().zip(&mut self.forms) {
            let mut value =
                form.base + start.iter().zip(&form.lanes).map(|(&i, &c)| i as i64 * c).sum::<i64>();
            (lanes.low, lanes.high) = (i64::MAX, i64::MIN);
            for (slot, &carry) in lanes.values[..n].iter_mut().zip(&self.carries) {
                *slot = value;
                lanes.low = lanes.low.min(value);
                lanes.high = lanes.high.max(value);
                value += form.steps.get(carry).copied().unwrap_or(0);
            }
        }
    }

    fn start_point(&mut self, point: &[usize]) {
        for (form, lanes) in self.kernel.forms.iter().zip(&mut self.forms) {
            lanes.point = point.iter().zip(&form.points).map(|(&i, &c)| i as i64 * c).sum();
        }
    }

    fn execute(&mut self, code: &[Instr]) {
        for instr in code {
            match instr {
                Instr::Form(result, form) => {
                    let from = result * self.width;
                    let form = &self.forms[*form];
                    for (slot, value) in self.ints[from..from + self.n].iter_mut().zip(&form.values) {
                        *slot = value + form.point;
                    }
                }
                Instr::Load(read) => self.load(&self.kernel.reads[*read]),
                Instr::Apply { op, from, to, result, args } => {
                    let lanes = arithmetic::File {
                        floats: &mut self.floats,
                        ints: &mut self.ints,
                        width: self.width,
                        n: self.n,
                    };
                    arithmetic::apply(lanes, *op, *from, *to, *result, *args);
                }
            }
        }
    }

    /// Sets the mask to where a read happens; `None` if it happens nowhere, else whether anywhere it does not.
    fn guard(&mut self, read: &LaneRead) -> Option<bool> {
        let mut masked = false;
        let n = self.n;
        for &Range { form, low, high } in &read.ranges {
            let form = &self.forms[form];
            let (low, high) = (low - form.point, high - form.point);
            if form.low >= low && form.high <= high {
                continue;
            }
            if form.high < low || form.low > high {
                return None;
            }
            if !masked {
                self.mask[..n].fill(true);
                masked = true;
            }
            for (mask, value) in self.mask[..n].iter_mut().zip(&form.values) {
                *mask &= low <= *value && *value <= high;
            }
        }
        for &reg in &read.masks {
            if !masked {
                self.mask[..n].fill(true);
                masked = true;
            }
            let from = reg * self.width;
            for (mask, value) in self.mask[..n].iter_mut().zip(&self.ints[from..from + n]) {
                *mask &= *value != 0;
            }
        }
        Some(masked)
    }

    fn load(&mut self, read: &LaneRead) {
        let Some(masked) = self.guard(read) else {
            self.fill(read.result, read.otherwise);
            return;
        };
        let (width, n) = (self.width, self.n);
        let Run { forms, ints, floats, mask, .. } = self;
        let operand = self.operands[read.operand];
        let mask = masked.then_some(&mask[..n]);
        let affine = |form: usize| (&forms[form].values[..n], forms[form].point);
        let complete = match (read.result, &read.place) {
            (Reg::Float(r), Place::Affine(form)) => load_floats(
                operand,
                affine(*form),
                mask,
                read.otherwise,
                &mut floats[r * width..r * width + n],
            ),
            (Reg::Float(r), Place::Computed(reg)) => {
                let positions = (&ints[reg * width..reg * width + n], 0);
                load_floats(operand, positions, mask, read.otherwise, &mut floats[r * width..r * width + n])
            }
            (Reg::Int(r), Place::Affine(form)) => {
                load_ints(operand, affine(*form), mask, read.otherwise, &mut ints[r * width..r * width + n])
            }
            (Reg::Int(r), Place::Computed(reg)) => {
                // The position was computed before the result's register was given out.
                let (before, after) = ints.split_at_mut(r * width);
                let positions = (&before[reg * width..reg * width + n], 0);
                load_ints(operand, positions, mask, read.otherwise, &mut after[..n])
            }
        };
        if !complete {
            self.fault = Some(read.operand);
        }
    }
}

/// Loads the elements at `positions.0 + positions.1`; answers whether all were inside.
fn load_floats(
    x: &Tensor,
    positions: (&[i64], i64),
    mask: Option<&[bool]>,
    otherwise: Scalar,
    to: &mut [f64],
) -> bool {
    let bytes = x.bytes();
    let otherwise = otherwise.as_f64();
    match x.dtype() {
        DType::F32 => {
            let (elements, _) = bytes.as_chunks::<4>();
            load(positions, mask, otherwise, to, |i| {
                elements.get(i).map(|b| f64::from(f32::from_le_bytes(*b)))
            })
        }
        DType::F64 => {
            let (elements, _) = bytes.as_chunks::<8>();
            load(positions, mask, otherwise, to, |i| elements.get(i).map(|b| f64::from_le_bytes(*b)))
        }
        _ => {
            let len = x.len();
            load(positions, mask, otherwise, to, |i| (i < len).then(|| x.get(i).as_f64()))
        }
    }
}

fn load_ints(
    x: &Tensor,
    positions: (&[i64], i64),
    mask: Option<&[bool]>,
    otherwise: Scalar,
    to: &mut [i64],
) -> bool {
    let bytes = x.bytes();
    let otherwise = otherwise.as_i128() as i64;
    match x.dtype() {
        DType::I64 => {
            let (elements, _) = bytes.as_chunks::<8>();
            load(positions, mask, otherwise, to, |i| elements.get(i).map(|b| i64::from_le_bytes(*b)))
        }
        DType::Bool => load(positions, mask, otherwise, to, |i| bytes.get(i).map(|b| i64::from(*b != 0))),
        _ => {
            let len = x.len();
            load(positions, mask, otherwise, to, |i| (i < len).then(|| x.get(i).as_i128() as i64))
        }
    }
}

fn load<T: Copy>(
    (positions, offset): (&[i64], i64),
    mask: Option<&[bool]>,
    otherwise: T,
    to: &mut [T],
    get: impl Fn(usize) -> Option<T>,
) -> bool {
    let mut complete = true;
    let mut one = |slot: &mut T, position: i64| match get((position + offset) as usize) {
        Some(value) => *slot = value,
        None => complete = false,
    };
    match mask {
        None => to.iter_mut().zip(positions).for_each(|(slot, &position)| one(slot, position)),
        Some(mask) => {
            for ((slot, &position), &read) in to.iter_mut().zip(positions).zip(mask) {
                if read { one(slot, position) } else { *slot = otherwise }
            }
        }
    }
    complete
}
