//! Splits a net into branch-free subnets and one host program (after DyCL, ISSTA 2023).
//!
//! All tensor arithmetic goes into subnets, all control flow and integer arithmetic into the host program. Four steps:
//! composites are replaced by their parts, and what rows
//! require of sizes becomes checks ([`checks`]); [`schedule`] decides which operators run together; [`demand`] finds what must
//! exist in memory or in a register; [`emit`] writes it down, equal bodies once.
//!
//! What the result looks like: inputs, returned values and operands of failures are in memory (buffers, sequences or
//! weights); a rank-0 integer or bool that a gate, a shape or a loop needs is in a register; block parameters of these
//! types are always registers. The parameters of block 0 are the inputs' variables.

mod checks;
mod demand;
mod emit;
mod schedule;
mod subnet;

use braid_ir::Net;
use braid_ir::program::Program;

/// Splits a valid net.
///
/// # Panics
/// If the net is not valid; run the verifier first.
pub fn split(net: &Net) -> Program {
    let mut net = net.clone();
    crate::decompose::expand(&mut net);
    checks::check_sizes(&mut net);
    net.compact();
    let schedule = schedule::schedule(&net);
    let demand = demand::demand(&net, &schedule);
    emit::emit(&net, &schedule, &demand)
}
