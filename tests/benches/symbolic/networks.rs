//! Reaction networks: from the file to native code for the right-hand side and its sparse Jacobian, and one evaluation of each.

use super::{Row, best, data, peers};
use braid::term::calculus::jacobian_sparse;
use braid::term::models::network::Network;
use braid::term::{Target, compile};
use std::fmt::Write;
use std::time::Instant;

/// A network's file and what is to be reached: evaluation of the right-hand side and of the Jacobian in µs, everything in s.
const NETWORKS: [(&str, &str, Option<[f64; 3]>); 3] = [
    ("BCR", "reaction-networks/bcr/bcr.net", Some([6.0, 25.0, 1.5])),
    ("egfr_net", "reaction-networks/egfr_net.net", None),
    ("fceri_gamma2", "reaction-networks/fceri_gamma2.net", None),
];

pub fn measure() -> Vec<Row> {
    NETWORKS.iter().flat_map(|(name, file, goals)| network(name, file, *goals)).collect()
}

fn network(name: &str, file: &str, goals: Option<[f64; 3]>) -> Vec<Row> {
    let Some(text) = data(file) else { return Vec::new() };
    let start = Instant::now();
    let net = match Network::parse(&text) {
        Ok(net) => net,
        Err(error) => panic!("{file}: {error}"),
    };
    let read = start.elapsed().as_secs_f64();
    let inputs = net.inputs();
    let jacobian = jacobian_sparse(&net.rhs, &net.states).expect("sums of products have derivatives");
    let differentiated = start.elapsed().as_secs_f64() - read;
    let rhs = compile(&net.rhs, &inputs, Target::jit_fast()).expect("small enough for Cranelift");
    let jac = compile(&jacobian.entries, &inputs, Target::jit_fast()).expect("small enough for Cranelift");
    let all = start.elapsed().as_secs_f64();
    let point: Vec<f64> = net
        .initial
        .iter()
        .enumerate()
        .map(|(i, u)| u.max(0.0) + 0.5 + (i as f64 * 0.618).fract())
        .chain(net.values.iter().copied())
        .collect();
    let mut out = vec![0.0; jacobian.entries.len().max(net.rhs.len())];
    let rhs_us = 1e6 * best(0.5, || rhs.call(&point, &mut out));
    let jac_us = 1e6 * best(0.5, || jac.call(&point, &mut out));
    let told = told(name, &net, &point);
    let row = |what: String, value, unit, goal: usize, figure: &str| {
        let row = Row::new(format!("{name}: {what}"), value, unit).beside(peers::figure(&told, figure));
        match goals {
            Some(goals) => row.at_most(goals[goal]),
            // Ahead of every peer.
            None => match row.peers.iter().map(|p| p.1).reduce(f64::min) {
                Some(least) => row.at_most(least),
                None => row,
            },
        }
    };
    let entries = jacobian.entries.len();
    vec![
        row(format!("right-hand side, {} equations", net.rhs.len()), rhs_us, "µs", 0, "right-hand side us"),
        row(format!("Jacobian, {entries} entries"), jac_us, "µs", 1, "Jacobian us"),
        row("read, differentiate, compile both".into(), all, "s", 2, "all s"),
        Row::new(format!("{name}:   of that, reading"), read, "s").beside(peers::figure(&told, "read s")),
        Row::new(format!("{name}:   of that, the Jacobian"), differentiated, "s")
            .beside(peers::figure(&told, "Jacobian s")),
    ]
}

/// The same equations as text, for the peers.
fn told(name: &str, net: &Network, point: &[f64]) -> Vec<(String, String, f64)> {
    if std::env::var("BRAID_SYMBOLIC_PYTHON").is_err() {
        return Vec::new();
    }
    let join =
        |symbols: &[braid::term::Symbol]| symbols.iter().map(|s| s.name()).collect::<Vec<_>>().join(" ");
    let mut text = format!("{}\n{}\n", join(&net.inputs()), join(&net.states));
    for equation in &net.rhs {
        let _ = writeln!(text, "{equation}");
    }
    let values: Vec<String> = point.iter().map(|v| format!("{v:?}")).collect();
    let _ = writeln!(text, "{}", values.join(" "));
    let path = std::env::temp_dir().join(format!("braid-bench-{name}-{}.txt", std::process::id()));
    if std::fs::write(&path, text).is_err() {
        return Vec::new();
    }
    let told = peers::run(&["network", &path.display().to_string()]);
    let _ = std::fs::remove_file(&path);
    told
}
