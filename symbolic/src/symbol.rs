//! Symbols: named unknowns with assumptions about their values.

use crate::facts::Facts;
use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, RwLock};

/// A named unknown. Symbols are the same if their names and assumptions are the same.
///
/// ```
/// use braid_symbolic::{Assumptions, Symbol};
/// assert_eq!(Symbol::real("x"), Symbol::real("x"));
/// assert_ne!(Symbol::real("x"), Symbol::new("x", Assumptions::POSITIVE));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

/// What is assumed of an unknown. Every unknown is a finite real number, or a `bool`.
///
/// ```
/// use braid_symbolic::Assumptions;
/// let counter = Assumptions::INTEGER.and(Assumptions::NONNEGATIVE);
/// assert!(counter.facts().is_integer() && counter.facts().is_nonnegative());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Assumptions(Facts);

impl Assumptions {
    /// A real number.
    pub const REAL: Assumptions = Assumptions(Facts::REAL.with(Facts::TOTAL));
    /// Above zero.
    pub const POSITIVE: Assumptions = Assumptions(Facts::POS.with(Facts::TOTAL));
    /// Zero or above.
    pub const NONNEGATIVE: Assumptions = Assumptions(Facts::POS.with(Facts::ZERO).with(Facts::TOTAL));
    /// Below zero.
    pub const NEGATIVE: Assumptions = Assumptions(Facts::NEG.with(Facts::TOTAL));
    /// Zero or below.
    pub const NONPOSITIVE: Assumptions = Assumptions(Facts::NEG.with(Facts::ZERO).with(Facts::TOTAL));
    /// Not zero.
    pub const NONZERO: Assumptions = Assumptions(Facts::NEG.with(Facts::POS).with(Facts::TOTAL));
    /// A whole number.
    pub const INTEGER: Assumptions = Assumptions(Facts::REAL.with(Facts::TOTAL).with(Facts::INTEGER));
    /// A truth value.
    pub const BOOL: Assumptions =
        Assumptions(Facts::BOOL.with(Facts::ZERO).with(Facts::POS).with(Facts::TOTAL));

    /// Nothing, not even that there is a value: what a slot of a pattern may stand for.
    pub(crate) const PARTIAL: Assumptions = Assumptions(Facts::REAL);

    /// Both assumptions together.
    ///
    /// ```
    /// use braid_symbolic::{Assumptions, Symbol};
    /// let n = Symbol::new("n", Assumptions::INTEGER.and(Assumptions::POSITIVE));
    /// assert!(n.facts().is_integer() && n.facts().is_positive());
    /// ```
    pub fn and(self, other: Assumptions) -> Assumptions {
        let signs = self.0.signs() & other.0.signs();
        let rest = (self.0.bits() | other.0.bits()) & !Facts::REAL.bits();
        Assumptions(Facts::from_bits(signs | rest))
    }

    /// What these facts say of a value.
    pub(crate) fn of_facts(facts: Facts) -> Assumptions {
        Assumptions(facts)
    }

    /// As facts about the value.
    ///
    /// ```
    /// use braid_symbolic::Assumptions;
    /// assert!(Assumptions::NONZERO.facts().is_nonzero());
    /// ```
    pub fn facts(self) -> Facts {
        self.0
    }
}

struct Table {
    symbols: Vec<(&'static str, Assumptions)>,
    ids: HashMap<(&'static str, Assumptions), Symbol>,
}

static TABLE: LazyLock<RwLock<Table>> =
    LazyLock::new(|| RwLock::new(Table { symbols: Vec::new(), ids: HashMap::new() }));

impl Symbol {
    /// The real unknown of this name.
    ///
    /// ```
    /// use braid_symbolic::{Assumptions, Symbol};
    /// assert_eq!(Symbol::real("x").assumptions(), Assumptions::REAL);
    /// ```
    pub fn real(name: &str) -> Symbol {
        Symbol::new(name, Assumptions::REAL)
    }

    /// The unknown of this name, of which this is assumed.
    ///
    /// ```
    /// use braid_symbolic::{Assumptions, Expr, Scalar, Symbol};
    /// let t = Expr::symbol(Symbol::new("t", Assumptions::POSITIVE));
    /// assert_eq!((t / t, t.abs()), (Expr::int(1), t));
    /// ```
    pub fn new(name: &str, assumptions: Assumptions) -> Symbol {
        let read = TABLE.read().unwrap_or_else(|e| e.into_inner());
        if let Some(&symbol) = read.ids.get(&(name, assumptions)) {
            return symbol;
        }
        drop(read);
        let mut table = TABLE.write().unwrap_or_else(|e| e.into_inner());
        if let Some(&symbol) = table.ids.get(&(name, assumptions)) {
            return symbol;
        }
        // Names live as long as the process, as terms do.
        let name: &'static str = Box::leak(name.to_string().into_boxed_str());
        let symbol = Symbol(u32::try_from(table.symbols.len()).expect("fewer than 2^32 symbols"));
        table.symbols.push((name, assumptions));
        table.ids.insert((name, assumptions), symbol);
        symbol
    }

    /// The name.
    ///
    /// ```
    /// assert_eq!(braid_symbolic::Symbol::real("x").name(), "x");
    /// ```
    pub fn name(self) -> &'static str {
        TABLE.read().unwrap_or_else(|e| e.into_inner()).symbols[self.0 as usize].0
    }

    /// What is assumed of the value.
    ///
    /// ```
    /// use braid_symbolic::{Assumptions, Symbol};
    /// assert_eq!(Symbol::new("n", Assumptions::INTEGER).assumptions(), Assumptions::INTEGER);
    /// ```
    pub fn assumptions(self) -> Assumptions {
        TABLE.read().unwrap_or_else(|e| e.into_inner()).symbols[self.0 as usize].1
    }

    /// The facts that follow from the assumptions.
    ///
    /// ```
    /// use braid_symbolic::{Assumptions, Symbol};
    /// assert!(Symbol::new("t", Assumptions::NONNEGATIVE).facts().is_nonnegative());
    /// ```
    pub fn facts(self) -> Facts {
        self.assumptions().facts()
    }
}

/// What stands for an unknown: a [`Symbol`], or an expression that is one.
///
/// ```
/// use braid_symbolic::{Symbol, Unknown, vars};
/// let x = vars!(x);
/// assert_eq!(x.unknown(), Some(Symbol::real("x")));
/// assert_eq!((x + 1).unknown(), None);
/// ```
pub trait Unknown: Copy + fmt::Display {
    /// The unknown; `None` of an expression that is more than one.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, Unknown};
    /// assert_eq!(Expr::var("x").unknown(), Some(Symbol::real("x")));
    /// assert_eq!(Expr::int(1).unknown(), None);
    /// ```
    fn unknown(self) -> Option<Symbol>;
}

impl Unknown for Symbol {
    fn unknown(self) -> Option<Symbol> {
        Some(self)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
