//! Which rectangles a large sum of products is cut into, and how workgroups compute them.

use super::schedule::Abilities;
use crate::kernel::form::{Manner, Tiles};
use crate::kernel::fuse::size;
use braid_ir::DType;

/// Rectangles that keep a device busy: its processors.
const PROCESSORS: f64 = 128.0;
/// Fewer than so many squares of the smallest side leave most of a device idle, where threads multiply; matrix units are so much
/// faster that a fraction of it is worth it.
const SQUARES_MIN: f64 = 32.0;
const UNITS_MIN: f64 = 8.0;

/// Sides, and how fast elements of such a rectangle are computed, of those of the largest: a larger one reads less for each.
const LARGE: &[([u32; 2], f64)] = &[([128, 128], 1.0), ([128, 64], 0.85), ([64, 128], 0.85), ([64, 64], 0.7)];
const SMALL: &[([u32; 2], f64)] = &[([64, 64], 0.5), ([32, 32], 0.4)];

/// The best rectangles of a product, or `None` where too few make work for a device. Its manner tells whether matrix units take it.
pub(super) fn choose(tiles: Tiles, abilities: Abilities) -> Option<Tiles> {
    let [height, width, _] = tiles.counts().map(|count| size(&[count]));
    let dtype = |which: usize| tiles.nest.reads[tiles.operands[which]].dtype;
    let of = |manner: Manner, shapes: &'static [([u32; 2], f64)]| {
        shapes.iter().map(move |&(shape, speed)| (manner, shape, speed))
    };
    let units = tiles.manner == Manner::Units;
    // What comes by way of registers takes as many of them.
    let held = (0..2).any(|which| tiles.lie(which).run * (dtype(which).size() as i64) < 4);
    let copies = abilities.copies && dtype(0) == DType::F32 && dtype(1) == DType::F32;
    let most = if units && held { 3 } else { 0 };
    let mut candidates: Vec<(Manner, [u32; 2], f64)> = match units {
        true => of(Manner::Units, &LARGE[most..]).collect(),
        false if copies => of(Manner::Copies, LARGE).chain(of(Manner::Registers, &SMALL[1..])).collect(),
        false => of(Manner::Registers, SMALL).collect(),
    };
    // Sixteen sums of double precision a thread are too many, and so is a side that is mostly empty.
    let large = |side: u32, length: f64| side > 32 && length <= f64::from(side) / 2.0;
    candidates.retain(|(manner, [tall, wide], _)| match manner {
        Manner::Units => true,
        _ => {
            let double = tiles.nest.body.dtype() == DType::F64 && *tall > 32;
            !(double || large(*tall, height) || large(*wide, width))
        }
    });
    let count = |shape: [u32; 2]| size(&[Tiles { shape, ..tiles.clone() }.rectangles()]);
    let cost = |&(_, shape, speed): &(Manner, [u32; 2], f64)| {
        let [tall, wide] = shape.map(f64::from);
        count(shape).max(PROCESSORS) * tall * wide / speed
    };
    let best = candidates.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
    let (manner, shape, _) = best?;
    let enough = if units { count(shape) >= UNITS_MIN } else { count([32, 32]) >= SQUARES_MIN };
    enough.then_some(Tiles { shape, manner, ..tiles })
}
