//! Rewriting of tensor terms by the symbolic engine: the same e-graph, the same format of rules, the same extraction as for
//! formulas.
//!
//! The pure operators of a block are terms ([`term`]); parameters, weights and the results of everything else are their
//! leaves. Long blocks are rewritten in pieces, so that time grows with the length of a net and not faster. A form is taken
//! where it is faster by the model ([`cost`]); what has no faster form stays as it is, in its order.
//!
//! Rules ([`rules`]) are rows of text; what they compute of types and attributes is in [`functions`]. Rules about several
//! applications at once are matched in [`groups`].

pub mod cost;
mod functions;
mod groups;
mod piece;
pub mod proof;
pub mod rules;
pub mod term;
pub mod vet;

use crate::editor::Editor;
use crate::events::Events;
use braid_ir::text::op_text;
use braid_ir::{BlockId, Loc, Net, Op, OpId, Type, ValueId};
use braid_symbolic::egraph::Stop;
use piece::{Chosen, PIECE_OPS_MAX, Piece};
use proof::Proof;
use std::collections::HashMap;

/// The event where an application became one that was there already.
const SHARED: &str = "shared";

/// What was done to one piece of a block.
#[derive(Debug)]
pub struct Rewritten {
    /// The block.
    pub block: BlockId,
    /// Applications in the piece.
    pub applications: usize,
    /// Why the search for equal forms ended.
    pub stop: Stop,
    /// Modelled nanoseconds before.
    pub before: f64,
    /// Modelled nanoseconds after.
    pub after: f64,
    /// Why it is the same, where that was asked for.
    pub proof: Option<Proof>,
}

/// The pass.
pub fn rewrite(net: &mut Net, events: &mut Events) {
    rewrite_with(net, events, false);
}

/// The pass, with what was done to each piece that was changed; `proofs` says whether to keep proofs.
pub fn rewrite_with(net: &mut Net, events: &mut Events, proofs: bool) -> Vec<Rewritten> {
    let mut editor = Editor::new(net, events);
    let uses = count_uses(editor.net());
    let mut all = Vec::new();
    for block in editor.net().reverse_postorder() {
        let ops = editor.take_ops(block);
        let mut rest = &ops[..];
        while !rest.is_empty() {
            let mut terms = Vec::new();
            let mut end = 0;
            while end < rest.len() && terms.len() < PIECE_OPS_MAX {
                editor.refresh(rest[end]);
                if piece::converts(&editor, rest[end]) {
                    terms.push(rest[end]);
                }
                end += 1;
            }
            let (these, others) = rest.split_at(end);
            rest = others;
            match search(&editor, these, &terms, &uses) {
                Some(piece) => {
                    all.push(Rewritten {
                        block,
                        applications: terms.len(),
                        stop: piece.stop,
                        before: piece.before,
                        after: piece.after,
                        proof: proofs.then(|| piece.proof(&editor)),
                    });
                    Emission { editor: &mut editor, block, piece: &piece, values: HashMap::new() }.run(these, &terms);
                }
                None => these.iter().for_each(|&id| editor.push_op(block, id)),
            }
        }
    }
    all
}

/// How often each value is used.
fn count_uses(net: &Net) -> HashMap<ValueId, usize> {
    let mut uses = HashMap::new();
    for block in net.reverse_postorder() {
        let operands = net.block(block).ops.iter().flat_map(|&op| net.op(op).operands.iter().copied());
        for value in operands.chain(net.block(block).end.uses()) {
            *uses.entry(value).or_insert(0) += 1;
        }
    }
    uses
}

