//! Kernels for AMD: MLIR text of the `gpu` dialect to code objects, by LLVM and its linker, without a file of AMD's.
//!
//! A code object holds a kernel's machine code, its descriptor and notes on what it needs. Where the notes and what the runtime
//! would pass differ, there is no code. Nothing made here has been executed: there was no such device.

mod notes;

pub use notes::{Argument, Notes, read};

use super::Assembled;
use crate::kernel::KernelError;
use crate::kernel::mlir::Compiler;
use braid_runtime::manifest::Kernel;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// A chip.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) name: &'static str,
    /// Threads that execute together. Subgroups of kernels are 32 threads, so a wave holds one or two of them.
    pub(super) wave: u32,
}

/// The chips that code is generated for.
pub(super) const CHIPS: &[Chip] = &[
    Chip { name: "gfx90a", wave: 64 },
    Chip { name: "gfx942", wave: 64 },
    Chip { name: "gfx1100", wave: 32 },
];

/// The chip of this name.
pub(super) fn chip(name: &str) -> Option<&'static Chip> {
    CHIPS.iter().find(|chip| chip.name == name)
}

/// The functions of AMD's device library that MLIR calls, each an instruction here.
const LIBRARY: [&str; 2] = ["ceil", "floor"];

/// Those functions as functions of a `gpu.module`, to be inlined.
fn library() -> String {
    let mut text = String::new();
    for name in LIBRARY {
        for ty in ["f32", "f64"] {
            writeln!(
                text,
                "  llvm.func internal @__ocml_{name}_{ty}(%0: {ty}) -> {ty} attributes {{passthrough = [\"alwaysinline\"]}} {{\n    \
                 %r = llvm.call_intrinsic \"llvm.{name}.{ty}\"(%0) : ({ty}) -> {ty}\n    llvm.return %r : {ty}\n  }}"
            )
            .expect("writing to a string");
        }
    }
    text
}

/// The code object of a kernel with this text: the body of a `gpu.module`.
///
/// # Errors
/// If there is no linker, or MLIR or LLVM refuse the text or make something else of it, which is a mistake of this backend's.
pub(super) fn assemble(
    compiler: &Compiler,
    kernel: &Kernel,
    body: &str,
    chip: &Chip,
) -> Result<Assembled, KernelError> {
    let name = chip.name;
    // Kernels that say how many workgroups must fit at once need many registers. LLVM would rather spill some of them than have fewer
    // waves, unless it is told that one will do.
    let told = body.split_once(", nvvm.minctasm = ").and_then(|(before, rest)| {
        let (_, after) = rest.split_once(' ')?;
        Some(format!("{before}, rocdl.waves_per_eu = 1 {after}"))
    });
    let body = told.as_deref().unwrap_or(body);
    let text = format!("module {{\ngpu.module @kernels {{\n{}{body}\n}}\n}}", library());
    let pipeline = format!(
        "builtin.module(\
         rocdl-attach-target{{chip={name} abi=500 O=3}},\
         gpu.module(convert-scf-to-cf,convert-vector-to-llvm,\
         convert-gpu-to-rocdl{{chipset={name} use-bare-ptr-memref-call-conv=true runtime=HIP}},convert-math-to-llvm,\
         canonicalize,cse,reconcile-unrealized-casts),\
         gpu-module-to-binary{{format=llvm}})"
    );
    let object = compiler.amd_object(&kernel.name, &text, &pipeline, name)?;
    let code = link(&object)?;
    let notes = read(&code).and_then(|notes| differs(&notes, kernel, chip).map_or(Ok(notes), Err));
    let notes =
        notes.map_err(|why| KernelError::Internal(format!("the code object of {}: {why}", kernel.name)))?;
    Ok(Assembled { code, registers: Some((notes.vgprs, notes.private_bytes)) })
}

/// In what a code object is not for the kernel that the runtime would launch.
fn differs(notes: &Notes, kernel: &Kernel, chip: &Chip) -> Option<String> {
    let words = kernel.buffers + kernel.ints;
    let argument = |number| {
        let kind = if number < kernel.buffers { "global_buffer" } else { "by_value" };
        Argument { kind: kind.to_string(), offset: 8 * number, bytes: 8 }
    };
    let arguments: Vec<Argument> = (0..words).map(argument).collect();
    let told = [
        ("its name", notes.name == kernel.name && notes.symbol == format!("{}.kd", kernel.name)),
        ("its chip", notes.target == format!("amdgcn-amd-amdhsa--{}", chip.name)),
        ("its arguments", notes.arguments == arguments && notes.argument_bytes == 8 * words),
        ("its workgroup", notes.workgroup == kernel.workgroup),
        ("its workgroup memory", notes.workgroup_bytes >= kernel.shared_bytes && !notes.dynamic_stack),
        ("its waves", notes.wave == chip.wave),
    ];
    let wrong = told.into_iter().find(|(_, right)| !right)?.0;
    Some(format!("{wrong} is another: {notes:?}, expected {kernel:?}"))
}

/// LLVM's linker: the file that `BRAID_LLD` names, or one on the path.
pub fn linker() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("BRAID_LLD") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = ["ld.lld-22", "ld.lld"]
        .into_iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// An object file as a code object, which the driver can load.
fn link(object: &[u8]) -> Result<Vec<u8>, KernelError> {
    static FOLDERS: AtomicU64 = AtomicU64::new(0);
    let linker = linker().ok_or(KernelError::NoLinker)?;
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("braid-link-{}-{number}", std::process::id()));
    let failed = |why: String| KernelError::Linker { linker: linker.display().to_string(), why };
    let code = std::fs::create_dir(&folder)
        .map_err(|e| failed(format!("{}: {e}", folder.display())))
        .and_then(|()| linked(&linker, object, &folder).map_err(failed));
    // What cannot be removed from a folder for temporary files is not worth a word.
    let _ = std::fs::remove_dir_all(&folder);
    code
}

fn linked(linker: &Path, object: &[u8], folder: &Path) -> Result<Vec<u8>, String> {
    let (from, to) = (folder.join("kernel.o"), folder.join("kernel.hsaco"));
    std::fs::write(&from, object).map_err(|e| format!("{}: {e}", from.display()))?;
    let mut command = Command::new(linker);
    command.args(["-shared", "--no-undefined", "--threads=1"]).arg(&from).arg("-o").arg(&to);
    let output = command.output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim_end().to_string());
    }
    std::fs::read(&to).map_err(|e| format!("{}: {e}", to.display()))
}
