//! Sums of products: `dot_general`, `matmul`, `einsum`.

use super::common::*;
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::term::{ScalarOp, Term};

/// The nest `sum of the product of the operands' elements`, or just the product if there is nothing to sum. What is summed is
/// computed in the type in which it is.
fn product(out: Vec<Term>, reduce: Vec<Term>, reads: Vec<Read>) -> Result<Loops, String> {
    let dtype = reads[0].dtype;
    let wide = if reduce.is_empty() { dtype } else { dtype.accumulator() };
    let mut body = Term::load(0, dtype).cast(wide);
    for (k, read) in reads.iter().enumerate().skip(1) {
        body = apply(ScalarOp::Mul, &[body, Term::load(k, read.dtype).cast(wide)])?;
    }
    let reduction = (!reduce.is_empty()).then_some(Reduction::Sum);
    let narrow = (wide != dtype).then_some(dtype);
    Ok(Loops { out, reduce, reads, body, reduction, narrow })
}

fn dot_general(cx: &Infer) -> Result<Loops, String> {
    let dtype = same_dtype(cx, &[0, 1])?;
    let (l, r) = (cx.tensor(0)?, cx.tensor(1)?);
    let side = |batch: &str, contract: &str, rank: usize| -> Result<[Vec<usize>; 3], String> {
        let all = axes(&[cx.attrs.ints(batch), cx.attrs.ints(contract)].concat(), rank)?;
        let (batch, contract) = all.split_at(cx.attrs.ints(batch).len());
        let free = (0..rank).filter(|i| !all.contains(i)).collect();
        Ok([batch.to_vec(), contract.to_vec(), free])
    };
    let [l_batch, l_contract, l_free] = side("lhs_batch", "lhs_contract", l.rank())?;
    let [r_batch, r_contract, r_free] = side("rhs_batch", "rhs_contract", r.rank())?;
    if l_batch.len() != r_batch.len() || l_contract.len() != r_contract.len() {
        return Err(
            "both sides must list equally many batch axes and equally many contracted axes".to_string()
        );
    }
    let pairs = l_batch.iter().zip(&r_batch).chain(l_contract.iter().zip(&r_contract));
    for (&i, &j) in pairs {
        let what = format!("dimension {i} of the left side and dimension {j} of the right side");
        cx.equal(l.shape[i], r.shape[j], &what)?;
    }
    let dims = |ty: &TensorType, which: &[usize]| which.iter().map(|&i| ty.shape[i]).collect::<Vec<_>>();
    let out = [dims(l, &l_batch), dims(l, &l_free), dims(r, &r_free)].concat();
    let (mut l_index, mut r_index) = (vec![Term::int(0); l.rank()], vec![Term::int(0); r.rank()]);
    let place = |which: &[usize], index: &mut Vec<Term>, from: usize| {
        for (k, &i) in which.iter().enumerate() {
            index[i] = Term::axis(from + k);
        }
    };
    let batch = l_batch.len();
    place(&l_batch, &mut l_index, 0);
    place(&r_batch, &mut r_index, 0);
    place(&l_free, &mut l_index, batch);
    place(&r_free, &mut r_index, batch + l_free.len());
    place(&l_contract, &mut l_index, out.len());
    place(&r_contract, &mut r_index, out.len());
    let reduce = dims(l, &l_contract);
    product(out, reduce, vec![Read::new(0, dtype, l_index), Read::new(1, dtype, r_index)])
}

