//! Kernels of reductions across memory: neighbouring threads have neighbouring points, so that they read neighbours, and the threads of a
//! point share its reduction.

use super::loops::Accumulator;
use super::*;
use crate::kernel::form::Columns;
use braid_ir::ops::Reduction;

/// Elements that a thread takes in a round, so that as many are on their way.
const UNROLLED: i64 = 8;

impl<'a> Emitter<'a> {
    /// What one thread does.
    pub(super) fn columns(&mut self, of: &'a Columns) {
        self.enter(&of.nest);
        let reduction = of.nest.reduction.expect("a form of reductions");
        let (rank, axes) = (self.nest.rank(), self.nest.axes());
        let (wide, parts) = (i64::from(of.wide), i64::from(of.parts));
        let (group, number) = self.numbers();
        let per_group = self.int(wide);
        let part = self.same("arith.divui", &[&number, &per_group]);
        let own = self.same("arith.remui", &[&number, &per_group]);
        let first = self.same("arith.muli", &[&group, &per_group]);
        let point = self.same("arith.addi", &[&first, &own]);
        let points = self.term(of.points());
        let there = self.compare("arith.cmpi slt", &point, &points);
        self.known.push(HashMap::new());
        self.digits(point, 0..rank);

        let length = self.nest.reduce.iter().fold(Term::int(1), |n, &d| n * d);
        let (length, zero) = (self.term(length), self.int(0));
        let length = self.select(&there, &length, &zero);
        let element = self.nest.body.dtype();
        let accumulator = Accumulator { reduction, element, values: self.initial(reduction, element, 1) };
        let combine = |e: &mut Self, number: Val, values: Vec<Val>| {
            e.known.push(HashMap::new());
            e.digits(number, rank..axes);
            let values = e.combine(&accumulator, values);
            (rank..axes).for_each(|axis| e.index[axis] = None);
            e.known.pop();
            values
        };
        // Whole rounds, and where what is left begins.
        let end = self.more(&length, -parts * (UNROLLED - 1));
        let (round, step) = (self.int(parts * UNROLLED), self.int(parts));
        let mut start = accumulator.values.clone();
        start.push(part.clone());
        let mut values = self.for_loop(&part, &end, &round, &start, |e, at, mut values| {
            values.pop();
            for i in 0..UNROLLED {
                let number = e.more(&at, i * parts);
                values = combine(e, number, values);
            }
            values.push(e.same("arith.addi", &[&at, &round]));
            values
        });
        let rest = values.pop().expect("just pushed");
        let values = self.for_loop(&rest, &length, &step, &values, combine);
        let total = self.over_parts(reduction, values, of, &number, &part);

        let leads = self.compare("arith.cmpi eq", &part, &zero);
        let leads = self.same("arith.andi", &[&leads, &there]);
        self.if_then(&leads, |e| {
            e.reduced = Some(match reduction {
                Reduction::ArgMax | Reduction::ArgMin => total[1].clone(),
                _ => e.cast(&total[0], element),
            });
            let value = e.term(e.nest.stored());
            e.reduced = None;
            e.store(&value, e.nest.store, e.nest.dtype);
        });
        self.known.pop();
    }

    /// What the threads of a point have reduced, all together; the first of them has it.
    fn over_parts(
        &mut self,
        reduction: Reduction,
        mut values: Vec<Val>,
        of: &Columns,
        number: &Val,
        part: &Val,
    ) -> Vec<Val> {
        let arrays = self.part_arrays(&values, of.wide * of.parts);
        values.iter().zip(&arrays).for_each(|(value, &array)| self.leave(value, array, number));
        let mut distance = i64::from(of.parts) / 2;
        while distance > 0 {
            self.line("gpu.barrier");
            let far = self.int(distance);
            let takes = self.compare("arith.cmpi slt", part, &far);
            // What the others read is undisturbed: they read beyond what is left here.
            let (zero, behind) = (self.int(0), self.int(distance * i64::from(of.wide)));
            let behind = self.select(&takes, &behind, &zero);
            let at = self.same("arith.addi", &[number, &behind]);
            let others =
                values.iter().zip(&arrays).map(|(like, &array)| self.take(like, array, &at)).collect();
            let merged = self.merge(reduction, values.clone(), others);
            values = merged.iter().zip(&values).map(|(new, old)| self.select(&takes, new, old)).collect();
            self.if_then(&takes, |e| {
                values.iter().zip(&arrays).for_each(|(value, &array)| e.leave(value, array, number));
            });
            distance /= 2;
        }
        values
    }
}
