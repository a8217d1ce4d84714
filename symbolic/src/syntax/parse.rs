//! Infix text to terms.
//!
//! Precedence, from loose to tight: `or`, `and`, `not`, comparisons, `+ -`, `* /`, unary minus, `^` (also `**`, to the
//! right). Text is first put into postfix order by an operator stack, which no depth of brackets overflows; terms and
//! patterns are both made from the postfix form.

use crate::function::Function;
use crate::interval::{Domain, Interval};
use crate::number::Number;
use crate::ops;
use crate::symbol::{Assumptions, Symbol};
use crate::term::Scalar;
use braid_ir::ScalarOp;
use std::collections::HashMap;
use std::ops::Range;

/// What is wrong with a text, and where.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse};
/// let error = parse::<Expr>("x + (y").unwrap_err();
/// assert_eq!(error.render("formula", "x + (y"), "formula:1:5: this bracket is never closed\n  x + (y\n      ^");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl SyntaxError {
    /// An error at a place.
    ///
    /// ```
    /// use braid_symbolic::syntax::SyntaxError;
    /// assert_eq!(SyntaxError::new(0..1, "no").to_string(), "no");
    /// ```
    pub fn new(span: Range<usize>, message: impl Into<String>) -> SyntaxError {
        SyntaxError { span, message: message.into() }
    }

    /// The message with line, column and the line of the text itself, the place underlined.
    ///
    /// ```
    /// use braid_symbolic::{Expr, syntax::parse};
    /// let error = parse::<Expr>("2x").unwrap_err();
    /// assert_eq!(error.render("f", "2x"), "f:1:1: products are written with *: 2*x\n  2x\n  ^^");
    /// ```
    pub fn render(&self, name: &str, text: &str) -> String {
        let start = self.span.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..].lines().next().unwrap_or("");
        let number = text[..start].matches('\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;
        let width = text.get(self.span.clone()).map_or(1, |t| t.chars().count()).max(1);
        let marks = "^".repeat(width.min(line.chars().count().saturating_sub(column - 1).max(1)));
        format!("{name}:{number}:{column}: {}\n  {line}\n  {}{marks}", self.message, " ".repeat(column - 1))
    }
}

/// An element of the postfix form: it takes its operands from those before it.
///
/// ```
/// use braid_symbolic::syntax::postfix;
/// let items = postfix("x + 1").unwrap();
/// assert_eq!((items.len(), items[2].arity, items[2].span.clone()), (3, 2, 2..3));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Number of operands.
    pub arity: usize,
    /// Where it stands in the text.
    pub span: Range<usize>,
}

