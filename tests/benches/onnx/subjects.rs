//! What is measured: small models that are control flow and little else, and published ones.

use crate::build::{BOOL, FLOAT, INT64, graph, ints, model, node, value, weights, with_graph, with_int};
use braid::runtime::Tensor;
use braid::runtime::cases::{self, Case};
use braid_frontend::onnx::proto::{Graph, Model, Node};
use prost::Message;
use std::path::{Path, PathBuf};

/// Steps of a measured loop.
const STEPS: i64 = 1000;
/// Nested branches, and stages with an exit each.
const STAGES: usize = 24;
/// Width of a stage.
const WIDTH: i64 = 512;
/// Classes among which a stage decides.
const CLASSES: i64 = 10;

/// A model, its cases, and the rows of the table that they give.
pub struct Subject {
    pub name: String,
    pub model: PathBuf,
    /// An `.npz` of cases.
    pub cases: PathBuf,
    pub rows: Vec<Row>,
}

/// A row of the table: the time of a case, less that of another, over a number.
pub struct Row {
    pub what: String,
    pub case: usize,
    pub less: Option<usize>,
    pub per: f64,
    /// Microseconds to reach.
    pub goal: Option<f64>,
}

/// The models made here, written into a folder, then the published ones.
pub fn all(folder: &Path) -> Vec<Subject> {
    let mut subjects = vec![
        looped(folder, "loop_add", "Loop, an iteration: an add", 0.05, add()),
        looped(folder, "loop_product", "Loop, an iteration: 16×16 product, tanh", 0.3, product()),
        looped(folder, "loop_if", "Loop, an iteration: with an If inside", 0.4, branching()),
        nested(folder),
        early_exit(folder),
    ];
    subjects.extend(published());
    subjects
}

fn write(
    folder: &Path,
    name: &str,
    model: &Model,
    cases: Vec<Vec<(&str, Tensor)>>,
    rows: Vec<Row>,
) -> Subject {
    let subject = Subject {
        name: name.to_string(),
        model: folder.join(format!("{name}.onnx")),
        cases: folder.join(format!("{name}.npz")),
        rows,
    };
    let cases = cases.into_iter().enumerate().map(|(number, inputs)| Case {
        number: number as u64,
        inputs: inputs.into_iter().map(|(name, tensor)| (name.to_string(), tensor)).collect(),
        ..Case::default()
    });
    std::fs::write(&subject.model, model.encode_to_vec()).expect("the folder is writable");
    cases::write(&subject.cases, &cases.collect::<Vec<_>>()).expect("the folder is writable");
    subject
}

fn row(what: &str, case: usize, less: Option<usize>, per: f64, goal: Option<f64>) -> Row {
    Row { what: what.to_string(), case, less, per, goal }
}

fn scalar(value: i64) -> Tensor {
    Tensor::i64(&[], &[value]).expect("one element")
}

fn row_of(length: i64, at: impl Fn(i64) -> f32) -> Tensor {
    let values: Vec<f32> = (0..length).map(at).collect();
    Tensor::f32(&[1, values.len()], &values).expect("as many elements as asked for")
}

/// A loop over `a: f32[1, 16]` whose body computes `next` from `a` and the outer `x: f32[1, 16]`: no step, and many.
fn looped(folder: &Path, name: &str, what: &str, goal: f64, body: (Vec<Node>, Graph)) -> Subject {
    let (mut nodes, outer) = body;
    nodes.push(node("Identity", &["c"], "go"));
    let sixteen = |name: &str| value(name, FLOAT, &[1, 16]);
    let body = graph(
        nodes,
        vec![value("i", INT64, &[]), value("c", BOOL, &[]), sixteen("a")],
        vec![value("go", BOOL, &[]), sixteen("next")],
    );
    let looped = with_graph(node("Loop", &["n", "", "x"], "y"), "body", body);
    let whole = Graph {
        node: vec![looped],
        input: vec![value("n", INT64, &[]), sixteen("x")],
        output: vec![sixteen("y")],
        ..outer
    };
    let inputs = |n| vec![("n", scalar(n)), ("x", row_of(16, |i| i as f32 / 16.0 - 0.45))];
    let rows = vec![row(what, 1, Some(0), STEPS as f64, Some(goal))];
    write(folder, name, &model(whole), vec![inputs(0), inputs(STEPS)], rows)
}

fn outer(initializer: Vec<braid_frontend::onnx::proto::Tensor>) -> Graph {
    Graph { initializer, ..graph(vec![], vec![], vec![]) }
}

fn add() -> (Vec<Node>, Graph) {
    (vec![node("Add", &["a", "x"], "next")], outer(vec![]))
}

fn product() -> (Vec<Node>, Graph) {
    let nodes = vec![node("MatMul", &["a", "w"], "p"), node("Tanh", &["p"], "next")];
    // Weights of one sign: the values settle, where others would wander and every rounding be seen in the end.
    let mut w = weights("w", &[16, 16], 0.5);
    w.float_data.iter_mut().for_each(|w| *w = w.abs());
    (nodes, outer(vec![w]))
}

/// The sum of `a` decides whether `x` is added or taken away; in the end they alternate.
fn branching() -> (Vec<Node>, Graph) {
    let side = |op: &str, name: &str| {
        graph(vec![node(op, &["a", "x"], name)], vec![], vec![value(name, FLOAT, &[1, 16])])
    };
    let branch = with_graph(node("If", &["low"], "next"), "then_branch", side("Add", "more"));
    let branch = with_graph(branch, "else_branch", side("Sub", "less"));
    let nodes = vec![
        with_int(node("ReduceSum", &["a"], "s"), "keepdims", 0),
        node("CastLike", &["one", "s"], "limit"),
        node("Less", &["s", "limit"], "low"),
        branch,
    ];
    (nodes, outer(vec![ints("one", &[], &[1])]))
}

