//! What an artifact says about itself: everything that the runtime must know besides code and weights.
//!
//! The compiler writes it, the runtime and `inspect` read it. Numbers that are only known at run time are passed by the
//! compiled host program in a small array of integers; [`Size::Arg`] names a position in it.

use crate::tensor::DType;
use serde::{Deserialize, Serialize};

/// A place in the user's source; line 0 means there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loc {
    /// Index into [`Manifest::files`].
    pub file: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub col: u32,
}

impl Loc {
    /// The place as one number, for compiled code to pass; a column beyond 65535 is cut off.
    pub fn code(self) -> u64 {
        let file = u64::from(self.file).min(0xffff);
        file << 48 | u64::from(self.line) << 16 | u64::from(self.col).min(0xffff)
    }

    /// The place of a number.
    pub fn from_code(code: u64) -> Loc {
        Loc { file: (code >> 48) as u32, line: (code >> 16) as u32, col: (code & 0xffff) as u32 }
    }
}

/// An integer of a call: a number, or one that the host program passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Size {
    /// Known when the program was compiled.
    Fixed(i64),
    /// Position in the integers passed.
    Arg(u32),
}

/// A dimension of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dim {
    /// A number.
    Fixed(u64),
    /// A name; the same name is the same number everywhere.
    Named(String),
    /// An expression over names, as text; the host program checks it.
    Computed(String),
    /// Any number, for each element of a list another one.
    Open,
}

impl std::fmt::Display for Dim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Dim::Fixed(n) => write!(f, "{n}"),
            Dim::Named(name) | Dim::Computed(name) => f.write_str(name),
            Dim::Open => f.write_str("?"),
        }
    }
}

/// An input of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Element type.
    pub dtype: DType,
    /// Dimensions.
    pub dims: Vec<Dim>,
    /// Whether it is a list of such tensors.
    pub list: bool,
    /// Whether they may differ in the number of dimensions, too; `dims` are none then.
    pub ragged: bool,
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dims: Vec<String> = if self.ragged {
            vec!["*".to_string()]
        } else {
            self.dims.iter().map(|d| d.to_string()).collect()
        };
        let (open, close) = if self.list { ("list<", ">") } else { ("", "") };
        write!(f, "{}={open}{}[{}]{close}", self.name, self.dtype, dims.join(","))
    }
}

/// A value that the host program hands to the runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A pointer to elements.
    Tensor {
        /// Element type.
        dtype: DType,
        /// Dimensions.
        shape: Vec<Size>,
        /// Dimensions for a reader.
        text: String,
    },
    /// A handle to a sequence of tensors of this element type.
    Seq {
        /// Element type.
        dtype: DType,
        /// Rank of the elements; 0 where they may differ in it.
        rank: u32,
        /// Which of their dimensions may differ from element to element.
        open: Vec<u32>,
    },
}

/// A `return` of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The user's line.
    pub loc: Loc,
    /// The results; a sequence stands for all its elements.
    pub values: Vec<Value>,
}

/// A place where the source raises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fail {
    /// The user's line.
    pub loc: Loc,
    /// `ValueError: …`; `{0}` stands for operand 0.
    pub message: String,
    /// What the message shows.
    pub operands: Vec<Value>,
}

/// A condition that is checked on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The user's line.
    pub loc: Loc,
    /// The exception; `{0}` stands for value 0.
    pub message: String,
    /// Integers that the message shows.
    pub values: Vec<Size>,
}

/// A condition on input dimensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The user's line that relies on it.
    pub loc: Loc,
    /// The condition, as text.
    pub condition: String,
    /// What relies on it; the exception's type and text if it is an assertion of the source.
    pub reason: String,
    /// Whether the source itself asserts it.
    pub raises: bool,
}

/// A branch of the host program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The user's line.
    pub loc: Loc,
}

/// A distinct subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its operators, in short, for a reader.
    pub summary: String,
    /// Scratch memory in bytes, as text if it depends on dimensions.
    pub scratch: String,
}

/// A place where the host program calls a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Index into [`Manifest::subnets`].
    pub subnet: u32,
    /// The user's line.
    pub loc: Loc,
}

/// An attribute of a library call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Attr {
    /// A truth value.
    Bool(bool),
    /// Integers.
    Ints(Vec<i64>),
    /// Floats.
    Floats(Vec<f64>),
    /// A name or a template.
    Str(String),
    /// An element type.
    DType(DType),
    /// Integers that may be known only at run time: a shape, a count.
    Sizes(Vec<Size>),
}

/// Where a library call's result goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In the arena.
    Arena {
        /// Offset in bytes.
        offset: u64,
        /// Room in bytes.
        bytes: u64,
    },
    /// In a buffer that grows to what is needed.
    Slot(u32),
    /// A new sequence; its handle is passed back.
    Handle,
}

/// A result of a library call. Its dimensions are the routine's to compute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Element type.
    pub dtype: DType,
    /// Where it goes.
    pub place: Place,
}

