//! The operations of expressions, one row each: where defined, what range, which derivative, what cost.
//!
//! The operations are those of kernels ([`ScalarOp`]), read over the real numbers. Sums and products take any number of
//! operands. Differences, quotients and roots are written by sums, products and powers; code generation finds them again.

use crate::facts::Facts;
use braid_ir::ScalarOp;

/// What an operation means for symbolic work.
///
/// ```
/// use braid_symbolic::ops;
/// let log = ops::by_name("log").unwrap();
/// assert_eq!((log.domain, log.derivative), ("a > 0", &["1/a"][..]));
/// ```
#[derive(Debug)]
pub struct OpSpec {
    /// The operation.
    pub op: ScalarOp,
    /// Its name in text.
    pub name: &'static str,
    /// Number of operands; `None` for any number.
    pub arity: Option<usize>,
    /// The command of LaTeX, or empty for `\operatorname`.
    pub latex: &'static str,
    /// Where it is defined on real operands `a` and `b`; empty for everywhere.
    pub domain: &'static str,
    /// Signs that the value may have where nothing is known of the operands, wholeness, and whether it is a truth value.
    pub range: Facts,
    /// The derivative by each operand, in terms of `a` and `b`; empty for those that calculus treats by itself.
    pub derivative: &'static [&'static str],
    /// Cost in CPU cycles for eight values, in code that is vectorised over a batch, on the machine of the measurements in the
    /// README: what `./x bench symbolic costs` prints, and no less than an addition.
    pub cycles: f64,
}

const NONNEG: Facts = Facts::POS.with(Facts::ZERO);
const TRUTH: Facts = NONNEG.with(Facts::INTEGER).with(Facts::BOOL);
const WHOLE: Facts = Facts::REAL.with(Facts::INTEGER);

macro_rules! rows {
    ($($op:ident $name:literal $arity:expr, $latex:literal, $domain:literal, $range:expr, [$($d:literal),*], $cycles:literal;)*) => {
        /// The operations that expressions may hold.
        pub const TABLE: &[OpSpec] = &[$(OpSpec {
            op: ScalarOp::$op, name: $name, arity: $arity, latex: $latex, domain: $domain, range: $range,
            derivative: &[$($d),*], cycles: $cycles,
        }),*];
    };
}

