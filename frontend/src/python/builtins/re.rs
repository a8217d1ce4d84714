//! The module `_re`: what `prelude/re.py` does not say in Python.
//!
//! Patterns are those of a linear-time engine, so look-around and back-references inside a pattern are refused. The
//! notation differs from Python's in `\Z` only, which is rewritten.

use super::NativeModule;
use crate::python::classes;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::Kind;
use crate::python::value::Value;
use crate::python::vm::Vm;
use regex::{Regex, RegexBuilder};
use std::sync::Arc;

/// The module.
pub const MODULE: NativeModule =
    NativeModule { name: "_re", functions: FUNCTIONS, constants: |_| Vec::new() };

const FUNCTIONS: &[NativeRow] = &[
    row("compile", "pattern, flags, /", compile),
    row("groups", "compiled, /", groups),
    row("search", "compiled, text, start, anchor, /", search),
    row("escape", "pattern", escape),
];

/// Python's flag values.
const IGNORECASE: i64 = 2;
const MULTILINE: i64 = 8;
const DOTALL: i64 = 16;
const VERBOSE: i64 = 64;
const ASCII: i64 = 256;

/// A pattern in its three anchorings.
struct Compiled {
    search: Regex,
    start: Regex,
    whole: Regex,
}

/// Python's notation in the engine's: `\Z` is its `\z`.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\' {
            match chars.next() {
                Some('Z') => out.push('z'),
                Some(escaped) => out.push(escaped),
                None => {}
            }
        }
    }
    out
}

fn build(pattern: &str, flags: i64) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(flags & IGNORECASE != 0)
        .multi_line(flags & MULTILINE != 0)
        .dot_matches_new_line(flags & DOTALL != 0)
        .ignore_whitespace(flags & VERBOSE != 0)
        .unicode(flags & ASCII == 0)
        .build()
}

fn compile(vm: &mut Vm, args: &Args) -> NativeResult {
    let source = vm.str_arg(&args[0], "pattern")?;
    let flags = vm.int_arg(&args[1], "flags")?;
    let pattern = translated(&source);
    let all = [pattern.clone(), format!(r"\A(?:{pattern})"), format!(r"\A(?:{pattern})\z")];
    let built: Result<Vec<Regex>, _> = all.iter().map(|pattern| build(pattern, flags)).collect();
    match built.map(<[Regex; 3]>::try_from) {
        Ok(Ok([search, start, whole])) => {
            let compiled: Arc<dyn std::any::Any + Send + Sync> = Arc::new(Compiled { search, start, whole });
            Ok(Ret::Value(vm.new_object(classes::OPAQUE, Kind::Opaque(compiled))))
        }
        _ => Err(vm.unsupported(
            format!("the regular expression {} is not supported", super::format::repr_str(&source)),
            "look-around and back-references are not supported; check the pattern for mistakes too",
        )),
    }
}

fn compiled(vm: &mut Vm, value: &Value) -> Result<Arc<dyn std::any::Any + Send + Sync>, Unwind> {
    match vm.kind(value) {
        Some(Kind::Opaque(inner)) if inner.is::<Compiled>() => Ok(inner.clone()),
        _ => Err(vm.type_error("expected a compiled pattern")),
    }
}

/// The names of the groups, `None` for those without.
fn groups(vm: &mut Vm, args: &Args) -> NativeResult {
    let inner = compiled(vm, &args[0])?;
    let pattern = inner.downcast_ref::<Compiled>().expect("compiled() looked");
    let names = pattern.search.capture_names().map(|name| name.map_or(Value::None, Value::str)).collect();
    Ok(Ret::Value(vm.new_list(names)))
}

/// The spans of all groups of the next match from a character position on, `None` where there is none.
fn search(vm: &mut Vm, args: &Args) -> NativeResult {
    let inner = compiled(vm, &args[0])?;
    let pattern = inner.downcast_ref::<Compiled>().expect("compiled() looked");
    let text = vm.str_arg(&args[1], "string")?;
    let start = vm.int_arg(&args[2], "position")?.max(0) as usize;
    let regex = match &*vm.str_arg(&args[3], "anchor")? {
        "match" => &pattern.start,
        "fullmatch" => &pattern.whole,
        _ => &pattern.search,
    };
    let count = text.chars().count();
    if start > count {
        return Ret::NONE;
    }
    let from = text.char_indices().nth(start).map_or(text.len(), |(at, _)| at);
    // An anchored search begins where it is told to; a free one still sees the text before that place.
    let (base, found) = match std::ptr::eq(regex, &pattern.search) {
        true => (0, regex.captures_at(&text, from)),
        false => (from, regex.captures(&text[from..])),
    };
    let Some(captures) = found else { return Ret::NONE };
    let position = |byte: usize| Value::Int(text[..base + byte].chars().count() as i64);
    let spans: Vec<Value> = captures
        .iter()
        .map(|group| match group {
            Some(group) => vm.new_tuple(vec![position(group.start()), position(group.end())]),
            None => Value::None,
        })
        .collect();
    Ok(Ret::Value(vm.new_list(spans)))
}

fn escape(vm: &mut Vm, args: &Args) -> NativeResult {
    let text = vm.str_arg(&args[0], "pattern")?;
    let mut out = String::new();
    for c in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(Ret::Value(Value::str(out)))
}
