//! One path of a dynamic net as a static net: what a compiler could make that knew the path beforehand. The bench
//! compares the dynamic program with it.

use braid_ir::{BlockId, BuildError, Builder, Def, Loc, Net, Sym, SymDef, Term, Terminator, ValueId};
use std::collections::HashMap;

/// Whether the static net still computes what the gates decided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decisions {
    /// They are results of the static net: the same work as the dynamic program's, without its jumps.
    Kept,
    /// They and what only they need are gone: an optimistic bound, since a dynamic program must decide.
    Dropped,
}

/// The net that runs along the path that takes these sides of its gates, loops unrolled as often as they were taken.
///
/// # Errors
/// If an operator refuses the types that it has on this path.
///
/// # Panics
/// If that is not a path of the net that ends in a return.
pub fn straighten(net: &Net, sides: &[bool], decisions: Decisions) -> Result<Net, BuildError> {
    let mut walk = Walk { net, out: Net::new(&net.name), values: HashMap::new(), terms: HashMap::new() };
    walk.out.files.clone_from(&net.files);
    walk.out.guards.clone_from(&net.guards);
    for (name, &param) in net.inputs.iter().zip(&net.block(Net::ENTRY).params) {
        let ty = net.tensor_ty(param).expect("an input is a tensor").clone();
        let value = walk.out.add_input(name, ty);
        walk.values.insert(param, value);
    }
    let mut sides = sides.iter();
    let mut decided = Vec::new();
    let mut block = Net::ENTRY;
    loop {
        walk.ops(block)?;
        let edge = match &net.block(block).end {
            Terminator::Jump(edge) => edge,
            Terminator::Branch { condition, yes, no } => {
                decided.push(walk.value(*condition));
                if *sides.next().expect("a side for every gate") { yes } else { no }
            }
            Terminator::Return(results) => {
                let mut results: Vec<ValueId> = results.iter().map(|&v| walk.value(v)).collect();
                if decisions == Decisions::Kept {
                    results.extend(decided);
                }
                walk.out.block_mut(Net::ENTRY).end = Terminator::Return(results);
                return Ok(walk.out);
            }
            Terminator::Fail { .. } | Terminator::Open => panic!("the path does not return"),
        };
        let args: Vec<ValueId> = edge.args.iter().map(|&v| walk.value(v)).collect();
        block = edge.block;
        for (&param, arg) in net.block(block).params.iter().zip(args) {
            walk.bind(param, arg);
        }
    }
}

struct Walk<'a> {
    net: &'a Net,
    out: Net,
    /// Values of the net in the static net, as of now: a loop binds its parameters anew on every trip.
    values: HashMap<ValueId, ValueId>,
    /// Symbols of the net that stand for values, likewise.
    terms: HashMap<Sym, Term>,
}

impl Walk<'_> {
    fn ops(&mut self, block: BlockId) -> Result<(), BuildError> {
        let net = self.net;
        for &id in &net.block(block).ops {
            let op = net.op(id);
            let operands: Vec<ValueId> = op.operands.iter().map(|&v| self.value(v)).collect();
            let attrs = op.attrs.subst(&self.terms);
            let results =
                Builder::new(&mut self.out, Net::ENTRY, Loc::default()).op(op.spec.name, &operands, attrs)?;
            for (&old, new) in op.results.iter().zip(results) {
                self.bind(old, new);
            }
        }
        Ok(())
    }

    fn value(&mut self, value: ValueId) -> ValueId {
        if let Def::Weight(weight) = self.net.value(value).def {
            let weight = &self.net.weights[weight.index()];
            let out = &mut self.out;
            return *self
                .values
                .entry(value)
                .or_insert_with(|| out.add_weight(&weight.name, weight.data.clone()));
        }
        self.values[&value]
    }

    /// Lets `old` be `new`, and the symbol that stands for it, if any, the term that stands for `new`.
    fn bind(&mut self, old: ValueId, new: ValueId) {
        self.values.insert(old, new);
        let syms = self.net.syms.iter().filter(|(_, def)| **def == SymDef::Value(old)).map(|(sym, _)| *sym);
        for sym in syms {
            let known = self.out.value_syms();
            let term =
                self.out.term_of(new, &known).unwrap_or_else(|| Term::sym(self.out.define_sym("p", new)));
            self.terms.insert(sym, term);
        }
    }
}
