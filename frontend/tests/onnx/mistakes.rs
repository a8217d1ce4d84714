//! Models that are damaged or hostile: what a person is told.

use crate::build::*;
use braid_frontend::OnnxOptions;
use braid_frontend::onnx::compile_bytes;
use braid_frontend::onnx::proto::{self, *};
use braid_ir::Tensor;
use prost::Message;

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
    type Damage = fn(&mut proto::Tensor);
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
        graph.initializer.push(proto::Tensor {
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
