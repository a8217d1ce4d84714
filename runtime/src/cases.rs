//! Files of cases: an `.npz` whose members are `I.in.NAME` and `I.out.K` for case `I`, or `I.error` (the bytes of the
//! message) where the program raises; and how results are compared.

use crate::error::Error;
use crate::npy;
use crate::tensor::{DType, Tensor};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;

/// One case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Its number in the file.
    pub number: u64,
    /// Inputs by name.
    pub inputs: Vec<(String, Tensor)>,
    /// Results in order.
    pub outputs: Vec<Tensor>,
    /// Instead of results: type and text of the exception that the program raises.
    pub error: Option<String>,
}

impl Case {
    /// The inputs as [`crate::Program::run`] takes them.
    pub fn borrowed(&self) -> Vec<(&str, &Tensor)> {
        self.inputs.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect()
    }
}

/// What the arrays of a small file may take together; a larger file's may take [`EXPANSION_MAX`] times its size. A few bytes
/// of a compressed file can stand for any number of zeros.
const ARRAYS_BYTES_MAX: u64 = 1 << 30;
const EXPANSION_MAX: u64 = 64;

/// Reads the arrays of an `.npz`, in the file's order, without the `.npy` of their names.
///
/// # Errors
/// If it cannot be read or holds something else than arrays.
pub fn arrays(path: &Path) -> Result<Vec<(String, Tensor)>, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    let fail = |what: String| Error::Cases(format!("{}: {what}", path.display()));
    let mut left = ARRAYS_BYTES_MAX.max(EXPANSION_MAX.saturating_mul(bytes.len() as u64));
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| fail(format!("not an .npz file: {e}")))?;
    let mut arrays = Vec::new();
    for i in 0..archive.len() {
        let mut member = archive.by_index(i).map_err(|e| fail(e.to_string()))?;
        let name = member.name().map_err(|e| fail(e.to_string()))?.into_owned();
        let mut data = Vec::new();
        member.by_ref().take(left + 1).read_to_end(&mut data).map_err(|e| fail(format!("{name}: {e}")))?;
        left = left.checked_sub(data.len() as u64).ok_or_else(|| {
            fail(format!("{name}: the arrays are more than {EXPANSION_MAX} times as large as the file; save them uncompressed"))
        })?;
        let tensor = npy::read(&data).map_err(|e| fail(format!("{name}: {e}")))?;
        arrays.push((name.strip_suffix(".npy").unwrap_or(&name).to_string(), tensor));
    }
    Ok(arrays)
}

/// Reads a file of cases, in order of their numbers.
///
/// # Errors
/// If it cannot be read or is not in this layout.
pub fn read(path: &Path) -> Result<Vec<Case>, Error> {
    let fail = |what: String| Error::Cases(format!("{}: {what}", path.display()));
    let mut cases: BTreeMap<u64, (Case, BTreeMap<usize, Tensor>)> = BTreeMap::new();
    for (name, tensor) in arrays(path)? {
        let layout = || fail(format!("member {name} is none of I.in.NAME, I.out.K and I.error"));
        let mut parts = name.splitn(3, '.');
        let case = parts.next().and_then(|number| number.parse().ok()).ok_or_else(layout)?;
        let case = cases.entry(case).or_default();
        match (parts.next(), parts.next()) {
            (Some("in"), Some(rest)) => case.0.inputs.push((rest.to_string(), tensor)),
            (Some("out"), Some(rest)) => {
                case.1.insert(rest.parse().map_err(|_| layout())?, tensor);
            }
            (Some("error"), None) => {
                case.0.error = Some(String::from_utf8_lossy(tensor.bytes()).into_owned())
            }
            _ => return Err(layout()),
        }
    }
    let mut result = Vec::new();
    for (number, (mut case, outputs)) in cases {
        if let Some((want, _)) = outputs.keys().enumerate().find(|(want, have)| want != *have) {
            return Err(fail(format!("case {number} has no output {want}, but a later one")));
        }
        case.number = number;
        case.outputs = outputs.into_values().collect();
        result.push(case);
    }
    if result.is_empty() {
        return Err(fail("it holds no case; cases are members I.in.NAME, with I from 0".to_string()));
    }
    Ok(result)
}

/// Writes a file of cases, all or nothing.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, cases: &[Case]) -> Result<(), Error> {
    let fail = |e: zip::result::ZipError| Error::Cases(format!("{}: {e}", path.display()));
    let io = |source| Error::Io { path: path.to_path_buf(), source };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    for case in cases {
        let number = case.number;
        let inputs = case.inputs.iter().map(|(name, tensor)| (format!("{number}.in.{name}.npy"), tensor));
        let outputs =
            case.outputs.iter().enumerate().map(|(k, tensor)| (format!("{number}.out.{k}.npy"), tensor));
        for (name, tensor) in inputs.chain(outputs) {
            archive.start_file(name, options).map_err(fail)?;
            archive.write_all(&npy::write(tensor)).map_err(io)?;
        }
        let text = case.error.as_ref().and_then(|e| Tensor::new(DType::U8, &[e.len()], e.as_bytes()));
        if let Some(text) = text {
            archive.start_file(format!("{number}.error.npy"), options).map_err(fail)?;
            archive.write_all(&npy::write(&text)).map_err(io)?;
        }
    }
    let bytes = archive.finish().map_err(fail)?.into_inner();
    crate::artifact::write_file(path, &bytes).map_err(io)
}

