//! Monomials: the exponents of all variables in one word, in two, or in as many as they need.
//!
//! A packed monomial has one field per variable, all of one width, the first variable in the highest field: comparing
//! words compares exponents lexicographically, and adding words multiplies monomials. The highest bit of each field is
//! kept clear in what is stored, so that a sum cannot run into its neighbour and a division is checked for all fields
//! by one subtraction.

use super::Exponents;
use super::kernel::Term;
use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

/// The terms of a polynomial in the narrowest packing that holds its exponents, leading term first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Body {
    Narrow(Vec<Term<u64>>),
    Double(Vec<Term<u128>>),
    Wide(Vec<Term<Unpacked>>),
}

/// How monomials are held, from fast to general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    Narrow,
    Double,
    Wide,
}

impl Width {
    /// The fastest that holds exponents up to `exponent` of `nvars` variables.
    pub(super) fn holding(nvars: usize, exponent: u32) -> Width {
        let fits = |bits: u32| bits > 1 && exponent >> (bits - 1) == 0;
        if fits(field_bits(64, nvars)) {
            Width::Narrow
        } else if fits(field_bits(128, nvars)) {
            Width::Double
        } else {
            Width::Wide
        }
    }
}

/// The width of a field, of which the highest bit is a guard; exponents have 31 bits, so no field needs more than 32.
fn field_bits(word_bits: usize, nvars: usize) -> u32 {
    (word_bits / nvars.max(1)).min(32) as u32
}

/// A product of powers of variables.
pub(super) trait Mono: Clone + Ord + Hash + Debug {
    /// The monomial of these exponents, which fit.
    fn pack(exponents: &[u32]) -> Self;
    /// The exponents, written to `out`, of one entry per variable.
    fn unpack(&self, out: &mut [u32]);
    /// The exponent of one of `nvars` variables.
    fn exponent(&self, nvars: usize, var: usize) -> u32;
    /// This with another exponent of one variable, which fits.
    fn with_exponent(&self, nvars: usize, var: usize, exponent: u32) -> Self;
    /// The product, whose exponents fit.
    fn times(&self, other: &Self) -> Self;
    /// The bits that no stored monomial has.
    fn guard(nvars: usize) -> Self;
    /// The quotient, where it is a monomial.
    fn over(&self, divisor: &Self, guard: &Self) -> Option<Self>;
    /// The terms, where they are held like this.
    fn terms_of(body: &Body) -> Option<&[Term<Self>]>;
    fn into_body(terms: Vec<Term<Self>>) -> Body;
}

macro_rules! packed {
    ($word:ty, $variant:ident) => {
        impl Mono for $word {
            fn pack(exponents: &[u32]) -> $word {
                let bits = field_bits(<$word>::BITS as usize, exponents.len());
                // The last field may be shifted in as a whole, but one field of a word has no room to move.
                exponents.iter().fold(0, |word: $word, &e| word.checked_shl(bits).unwrap_or(0) | e as $word)
            }

            fn unpack(&self, out: &mut [u32]) {
                let bits = field_bits(<$word>::BITS as usize, out.len());
                let mask = <$word>::MAX >> (<$word>::BITS - bits);
                let mut word = *self;
                for exponent in out.iter_mut().rev() {
                    *exponent = (word & mask) as u32;
                    word = word.checked_shr(bits).unwrap_or(0);
                }
            }

            fn exponent(&self, nvars: usize, var: usize) -> u32 {
                let bits = field_bits(<$word>::BITS as usize, nvars);
                let mask = <$word>::MAX >> (<$word>::BITS - bits);
                ((*self >> (bits * (nvars - 1 - var) as u32)) & mask) as u32
            }

            fn with_exponent(&self, nvars: usize, var: usize, exponent: u32) -> $word {
                let bits = field_bits(<$word>::BITS as usize, nvars);
                let shift = bits * (nvars - 1 - var) as u32;
                let mask = (<$word>::MAX >> (<$word>::BITS - bits)) << shift;
                (*self & !mask) | (exponent as $word) << shift
            }

            fn times(&self, other: &$word) -> $word {
                *self + *other
            }

            fn guard(nvars: usize) -> $word {
                let bits = field_bits(<$word>::BITS as usize, nvars);
                (0..nvars as u32).fold(0, |word, field| word | 1 << (field * bits + bits - 1))
            }

            fn over(&self, divisor: &$word, guard: &$word) -> Option<$word> {
                let difference = (*self | *guard) - *divisor;
                (difference & *guard == *guard).then_some(difference ^ *guard)
            }

            fn terms_of(body: &Body) -> Option<&[Term<$word>]> {
                match body {
                    Body::$variant(terms) => Some(terms),
                    _ => None,
                }
            }

            fn into_body(terms: Vec<Term<$word>>) -> Body {
                Body::$variant(terms)
            }
        }
    };
}
packed!(u64, Narrow);
packed!(u128, Double);

