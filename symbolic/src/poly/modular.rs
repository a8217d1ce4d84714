//! Greatest common divisors by images modulo primes and at points (Brown, "On Euclid's algorithm and the computation of
//! polynomial greatest common divisors", 1971), all but the first at each level by sparse interpolation where that works
//! ([`interpolate`](super::interpolate)).

use super::field::{Dense, Field, large_primes};
use super::int::Int;
use super::kernel::Term;
use super::mono::repacked;
use super::{Exponents, Poly, PolyError};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, ToPrimitive};

/// Euclid's algorithm modulo a prime does at most this many coefficient products, all images of one problem together.
const IMAGE_STEPS_MAX: u64 = 1 << 30;

/// More primes than this no greatest common divisor may need; each gives 31 bits of its coefficients.
const PRIMES_MAX: usize = 4096;

/// A polynomial over a prime field: packed monomials, the last variable lowest, with coefficients that are not zero,
/// leading term first. Dropping the lowest field leaves the polynomial's monomial in the other variables.
pub(super) type Image = Vec<(u128, u64)>;

/// A polynomial in the last variable as coefficient of a monomial in the others.
type Row = (u128, Dense);

/// The greatest common divisor in `Z[x]` up to sign of primitive polynomials with whole coefficients in at least one
/// variable, all of which occur. `None` where exponents are too large for images.
pub(super) fn gcd(a: &Poly, b: &Poly) -> Result<Option<Poly>, PolyError> {
    let nvars = a.nvars();
    let field_bits = (128 / nvars.max(1)).min(32) as u32;
    let degrees: Exponents = a.degrees().iter().chain(&b.degrees()).copied().collect();
    // Images have dense rows; beyond this even the shortest problem is over the limit of steps.
    let fits = |&degree: &u32| field_bits > 1 && degree >> (field_bits - 1) == 0 && degree < 1 << 24;
    if !degrees.iter().all(fits) {
        return Ok(None);
    }
    let (a_terms, b_terms) =
        (repacked::<u128>(a.body(), nvars, nvars), repacked::<u128>(b.body(), nvars, nvars));
    let (Some(a_lead), Some(b_lead)) = (a_terms.first(), b_terms.first()) else { return Ok(None) };
    // Each point of each further variable takes at least one Euclidean algorithm in the first.
    let (x, y) = (a.degrees(), b.degrees());
    let points: u64 = (1..nvars).map(|var| x[var].min(y[var]) as u64).sum();
    if (x[0] as u64 * y[0] as u64).saturating_mul(points + 1) > IMAGE_STEPS_MAX {
        return Ok(None);
    }
    let lead = a_lead.coeff.gcd(&b_lead.coeff);
    let mut steps = 0;
    // The residues found so far, of the multiple of the result that has `lead` as leading coefficient.
    let mut residues: Vec<(u128, BigInt)> = Vec::new();
    let mut modulus = BigInt::one();
    for p in large_primes().take(PRIMES_MAX) {
        let mut search = Search { field: Field { p }, field_bits, steps, state: 0x2545_f491_4f6c_dd1d };
        let (x, y, lead_p) = (image(&a_terms, p), image(&b_terms, p), residue(&lead, p));
        // A prime that divides both leading coefficients may lose terms of the result.
        if lead_p == 0
            || x.first().map(|t| t.0) != Some(a_lead.mono)
            || y.first().map(|t| t.0) != Some(b_lead.mono)
        {
            continue;
        }
        let monomials: Vec<u128> = residues.iter().map(|known| known.0).collect();
        let found = search.gcd_like(&x, &y, nvars - 1, &monomials);
        steps = search.steps;
        let Some(found) = found? else { continue };
        let found: Image = found.into_iter().map(|(m, c)| (m, search.field.mul(c, lead_p))).collect();
        if found.first().is_some_and(|t| t.0 == 0) {
            return Ok(Some(Poly::one(nvars)));
        }
        // The image of an unlucky prime has too large a leading monomial.
        let order = residues.first().map(|known| known.0.cmp(&found[0].0));
        match order {
            Some(std::cmp::Ordering::Less) => continue,
            Some(std::cmp::Ordering::Greater) | None => {
                residues = found.into_iter().map(|(m, c)| (m, BigInt::from(c))).collect();
                modulus = BigInt::from(p);
            }
            Some(std::cmp::Ordering::Equal) => {
                let changed = combine(&mut residues, &modulus, &found, search.field);
                modulus *= p;
                if changed {
                    continue;
                }
            }
        }
        let half = &modulus >> 1;
        let terms: Vec<Term<u128>> = residues
            .iter()
            .filter(|(_, c)| *c != BigInt::ZERO)
            .map(|(mono, c)| Term {
                mono: *mono,
                coeff: Int::from_big(if *c > half { c - &modulus } else { c.clone() }),
            })
            .collect();
        let candidate = Poly::from_sorted(nvars, Int::ONE, terms).primitive();
        if a.div_exact(&candidate)?.is_some() && b.div_exact(&candidate)?.is_some() {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// The value modulo a prime.
pub(super) fn residue(value: &Int, p: u64) -> u64 {
    match value {
        Int::Small(word) => word.rem_euclid(p as i64) as u64,
        Int::Big(value) => value.mod_floor(&BigInt::from(p)).to_u64().unwrap_or(0),
    }
}

fn image(terms: &[Term<u128>], p: u64) -> Image {
    terms.iter().map(|term| (term.mono, residue(&term.coeff, p))).filter(|term| term.1 != 0).collect()
}

/// Chinese remaindering of the residues known with those modulo one more prime; whether a symmetric residue changed.
fn combine(known: &mut Vec<(u128, BigInt)>, modulus: &BigInt, found: &Image, field: Field) -> bool {
    let p = BigInt::from(field.p);
    let inverse = field.inverse(modulus.mod_floor(&p).to_u64().unwrap_or(1));
    let half = modulus >> 1;
    let mut merged = Vec::with_capacity(known.len());
    let mut changed = false;
    let (mut old, mut new) = (std::mem::take(known).into_iter().peekable(), found.iter().peekable());
    loop {
        let mono = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) => a.0.max(b.0),
            (Some(a), None) => a.0,
            (None, Some(b)) => b.0,
            (None, None) => break,
        };
        let before = old.next_if(|term| term.0 == mono).map_or(BigInt::ZERO, |term| term.1);
        let target = new.next_if(|term| term.0 == mono).map_or(0, |term| term.1);
        // In the symmetric range, so that a small negative number needs no further correction.
        let before = if before > half { before - modulus } else { before };
        let before_p = before.mod_floor(&p).to_u64().unwrap_or(0);
        let step = field.mul(field.sub(target, before_p), inverse);
        changed |= step != 0;
        let after: BigInt = before + modulus * step;
        merged.push((mono, after.mod_floor(&(modulus * &p))));
    }
    *known = merged;
    changed
}

/// What all images of one problem modulo one prime have in common.
pub(super) struct Search {
    pub(super) field: Field,
    /// The width of a field of a packed monomial.
    pub(super) field_bits: u32,
    /// Coefficient products so far.
    pub(super) steps: u64,
    /// Of the sequence of random numbers, not zero.
    pub(super) state: u64,
}

impl Search {
    pub(super) fn count(&mut self, steps: u64) -> Result<(), PolyError> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > IMAGE_STEPS_MAX {
            return Err(PolyError::TooManySteps { what: "a greatest common divisor", max: IMAGE_STEPS_MAX });
        }
        Ok(())
    }

    pub(super) fn gcd_dense(&mut self, a: &[u64], b: &[u64]) -> Result<Dense, PolyError> {
        self.count((a.len() as u64 + 1) * (b.len() as u64 + 1))?;
        Ok(self.field.gcd(a, b))
    }

    /// The same as [`Search::gcd`], where another image had these monomials, if any.
    fn gcd_like(
        &mut self,
        a: &Image,
        b: &Image,
        last: usize,
        monomials: &[u128],
    ) -> Result<Option<Image>, PolyError> {
        if last > 0
            && !monomials.is_empty()
            && let Some(found) = self.interpolate(a, b, last, monomials)?
        {
            return Ok(Some(found));
        }
        self.gcd(a, b, last)
    }

    /// The monic greatest common divisor in the variables `0..=last` of polynomials that are not zero; `None` where the
    /// field has too few lucky points.
    fn gcd(&mut self, a: &Image, b: &Image, last: usize) -> Result<Option<Image>, PolyError> {
        let (a, b) = (self.rows(a), self.rows(b));
        if last == 0 {
            let gcd = self.gcd_dense(&a[0].1, &b[0].1)?;
            return Ok(Some(self.image(vec![(0, gcd)])));
        }
        let (a, a_content) = self.primitive(a)?;
        let (b, b_content) = self.primitive(b)?;
        let content = self.gcd_dense(&a_content, &b_content)?;
        let lead = self.gcd_dense(&a[0].1, &b[0].1)?;
        let degree = |rows: &[Row]| rows.iter().map(|row| row.1.len() - 1).max().unwrap_or(0);
        let points_needed = degree(&a).min(degree(&b)) + lead.len();
        let field = self.field;
        // Newton's interpolation: `known` has the values of `lead` times the divisor at the roots of `nodes`.
        let mut known: Vec<Row> = Vec::new();
        let mut nodes: Dense = vec![1];
        for point in 1..field.p {
            self.count((a.len() + b.len()) as u64)?;
            let lead_value = field.value(&lead, point);
            let (x, y) = (self.at(&a, point), self.at(&b, point));
            if lead_value == 0
                || x.first().map(|t| t.0) != Some(a[0].0)
                || y.first().map(|t| t.0) != Some(b[0].0)
            {
                continue;
            }
            let monomials: Vec<u128> = known.iter().map(|row| row.0).collect();
            let Some(found) = self.gcd_like(&x, &y, last - 1, &monomials)? else { return Ok(None) };
            if found[0].0 == 0 {
                // The primitive parts are coprime.
                return Ok(Some(self.image(vec![(0, content)])));
            }
            match known.first().map(|row| row.0.cmp(&found[0].0)) {
                Some(std::cmp::Ordering::Less) => continue,
                Some(std::cmp::Ordering::Greater) => {
                    known.clear();
                    nodes = vec![1];
                }
                _ => {}
            }
            let scale = field.inverse(field.value(&nodes, point));
            known = self.interpolated(known, &nodes, &found, point, lead_value, scale)?;
            nodes = field.poly_mul(&nodes, &[field.p - point, 1]);
            if nodes.len() > points_needed {
                let (mut rows, _) = self.primitive(known)?;
                for row in &mut rows {
                    row.1 = field.poly_mul(&row.1, &content);
                }
                let scale = rows[0].1.last().map_or(1, |&lead| field.inverse(lead));
                for row in &mut rows {
                    row.1 = field.scale(&row.1, scale);
                }
                return Ok(Some(self.image(rows)));
            }
        }
        Ok(None)
    }

    /// `known + nodes * (lead * found - known(point)) / nodes(point)`.
    fn interpolated(
        &mut self,
        known: Vec<Row>,
        nodes: &[u64],
        found: &Image,
        point: u64,
        lead: u64,
        scale: u64,
    ) -> Result<Vec<Row>, PolyError> {
        let field = self.field;
        let mut merged: Vec<Row> = Vec::with_capacity(known.len().max(found.len()));
        let (mut old, mut new) = (known.into_iter().peekable(), found.iter().peekable());
        loop {
            let mono = match (old.peek(), new.peek()) {
                (Some(a), Some(b)) => a.0.max(b.0),
                (Some(a), None) => a.0,
                (None, Some(b)) => b.0,
                (None, None) => break,
            };
            let mut row = old.next_if(|row| row.0 == mono).map_or_else(Vec::new, |row| row.1);
            let target = new.next_if(|term| term.0 == mono).map_or(0, |term| field.mul(term.1, lead));
            let step = field.mul(field.sub(target, field.value(&row, point)), scale);
            if step != 0 {
                row.resize(row.len().max(nodes.len()), 0);
                for (to, &node) in row.iter_mut().zip(nodes) {
                    *to = field.add(*to, field.mul(step, node));
                }
                row = Field::trim(row);
            }
            self.steps += nodes.len() as u64;
            if !row.is_empty() {
                merged.push((mono, row));
            }
        }
        self.count(0)?;
        Ok(merged)
    }

    /// Grouped by all variables but the last.
    fn rows(&self, terms: &Image) -> Vec<Row> {
        let mask = u128::MAX >> (128 - self.field_bits);
        let mut rows: Vec<Row> = Vec::new();
        for &(mono, coeff) in terms {
            let (upper, exponent) = (mono.checked_shr(self.field_bits).unwrap_or(0), (mono & mask) as usize);
            if rows.last().is_none_or(|row| row.0 != upper) {
                rows.push((upper, vec![0; exponent + 1]));
            }
            if let Some(row) = rows.last_mut() {
                row.1[exponent] = coeff;
            }
        }
        rows
    }

    fn image(&self, rows: Vec<Row>) -> Image {
        let mut terms = Vec::new();
        for (mono, row) in rows {
            let upper = mono << self.field_bits;
            let of_row = row.iter().enumerate().rev().filter(|&(_, &c)| c != 0);
            terms.extend(of_row.map(|(exponent, &coeff)| (upper | exponent as u128, coeff)));
        }
        terms
    }

    /// The values of all rows at a point, as a polynomial in the other variables.
    fn at(&mut self, rows: &[Row], point: u64) -> Image {
        self.steps += rows.iter().map(|row| row.1.len() as u64).sum::<u64>();
        rows.iter().map(|row| (row.0, self.field.value(&row.1, point))).filter(|term| term.1 != 0).collect()
    }

    /// The rows over their greatest common divisor, and that.
    fn primitive(&mut self, mut rows: Vec<Row>) -> Result<(Vec<Row>, Dense), PolyError> {
        let mut content: Dense = Vec::new();
        for row in &rows {
            content = self.gcd_dense(&content, &row.1)?;
            if content.len() == 1 {
                return Ok((rows, content));
            }
        }
        for row in &mut rows {
            row.1 = self.field.div_rem(&row.1, &content).0;
        }
        Ok((rows, content))
    }
}
