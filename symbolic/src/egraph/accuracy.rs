//! Extraction by accuracy: of all equal terms, one whose value in floats is close to the true one.
//!
//! All terms of a class have one value. That value is computed precisely at points of the domain, and the value in floats of
//! every node from those of its children; bottom up each class takes the node with the least error, over and over, until none
//! gets better. The terms found so, and those that cost least, are then compiled to straight-line code and scored by what that
//! code computes at all points. How errors are measured, and that they are minimised at points, is after Herbie.

use super::domain::holds;
use super::engine::{ClassId, EGraph, Node};
use super::language::{Shape, build};
use super::simplify::Places;
use crate::cost;
use crate::lower::{self, lower};
use crate::number::Number;
use crate::precise::{self, Evaluator};
use crate::symbol::Symbol;
use crate::tape;
use crate::term::walk::{self, TermMap};
use crate::term::{Expr, Head, Scalar, Term};
use astro_float::BigFloat;
use braid_ir::ScalarOp;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// Accuracy as what simplification seeks, and the points at which errors are measured.
///
/// ```
/// use braid_symbolic::egraph::{Accuracy, Simplify};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("sqrt(x + 1) - sqrt(x)").unwrap();
/// let result = Simplify::new(&e).with(Accuracy::default()).run();
/// let (before, after) = result.error_bits.unwrap();
/// assert!(before > 10.0 && after < 1.0, "{}: {before} to {after}", result.term());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Accuracy {
    /// How many points.
    pub points: usize,
    /// The least and the largest value of unknowns. One that is not named takes values of all sizes, as far as what is
    /// assumed of it allows, from [`MAGNITUDE_MIN`] to [`MAGNITUDE_MAX`] on either side of zero.
    pub ranges: Vec<(Symbol, f64, f64)>,
}

impl Default for Accuracy {
    fn default() -> Accuracy {
        Accuracy { points: 256, ranges: Vec::new() }
    }
}

/// The smallest magnitude of values that are drawn, but for zero as an end of a range.
pub const MAGNITUDE_MIN: f64 = 1.0 / MAGNITUDE_MAX;

/// The largest magnitude of values that are drawn.
pub const MAGNITUDE_MAX: f64 = (1u128 << 64) as f64;

/// Points that are drawn for each that lies in the domain.
const ATTEMPTS_PER_POINT: usize = 32;

/// With fewer points nothing is said of errors.
pub const POINTS_MIN: usize = 12;

/// Classes are compared at no more points than this; final terms at all.
const CLASS_POINTS_MAX: usize = 48;

/// Values that are computed precisely for the classes at most: some tens of microseconds each.
const PRECISE_VALUES_MAX: usize = 60_000;

/// How often all classes are looked at.
const ROUNDS_MAX: usize = 12;

/// What a cycle counts, in bits of error.
const BITS_PER_CYCLE: f64 = 1.0 / 2048.0;

/// Terms whose errors differ by less than this, in bits, are equally accurate: the cheapest of them is taken.
const SAME_BITS: f64 = 0.25;

/// Bits of a float: the error of what is no number.
const ALL_BITS: f64 = 64.0;

/// Points at which terms have values, and these.
pub(super) struct Sample {
    symbols: Vec<Symbol>,
    points: Vec<Vec<f64>>,
    /// Of each term, at each point.
    values: Vec<Vec<f64>>,
    evaluator: Evaluator,
}

