//! The fiber executor on kernels written by hand: it computes what they mean, and reports what is wrong with them.

use braid::runtime::device::{Device, Extent};
use braid::runtime::manifest::Kernel;
use braid_backend::device::assemble;
use braid_tests::fiber::{Fiber, Record};
use half::{bf16, f16};

const CHIP: &str = "sm_80";
/// Orders that each kernel is tried in.
const SEEDS: u64 = 8;

/// A kernel called `kernel` and how it is launched.
struct Case {
    text: String,
    workgroup: u32,
    grid: u32,
    chip: &'static str,
}

impl Case {
    fn new(text: impl Into<String>, workgroup: u32, grid: u32) -> Case {
        Case { text: text.into(), workgroup, grid, chip: CHIP }
    }

    /// The same with a fault.
    fn with(&self, from: &str, to: &str) -> Case {
        assert!(self.text.contains(from), "the kernel has no {from}");
        Case { text: self.text.replacen(from, to, 1), ..*self }
    }

    /// Launches it on buffers, whose contents are then its results.
    fn run(&self, buffers: &mut [Vec<u8>], seed: u64) -> Result<Record, String> {
        let code = assemble(&self.text, &format!("{}:llvm", self.chip)).map_err(|e| e.to_string())?;
        let kernel = Kernel {
            name: "kernel".to_string(),
            bytes: code.len() as u64,
            workgroup: [self.workgroup, 1, 1],
            buffers: buffers.len() as u32,
            ..Kernel::default()
        };
        let mut device = Fiber::new(self.chip, seed);
        device.load(&[kernel], &code)?;
        let mut extents = Vec::new();
        for buffer in buffers.iter() {
            let address = device.alloc(buffer.len() as u64)?;
            device.upload(address, buffer)?;
            extents.push(Extent { address, bytes: buffer.len() as u64 });
        }
        device.launch(0, &extents, &[], [self.grid, 1, 1])?;
        for (buffer, extent) in buffers.iter_mut().zip(&extents) {
            device.download(extent.address, buffer)?;
        }
        let records = device.records();
        let records = records.lock().expect("nobody has panicked");
        Ok(records[0].clone())
    }

    /// The fault that is found in every order.
    fn fault(&self, buffers: &[Vec<u8>]) -> String {
        let fault = |seed| self.run(&mut buffers.to_vec(), seed).expect_err("a fault");
        let faults: Vec<String> = (0..SEEDS).map(fault).collect();
        faults[0].clone()
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().expect("four bytes"))).collect()
}

/// Small whole numbers, whose sums and products are exact.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    (0..count as u32).map(|i| ((i * 7 + seed * 5 + i / 9) % 11) as f32 - 5.0).collect()
}

/// Sums of 128 values each, as a tree in workgroup memory.
fn tree() -> Case {
    let text = r#"
  gpu.func @kernel(%in: memref<256xf32>, %out: memref<2xf32>)
      workgroup(%sums: memref<128xf32, #gpu.address_space<workgroup>>)
      kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %c128 = arith.constant 128 : index
    %t = gpu.thread_id x
    %b = gpu.block_id x
    %first = arith.muli %b, %c128 : index
    %i = arith.addi %first, %t : index
    %x = memref.load %in[%i] : memref<256xf32>
    memref.store %x, %sums[%t] : memref<128xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    %last = scf.while (%width = %c64) : (index) -> index {
      %more = arith.cmpi uge, %width, %c1 : index
      scf.condition(%more) %width : index
    } do {
    ^bb0(%width: index):
      %works = arith.cmpi ult, %t, %width : index
      scf.if %works {
        %j = arith.addi %t, %width : index
        %p = memref.load %sums[%t] : memref<128xf32, #gpu.address_space<workgroup>>
        %q = memref.load %sums[%j] : memref<128xf32, #gpu.address_space<workgroup>>
        %s = arith.addf %p, %q : f32
        memref.store %s, %sums[%t] : memref<128xf32, #gpu.address_space<workgroup>>
      }
      gpu.barrier // of the loop
      %half = arith.shrui %width, %c1 : index
      scf.yield %half : index
    }
    %leads = arith.cmpi eq, %t, %c0 : index
    scf.if %leads {
      %sum = memref.load %sums[%c0] : memref<128xf32, #gpu.address_space<workgroup>>
      memref.store %sum, %out[%b] : memref<2xf32>
    }
    gpu.return
  }"#;
    Case::new(text, 128, 2)
}

