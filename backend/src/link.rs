//! The linker: relocatable objects to one flat, position-independent image that the runtime maps as it stands.
//!
//! ```text
//! 0     code, then one jump per function of the runtime that is called
//! page  constants
//!       table of addresses: the runtime's functions, and addresses within the image
//! ```
//!
//! Kernels hold no state, so there is no writable data; references are relative, but for the table, which the loader
//! fills in. What a shared library would need beyond that (symbols, dynamic sections) does not exist.

use braid_runtime::artifact::PAGE;
use braid_runtime::manifest::Image;
use object::read::elf::ElfFile64;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags, SectionKind, elf};
use std::collections::HashMap;

/// Why objects cannot be linked. All of these are mistakes of a code generator.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The object cannot be read.
    #[error("internal error: an object file cannot be read: {0}")]
    Object(#[from] object::Error),
    /// The object holds something else than code, constants and relative references.
    #[error("internal error: an object file holds {0}, which an image cannot")]
    Unsupported(String),
    /// A function that neither the objects nor the runtime has.
    #[error("internal error: {0} is called but neither compiled nor part of the runtime")]
    Undefined(String),
    /// Two objects define one name.
    #[error("internal error: {0} is compiled twice")]
    Twice(String),
}

/// A piece of code or constants.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its alignment.
    pub align: u64,
    /// Whether it is code.
    pub code: bool,
    /// References from it.
    pub references: Vec<Reference>,
}

/// A place in a section that refers to another.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Where.
    pub at: u64,
    /// In which form.
    pub form: Form,
    /// To what.
    pub to: Target,
    /// What is added.
    pub addend: i64,
}

/// The form of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Four bytes, relative to themselves.
    Relative32,
    /// Eight bytes, relative to themselves.
    Relative64,
    /// Four bytes, relative, to a place in the table that holds the address.
    Table32,
    /// Eight bytes, the address itself.
    Address,
}

/// What is referred to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A name.
    Symbol(String),
    /// A section, by its number.
    Section(usize),
}

/// Sections and the names in them.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// Sections in order.
    pub sections: Vec<Section>,
    /// Section and offset by name.
    pub symbols: HashMap<String, (usize, u64)>,
}

/// A linked image.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the loader must know; the entries are still to be set.
    pub layout: Image,
    /// Offsets by name.
    pub symbols: HashMap<String, u64>,
}

impl Objects {
    /// Adds a name.
    ///
    /// # Errors
    /// If it is there already.
    pub fn define(&mut self, name: &str, section: usize, offset: u64) -> Result<(), LinkError> {
        match self.symbols.insert(name.to_string(), (section, offset)) {
            Some(_) => Err(LinkError::Twice(name.to_string())),
            None => Ok(()),
        }
    }

    /// Adds an ELF object.
    ///
    /// # Errors
    /// If it holds something that an image cannot.
    pub fn add_elf(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let file: ElfFile64 = ElfFile64::parse(bytes)?;
        let mut numbers = HashMap::new();
        for section in file.sections() {
            let name = section.name()?.to_string();
            let code = match section.kind() {
                SectionKind::Text => true,
                SectionKind::ReadOnlyData
                | SectionKind::ReadOnlyString
                | SectionKind::ReadOnlyDataWithRel => false,
                // Constant once the loader has filled in addresses.
                SectionKind::Data if name.starts_with(".data.rel.ro") => false,
                SectionKind::Data
                | SectionKind::UninitializedData
                | SectionKind::Tls
                | SectionKind::UninitializedTls
                    if section.size() > 0 =>
                {
                    return Err(LinkError::Unsupported(format!("writable data ({name})")));
                }
                _ => continue,
            };
            // Nothing unwinds through compiled code.
            if section.size() == 0 || name.starts_with(".eh_frame") {
                continue;
            }
            numbers.insert(section.index(), self.sections.len());
            let bytes = section.uncompressed_data()?.into_owned();
            self.sections.push(Section { bytes, align: section.align().max(1), code, references: vec![] });
        }
        for symbol in file.symbols() {
            if let (true, Some(section)) =
                (symbol.is_global() && symbol.is_definition(), symbol.section_index())
                && let Some(&number) = numbers.get(&section)
            {
                self.define(symbol.name()?, number, symbol.address())?;
            }
        }
        for section in file.sections() {
            let Some(&number) = numbers.get(&section.index()) else { continue };
            for (at, relocation) in section.relocations() {
                let RelocationFlags::Elf { r_type } = relocation.flags() else {
                    return Err(LinkError::Unsupported("a relocation of another format".to_string()));
                };
                let form = match r_type {
                    elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 => Form::Relative32,
                    elf::R_X86_64_PC64 => Form::Relative64,
                    elf::R_X86_64_GOTPCREL | elf::R_X86_64_GOTPCRELX | elf::R_X86_64_REX_GOTPCRELX => {
                        Form::Table32
                    }
                    elf::R_X86_64_64 => Form::Address,
                    other => return Err(LinkError::Unsupported(format!("a relocation of type {other:?}"))),
                };
                let object::RelocationTarget::Symbol(index) = relocation.target() else {
                    return Err(LinkError::Unsupported("a relocation without a symbol".to_string()));
                };
                let symbol = file.symbol_by_index(index)?;
                let mut addend = relocation.addend();
                let to = match symbol.section_index().and_then(|s| numbers.get(&s)) {
                    Some(&section) => {
                        addend += symbol.address() as i64;
                        Target::Section(section)
                    }
                    None => Target::Symbol(symbol.name()?.to_string()),
                };
                self.sections[number].references.push(Reference { at, form, to, addend });
            }
        }
        Ok(())
    }

