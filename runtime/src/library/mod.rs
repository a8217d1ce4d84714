//! Routines that compiled programs call for what index math cannot say: results whose size or order depends on the
//! data, sequences, random numbers, printing. One row of [`ROUTINES`] each; the operator table names them.

pub(crate) mod device;
mod draw;
pub(crate) mod element;
pub mod format;
mod order;
mod scan;
mod scatter;
mod sequence;

pub use device::{Kernels, kernels};

use crate::manifest::{Attr, Output, Value};
use crate::session::State;
use crate::tensor::{self, DType, Tensor, byte_count};
use std::sync::{Arc, Mutex, MutexGuard};

/// A routine: reads operands and attributes, fills results.
pub(crate) type Routine = fn(&mut Call) -> Result<(), String>;

/// Families of routines by name.
const ROUTINES: &[&[(&str, Routine)]] = &[
    draw::ROUTINES,
    format::ROUTINES,
    order::ROUTINES,
    scan::ROUTINES,
    scatter::ROUTINES,
    sequence::ROUTINES,
];

/// The routine of this name.
pub(crate) fn find(name: &str) -> Option<Routine> {
    ROUTINES
        .iter()
        .flat_map(|family| family.iter())
        .find(|(known, _)| *known == name)
        .map(|(_, routine)| *routine)
}

/// Whether there is a routine of this name.
pub fn has(name: &str) -> bool {
    find(name).is_some()
}

/// A tensor that someone else owns.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Element type.
    pub dtype: DType,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Little-endian elements, row-major.
    pub bytes: &'a [u8],
}

impl View<'_> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Element number `i` as a number.
    pub fn get_f64(&self, i: usize) -> f64 {
        element::get_f64(self.dtype, self.bytes, i)
    }

    /// Element number `i` of an integer or `bool` tensor.
    pub fn get_i64(&self, i: usize) -> i64 {
        element::get_i64(self.dtype, self.bytes, i)
    }

    /// Extents before, along and after `axis`.
    pub fn split_at(&self, axis: usize) -> (usize, usize, usize) {
        (self.shape[..axis].iter().product(), self.shape[axis], self.shape[axis + 1..].iter().product())
    }
}

/// An operand of a routine, or a result of the program.
#[derive(Clone, Debug)]
pub enum Operand<'a> {
    /// A tensor.
    Tensor(View<'a>),
    /// A sequence.
    Seq(&'a Seq),
}

impl Operand<'_> {
    /// A copy; `None` of a tensor that does not fit memory.
    pub(crate) fn to_value(&self) -> Option<tensor::Value> {
        match self {
            Operand::Tensor(view) => {
                Tensor::new(view.dtype, &view.shape, view.bytes).map(tensor::Value::Tensor)
            }
            Operand::Seq(seq) => {
                Some(tensor::Value::List(seq.items().iter().map(|t| (**t).clone()).collect()))
            }
        }
    }
}

/// A list of tensors. A longer list that grew from it by `push` shares its memory, so that growing step by step costs
/// what the elements cost.
#[derive(Clone, Debug, Default)]
pub struct Seq {
    /// This list's elements, then perhaps those of longer ones.
    shared: Arc<Mutex<Vec<Arc<Tensor>>>>,
    len: usize,
}

