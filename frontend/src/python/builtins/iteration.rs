//! Functions of `builtins` that make or run iterators: `iter`, `enumerate`, `zip`, `reversed`, `sorted`.

use super::grown;
use crate::items;
use crate::python::classes;
use crate::python::code::BinaryOp;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::{Iter, Kind};
use crate::python::sym::Symbolic;
use crate::python::torch;
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;
use crate::python::vm::items::range_length;
use crate::python::vm::iterate::Next;

/// The functions.
pub const FUNCTIONS: &[NativeRow] = &[
    row("enumerate", "iterable, start=0", enumerate),
    row("iter", "object, sentinel=<unset>, /", iter),
    row("next", "iterator, default=<unset>, /", next),
    row("reversed", "sequence, /", reversed),
    row("sorted", "iterable, /, *, key=None, reverse=False", sorted),
    row("zip", "*iterables, strict=False", zip),
    row("_ranked", "items, keys, reverse, /", ranked),
];

/// `list.sort`, which belongs to the methods of `list`.
pub const LIST: &[NativeRow] = &[row("sort", "self, /, *, key=None, reverse=False", list_sort)];

/// The methods of native iterators and of generators, by class.
pub const CLASSES: &[(ObjId, &[NativeRow])] = &[
    (classes::ITERATOR, &[row("__iter__", "self, /", itself), row("__next__", "self, /", next_method)]),
    (
        classes::GENERATOR,
        &[
            row("__iter__", "self, /", itself),
            row("__next__", "self, /", next_method),
            row("send", "self, value, /", send),
            row("throw", "self, type, value=<unset>, traceback=None, /", throw),
            row("close", "self, /", close),
        ],
    ),
];

/// A native iterator over each of these; `None` if one needs Python code to run.
fn native_iterators(vm: &mut Vm, iterables: &[Value]) -> Result<Option<Vec<ObjId>>, Unwind> {
    let mut iterators = Vec::with_capacity(iterables.len());
    for iterable in iterables {
        match native_iterator(vm, iterable)? {
            Some(iterator) => iterators.push(iterator),
            None => return Ok(None),
        }
    }
    Ok(Some(iterators))
}

/// The `__iter__` of a class of the person's own.
fn own_iter(vm: &mut Vm, value: &Value) -> Option<Value> {
    let class = vm.class_of(value);
    vm.lookup(class, Name::ITER).filter(|method| matches!(method, Value::Obj(_)))
}

/// A native iterator that never runs Python code; `None` if there is none.
fn native_iterator(vm: &mut Vm, iterable: &Value) -> Result<Option<ObjId>, Unwind> {
    if let Some(own) = own_iter(vm, iterable) {
        let tensors = vm.lookup(vm.tensor_class, Name::ITER);
        let is_rows =
            matches!(vm.kind(iterable), Some(Kind::Tensor(_))) && tensors.is_some_and(|it| it.is_same(&own));
        return if is_rows { row_iterator(vm, iterable) } else { Ok(None) };
    }
    let Some(Value::Obj(id)) = vm.native_iter(iterable) else { return Ok(None) };
    Ok(matches!(vm.obj(id).kind, Kind::Iter(_)).then_some(id))
}

/// A native iterator over the rows of a tensor; `None` for a scalar, which the prelude refuses.
fn row_iterator(vm: &mut Vm, tensor: &Value) -> Result<Option<ObjId>, Unwind> {
    let iter = match torch::row_count(vm, tensor)? {
        None => return Ok(None),
        Some(Value::Int(count)) => {
            let rows: Result<Vec<Value>, Unwind> =
                (0..count).map(|at| torch::row_of(vm, tensor, at.into())).collect();
            Iter::Items(rows?.into(), 0)
        }
        Some(_) => Iter::Rows { tensor: tensor.clone(), next: Value::Int(0) },
    };
    Ok(vm.new_iter(iter).as_obj())
}

