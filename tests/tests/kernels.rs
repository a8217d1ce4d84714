//! Schedules of device kernels on shapes that reach their corners, against the interpreter: on a GPU whose threads are fibers, and on
//! the machine's Vulkan device. The operations are those that `./x bench-gpu` measures.

use braid::runtime::cases::Tolerance;
use braid::runtime::device::{Device, open};
use braid::{InputSpec, Machine, Program, PythonOptions, Quiet, verdict};
use braid_ir::{DType, Scalar, Tensor, eval};
use braid_tests::fiber::{self, Fiber, Passes, Record};
use braid_tests::suite::{self, Named};
use braid_tests::{here, subject, treatment};
use std::sync::Arc;

/// The function of `micro.py`, and its arguments' types.
const TRIALS: &[(&str, &[&str])] = &[
    ("gelu_add", &["x=f32[6,20]", "y=f32[6,20]"]),
    ("gelu_add", &["x=f32[n,7]", "y=f32[n,7]"]),
    ("gelu_add", &["x=f16[3,40]", "y=f16[3,40]"]),
    ("row_sum", &["x=f32[5,700]"]),
    ("row_sum", &["x=f64[3,1000]"]),
    ("row_sum", &["x=i64[70,33]"]),
    ("softmax", &["x=f32[9,300]"]),
    ("softmax", &["x=f32[n,65]"]),
    ("softmax", &["x=f32[4,m]"]),
    ("softmax", &["x=f16[6,100]"]),
    ("best", &["x=f32[5,400]"]),
    ("best", &["x=i64[5,70]"]),
    ("layer_norm", &["x=f32[7,200]", "weight=f32[200]", "bias=f32[200]"]),
    ("layer_norm", &["x=bf16[7,64]", "weight=bf16[64]", "bias=bf16[64]"]),
    // Rows in registers: several threads, one or many for a row; lots of which the last is not full; weights in workgroup memory
    // for rows side by side and one after the other; what is too long for registers.
    ("row_sum", &["x=f32[300,4]"]),
    ("row_sum", &["x=f32[n,6]"]),
    ("row_sum", &["x=f32[2,40000]"]),
    ("softmax", &["x=f32[3,5000]"]),
    ("softmax", &["x=f16[5,264]"]),
    ("log_softmax", &["x=f32[n,72]"]),
    ("best", &["x=f32[n,128]"]),
    ("layer_norm", &["x=f32[1500,48]", "weight=f32[48]", "bias=f32[48]"]),
    ("layer_norm", &["x=f32[1100,1028]", "weight=f32[1028]", "bias=f32[1028]"]),
    ("layer_norm", &["x=f16[520,40]", "weight=f32[40]", "bias=f16[40]"]),
    ("rms_norm", &["x=f64[300,36]", "weight=f64[36]"]),
    ("residual_norm", &["x=f32[2,20,96]", "y=f32[2,20,96]", "weight=f32[96]", "bias=f32[96]"]),
    ("group_norm", &["x=f32[3,12,5,4]", "weight=f32[12]", "bias=f32[12]"]),
    ("embedding_norm", &["ids=i64[9]", "table=f32[64,96]", "weight=f32[96]", "bias=f32[96]"]),
    ("masked_softmax", &["x=f32[3,4,52]", "mask=f32[3,52]"]),
    ("product", &["a=f32[200,33]", "b=f32[33,260]"]),
    ("product", &["a=f32[n,40]", "b=f32[40,300]"]),
    ("product", &["a=f64[250,20]", "b=f64[20,190]"]),
    ("product", &["a=f32[6,70,20]", "b=f32[6,20,100]"]),
    // Along the sum and across; by elements, where the sizes are odd; in both sides of squares.
    ("product", &["a=f16[200,72]", "b=f16[72,264]"]),
    ("product", &["a=bf16[200,72]", "b=bf16[72,264]"]),
    ("product", &["a=f16[190,37]", "b=f16[37,201]"]),
    ("product", &["a=f16[1430,16]", "b=f16[16,1416]"]),
    ("product", &["a=bf16[1400,48]", "b=bf16[48,700]"]),
    // Rectangles of 64 by 64, of 128 by 64 and 64 by 128, of 128 by 128; sums that end within a piece.
    ("product", &["a=f32[700,20]", "b=f32[20,700]"]),
    ("product", &["a=f32[8190,18]", "b=f32[18,60]"]),
    ("product", &["a=f32[60,20]", "b=f32[20,8188]"]),
    ("product", &["a=f32[1500,9]", "b=f32[9,1501]"]),
    ("product_transposed", &["a=f32[700,37]", "b=f32[710,37]"]),
    ("convolution", &["x=f32[2,5,64,66]", "weight=f32[64,5,3,3]", "bias=f32[64]"]),
    ("product_transposed", &["a=bf16[150,40]", "b=bf16[300,40]"]),
    ("product_transposed", &["a=f16[n,40]", "b=f16[300,40]"]),
    ("convolution", &["x=f32[2,8,20,21]", "weight=f32[24,8,3,3]", "bias=f32[24]"]),
    ("convolution", &["x=f16[2,8,20,21]", "weight=f16[64,8,3,3]", "bias=f16[64]"]),
    // Sums across memory, by several threads: rounds that end early, points that end within a workgroup.
    ("product", &["a=f32[1,300]", "b=f32[300,700]"]),
    ("product", &["a=f16[3,1000]", "b=f16[1000,40]"]),
    ("product", &["a=f32[n,130]", "b=f32[130,77]"]),
    ("down", &["x=f32[1031,50]"]),
    ("down", &["x=i32[3,200,33]"]),
    ("down", &["x=bf16[n,64]"]),
    // Rows and keys that end within a tile, widths that are padded, one and several blocks of rows; with a mask, without any key for a row, over
    // shared keys, from one tensor.
    ("attention", &["q=f32[2,2,40,16]", "k=f32[2,2,50,16]", "v=f32[2,2,50,16]"]),
    ("attention", &["q=f32[3,65,32]", "k=f32[3,33,32]", "v=f32[3,33,32]"]),
    ("attention", &["q=f32[2,33,80]", "k=f32[2,70,80]", "v=f32[2,70,80]"]),
    ("attention", &["q=f32[2,17,128]", "k=f32[2,40,128]", "v=f32[2,40,40]"]),
    ("attention", &["q=f32[2,50,33]", "k=f32[2,50,33]", "v=f32[2,50,33]"]),
    ("attention", &["q=f32[40,2,64,64]", "k=f32[40,2,16,64]", "v=f32[40,2,16,64]"]),
    ("attention", &["q=f32[2,n,64]", "k=f32[2,m,64]", "v=f32[2,m,64]"]),
    ("attention", &["q=f32[b,3,40,32]", "k=f32[b,3,40,32]", "v=f32[b,3,40,32]"]),
    ("attention", &["q=f16[2,40,64]", "k=f16[2,72,64]", "v=f16[2,72,64]"]),
    ("attention", &["q=f16[2,41,32]", "k=f16[2,31,32]", "v=f16[2,31,32]"]),
    ("attention", &["q=bf16[2,40,128]", "k=bf16[2,40,128]", "v=bf16[2,40,128]"]),
    ("attention_causal", &["q=f32[2,2,40,64]", "k=f32[2,2,40,64]", "v=f32[2,2,40,64]"]),
    ("attention_causal", &["q=f16[2,70,80]", "k=f16[2,70,80]", "v=f16[2,70,80]"]),
    ("attention_causal", &["q=f16[2,150,64]", "k=f16[2,200,64]", "v=f16[2,200,64]"]),
    ("attention_behind", &["q=f32[2,2,n,32]", "k=f32[2,2,m,32]", "v=f32[2,2,m,32]"]),
    ("clamped_causal", &["q=f32[2,2,n,32]", "k=f32[2,2,m,32]", "v=f32[2,2,m,32]"]),
    ("attention_added", &["q=f32[2,2,40,32]", "k=f32[2,2,50,32]", "v=f32[2,2,50,32]", "mask=f32[2,1,40,50]"]),
    ("attention_added", &["q=f16[2,2,n,32]", "k=f16[2,2,m,32]", "v=f16[2,2,m,32]", "mask=f16[n,m]"]),
    ("attention_without_keys", &["q=f32[2,40,32]", "k=f32[2,50,32]", "v=f32[2,50,32]"]),
    ("attention_shared", &["q=f32[2,4,40,32]", "k=f32[2,50,32]", "v=f32[2,50,32]"]),
    ("attention_packed", &["x=f32[2,33,192]"]),
    ("attention_packed", &["x=f16[2,33,192]"]),
    // Lines of less and of more than a workgroup takes at a time, next to each other and apart.
    ("running", &["x=f32[3,1500]"]),
    ("running", &["x=i64[700,3]"]),
    ("running", &["x=f16[n,2]"]),
    ("in_order", &["x=f32[5,40]"]),
    ("in_order", &["x=f32[2500,2]"]),
    ("in_order", &["x=i64[3,1024]"]),
    ("in_order", &["x=bf16[1,1025]"]),
    ("in_order", &["x=u8[1,5000]"]),
    ("greatest", &["x=f32[4,3000]"]),
    ("greatest", &["x=f16[n,30]"]),
    ("greatest", &["x=i32[2,2051]"]),
    ("places", &["x=f32[30,70]"]),
    ("places", &["x=i32[3,n,2]"]),
    ("places", &["x=f64[2,1]"]),
];