/// A place where the host program calls the runtime's library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibraryCall {
    /// Name of the routine.
    pub kernel: String,
    /// Attributes by name.
    pub attrs: Vec<(String, Attr)>,
    /// Operands.
    pub operands: Vec<Value>,
    /// Results.
    pub results: Vec<Output>,
    /// The user's line.
    pub loc: Loc,
}

/// A weight in the artifact, in one of the forms that the code reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// The attribute path.
    pub name: String,
    /// Element type and dimensions, as text.
    pub ty: String,
    /// Whether it is packed for a kernel.
    pub packed: bool,
    /// Offset in the weights section.
    pub offset: u64,
    /// Length in bytes.
    pub bytes: u64,
}

/// The code image: position-independent text and constants, then one table of addresses that the loader fills in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Offset of the host program.
    pub entry: u64,
    /// Offset of the host program that reports what it does.
    pub entry_traced: u64,
    /// Where code ends; a multiple of the page size.
    pub text_bytes: u64,
    /// Functions of the runtime: where the address goes, and the function's name.
    pub imports: Vec<(u64, String)>,
    /// Addresses within the image: where the address goes, and the offset that it points to.
    pub relative: Vec<(u64, u64)>,
}

/// The machine that the code is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Name of the CPU model that the code was tuned for.
    pub cpu: String,
    /// Features that it must have, by LLVM's names.
    pub features: Vec<String>,
}

/// A kernel of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kernel {
    /// Name of its entry within its code.
    pub name: String,
    /// Where its code starts in the section of device code. Kernels may share code.
    pub offset: u64,
    /// Length of its code in bytes.
    pub bytes: u64,
    /// Threads of a workgroup.
    pub workgroup: [u32; 3],
    /// How many buffers it takes; they come before the integers.
    pub buffers: u32,
    /// How many integers it takes.
    pub ints: u32,
    /// Workgroup memory in bytes.
    pub shared_bytes: u32,
    /// Registers of a thread and bytes that it spills, where an assembler has told them.
    pub registers: Option<(u32, u32)>,
}

/// A kernel as one subnet launches it, for a reader. The numbers are terms over the subnet's dimensions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// Index into [`Device::kernels`].
    pub kernel: u32,
    /// Numbers of workgroups.
    pub grid: [String; 3],
    /// The bytes that any kernel of this meaning has to move: each buffer once.
    pub floor_bytes: String,
    /// The floating-point operations that it has to do.
    pub floor_flops: String,
}

/// A kind of device that the program has code for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// `cuda:sm_90` or `vulkan`.
    pub target: String,
    /// Offset in the image of the host program that drives it.
    pub entry: u64,
    /// Its kernels.
    pub kernels: Vec<Kernel>,
    /// The launches of each subnet, in order.
    pub subnets: Vec<Vec<Launch>>,
    /// For each library call the kernels that do it, in the order that its routine knows; none where the CPU does it.
    pub library: Vec<Vec<u32>>,
    /// The program as a graph for the device, or why the host runs it step by step.
    pub graph: Result<Graph, Obstacle>,
}

/// The host program that records a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    /// Its offset in the image.
    pub entry: u64,
    /// Flags that it needs in the device's memory.
    pub flags: u32,
    /// Numbers of kernels for parts that run on a condition, and for copies in them by words and by bytes, where the driver needs any.
    pub parts: Vec<u32>,
    /// Of each gate whether the device decides it; the others are decided by the sizes of inputs, when the graph is made.
    pub decided: Vec<bool>,
}

/// Why there is no graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The reason.
    pub why: String,
    /// The user's line.
    pub loc: Loc,
}

/// Everything that an artifact says about itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the entry.
    pub name: String,
    /// Source files that locations refer to.
    pub files: Vec<String>,
    /// Inputs in order.
    pub inputs: Vec<Input>,
    /// Conditions checked at entry.
    pub guards: Vec<Guard>,
    /// Branches.
    pub gates: Vec<Gate>,
    /// Distinct subnets.
    pub subnets: Vec<Subnet>,
    /// Calls of subnets.
    pub calls: Vec<Call>,
    /// Calls of the runtime's library.
    pub library: Vec<LibraryCall>,
    /// Returns.
    pub returns: Vec<Return>,
    /// Raises.
    pub fails: Vec<Fail>,
    /// Conditions checked on the way.
    pub checks: Vec<Check>,
    /// Weights.
    pub weights: Vec<Weight>,
    /// Size of the arena in bytes.
    pub arena_bytes: u64,
    /// Number of growing buffers.
    pub slots: u32,
    /// Code.
    pub image: Image,
    /// Machine.
    pub target: Target,
    /// Devices that it can run on besides.
    pub devices: Vec<Device>,
}

impl Manifest {
    /// `file:line:column`, the file alone for a place without a column, or the program's name if the source is not known.
    pub fn place(&self, loc: Loc) -> String {
        match self.files.get(loc.file as usize) {
            Some(file) if loc.line > 0 && loc.col == 0 => file.clone(),
            Some(file) if loc.line > 0 => format!("{file}:{}:{}", loc.line, loc.col),
            _ => format!("<{}>", self.name),
        }
    }
}
