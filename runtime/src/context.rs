//! What compiled code sees of the runtime: one structure of pointers, and the functions it may call through it.
//!
//! The compiler knows the layout through [`layout`]. Compiled code never unwinds and never calls anything else but the
//! functions of [`crate::imports`].

use crate::device::{Address, Extent};
use crate::session::State;

/// A growing buffer for tensors whose size is known only at run time.
#[derive(Debug)]
#[repr(C)]
pub struct Slot {
    /// Its bytes, aligned as [`crate::tensor::ALIGN`] says.
    pub ptr: *mut u8,
    /// How many there are.
    pub bytes: i64,
}

/// What compiled code sees.
#[derive(Debug)]
#[repr(C)]
pub struct Ctx {
    /// The arena.
    pub arena: *mut u8,
    /// The weights section.
    pub weights: *const u8,
    /// One pointer per input.
    pub inputs: *const *const u8,
    /// Dimensions of all inputs, one after the other.
    pub dims: *const i64,
    /// Growing buffers.
    pub slots: *mut Slot,
    /// Where pointers of returns, raises and library calls are passed.
    pub values: *mut *mut u8,
    /// Where integers of returns, raises and library calls are passed.
    pub ints: *mut i64,
    /// Which return, raise or guard ended the program, or at which line.
    pub site: u64,
    /// Makes slot number `.1` at least `.2` bytes large and returns its pointer; null if that cannot be.
    pub grow: unsafe extern "C" fn(*mut Ctx, u64, i64) -> *mut u8,
    /// Makes library call number `.1`; 0 if it succeeded.
    pub library: unsafe extern "C" fn(*mut Ctx, u64) -> i32,
    /// Reports gate number `.1` with its condition `.2` and returns the side to take. Traced runs only.
    pub gate: unsafe extern "C" fn(*mut Ctx, u64, u64) -> u64,
    /// Reports that call number `.1` of a subnet begins. Traced runs only.
    pub begin: unsafe extern "C" fn(*mut Ctx, u64),
    /// Reports that it has ended. Traced runs only.
    pub end: unsafe extern "C" fn(*mut Ctx),
    /// Calls that move data and launch kernels. Runs on a device only: there every pointer is a device's address.
    pub device: DeviceCalls,
    /// The value that [`DeviceCalls::fetch`] has read.
    pub word: i64,
    /// Reports that a loop begins anew; not 0 if the run must stop. Traced runs only.
    pub step: unsafe extern "C" fn(*mut Ctx) -> i32,
    /// The session's own state.
    pub(crate) state: *mut State,
}

/// What the host program asks of a device, in order; each returns 0 if it succeeded.
#[derive(Debug)]
#[repr(C)]
pub struct DeviceCalls {
    /// Reads `.2` bytes, at most eight, from address `.1` into [`Ctx::word`], the bytes above them zero. It waits for what
    /// has been asked for before.
    pub fetch: unsafe extern "C" fn(*mut Ctx, Address, u64) -> i32,
    /// Writes the lowest `.2` bytes of `.3`, at most eight, to address `.1`.
    pub put: unsafe extern "C" fn(*mut Ctx, Address, u64, i64) -> i32,
    /// Copies `.3` bytes from address `.1` to address `.2`.
    pub copy: unsafe extern "C" fn(*mut Ctx, Address, Address, u64) -> i32,
    /// Launches kernel `.1` on buffers, integers and a grid of three numbers; the manifest knows how many there are.
    pub launch: unsafe extern "C" fn(*mut Ctx, u64, *const Extent, *const i64, *const i64) -> i32,
    /// Begins or ends part `.1` (a [`Part`]) of the graph that is being recorded, at `.2`. Host programs for graphs only.
    pub part: unsafe extern "C" fn(*mut Ctx, u64, u64) -> i32,
}

/// What a host program for graphs says besides copies and launches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Part {
    /// What follows is done if the byte at an address is not 0.
    If = 0,
    /// What follows is done if a flag is set.
    IfFlag = 1,
    /// What follows is done if it was the other way round.
    Else = 2,
    /// What follows is done as long as a flag is set.
    While = 3,
    /// Ends what was begun last.
    Close = 4,
    /// Sets a flag.
    Raise = 5,
    /// Clears a flag.
    Lower = 6,
    /// The program ends, with a [`Status`]; site, values and integers are passed.
    End = 7,
}

