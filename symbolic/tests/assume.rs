//! Assumptions: what follows is used, what does not follow is not, and values stay where the assumptions hold.

use braid_symbolic::algebra::{AlgebraError, Given, piecewise_partial};
use braid_symbolic::syntax::parse;
use braid_symbolic::{Expr, walk};

fn e(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{}", error.render("test", text)))
}

#[test]
fn what_follows_is_used() {
    for (given, term, expected) in [
        ("x > 0", "sqrt(x^2)", "x"),
        ("x > 0", "sqrt(x)^2", "x"),
        ("x >= 0", "sqrt(x)^2", "x"),
        ("x != 0", "x/x", "1"),
        ("x < 0", "abs(x)", "-x"),
        ("x < 0", "sign(x) + 1", "0"),
        ("x > y", "abs(x - y)", "x - y"),
        ("x > y", "abs(y - x)", "x - y"),
        ("x > 2", "select(x > 1, a, b)", "a"),
        ("x > 2", "select(2*x < 4, a, b)", "b"),
        ("x > 2 and y > 3", "select(x + y > 5, a, b)", "a"),
        ("x == 2", "select(x != 2, a, b)", "b"),
        ("x >= 1", "max(x, 1/2)", "x"),
        ("x >= 1", "min(x, 0)", "0"),
        ("not (x < 0)", "abs(x)", "x"),
        ("not (x < 0 or y <= 0)", "abs(x)*abs(y)", "x*y"),
    ] {
        let given = Given::new().assume(e(given)).unwrap();
        assert_eq!(given.refine(e(term)), e(expected), "{term}");
    }
}

#[test]
fn what_does_not_follow_is_kept() {
    for (given, term) in [
        ("x >= 0", "x/x"),
        ("x > 0", "y/y"),
        ("x > 1", "select(x > 2, a, b)"),
        ("x > y", "abs(x + y)"),
        ("x != 1", "abs(x)"),
        ("x > 0 or y > 0", "abs(x)"),
    ] {
        match Given::new().assume(e(given)) {
            Ok(given) => assert_eq!(given.refine(e(term)), e(term)),
            Err(error) => panic!("{given}: {error}"),
        }
    }
    // A comparison of what is undefined is not decided: the term would be defined in more places.
    let given = Given::new().assume(e("x > 0")).unwrap();
    assert_eq!(given.refine(e("log(y)^2 >= 0")), e("log(y)^2 >= 0"));
}

#[test]
fn contradictions_are_errors() {
    for (a, b) in [
        ("x > 0", "x < 0"),
        ("x > 2", "x == 1"),
        ("x >= 0", "x < 0"),
        ("x == 0", "x != 0"),
        ("x > y", "y > x"),
    ] {
        let given = Given::new().assume(e(a)).unwrap();
        assert_eq!(given.assume(e(b)).err(), Some(AlgebraError::Contradiction), "{a}, {b}");
    }
    assert!(Given::new().assume(e("x + 1")).is_err());
    assert!(Given::new().assume(e("1 < 0")).is_err());
}

#[test]
fn values_stay_where_the_assumptions_hold() {
    let given = Given::new().assume(e("x > 1 and y < 0 and x + y > 0")).unwrap();
    for term in [
        "sqrt(x^2*y^2)",
        "abs(x + y)/(x + y)",
        "select(x - y > 0, log(x), y)",
        "max(x, y)*min(x, y)",
        "sign(y)*abs(y*x)",
    ] {
        let (term, refined) = (e(term), given.refine(e(term)));
        for (x, y) in [(1.5, -0.25), (3.0, -2.5), (10.0, -1.0)] {
            let at = |s: braid_symbolic::Symbol| Some(if s.name() == "x" { x } else { y });
            let (a, b) = (walk::eval(&term, at), walk::eval(&refined, at));
            assert!((a - b).abs() < 1e-12, "{term} became {refined}");
        }
    }
    assert!(walk::eval(&piecewise_partial(&[(e("x > 0"), e("x"))]), |_| Some(-1.0)).is_infinite());
}
