//! Simplification: the cheapest term that is equal to a term.

use super::accuracy::{self, Accuracy, Sample};
use super::domain::{all_of, assume, conjuncts, domain, follows};
use super::engine::{ClassId, EGraph, NodeKind};
use super::extract::{Extraction, Problem, greedy, tree};
use super::ilp::optimal;
use super::language::{Shape, build};
use super::normal::normalise;
use super::proof::{Explanation, Forest};
use super::saturate::{Limits, NORMAL_ROUNDS_MAX, PreparedRules, Report, Saturation, Stop, Terms};
use crate::cost;
use crate::number::Number;
use crate::rewrite::combinators::Context;
use crate::rewrite::rules::simplify_classical_in;
use crate::term::Scalar;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;
use std::time::Duration;

/// How the cheapest term is searched among the equal ones.
///
/// ```
/// use braid_symbolic::egraph::{Extractor, Simplify};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("a*x + a*y").unwrap();
/// let optimal = Extractor::Optimal(std::time::Duration::from_secs(1));
/// assert_eq!(Simplify::new(&e).with(optimal).run().term(), &parse("a*(x + y)").unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Extractor {
    /// Near the cheapest with what is shared counted once.
    #[default]
    Greedy,
    /// The cheapest with what is shared counted once, or the best that is found in this time.
    Optimal(Duration),
    /// The cheapest with what is shared counted as often as it is used.
    Tree,
}

/// What becomes of terms that are simpler but defined in more places.
///
/// ```
/// use braid_symbolic::egraph::{Conditions, Simplify};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("x/x").unwrap();
/// assert_eq!(*Simplify::new(&e).run().term(), e);
/// let carried = Simplify::new(&e).with(Conditions::Carry).run();
/// assert_eq!((carried.term().to_string(), carried.condition.to_string()), ("1".into(), "x != 0".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Conditions {
    /// The result is defined exactly where the input is.
    #[default]
    Keep,
    /// The result may be defined in more places; the condition under which it is the input comes with it.
    Carry,
}

/// Which rewriter simplifies.
///
/// ```
/// use braid_symbolic::egraph::{Rewriter, Simplify};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("sin(x)^2 + cos(x)^2").unwrap();
/// assert_eq!(Simplify::new(&e).with(Rewriter::Classical).run().term().to_string(), "1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rewriter {
    /// The e-graph: all equal terms at once.
    #[default]
    EGraph,
    /// The rules of the library, applied one after the other until none applies. Faster, but it takes the first way that it
    /// finds; it gives no proofs, and takes no assumptions.
    Classical,
}

/// Whether a proof is wanted.
///
/// ```
/// use braid_symbolic::egraph::{Proof, Simplify};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("sin(x)^2 + cos(x)^2").unwrap();
/// let result = Simplify::new(&e).with(Proof::Give).run();
/// assert_eq!(result.proofs[0].as_ref().unwrap().check(), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Proof {
    /// Only the result.
    #[default]
    Omit,
    /// The steps from the input to the result.
    Give,
}

/// A choice of [`Simplify`].
///
/// ```
/// use braid_symbolic::egraph::{Extractor, Limits, Proof, Simplify};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("a*x + a*y").unwrap();
/// let limits = Limits { nodes: 1_000, ..Limits::default() };
/// let simplify = Simplify::new(&e).with(limits).with(Extractor::Tree).with(Proof::Give);
/// assert_eq!(simplify.run().term().to_string(), "a*(x + y)");
/// ```
pub trait Setting<T: Scalar> {
    /// Makes the choice.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::{Limits, Setting, Simplify, Stop}, syntax::parse};
    /// let mut simplify = Simplify::new(&parse::<Expr>("sin(x)^2 + cos(x)^2").unwrap());
    /// Limits { iterations: 0, ..Limits::default() }.apply(&mut simplify); // what `with` does
    /// assert_eq!(simplify.run().stop(), Stop::IterationLimit);
    /// ```
    fn apply(self, simplify: &mut Simplify<T>);
}

