//! Weights: constant tensors with names, and where in the net they are.

use braid_ir::{Def, Net, Tensor, ValueId, WeightId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Which constant tensors are weights of which name, and which are in the net already.
///
/// Tensors are known by address; the table holds them, so an address stays what it is.
#[derive(Default)]
pub struct WeightTable {
    names: FxHashMap<usize, (Arc<Tensor>, String)>,
    placed: FxHashMap<usize, (Arc<Tensor>, WeightId, ValueId)>,
}

fn address(tensor: &Arc<Tensor>) -> usize {
    Arc::as_ptr(tensor) as usize
}

impl WeightTable {
    /// Says that a tensor is the parameter or buffer of this name. The first name stays: it may be shared.
    pub fn name(&mut self, tensor: &Arc<Tensor>, name: &str) {
        self.names.entry(address(tensor)).or_insert_with(|| (tensor.clone(), name.to_owned()));
    }

    /// The name, if the tensor is a parameter or buffer.
    pub fn name_of(&self, tensor: &Arc<Tensor>) -> Option<&str> {
        self.names.get(&address(tensor)).map(|(_, name)| name.as_str())
    }

    /// The value of the net that stands for a tensor; a weight is added once.
    pub fn place(&mut self, net: &mut Net, tensor: &Arc<Tensor>) -> ValueId {
        if let Some((_, weight, value)) = self.placed.get_mut(&address(tensor)) {
            let known = net.values.get(value.index()).is_some_and(|data| data.def == Def::Weight(*weight));
            if !known {
                // The net was truncated since: the weight stayed, its value did not.
                let ty = braid_ir::TensorType::fixed(tensor.dtype(), tensor.shape());
                *value = net.add_value(ty.into(), Def::Weight(*weight));
            }
            return *value;
        }
        let name = match self.name_of(tensor) {
            Some(name) => name.to_owned(),
            None => format!("const.{}", net.weights.len()),
        };
        let value = net.add_weight(&name, tensor.clone());
        let weight = WeightId(net.weights.len() as u32 - 1);
        self.placed.insert(address(tensor), (tensor.clone(), weight, value));
        value
    }
}
