//! Tapes to native code by Cranelift, one function per chunk.
//!
//! A chunk is `chunk(inputs, outputs, scratch, table)`. The plan has decided what lives in registers, so code is written
//! down as it comes, without Cranelift's optimiser: a value that a plan reads from memory is loaded anew right before its
//! use, where the selection of instructions folds it into the arithmetic.
//!
//! Long straight code is as fast as it can be fetched, so bytes count: addresses within 128 bytes of a register take one
//! byte, others four. Each chunk therefore keeps pointers into the middle of what it uses most ([`windows`]).

use super::HostError;
use crate::kernel::import_of;
use crate::link::{Objects, Section};
use crate::scalar::plan::{Chunk, NONE, Plan, Step, calls, power};
use crate::scalar::table::Table;
use braid_ir::ScalarOp;
use braid_symbolic::tape::{Callback, Instr, Reg, Tape};
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{
    AbiParam, Function, InstBuilder, MemFlagsData, SigRef, Signature, StackSlotData, StackSlotKind, Type,
    UserFuncName, Value, types,
};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use rayon::prelude::*;
use std::collections::HashMap;

/// Registers for values: all sixteen but two, for copies that an instruction with a tied operand needs.
pub const REGISTERS: usize = 14;

/// Pointers that a chunk keeps besides its parameters. More would have to be saved and restored.
const WINDOWS: usize = 8;
/// Accesses for which a pointer pays: three bytes each, against its own computation.
const WINDOW_MIN: usize = 5;

/// What chunks are made of.
pub struct Input<'a> {
    /// The tape.
    pub tape: &'a Tape,
    /// Which of its registers hold a `bool`.
    pub bools: &'a [bool],
    /// Constants and addresses.
    pub table: &'a Table,
    /// Whether floats are `f32`.
    pub single: bool,
    /// The processor.
    pub features: Features,
}

/// What a processor has beyond what every one has that artifacts can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// AVX: three operands, of which one may be in memory at any address.
    pub avx: bool,
    /// The fused multiply-add, which takes AVX.
    pub fma: bool,
}

impl Features {
    /// Those of this machine.
    pub fn native() -> Features {
        let avx = std::arch::is_x86_feature_detected!("avx");
        Features { avx, fma: avx && std::arch::is_x86_feature_detected!("fma") }
    }
}

/// Compiles the chunks of plans, on all cores; the code of chunk `c` of plan `p` is called `chunk_p_c`.
///
/// # Errors
/// If Cranelift fails, which is a mistake of this compiler.
pub fn compile(input: &Input, plans: &[Plan]) -> Result<Objects, HostError> {
    let isa = isa(input.features)?;
    let jobs: Vec<(String, &Plan, &Chunk)> = plans
        .iter()
        .enumerate()
        .flat_map(|(p, plan)| {
            plan.chunks.iter().enumerate().map(move |(c, chunk)| (format!("chunk_{p}_{c}"), plan, chunk))
        })
        .collect();
    let generate = |reused: &mut (Context, FunctionBuilderContext), job: &(String, &Plan, &Chunk)| {
        generate(&isa, input, job.1, job.2, reused)
    };
    let sections: Vec<Section> = jobs
        .par_iter()
        .map_init(|| (Context::new(), FunctionBuilderContext::new()), generate)
        .collect::<Result<_, HostError>>()?;
    let mut objects = Objects::default();
    for ((name, ..), section) in jobs.iter().zip(sections) {
        objects.define(name, objects.sections.len(), 0).map_err(|e| HostError::Internal(e.to_string()))?;
        objects.sections.push(section);
    }
    Ok(objects)
}