/// Simplification of one or several terms, with choices.
///
/// ```
/// use braid_symbolic::egraph::{Conditions, Simplify};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("(x^2 - 1)/(x - 1)*(x - 1)").unwrap();
/// let result = Simplify::new(&e).with(Conditions::Carry).run();
/// assert_eq!(result.condition.to_string(), "x - 1 != 0");
/// ```
pub struct Simplify<T: Scalar> {
    terms: Vec<T>,
    /// Where others than the library's were chosen.
    rules: Option<Arc<PreparedRules<T>>>,
    pub(super) limits: Limits,
    pub(super) extractor: Extractor,
    pub(super) conditions: Conditions,
    pub(super) proof: Proof,
    rewriter: Rewriter,
    /// Where it is accuracy that is sought, not speed.
    accuracy: Option<Accuracy>,
    assumed: Vec<T>,
}

impl<T: Scalar> Setting<T> for Limits {
    fn apply(self, simplify: &mut Simplify<T>) {
        simplify.limits = self;
    }
}
impl<T: Scalar> Setting<T> for Extractor {
    fn apply(self, simplify: &mut Simplify<T>) {
        simplify.extractor = self;
    }
}
impl<T: Scalar> Setting<T> for Rewriter {
    fn apply(self, simplify: &mut Simplify<T>) {
        simplify.rewriter = self;
    }
}
impl<T: Scalar> Setting<T> for Conditions {
    fn apply(self, simplify: &mut Simplify<T>) {
        simplify.conditions = self;
    }
}
impl<T: Scalar> Setting<T> for Proof {
    fn apply(self, simplify: &mut Simplify<T>) {
        simplify.proof = self;
    }
}
impl<T: Scalar> Setting<T> for Arc<PreparedRules<T>> {
    fn apply(self, simplify: &mut Simplify<T>) {
        simplify.rules = Some(self);
    }
}
/// The most accurate of the equal terms is sought, not the cheapest.
impl<T: Scalar> Setting<T> for Accuracy {
    fn apply(self, simplify: &mut Simplify<T>) {
        simplify.accuracy = Some(self);
    }
}

/// What came of a simplification.
///
/// ```
/// use braid_symbolic::{Expr, egraph::Simplify, syntax::parse};
/// let e: Expr = parse("a*x + a*y").unwrap();
/// let result = Simplify::new(&e).run();
/// assert!(result.cycles.1 < result.cycles.0);
/// assert_eq!(result.condition, Expr::int(1));
/// ```
#[derive(Clone, Debug)]
pub struct Simplified<T: Scalar> {
    /// The results, one for each input.
    pub terms: Vec<T>,
    /// Where this holds, each result is its input; where it does not, inputs are undefined or assumptions do not hold.
    pub condition: T,
    /// Cycles of the inputs together, and of the results.
    pub cycles: (f64, f64),
    /// What saturation did.
    pub report: Report,
    /// Of each input why the result is equal to it, where [`Proof::Give`] was chosen; else nothing. In the order of the
    /// inputs, and `None` for a proof of more than [`STEPS_MAX`](super::proof::STEPS_MAX) steps; where accuracy was sought,
    /// also for one that was not found within the limits.
    pub proofs: Vec<Option<Explanation<T>>>,
    /// The error of the inputs and of the results in bits, as the mean over the points of [`Accuracy`] and over the terms,
    /// where accuracy was sought and enough points were found.
    pub error_bits: Option<(f64, f64)>,
}

impl<T: Scalar> Simplified<T> {
    /// The result of a single input.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::Simplify, syntax::parse};
    /// let e: Expr = parse("x + x").unwrap();
    /// assert_eq!(Simplify::new(&e).run().term().to_string(), "2*x");
    /// ```
    pub fn term(&self) -> &T {
        &self.terms[0]
    }

