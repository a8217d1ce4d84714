//! NVIDIA's assembler on every kernel of the models, and of layers and products of usual sizes, for every chip that code is generated
//! for: it takes them, nothing is spilled, and kernels that wait for memory leave registers for twice as many threads as fit at the most.
//!
//! The assembler is `ptxas`: the file that `BRAID_PTXAS` names, or one on the path. Without one, everything is skipped by name.

use braid::runtime::manifest::Kernel;
use braid_backend::device::{self, DeviceCode, ptxas};
use braid_ir::Net;
use braid_tests::subject;
use braid_tests::suite::{self, Named};
use braid_tests::workload::{self, Workload};
use std::path::Path;

/// The chips.
const CHIPS: [&str; 4] = ["sm_80", "sm_90", "sm_90a", "sm_100"];
/// Registers of a thread with which half of the threads that a multiprocessor can hold find room.
const REGISTERS_MAX: u32 = 64;
/// A launch with less to compute for each byte of its buffers waits for memory on any of the chips, which compute 10 to 20 operations of
/// single precision in the time that a byte takes.
const FLOPS_PER_BYTE: i64 = 8;
/// LLVM joins accesses to neighbours in workgroup memory up to so many bytes; arrays must start at a multiple.
const SHARED_ALIGN: u32 = 16;

/// What is not among the models.
const WORKLOADS: [Workload; 13] = [
    workload::TRANSFORMER,
    workload::ATTENTION,
    workload::ATTENTION_HALF,
    workload::ATTENTION_LARGE,
    workload::PRODUCT,
    workload::PRODUCT_HALF,
    workload::SOFTMAX,
    workload::SOFTMAX_HALF,
    workload::SOFTMAX_MANY,
    workload::NORM,
    workload::NORM_HALF,
    workload::CONVOLUTION,
    workload::CONVOLUTION_HALF,
];

fn main() -> std::process::ExitCode {
    type Source = Box<dyn FnOnce() -> Result<Net, String> + Send>;
    let mut sources: Vec<(String, &str, Source)> = Vec::new();
    for chip in CHIPS {
        for subject in subject::models() {
            let name = format!("{chip}/{}", subject.name);
            let net = move || braid::read(&subject.options.source).and_then(braid::optimise);
            sources.push((name, chip, Box::new(move || net().map_err(|d| d.render()))));
        }
        for workload in WORKLOADS {
            sources.push((format!("{chip}/{}", workload.name), chip, Box::new(move || workload.net())));
        }
    }
    let Some(assembler) = ptxas::find() else {
        sources
            .iter()
            .for_each(|(name, ..)| println!("skipped: ptxas/{name}: no ptxas here; name one in BRAID_PTXAS"));
        return std::process::ExitCode::SUCCESS;
    };
    let trial = |(name, chip, net): (String, &'static str, Source)| -> Named {
        let assembler = assembler.clone();
        (name, Box::new(move || check(&net()?, chip, &assembler)))
    };
    suite::run("ptxas", sources.into_iter().map(trial).collect())
}

fn check(net: &Net, chip: &str, assembler: &Path) -> Result<(), String> {
    let program = braid::split(net).map_err(|d| d.render())?;
    let code = device::compile(&program, &format!("cuda:{chip}")).map_err(|e| e.to_string())?;
    let mut problems = Vec::new();
    for (number, kernel) in code.kernels.iter().enumerate() {
        let text = text(&code, kernel)?;
        let occupies = waits_for_memory(&code, number);
        if let Err(why) = judge(kernel, text, chip, assembler, occupies) {
            problems.push(format!("{}: {why}", kernel.name));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn text<'a>(code: &'a DeviceCode, kernel: &Kernel) -> Result<&'a str, String> {
    let bytes = code.code.get(kernel.offset as usize..(kernel.offset + kernel.bytes) as usize);
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| format!("the code of {} is no text", kernel.name))?;
    Ok(text.trim_end_matches('\0'))
}

/// Whether some launch of a kernel has so little to compute that memory is what it waits for; where sizes are open, it has.
fn waits_for_memory(code: &DeviceCode, kernel: usize) -> bool {
    let launches = code.subnets.iter().flat_map(|subnet| &subnet.launches);
    launches.filter(|launch| launch.kernel == kernel).any(|launch| {
        let bytes = launch.buffers.iter().try_fold(0, |sum, buffer| Some(sum + buffer.bytes.as_int()?));
        match (launch.flops.as_int(), bytes) {
            (Some(flops), Some(bytes)) => flops < bytes * FLOPS_PER_BYTE,
            _ => true,
        }
    })
}

/// What is wrong with a kernel.
fn judge(kernel: &Kernel, text: &str, chip: &str, assembler: &Path, occupies: bool) -> Result<(), String> {
    aligned(text)?;
    // Whoever compiled it has asked the assembler, and knows nothing if it refuses.
    let Some((registers, stack)) = kernel.registers else {
        let told = ptxas::usage(assembler, text.as_bytes(), chip)?;
        return Err(format!("not told when it was compiled: {told:?}"));
    };
    if stack > 0 {
        return Err(format!("{stack} bytes of a stack"));
    }
    if occupies && registers > REGISTERS_MAX {
        return Err(format!("{registers} registers, and it waits for memory"));
    }
    Ok(())
}

/// Whether arrays of workgroup memory start where joined accesses to them may.
fn aligned(text: &str) -> Result<(), String> {
    let declares =
        |line: &&str| line.starts_with(".shared") || line.contains(" .shared ") && line.starts_with('.');
    for line in text.lines().map(str::trim).filter(declares) {
        let align =
            line.split_once(".align ").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
        if align.is_none_or(|align: u32| !align.is_multiple_of(SHARED_ALIGN)) {
            return Err(format!("an array that is not aligned to {SHARED_ALIGN} bytes: {line}"));
        }
    }
    Ok(())
}
