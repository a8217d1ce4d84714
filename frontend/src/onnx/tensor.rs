//! Constant tensors of a model: element types, the ways in which elements are stored, and files beside the model.
//!
//! No size is believed before the bytes that it asks for have been counted, and a file beside the model is read only if
//! it is a plain file inside the model's folder, reached through no link.

use super::proto;
use braid_ir::{DType, Tensor};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

/// How elements of an ONNX type are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// As elements of a type of Braid's own.
    Plain(DType),
    /// As codes of so many bits, each in a `u8`: the narrow floats and integers, which can be stored and converted.
    Coded(u8),
    /// Not at all.
    Refused,
}

/// The ONNX element types (`TensorProto.DataType`): number, name, and how Braid holds them.
pub const ELEMENT_TYPES: &[(i32, &str, Held)] = &[
    (1, "float", Held::Plain(DType::F32)),
    (2, "uint8", Held::Plain(DType::U8)),
    (3, "int8", Held::Plain(DType::I8)),
    (4, "uint16", Held::Plain(DType::U16)),
    (5, "int16", Held::Plain(DType::I16)),
    (6, "int32", Held::Plain(DType::I32)),
    (7, "int64", Held::Plain(DType::I64)),
    (8, "string", Held::Refused),
    (9, "bool", Held::Plain(DType::Bool)),
    (10, "float16", Held::Plain(DType::F16)),
    (11, "double", Held::Plain(DType::F64)),
    (12, "uint32", Held::Plain(DType::U32)),
    (13, "uint64", Held::Plain(DType::U64)),
    (14, "complex64", Held::Refused),
    (15, "complex128", Held::Refused),
    (16, "bfloat16", Held::Plain(DType::BF16)),
    (17, "float8e4m3fn", Held::Coded(8)),
    (18, "float8e4m3fnuz", Held::Coded(8)),
    (19, "float8e5m2", Held::Coded(8)),
    (20, "float8e5m2fnuz", Held::Coded(8)),
    (21, "uint4", Held::Coded(4)),
    (22, "int4", Held::Coded(4)),
    (23, "float4e2m1", Held::Coded(4)),
    (24, "float8e8m0", Held::Coded(8)),
    (25, "uint2", Held::Coded(2)),
    (26, "int2", Held::Coded(2)),
];

/// How elements of the type of this number are held.
///
/// # Errors
/// If there is no such type, or Braid does not compute with it.
pub fn held(number: i32) -> Result<Held, String> {
    match ELEMENT_TYPES.iter().find(|(code, ..)| *code == number) {
        Some((_, name, Held::Refused)) => Err(format!("elements of type {name} are not supported")),
        Some((.., held)) => Ok(*held),
        None => Err(format!("there is no element type {number}")),
    }
}

/// A constant tensor; of a coded type, the codes as `u8`. `folder` is the model's, for elements that are in files of
/// their own.
///
/// # Errors
/// An unknown or unsupported type; dimensions that are negative or do not fit the elements; a file that is missing, too
/// short or outside of the folder.
pub fn read(tensor: &proto::Tensor, folder: Option<&Path>) -> Result<Tensor, String> {
    let held = held(tensor.data_type)?;
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let shape = shape.ok_or_else(|| format!("a dimension of {:?} is negative", tensor.dims))?;
    let count = shape.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
    // A dimension of 0 does not make the product of the others small enough to count.
    let count = count.filter(|&count| count <= isize::MAX as usize);
    let count = count.ok_or_else(|| format!("the dimensions {:?} are too large", tensor.dims))?;
    match held {
        Held::Plain(dtype) => {
            let size = dtype.size();
            let bytes = elements(tensor, count, size as u64 * 8, folder)?;
            Ok(Tensor::new(dtype, shape, bytes))
        }
        Held::Coded(bits) => {
            let packed = elements(tensor, count, u64::from(bits), folder)?;
            let per_byte = 8 / usize::from(bits);
            let mask = (0xffu16 >> (8 - bits)) as u8;
            let code = |i: usize| packed[i / per_byte] >> (i % per_byte * usize::from(bits)) & mask;
            Ok(Tensor::new(DType::U8, shape, (0..count).map(code).collect()))
        }
        Held::Refused => unreachable!("`held` has refused it"),
    }
}