    /// Why saturation ended.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::{Limits, Simplify, Stop}, syntax::parse};
    /// let e: Expr = parse("exp(a)*exp(b)*exp(c)").unwrap();
    /// let limits = Limits { nodes: 3, ..Limits::default() };
    /// assert_eq!(Simplify::new(&e).with(limits).run().stop(), Stop::NodeLimit);
    /// ```
    pub fn stop(&self) -> Stop {
        self.report.stop
    }
}

impl<T: Scalar> Simplify<T> {
    /// Simplification of a term.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::Simplify, syntax::parse};
    /// let e: Expr = parse("cosh(x)^2 - sinh(x)^2").unwrap();
    /// assert_eq!(*Simplify::new(&e).run().term(), Expr::int(1));
    /// ```
    pub fn new(term: &T) -> Simplify<T> {
        Simplify::all(std::slice::from_ref(term))
    }

    /// Simplification of several terms in one e-graph, so that what they share is found and counted once.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::Simplify, syntax::parse};
    /// let e = |text: &str| parse::<Expr>(text).unwrap();
    /// let result = Simplify::all(&[e("a*x + a*y"), e("(x + y)*b")]).run();
    /// assert_eq!(result.terms, [e("a*(x + y)"), e("b*(x + y)")]); // the sum of both is computed once
    /// ```
    ///
    /// # Panics
    /// Without terms.
    pub fn all(terms: &[T]) -> Simplify<T> {
        assert!(!terms.is_empty(), "there is something to simplify");
        Simplify {
            terms: terms.to_vec(),
            rules: None,
            limits: Limits::default(),
            extractor: Extractor::default(),
            conditions: Conditions::default(),
            proof: Proof::default(),
            rewriter: Rewriter::default(),
            accuracy: None,
            assumed: Vec::new(),
        }
    }

    /// Makes a choice: [`Limits`], [`Extractor`], [`Conditions`], [`Proof`], [`Rewriter`], [`Accuracy`], or a
    /// set of rules.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::{Conditions, Simplify}, syntax::parse};
    /// let e: Expr = parse("x/x").unwrap();
    /// assert_eq!(*Simplify::new(&e).run().term(), e);
    /// assert_eq!(*Simplify::new(&e).with(Conditions::Carry).run().term(), Expr::int(1));
    /// ```
    pub fn with(mut self, setting: impl Setting<T>) -> Simplify<T> {
        setting.apply(&mut self);
        self
    }

    /// Assumes a condition, such as `x > 0` or `x != y and y >= 1`. It becomes part of the condition of the result.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::Simplify, syntax::parse};
    /// let e: Expr = parse("sqrt(x^2)").unwrap();
    /// let result = Simplify::new(&e).assume(&parse("x > 0").unwrap()).run();
    /// assert_eq!((result.term().to_string(), result.condition.to_string()), ("x".into(), "0 < x".into()));
    /// ```
    pub fn assume(mut self, condition: &T) -> Simplify<T> {
        self.assumed.extend(conjuncts(condition));
        self
    }

    /// Simplifies.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::Simplify, syntax::parse};
    /// let e: Expr = parse("exp(log(x^2 + 1))").unwrap();
    /// assert_eq!(Simplify::new(&e).run().term().to_string(), "x^2 + 1");
    /// ```
    pub fn run(&self) -> Simplified<T> {
        if self.rewriter == Rewriter::Classical {
            return self.classical();
        }
        let mut graph = EGraph::new();
        let (roots, taken) = self.fill(&mut graph);
        let report = Saturation::new(&mut graph, &self.rules(), &self.limits).run();
        let before = cost::of(&self.terms);
        let found = match report.stop {
            Stop::Contradiction => None,
            _ => self.extract(&mut graph, &roots, before),
        };
        let cheapest = found.map_or_else(|| self.terms.clone(), |(terms, _)| terms);
        let mut simplified = Simplified {
            terms: cheapest,
            condition: T::number(1),
            cycles: (before, before),
            report,
            proofs: Vec::new(),
            error_bits: None,
        };
        if let Some(accuracy) = &self.accuracy {
            self.most_accurate(accuracy, &graph, &roots, &taken, &mut simplified);
        }
        if self.proof == Proof::Give {
            self.prove(&mut simplified);
        }
        simplified.cycles.1 = cost::of(&simplified.terms);
        simplified.condition = match self.conditions {
            Conditions::Keep => all_of(&self.assumed),
            Conditions::Carry => self.condition_of(&simplified.terms, &taken),
        };
        simplified
    }