fn tree_buffers() -> Vec<Vec<u8>> {
    vec![bytes(&numbers(256, 1)), vec![0; 8]]
}

#[test]
fn a_tree_of_sums() {
    for seed in 0..SEEDS {
        let mut buffers = tree_buffers();
        let record = tree().run(&mut buffers, seed).expect("runs");
        let expected: Vec<f32> = floats(&buffers[0]).chunks(128).map(|c| c.iter().sum()).collect();
        assert_eq!(floats(&buffers[1]), expected);
        assert_eq!((record.moved.read, record.moved.written), (1024, 8));
        assert_eq!((record.moved.reads_requested, record.moved.writes_requested), (1024, 8));
        assert_eq!(record.buffers, 1032);
    }
}

#[test]
fn a_barrier_that_is_missing() {
    let fault = tree().with("gpu.barrier // of the loop", "").fault(&tree_buffers());
    assert!(fault.contains("of array 0 of workgroup memory (512 bytes): a race"), "{fault}");
    let fault = tree().with("gpu.barrier", "").fault(&tree_buffers());
    let found = fault.contains("a race") || fault.contains("nobody has written");
    assert!(found, "{fault}");
}

#[test]
fn an_index_off_by_one() {
    let next = "%u = arith.addi %t, %c1 : index\n    memref.store %x, %sums[%u]";
    let fault = tree().with("memref.store %x, %sums[%t]", next).fault(&tree_buffers());
    assert!(fault.starts_with("kernel kernel: thread (127, 0, 0) of workgroup"), "{fault}");
    assert!(
        fault.ends_with("writes 4 bytes at 512 of array 0 of workgroup memory (512 bytes): out of bounds"),
        "{fault}"
    );
    let next = "%k = arith.addi %i, %c1 : index\n    %x = memref.load %in[%k]";
    let fault = tree().with("%x = memref.load %in[%i]", next).fault(&tree_buffers());
    assert!(
        fault.ends_with(
            "of workgroup (1, 0, 0) reads 4 bytes at 1024 of buffer 0 (1024 bytes): out of bounds"
        ),
        "{fault}"
    );
}

#[test]
fn workgroup_memory_that_nobody_has_written() {
    let fault = tree().with("memref.store %x, %sums[%t]", "memref.store %x, %sums[%c0]");
    let some = fault.with("%c64 = arith.constant 64", "%c64 = arith.constant 63").fault(&tree_buffers());
    // Either is wrong with it: all write one element, and the others are not written.
    assert!(some.contains("a race") || some.contains("nobody has written"), "{some}");
    let text = r#"
  gpu.func @kernel(%out: memref<32xf32>)
      workgroup(%sums: memref<32xf32, #gpu.address_space<workgroup>>)
      kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
    %c1 = arith.constant 1 : index
    %t = gpu.thread_id x
    %v = arith.constant 1.0 : f32
    %leads = arith.cmpi ule, %t, %c1 : index
    scf.if %leads {
      memref.store %v, %sums[%t] : memref<32xf32, #gpu.address_space<workgroup>>
    }
    gpu.barrier
    %x = memref.load %sums[%t] : memref<32xf32, #gpu.address_space<workgroup>>
    memref.store %x, %out[%t] : memref<32xf32>
    gpu.return
  }"#;
    let fault = Case::new(text, 32, 1).fault(&[vec![0; 128]]);
    assert!(
        fault.ends_with("of array 0 of workgroup memory (128 bytes): which nobody has written"),
        "{fault}"
    );
}

