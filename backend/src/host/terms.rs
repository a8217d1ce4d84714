//! Integer, `bool` and floating-point terms in registers.
//!
//! Integer arithmetic that leaves 64 bits ends the program with an error: a Python integer would not wrap, either.

use super::HostError;
use braid_ir::{DType, Loc, Node, Scalar, ScalarOp, Sym, Term};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{Block, InstBuilder, Type, Value, types};
use cranelift_frontend::FunctionBuilder;
use std::collections::HashMap;

/// How a type is held in a register; `None` for types that the host program does not compute with.
fn register(dtype: DType) -> Option<Type> {
    Some(match dtype {
        DType::Bool => types::I8,
        DType::I64 => types::I64,
        DType::F32 => types::F32,
        DType::F64 => types::F64,
        _ => return None,
    })
}

/// Emits terms at the current position.
pub(super) struct Terms<'a, 'f> {
    pub(super) builder: &'a mut FunctionBuilder<'f>,
    /// Values of symbols.
    pub(super) sym: &'a mut dyn FnMut(&mut FunctionBuilder<'f>, Sym) -> Result<Value, HostError>,
    /// Where to go on overflow.
    pub(super) overflow: Block,
    /// The user's line.
    pub(super) loc: Loc,
}

impl Terms<'_, '_> {
    /// The value of a term.
    pub(super) fn emit(&mut self, term: Term) -> Result<Value, HostError> {
        let mut values: HashMap<Term, Value> = HashMap::new();
        for t in term.postorder() {
            let value = match t.node() {
                Node::Const(value) => self.constant(value, t)?,
                Node::Sym(sym) => (self.sym)(self.builder, sym)?,
                Node::Apply(op, args) => {
                    let operands: Vec<Value> = args.iter().map(|a| values[a]).collect();
                    let divisor = args.get(1).and_then(|d| d.as_int());
                    self.apply(op, args[0].dtype(), &operands, divisor, t)?
                }
                Node::Axis(_) | Node::Load(..) => {
                    return Err(HostError::Internal(format!("{t} is not a term over symbols")));
                }
            };
            values.insert(t, value);
        }
        Ok(values[&term])
    }

    fn unsupported(&self, op: &str, dtype: DType, term: Term) -> HostError {
        HostError::Term {
            term: term.to_string(),
            op: op.to_string(),
            dtype: dtype.to_string(),
            loc: self.loc,
        }
    }

    fn constant(&mut self, value: Scalar, term: Term) -> Result<Value, HostError> {
        let ins = self.builder.ins();
        Ok(match value.dtype() {
            DType::Bool => ins.iconst(types::I8, value.as_i128() as i64),
            DType::I64 => ins.iconst(types::I64, value.as_i128() as i64),
            DType::F32 => ins.f32const(value.as_f64() as f32),
            DType::F64 => ins.f64const(value.as_f64()),
            other => return Err(self.unsupported("a constant", other, term)),
        })
    }

    /// Goes to the overflow block if `flag` is set.
    fn trap_if(&mut self, flag: Value) {
        let next = self.builder.create_block();
        self.builder.ins().brif(flag, self.overflow, &[], next, &[]);
        self.builder.switch_to_block(next);
    }

    fn apply(
        &mut self,
        op: ScalarOp,
        dtype: DType,
        operands: &[Value],
        divisor: Option<i64>,
        term: Term,
    ) -> Result<Value, HostError> {
        use ScalarOp::*;
        if op == Select {
            return match register(term.dtype()) {
                Some(_) => Ok(self.builder.ins().select(operands[0], operands[1], operands[2])),
                None => Err(self.unsupported("select", term.dtype(), term)),
            };
        }
        if let Cast(to) = op {
            return self.cast(dtype, to, operands[0], term);
        }
        let result = match dtype {
            DType::I64 => self.int(op, operands, divisor),
            DType::Bool => self.bool(op, operands),
            DType::F32 | DType::F64 => self.float(op, operands),
            _ => None,
        };
        result.ok_or_else(|| self.unsupported(&op.name(), dtype, term))
    }

    fn cast(&mut self, from: DType, to: DType, x: Value, term: Term) -> Result<Value, HostError> {
        if from == to {
            return Ok(x);
        }
        let unsupported = self.unsupported(&format!("a conversion to {to}"), from, term);
        let (Some(_), Some(register_to)) = (register(from), register(to)) else { return Err(unsupported) };
        let zero = |cx: &mut Self| match from {
            DType::F32 => cx.builder.ins().f32const(0.0),
            _ => cx.builder.ins().f64const(0.0),
        };
        Ok(match (from, to) {
            (DType::I64, DType::Bool) => self.builder.ins().icmp_imm_s(IntCC::NotEqual, x, 0),
            (_, DType::Bool) => {
                let zero = zero(self);
                self.builder.ins().fcmp(FloatCC::NotEqual, x, zero)
            }
            (DType::Bool, DType::I64) => self.builder.ins().uextend(types::I64, x),
            (DType::Bool, _) => {
                let wide = self.builder.ins().uextend(types::I64, x);
                self.builder.ins().fcvt_from_sint(register_to, wide)
            }
            (DType::I64, _) => self.builder.ins().fcvt_from_sint(register_to, x),
            (_, DType::I64) => self.builder.ins().fcvt_to_sint_sat(types::I64, x),
            (DType::F32, _) => self.builder.ins().fpromote(types::F64, x),
            (_, _) => self.builder.ins().fdemote(types::F32, x),
        })
    }

