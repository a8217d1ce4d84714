//! Expressions.

use super::Compiler;
use super::function::Collect;
use crate::python::code::{BinaryOp, CompareOp, Op, UnaryOp};
use crate::python::names::Name;
use crate::python::value::Value;
use ruff_python_ast::{
    self as ast, Arguments, BoolOp, CmpOp, ConversionFlag, Expr, FStringPart, InterpolatedStringElement,
    Number, Operator,
};
use ruff_text_size::Ranged;
use std::sync::Arc;

/// The operator of a binary expression.
pub(super) fn binary_op(op: Operator) -> BinaryOp {
    match op {
        Operator::Add => BinaryOp::Add,
        Operator::Sub => BinaryOp::Sub,
        Operator::Mult => BinaryOp::Mul,
        Operator::MatMult => BinaryOp::MatMul,
        Operator::Div => BinaryOp::Div,
        Operator::Mod => BinaryOp::Mod,
        Operator::Pow => BinaryOp::Pow,
        Operator::LShift => BinaryOp::LShift,
        Operator::RShift => BinaryOp::RShift,
        Operator::BitOr => BinaryOp::Or,
        Operator::BitXor => BinaryOp::Xor,
        Operator::BitAnd => BinaryOp::And,
        Operator::FloorDiv => BinaryOp::FloorDiv,
    }
}

fn compare_op(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Compare(CompareOp::Eq),
        CmpOp::NotEq => Op::Compare(CompareOp::Ne),
        CmpOp::Lt => Op::Compare(CompareOp::Lt),
        CmpOp::LtE => Op::Compare(CompareOp::Le),
        CmpOp::Gt => Op::Compare(CompareOp::Gt),
        CmpOp::GtE => Op::Compare(CompareOp::Ge),
        CmpOp::Is => Op::Is(false),
        CmpOp::IsNot => Op::Is(true),
        CmpOp::In => Op::In(false),
        CmpOp::NotIn => Op::In(true),
    }
}

