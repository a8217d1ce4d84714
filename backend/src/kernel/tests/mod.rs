//! Compiled subnets against the interpreter.

mod load;

use super::*;
use braid_ir::eval::{Options, run};
use braid_ir::net::{Builder, Net, Terminator, ValueId};
use braid_ir::program::Program;
use braid_ir::{Attr, Attrs, DType, Scalar, Sym, TensorType};
use load::Library;
use std::sync::Arc;

/// A small deterministic generator.
pub struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn tensor(&mut self, dtype: DType, shape: &[usize]) -> Tensor {
        Tensor::from_fn(dtype, shape.to_vec(), |_| match dtype {
            DType::Bool => Scalar::Bool(self.below(2) == 1),
            d if d.is_float() => Scalar::from_f64(d, self.below(4001) as f64 / 1000.0 - 2.0),
            d => Scalar::from_int(d, i128::from(self.below(11)) - if d.is_unsigned() { 0 } else { 5 }),
        })
    }
}

/// Builds a net from its inputs' types with `build`, compiles it and compares it with the interpreter on random inputs.
fn check_with(
    target: &Target,
    inputs: &[TensorType],
    sizes: &[(&str, i64)],
    build: &dyn Fn(&mut Builder, &[ValueId]) -> Vec<ValueId>,
    make: &dyn Fn(&mut Random, usize, DType, &[usize]) -> Tensor,
    tolerance: f64,
) {
    let mut net = Net::new("test");
    let params: Vec<ValueId> =
        inputs.iter().enumerate().map(|(i, ty)| net.add_input(&format!("x{i}"), ty.clone())).collect();
    let mut builder = Builder::new(&mut net, Net::ENTRY, Default::default());
    let results = build(&mut builder, &params);
    builder.end(Terminator::Return(results.clone()));
    let dims: Vec<(Sym, i64)> = sizes.iter().map(|(name, v)| (Sym::named(name), *v)).collect();
    let values = dims.iter().copied().collect();
    let shape_of = |ty: &TensorType| -> Vec<usize> {
        ty.shape.iter().map(|d| d.eval_int(&values).expect("a size") as usize).collect()
    };
    let mut random = Random(42);
    let args: Vec<Arc<Tensor>> = inputs
        .iter()
        .enumerate()
        .map(|(i, ty)| Arc::new(make(&mut random, i, ty.dtype, &shape_of(ty))))
        .collect();
    let expected = run(&net, &args, &Options::default()).expect("the interpreter runs it").outputs;
    let types: Vec<(DType, Vec<usize>)> = results
        .iter()
        .map(|v| net.tensor_ty(*v).map(|ty| (ty.dtype, shape_of(ty))).expect("a tensor"))
        .collect();
    let subnet = Subnet { net, dims: dims.iter().map(|(s, _)| *s).collect() };
    let program = Program { subnets: vec![subnet], ..Program::default() };
    let kernels = compile(&program, target, None, &|_, _| {}).expect("it compiles");
    let library = Library::link(&kernels);
    let args: Vec<&Tensor> = args.iter().map(|a| &**a).collect();
    let mut call = library.call(&kernels.subnets[0], &args, &types, &dims);
    call.run();
    for (i, (dtype, shape)) in types.iter().enumerate() {
        let actual = call.result(i, *dtype, shape);
        assert_eq!(shape, expected[i].shape(), "shape of result {i}");
        for (at, (a, e)) in actual.scalars().zip(expected[i].scalars()).enumerate() {
            let (a, e) = (a.as_f64(), e.as_f64());
            let near = a == e || a.is_nan() && e.is_nan() || (a - e).abs() <= tolerance * (1.0 + e.abs());
            assert!(near, "result {i} at {at}: {a} instead of {e}, shape {shape:?}");
        }
    }
}

fn check(inputs: &[TensorType], build: &dyn Fn(&mut Builder, &[ValueId]) -> Vec<ValueId>) {
    let make = |random: &mut Random, _: usize, dtype: DType, shape: &[usize]| random.tensor(dtype, shape);
    let target = Target::native().expect("this machine");
    check_with(&target, inputs, &[], build, &make, 2e-5);
}

fn f32s(shape: &[usize]) -> TensorType {
    TensorType::fixed(DType::F32, shape)
}

fn ints(values: &[i64]) -> Attr {
    Attr::Ints(values.to_vec())
}

/// One operator without attributes.
fn op(b: &mut Builder, name: &str, operands: &[ValueId]) -> ValueId {
    b.op1(name, operands, Attrs::default()).expect("a valid operator")
}

