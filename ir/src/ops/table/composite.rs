//! Rows built from other rows: softmax, norms, means.

use super::common::*;
use crate::dtype::{DType, Scalar};
use crate::net::{BuildError, Builder, ValueId};
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::term::Term;

/// Builds the parts of one composite.
struct Parts<'a, 'b> {
    name: &'static str,
    builder: &'a mut Builder<'b>,
}

type Built = Result<ValueId, BuildError>;

impl Parts<'_, '_> {
    fn fail(&self, message: impl Into<String>) -> BuildError {
        BuildError { op: self.name.to_string(), message: message.into() }
    }

    fn ty(&self, x: ValueId) -> Result<TensorType, BuildError> {
        let ty = self.builder.net.ty(x);
        ty.as_tensor().cloned().ok_or_else(|| self.fail(format!("the operand must be a tensor, not {ty}")))
    }

    /// The operand's type, which must be of floats.
    fn float(&self, x: ValueId) -> Result<TensorType, BuildError> {
        let ty = self.ty(x)?;
        if ty.dtype.is_float() {
            Ok(ty)
        } else {
            Err(self.fail(format!("the operand must be a float tensor, not {ty}")))
        }
    }

    fn op(&mut self, name: &str, operands: &[ValueId]) -> Built {
        self.builder.op1(name, operands, Attrs::default())
    }

    fn constant(&mut self, dtype: DType, value: f64) -> Built {
        self.builder.full(Scalar::from_f64(dtype, value), vec![])
    }

    fn convert(&mut self, x: ValueId, to: DType) -> Built {
        if self.ty(x)?.dtype == to {
            Ok(x)
        } else {
            self.builder.op1("convert", &[x], Attrs::from([("to", Attr::DType(to))]))
        }
    }

    fn reduce(&mut self, name: &str, x: ValueId, axes: &[usize], keepdims: bool) -> Built {
        let axes = axes.iter().map(|&a| a as i64).collect();
        self.builder.op1(
            name,
            &[x],
            Attrs::from([("axes", Attr::Ints(axes)), ("keepdims", Attr::Bool(keepdims))]),
        )
    }

    fn reshape(&mut self, x: ValueId, shape: Vec<Term>) -> Built {
        self.builder.op1("reshape", &[x], Attrs::from([("shape", Attr::Terms(shape))]))
    }

    /// An integer term as a rank-0 float.
    fn number(&mut self, value: Term, dtype: DType) -> Built {
        match value.as_int() {
            Some(value) => self.constant(dtype, value as f64),
            None => {
                let value = self.builder.index(value)?;
                self.convert(value, dtype)
            }
        }
    }

    fn mean(&mut self, x: ValueId, axes: &[usize], keepdims: bool) -> Built {
        let ty = self.ty(x)?;
        let sum = self.reduce("reduce_sum", x, axes, keepdims)?;
        let count = self.number(count(&ty, axes), ty.dtype)?;
        self.op("div", &[sum, count])
    }

    /// `x` minus its mean over `axes`.
    fn centred(&mut self, x: ValueId, axes: &[usize]) -> Built {
        let mean = self.mean(x, axes, true)?;
        self.op("sub", &[x, mean])
    }

    /// `(x - mean) / sqrt(variance + epsilon)` over `axes`.
    fn normalised(&mut self, x: ValueId, axes: &[usize], epsilon: f64) -> Built {
        let centred = self.centred(x, axes)?;
        self.scaled_to_unit(centred, axes, epsilon)
    }

    /// `x / sqrt(mean of squares + epsilon)` over `axes`.
    fn scaled_to_unit(&mut self, x: ValueId, axes: &[usize], epsilon: f64) -> Built {
        let square = self.op("mul", &[x, x])?;
        let variance = self.mean(square, axes, true)?;
        let epsilon = self.constant(self.ty(x)?.dtype, epsilon)?;
        let sum = self.op("add", &[variance, epsilon])?;
        let scale = self.op("rsqrt", &[sum])?;
        self.op("mul", &[x, scale])
    }

    /// `x * scale + bias` for whichever of the optional operands are there, in the type of `x`.
    fn affine(&mut self, x: ValueId, parameters: &[ValueId]) -> Built {
        let dtype = self.ty(x)?.dtype;
        let mut result = x;
        for (&parameter, op) in parameters.iter().zip(["mul", "add"]) {
            let parameter = self.convert(parameter, dtype)?;
            result = self.op(op, &[result, parameter])?;
        }
        Ok(result)
    }

