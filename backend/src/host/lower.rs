//! Blocks of the host program to blocks of Cranelift.

use super::sites::{self, Check, Passed, grows};
use super::terms::Terms;
use super::{Form, HostError, Input, signature};
use crate::device::decide::Decided;
use crate::memory::{self, Home, Place, Source};
use braid_ir::program::{Arg, HostEdge, HostEnd, Instr, Program, SymSource, Var, VarId};
use braid_ir::{Loc, Sym, TensorType, Term};
use braid_runtime::context::{Status, layout};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, ExtFuncData, ExternalName, FuncRef, Function, InstBuilder, MemFlagsData, SigRef,
    StackSlot, StackSlotData, StackSlotKind, Type, UserExternalName, Value, types,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use std::collections::HashMap;

/// Fills a function with the host program; returns the names of the functions that it calls, and the number of flags that graphs
/// need.
pub(super) fn lower<'a>(
    input: &'a Input<'a>,
    form: Form,
    decided: Option<&'a Decided>,
    function: &mut Function,
    frontend: TargetFrontendConfig,
) -> Result<(HashMap<UserExternalName, String>, u32), HostError> {
    let pointer = frontend.pointer_type();
    function.signature.params.push(AbiParam::new(pointer));
    function.signature.returns.push(AbiParam::new(types::I32));
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(function, &mut context);
    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    let ctx = builder.block_params(start)[0];
    let arena = builder.ins().load(pointer, fixed(), ctx, layout::ARENA);
    let weights = builder.ins().load(pointer, fixed(), ctx, layout::WEIGHTS);
    let slots = builder.ins().load(pointer, fixed(), ctx, layout::SLOTS);
    let dims = builder.ins().load(pointer, fixed(), ctx, layout::DIMS);
    let blocks = input.program.blocks.iter().map(|_| builder.create_block()).collect();
    let variables = input
        .program
        .vars
        .iter()
        .enumerate()
        .map(|(v, var)| {
            let register = match var {
                Var::Int => Some(types::I64),
                Var::Bool => Some(types::I8),
                Var::Seq(..) => Some(pointer),
                Var::Buffer(_) if input.plan.homes[v] == Some(Home::Passed) => Some(pointer),
                Var::Buffer(_) => None,
            };
            register.map(|ty| builder.declare_var(ty))
        })
        .collect();
    let mut arrays = [0, 0, 0];
    for instr in input.program.blocks.iter().flat_map(|b| &b.instrs) {
        if let Instr::Call { args, results, dims, .. } = instr {
            for (most, count) in arrays.iter_mut().zip([args.len(), results.len(), dims.len()]) {
                *most = (*most).max(count);
            }
        }
    }
    let arrays = arrays.map(|count| {
        builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 8 * count as u32, 3))
    });
    let kernel_signature = match form {
        Form::Plain | Form::Traced => signature(&[pointer; 4], None),
        // The context comes first, and a launch may fail.
        Form::Device(_) | Form::Graph(_) => signature(&[pointer; 5], Some(types::I32)),
    };
    let kernel_signature = builder.import_signature(kernel_signature);
    let mut lowering = Lowering {
        input,
        form,
        decided,
        builder,
        pointer,
        ctx,
        arena,
        weights,
        slots,
        dims,
        blocks,
        position: vec![0; input.program.blocks.len()],
        overflows: Vec::new(),
        variables,
        arrays,
        kernel_signature,
        functions: HashMap::new(),
        names: HashMap::new(),
        loc: Loc::default(),
    };
    let flags = lowering.run()?;
    lowering.builder.seal_all_blocks();
    let names = lowering.names;
    lowering.builder.finalize(frontend);
    Ok((names, flags))
}

/// Memory that does not change while the program runs.
fn fixed() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly()
}

/// Memory that does.
fn plain() -> MemFlagsData {
    MemFlagsData::trusted()
}

