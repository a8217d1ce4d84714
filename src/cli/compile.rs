//! `braid compile`: a model's source in, one artifact out.

use super::progress::Terminal;
use braid::{CompileOptions, Diagnostic, InputSpec, Machine, OnnxOptions, PythonOptions, Source};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Compiled kernels are kept in the folder BRAID_CACHE [default: braid in the user's cache folder]; \
                        BRAID_CACHE= keeps none."
)]
pub struct Arguments {
    /// The model: a Python file, or an .onnx file
    source: PathBuf,
    /// Python expression, evaluated in the source's module, that yields the module or function to compile
    #[arg(long, value_name = "EXPR")]
    build: Option<String>,
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
    /// Tensor argument, in order: x=f32[1,3,32,32]; a dimension may be a name, as in tokens=i64[n]. Of an ONNX model, where
    /// its own declaration is to be replaced
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
    /// Device to compile for besides the CPU: vulkan, cuda:sm_80, cuda:sm_90, cuda:sm_90a, cuda:sm_100, amdgpu:gfx90a,
    /// amdgpu:gfx942, amdgpu:gfx1100; repeatable
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
    /// Where the compiled program goes
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Diagnostic> {
    refuse_other_formats(&arguments.source)?;
    if let Some(folder) = arguments.include.iter().find(|folder| !folder.is_dir()) {
        return Err(Diagnostic::new(format!("-I {}: there is no such folder", folder.display())));
    }
    let machine =
        Machine { cpu: arguments.cpu.clone(), devices: arguments.targets.clone(), cache: kernel_cache() };
    let output = arguments.output.clone();
    let options = CompileOptions { source: model(arguments)?, machine };
    let terminal = Terminal::new();
    let artifact = braid::compile(&options, &terminal)?;
    terminal.clear();
    braid::runtime::artifact::write_file(&output, &artifact)
        .map_err(|e| Diagnostic::new(format!("cannot write {}: {e}", output.display())))?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a file is an ONNX model; formats are told apart by name.
pub fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"))
}

/// The model that the arguments name.
fn model(arguments: Arguments) -> Result<Source, Diagnostic> {
    let source = arguments.source;
    if is_onnx(&source) {
        let python = [
            ("--build", arguments.build.is_some()),
            ("--entry", arguments.entry.is_some()),
            ("-I", !arguments.include.is_empty()),
            ("--weights", !arguments.weights.is_empty()),
            ("--static", !arguments.statics.is_empty()),
        ];
        if let Some((option, _)) = python.iter().find(|(_, given)| *given) {
            return Err(Diagnostic::new(format!("{option} is for Python source, not for an ONNX model")));
        }
        return Ok(OnnxOptions { source, inputs: arguments.input }.into());
    }
    let build = arguments.build.ok_or_else(|| {
        Diagnostic::new(format!("{}: --build is missing", source.display())).with_help(
            "give a Python expression that makes the module to compile, for example --build \"Net(num_classes=10)\"",
        )
    })?;
    Ok(PythonOptions {
        source,
        build,
        entry: arguments.entry,
        include_dirs: arguments.include,
        weights: arguments.weights,
        inputs: arguments.input,
        statics: arguments.statics,
    }
    .into())
}

/// The folder of compiled kernels: `BRAID_CACHE` (empty for none), else `braid` in the user's cache folder.
pub fn kernel_cache() -> Option<PathBuf> {
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
