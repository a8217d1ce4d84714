//! Outputs of a model: what the graph says of them, which a list without elements does not say itself.

use super::inputs::list_type;
use super::proto::{Type, TypeValue, ValueInfo};
use braid_ir::DType;

/// What an output is. Lists come with the type that one without elements has.
pub enum OutputType {
    /// A tensor.
    Tensor,
    /// A list of tensors.
    List(braid_ir::Type),
    /// A tensor or nothing: a list of at most one.
    OptionalTensor(braid_ir::Type),
    /// A list or nothing: whether there is one, and the list.
    OptionalList(braid_ir::Type),
}

/// What the graph says of an output; a tensor if it says nothing.
pub fn declared(output: &ValueInfo) -> OutputType {
    let element = |ty: &Option<Box<Type>>| ty.as_ref().and_then(|ty| ty.value.clone());
    match output.r#type.as_ref().and_then(|ty| ty.value.as_ref()) {
        Some(TypeValue::Sequence(list)) => OutputType::List(list_of(element(&list.elem_type))),
        Some(TypeValue::Optional(optional)) => match element(&optional.elem_type) {
            Some(TypeValue::Sequence(list)) => OutputType::OptionalList(list_of(element(&list.elem_type))),
            inner => OutputType::OptionalTensor(list_of(inner)),
        },
        _ => OutputType::Tensor,
    }
}

/// The type of a list of such elements, if the graph says it; else any will do for one without elements.
fn list_of(element: Option<TypeValue>) -> braid_ir::Type {
    let unknown = braid_ir::Type::Seq(DType::F32, None);
    match element {
        Some(TypeValue::Tensor(tensor)) => list_type(&tensor).unwrap_or(unknown),
        _ => unknown,
    }
}
