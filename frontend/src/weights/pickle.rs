//! An interpreter of a whitelist of pickles, protocols 2 to 5: what `torch.save` writes for a state dict and nothing else.
//!
//! A pickle is a program for a stack machine whose instructions may call any Python function. Here the only callable
//! things are the few in [`Global`], each of which builds plain data; a name off that list is refused when it is named,
//! before anything could use it. Values live in an arena and refer to each other by number, so that no depth or cycle
//! of a hostile file can exhaust the stack; every instruction makes at most one value, so memory is bounded by the
//! file's length.

use super::Refused;
use braid_ir::DType;
use std::rc::Rc;

/// A value's number in [`Pickle::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(u32);

/// What a pickle can hold.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `None`, bools, floats, bytes, integers beyond 64 bits: nothing that a tensor is rebuilt from.
    Other,
    /// An object of a class that only holds data, such as the arguments of a training script; what it holds is dropped.
    Plain,
    Int(i64),
    Str(Rc<str>),
    Tuple(Vec<Id>),
    /// A list, or a set.
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    /// A storage in the file.
    Storage {
        key: Rc<str>,
        dtype: Option<DType>,
    },
    Tensor(TensorRef),
}

/// A tensor that refers to a storage by the storage's file name.
#[derive(Clone, Debug)]
pub(super) struct TensorRef {
    pub key: Rc<str>,
    pub dtype: DType,
    pub layout: super::strided::Layout,
}

/// The whitelist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Global {
    /// `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.
    RebuildTensor,
    /// `torch._utils._rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype)`.
    RebuildTensorUntyped,
    /// `torch._utils._rebuild_parameter(tensor, requires_grad, hooks)`.
    RebuildParameter,
    OrderedDict,
    /// `torch.Size`, a tuple.
    Size,
    /// A class or function of plain data that training scripts put beside the weights; carried along, never looked at.
    Plain,
    /// A set or a double-ended queue, made from nothing or from a list.
    Collection,
    /// A dict with something more: a default factory, counts.
    Mapping,
    /// A storage class; `None` is the untyped one.
    StorageType(Option<DType>),
    /// An element type such as `torch.float32`.
    ElementType(DType),
}

impl Global {
    fn find(module: &str, name: &str) -> Result<Global, Refused> {
        let found = match (module, name) {
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Some(Global::RebuildTensor),
            ("torch._utils", "_rebuild_tensor_v3") => Some(Global::RebuildTensorUntyped),
            ("torch._utils", "_rebuild_parameter") => Some(Global::RebuildParameter),
            ("collections", "OrderedDict") => Some(Global::OrderedDict),
            ("torch", "Size") => Some(Global::Size),
            ("collections", "defaultdict" | "Counter") => Some(Global::Mapping),
            ("collections", "deque") | ("builtins" | "__builtin__", "set" | "frozenset") => {
                Some(Global::Collection)
            }
            ("torch.storage", "UntypedStorage") | ("torch", "UntypedStorage") => {
                Some(Global::StorageType(None))
            }
            ("torch", name) => {
                storage_type(name).map(|d| Global::StorageType(Some(d))).or_else(|| element_type(name))
            }
            _ => None,
        };
        found.or_else(|| is_plain(module, name).then_some(Global::Plain)).ok_or_else(|| {
            if let Some(kind) = unsupported(module, name) {
                return Refused::new(format!("the checkpoint holds {kind}, which Braid does not have"))
                    .help("convert it to an ordinary tensor of floats or integers and save the file again");
            }
            let shown: String = format!("{module}.{name}").chars().take(200).collect();
            Refused::new(format!(
                "the checkpoint asks for `{shown}`, which is not on the list of what a checkpoint of weights needs; \
                 it was refused and nothing of it was executed"
            ))
            .help("save only the module's state_dict(): torch.save(model.state_dict(), …), or a .safetensors file")
        })
    }
}

/// Whether a name belongs to plain data that real checkpoints carry beside their weights. None of it is ever made.
fn is_plain(module: &str, name: &str) -> bool {
    match module {
        "torch" => name == "device",
        "argparse" => name == "Namespace",
        "builtins" | "__builtin__" => matches!(
            name,
            "object"
                | "complex"
                | "range"
                | "xrange"
                | "slice"
                | "bytearray"
                | "bytes"
                | "int"
                | "long"
                | "float"
                | "bool"
                | "str"
                | "unicode"
                | "list"
                | "dict"
                | "tuple"
        ),
        "copyreg" | "copy_reg" => name == "_reconstructor",
        "_codecs" => name == "encode",
        "numpy" => matches!(name, "dtype" | "ndarray"),
        "numpy.core.multiarray" | "numpy._core.multiarray" => matches!(name, "scalar" | "_reconstruct"),
        "numpy.core.numeric" | "numpy._core.numeric" => name == "_frombuffer",
        "pathlib" | "pathlib._local" => name.ends_with("Path"),
        "datetime" => matches!(name, "datetime" | "date" | "time" | "timedelta" | "timezone"),
        _ => false,
    }
}

