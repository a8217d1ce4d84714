//! Giving a module its weights: checkpoints matched against `state_dict()`.

use super::contents::{set_storage, storage, tensor_arg, tensor_type};
use super::object::{StorageData, TensorObject, ViewStep};
use super::promote::converted;
use super::view::write_contents;
use crate::diagnostic::Diagnostic;
use crate::python::native::Unwind;
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;
use crate::weights::{self, Weights};
use braid_ir::{Tensor, TensorType};
use rustc_hash::FxHashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A count of training steps that batch normalisation keeps; it plays no part in inference and old files lack it.
const UNUSED: &str = "num_batches_tracked";

/// What does not fit, all of it.
#[derive(Default)]
struct Mismatch {
    missing: Vec<String>,
    unexpected: Vec<String>,
    wrong: Vec<String>,
}

/// Fills the tensors of a `state_dict()` from checkpoints, each with the attribute path that its names are relative to,
/// and names all weights.
///
/// # Errors
/// One diagnostic that lists every weight that is missing, unexpected or of the wrong shape.
pub fn load_weights(vm: &mut Vm, state: &Value, files: &[(Option<String>, PathBuf)]) -> Result<(), Unwind> {
    let entries = entries(vm, state);
    let mut given = Weights::default();
    let mut covered: Vec<String> = Vec::new();
    let mut mismatch = Mismatch::default();
    for (prefix, path) in files {
        if let Some(name) = prefix {
            known_submodule(name, &entries)?;
        }
        let prefix = prefix.as_ref().map(|prefix| format!("{prefix}.")).unwrap_or_default();
        let mut loaded = weights::load(path)?;
        match_wrappers(&mut loaded, &entries, &prefix);
        for (name, tensor) in loaded {
            given.insert(format!("{prefix}{name}"), tensor);
        }
        covered.push(prefix);
    }
    let mut filled: FxHashMap<ObjId, Arc<[ViewStep]>> = FxHashMap::default();
    let mut left = Vec::new();
    for (name, value) in &entries {
        let tensor = tensor_arg(vm, value)?;
        match given.shift_remove(name) {
            Some(data) => {
                assign(vm, name, &tensor, data, &mut mismatch)?;
                filled.insert(tensor.storage, tensor.view);
            }
            None if name.ends_with(UNUSED) => {}
            None => left.push((name, tensor)),
        }
    }
    for (name, tensor) in left {
        // Files of safetensors name a tensor once where the model has it under several names.
        let tied = filled.get(&tensor.storage) == Some(&tensor.view);
        let unknown = matches!(storage(vm, tensor.storage), StorageData::Poison { .. });
        if !tied && (unknown || covered.iter().any(|prefix| name.starts_with(prefix.as_str()))) {
            mismatch.missing.push(format!("{name} {}", tensor_type(vm, &tensor)));
        }
    }
    mismatch.unexpected.extend(given.keys().filter(|name| !name.ends_with(UNUSED)).cloned());
    mismatch.report(files.is_empty())?;
    for (name, value) in &entries {
        let tensor = tensor_arg(vm, value)?;
        if let StorageData::Const(data) = storage(vm, tensor.storage).clone() {
            vm.weights.name(&data, name);
        }
    }
    Ok(())
}

/// Refuses a NAME of `--weights NAME=FILE` under which the model has no weight.
fn known_submodule(name: &str, entries: &[(String, Value)]) -> Result<(), Diagnostic> {
    let below = |path: &str| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    if entries.iter().any(|(path, _)| below(path)) {
        return Ok(());
    }
    let mut parts: Vec<&str> =
        entries.iter().filter_map(|(path, _)| path.split_once('.')).map(|(part, _)| part).collect();
    parts.dedup();
    Err(Diagnostic::new(format!("--weights {name}=…: the model has no submodule {name} with weights"))
        .with_help(format!("submodules with weights are: {}", parts.join(", "))))
}

/// Names and tensors of a state dict.
fn entries(vm: &Vm, state: &Value) -> Vec<(String, Value)> {
    let Some(dict) = vm.as_dict(state) else { return vec![] };
    dict.iter().filter_map(|(key, value)| Some((vm.as_str(key)?.to_string(), value.clone()))).collect()
}

/// `nn.DataParallel` and `torch.compile` put a module of their own around the person's: its name is put before the file's
/// names or taken from them, where one has it and the other has not.
fn match_wrappers(loaded: &mut Weights, entries: &[(String, Value)], prefix: &str) {
    const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];
    // One around the other needs as many steps as there are.
    for wrapper in WRAPPERS.into_iter().chain(WRAPPERS) {
        let in_file = loaded.keys().filter(|name| name.starts_with(wrapper)).count();
        let expected = entries.iter().filter_map(|(name, _)| name.strip_prefix(prefix));
        let (with, without): (Vec<&str>, Vec<&str>) = expected.partition(|name| name.starts_with(wrapper));
        if in_file == loaded.len() && with.is_empty() {
            rename(loaded, |name| name[wrapper.len()..].to_owned());
        } else if in_file == 0 && without.is_empty() {
            rename(loaded, |name| format!("{wrapper}{name}"));
        }
    }
}

fn rename(loaded: &mut Weights, new: impl Fn(&str) -> String) {
    *loaded = std::mem::take(loaded).into_iter().map(|(name, tensor)| (new(&name), tensor)).collect();
}

/// Puts a checkpoint's tensor into a parameter or buffer, converted to its type.
fn assign(
    vm: &mut Vm,
    name: &str,
    tensor: &TensorObject,
    data: Arc<Tensor>,
    mismatch: &mut Mismatch,
) -> Result<(), Unwind> {
    let ty = tensor_type(vm, tensor);
    let found = TensorType::fixed(data.dtype(), data.shape());
    if found.shape != ty.shape {
        mismatch.wrong.push(format!("{name}: the model has {ty}, the file {found}"));
        return Ok(());
    }
    let contents = converted(vm, StorageData::Const(data), ty.dtype)?;
    if tensor.view.is_empty() {
        set_storage(vm, tensor.storage, contents);
        return Ok(());
    }
    write_contents(vm, tensor, contents)
}

impl Mismatch {
    fn report(self, no_files: bool) -> Result<(), Diagnostic> {
        let lists = [
            ("missing", self.missing),
            ("not in the model", self.unexpected),
            ("of another shape", self.wrong),
        ];
        let count: usize = lists.iter().map(|(_, names)| names.len()).sum();
        if count == 0 {
            return Ok(());
        }
        let (message, help) = if no_files {
            (
                format!("{count} weights have no values: they are initialised at random"),
                "give a checkpoint with --weights FILE, or NAME=FILE for a submodule",
            )
        } else {
            (
                format!("the weights do not fit the model: {count} names differ"),
                "check that --build makes the model that the checkpoint was saved from",
            )
        };
        let mut diagnostic = Diagnostic::new(message).with_help(help);
        for (what, names) in lists.iter().filter(|(_, names)| !names.is_empty()) {
            diagnostic = diagnostic.with_note(format!("{what}: {}", names.join(", ")), None);
        }
        Err(diagnostic)
    }
}
