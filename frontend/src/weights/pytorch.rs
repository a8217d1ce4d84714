//! PyTorch checkpoints: a pickle says which tensors there are, and the storages follow. In zip files the pickle is
//! `data.pkl` and the storages `data/N`; before version 1.6 all stood one after the other: three pickles about the format
//! and the machine, the one of the tensors, one that lists the storages' keys, and the storages, each after its length.

use super::pickle::{Id, Pickle, TensorRef, Value};
use super::{Refused, Weights};
use braid_ir::{DType, Tensor};
use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::rc::Rc;
use std::sync::Arc;
use zip::{CompressionMethod, ZipArchive};

/// How checkpoints began before they were zip files: protocol 2 and the number 0x1950a86a20f9469cfc6c.
pub(super) const LEGACY_MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// Keys under which training scripts put the state dict beside other things.
const WRAPPERS: [&str; 7] =
    ["state_dict", "model_state_dict", "model", "net", "module", "network", "weights"];

/// Tensors may repeat a storage (tied weights, expanded views), but all together no more than this many times the file.
const EXPANSION_MAX: usize = 16;

pub(super) fn read(bytes: &[u8]) -> Result<Weights, Refused> {
    let archive = Archive::open(bytes)?;
    let (pickle, root) = Pickle::load(archive.file("data.pkl")?)?;
    tensors(&pickle, root, bytes.len(), &|key| archive.file(&format!("data/{key}")))
}

/// Reads a checkpoint from before the zip files.
pub(super) fn read_legacy(bytes: &[u8]) -> Result<Weights, Refused> {
    let mut rest = bytes;
    for _ in ["magic number", "protocol", "machine"] {
        rest = Pickle::load(rest)?.0.rest();
    }
    let (pickle, root) = Pickle::load(rest)?;
    let (keys, list) = Pickle::load(pickle.rest())?;
    let types: HashMap<&str, DType> = pickle.storages().collect();
    let mut rest = keys.rest();
    let mut found: HashMap<&str, &[u8]> = HashMap::new();
    let ends_early = || Refused::damaged("its storages end early");
    for key in keys.strs(list).ok_or_else(|| Refused::damaged("it does not list its storages"))? {
        let (length, after) = rest.split_first_chunk().ok_or_else(ends_early)?;
        let dtype = types
            .get(key)
            .ok_or_else(|| Refused::damaged(format!("nothing refers to its storage `{key}`")))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok();
        let length = length.and_then(|length| length.checked_mul(dtype.size())).ok_or_else(ends_early)?;
        let (storage, after) = after.split_at_checked(length).ok_or_else(ends_early)?;
        found.insert(key, storage);
        rest = after;
    }
    tensors(&pickle, root, bytes.len(), &|key| {
        found.get(key).copied().ok_or_else(|| Refused::damaged(format!("it has no storage `{key}`")))
    })
}

/// A storage's bytes by its key.
type Find<'f, 'b> = &'f dyn Fn(&str) -> Result<&'b [u8], Refused>;

/// The tensors that a pickle names, in a file of this many bytes.
fn tensors(pickle: &Pickle, root: Id, bytes: usize, find: Find) -> Result<Weights, Refused> {
    let entries = state_dict(pickle, root)?;
    let mut storages = Storages { find, made: HashMap::new(), left: bytes.saturating_mul(EXPANSION_MAX) };
    let mut weights = Weights::new();
    for (name, tensor) in entries {
        weights.insert(name.to_string(), storages.tensor(name, tensor)?);
    }
    Ok(weights)
}

/// The named tensors: the root's own, or those of the one dict in it that holds the weights.
fn state_dict<'p>(pickle: &'p Pickle, root: Id) -> Result<Vec<(&'p str, &'p TensorRef)>, Refused> {
    let mut dict = root;
    let mut seen = HashSet::new();
    loop {
        let Some(tensors) = named_tensors(pickle, dict) else {
            let help = "save the module's state_dict() with torch.save";
            return Err(Refused::new("the checkpoint does not hold a dict of tensors").help(help));
        };
        let inner: Vec<(&str, Id)> =
            named(pickle, dict).filter(|(_, value)| matches!(pickle.get(*value), Value::Dict(_))).collect();
        let mut wrapped: Vec<(&str, Id)> =
            inner.iter().filter(|(key, _)| WRAPPERS.contains(key)).copied().collect();
        if wrapped.is_empty() && tensors.is_empty() {
            // Under a name that nobody could foresee.
            let holds_tensors = |dict| named_tensors(pickle, dict).is_some_and(|tensors| !tensors.is_empty());
            wrapped = inner.into_iter().filter(|&(_, value)| holds_tensors(value)).collect();
        }
        match wrapped.as_slice() {
            [] => return Ok(tensors),
            [(_, inner)] if seen.insert(*inner) => dict = *inner,
            [_] => return Err(Refused::damaged("a dict in its pickle contains itself")),
            _ => {
                let names: Vec<String> = wrapped.iter().map(|(name, _)| format!("`{name}`")).collect();
                return Err(Refused::new(format!(
                    "the checkpoint holds several state dicts: {}",
                    names.join(", ")
                ))
                .help("save the one that is meant into a file of its own"));
            }
        }
    }
}

