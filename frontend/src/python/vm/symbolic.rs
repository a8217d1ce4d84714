//! Arithmetic on scalars that only the compiled program knows.
//!
//! Integers are terms and need no operator. Floats are rank-0 `f64` values, so each operation appends one operator of
//! the table to the current block.

use super::Vm;
use crate::diagnostic::Diagnostic;
use crate::python::native::Unwind;
use crate::python::object::{Kind, SeqElement, SeqObject};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::Value;
/// Lists of more elements stay in the net.
const SETTLED_MAX: i64 = 1024;

use braid_ir::{Attr, Attrs, Builder, DType, Scalar, Term, Type, ValueId};

impl Vm {
    /// Appends an operator to the current block at the current line.
    ///
    /// # Errors
    /// A diagnostic if the operator's row refuses its operands.
    pub fn emit(&mut self, op: &str, operands: &[ValueId], attrs: Attrs) -> Result<Vec<ValueId>, Unwind> {
        let key = braid_ir::ops::find(op)
            .filter(|spec| spec.effects == braid_ir::ops::Effects::Pure)
            .map(|spec| (spec.name, operands.to_vec(), format!("{attrs:?}")));
        if let Some(results) = key.as_ref().and_then(|key| self.state.available.get(key)) {
            return Ok(results.clone());
        }
        let loc = self.current_loc();
        let block = self.state.block;
        let conditional = self.state.trace.is_conditional();
        let mut builder =
            Builder::new(&mut self.net, block, loc).with_checks().on_path(&self.state.facts, conditional);
        let results = builder.op(op, operands, attrs).map_err(|error| Diagnostic::new(error.to_string()))?;
        let (block, checked) = (builder.block, builder.checked);
        // A check of dimensions ends the block.
        self.state.block = block;
        checked.into_iter().for_each(|equal| self.state.facts.assume(equal, true));
        self.emitted += 1;
        if let Some(key) = key {
            self.state.available.insert(key, results.clone());
        }
        Ok(results)
    }

    /// Appends an operator that has one result.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn emit1(&mut self, op: &str, operands: &[ValueId], attrs: Attrs) -> Result<ValueId, Unwind> {
        Ok(self.emit(op, operands, attrs)?[0])
    }

    /// A rank-0 constant in the net.
    ///
    /// # Errors
    /// Never in practice; as [`Vm::emit`].
    pub fn emit_scalar(&mut self, value: Scalar) -> Result<ValueId, Unwind> {
        self.emit1("full", &[], Attrs::from([("value", Attr::Scalar(value)), ("shape", Attr::Terms(vec![]))]))
    }

    /// The `i64[]` or `bool[]` value of a term.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn emit_term(&mut self, term: Term) -> Result<ValueId, Unwind> {
        let term = self.state.facts.normalise(term);
        if let Some(value) = term.as_const() {
            return self.emit_scalar(value);
        }
        if let braid_ir::Node::Sym(sym) = term.node()
            && let Some(braid_ir::SymDef::Value(value)) = self.net.syms.get(&sym)
        {
            return Ok(*value);
        }
        self.emit1("index", &[], Attrs::from([("value", Attr::Term(term))]))
    }

    /// The rank-0 value of the net that a Python scalar is, with its natural type: `i64`, `f64` or `bool`.
    /// `None` if the value is no number.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn emit_number(&mut self, value: &Value) -> Result<Option<ValueId>, Unwind> {
        Ok(Some(match self.scalar(value).clone() {
            Value::Bool(value) => self.emit_scalar(Scalar::from_int(DType::Bool, i128::from(value)))?,
            Value::Int(value) => self.emit_scalar(Scalar::i64(value))?,
            Value::Float(value) => self.emit_scalar(Scalar::from_f64(DType::F64, value))?,
            Value::Sym(Symbolic::Int(term)) => self.emit_term(term)?,
            Value::Sym(Symbolic::Float(value)) => value,
            Value::Sym(Symbolic::Bool(SymBool::Value(value))) => value,
            Value::Sym(Symbolic::Bool(SymBool::Term(term))) => self.emit_term(term)?,
            _ => return Ok(None),
        }))
    }

    /// The `f64[]` value that a Python number is; `None` if it is none.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn emit_float(&mut self, value: &Value) -> Result<Option<ValueId>, Unwind> {
        if let Value::Int(value) = self.scalar(value) {
            let value = *value as f64;
            return self.emit_scalar(Scalar::from_f64(DType::F64, value)).map(Some);
        }
        let Some(number) = self.emit_number(value)? else { return Ok(None) };
        if self.net.tensor_ty(number).is_some_and(|ty| ty.dtype == DType::F64) {
            return Ok(Some(number));
        }
        self.emit1("convert", &[number], Attrs::from([("to", Attr::DType(DType::F64))])).map(Some)
    }

    /// The `bool[]` value of a truth value known only at run time.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn emit_bool(&mut self, condition: SymBool) -> Result<ValueId, Unwind> {
        match condition {
            SymBool::Value(value) => Ok(value),
            SymBool::Term(term) => self.emit_term(term),
        }
    }

    /// The symbol that stands for an `i64[]` value.
    pub fn symbol_of(&mut self, value: ValueId) -> braid_ir::Sym {
        match self.net.sym_of(value) {
            Some(sym) => sym,
            None => self.net.define_sym("i", value),
        }
    }

    /// Whether a run-time float is not zero.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn float_is_nonzero(&mut self, value: ValueId) -> Result<SymBool, Unwind> {
        let zero = self.emit_scalar(Scalar::from_f64(DType::F64, 0.0))?;
        Ok(SymBool::Value(self.emit1("not_equal", &[value, zero], Attrs::default())?))
    }
}