    /// The rules that are applied.
    fn rules(&self) -> Arc<PreparedRules<T>> {
        match (&self.rules, &self.accuracy) {
            (Some(rules), _) => rules.clone(),
            (None, None) => super::default_rules(),
            (None, Some(_)) => super::accurate_rules(),
        }
    }

    /// Puts the most accurate terms in the place of the cheapest. Those that would hold under a condition are left out where
    /// none is wanted.
    fn most_accurate(
        &self,
        accuracy: &Accuracy,
        graph: &EGraph<T>,
        roots: &[ClassId],
        taken: &[T],
        simplified: &mut Simplified<T>,
    ) {
        // The e-graph knows the domains of all inputs. What does not say them all by itself may hold under them only.
        let fits = |term: &T| {
            let said = domain(term);
            self.conditions == Conditions::Carry
                || taken.iter().all(|c| self.assumed.contains(c) || follows(c, &said))
        };
        let cheapest = std::mem::replace(&mut simplified.terms, self.terms.clone());
        let Some(mut sample) = Sample::new(&self.terms, &self.assumed, accuracy) else {
            if cheapest.iter().all(fits) {
                simplified.terms = cheapest;
            }
            return;
        };
        let mut found = match simplified.report.stop {
            Stop::Contradiction => vec![Vec::new(); roots.len()],
            _ => accuracy::candidates(graph, &problem(graph, roots).1, roots, &mut sample),
        };
        let (mut before, mut after) = (0.0, 0.0);
        for (at, cheapest) in cheapest.into_iter().enumerate() {
            let mut scored: Vec<(T, f64)> = Vec::new();
            found[at].push(cheapest);
            let fitting = std::mem::take(&mut found[at]).into_iter().filter(fits);
            for term in std::iter::once(self.terms[at].clone()).chain(fitting) {
                if let Some(bits) = sample.error_bits(&term, at)
                    && scored.iter().all(|(known, _)| *known != term)
                {
                    scored.push((term, bits));
                }
            }
            let Some(chosen) = accuracy::choose(&scored) else { return };
            before += scored[0].1 / roots.len() as f64;
            after += scored[chosen].1 / roots.len() as f64;
            simplified.terms[at] = scored.swap_remove(chosen).0;
        }
        simplified.error_bits = Some((before, after));
    }

    /// Proves the results, in an e-graph with a journal. The results are known, so the search ends where it meets them. Where
    /// a limit ends it before, the results become those that this e-graph proves.
    fn prove(&self, simplified: &mut Simplified<T>) {
        let mut graph = EGraph::with_journal();
        let (roots, taken) = self.fill(&mut graph);
        let mut done = Default::default();
        let mut goals: Vec<ClassId> =
            simplified.terms.iter().map(|term| graph.add_term_in(term, &mut done)).collect();
        let rules = self.rules();
        let mut saturation = Saturation::new(&mut graph, &rules, &self.limits);
        saturation.goals = roots.iter().copied().zip(goals.iter().copied()).collect();
        let stop = saturation.run().stop;
        let applications = std::mem::take(&mut saturation.applications);
        if stop != Stop::Proved && self.accuracy.is_none() {
            let found = match stop {
                Stop::Contradiction => None,
                _ => self.extract(&mut graph, &roots, simplified.cycles.0),
            };
            (simplified.terms, goals) = found.unwrap_or_else(|| (self.terms.clone(), roots.clone()));
        }
        let mut forest = Forest::new(&graph);
        let assumed = all_of(&taken);
        let mut explain =
            |(root, goal): (&ClassId, ClassId)| forest.explain(*root, goal, &assumed, &rules, &applications);
        simplified.proofs = roots.iter().zip(goals).map(&mut explain).collect();
    }

