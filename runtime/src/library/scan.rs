//! Running sums, products and extremes along an axis.

use super::element::{Combine, Element, elements, elements_mut, with_type};
use super::{Call, Routine};
use std::cmp::Ordering;

pub(super) const ROUTINES: &[(&str, Routine)] = &[
    ("cumsum", |call| sums(call, Combine::Add, 0.0)),
    ("cumprod", |call| sums(call, Combine::Mul, 1.0)),
    ("cummax", |call| extremes(call, Ordering::Greater)),
    ("cummin", |call| extremes(call, Ordering::Less)),
];

/// Positions of each line along an axis.
fn lines(
    outer: usize,
    extent: usize,
    inner: usize,
) -> impl Iterator<Item = impl DoubleEndedIterator<Item = usize>> {
    (0..outer * inner).map(move |line| {
        let first = line / inner * extent * inner + line % inner;
        (0..extent).map(move |i| first + i * inner)
    })
}

/// Floats are accumulated in `f64`.
fn sums(call: &mut Call, how: Combine, identity: f64) -> Result<(), String> {
    let x = call.tensor(0)?;
    let (outer, extent, inner) = x.split_at(call.axis("axis", x.shape.len())?);
    let (exclusive, reverse) = (call.bool("exclusive")?, call.bool("reverse")?);
    let out = call.result(0, &x.shape)?;
    with_type!(x.dtype, T => {
        let (from, to) = (elements::<T>(x.bytes), elements_mut::<T>(out));
        for line in lines(outer, extent, inner) {
            let mut sum = T::from_f64(identity).widen();
            let mut step = |i: usize| {
                let next = sum.combine(from[i].widen(), how);
                to[i] = T::narrow(if exclusive { sum } else { next });
                sum = next;
            };
            if reverse { line.rev().for_each(&mut step) } else { line.for_each(&mut step) }
        }
    });
    Ok(())
}

/// The running extreme, and the last position where it was reached. NaN, once seen, stays.
fn extremes(call: &mut Call, better: Ordering) -> Result<(), String> {
    let x = call.tensor(0)?;
    let (outer, extent, inner) = x.split_at(call.axis("axis", x.shape.len())?);
    let values = call.result(0, &x.shape)?;
    let positions = elements_mut::<i64>(call.result(1, &x.shape)?);
    with_type!(x.dtype, T => {
        let (from, to) = (elements::<T>(x.bytes), elements_mut::<T>(values));
        for line in lines(outer, extent, inner) {
            let mut best: Option<(T, i64)> = None;
            for (k, i) in line.enumerate() {
                let value = from[i];
                let now = match best {
                    Some((old, at)) if !value.is_nan() && (old.is_nan() || old.order(value) == better) => (old, at),
                    _ => (value, k as i64),
                };
                (to[i], positions[i]) = now;
                best = Some(now);
            }
        }
    });
    Ok(())
}
