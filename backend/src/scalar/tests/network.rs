//! Reaction networks as tapes, to measure with: equations factored greedily, sums and products shared.

use braid_ir::ScalarOp;
use braid_symbolic::tape::{Instr, Reg, Tape};
use std::collections::HashMap;

/// A product: its coefficient and its atoms, sorted. Atoms are species, and rates after them.
type Product = (i64, Vec<u32>);

/// The sums of a network's equations.
pub struct Network {
    pub species: usize,
    pub rates: Vec<f64>,
    pub equations: Vec<Vec<Product>>,
}

/// A number, a parameter, or a product or quotient of these.
fn value(text: &str, known: &HashMap<String, f64>) -> f64 {
    if let Some((a, b)) = text.rsplit_once('*') {
        return value(a, known) * value(b, known);
    }
    if let Some((a, b)) = text.rsplit_once('/') {
        return value(a, known) / value(b, known);
    }
    text.parse().ok().or_else(|| known.get(text).copied()).unwrap_or(1.0)
}

impl Network {
    /// Reads a network of mass action kinetics in BioNetGen's format.
    pub fn parse(text: &str) -> Network {
        let mut section = String::new();
        let mut parameters: HashMap<String, f64> = HashMap::new();
        let mut network = Network { species: 0, rates: Vec::new(), equations: Vec::new() };
        let mut rate_numbers: HashMap<String, u32> = HashMap::new();
        let mut sums: Vec<HashMap<Vec<u32>, i64>> = Vec::new();
        for line in text.lines().map(|l| l.split('#').next().unwrap_or("").trim()).filter(|l| !l.is_empty()) {
            if let Some(name) = line.strip_prefix("begin ") {
                section = name.trim().to_string();
                continue;
            }
            if line.starts_with("end ") {
                section.clear();
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            match section.as_str() {
                "parameters" => {
                    let number = value(&words[2..].concat(), &parameters);
                    parameters.insert(words[1].to_string(), number);
                }
                "species" => sums.push(HashMap::new()),
                "reactions" => {
                    let list = |text: &str| -> Vec<u32> {
                        let numbers = text.split(',').filter_map(|n| n.parse::<u32>().ok());
                        numbers.filter(|&n| n != 0).map(|n| n - 1).collect()
                    };
                    let (mut reactants, products) = (list(words[1]), list(words[2]));
                    reactants.sort_unstable();
                    let next = rate_numbers.len() as u32;
                    let rate = *rate_numbers.entry(words[3].to_string()).or_insert_with(|| {
                        network.rates.push(value(words[3], &parameters));
                        next
                    });
                    let mut atoms = reactants.clone();
                    atoms.push(sums.len() as u32 + rate);
                    let changes = products.iter().map(|s| (s, 1)).chain(reactants.iter().map(|s| (s, -1)));
                    for (&species, change) in changes {
                        *sums[species as usize].entry(atoms.clone()).or_insert(0) += change;
                    }
                }
                _ => {}
            }
        }
        network.species = sums.len();
        for sum in sums {
            let mut sum: Vec<Product> = sum.into_iter().map(|(a, c)| (c, a)).filter(|p| p.0 != 0).collect();
            sum.sort_by(|a, b| a.1.cmp(&b.1));
            network.equations.push(sum);
        }
        network
    }

    /// The nonzero derivatives of the equations with respect to the species.
    pub fn jacobian(&self) -> Vec<Vec<Product>> {
        let mut entries = Vec::new();
        for equation in &self.equations {
            let mut row: std::collections::BTreeMap<u32, Vec<Product>> = Default::default();
            for (coefficient, atoms) in equation {
                let mut seen = None;
                for (at, &atom) in atoms.iter().enumerate().filter(|(_, a)| (**a as usize) < self.species) {
                    if seen == Some(atom) {
                        continue;
                    }
                    seen = Some(atom);
                    let times = atoms.iter().filter(|&&a| a == atom).count() as i64;
                    let mut rest = atoms.clone();
                    rest.remove(at);
                    row.entry(atom).or_default().push((coefficient * times, rest));
                }
            }
            entries.extend(row.into_values());
        }
        entries
    }

    /// A tape over species and rates that computes sums.
    pub fn tape(&self, sums: &[Vec<Product>]) -> Tape {
        let inputs = self.species + self.rates.len();
        let mut factoring = Factoring { code: Vec::new(), known: HashMap::new() };
        let outputs: Vec<Reg> = sums.iter().map(|sum| factoring.factor(sum.clone())).collect();
        contract(Tape { inputs, code: factoring.code, outputs })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Const(i64),
    Input(u32),
    Neg(Reg),
    Binary(ScalarOp, Reg, Reg),
}

struct Factoring {
    code: Vec<Instr>,
    known: HashMap<Key, Reg>,
}

impl Factoring {
    fn make(&mut self, key: Key) -> Reg {
        if let Some(&reg) = self.known.get(&key) {
            return reg;
        }
        self.code.push(match key {
            Key::Const(value) => Instr::Const(value as f64),
            Key::Input(input) => Instr::Input(input),
            Key::Neg(a) => Instr::Unary(ScalarOp::Neg, a),
            Key::Binary(op, a, b) => Instr::Binary(op, a, b),
        });
        let reg = self.code.len() as Reg - 1;
        self.known.insert(key, reg);
        reg
    }

    /// `x * (terms with x) + rest` by the most frequent atom.
    fn factor(&mut self, terms: Vec<Product>) -> Reg {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for (_, atoms) in &terms {
            for (i, atom) in atoms.iter().enumerate() {
                if i == 0 || atoms[i - 1] != *atom {
                    *counts.entry(*atom).or_default() += 1;
                }
            }
        }
        let best = counts.into_iter().max_by_key(|&(atom, count)| (count, std::cmp::Reverse(atom)));
        let Some((atom, 2..)) = best else { return self.sum(&terms) };
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for (coefficient, mut atoms) in terms {
            match atoms.iter().position(|a| *a == atom) {
                Some(at) => {
                    atoms.remove(at);
                    with.push((coefficient, atoms));
                }
                None => without.push((coefficient, atoms)),
            }
        }
        let inner = self.factor(with);
        let atom = self.make(Key::Input(atom));
        let product = self.make(Key::Binary(ScalarOp::Mul, inner, atom));
        if without.is_empty() {
            return product;
        }
        let rest = self.factor(without);
        self.make(Key::Binary(ScalarOp::Add, product.min(rest), product.max(rest)))
    }

    fn sum(&mut self, terms: &[Product]) -> Reg {
        let mut parts: Vec<(bool, Reg)> = Vec::new();
        for (coefficient, atoms) in terms {
            let mut product = None;
            for &atom in atoms {
                let atom = self.make(Key::Input(atom));
                product = Some(match product {
                    Some(p) => self.make(Key::Binary(ScalarOp::Mul, p, atom)),
                    None => atom,
                });
            }
            let size = coefficient.abs();
            let part = match product {
                None => self.make(Key::Const(size)),
                Some(p) if size == 1 => p,
                Some(p) => {
                    let c = self.make(Key::Const(size));
                    self.make(Key::Binary(ScalarOp::Mul, p, c))
                }
            };
            parts.push((*coefficient < 0, part));
        }
        parts.sort_unstable();
        let Some((&(negative, first), rest)) = parts.split_first() else { return self.make(Key::Const(0)) };
        let first = if negative { self.make(Key::Neg(first)) } else { first };
        rest.iter().fold(first, |sum, &(negative, part)| {
            self.make(Key::Binary(if negative { ScalarOp::Sub } else { ScalarOp::Add }, sum, part))
        })
    }
}

/// Sums of a product that is used once become one instruction.
fn contract(mut tape: Tape) -> Tape {
    let mut uses = vec![0u32; tape.code.len()];
    tape.code.iter().for_each(|instr| instr.each_operand(|reg| uses[reg as usize] += 1));
    tape.outputs.iter().for_each(|&reg| uses[reg as usize] += 1);
    for at in 0..tape.code.len() {
        let product = |reg: Reg| match &tape.code[reg as usize] {
            Instr::Binary(ScalarOp::Mul, a, b) if uses[reg as usize] == 1 => Some((*a, *b)),
            _ => None,
        };
        let fused = match &tape.code[at] {
            Instr::Binary(ScalarOp::Add, a, b) => match (product(*a), product(*b)) {
                (_, Some((x, y))) => Some(Instr::MulAdd(x, y, *a)),
                (Some((x, y)), _) => Some(Instr::MulAdd(x, y, *b)),
                _ => None,
            },
            Instr::Binary(ScalarOp::Sub, a, b) => match (product(*a), product(*b)) {
                (_, Some((x, y))) => Some(Instr::NegMulAdd(x, y, *a)),
                (Some((x, y)), _) => Some(Instr::MulSub(x, y, *b)),
                _ => None,
            },
            _ => None,
        };
        if let Some(fused) = fused {
            tape.code[at] = fused;
        }
    }
    tape
}
