//! Test support: random nets with nested control flow, valid by construction, from a seed.
//!
//! Operators, operands and attributes are drawn from the operator table and tried; what a row refuses is drawn again. So a
//! new row is tested at once. Around them stand gates with joins or early ends, bounded loops with breaks, symbols that
//! stand for run-time integers, and dimensions that depend on them. What chance alone would hardly make is made on purpose:
//! lists that loops grow, and chains of gathers and scatters whose indices are in range.
//!
//! Floats are rounded differently by different correct implementations. A value that may be is *soft*; control flow,
//! integers and dimensions depend on hard values alone, so that all implementations take the same path.

use braid_ir::ops::{Arity, Effects, Numerics, OpSpec, TABLE, find};
use braid_ir::{
    Attr, AttrKind, Attrs, BlockId, Builder, DType, Edge, Loc, Net, Node, Scalar, Sym, Tensor, TensorType,
    Term, Terminator, Type, ValueId,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The splitmix64 generator.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator of this seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`; 0 for `n == 0`.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.bits() >> 16) as usize % n }
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, p: usize) -> bool {
        self.below(100) < p
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

/// How large a net to make.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Statements per sequence.
    pub statements: usize,
    /// Nesting of gates and loops.
    pub depth: usize,
}

impl Default for Shape {
    fn default() -> Shape {
        Shape { statements: 7, depth: 3 }
    }
}

/// Elements of a tensor, at most.
const ELEMENTS_MAX: usize = 200;
/// Draws for one operator, at most.
const DRAWS_MAX: usize = 60;
/// Newest values that a net returns.
const RESULTS: usize = 8;
/// What a net may require of its inputs' sizes.
const GUARDS_MAX: usize = 1;

/// A random net. Its inputs are named `x`, `y`, … and have small dimensions, two of them the symbols `n` and `l`.
pub fn random_net(seed: u64, shape: Shape) -> Net {
    let mut net = Net::new("random");
    net.files.push("random.py".to_string());
    let (n, l) = (Term::sym(Sym::named("n")), Term::sym(Sym::named("l")));
    let mut scope = Scope::default();
    let inputs = [
        ("x", TensorType::fixed(DType::F32, &[2, 3])),
        ("y", TensorType::new(DType::F32, vec![n, Term::int(3)])),
        ("z", TensorType::new(DType::F32, vec![l, n])),
        ("v", TensorType::fixed(DType::F32, &[3])),
        ("k", TensorType::fixed(DType::I64, &[3])),
        ("m", TensorType::scalar(DType::I64)),
        ("p", TensorType::scalar(DType::Bool)),
        ("q", TensorType::scalar(DType::Bool)),
    ];
    for (name, ty) in inputs {
        scope.values.push(net.add_input(name, ty));
    }
    scope.dims.extend([n, l]);
    let mut rng = Rng::new(seed);
    for (name, dims) in [("a.weight", &[3, 3][..]), ("a.bias", &[3]), ("c.weight", &[3, 3, 1])] {
        let data = random_tensor(&mut rng, DType::F32, dims);
        scope.values.push(net.add_weight(name, Arc::new(data)));
    }
    let mut maker = Maker { net, rng, block: Net::ENTRY, shape, soft: HashSet::new(), line: 0 };
    if maker.sequence(&mut scope, shape.depth) {
        let results = maker.results(&scope);
        maker.end(Terminator::Return(results));
    }
    maker.net
}

/// Inputs for a net of [`random_net`].
pub fn random_inputs(net: &Net, seed: u64) -> Vec<Arc<Tensor>> {
    let mut rng = Rng::new(seed ^ 0x5555);
    let sizes = random_sizes(net, &mut rng);
    let params = net.block(Net::ENTRY).params.clone();
    let types = params.iter().filter_map(|&p| net.tensor_ty(p).cloned());
    types
        .map(|ty| {
            let size = |d: &Term| d.eval_int(&sizes).expect("a number or a symbol") as usize;
            let dims: Vec<usize> = ty.shape.iter().map(size).collect();
            Arc::new(random_tensor(&mut rng, ty.dtype, &dims))
        })
        .collect()
}

/// Sizes for the symbolic dimensions, such as the net's guards admit if a few draws find them.
fn random_sizes(net: &Net, rng: &mut Rng) -> HashMap<Sym, i64> {
    let mut sizes = HashMap::new();
    for _ in 0..20 {
        sizes = ["n", "l"].map(|name| (Sym::named(name), 1 + rng.below(3) as i64)).into();
        let holds = |condition: Term| {
            let numbers = |node: &Node| match node {
                Node::Sym(sym) => sizes.get(sym).map(|&size| Scalar::i64(size)),
                _ => None,
            };
            condition.eval(&mut { numbers }) == Ok(Scalar::Bool(true))
        };
        if net.guards.iter().all(|guard| holds(guard.condition)) {
            break;
        }
    }
    sizes
}

/// Small elements: floats are multiples of a quarter, integers near zero.
fn random_tensor(rng: &mut Rng, dtype: DType, dims: &[usize]) -> Tensor {
    Tensor::from_fn(dtype, dims.to_vec(), |_| match dtype {
        DType::Bool => Scalar::Bool(rng.percent(50)),
        float if float.is_float() => Scalar::from_f64(float, rng.below(17) as f64 / 4.0 - 2.0),
        int => Scalar::from_int(int, rng.below(6) as i128 - 1),
    })
}

/// What statements may use.
#[derive(Clone, Default)]
struct Scope {
    values: Vec<ValueId>,
    /// Dimensions that are known at run time only, all at least 1 and small.
    dims: Vec<Term>,
}

struct Maker {
    net: Net,
    rng: Rng,
    block: BlockId,
    shape: Shape,
    /// Values that may be rounded differently.
    soft: HashSet<ValueId>,
    line: u32,
}

impl Maker {
    fn loc(&self) -> Loc {
        Loc { file: 0, line: self.line, col: 1 }
    }

    fn builder(&mut self) -> Builder<'_> {
        self.line += 1;
        let loc = self.loc();
        Builder::new(&mut self.net, self.block, loc)
    }

    fn end(&mut self, end: Terminator) {
        self.builder().end(end);
    }

    /// A sequence of statements; answers whether control reaches its end.
    fn sequence(&mut self, scope: &mut Scope, depth: usize) -> bool {
        for _ in 0..1 + self.rng.below(self.shape.statements) {
            let goes_on = match self.rng.below(20) {
                0..4 if depth > 0 => self.gate(scope, depth - 1),
                4 | 5 if depth > 0 => self.repeat(scope, depth - 1),
                6 if depth > 0 => self.list(scope, depth - 1),
                7 | 8 => self.size(scope),
                9 | 10 => self.indexed(scope),
                _ => self.operator(scope),
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    fn some_values(&mut self, scope: &Scope, most: usize) -> Vec<ValueId> {
        (0..1 + self.rng.below(most)).filter_map(|_| self.rng.pick(&scope.values).copied()).collect()
    }

    /// What a path returns: the newest values, so that much of the net is needed, and some others.
    fn results(&mut self, scope: &Scope) -> Vec<ValueId> {
        let newest = scope.values[scope.values.len().saturating_sub(RESULTS)..].to_vec();
        newest.into_iter().chain(self.some_values(scope, 2)).collect()
    }

    fn is_scalar(&self, value: ValueId, dtype: DType) -> bool {
        self.net.tensor_ty(value) == Some(&TensorType::scalar(dtype))
    }

    fn hard_scalar(&mut self, scope: &Scope, dtype: DType) -> Option<ValueId> {
        let fits = |v: &ValueId| self.is_scalar(*v, dtype) && !self.soft.contains(v);
        let all: Vec<ValueId> = scope.values.iter().copied().filter(fits).collect();
        self.rng.pick(&all).copied()
    }

    /// An integer of the program, as a term that is small and at least 1.
    fn small_term(&mut self, scope: &Scope) -> Term {
        let Some(value) = self.hard_scalar(scope, DType::I64) else { return Term::int(2) };
        let sym = self.net.sym_of(value).unwrap_or_else(|| self.net.define_sym("s", value));
        Term::sym(sym).modulo(Term::int(3)) + Term::int(1)
    }

    /// A new symbolic dimension.
    fn size(&mut self, scope: &mut Scope) -> bool {
        let term = self.small_term(scope);
        scope.dims.push(term);
        if let Ok(value) = self.builder().index(term) {
            scope.values.push(value);
        }
        true
    }

    fn condition(&mut self, scope: &Scope) -> ValueId {
        if let Some(value) = self.hard_scalar(scope, DType::Bool).filter(|_| self.rng.percent(60)) {
            return value;
        }
        let (a, b) = (self.small_term(scope), Term::int(1 + self.rng.below(3) as i64));
        let term = if self.rng.percent(50) { a.less_equal(b) } else { a.equals(b) };
        self.builder().index(term).expect("a condition is an index")
    }

    /// One operator of the table, with whatever operands and attributes it takes.
    fn operator(&mut self, scope: &mut Scope) -> bool {
        for _ in 0..DRAWS_MAX {
            let rows: &[OpSpec] = TABLE[self.rng.below(TABLE.len())];
            let Some(spec) = self.rng.pick(rows) else { continue };
            if spec.effects != Effects::Pure && !self.rng.percent(8) {
                continue;
            }
            let operands = self.operands(scope, spec);
            if self.attempt(scope, spec, &operands).is_some() {
                return true;
            }
        }
        true
    }

    /// Applies the row with some attributes, if it takes the operands and gives what is acceptable.
    fn attempt(&mut self, scope: &mut Scope, spec: &OpSpec, operands: &[ValueId]) -> Option<Vec<ValueId>> {
        let attrs = self.attributes(scope, spec, operands);
        self.apply(scope, spec, operands, attrs)
    }

    fn apply(
        &mut self,
        scope: &mut Scope,
        spec: &OpSpec,
        operands: &[ValueId],
        attrs: Attrs,
    ) -> Option<Vec<ValueId>> {
        let mark = self.net.mark(self.block);
        let results = self.builder().op(spec.name, operands, attrs).ok();
        let fits =
            |m: &mut Maker, r: &Vec<ValueId>| m.accept(spec, operands, r) && m.net.guards.len() <= GUARDS_MAX;
        let results = results.filter(|results| fits(self, results));
        match &results {
            Some(results) => scope.values.extend(results),
            None => self.net.truncate(&mark),
        }
        results
    }

    /// Gathers and scatters, the next on what the last one gave. Their indices are mostly in range. Nothing is gathered from
    /// what may be empty: there is no element that it could give, and the front end checks indices before.
    fn indexed(&mut self, scope: &mut Scope) -> bool {
        let tensors: Vec<ValueId> = scope.values.iter().copied().filter(|&v| self.has_elements(v)).collect();
        let Some(mut current) = self.rng.pick(&tensors).copied() else { return true };
        let rows: Vec<&OpSpec> = TABLE
            .iter()
            .flat_map(|rows| rows.iter())
            .filter(|row| row.name.starts_with("gather") || row.name.starts_with("scatter"))
            .collect();
        let mut left = 1 + self.rng.below(4);
        for _ in 0..DRAWS_MAX {
            let Some(spec) = self.rng.pick(&rows) else { return true };
            let (mark, mut inner) = (self.net.mark(self.block), scope.clone());
            let mut operands = self.operands(scope, spec);
            operands[0] = current;
            for operand in &mut operands[1..] {
                *operand = self.in_range(*operand, current);
            }
            match self.attempt(&mut inner, spec, &operands) {
                Some(results) if self.has_elements(results[0]) => {
                    current = results[0];
                    scope.values.extend(results);
                    left -= 1;
                }
                _ => self.net.truncate(&mark),
            }
            if left == 0 {
                return true;
            }
        }
        true
    }

    /// Whether a value is a tensor with dimensions, of which none can be 0.
    fn has_elements(&self, value: ValueId) -> bool {
        let facts = self.net.facts();
        let some = |dim: &Term| facts.decide(Term::int(1).less_equal(*dim)) == Some(true);
        self.net.tensor_ty(value).is_some_and(|ty| ty.rank() > 0 && ty.shape.iter().all(some))
    }

    /// Integers brought into the range of the tensor's smallest dimension; other values as they are.
    fn in_range(&mut self, value: ValueId, tensor: ValueId) -> ValueId {
        let integers = self.net.tensor_ty(value).is_some_and(|ty| ty.dtype == DType::I64);
        let Some(smallest) =
            self.net.tensor_ty(tensor).and_then(|ty| ty.shape.iter().copied().reduce(Term::min))
        else {
            return value;
        };
        if !integers || self.soft.contains(&value) || self.rng.percent(5) {
            return value;
        }
        let Ok(limit) = self.builder().index(smallest) else { return value };
        self.builder().op1("modulo", &[value, limit], Attrs::default()).unwrap_or(value)
    }

    /// A list that a loop grows, and what is read of it.
    fn list(&mut self, scope: &mut Scope, depth: usize) -> bool {
        let tensors: Vec<TensorType> =
            scope.values.iter().filter_map(|v| self.net.tensor_ty(*v).cloned()).collect();
        let Some(ty) = self.rng.pick(&tensors).cloned() else { return true };
        let open = if ty.rank() > 0 && self.rng.percent(40) { vec![0] } else { vec![] };
        let mut attrs = Attrs::default();
        attrs.set("dtype", Attr::DType(ty.dtype));
        attrs.set("dims", Attr::Terms(ty.shape));
        attrs.set("unknown", Attr::Ints(open));
        let Ok(list) = self.builder().op1("seq_empty", &[], attrs) else { return true };
        scope.values.push(list);
        let list = if self.rng.percent(40) { self.pushed(scope, list) } else { list };
        let mut carried = self.some_values(scope, 4);
        carried.push(list);
        if !self.repeat_with(scope, depth, carried) {
            return false;
        }
        for _ in 0..1 + self.rng.below(3) {
            self.of_list(scope);
        }
        true
    }

    /// The list with one of the values appended that it takes.
    fn pushed(&mut self, scope: &mut Scope, list: ValueId) -> ValueId {
        let Some(push) = find("seq_push") else { return list };
        for _ in 0..DRAWS_MAX {
            let Some(&value) = self.rng.pick(&scope.values) else { return list };
            if let Some(longer) = self.attempt(scope, push, &[list, value]) {
                return longer[0];
            }
        }
        list
    }

    /// One of the operators on the newest list, at an index near either end.
    fn of_list(&mut self, scope: &mut Scope) {
        let is_list = |v: &&ValueId| matches!(self.net.ty(**v), Type::Seq(..));
        let Some(&list) = scope.values.iter().rev().find(is_list) else { return };
        let rows: Vec<&OpSpec> = TABLE
            .iter()
            .flat_map(|rows| rows.iter())
            .filter(|row| row.name.starts_with("seq_") && row.operands != Arity::Exactly(0))
            .collect();
        let Some(spec) = self.rng.pick(&rows) else { return };
        let at = [-1, 0, 0, 1][self.rng.below(4)];
        let Ok(at) = self.builder().index(Term::int(at)) else { return };
        for _ in 0..DRAWS_MAX {
            let mut operands = self.operands(scope, spec);
            operands[0] = list;
            if operands.len() > 1 && spec.name != "seq_push" {
                operands[1] = at;
            }
            if self.attempt(scope, spec, &operands).is_some() {
                return;
            }
        }
    }

    /// Whether the results are small and, where they are integers or conditions, hard. Marks the soft ones.
    fn accept(&mut self, spec: &OpSpec, operands: &[ValueId], results: &[ValueId]) -> bool {
        let soft = spec.numerics != Numerics::Exact || operands.iter().any(|v| self.soft.contains(v));
        for &result in results {
            let small = match self.net.ty(result) {
                Type::Tensor(ty) => {
                    let bound: usize =
                        ty.shape.iter().map(|d| d.as_int().map_or(4, |d| d.max(0) as usize)).product();
                    ty.rank() <= 4 && bound <= ELEMENTS_MAX
                }
                Type::Seq(_, dims) => dims.as_ref().is_none_or(|dims| dims.len() <= 3),
            };
            let float = match self.net.ty(result) {
                Type::Tensor(ty) => ty.dtype.is_float(),
                Type::Seq(dtype, _) => dtype.is_float(),
            };
            if !small || (soft && !float && operands.iter().any(|v| self.soft.contains(v))) {
                return false;
            }
        }
        if soft {
            let float = |v: &ValueId| match self.net.ty(*v) {
                Type::Tensor(ty) => ty.dtype.is_float(),
                Type::Seq(dtype, _) => dtype.is_float(),
            };
            let marked: Vec<ValueId> = results.iter().copied().filter(float).collect();
            self.soft.extend(marked);
        }
        true
    }

    fn operands(&mut self, scope: &Scope, spec: &OpSpec) -> Vec<ValueId> {
        let count = match spec.operands {
            Arity::Exactly(n) => n,
            Arity::AtLeast(n) => n + self.rng.below(3),
            Arity::Between(low, high) => low + self.rng.below(high - low + 1),
        };
        let mut operands: Vec<ValueId> = Vec::new();
        for _ in 0..count {
            let alike: Vec<ValueId> = match operands.first() {
                Some(first) if self.rng.percent(60) => {
                    scope.values.iter().copied().filter(|v| self.net.ty(*v) == self.net.ty(*first)).collect()
                }
                _ => scope.values.clone(),
            };
            // Later values are likelier, so that chains grow.
            let recent = alike.len().min(6);
            let from = if self.rng.percent(50) { &alike[alike.len() - recent..] } else { &alike };
            operands.extend(self.rng.pick(from));
        }
        operands
    }

    fn attributes(&mut self, scope: &Scope, spec: &OpSpec, operands: &[ValueId]) -> Attrs {
        let shape: Vec<Term> = match operands.first().map(|&v| self.net.ty(v)) {
            Some(Type::Tensor(ty)) => ty.shape.clone(),
            _ => vec![],
        };
        let mut attrs = Attrs::default();
        for declared in spec.attributes {
            if declared.default.is_some() && self.rng.percent(60) {
                continue;
            }
            let value = match declared.kind {
                AttrKind::Bool => Attr::Bool(self.rng.percent(50)),
                AttrKind::Int => Attr::Int(self.rng.below(4) as i64 - 1),
                AttrKind::Ints => Attr::Ints(self.ints(shape.len())),
                AttrKind::Float => Attr::Float(self.rng.below(5) as f64 / 4.0),
                AttrKind::Floats => Attr::Floats(vec![1.0; shape.len()]),
                AttrKind::DType => {
                    Attr::DType(*self.rng.pick(&[DType::F32, DType::I64, DType::Bool]).unwrap_or(&DType::F32))
                }
                AttrKind::Scalar => match self.rng.below(3) {
                    0 => Attr::Scalar(Scalar::i64(self.rng.below(3) as i64)),
                    1 => Attr::Scalar(Scalar::Bool(self.rng.percent(50))),
                    _ => Attr::Scalar(Scalar::f32(self.rng.below(5) as f32 / 2.0 - 1.0)),
                },
                AttrKind::Term if self.rng.percent(20) => {
                    let (a, b) = (self.dim(scope), self.dim(scope));
                    Attr::Term(if self.rng.percent(80) { a.less_equal(b) } else { a.equals(b) })
                }
                AttrKind::Term => Attr::Term(self.dim(scope)),
                AttrKind::Terms => Attr::Terms(self.terms(scope, &shape)),
                AttrKind::Str => match declared.default {
                    Some(_) => continue,
                    // A template speaks of operands that there are.
                    None if operands.is_empty() => Attr::Str("ValueError: random".to_string()),
                    None => Attr::Str("value {0}".to_string()),
                },
                AttrKind::Tensor => continue,
            };
            attrs.set(declared.name, value);
        }
        attrs
    }

    fn ints(&mut self, rank: usize) -> Vec<i64> {
        match self.rng.below(4) {
            0 => vec![1; rank.saturating_sub(2)],
            1 => vec![1 + self.rng.below(2) as i64; rank],
            _ => {
                let mut axes: Vec<i64> = (0..rank as i64).collect();
                for i in (1..axes.len()).rev() {
                    axes.swap(i, self.rng.below(i + 1));
                }
                if self.rng.percent(60) {
                    axes.truncate(self.rng.below(rank + 1));
                }
                axes
            }
        }
    }

    fn dim(&mut self, scope: &Scope) -> Term {
        match self.rng.pick(&scope.dims).copied() {
            Some(dim) if self.rng.percent(40) => dim,
            _ => Term::int(self.rng.below(4) as i64),
        }
    }

    fn terms(&mut self, scope: &Scope, shape: &[Term]) -> Vec<Term> {
        match self.rng.below(7) {
            0 => vec![Term::int(0); shape.len()],
            1 => shape.to_vec(),
            2 => vec![shape.iter().fold(Term::int(1), |n, &d| n * d)],
            3 => {
                let mut wider = vec![self.dim(scope)];
                wider.extend(shape);
                wider
            }
            4 => shape.iter().map(|&d| if self.rng.percent(50) { d } else { Term::int(1) }).collect(),
            5 => shape.iter().rev().copied().collect(),
            _ => (0..self.rng.below(3)).map(|_| self.dim(scope)).collect(),
        }
    }

    /// A gate whose sides meet again, or end.
    fn gate(&mut self, scope: &mut Scope, depth: usize) -> bool {
        let condition = self.condition(scope);
        let sides = [self.net.add_block(self.loc()), self.net.add_block(self.loc())];
        let edge = |block| Edge { block, args: vec![] };
        self.end(Terminator::Branch { condition, yes: edge(sides[0]), no: edge(sides[1]) });
        let mut open = Vec::new();
        for side in sides {
            self.block = side;
            let mut inner = scope.clone();
            if !self.sequence(&mut inner, depth) {
                continue;
            }
            if self.rng.percent(12) {
                self.leave(&inner);
            } else {
                open.push((self.block, inner));
            }
        }
        if open.is_empty() {
            return false;
        }
        self.join(scope, open);
        true
    }

    /// Ends the path.
    fn leave(&mut self, scope: &Scope) {
        if self.rng.percent(80) {
            let values = self.results(scope);
            self.end(Terminator::Return(values));
        } else {
            let values = self.some_values(scope, 3);
            let shown = |v: &ValueId| !self.soft.contains(v) && self.net.tensor_ty(*v).is_some();
            let operands: Vec<ValueId> = values.into_iter().filter(shown).collect();
            let message = if operands.is_empty() { "ValueError: random" } else { "ValueError: random {0}" };
            self.end(Terminator::Fail { message: message.to_string(), operands });
        }
    }

    /// Open paths meet in a block with parameters, some of which have another value, or size, on each path.
    fn join(&mut self, scope: &mut Scope, open: Vec<(BlockId, Scope)>) {
        let join = self.net.add_block(self.loc());
        let mut args: Vec<Vec<ValueId>> = vec![vec![]; open.len()];
        let visible: HashSet<ValueId> = scope.values.iter().copied().collect();
        for _ in 0..1 + self.rng.below(3) {
            // A type that is known where the paths part, so that all sides can speak of it.
            let Some(&sample) = self.rng.pick(&scope.values) else { break };
            let ty = self.net.ty(sample).clone();
            let mut soft = false;
            for (k, (_, inner)) in open.iter().enumerate() {
                let fits = |v: &ValueId| *self.net.ty(*v) == ty;
                let own: Vec<ValueId> = inner.values.iter().copied().filter(fits).collect();
                let fresh: Vec<ValueId> = own.iter().copied().filter(|v| !visible.contains(v)).collect();
                let from = if fresh.is_empty() { &own } else { &fresh };
                let arg = self.rng.pick(from).copied().unwrap_or(sample);
                soft |= self.soft.contains(&arg);
                args[k].push(arg);
            }
            let param = self.net.add_param(join, ty);
            if soft {
                self.soft.insert(param);
            }
            scope.values.push(param);
        }
        self.join_sized(scope, &open, &mut args, join);
        for ((block, _), args) in open.into_iter().zip(args) {
            self.block = block;
            self.end(Terminator::Jump(Edge { block: join, args }));
        }
        self.block = join;
    }

    /// A vector whose length differs between the paths: its length is a parameter, too.
    fn join_sized(
        &mut self,
        scope: &mut Scope,
        open: &[(BlockId, Scope)],
        args: &mut [Vec<ValueId>],
        join: BlockId,
    ) {
        let mut passed = Vec::new();
        for (block, inner) in open {
            let vector =
                |v: &ValueId| self.net.tensor_ty(*v).is_some_and(|t| t.rank() == 1 && t.dtype == DType::F32);
            let all: Vec<ValueId> = inner.values.iter().copied().filter(vector).collect();
            let Some(&value) = self.rng.pick(&all) else { return };
            let dim = self.net.tensor_ty(value).map_or(Term::int(1), |t| t.shape[0]);
            let loc = self.loc();
            let Ok(size) = Builder::new(&mut self.net, *block, loc).index(dim) else { return };
            passed.push((size, value));
        }
        let size = self.net.add_param(join, TensorType::scalar(DType::I64).into());
        let sym = self.net.define_sym("s", size);
        let vector = self.net.add_param(join, TensorType::new(DType::F32, vec![Term::sym(sym)]).into());
        if passed.iter().any(|(_, v)| self.soft.contains(v)) {
            self.soft.insert(vector);
        }
        for (args, (size, value)) in args.iter_mut().zip(passed) {
            args.extend([size, value]);
        }
        scope.values.extend([size, vector]);
    }

    /// A loop with a counter, carried values and maybe a break.
    fn repeat(&mut self, scope: &mut Scope, depth: usize) -> bool {
        let carried = self.some_values(scope, 5);
        self.repeat_with(scope, depth, carried)
    }

    fn repeat_with(&mut self, scope: &mut Scope, depth: usize, carried: Vec<ValueId>) -> bool {
        let bound =
            if self.rng.percent(50) { Term::int(self.rng.below(4) as i64) } else { self.small_term(scope) };
        let Ok(start) = self.builder().index(Term::int(0)) else { return true };
        let header = self.net.add_block(self.loc());
        let [body, exit] = [self.net.add_block(self.loc()), self.net.add_block(self.loc())];
        let first: Vec<ValueId> = std::iter::once(start).chain(carried.iter().copied()).collect();
        self.end(Terminator::Jump(Edge { block: header, args: first }));

        self.block = header;
        let counter = self.net.add_param(header, TensorType::scalar(DType::I64).into());
        let i = Term::sym(self.net.define_sym("i", counter));
        let params: Vec<ValueId> =
            carried.iter().map(|&v| self.net.add_param(header, self.net.ty(v).clone())).collect();
        let exits: Vec<ValueId> =
            carried.iter().map(|&v| self.net.add_param(exit, self.net.ty(v).clone())).collect();
        // What is carried may become soft on the way.
        let floats: Vec<ValueId> =
            params.iter().chain(&exits).copied().filter(|&v| !self.is_hard_type(v)).collect();
        self.soft.extend(floats);
        let Ok(more) = self.builder().index(i.less(bound)) else { return true };
        self.end(Terminator::Branch {
            condition: more,
            yes: Edge { block: body, args: vec![] },
            no: Edge { block: exit, args: params.clone() },
        });

        self.block = body;
        let mut inner = scope.clone();
        inner.values.push(counter);
        inner.values.extend(&params);
        for &param in &params {
            if matches!(self.net.ty(param), Type::Seq(..)) && self.rng.percent(80) {
                self.pushed(&mut inner, param);
                if self.rng.percent(25) {
                    self.of_list(&mut inner);
                }
            }
        }
        if self.sequence(&mut inner, depth) {
            let next: Vec<ValueId> = params.iter().map(|&p| self.same_type(&inner, p)).collect();
            if self.rng.percent(30) {
                let condition = self.condition(&inner);
                let on = self.net.add_block(self.loc());
                let leave: Vec<ValueId> = params.iter().map(|&p| self.same_type(&inner, p)).collect();
                self.end(Terminator::Branch {
                    condition,
                    yes: Edge { block: exit, args: leave },
                    no: Edge { block: on, args: vec![] },
                });
                self.block = on;
            }
            let step = self.builder().index(i + Term::int(1)).expect("a counter is an index");
            let args = std::iter::once(step).chain(next).collect();
            self.end(Terminator::Jump(Edge { block: header, args }));
        }
        self.block = exit;
        scope.values.extend(exits);
        true
    }

    fn is_hard_type(&self, value: ValueId) -> bool {
        match self.net.ty(value) {
            Type::Tensor(ty) => !ty.dtype.is_float(),
            Type::Seq(dtype, _) => !dtype.is_float(),
        }
    }

    /// A value of the parameter's type.
    fn same_type(&mut self, scope: &Scope, param: ValueId) -> ValueId {
        let alike: Vec<ValueId> =
            scope.values.iter().copied().filter(|v| self.net.ty(*v) == self.net.ty(param)).collect();
        self.rng.pick(&alike[alike.len().saturating_sub(3)..]).copied().unwrap_or(param)
    }
}
