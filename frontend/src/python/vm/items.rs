//! Subscripts: reading, writing and deleting elements and slices of built-in containers.

use super::Vm;
use super::frame::Then;
use crate::python::builtins::grown::grown;
use crate::python::classes;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::{DictPart, Kind, Range};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::{ObjId, Value};
use braid_ir::Term;

/// What a container is, for subscripts.
enum Container {
    List,
    Tuple,
    Dict,
    /// A live `__dict__`.
    Attributes,
    Str,
    Bytes,
    Range,
    Class,
    Other,
}

impl Vm {
    fn container(&self, value: &Value) -> Container {
        match self.kind(value) {
            Some(Kind::List(_)) => Container::List,
            Some(Kind::Tuple(_)) => Container::Tuple,
            Some(Kind::Dict(_)) => Container::Dict,
            Some(Kind::DictView(_, DictPart::Attributes)) => Container::Attributes,
            Some(Kind::Bytes(_)) => Container::Bytes,
            Some(Kind::Range(_)) => Container::Range,
            Some(Kind::Class(_)) => Container::Class,
            _ if self.as_str(value).is_some() => Container::Str,
            _ => Container::Other,
        }
    }

    /// The method of a class that is not one of ours.
    fn own_method(&mut self, value: &Value, name: Name) -> Option<Value> {
        let class = self.class_of(value);
        self.lookup(class, name).filter(|method| !matches!(method, Value::Native(_)))
    }

    /// `container[index]`
    pub(super) fn load_item(&mut self, container: Value, index: Value, then: Then) -> Result<(), Unwind> {
        if let Some(method) = self.own_method(&container, Name::GETITEM) {
            return self.call_bound(method, container, vec![index], then);
        }
        if grown(self, &container).is_some() && matches!(self.kind(&index), Some(Kind::Slice(_))) {
            let function = self.prelude_function("_sliced")?;
            return self.call(function, vec![container, index], Vec::new(), then);
        }
        if let Some(value) = self.get_item_plain(&container, &index)? {
            return self.deliver(then, value);
        }
        match self.container(&container) {
            Container::Attributes => Err(self.key_error(index)),
            Container::Dict => {
                if let Some(missing) = self.own_method(&container, Name::MISSING) {
                    return self.call_bound(missing, container, vec![index], then);
                }
                Err(self.key_error(index))
            }
            Container::Class => {
                // `C[...]`: a generic class is the class itself, unless it says otherwise.
                let Value::Obj(id) = container else { unreachable!("a class is an object") };
                match self.lookup(id, Name::CLASS_GETITEM) {
                    Some(method) => {
                        let method = match self.kind(&method) {
                            Some(Kind::ClassMethod(inner)) => inner.clone(),
                            _ => method,
                        };
                        self.call_bound(method, container, vec![index], then)
                    }
                    None => self.deliver(then, container),
                }
            }
            _ => {
                let class = self.class_of(&container);
                match self.lookup(class, Name::GETITEM) {
                    Some(method) => self.call_bound(method, container, vec![index], then),
                    None => {
                        if let Value::Obj(id) = container
                            && let Some(stand_in) = self.missing_stand_in(id, "[]")
                        {
                            return self.deliver(then, stand_in);
                        }
                        Err(self.not_subscriptable(&container))
                    }
                }
            }
        }
    }

    fn not_subscriptable(&mut self, container: &Value) -> Unwind {
        if let Value::Obj(id) = container
            && let Some(error) = self.missing_module_used(*id)
        {
            return error;
        }
        self.type_error(format!("'{}' object is not subscriptable", self.type_name(container)))
    }

    /// `container[index]`, run to its end if a method must tell.
    ///
    /// # Errors
    /// `IndexError`, `KeyError`, and what methods raise.
    pub fn get_item(&mut self, container: &Value, index: &Value) -> Result<Value, Unwind> {
        if let Some(method) = self.own_method(container, Name::GETITEM) {
            return self.call_sync(method, vec![container.clone(), index.clone()], Vec::new());
        }
        match self.get_item_plain(container, index)? {
            Some(value) => Ok(value),
            None => match self.container(container) {
                Container::Attributes => Err(self.key_error(index.clone())),
                Container::Dict => match self.own_method(container, Name::MISSING) {
                    Some(missing) => {
                        self.call_sync(missing, vec![container.clone(), index.clone()], Vec::new())
                    }
                    None => Err(self.key_error(index.clone())),
                },
                _ => Err(self.not_subscriptable(container)),
            },
        }
    }

