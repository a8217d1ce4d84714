//! What the host program does itself.

use super::common::{attr, attr_or};
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::tensor::Tensor;
use std::sync::Arc;

fn index_infer(cx: &Infer) -> Result<Inferred, String> {
    let dtype = cx.attrs.term("value").dtype();
    if !matches!(dtype, DType::I64 | DType::Bool) {
        return Err(format!("the term must be i64 or bool, not {dtype}"));
    }
    Ok(Inferred { results: vec![TensorType::scalar(dtype).into()], sizes: vec![] })
}

fn index_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let value = cx.attrs.term("value").as_const().ok_or("a symbol has no value")?;
    Ok(vec![Value::Tensor(Arc::new(Tensor::scalar(value)))])
}

fn check_infer(cx: &Infer) -> Result<Inferred, String> {
    match cx.attrs.term("condition").dtype() {
        DType::Bool => Ok(Inferred::default()),
        dtype => Err(format!("the condition must be bool, not {dtype}")),
    }
}

fn check_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    if cx.attrs.term("condition").as_bool().ok_or("a symbol has no value")? {
        return Ok(vec![]);
    }
    let number = |term: &Term| term.as_const().map(|value| Value::Tensor(Arc::new(Tensor::scalar(value))));
    let values: Option<Vec<Value>> = cx.attrs.terms("values").iter().map(number).collect();
    Err(crate::eval::fill(cx.attrs.str("message"), &values.ok_or("a symbol has no value")?)?)
}

fn print_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let line = crate::eval::fill(cx.attrs.str("template"), cx.operands)?;
    cx.printed.push(line);
    Ok(vec![])
}

pub(super) static ROWS: &[OpSpec] = &[
    OpSpec {
        name: "index",
        doc: "The value of an integer or bool term over symbols, as a rank-0 tensor.",
        operands: Arity::Exactly(0),
        attributes: &[attr("value", AttrKind::Term, "the term")],
        def: OpDef::Host { infer: index_infer, eval: index_eval },
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: Gradient::NotSupported("integers have no gradient"),
        examples: &[Example { operands: &[], attributes: "value = 3", result: "i64[] 3" }],
    },
    OpSpec {
        name: "check",
        doc: "Raises the message, with `{0}`, `{1}`, … replaced by the values, unless the condition holds.",
        operands: Arity::Exactly(0),
        attributes: &[
            attr("condition", AttrKind::Term, "a bool term"),
            attr("message", AttrKind::Str, "the exception, such as `RuntimeError: …`"),
            attr_or("values", AttrKind::Terms, || Attr::Terms(vec![]), "integers that the message shows"),
        ],
        def: OpDef::Host { infer: check_infer, eval: check_eval },
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Observable,
        gradient: Gradient::NotSupported("it has no result"),
        examples: &[Example {
            operands: &[],
            attributes: "condition = 1 == 1, message = \"ValueError: never\"",
            result: "",
        }],
    },
    OpSpec {
        name: "print",
        doc: "Writes one line: the template with `{0}`, `{1}`, … replaced by the operands (`eval::format` says how they look).",
        operands: Arity::AtLeast(0),
        attributes: &[attr("template", AttrKind::Str, "the line")],
        def: OpDef::Host { infer: |_| Ok(Inferred::default()), eval: print_eval },
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Observable,
        gradient: Gradient::NotSupported("it has no result"),
        examples: &[Example { operands: &["i64[] 3"], attributes: "template = \"n = {0}\"", result: "" }],
    },
];
