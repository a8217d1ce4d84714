//! Sums of products of half floats on the matrix units of four subgroups together (`wgmma`, m64n`N`k16, sums in `f32`; PTX ISA,
//! "Asynchronous warpgroup level matrix multiply-accumulate"). Both operands are read where they lie in workgroup memory.
//!
//! Four subgroups compute 64 rows of a rectangle, all of its columns.

use super::copies::Layout;
use super::rectangles::Staged;
use super::units::{DEPTH, PAD, STEP};
use super::*;
use crate::kernel::form::Tiles;

/// Threads that compute together, and their rows.
const GROUP: i64 = 128;
const ROWS: i64 = 64;
/// A multiple of what the way in which runs of 16 bytes are mixed repeats after.
const ALIGN: u32 = 1024;

impl<'a> Emitter<'a> {
    /// What one thread does for the nest of a form of tiles on the matrix units of four subgroups.
    pub(super) fn groups_of(&mut self, tiles: &'a Tiles) {
        let [tall, wide] = tiles.shape.map(i64::from);
        let half = self.nest.reads[tiles.operands[0]].dtype;
        let rectangle = self.rectangle(tiles);
        let layouts = self.half_layouts(tiles);
        let pitch = wide + PAD;
        let mut ring = self.ring(tiles, &rectangle, DEPTH, layouts, tall / 2 * pitch * 4);
        ring.fenced = true;
        self.arrays.last_mut().expect("the ring's").align = ALIGN;

        let threads = self.int(GROUP);
        let group = self.same("arith.divui", &[&rectangle.thread, &threads]);
        let group = self.multiple(&group, ROWS * DEPTH * 2);
        let none = self.constant(Scalar::from_f64(DType::F32, 0.0), 1);
        let totals = vec![none; (wide / 2) as usize];
        let last = self.run_ring(&ring, &rectangle, totals, |e, stage, totals| {
            let stage = e.raw(&format!("llvm.ptrtoint {stage} : !llvm.ptr<3> to i64"));
            let stage = Val { name: stage, dtype: DType::I64, lanes: 1 };
            let rows = e.same("arith.addi", &[&stage, &group]);
            let columns = e.more(&stage, tall * DEPTH * 2);
            let described: Vec<Val> = (0..DEPTH / STEP)
                .flat_map(|step| {
                    [(&rows, layouts[0]), (&columns, layouts[1])]
                        .map(|(start, layout)| e.described(start, layout, step))
                })
                .collect();
            e.multiply_group(&described, &totals, layouts, half)
        });

        // Out by way of workgroup memory: eight of the sixteen rows of each subgroup at a time.
        let [subgroup, four] = [32, 4].map(|n| self.int(n));
        let number = self.same("arith.divui", &[&rectangle.thread, &subgroup]);
        let lane = self.same("arith.remui", &[&rectangle.thread, &subgroup]);
        let row = self.multiple(&number, 8);
        let own = self.same("arith.divui", &[&lane, &four]);
        let row = self.same("arith.addi", &[&row, &own]);
        let pair = self.same("arith.remui", &[&lane, &four]);
        let pair = self.multiple(&pair, 2);
        let at = self.multiple(&row, pitch);
        let at = self.same("arith.addi", &[&at, &pair]);
        let at = self.multiple(&at, 4);
        let at = self.behind(&ring.start, &at);
        let load = self.staged_load(&ring.start);
        for pass in 0..2 {
            if pass > 0 {
                self.line("gpu.barrier");
            }
            for j in 0..wide / 8 {
                let first = (4 * j + 2 * pass) as usize;
                self.leave_pair(&last[first..first + 2], &at, 8 * j * 4);
            }
            self.line("gpu.barrier");
            let staged = Staged { rows: tall / 2, pitch, first: 8 * pass, group: 8, stride: 16, load: &load };
            self.finish_sums(tiles, &rectangle, &staged);
        }
    }

    /// A matrix in workgroup memory in the words of the instruction: its address, how far its groups of eight lines are apart and
    /// how far its panels, and how runs of 16 bytes are mixed.
    fn described(&mut self, start: &Val, layout: Layout, step: i64) -> Val {
        let bytes = layout.pitch * 2;
        let (along, mixing) = if layout.deep { (STEP * 2, 2) } else { (STEP * bytes, 1) };
        let panel = if layout.deep { 16 } else { DEPTH * bytes };
        let constant = mixing << 62 | (8 * bytes / 16) << 32 | (panel / 16) << 16;
        let start = self.more(start, step * along);
        let [mask, shift, constant] = [0x3ffff, 4, constant].map(|n| self.int(n));
        let start = self.same("arith.andi", &[&start, &mask]);
        let start = self.same("arith.shrui", &[&start, &shift]);
        self.same("arith.ori", &[&start, &constant])
    }

    /// Adds products of matrices to totals, and waits for them.
    fn multiply_group(
        &mut self,
        described: &[Val],
        totals: &[Val],
        layouts: [Layout; 2],
        half: DType,
    ) -> Vec<Val> {
        let count = totals.len();
        let ty = if half == DType::F16 { "f16" } else { "bf16" };
        let across = layouts.map(|layout| i64::from(!layout.deep));
        let registers: Vec<String> = (0..count).map(|i| format!("${i}")).collect();
        // In one text, so that nothing comes between the start and the wait: the assembler would put waits of its own there.
        let mut text = "{ .reg .pred p; setp.ne.b32 p, 1, 0; wgmma.fence.sync.aligned; ".to_string();
        for pair in 0..described.len() / 2 {
            let (a, b) = (count + 2 * pair, count + 2 * pair + 1);
            write!(
                text,
                "wgmma.mma_async.sync.aligned.m64n{}k16.f32.{ty}.{ty} {{{}}}, ${a}, ${b}, p, 1, 1, {}, {}; ",
                2 * count,
                registers.join(", "),
                across[0],
                across[1]
            )
            .expect("writing to a string");
        }
        text += "wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0; }";
        let constraints: Vec<String> = (0..count)
            .map(|_| "=f".to_string())
            .chain(described.iter().map(|_| "l".to_string()))
            .chain((0..count).map(|i| i.to_string()))
            .chain(["~{memory}".to_string()])
            .collect();
        let list = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>().join(", ");
        let operands = list(&mut described.iter().chain(totals).map(|value| value.name.to_string()));
        let types = list(&mut described.iter().chain(totals).map(Val::ty));
        let result = format!("!llvm.struct<({})>", list(&mut totals.iter().map(Val::ty)));
        let sums = self.raw(&format!(
            "llvm.inline_asm has_side_effects asm_dialect = att \"{text}\", \"{}\" {operands} : ({types}) -> {result}",
            constraints.join(",")
        ));
        (0..count)
            .map(|i| self.define(DType::F32, 1, &format!("llvm.extractvalue {sums}[{i}] : {result}")))
            .collect()
    }
}
