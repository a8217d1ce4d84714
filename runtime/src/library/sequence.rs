//! Sequences: growing lists of tensors. A sequence is never changed; a longer one shares the elements of the shorter.

use super::{Call, Routine};
use crate::tensor::Tensor;
use std::sync::Arc;

pub(super) const ROUTINES: &[(&str, Routine)] = &[
    ("seq_empty", empty),
    ("seq_push", push),
    ("seq_get", get),
    ("seq_len", len),
    ("seq_set", set),
    ("seq_stack", stack),
    ("seq_concat", concat),
];

fn copy(call: &Call, operand: usize) -> Result<Arc<Tensor>, String> {
    let view = call.tensor(operand)?;
    let tensor = Tensor::new(view.dtype, &view.shape, view.bytes);
    Ok(Arc::new(tensor.ok_or("a tensor is larger than memory")?))
}

/// Position `index` of a list, from the end if negative, as Python counts.
fn position(index: i64, length: usize) -> Result<usize, String> {
    let at = if index < 0 { index + length as i64 } else { index };
    usize::try_from(at)
        .ok()
        .filter(|&at| at < length)
        .ok_or_else(|| format!("IndexError: index {index} is out of range for a list of {length}"))
}

fn empty(call: &mut Call) -> Result<(), String> {
    call.result_seq(0, vec![]);
    Ok(())
}

fn push(call: &mut Call) -> Result<(), String> {
    let mut items = call.seq(0)?.items().to_vec();
    items.push(copy(call, 1)?);
    call.result_seq(0, items);
    Ok(())
}

fn set(call: &mut Call) -> Result<(), String> {
    let mut items = call.seq(0)?.items().to_vec();
    let at = position(call.int_operand(1)?, items.len())?;
    items[at] = copy(call, 2)?;
    call.result_seq(0, items);
    Ok(())
}

/// Result 0 is the element, further results are its dimensions as far as they differ from element to element.
fn get(call: &mut Call) -> Result<(), String> {
    let items = call.seq(0)?.items();
    let item = items[position(call.int_operand(1)?, items.len())?].clone();
    call.result(0, item.shape())?.copy_from_slice(item.bytes());
    sizes(call, item.shape())
}

fn len(call: &mut Call) -> Result<(), String> {
    let length = call.seq(0)?.items().len() as i64;
    call.fill_i64(0, &[], [length].into_iter())
}

/// Fills results 1.. with dimensions. If only some are asked for, they are those that attribute `axes` names.
fn sizes(call: &mut Call, shape: &[usize]) -> Result<(), String> {
    let wanted = call.results.len() - 1;
    let axes = if wanted == shape.len() { (0..wanted).collect() } else { call.shape("axes")? };
    for (result, axis) in (1..=wanted).zip(axes) {
        let size = *shape.get(axis).ok_or(super::MALFORMED)? as i64;
        call.fill_i64(result, &[], [size].into_iter())?;
    }
    Ok(())
}

fn stack(call: &mut Call) -> Result<(), String> {
    let items = call.seq(0)?.items();
    let first = items.first().ok_or("RuntimeError: stack expects a non-empty list of tensors")?;
    let axis = call.axis("axis", first.shape().len() + 1)?;
    let mut shape = first.shape().to_vec();
    if let Some(other) = items.iter().find(|t| t.shape() != shape) {
        let other = other.shape();
        return Err(format!(
            "RuntimeError: stack expects tensors of equal size, but got {shape:?} and {other:?}"
        ));
    }
    shape.insert(axis, items.len());
    let parts: Vec<&[u8]> = items.iter().map(|t| t.bytes()).collect();
    let outer = shape[..axis].iter().product();
    interleave(call.result(0, &shape)?, &parts, outer);
    sizes(call, &shape)
}

fn concat(call: &mut Call) -> Result<(), String> {
    let items = call.seq(0)?.items();
    let first = items.first().ok_or("RuntimeError: cat expects a non-empty list of tensors")?;
    let axis = call.axis("axis", first.shape().len())?;
    let mut shape = first.shape().to_vec();
    let differs =
        |t: &&Arc<Tensor>| t.shape().iter().zip(&shape).enumerate().any(|(i, (a, b))| i != axis && a != b);
    if let Some(other) = items.iter().find(differs) {
        let other = other.shape();
        return Err(format!(
            "RuntimeError: sizes of tensors must match except in dimension {axis}: {shape:?} and {other:?}"
        ));
    }
    shape[axis] = items.iter().map(|t| t.shape()[axis]).sum();
    let parts: Vec<&[u8]> = items.iter().map(|t| t.bytes()).collect();
    let outer = shape[..axis].iter().product();
    interleave(call.result(0, &shape)?, &parts, outer);
    sizes(call, &shape)
}

/// Lays parts, each of `outer` equal rows, side by side: row 0 of every part, then row 1 of every part, …
fn interleave(out: &mut [u8], parts: &[&[u8]], outer: usize) {
    let mut at = 0;
    for row in 0..outer {
        for part in parts {
            let width = part.len() / outer;
            out[at..at + width].copy_from_slice(&part[row * width..(row + 1) * width]);
            at += width;
        }
    }
}
