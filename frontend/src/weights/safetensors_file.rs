//! Safetensors: the published crate checks the header and every offset; here element types are mapped.

use super::{Refused, Weights, strided};
use braid_ir::DType;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use std::sync::Arc;

pub(super) fn read(bytes: &[u8]) -> Result<Weights, Refused> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| explain(bytes, &error))?;
    let mut weights = Weights::new();
    for (name, view) in file.iter() {
        let dtype = element_type(view.dtype()).ok_or_else(|| {
            Refused::new(format!(
                "the tensor `{name}` has elements of type {:?}, which Braid does not have",
                view.dtype()
            ))
            .help("convert it to one of the float or integer types when saving")
        })?;
        weights.insert(
            name.to_string(),
            Arc::new(strided::tensor(dtype, view.shape().to_vec(), view.data().to_vec())),
        );
    }
    weights.sort_keys();
    Ok(weights)
}

fn explain(bytes: &[u8], error: &SafeTensorError) -> Refused {
    // Only of a file that begins as one can its header say more.
    let begins_well = bytes.get(8) == Some(&b'{');
    match error {
        SafeTensorError::InvalidHeaderDeserialization(_) if begins_well => Refused::damaged(error),
        SafeTensorError::InvalidHeader(_)
        | SafeTensorError::InvalidHeaderDeserialization(_)
        | SafeTensorError::InvalidHeaderLength
        | SafeTensorError::HeaderTooLarge
        | SafeTensorError::HeaderTooSmall => {
            Refused::new("this is neither a safetensors file nor a PyTorch zip checkpoint")
                .help("give a .safetensors, .pt or .pth file; if it was one, write or download it again")
        }
        other => Refused::damaged(other),
    }
}

fn element_type(dtype: Dtype) -> Option<DType> {
    Some(match dtype {
        Dtype::BOOL => DType::Bool,
        Dtype::U8 => DType::U8,
        Dtype::I8 => DType::I8,
        Dtype::U16 => DType::U16,
        Dtype::I16 => DType::I16,
        Dtype::U32 => DType::U32,
        Dtype::I32 => DType::I32,
        Dtype::U64 => DType::U64,
        Dtype::I64 => DType::I64,
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        Dtype::F32 => DType::F32,
        Dtype::F64 => DType::F64,
        _ => return None,
    })
}
