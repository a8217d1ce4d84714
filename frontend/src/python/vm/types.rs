//! Making classes: bases, method resolution order, what instances hold.

use super::Vm;
use crate::python::classes;
use crate::python::names::Name;
use crate::python::native::{Ret, Unwind};
use crate::python::object::{Class, Kind, Layout, Object};
use crate::python::value::{ObjId, Value};

impl Vm {
    /// The bases of a class statement: objects that stand for classes say for which.
    pub(super) fn resolve_bases(&mut self, bases: Vec<Value>) -> Result<Vec<Value>, Unwind> {
        let mut resolved = Vec::with_capacity(bases.len());
        for base in bases {
            if self.as_class(&base).is_some() {
                resolved.push(base);
                continue;
            }
            if let Value::Obj(id) = base
                && let Some(error) = self.missing_module_used(id)
            {
                return Err(error);
            }
            let entries = Name::new("__mro_entries__");
            let class = self.class_of(&base);
            let Some(method) = self.lookup(class, entries) else {
                let name = self.type_name(&base);
                return Err(self.type_error(format!("a base of a class must be a class, not '{name}'")));
            };
            let bases = self.new_tuple(vec![base.clone()]);
            let entries = self.call_sync(method, vec![base, bases], Vec::new())?;
            resolved.extend(self.as_tuple(&entries).map(|items| items.to_vec()).unwrap_or_default());
        }
        Ok(resolved)
    }

    /// The most derived metaclass of some bases.
    pub(super) fn metaclass_of(&self, bases: &[Value]) -> ObjId {
        let mut best = classes::TYPE;
        for base in bases.iter().filter_map(|base| self.as_class(base)) {
            let metaclass = self.obj(base).class;
            if self.is_subclass(metaclass, best) {
                best = metaclass;
            }
        }
        best
    }

    /// `type.__new__`: makes a class and lets its bases and attributes know.
    ///
    /// # Errors
    /// `TypeError` for bases that do not go together.
    pub fn new_class(
        &mut self,
        metaclass: ObjId,
        name: Name,
        bases: &[Value],
        namespace: Vec<(Name, Value)>,
        kwargs: Vec<(Name, Value)>,
    ) -> Result<Ret, Unwind> {
        let mut base_ids: Vec<ObjId> = bases.iter().filter_map(|base| self.as_class(base)).collect();
        if base_ids.is_empty() {
            base_ids.push(classes::OBJECT);
        }
        let metaclass = match self.metaclass_of(bases) {
            derived if self.is_subclass(derived, metaclass) => derived,
            _ => metaclass,
        };
        let layout = self.layout_of(&base_ids)?;
        let mro = self.linearise(&base_ids)?;
        let class = Class { name, bases: base_ids.clone(), mro, layout };
        let id = self.state.heap.alloc(Object::new(metaclass, Kind::Class(Box::new(class))));
        if let Kind::Class(class) = &mut self.obj_mut(id).kind {
            class.mro.insert(0, id);
        }
        let (mut has_eq, mut has_hash, mut told) = (false, false, Vec::new());
        for (attr, value) in namespace {
            has_eq |= attr == Name::EQ;
            has_hash |= attr == Name::HASH;
            let value = match attr {
                Name::CLASSCELL => {
                    if let Value::Obj(cell) = value {
                        self.obj_mut(cell).kind = Kind::Cell(Value::Obj(id));
                    }
                    continue;
                }
                Name::INIT_SUBCLASS | Name::CLASS_GETITEM
                    if matches!(self.kind(&value), Some(Kind::Function(_))) =>
                {
                    self.new_object(classes::CLASSMETHOD, Kind::ClassMethod(value))
                }
                Name::GETATTRIBUTE => {
                    self.has_getattribute = true;
                    value
                }
                _ => value,
            };
            let value_class = self.class_of(&value);
            if value_class.0 as usize >= classes::ROWS.len()
                && self.lookup(value_class, Name::SET_NAME).is_some()
            {
                told.push((attr, value.clone()));
            }
            self.obj_mut(id).set_attr(attr, value);
        }
        if has_eq && !has_hash {
            self.obj_mut(id).set_attr(Name::HASH, Value::None);
        }
        self.touch_classes();
        if let [base] = base_ids.as_slice()
            && let Some(Value::Obj(list)) = self.obj(*base).attr(Name::SUBCLASSES).cloned()
            && let Kind::List(items) = &mut self.obj_mut(list).kind
        {
            items.push(Value::Obj(id));
        }
        let after = self.class(id).mro.clone();
        let inherited = after[1..].iter().find(|&&base| self.obj(base).attr(Name::INIT_SUBCLASS).is_some());
        let quiet = inherited.is_none_or(|&base| base == classes::OBJECT);
        if quiet && told.is_empty() {
            if let Some((keyword, _)) = kwargs.first() {
                return Err(self.type_error(format!(
                    "{name}.__init_subclass__() takes no keyword arguments (got {keyword})"
                )));
            }
            return Ok(Ret::Value(Value::Obj(id)));
        }
        let finish = self.prelude_function("_finish_class")?;
        let mut named = Vec::with_capacity(told.len());
        for (attr, value) in told {
            named.push(self.new_tuple(vec![Value::name(attr), value]));
        }
        let named = self.new_list(named);
        Ok(Ret::Call { function: finish, args: vec![Value::Obj(id), named], kwargs })
    }

