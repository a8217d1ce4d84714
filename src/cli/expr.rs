//! `braid expr`: formulas read as text, worked on, and written as text, LaTeX or C.

use braid::Diagnostic;
use braid::frontend::Span;
use braid::term::egraph::{
    Accuracy, Conditions, Proof, Rewriter, STEPS_MAX, Simplified, Simplify, Stop, explain,
};
use braid::term::syntax::{Names, SyntaxError, latex, parse_defined};
use braid::term::{
    Assumptions, Expr, Scalar, Symbol, Target, Term, algebra, c_source, calculus, compile, walk,
};
use clap::{Args, Subcommand, ValueEnum};
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

/// Derivatives are taken so often at most.
const ORDER_MAX: i64 = 1_000;

/// A result of more nodes, counted as often as they occur, is not written out: shared parts may double with every level.
const TEXT_NODES_MAX: u64 = 20_000_000;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The cheapest equal expression that the rules reach
    Simplify {
        #[command(flatten)]
        source: Source,
        /// Rewrite with the classical strategy, rules in order to a fixpoint, not with an e-graph
        #[arg(long)]
        classical: bool,
        /// Allow results that hold under a condition, which is printed with them
        #[arg(long, conflicts_with = "classical")]
        conditional: bool,
        /// Print the rules used, in order
        #[arg(long, conflicts_with = "classical")]
        proof: bool,
        /// What is sought among the equal expressions; accuracy is measured at points, and the mean error told in bits
        #[arg(long, value_enum, default_value_t = Objective::Speed)]
        objective: Objective,
        /// Where accuracy matters: the least and the largest value of an unknown [default: all sizes]; repeatable
        #[arg(long, value_name = "NAME=LOW..HIGH", allow_hyphen_values = true)]
        range: Vec<String>,
    },
    /// The derivative
    Diff {
        #[command(flatten)]
        source: Source,
        /// The unknown by which to differentiate
        #[arg(long, value_name = "NAME")]
        by: String,
        /// How often
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(..=ORDER_MAX))]
        order: u16,
    },
    /// Products multiplied out
    Expand {
        #[command(flatten)]
        source: Source,
    },
    /// Unknowns replaced by expressions, all at once
    Substitute {
        #[command(flatten)]
        source: Source,
        /// What replaces what
        #[arg(value_name = "NAME=EXPR", required = true)]
        replacements: Vec<String>,
    },
    /// Machine code, evaluated at a point; or C source
    Compile {
        #[command(flatten)]
        source: Source,
        /// The inputs in order [default: the unknowns, by name]
        #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
        inputs: Vec<String>,
        /// Which code generator
        #[arg(long, value_enum, default_value_t = TierName::Llvm)]
        tier: TierName,
        /// Values of the inputs, in order; repeat for several points
        #[arg(long, value_name = "VALUE,…", allow_hyphen_values = true)]
        at: Vec<String>,
        /// Write C source here
        #[arg(short, long, value_name = "FILE.c")]
        output: Option<PathBuf>,
    },
    /// Why two expressions are equal: the rules that lead from one to the other
    Explain {
        #[command(flatten)]
        source: Source,
        /// The other expression
        #[arg(value_name = "EXPR", allow_hyphen_values = true)]
        other: String,
    },
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Objective {
    Speed,
    Accuracy,
}

#[derive(Clone, Copy, ValueEnum)]
enum TierName {
    Interpreter,
    Cranelift,
    Llvm,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Text,
    Latex,
    C,
}

