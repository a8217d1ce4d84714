//! What the nets of small models compute.

use crate::build::*;
use braid_frontend::onnx::proto::*;
use braid_ir::{Tensor, eval};
use std::sync::Arc;

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
    let net = import(&branch()).unwrap();
    let x = Tensor::f32(&[2], &[1.0, 2.0]);
    assert_eq!(run(&net, &[Tensor::bool(&[], &[true]), x.clone()]), [Tensor::f32(&[2], &[2.0, 4.0])]);
    assert_eq!(run(&net, &[Tensor::bool(&[], &[false]), x.clone()]), [x.reshaped(vec![1, 2])]);
}

#[test]
fn a_loop_stacks_what_its_iterations_give() {
    let net = import(&counted_loop()).unwrap();
    let x = Tensor::f32(&[2], &[1.0, 2.0]);
    let outputs = run(&net, &[Tensor::i64(&[], &[2]), x.clone()]);
    assert_eq!(outputs, [Tensor::f32(&[2], &[3.0, 6.0]), Tensor::f32(&[2, 2], &[2.0, 4.0, 3.0, 6.0])]);
    let outputs = run(&net, &[Tensor::i64(&[], &[0]), x.clone()]);
    assert_eq!(outputs, [x, Tensor::f32(&[0, 2], &[])]);
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
    assert_eq!(run(&import(&model).unwrap(), std::slice::from_ref(&x)), [Tensor::i64(&[1], &[2])]);
    nodes(&mut model)[0].attribute.push(attribute("last", 2));
    assert_eq!(run(&import(&model).unwrap(), &[x]), [Tensor::i64(&[2], &[2, 3])]);
}

