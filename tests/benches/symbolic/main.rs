//! `./x bench symbolic`: the symbolic library beside its peers in one run, each figure beside what is to be reached.
//! Arguments: names of the sections to run. Peers run if `BRAID_SYMBOLIC_PYTHON` names a Python that has them.

mod algebra;
mod costs;
mod evaluation;
mod networks;
#[path = "../../../examples/ode/mod.rs"]
#[allow(dead_code)]
mod ode;
mod pde;
mod peers;
mod structures;

use std::time::Instant;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let sections: [(&str, fn() -> Vec<Row>); 9] = [
        ("networks", networks::measure),
        ("pde", pde::measure),
        ("expand", algebra::expand),
        ("derivative", algebra::derivative),
        ("simplify", algebra::simplify),
        ("evaluate", evaluation::measure),
        ("structures", structures::measure),
        ("lowering", evaluation::lowering),
        ("costs", costs::measure),
    ];
    println!("{:<58} {:>10} {:>22}  peers in this run", "workload", "Braid", "to reach");
    for (name, measure) in sections {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            for row in measure() {
                println!("{row}");
            }
        }
    }
}

/// A line of the table.
struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    /// What is to be reached, and whether more is better.
    goal: Option<(f64, bool)>,
    peers: Vec<(String, f64)>,
}

impl Row {
    fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Row {
        Row { what: what.into(), value, unit, goal: None, peers: Vec::new() }
    }

    fn at_most(self, goal: f64) -> Row {
        Row { goal: Some((goal, false)), ..self }
    }

    fn at_least(self, goal: f64) -> Row {
        Row { goal: Some((goal, true)), ..self }
    }

    fn beside(self, peers: Vec<(String, f64)>) -> Row {
        Row { peers, ..self }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let digits = |v: f64| match v.abs() {
            v if v >= 1000.0 => format!("{v:.0}"),
            v if v >= 10.0 => format!("{v:.1}"),
            _ => format!("{v:.3}"),
        };
        let goal = match self.goal {
            None => String::new(),
            Some((goal, more)) => {
                let met = if more { self.value >= goal } else { self.value <= goal };
                format!(
                    "{} {goal} {}",
                    if more { "≥" } else { "≤" },
                    if met { "reached" } else { "NOT reached" }
                )
            }
        };
        let peers: Vec<String> =
            self.peers.iter().map(|(name, value)| format!("{name} {}", digits(*value))).collect();
        write!(
            f,
            "{:<58} {:>7} {:<2} {goal:>22}  {}",
            self.what,
            digits(self.value),
            self.unit,
            peers.join(", ")
        )
    }
}

/// The least time of one run in seconds, over `budget` seconds and three runs or more.
fn best<T>(budget: f64, mut run: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    let (mut least, mut runs) = (f64::INFINITY, 0);
    while runs < 3 || start.elapsed().as_secs_f64() < budget {
        let begin = Instant::now();
        std::hint::black_box(run());
        least = least.min(begin.elapsed().as_secs_f64());
        runs += 1;
    }
    least
}

/// A file of the shared data, if it is there.
fn data(name: &str) -> Option<String> {
    let path = braid_tests::repository("../shared/data").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("{name} left out: {} is absent", path.display());
    }
    text
}
