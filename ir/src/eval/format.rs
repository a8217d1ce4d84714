//! How values look in printed lines and exceptions' messages: as in Python and PyTorch. The runtime prints alike.
//!
//! A template holds `{0}` or `{0:spec}` for operand 0 and so on; `{{` and `}}` are braces. A rank-0 tensor stands for the
//! Python number that it holds and takes Python's format specs; other tensors show as PyTorch's `repr` does (large ones
//! in full), sequences as lists. The spec `numbers` is for a sequence whose rank-0 elements are Python numbers, the spec
//! `tensor` for a tensor that is to show as one even at rank 0.

use crate::dtype::{DType, Scalar};
use crate::ops::Value;
use crate::tensor::Tensor;

/// The template with its fields replaced by operands.
///
/// # Errors
/// If a field names no operand or asks for a format that there is not.
pub fn fill(template: &str, operands: &[Value]) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = template.chars().peekable();
    while let Some(c) = rest.next() {
        if matches!(c, '{' | '}') && rest.peek() == Some(&c) {
            result.push(c);
            rest.next();
        } else if c == '{' {
            let field: String = rest.by_ref().take_while(|c| *c != '}').collect();
            let (number, spec) = field.split_once(':').unwrap_or((&field, ""));
            let operand = number.trim().parse::<usize>().ok().and_then(|i| operands.get(i));
            result.push_str(&formatted(
                operand.ok_or_else(|| format!("there is no operand {{{field}}}"))?,
                spec,
            )?);
        } else {
            result.push(c);
        }
    }
    Ok(result)
}

