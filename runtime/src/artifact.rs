//! The artifact's format: one file with a header, the manifest, the code image, the packed weights and the devices' code.
//!
//! ```text
//! 0    magic "BRAIDART", version, processor, length of the file; then for each of the four sections its offset,
//!      length and checksum; then the checksum of the header so far
//! ...  manifest (postcard)
//! page code image, to be mapped as it stands
//! page weights, to be mapped as they stand; each starts at a multiple of 64
//! page code of devices' kernels, if there are any
//! ```
//!
//! A section's checksum covers all bytes up to the next section, padding included, so no byte of the file is unchecked.
//! Numbers are little-endian. Nothing in a file is believed before its checksum has been verified.

use crate::manifest::Manifest;
use std::ffi::CString;
use std::io::Write;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::{ffi::OsStrExt, fs::OpenOptionsExt};
use std::path::Path;

/// Sections start at multiples of this.
pub const PAGE: usize = 4096;

const MAGIC: &[u8; 8] = b"BRAIDART";
/// Changes whenever the format, the manifest or the interface between code and runtime changes.
const VERSION: u32 = 5;
/// `EM_X86_64` of ELF.
const PROCESSOR: u32 = 62;
const SECTIONS: usize = 4;
/// magic, version, processor, file length, sections, checksum
const HEADER: usize = 8 + 4 + 4 + 8 + SECTIONS * 20 + 4;

/// Where the sections of a verified artifact are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The encoded manifest.
    pub manifest: Range<usize>,
    /// The code image.
    pub image: Range<usize>,
    /// The weights.
    pub weights: Range<usize>,
    /// Code of devices' kernels.
    pub kernels: Range<usize>,
}

fn align(n: usize) -> usize {
    n.next_multiple_of(PAGE)
}

/// The bytes of an artifact.
///
/// # Errors
/// If the manifest cannot be encoded.
pub fn encode(manifest: &Manifest, image: &[u8], weights: &[u8], kernels: &[u8]) -> Result<Vec<u8>, String> {
    let manifest =
        postcard::to_allocvec(manifest).map_err(|e| format!("the manifest cannot be encoded: {e}"))?;
    let sections = [manifest.as_slice(), image, weights, kernels];
    let mut offsets = [0; SECTIONS];
    let mut end = HEADER;
    for (offset, section) in offsets.iter_mut().zip(sections) {
        // The manifest follows the header; what is mapped starts on a page.
        *offset = if end == HEADER { end } else { align(end) };
        end = *offset + section.len();
    }
    let total = align(end);

    let mut bytes = vec![0; total];
    for (offset, section) in offsets.iter().zip(sections) {
        bytes[*offset..offset + section.len()].copy_from_slice(section);
    }
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(&PROCESSOR.to_le_bytes());
    header.extend_from_slice(&(total as u64).to_le_bytes());
    for (i, section) in sections.iter().enumerate() {
        let next = offsets.get(i + 1).copied().unwrap_or(total);
        header.extend_from_slice(&(offsets[i] as u64).to_le_bytes());
        header.extend_from_slice(&(section.len() as u64).to_le_bytes());
        header.extend_from_slice(&crc32fast::hash(&bytes[offsets[i]..next]).to_le_bytes());
    }
    header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
    bytes[..HEADER].copy_from_slice(&header);
    Ok(bytes)
}

/// Verifies an artifact and says where its sections are.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn verify(bytes: &[u8]) -> Result<Layout, String> {
    const REMAKE: &str = "compile the program again";
    if bytes.len() < 8 || &bytes[..8] != MAGIC {
        return Err("this is not a Braid artifact (it does not start with BRAIDART)".to_string());
    }
    if bytes.len() < HEADER {
        return Err(format!("the file ends within the header, it has been truncated; {REMAKE}"));
    }
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let usize_at =
        |at: usize| usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes")));
    let version = u32_at(8);
    let sound = crc32fast::hash(&bytes[..HEADER - 4]) == u32_at(HEADER - 4);
    if version != VERSION && sound {
        return Err(format!(
            "the artifact has format {version}, this runtime reads format {VERSION}; {REMAKE}"
        ));
    }
    if !sound {
        return Err(format!("the header has been altered (checksum mismatch); {REMAKE}"));
    }
    if u32_at(12) != PROCESSOR || !cfg!(target_arch = "x86_64") {
        return Err("the artifact is for another processor than x86-64, or this runtime is".to_string());
    }
    let altered = || format!("the header makes no sense; {REMAKE}");
    let length = usize_at(16).map_err(|_| altered())?;
    if bytes.len() < length {
        return Err(format!(
            "the file has {} bytes of {length}, it has been truncated; {REMAKE}",
            bytes.len()
        ));
    }
    if bytes.len() > length {
        return Err(format!("the file has {} bytes after its end; {REMAKE}", bytes.len() - length));
    }
    let mut found: Vec<(Range<usize>, u32)> = Vec::new();
    for i in 0..SECTIONS {
        let at = 24 + i * 20;
        let start = usize_at(at).map_err(|_| altered())?;
        let end = usize_at(at + 8).ok().and_then(|n| start.checked_add(n)).ok_or_else(altered)?;
        let previous = found.last().map_or(HEADER, |(range, _)| range.end);
        if start < previous || end > length || (i > 0 && start % PAGE != 0) {
            return Err(altered());
        }
        found.push((start..end, u32_at(at + 16)));
    }
    if found[0].0.start != HEADER {
        return Err(altered());
    }
    for (i, name) in ["manifest", "code", "weights", "device code"].iter().enumerate() {
        let next = found.get(i + 1).map_or(length, |(range, _)| range.start);
        if crc32fast::hash(&bytes[found[i].0.start..next]) != found[i].1 {
            return Err(format!("the {name} section has been altered (checksum mismatch); {REMAKE}"));
        }
    }
    let mut ranges = found.into_iter().map(|(range, _)| range);
    let mut next = || ranges.next().expect("four sections");
    Ok(Layout { manifest: next(), image: next(), weights: next(), kernels: next() })
}

