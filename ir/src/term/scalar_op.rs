//! The scalar operations: everything a kernel body, an index map or a dimension may compute.
//!
//! This is the list that backends enumerate. Tensor operators are never enumerated outside the operator table;
//! they say in terms of these what one element of their result is.

use crate::dtype::{DType, Scalar};

macro_rules! scalar_ops {
    ($($variant:ident $name:literal $arity:literal $doc:literal;)*) => {
        /// A scalar operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ScalarOp {
            $(#[doc = $doc] $variant,)*
            /// Conversion to another type: floats to integers truncate toward zero, to `bool` is `!= 0`.
            Cast(DType),
        }

        impl ScalarOp {
            /// Every operation but the casts.
            pub const ALL: &[ScalarOp] = &[$(ScalarOp::$variant),*];

            /// The name in the text form.
            pub fn name(self) -> String {
                match self {
                    $(ScalarOp::$variant => $name.to_string(),)*
                    ScalarOp::Cast(to) => format!("to_{to}"),
                }
            }

            /// Number of operands.
            pub const fn arity(self) -> usize {
                match self {
                    $(ScalarOp::$variant => $arity,)*
                    ScalarOp::Cast(_) => 1,
                }
            }
        }
    };
}

scalar_ops! {
    Add "add" 2 "Sum; integers wrap to their width except in index terms, where overflow is an error; `bool` is or.";
    Sub "sub" 2 "Difference.";
    Mul "mul" 2 "Product; `bool` is and.";
    Div "div" 2 "Division: IEEE for floats, truncating for integers (by zero: 0).";
    FloorDiv "floordiv" 2 "Division rounded toward minus infinity (integer by zero: 0).";
    Mod "mod" 2 "Remainder with the sign of the divisor, as Python's `%` (integer by zero: 0).";
    Rem "rem" 2 "Remainder with the sign of the dividend, as C's `fmod` (integer by zero: 0).";
    Pow "pow" 2 "Power; an integer to a negative power is 0 unless the base is 1 or -1.";
    Min "min" 2 "Smaller operand; NaN if either is NaN.";
    Max "max" 2 "Larger operand; NaN if either is NaN.";
    Atan2 "atan2" 2 "Angle of the point (second, first).";
    Neg "neg" 1 "Negation.";
    Abs "abs" 1 "Absolute value.";
    Sign "sign" 1 "-1, 0 or 1; NaN of NaN is 0 as in PyTorch's `sgn`-free `sign`.";
    Exp "exp" 1 "e to the operand.";
    Expm1 "expm1" 1 "exp(x) - 1 without cancellation.";
    Log "log" 1 "Natural logarithm.";
    Log1p "log1p" 1 "log(1 + x) without cancellation.";
    Log2 "log2" 1 "Logarithm to base 2.";
    Log10 "log10" 1 "Logarithm to base 10.";
    Sqrt "sqrt" 1 "Square root.";
    Rsqrt "rsqrt" 1 "1 / sqrt(x), as two roundings.";
    Sin "sin" 1 "Sine.";
    Cos "cos" 1 "Cosine.";
    Tan "tan" 1 "Tangent.";
    Asin "asin" 1 "Inverse sine.";
    Acos "acos" 1 "Inverse cosine.";
    Atan "atan" 1 "Inverse tangent.";
    Sinh "sinh" 1 "Hyperbolic sine.";
    Cosh "cosh" 1 "Hyperbolic cosine.";
    Tanh "tanh" 1 "Hyperbolic tangent.";
    Asinh "asinh" 1 "Inverse hyperbolic sine.";
    Acosh "acosh" 1 "Inverse hyperbolic cosine.";
    Atanh "atanh" 1 "Inverse hyperbolic tangent.";
    Erf "erf" 1 "Error function.";
    Floor "floor" 1 "Largest integer not above.";
    Ceil "ceil" 1 "Smallest integer not below.";
    Trunc "trunc" 1 "Integer part.";
    Round "round" 1 "Nearest integer, ties to even.";
    IsNan "is_nan" 1 "Whether the operand is NaN; `bool`.";
    Not "not" 1 "Logical not of a `bool`, bitwise not of an integer.";
    And "and" 2 "Logical or bitwise and.";
    Or "or" 2 "Logical or bitwise or.";
    Xor "xor" 2 "Logical or bitwise exclusive or.";
    Shl "shl" 2 "Shift left (by the width or more: 0).";
    Shr "shr" 2 "Shift right, arithmetic for signed types.";
    Eq "eq" 2 "Equal; `bool`.";
    Ne "ne" 2 "Not equal; `bool`.";
    Lt "lt" 2 "Less; `bool`.";
    Le "le" 2 "Less or equal; `bool`.";
    Gt "gt" 2 "Greater; `bool`.";
    Ge "ge" 2 "Greater or equal; `bool`.";
    Select "select" 3 "Second operand where the first (`bool`) is true, else the third.";
}