/// A value as text.
pub fn text(value: &Value) -> String {
    match value {
        Value::Tensor(tensor) if tensor.rank() == 0 => match tensor.get(0) {
            Scalar::Bool(b) => if b { "True" } else { "False" }.to_string(),
            Scalar::Float(_, v) => float_repr(v),
            Scalar::Int(_, v) => v.to_string(),
        },
        Value::Tensor(tensor) => tensor_repr(tensor),
        Value::Seq(tensors) => {
            format!("[{}]", tensors.iter().map(|t| tensor_repr(t)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A value under a format spec, which is for numbers.
fn formatted(value: &Value, spec: &str) -> Result<String, String> {
    match value {
        _ if spec.is_empty() => Ok(text(value)),
        Value::Seq(items) if spec == "numbers" => {
            let items: Vec<String> = items.iter().map(|item| text(&Value::Tensor(item.clone()))).collect();
            Ok(format!("[{}]", items.join(", ")))
        }
        Value::Tensor(tensor) if spec == "tensor" => Ok(tensor_repr(tensor)),
        Value::Tensor(tensor) if tensor.rank() == 0 => number(tensor.get(0), spec),
        _ => Err(format!("format {spec} is for numbers, not for tensors and lists")),
    }
}

fn number(value: Scalar, spec: &str) -> Result<String, String> {
    let shown = Spec::parse(spec).and_then(|parsed| parsed.show(value));
    shown.ok_or_else(|| format!("format {spec} is not supported here"))
}

/// Python's `repr` of a float: the shortest digits that read back the same, with an exponent far from 1.
fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_string();
    }
    if value != 0.0 && value.is_finite() && !(1e-4..1e16).contains(&value.abs()) {
        return with_exponent(&format!("{value:e}"));
    }
    let text = format!("{value}");
    if text.contains(['.', 'n']) { text } else { text + ".0" }
}

/// Rust's `1.5e7` as C writes it, `1.5e+07`.
fn with_exponent(text: &str) -> String {
    let Some((digits, power)) = text.split_once('e') else { return text.to_string() };
    let (sign, power) = power.strip_prefix('-').map_or(("+", power), |power| ("-", power));
    format!("{digits}e{sign}{power:0>2}")
}

/// A format spec, `[[fill]align][sign][0][width][,][.precision][type]`.
struct Spec {
    fill: char,
    align: Option<char>,
    plus: bool,
    zeros: bool,
    width: usize,
    commas: bool,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parse(text: &str) -> Option<Spec> {
        let chars: Vec<char> = text.chars().collect();
        let aligns = |i: usize| chars.get(i).copied().filter(|c| "<>^".contains(*c));
        let (fill, align, mut at) = match (aligns(0), aligns(1)) {
            (_, Some(align)) => (chars[0], Some(align), 2),
            (Some(align), None) => (' ', Some(align), 1),
            (None, None) => (' ', None, 0),
        };
        let sign = chars.get(at).copied().filter(|c| "+-".contains(*c));
        at += usize::from(sign.is_some());
        let zeros = chars.get(at) == Some(&'0');
        let number = |at: &mut usize| -> Option<usize> {
            let digits: String = chars[*at..].iter().take_while(|c| c.is_ascii_digit()).collect();
            *at += digits.len();
            // A width beyond this is a mistake, and would only fill memory.
            if digits.is_empty() { Some(0) } else { digits.parse().ok().filter(|n| *n <= 1000) }
        };
        let width = number(&mut at)?;
        let commas = chars.get(at) == Some(&',');
        at += usize::from(commas);
        let precision = if chars.get(at) == Some(&'.') {
            at += 1;
            Some(number(&mut at)?)
        } else {
            None
        };
        let kind = chars.get(at).copied();
        at += usize::from(kind.is_some());
        let spec = Spec { fill, align, plus: sign == Some('+'), zeros, width, commas, precision, kind };
        (at == chars.len()).then_some(spec)
    }

    fn show(&self, value: Scalar) -> Option<String> {
        match value {
            Scalar::Int(..) | Scalar::Bool(_) if !matches!(self.kind, Some('f' | 'F' | 'e' | 'g' | '%')) => {
                let magnitude = value.as_i128().unsigned_abs();
                let digits = match self.kind {
                    None | Some('d') => magnitude.to_string(),
                    Some('x') => format!("{magnitude:x}"),
                    Some('b') => format!("{magnitude:b}"),
                    Some('o') => format!("{magnitude:o}"),
                    _ => return None,
                };
                Some(self.padded(digits, value.as_i128() < 0, self.zeros))
            }
            _ => self.show_float(value.as_f64()),
        }
    }

    fn show_float(&self, value: f64) -> Option<String> {
        let magnitude = value.abs();
        let negative = value.is_sign_negative() && !value.is_nan();
        if !magnitude.is_finite() {
            let word = if magnitude.is_nan() { "nan" } else { "inf" };
            return Some(self.padded(word.to_string(), negative, false));
        }
        let precision = self.precision.unwrap_or(6);
        let digits = match self.kind {
            Some('f' | 'F') => format!("{magnitude:.precision$}"),
            Some('%') => format!("{:.precision$}%", magnitude * 100.0),
            Some('e') => with_exponent(&format!("{magnitude:.precision$e}")),
            Some('g') => general(magnitude, precision.max(1)),
            None if self.precision.is_some() => {
                let digits = general(magnitude, precision.max(1));
                if digits.contains(['.', 'e']) { digits } else { digits + ".0" }
            }
            None => float_repr(magnitude),
            Some(_) => return None,
        };
        Some(self.padded(digits, negative, self.zeros))
    }

    fn padded(&self, digits: String, negative: bool, zeros: bool) -> String {
        let digits = if self.commas { thousands(&digits) } else { digits };
        let sign = match (negative, self.plus) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        let missing = self.width.saturating_sub(sign.len() + digits.chars().count());
        let fill = |n: usize| self.fill.to_string().repeat(n);
        match self.align {
            None if zeros => format!("{sign}{}{digits}", "0".repeat(missing)),
            Some('<') => format!("{sign}{digits}{}", fill(missing)),
            Some('^') => format!("{}{sign}{digits}{}", fill(missing / 2), fill(missing - missing / 2)),
            _ => format!("{}{sign}{digits}", fill(missing)),
        }
    }
}

/// Commas between groups of three digits of the whole part.
fn thousands(digits: &str) -> String {
    let whole = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let grouped = digits[..whole].char_indices().flat_map(|(i, c)| {
        let comma = (i > 0 && (whole - i).is_multiple_of(3)).then_some(',');
        comma.into_iter().chain([c])
    });
    grouped.collect::<String>() + &digits[whole..]
}

/// C's `%g`: so many significant digits, without trailing zeros, with an exponent where shorter.
fn general(magnitude: f64, precision: usize) -> String {
    let scientific = format!("{magnitude:.*e}", precision - 1);
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if power < -4 || power >= precision as i64 {
        return with_exponent(&format!("{}e{power}", trimmed(digits)));
    }
    trimmed(&format!("{magnitude:.*}", usize::try_from(precision as i64 - 1 - power).unwrap_or(0)))
}

/// PyTorch's `repr`, without its summary of large tensors.
pub fn tensor_repr(tensor: &Tensor) -> String {
    let items = elements(tensor);
    let width = items.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::from("tensor(");
    let mut items = items.iter().map(|item| format!("{item:>width$}"));
    nest(&mut text, tensor.shape(), 0, &mut items);
    if let Some(name) = shown_dtype(tensor.dtype()) {
        text.push_str(", dtype=torch.");
        text.push_str(name);
    }
    text + ")"
}

fn nest(text: &mut String, shape: &[usize], depth: usize, items: &mut dyn Iterator<Item = String>) {
    let Some((&extent, inner)) = shape.split_first() else {
        text.push_str(&items.next().unwrap_or_default());
        return;
    };
    text.push('[');
    for i in 0..extent {
        if i > 0 && inner.is_empty() {
            text.push_str(", ");
        } else if i > 0 {
            text.push(',');
            text.push_str(&"\n".repeat(inner.len()));
            text.push_str(&" ".repeat("tensor(".len() + depth + 1));
        }
        nest(text, inner, depth + 1, items);
    }
    text.push(']');
}

/// Elements as text; floats in the one style that PyTorch chooses for all of them.
fn elements(tensor: &Tensor) -> Vec<String> {
    let finite: Vec<f64> = tensor.scalars().map(|v| v.as_f64().abs()).filter(|v| v.is_finite()).collect();
    let whole = finite.iter().all(|v| v.fract() == 0.0);
    let largest = finite.iter().copied().fold(0.0, f64::max);
    let smallest = finite.iter().copied().filter(|v| *v != 0.0).fold(f64::INFINITY, f64::min);
    let scientific = largest > 1e8 || !whole && (largest / smallest > 1000.0 || smallest < 1e-4);
    let element = |value: Scalar| match value {
        Scalar::Bool(b) => if b { "True" } else { "False" }.to_string(),
        Scalar::Int(_, v) => v.to_string(),
        Scalar::Float(_, v) if !v.is_finite() => float_repr(v),
        Scalar::Float(_, v) if scientific => with_exponent(&format!("{v:.4e}")),
        Scalar::Float(_, v) if whole => format!("{v:.0}."),
        Scalar::Float(_, v) => format!("{v:.4}"),
    };
    tensor.scalars().map(element).collect()
}

/// PyTorch's name of a type that its `repr` shows; the default types are not shown.
fn shown_dtype(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::F32 | DType::I64 | DType::Bool => return None,
        DType::U8 => "uint8",
        DType::U16 => "uint16",
        DType::U32 => "uint32",
        DType::U64 => "uint64",
        DType::I8 => "int8",
        DType::I16 => "int16",
        DType::I32 => "int32",
        DType::F16 => "float16",
        DType::BF16 => "bfloat16",
        DType::F64 => "float64",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn filled(template: &str, tensor: Tensor) -> String {
        fill(template, &[Value::Tensor(Arc::new(tensor))]).expect("a text")
    }

    fn rank_0(value: Scalar) -> Value {
        Value::Tensor(Arc::new(Tensor::scalar(value)))
    }

    /// What CPython 3.11 prints.
    #[test]
    fn numbers_look_as_in_python() {
        let float =
            |v: f64, spec: &str| formatted(&rank_0(Scalar::Float(DType::F64, v)), spec).expect("known");
        for (value, spec, expected) in [
            (3.0, "", "3.0"),
            (0.1, "", "0.1"),
            (1e22, "", "1e+22"),
            (1.5e-7, "", "1.5e-07"),
            (f64::NEG_INFINITY, "", "-inf"),
            (2.0 / 3.0, ".3f", "0.667"),
            (-1234567.891, ",.2f", "-1,234,567.89"),
            (0.00012345, ".3g", "0.000123"),
            (1e10, "g", "1e+10"),
            (0.25, ".1%", "25.0%"),
            (2.5, "8.2f", "    2.50"),
            (2.5, "*<8.2f", "2.50****"),
            (-2.5, "08.2f", "-0002.50"),
            (12345.678, ".2e", "1.23e+04"),
        ] {
            assert_eq!(float(value, spec), expected, "{value} {spec}");
        }
        let int = |v: i64, spec: &str| formatted(&rank_0(Scalar::i64(v)), spec);
        assert_eq!(int(42, "05d"), Ok("00042".to_string()));
        assert_eq!(int(-42, "+x"), Ok("-2a".to_string()));
        assert_eq!(int(3, ".1f"), Ok("3.0".to_string()));
        assert!(int(1, "q").is_err());
    }

    /// What PyTorch 2 prints.
    #[test]
    fn tensors_look_as_in_pytorch() {
        assert_eq!(filled("{{x}} = {0}", Tensor::f32(&[2], &[1.0, 2.0])), "{x} = tensor([1., 2.])");
        assert_eq!(filled("{0}", Tensor::f32(&[2], &[1.5, -2.0])), "tensor([ 1.5000, -2.0000])");
        assert_eq!(filled("{0}", Tensor::f32(&[2, 1], &[1.0, 2.0])), "tensor([[1.],\n        [2.]])");
        assert_eq!(filled("{{{0}}}", Tensor::i64(&[], &[7])), "{7}");
        assert_eq!(filled("{0:tensor}", Tensor::f32(&[], &[0.5])), "tensor(0.5000)");
        assert!(fill("{1}", &[]).is_err());
    }
}
