//! Code objects for AMD of every kernel of the models, and of layers and products of usual sizes: what their notes say of them. Nothing
//! is executed. Without LLVM's linker, everything is skipped by name.

use braid_backend::device::{self, DeviceCode, amd};
use braid_ir::Net;
use braid_tests::subject;
use braid_tests::suite::{self, Named};
use braid_tests::workload::{self, Workload};

/// The chips, and the threads of a wave.
const CHIPS: [(&str, u32); 3] = [("gfx90a", 64), ("gfx942", 64), ("gfx1100", 32)];

/// What is not among the models.
const WORKLOADS: [Workload; 7] = [
    workload::TRANSFORMER,
    workload::PRODUCT,
    workload::PRODUCT_HALF,
    workload::SOFTMAX,
    workload::SOFTMAX_HALF,
    workload::CONVOLUTION,
    workload::CONVOLUTION_HALF,
];

fn main() -> std::process::ExitCode {
    type Source = Box<dyn FnOnce() -> Result<Net, String> + Send>;
    let mut trials: Vec<Named> = Vec::new();
    for (chip, wave) in CHIPS {
        let mut add = |name: &str, net: Source| {
            trials.push((format!("{chip}/{name}"), Box::new(move || check(&net()?, chip, wave))));
        };
        for subject in subject::models() {
            let name = subject.name.clone();
            let net = move || braid::read(&subject.options.source).and_then(braid::optimise);
            add(&name, Box::new(move || net().map_err(|d| d.render())));
        }
        for workload in WORKLOADS {
            add(workload.name, Box::new(move || workload.net()));
        }
    }
    if amd::linker().is_none() {
        trials
            .iter()
            .for_each(|(name, _)| println!("skipped: amd/{name}: no ld.lld here; name one in BRAID_LLD"));
        return std::process::ExitCode::SUCCESS;
    }
    suite::run("amd", trials)
}

fn check(net: &Net, chip: &str, wave: u32) -> Result<(), String> {
    let program = braid::split(net).map_err(|d| d.render())?;
    let code = device::compile(&program, &format!("amdgpu:{chip}")).map_err(|e| e.to_string())?;
    let problems: Vec<String> =
        (0..code.kernels.len()).filter_map(|number| judge(&code, number, wave).err()).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// What is wrong with a kernel.
fn judge(code: &DeviceCode, number: usize, wave: u32) -> Result<(), String> {
    let kernel = &code.kernels[number];
    let wrong = |why: String| Err(format!("{}: {why}", kernel.name));
    let bytes = code.code.get(kernel.offset as usize..(kernel.offset + kernel.bytes) as usize);
    let notes = amd::read(bytes.unwrap_or_default())?;
    // In the order in which the runtime passes them, each in a word of its own.
    let launches =
        code.subnets.iter().flat_map(|subnet| &subnet.launches).filter(|launch| launch.kernel == number);
    for launch in launches {
        let kinds = vec!["global_buffer"; launch.buffers.len()]
            .into_iter()
            .chain(vec!["by_value"; launch.ints.len()]);
        let passed = kinds.zip((0..).step_by(8)).map(|(kind, offset)| (kind, offset, 8));
        let taken = notes.arguments.iter().map(|a| (a.kind.as_str(), a.offset, a.bytes));
        if !passed.eq(taken) {
            return wrong(format!("takes other arguments than it is passed: {notes:?}"));
        }
    }
    if notes.argument_bytes as usize != 8 * notes.arguments.len() {
        return wrong(format!("{} bytes of arguments", notes.argument_bytes));
    }
    if (notes.wave, notes.workgroup) != (wave, kernel.workgroup) {
        return wrong(format!("waves of {} in workgroups of {:?}", notes.wave, notes.workgroup));
    }
    // Workgroup memory is a kernel's arrays, each from a multiple of 16 on.
    let padding = notes.workgroup_bytes.checked_sub(kernel.shared_bytes);
    if padding.is_none_or(|padding| padding > 15 * 16) {
        return wrong(format!(
            "{} bytes of workgroup memory of {}",
            notes.workgroup_bytes, kernel.shared_bytes
        ));
    }
    let spilled = (notes.private_bytes, notes.vgpr_spills, notes.sgpr_spills, notes.dynamic_stack);
    if spilled != (0, 0, 0, false) {
        return wrong(format!("memory of a thread, and registers kept elsewhere: {spilled:?}"));
    }
    if kernel.registers != Some((notes.vgprs, 0)) {
        return wrong(format!(
            "the artifact says {:?} of registers, the notes {}",
            kernel.registers, notes.vgprs
        ));
    }
    Ok(())
}