/// Tensors that real checkpoints hold and Braid cannot.
fn unsupported(module: &str, name: &str) -> Option<String> {
    let kind = match (module, name) {
        ("torch._utils", "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor") => "a sparse tensor",
        ("torch._utils", "_rebuild_qtensor") => "a quantized tensor",
        ("torch._utils", "_rebuild_nested_tensor") => "a nested tensor",
        ("torch._utils", "_rebuild_meta_tensor_no_storage") => "a tensor of the meta device, without values",
        ("torch", name) => {
            let element = name.strip_suffix("Storage").unwrap_or(name);
            let known = ["complex", "Complex", "float8", "Float8", "QInt", "QUInt", "qint", "quint"];
            return known
                .iter()
                .any(|start| element.starts_with(start))
                .then(|| format!("elements of type {element}"));
        }
        _ => return None,
    };
    Some(kind.to_string())
}

fn storage_type(name: &str) -> Option<DType> {
    Some(match name.strip_suffix("Storage")? {
        "Double" => DType::F64,
        "Float" => DType::F32,
        "Half" => DType::F16,
        "BFloat16" => DType::BF16,
        "Long" => DType::I64,
        "Int" => DType::I32,
        "Short" => DType::I16,
        "Char" => DType::I8,
        "Byte" => DType::U8,
        "Bool" => DType::Bool,
        _ => return None,
    })
}

fn element_type(name: &str) -> Option<Global> {
    Some(Global::ElementType(match name {
        "float64" => DType::F64,
        "float32" => DType::F32,
        "float16" => DType::F16,
        "bfloat16" => DType::BF16,
        "int64" => DType::I64,
        "int32" => DType::I32,
        "int16" => DType::I16,
        "int8" => DType::I8,
        "uint8" => DType::U8,
        "uint16" => DType::U16,
        "uint32" => DType::U32,
        "uint64" => DType::U64,
        "bool" => DType::Bool,
        _ => return None,
    }))
}

/// The state of the stack machine, and after [`Pickle::load`] the arena of what it built.
pub(super) struct Pickle<'a> {
    rest: &'a [u8],
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Where the marks stand: positions in `stack`.
    marks: Vec<usize>,
    memo: std::collections::HashMap<u32, Id>,
}

impl<'a> Pickle<'a> {
    /// Runs a pickle to its end and returns the arena with the number of the result.
    pub fn load(bytes: &'a [u8]) -> Result<(Pickle<'a>, Id), Refused> {
        let mut pickle = Pickle {
            rest: bytes,
            values: vec![],
            stack: vec![],
            marks: vec![],
            memo: std::collections::HashMap::new(),
        };
        loop {
            let opcode = pickle.byte()?;
            if opcode == b'.' {
                let root = pickle.pop()?;
                return Ok((pickle, root));
            }
            pickle.step(opcode)?;
        }
    }

    /// What follows the pickle.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The element types of all storages that the pickle refers to, by key.
    pub fn storages(&self) -> impl Iterator<Item = (&str, DType)> {
        self.values.iter().filter_map(|value| match value {
            Value::Storage { key, dtype: Some(dtype) } => Some((&**key, *dtype)),
            _ => None,
        })
    }

    /// The texts of a list, if the value is one.
    pub fn strs(&self, id: Id) -> Option<Vec<&str>> {
        self.items(id)?.iter().map(|&item| self.str(item)).collect()
    }

    /// A value by number.
    pub fn get(&self, id: Id) -> &Value {
        &self.values[id.0 as usize]
    }

