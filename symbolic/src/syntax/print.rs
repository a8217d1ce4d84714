//! Terms to text and to LaTeX.
//!
//! Text is written so that it reads back as the same term. The writer keeps its own stack, so depth is no limit; operands
//! of sums and products are ordered for the reader: by falling degree, then by name.

use crate::number::Number;
use crate::ops;
use crate::term::walk::{TermMap, fold_in};
use crate::term::{Args, Dag, Head, Scalar};
use braid_ir::ScalarOp;
use std::fmt::{self, Write};

/// Writes a term as text.
///
/// ```
/// use braid_symbolic::{Expr, syntax::{parse, print}};
/// let mut out = String::new();
/// print(&parse::<Expr>("1 + x").unwrap(), &mut out).unwrap();
/// assert_eq!(out, "x + 1");
/// ```
///
/// # Errors
/// If the writer fails.
pub fn print<T: Scalar>(term: &T, out: &mut dyn Write) -> fmt::Result {
    write(term, out, Style::Text)
}

/// A term as LaTeX.
///
/// ```
/// use braid_symbolic::{Expr, syntax::{latex, parse}};
/// let e: Expr = parse("(x + 1)/sqrt(y)").unwrap();
/// assert_eq!(latex(&e), r"\frac{x + 1}{\sqrt{y}}");
/// ```
pub fn latex<T: Scalar>(term: &T) -> String {
    let mut out = String::new();
    // Writing into a string does not fail.
    let _ = write(term, &mut out, Style::Latex);
    out
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Text,
    Latex,
}

/// How tightly the outermost operator binds, as in the reader.
mod tight {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARE: u8 = 4;
    pub const SUM: u8 = 5;
    pub const PRODUCT: u8 = 6;
    pub const MINUS: u8 = 7;
    pub const POWER: u8 = 8;
    pub const ATOM: u8 = 9;
}

enum Piece<T> {
    Str(&'static str),
    Text(String),
    /// A term where the context binds this tightly.
    Term(T, u8),
}

/// What orders operands: degree, then the first name.
#[derive(Clone, PartialEq, PartialOrd)]
struct Key {
    constant: bool,
    degree: f64,
    name: &'static str,
}

struct Writer<T: Scalar> {
    style: Style,
    keys: TermMap<T, Key>,
}

fn write<T: Scalar>(term: &T, out: &mut dyn Write, style: Style) -> fmt::Result {
    if !T::SHARED {
        // What orders operands is kept for each subterm, and no table of trees is cheap.
        return write(&term.convert::<Dag>(), out, style);
    }
    let mut writer = Writer { style, keys: TermMap::default() };
    let mut stack = vec![Piece::Term(term.clone(), 0)];
    while let Some(piece) = stack.pop() {
        match piece {
            Piece::Str(text) => out.write_str(text)?,
            Piece::Text(text) => out.write_str(&text)?,
            Piece::Term(term, context) => {
                let (pieces, binds) = writer.pieces(&term);
                let bracket = binds < context;
                let (open, close) = if style == Style::Text { ("(", ")") } else { ("\\left(", "\\right)") };
                if bracket {
                    stack.push(Piece::Str(close));
                }
                stack.extend(pieces.into_iter().rev());
                if bracket {
                    stack.push(Piece::Str(open));
                }
            }
        }
    }
    Ok(())
}

impl<T: Scalar> Writer<T> {
    fn key(&mut self, term: &T) -> Key {
        fold_in(term, &mut self.keys, |term, args: &[Key]| {
            let first = args.iter().filter(|k| !k.constant).map(|k| k.name).min().unwrap_or("");
            let constant = args.iter().all(|k| k.constant);
            let degree = |f: &dyn Fn(f64, f64) -> f64| args.iter().map(|k| k.degree).fold(0.0, f);
            match term.head() {
                Head::Number(_) | Head::Pi => Key { constant: true, degree: 0.0, name: "" },
                Head::Symbol(symbol) => Key { constant: false, degree: 1.0, name: symbol.name() },
                Head::Op(ScalarOp::Add) => Key { constant, degree: degree(&f64::max), name: first },
                Head::Op(ScalarOp::Mul) => Key { constant, degree: degree(&|a, b| a + b), name: first },
                Head::Op(ScalarOp::Pow) => {
                    let n = term.args().get(1).and_then(|e| e.as_number()).map_or(1.0, |n| n.to_f64());
                    Key { constant, degree: args[0].degree * n, name: first }
                }
                _ => Key { constant, degree: 0.0, name: if first.is_empty() { "" } else { first } },
            }
        })
    }

