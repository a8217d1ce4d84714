//! The fast evaluator against the definition.

use super::literal::attributes;
use super::{Source, same};
use crate::dtype::DType;
use crate::eval::{eval_loops, eval_plain};
use crate::ops::attrs::{Attr, Attrs};
use crate::ops::{Infer, Loops, OpDef, OpSpec, TABLE, find};
use crate::tensor::Tensor;
use crate::term::{Sym, Term};
use crate::types::{TensorType, Type};
use std::collections::HashMap;

/// Both evaluators on random operands of these types; answers false if the row refuses them.
fn agree(source: &mut Source, spec: &OpSpec, types: &[(DType, Vec<usize>)], attributes_text: &str) -> bool {
    let OpDef::Loops(loops) = &spec.def else { return false };
    let attrs = spec.complete(attributes(spec, attributes_text)).expect(spec.name);
    let operand_types: Vec<Type> =
        types.iter().map(|(d, shape)| TensorType::fixed(*d, shape).into()).collect();
    let Ok(nest) = loops(&Infer::new(&operand_types, &attrs)) else { return false };
    let tensors: Vec<Tensor> = types.iter().map(|(d, shape)| source.tensor(*d, shape)).collect();
    let tensors: Vec<&Tensor> = tensors.iter().collect();
    let (fast, plain) = (eval_loops(&nest, &tensors), eval_plain(&nest, &tensors));
    let symbolic = symbolic(loops, types, &attrs).map(|nest| eval_loops(&nest, &tensors));
    if let Some(symbolic) = &symbolic {
        assert_eq!(symbolic.is_ok(), fast.is_ok(), "{} {types:?} {attributes_text} by symbols", spec.name);
    }
    if let (Ok(fast), Some(Ok(symbolic))) = (&fast, &symbolic) {
        assert!(
            same(fast, symbolic),
            "{} {types:?} {attributes_text} by symbols\n{fast:?}\n{symbolic:?}",
            spec.name
        );
    }
    match (&fast, &plain) {
        (Ok(fast), Ok(plain)) => {
            assert!(same(fast, plain), "{} {types:?} {attributes_text}\n{fast:?}\n{plain:?}", spec.name)
        }
        (fast, plain) => assert_eq!(fast, plain, "{} {types:?} {attributes_text}", spec.name),
    }
    true
}

/// The nest made for symbolic dimensions, with the symbols bound afterwards; one symbol per extent above 1, in shapes and in
/// attributes that are terms. `None` if the row asks for numbers.
fn symbolic(
    loops: &dyn Fn(&Infer) -> Result<Loops, String>,
    types: &[(DType, Vec<usize>)],
    attrs: &Attrs,
) -> Option<Loops> {
    let sym = |n: i64| Sym::named(&format!("extent{n}"));
    let dim = |n: i64| if n > 1 { Term::sym(sym(n)) } else { Term::int(n) };
    let shape = |shape: &[usize]| shape.iter().map(|&d| dim(d as i64)).collect();
    let types: Vec<Type> = types.iter().map(|(d, s)| TensorType::new(*d, shape(s)).into()).collect();
    let mut changed = attrs.clone();
    for (name, attr) in attrs.iter() {
        if let Attr::Terms(terms) = attr {
            changed.set(name, Attr::Terms(terms.iter().map(|t| t.as_int().map_or(*t, dim)).collect()));
        }
    }
    let nest = loops(&Infer::new(&types, &changed)).ok()?;
    let bound: HashMap<Sym, Term> = (2..1000).map(|n| (sym(n), Term::int(n))).collect();
    Some(nest.subst(&bound))
}

#[test]
fn elementwise_rows_agree_on_every_type() {
    let mut source = Source(1000);
    let mut instances = 0;
    for spec in TABLE.iter().copied().flatten().filter(|s| s.attributes.is_empty()) {
        let crate::ops::Arity::Exactly(arity) = spec.operands else { continue };
        for dtype in DType::ALL {
            let shapes = [vec![3, 1, 7], vec![5, 1], vec![]];
            let mut types: Vec<_> = shapes.into_iter().take(arity).map(|shape| (dtype, shape)).collect();
            if arity == 3 && agree(&mut source, spec, &types, "") {
                instances += 1;
            }
            types[0].0 = if arity == 3 { DType::Bool } else { dtype };
            instances += usize::from(agree(&mut source, spec, &types, ""));
        }
    }
    assert!(instances > 400, "{instances}");
}

