//! Images of greatest common divisors whose monomials are known from another image, by sparse interpolation.
//!
//! Zippel, "Probabilistic algorithms for sparse polynomials" (1979): with the monomials known, the coefficients solve linear
//! systems, one for each power of the main variable, given by as many images in the main variable alone as the longest of
//! these has unknowns. The points are powers of one point, so the systems are transposed Vandermonde ones (Zippel 1990).

use super::PolyError;
use super::field::{Dense, Field};
use super::modular::{Image, Search};

/// The coefficient of a power of the main variable.
struct Row {
    exponent: usize,
    /// Monomials as they are packed, with their values at the point.
    monomials: Vec<(u128, u64)>,
}

impl Search {
    /// The monic divisor in the variables `0..=last`, if its monomials are among these, which are sorted. `None` where they
    /// are not, or where the method does not apply: no power of the main variable has a single monomial as coefficient.
    pub(super) fn interpolate(
        &mut self,
        a: &Image,
        b: &Image,
        last: usize,
        monomials: &[u128],
    ) -> Result<Option<Image>, PolyError> {
        let field = self.field;
        let point: Vec<u64> = (0..last).map(|_| self.random()).collect();
        let mut rows: Vec<Row> = Vec::new();
        for &mono in monomials {
            let (exponent, value) = self.split(mono, &point);
            if rows.last().is_none_or(|row| row.exponent != exponent) {
                rows.push(Row { exponent, monomials: Vec::new() });
            }
            if let Some(row) = rows.last_mut() {
                row.monomials.push((mono, value));
            }
        }
        // The divisor is found up to a factor in the other variables, which the one coefficient that is known up to a
        // number settles.
        let pivot =
            rows.iter().find(|row| row.monomials.len() == 1).map(|row| (row.exponent, row.monomials[0].1));
        let (Some((pivot, pivot_value)), Some(degree)) = (pivot, rows.first().map(|row| row.exponent)) else {
            return Ok(None);
        };
        if degree == 0 || rows.iter().any(|row| !distinct(&row.monomials)) {
            return Ok(None);
        }
        let unknowns = rows.iter().map(|row| row.monomials.len()).max().unwrap_or(0);
        let mut sides = [self.powers(a, &point), self.powers(b, &point)];
        let mut scale = 1;
        // One image more than unknowns, as a check.
        let mut images: Vec<Dense> = Vec::with_capacity(unknowns + 1);
        for _ in 0..=unknowns {
            let [x, y] = [self.next_image(&mut sides[0]), self.next_image(&mut sides[1])];
            let full = |image: &Dense, side: &[Power]| {
                image.len() == side.first().map_or(0, |term| term.exponent + 1)
            };
            if !full(&x, &sides[0]) || !full(&y, &sides[1]) {
                return Ok(None);
            }
            let mut image = self.gcd_dense(&x, &y)?;
            scale = field.mul(scale, pivot_value);
            if image.len() != degree + 1 || image[pivot] == 0 {
                return Ok(None);
            }
            image = field.scale(&image, field.mul(scale, field.inverse(image[pivot])));
            let known = |exponent: usize| rows.iter().any(|row| row.exponent == exponent);
            if image.iter().enumerate().any(|(exponent, &c)| c != 0 && !known(exponent)) {
                return Ok(None);
            }
            images.push(image);
        }
        let mut found: Image = Vec::with_capacity(monomials.len());
        for row in &rows {
            let values: Dense = images.iter().map(|image| image[row.exponent]).collect();
            let nodes: Dense = row.monomials.iter().map(|m| m.1).collect();
            self.count((nodes.len() * nodes.len()) as u64 + values.len() as u64)?;
            let Some(coefficients) = solve(field, &nodes, &values) else { return Ok(None) };
            found.extend(row.monomials.iter().map(|m| m.0).zip(coefficients));
        }
        let Some(&(_, lead)) = found.first().filter(|term| term.1 != 0) else { return Ok(None) };
        let inverse = field.inverse(lead);
        Ok(Some(found.into_iter().filter(|t| t.1 != 0).map(|(m, c)| (m, field.mul(c, inverse))).collect()))
    }

    /// The exponent of the main variable, and the value of the others' powers where the point has theirs.
    fn split(&self, mono: u128, point: &[u64]) -> (usize, u64) {
        let mask = u128::MAX >> (128 - self.field_bits);
        let mut rest = mono;
        let mut value = 1;
        for &coordinate in point.iter().rev() {
            value = self.field.mul(value, self.field.pow(coordinate, (rest & mask) as u64));
            rest >>= self.field_bits;
        }
        (rest as usize, value)
    }

    fn powers(&self, terms: &Image, point: &[u64]) -> Vec<Power> {
        let power = |&(mono, value): &(u128, u64)| {
            let (exponent, ratio) = self.split(mono, point);
            Power { exponent, value, ratio }
        };
        terms.iter().map(power).collect()
    }

    /// The image at the next power of the point, in the main variable.
    fn next_image(&mut self, terms: &mut [Power]) -> Dense {
        self.steps += terms.len() as u64;
        let mut image = vec![0; terms.first().map_or(0, |term| term.exponent + 1)];
        for term in terms {
            term.value = self.field.mul(term.value, term.ratio);
            image[term.exponent] = self.field.add(image[term.exponent], term.value);
        }
        Field::trim(image)
    }

    /// A number other than zero, of a fixed sequence.
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 8) % (self.field.p - 1) + 1
    }
}

/// A term at the powers of a point: each next value is the last times the ratio.
struct Power {
    exponent: usize,
    value: u64,
    ratio: u64,
}

fn distinct(monomials: &[(u128, u64)]) -> bool {
    let mut values: Vec<u64> = monomials.iter().map(|m| m.1).collect();
    values.sort_unstable();
    values.windows(2).all(|pair| pair[0] != pair[1])
}

/// The numbers `c` with `sum of c_i node_i^j = value_j` for `j` from 1, in quadratic time; `None` where some of the values
/// beyond the number of nodes contradicts. The nodes are distinct and not zero.
fn solve(field: Field, nodes: &[u64], values: &[u64]) -> Option<Dense> {
    // The product of all (z - node).
    let mut master: Dense = vec![1];
    for &node in nodes {
        master = field.poly_mul(&master, &[field.p - node, 1]);
    }
    let mut solution = Vec::with_capacity(nodes.len());
    for &node in nodes {
        // Without one factor, by synthetic division: one at this node only, up to its value there.
        let mut others = vec![0; nodes.len()];
        let mut carry = 0;
        for (at, &c) in master.iter().enumerate().skip(1).rev() {
            carry = field.add(c, field.mul(carry, node));
            others[at - 1] = carry;
        }
        let total =
            others.iter().zip(values).fold(0, |sum, (&c, &value)| field.add(sum, field.mul(c, value)));
        let scale = field.mul(field.value(&others, node), node);
        solution.push(field.mul(total, field.inverse(scale)));
    }
    for (j, &value) in values.iter().enumerate().skip(nodes.len()) {
        let sum = nodes
            .iter()
            .zip(&solution)
            .fold(0, |sum, (&node, &c)| field.add(sum, field.mul(c, field.pow(node, j as u64 + 1))));
        if sum != value {
            return None;
        }
    }
    Some(solution)
}
