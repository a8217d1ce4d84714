//! Sums of products of half floats on the matrix units of NVIDIA's devices (`mma.sync`, m16n8k16, sums in `f32`; PTX ISA, "Matrix
//! fragments for mma.m16n8k16").
//!
//! Four subgroups share a rectangle, two along its rows and two along its columns. Operands lie in workgroup memory as they do in
//! memory, the sum's index or their own innermost; `ldmatrix` makes fragments of either.

use super::copies::{Layout, WORKGROUP_BYTES};
use super::rectangles::Staged;
use super::*;
use crate::kernel::form::Tiles;

/// Products of a sum that pass through workgroup memory at a time.
pub(super) const DEPTH: i64 = 32;
/// Those of a fragment.
pub(super) const STEP: i64 = 16;
/// Elements of 16 bytes, a line of a matrix that `ldmatrix` loads.
const RUN: i64 = 8;
/// Elements of a line along an operand.
const PANEL: i64 = 64;
/// Threads that run together.
const SUBGROUP: i64 = 32;
/// Elements between rows of sums on their way out beyond the rectangle's: neighbouring rows lie in different banks.
pub(super) const PAD: i64 = 8;

/// Where this thread's lines of an operand's fragments are in a stage.
struct Fragments {
    layout: Layout,
    /// In bytes: a line along the sum has a start for each step, one along the operand for each fragment.
    starts: Vec<Val>,
}

impl<'a> Emitter<'a> {
    /// What one thread does for the nest of a form of tiles on matrix units.
    pub(super) fn units_of(&mut self, tiles: &'a Tiles) {
        let shape = tiles.shape.map(i64::from);
        let half = self.nest.reads[tiles.operands[0]].dtype;
        let rectangle = self.rectangle(tiles);
        let layouts = self.half_layouts(tiles);
        // What each subgroup computes: fragments of 16 rows and of 8 columns. On their way out, as many of its rows as there is room for.
        let [tall, wide] = shape.map(|side| side / 2);
        let (down, across) = ((tall / 16) as usize, (wide / 8) as usize);
        let pitch = shape[1] + PAD;
        let passes = (shape[0] * pitch * 4 + WORKGROUP_BYTES - 1) / WORKGROUP_BYTES;
        let out_rows = tall / passes;
        let ring = self.ring(tiles, &rectangle, DEPTH, layouts, 2 * out_rows * pitch * 4);

        let [subgroup_size, two] = [SUBGROUP, 2].map(|n| self.int(n));
        let subgroup = self.same("arith.divui", &[&rectangle.thread, &subgroup_size]);
        let lane = self.same("arith.remui", &[&rectangle.thread, &subgroup_size]);
        let row = self.same("arith.divui", &[&subgroup, &two]);
        let column = self.same("arith.remui", &[&subgroup, &two]);
        let first_column = self.multiple(&column, wide);
        let first_row = self.multiple(&row, tall);
        let start = shape[0] * DEPTH;
        let rows = self.fragments(layouts[0], &lane, &first_row, down, false, 0);
        let columns = self.fragments(layouts[1], &lane, &first_column, across / 2, true, start);

        let none = self.constant(Scalar::from_f64(DType::F32, 0.0), 1);
        let totals = vec![none; 4 * down * across];
        let last = self.run_ring(&ring, &rectangle, totals, |e, stage, mut totals| {
            let steps: Vec<_> = (0..DEPTH / STEP)
                .map(|step| {
                    let mut load = |fragments: &Fragments, count: usize| -> Vec<Vec<Rc<str>>> {
                        (0..count).map(|i| e.fragment(fragments, stage, i as i64, step, half)).collect()
                    };
                    (load(&rows, down), load(&columns, across / 2))
                })
                .collect();
            for (rows, columns) in &steps {
                for (i, row) in rows.iter().enumerate() {
                    for j in 0..across {
                        let at = 4 * (i * across + j);
                        let column = &columns[j / 2][j % 2 * 2..][..2];
                        let new = e.multiply(row, column, &totals[at..at + 4], half);
                        totals.splice(at..at + 4, new);
                    }
                }
            }
            totals
        });

        // Out by way of workgroup memory, so that what follows runs in the order of the output's memory.
        let four = self.int(4);
        let fragment_row = self.same("arith.divui", &[&lane, &four]);
        let pair = self.same("arith.remui", &[&lane, &four]);
        let pair = self.multiple(&pair, 2);
        let staged_row = self.multiple(&row, out_rows);
        let staged_row = self.same("arith.addi", &[&staged_row, &fragment_row]);
        let at = self.multiple(&staged_row, pitch);
        let at = self.same("arith.addi", &[&at, &first_column]);
        let at = self.same("arith.addi", &[&at, &pair]);
        let at = self.multiple(&at, 4);
        let at = self.behind(&ring.start, &at);
        let load = self.staged_load(&ring.start);
        for pass in 0..passes {
            if pass > 0 {
                self.line("gpu.barrier");
            }
            let each = (out_rows / 16) as usize;
            for i in 0..each {
                for j in 0..across {
                    let first = 4 * ((pass as usize * each + i) * across + j);
                    for (half, sums) in last[first..first + 4].chunks_exact(2).enumerate() {
                        let to = ((16 * i + 8 * half) as i64 * pitch + 8 * j as i64) * 4;
                        self.leave_pair(sums, &at, to);
                    }
                }
            }
            self.line("gpu.barrier");
            let staged = Staged {
                rows: 2 * out_rows,
                pitch,
                first: pass * out_rows,
                group: out_rows,
                stride: tall,
                load: &load,
            };
            self.finish_sums(tiles, &rectangle, &staged);
        }
    }

