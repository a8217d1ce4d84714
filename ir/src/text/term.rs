//! Terms from text: what [`crate::term`] prints, read back.

use super::ParseError;
use super::lex::Token;
use super::parse::Parser;
use crate::dtype::{DType, Scalar};
use crate::term::{ScalarOp, Sym, Term};

/// Reads a term; any name is a symbol.
///
/// # Errors
/// Where it is not a term, or its operands do not fit.
pub fn parse_term(text: &str) -> Result<Term, ParseError> {
    let mut parser = Parser::new(text)?;
    let term = parser.term()?;
    parser.expect_end()?;
    Ok(term)
}

/// Binary operators from the loosest level to the tightest.
const LEVELS: [&[(&str, ScalarOp)]; 5] = [
    &[("|", ScalarOp::Or)],
    &[("&", ScalarOp::And)],
    &[
        ("==", ScalarOp::Eq),
        ("!=", ScalarOp::Ne),
        ("<", ScalarOp::Lt),
        ("<=", ScalarOp::Le),
        (">", ScalarOp::Gt),
        (">=", ScalarOp::Ge),
    ],
    &[("+", ScalarOp::Add), ("-", ScalarOp::Sub)],
    &[("*", ScalarOp::Mul), ("//", ScalarOp::FloorDiv), ("%", ScalarOp::Mod)],
];

/// Parentheses and calls nest at most this deep, so that a hostile text cannot exhaust the stack.
const DEPTH_MAX: usize = 200;

impl Parser {
    pub(super) fn term(&mut self) -> Result<Term, ParseError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error(format!("terms nest at most {DEPTH_MAX} deep")));
        }
        let term = self.binary(0);
        self.depth -= 1;
        term
    }

    fn binary(&mut self, level: usize) -> Result<Term, ParseError> {
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        let mut left = self.binary(level + 1)?;
        while let Some(&(_, op)) = operators.iter().find(|(symbol, _)| self.peek() == &Token::Punct(symbol)) {
            self.next();
            let right = self.binary(level + 1)?;
            left = self.apply(op, &[left, right])?;
        }
        Ok(left)
    }

    fn apply(&mut self, op: ScalarOp, args: &[Term]) -> Result<Term, ParseError> {
        Term::try_apply(op, args).map_err(|why| self.error(why))
    }

    fn primary(&mut self) -> Result<Term, ParseError> {
        if self.eat("(") {
            let term = self.term()?;
            self.expect(")")?;
            return Ok(term);
        }
        if self.eat("#") {
            let axis = self.integer()?;
            return usize::try_from(axis)
                .map(Term::axis)
                .map_err(|_| self.error("an axis is not negative".into()));
        }
        if let Token::Word(word) = self.peek().clone()
            && !matches!(word.as_str(), "inf" | "nan" | "true" | "false")
        {
            self.next();
            if !self.eat("(") {
                return Ok(Term::sym(Sym::named(&word)));
            }
            let op = ScalarOp::from_name(&word)
                .ok_or_else(|| self.error(format!("there is no scalar operation `{word}`")))?;
            let args = self.list(")", Parser::term)?;
            return self.apply(op, &args);
        }
        let text = self.element_text()?;
        let dtype = match text.as_str() {
            "true" | "false" => DType::Bool,
            _ if self.is_typed() => {
                self.expect(":")?;
                self.dtype()?
            }
            _ => DType::I64,
        };
        Ok(Term::constant(self.element(&text, dtype)?))
    }

    /// One element as text: a number with its sign, `inf`, `nan`, `true` or `false`.
    pub(super) fn element_text(&mut self) -> Result<String, ParseError> {
        let sign = if self.eat("-") { "-" } else { "" };
        match self.peek().clone() {
            Token::Number(text) => {
                self.next();
                Ok(format!("{sign}{text}"))
            }
            Token::Word(word) if matches!(word.as_str(), "inf" | "nan" | "true" | "false") => {
                self.next();
                Ok(format!("{sign}{word}"))
            }
            other => Err(self.error(format!("a number is expected here, not {other}"))),
        }
    }

    /// The element that a text is in a type.
    pub(super) fn element(&self, text: &str, dtype: DType) -> Result<Scalar, ParseError> {
        let misfit = || self.error(format!("`{text}` is not an element of {dtype}"));
        match dtype {
            DType::Bool => text.parse().map(Scalar::Bool).map_err(|_| misfit()),
            // Read as what it is, so that no double rounding happens.
            DType::F32 => text.parse::<f32>().map(Scalar::f32).map_err(|_| misfit()),
            float if float.is_float() => {
                text.parse().map(|v| Scalar::from_f64(float, v)).map_err(|_| misfit())
            }
            int => {
                let value: i128 = text.parse().map_err(|_| misfit())?;
                let scalar = Scalar::from_int(int, value);
                if scalar.as_i128() == value { Ok(scalar) } else { Err(misfit()) }
            }
        }
    }
}
