//! Rows that move elements: views, slices, padding, concatenation. Gathers and scatters are in `indexing`.

use super::common::*;
use super::creation::checked_shape;
use crate::dtype::Scalar;
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::term::{ScalarOp, Term};

fn reshape(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let out = checked_shape(cx, cx.attrs.terms("shape"))?;
    let numel = |shape: &[Term]| shape.iter().fold(Term::int(1), |n, &d| n * d);
    cx.equal(numel(&x.shape), numel(&out), "numbers of elements before and after")?;
    let index = reshape_index(&x.shape, &out);
    Ok(Loops::movement(out, x.dtype, index))
}

/// Where element (i…) of shape `out` lies in shape `from`. Dimensions are matched in the smallest groups of equal size,
/// so that a split or merged dimension costs only its own arithmetic and an unchanged one costs none.
fn reshape_index(from: &[Term], out: &[Term]) -> Vec<Term> {
    let mut index = vec![Term::int(0); from.len()];
    if from.iter().chain(out).any(|d| d.as_int() == Some(0)) {
        return index;
    }
    let long = |shape: &[Term]| -> Vec<usize> {
        (0..shape.len()).filter(|&i| shape[i].as_int() != Some(1)).collect()
    };
    let (sources, targets) = (long(from), long(out));
    let (mut s, mut t) = (0, 0);
    while s < sources.len() {
        let (s_end, t_end) = group(from, &sources, s, out, &targets, t);
        // The position within the group, then its digits in the dimensions read.
        let position = targets[t..t_end].iter().fold(Term::int(0), |at, &i| at * out[i] + Term::axis(i));
        let mut stride = Term::int(1);
        for (k, &i) in sources[s..s_end].iter().enumerate().rev() {
            let quotient = position.floor_div(stride);
            index[i] = if k == 0 { quotient } else { quotient.modulo(from[i]) };
            stride = stride * from[i];
        }
        (s, t) = (s_end, t_end);
    }
    index
}

/// The ends of the smallest groups of dimensions, from `s` and `t` on, that hold equally many elements.
fn group(
    from: &[Term],
    sources: &[usize],
    s: usize,
    out: &[Term],
    targets: &[usize],
    t: usize,
) -> (usize, usize) {
    let prefixes = |shape: &[Term], dims: &[usize]| -> Vec<Term> {
        dims.iter()
            .scan(Term::int(1), |n, &i| {
                *n = *n * shape[i];
                Some(*n)
            })
            .collect()
    };
    let (a, b) = (prefixes(from, &sources[s..]), prefixes(out, &targets[t..]));
    for (i, size) in a.iter().enumerate() {
        if let Some(j) = b.iter().position(|other| other == size) {
            return (s + i + 1, t + j + 1);
        }
    }
    (sources.len(), targets.len())
}

fn transpose(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let permutation = axes(cx.attrs.ints("permutation"), x.rank())?;
    if permutation.len() != x.rank() {
        return Err(format!("the permutation has {} entries for rank {}", permutation.len(), x.rank()));
    }
    let mut index = vec![Term::int(0); x.rank()];
    for (to, &from) in permutation.iter().enumerate() {
        index[from] = Term::axis(to);
    }
    Ok(Loops::movement(permutation.iter().map(|&i| x.shape[i]).collect(), x.dtype, index))
}

fn broadcast_to(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let out = checked_shape(cx, cx.attrs.terms("shape"))?;
    if out.len() < x.rank() {
        return Err(format!("rank {} does not broadcast to rank {}", x.rank(), out.len()));
    }
    for (&dim, &to) in x.shape.iter().zip(&out[out.len() - x.rank()..]) {
        if dim.as_int() != Some(1) {
            cx.equal(dim, to, "a dimension and what it broadcasts to")?;
        }
    }
    let index = super::super::loops::broadcast_index(&out, x);
    Ok(Loops::movement(out, x.dtype, index))
}

/// One start and stride per dimension.
fn starts_and_strides(cx: &Infer, rank: usize) -> Result<(Vec<Term>, Vec<i64>), String> {
    let starts = cx.attrs.terms("start");
    if starts.len() != rank {
        return Err(format!("start has {} entries for rank {rank}", starts.len()));
    }
    let strides = per_item(cx.attrs.ints("stride"), rank, 1, "stride")?;
    if strides.iter().any(|&s| s < 1) {
        return Err("strides must be at least 1".to_string());
    }
    for &start in starts {
        cx.require(Term::int(0).less_equal(start), "a start is {0}; it must not be negative", &[start])?;
    }
    Ok((starts.to_vec(), strides))
}

