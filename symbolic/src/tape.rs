//! Straight-line programs over real numbers: what expressions are lowered to, and what every code generator reads.
//!
//! A [`Tape`] computes many outputs from many inputs without a branch. Instruction `i` defines register `i`; operands are
//! registers of lower number, so one forward walk evaluates a tape and there is no cycle to check for. Registers hold a
//! float, or a `bool` where the instruction is a comparison or a logical operation.

use braid_ir::ScalarOp;
use std::fmt;
use std::sync::Arc;

/// A register: the number of the instruction that defines it.
pub type Reg = u32;

/// The code of a [`Callback`]: arguments to value.
pub type HostFunction = Arc<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// A numeric function of the host language, called from generated code.
///
/// ```
/// use braid_symbolic::tape::Callback;
/// use std::sync::Arc;
/// let twice = Callback { name: "twice".into(), arity: 1, call: Arc::new(|a: &[f64]| 2.0 * a[0]) };
/// assert_eq!((twice.call)(&[3.0]), 6.0);
/// ```
#[derive(Clone)]
pub struct Callback {
    /// The name, for messages and for source text.
    pub name: Arc<str>,
    /// Number of arguments.
    pub arity: usize,
    /// The function.
    pub call: HostFunction,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.arity)
    }
}

impl PartialEq for Callback {
    fn eq(&self, other: &Callback) -> bool {
        self.name == other.name && self.arity == other.arity
    }
}

/// One instruction.
///
/// ```
/// use braid_symbolic::tape::{Instr, Tape};
/// let tape = Tape { inputs: 1, code: vec![Instr::Input(0), Instr::Powi(0, 2)], outputs: vec![1] };
/// let mut out = [0.0];
/// tape.eval(&[3.0], &mut out);
/// assert_eq!(out, [9.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Instr {
    /// A constant; rounded once to the precision of the generated code.
    Const(f64),
    /// The input of this number.
    Input(u32),
    /// An operation on one register.
    Unary(ScalarOp, Reg),
    /// An operation on two registers.
    Binary(ScalarOp, Reg, Reg),
    /// `a * b + c`, rounded once where the machine can and twice where not.
    MulAdd(Reg, Reg, Reg),
    /// `a * b - c`, likewise.
    MulSub(Reg, Reg, Reg),
    /// `c - a * b`, likewise.
    NegMulAdd(Reg, Reg, Reg),
    /// The base to a whole power, by repeated multiplication; of negative powers the reciprocal is taken last.
    Powi(Reg, i32),
    /// The second where the first (a `bool`) is true, else the third; all three are computed.
    Select(Reg, Reg, Reg),
    /// A function of the host language.
    Call(Callback, Box<[Reg]>),
}

impl Instr {
    /// Calls `f` with each operand.
    ///
    /// ```
    /// use braid_symbolic::tape::Instr;
    /// let mut operands = Vec::new();
    /// Instr::MulAdd(4, 5, 6).each_operand(|reg| operands.push(reg));
    /// assert_eq!(operands, [4, 5, 6]);
    /// ```
    pub fn each_operand(&self, mut f: impl FnMut(Reg)) {
        match self {
            Instr::Const(_) | Instr::Input(_) => {}
            Instr::Unary(_, a) | Instr::Powi(a, _) => f(*a),
            Instr::Binary(_, a, b) => [*a, *b].into_iter().for_each(f),
            Instr::MulAdd(a, b, c)
            | Instr::MulSub(a, b, c)
            | Instr::NegMulAdd(a, b, c)
            | Instr::Select(a, b, c) => [*a, *b, *c].into_iter().for_each(f),
            Instr::Call(_, args) => args.iter().copied().for_each(f),
        }
    }
}

/// A straight-line program.
///
/// ```
/// use braid_ir::ScalarOp;
/// use braid_symbolic::tape::{Instr, Tape};
/// let code = vec![Instr::Input(0), Instr::Const(2.0), Instr::Binary(ScalarOp::Mul, 0, 1)];
/// let tape = Tape { inputs: 1, code, outputs: vec![2] };
/// let mut out = [0.0];
/// tape.eval(&[21.0], &mut out);
/// assert_eq!((out, tape.operations()), ([42.0], 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// Number of inputs.
    pub inputs: usize,
    /// The instructions, operands before their users.
    pub code: Vec<Instr>,
    /// The register of each output.
    pub outputs: Vec<Reg>,
}

impl Tape {
    /// Number of instructions that compute: all but constants and inputs.
    ///
    /// ```
    /// use braid_symbolic::tape::{Instr, Tape};
    /// let tape = Tape { inputs: 1, code: vec![Instr::Input(0), Instr::Powi(0, 2)], outputs: vec![1] };
    /// assert_eq!(tape.operations(), 1);
    /// ```
    pub fn operations(&self) -> usize {
        self.code.iter().filter(|i| !matches!(i, Instr::Const(_) | Instr::Input(_))).count()
    }

