//! Inputs of a model: those of its graph that are no constants, with what a person says about their types.

use super::proto::{DimensionValue, ElementType, Graph, Shape, TensorType, TypeValue, ValueInfo};
use super::tensor::{ELEMENT_TYPES, Held, held};
use crate::diagnostic::Diagnostic;
use crate::options::InputSpec;
use braid_ir::{DType, Sym, Term, Type};

/// An input of the program.
pub struct Input<'a> {
    /// Its name in the model.
    pub name: &'a str,
    /// What it is to the graph.
    pub kind: InputKind,
}

/// What an input is to the graph, and what the program takes for it.
pub enum InputKind {
    /// A tensor.
    Tensor(InputSpec),
    /// A tensor of a type that is stored by codes (its number): the codes.
    Coded(InputSpec, i32),
    /// A list.
    List(Type),
    /// A tensor or nothing: a list of at most one.
    OptionalTensor(Type),
    /// A list or nothing: whether there is one, under the name with `.given` behind it, and the list.
    OptionalList(Type),
}

/// The inputs that the program takes. An initialiser of an input's name is its default: the program does not take it,
/// unless the person gives its type.
///
/// # Errors
/// A given input that the graph does not have or has otherwise; an input whose type is not known or not supported.
pub fn inputs<'a>(graph: &'a Graph, given: &[InputSpec]) -> Result<Vec<Input<'a>>, Diagnostic> {
    for (at, input) in given.iter().enumerate() {
        if !graph.input.iter().any(|known| known.name == input.name) {
            let names: Vec<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
            return Err(Diagnostic::new(format!("the model has no input {}", input.name))
                .with_help(format!("its inputs are {}", names.join(", "))));
        }
        if given[..at].iter().any(|other| other.name == input.name) {
            return Err(Diagnostic::new(format!("--input {} is given twice", input.name)));
        }
    }
    let mut inputs: Vec<Input> = Vec::new();
    for input in &graph.input {
        let given = given.iter().find(|given| given.name == input.name);
        let constant = graph.initializer.iter().any(|constant| constant.name == input.name);
        if constant && given.is_none() {
            continue;
        }
        if inputs.iter().any(|other| other.name == input.name) {
            return Err(Diagnostic::new(format!("the model has two inputs {}", input.name)));
        }
        inputs.push(Input { name: &input.name, kind: kind(input, given)? });
    }
    Ok(inputs)
}

fn kind(input: &ValueInfo, given: Option<&InputSpec>) -> Result<InputKind, Diagnostic> {
    let name = &input.name;
    let fail = |why: String| Diagnostic::new(format!("input {name}: {why}"));
    let element = |ty: &ElementType| ty.elem_type.as_ref().and_then(|ty| ty.value.clone());
    let list = |element: Option<TypeValue>| match (element, given) {
        (Some(TypeValue::Tensor(_)), Some(given)) if !given.list => {
            Err(fail("it is no tensor: give its type as seq<DTYPE[DIMS]>".to_string()))
        }
        (Some(TypeValue::Tensor(tensor)), Some(given))
            if held(tensor.elem_type) == Ok(Held::Plain(given.dtype)) =>
        {
            let dims = given.dims.iter().map(|dim| dim.as_int().map(Term::int)).collect();
            Ok(Type::Seq(given.dtype, Some(dims)))
        }
        (Some(TypeValue::Tensor(_)), Some(given)) => {
            Err(fail(format!("its elements are not of type {}", given.dtype)))
        }
        (Some(TypeValue::Tensor(tensor)), None) => list_type(&tensor).map_err(fail),
        _ => Err(fail("only lists of tensors are supported".to_string())),
    };
    Ok(match input.r#type.as_ref().and_then(|ty| ty.value.as_ref()) {
        Some(TypeValue::Tensor(tensor)) => return tensor_kind(name, tensor, given),
        Some(TypeValue::Sequence(ty)) => InputKind::List(list(element(ty))?),
        Some(TypeValue::Optional(ty)) => match element(ty) {
            Some(TypeValue::Sequence(ty)) => InputKind::OptionalList(list(element(&ty))?),
            inner => InputKind::OptionalTensor(list(inner)?),
        },
        Some(_) => return Err(fail("only tensors, lists and optionals are supported".to_string())),
        None => return Err(fail("the model does not say its type".to_string())),
    })
}

