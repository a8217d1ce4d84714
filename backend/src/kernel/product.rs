//! Sums of products: matrix products and convolutions, recognised by their index maps alone.
//!
//! Of the two operands one is the *panel*: along one output axis only it varies, and that axis runs in vectors. The other's
//! elements are spread over the lanes, for several *points* at a time, so that each vector of the panel is used for all of
//! them. The panel is read in the order of its use: weights are packed when the program is compiled, other tensors by a nest
//! of their own, unless they lie so already.

use super::graph::loads;
use super::index::affine;
use super::nest::{Nest, Slot};
use super::plan::Plan;
use super::target::Target;
use braid_ir::ops::Reduction;
use braid_ir::term::Node;
use braid_ir::{DType, Scalar, ScalarOp, Term};

/// Sums below this many multiplications are not worth a schedule of their own.
const FEW_MULTIPLICATIONS: f64 = 256.0;

/// A tensor that is packed when the program runs must serve at least this many points.
const POINTS_TO_PACK: f64 = 8.0;

/// Independent sums that keep the multiply-add units busy: latency times throughput of common cores.
const CHAINS: usize = 8;

/// How a sum of products is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The read whose elements are spread.
    pub spread: usize,
    /// The read that is loaded in vectors.
    pub panel: usize,
    /// The output axis along which the panel runs.
    pub lane_axis: usize,
    /// Elements of a vector.
    pub lanes: usize,
    /// Vectors of the panel at a time.
    pub vectors: usize,
    /// Whether the panel's blocks are padded to whole ones; otherwise the last block overlaps the one before.
    pub packed: bool,
    /// Output axes along which points are taken, with their number, outer first.
    pub tile: Vec<(usize, usize)>,
}

impl Product {
    /// Parts in which one sum of a tile of so many points is computed, to have enough independent ones.
    pub fn parts(&self, points: usize) -> usize {
        (CHAINS / (points * self.vectors)).clamp(1, 4)
    }
}

/// How a weight is packed: the order in which its elements are stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Packing {
    /// Extents and source strides of the packed dimensions, outermost first, counted in elements.
    pub dims: Vec<(usize, i64)>,
    /// Source address of the first element.
    pub offset: i64,
    /// Which dimension counts blocks of lanes; the last one counts lanes.
    pub block: usize,
    /// Lanes that exist: beyond them zeros are stored.
    pub count: usize,
}

impl Packing {
    /// Packs elements of `size` bytes.
    pub fn pack(&self, bytes: &[u8], size: usize) -> Vec<u8> {
        let total: usize = self.dims.iter().map(|(extent, _)| extent).product();
        let mut result = vec![0; total * size];
        let lanes = self.dims.last().map_or(1, |(extent, _)| *extent);
        let mut at = vec![0usize; self.dims.len()];
        for element in result.chunks_exact_mut(size) {
            if at[self.block] * lanes + at[at.len() - 1] < self.count {
                let address: i64 =
                    at.iter().zip(&self.dims).map(|(&i, (_, stride))| i as i64 * stride).sum::<i64>()
                        + self.offset;
                let from = address as usize * size;
                element.copy_from_slice(&bytes[from..from + size]);
            }
            for (digit, (extent, _)) in at.iter_mut().zip(&self.dims).rev() {
                *digit += 1;
                if *digit < *extent {
                    break;
                }
                *digit = 0;
            }
        }
        result
    }
}

