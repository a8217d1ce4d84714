//! `x[...]` taken apart: numbers, slices, `None` and `...` become a view; tensors are left to the prelude.

use super::apply::term_arg;
use super::bounds::{check_indices, check_position, out_of_bounds};
use super::contents::{as_tensor, tensor_arg, tensor_type};
use super::create::from_data;
use super::object::{TensorObject, ViewStep};
use super::promote::converted;
use super::view::{shown, slice_bounds, viewed, wrapped_index};
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::object::{Iter, Kind};
use crate::python::value::Value;
use crate::python::vm::Vm;
use braid_ir::{Attr, Attrs, DType, Term};

/// One part of an index.
enum Part {
    /// A position: the dimension goes.
    Position(Term),
    /// A range of positions with a step.
    Range(Value, Value, i64),
    /// A new dimension of 1.
    New,
    /// All dimensions that the other parts leave.
    Rest,
    /// Advanced indexing by integers (one dimension) or by a mask (as many as it has).
    Tensor(Value, usize),
}

impl Part {
    /// How many dimensions of the indexed tensor the part is about.
    fn consumes(&self) -> usize {
        match self {
            Part::Position(_) | Part::Range(..) => 1,
            Part::New | Part::Rest => 0,
            Part::Tensor(_, dims) => *dims,
        }
    }
}

/// `index(tensor, index)`: the view, and the tensors that index it as a list of pairs of dimension (of the view) and
/// tensor, or `None` if there are none.
pub(super) fn index(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    vm.settle(&args[1])?;
    let items = match vm.as_tuple(&args[1]) {
        Some(items) => items.to_vec(),
        None => vec![args[1].clone()],
    };
    let mut parts = Vec::with_capacity(items.len() + 1);
    for item in &items {
        parts.push(part(vm, item)?);
    }
    let shape = tensor_type(vm, &tensor).shape;
    let consumed: usize = parts.iter().map(Part::consumes).sum();
    if consumed > shape.len() {
        return Err(vm.index_error(format!("too many indices for tensor of dimension {}", shape.len())));
    }
    if !parts.iter().any(|part| matches!(part, Part::Rest)) {
        parts.push(Part::Rest);
    }
    let mut plan = Plan::default();
    for part in parts {
        plan.add(vm, part, &shape, consumed)?;
    }
    let view = plan.view(vm, &tensor);
    let view = shown(vm, view);
    if plan.tensors.is_empty() {
        return Ok(Ret::Value(vm.new_tuple(vec![view, Value::None])));
    }
    let mut pairs = Vec::with_capacity(plan.tensors.len());
    for (dim, by, size) in std::mem::take(&mut plan.tensors) {
        if let Some(size) = size {
            check_indices(vm, &by, size, true, &out_of_bounds(dim))?;
        }
        pairs.push(vm.new_tuple(vec![Value::Int(dim as i64), by]));
    }
    let pairs = vm.new_list(pairs);
    Ok(Ret::Value(vm.new_tuple(vec![view, pairs])))
}

/// `rows(tensor)`: an iterator over the rows of a tensor whose number is known only at run time.
pub(super) fn rows(vm: &mut Vm, args: &Args) -> NativeResult {
    let iter = Iter::Rows { tensor: args[0].clone(), next: Value::Int(0) };
    Ok(Ret::Value(vm.new_iter(iter)))
}

/// How many rows a tensor has; `None` for a scalar.
///
/// # Errors
/// `TypeError` if it is no tensor.
pub fn row_count(vm: &mut Vm, tensor: &Value) -> Result<Option<Value>, Unwind> {
    let tensor = tensor_arg(vm, tensor)?;
    let count = tensor_type(vm, &tensor).shape.first().copied();
    Ok(count.map(|count| vm.new_int(count)))
}

/// The view of row number `at`, which is known to exist.
///
/// # Errors
/// `TypeError` if it is no tensor.
pub fn row_of(vm: &mut Vm, tensor: &Value, at: Term) -> Result<Value, Unwind> {
    let tensor = tensor_arg(vm, tensor)?;
    let shape = tensor_type(vm, &tensor).shape;
    let mut plan = Plan::default();
    plan.cut(at, at + Term::int(1), 1);
    shape.iter().skip(1).for_each(|&size| plan.keep(size));
    let view = plan.view(vm, &tensor);
    Ok(shown(vm, view))
}

/// A slice of every dimension, then the shape without the positions and with the new dimensions.
#[derive(Default)]
struct Plan {
    dim: usize,
    start: Vec<Term>,
    limit: Vec<Term>,
    stride: Vec<i64>,
    shape: Vec<Term>,
    /// Dimension of the view, the tensor, and the size to check integers against.
    tensors: Vec<(usize, Value, Option<Term>)>,
}