fn isa(features: Features) -> Result<OwnedTargetIsa, HostError> {
    let internal = |e: String| HostError::Internal(format!("Cranelift: {e}"));
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", "none"),
        ("regalloc_algorithm", "backtracking"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
    ] {
        flags.set(name, value).map_err(|e| internal(e.to_string()))?;
    }
    let mut builder = cranelift_codegen::isa::lookup_by_name("x86_64-unknown-linux-gnu")
        .map_err(|e| internal(e.to_string()))?;
    let mut enable = |feature: &str| builder.enable(feature).map_err(|e| internal(e.to_string()));
    // As for the host program: what every processor that artifacts can be for has.
    for feature in ["has_sse3", "has_ssse3", "has_sse41", "has_sse42"] {
        enable(feature)?;
    }
    for (feature, there) in [("has_avx", features.avx), ("has_fma", features.fma)] {
        if there {
            enable(feature)?;
        }
    }
    builder.finish(settings::Flags::new(flags)).map_err(|e| internal(e.to_string()))
}

fn generate(
    isa: &OwnedTargetIsa,
    input: &Input,
    plan: &Plan,
    chunk: &Chunk,
    (context, frontend): &mut (Context, FunctionBuilderContext),
) -> Result<Section, HostError> {
    context.clear();
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend([AbiParam::new(types::I64); 4]);
    context.func = Function::with_name_signature(UserFuncName::default(), signature);
    let mut builder = FunctionBuilder::new(&mut context.func, frontend);
    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    builder.seal_block(start);
    let bases: [Value; 4] = builder
        .block_params(start)
        .try_into()
        .map_err(|_| HostError::Internal("a function of four parameters has others".to_string()))?;
    let float = if input.single { types::F32 } else { types::F64 };
    let windows = windows(input, plan, chunk)
        .into_iter()
        .map(|(base, at)| {
            // A difference, because the selection of instructions would add up sums again at each access.
            let distance = builder.ins().iconst(types::I64, -i64::from(at));
            (base, at, builder.ins().isub(bases[base as usize], distance))
        })
        .collect();
    let mut lowering = Lowering {
        input,
        plan,
        fma: input.features.fma,
        float,
        builder,
        bases,
        windows,
        values: HashMap::new(),
        signatures: HashMap::new(),
    };
    lowering.run(chunk)?;
    lowering.builder.ins().return_(&[]);
    lowering.builder.finalize(isa.frontend_config());
    let code = context
        .compile(&**isa, &mut ControlPlane::default())
        .map_err(|e| HostError::Internal(format!("Cranelift: {:?}", e.inner)))?;
    if !code.buffer.relocs().is_empty() {
        return Err(HostError::Internal("the code of a tape refers to something outside".to_string()));
    }
    Ok(Section { bytes: code.code_buffer().to_vec(), align: 64, code: true, references: vec![] })
}

/// Memory that is there and aligned.
fn plain() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// What the parameters of a chunk point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Base {
    Inputs,
    Outputs,
    Scratch,
    Table,
}

/// Distances that an instruction holds in one byte.
const NEAR: std::ops::RangeInclusive<i32> = -128..=127;

/// Where element number `index` of an array of floats lies.
fn element(input: &Input, index: u32) -> i32 {
    index as i32 * if input.single { 4 } else { 8 }
}

fn output_place(input: &Input, output: u32) -> (Base, i32) {
    (Base::Outputs, element(input, output))
}

fn slot_place(input: &Input, slot: u32) -> (Base, i32) {
    (Base::Scratch, element(input, slot))
}

/// A value's place in memory.
fn place(input: &Input, plan: &Plan, reg: Reg) -> (Base, i32) {
    match &input.tape.code[reg as usize] {
        Instr::Input(number) => (Base::Inputs, element(input, *number)),
        Instr::Const(_) => (Base::Table, input.table.constant(reg)),
        _ => slot_place(input, plan.slots[reg as usize]),
    }
}

