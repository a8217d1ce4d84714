//! Copies of blocks, and SSA form restored after one was made.
//!
//! After a block has a copy, what it defines has two definitions. A use that either may reach gets the right one through
//! parameters of the blocks where paths from both meet, symbols included: a type that mentioned the size of one of them
//! mentions the parameter's symbol then.

use braid_ir::{BlockId, Edge, Net, Op, OpId, Sym, SymDef, Term, Type, ValueId};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What the values and symbols of a block are in its copy.
pub(crate) struct BlockCopy {
    values: HashMap<ValueId, ValueId>,
    syms: HashMap<Sym, Term>,
    value_syms: HashMap<ValueId, Sym>,
}

impl BlockCopy {
    /// A copy for one edge: parameters are what the edge passes.
    pub fn new(net: &mut Net, edge: &Edge) -> BlockCopy {
        let mut clone =
            BlockCopy { values: HashMap::new(), syms: HashMap::new(), value_syms: net.value_syms() };
        let params = net.block(edge.block).params.clone();
        for (&param, &arg) in params.iter().zip(&edge.args) {
            clone.values.insert(param, arg);
            if let Some(&sym) = clone.value_syms.get(&param) {
                let term = term_or_new(net, &mut clone.value_syms, arg);
                clone.syms.insert(sym, term);
            }
        }
        clone
    }

    /// What a value is in the copy.
    pub fn value(&self, value: ValueId) -> ValueId {
        self.values.get(&value).copied().unwrap_or(value)
    }

    /// Appends a copy of an operator to `block`.
    pub fn op(&mut self, net: &mut Net, block: BlockId, op: OpId) {
        let old = net.op(op).clone();
        let types: Vec<Type> = old.results.iter().map(|&v| net.ty(v).clone()).collect();
        let operands = old.operands.iter().map(|&v| self.value(v)).collect();
        let new =
            net.append(block, Op { operands, attrs: old.attrs.subst(&self.syms), ..old.clone() }, types);
        for (&before, &after) in old.results.iter().zip(&new) {
            self.values.insert(before, after);
            if let Some(&sym) = self.value_syms.get(&before) {
                let fresh = net.define_sym("s", after);
                self.value_syms.insert(after, fresh);
                self.syms.insert(sym, Term::sym(fresh));
            }
        }
        for value in new {
            let ty = net.ty(value).subst(&self.syms);
            net.values[value.index()].ty = ty;
        }
    }
}

/// What an `i64[]` value is as a term, by a symbol made for it if need be.
fn term_or_new(net: &mut Net, value_syms: &mut HashMap<ValueId, Sym>, value: ValueId) -> Term {
    net.term_of(value, value_syms).unwrap_or_else(|| {
        let sym = net.define_sym("s", value);
        value_syms.insert(value, sym);
        Term::sym(sym)
    })
}

/// Restores SSA form after `copy` was made of `block`.
pub(crate) fn repair(net: &mut Net, block: BlockId, copy: BlockId, clone: &BlockCopy) {
    let data = net.block(block);
    let results = data.ops.iter().flat_map(|&op| &net.op(op).results);
    let defined: Vec<ValueId> = data.params.iter().chain(results).copied().collect();
    let mut repair = Repair {
        predecessors: net.predecessors(),
        value_syms: net.value_syms(),
        order: net.reverse_postorder(),
        net,
        block,
        copy,
        clone,
        entering: HashMap::new(),
        needed: HashMap::new(),
    };
    repair.find_needs(&defined);
    // Symbols first: the types of the other parameters mention them.
    let (sizes, others): (Vec<ValueId>, Vec<ValueId>) =
        defined.into_iter().partition(|v| repair.value_syms.contains_key(v));
    for value in sizes.into_iter().chain(others) {
        repair.value(value);
    }
    repair.rename_syms();
}

struct Repair<'a> {
    net: &'a mut Net,
    block: BlockId,
    copy: BlockId,
    clone: &'a BlockCopy,
    predecessors: HashMap<BlockId, Vec<BlockId>>,
    value_syms: HashMap<ValueId, Sym>,
    order: Vec<BlockId>,
    /// Blocks at whose entry a value must be known.
    needed: HashMap<ValueId, BTreeSet<BlockId>>,
    /// What a value of the block is at the entry of another.
    entering: HashMap<(ValueId, BlockId), ValueId>,
}

