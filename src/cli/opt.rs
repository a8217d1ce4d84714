//! `braid opt`: named passes on a program in text form.

use braid::Diagnostic;
use braid::frontend::Span;
use braid::ir::text::{ParseError, parse_net, parse_program, print_net, print_program};
use braid::ir::verify::verify_program;
use braid::ir::{Net, Tensor};
use braid::passes::random::random_inputs;
use braid::passes::{PASSES, Pass, PipelineOptions, default_pipeline, run_pipeline};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The last step, which makes a split program of a net and so is no pass from nets to nets.
const SPLIT: &str = "split";

#[derive(clap::Args)]
#[command(after_help = passes())]
pub struct Arguments {
    /// A program in text form (.braidir): a net, or a split program, which is verified and printed back
    program: PathBuf,
    /// Passes to run, in order; `split` may be the last [default: those of a compilation]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    passes: Option<Vec<String>>,
    /// Leave out what comes after the first run of this pass
    #[arg(long, value_name = "NAME")]
    stop_after: Option<String>,
    /// Print the program after this pass, instead of at the end; repeatable
    #[arg(long, value_name = "NAME")]
    print_after: Vec<String>,
    /// Verify the program after each pass
    #[arg(long)]
    verify_each: bool,
    /// Evaluate the program on random inputs before and after each pass and compare
    #[arg(long)]
    check_each: bool,
    /// Seed of the random inputs
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Say which rule of which pass changed what, and where
    #[arg(long)]
    explain: bool,
}

/// What passes there are, for the help.
fn passes() -> String {
    let rows = PASSES.iter().map(|pass| (pass.name, pass.doc));
    let rows = rows.chain([(SPLIT, "Cuts the net into branch-free subnets and one host program.")]);
    let lines: Vec<String> = rows.map(|(name, doc)| format!("  {name:<16}  {doc}")).collect();
    format!("Passes:\n{}\nWithout --passes: {}, {SPLIT}", lines.join("\n"), default_pipeline().join(", "))
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Diagnostic> {
    let source = Source::read(&arguments.program)?;
    if source.is_split() {
        return arguments.print_back(&source);
    }
    let mut net = source.parsed(parse_net(&source.text))?;
    let passes = arguments.list()?;
    let (passes, split) = match passes.split_last() {
        Some((last, rest)) if last == SPLIT => (rest, true),
        _ => (passes.as_slice(), false),
    };
    let inputs = arguments.check_each.then(|| random_inputs(&net, arguments.seed));
    let printed = |name: &str| arguments.print_after.iter().any(|wanted| wanted == name);
    let mut after = |pass: &'static Pass, net: &Net| {
        if printed(pass.name) {
            println!("// after {}\n{}", pass.name, print_net(net));
        }
    };
    let options = PipelineOptions {
        verify_each: arguments.verify_each,
        check_each: inputs.as_deref().map(|inputs: &[Arc<Tensor>]| inputs),
        keep_texts: arguments.explain,
        after: Some(&mut after),
    };
    let names: Vec<&str> = passes.iter().map(String::as_str).collect();
    let events =
        run_pipeline(&mut net, &names, options).map_err(|error| Diagnostic::new(error.to_string()))?;
    if arguments.explain {
        for event in &events.list {
            println!("// {} {}: {} => {}", event.pass, event.rule, event.before.trim(), event.after.trim());
        }
    }
    if split {
        let program = braid::split(&net)?;
        if printed(SPLIT) || arguments.print_after.is_empty() {
            print!("{}", print_program(&program));
        }
    } else if arguments.print_after.is_empty() {
        print!("{}", print_net(&net));
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// A split program is what the passes end with: it is verified and printed.
    fn print_back(&self, source: &Source) -> Result<ExitCode, Diagnostic> {
        let program = source.parsed(parse_program(&source.text))?;
        if self.passes.is_some()
            || self.stop_after.is_some()
            || !self.print_after.is_empty()
            || self.check_each
        {
            let message = format!("{} is split: no pass can run on it any more", source.file);
            return Err(
                Diagnostic::new(message).with_help("give the program from before `split`, or no passes")
            );
        }
        verify_program(&program).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(|error| error.to_string()).collect();
            Diagnostic::new(format!("{} is not valid: {}", source.file, lines.join("; ")))
        })?;
        print!("{}", print_program(&program));
        Ok(ExitCode::SUCCESS)
    }

    /// The passes to run.
    fn list(&self) -> Result<Vec<String>, Diagnostic> {
        let known: Vec<&str> = PASSES.iter().map(|pass| pass.name).chain([SPLIT]).collect();
        let mut passes = self
            .passes
            .clone()
            .unwrap_or_else(|| default_pipeline().into_iter().chain([SPLIT]).map(str::to_string).collect());
        for name in passes.iter().chain(&self.stop_after).chain(&self.print_after) {
            if !known.contains(&name.as_str()) {
                return Err(Diagnostic::new(format!(
                    "there is no pass `{name}`; there are {}",
                    known.join(", ")
                )));
            }
        }
        if let Some(last) = &self.stop_after {
            let at = passes.iter().position(|name| name == last).ok_or_else(|| {
                Diagnostic::new(format!("`{last}` is not among the passes to run: {}", passes.join(", ")))
            })?;
            passes.truncate(at + 1);
        }
        if passes.iter().rev().skip(1).any(|name| name == SPLIT) {
            return Err(Diagnostic::new(
                "`split` must be the last pass: it makes a split program of the net",
            ));
        }
        Ok(passes)
    }
}

/// A program's text and where it is from.
struct Source {
    file: String,
    text: String,
}

impl Source {
    fn read(path: &Path) -> Result<Source, Diagnostic> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Source { file, text }),
            Err(error) => Err(Diagnostic::new(format!("cannot read {file}: {error}"))),
        }
    }

    /// Whether this is what `split` makes, and not a net.
    fn is_split(&self) -> bool {
        let mut lines =
            self.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
        lines.next().and_then(|line| line.split_whitespace().next()) == Some("program")
    }

    /// A mistake of the text is told at its place.
    fn parsed<T>(&self, result: Result<T, ParseError>) -> Result<T, Diagnostic> {
        result.map_err(|error| {
            let text = self.text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default().to_string();
            let (line, col) = (error.line.max(1) as u32, error.col.max(1) as u32);
            Diagnostic::new(error.message).at(Span { file: self.file.clone(), line, col, len: 1, text })
        })
    }
}
