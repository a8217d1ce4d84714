//! Inputs of a model: those of its graph that are no constants, with what a person says about their types.

use super::proto::{DimensionValue, Graph, Shape, Type, TypeValue, ValueInfo};
use super::tensor::{ELEMENT_TYPES, Held, held};
use crate::diagnostic::Diagnostic;
use crate::options::InputSpec;
use braid_ir::{DType, Sym, Term};

/// The number of a tensor type's element type.
pub fn element_type(ty: &Type) -> Option<i32> {
    match &ty.value {
        Some(TypeValue::Tensor(tensor)) => Some(tensor.elem_type),
        _ => None,
    }
}

/// The inputs that the program takes. An initialiser of an input's name is its default: the program does not take it,
/// unless the person gives its type.
///
/// # Errors
/// A given input that the graph does not have or has otherwise; an input whose type is not known or not supported.
pub fn inputs(graph: &Graph, given: &[InputSpec]) -> Result<Vec<InputSpec>, Diagnostic> {
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
    let mut inputs: Vec<InputSpec> = Vec::new();
    for input in &graph.input {
        let given = given.iter().find(|given| given.name == input.name);
        let constant = graph.initializer.iter().any(|constant| constant.name == input.name);
        if constant && given.is_none() {
            continue;
        }
        if inputs.iter().any(|other| other.name == input.name) {
            return Err(Diagnostic::new(format!("the model has two inputs {}", input.name)));
        }
        inputs.push(spec(input, given)?);
    }
    Ok(inputs)
}

fn spec(input: &ValueInfo, given: Option<&InputSpec>) -> Result<InputSpec, Diagnostic> {
    let name = &input.name;
    let fail = |why: String| Diagnostic::new(format!("input {name}: {why}"));
    let tensor = match input.r#type.as_ref().and_then(|ty| ty.value.as_ref()) {
        Some(TypeValue::Tensor(tensor)) => tensor,
        Some(_) => return Err(fail("only tensors are supported as inputs".to_string())),
        None => return Err(fail("the model does not say its type".to_string())),
    };
    let dtype = match held(tensor.elem_type).map_err(fail)? {
        Held::Plain(dtype) => dtype,
        // The codes.
        _ => DType::U8,
    };
    let shape = tensor.shape.as_ref();
    let Some(given) = given else {
        let shape = shape.ok_or_else(|| {
            let shown = ELEMENT_TYPES.iter().find(|(number, ..)| *number == tensor.elem_type);
            let shown = shown.map_or("", |(_, shown, _)| shown);
            fail("the model does not say how many dimensions it has".to_string()).with_help(format!(
                "give its type, for example --input {name}={dtype}[1,n] for two dimensions of {shown}"
            ))
        })?;
        return Ok(InputSpec { name: name.clone(), dtype, dims: dims(name, shape).map_err(fail)? });
    };
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
        Some(DimensionValue::Param(name)) if !name.is_empty() => Ok(symbol(name)),
        _ => Ok(symbol(&format!("{input}_{i}"))),
    });
    dims.collect()
}

/// As for dimensions that a person gives.
const DIM_MAX: i64 = 1 << 40;