    /// An element or a slice of a built-in container; `None` if it has none at the key, or is no such container.
    ///
    /// # Errors
    /// `IndexError`, `TypeError`; the request to find out a symbolic index.
    pub fn get_item_plain(&mut self, container: &Value, index: &Value) -> Result<Option<Value>, Unwind> {
        let kind = self.container(container);
        if let Container::Dict = kind {
            let Some(key) = self.lookup_key(container, index)? else { return Ok(None) };
            return Ok(self.as_dict(container).and_then(|dict| dict.get(&key)).cloned());
        }
        self.settle_for(container, index)?;
        if let Some(list) = grown(self, container) {
            return crate::python::builtins::grown::get(self, list, index).map(Some);
        }
        if let Container::Attributes = kind {
            let name = self.as_str(index).and_then(|name| Name::existing(name));
            let owner = self.attributes_of(container).expect("the kind says so");
            return Ok(name.and_then(|name| self.obj(owner).attr(name).cloned()));
        }
        if matches!(kind, Container::Class | Container::Other) {
            return Ok(None);
        }
        let length = self.plain_length(container);
        if matches!(self.kind(index), Some(Kind::Slice(_))) {
            let picked = self.slice_indices(index, length)?;
            return Ok(Some(self.pick(container, &kind, &picked)));
        }
        let name = match kind {
            Container::List => "list",
            Container::Tuple => "tuple",
            Container::Str => "string",
            Container::Range => "range object",
            _ => "bytes",
        };
        let at = self.element_index(index, length, name)?;
        Ok(Some(match self.kind(container) {
            Some(Kind::List(items)) => items[at].clone(),
            Some(Kind::Tuple(items)) => items[at].clone(),
            Some(Kind::Bytes(bytes)) => Value::Int(i64::from(bytes[at])),
            Some(Kind::Range(range)) => {
                let range = range.clone();
                let (start, _, step) = self.range_bounds(&range)?;
                Value::Int(start + at as i64 * step)
            }
            _ => {
                let text = self.as_str(container).cloned().unwrap_or_default();
                match text.is_ascii() {
                    true => Value::str(&text[at..=at]),
                    false => Value::str(text.chars().nth(at).map(String::from).unwrap_or_default()),
                }
            }
        }))
    }

    /// The number of elements of a built-in container.
    pub fn plain_length(&mut self, container: &Value) -> usize {
        match self.kind(container) {
            Some(Kind::List(items)) => items.len(),
            Some(Kind::Tuple(items)) => items.len(),
            Some(Kind::Bytes(bytes)) => bytes.len(),
            Some(Kind::Dict(table) | Kind::Set(table)) => table.len(),
            Some(Kind::DictView(owner, DictPart::Attributes)) => self.obj(*owner).attrs().count(),
            Some(Kind::DictView(dict, _)) => self.as_dict(&Value::Obj(*dict)).map_or(0, |dict| dict.len()),
            Some(Kind::Range(range)) => {
                let range = range.clone();
                self.range_bounds(&range)
                    .map_or(0, |(start, stop, step)| range_length(start, stop, step) as usize)
            }
            _ => self
                .as_str(container)
                .map_or(0, |text| if text.is_ascii() { text.len() } else { text.chars().count() }),
        }
    }

    /// The bounds of a range as numbers.
    ///
    /// # Errors
    /// The request to find out a symbolic one.
    pub fn range_bounds(&mut self, range: &Range) -> Result<(i64, i64, i64), Unwind> {
        Ok((
            self.int_arg(&range.start, "the start of a range")?,
            self.int_arg(&range.stop, "the end of a range")?,
            self.int_arg(&range.step, "the step of a range")?,
        ))
    }