    fn classical(&self) -> Simplified<T> {
        let mut stop = Stop::Saturated;
        let mut found: Vec<T> = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            found.push(match simplify_classical_in(term, Context::default()) {
                Ok(outcome) => outcome.term,
                Err(stopped) => {
                    stop = Stop::IterationLimit;
                    stopped.best.term
                }
            });
        }
        let cycles = (cost::of(&self.terms), cost::of(&found));
        let report = Report { stop, iterations: 1, applied: Vec::new() };
        let (terms, after) =
            if cycles.1 < cycles.0 { (found, cycles.1) } else { (self.terms.clone(), cycles.0) };
        Simplified {
            terms,
            condition: T::number(1),
            cycles: (cycles.0, after),
            report,
            proofs: Vec::new(),
            error_bits: None,
        }
    }

    /// Puts terms and assumptions into an e-graph; the classes of the terms and what was assumed.
    pub(super) fn fill(&self, graph: &mut EGraph<T>) -> (Vec<ClassId>, Vec<T>) {
        let mut done = Default::default();
        let roots: Vec<ClassId> = self.terms.iter().map(|term| graph.add_term_in(term, &mut done)).collect();
        let mut taken = self.assumed.clone();
        // Rules that make a term more accurate hold where it is defined; whether a result is defined elsewhere is seen after.
        if self.conditions == Conditions::Carry || self.accuracy.is_some() {
            for term in &self.terms {
                taken.extend(domain(term).into_iter().filter(|c| !taken.contains(c)).collect::<Vec<_>>());
            }
        }
        graph.rebuild();
        for condition in &taken {
            assume(graph, condition, &mut done);
        }
        graph.rebuild();
        (roots, taken)
    }

    /// What of the assumptions the results do not say by themselves.
    fn condition_of(&self, terms: &[T], taken: &[T]) -> T {
        let said: Vec<Vec<T>> = terms.iter().map(domain).collect();
        let implied = |c: &T| !self.assumed.contains(c) && said.iter().all(|d| follows(c, d));
        let left: Vec<T> = taken.iter().filter(|c| !implied(c)).cloned().collect();
        all_of(&left)
    }

    /// The cheapest terms if they are cheaper than `before` cycles, and with a journal, the ids of these very terms.
    fn extract(
        &self,
        graph: &mut EGraph<T>,
        roots: &[ClassId],
        before: f64,
    ) -> Option<(Vec<T>, Vec<ClassId>)> {
        let (problem, classes) = problem(graph, roots);
        let found = match self.extractor {
            Extractor::Greedy => greedy(&problem)?,
            Extractor::Tree => tree(&problem)?,
            Extractor::Optimal(limit) => optimal(&problem, limit)?.extraction,
        };
        let (terms, ids) = terms_of(graph, &problem, &classes, &found, roots);
        (cost::of(&terms) < before).then_some((terms, ids))
    }
}

/// The cheapest term that is equal to a term and defined in the same places.
///
/// ```
/// use braid_symbolic::{Expr, egraph::simplify, syntax::parse};
/// let e: Expr = parse("sin(x)^2 + cos(x)^2 + a*x + a*y").unwrap();
/// assert_eq!(simplify(&e).to_string(), parse::<Expr>("1 + a*(x + y)").unwrap().to_string());
/// ```
pub fn simplify<T: Scalar>(term: &T) -> T {
    Simplify::new(term).run().terms.swap_remove(0)
}

/// Several terms, simplified together: what they share is counted once.
///
/// ```
/// use braid_symbolic::{Expr, egraph::simplify_all, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// assert_eq!(simplify_all(&[e("exp(log(x^2 + 1))"), e("a*b + a*c")]), [e("x^2 + 1"), e("a*(b + c)")]);
/// ```
pub fn simplify_all<T: Scalar>(terms: &[T]) -> Vec<T> {
    if terms.is_empty() { Vec::new() } else { Simplify::all(terms).run().terms }
}

