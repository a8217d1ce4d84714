//! Tapes as C99, for use outside of this process: `cc -O1 file.c -lm`.
//!
//! As in the generated code, a tape is cut into chunks, here static functions, because C compilers take far more than
//! linear time on long ones.

use super::plan::{self, Chunk, Limits, NONE, Plan, Step};
use super::{Options, ScalarError};
use crate::kernel::import_of;
use braid_ir::{DType, ScalarOp};
use braid_symbolic::tape::{Instr, Reg, Tape};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Instructions per function unless the options say otherwise.
const CHUNK: usize = 500;
/// So many values that cross from function to function are on the stack; more are in static memory.
const STACK_MAX: u32 = 1 << 16;

/// C source of a function `void name(const double *x, double *y)`, or of `float`, that computes the outputs `y` from the
/// inputs `x`. Functions of the host language become functions `double f(double, …)` that another file is to define.
///
/// Of the options only the precision and the chunk matter.
///
/// # Errors
/// If the tape is not valid, or `name` or the name of a callback is no name in C.
pub fn c_source(tape: &Tape, name: &str, options: &Options) -> Result<String, ScalarError> {
    super::check(tape)?;
    let mut callbacks = BTreeSet::new();
    for instr in &tape.code {
        if let Instr::Call(callback, _) = instr {
            callbacks.insert((callback.name.to_string(), callback.arity));
        }
    }
    for given in std::iter::once(name).chain(callbacks.iter().map(|(name, _)| name.as_str())) {
        let word = given.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if given.is_empty() || given.starts_with(|c: char| c.is_ascii_digit()) || !word {
            return Err(ScalarError::Invalid(format!("`{given}` is no name in C")));
        }
    }
    let limits = Limits { chunk: options.chunk.unwrap_or(CHUNK), call: 1, registers: None, reuse: 0 };
    let all: Vec<u32> = (0..tape.outputs.len() as u32).collect();
    let plan = Plan::new(tape, &all, limits);
    let single = options.precision.is_single();
    let real = if single { "float" } else { "double" };
    let bools = plan::bools(tape);
    let mut text = String::from(PRELUDE)
        .replace("REAL", real)
        .replace("FUSED", if single { "FP_FAST_FMAF" } else { "FP_FAST_FMA" });
    if single {
        text = text.replace("fma(", "fmaf(");
    }
    for (callback, arity) in callbacks {
        let parameters = vec!["double"; arity].join(", ");
        line(&mut text, &format!("double {callback}({});", if arity == 0 { "void" } else { &parameters }));
    }
    for (number, chunk) in plan.chunks.iter().enumerate() {
        line(
            &mut text,
            &format!(
                "\nstatic void {name}_{number}(const {real} *restrict x, {real} *restrict y, {real} *restrict v) {{"
            ),
        );
        line(&mut text, "    (void)x, (void)y, (void)v;");
        Writer {
            tape,
            plan: &plan,
            bools: &bools,
            single,
            real,
            text: &mut text,
            local: vec![false; tape.code.len()],
        }
        .chunk(chunk);
        line(&mut text, "}");
    }
    line(&mut text, &format!("\nvoid {name}(const {real} *x, {real} *y) {{"));
    let storage = if plan.slots_used > STACK_MAX { "static " } else { "" };
    line(&mut text, &format!("    {storage}{real} v[{}];", plan.slots_used.max(1)));
    line(&mut text, "    (void)x, (void)y, (void)v;");
    for number in 0..plan.chunks.len() {
        line(&mut text, &format!("    {name}_{number}(x, y, v);"));
    }
    line(&mut text, "}");
    Ok(text)
}

const PRELUDE: &str = "#include <math.h>

#if defined(__GNUC__)
#define BRAID_UNUSED __attribute__((unused))
#else
#define BRAID_UNUSED
#endif

#ifdef FUSED
#define BRAID_FMA(a, b, c) fma(a, b, c)
#else
#define BRAID_FMA(a, b, c) ((a) * (b) + (c))
#endif

BRAID_UNUSED static REAL braid_min(REAL a, REAL b) { return a != a ? a : a < b ? a : b; }
BRAID_UNUSED static REAL braid_max(REAL a, REAL b) { return a != a ? a : a > b ? a : b; }
BRAID_UNUSED static REAL braid_sign(REAL a) { return a > 0 ? 1 : a < 0 ? -1 : 0; }
BRAID_UNUSED static REAL braid_mod(REAL a, REAL b) {
    REAL r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
";

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("writing to a string");
}

/// Writes the statements of one function.
struct Writer<'a> {
    tape: &'a Tape,
    plan: &'a Plan,
    bools: &'a [bool],
    single: bool,
    real: &'static str,
    text: &'a mut String,
    /// Which registers are variables of this function.
    local: Vec<bool>,
}

