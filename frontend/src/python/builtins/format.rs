//! Text from values: `format` specifications, `str.format`, and `%` formatting.
//!
//! Values known only at run time leave holes in the text, which then is a [`Template`]. A hole keeps its format
//! specification; the runtime formats it when the program prints or raises.

use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::sym::{Part, Symbolic, Template};
use crate::python::value::Value;
use crate::python::vm::Vm;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::Arc;

/// Text being put together, perhaps with holes.
#[derive(Default)]
pub struct Text(Template);

impl Text {
    /// Appends literal text.
    pub fn push_str(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// Appends a string value, which may have holes.
    pub fn push_value(&mut self, vm: &mut Vm, value: &Value) -> Result<(), Unwind> {
        match value {
            Value::Sym(Symbolic::Str(template)) => self.0.append(template),
            value => {
                let text = vm.str_arg(value, "text")?;
                self.0.push_str(&text);
            }
        }
        Ok(())
    }

    /// The string value.
    pub fn into_value(self) -> Value {
        match self.0.as_text() {
            Some(text) => Value::str(text),
            None => Value::Sym(Symbolic::Str(Arc::new(self.0))),
        }
    }
}

/// Where `str.format` finds named fields.
pub enum Fields<'a> {
    /// Keyword arguments.
    Keywords(&'a [(Name, Value)]),
    /// A mapping object.
    Mapping(Value),
}

/// `template.format(*args, **fields)`.
///
/// # Errors
/// `ValueError`, `IndexError` or `KeyError` as Python raises them.
pub fn format_template(
    vm: &mut Vm,
    template: &str,
    args: &[Value],
    fields: &Fields,
) -> Result<Value, Unwind> {
    let mut text = Text::default();
    let mut auto = 0;
    expand(vm, &mut text, template, args, fields, &mut auto, 2)?;
    Ok(text.into_value())
}

fn expand(
    vm: &mut Vm,
    text: &mut Text,
    template: &str,
    args: &[Value],
    fields: &Fields,
    auto: &mut usize,
    depth: usize,
) -> Result<(), Unwind> {
    if depth == 0 {
        return Err(vm.value_error("Max string recursion exceeded"));
    }
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.next_if_eq(&'{').is_some() => text.push_str("{"),
            '}' if chars.next_if_eq(&'}').is_some() => text.push_str("}"),
            '}' => return Err(vm.value_error("Single '}' encountered in format string")),
            '{' => {
                let field = field_text(&mut chars)
                    .ok_or_else(|| vm.value_error("expected '}' before end of string"))?;
                let (head, spec) = split_field(&field);
                let (path, conversion) = match head.rsplit_once('!') {
                    Some((path, conversion)) => (path, Some(conversion)),
                    None => (head, None),
                };
                let value = lookup(vm, path, args, fields, auto)?;
                let value = match conversion {
                    None => value,
                    Some("r" | "a") => vm.repr(&value)?,
                    Some("s") => vm.str_of(&value)?,
                    Some(other) => {
                        return Err(vm.value_error(format!("Unknown conversion specifier {other:?}")));
                    }
                };
                let spec = if spec.contains('{') {
                    let mut inner = Text::default();
                    expand(vm, &mut inner, spec, args, fields, auto, depth - 1)?;
                    vm.str_arg(&inner.into_value(), "format specification")?.to_string()
                } else {
                    spec.to_string()
                };
                let shown = vm.format(&value, &spec)?;
                text.push_value(vm, &shown)?;
            }
            c => text.push_str(c.encode_utf8(&mut [0; 4])),
        }
    }
    Ok(())
}

/// The text up to the brace that closes the field, nested braces included.
fn field_text(chars: &mut Peekable<Chars>) -> Option<String> {
    let (mut depth, mut field) = (1, String::new());
    for c in chars.by_ref() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(field);
        }
        field.push(c);
    }
    None
}

/// A field's name with conversion, and its specification. A colon inside brackets belongs to the name.
fn split_field(field: &str) -> (&str, &str) {
    let mut brackets = 0;
    for (at, c) in field.char_indices() {
        match c {
            '[' => brackets += 1,
            ']' => brackets -= 1,
            ':' if brackets == 0 => return (&field[..at], &field[at + 1..]),
            _ => {}
        }
    }
    (field, "")
}

