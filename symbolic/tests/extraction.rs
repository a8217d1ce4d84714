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

/// Graphs with much sharing: the optimum is never above what the greedy extractor finds, and that never above the tree's.
#[test]
fn random_graphs() {
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut below = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let (mut greedy_sum, mut best_sum) = (0.0, 0.0);
    for _ in 0..30 {
        let classes = 40;
        let mut problem = Problem::new(classes as usize, vec![classes - 1, classes - 2]);
        for class in 0..classes {
            problem.add(class, 6.0 + below(30) as f64, []);
            for _ in 0..3 {
                // Some children come later: cycles are possible.
                let children: Vec<u32> = (0..3).map(|_| below((class as u64 + 4).min(40)) as u32).collect();
                problem.add(class, 1.0 + below(4) as f64, children);
            }
        }
        let (by_tree, fast) = (tree(&problem).unwrap(), greedy(&problem).unwrap());
        let best = optimal(&problem, Duration::from_secs(10)).unwrap();
        assert_eq!(problem.cost(&fast.choices), Some(fast.cost));
        assert_eq!(problem.cost(&best.extraction.choices), Some(best.extraction.cost));
        assert!(best.extraction.cost <= fast.cost + 1e-9 && fast.cost <= by_tree.cost + 1e-9);
        greedy_sum += fast.cost;
        best_sum += best.extraction.cost;
    }
    println!("greedy {greedy_sum}, optimum {best_sum}");
    assert!(greedy_sum <= 1.05 * best_sum);
}
