//! Pieces of operands on their way to workgroup memory several at a time, by asynchronous copies (`cp.async`, PTX ISA): while one is
//! multiplied, those behind it are copied, past registers. What lies in memory so that it cannot be copied is loaded before a piece
//! is multiplied and stored after it.

use super::rectangles::{Rectangle, Spot};
use super::*;
use crate::kernel::form::{Lie, Tiles};

/// Bytes of workgroup memory that a kernel may have without asking.
pub(super) const WORKGROUP_BYTES: i64 = 48 << 10;
/// Most pieces that are in workgroup memory.
const STAGES_MAX: i64 = 4;

/// Where the elements of a piece are in workgroup memory. A line holds elements along the sum if the piece is `deep`, else along the
/// operand's own axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) deep: bool,
    /// Elements from one line to the next.
    pub(super) pitch: i64,
    /// Of lines, so many neighbours (a power of two) differ in where their runs of 16 bytes are: run `r` of line `l` is at
    /// `r ^ (l >> shift) % mixed`. So what is read together, a run of each of eight lines, lies in different banks.
    pub(super) mixed: i64,
    pub(super) shift: i64,
}

/// An operand, and where it is in each stage.
struct Feed {
    read: usize,
    lie: Lie,
    /// What this thread brings, and the byte of a stage that it goes to.
    spots: Vec<(Spot, Val)>,
}

/// Stages in workgroup memory.
pub(super) struct Ring {
    /// The address of the first.
    pub(super) start: Rc<str>,
    stages: i64,
    bytes: i64,
    /// Places of the sum in a stage.
    depth: i64,
    feeds: [Feed; 2],
    /// Products of each sum, if it does not end with a stage.
    length: Option<Val>,
}

impl<'a> Emitter<'a> {
    /// An array of workgroup memory of so many bytes: its address.
    pub(super) fn workgroup_bytes(&mut self, bytes: i64) -> Rc<str> {
        self.array(1, bytes, "i8", 1);
        let array = self.arrays.last().expect("just declared");
        let text = format!("memref.extract_aligned_pointer_as_index {} : {} -> index", array.name, array.ty);
        let index = self.raw(&text);
        let address = self.raw(&format!("arith.index_cast {index} : index to i64"));
        self.raw(&format!("llvm.inttoptr {address} : i64 to !llvm.ptr<3>"))
    }

    /// So many bytes behind an address in workgroup memory.
    pub(super) fn behind(&mut self, address: &str, bytes: &Val) -> Rc<str> {
        self.raw(&format!(
            "llvm.getelementptr {address}[{}] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i8",
            bytes.name
        ))
    }

    pub(super) fn bytes_behind(&mut self, address: &Rc<str>, bytes: i64) -> Rc<str> {
        if bytes == 0 {
            return address.clone();
        }
        self.raw(&format!("llvm.getelementptr {address}[{bytes}] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8"))
    }

    /// The element of a stage's piece where a line and a column of it are.
    pub(super) fn in_layout(&mut self, layout: Layout, line: &Val, column: &Val, run: i64) -> Val {
        let from = self.multiple(line, layout.pitch);
        let mut column = column.clone();
        if layout.mixed > 1 {
            let [shift, mask] = [layout.shift, layout.mixed - 1].map(|n| self.int(n));
            let mix = self.same("arith.shrui", &[line, &shift]);
            let mix = self.same("arith.andi", &[&mix, &mask]);
            let mix = self.multiple(&mix, run);
            column = self.same("arith.xori", &[&column, &mix]);
        }
        self.same("arith.addi", &[&from, &column])
    }

    /// The ring of a product's operands, whose pieces have such layouts.
    pub(super) fn ring(
        &mut self,
        tiles: &Tiles,
        rectangle: &Rectangle,
        depth: i64,
        layouts: [Layout; 2],
        least: i64,
    ) -> Ring {
        let size = self.nest.reads[tiles.operands[0]].dtype.size() as i64;
        let piece = |which: usize| {
            let lines = if layouts[which].deep { i64::from(tiles.shape[which]) } else { depth };
            lines * layouts[which].pitch * size
        };
        let bytes = piece(0) + piece(1);
        let stages = STAGES_MAX.min(WORKGROUP_BYTES / bytes);
        let start = self.workgroup_bytes((stages * bytes).max(least));
        let feeds = [0, 1].map(|which| {
            let (layout, mut lie) = (layouts[which], tiles.lie(which));
            // A run along what is not a line is taken apart.
            if lie.along != layout.deep {
                lie.run = 1;
            }
            let spots = self.spots(tiles, which, rectangle, depth, lie);
            let spots = spots.into_iter().map(|spot| {
                let (line, column) =
                    if layout.deep { (&spot.place, &spot.depth) } else { (&spot.depth, &spot.place) };
                let to = self.in_layout(layout, line, column, 16 / size);
                let to = self.multiple(&to, size);
                let to = self.more(&to, if which == 0 { 0 } else { piece(0) });
                (spot, to)
            });
            Feed { read: tiles.operands[which], lie, spots: spots.collect() }
        });
        let sum = self.nest.reduce.iter().fold(Term::int(1), |n, &d| n * d);
        let ends = sum.as_int().is_some_and(|sum| sum % depth == 0);
        let length = (!ends).then(|| rectangle.length.clone());
        Ring { start, stages, bytes, depth, feeds, length }
    }

