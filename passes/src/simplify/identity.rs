//! Applications that yield an operand, a constant, or what the host can compute: seen from the scalar body, so that no
//! operator is named.

use crate::analysis::{replace_loads, uniform};
use crate::editor::Editor;
use braid_ir::ops::{Loops, Read};
use braid_ir::{DType, Net, Node, Op, Scalar, ScalarOp, Term, ValueId};

/// What an application amounts to.
pub(super) enum Same {
    /// One of its operands.
    Operand(ValueId),
    /// A fill.
    Fill(Scalar),
    /// An integer or condition over symbols.
    Term(Term),
}

pub(super) fn same(editor: &Editor, op: &Op) -> Option<Same> {
    let net = editor.net();
    let loops = net.loops_of(op)?;
    if loops.reduction.is_some() || op.operands.is_empty() {
        return None;
    }
    if let Some(term) = as_term(editor, op, &loops) {
        return Some(Same::Term(term));
    }
    let known = |read: u32| {
        let read = &loops.reads[read as usize];
        let constant = uniform(net, op.operands[read.operand])?;
        let always = read.guard.is_none() || read.otherwise == constant;
        always.then(|| Term::constant(constant))
    };
    let body = without_neutral(replace_loads(loops.body, &known)?);
    match body.node() {
        Node::Const(value) => Some(Same::Fill(value)),
        Node::Load(read, _) => {
            let read = &loops.reads[read as usize];
            let operand = op.operands[read.operand];
            (is_straight(net, read, operand) && net.ty(operand) == net.ty(op.results[0]))
                .then_some(Same::Operand(operand))
        }
        _ => None,
    }
}

/// Whether a read is of the element at the same place.
fn is_straight(net: &Net, read: &Read, operand: ValueId) -> bool {
    let Some(ty) = net.tensor_ty(operand) else { return false };
    let place = |(i, (index, dim)): (usize, (&Term, &Term))| {
        *index == Term::axis(i) || (dim.as_int() == Some(1) && index.as_int() == Some(0))
    };
    read.guard.is_none() && read.index.iter().zip(&ty.shape).enumerate().all(place)
}

/// The body without an operation that changes no bit of its other operand. (`x + 0.0` does: it makes 0 of -0.)
fn without_neutral(body: Term) -> Term {
    let Node::Apply(op, args) = body.node() else { return body };
    let is = |i: usize, value: f64| {
        let constant = args.get(i).and_then(|a| a.as_const());
        // A float is compared with its sign, so that -0 is not 0.
        constant.is_some_and(|c| c == Scalar::from_f64(c.dtype(), value))
    };
    let float = args[0].dtype().is_float();
    let zero = if float { -0.0 } else { 0.0 };
    match op {
        ScalarOp::Add if is(1, zero) => args[0],
        ScalarOp::Add if is(0, zero) => args[1],
        ScalarOp::Sub if is(1, 0.0) => args[0],
        ScalarOp::Mul | ScalarOp::Div | ScalarOp::Pow if is(1, 1.0) => args[0],
        ScalarOp::Mul if is(0, 1.0) => args[1],
        ScalarOp::Select => match args[0].as_bool() {
            Some(true) => args[1],
            Some(false) => args[2],
            None => body,
        },
        _ => body,
    }
}

/// A rank-0 integer or bool that is computed from values that are terms, as a term.
fn as_term(editor: &Editor, op: &Op, loops: &Loops) -> Option<Term> {
    let scalar = |d: DType| matches!(d, DType::I64 | DType::Bool);
    if !loops.out.is_empty() || !scalar(loops.dtype()) || loops.reads.iter().any(|r| r.guard.is_some()) {
        return None;
    }
    // Before anything is known of the operands, as `x / x` is only 1 where `x` is not zero.
    if !loops.body.postorder().into_iter().all(on_the_host) {
        return None;
    }
    let known = |read: u32| {
        let read = &loops.reads[read as usize];
        if read.index.is_empty() { editor.term_of(op.operands[read.operand]) } else { None }
    };
    let body = replace_loads(loops.body, &known)?;
    let decided = |t: Term| !matches!(t.node(), Node::Load(..)) && on_the_host(t);
    body.postorder().into_iter().all(decided).then_some(body)
}

/// Whether this means the same on tensors that wrap and on terms that are in canonical form.
fn on_the_host(term: Term) -> bool {
    use ScalarOp::*;
    match term.node() {
        Node::Axis(_) => false,
        Node::Apply(op, _) => {
            matches!(term.dtype(), DType::I64 | DType::Bool)
                && matches!(
                    op,
                    Add | Sub
                        | Mul
                        | Neg
                        | Min
                        | Max
                        | Eq
                        | Ne
                        | Lt
                        | Le
                        | Gt
                        | Ge
                        | And
                        | Or
                        | Not
                        | Xor
                        | Select
                )
        }
        Node::Load(..) | Node::Sym(_) | Node::Const(_) => true,
    }
}
