//! The scalar operations, on scalars and vectors alike. This is the list that a backend enumerates.

use super::*;

impl Emitter<'_> {
    /// One operation of MLIR on values of one type, with a result of the same type.
    pub(super) fn same(&mut self, op: &str, args: &[&Val]) -> Val {
        let names: Vec<&str> = args.iter().map(|v| &*v.name).collect();
        let text = format!("{op} {} : {}", names.join(", "), args[0].ty());
        self.define(args[0].dtype, args[0].lanes, &text)
    }

    /// A comparison.
    pub(super) fn compare(&mut self, op: &str, a: &Val, b: &Val) -> Val {
        let text = format!("{op}, {}, {} : {}", a.name, b.name, a.ty());
        self.define(DType::Bool, a.lanes, &text)
    }

    /// `yes` where the condition holds, else `no`.
    pub(super) fn select(&mut self, condition: &Val, yes: &Val, no: &Val) -> Val {
        let types = if yes.lanes == 1 { yes.ty() } else { format!("{}, {}", condition.ty(), yes.ty()) };
        let text = format!("arith.select {}, {}, {} : {types}", condition.name, yes.name, no.name);
        self.define(yes.dtype, yes.lanes, &text)
    }

    /// An operation on values of fitting types; scalars among vectors are spread.
    pub(super) fn apply(&mut self, op: ScalarOp, args: &[Val]) -> Val {
        let lanes = args.iter().map(|a| a.lanes).max().unwrap_or(1);
        let args: Vec<Val> = args.iter().map(|a| self.spread(a, lanes)).collect();
        match op {
            ScalarOp::Cast(to) => self.cast(&args[0], to),
            ScalarOp::Select => self.select(&args[0], &args[1], &args[2]),
            _ => match args[0].dtype {
                DType::Bool => self.apply_bool(op, &args),
                dtype if dtype.is_float() => {
                    let result = self.apply_float(op, &args);
                    self.rounded(result)
                }
                _ => self.apply_int(op, &args),
            },
        }
    }

    /// Half floats are rounded after every operation.
    pub(super) fn rounded(&mut self, value: Val) -> Val {
        let ty = |element: &str| shaped(element, value.lanes);
        match value.dtype {
            DType::F16 => {
                let narrow =
                    self.raw(&format!("arith.truncf {} : {} to {}", value.name, ty("f32"), ty("f16")));
                self.define(
                    DType::F16,
                    value.lanes,
                    &format!("arith.extf {narrow} : {} to {}", ty("f16"), ty("f32")),
                )
            }
            DType::BF16 => {
                // Round to nearest, ties to even, on the bits; a NaN stays one.
                let i = ty("i32");
                let bits = self.raw(&format!("arith.bitcast {} : {} to {i}", value.name, ty("f32")));
                let sixteen = self.raw_constant("16", &i);
                let one = self.raw_constant("1", &i);
                let half = self.raw_constant("32767", &i);
                let high = self.raw(&format!("arith.shrui {bits}, {sixteen} : {i}"));
                let odd = self.raw(&format!("arith.andi {high}, {one} : {i}"));
                let bias = self.raw(&format!("arith.addi {odd}, {half} : {i}"));
                let sum = self.raw(&format!("arith.addi {bits}, {bias} : {i}"));
                let keep = self.raw_constant("-65536", &i);
                let kept = self.raw(&format!("arith.andi {sum}, {keep} : {i}"));
                let rounded = self.define(
                    DType::BF16,
                    value.lanes,
                    &format!("arith.bitcast {kept} : {i} to {}", ty("f32")),
                );
                let nan = self.compare("arith.cmpf uno", &value, &value);
                self.select(&nan, &value, &rounded)
            }
            _ => value,
        }
    }

    fn apply_float(&mut self, op: ScalarOp, args: &[Val]) -> Val {
        use ScalarOp::*;
        let x = &args[0];
        let y = args.get(1).unwrap_or(x);
        match op {
            Add => self.same("arith.addf", &[x, y]),
            Sub => self.same("arith.subf", &[x, y]),
            Mul => self.same("arith.mulf", &[x, y]),
            Div => self.same("arith.divf", &[x, y]),
            FloorDiv => {
                let quotient = self.same("arith.divf", &[x, y]);
                self.same("math.floor", &[&quotient])
            }
            Mod => {
                let r = self.import("braid_fmod", args);
                let zero = self.float(0.0, x);
                let nonzero = self.compare("arith.cmpf une", &r, &zero);
                let r_negative = self.compare("arith.cmpf olt", &r, &zero);
                let y_negative = self.compare("arith.cmpf olt", y, &zero);
                let differ = self.same("arith.xori", &[&r_negative, &y_negative]);
                let wrong = self.same("arith.andi", &[&nonzero, &differ]);
                let moved = self.same("arith.addf", &[&r, y]);
                self.select(&wrong, &moved, &r)
            }
            Rem => self.import("braid_fmod", args),
            Pow => self.any_power(x, y),
            Atan2 => self.import("braid_atan2", args),
            Min => self.same("arith.minimumf", &[x, y]),
            Max => self.same("arith.maximumf", &[x, y]),
            Neg => self.same("arith.negf", &[x]),
            Abs => self.same("math.absf", &[x]),
            Sign => {
                let (zero, one, minus) = (self.float(0.0, x), self.float(1.0, x), self.float(-1.0, x));
                let positive = self.compare("arith.cmpf ogt", x, &zero);
                let negative = self.compare("arith.cmpf olt", x, &zero);
                let below = self.select(&negative, &minus, &zero);
                self.select(&positive, &one, &below)
            }
            Sqrt => self.same("math.sqrt", &[x]),
            Rsqrt => {
                let root = self.same("math.sqrt", &[x]);
                let one = self.float(1.0, x);
                self.same("arith.divf", &[&one, &root])
            }
            Floor => self.same("math.floor", &[x]),
            Ceil => self.same("math.ceil", &[x]),
            // Not every device has it.
            Trunc if self.parameters.is_some() => {
                let size = self.same("math.absf", &[x]);
                let whole = self.same("math.floor", &[&size]);
                self.same("math.copysign", &[&whole, x])
            }
            Trunc => self.same("math.trunc", &[x]),
            Round => self.same("math.roundeven", &[x]),
            IsNan => self.compare("arith.cmpf uno", x, x),
            Eq => self.compare("arith.cmpf oeq", x, y),
            Ne => self.compare("arith.cmpf une", x, y),
            Lt => self.compare("arith.cmpf olt", x, y),
            Le => self.compare("arith.cmpf ole", x, y),
            Gt => self.compare("arith.cmpf ogt", x, y),
            Ge => self.compare("arith.cmpf oge", x, y),
            Exp | Expm1 | Log | Log1p | Log2 | Log10 | Sin | Cos | Tan | Asin | Acos | Atan | Sinh | Cosh
            | Tanh | Asinh | Acosh | Atanh | Erf => self.transcendental(op, x),
            Not | And | Or | Xor | Shl | Shr | Select | Cast(_) => unreachable!("not defined on floats"),
        }
    }

    fn apply_int(&mut self, op: ScalarOp, args: &[Val]) -> Val {
        use ScalarOp::*;
        let x = &args[0];
        let y = args.get(1).unwrap_or(x);
        let unsigned = x.dtype.is_unsigned();
        let by_sign = |signed: &'static str, other: &'static str| if unsigned { other } else { signed };
        let zero = self.constant(Scalar::from_int(x.dtype, 0), x.lanes);
        match op {
            Add => self.same("arith.addi", &[x, y]),
            Sub => self.same("arith.subi", &[x, y]),
            Mul => self.same("arith.muli", &[x, y]),
            Div => self.divide(x, y).0,
            Rem => self.divide(x, y).1,
            FloorDiv | Mod if unsigned => {
                let (quotient, rest) = self.divide(x, y);
                if op == FloorDiv { quotient } else { rest }
            }
            FloorDiv | Mod => {
                let (quotient, rest) = self.divide(x, y);
                let inexact = self.compare("arith.cmpi ne", &rest, &zero);
                let signs = self.same("arith.xori", &[&rest, y]);
                let differ = self.compare("arith.cmpi slt", &signs, &zero);
                let wrong = self.same("arith.andi", &[&inexact, &differ]);
                if op == FloorDiv {
                    let one = self.constant(Scalar::from_int(x.dtype, 1), x.lanes);
                    let lower = self.same("arith.subi", &[&quotient, &one]);
                    self.select(&wrong, &lower, &quotient)
                } else {
                    let moved = self.same("arith.addi", &[&rest, y]);
                    self.select(&wrong, &moved, &rest)
                }
            }
            Pow => {
                let wide: Vec<Val> = args.iter().map(|a| self.cast(a, DType::I64)).collect();
                let result = self.import_typed("braid_ipow", DType::I64, &wide);
                self.cast(&result, x.dtype)
            }
            Min => self.same(by_sign("arith.minsi", "arith.minui"), &[x, y]),
            Max => self.same(by_sign("arith.maxsi", "arith.maxui"), &[x, y]),
            Neg => self.same("arith.subi", &[&zero, x]),
            Abs if unsigned => x.clone(),
            Abs => {
                let negative = self.compare("arith.cmpi slt", x, &zero);
                let positive = self.same("arith.subi", &[&zero, x]);
                self.select(&negative, &positive, x)
            }
            Sign => {
                let one = self.constant(Scalar::from_int(x.dtype, 1), x.lanes);
                let above = self.compare(by_sign("arith.cmpi sgt", "arith.cmpi ugt"), x, &zero);
                let result = self.select(&above, &one, &zero);
                if unsigned {
                    return result;
                }
                let minus = self.constant(Scalar::from_int(x.dtype, -1), x.lanes);
                let below = self.compare("arith.cmpi slt", x, &zero);
                self.select(&below, &minus, &result)
            }
            Floor | Ceil | Trunc | Round => x.clone(),
            IsNan => self.constant(Scalar::Bool(false), x.lanes),
            Not => {
                let ones = self.constant(Scalar::from_int(x.dtype, -1), x.lanes);
                self.same("arith.xori", &[x, &ones])
            }
            And => self.same("arith.andi", &[x, y]),
            Or => self.same("arith.ori", &[x, y]),
            Xor => self.same("arith.xori", &[x, y]),
            Shl | Shr => self.shift(op, x, y),
            Eq => self.compare("arith.cmpi eq", x, y),
            Ne => self.compare("arith.cmpi ne", x, y),
            Lt => self.compare(by_sign("arith.cmpi slt", "arith.cmpi ult"), x, y),
            Le => self.compare(by_sign("arith.cmpi sle", "arith.cmpi ule"), x, y),
            Gt => self.compare(by_sign("arith.cmpi sgt", "arith.cmpi ugt"), x, y),
            Ge => self.compare(by_sign("arith.cmpi sge", "arith.cmpi uge"), x, y),
            _ => unreachable!("not defined on integers"),
        }
    }

    /// Quotient toward zero and remainder; both 0 for a zero divisor, and no trap for the one overflowing quotient.
    fn divide(&mut self, x: &Val, y: &Val) -> (Val, Val) {
        let zero = self.constant(Scalar::from_int(x.dtype, 0), x.lanes);
        let one = self.constant(Scalar::from_int(x.dtype, 1), x.lanes);
        let by_zero = self.compare("arith.cmpi eq", y, &zero);
        if x.dtype.is_unsigned() {
            let safe = self.select(&by_zero, &one, y);
            let quotient = self.same("arith.divui", &[x, &safe]);
            let rest = self.same("arith.remui", &[x, &safe]);
            return (self.select(&by_zero, &zero, &quotient), self.select(&by_zero, &zero, &rest));
        }
        let minus = self.constant(Scalar::from_int(x.dtype, -1), x.lanes);
        let by_minus = self.compare("arith.cmpi eq", y, &minus);
        let either = self.same("arith.ori", &[&by_zero, &by_minus]);
        let safe = self.select(&either, &one, y);
        let quotient = self.same("arith.divsi", &[x, &safe]);
        let rest = self.same("arith.remsi", &[x, &safe]);
        let negated = self.same("arith.subi", &[&zero, x]);
        let quotient = self.select(&by_minus, &negated, &quotient);
        (self.select(&by_zero, &zero, &quotient), self.select(&either, &zero, &rest))
    }

    fn shift(&mut self, op: ScalarOp, x: &Val, y: &Val) -> Val {
        let bits = x.dtype.size() as i128 * 8;
        let zero = self.constant(Scalar::from_int(x.dtype, 0), x.lanes);
        let width = self.constant(Scalar::from_int(x.dtype, bits), x.lanes);
        let last = self.constant(Scalar::from_int(x.dtype, bits - 1), x.lanes);
        if op == ScalarOp::Shl || x.dtype.is_unsigned() {
            // Negative counts are huge as unsigned ones, which is right for the left shift; a right shift by less than
            // nothing is none.
            let inside = self.compare("arith.cmpi ult", y, &width);
            let safe = self.select(&inside, y, &zero);
            let shifted =
                self.same(if op == ScalarOp::Shl { "arith.shli" } else { "arith.shrui" }, &[x, &safe]);
            return self.select(&inside, &shifted, &zero);
        }
        let low = self.same("arith.maxsi", &[y, &zero]);
        let count = self.same("arith.minsi", &[&low, &last]);
        self.same("arith.shrsi", &[x, &count])
    }

    fn apply_bool(&mut self, op: ScalarOp, args: &[Val]) -> Val {
        use ScalarOp::*;
        let x = &args[0];
        let y = args.get(1).unwrap_or(x);
        let yes = self.constant(Scalar::Bool(true), x.lanes);
        match op {
            Add | Or | Max => self.same("arith.ori", &[x, y]),
            Mul | And | Min | Div | FloorDiv => self.same("arith.andi", &[x, y]),
            Sub | Xor | Ne => self.same("arith.xori", &[x, y]),
            Eq => self.compare("arith.cmpi eq", x, y),
            Lt => self.compare("arith.cmpi ult", x, y),
            Le => self.compare("arith.cmpi ule", x, y),
            Gt => self.compare("arith.cmpi ugt", x, y),
            Ge => self.compare("arith.cmpi uge", x, y),
            Not => self.same("arith.xori", &[x, &yes]),
            Pow => {
                let none = self.same("arith.xori", &[y, &yes]);
                self.same("arith.ori", &[x, &none])
            }
            Mod | Rem | IsNan => self.constant(Scalar::Bool(false), x.lanes),
            Neg | Abs | Sign | Floor | Ceil | Trunc | Round => x.clone(),
            _ => unreachable!("not defined on bool"),
        }
    }

    /// Conversion to another type.
    pub(super) fn cast(&mut self, x: &Val, to: DType) -> Val {
        let from = x.dtype;
        if from == to {
            return x.clone();
        }
        let to_ty = shaped(register(to), x.lanes);
        let convert = |e: &mut Self, op: &str| {
            let text = format!("{op} {} : {} to {to_ty}", x.name, x.ty());
            e.define(to, x.lanes, &text)
        };
        if to == DType::Bool {
            let zero = self.constant(Scalar::from_int(from, 0), x.lanes);
            let op = if from.is_float() { "arith.cmpf une" } else { "arith.cmpi ne" };
            return self.compare(op, x, &zero);
        }
        match (from.is_float(), to.is_float()) {
            (true, true) => {
                let (a, b) = (register(from), register(to));
                let result = match (a, b) {
                    ("f64", "f32") => convert(self, "arith.truncf"),
                    ("f32", "f64") => convert(self, "arith.extf"),
                    _ => Val { dtype: to, ..x.clone() },
                };
                self.rounded(result)
            }
            (true, false) if to == DType::U64 => convert(self, "arith.fptoui"),
            (true, false) if to.size() < 8 => {
                // By way of a wider integer, so that what does not fit wraps.
                let wide = self.cast(x, DType::I64);
                self.cast(&wide, to)
            }
            (true, false) => convert(self, "arith.fptosi"),
            (false, true) => {
                let unsigned = from.is_unsigned() || from == DType::Bool;
                let result = convert(self, if unsigned { "arith.uitofp" } else { "arith.sitofp" });
                self.rounded(result)
            }
            (false, false) => {
                let width = |d: DType| if d == DType::Bool { 1 } else { d.size() * 8 };
                match width(to).cmp(&width(from)) {
                    std::cmp::Ordering::Less => convert(self, "arith.trunci"),
                    std::cmp::Ordering::Equal => Val { dtype: to, ..x.clone() },
                    std::cmp::Ordering::Greater if from.is_unsigned() || from == DType::Bool => {
                        convert(self, "arith.extui")
                    }
                    std::cmp::Ordering::Greater => convert(self, "arith.extsi"),
                }
            }
        }
    }

    /// A function of the runtime over doubles, lane by lane.
    pub(super) fn import(&mut self, function: &'static str, args: &[Val]) -> Val {
        let dtype = args[0].dtype;
        let wide: Vec<Val> = args.iter().map(|a| self.cast(a, DType::F64)).collect();
        let result = self.import_typed(function, DType::F64, &wide);
        match dtype {
            DType::F64 => result,
            // Rounded once more by the caller, as every operation is.
            _ => {
                let narrow = self.cast(&result, DType::F32);
                Val { dtype, ..narrow }
            }
        }
    }

    fn import_typed(&mut self, function: &'static str, dtype: DType, args: &[Val]) -> Val {
        if self.parameters.is_some()
            && let Some(value) = self.by_lane(args, &mut |e, args| e.in_line(function, args))
        {
            return value;
        }
        self.imports.insert(function);
        let element = register(dtype);
        let signature = format!("({}) -> {element}", vec![element; args.len()].join(", "));
        let lanes = args[0].lanes;
        if lanes == 1 {
            let names: Vec<&str> = args.iter().map(|a| &*a.name).collect();
            return self.define(
                dtype,
                1,
                &format!("func.call @{function}({}) : {signature}", names.join(", ")),
            );
        }
        let ty = shaped(element, lanes);
        let mut result = args[0].name.clone();
        for lane in 0..lanes {
            let parts: Vec<Rc<str>> = args
                .iter()
                .map(|a| self.raw(&format!("vector.extract {}[{lane}] : {element} from {ty}", a.name)))
                .collect();
            let value = self.raw(&format!("func.call @{function}({}) : {signature}", parts.join(", ")));
            result = self.raw(&format!("vector.insert {value}, {result} [{lane}] : {element} into {ty}"));
        }
        Val { name: result, dtype, lanes }
    }
}
