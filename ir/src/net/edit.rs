//! Questions about and changes to a whole net that every pass needs.

use super::*;
use std::collections::{HashMap, HashSet};

impl Net {
    /// Blocks reachable from the entry, in reverse postorder (a block before its successors, but for back edges), the true
    /// side of a gate before the false one.
    pub fn reverse_postorder(&self) -> Vec<BlockId> {
        let mut seen = HashSet::from([Net::ENTRY]);
        let mut order = Vec::new();
        let mut stack = vec![(Net::ENTRY, 0)];
        while let Some((block, next)) = stack.pop() {
            let edges = self.block(block).end.edges();
            if next < edges.len() {
                stack.push((block, next + 1));
                let to = edges[edges.len() - 1 - next].block;
                if seen.insert(to) {
                    stack.push((to, 0));
                }
            } else {
                order.push(block);
            }
        }
        order.reverse();
        order
    }

    /// The predecessors of every block, a block once per edge.
    pub fn predecessors(&self) -> HashMap<BlockId, Vec<BlockId>> {
        let mut result: HashMap<BlockId, Vec<BlockId>> = HashMap::new();
        for block in self.reverse_postorder() {
            for edge in self.block(block).end.edges() {
                result.entry(edge.block).or_default().push(block);
            }
        }
        result
    }

    /// Rewrites every use of a value in operators and terminators.
    pub fn map_uses(&mut self, mut f: impl FnMut(ValueId) -> ValueId) {
        for op in &mut self.ops {
            for operand in &mut op.operands {
                *operand = f(*operand);
            }
        }
        for block in &mut self.blocks {
            block.end.map_uses(&mut f);
        }
    }

    /// Forgets everything added after the net had these lengths; `block` keeps its first `ops` operators and is open
    /// again. Used to take back an attempt.
    pub fn truncate(&mut self, mark: &Mark) {
        self.values.truncate(mark.values);
        self.ops.truncate(mark.ops);
        self.blocks.truncate(mark.blocks);
        self.guards.truncate(mark.guards);
        let values = mark.values;
        self.syms.retain(|_, def| match def {
            SymDef::Value(v) => v.index() < values,
            SymDef::Input { .. } => true,
        });
        let block = self.block_mut(mark.block);
        block.ops.truncate(mark.block_ops);
        block.end = Terminator::Open;
    }

    /// A point to [`Net::truncate`] to, with `block` the open block being filled. Weights are kept on truncation, so their
    /// values must exist before the mark or be added again.
    pub fn mark(&self, block: BlockId) -> Mark {
        Mark {
            values: self.values.len(),
            ops: self.ops.len(),
            blocks: self.blocks.len(),
            guards: self.guards.len(),
            block,
            block_ops: self.block(block).ops.len(),
        }
    }
}

/// A point in a net's construction.
#[derive(Clone, Debug)]
pub struct Mark {
    values: usize,
    ops: usize,
    blocks: usize,
    guards: usize,
    block: BlockId,
    block_ops: usize,
}

impl Net {
    /// Appends an application whose result types are known, and returns its results. [`Builder::op`] infers them.
    pub fn append(&mut self, block: BlockId, op: Op, types: Vec<Type>) -> Vec<ValueId> {
        let id = OpId(self.ops.len() as u32);
        let results: Vec<ValueId> =
            types.into_iter().enumerate().map(|(i, ty)| self.add_value(ty, Def::Result(id, i))).collect();
        self.ops.push(Op { results: results.clone(), ..op });
        self.block_mut(block).ops.push(id);
        results
    }

    /// The symbols that stand for values, by value.
    pub fn value_syms(&self) -> HashMap<ValueId, Sym> {
        let of = |(sym, def): (&Sym, &SymDef)| match def {
            SymDef::Value(value) => Some((*value, *sym)),
            SymDef::Input { .. } => None,
        };
        // The smallest symbol wins where a value has several.
        self.syms.iter().rev().filter_map(of).collect()
    }

