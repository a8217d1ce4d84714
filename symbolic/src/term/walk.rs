//! Walks over terms that visit what is shared once (where the data structure knows: [`Term::SHARED`]) and do not recurse,
//! so that depth is no limit.

use super::{Args, Head, Scalar, Term};
use crate::number::Number;
use crate::symbol::Symbol;
use hashbrown::{HashMap, HashSet};
use rustc_hash::FxBuildHasher;

/// A map keyed by terms.
pub type TermMap<T, V> = HashMap<T, V, FxBuildHasher>;
/// A map keyed by unknowns.
pub type SymbolMap<V> = HashMap<Symbol, V, FxBuildHasher>;
/// A set of terms.
pub type TermSet<T> = HashSet<T, FxBuildHasher>;

/// Computes a value for every distinct subterm from the values of its arguments; returns that of `term`.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse, walk};
/// let e: Expr = parse("sin(x + 1)").unwrap();
/// let depth = walk::fold(&e, |_, args: &[usize]| args.iter().max().map_or(0, |d| d + 1));
/// assert_eq!(depth, 2);
/// ```
pub fn fold<T: Term, V: Clone>(term: &T, f: impl FnMut(&T, &[V]) -> V) -> V {
    fold_in(term, &mut TermMap::default(), f)
}

/// Like [`fold`], with values kept from call to call.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse, walk};
/// let mut sizes = walk::TermMap::default();
/// for text in ["sin(x)", "exp(sin(x))"] {
///     let e: Expr = parse(text).unwrap();
///     walk::fold_in(&e, &mut sizes, |_, args: &[usize]| 1 + args.iter().sum::<usize>());
/// }
/// assert_eq!(sizes.len(), 3);
/// ```
pub fn fold_in<T: Term, V: Clone>(term: &T, done: &mut TermMap<T, V>, mut f: impl FnMut(&T, &[V]) -> V) -> V {
    // A frame is a term, its arguments, and how many of their values lie on the value stack already.
    let mut frames: Vec<(T, Args<T>, usize)> = Vec::new();
    let mut values: Vec<V> = Vec::new();
    let mut next = Some(term.clone());
    loop {
        if let Some(term) = next.take() {
            if T::SHARED
                && let Some(value) = done.get(&term)
            {
                values.push(value.clone());
            } else {
                let args = term.args();
                frames.push((term, args, 0));
            }
        }
        let Some((term, args, at)) = frames.last_mut() else {
            return values.pop().expect("the value of the root");
        };
        if *at < args.len() {
            next = Some(args[*at].clone());
            *at += 1;
            continue;
        }
        let start = values.len() - args.len();
        let value = f(term, &values[start..]);
        values.truncate(start);
        values.push(value.clone());
        if let Some((term, ..)) = frames.pop()
            && T::SHARED
        {
            done.insert(term, value);
        }
    }
}

/// Calls `f` with every distinct subterm, arguments before their users.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse, walk};
/// let mut seen = Vec::new();
/// walk::postorder(&parse::<Expr>("exp(sin(x))").unwrap(), |t| seen.push(t.to_string()));
/// assert_eq!(seen, ["x", "sin(x)", "exp(sin(x))"]);
/// ```
pub fn postorder<T: Term>(term: &T, mut f: impl FnMut(&T)) {
    fold(term, |term, _: &[()]| f(term));
}

/// Replaces subterms: `f` answers the replacement of a term, or `None` to go into it. Replacements are not gone into.
///
/// ```
/// use braid_symbolic::{Head, Scalar, Term, vars, walk};
/// let x = vars!(x);
/// let e = x.sin() + 1;
/// let replaced = walk::replace(&e, |t| (*t == x.sin()).then(|| x.cos()));
/// assert_eq!(replaced, x.cos() + 1);
/// ```
pub fn replace<T: Term>(term: &T, mut f: impl FnMut(&T) -> Option<T>) -> T {
    let mut done: TermMap<T, T> = TermMap::default();
    let mut stack = vec![(term.clone(), false)];
    while let Some((term, expanded)) = stack.pop() {
        if done.contains_key(&term) {
            continue;
        }
        if !expanded && let Some(new) = f(&term) {
            done.insert(term, new);
            continue;
        }
        let args = term.args();
        if expanded || args.is_empty() {
            let new: Args<T> = args.iter().map(|a| done[a].clone()).collect();
            let result = if new == args { term.clone() } else { T::make(&term.head(), &new) };
            done.insert(term, result);
        } else {
            stack.push((term, true));
            stack.extend(args.into_iter().map(|a| (a, false)));
        }
    }
    done.remove(term).expect("the replacement of the root")
}