fn matmul(cx: &Infer) -> Result<Loops, String> {
    let dtype = same_dtype(cx, &[0, 1])?;
    let (l, r) = (cx.tensor(0)?, cx.tensor(1)?);
    if l.rank() == 0 || r.rank() == 0 {
        return Err("a matrix product needs operands of rank 1 or more".to_string());
    }
    // A vector is a row on the left and a column on the right, and its unit dimension is not in the result.
    let (l_row, r_column) = (l.rank() >= 2, r.rank() >= 2);
    let l_batch = &l.shape[..l.rank().saturating_sub(2)];
    let r_batch = &r.shape[..r.rank().saturating_sub(2)];
    let inner = l.shape[l.rank() - 1];
    cx.equal(
        inner,
        r.shape[r.rank() - 1 - usize::from(r_column)],
        "the inner dimensions of a matrix product",
    )?;
    let batch = cx.broadcast(&[l_batch, r_batch])?;
    let mut out = batch.clone();
    let batch_index =
        |dims: &[Term]| super::super::loops::broadcast_index(&batch, &TensorType::new(dtype, dims.to_vec()));
    let (mut l_index, mut r_index) = (batch_index(l_batch), batch_index(r_batch));
    if l_row {
        l_index.push(Term::axis(out.len()));
        out.push(l.shape[l.rank() - 2]);
    }
    let column = Term::axis(out.len());
    if r_column {
        out.push(r.shape[r.rank() - 1]);
    }
    let k = Term::axis(out.len());
    l_index.push(k);
    r_index.push(k);
    if r_column {
        r_index.push(column);
    }
    product(out, vec![inner], vec![Read::new(0, dtype, l_index), Read::new(1, dtype, r_index)])
}

/// A label of an einsum: a letter, or a dimension of the ellipsis counted from its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Label {
    Ellipsis(usize),
    Letter(char),
}

/// The labels of one side; `...` stands for `covered` dimensions.
fn labels(text: &str, covered: impl Fn(usize) -> Result<usize, String>) -> Result<Vec<Label>, String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (before, after) = match text.split_once("...") {
        Some((before, after)) => (before, Some(after)),
        None => (text.as_str(), None),
    };
    let letters = |s: &str| -> Result<Vec<Label>, String> {
        s.chars()
            .map(|c| {
                if c.is_ascii_alphabetic() {
                    Ok(Label::Letter(c))
                } else {
                    Err(format!("{c:?} is no label of an einsum"))
                }
            })
            .collect()
    };
    let mut result = letters(before)?;
    if let Some(after) = after {
        let after = letters(after)?;
        let n = covered(result.len() + after.len())?;
        result.extend((0..n).rev().map(Label::Ellipsis));
        result.extend(after);
    }
    Ok(result)
}

fn einsum(cx: &Infer) -> Result<Loops, String> {
    let operands: Vec<usize> = (0..cx.operands.len()).collect();
    let dtype = same_dtype(cx, &operands)?;
    let equation = cx.attrs.str("equation");
    let (inputs, output) = match equation.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (equation, None),
    };
    let parts: Vec<&str> = inputs.split(',').collect();
    if parts.len() != operands.len() {
        return Err(format!("{equation} names {} operands, but there are {}", parts.len(), operands.len()));
    }
    let mut extents: std::collections::BTreeMap<Label, Term> = Default::default();
    let mut uses: Vec<Vec<Label>> = vec![];
    for (k, part) in parts.iter().enumerate() {
        let x = cx.tensor(k)?;
        let misfit = || format!("{part} does not fit operand {k} of rank {}", x.rank());
        let named = labels(part, |letters| x.rank().checked_sub(letters).ok_or_else(misfit))?;
        if named.len() != x.rank() {
            return Err(misfit());
        }
        for (label, &dim) in named.iter().zip(&x.shape) {
            let extent = extents.entry(*label).or_insert(dim);
            *extent = cx.broadcast(&[&[*extent], &[dim]])?[0];
        }
        uses.push(named);
    }
    let widest = extents.keys().filter(|l| matches!(l, Label::Ellipsis(_))).count();
    let out_labels = match output {
        Some(output) => labels(output, |_| Ok(widest))?,
        None => {
            // Implicit output: the ellipsis, then the letters that occur once, in alphabetical order.
            let count = |label: &Label| uses.iter().flatten().filter(|l| *l == label).count();
            let once = extents.keys().filter(|l| matches!(l, Label::Letter(_)) && count(l) == 1);
            (0..widest).rev().map(Label::Ellipsis).chain(once.copied()).collect()
        }
    };
    if let Some(unknown) = out_labels.iter().find(|l| !extents.contains_key(l)) {
        return Err(format!("{unknown:?} of the result occurs in no operand"));
    }
    if (1..out_labels.len()).any(|i| out_labels[..i].contains(&out_labels[i])) {
        return Err(format!("a label occurs twice in the result of {equation}"));
    }
    let summed: Vec<Label> = extents.keys().filter(|l| !out_labels.contains(l)).copied().collect();
    let order: Vec<Label> = out_labels.iter().chain(&summed).copied().collect();
    let reads = uses
        .iter()
        .enumerate()
        .map(|(k, named)| {
            let x = cx.tensor(k)?;
            let index = named.iter().zip(&x.shape).map(|(label, dim)| {
                let position = order.iter().position(|l| l == label).expect("every label has a loop");
                // A dimension 1 stretches, as in broadcasting.
                if dim.as_int() == Some(1) { Term::int(0) } else { Term::axis(position) }
            });
            Ok(Read::new(k, dtype, index.collect()))
        })
        .collect::<Result<_, String>>()?;
    let dims = |which: &[Label]| which.iter().map(|l| extents[l]).collect();
    product(dims(&out_labels), dims(&summed), reads)
}