/// The type of a list of such tensors: dimensions that are no numbers are open, as is their number where none is said.
pub fn list_type(element: &TensorType) -> Result<Type, String> {
    let dtype = match held(element.elem_type)? {
        Held::Plain(dtype) => dtype,
        _ => return Err("lists of narrow types are not supported".to_string()),
    };
    let dims = |shape: &Shape| {
        let dims = shape.dim.iter().map(|dim| match dim.value {
            Some(DimensionValue::Value(value)) if value >= 0 => Some(Term::int(value)),
            _ => None,
        });
        dims.collect()
    };
    Ok(Type::Seq(dtype, element.shape.as_ref().map(dims)))
}

fn tensor_kind(name: &str, tensor: &TensorType, given: Option<&InputSpec>) -> Result<InputKind, Diagnostic> {
    let fail = |why: String| Diagnostic::new(format!("input {name}: {why}"));
    let (dtype, coded) = match held(tensor.elem_type).map_err(fail)? {
        Held::Plain(dtype) => (dtype, false),
        _ => (DType::U8, true),
    };
    let spec = spec(name, tensor, dtype, given)?;
    Ok(if coded { InputKind::Coded(spec, tensor.elem_type) } else { InputKind::Tensor(spec) })
}

fn spec(
    name: &str,
    tensor: &TensorType,
    dtype: DType,
    given: Option<&InputSpec>,
) -> Result<InputSpec, Diagnostic> {
    let fail = |why: String| Diagnostic::new(format!("input {name}: {why}"));
    let shape = tensor.shape.as_ref();
    let Some(given) = given else {
        let shape = shape.ok_or_else(|| {
            let shown = ELEMENT_TYPES.iter().find(|(number, ..)| *number == tensor.elem_type);
            let shown = shown.map_or("", |(_, shown, _)| shown);
            fail("the model does not say how many dimensions it has".to_string()).with_help(format!(
                "give its type, for example --input {name}={dtype}[1,n] for two dimensions of {shown}"
            ))
        })?;
        return Ok(InputSpec {
            name: name.to_string(),
            dtype,
            dims: dims(name, shape).map_err(fail)?,
            list: false,
        });
    };
    if given.list {
        return Err(fail("it is given as a list, but the model says that it is a tensor".to_string()));
    }
    if given.dtype != dtype {
        return Err(fail(format!("it is given as {}, but the model says {dtype}", given.dtype)));
    }
    if let Some(shape) = shape {
        if shape.dim.len() != given.dims.len() {
            let (has, says) = (given.dims.len(), shape.dim.len());
            return Err(fail(format!("it is given with {has} dimensions, but the model says {says}")));
        }
        for (dim, given) in shape.dim.iter().zip(&given.dims) {
            if let (Some(DimensionValue::Value(known)), Some(number)) = (&dim.value, given.as_int())
                && *known != number
                && *known != -1
            {
                return Err(fail(format!("a dimension is given as {number}, but the model says {known}")));
            }
        }
    }
    Ok(given.clone())
}

/// Dimensions: numbers, the model's names, or names made of the input's where it has none.
fn dims(input: &str, shape: &Shape) -> Result<Vec<Term>, String> {
    let symbol = |text: &str| {
        let plain: String =
            text.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
        let digit = plain.starts_with(|c: char| c.is_numeric());
        Term::sym(Sym::named(&if digit || plain.is_empty() { format!("d{plain}") } else { plain }))
    };
    let dims = shape.dim.iter().enumerate().map(|(i, dim)| match &dim.value {
        // Some exporters write -1 for a dimension that is not known.
        Some(DimensionValue::Value(-1)) => Ok(symbol(&format!("{input}_{i}"))),
        Some(DimensionValue::Value(value)) if !(0..=DIM_MAX).contains(value) => {
            Err(format!("dimension {i} is {value}: a number from 0 to {DIM_MAX} was expected"))
        }
        Some(DimensionValue::Value(value)) => Ok(Term::int(*value)),
        // A name such as `?` names nothing.
        Some(DimensionValue::Param(name)) if name.contains(char::is_alphanumeric) => Ok(symbol(name)),
        _ => Ok(symbol(&format!("{input}_{i}"))),
    });
    dims.collect()
}

/// As for dimensions that a person gives.
const DIM_MAX: i64 = 1 << 40;
