//! Values of the net that follow from weights alone.
//!
//! A float weight stays a weight while the network is traced, and so does what is computed from it. Only where Python
//! asks for the number is it computed.

use braid_ir::eval::eval_op;
use braid_ir::ops::{Effects, Value};
use braid_ir::{Attr, Attrs, Def, Net, Tensor, TensorType, ValueId};
use std::collections::HashMap;
use std::sync::Arc;

/// So many operators may lie between the weights and the number.
const STEPS_MAX: usize = 64;

/// Larger tensors on the way are not computed.
const ELEMENTS_MAX: usize = 1 << 20;

/// The contents of a value, if only weights and constants of moderate size make it up.
pub(super) fn known_value(net: &Net, value: ValueId) -> Option<Arc<Tensor>> {
    Search { net, steps: 0, found: HashMap::new() }.value(value)
}

struct Search<'a> {
    net: &'a Net,
    steps: usize,
    /// `None` for what is not known.
    found: HashMap<ValueId, Option<Arc<Tensor>>>,
}

impl Search<'_> {
    fn value(&mut self, value: ValueId) -> Option<Arc<Tensor>> {
        if let Some(found) = self.found.get(&value) {
            return found.clone();
        }
        let found = match self.net.value(value).def {
            Def::Param(..) => None,
            Def::Weight(weight) => Some(self.net.weights[weight.index()].data.clone()),
            Def::Result(op, number) => self.result(op, number),
        };
        let found = found.filter(|tensor| tensor.shape().iter().product::<usize>() <= ELEMENTS_MAX);
        self.found.insert(value, found.clone());
        found
    }

    fn result(&mut self, op: braid_ir::OpId, number: usize) -> Option<Arc<Tensor>> {
        let op = self.net.op(op);
        self.steps += 1;
        if self.steps > STEPS_MAX || op.spec.effects != Effects::Pure || !is_constant(&op.attrs) {
            return None;
        }
        let small =
            |ty: &TensorType| ty.fixed_shape().is_some_and(|s| s.iter().product::<usize>() <= ELEMENTS_MAX);
        if !op.results.iter().all(|&result| self.net.tensor_ty(result).is_some_and(small)) {
            return None;
        }
        let operands: Option<Vec<Value>> =
            op.operands.iter().map(|&operand| self.value(operand).map(Value::Tensor)).collect();
        // What an operator refuses is refused where it stands.
        match eval_op(op.spec, &operands?, op.attrs.clone()).ok()?.into_iter().nth(number)? {
            Value::Tensor(tensor) => Some(tensor),
            Value::Seq(_) => None,
        }
    }
}

fn is_constant(attrs: &Attrs) -> bool {
    attrs.iter().all(|(_, attr)| match attr {
        Attr::Term(term) => term.as_const().is_some(),
        Attr::Terms(terms) => terms.iter().all(|term| term.as_const().is_some()),
        _ => true,
    })
}
