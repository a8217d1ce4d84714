//! Bad input through the real binary: one diagnostic, exit code 1, no partial output, never a panic.
//!
//! This is a test of the root package, which alone may name the binary it builds.

mod artifacts;
mod checkpoints;
mod devices;
mod expressions;
mod models;
mod onnx;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of one test's own, and the binary run in it.
struct Desk {
    folder: PathBuf,
}

/// How the binary ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new(name: &str) -> Desk {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad_input").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        Desk { folder }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Desk {
        std::fs::write(self.folder.join(name), content).expect("the target folder is writable");
        self
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_where(&[], arguments)
    }

    /// Runs the binary where these variables are set.
    fn run_where(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_braid"))
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(&self.folder)
            .output()
            .expect("the binary starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Compiles `model.py` with these further arguments.
    fn compile(&self, arguments: &[&str]) -> Ended {
        let mut all = vec!["compile", "model.py", "-o", "out.braid"];
        if !arguments.contains(&"--build") {
            all.extend(["--build", "M()"]);
        }
        all.extend(arguments);
        self.run(&all)
    }

    /// Compiles what must compile.
    fn compiled(&self, arguments: &[&str]) {
        let ended = self.compile(arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }

    /// Asserts that nothing was left behind by a compilation that failed.
    fn has_no_output(&self) {
        let left: Vec<String> = std::fs::read_dir(&self.folder)
            .expect("the folder is there")
            .filter_map(|f| f.ok()?.file_name().into_string().ok())
            .filter(|name| name.contains(".braid") || name.ends_with(".part"))
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

impl Ended {
    /// Asserts one diagnostic that says all of `parts`, and exit code 1.
    #[track_caller]
    fn refused(&self, parts: &[&str]) {
        let Ended { code, stderr, .. } = self;
        assert_eq!(*code, Some(1), "exit code; stderr:\n{stderr}");
        assert!(!stderr.contains("internal error") && !stderr.contains("panicked"), "{stderr}");
        assert_eq!(stderr.matches("error: ").count(), 1, "one diagnostic:\n{stderr}");
        for part in parts {
            assert!(stderr.to_lowercase().contains(&part.to_lowercase()), "`{part}` is not in:\n{stderr}");
        }
    }
}

/// Where committed files of this repository are.
fn repository(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).display().to_string()
}
