//! `braid compile`: a model's source in, one artifact out.

use super::progress::Terminal;
use braid::frontend::{InputSpec, PythonOptions};
use braid::{CompileOptions, Diagnostic, Machine};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Compiled kernels are kept in the folder BRAID_CACHE [default: braid in the user's cache folder]; \
                        BRAID_CACHE= keeps none."
)]
pub struct Arguments {
    /// The model's Python file
    source: PathBuf,
    /// Python expression, evaluated in the source's module, that yields the module or function to compile
    #[arg(long, value_name = "EXPR")]
    build: String,
    /// Method to compile [default: forward]
    #[arg(long, value_name = "METHOD")]
    entry: Option<String>,
    /// Folder in which imports are searched, after the source's own; repeatable
    #[arg(short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    /// Checkpoint (.safetensors, .pt, .pth); NAME is the attribute path of the submodule that its keys are relative to;
    /// repeatable
    #[arg(long, value_name = "[NAME=]FILE", value_parser = parse_weights)]
    weights: Vec<(Option<String>, PathBuf)>,
    /// Tensor argument, in order: x=f32[1,3,32,32]; a dimension may be a name, as in tokens=i64[n]
    #[arg(long, value_name = "NAME=DTYPE[DIMS]", value_parser = InputSpec::parse)]
    input: Vec<InputSpec>,
    /// Argument that is a Python value
    #[arg(long = "static", value_name = "NAME=EXPR", value_parser = parse_static)]
    statics: Vec<(String, String)>,
    /// Compile modules in evaluation mode; the default, and the only mode
    #[arg(long)]
    eval: bool,
    /// CPU to compile for, by LLVM's name [default: this machine's]
    #[arg(long, value_name = "NAME")]
    cpu: Option<String>,
    /// Where the compiled program goes
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Diagnostic> {
    refuse_other_formats(&arguments.source)?;
    if let Some(folder) = arguments.include.iter().find(|folder| !folder.is_dir()) {
        return Err(Diagnostic::new(format!("-I {}: there is no such folder", folder.display())));
    }
    let options = CompileOptions {
        source: PythonOptions {
            source: arguments.source,
            build: arguments.build,
            entry: arguments.entry,
            include_dirs: arguments.include,
            weights: arguments.weights,
            inputs: arguments.input,
            statics: arguments.statics,
        },
        machine: Machine { cpu: arguments.cpu, cache: kernel_cache() },
    };
    let terminal = Terminal::new();
    let artifact = braid::compile(&options, &terminal)?;
    terminal.clear();
    let output = &arguments.output;
    braid::runtime::artifact::write_file(output, &artifact)
        .map_err(|e| Diagnostic::new(format!("cannot write {}: {e}", output.display())))?;
    Ok(ExitCode::SUCCESS)
}

/// The folder of compiled kernels: `BRAID_CACHE` (empty for none), else `braid` in the user's cache folder.
fn kernel_cache() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    match variable("BRAID_CACHE") {
        Some(folder) if folder.as_os_str().is_empty() => None,
        Some(folder) => Some(folder),
        None => {
            let caches = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
            caches.map(|folder| folder.join("braid"))
        }
    }
}

/// Other formats than Python source are told apart by name: their content would only give a strange syntax error.
fn refuse_other_formats(source: &Path) -> Result<(), Diagnostic> {
    let refuse = |what: &str, help: &str| {
        Err(Diagnostic::new(format!("{}: {what}", source.display())).with_help(help))
    };
    match source.extension().and_then(|e| e.to_str()) {
        Some("onnx") => {
            refuse("ONNX models cannot be compiled yet", "give the PyTorch source that it was exported from")
        }
        Some("pt" | "pth" | "safetensors") => refuse(
            "this is a checkpoint, not a model",
            "give the model's .py source, and this file with --weights",
        ),
        _ => Ok(()),
    }
}

/// `[NAME=]FILE`. What stands before the first `=` is a name only if it is an attribute path, so that file names may
/// contain `=`.
fn parse_weights(text: &str) -> Result<(Option<String>, PathBuf), String> {
    let named =
        text.split_once('=').filter(|(name, _)| name.split('.').all(is_path_part) && !name.is_empty());
    let (name, file) = named.map_or((None, text), |(name, file)| (Some(name.to_string()), file));
    if file.is_empty() {
        return Err("expected [NAME=]FILE, for example encoder=resnet.safetensors".to_string());
    }
    Ok((name, PathBuf::from(file)))
}

fn is_path_part(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn parse_static(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if is_path_part(name.trim()) && !value.trim().is_empty() => {
            Ok((name.trim().to_string(), value.trim().to_string()))
        }
        _ => Err("expected NAME=EXPR, for example steps=4".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_may_name_a_submodule() {
        let file = |name: &str| PathBuf::from(name);
        assert_eq!(parse_weights("a.pt"), Ok((None, file("a.pt"))));
        assert_eq!(parse_weights("encoder.0=a.pt"), Ok((Some("encoder.0".to_string()), file("a.pt"))));
        assert_eq!(parse_weights("./lr=3/a.pt"), Ok((None, file("./lr=3/a.pt"))));
        assert!(parse_weights("encoder=").is_err());
    }

    #[test]
    fn statics_are_names_and_expressions() {
        assert_eq!(parse_static("f=lambda x: x == 1"), Ok(("f".to_string(), "lambda x: x == 1".to_string())));
        assert!(parse_static("f").is_err());
        assert!(parse_static("=3").is_err());
    }
}
