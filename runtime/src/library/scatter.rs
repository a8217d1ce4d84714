//! Writes at places that the data name, in row-major order of the updates: where they meet, the last one stays.

use super::element::{Combine, Element, elements, elements_mut, with_type};
use super::{Call, Routine};

pub(super) const ROUTINES: &[(&str, Routine)] =
    &[("scatter_elements", scatter_elements), ("scatter_nd", scatter_nd)];

fn combination(call: &Call) -> Result<Option<Combine>, String> {
    Ok(match call.str("reduction")?.as_str() {
        "none" => None,
        "add" => Some(Combine::Add),
        "mul" => Some(Combine::Mul),
        "max" => Some(Combine::Max),
        "min" => Some(Combine::Min),
        _ => return Err(super::MALFORMED.to_string()),
    })
}

/// The position that an index names, from the end if negative.
fn position(index: i64, extent: usize) -> Result<usize, String> {
    let wrapped = if index < 0 { index.wrapping_add(extent as i64) } else { index };
    usize::try_from(wrapped)
        .ok()
        .filter(|&p| p < extent)
        .ok_or_else(|| format!("IndexError: index {index} is out of bounds for dimension with size {extent}"))
}

/// Row-major strides in elements.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    strides
}

fn write<T: Element>(at: &mut T, value: T, how: Option<Combine>) {
    *at = how.map_or(value, |how| at.combine(value, how));
}

fn scatter_elements(call: &mut Call) -> Result<(), String> {
    let how = combination(call)?;
    let (base, indices, updates) = (call.tensor(0)?, call.tensor(1)?, call.tensor(2)?);
    let rank = base.shape.len();
    let axis = call.axis("axis", rank)?;
    for d in (0..rank).filter(|&d| d != axis) {
        if indices.shape[d] > base.shape[d] && !indices.is_empty() {
            return Err(format!(
                "dimension {d} of the indices is longer than the tensor's {}",
                base.shape[d]
            ));
        }
    }
    if (0..rank).any(|d| indices.shape[d] > updates.shape[d]) && !indices.is_empty() {
        return Err(format!("the indices {:?} reach beyond the updates {:?}", indices.shape, updates.shape));
    }
    let (to, from, walk) = (strides(&base.shape), strides(&updates.shape), strides(&indices.shape));
    let out = call.result(0, &base.shape)?;
    out.copy_from_slice(base.bytes);
    with_type!(base.dtype, T => {
        let (out, updates) = (elements_mut::<T>(out), elements::<T>(updates.bytes));
        for i in 0..indices.len() {
            let (mut target, mut source) = (0, 0);
            for d in 0..rank {
                let p = i / walk[d] % indices.shape[d];
                source += p * from[d];
                target += to[d] * if d == axis { position(indices.get_i64(i), base.shape[d])? } else { p };
            }
            write(&mut out[target], updates[source], how);
        }
    });
    Ok(())
}

fn scatter_nd(call: &mut Call) -> Result<(), String> {
    let how = combination(call)?;
    let (base, indices, updates) = (call.tensor(0)?, call.tensor(1)?, call.tensor(2)?);
    let k = *indices.shape.last().filter(|&&k| k <= base.shape.len()).ok_or(super::MALFORMED)?;
    let to = strides(&base.shape);
    let block: usize = base.shape[k..].iter().product();
    let count: usize = indices.shape[..indices.shape.len() - 1].iter().product();
    if updates.len() != count * block {
        return Err(format!("{} updates for {count} places of {block} elements", updates.len()));
    }
    let out = call.result(0, &base.shape)?;
    out.copy_from_slice(base.bytes);
    with_type!(base.dtype, T => {
        let (out, updates) = (elements_mut::<T>(out), elements::<T>(updates.bytes));
        for i in 0..count {
            let mut target = 0;
            for (j, (&extent, stride)) in base.shape[..k].iter().zip(&to).enumerate() {
                target += position(indices.get_i64(i * k + j), extent)? * stride;
            }
            for b in 0..block {
                write(&mut out[target + b], updates[i * block + b], how);
            }
        }
    });
    Ok(())
}
