//! Sorting, selecting, counting: results whose order or size the data decide.

use super::element::{Element, elements, elements_mut, with_type};
use super::{Call, Routine, View};
use std::cmp::Ordering;

pub(super) const ROUTINES: &[(&str, Routine)] = &[
    ("bitcast_convert", bitcast_convert),
    ("nonzero", nonzero),
    ("sort", sort),
    ("topk", topk),
    ("unique", unique),
    ("unique_consecutive", unique_consecutive),
    ("repeat_interleave", repeat_interleave),
];

fn bitcast_convert(call: &mut Call) -> Result<(), String> {
    let x = call.tensor(0)?;
    call.result(0, &x.shape)?.copy_from_slice(x.bytes);
    Ok(())
}

/// Coordinates of the elements that are not zero, and their number.
fn nonzero(call: &mut Call) -> Result<(), String> {
    let x = call.tensor(0)?;
    let found: Vec<usize> = with_type!(x.dtype, T => {
        let truthy = |(i, v): (usize, &T)| v.is_truthy().then_some(i);
        elements::<T>(x.bytes).iter().enumerate().filter_map(truthy).collect()
    });
    let rank = x.shape.len();
    let mut places = vec![0i64; found.len() * rank];
    for (row, &position) in found.iter().enumerate() {
        let mut rest = position;
        for axis in (0..rank).rev() {
            places[row * rank + axis] = (rest % x.shape[axis]) as i64;
            rest /= x.shape[axis];
        }
    }
    call.fill_i64(0, &[found.len(), rank], places.into_iter())?;
    call.fill_i64(1, &[], [found.len() as i64].into_iter())
}

fn sort(call: &mut Call) -> Result<(), String> {
    let x = call.tensor(0)?;
    let axis = call.axis("axis", x.shape.len())?;
    let descending = call.bool("descending")?;
    let k = x.shape[axis];
    ranked(call, &x, axis, k, descending)
}

fn topk(call: &mut Call) -> Result<(), String> {
    let x = call.tensor(0)?;
    let axis = call.axis("axis", x.shape.len())?;
    let k = wanted(call, x.shape[axis])?;
    let largest = call.bool("largest")?;
    ranked(call, &x, axis, k, largest)
}

/// How many elements of each line are asked for.
pub(super) fn wanted(call: &Call, extent: usize) -> Result<usize, String> {
    let k = call.int("k")?;
    let fits = usize::try_from(k).ok().filter(|&k| k <= extent);
    fits.ok_or_else(|| format!("RuntimeError: k is {k}, but the dimension has {extent}"))
}

/// The first `k` of each line along an axis in sorted order, ties in the order of the line: values and positions.
fn ranked(call: &mut Call, x: &View, axis: usize, k: usize, descending: bool) -> Result<(), String> {
    let (outer, extent, inner) = x.split_at(axis);
    let mut shape = x.shape.clone();
    shape[axis] = k;
    let values = call.result(0, &shape)?;
    let positions = elements_mut::<i64>(call.result(1, &shape)?);
    with_type!(x.dtype, T => {
        let (from, to) = (elements::<T>(x.bytes), elements_mut::<T>(values));
        let mut ranking: Vec<usize> = Vec::with_capacity(extent);
        for line in 0..outer * inner {
            let first = line / inner * extent * inner + line % inner;
            let element = |i: usize| from[first + i * inner];
            let order = |a: &usize, b: &usize| {
                let ascending = element(*a).order(element(*b));
                if descending { ascending.reverse() } else { ascending }
            };
            ranking.clear();
            ranking.extend(0..extent);
            if k < extent && k > 0 {
                // Positions break ties, so that what is selected first is what a stable sort has first.
                ranking.select_nth_unstable_by(k - 1, |a, b| order(a, b).then(a.cmp(b)));
                ranking.truncate(k);
                ranking.sort_unstable_by(|a, b| order(a, b).then(a.cmp(b)));
            } else {
                ranking.sort_by(order);
            }
            let out = line / inner * k * inner + line % inner;
            for (j, &i) in ranking.iter().take(k).enumerate() {
                to[out + j * inner] = element(i);
                positions[out + j * inner] = i as i64;
            }
        }
    });
    Ok(())
}

fn unique(call: &mut Call) -> Result<(), String> {
    let x = call.tensor(0)?;
    with_type!(x.dtype, T => {
        let all = elements::<T>(x.bytes);
        let mut visit: Vec<usize> = (0..all.len()).collect();
        visit.sort_by(|&a, &b| all[a].order(all[b]));
        runs(call, &x, all, &visit)
    })
}

fn unique_consecutive(call: &mut Call) -> Result<(), String> {
    let x = call.tensor(0)?;
    with_type!(x.dtype, T => {
        let all = elements::<T>(x.bytes);
        runs(call, &x, all, &(0..all.len()).collect::<Vec<_>>())
    })
}

/// Values, the inverse, counts and their number, for elements visited in this order; equal neighbours are one. NaN
/// differs from itself.
fn runs<T: Element>(call: &mut Call, x: &View, all: &[T], visit: &[usize]) -> Result<(), String> {
    let (mut firsts, mut counts, mut inverse) = (Vec::<T>::new(), Vec::<i64>::new(), vec![0i64; all.len()]);
    for &i in visit {
        let same = firsts.last().is_some_and(|f| f.order(all[i]) == Ordering::Equal && !f.is_nan());
        if !same {
            firsts.push(all[i]);
            counts.push(0);
        }
        let group = firsts.len() - 1;
        counts[group] += 1;
        inverse[i] = group as i64;
    }
    let n = firsts.len();
    elements_mut::<T>(call.result(0, &[n])?).copy_from_slice(&firsts);
    call.fill_i64(1, &x.shape, inverse.into_iter())?;
    call.fill_i64(2, &[n], counts.into_iter())?;
    call.fill_i64(3, &[], [n as i64].into_iter())
}

fn repeat_interleave(call: &mut Call) -> Result<(), String> {
    let (x, repeats) = (call.tensor(0)?, call.tensor(1)?);
    let axis = call.axis("axis", x.shape.len())?;
    let (outer, extent, inner) = x.split_at(axis);
    let mut source = Vec::new();
    for i in 0..repeats.len() {
        let times =
            usize::try_from(repeats.get_i64(i)).map_err(|_| "RuntimeError: repeats can not be negative")?;
        source.extend(std::iter::repeat_n(i, times));
    }
    let mut shape = x.shape.clone();
    shape[axis] = source.len();
    let block = inner * x.dtype.size();
    let out = call.result(0, &shape)?;
    if block > 0 {
        let blocks = (0..outer).flat_map(|o| source.iter().map(move |&s| o * extent + s));
        for (to, from) in out.chunks_exact_mut(block).zip(blocks) {
            to.copy_from_slice(&x.bytes[from * block..(from + 1) * block]);
        }
    }
    call.fill_i64(1, &[], [source.len() as i64].into_iter())
}