    /// Per-channel parameters `[c]` as `[c, 1, …]`, to broadcast over `[n, c, spatial…]` of this rank.
    fn per_channel(&mut self, parameters: &[ValueId], rank: usize) -> Result<Vec<ValueId>, BuildError> {
        let mut result = vec![];
        for &parameter in parameters {
            let ty = self.ty(parameter)?;
            let [channels] = ty.shape[..] else {
                return Err(self.fail(format!("a per-channel parameter must have rank 1, not {ty}")));
            };
            let mut shape = vec![channels];
            shape.resize(rank.saturating_sub(1), Term::int(1));
            result.push(self.reshape(parameter, shape)?);
        }
        Ok(result)
    }
}

/// Number of elements along `axes`.
fn count(ty: &TensorType, axes: &[usize]) -> Term {
    axes.iter().fold(Term::int(1), |n, &a| n * ty.shape[a])
}

fn normal_axis(parts: &Parts, attrs: &Attrs, ty: &TensorType) -> Result<usize, BuildError> {
    axis(*attrs.int("axis"), ty.rank()).map_err(|e| parts.fail(e))
}

fn normal_axes(parts: &Parts, attrs: &Attrs, ty: &TensorType) -> Result<Vec<usize>, BuildError> {
    axes(attrs.ints("axes"), ty.rank()).map_err(|e| parts.fail(e))
}

/// The last `rank` axes.
fn trailing(parts: &Parts, attrs: &Attrs, ty: &TensorType) -> Result<Vec<usize>, BuildError> {
    let n = usize::try_from(*attrs.int("rank")).ok().filter(|n| (1..=ty.rank()).contains(n));
    let n = n.ok_or_else(|| {
        parts.fail(format!("rank must be between 1 and {}, not {}", ty.rank(), attrs.int("rank")))
    })?;
    Ok((ty.rank() - n..ty.rank()).collect())
}

/// Shape `[n, c, …]` has at least two dimensions.
fn with_channels(parts: &Parts, x: ValueId) -> Result<TensorType, BuildError> {
    let ty = parts.float(x)?;
    if ty.rank() < 2 {
        return Err(parts.fail(format!("the operand must be [n, c, …], not {ty}")));
    }
    Ok(ty)
}

/// Half floats are computed in `f32` and rounded once at the end.
fn in_wide(parts: &mut Parts, x: ValueId, f: impl FnOnce(&mut Parts, ValueId) -> Built) -> Built {
    let dtype = parts.float(x)?.dtype;
    let wide = parts.convert(x, dtype.accumulator())?;
    let result = f(parts, wide)?;
    parts.convert(result, dtype)
}

/// `(x - max, exp(x - max), sum of that)` along one axis.
fn shifted_exp(parts: &mut Parts, x: ValueId, at: usize) -> Result<[ValueId; 3], BuildError> {
    let max = parts.reduce("reduce_max", x, &[at], true)?;
    let shifted = parts.op("sub", &[x, max])?;
    let exp = parts.op("exp", &[shifted])?;
    let sum = parts.reduce("reduce_sum", exp, &[at], true)?;
    Ok([shifted, exp, sum])
}

fn softmax(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let at = normal_axis(parts, attrs, &parts.float(operands[0])?)?;
    in_wide(parts, operands[0], |parts, x| {
        let [_, exp, sum] = shifted_exp(parts, x, at)?;
        parts.op("div", &[exp, sum])
    })
}

fn log_softmax(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let at = normal_axis(parts, attrs, &parts.float(operands[0])?)?;
    in_wide(parts, operands[0], |parts, x| {
        let [shifted, _, sum] = shifted_exp(parts, x, at)?;
        let log = parts.op("log", &[sum])?;
        parts.op("sub", &[shifted, log])
    })
}

fn log_sum_exp(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let reduced = normal_axes(parts, attrs, &parts.float(operands[0])?)?;
    let keepdims = *attrs.bool("keepdims");
    in_wide(parts, operands[0], |parts, x| {
        // An infinite maximum would make the difference NaN.
        let zero = parts.constant(parts.ty(x)?.dtype, 0.0)?;
        let max = parts.reduce("reduce_max", x, &reduced, true)?;
        let finite = parts.op("is_finite", &[max])?;
        let max = parts.op("select", &[finite, max, zero])?;
        let shifted = parts.op("sub", &[x, max])?;
        let exp = parts.op("exp", &[shifted])?;
        let sum = parts.reduce("reduce_sum", exp, &reduced, keepdims)?;
        let log = parts.op("log", &[sum])?;
        let shape = parts.ty(log)?.shape;
        let max = parts.reshape(max, shape)?;
        parts.op("add", &[log, max])
    })
}