    /// Whether a range holds a number; `None` if its bounds are symbolic.
    pub(super) fn range_contains(&mut self, range: &Value, element: &Value) -> Result<Option<bool>, Unwind> {
        let Some(Kind::Range(range)) = self.kind(range) else { return Ok(None) };
        let range = range.clone();
        let (start, stop, step) = self.range_bounds(&range)?;
        let number = match self.scalar(element) {
            Value::Int(_) | Value::Bool(_) | Value::Sym(_) => {
                self.int_arg(element, "the element looked for")?
            }
            Value::Float(float) if float.fract() == 0.0 => *float as i64,
            _ => return Ok(Some(false)),
        };
        let inside =
            if step > 0 { start <= number && number < stop } else { stop < number && number <= start };
        Ok(Some(inside && (number - start) % step == 0))
    }

    /// A position from an index that may count from the end.
    fn element_index(&mut self, index: &Value, length: usize, name: &str) -> Result<usize, Unwind> {
        if matches!(self.scalar(index), Value::Obj(_)) {
            let class = self.class_of(index);
            if let Some(method) = self.lookup(class, Name::INDEX) {
                let number = self.call_sync(method, vec![index.clone()], Vec::new())?;
                return self.element_index(&number, length, name);
            }
        }
        if let Value::Sym(Symbolic::Int(term)) = self.scalar(index)
            && self.known_int(*term).is_none()
        {
            let term = *term;
            return self.runtime_index(term, length, name);
        }
        let number = match self.index_number(index, name)? {
            Some(number) => number,
            None if name == "string" => {
                let class = self.type_name(index);
                return Err(self.type_error(format!("string indices must be integers, not '{class}'")));
            }
            None => {
                return Err(self.type_error(format!(
                    "{name} indices must be integers or slices, not {}",
                    self.type_name(index)
                )));
            }
        };
        let at = if number < 0 { number + length as i64 } else { number };
        if at < 0 || at >= length as i64 {
            return Err(self.index_error(format!("{name} index out of range")));
        }
        Ok(at as usize)
    }

    /// A list in the net becomes one of known elements, where that is known, if slices of it are asked for.
    fn settle_for(&mut self, container: &Value, index: &Value) -> Result<(), Unwind> {
        if matches!(self.kind(index), Some(Kind::Slice(_))) {
            self.settle(container)?;
        }
        Ok(())
    }

    /// The position that an index known only at run time means: one gate per element that it may be.
    fn runtime_index(&mut self, index: Term, length: usize, name: &str) -> Result<usize, Unwind> {
        let length = length as i64;
        for number in (0..length).chain(-length..0) {
            if self.decide(SymBool::Term(index.equals(Term::int(number))))? {
                return Ok((if number < 0 { number + length } else { number }) as usize);
            }
        }
        Err(self.index_error(format!("{name} index out of range")))
    }

    /// The integer that an index is, by `__index__` if it has one.
    fn index_number(&mut self, index: &Value, what: &str) -> Result<Option<i64>, Unwind> {
        match self.scalar(index) {
            Value::Int(_) | Value::Bool(_) => {}
            Value::Sym(crate::python::sym::Symbolic::Int(_) | crate::python::sym::Symbolic::Bool(_)) => {}
            Value::Obj(_) => {
                let class = self.class_of(index);
                let Some(method) = self.lookup(class, Name::INDEX) else { return Ok(None) };
                let number = self.call_sync(method, vec![index.clone()], Vec::new())?;
                return self.index_number(&number, what);
            }
            _ => return Ok(None),
        }
        self.int_arg(index, &format!("the index of this {what}")).map(Some)
    }

    /// The start, stop and step of a slice over this many elements, as numbers within bounds.
    ///
    /// # Errors
    /// `TypeError`, `ValueError`; the request to find out a symbolic bound.
    pub fn slice_bounds(&mut self, slice: &Value, length: usize) -> Result<(i64, i64, i64), Unwind> {
        let Some(Kind::Slice(parts)) = self.kind(slice) else {
            return Err(self.type_error("expected a slice"));
        };
        let [start, stop, step] = (**parts).clone();
        let mut number = |value: &Value| -> Result<Option<i64>, Unwind> {
            if value.is_none() {
                return Ok(None);
            }
            match self.index_number(value, "slice")? {
                Some(number) => Ok(Some(number)),
                None => {
                    Err(self.type_error("slice indices must be integers or None or have an __index__ method"))
                }
            }
        };
        let (start, stop, step) = (number(&start)?, number(&stop)?, number(&step)?.unwrap_or(1));
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let length = length as i64;
        let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let clamp =
            |value: i64| (if value < 0 { value.saturating_add(length) } else { value }).clamp(low, high);
        let start = start.map_or(if step > 0 { low } else { high }, clamp);
        let stop = stop.map_or(if step > 0 { high } else { low }, clamp);
        Ok((start, stop, step))
    }

