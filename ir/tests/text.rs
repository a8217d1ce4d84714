//! The text form: what is printed reads back as the same, and errors say where.

use braid_ir::text::{Printer, parse_net, parse_term, print_net};

const EVERYTHING: &str = r#"net @forward(%x: f32[n, 3], %"odd name": i64[]) {
  weight @fc.weight : f32[3] = dense [0.1, inf, nan]
  weight @"a b" : bool[2] = dense [true, false]
  weight @large : f32[100] = elided
  weight @same : i64[100] = splat -7
  guard n <= 64 : "the mask has \"64\" rows"  // model.py:4:9
  assert n%2 == 0 : "AssertionError: even"  // model.py:4:9
^0:
  %0 = mul(%x, @fc.weight) : f32[n, 3]  // model.py:5:9
  %1, %2 as s0 = nonzero(%0) : i64[s0, 2], i64[]  // other file.py:6:1
  %3 = index {value = s0*2 + n//2 <= s0%4 + -1} : bool[]
  %4 = full {shape = [n, s0], value = -1.5e-7:f32} : f32[n, s0]
  br %3, ^1(%2, %4), ^2
^1(%5 as k: i64[], %6: f32[n, k]):
  %7 = add(@same, @same) : i64[100]
  return(%5, %6, %7, @"a b", @large)  // model.py:9:9
^2:
  fail "ValueError: \"{0}\"\nis bad"(%2)
}
"#;

#[test]
fn what_is_printed_reads_back_as_the_same() {
    let net = parse_net(EVERYTHING).expect("valid text");
    assert_eq!(print_net(&net), EVERYTHING);
}

#[test]
fn contents_read_back_exactly_when_they_are_printed() {
    let text = "net @w() {\n  weight @w : f32[70] = random(3)\n^0:\n  return(@w)\n}\n";
    let net = parse_net(text).expect("valid text");
    let printed = Printer { elements_max: usize::MAX, places: true }.net(&net);
    let read = parse_net(&printed).expect("what is printed parses");
    assert_eq!(net.weights[0].data, read.weights[0].data);
}

#[test]
fn types_are_inferred_where_they_are_left_out() {
    let text = "net @f(%x: f32[2, 3]) {\n^0:\n  %y = exp(%x)\n  %i, %n as s = nonzero(%y)\n  return(%i)\n}\n";
    let net = parse_net(text).expect("valid text");
    assert!(print_net(&net).contains("%1, %2 as s = nonzero(%0) : i64[s, 2], i64[]"));
}

#[test]
fn terms_read_back() {
    for text in
        ["n*2 + 1", "(n + 1)//4", "min(m, n)", "n%3", "n < m & m <= 4", "to_i64(to_f32(n) * 0.5:f32)", "-3"]
    {
        let term = parse_term(text).expect("a term");
        assert_eq!(parse_term(&term.to_string()).expect("a printed term"), term, "{text} printed as {term}");
    }
}

#[test]
fn errors_say_where_and_what() {
    for (text, expected) in [
        ("net forward() {}", "1:5: `@name` is expected here, not `forward`"),
        ("net @f() {\n^0:\n  jump ^1\n}", "3:8: there is no block ^1"),
        ("net @f() {\n^0:\n  return(%x)\n}", "3:10: there is no value %x before this"),
        ("net @f(%x: f31[2]) {", "1:15: `f31` is not an element type"),
        ("net @f(%x: f32[2]) {\n^0:\n  %y = nosuch(%x)", "3:8: there is no operator `nosuch`"),
        ("net @f(%x: f32[2]) {\n^0:\n  %y = exp(%x) {axis = 1}", "3:17: exp has no attribute `axis`"),
        ("net @f(%x: f32[2]) {\n^0:\n  %y = add(%x)", "3:8: add: "),
        ("net @f() {\n  weight @w : f32[2] = dense [1.0]", "2:35: 2 elements are expected, not 1"),
        ("net @f() {\n  weight @w : u8[1] = dense [256]", "2:33: `256` is not an element of u8"),
        ("net @f(%x: f32[(((", "1:19: "),
        ("net @f() {\n^0:\n  return(\"", "3:10: this string does not end"),
        ("net @f(%x: f32[9223372036854775807*9223372036854775807]) {", "1:55: an integer dimension"),
    ] {
        let error = parse_net(text).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text:?} gives {error:?}, not {expected:?}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let text = format!("net @f(%x: f32[{}", "(".repeat(100_000));
    assert!(parse_net(&text).expect_err("too deep").message.contains("deep"));
}