/// The elements' bytes, little-endian; elements of less than a byte are packed, the first into the lowest bits.
fn elements(
    tensor: &proto::Tensor,
    count: usize,
    bits: u64,
    folder: Option<&Path>,
) -> Result<Vec<u8>, String> {
    let expected = usize::try_from((count as u128 * u128::from(bits)).div_ceil(8))
        .map_err(|_| format!("the dimensions {:?} are too large", tensor.dims))?;
    let fits = |found: usize| {
        if found == expected {
            Ok(())
        } else {
            let dims = &tensor.dims;
            Err(format!("its dimensions {dims:?} ask for {expected} bytes of elements, but it has {found}"))
        }
    };
    if tensor.data_location == 1 {
        return external(tensor, expected, folder);
    }
    if !tensor.raw_data.is_empty() {
        fits(tensor.raw_data.len())?;
        return Ok(tensor.raw_data.clone());
    }
    let bytes: Vec<u8> = match tensor.data_type {
        1 => tensor.float_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        7 => tensor.int64_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        11 => tensor.double_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        12 => tensor.uint64_data.iter().flat_map(|&v| (v as u32).to_le_bytes()).collect(),
        13 => tensor.uint64_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        // One entry for each element, or for the elements of one packed byte.
        _ => {
            let width = (bits as usize).div_ceil(8);
            tensor.int32_data.iter().flat_map(|v| v.to_le_bytes().into_iter().take(width)).collect()
        }
    };
    fits(bytes.len())?;
    Ok(bytes)
}

/// Elements that are in a file beside the model.
fn external(tensor: &proto::Tensor, expected: usize, folder: Option<&Path>) -> Result<Vec<u8>, String> {
    let entry =
        |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let number = |key: &str, default: u64| match entry(key) {
        Some(text) => text.parse::<u64>().map_err(|_| format!("its {key} `{text}` in a file is no number")),
        None => Ok(default),
    };
    let location = entry("location").ok_or("it is in a file of its own that is not named")?;
    let folder = folder.ok_or("it is in a file of its own, and the model has no folder")?;
    let (offset, length) = (number("offset", 0)?, number("length", expected as u64)?);
    if length != expected as u64 {
        let dims = &tensor.dims;
        return Err(format!(
            "its dimensions {dims:?} ask for {expected} bytes of elements, but it names {length}"
        ));
    }
    let mut file = open_inside(folder, location)?;
    let have = file.metadata().map_err(|error| format!("cannot read {location}: {error}"))?.len();
    if offset.checked_add(length).is_none_or(|end| end > have) {
        return Err(format!("{location} has {have} bytes, too few for {length} from {offset} on"));
    }
    let mut bytes = vec![0; expected];
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|error| format!("cannot read {location}: {error}"))?;
    Ok(bytes)
}

/// Opens a plain file inside a folder.
fn open_inside(folder: &Path, location: &str) -> Result<File, String> {
    let outside = || format!("its file `{location}` is not a path inside the model's folder");
    let mut path = folder.to_path_buf();
    for component in Path::new(location).components() {
        match component {
            Component::CurDir => continue,
            Component::Normal(part) => path.push(part),
            _ => return Err(outside()),
        }
        let data =
            std::fs::symlink_metadata(&path).map_err(|error| format!("cannot read {location}: {error}"))?;
        if data.is_symlink() {
            return Err(format!("its file `{location}` is reached through a link, which is not followed"));
        }
    }
    if !path.is_file() {
        return Err(format!("its file `{location}` is no plain file"));
    }
    File::open(&path).map_err(|error| format!("cannot read {location}: {error}"))
}

/// A sparse tensor with its zeros.
///
/// # Errors
/// As [`read`]; indices outside of the shape; a shape of more than [`DENSE_MAX`] elements.
pub fn read_sparse(sparse: &proto::SparseTensor, folder: Option<&Path>) -> Result<Tensor, String> {
    let values = read(sparse.values.as_ref().ok_or("it has no values")?, folder)?;
    let indices = read(sparse.indices.as_ref().ok_or("it has no indices")?, folder)?;
    let shape: Option<Vec<usize>> = sparse.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let count = |shape: &Vec<usize>| {
        let count = shape.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
        count.filter(|&count| count <= DENSE_MAX)
    };
    let shape = shape.filter(|shape| count(shape).is_some());
    let shape = shape.ok_or_else(|| format!("its dimensions {:?} are negative or too large", sparse.dims))?;
    let found = values.len();
    let coordinates = match indices.shape() {
        [n] if *n == found => None,
        [n, rank] if *n == found && *rank == shape.len() => Some(shape.len()),
        other => return Err(format!("its indices are of shape {other:?}")),
    };
    let mut dense = Tensor::zeros(values.dtype(), shape.clone());
    for i in 0..found {
        let at = match coordinates {
            None => Some(indices.get(i).as_i128()),
            Some(rank) => (0..rank).try_fold(0i128, |at, dim| {
                let index = indices.get(i * rank + dim).as_i128();
                (0..shape[dim] as i128).contains(&index).then(|| at * shape[dim] as i128 + index)
            }),
        };
        let at = at.and_then(|at| usize::try_from(at).ok()).filter(|&at| at < dense.len());
        dense.set(at.ok_or("an index is outside of its shape")?, values.get(i));
    }
    Ok(dense)
}

/// Sparse tensors of more elements are refused: their bytes in the file do not bound the memory that they would take.
const DENSE_MAX: usize = 1 << 28;