fn slice(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let (starts, strides) = starts_and_strides(cx, x.rank())?;
    let limits = cx.attrs.terms("limit");
    if limits.len() != x.rank() {
        return Err(format!("limit has {} entries for rank {}", limits.len(), x.rank()));
    }
    let (mut out, mut index) = (vec![], vec![]);
    for (i, &stride) in strides.iter().enumerate() {
        let length = limits[i] - starts[i];
        let what = format!("{{0}}..{{1}} is no part of dimension {i} of extent {{2}}");
        for condition in [Term::int(0).less_equal(length), limits[i].less_equal(x.shape[i])] {
            cx.require(condition, &what, &[starts[i], limits[i], x.shape[i]])?;
        }
        out.push((length + Term::int(stride - 1)).floor_div(Term::int(stride)));
        index.push(Term::axis(i) * Term::int(stride) + starts[i]);
    }
    Ok(Loops::movement(out, x.dtype, index))
}

fn pad(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let (low, high) = (cx.attrs.terms("low"), cx.attrs.terms("high"));
    if low.len() != x.rank() || high.len() != x.rank() {
        return Err(format!(
            "low and high have {} and {} entries for rank {}",
            low.len(),
            high.len(),
            x.rank()
        ));
    }
    let mode = cx.attrs.str("mode");
    let zero = Term::int(0);
    let (mut out, mut index, mut guard) = (vec![], vec![], Term::constant(Scalar::Bool(true)));
    for (i, &dim) in x.shape.iter().enumerate() {
        out.push(low[i] + dim + high[i]);
        let at = Term::axis(i) - low[i];
        if low[i] == zero && high[i] == zero {
            index.push(at);
            continue;
        }
        let last = dim - Term::int(1);
        index.push(match mode {
            "constant" => {
                guard = guard.and(zero.less_equal(at)).and(at.less(dim));
                at
            }
            "edge" => at.max(zero).min(last),
            "circular" => at.modulo(dim),
            "reflect" => {
                let what = format!("reflection by {{0}} and {{1}} needs dimension {i} longer than {{2}}");
                for by in [low[i], high[i]] {
                    cx.require(by.less(dim), &what, &[low[i], high[i], dim])?;
                }
                // |at| folds the low side; counted from the end, the high side folds likewise.
                let from_end = last - at.max(zero - at);
                last - from_end.max(zero - from_end)
            }
            other => return Err(format!("mode must be constant, reflect, edge or circular, not {other}")),
        });
    }
    checked_shape(cx, &out)?;
    if guard.as_bool() == Some(true) {
        return Ok(Loops::movement(out, x.dtype, index));
    }
    if cx.operands.len() == 1 {
        let value = Scalar::from_f64(x.dtype, *cx.attrs.float("value"));
        let read = Read::guarded(0, x.dtype, index, guard, value);
        return Ok(Loops {
            out,
            reduce: vec![],
            reads: vec![read],
            body: Term::load(0, x.dtype),
            reduction: None,
            narrow: None,
        });
    }
    if !cx.tensor(1)?.shape.is_empty() {
        return Err("the padding value must be of rank 0".to_string());
    }
    let dtype = same_dtype(cx, &[0, 1])?;
    Ok(Loops {
        out,
        reduce: vec![],
        reads: vec![
            Read::guarded(0, dtype, index, guard, Scalar::from_int(dtype, 0)),
            Read::new(1, dtype, vec![]),
        ],
        body: guard.select(Term::load(0, dtype), Term::load(1, dtype)),
        reduction: None,
        narrow: None,
    })
}

