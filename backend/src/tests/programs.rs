//! Control flow of every kind, against results worked out by hand.

use super::maker::{Maker, edge, line, var};
use crate::{Options, compile_program};
use braid_ir::net::{Builder, Guard, ValueId};
use braid_ir::program::{Arg, HostEnd, Instr, Program, Var};
use braid_ir::{Attr, Attrs, DType, Scalar, Sym, Tensor as IrTensor, TensorType, Term};
use braid_runtime::{Error, Event, Program as Compiled, RunOptions, Tensor};

pub fn compiled(program: &Program) -> Compiled {
    let bytes = compile_program(program, &Options::native().expect("this machine")).expect("compiles");
    Compiled::from_bytes(&bytes).expect("loads")
}

fn f32s(shape: &[usize], values: &[f32]) -> Tensor {
    Tensor::f32(shape, values).expect("as many as the shape asks for")
}

fn values(tensors: &[Tensor]) -> Vec<Vec<f32>> {
    tensors.iter().map(|t| t.to_f32().expect("f32")).collect()
}

fn vector(n: usize) -> TensorType {
    TensorType::fixed(DType::F32, &[n])
}

fn constant(builder: &mut Builder, value: f32) -> ValueId {
    builder.full(Scalar::f32(value), vec![]).expect("a constant")
}

fn op(builder: &mut Builder, name: &str, operands: &[ValueId]) -> ValueId {
    builder.op1(name, operands, Attrs::default()).expect("an operator")
}

