//! Functions of the host language, called from generated code.
//!
//! A panic must not unwind through generated code, which has no unwind tables. The trampoline catches it, answers NaN and
//! keeps the payload; the panic goes on when the generated code has returned to Rust.

use braid_symbolic::tape::Callback;
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

thread_local! {
    /// The first panic of a callback since generated code was entered.
    static PANIC: RefCell<Option<Box<dyn Any + Send>>> = const { RefCell::new(None) };
}

/// Calls the function with as many of the arguments as it takes.
///
/// # Safety
/// `callback` must point to a callback, and `args` to as many doubles as it takes.
pub(super) unsafe extern "C" fn trampoline(callback: *const Callback, args: *const f64) -> f64 {
    // SAFETY: the caller's promise; generated code takes both from its table and its own array.
    let (callback, args) = unsafe { (&*callback, std::slice::from_raw_parts(args, (*callback).arity)) };
    match catch_unwind(AssertUnwindSafe(|| (callback.call)(args))) {
        Ok(value) => value,
        Err(payload) => {
            PANIC.with(|panic| {
                panic.borrow_mut().get_or_insert(payload);
            });
            f64::NAN
        }
    }
}

/// Runs generated code; a panic of a callback goes on after it.
pub(super) fn entered<T>(code: impl FnOnce() -> T) -> T {
    // Generated code may be entered again from a callback: its panics are its own.
    let outer = PANIC.with(|panic| panic.borrow_mut().take());
    let result = code();
    let inner = PANIC.with(|panic| std::mem::replace(&mut *panic.borrow_mut(), outer));
    match inner {
        Some(payload) => resume_unwind(payload),
        None => result,
    }
}
