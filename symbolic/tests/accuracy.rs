//! Simplification by accuracy: what becomes more accurate, that it is still equal, and the precise values behind it.

use braid_symbolic::egraph::{Accuracy, Conditions, Proof, Simplified, Simplify, simplify};
use braid_symbolic::syntax::{Names, parse, parse_with};
use braid_symbolic::{Assumptions, Expr, FunctionSpec, Scalar, Symbol, precise};

fn e(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{}", error.render("test", text)))
}

fn accurate(term: &Expr) -> Simplified<Expr> {
    Simplify::new(term).with(Accuracy::default()).run()
}

/// Textbook cancellations. Errors are means over points of all sizes, in bits of 64.
#[test]
fn cancellation_is_mended() {
    let names = Names { known: [("p".to_string(), Assumptions::POSITIVE)].into(), open: true };
    let mut told = Vec::new();
    for (text, before_min, after_max) in [
        ("sqrt(x + 1) - sqrt(x)", 10.0, 1.0),
        ("exp(x) - 1", 15.0, 1.0),
        ("log(1 + x)", 10.0, 1.0),
        ("(1 - cos(x))/x^2", 10.0, 2.0),
        ("sqrt(p^2 + 1) - p", 10.0, 1.0),
        ("1/(x + 1) - 1/x", 10.0, 1.0),
        // Of a sum of values of very different sizes nobody knows the cosine.
        ("sin(x + y) - sin(x)", 20.0, 17.0),
        ("log((1 + x)/(1 - x))", 15.0, 1.0),
        ("cosh(x) - 1", 15.0, 1.0),
        ("(1 + x)^2 - 1", 10.0, 1.0),
        ("x^2 - y^2", 0.0, 1.0),
    ] {
        let result = accurate(&parse_with(text, &names).unwrap());
        let (before, after) = result.error_bits.unwrap_or_else(|| panic!("{text} has no points"));
        println!("{text}: {before:.2} bits; {}: {after:.2} bits", result.term());
        if before < before_min || after > after_max || result.condition != Expr::int(1) {
            told.push(format!("{text} lost {before} bits, {} loses {after}", result.term()));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// Errors are those of values, not of rewriting: what was found has the value of what was asked for.
#[test]
fn values_stay() {
    for text in
        ["sqrt(x + 1) - sqrt(x)", "exp(x) - 1", "(1 - cos(x))/x^2", "log((1 + x)/(1 - x))", "tan(x)*cos(x)"]
    {
        let (before, after) = (e(text), *accurate(&e(text)).term());
        for x in [-3.0, -0.5, -1e-9, 0.0, 1e-30, 1e-9, 0.3, 1.0, 2.0, 1e9] {
            let at = |term: &Expr| precise::eval(term, |_| Some(x));
            assert_eq!(at(&before), at(&after), "{text} and {after} at {x}");
        }
    }
}

/// Where nothing is lost, the cheapest is taken, as without accuracy.
#[test]
fn accurate_terms_become_cheap() {
    let term = e("sin(x)^2 + cos(x)^2 + a*x + a*x");
    assert_eq!(*accurate(&term).term(), simplify(&term));
}

/// Nothing that is defined in more places, unless the condition comes with it.
#[test]
fn domains_stay() {
    let term = e("(x^2 - 1)/(x - 1)");
    assert!(precise::eval(accurate(&term).term(), |_| Some(1.0)).is_none());
    let carried = Simplify::new(&term).with(Accuracy::default()).with(Conditions::Carry).run();
    if precise::eval(carried.term(), |_| Some(1.0)).is_some() {
        assert_eq!(carried.condition.to_string(), "x - 1 != 0");
    }
}

#[test]
fn results_are_proved() {
    for text in ["sqrt(x + 1) - sqrt(x)", "exp(x) - 1", "(1 - cos(x))/x^2"] {
        let result = Simplify::new(&e(text)).with(Accuracy::default()).with(Proof::Give).run();
        let [Some(proof)] = &result.proofs[..] else { panic!("{text} is not proved") };
        assert_eq!((proof.from, proof.to), (e(text), *result.term()));
        assert_eq!(proof.check(), Ok(()), "{text}: {proof}");
    }
}

/// In a range where nothing cancels, nothing is changed for the sake of accuracy.
#[test]
fn ranges_are_minded() {
    let term = e("exp(x) - 1");
    let within = |lo, hi| {
        let accuracy = Accuracy { ranges: vec![(Symbol::real("x"), lo, hi)], ..Accuracy::default() };
        Simplify::new(&term).with(accuracy).run()
    };
    assert!(within(5.0, 50.0).error_bits.is_some_and(|(before, _)| before < 1.0));
    assert!(within(1e-9, 1e-3).error_bits.is_some_and(|(before, after)| before > 10.0 && after < 1.0));
}

/// What has no value anywhere, and what nobody can compute precisely, stays or becomes cheaper as ever.
#[test]
fn without_points() {
    for text in ["log(-1 - x^2)", "erf(x) + erf(x)"] {
        let result = accurate(&e(text));
        assert_eq!(result.error_bits, None, "{text}");
    }
    let names = Names { known: [("n".to_string(), Assumptions::INTEGER)].into(), open: true };
    let term: Expr = parse_with("exp(n*x) - 1", &names).unwrap();
    assert!(accurate(&term).error_bits.is_some());
}

/// A registered function is as exact as its value, and what is around it is looked after.
#[test]
fn registered_functions_are_scored() {
    let f = FunctionSpec::new("scored", &["a"]).value(|a| a[0] / 3.0).total().register();
    let call = Expr::call(f, &[Expr::var("x")]);
    let result = accurate(&(call.exp() - 1));
    let (before, after) = result.error_bits.expect("it has values");
    assert!(before > 10.0 && after < 1.0, "{}: {before}, then {after}", result.term());
    assert_eq!(*result.term(), e("expm1(scored(x))"));
    // Without a value nothing is said.
    let silent = FunctionSpec::new("silent", &["a"]).total().register();
    assert_eq!(accurate(&(Expr::call(silent, &[Expr::var("x")]).exp() - 1)).error_bits, None);
}

/// One of several inputs is no worse off for the others.
#[test]
fn several_terms() {
    let terms = [e("exp(x) - 1"), e("log(1 + y)")];
    let result = Simplify::all(&terms).with(Accuracy::default()).run();
    assert_eq!(result.terms.len(), 2);
    let (before, after) = result.error_bits.unwrap();
    assert!(after < before, "{before} to {after}");
}

/// Precise values against known ones.
#[test]
fn precise_values() {
    let at = |text: &str, x: f64| precise::eval(&e(text), |_| Some(x));
    assert_eq!(at("x + 1 - x", 2f64.powi(1000)), Some(1.0));
    assert_eq!(at("sin(x)", 1e22), Some(-0.8522008497671888));
    assert_eq!(at("x^(1/3)", 27.0), Some(3.0));
    assert_eq!(at("(-x)^3", 2.0), Some(-8.0));
    assert_eq!(at("x^(-2)", 0.5), Some(4.0));
    assert_eq!(at("0^x", 0.0), Some(1.0));
    assert_eq!(at("atan2(x, -x)", 1.0), Some(3.0 * std::f64::consts::FRAC_PI_4));
    assert_eq!(at("atan2(0, -x)", 1.0), Some(std::f64::consts::PI));
    assert_eq!(at("floor(x)", -0.5), Some(-1.0));
    assert_eq!(at("mod(x, 3)", -1.0), Some(2.0));
    assert_eq!(at("sign(x)", -7.0), Some(-1.0));
    assert_eq!(at("select(x < 0, log(x), 5)", 1.0), Some(5.0));
    assert_eq!(at("expm1(x)", 1e-200), Some(1e-200));
    assert_eq!(at("log1p(x)", -1.0), None);
    assert_eq!(at("1/x", 0.0), None);
    assert_eq!(at("exp(x)", 1e5), None);
    assert_eq!(at("x^(1/2)", -1.0), None);
    assert_eq!(at("asin(x)", 1.5), None);
    assert_eq!(at("5e-324*x", 1.0), Some(5e-324));
}