/// Xorshift: the same points for the same terms, always.
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A value of an unknown: any size is as likely as any other.
fn draw(symbol: Symbol, range: Option<(f64, f64)>, random: &mut Random) -> f64 {
    let facts = symbol.facts();
    let of_signs = |sign: u8| if facts.signs() & sign != 0 { MAGNITUDE_MAX } else { 0.0 };
    let (lo, hi) = range.unwrap_or((-of_signs(1), of_signs(4)));
    let lo = if facts.signs() & 1 == 0 { lo.max(0.0) } else { lo };
    let hi = if facts.signs() & 4 == 0 { hi.min(0.0) } else { hi };
    if facts.is_bool() {
        return (random.unit() < 0.5) as u8 as f64;
    }
    let largest = lo.abs().max(hi.abs());
    let least =
        if lo > 0.0 || hi < 0.0 { lo.abs().min(hi.abs()) } else { largest * MAGNITUDE_MIN * MAGNITUDE_MIN };
    let of_size = |random: &mut Random| {
        let (a, b) = (least.max(f64::MIN_POSITIVE).log2(), largest.max(f64::MIN_POSITIVE).log2());
        (a + (b - a) * random.unit()).exp2()
    };
    let size = of_size(random).min(largest);
    let negative = hi <= 0.0 || lo < 0.0 && random.unit() < 0.5;
    let value = if negative { -size } else { size };
    let value = if facts.is_integer() { value.round() } else { value };
    value.clamp(lo, hi)
}

impl Sample {
    /// Points where all terms have a value that floats can hold, as have all their parts, and where what is assumed holds.
    /// `None` where too few are found.
    pub fn new<T: Scalar>(terms: &[T], assumed: &[T], accuracy: &Accuracy) -> Option<Sample> {
        let mut symbols: Vec<Symbol> = terms.iter().flat_map(walk::symbols).collect();
        symbols.sort();
        symbols.dedup();
        let mut evaluator = Evaluator::new()?;
        let conditions: Vec<Expr> = assumed.iter().map(expr_of).collect();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let (mut points, mut values) = (Vec::new(), vec![Vec::new(); terms.len()]);
        // Without unknowns all points are one.
        let wanted = if symbols.is_empty() { 1 } else { accuracy.points };
        for _ in 0..wanted * ATTEMPTS_PER_POINT {
            if points.len() == wanted {
                break;
            }
            let range =
                |s: Symbol| accuracy.ranges.iter().find(|r| r.0 == s).map(|r| (r.1.min(r.2), r.1.max(r.2)));
            let point: Vec<f64> = symbols.iter().map(|&s| draw(s, range(s), &mut random)).collect();
            let at = |symbol: Symbol| symbols.iter().position(|s| *s == symbol).map(|i| point[i]);
            let allowed = symbols.iter().zip(&point).all(|(s, v)| *v != 0.0 || s.facts().signs() & 2 != 0);
            if !allowed || !conditions.iter().all(|c| holds(c, at)) {
                continue;
            }
            // Where a part is beyond all floats, another way to the same value might not be; but of the parts of that way
            // nothing is known, so such points are left out.
            let mut done: TermMap<T, BigFloat> = TermMap::default();
            let mut usable = true;
            let found: Vec<f64> = terms
                .iter()
                .map_while(|term| {
                    let value = walk::fold_in(term, &mut done, |term, args: &[BigFloat]| {
                        let value = match term.head() {
                            Head::Symbol(symbol) => Evaluator::float(at(symbol).unwrap_or(f64::NAN)),
                            head => evaluator.apply(&head, args),
                        };
                        usable &= precise::to_f64(&value).is_some();
                        value
                    });
                    precise::to_f64(&value).filter(|_| usable)
                })
                .collect();
            if found.len() == terms.len() {
                points.push(point);
                values.iter_mut().zip(found).for_each(|(list, value)| list.push(value));
            }
        }
        let enough = points.len() >= POINTS_MIN.min(wanted);
        enough.then_some(Sample { symbols, points, values, evaluator })
    }

    /// The mean error in bits of a term as compiled code computes it, where it should be the term of this number; `None`
    /// where there is no such code.
    pub fn error_bits<T: Scalar>(&self, term: &T, of: usize) -> Option<f64> {
        let tape = lower(std::slice::from_ref(term), &self.symbols, &lower::Options::default()).ok()?;
        let mut registers = Vec::new();
        let errors = self.points.iter().zip(&self.values[of]).map(|(point, &value)| {
            let mut computed = [0.0];
            tape.eval_in(&mut registers, point, &mut computed);
            error_bits(computed[0], value)
        });
        Some(errors.sum::<f64>() / self.points.len() as f64)
    }
}

