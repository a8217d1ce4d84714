//! Places of a net's operators as places that a diagnostic can show.

use braid_frontend::Span;
use braid_ir::Loc;

/// The place with its source line, if there is one. The file may be gone or belong to the prelude: then the line's text
/// is empty and only the place is shown.
pub fn span(files: &[String], loc: Loc) -> Option<Span> {
    let file = files.get(loc.file as usize).filter(|_| loc.line > 0)?;
    let source = std::fs::read_to_string(file).unwrap_or_default();
    let text = source.lines().nth(loc.line as usize - 1).unwrap_or_default().to_string();
    Some(Span { file: file.clone(), line: loc.line, col: loc.col, len: 1, text })
}