/// Reads the manifest of a verified artifact.
///
/// # Errors
/// If it does not decode.
pub fn decode_manifest(bytes: &[u8], layout: &Layout) -> Result<Manifest, String> {
    postcard::from_bytes(&bytes[layout.manifest.clone()])
        .map_err(|e| format!("the manifest does not decode: {e}"))
}

/// Writes a file so that either all of it is there or nothing of it: to a temporary neighbour, then renamed.
/// What is there already and is no regular file (a pipe, a device) is written to and not replaced; a link stays one.
///
/// # Errors
/// What the operating system says.
pub fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let resolved = std::fs::canonicalize(path);
    let path = resolved.as_deref().unwrap_or(path);
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let mut name = path.file_name().ok_or(std::io::ErrorKind::InvalidInput)?.to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let temporary = path.with_file_name(name);
    let result = write_unnamed(&temporary, bytes)
        .or_else(|_| {
            let mut file = std::fs::File::create(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&temporary, path));
    if result.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&temporary);
    }
    result
}

/// Writes a file that has a name only once it is complete, so that nothing is left of it if the process is ended meanwhile.
/// Not every file system can do it.
fn write_unnamed(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file =
        std::fs::OpenOptions::new().write(true).mode(0o666).custom_flags(libc::O_TMPFILE).open(folder)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let source = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    let target = CString::new(path.as_os_str().as_bytes())?;
    let (here, follow) = (libc::AT_FDCWD, libc::AT_SYMLINK_FOLLOW);
    // SAFETY: both are paths that end in zero and outlive the call.
    match unsafe { libc::linkat(here, source.as_ptr(), here, target.as_ptr(), follow) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let manifest = Manifest { name: "forward".to_string(), ..Manifest::default() };
        encode(&manifest, &[0xc3; 5000], &[7; 100], &[9; 30]).expect("encodes")
    }

    #[test]
    fn an_artifact_reads_back() {
        let bytes = sample();
        let layout = verify(&bytes).expect("sound");
        assert_eq!(decode_manifest(&bytes, &layout).expect("decodes").name, "forward");
        assert_eq!(bytes[layout.image.clone()], [0xc3; 5000]);
        assert_eq!(bytes[layout.weights.clone()], [7; 100]);
        assert_eq!(bytes[layout.kernels.clone()], [9; 30]);
        assert_eq!((layout.image.start % PAGE, layout.weights.start % PAGE), (0, 0));
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let bytes = sample();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 0x10;
            assert!(verify(&altered).is_err(), "byte {at}");
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let bytes = sample();
        for length in 0..bytes.len() {
            assert!(verify(&bytes[..length]).is_err(), "length {length}");
        }
        assert!(verify(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn nothing_is_left_of_a_failed_write() {
        let folder = std::env::temp_dir().join(format!("braid-artifact-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("taken.braid")).expect("a folder");
        assert!(write_file(&folder.join("taken.braid"), b"x").is_err());
        assert_eq!(std::fs::read_dir(&folder).expect("reads").count(), 1);
        write_file(&folder.join("new.braid"), b"x").expect("writes");
        assert_eq!(std::fs::read(folder.join("new.braid")).expect("reads"), b"x");
        std::fs::remove_dir_all(folder).expect("removes");
    }

    #[test]
    fn links_and_pipes_are_not_replaced() {
        let folder = std::env::temp_dir().join(format!("braid-links-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("real"), b"old").expect("writes");
        std::os::unix::fs::symlink("real", folder.join("link")).expect("links");
        write_file(&folder.join("link"), b"new").expect("writes");
        assert_eq!(std::fs::read(folder.join("real")).expect("reads"), b"new");
        assert!(std::fs::symlink_metadata(folder.join("link")).expect("is there").is_symlink());
        let pipe = folder.join("pipe");
        let name = std::ffi::CString::new(pipe.to_str().expect("text")).expect("no zero");
        // SAFETY: a path that ends in zero.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).expect("reads")
        });
        write_file(&pipe, b"piped").expect("writes");
        assert_eq!(reader.join().expect("ends"), b"piped");
        assert!(!std::fs::metadata(&pipe).expect("is there").is_file());
        std::fs::remove_dir_all(folder).expect("removes");
    }
}
