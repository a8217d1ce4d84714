//! Elementwise rows: one scalar operation per element, operands broadcast as in NumPy and ONNX.

use crate::dtype::DType;
use crate::ops::*;
use crate::term::{ScalarOp, Term};

fn apply(op: ScalarOp, cx: &Infer) -> Result<Loops, String> {
    let operands: Vec<&TensorType> = (0..cx.operands.len()).map(|i| cx.tensor(i)).collect::<Result<_, _>>()?;
    let shapes: Vec<&[Term]> = operands.iter().map(|t| t.shape.as_slice()).collect();
    let out = broadcast(&shapes)?;
    let loads: Vec<Term> = operands.iter().enumerate().map(|(k, t)| Term::load(k, t.dtype)).collect();
    Ok(Loops::elementwise(out, &operands, Term::try_apply(op, &loads)?))
}

macro_rules! rows {
    ($($name:literal $op:ident $arity:literal $doc:literal [$($law:ident),*] $numerics:ident $gradient:expr, $operands:expr => $result:literal;)*) => {
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: Arity::Exactly($arity),
            attributes: &[],
            def: OpDef::Loops(|cx| apply(ScalarOp::$op, cx)),
            laws: &[$(Law::$law),*],
            numerics: Numerics::$numerics,
            effects: Effects::Pure,
            gradient: $gradient,
            examples: &[Example { operands: &$operands, attributes: "", result: $result }],
        }),*];
    };
}

const BODY: Gradient = Gradient::FromBody;

rows! {
    "add" Add 2 "Sum." [Commutative, Associative] Rounding BODY, ["f32[2] [1, 2]", "f32[] 3"] => "f32[2] [4, 5]";
    "exp" Exp 1 "e to each element." [Monotone] Rounding BODY, ["f32[1] [0]"] => "f32[1] [1]";
}
