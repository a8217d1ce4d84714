//! Methods of `str`. Indices and lengths count characters, as in Python.

use super::format;
use crate::items;
use crate::python::dict::Dict;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::value::Value;
use crate::python::vm::Vm;

/// The methods.
pub const METHODS: &[NativeRow] = &[
    row("capitalize", "self, /", capitalize),
    row("center", "self, width, fill=' ', /", center),
    row("count", "self, sub, start=None, end=None, /", count),
    row("encode", "self, encoding='utf-8', errors='strict'", encode),
    row("endswith", "self, suffix, start=None, end=None, /", endswith),
    row("expandtabs", "self, tabsize=8", expandtabs),
    row("find", "self, sub, start=None, end=None, /", find),
    row("format", "self, /, *args, **kwargs", format_method),
    row("format_map", "self, mapping, /", format_map),
    row("index", "self, sub, start=None, end=None, /", index),
    row("isalnum", "self, /", isalnum),
    row("isalpha", "self, /", isalpha),
    row("isdecimal", "self, /", isdigit),
    row("isdigit", "self, /", isdigit),
    row("isidentifier", "self, /", isidentifier),
    row("islower", "self, /", islower),
    row("isnumeric", "self, /", isdigit),
    row("isspace", "self, /", isspace),
    row("isupper", "self, /", isupper),
    row("join", "self, iterable, /", join),
    row("ljust", "self, width, fill=' ', /", ljust),
    row("lower", "self, /", lower),
    row("casefold", "self, /", lower),
    row("lstrip", "self, chars=None, /", lstrip),
    row("partition", "self, sep, /", partition),
    row("removeprefix", "self, prefix, /", removeprefix),
    row("removesuffix", "self, suffix, /", removesuffix),
    row("replace", "self, old, new, count=-1, /", replace),
    row("rfind", "self, sub, start=None, end=None, /", rfind),
    row("rindex", "self, sub, start=None, end=None, /", rindex),
    row("rjust", "self, width, fill=' ', /", rjust),
    row("rpartition", "self, sep, /", rpartition),
    row("rsplit", "self, sep=None, maxsplit=-1", rsplit),
    row("rstrip", "self, chars=None, /", rstrip),
    row("split", "self, sep=None, maxsplit=-1", split),
    row("splitlines", "self, keepends=False", splitlines),
    row("startswith", "self, prefix, start=None, end=None, /", startswith),
    row("strip", "self, chars=None, /", strip),
    row("swapcase", "self, /", swapcase),
    row("title", "self, /", title),
    row("translate", "self, table, /", translate),
    row("upper", "self, /", upper),
    row("zfill", "self, width, /", zfill),
];

/// The methods that belong to the class.
pub const CLASS_METHODS: &[NativeRow] = &[row("maketrans", "cls, x, y=<unset>, z=<unset>, /", maketrans)];

/// A table for `translate`: code points to texts, or to `None` for what is left out.
fn maketrans(vm: &mut Vm, args: &Args) -> NativeResult {
    let mut table = Dict::new();
    let code = |c: char| Value::Int(i64::from(u32::from(c)));
    if let Some(entries) = super::dict::mapping_entries(vm, &args[1]) {
        for (key, value) in entries {
            let key = match vm.as_str(&key).and_then(|text| text.chars().next()) {
                Some(c) => code(c),
                None => key,
            };
            table.insert(vm.key(&key)?, key, value);
        }
        return Ok(Ret::Value(vm.new_dict(table)));
    }
    let (from, to) = (vm.str_arg(&args[1], "maketrans")?, vm.str_arg(&args[2], "maketrans")?);
    if from.chars().count() != to.chars().count() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (a, b) in from.chars().zip(to.chars()) {
        table.insert(vm.key(&code(a))?, code(a), Value::str(b.to_string()));
    }
    if args.has(3) {
        for c in vm.str_arg(&args[3], "maketrans")?.chars() {
            table.insert(vm.key(&code(c))?, code(c), Value::None);
        }
    }
    Ok(Ret::Value(vm.new_dict(table)))
}

fn translate(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let mut result = String::new();
    for c in s.chars() {
        let code = i64::from(u32::from(c));
        match vm.get_item_plain(&args[1], &Value::Int(code))? {
            None => result.push(c),
            Some(Value::None) => {}
            Some(Value::Int(other)) => match u32::try_from(other).ok().and_then(char::from_u32) {
                Some(other) => result.push(other),
                None => return Err(vm.value_error("character mapping must be in range(0x110000)")),
            },
            Some(value) => result.push_str(&vm.str_arg(&value, "a translation")?),
        }
    }
    text(result)
}

