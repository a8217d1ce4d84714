//! Random tensors.

use super::element::{Element, elements_mut, with_type};
use super::{Call, Routine};
use crate::random::Draw;
use crate::tensor::DType;

pub(super) const ROUTINES: &[(&str, Routine)] = &[
    ("random_uniform", |call| fill(call, Draw::uniform)),
    ("random_normal", |call| fill(call, Draw::normal)),
    ("multinomial", multinomial),
];

fn fill(call: &mut Call, element: fn(Draw, u64, DType) -> f64) -> Result<(), String> {
    let shape = call.shape("shape")?;
    let dtype = call.result_dtype(0)?;
    let draw = call.state.random().draw();
    let out = call.result(0, &shape)?;
    with_type!(dtype, T => {
        for (i, at) in elements_mut::<T>(out).iter_mut().enumerate() {
            *at = T::from_f64(element(draw, i as u64, dtype));
        }
    });
    Ok(())
}

/// Sample `j` of row `r` is the first index whose running sum of the remaining weights exceeds a uniform share of their
/// total; without replacement a weight that has been taken becomes 0.
fn multinomial(call: &mut Call) -> Result<(), String> {
    let weights = call.tensor(0)?;
    let samples = usize::try_from(call.int("samples")?).map_err(|_| "the number of samples is negative")?;
    let replacement = call.bool("replacement")?;
    let (rank, n) = (weights.shape.len(), *weights.shape.last().ok_or(super::MALFORMED)?);
    let rows = if rank == 2 { weights.shape[0] } else { 1 };
    let draw = call.state.random().draw();
    let mut shape = weights.shape.clone();
    shape[rank - 1] = samples;
    let mut taken = Vec::with_capacity(rows * samples);
    for row in 0..rows {
        let mut left: Vec<f64> = (0..n).map(|i| weights.get_f64(row * n + i)).collect();
        if left.iter().any(|w| !(*w >= 0.0 && w.is_finite())) {
            return Err(
                "RuntimeError: probability tensor contains either `inf`, `nan` or element < 0".to_string()
            );
        }
        for j in 0..samples {
            let total: f64 = left.iter().sum();
            if total <= 0.0 {
                let why = "RuntimeError: invalid multinomial distribution (sum of probabilities <= 0)";
                return Err(why.to_string());
            }
            let limit = draw.uniform((row * samples + j) as u64, DType::F64) * total;
            let mut sum = 0.0;
            let hit = left.iter().position(|w| {
                sum += w;
                sum > limit
            });
            // Rounding may leave the last sum at the limit: then it is the last index with weight.
            let hit = hit.or_else(|| left.iter().rposition(|w| *w > 0.0)).ok_or(super::MALFORMED)?;
            if !replacement {
                left[hit] = 0.0;
            }
            taken.push(hit as i64);
        }
    }
    call.fill_i64(0, &shape, taken.into_iter())
}
