//! Reaction networks: BioNetGen's `.net` files to ordinary differential equations by the law of mass action.
//!
//! The format is the one that BioNetGen writes (Faeder, Blinov and Hlavacek, "Rule-based modeling of biochemical systems
//! with BioNetGen", 2009): sections of parameters, functions, species, reactions and groups (observables). Rates may be
//! parameters, expressions or functions of observables; `Sat k K` is the saturating rate law `k/(K + first reactant)`.

use crate::number::Number;
use crate::symbol::Symbol;
use crate::syntax::{Names, SyntaxError, parse_with};
use crate::term::walk;
use crate::term::{Expr, Scalar};
use std::collections::HashMap;

/// A reaction network and its right-hand side.
///
/// ```
/// use braid_symbolic::models::network::Network;
/// let net = Network::parse(
///     "begin parameters\n 1 k 0.5\nend parameters\n\
///      begin species\n 1 A 1.0\n 2 B 0\nend species\n\
///      begin reactions\n 1 1 2 k\nend reactions\n",
/// )
/// .unwrap();
/// assert_eq!(net.rhs[1].to_string(), "k*x1");
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    /// Names of the species, as the file spells them.
    pub species: Vec<String>,
    /// The unknown of each species' amount.
    pub states: Vec<Symbol>,
    /// Initial amounts.
    pub initial: Vec<f64>,
    /// The parameters.
    pub parameters: Vec<Symbol>,
    /// Their values.
    pub values: Vec<f64>,
    /// The time derivative of each species' amount.
    pub rhs: Vec<Expr>,
    /// Number of reactions.
    pub reactions: usize,
}

/// What is wrong with a file, and where.
///
/// ```
/// use braid_symbolic::models::network::Network;
/// let error = Network::parse("begin reactions\n 1 1 2 nobody\nend reactions\n").unwrap_err();
/// assert_eq!(error.line, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct NetworkError {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

/// A line of the file without number, comment and section.
struct Line<'a> {
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    fn fail(&self, message: impl Into<String>) -> NetworkError {
        NetworkError { line: self.number, message: message.into() }
    }

    fn syntax(&self, what: &str, error: &SyntaxError) -> NetworkError {
        self.fail(format!("in {what}: {error}"))
    }
}

impl Network {
    /// Reads a network from the text of a `.net` file.
    ///
    /// ```
    /// use braid_symbolic::models::network::Network;
    /// let text = "begin parameters\n 1 k 2\nend parameters\nbegin species\n 1 A() 1\n 2 B() 0\nend species\n\
    ///             begin reactions\n 1 1 2 k\nend reactions\n";
    /// let network = Network::parse(text).unwrap();
    /// assert_eq!((network.reactions, network.rhs[0].to_string()), (1, "-k*x1".to_string()));
    /// ```
    ///
    /// # Errors
    /// At the first line that is malformed, names what the file does not define, or uses what is not supported.
    pub fn parse(text: &str) -> Result<Network, NetworkError> {
        let sections = sections(text);
        let section = |name: &str| sections.get(name).map_or(&[][..], Vec::as_slice);
        let mut reader = Reader { names: Names::default(), bindings: HashMap::new(), rates: HashMap::new() };
        let (parameters, values) = reader.parameters(section("parameters"))?;
        let (species, states, initial) = reader.species(section("species"), &parameters, &values)?;
        reader.groups(section("groups"), &states)?;
        reader.functions(section("functions"))?;
        let (rhs, reactions) = reader.reactions(section("reactions"), &species, &states)?;
        Ok(Network { species, states, initial, parameters, values, rhs, reactions })
    }

    /// States, then parameters: the inputs of the compiled right-hand side.
    ///
    /// ```
    /// use braid_symbolic::models::network::Network;
    /// let text = "begin parameters\n 1 k 2\nend parameters\nbegin species\n 1 A() 1\nend species\n";
    /// assert_eq!(Network::parse(text).unwrap().inputs().len(), 2); // states, then parameters
    /// ```
    pub fn inputs(&self) -> Vec<Symbol> {
        self.states.iter().chain(&self.parameters).copied().collect()
    }
}