#[test]
fn a_scan_runs_over_rows() {
    let net = import(&scan()).unwrap();
    let (start, x) =
        (Tensor::f32(&[2], &[10.0, 20.0]), Tensor::f32(&[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    let sums = Tensor::f32(&[3, 2], &[11.0, 22.0, 14.0, 26.0, 19.0, 32.0]);
    assert_eq!(run(&net, &[start, x]), [Tensor::f32(&[2], &[19.0, 32.0]), sums]);
}

#[test]
fn a_loop_grows_a_list() {
    let net = import(&sequences()).unwrap();
    let x = Tensor::f32(&[2], &[1.0, 2.0]);
    let joined = Tensor::f32(&[6], &[1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
    assert_eq!(run(&net, &[x.clone(), Tensor::i64(&[], &[2])]), [joined]);
    assert_eq!(run(&net, &[x.clone(), Tensor::i64(&[], &[0])]), [x]);
}

/// A loop of `n` iterations over carried values `a` and `b`, whose body makes `(p, q)` of them.
fn pair_loop(body: Vec<Node>) -> Model {
    let mut nodes = vec![node("Identity", &["c"], &["go"])];
    nodes.extend(body);
    let body = graph(
        nodes,
        vec![value("i", INT64, &[]), value("c", BOOL, &[]), value("a", FLOAT, &[2]), value("b", FLOAT, &[2])],
        vec![value("go", BOOL, &[]), value("p", FLOAT, &[2]), value("q", FLOAT, &[2])],
    );
    model(graph(
        vec![with_graph(node("Loop", &["n", "", "x", "x"], &["y", "z"]), "body", body)],
        vec![value("n", INT64, &[]), value("x", FLOAT, &[2])],
        vec![value("y", FLOAT, &[2]), value("z", FLOAT, &[2])],
    ))
}

#[test]
fn carried_values_are_assigned_at_once() {
    // Fibonacci: (a, b) becomes (b, a + b).
    let net =
        import(&pair_loop(vec![node("Identity", &["b"], &["p"]), node("Add", &["a", "b"], &["q"])])).unwrap();
    let x = Tensor::f32(&[2], &[1.0, 2.0]);
    for (n, y, z) in [(0, 1.0, 1.0), (1, 1.0, 2.0), (5, 8.0, 13.0)] {
        let outputs = run(&net, &[Tensor::i64(&[], &[n]), x.clone()]);
        assert_eq!(outputs, [Tensor::f32(&[2], &[y, 2.0 * y]), Tensor::f32(&[2], &[z, 2.0 * z])]);
    }
}

#[test]
fn a_branch_in_a_loop_may_change_what_the_loop_carries() {
    // While the condition holds: (a, b) becomes (b, a + b), else it stays.
    let sides = ["then_branch", "else_branch"].into_iter().zip([("b", "sum"), ("a", "b")]);
    let mut branch = node("If", &["odd"], &["p", "q"]);
    for (name, (p, q)) in sides {
        let nodes = vec![
            node("Add", &["a", "b"], &["sum"]),
            node("Identity", &[p], &["l"]),
            node("Identity", &[q], &["r"]),
        ];
        branch = with_graph(
            branch,
            name,
            graph(nodes, vec![], vec![value("l", FLOAT, &[2]), value("r", FLOAT, &[2])]),
        );
    }
    let mut model = pair_loop(vec![branch]);
    model.graph.as_mut().unwrap().input.push(value("odd", BOOL, &[]));
    let net = import(&model).unwrap();
    let x = Tensor::f32(&[2], &[1.0, 2.0]);
    for (odd, y, z) in [(true, 2.0, 3.0), (false, 1.0, 1.0)] {
        let outputs = run(&net, &[Tensor::i64(&[], &[2]), x.clone(), Tensor::bool(&[], &[odd])]);
        assert_eq!(outputs, [Tensor::f32(&[2], &[y, 2.0 * y]), Tensor::f32(&[2], &[z, 2.0 * z])]);
    }
}

#[test]
fn an_optional_becomes_a_list_in_a_loop() {
    // Nothing at first, a list of one after an iteration.
    let body = graph(
        vec![node("SequenceConstruct", &["x"], &["new"]), node("Identity", &["c"], &["go"])],
        vec![value("i", INT64, &[]), value("c", BOOL, &[]), value("list", FLOAT, &[])],
        vec![value("go", BOOL, &[]), value("new", FLOAT, &[])],
    );
    let g = graph(
        vec![
            node("Optional", &[], &["nothing"]),
            with_graph(node("Loop", &["n", "", "nothing"], &["list"]), "body", body),
            node("OptionalHasElement", &["list"], &["y"]),
        ],
        vec![value("x", FLOAT, &[2]), value("n", INT64, &[])],
        vec![value("y", BOOL, &[])],
    );
    let net = import(&model(g)).unwrap();
    for n in [0, 1, 3] {
        let outputs = run(&net, &[Tensor::f32(&[2], &[1.0, 2.0]), Tensor::i64(&[], &[n])]);
        assert_eq!(outputs, [Tensor::bool(&[], &[n > 0])], "{n} iterations");
    }
}

#[test]
fn an_endless_loop_meets_the_step_limit() {
    let body = graph(
        vec![node("Identity", &["c"], &["go"]), node("Add", &["a", "a"], &["next"])],
        vec![value("i", INT64, &[]), value("c", BOOL, &[]), value("a", FLOAT, &[2])],
        vec![value("go", BOOL, &[]), value("next", FLOAT, &[2])],
    );
    let g = graph(
        vec![with_graph(node("Loop", &["", "yes", "x"], &["y"]), "body", body)],
        vec![value("x", FLOAT, &[2]), value("yes", BOOL, &[])],
        vec![value("y", FLOAT, &[2])],
    );
    let net = import(&model(g)).unwrap();
    let inputs = [Tensor::f32(&[2], &[1.0, 2.0]), Tensor::bool(&[], &[true])].map(Arc::new);
    let options = eval::Options { max_steps: 1000, ..eval::Options::default() };
    let error = eval::run(&net, &inputs, &options).unwrap_err();
    assert!(matches!(error, eval::EvalError::StepLimit { .. }), "{error}");
}

/// The specification clamps a start before the first element to that element; NumPy would take nothing.
#[test]
fn a_slice_backwards_starts_at_an_element() {
    let inputs = ["x", "starts", "ends", "axes", "steps"];
    let mut given: Vec<ValueInfo> = inputs[1..].iter().map(|name| value(name, INT64, &[1])).collect();
    given.insert(0, value("x", FLOAT, &[3]));
    let g = graph(vec![node("Slice", &inputs, &["y"])], given, vec![value("y", FLOAT, &[0])]);
    let net = import(&model(g)).unwrap();
    let slice = |start: i64, end: i64| {
        let one = |v| Tensor::i64(&[1], &[v]);
        run(&net, &[Tensor::f32(&[3], &[0.0, 1.0, 2.0]), one(start), one(end), one(0), one(-1)]).remove(0)
    };
    assert_eq!(slice(-5, -10), Tensor::f32(&[1], &[0.0]));
    assert_eq!(slice(i64::MAX, i64::MIN + 1), Tensor::f32(&[3], &[2.0, 1.0, 0.0]));
    assert_eq!(slice(1, 2), Tensor::f32(&[0], &[]));
}

/// ONNX integers wrap; those that are symbolic while a graph is traced must not do something else in silence.
#[test]
fn sizes_that_leave_64_bits_are_told() {
    let mut nodes = vec![node("Shape", &["x"], &["s0"])];
    let names: Vec<String> = (0..=6).map(|k| format!("s{k}")).collect();
    nodes.extend((0..6).map(|k| node("Mul", &[&names[k], &names[k]], &[&names[k + 1]])));
    let g = graph(nodes, vec![value("x", FLOAT, &[0])], vec![value("s6", INT64, &[1])]);
    let net = import(&model(g)).unwrap();
    let x = Arc::new(Tensor::f32(&[3], &[0.0; 3]));
    assert!(eval::run(&net, &[x], &eval::Options::default()).is_err());
}

#[test]
fn old_operators_that_train_are_refused() {
    for (op_type, inputs) in [("Dropout", &["x"][..]), ("BatchNormalization", &["x", "x", "x", "x", "x"])] {
        let g = graph(
            vec![node(op_type, inputs, &["y"])],
            vec![value("x", FLOAT, &[2])],
            vec![value("y", FLOAT, &[2])],
        );
        let mut model = model(g);
        model.opset_import[0].version = 6;
        let message = refused(&model);
        assert!(message.contains("while training (is_test=0)"), "{message}");
    }
}
