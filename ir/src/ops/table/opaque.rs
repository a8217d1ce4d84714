//! Rows whose size or order depends on the data: sorting, selecting, counting.

use super::common::*;
use super::random;
use super::reduction::lines;
use crate::dtype::{DType, Scalar};
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::tensor::Tensor;
use crate::term::{Sym, Term};
use std::cmp::Ordering;
use std::sync::Arc;

/// A placeholder for a size that the data decides.
pub(super) fn placeholder(number: usize) -> Sym {
    Sym::named(&format!("size.{number}"))
}

/// Ascending order of elements, NaN after everything, as PyTorch sorts.
pub fn order(a: Scalar, b: Scalar) -> Ordering {
    match (a, b) {
        (Scalar::Float(_, x), Scalar::Float(_, y)) => {
            x.partial_cmp(&y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()))
        }
        _ => a.as_i128().cmp(&b.as_i128()),
    }
}

fn tensors(values: impl IntoIterator<Item = Tensor>) -> Result<Vec<Value>, String> {
    Ok(values.into_iter().map(|t| Value::Tensor(Arc::new(t))).collect())
}

fn i64s(shape: Vec<usize>, values: &[usize]) -> Tensor {
    Tensor::i64(&shape, &values.iter().map(|&v| v as i64).collect::<Vec<_>>())
}

/// Elements of `x` at flat positions.
fn pick(x: &Tensor, shape: Vec<usize>, positions: &[usize]) -> Tensor {
    Tensor::from_fn(x.dtype(), shape, |i| x.get(positions[i]))
}

fn nonzero_infer(cx: &Infer) -> Result<Inferred, String> {
    let rank = cx.tensor(0)?.rank();
    let n = placeholder(0);
    let places = TensorType::new(DType::I64, vec![Term::sym(n), Term::from(rank)]);
    Ok(Inferred { results: vec![places.into(), TensorType::scalar(DType::I64).into()], sizes: vec![(1, n)] })
}

fn nonzero_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    let mut places = vec![];
    let mut count = 0;
    for i in (0..x.len()).filter(|&i| x.get(i).is_truthy()) {
        count += 1;
        let mut rest = i;
        let from = places.len();
        for &extent in x.shape().iter().rev() {
            places.push(rest % extent);
            rest /= extent;
        }
        places[from..].reverse();
    }
    tensors([i64s(vec![count, x.rank()], &places), i64s(vec![], &[count])])
}

fn sort_infer(cx: &Infer) -> Result<Inferred, String> {
    let x = cx.tensor(0)?;
    axis(*cx.attrs.int("axis"), x.rank())?;
    let indices = TensorType::new(DType::I64, x.shape.clone());
    Ok(Inferred { results: vec![x.clone().into(), indices.into()], sizes: vec![] })
}

/// The first `k` of each line along an axis in sorted order (ties in the order of the line): values and indices.
fn sorted(x: &Tensor, at: usize, k: usize, descending: bool) -> Result<Vec<Value>, String> {
    let mut shape = x.shape().to_vec();
    shape[at] = k;
    let mut values = Tensor::zeros(x.dtype(), shape.clone());
    let mut indices = Tensor::zeros(DType::I64, shape.clone());
    for (from, to) in lines(x.shape(), at).zip(lines(&shape, at)) {
        let mut ranking: Vec<usize> = (0..from.len()).collect();
        ranking.sort_by(|&a, &b| {
            let ascending = order(x.get(from[a]), x.get(from[b]));
            if descending { ascending.reverse() } else { ascending }
        });
        for (&i, &r) in to.iter().zip(&ranking) {
            values.set(i, x.get(from[r]));
            indices.set(i, Scalar::i64(r as i64));
        }
    }
    tensors([values, indices])
}

fn sort_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    sorted(x, at, x.shape()[at], *cx.attrs.bool("descending"))
}

