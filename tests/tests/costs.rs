//! What kernels cost, counted: the bytes that they move against those that any kernel of the same meaning must move, and the launches of an
//! inference against those of PyTorch without compilation.

use braid::runtime::cases;
use braid::runtime::device::{Address, Device, Extent};
use braid::runtime::manifest::Kernel;
use braid::{CompileOptions, InputSpec, Machine, OnnxOptions, Program, Quiet, RunOptions, Tensor};
use braid_ir::Net;
use braid_tests::fiber::{self, Fiber, Record};
use braid_tests::subject;
use braid_tests::workload::{self, Workload};
use std::sync::{Arc, Mutex};

const CHIP: &str = "sm_80";

fn program(net: &Net) -> Program {
    let machine = Machine { devices: vec![fiber::target(CHIP)], ..subject::machine() };
    let bytes = braid::build(net, &machine, &Quiet).unwrap_or_else(|d| panic!("{}", d.render()));
    Program::from_bytes(&bytes).expect("a fresh artifact loads")
}

/// Runs a program on fibers: its results, and what its launches have moved.
fn run(mut program: Program, inputs: &[(&str, &Tensor)]) -> (Vec<Tensor>, Vec<Record>) {
    let device = Fiber::new(CHIP, 1);
    let records = device.records();
    program.use_device(Box::new(device)).expect("there is code for it");
    let results = program.run(inputs, RunOptions::default()).expect("runs");
    let records = records.lock().expect("nobody has panicked").clone();
    (results, records)
}

/// A tensor for an input of floats, `x=f32[2,3]`.
fn input(text: &str) -> (String, Tensor) {
    let (name, ty) = text.split_once("=f32").expect("floats");
    let shape: Vec<usize> =
        ty.trim_matches(['[', ']']).split(',').map(|n| n.parse().expect("a number")).collect();
    let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (i % 17) as f32 / 8.0).collect();
    (name.to_string(), Tensor::f32(&shape, &values).expect("as many values as the shape asks for"))
}

fn inputs(workload: Workload) -> Vec<(String, Tensor)> {
    workload.inputs.iter().map(|text| input(text)).collect()
}

fn named(inputs: &[(String, Tensor)]) -> Vec<(&str, &Tensor)> {
    inputs.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect()
}

/// The bytes that the threads of a workload's launches ask of global memory, over those of its operands and results, each once; and the same of the
/// different bytes of each launch.
fn moved(workload: Workload) -> (f64, f64) {
    let program = program(&workload.net().expect("compiles"));
    let inputs = inputs(workload);
    let (results, records) = run(program, &named(&inputs));
    let floor: usize = inputs.iter().map(|(_, t)| t).chain(&results).map(|tensor| tensor.bytes().len()).sum();
    let sum = |of: fn(&Record) -> u64| records.iter().map(of).sum::<u64>() as f64 / floor as f64;
    let requested = sum(|r| r.moved.reads_requested + r.moved.writes_requested);
    let different = sum(|r| r.moved.read + r.moved.written);
    println!(
        "{}: {} launches; requested {requested:.3} of the floor of {floor} bytes, different {different:.3}",
        workload.name,
        records.len()
    );
    (requested, different)
}

const ADD_GELU: Workload = Workload {
    name: "add and gelu, 64 x 768",
    code: "def f(a, b):\n    return F.gelu(a + b)\n",
    build: "f",
    inputs: &["a=f32[64,768]", "b=f32[64,768]"],
};

const ROW_SUM: Workload = Workload {
    name: "row sum, 64 x 768",
    code: "def f(x):\n    return x.sum(-1)\n",
    build: "f",
    inputs: &["x=f32[64,768]"],
};

const NORM: Workload = Workload {
    name: "layer norm without weights, 64 x 768",
    code: "def f(x):\n    return F.layer_norm(x, (768,))\n",
    build: "f",
    inputs: &["x=f32[64,768]"],
};

const NORM_AFFINE_FEW: Workload = Workload {
    name: "layer norm, 64 x 768",
    inputs: &["x=f32[64,768]", "w=f32[768]", "b=f32[768]"],
    ..workload::NORM
};

/// What a kernel moves within 5% of its floor.
const CLOSE: f64 = 1.05;

#[test]
fn bytes_of_add_and_gelu() {
    let (requested, _) = moved(ADD_GELU);
    assert!(requested <= CLOSE, "{requested}");
}

#[test]
fn bytes_of_row_sums() {
    let (requested, _) = moved(ROW_SUM);
    assert!(requested <= CLOSE, "{requested}");
}

#[test]
fn bytes_of_softmax() {
    let (requested, _) = moved(workload::SOFTMAX);
    assert!(requested <= CLOSE, "{requested}");
}

#[test]
fn bytes_of_layer_norm() {
    let (requested, _) = moved(NORM);
    assert!(requested <= CLOSE, "{requested}");
}

/// Rows that fill a device share the weights: a workgroup brings them for all of its rows.
#[test]
fn bytes_of_layer_norm_with_weights() {
    let (requested, _) = moved(workload::NORM);
    assert!(requested <= CLOSE, "{requested}");
}

/// Where there are few rows, each is a workgroup's, the sooner it is done, and asks for the weights, which come from the cache.
#[test]
fn bytes_of_layer_norm_with_weights_on_few_rows() {
    let (requested, different) = moved(NORM_AFFINE_FEW);
    assert!(requested <= 1.98 && different <= CLOSE, "{requested}, {different}");
}

