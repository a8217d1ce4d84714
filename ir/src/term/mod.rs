//! Terms: hash-consed, typed, symbolic scalar expressions.
//!
//! One kind of expression serves everywhere something symbolic is needed: dimensions and their arithmetic, index maps,
//! the scalar body of every kernel, conditions over run-time integers. A [`Term`] is a small copyable handle into one
//! process-wide table, so equality is equality of handles.
//!
//! Integer (`i64`) terms are kept in a canonical form, a sum of products with constant coefficients, so that equal
//! polynomials are equal handles. Their arithmetic is exact: what leaves 64 bits is an error of [`Term::try_apply`], and
//! otherwise of the next [`within_range`] around; it never wraps. Terms of other types are only constant-folded.

mod facts;
mod integer;
pub mod math;
mod print;
mod range;
mod scalar_op;

pub use facts::Facts;
pub use range::within_range;
pub use scalar_op::{ScalarOp, floor_div};

use crate::dtype::{DType, Scalar};
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

/// A named integer known only at run time: a symbolic dimension, a loop counter, the size of a data-dependent result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(u32);

/// A handle to a hash-consed scalar expression.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term(u32);

/// The outermost layer of a term.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A constant.
    Const(Scalar),
    /// A run-time integer (`i64`).
    Sym(Sym),
    /// A loop index of the surrounding loop nest (`i64`): output axes first, then reduction axes.
    Axis(u32),
    /// The element that the k-th read of the surrounding loop nest loads.
    Load(u32, DType),
    /// An operation on terms.
    Apply(ScalarOp, Box<[Term]>),
}

struct Table {
    nodes: Vec<(Node, DType)>,
    ids: HashMap<Node, Term>,
    names: Vec<String>,
    syms: HashMap<String, Sym>,
}

static TABLE: LazyLock<RwLock<Table>> = LazyLock::new(|| {
    RwLock::new(Table { nodes: Vec::new(), ids: HashMap::new(), names: Vec::new(), syms: HashMap::new() })
});

fn read() -> std::sync::RwLockReadGuard<'static, Table> {
    TABLE.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What a symbol stands for.
fn replacement(node: &Node, map: &HashMap<Sym, Term>) -> Option<Term> {
    match node {
        Node::Sym(sym) => map.get(sym).copied(),
        _ => None,
    }
}

fn write() -> std::sync::RwLockWriteGuard<'static, Table> {
    TABLE.write().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Sym {
    /// The symbol of this name; the same name is the same symbol.
    pub fn named(name: &str) -> Sym {
        if let Some(&sym) = read().syms.get(name) {
            return sym;
        }
        let mut table = write();
        if let Some(&sym) = table.syms.get(name) {
            return sym;
        }
        let sym = Sym(table.names.len() as u32);
        table.names.push(name.to_string());
        table.syms.insert(name.to_string(), sym);
        sym
    }

    /// The name.
    pub fn name(self) -> String {
        read().names[self.0 as usize].clone()
    }
}

impl Term {
    /// The term with this outermost layer. Integer arithmetic should go through the arithmetic constructors, which
    /// keep the canonical form; this is for leaves.
    fn intern(node: Node, dtype: DType) -> Term {
        if let Some(&term) = read().ids.get(&node) {
            return term;
        }
        let mut table = write();
        if let Some(&term) = table.ids.get(&node) {
            return term;
        }
        let term = Term(u32::try_from(table.nodes.len()).expect("fewer than 2^32 terms"));
        table.nodes.push((node.clone(), dtype));
        table.ids.insert(node, term);
        term
    }

    /// An integer constant.
    pub fn int(value: i64) -> Term {
        Term::constant(Scalar::i64(value))
    }

    /// A constant.
    pub fn constant(value: Scalar) -> Term {
        Term::intern(Node::Const(value), value.dtype())
    }

    /// A run-time integer.
    pub fn sym(sym: Sym) -> Term {
        Term::intern(Node::Sym(sym), DType::I64)
    }

    /// Loop index number `axis`.
    pub fn axis(axis: usize) -> Term {
        Term::intern(Node::Axis(axis as u32), DType::I64)
    }

    /// The element loaded by read number `read`.
    pub fn load(read: usize, dtype: DType) -> Term {
        Term::intern(Node::Load(read as u32, dtype), dtype)
    }

