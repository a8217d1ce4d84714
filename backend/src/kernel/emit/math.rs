//! Transcendental functions: single precision in line, so that they vectorise; double precision from the runtime.

use super::*;
use braid_ir::ScalarOp;

impl Emitter<'_> {
    /// A function of one float.
    pub(super) fn transcendental(&mut self, op: ScalarOp, x: &Val) -> Val {
        let name = match op {
            ScalarOp::Exp => "braid_exp",
            ScalarOp::Expm1 => "braid_expm1",
            ScalarOp::Log => "braid_log",
            ScalarOp::Log1p => "braid_log1p",
            ScalarOp::Log2 => "braid_log2",
            ScalarOp::Log10 => "braid_log10",
            ScalarOp::Sin => "braid_sin",
            ScalarOp::Cos => "braid_cos",
            ScalarOp::Tan => "braid_tan",
            ScalarOp::Asin => "braid_asin",
            ScalarOp::Acos => "braid_acos",
            ScalarOp::Atan => "braid_atan",
            ScalarOp::Sinh => "braid_sinh",
            ScalarOp::Cosh => "braid_cosh",
            ScalarOp::Tanh => "braid_tanh",
            ScalarOp::Asinh => "braid_asinh",
            ScalarOp::Acosh => "braid_acosh",
            ScalarOp::Atanh => "braid_atanh",
            ScalarOp::Erf => "braid_erf",
            other => unreachable!("{} is no function of one float", other.name()),
        };
        self.import(name, std::slice::from_ref(x))
    }
}