impl Seq {
    /// A list of these elements.
    pub fn new(items: Vec<Arc<Tensor>>) -> Seq {
        Seq { len: items.len(), shared: Arc::new(Mutex::new(items)) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Tensor>>> {
        // Elements are only ever appended, so the list is whole whatever happened to another holder.
        self.shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Element number `i`.
    pub fn get(&self, i: usize) -> Option<Arc<Tensor>> {
        if i < self.len { self.lock().get(i).cloned() } else { None }
    }

    /// All elements.
    pub fn items(&self) -> Vec<Arc<Tensor>> {
        self.lock()[..self.len].to_vec()
    }

    /// The list with one element more.
    pub fn pushed(&self, item: Arc<Tensor>) -> Seq {
        let mut shared = self.lock();
        if shared.len() == self.len {
            shared.push(item);
            return Seq { shared: self.shared.clone(), len: self.len + 1 };
        }
        // Another list has grown from this one already.
        let mut items = shared[..self.len].to_vec();
        items.push(item);
        Seq::new(items)
    }
}

/// A call of a routine.
pub struct Call<'a> {
    pub(crate) attrs: &'a [(String, Attr)],
    /// Values of [`Attr::Sizes`], attribute by attribute.
    pub(crate) sizes: Vec<Vec<i64>>,
    /// What the manifest says of the operands.
    pub(crate) types: &'a [Value],
    pub(crate) operands: Vec<Operand<'static>>,
    pub(crate) results: &'a [Output],
    pub(crate) state: &'a mut State,
}

const MALFORMED: &str = "internal error: the compiled call does not fit the routine";

impl Call<'_> {
    /// Tensor operand number `i`. It stays valid while results are written.
    pub fn tensor(&self, i: usize) -> Result<View<'static>, String> {
        match self.operands.get(i) {
            Some(Operand::Tensor(view)) => Ok(view.clone()),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// Sequence operand number `i`.
    pub fn seq(&self, i: usize) -> Result<&'static Seq, String> {
        match self.operands.get(i) {
            Some(Operand::Seq(seq)) => Ok(seq),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// Dimensions in which the elements of sequence operand number `i` may differ.
    pub fn open_dims(&self, i: usize) -> Result<Vec<usize>, String> {
        match self.types.get(i) {
            Some(Value::Seq { open, .. }) => Ok(open.iter().map(|&d| d as usize).collect()),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// Rank of the elements of sequence operand number `i`.
    pub fn element_rank(&self, i: usize) -> Result<usize, String> {
        match self.types.get(i) {
            Some(Value::Seq { rank, .. }) => Ok(*rank as usize),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// An integer operand: element 0 of tensor operand number `i`.
    pub fn int_operand(&self, i: usize) -> Result<i64, String> {
        Ok(self.tensor(i)?.get_i64(0))
    }

    fn attr(&self, name: &str) -> Result<(usize, &Attr), String> {
        let at = self.attrs.iter().position(|(known, _)| known == name).ok_or(MALFORMED)?;
        Ok((at, &self.attrs[at].1))
    }

    /// An integer attribute, or the only integer of a list.
    pub fn int(&self, name: &str) -> Result<i64, String> {
        match (self.attr(name)?, self.ints(name)?.as_slice()) {
            (_, [value]) => Ok(*value),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// An axis attribute; a negative one counts from the end.
    pub fn axis(&self, name: &str, rank: usize) -> Result<usize, String> {
        let axis = self.int(name)?;
        let from_start = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
        usize::try_from(from_start).ok().filter(|&axis| axis < rank).ok_or(MALFORMED.to_string())
    }

    /// Integers, known or passed.
    pub fn ints(&self, name: &str) -> Result<Vec<i64>, String> {
        match self.attr(name)? {
            (_, Attr::Ints(values)) => Ok(values.clone()),
            (at, Attr::Sizes(_)) => Ok(self.sizes[at].clone()),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// A shape attribute.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>, String> {
        let dims = self.ints(name)?;
        dims.iter()
            .map(|&d| usize::try_from(d).map_err(|_| format!("a dimension of {dims:?} is negative")))
            .collect()
    }

    /// A truth value attribute.
    pub fn bool(&self, name: &str) -> Result<bool, String> {
        match self.attr(name)?.1 {
            Attr::Bool(value) => Ok(*value),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// A text attribute.
    pub fn str(&self, name: &str) -> Result<String, String> {
        match self.attr(name)?.1 {
            Attr::Str(value) => Ok(value.clone()),
            _ => Err(MALFORMED.to_string()),
        }
    }

    /// Element type of result number `i`.
    pub fn result_dtype(&self, i: usize) -> Result<DType, String> {
        Ok(self.results.get(i).ok_or(MALFORMED)?.dtype)
    }

    /// Room for result number `i` of this shape, to be filled completely. To be asked for once per result.
    pub fn result(&mut self, i: usize, shape: &[usize]) -> Result<&'static mut [u8], String> {
        let output = self.results.get(i).ok_or(MALFORMED)?;
        let bytes = byte_count(output.dtype, shape).ok_or("a result is larger than memory")?;
        let ptr = self.state.place(self.operands.len(), i, &output.place, bytes)?;
        // SAFETY: at least `bytes` bytes that no operand and no other result shares; they stay until the run ends or the
        // buffer is used again, after this call.
        Ok(unsafe { std::slice::from_raw_parts_mut(ptr, bytes) })
    }

    /// Fills result number `i` with integers.
    pub fn fill_i64(
        &mut self,
        i: usize,
        shape: &[usize],
        values: impl Iterator<Item = i64>,
    ) -> Result<(), String> {
        let out = self.result(i, shape)?;
        for (at, value) in out.chunks_exact_mut(8).zip(values) {
            at.copy_from_slice(&value.to_le_bytes());
        }
        Ok(())
    }

    /// Result number `i`, a sequence.
    pub fn result_seq(&mut self, i: usize, seq: Seq) {
        self.state.place_seq(self.operands.len(), i, seq);
    }
}