impl Repair<'_> {
    fn others(&self) -> Vec<BlockId> {
        self.order.iter().copied().filter(|&b| b != self.block && b != self.copy).collect()
    }

    /// Finds where each value is used, or its symbol mentioned, and the blocks on the way there.
    fn find_needs(&mut self, defined: &[ValueId]) {
        let defined: HashSet<ValueId> = defined.iter().copied().collect();
        let mut uses: Vec<(ValueId, BlockId)> = Vec::new();
        for id in self.others() {
            let data = self.net.block(id);
            let operands = data.ops.iter().flat_map(|&op| self.net.op(op).operands.iter().copied());
            let used = operands.chain(data.end.uses()).filter(|v| defined.contains(v));
            uses.extend(used.map(|v| (v, id)));
            uses.extend(
                self.mentioned(id)
                    .into_iter()
                    .filter_map(|s| self.definer(s))
                    .filter(|v| defined.contains(v))
                    .map(|v| (v, id)),
            );
        }
        while let Some((value, at)) = uses.pop() {
            if !self.needed.entry(value).or_default().insert(at) {
                continue;
            }
            // Where a value is needed, so is what its type mentions.
            let sizes = self.net.ty(value).syms().into_iter().filter_map(|s| self.definer(s));
            uses.extend(sizes.filter(|v| defined.contains(v)).map(|v| (v, at)));
            let from = self.predecessors.get(&at).into_iter().flatten().copied();
            uses.extend(from.filter(|&p| p != self.block && p != self.copy).map(|p| (value, p)));
        }
    }

    fn definer(&self, sym: Sym) -> Option<ValueId> {
        match self.net.syms.get(&sym) {
            Some(SymDef::Value(v)) => Some(*v),
            _ => None,
        }
    }

    /// The symbols that a block's operators and the types of what it defines mention.
    fn mentioned(&self, id: BlockId) -> Vec<Sym> {
        let data = self.net.block(id);
        let ops = data.ops.iter().map(|&op| self.net.op(op));
        let types = data.params.iter().chain(ops.clone().flat_map(|op| &op.results));
        types.flat_map(|&v| self.net.ty(v).syms()).chain(ops.flat_map(|op| op.syms())).collect()
    }

    fn value(&mut self, value: ValueId) {
        let Some(needed) = self.needed.get(&value).cloned() else { return };
        let meets = |from: &Vec<BlockId>| from.len() > 1;
        let joins: Vec<BlockId> =
            needed.iter().copied().filter(|b| self.predecessors.get(b).is_some_and(meets)).collect();
        for &join in &joins {
            let ty = self.net.ty(value).subst(&self.renaming(join));
            let param = self.net.add_param(join, ty);
            if let Some(sym) = self.value_syms.get(&value) {
                let fresh =
                    self.net.define_sym(sym.name().trim_end_matches(|c: char| c.is_ascii_digit()), param);
                self.value_syms.insert(param, fresh);
            }
            self.entering.insert((value, join), param);
        }
        for &at in &needed {
            let known = self.walk(value, at);
            self.entering.insert((value, at), known);
        }
        for &join in &joins {
            let from: BTreeSet<BlockId> = self.predecessors[&join].iter().copied().collect();
            for source in from {
                let arg = self.leaving(value, source);
                for edge in self.net.block_mut(source).end.edges_mut() {
                    if edge.block == join {
                        edge.args.push(arg);
                    }
                }
            }
        }
        for &at in &needed {
            let new = self.entering[&(value, at)];
            let data = self.net.block(at).clone();
            for op in data.ops {
                self.net.ops[op.index()].operands.iter_mut().filter(|v| **v == value).for_each(|v| *v = new);
            }
            self.net.block_mut(at).end.map_uses(|v| if v == value { new } else { v });
        }
    }

    /// Follows single predecessors up to a definition.
    fn walk(&self, value: ValueId, mut at: BlockId) -> ValueId {
        loop {
            if let Some(&known) = self.entering.get(&(value, at)) {
                return known;
            }
            match self.predecessors[&at][..] {
                [from] if from == self.block => return value,
                [from] if from == self.copy => return self.clone.value(value),
                [from] => at = from,
                _ => unreachable!("a needed block with several predecessors has a parameter"),
            }
        }
    }

    fn leaving(&self, value: ValueId, from: BlockId) -> ValueId {
        if from == self.block {
            value
        } else if from == self.copy {
            self.clone.value(value)
        } else {
            self.entering[&(value, from)]
        }
    }

    /// What the symbols of the block's values are in another block.
    fn renaming(&self, at: BlockId) -> HashMap<Sym, Term> {
        let here = self.entering.iter().filter(|((_, block), _)| *block == at);
        here.filter_map(|((value, _), new)| {
            let sym = self.value_syms.get(value)?;
            Some((*sym, self.net.term_of(*new, &self.value_syms)?))
        })
        .collect()
    }

    fn rename_syms(&mut self) {
        for at in self.others() {
            let map = self.renaming(at);
            if map.is_empty() {
                continue;
            }
            let data = self.net.block(at).clone();
            let mut defined = data.params.clone();
            for op in data.ops {
                let op = &mut self.net.ops[op.index()];
                op.attrs = op.attrs.subst(&map);
                defined.extend(&op.results);
            }
            for value in defined {
                let ty = self.net.ty(value).subst(&map);
                self.net.values[value.index()].ty = ty;
            }
        }
    }
}
