//! Algebra: golden results, laws, and values before and after.

use braid_symbolic::algebra::*;
use braid_symbolic::syntax::parse;
use braid_symbolic::term::walk;
use braid_symbolic::{Dag, Expr, Poly, Scalar, Symbol, Term, Tree};

fn e(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{}", error.render("test", text)))
}

fn x() -> Symbol {
    Symbol::real("x")
}

#[test]
fn expanded() {
    for (text, expected) in [
        ("(x + y)^2", "x^2 + 2*x*y + y^2"),
        ("(x + 1)*(x - 1)", "x^2 - 1"),
        ("(x + 1)*(1/x + 1)", "x/x + x + 1/x + 1"),
        ("(sqrt(x) + 1)^2", "sqrt(x)^2 + 2*sqrt(x) + 1"),
        ("(log(x) + 1)*2 - 2*log(x)", "2 + 0*log(x)"),
        ("sin((x + 1)^2)", "sin(x^2 + 2*x + 1)"),
        ("1/((x + 1)^2)", "1/(x + 1)^2"),
        ("(x + y)*(a + b)^2*0", "0"),
    ] {
        assert_eq!(expand(&e(text)).unwrap(), e(expected), "{text}");
    }
    let big = expand(&e("(x + y + z + 1)^20")).unwrap();
    assert_eq!(big.args().len(), 1771);
    let at = |s: Symbol| Some(["x", "y", "z"].iter().position(|n| *n == s.name())? as f64 * 0.25);
    assert!((walk::eval(&big, at) / 1.75f64.powi(20) - 1.0).abs() < 1e-12);
    // A sum in many unknowns is expanded summand by summand.
    let wide: Vec<Expr> = (0..5_000).map(|i| (Expr::var(&format!("w{i}")) + 1).pow(2)).collect();
    assert_eq!(expand(&Expr::sum(&wide)).unwrap().args().len(), 10_001);
    // Also where sums are nested and products are, as in a graph.
    let wide = (0..60).fold(Dag::var("x"), |sum, i| {
        let (v, w) = (Dag::var(&format!("v{i}")), Dag::var(&format!("w{i}")));
        sum.plus(&v.plus(&w).times(&v).times(&Dag::number(2)))
    });
    let expanded = expand(&wide).unwrap();
    assert_eq!(expanded.args().len(), 61);
    assert_eq!(expanded.convert::<Expr>().args().len(), 121);
    let too_large = e("(a + b + c + d + f + g + h + i + j + k)^200");
    assert!(expand(&too_large).is_err());
}

#[test]
fn every_representation_expands() {
    fn check<T: Scalar>() {
        let term: T = parse("(x + y)^3*(x - y)").unwrap();
        let expanded = expand(&term).unwrap();
        let expected: Expr = parse("x^4 + 2*x^3*y - 2*x*y^3 - y^4").unwrap();
        assert_eq!(expanded.convert::<Expr>(), expected);
    }
    check::<Expr>();
    check::<Dag>();
    check::<Tree>();
    check::<Poly>();
}

#[test]
fn factored_and_collected() {
    for (text, expected) in [
        ("x^4 - 1", "(x - 1)*(x + 1)*(x^2 + 1)"),
        ("2*x^2 + 4*x + 2", "2*(x + 1)^2"),
        ("a*x + a*y", "a*(x + y)"),
        ("x^3 + y^3", "(x + y)*(x^2 - x*y + y^2)"),
        ("sin(x)^2 - cos(x)^2", "(sin(x) - cos(x))*(sin(x) + cos(x))"),
    ] {
        let found = factor(&e(text)).unwrap();
        let (found, expected) = (found, e(expected));
        assert!(
            found == expected
                || found == -1 * expected
                || expand(&found).unwrap() == expand(&expected).unwrap()
        );
        assert_eq!(found.args().len(), expected.args().len(), "{text}: {found}");
    }
    assert_eq!(factor_common(&e("6*a*x^2 + 4*a*x*y")).unwrap(), e("2*a*x*(3*x + 2*y)"));
    assert_eq!(collect(&e("a*x + b*x + x^2*y + x^2 + 1"), x()).unwrap(), e("(a + b)*x + (y + 1)*x^2 + 1"));
    assert_eq!(degree(&e("(x^2 + y)^3"), x()).unwrap(), 6);
    assert_eq!(coefficients(&e("sin(x) + x"), x()), Err(AlgebraError::NotPolynomial(x())));
    assert_eq!(gcd(&e("x^2 - y^2"), &e("x^2 + 2*x*y + y^2")).unwrap(), e("x + y"));
}

