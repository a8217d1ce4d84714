//! `braid explain`: where each gate of a program is decided, and why.

use super::table::Table;
use crate::manifest::{Device, Manifest};
use crate::{Program, device};
use std::path::PathBuf;
use std::process::ExitCode;

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// The compiled program
    artifact: PathBuf,
    /// Device to ask what it takes: cuda:0, vulkan:0 or vulkan
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let program = Program::load(&arguments.artifact).map_err(|error| error.to_string())?;
    let manifest = program.manifest();
    println!("CPU: {} gates, each a load and a branch", manifest.gates.len());
    for device in &manifest.devices {
        println!();
        println!("{}: {}", device.target, summary(manifest, device));
        let mut gates = Table::new(&["gate", "at", "decided"]).text(1).text(2);
        for (number, gate) in manifest.gates.iter().enumerate() {
            gates.row([
                number.to_string(),
                manifest.place(gate.loc),
                where_decided(device, number).to_string(),
            ]);
        }
        if !manifest.gates.is_empty() {
            gates.print();
        }
    }
    if let Some(name) = &arguments.device {
        let device = device::open(name).map_err(|error| error.to_string())?;
        println!();
        println!("{}: {}", device.name(), taken(device.takes_graphs()));
    }
    Ok(ExitCode::SUCCESS)
}

/// How a device runs the program.
fn summary(manifest: &Manifest, device: &Device) -> String {
    match &device.graph {
        Ok(graph) if graph.decided.contains(&true) => {
            "one graph for inputs of the same sizes, in which the device decides".to_string()
        }
        Ok(_) => "one graph for inputs of the same sizes".to_string(),
        Err(obstacle) if obstacle.loc.line == 0 => format!("the host, step by step: {}", obstacle.why),
        Err(obstacle) => {
            format!("the host, step by step: {}: {}", manifest.place(obstacle.loc), obstacle.why)
        }
    }
}

fn where_decided(device: &Device, gate: usize) -> &'static str {
    match device.graph.as_ref().ok().and_then(|graph| graph.decided.get(gate)) {
        Some(true) => "by the device, where it takes graphs that decide",
        Some(false) => "by the sizes of inputs, when the graph is made",
        None => "by the host, which reads back the condition if it depends on data",
    }
}

/// What a device says of graphs.
fn taken(takes: Result<device::Takes, String>) -> String {
    match takes {
        Ok(takes) => {
            let decide = if takes.decides { "that decide" } else { "that decide nothing" };
            let choice = match takes.trials {
                0 => String::new(),
                trials => format!("; {trials} runs are done both ways, and the faster one is kept"),
            };
            let runs = if takes.after == 1 { "run" } else { "runs" };
            format!("takes graphs {decide}, after {} {runs} without{choice}", takes.after)
        }
        Err(why) => format!("takes no graphs: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{summary, where_decided};
    use crate::manifest::{Device, Graph, Loc, Manifest, Obstacle};

    fn device(graph: Result<Graph, Obstacle>) -> Device {
        let target = "cuda:sm_90".to_string();
        Device { target, entry: 0, kernels: vec![], subnets: vec![], library: vec![], graph }
    }

    #[test]
    fn each_gate_has_its_place_and_its_reason() {
        let manifest = Manifest { files: vec!["m.py".to_string()], ..Manifest::default() };
        let graph = device(Ok(Graph { entry: 1, flags: 0, parts: vec![], decided: vec![true, false] }));
        assert_eq!(
            summary(&manifest, &graph),
            "one graph for inputs of the same sizes, in which the device decides"
        );
        assert_eq!(where_decided(&graph, 0), "by the device, where it takes graphs that decide");
        assert_eq!(where_decided(&graph, 1), "by the sizes of inputs, when the graph is made");
        let loc = Loc { file: 0, line: 3, col: 5 };
        let host = device(Err(Obstacle { why: "sort is a routine of the host".to_string(), loc }));
        assert_eq!(
            summary(&manifest, &host),
            "the host, step by step: m.py:3:5: sort is a routine of the host"
        );
        assert_eq!(
            where_decided(&host, 0),
            "by the host, which reads back the condition if it depends on data"
        );
    }
}