fn topk_infer(cx: &Infer) -> Result<Inferred, String> {
    let x = cx.tensor(0)?;
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    let k = *cx.attrs.term("k");
    let what = format!("k is {{0}}, but dimension {at} has extent {{1}}");
    for condition in [k.less_equal(x.shape[at]), Term::int(0).less_equal(k)] {
        cx.require(condition, &what, &[k, x.shape[at]])?;
    }
    let mut shape = x.shape.clone();
    shape[at] = k;
    let values = TensorType::new(x.dtype, shape.clone());
    Ok(Inferred { results: vec![values.into(), TensorType::new(DType::I64, shape).into()], sizes: vec![] })
}

fn topk_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    let k = cx.attrs.term("k").as_int().and_then(|k| usize::try_from(k).ok()).filter(|&k| k <= x.shape()[at]);
    let k = k.ok_or_else(|| {
        format!("RuntimeError: k is {}, but the dimension has {}", cx.attrs.term("k"), x.shape()[at])
    })?;
    sorted(x, at, k, *cx.attrs.bool("largest"))
}

fn unique_infer(cx: &Infer) -> Result<Inferred, String> {
    let x = cx.tensor(0)?;
    let n = placeholder(0);
    let list = |dtype| Type::from(TensorType::new(dtype, vec![Term::sym(n)]));
    let inverse = TensorType::new(DType::I64, x.shape.clone());
    let results =
        vec![list(x.dtype), inverse.into(), list(DType::I64), TensorType::scalar(DType::I64).into()];
    Ok(Inferred { results, sizes: vec![(3, n)] })
}

/// Values, the inverse, counts and their number, for elements visited in this order; equal neighbours are one.
fn runs(x: &Tensor, visit: &[usize]) -> Result<Vec<Value>, String> {
    let (mut firsts, mut counts, mut inverse) = (Vec::<usize>::new(), Vec::<usize>::new(), vec![0; x.len()]);
    for &i in visit {
        // NaN differs from itself, as in PyTorch.
        let same =
            firsts.last().is_some_and(|&f| crate::ScalarOp::Eq.eval(&[x.get(f), x.get(i)]).is_truthy());
        if !same {
            firsts.push(i);
            counts.push(0);
        }
        let group = firsts.len() - 1;
        counts[group] += 1;
        inverse[i] = group;
    }
    let n = firsts.len();
    tensors([
        pick(x, vec![n], &firsts),
        i64s(x.shape().to_vec(), &inverse),
        i64s(vec![n], &counts),
        i64s(vec![], &[n]),
    ])
}

fn unique_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    let mut visit: Vec<usize> = (0..x.len()).collect();
    visit.sort_by(|&a, &b| order(x.get(a), x.get(b)));
    runs(x, &visit)
}

fn unique_consecutive_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    runs(x, &(0..x.len()).collect::<Vec<_>>())
}

fn repeat_infer(cx: &Infer) -> Result<Inferred, String> {
    let (x, repeats) = (cx.tensor(0)?, cx.tensor(1)?);
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    if repeats.dtype != DType::I64 || repeats.rank() != 1 {
        return Err(format!("repeats must be i64[n], not {repeats}"));
    }
    cx.equal(x.shape[at], repeats.shape[0], "the number of repeats and the dimension repeated")?;
    let n = placeholder(0);
    let mut shape = x.shape.clone();
    shape[at] = Term::sym(n);
    let results = vec![TensorType::new(x.dtype, shape).into(), TensorType::scalar(DType::I64).into()];
    Ok(Inferred { results, sizes: vec![(1, n)] })
}

fn repeat_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let (x, repeats) = (cx.tensor(0)?, cx.tensor(1)?);
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    let mut source = vec![];
    for i in 0..repeats.len() {
        let times = usize::try_from(repeats.get(i).as_i128())
            .map_err(|_| "RuntimeError: repeats can not be negative")?;
        source.extend(std::iter::repeat_n(i, times));
    }
    let (outer, inner) =
        (x.shape()[..at].iter().product::<usize>(), x.shape()[at + 1..].iter().product::<usize>());
    let mut positions = vec![];
    for o in 0..outer {
        for &s in &source {
            positions.extend((0..inner).map(|i| (o * x.shape()[at] + s) * inner + i));
        }
    }
    let mut shape = x.shape().to_vec();
    shape[at] = source.len();
    tensors([pick(x, shape, &positions), i64s(vec![], &[source.len()])])
}

