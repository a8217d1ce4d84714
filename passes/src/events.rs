//! What passes did: one event per edit. Dumps, explanations and statistics are views of this stream.

use braid_ir::Loc;
use std::collections::BTreeMap;

/// One edit.
#[derive(Clone, Debug)]
pub struct Event {
    /// The pass.
    pub pass: &'static str,
    /// The rule, a name that is unique within the pass.
    pub rule: &'static str,
    /// The user's line of what was changed.
    pub loc: Loc,
    /// What was there, in the text form; empty unless texts are kept.
    pub before: String,
    /// What is there now.
    pub after: String,
}

/// The edits of a pipeline, in order.
#[derive(Debug, Default)]
pub struct Events {
    /// Every edit.
    pub list: Vec<Event>,
    /// Whether to keep texts; off, an event costs next to nothing.
    pub keep_texts: bool,
    pass: &'static str,
}

impl Events {
    /// No events yet.
    pub fn new(keep_texts: bool) -> Events {
        Events { keep_texts, ..Events::default() }
    }

    /// What follows is done by this pass.
    pub fn begin(&mut self, pass: &'static str) {
        self.pass = pass;
    }

    /// Records an edit. `texts` yields what was there and what is there now, and is only asked if texts are kept.
    pub fn edit(&mut self, rule: &'static str, loc: Loc, texts: impl FnOnce() -> (String, String)) {
        let (before, after) = if self.keep_texts { texts() } else { Default::default() };
        self.list.push(Event { pass: self.pass, rule, loc, before, after });
    }

    /// How often each rule of each pass was used.
    pub fn counts(&self) -> BTreeMap<(&'static str, &'static str), usize> {
        let mut counts = BTreeMap::new();
        for event in &self.list {
            *counts.entry((event.pass, event.rule)).or_insert(0) += 1;
        }
        counts
    }
}
