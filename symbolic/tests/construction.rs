//! Making a term must not change its value or where it is defined: random trees, as written and in canonical form.

use braid_ir::ScalarOp;
use braid_symbolic::facts::Facts;
use braid_symbolic::term::walk;
use braid_symbolic::{Assumptions, Dag, Expr, Head, Number, Scalar, Symbol, Tree};

/// A value as well as it is known.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Undefined,
    Exact(Number),
    About(f64),
    /// Too close to the edge of a domain to say.
    Unsure,
}
use Value::{About, Exact, Undefined, Unsure};

impl Value {
    fn float(&self) -> f64 {
        match self {
            Exact(n) => n.to_f64(),
            About(x) => *x,
            _ => f64::NAN,
        }
    }

    /// The sign, where it is certain.
    fn sign(&self) -> Option<i32> {
        match self {
            Exact(n) => Some(n.signum()),
            About(x) if x.abs() > 1e-9 => Some(x.signum() as i32),
            _ => None,
        }
    }
}

fn about(x: f64) -> Value {
    if x.is_finite() && x.abs() < 1e60 { About(x) } else { Unsure }
}

fn value<T: Scalar>(term: &T, at: &dyn Fn(Symbol) -> Number) -> Value {
    walk::fold(term, |term, args: &[Value]| {
        // A choice is defined where the condition and what is chosen are.
        if term.head() == Head::Op(ScalarOp::Select) {
            return match args[0].sign() {
                _ if args[0] == Undefined => Undefined,
                None => Unsure,
                Some(0) => args[2].clone(),
                Some(_) => args[1].clone(),
            };
        }
        if args.contains(&Undefined) {
            return Undefined;
        }
        if args.contains(&Unsure) {
            return Unsure;
        }
        let exact: Option<Vec<&Number>> =
            args.iter().map(|a| if let Exact(n) = a { Some(n) } else { None }).collect();
        let truth = |b: bool| Exact(Number::int(b as i64));
        match term.head() {
            Head::Number(n) => Exact(n),
            Head::Symbol(symbol) => Exact(at(symbol)),
            Head::Pi => About(std::f64::consts::PI),
            Head::Op(ScalarOp::Add) => match exact {
                Some(all) => Exact(all.into_iter().fold(Number::ZERO, |s, n| &s + n)),
                None => about(args.iter().map(Value::float).sum()),
            },
            Head::Op(ScalarOp::Mul) => {
                if args.contains(&Exact(Number::ZERO)) {
                    return Exact(Number::ZERO);
                }
                match exact {
                    Some(all) => Exact(all.into_iter().fold(Number::ONE, |p, n| &p * n)),
                    None => about(args.iter().map(Value::float).product()),
                }
            }
            Head::Op(ScalarOp::Pow) => power(&args[0], &args[1]),
            Head::Op(op @ (ScalarOp::Lt | ScalarOp::Le | ScalarOp::Eq | ScalarOp::Ne)) => {
                let difference = match exact {
                    Some(all) => Some((all[0] - all[1]).signum()),
                    None => about(args[0].float() - args[1].float()).sign(),
                };
                match (difference, op) {
                    (None, _) => Unsure,
                    (Some(s), ScalarOp::Lt) => truth(s < 0),
                    (Some(s), ScalarOp::Le) => truth(s <= 0),
                    (Some(s), ScalarOp::Eq) => truth(s == 0),
                    (Some(s), _) => truth(s != 0),
                }
            }
            Head::Op(op) => {
                let a = &args[0];
                let inside = match op {
                    ScalarOp::Log => a.sign().map(|s| s > 0),
                    ScalarOp::Asin | ScalarOp::Acos => match a {
                        Exact(n) => Some(n.abs() <= Number::ONE),
                        _ => about(1.0 - a.float().abs()).sign().map(|s| s > 0),
                    },
                    ScalarOp::Tan => about(a.float().cos()).sign().map(|_| true),
                    ScalarOp::Mod => args[1].sign().map(|s| s != 0),
                    _ => Some(true),
                };
                match inside {
                    None => return Unsure,
                    Some(false) => return Undefined,
                    Some(true) => {}
                }
                match (op, exact.as_deref()) {
                    (ScalarOp::Abs, Some([n])) => Exact(n.abs()),
                    (ScalarOp::Sign, Some([n])) => Exact(Number::int(n.signum() as i64)),
                    (ScalarOp::Floor, Some([n])) => Exact(n.floor()),
                    (ScalarOp::Ceil, Some([n])) => Exact(-(-*n).floor()),
                    (ScalarOp::Min, Some([a, b])) => Exact((*a).min(*b).clone()),
                    (ScalarOp::Max, Some([a, b])) => Exact((*a).max(*b).clone()),
                    (ScalarOp::Mod, Some([a, b])) => {
                        let whole = a.checked_div(b).map(|q| q.floor()).unwrap_or(Number::ZERO);
                        Exact(*a - &(*b * &whole))
                    }
                    (ScalarOp::Sign, _) => a.sign().map_or(Unsure, |s| Exact(Number::int(s as i64))),
                    (ScalarOp::Floor | ScalarOp::Ceil | ScalarOp::Mod, _) => Unsure,
                    (ScalarOp::Sin | ScalarOp::Tan, Some([n])) if n.is_zero() => Exact(Number::ZERO),
                    (ScalarOp::Log, Some([n])) if n.is_one() => Exact(Number::ZERO),
                    (_, _) if args.len() == 1 => about(braid_symbolic::tape::unary(op, a.float())),
                    _ => about(braid_symbolic::tape::binary(op, a.float(), args[1].float())),
                }
            }
            Head::Function(_) => Unsure,
        }
    })
}

