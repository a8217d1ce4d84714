//! The one door through which passes change a net: every change is an event, and replaced values are renamed in one go.

use crate::events::Events;
use braid_ir::text::op_text;
use braid_ir::{BlockId, Builder, Edge, Loc, Net, Op, OpId, Sym, SymDef, Tensor, Term, Terminator, ValueId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A net being changed. Replaced values are remembered and renamed everywhere by [`Editor::flush`], which also happens
/// on drop; until then [`Editor::find`] answers what a value is now.
pub struct Editor<'a> {
    net: &'a mut Net,
    events: &'a mut Events,
    renamed: HashMap<ValueId, ValueId>,
    syms: HashMap<Sym, Term>,
    value_syms: HashMap<ValueId, Sym>,
    weight_names: HashSet<String>,
    changed: bool,
}

impl<'a> Editor<'a> {
    /// Starts changing a net.
    pub fn new(net: &'a mut Net, events: &'a mut Events) -> Editor<'a> {
        let value_syms = net.value_syms();
        let weight_names = net.weights.iter().map(|w| w.name.clone()).collect();
        Editor {
            net,
            events,
            renamed: HashMap::new(),
            syms: HashMap::new(),
            value_syms,
            weight_names,
            changed: false,
        }
    }

    /// The net as it is; operands of operators may be out of date until [`Editor::refresh`] or [`Editor::flush`].
    pub fn net(&self) -> &Net {
        self.net
    }

    /// Whether anything was changed.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// What a value is now.
    pub fn find(&self, mut value: ValueId) -> ValueId {
        while let Some(&new) = self.renamed.get(&value) {
            value = new;
        }
        value
    }

    /// What a value is as a term.
    pub fn term_of(&self, value: ValueId) -> Option<Term> {
        self.net.term_of(self.find(value), &self.value_syms)
    }

    /// The symbol that stands for a value.
    pub fn sym_of(&self, value: ValueId) -> Option<Sym> {
        self.value_syms.get(&value).copied()
    }

    /// Records an edit that the caller makes.
    pub fn record(&mut self, rule: &'static str, loc: Loc, texts: impl FnOnce(&Net) -> (String, String)) {
        self.changed = true;
        let net = &*self.net;
        self.events.edit(rule, loc, || texts(net));
    }

    /// Brings an operator's operands, attributes and result types up to date.
    pub fn refresh(&mut self, op: OpId) {
        for i in 0..self.net.op(op).operands.len() {
            let operand = self.find(self.net.op(op).operands[i]);
            self.net.ops[op.index()].operands[i] = operand;
        }
        if !self.syms.is_empty() {
            let data = &mut self.net.ops[op.index()];
            data.attrs = data.attrs.subst(&self.syms);
            for result in data.results.clone() {
                self.refresh_type(result);
            }
        }
    }

    /// Brings a value's type up to date.
    pub fn refresh_type(&mut self, value: ValueId) {
        if !self.syms.is_empty() {
            let ty = self.net.ty(value).subst(&self.syms);
            self.net.values[value.index()].ty = ty;
        }
    }

    /// Whether `new` can stand for `old` everywhere.
    pub fn can_replace(&self, old: ValueId, new: ValueId) -> bool {
        self.net.ty(old).subst(&self.syms) == self.net.ty(new).subst(&self.syms)
    }

    /// Uses `new` wherever `old` is used. The types must be equal.
    pub fn replace(&mut self, rule: &'static str, loc: Loc, old: ValueId, new: ValueId) {
        let new = self.find(new);
        if old == new {
            return;
        }
        self.record(rule, loc, |net| {
            let text = |v: ValueId| net.producer(v).map_or_else(|| v.to_string(), |(_, op)| op_text(net, op));
            (text(old), text(new))
        });
        self.renamed.insert(old, new);
        let Some(sym) = self.value_syms.remove(&old) else { return };
        match self.term_of(new) {
            Some(term) if term != Term::sym(sym) => self.equate(sym, term),
            Some(_) => {}
            None => {
                self.net.syms.insert(sym, SymDef::Value(new));
                self.value_syms.insert(new, sym);
            }
        }
    }

    /// Uses `term`, which computes `value`, wherever the symbol of `value` is mentioned.
    pub fn expand_sym(&mut self, rule: &'static str, loc: Loc, value: ValueId, term: Term) {
        if let Some(sym) = self.value_syms.get(&value).copied()
            && !term.syms().contains(&sym)
        {
            self.record(rule, loc, |_| (sym.name(), term.to_string()));
            self.value_syms.remove(&value);
            self.equate(sym, term);
        }
    }

    /// Uses `term` wherever `sym` is mentioned.
    fn equate(&mut self, sym: Sym, term: Term) {
        let term = term.subst_syms(&self.syms);
        let one = HashMap::from([(sym, term)]);
        for value in self.syms.values_mut() {
            *value = value.subst_syms(&one);
        }
        self.syms.insert(sym, term);
    }

    /// Uses `term` wherever the symbol of `value` is mentioned, and what computes it wherever `value` is used. The caller
    /// puts the new operator at the end of `block`.
    pub fn replace_by_term(
        &mut self,
        rule: &'static str,
        block: BlockId,
        loc: Loc,
        value: ValueId,
        term: Term,
    ) {
        let new = Builder::new(self.net, block, loc).index(term).expect("an i64 or bool term is an index");
        self.replace(rule, loc, value, new);
    }

    /// Takes a block's operators away, to be put back one by one.
    pub fn take_ops(&mut self, block: BlockId) -> Vec<OpId> {
        std::mem::take(&mut self.net.block_mut(block).ops)
    }

    /// Puts an operator at the end of a block.
    pub fn push_op(&mut self, block: BlockId, op: OpId) {
        self.net.block_mut(block).ops.push(op);
    }

    /// A builder at the end of a block.
    pub fn builder(&mut self, block: BlockId, loc: Loc) -> Builder<'_> {
        Builder::new(self.net, block, loc)
    }

    /// Appends a copy of an application with other operands, without recording.
    pub fn append(&mut self, block: BlockId, op: Op, types: Vec<braid_ir::Type>) -> Vec<ValueId> {
        self.net.append(block, op, types)
    }

    /// Adds a weight under a name of its own that begins with `name`.
    pub fn add_weight(&mut self, name: &str, data: Arc<Tensor>) -> ValueId {
        let mut number = self.net.weights.len();
        loop {
            let name = format!("{name}.{number}");
            if self.weight_names.insert(name.clone()) {
                return self.net.add_weight(&name, data);
            }
            number += 1;
        }
    }

    /// Ends a block differently.
    pub fn set_end(&mut self, rule: &'static str, block: BlockId, end: Terminator) {
        let loc = self.net.block(block).loc;
        self.record(rule, loc, |net| (format!("{:?}", net.block(block).end), format!("{end:?}")));
        self.net.block_mut(block).end = end;
    }

    /// Changes a block's edge number `index`.
    pub fn set_edge(&mut self, rule: &'static str, block: BlockId, index: usize, edge: Edge) {
        let loc = self.net.block(block).loc;
        self.record(rule, loc, |net| {
            (format!("{:?}", net.block(block).end.edges()[index]), format!("{edge:?}"))
        });
        *self.net.block_mut(block).end.edges_mut()[index] = edge;
    }

    /// Appends block `next`, whose only predecessor is `block`, to `block`, which ends in a jump to it.
    pub fn merge(&mut self, rule: &'static str, block: BlockId, next: BlockId) {
        let Terminator::Jump(edge) = self.net.block(block).end.clone() else {
            panic!("only a jump is merged into");
        };
        let loc = self.net.block(block).loc;
        self.record(rule, loc, |_| (format!("{block}, {next}"), block.to_string()));
        let moved = std::mem::take(self.net.block_mut(next));
        for (&param, &arg) in moved.params.iter().zip(&edge.args) {
            self.replace(rule, loc, param, arg);
        }
        let block = self.net.block_mut(block);
        block.ops.extend(moved.ops);
        block.end = moved.end;
        block.loc = moved.loc;
    }

    /// Drops parameter number `index` of a block and what edges pass for it.
    pub fn remove_param(&mut self, block: BlockId, index: usize, predecessors: &[BlockId]) {
        let net = &mut *self.net;
        net.block_mut(block).params.remove(index);
        for (i, param) in net.block(block).params.clone().into_iter().enumerate() {
            net.values[param.index()].def = braid_ir::Def::Param(block, i);
        }
        let sources: HashSet<BlockId> = predecessors.iter().copied().collect();
        for from in sources {
            for edge in net.block_mut(from).end.edges_mut() {
                if edge.block == block {
                    edge.args.remove(index);
                }
            }
        }
    }

    /// Access for what has no method here; the caller records what it does.
    pub fn net_mut(&mut self) -> &mut Net {
        self.net
    }

    /// Renames what was replaced, everywhere.
    pub fn flush(&mut self) {
        if !self.renamed.is_empty() {
            let renamed = std::mem::take(&mut self.renamed);
            let find = |mut v: ValueId| {
                while let Some(&new) = renamed.get(&v) {
                    v = new;
                }
                v
            };
            self.net.map_uses(find);
            for def in self.net.syms.values_mut() {
                if let SymDef::Value(value) = def {
                    *value = find(*value);
                }
            }
        }
        let syms = std::mem::take(&mut self.syms);
        self.net.subst_syms(&syms);
    }
}

impl Drop for Editor<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}
