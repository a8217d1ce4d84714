//! What a code object tells of its kernel: the note `NT_AMDGPU_METADATA`, a map in MessagePack.

use object::endian::LittleEndian;
use object::read::elf::{ElfFile64, SectionHeader};

/// The owner of the note, and its type.
const OWNER: &[u8] = b"AMDGPU";
const METADATA: u32 = 32;
/// Maps and arrays within each other; there are five.
const DEPTH_MAX: u32 = 16;

/// What a kernel needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// What it is compiled for: `amdgcn-amd-amdhsa--gfx90a`.
    pub target: String,
    /// Name of its entry.
    pub name: String,
    /// The symbol of its descriptor.
    pub symbol: String,
    /// What it is passed, in order.
    pub arguments: Vec<Argument>,
    /// Length of all that it is passed.
    pub argument_bytes: u32,
    /// Threads of a workgroup.
    pub workgroup: [u32; 3],
    /// Workgroup memory.
    pub workgroup_bytes: u32,
    /// Memory of each thread for what finds no register.
    pub private_bytes: u32,
    /// Whether it needs more of it than is known.
    pub dynamic_stack: bool,
    /// Vector registers of a thread.
    pub vgprs: u32,
    /// Registers of a wave.
    pub sgprs: u32,
    /// Vector registers that are kept in memory.
    pub vgpr_spills: u32,
    /// Registers of a wave that are kept elsewhere.
    pub sgpr_spills: u32,
    /// Threads that execute together.
    pub wave: u32,
}

/// Something that a kernel is passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// `global_buffer`, `by_value`; others are passed by the driver on its own account.
    pub kind: String,
    /// Where it lies.
    pub offset: u32,
    /// Its length.
    pub bytes: u32,
}

/// The notes of a code object with one kernel.
///
/// # Errors
/// If it is no such thing.
pub fn read(code: &[u8]) -> Result<Notes, String> {
    let file = ElfFile64::<LittleEndian>::parse(code).map_err(|e| e.to_string())?;
    for section in file.elf_section_table().iter() {
        let Some(mut notes) = section.notes(LittleEndian, code).map_err(|e| e.to_string())? else { continue };
        while let Some(note) = notes.next().map_err(|e| e.to_string())? {
            if note.name() == OWNER && note.n_type(LittleEndian) == METADATA {
                return of(&Reader { rest: note.desc() }.value(0)?);
            }
        }
    }
    Err("there is no note".to_string())
}

fn of(root: &Value) -> Result<Notes, String> {
    let [kernel] = root.field("amdhsa.kernels")?.list()? else {
        return Err("it does not hold one kernel".to_string());
    };
    let number = |key: &str| kernel.field(key)?.number();
    let text = |key: &str| kernel.field(key)?.text();
    let argument = |value: &Value| {
        Ok(Argument {
            kind: value.field(".value_kind")?.text()?,
            offset: value.field(".offset")?.number()?,
            bytes: value.field(".size")?.number()?,
        })
    };
    let workgroup = kernel.field(".reqd_workgroup_size")?.list()?.iter().map(Value::number);
    let workgroup = workgroup.collect::<Result<Vec<_>, _>>()?;
    // A kernel without arguments has no list of them.
    let arguments = kernel.field(".args").and_then(Value::list).unwrap_or_default();
    Ok(Notes {
        target: root.field("amdhsa.target")?.text()?,
        name: text(".name")?,
        symbol: text(".symbol")?,
        arguments: arguments.iter().map(argument).collect::<Result<_, String>>()?,
        argument_bytes: number(".kernarg_segment_size")?,
        workgroup: workgroup.try_into().map_err(|_| "a workgroup has three extents".to_string())?,
        workgroup_bytes: number(".group_segment_fixed_size")?,
        private_bytes: number(".private_segment_fixed_size")?,
        dynamic_stack: *kernel.field(".uses_dynamic_stack")? != Value::Bool(false),
        vgprs: number(".vgpr_count")?,
        sgprs: number(".sgpr_count")?,
        vgpr_spills: number(".vgpr_spill_count")?,
        sgpr_spills: number(".sgpr_spill_count")?,
        wave: number(".wavefront_size")?,
    })
}

