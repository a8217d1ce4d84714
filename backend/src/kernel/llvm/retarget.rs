//! A device's LLVM IR as code of this machine, so that it can be executed where no device is.
//!
//! What is executed is the very module that the device's assembler would be given. Only what this machine has not is changed: each
//! access to memory goes to an address that the executor answers, each of the device's intrinsics is a call of the
//! executor, and workgroup memory is where the executor says. The executor provides the functions of [`HOOKS`]; its state
//! is its own.

use super::super::{KernelError, Target};
use super::machine;
use inkwell::AddressSpace;
use inkwell::attributes::AttributeLoc;
use inkwell::builder::{Builder, BuilderError};
use inkwell::context::Context;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::Module;
use inkwell::targets::{FileType, TargetData};
use inkwell::types::{BasicType, BasicTypeEnum, FunctionType};
use inkwell::values::{
    AnyValue, BasicMetadataValueEnum, BasicValueEnum, CallSiteValue, FunctionValue, InstructionOpcode,
    InstructionValue, PointerValue, ValueKind,
};
use std::collections::HashMap;

/// What the executor provides, `extern "C"`:
///
/// - `braid_fiber_access(address: u64, site: u32, access: u32) -> *mut u8`: where the memory at a device's address is; the
///   access is an [`Access`] in its packed form.
/// - `braid_fiber_call(intrinsic: u32, site: u32, arguments: *const u8, result: *mut u8)`: does what an intrinsic does. Its
///   arguments lie one after the other as in a C structure, and so does its result.
/// - `braid_fiber_copy(to: u64, from: u64, bytes: u64, site: u32)` and `braid_fiber_fill(to: u64, byte: u8, bytes: u64, site: u32)`.
///
/// A site is a place in the code, by number.
pub const HOOKS: [&str; 4] = [ACCESS, CALL, COPY, FILL];

const ACCESS: &str = "braid_fiber_access";
const CALL: &str = "braid_fiber_call";
const COPY: &str = "braid_fiber_copy";
const FILL: &str = "braid_fiber_fill";

/// The convention of functions that a device's host may launch.
const KERNEL_CONVENTION: u32 = 71;
/// The address space of workgroup memory.
const WORKGROUP_SPACE: u16 = 3;
/// Granules are no larger than the widest access.
const GRANULE_MAX: u64 = 16;
/// The narrowest access of an intrinsic.
const INTRINSIC_GRANULE: u64 = 4;

/// Functions that take pointers and read or write nothing.
const HARMLESS: [&str; 4] = ["llvm.lifetime.", "llvm.prefetch", "llvm.assume", "llvm.invariant."];

/// An access to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its length in bytes.
    pub bytes: u32,
    /// What the address is a multiple of.
    pub align: u32,
    /// Whether it writes.
    pub write: bool,
    /// Whether it is atomic.
    pub atomic: bool,
}

impl Access {
    /// As one word.
    pub fn pack(self) -> u32 {
        self.bytes << 8
            | self.align.trailing_zeros() << 2
            | u32::from(self.write) << 1
            | u32::from(self.atomic)
    }

    /// From one word.
    pub fn unpack(word: u32) -> Access {
        Access {
            bytes: word >> 8,
            align: 1 << (word >> 2 & 31),
            write: word >> 1 & 1 != 0,
            atomic: word & 1 != 0,
        }
    }
}

/// An array of workgroup memory. Its address is that of a symbol of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The symbol.
    pub name: String,
    /// Its length in bytes; 0 where the launch decides.
    pub bytes: u64,
}

/// A device's code as code of this machine.
#[derive(Clone, Debug, Default)]
pub struct Retargeted {
    /// A relocatable object. It refers to [`HOOKS`] and to the arrays of workgroup memory. The entry of a kernel is
    /// `enter_NAME(arguments: *const u64)`.
    pub object: Vec<u8>,
    /// The intrinsics by number; assembly text counts as one.
    pub intrinsics: Vec<String>,
    /// Workgroup memory.
    pub shared: Vec<Shared>,
    /// A power of two that divides each access's address and length.
    pub granule: u64,
}

