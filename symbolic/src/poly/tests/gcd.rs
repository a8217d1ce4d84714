//! Greatest common divisors by each of the methods.

use super::super::Poly;
use super::{Random, univariate, variables};
use crate::Number;

#[test]
fn of_multiples_is_a_multiple() {
    let shapes = [
        (1, 6, 6, 9),
        (2, 6, 4, 99),
        (3, 6, 3, 9),
        (4, 8, 4, 1 << 30),
        (5, 12, 5, 9),
        (6, 5, 9, 9),
        (9, 4, 4, 9),
    ];
    for (seed, (nvars, terms, degree, height)) in shapes.into_iter().enumerate() {
        let mut random = Random::new(seed as u64 + 1);
        for _ in 0..8 {
            let [a, b, c] = [(); 3].map(|()| random.proper_poly(nvars, terms, degree, height));
            let (x, y) = (a.mul(&c).unwrap(), b.mul(&c).unwrap());
            let gcd = x.gcd(&y).unwrap();
            assert!(gcd.div_exact(&c).unwrap().is_some(), "{c} in {gcd}");
            let (x, y) = (x.div_exact(&gcd).unwrap().unwrap(), y.div_exact(&gcd).unwrap().unwrap());
            assert!(x.gcd(&y).unwrap().is_one());
        }
    }
}

#[test]
fn methods_agree() {
    use super::super::{gcd, modular};
    let mut random = Random::new(20);
    for (nvars, terms, degree) in [(1, 6, 8), (2, 6, 3), (3, 4, 2)] {
        for _ in 0..6 {
            let [a, b, c] = [(); 3].map(|()| random.proper_poly(nvars, terms, degree, 9));
            let every = Poly::sum(nvars, (0..nvars).map(|var| Poly::variable(nvars, var)));
            let (x, y) = (a.mul(&c).unwrap(), b.mul(&c).unwrap());
            let (x, y) = (x.mul(&every).unwrap().primitive(), y.mul(&every).unwrap().primitive());
            let known = x.gcd(&y).unwrap();
            assert_eq!(modular::gcd(&x, &y).unwrap(), Some(known.clone()));
            assert_eq!(gcd::subresultant_gcd(&x, &y).unwrap(), known);
            if let Some(heuristic) = gcd::heuristic_gcd(&x, &y, 0).unwrap() {
                assert_eq!(heuristic.primitive(), known);
            }
        }
    }
}

#[test]
fn known_ones() {
    let [x, y, z] = variables();
    let six = x.scale(&Number::int(6));
    assert_eq!(six.gcd(&x.mul(&y).unwrap()).unwrap(), x);
    assert!(six.gcd(&Poly::constant(3, &Number::int(4))).unwrap().is_one());
    assert_eq!(Poly::zero(3).gcd(&-&six).unwrap(), x);
    assert!(Poly::zero(3).gcd(&Poly::zero(1)).unwrap().is_zero());
    // The divisor has no variable that one side lacks.
    let left = &x.mul(&z).unwrap() + &y.mul(&z).unwrap();
    assert_eq!(left.gcd(&(&x + &y)).unwrap(), &x + &y);
    assert_eq!(left.content_in(2).unwrap(), &x + &y);
    assert_eq!(left.primitive_in(2).unwrap(), z);
    // Knuth's example, of which remainder sequences make long coefficients.
    let a = univariate(&[1, 0, 1, 0, -3, -3, 8, 2, -5]);
    let b = univariate(&[3, 0, 5, 0, -4, -9, 21]);
    assert!(a.gcd(&b).unwrap().is_one());
    let power = |n: u32| &Poly::variable(1, 0).pow(n).unwrap() - &Poly::one(1);
    assert_eq!(power(1000).gcd(&power(650)).unwrap(), power(50));
    // Too high for images: the remainder sequence is short.
    assert_eq!(power(1_000_000_000).gcd(&power(700_000_000)).unwrap(), power(100_000_000));
    let (p, q) = (x.pow(3).unwrap(), y.pow(2).unwrap());
    assert_eq!(p.mul(&q).unwrap().lcm(&x.mul(&z).unwrap()).unwrap(), p.mul(&q).unwrap().mul(&z).unwrap());
    let fraction = p.mul(&q).unwrap().cancel(&x.mul(&q).unwrap().scale(&Number::int(-2))).unwrap();
    assert_eq!(fraction, (x.pow(2).unwrap().scale(&Number::ratio(-1, 2).unwrap()), Poly::one(3)));
}