/// `iter`: with two arguments the prelude calls the function until it gives the sentinel.
fn iter(vm: &mut Vm, args: &Args) -> NativeResult {
    if args.has(1) {
        let function = vm.prelude_function("_call_until")?;
        return Ret::call(function, vec![args[0].clone(), args[1].clone()]);
    }
    if let Some(method) = own_iter(vm, &args[0]) {
        return Ret::call(method, vec![args[0].clone()]);
    }
    if let Some(iterator) = vm.native_iter(&args[0]) {
        return Ok(Ret::Value(iterator));
    }
    let class = vm.class_of(&args[0]);
    if let Some(method) = vm.lookup(class, Name::ITER) {
        return Ret::call(method, vec![args[0].clone()]);
    }
    if vm.lookup(class, Name::GETITEM).is_some() {
        let function = vm.prelude_function("_iterate_items")?;
        return Ret::call(function, vec![args[0].clone()]);
    }
    let name = vm.type_name(&args[0]);
    Err(vm.type_error(format!("'{name}' object is not iterable")))
}

fn next(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.kind(&args[0]) {
        Some(Kind::Iter(_)) => {
            let id = args[0].as_obj().expect("an iterator lives in the heap");
            match vm.iter_next(id)? {
                Next::Value(value) => return Ok(Ret::Value(value)),
                Next::Done if args.has(1) => return Ok(Ret::Value(args[1].clone())),
                Next::Done => return Err(vm.stop_iteration(Value::None)),
                Next::Unknown => {}
            }
        }
        Some(Kind::Generator(_)) if !args.has(1) => {
            let generator = args[0].as_obj().expect("a generator lives in the heap");
            return Ok(Ret::Resume { generator, sent: Value::None });
        }
        _ => {}
    }
    if args.has(1) {
        let function = vm.prelude_function("_next_or")?;
        return Ret::call(function, vec![args[0].clone(), args[1].clone()]);
    }
    let class = vm.class_of(&args[0]);
    match vm.lookup(class, Name::NEXT) {
        Some(method) => Ret::call(method, vec![args[0].clone()]),
        None => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("'{name}' object is not an iterator")))
        }
    }
}

fn next_method(vm: &mut Vm, args: &Args) -> NativeResult {
    let args = Args { params: vec![args[0].clone(), Value::Unbound], ..Args::default() };
    next(vm, &args)
}

fn itself(_: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(args[0].clone()))
}

fn generator(vm: &mut Vm, value: &Value) -> Result<ObjId, Unwind> {
    match (value, vm.kind(value)) {
        (Value::Obj(id), Some(Kind::Generator(_))) => Ok(*id),
        _ => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a 'generator' object but received a '{name}'")))
        }
    }
}

fn send(vm: &mut Vm, args: &Args) -> NativeResult {
    let id = generator(vm, &args[0])?;
    if let Kind::Generator(generator) = &vm.obj(id).kind
        && !generator.started
        && !args[1].is_none()
    {
        return Err(vm.type_error("can't send non-None value to a just-started generator"));
    }
    Ok(Ret::Resume { generator: id, sent: args[1].clone() })
}

/// `throw(exception)`; the older form gives the class and the exception apart.
fn throw(vm: &mut Vm, args: &Args) -> NativeResult {
    let id = generator(vm, &args[0])?;
    let given = if args.has(2) && !args[2].is_none() { args[2].clone() } else { args[1].clone() };
    let exception = match vm.as_class(&given) {
        Some(_) => vm.call_sync(given, Vec::new(), Vec::new())?,
        None => given,
    };
    if !vm.is_instance(&exception, classes::BASE_EXCEPTION) {
        return Err(vm.type_error("exceptions must be classes or instances deriving from BaseException"));
    }
    Ok(Ret::Throw { generator: id, exception })
}

fn close(vm: &mut Vm, args: &Args) -> NativeResult {
    let function = vm.prelude_function("_close")?;
    Ret::call(function, vec![args[0].clone()])
}

fn enumerate(vm: &mut Vm, args: &Args) -> NativeResult {
    if matches!(args[1], Value::Int(_) | Value::Sym(Symbolic::Int(_)))
        && let Some(iterator) = native_iterator(vm, &args[0])?
    {
        return Ok(Ret::Value(vm.new_iter(Iter::Enumerate(iterator, args[1].clone()))));
    }
    let function = vm.prelude_function("_enumerate")?;
    Ret::call(function, vec![args[0].clone(), args[1].clone()])
}