    fn bool(&mut self, op: ScalarOp, operands: &[Value]) -> Option<Value> {
        use ScalarOp::*;
        let x = operands[0];
        let y = operands.get(1).copied().unwrap_or(x);
        let ins = self.builder.ins();
        Some(match op {
            Not => ins.bxor_imm_u(x, 1),
            And | Mul | Min => ins.band(x, y),
            Or | Add | Max => ins.bor(x, y),
            Xor | Ne => ins.bxor(x, y),
            Eq => ins.icmp(IntCC::Equal, x, y),
            Lt => ins.icmp(IntCC::UnsignedLessThan, x, y),
            Le => ins.icmp(IntCC::UnsignedLessThanOrEqual, x, y),
            Gt => ins.icmp(IntCC::UnsignedGreaterThan, x, y),
            Ge => ins.icmp(IntCC::UnsignedGreaterThanOrEqual, x, y),
            _ => return None,
        })
    }

    fn int(&mut self, op: ScalarOp, operands: &[Value], divisor: Option<i64>) -> Option<Value> {
        use ScalarOp::*;
        let x = operands[0];
        let y = operands.get(1).copied().unwrap_or(x);
        Some(match op {
            Add | Sub | Mul => {
                let ins = self.builder.ins();
                let (value, flag) = match op {
                    Add => ins.sadd_overflow(x, y),
                    Sub => ins.ssub_overflow(x, y),
                    _ => ins.smul_overflow(x, y),
                };
                self.trap_if(flag);
                value
            }
            Neg => self.negate(x),
            Abs => {
                let negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, x, 0);
                let lowest = self.builder.ins().icmp_imm_s(IntCC::Equal, x, i64::MIN);
                self.trap_if(lowest);
                let opposite = self.builder.ins().ineg(x);
                self.builder.ins().select(negative, opposite, x)
            }
            Sign => {
                let positive = self.builder.ins().icmp_imm_s(IntCC::SignedGreaterThan, x, 0);
                let positive = self.builder.ins().uextend(types::I64, positive);
                let sign = self.builder.ins().sshr_imm_u(x, 63);
                self.builder.ins().bor(sign, positive)
            }
            Floor | Ceil | Trunc | Round => x,
            Min => self.builder.ins().smin(x, y),
            Max => self.builder.ins().smax(x, y),
            Not => self.builder.ins().bnot(x),
            And => self.builder.ins().band(x, y),
            Or => self.builder.ins().bor(x, y),
            Xor => self.builder.ins().bxor(x, y),
            Eq => self.builder.ins().icmp(IntCC::Equal, x, y),
            Ne => self.builder.ins().icmp(IntCC::NotEqual, x, y),
            Lt => self.builder.ins().icmp(IntCC::SignedLessThan, x, y),
            Le => self.builder.ins().icmp(IntCC::SignedLessThanOrEqual, x, y),
            Gt => self.builder.ins().icmp(IntCC::SignedGreaterThan, x, y),
            Ge => self.builder.ins().icmp(IntCC::SignedGreaterThanOrEqual, x, y),
            Shl => {
                let small = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, y, 64);
                let zero = self.builder.ins().iconst(types::I64, 0);
                let shifted = self.builder.ins().ishl(x, y);
                self.builder.ins().select(small, shifted, zero)
            }
            Shr => {
                let most = self.builder.ins().iconst(types::I64, 63);
                let zero = self.builder.ins().iconst(types::I64, 0);
                let y = self.builder.ins().smax(y, zero);
                let y = self.builder.ins().smin(y, most);
                self.builder.ins().sshr(x, y)
            }
            Div | Rem | FloorDiv | Mod => self.divide(op, x, y, divisor),
            Pow => self.power(x, y),
            _ => return None,
        })
    }

    /// By squaring. Powers of -1, 0 and 1 depend on the exponent's sign and parity alone; a negative exponent gives 0
    /// elsewhere.
    fn power(&mut self, x: Value, y: Value) -> Value {
        let zero = self.builder.ins().iconst(types::I64, 0);
        let one = self.builder.ins().iconst(types::I64, 1);
        let two = self.builder.ins().iconst(types::I64, 2);
        let shifted = self.builder.ins().iadd_imm_s(x, 1);
        let trivial = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, shifted, 2);
        let parity = self.builder.ins().band(y, one);
        let small = self.builder.ins().isub(two, parity);
        let none = self.builder.ins().icmp_imm_s(IntCC::Equal, y, 0);
        let small = self.builder.ins().select(none, zero, small);
        let exponent = self.builder.ins().select(trivial, small, y);
        let negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, exponent, 0);
        let exponent = self.builder.ins().smax(exponent, zero);
        let large = self.builder.ins().icmp_imm_s(IntCC::SignedGreaterThan, exponent, 63);
        self.trap_if(large);
        let (mut result, mut base) = (one, x);
        let mut too_large = self.builder.ins().icmp(IntCC::NotEqual, one, one);
        for bit in 0..6 {
            let wanted = self.builder.ins().band_imm_u(exponent, 1 << bit);
            let wanted = self.builder.ins().icmp_imm_s(IntCC::NotEqual, wanted, 0);
            let (product, overflow) = self.builder.ins().smul_overflow(result, base);
            let overflow = self.builder.ins().bor(overflow, too_large);
            let overflow = self.builder.ins().band(overflow, wanted);
            self.trap_if(overflow);
            result = self.builder.ins().select(wanted, product, result);
            let (square, overflow) = self.builder.ins().smul_overflow(base, base);
            base = square;
            too_large = self.builder.ins().bor(too_large, overflow);
        }
        self.builder.ins().select(negative, zero, result)
    }

    fn negate(&mut self, x: Value) -> Value {
        let zero = self.builder.ins().iconst(types::I64, 0);
        let (value, flag) = self.builder.ins().ssub_overflow(zero, x);
        self.trap_if(flag);
        value
    }

    /// Division by zero gives 0; by -1 it is a negation, which alone can overflow.
    fn divide(&mut self, op: ScalarOp, x: Value, y: Value, divisor: Option<i64>) -> Value {
        use ScalarOp::*;
        let sound = divisor.is_some_and(|d| d != 0 && d != -1);
        let floors = matches!(op, FloorDiv | Mod);
        let zero = self.builder.ins().iconst(types::I64, 0);
        let safe = if sound {
            y
        } else {
            // -1 and 0 are the numbers that are at most 1 when 1 is added, without sign.
            let shifted = self.builder.ins().iadd_imm_s(y, 1);
            let special = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, shifted, 1);
            let one = self.builder.ins().iconst(types::I64, 1);
            self.builder.ins().select(special, one, y)
        };
        let quotient = self.builder.ins().sdiv(x, safe);
        let product = self.builder.ins().imul(quotient, safe);
        let rest = self.builder.ins().isub(x, product);
        let (mut quotient, mut rest) = (quotient, rest);
        if floors {
            let signs = self.builder.ins().bxor(rest, safe);
            let differ = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
            let inexact = self.builder.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
            let down = self.builder.ins().band(differ, inexact);
            let step = self.builder.ins().uextend(types::I64, down);
            quotient = self.builder.ins().isub(quotient, step);
            let lifted = self.builder.ins().iadd(rest, safe);
            rest = self.builder.ins().select(down, lifted, rest);
        }
        if matches!(op, Rem | Mod) {
            // By the stand-in 1 the remainder is 0, which is right for 0 and -1 alike.
            return rest;
        }
        if sound {
            return quotient;
        }
        let minus_one = self.builder.ins().icmp_imm_s(IntCC::Equal, y, -1);
        let lowest = self.builder.ins().icmp_imm_s(IntCC::Equal, x, i64::MIN);
        let overflow = self.builder.ins().band(minus_one, lowest);
        self.trap_if(overflow);
        let negated = self.builder.ins().ineg(x);
        let quotient = self.builder.ins().select(minus_one, negated, quotient);
        let by_zero = self.builder.ins().icmp_imm_s(IntCC::Equal, y, 0);
        self.builder.ins().select(by_zero, zero, quotient)
    }

    fn float(&mut self, op: ScalarOp, operands: &[Value]) -> Option<Value> {
        use ScalarOp::*;
        let x = operands[0];
        let y = operands.get(1).copied().unwrap_or(x);
        let ins = self.builder.ins();
        Some(match op {
            Add => ins.fadd(x, y),
            Sub => ins.fsub(x, y),
            Mul => ins.fmul(x, y),
            Div => ins.fdiv(x, y),
            FloorDiv => {
                let quotient = ins.fdiv(x, y);
                self.builder.ins().floor(quotient)
            }
            Min => ins.fmin(x, y),
            Max => ins.fmax(x, y),
            Neg => ins.fneg(x),
            Abs => ins.fabs(x),
            Sqrt => ins.sqrt(x),
            Floor => ins.floor(x),
            Ceil => ins.ceil(x),
            Trunc => ins.trunc(x),
            Round => ins.nearest(x),
            IsNan => ins.fcmp(FloatCC::Unordered, x, x),
            Eq => ins.fcmp(FloatCC::Equal, x, y),
            Ne => ins.fcmp(FloatCC::NotEqual, x, y),
            Lt => ins.fcmp(FloatCC::LessThan, x, y),
            Le => ins.fcmp(FloatCC::LessThanOrEqual, x, y),
            Gt => ins.fcmp(FloatCC::GreaterThan, x, y),
            Ge => ins.fcmp(FloatCC::GreaterThanOrEqual, x, y),
            _ => return None,
        })
    }
}
