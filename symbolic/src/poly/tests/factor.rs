//! Factorisation, squarefree and irreducible.

use super::super::{Factorization, Poly};
use super::{Random, product, univariate, variables};
use crate::Number;

/// Checks what every factorisation must obey, and that all factors are proven irreducible.
fn complete(poly: &Poly) -> Factorization {
    let factorization = poly.factor().unwrap();
    assert_eq!(factorization.expand(poly.nvars()).unwrap(), *poly);
    assert!(factorization.is_complete(), "{poly}: {factorization:?}");
    for (at, factor) in factorization.factors.iter().enumerate() {
        assert_eq!(factor.poly, factor.poly.primitive());
        for other in &factorization.factors[..at] {
            assert!(factor.poly.gcd(&other.poly).unwrap().is_one());
        }
    }
    factorization
}

fn count(poly: &Poly) -> usize {
    complete(poly).factors.len()
}

#[test]
fn squarefree_parts_are_coprime_and_multiply_back() {
    let mut random = Random::new(1);
    for nvars in 1..=3 {
        for _ in 0..10 {
            let [a, b, c] = [(); 3].map(|()| random.proper_poly(nvars, 3, 2, 5));
            let poly = product(nvars, [&a, &b, &b, &c, &c, &c]);
            let parts = poly.squarefree().unwrap();
            let powers: Vec<Poly> = parts.iter().map(|(part, n)| part.pow(*n).unwrap()).collect();
            assert_eq!(product(nvars, &powers), poly.primitive());
            for (at, (part, _)) in parts.iter().enumerate() {
                for var in part.variables() {
                    assert_eq!(part.gcd(&part.derivative(var)).unwrap().degree(var), 0);
                }
                assert!(parts[..at].iter().all(|other| other.0.gcd(part).unwrap().is_one()));
            }
        }
    }
}

#[test]
fn irreducible_ones_stay() {
    // Factors modulo every prime: x^4 + 1, and minimal polynomials of sums of square roots (Swinnerton-Dyer).
    for coefficients in [
        &[1, 0, 0, 0, 1][..],
        &[1, 0, -10, 0, 1],
        &[1, 0, -40, 0, 352, 0, -960, 0, 576],
        &[1, 0, -136, 0, 6476, 0, -141912, 0, 1513334, 0, -7453176, 0, 13950764, 0, -5596840, 0, 46225],
        &[2, 0, 0, 0, 0, 3],
    ] {
        assert_eq!(count(&univariate(coefficients)), 1);
    }
}

#[test]
fn roots_of_unity_give_cyclotomic_factors() {
    let minus_one = |n: u32| &Poly::variable(1, 0).pow(n).unwrap() - &Poly::one(1);
    for (n, divisors) in [(12, 6), (60, 12), (100, 9), (105, 8), (1000, 16)] {
        let factorization = complete(&minus_one(n));
        assert_eq!(factorization.factors.len(), divisors);
    }
    // The first cyclotomic polynomial with a coefficient that is not -1, 0 or 1.
    let largest = complete(&minus_one(105)).factors.pop().unwrap();
    assert_eq!(largest.poly.degree(0), 48);
    assert_eq!(largest.poly.coefficient(0, 7).leading_coefficient(), Number::int(-2));
    // The same shifted, where it is not known what they are.
    let shifted = minus_one(60).substitute(0, &univariate(&[1, 1])).unwrap();
    assert_eq!(complete(&shifted).factors.len(), 12);
    let unit = complete(&univariate(&[-6, 0, 6]).scale(&Number::ratio(1, 4).unwrap())).unit;
    assert_eq!(unit, Number::ratio(-3, 2).unwrap());
}

#[test]
fn univariate_products_fall_apart() {
    let mut random = Random::new(2);
    for round in 0..30 {
        let factors: Vec<Poly> = (0..3).map(|_| random.proper_poly(1, 5, 6, 1 << (round / 2 + 2))).collect();
        assert!(count(&product(1, &factors)) >= 1);
        let total: u32 =
            complete(&product(1, &factors)).factors.iter().map(|factor| factor.multiplicity).sum();
        let apart: u32 =
            factors.iter().flat_map(|f| complete(f).factors).map(|factor| factor.multiplicity).sum();
        assert_eq!(total, apart);
    }
}

#[test]
fn multivariate_products_fall_apart() {
    let [x, y, z] = variables();
    let number = |value: i64| Poly::constant(3, &Number::int(value));
    let square = |poly: &Poly| poly.pow(2).unwrap();
    let difference = &square(&x) - &square(&y);
    assert_eq!(count(&difference), 2);
    assert_eq!(count(&(&square(&x) + &square(&y))), 1);
    let sum = &(&(&x + &y) + &z) + &number(1);
    assert_eq!(count(&sum.pow(7).unwrap()), 1);
    assert_eq!(count(&(&square(&sum) - &number(4))), 2);
    assert_eq!(count(&(&square(&sum) - &number(2))), 1);
    let cubes = [&x, &y, &z].map(|v| v.pow(3).unwrap());
    let symmetric = &(&(&cubes[0] + &cubes[1]) + &cubes[2]) - &product(3, [&number(3), &x, &y, &z]);
    assert_eq!(count(&symmetric), 2);
    assert_eq!(count(&(&x.pow(6).unwrap() - &y.pow(6).unwrap())), 4);
    // The leading coefficient in each variable is a polynomial.
    let a = &(&square(&x).mul(&y).unwrap() + &z.mul(&x).unwrap()) + &square(&z).mul(&square(&y)).unwrap();
    let b = &(&square(&x).mul(&z).unwrap() - &y.pow(3).unwrap()) + &number(5);
    assert_eq!(count(&a.mul(&b).unwrap()), 2);
    assert_eq!(count(&a.mul(&b).unwrap().mul(&a).unwrap()), 2);
    let mut random = Random::new(3);
    for nvars in 2..=3 {
        for _ in 0..10 {
            let [a, b] = [(); 2].map(|()| random.proper_poly(nvars, 5, 2, 9));
            let factorization = a.mul(&b).unwrap().factor().unwrap();
            assert_eq!(factorization.expand(nvars).unwrap(), a.mul(&b).unwrap());
            assert!(factorization.is_complete());
            assert!(factorization.factors.iter().map(|factor| factor.multiplicity).sum::<u32>() >= 2);
        }
    }
}

#[test]
fn of_numbers() {
    let five = Poly::constant(2, &Number::int(5)).factor().unwrap();
    assert!(five.factors.is_empty() && five.unit == Number::int(5));
    assert_eq!(Poly::zero(2).factor().unwrap().unit, Number::ZERO);
    assert_eq!(Poly::zero(2).squarefree().unwrap(), Vec::new());
}