fn power(base: &Value, exponent: &Value) -> Value {
    let whole = match exponent {
        Exact(n) => Some(n.is_integer()),
        About(x) if (x - x.round()).abs() > 1e-9 => Some(false),
        _ => None,
    };
    match (base.sign(), exponent.sign(), whole) {
        (_, Some(0), _) => return Exact(Number::ONE),
        (Some(0), Some(1), _) => return Exact(Number::ZERO),
        (Some(0), Some(-1), _) => return Undefined,
        (Some(-1), _, Some(false)) => return Undefined,
        (Some(1), ..) | (Some(-1), _, Some(true)) => {}
        _ => return Unsure,
    }
    if let (Exact(b), Exact(e)) = (base, exponent) {
        if let Some(n) = e.as_i64() {
            return b.checked_pow(n).map_or(Unsure, Exact);
        }
        let root = u32::try_from(e.denominator()).ok().and_then(|d| b.exact_root(d));
        if let Some(value) = root.and_then(|r| r.checked_pow(i64::try_from(e.numerator()).ok()?)) {
            return Exact(value);
        }
    }
    about(base.float().powf(exponent.float()))
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }

    fn number(&mut self) -> Number {
        let numbers =
            [(0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (3, 1), (1, 3), (-3, 2), (4, 1)];
        let (n, d) = numbers[self.next(numbers.len())];
        Number::ratio(n, d).unwrap()
    }

    fn tree(&mut self, symbols: &[Symbol], depth: usize) -> Tree {
        if depth == 0 || self.next(8) == 0 {
            return match self.next(3) {
                0 => Tree::number(self.number()),
                _ => Tree::symbol(symbols[self.next(symbols.len())]),
            };
        }
        let mut sub = || self.tree(symbols, depth - 1);
        let (a, b) = (sub(), sub());
        match self.next(22) {
            0..4 => a.plus(&b),
            4..8 => a.times(&b),
            8..12 => a.pow(self.number()),
            12 => a.power(&b),
            13 => a.over(&b),
            14 => a.minus(&b),
            15 => a.abs(),
            16 => a.log(),
            17 => a.sin(),
            18 => a.binary(ScalarOp::Lt, &b).select(&a, &b),
            19 => a.binary([ScalarOp::Min, ScalarOp::Max, ScalarOp::Mod][self.next(3)], &b),
            20 => {
                let op = [
                    ScalarOp::Sign,
                    ScalarOp::Floor,
                    ScalarOp::Ceil,
                    ScalarOp::Exp,
                    ScalarOp::Cos,
                    ScalarOp::Tanh,
                    ScalarOp::Acos,
                ];
                Tree::apply(op[self.next(op.len())], &[a])
            }
            _ => {
                let all = [a, b, self.tree(symbols, depth - 1)];
                if self.next(2) == 0 { Tree::sum(&all) } else { Tree::product(&all) }
            }
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Unsure, _) | (_, Unsure) => true,
        (Undefined, Undefined) => true,
        (Undefined, _) | (_, Undefined) => false,
        (Exact(a), Exact(b)) => a == b,
        (a, b) => (a.float() - b.float()).abs() <= 1e-6 * (1.0 + a.float().abs()),
    }
}