#[test]
fn cancelled() {
    let c = cancel(&e("x/x")).unwrap();
    assert_eq!((c.term, c.condition), (e("1"), e("x != 0")));
    let c = cancel(&e("1/(1 + 1/x)")).unwrap();
    assert_eq!(c.term, e("x/(x + 1)"));
    assert_eq!(c.condition, e("x != 0"));
    let c = cancel(&e("(x^2 + 1)/(x^2 + 1)^2")).unwrap();
    assert_eq!((c.term, c.condition), (e("1/(x^2 + 1)"), e("1")));
    let c = cancel(&e("(log(x) - log(x) + 1)*y")).unwrap();
    assert_eq!(c.term, e("y"));
    assert_ne!(c.condition, e("1"));
    // Never more than told: 1/0 stays what it is.
    assert!(cancel(&e("x - x").pow(-1)).unwrap().term.to_string().contains("1/0"));
    let a = apart(&e("(x^3 + 2)/(x^2 - 1)"), x()).unwrap();
    assert_eq!(a.term, e("x + 3/(2*(x - 1)) - 1/(2*(x + 1))"));
    let a = apart(&e("a/(x*(x + 1)^2)"), x()).unwrap();
    assert_eq!(a.term, e("a/x - a/(x + 1) - a/(x + 1)^2"));
}

#[test]
fn linear_systems() {
    let eqs = [e("x + y + z == 6"), e("2*x - y == 0"), e("z - x == 2")];
    let unknowns = ["x", "y", "z"].map(Symbol::real);
    let s = solve_linear(&eqs, &unknowns).unwrap();
    assert_eq!(s.values, [e("1"), e("2"), e("3")]);
    assert_eq!(s.condition, e("1"));
    let s = solve_linear(&[e("a*x + b*y - c"), e("d*x + f*y - g")], &unknowns[..2]).unwrap();
    let at = |s: Symbol| {
        ["a", "b", "c", "d", "f", "g"]
            .iter()
            .position(|n| *n == s.name())
            .map(|i| [2., 3., 5., 7., 11., 13.][i])
    };
    assert!((walk::eval(&s.values[0], at) - (5. * 11. - 3. * 13.) / (2. * 11. - 3. * 7.)).abs() < 1e-12);
    assert!(s.condition != e("1"));
    let s = solve_linear(&[e("x + y == 1"), e("2*x + 2*y == 2")], &unknowns[..2]).unwrap();
    assert_eq!(s.free.len(), 1);
    let s = solve_linear(&[e("x + y == 1"), e("x + y == 2")], &unknowns[..2]).unwrap();
    assert_eq!(s.condition, e("0"));
    assert_eq!(solve_linear(&[e("x*y == 1")], &unknowns[..2]), Err(AlgebraError::NotLinear { equation: 1 }));
}

/// A chain of springs: hundreds of unknowns, three entries a row.
#[test]
fn sparse_systems() {
    let n = 300;
    let u: Vec<Symbol> = (0..n).map(|i| Symbol::real(&format!("u{i}"))).collect();
    let at = |i: i64| if (0..n as i64).contains(&i) { Expr::symbol(u[i as usize]) } else { e("0") };
    let eqs: Vec<Expr> = (0..n as i64).map(|i| 2 * at(i) - at(i - 1) - at(i + 1) - e("h")).collect();
    let s = solve_linear(&eqs, &u).unwrap();
    assert_eq!(s.values[0], e("150*h"));
}