/// Replaces unknowns by terms.
///
/// ```
/// use braid_symbolic::{Unknown, vars, walk};
/// let (x, y) = vars!(x, y);
/// let mut values = walk::SymbolMap::default();
/// values.insert(x.unknown().unwrap(), y + 1);
/// values.insert(y.unknown().unwrap(), x);
/// assert_eq!(walk::substitute(&(x * y), &values), (y + 1) * x);
/// ```
pub fn substitute<T: Scalar>(term: &T, values: &SymbolMap<T>) -> T {
    replace(term, |t| t.as_symbol().and_then(|s| values.get(&s).cloned()))
}

/// The distinct unknowns, in order of first occurrence.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse, walk};
/// let e: Expr = parse("x*y + x").unwrap();
/// assert_eq!(walk::sorted_symbols(&e).len(), walk::symbols(&e).len());
/// ```
pub fn symbols<T: Scalar>(term: &T) -> Vec<Symbol> {
    let mut found = Vec::new();
    postorder(term, |t| found.extend(t.as_symbol()));
    found
}

/// The distinct unknowns, by name.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse, walk};
/// let symbols = walk::sorted_symbols(&parse::<Expr>("z*y + x").unwrap());
/// assert_eq!(symbols.iter().map(|s| s.name()).collect::<Vec<_>>(), ["x", "y", "z"]);
/// ```
pub fn sorted_symbols<T: Scalar>(term: &T) -> Vec<Symbol> {
    let mut found = symbols(term);
    found.sort_unstable_by_key(|s| s.name());
    found
}

/// Number of distinct subterms.
///
/// ```
/// use braid_symbolic::{Dag, syntax::parse, walk};
/// assert_eq!(walk::dag_size(&parse::<Dag>("sin(x) + sin(x)").unwrap()), 3);
/// ```
pub fn dag_size<T: Term>(term: &T) -> usize {
    let mut count = 0;
    postorder(term, |_| count += 1);
    count
}

/// Number of subterms counted as often as they occur, saturating.
///
/// ```
/// use braid_symbolic::{Dag, syntax::parse, walk};
/// assert_eq!(walk::tree_size(&parse::<Dag>("sin(x) + sin(x)").unwrap()), 5);
/// ```
pub fn tree_size<T: Term>(term: &T) -> u64 {
    fold(term, |_, args: &[u64]| args.iter().fold(1u64, |sum, &n| sum.saturating_add(n)))
}

/// Longest way from the root to a leaf.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse, walk};
/// assert_eq!(walk::depth(&parse::<Expr>("exp(sin(x))").unwrap()), 2);
/// ```
pub fn depth<T: Term>(term: &T) -> usize {
    fold(term, |_, args: &[usize]| args.iter().max().map_or(0, |d| d + 1))
}

/// The value at a point, in floats; NaN where an unknown or a registered function has none.
///
/// ```
/// use braid_symbolic::{Expr, syntax::parse, walk};
/// let e: Expr = parse("x^2 + 1").unwrap();
/// assert_eq!(walk::eval(&e, |_| Some(3.0)), 10.0);
/// assert!(walk::eval(&e, |_| None).is_nan());
/// ```
pub fn eval<T: Scalar>(term: &T, value_of: impl Fn(Symbol) -> Option<f64>) -> f64 {
    use crate::tape::{binary, unary};
    use braid_ir::ScalarOp;
    fold(term, |term, args: &[f64]| match term.head() {
        Head::Number(n) => n.to_f64(),
        Head::Symbol(symbol) => value_of(symbol).unwrap_or(f64::NAN),
        Head::Pi => std::f64::consts::PI,
        Head::Op(ScalarOp::Add) => args.iter().sum(),
        Head::Op(ScalarOp::Mul) => args.iter().product(),
        Head::Op(ScalarOp::Pow) => power(args[0], args[1], term.args().get(1).and_then(|e| e.as_number())),
        Head::Op(ScalarOp::Select) => {
            if args[0] != 0.0 {
                args[1]
            } else {
                args[2]
            }
        }
        Head::Op(op) if args.len() == 1 => unary(op, args[0]),
        Head::Op(op) => binary(op, args[0], args[1]),
        Head::Function(function) => function.spec().value.as_ref().map_or(f64::NAN, |v| (v.call)(args)),
    })
}

/// A power in floats: by multiplication for small whole exponents, as code generation does.
fn power(base: f64, exponent: f64, constant: Option<Number>) -> f64 {
    match constant {
        Some(n) if n == Number::HALF => base.sqrt(),
        Some(n) => match n.as_i64() {
            Some(n) if n.unsigned_abs() <= 64 => crate::tape::powi(base, n as i32),
            _ => base.powf(exponent),
        },
        None => base.powf(exponent),
    }
}