/// Values that the symbols may have.
fn point(random: &mut Random, symbols: &[Symbol]) -> Vec<Number> {
    let fits = |n: &Number, s: Symbol| {
        Facts::of_number(n).signs() & s.facts().signs() != 0 && (!s.facts().is_integer() || n.is_integer())
    };
    symbols
        .iter()
        .map(|&symbol| {
            loop {
                let n = random.number();
                if fits(&n, symbol) {
                    break n;
                }
            }
        })
        .collect()
}

#[test]
fn canonical_forms_are_equal_everywhere() {
    let symbols = [
        Symbol::real("x"),
        Symbol::real("y"),
        Symbol::new("p", Assumptions::POSITIVE),
        Symbol::new("q", Assumptions::NONNEGATIVE),
        Symbol::new("k", Assumptions::INTEGER),
        Symbol::new("n", Assumptions::NEGATIVE),
        Symbol::new("z", Assumptions::NONZERO),
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut defined, mut undefined, mut regrouped) = (0, 0, 0);
    for round in 0..20_000 {
        let depth = 1 + random.next(4);
        let tree = random.tree(&symbols, depth);
        let expr: Expr = tree.convert();
        let dag: Dag = tree.convert();
        for _ in 0..4 {
            let values = point(&mut random, &symbols);
            let at = |s: Symbol| values[symbols.iter().position(|o| *o == s).unwrap()].clone();
            let (a, b) = (value(&tree, &at), value(&expr, &at));
            let text = || format!("round {round}: {tree}\n became {expr}\n at {values:?}");
            assert!(same(&a, &b), "{a:?} became {b:?}\n{}", text());
            assert!(same(&a, &value(&dag, &at)), "{}", text());
            defined += matches!(a, Exact(_) | About(_)) as usize;
            undefined += (a == Undefined) as usize;
            // What is known of the value must be true of it.
            for (facts, v) in [(tree.facts(), &a), (expr.facts(), &b)] {
                assert!(!(facts.is_total() && *v == Undefined), "total\n{}", text());
                if let (Some(sign), Exact(_) | About(_)) = (v.sign(), v) {
                    let bit = [1, 2, 4][(sign + 1) as usize];
                    assert!(facts.signs() & bit != 0, "sign {sign} is not among {facts:?}\n{}", text());
                }
                if let Exact(n) = v {
                    assert!(!facts.is_integer() || n.is_integer(), "integer\n{}", text());
                }
            }
        }
        // Text reads back as the same term, assumptions included. Where powers of one base must stay apart to keep the
        // domain, the reader may group them in another way; then the values must agree.
        let mut names = braid_symbolic::syntax::Names::any();
        names.known.extend(symbols.iter().map(|s| (s.name().to_string(), s.assumptions())));
        match braid_symbolic::syntax::parse_with::<Expr>(&expr.to_string(), &names) {
            Ok(again) if again == expr => {}
            Ok(again) => {
                regrouped += 1;
                for _ in 0..8 {
                    let values = point(&mut random, &symbols);
                    let at = |s: Symbol| values[symbols.iter().position(|o| *o == s).unwrap()].clone();
                    let (a, b) = (value(&expr, &at), value(&again, &at));
                    assert!(same(&a, &b), "{expr}\n reads back as {again}\n {a:?} {b:?} at {values:?}");
                }
            }
            Err(error) => assert!(error.message.contains("zero"), "{expr}: {error}"),
        }
    }
    assert!(regrouped < 200, "{regrouped} terms read back in another grouping");
    assert!(defined > 20_000 && undefined > 2_000, "{defined} defined, {undefined} undefined");
}