/// Lists in the net.
impl Vm {
    /// An empty list for elements of this type.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn emit_sequence(&mut self, dtype: DType, dims: Option<&[Option<Term>]>) -> Result<ValueId, Unwind> {
        let ragged = dims.is_none();
        let dims = dims.unwrap_or_default();
        let unknown =
            dims.iter().enumerate().filter(|(_, dim)| dim.is_none()).map(|(axis, _)| axis as i64).collect();
        let attrs = Attrs::from([
            ("dtype", Attr::DType(dtype)),
            ("dims", Attr::Terms(dims.iter().map(|dim| dim.unwrap_or(Term::int(0))).collect())),
            ("unknown", Attr::Ints(unknown)),
            ("ragged", Attr::Bool(ragged)),
        ]);
        self.emit1("seq_empty", &[], attrs)
    }

    /// All of a tensor, under other terms for its dimensions that are equal to its own on this path.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn emit_whole(&mut self, tensor: ValueId, shape: Vec<Term>) -> Result<ValueId, Unwind> {
        let rank = shape.len();
        let all = Attrs::from([
            ("start", Attr::Terms(vec![Term::int(0); rank])),
            ("limit", Attr::Terms(shape)),
            ("stride", Attr::Ints(vec![1; rank])),
        ]);
        self.emit1("slice", &[tensor], all)
    }

    /// The value of the net that a list's element is: a tensor or a number.
    ///
    /// # Errors
    /// `unsupported` for anything else.
    pub fn element_value(&mut self, item: &Value) -> Result<ValueId, Unwind> {
        if let Some(number) = self.emit_number(item)? {
            return Ok(number);
        }
        if matches!(self.kind(item), Some(crate::python::object::Kind::Tensor(_))) {
            return crate::python::torch::tensor_value(self, item);
        }
        let name = self.type_name(item);
        Err(self.unsupported(
            format!("a list grown in a data-dependent loop can only hold tensors and numbers, not '{name}'"),
            "collect tensors or numbers",
        ))
    }

    /// The length of a list in the net, a constant if this path knows it.
    pub fn sequence_len(&mut self, list: SeqObject) -> Term {
        match self.state.facts.range(self.state.facts.normalise(list.len)) {
            (Some(low), Some(high)) if low == high => i64::try_from(low).map_or(list.len, Term::int),
            _ => list.len,
        }
    }

    /// Makes a list in the net whose length this path knows one of known elements; whether there was one.
    ///
    /// # Errors
    /// As [`Vm::emit`].
    pub fn settle(&mut self, value: &Value) -> Result<bool, Unwind> {
        let (Some(id), Some(&Kind::Seq(list))) = (value.as_obj(), self.kind(value)) else { return Ok(false) };
        let Some(count) = self.sequence_len(list).as_int().filter(|count| (0..=SETTLED_MAX).contains(count))
        else {
            return Ok(false);
        };
        if self.is_ragged(list) {
            return Ok(false);
        }
        let items: Result<Vec<Value>, Unwind> =
            (0..count).map(|at| self.sequence_get(list, Term::int(at))).collect();
        let items = items?;
        let is_tuple = self.class_of(value) == crate::python::classes::TUPLE;
        self.obj_mut(id).kind = if is_tuple { Kind::Tuple(items.into()) } else { Kind::List(items) };
        Ok(true)
    }

    /// Whether the elements of a list in the net may differ in the number of dimensions.
    pub fn is_ragged(&self, list: SeqObject) -> bool {
        matches!(self.net.ty(list.value), Type::Seq(_, None))
    }

    /// # Errors
    /// `unsupported` for a list whose elements may differ in the number of dimensions.
    pub fn check_ranked(&self, list: SeqObject) -> Result<(), Unwind> {
        if !self.is_ragged(list) {
            return Ok(());
        }
        Err(self.unsupported(
            "the elements of this list may differ in the number of dimensions, so that none can be taken out of it",
            "such a list can be appended to, measured and returned; of an input the type can be given, for example \
             --input NAME=seq<f32[n]> for elements of one dimension",
        ))
    }

    /// Element number `index` of a list in the net; one out of range fails when the program runs.
    ///
    /// # Errors
    /// As [`Vm::emit`]; as [`Vm::check_ranked`].
    pub fn sequence_get(&mut self, list: SeqObject, index: Term) -> Result<Value, Unwind> {
        self.check_ranked(list)?;
        let index = self.emit_term(index)?;
        let element = self.emit1("seq_get", &[list.value, index], Attrs::default())?;
        Ok(self.sequence_element(list.element, element))
    }

    /// What a value of the net that was an element of a list is to Python.
    pub fn sequence_element(&mut self, kind: SeqElement, element: ValueId) -> Value {
        match kind {
            SeqElement::Tensor => crate::python::torch::new_tensor(self, element),
            SeqElement::Float => Value::Sym(Symbolic::Float(element)),
            SeqElement::Bool => Value::Sym(Symbolic::Bool(SymBool::Value(element))),
            SeqElement::Int => {
                let sym = match self.net.sym_of(element) {
                    Some(sym) => sym,
                    None => self.net.define_sym("i", element),
                };
                Value::Sym(Symbolic::Int(Term::sym(sym)))
            }
        }
    }
}
