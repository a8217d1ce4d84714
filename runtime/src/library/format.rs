//! Values as text, as Python and PyTorch show them: for exceptions' messages and `print`.

use super::{Call, Operand, Routine, View};
use crate::tensor::DType;

pub(super) const ROUTINES: &[(&str, Routine)] = &[("print", print)];

fn print(call: &mut Call) -> Result<(), String> {
    let template = call.str("template")?;
    let operands = call.operands.clone();
    call.state.print(&|| fill(&template, &operands))
}

/// Replaces `{0}` and `{0:.3f}` by operands; `{{` and `}}` stand for braces. The spec `numbers` is for a sequence whose
/// rank-0 elements are Python numbers.
///
/// # Errors
/// If the template names no operand or asks for a format that is not known.
pub fn fill(template: &str, operands: &[Operand]) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                text.push(c);
            }
            '{' => {
                let field: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let (number, spec) = field.split_once(':').unwrap_or((&field, ""));
                let operand = number.trim().parse::<usize>().ok().and_then(|i| operands.get(i));
                let operand = operand.ok_or_else(|| format!("there is no operand {{{field}}}"))?;
                text.push_str(&show(operand, spec)?);
            }
            _ => text.push(c),
        }
    }
    Ok(text)
}

fn show(operand: &Operand, spec: &str) -> Result<String, String> {
    match operand {
        Operand::Tensor(view) if spec == "tensor" => Ok(tensor(view)),
        Operand::Tensor(view) if view.shape.is_empty() => scalar(view, spec),
        Operand::Tensor(view) if spec.is_empty() => Ok(tensor(view)),
        Operand::Seq(seq) if spec == "numbers" => {
            let number = |t: &crate::tensor::Tensor| {
                scalar(&View { dtype: t.dtype(), shape: t.shape().to_vec(), bytes: t.bytes() }, "")
            };
            let items: Vec<String> = seq.items().iter().map(|t| number(t)).collect::<Result<_, _>>()?;
            Ok(format!("[{}]", items.join(", ")))
        }
        Operand::Tensor(_) | Operand::Seq(_) if !spec.is_empty() => {
            Err(format!("format {spec} is for numbers, not for tensors and lists"))
        }
        Operand::Tensor(view) => Ok(tensor(view)),
        Operand::Seq(seq) => {
            let items: Vec<String> = seq
                .items()
                .iter()
                .map(|t| tensor(&View { dtype: t.dtype(), shape: t.shape().to_vec(), bytes: t.bytes() }))
                .collect();
            Ok(format!("[{}]", items.join(", ")))
        }
    }
}

/// A rank-0 tensor as the Python number that it stands for.
fn scalar(view: &View, spec: &str) -> Result<String, String> {
    if view.dtype == DType::Bool && spec.is_empty() {
        return Ok(if view.get_i64(0) != 0 { "True" } else { "False" }.to_string());
    }
    if view.dtype.is_float() {
        return float_spec(view.get_f64(0), spec);
    }
    int_spec(integer(view, 0), spec)
}

/// An integer element as the number that it is.
fn integer(view: &View, i: usize) -> i128 {
    match view.dtype {
        DType::U64 => (view.get_i64(i) as u64).into(),
        _ => view.get_i64(i).into(),
    }
}

