//! Memory from the operating system: mapped files and zero pages.

use std::fs::File;
use std::os::fd::AsRawFd;

/// A mapping, unmapped when dropped.
pub(crate) struct Map {
    ptr: *mut u8,
    len: usize,
}

// SAFETY: a mapping is owned memory; it may be used from any thread.
unsafe impl Send for Map {}
// SAFETY: shared access only reads.
unsafe impl Sync for Map {}

/// Whether this much memory is left. The system itself promises more than it has, and ends the process that touches it.
/// Small amounts are not asked about, and where the system does not say, it is believed.
pub(crate) fn can_be_had(bytes: usize) -> bool {
    const SMALL: usize = 64 << 20;
    bytes <= SMALL || available().is_none_or(|available| bytes as u64 <= available)
}

/// Bytes that the system can give without swapping.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

impl Map {
    /// `len` zero bytes that take memory only where they are touched.
    pub(crate) fn zeroed(len: usize) -> std::io::Result<Map> {
        if !can_be_had(len) {
            return Err(std::io::ErrorKind::OutOfMemory.into());
        }
        Map::new(len, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
    }

    /// `len` bytes of a file from `offset` (a multiple of the page size), read-only and private.
    pub(crate) fn file(file: &File, offset: usize, len: usize) -> std::io::Result<Map> {
        Map::new(len, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), offset)
    }

    fn new(len: usize, protection: i32, flags: i32, fd: i32, offset: usize) -> std::io::Result<Map> {
        if len == 0 {
            return Ok(Map { ptr: std::ptr::NonNull::<u8>::dangling().as_ptr(), len });
        }
        // SAFETY: a fresh mapping at an address of the system's choice touches no memory of ours.
        let ptr =
            unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, fd, offset as libc::off_t) };
        if ptr == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        Ok(Map { ptr: ptr.cast(), len })
    }

    /// The first byte. Whether it may be written depends on the protection.
    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.ptr
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `len` mapped readable bytes; whoever writes through `as_ptr` does so while no such slice is alive.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }

    /// Changes what may be done with the bytes `from..to` (page boundaries).
    pub(crate) fn protect(&self, from: usize, to: usize, protection: i32) -> std::io::Result<()> {
        assert!(from <= to && to <= self.len, "within the mapping");
        if from == to {
            return Ok(());
        }
        // SAFETY: the range lies within this mapping.
        match unsafe { libc::mprotect(self.ptr.add(from).cast(), to - from, protection) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: mapped in `new` with this length.
            unsafe { libc::munmap(self.ptr.cast(), self.len) };
        }
    }
}
