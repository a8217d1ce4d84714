//! Checkpoints: safetensors files and PyTorch's `.pt`/`.pth` zip files, as tensors by name.
//!
//! Nothing of a checkpoint is ever executed: [`pickle`] is an interpreter of a whitelist. Memory is bounded by a small
//! multiple of the file's size, whatever its bytes say. Matching names against a model is the Python front end's part.

mod pickle;
mod pytorch;
mod safetensors_file;
mod strided;

use crate::diagnostic::Diagnostic;
use braid_ir::Tensor;
use indexmap::IndexMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Tensors by name, in the file's order. A storage that several names share is one tensor.
pub type Weights = IndexMap<String, Arc<Tensor>>;

/// Reads a checkpoint. The format is told from the bytes, not from the name.
///
/// # Errors
/// If the file cannot be read, is damaged, holds an element type that Braid does not have, or asks for anything off the
/// pickle whitelist.
pub fn load(path: &Path) -> Result<Weights, Diagnostic> {
    let shown = path.display();
    let cannot = |e: std::io::Error| Diagnostic::new(format!("cannot read the weights {shown}: {e}"));
    let file = File::open(path).map_err(cannot)?;
    if file.metadata().map_err(cannot)?.is_dir() {
        return Err(Diagnostic::new(format!("cannot read the weights {shown}: it is a folder"))
            .with_help("give a .safetensors, .pt or .pth file"));
    }
    // SAFETY: the map is read only and private to this call. A process that truncates the file meanwhile could make a
    // read fault, as with every memory-mapped reader; checkpoints are written once.
    let bytes = unsafe { memmap2::Mmap::map(&file) }.map_err(cannot)?;
    read(&bytes).map_err(|Refused { message, help }| {
        let diagnostic = Diagnostic::new(format!("{shown}: {message}"));
        match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    })
}

/// Reads a checkpoint from its bytes. A safetensors file begins with the length of its header, eight bytes which may look
/// like the beginning of a pickle, and then the header, in JSON.
fn read(bytes: &[u8]) -> Result<Weights, Refused> {
    if bytes.starts_with(b"PK\x03\x04") {
        pytorch::read(bytes)
    } else if bytes.starts_with(pytorch::LEGACY_MAGIC) {
        pytorch::read_legacy(bytes)
    } else if is_tar(bytes) {
        Err(Refused::new("this is PyTorch's oldest checkpoint format, a tar file from before version 0.4")
            .help("load it in Python and save it again with torch.save, or as a .safetensors file"))
    } else if bytes.get(8) == Some(&b'{') {
        // A header after its length, whose first byte may be anything, a pickle's included.
        safetensors_file::read(bytes)
    } else if bytes.starts_with(b"\x80") && bytes.get(8) != Some(&b'{') {
        Err(Refused::new("this is a bare pickle, not a checkpoint that torch.save wrote")
            .help("save the module's state_dict() with torch.save, or as a .safetensors file"))
    } else {
        safetensors_file::read(bytes)
    }
}

/// Whether the bytes are a tar file (PyTorch before 0.4 wrote such).
fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Why a checkpoint cannot be taken; [`load`] adds the file's name.
#[derive(Debug)]
struct Refused {
    message: String,
    help: Option<String>,
}

impl Refused {
    fn new(message: impl Into<String>) -> Refused {
        Refused { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Refused {
        self.help = Some(help.into());
        self
    }

    /// A file whose bytes contradict themselves.
    fn damaged(what: impl std::fmt::Display) -> Refused {
        Refused::new(format!("the checkpoint is damaged: {what}")).help("write or download the file again")
    }
}

#[cfg(test)]
mod tests;