fn reduce_mean(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let reduced = normal_axes(parts, attrs, &parts.float(operands[0])?)?;
    in_wide(parts, operands[0], |parts, x| parts.mean(x, &reduced, *attrs.bool("keepdims")))
}

fn var(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let ty = parts.float(operands[0])?;
    let reduced = normal_axes(parts, attrs, &ty)?;
    in_wide(parts, operands[0], |parts, x| {
        let dtype = parts.ty(x)?.dtype;
        let centred = parts.centred(x, &reduced)?;
        let square = parts.op("mul", &[centred, centred])?;
        let sum = parts.reduce("reduce_sum", square, &reduced, *attrs.bool("keepdims"))?;
        let count = parts.number(count(&ty, &reduced), dtype)?;
        let correction = parts.constant(dtype, *attrs.float("correction"))?;
        let zero = parts.constant(dtype, 0.0)?;
        let freedom = parts.op("sub", &[count, correction])?;
        let freedom = parts.op("maximum", &[freedom, zero])?;
        parts.op("div", &[sum, freedom])
    })
}

fn layer_norm(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let over = trailing(parts, attrs, &parts.float(operands[0])?)?;
    in_wide(parts, operands[0], |parts, x| {
        let x = parts.normalised(x, &over, *attrs.float("epsilon"))?;
        parts.affine(x, &operands[1..])
    })
}

fn rms_norm(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let over = trailing(parts, attrs, &parts.float(operands[0])?)?;
    in_wide(parts, operands[0], |parts, x| {
        let x = parts.scaled_to_unit(x, &over, *attrs.float("epsilon"))?;
        parts.affine(x, &operands[1..])
    })
}

/// As `x * s + t` with per-channel `s` and `t`, which are constants where the parameters are.
fn batch_norm(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let rank = with_channels(parts, operands[0])?.rank();
    let &[x, scale, bias, mean, variance] = operands else {
        return Err(parts.fail("it takes five operands"));
    };
    let epsilon = parts.constant(parts.ty(variance)?.dtype, *attrs.float("epsilon"))?;
    let sum = parts.op("add", &[variance, epsilon])?;
    let inverse = parts.op("rsqrt", &[sum])?;
    let factor = parts.op("mul", &[scale, inverse])?;
    let shift = parts.op("mul", &[mean, factor])?;
    let shift = parts.op("sub", &[bias, shift])?;
    let parameters = parts.per_channel(&[factor, shift], rank)?;
    in_wide(parts, x, |parts, x| parts.affine(x, &parameters))
}

fn group_norm(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let ty = with_channels(parts, operands[0])?;
    let groups = Term::int(*attrs.int("groups"));
    if *attrs.int("groups") < 1 || ty.shape[1].modulo(groups).as_int().is_some_and(|r| r != 0) {
        return Err(parts.fail(format!("{} channels do not divide into {groups} groups", ty.shape[1])));
    }
    let within = ty.shape[2..].iter().fold(ty.shape[1].floor_div(groups), |n, &d| n * d);
    in_wide(parts, operands[0], |parts, x| {
        let grouped = parts.reshape(x, vec![ty.shape[0], groups, within])?;
        let normal = parts.normalised(grouped, &[2], *attrs.float("epsilon"))?;
        let normal = parts.reshape(normal, ty.shape.clone())?;
        let parameters = parts.per_channel(&operands[1..], ty.rank())?;
        parts.affine(normal, &parameters)
    })
}

fn instance_norm(parts: &mut Parts, operands: &[ValueId], attrs: &Attrs) -> Built {
    let rank = with_channels(parts, operands[0])?.rank();
    if rank < 3 {
        return Err(parts.fail("the operand has no spatial dimension to normalise over"));
    }
    let spatial: Vec<usize> = (2..rank).collect();
    in_wide(parts, operands[0], |parts, x| {
        let normal = parts.normalised(x, &spatial, *attrs.float("epsilon"))?;
        let parameters = parts.per_channel(&operands[1..], rank)?;
        parts.affine(normal, &parameters)
    })
}