    /// `op` applied to `args`, folded where all are constant and canonical where integer.
    ///
    /// # Panics
    /// If the operand types do not fit the operation. Where integers leave their range (see [`Term::try_apply`]), it unwinds
    /// to the next [`within_range`].
    pub fn apply(op: ScalarOp, args: &[Term]) -> Term {
        match Term::try_apply(op, args) {
            Ok(term) => term,
            Err(why) if integer::leaves_range(&why) => range::leave(why),
            Err(why) => panic!("{why}"),
        }
    }

    /// `op` applied to `args`.
    ///
    /// # Errors
    /// If the operand types do not fit the operation, or `i64` arithmetic on constants overflows.
    pub fn try_apply(op: ScalarOp, args: &[Term]) -> Result<Term, String> {
        let dtypes: Vec<DType> = args.iter().map(|a| a.dtype()).collect();
        let dtype = op.result(&dtypes)?;
        if dtypes.first() == Some(&DType::I64) && !matches!(op, ScalarOp::Cast(_))
            || op == ScalarOp::Select && dtype == DType::I64
        {
            return integer::apply(op, args);
        }
        let constants: Option<Vec<Scalar>> = args.iter().map(|a| a.as_const()).collect();
        if let Some(values) = constants {
            return Ok(Term::constant(op.eval(&values)));
        }
        if let ScalarOp::Cast(to) = op
            && dtypes[0] == to
        {
            return Ok(args[0]);
        }
        if dtype == DType::Bool
            && let Some(term) = integer::simplify_bool(op, args)
        {
            return Ok(term);
        }
        Ok(Term::raw(op, args, dtype))
    }

    /// The application as it stands, without simplification.
    fn raw(op: ScalarOp, args: &[Term], dtype: DType) -> Term {
        Term::intern(Node::Apply(op, args.into()), dtype)
    }

    /// The outermost layer.
    pub fn node(self) -> Node {
        read().nodes[self.0 as usize].0.clone()
    }

    /// The type of the value.
    pub fn dtype(self) -> DType {
        read().nodes[self.0 as usize].1
    }

