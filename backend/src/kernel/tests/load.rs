//! Runs compiled subnets inside a test or an example: links the objects with the system's linker and loads the library.

use super::kernel::{IMPORTS, Kernels, SubnetCode, pack};
use braid_ir::{DType, Sym, Tensor};
use std::collections::HashMap;
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

unsafe extern "C" {
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, symbol: *const c_char) -> *mut c_void;
}

/// A library of compiled subnets. Never unloaded.
pub struct Library(*mut c_void);

type Entry = unsafe extern "C" fn(*const *const u8, *const *mut u8, *const i64, *mut u8);

/// A buffer at a multiple of 64 bytes.
pub struct Aligned {
    bytes: Vec<u8>,
    offset: usize,
    len: usize,
}

impl Aligned {
    pub fn new(contents: &[u8], len: usize) -> Aligned {
        let mut bytes = vec![0u8; len + 64];
        let offset = bytes.as_ptr().align_offset(64);
        bytes[offset..offset + contents.len()].copy_from_slice(contents);
        Aligned { bytes, offset, len }
    }

    pub fn ptr(&mut self) -> *mut u8 {
        self.bytes[self.offset..].as_mut_ptr()
    }

    pub fn contents(&self) -> &[u8] {
        &self.bytes[self.offset..self.offset + self.len]
    }
}

/// The runtime's functions, from the system's mathematics.
fn imports() -> String {
    let mut c = String::from("#include <math.h>\n");
    for (name, arity) in IMPORTS {
        let base = name.trim_start_matches("braid_");
        if base == "ipow" {
            c.push_str(
                "long braid_ipow(long b, long e) { if (e < 0) return b == 1 ? 1 : b == -1 ? (e % 2 ? -1 : 1) : 0;\n\
                 unsigned long r = 1, s = b; for (; e; e >>= 1) { if (e & 1) r *= s; s *= s; } return r; }\n",
            );
        } else if *arity == 1 {
            c.push_str(&format!("double {name}(double x) {{ return {base}(x); }}\n"));
        } else {
            c.push_str(&format!("double {name}(double x, double y) {{ return {base}(x, y); }}\n"));
        }
    }
    c
}

impl Library {
    pub fn link(kernels: &Kernels) -> Library {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let folder: PathBuf = std::env::temp_dir().join(format!(
            "braid-kernels-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        let source = folder.join("imports.c");
        std::fs::write(&source, imports()).expect("writing");
        let library = folder.join("library.so");
        let mut linker = Command::new("cc");
        linker.args(["-shared", "-fPIC", "-O1", "-fno-builtin", "-o"]).arg(&library).arg(&source);
        for (i, object) in kernels.objects.iter().enumerate() {
            let file = folder.join(format!("{i}.o"));
            std::fs::write(&file, object).expect("writing");
            linker.arg(file);
        }
        let output = linker.arg("-lm").output().expect("a C compiler");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let name = CString::new(library.to_str().expect("a plain path")).expect("no zero byte");
        // SAFETY: the library was just made and has no initialisers.
        let handle = unsafe { dlopen(name.as_ptr(), 2) };
        assert!(!handle.is_null(), "the library does not load");
        let _ = std::fs::remove_dir_all(&folder);
        Library(handle)
    }

    fn entry(&self, symbol: &str) -> Entry {
        let name = CString::new(symbol).expect("no zero byte");
        // SAFETY: the symbol is a subnet's entry, which has this signature.
        unsafe {
            let address = dlsym(self.0, name.as_ptr());
            assert!(!address.is_null(), "{symbol} is missing");
            std::mem::transmute::<*mut c_void, Entry>(address)
        }
    }

    /// A call that can be repeated.
    pub fn call(
        &self,
        code: &SubnetCode,
        args: &[&Tensor],
        results: &[(DType, Vec<usize>)],
        dims: &[(Sym, i64)],
    ) -> Call {
        let args = args
            .iter()
            .zip(&code.args)
            .map(|(tensor, form)| {
                let bytes = pack(form, tensor);
                Aligned::new(&bytes, bytes.len())
            })
            .collect();
        let results: Vec<Aligned> = results
            .iter()
            .map(|(dtype, shape)| Aligned::new(&[], shape.iter().product::<usize>() * dtype.size()))
            .collect();
        let values: HashMap<Sym, i64> = dims.iter().copied().collect();
        let scratch = code.scratch_bytes.eval_int(&values).expect("a size over the subnet's symbols");
        // Scratch memory holds anything when a kernel starts.
        let rubbish = vec![0xA5u8; scratch as usize];
        Call {
            entry: self.entry(&code.symbol),
            args,
            results,
            dims: dims.iter().map(|(_, v)| *v).collect(),
            scratch: Aligned::new(&rubbish, scratch as usize),
        }
    }
}

/// A prepared call of a subnet.
pub struct Call {
    entry: Entry,
    args: Vec<Aligned>,
    results: Vec<Aligned>,
    dims: Vec<i64>,
    scratch: Aligned,
}

impl Call {
    pub fn run(&mut self) {
        let args: Vec<*const u8> = self.args.iter_mut().map(|a| a.ptr().cast_const()).collect();
        let results: Vec<*mut u8> = self.results.iter_mut().map(Aligned::ptr).collect();
        // SAFETY: buffers are as large as their types say and aligned as kernels expect.
        unsafe { (self.entry)(args.as_ptr(), results.as_ptr(), self.dims.as_ptr(), self.scratch.ptr()) }
    }

    pub fn result(&self, i: usize, dtype: DType, shape: &[usize]) -> Tensor {
        Tensor::new(dtype, shape.to_vec(), self.results[i].contents().to_vec())
    }
}
