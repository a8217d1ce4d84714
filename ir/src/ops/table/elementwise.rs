//! Elementwise rows: one scalar operation or a small scalar body per element, operands broadcast as in NumPy and ONNX.

use super::common::*;
use crate::dtype::DType;
use crate::ops::attrs::AttrKind;
use crate::ops::*;
use crate::term::{ScalarOp, Term};

/// The nest that computes `body` of the operands' elements.
pub(super) fn map(cx: &Infer, body: impl FnOnce(&[Term]) -> Result<Term, String>) -> Result<Loops, String> {
    let operands: Vec<&TensorType> =
        (0..cx.operands.len()).map(|i| cx.tensor(i)).collect::<Result<_, _>>()?;
    let shapes: Vec<&[Term]> = operands.iter().map(|t| t.shape.as_slice()).collect();
    let out = cx.broadcast(&shapes)?;
    let loads: Vec<Term> = operands.iter().enumerate().map(|(k, t)| Term::load(k, t.dtype)).collect();
    Ok(Loops::elementwise(out, &operands, body(&loads)?))
}

const BODY: Gradient = Gradient::FromBody;
const NONE: Gradient = Gradient::NotSupported("piecewise constant, or of integers");

macro_rules! rows {
    ($($name:literal $op:ident $arity:literal $doc:literal [$($law:ident),*] $numerics:ident $gradient:ident,
        $operands:expr => $result:literal;)*) => {
        /// One scalar operation each.
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: Arity::Exactly($arity),
            attributes: &[],
            def: OpDef::Loops(|cx| map(cx, |loads| apply(ScalarOp::$op, loads))),
            laws: &[$(Law::$law),*],
            numerics: Numerics::$numerics,
            effects: Effects::Pure,
            gradient: $gradient,
            examples: &[Example { operands: &$operands, attributes: "", result: $result }],
        }),*];
    };
}