/// Bits that the distance of two floats takes, counted in floats between them.
fn error_bits(computed: f64, value: f64) -> f64 {
    if computed.is_nan() {
        return ALL_BITS;
    }
    // Floats in their order are whole numbers in theirs.
    let place = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
    };
    (1.0 + place(computed).abs_diff(place(value)) as f64).log2()
}

fn expr_of<T: Scalar>(term: &T) -> Expr {
    walk::fold(term, |term, args: &[Expr]| Expr::make(&term.head(), args))
}

/// The best known term of a class.
struct Best<T> {
    term: T,
    floats: Vec<f64>,
    cycles: f64,
    /// Bits of error and what cycles count.
    score: f64,
}

/// Terms of each root that are likely to be accurate: the best of the class, and the best of each of its nodes.
pub(super) fn candidates<T: Scalar>(
    graph: &EGraph<T>,
    places: &Places,
    roots: &[ClassId],
    sample: &mut Sample,
) -> Vec<Vec<T>> {
    let classes: Vec<ClassId> = {
        let mut of: Vec<(ClassId, u32)> = places.iter().map(|(&class, &at)| (class, at)).collect();
        of.sort_by_key(|&(_, at)| std::cmp::Reverse(at));
        of.into_iter().map(|(class, _)| class).collect()
    };
    let points = sample.points.len().min(CLASS_POINTS_MAX).min(PRECISE_VALUES_MAX / classes.len().max(1));
    if points < POINTS_MIN.min(sample.points.len()) {
        return vec![Vec::new(); roots.len()];
    }
    let exact = values_of(graph, &classes, sample, points);
    let mut best: HashMap<ClassId, Best<T>, FxBuildHasher> = HashMap::default();
    for _ in 0..ROUNDS_MAX {
        let mut better = false;
        for class in &classes {
            for node in graph.nodes(*class) {
                let Some(found) = of_node(graph, node, &best, &exact[class], sample, points) else {
                    continue;
                };
                // What is hardly better is not worth another round for all that use it.
                if best.get(class).is_none_or(|known| found.score < known.score - BITS_PER_CYCLE / 2.0) {
                    best.insert(*class, found);
                    better = true;
                }
            }
        }
        if !better {
            break;
        }
    }
    let of_root = |root: &ClassId| {
        let class = graph.find(*root);
        let nodes = graph.nodes(class).iter();
        let each = nodes.filter_map(|n| of_node(graph, n, &best, &exact[&class], sample, points));
        best.get(&class).map(|b| b.term.clone()).into_iter().chain(each.map(|b| b.term)).collect()
    };
    roots.iter().map(of_root).collect()
}

type Values = HashMap<ClassId, Vec<Option<f64>>, FxBuildHasher>;

/// The true value of each class at the first points; `None` where it has none, or none that floats can hold.
fn values_of<T: Scalar>(
    graph: &EGraph<T>,
    classes: &[ClassId],
    sample: &mut Sample,
    points: usize,
) -> Values {
    let mut terms = HashMap::default();
    let mut values: Values = Values::default();
    let all: Vec<(ClassId, T)> =
        classes.iter().map(|&class| (class, graph.representative_in(class, &mut terms))).collect();
    for point in &sample.points[..points] {
        let mut done: TermMap<T, BigFloat> = TermMap::default();
        for (class, term) in &all {
            let value = walk::fold_in(term, &mut done, |term, args: &[BigFloat]| match term.head() {
                Head::Symbol(symbol) => {
                    let at = sample.symbols.iter().position(|s| *s == symbol);
                    Evaluator::float(at.map_or(f64::NAN, |i| point[i]))
                }
                head => sample.evaluator.apply(&head, args),
            });
            values.entry(*class).or_default().push(precise::to_f64(&value));
        }
    }
    values
}

