//! What passes ask about a net.

mod dominance;

pub use dominance::{Dominance, home_of, homes};

use braid_ir::ops::Loops;
use braid_ir::Node;

/// Whether a nest only rearranges, repeats or drops elements of one operand.
pub fn is_movement(loops: &Loops) -> bool {
    let plain = loops.reads.len() == 1 && loops.reads[0].guard.is_none() && loops.reduction.is_none();
    plain && matches!(loops.body.node(), Node::Load(..))
}
