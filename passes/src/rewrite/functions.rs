//! What rules ask and compute of types and attributes: conditions, and attributes of right sides.
//!
//! Of a slot with two question marks, which stands for one value from each match of a group, a function sees all values, and
//! at the end of its arguments which of them is that of the match at hand.

use super::term::{Data, Fixed, Function};
use braid_ir::{Attr, Attrs, TensorType, Term};
use std::sync::Arc;

/// Every function, by name.
pub static FUNCTIONS: &[Function] = &[
    // Conditions.
    Function { name: "constant", run: |a| truth(a.first()?.is_constant()) },
    Function { name: "float", run: |a| truth(a.first()?.ty()?.dtype.is_float()) },
    Function { name: "ungrouped", run: |a| truth(*a.first()?.attrs()?.int("groups") == 1) },
    Function { name: "same_type", run: |a| truth(a.first()?.ty()? == a.get(1)?.ty()?) },
    Function { name: "same_rank", run: |a| truth(a.first()?.ty()?.rank() == a.get(1)?.ty()?.rank()) },
    Function { name: "scalar", run: |a| truth(a.first()?.ty()?.rank() == 0) },
    Function { name: "has_shape", run: |a| truth(a.first()?.ty()?.shape == a.get(1)?.attrs()?.terms("shape")) },
    Function { name: "keeps_order", run: keeps_order },
    // Attributes of movements.
    Function { name: "compose", run: compose },
    Function { name: "inverse", run: inverse },
    Function { name: "within", run: within },
    // Shapes in which a factor or a shift meets a weight.
    Function { name: "over_channels", run: over_channels },
    Function { name: "over_columns", run: over_columns },
    Function { name: "over_rows", run: over_rows },
    // Weights beside each other.
    Function { name: "beside_channels", run: |a| beside(a, |_| Some(0)) },
    Function { name: "beside_rows", run: |a| beside(a, free_axis) },
    Function { name: "beside_columns", run: |a| beside(a, |_| Some(1)) },
    Function { name: "channels_of", run: |a| part(a, 1, |_| Some(0)) },
    Function { name: "rows_of", run: |a| part(a, a.first()?.ty()?.rank().checked_sub(1)?, free_axis) },
    Function { name: "columns_of", run: |a| part(a, a.first()?.ty()?.rank().checked_sub(1)?, |_| Some(1)) },
    Function { name: "shifts", run: shifts },
];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

fn truth(holds: bool) -> Option<Data> {
    Some(Data::Truth(holds))
}

fn fixed<const N: usize>(attrs: [(&'static str, Attr); N]) -> Option<Data> {
    Some(Data::Fixed(Arc::new(Fixed::new(Attrs::from(attrs)))))
}

/// A permutation with axes counted from the start.
fn permutation(data: &Data) -> Option<Vec<usize>> {
    let entries = data.attrs()?.ints("permutation");
    let rank = entries.len() as i64;
    entries.iter().map(|&i| usize::try_from(if i < 0 { i + rank } else { i }).ok().filter(|&i| i < entries.len())).collect()
}

fn to_attr(permutation: impl IntoIterator<Item = usize>) -> Option<Data> {
    fixed([("permutation", Attr::Ints(permutation.into_iter().map(|i| i as i64).collect()))])
}

/// The permutation that is the first and then the second.
fn compose(args: &[&Data]) -> Option<Data> {
    let [first, second] = args else { return None };
    let (first, second) = (permutation(first)?, permutation(second)?);
    let composed: Option<Vec<usize>> = second.iter().map(|&i| first.get(i).copied()).collect();
    to_attr(composed?)
}

fn inverse(args: &[&Data]) -> Option<Data> {
    let permutation = permutation(args.first()?)?;
    let mut inverse = vec![0; permutation.len()];
    permutation.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
    to_attr(inverse)
}

/// Whether a permutation moves nothing.
fn keeps_order(args: &[&Data]) -> Option<Data> {
    truth(permutation(args.first()?)?.iter().enumerate().all(|(to, &from)| to == from))
}

/// A slice of a slice as a slice.
fn within(args: &[&Data]) -> Option<Data> {
    let [outer, inner] = args else { return None };
    let (outer, inner) = (outer.attrs()?, inner.attrs()?);
    let unit = |attrs: &Attrs| attrs.ints("stride").iter().all(|&s| s == 1);
    if !unit(outer) || !unit(inner) || outer.terms("start").len() != inner.terms("start").len() {
        return None;
    }
    let moved = |name: &str| -> Vec<Term> {
        outer.terms("start").iter().zip(inner.terms(name)).map(|(&start, &at)| start + at).collect()
    };
    fixed([("start", Attr::Terms(moved("start"))), ("limit", Attr::Terms(moved("limit"))), ("stride", Attr::Ints(vec![]))])
}

/// The number of elements of a constant that varies along one axis of what it is combined with, counted from the end; the
/// other dimensions of it are 1.
fn along(constant: &TensorType, from_end: usize) -> Option<usize> {
    let shape = constant.fixed_shape()?;
    let at = shape.len().checked_sub(from_end + 1);
    let one_elsewhere = shape.iter().enumerate().all(|(i, &d)| d == 1 || Some(i) == at);
    one_elsewhere.then(|| at.map_or(1, |at| shape[at]))
}

/// The shape with so many elements along one of `rank` axes.
fn spread(count: usize, axis: usize, rank: usize) -> Option<Data> {
    let shape = (0..rank).map(|i| Term::from(if i == axis { count } else { 1 })).collect();
    fixed([("shape", Attr::Terms(shape))])
}

/// `(weight, factor)`: the factor per output channel of a convolution, in the shape in which it meets the weight.
fn over_channels(args: &[&Data]) -> Option<Data> {
    let [weight, factor] = args else { return None };
    let (weight, factor) = (weight.ty()?, factor.ty()?);
    if factor.rank() > weight.rank() {
        return None;
    }
    let count = along(factor, weight.rank().checked_sub(2)?)?;
    let fits = count == 1 || weight.shape.first()?.as_int() == i64::try_from(count).ok();
    if fits { spread(count, 0, weight.rank()) } else { None }
}

/// `(weight, factor)`: the factor per column of the right side of a matrix product.
fn over_columns(args: &[&Data]) -> Option<Data> {
    let [weight, factor] = args else { return None };
    over_free_axis(weight.ty()?, factor.ty()?, 1)
}

/// `(weight, factor, attributes)`: the same for a sum of products over chosen axes.
fn over_rows(args: &[&Data]) -> Option<Data> {
    let [weight, factor, _] = args else { return None };
    over_free_axis(weight.ty()?, factor.ty()?, free_axis(args)?)
}

fn over_free_axis(weight: &TensorType, factor: &TensorType, free: usize) -> Option<Data> {
    let count = along(factor, 0)?;
    let fits = count == 1 || weight.shape.get(free)?.as_int() == i64::try_from(count).ok();
    if weight.rank() == 2 && fits { spread(count, free, 2) } else { None }
}

/// The axis of a matrix on the right of a sum of products that is not summed over. Attributes are the last argument, or the
/// one before the position in a group.
fn free_axis(args: &[&Data]) -> Option<usize> {
    let attrs = args.iter().rev().find_map(|data| data.attrs())?;
    let matrix = attrs.ints("rhs_batch").is_empty() && attrs.ints("lhs_batch").is_empty();
    match attrs.ints("rhs_contract") {
        [0 | -2] if matrix => Some(1),
        [1 | -1] if matrix => Some(0),
        _ => None,
    }
}

/// The types of a group among arguments: all tensors that follow the given number of others.
fn group<'a>(args: &[&'a Data], skip: usize) -> Vec<&'a TensorType> {
    args.iter().skip(skip).filter_map(|data| data.ty()).collect()
}

