//! Operators: numbers first, then sequences, then the operands' own methods, in Python's order.

use super::Vm;
use super::frame::{BinaryTry, Then};
use super::step::unary_name;
use crate::python::builtins::grown;
use crate::python::classes;
use crate::python::code::{BinaryOp, UnaryOp};
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::Kind;
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::Value;
use braid_ir::{Attrs, ScalarOp, Term};

/// The methods of a binary operator: plain, reflected, in place.
fn binary_names(op: BinaryOp) -> [Name; 3] {
    match op {
        BinaryOp::Add => [Name::ADD, Name::RADD, Name::IADD],
        BinaryOp::Sub => [Name::SUB, Name::RSUB, Name::ISUB],
        BinaryOp::Mul => [Name::MUL, Name::RMUL, Name::IMUL],
        BinaryOp::MatMul => [Name::MATMUL, Name::RMATMUL, Name::IMATMUL],
        BinaryOp::Div => [Name::TRUEDIV, Name::RTRUEDIV, Name::ITRUEDIV],
        BinaryOp::FloorDiv => [Name::FLOORDIV, Name::RFLOORDIV, Name::IFLOORDIV],
        BinaryOp::Mod => [Name::MOD, Name::RMOD, Name::IMOD],
        BinaryOp::Pow => [Name::POW, Name::RPOW, Name::IPOW],
        BinaryOp::LShift => [Name::LSHIFT, Name::RLSHIFT, Name::ILSHIFT],
        BinaryOp::RShift => [Name::RSHIFT, Name::RRSHIFT, Name::IRSHIFT],
        BinaryOp::And => [Name::AND, Name::RAND, Name::IAND],
        BinaryOp::Or => [Name::OR, Name::ROR, Name::IOR],
        BinaryOp::Xor => [Name::XOR, Name::RXOR, Name::IXOR],
    }
}

fn binary_symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::MatMul => "@",
        BinaryOp::Div => "/",
        BinaryOp::FloorDiv => "//",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "** or pow()",
        BinaryOp::LShift => "<<",
        BinaryOp::RShift => ">>",
        BinaryOp::And => "&",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
    }
}

/// A number as arithmetic sees it.
pub(super) enum Number {
    Int(i64),
    Float(f64),
    Term(Term),
    /// A float known only at run time, or a truth value that becomes a number at run time.
    Runtime,
}

/// Of a sequence of the constructor.
const ELEMENTS_MAX: usize = 100_000_000;

impl Vm {
    /// The number that a value is, if it is one.
    pub(super) fn number(&self, value: &Value) -> Option<Number> {
        Some(match self.scalar(value) {
            Value::Int(int) => Number::Int(*int),
            Value::Bool(truth) => Number::Int(i64::from(*truth)),
            Value::Float(float) => Number::Float(*float),
            Value::Sym(Symbolic::Int(term)) => match self.known_int(*term) {
                Some(int) => Number::Int(int),
                None => Number::Term(*term),
            },
            Value::Sym(Symbolic::Float(_) | Symbolic::Bool(_)) => Number::Runtime,
            _ => return None,
        })
    }

