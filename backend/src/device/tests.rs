//! Kernels written by hand, on whatever Vulkan device there is; a software device serves.

use super::{amd, nvidia, spirv};
use crate::kernel::KernelError;
use crate::kernel::mlir::Compiler;
use braid_runtime::device::{Device, Extent, open};
use braid_runtime::manifest::Kernel;

/// The Vulkan device, or a line that says why there is none.
fn vulkan() -> Option<Box<dyn Device>> {
    open("vulkan").inspect_err(|why| eprintln!("skipped: {why}")).ok()
}

/// `out[i] = a[i] * b[i + shift]` for `i < n`.
const PRODUCT: &str = r#"
  gpu.func @product(%a: memref<?xf32>, %b: memref<?xf32>, %out: memref<?xf32>, %ints: memref<?xi64>)
      kernel attributes {spirv.entry_point_abi = #spirv.entry_point_abi<workgroup_size = [64, 1, 1]>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %block = gpu.block_id x
    %thread = gpu.thread_id x
    %first = arith.muli %block, %c64 : index
    %i = arith.addi %first, %thread : index
    %n64 = memref.load %ints[%c0] : memref<?xi64>
    %shift64 = memref.load %ints[%c1] : memref<?xi64>
    %n = arith.index_cast %n64 : i64 to index
    %shift = arith.index_cast %shift64 : i64 to index
    %inside = arith.cmpi slt, %i, %n : index
    scf.if %inside {
      %at = arith.addi %i, %shift : index
      %x = memref.load %a[%i] : memref<?xf32>
      %y = memref.load %b[%at] : memref<?xf32>
      %z = arith.mulf %x, %y : f32
      memref.store %z, %out[%i] : memref<?xf32>
    }
    gpu.return
  }"#;

#[test]
fn a_kernel_runs_on_parts_of_an_arena() {
    let code = spirv::assemble(&Compiler::new(), "product", PRODUCT).expect("assembles").code;
    let Some(mut device) = vulkan() else { return };
    let kernel = Kernel {
        name: "product".to_string(),
        bytes: code.len() as u64,
        workgroup: [64, 1, 1],
        buffers: 3,
        ints: 2,
        ..Kernel::default()
    };
    device.load(&[kernel], &code).expect("loads");
    let arena = device.alloc(1 << 20).expect("memory");
    let numbers: Vec<f32> = (0..1100).map(|i| i as f32).collect();
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    device.upload(arena + 64, &bytes).expect("uploads");
    device.copy(arena + 64, arena + 65536, bytes.len() as u64).expect("copies");
    // Many launches in a row, each on what the one before has written, so that their order shows.
    let extent = |offset| Extent { address: arena + offset, bytes: 4400 };
    for _ in 0..1500 {
        let buffers = [extent(64), extent(65536), extent(131072)];
        device.launch(0, &buffers, &[1000, 100], [16, 1, 1]).expect("launches");
        let ones: Vec<u8> = [1f32; 1100].iter().flat_map(|x| x.to_le_bytes()).collect();
        device.upload(arena + 65536, &ones).expect("uploads");
        device.copy(arena + 131072, arena + 64, 4000).expect("copies");
    }
    let mut out = vec![0; 4000];
    device.download(arena + 64, &mut out).expect("downloads");
    for (i, value) in out.chunks_exact(4).enumerate() {
        let value = f32::from_le_bytes(value.try_into().expect("four bytes"));
        assert_eq!(value, (i * (i + 100)) as f32, "element {i}");
    }
    assert!(
        device.launch(0, &[extent(64); 3], &[0, 0], [1, 1 << 30, 1]).is_err(),
        "a grid beyond the limits"
    );
    assert!(device.download(arena + (1 << 30), &mut out).is_err(), "no memory is there");
    device.free(arena);
}