/// Width, alignment and such around a formatted number: `[fill][<>^][sign][0][width][,][.precision][type]`.
struct Spec {
    fill: char,
    align: Option<char>,
    plus: bool,
    zero: bool,
    width: usize,
    comma: bool,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse_spec(spec: &str) -> Option<Spec> {
    let chars: Vec<char> = spec.chars().collect();
    let mut at = 0;
    let mut result = Spec {
        fill: ' ',
        align: None,
        plus: false,
        zero: false,
        width: 0,
        comma: false,
        precision: None,
        kind: None,
    };
    let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^'));
    if is_align(chars.get(1)) {
        result.fill = chars[0];
        result.align = Some(chars[1]);
        at = 2;
    } else if is_align(chars.first()) {
        result.align = Some(chars[0]);
        at = 1;
    }
    if matches!(chars.get(at), Some('+' | '-')) {
        result.plus = chars[at] == '+';
        at += 1;
    }
    if chars.get(at) == Some(&'0') {
        result.zero = true;
        at += 1;
    }
    let number = |at: &mut usize| {
        let digits: String = chars[*at..].iter().take_while(|c| c.is_ascii_digit()).collect();
        *at += digits.len();
        digits.parse::<usize>().ok().filter(|&n| n <= 1000)
    };
    if chars.get(at).is_some_and(char::is_ascii_digit) {
        result.width = number(&mut at)?;
    }
    if chars.get(at) == Some(&',') {
        result.comma = true;
        at += 1;
    }
    if chars.get(at) == Some(&'.') {
        at += 1;
        result.precision = Some(number(&mut at)?);
    }
    if let Some(kind) = chars.get(at) {
        result.kind = Some(*kind);
        at += 1;
    }
    (at == chars.len()).then_some(result)
}

fn pad(spec: &Spec, digits: String, negative: bool) -> String {
    let sign = if negative {
        "-"
    } else if spec.plus {
        "+"
    } else {
        ""
    };
    let digits = if spec.comma { group(&digits) } else { digits };
    let missing = spec.width.saturating_sub(sign.len() + digits.chars().count());
    if spec.zero && spec.align.is_none() {
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    let fill = |n: usize| spec.fill.to_string().repeat(n);
    match spec.align {
        Some('<') => format!("{sign}{digits}{}", fill(missing)),
        Some('^') => format!("{}{sign}{digits}{}", fill(missing / 2), fill(missing - missing / 2)),
        _ => format!("{}{sign}{digits}", fill(missing)),
    }
}

/// Thousands separated by commas.
fn group(digits: &str) -> String {
    let whole = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let mut text = String::new();
    for (i, c) in digits[..whole].chars().enumerate() {
        if i > 0 && (whole - i) % 3 == 0 {
            text.push(',');
        }
        text.push(c);
    }
    text + &digits[whole..]
}

fn unknown(spec: &str) -> String {
    format!("format {spec} is not supported here")
}

fn float_spec(value: f64, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(float_repr(value));
    }
    let spec = parse_spec(text).ok_or_else(|| unknown(text))?;
    let (negative, magnitude) = (value.is_sign_negative() && !value.is_nan(), value.abs());
    if !magnitude.is_finite() {
        let word = if magnitude.is_nan() { "nan" } else { "inf" };
        return Ok(pad(&Spec { zero: false, ..spec }, word.to_string(), negative));
    }
    let precision = spec.precision.unwrap_or(6);
    let digits = match spec.kind {
        Some('f' | 'F') => format!("{magnitude:.precision$}"),
        Some('%') => format!("{:.precision$}%", magnitude * 100.0),
        Some('e') => exponent(&format!("{magnitude:.precision$e}")),
        Some('g') => general(magnitude, precision.max(1)),
        None if spec.precision.is_some() => {
            let text = general(magnitude, precision.max(1));
            if text.contains(['.', 'e']) { text } else { text + ".0" }
        }
        None => float_repr(magnitude),
        _ => return Err(unknown(text)),
    };
    Ok(pad(&spec, digits, negative))
}

fn int_spec(value: i128, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(value.to_string());
    }
    let spec = parse_spec(text).ok_or_else(|| unknown(text))?;
    let magnitude = value.unsigned_abs();
    let digits = match spec.kind {
        Some('d') | None => magnitude.to_string(),
        Some('x') => format!("{magnitude:x}"),
        Some('b') => format!("{magnitude:b}"),
        Some('o') => format!("{magnitude:o}"),
        Some('f' | 'F' | 'e' | 'g' | '%') => return float_spec(value as f64, text),
        _ => return Err(unknown(text)),
    };
    Ok(pad(&spec, digits, value < 0))
}

/// `1.5e7` as C and Python write it: `1.5e+07`.
fn exponent(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, power)) => {
            let (sign, power) = power.strip_prefix('-').map_or(('+', power), |p| ('-', p));
            format!("{digits}e{sign}{power:0>2}")
        }
        None => text.to_string(),
    }
}

/// C's `%g`.
fn general(magnitude: f64, precision: usize) -> String {
    let scientific = format!("{magnitude:.*e}", precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, p)| p.parse().ok()).unwrap_or(0);
    let trim = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    };
    if power < -4 || power >= precision as i32 {
        let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return exponent(&format!("{}e{power}", trim(digits)));
    }
    trim(&format!("{magnitude:.*}", (precision as i32 - 1 - power).max(0) as usize))
}

/// Python's `repr` of a float.
fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        return exponent(&format!("{value:e}"));
    }
    let text = format!("{value}");
    if text.contains('.') { text } else { text + ".0" }
}

/// PyTorch's `repr` of a tensor, without its summary of large ones.
fn tensor(view: &View) -> String {
    let items = elements(view);
    let width = items.iter().map(String::len).max().unwrap_or(0);
    let padded: Vec<String> = items.iter().map(|text| format!("{text:>width$}")).collect();
    let mut text = String::from("tensor(");
    let mut next = padded.iter();
    nest(&mut text, &view.shape, 0, &mut next);
    match view.dtype {
        DType::F32 | DType::I64 | DType::Bool => {}
        other => text.push_str(&format!(", dtype={}", torch_name(other))),
    }
    text + ")"
}