rows! {
    Add    "add"   None,    "", "", Facts::REAL, [], 1.0;
    Mul    "mul"   None,    "", "", Facts::REAL, [], 1.0;
    Pow    "pow"   Some(2), "", "a > 0 or (a == 0 and b >= 0) or b == floor(b) and (a != 0 or b >= 0)", Facts::REAL, [], 97.0;
    Abs    "abs"   Some(1), "", "", NONNEG, ["sign(a)"], 1.0;
    Sign   "sign"  Some(1), "", "", WHOLE, ["0"], 1.2;
    Floor  "floor" Some(1), "", "", WHOLE, ["0"], 1.2;
    Ceil   "ceil"  Some(1), "", "", WHOLE, ["0"], 1.2;
    Mod    "mod"   Some(2), "\\bmod", "b != 0", Facts::REAL, ["1", "-floor(a/b)"], 134.0;
    Min    "min"   Some(2), "\\min", "", Facts::REAL, ["select(a <= b, 1, 0)", "select(a <= b, 0, 1)"], 2.5;
    Max    "max"   Some(2), "\\max", "", Facts::REAL, ["select(a >= b, 1, 0)", "select(a >= b, 0, 1)"], 2.5;
    Exp    "exp"   Some(1), "\\exp", "", Facts::POS, ["exp(a)"], 19.5;
    Expm1  "expm1" Some(1), "", "", Facts::REAL, ["exp(a)"], 25.0;
    Log    "log"   Some(1), "\\ln", "a > 0", Facts::REAL, ["1/a"], 25.6;
    Log1p  "log1p" Some(1), "", "a > -1", Facts::REAL, ["1/(1 + a)"], 30.5;
    Log2   "log2"  Some(1), "\\log_{2}", "a > 0", Facts::REAL, ["1/(a*log(2))"], 39.0;
    Log10  "log10" Some(1), "\\log_{10}", "a > 0", Facts::REAL, ["1/(a*log(10))"], 40.0;
    Sin    "sin"   Some(1), "\\sin", "", Facts::REAL, ["cos(a)"], 31.3;
    Cos    "cos"   Some(1), "\\cos", "", Facts::REAL, ["-sin(a)"], 30.8;
    Tan    "tan"   Some(1), "\\tan", "cos(a) != 0", Facts::REAL, ["1 + tan(a)^2"], 34.8;
    Asin   "asin"  Some(1), "\\arcsin", "a >= -1 and a <= 1", Facts::REAL, ["(1 - a^2)^(-1/2)"], 157.0;
    Acos   "acos"  Some(1), "\\arccos", "a >= -1 and a <= 1", NONNEG, ["-(1 - a^2)^(-1/2)"], 168.0;
    Atan   "atan"  Some(1), "\\arctan", "", Facts::REAL, ["1/(1 + a^2)"], 24.7;
    Atan2  "atan2" Some(2), "", "", Facts::REAL, ["b/(a^2 + b^2)", "-a/(a^2 + b^2)"], 342.0;
    Sinh   "sinh"  Some(1), "\\sinh", "", Facts::REAL, ["cosh(a)"], 36.0;
    Cosh   "cosh"  Some(1), "\\cosh", "", Facts::POS, ["sinh(a)"], 27.2;
    Tanh   "tanh"  Some(1), "\\tanh", "", Facts::REAL, ["1 - tanh(a)^2"], 45.0;
    Asinh  "asinh" Some(1), "", "", Facts::REAL, ["(1 + a^2)^(-1/2)"], 585.0;
    Acosh  "acosh" Some(1), "", "a >= 1", NONNEG, ["(a - 1)^(-1/2)*(a + 1)^(-1/2)"], 194.0;
    Atanh  "atanh" Some(1), "", "a > -1 and a < 1", Facts::REAL, ["1/(1 - a^2)"], 265.0;
    Erf    "erf"   Some(1), "", "", Facts::REAL, ["2*pi^(-1/2)*exp(-a^2)"], 67.0;
    Eq     "eq"    Some(2), "=", "", TRUTH, ["0", "0"], 1.0;
    Ne     "ne"    Some(2), "\\neq", "", TRUTH, ["0", "0"], 1.0;
    Lt     "lt"    Some(2), "<", "", TRUTH, ["0", "0"], 1.0;
    Le     "le"    Some(2), "\\leq", "", TRUTH, ["0", "0"], 1.0;
    And    "and"   Some(2), "\\land", "", TRUTH, ["0", "0"], 1.0;
    Or     "or"    Some(2), "\\lor", "", TRUTH, ["0", "0"], 1.0;
    Not    "not"   Some(1), "\\lnot", "", TRUTH, ["0"], 1.0;
    Select "select" Some(3), "", "", Facts::REAL, [], 1.0;
}

/// The row of an operation; `None` for those that expressions do not hold.
///
/// ```
/// use braid_ir::ScalarOp;
/// assert_eq!(braid_symbolic::ops::spec(ScalarOp::Exp).unwrap().name, "exp");
/// ```
pub fn spec(op: ScalarOp) -> Option<&'static OpSpec> {
    TABLE.iter().find(|row| row.op == op)
}

/// The operation with this name in text.
///
/// ```
/// assert!(braid_symbolic::ops::by_name("atan2").is_some());
/// assert!(braid_symbolic::ops::by_name("sinus").is_none());
/// ```
pub fn by_name(name: &str) -> Option<&'static OpSpec> {
    TABLE.iter().find(|row| row.name == name)
}

/// Whether the operands of an operation are truth values.
///
/// ```
/// use braid_ir::ScalarOp;
/// assert!(braid_symbolic::ops::takes_bools(ScalarOp::And) && !braid_symbolic::ops::takes_bools(ScalarOp::Lt));
/// ```
pub fn takes_bools(op: ScalarOp) -> bool {
    matches!(op, ScalarOp::And | ScalarOp::Or | ScalarOp::Not)
}

