//! Small models, made message by message.

use braid_frontend::OnnxOptions;
use braid_frontend::onnx::compile_bytes;
use braid_frontend::onnx::proto::{
    self, Attribute, AttributeType, Dimension, DimensionValue, Function, Graph, Model, Node, OperatorSetId,
    Shape, TensorType, Type, TypeValue, ValueInfo,
};
use braid_ir::{Net, Tensor, eval};
use prost::Message;
use std::sync::Arc;

pub fn node(op_type: &str, input: &[&str], output: &[&str]) -> Node {
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    Node {
        name: format!("the {}", output[0]),
        op_type: op_type.into(),
        input: names(input),
        output: names(output),
        ..Node::default()
    }
}

pub fn with_graph(mut node: Node, name: &str, graph: Graph) -> Node {
    node.attribute.push(Attribute {
        name: name.into(),
        r#type: AttributeType::Graph as i32,
        g: Some(graph),
        ..Attribute::default()
    });
    node
}

/// A value of an element type; a dimension of 0 is not known.
pub fn value(name: &str, elem_type: i32, dims: &[i64]) -> ValueInfo {
    let dim = dims.iter().map(|&dim| Dimension { value: (dim > 0).then_some(DimensionValue::Value(dim)) });
    let shape = Some(Shape { dim: dim.collect() });
    let tensor = TypeValue::Tensor(TensorType { elem_type, shape });
    ValueInfo { name: name.into(), r#type: Some(Type { value: Some(tensor) }) }
}

pub fn graph(node: Vec<Node>, input: Vec<ValueInfo>, output: Vec<ValueInfo>) -> Graph {
    Graph { name: "g".into(), node, input, output, ..Graph::default() }
}

pub fn model(graph: Graph) -> Model {
    let opset_import = vec![OperatorSetId { domain: String::new(), version: 21 }];
    Model { ir_version: 10, opset_import, graph: Some(graph), ..Model::default() }
}

pub fn import(model: &Model) -> Result<Net, String> {
    let options = OnnxOptions::default();
    compile_bytes(&model.encode_to_vec(), "m.onnx", None, &options).map_err(|diagnostic| diagnostic.render())
}

pub fn run(net: &Net, inputs: &[Tensor]) -> Vec<Tensor> {
    let inputs: Vec<Arc<Tensor>> = inputs.iter().cloned().map(Arc::new).collect();
    let outcome = eval::run(net, &inputs, &eval::Options::default()).expect("the net runs");
    outcome.outputs.iter().map(|output| output.as_ref().clone()).collect()
}

pub const FLOAT: i32 = 1;
pub const INT64: i32 = 7;
pub const BOOL: i32 = 9;

pub fn floats(name: &str, dims: &[i64], data: &[f32]) -> proto::Tensor {
    proto::Tensor {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: FLOAT,
        float_data: data.to_vec(),
        ..Default::default()
    }
}

/// The message with which a model is refused.
pub fn refused(model: &Model) -> String {
    match import(model) {
        Ok(_) => panic!("the model was to be refused"),
        Err(message) => message,
    }
}

/// `y = relu(x)`.
pub fn small() -> Model {
    model(graph(
        vec![node("Relu", &["x"], &["y"])],
        vec![value("x", FLOAT, &[2])],
        vec![value("y", FLOAT, &[2])],
    ))
}

pub fn nodes(model: &mut Model) -> &mut Vec<Node> {
    &mut model.graph.as_mut().expect("it has a graph").node
}

pub fn attribute(name: &str, i: i64) -> Attribute {
    Attribute { name: name.into(), r#type: AttributeType::Int as i32, i, ..Attribute::default() }
}

/// `twice(x) = x + x` by way of `once(x, y) = x + y`, in the domain `own`.
pub fn with_functions() -> Model {
    let mut model = small();
    let set = |domain: &str, version| OperatorSetId { domain: domain.into(), version };
    model.opset_import.push(set("own", 1));
    let function = |name: &str, input: &[&str], node: Node| Function {
        name: name.into(),
        domain: "own".into(),
        input: input.iter().map(|name| name.to_string()).collect(),
        output: vec!["out".into()],
        node: vec![node],
        opset_import: vec![set("", 21), set("own", 1)],
        ..Function::default()
    };
    let mut inner = node("once", &["a", "a"], &["out"]);
    inner.domain = "own".into();
    model.functions = vec![
        function("twice", &["a"], inner),
        function("once", &["a", "b"], node("Add", &["a", "b"], &["out"])),
    ];
    let call = &mut nodes(&mut model)[0];
    (call.op_type, call.domain) = ("twice".into(), "own".into());
    model
}

/// `c ? x + x : reshape(x, [1, 2])`.
pub fn branch() -> Model {
    let yes = graph(vec![node("Add", &["x", "x"], &["twice"])], vec![], vec![value("twice", FLOAT, &[2])]);
    let mut no = graph(vec![node("Reshape", &["x", "to"], &["r"])], vec![], vec![value("r", FLOAT, &[1, 2])]);
    no.initializer.push(proto::Tensor {
        name: "to".into(),
        dims: vec![2],
        data_type: INT64,
        int64_data: vec![1, 2],
        ..Default::default()
    });
    let branch = with_graph(node("If", &["c"], &["y"]), "then_branch", yes);
    let branch = with_graph(branch, "else_branch", no);
    model(graph(
        vec![branch],
        vec![value("c", BOOL, &[]), value("x", FLOAT, &[2])],
        vec![value("y", FLOAT, &[2])],
    ))
}

/// `n` times `x + x`, with what each gives.
pub fn counted_loop() -> Model {
    let body = graph(
        vec![
            node("Identity", &["c"], &["go"]),
            node("Add", &["a", "x"], &["next"]),
            node("Identity", &["next"], &["row"]),
        ],
        vec![value("i", INT64, &[]), value("c", BOOL, &[]), value("a", FLOAT, &[2])],
        vec![value("go", BOOL, &[]), value("next", FLOAT, &[2]), value("row", FLOAT, &[2])],
    );
    model(graph(
        vec![with_graph(node("Loop", &["n", "", "x"], &["last", "rows"]), "body", body)],
        vec![value("n", INT64, &[]), value("x", FLOAT, &[2])],
        vec![value("last", FLOAT, &[2]), value("rows", FLOAT, &[0, 2])],
    ))
}

/// A running sum over rows, with what each row gives.
pub fn scan() -> Model {
    let body = graph(
        vec![node("Add", &["sum", "row"], &["next"]), node("Identity", &["next"], &["out"])],
        vec![value("sum", FLOAT, &[2]), value("row", FLOAT, &[2])],
        vec![value("next", FLOAT, &[2]), value("out", FLOAT, &[2])],
    );
    let mut scan = with_graph(node("Scan", &["start", "x"], &["sum", "sums"]), "body", body);
    scan.attribute.push(attribute("num_scan_inputs", 1));
    model(graph(
        vec![scan],
        vec![value("start", FLOAT, &[2]), value("x", FLOAT, &[0, 2])],
        vec![value("sum", FLOAT, &[2]), value("sums", FLOAT, &[0, 2])],
    ))
}

/// A list that a loop grows, joined.
pub fn sequences() -> Model {
    let mut list = value("list", FLOAT, &[]);
    let element = Type { value: list.r#type.take().and_then(|ty| ty.value) };
    let sequence = proto::ElementType { elem_type: Some(Box::new(element)) };
    list.r#type = Some(Type { value: Some(TypeValue::Sequence(Box::new(sequence))) });
    let body = graph(
        vec![node("SequenceInsert", &["list", "x"], &["longer"]), node("Identity", &["c"], &["go"])],
        vec![value("i", INT64, &[]), value("c", BOOL, &[]), list],
        vec![value("go", BOOL, &[]), value("longer", FLOAT, &[])],
    );
    let mut joined = node("ConcatFromSequence", &["all"], &["y"]);
    joined.attribute.push(attribute("axis", 0));
    model(graph(
        vec![
            node("SequenceConstruct", &["x"], &["first"]),
            with_graph(node("Loop", &["n", "", "first"], &["all"]), "body", body),
            joined,
        ],
        vec![value("x", FLOAT, &[2]), value("n", INT64, &[])],
        vec![value("y", FLOAT, &[0])],
    ))
}
