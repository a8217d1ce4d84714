//! Derivatives against differences, in every representation; Jacobians against derivatives one by one.

use braid_symbolic::calculus::*;
use braid_symbolic::syntax::parse;
use braid_symbolic::term::walk;
use braid_symbolic::{Dag, Expr, FunctionSpec, Poly, Scalar, Symbol, Tree};

fn e(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{}", error.render("test", text)))
}

fn x() -> Symbol {
    Symbol::real("x")
}

/// Reproducible numbers.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        self.next(1 << 30) as f64 / (1u64 << 30) as f64
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return ["x", "y", "z", "2", "1/3", "pi"][self.next(6)].to_string();
        }
        const UNARY: [&str; 20] = [
            "sin", "cos", "tan", "exp", "log", "sqrt", "asin", "acos", "atan", "sinh", "cosh", "tanh",
            "asinh", "acosh", "atanh", "erf", "abs", "log1p", "expm1", "log2",
        ];
        let mut inner = || self.text(depth - 1);
        let (a, b, c) = (inner(), inner(), inner());
        match self.next(12) {
            0 | 1 => format!("({a} + {b} - {c})"),
            2 | 3 => format!("({a})*({b})*({c})*x"),
            4 => format!("({a})/({b})"),
            5 => format!("({a})^{}", self.next(4)),
            6 => format!("(x^2 + 1)^({b})"),
            7 => format!("max({a}, min({b}, {c}))"),
            8 => format!("select({a} < {b}, {b}, {c})"),
            9 => format!("atan2({a}, {b}) + mod({c}, 3)"),
            _ => format!("{}({a})", UNARY[self.next(UNARY.len())]),
        }
    }
}

fn value<T: Scalar>(term: &T, at: [f64; 3]) -> f64 {
    walk::eval(term, |s| ["x", "y", "z"].iter().position(|n| *n == s.name()).map(|i| at[i]))
}

fn against_differences<T: Scalar>(seed: u64) -> usize {
    let mut random = Random(seed);
    let mut compared = 0;
    for _ in 0..400 {
        let text = random.text(3);
        let Ok(term) = parse::<T>(&text) else { continue };
        let slope = derivative(&term, x()).unwrap();
        for _ in 0..4 {
            let at = [random.unit() * 2.0 + 0.1, random.unit() * 2.0 - 0.5, random.unit() * 3.0];
            let f = |d: f64| value(&term, [at[0] + d, at[1], at[2]]);
            let h = 1e-4;
            let first = (f(h) - f(-h)) / (2.0 * h);
            let second = (f(2.0 * h) - f(-2.0 * h)) / (4.0 * h);
            let expected = (4.0 * first - second) / 3.0;
            let found = value(&slope, at);
            // Where the two differences disagree the function is not smooth, or too steep for them.
            if !expected.is_finite()
                || !found.is_finite()
                || expected.abs().max(found.abs()) > 1e6
                || f(0.0).abs() > 1e6
                || (first - second).abs() > 1e-3 * first.abs().max(1e-3)
            {
                continue;
            }
            let scale = expected.abs().max(f(0.0).abs()).max(1.0);
            assert!(
                (found - expected).abs() < 1e-4 * scale,
                "d/dx {text} at {at:?}: {found}, not {expected}"
            );
            compared += 1;
        }
    }
    compared
}

#[test]
fn derivatives_agree_with_differences() {
    assert!(against_differences::<Expr>(1) > 300);
    assert!(against_differences::<Dag>(2) > 300);
    assert!(against_differences::<Tree>(3) > 300);
    assert!(against_differences::<Poly>(4) > 300);
}

/// Of the sine of the sine of … no intermediate derivative is made.
#[test]
fn depth_is_no_limit() {
    let mut nested = Expr::var("x");
    let mut chain = Expr::var("x");
    for _ in 0..100_000 {
        nested = (nested * Expr::var("x")).sin();
        chain = chain.sin();
    }
    let slope = derivative(&nested, x()).unwrap();
    assert!(walk::eval(&slope, |_| Some(0.5)).abs() < 1.0);
    assert!(derivative(&chain, x()).is_ok());
    assert_eq!(jacobian_sparsity(&[nested, chain], &[x()]).len(), 2);
    assert!(jacobian_sparse(&[nested], &[x()]).is_ok());
}

