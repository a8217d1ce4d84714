//! Plans to evaluate a polynomial with few operations.
//!
//! Horner's scheme in several variables: the coefficients of the powers of one variable are themselves evaluated so. Which
//! variable comes first matters; the choices tried are the one that occurs in most terms, for each coefficient anew
//! (Ceberio and Kreinovich, "Greedy algorithms for optimizing multivariate Horner schemes", 2004), and, where it is cheap
//! enough, all orders of the variables. Coefficients that are equal up to a number are evaluated once: what was expanded
//! from a power of a sum has many such.

use super::Poly;
use crate::Number;
use hashbrown::{HashMap, HashSet};

/// The number of a step in a plan.
pub type StepId = u32;

/// One step of a plan, of values computed before it.
///
/// ```
/// use braid_symbolic::poly::{Poly, Step};
/// let plan = Poly::variable(1, 0).horner();
/// assert_eq!(plan.steps[plan.root as usize], Step::Variable(0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A number.
    Constant(Number),
    /// The value of a variable.
    Variable(usize),
    /// `a * b`
    Mul(StepId, StepId),
    /// `a + b`
    Add(StepId, StepId),
    /// `a * b + c`
    MulAdd(StepId, StepId, StepId),
}

/// How many operations a plan has.
///
/// ```
/// use braid_symbolic::poly::{OpCounts, Poly};
/// assert_eq!(Poly::variable(1, 0).horner().op_counts(), OpCounts::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpCounts {
    /// Products.
    pub muls: usize,
    /// Sums.
    pub adds: usize,
    /// Products with a sum.
    pub mul_adds: usize,
}

impl OpCounts {
    /// All operations; a product with a sum is one.
    ///
    /// ```
    /// use braid_symbolic::poly::OpCounts;
    /// assert_eq!(OpCounts { muls: 1, adds: 2, mul_adds: 3 }.total(), 6);
    /// ```
    pub fn total(&self) -> usize {
        self.muls + self.adds + self.mul_adds
    }
}

/// Steps in an order in which each is after those that it reads.
///
/// ```
/// use braid_symbolic::poly::Poly;
/// let power = (&Poly::variable(1, 0) + &Poly::one(1)).pow(5).unwrap();
/// let plan = power.horner();
/// assert!(plan.op_counts().total() <= 8 && plan.steps.len() > 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HornerPlan {
    /// The steps, no two alike, all of them used.
    pub steps: Vec<Step>,
    /// The step whose value is that of the polynomial.
    pub root: StepId,
}

impl HornerPlan {
    /// How many operations there are.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let square = Poly::variable(1, 0).pow(2).unwrap();
    /// assert_eq!(square.horner().op_counts().muls, 1);
    /// ```
    pub fn op_counts(&self) -> OpCounts {
        let mut counts = OpCounts::default();
        for step in &self.steps {
            match step {
                Step::Constant(_) | Step::Variable(_) => {}
                Step::Mul(..) => counts.muls += 1,
                Step::Add(..) => counts.adds += 1,
                Step::MulAdd(..) => counts.mul_adds += 1,
            }
        }
        counts
    }
}

/// All orders are tried of at most so many variables.
const ORDERED_VARIABLES_MAX: usize = 4;

/// Terms to go through for all orders together.
const ORDERED_TERMS_MAX: usize = 200_000;

impl Poly {
    /// A plan to evaluate this. `O(t n)` for `t` terms in `n` variables per order that is tried.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// let poly = &x.mul(&y).unwrap() + &x; // x*(y + 1)
    /// assert!(poly.horner().op_counts().total() <= 2);
    /// ```
    pub fn horner(&self) -> HornerPlan {
        let mut best = plan(self, None);
        let used = self.variables();
        let orders: usize = (1..=used.len()).product::<usize>().max(1);
        if used.len() <= ORDERED_VARIABLES_MAX && orders * self.len() <= ORDERED_TERMS_MAX {
            let mut order = used;
            loop {
                let other = plan(self, Some(&order));
                if other.op_counts().total() < best.op_counts().total() {
                    best = other;
                }
                if !next_order(&mut order) {
                    break;
                }
            }
        }
        best
    }
}

/// The next order of distinct numbers; `false` after the falling one.
fn next_order(order: &mut [usize]) -> bool {
    let Some(at) = order.windows(2).rposition(|pair| pair[0] < pair[1]) else { return false };
    let Some(with) = order.iter().rposition(|&other| other > order[at]) else { return false };
    order.swap(at, with);
    order[at + 1..].reverse();
    true
}

/// The better of the plan of the polynomial and that of its primitive part, times the content.
fn plan(poly: &Poly, order: Option<&[usize]>) -> HornerPlan {
    let direct = Planner::new(order).plan(poly, false);
    let scaled = Planner::new(order).plan(poly, true);
    if scaled.op_counts().total() < direct.op_counts().total() { scaled } else { direct }
}

struct Planner<'a> {
    /// The order of variables; without one, the variable in most terms comes first.
    order: Option<&'a [usize]>,
    steps: Vec<Step>,
    known: HashMap<Step, StepId>,
    evaluated: HashMap<Poly, StepId>,
    /// The contents with which each primitive polynomial occurs as a coefficient.
    contents: HashMap<Poly, HashSet<Number>>,
}

