//! Sequences: growing lists of tensors. A sequence is never changed; a longer one shares the elements of the shorter.
//!
//! An index counts from the end if negative. Dimensions that differ from element to element are results of their own,
//! after the tensor.

use super::{Call, Routine, Seq};
use crate::tensor::Tensor;
use std::sync::Arc;

pub(super) const ROUTINES: &[(&str, Routine)] = &[
    ("seq_empty", empty),
    ("seq_push", push),
    ("seq_insert", insert),
    ("seq_set", set),
    ("seq_len", len),
    ("seq_get", get),
    ("seq_pop", pop),
    ("seq_stack", stack),
    ("seq_concat", concat),
];

fn copy(call: &Call, operand: usize) -> Result<Arc<Tensor>, String> {
    let view = call.tensor(operand)?;
    let tensor = Tensor::new(view.dtype, &view.shape, view.bytes);
    Ok(Arc::new(tensor.ok_or("a tensor is larger than memory")?))
}

/// The position that index operand `i` names in a list of `length`.
fn position(call: &Call, i: usize, length: usize) -> Result<usize, String> {
    let index = call.int_operand(i)?;
    let at = if index < 0 { index.wrapping_add(length as i64) } else { index };
    let at = usize::try_from(at).ok().filter(|&at| at < length);
    at.ok_or_else(|| "IndexError: list index out of range".to_string())
}

/// Fills results from number `first` on with sizes.
fn sizes(call: &mut Call, first: usize, sizes: impl IntoIterator<Item = usize>) -> Result<(), String> {
    for (i, size) in sizes.into_iter().enumerate() {
        call.fill_i64(first + i, &[], [size as i64].into_iter())?;
    }
    Ok(())
}

fn empty(call: &mut Call) -> Result<(), String> {
    call.result_seq(0, Seq::default());
    Ok(())
}

fn push(call: &mut Call) -> Result<(), String> {
    let longer = call.seq(0)?.pushed(copy(call, 1)?);
    call.result_seq(0, longer);
    Ok(())
}

/// As Python's `insert`, for which no index is out of range.
fn insert(call: &mut Call) -> Result<(), String> {
    let mut items = call.seq(0)?.items();
    let (index, length) = (call.int_operand(1)?, items.len() as i64);
    let at = if index < 0 { index.saturating_add(length) } else { index };
    items.insert(at.clamp(0, length) as usize, copy(call, 2)?);
    call.result_seq(0, Seq::new(items));
    Ok(())
}

fn set(call: &mut Call) -> Result<(), String> {
    let mut items = call.seq(0)?.items();
    let at = position(call, 1, items.len())?;
    items[at] = copy(call, 2)?;
    call.result_seq(0, Seq::new(items));
    Ok(())
}

fn len(call: &mut Call) -> Result<(), String> {
    let length = call.seq(0)?.len();
    sizes(call, 0, [length])
}

fn get(call: &mut Call) -> Result<(), String> {
    let seq = call.seq(0)?;
    let item = seq.get(position(call, 1, seq.len())?).ok_or(super::MALFORMED)?;
    call.result(0, item.shape())?.copy_from_slice(item.bytes());
    let open = call.open_dims(0)?;
    sizes(call, 1, open.into_iter().map(|d| item.shape()[d]))
}

fn pop(call: &mut Call) -> Result<(), String> {
    let mut items = call.seq(0)?.items();
    let item = items.remove(position(call, 1, items.len())?);
    call.result_seq(0, Seq::new(items));
    call.result(1, item.shape())?.copy_from_slice(item.bytes());
    let open = call.open_dims(0)?;
    sizes(call, 2, open.into_iter().map(|d| item.shape()[d]))
}

fn stack(call: &mut Call) -> Result<(), String> {
    let parts: Vec<Arc<Tensor>> = call.seq(0)?.items();
    let axis = call.axis("axis", call.element_rank(0)? + 1)?;
    let shapes = parts.iter().map(|part| {
        let mut shape = part.shape().to_vec();
        shape.insert(axis, 1);
        shape
    });
    let shape = join(call, &parts, &shapes.collect::<Vec<_>>(), axis)?;
    let open = call.open_dims(0)?.into_iter().map(|d| if d < axis { d } else { d + 1 });
    sizes(call, 1, std::iter::once(axis).chain(open).map(|d| shape[d]))
}

fn concat(call: &mut Call) -> Result<(), String> {
    let parts: Vec<Arc<Tensor>> = call.seq(0)?.items();
    let axis = call.axis("axis", call.element_rank(0)?)?;
    let shapes: Vec<Vec<usize>> = parts.iter().map(|part| part.shape().to_vec()).collect();
    let shape = join(call, &parts, &shapes, axis)?;
    let open = call.open_dims(0)?.into_iter().filter(|&d| d != axis);
    sizes(call, 1, std::iter::once(axis).chain(open).map(|d| shape[d]))
}

/// Fills result 0 with parts of these shapes one after another along an axis; returns its shape.
fn join(
    call: &mut Call,
    parts: &[Arc<Tensor>],
    shapes: &[Vec<usize>],
    axis: usize,
) -> Result<Vec<usize>, String> {
    let first = shapes.first().ok_or("RuntimeError: expected a non-empty list of tensors")?;
    let mut whole = first.clone();
    whole[axis] = 0;
    for shape in shapes {
        if let Some(d) = (0..first.len()).find(|&d| d != axis && shape[d] != first[d]) {
            let (a, b) = (first[d], shape[d]);
            return Err(format!(
                "RuntimeError: sizes of tensors must match, but got {a} and {b} in dimension {d}"
            ));
        }
        whole[axis] += shape[axis];
    }
    let outer: usize = whole[..axis].iter().product();
    let out = call.result(0, &whole)?;
    let mut at = 0;
    for row in 0..outer {
        for part in parts {
            let width = part.bytes().len() / outer;
            out[at..at + width].copy_from_slice(&part.bytes()[row * width..(row + 1) * width]);
            at += width;
        }
    }
    Ok(whole)
}
