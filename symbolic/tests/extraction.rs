//! Extraction from the graphs of the extraction gym: greedy against the optimum.

use braid_symbolic::egraph::extract::{Problem, greedy, tree};
use braid_symbolic::egraph::ilp::optimal;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The folder of graphs, beside the repository or above it.
fn gym() -> Option<PathBuf> {
    let mut folder = Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf();
    while folder.pop() {
        let found = folder.join("shared/data/extraction-gym");
        if found.is_dir() {
            return Some(found);
        }
    }
    None
}

/// A graph in the gym's format.
fn read(path: &Path) -> Problem {
    let text = std::fs::read_to_string(path).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let nodes = json["nodes"].as_object().unwrap();
    let mut classes: HashMap<&str, u32> = HashMap::new();
    for node in nodes.values() {
        let next = classes.len() as u32;
        classes.entry(node["eclass"].as_str().unwrap()).or_insert(next);
    }
    let class_of =
        |node: &serde_json::Value| classes[nodes[node.as_str().unwrap()]["eclass"].as_str().unwrap()];
    let roots =
        json["root_eclasses"].as_array().unwrap().iter().map(|c| classes[c.as_str().unwrap()]).collect();
    let mut problem = Problem::new(classes.len(), roots);
    for node in nodes.values() {
        let children: Vec<u32> = node["children"].as_array().unwrap().iter().map(class_of).collect();
        problem.add(classes[node["eclass"].as_str().unwrap()], node["cost"].as_f64().unwrap(), children);
    }
    problem
}

#[test]
fn greedy_is_within_two_percent_of_the_optimum() {
    let Some(folder) = gym() else {
        eprintln!("skipped: shared/data/extraction-gym is not there");
        return;
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "json"));
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let problem = read(&file);
        let start = Instant::now();
        let fast = greedy(&problem).unwrap();
        let greedy_time = start.elapsed();
        let start = Instant::now();
        let best = optimal(&problem, Duration::from_secs(20)).unwrap();
        println!(
            "{}: {} classes, tree {}, greedy {} in {greedy_time:?}, optimum {} (proved: {}) in {:?}",
            file.file_name().unwrap().to_string_lossy(),
            problem.classes.len(),
            tree(&problem).unwrap().cost,
            fast.cost,
            best.extraction.cost,
            best.proved,
            start.elapsed()
        );
        assert_eq!(problem.cost(&best.extraction.choices), Some(best.extraction.cost));
        assert!(best.proved, "the optimum was not found in time");
        assert!(fast.cost <= best.extraction.cost * 1.02 + 1e-9);
    }
}
