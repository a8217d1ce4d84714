//! What a person is told when their model, or their command line, cannot be taken.
//!
//! A diagnostic names one place in the person's own source, says what was wrong there and what to do, and may carry
//! notes (a Python call stack, the place where a value became unknown). It does not print itself: [`Diagnostic::render`]
//! makes the text and the command line decides where it goes.

use std::fmt;

/// A place in a source file, with the text of its line so that a diagnostic can be shown after the file is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The path as the person gave it, or `<prelude>/…` for a file shipped inside the binary.
    pub file: String,
    /// One-based line.
    pub line: u32,
    /// One-based column, counted in characters.
    pub col: u32,
    /// How many characters the caret underlines; at least one.
    pub len: u32,
    /// The whole source line, without its line end.
    pub text: String,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.col)
    }
}

/// One mistake or one unsupported thing, at the person's own line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What was wrong, with what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where; `None` only for mistakes that have no source (a missing file).
    pub span: Option<Span>,
    /// Further places and facts, in order; a Python call stack is outermost frame first.
    pub notes: Vec<(String, Option<Span>)>,
}

impl Diagnostic {
    /// A diagnostic without a place yet; the evaluator adds the place of the instruction that was running.
    pub fn new(message: impl Into<String>) -> Self {
        Diagnostic { message: message.into(), help: None, span: None, notes: Vec::new() }
    }

    /// The same with advice.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same at a place.
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same with one more note.
    pub fn with_note(mut self, note: impl Into<String>, span: Option<Span>) -> Self {
        self.notes.push((note.into(), span));
        self
    }

    /// The text shown to the person: `file:line:col: error: message`, the source line with a caret, notes and help.
    pub fn render(&self) -> String {
        let mut out = String::new();
        match &self.span {
            Some(span) => out.push_str(&format!("{span}: error: {}\n{}", self.message, caret(span))),
            None => out.push_str(&format!("error: {}\n", self.message)),
        }
        for (note, span) in &self.notes {
            match span {
                Some(span) => out.push_str(&format!("{span}: note: {note}\n{}", caret(span))),
                None => out.push_str(&format!("note: {note}\n")),
            }
        }
        if let Some(help) = &self.help {
            out.push_str(&format!("help: {help}\n"));
        }
        out
    }
}

fn caret(span: &Span) -> String {
    if span.text.trim().is_empty() {
        return String::new();
    }
    let number = span.line.to_string();
    let before: String =
        span.text.chars().take(span.col as usize - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let width = span.text.chars().count().saturating_sub(span.col as usize - 1).max(1);
    let marks = "^".repeat((span.len as usize).clamp(1, width));
    format!(" {number} | {}\n {} | {before}{marks}\n", span.text, " ".repeat(number.len()))
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

impl std::error::Error for Diagnostic {}
