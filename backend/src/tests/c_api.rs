//! The C interface as C declares it, with what a careless caller may pass.

use super::maker::{Maker, var};
use crate::{Options, compile_program};
use braid_ir::{DType, TensorType};
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};

/// `braid_tensor` of `braid.h`.
#[repr(C)]
#[derive(Clone, Copy)]
struct CTensor {
    name: *const c_char,
    dtype: u32,
    rank: u32,
    shape: *const u64,
    data: *const c_void,
}

unsafe extern "C" {
    fn braid_load(path: *const c_char, error: *mut *mut c_char) -> *mut c_void;
    fn braid_program_free(program: *mut c_void);
    fn braid_input_count(program: *const c_void) -> usize;
    fn braid_input(program: *const c_void, i: usize) -> *const c_char;
    fn braid_run(
        program: *const c_void,
        inputs: *const CTensor,
        count: usize,
        seed: u64,
        error: *mut *mut c_char,
    ) -> *mut c_void;
    fn braid_result_count(results: *const c_void) -> usize;
    fn braid_result(results: *const c_void, i: usize) -> *const CTensor;
    fn braid_results_free(results: *mut c_void);
    fn braid_text_free(text: *mut c_char);
}

const F32: u32 = 11;
const F64: u32 = 12;

/// A program that doubles `x: f32[2, 3]`, in a file.
fn artifact() -> CString {
    let mut m = Maker::new();
    let ty = TensorType::fixed(DType::F32, &[2, 3]);
    let x = m.input("x", &ty);
    let twice = m.subnet(&[&ty], |b, x| vec![b.op1("add", &[x[0], x[0]], Default::default()).expect("add")]);
    let entry = m.block(&[x]);
    let y = m.call(entry, twice, &[var(x)])[0];
    m.returns(entry, &[var(y)]);
    let bytes = compile_program(&m.program, &Options::native().expect("this machine")).expect("compiles");
    let path = std::env::temp_dir().join(format!("braid-c-api-{}.braid", std::process::id()));
    std::fs::write(&path, bytes).expect("writes");
    CString::new(path.to_str().expect("a path in UTF-8")).expect("no zero byte")
}

/// The text that a call stored, which is freed.
fn told(error: *mut c_char) -> String {
    assert!(!error.is_null(), "an error comes with a text");
    // SAFETY: the text of an error, freed once.
    unsafe {
        let text = CStr::from_ptr(error).to_string_lossy().into_owned();
        braid_text_free(error);
        text
    }
}

#[test]
fn null_is_an_error_or_nothing() {
    let mut error = null_mut();
    // SAFETY: null is allowed everywhere.
    unsafe {
        assert!(braid_load(null(), null_mut()).is_null());
        assert!(braid_load(null(), &mut error).is_null());
        assert!(told(error).contains("path is null"));
        assert_eq!(braid_input_count(null()), 0);
        assert!(braid_input(null(), 0).is_null());
        assert!(braid_run(null(), null(), 0, 0, null_mut()).is_null());
        assert!(braid_run(null(), null(), 0, 0, &mut error).is_null());
        assert!(told(error).contains("program is null"));
        assert_eq!(braid_result_count(null()), 0);
        assert!(braid_result(null(), 0).is_null());
        braid_program_free(null_mut());
        braid_results_free(null_mut());
        braid_text_free(null_mut());
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused_and_others_run() {
    let path = artifact();
    let mut error = null_mut();
    // SAFETY: a path and a place for a text.
    let program = unsafe { braid_load(path.as_ptr(), &mut error) };
    assert!(!program.is_null());
    std::fs::remove_file(path.to_str().expect("a path in UTF-8")).expect("removes");
    // SAFETY: the program lives.
    unsafe {
        assert_eq!(braid_input_count(program), 1);
        assert_eq!(CStr::from_ptr(braid_input(program, 0)).to_str(), Ok("x=f32[2,3]"));
        assert!(braid_input(program, 1).is_null());
    }

    let data: Vec<f32> = (0..6).map(|i| i as f32).collect();
    let (shape, turned, negative) = ([2u64, 3], [3u64, 2], [2u64, u64::MAX]);
    let many = [1u64; 65];
    let good = CTensor {
        name: c"x".as_ptr(),
        dtype: F32,
        rank: 2,
        shape: shape.as_ptr(),
        data: data.as_ptr().cast(),
    };
    let wrong: [(&str, CTensor, &str); 11] = [
        ("no name", CTensor { name: null(), ..good }, "name of an input is null"),
        ("a name that is not UTF-8", CTensor { name: c"\xff".as_ptr(), ..good }, "not UTF-8"),
        ("an unknown name", CTensor { name: c"y".as_ptr(), ..good }, "there is no input y"),
        ("an unknown type", CTensor { dtype: 99, ..good }, "there is no type 99"),
        ("another type", CTensor { dtype: F64, rank: 0, ..good }, "the program takes x=f32[2,3]"),
        ("another rank", CTensor { rank: 1, ..good }, "the program takes x=f32[2,3]"),
        ("another shape", CTensor { shape: turned.as_ptr(), ..good }, "the program takes x=f32[2,3]"),
        ("a shape beyond memory", CTensor { shape: negative.as_ptr(), ..good }, "larger than memory"),
        ("no shape", CTensor { shape: null(), ..good }, "a pointer is null"),
        ("no elements", CTensor { data: null(), ..good }, "a pointer is null"),
        ("too many dimensions", CTensor { rank: 65, shape: many.as_ptr(), ..good }, "at most 64"),
    ];
    for (what, tensor, expected) in wrong {
        // SAFETY: the program lives, and the tensor's memory with it.
        let results = unsafe { braid_run(program, &tensor, 1, 0, &mut error) };
        assert!(results.is_null(), "{what} is refused");
        let text = told(std::mem::replace(&mut error, null_mut()));
        assert!(text.contains(expected), "{what}: {text}");
        // SAFETY: as above; nobody wants the text.
        assert!(unsafe { braid_run(program, &tensor, 1, 0, null_mut()) }.is_null());
    }
    for (inputs, expected) in [(vec![], "x"), (vec![good, good], "given twice")] {
        // SAFETY: as above.
        assert!(unsafe { braid_run(program, inputs.as_ptr(), inputs.len(), 0, &mut error) }.is_null());
        let text = told(std::mem::replace(&mut error, null_mut()));
        assert!(text.contains(expected), "{text}");
    }
    // SAFETY: inputs that are null are told.
    assert!(unsafe { braid_run(program, null(), 1, 0, &mut error) }.is_null());
    assert!(told(std::mem::replace(&mut error, null_mut())).contains("inputs are null"));

    // SAFETY: the program lives; the results outlive it.
    unsafe {
        let results = braid_run(program, &good, 1, 0, &mut error);
        assert!(!results.is_null() && error.is_null());
        braid_program_free(program);
        assert_eq!(braid_result_count(results), 1);
        assert!(braid_result(results, 1).is_null());
        let result = &*braid_result(results, 0);
        assert!(result.name.is_null());
        assert_eq!((result.dtype, result.rank), (F32, 2));
        assert_eq!(std::slice::from_raw_parts(result.shape, 2), shape);
        let elements = std::slice::from_raw_parts(result.data.cast::<f32>(), 6);
        assert_eq!(elements, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        braid_results_free(results);
    }
}