fn text(value: impl AsRef<str>) -> NativeResult {
    Ok(Ret::Value(Value::str(value)))
}

fn truth(value: bool) -> NativeResult {
    Ok(Ret::Value(Value::Bool(value)))
}

fn capitalize(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let mut chars = s.chars();
    text(match chars.next() {
        Some(first) => first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect::<String>(),
        None => String::new(),
    })
}

/// Which side of a padded text the fill goes to.
enum Pad {
    Left,
    Right,
    Both,
}

fn pad(vm: &mut Vm, args: &Args, side: Pad) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let width = vm.int_arg(&args[1], "width")?;
    let fill = vm.str_arg(&args[2], "fill character")?;
    let mut fills = fill.chars();
    let (Some(fill), None) = (fills.next(), fills.next()) else {
        return Err(vm.type_error("The fill character must be exactly one character long"));
    };
    let length = s.chars().count() as i64;
    let missing = usize::try_from(width.saturating_sub(length)).unwrap_or(0);
    vm.reserve(missing)?;
    let (left, right) = match side {
        Pad::Left => (missing, 0),
        Pad::Right => (0, missing),
        // CPython puts the odd fill to the left when the width is odd.
        Pad::Both => {
            let left = missing / 2 + (missing & width as usize & 1);
            (left, missing - left)
        }
    };
    let fills = |n: usize| std::iter::repeat_n(fill, n);
    text(fills(left).chain(s.chars()).chain(fills(right)).collect::<String>())
}

fn center(vm: &mut Vm, args: &Args) -> NativeResult {
    pad(vm, args, Pad::Both)
}

fn ljust(vm: &mut Vm, args: &Args) -> NativeResult {
    pad(vm, args, Pad::Right)
}

fn rjust(vm: &mut Vm, args: &Args) -> NativeResult {
    pad(vm, args, Pad::Left)
}

fn zfill(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let width = vm.int_arg(&args[1], "width")?;
    let missing = usize::try_from(width.saturating_sub(s.chars().count() as i64)).unwrap_or(0);
    vm.reserve(missing)?;
    let (sign, digits) = match s.strip_prefix(['+', '-']) {
        Some(digits) => (&s[..1], digits),
        None => ("", &*s),
    };
    text(format!("{sign}{}{digits}", "0".repeat(missing)))
}

/// The part of `s` between two optional character positions, and the first position.
fn window<'a>(vm: &mut Vm, s: &'a str, args: &Args, from: usize) -> Result<(&'a str, i64), Unwind> {
    let length = s.chars().count() as i64;
    let mut bound = |value: &Value, default: i64| -> Result<i64, Unwind> {
        if value.is_none() {
            return Ok(default);
        }
        let i = vm.int_arg(value, "index")?;
        Ok(if i < 0 { (i + length).max(0) } else { i.min(length) })
    };
    let start = bound(&args[from], 0)?;
    let end = bound(&args[from + 1], length)?.max(start);
    let byte = |position: i64| s.char_indices().nth(position as usize).map_or(s.len(), |(at, _)| at);
    Ok((&s[byte(start)..byte(end)], start))
}

fn count(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let sub = vm.str_arg(&args[1], "substring")?;
    let (part, _) = window(vm, &s, args, 2)?;
    let n = if sub.is_empty() { part.chars().count() + 1 } else { part.matches(&*sub).count() };
    Ok(Ret::Value(Value::Int(n as i64)))
}

fn search(vm: &mut Vm, args: &Args, last: bool) -> Result<Option<i64>, Unwind> {
    let s = vm.str_arg(&args[0], "self")?;
    let sub = vm.str_arg(&args[1], "substring")?;
    let (part, start) = window(vm, &s, args, 2)?;
    let at = if last { part.rfind(&*sub) } else { part.find(&*sub) };
    Ok(at.map(|byte| start + part[..byte].chars().count() as i64))
}

fn find(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(Value::Int(search(vm, args, false)?.unwrap_or(-1))))
}

fn rfind(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(Value::Int(search(vm, args, true)?.unwrap_or(-1))))
}

fn found(vm: &mut Vm, at: Option<i64>) -> NativeResult {
    match at {
        Some(at) => Ok(Ret::Value(Value::Int(at))),
        None => Err(vm.value_error("substring not found")),
    }
}

