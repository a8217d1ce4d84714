//! Replaces composite operators by what they are built from.

use braid_ir::net::Builder;
use braid_ir::ops::OpDef;
use braid_ir::{Net, ValueId};
use std::collections::HashMap;

/// Expands every composite, and those inside its parts. Answers the names of the operators expanded, with their places.
pub fn expand(net: &mut Net) -> Vec<(&'static str, braid_ir::Loc)> {
    let mut expanded = Vec::new();
    let mut renamed: HashMap<ValueId, ValueId> = HashMap::new();
    for block in net.reverse_postorder() {
        let mut rest: Vec<_> = std::mem::take(&mut net.block_mut(block).ops);
        rest.reverse();
        while let Some(id) = rest.pop() {
            for i in 0..net.op(id).operands.len() {
                let operand = net.op(id).operands[i];
                if let Some(&new) = renamed.get(&operand) {
                    net.ops[id.index()].operands[i] = new;
                }
            }
            let op = net.op(id);
            let OpDef::Composite(build) = op.spec.def else {
                net.block_mut(block).ops.push(id);
                continue;
            };
            let (operands, attrs, loc, results) =
                (op.operands.clone(), op.attrs.clone(), op.loc, op.results.clone());
            expanded.push((op.spec.name, loc));
            let before = net.block(block).ops.len();
            let built = build(&mut Builder::new(net, block, loc), &operands, &attrs)
                .expect("a composite that was inferred can be built");
            // The parts may hold composites themselves: they go through the same loop.
            let parts = net.block_mut(block).ops.split_off(before);
            rest.extend(parts.into_iter().rev());
            renamed.extend(results.into_iter().zip(built));
        }
    }
    if !renamed.is_empty() {
        let find = |mut v: ValueId| {
            while let Some(&new) = renamed.get(&v) {
                v = new;
            }
            v
        };
        net.map_uses(find);
        for def in net.syms.values_mut() {
            if let braid_ir::SymDef::Value(v) = def {
                *v = find(*v);
            }
        }
    }
    expanded
}

/// The pass: [`expand`], recorded.
pub fn decompose(net: &mut Net, events: &mut crate::Events) {
    for (name, loc) in expand(net) {
        events.edit("expand", loc, || (name.to_string(), "its parts".to_string()));
    }
}
