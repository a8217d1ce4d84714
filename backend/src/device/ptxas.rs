//! NVIDIA's assembler, for what only it tells: nothing that is made here needs it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the assembler tells of one kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Registers of a thread.
    pub registers: u32,
    /// Bytes of a thread's stack.
    pub stack: u32,
    /// Bytes that it stores and loads for want of registers.
    pub spilled: u32,
}

/// The assembler that there is: the file that `BRAID_PTXAS` names, or `ptxas` on the path.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os("BRAID_PTXAS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    named.or_else(|| {
        std::env::split_paths(&path).map(|folder| folder.join("ptxas")).find(|file| file.is_file())
    })
}

/// What it tells of PTX with one kernel, for a chip such as `sm_90`.
///
/// # Errors
/// What it says if it refuses the text.
pub fn usage(ptxas: &Path, text: &[u8], chip: &str) -> Result<Usage, String> {
    static FOLDERS: AtomicU64 = AtomicU64::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("braid-ptxas-{}-{number}", std::process::id()));
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let (source, object) = (folder.join("kernel.ptx"), folder.join("kernel.cubin"));
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    let output = std::fs::create_dir(&folder).and_then(|()| std::fs::write(&source, text)).map_err(failed);
    let output = output.and_then(|()| {
        let mut command = Command::new(ptxas);
        command.args(["-v", "-O3", &format!("-arch={chip}")]).arg("-o").arg(&object).arg(&source);
        command.output().map_err(|e| format!("{}: {e}", ptxas.display()))
    });
    // What cannot be removed from a folder for temporary files is not worth a word.
    let _ = std::fs::remove_dir_all(&folder);
    let output = output?;
    let told =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    if output.status.success() { told_of(&told) } else { Err(told) }
}

fn told_of(told: &str) -> Result<Usage, String> {
    let before = |unit: &str| {
        let (count, _) = told.split_once(unit)?;
        count.split_whitespace().next_back()?.parse::<u32>().ok()
    };
    let all = (
        before(" registers"),
        before(" bytes stack frame"),
        before(" bytes spill stores"),
        before(" bytes spill loads"),
    );
    match all {
        (Some(registers), Some(stack), Some(stores), Some(loads)) => {
            Ok(Usage { registers, stack, spilled: stores + loads })
        }
        _ => Err(format!("the assembler tells something else: {told}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Usage, told_of};

    #[test]
    fn what_the_assembler_tells_is_read() {
        let told = "ptxas info    : Function properties for k\n    8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads\n\
                    ptxas info    : Used 40 registers, used 0 barriers, 8 bytes cumulative stack size\n";
        assert_eq!(told_of(told), Ok(Usage { registers: 40, stack: 8, spilled: 16 }));
        assert!(told_of("nothing").is_err());
    }
}
