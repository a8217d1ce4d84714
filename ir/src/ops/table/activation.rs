//! Activation functions: scalar bodies with their parameters as attributes. Definitions are PyTorch's and ONNX's.

use super::common::*;
use super::elementwise::map;
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::term::{ScalarOp, Term};

/// Arithmetic on float bodies of one type; the operand type is checked before.
#[derive(Clone, Copy)]
struct Float(Term);

impl Float {
    fn of(self, value: f64) -> Float {
        Float(constant(self.0.dtype(), value))
    }
    fn unary(self, op: ScalarOp) -> Float {
        Float(Term::apply(op, &[self.0]))
    }
    fn binary(self, op: ScalarOp, other: Float) -> Float {
        Float(Term::apply(op, &[self.0, other.0]))
    }
    fn exp(self) -> Float {
        self.unary(ScalarOp::Exp)
    }
    fn tanh(self) -> Float {
        self.unary(ScalarOp::Tanh)
    }
    fn expm1(self) -> Float {
        self.unary(ScalarOp::Expm1)
    }
    fn max(self, value: f64) -> Float {
        self.binary(ScalarOp::Max, self.of(value))
    }
    fn min(self, value: f64) -> Float {
        self.binary(ScalarOp::Min, self.of(value))
    }
    fn times(self, value: f64) -> Float {
        self * self.of(value)
    }
    fn plus(self, value: f64) -> Float {
        self + self.of(value)
    }
    fn where_above(self, limit: f64, yes: Float, no: Float) -> Float {
        let condition = Term::apply(ScalarOp::Gt, &[self.0, self.of(limit).0]);
        Float(condition.select(yes.0, no.0))
    }
    fn sigmoid(self) -> Float {
        self.of(1.0) / (-self).exp().plus(1.0)
    }
    /// log(1 + exp(x)) without overflow: max(x, 0) + log1p(exp(-|x|)).
    fn softplus(self) -> Float {
        self.max(0.0) + (-self.unary(ScalarOp::Abs)).exp().unary(ScalarOp::Log1p)
    }
    fn hardsigmoid(self) -> Float {
        self.plus(3.0).max(0.0).min(6.0) / self.of(6.0)
    }
}

macro_rules! arithmetic {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl std::ops::$trait for Float {
            type Output = Float;
            fn $method(self, other: Float) -> Float {
                self.binary(ScalarOp::$op, other)
            }
        }
    )*};
}
arithmetic! { Add add Add; Sub sub Sub; Mul mul Mul; Div div Div; }

impl std::ops::Neg for Float {
    type Output = Float;
    fn neg(self) -> Float {
        self.unary(ScalarOp::Neg)
    }
}

/// The nest of a body over one float operand. Half floats are computed in `f32` and rounded once, as PyTorch does.
fn float_body(
    cx: &Infer,
    body: impl FnOnce(Float, &Attrs) -> Result<Float, String>,
) -> Result<Loops, String> {
    let dtype = float_dtype(cx, 0)?;
    map(cx, |x| Ok(body(Float(x[0].cast(dtype.accumulator())), cx.attrs)?.0.cast(dtype)))
}

const fn float_attr(name: &'static str, default: fn() -> Attr, doc: &'static str) -> AttrSpec {
    attr_or(name, AttrKind::Float, default, doc)
}

macro_rules! rows {
    ($($name:literal $doc:literal [$($attr:expr),*] [$($law:ident),*] $body:expr, $operand:literal $attributes:literal => $result:literal;)*) => {
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: Arity::Exactly(1),
            attributes: &[$($attr),*],
            def: OpDef::Loops(|cx| float_body(cx, $body)),
            laws: &[$(Law::$law),*],
            numerics: Numerics::Rounding,
            effects: Effects::Pure,
            gradient: Gradient::FromBody,
            examples: &[Example { operands: &[$operand], attributes: $attributes, result: $result }],
        },)*
        OpSpec {
            name: "relu",
            doc: "max(x, 0); of integers, too.",
            operands: Arity::Exactly(1),
            attributes: &[],
            def: OpDef::Loops(|cx| map(cx, |x| apply(ScalarOp::Max, &[x[0], constant(x[0].dtype(), 0.0)]))),
            laws: &[Law::Idempotent, Law::Monotone],
            numerics: Numerics::Exact,
            effects: Effects::Pure,
            gradient: Gradient::FromBody,
            examples: &[Example { operands: &["f32[3] [-1, 2, nan]"], attributes: "", result: "f32[3] [0, 2, nan]" }],
        }];
    };
}

