//! The processor that code is generated for.

use super::{KernelError, llvm, mlir};
use std::sync::OnceLock;

/// A processor in LLVM's words, and what its vector unit can do.
#[derive(Clone, Debug)]
pub struct Target {
    /// LLVM's name of the processor.
    pub cpu: String,
    /// LLVM's feature list; empty stands for what the name implies.
    pub features: String,
    lanes: usize,
    fma: bool,
    half: bool,
}

/// Names that `--cpu` accepts, as LLVM has them. Older ones lack instructions that kernels rely on (SSE 4.1); others have
/// some that LLVM uses and that the runtime cannot test for (FMA4 and XOP of bdver1 to 4, APX of diamondrapids).
const NAMES: &[&str] = &[
    "x86-64-v2",
    "x86-64-v3",
    "x86-64-v4",
    "nehalem",
    "westmere",
    "sandybridge",
    "ivybridge",
    "haswell",
    "broadwell",
    "skylake",
    "skylake-avx512",
    "cascadelake",
    "cooperlake",
    "cannonlake",
    "icelake-client",
    "icelake-server",
    "tigerlake",
    "rocketlake",
    "alderlake",
    "raptorlake",
    "meteorlake",
    "sapphirerapids",
    "emeraldrapids",
    "graniterapids",
    "btver2",
    "znver1",
    "znver2",
    "znver3",
    "znver4",
    "znver5",
];

impl Target {
    /// The machine that runs the compiler.
    ///
    /// # Errors
    /// If LLVM cannot generate code for it.
    pub fn native() -> Result<Target, KernelError> {
        static NATIVE: OnceLock<Target> = OnceLock::new();
        if let Some(target) = NATIVE.get() {
            return Ok(target.clone());
        }
        let (cpu, features) = llvm::host();
        let target = Target::probed(cpu, features)?;
        Ok(NATIVE.get_or_init(|| target).clone())
    }

    /// The processor of this name; `native` is this machine's.
    ///
    /// # Errors
    /// If there is no such name.
    pub fn named(cpu: &str) -> Result<Target, KernelError> {
        if cpu == "native" {
            return Target::native();
        }
        if !NAMES.contains(&cpu) {
            return Err(KernelError::UnknownCpu { cpu: cpu.to_string(), known: NAMES.join(", ") });
        }
        Target::probed(cpu.to_string(), String::new())
    }

    /// What every device can do: a thread has no vectors, but fused multiply-adds.
    pub fn device() -> Target {
        Target { cpu: String::new(), features: String::new(), lanes: 1, fma: true, half: true }
    }

    /// Number of `f32` elements in the widest vector register.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Whether there is a fused multiply-add.
    pub fn fma(&self) -> bool {
        self.fma
    }

    /// Whether it converts `f16`.
    pub fn half(&self) -> bool {
        self.half
    }

    /// Finds out what the vector unit can do by asking LLVM for the code of one wide multiply-add.
    fn probed(cpu: String, features: String) -> Result<Target, KernelError> {
        const PROBE: &str = "func.func @probe(%p: !llvm.ptr) {
            %x = llvm.load %p : !llvm.ptr -> vector<16xf32>
            %y = math.fma %x, %x, %x : vector<16xf32>
            %z = arith.divf %y, %x : vector<16xf32>
            %h = llvm.load %p : !llvm.ptr -> f16
            %w = arith.extf %h : f16 to f32
            %q = llvm.getelementptr %p[16] : (!llvm.ptr) -> !llvm.ptr, f32
            llvm.store %w, %q : f32, !llvm.ptr
            llvm.store %z, %p : vector<16xf32>, !llvm.ptr
            return
        }";
        let mut target = Target { cpu, features, lanes: 16, fma: true, half: true };
        let assembly = mlir::Compiler::new().compile("probe", PROBE, &target, llvm::Code::Assembly)?;
        let assembly = String::from_utf8_lossy(&assembly);
        target.lanes = if assembly.contains("zmm") {
            16
        } else if assembly.contains("ymm") {
            8
        } else {
            4
        };
        target.fma = assembly.contains("vfmadd");
        target.half = assembly.contains("vcvtph2ps");
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_tells_vector_units_apart() {
        let of = |cpu| Target::named(cpu).map(|t| (t.lanes(), t.fma())).expect("a known name");
        assert_eq!(of("x86-64-v2"), (4, false));
        assert!(!Target::named("sandybridge").expect("a known name").half());
        assert!(Target::named("x86-64-v3").expect("a known name").half());
        assert_eq!(of("sandybridge"), (8, false));
        assert_eq!(of("x86-64-v3"), (8, true));
        assert_eq!(of("x86-64-v4"), (16, true));
    }

    #[test]
    fn an_unknown_name_is_refused() {
        let error = Target::named("z80").expect_err("no such CPU");
        assert!(error.to_string().contains("znver5"), "{error}");
    }
}