fn multinomial_infer(cx: &Infer) -> Result<Inferred, String> {
    let p = cx.tensor(0)?;
    float_dtype(cx, 0)?;
    if !(1..=2).contains(&p.rank()) {
        return Err(format!("the weights must be [n] or [rows, n], not {p}"));
    }
    let samples = *cx.attrs.term("samples");
    let n = p.shape[p.rank() - 1];
    if !*cx.attrs.bool("replacement") {
        cx.require(samples.less_equal(n), "{0} samples without replacement from {1}", &[samples, n])?;
    }
    cx.require(Term::int(0).less_equal(samples), "the number of samples is {0}", &[samples])?;
    let mut shape = p.shape.clone();
    shape[p.rank() - 1] = samples;
    Ok(Inferred { results: vec![TensorType::new(DType::I64, shape).into()], sizes: vec![] })
}

/// Sample `j` of row `r` takes `u = uniform(seed, draw, r * samples + j, f64)` and is the first index whose running sum of
/// the remaining weights (in `f64`, in order) exceeds `u` times their total; without replacement a taken weight becomes 0.
fn multinomial_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let p = cx.tensor(0)?;
    let samples = cx
        .attrs
        .term("samples")
        .as_int()
        .and_then(|v| usize::try_from(v).ok())
        .ok_or("a symbol has no value")?;
    let n = *p.shape().last().ok_or("the weights must have rank 1 or 2")?;
    let rows = if p.rank() == 2 { p.shape()[0] } else { 1 };
    let draw = *cx.draws;
    *cx.draws += 1;
    let mut taken = vec![];
    for r in 0..rows {
        let mut weights: Vec<f64> = (0..n).map(|i| p.get(r * n + i).as_f64()).collect();
        if weights.iter().any(|w| !(*w >= 0.0 && w.is_finite())) {
            return Err(
                "RuntimeError: probability tensor contains either `inf`, `nan` or element < 0".to_string()
            );
        }
        for j in 0..samples {
            let total: f64 = weights.iter().sum();
            if total <= 0.0 {
                return Err(
                    "RuntimeError: invalid multinomial distribution (sum of probabilities <= 0)".to_string()
                );
            }
            let limit = random::uniform(cx.seed, draw, (r * samples + j) as u64, DType::F64).as_f64() * total;
            let mut sum = 0.0;
            let hit = weights.iter().position(|w| {
                sum += w;
                sum > limit
            });
            // Rounding may leave the last sum at the limit: then it is the last index with weight.
            let hit =
                hit.or_else(|| weights.iter().rposition(|w| *w > 0.0)).ok_or("no weight is positive")?;
            if !*cx.attrs.bool("replacement") {
                weights[hit] = 0.0;
            }
            taken.push(hit);
        }
    }
    let mut shape = p.shape().to_vec();
    shape[p.rank() - 1] = samples;
    tensors([i64s(shape, &taken)])
}

const ORDER: &str = "the order of the result depends on the data";
const SIZE: &str = "the size of the result depends on the data";
const NO_GRADIENT: Gradient = Gradient::NotSupported("not needed for inference");

macro_rules! rows {
    ($($name:literal $arity:literal $why:ident $doc:literal [$($attr:expr),*] $infer:ident $eval:ident $effects:ident,
        $operands:expr, $attributes:literal => $result:literal;)*) => {
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: Arity::Exactly($arity),
            attributes: &[$($attr),*],
            def: OpDef::Opaque { why: $why, infer: $infer, eval: $eval, kernel: $name },
            laws: &[],
            numerics: Numerics::Exact,
            effects: Effects::$effects,
            gradient: NO_GRADIENT,
            examples: &[Example { operands: &$operands, attributes: $attributes, result: $result }],
        }),*];
    };
}