/// The attributes that join weights which differ along one axis at most.
fn beside(args: &[&Data], axis: impl Fn(&[&Data]) -> Option<usize>) -> Option<Data> {
    let axis = axis(args)?;
    let weights = group(args, 0);
    let first = weights.first()?;
    let alike = |w: &&TensorType| {
        w.dtype == first.dtype
            && w.rank() == first.rank()
            && w.rank() >= 2
            && (0..w.rank()).all(|i| i == axis || w.shape[i] == first.shape[i])
    };
    if weights.iter().all(alike) { fixed([("axis", Attr::Int(axis as i64))]) } else { None }
}

/// `(product, weights…)`: the slice of a joint product that is this product.
fn part(args: &[&Data], axis: usize, of_weight: impl Fn(&[&Data]) -> Option<usize>) -> Option<Data> {
    let product = args.first()?.ty()?;
    let Data::Place(place) = args.last()? else { return None };
    let at = of_weight(args)?;
    let mut start = vec![Term::int(0); product.rank()];
    let mut limit = product.shape.clone();
    for weight in group(args, 1).iter().take(*place) {
        start[axis] = start[axis] + *weight.shape.get(at)?;
    }
    limit[axis] = limit[axis] + start[axis];
    fixed([("start", Attr::Terms(start)), ("limit", Attr::Terms(limit)), ("stride", Attr::Ints(vec![]))])
}

/// `(whole, parts…, constants…)`: the attributes that join constants so that each meets its part of the whole, if the parts
/// are the whole, one after the other along one axis.
fn shifts(args: &[&Data]) -> Option<Data> {
    let whole = args.first()?.ty()?;
    let parts: Vec<&Attrs> = args.iter().filter_map(|data| data.attrs()).collect();
    let constants = group(args, 1);
    let mut end = None;
    let mut along_axis = None;
    if parts.len() != constants.len() {
        return None;
    }
    for (attrs, constant) in parts.iter().zip(&constants) {
        let (start, limit) = (attrs.terms("start"), attrs.terms("limit"));
        if start.len() != whole.rank() || !attrs.ints("stride").iter().all(|&s| s == 1) {
            return None;
        }
        let cut: Vec<usize> =
            (0..start.len()).filter(|&i| start[i].as_int() != Some(0) || limit[i] != whole.shape[i]).collect();
        let [axis] = cut[..] else { return None };
        if along_axis.is_some_and(|before| before != axis) || start[axis] != end.unwrap_or(Term::int(0)) {
            return None;
        }
        let from_end = whole.rank() - 1 - axis;
        let count = Term::from(along(constant, from_end)?);
        if constant.rank() <= from_end || constant.rank() != constants[0].rank() || limit[axis] - start[axis] != count {
            return None;
        }
        along_axis = Some(axis);
        end = Some(limit[axis]);
    }
    let axis = along_axis?;
    if end? != whole.shape[axis] {
        return None;
    }
    let of_constant = constants[0].rank() - (whole.rank() - axis);
    fixed([("axis", Attr::Int(of_constant as i64))])
}
