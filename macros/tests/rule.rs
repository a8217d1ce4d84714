//! `rule!` reads what `Rule::parse` reads, also through a facade that re-exports it.

use braid_macros::rule;
use braid_symbolic::rewrite::{Context, Direction, Matcher, Rewriter, vet};
use braid_symbolic::{Expr, syntax::parse};

/// A crate that re-exports both, as `braid` does.
mod facade {
    pub use braid_macros as macros;
    pub use braid_symbolic as symbolic;
}

macro_rules! rule_of_facade {
    ($($token:tt)*) => { $crate::facade::macros::rule_in!(($crate::facade::symbolic) $($token)*) };
}

#[test]
fn tokens_are_read_as_text_is() {
    let rules = [
        (rule!("pythagoras": sin(?a)^2 + cos(?a)^2 => 1), "3*sin(x)^2 + 3*cos(x)^2", "3"),
        (rule!("log-exp": exp(log(?a)) => ?a if ?a>0 && !(?a == 0)), "exp(log(x^2 + 1))", "x^2 + 1"),
        (rule!("even": abs(?a) ^ ?n::even => ?a^?n), "abs(x)^4", "x^4"),
        (rule!("negative": ?a^2*exp(?a) =>-?a), "exp(y)*y^2", "-y"),
        (
            rule!("segment": exp(??r + log(?a))=>?a*exp(??r) if ?a >= 0.0),
            "exp(x + log(1 + y^2))",
            "(1 + y^2)*exp(x)",
        ),
        (rule!("thousand": sin(1_000*?a) => ?a*1e3), "sin(1000*x)", "1000*x"),
        (rule!("choice": if(?a < ?b or ?b < ?a, 1, 0) => ?a != ?b), "select(x < y or y < x, 1, 0)", "x != y"),
        (rule_of_facade!("through a facade": sin(?a)**2+cos(?a)**2 => 1), "sin(x)^2 + cos(x)^2", "1"),
    ];
    for (rule, term, expected) in rules {
        let term: Expr = parse(term).unwrap();
        let new = Matcher::new(rule).rewrite(&term, &mut Context::default());
        assert_eq!(new, Some(parse(expected).unwrap()), "{rule} on {term}");
    }
    let both = rule!("double": sin(2*?a) == 2*sin(?a)*cos(?a));
    assert_eq!(both.direction(), Direction::Both);
    assert!(vet(both).is_ok());
    assert!(std::ptr::eq(again(), again()), "a rule is made once");
}

fn again() -> &'static braid_symbolic::rewrite::Rule<braid_symbolic::Head> {
    rule!("again": exp(log(?a)) => ?a if ?a > 0)
}
