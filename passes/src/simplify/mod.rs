//! Simplification: values that are known, computed twice or not needed, and control flow that is decided.
//!
//! Three kinds of step alternate until none changes anything: [`values`] looks at operators, [`control`] at blocks and
//! edges, [`dead`] removes what nothing needs. [`threading`] copies a block for a predecessor that decides its gate.

mod control;
mod dead;
mod fold;
mod identity;
mod threading;
mod values;

use crate::analysis::Dominance;
use crate::editor::Editor;
use crate::events::Events;
use braid_ir::Net;

/// Rounds of all steps; each round only follows on a change, so this is reached by no net seen so far.
const ROUNDS_MAX: usize = 32;

/// Simplifies until nothing changes.
pub fn simplify(net: &mut Net, events: &mut Events) {
    let mut threads = threading::Budget::default();
    for _ in 0..ROUNDS_MAX {
        let mut changed = step(net, events, |editor| {
            let dominance = Dominance::new(editor.net());
            values::values(editor, &dominance);
        });
        changed |= step(net, events, control::control);
        changed |= step(net, events, |editor| threading::threading(editor, &mut threads));
        changed |= step(net, events, dead::dead);
        net.compact();
        if !changed {
            break;
        }
    }
}

fn step(net: &mut Net, events: &mut Events, f: impl FnOnce(&mut Editor)) -> bool {
    let mut editor = Editor::new(net, events);
    f(&mut editor);
    editor.changed()
}
