//! Sums, products, powers, quotients, and polynomials as functions.

use super::super::{COEFFICIENT_BITS_MAX, EXPONENT_MAX, Poly, PolyError};
use super::{Random, univariate, variables};
use crate::Number;

/// Packings from one variable in a word to more variables than two words have fields for, products from merged rows to
/// arrays and hashes.
const SHAPES: [(usize, usize, u64); 9] = [
    (1, 6, 8),
    (2, 12, 4),
    (3, 30, 3),
    (3, 25, 900_000),
    (4, 10, 70_000),
    (8, 15, 3),
    (8, 10, 200),
    (20, 12, 40),
    (70, 6, 2),
];

#[test]
fn ring_laws() {
    for (seed, (nvars, terms, degree)) in SHAPES.into_iter().enumerate() {
        let mut random = Random::new(seed as u64 + 1);
        for _ in 0..4 {
            let a = random.rational_poly(nvars, terms, degree);
            let b = random.poly(nvars, terms, degree, 1 << 40);
            let c = random.poly(nvars, terms / 2 + 1, degree, 9);
            assert_eq!(&a + &b, &b + &a);
            assert_eq!(&(&a + &b) + &c, &a + &(&b + &c));
            assert!((&a - &a).is_zero());
            assert_eq!(&a + &-&b, &a - &b);
            assert_eq!(a.mul(&b).unwrap(), b.mul(&a).unwrap());
            assert_eq!(a.mul(&b).unwrap().mul(&c).unwrap(), a.mul(&b.mul(&c).unwrap()).unwrap());
            let spread = &a.mul(&b).unwrap() + &a.mul(&c).unwrap();
            assert_eq!(a.mul(&(&b + &c)).unwrap(), spread);
            assert_eq!(a.pow(3).unwrap(), a.mul(&a).unwrap().mul(&a).unwrap());
            assert_eq!(a.mul(&Poly::one(nvars)).unwrap(), a);
        }
    }
}

#[test]
fn a_product_over_a_factor_is_the_other() {
    for (seed, (nvars, terms, degree)) in SHAPES.into_iter().enumerate() {
        let mut random = Random::new(seed as u64 + 100);
        for _ in 0..4 {
            let a = random.rational_poly(nvars, terms, degree);
            let b = random.proper_poly(nvars, terms, degree, 1 << 30);
            let product = a.mul(&b).unwrap();
            assert_eq!(product.div_exact(&b).unwrap(), Some(a));
            assert_eq!((&product + &Poly::one(nvars)).div_exact(&b).unwrap(), None);
        }
    }
    assert_eq!(Poly::one(2).div_exact(&Poly::zero(2)), Err(PolyError::DivisionByZero));
}

#[test]
fn values_of_sums_and_products_are_those_of_values() {
    let mut random = Random::new(7);
    for _ in 0..20 {
        let (a, b) = (random.rational_poly(3, 8, 4), random.rational_poly(3, 8, 4));
        let point: Vec<Number> =
            (0..3).map(|_| &random.int(9) * &Number::ratio(1, random.below(5) as i64 + 1).unwrap()).collect();
        let (at_a, at_b) = (a.value(&point).unwrap(), b.value(&point).unwrap());
        assert_eq!((&a + &b).value(&point).unwrap(), &at_a + &at_b);
        assert_eq!(a.mul(&b).unwrap().value(&point).unwrap(), &at_a * &at_b);
        // Substitution first, evaluation after.
        let inner = a.substitute(1, &b).unwrap();
        let at_inner = a.value(&[point[0].clone(), at_b, point[2].clone()]).unwrap();
        assert_eq!(inner.value(&point).unwrap(), at_inner);
    }
}

#[test]
fn derivatives_obey_the_product_rule() {
    let mut random = Random::new(8);
    for _ in 0..20 {
        let (a, b) = (random.rational_poly(3, 8, 5), random.rational_poly(3, 8, 5));
        let whole = a.mul(&b).unwrap().derivative(1);
        let parts = &a.derivative(1).mul(&b).unwrap() + &a.mul(&b.derivative(1)).unwrap();
        assert_eq!(whole, parts);
    }
}

#[test]
fn coefficients_put_together_are_the_polynomial() {
    let mut random = Random::new(9);
    for var in [0, 1, 2, 5] {
        let a = random.rational_poly(3, 20, 4);
        let coefficients = a.coefficients(var);
        assert!(
            coefficients
                .iter()
                .all(|(exponent, c)| c.degree(var) == 0 && a.coefficient(var, *exponent) == *c)
        );
        assert_eq!(
            Poly::from_coefficients(3, var, coefficients).unwrap(),
            a.extended(if var == 5 { 6 } else { 3 })
        );
    }
}

#[test]
fn divisions_leave_a_smaller_remainder() {
    let mut random = Random::new(10);
    for _ in 0..20 {
        let (a, b) = (random.rational_poly(2, 8, 5), random.proper_poly(2, 4, 3, 9));
        let division = a.pseudo_div_rem(&b, 0).unwrap();
        assert!(division.remainder.is_zero() || division.remainder.degree(0) < b.degree(0).max(1));
        let back = &division.quotient.mul(&b).unwrap() + &division.remainder;
        assert_eq!(division.factor.mul(&a).unwrap(), back);
        let monic = &b + &Poly::variable(2, 0).pow(6).unwrap();
        let (quotient, remainder) = a.mul(&a).unwrap().div_rem(&monic, 0).unwrap().unwrap();
        assert!(remainder.degree(0) < 6);
        assert_eq!(&quotient.mul(&monic).unwrap() + &remainder, a.mul(&a).unwrap());
    }
    let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    assert_eq!(x.div_rem(&x.mul(&y).unwrap(), 0).unwrap(), None);
}