fn nest<'a>(text: &mut String, shape: &[usize], depth: usize, next: &mut impl Iterator<Item = &'a String>) {
    let Some((&count, inner)) = shape.split_first() else {
        text.push_str(next.next().map_or("", String::as_str));
        return;
    };
    text.push('[');
    for i in 0..count {
        if i > 0 && inner.is_empty() {
            text.push_str(", ");
        } else if i > 0 {
            text.push(',');
            text.push_str(&"\n".repeat(inner.len()));
            text.push_str(&" ".repeat("tensor(".len() + depth + 1));
        }
        nest(text, inner, depth + 1, next);
    }
    text.push(']');
}

/// The elements as text, floats with the common number of digits that PyTorch chooses.
fn elements(view: &View) -> Vec<String> {
    let count = view.len();
    if view.dtype == DType::Bool {
        return (0..count).map(|i| if view.get_i64(i) != 0 { "True" } else { "False" }.to_string()).collect();
    }
    if !view.dtype.is_float() {
        return (0..count).map(|i| integer(view, i).to_string()).collect();
    }
    let values: Vec<f64> = (0..count).map(|i| view.get_f64(i)).collect();
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let whole = finite.iter().all(|v| v.fract() == 0.0);
    let largest = finite.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let smallest = finite.iter().filter(|v| **v != 0.0).fold(f64::INFINITY, |m, v| m.min(v.abs()));
    let scientific = !finite.is_empty()
        && if whole {
            largest > 1e8
        } else {
            largest / smallest > 1000.0 || largest > 1e8 || smallest < 1e-4
        };
    values
        .iter()
        .map(|&v| {
            if !v.is_finite() {
                float_repr(v)
            } else if scientific {
                exponent(&format!("{v:.4e}"))
            } else if whole {
                format!("{v:.0}.")
            } else {
                format!("{v:.4}")
            }
        })
        .collect()
}

fn torch_name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "torch.bool",
        DType::U8 => "torch.uint8",
        DType::U16 => "torch.uint16",
        DType::U32 => "torch.uint32",
        DType::U64 => "torch.uint64",
        DType::I8 => "torch.int8",
        DType::I16 => "torch.int16",
        DType::I32 => "torch.int32",
        DType::I64 => "torch.int64",
        DType::F16 => "torch.float16",
        DType::BF16 => "torch.bfloat16",
        DType::F32 => "torch.float32",
        DType::F64 => "torch.float64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    fn filled(template: &str, tensors: &[Tensor]) -> String {
        let operands: Vec<Operand> = tensors
            .iter()
            .map(|t| Operand::Tensor(View { dtype: t.dtype(), shape: t.shape().to_vec(), bytes: t.bytes() }))
            .collect();
        fill(template, &operands).expect("fills")
    }

    #[test]
    fn numbers_look_as_in_python() {
        let f = |v: f64, spec: &str| float_spec(v, spec).expect("known");
        assert_eq!(f(3.0, ""), "3.0");
        assert_eq!(f(0.1, ""), "0.1");
        assert_eq!(f(1e22, ""), "1e+22");
        assert_eq!(f(1.5e-7, ""), "1.5e-07");
        assert_eq!(f(2.0 / 3.0, ".3f"), "0.667");
        assert_eq!(f(-1234567.891, ",.2f"), "-1,234,567.89");
        assert_eq!(f(0.00012345, ".3g"), "0.000123");
        assert_eq!(f(1e10, "g"), "1e+10");
        assert_eq!(f(0.25, ".1%"), "25.0%");
        assert_eq!(f(2.5, "8.2f"), "    2.50");
        assert_eq!(f(2.5, "<8.2f"), "2.50    ");
        assert_eq!(int_spec(42, "05d").expect("known"), "00042");
        assert_eq!(int_spec(-42, "+x").expect("known"), "-2a");
        assert!(int_spec(1, "q").is_err());
    }

    #[test]
    fn tensors_look_as_in_pytorch() {
        let tensor = |shape: &[usize], v: &[f32]| Tensor::f32(shape, v).expect("fits");
        assert_eq!(filled("{0}", &[tensor(&[2], &[1.0, 2.0])]), "tensor([1., 2.])");
        assert_eq!(filled("{0}", &[tensor(&[2], &[1.5, -2.0])]), "tensor([ 1.5000, -2.0000])");
        assert_eq!(filled("{0}", &[tensor(&[2, 1], &[1.0, 2.0])]), "tensor([[1.],\n        [2.]])");
        assert_eq!(filled("{{{0}}}", &[Tensor::i64(&[], &[7]).expect("fits")]), "{7}");
    }
}
