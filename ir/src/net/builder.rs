//! Appending operators to a net; types are inferred from the operator table on insertion.

use super::*;
use crate::dtype::Scalar;
use crate::ops::attrs::Attr;
use crate::ops::{self, Infer};

/// Why an operator cannot be applied to these operands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{op}: {message}")]
pub struct BuildError {
    /// Name of the operator.
    pub op: String,
    /// What was expected and what was found.
    pub message: String,
}

/// A cursor at the end of one block of a net.
pub struct Builder<'a> {
    /// The net.
    pub net: &'a mut Net,
    /// The block that operators are appended to.
    pub block: BlockId,
    /// The user's line for what is appended.
    pub loc: Loc,
    checks: bool,
    /// What is known where the builder stands, and whether a program may never come there.
    path: Option<(&'a crate::term::Facts, bool)>,
    /// Equalities that checks have made sure of.
    pub checked: Vec<Term>,
}

impl<'a> Builder<'a> {
    /// A builder at the end of `block`.
    pub fn new(net: &'a mut Net, block: BlockId, loc: Loc) -> Builder<'a> {
        Builder { net, block, loc, checks: false, path: None, checked: Vec::new() }
    }

    /// Where an operator relies on dimensions being equal that only the data decides, ends the block with a check that
    /// fails as PyTorch does, and goes on in a new block: look at [`Builder::block`] afterwards. Without this, such an
    /// operator is refused.
    pub fn with_checks(mut self) -> Builder<'a> {
        self.checks = true;
        self
    }

    /// Says what is known where the builder stands: dimensions known to be equal need no check. On a path that not every
    /// run takes, a guard would refuse inputs that take another, so a check stands in its place.
    pub fn on_path(mut self, facts: &'a crate::term::Facts, conditional: bool) -> Builder<'a> {
        self.path = Some((facts, conditional));
        self
    }

    /// Appends an operator and returns its results. Sizes of data-dependent results become fresh symbols.
    ///
    /// # Errors
    /// If there is no such operator or its row refuses the operands or attributes.
    pub fn op(&mut self, name: &str, operands: &[ValueId], attrs: Attrs) -> Result<Vec<ValueId>, BuildError> {
        let fail = |message: String| BuildError { op: name.to_string(), message };
        let spec = ops::find(name).ok_or_else(|| fail("there is no operator of this name".to_string()))?;
        let types: Vec<Type> = operands.iter().map(|&v| self.net.ty(v).clone()).collect();
        let attrs = spec.complete(attrs).map_err(fail)?;
        let infer = Infer::new(&types, &attrs);
        let inferred = spec.infer(&infer).map_err(fail)?;
        for (a, b) in infer.assumed.into_inner() {
            self.assume_equal(name, a, b)?;
        }
        let id = OpId(self.net.ops.len() as u32);
        let mut results: Vec<ValueId> = Vec::new();
        // A result of type `i64[]` that is the size of another result gets a symbol, which the other's type then uses.
        let mut sizes = std::collections::HashMap::new();
        for (index, result) in inferred.results.iter().enumerate() {
            let value = self.net.add_value(result.clone(), Def::Result(id, index));
            if let Some((_, placeholder)) = inferred.sizes.iter().find(|(at, _)| *at == index) {
                let sym = self.net.define_sym("s", value);
                sizes.insert(*placeholder, Term::sym(sym));
            }
            results.push(value);
        }
        for &value in &results {
            let ty = self.net.ty(value).subst(&sizes);
            self.net.values[value.index()].ty = ty;
        }
        self.net.ops.push(Op {
            spec,
            operands: operands.to_vec(),
            attrs,
            results: results.clone(),
            loc: self.loc,
        });
        let block = self.block;
        self.net.block_mut(block).ops.push(id);
        Ok(results)
    }

    /// Records that `op` relies on two dimensions being equal: a guard, if both are known at entry.
    fn assume_equal(&mut self, op: &str, a: Term, b: Term) -> Result<(), BuildError> {
        let condition = a.equals(b);
        if self.net.guards.iter().any(|guard| guard.condition == condition) {
            return Ok(());
        }
        if self.path.is_some_and(|(facts, _)| facts.decide(condition) == Some(true)) {
            return Ok(());
        }
        let conditional = self.path.is_some_and(|(_, conditional)| conditional);
        if conditional
            || condition.syms().iter().any(|sym| matches!(self.net.syms.get(sym), Some(SymDef::Value(_))))
        {
            return self.check_equal(op, a, b);
        }
        let reason = format!("{op} needs {a} equal to {b}");
        self.net.guards.push(Guard { condition, reason, raises: false, loc: self.loc });
        Ok(())
    }

    /// Checks at run time that two dimensions are equal.
    fn check_equal(&mut self, op: &str, a: Term, b: Term) -> Result<(), BuildError> {
        if !self.checks {
            let message =
                format!("dimensions {a} and {b} must be equal, which is only known when the program runs");
            return Err(BuildError { op: op.to_string(), message });
        }
        let condition = self.index(a.equals(b))?;
        let operands = vec![self.index(a)?, self.index(b)?];
        let (next, failed) = (self.net.add_block(self.loc), self.net.add_block(self.loc));
        let edge = |block| Edge { block, args: vec![] };
        self.end(Terminator::Branch { condition, yes: edge(next), no: edge(failed) });
        self.block = failed;
        let message = format!("RuntimeError: {op}: dimensions must be equal, but they are {{0}} and {{1}}");
        self.end(Terminator::Fail { message, operands });
        self.block = next;
        self.checked.push(a.equals(b));
        Ok(())
    }

    /// Appends an operator that has one result.
    ///
    /// # Errors
    /// As [`Builder::op`].
    pub fn op1(&mut self, name: &str, operands: &[ValueId], attrs: Attrs) -> Result<ValueId, BuildError> {
        Ok(self.op(name, operands, attrs)?[0])
    }

    /// An `i64[]` or `bool[]` value for a term over symbols.
    ///
    /// # Errors
    /// If the term is of another type.
    pub fn index(&mut self, term: Term) -> Result<ValueId, BuildError> {
        if let crate::term::Node::Sym(sym) = term.node()
            && let Some(SymDef::Value(value)) = self.net.syms.get(&sym)
        {
            return Ok(*value);
        }
        self.op1("index", &[], Attrs::from([("value", Attr::Term(term))]))
    }

    /// Raises a message, in which `{0}` stands for value 0, unless a condition holds.
    ///
    /// # Errors
    /// If the condition is not a `bool` term.
    pub fn check(&mut self, condition: Term, message: &str, values: &[Term]) -> Result<(), BuildError> {
        let attrs = Attrs::from([
            ("condition", Attr::Term(condition)),
            ("message", Attr::Str(message.to_string())),
            ("values", Attr::Terms(values.to_vec())),
        ]);
        self.op("check", &[], attrs).map(|_| ())
    }

    /// A tensor of this shape filled with one constant.
    ///
    /// # Errors
    /// Never for a well-formed shape.
    pub fn full(&mut self, value: Scalar, shape: Vec<Term>) -> Result<ValueId, BuildError> {
        self.op1("full", &[], Attrs::from([("value", Attr::Scalar(value)), ("shape", Attr::Terms(shape))]))
    }

    /// Ends the block.
    pub fn end(&mut self, end: Terminator) {
        let (block, loc) = (self.block, self.loc);
        let block = self.net.block_mut(block);
        debug_assert!(matches!(block.end, Terminator::Open), "the block has ended");
        block.end = end;
        block.loc = loc;
    }
}
