//! How values look in printed lines and error messages. The runtime prints alike.
//!
//! A rank-0 tensor is its element, a tensor nested lists in brackets, a sequence a list. Floats are the shortest text that
//! reads back the same at their own width, with `.0` if whole; `nan`, `inf`; booleans `True` and `False` as in Python.

use crate::dtype::{DType, Scalar};
use crate::ops::Value;
use crate::tensor::Tensor;

/// The template with `{0}`, `{1}`, … replaced by the operands; `{{` and `}}` are braces. A number without an operand stays.
pub fn fill(template: &str, operands: &[Value]) -> String {
    let mut result = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            result.push_str(&rest[..1]);
            rest = &rest[2..];
            continue;
        }
        let end = if rest.starts_with('{') { rest.find('}') } else { None };
        let operand = end.and_then(|end| operands.get(rest[1..end].parse::<usize>().ok()?));
        let taken = match (end, operand) {
            (Some(end), Some(value)) => {
                result.push_str(&text(value));
                end + 1
            }
            _ => {
                result.push_str(&rest[..1]);
                1
            }
        };
        rest = &rest[taken..];
    }
    result + rest
}

/// A value as text.
pub fn text(value: &Value) -> String {
    match value {
        Value::Tensor(tensor) => tensor_text(tensor),
        Value::Seq(tensors) => {
            format!("[{}]", tensors.iter().map(|t| tensor_text(t)).collect::<Vec<_>>().join(", "))
        }
    }
}

fn tensor_text(tensor: &Tensor) -> String {
    fn level(tensor: &Tensor, dim: usize, from: usize) -> String {
        let Some(&extent) = tensor.shape().get(dim) else { return element(tensor.get(from)) };
        let stride: usize = tensor.shape()[dim + 1..].iter().product();
        let items: Vec<String> = (0..extent).map(|i| level(tensor, dim + 1, from + i * stride)).collect();
        format!("[{}]", items.join(", "))
    }
    level(tensor, 0, 0)
}

fn element(value: Scalar) -> String {
    match value {
        Scalar::Bool(b) => if b { "True" } else { "False" }.to_string(),
        Scalar::Int(_, v) => v.to_string(),
        Scalar::Float(_, v) if v.is_nan() => "nan".to_string(),
        Scalar::Float(DType::F64, v) => format!("{v:?}"),
        Scalar::Float(_, v) => format!("{:?}", v as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn templates_are_filled() {
        let x = Value::Tensor(Arc::new(Tensor::f32(&[2], &[0.1, 2.0])));
        let n = Value::Tensor(Arc::new(Tensor::i64(&[], &[3])));
        assert_eq!(fill("{{x}} = {0}, n = {1}, {2} {", &[x, n]), "{x} = [0.1, 2.0], n = 3, {2} {");
    }
}
