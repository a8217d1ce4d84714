//! How a nest is run: which axis in vectors, which in loops.

use super::index::{affine, mentions};
use super::nest::Nest;
use super::product::Product;
use super::target::Target;
use braid_ir::ops::Reduction;
use braid_ir::term::Node;
use braid_ir::{ScalarOp, Term};

/// Fewer points than this are not worth the code of a vector loop.
const FEW_POINTS: i64 = 8;

/// How a nest is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Element by element: anything.
    Scalar,
    /// An output axis in vectors.
    Lanes {
        /// Which.
        axis: usize,
        /// Elements in a vector.
        lanes: usize,
    },
    /// A reduction axis in vectors, combined at the end.
    Rows {
        /// Which.
        axis: usize,
        /// Elements in a vector.
        lanes: usize,
    },
    /// A matrix product or convolution in registers.
    Product(Product),
}

impl Schedule {
    // A sum of products is arranged before, because its panel may have to be packed; see [`super::product`].

    /// The schedule of a nest on a processor.
    pub fn of(nest: &Nest, target: &Target) -> Schedule {
        let rank = nest.rank();
        let index_reduction = matches!(nest.reduction, Some(Reduction::ArgMax | Reduction::ArgMin));
        let out = (0..rank).rev().find(|&axis| stride(nest.store, nest, axis) == Stride::Next);
        let row = (rank..nest.axes()).rev().find(|&axis| {
            !index_reduction
                && easy(nest, axis)
                && nest.reads.iter().any(|r| stride(r.address, nest, axis) == Stride::Next)
                && nest.reads.iter().all(|r| stride(r.address, nest, axis) != Stride::Free)
        });
        let out = out.filter(|&axis| easy(nest, axis) && worthwhile(nest.extent(axis)));
        let gathers = out.is_none_or(|axis| {
            nest.reads
                .iter()
                .any(|r| in_reduction(nest, r.address) && stride(r.address, nest, axis) == Stride::Free)
        });
        match (out, row.filter(|&axis| worthwhile(nest.extent(axis)))) {
            (_, Some(axis)) if gathers => Schedule::Rows { axis, lanes: lanes(nest, axis, target) },
            (Some(axis), _) => Schedule::Lanes { axis, lanes: lanes(nest, axis, target) },
            _ => Schedule::Scalar,
        }
    }
}

/// How an address moves along an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stride {
    Same,
    Next,
    Free,
}

fn stride(address: Term, nest: &Nest, axis: usize) -> Stride {
    if !mentions(address, axis) {
        return Stride::Same;
    }
    match affine(address, nest.axes()).and_then(|(c, _)| c[axis].as_int()) {
        Some(1) => Stride::Next,
        _ => Stride::Free,
    }
}

fn in_reduction(nest: &Nest, address: Term) -> bool {
    (nest.rank()..nest.axes()).any(|axis| mentions(address, axis))
}

fn worthwhile(extent: Term) -> bool {
    extent.as_int().is_none_or(|e| e >= FEW_POINTS)
}

/// Whether index arithmetic along the axis is such as vectors have: no division.
fn easy(nest: &Nest, axis: usize) -> bool {
    let divides = |term: Term| {
        term.postorder().iter().any(|t| match t.node() {
            Node::Apply(ScalarOp::FloorDiv | ScalarOp::Mod | ScalarOp::Div | ScalarOp::Rem, _) => {
                t.dtype().is_int() && mentions(*t, axis)
            }
            _ => false,
        })
    };
    !nest.terms().any(divides)
}

/// Lanes for an axis: as wide as the registers for the widest element, and no wider than the axis is long.
fn lanes(nest: &Nest, axis: usize, target: &Target) -> usize {
    let wide = nest.reads.iter().map(|r| r.dtype.size()).chain([nest.dtype.size()]).any(|size| size == 8);
    let most = if wide { target.lanes() / 2 } else { target.lanes() };
    match nest.extent(axis).as_int() {
        Some(extent) => most.min(usize::try_from(extent).unwrap_or(1).next_power_of_two()),
        None => most,
    }
}
