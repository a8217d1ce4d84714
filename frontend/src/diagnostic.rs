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
    /// One-based column, counted in characters; 0 if the file's name says it all, as that of an ONNX node does.
    pub col: u32,
    /// How many characters the caret underlines; at least one.
    pub len: u32,
    /// The whole source line, without its line end.
    pub text: String,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.col {
            0 => f.write_str(&self.file),
            col => write!(f, "{}:{}:{col}", self.file, self.line),
        }
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
        let mut rest = self.notes.as_slice();
        while let Some(first) = rest.first() {
            let (note, span) = first;
            match span {
                Some(span) => out.push_str(&format!("{span}: note: {note}\n{}", caret(span))),
                None => out.push_str(&format!("note: {note}\n")),
            }
            // A recursion is shown once, as Python does.
            let alike = rest.iter().take_while(|other| *other == first).count();
            if alike > 1 {
                out.push_str(&format!("note: … {} more times\n", alike - 1));
            }
            rest = &rest[alike..];
        }
        if let Some(help) = &self.help {
            out.push_str(&format!("help: {help}\n"));
        }
        out
    }
}

/// The longest part of a source line that is shown, in characters; of a longer one the part around the place is.
const SHOWN_MAX: usize = 160;

fn caret(span: &Span) -> String {
    if span.text.trim().is_empty() {
        return String::new();
    }
    let number = span.line.to_string();
    let at = (span.col as usize).saturating_sub(1);
    let from = if at < SHOWN_MAX { 0 } else { at - SHOWN_MAX / 4 };
    // Other control characters would move a terminal's cursor.
    let visible = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    let shown: String = span.text.chars().skip(from).take(SHOWN_MAX).map(visible).collect();
    let before: String = shown.chars().take(at - from).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let width = shown.chars().count().saturating_sub(at - from).max(1);
    let marks = "^".repeat((span.len as usize).clamp(1, width));
    let left = if from > 0 { "…" } else { "" };
    let right = if span.text.chars().nth(from + SHOWN_MAX).is_some() { "…" } else { "" };
    let indent = if from > 0 { " " } else { "" };
    format!(" {number} | {left}{shown}{right}\n {} | {indent}{before}{marks}\n", " ".repeat(number.len()))
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, col: u32, len: u32) -> Span {
        Span { file: "m.py".to_string(), line: 7, col, len, text: text.to_string() }
    }

    #[test]
    fn a_recursion_is_shown_once() {
        let mut diagnostic = Diagnostic::new("too deep").at(span("f(x)", 1, 4));
        for _ in 0..999 {
            diagnostic = diagnostic.with_note("called in f", Some(span("f(x)", 1, 4)));
        }
        let text = diagnostic.with_note("the end", None).render();
        assert_eq!(text.matches("called in f").count(), 1, "{text}");
        assert!(text.contains("note: … 998 more times\nnote: the end\n"), "{text}");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let text = format!("{}here{}", "a".repeat(1000), "b".repeat(100_000));
        let shown = caret(&span(&text, 1001, 4));
        let lines: Vec<&str> = shown.lines().collect();
        assert!(shown.chars().count() < 400, "{shown}");
        let at = lines[1].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[0].chars().skip(at).take(4).collect::<String>(), "here");
        assert_eq!(lines[1].matches('^').count(), 4);
        assert_eq!(caret(&span("\tx = 1", 2, 1)), " 7 | \tx = 1\n   | \t^\n");
    }
}
