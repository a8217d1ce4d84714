//! The interpreter: no code is generated. Each instruction is carried out for a column of points at a time, so that what it
//! costs to find out which instruction it is does not count.

use super::columns::Columns;
use super::float::Float;
use super::plan::{self, NONE};
use braid_ir::ScalarOp;
use braid_symbolic::tape::{self, Instr, Tape};
use smallvec::SmallVec;

/// Points per column.
pub const COLUMN: usize = 64;

/// A tape whose registers are columns: first the constants, then the inputs, then what is computed.
#[derive(Debug)]
pub struct Program {
    constants: Vec<f64>,
    inputs: usize,
    code: Vec<(Instr, u32)>,
    outputs: Vec<u32>,
    columns: usize,
}

impl Program {
    /// Gives a column to every value; those of values that are dead are used again.
    pub fn new(tape: &Tape) -> Program {
        let all: Vec<u32> = (0..tape.outputs.len() as u32).collect();
        let order = plan::order(tape, &all);
        let mut last = vec![NONE; tape.code.len()];
        for (at, &reg) in order.iter().enumerate() {
            tape.code[reg as usize].each_operand(|operand| last[operand as usize] = at as u32);
        }
        for &output in &tape.outputs {
            last[output as usize] = NONE;
        }
        let mut constants = Vec::new();
        let mut column = vec![NONE; tape.code.len()];
        for (reg, instr) in tape.code.iter().enumerate() {
            if let Instr::Const(value) = instr {
                column[reg] = constants.len() as u32;
                constants.push(*value);
            }
        }
        let mut columns = constants.len() + tape.inputs;
        for (reg, instr) in tape.code.iter().enumerate() {
            if let Instr::Input(input) = instr {
                column[reg] = constants.len() as u32 + input;
            }
        }
        let mut free: Vec<u32> = Vec::new();
        let mut code = Vec::with_capacity(order.len());
        for (at, &reg) in order.iter().enumerate() {
            let instr = &tape.code[reg as usize];
            // A column of its own before those of the operands are given back: nothing is computed in place.
            column[reg as usize] = free.pop().unwrap_or_else(|| {
                columns += 1;
                columns as u32 - 1
            });
            code.push((renamed(instr, &column), column[reg as usize]));
            instr.each_operand(|operand| {
                if last[operand as usize] == at as u32 && !plan::is_leaf(tape, operand) {
                    last[operand as usize] = NONE;
                    free.push(column[operand as usize]);
                }
            });
        }
        let outputs = tape.outputs.iter().map(|&reg| column[reg as usize]).collect();
        Program { constants, inputs: tape.inputs, code, outputs, columns }
    }

    /// Evaluates some points of a batch.
    pub fn run<T: Float>(&self, batch: &Columns<T>, points: std::ops::Range<usize>) {
        if points.len() == 1 {
            return self.blocks::<T, 1>(batch, points);
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the instructions.
            return unsafe { self.blocks_avx2(batch, points) };
        }
        self.blocks::<T, COLUMN>(batch, points);
    }

    #[target_feature(enable = "avx2,fma")]
    unsafe fn blocks_avx2<T: Float>(&self, batch: &Columns<T>, points: std::ops::Range<usize>) {
        self.blocks::<T, COLUMN>(batch, points);
    }

    #[inline(always)]
    fn blocks<T: Float, const N: usize>(&self, batch: &Columns<T>, points: std::ops::Range<usize>) {
        let mut columns = vec![[T::default(); N]; self.columns];
        for (column, &value) in columns.iter_mut().zip(&self.constants) {
            *column = [T::from_f64(value); N];
        }
        let first = self.constants.len();
        for from in points.clone().step_by(N) {
            let count = N.min(points.end - from);
            for input in 0..self.inputs {
                batch.read(input, from, &mut columns[first + input][..count]);
            }
            for (instr, target) in &self.code {
                step(instr, *target as usize, &mut columns);
            }
            for (output, &column) in self.outputs.iter().enumerate() {
                batch.write(output, from, &columns[column as usize][..count]);
            }
        }
    }
}

/// The instruction with columns for registers.
fn renamed(instr: &Instr, column: &[u32]) -> Instr {
    let at = |reg: &u32| column[*reg as usize];
    match instr {
        Instr::Const(_) | Instr::Input(_) => instr.clone(),
        Instr::Unary(op, a) => Instr::Unary(*op, at(a)),
        Instr::Binary(op, a, b) => Instr::Binary(*op, at(a), at(b)),
        Instr::MulAdd(a, b, c) => Instr::MulAdd(at(a), at(b), at(c)),
        Instr::MulSub(a, b, c) => Instr::MulSub(at(a), at(b), at(c)),
        Instr::NegMulAdd(a, b, c) => Instr::NegMulAdd(at(a), at(b), at(c)),
        Instr::Powi(a, n) => Instr::Powi(at(a), *n),
        Instr::Select(c, a, b) => Instr::Select(at(c), at(a), at(b)),
        Instr::Call(callback, args) => Instr::Call(callback.clone(), args.iter().map(at).collect()),
    }
}

/// One instruction on whole columns.
#[inline(always)]
fn step<T: Float, const N: usize>(instr: &Instr, target: usize, columns: &mut [[T; N]]) {
    // Out of the way while the others are read; no operand is in it.
    let mut result = std::mem::replace(&mut columns[target], [T::default(); N]);
    let at = |column: &u32| &columns[*column as usize];
    macro_rules! each {
        ($($x:ident),* => $value:expr) => {{
            $(let $x = at($x);)*
            for (i, result) in result.iter_mut().enumerate() {
                $(let $x = $x[i];)*
                *result = $value;
            }
        }};
    }
    match instr {
        Instr::Const(_) | Instr::Input(_) => {}
        Instr::Unary(ScalarOp::Neg, a) => each!(a => -a),
        Instr::Unary(ScalarOp::Sqrt, a) => each!(a => a.sqrt()),
        Instr::Unary(op, a) => each!(a => T::from_f64(tape::unary(*op, a.to_f64()))),
        Instr::Binary(ScalarOp::Add, a, b) => each!(a, b => a + b),
        Instr::Binary(ScalarOp::Sub, a, b) => each!(a, b => a - b),
        Instr::Binary(ScalarOp::Mul, a, b) => each!(a, b => a * b),
        Instr::Binary(ScalarOp::Div, a, b) => each!(a, b => a / b),
        Instr::Binary(op, a, b) => {
            each!(a, b => T::from_f64(tape::binary(*op, a.to_f64(), b.to_f64())))
        }
        Instr::MulAdd(a, b, c) => each!(a, b, c => a.mul_add(b, c)),
        Instr::MulSub(a, b, c) => each!(a, b, c => a.mul_add(b, -c)),
        Instr::NegMulAdd(a, b, c) => each!(a, b, c => (-a).mul_add(b, c)),
        Instr::Powi(a, n) => each!(a => powi(a, *n)),
        Instr::Select(c, a, b) => each!(c, a, b => if c != T::default() { a } else { b }),
        Instr::Call(callback, args) => {
            for (i, result) in result.iter_mut().enumerate() {
                let args: SmallVec<[f64; 8]> = args.iter().map(|arg| at(arg)[i].to_f64()).collect();
                *result = T::from_f64((callback.call)(&args));
            }
        }
    }
    columns[target] = result;
}

/// As [`tape::powi`], in either precision.
fn powi<T: Float>(base: T, exponent: i32) -> T {
    let one = T::from_f64(1.0);
    let product = plan::power(base, exponent, |a, b| *a * *b).unwrap_or(one);
    if exponent < 0 { one / product } else { product }
}
