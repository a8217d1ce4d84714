//! Folders in the layout of the ONNX backend tests: `model.onnx`, and beside it `test_data_set_N/input_K.pb` and
//! `output_K.pb`, which hold tensors, sequences or optionals as the model's graph declares them.

use crate::{Diagnostic, InputSpec, OnnxOptions, Program, RunOptions, Tensor};
use braid_frontend::onnx::proto::{self, TypeValue};
use braid_frontend::onnx::tensor::{self, Held};
use braid_ir::{DType, Sym, Term};
use braid_runtime::Value;
use braid_runtime::cases::{Tolerance, compare};
use prost::Message;
use std::path::Path;

/// The tolerance of the suite where a test has none of its own.
pub const TOLERANCE: Tolerance = Tolerance { rtol: 1e-3, atol: 1e-7 };

/// What a file of test data holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// A tensor; codes for element types that Braid stores as such.
    Tensor(Tensor),
    /// A list of tensors.
    Sequence(Vec<Tensor>),
    /// Something or nothing.
    Optional(Option<Box<Datum>>),
}

/// One data set: inputs by name, and what must come out.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// Inputs by the names that the program takes them under.
    pub inputs: Vec<(String, Tensor)>,
    /// Outputs in order.
    pub outputs: Vec<Datum>,
}

/// How a run of a data set went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// The program gave something else.
    Wrong(String),
    /// The program gave nothing.
    Failed(String),
}

/// A test: the model's messages and its data sets.
pub struct Test {
    /// What to compile. Inputs whose rank the model leaves open have that of the data, with free dimensions; so have inputs
    /// without elements, but for the dimensions that are 0.
    pub options: OnnxOptions,
    /// The data sets in order.
    pub data: Vec<DataSet>,
}

impl Test {
    /// Reads the data sets in the folder `suite` of the model `model`.
    ///
    /// # Errors
    /// If a file cannot be read, or there is no data set.
    pub fn read(model: &Path, suite: &Path) -> Result<Test, Diagnostic> {
        let bytes = read(model)?;
        let message = proto::Model::decode(&bytes[..])
            .map_err(|error| fail(model, format!("this is no ONNX model, or it is damaged: {error}")))?;
        let graph = message.graph.unwrap_or_default();
        let mut test =
            Test { options: OnnxOptions { source: model.to_path_buf(), inputs: vec![] }, data: vec![] };
        for number in 0.. {
            let folder = suite.join(format!("test_data_set_{number}"));
            if !folder.is_dir() {
                break;
            }
            // A model of before IR version 4 lists its constants among its inputs, and the data leaves them out.
            let free = |info: &&proto::ValueInfo| !graph.initializer.iter().any(|t| t.name == info.name);
            let mut infos: Vec<&proto::ValueInfo> = graph.input.iter().filter(free).collect();
            if folder.join(format!("input_{}.pb", infos.len())).exists() {
                infos = graph.input.iter().collect();
            }
            let outputs = data(&folder, "output", &graph.output.iter().collect::<Vec<_>>())?;
            let mut inputs = Vec::new();
            for (info, datum) in data(&folder, "input", &infos)? {
                if number == 0
                    && let Some(spec) = open_rank(info, &datum, outputs.iter().map(|(_, output)| output))
                {
                    test.options.inputs.push(spec);
                }
                passed(info, datum, &mut inputs);
            }
            test.data
                .push(DataSet { inputs, outputs: outputs.into_iter().map(|(_, datum)| datum).collect() });
        }
        if test.data.is_empty() {
            let why = "there is no folder test_data_set_0 here".to_string();
            return Err(fail(suite, why).with_help(
                "give the folder that holds test_data_set_N/input_K.pb and output_K.pb, as the ONNX backend tests do",
            ));
        }
        Ok(test)
    }
}

