//! The C interface; `include/braid.h` is its description.
//!
//! Every function takes null where it takes a pointer without harm, and no panic leaves it.

use crate::{DType, Error, Program, RunOptions, Tensor};
use std::ffi::{CStr, CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Dimensions of a tensor, at most: more than any program has, and few enough to be read before a program refuses them.
const RANK_MAX: u32 = 64;

/// A tensor as C sees it.
#[repr(C)]
pub struct CTensor {
    name: *const c_char,
    dtype: u32,
    rank: u32,
    shape: *const u64,
    data: *const c_void,
}

/// A program and the texts that C may ask for.
pub struct CProgram {
    program: Program,
    inputs: Vec<CString>,
}

/// Results and the views of them that C may ask for.
pub struct CResults {
    views: Vec<CTensor>,
    /// What the views point to.
    _shapes: Vec<Vec<u64>>,
    _tensors: Vec<Tensor>,
}

/// A text for C; zero bytes, which C cannot hold, are left out.
fn text(text: String) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}

/// Runs `f`; on an error or a panic stores a text where `error` points.
fn guarded<T>(error: *mut *mut c_char, f: impl FnOnce() -> Result<T, String>) -> *mut T {
    let result = catch_unwind(AssertUnwindSafe(f));
    let message = match result {
        Ok(Ok(value)) => return Box::into_raw(Box::new(value)),
        Ok(Err(message)) => message,
        Err(_) => "internal error: the runtime panicked; please report it".to_string(),
    };
    if !error.is_null() {
        // SAFETY: the caller passes null or a place for a pointer.
        unsafe { *error = text(message).into_raw() };
    }
    std::ptr::null_mut()
}

/// The text behind a pointer.
///
/// # Safety
/// `text` must be null or a C string that lives as long as the result.
unsafe fn str_at<'a>(text: *const c_char) -> Option<&'a str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

/// `braid_load`.
///
/// # Safety
/// `path` must be a C string; `error` null or a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_load(path: *const c_char, error: *mut *mut c_char) -> *mut CProgram {
    guarded(error, || {
        // SAFETY: the caller's promise.
        let path = unsafe { str_at(path) }.ok_or("the path is null or not UTF-8")?;
        let program = Program::load(Path::new(path)).map_err(|e| e.to_string())?;
        let inputs = program.manifest().inputs.iter().map(|i| text(i.to_string())).collect();
        Ok(CProgram { program, inputs })
    })
}

/// `braid_program_free`.
///
/// # Safety
/// `program` must be null or from `braid_load`, and not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_program_free(program: *mut CProgram) {
    if !program.is_null() {
        // SAFETY: made by `Box::into_raw` in `braid_load`.
        drop(unsafe { Box::from_raw(program) });
    }
}

/// `braid_input_count`.
///
/// # Safety
/// `program` must be null or a live program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_input_count(program: *const CProgram) -> usize {
    // SAFETY: the caller's promise.
    unsafe { program.as_ref() }.map_or(0, |p| p.inputs.len())
}

/// `braid_input`.
///
/// # Safety
/// `program` must be null or a live program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_input(program: *const CProgram, i: usize) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { program.as_ref() }.and_then(|p| p.inputs.get(i)).map_or(std::ptr::null(), |text| text.as_ptr())
}

/// Copies a tensor of the caller.
///
/// # Safety
/// `tensor` must describe memory that may be read.
unsafe fn copy_in(tensor: &CTensor) -> Result<(&str, Tensor), String> {
    // SAFETY: the caller's promise.
    let name = unsafe { str_at(tensor.name) }.ok_or("the name of an input is null or not UTF-8")?;
    let dtype = DType::from_code(tensor.dtype)
        .ok_or_else(|| format!("input {name}: there is no type {}", tensor.dtype))?;
    let slice = |ptr: *const u8, len: usize| match len {
        0 => Ok(&[][..]),
        _ if ptr.is_null() => Err(format!("input {name}: a pointer is null")),
        // SAFETY: the caller's promise.
        _ => Ok(unsafe { std::slice::from_raw_parts(ptr, len) }),
    };
    if tensor.rank > RANK_MAX {
        return Err(format!("input {name}: {} dimensions; at most {RANK_MAX} are possible", tensor.rank));
    }
    let dims = slice(tensor.shape.cast(), tensor.rank as usize * 8)?;
    let dims = dims.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes")) as usize);
    let shape: Vec<usize> = dims.collect();
    let size = crate::tensor::byte_count(dtype, &shape)
        .ok_or_else(|| format!("input {name}: larger than memory"))?;
    let tensor = Tensor::new(dtype, &shape, slice(tensor.data.cast(), size)?);
    Ok((name, tensor.ok_or_else(|| format!("input {name}: larger than memory"))?))
}

/// `braid_run`.
///
/// # Safety
/// `program` must be null or a live program, `inputs` describe `count` tensors that may be read, and `error` be null or a
/// place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_run(
    program: *const CProgram,
    inputs: *const CTensor,
    count: usize,
    seed: u64,
    error: *mut *mut c_char,
) -> *mut CResults {
    guarded(error, || {
        // SAFETY: the caller's promise.
        let program = unsafe { program.as_ref() }.ok_or("the program is null")?;
        if inputs.is_null() && count > 0 {
            return Err("the inputs are null".to_string());
        }
        // SAFETY: the caller's promise.
        let given = (0..count).map(|i| unsafe { copy_in(&*inputs.add(i)) }).collect::<Result<Vec<_>, _>>()?;
        let borrowed: Vec<(&str, &Tensor)> = given.iter().map(|(name, tensor)| (*name, tensor)).collect();
        let options = RunOptions { seed, ..RunOptions::default() };
        let tensors = program.program.run(&borrowed, options).map_err(|e: Error| e.to_string())?;
        let shapes: Vec<Vec<u64>> =
            tensors.iter().map(|t| t.shape().iter().map(|&d| d as u64).collect()).collect();
        let views = tensors.iter().zip(&shapes).map(|(tensor, shape)| CTensor {
            name: std::ptr::null(),
            dtype: tensor.dtype() as u32,
            rank: shape.len() as u32,
            shape: shape.as_ptr(),
            data: tensor.bytes().as_ptr().cast(),
        });
        Ok(CResults { views: views.collect(), _shapes: shapes, _tensors: tensors })
    })
}

/// `braid_result_count`.
///
/// # Safety
/// `results` must be null or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_result_count(results: *const CResults) -> usize {
    // SAFETY: the caller's promise.
    unsafe { results.as_ref() }.map_or(0, |r| r.views.len())
}

/// `braid_result`.
///
/// # Safety
/// `results` must be null or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_result(results: *const CResults, i: usize) -> *const CTensor {
    // SAFETY: the caller's promise.
    unsafe { results.as_ref() }.and_then(|r| r.views.get(i)).map_or(std::ptr::null(), std::ptr::from_ref)
}

/// `braid_results_free`.
///
/// # Safety
/// `results` must be null or from `braid_run`, and not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_results_free(results: *mut CResults) {
    if !results.is_null() {
        // SAFETY: made by `Box::into_raw` in `braid_run`.
        drop(unsafe { Box::from_raw(results) });
    }
}

/// `braid_text_free`.
///
/// # Safety
/// `text` must be null or a text that this library handed out as an error, and not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn braid_text_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: made by `CString::into_raw` in `guarded`.
        drop(unsafe { CString::from_raw(text) });
    }
}