    /// What instances of a class with these bases hold.
    fn layout_of(&mut self, bases: &[ObjId]) -> Result<Layout, Unwind> {
        let mut layout = Layout::Plain;
        for &base in bases {
            match self.class(base).layout {
                Layout::Closed => {
                    let name = self.class(base).name;
                    return Err(self.type_error(format!("type '{name}' is not an acceptable base type")));
                }
                Layout::Plain => {}
                other if layout == Layout::Plain || layout == other => layout = other,
                _ => return Err(self.type_error("multiple bases have instance lay-out conflict")),
            }
        }
        Ok(layout)
    }

    /// The C3 linearisation of some bases, without the class itself.
    fn linearise(&mut self, bases: &[ObjId]) -> Result<Vec<ObjId>, Unwind> {
        let mut lists: Vec<Vec<ObjId>> = bases.iter().map(|&base| self.class(base).mro.clone()).collect();
        lists.push(bases.to_vec());
        let mut mro = Vec::new();
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                return Ok(mro);
            }
            let next = lists
                .iter()
                .map(|list| list[0])
                .find(|candidate| lists.iter().all(|list| !list[1..].contains(candidate)));
            let Some(next) = next else {
                let names: Vec<&str> = bases.iter().map(|&base| self.class(base).name.as_str()).collect();
                return Err(self.type_error(format!(
                    "Cannot create a consistent method resolution order (MRO) for bases {}",
                    names.join(", ")
                )));
            };
            mro.push(next);
            for list in &mut lists {
                list.retain(|&class| class != next);
            }
        }
    }

    /// `MatchClass`: the attributes that a class pattern looks at, or `None`.
    pub(super) fn match_class(&mut self, positional: usize, names: usize) -> Result<(), Unwind> {
        let (class, subject) = (self.pop(), self.pop());
        let Some(id) = self.as_class(&class) else {
            return Err(self.type_error("called match pattern must be a class"));
        };
        if !self.is_instance(&subject, id) {
            self.push(Value::None);
            return Ok(());
        }
        let keywords = self.frame().code.keywords[names].clone();
        let mut wanted: Vec<Name> = Vec::new();
        let mut values = Vec::new();
        if positional > 0 {
            match self.lookup(id, Name::MATCH_ARGS) {
                Some(args) => {
                    let args = self.as_tuple(&args).map(|items| items.to_vec()).unwrap_or_default();
                    wanted.extend(
                        args.iter()
                            .take(positional)
                            .filter_map(|name| self.as_str(name))
                            .map(|name| Name::new(name)),
                    );
                }
                // `int(x)` and the like: the one positional pattern matches the value itself.
                None if positional == 1 && (id.0 as usize) < classes::ROWS.len() => {
                    values.push(subject.clone())
                }
                None => {}
            }
            if wanted.len() + values.len() < positional {
                let name = self.class(id).name;
                return Err(self.type_error(format!(
                    "{name}() accepts {} positional sub-patterns ({positional} given)",
                    wanted.len()
                )));
            }
        }
        wanted.extend(keywords.iter());
        for name in wanted {
            match self.get_attr(&subject, name) {
                Ok(value) => values.push(value),
                Err(Unwind::Exception(exception))
                    if self.is_instance(&exception, classes::ATTRIBUTE_ERROR) =>
                {
                    self.push(Value::None);
                    return Ok(());
                }
                Err(unwind) => return Err(unwind),
            }
        }
        let values = self.new_tuple(values);
        self.push(values);
        Ok(())
    }
}