impl ScalarOp {
    /// The operation with this text-form name.
    pub fn from_name(name: &str) -> Option<ScalarOp> {
        if let Some(to) = name.strip_prefix("to_") {
            return DType::from_name(to).map(ScalarOp::Cast);
        }
        ScalarOp::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// Whether the result is `bool` whatever the operands are.
    pub const fn is_predicate(self) -> bool {
        use ScalarOp::*;
        matches!(self, IsNan | Eq | Ne | Lt | Le | Gt | Ge)
    }

    /// Whether the operation is only defined on floats.
    pub const fn is_float_only(self) -> bool {
        use ScalarOp::*;
        matches!(
            self,
            Exp | Expm1
                | Log
                | Log1p
                | Log2
                | Log10
                | Sqrt
                | Rsqrt
                | Sin
                | Cos
                | Tan
                | Asin
                | Acos
                | Atan
                | Sinh
                | Cosh
                | Tanh
                | Asinh
                | Acosh
                | Atanh
                | Erf
                | Atan2
        )
    }

    /// The result type for operands of these types, or why there is none.
    ///
    /// # Errors
    /// If the operand types differ or the operation is not defined on them.
    pub fn result(self, operands: &[DType]) -> Result<DType, String> {
        use ScalarOp::*;
        if operands.len() != self.arity() {
            return Err(format!("{} takes {} operands, not {}", self.name(), self.arity(), operands.len()));
        }
        if let Cast(to) = self {
            return Ok(to);
        }
        if self == Select {
            return if operands[0] != DType::Bool {
                Err(format!("select needs a bool condition, not {}", operands[0]))
            } else if operands[1] != operands[2] {
                Err(format!("select between {} and {}", operands[1], operands[2]))
            } else {
                Ok(operands[1])
            };
        }
        let first = operands[0];
        if operands.iter().any(|d| *d != first) {
            return Err(format!("{} of {} and {}", self.name(), operands[0], operands[1]));
        }
        if self.is_float_only() && !first.is_float() {
            return Err(format!("{} needs a float, not {first}", self.name()));
        }
        if matches!(self, Shl | Shr) && !first.is_int() {
            return Err(format!("{} needs an integer, not {first}", self.name()));
        }
        if matches!(self, And | Or | Xor | Not) && first.is_float() {
            return Err(format!("{} needs bool or an integer, not {first}", self.name()));
        }
        Ok(if self.is_predicate() { DType::Bool } else { first })
    }

    /// The operation on concrete elements, rounded to the result type after every step.
    ///
    /// # Panics
    /// If the operand types are not what [`ScalarOp::result`] accepts.
    pub fn eval(self, operands: &[Scalar]) -> Scalar {
        use ScalarOp::*;
        let a = operands[0];
        match self {
            Cast(to) => return a.cast(to),
            Select => return if a.is_truthy() { operands[1] } else { operands[2] },
            _ => {}
        }
        let dtype = a.dtype();
        if dtype.is_float() { self.eval_float(dtype, operands) } else { self.eval_int(dtype, operands) }
    }

    fn eval_float(self, dtype: DType, operands: &[Scalar]) -> Scalar {
        use ScalarOp::*;
        // f32 math is done in f32 so that the oracle rounds as a machine does; half floats go through f32.
        if dtype != DType::F64 {
            let x = operands[0].as_f64() as f32;
            let y = operands.get(1).map_or(0.0, |v| v.as_f64() as f32);
            let value = match self {
                Sin => x.sin(),
                Cos => x.cos(),
                Add => x + y,
                Sub => x - y,
                Mul => x * y,
                Div => x / y,
                Exp => x.exp(),
                Sqrt => x.sqrt(),
                _ => return self.eval_f64(dtype, operands),
            };
            return Scalar::from_f64(dtype, value as f64);
        }
        self.eval_f64(dtype, operands)
    }

    fn eval_f64(self, dtype: DType, operands: &[Scalar]) -> Scalar {
        use ScalarOp::*;
        let x = operands[0].as_f64();
        let y = operands.get(1).map_or(0.0, |v| v.as_f64());
        let predicate = match self {
            Eq => Some(x == y),
            Ne => Some(x != y),
            Lt => Some(x < y),
            Le => Some(x <= y),
            Gt => Some(x > y),
            Ge => Some(x >= y),
            IsNan => Some(x.is_nan()),
            _ => None,
        };
        if let Some(p) = predicate {
            return Scalar::Bool(p);
        }
        let value = match self {
            Add => x + y,
            Sub => x - y,
            Mul => x * y,
            Div => x / y,
            FloorDiv => (x / y).floor(),
            Mod => {
                let r = x % y;
                if r != 0.0 && (r < 0.0) != (y < 0.0) { r + y } else { r }
            }
            Rem => x % y,
            Pow => x.powf(y),
            Min => {
                if x.is_nan() || y.is_nan() {
                    f64::NAN
                } else {
                    x.min(y)
                }
            }
            Max => {
                if x.is_nan() || y.is_nan() {
                    f64::NAN
                } else {
                    x.max(y)
                }
            }
            Atan2 => x.atan2(y),
            Neg => -x,
            Abs => x.abs(),
            Sign => {
                if x > 0.0 {
                    1.0
                } else if x < 0.0 {
                    -1.0
                } else {
                    0.0
                }
            }
            Exp => x.exp(),
            Expm1 => x.exp_m1(),
            Log => x.ln(),
            Log1p => x.ln_1p(),
            Log2 => x.log2(),
            Log10 => x.log10(),
            Sqrt => x.sqrt(),
            Rsqrt => 1.0 / x.sqrt(),
            Sin => x.sin(),
            Cos => x.cos(),
            Tan => x.tan(),
            Asin => x.asin(),
            Acos => x.acos(),
            Atan => x.atan(),
            Sinh => x.sinh(),
            Cosh => x.cosh(),
            Tanh => x.tanh(),
            Asinh => x.asinh(),
            Acosh => x.acosh(),
            Atanh => x.atanh(),
            Erf => super::math::erf(x),
            Floor => x.floor(),
            Ceil => x.ceil(),
            Trunc => x.trunc(),
            Round => x.round_ties_even(),
            other => panic!("{} is not defined on {dtype}", other.name()),
        };
        Scalar::from_f64(dtype, value)
    }

    fn eval_int(self, dtype: DType, operands: &[Scalar]) -> Scalar {
        use ScalarOp::*;
        let x = operands[0].as_i128();
        let y = operands.get(1).map_or(0, |v| v.as_i128());
        let predicate = match self {
            Eq => Some(x == y),
            Ne => Some(x != y),
            Lt => Some(x < y),
            Le => Some(x <= y),
            Gt => Some(x > y),
            Ge => Some(x >= y),
            IsNan => Some(false),
            _ => None,
        };
        if let Some(p) = predicate {
            return Scalar::Bool(p);
        }
        let bits = dtype.size() as i128 * 8;
        let value = match self {
            Add => x + y,
            Sub => x - y,
            Mul => x.wrapping_mul(y),
            Div => x.checked_div(y).unwrap_or(0),
            FloorDiv => floor_div(x, y),
            Mod => {
                if y == 0 {
                    0
                } else {
                    x - floor_div(x, y) * y
                }
            }
            Rem => x.checked_rem(y).unwrap_or(0),
            Pow => int_pow(dtype, x, y),
            Min => x.min(y),
            Max => x.max(y),
            Neg => -x,
            Abs => x.abs(),
            Sign => x.signum(),
            Floor | Ceil | Trunc | Round => x,
            Not if dtype == DType::Bool => (x == 0) as i128,
            Not => !x,
            And => x & y,
            Or => x | y,
            Xor => x ^ y,
            Shl => {
                if (0..bits).contains(&y) {
                    x << y
                } else {
                    0
                }
            }
            Shr => x >> y.clamp(0, 127),
            other => panic!("{} is not defined on {dtype}", other.name()),
        };
        Scalar::from_int(dtype, value)
    }
}

/// Quotient rounded toward minus infinity; 0 for a zero divisor.
pub fn floor_div(x: i128, y: i128) -> i128 {
    if y == 0 {
        return 0;
    }
    let q = x / y;
    if x % y != 0 && (x < 0) != (y < 0) { q - 1 } else { q }
}

fn int_pow(dtype: DType, base: i128, exponent: i128) -> i128 {
    if exponent < 0 {
        return match base {
            1 => 1,
            -1 => {
                if exponent % 2 == 0 {
                    1
                } else {
                    -1
                }
            }
            _ => 0,
        };
    }
    let (mut result, mut square, mut rest) = (1i128, base, exponent);
    let wrap = |v: i128| Scalar::from_int(dtype, v).as_i128();
    while rest > 0 {
        if rest & 1 == 1 {
            result = wrap(result.wrapping_mul(square));
        }
        square = wrap(square.wrapping_mul(square));
        rest >>= 1;
    }
    result
}