/// Finds how nest number `i` of a plan is run as a sum of products, and packs its panel; `None` if it is none or not worth
/// it. `constant` says whether a parameter is a weight in every call; a weight that is packed then gets its form in `forms`.
pub fn arrange(
    plan: &mut Plan,
    i: usize,
    target: &Target,
    constant: &[bool],
    forms: &mut [Option<Packing>],
) -> Option<(usize, Product)> {
    let nest = &plan.nests[i];
    let shape = Shape::of(nest)?;
    let only_reader =
        |slot: Slot| plan.nests.iter().flat_map(|n| &n.reads).filter(|r| r.slot == slot).count() == 1;
    let is_weight = |read: usize| match nest.reads[read].slot {
        Slot::Param(p) => constant[p] && only_reader(nest.reads[read].slot),
        _ => false,
    };
    let lanes = target.lanes() * 4 / nest.body.dtype().size();
    let candidates = [(shape.reads[0], shape.reads[1]), (shape.reads[1], shape.reads[0])];
    let (spread, panel, lane_axis, how) = candidates
        .into_iter()
        .filter_map(|(spread, panel)| {
            let lane_axis = shape.lane_axis(nest, panel)?;
            let extent = nest.extent(lane_axis).as_int();
            let reused = shape.spread_only(nest, panel).map(|axis| nest.extent(axis)).collect::<Vec<_>>();
            let points = super::fuse::size(&reused);
            let how = if is_weight(panel) && shape.fixed(nest, panel) {
                Panel::Weight
            } else if shape.coefficient(panel, lane_axis).as_int() == Some(1)
                && extent.is_some_and(|extent| extent >= lanes as i64)
            {
                Panel::Direct
            } else if points >= POINTS_TO_PACK {
                Panel::Packed
            } else {
                return None;
            };
            Some((spread, panel, lane_axis, how))
        })
        .min_by_key(|candidate| candidate.3)?;
    // An extent that is known only when the program runs is taken for a typical one.
    let extent = super::fuse::size(&[nest.extent(lane_axis)]) as usize;
    if extent * 4 < lanes
        || super::fuse::size(&nest.out) * super::fuse::size(&nest.reduce) < FEW_MULTIPLICATIONS
    {
        return None;
    }
    let tile = shape.tile(nest, panel, lanes);
    let points: usize = tile.iter().map(|(_, n)| n).product();
    // Blocks of a panel that is not padded must fit in it.
    let blocks = if how == Panel::Direct { extent / lanes } else { extent.div_ceil(lanes) };
    let mut vectors = 1;
    while points * vectors < CHAINS && vectors * 2 <= blocks {
        vectors *= 2;
    }
    let product = Product { spread, panel, lane_axis, lanes, vectors, packed: how != Panel::Direct, tile };
    if how == Panel::Direct {
        return Some((i, product));
    }
    let layout = shape.layout(nest, panel, &product);
    match (how, nest.reads[panel].slot) {
        (Panel::Weight, Slot::Param(p)) => {
            forms[p] = Some(layout.packing()?);
            plan.nests[i].reads[panel].address = layout.address;
            Some((i, product))
        }
        _ => {
            let (slot, mut packer) = layout.nest(plan, &plan.nests[i].reads[panel].clone());
            packer.target = slot;
            let read = &mut plan.nests[i].reads[panel];
            read.slot = slot;
            read.address = layout.address;
            plan.nests.insert(i, packer);
            Some((i + 1, product))
        }
    }
}

/// Whether a nest is a sum of products in the form that [`arrange`] asks for.
pub fn is_in_form(nest: &Nest) -> bool {
    Shape::of(nest).is_some()
}

/// Where the panel's vectors come from, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Panel {
    /// A weight, packed beforehand.
    Weight,
    /// Memory as it is.
    Direct,
    /// A nest that packs.
    Packed,
}

/// The structure of a sum of products.
struct Shape {
    /// The two reads.
    reads: [usize; 2],
    /// Coefficients of all axes, by read, and constant parts.
    affine: [(Vec<Term>, Term); 2],
    /// Coefficients of the store.
    store: Vec<Term>,
}

impl Shape {
    fn of(nest: &Nest) -> Option<Shape> {
        if nest.reduction != Some(Reduction::Sum) || !matches!(nest.body.dtype(), DType::F32 | DType::F64) {
            return None;
        }
        let Node::Apply(ScalarOp::Mul, args) = nest.body.node() else { return None };
        let read = |term: Term| match term.node() {
            Node::Load(k, _) => Some(k as usize),
            _ => None,
        };
        let reads = [read(args[0])?, read(args[1])?];
        if reads[0] == reads[1]
            || reads.iter().any(|&k| nest.reads[k].guard.is_some() || loads(nest.reads[k].address))
        {
            return None;
        }
        let axes = nest.axes();
        let affine_of = |k: usize| affine(nest.reads[k].address, axes);
        let shape = Shape {
            reads,
            affine: [affine_of(reads[0])?, affine_of(reads[1])?],
            store: affine(nest.store, axes)?.0,
        };
        let contracted = |axis| reads.iter().all(|&k| shape.varies(k, axis));
        (nest.rank()..axes).all(contracted).then_some(shape)
    }

    fn coefficient(&self, read: usize, axis: usize) -> Term {
        let which = usize::from(self.reads[0] != read);
        self.affine[which].0[axis]
    }

    fn varies(&self, read: usize, axis: usize) -> bool {
        self.coefficient(read, axis).as_int() != Some(0)
    }

    fn other(&self, read: usize) -> usize {
        if self.reads[0] == read { self.reads[1] } else { self.reads[0] }
    }

    /// The longest output axis along which only `panel` varies; one of known length if there is any.
    fn lane_axis(&self, nest: &Nest, panel: usize) -> Option<usize> {
        (0..nest.rank())
            .filter(|&axis| self.varies(panel, axis) && !self.varies(self.other(panel), axis))
            .max_by_key(|&axis| nest.extent(axis).as_int())
    }

    /// Whether everything about the panel's layout is a number.
    fn fixed(&self, nest: &Nest, panel: usize) -> bool {
        let which = usize::from(self.reads[0] != panel);
        let (coefficients, base) = &self.affine[which];
        base.as_int().is_some()
            && (0..nest.axes())
                .filter(|&axis| self.varies(panel, axis))
                .all(|axis| coefficients[axis].as_int().is_some() && nest.extent(axis).as_int().is_some())
    }

