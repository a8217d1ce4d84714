//! Runs the peers: a Python that has them, with the script beside this file.

use std::process::Command;

/// What the peers say of a case: peer, figure, value. Nothing where there is no Python for it.
pub fn run(arguments: &[&str]) -> Vec<(String, String, f64)> {
    let Ok(python) = std::env::var("BRAID_SYMBOLIC_PYTHON") else { return Vec::new() };
    let script = braid_tests::repository("tests/benches/symbolic/peers.py");
    let output = Command::new(python).arg(script).args(arguments).output();
    let Ok(output) = output else {
        println!("the peers could not be run");
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| {
            let mut parts = line.split('\t');
            Some((parts.next()?.to_string(), parts.next()?.to_string(), parts.next()?.parse().ok()?))
        })
        .collect()
}

/// The values of one figure.
pub fn figure(all: &[(String, String, f64)], figure: &str) -> Vec<(String, f64)> {
    all.iter().filter(|f| f.1 == figure).map(|f| (f.0.clone(), f.2)).collect()
}
