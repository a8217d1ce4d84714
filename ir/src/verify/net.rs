//! Verification of nets: the invariants V1 to V10 of [`super`].

use super::VerifyError;
use crate::dtype::DType;
use crate::net::*;
use crate::ops::Infer;
use crate::ops::attrs::{Attr, Attrs};
use crate::term::{Facts, Sym, Term};
use crate::types::{TensorType, Type};
use std::collections::{HashMap, HashSet};

/// Checks every invariant and reports all violations.
///
/// # Errors
/// The violations, in program order.
pub fn verify(net: &Net) -> Result<(), Vec<VerifyError>> {
    verify_with(net, &[])
}

/// [`verify`], with symbols that are given from outside.
pub(super) fn verify_with(net: &Net, given: &[Sym]) -> Result<(), Vec<VerifyError>> {
    let mut verifier = Verifier {
        net,
        given,
        facts: net.facts(),
        dominators: HashMap::new(),
        position: HashMap::new(),
        value_syms: net.value_syms(),
        errors: Vec::new(),
    };
    verifier.blocks();
    // Dominance means nothing if edges lead nowhere.
    if verifier.errors.is_empty() {
        verifier.run();
    }
    if verifier.errors.is_empty() { Ok(()) } else { Err(verifier.errors) }
}

struct Verifier<'a> {
    net: &'a Net,
    given: &'a [Sym],
    facts: Facts,
    /// Immediate dominators with the depth of each block in the tree.
    dominators: HashMap<BlockId, (BlockId, usize)>,
    /// Block and index of every operator.
    position: HashMap<OpId, (BlockId, usize)>,
    value_syms: HashMap<ValueId, Sym>,
    errors: Vec<VerifyError>,
}

/// Where a use stands: before operator number `.1` of the block.
type Place = (BlockId, usize);

