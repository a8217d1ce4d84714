//! What is known of a value whatever the unknowns are: possible signs, wholeness, definedness.
//!
//! Facts are computed once, when a term is made, from the facts of its operands. They are what lets a term be simplified on
//! construction without ever changing where it is defined.

use crate::number::Number;

/// A set of facts. The three sign bits say which signs are *possible* where the value is defined.
///
/// ```
/// use braid_symbolic::{Scalar, vars};
/// let (x, y) = vars!(x, y > 0);
/// let facts = (x * x + y).facts();
/// assert!(facts.is_positive() && facts.is_total());
/// assert!(!y.minus(&x).log().facts().is_total());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Facts(u8);

impl Facts {
    /// May be negative.
    pub const NEG: Facts = Facts(1);
    /// May be zero.
    pub const ZERO: Facts = Facts(2);
    /// May be positive.
    pub const POS: Facts = Facts(4);
    /// Any sign is possible.
    pub const REAL: Facts = Facts(7);
    /// Whole wherever defined.
    pub const INTEGER: Facts = Facts(8);
    /// Defined (and finite) for all values that the unknowns may have.
    pub const TOTAL: Facts = Facts(16);
    /// A truth value; 0 is false, 1 is true.
    pub const BOOL: Facts = Facts(32);

    /// From bits.
    ///
    /// ```
    /// use braid_symbolic::facts::Facts;
    /// assert_eq!(Facts::from_bits(Facts::POS.bits()), Facts::POS);
    /// ```
    pub const fn from_bits(bits: u8) -> Facts {
        Facts(bits)
    }

    /// The bits.
    ///
    /// ```
    /// use braid_symbolic::facts::Facts;
    /// assert_eq!(Facts::NEG.with(Facts::ZERO).bits(), 3);
    /// ```
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Both sets of bits.
    ///
    /// ```
    /// use braid_symbolic::facts::Facts;
    /// assert!(Facts::POS.with(Facts::ZERO).is_nonnegative());
    /// ```
    pub const fn with(self, other: Facts) -> Facts {
        Facts(self.0 | other.0)
    }

    /// This where `condition` holds, else nothing.
    ///
    /// ```
    /// use braid_symbolic::facts::Facts;
    /// assert!(!Facts::TOTAL.when(false).is_total());
    /// ```
    pub const fn when(self, condition: bool) -> Facts {
        if condition { self } else { Facts(0) }
    }

    /// The possible signs.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar, facts::Facts};
    /// assert_eq!(Expr::var("x").exp().facts().signs(), Facts::POS.bits());
    /// ```
    pub const fn signs(self) -> u8 {
        self.0 & 7
    }

    /// Whether all of these bits are set.
    ///
    /// ```
    /// use braid_symbolic::facts::Facts;
    /// assert!(Facts::POS.with(Facts::INTEGER).has(Facts::INTEGER));
    /// ```
    pub const fn has(self, other: Facts) -> bool {
        self.0 & other.0 == other.0
    }

    /// Never zero where defined.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// let x = Expr::var("x");
    /// assert!(x.exp().facts().is_nonzero() && !x.facts().is_nonzero());
    /// ```
    pub const fn is_nonzero(self) -> bool {
        self.0 & 2 == 0
    }

    /// Never negative where defined.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert!(Expr::var("x").pow(2).facts().is_nonnegative());
    /// ```
    pub const fn is_nonnegative(self) -> bool {
        self.0 & 1 == 0
    }

    /// Always above zero where defined.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert!((Expr::var("x").pow(2) + 1).facts().is_positive());
    /// ```
    pub const fn is_positive(self) -> bool {
        self.0 & 3 == 0
    }

    /// Always below zero where defined.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert!((-Expr::var("x").pow(2) - 1).facts().is_negative());
    /// ```
    pub const fn is_negative(self) -> bool {
        self.0 & 6 == 0
    }

    /// Whole wherever defined.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert!((Expr::var("x").floor() * 2 + 1).facts().is_integer());
    /// ```
    pub const fn is_integer(self) -> bool {
        self.0 & 8 != 0
    }

    /// Defined everywhere.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// let x = Expr::var("x");
    /// assert!(x.sin().facts().is_total() && !x.log().facts().is_total());
    /// ```
    pub const fn is_total(self) -> bool {
        self.0 & 16 != 0
    }

    /// A truth value.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar, syntax::parse};
    /// assert!(parse::<Expr>("x < y").unwrap().facts().is_bool());
    /// ```
    pub const fn is_bool(self) -> bool {
        self.0 & 32 != 0
    }