fn attrs<const N: usize>(pairs: [(&'static str, Attr); N]) -> Attrs {
    Attrs::from(pairs)
}

/// The sum of all elements of a vector and whether it exceeds a limit.
fn sum_exceeds(maker: &mut Maker, ty: &TensorType, limit: f32) -> usize {
    maker.subnet(&[ty], |b, x| {
        let all = attrs([("axes", Attr::Ints(vec![0])), ("keepdims", Attr::Bool(false))]);
        let sum = b.op1("reduce_sum", &[x[0]], all).expect("a sum");
        let limit = constant(b, limit);
        vec![op(b, "greater", &[sum, limit])]
    })
}

/// if sum(x) > 1: y = x * 2 else: y = x + w;  return y, x
fn branching() -> Program {
    let mut m = Maker::new();
    let ty = vector(4);
    let x = m.input("x", &ty);
    let w = m.weight(IrTensor::f32(&[4], &[10.0, 20.0, 30.0, 40.0]));
    let test = sum_exceeds(&mut m, &ty, 1.0);
    let double = m.subnet(&[&ty], |b, x| vec![op(b, "add", &[x[0], x[0]])]);
    let plus = m.subnet(&[&ty, &ty], |b, x| vec![op(b, "add", &[x[0], x[1]])]);
    let entry = m.block(&[x]);
    let gate = m.call(entry, test, &[var(x)])[0];
    let gate = m.load(entry, var(gate));
    let (yes, no) = (m.block(&[]), m.block(&[]));
    m.branch(entry, gate, edge(yes, &[]), edge(no, &[]));
    let doubled = m.call(yes, double, &[var(x)])[0];
    let sum = m.call(no, plus, &[var(x), Arg::Weight(w)])[0];
    let y = m.buffer(&ty);
    let join = m.block(&[y]);
    m.jump(yes, join, &[var(doubled)]);
    m.jump(no, join, &[var(sum)]);
    m.returns(join, &[var(y), var(x)]);
    m.program
}

#[test]
fn a_branch_takes_the_side_that_its_condition_says() {
    let program = compiled(&branching());
    let run =
        |x: &[f32]| values(&program.run(&[("x", &f32s(&[4], x))], RunOptions::default()).expect("runs"));
    assert_eq!(run(&[1.0, 2.0, 3.0, 4.0]), [vec![2.0, 4.0, 6.0, 8.0], vec![1.0, 2.0, 3.0, 4.0]]);
    assert_eq!(run(&[0.0, 0.0, 0.0, -4.0]), [vec![10.0, 20.0, 30.0, 36.0], vec![0.0, 0.0, 0.0, -4.0]]);
}

#[test]
fn a_trace_tells_gates_and_calls_and_a_forced_gate_obeys() {
    let program = compiled(&branching());
    let x = f32s(&[4], &[1.0, 2.0, 3.0, 4.0]);
    let (outputs, trace) = program.run_traced(&[("x", &x)], RunOptions::default());
    assert_eq!(values(&outputs.expect("runs"))[0], [2.0, 4.0, 6.0, 8.0]);
    assert_eq!(trace.path(), [true]);
    let report = trace.report(program.manifest());
    assert_eq!(report.gates[0].at, "model.py:100:5");
    let names: Vec<&str> = report.calls.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["s0", "s1"]);
    assert!(matches!(trace.events[1], Event::Gate { taken: true, .. }), "{:?}", trace.events);
    let forced = RunOptions { forced: &[false], ..RunOptions::default() };
    let (outputs, trace) = program.run_traced(&[("x", &x)], forced);
    assert_eq!(values(&outputs.expect("runs"))[0], [11.0, 22.0, 33.0, 44.0]);
    assert_eq!(trace.path(), [false]);
}

/// while sum(x) < 100: x = x * 2; n += 1;  return x, n; the tensor is carried from trip to trip.
#[test]
fn a_loop_carries_tensors_and_counters() {
    let mut m = Maker::new();
    let ty = vector(4);
    let input = m.input("x", &ty);
    let test = sum_exceeds(&mut m, &ty, 100.0);
    let double = m.subnet(&[&ty], |b, x| vec![op(b, "add", &[x[0], x[0]])]);
    let entry = m.block(&[input]);
    let zero = m.compute(entry, Term::int(0));
    let x = m.buffer(&ty);
    let (n, sym) = m.counter("trips");
    let header = m.block(&[x, n]);
    m.jump(entry, header, &[var(input), var(zero)]);
    let done = m.call(header, test, &[var(x)])[0];
    let done = m.load(header, var(done));
    let (exit, body) = (m.block(&[]), m.block(&[]));
    m.branch(header, done, edge(exit, &[]), edge(body, &[]));
    let next = m.call(body, double, &[var(x)])[0];
    let more = m.compute(body, Term::sym(sym) + Term::int(1));
    m.jump(body, header, &[var(next), var(more)]);
    let count = m.buffer(&TensorType::scalar(DType::I64));
    m.push(exit, Instr::Store { result: count, from: n });
    m.returns(exit, &[var(x), var(count)]);
    let program = compiled(&m.program);
    for _ in 0..2 {
        let x = f32s(&[4], &[1.0, 2.0, 3.0, 4.0]);
        let outputs = program.run(&[("x", &x)], RunOptions::default()).expect("runs");
        assert_eq!(outputs[0].to_f32().expect("f32"), [16.0, 32.0, 48.0, 64.0]);
        assert_eq!(outputs[1].to_i64().expect("i64"), [4]);
    }
}

/// a, b = b, a + b, ten times: what is carried changes places on the way round.
#[test]
fn a_loop_may_exchange_what_it_carries() {
    let mut m = Maker::new();
    let ty = vector(2);
    let (first, second) = (m.input("a", &ty), m.input("b", &ty));
    let plus = m.subnet(&[&ty, &ty], |b, x| vec![op(b, "add", &[x[0], x[1]])]);
    let entry = m.block(&[first, second]);
    let zero = m.compute(entry, Term::int(0));
    let (a, b) = (m.buffer(&ty), m.buffer(&ty));
    let (n, sym) = m.counter("fibonacci");
    let header = m.block(&[a, b, n]);
    m.jump(entry, header, &[var(first), var(second), var(zero)]);
    let go = m.compute(header, Term::sym(sym).less(Term::int(10)));
    let (body, exit) = (m.block(&[]), m.block(&[]));
    m.branch(header, go, edge(body, &[]), edge(exit, &[]));
    let sum = m.call(body, plus, &[var(a), var(b)])[0];
    let more = m.compute(body, Term::sym(sym) + Term::int(1));
    m.jump(body, header, &[var(b), var(sum), var(more)]);
    m.returns(exit, &[var(a), var(b)]);
    let program = compiled(&m.program);
    let (a, b) = (f32s(&[2], &[0.0, 1.0]), f32s(&[2], &[1.0, 1.0]));
    let outputs = program.run(&[("b", &b), ("a", &a)], RunOptions::default()).expect("runs");
    assert_eq!(values(&outputs), [[55.0, 89.0], [89.0, 144.0]]);
}

/// Symbolic sizes: y = x + x of any length, grown from run to run, with a guard and two inputs of one length.
#[test]
fn sizes_are_those_of_the_inputs() {
    let mut m = Maker::new();
    let n = Term::sym(Sym::named("n"));
    let ty = TensorType::new(DType::F32, vec![n]);
    let (x, y) = (m.input("x", &ty), m.input("y", &ty));
    let twice = TensorType::new(DType::F32, vec![n * Term::int(2)]);
    let z = m.input("z", &twice);
    m.program.guards.push(Guard {
        condition: n.less_equal(Term::int(1000)),
        reason: "the table has 1000 rows".to_string(),
        raises: false,
        loc: line(7),
    });
    let plus = m.subnet(&[&ty, &ty], |b, x| vec![op(b, "add", &[x[0], x[1]])]);
    let entry = m.block(&[x, y, z]);
    let sum = m.call(entry, plus, &[var(x), var(y)])[0];
    let again = m.call(entry, plus, &[var(sum), var(x)])[0];
    m.returns(entry, &[var(again), var(sum)]);
    let program = compiled(&m.program);
    let run = |n: usize, m: usize, k: usize| {
        let (x, y, z) = (f32s(&[n], &vec![1.0; n]), f32s(&[m], &vec![2.0; m]), f32s(&[k], &vec![0.0; k]));
        program.run(&[("x", &x), ("y", &y), ("z", &z)], RunOptions::default())
    };
    for n in [1, 3, 1000, 17] {
        let outputs = run(n, n, 2 * n).expect("runs");
        assert_eq!(values(&outputs), [vec![4.0; n], vec![3.0; n]]);
    }
    let error = |n, m, k| run(n, m, k).expect_err("is refused").to_string();
    let text = error(1001, 1001, 2002);
    assert!(text.starts_with("model.py:7:5:") && text.contains("the table has 1000 rows"), "{text}");
    assert!(error(3, 4, 6).contains("n is 3 in input x"), "{}", error(3, 4, 6));
    assert!(error(3, 3, 5).contains("dimension 0 of z"), "{}", error(3, 3, 5));
    assert!(error(0, 0, 0).contains("at least 1"), "{}", error(0, 0, 0));
}

#[test]
fn wrong_inputs_are_refused() {
    let program = compiled(&branching());
    let good = f32s(&[4], &[0.0; 4]);
    let run = |inputs: &[(&str, &Tensor)]| {
        program.run(inputs, RunOptions::default()).expect_err("is refused").to_string()
    };
    assert_eq!(run(&[]), "input x is missing; the program takes: x=f32[4]");
    assert_eq!(run(&[("x", &good), ("y", &good)]), "there is no input y; the program takes: x=f32[4]");
    assert_eq!(run(&[("x", &good), ("x", &good)]), "input x: given twice; the program takes x=f32[4]");
    let ints = Tensor::i64(&[4], &[0; 4]).expect("fits");
    assert_eq!(run(&[("x", &ints)]), "input x: its type is i64; the program takes x=f32[4]");
    let long = f32s(&[5], &[0.0; 5]);
    assert_eq!(run(&[("x", &long)]), "input x: dimension 0 is 5, not 4; the program takes x=f32[4]");
    let square = f32s(&[2, 2], &[0.0; 4]);
    assert_eq!(run(&[("x", &square)]), "input x: it has 2 dimensions, [2, 2]; the program takes x=f32[4]");
}

#[test]
fn bools_are_0_or_1() {
    let mut m = Maker::new();
    let flag = TensorType::fixed(DType::Bool, &[2]);
    let x = m.input("x", &flag);
    let entry = m.block(&[x]);
    m.returns(entry, &[var(x)]);
    let program = compiled(&m.program);
    let run = |bytes: &[u8]| {
        let x = Tensor::new(braid_runtime::DType::Bool, &[2], bytes).expect("fits");
        program.run(&[("x", &x)], RunOptions::default())
    };
    assert_eq!(run(&[0, 1]).expect("runs")[0].bytes(), [0, 1]);
    assert!(run(&[0, 2]).expect_err("is refused").to_string().contains("neither 0 nor 1"));
}

/// A list that grows in a loop and is returned element by element; another path raises.
#[test]
fn lists_grow_and_programs_raise() {
    let mut m = Maker::new();
    let (ty, index) = (vector(2), TensorType::scalar(DType::I64));
    let (x, limit) = (m.input("x", &ty), m.input("limit", &index));
    let plus = m.subnet(&[&ty, &ty], |b, x| vec![op(b, "add", &[x[0], x[1]])]);
    let seq = Var::Seq(DType::F32, Some(vec![Some(Term::int(2))]));
    let entry = m.block(&[x, limit]);
    let zero = m.compute(entry, Term::int(0));
    let empty = m.var(seq.clone());
    let dims = attrs([("dtype", Attr::DType(DType::F32)), ("dims", Attr::Ints(vec![2]))]);
    m.library(entry, "seq_empty", &[], dims, &[empty]);
    let (bound, bound_sym) = m.counter("bound");
    m.push(entry, Instr::Load { result: bound, from: var(limit) });
    let (list, current) = (m.var(seq.clone()), m.buffer(&ty));
    let (n, sym) = m.counter("length");
    let header = m.block(&[list, current, n]);
    m.jump(entry, header, &[var(empty), var(x), var(zero)]);
    let go = m.compute(header, Term::sym(sym).less(Term::sym(bound_sym)));
    let (body, after) = (m.block(&[]), m.block(&[]));
    m.branch(header, go, edge(body, &[]), edge(after, &[]));
    let next = m.call(body, plus, &[var(current), var(x)])[0];
    let longer = m.var(seq);
    m.library(body, "seq_push", &[var(list), var(current)], Attrs::default(), &[longer]);
    let more = m.compute(body, Term::sym(sym) + Term::int(1));
    m.jump(body, header, &[var(longer), var(next), var(more)]);
    let too_long = m.compute(after, Term::int(3).less(Term::sym(sym)));
    let (fail, exit) = (m.block(&[]), m.block(&[]));
    m.branch(after, too_long, edge(fail, &[]), edge(exit, &[]));
    m.returns(exit, &[var(list), var(current)]);
    m.program.blocks[fail].end = HostEnd::Fail {
        message: "ValueError: {0} is more than 3, at {1}".to_string(),
        operands: vec![var(limit), var(current)],
    };
    m.program.blocks[fail].loc = line(42);
    let program = compiled(&m.program);
    let run = |limit: i64| {
        let (x, limit) = (f32s(&[2], &[1.0, 2.0]), Tensor::i64(&[], &[limit]).expect("fits"));
        program.run(&[("x", &x), ("limit", &limit)], RunOptions::default())
    };
    assert_eq!(values(&run(0).expect("runs")), [[1.0, 2.0]]);
    assert_eq!(values(&run(2).expect("runs")), [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]);
    match run(4).expect_err("raises") {
        Error::Raised { place, message } => {
            assert_eq!(place, "model.py:42:5");
            assert_eq!(message, "ValueError: 4 is more than 3, at tensor([ 5., 10.])");
        }
        other => panic!("{other}"),
    }
}

/// One program serves many threads at once.
#[test]
fn threads_share_a_program() {
    fn shared<T: Send + Sync>(value: T) -> T {
        value
    }
    let program = shared(compiled(&branching()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let program = &program;
            scope.spawn(move || {
                for round in 0..200 {
                    let x = f32s(&[4], &[thread as f32, round as f32, 1.0, 2.0]);
                    let outputs = program.run(&[("x", &x)], RunOptions::default()).expect("runs");
                    assert_eq!(values(&outputs)[0], [2.0 * thread as f32, 2.0 * round as f32, 2.0, 4.0]);
                }
            });
        }
    });
    assert!(program.idle_bytes() > 0);
}