    /// The text, if the value is one.
    pub fn str(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// One instruction. The letters are those of Python's `pickletools`, its names in the comments.
    fn step(&mut self, opcode: u8) -> Result<(), Refused> {
        match opcode {
            0x80 => drop(self.byte()?),       // PROTO
            0x95 => drop(self.take(8)?),      // FRAME
            b'N' => self.push(Value::Other)?, // NONE
            0x88 => self.push(Value::Other)?, // NEWTRUE
            0x89 => self.push(Value::Other)?, // NEWFALSE
            b'K' => self.unsigned(1)?,        // BININT1
            b'M' => self.unsigned(2)?,        // BININT2
            b'J' => {
                let raw = self.length(4)? as u32 as i32; // BININT
                self.push(Value::Int(raw.into()))?;
            }
            0x8a => self.long(1)?, // LONG1
            0x8b => self.long(4)?, // LONG4
            b'G' => {
                self.take(8)?; // BINFLOAT
                self.push(Value::Other)?;
            }
            0x8c => self.text(1)?,                     // SHORT_BINUNICODE
            b'X' => self.text(4)?,                     // BINUNICODE
            0x8d => self.text(8)?,                     // BINUNICODE8
            b'U' => self.text(1)?,                     // SHORT_BINSTRING (Python 2)
            b'T' => self.text(4)?,                     // BINSTRING (Python 2)
            b'C' => self.blob(1)?,                     // SHORT_BINBYTES
            b'B' => self.blob(4)?,                     // BINBYTES
            0x8e | 0x96 => self.blob(8)?,              // BINBYTES8, BYTEARRAY8
            b'(' => self.marks.push(self.stack.len()), // MARK
            b'0' => drop(self.pop()?),                 // POP
            b'1' => drop(self.pop_mark()?),            // POP_MARK
            b'2' => {
                let top = *self.stack.last().ok_or_else(underflow)?; // DUP
                self.stack.push(top);
            }
            b')' => self.push(Value::Tuple(vec![]))?, // EMPTY_TUPLE
            b't' => {
                let items = self.pop_mark()?; // TUPLE
                self.push(Value::Tuple(items))?;
            }
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84); // TUPLE1, TUPLE2, TUPLE3
                let items = self.pop_many(count)?;
                self.push(Value::Tuple(items))?;
            }
            b']' | 0x8f => self.push(Value::List(vec![]))?, // EMPTY_LIST, EMPTY_SET
            b'l' | 0x91 => {
                let items = self.pop_mark()?; // LIST, FROZENSET
                self.push(Value::List(items))?;
            }
            b'a' => {
                let item = self.pop()?; // APPEND
                self.extend_list(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?; // APPENDS, ADDITEMS
                self.extend_list(items)?;
            }
            b'}' => self.push(Value::Dict(vec![]))?, // EMPTY_DICT
            b'd' => {
                let items = self.pop_mark()?; // DICT
                self.push(Value::Dict(vec![]))?;
                self.extend_dict(items)?;
            }
            b's' => {
                let items = self.pop_many(2)?; // SETITEM
                self.extend_dict(items)?;
            }
            b'u' => {
                let items = self.pop_mark()?; // SETITEMS
                self.extend_dict(items)?;
            }
            b'q' => self.memoize(1)?, // BINPUT
            b'r' => self.memoize(4)?, // LONG_BINPUT
            0x94 => {
                let at = self.memo.len() as u32; // MEMOIZE
                self.remember(at)?;
            }
            b'h' => self.recall(1)?, // BINGET
            b'j' => self.recall(4)?, // LONG_BINGET
            b'c' => {
                let (module, name) = (self.line()?, self.line()?); // GLOBAL
                self.push(Value::Global(Global::find(&module, &name)?))?;
            }
            0x93 => {
                let pair = self.pop_many(2)?; // STACK_GLOBAL
                let (Some(module), Some(name)) = (self.str(pair[0]), self.str(pair[1])) else {
                    return Err(Refused::damaged("a name in its pickle is not text"));
                };
                let global = Global::find(module, name)?;
                self.push(Value::Global(global))?;
            }
            b'Q' => self.persistent()?, // BINPERSID
            b'R' | 0x81 => {
                let pair = self.pop_many(2)?; // REDUCE, NEWOBJ
                self.call(pair[0], pair[1])?;
            }
            b'b' => {
                self.pop()?; // BUILD: attributes of a state dict (its `_metadata`) are of no interest
                let target = *self.stack.last().ok_or_else(underflow)?;
                if !matches!(self.get(target), Value::Dict(_) | Value::Tensor(_) | Value::Plain) {
                    return Err(Refused::damaged("its pickle sets attributes of something that has none"));
                }
            }
            other => {
                return Err(Refused::damaged(format!(
                    "its pickle has the instruction 0x{other:02x}, which torch.save never writes"
                )));
            }
        }
        Ok(())
    }