/// A monomial with an entry per variable: the general fall-back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Unpacked(Box<[u32]>);

impl Mono for Unpacked {
    fn pack(exponents: &[u32]) -> Unpacked {
        Unpacked(exponents.into())
    }

    fn unpack(&self, out: &mut [u32]) {
        out.copy_from_slice(&self.0);
    }

    fn exponent(&self, _: usize, var: usize) -> u32 {
        self.0[var]
    }

    fn with_exponent(&self, _: usize, var: usize, exponent: u32) -> Unpacked {
        let mut exponents = self.0.clone();
        exponents[var] = exponent;
        Unpacked(exponents)
    }

    fn times(&self, other: &Unpacked) -> Unpacked {
        Unpacked(self.0.iter().zip(&other.0).map(|(a, b)| a + b).collect())
    }

    fn guard(_: usize) -> Unpacked {
        Unpacked(Box::default())
    }

    fn over(&self, divisor: &Unpacked, _: &Unpacked) -> Option<Unpacked> {
        self.0.iter().zip(&divisor.0).map(|(a, b)| a.checked_sub(*b)).collect::<Option<_>>().map(Unpacked)
    }

    fn terms_of(body: &Body) -> Option<&[Term<Unpacked>]> {
        match body {
            Body::Wide(terms) => Some(terms),
            _ => None,
        }
    }

    fn into_body(terms: Vec<Term<Unpacked>>) -> Body {
        Body::Wide(terms)
    }
}

/// The largest exponent of each variable in these terms.
pub(super) fn degrees<M: Mono>(terms: &[Term<M>], nvars: usize) -> Exponents {
    let mut degrees = Exponents::from_elem(0, nvars);
    let mut exponents = degrees.clone();
    for term in terms {
        term.mono.unpack(&mut exponents);
        for (degree, &exponent) in degrees.iter_mut().zip(&exponents) {
            *degree = (*degree).max(exponent);
        }
    }
    degrees
}

/// The terms in another packing, which holds them, of at least as many variables.
pub(super) fn repacked<N: Mono>(body: &Body, from: usize, to: usize) -> Cow<'_, [Term<N>]> {
    if let (Some(terms), true) = (N::terms_of(body), from == to) {
        return Cow::Borrowed(terms);
    }
    fn each<M: Mono, N: Mono>(terms: &[Term<M>], from: usize, to: usize) -> Vec<Term<N>> {
        let mut exponents = Exponents::from_elem(0, to);
        let repack = |term: &Term<M>| {
            term.mono.unpack(&mut exponents[..from]);
            Term { mono: N::pack(&exponents), coeff: term.coeff.clone() }
        };
        terms.iter().map(repack).collect()
    }
    Cow::Owned(match body {
        Body::Narrow(terms) => each(terms, from, to),
        Body::Double(terms) => each(terms, from, to),
        Body::Wide(terms) => each(terms, from, to),
    })
}
