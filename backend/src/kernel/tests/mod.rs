//! Compiled subnets against the interpreter.

mod load;
mod open;
mod random;

use super::*;
use crate::kernel;
use braid_ir::eval::{Options, run};
use braid_ir::net::{Builder, Net, Terminator, ValueId};
use braid_ir::program::{Arg, HostBlock, HostEnd, Instr, Program, VarId};
use braid_ir::{Attr, Attrs, DType, Scalar, Sym, TensorType, WeightId};
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
struct Check<'a> {
    target: &'a Target,
    inputs: &'a [TensorType],
    /// Inputs from this one on are passed as weights.
    weights: usize,
    sizes: &'a [(&'a str, i64)],
    tolerance: f64,
    relative_to_largest: bool,
}

/// Makes the contents of an operand, given its number, type and shape.
type Make = dyn Fn(&mut Random, usize, DType, &[usize]) -> Tensor;

impl Check<'_> {
    fn run(&self, build: &dyn Fn(&mut Builder, &[ValueId]) -> Vec<ValueId>, make: &Make) {
        let Check { target, inputs, weights, sizes, tolerance, .. } = *self;
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
        let call = Instr::Call {
            subnet: 0,
            args: (0..inputs.len() as u32)
                .map(|i| if i as usize >= weights { Arg::Weight(WeightId(i)) } else { Arg::Var(VarId(i)) })
                .collect(),
            dims: vec![],
            results: vec![],
            loc: Default::default(),
        };
        let block = HostBlock {
            params: vec![],
            instrs: vec![call],
            end: HostEnd::Return(vec![]),
            loc: Default::default(),
        };
        let program = Program { subnets: vec![subnet], blocks: vec![block], ..Program::default() };
        let kernels = compile(&program, target, None, &|_, _| {}).expect("it compiles");
        let library = Library::link(&kernels);
        let args: Vec<&Tensor> = args.iter().map(|a| &**a).collect();
        let mut call = library.call(&kernels.subnets[0], &args, &types, &dims);
        call.run();
        for (i, (dtype, shape)) in types.iter().enumerate() {
            let actual = call.result(i, *dtype, shape);
            assert_eq!(shape, expected[i].shape(), "shape of result {i}");
            // Cancellation may leave small differences of large numbers.
            let largest =
                expected[i].scalars().map(|e| e.as_f64().abs()).filter(|e| e.is_finite()).fold(0.0, f64::max);
            let scale = if self.relative_to_largest { largest } else { 0.0 };
            for (at, (a, e)) in actual.scalars().zip(expected[i].scalars()).enumerate() {
                let (a, e) = (a.as_f64(), e.as_f64());
                let near = a == e
                    || a.is_nan() && e.is_nan()
                    || (a - e).abs() <= tolerance * (1.0 + e.abs().max(scale));
                assert!(near, "result {i} at {at}: {a} instead of {e}, shape {shape:?}");
            }
        }
    }
}

fn check(inputs: &[TensorType], build: &dyn Fn(&mut Builder, &[ValueId]) -> Vec<ValueId>) {
    let make = |random: &mut Random, _: usize, dtype: DType, shape: &[usize]| random.tensor(dtype, shape);
    let target = Target::native().expect("this machine");
    Check {
        target: &target,
        inputs,
        weights: inputs.len(),
        sizes: &[],
        tolerance: 2e-5,
        relative_to_largest: false,
    }
    .run(build, &make);
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
        let inputs = [TensorType::fixed(dtype, &[37])];
        Check {
            target: &target,
            inputs: &inputs,
            weights: 1,
            sizes: &[],
            tolerance,
            relative_to_largest: false,
        }
        .run(&|b, x| names.iter().map(|name| op(b, name, x)).collect(), &make);
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
    let inputs = [f32s(&[5, 33]), TensorType::fixed(DType::I64, &[7])];
    Check {
        target: &target,
        inputs: &inputs,
        weights: 2,
        sizes: &[],
        tolerance: 0.0,
        relative_to_largest: false,
    }
    .run(
        &|b, x| {
            vec![
                with(b, "gather", x, [("axis", Attr::Int(0))]),
                with(b, "gather", x, [("axis", Attr::Int(1))]),
            ]
        },
        &make,
    );
}