/// The symbol of a kernel's entry.
pub fn entry(kernel: &str) -> String {
    format!("enter_{kernel}")
}

fn internal(why: impl std::fmt::Display) -> KernelError {
    KernelError::Internal(format!("kernels cannot be executed here: {why}"))
}

impl From<BuilderError> for KernelError {
    fn from(error: BuilderError) -> KernelError {
        internal(error)
    }
}

/// Makes code of this machine of a device's bitcode.
///
/// # Errors
/// If it is no bitcode, or holds something that cannot be executed here.
pub fn retarget(bitcode: &[u8], target: &Target) -> Result<Retargeted, KernelError> {
    let context = Context::create();
    let buffer = MemoryBuffer::create_from_memory_range_copy(bitcode, "kernels");
    let module = Module::parse_bitcode_from_buffer(&buffer, &context).map_err(|e| internal(e.to_string()))?;
    let machine = machine(target)?;
    module.set_triple(&machine.get_triple());
    let data = machine.get_target_data();
    module.set_data_layout(&data.get_data_layout());
    let mut rewriting = Rewriting {
        context: &context,
        module: &module,
        data,
        builder: context.create_builder(),
        wrappers: HashMap::new(),
        sites: 0,
        result: Retargeted { granule: GRANULE_MAX, ..Retargeted::default() },
    };
    rewriting.shared()?;
    rewriting.functions()?;
    let Rewriting { result, .. } = rewriting;
    module.verify().map_err(|e| internal(e.to_string()))?;
    let object = machine.write_to_memory_buffer(&module, FileType::Object);
    let object = object.map_err(|e| internal(e.to_string()))?.as_slice().to_vec();
    Ok(Retargeted { object, ..result })
}

struct Rewriting<'c, 'm> {
    context: &'c Context,
    module: &'m Module<'c>,
    data: TargetData,
    builder: Builder<'c>,
    /// What stands for an intrinsic, by its name.
    wrappers: HashMap<String, FunctionValue<'c>>,
    sites: u64,
    result: Retargeted,
}