pub(super) struct Lowering<'a, 'f> {
    pub(super) input: &'a Input<'a>,
    form: Form,
    /// What graphs are made from, if this makes graphs.
    decided: Option<&'a Decided>,
    pub(super) builder: FunctionBuilder<'f>,
    pointer: Type,
    ctx: Value,
    arena: Value,
    weights: Value,
    slots: Value,
    dims: Value,
    /// By block of the program.
    blocks: Vec<Block>,
    /// By block of the program: its place in the order of [`Lowering::reachable`]. Every loop has an edge backwards.
    position: Vec<usize>,
    /// Where overflowing arithmetic of each line goes.
    overflows: Vec<(Loc, Block)>,
    /// Registers, handles of sequences and passed handles of buffers.
    variables: Vec<Option<Variable>>,
    /// Arguments, results and dims of the call being made.
    arrays: [StackSlot; 3],
    kernel_signature: SigRef,
    functions: HashMap<String, FuncRef>,
    names: HashMap<UserExternalName, String>,
    /// The user's line of what is being lowered.
    pub(super) loc: Loc,
}

impl Lowering<'_, '_> {
    fn run(&mut self) -> Result<u32, HostError> {
        let program = self.input.program;
        for (i, (_, _, var)) in program.inputs.iter().enumerate() {
            if let Some(variable) = self.variables[var.index()] {
                let address = self.input_address(i);
                self.builder.def_var(variable, address);
            }
        }
        self.checks()?;
        let flags = match self.decided {
            Some(decided) => self.walk(decided)?,
            None => self.blocks()?,
        };
        for (loc, block) in std::mem::take(&mut self.overflows) {
            self.builder.switch_to_block(block);
            self.finish(Status::Overflow, sites::loc(loc).code());
        }
        Ok(flags)
    }

    /// Emits every block; there are no flags.
    fn blocks(&mut self) -> Result<u32, HostError> {
        let program = self.input.program;
        self.builder.ins().jump(self.blocks[0], &[]);
        let order = self.reachable();
        for (position, &block) in order.iter().enumerate() {
            self.position[block] = position;
        }
        for block in order {
            self.builder.switch_to_block(self.blocks[block]);
            self.loc = program.blocks[block].loc;
            for (i, instr) in program.blocks[block].instrs.iter().enumerate() {
                self.instr(block, i, instr)?;
            }
            self.loc = program.blocks[block].loc;
            self.end(block)?;
        }
        Ok(0)
    }

    /// Where overflowing arithmetic of the current line goes.
    fn overflow(&mut self) -> Block {
        if let Some((_, block)) = self.overflows.iter().find(|(loc, _)| *loc == self.loc) {
            return *block;
        }
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        self.overflows.push((self.loc, block));
        block
    }

    /// Blocks that can be reached, each before those that follow it, loops apart.
    fn reachable(&self) -> Vec<usize> {
        let program = self.input.program;
        let mut seen = vec![false; program.blocks.len()];
        seen[0] = true;
        let (mut order, mut stack) = (Vec::new(), vec![(0, 0)]);
        while let Some((block, next)) = stack.pop() {
            match memory::edges(program, block).get(next) {
                Some(edge) => {
                    stack.push((block, next + 1));
                    if !std::mem::replace(&mut seen[edge.block], true) {
                        stack.push((edge.block, 0));
                    }
                }
                None => order.push(block),
            }
        }
        order.reverse();
        order
    }

    /// Conditions on input dimensions.
    fn checks(&mut self) -> Result<(), HostError> {
        for (number, check) in self.input.sites.checks.iter().enumerate() {
            let holds = match check {
                Check::Term(term) => self.term(*term)?,
                Check::Dim { input, axis, is } => {
                    let is = self.term(*is)?;
                    let dim = self.dim(*input, *axis);
                    self.builder.ins().icmp(IntCC::Equal, is, dim)
                }
            };
            let (broken, next) = (self.builder.create_block(), self.builder.create_block());
            self.builder.set_cold_block(broken);
            self.builder.ins().brif(holds, next, &[], broken, &[]);
            self.builder.switch_to_block(broken);
            self.finish(Status::Guard, number as u64);
            self.builder.switch_to_block(next);
        }
        Ok(())
    }