    /// Operands of a sum by falling degree, of a product by name, constants where they are expected.
    fn ordered(&mut self, args: Args<T>, sum: bool) -> Vec<T> {
        let mut keyed: Vec<(Key, T)> = args.into_iter().map(|a| (self.key(&a), a)).collect();
        keyed.sort_by(|(a, _), (b, _)| {
            let constants = if sum { a.constant.cmp(&b.constant) } else { b.constant.cmp(&a.constant) };
            let degrees = b.degree.total_cmp(&a.degree);
            let names = a.name.cmp(b.name);
            constants.then(if sum { degrees.then(names) } else { names.then(degrees.reverse()) })
        });
        keyed.into_iter().map(|(_, term)| term).collect()
    }

    fn pieces(&mut self, term: &T) -> (Vec<Piece<T>>, u8) {
        use Piece::{Str, Term, Text};
        let args = term.args();
        match term.head() {
            Head::Number(n) => self.number(&n),
            Head::Symbol(symbol) => (vec![Text(self.name(symbol.name()))], tight::ATOM),
            Head::Pi => (vec![Str(if self.style == Style::Text { "pi" } else { "\\pi" })], tight::ATOM),
            Head::Op(ScalarOp::Add) => self.sum(args),
            Head::Op(ScalarOp::Mul | ScalarOp::Pow) => self.product(term),
            Head::Op(ScalarOp::Not) => {
                let not = if self.style == Style::Text { "not " } else { "\\lnot " };
                (vec![Str(not), Term(args[0].clone(), tight::NOT)], tight::NOT)
            }
            Head::Op(op @ (ScalarOp::And | ScalarOp::Or)) => {
                let (text, latex, binds) = if op == ScalarOp::And {
                    (" and ", " \\land ", tight::AND)
                } else {
                    (" or ", " \\lor ", tight::OR)
                };
                let between = Str(if self.style == Style::Text { text } else { latex });
                (vec![Term(args[0].clone(), binds), between, Term(args[1].clone(), binds + 1)], binds)
            }
            Head::Op(op @ (ScalarOp::Eq | ScalarOp::Ne | ScalarOp::Lt | ScalarOp::Le)) => {
                let (text, latex) = match op {
                    ScalarOp::Eq => (" == ", " = "),
                    ScalarOp::Ne => (" != ", " \\neq "),
                    ScalarOp::Lt => (" < ", " < "),
                    _ => (" <= ", " \\leq "),
                };
                let between = Str(if self.style == Style::Text { text } else { latex });
                let side = tight::COMPARE + 1;
                (vec![Term(args[0].clone(), side), between, Term(args[1].clone(), side)], tight::COMPARE)
            }
            Head::Op(ScalarOp::Select) if self.style == Style::Latex => (
                vec![
                    Str("\\begin{cases} "),
                    Term(args[1].clone(), 0),
                    Str(" & \\text{if } "),
                    Term(args[0].clone(), 0),
                    Str(" \\\\ "),
                    Term(args[2].clone(), 0),
                    Str(" & \\text{otherwise} \\end{cases}"),
                ],
                tight::ATOM,
            ),
            Head::Op(ScalarOp::Abs) if self.style == Style::Latex => {
                (vec![Str("\\left|"), Term(args[0].clone(), 0), Str("\\right|")], tight::ATOM)
            }
            Head::Op(op) => {
                let row = ops::spec(op);
                let name = row.map_or("", |row| row.name);
                let latex = row.map_or("", |row| row.latex);
                self.call(if self.style == Style::Latex && !latex.is_empty() { latex } else { name }, args)
            }
            Head::Function(function) => self.call(&function.spec().name, args),
        }
    }