/// Integer arithmetic of the host program agrees with the terms' own evaluation, and never wraps.
#[test]
fn integers_are_python_integers() {
    let mut m = Maker::new();
    let index = TensorType::scalar(DType::I64);
    let (a, b) = (m.input("a", &index), m.input("b", &index));
    let entry = m.block(&[a, b]);
    let sym_of = |m: &mut Maker, name: &str, from| {
        let (register, sym) = m.counter(name);
        m.push(entry, Instr::Load { result: register, from: var(from) });
        Term::sym(sym)
    };
    let (x, y) = (sym_of(&mut m, "int.x", a), sym_of(&mut m, "int.y", b));
    use braid_ir::ScalarOp::*;
    let mut terms: Vec<Term> = [Add, Sub, Mul, Div, Rem, FloorDiv, Mod, Min, Max]
        .iter()
        .map(|&op| Term::apply(op, &[x, y]))
        .collect();
    terms.extend([Abs, Sign, Neg].iter().map(|&op| Term::apply(op, &[x])));
    terms.extend([3, -3, 8].iter().flat_map(|&d| [x.floor_div(Term::int(d)), x.modulo(Term::int(d))]));
    terms.push(x.less(y).select(x, y + Term::int(1)));
    terms.push(x.less_equal(y).and(x.not_equals(Term::int(0))).cast(DType::I64));
    terms.push((x.cast(DType::F64).cast(DType::I64)).max(y));
    let mut results = Vec::new();
    for &term in &terms {
        let register = m.compute(entry, term);
        let result = m.buffer(&index);
        m.push(entry, Instr::Store { result, from: register });
        results.push(var(result));
    }
    m.returns(entry, &results);
    let program = compiled(&m.program);
    let run = |x: i64, y: i64| {
        let (x, y) = (Tensor::i64(&[], &[x]).expect("fits"), Tensor::i64(&[], &[y]).expect("fits"));
        program.run(&[("a", &x), ("b", &y)], RunOptions::default())
    };
    for (a, b) in
        [(7, 3), (-7, 3), (7, -3), (-7, -3), (0, 5), (5, 0), (-9, -1), (0, 0), (1 << 40, 12345), (-1, 1)]
    {
        let known = [(Sym::named("int.x"), a), (Sym::named("int.y"), b)].into();
        let outputs = run(a, b).expect("runs");
        for (term, output) in terms.iter().zip(&outputs) {
            assert_eq!(
                output.to_i64().expect("i64")[0],
                term.eval_int(&known).expect("fits"),
                "{term} at {a}, {b}"
            );
        }
    }
    for (a, b) in [(i64::MAX, 1), (i64::MIN, -1), (1 << 62, 4)] {
        let error = run(a, b).expect_err("leaves 64 bits").to_string();
        assert!(error.starts_with("model.py:100:5: ") && error.contains("64-bit"), "{error}");
    }
}