impl DataSet {
    /// Runs a program on the inputs and judges what it gives.
    pub fn run(&self, program: &Program, tolerance: Tolerance) -> Outcome {
        let inputs: Vec<(&str, &Tensor)> =
            self.inputs.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
        match program.run_values(&inputs, RunOptions::default()) {
            Ok(values) => self.judge(&values, tolerance),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    /// Compares values with the expected outputs.
    fn judge(&self, values: &[Value], tolerance: Tolerance) -> Outcome {
        let mut values = values.iter();
        for (number, expected) in self.outputs.iter().enumerate() {
            if let Err(why) = judge(expected, &mut values, tolerance) {
                return Outcome::Wrong(format!("output {number}: {why}"));
            }
        }
        match values.count() {
            0 => Outcome::Passed,
            more => Outcome::Wrong(format!("{more} more outputs than expected")),
        }
    }
}

fn judge<'a>(
    expected: &Datum,
    values: &mut impl Iterator<Item = &'a Value>,
    tolerance: Tolerance,
) -> Result<(), String> {
    let mut next = || values.next().ok_or_else(|| "it is missing".to_string());
    match (expected, next()?) {
        (Datum::Tensor(expected), Value::Tensor(actual)) => close(actual, expected, tolerance),
        (Datum::Sequence(expected), Value::List(actual)) => close_all(actual, expected, tolerance),
        // An optional tensor is a list of at most one.
        (Datum::Optional(expected), Value::List(actual)) => match expected.as_deref() {
            None => close_all(actual, &[], tolerance),
            Some(Datum::Tensor(expected)) => close_all(actual, std::slice::from_ref(expected), tolerance),
            Some(_) => Err("a tensor or nothing where a list was expected".to_string()),
        },
        // An optional list is a truth value and a list.
        (Datum::Optional(expected), Value::Tensor(given)) => {
            let given = given.get_f64(0) != 0.0;
            match (expected.as_deref(), given, next()?) {
                (None, false, Value::List(_)) => Ok(()),
                (Some(Datum::Sequence(expected)), true, Value::List(actual)) => {
                    close_all(actual, expected, tolerance)
                }
                _ => Err("something where nothing was expected, or nothing where something was".to_string()),
            }
        }
        (Datum::Tensor(_), Value::List(_)) => Err("a list where a tensor was expected".to_string()),
        (Datum::Sequence(_), Value::Tensor(_)) => Err("a tensor where a list was expected".to_string()),
    }
}

fn close_all(actual: &[Tensor], expected: &[Tensor], tolerance: Tolerance) -> Result<(), String> {
    if actual.len() != expected.len() {
        return Err(format!("{} elements where {} were expected", actual.len(), expected.len()));
    }
    actual.iter().zip(expected).try_for_each(|(actual, expected)| close(actual, expected, tolerance))
}

/// The suite's own runner (`onnx/backend/test/runner`) allows `bf16` values at least two units in the last place.
const RTOL_BF16: f64 = 1.0 / 64.0;

fn close(actual: &Tensor, expected: &Tensor, mut tolerance: Tolerance) -> Result<(), String> {
    if actual.dtype() == braid_runtime::DType::BF16 {
        tolerance.rtol = tolerance.rtol.max(RTOL_BF16);
    }
    let difference = compare(actual, expected, tolerance)?;
    match difference.first {
        None => Ok(()),
        Some(first) => Err(format!(
            "{} of {} elements differ, the first at {first}: {} where {} was expected",
            difference.outside,
            expected.len(),
            actual.get_f64(first),
            expected.get_f64(first)
        )),
    }
}

/// The files of a data set that there are, of these values in order.
fn data<'a>(
    folder: &Path,
    kind: &str,
    infos: &[&'a proto::ValueInfo],
) -> Result<Vec<(&'a proto::ValueInfo, Datum)>, Diagnostic> {
    let mut data = Vec::new();
    for (k, &info) in infos.iter().enumerate() {
        let path = folder.join(format!("{kind}_{k}.pb"));
        if !path.exists() {
            break;
        }
        data.push((info, datum(&read(&path)?, info).map_err(|why| fail(&path, why))?));
    }
    Ok(data)
}

fn fail(path: &Path, why: String) -> Diagnostic {
    Diagnostic::new(format!("{}: {why}", path.display()))
}

/// The inputs of the program that one of the graph is passed as: the elements of a list by number, an optional tensor as a
/// list, an optional list as a truth value and a list.
fn passed(info: &proto::ValueInfo, datum: Datum, inputs: &mut Vec<(String, Tensor)>) {
    let name = &info.name;
    let (optional, inner) = match datum {
        Datum::Optional(inner) => (true, inner.map(|inner| *inner)),
        datum => (false, Some(datum)),
    };
    if optional && matches!(inner_type(info), Some(TypeValue::Sequence(_))) {
        let given = Tensor::new(braid_runtime::DType::Bool, &[], &[u8::from(inner.is_some())]);
        inputs.extend(given.map(|given| (format!("{name}.given"), given)));
    }
    let items = match inner {
        None | Some(Datum::Optional(_)) => vec![],
        Some(Datum::Tensor(tensor)) if !optional => return inputs.push((name.clone(), tensor)),
        Some(Datum::Tensor(tensor)) => vec![tensor],
        Some(Datum::Sequence(items)) => items,
    };
    inputs.extend(items.into_iter().enumerate().map(|(i, item)| (format!("{name}.{i}"), item)));
}

/// What an optional is declared to hold.
fn inner_type(info: &proto::ValueInfo) -> Option<&TypeValue> {
    match info.r#type.as_ref()?.value.as_ref()? {
        TypeValue::Optional(inner) => inner.elem_type.as_ref()?.value.as_ref(),
        _ => None,
    }
}