fn index(vm: &mut Vm, args: &Args) -> NativeResult {
    let at = search(vm, args, false)?;
    found(vm, at)
}

fn rindex(vm: &mut Vm, args: &Args) -> NativeResult {
    let at = search(vm, args, true)?;
    found(vm, at)
}

fn affix(vm: &mut Vm, args: &Args, test: fn(&str, &str) -> bool) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let (part, _) = window(vm, &s, args, 2)?;
    if let Some(options) = vm.as_tuple(&args[1]).cloned() {
        for option in options.iter() {
            let option = vm.str_arg(option, "prefix")?;
            if test(part, &option) {
                return truth(true);
            }
        }
        return truth(false);
    }
    let affix = vm.str_arg(&args[1], "prefix")?;
    truth(test(part, &affix))
}

fn startswith(vm: &mut Vm, args: &Args) -> NativeResult {
    affix(vm, args, |s, prefix| s.starts_with(prefix))
}

fn endswith(vm: &mut Vm, args: &Args) -> NativeResult {
    affix(vm, args, |s, suffix| s.ends_with(suffix))
}

fn encode(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    Ok(Ret::Value(vm.new_bytes(s.as_bytes())))
}

fn expandtabs(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let size = vm.int_arg(&args[1], "tabsize")?.clamp(0, 1 << 16) as usize;
    let (mut result, mut column) = (String::new(), 0);
    for c in s.chars() {
        match c {
            '\t' => {
                let fill = if size == 0 { 0 } else { size - column % size };
                result.extend(std::iter::repeat_n(' ', fill));
                column += fill;
            }
            c => {
                result.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    text(result)
}

fn format_method(vm: &mut Vm, args: &Args) -> NativeResult {
    let template = vm.str_arg(&args[0], "self")?;
    let value = format::format_template(vm, &template, &args.star, &format::Fields::Keywords(&args.kwargs))?;
    Ok(Ret::Value(value))
}

fn format_map(vm: &mut Vm, args: &Args) -> NativeResult {
    let template = vm.str_arg(&args[0], "self")?;
    let value = format::format_template(vm, &template, &[], &format::Fields::Mapping(args[1].clone()))?;
    Ok(Ret::Value(value))
}

fn all_chars(vm: &mut Vm, args: &Args, test: fn(char) -> bool) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    truth(!s.is_empty() && s.chars().all(test))
}

fn isalnum(vm: &mut Vm, args: &Args) -> NativeResult {
    all_chars(vm, args, char::is_alphanumeric)
}

fn isalpha(vm: &mut Vm, args: &Args) -> NativeResult {
    all_chars(vm, args, char::is_alphabetic)
}

fn isdigit(vm: &mut Vm, args: &Args) -> NativeResult {
    all_chars(vm, args, char::is_numeric)
}

fn isspace(vm: &mut Vm, args: &Args) -> NativeResult {
    all_chars(vm, args, char::is_whitespace)
}

fn isidentifier(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let mut chars = s.chars();
    let starts = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    truth(starts && chars.all(|c| c.is_alphanumeric() || c == '_'))
}

fn islower(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    truth(s.chars().any(char::is_lowercase) && !s.chars().any(char::is_uppercase))
}

fn isupper(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    truth(s.chars().any(char::is_uppercase) && !s.chars().any(char::is_lowercase))
}

fn join(vm: &mut Vm, args: &Args) -> NativeResult {
    let separator = vm.str_arg(&args[0], "separator")?;
    let items = items!(vm, args, 1);
    let mut parts = format::Text::default();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            parts.push_str(&separator);
        }
        if vm.as_str(item).is_none() && !matches!(item, Value::Sym(crate::python::sym::Symbolic::Str(_))) {
            let class = vm.type_name(item);
            return Err(vm.type_error(format!("sequence item {i}: expected str instance, {class} found")));
        }
        parts.push_value(vm, item)?;
    }
    Ok(Ret::Value(parts.into_value()))
}

fn lower(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    text(s.to_lowercase())
}

fn upper(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    text(s.to_uppercase())
}

fn swapcase(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let swap =
        |c: char| if c.is_uppercase() { c.to_lowercase().to_string() } else { c.to_uppercase().to_string() };
    text(s.chars().map(swap).collect::<String>())
}