    fn slice_indices(&mut self, slice: &Value, length: usize) -> Result<Vec<usize>, Unwind> {
        let (start, stop, step) = self.slice_bounds(slice, length)?;
        let count = range_length(start, stop, step);
        Ok((0..count).map(|at| (start + at * step) as usize).collect())
    }

    fn pick(&mut self, container: &Value, kind: &Container, picked: &[usize]) -> Value {
        match (kind, self.kind(container)) {
            (_, Some(Kind::List(items))) => {
                let items = picked.iter().map(|&at| items[at].clone()).collect();
                self.new_list(items)
            }
            (_, Some(Kind::Tuple(items))) => {
                let items = picked.iter().map(|&at| items[at].clone()).collect();
                self.new_tuple(items)
            }
            (_, Some(Kind::Bytes(bytes))) => {
                let bytes: Vec<u8> = picked.iter().map(|&at| bytes[at]).collect();
                self.new_object(classes::BYTES, Kind::Bytes(bytes.into()))
            }
            (_, Some(Kind::Range(range))) => {
                let range = range.clone();
                let (start, _, step) = self.range_bounds(&range).unwrap_or((0, 0, 1));
                let at = |index: usize| start + index as i64 * step;
                let (first, new_step) = match picked {
                    [] => (start, step),
                    [one] => (at(*one), step),
                    [one, two, ..] => (at(*one), at(*two) - at(*one)),
                };
                let stop = first + new_step * picked.len() as i64;
                self.new_range(Value::Int(first), Value::Int(stop), Value::Int(new_step))
            }
            _ => {
                let text = self.as_str(container).cloned().unwrap_or_default();
                if text.is_ascii() {
                    let bytes = text.as_bytes();
                    return Value::str(picked.iter().map(|&at| char::from(bytes[at])).collect::<String>());
                }
                let chars: Vec<char> = text.chars().collect();
                Value::str(picked.iter().map(|&at| chars[at]).collect::<String>())
            }
        }
    }

    /// A new range.
    pub fn new_range(&mut self, start: Value, stop: Value, step: Value) -> Value {
        self.new_object(classes::RANGE, Kind::Range(Range { start, stop, step }))
    }

    /// `container[index] = value`
    pub(super) fn store_item(&mut self, container: Value, index: Value, value: Value) -> Result<(), Unwind> {
        if let Some(method) = self.own_method(&container, Name::SETITEM) {
            return self.call_bound(method, container, vec![index, value], Then::Discard);
        }
        self.set_item_plain(&container, &index, value)
    }

    /// Sets an element or a slice of a built-in container.
    ///
    /// # Errors
    /// `IndexError`, `TypeError`; the request to find out a symbolic index.
    pub fn set_item_plain(&mut self, container: &Value, index: &Value, value: Value) -> Result<(), Unwind> {
        self.settle_for(container, index)?;
        if let Some(list) = grown(self, container) {
            return crate::python::builtins::grown::set(self, container, list, index, &value);
        }
        match self.container(container) {
            Container::Attributes => {
                let name = Name::new(&self.str_arg(index, "an attribute's name")?);
                if let Some(owner) = self.attributes_of(container) {
                    self.obj_mut(owner).set_attr(name, value);
                    self.touch_if_class(owner);
                }
                Ok(())
            }
            Container::Dict => {
                let key = self.key(index)?;
                if let Some(dict) = self.as_dict_mut(container) {
                    dict.insert(key, index.clone(), value);
                }
                Ok(())
            }
            Container::List => {
                let length = self.plain_length(container);
                if matches!(self.kind(index), Some(Kind::Slice(_))) {
                    return self.set_slice(container, index, length, &value);
                }
                let at = self.element_index(index, length, "list assignment")?;
                if let Some(items) = self.as_list_mut(container) {
                    items[at] = value;
                }
                Ok(())
            }
            _ if let Value::Obj(id) = container
                && self.missing_stand_in(*id, "[]").is_some() =>
            {
                Ok(())
            }
            _ => Err(self.type_error(format!(
                "'{}' object does not support item assignment",
                self.type_name(container)
            ))),
        }
    }

