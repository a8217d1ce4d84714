//! One gate of the host program: a chain of gates that each choose between two buffers, around no work at all.

use crate::median_ns;
use braid::{Machine, Program, Quiet, RunOptions, Tensor};
use braid_ir::{Attr, Attrs, Builder, DType, Edge, Loc, Net, TensorType, Term, Terminator, ValueId};
use std::time::Duration;

const GATES: usize = 1000;

/// Nanoseconds per gate: a chain of [`GATES`] less a chain of none, over their number.
pub fn nanoseconds_per_gate() -> f64 {
    let time = |gates: usize| {
        let artifact = braid::build(&chain(gates), &Machine::default(), &Quiet)
            .unwrap_or_else(|d| panic!("{}", d.render()));
        let program = Program::from_bytes(&artifact).expect("a fresh artifact loads");
        let one = Tensor::f32(&[4], &[1.0; 4]).expect("four values");
        let two = Tensor::f32(&[4], &[2.0; 4]).expect("four values");
        let level = Tensor::i64(&[], &[GATES as i64 / 2]).expect("one value");
        let inputs = [("a", &one), ("b", &two), ("level", &level)];
        median_ns(Duration::from_millis(300), || {
            drop(program.run(&inputs, RunOptions::default()).expect("the chain runs"));
        })
    };
    (time(GATES) - time(0)) / GATES as f64
}

/// `x, y = a, b; if level < 0: x, y = y, x; if level < 37: …; return x - y`.
fn chain(gates: usize) -> Net {
    let mut net = Net::new("gates");
    let ty = TensorType::fixed(DType::F32, &[4]);
    let a = net.add_input("a", ty.clone());
    let b = net.add_input("b", ty.clone());
    let level = net.add_input("level", TensorType::scalar(DType::I64));
    let level = Term::sym(net.define_sym("level", level));
    let (mut block, mut x, mut y) = (Net::ENTRY, a, b);
    for gate in 0..gates as i64 {
        // A different condition for each gate, in no order: 37 and 1,000 have no common divisor.
        let condition = index(&mut net, block, level.less(Term::int(gate * 37 % GATES as i64)));
        let next = net.add_block(Loc::default());
        let (p, q) = (net.add_param(next, ty.clone().into()), net.add_param(next, ty.clone().into()));
        let (yes, no) = (Edge { block: next, args: vec![y, x] }, Edge { block: next, args: vec![x, y] });
        Builder::new(&mut net, block, Loc::default()).end(Terminator::Branch { condition, yes, no });
        (block, x, y) = (next, p, q);
    }
    let sum = Builder::new(&mut net, block, Loc::default())
        .op1("sub", &[x, y], Attrs::default())
        .expect("two tensors of one type");
    Builder::new(&mut net, block, Loc::default()).end(Terminator::Return(vec![sum]));
    net
}

fn index(net: &mut Net, block: braid_ir::BlockId, term: Term) -> ValueId {
    let attrs = Attrs::from([("value", Attr::Term(term))]);
    Builder::new(net, block, Loc::default()).op1("index", &[], attrs).expect("a bool term")
}
