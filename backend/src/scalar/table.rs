//! Constants and addresses that the code of a tape reads: one array of eight-byte words.

use super::{ScalarError, callback};
use crate::kernel::import_of;
use braid_symbolic::tape::{Callback, Instr, Reg, Tape};
use std::collections::HashMap;
use std::sync::Arc;

/// The array, and where in it everything is. Offsets are in bytes.
#[derive(Debug, Default)]
pub struct Table {
    words: Vec<u64>,
    constants: HashMap<Reg, i32>,
    imports: HashMap<&'static str, i32>,
    trampoline: i32,
    callbacks: Vec<(Arc<Callback>, i32)>,
}

impl Table {
    /// The table of a tape; constants are rounded to `f32` if the code is in single precision.
    ///
    /// # Errors
    /// If the runtime lacks a function.
    pub fn new(tape: &Tape, single: bool) -> Result<Table, ScalarError> {
        let mut table = Table::default();
        let mut by_bits: HashMap<u64, i32> = HashMap::new();
        for (reg, instr) in tape.code.iter().enumerate() {
            match instr {
                Instr::Const(value) => {
                    let bits = if single { u64::from((*value as f32).to_bits()) } else { value.to_bits() };
                    let at = *by_bits.entry(bits).or_insert_with(|| table.push(bits));
                    table.constants.insert(reg as Reg, at);
                }
                Instr::Unary(op, _) | Instr::Binary(op, ..) => {
                    if let Some(name) = import_of(*op).filter(|name| !table.imports.contains_key(name)) {
                        let address = braid_runtime::imports::find(name)
                            .ok_or_else(|| ScalarError::Internal(format!("the runtime lacks {name}")))?;
                        let at = table.push(address as u64);
                        table.imports.insert(name, at);
                    }
                }
                Instr::Call(callback, _) => table.add_callback(callback),
                _ => {}
            }
        }
        Ok(table)
    }

    fn push(&mut self, word: u64) -> i32 {
        self.words.push(word);
        8 * (self.words.len() as i32 - 1)
    }

    fn add_callback(&mut self, callback: &Callback) {
        if self.callbacks.is_empty() {
            self.trampoline = self.push(callback::trampoline as *const () as u64);
        }
        if self.callbacks.iter().all(|(known, _)| !same(known, callback)) {
            // The table owns what its words point to.
            let owned = Arc::new(callback.clone());
            let at = self.push(Arc::as_ptr(&owned) as u64);
            self.callbacks.push((owned, at));
        }
    }

    /// The words.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Whether code calls the host language.
    pub fn has_callbacks(&self) -> bool {
        !self.callbacks.is_empty()
    }

    /// Where the constant of a register is.
    pub fn constant(&self, reg: Reg) -> i32 {
        self.constants[&reg]
    }

    /// Where the address of a function of the runtime is.
    pub fn import(&self, name: &str) -> i32 {
        self.imports[name]
    }

    /// Where the address of the trampoline is.
    pub fn trampoline(&self) -> i32 {
        self.trampoline
    }

    /// Where the address of a callback is.
    pub fn callback(&self, callback: &Callback) -> i32 {
        self.callbacks.iter().find(|(known, _)| same(known, callback)).map_or(0, |(_, at)| *at)
    }
}

/// Whether two callbacks are one: names may be used twice.
fn same(a: &Callback, b: &Callback) -> bool {
    a.arity == b.arity && Arc::ptr_eq(&a.call, &b.call)
}