/// Every function that code for GPUs may call, on pointers.
const FUNCTIONS: &str = r#"
  gpu.func @functions(%a: !llvm.ptr, %out: !llvm.ptr, %n: i64) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %thread = gpu.thread_id x
    %i = arith.index_cast %thread : index to i64
    %inside = arith.cmpi slt, %i, %n : i64
    scf.if %inside {
      %p = llvm.getelementptr %a[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
      %r = llvm.getelementptr %out[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      %0 = llvm.load %p : !llvm.ptr -> f32
      %1 = math.fma %0, %0, %0 : f32
      %2 = math.absf %1 : f32
      %3 = math.ceil %2 : f32
      %4 = math.copysign %3, %0 : f32
      %5 = math.floor %4 : f32
      %6 = math.roundeven %5 : f32
      %7 = math.sqrt %6 : f32
      %8 = math.trunc %7 : f32
      %9 = arith.extf %8 : f32 to f64
      %10 = math.fma %9, %9, %9 : f64
      %11 = math.absf %10 : f64
      %12 = math.ceil %11 : f64
      %13 = math.copysign %12, %9 : f64
      %14 = math.floor %13 : f64
      %15 = math.roundeven %14 : f64
      %16 = math.sqrt %15 : f64
      %17 = math.trunc %16 : f64
      llvm.store %17, %r : f64, !llvm.ptr
    }
    gpu.return
  }"#;

#[test]
fn every_chip_has_ptx() {
    for chip in nvidia::CHIPS {
        let code = nvidia::assemble(&Compiler::new(), "functions", FUNCTIONS, chip).expect("assembles").code;
        let text = String::from_utf8(code).expect("PTX is text");
        assert!(text.contains(&format!(".target {}", chip.name)), "{text}");
        assert!(text.contains(".visible .entry functions("), "{text}");
        assert!(!text.contains("__nv_"), "nothing is left to link: {text}");
    }
}

fn functions() -> Kernel {
    let kernel = Kernel { name: "functions".to_string(), workgroup: [64, 1, 1], ..Kernel::default() };
    Kernel { buffers: 2, ints: 1, ..kernel }
}

#[test]
fn every_chip_has_a_code_object() {
    for chip in amd::CHIPS {
        let made = amd::assemble(&Compiler::new(), &functions(), FUNCTIONS, chip).expect("assembles");
        let notes = amd::read(&made.code).expect("notes");
        assert_eq!((notes.wave, notes.argument_bytes, notes.private_bytes), (chip.wave, 24, 0), "{notes:?}");
        assert_eq!(made.registers, Some((notes.vgprs, 0)));
    }
}

#[test]
fn a_code_object_for_another_launch_is_refused() {
    let chip = &amd::CHIPS[0];
    let functions = functions();
    for other in [
        Kernel { buffers: 3, ..functions.clone() },
        Kernel { buffers: 1, ints: 2, ..functions.clone() },
        Kernel { workgroup: [32, 1, 1], ..functions.clone() },
        Kernel { shared_bytes: 16, ..functions.clone() },
        Kernel { name: "other".to_string(), ..functions },
    ] {
        let error = amd::assemble(&Compiler::new(), &other, FUNCTIONS, chip).expect_err("refused");
        assert!(error.to_string().contains(" is another: "), "{error}");
    }
}

/// A kernel that no code generator has instructions for.
const PLANTED: &str = r#"
  gpu.func @planted() kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    llvm.call_intrinsic "llvm.x86.sse2.pause"() : () -> ()
    gpu.return
  }"#;

#[test]
fn what_llvm_gives_up_on_is_an_error_that_names_the_kernel() {
    let compiler = Compiler::new();
    let kernel = Kernel { name: "planted".to_string(), workgroup: [64, 1, 1], ..Kernel::default() };
    for result in [
        nvidia::assemble(&compiler, "planted", PLANTED, &nvidia::CHIPS[0]),
        amd::assemble(&compiler, &kernel, PLANTED, &amd::CHIPS[0]),
    ] {
        let error = result.expect_err("there is no such instruction");
        assert!(matches!(&error, KernelError::GaveUp { name, .. } if name == "planted"), "{error}");
        // The same compiler goes on.
        nvidia::assemble(&compiler, "functions", FUNCTIONS, &nvidia::CHIPS[0]).expect("assembles");
    }
}

/// Integers as kernels use them: compared, added, cut off and sign-extended. (Comparing what was just sign-extended is what the
/// Mesa of Debian 12 gets wrong; so integers are passed as they are.)
const SIGNS: &str = r#"
  gpu.func @signs(%out: memref<?xi64>, %ints: memref<?xi64>)
      kernel attributes {spirv.entry_point_abi = #spirv.entry_point_abi<workgroup_size = [1, 1, 1]>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %zero = arith.constant 0 : i64
    %three = arith.constant 3 : i64
    %wide = memref.load %ints[%c0] : memref<?xi64>
    memref.store %wide, %out[%c0] : memref<?xi64>
    %negative = arith.cmpi slt, %wide, %zero : i64
    %bit = arith.extui %negative : i1 to i64
    memref.store %bit, %out[%c1] : memref<?xi64>
    %more = arith.addi %wide, %three : i64
    memref.store %more, %out[%c2] : memref<?xi64>
    %chosen = arith.select %negative, %more, %wide : i64
    %short = arith.trunci %chosen : i64 to i32
    %back = arith.extsi %short : i32 to i64
    memref.store %back, %out[%c3] : memref<?xi64>
    gpu.return
  }"#;

#[test]
fn integers_keep_their_sign() {
    let code = spirv::assemble(&Compiler::new(), "signs", SIGNS).expect("assembles").code;
    let Some(mut device) = vulkan() else { return };
    let kernel = Kernel {
        name: "signs".to_string(),
        bytes: code.len() as u64,
        workgroup: [1; 3],
        buffers: 1,
        ints: 1,
        ..Kernel::default()
    };
    device.load(&[kernel], &code).expect("loads");
    let out = device.alloc(64).expect("memory");
    device.launch(0, &[Extent { address: out, bytes: 32 }], &[-3], [1; 3]).expect("launches");
    let mut bytes = [0; 32];
    device.download(out, &mut bytes).expect("downloads");
    let values: Vec<i64> =
        bytes.chunks_exact(8).map(|b| i64::from_le_bytes(b.try_into().expect("eight bytes"))).collect();
    assert_eq!(values, [-3, 1, 0, 0]);
}