/// What MessagePack can say, as far as notes do.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
}

impl Value {
    fn field(&self, key: &str) -> Result<&Value, String> {
        let Value::Map(entries) = self else { return Err(format!("{key} of what is no map")) };
        let found = entries.iter().find(|(of, _)| matches!(of, Value::Text(text) if text == key));
        Ok(&found.ok_or_else(|| format!("the note has no {key}"))?.1)
    }

    fn list(&self) -> Result<&[Value], String> {
        match self {
            Value::List(values) => Ok(values),
            other => Err(format!("{other:?} is no list")),
        }
    }

    fn number(&self) -> Result<u32, String> {
        match self {
            Value::Number(number) => u32::try_from(*number).map_err(|e| e.to_string()),
            other => Err(format!("{other:?} is no number")),
        }
    }

    fn text(&self) -> Result<String, String> {
        match self {
            Value::Text(text) => Ok(text.clone()),
            other => Err(format!("{other:?} is no text")),
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or("the note ends early")?;
        self.rest = rest;
        Ok(taken)
    }

    /// A number of so many bytes, the first the most significant.
    fn number(&mut self, bytes: usize) -> Result<u64, String> {
        Ok(self.take(bytes)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn value(&mut self, depth: u32) -> Result<Value, String> {
        if depth > DEPTH_MAX {
            return Err("the note is nested too deep".to_string());
        }
        let tag = self.take(1)?[0];
        match tag {
            0x00..=0x7f => Ok(Value::Number(tag.into())),
            0x80..=0x8f => self.map(u64::from(tag & 0x0f), depth),
            0x90..=0x9f => self.list(u64::from(tag & 0x0f), depth),
            0xa0..=0xbf => self.text(u64::from(tag & 0x1f)),
            0xc2 | 0xc3 => Ok(Value::Bool(tag == 0xc3)),
            0xcc..=0xcf => Ok(Value::Number(self.number(1 << (tag - 0xcc))?)),
            0xd9..=0xdb => {
                let bytes = self.number(1 << (tag - 0xd9))?;
                self.text(bytes)
            }
            0xdc | 0xdd => {
                let count = self.number(2 << (tag - 0xdc))?;
                self.list(count, depth)
            }
            0xde | 0xdf => {
                let count = self.number(2 << (tag - 0xde))?;
                self.map(count, depth)
            }
            _ => Err(format!("the note holds a value of kind {tag:#x}")),
        }
    }

    fn text(&mut self, bytes: u64) -> Result<Value, String> {
        let bytes = self.take(usize::try_from(bytes).map_err(|e| e.to_string())?)?;
        Ok(Value::Text(String::from_utf8_lossy(bytes).into_owned()))
    }

    fn list(&mut self, count: u64, depth: u32) -> Result<Value, String> {
        // Collected one by one: the count is not believed.
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(self.value(depth + 1)?);
        }
        Ok(Value::List(values))
    }

    fn map(&mut self, count: u64, depth: u32) -> Result<Value, String> {
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push((self.value(depth + 1)?, self.value(depth + 1)?));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, Value, read};

    #[test]
    fn values_are_read() {
        let bytes =
            [&[0x82, 0xa1, b'a', 0x92, 0x07, 0xcd, 0x01, 0x00, 0xd9, 0x01, b'b'][..], &[0xc3]].concat();
        let value = Reader { rest: &bytes }.value(0).expect("well-formed");
        assert_eq!(value.field("a"), Ok(&Value::List(vec![Value::Number(7), Value::Number(256)])));
        assert_eq!(value.field("b"), Ok(&Value::Bool(true)));
        assert!(value.field("c").is_err());
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let deep = vec![0x91; 1 << 20];
        for bytes in [&[0xde, 0xff, 0xff][..], &[0xdb, 0xff, 0xff, 0xff, 0xff, b'x'], &[0xc1], &[], &deep] {
            assert!(Reader { rest: bytes }.value(0).is_err());
        }
        assert!(read(b"no code object").is_err());
    }
}