fn sections(text: &str) -> HashMap<&str, Vec<Line<'_>>> {
    let mut found: HashMap<&str, Vec<Line>> = HashMap::new();
    let mut current = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or("").trim();
        if let Some(name) = line.strip_prefix("begin ") {
            current = Some(name.trim());
        } else if line.starts_with("end ") {
            current = None;
        } else if let Some(name) = current
            && !line.is_empty()
        {
            // Entries are numbered; the number is their place and nothing else.
            let text = line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim());
            found.entry(name).or_default().push(Line { number, text });
        }
    }
    found
}

struct Reader {
    /// What expressions may name: parameters, observables, functions.
    names: Names,
    /// What observables and functions stand for.
    bindings: HashMap<String, Expr>,
    rates: HashMap<String, Expr>,
}

type Values = (Vec<Symbol>, Vec<f64>);
type Species = (Vec<String>, Vec<Symbol>, Vec<f64>);

impl Reader {
    fn expression(&self, line: &Line, what: &str, text: &str) -> Result<Expr, NetworkError> {
        // A call without arguments is how the format writes a function's name.
        let text = text.replace("()", "");
        let term: Expr = parse_with(&text, &self.names).map_err(|error| line.syntax(what, &error))?;
        Ok(walk::replace(&term, |t| t.as_symbol().and_then(|s| self.bindings.get(s.name()).copied())))
    }

    fn declare(&mut self, name: &str) {
        self.names.known.insert(name.to_string(), crate::symbol::Assumptions::REAL);
    }

    fn parameters(&mut self, lines: &[Line]) -> Result<Values, NetworkError> {
        let (mut symbols, mut values) = (Vec::new(), Vec::new());
        for (name, value) in
            [("_pi", std::f64::consts::PI), ("_e", std::f64::consts::E), ("_Na", 6.022_140_76e23)]
        {
            self.declare(name);
            self.bindings.insert(name.to_string(), Expr::from(value));
        }
        let mut known: HashMap<Symbol, f64> = HashMap::new();
        for line in lines {
            let (name, text) = line
                .text
                .split_once(char::is_whitespace)
                .ok_or_else(|| line.fail("expected a name and a value"))?;
            let term = self.expression(line, name, text.trim())?;
            let value = walk::eval(&term, |s| known.get(&s).copied());
            if value.is_nan() {
                return Err(line.fail(format!("{name} has no value")));
            }
            self.declare(name);
            let symbol = Symbol::real(name);
            known.insert(symbol, value);
            symbols.push(symbol);
            values.push(value);
        }
        Ok((symbols, values))
    }