fn title(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let (mut result, mut inside) = (String::new(), false);
    for c in s.chars() {
        if inside {
            result.extend(c.to_lowercase());
        } else {
            result.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    text(result)
}

fn stripped(vm: &mut Vm, args: &Args, left: bool, right: bool) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let chars = if args[1].is_none() { None } else { Some(vm.str_arg(&args[1], "characters")?) };
    let drop = |c: char| chars.as_ref().map_or_else(|| c.is_whitespace(), |set| set.contains(c));
    let mut rest = &*s;
    if left {
        rest = rest.trim_start_matches(drop);
    }
    if right {
        rest = rest.trim_end_matches(drop);
    }
    text(rest)
}

fn strip(vm: &mut Vm, args: &Args) -> NativeResult {
    stripped(vm, args, true, true)
}

fn lstrip(vm: &mut Vm, args: &Args) -> NativeResult {
    stripped(vm, args, true, false)
}

fn rstrip(vm: &mut Vm, args: &Args) -> NativeResult {
    stripped(vm, args, false, true)
}

fn three(vm: &mut Vm, a: &str, b: &str, c: &str) -> NativeResult {
    let parts = vec![Value::str(a), Value::str(b), Value::str(c)];
    Ok(Ret::Value(vm.new_tuple(parts)))
}

fn separator(vm: &mut Vm, value: &Value) -> Result<std::sync::Arc<str>, Unwind> {
    let separator = vm.str_arg(value, "separator")?;
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    Ok(separator)
}

fn partition(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let sep = separator(vm, &args[1])?;
    match s.split_once(&*sep) {
        Some((before, after)) => three(vm, before, &sep, after),
        None => three(vm, &s, "", ""),
    }
}

fn rpartition(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let sep = separator(vm, &args[1])?;
    match s.rsplit_once(&*sep) {
        Some((before, after)) => three(vm, before, &sep, after),
        None => three(vm, "", "", &s),
    }
}

fn removeprefix(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let prefix = vm.str_arg(&args[1], "prefix")?;
    text(s.strip_prefix(&*prefix).unwrap_or(&s))
}

fn removesuffix(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let suffix = vm.str_arg(&args[1], "suffix")?;
    text(s.strip_suffix(&*suffix).unwrap_or(&s))
}

fn replace(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let old = vm.str_arg(&args[1], "old")?;
    let new = vm.str_arg(&args[2], "new")?;
    let count = vm.int_arg(&args[3], "count")?;
    text(match usize::try_from(count) {
        Ok(n) => s.replacen(&*old, &new, n),
        Err(_) => s.replace(&*old, &new),
    })
}

fn strings(vm: &mut Vm, parts: impl IntoIterator<Item = impl AsRef<str>>) -> NativeResult {
    let parts = parts.into_iter().map(Value::str).collect();
    Ok(Ret::Value(vm.new_list(parts)))
}

/// Splits at runs of white space, at most `limit` times.
fn split_space(s: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = s.trim_start();
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest.trim_end());
            break;
        }
        match rest.split_once(char::is_whitespace) {
            Some((part, after)) => {
                parts.push(part);
                rest = after.trim_start();
            }
            None => {
                parts.push(rest);
                break;
            }
        }
    }
    parts
}

fn rsplit_space(s: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = s.trim_end();
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest.trim_start());
            break;
        }
        match rest.rsplit_once(char::is_whitespace) {
            Some((before, part)) => {
                parts.push(part);
                rest = before.trim_end();
            }
            None => {
                parts.push(rest);
                break;
            }
        }
    }
    parts.reverse();
    parts
}

fn split(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let limit = usize::try_from(vm.int_arg(&args[2], "maxsplit")?).unwrap_or(usize::MAX);
    if args[1].is_none() {
        return strings(vm, split_space(&s, limit));
    }
    let sep = separator(vm, &args[1])?;
    strings(vm, s.splitn(limit.saturating_add(1), &*sep))
}

fn rsplit(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let limit = usize::try_from(vm.int_arg(&args[2], "maxsplit")?).unwrap_or(usize::MAX);
    if args[1].is_none() {
        return strings(vm, rsplit_space(&s, limit));
    }
    let sep = separator(vm, &args[1])?;
    let mut parts: Vec<&str> = s.rsplitn(limit.saturating_add(1), &*sep).collect();
    parts.reverse();
    strings(vm, parts)
}

fn splitlines(vm: &mut Vm, args: &Args) -> NativeResult {
    let s = vm.str_arg(&args[0], "self")?;
    let keep = vm.truth(&args[1])?;
    let lines = s.split_inclusive('\n').map(|line| match keep {
        true => line,
        false => line.strip_suffix('\n').map_or(line, |l| l.strip_suffix('\r').unwrap_or(l)),
    });
    strings(vm, lines)
}