/// Branches in branches, each decided by `level`; none of them taken, and all.
fn nested(folder: &Path) -> Subject {
    let ty = |name: &str| value(name, FLOAT, &[1, 16]);
    let leaf = |name: &str, op: &str| graph(vec![node(op, &["x"], name)], vec![], vec![ty(name)]);
    let mut inner = leaf("deepest", "Abs");
    let mut initializer = Vec::new();
    for k in (0..STAGES).rev() {
        let (limit, deep, y) = (format!("l{k}"), format!("deep{k}"), format!("y{k}"));
        initializer.push(ints(&limit, &[], &[k as i64]));
        let branch = with_graph(node("If", &[&deep], &y), "then_branch", inner);
        let branch = with_graph(branch, "else_branch", leaf(&format!("left{k}"), "Neg"));
        inner = graph(vec![node("Greater", &["level", &limit], &deep), branch], vec![], vec![ty(&y)]);
    }
    let whole = Graph { input: vec![value("level", INT64, &[]), ty("x")], initializer, ..inner };
    let inputs = |level| vec![("level", scalar(level)), ("x", row_of(16, |i| i as f32))];
    let rows = vec![row("24 nested Ifs, each", 1, Some(0), (STAGES - 1) as f64, Some(0.1))];
    write(folder, "nested_if", &model(whole), vec![inputs(0), inputs(STAGES as i64)], rows)
}

/// Stages of a product each, after which the program is done if it is certain enough of a class.
fn early_exit(folder: &Path) -> Subject {
    let classes = |name: &str| value(name, FLOAT, &[1, CLASSES]);
    let mut initializer = Vec::new();
    let mut inner: Option<Graph> = None;
    for k in (0..STAGES).rev() {
        let name = |what: &str| format!("{what}{k}");
        let names = ["w", "b", "v", "p", "q", "h", "z", "s", "m", "sure", "y"].map(name);
        let [w, b, v, p, q, h, z, s, m, sure, y] = names.each_ref().map(|name| name.as_str());
        initializer.push(weights(w, &[WIDTH, WIDTH], 0.14));
        initializer.push(weights(b, &[WIDTH], 0.1));
        initializer.push(weights(v, &[WIDTH, CLASSES], 0.1));
        let before = if k == 0 { "x".to_string() } else { format!("h{}", k - 1) };
        let mut nodes = vec![
            node("MatMul", &[&before, w], p),
            node("Add", &[p, b], q),
            node("Relu", &[q], h),
            node("MatMul", &[h, v], z),
        ];
        let Some(deeper) = inner.take() else {
            inner = Some(graph(nodes, vec![], vec![classes(z)]));
            continue;
        };
        let exit = format!("exit{k}");
        let done = graph(vec![node("Identity", &[z], &exit)], vec![], vec![classes(&exit)]);
        let branch = with_graph(node("If", &[sure], y), "then_branch", done);
        nodes.extend([
            with_int(node("Softmax", &[z], s), "axis", -1),
            with_int(node("ReduceMax", &[s], m), "keepdims", 0),
            node("Greater", &[m, "threshold"], sure),
            with_graph(branch, "else_branch", deeper),
        ]);
        inner = Some(graph(nodes, vec![], vec![classes(y)]));
    }
    let inner = inner.expect("there is a stage");
    let input = vec![value("threshold", FLOAT, &[]), value("x", FLOAT, &[1, WIDTH])];
    let whole = Graph { input, initializer, ..inner };
    let inputs = |threshold| {
        let threshold = Tensor::f32(&[], &[threshold]).expect("one element");
        vec![("threshold", threshold), ("x", row_of(WIDTH, |i| (i % 7) as f32 / 7.0))]
    };
    let rows = vec![
        row("early exit at the first of 24 stages", 0, None, 1.0, None),
        row("early exit at the last of 24 stages", 1, None, 1.0, None),
    ];
    write(folder, "early_exit", &model(whole), vec![inputs(0.0), inputs(2.0)], rows)
}

/// Models of `../shared`; none where that is absent.
fn published() -> Vec<Subject> {
    let corpus = braid_tests::repository("../shared/corpus/onnx");
    let table = [
        ("silero_vad_16k_op15", vec![row("Silero VAD, one frame", 0, None, 1.0, Some(90.0))]),
        ("silero_vad", vec![row("Silero VAD for two rates, one frame", 0, None, 1.0, Some(90.0))]),
        ("silero_stream_scan", vec![row("Silero VAD in Scan, 100 frames", 3, None, 1.0, Some(7000.0))]),
        (
            "ppocrv4_det",
            vec![
                row("PP-OCR detector, 64×64", 0, None, 1.0, None),
                row("PP-OCR detector, 320×320", 2, None, 1.0, None),
            ],
        ),
        ("ppocr_cls", vec![row("PP-OCR direction, one line of text", 0, None, 1.0, None)]),
        ("magika_v3_3", vec![row("magika, one file", 0, None, 1.0, None)]),
    ];
    let subject = |(name, rows): (&str, Vec<Row>)| {
        let folder = corpus.join(name);
        let (model, cases) = (folder.join("model.onnx"), folder.join("cases.npz"));
        model.exists().then(|| Subject { name: name.to_string(), model, cases, rows })
    };
    table.into_iter().filter_map(subject).collect()
}