    /// A binary operator; delivers its result or pushes the frame of a method.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: Value,
        right: Value,
        in_place: bool,
    ) -> Result<(), Unwind> {
        if op == BinaryOp::Add
            && (grown::grown(self, &left).is_some() || grown::grown(self, &right).is_some())
        {
            let extends = in_place && self.class_of(&left) == classes::LIST;
            if extends || [&left, &right].into_iter().all(|side| self.is_list(side)) {
                let function = self.prelude_function(if extends { "_extend" } else { "_joined" })?;
                return self.call(function, vec![left, right], Vec::new(), Then::Push);
            }
        }
        // The operators of the person's own classes come before those of the built-in classes that they derive from.
        if matches!((&left, &right), (Value::Obj(_), _) | (_, Value::Obj(_))) {
            return self.binary_objects(op, left, right, in_place);
        }
        let result = self.binary_plain(op, &left, &right)?;
        match result {
            Some(value) => {
                self.push(value);
                Ok(())
            }
            None => Err(self.binary_unsupported(op, &left, &right, in_place)),
        }
    }

    fn binary_objects(
        &mut self,
        op: BinaryOp,
        left: Value,
        right: Value,
        in_place: bool,
    ) -> Result<(), Unwind> {
        let [plain, reflected, inplace] = binary_names(op);
        let (left_class, right_class) = (self.class_of(&left), self.class_of(&right));
        let python =
            |vm: &mut Vm, class, name| vm.lookup(class, name).filter(|m| !matches!(m, Value::Native(_)));
        let mut methods = Vec::new();
        // In reverse order, since the next one is taken from the end.
        let mirror = (left_class != right_class).then(|| python(self, right_class, reflected)).flatten();
        let direct = python(self, left_class, plain);
        let right_first = left_class != right_class && self.is_subclass(right_class, left_class);
        let mirror = mirror.map(|method| (method, right.clone(), left.clone()));
        let direct = direct.map(|method| (method, left.clone(), right.clone()));
        if right_first {
            methods.extend(direct);
            methods.extend(mirror);
        } else {
            methods.extend(mirror);
            methods.extend(direct);
        }
        if in_place {
            if let Some(method) = python(self, left_class, inplace) {
                methods.push((method, left.clone(), right.clone()));
            } else if methods.is_empty() && self.in_place_builtin(op, &left, &right)? {
                self.push(left);
                return Ok(());
            }
        }
        if methods.is_empty() {
            return match self.binary_plain(op, &left, &right)? {
                Some(value) => {
                    self.push(value);
                    Ok(())
                }
                None => Err(self.binary_unsupported(op, &left, &right, in_place)),
            };
        }
        self.next_binary(BinaryTry { op, left, right, rest: methods })
    }

    /// A list, of a length known now or only at run time.
    pub(super) fn is_list(&mut self, value: &Value) -> bool {
        self.class_of(value) == classes::LIST
            && matches!(self.kind(value), Some(Kind::List(_) | Kind::Seq(_)))
    }

    fn next_binary(&mut self, mut attempt: BinaryTry) -> Result<(), Unwind> {
        match attempt.rest.pop() {
            Some((method, receiver, argument)) => {
                self.call_bound(method, receiver, vec![argument], Then::Binary(Box::new(attempt)))
            }
            None => match self.binary_plain(attempt.op, &attempt.left, &attempt.right)? {
                Some(value) => {
                    self.push(value);
                    Ok(())
                }
                None => Err(self.binary_unsupported(attempt.op, &attempt.left, &attempt.right, false)),
            },
        }
    }

    pub(super) fn binary_result(&mut self, attempt: BinaryTry, value: Value) -> Result<(), Unwind> {
        match value {
            Value::NotImplemented => self.next_binary(attempt),
            value => {
                self.push(value);
                Ok(())
            }
        }
    }

    fn binary_unsupported(&mut self, op: BinaryOp, left: &Value, right: &Value, in_place: bool) -> Unwind {
        if let (Some(_), _) | (_, Some(_)) = (grown::grown(self, left), grown::grown(self, right)) {
            return grown::refused(self, "this operator on");
        }
        for value in [left, right] {
            if let Some(Kind::Module(_)) = self.kind(value)
                && let Value::Obj(id) = value
                && let Some(error) = self.missing_module_used(*id)
            {
                return error;
            }
        }
        let sequence = match self.kind(left) {
            _ if self.as_str(left).is_some() => Some("str"),
            Some(Kind::List(_)) if !in_place => Some("list"),
            Some(Kind::Tuple(_)) => Some("tuple"),
            _ => None,
        };
        if let (BinaryOp::Add, Some(name)) = (op, sequence) {
            let other = self.type_name(right);
            return self.type_error(format!("can only concatenate {name} (not \"{other}\") to {name}"));
        }
        let symbol = binary_symbol(op);
        let symbol = if in_place {
            format!("{}=", symbol.split(' ').next().unwrap_or(symbol))
        } else {
            symbol.to_owned()
        };
        self.type_error(format!(
            "unsupported operand type(s) for {symbol}: '{}' and '{}'",
            self.type_name(left),
            self.type_name(right)
        ))
    }

    /// A binary operator on built-in values; `None` if they have none.
    ///
    /// # Errors
    /// Division by zero, overflow, and the like.
    pub fn binary_plain(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
    ) -> Result<Option<Value>, Unwind> {
        if let (Some(a), Some(b)) = (self.number(left), self.number(right)) {
            return match (a, b) {
                (Number::Int(a), Number::Int(b)) => {
                    if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor)
                        && let (Value::Bool(a), Value::Bool(b)) = (left, right)
                    {
                        return Ok(Some(Value::Bool(match op {
                            BinaryOp::And => a & b,
                            BinaryOp::Or => a | b,
                            _ => a ^ b,
                        })));
                    }
                    self.int_binary(op, a, b)
                }
                (Number::Int(a), Number::Float(b)) => self.float_binary(op, a as f64, b),
                (Number::Float(a), Number::Int(b)) => self.float_binary(op, a, b as f64),
                (Number::Float(a), Number::Float(b)) => self.float_binary(op, a, b),
                _ => self.runtime_binary(op, left, right),
            };
        }
        self.sequence_binary(op, left, right)
    }

    fn int_binary(&mut self, op: BinaryOp, a: i64, b: i64) -> Result<Option<Value>, Unwind> {
        let checked = match op {
            BinaryOp::Add => a.checked_add(b),
            BinaryOp::Sub => a.checked_sub(b),
            BinaryOp::Mul => a.checked_mul(b),
            BinaryOp::Div => {
                if b == 0 {
                    return Err(self.zero_division("division by zero"));
                }
                return Ok(Some(Value::Float(a as f64 / b as f64)));
            }
            BinaryOp::Mod if b == 0 => return Err(self.zero_division("integer modulo by zero")),
            BinaryOp::FloorDiv if b == 0 => {
                return Err(self.zero_division("integer division or modulo by zero"));
            }
            BinaryOp::FloorDiv => {
                a.checked_div_euclid(b).map(|q| if b < 0 && a.rem_euclid(b) != 0 { q - 1 } else { q })
            }
            BinaryOp::Mod => a.checked_rem_euclid(b).map(|r| if b < 0 && r != 0 { r + b } else { r }),
            BinaryOp::Pow if b < 0 => {
                if a == 0 {
                    return Err(self.zero_division("0.0 cannot be raised to a negative power"));
                }
                return Ok(Some(Value::Float((a as f64).powf(b as f64))));
            }
            BinaryOp::Pow => match u32::try_from(b) {
                Ok(exponent) => a.checked_pow(exponent),
                Err(_) if matches!(a, 0 | 1) => Some(a),
                Err(_) => None,
            },
            BinaryOp::LShift | BinaryOp::RShift if b < 0 => {
                return Err(self.value_error("negative shift count"));
            }
            BinaryOp::LShift => match u32::try_from(b) {
                Ok(shift) if shift < 63 => a.checked_mul(1i64 << shift),
                _ if a == 0 => Some(0),
                _ => None,
            },
            BinaryOp::RShift => Some(a >> b.min(63)),
            BinaryOp::And => Some(a & b),
            BinaryOp::Or => Some(a | b),
            BinaryOp::Xor => Some(a ^ b),
            BinaryOp::MatMul => return Ok(None),
        };
        match checked {
            Some(value) => Ok(Some(Value::Int(value))),
            None => Err(self.overflow()),
        }
    }

    fn float_binary(&mut self, op: BinaryOp, a: f64, b: f64) -> Result<Option<Value>, Unwind> {
        let value = match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div if b == 0.0 => return Err(self.zero_division("float division by zero")),
            BinaryOp::Div => a / b,
            BinaryOp::FloorDiv if b == 0.0 => return Err(self.zero_division("float floor division by zero")),
            BinaryOp::Mod if b == 0.0 => return Err(self.zero_division("float modulo")),
            BinaryOp::Mod | BinaryOp::FloorDiv => {
                let mut remainder = a % b;
                if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) {
                    remainder += b;
                } else if remainder == 0.0 {
                    remainder = 0.0f64.copysign(b);
                }
                if op == BinaryOp::Mod {
                    remainder
                } else {
                    let quotient = (a - remainder) / b;
                    let floor = quotient.floor();
                    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
                }
            }
            BinaryOp::Pow if a == 0.0 && b < 0.0 => {
                return Err(self.zero_division("0.0 cannot be raised to a negative power"));
            }
            BinaryOp::Pow if a < 0.0 && b.is_finite() && b.fract() != 0.0 => {
                return Err(self.unsupported(
                    "a negative number to a fractional power is complex, and complex numbers are not supported",
                    "take the absolute value first",
                ));
            }
            BinaryOp::Pow => a.powf(b),
            _ => return Ok(None),
        };
        Ok(Some(Value::Float(value)))
    }

    /// Arithmetic with a number known only at run time.
    fn runtime_binary(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Result<Option<Value>, Unwind> {
        if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor)
            && let (Some(a), Some(b)) = (self.as_condition(left), self.as_condition(right))
        {
            return self.logic(op, a, b).map(Some);
        }
        let term = |vm: &mut Vm, value: &Value| -> Result<Option<Term>, Unwind> {
            Ok(match vm.scalar(value).clone() {
                Value::Sym(Symbolic::Bool(SymBool::Term(condition))) => {
                    Some(condition.select(Term::int(1), Term::int(0)))
                }
                Value::Sym(Symbolic::Bool(SymBool::Value(value))) => {
                    let attrs = Attrs::from([("to", braid_ir::Attr::DType(braid_ir::DType::I64))]);
                    let value = vm.emit1("convert", &[value], attrs)?;
                    Some(Term::sym(vm.symbol_of(value)))
                }
                value => vm.as_term(&value),
            })
        };
        let float = |vm: &Vm, value: &Value| {
            matches!(vm.scalar(value), Value::Float(_) | Value::Sym(Symbolic::Float(_)))
        };
        let is_float = float(self, left) || float(self, right) || op == BinaryOp::Div;
        if !is_float && let (Some(a), Some(b)) = (term(self, left)?, term(self, right)?) {
            return self.term_binary(op, a, b).map(Some);
        }
        let name = match op {
            BinaryOp::Add => "add",
            BinaryOp::Sub => "sub",
            BinaryOp::Mul => "mul",
            BinaryOp::Div => "div",
            BinaryOp::FloorDiv => "floor_div",
            BinaryOp::Mod => "modulo",
            BinaryOp::Pow => "power",
            _ => return Ok(None),
        };
        let (Some(a), Some(b)) = (self.emit_float(left)?, self.emit_float(right)?) else { return Ok(None) };
        if matches!(op, BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Mod) {
            // Python raises where IEEE arithmetic gives an infinity, so a divisor that may be zero is a gate.
            let divides = match self.number(right) {
                Some(Number::Int(int)) => int != 0,
                Some(Number::Float(float)) => float != 0.0,
                Some(Number::Term(term)) => !self.decide(SymBool::Term(term.equals(Term::int(0))))?,
                _ => {
                    let nonzero = self.float_is_nonzero(b)?;
                    self.decide(nonzero)?
                }
            };
            if !divides {
                return Err(self.zero_division("float division by zero"));
            }
        }
        let value = self.emit1(name, &[a, b], Attrs::default())?;
        Ok(Some(Value::Sym(Symbolic::Float(value))))
    }

    fn term_binary(&mut self, op: BinaryOp, a: Term, b: Term) -> Result<Value, Unwind> {
        let scalar_op = match op {
            BinaryOp::Add => ScalarOp::Add,
            BinaryOp::Sub => ScalarOp::Sub,
            BinaryOp::Mul => ScalarOp::Mul,
            BinaryOp::FloorDiv => ScalarOp::FloorDiv,
            BinaryOp::Mod => ScalarOp::Mod,
            BinaryOp::Pow if b.as_int().is_some_and(|b| (0..=8).contains(&b)) => {
                let mut result = Term::int(1);
                for _ in 0..b.as_int().unwrap_or(0) {
                    result = Term::try_apply(ScalarOp::Mul, &[result, a]).map_err(|_| self.overflow())?;
                }
                return Ok(self.new_int(result));
            }
            BinaryOp::LShift if b.as_int().is_some_and(|b| (0..62).contains(&b)) => {
                let factor = Term::int(1 << b.as_int().unwrap_or(0));
                let result = Term::try_apply(ScalarOp::Mul, &[a, factor]).map_err(|_| self.overflow())?;
                return Ok(self.new_int(result));
            }
            BinaryOp::RShift if b.as_int().is_some_and(|b| (0..62).contains(&b)) => {
                return Ok(self.new_int(a.floor_div(Term::int(1 << b.as_int().unwrap_or(0)))));
            }
            BinaryOp::And => ScalarOp::And,
            BinaryOp::Or => ScalarOp::Or,
            BinaryOp::Xor => ScalarOp::Xor,
            BinaryOp::Pow => {
                // A negative exponent makes a float, so it is a gate.
                if self.decide(SymBool::Term(b.less(Term::int(0))))? {
                    let (a, b) = (Value::Sym(Symbolic::Int(a)), Value::Sym(Symbolic::Int(b)));
                    let (Some(a), Some(b)) = (self.emit_float(&a)?, self.emit_float(&b)?) else {
                        unreachable!("an integer term is a number")
                    };
                    return Ok(Value::Sym(Symbolic::Float(self.emit1(
                        "power",
                        &[a, b],
                        Attrs::default(),
                    )?)));
                }
                ScalarOp::Pow
            }
            _ => {
                return Err(self.unsupported(
                    format!(
                        "the operator {} is not supported on integers known only at run time",
                        binary_symbol(op)
                    ),
                    "use + - * // % on such integers, or a tensor operation",
                ));
            }
        };
        if matches!(scalar_op, ScalarOp::FloorDiv | ScalarOp::Mod) {
            // Division by zero raises in Python, so a divisor that may be zero is a gate.
            let zero = self.decide(SymBool::Term(b.equals(Term::int(0))))?;
            if zero {
                return Err(self.zero_division("integer division or modulo by zero"));
            }
        }
        let result = Term::try_apply(scalar_op, &[a, b]).map_err(|_| self.overflow())?;
        Ok(self.new_int(result))
    }

    /// The condition that a truth value is.
    pub(super) fn as_condition(&self, value: &Value) -> Option<SymBool> {
        match self.scalar(value) {
            Value::Bool(truth) => Some(SymBool::Term(Term::constant(braid_ir::Scalar::from_int(
                braid_ir::DType::Bool,
                i128::from(*truth),
            )))),
            Value::Sym(Symbolic::Bool(condition)) => Some(*condition),
            _ => None,
        }
    }

    pub(super) fn logic(&mut self, op: BinaryOp, a: SymBool, b: SymBool) -> Result<Value, Unwind> {
        if let (SymBool::Term(a), SymBool::Term(b)) = (a, b) {
            let term = match op {
                BinaryOp::And => a.and(b),
                BinaryOp::Or => a.or(b),
                _ => a.not_equals(b),
            };
            return Ok(Value::Sym(Symbolic::Bool(SymBool::Term(term))));
        }
        let (a, b) = (self.emit_bool(a)?, self.emit_bool(b)?);
        let name = match op {
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            _ => "not_equal",
        };
        let value = self.emit1(name, &[a, b], Attrs::default())?;
        Ok(Value::Sym(Symbolic::Bool(SymBool::Value(value))))
    }

    /// `+` and `*` of strings and sequences, `%` of strings, set and dict algebra.
    fn sequence_binary(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
    ) -> Result<Option<Value>, Unwind> {
        if op == BinaryOp::Mod
            && (self.as_str(left).is_some() || matches!(left, Value::Sym(Symbolic::Str(_))))
        {
            return self.percent_format(left, right).map(Some);
        }
        if op == BinaryOp::Add
            && matches!(self.scalar(left), Value::Str(_) | Value::Sym(Symbolic::Str(_)))
            && matches!(self.scalar(right), Value::Str(_) | Value::Sym(Symbolic::Str(_)))
        {
            return self.concatenate(&[left.clone(), right.clone()]).map(Some);
        }
        if op == BinaryOp::Or
            && let (Some(mut options), Some(more)) = (self.type_options(left), self.type_options(right))
        {
            // `int | str`, as `isinstance` takes it.
            options.extend(more);
            return Ok(Some(self.new_tuple(options)));
        }
        if op == BinaryOp::Mul {
            for (sequence, count) in [(left, right), (right, left)] {
                let repeats =
                    matches!(self.kind(sequence), Some(Kind::List(_) | Kind::Tuple(_) | Kind::Bytes(_)))
                        || self.as_str(sequence).is_some();
                if repeats && self.number(count).is_some() && !matches!(self.scalar(count), Value::Float(_)) {
                    return self.repeat(sequence, count).map(Some);
                }
            }
        }
        match (op, self.kind(left), self.kind(right)) {
            (BinaryOp::Add, Some(Kind::List(a)), Some(Kind::List(b))) => {
                let items = a.iter().chain(b).cloned().collect();
                Ok(Some(self.new_list(items)))
            }
            (BinaryOp::Add, Some(Kind::Tuple(a)), Some(Kind::Tuple(b))) => {
                let items = a.iter().chain(b.iter()).cloned().collect();
                Ok(Some(self.new_tuple(items)))
            }
            (BinaryOp::Add, Some(Kind::Bytes(a)), Some(Kind::Bytes(b))) => {
                let bytes: Vec<u8> = a.iter().chain(b.iter()).copied().collect();
                Ok(Some(self.new_object(crate::python::classes::BYTES, Kind::Bytes(bytes.into()))))
            }
            (BinaryOp::Or, Some(Kind::Dict(a)), Some(Kind::Dict(b))) => {
                let mut union = a.clone();
                for (key, (shown, value)) in &b.entries {
                    union.insert(key.clone(), shown.clone(), value.clone());
                }
                Ok(Some(self.new_dict(union)))
            }
            (BinaryOp::And | BinaryOp::Or | BinaryOp::Sub | BinaryOp::Xor, Some(_), Some(_)) => {
                let (Some(a), Some(b)) = (self.as_set_like(left), self.as_set_like(right)) else {
                    return Ok(None);
                };
                let mut result = crate::python::dict::Dict::new();
                for (key, (shown, _)) in &a.entries {
                    let keep = match op {
                        BinaryOp::And => b.contains(key),
                        BinaryOp::Or => true,
                        _ => !b.contains(key),
                    };
                    if keep {
                        result.insert(key.clone(), shown.clone(), Value::None);
                    }
                }
                if matches!(op, BinaryOp::Or | BinaryOp::Xor) {
                    for (key, (shown, _)) in &b.entries {
                        if !a.contains(key) {
                            result.insert(key.clone(), shown.clone(), Value::None);
                        }
                    }
                }
                let class = self.class_of(left);
                let class = if self.as_set(left).is_some() { class } else { crate::python::classes::SET };
                Ok(Some(self.new_object(class, Kind::Set(result))))
            }
            // `X | Y` of classes is a type hint; a tuple of both serves `isinstance` as well.
            (BinaryOp::Or, Some(Kind::Class(_)), _) | (BinaryOp::Or, _, Some(Kind::Class(_)))
                if [left, right].iter().all(|side| side.is_none() || self.kind(side).is_some()) =>
            {
                Ok(Some(self.new_tuple(vec![left.clone(), right.clone()])))
            }
            _ => Ok(None),
        }
    }

    /// The table of a set, or of the keys or items of a dict.
    pub(super) fn as_set_like(&mut self, value: &Value) -> Option<crate::python::dict::Dict> {
        if let Some(set) = self.as_set(value) {
            return Some(set.clone());
        }
        match self.kind(value)? {
            Kind::DictView(dict, crate::python::object::DictPart::Keys) => {
                self.as_dict(&Value::Obj(*dict)).cloned()
            }
            Kind::DictView(dict, crate::python::object::DictPart::Items) => {
                let entries = self.as_dict(&Value::Obj(*dict))?.clone().entries;
                let mut set = crate::python::dict::Dict::new();
                for (key, (shown, value)) in entries {
                    // Values that cannot be hashed are told apart by identity.
                    let value_key = self
                        .key(&value)
                        .ok()
                        .or_else(|| value.as_obj().map(crate::python::dict::Key::Object))?;
                    let pair = self.new_tuple(vec![shown, value]);
                    set.insert(crate::python::dict::Key::Tuple(vec![key, value_key]), pair, Value::None);
                }
                Some(set)
            }
            _ => None,
        }
    }

    /// The classes that one side of `int | None` stands for.
    pub(super) fn type_options(&self, value: &Value) -> Option<Vec<Value>> {
        match (self.kind(value), value) {
            (Some(Kind::Class(_)), _) | (_, Value::None) => Some(vec![value.clone()]),
            (Some(Kind::Tuple(items)), _)
                if !items.is_empty() && items.iter().all(|item| self.as_class(item).is_some()) =>
            {
                Some(items.to_vec())
            }
            _ => None,
        }
    }

    /// Raises `MemoryError` for sequences that only a mistake makes so long.
    pub fn reserve(&mut self, elements: usize) -> Result<(), Unwind> {
        if elements <= ELEMENTS_MAX {
            return Ok(());
        }
        let message = "this would have more than 100 million elements";
        Err(self.raise(crate::python::classes::MEMORY_ERROR, message))
    }

    fn repeat(&mut self, sequence: &Value, count: &Value) -> Result<Value, Unwind> {
        let count = self.int_arg(count, "the number of repetitions")?.max(0) as usize;
        let length = match self.kind(sequence) {
            Some(Kind::List(items)) => items.len(),
            Some(Kind::Tuple(items)) => items.len(),
            Some(Kind::Bytes(bytes)) => bytes.len(),
            _ => self.as_str(sequence).map_or(0, |text| text.len()),
        };
        self.reserve(length.saturating_mul(count))?;
        Ok(match self.kind(sequence) {
            Some(Kind::List(items)) => {
                let items = items.iter().cloned().cycle().take(length * count).collect();
                self.new_list(items)
            }
            Some(Kind::Tuple(items)) => {
                let items = items.iter().cloned().cycle().take(length * count).collect();
                self.new_tuple(items)
            }
            Some(Kind::Bytes(bytes)) => {
                let bytes = bytes.repeat(count);
                self.new_object(crate::python::classes::BYTES, Kind::Bytes(bytes.into()))
            }
            _ => Value::str(self.as_str(sequence).map_or(String::new(), |text| text.repeat(count))),
        })
    }

    /// Augmented assignment that changes a built-in container itself.
    fn in_place_builtin(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Result<bool, Unwind> {
        match (op, self.kind(left)) {
            (BinaryOp::Add, Some(Kind::List(_))) => {
                let Some(items) = self.items(right)? else { return Ok(false) };
                if let Some(list) = self.as_list_mut(left) {
                    list.extend(items);
                }
                Ok(true)
            }
            (BinaryOp::Mul, Some(Kind::List(_))) => {
                let repeated = self.repeat(left, right)?;
                let items = self.as_list(&repeated).cloned().unwrap_or_default();
                if let Some(list) = self.as_list_mut(left) {
                    *list = items;
                }
                Ok(true)
            }
            (BinaryOp::Or, Some(Kind::Dict(_))) => {
                let Some(other) = self.as_dict(right).cloned() else { return Ok(false) };
                if let Some(dict) = self.as_dict_mut(left) {
                    for (key, (shown, value)) in other.entries {
                        dict.insert(key, shown, value);
                    }
                }
                Ok(true)
            }
            (BinaryOp::Or | BinaryOp::And | BinaryOp::Sub | BinaryOp::Xor, Some(Kind::Set(_)))
                if self.class_of(left) != crate::python::classes::FROZENSET =>
            {
                let Some(result) = self.sequence_binary(op, left, right)? else { return Ok(false) };
                let table = self.as_set(&result).cloned().unwrap_or_default();
                if let Some(set) = self.as_set_mut(left) {
                    *set = table;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    pub(super) fn unary(&mut self, op: UnaryOp, value: Value) -> Result<(), Unwind> {
        let result = match (self.number(&value), op) {
            (Some(Number::Int(int)), UnaryOp::Neg) => match int.checked_neg() {
                Some(int) => Value::Int(int),
                None => return Err(self.overflow()),
            },
            (Some(Number::Int(int)), UnaryOp::Pos) => Value::Int(int),
            (Some(Number::Int(int)), UnaryOp::Invert) => Value::Int(!int),
            (Some(Number::Float(float)), UnaryOp::Neg) => Value::Float(-float),
            (Some(Number::Float(float)), UnaryOp::Pos) => Value::Float(float),
            (Some(Number::Term(term)), UnaryOp::Neg) => self.new_int(Term::int(0) - term),
            (Some(Number::Term(_)), UnaryOp::Pos) => value,
            (Some(Number::Term(term)), UnaryOp::Invert) => self.new_int(Term::int(-1) - term),
            (Some(Number::Runtime), UnaryOp::Neg) => {
                match self.runtime_binary(BinaryOp::Sub, &Value::Int(0), &value)? {
                    Some(value) => value,
                    None => return Err(self.unary_unsupported(op, &value)),
                }
            }
            (Some(Number::Runtime), UnaryOp::Pos) => value,
            _ => {
                let class = self.class_of(&value);
                return match self.lookup(class, unary_name(op)) {
                    Some(method) => self.call_bound(method, value, Vec::new(), Then::Push),
                    None => Err(self.unary_unsupported(op, &value)),
                };
            }
        };
        self.push(result);
        Ok(())
    }

    fn unary_unsupported(&mut self, op: UnaryOp, value: &Value) -> Unwind {
        let symbol = match op {
            UnaryOp::Neg => "-",
            UnaryOp::Pos => "+",
            UnaryOp::Invert => "~",
        };
        self.type_error(format!("bad operand type for unary {symbol}: '{}'", self.type_name(value)))
    }
}