/// The facts of an application other than sum, product and power, from those of its operands.
///
/// ```
/// use braid_ir::ScalarOp;
/// use braid_symbolic::{facts::Facts, ops};
/// assert!(ops::facts(ScalarOp::Exp, &[Facts::REAL.with(Facts::TOTAL)]).is_positive());
/// ```
pub fn facts(op: ScalarOp, args: &[Facts]) -> Facts {
    let total = args.iter().all(|a| a.is_total());
    let first = args.first().copied().unwrap_or(Facts::REAL);
    let signs_of = |f: Facts| Facts::from_bits(f.signs());
    let range = spec(op).map_or(Facts::REAL, |row| row.range);
    let (value, defined) = match op {
        ScalarOp::Abs => {
            let zero = Facts::from_bits(first.signs() & 2);
            let signs = zero.with(Facts::POS.when(first.signs() & 5 != 0));
            (signs.with(Facts::INTEGER.when(first.is_integer())), true)
        }
        // Odd and increasing through zero: the sign is the operand's.
        ScalarOp::Sign => (signs_of(first).with(Facts::INTEGER), true),
        ScalarOp::Sinh
        | ScalarOp::Tanh
        | ScalarOp::Asinh
        | ScalarOp::Atan
        | ScalarOp::Erf
        | ScalarOp::Expm1 => (signs_of(first), true),
        ScalarOp::Log | ScalarOp::Log2 | ScalarOp::Log10 => (range, first.is_positive()),
        ScalarOp::Log1p => (signs_of(first), first.is_nonnegative()),
        ScalarOp::Asin | ScalarOp::Atanh => (signs_of(first), first.signs() == 2),
        ScalarOp::Acos | ScalarOp::Acosh | ScalarOp::Tan => {
            (range, first.signs() == 2 && op != ScalarOp::Acosh)
        }
        ScalarOp::Floor => {
            let below = Facts::from_bits(first.signs() & 3).with(Facts::ZERO.when(first.signs() & 4 != 0));
            (below.with(Facts::POS.when(first.signs() & 4 != 0)).with(Facts::INTEGER), true)
        }
        ScalarOp::Ceil => {
            let above = Facts::from_bits(first.signs() & 6).with(Facts::ZERO.when(first.signs() & 1 != 0));
            (above.with(Facts::NEG.when(first.signs() & 1 != 0)).with(Facts::INTEGER), true)
        }
        ScalarOp::Mod => {
            let (a, b) = (first, args[1]);
            let sign = Facts::ZERO.with(signs_of(b));
            (sign.with(Facts::INTEGER.when(a.is_integer() && b.is_integer())), b.is_nonzero())
        }
        ScalarOp::Min | ScalarOp::Max => {
            let (a, b) = (first.signs(), args[1].signs());
            if a == 0 || b == 0 {
                // One of them has no value anywhere.
                return Facts::from_bits(0);
            }
            // Order of signs: -, 0, +; an extreme sign of one operand rules out what lies beyond it.
            let bound = |s: u8, least: bool| if least { s.wrapping_neg() & s } else { 1 << s.max(1).ilog2() };
            let keep = if op == ScalarOp::Max {
                let floor = bound(a, true).max(bound(b, true));
                !(floor - 1)
            } else {
                let top = bound(a, false).min(bound(b, false));
                top | (top - 1)
            };
            let whole = first.is_integer() && args[1].is_integer();
            (Facts::from_bits((a | b) & keep & 7).with(Facts::INTEGER.when(whole)), true)
        }
        ScalarOp::Select => {
            let (yes, no) = (args[1], args[2]);
            let both = yes.bits() & no.bits() & (Facts::INTEGER.bits() | Facts::BOOL.bits());
            (Facts::from_bits(yes.signs() | no.signs() | both), true)
        }
        _ => (range, true),
    };
    value.with(Facts::TOTAL.when(total && defined))
}
