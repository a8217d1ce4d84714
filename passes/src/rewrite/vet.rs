//! Vetting: every rule is tried on random small typed instances, both sides evaluated by the interpreter.

use super::groups;
use super::rules::EACH;
use super::term::{Data, Fixed, Head, Leaf, TensorTerm, attrs_among};
use crate::random::Rng;
use braid_ir::eval::eval_op;
use braid_ir::ops::{OpSpec, Value};
use braid_ir::{Attr, AttrKind, Attrs, DType, Scalar, Tensor, TensorType, Term, ValueId};
use braid_symbolic::egraph::{ClassId, EGraph, Language};
use braid_symbolic::rewrite::{Bindings, Class, PatternNode, Rule, SlotId};
use braid_symbolic::term::Term as _;
use std::collections::HashMap;
use std::sync::Arc;

/// Instances are drawn this often at most; most are no match.
pub const DRAWS_MAX: usize = 60_000;
/// Members of a group.
const MEMBERS: usize = 3;
/// By how much the sides of a rule that reassociates may differ, relative to the largest element.
const TOLERANCE: f64 = 1e-4;

/// Why a rule is not vetted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VetError {
    /// Both sides were evaluated and differ.
    #[error("{rule}: {left} is {expected}, but {right} is {found}")]
    Wrong {
        /// The rule.
        rule: String,
        /// The left side.
        left: String,
        /// The right side.
        right: String,
        /// The element of the left side.
        expected: String,
        /// The element of the right side.
        found: String,
    },
    /// Too few draws were matches.
    #[error("{rule}: only {instances} of {DRAWS_MAX} draws are instances")]
    TooFew {
        /// The rule.
        rule: String,
        /// How many were.
        instances: usize,
    },
}

/// Tries a rule on so many random instances.
///
/// # Errors
/// A counterexample, or that too few instances were found.
pub fn vet(rule: &Rule<Head>, instances: usize, seed: u64) -> Result<(), VetError> {
    let mut rng = Rng::new(seed);
    let is_group = rule.slots().iter().any(|s| s.predicate == Some(*EACH));
    let mut found = 0;
    for _ in 0..DRAWS_MAX {
        if found == instances {
            return Ok(());
        }
        let mut draw = Draw::new(&mut rng, rule.class() == Class::Exact);
        found += draw.instance(rule, if is_group { MEMBERS } else { 1 })? as usize;
    }
    Err(VetError::TooFew { rule: rule.to_string(), instances: found })
}

/// What a slot of a rule stands for.
enum Kind {
    Tensor,
    Attrs(&'static OpSpec),
}

/// One random instance.
struct Draw<'a> {
    rng: &'a mut Rng,
    exact: bool,
    graph: EGraph<TensorTerm>,
    tensors: HashMap<ValueId, Arc<Tensor>>,
    shape: Vec<usize>,
    dtype: DType,
}