rows! {
    "add" Add 2 "Sum; integers wrap." [Commutative, Associative] Rounding BODY, ["f32[2] [1, 2]", "f32[] 3"] => "f32[2] [4, 5]";
    "sub" Sub 2 "Difference; integers wrap." [] Rounding BODY, ["i32[2] [1, 2]", "i32[1] [3]"] => "i32[2] [-2, -1]";
    "mul" Mul 2 "Product; integers wrap." [Commutative, Associative] Rounding BODY, ["f32[2,1] [1, 2]", "f32[2] [3, 4]"] => "f32[2,2] [3, 4, 6, 8]";
    "div" Div 2 "Division: IEEE for floats, truncating for integers (by zero: 0)." [] Rounding BODY, ["f32[3] [1, -1, 0]", "f32[3] [0, 0, 0]"] => "f32[3] [inf, -inf, nan]";
    "floor_div" FloorDiv 2 "Division rounded toward minus infinity." [] Rounding NONE, ["i64[2] [7, -7]", "i64[] 2"] => "i64[2] [3, -4]";
    "modulo" Mod 2 "Remainder with the divisor's sign, as Python's `%`." [] Exact BODY, ["i64[2] [7, -7]", "i64[] 3"] => "i64[2] [1, 2]";
    "remainder" Rem 2 "Remainder with the dividend's sign, as C's `fmod`." [] Exact BODY, ["f32[2] [7, -7]", "f32[] 3"] => "f32[2] [1, -1]";
    "power" Pow 2 "Power." [] Rounding BODY, ["f32[2] [2, 9]", "f32[2] [3, 0.5]"] => "f32[2] [8, 3]";
    "minimum" Min 2 "Smaller element; NaN if either is NaN." [Commutative, Associative] Exact BODY, ["f32[3] [1, nan, 3]", "f32[] 2"] => "f32[3] [1, nan, 2]";
    "maximum" Max 2 "Larger element; NaN if either is NaN." [Commutative, Associative] Exact BODY, ["f32[3] [1, nan, 3]", "f32[] 2"] => "f32[3] [2, nan, 3]";
    "atan2" Atan2 2 "Angle of the point (second, first)." [] Rounding BODY, ["f32[1] [0]", "f32[1] [1]"] => "f32[1] [0]";
    "negate" Neg 1 "Negation." [Involution] Exact BODY, ["f32[2] [1, -2]"] => "f32[2] [-1, 2]";
    "abs" Abs 1 "Absolute value." [Idempotent] Exact BODY, ["i32[2] [1, -2]"] => "i32[2] [1, 2]";
    "sign" Sign 1 "-1, 0 or 1; 0 for NaN." [Idempotent, Monotone] Exact NONE, ["f32[3] [-5, 0, 5]"] => "f32[3] [-1, 0, 1]";
    "exp" Exp 1 "e to each element." [Monotone] Rounding BODY, ["f32[2] [0, -inf]"] => "f32[2] [1, 0]";
    "expm1" Expm1 1 "exp(x) - 1 without cancellation." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "log" Log 1 "Natural logarithm." [Monotone] Rounding BODY, ["f32[3] [1, 0, -1]"] => "f32[3] [0, -inf, nan]";
    "log1p" Log1p 1 "log(1 + x) without cancellation." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "log2" Log2 1 "Logarithm to base 2." [Monotone] Rounding BODY, ["f32[1] [8]"] => "f32[1] [3]";
    "log10" Log10 1 "Logarithm to base 10." [Monotone] Rounding BODY, ["f32[1] [100]"] => "f32[1] [2]";
    "sqrt" Sqrt 1 "Square root." [Monotone] Rounding BODY, ["f32[2] [4, -1]"] => "f32[2] [2, nan]";
    "rsqrt" Rsqrt 1 "1 / sqrt(x)." [] Rounding BODY, ["f32[1] [4]"] => "f32[1] [0.5]";
    "sin" Sin 1 "Sine." [] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "cos" Cos 1 "Cosine." [] Rounding BODY, ["f32[1] [0]"] => "f32[1] [1]";
    "tan" Tan 1 "Tangent." [] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "asin" Asin 1 "Inverse sine." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "acos" Acos 1 "Inverse cosine." [] Rounding BODY, ["f32[1] [1]"] => "f32[1] [0]";
    "atan" Atan 1 "Inverse tangent." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "sinh" Sinh 1 "Hyperbolic sine." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "cosh" Cosh 1 "Hyperbolic cosine." [] Rounding BODY, ["f32[1] [0]"] => "f32[1] [1]";
    "tanh" Tanh 1 "Hyperbolic tangent." [Monotone] Rounding BODY, ["f32[2] [0, inf]"] => "f32[2] [0, 1]";
    "asinh" Asinh 1 "Inverse hyperbolic sine." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "acosh" Acosh 1 "Inverse hyperbolic cosine." [Monotone] Rounding BODY, ["f32[1] [1]"] => "f32[1] [0]";
    "atanh" Atanh 1 "Inverse hyperbolic tangent." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [0]";
    "erf" Erf 1 "Error function." [Monotone] Rounding BODY, ["f32[2] [0, inf]"] => "f32[2] [0, 1]";
    "floor" Floor 1 "Largest integer not above." [Idempotent, Monotone] Exact NONE, ["f32[2] [1.5, -1.5]"] => "f32[2] [1, -2]";
    "ceil" Ceil 1 "Smallest integer not below." [Idempotent, Monotone] Exact NONE, ["f32[2] [1.5, -1.5]"] => "f32[2] [2, -1]";
    "trunc" Trunc 1 "Integer part." [Idempotent, Monotone] Exact NONE, ["f32[2] [1.5, -1.5]"] => "f32[2] [1, -1]";
    "round" Round 1 "Nearest integer, ties to even." [Idempotent, Monotone] Exact NONE, ["f32[3] [0.5, 1.5, -2.5]"] => "f32[3] [0, 2, -2]";
    "is_nan" IsNan 1 "Whether NaN." [] Exact NONE, ["f32[2] [1, nan]"] => "bool[2] [false, true]";
    "not" Not 1 "Logical not of `bool`, bitwise not of integers." [Involution] Exact NONE, ["bool[2] [true, false]"] => "bool[2] [false, true]";
    "and" And 2 "Logical or bitwise and." [Commutative, Associative] Exact NONE, ["i64[] 6", "i64[] 3"] => "i64[] 2";
    "or" Or 2 "Logical or bitwise or." [Commutative, Associative] Exact NONE, ["bool[2] [true, false]", "bool[] false"] => "bool[2] [true, false]";
    "xor" Xor 2 "Logical or bitwise exclusive or." [Commutative, Associative] Exact NONE, ["u8[] 6", "u8[] 3"] => "u8[] 5";
    "shift_left" Shl 2 "Shift left; by the width or more: 0." [] Exact NONE, ["i32[] 3", "i32[] 2"] => "i32[] 12";
    "shift_right" Shr 2 "Shift right, arithmetic for signed types." [] Exact NONE, ["i32[] -8", "i32[] 1"] => "i32[] -4";
    "equal" Eq 2 "Whether equal; NaN is not." [Commutative] Exact NONE, ["f32[2] [1, nan]", "f32[2] [1, nan]"] => "bool[2] [true, false]";
    "not_equal" Ne 2 "Whether not equal." [Commutative] Exact NONE, ["f32[2] [1, nan]", "f32[2] [1, nan]"] => "bool[2] [false, true]";
    "less" Lt 2 "Whether less." [] Exact NONE, ["i64[2] [1, 2]", "i64[] 2"] => "bool[2] [true, false]";
    "less_equal" Le 2 "Whether less or equal." [] Exact NONE, ["i64[2] [2, 3]", "i64[] 2"] => "bool[2] [true, false]";
    "greater" Gt 2 "Whether greater." [] Exact NONE, ["i64[2] [2, 3]", "i64[] 2"] => "bool[2] [false, true]";
    "greater_equal" Ge 2 "Whether greater or equal." [] Exact NONE, ["i64[2] [1, 2]", "i64[] 2"] => "bool[2] [false, true]";
    "select" Select 3 "Second operand where the first (`bool`) is true, else the third." [] Exact BODY, ["bool[2] [true, false]", "f32[2] [1, 2]", "f32[] 0"] => "f32[2] [1, 0]";
}

