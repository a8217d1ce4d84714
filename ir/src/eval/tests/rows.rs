//! Every example of every row, and what rows refuse.

use super::literal::{attributes, split, value};
use super::{close, same};
use crate::eval::{eval_op_typed, machine};
use crate::ops::{Effects, Infer, TABLE, Value, find};
use crate::types::Type;

#[test]
fn names_are_unique_and_every_row_has_an_example() {
    let mut names = std::collections::HashSet::new();
    for spec in TABLE.iter().copied().flatten() {
        assert!(names.insert(spec.name), "two rows are named {}", spec.name);
        assert!(!spec.examples.is_empty(), "{} has no example", spec.name);
    }
}

#[test]
fn every_example_holds() {
    let mut wrong = vec![];
    for spec in TABLE.iter().copied().flatten() {
        for example in spec.examples {
            let (operands, types): (Vec<Value>, Vec<Type>) =
                example.operands.iter().map(|t| value(t)).unzip();
            let attrs = spec.complete(attributes(spec, example.attributes)).expect(spec.name);
            let found = machine::eval_op_any(spec, &operands, &types, attrs.clone());
            let expected: Vec<(Value, Type)> = split(example.result, ';').iter().map(|t| value(t)).collect();
            let equal = |(a, b): (&Value, &Value)| match (a, b) {
                (Value::Tensor(a), Value::Tensor(b)) => close(a, b, 1e-6),
                (Value::Seq(a), Value::Seq(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
                }
                _ => false,
            };
            let holds = found.as_ref().is_ok_and(|found| {
                found.len() == expected.len() && found.iter().zip(&expected).all(|(a, (b, _))| equal((a, b)))
            });
            if !holds {
                wrong.push(format!("{} {:?} {}: {found:?}", spec.name, example.operands, example.attributes));
            }
            // What inference promises is what comes out.
            let inferred = spec.infer(&Infer::new(&types, &attrs)).expect(spec.name);
            assert_eq!(inferred.results.len(), expected.len(), "{}: number of results", spec.name);
            for (promised, (_, ty)) in inferred.results.iter().zip(&expected) {
                match (promised, ty) {
                    (Type::Tensor(promised), Type::Tensor(ty)) => {
                        assert_eq!((promised.dtype, promised.rank()), (ty.dtype, ty.rank()), "{}", spec.name);
                    }
                    (promised, ty) => assert_eq!(promised, ty, "{}", spec.name),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "wrong examples:\n{}", wrong.join("\n"));
}

#[test]
fn random_rows_have_no_constant_value() {
    for spec in TABLE.iter().copied().flatten().filter(|s| s.effects == Effects::Random) {
        assert!(eval_op_typed(spec, &[], &[], Default::default()).is_err(), "{}", spec.name);
    }
}

/// A mistake gives a sentence that names what does not fit.
#[test]
fn mistakes_are_explained() {
    for (name, operands, attrs, expected) in [
        ("add", vec!["f32[2] [1, 2]", "f32[3] [1, 2, 3]"], "", "dimensions 2 and 3 do not broadcast"),
        ("add", vec!["f32[] 1", "i64[] 1"], "", "add of f32 and i64"),
        ("exp", vec!["i64[] 1"], "", "exp needs a float, not i64"),
        (
            "reshape",
            vec!["f32[2] [1, 2]"],
            "shape = [3]",
            "numbers of elements before and after must be equal, but one is 2 and the other 3",
        ),
        ("transpose", vec!["f32[2] [1, 2]"], "permutation = [1]", "there is no axis 1 in a tensor of rank 1"),
        (
            "slice",
            vec!["f32[2] [1, 2]"],
            "start = [0], limit = [3]",
            "0..3 is no part of dimension 0 of extent 2",
        ),
        (
            "concat",
            vec!["f32[1] [1]", "f32[] 2"],
            "axis = 0",
            "operand 1 has rank 0, but operand 0 has rank 1",
        ),
        (
            "matmul",
            vec!["f32[1,2] [1, 2]", "f32[1,2] [1, 2]"],
            "",
            "the inner dimensions of a matrix product must be equal, but one is 2 and the other 1",
        ),
        (
            "conv",
            vec!["f32[1,2,1] [1, 2]", "f32[1,1,1] [1]"],
            "",
            "channels of the input and of the weight times groups must be equal, but one is 2 and the other 1",
        ),
        (
            "conv",
            vec!["f32[1,1,1] [1]", "f32[1,1,2] [1, 1]"],
            "",
            "a window of 2 does not fit a padded extent of 1",
        ),
        (
            "softmax",
            vec!["i64[1] [1]"],
            "axis = 0",
            "softmax: the operand must be a float tensor, not i64[1]",
        ),
        (
            "gather",
            vec!["f32[1] [1]", "f32[1] [0]"],
            "axis = 0",
            "operand 1 holds indices and must be i64 or i32, not f32",
        ),
        ("einsum", vec!["f32[1] [1]"], "equation = \"ij->i\"", "ij does not fit operand 0 of rank 1"),
        (
            "check",
            vec![],
            "condition = false, message = \"IndexError: {0} is not below {1}\", values = [2, 2]",
            "IndexError: 2 is not below 2",
        ),
        ("seq_get", vec!["seq<f32[]> []", "i64[] 0"], "", "IndexError: list index out of range"),
        ("argmax", vec!["f32[0] []"], "axis = 0", "dimension 0 is empty: it has no extreme element"),
        ("softmax", vec!["f32[1] [1]"], "", "attribute axis is missing"),
    ] {
        let spec = find(name).expect(name);
        let (operands, types): (Vec<Value>, Vec<Type>) = operands.iter().map(|t| value(t)).unzip();
        let found = eval_op_typed(spec, &operands, &types, attributes(spec, attrs));
        assert_eq!(found, Err(expected.to_string()), "{name}");
    }
}

/// Outside truth: what PyTorch computes.
#[test]
fn rows_compute_what_pytorch_computes() {
    let mut wrong = vec![];
    for line in include_str!("torch.txt").lines().filter(|line| !line.starts_with('#')) {
        let [name, attrs, operands, results] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let spec = find(name).expect(name);
        let (operands, types): (Vec<Value>, Vec<Type>) =
            split(operands, ';').iter().map(|t| value(t)).unzip();
        let found = eval_op_typed(spec, &operands, &types, attributes(spec, attrs));
        let expected: Vec<Value> = split(results, ';').iter().map(|t| value(t).0).collect();
        let near = |(a, b): (&Value, &Value)| match (a, b) {
            // PyTorch sums in f32, in an order of its own.
            (Value::Tensor(a), Value::Tensor(b)) => close(a, b, 1e-5),
            _ => false,
        };
        let holds = found
            .as_ref()
            .is_ok_and(|found| found.len() == expected.len() && found.iter().zip(&expected).all(near));
        if !holds {
            wrong.push(format!("{name} {attrs}: {found:?}\n    not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "rows that differ from PyTorch:\n{}", wrong.join("\n"));
}