const EPSILON: AttrSpec = attr_or("epsilon", AttrKind::Float, || Attr::Float(1e-5), "added to the variance");
const RANK: AttrSpec =
    attr_or("rank", AttrKind::Int, || Attr::Int(1), "how many trailing dimensions are normalised together");
const AXES: AttrSpec = attr("axes", AttrKind::Ints, "the axes to reduce");

macro_rules! rows {
    ($($name:literal $arity:expr, $doc:literal [$($attr:expr),*] $build:ident, $operands:expr, $attributes:literal => $result:literal;)*) => {
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: $arity,
            attributes: &[$($attr),*],
            def: OpDef::Composite(|builder, operands, attrs| {
                Ok(vec![$build(&mut Parts { name: $name, builder }, operands, attrs)?])
            }),
            laws: &[],
            numerics: Numerics::Reassociating,
            effects: Effects::Pure,
            gradient: Gradient::FromParts,
            examples: &[Example { operands: &$operands, attributes: $attributes, result: $result }],
        }),*];
    };
}

rows! {
    "reduce_mean" Arity::Exactly(1), "Mean over `axes`." [AXES, KEEPDIMS] reduce_mean,
        ["f32[2,2] [1, 2, 3, 4]"], "axes = [1], keepdims = true" => "f32[2,1] [1.5, 3.5]";
    "var" Arity::Exactly(1), "Variance over `axes`: squared distances from the mean, summed, over `count - correction`."
        [AXES, KEEPDIMS, attr_or("correction", AttrKind::Float, || Attr::Float(1.0), "1: of a sample; 0: of the whole")] var,
        ["f32[4] [1, 2, 3, 4]"], "axes = [0], correction = 0.0" => "f32[] 1.25";
    "log_sum_exp" Arity::Exactly(1), "log(sum(exp(x))) over `axes`, without overflow." [AXES, KEEPDIMS] log_sum_exp,
        ["f32[2] [1000, 1000]"], "axes = [0]" => "f32[] 1000.6931";
    "softmax" Arity::Exactly(1), "exp(x - max) / sum(exp(x - max)) along `axis`." [AXIS] softmax,
        ["f32[1,2] [0, 0]"], "axis = -1" => "f32[1,2] [0.5, 0.5]";
    "log_softmax" Arity::Exactly(1), "Logarithm of softmax along `axis`, without cancellation." [AXIS] log_softmax,
        ["f32[1,2] [0, 0]"], "axis = -1" => "f32[1,2] [-0.6931472, -0.6931472]";
    "layer_norm" Arity::Between(1, 3), "Mean 0 and variance 1 over the last `rank` dimensions, then times operand 1 plus operand 2 where given."
        [RANK, EPSILON] layer_norm,
        ["f32[1,2] [1, 3]", "f32[2] [1, 2]"], "epsilon = 0.0" => "f32[1,2] [-1, 2]";
    "rms_norm" Arity::Between(1, 2), "x / sqrt(mean(x * x) + epsilon) over the last `rank` dimensions, times operand 1 where given."
        [RANK, EPSILON] rms_norm,
        ["f32[1,2] [3, 3]"], "epsilon = 0.0" => "f32[1,2] [1, 1]";
    "batch_norm" Arity::Exactly(5), "(x - mean) / sqrt(variance + epsilon) * scale + bias per channel of [n, c, …]; operands x, scale, bias, mean, variance."
        [EPSILON] batch_norm,
        ["f32[1,2] [3, 3]", "f32[2] [1, 2]", "f32[2] [0, 1]", "f32[2] [1, 1]", "f32[2] [4, 4]"], "epsilon = 0.0" => "f32[1,2] [1, 3]";
    "group_norm" Arity::Between(1, 3), "Mean 0 and variance 1 over each of `groups` groups of channels of [n, c, …], then times operand 1 plus operand 2 per channel where given."
        [attr("groups", AttrKind::Int, "number of groups"), EPSILON] group_norm,
        ["f32[1,2,2] [1, 3, 5, 9]"], "groups = 2, epsilon = 0.0" => "f32[1,2,2] [-1, 1, -1, 1]";
    "instance_norm" Arity::Between(1, 3), "Mean 0 and variance 1 over the spatial dimensions of [n, c, spatial…], then times operand 1 plus operand 2 per channel where given."
        [EPSILON] instance_norm,
        ["f32[1,2,2] [1, 3, 5, 9]"], "epsilon = 0.0" => "f32[1,2,2] [-1, 1, -1, 1]";
}
