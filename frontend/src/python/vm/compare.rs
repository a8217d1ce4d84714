//! Comparisons, equality, truth and containment: numbers first, then sequences, then the operands' own methods, in Python's
//! order.

use super::Vm;
use super::frame::{CompareTry, Then};
use super::operators::Number;
use crate::python::builtins::grown;
use crate::python::code::{BinaryOp, CompareOp};
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::Kind;
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::Value;
use braid_ir::Attrs;
use std::cmp::Ordering;

/// The method of a comparison and that of its mirror image.
fn compare_names(op: CompareOp) -> (Name, Name, &'static str) {
    match op {
        CompareOp::Eq => (Name::EQ, Name::EQ, "=="),
        CompareOp::Ne => (Name::NE, Name::NE, "!="),
        CompareOp::Lt => (Name::LT, Name::GT, "<"),
        CompareOp::Le => (Name::LE, Name::GE, "<="),
        CompareOp::Gt => (Name::GT, Name::LT, ">"),
        CompareOp::Ge => (Name::GE, Name::LE, ">="),
    }
}

fn holds(op: CompareOp, ordering: Option<Ordering>) -> bool {
    match op {
        CompareOp::Eq => ordering == Some(Ordering::Equal),
        CompareOp::Ne => ordering != Some(Ordering::Equal),
        CompareOp::Lt => ordering == Some(Ordering::Less),
        CompareOp::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Gt => ordering == Some(Ordering::Greater),
        CompareOp::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// An exact comparison of an integer with a float.
fn compare_int_float(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // Beyond these bounds the float decides alone; within them its floor is an exact integer.
    if float >= 9.3e18 {
        return Some(Ordering::Less);
    }
    if float <= -9.3e18 {
        return Some(Ordering::Greater);
    }
    let floor = float.floor();
    Some(i128::from(int).cmp(&(floor as i128)).then(if float > floor {
        Ordering::Less
    } else {
        Ordering::Equal
    }))
}

impl Vm {
    /// A comparison; delivers its result or pushes the frame of a method.
    pub(super) fn compare(
        &mut self,
        op: CompareOp,
        left: Value,
        right: Value,
        then: Then,
    ) -> Result<(), Unwind> {
        debug_assert!(matches!(then, Then::Push), "comparisons deliver to the stack");
        if matches!((&left, &right), (Value::Obj(_), _) | (_, Value::Obj(_))) {
            let methods = self.compare_methods(op, &left, &right);
            if !methods.is_empty() {
                return self.next_compare(CompareTry { op, left, right, rest: methods, negate: false });
            }
        }
        let known = match (grown::grown(self, &left), grown::grown(self, &right)) {
            (None, None) => None,
            (_, None) => Some((right.clone(), left.clone())),
            _ => Some((left.clone(), right.clone())),
        };
        if let Some((known, grown)) = known {
            if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
                return Err(grown::refused(self, "ordering"));
            }
            if self.is_list(&known) {
                // The list whose length is known, if one is, ends the loop of the prelude.
                let function = self.prelude_function("_same_elements")?;
                return self.call(
                    function,
                    vec![known, grown],
                    Vec::new(),
                    Then::Truth { negate: op == CompareOp::Ne },
                );
            }
        }
        let result = self.compare_plain(op, &left, &right)?;
        self.push(result);
        Ok(())
    }

    /// The methods of the person's own classes that answer a comparison; the next one last. A method by which `!=` is
    /// answered with `__eq__` has no receiver: it is marked so.
    fn compare_methods(&mut self, op: CompareOp, left: &Value, right: &Value) -> Vec<(Value, Value, Value)> {
        let (direct, mirror, _) = compare_names(op);
        let (left_class, right_class) = (self.class_of(left), self.class_of(right));
        let python = |vm: &mut Vm, class, name| {
            vm.lookup(class, name).filter(|m| !matches!(m, Value::Native(_) | Value::None))
        };
        let find = |vm: &mut Vm, class, name| {
            python(vm, class, name)
                .or_else(|| if op == CompareOp::Ne { python(vm, class, Name::EQ) } else { None })
        };
        let direct = find(self, left_class, direct).map(|method| (method, left.clone(), right.clone()));
        let mirror = find(self, right_class, mirror).map(|method| (method, right.clone(), left.clone()));
        let right_first = left_class != right_class && self.is_subclass(right_class, left_class);
        let mut methods = Vec::new();
        if right_first {
            methods.extend(direct);
            methods.extend(mirror);
        } else {
            methods.extend(mirror);
            methods.extend(direct);
        }
        methods
    }

    fn next_compare(&mut self, mut attempt: CompareTry) -> Result<(), Unwind> {
        match attempt.rest.pop() {
            Some((method, receiver, argument)) => {
                // `!=` by way of `__eq__` negates what it answers.
                let class = self.class_of(&receiver);
                attempt.negate = attempt.op == CompareOp::Ne
                    && !self.lookup(class, Name::NE).is_some_and(|own| own.is_same(&method));
                self.call_bound(method, receiver, vec![argument], Then::Compare(Box::new(attempt)))
            }
            None => {
                let result = self.compare_plain(attempt.op, &attempt.left, &attempt.right)?;
                self.push(result);
                Ok(())
            }
        }
    }

    pub(super) fn compare_result(&mut self, attempt: CompareTry, value: Value) -> Result<(), Unwind> {
        match value {
            Value::NotImplemented => self.next_compare(attempt),
            value if attempt.negate => self.push_truth(value, true),
            value => {
                self.push(value);
                Ok(())
            }
        }
    }

    /// A comparison of built-in values.
    ///
    /// # Errors
    /// `TypeError` where there is no order.
    pub fn compare_plain(&mut self, op: CompareOp, left: &Value, right: &Value) -> Result<Value, Unwind> {
        if let (Some(a), Some(b)) = (self.number(left), self.number(right)) {
            let ordering = match (a, b) {
                (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
                (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
                (Number::Int(a), Number::Float(b)) => compare_int_float(a, b),
                (Number::Float(a), Number::Int(b)) => compare_int_float(b, a).map(Ordering::reverse),
                _ => return self.runtime_compare(op, left, right),
            };
            return Ok(Value::Bool(holds(op, ordering)));
        }
        for side in [left, right] {
            if let Value::Obj(id) = side
                && let Some(error) = self.missing_module_used(*id)
            {
                return Err(error);
            }
        }
        if matches!(op, CompareOp::Eq | CompareOp::Ne) {
            let equal = self.equal(left, right)?;
            return Ok(Value::Bool(equal == (op == CompareOp::Eq)));
        }
        if let (Value::Str(a), Value::Str(b)) = (self.scalar(left), self.scalar(right)) {
            return Ok(Value::Bool(holds(op, Some(a.cmp(b)))));
        }
        let pair = match (self.kind(left), self.kind(right)) {
            (Some(Kind::List(a)), Some(Kind::List(b))) => Some((a.clone(), b.clone())),
            (Some(Kind::Tuple(a)), Some(Kind::Tuple(b))) => Some((a.to_vec(), b.to_vec())),
            _ => None,
        };
        if let Some((a, b)) = pair {
            for (x, y) in a.iter().zip(&b) {
                if !self.equal(x, y)? {
                    return match self.less_or_other(op, x, y)? {
                        Some(result) => Ok(result),
                        None => Err(self.not_ordered(op, x, y)),
                    };
                }
            }
            return Ok(Value::Bool(holds(op, Some(a.len().cmp(&b.len())))));
        }
        if let (Some(a), Some(b)) = (self.as_set_like(left), self.as_set_like(right)) {
            let within = |x: &crate::python::dict::Dict, y: &crate::python::dict::Dict| {
                x.entries.keys().all(|key| y.contains(key))
            };
            return Ok(Value::Bool(match op {
                CompareOp::Le => within(&a, &b),
                CompareOp::Lt => a.len() < b.len() && within(&a, &b),
                CompareOp::Ge => within(&b, &a),
                _ => b.len() < a.len() && within(&b, &a),
            }));
        }
        Err(self.not_ordered(op, left, right))
    }

    fn not_ordered(&mut self, op: CompareOp, left: &Value, right: &Value) -> Unwind {
        let symbol = compare_names(op).2;
        self.type_error(format!(
            "'{symbol}' not supported between instances of '{}' and '{}'",
            self.type_name(left),
            self.type_name(right)
        ))
    }

    /// A comparison of elements, by their methods where they have some; `None` if there is no order.
    fn less_or_other(&mut self, op: CompareOp, left: &Value, right: &Value) -> Result<Option<Value>, Unwind> {
        let mut methods = self.compare_methods(op, left, right);
        while let Some((method, receiver, argument)) = methods.pop() {
            match self.call_sync(method, vec![receiver, argument], Vec::new())? {
                Value::NotImplemented => {}
                value => return Ok(Some(value)),
            }
        }
        self.compare_plain(op, left, right).map(Some)
    }

    /// Whether one value is less than another, by its methods where it has some.
    ///
    /// # Errors
    /// `TypeError` where there is no order; the request to fork.
    pub fn less(&mut self, left: &Value, right: &Value) -> Result<bool, Unwind> {
        match self.less_or_other(CompareOp::Lt, left, right)? {
            Some(value) => self.truth(&value),
            None => Err(self.not_ordered(CompareOp::Lt, left, right)),
        }
    }

    fn runtime_compare(&mut self, op: CompareOp, left: &Value, right: &Value) -> Result<Value, Unwind> {
        if let (Some(a), Some(b)) = (self.as_term(left), self.as_term(right)) {
            let term = match op {
                CompareOp::Eq => a.equals(b),
                CompareOp::Ne => a.not_equals(b),
                CompareOp::Lt => a.less(b),
                CompareOp::Le => a.less_equal(b),
                CompareOp::Gt => b.less(a),
                CompareOp::Ge => b.less_equal(a),
            };
            return Ok(match self.state.facts.decide(term) {
                Some(truth) => Value::Bool(truth),
                None => Value::Sym(Symbolic::Bool(SymBool::Term(term))),
            });
        }
        if let (CompareOp::Eq | CompareOp::Ne, Some(a), Some(b)) =
            (op, self.as_condition(left), self.as_condition(right))
        {
            let differ = self.logic(BinaryOp::Xor, a, b)?;
            if op == CompareOp::Ne {
                return Ok(differ);
            }
            let Value::Sym(Symbolic::Bool(condition)) = differ else { return Ok(differ) };
            return Ok(Value::Sym(Symbolic::Bool(self.negated(condition)?)));
        }
        let name = match op {
            CompareOp::Eq => "equal",
            CompareOp::Ne => "not_equal",
            CompareOp::Lt => "less",
            CompareOp::Le => "less_equal",
            CompareOp::Gt => "greater",
            CompareOp::Ge => "greater_equal",
        };
        let (Some(a), Some(b)) = (self.emit_float(left)?, self.emit_float(right)?) else {
            unreachable!("both sides are numbers")
        };
        let value = self.emit1(name, &[a, b], Attrs::default())?;
        Ok(Value::Sym(Symbolic::Bool(SymBool::Value(value))))
    }

    /// `==`, as `in`, `index` and dicts use it: identity counts as equality.
    ///
    /// # Errors
    /// What an `__eq__` raises; the request to fork.
    pub fn equal(&mut self, left: &Value, right: &Value) -> Result<bool, Unwind> {
        if left.is_same(right) && !matches!(left, Value::Float(_)) {
            return Ok(true);
        }
        if let (Some(_), Some(_)) = (self.number(left), self.number(right)) {
            let result = self.compare_plain(CompareOp::Eq, left, right)?;
            return self.truth(&result);
        }
        if let (Value::Str(a), Value::Str(b)) = (self.scalar(left), self.scalar(right)) {
            return Ok(a == b);
        }
        if !matches!((left, right), (Value::Obj(_), _) | (_, Value::Obj(_))) {
            return Ok(false);
        }
        let mut methods = self.compare_methods(CompareOp::Eq, left, right);
        while let Some((method, receiver, argument)) = methods.pop() {
            match self.call_sync(method, vec![receiver, argument], Vec::new())? {
                Value::NotImplemented => {}
                value => return self.truth(&value),
            }
        }
        self.equal_containers(left, right)
    }

    /// Whether two values hold the same, whatever an `__eq__` of their classes says.
    ///
    /// # Errors
    /// What the `__eq__` of an element raises; the request to fork.
    pub fn equal_plain(&mut self, left: &Value, right: &Value) -> Result<bool, Unwind> {
        let (left, right) = (self.scalar(left).clone(), self.scalar(right).clone());
        match (&left, &right) {
            (Value::Obj(_), _) | (_, Value::Obj(_)) => self.equal_containers(&left, &right),
            _ => self.equal(&left, &right),
        }
    }

    /// Containers that hold each other are compared to the depth that Rust's own stack is known to bear.
    fn equal_containers(&mut self, left: &Value, right: &Value) -> Result<bool, Unwind> {
        const DEPTH_MAX: usize = 1_000;
        if self.comparing >= DEPTH_MAX {
            return Err(self.raise(
                crate::python::classes::RECURSION_ERROR,
                "maximum recursion depth exceeded in comparison",
            ));
        }
        self.comparing += 1;
        let equal = self.equal_contents(left, right);
        self.comparing -= 1;
        equal
    }

    fn equal_contents(&mut self, left: &Value, right: &Value) -> Result<bool, Unwind> {
        if (self.attributes_of(left).is_some() || self.attributes_of(right).is_some())
            && let (Some(mine), Some(theirs)) = (self.attributes_dict(left), self.attributes_dict(right))
        {
            return self.equal_containers(&mine, &theirs);
        }
        self.settle(left)?;
        self.settle(right)?;
        match (self.kind(left), self.kind(right)) {
            (Some(Kind::Seq(_)), Some(Kind::Seq(_) | Kind::List(_) | Kind::Tuple(_)))
            | (Some(Kind::List(_) | Kind::Tuple(_)), Some(Kind::Seq(_))) => {
                Err(grown::refused(self, "comparing within another container"))
            }
            (Some(Kind::List(a)), Some(Kind::List(b))) => {
                let (a, b) = (a.clone(), b.clone());
                self.equal_items(&a, &b)
            }
            (Some(Kind::Tuple(a)), Some(Kind::Tuple(b))) => {
                let (a, b) = (a.clone(), b.clone());
                self.equal_items(&a, &b)
            }
            (Some(Kind::Bytes(a)), Some(Kind::Bytes(b))) => Ok(a == b),
            (Some(Kind::Dict(a)), Some(Kind::Dict(b))) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                let (a, b) = (a.clone(), b.clone());
                for (key, (_, value)) in &a.entries {
                    match b.get(key) {
                        Some(other) if self.equal(value, other)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            (Some(Kind::Range(a)), Some(Kind::Range(b))) => {
                let (a, b) = (a.clone(), b.clone());
                Ok(self.equal(&a.start, &b.start)?
                    && self.equal(&a.stop, &b.stop)?
                    && self.equal(&a.step, &b.step)?)
            }
            (Some(Kind::Slice(a)), Some(Kind::Slice(b))) => {
                let (a, b) = (a.clone(), b.clone());
                self.equal_items(&*a, &*b)
            }
            (
                Some(Kind::Method { function: f, receiver: r }),
                Some(Kind::Method { function: g, receiver: s }),
            ) => Ok(f.is_same(g) && r.is_same(s)),
            _ => match (self.as_set_like(left), self.as_set_like(right)) {
                (Some(a), Some(b)) => Ok(a.len() == b.len() && a.entries.keys().all(|key| b.contains(key))),
                _ => Ok(left.is_same(right)),
            },
        }
    }

    /// A dict, or a copy of a live `__dict__` as one.
    fn attributes_dict(&mut self, value: &Value) -> Option<Value> {
        let Some(owner) = self.attributes_of(value) else {
            return self.as_dict(value).is_some().then(|| value.clone());
        };
        let mut dict = crate::python::dict::Dict::new();
        for (name, value) in self.obj(owner).attrs() {
            dict.insert_str(name.as_str(), value.clone());
        }
        Some(self.new_dict(dict))
    }

    fn equal_items(&mut self, a: &[Value], b: &[Value]) -> Result<bool, Unwind> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (x, y) in a.iter().zip(b) {
            if !self.equal(x, y)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The truth of a value, run to its end if a method must tell.
    ///
    /// # Errors
    /// What the method raises; the request to fork.
    pub fn truth(&mut self, value: &Value) -> Result<bool, Unwind> {
        if let Some(truth) = self.plain_truth(value)? {
            return Ok(truth);
        }
        let class = self.class_of(value);
        for name in [Name::BOOL, Name::LEN] {
            if let Some(method) = self.lookup(class, name) {
                let result = self.call_sync(method, vec![value.clone()], Vec::new())?;
                return self.truth(&result);
            }
        }
        Ok(true)
    }

    /// `element in container`
    pub(super) fn contains(&mut self, container: Value, element: Value, negate: bool) -> Result<(), Unwind> {
        let class = self.class_of(&container);
        if let Some(method @ Value::Obj(_)) = self.lookup(class, Name::CONTAINS) {
            return self.call_bound(method, container, vec![element], Then::Truth { negate });
        }
        match self.contains_plain(&container, &element)? {
            Some(found) => {
                self.push(Value::Bool(found != negate));
                Ok(())
            }
            None => {
                // Anything else that can be run through: the prelude's loop compares element by element.
                let function = self.prelude_function("_contains")?;
                self.call(function, vec![container, element], Vec::new(), Then::Truth { negate })
            }
        }
    }

    /// `in` of a built-in container; `None` if it must be run through.
    ///
    /// # Errors
    /// `TypeError` of an unhashable element; what an `__eq__` raises.
    pub fn contains_plain(&mut self, container: &Value, element: &Value) -> Result<Option<bool>, Unwind> {
        if let Some(text) = self.as_str(container).cloned() {
            let part = self.str_arg(element, "'in <string>' requires string as left operand")?;
            return Ok(Some(text.contains(&*part)));
        }
        let items = match self.kind(container) {
            Some(Kind::Dict(_) | Kind::Set(_)) => {
                let Some(key) = self.lookup_key(container, element)? else { return Ok(Some(false)) };
                return Ok(Some(match self.kind(container) {
                    Some(Kind::Dict(table) | Kind::Set(table)) => table.contains(&key),
                    _ => false,
                }));
            }
            Some(Kind::DictView(owner, crate::python::object::DictPart::Attributes)) => {
                let name = self.as_str(element).and_then(|name| Name::existing(name));
                return Ok(Some(name.is_some_and(|name| self.obj(*owner).attr(name).is_some())));
            }
            Some(Kind::DictView(dict, crate::python::object::DictPart::Keys)) => {
                let dict = Value::Obj(*dict);
                return self.contains_plain(&dict, element);
            }
            Some(Kind::Seq(_)) => return Ok(None),
            Some(Kind::List(items)) => items.clone(),
            Some(Kind::Tuple(items)) => items.to_vec(),
            Some(Kind::Range(_)) => {
                let Some(items) = self.range_contains(container, element)? else { return Ok(None) };
                return Ok(Some(items));
            }
            _ => match self.items_if_plain(container)? {
                Some(items) => items,
                None => return Ok(None),
            },
        };
        for item in &items {
            if self.equal(item, element)? {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }
}