#[test]
fn a_barrier_that_some_do_not_reach() {
    let text = r#"
  gpu.func @kernel(%out: memref<64xf32>)
      kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c32 = arith.constant 32 : index
    %t = gpu.thread_id x
    %v = arith.constant 1.0 : f32
    %some = arith.cmpi ult, %t, %c32 : index
    scf.if %some {
      gpu.barrier
    }
    memref.store %v, %out[%t] : memref<64xf32>
    gpu.return
  }"#;
    let case = Case::new(text, 64, 1);
    let fault = case.fault(&[vec![0; 256]]);
    assert!(
        fault.contains("waits at a barrier for thread (32, 0, 0), which has returned: divergence"),
        "{fault}"
    );
    let two =
        "gpu.barrier\n      memref.store %v, %out[%t] : memref<64xf32>\n    } else {\n      gpu.barrier";
    let fault = case.with("gpu.barrier", two).fault(&[vec![0; 256]]);
    assert!(fault.contains("waits at a barrier for thread"), "{fault}");
    assert!(fault.ends_with("which waits elsewhere: divergence"), "{fault}");
}

/// `out[i] = in[i] + 1`, and what goes wrong between workgroups.
#[test]
fn races_in_global_memory() {
    let text = r#"
  gpu.func @kernel(%in: memref<128xf32>, %out: memref<128xf32>)
      kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %t = gpu.thread_id x
    %b = gpu.block_id x
    %first = arith.muli %b, %c64 : index
    %i = arith.addi %first, %t : index
    %x = memref.load %in[%i] : memref<128xf32>
    %one = arith.constant 1.0 : f32
    %y = arith.addf %x, %one : f32
    memref.store %y, %out[%i] : memref<128xf32>
    gpu.return
  }"#;
    let case = Case::new(text, 64, 2);
    let values = numbers(128, 0);
    let mut buffers = vec![bytes(&values), vec![0; 512]];
    let record = case.run(&mut buffers, 1).expect("runs");
    assert_eq!(floats(&buffers[1]), values.iter().map(|v| v + 1.0).collect::<Vec<_>>());
    assert_eq!((record.moved.read, record.moved.written, record.buffers), (512, 512, 1024));
    // All threads of a workgroup write one element.
    let fault = case.with("%out[%i]", "%out[%b]").fault(&buffers);
    assert!(fault.contains("of buffer 1 (512 bytes): a race: thread ("), "{fault}");
    // Both workgroups write the same elements.
    let fault = case.with("%out[%i]", "%out[%t]").fault(&buffers);
    assert!(
        fault.contains("of workgroup (0, 0, 0) has written")
            || fault.contains("of workgroup (1, 0, 0) has written"),
        "{fault}"
    );
    // Reads and writes of neighbours, in one buffer.
    let text = text.replace("%x = memref.load %in[%i]", "%x = memref.load %out[%t]");
    let fault = Case::new(text, 64, 2).fault(&buffers);
    assert!(fault.contains("a race"), "{fault}");
}

/// Sums of 32 values each, by shuffles.
#[test]
fn a_warp_reduces_by_shuffles() {
    let text = r#"
  gpu.func @kernel(%in: memref<128xf32>, %out: memref<128xf32>)
      kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c64 = arith.constant 64 : index
    %t = gpu.thread_id x
    %b = gpu.block_id x
    %first = arith.muli %b, %c64 : index
    %i = arith.addi %first, %t : index
    %x = memref.load %in[%i] : memref<128xf32>
    %w = arith.constant 32 : i32
    %d16 = arith.constant 16 : i32
    %d8 = arith.constant 8 : i32
    %d4 = arith.constant 4 : i32
    %d2 = arith.constant 2 : i32
    %d1 = arith.constant 1 : i32
    %s16, %p16 = gpu.shuffle xor %x, %d16, %w : f32
    %x16 = arith.addf %x, %s16 : f32
    %s8, %p8 = gpu.shuffle xor %x16, %d8, %w : f32
    %x8 = arith.addf %x16, %s8 : f32
    %s4, %p4 = gpu.shuffle xor %x8, %d4, %w : f32
    %x4 = arith.addf %x8, %s4 : f32
    %s2, %p2 = gpu.shuffle xor %x4, %d2, %w : f32
    %x2 = arith.addf %x4, %s2 : f32
    %s1, %p1 = gpu.shuffle xor %x2, %d1, %w : f32
    %x1 = arith.addf %x2, %s1 : f32
    memref.store %x1, %out[%i] : memref<128xf32>
    gpu.return
  }"#;
    let case = Case::new(text, 64, 2);
    let values = numbers(128, 3);
    let buffers = vec![bytes(&values), vec![0; 512]];
    for seed in 0..SEEDS {
        let mut buffers = buffers.clone();
        case.run(&mut buffers, seed).expect("runs");
        let expected: Vec<f32> =
            values.chunks(32).flat_map(|chunk| [chunk.iter().sum::<f32>(); 32]).collect();
        assert_eq!(floats(&buffers[1]), expected);
    }
    // Half of each warp leaves before.
    let leave = "%c5 = arith.constant 5 : index\n    %in5 = arith.cmpi ult, %t, %c5 : index\n    scf.if %in5 {\n    %s16, %p16";
    let text = case.with("%s16, %p16", leave);
    let text = text.with("    gpu.return", "    }\n    gpu.return");
    let fault = text.fault(&buffers);
    assert!(fault.contains("waits at an operation of its warp for thread"), "{fault}");
    assert!(fault.ends_with("which has returned: divergence"), "{fault}");
}