/// What an element of the postfix form is.
///
/// ```
/// use braid_symbolic::syntax::{ItemKind, postfix};
/// assert_eq!(postfix("x").unwrap()[0].kind, ItemKind::Name("x".into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// A constant.
    Number(Number),
    /// A name that is not called.
    Name(String),
    /// A slot of a pattern: `?x`, or `??xs` for a segment, with an optional predicate after `::`.
    Slot {
        /// The name without question marks.
        name: String,
        /// Whether it stands for any number of operands.
        segment: bool,
        /// The predicate's name.
        predicate: Option<String>,
    },
    /// An operator, also `Sub`, `Div`, `Neg`, `Gt` and `Ge`.
    Op(ScalarOp),
    /// A function called by name.
    Call(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(Number),
    Name(String),
    Slot(String, bool, Option<String>),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 18] =
    ["**", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "(", ")", ",", "!"];

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, SyntaxError> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let while_ =
        |from: usize, keep: fn(u8) -> bool| from + bytes[from..].iter().take_while(|&&b| keep(b)).count();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if byte.is_ascii_digit() || byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
            at = while_(at, |b| b.is_ascii_digit() || b == b'.');
            if matches!(bytes.get(at), Some(b'e' | b'E')) {
                let sign = matches!(bytes.get(at + 1), Some(b'+' | b'-')) as usize;
                if bytes.get(at + 1 + sign).is_some_and(u8::is_ascii_digit) {
                    at = while_(at + 1 + sign, |b| b.is_ascii_digit());
                }
            }
            let number = Number::from_decimal(&text[start..at]).ok_or_else(|| {
                SyntaxError::new(
                    start..at,
                    format!("{} is not a number, or its exponent is beyond 9999", &text[start..at]),
                )
            })?;
            if bytes.get(at).is_some_and(|&b| word(b)) {
                let end = while_(at, |b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80);
                let (n, name) = (&text[start..at], &text[at..end]);
                return Err(SyntaxError::new(start..end, format!("products are written with *: {n}*{name}")));
            }
            found.push((Token::Number(number), start..at));
        } else if word(byte) {
            at = while_(at, |b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80);
            found.push((Token::Name(text[start..at].to_string()), start..at));
        } else if byte == b'?' {
            let segment = bytes.get(at + 1) == Some(&b'?');
            let name_start = at + 1 + segment as usize;
            let ident = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            at = while_(name_start, ident);
            let name = text[name_start..at].to_string();
            if name.is_empty() {
                return Err(SyntaxError::new(start..name_start, "a slot has a name, such as ?x"));
            }
            let mut predicate = None;
            // A compiler's token printer may put spaces between.
            let rest = text[at..].trim_start();
            if let Some(rest) = rest.strip_prefix("::") {
                let trimmed = rest.trim_start();
                let from = text.len() - trimmed.len();
                at = while_(from, ident);
                predicate = Some(text[from..at].to_string());
            }
            found.push((Token::Slot(name, segment, predicate), start..at));
        } else if let Some(symbol) = SYMBOLS.iter().find(|s| text[at..].starts_with(**s)) {
            at += symbol.len();
            found.push((Token::Symbol(symbol), start..at));
        } else {
            let end = start + text[start..].chars().next().map_or(1, char::len_utf8);
            return Err(SyntaxError::new(start..end, format!("{} means nothing here", &text[start..end])));
        }
    }
    Ok(found)
}

/// What waits on the operator stack.
enum Waiting {
    Operator {
        op: ScalarOp,
        arity: usize,
        precedence: u8,
    },
    /// An open bracket; of a call, with the function's name and the number of arguments so far.
    Open(Option<(String, Range<usize>)>, usize),
}

const COMPARISON: u8 = 4;
const POWER: u8 = 8;

fn infix(token: &Token) -> Option<(ScalarOp, u8)> {
    Some(match token {
        Token::Name(name) if name == "or" => (ScalarOp::Or, 1),
        Token::Name(name) if name == "and" => (ScalarOp::And, 2),
        Token::Symbol(symbol) => match *symbol {
            "||" => (ScalarOp::Or, 1),
            "&&" => (ScalarOp::And, 2),
            "==" => (ScalarOp::Eq, COMPARISON),
            "!=" => (ScalarOp::Ne, COMPARISON),
            "<" => (ScalarOp::Lt, COMPARISON),
            "<=" => (ScalarOp::Le, COMPARISON),
            ">" => (ScalarOp::Gt, COMPARISON),
            ">=" => (ScalarOp::Ge, COMPARISON),
            "+" => (ScalarOp::Add, 5),
            "-" => (ScalarOp::Sub, 5),
            "*" => (ScalarOp::Mul, 6),
            "/" => (ScalarOp::Div, 6),
            "^" | "**" => (ScalarOp::Pow, POWER),
            _ => return None,
        },
        _ => return None,
    })
}

fn prefix(token: &Token) -> Option<(Option<ScalarOp>, u8)> {
    match token {
        Token::Symbol("-") => Some((Some(ScalarOp::Neg), 7)),
        Token::Symbol("+") => Some((None, 7)),
        Token::Symbol("!") => Some((Some(ScalarOp::Not), 3)),
        Token::Name(name) if name == "not" => Some((Some(ScalarOp::Not), 3)),
        _ => None,
    }
}

