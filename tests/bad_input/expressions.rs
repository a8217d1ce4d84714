//! What people get wrong in formulas.

use super::Desk;

#[test]
fn malformed_formulas_are_told_at_their_place() {
    let desk = Desk::new("expr_syntax");
    for (text, parts) in [
        ("2 +", vec!["<expression>:1:3", "expected a value"]),
        ("2x", vec!["<expression>:1:1", "2*x"]),
        ("sin(x", vec!["never closed"]),
        ("x)", vec!["<expression>:1:2", "closes none"]),
        ("foo(x)", vec!["foo is not a known function"]),
        ("sin(x, y)", vec!["sin takes 1 argument, not 2"]),
        ("1/(3 - 3)", vec!["<expression>:1:2", "division by zero"]),
        ("0^-1", vec!["zero has no negative power"]),
        ("x + log(-1)", vec!["<expression>:1:5", "log(-1) is not defined"]),
        ("sqrt(-2)", vec!["<expression>:1:1", "not defined"]),
        ("a < (b) < c", vec!["<expression>:1:9", "do not chain"]),
        ("x + ?y", vec!["<expression>:1:5", "a slot belongs into a rule"]),
        ("a < b < c", vec!["do not chain"]),
        ("1e100000", vec!["beyond 9999"]),
        ("x ; y", vec!["means nothing here"]),
        ("", vec!["expected an expression"]),
    ] {
        for command in ["simplify", "expand"] {
            desk.run(&["expr", command, text]).refused(&parts);
        }
    }
}

#[test]
fn deep_and_huge_formulas_end() {
    let desk = Desk::new("expr_size");
    let deep = format!("{}x{}", "(".repeat(50_000), ")".repeat(50_000));
    let ended = desk.run(&["expr", "expand", &deep]);
    assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "x"), "{}", ended.stderr);
    // Too large a result is kept as it is written, in bounded time.
    let ended = desk.run(&["expr", "expand", "(a + b + c + d + e + f + g)^1000"]);
    assert!(ended.code == Some(0) || ended.code == Some(1), "{}", ended.stderr);
    let ended = desk.run(&["expr", "simplify", "9^9^9^9 + x"]);
    assert!(ended.code == Some(0) || ended.code == Some(1), "{}", ended.stderr);
}

#[test]
fn other_arguments() {
    let desk = Desk::new("expr_arguments");
    desk.run(&["expr", "simplify", "x", "--assume", "x is positive"])
        .refused(&["is not an assumption", "NAME > 0"]);
    desk.run(&["expr", "simplify", "x", "--range", "x=0..1"]).refused(&["accuracy is not sought"]);
    let accuracy = ["expr", "simplify", "x", "--objective", "accuracy"];
    desk.run(&[&accuracy[..], &["--classical"]].concat()).refused(&["only the e-graph"]);
    for range in ["x", "x=1", "x=2..1", "x=a..b", "x=0..inf"] {
        desk.run(&[&accuracy[..], &["--range", range]].concat())
            .refused(&["is not a range", "NAME=LOW..HIGH"]);
    }
    for assumption in ["2 > 0", "pi > 0", " > 0"] {
        desk.run(&["expr", "simplify", "x", "--assume", assumption])
            .refused(&["is not the name of an unknown"]);
    }
    desk.run(&["expr", "simplify", "x", "--assume", "x > 0", "--assume", "x < 0"])
        .refused(&["what is assumed of x cannot all hold"]);
    for by in ["", "2", "x + 1", "pi"] {
        desk.run(&["expr", "diff", "x", "--by", by]).refused(&["is not the name of an unknown"]);
    }
    desk.run(&["expr", "diff", "x", "--by", "x", "--order", "1000000"]).refused(&["1000000", "1000"]);
    let ended = desk.run(&["expr", "diff", "x", "--by", "x", "--order", "1000"]);
    assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "0"), "{}", ended.stderr);
    // What is shared in the result would fill the disk as text.
    desk.run(&["expr", "diff", "x^x", "--by", "x", "--order", "22"]).refused(&["written out", "--format c"]);
    desk.run(&["expr", "substitute", "x", "x"]).refused(&["NAME=EXPR"]);
    for replacement in ["2=3", "=3", "pi=3", "x+y=3"] {
        desk.run(&["expr", "substitute", "x", replacement]).refused(&["is not the name of an unknown"]);
    }
    desk.run(&["expr", "substitute", "x", "x=1", "x=2"]).refused(&["x is replaced twice"]);
    desk.run(&["expr", "substitute", "y + 2/(x - 1)", "x=1"])
        .refused(&["1/(x - 1) is defined nowhere with these replacements"]);
    desk.run(&["expr", "substitute", "x + y", "x=2*"]).refused(&["<replacement>:1:2", "expected a value"]);
    desk.run(&["expr", "compile", "x*y", "--inputs", "x"]).refused(&["y is not among the inputs"]);
    desk.run(&["expr", "compile", "x", "--inputs", "x,y,x"]).refused(&["x is named again as input 3"]);
    desk.run(&["expr", "compile", "x*y", "--at", "1"]).refused(&["1 values for 2 inputs: x, y"]);
    desk.run(&["expr", "compile", "x", "--at", "one"]).refused(&["`one` is not a number"]);
    desk.run(&["expr", "explain", "x", "x + 1"]).refused(&["not found to be equal"]);
    desk.run(&["expr", "compile", "x", "-o", "no/such/folder/f.c"]).refused(&["cannot write"]);
}