fn lookup(
    vm: &mut Vm,
    path: &str,
    args: &[Value],
    fields: &Fields,
    auto: &mut usize,
) -> Result<Value, Unwind> {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (first, mut rest) = path.split_at(end);
    let positional = if first.is_empty() {
        *auto += 1;
        Some(*auto - 1)
    } else {
        first.parse::<usize>().ok()
    };
    let mut value = match positional {
        Some(i) => args.get(i).cloned().ok_or_else(|| {
            vm.index_error(format!("Replacement index {i} out of range for positional args tuple"))
        })?,
        None => match fields {
            Fields::Keywords(kwargs) => match kwargs.iter().find(|(name, _)| name.as_str() == first) {
                Some((_, value)) => value.clone(),
                None => return Err(vm.key_error(Value::str(first))),
            },
            Fields::Mapping(mapping) => vm.get_item(mapping, &Value::str(first))?,
        },
    };
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('.') {
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            value = vm.get_attr(&value, Name::new(&tail[..end]))?;
            rest = &tail[end..];
        } else {
            let Some((key, tail)) = rest[1..].split_once(']') else {
                return Err(vm.value_error("Missing ']' in format string"));
            };
            let key = key.parse::<i64>().map_or_else(|_| Value::str(key), Value::Int);
            value = vm.get_item(&value, &key)?;
            rest = tail;
        }
    }
    Ok(value)
}

/// A parsed format specification: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
#[derive(Clone, Debug, PartialEq)]
struct Spec {
    fill: char,
    align: Option<char>,
    sign: char,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// Widths and precisions above this are a mistake rather than a layout.
const WIDTH_MAX: usize = 10_000;

impl Spec {
    fn parse(text: &str) -> Result<Spec, String> {
        let mut spec = Spec {
            fill: ' ',
            align: None,
            sign: '-',
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        let all: Vec<char> = text.chars().collect();
        let mut at = 0;
        let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
        if is_align(all.get(1)) {
            spec.fill = all[0];
            spec.align = Some(all[1]);
            at = 2;
        } else if is_align(all.first()) {
            spec.align = Some(all[0]);
            at = 1;
        }
        if let Some(&c @ ('+' | '-' | ' ')) = all.get(at) {
            spec.sign = c;
            at += 1;
        }
        if all.get(at) == Some(&'#') {
            spec.alternate = true;
            at += 1;
        }
        if all.get(at) == Some(&'0') {
            if spec.align.is_none() {
                spec.fill = '0';
                spec.align = Some('=');
            }
            at += 1;
        }
        let number = |at: &mut usize| -> Result<Option<usize>, String> {
            let digits: String = all[*at..].iter().take_while(|c| c.is_ascii_digit()).collect();
            *at += digits.len();
            match digits.parse::<usize>() {
                Ok(n) if n <= WIDTH_MAX => Ok(Some(n)),
                Ok(_) => Err("Too many decimal digits in format string".to_string()),
                Err(_) if digits.is_empty() => Ok(None),
                Err(_) => Err("Too many decimal digits in format string".to_string()),
            }
        };
        spec.width = number(&mut at)?.unwrap_or(0);
        if let Some(&c @ (',' | '_')) = all.get(at) {
            spec.grouping = Some(c);
            at += 1;
        }
        if all.get(at) == Some(&'.') {
            at += 1;
            spec.precision = Some(number(&mut at)?.ok_or("Format specifier missing precision")?);
        }
        spec.kind = all.get(at).copied();
        if at + 1 < all.len() {
            return Err(format!("Invalid format specifier '{text}'"));
        }
        Ok(spec)
    }

    /// The padded text; `sign` stays to the left of `=` padding.
    fn pad(&self, sign: &str, body: &str, default_align: char) -> String {
        let length = sign.chars().count() + body.chars().count();
        let missing = self.width.saturating_sub(length);
        let fill = |n: usize| self.fill.to_string().repeat(n);
        match self.align.unwrap_or(default_align) {
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", fill(missing)),
            _ => format!("{}{sign}{body}", fill(missing)),
        }
    }

    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            _ => "",
        }
    }
}

