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

/// The message with which a model is refused.
fn refused(model: &Model) -> String {
    match import(model) {
        Ok(_) => panic!("the model was to be refused"),
        Err(message) => message,
    }
}

/// `y = relu(x)`.
fn small() -> Model {
    model(graph(
        vec![node("Relu", &["x"], &["y"])],
        vec![value("x", FLOAT, &[2])],
        vec![value("y", FLOAT, &[2])],
    ))
}

fn nodes(model: &mut Model) -> &mut Vec<Node> {
    &mut model.graph.as_mut().expect("it has a graph").node
}

#[test]
fn mistakes_in_a_graph_are_named_with_their_node() {
    type Damage = fn(&mut Model);
    let cases: &[(Damage, &str)] = &[
        (
            |m| nodes(m).push(node("Relu", &["z"], &["y"])),
            "node \"the y\" (Relu): error: its output `y` is the output of another node",
        ),
        (|m| nodes(m)[0].input[0] = "q".into(), "node \"the y\" (Relu): error: its input `q` is no result"),
        (|m| nodes(m)[0].input[0] = "y".into(), "it takes its own result"),
        (|m| nodes(m)[0].output[0] = "x".into(), "its output `x` is an input or initialiser"),
        (|m| nodes(m)[0].op_type = "Relux".into(), "there is no such operator in version 21"),
        (
            |m| nodes(m)[0].domain = "com.example".into(),
            "imports no version of its operator set `com.example`",
        ),
        (|m| nodes(m)[0].input.push("x".into()), "takes 1 positional argument but 2 were given"),
        (|m| m.opset_import[0].version = 999, "operator set 999 is not supported"),
        (|m| m.opset_import.clear(), "imports no version of its operator set `ai.onnx`"),
        (|m| m.graph = None, "it has no graph"),
        (|m| nodes(m).clear(), "the graph's output `y` is made by no node"),
        (
            |m| nodes(m)[0].attribute.push(Attribute { name: "x=1) or f(".into(), ..Attribute::default() }),
            "is no name of an attribute",
        ),
        (
            |m| nodes(m)[0].attribute.push(Attribute { name: "beta".into(), i: 1, ..Attribute::default() }),
            "unexpected keyword argument 'beta'",
        ),
    ];
    for (damage, expected) in cases {
        let mut model = small();
        damage(&mut model);
        let message = refused(&model);
        assert!(message.contains(expected), "expected {expected}, got {message}");
    }
}

#[test]
fn element_types_must_agree() {
    let g = graph(
        vec![node("Add", &["x", "n"], &["y"])],
        vec![value("x", FLOAT, &[2]), value("n", INT64, &[2])],
        vec![value("y", FLOAT, &[2])],
    );
    let message = refused(&model(g));
    assert!(
        message.contains("node \"the y\" (Add): error: TypeError: the inputs must have one element type"),
        "{message}"
    );
}

#[test]
fn damaged_initialisers_are_refused() {
    type Damage = fn(&mut braid_frontend::onnx::proto::Tensor);
    let cases: &[(Damage, &str)] = &[
        (|w| w.dims = vec![1 << 40], "ask for 4398046511104 bytes of elements, but it has 8"),
        (|w| w.dims = vec![1 << 40, 1 << 40], "are too large"),
        (|w| w.dims = vec![-2], "is negative"),
        (|w| w.data_type = 99, "there is no element type 99"),
        (|w| w.data_type = 8, "elements of type string are not supported"),
        (|w| w.data_location = 1, "it is in a file of its own that is not named"),
    ];
    for (damage, expected) in cases {
        let mut model = small();
        let graph = model.graph.as_mut().unwrap();
        let mut w = floats("w", &[2], &[1.0, 2.0]);
        damage(&mut w);
        graph.initializer.push(w);
        graph.node[0] = node("Add", &["x", "w"], &["y"]);
        let message = refused(&model);
        assert!(message.contains("tensor `w`") && message.contains(expected), "{message}");
    }
}

