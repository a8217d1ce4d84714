//! ONNX files that are damaged, hostile or not supported.

use super::Desk;
use braid::frontend::onnx::proto::{
    Attribute, AttributeType, Dimension, DimensionValue, Graph, Model, Node, OperatorSetId, Shape, Tensor,
    TensorType, Type, TypeValue, ValueInfo,
};
use braid::runtime::cases;
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

/// A constant of integers.
fn ints(name: &str, dims: &[i64], data: &[i64]) -> Tensor {
    let (name, dims, int64_data) = (name.into(), dims.to_vec(), data.to_vec());
    Tensor { name, dims, data_type: 7, int64_data, ..Tensor::default() }
}

/// An input or output whose dimensions are these, or have names; none are told where there are none.
fn shaped(name: &str, elem_type: i32, dims: &[Result<i64, &str>]) -> ValueInfo {
    let dim = dims.iter().map(|dim| Dimension {
        value: Some(match dim {
            Ok(dim) => DimensionValue::Value(*dim),
            Err(name) => DimensionValue::Param(name.to_string()),
        }),
    });
    let shape = (!dims.is_empty()).then(|| Shape { dim: dim.collect() });
    let tensor = TypeValue::Tensor(TensorType { elem_type, shape });
    ValueInfo { name: name.into(), r#type: Some(Type { value: Some(tensor) }) }
}

#[test]
fn onnx_sizes_beyond_64_bits() {
    let large = 1i64 << 40;
    let cases: [(&str, &[Node], Tensor, &str); 5] = [
        ("onnx_tile", &[node("Tile", &["x", "k"], "y")], ints("k", &[1], &[1 << 62]), "64-bit range"),
        (
            "onnx_reshape",
            &[node("Reshape", &["x", "k"], "y")],
            ints("k", &[2], &[large, large]),
            "node \"the y\" (Reshape)",
        ),
        (
            "onnx_pad",
            &[node("Pad", &["x", "k"], "y")],
            ints("k", &[2], &[i64::MAX, i64::MAX]),
            "node \"the y\" (Pad)",
        ),
        (
            "onnx_fill",
            &[node("ConstantOfShape", &["k"], "y")],
            ints("k", &[2], &[large, large]),
            "64-bit range",
        ),
        (
            "onnx_scaled",
            &[
                node("Shape", &["x"], "a"),
                node("Mul", &["a", "k"], "b"),
                node("Mul", &["b", "k"], "c"),
                node("Mul", &["c", "k"], "d"),
                node("ConstantOfShape", &["d"], "y"),
            ],
            ints("k", &[1], &[1 << 29]),
            "node \"the d\" (Mul): error: this integer does not fit into 64 bits",
        ),
    ];
    for (name, nodes, k, expected) in cases {
        let mut model = model(nodes.to_vec());
        let graph = model.graph.as_mut().expect("it has a graph");
        graph.input = vec![shaped("x", 1, &[Err("n")])];
        graph.output = vec![shaped("y", 1, &[])];
        graph.initializer.push(k);
        refused(name, &model.encode_to_vec(), &[expected]);
    }
    let mut whole = model(vec![node("Add", &["x", "x"], "y")]);
    let graph = whole.graph.as_mut().expect("it has a graph");
    graph.input = vec![shaped("x", 1, &[Ok(large), Ok(large)])];
    graph.output = vec![shaped("y", 1, &[])];
    refused("onnx_whole", &whole.encode_to_vec(), &["64-bit range"]);
}

#[test]
fn onnx_powers_of_sizes() {
    // n, n², n⁴, …: what is written out has a million factors after twenty steps.
    let mut nodes = vec![node("Shape", &["x"], "s0")];
    let names: Vec<String> = (0..=40).map(|k| format!("s{k}")).collect();
    nodes.extend((0..40).map(|k| node("Mul", &[&names[k], &names[k]], &names[k + 1])));
    let mut powers = model(nodes);
    let graph = powers.graph.as_mut().expect("it has a graph");
    graph.input = vec![shaped("x", 1, &[Err("n")])];
    graph.output = vec![shaped("s40", 7, &[])];
    refused("onnx_powers", &powers.encode_to_vec(), &["m.onnx: node \"the s7\" (Mul)", "64 bits"]);
}

#[test]
fn onnx_sizes_beyond_memory() {
    let mut filled = model(vec![node("ConstantOfShape", &["i"], "y")]);
    filled.graph.as_mut().expect("it has a graph").output = vec![shaped("y", 1, &[])];
    let large = braid::Tensor::i64(&[2], &[1 << 30, 1 << 30]).expect("two elements");
    let ended = run_on("onnx_filled", &filled, large, &[]);
    ended.refused(&["node \"the y\" (ConstantOfShape)", "does not fit in memory"]);
    let mut ranged = model(vec![
        node("ReduceMax", &["i"], "limit"),
        node("Sub", &["limit", "limit"], "first"),
        node("Div", &["limit", "limit"], "step"),
        node("Squeeze", &["first"], "a"),
        node("Squeeze", &["limit"], "b"),
        node("Squeeze", &["step"], "c"),
        node("Range", &["a", "b", "c"], "y"),
    ]);
    let graph = ranged.graph.as_mut().expect("it has a graph");
    graph.output = vec![shaped("y", 7, &[])];
    let large = braid::Tensor::i64(&[2], &[1 << 62, 5]).expect("two elements");
    run_on("onnx_ranged", &ranged, large, &[]).refused(&["node \"the y\" (Range)", "64-bit range"]);
}

#[test]
fn onnx_attribute_named_as_python_has_it() {
    let mut relu = node("Relu", &["x"], "y");
    relu.attribute.push(Attribute {
        name: "lambda".into(),
        r#type: AttributeType::Int as i32,
        i: 3,
        ..Attribute::default()
    });
    refused(
        "onnx_lambda",
        &model(vec![relu]).encode_to_vec(),
        &["node \"the y\" (Relu)", "`lambda` is no name of an attribute"],
    );
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

/// A tensor without dimensions.
fn scalar(name: &str, elem_type: i32) -> ValueInfo {
    let tensor = TypeValue::Tensor(TensorType { elem_type, shape: Some(Shape::default()) });
    ValueInfo { name: name.into(), r#type: Some(Type { value: Some(tensor) }) }
}

/// Compiles a model and runs it on `x` = [1, 1] and `i` = [5, 5].
fn run(name: &str, model: &Model, arguments: &[&str]) -> super::Ended {
    run_on(name, model, braid::Tensor::i64(&[2], &[5, 5]).expect("two elements"), arguments)
}

/// The same with another `i`.
fn run_on(name: &str, model: &Model, i: braid::Tensor, arguments: &[&str]) -> super::Ended {
    let desk = Desk::new(name);
    let compiled = desk.write("m.onnx", model.encode_to_vec()).run(&["compile", "m.onnx", "-o", "m.braid"]);
    assert_eq!(compiled.code, Some(0), "{}", compiled.stderr);
    let x = braid::Tensor::f32(&[2], &[1.0, 1.0]).expect("two elements");
    let inputs = vec![("x".to_string(), x), ("i".to_string(), i)];
    let case = cases::Case { inputs, ..cases::Case::default() };
    cases::write(&desk.folder.join("c.npz"), &[case]).expect("the target folder is writable");
    desk.run(&[&["run", "m.braid", "--inputs", "c.npz"], arguments].concat())
}

#[test]
fn onnx_loop_without_end() {
    let body = Graph {
        node: vec![node("Identity", &["go"], "go_on"), node("Add", &["s", "s"], "t")],
        input: vec![scalar("n", 7), scalar("go", 9), value("s", 1)],
        output: vec![scalar("go_on", 9), value("t", 1)],
        ..Graph::default()
    };
    let attribute = Attribute {
        name: "body".into(),
        r#type: AttributeType::Graph as i32,
        g: Some(body),
        ..Attribute::default()
    };
    let endless = Node { attribute: vec![attribute], ..node("Loop", &["", "always", "x"], "y") };
    let mut model = model(vec![endless]);
    let always = Tensor { name: "always".into(), data_type: 9, int32_data: vec![1], ..Tensor::default() };
    model.graph.as_mut().expect("it has a graph").initializer.push(always);
    run("onnx_endless", &model, &["--max-steps", "1000"]).refused(&["case 0", "steps"]);
}

#[test]
fn onnx_index_out_of_range() {
    let model = model(vec![node("Gather", &["x", "i"], "y")]);
    run("onnx_index", &model, &[]).refused(&["m.onnx: node \"the y\" (Gather)", "index 5 is out of range"]);
}