/// Groups the digits before the decimal point.
fn group(digits: &str, separator: Option<char>, size: usize) -> String {
    let Some(separator) = separator else { return digits.to_string() };
    let (whole, rest) = match digits.find(|c: char| !c.is_ascii_alphanumeric()) {
        Some(at) => digits.split_at(at),
        None => (digits, ""),
    };
    let mut result = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % size == 0 {
            result.push(separator);
        }
        result.push(c);
    }
    result + rest
}

/// An integer by a format specification.
///
/// # Errors
/// The text of the `ValueError`.
pub fn format_int(value: i64, spec: &str) -> Result<String, String> {
    let parsed = Spec::parse(spec)?;
    let magnitude = value.unsigned_abs();
    let (prefix, digits, size) = match parsed.kind {
        None | Some('d' | 'n') => ("", magnitude.to_string(), 3),
        Some('b') => ("0b", format!("{magnitude:b}"), 4),
        Some('o') => ("0o", format!("{magnitude:o}"), 4),
        Some('x') => ("0x", format!("{magnitude:x}"), 4),
        Some('X') => ("0X", format!("{magnitude:X}"), 4),
        Some('c') => {
            let c =
                u32::try_from(value).ok().and_then(char::from_u32).ok_or("%c arg not in range(0x110000)")?;
            return Ok(parsed.pad("", &c.to_string(), '<'));
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return format_float(value as f64, spec),
        Some(other) => return Err(format!("Unknown format code '{other}' for object of type 'int'")),
    };
    if parsed.precision.is_some() {
        return Err("Precision not allowed in integer format specifier".to_string());
    }
    let sign = format!("{}{}", parsed.sign_of(value < 0), if parsed.alternate { prefix } else { "" });
    Ok(parsed.pad(&sign, &group(&digits, parsed.grouping, size), '>'))
}

/// A float by a format specification.
///
/// # Errors
/// The text of the `ValueError`.
pub fn format_float(value: f64, spec: &str) -> Result<String, String> {
    let parsed = Spec::parse(spec)?;
    let negative = value.is_sign_negative() && !value.is_nan();
    let x = value.abs();
    let kind = parsed.kind;
    let upper = kind.is_some_and(|k| k.is_ascii_uppercase());
    let body = if x.is_nan() {
        "nan".to_string()
    } else if x.is_infinite() {
        "inf".to_string()
    } else {
        match kind {
            None if parsed.precision.is_none() => repr_float(x),
            None => {
                let shown = general(x, parsed.precision.unwrap_or(6).max(1), parsed.alternate);
                if shown.contains(['.', 'e']) || parsed.precision.is_some_and(|p| p <= shown.len()) {
                    shown
                } else {
                    shown + ".0"
                }
            }
            Some('f' | 'F') => format!("{x:.*}", parsed.precision.unwrap_or(6)),
            Some('e' | 'E') => exponent(x, parsed.precision.unwrap_or(6)),
            Some('g' | 'G' | 'n') => general(x, parsed.precision.unwrap_or(6).max(1), parsed.alternate),
            Some('%') => format!("{:.*}%", parsed.precision.unwrap_or(6), x * 100.0),
            Some(other) => return Err(format!("Unknown format code '{other}' for object of type 'float'")),
        }
    };
    let body = if upper { body.to_uppercase() } else { body };
    Ok(parsed.pad(parsed.sign_of(negative), &group(&body, parsed.grouping, 3), '>'))
}

/// A string by a format specification.
///
/// # Errors
/// The text of the `ValueError`.
pub fn format_str(value: &str, spec: &str) -> Result<String, String> {
    let parsed = Spec::parse(spec)?;
    if let Some(kind) = parsed.kind.filter(|&k| k != 's') {
        return Err(format!("Unknown format code '{kind}' for object of type 'str'"));
    }
    let cut: String = value.chars().take(parsed.precision.unwrap_or(usize::MAX)).collect();
    Ok(parsed.pad("", &cut, '<'))
}

/// `1.5e+00`
fn exponent(x: f64, precision: usize) -> String {
    let shown = format!("{x:.precision$e}");
    let (mantissa, power) = shown.split_once('e').unwrap_or((&shown, "0"));
    let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// C's `%g`.
fn general(x: f64, precision: usize, alternate: bool) -> String {
    if x == 0.0 {
        return "0".to_string();
    }
    let scientific = exponent(x, precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, p)| p.parse().ok()).unwrap_or(0);
    let trim = |text: String| {
        if alternate || !text.contains('.') {
            return text;
        }
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    if power < -4 || power >= precision as i32 {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{power}", trim(mantissa.to_string()));
    }
    let decimals = usize::try_from(precision as i32 - 1 - power).unwrap_or(0);
    trim(format!("{x:.decimals$}"))
}

/// The shortest text that reads back as the float, in Python's notation.
pub fn repr_float(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_string();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    let magnitude = x.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let shown = format!("{x:e}");
        let (mantissa, power) = shown.split_once('e').unwrap_or((&shown, "0"));
        let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |digits| ('-', digits));
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    let shown = format!("{x}");
    if shown.contains('.') { shown } else { shown + ".0" }
}

/// A string literal as `repr` shows it.
pub fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut result = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            c if c == quote => {
                result.push('\\');
                result.push(c);
            }
            c if (c as u32) < 0x20 || c as u32 == 0x7f => result.push_str(&format!("\\x{:02x}", c as u32)),
            c => result.push(c),
        }
    }
    result.push(quote);
    result
}