fn with<const N: usize>(
    b: &mut Builder,
    name: &str,
    operands: &[ValueId],
    attrs: [(&'static str, Attr); N],
) -> ValueId {
    b.op1(name, operands, Attrs::from(attrs)).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn elementwise_chains_broadcast() {
    for shape in [&[3usize, 5][..], &[2, 3, 37], &[1], &[], &[4, 16], &[0, 3]] {
        let row = &shape[shape.len().saturating_sub(1)..];
        check(&[f32s(shape), f32s(row), f32s(&[])], &|b, x| {
            let sum = op(b, "add", &[x[0], x[1]]);
            let product = op(b, "mul", &[sum, x[2]]);
            let e = op(b, "exp", &[product]);
            vec![op(b, "maximum", &[e, x[0]]), sum]
        });
    }
}

#[test]
fn every_scalar_type_and_operation() {
    for dtype in DType::ALL {
        let ty = |shape: &[usize]| TensorType::fixed(dtype, shape);
        let mut names =
            vec!["add", "sub", "mul", "minimum", "maximum", "equal", "not_equal", "less", "greater_equal"];
        if dtype != DType::Bool {
            names.extend(["floor_div", "modulo", "remainder", "power"]);
        }
        check(&[ty(&[5, 21]), ty(&[21])], &|b, x| names.iter().map(|name| op(b, name, x)).collect());
    }
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        let names = [
            "exp", "expm1", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
            "erf", "floor", "ceil", "trunc", "round", "is_nan", "negate", "abs", "sign", "sigmoid", "relu",
        ];
        let tolerance = if dtype.size() == 2 { 1e-2 } else { 1e-5 };
        let make = |random: &mut Random, _: usize, dtype: DType, shape: &[usize]| random.tensor(dtype, shape);
        let target = Target::native().expect("this machine");
        check_with(
            &target,
            &[TensorType::fixed(dtype, &[37])],
            &[],
            &|b, x| names.iter().map(|name| op(b, name, x)).collect(),
            &make,
            tolerance,
        );
    }
}

#[test]
fn casts_between_all_types() {
    for from in DType::ALL {
        check(&[TensorType::fixed(from, &[19])], &|b, x| {
            DType::ALL.iter().map(|&to| with(b, "convert", x, [("to", Attr::DType(to))])).collect()
        });
    }
}

#[test]
fn reductions_of_rows_columns_and_everything() {
    for axes in [&[0i64][..], &[1], &[2], &[0, 1], &[1, 2], &[0, 2], &[0, 1, 2]] {
        check(&[f32s(&[3, 7, 35])], &|b, x| {
            ["reduce_sum", "reduce_max", "reduce_min", "reduce_prod", "reduce_mean"]
                .iter()
                .map(|name| with(b, name, x, [("axes", ints(axes))]))
                .collect()
        });
    }
    for axis in 0..3 {
        check(&[f32s(&[3, 7, 35]), TensorType::fixed(DType::I32, &[3, 7, 35])], &|b, x| {
            vec![
                with(b, "argmax", &x[..1], [("axis", Attr::Int(axis))]),
                with(b, "argmin", &x[1..], [("axis", Attr::Int(axis))]),
            ]
        });
    }
}

#[test]
fn movements_compose() {
    check(&[f32s(&[4, 6, 10])], &|b, x| {
        let t = with(b, "transpose", x, [("permutation", ints(&[2, 0, 1]))]);
        let r = with(b, "reshape", &[t], [("shape", ints(&[5, 48]))]);
        let s = with(
            b,
            "slice",
            &[r],
            [("start", ints(&[1, 3])), ("limit", ints(&[5, 40])), ("stride", ints(&[2, 3]))],
        );
        let p = with(b, "pad", &[s], [("low", ints(&[1, 2])), ("high", ints(&[0, 1]))]);
        let v = with(b, "reverse", &[p], [("axes", ints(&[1]))]);
        let c = with(b, "concat", &[v, p], [("axis", Attr::Int(1))]);
        vec![op(b, "exp", &[c]), r, v]
    });
}

#[test]
fn gathers_follow_indices() {
    let make = |random: &mut Random, i: usize, dtype: DType, shape: &[usize]| match i {
        1 => Tensor::from_fn(dtype, shape.to_vec(), |_| Scalar::i64(random.below(10) as i64 - 5)),
        _ => random.tensor(dtype, shape),
    };
    let target = Target::native().expect("this machine");
    check_with(
        &target,
        &[f32s(&[5, 33]), TensorType::fixed(DType::I64, &[7])],
        &[],
        &|b, x| {
            vec![
                with(b, "gather", x, [("axis", Attr::Int(0))]),
                with(b, "gather", x, [("axis", Attr::Int(1))]),
            ]
        },
        &make,
        0.0,
    );
}

#[test]
fn results_may_be_parameters_and_repeat() {
    check(&[f32s(&[4, 4])], &|b, x| {
        let y = op(b, "negate", x);
        let r = with(b, "reshape", &[y], [("shape", ints(&[16]))]);
        vec![x[0], y, y, r]
    });
}