impl Part {
    /// The part of this number.
    pub fn from_code(code: u64) -> Option<Part> {
        use Part::*;
        [If, IfFlag, Else, While, Close, Raise, Lower, End].into_iter().find(|part| *part as u64 == code)
    }
}

/// Offsets into [`Ctx`], [`Slot`] and [`Extent`].
pub mod layout {
    use super::{Ctx, DeviceCalls, Extent, Slot};
    use std::mem::{offset_of, size_of};

    macro_rules! offsets {
        ($($name:ident $of:ident $field:ident;)*) => {$(
            #[doc = concat!("Offset of `", stringify!($of), "::", stringify!($field), "`.")]
            pub const $name: i32 = offset_of!($of, $field) as i32;
        )*};
    }
    offsets! {
        ARENA Ctx arena;
        WEIGHTS Ctx weights;
        INPUTS Ctx inputs;
        DIMS Ctx dims;
        SLOTS Ctx slots;
        VALUES Ctx values;
        INTS Ctx ints;
        SITE Ctx site;
        GROW Ctx grow;
        LIBRARY Ctx library;
        GATE Ctx gate;
        BEGIN Ctx begin;
        END Ctx end;
        WORD Ctx word;
        EXTENT_ADDRESS Extent address;
        EXTENT_BYTES Extent bytes;
        STEP Ctx step;
        SLOT_PTR Slot ptr;
        SLOT_BYTES Slot bytes;
    }
    /// Offset of [`DeviceCalls::fetch`] in [`Ctx`].
    pub const FETCH: i32 = (offset_of!(Ctx, device) + offset_of!(DeviceCalls, fetch)) as i32;
    /// Offset of [`DeviceCalls::put`] in [`Ctx`].
    pub const PUT: i32 = (offset_of!(Ctx, device) + offset_of!(DeviceCalls, put)) as i32;
    /// Offset of [`DeviceCalls::copy`] in [`Ctx`].
    pub const COPY: i32 = (offset_of!(Ctx, device) + offset_of!(DeviceCalls, copy)) as i32;
    /// Offset of [`DeviceCalls::launch`] in [`Ctx`].
    pub const LAUNCH: i32 = (offset_of!(Ctx, device) + offset_of!(DeviceCalls, launch)) as i32;
    /// Offset of [`DeviceCalls::part`] in [`Ctx`].
    pub const PART: i32 = (offset_of!(Ctx, device) + offset_of!(DeviceCalls, part)) as i32;
    /// Size of a [`Slot`].
    pub const SLOT_SIZE: i32 = size_of::<Slot>() as i32;
    /// Size of an [`Extent`].
    pub const EXTENT_SIZE: i32 = size_of::<Extent>() as i32;
}

/// How the host program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// At return number [`Ctx::site`].
    Returned = 0,
    /// At raise number [`Ctx::site`].
    Raised = 1,
    /// At guard number [`Ctx::site`].
    Guard = 2,
    /// A library call failed; the session knows why.
    Library = 3,
    /// A buffer of the size needed cannot be had; the site is a [`crate::manifest::Loc`]'s code.
    Memory = 4,
    /// Integer arithmetic left 64 bits; the site is a [`crate::manifest::Loc`]'s code.
    Overflow = 5,
    /// The condition of check number [`Ctx::site`] does not hold.
    Check = 6,
    /// The device failed; the session knows why.
    Device = 7,
    /// Loops have begun anew as often as the run allows; the site is a [`crate::manifest::Loc`]'s code.
    Steps = 8,
    /// The host must run the program instead: it knows what to say.
    Redo = 9,
}

impl Status {
    /// The status of this number.
    pub fn from_code(code: i32) -> Option<Status> {
        use Status::*;
        [Returned, Raised, Guard, Library, Memory, Overflow, Check, Device, Steps, Redo]
            .into_iter()
            .find(|s| *s as i32 == code)
    }
}