/// What interpreter and kernels agree on where there is no right answer: no element is read of nothing.
#[test]
fn elements_may_be_zero_and_tensors_empty() {
    let make = |_: &mut Random, _: usize, dtype: DType, shape: &[usize]| Tensor::zeros(dtype, shape.to_vec());
    let target = Target::native().expect("this machine");
    let inputs = [TensorType::fixed(DType::I64, &[7]), f32s(&[0, 3])];
    let check = Check {
        target: &target,
        inputs: &inputs,
        weights: 2,
        sizes: &[],
        tolerance: 0.0,
        relative_to_largest: false,
    };
    let build = |b: &mut Builder, x: &[ValueId]| {
        vec![
            op(b, "floor_div", &[x[0], x[0]]),
            op(b, "modulo", &[x[0], x[0]]),
            with(b, "gather", &[x[1], x[0]], [("axis", Attr::Int(0))]),
        ]
    };
    check.run(&build, &make);
}

#[test]
fn results_may_be_parameters_and_repeat() {
    check(&[f32s(&[4, 4])], &|b, x| {
        let y = op(b, "negate", x);
        let r = with(b, "reshape", &[y], [("shape", ints(&[16]))]);
        vec![x[0], y, y, r]
    });
}

/// As [`check`], with the inputs from number `weights` on passed as weights.
fn check_weights(
    target: &Target,
    inputs: &[TensorType],
    weights: usize,
    sizes: &[(&str, i64)],
    build: &dyn Fn(&mut Builder, &[ValueId]) -> Vec<ValueId>,
) {
    let make = |random: &mut Random, _: usize, dtype: DType, shape: &[usize]| random.tensor(dtype, shape);
    Check { target, inputs, weights, sizes, tolerance: 2e-5, relative_to_largest: true }.run(build, &make);
}

/// A convolution with bias, and what may come after it.
fn conv(b: &mut Builder, x: ValueId, w: ValueId, strides: &[i64], pads: &[i64], groups: i64) -> ValueId {
    with(
        b,
        "conv",
        &[x, w],
        [
            ("strides", ints(strides)),
            ("pads_low", ints(pads)),
            ("pads_high", ints(pads)),
            ("lhs_dilation", ints(&vec![1; strides.len()])),
            ("rhs_dilation", ints(&vec![1; strides.len()])),
            ("groups", Attr::Int(groups)),
        ],
    )
}

fn targets() -> Vec<Target> {
    let mut targets = vec![Target::native().expect("this machine")];
    for name in ["x86-64-v2", "x86-64-v3"] {
        targets.push(Target::named(name).expect("a known name"));
    }
    targets
}

#[test]
fn convolutions_of_many_shapes() {
    for target in targets() {
        for (n, c, o, size, kernel, stride, pad) in [
            (1, 3, 16, 32, 3, 1, 1),
            (1, 16, 16, 8, 3, 1, 1),
            (2, 16, 32, 16, 3, 2, 1),
            (1, 32, 10, 7, 1, 1, 0),
            (1, 24, 40, 5, 5, 1, 2),
            (1, 16, 32, 32, 1, 2, 0),
            (1, 64, 64, 4, 3, 1, 1),
            (1, 8, 20, 14, 3, 1, 1),
            (3, 20, 17, 19, 3, 1, 0),
        ] {
            let (h, w) = (size, size + usize::from(size == 5));
            let inputs = [f32s(&[n, c, h, w]), f32s(&[o, c, kernel, kernel]), f32s(&[o, 1, 1])];
            for weights in [1, 3] {
                check_weights(&target, &inputs, weights, &[], &|b, x| {
                    let y = conv(b, x[0], x[1], &[stride, stride], &[pad, pad], 1);
                    let y = op(b, "add", &[y, x[2]]);
                    vec![op(b, "relu", &[y])]
                });
            }
        }
    }
}

#[test]
fn a_residual_block() {
    let target = Target::native().expect("this machine");
    let inputs = [
        f32s(&[1, 16, 8, 8]),
        f32s(&[16, 16, 3, 3]),
        f32s(&[16, 1, 1]),
        f32s(&[16, 16, 3, 3]),
        f32s(&[16, 1, 1]),
    ];
    check_weights(&target, &inputs, 1, &[], &|b, x| {
        let y = conv(b, x[0], x[1], &[1, 1], &[1, 1], 1);
        let y = op(b, "add", &[y, x[2]]);
        let y = op(b, "relu", &[y]);
        let z = conv(b, y, x[3], &[1, 1], &[1, 1], 1);
        let z = op(b, "add", &[z, x[4]]);
        let z = op(b, "add", &[z, x[0]]);
        vec![op(b, "relu", &[z])]
    });
}

