//! Images of greatest common divisors whose monomials are known from another image, by sparse interpolation.
//!
//! Zippel, "Probabilistic algorithms for sparse polynomials" (1979): with the monomials known, the coefficients solve linear
//! systems, one for each power of the main variable, given by as many images in the main variable alone as the longest of
//! these has unknowns. The points are powers of one point, so the systems are transposed Vandermonde ones (Zippel 1990).

use super::PolyError;
use super::field::{Dense, Field};
use super::modular::{Image, Search};
use std::collections::BTreeMap;

/// The coefficient of a power of the main variable.
struct Row {
    exponent: usize,
    /// Monomials as they are packed, with their values at the point.
    monomials: Vec<(u128, u64)>,
}

impl Search {
    /// The monic divisor in the variables `0..=last`, if its monomials are among these, which are sorted. `None` where they
    /// are not, or where the method does not apply: two coefficients of each variable have to be without common factor.
    pub(super) fn interpolate(
        &mut self,
        a: &Image,
        b: &Image,
        last: usize,
        monomials: &[u128],
    ) -> Result<Option<Image>, PolyError> {
        let field = self.field;
        let Some(main) = self.main_variable(last, monomials) else { return Ok(None) };
        let point: Vec<u64> = (0..=last).map(|_| self.random()).collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut split: Vec<_> =
            monomials.iter().map(|&mono| (self.split(mono, main, &point), mono)).collect();
        split.sort_by_key(|&((exponent, _), _)| std::cmp::Reverse(exponent));
        for ((exponent, value), mono) in split {
            if rows.last().is_none_or(|row| row.exponent != exponent) {
                rows.push(Row { exponent, monomials: Vec::new() });
            }
            if let Some(row) = rows.last_mut() {
                row.monomials.push((mono, value));
            }
        }
        let Some(degree) = rows.first().map(|row| row.exponent) else { return Ok(None) };
        if rows.iter().any(|row| !distinct(&row.monomials)) {
            return Ok(None);
        }
        // The two shortest rows; the divisor is found up to a factor in the other variables, which the shortest settles.
        let mut by_length: Vec<&Row> = rows.iter().collect();
        by_length.sort_by_key(|row| row.monomials.len());
        let [pivot, second, ..] = by_length[..] else { return Ok(None) };
        let pivot_unknowns = match pivot.monomials.len() {
            1 => 0,
            length => length + second.monomials.len(),
        };
        let unknowns = rows.iter().map(|row| row.monomials.len()).max().unwrap_or(0).max(pivot_unknowns);
        let mut sides = [self.powers(a, main, &point), self.powers(b, main, &point)];
        // One image more than unknowns, as a check.
        let mut images: Vec<Dense> = Vec::with_capacity(unknowns + 1);
        for _ in 0..=unknowns {
            let [x, y] = [self.next_image(&mut sides[0]), self.next_image(&mut sides[1])];
            // At a point where a leading coefficient vanishes the divisor may have too high a degree.
            if x.last().is_none_or(|&lead| lead == 0) || y.last().is_none_or(|&lead| lead == 0) {
                return Ok(None);
            }
            let image = self.gcd_dense(&x, &y)?;
            let known = |exponent: usize| rows.iter().any(|row| row.exponent == exponent);
            let other = image.iter().enumerate().any(|(exponent, &c)| c != 0 && !known(exponent));
            if image.len() != degree + 1 || image[pivot.exponent] == 0 || other {
                return Ok(None);
            }
            images.push(image);
        }
        self.count((pivot_unknowns * pivot_unknowns * pivot_unknowns) as u64)?;
        let Some(coefficients) = relation(field, pivot, second, &images) else { return Ok(None) };
        for (j, image) in images.iter_mut().enumerate() {
            let powers = pivot.monomials.iter().map(|m| field.pow(m.1, j as u64 + 1));
            let value =
                powers.zip(&coefficients).fold(0, |sum, (power, &c)| field.add(sum, field.mul(power, c)));
            if value == 0 {
                return Ok(None);
            }
            *image = field.scale(image, field.mul(value, field.inverse(image[pivot.exponent])));
        }
        let mut found: Image = Vec::with_capacity(monomials.len());
        for row in &rows {
            let values: Dense = images.iter().map(|image| image[row.exponent]).collect();
            let nodes: Dense = row.monomials.iter().map(|m| m.1).collect();
            self.count((nodes.len() * nodes.len()) as u64 + values.len() as u64)?;
            let Some(coefficients) = solve(field, &nodes, &values) else { return Ok(None) };
            found.extend(row.monomials.iter().map(|m| m.0).zip(coefficients));
        }
        found.sort_unstable_by_key(|&(mono, _)| std::cmp::Reverse(mono));
        let Some(&(_, lead)) = found.first().filter(|term| term.1 != 0) else { return Ok(None) };
        let inverse = field.inverse(lead);
        Ok(Some(found.into_iter().filter(|t| t.1 != 0).map(|(m, c)| (m, field.mul(c, inverse))).collect()))
    }