fn bitcast_infer(cx: &Infer) -> Result<Inferred, String> {
    let (x, to) = (cx.tensor(0)?, *cx.attrs.dtype("dtype"));
    if x.dtype.size() != to.size() {
        return Err(format!("{} and {to} have elements of different sizes", x.dtype));
    }
    if to == DType::Bool && x.dtype != to {
        return Err("a bool is 0 or 1, which other types' bytes may not be".to_string());
    }
    Ok(Inferred { results: vec![TensorType::new(to, x.shape.clone()).into()], sizes: vec![] })
}

fn bitcast_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    tensors([Tensor::new(*cx.attrs.dtype("dtype"), x.shape().to_vec(), x.bytes().to_vec())])
}

const BYTES: &str = "it is about the bytes of an element, of which scalar arithmetic knows nothing";

rows! {
    "bitcast_convert" 1 BYTES "The same bytes as elements of another type of the same size (StableHLO `bitcast_convert`)."
        [attr("dtype", AttrKind::DType, "the element type")]
        bitcast_infer bitcast_eval Pure,
        ["f32[2] [1, -0.0]"], "dtype = i32" => "i32[2] [1065353216, -2147483648]";
    "nonzero" 1 SIZE "Coordinates (i64[s, rank]) of the elements that are not zero, in row-major order, and their number s."
        [] nonzero_infer nonzero_eval Pure,
        ["f32[2,2] [0, 1, 2, 0]"], "" => "i64[2,2] [0, 1, 1, 0]; i64[] 2";
    "sort" 1 ORDER "Each line along `axis` sorted, and where each element was (i64). NaN is greatest; always stable."
        [AXIS, attr_or("descending", AttrKind::Bool, || Attr::Bool(false), "greatest first"),
         attr_or("stable", AttrKind::Bool, || Attr::Bool(true), "whether ties must keep their order; they always do")]
        sort_infer sort_eval Pure,
        ["f32[3] [3, nan, 1]"], "axis = 0, descending = true" => "f32[3] [nan, 3, 1]; i64[3] [1, 0, 2]";
    "topk" 1 ORDER "The `k` first elements of each line along `axis` as `sort` orders it, and where each was (i64)."
        [attr("k", AttrKind::Term, "how many"), AXIS,
         attr_or("largest", AttrKind::Bool, || Attr::Bool(true), "greatest first, else smallest first"),
         attr_or("sorted", AttrKind::Bool, || Attr::Bool(true), "whether the result must be in order; it always is")]
        topk_infer topk_eval Pure,
        ["f32[4] [3, 1, 4, 1]"], "k = 2, axis = 0" => "f32[2] [4, 3]; i64[2] [2, 0]";
    "unique" 1 SIZE "Distinct elements in ascending order, for each element which one it is, how often each occurs, and how many there are."
        [attr_or("sorted", AttrKind::Bool, || Attr::Bool(true), "whether they must be in order; they always are")]
        unique_infer unique_eval Pure,
        ["i64[4] [3, 1, 3, 2]"], "" => "i64[3] [1, 2, 3]; i64[4] [2, 0, 2, 1]; i64[3] [1, 1, 2]; i64[] 3";
    "unique_consecutive" 1 SIZE "As `unique`, but only equal neighbours (in row-major order) are one, and the order stays."
        [] unique_infer unique_consecutive_eval Pure,
        ["i64[4] [3, 3, 1, 3]"], "" => "i64[3] [3, 1, 3]; i64[4] [0, 0, 1, 2]; i64[3] [2, 1, 1]; i64[] 3";
    "repeat_interleave" 2 SIZE "Slice i of operand 0 along `axis` repeated as often as element i of operand 1 says, and the resulting extent."
        [AXIS] repeat_infer repeat_eval Pure,
        ["f32[2] [5, 6]", "i64[2] [2, 1]"], "axis = 0" => "f32[3] [5, 5, 6]; i64[] 3";
    "multinomial" 1 ORDER "Indices drawn in proportion to the weights along the last dimension; the exact procedure is in the row's source."
        [attr("samples", AttrKind::Term, "how many per row"), attr_or("replacement", AttrKind::Bool, || Attr::Bool(false), "whether one index may be drawn again")]
        multinomial_infer multinomial_eval Random,
        ["f32[3] [0, 1, 0]"], "samples = 1" => "i64[1] [1]";
}
