//! The runtime's routines against the rows of the operator table that they compute, on random operands.

use super::maker::{Maker, var};
use super::programs::compiled;
use braid_ir::eval::{self, EvalError};
use braid_ir::net::{Builder, Loc, Net, Terminator, ValueId};
use braid_ir::program::{Arg, Instr, Program, SymSource, Var, VarId};
use braid_ir::{Attr, Attrs, DType, Scalar, Sym, Tensor as IrTensor, TensorType, Term};
use braid_runtime::{Error, RunOptions, Tensor};
use std::collections::HashMap;
use std::sync::Arc;

/// The program of a straight line of library calls.
fn program_of(net: &Net) -> Program {
    let mut m = Maker::new();
    let mut vars: HashMap<ValueId, VarId> = HashMap::new();
    let block = net.block(Net::ENTRY);
    for (name, &param) in net.inputs.iter().zip(&block.params) {
        let input = m.input(name, net.tensor_ty(param).expect("inputs are tensors"));
        vars.insert(param, input);
    }
    let params: Vec<VarId> = block.params.iter().map(|p| vars[p]).collect();
    let entry = m.block(&params);
    for &op in &block.ops {
        let op = net.op(op);
        let args: Vec<Arg> = op.operands.iter().map(|v| var(vars[v])).collect();
        for &result in &op.results {
            vars.insert(result, m.var(Var::of(net.ty(result).clone())));
        }
        let results = op.results.iter().map(|r| vars[r]).collect();
        m.push(entry, Instr::Library { spec: op.spec, attrs: op.attrs.clone(), args, results, loc: op.loc });
        for &result in &op.results {
            if let Some(sym) = net.sym_of(result) {
                let size = m.load(entry, var(vars[&result]));
                m.program.syms.insert(sym, SymSource::Var(size));
            }
        }
    }
    let Terminator::Return(results) = &block.end else { panic!("it returns") };
    let results: Vec<Arg> = results.iter().map(|r| var(vars[r])).collect();
    m.returns(entry, &results);
    m.program
}

/// A small generator of numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % sides
    }

    /// Elements from a small range, so that some are equal; some floats are NaN.
    fn tensor(&mut self, dtype: DType, shape: &[usize], low: i128, sides: u64) -> Arc<IrTensor> {
        Arc::new(IrTensor::from_fn(dtype, shape.to_vec(), |_| {
            if dtype.is_float() && low < 0 && self.roll(9) == 0 {
                return Scalar::from_f64(dtype, f64::NAN);
            }
            let value = low + i128::from(self.roll(sides));
            if dtype.is_float() {
                Scalar::from_f64(dtype, value as f64 * 0.75)
            } else {
                Scalar::from_int(dtype, value)
            }
        }))
    }
}

/// Builds a net over inputs of the operands' types, and compares what the compiled program and the interpreter give.
fn check(
    operands: &[Arc<IrTensor>],
    symbolic: bool,
    build: impl FnOnce(&mut Builder, &[ValueId]) -> Vec<ValueId>,
) {
    let mut net = Net::new("library");
    let params: Vec<ValueId> = operands
        .iter()
        .enumerate()
        .map(|(i, t)| {
            let dim = |(d, &n): (usize, &usize)| match symbolic {
                true => Term::sym(Sym::named(&format!("d{n}.{d}"))),
                false => Term::from(n),
            };
            let ty = TensorType::new(t.dtype(), t.shape().iter().enumerate().map(dim).collect());
            net.add_input(&format!("x{i}"), ty)
        })
        .collect();
    let mut builder = Builder::new(&mut net, Net::ENTRY, Loc { file: 0, line: 3, col: 1 });
    let results = build(&mut builder, &params);
    builder.end(Terminator::Return(results));
    let expected = eval::run(&net, operands, &eval::Options { seed: 5, ..eval::Options::default() });
    let program = compiled(&program_of(&net));
    let inputs: Vec<(String, Tensor)> = operands
        .iter()
        .enumerate()
        .map(|(i, t)| {
            let dtype = braid_runtime::DType::from_name(t.dtype().name()).expect("known");
            (format!("x{i}"), Tensor::new(dtype, t.shape(), t.bytes()).expect("fits"))
        })
        .collect();
    let borrowed: Vec<(&str, &Tensor)> = inputs.iter().map(|(n, t)| (n.as_str(), t)).collect();
    for _ in 0..2 {
        let found = program.run(&borrowed, RunOptions { seed: 5, ..RunOptions::default() });
        match (&expected, found) {
            (Ok(expected), Ok(found)) => {
                assert_eq!(expected.outputs.len(), found.len());
                for (a, b) in expected.outputs.iter().zip(&found) {
                    assert_eq!(a.dtype().name(), b.dtype().name());
                    assert_eq!(a.shape(), b.shape());
                    // Byte for byte, but for the payload of NaN.
                    let same = (0..a.len()).all(|i| {
                        let (x, y) = (a.get(i).as_f64(), b.get_f64(i));
                        x == y || x.is_nan() && y.is_nan()
                    });
                    assert!(same, "{a:?}\n{b:?}");
                }
            }
            (Err(EvalError::Raised { message, .. }), Err(Error::Raised { message: found, place })) => {
                assert_eq!((message, place.as_str()), (&found, "model.py:3:1"));
            }
            (expected, found) => panic!("{expected:?}\n{found:?}"),
        }
    }
}