impl Plan {
    fn add(&mut self, vm: &mut Vm, part: Part, shape: &[Term], consumed: usize) -> Result<(), Unwind> {
        match part {
            Part::New => self.shape.push(Term::int(1)),
            Part::Rest => {
                for _ in 0..shape.len() - consumed {
                    self.keep(shape[self.dim]);
                }
            }
            Part::Position(at) => {
                let at = position(vm, at, shape[self.dim], self.dim)?;
                self.cut(at, at + Term::int(1), 1);
            }
            Part::Range(start, stop, step) => {
                let (start, limit) = slice_bounds(vm, &start, &stop, shape[self.dim])?;
                self.cut(start, limit, step);
                let length = limit - start;
                self.shape.push(if step == 1 {
                    length
                } else {
                    (length + Term::int(step - 1)).floor_div(Term::int(step))
                });
            }
            Part::Tensor(by, dims) => {
                let ty = tensor_arg(vm, &by).map(|tensor| tensor_type(vm, &tensor))?;
                let size = (ty.dtype != DType::Bool).then(|| shape[self.dim]);
                self.tensors.push((self.shape.len(), by, size));
                for i in 0..dims {
                    let size = shape[self.dim];
                    if ty.dtype == DType::Bool && vm.state.facts.equal(ty.shape[i], size) == Some(false) {
                        return Err(vm.index_error(format!(
                            "The shape of the mask at index {i} ({}) does not match the shape of the indexed tensor ({size})",
                            ty.shape[i]
                        )));
                    }
                    self.keep(size);
                }
            }
        }
        Ok(())
    }

    fn cut(&mut self, start: Term, limit: Term, stride: i64) {
        self.start.push(start);
        self.limit.push(limit);
        self.stride.push(stride);
        self.dim += 1;
    }

    fn keep(&mut self, size: Term) {
        self.cut(Term::int(0), size, 1);
        self.shape.push(size);
    }

    fn view(&self, vm: &Vm, tensor: &TensorObject) -> TensorObject {
        let attrs = Attrs::from([
            ("start", Attr::Terms(self.start.clone())),
            ("limit", Attr::Terms(self.limit.clone())),
            ("stride", Attr::Ints(self.stride.clone())),
        ]);
        let cut = viewed(vm, tensor, ViewStep { op: "slice", attrs });
        viewed(
            vm,
            &cut,
            ViewStep { op: "reshape", attrs: Attrs::from([("shape", Attr::Terms(self.shape.clone()))]) },
        )
    }
}

/// A position in a dimension, counted from the front. One that is only known at run time is checked there.
fn position(vm: &mut Vm, at: Term, size: Term, dim: usize) -> Result<Term, Unwind> {
    check_position(vm, at, size, dim)?;
    Ok(wrapped_index(vm, at, size))
}

fn part(vm: &mut Vm, item: &Value) -> Result<Part, Unwind> {
    if let Some(tensor) = as_tensor(vm, item) {
        return tensor_part(vm, item, &tensor);
    }
    match vm.scalar(item) {
        Value::None => return Ok(Part::New),
        Value::Ellipsis => return Ok(Part::Rest),
        Value::Bool(true) => return Ok(Part::New),
        Value::Bool(false) => {
            return Err(vm.unsupported("indexing a tensor with False gives no elements", "index with a mask tensor"));
        }
        Value::Float(_) => return Err(vm.index_error("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)")),
        _ => {}
    }
    match vm.kind(item) {
        Some(Kind::Slice(bounds)) => {
            let [start, stop, step] = (**bounds).clone();
            let step = if step.is_none() { 1 } else { vm.int_arg(&step, "slice step")? };
            if step <= 0 {
                return Err(vm.value_error("step must be greater than zero"));
            }
            Ok(Part::Range(start, stop, step))
        }
        Some(Kind::List(_) | Kind::Tuple(_) | Kind::Range(_)) => {
            let data = from_data(vm, item, None)?;
            let data = if data.ty(vm).dtype.is_float() { converted(vm, data, DType::I64)? } else { data };
            let tensor = super::contents::new_object(vm, data);
            let object = tensor_arg(vm, &tensor)?;
            tensor_part(vm, &tensor, &object)
        }
        _ => Ok(Part::Position(term_arg(vm, item, "index")?)),
    }
}

fn tensor_part(vm: &mut Vm, item: &Value, tensor: &TensorObject) -> Result<Part, Unwind> {
    let ty = tensor_type(vm, tensor);
    match ty.dtype {
        DType::Bool | DType::U8 => {
            let data = super::contents::read(vm, tensor)?;
            let data = converted(vm, data, DType::Bool)?;
            if ty.rank() == 0 {
                return Err(
                    vm.unsupported("indexing with a mask of rank 0 is not supported", "use torch.where")
                );
            }
            Ok(Part::Tensor(super::contents::new_object(vm, data), ty.rank()))
        }
        dtype if dtype.is_float() => {
            Err(vm.index_error("tensors used as indices must be long, int, byte or bool tensors"))
        }
        _ if ty.rank() == 0 => Ok(Part::Position(term_arg(vm, item, "index")?)),
        _ => {
            let data = super::contents::read(vm, tensor)?;
            let data = converted(vm, data, DType::I64)?;
            Ok(Part::Tensor(super::contents::new_object(vm, data), 1))
        }
    }
}
