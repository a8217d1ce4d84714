//! Times single kernels: `cargo run --release -p braid-backend --example kernels [CPU]`.
//!
//! One line per shape: microseconds (the best of many runs), and GFLOP/s for sums of products or GB/s of tensors read and
//! written for the rest. Compile time is one cold compilation of the kernel alone. Times are CPU time, so that other work on
//! the machine disturbs them less.

#[path = "../src/kernel/tests/load.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod load;

use braid_backend::kernel::{self, Target};
use braid_ir::net::{Builder, Net, Terminator, ValueId};
use braid_ir::program::{Arg, HostBlock, HostEnd, Instr, Program, Subnet, VarId};
use braid_ir::{Attr, Attrs, DType, Scalar, Tensor, TensorType, WeightId};
use std::time::Instant;

unsafe extern "C" {
    fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
}

/// Seconds of CPU time that this process has used.
fn cpu_seconds() -> f64 {
    const PROCESS_CPU_TIME: i32 = 2;
    let mut time = [0i64; 2];
    // SAFETY: a timespec is two 64-bit integers on x86-64 Linux.
    let failed = unsafe { clock_gettime(PROCESS_CPU_TIME, &mut time) };
    assert_eq!(failed, 0, "the clock exists");
    time[0] as f64 + time[1] as f64 * 1e-9
}

type Build = Box<dyn Fn(&mut Builder, &[ValueId]) -> Vec<ValueId>>;

struct Case {
    name: String,
    inputs: Vec<Vec<usize>>,
    /// Inputs from this one on are weights.
    weights: usize,
    flops: f64,
    build: Build,
}

fn ints(values: &[i64]) -> Attr {
    Attr::Ints(values.to_vec())
}

