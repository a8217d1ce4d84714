//! NumPy's `.npy` format, versions 1 to 3: read in either order of dimensions and of bytes, written row-major and
//! little-endian.

use crate::tensor::{DType, Tensor, byte_count};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// NumPy's name of an element type; it has none for `bf16`.
fn descr(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::Bool => "|b1",
        DType::U8 => "|u1",
        DType::U16 => "<u2",
        DType::U32 => "<u4",
        DType::U64 => "<u8",
        DType::I8 => "|i1",
        DType::I16 => "<i2",
        DType::I32 => "<i4",
        DType::I64 => "<i8",
        DType::F16 => "<f2",
        DType::F32 => "<f4",
        DType::F64 => "<f8",
        DType::BF16 => return None,
    })
}

/// The value of a key of the header, a Python dict literal: from after the colon to `end`.
fn field<'a>(header: &'a str, key: &str, end: char) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    let rest = rest.trim_start();
    Some(rest[..rest.find(end)?].trim())
}

/// Reads a tensor.
///
/// # Errors
/// What the file has that is not supported, or that it is malformed.
pub(crate) fn read(bytes: &[u8]) -> Result<Tensor, String> {
    let malformed = || "not a NumPy array (.npy)".to_string();
    if bytes.len() < 12 || &bytes[..6] != MAGIC {
        return Err(malformed());
    }
    let (start, length) = match bytes[6] {
        1 => (10, usize::from(u16::from_le_bytes([bytes[8], bytes[9]]))),
        2 | 3 => (12, u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize),
        other => return Err(format!("version {other} of the .npy format is not known")),
    };
    let header =
        bytes.get(start..start + length).and_then(|h| std::str::from_utf8(h).ok()).ok_or_else(malformed)?;
    let name = field(header, "descr", ',').ok_or_else(malformed)?.trim_matches('\'');
    // `=` and `|` say that the order does not matter or is this machine's.
    let kind = name.strip_prefix(['<', '>', '|', '=']);
    let dtype = DType::ALL
        .into_iter()
        .find(|&d| descr(d).is_some_and(|known| Some(&known[1..]) == kind))
        // What NumPy makes of the `bfloat16` of `ml_dtypes`.
        .or_else(|| (kind == Some("V2")).then_some(DType::BF16))
        .ok_or_else(|| {
            let known: Vec<&str> = DType::ALL.iter().filter_map(|d| descr(*d)).map(|d| &d[1..]).collect();
            format!("elements of NumPy type {name} are not supported, only {}", known.join(" "))
        })?;
    let fortran = match field(header, "fortran_order", ',') {
        Some("False") => false,
        Some("True") => true,
        _ => return Err(malformed()),
    };
    let shape = field(header, "shape", ')').and_then(|s| s.strip_prefix('(')).ok_or_else(malformed)?;
    let shape: Option<Vec<usize>> =
        shape.split(',').map(str::trim).filter(|s| !s.is_empty()).map(|s| s.parse().ok()).collect();
    let shape = shape.ok_or_else(malformed)?;
    let count = byte_count(dtype, &shape).ok_or_else(|| format!("the shape {shape:?} is too large"))?;
    let data = &bytes[start + length..];
    if data.len() != count {
        return Err(format!("the array's data are {} bytes where its shape needs {count}", data.len()));
    }
    let size = dtype.size();
    let mut data = if fortran { row_major(data, &shape, size) } else { data.to_vec() };
    if name.starts_with('>') {
        data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    Tensor::new(dtype, &shape, &data).ok_or_else(malformed)
}

/// Elements of `size` bytes with the first dimension fastest, reordered so that the last is.
fn row_major(data: &[u8], shape: &[usize], size: usize) -> Vec<u8> {
    if data.is_empty() {
        return vec![];
    }
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for dim in shape {
        strides.push(stride);
        stride *= dim;
    }
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    let mut out = Vec::with_capacity(data.len());
    for _ in 0..data.len() / size {
        out.extend_from_slice(&data[at * size..(at + 1) * size]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    out
}

/// Writes a tensor; `bf16`, which NumPy lacks, as `f32`.
pub(crate) fn write(tensor: &Tensor) -> Vec<u8> {
    let widened: Vec<u8>;
    let (name, data) = match descr(tensor.dtype()) {
        Some(name) => (name, tensor.bytes()),
        None => {
            widened = (0..tensor.len()).flat_map(|i| (tensor.get_f64(i) as f32).to_le_bytes()).collect();
            ("<f4", &widened[..])
        }
    };
    let mut shape: String = tensor.shape().iter().map(|d| format!("{d}, ")).collect();
    if tensor.shape().len() > 1 {
        shape.truncate(shape.len() - 2);
    }
    let mut header =
        format!("{{'descr': '{name}', 'fortran_order': False, 'shape': ({}), }}", shape.trim_end());
    // The data start at a multiple of 64, as NumPy has it.
    let unpadded = 10 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let mut bytes = Vec::with_capacity(10 + header.len() + data.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_read_back() {
        for shape in [vec![], vec![3], vec![2, 3], vec![0, 4], vec![1, 1, 5]] {
            let count: usize = shape.iter().product();
            for dtype in DType::ALL.into_iter().filter(|d| descr(*d).is_some()) {
                let bytes: Vec<u8> = (0..count * dtype.size()).map(|i| (i % 2) as u8).collect();
                let tensor = Tensor::new(dtype, &shape, &bytes).expect("fits");
                assert_eq!(read(&write(&tensor)), Ok(tensor));
            }
        }
    }

    #[test]
    fn malformed_arrays_are_refused() {
        let good = write(&Tensor::f32(&[2, 2], &[1.0, 2.0, 3.0, 4.0]).expect("fits"));
        for length in 0..good.len() {
            assert!(read(&good[..length]).is_err());
        }
        let text = |from: &str, to: &str| {
            let at = good.windows(from.len()).position(|w| w == from.as_bytes()).expect("there");
            [&good[..at], to.as_bytes(), &good[at + from.len()..]].concat()
        };
        let values = |bytes: &[u8]| {
            let tensor = read(bytes).expect("reads");
            (0..4).map(|i| tensor.get_f64(i)).collect::<Vec<f64>>()
        };
        assert_eq!(values(&text("False", "True ")), [1.0, 3.0, 2.0, 4.0]);
        let mut swapped = text("<f4", ">f4");
        let data = swapped.len() - 16;
        swapped[data..].chunks_exact_mut(4).for_each(<[u8]>::reverse);
        assert_eq!(values(&swapped), [1.0, 2.0, 3.0, 4.0]);
        let half = read(&text("'<f4'", "'|V2'")[..good.len() - 8]).expect("reads");
        assert_eq!((half.dtype(), half.shape()), (DType::BF16, &[2, 2][..]));
        assert!(read(&[good.clone(), vec![0]].concat()).is_err());
        assert!(read(&text("(2, 2)", "(2,99)")).unwrap_err().contains("data are 16 bytes"));
        assert!(read(&text("'<f4'", "'|O' ")).unwrap_err().contains("|O"));
        assert!(read(&text("<f4", "<U4")).is_err());
        assert!(read(&text("(2, 2)", "(2, x)")).is_err());
    }
}
