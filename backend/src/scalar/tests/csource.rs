//! C source, compiled by the system's compiler.

use super::functions::{Random, ulps};
use super::random::{INPUTS, evaluated, exact_operations, points, tape};
use crate::scalar::{Options, Precision, c_source};
use braid_ir::ScalarOp;
use braid_symbolic::tape::{Instr, Tape};
use std::ffi::{CString, c_char, c_int, c_void};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

unsafe extern "C" {
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, symbol: *const c_char) -> *mut c_void;
}

type Compiled = unsafe extern "C" fn(*const c_void, *mut c_void);

/// The function `f` of a C source, in a library that is never unloaded.
pub fn compiled(source: &str, flags: &[&str]) -> Compiled {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("braid-c-source-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let (file, library) = (folder.join("f.c"), folder.join("f.so"));
    std::fs::write(&file, source).expect("writing");
    let output = Command::new("cc")
        .args(["-std=c99", "-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .args(flags)
        .arg(&file)
        .arg("-lm")
        .output()
        .expect("a C compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = CString::new(library.to_str().expect("a plain path")).expect("no zero byte");
    // SAFETY: the library was just made and has no initialisers; the symbol is a function of this type.
    let function = unsafe {
        let handle = dlopen(path.as_ptr(), 2);
        assert!(!handle.is_null(), "the library does not load");
        let symbol = dlsym(handle, c"f".as_ptr());
        assert!(!symbol.is_null(), "the function is there");
        std::mem::transmute::<*mut c_void, Compiled>(symbol)
    };
    let _ = std::fs::remove_dir_all(&folder);
    function
}

const CALLBACK: &str = "
double hypot3(double a, double b, double c) { return sqrt(a * a + b * b) + c; }
";

#[test]
fn source_in_c_agrees() {
    let mut random = Random(11);
    let operations = exact_operations();
    for round in 0..12 {
        let tape = tape(&mut random, 1 + round * 12, &operations);
        let count = 20;
        let inputs = points(&mut random, count);
        let expected = evaluated(&tape, &inputs, count);
        let options = Options { chunk: [Some(1), Some(7), None][round % 3], ..Options::default() };
        let source = c_source(&tape, "f", &options).expect("a valid tape") + CALLBACK;
        // With the instruction, because the tape's own evaluation rounds a product and a sum once.
        let function = compiled(&source, &["-O1", "-mfma", "-ffp-contract=off"]);
        let mut outputs = vec![0.0; tape.outputs.len()];
        for p in 0..count {
            let at: Vec<f64> = (0..INPUTS).map(|i| inputs[i * count + p]).collect();
            // SAFETY: as many inputs and outputs as the tape has.
            unsafe { function(at.as_ptr().cast(), outputs.as_mut_ptr().cast()) };
            for (o, got) in outputs.iter().enumerate() {
                let wanted = expected[p * outputs.len() + o];
                assert!(ulps(*got, wanted) == 0, "output {o} of {at:?} is {got:e}, not {wanted:e}\n{source}");
            }
        }
    }
}

#[test]
fn source_in_c_is_plain() {
    use ScalarOp::*;
    let mut code: Vec<Instr> = (0..INPUTS as u32).map(Instr::Input).collect();
    let functions = [Exp, Log, Sin, Tanh, Erf, Pow, Atan2, Abs, Rsqrt, Log1p];
    code.extend(functions.map(|op| match op.arity() {
        1 => Instr::Unary(op, 0),
        _ => Instr::Binary(op, 0, 1),
    }));
    let outputs = (INPUTS as u32..code.len() as u32).collect();
    let tape = Tape { inputs: INPUTS, code, outputs };
    for precision in [Precision::F64, Precision::F32] {
        let source =
            c_source(&tape, "f", &Options { precision, ..Options::default() }).expect("a valid tape");
        compiled(&source, &[]);
    }
    assert!(c_source(&tape, "f(", &Options::default()).is_err());
    assert!(c_source(&Tape { inputs: 1, code: vec![], outputs: vec![0] }, "f", &Options::default()).is_err());
}