/// A device that launches nothing and counts the launches: for programs whose path does not depend on results.
struct Counter {
    launches: Arc<Mutex<usize>>,
    next: Address,
}

impl Device for Counter {
    fn name(&self) -> String {
        "counter".to_string()
    }

    fn suits(&self, target: &str) -> Option<u32> {
        (target == fiber::target(CHIP)).then_some(0)
    }

    fn load(&mut self, _: &[Kernel], _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn alloc(&mut self, bytes: u64) -> Result<Address, String> {
        let address = self.next;
        self.next = (self.next + bytes + 1).next_multiple_of(1 << 12);
        Ok(address)
    }

    fn free(&mut self, _: Address) {}

    fn upload(&mut self, _: Address, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn download(&mut self, _: Address, bytes: &mut [u8]) -> Result<(), String> {
        bytes.fill(0);
        Ok(())
    }

    fn copy(&mut self, _: Address, _: Address, _: u64) -> Result<(), String> {
        Ok(())
    }

    fn launch(&mut self, _: usize, _: &[Extent], _: &[i64], _: [u32; 3]) -> Result<(), String> {
        *self.launches.lock().expect("nobody has panicked") += 1;
        Ok(())
    }

    fn wait(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Prints and judges the launches of an inference: at most this part of those of PyTorch.
fn compare(name: &str, launches: usize, eager: usize, most: f64) {
    let part = launches as f64 / eager as f64;
    println!("{name}: {launches} launches, PyTorch {eager}: {part:.2}");
    assert!(launches > 0 && part <= most, "{name}: {launches} launches, PyTorch {eager}: {part:.2}");
}

/// PyTorch, a kernel for each operator that computes or copies: 2 norms, 4 linear layers with their biases, 2 products, the scale, the softmax,
/// a copy for `reshape`, 2 sums, the GELU.
#[test]
fn launches_of_a_transformer_layer() {
    let mut program = program(&workload::TRANSFORMER.net().expect("compiles"));
    let launches = Arc::default();
    let counter = Counter { launches: Arc::clone(&launches), next: 1 << 56 };
    program.use_device(Box::new(counter)).expect("there is code for it");
    let inputs = inputs(workload::TRANSFORMER);
    program.run(&named(&inputs), RunOptions::default()).expect("runs");
    let launches = *launches.lock().expect("nobody has panicked");
    compare("transformer layer", launches, 14, 0.5);
}

/// PyTorch, by the source (`models/skipnet.py`): 3 for the stem; `ones`; for each of 18 blocks the comparison of the mask, for 2 of them the
/// convolution and the norm of the way around; 7 for each block that runs; for each of 17 gates 1 pooling, 2 of convolution, norm and ReLU, 1 pooling, 1
/// convolution, the softmax, the comparison and its conversion; pooling and the last layer. Copies to the host are not counted on either side.
#[test]
fn launches_of_skipnet_38() {
    let subject = subject::models().into_iter().find(|subject| subject.name == "skipnet").expect("a model");
    let net = braid::read(&subject.options.source).and_then(braid::optimise).expect("compiles");
    let case = &subject.read_cases()[0];
    let (results, records) = run(program(&net), &case.borrowed());
    let blocks = results[1].get_f64(0) as usize;
    let eager = 3 + 1 + 18 + 2 * 2 + 7 * blocks + 17 * (1 + 2 * 3 + 1 + 1 + 1 + 2) + 2;
    compare("SkipNet-38", records.len(), eager, 0.5);
}

/// PyTorch, by the operators of the model's branch for 16 kHz: a padding, 6 convolutions, 2 squares, their sum and its root, 5 ReLUs, 3 for the LSTM's cell
/// (2 products, the rest in one), the new state's concatenation, the sigmoid, the mean.
const SILERO_VAD: usize = 1 + 6 + 2 + 2 + 5 + 3 + 1 + 1 + 1;

/// Launches of a frame of Silero VAD, compiled for inputs of these types, or for what the model says; `None` where the model is not.
fn silero_vad(inputs: &[&str]) -> Option<usize> {
    let folder = braid_tests::repository("../shared/corpus/onnx/silero_vad");
    if !folder.exists() {
        println!("skipped: Silero VAD: ../shared is not here");
        return None;
    }
    let inputs = inputs.iter().map(|text| InputSpec::parse(text).expect("an input")).collect();
    let source = OnnxOptions { source: folder.join("model.onnx"), inputs };
    let options = CompileOptions { source: source.into(), ..CompileOptions::default() };
    let net =
        braid::read(&options.source).and_then(braid::optimise).unwrap_or_else(|d| panic!("{}", d.render()));
    let cases = cases::read(&folder.join("cases.npz")).expect("cases");
    let (_, records) = run(program(&net), &cases[0].borrowed());
    Some(records.len())
}

/// Frames of 512 samples after 64 of the frame before, one at a time, as the model is used.
#[test]
fn launches_of_silero_vad() {
    if let Some(launches) = silero_vad(&["input=f32[1,576]", "state=f32[2,1,128]", "sr=i64[]"]) {
        compare("Silero VAD", launches, SILERO_VAD, 0.5);
    }
}

/// Any number of frames of any length: what does not know how long it is does not share a workgroup.
#[test]
fn launches_of_silero_vad_of_any_size() {
    if let Some(launches) = silero_vad(&[]) {
        compare("Silero VAD of any size", launches, SILERO_VAD, 0.75);
    }
}