/// The type of an input whose rank the model does not state, or of which there is nothing, from its data; that of a list
/// without elements from the lists among the outputs. Of elements of lists the tests state rank 0 where they mean any.
fn open_rank<'a>(
    info: &proto::ValueInfo,
    datum: &'a Datum,
    outputs: impl Iterator<Item = &'a Datum>,
) -> Option<InputSpec> {
    let name = &info.name;
    let declared = match inner_type(info) {
        Some(inner) => inner,
        None => info.r#type.as_ref()?.value.as_ref()?,
    };
    let (list, tensor_type) = match declared {
        TypeValue::Tensor(ty) => (inner_type(info).is_some(), ty),
        TypeValue::Sequence(element) => match element.elem_type.as_ref()?.value.as_ref()? {
            TypeValue::Tensor(ty) => (true, ty),
            _ => return None,
        },
        _ => return None,
    };
    let lists = outputs.filter(|output| !matches!(output, Datum::Tensor(_)));
    let tensor = first_tensor(datum).or_else(|| lists.filter_map(first_tensor).next())?;
    // A dimension with a name is at least 1: what is empty is said to be.
    let dim = |(axis, &extent): (usize, &usize)| match extent {
        0 => Term::int(0),
        _ => Term::sym(Sym::named(&format!("{name}_{axis}"))),
    };
    if let Some(shape) = &tensor_type.shape
        && if list { !shape.dim.is_empty() } else { !tensor.shape().contains(&0) }
    {
        return None;
    }
    Some(InputSpec {
        name: name.clone(),
        dtype: DType::from_name(tensor.dtype().name())?,
        dims: tensor.shape().iter().enumerate().map(dim).collect(),
        list,
    })
}

/// A tensor, or the first one of a list.
fn first_tensor(datum: &Datum) -> Option<&Tensor> {
    match datum {
        Datum::Tensor(tensor) => Some(tensor),
        Datum::Sequence(items) => items.first(),
        Datum::Optional(inner) => first_tensor(inner.as_deref()?),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    std::fs::read(path).map_err(|error| Diagnostic::new(format!("cannot read {}: {error}", path.display())))
}

/// A file's contents, of the kind that the graph declares.
fn datum(bytes: &[u8], info: &proto::ValueInfo) -> Result<Datum, String> {
    let damaged = |error: prost::DecodeError| format!("it is damaged: {error}");
    match info.r#type.as_ref().and_then(|ty| ty.value.as_ref()) {
        Some(TypeValue::Sequence(_)) => {
            sequence(&proto::Sequence::decode(bytes).map_err(damaged)?).map(Datum::Sequence)
        }
        Some(TypeValue::Optional(_)) => optional(&proto::Optional::decode(bytes).map_err(damaged)?),
        Some(TypeValue::Tensor(_)) | None => {
            to_runtime(&proto::Tensor::decode(bytes).map_err(damaged)?).map(Datum::Tensor)
        }
        Some(_) => Err("only tensors, sequences and optionals are supported".to_string()),
    }
}

fn sequence(message: &proto::Sequence) -> Result<Vec<Tensor>, String> {
    if !message.sequence_values.is_empty() || !message.optional_values.is_empty() {
        return Err("lists of lists are not supported".to_string());
    }
    message.tensor_values.iter().map(to_runtime).collect()
}

fn optional(message: &proto::Optional) -> Result<Datum, String> {
    let inner = match (&message.tensor_value, &message.sequence_value) {
        (Some(tensor), _) => Some(Datum::Tensor(to_runtime(tensor)?)),
        (None, Some(list)) => Some(Datum::Sequence(sequence(list)?)),
        (None, None) => None,
    };
    Ok(Datum::Optional(inner.map(Box::new)))
}

fn to_runtime(message: &proto::Tensor) -> Result<Tensor, String> {
    let read = tensor::read(message, None)?;
    // Codes are compared as such.
    debug_assert!(
        !matches!(tensor::held(message.data_type), Ok(Held::Coded(_))) || read.dtype() == DType::U8
    );
    let dtype = braid_runtime::DType::from_name(read.dtype().name()).ok_or("an element type of its own")?;
    Tensor::new(dtype, read.shape(), read.bytes()).ok_or_else(|| "it does not fit memory".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bf16_may_be_two_units_off_and_no_other_type() {
        let bf16 = |bits: u16| {
            Tensor::new(braid_runtime::DType::BF16, &[1], &bits.to_le_bytes()).expect("one element")
        };
        let one = bf16(0x3f80);
        assert_eq!(close(&bf16(0x3f82), &one, TOLERANCE), Ok(()));
        assert!(close(&bf16(0x3f83), &one, TOLERANCE).is_err());
        let f32 = |value| Tensor::f32(&[1], &[value]).expect("one element");
        assert!(close(&f32(1.01), &f32(1.0), TOLERANCE).is_err());
    }
}