/// `C = A B` of 32 by 32 in tiles of 16 by 16, as a workgroup of 256 threads each computes.
fn product() -> Case {
    let text = r#"
  gpu.func @kernel(%a: memref<32x32xf32>, %b: memref<32x32xf32>, %c: memref<32x32xf32>)
      workgroup(%ta: memref<16x16xf32, #gpu.address_space<workgroup>>, %tb: memref<16x16xf32, #gpu.address_space<workgroup>>)
      kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
    %t = gpu.thread_id x
    %g = gpu.block_id x
    %ty = arith.divui %t, %c16 : index
    %tx = arith.remui %t, %c16 : index
    %gy = arith.divui %g, %c2 : index
    %gx = arith.remui %g, %c2 : index
    %r0 = arith.muli %gy, %c16 : index
    %s0 = arith.muli %gx, %c16 : index
    %r = arith.addi %r0, %ty : index
    %s = arith.addi %s0, %tx : index
    %zero = arith.constant 0.0 : f32
    %sum = scf.for %k0 = %c0 to %c32 step %c16 iter_args(%acc = %zero) -> f32 {
      %ka = arith.addi %k0, %tx : index
      %kb = arith.addi %k0, %ty : index
      %x = memref.load %a[%r, %ka] : memref<32x32xf32>
      %y = memref.load %b[%kb, %s] : memref<32x32xf32>
      memref.store %x, %ta[%ty, %tx] : memref<16x16xf32, #gpu.address_space<workgroup>>
      memref.store %y, %tb[%ty, %tx] : memref<16x16xf32, #gpu.address_space<workgroup>>
      gpu.barrier // filled
      %part = scf.for %k = %c0 to %c16 step %c1 iter_args(%p = %acc) -> f32 {
        %u = memref.load %ta[%ty, %k] : memref<16x16xf32, #gpu.address_space<workgroup>>
        %v = memref.load %tb[%k, %tx] : memref<16x16xf32, #gpu.address_space<workgroup>>
        %m = arith.mulf %u, %v : f32
        %n = arith.addf %p, %m : f32
        scf.yield %n : f32
      }
      gpu.barrier // used
      scf.yield %part : f32
    }
    memref.store %sum, %c[%r, %s] : memref<32x32xf32>
    gpu.return
  }"#;
    Case::new(text, 256, 4)
}

#[test]
fn a_product_in_tiles() {
    let (a, b) = (numbers(1024, 1), numbers(1024, 2));
    let expected: Vec<f32> =
        (0..1024).map(|i| (0..32).map(|k| a[i / 32 * 32 + k] * b[k * 32 + i % 32]).sum()).collect();
    let buffers = vec![bytes(&a), bytes(&b), vec![0; 4096]];
    for seed in 0..SEEDS {
        let mut buffers = buffers.clone();
        let record = product().run(&mut buffers, seed).expect("runs");
        assert_eq!(floats(&buffers[2]), expected);
        assert_eq!((record.moved.read, record.moved.reads_requested), (8192, 16384));
    }
    for barrier in ["gpu.barrier // filled", "gpu.barrier // used"] {
        let fault = product().with(barrier, "").fault(&buffers);
        assert!(
            fault.contains("of workgroup memory (1024 bytes): a race")
                || fault.contains("nobody has written"),
            "{fault}"
        );
    }
}