    /// Where elements of pieces of half floats are: in lines along the sum, or in panels of 64 along the operand. As `wgmma` has it, too
    /// (swizzles of 64 and of 128 bytes).
    pub(super) fn half_layouts(&self, tiles: &Tiles) -> [Layout; 2] {
        [0, 1].map(|which| match tiles.lie(which).along {
            true => Layout { deep: true, pitch: DEPTH, mixed: DEPTH / RUN, shift: 1, panels: false },
            false => Layout { deep: false, pitch: PANEL, mixed: 8, shift: 0, panels: true },
        })
    }

    /// Leaves two neighbouring sums in workgroup memory, so many bytes behind an address.
    pub(super) fn leave_pair(&mut self, sums: &[Val], at: &Rc<str>, bytes: i64) {
        let to = self.bytes_behind(at, bytes);
        let names: Vec<&str> = sums.iter().map(|v| &*v.name).collect();
        let two = self.raw(&format!("vector.from_elements {} : vector<2xf32>", names.join(", ")));
        self.line(&format!("llvm.store {two}, {to} {{alignment = 8 : i64}} : vector<2xf32>, !llvm.ptr<3>"));
    }

    /// Where this thread's lines of an operand's fragments are: `count` of them, of 16 rows (or columns) each, from one on.
    ///
    /// A fragment is four matrices of 8 by 8, and lane `8 m + r` names line `r` of matrix `m`. Those of rows are in the order of the
    /// registers of `A`: the second one 8 rows further, the third one 8 further along the sum. Those of columns make two fragments
    /// of `B`: the second one is 8 further along the sum, the third one 8 columns further.
    fn fragments(
        &mut self,
        layout: Layout,
        lane: &Val,
        first: &Val,
        count: usize,
        columns: bool,
        start: i64,
    ) -> Fragments {
        let [run, two] = [RUN, 2].map(|n| self.int(n));
        let matrix = self.same("arith.divui", &[lane, &run]);
        let line = self.same("arith.remui", &[lane, &run]);
        let high = self.same("arith.divui", &[&matrix, &two]);
        let low = self.same("arith.remui", &[&matrix, &two]);
        let (own, sum) = if columns { (high, low) } else { (low, high) };
        let [own, sum] = [own, sum].map(|half| self.multiple(&half, 8));
        let own = self.same("arith.addi", &[first, &own]);
        let starts: Vec<Val> = match layout.deep {
            true => {
                let line = self.same("arith.addi", &[&own, &line]);
                let steps = 0..DEPTH / STEP;
                steps
                    .map(|step| {
                        let column = self.more(&sum, step * STEP);
                        self.in_layout(layout, DEPTH, &line, &column, RUN)
                    })
                    .collect()
            }
            false => {
                let line = self.same("arith.addi", &[&sum, &line]);
                (0..count as i64)
                    .map(|i| {
                        let column = self.more(&own, 16 * i);
                        self.in_layout(layout, DEPTH, &line, &column, RUN)
                    })
                    .collect()
            }
        };
        let starts = starts.iter().map(|at| {
            let at = self.more(at, start);
            self.multiple(&at, 2)
        });
        Fragments { layout, starts: starts.collect() }
    }