    fn name(&self, name: &str) -> String {
        if self.style == Style::Text {
            return name.to_string();
        }
        match name.split_once('_') {
            Some((stem, index)) => format!("{}_{{{}}}", self.name(stem), index.replace('_', ",")),
            None => {
                const GREEK: [&str; 23] = [
                    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
                    "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma",
                    "Delta",
                ];
                let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
                let digits = &name[stem.len()..];
                let stem = if GREEK.contains(&stem) {
                    format!("\\{stem}")
                } else if stem.chars().count() > 1 {
                    format!("\\mathrm{{{stem}}}")
                } else {
                    stem.to_string()
                };
                if digits.is_empty() { stem } else { format!("{stem}_{{{digits}}}") }
            }
        }
    }

    fn call(&self, name: &str, args: Args<T>) -> (Vec<Piece<T>>, u8) {
        let name = if self.style == Style::Latex && !name.starts_with('\\') {
            format!("\\operatorname{{{name}}}")
        } else {
            name.to_string()
        };
        let (open, close) = if self.style == Style::Text { ("(", ")") } else { ("\\left(", "\\right)") };
        let mut pieces = vec![Piece::Text(name), Piece::Str(open)];
        for (i, arg) in args.into_iter().enumerate() {
            if i > 0 {
                pieces.push(Piece::Str(", "));
            }
            pieces.push(Piece::Term(arg, 0));
        }
        pieces.push(Piece::Str(close));
        (pieces, tight::ATOM)
    }

    fn number(&self, n: &Number) -> (Vec<Piece<T>>, u8) {
        let binds = match (n.is_negative(), n.is_integer()) {
            (true, _) => tight::MINUS,
            (false, false) => tight::PRODUCT,
            (false, true) => tight::ATOM,
        };
        let text = if self.style == Style::Latex && !n.is_integer() {
            let sign = if n.is_negative() { "-" } else { "" };
            format!("{sign}\\frac{{{}}}{{{}}}", n.abs().numerator(), n.denominator())
        } else {
            n.to_string()
        };
        (vec![Piece::Text(text)], binds)
    }

    fn sum(&mut self, args: Args<T>) -> (Vec<Piece<T>>, u8) {
        let mut pieces = Vec::new();
        for (i, term) in self.ordered(args, true).into_iter().enumerate() {
            let (coefficient, _) = split_coefficient(&term);
            let negative = coefficient.is_negative();
            match (i, negative) {
                (0, false) => pieces.push(Piece::Term(term, tight::SUM)),
                (0, true) => pieces.push(Piece::Term(term, tight::SUM)),
                (_, false) => pieces.extend([Piece::Str(" + "), Piece::Term(term, tight::SUM + 1)]),
                (_, true) => {
                    pieces.push(Piece::Str(" - "));
                    // A nested sum with a sign in front is a product, so it is written without brackets of ours.
                    let (inner, _) = self.product_pieces(&term, true);
                    pieces.extend(inner);
                }
            }
        }
        (pieces, tight::SUM)
    }

    fn product(&mut self, term: &T) -> (Vec<Piece<T>>, u8) {
        let negative = split_coefficient(term).0.is_negative();
        let (mut pieces, binds) = self.product_pieces(term, negative);
        if negative {
            pieces.insert(0, Piece::Str("-"));
            return (pieces, tight::MINUS.min(binds));
        }
        (pieces, binds)
    }