/// The places of classes in a problem.
pub(super) type Places = HashMap<ClassId, u32, FxBuildHasher>;

/// The e-graph as the extractor sees it: the candidates of a class are its nodes, in order. Powers and multiples, which
/// terms may share although no class stands for them, are classes of their own.
pub(super) fn problem<T: Scalar>(graph: &EGraph<T>, roots: &[ClassId]) -> (Problem, Places) {
    let mut places = Places::default();
    let mut order: Vec<ClassId> = Vec::new();
    let mut stack: Vec<ClassId> = roots.iter().map(|&r| graph.find(r)).collect();
    while let Some(class) = stack.pop() {
        if places.contains_key(&class) {
            continue;
        }
        places.insert(class, order.len() as u32);
        order.push(class);
        stack.extend(graph.nodes(class).iter().flat_map(|n| n.children()).map(|c| graph.find(c)));
        stack.extend(graph.scale(class).map(|(_, of)| of));
    }
    let root_places = roots.iter().map(|r| places[&graph.find(*r)]).collect();
    let mut problem = Problem::new(order.len(), root_places);
    let mut shared: HashMap<(ClassId, Number, bool), u32, FxBuildHasher> = HashMap::default();
    let mut virtual_class = |problem: &mut Problem, class: ClassId, n: &Number, is_power: bool| -> u32 {
        let plain = if is_power { n.is_one() } else { n.abs().is_one() };
        if plain {
            return places[&class];
        }
        *shared.entry((class, n.clone(), is_power)).or_insert_with(|| {
            problem.classes.push(Vec::new());
            let at = problem.classes.len() as u32 - 1;
            let cycles = if is_power { cost::power(n) } else { cost::product(2) };
            problem.add(at, cycles, [places[&class]]);
            at
        })
    };
    for class in &order {
        let at = places[class];
        for node in graph.nodes(*class) {
            let operands = node.len() as f64 * cost::OPERAND_CYCLES;
            match node.kind() {
                NodeKind::Plain(head) => {
                    let children: Vec<u32> = node.children().map(|c| places[&graph.find(c)]).collect();
                    problem.add(at, cost::head(graph.head(*head)) + operands, children);
                }
                NodeKind::Sum(constant, _) => {
                    let count = node.len() + !constant.is_zero() as usize;
                    let children: Vec<u32> = node
                        .entries()
                        .map(|(c, n)| virtual_class(&mut problem, graph.find(c), n, false))
                        .collect();
                    problem.add(at, cost::sum(count) + operands, children);
                }
                NodeKind::Product(coefficient, _) => match graph.scale(*class) {
                    Some((factor, of)) if factor == coefficient && !node.is_empty() => {
                        // The product without its number may be shared. Which node of it, its own class says.
                        let child = virtual_class(&mut problem, of, factor, false);
                        problem.add(at, 0.0, [child]);
                    }
                    _ => {
                        let count = node.len() + !coefficient.abs().is_one() as usize;
                        let children: Vec<u32> = node
                            .entries()
                            .map(|(c, n)| virtual_class(&mut problem, graph.find(c), n, true))
                            .collect();
                        problem.add(at, cost::product(count) + operands, children);
                    }
                },
            }
        }
    }
    (problem, places)
}

