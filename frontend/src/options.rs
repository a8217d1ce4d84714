//! What the command line and the library tell a front end about a model.

use braid_ir::{DType, Term};
use std::path::PathBuf;

/// Everything that says which network of which Python source is compiled, and for which inputs.
#[derive(Clone, Debug, Default)]
pub struct PythonOptions {
    /// The model's file.
    pub source: PathBuf,
    /// A Python expression, evaluated in the source's module, that yields the module or function to compile.
    pub build: String,
    /// The method of the built object that is compiled; `forward` when `None`.
    pub entry: Option<String>,
    /// Folders that imports are searched in, after the source's own folder.
    pub include_dirs: Vec<PathBuf>,
    /// Checkpoints: the attribute path of the submodule that the file's keys are relative to (`None`: the root), and the file.
    pub weights: Vec<(Option<String>, PathBuf)>,
    /// The tensor arguments, in order.
    pub inputs: Vec<InputSpec>,
    /// Arguments that are Python values: their names and the expressions, evaluated in the source's module.
    pub statics: Vec<(String, String)>,
}

/// Which ONNX model is compiled, and for which inputs.
#[derive(Clone, Debug, Default)]
pub struct OnnxOptions {
    /// The model's file.
    pub source: PathBuf,
    /// Types of inputs, by name; those not given are as the model says.
    pub inputs: Vec<InputSpec>,
}

/// One tensor argument.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSpec {
    /// Name of the parameter in the source.
    pub name: String,
    /// Element type.
    pub dtype: DType,
    /// Dimensions: numbers, or named symbols that are at least 1 and equal wherever the name is the same.
    pub dims: Vec<Term>,
    /// Whether it is a list of such tensors, which may differ in dimensions that are no numbers.
    pub list: bool,
}

impl InputSpec {
    /// Reads `NAME=DTYPE[DIMS]`, as in `x=f32[n,3,32,32]`; `DTYPE[]` or `DTYPE` alone is rank 0. A list is
    /// `NAME=seq<DTYPE[DIMS]>`.
    ///
    /// # Errors
    /// What was expected, if the text is not of that form.
    pub fn parse(text: &str) -> Result<InputSpec, String> {
        let expected = "expected NAME=DTYPE[DIMS], for example x=f32[1,3,32,32] or tokens=i64[n]";
        let (name, ty) = text.split_once('=').ok_or_else(|| format!("`{text}`: {expected}"))?;
        let name = name.trim();
        if !is_identifier(name) {
            return Err(format!("`{name}` is not a parameter name; {expected}"));
        }
        let (ty, list) = match ty.trim().strip_prefix("seq<").map(|rest| rest.strip_suffix('>')) {
            Some(Some(element)) => (element, true),
            Some(None) => return Err(format!("`{text}`: the `<` is not closed")),
            None => (ty, false),
        };
        let (dtype, dims) = match ty.trim().split_once('[') {
            Some((dtype, rest)) => {
                let dims = rest
                    .strip_suffix(']')
                    .ok_or_else(|| format!("`{text}`: the `[` is not closed; {expected}"))?;
                (dtype.trim(), dims.trim())
            }
            None => (ty.trim(), ""),
        };
        let dtype = DType::from_name(dtype).ok_or_else(|| {
            let known: Vec<&str> = DType::ALL.iter().map(|d| d.name()).collect();
            format!("`{dtype}` is not an element type; known are {}", known.join(", "))
        })?;
        let dims = if dims.is_empty() {
            vec![]
        } else {
            dims.split(',').map(|dim| parse_dim(dim.trim())).collect::<Result<_, _>>()?
        };
        Ok(InputSpec { name: name.to_string(), dtype, dims, list })
    }
}

/// The largest dimension a person may ask for; beyond it a size would not fit the address space anyway.
const DIM_MAX: i64 = 1 << 40;

fn parse_dim(text: &str) -> Result<Term, String> {
    if is_identifier(text) {
        return Ok(Term::sym(braid_ir::Sym::named(text)));
    }
    match text.parse::<i64>() {
        Ok(dim) if (0..=DIM_MAX).contains(&dim) => Ok(Term::int(dim)),
        _ => Err(format!(
            "`{text}` is not a dimension: expected a number from 0 to {DIM_MAX} or a name such as n"
        )),
    }
}

/// Whether `text` is a Python identifier (of letters, digits and underscores).
fn is_identifier(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
        && text.chars().next().is_some_and(|c| !c.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_read() {
        let x = InputSpec::parse("x=f32[1, n,32]").unwrap();
        assert_eq!(x.name, "x");
        assert_eq!(x.dtype, DType::F32);
        assert_eq!(x.dims.iter().map(|d| d.to_string()).collect::<Vec<_>>(), ["1", "n", "32"]);
        assert!(InputSpec::parse("t=i64[]").unwrap().dims.is_empty());
        assert!(InputSpec::parse("t=bool").unwrap().dims.is_empty());
    }

    #[test]
    fn mistakes_are_named() {
        let list = InputSpec::parse("l=seq<f32[n,4]>").unwrap();
        assert!(list.list && list.dims.len() == 2);
        for (text, part) in [
            ("x=seq<f32[1]", "is not closed"),
            ("x", "expected NAME=DTYPE[DIMS]"),
            ("1x=f32[1]", "not a parameter name"),
            ("x=float[1]", "not an element type"),
            ("x=f32[1", "not closed"),
            ("x=f32[1,]", "not a dimension"),
            ("x=f32[-1]", "not a dimension"),
            ("x=f32[99999999999999999999]", "not a dimension"),
        ] {
            let error = InputSpec::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