/// The pointers that save most, greedily: each is in the middle of 256 bytes with the most accesses that are not near to a
/// pointer yet.
fn windows(input: &Input, plan: &Plan, chunk: &Chunk) -> Vec<(Base, i32)> {
    let mut accesses: Vec<(Base, i32)> =
        chunk.copies.iter().map(|&output| output_place(input, output)).collect();
    for step in &chunk.steps {
        match *step {
            Step::Load(reg) => accesses.push(place(input, plan, reg)),
            Step::Compute { reg, memory } => {
                let instr = &input.tape.code[reg as usize];
                // Calls keep few pointers in registers, and conditions take some.
                if calls(instr) || input.bools[reg as usize] {
                    return Vec::new();
                }
                let mut position = 0;
                instr.each_operand(|operand| {
                    if memory == Some(position) {
                        accesses.push(place(input, plan, operand));
                    }
                    position += 1;
                });
                let slot = plan.slots[reg as usize];
                accesses.extend((slot != NONE).then(|| slot_place(input, slot)));
                accesses.extend(plan.outputs_of(reg).iter().map(|&output| output_place(input, output)));
            }
        }
    }
    accesses.retain(|(_, at)| !NEAR.contains(at));
    accesses.sort_unstable();
    let mut result = Vec::new();
    while result.len() < WINDOWS {
        // The longest run of accesses of one base within 256 bytes.
        let (mut best, mut from) = (0..0, 0);
        for to in 0..accesses.len() {
            while accesses[from].0 != accesses[to].0 || accesses[to].1 - accesses[from].1 > 255 {
                from += 1;
            }
            if to + 1 - from > best.len() {
                best = from..to + 1;
            }
        }
        if best.len() < WINDOW_MIN {
            break;
        }
        let (base, at) = accesses[best.start];
        result.push((base, at + 128));
        accesses.drain(best);
    }
    result
}

struct Lowering<'a, 'f> {
    input: &'a Input<'a>,
    plan: &'a Plan,
    fma: bool,
    float: Type,
    builder: FunctionBuilder<'f>,
    /// The parameters, by [`Base`].
    bases: [Value; 4],
    /// Further pointers, and where they point.
    windows: Vec<(Base, i32, Value)>,
    /// Values in registers: floats, or bytes for what is a `bool`.
    values: HashMap<Reg, Value>,
    /// Signatures of functions by their parameters.
    signatures: HashMap<(usize, Type), SigRef>,
}

impl Lowering<'_, '_> {
    fn run(&mut self, chunk: &Chunk) -> Result<(), HostError> {
        let tape = self.input.tape;
        for same in chunk.copies.chunk_by(|&a, &b| tape.outputs[a as usize] == tape.outputs[b as usize]) {
            let value = self.load(tape.outputs[same[0] as usize]);
            for &output in same {
                self.output(output, value);
            }
        }
        for step in &chunk.steps {
            match *step {
                Step::Load(reg) => {
                    let value = self.load(reg);
                    let value = if self.input.bools[reg as usize] { self.truth(value) } else { value };
                    self.values.insert(reg, value);
                }
                Step::Compute { reg, memory } => {
                    let value = self.instr(&tape.code[reg as usize], memory)?;
                    self.values.insert(reg, value);
                    self.keep(reg, value);
                }
            }
        }
        Ok(())
    }

    /// Stores a value where it is wanted in memory.
    fn keep(&mut self, reg: Reg, value: Value) {
        let slot = self.plan.slots[reg as usize];
        let outputs = self.plan.outputs_of(reg);
        if slot == NONE && outputs.is_empty() {
            return;
        }
        let value = if self.input.bools[reg as usize] { self.number(value) } else { value };
        if slot != NONE {
            self.store(slot_place(self.input, slot), value);
        }
        for &output in outputs {
            self.output(output, value);
        }
    }

    fn output(&mut self, output: u32, value: Value) {
        self.store(output_place(self.input, output), value);
    }

    fn store(&mut self, (base, at): (Base, i32), value: Value) {
        let (pointer, at) = self.near(base, at);
        self.builder.ins().store(plain(), value, pointer, at);
    }