#[test]
fn grouped_depthwise_and_other_convolutions() {
    for target in targets() {
        for (groups, c, o) in [(16, 16, 16), (2, 32, 32), (4, 8, 16), (8, 8, 16)] {
            let inputs = [f32s(&[1, c, 9, 12]), f32s(&[o, c / groups, 3, 3])];
            check_weights(&target, &inputs, 1, &[], &|b, x| {
                vec![
                    conv(b, x[0], x[1], &[1, 1], &[1, 1], groups as i64),
                    conv(b, x[0], x[1], &[2, 2], &[1, 1], groups as i64),
                ]
            });
        }
        check_weights(&target, &[f32s(&[2, 8, 50]), f32s(&[12, 8, 5])], 1, &[], &|b, x| {
            vec![conv(b, x[0], x[1], &[1], &[2], 1)]
        });
    }
}

#[test]
fn transposed_convolutions() {
    let target = Target::native().expect("this machine");
    for (dilation, kernel, low, high) in
        [(2, 3, 1, 2), (2, 4, 2, 2), (3, 3, 2, 2), (2, 2, 1, 1), (2, 3, 0, 0)]
    {
        check_weights(&target, &[f32s(&[1, 8, 6, 5]), f32s(&[12, 8, kernel, kernel])], 1, &[], &|b, x| {
            let attrs = [
                ("strides", ints(&[1, 1])),
                ("pads_low", ints(&[low, low])),
                ("pads_high", ints(&[high, high])),
                ("lhs_dilation", ints(&[dilation, dilation])),
                ("rhs_dilation", ints(&[1, 1])),
                ("groups", Attr::Int(1)),
            ];
            vec![with(b, "conv", x, attrs)]
        });
    }
}

#[test]
fn matrix_products() {
    for target in targets() {
        for (m, k, n) in [(1, 64, 10), (1, 100, 100), (7, 33, 18), (64, 64, 64), (16, 5, 40), (3, 200, 1)] {
            for weights in [1, 2] {
                check_weights(
                    &target,
                    &[f32s(&[m, k]), f32s(&[n, k]), f32s(&[k, n])],
                    weights,
                    &[],
                    &|b, x| {
                        let y = with(
                            b,
                            "dot_general",
                            &x[..2],
                            [("lhs_contract", ints(&[1])), ("rhs_contract", ints(&[1]))],
                        );
                        let z = op(b, "matmul", &[x[0], x[2]]);
                        vec![op(b, "relu", &[y]), z]
                    },
                );
            }
        }
    }
}

#[test]
fn attention_shapes_and_symbolic_sizes() {
    let target = Target::native().expect("this machine");
    let n = Term::sym(Sym::named("n"));
    for size in [1, 5, 16, 37] {
        let ty = |dims: &[Term]| TensorType::new(DType::F32, dims.to_vec());
        let (two, eight) = (Term::int(2), Term::int(8));
        let inputs = [ty(&[two, n, eight]), ty(&[two, n, eight]), ty(&[two, n, eight]), f32s(&[24, 8])];
        check_weights(&target, &inputs, 3, &[("n", size)], &|b, x| {
            let t = with(b, "transpose", &[x[1]], [("permutation", ints(&[0, 2, 1]))]);
            let scores = op(b, "matmul", &[x[0], t]);
            let p = with(b, "softmax", &[scores], [("axis", Attr::Int(-1))]);
            let y = op(b, "matmul", &[p, x[2]]);
            let z = with(
                b,
                "dot_general",
                &[y, x[3]],
                [("lhs_contract", ints(&[2])), ("rhs_contract", ints(&[1]))],
            );
            let m = with(b, "reduce_max", &[z], [("axes", ints(&[1]))]);
            vec![z, m]
        });
    }
}

/// Distance in units in the last place, counting over zero.
fn ulps(a: f32, b: f32) -> u64 {
    let key = |x: f32| {
        let bits = i64::from(x.to_bits() as i32);
        if bits < 0 { i64::from(i32::MIN) - bits } else { bits }
    };
    if a.is_nan() && b.is_nan() { 0 } else { key(a).abs_diff(key(b)) }
}

