//! Kernels that do not wait for each other, as one launch: where they are small, starting them is most of their time.

use super::schedule::THREADS;
use crate::kernel::Target;
use crate::kernel::emit::{Parameters, emit_form};
use crate::kernel::form::Form;
use crate::kernel::fuse::size;
use crate::kernel::nest::Slot;

/// Most kernels of one launch.
const PARTS_MAX: usize = 8;
/// Threads of a launch above which starting it is little.
const SMALL: f64 = 2.0 * THREADS;
/// Bytes of workgroup memory of a launch, which every device has.
const WORKGROUP_BYTES_MAX: u64 = 32 * 1024;

/// Joins forms that do not need each other, in an order in which each comes behind what it needs. `form_of` has the number of each nest's
/// form, and gets the new ones.
pub(super) fn join(
    forms: Vec<Form>,
    form_of: &mut [usize],
    target: &Target,
    parameters: Parameters,
) -> Vec<Form> {
    let slots: Vec<(Vec<Slot>, Vec<Slot>)> = forms.iter().map(Form::slots).collect();
    let meets = |a: &[Slot], b: &[Slot]| a.iter().any(|slot| b.contains(slot));
    let waits = |later: usize, earlier: usize| {
        let ((wrote, read), (writes, reads)) = (&slots[earlier], &slots[later]);
        meets(wrote, reads) || meets(wrote, writes) || meets(read, writes)
    };
    let bytes = |form: &Form| emit_form(form, target, parameters).ok().map(|text| text.workgroup_bytes);
    let mut left: Vec<usize> = (0..forms.len()).collect();
    let (mut joined, mut number) = (Vec::new(), vec![0; forms.len()]);
    while let Some(&first) = left.first() {
        let mut parts = vec![first];
        let mut together = forms[first].clone();
        for &other in &left[1..] {
            let free = !left.iter().take_while(|&&before| before < other).any(|&before| waits(other, before));
            if !free || parts.len() == PARTS_MAX {
                continue;
            }
            let more = together.joined(&forms[other]);
            let fits = |form: &Form| {
                size(&[form.groups(form.threads())]) * f64::from(form.threads()) <= SMALL
                    && bytes(form).is_some_and(|bytes| bytes <= WORKGROUP_BYTES_MAX)
            };
            if let Some(more) = more.filter(fits) {
                together = more;
                parts.push(other);
            }
        }
        left.retain(|form| !parts.contains(form));
        parts.iter().for_each(|&part| number[part] = joined.len());
        joined.push(together);
    }
    form_of.iter_mut().for_each(|form| *form = number[*form]);
    joined
}