fn check_roots(text: &str, real: usize, pairs: usize) {
    let term = e(text);
    let roots = solve_polynomial(&term, x()).unwrap();
    let (mut found_real, mut found_pairs) = (0, 0);
    for root in &roots.roots {
        match &root.value {
            RootValue::Real(value) => {
                let v = walk::eval(value, |_| None);
                let slack = 1e-7 * walk::eval(&term, |_| Some(v.abs() + 1.0)).abs().max(1.0);
                let residue = walk::eval(&term, |_| Some(v)).abs();
                assert!(residue < slack, "{text}: {value} = {v} leaves {residue}");
                found_real += root.multiplicity as usize;
            }
            RootValue::Pair { re, im } => {
                let (re, im) = (walk::eval(re, |_| None), walk::eval(im, |_| None));
                assert!(im > 0.0, "{text}");
                // Horner in complex numbers.
                let c = coefficients(&expand(&term).unwrap(), x()).unwrap();
                let top = c.last().unwrap().0;
                let (mut vr, mut vi) = (0.0, 0.0);
                for n in (0..=top).rev() {
                    let add = c.iter().find(|(m, _)| *m == n).map_or(0.0, |(_, c)| walk::eval(c, |_| None));
                    (vr, vi) = (vr * re - vi * im + add, vr * im + vi * re);
                }
                assert!(vr.hypot(vi) < 1e-6, "{text}: {re} ± {im}i leaves {vr} + {vi}i");
                found_pairs += root.multiplicity as usize;
            }
            RootValue::Isolated { .. } => panic!("{text} has no formula"),
        }
    }
    assert_eq!((found_real, found_pairs, roots.unlisted), (real, pairs, 0), "{text}");
}

#[test]
fn roots_by_radicals() {
    check_roots("x^2 - 2", 2, 0);
    check_roots("x^2 + x + 1", 0, 1);
    check_roots("(x - 1)^3*(x + 2)", 4, 0);
    check_roots("x^3 - 3*x + 1", 3, 0);
    check_roots("x^3 - 2", 1, 1);
    check_roots("x^3 + x + 5", 1, 1);
    check_roots("x^3 + x - 5", 1, 1);
    check_roots("2*x^3 - 7*x^2 + 3*x + 1", 3, 0);
    check_roots("x^4 + 1", 0, 2);
    check_roots("x^4 - 10*x^2 + 1", 4, 0);
    check_roots("x^4 - 2", 2, 1);
    check_roots("x^4 + x + 1", 0, 2);
    check_roots("x^4 - x - 1", 2, 1);
    check_roots("x^4 - 4*x^3 - x^2 + 7*x + 1", 4, 0);
    check_roots("3*x^4 + 2*x^3 - 5*x^2 + x - 7", 2, 1);
    let five = solve_polynomial(&e("x^5 - x - 1"), x()).unwrap();
    assert!(matches!(five.roots[0].value, RootValue::Isolated { .. }));
    assert_eq!((five.roots.len(), five.unlisted), (1, 4));
    assert_eq!(solve_polynomial(&e("x - x"), x()), Err(AlgebraError::Identity(x())));
    // A root of the denominator is none.
    assert_eq!(solve_polynomial(&e("(x^2 - 1)/(x - 1)"), x()).unwrap().real(), [e("-1")]);
}