const LIST: fn() -> Attr = || Attr::Ints(vec![]);

pub(super) static ROWS: &[OpSpec] = &[
    OpSpec {
        name: "dot_general",
        doc: "Sum of products over pairs of contracted axes, for each position of paired batch axes (StableHLO `dot_general`). \
              Result: batch axes, the left side's other axes, the right side's other axes.",
        operands: Arity::Exactly(2),
        attributes: &[
            attr_or("lhs_batch", AttrKind::Ints, LIST, "batch axes of the left side"),
            attr_or("rhs_batch", AttrKind::Ints, LIST, "batch axes of the right side, paired"),
            attr("lhs_contract", AttrKind::Ints, "contracted axes of the left side"),
            attr("rhs_contract", AttrKind::Ints, "contracted axes of the right side, paired"),
        ],
        def: OpDef::Loops(dot_general),
        laws: &[],
        numerics: Numerics::Reassociating,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[Example {
            operands: &["f32[2,2] [1, 2, 3, 4]", "f32[2,2] [5, 6, 7, 8]"],
            attributes: "lhs_contract = [1], rhs_contract = [0]",
            result: "f32[2,2] [19, 22, 43, 50]",
        }],
    },
    OpSpec {
        name: "matmul",
        doc: "Matrix product with broadcast batch dimensions (NumPy and ONNX `MatMul`).",
        operands: Arity::Exactly(2),
        attributes: &[],
        def: OpDef::Loops(matmul),
        laws: &[],
        numerics: Numerics::Reassociating,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[
            Example {
                operands: &["f32[2,1,2] [1, 2, 3, 4]", "f32[2,1] [5, 6]"],
                attributes: "",
                result: "f32[2,1,1] [17, 39]",
            },
            Example { operands: &["f32[2] [1, 2]", "f32[2] [3, 4]"], attributes: "", result: "f32[] 11" },
        ],
    },
    OpSpec {
        name: "einsum",
        doc: "Sum of products by labels (NumPy `einsum`): labels missing from the result are summed, `...` broadcasts.",
        operands: Arity::AtLeast(1),
        attributes: &[attr("equation", AttrKind::Str, "such as `bij,bjk->bik`")],
        def: OpDef::Loops(einsum),
        laws: &[],
        numerics: Numerics::Reassociating,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[
            Example {
                operands: &["f32[2,2] [1, 2, 3, 4]", "f32[2,2] [5, 6, 7, 8]"],
                attributes: "equation = \"...ij,...kj->...ik\"",
                result: "f32[2,2] [17, 23, 39, 53]",
            },
            Example {
                operands: &["f32[2,2] [1, 2, 3, 4]"],
                attributes: "equation = \"ii\"",
                result: "f32[] 5",
            },
        ],
    },
];