/// Products whose rectangles pass through workgroup memory (almost) without conflicts of banks: operands along the sum and across.
const CONFLICTS: &[(&str, &[&str])] = &[
    ("product", &["a=f16[1408,32]", "b=f16[32,1408]"]),
    ("product_transposed", &["a=bf16[192,128]", "b=bf16[320,128]"]),
    ("product", &["a=f32[1408,16]", "b=f32[16,1408]"]),
    ("product", &["a=f32[8192,16]", "b=f32[16,64]"]),
];
/// Passes through workgroup memory over those that are needed.
const PASSES_MAX: f64 = 1.1;

fn main() -> std::process::ExitCode {
    let mut trials: Vec<Named> = Vec::new();
    for (function, inputs) in CONFLICTS {
        let name = format!("banks/{function} {}", inputs[0]);
        trials.push((name, Box::new(move || conflicts(function, inputs))));
    }
    let vulkan = open("vulkan").inspect_err(|why| eprintln!("skipped: everything on Vulkan: {why}")).is_ok();
    for (function, inputs) in
        TRIALS.iter().filter(|(name, inputs)| name.starts_with("product") && inputs[0].contains("f16"))
    {
        let name = format!("groups/{function} {}", inputs[0]);
        trials.push((name, Box::new(move || check(function, inputs, "groups").map(drop))));
    }
    let places = [("fiber", true), ("vulkan", vulkan)];
    for (place, _) in places.into_iter().filter(|(_, there)| *there) {
        for (function, inputs) in TRIALS {
            // A NaN may come out as a number there.
            if place == "vulkan" && *function == "attention_without_keys" {
                continue;
            }
            let name = format!("{place}/{function} {}", inputs[0]);
            trials.push((name, Box::new(move || check(function, inputs, place).map(drop))));
        }
    }
    suite::run("kernels", trials)
}