/// A node over the best terms of its children; `None` where one has none yet, or it has no value in floats.
fn of_node<T: Scalar>(
    graph: &EGraph<T>,
    node: &Node,
    best: &HashMap<ClassId, Best<T>, FxBuildHasher>,
    exact: &[Option<f64>],
    sample: &Sample,
    points: usize,
) -> Option<Best<T>> {
    let children: Option<Vec<&Best<T>>> = node.children().map(|c| best.get(&graph.find(c))).collect();
    let children = children?;
    let shape = graph.shape(node);
    let floats: Option<Vec<f64>> = (0..points)
        .map(|point| {
            let args: Vec<f64> = children.iter().map(|child| child.floats[point]).collect();
            match &shape {
                Shape::Plain(Head::Symbol(symbol), _) => {
                    let at = sample.symbols.iter().position(|s| s == symbol)?;
                    Some(sample.points[point][at])
                }
                Shape::Plain(head, _) => float_of(head, &args),
                Shape::Sum(constant, terms) => {
                    let products = terms.iter().zip(&args).map(|((_, n), a)| n.to_f64() * a);
                    Some(
                        products
                            .reduce(|a, b| a + b)
                            .map_or(constant.to_f64(), |sum| sum + constant.to_f64()),
                    )
                }
                Shape::Product(coefficient, factors) => {
                    let powers = factors.iter().zip(&args).map(|((_, n), &a)| power(a, n));
                    Some(coefficient.to_f64() * powers.product::<f64>())
                }
            }
        })
        .collect();
    let floats = floats?;
    let (mut bits, mut compared) = (0.0, 0);
    for (computed, value) in floats.iter().zip(exact) {
        if let Some(value) = value {
            bits += error_bits(*computed, *value);
            compared += 1;
        }
    }
    if compared == 0 {
        return None;
    }
    let own = match &shape {
        Shape::Plain(head, _) => cost::head(head),
        Shape::Sum(constant, terms) => {
            let multiplied = terms.iter().filter(|(_, n)| !n.abs().is_one()).count();
            cost::sum(terms.len() + !constant.is_zero() as usize) + cost::product(2) * multiplied as f64
        }
        Shape::Product(coefficient, factors) => {
            let powers: f64 = factors.iter().filter(|(_, n)| !n.is_one()).map(|(_, n)| cost::power(n)).sum();
            cost::product(factors.len() + !coefficient.abs().is_one() as usize) + powers
        }
    };
    let cycles = own + children.iter().map(|child| child.cycles).sum::<f64>();
    let score = bits / compared as f64 + cycles * BITS_PER_CYCLE;
    let terms: HashMap<ClassId, T, FxBuildHasher> =
        node.children().zip(&children).map(|(c, child)| (c, child.term.clone())).collect();
    let term = build(shape.map(|c: ClassId| terms[&c].clone()));
    Some(Best { term, floats, cycles, score })
}

fn power(base: f64, exponent: &Number) -> f64 {
    match exponent.as_i64().and_then(|n| i32::try_from(n).ok()) {
        Some(n) => tape::powi(base, n),
        None if *exponent == Number::HALF => base.sqrt(),
        None if *exponent == -Number::HALF => 1.0 / base.sqrt(),
        None => base.powf(exponent.to_f64()),
    }
}

/// A head other than sum, product and unknown, in floats.
fn float_of(head: &Head, args: &[f64]) -> Option<f64> {
    Some(match (head, args) {
        (Head::Number(n), _) => n.to_f64(),
        (Head::Pi, _) => std::f64::consts::PI,
        (Head::Op(ScalarOp::Select), [c, a, b]) => *if *c != 0.0 { a } else { b },
        (Head::Op(op), [a]) => tape::unary(*op, *a),
        (Head::Op(op), [a, b]) => tape::binary(*op, *a, *b),
        (Head::Function(function), _) => (function.spec().value.as_ref()?.call)(args),
        _ => return None,
    })
}

/// The number of the term that is chosen: of those that are about as accurate as the most accurate, the cheapest.
pub(super) fn choose<T: Scalar>(terms: &[(T, f64)]) -> Option<usize> {
    let least = terms.iter().map(|(_, bits)| *bits).fold(f64::INFINITY, f64::min);
    let close = (0..terms.len()).filter(|&at| terms[at].1 <= least + SAME_BITS);
    let cycles = |at: &usize| cost::of(std::slice::from_ref(&terms[*at].0));
    close.min_by(|a, b| cycles(a).total_cmp(&cycles(b)))
}