#[derive(Args)]
struct Source {
    /// An expression in infix text, or - to read it from the standard input
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// What is known of the unknowns, such as "x > 0" or "n: int"; repeatable
    #[arg(long, value_name = "ASSUMPTION")]
    assume: Vec<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Diagnostic> {
    match arguments.command {
        Command::Simplify { source, classical, conditional, proof, objective, range } => {
            let e = source.read()?;
            let conditions = if conditional { Conditions::Carry } else { Conditions::Keep };
            let proofs = if proof { Proof::Give } else { Proof::Omit };
            let mut simplify = Simplify::new(&e).with(conditions).with(proofs);
            match objective {
                Objective::Speed if !range.is_empty() => {
                    return Err(Diagnostic::new(
                        "--range says where accuracy matters, and accuracy is not sought",
                    )
                    .with_help("add --objective accuracy"));
                }
                Objective::Accuracy if classical => {
                    return Err(
                        Diagnostic::new("only the e-graph seeks accuracy").with_help("leave --classical out")
                    );
                }
                Objective::Accuracy => simplify = simplify.with(source.accuracy(&range)?),
                Objective::Speed if classical => simplify = simplify.with(Rewriter::Classical),
                Objective::Speed => {}
            }
            let result = simplify.run();
            source.write(result.term())?;
            simplified(&result, objective);
        }
        Command::Diff { source, by, order } => {
            let e = source.read()?;
            let by = unknown(&by, &source.names()?)?;
            let result = calculus::derivative_n(&e, by, order.into())
                .map_err(|error| Diagnostic::new(error.to_string()))?;
            source.write(&result)?;
        }
        Command::Expand { source } => {
            let e = source.read()?;
            source.write(&algebra::expand(&e).map_err(|error| Diagnostic::new(error.to_string()))?)?;
        }
        Command::Substitute { source, replacements } => {
            let e = source.read()?;
            let names = source.names()?;
            let mut values = walk::SymbolMap::default();
            for replacement in &replacements {
                let (name, text) = replacement.split_once('=').ok_or_else(|| {
                    Diagnostic::new(format!("`{replacement}` does not say what replaces what"))
                        .with_help("write NAME=EXPR, such as x=2*t")
                })?;
                let symbol = unknown(name, &names)?;
                if values.insert(symbol, read("replacement", text, &names)?).is_some() {
                    return Err(Diagnostic::new(format!("{symbol} is replaced twice")));
                }
            }
            source.write(&substituted(&e, &values)?)?;
        }
        Command::Compile { source, inputs, tier, at, output } => {
            compiled(&source, &inputs, tier, &at, output)?;
        }
        Command::Explain { source, other } => {
            let e = source.read()?;
            let other = read("second expression", &other, &source.names()?)?;
            let explanation = explain(&e, &other).map_err(|error| Diagnostic::new(error.to_string()))?;
            println!("{explanation}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is told beside the result of a simplification.
fn simplified(result: &Simplified<Expr>, objective: Objective) {
    if result.condition != Expr::from(1) {
        println!("where {}", result.condition);
    }
    for proof in &result.proofs {
        match proof {
            Some(proof) => println!("{proof}"),
            None => {
                eprintln!("note: no proof was found within the limits, or it has more than {STEPS_MAX} steps")
            }
        }
    }
    match result.error_bits {
        Some((before, after)) => eprintln!("the mean error was {before:.2} bits and is {after:.2}"),
        None if objective == Objective::Accuracy => {
            eprintln!(
                "note: too few points have a value that can be computed precisely; nothing is said of accuracy"
            )
        }
        None => {}
    }
    match result.stop() {
        Stop::Saturated => {}
        stop => eprintln!("note: the search ended early: {stop}; this is the best found so far"),
    }
}

/// An expression of the command line.
fn read(name: &str, text: &str, names: &Names) -> Result<Expr, Diagnostic> {
    parse_defined(text, names).map_err(|error| at(name, text, &error))
}

/// The unknown that a text names.
fn unknown(text: &str, names: &Names) -> Result<Symbol, Diagnostic> {
    let named = parse_defined::<Expr>(text, names).ok().and_then(|e| e.as_symbol());
    named.ok_or_else(|| Diagnostic::new(format!("`{}` is not the name of an unknown", text.trim())))
}

/// An expression with its unknowns replaced, if that is defined anywhere.
fn substituted(e: &Expr, values: &walk::SymbolMap<Expr>) -> Result<Expr, Diagnostic> {
    let result = walk::substitute(e, values);
    if result != Expr::undefined() {
        return Ok(result);
    }
    // The innermost part that is to blame.
    let mut part = None;
    walk::fold(e, |t, args: &[Expr]| {
        let new = match t.as_symbol() {
            Some(symbol) => values.get(&symbol).copied().unwrap_or(*t),
            None => Expr::make(&t.head(), args),
        };
        if new == Expr::undefined() && part.is_none() {
            part = Some(*t);
        }
        new
    });
    let part = part.unwrap_or(*e);
    Err(Diagnostic::new(format!("{part} is defined nowhere with these replacements")))
}

/// The place of a mistake in a text.
fn at(name: &str, text: &str, error: &SyntaxError) -> Diagnostic {
    let start = error.span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[..start].matches('\n').count() as u32 + 1;
    let col = text[line_start..start].chars().count() as u32 + 1;
    let len = text.get(error.span.clone()).map_or(1, |t| t.chars().count().max(1)) as u32;
    let text = text[line_start..].lines().next().unwrap_or("").to_string();
    Diagnostic::new(error.message.clone()).at(Span { file: format!("<{name}>"), line, col, len, text })
}

impl Source {
    fn text(&self) -> Result<String, Diagnostic> {
        if self.expression != "-" {
            return Ok(self.expression.clone());
        }
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Diagnostic::new(format!("cannot read the standard input: {error}")))?;
        Ok(text.trim_end().to_string())
    }

    fn read(&self) -> Result<Expr, Diagnostic> {
        read("expression", &self.text()?, &self.names()?)
    }

    /// The names of which something is assumed; all others are real unknowns.
    fn names(&self) -> Result<Names, Diagnostic> {
        let mut names = Names::any();
        for text in &self.assume {
            let wrong = || {
                Diagnostic::new(format!("`{text}` is not an assumption"))
                    .with_help("write NAME > 0, >= 0, < 0, <= 0 or != 0, or NAME: int, real or bool")
            };
            let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').ok_or_else(wrong)?;
            let (name, rest) = text.split_at(end);
            unknown(name, &Names::any())?;
            let rest: String = rest.split_whitespace().collect();
            let assumption = match rest.as_str() {
                ">0" => Assumptions::POSITIVE,
                ">=0" => Assumptions::NONNEGATIVE,
                "<0" => Assumptions::NEGATIVE,
                "<=0" => Assumptions::NONPOSITIVE,
                "!=0" => Assumptions::NONZERO,
                ":int" => Assumptions::INTEGER,
                ":bool" => Assumptions::BOOL,
                ":real" => Assumptions::REAL,
                _ => return Err(wrong()),
            };
            let known = names.known.entry(name.to_string()).or_insert(Assumptions::REAL);
            *known = known.and(assumption);
            if known.facts().signs() == 0 {
                return Err(Diagnostic::new(format!("what is assumed of {name} cannot all hold")));
            }
        }
        Ok(names)
    }

    /// Accuracy as what is sought, with ranges of unknowns.
    fn accuracy(&self, ranges: &[String]) -> Result<Accuracy, Diagnostic> {
        let names = self.names()?;
        let of = |text: &String| {
            let (name, range) = text.split_once('=')?;
            let (low, high) = range.split_once("..")?;
            let bound = |text: &str| text.trim().parse().ok().filter(|bound: &f64| bound.is_finite());
            let symbol = unknown(name, &names).ok()?;
            Some((symbol, bound(low)?, bound(high)?)).filter(|(_, low, high)| low <= high)
        };
        let wrong = |text: &String| {
            Diagnostic::new(format!("`{text}` is not a range"))
                .with_help("write NAME=LOW..HIGH, such as x=1e-9..0.5")
        };
        let ranges =
            ranges.iter().map(|text| of(text).ok_or_else(|| wrong(text))).collect::<Result<_, _>>()?;
        Ok(Accuracy { ranges, ..Accuracy::default() })
    }

    fn write(&self, e: &Expr) -> Result<(), Diagnostic> {
        if self.format != Format::C && walk::tree_size(e) > TEXT_NODES_MAX {
            let message = format!("written out, the result has more than {TEXT_NODES_MAX} operations");
            return Err(Diagnostic::new(message).with_help("--format c computes what it shares once"));
        }
        match self.format {
            Format::Text => println!("{e}"),
            Format::Latex => println!("{}", latex(e)),
            Format::C => print!("{}", c_of(e, &walk::sorted_symbols(e))?),
        }
        Ok(())
    }
}

fn c_of(e: &Expr, inputs: &[Symbol]) -> Result<String, Diagnostic> {
    c_source(e, inputs, "f").map_err(|error| Diagnostic::new(error.to_string()))
}

fn compiled(
    source: &Source,
    inputs: &[String],
    tier: TierName,
    points: &[String],
    output: Option<PathBuf>,
) -> Result<(), Diagnostic> {
    let e = source.read()?;
    let names = source.names()?;
    let symbols: Vec<Symbol> = if inputs.is_empty() {
        walk::sorted_symbols(&e)
    } else {
        inputs.iter().map(|name| unknown(name, &names)).collect::<Result<_, _>>()?
    };
    if let Some((at, twice)) = symbols.iter().enumerate().find(|(at, s)| symbols[..*at].contains(s)) {
        return Err(Diagnostic::new(format!("{twice} is named again as input {}", at + 1)));
    }
    let listed = symbols.iter().map(|s| s.name()).collect::<Vec<_>>().join(", ");
    if let Some(path) = output {
        let text = c_of(&e, &symbols)?;
        return std::fs::write(&path, text)
            .map_err(|error| Diagnostic::new(format!("cannot write {}: {error}", path.display())));
    }
    let target = match tier {
        TierName::Interpreter => Target::interpreter(),
        TierName::Cranelift => Target::jit_fast(),
        TierName::Llvm => Target::cpu(),
    };
    let function = compile(&e, &symbols, target).map_err(|error| Diagnostic::new(error.to_string()))?;
    eprintln!(
        "f({listed}): {} operations, {} bytes of code, compiled in {:.1} ms",
        function.operations(),
        function.code_size(),
        1e3 * function.compile_time().as_secs_f64()
    );
    for point in points {
        let values: Vec<f64> = point
            .split(',')
            .filter(|v| !v.trim().is_empty())
            .map(|v| v.trim().parse().map_err(|_| Diagnostic::new(format!("`{}` is not a number", v.trim()))))
            .collect::<Result<_, _>>()?;
        if values.len() != symbols.len() {
            let message = format!("{} values for {} inputs: {listed}", values.len(), symbols.len());
            return Err(Diagnostic::new(message));
        }
        let mut result = [0.0];
        function.call(&values, &mut result);
        println!("{}", result[0]);
    }
    Ok(())
}
