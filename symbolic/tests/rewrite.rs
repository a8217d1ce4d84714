//! Rewriting: rules as text, matching, strategies, and the soundness of every shipped rule.

use braid_symbolic::rewrite::Rule;

/// What a reader of rules says about wrong ones, and where.
#[test]
fn rule_errors() {
    let wrong = [
        "sin(?a) => cos(?a)",
        "r: sin(?a) cos(?a)",
        "r: sin(?a) => 2*?b",
        "r: sin(?a) => ?a => 1",
        "r: sin(?a) == ?a*cos(?b)",
        "r: 0*?a*sin(?b) == ?b",
        "r: foo(?a) => ?a",
        "r: sin(?a, ?b) => ?a",
        "r: sin(?a::wholesome) => ?a",
        "r: sin(?a::integer) + cos(?a::odd) => ?a",
        "r: sin(x) => ?a",
        "r: ?a => 0",
        "r: sin(?a) == ?a",
        "r: sin(??a) => 0",
        "r: ??a + ??b + sin(?c) => 0",
        "r: ??a + sin(?c) => ?c*??a",
        "r: ?a + ?a => 2*?a",
        "r: exp(log(?a)) => ?a if ?a + 1",
        "r: exp(log(?a)) => ?a if positive(?a, ?a)",
        "r: exp(log(?a)) => ?a if free_of(?a)",
        "r: exp(log(?a)) => ?a if even(?a) and nice(?a)",
        "r: exp(log(?a)) => ?a if ?c > 0",
        "r: exp(log(?a)) => ?a if",
        "r: exp(log(?a) => ?a",
        "r: exp(log(?a)) =>",
        "r: sin(?) => 0",
        "r: 1/0 => 0",
        "",
    ];
    let told: Vec<String> = wrong
        .iter()
        .map(|text| Rule::parse(text).map_or_else(|e| e.render("rule", text), |r| format!("ACCEPTED {r}")))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"));
}