/// Small scalar bodies.
pub(super) static BODIES: &[OpSpec] = &[
    OpSpec {
        name: "convert",
        doc: "Conversion to another type: floats to integers truncate toward zero, to `bool` is `!= 0`.",
        operands: Arity::Exactly(1),
        attributes: &[attr("to", AttrKind::DType, "the type of the result")],
        def: OpDef::Loops(|cx| map(cx, |x| Ok(x[0].cast(*cx.attrs.dtype("to"))))),
        laws: &[Law::Idempotent],
        numerics: Numerics::Rounding,
        effects: Effects::Pure,
        gradient: BODY,
        examples: &[
            Example { operands: &["f32[2] [-1.5, 2.5]"], attributes: "to = i64", result: "i64[2] [-1, 2]" },
            Example {
                operands: &["f32[3] [0, 0.5, nan]"],
                attributes: "to = bool",
                result: "bool[3] [false, true, true]",
            },
        ],
    },
    OpSpec {
        name: "clamp",
        doc: "min(max(x, low), high), operands in that order; NaN stays NaN.",
        operands: Arity::Exactly(3),
        attributes: &[],
        def: OpDef::Loops(|cx| {
            map(cx, |x| apply(ScalarOp::Min, &[apply(ScalarOp::Max, &[x[0], x[1]])?, x[2]]))
        }),
        laws: &[Law::Monotone],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: BODY,
        examples: &[Example {
            operands: &["f32[3] [-2, nan, 9]", "f32[] 0", "f32[] 6"],
            attributes: "",
            result: "f32[3] [0, nan, 6]",
        }],
    },
    OpSpec {
        name: "is_inf",
        doc: "Whether plus or minus infinity.",
        operands: Arity::Exactly(1),
        attributes: &[],
        def: OpDef::Loops(|cx| map(cx, |x| compare_magnitude(ScalarOp::Eq, x[0], false))),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: NONE,
        examples: &[Example {
            operands: &["f32[3] [1, -inf, nan]"],
            attributes: "",
            result: "bool[3] [false, true, false]",
        }],
    },
    OpSpec {
        name: "is_finite",
        doc: "Whether neither infinite nor NaN.",
        operands: Arity::Exactly(1),
        attributes: &[],
        def: OpDef::Loops(|cx| map(cx, |x| compare_magnitude(ScalarOp::Lt, x[0], true))),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: NONE,
        examples: &[Example {
            operands: &["f32[3] [1, -inf, nan]"],
            attributes: "",
            result: "bool[3] [true, false, false]",
        }],
    },
    OpSpec {
        name: "one_hot",
        doc: "`1` of type `dtype` where the index equals the position along a new last axis of extent `depth`, else `0`.",
        operands: Arity::Exactly(1),
        attributes: &[
            attr("depth", AttrKind::Term, "extent of the new axis"),
            attr("dtype", AttrKind::DType, "type of the result"),
        ],
        def: OpDef::Loops(one_hot),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: NONE,
        examples: &[Example {
            operands: &["i64[2] [1, 0]"],
            attributes: "depth = 2, dtype = f32",
            result: "f32[2,2] [0, 1, 1, 0]",
        }],
    },
];

/// `|x| op infinity`; `of_ints` is the answer for types without infinities.
fn compare_magnitude(op: ScalarOp, x: Term, of_ints: bool) -> Result<Term, String> {
    if !x.dtype().is_float() {
        return Ok(Term::constant(crate::Scalar::Bool(of_ints)));
    }
    apply(op, &[apply(ScalarOp::Abs, &[x])?, constant(x.dtype(), f64::INFINITY)])
}

fn one_hot(cx: &Infer) -> Result<Loops, String> {
    let indices = cx.tensor(0)?;
    if !indices.dtype.is_int() {
        return Err(format!("indices must be integers, not {}", indices.dtype));
    }
    let rank = indices.rank();
    let mut out = indices.shape.clone();
    out.push(*cx.attrs.term("depth"));
    let hit = Term::load(0, indices.dtype).cast(DType::I64).equals(Term::axis(rank));
    Ok(Loops {
        out,
        reduce: vec![],
        reads: vec![Read::new(0, indices.dtype, loop_axes(0, rank))],
        body: hit.cast(*cx.attrs.dtype("dtype")),
        reduction: None,
        narrow: None,
    })
}