#[test]
fn powers_have_the_known_terms() {
    let [x, y, z] = variables();
    let base = &(&(&x + &y) + &z) + &Poly::one(3);
    let power = base.pow(20).unwrap();
    assert_eq!(power.len(), 1771);
    assert_eq!(power, base.pow(9).unwrap().mul(&base.pow(11).unwrap()).unwrap());
    assert_eq!(power.value(&[Number::ONE, Number::ONE, Number::ONE]).unwrap(), Number::int(1 << 40));
    assert_eq!(base.pow(30).unwrap().len(), 5456);

    // Coefficients beyond a word; the middle one is the largest.
    let binomials = univariate(&[1, 1]).pow(100).unwrap();
    assert_eq!(binomials.len(), 101);
    assert_eq!(binomials.coefficient(0, 50).to_string(), "100891344545564193334812497256");
    assert_eq!(
        univariate(&[1, -1]).pow(100).unwrap().coefficient(0, 51).to_string(),
        "-98913082887808032681188722800"
    );
    // By recurrence in words and beyond, and by squaring.
    let dense = univariate(&[2, -3, 1]);
    let mut product = Poly::one(1);
    for exponent in 0..60 {
        assert_eq!(dense.pow(exponent).unwrap(), product);
        product = product.mul(&dense).unwrap();
    }
    let sparse = Random::new(11).poly(3, 9, 5000, 1 << 62);
    let cube = sparse.mul(&sparse).unwrap().mul(&sparse).unwrap();
    assert_eq!(sparse.pow(3).unwrap(), cube);
    assert_eq!(sparse.pow(6).unwrap(), cube.mul(&cube).unwrap());
}

#[test]
fn coefficients_and_exponents_never_wrap() {
    let [x, y] = variables();
    let large = Poly::constant(2, &Number::int(i64::MIN));
    assert_eq!(large.mul(&large).unwrap().leading_coefficient(), Number::TWO.checked_pow(126).unwrap());
    assert_eq!(large.div_exact(&Poly::constant(2, &Number::MINUS_ONE)).unwrap(), Some(-&large));
    let heavy = &x.scale(&Number::int(i64::MIN)) + &y.scale(&Number::int(i64::MIN));
    let square = heavy.pow(2).unwrap();
    assert_eq!(square.coefficient(0, 1).leading_coefficient(), Number::TWO.checked_pow(127).unwrap());

    // Each power is one packing further; the last is out of reach.
    let mut wide = Poly::sum(9, (0..9).map(|var| Poly::variable(9, var)));
    for _ in 0..24 {
        wide = &wide.substitute(3, &Poly::variable(9, 3).pow(2).unwrap()).unwrap() + &Poly::variable(9, 8);
        let low = wide.substitute(3, &Poly::variable(9, 2)).unwrap();
        assert_eq!(low.degree(2), wide.degree(3));
        assert_eq!(low.degree(3), 0);
    }
    assert_eq!(wide.degree(3), 1 << 24);
    let top = x.pow(EXPONENT_MAX).unwrap();
    assert_eq!(top.degree(0), EXPONENT_MAX);
    assert_eq!(top.mul(&x), Err(PolyError::ExponentTooLarge));
    assert_eq!(x.pow(u32::MAX), Err(PolyError::ExponentTooLarge));
    assert_eq!(top.mul(&y).unwrap().degree(1), 1);
    // One variable alone has no more room than the others.
    assert_eq!(
        univariate(&[1, 0]).pow(EXPONENT_MAX).unwrap().mul(&univariate(&[1, 0])),
        Err(PolyError::ExponentTooLarge)
    );
    let far = Poly::from_terms(1, [([u32::MAX], Number::ONE)]);
    assert_eq!(far, Err(PolyError::ExponentTooLarge));
}

#[test]
fn results_too_large_are_errors() {
    let [x, y] = variables();
    let base = &(&x + &y) + &Poly::one(2);
    assert!(matches!(base.pow(100_000), Err(PolyError::TooManyTerms { .. })));
    let long = &x + &Poly::one(2).scale(&Number::TWO.checked_pow(1000).unwrap());
    let too_long = PolyError::CoefficientTooLarge { bits_max: COEFFICIENT_BITS_MAX };
    assert_eq!(long.pow(2000), Err(too_long.clone()));
    assert!(matches!(univariate(&[1, 1]).pow(1_000_000), Err(PolyError::TooManyTerms { .. })));
    assert_eq!(x.pow(1 << 30).unwrap().evaluate(0, &Number::TWO), Err(too_long));
}

#[test]
fn sums_of_many_are_not_quadratic() {
    let mut random = Random::new(12);
    let terms: Vec<Poly> = (0..100_000).map(|_| random.poly(4, 1, 1000, 50)).collect();
    let sum = Poly::sum(4, terms.iter().cloned());
    let at_once = Poly::from_terms(4, terms.iter().flat_map(|term| term.terms())).unwrap();
    assert_eq!(sum, at_once);
    let doubled = Poly::sum(4, terms.iter().cloned().chain(terms.iter().cloned()));
    assert_eq!(doubled, sum.scale(&Number::TWO));
}

#[test]
fn display_reads_as_a_formula() {
    let [x, y] = variables();
    let poly =
        &(&x.pow(2).unwrap().mul(&y).unwrap().scale(&Number::ratio(-3, 2).unwrap()) + &y) - &Poly::one(2);
    assert_eq!(poly.to_string(), "-3/2*x0^2*x1 + x1 - 1");
    assert_eq!(Poly::zero(1).to_string(), "0");
    assert_eq!(poly.content().to_string(), "-1/2");
    assert_eq!(poly.primitive().to_string(), "3*x0^2*x1 - 2*x1 + 2");
}