    fn species(&self, lines: &[Line], symbols: &[Symbol], values: &[f64]) -> Result<Species, NetworkError> {
        let known: HashMap<Symbol, f64> = symbols.iter().copied().zip(values.iter().copied()).collect();
        let (mut names, mut states, mut initial) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            let (name, amount) = line
                .text
                .rsplit_once(char::is_whitespace)
                .ok_or_else(|| line.fail("expected a species and its initial amount"))?;
            let amount = self.expression(line, "the initial amount", amount)?;
            let mut state = format!("x{}", names.len() + 1);
            while self.names.known.contains_key(&state) {
                state.insert(0, '_');
            }
            names.push(name.trim().to_string());
            states.push(Symbol::real(&state));
            initial.push(walk::eval(&amount, |s| known.get(&s).copied()));
        }
        Ok((names, states, initial))
    }

    fn groups(&mut self, lines: &[Line], states: &[Symbol]) -> Result<(), NetworkError> {
        for line in lines {
            let (name, members) = line.text.split_once(char::is_whitespace).unwrap_or((line.text, ""));
            let mut terms = Vec::new();
            for member in members.split(',').map(str::trim).filter(|m| !m.is_empty()) {
                let (weight, index) = member.split_once('*').unwrap_or(("1", member));
                let weight = Number::from_decimal(weight)
                    .ok_or_else(|| line.fail(format!("{weight} is no weight")))?;
                terms.push(Expr::symbol(state(line, states, index)?.1) * Expr::from(weight));
            }
            self.declare(name);
            self.bindings.insert(name.to_string(), terms.into_iter().sum());
        }
        Ok(())
    }

    fn functions(&mut self, lines: &[Line]) -> Result<(), NetworkError> {
        for line in lines {
            let (name, text) =
                line.text.split_once("()").ok_or_else(|| line.fail("expected name() and a formula"))?;
            let term = self.expression(line, name, text.trim())?;
            self.declare(name);
            self.bindings.insert(name.to_string(), term);
        }
        Ok(())
    }

    fn rate(&mut self, line: &Line, text: &str, reactants: &[Expr]) -> Result<Expr, NetworkError> {
        if let Some(arguments) = text.strip_prefix("Sat ") {
            let (k, half) = arguments.split_once(' ').ok_or_else(|| line.fail("Sat takes two parameters"))?;
            let (k, half) = (self.expression(line, "the rate", k)?, self.expression(line, "the rate", half)?);
            let first = reactants.first().ok_or_else(|| line.fail("Sat needs a reactant"))?;
            return Ok(k / (half + *first));
        }
        if let Some(&rate) = self.rates.get(text) {
            return Ok(rate);
        }
        let rate = self.expression(line, "the rate", text)?;
        self.rates.insert(text.to_string(), rate);
        Ok(rate)
    }

    fn reactions(
        &mut self,
        lines: &[Line],
        species: &[String],
        states: &[Symbol],
    ) -> Result<(Vec<Expr>, usize), NetworkError> {
        let amounts: Vec<Expr> = states.iter().map(|&s| Expr::symbol(s)).collect();
        let mut terms: Vec<Vec<Expr>> = vec![Vec::new(); states.len()];
        for line in lines {
            let mut parts = line.text.split_whitespace();
            let (Some(from), Some(to)) = (parts.next(), parts.next()) else {
                return Err(line.fail("expected reactants, products and a rate"));
            };
            let rate = parts.collect::<Vec<_>>().join(" ");
            if rate.is_empty() {
                return Err(line.fail("expected a rate after reactants and products"));
            }
            let list = |text: &str| -> Result<Vec<usize>, NetworkError> {
                let indices = text.split(',').filter(|i| *i != "0");
                indices.map(|index| state(line, states, index).map(|s| s.0)).collect()
            };
            let (from, to) = (list(from)?, list(to)?);
            let mut factors: Vec<Expr> = from.iter().map(|&i| amounts[i]).collect();
            let rate = self.rate(line, &rate, &factors)?;
            factors.push(rate);
            let flux = Expr::product(&factors);
            let mut net: Vec<(usize, i64)> =
                from.iter().map(|&i| (i, -1)).chain(to.iter().map(|&i| (i, 1))).collect();
            net.sort_unstable();
            for group in net.chunk_by(|a, b| a.0 == b.0) {
                let (index, change) = (group[0].0, group.iter().map(|g| g.1).sum::<i64>());
                // A name that begins with a dollar sign is held fixed.
                if change != 0 && !species[index].starts_with('$') {
                    terms[index].push(if change == 1 { flux } else { flux * change });
                }
            }
        }
        Ok((terms.iter().map(|terms| Expr::sum(terms)).collect(), lines.len()))
    }
}

/// The place and the unknown of a species by its number in the file.
fn state(line: &Line, states: &[Symbol], index: &str) -> Result<(usize, Symbol), NetworkError> {
    let place = index.trim().parse::<usize>().ok().and_then(|i| i.checked_sub(1));
    match place.and_then(|i| states.get(i).map(|&s| (i, s))) {
        Some(found) => Ok(found),
        None => Err(line.fail(format!("there is no species {index}; the file has {}", states.len()))),
    }
}
