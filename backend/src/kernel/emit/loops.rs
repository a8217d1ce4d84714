//! Loop nests as written: every axis a loop, one of them in vectors if the schedule says so.

use super::product::digits;
use super::*;
use crate::kernel::schedule::Schedule;
use braid_ir::ops::Reduction;

/// One kernel as text, and what it is called with.
#[derive(Clone, Debug)]
pub struct KernelText {
    /// A module with one public function `@KERNEL(out, pointers…, integers…)`.
    pub text: String,
    /// What the pointers are, without the output.
    pub pointers: Vec<Slot>,
    /// What the integers are.
    pub dims: Vec<Sym>,
}

/// Reductions of at most this many points per element are written out.
const UNROLLED: usize = 16;

/// The name of the function in [`KernelText::text`], to be replaced.
pub const NAME: &str = "@KERNEL";

/// The distinct slots that a nest reads, and the name of each read's pointer.
fn reads(nest: &Nest) -> (Vec<Slot>, Vec<Rc<str>>) {
    let mut slots: Vec<Slot> = Vec::new();
    let mut pointers: Vec<Rc<str>> = Vec::new();
    for read in &nest.reads {
        let at = slots.iter().position(|s| *s == read.slot).unwrap_or_else(|| {
            slots.push(read.slot);
            slots.len() - 1
        });
        pointers.push(format!("%in{at}").into());
    }
    (slots, pointers)
}

/// The symbols that a nest mentions.
fn symbols(nest: &Nest) -> Vec<Sym> {
    let mut dims: Vec<Sym> = Vec::new();
    for sym in nest.terms().flat_map(|t| t.syms()) {
        if !dims.contains(&sym) {
            dims.push(sym);
        }
    }
    dims
}

/// Writes the kernel of a nest.
pub fn emit(nest: &Nest, schedule: &Schedule, target: &Target) -> KernelText {
    let (slots, pointers) = reads(nest);
    let dims = symbols(nest);
    let mut emitter = Emitter::new(nest, target);
    emitter.pointers = pointers;
    for (i, &sym) in dims.iter().enumerate() {
        emitter.set_sym(sym, format!("%dim{i}").into());
    }
    match schedule {
        Schedule::Scalar => emitter.out_axes(&(0..nest.rank()).collect::<Vec<_>>()),
        Schedule::Lanes { axis, lanes } => {
            let order: Vec<usize> = (0..nest.rank()).filter(|a| a != axis).collect();
            emitter.out_axes_then(&order, &mut |e| {
                e.lanes_of(*axis, *lanes, &mut |e| e.point(None));
            });
        }
        Schedule::Product(product) => emitter.product(product),
        Schedule::Rows { axis, lanes } => {
            let order: Vec<usize> = (0..nest.rank()).collect();
            emitter.out_axes_then(&order, &mut |e| e.point(Some((*axis, *lanes))));
        }
    }
    let mut parameters = vec!["%out: !llvm.ptr {llvm.noalias}".to_string()];
    parameters.extend((0..slots.len()).map(|i| format!("%in{i}: !llvm.ptr {{llvm.noalias, llvm.readonly}}")));
    parameters.extend((0..dims.len()).map(|i| format!("%dim{i}: i64")));
    let mut text = String::from("module {\n");
    for import in &emitter.imports {
        let (ty, arity) = signature(import);
        let arguments = vec![ty; arity].join(", ");
        writeln!(text, "  func.func private @{import}({arguments}) -> {ty}").expect("writing to a string");
    }
    writeln!(text, "  func.func {NAME}({}) {{", parameters.join(", ")).expect("writing to a string");
    text.push_str(&emitter.constants);
    text.push_str(&emitter.body);
    text.push_str("    return\n  }\n}\n");
    KernelText { text, pointers: slots, dims }
}

/// The type and the number of arguments of a function of the runtime.
pub(super) fn signature(import: &str) -> (&'static str, usize) {
    let arity =
        crate::kernel::IMPORTS.iter().find(|(name, _)| *name == import).map_or(1, |(_, arity)| *arity);
    (if import == "braid_ipow" { "i64" } else { "f64" }, arity)
}

