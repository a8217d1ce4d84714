//! Integer terms that depend on data, as subnets of scalar operators.
//!
//! The host program ends with an error where integers leave 64 bits; tensors wrap. So only that is computed on the device
//! which cannot leave them ([`Size`]): numbers that are known, and counters.

use braid_ir::net::{Builder, Net, Terminator, ValueId};
use braid_ir::ops::attrs::{Attr, AttrKind};
use braid_ir::ops::{Arity, Infer, OpDef, OpSpec, TABLE};
use braid_ir::{Attrs, DType, Loc, Node, ScalarOp, Sym, TensorType, Term, Type};
use std::collections::HashMap;

/// What a parameter of a scalar subnet is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// An integer on the device.
    Data(Sym),
    /// A term over what the host knows.
    Known(Term),
}

/// The row that computes an operation on scalars of these types, and its attributes.
fn row(op: ScalarOp, operands: &[DType]) -> Option<(&'static OpSpec, Attrs)> {
    let types: Vec<Type> = operands.iter().map(|&dtype| TensorType::scalar(dtype).into()).collect();
    let loads: Vec<Term> = operands.iter().enumerate().map(|(k, &dtype)| Term::load(k, dtype)).collect();
    let body = Term::try_apply(op, &loads).ok()?;
    // A conversion says to what.
    let to = if let ScalarOp::Cast(to) = op { Some(to) } else { None };
    let fits = |spec: &&'static OpSpec| {
        let attributes = spec.attributes;
        matches!(spec.operands, Arity::Exactly(count) if count == operands.len())
            && attributes.len() == usize::from(to.is_some())
            && attributes.iter().all(|attribute| attribute.kind == AttrKind::DType)
    };
    let mut rows = TABLE.iter().flat_map(|rows| rows.iter()).filter(fits);
    rows.find_map(|spec| {
        let OpDef::Loops(loops) = spec.def else { return None };
        let mut attrs = Attrs::default();
        if let (Some(attribute), Some(to)) = (spec.attributes.first(), to) {
            attrs.set(attribute.name, Attr::DType(to));
        }
        let loops = loops(&Infer::new(&types, &attrs)).ok()?;
        let plain = loops.out.is_empty() && loops.reduce.is_empty() && loops.narrow.is_none();
        (plain && loops.body == body).then_some((spec, attrs))
    })
}

/// A term as a subnet with one result, and what its parameters are.
///
/// # Errors
/// If the term holds an operation that devices do not compute.
pub(crate) fn scalar(term: Term, on_data: &dyn Fn(Sym) -> bool) -> Result<(Net, Vec<Operand>), String> {
    let mut net = Net::new("scalar");
    let mut operands = Vec::new();
    let mut values: HashMap<Term, ValueId> = HashMap::new();
    let depends = |term: Term| term.syms().into_iter().any(on_data);
    for part in term.postorder() {
        if part != term && !depends(part) {
            continue;
        }
        let value = match part.node() {
            Node::Apply(op, args) if depends(part) => {
                let dtypes: Vec<DType> = args.iter().map(|arg| arg.dtype()).collect();
                let (spec, attrs) =
                    row(op, &dtypes).ok_or_else(|| format!("{} is not computed on devices", op.name()))?;
                let mut given = Vec::new();
                for &arg in &args {
                    given.push(match values.get(&arg) {
                        Some(&value) => value,
                        None => leaf(&mut net, arg, Operand::Known(arg), &mut operands, &mut values)?,
                    });
                }
                let mut builder = Builder::new(&mut net, Net::ENTRY, Loc::default());
                builder.op1(spec.name, &given, attrs).map_err(|error| error.to_string())?
            }
            Node::Sym(sym) if on_data(sym) => {
                leaf(&mut net, part, Operand::Data(sym), &mut operands, &mut values)?
            }
            _ => leaf(&mut net, part, Operand::Known(part), &mut operands, &mut values)?,
        };
        values.insert(part, value);
    }
    let result = values[&term];
    net.block_mut(Net::ENTRY).end = Terminator::Return(vec![result]);
    Ok((net, operands))
}

