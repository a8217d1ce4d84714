//! Terms: canonical forms that keep domains, text that reads back, depth and width.

use braid_symbolic::algebra::expand;
use braid_symbolic::calculus::derivative;
use braid_symbolic::lower::{Options, lower};
use braid_symbolic::rewrite::simplify_classical;
use braid_symbolic::syntax::{Names, latex, parse, parse_defined, parse_with};
use braid_symbolic::term::walk;
use braid_symbolic::{Assumptions, Dag, Expr, Poly, Scalar, Symbol, Tree, vars};

fn e(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{}", error.render("test", text)))
}

#[test]
fn like_terms_meet() {
    for (text, expected) in [
        ("x + x", "2*x"),
        ("x - x", "0"),
        ("x*x*x", "x^3"),
        ("2*(x + y) - 2*x", "2*y"),
        ("x - (x + y)", "-y"),
        ("x*y/2 + 3*x*y", "7*x*y/2"),
        ("(2*x)^3", "8*x^3"),
        ("(x*y)^-1", "1/(x*y)"),
        ("x^2^3", "x^8"),
        ("-x^2", "-x^2"),
        ("2^-1", "1/2"),
        ("4^(3/2)", "8"),
        ("8^(1/2)", "sqrt(8)"),
        ("sqrt(2)*sqrt(2)", "2"),
        ("sin(-x)", "-sin(x)"),
        ("cos(-2*x)", "cos(2*x)"),
        ("abs(-3)", "3"),
        ("mod(-7, 3)", "2"),
        ("exp(0) + sin(0)", "1"),
        ("select(1 < 2, x, 1/0*y)", "division"),
        ("x + 0.1 + 0.2", "x + 3/10"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("9223372036854775807*x + x", "9223372036854775808*x"),
        ("1e-12*x + x - x", "x/1000000000000"),
    ] {
        match parse::<Expr>(text) {
            Ok(term) => assert_eq!(term.to_string(), expected, "{text}"),
            Err(error) => assert!(error.message.contains(expected), "{text}: {error}"),
        }
    }
}

/// What other libraries simplify wrongly: the domain must not change.
#[test]
fn construction_keeps_domains() {
    for kept in [
        "x/x",
        "log(x) - log(x)",
        "x^2/x",
        "sqrt(x)*sqrt(x)",
        "0*log(x)",
        "0/x",
        "(1/x)^-1",
        "x^y*x^-y",
        "log(x)^0",
        "sqrt(x)^2",
        "1/(1/x)",
        "x*log(y)*x^-1",
    ] {
        let term = e(kept);
        assert!(!term.facts().is_total(), "{kept} became {term}, which is defined everywhere");
    }
    let (x, y) = vars!(x > 0, y != 0);
    assert_eq!((x / x).to_string(), "1");
    assert_eq!((y / y).to_string(), "1");
    assert_eq!((x * x).sqrt(), x);
    assert_eq!((x.log() - x.log()).to_string(), "0");
    assert_eq!((x.sqrt() * x.sqrt()), x);
    let any = Expr::var("any");
    assert_eq!((any * any).sqrt().to_string(), "sqrt(any^2)");
    assert_eq!(e("(x^2 + 1)/(x^2 + 1)").to_string(), "1");
}

#[test]
fn text_reads_back() {
    for text in [
        "a - (b - c)*d",
        "-(x + 1)",
        "-x^2 + (-x)^2",
        "(-2)^x",
        "2^-x",
        "(x^y)^z",
        "x^(y^z)",
        "a/(b*c)",
        "a/b/c",
        "(a + b)/(c - d)",
        "1/sqrt(x)",
        "-1/2*x",
        "x^(2/3)",
        "(1/3)^x",
        "select(a < b and not c == d, x, -y)",
        "min(a, max(b, -c))",
        "a*(-b)",
        "0*log(x)",
        "x^2/x",
        "exp(-x^2/2)/sqrt(2*pi)",
        "3*(x + y)*(x - y)",
        "-(3*(x + y))",
        "5 - 2*(x + 1/x)^2",
        "a <= b or c != d",
        "x^0.1",
        "1.5e3*x - 2.5e-3",
        "sqrt(-2*x)",
        "(2*x*y)^(1/2)",
        "(x*y)^z",
        "-(a*b)^c",
        "2*-3*x",
    ] {
        let term = e(text);
        let printed = term.to_string();
        assert_eq!(e(&printed), term, "{text} was printed as {printed}");
        // The tree is read as written, so that operator order is tested, too.
        let tree: Tree = parse(text).unwrap();
        let again: Tree = parse(&tree.to_string()).unwrap();
        let at = |s: Symbol| Some(0.3 + s.name().len() as f64 + s.name().as_bytes()[0] as f64 / 64.0);
        let (a, b) = (walk::eval(&tree, at), walk::eval(&again, at));
        assert!(
            a == b || (a - b).abs() <= 1e-12 * a.abs() || a.is_nan() && b.is_nan(),
            "{text}: {tree} gives {a}, {again} gives {b}"
        );
        let c = walk::eval(&term, at);
        assert!(
            (a - c).abs() <= 1e-12 * a.abs() || a.is_nan() || c.is_nan(),
            "{text}: {a} as a tree, {c} as {term}"
        );
    }
}

#[test]
fn latex_is_set_as_people_write_it() {
    for (text, expected) in [
        ("x/2", r"\frac{x}{2}"),
        ("alpha_1*x^2", r"\alpha_{1} x^{2}"),
        ("sqrt(x + 1)", r"\sqrt{x + 1}"),
        ("sin(x)^2", r"\sin\left(x\right)^{2}"),
        ("abs(x)", r"\left|x\right|"),
    ] {
        assert_eq!(latex(&e(text)), expected);
    }
}

#[test]
fn errors_say_where() {
    for (text, place, word) in [
        ("2 +", 2..3, "value"),
        ("2x", 0..2, "2*x"),
        ("(x", 0..1, "never closed"),
        ("x)", 1..2, "closes none"),
        ("foo(x)", 0..6, "not a known function"),
        ("sin(x, y)", 0..9, "1 argument"),
        ("1/(2 - 2)", 1..2, "division by zero"),
        ("a < b < c", 6..7, "chain"),
        ("a < (b) < c", 8..9, "chain"),
        ("0 < sin(x) <= 1", 11..13, "chain"),
        ("(a < b) == (c) != d", 15..17, "chain"),
        ("x $ y", 2..3, "$"),
        ("", 0..0, "expected an expression"),
        ("x y", 2..3, "operator"),
        ("?x + 1", 0..2, "rule"),
        ("sin()", 0..5, "1 argument"),
        ("1.2.3", 0..5, "number"),
        ("1e99999", 0..7, "9999"),
        ("0^-1", 1..2, "zero"),
    ] {
        let error = parse::<Expr>(text).expect_err(text);
        assert_eq!(error.span, place, "{text}: {error}");
        assert!(error.message.contains(word), "{text}: {error}");
    }
    for (text, place, word) in [
        ("x + mod(x, 0)", 4..13, "zero"),
        ("1 + log(-1)", 4..11, "log(-1) is not defined"),
        ("log(0)", 0..6, "not defined"),
        ("sqrt(-2)*x", 0..8, "not defined"),
        ("(-8)^(1/3)", 4..5, "not defined"),
        ("asin(2) + x", 0..7, "not defined"),
    ] {
        let error = parse_defined::<Expr>(text, &Names::any()).expect_err(text);
        assert_eq!(error.span, place, "{text}: {error}");
        assert!(error.message.contains(word), "{text}: {error}");
    }
    for text in
        ["log(x)", "sqrt(4)", "0^0", "(-8)^(1/3 + 2/3)", "asin(1)", "atan2(0, 0)", "mod(0, 1)", "(-2)^-3"]
    {
        assert!(parse_defined::<Expr>(text, &Names::any()).is_ok(), "{text}");
    }
    let mut names = Names::default();
    names.known.insert("x".into(), Assumptions::REAL);
    assert!(parse_with::<Expr>("x + y", &names).unwrap_err().message.contains("y is unknown"));
}

/// Neither depth nor width may overflow the stack or take quadratic time: all that is done to expressions, to a deep and to
/// two wide ones, in every representation.
fn without_limits<T: Scalar>() {
    const SIZE: usize = 100_000;
    let x = Symbol::real("x");
    let shifted = |term: &T| {
        let values = [(x, T::var("y"))].into_iter().collect();
        walk::substitute(term, &values)
    };
    let deep = || (0..SIZE).fold(T::var("x"), |t, _| t.sin().plus(&T::number(1)));
    let term = deep();
    assert!(term == deep());
    assert_eq!(walk::depth(&term), 2 * SIZE);
    let text = term.to_string();
    assert!(text.len() > 5 * SIZE && latex(&term).len() > 5 * SIZE);
    assert!(parse::<T>(&text).unwrap() == term);
    assert!(shifted(&term).to_string() == text.replace('x', "y"));
    assert!(walk::eval(&term, |_| Some(0.5)).is_finite());
    // The product of the cosines of all levels: as text, and as a tree, it is as long as all of them together.
    assert!(derivative(&term, x).unwrap().facts().is_total());
    assert!(expand(&term).unwrap() == term);
    assert!(simplify_classical(&term) == term);
    let expr: Expr = term.convert();
    assert!(expr.to_string().len() == text.len());
    assert!(lower(&[expr], &[x], &Options::default()).unwrap().code.len() > SIZE);

    let unknowns: Vec<T> = (0..SIZE).map(|i| T::var(&format!("w{i}"))).collect();
    let together = T::sum(&unknowns);
    let one_by_one = unknowns.iter().fold(T::var("x"), |sum, w| sum.plus(w));
    for sum in [&together, &one_by_one] {
        assert!(sum.facts().is_total());
        let text = sum.to_string();
        assert!(text.len() > 6 * SIZE && latex(sum).len() > 6 * SIZE);
        let again: T = parse(&text).unwrap();
        assert!(walk::eval(&again, |_| Some(1.0)) >= SIZE as f64);
        assert!(walk::eval(&shifted(sum), |_| Some(1.0)) >= SIZE as f64);
        assert_eq!(derivative(sum, Symbol::real("w7")).unwrap().to_string(), "1");
        assert!(walk::eval(&simplify_classical(sum), |_| Some(1.0)) >= SIZE as f64);
        assert!(walk::eval(&expand(sum).unwrap(), |_| Some(1.0)) >= SIZE as f64);
        let expr: Expr = sum.convert();
        let inputs = walk::sorted_symbols(&expr);
        assert!(lower(&[expr], &inputs, &Options::default()).unwrap().code.len() > SIZE);
    }
}

/// A wide product that is made step by step. Not of polynomials, which hold all exponents at each step.
fn wide_product<T: Scalar>() {
    const SIZE: usize = 100_000;
    let unknowns: Vec<T> = (0..SIZE).map(|i| T::var(&format!("w{i}"))).collect();
    let product = unknowns.iter().fold(T::var("x"), |product, w| product.times(w));
    assert_eq!(walk::eval(&product, |_| Some(1.0)), 1.0);
    assert!(product.to_string().len() > 6 * SIZE);
}

#[test]
fn trees_have_no_limits() {
    without_limits::<Tree>();
    wide_product::<Tree>();
}

#[test]
fn graphs_have_no_limits() {
    without_limits::<Dag>();
    wide_product::<Dag>();
}

#[test]
fn expressions_have_no_limits() {
    without_limits::<Expr>();
    wide_product::<Expr>();
}

#[test]
fn polynomials_have_no_limits() {
    without_limits::<Poly>();
}

/// What is deferred in turns is made when it is asked for, without recursion.
#[test]
fn deferred_sums_and_products_alternate() {
    let unknowns: Vec<Expr> = (0..20).map(|i| Expr::var(&format!("w{i}"))).collect();
    let (sum, product) = (Expr::sum(&unknowns), Expr::product(&unknowns));
    let mut term = Expr::var("x");
    for _ in 0..20_000 {
        term = product * (sum + term);
    }
    assert!(walk::depth(&term) > 20_000);
    assert_eq!(product * product, Expr::product(&unknowns.iter().map(|w| w.pow(2)).collect::<Vec<_>>()));
}

/// Sums that are made one by one meet.
#[test]
fn wide_sums_are_one_term() {
    let wide: Vec<Expr> = (0..100_000).map(|i| Expr::var(&format!("w{i}"))).collect();
    let mut sum = Expr::int(0);
    for &w in &wide {
        sum += w * 2;
    }
    assert!(sum == wide.iter().map(|&w| w * 2).sum::<Expr>(), "the same sum, made at once");
}
