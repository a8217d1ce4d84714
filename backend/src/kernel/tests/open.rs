//! Sums of products whose sizes are known only when the program runs, and whose operands are moved about before them.

use super::*;
use crate::kernel::graph::Graph;
use crate::kernel::nest::Slot;
use crate::kernel::schedule::Schedule;

/// The schedules of a net's sums, which have no parameter that is a weight.
fn sums(net: &Net, dims: &[Sym]) -> Vec<Schedule> {
    let target = Target::native().expect("this machine");
    let mut graph = Graph::new(net, dims).expect("index math");
    let mut plan = Plan::new(&mut graph);
    let mut forms = vec![None; graph.params.len()];
    let mut found = Vec::new();
    let mut i = 0;
    while i < plan.nests.len() {
        let arranged = product::arrange(&mut plan, i, &target, &vec![false; graph.params.len()], &mut forms);
        let (at, schedule) = match arranged {
            Some((at, product)) => (at, Schedule::Product(product)),
            None => (i, Schedule::of(&plan.nests[i], &target)),
        };
        if plan.nests[at].reduction.is_some() {
            found.push(schedule);
        }
        i = at + 1;
    }
    found
}

fn net(inputs: &[TensorType], build: &dyn Fn(&mut Builder, &[ValueId]) -> Vec<ValueId>) -> Net {
    let mut net = Net::new("test");
    let params: Vec<ValueId> =
        inputs.iter().enumerate().map(|(i, ty)| net.add_input(&format!("x{i}"), ty.clone())).collect();
    let mut builder = Builder::new(&mut net, Net::ENTRY, Default::default());
    let results = build(&mut builder, &params);
    builder.end(Terminator::Return(results));
    net
}

/// Signals of open number and length, reflected at both ends, through a strided convolution and one with zeros around.
fn reflected(dtype: DType) -> [TensorType; 3] {
    let [n, t] = ["n", "t"].map(|name| Term::sym(Sym::named(name)));
    [
        TensorType::new(dtype, vec![n, Term::int(2), t]),
        TensorType::fixed(dtype, &[20, 2, 8]),
        TensorType::fixed(dtype, &[24, 20, 3]),
    ]
}

fn build_reflected(b: &mut Builder, x: &[ValueId]) -> Vec<ValueId> {
    let three = ints(&[0, 0, 3]);
    let padded = [("low", three.clone()), ("high", three), ("mode", Attr::Str("reflect".into()))];
    let y = with(b, "pad", &x[..1], padded);
    let y = conv(b, y, x[1], &[2], &[0], 1);
    let y = op(b, "relu", &[y]);
    let y = conv(b, y, x[2], &[1], &[1], 1);
    vec![op(b, "relu", &[y])]
}

#[test]
fn convolutions_of_open_sizes_are_right_for_every_rest_of_a_tile() {
    for target in targets() {
        for dtype in [DType::F32, DType::F64] {
            // Rows of 1 to 20 points and more: none, one or more of the tiles that there are, and every rest.
            for (n, t) in [4, 7, 9, 11, 13, 21, 37, 45].map(|t| (1, t)).into_iter().chain([(3, 9), (2, 90)]) {
                let inputs = reflected(dtype);
                // Every length with weights; without, some are enough.
                let weights: &[usize] = if t % 3 == 0 { &[1, 3] } else { &[1] };
                for &weights in weights {
                    check_weights(&target, &inputs, weights, &[("n", n), ("t", t)], &build_reflected);
                }
            }
        }
    }
}

#[test]
fn a_reflected_operand_leaves_a_sum_of_products_its_form() {
    let net = net(&reflected(DType::F32), &build_reflected);
    let found = sums(&net, &["n", "t"].map(Sym::named));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|s| matches!(s, Schedule::Product(_))), "{found:?}");
}

#[test]
fn a_product_of_open_sizes_has_a_panel() {
    let [m, k, n] = ["m", "k", "n"].map(|name| Term::sym(Sym::named(name)));
    let inputs = [TensorType::new(DType::F32, vec![m, k]), TensorType::new(DType::F32, vec![k, n])];
    let build = |b: &mut Builder, x: &[ValueId]| vec![op(b, "matmul", x)];
    let found = sums(&net(&inputs, &build), &["m", "k", "n"].map(Sym::named));
    assert!(matches!(found[..], [Schedule::Product(_)]), "{found:?}");
    for target in targets() {
        for (m, k, n) in [(1, 1, 1), (16, 16, 16), (17, 5, 33), (3, 40, 15), (50, 1, 7), (5, 9, 64)] {
            check_weights(&target, &inputs, 2, &[("m", m), ("k", k), ("n", n)], &build);
        }
    }
}

#[test]
fn temporaries_of_open_sizes_share_memory_and_never_overlap() {
    let dims = ["n", "t"].map(Sym::named);
    let net = net(&reflected(DType::F32), &|b, x| {
        let y = build_reflected(b, x)[0];
        // Sizes that do not follow from each other: which is larger depends on the run.
        let other = with(b, "reduce_sum", &x[..1], [("axes", ints(&[0, 1]))]);
        let other = with(b, "softmax", &[other], [("axis", Attr::Int(0))]);
        let z = with(b, "softmax", &[y], [("axis", Attr::Int(2))]);
        let z = with(b, "softmax", &[z], [("axis", Attr::Int(1))]);
        vec![z, other]
    });
    let mut plan = Plan::new(&mut Graph::new(&net, &dims).expect("index math"));
    plan.place();
    let mut lives: Vec<Option<(usize, usize)>> = vec![None; plan.temps.len()];
    for (at, nest) in plan.nests.iter().enumerate() {
        for slot in nest.reads.iter().map(|r| r.slot).chain([nest.target]) {
            if let Slot::Temp(t) = slot {
                lives[t].get_or_insert((at, at)).1 = at;
            }
        }
    }
    let used: Vec<usize> = (0..lives.len()).filter(|&t| lives[t].is_some()).collect();
    for (n, t) in [(1, 4), (1, 400), (50, 4), (3, 77)] {
        let values = std::collections::HashMap::from([(dims[0], n), (dims[1], t)]);
        let value = |term: Term| term.eval_int(&values).expect("a size");
        let place = |t: usize| {
            let temp = &plan.temps[t];
            let from = value(temp.offset);
            (from, from + value(temp.numel) * temp.dtype.size() as i64)
        };
        for &a in &used {
            assert!(place(a).1 <= value(plan.scratch), "within scratch memory");
            for &b in used.iter().filter(|&&b| b != a) {
                let together = lives[a].is_some_and(|a| lives[b].is_some_and(|b| a.0 <= b.1 && b.0 <= a.1));
                let apart = place(a).1 <= place(b).0 || place(b).1 <= place(a).0;
                assert!(apart || !together, "{a} and {b} at {n}, {t}");
            }
        }
        let total: i64 = used.iter().map(|&t| place(t).1 - place(t).0).sum();
        assert!(value(plan.scratch) < total, "none shares memory at {n}, {t}");
    }
}