rows! {
    "sigmoid" "1 / (1 + exp(-x))." [] [Monotone] |x, _| Ok(x.sigmoid()), "f32[3] [0, inf, -inf]" "" => "f32[3] [0.5, 1, 0]";
    "reciprocal" "1 / x." [] [] |x, _| Ok(x.of(1.0) / x), "f32[2] [4, 0]" "" => "f32[2] [0.25, inf]";
    "silu" "x * sigmoid(x)." [] [] |x, _| Ok(x * x.sigmoid()), "f32[1] [0]" "" => "f32[1] [0]";
    "gelu" "x * P(X <= x) for a standard normal X; by `erf`, or by PyTorch's `tanh` approximation."
        [attr_or("approximate", AttrKind::Str, || Attr::Str("none".into()), "`none` or `tanh`")] []
        gelu, "f32[2] [0, 1]" "approximate = \"none\"" => "f32[2] [0, 0.8413447]";
    "mish" "x * tanh(softplus(x))." [] [] |x, _| Ok(x * x.softplus().tanh()), "f32[1] [0]" "" => "f32[1] [0]";
    "softplus" "log(1 + exp(beta * x)) / beta, and x where beta * x exceeds the threshold."
        [float_attr("beta", || Attr::Float(1.0), "steepness"), float_attr("threshold", || Attr::Float(20.0), "where it becomes linear")]
        [Monotone]
        |x, a| Ok(x.times(*a.float("beta")).where_above(*a.float("threshold"), x, x.times(*a.float("beta")).softplus() / x.of(*a.float("beta")))),
        "f32[2] [0, 30]" "" => "f32[2] [0.6931472, 30]";
    "log_sigmoid" "log(sigmoid(x))." [] [Monotone] |x, _| Ok(-((-x).softplus())), "f32[1] [0]" "" => "f32[1] [-0.6931472]";
    "softsign" "x / (1 + |x|)." [] [Monotone] |x, _| Ok(x / x.unary(ScalarOp::Abs).plus(1.0)), "f32[2] [1, -1]" "" => "f32[2] [0.5, -0.5]";
    "elu" "x where positive, else alpha * (exp(x) - 1)." [float_attr("alpha", || Attr::Float(1.0), "scale of the negative side")] []
        |x, a| Ok(x.where_above(0.0, x, x.expm1().times(*a.float("alpha")))), "f32[2] [2, -inf]" "alpha = 0.5" => "f32[2] [2, -0.5]";
    "celu" "x where positive, else alpha * (exp(x / alpha) - 1)." [float_attr("alpha", || Attr::Float(1.0), "scale of the negative side")] []
        |x, a| Ok(x.where_above(0.0, x, (x / x.of(*a.float("alpha"))).expm1().times(*a.float("alpha")))), "f32[2] [2, -inf]" "alpha = 2.0" => "f32[2] [2, -2]";
    "selu" "scale * elu(x, alpha) with the constants of Klambauer et al. 2017." [] [Monotone]
        |x, _| Ok(x.where_above(0.0, x, x.expm1().times(1.673_263_242_354_377_2)).times(1.050_700_987_355_480_5)), "f32[2] [0, 1]" "" => "f32[2] [0, 1.050701]";
    "leaky_relu" "x where positive, else slope * x." [float_attr("slope", || Attr::Float(0.01), "factor of the negative side")] []
        |x, a| Ok(x.where_above(0.0, x, x.times(*a.float("slope")))), "f32[2] [2, -2]" "slope = 0.5" => "f32[2] [2, -1]";
    "hard_sigmoid" "min(max(x + 3, 0), 6) / 6." [] [Monotone] |x, _| Ok(x.hardsigmoid()), "f32[3] [-4, 0, 4]" "" => "f32[3] [0, 0.5, 1]";
    "hard_swish" "x * min(max(x + 3, 0), 6) / 6." [] [] |x, _| Ok(x * x.hardsigmoid()), "f32[3] [-4, 0, 4]" "" => "f32[3] [0, 0, 4]";
    "hard_shrink" "x where |x| > lambda, else 0." [float_attr("lambda", || Attr::Float(0.5), "the limit")] []
        |x, a| Ok(x.unary(ScalarOp::Abs).where_above(*a.float("lambda"), x, x.of(0.0))), "f32[2] [0.25, -2]" "" => "f32[2] [0, -2]";
    "soft_shrink" "x moved toward zero by lambda, and 0 closer than that." [float_attr("lambda", || Attr::Float(0.5), "the limit")] []
        |x, a| Ok(x.where_above(*a.float("lambda"), x.plus(-*a.float("lambda")), (-x).where_above(*a.float("lambda"), x.plus(*a.float("lambda")), x.of(0.0)))),
        "f32[3] [0.25, -2, 2]" "" => "f32[3] [0, -1.5, 1.5]";
    "threshold" "x where above the threshold, else value." [float_attr("threshold", || Attr::Float(0.0), "the limit"), float_attr("value", || Attr::Float(0.0), "the replacement")] []
        |x, a| Ok(x.where_above(*a.float("threshold"), x, x.of(*a.float("value")))), "f32[2] [1, 3]" "threshold = 2.0, value = -1.0" => "f32[2] [-1, 3]";
}

fn gelu(x: Float, attrs: &Attrs) -> Result<Float, String> {
    let half = x.times(0.5);
    match attrs.str("approximate") {
        "none" => Ok(half * x.times(std::f64::consts::FRAC_1_SQRT_2).unary(ScalarOp::Erf).plus(1.0)),
        "tanh" => {
            let inner = (x + (x * x * x).times(0.044_715)).times((2.0 / std::f64::consts::PI).sqrt());
            Ok(half * inner.tanh().plus(1.0))
        }
        other => Err(format!("approximate must be none or tanh, not {other}")),
    }
}