    /// Calls one of the whitelisted globals.
    fn call(&mut self, callee: Id, args: Id) -> Result<(), Refused> {
        let Value::Global(global) = *self.get(callee) else {
            return Err(Refused::damaged("its pickle calls something that is not a function"));
        };
        let Value::Tuple(args) = self.get(args) else {
            return Err(Refused::damaged("its pickle calls a function without an argument tuple"));
        };
        let args: Vec<Id> = args.iter().take(ARGS_MAX).copied().collect();
        let bad = || Refused::damaged("its pickle rebuilds a tensor from the wrong arguments");
        let bad_data = || Refused::damaged("its pickle makes a set of something that is not a list");
        let result = match (global, args.as_slice()) {
            (Global::OrderedDict, []) => Value::Dict(vec![]),
            (Global::Size, [sizes]) => Value::Tuple(
                self.items(*sizes).filter(|sizes| sizes.len() <= RANK_MAX).ok_or_else(bad)?.to_vec(),
            ),
            (Global::Plain, _) => Value::Plain,
            (Global::Collection, []) => Value::List(vec![]),
            (Global::Collection, [items, ..]) => {
                Value::List(self.items(*items).ok_or_else(bad_data)?.to_vec())
            }
            (Global::Mapping, args) => match args.first().map(|&first| self.get(first)) {
                Some(Value::Dict(entries)) => Value::Dict(entries.clone()),
                _ => Value::Dict(vec![]),
            },
            (Global::RebuildParameter, [tensor, ..]) => {
                return match self.get(*tensor) {
                    Value::Tensor(_) => self.push_id(*tensor),
                    _ => Err(bad()),
                };
            }
            (Global::RebuildTensor, [storage, offset, sizes, strides, ..]) => {
                self.tensor(*storage, None, [*offset, *sizes, *strides])?
            }
            (Global::RebuildTensorUntyped, [storage, offset, sizes, strides, _, _, dtype, ..]) => {
                let Value::Global(Global::ElementType(dtype)) = *self.get(*dtype) else { return Err(bad()) };
                self.tensor(*storage, Some(dtype), [*offset, *sizes, *strides])?
            }
            _ => {
                return Err(Refused::damaged(format!(
                    "its pickle calls {global:?} with {} arguments",
                    args.len()
                )));
            }
        };
        self.push(result)
    }

    fn tensor(
        &self,
        storage: Id,
        dtype: Option<DType>,
        [offset, sizes, strides]: [Id; 3],
    ) -> Result<Value, Refused> {
        let bad = || Refused::damaged("its pickle rebuilds a tensor from the wrong arguments");
        let Value::Storage { key, dtype: stored } = self.get(storage) else { return Err(bad()) };
        let dtype = dtype.or(*stored).ok_or_else(bad)?;
        let offset = self.size(offset).ok_or_else(bad)?;
        let sizes = self.sizes(sizes).ok_or_else(bad)?;
        let strides = self.sizes(strides).ok_or_else(bad)?;
        if sizes.len() != strides.len() || sizes.len() > RANK_MAX {
            return Err(bad());
        }
        Ok(Value::Tensor(TensorRef {
            key: key.clone(),
            dtype,
            layout: super::strided::Layout { offset, sizes, strides },
        }))
    }