    /// What an `i64[]` or `bool[]` value is as a term: its symbol, what the host program computes, or a constant.
    pub fn term_of(&self, value: ValueId, syms: &HashMap<ValueId, Sym>) -> Option<Term> {
        if let Some(sym) = syms.get(&value) {
            return Some(Term::sym(*sym));
        }
        if let Some(weight) = self.weight_of(value) {
            let scalar = weight.data.rank() == 0 && matches!(weight.data.dtype(), DType::I64 | DType::Bool);
            return scalar.then(|| Term::constant(weight.data.get(0)));
        }
        let (_, op) = self.producer(value)?;
        op.host_term().or_else(|| match self.tensor_ty(value)? {
            ty if ty.rank() == 0 && matches!(ty.dtype, DType::I64 | DType::Bool) => {
                self.fill_of(value).map(Term::constant)
            }
            _ => None,
        })
    }

    /// The loop nest of an application, if its row is index math.
    pub fn loops_of(&self, op: &Op) -> Option<crate::ops::Loops> {
        let crate::ops::OpDef::Loops(loops) = &op.spec.def else { return None };
        let operands: Vec<Type> = op.operands.iter().map(|&v| self.ty(v).clone()).collect();
        loops(&crate::ops::Infer::new(&operands, &op.attrs)).ok()
    }

    /// The constant that fills the value, if its producer reads nothing and yields one constant.
    pub fn fill_of(&self, value: ValueId) -> Option<crate::dtype::Scalar> {
        let (_, op) = self.producer(value)?;
        if !op.operands.is_empty() {
            return None;
        }
        let loops = self.loops_of(op)?;
        loops.body.as_const().filter(|_| loops.reduction.is_none())
    }

    /// Replaces symbols in every type, attribute and guard. Definitions of replaced symbols are dropped.
    pub fn subst_syms(&mut self, map: &HashMap<Sym, Term>) {
        if map.is_empty() {
            return;
        }
        for value in &mut self.values {
            value.ty = value.ty.subst(map);
        }
        for op in &mut self.ops {
            op.attrs = op.attrs.subst(map);
        }
        for guard in &mut self.guards {
            guard.condition = guard.condition.subst_syms(map);
        }
        self.syms.retain(|sym, _| !map.contains_key(sym));
    }

    /// Drops what is unreachable: blocks that no path reaches, operators in no block, values that nothing defines or, for
    /// weights, uses, and symbols that nothing mentions. Blocks are renumbered in reverse postorder, values in order.
    pub fn compact(&mut self) {
        let old = std::mem::take(self);
        *self = Net {
            name: old.name.clone(),
            files: old.files.clone(),
            inputs: old.inputs.clone(),
            ..Net::default()
        };
        let order = old.reverse_postorder();
        let blocks: HashMap<BlockId, BlockId> =
            order.iter().enumerate().map(|(i, &b)| (b, BlockId(i as u32))).collect();
        let mut values: HashMap<ValueId, ValueId> = HashMap::new();
        let mut mentioned: HashSet<Sym> = old.guards.iter().flat_map(|g| g.condition.syms()).collect();

        let used = order.iter().flat_map(|&b| {
            let block = old.block(b);
            block.ops.iter().flat_map(|&op| old.op(op).operands.iter().copied()).chain(block.end.uses())
        });
        let used: HashSet<ValueId> = used.collect();
        let mut weights: HashMap<WeightId, ValueId> = HashMap::new();
        for (index, data) in old.values.iter().enumerate() {
            let value = ValueId(index as u32);
            if let Def::Weight(id) = data.def
                && used.contains(&value)
            {
                let weight = &old.weights[id.index()];
                let new =
                    *weights.entry(id).or_insert_with(|| self.add_weight(&weight.name, weight.data.clone()));
                values.insert(value, new);
            }
        }
        for &id in &order {
            let block = old.block(id);
            let new = self.add_block(block.loc);
            for &param in &block.params {
                values.insert(param, self.add_param(new, old.ty(param).clone()));
            }
        }
        for &id in &order {
            for &op in &old.block(id).ops {
                let op = old.op(op);
                let types = op.results.iter().map(|&v| old.ty(v).clone()).collect();
                mentioned.extend(op.attrs.iter().flat_map(|(_, attr)| attr.syms()));
                // Operands are renamed below: one may be defined in a block that comes later in the order of the arena.
                let results = self.append(blocks[&id], op.clone(), types);
                values.extend(op.results.iter().copied().zip(results));
            }
            self.block_mut(blocks[&id]).end = old.block(id).end.clone();
        }
        self.map_uses(|v| values[&v]);
        for block in &mut self.blocks {
            for edge in block.end.edges_mut() {
                edge.block = blocks[&edge.block];
            }
        }
        mentioned.extend(self.values.iter().flat_map(|v| v.ty.syms()));
        for (sym, def) in old.syms {
            let def = match def {
                SymDef::Value(value) => values.get(&value).map(|&v| SymDef::Value(v)),
                input => Some(input),
            };
            if let Some(def) = def.filter(|_| mentioned.contains(&sym)) {
                self.syms.insert(sym, def);
            }
        }
        self.guards = old.guards;
    }
}

