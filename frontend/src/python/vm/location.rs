//! Where in the person's source the machine is.

use super::Vm;
use super::frame::Frame;
use crate::diagnostic::{Diagnostic, Span};
use crate::python::object::Kind;
use crate::python::value::Value;
use braid_ir::Loc;

impl Frame {
    /// The place of the instruction that is running (the one before `pc`).
    pub fn span(&self) -> Span {
        let at = (self.pc as usize).saturating_sub(1).min(self.code.ranges.len().saturating_sub(1));
        let (start, end) = self.code.ranges.get(at).copied().unwrap_or((0, 0));
        self.code.source.span(start, end)
    }
}

impl Vm {
    /// The innermost frame that runs the person's own source; the innermost of all if there is none.
    fn user_frame(&self) -> Option<usize> {
        self.frames
            .iter()
            .rposition(|frame| !frame.code.source.is_prelude())
            .or(self.frames.len().checked_sub(1))
    }

    /// The place in the person's own source that is running.
    pub fn current_span(&self) -> Option<Span> {
        self.user_frame().map(|at| self.frames[at].span())
    }

    /// The same as a location of the net.
    pub fn current_loc(&mut self) -> Loc {
        let Some(at) = self.user_frame() else { return Loc::default() };
        let frame = &self.state.frames[at];
        let range = (frame.pc as usize).saturating_sub(1).min(frame.code.ranges.len().saturating_sub(1));
        let start = frame.code.ranges.get(range).map_or(0, |range| range.0);
        let source = frame.code.source.clone();
        let (line, col) = source.line_col(start);
        self.loc_in(&source.path, line, col)
    }

    /// A place in a file as a location of the net.
    fn loc_in(&mut self, path: &str, line: u32, col: u32) -> Loc {
        let file = match self.net.files.iter().position(|file| file == path) {
            Some(file) => file,
            None => {
                self.net.files.push(path.to_owned());
                self.net.files.len() - 1
            }
        };
        Loc { file: file as u32, line, col }
    }

    /// Where the person's own code raised an exception, or called what did.
    pub fn raised_at(&mut self, exception: &Value) -> Loc {
        let Some(Kind::Exception(data)) = self.kind(exception) else { return Loc::default() };
        let own =
            data.trace.iter().find(|(span, _)| !span.file.starts_with("<prelude>")).or(data.trace.first());
        match own.map(|(span, _)| (span.file.clone(), span.line, span.col)) {
            Some((file, line, col)) => self.loc_in(&file, line, col),
            None => Loc::default(),
        }
    }

    /// Gives a diagnostic the place that is running and the calls that led there, if it has no place yet.
    pub fn locate(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        if diagnostic.span.is_some() {
            return diagnostic;
        }
        let Some(at) = self.user_frame() else { return diagnostic };
        diagnostic.span = Some(self.frames[at].span());
        for frame in &self.frames[..at] {
            if !frame.code.source.is_prelude() {
                diagnostic.notes.push((format!("called in {}", frame.code.qualname), Some(frame.span())));
            }
        }
        diagnostic
    }
}