#[test]
fn roots_with_parameters() {
    let roots = solve_polynomial(&e("a*x^2 + b*x + c"), x()).unwrap();
    let at = |s: Symbol| Some([("a", 2.0), ("b", -7.0), ("c", 3.0)].iter().find(|(n, _)| *n == s.name())?.1);
    for root in &roots.roots {
        let holds = walk::eval(&root.condition, at) != 0.0;
        let RootValue::Real(value) = &root.value else {
            assert!(!holds);
            continue;
        };
        let v = walk::eval(value, at);
        assert!(holds && (v - 0.5).abs().min((v - 3.0).abs()) < 1e-12, "{value}");
    }
    for (a, b, c) in [(1.0, -3.0, 1.0), (1.0, 1.0, 5.0), (2.0, 1.0, -5.0), (1.0, -3.0, 2.0), (1.0, 0.0, 3.0)]
    {
        let at = |s: Symbol| Some([("a", a), ("b", b), ("c", c)].iter().find(|(n, _)| *n == s.name())?.1);
        let roots = solve_polynomial(&e("a*x^3 + b*x + c"), x()).unwrap();
        let mut count = 0;
        for root in roots.roots.iter().filter(|r| walk::eval(&r.condition, at) != 0.0) {
            if let RootValue::Real(value) = &root.value {
                let v = walk::eval(value, at);
                assert!((a * v * v * v + b * v + c).abs() < 1e-9, "{a} {b} {c}: {v}");
                count += 1;
            }
        }
        assert!(count >= 1, "{a} {b} {c}");
    }
}

/// Of every quartic all four roots, by the conditions that hold: real and pairs, with double roots and without, and where terms
/// are missing.
#[test]
fn quartics_with_parameters() {
    let c = |n: usize| ["e", "d", "c", "b", "a"][n];
    let general = e("a*x^4 + b*x^3 + c*x^2 + d*x + e");
    let biquadratic = e("a*x^4 + c*x^2 + e");
    for (term, trials) in [
        (
            general,
            vec![
                [1., 0., -1., 0., 1.],
                [-24., 50., -35., 10., -1.],
                [1., 1., 1., 1., 1.],
                [-1., -1., 0., 0., 1.],
                [2., 3., 0., 1., 4.],
                [5., 0., 0., 0., 2.],
                [-5., 0., 0., 0., 2.],
                [4., 0., -5., 0., 1.],
                [7., -1., 3., -2., 0.5],
                [-6., 1., 7., -3., 1.],
            ],
        ),
        (
            biquadratic,
            vec![[4., 0., -5., 0., 1.], [1., 0., 1., 0., 1.], [-3., 0., 2., 0., 1.], [9., 0., 10., 0., 1.]],
        ),
    ] {
        let roots = solve_polynomial(&term, x()).unwrap();
        assert_eq!(roots.unlisted, 0);
        for trial in trials {
            let at = |s: Symbol| (0..5).find(|n| c(*n) == s.name()).map(|n| trial[n]);
            let value = |re: f64, im: f64| {
                trial.iter().rev().fold((0.0, 0.0), |(vr, vi), c| (vr * re - vi * im + c, vr * im + vi * re))
            };
            let mut count = 0;
            for root in roots.roots.iter().filter(|root| walk::eval(&root.condition, at) != 0.0) {
                let (re, im) = match &root.value {
                    RootValue::Real(value) => (walk::eval(value, at), 0.0),
                    RootValue::Pair { re, im } => (walk::eval(re, at), walk::eval(im, at)),
                    RootValue::Isolated { .. } => unreachable!("a formula"),
                };
                let (vr, vi) = value(re, im);
                assert!(vr.hypot(vi) < 1e-6, "{trial:?}: {re} + {im}i leaves {vr} + {vi}i");
                count += 1 + (im != 0.0) as usize;
            }
            assert_eq!(count, 4, "{trial:?}");
        }
    }
}