impl<'a> Compiler<'a> {
    /// Pushes the value of an expression.
    pub(super) fn expression(&mut self, expr: &'a Expr) {
        let outer = self.unit().range;
        self.unit().at(expr.range());
        match expr {
            Expr::NoneLiteral(_) => self.unit().constant(Value::None),
            Expr::BooleanLiteral(literal) => self.unit().constant(Value::Bool(literal.value)),
            Expr::EllipsisLiteral(_) => self.unit().constant(Value::Ellipsis),
            Expr::StringLiteral(literal) => self.unit().constant(Value::str(literal.value.to_str())),
            Expr::BytesLiteral(literal) => self.bytes(literal),
            Expr::NumberLiteral(literal) => self.number(&literal.value),
            Expr::Name(name) => {
                let name = self.mangled(name.id.as_str());
                self.unit().load(name);
            }
            Expr::FString(string) => self.f_string(string),
            Expr::TString(_) => self.unsupported("template strings are not supported", "use an f-string"),
            Expr::Tuple(tuple) => self.sequence(&tuple.elts, true),
            Expr::List(list) => self.sequence(&list.elts, false),
            Expr::Set(set) => self.set(&set.elts),
            Expr::Dict(dict) => self.dict(dict),
            Expr::BinOp(binary) => {
                self.expression(&binary.left);
                self.expression(&binary.right);
                self.unit().at(expr.range());
                self.emit(Op::Binary(binary_op(binary.op)));
            }
            Expr::UnaryOp(unary) => self.unary(unary),
            Expr::BoolOp(boolean) => self.bool_op(boolean),
            Expr::Compare(compare) => self.compare(compare),
            Expr::If(conditional) => {
                let (other, end) = (self.unit().label(), self.unit().label());
                self.jump_if(&conditional.test, false, other);
                self.expression(&conditional.body);
                self.unit().jump(Op::Jump, end);
                self.unit().place(other);
                self.expression(&conditional.orelse);
                self.unit().join(end);
            }
            Expr::Named(named) => {
                self.expression(&named.value);
                self.emit(Op::Dup);
                self.assign(&named.target);
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::ListComp(comp) => {
                self.comprehension(comp.range(), &comp.generators, Collect::List(&comp.elt))
            }
            Expr::SetComp(comp) => {
                self.comprehension(comp.range(), &comp.generators, Collect::Set(&comp.elt))
            }
            Expr::DictComp(comp) => {
                self.comprehension(
                    comp.range(),
                    &comp.generators,
                    Collect::Dict(comp.key.as_deref(), &comp.value),
                );
            }
            Expr::Generator(comp) => {
                self.comprehension(comp.range(), &comp.generators, Collect::Generator(&comp.elt))
            }
            Expr::Yield(inner) => {
                match &inner.value {
                    Some(value) => self.expression(value),
                    None => self.unit().constant(Value::None),
                }
                self.emit(Op::Yield);
            }
            Expr::YieldFrom(inner) => {
                self.expression(&inner.value);
                self.unit().at(expr.range());
                self.emit(Op::GetIter);
                self.unit().constant(Value::None);
                self.emit(Op::YieldFrom);
            }
            Expr::Call(call) => self.call(call),
            Expr::Attribute(attribute) => {
                self.expression(&attribute.value);
                self.unit().at(expr.range());
                let name = self.mangled(attribute.attr.as_str());
                let name = self.unit().name(name);
                self.emit(Op::LoadAttr(name));
            }
            Expr::Subscript(subscript) => {
                self.expression(&subscript.value);
                self.expression(&subscript.slice);
                self.unit().at(expr.range());
                self.emit(Op::LoadItem);
            }
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper] {
                    match part {
                        Some(part) => self.expression(part),
                        None => self.unit().constant(Value::None),
                    }
                }
                match &slice.step {
                    Some(step) => {
                        self.expression(step);
                        self.emit(Op::BuildSlice(3));
                    }
                    None => self.emit(Op::BuildSlice(2)),
                }
            }
            Expr::Starred(_) => {
                self.unsupported("a starred expression cannot stand here", "unpack it into a list first")
            }
            Expr::Await(_) => self.unsupported("await is not supported", "write an ordinary function"),
            Expr::IpyEscapeCommand(_) => {
                self.unsupported("notebook commands are not Python", "remove the line")
            }
        }
        self.unit().range = outer;
    }

    fn number(&mut self, number: &Number) {
        match number {
            Number::Int(int) => match int.as_i64() {
                Some(int) => self.unit().constant(Value::Int(int)),
                None => self.unsupported(
                    "this integer does not fit into 64 bits",
                    "Braid's integers have 64 bits; keep the value below 2**63",
                ),
            },
            Number::Float(float) => self.unit().constant(Value::Float(*float)),
            Number::Complex { .. } => {
                self.unsupported("complex numbers are not supported", "keep real and imaginary parts apart")
            }
        }
    }

    fn bytes(&mut self, literal: &ast::ExprBytesLiteral) {
        // Bytes are rare in models: `bytes([…])` at the place keeps them out of the constants.
        let name = self.unit().name(Name::new("bytes"));
        self.emit(Op::LoadGlobal(name));
        let mut count = 0;
        for part in literal.value.iter() {
            for &byte in part.value.iter() {
                self.unit().constant(Value::Int(i64::from(byte)));
                count += 1;
            }
        }
        self.emit(Op::BuildList(count));
        self.emit(Op::Call(1));
    }

    fn sequence(&mut self, elements: &'a [Expr], tuple: bool) {
        if !elements.iter().any(Expr::is_starred_expr) {
            for element in elements {
                self.expression(element);
            }
            let count = elements.len() as u32;
            self.emit(if tuple { Op::BuildTuple(count) } else { Op::BuildList(count) });
            return;
        }
        self.emit(Op::BuildList(0));
        for element in elements {
            match element {
                Expr::Starred(starred) => {
                    self.expression(&starred.value);
                    self.emit(Op::ListExtend);
                }
                element => {
                    self.expression(element);
                    self.emit(Op::ListAppend(0));
                }
            }
        }
        if tuple {
            self.emit(Op::ListToTuple);
        }
    }

    fn set(&mut self, elements: &'a [Expr]) {
        self.emit(Op::BuildSet(0));
        for element in elements {
            match element {
                Expr::Starred(starred) => {
                    self.expression(&starred.value);
                    self.emit(Op::SetUpdate);
                }
                element => {
                    self.expression(element);
                    self.emit(Op::SetAdd(0));
                }
            }
        }
    }

    fn dict(&mut self, dict: &'a ast::ExprDict) {
        if dict.items.iter().all(|item| item.key.is_some()) {
            for item in &dict.items {
                if let Some(key) = &item.key {
                    self.expression(key);
                }
                self.expression(&item.value);
            }
            self.emit(Op::BuildDict(dict.items.len() as u32));
            return;
        }
        self.emit(Op::BuildDict(0));
        for item in &dict.items {
            match &item.key {
                Some(key) => {
                    self.expression(key);
                    self.expression(&item.value);
                    self.emit(Op::DictAdd(0));
                }
                None => {
                    self.expression(&item.value);
                    self.emit(Op::DictUpdate);
                }
            }
        }
    }

    fn unary(&mut self, unary: &'a ast::ExprUnaryOp) {
        if let (ast::UnaryOp::USub, Expr::NumberLiteral(literal)) = (unary.op, &*unary.operand) {
            match &literal.value {
                Number::Int(int) if int.as_i64().is_some() => {
                    let value = int.as_i64().unwrap_or_default();
                    return self.unit().constant(Value::Int(-value));
                }
                // The one literal whose negation fits although it does not itself.
                Number::Int(int) if int.to_string() == "9223372036854775808" => {
                    return self.unit().constant(Value::Int(i64::MIN));
                }
                Number::Float(float) => return self.unit().constant(Value::Float(-float)),
                _ => {}
            }
        }
        self.expression(&unary.operand);
        self.unit().at(unary.range());
        self.emit(match unary.op {
            ast::UnaryOp::Invert => Op::Unary(UnaryOp::Invert),
            ast::UnaryOp::Not => Op::Not,
            ast::UnaryOp::UAdd => Op::Unary(UnaryOp::Pos),
            ast::UnaryOp::USub => Op::Unary(UnaryOp::Neg),
        });
    }

    fn bool_op(&mut self, boolean: &'a ast::ExprBoolOp) {
        let end = self.unit().label();
        for (at, value) in boolean.values.iter().enumerate() {
            self.expression(value);
            if at + 1 < boolean.values.len() {
                self.unit().at(value.range());
                let op = if boolean.op == BoolOp::And { Op::JumpIfFalse } else { Op::JumpIfTrue };
                self.emit(Op::Dup);
                self.unit().jump(op, end);
                self.emit(Op::Pop);
            }
        }
        self.unit().join(end);
    }

    fn compare(&mut self, compare: &'a ast::ExprCompare) {
        self.expression(&compare.left);
        let last = compare.ops.len() - 1;
        if last == 0 {
            self.expression(&compare.comparators[0]);
            self.unit().at(compare.range());
            self.emit(compare_op(compare.ops[0]));
            return;
        }
        let (short, end) = (self.unit().label(), self.unit().label());
        for (at, (op, right)) in compare.ops.iter().zip(compare.comparators.iter()).enumerate() {
            self.expression(right);
            self.unit().at(compare.range());
            if at < last {
                self.emit(Op::Dup);
                self.emit(Op::Rot3);
                self.emit(compare_op(*op));
                self.emit(Op::Dup);
                self.unit().jump(Op::JumpIfFalse, short);
                self.emit(Op::Pop);
            } else {
                self.emit(compare_op(*op));
            }
        }
        self.unit().jump(Op::Jump, end);
        self.unit().place(short);
        self.emit(Op::Swap);
        self.emit(Op::Pop);
        self.unit().join(end);
    }

    /// Goes on at `target` if the expression's truth is `when`, without making a truth value of `and`, `or` and `not`.
    pub(super) fn jump_if(&mut self, expr: &'a Expr, when: bool, target: super::unit::Label) {
        match expr {
            Expr::UnaryOp(unary) if unary.op == ast::UnaryOp::Not => {
                self.jump_if(&unary.operand, !when, target)
            }
            Expr::BoolOp(boolean) => {
                // `a and b` is false as soon as one is; `a or b` is true as soon as one is.
                let decides = boolean.op == BoolOp::Or;
                let Some((last, first)) = boolean.values.split_last() else { return };
                if when == decides {
                    for value in first {
                        self.jump_if(value, when, target);
                    }
                    self.jump_if(last, when, target);
                } else {
                    let skip = self.unit().label();
                    for value in first {
                        self.jump_if(value, decides, skip);
                    }
                    self.jump_if(last, when, target);
                    self.unit().join(skip);
                }
            }
            expr => {
                self.expression(expr);
                let outer = self.unit().range;
                self.unit().at(expr.range());
                self.unit().jump(if when { Op::JumpIfTrue } else { Op::JumpIfFalse }, target);
                self.unit().range = outer;
            }
        }
    }

    fn call(&mut self, call: &'a ast::ExprCall) {
        let arguments = &call.arguments;
        let unpacks = arguments.args.iter().any(Expr::is_starred_expr)
            || arguments.keywords.iter().any(|k| k.arg.is_none());
        let method = match &*call.func {
            Expr::Attribute(attribute) if !unpacks => {
                self.expression(&attribute.value);
                self.unit().at(attribute.range());
                let name = self.mangled(attribute.attr.as_str());
                let name = self.unit().name(name);
                self.emit(Op::LoadMethod(name));
                true
            }
            function => {
                self.expression(function);
                false
            }
        };
        if unpacks {
            self.unpacked_arguments(arguments);
            self.unit().at(call.range());
            return self.emit(Op::CallEx);
        }
        for argument in &arguments.args {
            self.expression(argument);
        }
        for keyword in &arguments.keywords {
            self.expression(&keyword.value);
        }
        self.unit().at(call.range());
        let count = arguments.args.len() + arguments.keywords.len();
        if arguments.keywords.is_empty() {
            let count = count as u32;
            return self.emit(if method { Op::CallMethod(count) } else { Op::Call(count) });
        }
        let names: Vec<Name> = arguments
            .keywords
            .iter()
            .filter_map(|keyword| keyword.arg.as_ref())
            .map(|name| Name::new(name.as_str()))
            .collect();
        let unit = self.unit();
        unit.code.keywords.push(names.into());
        let (count, names) = (count as u16, unit.code.keywords.len() as u16 - 1);
        self.emit(if method { Op::CallMethodKw(count, names) } else { Op::CallKw(count, names) });
    }

    /// Pushes a list of the positional and a dict of the keyword arguments.
    fn unpacked_arguments(&mut self, arguments: &'a Arguments) {
        self.sequence(&arguments.args, false);
        self.emit(Op::BuildDict(0));
        for keyword in &arguments.keywords {
            match &keyword.arg {
                Some(name) => {
                    self.unit().constant(Value::str(name.as_str()));
                    self.expression(&keyword.value);
                    self.emit(Op::DictAdd(0));
                }
                None => {
                    self.expression(&keyword.value);
                    self.unit().at(keyword.range());
                    self.emit(Op::DictMerge);
                }
            }
        }
    }

    fn f_string(&mut self, string: &'a ast::ExprFString) {
        let mut count = 0;
        for part in string.value.iter() {
            match part {
                FStringPart::Literal(literal) => {
                    self.unit().constant(Value::str(&literal.value));
                    count += 1;
                }
                FStringPart::FString(inner) => count += self.interpolations(inner.elements.iter()),
            }
        }
        self.emit(Op::BuildString(count));
    }

    fn interpolations(&mut self, elements: impl Iterator<Item = &'a InterpolatedStringElement>) -> u32 {
        let mut count = 0;
        for element in elements {
            count += 1;
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    self.unit().constant(Value::str(&literal.value))
                }
                InterpolatedStringElement::Interpolation(hole) => {
                    let mut conversion = match hole.conversion {
                        ConversionFlag::None => 0,
                        flag => flag as i8 as u8,
                    };
                    if let Some(debug) = &hole.debug_text {
                        self.unit().constant(Value::str(debug.as_str()));
                        count += 1;
                        if conversion == 0 && hole.format_spec.is_none() {
                            conversion = b'r';
                        }
                    }
                    self.expression(&hole.expression);
                    self.unit().at(hole.expression.range());
                    if conversion != 0 {
                        self.emit(Op::Convert(conversion));
                    }
                    match &hole.format_spec {
                        Some(spec) => {
                            let parts = self.interpolations(spec.elements.iter());
                            self.emit(Op::BuildString(parts));
                        }
                        None => self.unit().constant(Value::Str(Arc::from(""))),
                    }
                    self.emit(Op::FormatValue);
                }
            }
        }
        count
    }
}