    /// Evaluates the outputs at one point.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, lower::{Options, lower}, syntax::parse};
    /// let e: Expr = parse("x*y + 1").unwrap();
    /// let tape = lower(&[e], &["x", "y"].map(Symbol::real), &Options::default()).unwrap();
    /// let mut out = [0.0];
    /// tape.eval(&[2.0, 3.0], &mut out);
    /// assert_eq!(out, [7.0]);
    /// ```
    ///
    /// # Panics
    /// If there are fewer inputs or outputs than the tape has.
    pub fn eval(&self, inputs: &[f64], outputs: &mut [f64]) {
        let mut registers = Vec::with_capacity(self.code.len());
        self.eval_in(&mut registers, inputs, outputs);
    }

    /// Like [`Tape::eval`], with registers that the caller keeps from call to call.
    ///
    /// ```
    /// use braid_symbolic::tape::{Instr, Tape};
    /// let tape = Tape { inputs: 1, code: vec![Instr::Input(0), Instr::Powi(0, 2)], outputs: vec![1] };
    /// let (mut registers, mut out) = (Vec::new(), [0.0]);
    /// for x in [1.0, 2.0] {
    ///     tape.eval_in(&mut registers, &[x], &mut out); // no memory is asked for the second time
    ///     assert_eq!(out, [x * x]);
    /// }
    /// ```
    pub fn eval_in(&self, r: &mut Vec<f64>, inputs: &[f64], outputs: &mut [f64]) {
        assert!(
            inputs.len() >= self.inputs && outputs.len() >= self.outputs.len(),
            "too few inputs or outputs"
        );
        r.clear();
        for instr in &self.code {
            let at = |reg: &Reg| r[*reg as usize];
            let value = match instr {
                Instr::Const(value) => *value,
                Instr::Input(input) => inputs[*input as usize],
                Instr::Unary(op, a) => unary(*op, at(a)),
                Instr::Binary(op, a, b) => binary(*op, at(a), at(b)),
                Instr::MulAdd(a, b, c) => at(a).mul_add(at(b), at(c)),
                Instr::MulSub(a, b, c) => at(a).mul_add(at(b), -at(c)),
                Instr::NegMulAdd(a, b, c) => (-at(a)).mul_add(at(b), at(c)),
                Instr::Powi(a, n) => powi(at(a), *n),
                Instr::Select(c, a, b) => {
                    if at(c) != 0.0 {
                        at(a)
                    } else {
                        at(b)
                    }
                }
                Instr::Call(callback, args) => {
                    let args: smallvec::SmallVec<[f64; 4]> = args.iter().map(at).collect();
                    (callback.call)(&args)
                }
            };
            r.push(value);
        }
        for (output, reg) in outputs.iter_mut().zip(&self.outputs) {
            *output = r[*reg as usize];
        }
    }
}

/// A unary operation on `f64`; a `bool` is 0 or 1.
///
/// ```
/// use braid_ir::ScalarOp;
/// assert_eq!(braid_symbolic::tape::unary(ScalarOp::Abs, -2.0), 2.0);
/// ```
pub fn unary(op: ScalarOp, a: f64) -> f64 {
    match op {
        ScalarOp::Neg => -a,
        ScalarOp::Sqrt => a.sqrt(),
        ScalarOp::Exp => a.exp(),
        ScalarOp::Log => a.ln(),
        ScalarOp::Sin => a.sin(),
        ScalarOp::Cos => a.cos(),
        ScalarOp::Not => (a == 0.0) as u8 as f64,
        _ => number(op.eval(&[float(a)])),
    }
}

/// A binary operation on `f64`; a `bool` is 0 or 1.
///
/// ```
/// use braid_ir::ScalarOp;
/// assert_eq!(braid_symbolic::tape::binary(ScalarOp::Max, 1.0, 2.0), 2.0);
/// ```
pub fn binary(op: ScalarOp, a: f64, b: f64) -> f64 {
    match op {
        ScalarOp::Add => a + b,
        ScalarOp::Sub => a - b,
        ScalarOp::Mul => a * b,
        ScalarOp::Div => a / b,
        ScalarOp::And => (a != 0.0 && b != 0.0) as u8 as f64,
        ScalarOp::Or => (a != 0.0 || b != 0.0) as u8 as f64,
        ScalarOp::Xor => ((a != 0.0) != (b != 0.0)) as u8 as f64,
        _ => number(op.eval(&[float(a), float(b)])),
    }
}

/// The base to a whole power, by repeated squaring.
///
/// ```
/// assert_eq!(braid_symbolic::tape::powi(2.0, -3), 0.125);
/// ```
pub fn powi(base: f64, exponent: i32) -> f64 {
    let (mut result, mut square, mut rest) = (1.0, base, exponent.unsigned_abs());
    while rest > 0 {
        if rest & 1 == 1 {
            result *= square;
        }
        rest >>= 1;
        if rest > 0 {
            square *= square;
        }
    }
    if exponent < 0 { 1.0 / result } else { result }
}

fn float(value: f64) -> braid_ir::Scalar {
    braid_ir::Scalar::from_f64(braid_ir::DType::F64, value)
}

fn number(value: braid_ir::Scalar) -> f64 {
    match value {
        braid_ir::Scalar::Bool(b) => b as u8 as f64,
        other => other.as_f64(),
    }
}
