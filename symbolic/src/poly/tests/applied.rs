//! Resultants, Bézout's identity, partial fractions, real roots and plans of evaluation.

use super::super::{HornerPlan, Poly, PolyError, SplitInto, Step};
use super::{Random, product, univariate, variables};
use crate::Number;

#[test]
fn resultants_vanish_at_common_roots() {
    let mut random = Random::new(1);
    for _ in 0..10 {
        let [a, b, c] = [(); 3].map(|()| random.proper_poly(2, 4, 3, 9));
        let factor = &c + &Poly::variable(2, 0).pow(5).unwrap();
        assert!(a.mul(&factor).unwrap().resultant(&b.mul(&factor).unwrap(), 0).unwrap().is_zero());
        // Multiplicative in each argument.
        let both = a.mul(&c).unwrap().resultant(&b, 1).unwrap();
        assert_eq!(both, a.resultant(&b, 1).unwrap().mul(&c.resultant(&b, 1).unwrap()).unwrap());
        let sign = if a.degree(1) * b.degree(1) % 2 == 1 { Number::MINUS_ONE } else { Number::ONE };
        assert_eq!(a.resultant(&b, 1).unwrap(), b.resultant(&a, 1).unwrap().scale(&sign));
    }
    let [a, b, c, x] = variables();
    let quadratic = &(&a.mul(&x.pow(2).unwrap()).unwrap() + &b.mul(&x).unwrap()) + &c;
    let discriminant = &b.pow(2).unwrap() - &a.mul(&c).unwrap().scale(&Number::int(4));
    assert_eq!(quadratic.discriminant(3).unwrap(), discriminant);
    let cubic = &(&x.pow(3).unwrap() + &b.mul(&x).unwrap()) + &c;
    let known = &b.pow(3).unwrap().scale(&Number::int(-4)) - &c.pow(2).unwrap().scale(&Number::int(27));
    assert_eq!(cubic.discriminant(3).unwrap(), known);
    assert_eq!(
        univariate(&[2, 1]).scale(&Number::HALF).resultant(&univariate(&[3, 4]), 0).unwrap().to_string(),
        "5/2"
    );
}

#[test]
fn bezout_identity() {
    let mut random = Random::new(2);
    for _ in 0..20 {
        let [a, b, c] = [(); 3].map(|()| random.proper_poly(1, 5, 6, 20));
        let (a, b) = (a.mul(&c).unwrap(), b.mul(&c).unwrap());
        let (gcd, s, t) = a.extended_gcd(&b, 0).unwrap();
        assert_eq!(&s.mul(&a).unwrap() + &t.mul(&b).unwrap(), gcd);
        assert_eq!(gcd.primitive(), a.gcd(&b).unwrap());
        assert!(gcd.leading_coefficient().is_one());
    }
    let [x, y] = variables();
    assert_eq!(x.extended_gcd(&y, 0), Err(PolyError::NotUnivariate));
}

#[test]
fn partial_fractions_add_up() {
    let mut random = Random::new(3);
    for into in [SplitInto::Squarefree, SplitInto::Irreducible] {
        for _ in 0..10 {
            let [a, b, n] = [(); 3].map(|()| random.proper_poly(1, 3, 3, 5));
            let denominator = product(1, [&a, &b, &b]);
            let numerator = n.mul(&a).unwrap().mul(&b).unwrap();
            let numerator = &numerator.pow(2).unwrap() + &Poly::one(1);
            let parts = numerator.partial_fractions(&denominator, 0, into).unwrap();
            let mut sum = parts.polynomial.mul(&denominator).unwrap();
            for part in &parts.fractions {
                assert!(part.numerator.degree(0) < part.base.degree(0));
                let power = part.base.pow(part.exponent).unwrap();
                let cofactor = denominator.div_exact(&power).unwrap().unwrap();
                sum = &sum + &part.numerator.mul(&cofactor).unwrap();
            }
            assert_eq!(sum, numerator);
        }
    }
    // A parameter in the numerator.
    let [x, y] = variables();
    let denominator = &x.pow(2).unwrap() - &Poly::one(2);
    let parts = y.partial_fractions(&denominator, 0, SplitInto::Irreducible).unwrap();
    let numerators: Vec<String> = parts.fractions.iter().map(|part| part.numerator.to_string()).collect();
    assert_eq!(numerators, ["1/2*x1", "-1/2*x1"]);
    assert_eq!(x.partial_fractions(&y, 0, SplitInto::Squarefree), Err(PolyError::NotUnivariate));
    assert_eq!(x.partial_fractions(&Poly::zero(2), 0, SplitInto::Squarefree), Err(PolyError::DivisionByZero));
}