fn zip(vm: &mut Vm, args: &Args) -> NativeResult {
    let strict = vm.truth(&args[0])?;
    if let Some(iterators) = native_iterators(vm, &args.star)? {
        return Ok(Ret::Value(vm.new_iter(Iter::Zip(iterators, strict))));
    }
    let function = vm.prelude_function("_zip")?;
    let iterables = vm.new_tuple(args.star.clone());
    Ret::call(function, vec![iterables, Value::Bool(strict)])
}

fn reversed(vm: &mut Vm, args: &Args) -> NativeResult {
    let id = args[0].as_obj();
    match vm.kind(&args[0]) {
        Some(Kind::List(items)) => {
            let iter = Iter::Backward(id.expect("a list lives in the heap"), items.len());
            return Ok(Ret::Value(vm.new_iter(iter)));
        }
        Some(Kind::Tuple(items)) => {
            let iter = Iter::Backward(id.expect("a tuple lives in the heap"), items.len());
            return Ok(Ret::Value(vm.new_iter(iter)));
        }
        Some(Kind::Range(range)) => {
            let range = range.clone();
            if let (&Value::Int(start), &Value::Int(stop), &Value::Int(step)) =
                (&range.start, &range.stop, &range.step)
            {
                let count = range_length(start, stop, step);
                let next = if count == 0 { start } else { start + (count - 1) * step };
                return Ok(Ret::Value(vm.new_iter(Iter::Range { next, left: count, step: -step })));
            }
            let count = super::range_len(vm, &range)?;
            let last = vm.binary_plain(BinaryOp::Sub, &count, &Value::Int(1))?.unwrap_or(Value::None);
            let way = vm.binary_plain(BinaryOp::Mul, &last, &range.step)?.unwrap_or(Value::None);
            let next = vm.binary_plain(BinaryOp::Add, &range.start, &way)?.unwrap_or(Value::None);
            let stop = vm.binary_plain(BinaryOp::Sub, &range.start, &range.step)?.unwrap_or(Value::None);
            let step = vm.binary_plain(BinaryOp::Sub, &Value::Int(0), &range.step)?.unwrap_or(Value::None);
            return Ok(Ret::Value(vm.new_iter(Iter::SymRange { next, stop, step })));
        }
        Some(Kind::Seq(_)) => return grown::call(vm, "_backward", args.params[..1].to_vec()),
        Some(Kind::Dict(_) | Kind::DictView(..)) | None => {
            if let Some(mut items) = vm.items(&args[0])? {
                items.reverse();
                return Ok(Ret::Value(vm.new_iter(Iter::Items(items.into(), 0))));
            }
        }
        _ => {}
    }
    let class = vm.class_of(&args[0]);
    if let Some(method) = vm.lookup(class, Name::REVERSED) {
        return Ret::call(method, vec![args[0].clone()]);
    }
    if vm.lookup(class, Name::LEN).is_some() && vm.lookup(class, Name::GETITEM).is_some() {
        let function = vm.prelude_function("_reversed")?;
        return Ret::call(function, vec![args[0].clone()]);
    }
    let name = vm.type_name(&args[0]);
    Err(vm.type_error(format!("'{name}' object is not reversible")))
}

/// The order of keys, stable: a merge sort, because comparing may fail.
fn order(vm: &mut Vm, keys: &[Value], reverse: bool) -> Result<Vec<usize>, Unwind> {
    let mut sorted: Vec<usize> = (0..keys.len()).collect();
    let mut buffer = Vec::with_capacity(keys.len());
    let mut width = 1;
    while width < keys.len() {
        buffer.clear();
        for pair in sorted.chunks(2 * width) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
            while let (Some(&&a), Some(&&b)) = (l.peek(), r.peek()) {
                // Equal elements keep their order, in a reversed sort too.
                let right_first = match reverse {
                    false => vm.less(&keys[b], &keys[a])?,
                    true => vm.less(&keys[a], &keys[b])?,
                };
                match right_first {
                    true => buffer.extend(r.next()),
                    false => buffer.extend(l.next()),
                }
            }
            buffer.extend(l);
            buffer.extend(r);
        }
        std::mem::swap(&mut sorted, &mut buffer);
        width *= 2;
    }
    Ok(sorted)
}