/// `template % values`.
///
/// # Errors
/// `TypeError` or `ValueError` as Python raises them.
pub fn format_percent(vm: &mut Vm, template: &str, values: &Value) -> Result<Value, Unwind> {
    vm.settle(values)?;
    let tuple = vm.as_tuple(values).cloned();
    let mut positional = tuple.as_deref().unwrap_or(std::slice::from_ref(values)).iter();
    let mut text = Text::default();
    let mut chars = template.chars().peekable();
    let mut named = false;
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push_str(c.encode_utf8(&mut [0; 4]));
            continue;
        }
        let mut key = None;
        if chars.next_if_eq(&'(').is_some() {
            key = Some(chars.by_ref().take_while(|&c| c != ')').collect::<String>());
        }
        let mut flags = String::new();
        while let Some(flag) = chars.next_if(|c| "-+ #0".contains(*c)) {
            flags.push(flag);
        }
        let mut numbers = String::new();
        while let Some(c) = chars.next_if(|c| c.is_ascii_digit() || *c == '.' || *c == '*') {
            if c == '*' {
                let width = positional
                    .next()
                    .cloned()
                    .ok_or_else(|| vm.type_error("not enough arguments for format string"))?;
                numbers.push_str(&vm.int_arg(&width, "width")?.to_string());
            } else {
                numbers.push(c);
            }
        }
        let Some(kind) = chars.next() else { return Err(vm.value_error("incomplete format")) };
        if kind == '%' {
            text.push_str("%");
            continue;
        }
        let value = match key {
            Some(key) => {
                named = true;
                vm.get_item(values, &Value::str(key))?
            }
            None => positional
                .next()
                .cloned()
                .ok_or_else(|| vm.type_error("not enough arguments for format string"))?,
        };
        let (value, kind) = match kind {
            // A number known only at run time is padded as it is printed.
            's' | 'r' if matches!(value, Value::Sym(Symbolic::Int(_) | Symbolic::Float(_))) => (value, ""),
            's' => (vm.str_of(&value)?, ""),
            'r' | 'a' => (vm.repr(&value)?, ""),
            'd' | 'i' | 'u' => match value {
                Value::Float(x) => (Value::Int(x.trunc() as i64), "d"),
                value => (value, "d"),
            },
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                let value = match value {
                    Value::Int(v) => Value::Float(v as f64),
                    value => value,
                };
                let kind =
                    ["f", "F", "e", "E", "g", "G"].into_iter().find(|k| k.starts_with(kind)).unwrap_or("f");
                (value, kind)
            }
            'x' => (value, "x"),
            'X' => (value, "X"),
            'o' => (value, "o"),
            'c' => (value, ""),
            other => return Err(vm.value_error(format!("unsupported format character '{other}'"))),
        };
        if !kind.is_empty() && vm.as_str(&value).is_some() {
            let class = vm.type_name(&value);
            return Err(vm.type_error(match kind {
                "d" => format!("%{kind} format: a real number is required, not {class}"),
                "x" | "X" | "o" => format!("%{kind} format: an integer is required, not {class}"),
                _ => format!("must be real number, not {class}"),
            }));
        }
        let left = flags.contains('-');
        let is_text = kind.is_empty();
        let mut spec = String::new();
        if left && !numbers.is_empty() {
            spec.push('<');
        } else if is_text && !numbers.is_empty() {
            spec.push('>');
        }
        for flag in ['+', ' ', '#'] {
            if flags.contains(flag) && !is_text {
                spec.push(flag);
            }
        }
        if flags.contains('0') && !left && !is_text {
            spec.push('0');
        }
        // `%.3d` pads with zeros, which format specifications spell as a width.
        match (kind, numbers.split_once('.')) {
            ("d", Some((width, digits))) => spec.push_str(&format!("0{}", digits.max(width))),
            _ => spec.push_str(&numbers),
        }
        spec.push_str(kind);
        let shown = vm.format(&value, &spec)?;
        text.push_value(vm, &shown)?;
    }
    if !named && tuple.is_some() && positional.next().is_some() {
        return Err(vm.type_error("not all arguments converted during string formatting"));
    }
    Ok(text.into_value())
}