    /// The variable of which the coefficients are shortest.
    fn main_variable(&self, last: usize, monomials: &[u128]) -> Option<usize> {
        let longest = |var: usize| {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for &mono in monomials {
                *counts.entry(self.exponent(mono, last, var)).or_default() += 1;
            }
            // One row says nothing of the factor in the other variables.
            (counts.len() > 1).then(|| counts.values().copied().max().unwrap_or(0))
        };
        let lengths = (0..=last).filter_map(|var| Some((longest(var)?, var)));
        lengths.min().map(|(_, var)| var)
    }

    fn exponent(&self, mono: u128, last: usize, var: usize) -> usize {
        let mask = u128::MAX >> (128 - self.field_bits);
        (mono >> (self.field_bits * (last - var) as u32) & mask) as usize
    }

    /// The exponent of the main variable, and the value of the others' powers at the point.
    fn split(&self, mono: u128, main: usize, point: &[u64]) -> (usize, u64) {
        let last = point.len() - 1;
        let others = point.iter().enumerate().filter(|&(var, _)| var != main);
        let value = others.fold(1, |value, (var, &coordinate)| {
            let exponent = self.exponent(mono, last, var) as u64;
            self.field.mul(value, self.field.pow(coordinate, exponent))
        });
        (self.exponent(mono, last, main), value)
    }

    fn powers(&self, terms: &Image, main: usize, point: &[u64]) -> Vec<Power> {
        let power = |&(mono, value): &(u128, u64)| {
            let (exponent, ratio) = self.split(mono, main, point);
            Power { exponent, value, ratio }
        };
        terms.iter().map(power).collect()
    }

    /// The image at the next power of the point, with a coefficient for each power of the main variable up to its degree.
    fn next_image(&mut self, terms: &mut [Power]) -> Dense {
        self.steps += terms.len() as u64;
        let mut image = vec![0; terms.iter().map(|term| term.exponent + 1).max().unwrap_or(0)];
        for term in terms {
            term.value = self.field.mul(term.value, term.ratio);
            image[term.exponent] = self.field.add(image[term.exponent], term.value);
        }
        image
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

/// The coefficients of the pivot's monomials up to a common factor, from images up to factors of their own. A single one
/// is any number; otherwise `pivot(point) image[second] = second(point) image[pivot]` at all points has one solution, or
/// the monomials are not the right ones (de Kleine, Monagan and Wittkopf, "Algorithms for the non-monic case of the sparse
/// modular GCD algorithm", 2005, solve all rows together).
fn relation(field: Field, pivot: &Row, second: &Row, images: &[Dense]) -> Option<Dense> {
    let split = pivot.monomials.len();
    if split == 1 {
        return Some(vec![1]);
    }
    let columns = split + second.monomials.len();
    let equation = |(j, image): (usize, &Dense)| -> Dense {
        let (of_pivot, of_second) = (image[pivot.exponent], image[second.exponent]);
        let power = |m: &(u128, u64)| field.pow(m.1, j as u64 + 1);
        let left = pivot.monomials.iter().map(|m| field.mul(power(m), of_second));
        left.chain(second.monomials.iter().map(|m| field.mul(field.p - power(m), of_pivot))).collect()
    };
    let equations = images.iter().enumerate().map(equation).collect();
    let mut solution = null_vector(field, equations, columns)?;
    solution.truncate(split);
    Some(solution)
}

/// The vector that all rows are orthogonal to, where there is one up to a factor.
fn null_vector(field: Field, mut rows: Vec<Dense>, columns: usize) -> Option<Dense> {
    let mut pivots: Vec<usize> = Vec::new();
    for column in 0..columns {
        let top = pivots.len();
        let Some(at) = (top..rows.len()).find(|&at| rows[at][column] != 0) else { continue };
        rows.swap(top, at);
        let inverse = field.inverse(rows[top][column]);
        rows[top].iter_mut().for_each(|c| *c = field.mul(*c, inverse));
        let pivot = rows[top].clone();
        for row in rows.iter_mut().enumerate().filter(|&(at, _)| at != top).map(|(_, row)| row) {
            let factor = row[column];
            if factor != 0 {
                row.iter_mut().zip(&pivot).for_each(|(c, &p)| *c = field.sub(*c, field.mul(factor, p)));
            }
        }
        pivots.push(column);
    }
    let free = (0..columns).find(|column| !pivots.contains(column))?;
    if pivots.len() + 1 != columns {
        return None;
    }
    let mut vector = vec![0; columns];
    vector[free] = 1;
    for (row, &column) in rows.iter().zip(&pivots) {
        vector[column] = field.sub(0, row[free]);
    }
    Some(vector)
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