    /// The float at a value's place in memory.
    fn load(&mut self, reg: Reg) -> Value {
        let (base, at) = place(self.input, self.plan, reg);
        let (pointer, at) = self.near(base, at);
        self.builder.ins().load(self.float, plain(), pointer, at)
    }

    /// A pointer from which a place is near, if there is one.
    fn near(&self, base: Base, at: i32) -> (Value, i32) {
        let near = |&&(of, to, _): &&(Base, i32, Value)| of == base && NEAR.contains(&(at - to));
        match self.windows.iter().find(near).filter(|_| !NEAR.contains(&at)) {
            Some(&(_, to, pointer)) => (pointer, at - to),
            None => (self.bases[base as usize], at),
        }
    }

    /// Whether a float is not 0.
    fn truth(&mut self, value: Value) -> Value {
        let zero = self.constant(0.0);
        self.builder.ins().fcmp(FloatCC::NotEqual, value, zero)
    }

    /// A `bool` as a float.
    fn number(&mut self, value: Value) -> Value {
        let (one, zero) = (self.constant(1.0), self.constant(0.0));
        self.builder.ins().select(value, one, zero)
    }

    fn constant(&mut self, value: f64) -> Value {
        if self.float == types::F32 {
            self.builder.ins().f32const(value as f32)
        } else {
            self.builder.ins().f64const(value)
        }
    }

    /// The float in a register.
    fn register(&mut self, reg: Reg) -> Value {
        let value = self.values[&reg];
        if self.input.bools[reg as usize] { self.number(value) } else { value }
    }

    /// The condition in a register.
    fn condition(&mut self, reg: Reg) -> Value {
        let value = self.values[&reg];
        if self.input.bools[reg as usize] { value } else { self.truth(value) }
    }

    /// Floats by their operands. Loads come last, so that nothing lies between a load and the instruction that it is
    /// folded into.
    fn floats<const N: usize>(&mut self, operands: [Reg; N], memory: Option<u8>) -> [Value; N] {
        let in_memory = |position: usize| memory == Some(position as u8);
        let mut result: [Option<Value>; N] = [None; N];
        for position in (0..N).filter(|&p| !in_memory(p)) {
            result[position] = Some(self.register(operands[position]));
        }
        std::array::from_fn(|position| match result[position] {
            Some(value) => value,
            None => self.load(operands[position]),
        })
    }

    fn instr(&mut self, instr: &Instr, memory: Option<u8>) -> Result<Value, HostError> {
        match instr {
            Instr::Unary(ScalarOp::Not, a) => {
                let a = self.condition(*a);
                Ok(self.builder.ins().bxor_imm_u(a, 1))
            }
            Instr::Unary(ScalarOp::Cast(braid_ir::DType::Bool), a) => Ok(self.condition(*a)),
            Instr::Binary(op @ (ScalarOp::And | ScalarOp::Or | ScalarOp::Xor), a, b) => {
                let (a, b) = (self.condition(*a), self.condition(*b));
                Ok(match op {
                    ScalarOp::And => self.builder.ins().band(a, b),
                    ScalarOp::Or => self.builder.ins().bor(a, b),
                    _ => self.builder.ins().bxor(a, b),
                })
            }
            Instr::Unary(op, a) => {
                let [a] = self.floats([*a], memory);
                self.unary(*op, a)
            }
            Instr::Binary(op, a, b) => {
                let [a, b] = self.floats([*a, *b], memory);
                self.binary(*op, a, b)
            }
            Instr::MulAdd(a, b, c) => {
                let [a, b, c] = self.floats([*a, *b, *c], memory);
                Ok(match self.fma {
                    true => self.builder.ins().fma(a, b, c),
                    false => {
                        let product = self.builder.ins().fmul(a, b);
                        self.builder.ins().fadd(product, c)
                    }
                })
            }
            Instr::MulSub(a, b, c) => {
                let [a, b, c] = self.floats([*a, *b, *c], memory);
                Ok(match self.fma {
                    true => {
                        let minus = self.builder.ins().fneg(c);
                        self.builder.ins().fma(a, b, minus)
                    }
                    false => {
                        let product = self.builder.ins().fmul(a, b);
                        self.builder.ins().fsub(product, c)
                    }
                })
            }
            Instr::NegMulAdd(a, b, c) => {
                let [a, b, c] = self.floats([*a, *b, *c], memory);
                Ok(match self.fma {
                    true => {
                        let minus = self.builder.ins().fneg(a);
                        self.builder.ins().fma(minus, b, c)
                    }
                    false => {
                        let product = self.builder.ins().fmul(a, b);
                        self.builder.ins().fsub(c, product)
                    }
                })
            }
            Instr::Powi(a, n) => {
                let [a] = self.floats([*a], memory);
                Ok(self.powi(a, *n))
            }
            Instr::Select(c, a, b) => {
                let condition = self.condition(*c);
                let conditions = self.input.bools[*a as usize] && self.input.bools[*b as usize];
                let [a, b] = if conditions {
                    [self.condition(*a), self.condition(*b)]
                } else {
                    self.floats([*a, *b], None)
                };
                Ok(self.builder.ins().select(condition, a, b))
            }
            Instr::Call(callback, args) => {
                let args: Vec<Value> = args.iter().map(|&arg| self.register(arg)).collect();
                Ok(self.callback(callback, &args))
            }
            Instr::Const(_) | Instr::Input(_) => {
                Err(HostError::Internal("constants and inputs are not computed".to_string()))
            }
        }
    }