#[test]
fn conversions_agree_between_all_types() {
    let mut source = Source(2000);
    let spec = find("convert").expect("a row");
    for from in DType::ALL {
        for to in DType::ALL {
            assert!(agree(&mut source, spec, &[(from, vec![40])], &format!("to = {to}")));
        }
    }
}

/// A row, the types of its operands, and its attributes.
type Instance<'a> = (&'a str, &'a [(DType, &'a [usize])], &'a str);

const F32: DType = DType::F32;
const I64: DType = DType::I64;

#[test]
fn index_maps_agree() {
    let mut source = Source(3000);
    let all: &[Instance] = &[
        ("reshape", &[(F32, &[4, 6])], "shape = [3, 8]"),
        ("reshape", &[(F32, &[2, 3, 4, 5])], "shape = [6, 1, 2, 10]"),
        ("reshape", &[(F32, &[6])], "shape = [1, 2, 1, 3]"),
        ("reshape", &[(F32, &[0, 6])], "shape = [3, 0]"),
        ("reshape", &[(F32, &[1, 1])], "shape = []"),
        ("transpose", &[(F32, &[2, 3, 4])], "permutation = [2, 0, 1]"),
        ("broadcast_to", &[(F32, &[3, 1])], "shape = [2, 3, 4]"),
        ("slice", &[(F32, &[7, 8])], "start = [1, 0], limit = [6, 8], stride = [2, 3]"),
        ("pad", &[(F32, &[3, 4])], "low = [1, -1], high = [2, 3]"),
        ("pad", &[(F32, &[3, 4]), (F32, &[])], "low = [0, 2], high = [0, 1]"),
        ("pad", &[(F32, &[3, 4])], "low = [2, 1], high = [2, 3], mode = \"reflect\""),
        ("pad", &[(F32, &[3, 4])], "low = [2, 6], high = [5, 1], mode = \"edge\""),
        ("pad", &[(F32, &[3, 4])], "low = [2, 1], high = [1, 3], mode = \"circular\""),
        ("concat", &[(F32, &[2, 3]), (F32, &[2, 0]), (F32, &[2, 2])], "axis = 1"),
        ("reverse", &[(F32, &[2, 3, 4])], "axes = [0, -1]"),
        ("update_slice", &[(F32, &[5, 9]), (F32, &[2, 4])], "start = [1, 0], stride = [3, 2]"),
        ("update_slice", &[(F32, &[5]), (F32, &[0])], "start = [1]"),
        ("triu", &[(F32, &[2, 4, 5])], "diagonal = 1"),
        ("tril", &[(I64, &[5, 4])], "diagonal = -1"),
        ("gather", &[(F32, &[4, 3, 2]), (I64, &[2, 2])], "axis = 1"),
        ("gather", &[(F32, &[4]), (DType::I32, &[])], "axis = 0"),
        ("gather", &[(F32, &[0]), (I64, &[2])], "axis = 0"),
        ("gather_elements", &[(F32, &[4, 3]), (I64, &[2, 3])], "axis = 0"),
        ("gather_nd", &[(F32, &[4, 3, 2]), (I64, &[5, 2])], ""),
        ("iota", &[], "dtype = f16, shape = [3, 300], axis = 1"),
        ("full", &[], "value = 3:u8, shape = []"),
        ("one_hot", &[(I64, &[6])], "depth = 4, dtype = bool"),
        (
            "resize",
            &[(F32, &[1, 2, 5, 4])],
            "mode = \"nearest\", sizes = [7, 3], coordinate = \"asymmetric\", nearest_rounding = \"floor\"",
        ),
        (
            "resize",
            &[(F32, &[1, 2, 5, 4])],
            "mode = \"nearest\", sizes = [8, 9], nearest_rounding = \"round_prefer_ceil\"",
        ),
        ("resize", &[(F32, &[1, 2, 5, 4])], "mode = \"linear\", sizes = [7, 3]"),
        (
            "resize",
            &[(F32, &[1, 2, 5, 4])],
            "mode = \"linear\", sizes = [9, 1], coordinate = \"align_corners\"",
        ),
        (
            "resize",
            &[(F32, &[1, 1, 5, 4])],
            "mode = \"cubic\", sizes = [7, 9], coordinate = \"pytorch_half_pixel\"",
        ),
        ("resize", &[(F32, &[1, 1, 5])], "mode = \"linear\", sizes = [8], scales = [1.7]"),
    ];
    run_all(&mut source, all);
}