    /// The facts of a constant.
    ///
    /// ```
    /// use braid_symbolic::{Number, facts::Facts};
    /// assert!(Facts::of_number(&Number::int(-2)).is_negative());
    /// ```
    pub fn of_number(n: &Number) -> Facts {
        let sign = match n.signum() {
            -1 => Facts::NEG,
            0 => Facts::ZERO,
            _ => Facts::POS,
        };
        sign.with(Facts::TOTAL).with(Facts::INTEGER.when(n.is_integer()))
    }

    /// The facts of a sum.
    ///
    /// ```
    /// use braid_symbolic::facts::Facts;
    /// assert!(Facts::POS.add(Facts::POS.with(Facts::ZERO)).is_positive());
    /// assert_eq!(Facts::POS.add(Facts::NEG).signs(), 7);
    /// ```
    #[expect(clippy::should_implement_trait, reason = "what is known of a result is not the result")]
    pub fn add(self, other: Facts) -> Facts {
        let (a, b) = (self.0, other.0);
        let mut signs = 0;
        if (a & 2 != 0) && (b & 2 != 0) {
            signs |= 2;
        }
        if a & 4 != 0 && b & 6 != 0 || b & 4 != 0 && a & 6 != 0 {
            signs |= 4;
        }
        if a & 1 != 0 && b & 3 != 0 || b & 1 != 0 && a & 3 != 0 {
            signs |= 1;
        }
        if a & 4 != 0 && b & 1 != 0 || a & 1 != 0 && b & 4 != 0 {
            signs |= 7;
        }
        Facts(signs | a & b & (8 | 16))
    }

    /// The facts of a product.
    ///
    /// ```
    /// use braid_symbolic::facts::Facts;
    /// assert!(Facts::POS.mul(Facts::NEG).is_negative());
    /// ```
    #[expect(clippy::should_implement_trait, reason = "what is known of a result is not the result")]
    pub fn mul(self, other: Facts) -> Facts {
        let (a, b) = (self.0, other.0);
        let mut signs = 0;
        if a & 2 != 0 && b & 7 != 0 || b & 2 != 0 && a & 7 != 0 {
            signs |= 2;
        }
        if a & 4 != 0 && b & 4 != 0 || a & 1 != 0 && b & 1 != 0 {
            signs |= 4;
        }
        if a & 4 != 0 && b & 1 != 0 || a & 1 != 0 && b & 4 != 0 {
            signs |= 1;
        }
        Facts(signs | a & b & (8 | 16))
    }

    /// The signs of bases for which a power by this constant exponent is defined.
    ///
    /// ```
    /// use braid_symbolic::{Number, facts::Facts};
    /// assert_eq!(Facts::power_domain(&Number::int(2)), 7); // everywhere
    /// assert_eq!(Facts::power_domain(&Number::HALF), 6); // zero and above
    /// assert_eq!(Facts::power_domain(&Number::MINUS_ONE), 5); // but for zero
    /// ```
    pub fn power_domain(exponent: &Number) -> u8 {
        match (exponent.is_integer(), exponent.signum() < 0) {
            (true, false) => 7,
            (true, true) => 5,
            (false, false) => 6,
            (false, true) => 4,
        }
    }

    /// The facts of a power; `constant` is the exponent where it is known.
    ///
    /// ```
    /// use braid_symbolic::{Number, facts::Facts};
    /// let (real, two) = (Facts::REAL.with(Facts::TOTAL), Number::TWO);
    /// assert!(real.pow(Facts::of_number(&two), Some(&two)).is_nonnegative());
    /// ```
    pub fn pow(self, exponent: Facts, constant: Option<&Number>) -> Facts {
        let total = self.is_total() && exponent.is_total();
        let Some(n) = constant else {
            let signs = if self.is_positive() { Facts::POS } else { Facts::REAL };
            let whole = self.is_integer() && exponent.is_integer() && exponent.is_nonnegative();
            let defined = self.is_positive()
                || exponent.is_integer() && (self.is_nonzero() || exponent.is_nonnegative())
                || self.is_nonnegative() && exponent.is_nonnegative();
            return signs.with(Facts::INTEGER.when(whole)).with(Facts::TOTAL.when(total && defined));
        };
        let domain = Facts::power_domain(n);
        let base = self.signs() & domain;
        let defined = self.signs() & !domain == 0;
        let signs = if n.is_zero() {
            4 * (base != 0) as u8
        } else if n.is_integer() && !n.is_even() {
            base
        } else {
            (base & 2) | if base & 5 != 0 { 4 } else { 0 }
        };
        let whole = self.is_integer() && n.is_integer() && !n.is_negative();
        Facts(signs).with(Facts::INTEGER.when(whole)).with(Facts::TOTAL.when(total && defined))
    }
}
