//! Attributes of nodes, as Python literals.

use super::proto::{Attribute, AttributeType, Node};

/// The type of an attribute: what it says, or for files of the oldest format what it holds.
pub fn type_of(attribute: &Attribute) -> AttributeType {
    match AttributeType::try_from(attribute.r#type) {
        Ok(AttributeType::Undefined) | Err(_) if attribute.t.is_some() => AttributeType::Tensor,
        Ok(AttributeType::Undefined) | Err(_) if attribute.g.is_some() => AttributeType::Graph,
        Ok(AttributeType::Undefined) | Err(_) if !attribute.ints.is_empty() => AttributeType::Ints,
        Ok(AttributeType::Undefined) | Err(_) if !attribute.floats.is_empty() => AttributeType::Floats,
        Ok(AttributeType::Undefined) | Err(_) if !attribute.strings.is_empty() => AttributeType::Strings,
        Ok(AttributeType::Undefined) | Err(_) if !attribute.s.is_empty() => AttributeType::String,
        Ok(AttributeType::Undefined) | Err(_) if attribute.f != 0.0 => AttributeType::Float,
        Ok(AttributeType::Undefined) | Err(_) => AttributeType::Int,
        Ok(known) => known,
    }
}

/// The node's attribute of this name.
pub fn find<'a>(node: &'a Node, name: &str) -> Option<&'a Attribute> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

/// A float as a Python expression of exactly its value.
pub fn float(value: f32) -> String {
    let value = f64::from(value);
    if value.is_finite() { format!("{value:?}") } else { format!("float(\"{value}\")") }
}

/// A text as a Python string literal.
///
/// # Errors
/// If it is not UTF-8.
pub fn string(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "a text that is not UTF-8".to_string())?;
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    Ok(out)
}

/// A list of Python expressions as one.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}