    /// Cached lookups are made again if the object whose attributes changed is a class.
    fn touch_if_class(&mut self, id: ObjId) {
        if matches!(self.obj(id).kind, Kind::Class(_)) {
            self.touch_classes();
        }
    }

    fn set_slice(&mut self, list: &Value, slice: &Value, length: usize, value: &Value) -> Result<(), Unwind> {
        let (start, stop, step) = self.slice_bounds(slice, length)?;
        let Some(items) = self.items(value)? else {
            return Err(self.unsupported(
                "a slice of a list is assigned from an iterator of the model's own",
                "make a list of it first: list(...)",
            ));
        };
        if step == 1 {
            let (from, to) = (start as usize, stop.max(start) as usize);
            if let Some(list) = self.as_list_mut(list) {
                list.splice(from..to, items);
            }
            return Ok(());
        }
        let picked = self.slice_indices(slice, length)?;
        if picked.len() != items.len() {
            return Err(self.value_error(format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                items.len(),
                picked.len()
            )));
        }
        if let Some(list) = self.as_list_mut(list) {
            for (at, item) in picked.into_iter().zip(items) {
                list[at] = item;
            }
        }
        Ok(())
    }

    /// `del container[index]`
    pub(super) fn delete_item(&mut self, container: Value, index: Value) -> Result<(), Unwind> {
        if let Some(method) = self.own_method(&container, Name::DELITEM) {
            return self.call_bound(method, container, vec![index], Then::Discard);
        }
        self.delete_item_plain(&container, &index)
    }

    /// Deletes an element or a slice of a built-in container.
    ///
    /// # Errors
    /// `IndexError`, `KeyError`, `TypeError`.
    pub fn delete_item_plain(&mut self, container: &Value, index: &Value) -> Result<(), Unwind> {
        self.settle_for(container, index)?;
        if let Some(list) = grown(self, container) {
            return crate::python::builtins::grown::delete(self, container, list, index);
        }
        match self.container(container) {
            Container::Attributes => {
                let owner = self.attributes_of(container).expect("the kind says so");
                let name = self.as_str(index).and_then(|name| Name::existing(name));
                match name.and_then(|name| self.obj_mut(owner).remove_attr(name)) {
                    Some(_) => {
                        self.touch_if_class(owner);
                        Ok(())
                    }
                    None => Err(self.key_error(index.clone())),
                }
            }
            Container::Dict => {
                let key = self.key(index)?;
                let removed = self.as_dict_mut(container).and_then(|dict| dict.remove(&key));
                removed.map(|_| ()).ok_or_else(|| self.key_error(index.clone()))
            }
            Container::List => {
                let length = self.plain_length(container);
                let mut picked = if matches!(self.kind(index), Some(Kind::Slice(_))) {
                    self.slice_indices(index, length)?
                } else {
                    vec![self.element_index(index, length, "list")?]
                };
                picked.sort_unstable();
                if let Some(items) = self.as_list_mut(container) {
                    for at in picked.into_iter().rev() {
                        items.remove(at);
                    }
                }
                Ok(())
            }
            _ => Err(self
                .type_error(format!("'{}' object doesn't support item deletion", self.type_name(container)))),
        }
    }
}

/// The number of elements of a range.
pub fn range_length(start: i64, stop: i64, step: i64) -> i64 {
    let distance =
        if step > 0 { i128::from(stop) - i128::from(start) } else { i128::from(start) - i128::from(stop) };
    if distance <= 0 {
        return 0;
    }
    let step = i128::from(step).abs();
    i64::try_from((distance + step - 1) / step).unwrap_or(i64::MAX)
}
