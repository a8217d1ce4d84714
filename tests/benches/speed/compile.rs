//! How long `braid compile` takes for SkipNet-38, with an empty kernel cache and with a filled one.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Seconds.
pub struct Seconds {
    /// With an empty cache.
    pub cold: f64,
    /// With the cache that the first compilation left.
    pub warm: f64,
}

/// Runs the binary that `BRAID_BIN` names.
pub fn measure() -> Option<Seconds> {
    let binary = PathBuf::from(std::env::var_os("BRAID_BIN")?);
    let folder = braid_tests::scratch("bench_compile");
    let models = braid_tests::here("models");
    let seconds = || {
        let start = Instant::now();
        let status = Command::new(&binary)
            .arg("compile")
            .arg(models.join("skipnet.py"))
            .args([
                "--build",
                "SkipNet(BasicBlock, [6, 6, 6], num_classes=10)",
                "--input",
                "x=f32[1,3,32,32]",
            ])
            .arg("--weights")
            .arg(models.join("skipnet.safetensors"))
            .arg("-o")
            .arg(folder.join("skipnet.braid"))
            .env("BRAID_CACHE", folder.join("cache"))
            .status()
            .expect("the binary of BRAID_BIN starts");
        status.success().then(|| start.elapsed().as_secs_f64())
    };
    Some(Seconds { cold: seconds()?, warm: seconds()? })
}