/// 16 by 16 times 16 by 8 on the matrix unit: operands by `cp.async` and `ldmatrix`, results stored as the PTX ISA lays them out.
fn matrix_unit(ty: &str) -> Case {
    let (kind, element) = match ty {
        "f16" => ("vector<2xf16>", "f16"),
        _ => ("i32", "bf16"),
    };
    let cast = |i: usize| match ty {
        "f16" => format!("    %v{i} = llvm.bitcast %w{i} : i32 to vector<2xf16>\n"),
        _ => format!("    %v{i} = llvm.add %w{i}, %zero32 : i32\n"),
    };
    let casts: String = (0..6).map(cast).collect();
    let layout = match ty {
        "f16" => "",
        _ => ", multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>",
    };
    let text = format!(
        r#"
  gpu.func @kernel(%a: !llvm.ptr, %b: !llvm.ptr, %c: memref<16x8xf32>)
      workgroup(%ma: memref<16x16x{element}, #gpu.address_space<workgroup>>, %mb: memref<8x16x{element}, #gpu.address_space<workgroup>>)
      kernel attributes {{known_block_size = array<i32: 32, 1, 1>}} {{
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c16 = arith.constant 16 : index
    %zero32 = arith.constant 0 : i32
    %t = gpu.thread_id x
    // Each lane copies half a row of A, and half of them half a row of B, of 8 elements: 16 bytes.
    %ti = arith.index_cast %t : index to i64
    %c8i = arith.constant 8 : i64
    %at = arith.muli %ti, %c8i : i64
    %pa = memref.extract_aligned_pointer_as_index %ma : memref<16x16x{element}, #gpu.address_space<workgroup>> -> index
    %pai = arith.index_cast %pa : index to i64
    %sa = llvm.inttoptr %pai : i64 to !llvm.ptr<3>
    %pb = memref.extract_aligned_pointer_as_index %mb : memref<8x16x{element}, #gpu.address_space<workgroup>> -> index
    %pbi = arith.index_cast %pb : index to i64
    %sb = llvm.inttoptr %pbi : i64 to !llvm.ptr<3>
    %ga0 = llvm.getelementptr %a[%at] : (!llvm.ptr, i64) -> !llvm.ptr, i16
    %ga = llvm.addrspacecast %ga0 : !llvm.ptr to !llvm.ptr<1>
    %da = llvm.getelementptr %sa[%at] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i16
    nvvm.cp.async.shared.global %da, %ga, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
    %some = arith.cmpi ult, %t, %c16 : index
    scf.if %some {{
      %gb0 = llvm.getelementptr %b[%at] : (!llvm.ptr, i64) -> !llvm.ptr, i16
      %gb = llvm.addrspacecast %gb0 : !llvm.ptr to !llvm.ptr<1>
      %db = llvm.getelementptr %sb[%at] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i16
      nvvm.cp.async.shared.global %db, %gb, 16, cache = ca : !llvm.ptr<3>, !llvm.ptr<1>
    }}
    nvvm.cp.async.commit.group
    nvvm.cp.async.wait.group 0
    gpu.barrier
    // Lane l names row l % 16 of A, its second half for l / 16 = 1; row l % 8 of B, its second half for odd l / 8.
    %c8b = arith.constant 8 : i64
    %c16b = arith.constant 16 : i64
    %c2b = arith.constant 2 : i64
    %ra = arith.remui %ti, %c16b : i64
    %ha = arith.divui %ti, %c16b : i64
    %ra16 = arith.muli %ra, %c16b : i64
    %ha8 = arith.muli %ha, %c8b : i64
    %ia = arith.addi %ra16, %ha8 : i64
    %la = llvm.getelementptr %sa[%ia] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i16
    %fa = nvvm.ldmatrix %la {{num = 4 : i32, layout = #nvvm.mma_layout<row>, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = #nvvm.ld_st_matrix_elt_type<b16>}} : (!llvm.ptr<3>) -> !llvm.struct<(i32, i32, i32, i32)>
    %rb = arith.remui %ti, %c8b : i64
    %hb0 = arith.divui %ti, %c8b : i64
    %hb = arith.remui %hb0, %c2b : i64
    %rb16 = arith.muli %rb, %c16b : i64
    %hb8 = arith.muli %hb, %c8b : i64
    %ib = arith.addi %rb16, %hb8 : i64
    %lb = llvm.getelementptr %sb[%ib] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i16
    %fb = nvvm.ldmatrix %lb {{num = 2 : i32, layout = #nvvm.mma_layout<row>, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = #nvvm.ld_st_matrix_elt_type<b16>}} : (!llvm.ptr<3>) -> !llvm.struct<(i32, i32)>
    %w0 = llvm.extractvalue %fa[0] : !llvm.struct<(i32, i32, i32, i32)>
    %w1 = llvm.extractvalue %fa[1] : !llvm.struct<(i32, i32, i32, i32)>
    %w2 = llvm.extractvalue %fa[2] : !llvm.struct<(i32, i32, i32, i32)>
    %w3 = llvm.extractvalue %fa[3] : !llvm.struct<(i32, i32, i32, i32)>
    %w4 = llvm.extractvalue %fb[0] : !llvm.struct<(i32, i32)>
    %w5 = llvm.extractvalue %fb[1] : !llvm.struct<(i32, i32)>
{casts}
    %zero = arith.constant 0.5 : f32
    %d = nvvm.mma.sync A[%v0, %v1, %v2, %v3] B[%v4, %v5] C[%zero, %zero, %zero, %zero]
      {{layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, shape = #nvvm.shape<m = 16, n = 8, k = 16>{layout}}}
      : ({kind}, {kind}, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    %row = arith.divui %t, %c4 : index
    %pair = arith.remui %t, %c4 : index
    %col = arith.muli %pair, %c2 : index
    %c1 = arith.constant 1 : index
    %col1 = arith.addi %col, %c1 : index
    %row8 = arith.addi %row, %c8 : index
    %d0 = llvm.extractvalue %d[0] : !llvm.struct<(f32, f32, f32, f32)>
    %d1 = llvm.extractvalue %d[1] : !llvm.struct<(f32, f32, f32, f32)>
    %d2 = llvm.extractvalue %d[2] : !llvm.struct<(f32, f32, f32, f32)>
    %d3 = llvm.extractvalue %d[3] : !llvm.struct<(f32, f32, f32, f32)>
    memref.store %d0, %c[%row, %col] : memref<16x8xf32>
    memref.store %d1, %c[%row, %col1] : memref<16x8xf32>
    memref.store %d2, %c[%row8, %col] : memref<16x8xf32>
    memref.store %d3, %c[%row8, %col1] : memref<16x8xf32>
    gpu.return
  }}"#
    );
    Case::new(text, 32, 1)
}

#[test]
fn a_matrix_unit() {
    let (a, b) = (numbers(256, 1), numbers(128, 2));
    let expected: Vec<f32> =
        (0..128).map(|i| 0.5 + (0..16).map(|k| a[i / 8 * 16 + k] * b[i % 8 * 16 + k]).sum::<f32>()).collect();
    for ty in ["f16", "bf16"] {
        let narrow = |values: &[f32]| -> Vec<u8> {
            let bits = |v: &f32| {
                if ty == "f16" { f16::from_f32(*v).to_bits() } else { bf16::from_f32(*v).to_bits() }
            };
            values.iter().flat_map(|v| bits(v).to_le_bytes()).collect()
        };
        let buffers = vec![narrow(&a), narrow(&b), vec![0; 512]];
        for seed in 0..SEEDS {
            let mut buffers = buffers.clone();
            let record = matrix_unit(ty).run(&mut buffers, seed).expect("runs");
            assert_eq!(floats(&buffers[2]), expected, "{ty}");
            assert_eq!((record.moved.read, record.moved.written), (768, 512));
        }
        let fault = matrix_unit(ty).with("nvvm.cp.async.wait.group 0", "").fault(&buffers);
        assert!(fault.ends_with("copied to asynchronously and not waited for"), "{fault}");
        let fault = matrix_unit(ty).with("gpu.barrier", "").fault(&buffers);
        assert!(fault.contains("a race"), "{fault}");
    }
}

/// 64 by 16 times 16 by 8 on the matrix units of four warps: thread `t` stores row `t` of A and of B, in lines of 64 bytes whose runs of
/// 16 bytes are mixed as the PTX ISA has it for swizzles of 64 bytes.
fn four_warps() -> Case {
    let product =
        "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {$0, $1, $2, $3}, $4, $5, p, 1, 1, 0, 0;";
    let text = format!(
        r#"
  gpu.func @kernel(%a: !llvm.ptr, %b: !llvm.ptr, %c: !llvm.ptr)
      workgroup(%m: memref<4608xi8, #gpu.address_space<workgroup>> {{llvm.align = 1024 : i64}})
      kernel attributes {{known_block_size = array<i32: 128, 1, 1>}} {{
    %t = gpu.thread_id x
    %ti = arith.index_cast %t : index to i64
    %p = memref.extract_aligned_pointer_as_index %m : memref<4608xi8, #gpu.address_space<workgroup>> -> index
    %pi = arith.index_cast %p : index to i64
    %s = llvm.inttoptr %pi : i64 to !llvm.ptr<3>
    %c0 = arith.constant 0 : i64
    %c1 = arith.constant 1 : i64
    %c3 = arith.constant 3 : i64
    %c4 = arith.constant 4 : i64
    %c8 = arith.constant 8 : i64
    %c16 = arith.constant 16 : i64
    %c32 = arith.constant 32 : i64
    %c64 = arith.constant 64 : i64
    %c4096 = arith.constant 4096 : i64
    %half = arith.shrui %ti, %c1 : i64
    %mix = arith.andi %half, %c3 : i64
    %low = arith.muli %mix, %c16 : i64
    %other = arith.xori %mix, %c1 : i64
    %high = arith.muli %other, %c16 : i64
    %line = arith.muli %ti, %c64 : i64
    %from = arith.muli %ti, %c32 : i64
    %to0 = arith.addi %line, %low : i64
    %to1 = arith.addi %line, %high : i64
    %rows = arith.cmpi ult, %ti, %c64 : i64
    scf.if %rows {{
      %f0 = llvm.getelementptr %a[%from] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %f1 = llvm.getelementptr %f0[16] : (!llvm.ptr) -> !llvm.ptr, i8
      %x0 = llvm.load %f0 {{alignment = 16 : i64}} : !llvm.ptr -> vector<8xi16>
      %x1 = llvm.load %f1 {{alignment = 16 : i64}} : !llvm.ptr -> vector<8xi16>
      %d0 = llvm.getelementptr %s[%to0] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i8
      %d1 = llvm.getelementptr %s[%to1] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i8
      llvm.store %x0, %d0 {{alignment = 16 : i64}} : vector<8xi16>, !llvm.ptr<3>
      llvm.store %x1, %d1 {{alignment = 16 : i64}} : vector<8xi16>, !llvm.ptr<3>
    }}
    %columns = arith.cmpi ult, %ti, %c8 : i64
    scf.if %columns {{
      %f0 = llvm.getelementptr %b[%from] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %f1 = llvm.getelementptr %f0[16] : (!llvm.ptr) -> !llvm.ptr, i8
      %x0 = llvm.load %f0 {{alignment = 16 : i64}} : !llvm.ptr -> vector<8xi16>
      %x1 = llvm.load %f1 {{alignment = 16 : i64}} : !llvm.ptr -> vector<8xi16>
      %b0 = arith.addi %to0, %c4096 : i64
      %b1 = arith.addi %to1, %c4096 : i64
      %d0 = llvm.getelementptr %s[%b0] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i8
      %d1 = llvm.getelementptr %s[%b1] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i8
      llvm.store %x0, %d0 {{alignment = 16 : i64}} : vector<8xi16>, !llvm.ptr<3>
      llvm.store %x1, %d1 {{alignment = 16 : i64}} : vector<8xi16>, !llvm.ptr<3>
    }}
    llvm.inline_asm has_side_effects asm_dialect = att "fence.proxy.async.shared::cta;", "~{{memory}}" : () -> ()
    gpu.barrier
    // Swizzles of 64 bytes; groups of eight lines are 512 bytes apart.
    %words = arith.constant {described} : i64
    %mask = arith.constant 262143 : i64
    %sa = llvm.ptrtoint %s : !llvm.ptr<3> to i64
    %sb = arith.addi %sa, %c4096 : i64
    %ma = arith.andi %sa, %mask : i64
    %mb = arith.andi %sb, %mask : i64
    %ha = arith.shrui %ma, %c4 : i64
    %hb = arith.shrui %mb, %c4 : i64
    %da = arith.ori %ha, %words : i64
    %db = arith.ori %hb, %words : i64
    %z = arith.constant 0.5 : f32
    %r = llvm.inline_asm has_side_effects asm_dialect = att "{{ .reg .pred p; setp.ne.b32 p, 1, 0; wgmma.fence.sync.aligned; {product} wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0; }}", "=f,=f,=f,=f,l,l,0,1,2,3,~{{memory}}" %da, %db, %z, %z, %z, %z : (i64, i64, f32, f32, f32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    %r0 = llvm.extractvalue %r[0] : !llvm.struct<(f32, f32, f32, f32)>
    %r1 = llvm.extractvalue %r[1] : !llvm.struct<(f32, f32, f32, f32)>
    %r2 = llvm.extractvalue %r[2] : !llvm.struct<(f32, f32, f32, f32)>
    %r3 = llvm.extractvalue %r[3] : !llvm.struct<(f32, f32, f32, f32)>
    // Row 16 (t / 32) + t % 32 / 4, column 2 (t % 4); eight rows further are the last two.
    %warp = arith.divui %ti, %c32 : i64
    %lane = arith.remui %ti, %c32 : i64
    %w16 = arith.muli %warp, %c16 : i64
    %l4 = arith.divui %lane, %c4 : i64
    %row = arith.addi %w16, %l4 : i64
    %row8 = arith.muli %row, %c8 : i64
    %pair = arith.remui %lane, %c4 : i64
    %column = arith.addi %pair, %pair : i64
    %at = arith.addi %row8, %column : i64
    %o = llvm.getelementptr %c[%at] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %o1 = llvm.getelementptr %o[1] : (!llvm.ptr) -> !llvm.ptr, f32
    %o2 = llvm.getelementptr %o[64] : (!llvm.ptr) -> !llvm.ptr, f32
    %o3 = llvm.getelementptr %o[65] : (!llvm.ptr) -> !llvm.ptr, f32
    llvm.store %r0, %o {{alignment = 4 : i64}} : f32, !llvm.ptr
    llvm.store %r1, %o1 {{alignment = 4 : i64}} : f32, !llvm.ptr
    llvm.store %r2, %o2 {{alignment = 4 : i64}} : f32, !llvm.ptr
    llvm.store %r3, %o3 {{alignment = 4 : i64}} : f32, !llvm.ptr
    gpu.return
  }}"#,
        described = 2i64 << 62 | 32 << 32 | 1 << 16,
    );
    Case { chip: "sm_90a", ..Case::new(text, 128, 1) }
}

#[test]
fn matrix_units_of_four_warps() {
    let (a, b) = (numbers(1024, 1), numbers(128, 2));
    let expected: Vec<f32> =
        (0..512).map(|i| 0.5 + (0..16).map(|k| a[i / 8 * 16 + k] * b[i % 8 * 16 + k]).sum::<f32>()).collect();
    let narrow = |values: &[f32]| -> Vec<u8> {
        values.iter().flat_map(|v| f16::from_f32(*v).to_bits().to_le_bytes()).collect()
    };
    let buffers = vec![narrow(&a), narrow(&b), vec![0; 2048]];
    for seed in 0..SEEDS {
        let mut buffers = buffers.clone();
        four_warps().run(&mut buffers, seed).expect("runs");
        assert_eq!(floats(&buffers[2]), expected);
    }
    let fence = "llvm.inline_asm has_side_effects asm_dialect = att \"fence.proxy.async.shared::cta;\", \"~{memory}\" : () -> ()";
    let fault = four_warps().with(fence, "").fault(&buffers);
    assert!(fault.ends_with("with no fence for their units between"), "{fault}");
    let fault = four_warps().with("gpu.barrier", "").fault(&buffers);
    assert!(fault.contains("a race") || fault.contains("nobody has written"), "{fault}");
    // Whoever reads the sums before they are there.
    let some = four_warps().with("wgmma.wait_group.sync.aligned 0; ", "");
    let fault = some.fault(&buffers);
    assert!(fault.contains("cannot be executed here"), "{fault}");
}