    /// A number, product or power, without its sign if `unsigned`.
    fn product_pieces(&mut self, term: &T, unsigned: bool) -> (Vec<Piece<T>>, u8) {
        let (coefficient, factors) = split_coefficient(term);
        let coefficient = if unsigned { coefficient.abs() } else { coefficient };
        let one = num_bigint::BigInt::from(1);
        let (mut above, mut below): (Vec<Vec<Piece<T>>>, Vec<Vec<Piece<T>>>) = (Vec::new(), Vec::new());
        let (p, q) = (coefficient.numerator(), coefficient.denominator());
        if p != one {
            above.push(vec![Piece::Text(p.to_string())]);
        }
        if q != one {
            below.push(vec![Piece::Text(q.to_string())]);
        }
        let factors = self.ordered(factors, false);
        let alone = factors.len() == 1 && p == one && q == one;
        for factor in &factors {
            if factor.head() == Head::Op(ScalarOp::Pow) {
                let args = factor.args();
                match args[1].as_number() {
                    Some(n) if n.is_negative() => below.push(self.power(&args[0], &T::number(-&n))),
                    _ => above.push(self.power(&args[0], &args[1])),
                }
            } else {
                let side = if alone { tight::PRODUCT } else { tight::MINUS };
                above.push(vec![Piece::Term(factor.clone(), side)]);
            }
        }
        let single_power = above.len() == 1
            && below.is_empty()
            && p == one
            && factors.iter().all(|f| f.head() == Head::Op(ScalarOp::Pow));
        let join = |parts: Vec<Vec<Piece<T>>>| {
            let mut pieces = Vec::new();
            for (i, part) in parts.into_iter().enumerate() {
                if i > 0 {
                    pieces.push(Piece::Str(if self.style == Style::Text { "*" } else { " " }));
                }
                pieces.extend(part);
            }
            pieces
        };
        if above.is_empty() {
            above.push(vec![Piece::Str("1")]);
        }
        let many = below.len() > 1;
        let empty = below.is_empty();
        // What is alone above or below a bar of LaTeX needs no brackets.
        if self.style == Style::Latex && !empty {
            let bare = |mut parts: Vec<Vec<Piece<T>>>| {
                if let [part] = &mut parts[..]
                    && let [Piece::Term(_, context)] = &mut part[..]
                {
                    *context = 0;
                }
                parts
            };
            let (above, below) = (join(bare(above)), join(bare(below)));
            let mut pieces = vec![Piece::Str("\\frac{")];
            pieces.extend(above);
            pieces.push(Piece::Str("}{"));
            pieces.extend(below);
            pieces.push(Piece::Str("}"));
            return (pieces, tight::PRODUCT);
        }
        let (above, below) = (join(above), join(below));
        let mut pieces = above;
        if !empty {
            pieces.push(Piece::Str(if many { "/(" } else { "/" }));
            pieces.extend(below);
            if many {
                pieces.push(Piece::Str(")"));
            }
        }
        let number_alone = factors.is_empty() && empty;
        (
            pieces,
            if number_alone {
                tight::ATOM
            } else if single_power {
                tight::POWER
            } else {
                tight::PRODUCT
            },
        )
    }

    /// `base^exponent` for an exponent that is not negative.
    fn power(&mut self, base: &T, exponent: &T) -> Vec<Piece<T>> {
        use Piece::{Str, Term};
        let constant = exponent.as_number();
        if constant.as_ref().is_some_and(|n| n.is_one()) {
            return vec![Term(base.clone(), tight::POWER)];
        }
        if constant.as_ref() == Some(&Number::HALF) {
            let (open, close) = if self.style == Style::Text { ("sqrt(", ")") } else { ("\\sqrt{", "}") };
            return vec![Str(open), Term(base.clone(), 0), Str(close)];
        }
        if self.style == Style::Latex {
            return vec![Term(base.clone(), tight::ATOM), Str("^{"), Term(exponent.clone(), 0), Str("}")];
        }
        vec![Term(base.clone(), tight::ATOM), Str("^"), Term(exponent.clone(), tight::ATOM)]
    }
}

/// The constant factors of a product together, and the other factors; of another term, 1 and the term.
fn split_coefficient<T: Scalar>(term: &T) -> (Number, Args<T>) {
    match term.head() {
        Head::Number(n) => (n, Args::new()),
        Head::Op(ScalarOp::Mul) => {
            let args = term.args();
            // Only a leading constant: a plain tree may hold several, which are written as they stand.
            match args[0].as_number() {
                Some(n) => (n, args.into_iter().skip(1).collect()),
                None => (Number::ONE, args),
            }
        }
        _ => (Number::ONE, [term.clone()].into_iter().collect()),
    }
}
