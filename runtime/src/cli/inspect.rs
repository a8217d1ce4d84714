//! `braid inspect`: what an artifact says about itself.

use super::table::{Table, bytes};
use crate::Program;
use crate::manifest::{Device, Value};
use std::path::PathBuf;
use std::process::ExitCode;

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// The compiled program
    artifact: PathBuf,
    /// Also list every gate, subnet and weight
    #[arg(long)]
    all: bool,
    /// Also list the kernels for each device, and the launches of each subnet
    #[arg(long)]
    kernels: bool,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let program = Program::load(&arguments.artifact).map_err(|error| error.to_string())?;
    let manifest = program.manifest();
    println!("program  {}  from {}", manifest.name, sources(&manifest.files).join(", "));
    let mut features = manifest.target.features.clone();
    features.sort_unstable();
    println!("machine  {}  needs {}", manifest.target.cpu, features.join(" "));
    for input in &manifest.inputs {
        println!("input    {input}");
    }
    for (index, result) in manifest.returns.iter().enumerate() {
        let values: Vec<String> = result.values.iter().map(value).collect();
        println!("return   {index}  {}  ({})", manifest.place(result.loc), values.join(", "));
    }
    for fail in &manifest.fails {
        println!("raise    {}  {}", manifest.place(fail.loc), fail.message);
    }
    for guard in &manifest.guards {
        let word = if guard.raises { "assert" } else { "guard " };
        println!("{word}   {}  {}  ({})", manifest.place(guard.loc), guard.condition, guard.reason);
    }
    println!("gates    {}", manifest.gates.len());
    let called = manifest.calls.len();
    println!("subnets  {} distinct, called from {called} places", manifest.subnets.len());
    println!("library  {} calls", manifest.library.len());
    println!("arena    {}, {} growing buffers", bytes(manifest.arena_bytes), manifest.slots);
    let total: u64 = manifest.weights.iter().map(|w| w.bytes).sum();
    println!("weights  {}, {}", manifest.weights.len(), bytes(total));
    for device in &manifest.devices {
        let size = device.kernels.iter().map(|k| k.bytes).sum();
        println!("device   {}, {} kernels, {}", device.target, device.kernels.len(), bytes(size));
    }
    if arguments.all {
        print_all(&program);
    }
    if arguments.kernels && manifest.devices.is_empty() {
        println!();
        println!("no kernels for devices; compile with --target");
    }
    if arguments.kernels {
        manifest.devices.iter().for_each(print_kernels);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_all(program: &Program) {
    let manifest = program.manifest();
    println!();
    let mut gates = Table::new(&["gate", "at"]).text(1);
    for (number, gate) in manifest.gates.iter().enumerate() {
        gates.row([number.to_string(), manifest.place(gate.loc)]);
    }
    gates.print();
    println!();
    let mut subnets = Table::new(&["subnet", "calls", "scratch", "operators"]).text(3);
    for (number, subnet) in manifest.subnets.iter().enumerate() {
        let calls = manifest.calls.iter().filter(|call| call.subnet as usize == number).count();
        subnets.row([
            format!("s{number}"),
            calls.to_string(),
            subnet.scratch.clone(),
            subnet.summary.clone(),
        ]);
    }
    subnets.print();
    println!();
    let mut weights = Table::new(&["weight", "type", "bytes", "form"]);
    for weight in &manifest.weights {
        let form = if weight.packed { "packed" } else { "plain" };
        weights.row([weight.name.clone(), weight.ty.clone(), weight.bytes.to_string(), form.to_string()]);
    }
    weights.print();
}

fn print_kernels(device: &Device) {
    println!();
    println!("{}", device.target);
    let header = ["kernel", "workgroup", "shared", "registers", "spills", "code"];
    let mut kernels = Table::new(&header);
    for kernel in &device.kernels {
        // Only an assembler knows them.
        let known = |pick: fn((u32, u32)) -> String| kernel.registers.map_or_else(|| "-".to_string(), pick);
        kernels.row([
            kernel.name.clone(),
            kernel.workgroup.map(|n| n.to_string()).join("x"),
            bytes(kernel.shared_bytes.into()),
            known(|(registers, _)| registers.to_string()),
            known(|(_, spills)| bytes(spills.into())),
            bytes(kernel.bytes),
        ]);
    }
    kernels.print();
    println!();
    let mut launches = Table::new(&["subnet", "kernel", "grid", "floor in bytes", "in flops"]).text(1);
    for (subnet, launched) in device.subnets.iter().enumerate() {
        for launch in launched {
            launches.row([
                format!("s{subnet}"),
                device.kernels[launch.kernel as usize].name.clone(),
                launch.grid.join(" x "),
                launch.floor_bytes.clone(),
                launch.floor_flops.clone(),
            ]);
        }
    }
    launches.print();
}

fn value(value: &Value) -> String {
    match value {
        Value::Tensor { text, .. } => text.clone(),
        Value::Seq { dtype, rank, .. } => format!("list of {dtype}, rank {rank}"),
    }
}

/// The files that a program comes from. Places in an ONNX model are a file and a node each.
fn sources(places: &[String]) -> Vec<&str> {
    let mut files: Vec<&str> = Vec::new();
    for place in places {
        let inside =
            |file: &String| place.strip_prefix(file.as_str()).is_some_and(|rest| rest.starts_with(": "));
        if !files.contains(&place.as_str()) && !places.iter().any(inside) {
            files.push(place);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::sources;

    #[test]
    fn nodes_are_no_files() {
        let places = ["m.onnx", "m.onnx: node \"a\" (Add)", "m.onnx", "other.py"].map(String::from);
        assert_eq!(sources(&places), ["m.onnx", "other.py"]);
    }
}