    /// Runs through the sum: `work` makes new totals of the totals and a stage.
    pub(super) fn run_ring(
        &mut self,
        ring: &Ring,
        rectangle: &Rectangle,
        totals: Vec<Val>,
        work: impl FnOnce(&mut Self, &Rc<str>, Vec<Val>) -> Vec<Val>,
    ) -> Vec<Val> {
        for stage in 0..ring.stages - 1 {
            let at = self.int(stage * ring.depth);
            let some = self.compare("arith.cmpi slt", &at, &rectangle.length);
            let to = self.bytes_behind(&ring.start, stage * ring.bytes);
            self.if_then(&some, |e| {
                e.copy_pieces(ring, &at, &to);
                for feed in &ring.feeds {
                    let held = e.hold_piece(feed, &at, &rectangle.length);
                    e.release_piece(feed, &held, &to);
                }
            });
            self.line("nvvm.cp.async.commit.group");
        }
        let (zero, depth, bytes) = (self.int(0), self.int(ring.depth), self.int(ring.bytes));
        let end = self.int(ring.stages * ring.bytes);
        // The stage that is multiplied and the one before it, which is free.
        let mut carried = vec![zero.clone(), self.int((ring.stages - 1) * ring.bytes)];
        carried.extend(totals);
        let last = self.for_loop(&zero, &rectangle.length, &depth, &carried, |e, at, carried| {
            let [now, free] = [&carried[0], &carried[1]].map(|offset| e.behind(&ring.start, offset));
            e.line(&format!("nvvm.cp.async.wait.group {}", ring.stages - 2));
            e.line("gpu.barrier");
            let ahead = e.more(&at, (ring.stages - 1) * ring.depth);
            let some = e.compare("arith.cmpi slt", &ahead, &rectangle.length);
            e.if_then(&some, |e| e.copy_pieces(ring, &ahead, &free));
            e.line("nvvm.cp.async.commit.group");
            let held = [0, 1].map(|which| e.hold_piece(&ring.feeds[which], &ahead, &rectangle.length));
            let totals = work(e, &now, carried[2..].to_vec());
            for (feed, held) in ring.feeds.iter().zip(&held) {
                e.release_piece(feed, held, &free);
            }
            let next = e.same("arith.addi", &[&carried[0], &bytes]);
            let wraps = e.compare("arith.cmpi eq", &next, &end);
            let next = e.select(&wraps, &zero, &next);
            [next, carried[0].clone()].into_iter().chain(totals).collect()
        });
        // The memory is free for whatever comes.
        self.line("nvvm.cp.async.wait.group 0");
        self.line("gpu.barrier");
        last[2..].to_vec()
    }

    /// Copies this thread's part of the pieces that start at a place of the sum to a stage; zeros beyond the operands' ends.
    fn copy_pieces(&mut self, ring: &Ring, at: &Val, stage: &str) {
        for feed in &ring.feeds {
            let Some(bytes) = self.copied_bytes(feed) else { continue };
            let element = memory(self.nest.reads[feed.read].dtype);
            let pointer = self.pointers[feed.read].clone();
            for (spot, to) in &feed.spots {
                let place = self.same("arith.addi", &[at, &spot.depth]);
                let (address, inside) = self.spot_at(feed.read, spot, place, ring.length.as_ref());
                let from = self.place(&pointer, &address, element);
                let from = self.raw(&format!("llvm.addrspacecast {from} : !llvm.ptr to !llvm.ptr<1>"));
                let to = self.behind(stage, to);
                // Past the first cache, where an instruction can.
                let cache = if bytes == 16 { "cg" } else { "ca" };
                let (count, ty) = match inside {
                    Some(inside) => {
                        let [all, none] =
                            [bytes, 0].map(|n| self.constant(Scalar::from_int(DType::I32, n.into()), 1));
                        let count = self.select(&inside, &all, &none);
                        (format!(", {}", count.name), ", i32")
                    }
                    None => (String::new(), ""),
                };
                self.line(&format!(
                    "nvvm.cp.async.shared.global {to}, {from}, {bytes}, cache = {cache}{count} : !llvm.ptr<3>, !llvm.ptr<1>{ty}"
                ));
            }
        }
    }

    /// How many bytes of an operand are copied at a time; `None` if it is loaded and stored.
    fn copied_bytes(&self, feed: &Feed) -> Option<i64> {
        let bytes = feed.lie.run * self.nest.reads[feed.read].dtype.size() as i64;
        (bytes >= 4).then_some(bytes)
    }

    /// Loads this thread's elements of a piece, if they cannot be copied.
    fn hold_piece(&mut self, feed: &Feed, at: &Val, length: &Val) -> Vec<Val> {
        if self.copied_bytes(feed).is_some() {
            return vec![];
        }
        let pointer = self.pointers[feed.read].clone();
        let none = self.constant(Scalar::from_int(DType::I16, 0), 1);
        let values = feed.spots.iter().map(|(spot, _)| {
            let place = self.same("arith.addi", &[at, &spot.depth]);
            let (address, inside) = self.spot_at(feed.read, spot, place, Some(length));
            let load = |e: &mut Self| {
                let place = e.place(&pointer, &address, "i16");
                let text = format!("llvm.load {place} {{alignment = 2 : i64}} : !llvm.ptr -> i16");
                e.define(DType::I16, 1, &text)
            };
            match inside {
                Some(inside) => self.if_else(&inside, (DType::I16, 1), load, |_| none.clone()),
                None => load(self),
            }
        });
        values.collect()
    }

    /// Stores what has been loaded.
    fn release_piece(&mut self, feed: &Feed, held: &[Val], stage: &str) {
        for (value, (_, to)) in held.iter().zip(&feed.spots) {
            let to = self.behind(stage, to);
            self.line(&format!(
                "llvm.store {}, {to} {{alignment = 2 : i64}} : i16, !llvm.ptr<3>",
                value.name
            ));
        }
    }
}