impl Draw<'_> {
    fn new(rng: &mut Rng, exact: bool) -> Draw<'_> {
        let rank = rng.below(5);
        let shape = (0..rank).map(|_| 1 + rng.below(3)).collect();
        let dtype = match rng.below(10) {
            0 => DType::I64,
            1 => DType::Bool,
            _ => DType::F32,
        };
        Draw { rng, exact, graph: EGraph::new(), tensors: HashMap::new(), shape, dtype }
    }

    /// Draws an instance and compares its sides; whether it was one.
    fn instance(&mut self, rule: &Rule<Head>, members: usize) -> Result<bool, VetError> {
        let kinds = kinds(rule);
        let each = |slot: usize| rule.slots()[slot].predicate == Some(*EACH);
        // Parts that are drawn one by one would hardly ever be the whole.
        let cut = |(slot, kind): (usize, &Kind)| {
            each(slot) && matches!(kind, Kind::Attrs(spec) if spec.attributes.iter().any(|a| a.name == "limit"))
        };
        let tiles = kinds.iter().enumerate().any(cut).then(|| self.tiles(members));
        let mut shared: Bindings<ClassId> = Bindings::new();
        let mut all: Vec<Bindings<ClassId>> = Vec::new();
        for member in 0..members {
            let mut bindings = shared.clone();
            for (slot, kind) in kinds.iter().enumerate() {
                let each = each(slot);
                if member == 0 || each {
                    let class = match (&tiles, kind) {
                        (Some(tiles), Kind::Attrs(_)) => self.leaf(Head::Fixed(tiles[member].0.clone())),
                        (Some(tiles), Kind::Tensor) if each => self.tensor_of(DType::F32, &tiles[member].1.clone()),
                        (Some(_), Kind::Tensor) => self.tensor_of(DType::F32, &self.shape.clone()),
                        (None, kind) => self.slot(kind),
                    };
                    bindings.bind(slot as SlotId, class);
                    if !each {
                        shared.bind(slot as SlotId, class);
                    }
                }
            }
            all.push(bindings);
        }
        let mut lefts = Vec::new();
        for bindings in &all {
            let Some(left) = groups::class_of(&mut self.graph, rule.left(), bindings) else { return Ok(false) };
            if !groups::holds(&self.graph, rule.condition(), bindings) {
                return Ok(false);
            }
            lefts.push(left);
        }
        // Terms are told before classes are joined.
        let left_terms: Vec<TensorTerm> = lefts.iter().map(|&class| self.graph.representative(class)).collect();
        let rights = if members > 1 {
            groups::apply(&mut self.graph, rule, &lefts, &all)
        } else {
            let right = rule.right_pattern().and_then(|r| groups::class_of(&mut self.graph, r, &all[0]));
            let data = |class: ClassId| self.graph.data(self.graph.find(class));
            right.filter(|&right| TensorTerm::may_join(data(lefts[0]), data(right))).map(|right| vec![right])
        };
        let Some(rights) = rights else { return Ok(false) };
        for (left, &right) in left_terms.iter().zip(&rights) {
            let right = self.graph.representative(right);
            // A draw that the interpreter refuses on the left says nothing of the rule.
            let Ok(expected) = self.evaluate(left) else { return Ok(false) };
            let found = self.evaluate(&right);
            if let Some((expected, found)) = self.difference(&expected, &found) {
                let rule = rule.to_string();
                let (left, right) = (format!("{left:?}"), format!("{right:?}"));
                return Err(VetError::Wrong { rule, left, right, expected, found });
            }
        }
        Ok(true)
    }

    fn slot(&mut self, kind: &Kind) -> ClassId {
        match kind {
            Kind::Attrs(spec) => {
                let attrs = self.attrs(spec);
                self.leaf(Head::Fixed(Arc::new(Fixed::new(attrs))))
            }
            Kind::Tensor => {
                let (shape, dtype) = self.ty();
                self.tensor_of(dtype, &shape)
            }
        }
    }

    fn leaf(&mut self, head: Head) -> ClassId {
        self.graph.add_term(&TensorTerm::make(&head, &[]))
    }

    fn tensor_of(&mut self, dtype: DType, shape: &[usize]) -> ClassId {
        let tensor = self.tensor(dtype, shape);
        let value = ValueId(self.tensors.len() as u32);
        self.tensors.insert(value, Arc::new(tensor));
        let constant = self.rng.percent(90);
        self.leaf(Head::Leaf(Arc::new(Leaf { value, ty: TensorType::fixed(dtype, shape), constant })))
    }

    /// The shape of the draw cut into parts along an axis: slices, and for each the shape of what varies along that axis.
    fn tiles(&mut self, members: usize) -> Vec<(Arc<Fixed>, Vec<usize>)> {
        if self.shape.is_empty() {
            self.shape.push(1);
        }
        let rank = self.shape.len();
        let axis = self.rng.below(rank);
        let sizes: Vec<usize> = (0..members).map(|_| 1 + self.rng.below(3)).collect();
        self.shape[axis] = sizes.iter().sum();
        let mut end = 0;
        let mut tiles = Vec::new();
        for size in sizes {
            let (mut start, mut limit) = (vec![0; rank], self.shape.clone());
            (start[axis], limit[axis]) = (end, end + size);
            end += size;
            let terms = |list: Vec<usize>| Attr::Terms(list.into_iter().map(Term::from).collect());
            let attrs = Attrs::from([("start", terms(start)), ("limit", terms(limit)), ("stride", Attr::Ints(vec![]))]);
            let mut shape = vec![1; rank - axis];
            shape[0] = size;
            tiles.push((Arc::new(Fixed::new(attrs)), shape));
        }
        tiles
    }

    fn ty(&mut self) -> (Vec<usize>, DType) {
        let mut shape = self.shape.clone();
        match self.rng.below(6) {
            0 => shape = (0..self.rng.below(5)).map(|_| 1 + self.rng.below(3)).collect(),
            1 => shape.iter_mut().for_each(|d| *d = if self.rng.percent(50) { 1 } else { *d }),
            2 => {
                // What varies along one axis.
                let at = self.rng.below(shape.len());
                let keep = self.rng.below(3) + 1;
                shape.iter_mut().enumerate().for_each(|(i, d)| *d = if i == at { keep } else { 1 });
                shape.drain(..self.rng.below(shape.len() + 1).min(at));
            }
            3 => shape.iter_mut().for_each(|d| *d = if self.rng.percent(40) { 1 + self.rng.below(3) } else { *d }),
            4 if self.rng.percent(40) => shape.clear(),
            _ => {}
        }
        let dtype = if self.rng.percent(95) { self.dtype } else { DType::F32 };
        (shape, dtype)
    }

    fn tensor(&mut self, dtype: DType, shape: &[usize]) -> Tensor {
        let exact = self.exact;
        let rng = &mut *self.rng;
        Tensor::from_fn(dtype, shape.to_vec(), |_| match dtype {
            DType::F32 if exact && rng.percent(5) => {
                Scalar::f32(*rng.pick(&[0.0, -0.0, f32::INFINITY, f32::NAN, 1e-40]).unwrap_or(&0.0))
            }
            DType::F32 => Scalar::f32((rng.below(2001) as f32 - 1000.0) / 257.0),
            DType::Bool => Scalar::Bool(rng.percent(50)),
            _ => Scalar::i64(rng.below(9) as i64 - 4),
        })
    }

    fn attrs(&mut self, spec: &OpSpec) -> Attrs {
        let mut attrs = Attrs::default();
        for declared in spec.attributes {
            if declared.default.is_some() && self.rng.percent(70) {
                continue;
            }
            let value = match declared.kind {
                AttrKind::Ints => Attr::Ints(self.ints()),
                AttrKind::Terms => Attr::Terms(self.dims().into_iter().map(Term::from).collect()),
                AttrKind::Int => Attr::Int(self.rng.below(4) as i64 - 1),
                AttrKind::Bool => Attr::Bool(self.rng.percent(50)),
                AttrKind::Float => Attr::Float(self.rng.below(5) as f64 / 4.0),
                AttrKind::DType => {
                    Attr::DType(*self.rng.pick(&[DType::F32, DType::I64, DType::Bool]).unwrap_or(&DType::F32))
                }
                _ => continue,
            };
            attrs.set(declared.name, value);
        }
        spec.complete(attrs.clone()).unwrap_or(attrs)
    }

    fn ints(&mut self) -> Vec<i64> {
        let rank = self.shape.len();
        match self.rng.below(5) {
            0 => vec![self.rng.below(3) as i64 - 1],
            1 => vec![1; rank.saturating_sub(2)],
            _ => {
                let mut order: Vec<i64> = (0..rank as i64).collect();
                (1..rank).for_each(|i| order.swap(i, self.rng.below(i + 1)));
                order
            }
        }
    }

    /// A shape, or positions: dimensions of the draw, perhaps in another order, joined or split.
    fn dims(&mut self) -> Vec<usize> {
        let mut dims = self.shape.clone();
        match self.rng.below(6) {
            0 => dims.iter_mut().for_each(|d| *d = 0),
            1 => dims.reverse(),
            2 if dims.len() > 1 => {
                let at = self.rng.below(dims.len() - 1);
                dims[at] *= dims.remove(at + 1);
            }
            3 => dims.insert(self.rng.below(dims.len() + 1), 1 + self.rng.below(2)),
            4 => dims.iter_mut().for_each(|d| *d = self.rng.below(*d + 1)),
            _ => {}
        }
        dims
    }

    fn evaluate(&self, term: &TensorTerm) -> Result<Arc<Tensor>, String> {
        let value = braid_symbolic::term::walk::fold(term, |t, args: &[Result<Option<Arc<Tensor>>, String>]| {
            match t.head() {
                Head::Leaf(leaf) => Ok(self.tensors.get(&leaf.value).cloned()),
                Head::Op(spec) => {
                    let fixed = t.args().last().map(|a| a.head());
                    let data: Vec<Data> = match fixed {
                        Some(Head::Fixed(fixed)) if !spec.attributes.is_empty() => vec![Data::Fixed(fixed)],
                        _ => Vec::new(),
                    };
                    let (attrs, _) = attrs_among(spec, &data.iter().collect::<Vec<_>>()).unwrap_or_default();
                    let mut operands = Vec::new();
                    for arg in args {
                        if let Some(tensor) = arg.clone()? {
                            operands.push(Value::Tensor(tensor));
                        }
                    }
                    match eval_op(spec, &operands, attrs)?.into_iter().next() {
                        Some(Value::Tensor(tensor)) => Ok(Some(tensor)),
                        _ => Err("no tensor".to_string()),
                    }
                }
                Head::Fixed(_) | Head::Compute(_) => Ok(None),
            }
        })?;
        value.ok_or_else(|| "no tensor".to_string())
    }

    /// The first element that differs.
    fn difference(&self, expected: &Tensor, found: &Result<Arc<Tensor>, String>) -> Option<(String, String)> {
        let found = match found {
            Ok(found) => found,
            Err(why) => return Some((format!("{:?}", expected.shape()), why.clone())),
        };
        if expected.dtype() != found.dtype() || expected.shape() != found.shape() {
            return Some((format!("{:?}", expected.shape()), format!("{:?}", found.shape())));
        }
        let largest = expected.scalars().map(|s| s.as_f64().abs()).filter(|v| v.is_finite()).fold(1.0, f64::max);
        let differs = |(a, b): (Scalar, Scalar)| {
            let (x, y) = (a.as_f64(), b.as_f64());
            let same = x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan();
            let close = !self.exact && expected.dtype().is_float() && (x - y).abs() <= TOLERANCE * largest;
            (!same && !close).then(|| (a.to_string(), b.to_string()))
        };
        expected.scalars().zip(found.scalars()).find_map(differs)
    }
}

/// What each slot of a rule stands for.
fn kinds(rule: &Rule<Head>) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = rule.slots().iter().map(|_| Kind::Tensor).collect();
    for node in rule.left().nodes() {
        if let PatternNode::Apply(Head::Op(spec), args) = node
            && !spec.attributes.is_empty()
            && let Some(PatternNode::Slot(slot)) = args.last().map(|&a| rule.left().node(a))
        {
            kinds[*slot as usize] = Kind::Attrs(spec);
        }
    }
    kinds
}
