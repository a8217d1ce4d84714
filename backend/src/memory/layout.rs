//! Offsets in the arena, numbers of slots.

use super::graph::Graph;
use super::{ALIGN, Place};
use braid_ir::Term;

/// Where every storage is; that of a merged one is its node's.
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) arena_bytes: u64,
    pub(super) slots: u32,
}

/// Lays out storages of these sizes so that none overlaps a neighbour of the graph: the largest first, each at the
/// lowest offset where it fits.
pub(super) fn lay_out(sizes: &[Term], graph: &Graph) -> Layout {
    // A size that is no sensible number (negative: a contradiction in dead code) takes no room.
    let fixed: Vec<Option<u64>> = sizes.iter().map(|s| s.as_int().map(|n| n.max(0) as u64)).collect();
    let mut layout = Layout { places: vec![Place::Slot(u32::MAX); sizes.len()], arena_bytes: 0, slots: 0 };
    let mut nodes: Vec<usize> = (0..sizes.len()).filter(|&s| graph.find(s) == s).collect();
    nodes.sort_by_key(|&s| (std::cmp::Reverse(fixed[s]), s));
    let mut done = vec![false; sizes.len()];
    for node in nodes {
        layout.places[node] = match fixed[node] {
            Some(bytes) => {
                let mut taken: Vec<(u64, u64)> = graph
                    .neighbours(node)
                    .filter(|&n| done[n])
                    .filter_map(|n| match layout.places[n] {
                        Place::Arena { offset, bytes } => Some((offset, offset + bytes)),
                        Place::Slot(_) => None,
                    })
                    .collect();
                taken.sort_unstable();
                let mut offset = 0;
                for (start, end) in taken {
                    if offset + bytes <= start {
                        break;
                    }
                    offset = offset.max(end.next_multiple_of(ALIGN));
                }
                layout.arena_bytes = layout.arena_bytes.max((offset + bytes).next_multiple_of(ALIGN));
                Place::Arena { offset, bytes }
            }
            None => {
                let taken: Vec<u32> = graph
                    .neighbours(node)
                    .filter(|&n| done[n])
                    .filter_map(|n| match layout.places[n] {
                        Place::Slot(slot) => Some(slot),
                        Place::Arena { .. } => None,
                    })
                    .collect();
                let slot =
                    (0..).find(|s| !taken.contains(s)).expect("there are more numbers than neighbours");
                layout.slots = layout.slots.max(slot + 1);
                Place::Slot(slot)
            }
        };
        done[node] = true;
    }
    layout
}