/// A reduction under way.
pub(super) struct Accumulator {
    pub(super) reduction: Reduction,
    /// The type of the elements that come in.
    pub(super) element: DType,
    /// The running value, and for index reductions the running index.
    pub(super) values: Vec<Val>,
}

impl Emitter<'_> {
    fn out_axes(&mut self, order: &[usize]) {
        self.out_axes_then(order, &mut |e| e.point(None));
    }

    /// Loops over the output axes in this order, outermost first, around `inner`.
    pub(super) fn out_axes_then(&mut self, order: &[usize], inner: &mut dyn FnMut(&mut Self)) {
        let Some((&axis, rest)) = order.split_first() else { return inner(self) };
        let (low, step) = (self.int(0), self.int(1));
        let high = self.term(self.nest.extent(axis));
        self.for_loop(&low, &high, &step, &[], |e, index, _| {
            e.index[axis] = Some(Index::Uniform(index));
            e.out_axes_then(rest, inner);
            e.index[axis] = None;
            vec![]
        });
    }

    /// Loops over one axis in vectors around `inner`; lanes beyond its end are masked out.
    fn lanes_of(&mut self, axis: usize, lanes: usize, inner: &mut dyn FnMut(&mut Self)) {
        let extent = self.nest.extent(axis);
        let (zero, step) = (self.int(0), self.int(lanes as i64));
        let width = Term::from(lanes);
        let whole = extent.floor_div(width) * width;
        if whole.as_int() != Some(0) {
            let high = self.term(whole);
            self.for_loop(&zero, &high, &step, &[], |e, index, _| {
                e.in_lanes(axis, lanes, index, None, &mut *inner);
                vec![]
            });
        }
        let rest = extent.modulo(width);
        if rest.as_int() == Some(0) {
            return;
        }
        let base = self.term(whole);
        let mask = self.tail_mask(rest, lanes);
        if rest.as_int().is_some() {
            self.in_lanes(axis, lanes, base, Some(mask), inner);
        } else {
            let count = self.term(rest);
            let some = self.compare("arith.cmpi sgt", &count, &zero);
            self.if_then(&some, |e| e.in_lanes(axis, lanes, base, Some(mask), inner));
        }
    }

    /// The first `rest` lanes.
    fn tail_mask(&mut self, rest: Term, lanes: usize) -> Val {
        let ty = shaped("i1", lanes);
        match rest.as_int() {
            Some(rest) => {
                let bits: Vec<&str> =
                    (0..lanes as i64).map(|i| if i < rest { "true" } else { "false" }).collect();
                let name = self.raw_constant(&format!("dense<[{}]>", bits.join(", ")), &ty);
                Val { name, dtype: DType::Bool, lanes }
            }
            None => {
                let steps: Vec<String> = (0..lanes).map(|i| i.to_string()).collect();
                let name =
                    self.raw_constant(&format!("dense<[{}]>", steps.join(", ")), &shaped("i64", lanes));
                let steps = Val { name, dtype: DType::I64, lanes };
                let count = self.term(rest);
                let count = self.spread(&count, lanes);
                self.compare("arith.cmpi slt", &steps, &count)
            }
        }
    }

    /// Runs `inner` with the axis in lanes from `base` on.
    pub(super) fn in_lanes(
        &mut self,
        axis: usize,
        lanes: usize,
        base: Val,
        mask: Option<Val>,
        inner: &mut dyn FnMut(&mut Self),
    ) {
        self.index[axis] = Some(Index::Lanes(base));
        self.lanes = lanes;
        self.mask = mask;
        self.known.push(HashMap::new());
        inner(self);
        self.known.pop();
        self.mask = None;
        self.lanes = 1;
        self.index[axis] = None;
    }

    /// One output element, or one vector of them. `rows` is the reduction axis that runs in lanes, if one does.
    pub(super) fn point(&mut self, rows: Option<(usize, usize)>) {
        if let Some(reduction) = self.nest.reduction {
            let reduced = self.reduce(reduction, rows);
            self.reduced = Some(reduced);
        }
        let value = self.term(self.nest.stored());
        self.store(&value, self.nest.store, self.nest.dtype);
        self.reduced = None;
    }

    /// The reduced value at the present output point.
    pub(super) fn reduce(&mut self, reduction: Reduction, rows: Option<(usize, usize)>) -> Val {
        let element = self.nest.body.dtype();
        let lanes = rows.map_or(self.lanes, |(_, lanes)| lanes);
        let accumulator = Accumulator { reduction, element, values: self.initial(reduction, element, lanes) };
        let mut axes: Vec<usize> = (self.nest.rank()..self.nest.axes()).collect();
        if let Some((axis, _)) = rows {
            axes.retain(|a| *a != axis);
        }
        let values = self.reduce_axes(&axes, rows, &accumulator, accumulator.values.clone());
        let total = match rows {
            Some(_) => self.across_lanes(reduction, &values[0]),
            None => values[values.len() - 1].clone(),
        };
        match reduction {
            Reduction::ArgMax | Reduction::ArgMin => total,
            _ => self.cast(&total, element),
        }
    }

    /// What a reduction starts from.
    pub(super) fn initial(&mut self, reduction: Reduction, element: DType, lanes: usize) -> Vec<Val> {
        match reduction.identity(element) {
            Some(identity) => {
                let wide = if reduction == Reduction::Sum { element.accumulator() } else { element };
                vec![self.constant(identity.cast(wide), lanes)]
            }
            None => {
                let first = self.constant(Scalar::from_int(element, 0), lanes);
                // No index yet.
                let index = self.constant(Scalar::i64(-1), lanes);
                vec![first, index]
            }
        }
    }

    fn reduce_axes(
        &mut self,
        axes: &[usize],
        rows: Option<(usize, usize)>,
        accumulator: &Accumulator,
        values: Vec<Val>,
    ) -> Vec<Val> {
        let Some((&axis, rest)) = axes.split_first() else {
            return match rows {
                Some((axis, lanes)) => self.reduce_row(axis, lanes, accumulator, values),
                None => self.combine(accumulator, values),
            };
        };
        if rows.is_none()
            && let Some(extents) = self.unrolled(axes)
        {
            let mut values = values;
            for point in digits(&extents) {
                for (&axis, &i) in axes.iter().zip(&point) {
                    let at = self.int(i as i64);
                    self.index[axis] = Some(Index::Uniform(at));
                }
                self.known.push(HashMap::new());
                values = self.combine(accumulator, values);
                self.known.pop();
            }
            axes.iter().for_each(|&axis| self.index[axis] = None);
            return values;
        }
        let (low, step) = (self.int(0), self.int(1));
        let high = self.term(self.nest.extent(axis));
        self.for_loop(&low, &high, &step, &values, |e, index, inner| {
            e.index[axis] = Some(Index::Uniform(index));
            let next = e.reduce_axes(rest, rows, accumulator, inner);
            e.index[axis] = None;
            next
        })
    }

    /// The extents of reduction axes that together are short enough to be written out.
    fn unrolled(&self, axes: &[usize]) -> Option<Vec<usize>> {
        let extents: Option<Vec<usize>> = axes
            .iter()
            .map(|&a| self.nest.extent(a).as_int().and_then(|e| usize::try_from(e).ok()))
            .collect();
        extents.filter(|e| e.iter().product::<usize>() <= UNROLLED)
    }

    /// One row of the reduction in lanes.
    fn reduce_row(
        &mut self,
        axis: usize,
        lanes: usize,
        accumulator: &Accumulator,
        values: Vec<Val>,
    ) -> Vec<Val> {
        let extent = self.nest.extent(axis);
        let width = Term::from(lanes);
        let whole = extent.floor_div(width) * width;
        let mut values = values;
        if whole.as_int() != Some(0) {
            let (low, step, high) = (self.int(0), self.int(lanes as i64), self.term(whole));
            values = self.for_loop(&low, &high, &step, &values, |e, index, inner| {
                let mut next = vec![];
                e.in_lanes(axis, lanes, index, None, &mut |e| next = e.combine(accumulator, inner.clone()));
                next
            });
        }
        let rest = extent.modulo(width);
        if rest.as_int() != Some(0) {
            let base = self.term(whole);
            let mask = self.tail_mask(rest, lanes);
            let before = values.clone();
            self.in_lanes(axis, lanes, base, Some(mask), &mut |e| {
                values = e.combine(accumulator, before.clone())
            });
        }
        values
    }

    /// The accumulator with the element at the present point taken in.
    pub(super) fn combine(&mut self, accumulator: &Accumulator, values: Vec<Val>) -> Vec<Val> {
        let element = self.term(self.nest.body);
        let element = self.spread(&element, values[0].lanes);
        self.take_in(accumulator, &element, values)
    }

    /// The accumulator with an element taken in.
    pub(super) fn take_in(&mut self, accumulator: &Accumulator, element: &Val, values: Vec<Val>) -> Vec<Val> {
        let lanes = values[0].lanes;
        match accumulator.reduction.combine() {
            Some(op) => {
                let mut wide = self.cast(element, values[0].dtype);
                let in_rows =
                    self.index[self.nest.rank()..].iter().any(|i| matches!(i, Some(Index::Lanes(_))));
                if let Some(mask) = self.mask.clone().filter(|_| in_rows) {
                    // Lanes beyond the row's end count nothing.
                    let identity =
                        accumulator.reduction.identity(accumulator.element).expect("not an index reduction");
                    let identity = self.constant(identity.cast(wide.dtype), lanes);
                    wide = self.select(&mask, &wide, &identity);
                }
                vec![self.apply(op, &[values[0].clone(), wide])]
            }
            None => self.combine_index(accumulator, element, &values),
        }
    }

    /// The better of the running element and this one, with its index; the first of equals, and NaN is best of all.
    fn combine_index(&mut self, accumulator: &Accumulator, element: &Val, values: &[Val]) -> Vec<Val> {
        let (best, best_at) = (&values[0], &values[1]);
        let lanes = best.lanes;
        let better = if accumulator.reduction == Reduction::ArgMax { ScalarOp::Gt } else { ScalarOp::Lt };
        let mut take = self.apply(better, &[element.clone(), best.clone()]);
        if accumulator.element.is_float() {
            let new_nan = self.apply(ScalarOp::IsNan, std::slice::from_ref(element));
            let old_nan = self.apply(ScalarOp::IsNan, std::slice::from_ref(best));
            let old_fine = self.apply(ScalarOp::Not, &[old_nan]);
            let nan_first = self.apply(ScalarOp::And, &[new_nan, old_fine]);
            take = self.apply(ScalarOp::Or, &[take, nan_first]);
        }
        let at = self.axis(self.nest.rank());
        let zero = self.constant(Scalar::i64(0), lanes);
        let first = self.compare("arith.cmpi slt", best_at, &zero);
        let take = self.apply(ScalarOp::Or, &[take, first]);
        let at = self.spread(&at, lanes);
        vec![self.select(&take, element, best), self.select(&take, &at, best_at)]
    }

    /// The reduction of a vector's lanes.
    fn across_lanes(&mut self, reduction: Reduction, value: &Val) -> Val {
        let float = value.dtype.is_float();
        let unsigned = value.dtype.is_unsigned() || value.dtype == DType::Bool;
        let kind = match (reduction, float, unsigned) {
            (Reduction::Sum, _, _) if value.dtype == DType::Bool => "or",
            (Reduction::Product, _, _) if value.dtype == DType::Bool => "and",
            (Reduction::Sum, _, _) => "add",
            (Reduction::Product, _, _) => "mul",
            (Reduction::Max, true, _) => "maximumf",
            (Reduction::Min, true, _) => "minimumf",
            (Reduction::Max, _, true) => "maxui",
            (Reduction::Min, _, true) => "minui",
            (Reduction::Max, ..) => "maxsi",
            (Reduction::Min, ..) => "minsi",
            (Reduction::And, ..) => "and",
            (Reduction::Or, ..) => "or",
            (Reduction::ArgMax | Reduction::ArgMin, ..) => {
                unreachable!("index reductions do not run in lanes")
            }
        };
        let fast = if float { " fastmath<reassoc>" } else { "" };
        let element = register(value.dtype);
        let text = format!("vector.reduction <{kind}>, {}{fast} : {} into {element}", value.name, value.ty());
        self.define(value.dtype, 1, &text)
    }
}
