//! What passes ask about a net.

mod dominance;

pub use dominance::{Dominance, home_of, homes};

use braid_ir::ops::{Infer, Loops, Requirement};
use braid_ir::{Net, Node, OpId, Scalar, Term, Type, ValueId};
use std::collections::HashMap;

/// Whether a nest only rearranges, repeats or drops elements of one operand.
pub fn is_movement(loops: &Loops) -> bool {
    let plain = loops.reads.len() == 1 && loops.reads[0].guard.is_none() && loops.reduction.is_none();
    plain && matches!(loops.body.node(), Node::Load(..))
}

/// A body with some loads replaced, or `None` if index arithmetic overflows on the way.
pub fn replace_loads(body: Term, by: &dyn Fn(u32) -> Option<Term>) -> Option<Term> {
    let mut new: HashMap<Term, Term> = HashMap::new();
    for term in body.postorder() {
        let replaced = match term.node() {
            Node::Load(read, _) => by(read).unwrap_or(term),
            Node::Apply(op, args) => {
                let args: Vec<Term> = args.iter().map(|a| new[a]).collect();
                Term::try_apply(op, &args).ok()?
            }
            _ => term,
        };
        new.insert(term, replaced);
    }
    new.get(&body).copied()
}

/// The one element that a value is filled with: a fill, or a literal or rank-0 constant of the source.
pub fn uniform(net: &Net, value: ValueId) -> Option<Scalar> {
    match net.weight_of(value) {
        Some(weight) if weight.is_literal() && !weight.data.is_empty() => {
            let first = weight.data.get(0);
            weight.data.scalars().all(|v| v == first).then_some(first)
        }
        Some(_) => None,
        None => net.fill_of(value),
    }
}

/// What an application requires of sizes and inference leaves open; `None` if its sizes contradict each other.
pub fn requirements(net: &Net, id: OpId) -> Option<Vec<Requirement>> {
    let op = net.op(id);
    let types: Vec<Type> = op.operands.iter().map(|&v| net.ty(v).clone()).collect();
    let infer = Infer::new(&types, &op.attrs);
    op.spec.infer(&infer).ok()?;
    let equal = infer.assumed.into_inner().into_iter().map(|(a, b)| Requirement {
        condition: a.equals(b),
        message: "dimensions must be equal, but they are {0} and {1}".to_string(),
        values: vec![a, b],
    });
    Some(equal.chain(infer.required.into_inner()).collect())
}