/// A faster form of the terms among operators, if there is one that can stand where they do.
fn search(editor: &Editor, ops: &[OpId], terms: &[OpId], uses: &HashMap<ValueId, usize>) -> Option<Piece> {
    let net = editor.net();
    let mut inside: HashMap<ValueId, usize> = HashMap::new();
    for operand in terms.iter().flat_map(|&id| &net.op(id).operands) {
        *inside.entry(*operand).or_insert(0) += 1;
    }
    let outside = |value: &ValueId| uses.get(value).copied().unwrap_or(0) > inside.get(value).copied().unwrap_or(0);
    let roots: Vec<ValueId> = terms.iter().map(|&id| net.op(id).results[0]).filter(outside).collect();
    if roots.is_empty() {
        return None;
    }
    let piece = Piece::search(editor, terms, roots)?;
    let mut place: HashMap<ValueId, usize> = HashMap::new();
    let mut of_root: HashMap<ValueId, usize> = HashMap::new();
    let mut next = terms.iter().peekable();
    for (at, &id) in ops.iter().enumerate() {
        let results = &net.op(id).results;
        if next.next_if_eq(&&id).is_some() {
            of_root.insert(results[0], at);
        } else {
            place.extend(results.iter().map(|&v| (v, at)));
        }
    }
    let there = |root: &ValueId| piece.is_available(net, *root, of_root[root], &place);
    piece.roots.iter().all(there).then_some(piece)
}

/// A piece on its way back into the net.
struct Emission<'a, 'b> {
    editor: &'a mut Editor<'b>,
    block: BlockId,
    piece: &'a Piece,
    /// The value of each class so far.
    values: HashMap<u32, ValueId>,
}

impl Emission<'_, '_> {
    fn run(&mut self, ops: &[OpId], terms: &[OpId]) {
        let roots: std::collections::HashSet<ValueId> = self.piece.roots.iter().copied().collect();
        let mut next = terms.iter().peekable();
        for &id in ops {
            if next.next_if_eq(&&id).is_none() {
                self.editor.refresh(id);
                self.editor.push_op(self.block, id);
                continue;
            }
            let (root, loc) = (self.editor.net().op(id).results[0], self.editor.net().op(id).loc);
            if !roots.contains(&root) {
                continue;
            }
            let class = self.piece.root(root);
            let Some(value) = self.emit(class, class, loc) else { continue };
            if value != root {
                self.editor.replace(self.piece.rule_of(class).unwrap_or(SHARED), loc, root, value);
            }
        }
    }

    /// The value of a class, for a root at a place of the source. As deep as the piece is long.
    fn emit(&mut self, class: u32, root: u32, loc: Loc) -> Option<ValueId> {
        if let Some(&value) = self.values.get(&class) {
            return Some(value);
        }
        let value = match self.piece.chosen(class)? {
            Chosen::Leaf(value) => self.editor.find(value),
            Chosen::Constant(tensor, from) => {
                let name = from.and_then(|v| self.editor.net().weight_of(v)).map(|w| w.name.clone());
                self.editor.add_weight(name.as_deref().unwrap_or("const"), tensor)
            }
            Chosen::Apply(application) => {
                let mut operands = Vec::with_capacity(application.operands.len());
                for &operand in &application.operands {
                    operands.push(self.emit(operand, root, loc)?);
                }
                match application.origin {
                    Some(id) => {
                        self.editor.net_mut().ops[id.index()].operands = operands;
                        self.editor.push_op(self.block, id);
                        self.editor.net().op(id).results[0]
                    }
                    None => self.append(class, root, loc, operands, &application),
                }
            }
        };
        self.values.insert(class, value);
        Some(value)
    }

    fn append(
        &mut self,
        class: u32,
        root: u32,
        loc: Loc,
        operands: Vec<ValueId>,
        application: &piece::Application,
    ) -> ValueId {
        let types: Vec<Type> = vec![application.ty.clone()];
        let op = Op { spec: application.spec, operands, attrs: application.attrs.clone(), results: vec![], loc };
        let value = self.editor.append(self.block, op, types)[0];
        // The root's own edit is told where it is replaced.
        if class != root {
            let rule = self.piece.rule_of(class).or_else(|| self.piece.rule_of(root)).unwrap_or(SHARED);
            self.editor.record(rule, loc, |net| {
                let text = net.producer(value).map_or_else(String::new, |(_, op)| op_text(net, op));
                (String::new(), text)
            });
        }
        value
    }
}
