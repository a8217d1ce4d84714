//! The code image in memory: mapped as it stands in the artifact, its table of addresses filled in, then sealed.
//!
//! No page is writable and executable at the same time.

use crate::context::Ctx;
use crate::imports;
use crate::manifest::Image as Layout;
use crate::map::Map;

/// The compiled host program: runs it on a context, returns a [`crate::context::Status`].
pub(crate) type Entry = unsafe extern "C" fn(*mut Ctx) -> i32;

/// Machine code in memory, ready to run.
pub struct Code {
    map: Map,
    text: usize,
}

impl Code {
    /// Maps a copy of an image's bytes and makes it executable.
    ///
    /// # Errors
    /// What is wrong with it: an import that this runtime lacks, an offset outside, no memory.
    pub fn new(bytes: &[u8], layout: &Layout) -> Result<Code, String> {
        Code::with(bytes, layout, imports::find)
    }

    /// Maps a copy of an image's bytes and makes it executable; `find` answers the address of what it imports.
    ///
    /// # Errors
    /// As [`Code::new`].
    pub fn with(bytes: &[u8], layout: &Layout, find: impl Fn(&str) -> Option<usize>) -> Result<Code, String> {
        let map = Map::zeroed(bytes.len()).map_err(|e| format!("the code cannot be mapped: {e}"))?;
        // SAFETY: a fresh mapping of this length that nobody else knows.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), map.as_ptr(), bytes.len()) };
        Code::seal(map, layout, find)
    }

    /// Makes a mapping of an image's bytes executable.
    fn seal(map: Map, layout: &Layout, find: impl Fn(&str) -> Option<usize>) -> Result<Code, String> {
        let len = map.bytes().len();
        let offset = |at: u64, room: usize| {
            usize::try_from(at)
                .ok()
                .filter(|at| at.checked_add(room).is_some_and(|end| end <= len))
                .ok_or_else(|| format!("the code refers to offset {at} outside of itself"))
        };
        let text = offset(layout.text_bytes, 0)?;
        let system = |e: std::io::Error| format!("the code cannot be mapped: {e}");
        map.protect(0, len, libc::PROT_READ | libc::PROT_WRITE).map_err(system)?;
        let put = |at: usize, address: usize| {
            // SAFETY: `offset` has checked the range, the mapping is private and writable here.
            unsafe { map.as_ptr().add(at).cast::<usize>().write_unaligned(address) };
        };
        for (at, name) in &layout.imports {
            let address =
                find(name).ok_or_else(|| format!("the code needs {name}, which this runtime lacks"))?;
            put(offset(*at, 8)?, address);
        }
        for (at, target) in &layout.relative {
            put(offset(*at, 8)?, map.as_ptr() as usize + offset(*target, 0)?);
        }
        map.protect(0, text, libc::PROT_READ | libc::PROT_EXEC).map_err(system)?;
        map.protect(text, len, libc::PROT_READ).map_err(system)?;
        Ok(Code { map, text })
    }

    /// The address of the code at an offset; `None` outside of the executable part.
    pub fn at(&self, offset: u64) -> Option<*const u8> {
        let offset = usize::try_from(offset).ok().filter(|at| *at < self.text)?;
        // SAFETY: within the mapping.
        Some(unsafe { self.map.as_ptr().add(offset) })
    }
}

/// The code of an artifact.
pub(crate) struct Image {
    entry: *const u8,
    entry_traced: *const u8,
    /// What the entries point into.
    code: Code,
}

// SAFETY: the pointers are into `code`, which is owned and only read.
unsafe impl Send for Image {}
// SAFETY: likewise.
unsafe impl Sync for Image {}

impl Image {
    /// Makes a mapping of an image's bytes executable.
    ///
    /// # Errors
    /// What is wrong with it: an import that this runtime lacks, an offset outside.
    pub(crate) fn new(map: Map, layout: &Layout) -> Result<Image, String> {
        let code = Code::seal(map, layout, imports::find)?;
        match (code.at(layout.entry), code.at(layout.entry_traced)) {
            (Some(entry), Some(entry_traced)) => Ok(Image { entry, entry_traced, code }),
            _ => Err("the code starts outside of itself".to_string()),
        }
    }

    /// The host program, with or without reports.
    pub(crate) fn entry(&self, traced: bool) -> Entry {
        let at = if traced { self.entry_traced } else { self.entry };
        // SAFETY: the address lies within the executable part, where the compiler has put a function of this type;
        // checksums have shown the bytes to be the compiler's.
        unsafe { std::mem::transmute::<*const u8, Entry>(at) }
    }

    /// The host program of a device, at the offset that the manifest tells; `None` outside of the executable part.
    pub(crate) fn device_entry(&self, offset: u64) -> Option<Entry> {
        // SAFETY: as in `entry`.
        self.code.at(offset).map(|at| unsafe { std::mem::transmute::<*const u8, Entry>(at) })
    }
}
