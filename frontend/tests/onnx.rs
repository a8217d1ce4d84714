//! The ONNX importer on small models that are made here: what their nets compute, and what is refused.

use braid_frontend::OnnxOptions;
use braid_frontend::onnx::compile_bytes;
use braid_frontend::onnx::proto::*;
use braid_ir::{Net, Tensor, eval};
use prost::Message;
use std::sync::Arc;

fn node(op_type: &str, input: &[&str], output: &[&str]) -> Node {
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    Node {
        name: format!("the {}", output[0]),
        op_type: op_type.into(),
        input: names(input),
        output: names(output),
        ..Node::default()
    }
}

fn with_graph(mut node: Node, name: &str, graph: Graph) -> Node {
    node.attribute.push(Attribute {
        name: name.into(),
        r#type: AttributeType::Graph as i32,
        g: Some(graph),
        ..Attribute::default()
    });
    node
}

/// A value of an element type; a dimension of 0 is not known.
fn value(name: &str, elem_type: i32, dims: &[i64]) -> ValueInfo {
    let dim = dims.iter().map(|&dim| Dimension { value: (dim > 0).then_some(DimensionValue::Value(dim)) });
    let shape = Some(Shape { dim: dim.collect() });
    let tensor = TypeValue::Tensor(TensorType { elem_type, shape });
    ValueInfo { name: name.into(), r#type: Some(Type { value: Some(tensor) }) }
}

fn graph(node: Vec<Node>, input: Vec<ValueInfo>, output: Vec<ValueInfo>) -> Graph {
    Graph { name: "g".into(), node, input, output, ..Graph::default() }
}

fn model(graph: Graph) -> Model {
    let opset_import = vec![OperatorSetId { domain: String::new(), version: 21 }];
    Model { ir_version: 10, opset_import, graph: Some(graph), ..Model::default() }
}

fn import(model: &Model) -> Result<Net, String> {
    let options = OnnxOptions::default();
    compile_bytes(&model.encode_to_vec(), "m.onnx", None, &options).map_err(|diagnostic| diagnostic.render())
}

fn run(net: &Net, inputs: &[Tensor]) -> Vec<Tensor> {
    let inputs: Vec<Arc<Tensor>> = inputs.iter().cloned().map(Arc::new).collect();
    let outcome = eval::run(net, &inputs, &eval::Options::default()).expect("the net runs");
    outcome.outputs.iter().map(|output| output.as_ref().clone()).collect()
}

const FLOAT: i32 = 1;
const INT64: i32 = 7;
const BOOL: i32 = 9;

fn floats(name: &str, dims: &[i64], data: &[f32]) -> braid_frontend::onnx::proto::Tensor {
    braid_frontend::onnx::proto::Tensor {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: FLOAT,
        float_data: data.to_vec(),
        ..Default::default()
    }
}

#[test]
fn a_straight_line_is_computed() {
    let mut g = graph(
        vec![node("Add", &["x", "w"], &["sum"]), node("Relu", &["sum"], &["y"])],
        vec![value("x", FLOAT, &[0, 2])],
        vec![value("y", FLOAT, &[0, 2])],
    );
    g.initializer.push(floats("w", &[2], &[1.0, -10.0]));
    let net = import(&model(g)).unwrap();
    let outputs = run(&net, &[Tensor::f32(&[1, 2], &[1.0, 2.0])]);
    assert_eq!(outputs, [Tensor::f32(&[1, 2], &[2.0, 0.0])]);
}

#[test]
fn a_shape_that_is_an_input_is_read_at_run_time() {
    let g = graph(
        vec![node("Reshape", &["x", "shape"], &["y"])],
        vec![value("x", FLOAT, &[4]), value("shape", INT64, &[2])],
        vec![value("y", FLOAT, &[0, 0])],
    );
    let net = import(&model(g)).unwrap();
    let x = Tensor::f32(&[4], &[1.0, 2.0, 3.0, 4.0]);
    for shape in [[2, 2], [4, 1]] {
        let outputs = run(&net, &[x.clone(), Tensor::i64(&[2], &shape)]);
        assert_eq!(outputs, [x.clone().reshaped(shape.map(|dim| dim as usize).to_vec())]);
    }
}

#[test]
fn branches_may_differ_in_rank() {
    let yes = graph(vec![node("Add", &["x", "x"], &["twice"])], vec![], vec![value("twice", FLOAT, &[2])]);
    let mut no = graph(vec![node("Reshape", &["x", "to"], &["r"])], vec![], vec![value("r", FLOAT, &[1, 2])]);
    no.initializer.push(braid_frontend::onnx::proto::Tensor {
        name: "to".into(),
        dims: vec![2],
        data_type: INT64,
        int64_data: vec![1, 2],
        ..Default::default()
    });
    let branch = with_graph(node("If", &["c"], &["y"]), "then_branch", yes);
    let branch = with_graph(branch, "else_branch", no);
    let g = graph(
        vec![branch],
        vec![value("c", BOOL, &[]), value("x", FLOAT, &[2])],
        vec![value("y", FLOAT, &[2])],
    );
    let net = import(&model(g)).unwrap();
    let x = Tensor::f32(&[2], &[1.0, 2.0]);
    assert_eq!(run(&net, &[Tensor::bool(&[], &[true]), x.clone()]), [Tensor::f32(&[2], &[2.0, 4.0])]);
    assert_eq!(run(&net, &[Tensor::bool(&[], &[false]), x.clone()]), [x.reshaped(vec![1, 2])]);
}

#[test]
fn a_loop_stacks_what_its_iterations_give() {
    let body = graph(
        vec![
            node("Identity", &["c"], &["go"]),
            node("Add", &["a", "x"], &["next"]),
            node("Identity", &["next"], &["row"]),
        ],
        vec![value("i", INT64, &[]), value("c", BOOL, &[]), value("a", FLOAT, &[2])],
        vec![value("go", BOOL, &[]), value("next", FLOAT, &[2]), value("row", FLOAT, &[2])],
    );
    let g = graph(
        vec![with_graph(node("Loop", &["n", "", "x"], &["last", "rows"]), "body", body)],
        vec![value("n", INT64, &[]), value("x", FLOAT, &[2])],
        vec![value("last", FLOAT, &[2]), value("rows", FLOAT, &[0, 2])],
    );
    let net = import(&model(g)).unwrap();
    let x = Tensor::f32(&[2], &[1.0, 2.0]);
    let outputs = run(&net, &[Tensor::i64(&[], &[2]), x.clone()]);
    assert_eq!(outputs, [Tensor::f32(&[2], &[3.0, 6.0]), Tensor::f32(&[2, 2], &[2.0, 4.0, 3.0, 6.0])]);
    let outputs = run(&net, &[Tensor::i64(&[], &[0]), x.clone()]);
    assert_eq!(outputs, [x, Tensor::f32(&[0, 2], &[])]);
}
