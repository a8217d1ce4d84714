//! Natives: the methods of the built-in classes, the functions of `builtins`, and the native modules.
//!
//! One file per class or module. A new native is one row in its file's table; a new file is one line in [`CLASSES`] or
//! [`MODULES`]. How natives are written is documented in [`native`](super::native). What is easier in Python is in
//! `prelude/`; a prelude module finds natives of its own in the native module `_name` (say, `from _json import loads`).

use super::native::NativeRow;
use super::value::{ObjId, Value};
use super::vm::Vm;

/// Methods of built-in classes.
pub const CLASSES: &[(ObjId, &[NativeRow])] = &[];

/// A module written in Rust.
pub struct NativeModule {
    /// Its name in `import`.
    pub name: &'static str,
    /// Its functions.
    pub functions: &'static [NativeRow],
    /// Its other names.
    pub constants: fn(&mut Vm) -> Vec<(&'static str, Value)>,
}

/// Modules written in Rust. `builtins` is one of them.
pub const MODULES: &[NativeModule] = &[];