    /// `('storage', class, key, device, element count)`, the one persistent id that `torch.save` writes.
    fn persistent(&mut self) -> Result<(), Refused> {
        let id = self.pop()?;
        let storage = match self.items(id) {
            // Old checkpoints may say that a storage is a part of another one.
            Some([_, _, _, _, _, part, ..]) if matches!(self.get(*part), Value::Tuple(_)) => None,
            Some([kind, class, key, ..]) if self.str(*kind) == Some("storage") => {
                match (self.get(*class), self.get(*key)) {
                    (Value::Global(Global::StorageType(dtype)), Value::Str(key)) => {
                        Some(Value::Storage { key: key.clone(), dtype: *dtype })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        self.push(storage.ok_or_else(|| {
            Refused::damaged("its pickle refers to something outside that is not a storage")
        })?)
    }

    fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            _ => None,
        }
    }

    fn size(&self, id: Id) -> Option<usize> {
        match self.get(id) {
            Value::Int(v) => usize::try_from(*v).ok(),
            _ => None,
        }
    }

    fn sizes(&self, id: Id) -> Option<Vec<usize>> {
        let items = self.items(id)?;
        if items.len() > RANK_MAX {
            return None;
        }
        items.iter().map(|&item| self.size(item)).collect()
    }

    fn extend_list(&mut self, items: Vec<Id>) -> Result<(), Refused> {
        let target = *self.stack.last().ok_or_else(underflow)?;
        match &mut self.values[target.0 as usize] {
            Value::List(list) => list.extend(items),
            _ => return Err(Refused::damaged("its pickle appends to something that is not a list")),
        }
        Ok(())
    }

    fn extend_dict(&mut self, items: Vec<Id>) -> Result<(), Refused> {
        let target = *self.stack.last().ok_or_else(underflow)?;
        match &mut self.values[target.0 as usize] {
            Value::Dict(dict) if items.len().is_multiple_of(2) => {
                dict.extend(items.chunks_exact(2).map(|p| (p[0], p[1])))
            }
            _ => return Err(Refused::damaged("its pickle stores entries into something that is not a dict")),
        }
        Ok(())
    }

    fn push(&mut self, value: Value) -> Result<(), Refused> {
        let id = u32::try_from(self.values.len())
            .map_err(|_| Refused::damaged("its pickle holds too many values"))?;
        self.values.push(value);
        self.push_id(Id(id))
    }

    fn push_id(&mut self, id: Id) -> Result<(), Refused> {
        self.stack.push(id);
        Ok(())
    }

    /// Marks fence off what lies below them, as in Python.
    fn pop(&mut self) -> Result<Id, Refused> {
        if self.marks.last().is_some_and(|&mark| mark >= self.stack.len()) {
            return Err(underflow());
        }
        self.stack.pop().ok_or_else(underflow)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>, Refused> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let at = self.stack.len().checked_sub(count).filter(|&at| at >= floor).ok_or_else(underflow)?;
        Ok(self.stack.split_off(at))
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>, Refused> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len()).ok_or_else(underflow)?;
        Ok(self.stack.split_off(mark))
    }

    fn memoize(&mut self, width: usize) -> Result<(), Refused> {
        let at = self.length(width)? as u32;
        self.remember(at)
    }

    fn remember(&mut self, at: u32) -> Result<(), Refused> {
        let top = *self.stack.last().ok_or_else(underflow)?;
        self.memo.insert(at, top);
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Result<(), Refused> {
        let at = self.length(width)? as u32;
        let id = *self
            .memo
            .get(&at)
            .ok_or_else(|| Refused::damaged("its pickle recalls a value it never stored"))?;
        self.push_id(id)
    }

    fn unsigned(&mut self, width: usize) -> Result<(), Refused> {
        let value = self.length(width)? as i64;
        self.push(Value::Int(value))
    }

    /// A little-endian two's complement integer of a given length.
    fn long(&mut self, width: usize) -> Result<(), Refused> {
        let length = self.length(width)?;
        let raw = self.take(length)?;
        let value = if raw.len() > 8 {
            Value::Other
        } else {
            let negative = raw.last().is_some_and(|&b| b & 0x80 != 0);
            let mut bytes = [if negative { 0xff } else { 0 }; 8];
            bytes[..raw.len()].copy_from_slice(raw);
            Value::Int(i64::from_le_bytes(bytes))
        };
        self.push(value)
    }

    fn text(&mut self, width: usize) -> Result<(), Refused> {
        let length = self.length(width)?;
        let raw = self.take(length)?;
        let text =
            std::str::from_utf8(raw).map_err(|_| Refused::damaged("a text in its pickle is not UTF-8"))?;
        let value = Value::Str(text.into());
        self.push(value)
    }

    fn blob(&mut self, width: usize) -> Result<(), Refused> {
        let length = self.length(width)?;
        self.take(length)?;
        self.push(Value::Other)
    }

    fn line(&mut self) -> Result<String, Refused> {
        let end = self.rest.iter().position(|&b| b == b'\n').ok_or_else(ends_early)?;
        let line = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        self.rest = &self.rest[end + 1..];
        Ok(line)
    }

    /// A little-endian unsigned number of `width` bytes.
    fn length(&mut self, width: usize) -> Result<usize, Refused> {
        let mut raw = [0u8; 8];
        raw[..width].copy_from_slice(self.take(width)?);
        usize::try_from(u64::from_le_bytes(raw)).map_err(|_| ends_early())
    }

    fn byte(&mut self) -> Result<u8, Refused> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Refused> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// No whitelisted function takes more arguments.
const ARGS_MAX: usize = 8;

/// More dimensions than PyTorch has (64) mean a damaged file.
const RANK_MAX: usize = 64;

fn underflow() -> Refused {
    Refused::damaged("its pickle takes from an empty stack")
}

fn ends_early() -> Refused {
    Refused::damaged("its pickle ends early")
}