/// The terms of roots that were chosen, and with a journal, the ids of these very terms.
pub(super) fn terms_of<T: Scalar>(
    graph: &mut EGraph<T>,
    problem: &Problem,
    places: &Places,
    found: &Extraction,
    roots: &[ClassId],
) -> (Vec<T>, Vec<ClassId>) {
    let classes: HashMap<u32, ClassId, FxBuildHasher> = places.iter().map(|(&c, &at)| (at, c)).collect();
    // Looked up before anything is added, which would bring classes out of order.
    let mut chosen: Vec<(ClassId, Shape<T::Head, ClassId>)> = Vec::new();
    for at in problem.order(&found.choices).unwrap_or_default() {
        let (Some(&class), Some(choice)) = (classes.get(&at), found.choices[at as usize]) else {
            continue;
        };
        let node = &graph.nodes(class)[choice as usize];
        let shape = match (node.kind(), graph.scale(class)) {
            (NodeKind::Product(coefficient, _), Some((factor, of)))
                if factor == coefficient && !node.is_empty() =>
            {
                Shape::Product(factor.clone(), vec![(of, Number::ONE)])
            }
            _ => graph.shape(node),
        };
        chosen.push((class, shape.map(|c: ClassId| graph.find(c))));
    }
    let root_classes: Vec<ClassId> = roots.iter().map(|&root| graph.find(root)).collect();
    let mut terms: Terms<T> = Terms::default();
    let mut ids: HashMap<ClassId, ClassId, FxBuildHasher> = HashMap::default();
    for (class, shape) in chosen {
        if graph.has_journal() {
            let id = graph.add_shape(shape.clone().map(|c| ids[&c]));
            ids.insert(class, id);
        }
        let term = build(shape.map(|c| terms[&c].clone()));
        terms.insert(class, term);
    }
    if graph.has_journal() {
        graph.rebuild();
        for _ in 0..NORMAL_ROUNDS_MAX {
            if !normalise(graph, None) {
                break;
            }
        }
    }
    let goals = root_classes.iter().map(|c| ids.get(c).copied().unwrap_or(*c)).collect();
    (root_classes.iter().map(|c| terms[c].clone()).collect(), goals)
}

/// Why two terms could not be proved equal.
///
/// ```
/// use braid_symbolic::{Expr, egraph::{ExplainError, Stop, explain}};
/// let error = explain(&Expr::var("x"), &Expr::var("y")).unwrap_err();
/// assert_eq!(error, ExplainError::NotFound(Stop::Saturated));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The rules did not lead from one to the other.
    #[error("the terms were not found to be equal: {0}")]
    NotFound(Stop),
    /// The proof is too long.
    #[error("the terms are equal, but the proof has too many steps")]
    TooLong,
}

/// Why two terms are equal: the rules used, in order, with the terms before and after each.
///
/// ```
/// use braid_symbolic::{Expr, egraph::explain, syntax::parse};
/// let (a, b): (Expr, Expr) = (parse("sin(x)^2*y + cos(x)^2*y").unwrap(), parse("y").unwrap());
/// let proof = explain(&a, &b).unwrap();
/// assert!(proof.steps.iter().any(|step| step.rule.contains("pythagoras")));
/// assert_eq!(proof.check(), Ok(()));
/// ```
///
/// # Errors
/// Where no proof is found within the usual limits.
pub fn explain<T: Scalar>(from: &T, to: &T) -> Result<Explanation<T>, ExplainError> {
    Simplify::all(&[from.clone(), to.clone()]).explain()
}

impl<T: Scalar> Simplify<T> {
    /// Why the first two terms are equal.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::Simplify, syntax::parse};
    /// let e = |text: &str| parse::<Expr>(text).unwrap();
    /// let question = Simplify::all(&[e("sqrt(x^2)"), e("x")]).assume(&e("x > 0"));
    /// assert!(question.explain().is_ok());
    /// ```
    ///
    /// # Errors
    /// Where no proof is found within the limits.
    pub fn explain(&self) -> Result<Explanation<T>, ExplainError> {
        let mut graph = EGraph::with_journal();
        let (roots, taken) = self.fill(&mut graph);
        let (from, to) = (roots[0], roots[roots.len().min(2) - 1]);
        let rules = self.rules();
        let mut saturation = Saturation::new(&mut graph, &rules, &self.limits);
        saturation.goals.push((from, to));
        let stop = saturation.run().stop;
        let applications = std::mem::take(&mut saturation.applications);
        if stop == Stop::Contradiction || graph.find(from) != graph.find(to) {
            return Err(ExplainError::NotFound(stop));
        }
        let mut forest = Forest::new(&graph);
        forest.explain(from, to, &all_of(&taken), &rules, &applications).ok_or(ExplainError::TooLong)
    }
}
