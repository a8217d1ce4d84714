//! The bridge from Python tensors to the net: the native module `_braid`.
//!
//! What torch means is written in Python (`prelude/torch`); this module gives it tensors. A tensor is a storage seen
//! through a chain of views ([`object`]); [`contents`] reads and writes them, [`apply`] applies a row of the operator
//! table (at once where everything is known, else by appending to the net), [`promote`] is PyTorch's type promotion,
//! [`view`] and [`index`] are views and `x[...]`, [`create`] makes tensors of Python data, [`scalar`] makes Python
//! scalars of tensors, [`known`] those that follow from weights alone, [`checkpoint`] fills a module with its weights.

mod apply;
mod bounds;
mod checkpoint;
mod contents;
mod create;
mod index;
mod known;
pub mod object;
mod promote;
mod scalar;
mod view;
mod weights;

pub use checkpoint::load_weights;
pub use contents::{constant_tensor, new_tensor, tensor_type, tensor_value};
pub use index::{row_count, row_of};
pub use weights::WeightTable;

use super::builtins::{NativeModule, grown};
use super::classes;
use super::native::{NativeRow, row};
use super::value::Value;

/// The native module.
pub const MODULE: NativeModule = NativeModule {
    name: "_braid",
    functions: FUNCTIONS,
    constants: |_| vec![("TensorBase", Value::Obj(classes::TENSOR_BASE))],
};

const FUNCTIONS: &[NativeRow] = &[
    row("set_tensor_class", "cls, /", contents::set_tensor_class),
    row("op", "name, operands, /, **attrs", apply::op),
    row("joined", "tensors, kind, dim, /", apply::joined),
    row("refill", "target, source, /", grown::refill),
    row("check_index", "indices, size, from_end, message, /", bounds::check_index),
    row("check_at_most", "a, b, message, /", bounds::check_at_most),
    row("elementwise", "name, operands, rule='same', /", promote::elementwise),
    row("select", "condition, yes, no, /", promote::select),
    row("convert", "tensor, code, /", promote::convert),
    row("result_type", "operands, /", promote::result_type),
    row("check_cast", "source, target, /", promote::check_cast),
    row("view", "tensor, name, /, **attrs", view::view),
    row("is_viewable", "tensor, /", view::is_viewable),
    row("write", "target, value, /", view::write),
    row("index", "tensor, index, /", index::index),
    row("rows", "tensor, /", index::rows),
    row("alias", "tensor, cls, /", contents::alias),
    row("assign", "target, source, /", contents::assign),
    row("clone", "tensor, /", contents::clone),
    row("shape_of", "tensor, /", contents::shape_of),
    row("code", "tensor, /", contents::code),
    row("tensor", "data, code=None, /", create::tensor),
    row("full", "size, value, code, /", create::full),
    row("uninitialised", "size, code, /", create::uninitialised),
    row("poison", "size, code, why, /", create::poison),
    row("forget", "tensor, why, /", create::forget),
    row("item", "tensor, /", scalar::item),
    row("tolist", "tensor, /", scalar::tolist),
    row("truth", "tensor, /", scalar::truth),
    row("text", "tensor, /", scalar::text),
    row("known", "number, /", scalar::known),
    row("is_known", "number, /", scalar::is_known),
    row("known_equal", "a, b, /", scalar::known_equal),
    row("known_unequal", "a, b, /", scalar::known_unequal),
    row("smaller", "a, b, /", scalar::smaller),
    row("larger", "a, b, /", scalar::larger),
    row("broadcast_shapes", "shapes, /", view::broadcast_shapes),
    row("tracing", "", scalar::tracing),
];
