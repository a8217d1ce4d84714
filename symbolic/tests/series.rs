//! Series and limits: known values, and series against the function near the point.

use braid_symbolic::calculus::{Approach, Limit, limit, taylor, taylor_polynomial};
use braid_symbolic::syntax::parse;
use braid_symbolic::{Dag, Expr, Scalar, Symbol, Tree, walk};

fn e(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{}", error.render("test", text)))
}

fn x() -> Symbol {
    Symbol::real("x")
}

fn near<T: Scalar>(text: &str, point: &str, order: usize) {
    let (term, point): (T, T) = (parse(text).unwrap(), parse(point).unwrap());
    let coefficients = taylor(&term, x(), &point, order).unwrap_or_else(|error| panic!("{text}: {error}"));
    let at = walk::eval(&point, |_| None);
    let values: Vec<f64> = coefficients.iter().map(|c| walk::eval(c, |_| None)).collect();
    for h in [0.01, -0.02, 0.05] {
        let exact = walk::eval(&term, |_| Some(at + h));
        let series: f64 = values.iter().enumerate().map(|(k, c)| c * f64::powi(h, k as i32)).sum();
        let error = (exact - series).abs();
        let allowed = 1e-12 + 300.0 * f64::powi(h.abs() * 2.5, order as i32 + 1) * exact.abs().max(1.0);
        assert!(error <= allowed, "{text} at {at} + {h}: {exact} {series}");
    }
}

#[test]
fn series_are_near_the_function() {
    for (text, point) in [
        ("exp(x)*cos(x)", "0"),
        ("sin(cos(1+x))", "0"),
        ("log(1 + x + x^2)", "0"),
        ("1/(1 - x - x^2)", "0"),
        ("sqrt(1 + x)", "0"),
        ("(2 + x)^(5/3)", "0"),
        ("tan(x) + tanh(x)", "1/2"),
        ("asin(x) + acos(x^2)", "1/4"),
        ("atan(x) - atanh(x)", "1/3"),
        ("asinh(x)*acosh(x)", "3/2"),
        ("erf(x) + expm1(x) + log1p(x)", "1/2"),
        ("x^x", "2"),
        ("log2(x) + log10(x)", "3"),
        ("sinh(x)/cosh(x) + abs(x)", "1"),
        ("sin(x)/x", "0"),
        ("(1 - cos(x))/x^2", "0"),
        ("x/(exp(x) - 1)", "0"),
    ] {
        if text.contains("/x") || text.contains("exp(x) - 1") {
            near::<Expr>(text, point, 6);
        } else {
            near::<Expr>(text, point, 6);
            near::<Tree>(text, point, 6);
            near::<Dag>(text, point, 6);
        }
    }
    assert_eq!(taylor_polynomial(&e("exp(x)"), x(), &e("0"), 3).unwrap(), e("1 + x + x^2/2 + x^3/6"));
    assert_eq!(taylor_polynomial(&e("1/(1 - x)"), x(), &e("0"), 3).unwrap(), e("1 + x + x^2 + x^3"));
    // Bernoulli numbers.
    let bernoulli = taylor(&e("x/(exp(x) - 1)"), x(), &e("0"), 6).unwrap();
    assert_eq!(bernoulli[..5], ["1", "-1/2", "1/12", "0", "-1/720"].map(e));
    assert!(taylor(&e("1/x"), x(), &e("0"), 3).unwrap_err().to_string().contains("no power series"));
    assert!(taylor(&e("abs(x)"), x(), &e("0"), 3).is_err());
    assert!(taylor(&e("log(x)"), x(), &e("0"), 3).is_err());
    assert!(taylor(&e("x"), x(), &e("0"), 5_000).unwrap_err().to_string().contains("limit is 1000"));
}

#[test]
fn limits_are_known_or_unknown_but_never_wrong() {
    use Approach::{Above, Below, Both, Infinity, MinusInfinity};
    let zero = || e("0");
    let cases: Vec<(&str, Approach<Expr>, Limit<Expr>)> = vec![
        ("sin(x)/x", Both(zero()), Limit::Finite(e("1"))),
        ("(1 - cos(x))/x^2", Both(zero()), Limit::Finite(e("1/2"))),
        ("(exp(x) - 1 - x)/x^2", Both(zero()), Limit::Finite(e("1/2"))),
        ("(x^2 - 1)/(x - 1)", Both(e("1")), Limit::Finite(e("2"))),
        ("(x^3 + 2*x)/(5*x^3 - 1)", Infinity, Limit::Finite(e("1/5"))),
        ("(x^3 + 2*x)/(5*x^2 - 1)", Infinity, Limit::Infinity),
        ("(x^3 + 2*x)/(5*x^2 - 1)", MinusInfinity, Limit::MinusInfinity),
        ("x/(x^2 + 1)", MinusInfinity, Limit::Finite(zero())),
        ("(1 + 1/x)^x", Infinity, Limit::Finite(e("exp(1)"))),
        ("(1 + 3/x)^(2*x)", Infinity, Limit::Finite(e("exp(6)"))),
        ("1/x", Both(zero()), Limit::DoesNotExist),
        ("1/x", Above(zero()), Limit::Infinity),
        ("1/x", Below(zero()), Limit::MinusInfinity),
        ("1/x^2", Both(zero()), Limit::Infinity),
        ("x*log(x)", Above(zero()), Limit::Finite(zero())),
        ("x^2*log(x)^3", Above(zero()), Limit::Finite(zero())),
        ("log(x)", Above(zero()), Limit::MinusInfinity),
        ("log(x)/x", Infinity, Limit::Finite(zero())),
        ("log(x)", Infinity, Limit::Infinity),
        ("x - log(x)", Infinity, Limit::Infinity),
        ("exp(-x)*x^5", Infinity, Limit::Finite(zero())),
        ("exp(x)/x^3", Infinity, Limit::Infinity),
        ("exp(1/x)", Below(zero()), Limit::Finite(zero())),
        ("exp(1/x)", Above(zero()), Limit::Infinity),
        ("exp(1/x)", Both(zero()), Limit::DoesNotExist),
        ("x^x", Above(zero()), Limit::Finite(e("1"))),
        ("tan(x)/x", Both(zero()), Limit::Finite(e("1"))),
        ("(sin(x) - x)/x^3", Both(zero()), Limit::Finite(e("-1/6"))),
        ("(tan(x) - sin(x))/x^3", Both(zero()), Limit::Finite(e("1/2"))),
        ("(sqrt(1 + x) - 1)/x", Both(zero()), Limit::Finite(e("1/2"))),
        ("x*(log(x + 1) - log(x))", Infinity, Limit::Finite(e("1"))),
        ("sqrt(x^2 + x) - x", Infinity, Limit::Finite(e("1/2"))),
        ("y*sin(x)/x", Both(zero()), Limit::Finite(e("y"))),
        ("sin(1/x)", Both(zero()), Limit::Unknown),
        ("sin(x)", Infinity, Limit::Unknown),
        ("floor(x)", Both(e("1")), Limit::Unknown),
        ("y/x", Above(zero()), Limit::Unknown),
        ("x - x", Infinity, Limit::Finite(zero())),
    ];
    for (text, to, expected) in cases {
        let found = limit(&e(text), x(), to.clone());
        assert_eq!(found, expected, "{text} as x goes to {to:?}");
    }
}