    /// The constant value, if this is a constant.
    pub fn as_const(self) -> Option<Scalar> {
        match self.node() {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }

    /// The value, if this is an integer constant.
    pub fn as_int(self) -> Option<i64> {
        match self.as_const()? {
            Scalar::Int(DType::I64, v) => i64::try_from(v).ok(),
            _ => None,
        }
    }

    /// The value, if this is a `bool` constant.
    pub fn as_bool(self) -> Option<bool> {
        match self.as_const()? {
            Scalar::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The operands, empty for a leaf.
    pub fn args(self) -> Box<[Term]> {
        match self.node() {
            Node::Apply(_, args) => args,
            _ => Box::new([]),
        }
    }

    /// Replaces leaves: `f` answers the replacement of a leaf, or `None` to keep it. Shared subterms are visited once;
    /// no recursion, so depth is no limit.
    ///
    /// # Panics
    /// If index arithmetic overflows (see [`Term::try_substitute`]).
    pub fn substitute(self, f: &mut dyn FnMut(&Node) -> Option<Term>) -> Term {
        match self.try_substitute(f) {
            Ok(term) => term,
            Err(why) => panic!("{why}"),
        }
    }

    /// [`Term::substitute`] by values that come from outside.
    ///
    /// # Errors
    /// If index arithmetic overflows.
    pub fn try_substitute(self, f: &mut dyn FnMut(&Node) -> Option<Term>) -> Result<Term, String> {
        let mut done: HashMap<Term, Term> = HashMap::new();
        let mut stack = vec![(self, false)];
        while let Some((term, expanded)) = stack.pop() {
            if done.contains_key(&term) {
                continue;
            }
            match term.node() {
                Node::Apply(op, args) => {
                    if expanded {
                        let new: Vec<Term> = args.iter().map(|a| done[a]).collect();
                        let result = if new[..] == args[..] { term } else { Term::try_apply(op, &new)? };
                        done.insert(term, result);
                    } else {
                        stack.push((term, true));
                        stack.extend(args.iter().map(|&a| (a, false)));
                    }
                }
                leaf => {
                    done.insert(term, f(&leaf).unwrap_or(term));
                }
            }
        }
        Ok(done[&self])
    }

    /// Replaces symbols by terms.
    ///
    /// # Panics
    /// If index arithmetic overflows (see [`Term::try_subst_syms`]).
    pub fn subst_syms(self, map: &HashMap<Sym, Term>) -> Term {
        if map.is_empty() { self } else { self.substitute(&mut |node| replacement(node, map)) }
    }

    /// [`Term::subst_syms`] by values that come from outside.
    ///
    /// # Errors
    /// If index arithmetic overflows.
    pub fn try_subst_syms(self, map: &HashMap<Sym, Term>) -> Result<Term, String> {
        if map.is_empty() { Ok(self) } else { self.try_substitute(&mut |node| replacement(node, map)) }
    }

    /// Every distinct subterm, operands before their users, `self` last.
    pub fn postorder(self) -> Vec<Term> {
        let mut seen = std::collections::HashSet::new();
        let mut order = Vec::new();
        let mut stack = vec![(self, false)];
        while let Some((term, expanded)) = stack.pop() {
            if expanded {
                order.push(term);
            } else if seen.insert(term) {
                stack.push((term, true));
                stack.extend(term.args().iter().rev().map(|&a| (a, false)));
            }
        }
        order
    }

    /// Every symbol in the term, in order of first occurrence.
    pub fn syms(self) -> Vec<Sym> {
        self.postorder()
            .into_iter()
            .filter_map(|t| match t.node() {
                Node::Sym(sym) => Some(sym),
                _ => None,
            })
            .collect()
    }

    /// Evaluates with the given values of the leaves.
    ///
    /// # Errors
    /// The leaf that has no value.
    pub fn eval(self, leaf: &mut dyn FnMut(&Node) -> Option<Scalar>) -> Result<Scalar, Term> {
        let mut values: HashMap<Term, Scalar> = HashMap::new();
        for term in self.postorder() {
            let value = match term.node() {
                Node::Const(value) => value,
                Node::Apply(op, args) => {
                    let args: Vec<Scalar> = args.iter().map(|a| values[a]).collect();
                    op.eval(&args)
                }
                node => leaf(&node).ok_or(term)?,
            };
            values.insert(term, value);
        }
        Ok(values[&self])
    }

    /// Evaluates an integer term from the values of its symbols; `None` if one is missing or the value leaves `i64`.
    pub fn eval_int(self, syms: &HashMap<Sym, i64>) -> Option<i64> {
        let value = self.eval(&mut |node| match node {
            Node::Sym(sym) => syms.get(sym).map(|&v| Scalar::i64(v)),
            _ => None,
        });
        value.ok().and_then(|v| i64::try_from(v.as_i128()).ok())
    }
}

macro_rules! binary {
    ($($method:ident $op:ident $doc:literal;)*) => {
        impl Term {
            $(#[doc = $doc]
            pub fn $method(self, other: Term) -> Term {
                Term::apply(ScalarOp::$op, &[self, other])
            })*
        }
    };
}

binary! {
    floor_div FloorDiv "Quotient rounded toward minus infinity.";
    modulo Mod "Remainder with the divisor's sign.";
    min Min "The smaller.";
    max Max "The larger.";
    equals Eq "Whether equal.";
    not_equals Ne "Whether not equal.";
    less Lt "Whether less.";
    less_equal Le "Whether less or equal.";
    and And "Both.";
    or Or "Either.";
}

impl Term {
    /// Logical not.
    pub fn negated(self) -> Term {
        Term::apply(ScalarOp::Not, &[self])
    }

    /// Conversion to another type.
    pub fn cast(self, to: DType) -> Term {
        Term::apply(ScalarOp::Cast(to), &[self])
    }

    /// `yes` where this is true, else `no`.
    pub fn select(self, yes: Term, no: Term) -> Term {
        Term::apply(ScalarOp::Select, &[self, yes, no])
    }
}

impl std::ops::Add for Term {
    type Output = Term;
    fn add(self, other: Term) -> Term {
        Term::apply(ScalarOp::Add, &[self, other])
    }
}
impl std::ops::Sub for Term {
    type Output = Term;
    fn sub(self, other: Term) -> Term {
        Term::apply(ScalarOp::Sub, &[self, other])
    }
}
impl std::ops::Mul for Term {
    type Output = Term;
    fn mul(self, other: Term) -> Term {
        Term::apply(ScalarOp::Mul, &[self, other])
    }
}
impl From<i64> for Term {
    fn from(value: i64) -> Term {
        Term::int(value)
    }
}
impl From<usize> for Term {
    fn from(value: usize) -> Term {
        Term::int(i64::try_from(value).expect("a size below 2^63"))
    }
}