fn attrs<const N: usize>(pairs: [(&'static str, Attr); N]) -> Attrs {
    Attrs::from(pairs)
}

const DTYPES: [DType; 6] = [DType::F32, DType::I64, DType::F16, DType::Bool, DType::U8, DType::F64];

#[test]
fn order_and_selection() {
    let mut dice = Dice(1);
    for (round, &dtype) in DTYPES.iter().cycle().take(12).enumerate() {
        let symbolic = round % 2 == 1;
        let x = dice.tensor(dtype, &[3, 4, 5], -3, 7);
        check(std::slice::from_ref(&x), symbolic, |b, x| {
            b.op("nonzero", x, Attrs::default()).expect("nonzero")
        });
        let axis = Attr::Int((round % 3) as i64);
        let descending = Attr::Bool(round % 4 > 1);
        check(std::slice::from_ref(&x), symbolic, |b, x| {
            b.op("sort", x, attrs([("axis", axis.clone()), ("descending", descending.clone())]))
                .expect("sort")
        });
        let k = Attr::Int((round % 4) as i64);
        check(std::slice::from_ref(&x), symbolic, |b, x| {
            b.op("topk", x, attrs([("axis", axis.clone()), ("largest", descending), ("k", k)])).expect("topk")
        });
        check(std::slice::from_ref(&x), symbolic, |b, x| {
            b.op("unique", x, Attrs::default()).expect("unique")
        });
        check(std::slice::from_ref(&x), symbolic, |b, x| {
            b.op("unique_consecutive", x, Attrs::default()).expect("unique_consecutive")
        });
        let repeats = dice.tensor(DType::I64, &[x.shape()[round % 3]], 0, 4);
        check(&[x, repeats], false, |b, x| {
            b.op("repeat_interleave", x, attrs([("axis", axis)])).expect("repeat_interleave")
        });
    }
}

#[test]
fn scans() {
    let mut dice = Dice(2);
    for (round, dtype) in
        [DType::F32, DType::I64, DType::F16, DType::U8, DType::BF16, DType::I32].into_iter().enumerate()
    {
        let x = dice.tensor(dtype, &[2, 3, 4], -2, 5);
        let axis = ("axis", Attr::Int((round % 3) as i64));
        for name in ["cumsum", "cumprod"] {
            for flags in 0..4 {
                let exclusive = ("exclusive", Attr::Bool(flags & 1 == 1));
                let reverse = ("reverse", Attr::Bool(flags & 2 == 2));
                check(std::slice::from_ref(&x), round % 2 == 1, |b, x| {
                    b.op(name, x, attrs([axis.clone(), exclusive, reverse])).expect("a scan")
                });
            }
        }
        for name in ["cummax", "cummin"] {
            check(std::slice::from_ref(&x), false, |b, x| {
                b.op(name, x, attrs([axis.clone()])).expect("a scan")
            });
        }
    }
}

#[test]
fn scatters() {
    let mut dice = Dice(3);
    for (round, reduction) in ["none", "add", "mul", "max", "min"].into_iter().cycle().take(20).enumerate() {
        let dtype = DTYPES[round % DTYPES.len()];
        let how = ("reduction", Attr::Str(reduction.to_string()));
        let base = dice.tensor(dtype, &[3, 4], -3, 7);
        // Every fifth round some index is out of range.
        let beyond = u64::from(round % 5 == 4);
        let indices = dice.tensor(DType::I64, &[2, 3], -3, 6 + beyond * 4);
        let updates = dice.tensor(dtype, &[2, 4], -3, 7);
        check(&[base.clone(), indices, updates], false, |b, x| {
            b.op("scatter_elements", x, attrs([("axis", Attr::Int(0)), how.clone()])).expect("scatter")
        });
        let places = dice.tensor(DType::I64, &[5, 1], -3, 6 + beyond * 4);
        let slices = dice.tensor(dtype, &[5, 4], -3, 7);
        check(&[base.clone(), places, slices], false, |b, x| {
            b.op("scatter_nd", x, attrs([how.clone()])).expect("scatter")
        });
        let places = dice.tensor(DType::I64, &[4, 2], -3, 6);
        let single = dice.tensor(dtype, &[4], -3, 7);
        check(&[base, places, single], false, |b, x| b.op("scatter_nd", x, attrs([how])).expect("scatter"));
    }
}

#[test]
fn draws_are_those_of_the_specification() {
    let mut dice = Dice(4);
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        check(&[], false, |b, _| {
            let shape = ("shape", Attr::Ints(vec![3, 5]));
            let of = ("dtype", Attr::DType(dtype));
            let uniform = b.op1("random_uniform", &[], attrs([of.clone(), shape.clone()])).expect("draws");
            let normal = b.op1("random_normal", &[], attrs([of, shape])).expect("draws");
            vec![uniform, normal]
        });
    }
    for replacement in [false, true] {
        let weights = dice.tensor(DType::F32, &[3, 6], 0, 4);
        check(&[weights], false, |b, x| {
            let how = ("replacement", Attr::Bool(replacement));
            let first =
                b.op1("multinomial", x, attrs([("samples", Attr::Int(2)), how.clone()])).expect("draws");
            let second = b.op1("multinomial", x, attrs([("samples", Attr::Int(1)), how])).expect("draws");
            vec![first, second]
        });
    }
}

#[test]
fn sequences() {
    let mut dice = Dice(5);
    for open in [false, true] {
        let other = if open { 4 } else { 2 };
        let a = dice.tensor(DType::F32, &[2, 3], -3, 7);
        let c = dice.tensor(DType::F32, &[if open { 2 } else { other }, 3], -3, 7);
        let c = if open { dice.tensor(DType::F32, &[other, 3], -3, 7) } else { c };
        for index in [-3, -2, -1, 0, 1, 2] {
            let at = dice.tensor(DType::I64, &[], index, 1);
            check(&[a.clone(), c.clone(), at], false, |b, x| {
                let unknown = Attr::Ints(if open { vec![0] } else { vec![] });
                let dims = attrs([
                    ("dtype", Attr::DType(DType::F32)),
                    ("dims", Attr::Ints(vec![2, 3])),
                    ("unknown", unknown),
                ]);
                let op = |b: &mut Builder, name: &str, x: &[ValueId]| {
                    b.op(name, x, Attrs::default()).expect("a list")
                };
                let empty = b.op1("seq_empty", &[], dims).expect("a list");
                let one = op(b, "seq_push", &[empty, x[0]])[0];
                let two = op(b, "seq_push", &[one, x[1]])[0];
                let length = op(b, "seq_len", &[two])[0];
                let three = op(b, "seq_insert", &[two, x[2], x[0]])[0];
                let set = op(b, "seq_set", &[two, x[2], x[1]])[0];
                let got = op(b, "seq_get", &[two, x[2]]);
                let popped = op(b, "seq_pop", &[two, x[2]]);
                let joined = b.op("seq_concat", &[three], attrs([("axis", Attr::Int(0))])).expect("a tensor");
                let mut results = vec![length, three, set, one];
                results.extend(got.iter().chain(&popped).chain(&joined));
                if !open {
                    let stacked =
                        b.op("seq_stack", &[two], attrs([("axis", Attr::Int(1))])).expect("a tensor");
                    results.extend(stacked);
                }
                results
            });
        }
    }
}

/// Every row that needs a routine has one.
#[test]
fn no_routine_is_missing() {
    use braid_ir::ops::{Effects, OpDef, TABLE};
    for spec in TABLE.iter().flat_map(|rows| rows.iter()) {
        let kernel = match spec.def {
            OpDef::Opaque { kernel, .. } => kernel,
            // A `check` is an instruction of the host program.
            OpDef::Host { .. } if spec.effects == Effects::Observable && spec.name != "check" => spec.name,
            _ => continue,
        };
        assert!(braid_runtime::library::has(kernel), "{} needs {kernel}", spec.name);
    }
}

/// Printed lines are the interpreter's.
#[test]
fn lines_are_printed_as_the_interpreter_prints_them() {
    let mut net = Net::new("print");
    let x = net.add_input("x", TensorType::fixed(DType::F32, &[2, 2]));
    let n = net.add_input("n", TensorType::scalar(DType::I64));
    let mut builder = Builder::new(&mut net, Net::ENTRY, Loc::default());
    let lines = ["{{x}} = {0}", "{1:05d} {1:+} {1:.2f} {1}", "{0} and {1:>8}", "{1:,}"];
    for line in lines {
        builder.op("print", &[x, n], attrs([("template", Attr::Str(line.to_string()))])).expect("prints");
    }
    builder.end(Terminator::Return(vec![]));
    let program = compiled(&program_of(&net));
    for (elements, number) in [
        ([1.0, -2.0, 3.0, 4.0], 1234567),
        ([0.5, 1e-3, 700.0, f32::NAN], -3),
        ([1e-9, 0.0, 1e9, f32::INFINITY], 0),
    ] {
        let operands = [Arc::new(IrTensor::f32(&[2, 2], &elements)), Arc::new(IrTensor::i64(&[], &[number]))];
        let expected = eval::run(&net, &operands, &eval::Options::default()).expect("runs").printed;
        let (x, n) =
            (Tensor::f32(&[2, 2], &elements).expect("fits"), Tensor::i64(&[], &[number]).expect("fits"));
        let mut printed = Vec::new();
        let mut listen = |line: &str| printed.push(line.to_string());
        let options = RunOptions { print: Some(&mut listen), ..RunOptions::default() };
        program.run(&[("x", &x), ("n", &n)], options).expect("runs");
        assert_eq!(printed, expected);
    }
}