/// Whether the order of these keys, numbers or tuples of numbers, is known only when the program runs.
fn run_time(vm: &Vm, keys: &[Value]) -> bool {
    let Some(columns) = columns(vm, keys) else { return false };
    let known = |column: &[Value]| column.iter().all(|number| !matches!(number, Value::Sym(_)));
    let distinct = |column: &[Value]| {
        column.iter().enumerate().all(|(at, number)| column[..at].iter().all(|other| !number.is_same(other)))
    };
    match &columns[..] {
        // Where the first parts tell all keys apart nobody looks at the others.
        [first, _, ..] if known(first) && distinct(first) => false,
        columns => !columns.iter().all(|column| known(column)),
    }
}

/// Keys by their parts, a number being one part; none if they are not numbers or tuples of as many numbers.
fn columns(vm: &Vm, keys: &[Value]) -> Option<Vec<Vec<Value>>> {
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let parts = match vm.kind(key) {
            Some(Kind::Tuple(parts)) => &parts[..],
            Some(Kind::List(parts)) => parts,
            _ => std::slice::from_ref(key),
        };
        if at == 0 {
            columns.resize(parts.len(), Vec::new());
        }
        if parts.len() != columns.len() {
            return None;
        }
        for (column, part) in columns.iter_mut().zip(parts) {
            let number = vm.scalar(part);
            match number {
                Value::Int(_) | Value::Float(_) | Value::Bool(_) => column.push(number.clone()),
                Value::Sym(symbolic) if !matches!(symbolic, Symbolic::Str(_)) => column.push(number.clone()),
                _ => return None,
            }
        }
    }
    Some(columns)
}

/// Sorting that the program has to do.
fn sorted_later(vm: &mut Vm, items: Vec<Value>, keys: Vec<Value>, reverse: bool) -> NativeResult {
    let function = vm.prelude_function("_sorted_later")?;
    let (items, keys) = (vm.new_list(items), vm.new_list(keys));
    Ret::call(function, vec![items, keys, Value::Bool(reverse)])
}

fn sorted(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = items!(vm, args, 0);
    if !args[1].is_none() {
        let function = vm.prelude_function("_sorted_by")?;
        let list = vm.new_list(items);
        return Ret::call(function, vec![list, args[1].clone(), args[2].clone()]);
    }
    let reverse = vm.truth(&args[2])?;
    if run_time(vm, &items) {
        return sorted_later(vm, items.clone(), items, reverse);
    }
    let items = order(vm, &items, reverse)?.into_iter().map(|at| items[at].clone()).collect();
    Ok(Ret::Value(vm.new_list(items)))
}

/// The elements of a list in the order of their keys.
fn ranked(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = items!(vm, args, 0);
    let keys = items!(vm, args, 1);
    let reverse = vm.truth(&args[2])?;
    if run_time(vm, &keys) {
        return sorted_later(vm, items, keys, reverse);
    }
    let items = order(vm, &keys, reverse)?.into_iter().map(|at| items[at].clone()).collect();
    Ok(Ret::Value(vm.new_list(items)))
}

fn list_sort(vm: &mut Vm, args: &Args) -> NativeResult {
    if !vm.settle(&args[0])? && grown::grown(vm, &args[0]).is_some() {
        return Err(grown::refused(vm, "sorting"));
    }
    let Some(items) = vm.as_list(&args[0]).cloned() else {
        return Err(vm.type_error("list.sort needs a list"));
    };
    if !args[1].is_none() {
        let function = vm.prelude_function("_sort_by")?;
        return Ret::call(function, vec![args[0].clone(), args[1].clone(), args[2].clone()]);
    }
    let reverse = vm.truth(&args[2])?;
    if run_time(vm, &items) {
        let function = vm.prelude_function("_sort_later")?;
        return Ret::call(function, vec![args[0].clone(), Value::Bool(reverse)]);
    }
    let sorted = order(vm, &items, reverse)?.into_iter().map(|at| items[at].clone()).collect();
    if let Some(list) = vm.as_list_mut(&args[0]) {
        *list = sorted;
    }
    Ret::NONE
}