    fn unary(&mut self, op: ScalarOp, a: Value) -> Result<Value, HostError> {
        use ScalarOp::*;
        if let Some(function) = import_of(op) {
            return Ok(self.import(function, &[a]));
        }
        Ok(match op {
            Neg => self.builder.ins().fneg(a),
            Abs => self.builder.ins().fabs(a),
            Sign => {
                let (zero, one, minus) = (self.constant(0.0), self.constant(1.0), self.constant(-1.0));
                let negative = self.builder.ins().fcmp(FloatCC::LessThan, a, zero);
                let below = self.builder.ins().select(negative, minus, zero);
                let positive = self.builder.ins().fcmp(FloatCC::GreaterThan, a, zero);
                self.builder.ins().select(positive, one, below)
            }
            Sqrt => self.builder.ins().sqrt(a),
            Rsqrt => {
                let root = self.builder.ins().sqrt(a);
                let one = self.constant(1.0);
                self.builder.ins().fdiv(one, root)
            }
            Floor => self.builder.ins().floor(a),
            Ceil => self.builder.ins().ceil(a),
            Trunc => self.builder.ins().trunc(a),
            Round => self.builder.ins().nearest(a),
            IsNan => self.builder.ins().fcmp(FloatCC::Unordered, a, a),
            Cast(braid_ir::DType::F64) => a,
            Cast(braid_ir::DType::F32) if self.float == types::F32 => a,
            Cast(braid_ir::DType::F32) => {
                let narrow = self.builder.ins().fdemote(types::F32, a);
                self.builder.ins().fpromote(types::F64, narrow)
            }
            other => return Err(unsupported(other)),
        })
    }

