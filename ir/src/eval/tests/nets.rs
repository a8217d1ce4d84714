//! Whole nets: control flow, symbols, sequences, errors.

use crate::dtype::{DType, Scalar};
use crate::eval::{EvalError, Options, run};
use crate::net::{Builder, Edge, Loc, Net, Terminator};
use crate::ops::Value;
use crate::ops::attrs::{Attr, Attrs};
use crate::tensor::Tensor;
use crate::term::{Sym, Term};
use crate::types::{TensorType, Type};
use std::sync::Arc;

/// `while sum(x) < 10: x = x + 1; return x`, which visits its gate once more than it loops.
fn counting() -> Net {
    let mut net = Net::new("counting");
    let n = Term::sym(Sym::named("n"));
    let ty = TensorType::new(DType::F32, vec![n]);
    let x = net.add_input("x", ty.clone());
    let (header, body, exit) =
        (net.add_block(Loc::default()), net.add_block(Loc::default()), net.add_block(Loc::default()));
    let carried = net.add_param(header, ty.into());
    Builder::new(&mut net, Net::ENTRY, Loc::default())
        .end(Terminator::Jump(Edge { block: header, args: vec![x] }));
    let mut b = Builder::new(&mut net, header, Loc::default());
    let sum = b.op1("reduce_sum", &[carried], Attrs::from([("axes", Attr::Ints(vec![0]))])).expect("a sum");
    let limit = b.full(Scalar::f32(10.0), vec![]).expect("a constant");
    let condition = b.op1("less", &[sum, limit], Attrs::default()).expect("a comparison");
    let edge = |block| Edge { block, args: vec![] };
    b.end(Terminator::Branch { condition, yes: edge(body), no: edge(exit) });
    let mut b = Builder::new(&mut net, body, Loc::default());
    let one = b.full(Scalar::f32(1.0), vec![n]).expect("a constant");
    let next = b.op1("add", &[carried, one], Attrs::default()).expect("a sum");
    b.end(Terminator::Jump(Edge { block: header, args: vec![next] }));
    Builder::new(&mut net, exit, Loc::default()).end(Terminator::Return(vec![carried]));
    net
}

fn floats(values: &[f32]) -> Vec<Arc<Tensor>> {
    vec![Arc::new(Tensor::f32(&[values.len()], values))]
}

#[test]
fn a_loop_runs_until_its_gate_says_so() {
    let net = counting();
    let outcome = run(&net, &floats(&[1.0, 2.0]), &Options::default()).expect("a result");
    assert_eq!(outcome.outputs, floats(&[5.0, 6.0]));
    assert_eq!(
        outcome.path.iter().map(|(_, side)| *side).collect::<Vec<_>>(),
        [true, true, true, true, false]
    );
}

#[test]
fn gates_can_be_forced_and_steps_are_limited() {
    let net = counting();
    let header = net.block_ids().nth(1).expect("a header");
    let mut options = Options::default();
    options.forced.insert(header, vec![true, false]);
    let outcome = run(&net, &floats(&[1.0]), &options).expect("a result");
    assert_eq!(outcome.outputs, floats(&[2.0]));
    let endless = Options { max_steps: 50, ..Options::default() };
    assert!(matches!(run(&net, &floats(&[-1e9]), &endless), Err(EvalError::StepLimit { limit: 50, .. })));
}

#[test]
fn inputs_are_checked() {
    let net = counting();
    let message =
        |inputs: &[Arc<Tensor>]| run(&net, inputs, &Options::default()).expect_err("a refusal").to_string();
    assert_eq!(message(&[]), "the program takes 1 inputs, not 0");
    assert_eq!(message(&[Arc::new(Tensor::i64(&[1], &[1]))]), "input x must be f32[n], not i64[1]");
    assert_eq!(message(&floats(&[])), "input x: dimension n must be at least 1");
}