/// The entries of a dict whose keys are texts; none if it is no dict.
fn named<'p>(pickle: &'p Pickle, dict: Id) -> impl Iterator<Item = (&'p str, Id)> {
    let entries = match pickle.get(dict) {
        Value::Dict(entries) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().filter_map(|&(key, value)| Some((pickle.str(key)?, value)))
}

/// The tensors of a dict, if the value is one.
fn named_tensors<'p>(pickle: &'p Pickle, dict: Id) -> Option<Vec<(&'p str, &'p TensorRef)>> {
    let tensors = named(pickle, dict).filter_map(|(key, value)| match pickle.get(value) {
        Value::Tensor(tensor) => Some((key, tensor)),
        _ => None,
    });
    matches!(pickle.get(dict), Value::Dict(_)).then(|| tensors.collect())
}

/// The zip file: where each member's bytes lie. `torch.save` writes everything under one folder, uncompressed.
struct Archive<'a> {
    bytes: &'a [u8],
    members: HashMap<String, (usize, usize)>,
}

impl<'a> Archive<'a> {
    fn open(bytes: &'a [u8]) -> Result<Archive<'a>, Refused> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(Refused::damaged)?;
        let mut members = HashMap::new();
        let mut pickles = Vec::new();
        if zip.file_names().flatten().any(|name| name.ends_with("/constants.pkl")) {
            return Err(Refused::new("this is a TorchScript archive, not a checkpoint")
                .help("save the module's state_dict() with torch.save"));
        }
        for index in 0..zip.len() {
            let member = zip.by_index_raw(index).map_err(Refused::damaged)?;
            if member.compression() != CompressionMethod::Stored {
                return Err(Refused::new(
                    "the checkpoint's members are compressed, which torch.save never does",
                )
                .help("save it again with torch.save"));
            }
            let start = member.data_start().and_then(|start| usize::try_from(start).ok());
            let range = start
                .zip(usize::try_from(member.compressed_size()).ok())
                .and_then(|(start, size)| Some((start, start.checked_add(size)?)))
                .filter(|&(_, end)| end <= bytes.len())
                .ok_or_else(|| Refused::damaged("a member lies outside the file"))?;
            let name = member.name().map_err(Refused::damaged)?.into_owned();
            if name == "data.pkl" || name.ends_with("/data.pkl") {
                pickles.push(name.clone());
            }
            members.insert(name, range);
        }
        let [pickle] = pickles.as_slice() else {
            return Err(Refused::new("this zip file is not a PyTorch checkpoint: it has no data.pkl")
                .help("give a file that torch.save wrote, or a .safetensors file"));
        };
        let folder = pickle.trim_end_matches("data.pkl");
        let members: HashMap<String, (usize, usize)> = members
            .iter()
            .filter_map(|(name, range)| Some((name.strip_prefix(folder)?.to_string(), *range)))
            .collect();
        let archive = Archive { bytes, members };
        if members_say_big_endian(&archive) {
            return Err(Refused::new("the checkpoint was written on a big-endian machine")
                .help("load and save it again on a little-endian machine, or as a .safetensors file"));
        }
        Ok(archive)
    }

    fn file(&self, name: &str) -> Result<&'a [u8], Refused> {
        let (start, end) =
            self.members.get(name).ok_or_else(|| Refused::damaged(format!("it has no member `{name}`")))?;
        Ok(&self.bytes[*start..*end])
    }
}

fn members_say_big_endian(archive: &Archive) -> bool {
    archive.file("byteorder").is_ok_and(|order| order == b"big")
}

/// Makes tensors out of storages, each distinct view once.
struct Storages<'f, 'b> {
    find: Find<'f, 'b>,
    made: HashMap<(Rc<str>, DType, super::strided::Layout), Arc<Tensor>>,
    /// How many bytes may still be made.
    left: usize,
}

impl Storages<'_, '_> {
    fn tensor(&mut self, name: &str, tensor: &TensorRef) -> Result<Arc<Tensor>, Refused> {
        let key = (tensor.key.clone(), tensor.dtype, tensor.layout.clone());
        if let Some(made) = self.made.get(&key) {
            return Ok(made.clone());
        }
        let bytes = tensor.layout.count().and_then(|count| count.checked_mul(tensor.dtype.size()));
        self.left = bytes.and_then(|bytes| self.left.checked_sub(bytes)).ok_or_else(|| {
            Refused::damaged(format!(
                "its tensors, up to `{name}`, are more than {EXPANSION_MAX} times as large as the file"
            ))
        })?;
        let storage = (self.find)(&tensor.key)?;
        let made = tensor.layout.read(tensor.dtype, storage).map_err(|mut refused| {
            refused.message.push_str(&format!(" (`{name}`)"));
            refused
        })?;
        let made = Arc::new(made);
        self.made.insert(key, made.clone());
        Ok(made)
    }
}