/// The postfix form of an infix text.
///
/// ```
/// use braid_symbolic::syntax::postfix;
/// assert_eq!(postfix("f(x, 2) + 1").unwrap().len(), 5);
/// assert_eq!(postfix("f(x").unwrap_err().message, "this bracket is never closed");
/// ```
///
/// # Errors
/// Where the text is malformed.
pub fn postfix(text: &str) -> Result<Vec<Item>, SyntaxError> {
    let tokens = tokens(text)?;
    let end = text.len()..text.len();
    let mut output: Vec<Item> = Vec::new();
    let mut stack: Vec<(Waiting, Range<usize>)> = Vec::new();
    let mut operand_next = true;
    let reduce =
        |output: &mut Vec<Item>, stack: &mut Vec<(Waiting, Range<usize>)>, keep: &dyn Fn(u8) -> bool| {
            while let Some((Waiting::Operator { op, arity, precedence }, span)) = stack.last() {
                if keep(*precedence) {
                    break;
                }
                output.push(Item { kind: ItemKind::Op(*op), arity: *arity, span: span.clone() });
                stack.pop();
            }
        };
    let mut i = 0;
    while i < tokens.len() {
        let (token, span) = (&tokens[i].0, tokens[i].1.clone());
        i += 1;
        if operand_next {
            if let Some((op, precedence)) = prefix(token) {
                if let Some(op) = op {
                    stack.push((Waiting::Operator { op, arity: 1, precedence }, span));
                }
                continue;
            }
            let kind = match token {
                Token::Number(n) => ItemKind::Number(n.clone()),
                Token::Slot(name, segment, predicate) => {
                    ItemKind::Slot { name: name.clone(), segment: *segment, predicate: predicate.clone() }
                }
                Token::Name(name) => {
                    if matches!(tokens.get(i), Some((Token::Symbol("("), _))) {
                        stack.push((Waiting::Open(Some((name.clone(), span)), 0), tokens[i].1.clone()));
                        i += 1;
                        if matches!(tokens.get(i), Some((Token::Symbol(")"), _))) {
                            operand_next = false;
                        }
                        continue;
                    }
                    ItemKind::Name(name.clone())
                }
                Token::Symbol("(") => {
                    stack.push((Waiting::Open(None, 0), span));
                    continue;
                }
                Token::Symbol(symbol) => {
                    return Err(SyntaxError::new(span, format!("expected a value before {symbol}")));
                }
            };
            output.push(Item { kind, arity: 0, span });
            operand_next = false;
            continue;
        }
        if let Some((op, precedence)) = infix(token) {
            // What is left of an operator of the same kind is its left operand, which of comparisons none may be.
            reduce(&mut output, &mut stack, &|p| p <= precedence);
            let same = |(waiting, _): &(Waiting, _)| matches!(waiting, Waiting::Operator { precedence: p, .. } if *p == precedence);
            if precedence == COMPARISON && stack.last().is_some_and(same) {
                return Err(SyntaxError::new(span, "comparisons do not chain: write a < b and b < c"));
            }
            reduce(&mut output, &mut stack, &|p| p < precedence || p == precedence && precedence == POWER);
            stack.push((Waiting::Operator { op, arity: 2, precedence }, span));
            operand_next = true;
            continue;
        }
        match token {
            Token::Symbol(")") | Token::Symbol(",") => {
                reduce(&mut output, &mut stack, &|_| false);
                let closes = *token == Token::Symbol(")");
                match stack.last_mut() {
                    Some((Waiting::Open(Some(_), count), _)) if !closes => {
                        *count += 1;
                        operand_next = true;
                    }
                    Some((Waiting::Open(..), _)) if closes => {
                        if let Some((Waiting::Open(Some((name, at)), count), _)) = stack.pop() {
                            let empty =
                                matches!(tokens.get(i.wrapping_sub(2)), Some((Token::Symbol("("), _)));
                            let arity = if empty { 0 } else { count + 1 };
                            output.push(Item { kind: ItemKind::Call(name), arity, span: at.start..span.end });
                        }
                    }
                    Some(_) => {
                        return Err(SyntaxError::new(
                            span,
                            "a comma belongs between arguments of a function",
                        ));
                    }
                    None => {
                        let what = if closes {
                            "this bracket closes none"
                        } else {
                            "a comma belongs between arguments"
                        };
                        return Err(SyntaxError::new(span, what));
                    }
                }
            }
            _ => {
                return Err(SyntaxError::new(span, "expected an operator here; products are written with *"));
            }
        }
    }
    if operand_next {
        let message =
            if tokens.is_empty() { "expected an expression" } else { "expected a value after this" };
        let at = tokens.last().map_or(end, |t| t.1.clone());
        return Err(SyntaxError::new(at, message));
    }
    reduce(&mut output, &mut stack, &|_| false);
    match stack.pop() {
        Some((_, span)) => Err(SyntaxError::new(span, "this bracket is never closed")),
        None => Ok(output),
    }
}