impl Verifier<'_> {
    fn fail(&mut self, rule: &'static str, loc: Loc, message: String) {
        self.errors.push(VerifyError { rule, message, loc });
    }

    /// V1 and V2.
    fn blocks(&mut self) {
        let net = self.net;
        if net.blocks.is_empty() {
            return self.fail("V1", Loc::default(), "a net has an entry block".to_string());
        }
        let inside = |edge: &Edge| edge.block.index() < net.blocks.len();
        for id in net.block_ids() {
            if net.block(id).end.edges().into_iter().any(|edge| !inside(edge)) {
                self.fail("V1", net.block(id).loc, format!("{id} leads to a block that does not exist"));
            }
        }
        if !self.errors.is_empty() {
            return;
        }
        for id in net.reverse_postorder() {
            let block = net.block(id);
            if matches!(block.end, Terminator::Open) {
                self.fail("V1", block.loc, format!("{id} has no terminator"));
            }
            if block.end.edges().iter().any(|e| e.block == Net::ENTRY) {
                self.fail("V1", block.loc, format!("{id} leads to the entry"));
            }
            for (i, &param) in block.params.iter().enumerate() {
                if net.values.get(param.index()).is_none_or(|v| v.def != Def::Param(id, i)) {
                    self.fail("V2", block.loc, format!("parameter {i} of {id} is defined elsewhere, too"));
                }
            }
            for (i, &op) in block.ops.iter().enumerate() {
                if op.index() >= net.ops.len() {
                    self.fail("V2", block.loc, format!("{op} of {id} does not exist"));
                    continue;
                }
                let loc = net.op(op).loc;
                if self.position.insert(op, (id, i)).is_some() {
                    self.fail("V2", loc, format!("{op} ({}) is in two places", net.op(op).spec.name));
                }
                for (k, &result) in net.op(op).results.iter().enumerate() {
                    if net.values.get(result.index()).is_none_or(|v| v.def != Def::Result(op, k)) {
                        self.fail(
                            "V2",
                            loc,
                            format!("result {k} of {} is defined elsewhere, too", net.op(op).spec.name),
                        );
                    }
                }
                if let Some(v) = net.op(op).operands.iter().find(|v| v.index() >= net.values.len()) {
                    self.fail("V2", loc, format!("{v} does not exist"));
                }
            }
            if let Some(v) = block.end.uses().iter().find(|v| v.index() >= net.values.len()) {
                self.fail("V2", block.loc, format!("{v} does not exist"));
            }
        }
    }

    fn run(&mut self) {
        let net = self.net;
        self.find_dominators();
        self.inputs();
        for (sym, def) in &net.syms {
            self.definition(*sym, def);
        }
        for id in net.reverse_postorder() {
            let block = net.block(id);
            for &param in &block.params {
                let mentioned = net.ty(param).syms();
                self.mentions(&mentioned, (id, 0), block.loc, &format!("the type of parameter {param}"));
            }
            for (i, &op) in block.ops.iter().enumerate() {
                self.op(net.op(op), (id, i));
            }
            self.end(id);
        }
        for guard in &net.guards {
            let outside = |sym: &Sym| !matches!(net.syms.get(sym), Some(SymDef::Input { .. }));
            if guard.condition.dtype() != DType::Bool {
                self.fail("V10", guard.loc, format!("the guard {} is not a condition", guard.condition));
            } else if let Some(sym) = guard.condition.syms().into_iter().find(outside) {
                self.fail(
                    "V10",
                    guard.loc,
                    format!(
                        "the guard {} mentions {}, which is no input dimension",
                        guard.condition,
                        sym.name()
                    ),
                );
            }
        }
    }

    fn find_dominators(&mut self) {
        let net = self.net;
        let order = net.reverse_postorder();
        let number: HashMap<BlockId, usize> = order.iter().enumerate().map(|(i, &b)| (b, i)).collect();
        let predecessors = net.predecessors();
        let mut parent: Vec<Option<usize>> = vec![None; order.len()];
        parent[0] = Some(0);
        let mut changed = true;
        while changed {
            changed = false;
            for (i, block) in order.iter().enumerate().skip(1) {
                let known = predecessors[block].iter().map(|p| number[p]).filter(|&p| parent[p].is_some());
                let meet = known.reduce(|mut a, mut b| {
                    while a != b {
                        let deeper = if a > b { &mut a } else { &mut b };
                        *deeper = parent[*deeper].unwrap_or(0);
                    }
                    a
                });
                changed |= parent[i] != meet;
                parent[i] = meet;
            }
        }
        let mut depth = vec![0; order.len()];
        for (i, &block) in order.iter().enumerate() {
            let up = parent[i].unwrap_or(0);
            depth[i] = if i == 0 { 0 } else { depth[up] + 1 };
            self.dominators.insert(block, (order[up], depth[i]));
        }
    }

    fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        let (Some(&(_, depth)), Some(mut at)) = (self.dominators.get(&a), self.dominators.get(&b)) else {
            return false;
        };
        let mut block = b;
        while at.1 > depth {
            block = at.0;
            at = &self.dominators[&block];
        }
        block == a
    }

    /// Whether a value is there before operator number `place.1` of block `place.0`.
    fn is_defined(&self, value: ValueId, place: Place) -> bool {
        match self.net.value(value).def {
            Def::Weight(_) => true,
            Def::Param(block, _) => self.dominates(block, place.0),
            Def::Result(op, _) => match self.position.get(&op) {
                Some(&(block, index)) if block == place.0 => index < place.1,
                Some(&(block, _)) => self.dominates(block, place.0),
                None => false,
            },
        }
    }

    /// V9.
    fn inputs(&mut self) {
        let net = self.net;
        let params = &net.block(Net::ENTRY).params;
        if params.len() != net.inputs.len() {
            self.fail(
                "V9",
                Loc::default(),
                format!("{} inputs are named, but the entry has {}", net.inputs.len(), params.len()),
            );
        }
        let open = |&p: &ValueId| match net.ty(p) {
            Type::Tensor(_) => false,
            Type::Seq(_, dims) => dims.iter().flatten().flatten().any(|dim| dim.as_int().is_none()),
        };
        if params.iter().any(open) {
            self.fail(
                "V9",
                Loc::default(),
                "a list as an input has dimensions that are no numbers".to_string(),
            );
        }
        let mut names = HashSet::new();
        if let Some(twice) = net.weights.iter().find(|w| !names.insert(&w.name)) {
            self.fail("V9", Loc::default(), format!("two weights have the name {}", twice.name));
        }
    }

    /// V8: what a symbol stands for.
    fn definition(&mut self, sym: Sym, def: &SymDef) {
        let net = self.net;
        match *def {
            SymDef::Input { input, axis } => {
                let ty = net.block(Net::ENTRY).params.get(input).and_then(|&p| net.tensor_ty(p));
                if ty.and_then(|ty| ty.shape.get(axis)) != Some(&Term::sym(sym)) {
                    self.fail(
                        "V8",
                        Loc::default(),
                        format!("{} is not dimension {axis} of input {input}", sym.name()),
                    );
                }
            }
            SymDef::Value(value) => {
                let known = value.index() < net.values.len();
                if !known || net.tensor_ty(value) != Some(&TensorType::scalar(DType::I64)) {
                    self.fail(
                        "V8",
                        Loc::default(),
                        format!("{} does not stand for an i64[] value", sym.name()),
                    );
                }
            }
        }
    }

    /// V8: where a symbol is mentioned.
    fn mentions(&mut self, syms: &[Sym], place: Place, loc: Loc, what: &str) {
        for sym in syms {
            let message = match self.net.syms.get(sym) {
                Some(SymDef::Value(value)) if !self.is_defined(*value, place) => {
                    format!("{what} mentions {}, which is not defined there", sym.name())
                }
                None if !self.given.contains(sym) => {
                    format!("{what} mentions {}, which stands for nothing", sym.name())
                }
                _ => continue,
            };
            self.fail("V8", loc, message);
        }
    }

    fn uses(&mut self, values: &[ValueId], place: Place, loc: Loc, what: &str) {
        for &value in values {
            if !self.is_defined(value, place) {
                self.fail("V3", loc, format!("{what} uses {value}, which is not defined there"));
            }
        }
    }

    fn op(&mut self, op: &Op, place: Place) {
        let net = self.net;
        let name = op.spec.name;
        self.uses(&op.operands, place, op.loc, name);
        self.mentions(&op.syms(), place, op.loc, name);
        let after = (place.0, place.1 + 1);
        let mentioned: Vec<Sym> = op.results.iter().flat_map(|&v| net.ty(v).syms()).collect();
        self.mentions(&mentioned, after, op.loc, &format!("the result of {name}"));
        match op.spec.complete(op.attrs.clone()) {
            Ok(attrs) if attrs == op.attrs || has_nan(&attrs) => {}
            Ok(_) => return self.fail("V4", op.loc, format!("the attributes of {name} are not complete")),
            Err(why) => return self.fail("V4", op.loc, format!("{name}: {why}")),
        }
        let operands: Vec<Type> = op.operands.iter().map(|&v| net.ty(v).clone()).collect();
        let cx = Infer::new(&operands, &op.attrs);
        let inferred = match op.spec.infer(&cx) {
            Ok(inferred) => inferred,
            Err(why) => return self.fail("V5", op.loc, format!("{name}: {why}")),
        };
        if inferred.results.len() != op.results.len() {
            let (expected, found) = (inferred.results.len(), op.results.len());
            return self.fail("V5", op.loc, format!("{name} has {expected} results, not {found}"));
        }
        let mut sizes: HashMap<Sym, Term> = HashMap::new();
        for (index, placeholder) in &inferred.sizes {
            match self.value_syms.get(&op.results[*index]) {
                Some(sym) => _ = sizes.insert(*placeholder, Term::sym(*sym)),
                None => {
                    return self.fail(
                        "V5",
                        op.loc,
                        format!("result {index} of {name} is a size without a symbol"),
                    );
                }
            }
        }
        for (&result, ty) in op.results.iter().zip(&inferred.results) {
            let expected = ty.subst(&sizes);
            if !self.same(&expected, net.ty(result)) {
                self.fail("V5", op.loc, format!("{name} yields {expected}, not {}", net.ty(result)));
            }
        }
    }

    /// Whether two types are the same, given the guards.
    fn same(&self, a: &Type, b: &Type) -> bool {
        let dim = |a: Term, b: Term| {
            let guarded = || self.net.guards.iter().any(|g| g.condition == a.equals(b));
            a == b || self.facts.equal(a, b) == Some(true) || guarded()
        };
        match (a, b) {
            (Type::Tensor(a), Type::Tensor(b)) => {
                let dims = || a.shape.iter().zip(&b.shape).all(|(&x, &y)| dim(x, y));
                a.dtype == b.dtype && a.rank() == b.rank() && dims()
            }
            (Type::Seq(a, x), Type::Seq(b, y)) => {
                let same = |pair: (&Option<Term>, &Option<Term>)| match pair {
                    (Some(x), Some(y)) => dim(*x, *y),
                    // A dimension that is the same for all elements is one that may differ.
                    (_, None) => true,
                    (None, Some(_)) => false,
                };
                a == b
                    && match (x, y) {
                        (Some(x), Some(y)) => x.len() == y.len() && x.iter().zip(y).all(same),
                        // Elements of one rank are elements of any.
                        (_, None) => true,
                        (None, Some(_)) => false,
                    }
            }
            _ => false,
        }
    }

    fn end(&mut self, id: BlockId) {
        let net = self.net;
        let block = net.block(id);
        let place = (id, block.ops.len());
        self.uses(&block.end.uses(), place, block.loc, &format!("the end of {id}"));
        if let Terminator::Branch { condition, .. } = block.end
            && net.tensor_ty(condition) != Some(&TensorType::scalar(DType::Bool))
        {
            self.fail("V7", block.loc, format!("the condition of {id} is {}, not bool[]", net.ty(condition)));
        }
        for edge in block.end.edges() {
            let params = &net.block(edge.block).params;
            if params.len() != edge.args.len() {
                let (expected, found) = (params.len(), edge.args.len());
                self.fail("V6", block.loc, format!("{} takes {expected} arguments, not {found}", edge.block));
                continue;
            }
            let mut passed: HashMap<Sym, Term> = HashMap::new();
            for (param, &arg) in params.iter().zip(&edge.args) {
                if let Some(&sym) = self.value_syms.get(param)
                    && let Some(term) = net.term_of(arg, &self.value_syms)
                {
                    passed.insert(sym, term);
                }
            }
            for (i, (&param, &arg)) in params.iter().zip(&edge.args).enumerate() {
                let expected = net.ty(param).subst(&passed);
                if !self.same(net.ty(arg), &expected) {
                    let found = net.ty(arg);
                    self.fail(
                        "V6",
                        block.loc,
                        format!("argument {i} of {} is {found}, not {expected}", edge.block),
                    );
                }
            }
        }
    }
}

/// Whether an attribute is NaN somewhere, so that it differs from itself.
fn has_nan(attrs: &Attrs) -> bool {
    attrs.iter().any(|(_, attr)| match attr {
        Attr::Float(value) => value.is_nan(),
        Attr::Floats(values) => values.iter().any(|value| value.is_nan()),
        _ => false,
    })
}