/// Data-dependent sizes name dimensions of what follows; two dimensions that must agree are guarded.
#[test]
fn sizes_and_guards() {
    let mut net = Net::new("sizes");
    let dims = ["a", "b"].map(|name| Term::sym(Sym::named(name)));
    let x = net.add_input("x", TensorType::new(DType::F32, vec![dims[0]]));
    let y = net.add_input("y", TensorType::new(DType::F32, vec![dims[1]]));
    let mut b = Builder::new(&mut net, Net::ENTRY, Loc::default());
    let sum = b.op1("add", &[x, y], Attrs::default()).expect("a sum");
    let places = b.op("nonzero", &[sum], Attrs::default()).expect("places");
    let rows = b.net.tensor_ty(places[0]).expect("a tensor").shape[0];
    let ones = b.full(Scalar::i64(1), vec![rows, Term::int(1)]).expect("ones");
    let moved = b.op1("add", &[places[0], ones], Attrs::default()).expect("a sum");
    b.end(Terminator::Return(vec![moved]));
    assert_eq!(net.guards.len(), 1);
    let inputs = [floats(&[1.0, 0.0, -1.0]), floats(&[1.0, 0.0, 0.0])].concat();
    let outcome = run(&net, &inputs, &Options::default()).expect("a result");
    assert_eq!(*outcome.outputs[0], Tensor::i64(&[2, 1], &[1, 3]));
    let inputs = [floats(&[1.0, 0.0, -1.0]), floats(&[1.0])].concat();
    assert!(matches!(run(&net, &inputs, &Options::default()), Err(EvalError::GuardFailed { .. })));
}

/// Dimensions that only the data decides are checked where an operator needs them equal.
#[test]
fn sizes_of_two_selections_are_checked() {
    let mut net = Net::new("checked");
    let [x, y] = ["x", "y"].map(|name| net.add_input(name, TensorType::fixed(DType::F32, &[3])));
    let mut b = Builder::new(&mut net, Net::ENTRY, Loc::default());
    let places = [x, y].map(|v| b.op("nonzero", &[v], Attrs::default()).expect("places")[0]);
    assert!(b.op("add", &places, Attrs::default()).is_err());
    let mut b = b.with_checks();
    let sum = b.op1("add", &places, Attrs::default()).expect("a sum");
    b.end(Terminator::Return(vec![sum]));
    let inputs = |y: &[f32]| [floats(&[1.0, 0.0, 1.0]), floats(y)].concat();
    let outcome = run(&net, &inputs(&[0.0, 1.0, 1.0]), &Options::default()).expect("a result");
    assert_eq!(*outcome.outputs[0], Tensor::i64(&[2, 1], &[1, 4]));
    let error = run(&net, &inputs(&[0.0, 0.0, 1.0]), &Options::default()).expect_err("a failure");
    assert_eq!(error.to_string(), "RuntimeError: add: dimensions must be equal, but they are 2 and 1");
}

#[test]
fn sequences_grow_and_draws_are_counted() {
    let mut net = Net::new("sequence");
    let mut b = Builder::new(&mut net, Net::ENTRY, Loc::default());
    let open = Attrs::from([
        ("dtype", Attr::DType(DType::F32)),
        ("dims", Attr::Ints(vec![0])),
        ("unknown", Attr::Ints(vec![0])),
    ]);
    let mut seq = b.op1("seq_empty", &[], open).expect("a list");
    for n in [2, 1] {
        let draw = Attrs::from([("dtype", Attr::DType(DType::F32)), ("shape", Attr::Ints(vec![n]))]);
        let x = b.op1("random_uniform", &[], draw).expect("a draw");
        seq = b.op1("seq_push", &[seq, x], Attrs::default()).expect("a list");
    }
    let all = b.op("seq_concat", &[seq], Attrs::from([("axis", Attr::Int(0))])).expect("a tensor");
    assert!(matches!(b.net.ty(seq), Type::Seq(DType::F32, Some(dims)) if dims == &[None]));
    b.end(Terminator::Return(vec![seq, all[0], all[1]]));
    let outcome = run::<Value>(&net, &[], &Options { seed: 9, ..Options::default() }).expect("a result");
    let element = |draw, i| crate::ops::random::uniform(9, draw, i, DType::F32);
    assert_eq!(outcome.outputs.len(), 4);
    assert_eq!(
        outcome.outputs[2].scalars().collect::<Vec<_>>(),
        [element(0, 0), element(0, 1), element(1, 0)]
    );
    assert_eq!(*outcome.outputs[3], Tensor::i64(&[], &[3]));
}

#[test]
fn a_failure_names_what_it_shows() {
    let mut net = Net::new("fails");
    let x = net.add_input("x", TensorType::scalar(DType::F32));
    let fail = Terminator::Fail { message: "ValueError: bad {0}".to_string(), operands: vec![x] };
    Builder::new(&mut net, Net::ENTRY, Loc { file: 0, line: 3, col: 5 }).end(fail);
    let error = run(&net, &[Arc::new(Tensor::f32(&[], &[0.5]))], &Options::default()).expect_err("a failure");
    assert_eq!(
        error,
        EvalError::Raised { message: "ValueError: bad 0.5".into(), loc: Loc { file: 0, line: 3, col: 5 } }
    );
}