fn op<const N: usize>(
    b: &mut Builder,
    name: &str,
    x: &[ValueId],
    attrs: [(&'static str, Attr); N],
) -> ValueId {
    b.op1(name, x, Attrs::from(attrs)).expect("a valid operator")
}

fn conv(c: usize, o: usize, size: usize, kernel: usize, stride: usize, groups: usize) -> Case {
    let pad = kernel / 2;
    let out = (size + 2 * pad - kernel) / stride + 1;
    let build: Build = Box::new(move |b, x| {
        let two = |v: usize| ints(&[v as i64, v as i64]);
        let y = op(
            b,
            "conv",
            &x[..2],
            [
                ("strides", two(stride)),
                ("pads_low", two(pad)),
                ("pads_high", two(pad)),
                ("lhs_dilation", two(1)),
                ("rhs_dilation", two(1)),
                ("groups", Attr::Int(groups as i64)),
            ],
        );
        let y = op(b, "add", &[y, x[2]], []);
        vec![op(b, "relu", &[y], [])]
    });
    Case {
        name: format!("conv {c}->{o} {size}x{size} k{kernel} s{stride} g{groups}, bias, relu"),
        inputs: vec![vec![1, c, size, size], vec![o, c / groups, kernel, kernel], vec![o, 1, 1]],
        weights: 1,
        flops: (2 * o * (c / groups) * kernel * kernel * out * out) as f64,
        build,
    }
}

/// Two convolutions with what a residual block has between and after them.
fn block(c: usize, size: usize) -> Case {
    let weights = [vec![c, c, 3, 3], vec![c, 1, 1]];
    let one = conv(c, c, size, 3, 1, 1);
    Case {
        name: format!("residual block {c} {size}x{size}"),
        inputs: [vec![vec![1, c, size, size]], weights.to_vec(), weights.to_vec()].concat(),
        weights: 1,
        flops: 2.0 * one.flops,
        build: Box::new(move |b, x| {
            let y = (one.build)(b, &x[..3])[0];
            let attrs = [
                ("strides", ints(&[1, 1])),
                ("pads_low", ints(&[1, 1])),
                ("pads_high", ints(&[1, 1])),
                ("lhs_dilation", ints(&[1, 1])),
                ("rhs_dilation", ints(&[1, 1])),
                ("groups", Attr::Int(1)),
            ];
            let z = op(b, "conv", &[y, x[3]], attrs);
            let z = op(b, "add", &[z, x[4]], []);
            let z = op(b, "add", &[z, x[0]], []);
            vec![op(b, "relu", &[z], [])]
        }),
    }
}

fn linear(m: usize, k: usize, n: usize) -> Case {
    Case {
        name: format!("linear {m}x{k}x{n}, bias"),
        inputs: vec![vec![m, k], vec![n, k], vec![n]],
        weights: 1,
        flops: (2 * m * k * n) as f64,
        build: Box::new(|b, x| {
            let y =
                op(b, "dot_general", &x[..2], [("lhs_contract", ints(&[1])), ("rhs_contract", ints(&[1]))]);
            vec![op(b, "add", &[y, x[2]], [])]
        }),
    }
}

fn matmul(m: usize, k: usize, n: usize) -> Case {
    Case {
        name: format!("matmul {m}x{k}x{n}, nothing packed"),
        inputs: vec![vec![m, k], vec![k, n]],
        weights: 2,
        flops: (2 * m * k * n) as f64,
        build: Box::new(|b, x| vec![op(b, "matmul", x, [])]),
    }
}

fn unary(name: &'static str, shape: &[usize]) -> Case {
    Case {
        name: format!("{name} {shape:?}"),
        inputs: vec![shape.to_vec()],
        weights: 1,
        flops: 0.0,
        build: Box::new(move |b, x| vec![b.op1(name, x, Attrs::default()).expect("a valid operator")]),
    }
}

fn along(name: &'static str, shape: &[usize], attr: &'static str, value: Attr) -> Case {
    Case {
        name: format!("{name} {shape:?} {attr} {value:?}"),
        inputs: vec![shape.to_vec()],
        weights: 1,
        flops: 0.0,
        build: Box::new(move |b, x| {
            vec![b.op1(name, x, Attrs::from([(attr, value.clone())])).expect("a valid operator")]
        }),
    }
}

fn pool(c: usize, size: usize) -> Case {
    Case {
        name: format!("max pool {c} {size}x{size} k3 s2"),
        inputs: vec![vec![1, c, size, size]],
        weights: 1,
        flops: 0.0,
        build: Box::new(|b, x| {
            let attrs = [
                ("kind", Attr::Str("max".into())),
                ("window", ints(&[3, 3])),
                ("strides", ints(&[2, 2])),
                ("pads_low", ints(&[1, 1])),
                ("pads_high", ints(&[1, 1])),
                ("dilations", ints(&[1, 1])),
            ];
            vec![op(b, "reduce_window", x, attrs)]
        }),
    }
}

fn run(case: &Case, target: &Target) {
    let mut net = Net::new("case");
    let types: Vec<TensorType> = case.inputs.iter().map(|s| TensorType::fixed(DType::F32, s)).collect();
    let params: Vec<ValueId> = types.iter().map(|ty| net.add_input("x", ty.clone())).collect();
    let mut builder = Builder::new(&mut net, Net::ENTRY, Default::default());
    let results = (case.build)(&mut builder, &params);
    builder.end(Terminator::Return(results.clone()));
    let outputs: Vec<(DType, Vec<usize>)> = results
        .iter()
        .map(|v| net.tensor_ty(*v).expect("a tensor"))
        .map(|ty| (ty.dtype, ty.fixed_shape().expect("numbers")))
        .collect();
    let arg = |i: usize| {
        if i >= case.weights { Arg::Weight(WeightId(i as u32)) } else { Arg::Var(VarId(i as u32)) }
    };
    let call = Instr::Call {
        subnet: 0,
        args: (0..params.len()).map(arg).collect(),
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
    let program =
        Program { subnets: vec![Subnet { net, dims: vec![] }], blocks: vec![block], ..Program::default() };
    let start = cpu_seconds();
    let kernels = match kernel::compile(&program, target, None, &|_, _| {}) {
        Ok(kernels) => kernels,
        Err(error) => return println!("{:45} {error}", case.name),
    };
    let compiling = cpu_seconds() - start;
    let library = load::Library::link(&kernels);
    let tensors: Vec<Tensor> = case
        .inputs
        .iter()
        .map(|shape| {
            Tensor::from_fn(DType::F32, shape.clone(), |i| Scalar::f32((i * 7 % 13) as f32 * 0.1 - 0.6))
        })
        .collect();
    let mut call = library.call(&kernels.subnets[0], &tensors.iter().collect::<Vec<_>>(), &outputs, &[]);
    call.run();
    let (mut best, begin) = (f64::INFINITY, Instant::now());
    while begin.elapsed().as_secs_f64() < 0.15 {
        let start = cpu_seconds();
        for _ in 0..8 {
            call.run();
        }
        best = best.min((cpu_seconds() - start) / 8.0);
    }
    let elements: usize =
        case.inputs.iter().chain(outputs.iter().map(|(_, s)| s)).map(|s| s.iter().product::<usize>()).sum();
    let rate = if case.flops > 0.0 {
        format!("{:7.1} GFLOP/s", case.flops / best / 1e9)
    } else {
        format!("{:7.1} GB/s", elements as f64 * 4.0 / best / 1e9)
    };
    println!("{:45} {:9.2} us {rate}, compiled in {:.0} ms", case.name, best * 1e6, compiling * 1e3);
}

fn main() {
    let cpu = std::env::args().nth(1).unwrap_or_else(|| "native".to_string());
    let target = match Target::named(&cpu) {
        Ok(target) => target,
        Err(error) => return eprintln!("{error}"),
    };
    println!("{}: {} lanes of f32, fused multiply-add: {}", target.cpu, target.lanes(), target.fma());
    let mut cases = vec![
        conv(3, 16, 32, 3, 1, 1),
        conv(16, 16, 32, 3, 1, 1),
        conv(16, 32, 32, 3, 2, 1),
        conv(32, 32, 16, 3, 1, 1),
        conv(64, 64, 8, 3, 1, 1),
        conv(16, 32, 32, 1, 2, 1),
        conv(64, 64, 16, 1, 1, 1),
        conv(512, 512, 4, 3, 1, 1),
        conv(512, 512, 2, 3, 1, 1),
        conv(64, 64, 56, 3, 1, 1),
        conv(3, 64, 224, 7, 2, 1),
        conv(32, 32, 32, 3, 1, 32),
        conv(64, 64, 32, 3, 2, 64),
        conv(128, 128, 8, 3, 1, 128),
        block(16, 32),
        block(32, 16),
        block(64, 8),
        linear(1, 64, 10),
        linear(1, 512, 512),
        linear(1, 2048, 1000),
        linear(16, 256, 256),
        matmul(64, 64, 64),
        matmul(512, 512, 512),
        pool(64, 32),
    ];
    for name in ["exp", "tanh", "sigmoid", "erf", "log", "sin", "relu"] {
        cases.push(unary(name, &[64, 1024]));
    }
    cases.push(along("softmax", &[64, 128], "axis", Attr::Int(-1)));
    cases.push(along("softmax", &[1, 10], "axis", Attr::Int(-1)));
    cases.push(along("reduce_mean", &[1, 64, 8, 8], "axes", ints(&[2, 3])));
    cases.push(along("reduce_sum", &[64, 1024], "axes", ints(&[0])));
    cases.push(along("transpose", &[256, 256], "permutation", ints(&[1, 0])));
    for case in &cases {
        run(case, &target);
    }
}
