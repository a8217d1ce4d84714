//! ONNX files that are damaged, hostile or not supported.

use super::Desk;
use braid::frontend::onnx::proto::{
    Dimension, DimensionValue, Graph, Model, Node, OperatorSetId, Shape, Tensor, TensorType, Type, TypeValue,
    ValueInfo,
};
use prost::Message;

/// A `float[2]`, or another element type by its number.
fn value(name: &str, elem_type: i32) -> ValueInfo {
    let shape = Some(Shape { dim: vec![Dimension { value: Some(DimensionValue::Value(2)) }] });
    let tensor = TypeValue::Tensor(TensorType { elem_type, shape });
    ValueInfo { name: name.into(), r#type: Some(Type { value: Some(tensor) }) }
}

fn node(op_type: &str, input: &[&str], output: &str) -> Node {
    let input = input.iter().map(|name| name.to_string()).collect();
    Node {
        name: format!("the {output}"),
        op_type: op_type.into(),
        input,
        output: vec![output.into()],
        ..Node::default()
    }
}

/// A model of these nodes with the inputs `x` and `i` and the output `y`.
fn model(node: Vec<Node>) -> Model {
    let graph = Graph {
        name: "g".into(),
        node,
        input: vec![value("x", 1), value("i", 7)],
        output: vec![value("y", 1)],
        ..Graph::default()
    };
    let opset_import = vec![OperatorSetId { domain: String::new(), version: 21 }];
    Model { ir_version: 10, opset_import, graph: Some(graph), ..Model::default() }
}

/// Asserts that a file is refused with these parts and leaves nothing behind.
#[track_caller]
fn refused(name: &str, bytes: &[u8], parts: &[&str]) {
    let desk = Desk::new(name);
    desk.write("m.onnx", bytes).run(&["compile", "m.onnx", "-o", "out.braid"]).refused(parts);
    desk.has_no_output();
}

#[test]
fn onnx_damaged_files() {
    let bytes = model(vec![node("Relu", &["x"], "y")]).encode_to_vec();
    refused("onnx_cut", &bytes[..bytes.len() / 2], &["m.onnx: "]);
    refused("onnx_empty", &[], &["m.onnx: this is no ONNX model"]);
    refused("onnx_random", &[0xff; 4096], &["m.onnx: this is no ONNX model, or it is damaged"]);
}

#[test]
fn onnx_mistakes_in_graphs() {
    let cases: [(&str, Vec<Node>, &str); 5] = [
        (
            "onnx_cycle",
            vec![node("Add", &["x", "z"], "y"), node("Relu", &["y"], "z")],
            "it takes its own result",
        ),
        ("onnx_missing", vec![node("Add", &["x", "w"], "y")], "its input `w` is no result of another node"),
        ("onnx_dtype", vec![node("Add", &["x", "i"], "y")], "must have one element type"),
        (
            "onnx_twice",
            vec![node("Relu", &["x"], "y"), node("Exp", &["x"], "y")],
            "is the output of another node",
        ),
        ("onnx_unknown", vec![node("Relux", &["x"], "y")], "there is no such operator"),
    ];
    for (name, nodes, expected) in cases {
        refused(name, &model(nodes).encode_to_vec(), &["m.onnx: node \"the ", expected]);
    }
    let mut newer = model(vec![node("Relu", &["x"], "y")]);
    newer.opset_import[0].version = 999;
    refused("onnx_opset", &newer.encode_to_vec(), &["m.onnx: operator set 999 is not supported"]);
}

#[test]
fn onnx_sizes_beyond_the_file() {
    let mut large = model(vec![node("Add", &["x", "w"], "y")]);
    let w = Tensor {
        name: "w".into(),
        dims: vec![1 << 40],
        data_type: 1,
        float_data: vec![1.0],
        ..Tensor::default()
    };
    large.graph.as_mut().expect("it has a graph").initializer.push(w);
    refused("onnx_large", &large.encode_to_vec(), &["tensor `w`", "ask for 4398046511104 bytes"]);
}

/// A field of a message that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

#[test]
fn onnx_nested_too_deep() {
    // Graphs in attributes of nodes of graphs, written from the inside out.
    let mut graph = Vec::new();
    for _ in 0..5000 {
        let attribute = [field(1, b"then_branch"), field(6, &graph)].concat();
        graph = field(1, &[field(4, b"If"), field(5, &attribute)].concat());
    }
    refused("onnx_deep", &field(7, &graph), &["m.onnx: ", "recursion limit"]);
}
