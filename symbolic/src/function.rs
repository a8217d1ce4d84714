//! Functions registered by the user: opaque names with a number of arguments, and as much as is known of them.

use crate::facts::Facts;
use crate::symbol::Symbol;
use crate::tape::Callback;
use crate::term::Expr;
use std::fmt;
use std::sync::{Arc, LazyLock, RwLock};

/// A handle to a registered function.
///
/// ```
/// use braid_symbolic::{Expr, FunctionSpec, Scalar};
/// let half = FunctionSpec::new("half", &["a"]).value(|a| a[0] / 2.0).register();
/// assert_eq!(Expr::call(half, &[Expr::var("x")]).to_string(), "half(x)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Function(u32);

/// What is known of a registered function.
///
/// ```
/// use braid_symbolic::{Expr, FunctionSpec, Scalar, Symbol, lower, syntax::parse, vars};
/// let a = vars!(a);
/// FunctionSpec::new("cube", &["a"]).derivative(0, 3 * a * a).value(|a| a[0].powi(3)).total().register();
/// let e: Expr = parse("cube(x) + 1").unwrap();
/// let tape = lower::lower(&[e], &[Symbol::real("x")], &lower::Options::default()).unwrap();
/// let mut out = [0.0];
/// tape.eval(&[2.0], &mut out);
/// assert_eq!(out, [9.0]);
/// ```
#[derive(Clone)]
pub struct FunctionSpec {
    /// The name in text.
    pub name: String,
    /// The formal arguments, over which the derivatives are written.
    pub parameters: Vec<Symbol>,
    /// The derivative by each argument; `None` where nobody has said what it is.
    pub derivatives: Vec<Option<Expr>>,
    /// Possible signs of the value, wholeness, and whether it is defined everywhere.
    pub facts: Facts,
    /// The value.
    pub value: Option<Callback>,
    /// Cost in CPU cycles per call.
    pub cycles: f64,
}

static TABLE: LazyLock<RwLock<Vec<Arc<FunctionSpec>>>> = LazyLock::new(|| RwLock::new(Vec::new()));

impl FunctionSpec {
    /// A function of which nothing is known but its name and its formal arguments.
    ///
    /// ```
    /// use braid_symbolic::FunctionSpec;
    /// assert_eq!(FunctionSpec::new("area", &["width", "height"]).parameters.len(), 2);
    /// ```
    pub fn new(name: &str, parameters: &[&str]) -> FunctionSpec {
        FunctionSpec {
            name: name.to_string(),
            parameters: parameters.iter().map(|p| Symbol::real(p)).collect(),
            derivatives: vec![None; parameters.len()],
            facts: Facts::REAL,
            value: None,
            cycles: 50.0,
        }
    }

    /// Gives the derivative by an argument, over the formal arguments.
    ///
    /// ```
    /// use braid_symbolic::{Expr, FunctionSpec, Scalar, Symbol, calculus::derivative};
    /// let f = FunctionSpec::new("squared", &["u"]).derivative(0, 2 * Expr::var("u")).register();
    /// let slope = derivative(&Expr::call(f, &[Expr::var("x") * 3]), Symbol::real("x")).unwrap();
    /// assert_eq!(slope.to_string(), "18*x");
    /// ```
    pub fn derivative(mut self, argument: usize, derivative: Expr) -> FunctionSpec {
        if let Some(place) = self.derivatives.get_mut(argument) {
            *place = Some(derivative);
        }
        self
    }

    /// Gives the function that computes the value.
    ///
    /// ```
    /// use braid_symbolic::{Expr, FunctionSpec, Scalar, walk};
    /// let f = FunctionSpec::new("hypotenuse", &["a", "b"]).value(|a| a[0].hypot(a[1])).register();
    /// assert_eq!(walk::eval(&Expr::call(f, &[3.into(), 4.into()]), |_| None), 5.0);
    /// ```
    pub fn value(mut self, call: impl Fn(&[f64]) -> f64 + Send + Sync + 'static) -> FunctionSpec {
        let (name, arity) = (self.name.as_str().into(), self.parameters.len());
        self.value = Some(Callback { name, arity, call: Arc::new(call) });
        self
    }

    /// Promises that the function is defined for all real arguments.
    ///
    /// ```
    /// use braid_symbolic::{Expr, FunctionSpec, Scalar};
    /// let f = FunctionSpec::new("bump", &["a"]).total().register();
    /// let call = Expr::call(f, &[Expr::var("x")]);
    /// assert_eq!((call - call).to_string(), "0"); // else it would be 0*bump(x)
    /// ```
    pub fn total(mut self) -> FunctionSpec {
        self.facts = self.facts.with(Facts::TOTAL);
        self
    }

    /// Says what a call costs, in CPU cycles.
    ///
    /// ```
    /// use braid_symbolic::{Expr, FunctionSpec, Scalar, cost};
    /// let f = FunctionSpec::new("costly", &["a"]).cycles(500.0).register();
    /// assert!(cost::of(&[Expr::call(f, &[Expr::var("x")])]) >= 500.0);
    /// ```
    pub fn cycles(mut self, cycles: f64) -> FunctionSpec {
        self.cycles = cycles;
        self
    }

    /// Registers the function for the life of the process. A later function of the same name hides this one from
    /// [`Function::named`]; terms made before keep what they were made with.
    ///
    /// ```
    /// use braid_symbolic::{Function, FunctionSpec};
    /// let f = FunctionSpec::new("registered", &["a"]).register();
    /// assert_eq!(Function::named("registered"), Some(f));
    /// ```
    pub fn register(self) -> Function {
        let mut table = TABLE.write().unwrap_or_else(|e| e.into_inner());
        table.push(Arc::new(self));
        Function(u32::try_from(table.len() - 1).expect("fewer than 2^32 functions"))
    }
}

impl Function {
    /// The function registered last under this name.
    ///
    /// ```
    /// use braid_symbolic::Function;
    /// assert!(Function::named("nobody registered this").is_none());
    /// ```
    pub fn named(name: &str) -> Option<Function> {
        let table = TABLE.read().unwrap_or_else(|e| e.into_inner());
        table.iter().rposition(|f| f.name == name).map(|at| Function(at as u32))
    }

    /// What is known of it.
    ///
    /// ```
    /// use braid_symbolic::FunctionSpec;
    /// let f = FunctionSpec::new("told", &["a"]).register();
    /// assert_eq!(f.spec().name, "told");
    /// ```
    pub fn spec(self) -> Arc<FunctionSpec> {
        TABLE.read().unwrap_or_else(|e| e.into_inner())[self.0 as usize].clone()
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.spec().name)
    }
}