#[test]
fn real_roots_are_isolated() {
    // (x - 1)^2 (x + 3/2) (x^2 - 2) (x^2 + 1)
    let poly = product(
        1,
        &[
            univariate(&[1, -1]).pow(2).unwrap(),
            univariate(&[2, 3]),
            univariate(&[1, 0, -2]),
            univariate(&[1, 0, 1]),
        ],
    );
    let roots = poly.real_roots(0).unwrap();
    let expected = [(-1.5, 1), (-std::f64::consts::SQRT_2, 1), (1.0, 2), (std::f64::consts::SQRT_2, 1)];
    assert_eq!(roots.len(), expected.len());
    let width = Number::ratio(1, 1 << 50).unwrap();
    for (root, (value, multiplicity)) in roots.iter().zip(expected) {
        let refined = poly.refine_root(0, root, &width).unwrap();
        assert!((refined.middle().to_f64() - value).abs() < 1e-14);
        assert_eq!(root.multiplicity, multiplicity);
    }
    // Wilkinson's, with all roots exact or in disjoint intervals.
    let wilkinson = product(1, &(1..=20).map(|root| univariate(&[1, -root])).collect::<Vec<_>>());
    let roots = wilkinson.real_roots(0).unwrap();
    assert_eq!(roots.len(), 20);
    for (root, value) in roots.iter().zip(1..) {
        let value = Number::int(value);
        assert!(root.lower < value && value <= root.upper || root.lower == value && root.upper == value);
    }
    assert!(roots.windows(2).all(|pair| pair[0].upper <= pair[1].lower || pair[0].upper < pair[1].upper));
    assert!(univariate(&[1, 0, 1]).real_roots(0).unwrap().is_empty());
    assert!(Poly::zero(1).real_roots(0).unwrap().is_empty());
    assert_eq!(Poly::variable(2, 1).real_roots(0), Err(PolyError::NotUnivariate));
}

fn run(plan: &HornerPlan, point: &[Number]) -> Number {
    let mut values: Vec<Number> = Vec::new();
    for step in &plan.steps {
        let at = |id: &u32| &values[*id as usize];
        values.push(match step {
            Step::Constant(value) => value.clone(),
            Step::Variable(var) => point[*var].clone(),
            Step::Mul(a, b) => at(a) * at(b),
            Step::Add(a, b) => at(a) + at(b),
            Step::MulAdd(a, b, c) => &(at(a) * at(b)) + at(c),
        });
    }
    values[plan.root as usize].clone()
}

#[test]
fn plans_compute_the_polynomial() {
    let mut random = Random::new(4);
    for round in 0..40 {
        let poly = random.rational_poly(round % 6 + 1, round + 1, 5);
        let point: Vec<Number> = (0..6).map(|_| random.int(9)).collect();
        assert_eq!(run(&poly.horner(), &point), poly.value(&point).unwrap());
    }
    assert_eq!(Poly::zero(3).horner().steps, [Step::Constant(Number::ZERO)]);
}

#[test]
fn plans_are_short() {
    let [x, y, z] = variables();
    let base = &(&(&x + &y) + &z) + &Poly::one(3);
    let power = base.pow(10).unwrap();
    let plan = power.horner();
    assert!(plan.op_counts().total() <= 200, "{:?}", plan.op_counts());
    let point = [Number::int(2), Number::int(-5), Number::ratio(1, 3).unwrap()];
    assert_eq!(run(&plan, &point), power.value(&point).unwrap());
    // x^2 y + x^2 z is a square, a product and a sum.
    let plan = x.pow(2).unwrap().mul(&(&y + &z)).unwrap().horner();
    assert_eq!(plan.op_counts().total(), 3);
    // One product per power, one for each coefficient but the leading one.
    let dense = univariate(&[1, 2, 3, 4, 5, 6]).horner().op_counts();
    assert_eq!((dense.muls, dense.adds, dense.mul_adds), (0, 1, 4));
}