fn concat(cx: &Infer) -> Result<Loops, String> {
    let operands: Vec<usize> = (0..cx.operands.len()).collect();
    let dtype = same_dtype(cx, &operands)?;
    let first = cx.tensor(0)?;
    let along = axis(*cx.attrs.int("axis"), first.rank())?;
    let (mut out, mut end) = (first.shape.clone(), Term::int(0));
    let (mut reads, mut ends) = (vec![], vec![]);
    for k in operands {
        let x = cx.tensor(k)?;
        if x.rank() != first.rank() {
            return Err(format!(
                "operand {k} has rank {}, but operand 0 has rank {}",
                x.rank(),
                first.rank()
            ));
        }
        for i in (0..x.rank()).filter(|&i| i != along) {
            cx.equal(out[i], x.shape[i], &format!("dimensions {i} of operands 0 and {k}"))?;
        }
        let mut index = loop_axes(0, x.rank());
        index[along] = index[along] - end;
        let start = end;
        end = end + x.shape[along];
        let inside = start.less_equal(Term::axis(along)).and(Term::axis(along).less(end));
        reads.push(Read::guarded(k, dtype, index, inside, Scalar::from_int(dtype, 0)));
        ends.push(end);
    }
    out[along] = end;
    if let [only] = &mut reads[..] {
        only.guard = None;
    }
    let last = reads.len() - 1;
    let body = (0..last).rev().fold(Term::load(last, dtype), |rest, k| {
        Term::axis(along).less(ends[k]).select(Term::load(k, dtype), rest)
    });
    Ok(Loops { out, reduce: vec![], reads, body, reduction: None, narrow: None })
}

fn reverse(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let mut index = loop_axes(0, x.rank());
    for i in axes(cx.attrs.ints("axes"), x.rank())? {
        index[i] = x.shape[i] - Term::int(1) - Term::axis(i);
    }
    Ok(Loops::movement(x.shape.clone(), x.dtype, index))
}

fn update_slice(cx: &Infer) -> Result<Loops, String> {
    let dtype = same_dtype(cx, &[0, 1])?;
    let (base, update) = (cx.tensor(0)?, cx.tensor(1)?);
    let rank = base.rank();
    if update.rank() != rank {
        return Err(format!("the update has rank {}, but the base has rank {rank}", update.rank()));
    }
    let (starts, strides) = starts_and_strides(cx, rank)?;
    let (mut index, mut guard) = (vec![], Term::constant(Scalar::Bool(true)));
    for i in 0..rank {
        let (offset, extent) = (Term::axis(i) - starts[i], update.shape[i]);
        let stride = Term::int(strides[i]);
        let end = starts[i] + (extent - Term::int(1)) * stride;
        let fits = extent.equals(Term::int(0)).or(end.less(base.shape[i]));
        let what = format!("the update does not fit into dimension {i}: {{0}} at {{1}} into {{2}}");
        cx.require(fits, &what, &[extent, starts[i], base.shape[i]])?;
        index.push(offset.floor_div(stride));
        if starts[i].as_int() == Some(0) && strides[i] == 1 && extent == base.shape[i] {
            continue;
        }
        guard = guard
            .and(starts[i].less_equal(Term::axis(i)))
            .and(Term::axis(i).less(starts[i] + extent * stride));
        if strides[i] != 1 {
            guard = guard.and(offset.modulo(stride).equals(Term::int(0)));
        }
    }
    let body = guard.select(Term::load(1, dtype), Term::load(0, dtype));
    let write = Read::guarded(1, dtype, index, guard, Scalar::from_int(dtype, 0));
    let reads = vec![Read::new(0, dtype, loop_axes(0, rank)), write];
    Ok(Loops { out: base.shape.clone(), reduce: vec![], reads, body, reduction: None, narrow: None })
}

/// `x` as a one-dimensional list: the upper or lower triangle keeps, the rest is zero.
fn triangle(cx: &Infer, keep: ScalarOp) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let rank = x.rank();
    if rank < 2 {
        return Err(format!("a triangle needs rank 2 or more, not {rank}"));
    }
    let off_diagonal = Term::axis(rank - 1) - Term::axis(rank - 2);
    let keeps = Term::try_apply(keep, &[off_diagonal, Term::int(*cx.attrs.int("diagonal"))])?;
    Ok(Loops {
        out: x.shape.clone(),
        reduce: vec![],
        reads: vec![Read::guarded(0, x.dtype, loop_axes(0, rank), keeps, Scalar::from_int(x.dtype, 0))],
        body: Term::load(0, x.dtype),
        reduction: None,
        narrow: None,
    })
}

const STRIDE: AttrSpec =
    attr_or("stride", AttrKind::Ints, || Attr::Ints(vec![]), "positive steps; 1 if empty");
const DIAGONAL: AttrSpec = attr_or("diagonal", AttrKind::Int, || Attr::Int(0), "which diagonal bounds it");

