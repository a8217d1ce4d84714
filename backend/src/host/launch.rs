//! What stands for a subnet on a device: a function that launches its kernels in order.

use super::terms::Terms;
use super::{HostError, signature};
use crate::device::{DeviceSubnet, Launch, Place};
use braid_ir::{Loc, Sym, Term};
use braid_runtime::context::{Status, layout};
use cranelift_codegen::ir::{
    AbiParam, Block, Function, InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind, Type,
    Value, types,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

/// The function of a subnet on a device.
pub(super) fn symbol(device: usize, subnet: usize) -> String {
    format!("device_{device}_subnet_{subnet}")
}

/// Fills a function `(ctx, args, results, dims, scratch) -> status` with a subnet's launches; `dims` are its symbols in the order
/// in which they are passed.
pub(super) fn lower(
    dims: &[Sym],
    subnet: &DeviceSubnet,
    function: &mut Function,
    frontend: TargetFrontendConfig,
) -> Result<(), HostError> {
    let pointer = frontend.pointer_type();
    function.signature.params.extend([AbiParam::new(pointer); 5]);
    function.signature.returns.push(AbiParam::new(types::I32));
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(function, &mut context);
    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    let [ctx, args, results, dims_at, scratch] = *builder.block_params(start) else {
        return Err(HostError::Internal("a launcher has five parameters".to_string()));
    };
    let most = |count: &dyn Fn(&Launch) -> usize| subnet.launches.iter().map(count).max().unwrap_or(0);
    let mut array = |bytes: usize| {
        builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes as u32, 3))
    };
    let extents = array(layout::EXTENT_SIZE as usize * most(&|launch| launch.buffers.len()));
    let (ints, grid) = (array(8 * most(&|launch| launch.ints.len())), array(24));
    let overflow = builder.create_block();
    builder.set_cold_block(overflow);
    let mut lowering = Lowering {
        dims,
        builder,
        pointer,
        ctx,
        args,
        results,
        dims_at,
        scratch,
        extents,
        ints,
        grid,
        overflow,
    };
    for launch in &subnet.launches {
        lowering.launch(launch)?;
    }
    lowering.finish(0);
    lowering.builder.switch_to_block(overflow);
    lowering.finish(Status::Overflow as i64);
    lowering.builder.seal_all_blocks();
    lowering.builder.finalize(frontend);
    Ok(())
}

struct Lowering<'a, 'f> {
    dims: &'a [Sym],
    builder: FunctionBuilder<'f>,
    pointer: Type,
    ctx: Value,
    args: Value,
    results: Value,
    dims_at: Value,
    scratch: Value,
    /// Arrays of the launch being made.
    extents: StackSlot,
    ints: StackSlot,
    grid: StackSlot,
    /// Where overflowing arithmetic goes.
    overflow: Block,
}

impl Lowering<'_, '_> {
    fn launch(&mut self, launch: &Launch) -> Result<(), HostError> {
        for (number, buffer) in launch.buffers.iter().enumerate() {
            let address = match buffer.place {
                Place::Param(at) => self.element(self.args, at),
                Place::Result(at) => self.element(self.results, at),
                Place::Scratch(offset) => {
                    let offset = self.term(offset)?;
                    self.builder.ins().iadd(self.scratch, offset)
                }
            };
            let bytes = self.term(buffer.bytes)?;
            let at = layout::EXTENT_SIZE * number as i32;
            self.store(address, self.extents, at + layout::EXTENT_ADDRESS);
            self.store(bytes, self.extents, at + layout::EXTENT_BYTES);
        }
        for (array, terms) in [(self.ints, launch.ints.as_slice()), (self.grid, &launch.grid)] {
            for (number, &term) in terms.iter().enumerate() {
                let value = self.term(term)?;
                self.store(value, array, 8 * number as i32);
            }
        }
        let params = [self.pointer, types::I64, self.pointer, self.pointer, self.pointer];
        let signature = self.builder.import_signature(signature(&params, Some(types::I32)));
        let flags = MemFlagsData::trusted().with_readonly();
        let callee = self.builder.ins().load(self.pointer, flags, self.ctx, layout::LAUNCH);
        let kernel = self.builder.ins().iconst(types::I64, launch.kernel as i64);
        let [extents, ints, grid] = [self.extents, self.ints, self.grid]
            .map(|array| self.builder.ins().stack_addr(self.pointer, array, 0));
        let call =
            self.builder.ins().call_indirect(signature, callee, &[self.ctx, kernel, extents, ints, grid]);
        let status = self.builder.inst_results(call)[0];
        let (failed, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(failed);
        self.builder.ins().brif(status, failed, &[], next, &[]);
        self.builder.switch_to_block(failed);
        self.builder.ins().return_(&[status]);
        self.builder.switch_to_block(next);
        Ok(())
    }

    fn finish(&mut self, status: i64) {
        let status = self.builder.ins().iconst(types::I32, status);
        self.builder.ins().return_(&[status]);
    }

    fn store(&mut self, value: Value, array: StackSlot, at: i32) {
        self.builder.ins().stack_store(self.pointer, value, array, at);
    }

    /// Element `at` of an array of pointers.
    fn element(&mut self, array: Value, at: usize) -> Value {
        self.builder.ins().load(self.pointer, MemFlagsData::trusted().with_readonly(), array, 8 * at as i32)
    }

    fn term(&mut self, term: Term) -> Result<Value, HostError> {
        let (dims, dims_at, overflow) = (self.dims, self.dims_at, self.overflow);
        let mut sym = |builder: &mut FunctionBuilder, sym: Sym| match dims.iter().position(|&dim| dim == sym)
        {
            Some(at) => Ok(builder.ins().load(
                types::I64,
                MemFlagsData::trusted().with_readonly(),
                dims_at,
                8 * at as i32,
            )),
            None => Err(HostError::Internal(format!("a launch uses {}, which no call passes", sym.name()))),
        };
        Terms { builder: &mut self.builder, sym: &mut sym, overflow, loc: Loc::default() }.emit(term)
    }
}
