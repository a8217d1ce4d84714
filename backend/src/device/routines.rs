//! Library calls on a device: the kernels of those that have any.

use crate::kernel::emit::Routine;
use braid_ir::ops::OpDef;
use braid_ir::program::{Arg, Instr, Program};
use braid_ir::{DType, ScalarOp, TensorType, Type};
use braid_runtime::library::{self, Kernels};

/// The kernels for parts of graphs ([`braid_runtime::manifest::Graph::parts`]).
pub(super) const PARTS: [Routine; 3] = [Routine::Gate, Routine::Copy(DType::I32), Routine::Copy(DType::U8)];

/// The kernels that do a library call, in the order that the runtime knows; none if the CPU does it.
pub(super) fn of(program: &Program, call: &Instr) -> Vec<Routine> {
    let Instr::Library { spec, args, .. } = call else { return vec![] };
    let OpDef::Opaque { kernel, .. } = spec.def else { return vec![] };
    let Some((kernels, ty)) = library::kernels(kernel).zip(args.first().and_then(|arg| ty(program, arg)))
    else {
        return vec![];
    };
    let dtype = ty.dtype;
    match kernels {
        Kernels::Sums | Kernels::Products if dtype == DType::Bool => vec![],
        Kernels::Sums => vec![Routine::Scan(dtype, ScalarOp::Add)],
        Kernels::Products => vec![Routine::Scan(dtype, ScalarOp::Mul)],
        Kernels::Ranks if ty.rank() == 0 => vec![],
        Kernels::Ranks => vec![Routine::Blocks(dtype), Routine::Merge(dtype)],
        Kernels::Places if ty.rank() == 0 => vec![],
        Kernels::Places => {
            let sums = Routine::Scan(DType::I64, ScalarOp::Add);
            vec![Routine::Count(dtype), sums, Routine::Places(dtype, ty.rank())]
        }
    }
}

/// The type of a tensor that a call is given.
fn ty(program: &Program, arg: &Arg) -> Option<TensorType> {
    match arg {
        Arg::Weight(weight) => {
            let data = &program.weights[weight.index()].data;
            Some(TensorType::fixed(data.dtype(), data.shape()))
        }
        Arg::Var(var) => match program.vars[var.index()].ty() {
            Type::Tensor(ty) => Some(ty),
            Type::Seq(..) => None,
        },
    }
}
