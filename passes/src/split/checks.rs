//! What rows require of sizes that are only known at run time, as checks before the operators that rely on it.
//!
//! The interpreter sees numbers where a compiled program sees symbols, and refuses what does not fit. Compiled code would
//! read or write beyond its tensors instead; so everything that inference could not decide is asked before it runs. A
//! check is a comparison of integers in registers.

use crate::analysis::requirements;
use braid_ir::net::Builder;
use braid_ir::ops::{Infer, Requirement};
use braid_ir::{BlockId, Facts, Net, OpId, Term, Type};
use std::collections::HashSet;

/// Puts a check before every operator whose row requires what is not known to hold.
pub(super) fn check_sizes(net: &mut Net) {
    let facts = facts(net);
    for block in net.reverse_postorder() {
        let ops = std::mem::take(&mut net.block_mut(block).ops);
        let mut checked: HashSet<Term> = net.guards.iter().map(|guard| guard.condition).collect();
        for id in ops {
            let settled = |check: braid_ir::Check| facts.decide(check.condition) == Some(true);
            if net.op(id).host_check().is_some_and(settled) {
                continue;
            }
            // A verified net has sizes that contradict each other in dead code only.
            for requirement in requirements(net, id).unwrap_or_default() {
                let known = facts.decide(requirement.condition) == Some(true);
                if !known && checked.insert(requirement.condition) {
                    check(net, block, id, requirement);
                }
            }
            net.block_mut(block).ops.push(id);
        }
    }
}

/// What is known everywhere: besides what the net says, that sizes of results are no negative numbers.
fn facts(net: &Net) -> Facts {
    let (mut facts, syms) = (net.facts(), net.value_syms());
    for block in net.reverse_postorder() {
        for &id in &net.block(block).ops {
            let op = net.op(id);
            let types: Vec<Type> = op.operands.iter().map(|&v| net.ty(v).clone()).collect();
            let Ok(inferred) = op.spec.infer(&Infer::new(&types, &op.attrs)) else { continue };
            let sizes = inferred.sizes.iter().filter_map(|(at, _)| syms.get(&op.results[*at]));
            sizes.for_each(|&sym| facts.bound(sym, Some(0), None));
        }
    }
    facts
}

fn check(net: &mut Net, block: BlockId, id: OpId, requirement: Requirement) {
    let (name, loc) = (net.op(id).spec.name, net.op(id).loc);
    let message = format!("RuntimeError: {name}: {}", requirement.message);
    Builder::new(net, block, loc)
        .check(requirement.condition, &message, &requirement.values)
        .expect("a condition can be checked");
}