/// `format(value, spec)` for the values whose class is built in; `None` if the value's own `__format__` decides.
///
/// # Errors
/// `ValueError` for a specification that does not fit.
pub fn format_builtin(vm: &mut Vm, value: &Value, spec: &str) -> Result<Option<Value>, Unwind> {
    let shown = match value {
        Value::Int(v) => format_int(*v, spec),
        Value::Bool(b) if spec.is_empty() => Ok(if *b { "True" } else { "False" }.to_string()),
        Value::Bool(b) => format_int(*b as i64, spec),
        Value::Float(x) => format_float(*x, spec),
        Value::Str(s) => format_str(s, spec),
        Value::None if spec.is_empty() => Ok("None".to_string()),
        Value::Sym(Symbolic::Int(term)) => {
            return Ok(Some(hole(Part::Int(*term, spec.to_string()))));
        }
        Value::Sym(Symbolic::Float(value)) => {
            return Ok(Some(hole(Part::Value(*value, spec.to_string()))));
        }
        Value::Sym(Symbolic::Str(template)) if spec.is_empty() => {
            return Ok(Some(Value::Sym(Symbolic::Str(template.clone()))));
        }
        Value::Sym(Symbolic::Str(_)) => {
            return Err(vm.unsupported(
                "a text that is only known at run time cannot be padded",
                "format its parts instead",
            ));
        }
        _ => return Ok(None),
    };
    match shown {
        Ok(text) => Ok(Some(Value::str(text))),
        Err(why) => Err(vm.value_error(why)),
    }
}

fn hole(part: Part) -> Value {
    Value::Sym(Symbolic::Str(Arc::new(Template { parts: vec![part] })))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values printed by CPython 3.11.
    #[test]
    fn floats_and_integers_print_as_in_python() {
        for (x, spec, expected) in [
            (1.0, "", "1.0"),
            (0.1, ".3f", "0.100"),
            (1234567.891, ",.2f", "1,234,567.89"),
            (1e20, "", "1e+20"),
            (1.5e-7, "", "1.5e-07"),
            (0.00012, "g", "0.00012"),
            (1e10, "g", "1e+10"),
            (123.456, ".4g", "123.5"),
            (0.25, ".1%", "25.0%"),
            (-3.5, "08.2f", "-0003.50"),
            (2.0, "+.1e", "+2.0e+00"),
            (3.0, ">8", "     3.0"),
        ] {
            assert_eq!(format_float(x, spec).as_deref(), Ok(expected), "{x} {spec:?}");
        }
        for (v, spec, expected) in [
            (42, "05d", "00042"),
            (255, "#x", "0xff"),
            (-7, "+d", "-7"),
            (1234567, ",", "1,234,567"),
            (3, "^5", "  3  "),
            (5, ".1f", "5.0"),
        ] {
            assert_eq!(format_int(v, spec).as_deref(), Ok(expected), "{v} {spec:?}");
        }
        assert_eq!(format_str("ab", "*^6").as_deref(), Ok("**ab**"));
        assert_eq!(repr_str("it's\n"), "\"it's\\n\"");
        assert!(format_int(1, "99999999999d").is_err());
    }
}