    /// Output axes along which the panel stays the same and the spread elements differ.
    fn spread_only<'a>(&'a self, nest: &Nest, panel: usize) -> impl Iterator<Item = usize> + use<'a> {
        (0..nest.rank())
            .filter(move |&axis| !self.varies(panel, axis) && self.varies(self.other(panel), axis))
    }

    /// Up to `lanes` points: along the output axis that is stored most densely and, if that is short, the next.
    fn tile(&self, nest: &Nest, panel: usize, lanes: usize) -> Vec<(usize, usize)> {
        let mut axes: Vec<usize> = self.spread_only(nest, panel).collect();
        axes.sort_by_key(|&axis| (self.store[axis].as_int().unwrap_or(i64::MAX), std::cmp::Reverse(axis)));
        let Some(&inner) = axes.first() else { return vec![] };
        let length = |axis: usize| nest.extent(axis).as_int().and_then(|e| usize::try_from(e).ok());
        match (length(inner), axes.get(1)) {
            (Some(n), Some(&outer)) if n > 0 && n * 2 <= lanes => match length(outer) {
                Some(rows) if rows > 0 => vec![(outer, rows.min(lanes / n)), (inner, n)],
                _ => vec![(inner, n)],
            },
            (Some(n), _) => vec![(inner, n.clamp(1, lanes))],
            (None, _) => vec![(inner, lanes)],
        }
    }

    /// Where the panel's elements go: outer axes, then blocks of lanes, then the sum's axes, then lanes.
    fn layout(&self, nest: &Nest, panel: usize, product: &Product) -> Layout {
        let which = usize::from(self.reads[0] != panel);
        let (coefficients, base) = &self.affine[which];
        let n = product.lane_axis;
        let width = Term::from(product.lanes);
        let count = nest.extent(n);
        let whole = Term::from(product.lanes * product.vectors);
        let blocks = (count + whole - Term::int(1)).floor_div(whole) * Term::from(product.vectors);
        let outer: Vec<usize> = (0..nest.rank()).filter(|&a| a != n && self.varies(panel, a)).collect();
        let sum: Vec<usize> = (nest.rank()..nest.axes()).collect();
        let mut dims: Vec<(Term, Term)> = outer.iter().map(|&a| (nest.extent(a), coefficients[a])).collect();
        let block = dims.len();
        dims.push((blocks, coefficients[n] * width));
        dims.extend(sum.iter().map(|&a| (nest.extent(a), coefficients[a])));
        dims.push((width, coefficients[n]));
        // Packed strides, innermost first.
        let mut stride = width;
        let mut address = Term::int(0);
        for &a in sum.iter().rev() {
            address = address + Term::axis(a) * stride;
            stride = stride * nest.extent(a);
        }
        // A block starts at a multiple of the lanes, so its number times its size is the index times the sum's length.
        address = address + Term::axis(n) * (stride.floor_div(width));
        stride = stride * blocks;
        for &a in outer.iter().rev() {
            address = address + Term::axis(a) * stride;
            stride = stride * nest.extent(a);
        }
        Layout { dims, base: *base, block, count, address }
    }
}

struct Layout {
    /// Extents and source strides, outermost first; the last is the lanes.
    dims: Vec<(Term, Term)>,
    base: Term,
    /// The dimension of blocks.
    block: usize,
    /// Lanes that exist.
    count: Term,
    /// Where the panel's vector for the present indices lies.
    address: Term,
}

impl Layout {
    fn packing(&self) -> Option<Packing> {
        let dims = self
            .dims
            .iter()
            .map(|(extent, stride)| Some((extent.as_int()? as usize, stride.as_int()?)))
            .collect::<Option<Vec<_>>>()?;
        Some(Packing {
            dims,
            offset: self.base.as_int()?,
            block: self.block,
            count: self.count.as_int()? as usize,
        })
    }

    /// The nest that packs, and the temporary it packs into.
    fn nest(&self, plan: &mut Plan, read: &super::nest::Access) -> (Slot, Nest) {
        let out: Vec<Term> = self.dims.iter().map(|(extent, _)| *extent).collect();
        let last = out.len() - 1;
        let axes: Vec<Term> = (0..out.len()).map(Term::axis).collect();
        let address =
            self.dims.iter().zip(&axes).fold(self.base, |at, ((_, stride), &axis)| at + *stride * axis);
        let numel = out.iter().fold(Term::int(1), |n, &e| n * e);
        let inside = (axes[self.block] * out[last] + axes[last]).less(self.count);
        let slot = plan.temp(numel, read.dtype);
        let nest = Nest {
            store: super::index::address(&axes, &out),
            reduce: vec![],
            reads: vec![super::nest::Access {
                slot: read.slot,
                dtype: read.dtype,
                address,
                guard: (inside.as_bool() != Some(true)).then_some(inside),
                otherwise: Scalar::from_int(read.dtype, 0),
            }],
            body: Term::load(0, read.dtype),
            reduction: None,
            finish: None,
            target: slot,
            dtype: read.dtype,
            out,
        };
        (slot, nest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_pads_the_last_block() {
        // w[3, 2] as blocks of 2 lanes over the first dimension.
        let packing = Packing { dims: vec![(2, 4), (2, 1), (2, 2)], offset: 0, block: 0, count: 3 };
        let bytes: Vec<u8> = (1..=6).collect();
        assert_eq!(packing.pack(&bytes, 1), [1, 3, 2, 4, 5, 0, 6, 0]);
    }
}