/// Which names a text may use.
///
/// ```
/// use braid_symbolic::{Assumptions, Expr, syntax::{Names, parse_with}};
/// let mut names = Names::default();
/// names.known.insert("t".into(), Assumptions::POSITIVE);
/// assert_eq!(parse_with::<Expr>("t/t", &names).unwrap().to_string(), "1");
/// assert!(parse_with::<Expr>("t + u", &names).is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The names and what is assumed of them.
    pub known: HashMap<String, Assumptions>,
    /// Whether a name that is not among them is a real unknown; otherwise it is an error.
    pub open: bool,
}

impl Names {
    /// Every name is a real unknown.
    ///
    /// ```
    /// use braid_symbolic::syntax::Names;
    /// assert!(Names::any().open);
    /// ```
    pub fn any() -> Names {
        Names { known: HashMap::new(), open: true }
    }

    /// The symbol of a name.
    ///
    /// ```
    /// use braid_symbolic::syntax::Names;
    /// assert_eq!(Names::any().symbol("x").unwrap().name(), "x");
    /// assert_eq!(Names::default().symbol("x"), None);
    /// ```
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        match self.known.get(name) {
            Some(&assumptions) => Some(Symbol::new(name, assumptions)),
            None => self.open.then(|| Symbol::real(name)),
        }
    }
}

/// Reads an expression; every name is a real unknown.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("2*x + x - sin(y)^2").unwrap();
/// assert_eq!(e.to_string(), "3*x - sin(y)^2");
/// assert_eq!(parse::<Expr>("2*(x").unwrap_err().span, 2..3);
/// ```
///
/// # Errors
/// Where the text is malformed, calls an unknown function, or divides by an exact zero.
pub fn parse<T: Scalar>(text: &str) -> Result<T, SyntaxError> {
    parse_with(text, &Names::any())
}

/// Reads an expression over the given names.
///
/// ```
/// use braid_symbolic::{Assumptions, Expr, syntax::{Names, parse_with}};
/// let names = Names { known: [("t".to_string(), Assumptions::POSITIVE)].into(), open: false };
/// assert_eq!(parse_with::<Expr>("abs(t)", &names).unwrap().to_string(), "t");
/// assert_eq!(parse_with::<Expr>("t + u", &names).unwrap_err().message, "u is unknown here; known are t");
/// ```
///
/// # Errors
/// As [`parse`], and where a name is not among those given.
pub fn parse_with<T: Scalar>(text: &str, names: &Names) -> Result<T, SyntaxError> {
    build(&postfix(text)?, names)
}

/// Reads an expression that is to have a value: beyond what [`parse_with`] refuses, operations on constants outside of their
/// domain, such as `log(-1)`, are errors. Those are terms like any other, but a mistake of whoever wrote them.
///
/// ```
/// use braid_symbolic::{Expr, syntax::{Names, parse_defined}};
/// assert!(parse_defined::<Expr>("log(x)", &Names::any()).is_ok());
/// let error = parse_defined::<Expr>("x + log(-1)", &Names::any()).unwrap_err();
/// assert_eq!((error.span, &*error.message), (4..11, "log(-1) is not defined in the real numbers"));
/// ```
///
/// # Errors
/// As [`parse_with`], and where an operation on constants is not defined.
pub fn parse_defined<T: Scalar>(text: &str, names: &Names) -> Result<T, SyntaxError> {
    made(&postfix(text)?, names, defined)
}

/// The term of a postfix form.
///
/// ```
/// use braid_symbolic::{Expr, syntax::{Names, build, postfix}};
/// let items = postfix("x + x").unwrap();
/// assert_eq!(build::<Expr>(&items, &Names::any()).unwrap().to_string(), "2*x");
/// ```
///
/// # Errors
/// Where a name or function is unknown, the number of arguments is wrong, or an exact zero divides.
pub fn build<T: Scalar>(items: &[Item], names: &Names) -> Result<T, SyntaxError> {
    made(items, names, |_, _| Ok(()))
}

/// Whether an operation may be applied to arguments.
type Check<T> = fn(ScalarOp, &[T]) -> Result<(), String>;