impl Writer<'_> {
    fn chunk(&mut self, chunk: &Chunk) {
        for &output in &chunk.copies {
            let value = self.float(self.tape.outputs[output as usize]);
            line(self.text, &format!("    y[{output}] = {value};"));
        }
        for step in &chunk.steps {
            let Step::Compute { reg, .. } = *step else { continue };
            let value = self.instr(reg, &self.tape.code[reg as usize]);
            let ty = if self.bools[reg as usize] { "int" } else { self.real };
            line(self.text, &format!("    const {ty} t{reg} = {value};"));
            self.local[reg as usize] = true;
            let slot = self.plan.slots[reg as usize];
            if slot != NONE {
                line(self.text, &format!("    v[{slot}] = t{reg};"));
            }
            for output in self.plan.outputs_of(reg) {
                line(self.text, &format!("    y[{output}] = t{reg};"));
            }
        }
    }

    /// A register as a float.
    fn float(&self, reg: Reg) -> String {
        match &self.tape.code[reg as usize] {
            Instr::Const(value) => self.constant(*value),
            Instr::Input(input) => format!("x[{input}]"),
            _ if !self.local[reg as usize] => format!("v[{}]", self.plan.slots[reg as usize]),
            _ if self.bools[reg as usize] => format!("({})t{reg}", self.real),
            _ => format!("t{reg}"),
        }
    }

    /// A register as a condition.
    fn condition(&self, reg: Reg) -> String {
        match self.bools[reg as usize] && self.local[reg as usize] {
            true => format!("t{reg}"),
            false => format!("({} != 0)", self.float(reg)),
        }
    }

    fn constant(&self, value: f64) -> String {
        let (shown, suffix) =
            if self.single { (format!("{:?}", value as f32), "f") } else { (format!("{value:?}"), "") };
        match value {
            _ if value.is_nan() => "NAN".to_string(),
            _ if shown.ends_with("inf") => if value > 0.0 { "INFINITY" } else { "(-INFINITY)" }.to_string(),
            _ if value.is_sign_negative() => format!("({shown}{suffix})"),
            _ => format!("{shown}{suffix}"),
        }
    }

    /// A function of doubles, its result rounded.
    fn call(&self, function: &str, args: &[String]) -> String {
        format!("({}){function}({})", self.real, args.join(", "))
    }

    fn instr(&mut self, reg: Reg, instr: &Instr) -> String {
        match instr {
            Instr::Const(_) | Instr::Input(_) => unreachable!("plans compute neither constants nor inputs"),
            Instr::Unary(ScalarOp::Not, a) => format!("!{}", self.condition(*a)),
            Instr::Unary(ScalarOp::Cast(DType::Bool), a) => self.condition(*a),
            Instr::Binary(ScalarOp::And, a, b) => format!("{} & {}", self.condition(*a), self.condition(*b)),
            Instr::Binary(ScalarOp::Or, a, b) => format!("{} | {}", self.condition(*a), self.condition(*b)),
            Instr::Binary(ScalarOp::Xor, a, b) => format!("{} ^ {}", self.condition(*a), self.condition(*b)),
            Instr::Unary(op, a) => self.unary(*op, &self.float(*a)),
            Instr::Binary(op, a, b) => self.binary(*op, self.float(*a), self.float(*b)),
            Instr::MulAdd(a, b, c) => {
                format!("BRAID_FMA({}, {}, {})", self.float(*a), self.float(*b), self.float(*c))
            }
            Instr::MulSub(a, b, c) => {
                format!("BRAID_FMA({}, {}, -{})", self.float(*a), self.float(*b), self.float(*c))
            }
            Instr::NegMulAdd(a, b, c) => {
                format!("BRAID_FMA(-{}, {}, {})", self.float(*a), self.float(*b), self.float(*c))
            }
            Instr::Powi(a, n) => self.powi(reg, &self.float(*a), *n),
            Instr::Select(c, a, b) => {
                let bools = self.bools[reg as usize];
                let side = |reg: Reg| if bools { self.condition(reg) } else { self.float(reg) };
                format!("{} ? {} : {}", self.condition(*c), side(*a), side(*b))
            }
            Instr::Call(callback, args) => {
                let args: Vec<String> = args.iter().map(|&arg| self.float(arg)).collect();
                self.call(&callback.name, &args)
            }
        }
    }

    fn unary(&self, op: ScalarOp, a: &str) -> String {
        use ScalarOp::*;
        let function = |name: &str| self.call(name, &[a.to_string()]);
        match op {
            Neg => format!("-{a}"),
            Abs => function("fabs"),
            Sign => format!("braid_sign({a})"),
            Sqrt => function("sqrt"),
            Rsqrt => format!("1 / {}", function("sqrt")),
            Floor => function("floor"),
            Ceil => function("ceil"),
            Trunc => function("trunc"),
            Round => function("nearbyint"),
            IsNan => format!("{a} != {a}"),
            Cast(DType::F32) => format!("(float){a}"),
            Cast(_) => a.to_string(),
            _ => self.library(op, &[a.to_string()]),
        }
    }

    fn binary(&self, op: ScalarOp, a: String, b: String) -> String {
        use ScalarOp::*;
        let infix = |sign: &str| format!("{a} {sign} {b}");
        match op {
            Add => infix("+"),
            Sub => infix("-"),
            Mul => infix("*"),
            Div => infix("/"),
            FloorDiv => self.call("floor", &[infix("/")]),
            Mod => format!("braid_mod({a}, {b})"),
            Min => format!("braid_min({a}, {b})"),
            Max => format!("braid_max({a}, {b})"),
            Eq => infix("=="),
            Ne => infix("!="),
            Lt => infix("<"),
            Le => infix("<="),
            Gt => infix(">"),
            Ge => infix(">="),
            _ => self.library(op, &[a, b]),
        }
    }

    /// A function of C's library: the runtime's are called as C's are.
    fn library(&self, op: ScalarOp, args: &[String]) -> String {
        let name = import_of(op).unwrap_or_else(|| unreachable!("{} has been refused", op.name()));
        self.call(name.trim_start_matches("braid_"), args)
    }

    fn powi(&mut self, reg: Reg, base: &str, exponent: i32) -> String {
        let mut next = 0;
        let product = plan::power(base.to_string(), exponent, |a, b| {
            let name = format!("t{reg}_{next}");
            next += 1;
            line(self.text, &format!("    const {} {name} = {a} * {b};", self.real));
            name
        });
        let product = product.unwrap_or_else(|| "1".to_string());
        if exponent < 0 { format!("({})1 / {product}", self.real) } else { product }
    }
}
