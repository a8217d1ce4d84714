//! Sparse polynomials in many variables over the exact rationals, and the algebra of them.
//!
//! A [`Poly`] knows variables by number only; what they stand for is its owner's affair. Its terms are sorted by their
//! exponents lexicographically, the first variable first, the leading term at the front. This order compares packed
//! exponents by one comparison of words, keeps the coefficients of the first variable together, and numbers the cells of
//! an array, which is what most products are added up in.
//!
//! | file | what |
//! |---|---|
//! | `int`, `mono`, `kernel`, `power` | whole coefficients, packed exponents, sums, products, quotients, powers of term lists |
//! | `polynomial` | [`Poly`]: construction, access, arithmetic |
//! | `calculus` | evaluation, substitution, derivatives, coefficients in a variable |
//! | `divide` | quotients with remainder, pseudo-division, content |
//! | `gcd`, `modular`, `interpolate` | greatest common divisors |
//! | `resultant` | resultants, extended greatest common divisors |
//! | `squarefree`, `factor`, `univariate`, `field` | factorisation |
//! | `partial_fractions` | partial fractions |
//! | `roots` | isolation of real roots |
//! | `horner` | plans of evaluation with few multiplications |
//!
//! Nothing here panics or wraps, whatever the input: exponents beyond 31 bits, results beyond [`TERMS_MAX`] and
//! searches beyond their limits are each a [`PolyError`].

mod calculus;
mod divide;
mod factor;
mod field;
mod gcd;
mod horner;
mod int;
mod interpolate;
mod kernel;
mod modular;
mod mono;
mod partial_fractions;
mod polynomial;
mod power;
mod resultant;
mod roots;
mod squarefree;
#[cfg(test)]
mod tests;
mod univariate;

pub use divide::PseudoQuotient;
pub use factor::{Factor, Factorization};
pub use horner::{HornerPlan, OpCounts, Step, StepId};
pub use partial_fractions::{PartialFraction, PartialFractions, SplitInto};
pub use polynomial::{Poly, Terms};
pub use roots::RealRoot;

use smallvec::SmallVec;

/// The exponents of a monomial, one per variable.
pub type Exponents = SmallVec<[u32; 8]>;

/// Exponents have 31 bits.
pub const EXPONENT_MAX: u32 = (1 << 31) - 1;

/// A product or power has at most this many terms; with coefficients of one word they take about 100 MB.
pub const TERMS_MAX: usize = 1 << 22;

/// The coefficients of a result have together at most this many bits, a quarter of a gigabyte.
pub const RESULT_BITS_MAX: u64 = 1 << 31;

/// No coefficient of a power or of a value at a point has more bits than this.
pub const COEFFICIENT_BITS_MAX: u64 = 1 << 20;

/// A product or quotient multiplies at most this many coefficients: some seconds of work.
pub const STEPS_MAX: u64 = 1 << 30;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolyError {
    /// The result has too many terms.
    #[error("the polynomial has more than {max} terms")]
    TooManyTerms {
        /// The limit; smaller than [`TERMS_MAX`] where coefficients are long.
        max: usize,
    },
    /// An exponent of the result is beyond [`EXPONENT_MAX`].
    #[error("an exponent is larger than {EXPONENT_MAX}")]
    ExponentTooLarge,
    /// A coefficient of the result is too long.
    #[error("a coefficient has more than {bits_max} bits")]
    CoefficientTooLarge {
        /// The limit.
        bits_max: u64,
    },
    /// The method in use ran into its limit.
    #[error("{what} takes more than {max} steps")]
    TooManySteps {
        /// What was computed.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// The divisor is zero.
    #[error("division by the zero polynomial")]
    DivisionByZero,
    /// The operation is of polynomials in one variable, and this one has more.
    #[error("the polynomial has more than one variable")]
    NotUnivariate,
}