macro_rules! rows {
    ($($name:literal $arity:expr, $doc:literal [$($attr:expr),*] $loops:expr, $operands:expr, $attributes:literal => $result:literal;)*) => {
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: $arity,
            attributes: &[$($attr),*],
            def: OpDef::Loops($loops),
            laws: &[],
            numerics: Numerics::Exact,
            effects: Effects::Pure,
            gradient: Gradient::FromBody,
            examples: &[Example { operands: &$operands, attributes: $attributes, result: $result }],
        }),*];
    };
}

rows! {
    "reshape" Arity::Exactly(1), "The same elements in row-major order under another shape of the same size."
        [attr("shape", AttrKind::Terms, "the new dimensions")] reshape,
        ["f32[2,3] [1, 2, 3, 4, 5, 6]"], "shape = [3, 1, 2]" => "f32[3,1,2] [1, 2, 3, 4, 5, 6]";
    "transpose" Arity::Exactly(1), "Dimension `i` of the result is dimension `permutation[i]` of the operand."
        [attr("permutation", AttrKind::Ints, "where each dimension comes from")] transpose,
        ["f32[2,3] [1, 2, 3, 4, 5, 6]"], "permutation = [1, 0]" => "f32[3,2] [1, 4, 2, 5, 3, 6]";
    "broadcast_to" Arity::Exactly(1), "Dimensions 1 stretched and leading ones added, as NumPy has it."
        [attr("shape", AttrKind::Terms, "the dimensions of the result")] broadcast_to,
        ["f32[2,1] [1, 2]"], "shape = [2, 2]" => "f32[2,2] [1, 1, 2, 2]";
    "slice" Arity::Exactly(1), "Positions start, start + stride, … below limit; 0 <= start <= limit <= dimension."
        [attr("start", AttrKind::Terms, "first positions"), attr("limit", AttrKind::Terms, "ends, exclusive"), STRIDE] slice,
        ["f32[5] [1, 2, 3, 4, 5]"], "start = [1], limit = [5], stride = [2]" => "f32[2] [2, 4]";
    "pad" Arity::Between(1, 2), "Elements added before (`low`) and after (`high`) each dimension; negative amounts crop. Operand 1, of rank 0, is the value for `constant`; without it attribute `value` is."
        [attr("low", AttrKind::Terms, "how many before"), attr("high", AttrKind::Terms, "how many after"),
         attr_or("mode", AttrKind::Str, || Attr::Str("constant".into()), "`constant`, `reflect`, `edge` or `circular`"),
         attr_or("value", AttrKind::Float, || Attr::Float(0.0), "the value of a constant pad")] pad,
        ["f32[3] [1, 2, 3]"], "low = [2], high = [1], mode = \"reflect\"" => "f32[6] [3, 2, 1, 2, 3, 2]";
    "concat" Arity::AtLeast(1), "The operands one after another along `axis`."
        [AXIS] concat,
        ["f32[1,2] [1, 2]", "f32[2,2] [3, 4, 5, 6]"], "axis = 0" => "f32[3,2] [1, 2, 3, 4, 5, 6]";
    "reverse" Arity::Exactly(1), "The order turned around along each of `axes`."
        [attr("axes", AttrKind::Ints, "which axes")] reverse,
        ["f32[2,2] [1, 2, 3, 4]"], "axes = [1]" => "f32[2,2] [2, 1, 4, 3]";
    "update_slice" Arity::Exactly(2), "Operand 0 with operand 1 written at positions start, start + stride, … of each dimension."
        [attr("start", AttrKind::Terms, "first positions"), STRIDE] update_slice,
        ["f32[4] [1, 2, 3, 4]", "f32[2] [8, 9]"], "start = [1], stride = [2]" => "f32[4] [1, 8, 3, 9]";
    "triu" Arity::Exactly(1), "The upper triangle of the last two dimensions, zero elsewhere."
        [DIAGONAL] |cx| triangle(cx, ScalarOp::Ge),
        ["f32[2,2] [1, 2, 3, 4]"], "diagonal = 0" => "f32[2,2] [1, 2, 0, 4]";
    "tril" Arity::Exactly(1), "The lower triangle of the last two dimensions, zero elsewhere."
        [DIAGONAL] |cx| triangle(cx, ScalarOp::Le),
        ["f32[2,2] [1, 2, 3, 4]"], "diagonal = 0" => "f32[2,2] [1, 0, 3, 4]";
}