/// A constant, or a parameter.
fn leaf(
    net: &mut Net,
    term: Term,
    operand: Operand,
    operands: &mut Vec<Operand>,
    values: &mut HashMap<Term, ValueId>,
) -> Result<ValueId, String> {
    let value = match term.as_const() {
        Some(constant) => {
            let mut builder = Builder::new(net, Net::ENTRY, Loc::default());
            builder.full(constant, vec![]).map_err(|error| error.to_string())?
        }
        None => {
            operands.push(operand);
            net.add_param(Net::ENTRY, TensorType::scalar(term.dtype()).into())
        }
    };
    values.insert(term, value);
    Ok(value)
}

/// How large an integer may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Size {
    /// No larger than this, which is at most [`FIXED`].
    Fixed(f64),
    /// It began as that and has been changed by [`STEP`] at most, once in every round of a loop: no machine makes enough rounds for
    /// it to become larger than twice [`FIXED`].
    Counting,
    /// No larger than four times [`FIXED`]: not to be computed with, but to be compared.
    Large,
    /// What was read from memory: the same.
    Any,
    /// It may have left 64 bits.
    Lost,
}

const FIXED: f64 = (1u64 << 60) as f64;
const STEP: f64 = (1u64 << 20) as f64;

impl Size {
    /// Nothing is known to arrive yet.
    pub(crate) const NONE: Size = Size::Fixed(0.0);
    /// A dimension of an input: memory ends much earlier.
    pub(crate) const DIMENSION: Size = Size::Fixed((1u64 << 48) as f64);

    fn level(self) -> u8 {
        match self {
            Size::Fixed(_) => 0,
            Size::Counting => 1,
            Size::Large => 2,
            Size::Any => 3,
            Size::Lost => 4,
        }
    }

    fn fixed(bound: f64) -> Size {
        match bound {
            bound if bound <= FIXED => Size::Fixed(bound),
            bound if bound <= 4.0 * FIXED => Size::Large,
            _ => Size::Lost,
        }
    }

    /// One or the other.
    pub(crate) fn join(self, other: Size) -> Size {
        match (self, other) {
            (Size::Fixed(a), Size::Fixed(b)) => Size::Fixed(a.max(b)),
            _ if self.level() < other.level() => other,
            _ => self,
        }
    }

    /// As what arrives from several places, perhaps in rounds.
    pub(crate) fn counting(self) -> Size {
        match self {
            Size::Fixed(_) | Size::Counting => Size::Counting,
            Size::Large | Size::Any => Size::Any,
            Size::Lost => Size::Lost,
        }
    }

    fn plus(self, other: Size) -> Size {
        match (self, other) {
            (Size::Fixed(a), Size::Fixed(b)) => Size::fixed(a + b),
            (Size::Counting, Size::Fixed(step)) | (Size::Fixed(step), Size::Counting) if step <= STEP => {
                Size::Counting
            }
            (Size::Counting | Size::Fixed(_), Size::Counting | Size::Fixed(_)) => Size::Large,
            _ => Size::Lost,
        }
    }

    fn times(self, other: Size) -> Size {
        match (self, other) {
            (Size::Fixed(a), Size::Fixed(b)) => Size::fixed(a * b),
            (size, Size::Fixed(one)) | (Size::Fixed(one), size) if one <= 1.0 => match size {
                // The negative of the least integer is none.
                Size::Any => Size::Lost,
                size => size,
            },
            _ => Size::Lost,
        }
    }