    /// Lays out and resolves everything; `imports` are the names that the runtime provides.
    ///
    /// # Errors
    /// If a name is defined nowhere.
    pub fn link(&self, imports: &dyn Fn(&str) -> bool) -> Result<Linked, LinkError> {
        let mut linked = Linked::default();
        let mut starts = vec![0u64; self.sections.len()];
        let mut place = |bytes: &mut Vec<u8>, code: bool| {
            for (i, section) in self.sections.iter().enumerate().filter(|(_, s)| s.code == code) {
                bytes.resize(
                    bytes.len().next_multiple_of(section.align as usize),
                    if code { 0xcc } else { 0 },
                );
                starts[i] = bytes.len() as u64;
                bytes.extend_from_slice(&section.bytes);
            }
        };
        place(&mut linked.bytes, true);
        // One jump through the table for each function that is called from outside: `jmp [rip + …]`.
        let mut jumps: HashMap<&str, u64> = HashMap::new();
        let mut outside: Vec<&str> = Vec::new();
        for reference in self.sections.iter().flat_map(|s| &s.references) {
            let Target::Symbol(name) = &reference.to else { continue };
            if self.symbols.contains_key(name) || jumps.contains_key(name.as_str()) {
                continue;
            }
            if !imports(name) {
                return Err(LinkError::Undefined(name.clone()));
            }
            let at = linked.bytes.len().next_multiple_of(8);
            linked.bytes.resize(at, 0xcc);
            linked.bytes.extend_from_slice(&[0xff, 0x25, 0, 0, 0, 0]);
            jumps.insert(name, at as u64);
            outside.push(name);
        }
        linked.bytes.resize(linked.bytes.len().next_multiple_of(PAGE), 0xcc);
        linked.layout.text_bytes = linked.bytes.len() as u64;
        place(&mut linked.bytes, false);
        linked.bytes.resize(linked.bytes.len().next_multiple_of(8), 0);

        // The table: the functions first, then whatever else is referred to through it.
        let mut table: HashMap<(Target, i64), u64> = HashMap::new();
        let entry = |linked: &mut Linked| {
            let at = linked.bytes.len() as u64;
            linked.bytes.extend_from_slice(&[0; 8]);
            at
        };
        for name in outside {
            let slot = entry(&mut linked);
            linked.layout.imports.push((slot, name.to_string()));
            table.insert((Target::Symbol(name.to_string()), 0), slot);
            let jump = jumps[name];
            put32(&mut linked.bytes, jump + 2, slot as i64 - (jump as i64 + 6))?;
        }
        let address = |to: &Target| match to {
            Target::Section(section) => starts[*section],
            Target::Symbol(name) => match self.symbols.get(name) {
                Some((section, offset)) => starts[*section] + offset,
                None => jumps[name.as_str()],
            },
        };
        for (section, &start) in self.sections.iter().zip(&starts) {
            for reference in &section.references {
                let at = start + reference.at;
                let target = address(&reference.to) as i64;
                match reference.form {
                    Form::Relative32 => put32(&mut linked.bytes, at, target + reference.addend - at as i64)?,
                    Form::Relative64 => put64(&mut linked.bytes, at, target + reference.addend - at as i64)?,
                    Form::Address => linked.layout.relative.push((at, (target + reference.addend) as u64)),
                    Form::Table32 => {
                        // For a named target the addend belongs to the instruction (-4, the end of the field); for a
                        // section the rest of it says where in the section.
                        let inside = match &reference.to {
                            Target::Section(_) => reference.addend + 4,
                            Target::Symbol(_) => 0,
                        };
                        let slot = match table.get(&(reference.to.clone(), inside)) {
                            Some(&slot) => slot,
                            None => {
                                let slot = entry(&mut linked);
                                linked.layout.relative.push((slot, (target + inside) as u64));
                                table.insert((reference.to.clone(), inside), slot);
                                slot
                            }
                        };
                        put32(&mut linked.bytes, at, slot as i64 + reference.addend - inside - at as i64)?;
                    }
                }
            }
        }
        linked.bytes.resize(linked.bytes.len().next_multiple_of(PAGE), 0);
        linked.symbols =
            self.symbols.iter().map(|(n, (s, offset))| (n.clone(), starts[*s] + offset)).collect();
        Ok(linked)
    }
}

fn put(bytes: &mut [u8], at: u64, value: &[u8]) -> Result<(), LinkError> {
    bytes
        .get_mut(at as usize..at as usize + value.len())
        .ok_or_else(|| LinkError::Unsupported("a reference outside of its section".to_string()))?
        .copy_from_slice(value);
    Ok(())
}

fn put32(bytes: &mut [u8], at: u64, value: i64) -> Result<(), LinkError> {
    let value =
        i32::try_from(value).map_err(|_| LinkError::Unsupported("more than 2 GiB of code".to_string()))?;
    put(bytes, at, &value.to_le_bytes())
}

fn put64(bytes: &mut [u8], at: u64, value: i64) -> Result<(), LinkError> {
    put(bytes, at, &value.to_le_bytes())
}
