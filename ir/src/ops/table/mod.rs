//! The rows, by family.

mod activation;
mod common;
mod composite;
mod contraction;
mod creation;
mod elementwise;
mod host;
mod indexing;
mod movement;
mod opaque;
pub mod random;
mod reduction;
mod resize;
mod sequence;
mod window;

pub use indexing::index_of_code;
pub use opaque::order;

use super::OpSpec;

/// Every row, family by family.
pub static TABLE: &[&[OpSpec]] = &[
    elementwise::ROWS,
    elementwise::BODIES,
    activation::ROWS,
    creation::ROWS,
    movement::ROWS,
    indexing::ROWS,
    reduction::ROWS,
    reduction::SCANS,
    contraction::ROWS,
    window::ROWS,
    resize::ROWS,
    composite::ROWS,
    opaque::ROWS,
    sequence::ROWS,
    host::ROWS,
];
