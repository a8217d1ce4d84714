//! Sums of products in registers: a vector of the panel times the spread elements of several points.

use super::*;
use crate::kernel::index::affine;
use crate::kernel::product::Product;

/// Sum axes that together are at most this long are unrolled.
const UNROLLED: i64 = 9;

/// Points of a tile where fewer are left than a whole tile has, and their number is known only when the program runs.
const SMALL_TILE: usize = 4;

/// What is written inside the loops over tiles; it is given the tile's axes with their number of points.
type InTile<'a, E> = &'a mut dyn FnMut(&mut E, &[(usize, usize)]);

impl Emitter<'_> {
    /// Writes the whole nest.
    pub(super) fn product(&mut self, product: &Product) {
        let tiled = |axis: usize| axis == product.lane_axis || product.tile.iter().any(|(a, _)| *a == axis);
        let outer: Vec<usize> = (0..self.nest.rank()).filter(|&axis| !tiled(axis)).collect();
        self.out_axes_then(&outer, &mut |e| {
            e.blocks(product, &mut |e| {
                e.tiles(&product.tile, &mut vec![], &mut |e, tile| {
                    e.known.push(HashMap::new());
                    let sums = e.sums(product, tile);
                    e.finish_tile(product, tile, sums);
                    e.known.pop();
                });
            });
        });
    }

    /// Loops over blocks of the panel's axis; the axis is uniform at a block's first index.
    fn blocks(&mut self, product: &Product, inner: &mut dyn FnMut(&mut Self)) {
        let axis = product.lane_axis;
        let extent = self.nest.extent(axis);
        let width = Term::from(product.lanes * product.vectors);
        let (zero, step, high) = (self.int(0), self.term(width), self.term(extent));
        let last = extent - width;
        self.for_loop(&zero, &high, &step, &[], |e, index, _| {
            let index = if product.packed || extent.modulo(width).as_int() == Some(0) {
                index
            } else {
                // The last block overlaps the one before; what both compute is the same.
                let last = e.term(last);
                e.apply(ScalarOp::Min, &[index, last])
            };
            e.index[axis] = Some(Index::Uniform(index));
            inner(e);
            e.index[axis] = None;
            vec![]
        });
    }

    /// Loops over tiles of points; the tile's axes are uniform at its first point.
    fn tiles(&mut self, axes: &[(usize, usize)], tile: &mut Vec<(usize, usize)>, inner: InTile<Self>) {
        let Some((&(axis, count), rest)) = axes.split_first() else { return inner(self, tile) };
        let extent = self.nest.extent(axis);
        let width = Term::from(count);
        let (zero, step) = (self.int(0), self.term(width));
        let mut body = |e: &mut Self, index: Val, count: usize| {
            e.index[axis] = Some(Index::Uniform(index));
            tile.push((axis, count));
            e.tiles(rest, tile, inner);
            tile.pop();
            e.index[axis] = None;
        };
        match extent.as_int() {
            Some(_) => {
                let high = self.term(extent);
                self.for_loop(&zero, &high, &step, &[], |e, index, _| {
                    let index = if extent.modulo(width).as_int() == Some(0) {
                        index
                    } else {
                        let last = e.term(extent - width);
                        e.apply(ScalarOp::Min, &[index, last])
                    };
                    body(e, index, count);
                    vec![]
                });
            }
            None => {
                // Whole tiles; then, where there are as many points, small ones, of which the last overlaps the one before;
                // else points one by one.
                let (whole, one, high) =
                    (self.term(extent.floor_div(width) * width), self.int(1), self.term(extent));
                self.for_loop(&zero, &whole, &step, &[], |e, index, _| {
                    body(e, index, count);
                    vec![]
                });
                let small = count.min(SMALL_TILE);
                let last = extent - Term::from(small);
                let (step, last) = (self.int(small as i64), self.term(last));
                let enough = self.compare("arith.cmpi sge", &last, &zero);
                let (smalls, ones) =
                    (self.select(&enough, &high, &whole), self.select(&enough, &whole, &high));
                self.for_loop(&whole, &smalls, &step, &[], |e, index, _| {
                    let index = e.apply(ScalarOp::Min, &[index, last]);
                    body(e, index, small);
                    vec![]
                });
                self.for_loop(&whole, &ones, &one, &[], |e, index, _| {
                    body(e, index, 1);
                    vec![]
                });
            }
        }
    }

    /// The sums of a tile: by point, then by vector.
    fn sums(&mut self, product: &Product, tile: &[(usize, usize)]) -> Vec<Val> {
        let points: usize = tile.iter().map(|(_, n)| n).product();
        let dtype = self.nest.body.dtype();
        let zero = self.constant(Scalar::from_f64(dtype, 0.0), product.lanes);
        let mut axes: Vec<usize> = (self.nest.rank()..self.nest.axes()).collect();
        let mut unrolled: Vec<(usize, i64)> = Vec::new();
        let mut length = 1;
        while let Some(&axis) = axes.last()
            && let Some(extent) = self.nest.extent(axis).as_int()
            && extent * length <= UNROLLED
            && axes.len() > 1
        {
            axes.pop();
            length *= extent;
            unrolled.insert(0, (axis, extent));
        }
        let inner = *axes.last().expect("a sum has an axis");
        let parts = product.parts(points);
        let parts =
            if self.nest.extent(inner).as_int().is_some_and(|e| e < 2 * parts as i64) { 1 } else { parts };
        let start = vec![zero; points * product.vectors * parts];
        let sums = self.sum_axes(&axes, product, tile, &unrolled, parts, start);
        // The parts of each sum together.
        let each = points * product.vectors;
        (0..each)
            .map(|i| {
                (1..parts).fold(sums[i].clone(), |sum, part| {
                    self.same("arith.addf", &[&sum, &sums[part * each + i]])
                })
            })
            .collect()
    }

    fn sum_axes(
        &mut self,
        axes: &[usize],
        product: &Product,
        tile: &[(usize, usize)],
        unrolled: &[(usize, i64)],
        parts: usize,
        sums: Vec<Val>,
    ) -> Vec<Val> {
        let (&axis, rest) = axes.split_first().expect("a sum has an axis");
        let extent = self.nest.extent(axis);
        let (zero, one, high) = (self.int(0), self.int(1), self.term(extent));
        if !rest.is_empty() {
            return self.for_loop(&zero, &high, &one, &sums, |e, index, sums| {
                e.index[axis] = Some(Index::Uniform(index));
                let sums = e.sum_axes(rest, product, tile, unrolled, parts, sums);
                e.index[axis] = None;
                sums
            });
        }
        let width = Term::from(parts);
        let whole = extent.floor_div(width) * width;
        let (step, end) = (self.int(parts as i64), self.term(whole));
        let each = sums.len() / parts;
        let mut sums = self.for_loop(&zero, &end, &step, &sums, |e, index, mut sums| {
            for part in 0..parts {
                let offset = e.int(part as i64);
                let at =
                    if part == 0 { index.clone() } else { e.apply(ScalarOp::Add, &[index.clone(), offset]) };
                e.index[axis] = Some(Index::Uniform(at));
                e.known.push(HashMap::new());
                e.multiply_add(product, tile, unrolled, &mut sums[part * each..(part + 1) * each]);
                e.known.pop();
            }
            e.index[axis] = None;
            sums
        });
        if extent.modulo(width).as_int() != Some(0) {
            let tail = self.for_loop(&end, &high, &one, &sums[..each], |e, index, mut sums| {
                e.index[axis] = Some(Index::Uniform(index));
                e.multiply_add(product, tile, unrolled, &mut sums);
                e.index[axis] = None;
                sums
            });
            sums.splice(..each, tail);
        }
        sums
    }

    /// Adds the products at the present indices, with the unrolled axes run through, to the sums.
    fn multiply_add(
        &mut self,
        product: &Product,
        tile: &[(usize, usize)],
        unrolled: &[(usize, i64)],
        sums: &mut [Val],
    ) {
        let zero = self.int(0);
        for &(axis, _) in unrolled {
            self.index[axis] = Some(Index::Uniform(zero.clone()));
        }
        let spread_base = self.base_pointer(product.spread);
        let panel_base = self.base_pointer(product.panel);
        let axes = self.nest.axes();
        let spread =
            affine(self.nest.reads[product.spread].address, axes).expect("checked when it was arranged").0;
        let panel =
            affine(self.nest.reads[product.panel].address, axes).expect("checked when it was arranged").0;
        let dtype = self.nest.body.dtype();
        let element = register(dtype);
        for step in digits(&unrolled.iter().map(|(_, n)| *n as usize).collect::<Vec<_>>()) {
            let at_step = |coefficients: &[Term]| {
                unrolled
                    .iter()
                    .zip(&step)
                    .fold(Term::int(0), |at, ((axis, _), &i)| at + coefficients[*axis] * Term::from(i))
            };
            let (spread_step, panel_step) = (at_step(&spread), at_step(&panel));
            let vectors: Vec<Val> = (0..product.vectors)
                .map(|j| {
                    let offset = panel_step + panel[product.lane_axis] * Term::from(j * product.lanes);
                    let place = self.offset_pointer(&panel_base, offset, element);
                    let ty = shaped(element, product.lanes);
                    self.define(
                        dtype,
                        product.lanes,
                        &format!(
                            "llvm.load {place} {{alignment = {} : i64}} : !llvm.ptr -> {ty}",
                            dtype.size()
                        ),
                    )
                })
                .collect();
            for (p, point) in
                digits(&tile.iter().map(|(_, n)| *n).collect::<Vec<_>>()).into_iter().enumerate()
            {
                let offset = tile
                    .iter()
                    .zip(&point)
                    .fold(spread_step, |at, ((axis, _), &i)| at + spread[*axis] * Term::from(i));
                let place = self.offset_pointer(&spread_base, offset, element);
                let text = format!(
                    "llvm.load {place} {{alignment = {} : i64}} : !llvm.ptr -> {element}",
                    dtype.size()
                );
                let scalar = self.define(dtype, 1, &text);
                let factor = self.spread(&scalar, product.lanes);
                for (j, vector) in vectors.iter().enumerate() {
                    let sum = &mut sums[p * product.vectors + j];
                    *sum = self.fused_multiply_add(&factor, vector, sum);
                }
            }
        }
        for &(axis, _) in unrolled {
            self.index[axis] = None;
        }
    }

    /// `a * b + c`, in one rounding where the processor can.
    pub(super) fn fused_multiply_add(&mut self, a: &Val, b: &Val, c: &Val) -> Val {
        if self.target.fma() {
            return self.same("math.fma", &[a, b, c]);
        }
        let product = self.same("arith.mulf", &[a, b]);
        self.same("arith.addf", &[&product, c])
    }

    /// The pointer to a read's element at the present indices.
    fn base_pointer(&mut self, read: usize) -> Rc<str> {
        let access = self.nest.reads[read].clone();
        let at = self.term(access.address);
        let pointer = self.pointers[read].clone();
        self.raw(&format!(
            "llvm.getelementptr {pointer}[{}] : (!llvm.ptr, i64) -> !llvm.ptr, {}",
            at.name,
            memory(access.dtype)
        ))
    }

    fn offset_pointer(&mut self, base: &str, offset: Term, element: &str) -> Rc<str> {
        match offset.as_int() {
            Some(0) => base.into(),
            Some(offset) => self
                .raw(&format!("llvm.getelementptr {base}[{offset}] : (!llvm.ptr) -> !llvm.ptr, {element}")),
            None => {
                let offset = self.term(offset);
                self.raw(&format!(
                    "llvm.getelementptr {base}[{}] : (!llvm.ptr, i64) -> !llvm.ptr, {element}",
                    offset.name
                ))
            }
        }
    }

    /// Computes what follows the sums of a tile, and stores it.
    fn finish_tile(&mut self, product: &Product, tile: &[(usize, usize)], sums: Vec<Val>) {
        let store = affine(self.nest.store, self.nest.axes()).expect("checked when it was arranged").0;
        let along_points = tile.last().is_some_and(|(axis, n)| *n > 1 && store[*axis].as_int() == Some(1));
        if along_points && store[product.lane_axis].as_int() != Some(1) {
            self.finish_transposed(product, tile, sums);
        } else {
            self.finish_lanes(product, tile, sums);
        }
    }

    /// Stores vectors along the panel's axis.
    fn finish_lanes(&mut self, product: &Product, tile: &[(usize, usize)], sums: Vec<Val>) {
        let first: Vec<Option<Index>> = self.index.clone();
        let extent = self.nest.extent(product.lane_axis);
        let whole = extent.modulo(Term::from(product.lanes * product.vectors)).as_int() == Some(0);
        for (p, point) in digits(&tile.iter().map(|(_, n)| *n).collect::<Vec<_>>()).into_iter().enumerate() {
            self.known.push(HashMap::new());
            self.at_point(tile, &point, &first);
            for j in 0..product.vectors {
                self.known.push(HashMap::new());
                let base = first_index(&first, product.lane_axis);
                let base = self.plus(&base, j * product.lanes);
                self.index[product.lane_axis] = Some(Index::Lanes(base));
                self.lanes = product.lanes;
                if product.packed && !whole {
                    let at = self.axis(product.lane_axis);
                    let end = self.term(extent);
                    let end = self.spread(&end, product.lanes);
                    self.mask = Some(self.compare("arith.cmpi slt", &at, &end));
                }
                self.store_sum(sums[p * product.vectors + j].clone());
                self.mask = None;
                self.lanes = 1;
                self.known.pop();
            }
            self.known.pop();
        }
        self.index = first;
    }

    fn store_sum(&mut self, sum: Val) {
        self.reduced = Some(sum);
        let value = self.term(self.nest.stored());
        self.store(&value, self.nest.store, self.nest.dtype);
        self.reduced = None;
    }

    fn at_point(&mut self, tile: &[(usize, usize)], point: &[usize], first: &[Option<Index>]) {
        for ((axis, _), &i) in tile.iter().zip(point) {
            let at = self.plus(&first_index(first, *axis), i);
            self.index[*axis] = Some(Index::Uniform(at));
        }
    }

    fn plus(&mut self, base: &Val, offset: usize) -> Val {
        if offset == 0 {
            return base.clone();
        }
        let offset = self.int(offset as i64);
        self.apply(ScalarOp::Add, &[base.clone(), offset])
    }

    /// Stores vectors along the points: the sums are transposed first.
    fn finish_transposed(&mut self, product: &Product, tile: &[(usize, usize)], sums: Vec<Val>) {
        let first: Vec<Option<Index>> = self.index.clone();
        let base = first_index(&first, product.lane_axis);
        let points: usize = tile.iter().map(|(_, n)| n).product();
        let &(inner, row) = tile.last().expect("a tile along the points");
        // All points in one vector, if everything that is read or written lies in one row for them.
        let piece = if self.contiguous(tile) { points } else { row };
        let extent = self.nest.extent(product.lane_axis).as_int();
        for j in 0..product.vectors {
            let mut rows: Vec<Val> = (0..points).map(|p| sums[p * product.vectors + j].clone()).collect();
            rows.resize(product.lanes, rows[0].clone());
            let columns = self.transposed(rows);
            for (lane, column) in columns.into_iter().enumerate() {
                let number = j * product.lanes + lane;
                let width = product.lanes * product.vectors;
                // Lanes that no block or not every block has.
                let always = !product.packed
                    || extent
                        .is_some_and(|e| (e as usize).is_multiple_of(width) || number < e as usize % width);
                if !always && extent.is_some_and(|e| (e as usize) < width) {
                    continue;
                }
                let write = |e: &mut Self| {
                    let at = e.plus(&base, number);
                    e.index[product.lane_axis] = Some(Index::Uniform(at));
                    for from in (0..points).step_by(piece) {
                        e.known.push(HashMap::new());
                        if let [(outer, _), _] = tile
                            && piece != points
                        {
                            let at = e.plus(&first_index(&first, *outer), from / piece);
                            e.index[*outer] = Some(Index::Uniform(at));
                        }
                        e.index[inner] = Some(Index::Lanes(first_index(&first, inner)));
                        e.lanes = piece;
                        let part = e.slice(&column, from, piece);
                        e.store_sum(part);
                        e.lanes = 1;
                        e.known.pop();
                    }
                    e.index.clone_from(&first);
                };
                if always {
                    self.known.push(HashMap::new());
                    write(self);
                    self.known.pop();
                } else {
                    let at = self.plus(&base, number);
                    let end = self.term(self.nest.extent(product.lane_axis));
                    let exists = self.compare("arith.cmpi slt", &at, &end);
                    self.if_then(&exists, |e| write(e));
                }
            }
        }
    }

    /// Whether a tile of two axes is one row of memory for everything that is read or written after the sums.
    fn contiguous(&self, tile: &[(usize, usize)]) -> bool {
        let [(outer, rows), (inner, row)] = tile else { return true };
        if *rows == 1 {
            return true;
        }
        let mentioned = |term: Term| {
            crate::kernel::index::mentions(term, *outer) || crate::kernel::index::mentions(term, *inner)
        };
        let linear = |address: Term| {
            !mentioned(address)
                || affine(address, self.nest.axes())
                    .is_some_and(|(c, _)| c[*outer] == c[*inner] * Term::from(*row))
        };
        let after = self.nest.reads.iter().filter(|r| {
            !(self.nest.rank()..self.nest.axes()).any(|a| crate::kernel::index::mentions(r.address, a))
        });
        linear(self.nest.store)
            && !self.nest.finish.is_some_and(mentioned)
            && after.into_iter().all(|r| linear(r.address) && !r.guard.is_some_and(mentioned))
    }

    /// `count` lanes of a vector.
    fn slice(&mut self, value: &Val, from: usize, count: usize) -> Val {
        if count == value.lanes {
            return value.clone();
        }
        if count == 1 {
            let text = format!(
                "vector.extract {}[{from}] : {} from {}",
                value.name,
                register(value.dtype),
                value.ty()
            );
            return self.define(value.dtype, 1, &text);
        }
        let which: Vec<String> = (from..from + count).map(|i| i.to_string()).collect();
        let text = format!(
            "vector.shuffle {}, {} [{}] : {}, {}",
            value.name,
            value.name,
            which.join(", "),
            value.ty(),
            value.ty()
        );
        self.define(value.dtype, count, &text)
    }

    /// The transpose of a square of vectors, by interleaving its halves as often as it can be halved.
    fn transposed(&mut self, mut rows: Vec<Val>) -> Vec<Val> {
        let n = rows.len();
        let interleave = |half: usize| -> String {
            let picks: Vec<String> =
                (0..n).map(|i| (half * n / 2 + i / 2 + if i % 2 == 1 { n } else { 0 }).to_string()).collect();
            picks.join(", ")
        };
        let (low, high) = (interleave(0), interleave(1));
        let mut size = 1;
        while size < n {
            let mut next = Vec::with_capacity(n);
            for i in 0..n / 2 {
                for picks in [&low, &high] {
                    let (a, b) = (&rows[i], &rows[i + n / 2]);
                    let text =
                        format!("vector.shuffle {}, {} [{picks}] : {}, {}", a.name, b.name, a.ty(), b.ty());
                    next.push(self.define(a.dtype, n, &text));
                }
            }
            rows = next;
            size *= 2;
        }
        rows
    }
}

/// The first value of an axis in the present block or tile.
fn first_index(first: &[Option<Index>], axis: usize) -> Val {
    match &first[axis] {
        Some(Index::Uniform(value)) => value.clone(),
        other => unreachable!("axis {axis} of a tile is {other:?}"),
    }
}

/// Every combination of digits below `extents`, the last fastest.
pub(super) fn digits(extents: &[usize]) -> Vec<Vec<usize>> {
    extents.iter().fold(vec![vec![]], |prefixes, &extent| {
        prefixes
            .into_iter()
            .flat_map(|prefix| {
                (0..extent).map(move |i| {
                    let mut digits = prefix.clone();
                    digits.push(i);
                    digits
                })
            })
            .collect()
    })
}