    /// Tells the runtime where the program is.
    pub(super) fn tell_site(&mut self, site: u64) {
        let site = self.builder.ins().iconst(types::I64, site as i64);
        self.builder.ins().store(plain(), site, self.ctx, layout::SITE);
    }

    /// Ends the program.
    pub(super) fn finish(&mut self, status: Status, site: u64) {
        self.tell_site(site);
        let code = self.builder.ins().iconst(types::I32, status as i64);
        self.builder.ins().return_(&[code]);
    }

    fn dim(&mut self, input: usize, axis: usize) -> Value {
        let at = 8 * (first_dim(self.input.program, input) + axis) as i32;
        self.builder.ins().load(types::I64, fixed(), self.dims, at)
    }

    fn term(&mut self, term: Term) -> Result<Value, HostError> {
        let (input, dims, loc, overflow) = (self.input, self.dims, self.loc, self.overflow());
        let variables = &self.variables;
        let mut sym = |builder: &mut FunctionBuilder, sym: Sym| match input.program.syms.get(&sym) {
            Some(&SymSource::Input { input: i, axis }) => {
                let at = 8 * (first_dim(input.program, i) + axis) as i32;
                Ok(builder.ins().load(types::I64, fixed(), dims, at))
            }
            Some(&SymSource::Var(var)) => match variables[var.index()] {
                Some(variable) => Ok(builder.use_var(variable)),
                None => Err(HostError::Internal(format!("symbol {} is not in a register", sym.name()))),
            },
            None => Err(HostError::Internal(format!("symbol {} has no source", sym.name()))),
        };
        Terms { builder: &mut self.builder, sym: &mut sym, overflow, loc }.emit(term)
    }

    fn input_address(&mut self, input: usize) -> Value {
        let inputs = self.builder.ins().load(self.pointer, fixed(), self.ctx, layout::INPUTS);
        self.builder.ins().load(self.pointer, fixed(), inputs, 8 * input as i32)
    }

    fn place_address(&mut self, place: Place) -> Value {
        match place {
            Place::Arena { offset, .. } => self.builder.ins().iadd_imm_s(self.arena, offset as i64),
            Place::Slot(slot) => {
                let at = slot as i32 * layout::SLOT_SIZE + layout::SLOT_PTR;
                self.builder.ins().load(self.pointer, plain(), self.slots, at)
            }
        }
    }

    pub(super) fn register(&mut self, var: VarId) -> Result<Value, HostError> {
        match self.variables[var.index()] {
            Some(variable) => Ok(self.builder.use_var(variable)),
            None => Err(HostError::Internal(format!("%{} is not in a register", var.0))),
        }
    }

    /// The address of a buffer's contents, or the handle of a sequence.
    pub(super) fn address(&mut self, arg: Arg) -> Result<Value, HostError> {
        match arg {
            Arg::Weight(weight) => {
                let offset = (self.input.plain)(weight);
                Ok(self.builder.ins().iadd_imm_s(self.weights, offset as i64))
            }
            Arg::Var(var) => match self.input.plan.homes[var.index()] {
                Some(Home::Place(place)) => Ok(self.place_address(place)),
                Some(Home::Input(input)) => Ok(self.input_address(input)),
                Some(Home::Passed) | None => self.register(var),
            },
        }
    }

