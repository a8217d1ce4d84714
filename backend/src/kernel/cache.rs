//! Objects of earlier compilations, by what they were made from.

use super::target::Target;
use std::path::{Path, PathBuf};

/// Changes whenever the same text would become other code.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " llvm 22.1 pipeline 1");

/// A 128-bit FNV-1a hash: stable over runs, machines and compilers.
pub fn hash(parts: &[&[u8]]) -> u128 {
    const PRIME: u128 = 0x0000000001000000000000000000013B;
    let mut state: u128 = 0x6C62272E07BB014262B821756295C58D;
    for part in parts {
        for &byte in part.iter().chain(&[0xFF]) {
            state = (state ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    state
}

/// Where the object of a text lies.
fn file(folder: &Path, text: &str, target: &Target) -> PathBuf {
    let key = hash(&[VERSION.as_bytes(), target.cpu.as_bytes(), target.features.as_bytes(), text.as_bytes()]);
    folder.join(format!("{key:032x}.kernel"))
}

/// The object of a text, if it is there and whole.
pub fn load(folder: &Path, text: &str, target: &Target) -> Option<Vec<u8>> {
    let bytes = std::fs::read(file(folder, text, target)).ok()?;
    let (checksum, object) = bytes.split_at_checked(16)?;
    (checksum == hash(&[object]).to_le_bytes()).then(|| object.to_vec())
}

/// Keeps an object. A cache that cannot be written is only slower, so failures are not reported.
pub fn store(folder: &Path, text: &str, target: &Target, object: &[u8]) {
    let path = file(folder, text, target);
    let mut bytes = hash(&[object]).to_le_bytes().to_vec();
    bytes.extend_from_slice(object);
    // Written aside and moved into place, so that a reader never sees a part.
    let aside = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&aside, &bytes));
    if written.and_then(|()| std::fs::rename(&aside, &path)).is_err() {
        let _ = std::fs::remove_file(&aside);
    }
}