fn run_all(source: &mut Source, all: &[Instance]) {
    for (name, types, attrs) in all {
        let types: Vec<_> = types.iter().map(|(d, shape)| (*d, shape.to_vec())).collect();
        assert!(agree(source, find(name).expect(name), &types, attrs), "{name} {types:?} {attrs} is refused");
    }
}

#[test]
fn reductions_and_contractions_agree() {
    let mut source = Source(4000);
    for dtype in DType::ALL {
        for name in ["reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "reduce_and", "reduce_or"] {
            for (shape, attrs) in [
                (vec![3, 4, 100], "axes = [0, 2]"),
                (vec![3, 4, 100], "axes = [1], keepdims = true"),
                (vec![700], "axes = [0]"),
                (vec![3, 0], "axes = [1]"),
                (vec![], "axes = []"),
                (vec![3], "axes = []"),
            ] {
                agree(&mut source, find(name).expect(name), &[(dtype, shape)], attrs);
            }
        }
        for name in ["argmax", "argmin"] {
            for (shape, axis) in [(vec![3, 400], 1), (vec![90, 5], -1), (vec![4, 3], 0)] {
                assert!(agree(
                    &mut source,
                    find(name).expect(name),
                    &[(dtype, shape)],
                    &format!("axis = {axis}")
                ));
            }
        }
    }
    run_all(
        &mut source,
        &[
            (
                "dot_general",
                &[(F32, &[2, 3, 4]), (F32, &[2, 4, 5])],
                "lhs_batch = [0], rhs_batch = [0], lhs_contract = [2], rhs_contract = [1]",
            ),
            ("dot_general", &[(F32, &[3]), (F32, &[4])], "lhs_contract = [], rhs_contract = []"),
            ("matmul", &[(F32, &[2, 1, 3, 4]), (F32, &[5, 4, 2])], ""),
            ("matmul", &[(DType::F16, &[4]), (DType::F16, &[4, 2])], ""),
            ("matmul", &[(I64, &[3, 300]), (I64, &[300])], ""),
            ("einsum", &[(F32, &[2, 3]), (F32, &[3, 4]), (F32, &[4])], "equation = \"ij,jk,k->ki\""),
            ("einsum", &[(F32, &[2, 3, 3])], "equation = \"...ii->...i\""),
            (
                "conv",
                &[(F32, &[2, 4, 7, 6]), (F32, &[6, 2, 3, 2])],
                "strides = [2, 1], pads_low = [1, 0], pads_high = [2, 1], rhs_dilation = [1, 2], groups = 2",
            ),
            (
                "conv",
                &[(F32, &[1, 3, 8, 8]), (F32, &[3, 1, 3, 3])],
                "pads_low = [1, 1], pads_high = [1, 1], groups = 3",
            ),
            (
                "conv",
                &[(F32, &[1, 2, 4, 3]), (F32, &[3, 2, 3, 3])],
                "lhs_dilation = [2, 3], pads_low = [2, 1], pads_high = [2, 2]",
            ),
            ("conv", &[(DType::F64, &[1, 2, 20, 20, 2]), (DType::F64, &[2, 2, 1, 3, 1])], ""),
            (
                "reduce_window",
                &[(F32, &[1, 2, 9, 9])],
                "kind = \"max\", window = [3, 2], strides = [2, 2], pads_low = [1, 1], pads_high = [1, 0]",
            ),
            ("reduce_window", &[(F32, &[1, 2, 9])], "kind = \"sum\", window = [3], dilations = [2]"),
            ("reduce_window", &[(DType::I32, &[1, 1, 9])], "kind = \"min\", window = [4], pads_low = [3]"),
        ],
    );
}
