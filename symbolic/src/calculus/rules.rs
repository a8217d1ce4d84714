//! Partial derivatives of one operation by its operands, from the rows of [`crate::ops`] and from registered functions.

use super::CalculusError;
use crate::function::Function;
use crate::ops;
use crate::symbol::Symbol;
use crate::syntax;
use crate::term::walk::{self, TermMap};
use crate::term::{Args, Head, Scalar};
use braid_ir::ScalarOp;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::any::{Any, TypeId};
use std::sync::{Arc, LazyLock, RwLock};

/// A derivative as straight-line code over the operands, so that putting operands in takes no look-up.
enum Step<T> {
    /// The operand of this number.
    Operand(usize),
    /// A term without operands in it.
    Constant(T),
    /// A head applied to the values of earlier steps.
    Make(Head, Vec<u32>),
}

/// The derivative of an operation by one operand; `None` is zero.
pub(super) struct Template<T>(Vec<Step<T>>);

impl<T: Scalar> Template<T> {
    /// `None` for zero.
    fn of(term: &T, operands: &[Symbol]) -> Option<Template<T>> {
        if term.as_number().is_some_and(|n| n.is_zero()) {
            return None;
        }
        let mut steps: Vec<Step<T>> = Vec::new();
        let mut places: TermMap<T, u32> = TermMap::default();
        walk::postorder(term, |t| {
            let head = t.head();
            let args = t.args();
            let step = match &head {
                Head::Symbol(s) if operands.contains(s) => {
                    Step::Operand(operands.iter().position(|o| o == s).unwrap_or(0))
                }
                _ => {
                    let from: Vec<u32> = args.iter().map(|a| places[a]).collect();
                    let constant = from.iter().all(|&at| matches!(steps[at as usize], Step::Constant(_)));
                    if constant { Step::Constant(t.clone()) } else { Step::Make(head, from) }
                }
            };
            places.insert(t.clone(), steps.len() as u32);
            steps.push(step);
        });
        Some(Template(steps))
    }

    /// With these operands.
    pub(super) fn instantiate(&self, operands: &[T]) -> T {
        let mut values: smallvec::SmallVec<[T; 8]> = smallvec::SmallVec::with_capacity(self.0.len());
        for step in &self.0 {
            let value = match step {
                Step::Operand(at) => operands[*at].clone(),
                Step::Constant(term) => term.clone(),
                Step::Make(head, from) => {
                    let args: Args<T> = from.iter().map(|&at| values[at as usize].clone()).collect();
                    T::make(head, &args)
                }
            };
            values.push(value);
        }
        values.pop().unwrap_or_else(|| T::number(0))
    }
}

/// The derivatives of an operation by each operand.
pub(super) type Templates<T> = Arc<Vec<Option<Template<T>>>>;

type Stored = Box<dyn Any + Send + Sync>;
/// What was read already, by representation.
static READ: LazyLock<RwLock<HashMap<(TypeId, ScalarOp), Stored, FxBuildHasher>>> =
    LazyLock::new(|| RwLock::new(HashMap::default()));

/// The derivatives of an operation of the table other than sum, product, power and selection.
pub(super) fn of_op<T: Scalar>(op: ScalarOp) -> Templates<T> {
    let key = (TypeId::of::<T>(), op);
    {
        let read = READ.read().unwrap_or_else(|e| e.into_inner());
        if let Some(found) = read.get(&key).and_then(|stored| stored.downcast_ref::<Templates<T>>()) {
            return found.clone();
        }
    }
    let operands = [Symbol::real("a"), Symbol::real("b")];
    let texts = ops::spec(op).map_or(&[][..], |row| row.derivative);
    let templates: Templates<T> = Arc::new(
        texts
            .iter()
            .map(|text| syntax::parse::<T>(text).ok().and_then(|term| Template::of(&term, &operands)))
            .collect(),
    );
    let mut read = READ.write().unwrap_or_else(|e| e.into_inner());
    read.insert(key, Box::new(templates.clone()));
    templates
}

/// The derivative of a registered function by one argument, at these arguments.
pub(super) fn of_function<T: Scalar>(function: Function, args: &[T], by: usize) -> Result<T, CalculusError> {
    let spec = function.spec();
    let Some(Some(derivative)) = spec.derivatives.get(by) else {
        return Err(CalculusError::NoDerivative { function: spec.name.clone(), argument: by + 1 });
    };
    let values = spec.parameters.iter().copied().zip(args.iter().cloned()).collect();
    Ok(walk::substitute(&derivative.convert::<T>(), &values))
}

/// What one operation passes on of the derivatives of its operands.
pub(super) enum Partials<T> {
    /// The sum, product, power or selection, which callers treat by themselves.
    Special,
    /// By each operand; `None` is zero.
    By(Args<Option<T>>),
}

/// The partial derivatives of a term by those of its arguments that `wanted` names.
pub(super) fn partials<T: Scalar>(
    cache: &mut HashMap<ScalarOp, Templates<T>, FxBuildHasher>,
    head: &Head,
    args: &[T],
    wanted: impl Fn(usize) -> bool,
) -> Result<Partials<T>, CalculusError> {
    let by = match head {
        Head::Number(_) | Head::Symbol(_) | Head::Pi => Args::new(),
        Head::Op(ScalarOp::Add | ScalarOp::Mul | ScalarOp::Pow | ScalarOp::Select) => {
            return Ok(Partials::Special);
        }
        Head::Op(op) => {
            let templates = cache.entry(*op).or_insert_with(|| of_op::<T>(*op));
            (0..args.len())
                .map(|at| {
                    let template = templates.get(at).and_then(Option::as_ref).filter(|_| wanted(at))?;
                    Some(template.instantiate(args))
                })
                .collect()
        }
        Head::Function(function) => {
            let mut by = Args::new();
            for at in 0..args.len() {
                by.push(if wanted(at) { Some(of_function(*function, args, at)?) } else { None });
            }
            by
        }
    };
    Ok(Partials::By(by.into_iter().map(|p: Option<T>| p.filter(|p| !is_zero(p))).collect()))
}

/// The partial derivatives of `base^exponent` by both: `None` where not wanted or zero.
pub(super) fn of_power<T: Scalar>(
    base: &T,
    exponent: &T,
    by_base: bool,
    by_exponent: bool,
) -> [Option<T>; 2] {
    let d_base = by_base
        .then(|| match exponent.as_number() {
            Some(n) if n.is_zero() => None,
            Some(n) => {
                let lowered = &n - &crate::Number::ONE;
                if lowered.is_zero() {
                    return Some(T::number(1));
                }
                let power = if lowered.is_one() { base.clone() } else { base.pow(lowered) };
                Some(T::number(n).times(&power))
            }
            None => {
                let lowered = exponent.plus(&T::number(-1));
                Some(exponent.times(&base.power(&lowered)))
            }
        })
        .flatten();
    let d_exponent = by_exponent.then(|| base.power(exponent).times(&base.log()));
    [d_base, d_exponent]
}

/// Whether it is the number zero.
pub(super) fn is_zero<T: Scalar>(term: &T) -> bool {
    matches!(term.head(), Head::Number(n) if n.is_zero())
}

/// Whether it is the number one.
pub(super) fn is_one<T: Scalar>(term: &T) -> bool {
    matches!(term.head(), Head::Number(n) if n.is_one())
}

/// The product of what is not the number one.
pub(super) fn product<T: Scalar>(factors: impl IntoIterator<Item = T>) -> T {
    let kept: Args<T> = factors.into_iter().filter(|f| !is_one(f)).collect();
    T::product(&kept)
}