    fn binary(&mut self, op: ScalarOp, a: Value, b: Value) -> Result<Value, HostError> {
        use ScalarOp::*;
        let compare = |lowering: &mut Self, condition| lowering.builder.ins().fcmp(condition, a, b);
        Ok(match op {
            Add => self.builder.ins().fadd(a, b),
            Sub => self.builder.ins().fsub(a, b),
            Mul => self.builder.ins().fmul(a, b),
            Div => self.builder.ins().fdiv(a, b),
            FloorDiv => {
                let quotient = self.builder.ins().fdiv(a, b);
                self.builder.ins().floor(quotient)
            }
            Min => self.builder.ins().fmin(a, b),
            Max => self.builder.ins().fmax(a, b),
            Mod => {
                let rest = self.import("braid_fmod", &[a, b]);
                let zero = self.constant(0.0);
                let nonzero = self.builder.ins().fcmp(FloatCC::NotEqual, rest, zero);
                let negative = self.builder.ins().fcmp(FloatCC::LessThan, rest, zero);
                let below = self.builder.ins().fcmp(FloatCC::LessThan, b, zero);
                let differ = self.builder.ins().bxor(negative, below);
                let wrong = self.builder.ins().band(nonzero, differ);
                let moved = self.builder.ins().fadd(rest, b);
                self.builder.ins().select(wrong, moved, rest)
            }
            Rem | Pow | Atan2 => {
                let function = import_of(op).ok_or_else(|| unsupported(op))?;
                self.import(function, &[a, b])
            }
            Eq => compare(self, FloatCC::Equal),
            Ne => compare(self, FloatCC::NotEqual),
            Lt => compare(self, FloatCC::LessThan),
            Le => compare(self, FloatCC::LessThanOrEqual),
            Gt => compare(self, FloatCC::GreaterThan),
            Ge => compare(self, FloatCC::GreaterThanOrEqual),
            other => return Err(unsupported(other)),
        })
    }

    fn powi(&mut self, base: Value, exponent: i32) -> Value {
        let one = self.constant(1.0);
        let product = power(base, exponent, |a, b| self.builder.ins().fmul(*a, *b)).unwrap_or(one);
        if exponent < 0 { self.builder.ins().fdiv(one, product) } else { product }
    }

    /// Calls a function of the runtime over doubles.
    fn import(&mut self, function: &'static str, args: &[Value]) -> Value {
        let args: Vec<Value> = args.iter().map(|&arg| self.widened(arg)).collect();
        let signature = self.signature(args.len(), types::F64);
        let address = self.address(self.input.table.import(function));
        let call = self.builder.ins().call_indirect(signature, address, &args);
        let result = self.builder.inst_results(call)[0];
        self.narrowed(result)
    }

    /// Calls a function of the host language by way of the trampoline, which takes the function and an array.
    fn callback(&mut self, callback: &Callback, args: &[Value]) -> Value {
        let bytes = 8 * args.len().max(1) as u32;
        let slot =
            self.builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3));
        for (i, &arg) in args.iter().enumerate() {
            let arg = self.widened(arg);
            self.builder.ins().stack_store(types::I64, arg, slot, 8 * i as i32);
        }
        let signature = self.signature(2, types::I64);
        let array = self.builder.ins().stack_addr(types::I64, slot, 0);
        let trampoline = self.address(self.input.table.trampoline());
        let function = self.address(self.input.table.callback(callback));
        let call = self.builder.ins().call_indirect(signature, trampoline, &[function, array]);
        let result = self.builder.inst_results(call)[0];
        self.narrowed(result)
    }

    /// The address at an offset of the table.
    fn address(&mut self, at: i32) -> Value {
        self.builder.ins().load(types::I64, plain(), self.bases[Base::Table as usize], at)
    }

    /// The signature of a function of parameters of one type whose result is a double.
    fn signature(&mut self, params: usize, ty: Type) -> SigRef {
        if let Some(&signature) = self.signatures.get(&(params, ty)) {
            return signature;
        }
        let made = super::signature(&vec![ty; params], Some(types::F64));
        let signature = self.builder.import_signature(made);
        self.signatures.insert((params, ty), signature);
        signature
    }

    fn widened(&mut self, value: Value) -> Value {
        if self.float == types::F32 { self.builder.ins().fpromote(types::F64, value) } else { value }
    }

    fn narrowed(&mut self, value: Value) -> Value {
        if self.float == types::F32 { self.builder.ins().fdemote(types::F32, value) } else { value }
    }
}

fn unsupported(op: ScalarOp) -> HostError {
    HostError::Internal(format!("{} is not an operation on floats", op.name()))
}