/// How close floats must be: `|a - b| <= atol + rtol * |b|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Relative to the expected value.
    pub rtol: f64,
    /// Absolute.
    pub atol: f64,
}

impl Default for Tolerance {
    fn default() -> Tolerance {
        Tolerance { rtol: 1e-3, atol: 1e-4 }
    }
}

/// How two tensors of one type and shape differ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Largest absolute difference of two floats.
    pub largest: f64,
    /// Number of elements that differ by more than the tolerance.
    pub outside: usize,
    /// The first of them.
    pub first: Option<usize>,
}

/// Compares a result with what was expected: integers and booleans exactly, floats within the tolerance; NaN equals NaN.
///
/// # Errors
/// If type or shape differ. A `bf16` result may be compared with `f32`, as which NumPy stores it.
pub fn compare(actual: &Tensor, expected: &Tensor, tolerance: Tolerance) -> Result<Difference, String> {
    let widened = actual.dtype() == DType::BF16 && expected.dtype() == DType::F32;
    if actual.dtype() != expected.dtype() && !widened {
        return Err(format!("type {} where {} was expected", actual.dtype(), expected.dtype()));
    }
    if actual.shape() != expected.shape() {
        return Err(format!("shape {:?} where {:?} was expected", actual.shape(), expected.shape()));
    }
    let mut difference = Difference::default();
    let size = expected.dtype().size();
    for i in 0..expected.len() {
        let close = if expected.dtype().is_float() {
            let (a, b) = (actual.get_f64(i), expected.get_f64(i));
            let distance = (a - b).abs();
            if distance.is_finite() {
                difference.largest = difference.largest.max(distance);
            }
            a == b
                || (a.is_nan() && b.is_nan())
                || (b.is_finite() && distance <= tolerance.atol + tolerance.rtol * b.abs())
        } else {
            actual.bytes()[i * size..(i + 1) * size] == expected.bytes()[i * size..(i + 1) * size]
        };
        if !close {
            difference.outside += 1;
            difference.first.get_or_insert(i);
        }
    }
    Ok(difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::f32(&[values.len()], values).expect("fits")
    }

    #[test]
    fn cases_read_back() {
        let scalar = Tensor::i64(&[], &[3]).expect("fits");
        let cases = vec![
            Case {
                number: 3,
                inputs: vec![("x".to_string(), tensor(&[1.0]))],
                outputs: vec![scalar.clone(), tensor(&[])],
                error: None,
            },
            Case {
                number: 12,
                inputs: vec![("x".to_string(), tensor(&[2.0])), ("a.b".to_string(), scalar)],
                outputs: vec![],
                error: Some("E: why".to_string()),
            },
        ];
        let path = std::env::temp_dir().join(format!("braid-cases-{}.npz", std::process::id()));
        write(&path, &cases).expect("writes");
        assert_eq!(read(&path).expect("reads"), cases);
        std::fs::write(&path, b"PK\x03\x04 nonsense").expect("writes");
        assert!(matches!(read(&path), Err(Error::Cases(_))));
        write(&path, &[]).expect("writes");
        assert!(read(&path).unwrap_err().to_string().contains("no case"));
        std::fs::remove_file(path).expect("removes");
    }

    /// Three gigabytes of zeros in three megabytes.
    #[test]
    fn a_file_of_zeros_does_not_take_all_memory() {
        let path = std::env::temp_dir().join(format!("braid-zeros-{}.npz", std::process::id()));
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).expect("creates"));
        archive.start_file("0.in.x.npy", zip::write::SimpleFileOptions::default()).expect("starts");
        for _ in 0..3 << 10 {
            archive.write_all(&[0; 1 << 20]).expect("writes");
        }
        archive.finish().expect("ends");
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("0.in.x.npy: the arrays are more than"), "{error}");
        std::fs::remove_file(path).expect("removes");
    }

    #[test]
    fn comparison_follows_the_contract() {
        let tolerance = Tolerance::default();
        let outside = |a: &Tensor, b: &Tensor| compare(a, b, tolerance).map(|d| d.outside);
        assert_eq!(outside(&tensor(&[1.0, f32::NAN]), &tensor(&[1.0005, f32::NAN])), Ok(0));
        assert_eq!(outside(&tensor(&[1.0, f32::NAN]), &tensor(&[1.01, 0.0])), Ok(2));
        assert_eq!(outside(&tensor(&[f32::INFINITY]), &tensor(&[f32::INFINITY])), Ok(0));
        assert_eq!(outside(&tensor(&[f32::INFINITY]), &tensor(&[f32::NEG_INFINITY])), Ok(1));
        let int = |v: i64| Tensor::i64(&[1], &[v]).expect("fits");
        assert_eq!(outside(&int(1_000_000), &int(1_000_001)), Ok(1));
        assert!(outside(&tensor(&[1.0]), &int(1)).is_err());
        assert!(outside(&tensor(&[1.0]), &tensor(&[1.0, 2.0])).is_err());
    }
}
