//! Sums of products of single precision where memory is copied asynchronously: a thread computes up to 8 by 8 elements, of both operands
//! 16 bytes at a time.

use super::copies::Layout;
use super::rectangles::Staged;
use super::*;
use crate::kernel::form::Tiles;

/// Products of a sum that pass through workgroup memory at a time.
const DEPTH: i64 = 8;
/// Elements between lines of a piece beyond its side: what a subgroup copies along the sum lies in different banks.
const PAD: i64 = 4;
/// Elements of 16 bytes.
const RUN: i64 = 4;

impl<'a> Emitter<'a> {
    /// What one thread does for the nest of a form of tiles whose pieces are copied.
    pub(super) fn blocks_of(&mut self, tiles: &'a Tiles) {
        let [tall, wide] = tiles.shape.map(i64::from);
        // Threads along the rows and the columns. A thread has runs of rows, and of columns, so far apart as all threads take.
        let threads = i64::from(tiles.threads());
        let down = if tall < wide { 8 } else { 16 };
        let across = threads / down;
        let (row_runs, column_runs) = (tall / (RUN * down), wide / (RUN * across));
        let layout = |side: i64| Layout { deep: false, pitch: side + PAD, mixed: 1, shift: 0 };
        let rectangle = self.rectangle(tiles);
        let pitch = wide + PAD;
        let ring = self.ring(tiles, &rectangle, DEPTH, [tall, wide].map(layout), RUN * down * pitch * 4);

        // A subgroup's threads are four rows of eight, so that what they read at a time is in different banks.
        let [subgroup, eight] = [32, 8].map(|n| self.int(n));
        let number = self.same("arith.divui", &[&rectangle.thread, &subgroup]);
        let lane = self.same("arith.remui", &[&rectangle.thread, &subgroup]);
        let groups = self.int(across / 8);
        let high = self.same("arith.divui", &[&number, &groups]);
        let high = self.multiple(&high, 4);
        let low = self.same("arith.divui", &[&lane, &eight]);
        let row = self.same("arith.addi", &[&high, &low]);
        let high = self.same("arith.remui", &[&number, &groups]);
        let high = self.multiple(&high, 8);
        let low = self.same("arith.remui", &[&lane, &eight]);
        let column = self.same("arith.addi", &[&high, &low]);
        let starts = [&row, &column].map(|at| self.multiple(at, 4 * RUN));

        let none = self.constant(Scalar::from_f64(DType::F32, 0.0), 1);
        let totals = vec![none; (RUN * row_runs * RUN * column_runs) as usize];
        let second = DEPTH * (tall + PAD) * 4;
        let last = self.run_ring(&ring, &rectangle, totals, |e, stage, mut totals| {
            let rows = e.behind(stage, &starts[0]);
            let columns = e.behind(stage, &starts[1]);
            for k in 0..DEPTH {
                let mut line = |at: &Rc<str>, first: i64, runs: i64, apart: i64| -> Vec<Val> {
                    (0..runs).flat_map(|run| e.run_at(at, first + run * apart * RUN * 4)).collect()
                };
                let left = line(&rows, k * (tall + PAD) * 4, row_runs, down);
                let right = line(&columns, second + k * (wide + PAD) * 4, column_runs, across);
                let pairs = left.iter().flat_map(|x| right.iter().map(move |y| (x, y)));
                totals = pairs.zip(&totals).map(|((x, y), sum)| e.same("math.fma", &[x, y, sum])).collect();
            }
            totals
        });

        // Out by way of workgroup memory, a run of rows of each thread at a time.
        let at = self.multiple(&row, RUN * pitch * 4);
        let at = self.same("arith.addi", &[&at, &starts[1]]);
        let at = self.behind(&ring.start, &at);
        for pass in 0..row_runs {
            if pass > 0 {
                self.line("gpu.barrier");
            }
            for i in 0..RUN {
                for run in 0..column_runs {
                    let first = (((pass * RUN + i) * column_runs + run) * RUN) as usize;
                    let to = (i * pitch + run * across * RUN) * 4;
                    let to = self.bytes_behind(&at, to);
                    let names: Vec<&str> = last[first..first + 4].iter().map(|v| &*v.name).collect();
                    let run = self.raw(&format!("vector.from_elements {} : vector<4xf32>", names.join(", ")));
                    self.line(&format!(
                        "llvm.store {run}, {to} {{alignment = 16 : i64}} : vector<4xf32>, !llvm.ptr<3>"
                    ));
                }
            }
            self.line("gpu.barrier");
            let rows = RUN * down;
            let load = self.staged_load(&ring.start);
            let staged = Staged { rows, pitch, first: pass * rows, group: rows, stride: 0, load: &load };
            self.finish_sums(tiles, &rectangle, &staged);
        }
    }

    /// Loads sums from workgroup memory.
    pub(super) fn staged_load(
        &self,
        start: &Rc<str>,
    ) -> impl Fn(&mut Emitter<'_>, &Val, usize) -> Val + use<> {
        let start = start.clone();
        move |e, at, run| {
            let at = e.multiple(at, 4);
            let from = e.behind(&start, &at);
            let ty = shaped("f32", run);
            let align = (4 * run).min(16);
            let text = format!("llvm.load {from} {{alignment = {align} : i64}} : !llvm.ptr<3> -> {ty}");
            e.define(DType::F32, run, &text)
        }
    }

    /// Four numbers of workgroup memory, so many bytes behind an address.
    fn run_at(&mut self, address: &Rc<str>, bytes: i64) -> Vec<Val> {
        let from = self.bytes_behind(address, bytes);
        let run =
            self.raw(&format!("llvm.load {from} {{alignment = 16 : i64}} : !llvm.ptr<3> -> vector<4xf32>"));
        (0..4)
            .map(|i| {
                self.define(DType::F32, 1, &format!("vector.extract {run}[{i}] : f32 from vector<4xf32>"))
            })
            .collect()
    }
}