#[test]
fn golden_derivatives() {
    for (text, expected) in [
        ("x^x", "x*x^(x - 1) + x^x*log(x)"),
        ("x^3*y", "3*x^2*y"),
        ("sqrt(x)", "1/(2*sqrt(x))"),
        ("2^x", "2^x*log(2)"),
        ("log(y)", "0"),
        ("abs(x)", "sign(x)"),
        ("floor(x)*x", "floor(x)"),
        ("select(x < 0, x^2, y)", "select(x < 0, 2*x, 0)"),
        ("erf(x)", "2*exp(-x^2)/sqrt(pi)"),
        ("sin(x)*cos(x)*exp(x)", "cos(x)^2*exp(x) - sin(x)^2*exp(x) + sin(x)*cos(x)*exp(x)"),
    ] {
        assert_eq!(derivative(&e(text), x()).unwrap(), e(expected), "{text}");
    }
    assert_eq!(derivative_n(&e("x^5"), x(), 3).unwrap(), e("60*x^2"));
    let direction = directional(&e("x*y"), &[x(), Symbol::real("y")], &[e("a"), e("b")]).unwrap();
    assert_eq!(direction, e("a*y + b*x"));
    assert!(directional(&e("x*y"), &[x()], &[]).is_err());
}

#[test]
fn registered_functions_bring_their_derivatives() {
    let f = FunctionSpec::new("deriv_f", &["u", "v"]).derivative(0, e("u*v")).register();
    let term = Expr::call(f, &[e("x^2"), e("y")]);
    assert_eq!(derivative(&term, x()).unwrap(), e("2*x^3*y"));
    assert_eq!(
        derivative(&term, Symbol::real("y")),
        Err(CalculusError::NoDerivative { function: "deriv_f".into(), argument: 2 })
    );
    assert_eq!(derivative(&term, Symbol::real("z")).unwrap(), e("0"));
}

#[test]
fn jacobians_are_derivatives() {
    let unknowns: Vec<Symbol> = ["x", "y", "z"].map(Symbol::real).to_vec();
    let mut random = Random(7);
    let terms: Vec<Expr> = (0..60).filter_map(|_| parse(&random.text(3)).ok()).collect();
    let j = jacobian_sparse(&terms, &unknowns).unwrap();
    let pattern = jacobian_sparsity(&terms, &unknowns);
    for (r, term) in terms.iter().enumerate() {
        for (c, unknown) in unknowns.iter().enumerate() {
            let expected = derivative(term, *unknown).unwrap();
            let at = [0.7, 0.4, 1.3];
            let (a, b) = (value(&j.get(r, c), at), value(&expected, at));
            assert!(
                (a - b).abs() <= 1e-9 * b.abs().max(1.0) || a.is_nan() && b.is_nan(),
                "{term} by {unknown}"
            );
            if !pattern.row(r).contains(&(c as u32)) {
                assert_eq!(expected, e("0"));
            }
        }
        let gradient = gradient(term, &unknowns).unwrap();
        assert_eq!(gradient, (0..3).map(|c| j.get(r, c)).collect::<Vec<_>>());
    }
    let h = hessian_sparse(&e("x^2*y + sin(z)"), &unknowns).unwrap();
    assert_eq!(h.pattern.len(), 4);
    assert_eq!((h.get(0, 0), h.get(0, 1), h.get(1, 0)), (e("2*y"), e("2*x"), e("2*x")));
    assert_eq!(h.get(2, 2), e("-sin(z)"));
    assert_eq!(hessian(&e("x*y"), &unknowns).unwrap()[0][1], e("1"));
}

/// A sum is gone through once, however many unknowns it has.
#[test]
fn wide_sums_are_linear() {
    let unknowns: Vec<Symbol> = (0..20_000).map(|i| Symbol::real(&format!("w{i}"))).collect();
    let squares: Vec<Expr> = unknowns.iter().map(|&s| Expr::symbol(s).pow(2)).collect();
    let sum = Expr::sum(&squares);
    let h = hessian_sparse(&sum, &unknowns).unwrap();
    assert_eq!(h.pattern.len(), 20_000);
    assert_eq!(gradient(&sum, &unknowns).unwrap()[3], 2 * Expr::symbol(unknowns[3]));
}
