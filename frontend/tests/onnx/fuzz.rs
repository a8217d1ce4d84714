//! Damaged models, by the thousand: the importer ends with a net that is valid or with a diagnostic, in bounded time.
//! `./x fuzz onnx` goes on for `BRAID_FUZZ_SECONDS` from the seed `BRAID_FUZZ_FIRST`; `BRAID_FUZZ_SEED` runs one alone.

use crate::build::*;
use braid_frontend::OnnxOptions;
use braid_frontend::onnx::compile_bytes;
use braid_frontend::onnx::proto::{Graph, Model, Node};
use braid_ir::{Tensor, eval, verify};
use fastrand::Rng;
use prost::Message;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A test run alone tries so many.
const MODELS: u64 = 400;
/// No model of this size takes so long.
const SECONDS_MAX: u64 = 20;

#[test]
fn damaged_models_end_in_a_net_or_a_diagnostic() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = setting("BRAID_FUZZ_SEED") {
        return check(seed);
    }
    let first = setting("BRAID_FUZZ_FIRST").unwrap_or(0);
    let end = Instant::now() + Duration::from_secs(setting("BRAID_FUZZ_SECONDS").unwrap_or(0));
    let mut seed = first;
    while seed < first + MODELS || Instant::now() < end {
        if std::panic::catch_unwind(|| check(seed)).is_err() {
            panic!("BRAID_FUZZ_SEED={seed}");
        }
        seed += 1;
    }
    println!("{} damaged models", seed - first);
}

fn check(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let seeds = [small(), counted_loop(), branch(), scan(), sequences(), with_functions()];
    let mut model = seeds[rng.usize(..seeds.len())].clone();
    for _ in 0..rng.usize(..4) {
        damage(&mut model, &mut rng);
    }
    let mut bytes = model.encode_to_vec();
    if rng.u8(..4) == 0 {
        for _ in 0..=rng.usize(..3) {
            damage_bytes(&mut bytes, &mut rng);
        }
    }
    let start = Instant::now();
    let result = compile_bytes(&bytes, "m.onnx", None, &OnnxOptions::default());
    assert!(start.elapsed() < Duration::from_secs(SECONDS_MAX), "it took {:?}", start.elapsed());
    let Ok(net) = result else { return };
    if let Err(errors) = verify::verify(&net) {
        panic!("an invalid net: {errors:?}");
    }
    let types = net.block(braid_ir::Net::ENTRY).params.iter().map(|&param| net.tensor_ty(param));
    let inputs: Option<Vec<Arc<Tensor>>> = types
        .map(|ty| {
            let ty = ty?;
            let shape: Vec<usize> =
                ty.shape.iter().map(|dim| dim.as_int().map_or(2, |n| n.clamp(0, 64) as usize)).collect();
            (shape.iter().product::<usize>() < 10_000).then(|| Arc::new(Tensor::zeros(ty.dtype, shape)))
        })
        .collect();
    if let Some(inputs) = inputs {
        // That it may fail is not the point; that it ends is.
        let _ = eval::run(&net, &inputs, &eval::Options { max_steps: 10_000, ..eval::Options::default() });
    }
}

fn damage_bytes(bytes: &mut Vec<u8>, rng: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = rng.usize(..bytes.len());
    match rng.u8(..4) {
        0 => bytes[at] ^= 1 << rng.u8(..8),
        1 => bytes.truncate(at),
        2 => drop(bytes.remove(at)),
        _ => {
            let piece = bytes[at..(at + rng.usize(..32)).min(bytes.len())].to_vec();
            let to = rng.usize(..=bytes.len());
            bytes.splice(to..to, piece);
        }
    }
}

const OPERATORS: &[&str] = &[
    "Relu",
    "Add",
    "Reshape",
    "Shape",
    "Identity",
    "If",
    "Loop",
    "Scan",
    "Constant",
    "SequenceEmpty",
    "SequenceInsert",
    "SequenceAt",
    "ConcatFromSequence",
    "SplitToSequence",
    "Optional",
    "OptionalGetElement",
    "SequenceMap",
    "Gather",
    "Concat",
    "Slice",
    "Cast",
    "Nothing",
];

const NUMBERS: &[i64] = &[0, 1, 2, 3, -1, -2, 7, 9, 64, 1 << 20, 1 << 40, i64::MAX, i64::MIN];

/// One change to one of the model's graphs.
fn damage(model: &mut Model, rng: &mut Rng) {
    if rng.u8(..12) == 0 {
        for import in &mut model.opset_import {
            import.version = NUMBERS[rng.usize(..NUMBERS.len())];
        }
        return;
    }
    let Some(graph) = model.graph.as_mut() else { return };
    damage_graph(graph, rng);
}

fn damage_graph(graph: &mut Graph, rng: &mut Rng) {
    let names: Vec<String> = graph
        .node
        .iter()
        .flat_map(|node| node.input.iter().chain(&node.output))
        .chain(graph.input.iter().map(|input| &input.name))
        .cloned()
        .collect();
    let name = if names.is_empty() { String::new() } else { names[rng.usize(..names.len())].clone() };
    let number = NUMBERS[rng.usize(..NUMBERS.len())];
    if graph.node.is_empty() || rng.u8(..6) == 0 {
        let values = if rng.bool() { &mut graph.input } else { &mut graph.output };
        if values.is_empty() {
            return;
        }
        let at = rng.usize(..values.len());
        values[at] = match rng.u8(..3) {
            0 => value(&name, rng.i32(0..30), &[number]),
            1 => value(&values[at].name, [FLOAT, INT64, BOOL][rng.usize(..3)], &[rng.i64(0..4), 2]),
            _ => Default::default(),
        };
        return;
    }
    let at = rng.usize(..graph.node.len());
    let node: &mut Node = &mut graph.node[at];
    match rng.u8(..9) {
        0 => node.op_type = OPERATORS[rng.usize(..OPERATORS.len())].into(),
        1 if !node.input.is_empty() => {
            let at = rng.usize(..node.input.len());
            node.input[at] = if rng.bool() { name } else { String::new() };
        }
        2 if !node.output.is_empty() => node.output[0] = name,
        3 => node.input.push(name),
        4 => {
            node.attribute.push(attribute(["axis", "keepdims", "value_int", "body"][rng.usize(..4)], number))
        }
        5 => drop(graph.node.remove(at)),
        6 => {
            let copy = node.clone();
            graph.node.push(copy);
        }
        _ => {
            let inner: Vec<&mut Graph> =
                node.attribute.iter_mut().filter_map(|attribute| attribute.g.as_mut()).collect();
            match inner.into_iter().next() {
                Some(inner) => damage_graph(inner, rng),
                None => node.attribute.iter_mut().for_each(|attribute| attribute.i = number),
            }
        }
    }
}
