//! The rules, one a row, in the text format of the symbolic engine.
//!
//! `unary` and `binary` stand for every row of the table that works element by element on one or two operands. Besides these
//! rows, the laws of the table are rules.

use super::functions;
use super::term::{Head, TensorTerm};
use braid_ir::ops::{Arity, Infer, Law, Loops, OpDef, OpSpec, TABLE, find};
use braid_ir::{DType, Node, Term, TensorType, Type};
use braid_symbolic::egraph::PreparedRules;
use braid_symbolic::rewrite::{Class, Predicate, Rule, RuleError, Truth};
use std::sync::LazyLock;

/// A row: what it does to floats, and the rule.
pub type Row = (Class, &'static str);

/// Rules that hold of one application.
pub static ROWS: &[Row] = &[
    // Movements meet.
    (Class::Exact, "transpose-twice: transpose(transpose(?x, ?p), ?q) => transpose(?x, compose(?p, ?q))"),
    (Class::Exact, "transpose-nothing: transpose(?x, ?p) => ?x if keeps_order(?p)"),
    (Class::Exact, "reshape-twice: reshape(reshape(?x, ?a), ?b) => reshape(?x, ?b)"),
    (Class::Exact, "reshape-nothing: reshape(?x, ?a) => ?x if has_shape(?x, ?a)"),
    (Class::Exact, "broadcast-twice: broadcast_to(broadcast_to(?x, ?a), ?b) => broadcast_to(?x, ?b)"),
    (Class::Exact, "broadcast-nothing: broadcast_to(?x, ?a) => ?x if has_shape(?x, ?a)"),
    (Class::Exact, "slice-twice: slice(slice(?x, ?a), ?b) => slice(?x, within(?a, ?b))"),
    // Movements pass through what works element by element, so that they meet.
    (Class::Exact, "transpose-through: unary(transpose(?x, ?p)) == transpose(unary(?x), ?p)"),
    (Class::Exact, "reshape-through: unary(reshape(?x, ?a)) == reshape(unary(?x), ?a)"),
    (Class::Exact, "transpose-through-both: binary(transpose(?x, ?p), transpose(?y, ?p)) => transpose(binary(?x, ?y), ?p)"),
    (
        Class::Exact,
        "transpose-beside-constant: binary(transpose(?x, ?p), ?c) => transpose(binary(?x, transpose(?c, inverse(?p))), ?p) \
         if constant(?c) and same_rank(?x, ?c)",
    ),
    (
        Class::Exact,
        "transpose-beside-scalar: binary(transpose(?x, ?p), ?c) => transpose(binary(?x, ?c), ?p) if scalar(?c)",
    ),
    (
        Class::Exact,
        "reshape-through-both: binary(reshape(?x, ?a), reshape(?y, ?a)) => reshape(binary(?x, ?y), ?a) if same_type(?x, ?y)",
    ),
    (Class::Exact, "reshape-beside-scalar: binary(reshape(?x, ?a), ?c) => reshape(binary(?x, ?c), ?a) if scalar(?c)"),
    // What works element by element stretches its operands by itself.
    (Class::Exact, "broadcast-left: binary(broadcast_to(?x, ?a), ?y) => binary(?x, ?y)"),
    (Class::Exact, "broadcast-right: binary(?x, broadcast_to(?y, ?a)) => binary(?x, ?y)"),
    // A chain of factors and shifts becomes one factor and one shift, with constants on the right.
    (Class::Exact, "constant-shift-right: add(?c, ?x) => add(?x, ?c) if constant(?c)"),
    (Class::Exact, "constant-factor-right: mul(?c, ?x) => mul(?x, ?c) if constant(?c)"),
    (Class::Exact, "sub-to-add: sub(?x, ?c) => add(?x, negate(?c)) if constant(?c)"),
    (Class::Reassociating, "div-to-mul: div(?x, ?c) => mul(?x, reciprocal(?c)) if constant(?c) and float(?c)"),
    (Class::Reassociating, "shifts-joined: add(add(?x, ?b), ?c) => add(?x, add(?b, ?c)) if constant(?b) and constant(?c)"),
    (Class::Reassociating, "factors-joined: mul(mul(?x, ?b), ?c) => mul(?x, mul(?b, ?c)) if constant(?b) and constant(?c)"),
    (
        Class::Reassociating,
        "factor-over-shift: mul(add(?x, ?b), ?c) => add(mul(?x, ?c), mul(?b, ?c)) if constant(?b) and constant(?c)",
    ),
    // A factor per output of a sum of products is part of its weights.
    (
        Class::Reassociating,
        "factor-into-convolution: mul(conv(?x, ?w, ?a), ?c) => conv(?x, mul(?w, reshape(?c, over_channels(?w, ?c))), ?a) \
         if constant(?w) and constant(?c)",
    ),
    (
        Class::Reassociating,
        "factor-into-matmul: mul(matmul(?x, ?w), ?c) => matmul(?x, mul(?w, reshape(?c, over_columns(?w, ?c)))) \
         if constant(?w) and constant(?c)",
    ),
    (
        Class::Reassociating,
        "factor-into-product: mul(dot_general(?x, ?w, ?a), ?c) => \
         dot_general(?x, mul(?w, reshape(?c, over_rows(?w, ?c, ?a))), ?a) if constant(?w) and constant(?c)",
    ),
];

/// Rules that hold of several applications at once: a slot marked `each` has its own value in each of them, the others the
/// same. On the right, it stands for the value of the application at hand, and with two question marks for those of all.
pub static GROUPS: &[Row] = &[
    (
        Class::Exact,
        "products-joined: dot_general(?x, ?w::each, ?a) => \
         slice(dot_general(?x, concat(??w, beside_rows(??w, ?a)), ?a), rows_of(dot_general(?x, ?w, ?a), ??w, ?a)) \
         if constant(?w)",
    ),
    (
        Class::Exact,
        "matmuls-joined: matmul(?x, ?w::each) => \
         slice(matmul(?x, concat(??w, beside_columns(??w))), columns_of(matmul(?x, ?w), ??w)) if constant(?w)",
    ),
    (
        Class::Exact,
        "convolutions-joined: conv(?x, ?w::each, ?a) => \
         slice(conv(?x, concat(??w, beside_channels(??w)), ?a), channels_of(conv(?x, ?w, ?a), ??w)) \
         if constant(?w) and ungrouped(?a)",
    ),
    (
        Class::Exact,
        "shifts-of-parts: add(slice(?x, ?p::each), ?c::each) => slice(add(?x, concat(??c, shifts(?x, ??p, ??c))), ?p) \
         if constant(?c)",
    ),
];

/// The rules about one application.
pub static RULES: LazyLock<PreparedRules<TensorTerm>> = LazyLock::new(|| PreparedRules::new(single_rules()));

/// The rules about groups.
pub static GROUP_RULES: LazyLock<Vec<Rule<Head>>> =
    LazyLock::new(|| GROUPS.iter().map(|(class, text)| read(text, None).with_class(*class)).collect());

/// The predicate of a slot that has its own value in each match of a group.
pub static EACH: LazyLock<Predicate> = LazyLock::new(|| Predicate::register("each", |_| Truth::Yes));

/// A rule of this file; tests read all of them.
fn read(text: &str, family: Option<(&str, &'static OpSpec)>) -> Rule<Head> {
    parse_family(text, family).unwrap_or_else(|error| panic!("{}", error.render("rules", text)))
}

/// Reads a rule: names that are called are rows of the table or functions.
///
/// # Errors
/// Where the text is no rule.
pub fn parse(text: &str) -> Result<Rule<Head>, RuleError> {
    parse_family(text, None)
}

/// Reads a rule in which a name stands for a row.
fn parse_family(text: &str, family: Option<(&str, &'static OpSpec)>) -> Result<Rule<Head>, RuleError> {
    LazyLock::force(&EACH);
    Rule::parse_heads(text, &|name, _| match (family, find(name)) {
        (Some((family, spec)), _) if family == name => Some(Head::Op(spec)),
        (_, Some(spec)) => Some(Head::Op(spec)),
        (_, None) => functions::find(name).map(Head::Compute),
    })
}

/// Every rule about one application: the rows, for each operator of a family, and the laws.
pub fn single_rules() -> Vec<Rule<Head>> {
    let families: Vec<(&str, Vec<&'static OpSpec>)> = vec![("unary", elementwise(1)), ("binary", elementwise(2))];
    let mut rules = Vec::new();
    for (class, text) in ROWS {
        match families.iter().find(|(family, _)| text.contains(&format!("{family}("))) {
            None => rules.push(read(text, None).with_class(*class)),
            Some((family, specs)) => rules.extend(specs.iter().map(|spec| {
                let text = with_attributes(text, family, spec);
                read(&text, Some((family, spec))).with_class(*class)
            })),
        }
    }
    for spec in TABLE.iter().flat_map(|rows| rows.iter()).filter(|spec| super::term::is_term(spec)) {
        if spec.operands != Arity::Exactly(1) {
            continue;
        }
        for law in spec.laws {
            let text = match law {
                Law::Idempotent => "idempotent: unary(unary(?x)) => unary(?x)",
                Law::Involution => "involution: unary(unary(?x)) => ?x",
                _ => continue,
            };
            let text = with_attributes(text, "unary", spec);
            rules.push(read(&text, Some(("unary", spec))).with_class(Class::Exact));
        }
    }
    rules
}

/// The row of a family for an operator: its attributes, if it has any, are a slot.
fn with_attributes(text: &str, family: &str, spec: &OpSpec) -> String {
    if spec.attributes.is_empty() {
        return text.to_string();
    }
    let (mut result, mut depth, mut open) = (String::new(), 0usize, Vec::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with(&format!("{family}(")) {
            result += family;
            open.push(depth);
            rest = &rest[family.len()..];
            continue;
        }
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if open.last() == Some(&depth) {
                    open.pop();
                    result += ", ?of_row";
                }
            }
            _ => {}
        }
        result.push(c);
        rest = &rest[c.len_utf8()..];
    }
    result
}

/// The rows that compute each element of their result from the elements at the same place of so many operands.
fn elementwise(operands: usize) -> Vec<&'static OpSpec> {
    let rows = TABLE.iter().flat_map(|rows| rows.iter());
    rows.filter(|spec| spec.operands == Arity::Exactly(operands) && is_elementwise(spec, operands)).collect()
}

fn is_elementwise(spec: &OpSpec, operands: usize) -> bool {
    let OpDef::Loops(loops) = spec.def else { return false };
    let Ok(attrs) = spec.complete(Default::default()) else { return false };
    [DType::F32, DType::I64, DType::Bool].into_iter().any(|dtype| {
        let ty = Type::from(TensorType::fixed(dtype, &[2, 3]));
        let types = vec![ty; operands];
        loops(&Infer::new(&types, &attrs)).is_ok_and(|loops| is_straight(&loops))
    })
}

/// Whether a nest of rank 2 reads every operand at the place of the result and does not look at the place itself.
pub fn is_straight(loops: &Loops) -> bool {
    let straight = |index: &[Term]| index.iter().enumerate().all(|(i, at)| *at == Term::axis(i));
    loops.out.len() == 2
        && loops.reduction.is_none()
        && loops.reads.iter().all(|read| read.guard.is_none() && read.index.len() == 2 && straight(&read.index))
        && loops.body.postorder().into_iter().all(|t| !matches!(t.node(), Node::Axis(_)))
}
