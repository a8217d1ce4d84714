//! Graphs as drivers take them: nodes, edges, and nodes with graphs of their own that run when a number says so.
//!
//! CUDA's conditional nodes are asked for through [`Nodes`]. Their condition is a number that the device keeps for a handle, set by
//! a kernel; so a byte of memory is first read by a small kernel of ours, just before the node and, in a loop, at the end of
//! each round.

use super::graph::{Act, Graph};
use super::{Address, Extent};

/// What a conditional node does with its graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Runs its only graph once, if the number is not 0.
    If,
    /// Runs its first graph once if the number is not 0, and its second if it is.
    IfElse,
    /// Runs its only graph as long as the number is not 0, which is asked before each round.
    While,
}

/// What a driver makes graphs of. Nodes without a path between them may run at the same time.
pub trait Nodes {
    /// A graph.
    type Graph: Copy;
    /// A node of a graph.
    type Node: Copy;
    /// A number on the device that conditions read.
    type Handle: Copy;

    /// Whether there is [`Condition::IfElse`].
    fn has_else(&self) -> bool;

    /// A node that runs a kernel, after others of its graph.
    ///
    /// # Errors
    /// If the driver fails.
    fn launch(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<Self::Node, String>;

    /// A node that copies bytes.
    ///
    /// # Errors
    /// If the driver fails.
    fn copy(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        from: Address,
        to: Address,
        bytes: u64,
    ) -> Result<Self::Node, String>;

    /// A node that writes a number of 1 or 4 bytes.
    ///
    /// # Errors
    /// If the driver fails.
    fn set(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        to: Address,
        bytes: u64,
        value: u32,
    ) -> Result<Self::Node, String>;

    /// A number for one conditional node of a graph.
    ///
    /// # Errors
    /// If the driver fails.
    fn handle(&mut self, graph: Self::Graph) -> Result<Self::Handle, String>;

    /// A node that makes numbers of a byte: of each handle 1 if the byte is 0 or not, as it says, and else 0.
    ///
    /// # Errors
    /// If the driver fails.
    fn read(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        byte: Address,
        handle: Self::Handle,
        when: bool,
    ) -> Result<Self::Node, String>;

    /// A conditional node, and its graphs, which are empty.
    ///
    /// # Errors
    /// If the driver fails.
    fn conditional(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        handle: Self::Handle,
        condition: Condition,
    ) -> Result<(Self::Node, Vec<Self::Graph>), String>;
}

/// Makes the nodes of a graph.
///
/// # Errors
/// If the driver fails.
pub fn build<N: Nodes>(nodes: &mut N, graph: &Graph, into: N::Graph) -> Result<(), String> {
    part(nodes, graph, into, None)
}

/// Makes the nodes of a graph. A loop's body ends with reading its condition anew.
fn part<N: Nodes>(
    nodes: &mut N,
    graph: &Graph,
    into: N::Graph,
    round: Option<(Address, N::Handle)>,
) -> Result<(), String> {
    // The last node of each step.
    let mut made: Vec<N::Node> = Vec::new();
    let mut last = vec![true; graph.steps.len()];
    for step in &graph.steps {
        step.after.iter().for_each(|&at| last[at] = false);
        let after: Vec<N::Node> = step.after.iter().map(|&at| made[at]).collect();
        made.push(act(nodes, &step.act, into, &after)?);
    }
    if let Some((byte, handle)) = round {
        let after: Vec<N::Node> =
            made.iter().zip(last).filter_map(|(&node, last)| last.then_some(node)).collect();
        nodes.read(into, &after, byte, handle, true)?;
    }
    Ok(())
}

fn act<N: Nodes>(nodes: &mut N, act: &Act, into: N::Graph, after: &[N::Node]) -> Result<N::Node, String> {
    match act {
        Act::Launch { kernel, buffers, ints, grid } => {
            nodes.launch(into, after, *kernel, buffers, ints, *grid)
        }
        Act::Copy { from, to, bytes } => nodes.copy(into, after, *from, *to, *bytes),
        // Numbers of 8 bytes are written in two halves.
        Act::Set { to, bytes: 8, value } => {
            let low = nodes.set(into, after, *to, 4, *value as u32)?;
            nodes.set(into, &[low], to + 4, 4, (value >> 32) as u32)
        }
        Act::Set { to, bytes, value } => nodes.set(into, after, *to, *bytes, *value as u32),
        Act::If { condition, yes, no } => {
            let both = !yes.is_empty() && !no.is_empty();
            if both && !nodes.has_else() {
                // Both conditions are read before either side runs: it may write the byte.
                let handles = [nodes.handle(into)?, nodes.handle(into)?];
                let read = nodes.read(into, after, *condition, handles[0], true)?;
                let read = nodes.read(into, &[read], *condition, handles[1], false)?;
                let (first, bodies) = nodes.conditional(into, &[read], handles[0], Condition::If)?;
                part(nodes, yes, bodies[0], None)?;
                let (second, bodies) = nodes.conditional(into, &[first], handles[1], Condition::If)?;
                part(nodes, no, bodies[0], None)?;
                return Ok(second);
            }
            let handle = nodes.handle(into)?;
            let read = nodes.read(into, after, *condition, handle, !yes.is_empty())?;
            let kind = if both { Condition::IfElse } else { Condition::If };
            let (node, bodies) = nodes.conditional(into, &[read], handle, kind)?;
            let sides = [yes, no].into_iter().filter(|side| !side.is_empty());
            for (side, &body) in sides.zip(&bodies) {
                part(nodes, side, body, None)?;
            }
            Ok(node)
        }
        Act::While { condition, body } => {
            let handle = nodes.handle(into)?;
            let read = nodes.read(into, after, *condition, handle, true)?;
            let (node, bodies) = nodes.conditional(into, &[read], handle, Condition::While)?;
            part(nodes, body, bodies[0], Some((*condition, handle)))?;
            Ok(node)
        }
    }
}