#[test]
fn isolated() {
    for (left, x_is, y) in [
        ("2*exp(x) + 1", 0.3, 0.0),
        ("log(x)^3", 0.4, 0.0),
        ("1/(x - 2)^2", 0.5, 0.0),
        ("sqrt(1 + abs(x))", -0.7, 0.0),
        ("asin(x)*y", 0.2, 2.0),
    ] {
        let left = e(left);
        let value = walk::eval(&left, |s| Some(if s == x() { x_is } else { y }));
        let found = isolate(&left, &e("r"), x()).unwrap();
        let at = |s: Symbol| Some(if s.name() == "r" { value } else { y });
        let hits = found
            .iter()
            .filter(|q| walk::eval(&q.condition, at) != 0.0 && (walk::eval(&q.term, at) - x_is).abs() < 1e-9);
        assert_eq!(hits.count(), 1, "{left}");
    }
    assert!(isolate(&e("sin(x)"), &e("r"), x()).is_err());
    assert!(isolate(&e("x + exp(x)"), &e("r"), x()).is_err());
}

fn symbolic_lu<T: Scalar>() -> f64 {
    let m = Matrix::from_fn(5, 5, |r, c| T::var(&format!("m{r}{c}")));
    let lu = m.lu().unwrap();
    let at = |s: Symbol| {
        let digits: Vec<f64> = s.name()[1..].chars().filter_map(|c| c.to_digit(10)).map(f64::from).collect();
        Some(1.0 / (1.0 + digits[0] + 2.0 * digits[1]) + (digits[0] - digits[1]).cos())
    };
    let by_lu = walk::eval(&lu.determinant(), at);
    let by_minors = walk::eval(&m.determinant().unwrap(), at);
    let by_bareiss = walk::eval(&m.determinant_by(DeterminantMethod::Bareiss).unwrap().term, at);
    assert!((by_lu - by_minors).abs() < 1e-9 * by_lu.abs().max(1.0));
    assert!((by_bareiss - by_minors).abs() < 1e-9 * by_lu.abs().max(1.0));
    by_lu
}

#[test]
fn matrices() {
    let expected = symbolic_lu::<Expr>();
    assert!((symbolic_lu::<Dag>() - expected).abs() < 1e-9);
    assert!((symbolic_lu::<Tree>() - expected).abs() < 1e-9);
    assert!((symbolic_lu::<Poly>() - expected).abs() < 1e-9);
    let m = Matrix::from_rows(vec![vec![e("0"), e("a")], vec![e("1"), e("b")]]).unwrap();
    let (inverse, condition) = m.inverse().unwrap();
    let product = m.mul(&inverse).unwrap();
    assert_eq!(cancel(&product[(0, 0)]).unwrap().term, e("1"));
    assert_eq!(cancel(&product[(1, 0)]).unwrap().term, e("0"));
    assert_eq!(condition, e("a != 0"));
    let singular = Matrix::from_rows(vec![vec![e("1"), e("2")], vec![e("2"), e("4")]]).unwrap();
    assert!(singular.inverse().is_err());
    // What is zero without looking like it is no pivot.
    let from = |rows: &[&[&str]]| {
        Matrix::from_rows(rows.iter().map(|row| row.iter().map(|text| e(text)).collect()).collect()).unwrap()
    };
    assert_eq!(from(&[&["x", "x"], &["y", "y"]]).inverse().err(), Some(AlgebraError::Singular));
    let regular = from(&[&["x", "x", "1"], &["y", "y", "0"], &["1", "2", "3"]]);
    let (inverse, condition) = regular.inverse().unwrap();
    let at = |s: Symbol| Some(if s.name() == "x" { 2.0 } else { 5.0 });
    assert_eq!(walk::eval(&condition, at), 1.0, "{condition}");
    let product = regular.mul(&inverse).unwrap().map(|entry| cancel(entry).unwrap().term);
    assert_eq!(product, Matrix::identity(3));
    assert_eq!(singular.determinant().unwrap(), e("0"));
    assert!(Matrix::from_rows(vec![vec![e("1")], vec![]]).is_err());
    assert!(m.mul(&Matrix::identity(3)).is_err());
}