    /// Makes a slot large enough.
    fn ensure(&mut self, slot: u32, bytes: Term) -> Result<(), HostError> {
        let bytes = self.term(bytes)?;
        let at = slot as i32 * layout::SLOT_SIZE + layout::SLOT_BYTES;
        let room = self.builder.ins().load(types::I64, plain(), self.slots, at);
        // A negative size is a very large one without its sign, which cannot be had.
        let fits = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, bytes, room);
        let (grow, next, failed) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(grow);
        self.builder.set_cold_block(failed);
        self.builder.ins().brif(fits, next, &[], grow, &[]);
        self.builder.switch_to_block(grow);
        let number = self.builder.ins().iconst(types::I64, i64::from(slot));
        let result = self.call_runtime(layout::GROW, &[number, bytes], Some(self.pointer));
        let result = result.expect("grow returns a pointer");
        self.builder.ins().brif(result, next, &[], failed, &[]);
        self.builder.switch_to_block(failed);
        self.finish(Status::Memory, sites::loc(self.loc).code());
        self.builder.switch_to_block(next);
        Ok(())
    }

    /// Calls a function of the context with the context and further integers.
    fn call_runtime(&mut self, offset: i32, args: &[Value], result: Option<Type>) -> Option<Value> {
        let mut params = vec![self.pointer];
        params.extend(args.iter().map(|_| types::I64));
        let signature = self.builder.import_signature(signature(&params, result));
        let callee = self.builder.ins().load(self.pointer, fixed(), self.ctx, offset);
        let mut values = vec![self.ctx];
        values.extend(args);
        let call = self.builder.ins().call_indirect(signature, callee, &values);
        self.builder.inst_results(call).first().copied()
    }

    /// A function of the image by its name.
    fn function(&mut self, name: &str, signature: SigRef) -> FuncRef {
        if let Some(&function) = self.functions.get(name) {
            return function;
        }
        let user = UserExternalName { namespace: 0, index: self.functions.len() as u32 };
        let reference = self.builder.func.declare_imported_user_function(user.clone());
        let function = self.builder.import_function(ExtFuncData {
            name: ExternalName::user(reference),
            signature,
            colocated: true,
            patchable: false,
        });
        self.names.insert(user, name.to_string());
        self.functions.insert(name.to_string(), function);
        function
    }

    fn copy(&mut self, from: Value, to: Value, bytes: Value) {
        if self.on_device() {
            return self.ask_device(layout::COPY, &[from, to, bytes]);
        }
        let signature = self.builder.import_signature(signature(&[self.pointer; 3], Some(self.pointer)));
        let function = self.function("memmove", signature);
        self.builder.ins().call(function, &[to, from, bytes]);
    }

    fn on_device(&self) -> bool {
        matches!(self.form, Form::Device(_) | Form::Graph(_))
    }

    /// Whether gates and calls are reported. A device's host program waits at every gate anyway, so it always asks.
    fn reports(&self) -> bool {
        !matches!(self.form, Form::Plain | Form::Graph(_))
    }

    /// Ends the program with a status unless it is 0; the site is the current line.
    fn succeed(&mut self, status: Value) {
        let (failed, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(failed);
        self.builder.ins().brif(status, failed, &[], next, &[]);
        self.builder.switch_to_block(failed);
        let site = self.builder.ins().iconst(types::I64, sites::loc(self.loc).code() as i64);
        self.builder.ins().store(plain(), site, self.ctx, layout::SITE);
        self.builder.ins().return_(&[status]);
        self.builder.switch_to_block(next);
    }

    /// Calls a function of the context that asks the device for something, and ends the program if it fails.
    pub(super) fn ask_device(&mut self, offset: i32, args: &[Value]) {
        let status = self.call_runtime(offset, args, Some(types::I32)).expect("it returns a status");
        self.succeed(status);
    }

    /// The value at an address: a byte or an `i64`.
    fn read(&mut self, ty: Type, address: Value) -> Value {
        if !self.on_device() {
            return self.builder.ins().load(ty, plain(), address, 0);
        }
        let bytes = self.builder.ins().iconst(types::I64, i64::from(ty.bytes()));
        self.ask_device(layout::FETCH, &[address, bytes]);
        self.builder.ins().load(ty, plain(), self.ctx, layout::WORD)
    }

    /// Writes a byte or an `i64` to an address.
    fn write(&mut self, value: Value, address: Value) {
        if !self.on_device() {
            self.builder.ins().store(plain(), value, address, 0);
            return;
        }
        let ty = self.builder.func.dfg.value_type(value);
        let bytes = self.builder.ins().iconst(types::I64, i64::from(ty.bytes()));
        let wide = if ty == types::I64 { value } else { self.builder.ins().uextend(types::I64, value) };
        self.ask_device(layout::PUT, &[address, bytes, wide]);
    }

    pub(super) fn instr(&mut self, block: usize, index: usize, instr: &Instr) -> Result<(), HostError> {
        match instr {
            Instr::Call { subnet, args, dims, results, loc } => {
                self.loc = *loc;
                self.call(block, index, *subnet, args, dims, results)
            }
            Instr::Library { results, loc, .. } => {
                self.loc = *loc;
                self.library(block, index, results)
            }
            Instr::Compute { result, term } => {
                let value = self.term(*term)?;
                self.define(*result, value)
            }
            Instr::Check { condition, loc, .. } => {
                self.loc = *loc;
                self.check(block, index, *condition)
            }
            Instr::Load { result, from } => {
                let ty = match self.input.program.vars[result.index()] {
                    Var::Bool => types::I8,
                    _ => types::I64,
                };
                let address = self.address(*from)?;
                let value = self.read(ty, address);
                self.define(*result, value)
            }
            Instr::Store { result, from } => {
                let value = self.register(*from)?;
                let address = self.address(Arg::Var(*result))?;
                self.write(value, address);
                Ok(())
            }
        }
    }

    /// Ends the program unless the condition holds.
    fn check(&mut self, block: usize, index: usize, condition: Term) -> Result<(), HostError> {
        let holds = self.term(condition)?;
        if matches!(self.form, Form::Graph(_)) {
            return self.unless(holds, Status::Redo);
        }
        let (number, passed) = &self.input.sites.conditions[&(block, index)];
        let (broken, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(broken);
        self.builder.ins().brif(holds, next, &[], broken, &[]);
        self.builder.switch_to_block(broken);
        self.pass(passed)?;
        self.finish(Status::Check, *number);
        self.builder.switch_to_block(next);
        Ok(())
    }

    /// Ends the program unless a condition holds.
    fn unless(&mut self, holds: Value, status: Status) -> Result<(), HostError> {
        let (broken, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(broken);
        self.builder.ins().brif(holds, next, &[], broken, &[]);
        self.builder.switch_to_block(broken);
        self.finish(status, 0);
        self.builder.switch_to_block(next);
        Ok(())
    }

    fn define(&mut self, var: VarId, value: Value) -> Result<(), HostError> {
        let Some(variable) = self.variables[var.index()] else {
            return Err(HostError::Internal(format!("%{} is not in a register", var.0)));
        };
        self.builder.def_var(variable, value);
        Ok(())
    }

    fn call(
        &mut self,
        block: usize,
        index: usize,
        subnet: usize,
        args: &[Arg],
        dims: &[Term],
        results: &[VarId],
    ) -> Result<(), HostError> {
        for &result in results {
            if let Some((slot, bytes)) = grows(self.input.plan, self.input.program, result) {
                self.ensure(slot, bytes)?;
            }
        }
        let scratch = match self.input.plan.scratch.get(&(block, index)) {
            Some(&(place, bytes)) => {
                if let Place::Slot(slot) = place {
                    self.ensure(slot, bytes)?;
                }
                self.place_address(place)
            }
            None => self.arena,
        };
        for (position, &arg) in args.iter().enumerate() {
            let address = match arg {
                Arg::Weight(weight) => {
                    // A device reads every weight as it is.
                    let offset = match self.form {
                        Form::Device(_) | Form::Graph(_) => (self.input.plain)(weight),
                        Form::Plain | Form::Traced => (self.input.packed)(subnet, position, weight),
                    };
                    self.builder.ins().iadd_imm_s(self.weights, offset as i64)
                }
                Arg::Var(_) => self.address(arg)?,
            };
            self.builder.ins().stack_store(self.pointer, address, self.arrays[0], 8 * position as i32);
        }
        for (position, &result) in results.iter().enumerate() {
            let address = self.address(Arg::Var(result))?;
            self.builder.ins().stack_store(self.pointer, address, self.arrays[1], 8 * position as i32);
        }
        for (position, &dim) in dims.iter().enumerate() {
            let value = self.term(dim)?;
            self.builder.ins().stack_store(self.pointer, value, self.arrays[2], 8 * position as i32);
        }
        if self.reports() {
            let number = self.input.sites.calls[&(block, index)];
            let number = self.builder.ins().iconst(types::I64, number as i64);
            self.call_runtime(layout::BEGIN, &[number], None);
        }
        let mut values: Vec<Value> =
            self.arrays.map(|array| self.builder.ins().stack_addr(self.pointer, array, 0)).to_vec();
        values.push(scratch);
        if self.on_device() {
            values.insert(0, self.ctx);
        }
        let name = self.form.symbol(self.input, subnet);
        let function = self.function(&name, self.kernel_signature);
        let call = self.builder.ins().call(function, &values);
        if let Some(&status) = self.builder.inst_results(call).first() {
            self.succeed(status);
        }
        if self.reports() {
            self.call_runtime(layout::END, &[], None);
        }
        Ok(())
    }

    /// Passes pointers and integers to the runtime.
    pub(super) fn pass(&mut self, passed: &Passed) -> Result<(), HostError> {
        if !passed.values.is_empty() {
            let array = self.builder.ins().load(self.pointer, fixed(), self.ctx, layout::VALUES);
            for (i, &arg) in passed.values.iter().enumerate() {
                let value = self.address(arg)?;
                self.builder.ins().store(plain(), value, array, 8 * i as i32);
            }
        }
        if !passed.ints.is_empty() {
            let array = self.builder.ins().load(self.pointer, fixed(), self.ctx, layout::INTS);
            for (i, &term) in passed.ints.iter().enumerate() {
                let value = self.term(term)?;
                self.builder.ins().store(plain(), value, array, 8 * i as i32);
            }
        }
        Ok(())
    }

    fn library(&mut self, block: usize, index: usize, results: &[VarId]) -> Result<(), HostError> {
        let from = self.decided.and_then(|decided| decided.library.get(&(block, index)).copied());
        let (number, passed) = &self.input.sites.library[&from.unwrap_or((block, index))];
        let values = match &self.input.program.blocks[block].instrs[index] {
            Instr::Library { args, .. } => args.clone(),
            _ => passed.values.clone(),
        };
        self.pass(&Passed { values, ints: passed.ints.clone() })?;
        let number = self.builder.ins().iconst(types::I64, *number as i64);
        let code =
            self.call_runtime(layout::LIBRARY, &[number], Some(types::I32)).expect("it returns a code");
        let (failed, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(failed);
        self.builder.ins().brif(code, failed, &[], next, &[]);
        self.builder.switch_to_block(failed);
        self.finish(Status::Library, 0);
        self.builder.switch_to_block(next);
        for (i, &result) in results.iter().enumerate() {
            if let (Var::Seq(..), Some(variable)) =
                (&self.input.program.vars[result.index()], self.variables[result.index()])
            {
                let array = self.builder.ins().load(self.pointer, fixed(), self.ctx, layout::VALUES);
                let at = 8 * (passed.values.len() + i) as i32;
                let handle = self.builder.ins().load(self.pointer, plain(), array, at);
                self.builder.def_var(variable, handle);
            }
        }
        Ok(())
    }

    fn end(&mut self, block: usize) -> Result<(), HostError> {
        let (program, sites) = (self.input.program, self.input.sites);
        match &program.blocks[block].end {
            HostEnd::Jump(edge) => self.edge(block, 0, edge),
            HostEnd::Branch { condition, yes, no } => {
                let mut condition = self.register(*condition)?;
                if self.reports() {
                    let number = self.builder.ins().iconst(types::I64, sites.gates[&block] as i64);
                    let wide = self.builder.ins().uextend(types::I64, condition);
                    let side = self.call_runtime(layout::GATE, &[number, wide], Some(types::I64));
                    condition = side.expect("it returns a side");
                }
                let sides = [self.builder.create_block(), self.builder.create_block()];
                self.builder.ins().brif(condition, sides[0], &[], sides[1], &[]);
                for (number, edge) in [yes, no].into_iter().enumerate() {
                    self.builder.switch_to_block(sides[number]);
                    self.edge(block, number, edge)?;
                }
                Ok(())
            }
            HostEnd::Return(_) | HostEnd::Fail { .. } => {
                let (number, passed) = &sites.ends[&block];
                self.pass(passed)?;
                let raised = matches!(program.blocks[block].end, HostEnd::Fail { .. });
                self.finish(if raised { Status::Raised } else { Status::Returned }, *number);
                Ok(())
            }
        }
    }

    /// Asks whether a loop may begin anew.
    fn step(&mut self) {
        let stop = self.call_runtime(layout::STEP, &[], Some(types::I32)).expect("it returns a code");
        let (stopped, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(stopped);
        self.builder.ins().brif(stop, stopped, &[], next, &[]);
        self.builder.switch_to_block(stopped);
        self.finish(Status::Steps, sites::loc(self.loc).code());
        self.builder.switch_to_block(next);
    }

    /// Copies, passes and jumps.
    fn edge(&mut self, block: usize, number: usize, edge: &HostEdge) -> Result<(), HostError> {
        if self.reports() && self.position[edge.block] <= self.position[block] {
            self.step();
        }
        self.transfer(block, number, edge)?;
        self.builder.ins().jump(self.blocks[edge.block], &[]);
        Ok(())
    }

    /// Copies and passes.
    pub(super) fn transfer(&mut self, block: usize, number: usize, edge: &HostEdge) -> Result<(), HostError> {
        let (program, plan) = (self.input.program, self.input.plan);
        // What is passed is read before anything is copied: a handle stays valid, a register does not change.
        let mut passed = Vec::new();
        for (&arg, param) in edge.args.iter().zip(&program.blocks[edge.block].params) {
            if let Some(variable) = self.variables[param.index()] {
                let value = match (&program.vars[param.index()], arg) {
                    (Var::Int | Var::Bool, Arg::Var(var)) => self.register(var)?,
                    _ => self.address(arg)?,
                };
                passed.push((variable, value));
            }
        }
        for copy in plan.copies.get(&(block, number)).into_iter().flatten() {
            if let Place::Slot(slot) = copy.to {
                self.ensure(slot, copy.bytes)?;
            }
            let from = match copy.from {
                Source::Arg(arg) => self.address(arg)?,
                Source::Place(place) => self.place_address(place),
            };
            let to = self.place_address(copy.to);
            let bytes = self.term(copy.bytes)?;
            self.copy(from, to, bytes);
        }
        for (variable, value) in passed {
            self.builder.def_var(variable, value);
        }
        Ok(())
    }
}

/// Where the dimensions of an input begin among those of all tensors that are inputs.
fn first_dim(program: &Program, input: usize) -> usize {
    let tensors = program.inputs[..input].iter().filter_map(|(_, ty, _)| ty.as_tensor());
    tensors.map(TensorType::rank).sum()
}
