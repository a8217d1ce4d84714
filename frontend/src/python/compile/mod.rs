//! From the AST to bytecode.
//!
//! `scope.rs` decides where variables live, `unit.rs` is the code under construction, `statement.rs`, `expression.rs`,
//! `function.rs` and `pattern.rs` walk the tree. Annotations are kept as text and never evaluated. Syntax that Braid does
//! not take becomes an instruction that gives the diagnostic when it is *reached*, so that a file may contain it.

mod expression;
mod function;
mod pattern;
mod scope;
mod statement;
mod unit;

use crate::diagnostic::Diagnostic;
use crate::python::code::{Code, Op};
use crate::python::names::Name;
use crate::python::source::Source;
use crate::python::value::Value;
use ruff_python_ast::token::TokenKind;
use ruff_text_size::Ranged;
use scope::{Scopes, mangle};
use std::sync::Arc;
use unit::Unit;

/// The compiler of one file.
struct Compiler<'a> {
    scopes: &'a Scopes,
    source: Arc<Source>,
    /// Code under construction, outermost first.
    units: Vec<Unit<'a>>,
}

/// Compiles a module.
///
/// # Errors
/// A syntax error, at its place.
pub fn compile_module(source: Arc<Source>) -> Result<Arc<Code>, Diagnostic> {
    let parsed =
        ruff_python_parser::parse_module(&source.text).map_err(|error| syntax_error(&source, &error))?;
    let body = &parsed.syntax().body;
    let scopes = Scopes::of_module(body);
    let unit = Unit::new(scopes.get(scopes.root()), Name::MODULE_NAME, Name::MODULE_NAME, source.clone());
    let mut compiler = Compiler { scopes: &scopes, source, units: vec![unit] };
    compiler.unit().code.doc = statement::docstring(body);
    compiler.statements(body);
    compiler.return_none();
    Ok(compiler.finish())
}

/// Compiles a lone expression; the code returns its value.
///
/// # Errors
/// A syntax error, at its place.
pub fn compile_expression(source: Arc<Source>) -> Result<Arc<Code>, Diagnostic> {
    let parsed =
        ruff_python_parser::parse_expression(&source.text).map_err(|error| syntax_error(&source, &error))?;
    let body = &parsed.syntax().body;
    let scopes = Scopes::of_expression(body);
    let unit = Unit::new(scopes.get(scopes.root()), Name::MODULE_NAME, Name::MODULE_NAME, source.clone());
    let mut compiler = Compiler { scopes: &scopes, source, units: vec![unit] };
    compiler.expression(body);
    compiler.emit(Op::Return);
    Ok(compiler.finish())
}

fn syntax_error(source: &Source, error: &ruff_python_parser::ParseError) -> Diagnostic {
    let (start, end) = (error.location.start().to_u32(), error.location.end().to_u32());
    let (message, start, end) = match unclosed(source, start) {
        Some((bracket, at)) => (format!("'{bracket}' was never closed"), at, at + 1),
        None => {
            let message = error.error.to_string();
            // Messages of ours begin in lower case after a colon.
            let mut chars = message.chars();
            (chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect(), start, end)
        }
    };
    Diagnostic::new(format!("SyntaxError: {message}"))
        .with_help("Braid reads Python 3 syntax; check the line with python3 -m py_compile")
        .at(source.span(start, end))
}

/// The innermost bracket that is open where the parser gave up, if it was opened on an earlier line: the mistake is there,
/// as Python says too, and not where the next statement made no sense any more.
fn unclosed(source: &Source, until: u32) -> Option<(char, u32)> {
    let tokens = ruff_python_parser::parse_unchecked(
        &source.text,
        ruff_python_parser::ParseOptions::from(ruff_python_parser::Mode::Module),
    );
    let mut open: Vec<(char, u32)> = Vec::new();
    for token in tokens.tokens() {
        let at = token.start().to_u32();
        if at >= until {
            break;
        }
        match token.kind() {
            TokenKind::Lpar => open.push(('(', at)),
            TokenKind::Lsqb => open.push(('[', at)),
            TokenKind::Lbrace => open.push(('{', at)),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => drop(open.pop()),
            _ => {}
        }
    }
    open.pop().filter(|&(_, at)| source.line_col(at).0 < source.line_col(until).0)
}

impl<'a> Compiler<'a> {
    fn unit(&mut self) -> &mut Unit<'a> {
        self.units.last_mut().expect("the module's unit stays to the end")
    }

    fn emit(&mut self, op: Op) {
        self.unit().emit(op);
    }

    fn finish(mut self) -> Arc<Code> {
        Arc::new(self.units.pop().expect("the module's unit stays to the end").finish())
    }

    fn return_none(&mut self) {
        self.unit().constant(Value::None);
        self.emit(Op::Return);
    }

    /// A name as it is stored here.
    fn mangled(&mut self, name: &str) -> Name {
        mangle(name, self.unit().private.as_deref())
    }

    /// An instruction that gives a diagnostic when it is reached.
    fn unsupported(&mut self, what: &str, help: &str) {
        let unit = self.unit();
        unit.code.messages.push((what.to_owned(), help.to_owned()));
        let index = unit.code.messages.len() as u32 - 1;
        unit.emit(Op::Unsupported(index));
    }
}
