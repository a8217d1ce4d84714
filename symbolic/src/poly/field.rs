//! Polynomials in one variable over a prime field, dense.

/// The integers modulo a prime below `2^31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) p: u64,
}

/// Coefficients from the lowest power up, the last not zero; empty for zero.
pub(super) type Dense = Vec<u64>;

impl Field {
    pub(super) fn add(self, a: u64, b: u64) -> u64 {
        let sum = a + b;
        if sum >= self.p { sum - self.p } else { sum }
    }

    pub(super) fn sub(self, a: u64, b: u64) -> u64 {
        if a >= b { a - b } else { a + self.p - b }
    }

    pub(super) fn mul(self, a: u64, b: u64) -> u64 {
        a * b % self.p
    }

    pub(super) fn pow(self, base: u64, mut exponent: u64) -> u64 {
        let (mut power, mut result) = (base % self.p, 1 % self.p);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.mul(result, power);
            }
            power = self.mul(power, power);
            exponent >>= 1;
        }
        result
    }

    /// The inverse of what is not zero, by Fermat's little theorem.
    pub(super) fn inverse(self, a: u64) -> u64 {
        self.pow(a, self.p - 2)
    }

    pub(super) fn trim(mut a: Dense) -> Dense {
        while a.last() == Some(&0) {
            a.pop();
        }
        a
    }

    pub(super) fn poly_sub(self, a: &[u64], b: &[u64]) -> Dense {
        let at = |poly: &[u64], i: usize| poly.get(i).copied().unwrap_or(0);
        Field::trim((0..a.len().max(b.len())).map(|i| self.sub(at(a, i), at(b, i))).collect())
    }

    pub(super) fn scale(self, a: &[u64], factor: u64) -> Dense {
        Field::trim(a.iter().map(|&c| self.mul(c, factor)).collect())
    }

    /// The polynomial over its leading coefficient.
    pub(super) fn monic(self, a: &[u64]) -> Dense {
        match a.last() {
            Some(&lead) if lead != 1 => self.scale(a, self.inverse(lead)),
            _ => a.to_vec(),
        }
    }

    /// Adds a multiple of a row of residues to sums that are reduced later.
    pub(super) fn accumulate(self, sums: &mut [u64], factor: u64, row: &[u64]) {
        if self.p < 1 << 16 {
            // Products are below 2^32, and no polynomial is as long as 2^32.
            for (sum, &c) in sums.iter_mut().zip(row) {
                *sum += (factor as u32 as u64) * (c as u32 as u64);
            }
            return;
        }
        // Kept below the square of the prime, so that a product costs a subtraction and not a division.
        let square = self.p * self.p;
        for (sum, &c) in sums.iter_mut().zip(row) {
            let next = *sum + factor * c;
            *sum = if next >= square { next - square } else { next };
        }
    }

    pub(super) fn poly_mul(self, a: &[u64], b: &[u64]) -> Dense {
        if a.is_empty() || b.is_empty() {
            return Vec::new();
        }
        let mut product = vec![0u64; a.len() + b.len() - 1];
        for (i, &x) in a.iter().enumerate().filter(|&(_, &x)| x != 0) {
            self.accumulate(&mut product[i..], x, b);
        }
        product.iter_mut().for_each(|c| *c %= self.p);
        Field::trim(product)
    }

    /// Quotient and remainder by what is not zero.
    pub(super) fn div_rem(self, a: &[u64], b: &[u64]) -> (Dense, Dense) {
        let (Some(&lead), Some(length)) = (b.last(), (a.len() + 1).checked_sub(b.len())) else {
            return (Vec::new(), a.to_vec());
        };
        let inverse = if lead == 1 { 1 } else { self.inverse(lead) };
        let mut rest = a.to_vec();
        let mut quotient = vec![0; length];
        for i in (0..length).rev() {
            let step = self.mul(rest[i + b.len() - 1] % self.p, inverse);
            quotient[i] = step;
            if step != 0 {
                self.accumulate(&mut rest[i..], self.p - step, b);
            }
        }
        rest.truncate(b.len() - 1);
        rest.iter_mut().for_each(|c| *c %= self.p);
        (Field::trim(quotient), Field::trim(rest))
    }

    pub(super) fn rem(self, a: &[u64], b: &[u64]) -> Dense {
        self.div_rem(a, b).1
    }

    /// The monic greatest common divisor.
    pub(super) fn gcd(self, a: &[u64], b: &[u64]) -> Dense {
        let (mut a, mut b) = (a.to_vec(), b.to_vec());
        while !b.is_empty() {
            let rest = self.rem(&a, &b);
            a = std::mem::replace(&mut b, rest);
        }
        self.monic(&a)
    }

    /// Of coprime polynomials, `s` and `t` with `s a + t b = 1`.
    pub(super) fn bezout(self, a: &[u64], b: &[u64]) -> (Dense, Dense) {
        let (mut r, mut next_r) = (a.to_vec(), b.to_vec());
        let (mut s, mut next_s): (Dense, Dense) = (vec![1], Vec::new());
        let (mut t, mut next_t): (Dense, Dense) = (Vec::new(), vec![1]);
        while !next_r.is_empty() {
            let (quotient, rest) = self.div_rem(&r, &next_r);
            let after_s = self.poly_sub(&s, &self.poly_mul(&quotient, &next_s));
            let after_t = self.poly_sub(&t, &self.poly_mul(&quotient, &next_t));
            r = std::mem::replace(&mut next_r, rest);
            s = std::mem::replace(&mut next_s, after_s);
            t = std::mem::replace(&mut next_t, after_t);
        }
        let inverse = r.last().map_or(1, |&lead| self.inverse(lead));
        (self.scale(&s, inverse), self.scale(&t, inverse))
    }

    pub(super) fn derivative(self, a: &[u64]) -> Dense {
        Field::trim(a.iter().enumerate().skip(1).map(|(i, &c)| self.mul(i as u64 % self.p, c)).collect())
    }

    pub(super) fn value(self, a: &[u64], at: u64) -> u64 {
        a.iter().rev().fold(0, |value, &c| (value * at + c) % self.p)
    }

    /// The power modulo a polynomial of positive degree.
    pub(super) fn pow_mod(self, base: &[u64], exponent: u64, modulus: &[u64]) -> Dense {
        let mut result: Dense = vec![1];
        let base = self.rem(base, modulus);
        for bit in (0..64 - exponent.leading_zeros()).rev() {
            result = self.rem(&self.poly_mul(&result, &result), modulus);
            if exponent >> bit & 1 == 1 {
                result = self.rem(&self.poly_mul(&result, &base), modulus);
            }
        }
        result
    }
}

/// Whether a number below `2^32` is prime: the strong test to bases 2, 3, 5 and 7 errs first at 3 215 031 751.
pub(super) fn is_prime(n: u64) -> bool {
    for small in [2, 3, 5, 7, 11, 13] {
        if n.is_multiple_of(small) {
            return n == small;
        }
    }
    if n < 17 {
        return false;
    }
    let field = Field { p: n };
    let twos = (n - 1).trailing_zeros();
    [2, 3, 5, 7].iter().all(|&base| {
        let mut power = field.pow(base, (n - 1) >> twos);
        if power == 1 || power == n - 1 {
            return true;
        }
        (1..twos).any(|_| {
            power = field.mul(power, power);
            power == n - 1
        })
    })
}

/// The primes below `2^31`, largest first.
pub(super) fn large_primes() -> impl Iterator<Item = u64> {
    (1..1u64 << 31).rev().step_by(2).filter(|&n| is_prime(n))
}