    /// Fragment number `i` of an operand in a stage, at a step along the sum: four registers.
    fn fragment(
        &mut self,
        fragments: &Fragments,
        stage: &str,
        i: i64,
        step: i64,
        half: DType,
    ) -> Vec<Rc<str>> {
        let Layout { deep, pitch, .. } = fragments.layout;
        let (start, lines) = if deep { (step, 16 * i) } else { (i, STEP * step) };
        let from = self.behind(stage, &fragments.starts[start as usize]);
        self.load_matrices(&from, lines * pitch * 2, !deep, half)
    }

    /// Four matrices of 8 by 8 half floats, transposed or not, whose lines are so many bytes behind what each lane names: four registers.
    pub(super) fn load_matrices(
        &mut self,
        from: &Rc<str>,
        bytes: i64,
        transposed: bool,
        half: DType,
    ) -> Vec<Rc<str>> {
        let from = self.bytes_behind(from, bytes);
        let order = if transposed { "col" } else { "row" };
        let four = "!llvm.struct<(i32, i32, i32, i32)>";
        let loaded = self.raw(&format!(
            "nvvm.ldmatrix {from} {{num = 4 : i32, layout = #nvvm.mma_layout<{order}>, \
             shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = #nvvm.ld_st_matrix_elt_type<b16>}} : (!llvm.ptr<3>) -> {four}"
        ));
        let word = |e: &mut Self, i| {
            let word = e.raw(&format!("llvm.extractvalue {loaded}[{i}] : {four}"));
            match half {
                DType::F16 => e.raw(&format!("llvm.bitcast {word} : i32 to vector<2xf16>")),
                _ => word,
            }
        };
        (0..4).map(|i| word(self, i)).collect()
    }

    /// A fragment of 16 by 16 times one of 16 by 8, added to one of 16 by 8.
    pub(super) fn multiply(
        &mut self,
        row: &[Rc<str>],
        column: &[Rc<str>],
        total: &[Val],
        half: DType,
    ) -> Vec<Val> {
        let list = |names: &[Rc<str>]| names.join(", ");
        let total: Vec<Rc<str>> = total.iter().map(|value| value.name.clone()).collect();
        let (kind, word) = match half {
            DType::F16 => ("", "vector<2xf16>"),
            _ => (
                ", multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>",
                "i32",
            ),
        };
        let fragment = "!llvm.struct<(f32, f32, f32, f32)>";
        let result = self.raw(&format!(
            "nvvm.mma.sync A[{}] B[{}] C[{}] {{layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, \
             shape = #nvvm.shape<m = 16, n = 8, k = 16>{kind}}} : ({word}, {word}, f32) -> {fragment}",
            list(row),
            list(column),
            list(&total)
        ));
        let part = |e: &mut Self, i| {
            e.define(DType::F32, 1, &format!("llvm.extractvalue {result}[{i}] : {fragment}"))
        };
        (0..4).map(|i| part(self, i)).collect()
    }
}