#[test]
fn functions_in_line_are_accurate() {
    let names = ["exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf"];
    let mut values = vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        f32::MIN_POSITIVE,
        f32::MAX,
        f32::MIN,
        1e-40,
        -1e-40,
        88.7,
        88.8,
        -87.5,
        -103.0,
        -104.0,
        -110.0,
        0.625,
        0.9277,
        1e6,
        3.0e9,
    ];
    let mut random = Random(7);
    for magnitude in [1e-6, 1e-3, 0.1, 1.0, 3.0, 10.0, 100.0, 1e4] {
        values.extend((0..800).map(|_| ((random.below(2_000_001) as f64 / 1e6 - 1.0) * magnitude) as f32));
    }
    let target = Target::native().expect("this machine");
    let shape = [values.len()];
    let mut net = Net::new("functions");
    let x = net.add_input("x", f32s(&shape));
    let mut builder = Builder::new(&mut net, Net::ENTRY, Default::default());
    let results: Vec<ValueId> = names.iter().map(|name| op(&mut builder, name, &[x])).collect();
    builder.end(Terminator::Return(results));
    let program = Program { subnets: vec![Subnet { net, dims: vec![] }], ..Program::default() };
    let kernels = compile(&program, &target, None, &|_, _| {}).expect("it compiles");
    let library = Library::link(&kernels);
    let x = Tensor::f32(&shape, &values);
    let types = vec![(DType::F32, shape.to_vec()); names.len()];
    let mut call = library.call(&kernels.subnets[0], &[&x], &types, &[]);
    call.run();
    for (i, name) in names.iter().enumerate() {
        let result = call.result(i, DType::F32, &shape);
        for (x, y) in values.iter().zip(result.scalars()) {
            let wide = f64::from(*x);
            let exact = match *name {
                "exp" => wide.exp(),
                "expm1" => wide.exp_m1(),
                "log" => wide.ln(),
                "log1p" => wide.ln_1p(),
                "sin" => wide.sin(),
                "cos" => wide.cos(),
                "tanh" => wide.tanh(),
                _ => braid_ir::term::math::erf(wide),
            };
            let y = y.as_f64() as f32;
            let error = ulps(y, exact as f32);
            assert!(error <= 4, "{name}({x:e}) = {y:e}, off by {error} ulp of {exact:e}");
        }
    }
}

/// A tensor in the form of the rows' examples: `f32[2] [1, nan]`.
fn literal(text: &str) -> (TensorType, Tensor) {
    let (ty, values) = text.split_once(' ').expect("a type and values");
    let (dtype, shape) = ty.trim_end_matches(']').split_once('[').expect("a tensor type");
    let dtype = DType::from_name(dtype).expect("an element type");
    let shape: Vec<usize> = shape.split(',').filter_map(|d| d.trim().parse().ok()).collect();
    let mut values = values.split(['[', ']', ',', ' ']).filter(|v| !v.is_empty()).map(|v| match v {
        "true" => Scalar::Bool(true),
        "false" => Scalar::Bool(false),
        int if !dtype.is_float() => Scalar::from_int(dtype, int.parse().expect("an integer")),
        float => Scalar::from_f64(dtype, float.parse().expect("a number")),
    });
    let tensor = Tensor::from_fn(dtype, shape.clone(), |_| values.next().expect("enough values"));
    (TensorType::fixed(dtype, &shape), tensor)
}