/// Runs a product on fibers and compares how often it passes through workgroup memory.
fn conflicts(function: &str, inputs: &[&str]) -> Result<(), String> {
    for record in check(function, inputs, "fiber")? {
        let Passes { made, needed } = record.moved.passes;
        if needed == 0 || made as f64 > PASSES_MAX * needed as f64 {
            return Err(format!("{made} passes through workgroup memory where {needed} are needed"));
        }
        println!("{function} {}: {made} passes through workgroup memory, {needed} needed", inputs[0]);
    }
    Ok(())
}

/// Compiles, runs and compares; what launches on fibers have moved.
fn check(function: &str, inputs: &[&str], place: &str) -> Result<Vec<Record>, String> {
    let specs: Vec<InputSpec> = inputs
        .iter()
        .map(|text| InputSpec::parse(text).map_err(|e| e.to_string()))
        .collect::<Result<_, _>>()?;
    let source = PythonOptions {
        source: here("benches/gpu/micro.py"),
        build: function.to_string(),
        inputs: specs.clone(),
        ..PythonOptions::default()
    };
    let net = braid::read(&source.into()).and_then(braid::optimise).map_err(|d| d.render())?;
    // Where four subgroups multiply together, or each by itself.
    let chip = if place == "groups" { "sm_90a" } else { "sm_80" };
    let fibers = Fiber::new(chip, 7);
    let records = fibers.records();
    let (target, device): (String, Box<dyn Device>) = match place {
        "fiber" | "groups" => (fiber::target(chip), Box::new(fibers)),
        _ => ("vulkan".to_string(), open("vulkan").map_err(|e| e.to_string())?),
    };
    let machine = Machine { devices: vec![target], ..subject::machine() };
    let bytes = braid::build(&net, &machine, &Quiet).map_err(|d| d.render())?;
    let mut program = Program::from_bytes(&bytes).map_err(|e| e.to_string())?;
    let launches: usize = program.manifest().devices[0].subnets.iter().map(Vec::len).sum();
    // What the library does on the CPU has kernels, too.
    let on_cpu = program.manifest().devices[0].library.iter().filter(|kernels| kernels.is_empty()).count();
    if on_cpu > 0 {
        return Err(format!("the CPU is asked for {on_cpu} results"));
    }
    if place == "fiber" && function.starts_with("attention") && launches != 1 {
        return Err(format!("attention takes {launches} launches"));
    }
    program.use_device(device).map_err(|e| e.to_string())?;
    let tensors: Vec<Arc<Tensor>> =
        specs.iter().enumerate().map(|(seed, spec)| Arc::new(values(spec, seed as u64))).collect();
    let outcome = eval::run(&net, &tensors, &eval::Options::default());
    let expected = treatment::as_run(&net, outcome).map_err(|e| e.to_string())?;
    let given: Vec<_> = tensors.iter().map(|tensor| treatment::to_runtime(tensor)).collect();
    let named: Vec<_> = net.inputs.iter().map(String::as_str).zip(&given).collect();
    let actual = program.run(&named, Default::default()).map_err(|e| e.to_string())?;
    // Sums in another order, rounded to the type of the result.
    let close = match specs[0].dtype {
        DType::F16 => 4e-3,
        DType::BF16 => 3e-2,
        _ => 2e-5,
    };
    let tolerance = Tolerance { rtol: close, atol: close };
    match verdict::judge_outputs(&actual, &expected, tolerance).problem {
        Some(problem) => Err(problem),
        None => Ok(records.lock().map_err(|e| e.to_string())?.clone()),
    }
}

/// Numbers that are not all alike; names stand for 130.
fn values(spec: &InputSpec, seed: u64) -> Tensor {
    let shape: Vec<usize> = spec.dims.iter().map(|dim| dim.as_int().map_or(130, |n| n as usize)).collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    Tensor::from_fn(spec.dtype, shape, |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = ((state >> 40) as f64 / (1u64 << 24) as f64 - 0.5) * 2.0;
        match spec.dtype {
            dtype if dtype.is_float() => Scalar::from_f64(dtype, value),
            dtype => Scalar::from_int(dtype, (value * 40.0) as i128),
        }
    })
}