impl Planner<'_> {
    fn new(order: Option<&[usize]>) -> Planner<'_> {
        let (known, evaluated, contents) = Default::default();
        Planner { order, steps: Vec::new(), known, evaluated, contents }
    }

    fn plan(mut self, poly: &Poly, scaled: bool) -> HornerPlan {
        self.survey(poly);
        let root = if scaled {
            let primitive = self.evaluate(&poly.primitive());
            self.scaled(primitive, &poly.content())
        } else {
            self.evaluate(poly)
        };
        fused(self.steps, root)
    }

    /// The variable that comes first in a polynomial that is not a number.
    fn first_variable(&self, poly: &Poly) -> usize {
        let mut occurrences = vec![0usize; poly.nvars()];
        for (exponents, _) in poly.terms() {
            for (count, &exponent) in occurrences.iter_mut().zip(&exponents) {
                *count += (exponent > 0) as usize;
            }
        }
        let in_order = self.order.and_then(|order| order.iter().copied().find(|&var| occurrences[var] > 0));
        // Of several in equally many terms the first.
        let most = (0..poly.nvars()).rev().max_by_key(|&var| occurrences[var]);
        in_order.or(most).unwrap_or(0)
    }

    /// Notes which coefficients occur in several multiples.
    fn survey(&mut self, poly: &Poly) {
        if poly.as_constant().is_some() {
            return;
        }
        let primitive = poly.primitive();
        let contents = self.contents.entry(primitive).or_default();
        let first = contents.is_empty();
        contents.insert(poly.content());
        if first {
            for (_, coefficient) in poly.coefficients(self.first_variable(poly)) {
                self.survey(&coefficient);
            }
        }
    }

    fn step(&mut self, step: Step) -> StepId {
        if let Some(&id) = self.known.get(&step) {
            return id;
        }
        let id = self.steps.len() as StepId;
        self.known.insert(step.clone(), id);
        self.steps.push(step);
        id
    }

    fn scaled(&mut self, value: StepId, factor: &Number) -> StepId {
        if factor.is_one() {
            return value;
        }
        let factor = self.step(Step::Constant(factor.clone()));
        self.step(Step::Mul(factor, value))
    }

    fn power(&mut self, var: usize, exponent: u32) -> StepId {
        let base = self.step(Step::Variable(var));
        if exponent == 1 {
            return base;
        }
        let half = self.power(var, exponent / 2);
        let square = self.step(Step::Mul(half, half));
        if exponent.is_multiple_of(2) { square } else { self.step(Step::Mul(square, base)) }
    }

    fn evaluate(&mut self, poly: &Poly) -> StepId {
        if let Some(value) = poly.as_constant() {
            return self.step(Step::Constant(value));
        }
        if let Some(&id) = self.evaluated.get(poly) {
            return id;
        }
        let primitive = poly.primitive();
        let shared = self.contents.get(&primitive).is_some_and(|contents| contents.len() > 1);
        let content = poly.content();
        let id = if shared && !content.is_one() {
            let primitive = self.evaluate(&primitive);
            self.scaled(primitive, &content)
        } else {
            self.scheme(poly)
        };
        self.evaluated.insert(poly.clone(), id);
        id
    }

    /// Horner's scheme in the variable that comes first.
    fn scheme(&mut self, poly: &Poly) -> StepId {
        let var = self.first_variable(poly);
        let coefficients = poly.coefficients(var);
        let mut value: Option<StepId> = None;
        for (at, (exponent, coefficient)) in coefficients.iter().enumerate() {
            let below = coefficients.get(at + 1).map_or(0, |next| next.0);
            // Of a monic polynomial the first product is a power.
            let lead = value.is_none() && coefficient.is_one() && *exponent > below;
            let sum = match value {
                None if lead => None,
                None => Some(self.evaluate(coefficient)),
                Some(product) => {
                    let coefficient = self.evaluate(coefficient);
                    Some(self.step(Step::Add(product, coefficient)))
                }
            };
            value = match (sum, exponent - below) {
                (sum, 0) => sum,
                (None, gap) => Some(self.power(var, gap)),
                (Some(sum), gap) => {
                    let power = self.power(var, gap);
                    Some(self.step(Step::Mul(sum, power)))
                }
            };
        }
        value.unwrap_or_else(|| self.step(Step::Constant(Number::ZERO)))
    }
}

/// Sums of a product that nothing else reads become one operation; what is then unused goes.
fn fused(mut steps: Vec<Step>, root: StepId) -> HornerPlan {
    let mut uses = vec![0u32; steps.len()];
    for step in &steps {
        operands(step).for_each(|id| uses[id as usize] += 1);
    }
    uses[root as usize] += 1;
    for at in 0..steps.len() {
        let Step::Add(a, b) = steps[at] else { continue };
        for (product, other) in [(a, b), (b, a)] {
            if let (Step::Mul(x, y), 1) = (&steps[product as usize], uses[product as usize]) {
                steps[at] = Step::MulAdd(*x, *y, other);
                uses[product as usize] = 0;
                break;
            }
        }
    }
    let mut places = vec![0; steps.len()];
    let mut kept = Vec::with_capacity(steps.len());
    for (at, mut step) in steps.into_iter().enumerate().filter(|&(at, _)| uses[at] > 0) {
        match &mut step {
            Step::Constant(_) | Step::Variable(_) => {}
            Step::Mul(a, b) | Step::Add(a, b) => [a, b].into_iter().for_each(|id| *id = places[*id as usize]),
            Step::MulAdd(a, b, c) => [a, b, c].into_iter().for_each(|id| *id = places[*id as usize]),
        }
        places[at] = kept.len() as StepId;
        kept.push(step);
    }
    HornerPlan { steps: kept, root: places[root as usize] }
}

fn operands(step: &Step) -> impl Iterator<Item = StepId> {
    let operands = match *step {
        Step::Constant(_) | Step::Variable(_) => [None; 3],
        Step::Mul(a, b) | Step::Add(a, b) => [Some(a), Some(b), None],
        Step::MulAdd(a, b, c) => [Some(a), Some(b), Some(c)],
    };
    operands.into_iter().flatten()
}