impl Terminator {
    /// Rewrites every use of a value.
    pub fn map_uses(&mut self, mut f: impl FnMut(ValueId) -> ValueId) {
        match self {
            Terminator::Branch { condition, .. } => *condition = f(*condition),
            Terminator::Return(values) | Terminator::Fail { operands: values, .. } => {
                values.iter_mut().for_each(|v| *v = f(*v));
            }
            Terminator::Open | Terminator::Jump(_) => {}
        }
        for edge in self.edges_mut() {
            edge.args.iter_mut().for_each(|v| *v = f(*v));
        }
    }
}

impl Weight {
    /// Whether this is a constant of the source rather than a weight of the model.
    pub fn is_literal(&self) -> bool {
        self.name.starts_with("const.")
    }
}

/// What a check of the host does: see [`Op::host_check`].
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// It raises unless this `bool` term holds.
    pub condition: Term,
    /// The exception; `{0}` stands for value 0.
    pub message: &'a str,
    /// Integers that the message shows.
    pub values: &'a [Term],
}

impl Op {
    /// The term that the host program computes for this application, if its row is integer arithmetic of the host.
    pub fn host_term(&self) -> Option<Term> {
        let host = matches!(self.spec.def, crate::ops::OpDef::Host { .. });
        if !host || self.spec.effects != crate::ops::Effects::Pure || !self.operands.is_empty() {
            return None;
        }
        self.attrs.iter().find_map(|(_, attr)| match attr {
            crate::ops::attrs::Attr::Term(term) => Some(*term),
            _ => None,
        })
    }

    /// What it checks, if its row is a check of the host: condition, message and the values that the message shows.
    pub fn host_check(&self) -> Option<Check<'_>> {
        let host = matches!(self.spec.def, crate::ops::OpDef::Host { .. });
        if !host || self.spec.effects != crate::ops::Effects::Observable || !self.operands.is_empty() {
            return None;
        }
        let (mut condition, mut message, mut values) = (None, None, &[][..]);
        for (_, attr) in self.attrs.iter() {
            match attr {
                crate::ops::attrs::Attr::Term(term) => condition = Some(*term),
                crate::ops::attrs::Attr::Str(text) => message = Some(text.as_str()),
                crate::ops::attrs::Attr::Terms(terms) => values = terms,
                _ => {}
            }
        }
        Some(Check { condition: condition?, message: message?, values })
    }

    /// The symbols that its attributes mention.
    pub fn syms(&self) -> Vec<Sym> {
        self.attrs.iter().flat_map(|(_, attr)| attr.syms()).collect()
    }
}