    /// The size of a term's value.
    pub(crate) fn of(term: Term, sym: &dyn Fn(Sym) -> Size) -> Size {
        use ScalarOp::*;
        let mut sizes: HashMap<Term, Size> = HashMap::new();
        for part in term.postorder() {
            let size = match part.node() {
                Node::Const(value) if part.dtype() == DType::I64 => {
                    Size::fixed((value.as_i128() as f64).abs())
                }
                Node::Const(_) => Size::Fixed(1.0),
                Node::Sym(of) => sym(of),
                Node::Apply(op, args) => {
                    let of = |k: usize| args.get(k).map_or(Size::Lost, |arg| sizes[arg]);
                    let divisor = args.get(1).and_then(|by| by.as_int()).filter(|&by| by > 0);
                    let lost = args.iter().any(|arg| sizes[arg] == Size::Lost);
                    match op {
                        _ if lost => Size::Lost,
                        Eq | Ne | Lt | Le | Gt | Ge => Size::Fixed(1.0),
                        Not | And | Or | Xor if part.dtype() == DType::Bool => Size::Fixed(1.0),
                        Add | Sub => of(0).plus(of(1)),
                        Mul => of(0).times(of(1)),
                        Neg => of(0).times(Size::Fixed(1.0)),
                        Min | Max => of(0).join(of(1)),
                        Select => of(1).join(of(2)),
                        FloorDiv if divisor.is_some() => of(0),
                        Mod => divisor.map_or(Size::Lost, |by| Size::fixed(by as f64)),
                        Cast(_) if args[0].dtype() == DType::Bool => Size::Fixed(1.0),
                        _ => Size::Lost,
                    }
                }
                Node::Axis(_) | Node::Load(..) => Size::Lost,
            };
            sizes.insert(part, size);
        }
        sizes[&term]
    }

    /// # Errors
    /// If the value may have left 64 bits.
    pub(crate) fn check(self) -> Result<(), String> {
        match self {
            Size::Lost => Err("its integers may leave 64 bits".to_string()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(of: Size) -> impl Fn(Term) -> Size {
        move |term| Size::of(term, &|_| of)
    }

    #[test]
    fn every_operation_on_counters_has_a_row() {
        use ScalarOp::*;
        let ints = [Add, Sub, Mul, FloorDiv, Mod, Min, Max, Eq, Ne, Lt, Le, Gt, Ge];
        for op in ints {
            assert!(row(op, &[DType::I64; 2]).is_some(), "{op:?}");
        }
        for op in [And, Or, Xor] {
            assert!(row(op, &[DType::Bool; 2]).is_some(), "{op:?}");
        }
        assert!(row(Not, &[DType::Bool]).is_some());
        assert!(row(Neg, &[DType::I64]).is_some());
        assert!(row(Select, &[DType::Bool, DType::I64, DType::I64]).is_some());
        assert!(row(Cast(DType::I64), &[DType::Bool]).is_some());
    }

    #[test]
    fn what_may_leave_64_bits_is_known() {
        let i = Term::sym(Sym::named("i"));
        let large = Term::int(1 << 60);
        assert_eq!(sizes(Size::Counting)(i + Term::int(1)), Size::Counting);
        assert_eq!(sizes(Size::Counting)(i - Term::int(1)), Size::Counting);
        assert_eq!(sizes(Size::Counting)((i + Term::int(7)).less(Term::int(3))), Size::Fixed(1.0));
        assert_eq!(sizes(Size::Counting)(i + Term::int(1 << 40)), Size::Large);
        assert_eq!(sizes(Size::Counting)(i * Term::int(2)), Size::Lost);
        assert_eq!(sizes(Size::Any)(i + Term::int(1)), Size::Lost);
        assert_eq!(sizes(Size::Any)(i.less(Term::int(3))), Size::Fixed(1.0));
        assert_eq!(sizes(Size::DIMENSION)(i * i), Size::Lost);
        assert_eq!(sizes(Size::DIMENSION)(i + large), Size::Large);
        assert_eq!(sizes(Size::DIMENSION)(i + large + i), Size::Large);
        // What is large already is not computed with.
        assert_eq!(sizes(Size::DIMENSION)(i + Term::int(1 << 61)), Size::Lost);
        assert!(sizes(Size::Any)(i * i).check().is_err());
    }
}