#[test]
fn elements_in_files_stay_inside_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("models");
    std::fs::create_dir(&inside).unwrap();
    let data: Vec<u8> = [5.0f32, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    std::fs::write(folder.path().join("secret"), &data).unwrap();
    std::fs::write(inside.join("weights"), [&[0; 4][..], &data].concat()).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("link")).unwrap();
    let outside = folder.path().join("secret").display().to_string();
    let compiled = |location: &str, offset: &str| {
        let mut model = small();
        let graph = model.graph.as_mut().unwrap();
        let entry = |key: &str, value: &str| StringStringEntry { key: key.into(), value: value.into() };
        graph.initializer.push(braid_frontend::onnx::proto::Tensor {
            name: "w".into(),
            dims: vec![2],
            data_type: FLOAT,
            data_location: 1,
            external_data: vec![entry("location", location), entry("offset", offset)],
            ..Default::default()
        });
        graph.node[0] = node("Add", &["x", "w"], &["y"]);
        let options = OnnxOptions::default();
        compile_bytes(&model.encode_to_vec(), "m.onnx", Some(&inside), &options)
            .map_err(|error| error.render())
    };
    let net = compiled("./weights", "4").unwrap();
    assert_eq!(run(&net, &[Tensor::f32(&[2], &[1.0, 1.0])]), [Tensor::f32(&[2], &[6.0, 7.0])]);
    for (location, offset, expected) in [
        ("weights", "5", "has 12 bytes, too few for 8 from 5 on"),
        ("weights", "18446744073709551615", "too few"),
        ("weights", "x", "is no number"),
        ("../secret", "0", "is not a path inside the model's folder"),
        (&outside, "0", "is not a path inside the model's folder"),
        ("link", "0", "through a link"),
        ("missing", "0", "cannot read missing"),
        (".", "0", "is no plain file"),
    ] {
        let message = compiled(location, offset).unwrap_err();
        assert!(message.contains(expected), "{location}: {message}");
    }
}

#[test]
fn deep_nesting_and_damaged_files_are_refused() {
    let mut inner = graph(vec![node("Relu", &["x"], &["y"])], vec![], vec![value("y", FLOAT, &[2])]);
    for _ in 0..200 {
        let branch = with_graph(node("If", &["c"], &["y"]), "then_branch", inner.clone());
        let branch = with_graph(branch, "else_branch", Graph::default());
        inner = graph(vec![branch], vec![], vec![value("y", FLOAT, &[2])]);
    }
    inner.input = vec![value("c", BOOL, &[]), value("x", FLOAT, &[2])];
    let message = refused(&model(inner));
    assert!(message.contains("this is no ONNX model, or it is damaged"), "{message}");
    let bytes = small().encode_to_vec();
    let options = OnnxOptions::default();
    for end in 0..bytes.len() {
        // A cut may fall between two fields, and what is left may be a model.
        if let Err(diagnostic) = compile_bytes(&bytes[..end], "m.onnx", None, &options) {
            assert!(diagnostic.render().contains("m.onnx"), "{}", diagnostic.render());
        }
    }
}

fn attribute(name: &str, i: i64) -> Attribute {
    Attribute { name: name.into(), r#type: AttributeType::Int as i32, i, ..Attribute::default() }
}

/// `twice(x) = x + x` by way of `once(x, y) = x + y`, in the domain `own`.
fn with_functions() -> Model {
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

#[test]
fn functions_of_the_model_are_called() {
    let net = import(&with_functions()).unwrap();
    assert_eq!(run(&net, &[Tensor::f32(&[2], &[1.0, -3.0])]), [Tensor::f32(&[2], &[2.0, -6.0])]);
    let mut recursive = with_functions();
    recursive.functions[1].node[0] = recursive.functions[0].node[0].clone();
    let message = refused(&recursive);
    assert!(message.contains("the function once calls itself"), "{message}");
}

#[test]
fn attributes_of_functions_reach_their_nodes() {
    // shape(x) with `end` of the caller, 1 by default.
    let mut model = with_functions();
    let mut shape = node("Shape", &["a"], &["out"]);
    let end = Attribute { ref_attr_name: "last".into(), ..attribute("end", 0) };
    shape.attribute = vec![end, Attribute { ref_attr_name: "none".into(), ..attribute("start", 5) }];
    model.functions[0].node = vec![shape];
    model.functions[0].attribute_proto = vec![attribute("last", 1)];
    let graph = model.graph.as_mut().unwrap();
    graph.input[0] = value("x", FLOAT, &[2, 3, 4]);
    graph.output[0] = value("y", INT64, &[0]);
    let x = Tensor::f32(&[2, 3, 4], &[0.0; 24]);
    assert_eq!(run(&import(&model).unwrap(), &[x.clone()]), [Tensor::i64(&[1], &[2])]);
    nodes(&mut model)[0].attribute.push(attribute("last", 2));
    assert_eq!(run(&import(&model).unwrap(), &[x]), [Tensor::i64(&[2], &[2, 3])]);
}
