//! A source file: its text, and byte offsets turned into lines and columns.

use crate::diagnostic::Span;

/// A source file.
#[derive(Debug)]
pub struct Source {
    /// The path as shown to the person.
    pub path: String,
    /// Its text.
    pub text: String,
    line_starts: Vec<u32>,
}

impl Source {
    /// A source file of this text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts
            .extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        Source { path: path.into(), text, line_starts }
    }

    /// Whether the file ships inside the binary and is none of the person's.
    pub fn is_prelude(&self) -> bool {
        self.path.starts_with("<prelude>")
    }

    /// One-based line and column (in characters) of a byte offset.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1) - 1;
        let start = self.line_starts[line] as usize;
        let end = (offset as usize).min(self.text.len()).max(start);
        let col = self.text.get(start..end).map_or(end - start, |text| text.chars().count());
        (line as u32 + 1, col as u32 + 1)
    }

    /// The place of a byte range.
    pub fn span(&self, start: u32, end: u32) -> Span {
        let (line, col) = self.line_col(start);
        let from = self.line_starts[line as usize - 1] as usize;
        let to = self.line_starts.get(line as usize).map_or(self.text.len(), |&next| next as usize);
        let text = self.text[from..to].trim_end_matches(['\n', '\r']).to_string();
        let len = self
            .text
            .get(start as usize..(end as usize).min(from + text.len()).max(start as usize))
            .map_or(1, |covered| covered.chars().count());
        Span { file: self.path.clone(), line, col, len: (len as u32).max(1), text }
    }
}