impl<'c> Rewriting<'c, '_> {
    /// Arrays of workgroup memory become symbols that somebody else defines.
    fn shared(&mut self) -> Result<(), KernelError> {
        let space = AddressSpace::from(WORKGROUP_SPACE);
        let arrays: Vec<_> = self
            .module
            .get_globals()
            .filter(|global| global.as_pointer_value().get_type().get_address_space() == space)
            .collect();
        for array in arrays {
            let name = array.get_name().to_string_lossy().into_owned();
            let ty = BasicTypeEnum::try_from(array.get_value_type()).map_err(|()| internal(&name))?;
            array.set_name("replaced");
            let outside = self.module.add_global(ty, Some(space), &name);
            array.as_pointer_value().replace_all_uses_with(outside.as_pointer_value());
            // SAFETY: nothing refers to it any more.
            unsafe { array.delete() };
            self.result.shared.push(Shared { name, bytes: self.data.get_store_size(&ty) });
        }
        Ok(())
    }

    fn functions(&mut self) -> Result<(), KernelError> {
        let defined: Vec<_> = self.module.get_functions().filter(|f| f.count_basic_blocks() > 0).collect();
        for function in defined {
            // Of the device's processor, or of what accesses and calls did before they became calls of the executor.
            for attribute in function.attributes(AttributeLoc::Function) {
                if attribute.is_string() {
                    let key = attribute.get_string_kind_id().to_string_lossy().into_owned();
                    function.remove_string_attribute(AttributeLoc::Function, &key);
                } else if attribute.is_enum() {
                    function.remove_enum_attribute(AttributeLoc::Function, attribute.get_enum_kind_id());
                }
            }
            for block in function.get_basic_blocks() {
                let instructions: Vec<_> = block.get_instructions().collect();
                for instruction in instructions {
                    self.instruction(instruction)?;
                }
            }
            if function.get_call_conventions() == KERNEL_CONVENTION {
                function.set_call_conventions(0);
                self.enter(function)?;
            }
        }
        Ok(())
    }

    fn instruction(&mut self, instruction: InstructionValue<'c>) -> Result<(), KernelError> {
        match instruction.get_opcode() {
            InstructionOpcode::Load => {
                let bytes = self.data.get_store_size(&instruction.get_type());
                let align = instruction.get_alignment().map_err(internal)?;
                self.access(instruction, 0, bytes, u64::from(align), false, false)
            }
            InstructionOpcode::Store => {
                let bytes = self.data.get_store_size(&value(instruction, 0)?.get_type());
                let align = instruction.get_alignment().map_err(internal)?;
                self.access(instruction, 1, bytes, u64::from(align), true, false)
            }
            InstructionOpcode::AtomicRMW | InstructionOpcode::AtomicCmpXchg => {
                let bytes = self.data.get_store_size(&value(instruction, 1)?.get_type());
                self.access(instruction, 0, bytes, bytes, true, true)
            }
            InstructionOpcode::Call => self.call(instruction),
            _ => Ok(()),
        }
    }

    /// Asks the executor where an instruction finds its memory.
    fn access(
        &mut self,
        instruction: InstructionValue<'c>,
        operand: u32,
        bytes: u64,
        align: u64,
        write: bool,
        atomic: bool,
    ) -> Result<(), KernelError> {
        let BasicValueEnum::PointerValue(pointer) = value(instruction, operand)? else {
            return Err(internal("an access to what is no address"));
        };
        if is_local(pointer) {
            return Ok(());
        }
        let odd = bytes & bytes.wrapping_neg();
        self.result.granule = self.result.granule.min(align).min(odd);
        let size = u32::try_from(bytes).ok().filter(|&bytes| bytes < 1 << 24);
        let bytes = size.ok_or_else(|| internal("an access of 16 MiB"))?;
        let access = Access { bytes, align: align as u32, write, atomic };
        let (word, long) = (self.context.i32_type(), self.context.i64_type());
        let ty = long.fn_type(&[long.into(), word.into(), word.into()], false);
        let hook = self.hook(ACCESS, ty);
        self.builder.position_before(&instruction);
        let address = self.builder.build_ptr_to_int(pointer, long, "")?;
        let packed = word.const_int(u64::from(access.pack()), false);
        let site = self.site();
        let call = self.builder.build_call(hook, &[address.into(), site, packed.into()], "")?;
        let ValueKind::Basic(BasicValueEnum::IntValue(place)) = call.try_as_basic_value() else {
            return Err(internal("an access without a place"));
        };
        let place = self.builder.build_int_to_ptr(place, pointer.get_type(), "")?;
        instruction.set_operand(operand, place);
        Ok(())
    }

    fn call(&mut self, instruction: InstructionValue<'c>) -> Result<(), KernelError> {
        let call = CallSiteValue::try_from(instruction).map_err(|()| internal("a call that is none"))?;
        let Some(called) = call.get_called_fn_value() else {
            // Assembly text, by which the executor knows what it does.
            let text = instruction.print_to_string().to_string_lossy().into_owned();
            let quoted = text.split_once(" asm ").and_then(|(_, rest)| rest.split('"').nth(1));
            let name = quoted.ok_or_else(|| internal(format!("a call of what is unknown: {text}")))?;
            let count = call.count_arguments();
            let arguments = (0..count).map(|i| value(instruction, i)).collect::<Result<Vec<_>, _>>()?;
            return self.intrinsic(instruction, name, call.get_called_fn_type(), &arguments);
        };
        let name = called.get_name().to_string_lossy().into_owned();
        if !name.starts_with("llvm.") {
            return Ok(());
        }
        let count = call.count_arguments();
        let arguments = (0..count).map(|i| value(instruction, i)).collect::<Result<Vec<_>, _>>()?;
        if name.starts_with("llvm.nvvm.") {
            return self.intrinsic(instruction, &name, called.get_type(), &arguments);
        }
        let long = self.context.i64_type();
        let void = self.context.void_type();
        let moves = ["llvm.memcpy.", "llvm.memmove."].iter().any(|known| name.starts_with(known));
        if moves || name.starts_with("llvm.memset.") {
            self.result.granule = 1;
            let second = if moves { long } else { self.context.i8_type() };
            let types = [long.into(), second.into(), long.into(), self.context.i32_type().into()];
            let hook = self.hook(if moves { COPY } else { FILL }, void.fn_type(&types, false));
            self.builder.position_before(&instruction);
            let mut words: Vec<BasicMetadataValueEnum> = Vec::new();
            for &argument in &arguments[..3] {
                words.push(match argument {
                    BasicValueEnum::PointerValue(p) => self.builder.build_ptr_to_int(p, long, "")?.into(),
                    BasicValueEnum::IntValue(n) if n.get_type().get_bit_width() == 32 => {
                        self.builder.build_int_z_extend(n, long, "")?.into()
                    }
                    other => other.into(),
                });
            }
            words.push(self.site());
            self.builder.build_call(hook, &words, "")?;
            instruction.erase_from_basic_block();
            return Ok(());
        }
        let points = arguments.iter().any(|argument| argument.is_pointer_value());
        if points && !HARMLESS.iter().any(|known| name.starts_with(known)) {
            return Err(internal(format!("{name} accesses memory")));
        }
        Ok(())
    }

    /// Replaces the call of a device's intrinsic.
    fn intrinsic(
        &mut self,
        instruction: InstructionValue<'c>,
        name: &str,
        ty: FunctionType<'c>,
        arguments: &[BasicValueEnum<'c>],
    ) -> Result<(), KernelError> {
        if arguments.iter().any(|argument| argument.is_pointer_value()) {
            self.result.granule = self.result.granule.min(INTRINSIC_GRANULE);
        }
        let wrapper = match self.wrappers.get(name) {
            Some(&wrapper) => wrapper,
            None => {
                let wrapper = self.wrapper(name, ty)?;
                self.wrappers.insert(name.to_string(), wrapper);
                wrapper
            }
        };
        self.builder.position_before(&instruction);
        let site = self.site();
        let all: Vec<_> = std::iter::once(site).chain(arguments.iter().map(|&a| a.into())).collect();
        let call = self.builder.build_call(wrapper, &all, "")?;
        if let ValueKind::Basic(value) = call.try_as_basic_value() {
            let new = match value {
                BasicValueEnum::StructValue(v) => v.as_instruction(),
                BasicValueEnum::IntValue(v) => v.as_instruction(),
                BasicValueEnum::FloatValue(v) => v.as_instruction(),
                BasicValueEnum::VectorValue(v) => v.as_instruction(),
                BasicValueEnum::PointerValue(v) => v.as_instruction(),
                BasicValueEnum::ArrayValue(v) => v.as_instruction(),
                BasicValueEnum::ScalableVectorValue(_) => None,
            };
            let new = new.ok_or_else(|| internal(format!("{name} has no result")))?;
            instruction.replace_all_uses_with(&new);
        }
        instruction.erase_from_basic_block();
        Ok(())
    }

    /// A function of an intrinsic's type, and the site before it, that calls the executor.
    fn wrapper(&mut self, name: &str, ty: FunctionType<'c>) -> Result<FunctionValue<'c>, KernelError> {
        let number = self.result.intrinsics.len();
        self.result.intrinsics.push(name.to_string());
        let word = self.context.i32_type();
        let pointer = self.context.ptr_type(AddressSpace::default());
        let parameters = ty.get_param_types().into_iter();
        let parameters = parameters.map(BasicTypeEnum::try_from).collect::<Result<Vec<_>, _>>();
        let parameters = parameters.map_err(|()| internal(format!("the parameters of {name}")))?;
        let all: Vec<_> = std::iter::once(word.into()).chain(parameters.iter().map(|&p| p.into())).collect();
        let wrapper_type = match ty.get_return_type() {
            Some(result) => result.fn_type(&all, false),
            None => self.context.void_type().fn_type(&all, false),
        };
        let wrapper = self.module.add_function(&format!("call_{number}"), wrapper_type, None);
        let types = [word.into(), word.into(), pointer.into(), pointer.into()];
        let hook = self.hook(CALL, self.context.void_type().fn_type(&types, false));
        let builder = self.context.create_builder();
        builder.position_at_end(self.context.append_basic_block(wrapper, ""));
        let structure = self.context.struct_type(&parameters, false);
        let arguments = builder.build_alloca(structure, "")?;
        let missing = || internal(format!("the arguments of {name}"));
        let site = wrapper.get_nth_param(0).ok_or_else(missing)?;
        for i in 0..parameters.len() as u32 {
            let place = builder.build_struct_gep(structure, arguments, i, "")?;
            builder.build_store(place, wrapper.get_nth_param(i + 1).ok_or_else(missing)?)?;
        }
        let result = match ty.get_return_type() {
            Some(ty) => builder.build_alloca(ty, "")?,
            None => pointer.const_null(),
        };
        let number = word.const_int(number as u64, false);
        builder.build_call(hook, &[number.into(), site.into(), arguments.into(), result.into()], "")?;
        match ty.get_return_type() {
            Some(ty) => {
                let value = builder.build_load(ty, result, "")?;
                builder.build_return(Some(&value))?;
            }
            None => {
                builder.build_return(None)?;
            }
        }
        Ok(wrapper)
    }

    /// The function that calls a kernel with arguments from an array.
    fn enter(&self, kernel: FunctionValue<'c>) -> Result<(), KernelError> {
        let pointer = self.context.ptr_type(AddressSpace::default());
        let ty = self.context.void_type().fn_type(&[pointer.into()], false);
        let enter = self.module.add_function(&entry(&kernel.get_name().to_string_lossy()), ty, None);
        let builder = self.context.create_builder();
        builder.position_at_end(self.context.append_basic_block(enter, ""));
        let missing = || internal("an entry without arguments");
        let array = enter.get_nth_param(0).ok_or_else(missing)?.into_pointer_value();
        let long = self.context.i64_type();
        let mut values: Vec<BasicMetadataValueEnum> = Vec::new();
        for (i, parameter) in kernel.get_type().get_param_types().into_iter().enumerate() {
            let ty = BasicTypeEnum::try_from(parameter).map_err(|()| missing())?;
            // SAFETY: it is not dereferenced here; who calls the entry promises so many arguments.
            let at = unsafe { builder.build_gep(long, array, &[long.const_int(i as u64, false)], "")? };
            values.push(builder.build_load(ty.as_basic_type_enum(), at, "")?.into());
        }
        builder.build_call(kernel, &values, "")?;
        builder.build_return(None)?;
        Ok(())
    }

    fn hook(&self, name: &str, ty: FunctionType<'c>) -> FunctionValue<'c> {
        self.module.get_function(name).unwrap_or_else(|| self.module.add_function(name, ty, None))
    }

    /// The number of the next site.
    fn site(&mut self) -> BasicMetadataValueEnum<'c> {
        self.sites += 1;
        self.context.i32_type().const_int(self.sites, false).into()
    }
}

/// An operand that is a value.
fn value<'c>(instruction: InstructionValue<'c>, operand: u32) -> Result<BasicValueEnum<'c>, KernelError> {
    let operand = instruction.get_operand(operand).and_then(|operand| operand.value());
    operand.ok_or_else(|| internal(format!("an operand of {}", instruction)))
}

/// Whether a pointer is seen to lead into the thread's own stack.
fn is_local(mut pointer: PointerValue) -> bool {
    while let Some(instruction) = pointer.as_instruction() {
        match instruction.get_opcode() {
            InstructionOpcode::Alloca => return true,
            InstructionOpcode::GetElementPtr | InstructionOpcode::AddrSpaceCast => {
                match instruction.get_operand(0).and_then(|operand| operand.value()) {
                    Some(BasicValueEnum::PointerValue(base)) => pointer = base,
                    _ => return false,
                }
            }
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_survive_packing() {
        for access in [
            Access { bytes: 4, align: 4, write: false, atomic: false },
            Access { bytes: 1 << 20, align: 1 << 12, write: true, atomic: true },
        ] {
            assert_eq!(Access::unpack(access.pack()), access);
        }
    }

    #[test]
    fn what_is_no_bitcode_is_refused() {
        let target = Target::native().expect("this machine");
        assert!(retarget(b"no bitcode", &target).is_err());
    }
}