#[test]
fn every_row_compiles_on_its_examples() {
    let target = Target::native().expect("this machine");
    let mut cases = Vec::new();
    let mut program = Program::default();
    for spec in braid_ir::ops::TABLE.iter().flat_map(|rows| rows.iter()) {
        if matches!(spec.def, braid_ir::ops::OpDef::Opaque { .. } | braid_ir::ops::OpDef::Host { .. }) {
            continue;
        }
        for example in spec.examples {
            let operands: Vec<(TensorType, Tensor)> =
                example.operands.iter().map(|text| literal(text)).collect();
            let parameters: Vec<String> =
                operands.iter().enumerate().map(|(i, (ty, _))| format!("%x{i}: {ty}")).collect();
            let names: Vec<String> = (0..operands.len()).map(|i| format!("%x{i}")).collect();
            let attributes = match example.attributes {
                "" => String::new(),
                attributes => format!(" {{{attributes}}}"),
            };
            let text = format!(
                "net @example({}) {{\n^0:\n  %y = {}({}){attributes}\n  return(%y)\n}}\n",
                parameters.join(", "),
                spec.name,
                names.join(", ")
            );
            let net = braid_ir::text::parse_net(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let subnet = Subnet { net: net.clone(), dims: vec![] };
            if let Err(KernelError::Operator { why, .. }) = Graph::new(&subnet.net, &[]) {
                assert!(why.contains("library routine"), "{}: {why}", spec.name);
                continue;
            }
            program.subnets.push(subnet);
            cases.push((spec.name, net, operands));
        }
    }
    assert!(cases.len() > 100, "only {} examples compile", cases.len());
    let kernels = compile(&program, &target, None, &|_, _| {}).expect("every row compiles");
    let library = Library::link(&kernels);
    for ((name, net, operands), code) in cases.iter().zip(&kernels.subnets) {
        let args: Vec<Arc<Tensor>> = operands.iter().map(|(_, tensor)| Arc::new(tensor.clone())).collect();
        let expected = run(net, &args, &Options::default()).expect("the interpreter runs it").outputs;
        let args: Vec<&Tensor> = operands.iter().map(|(_, tensor)| tensor).collect();
        let (dtype, shape) = (expected[0].dtype(), expected[0].shape().to_vec());
        let mut call = library.call(code, &args, &[(dtype, shape.clone())], &[]);
        call.run();
        for (a, e) in call.result(0, dtype, &shape).scalars().zip(expected[0].scalars()) {
            let (a, e) = (a.as_f64(), e.as_f64());
            let near = a == e || a.is_nan() && e.is_nan() || (a - e).abs() <= 1e-5 * (1.0 + e.abs());
            assert!(near, "{name}: {a} instead of {e}");
        }
    }
}

/// A net of two equal convolutions after each other.
fn twice() -> Program {
    let mut net = Net::new("twice");
    let x = net.add_input("x", f32s(&[2, 8, 6, 6]));
    let w: Vec<ValueId> = (0..2).map(|_| net.add_input("w", f32s(&[8, 8, 3, 3]))).collect();
    let mut builder = Builder::new(&mut net, Net::ENTRY, Default::default());
    let y = conv(&mut builder, x, w[0], &[1, 1], &[1, 1], 1);
    let z = conv(&mut builder, y, w[1], &[1, 1], &[1, 1], 1);
    builder.end(Terminator::Return(vec![y, z]));
    Program { subnets: vec![Subnet { net, dims: vec![] }], ..Program::default() }
}

#[test]
fn kernels_of_equal_structure_are_compiled_once() {
    let kernels =
        compile(&twice(), &Target::native().expect("this machine"), None, &|_, _| {}).expect("it compiles");
    // One that pads, one that packs a weight, one that multiplies, and the entry: each of the first three is called twice.
    assert_eq!(kernels.objects.len(), 4);
}

#[test]
fn the_cache_gives_the_same_and_ignores_what_is_damaged() {
    let folder = std::env::temp_dir().join(format!("braid-kernel-cache-{}", std::process::id()));
    let target = Target::native().expect("this machine");
    let compiled = || compile(&twice(), &target, Some(&folder), &|_, _| {}).expect("it compiles").objects;
    let fresh = compiled();
    let files = || std::fs::read_dir(&folder).expect("the folder is there").flatten().map(|f| f.path());
    assert_eq!(files().count(), fresh.len());
    assert_eq!(compiled(), fresh);
    for file in files() {
        let mut bytes = std::fs::read(&file).expect("reading");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&file, bytes).expect("writing");
    }
    assert_eq!(compiled(), fresh);
    std::fs::remove_dir_all(&folder).expect("removing");
}

#[test]
fn an_operator_that_is_not_index_math_is_refused() {
    let mut net = Net::new("refused");
    let x = net.add_input("x", f32s(&[4]));
    let mut builder = Builder::new(&mut net, Net::ENTRY, Default::default());
    let found = builder.op("nonzero", &[x], Attrs::default()).expect("a valid operator");
    builder.end(Terminator::Return(vec![found[0]]));
    let program = Program { subnets: vec![Subnet { net, dims: vec![] }], ..Program::default() };
    let error =
        compile(&program, &Target::native().expect("this machine"), None, &|_, _| {}).expect_err("refused");
    assert!(matches!(&error, KernelError::Operator { op, .. } if op == "nonzero"), "{error}");
}
