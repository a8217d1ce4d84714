//! The laws that rows claim, on random values.

use super::Source;
use crate::dtype::{DType, Scalar};
use crate::eval::eval_op;
use crate::ops::attrs::{Attr, Attrs};
use crate::ops::{Law, OpSpec, TABLE, Value, order};
use crate::tensor::Tensor;
use std::sync::Arc;

fn apply(spec: &'static OpSpec, operands: &[&Tensor], dtype: DType) -> Option<Tensor> {
    let operands: Vec<Value> = operands.iter().map(|&t| Value::Tensor(Arc::new(t.clone()))).collect();
    let mut attrs = Attrs::default();
    for attribute in spec.attributes.iter().filter(|a| a.default.is_none()) {
        match attribute.name {
            "to" => attrs.set("to", Attr::DType(dtype)),
            "size" => attrs.set("size", Attr::Int(i64::MAX)),
            _ => return None,
        }
    }
    match eval_op(spec, &operands, attrs).ok()?.swap_remove(0) {
        Value::Tensor(t) => Some(t.as_ref().clone()),
        Value::Seq(_) => None,
    }
}

/// Equal as numbers (of zeros, which one comes out is nobody's business), NaN like NaN.
fn equal(a: &Tensor, b: &Tensor) -> bool {
    let pairs = a.scalars().zip(b.scalars());
    pairs
        .map(|(x, y)| (x, y, x.as_f64(), y.as_f64()))
        .all(|(s, t, x, y)| s == t || x.is_nan() && y.is_nan() || s.dtype().is_float() && x == y)
}

#[test]
fn laws_hold_on_random_values() {
    let mut source = Source(100);
    let mut checked = 0;
    for spec in TABLE.iter().copied().flatten() {
        for &law in spec.laws {
            for dtype in DType::ALL {
                let [a, b, c] = std::array::from_fn(|_| source.tensor(dtype, &[64]));
                let f1 = |x: &Tensor| apply(spec, &[x], dtype);
                let f2 = |x: &Tensor, y: &Tensor| apply(spec, &[x, y], dtype);
                let sides = match law {
                    Law::Commutative => f2(&a, &b).zip(f2(&b, &a)),
                    // Of floats only up to rounding.
                    Law::Associative if dtype.is_float() && matches!(spec.name, "add" | "mul") => None,
                    Law::Associative => {
                        f2(&a, &b).and_then(|ab| f2(&ab, &c)).zip(f2(&b, &c).and_then(|bc| f2(&a, &bc)))
                    }
                    Law::Idempotent => f1(&a).and_then(|y| f1(&y)).zip(f1(&a)),
                    Law::Involution => f1(&a).and_then(|y| f1(&y)).zip(Some(a.clone())),
                    Law::Monotone => {
                        monotone(spec, &mut source, dtype);
                        None
                    }
                };
                if let Some((left, right)) = sides {
                    checked += 1;
                    assert!(equal(&left, &right), "{} is not {law:?} on {dtype}", spec.name);
                }
            }
        }
    }
    assert!(checked > 100, "only {checked} laws were checked");
}

fn monotone(spec: &'static OpSpec, source: &mut Source, dtype: DType) {
    let is_nan = |v: &Scalar| v.as_f64().is_nan();
    let mut values: Vec<Scalar> = source.tensor(dtype, &[64]).scalars().filter(|v| !is_nan(v)).collect();
    values.sort_by(|a, b| order(*a, *b));
    let x = Tensor::from_fn(dtype, vec![values.len()], |i| values[i]);
    let Some(y) = apply(spec, &[&x], dtype) else { return };
    let y: Vec<Scalar> = y.scalars().filter(|v| !is_nan(v)).collect();
    // Rounding of a library function may step back by a unit in the last place.
    let slack = if dtype == DType::F16 || dtype == DType::BF16 { 1e-2 } else { 1e-6 };
    let falls = |a: f64, b: f64| !dtype.is_float() || b < a - slack * a.abs();
    let fall = y.windows(2).find(|w| order(w[1], w[0]).is_lt() && falls(w[0].as_f64(), w[1].as_f64()));
    assert!(fall.is_none(), "{} falls on {dtype}: {fall:?}", spec.name);
}