fn made<T: Scalar>(items: &[Item], names: &Names, check: Check<T>) -> Result<T, SyntaxError> {
    let mut values: Vec<T> = Vec::new();
    for item in items {
        let fail = |message: String| SyntaxError::new(item.span.clone(), message);
        let start = values.len() - item.arity;
        let args = &values[start..];
        let value = match &item.kind {
            ItemKind::Number(n) => T::number(n.clone()),
            ItemKind::Name(name) if name == "pi" => T::pi(),
            ItemKind::Name(name) if name == "true" || name == "false" => T::number((name == "true") as i64),
            ItemKind::Name(name) => T::symbol(names.symbol(name).ok_or_else(|| {
                let mut known: Vec<&str> = names.known.keys().map(String::as_str).collect();
                known.sort_unstable();
                fail(format!("{name} is unknown here; known are {}", known.join(", ")))
            })?),
            ItemKind::Slot { .. } => return Err(fail("a slot belongs into a rule".to_string())),
            ItemKind::Op(op) => operator(*op, args, check).map_err(&fail)?,
            ItemKind::Call(name) => call(name, args, check).map_err(&fail)?,
        };
        values.truncate(start);
        values.push(value);
    }
    Ok(values.swap_remove(0))
}

fn operator<T: Scalar>(op: ScalarOp, args: &[T], check: Check<T>) -> Result<T, String> {
    let zero = |at: usize| args[at].as_number().is_some_and(|n| n.is_zero());
    if op == ScalarOp::Div && zero(1) {
        return Err("division by zero".to_string());
    }
    if op == ScalarOp::Pow && zero(0) && args[1].as_number().is_some_and(|n| n.is_negative()) {
        return Err("zero has no negative power".to_string());
    }
    check(op, args)?;
    Ok(T::apply(op, args))
}

/// An error where an operation on constants has no value.
fn defined<T: Scalar>(op: ScalarOp, args: &[T]) -> Result<(), String> {
    if op == ScalarOp::Mod && args[1].as_number().is_some_and(|n| n.is_zero()) {
        return Err("division by zero".to_string());
    }
    // Others are not looked at, so that a sum that is made step by step is not made at each step.
    if op != ScalarOp::Pow && ops::spec(op).is_none_or(|row| row.domain.is_empty()) {
        return Ok(());
    }
    let constants: Option<Vec<Interval>> =
        args.iter().map(|a| a.as_number().map(|n| Interval::of_number(&n))).collect();
    let nowhere = constants.is_some_and(|c| match c[..] {
        [base, exponent] if op == ScalarOp::Pow => {
            base.pow(exponent, args[1].as_number().as_ref()).domain == Domain::Nowhere
        }
        _ => Interval::apply(op, &c).domain == Domain::Nowhere,
    });
    if nowhere {
        let args: Vec<String> = args.iter().map(|a| a.to_string()).collect();
        let name = ops::spec(op).map_or("", |row| row.name);
        return Err(format!("{name}({}) is not defined in the real numbers", args.join(", ")));
    }
    Ok(())
}

fn call<T: Scalar>(name: &str, args: &[T], check: Check<T>) -> Result<T, String> {
    let name = match name {
        "ln" => "log",
        "arcsin" => "asin",
        "arccos" => "acos",
        "arctan" => "atan",
        "if" | "ifelse" => "select",
        other => other,
    };
    if name == "sqrt" && args.len() == 1 {
        return operator(ScalarOp::Pow, &[args[0].clone(), T::number(Number::HALF)], check);
    }
    if let Some(row) = ops::by_name(name) {
        return match row.arity {
            Some(arity) if arity != args.len() => Err(format!(
                "{name} takes {arity} argument{}, not {}",
                if arity == 1 { "" } else { "s" },
                args.len()
            )),
            None if row.op == ScalarOp::Add => Ok(T::sum(args)),
            None => Ok(T::product(args)),
            _ => operator(row.op, args, check),
        };
    }
    let Some(function) = Function::named(name) else {
        return Err(format!("{name} is not a known function; a product is written {name}*(…)"));
    };
    let arity = function.spec().parameters.len();
    if arity != args.len() {
        return Err(format!("{name} takes {arity} arguments, not {}", args.len()));
    }
    Ok(T::call(function, args))
}
