//! Reads the examples of rows: values such as `f32[2] [1, 2]` and attributes such as `axes = [0]`.

use crate::dtype::{DType, Scalar};
use crate::ops::attrs::{Attr, AttrKind, Attrs};
use crate::ops::{OpSpec, Value};
use crate::tensor::Tensor;
use crate::term::Term;
use crate::types::Type;
use std::sync::Arc;

/// Splits at `separator` outside brackets and quotes.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut depth, mut quoted, mut from) = (vec![], 0, false, 0);
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '<' if !quoted => depth += 1,
            ']' | '>' if !quoted => depth -= 1,
            c if c == separator && depth == 0 && !quoted => {
                parts.push(text[from..i].trim());
                from = i + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    if parts == [""] { vec![] } else { parts }
}

/// The inside of brackets.
fn inside(text: &str) -> &str {
    text.trim()
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or_else(|| panic!("no list: {text}"))
}

fn scalar(dtype: DType, text: &str) -> Scalar {
    match (dtype, text) {
        (DType::Bool, _) => Scalar::Bool(text.parse().expect("a bool")),
        (d, _) if d.is_float() => Scalar::from_f64(d, text.parse().expect("a float")),
        (d, _) => Scalar::from_int(d, text.parse().expect("an integer")),
    }
}

/// A type head `f32[2, ?]` and what follows it.
fn head(text: &str) -> (DType, Vec<Option<usize>>, &str) {
    let (open, close) = (text.find('[').expect("dimensions"), text.find(']').expect("dimensions"));
    let dims = split(&text[open + 1..close], ',').iter().map(|d| d.parse().ok()).collect();
    (DType::from_name(&text[..open]).expect("a dtype"), dims, text[close + 1..].trim())
}

fn tensor(text: &str) -> Tensor {
    let (dtype, dims, payload) = head(text);
    let shape: Vec<usize> = dims.into_iter().map(|d| d.expect("a number")).collect();
    let elements: Vec<&str> = if shape.is_empty() { vec![payload] } else { split(inside(payload), ',') };
    assert_eq!(elements.len(), shape.iter().product::<usize>(), "number of elements in {text}");
    Tensor::from_fn(dtype, shape, |i| scalar(dtype, elements[i]))
}

/// A value and its declared type.
pub(super) fn value(text: &str) -> (Value, Type) {
    if let Some(rest) = text.strip_prefix("seq<") {
        let (ty, payload) = rest.split_once('>').expect("seq<…>");
        let (dtype, dims, _) = head(ty);
        let dims = (!ty.ends_with("[*]")).then(|| dims.into_iter().map(|d| d.map(Term::from)).collect());
        let elements = split(inside(payload), ',').iter().map(|t| Arc::new(tensor(t))).collect();
        return (Value::Seq(elements), Type::Seq(dtype, dims));
    }
    let tensor = tensor(text);
    let ty = crate::TensorType::fixed(tensor.dtype(), tensor.shape());
    (Value::Tensor(Arc::new(tensor)), ty.into())
}

/// Attributes of a row.
pub(super) fn attributes(spec: &OpSpec, text: &str) -> Attrs {
    let mut attrs = Attrs::default();
    for part in split(text, ',') {
        let (name, value) = part.split_once(" = ").unwrap_or_else(|| panic!("no attribute: {part}"));
        let declared = spec
            .attributes
            .iter()
            .find(|a| a.name == name)
            .unwrap_or_else(|| panic!("{} has no {name}", spec.name));
        attrs.set(declared.name, attribute(declared.kind, value));
    }
    attrs
}

fn attribute(kind: AttrKind, text: &str) -> Attr {
    let int = |t: &&str| t.parse::<i64>().expect("an integer");
    match kind {
        AttrKind::Bool => Attr::Bool(text.parse().expect("a bool")),
        AttrKind::Int => Attr::Int(int(&text)),
        AttrKind::Term => Attr::Term(crate::text::parse_term(text).expect("a term")),
        AttrKind::Ints => Attr::Ints(split(inside(text), ',').iter().map(int).collect()),
        AttrKind::Terms => Attr::Terms(split(inside(text), ',').iter().map(|t| Term::int(int(t))).collect()),
        AttrKind::Float => Attr::Float(text.parse().expect("a float")),
        AttrKind::Floats => {
            Attr::Floats(split(inside(text), ',').iter().map(|t| t.parse().expect("a float")).collect())
        }
        AttrKind::Str => Attr::Str(text.trim_matches('"').to_string()),
        AttrKind::DType => Attr::DType(DType::from_name(text).expect("a dtype")),
        AttrKind::Scalar => {
            let (value, dtype) = text.split_once(':').expect("value:dtype");
            Attr::Scalar(scalar(DType::from_name(dtype).expect("a dtype"), value))
        }
        AttrKind::Tensor => Attr::Tensor(Arc::new(tensor(text))),
    }
}
