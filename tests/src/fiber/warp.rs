//! What the threads of a warp do together: votes, shuffles, and matrices that are spread over them as the PTX ISA says.

use super::intrinsics::Reduce;
use super::launch::{Launch, Purpose};
use half::{bf16, f16};

/// Lanes of a warp.
pub const LANES: usize = 32;

/// Something that threads of a warp do together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Collective {
    /// They meet, and what they have written is seen by the others.
    Sync,
    /// Each reads another's value.
    Shuffle(Shuffle, bool),
    /// Whether all or any predicates hold.
    Vote(Reduce),
    /// Which predicates hold.
    Ballot,
    /// Whether all predicates are the same.
    Uniform,
    /// Combines integers.
    Redux(Combine),
    /// `ldmatrix`: so many matrices of 8 by 8 elements of 16 bits from workgroup memory, transposed if so said.
    LoadMatrix(usize, bool),
    /// `stmatrix`: to workgroup memory.
    StoreMatrix(usize, bool),
    /// `mma.sync`.
    Mma(Mma),
}

/// From where a lane takes a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shuffle {
    /// Exclusive or with an operand.
    Butterfly,
    /// So many lanes further down.
    Down,
    /// So many lanes further up.
    Up,
    /// From this one.
    Index,
}

/// How integers are combined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Combine {
    /// Sum.
    Add,
    /// Signed minimum.
    Min,
    /// Signed maximum.
    Max,
    /// Unsigned minimum.
    UnsignedMin,
    /// Unsigned maximum.
    UnsignedMax,
    /// And.
    And,
    /// Or.
    Or,
    /// Exclusive or.
    Xor,
}

/// `D = A B + C` for a row-major `A` of 16 by `k` and a column-major `B` of `k` by 8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mma {
    k: usize,
    element: Element,
    /// Whether `C` and `D` are `f16`; else they are 32 bits wide.
    half_in: bool,
    half_out: bool,
}

/// The elements of `A` and `B`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Element {
    F16,
    Bf16,
    Tf32,
    I8,
    U8,
}

impl Element {
    /// How many are in a register.
    fn packed(self) -> usize {
        match self {
            Element::F16 | Element::Bf16 => 2,
            Element::Tf32 => 1,
            Element::I8 | Element::U8 => 4,
        }
    }

    /// Number `i` of those in a register.
    fn unpack(self, register: u32, i: usize) -> f64 {
        match self {
            Element::F16 => f16::from_bits((register >> (16 * i)) as u16).to_f64(),
            Element::Bf16 => bf16::from_bits((register >> (16 * i)) as u16).to_f64(),
            // The hardware ignores the rest of the fraction.
            Element::Tf32 => f64::from(f32::from_bits(register & !0x1fff)),
            Element::I8 => f64::from((register >> (8 * i)) as i8),
            Element::U8 => f64::from((register >> (8 * i)) as u8),
        }
    }

    fn is_integer(self) -> bool {
        matches!(self, Element::I8 | Element::U8)
    }
}

impl Collective {
    /// The collective of an intrinsic's name.
    pub fn named(name: &str) -> Option<Collective> {
        if name == "bar.warp.sync" {
            return Some(Collective::Sync);
        }
        if let Some(name) = name.strip_prefix("shfl.sync.") {
            let (kind, ty) = name.split_once('.')?;
            let kind = match kind {
                "bfly" => Shuffle::Butterfly,
                "down" => Shuffle::Down,
                "up" => Shuffle::Up,
                "idx" => Shuffle::Index,
                _ => return None,
            };
            return ["i32", "f32", "i32p", "f32p"]
                .contains(&ty)
                .then(|| Collective::Shuffle(kind, ty.ends_with('p')));
        }
        if let Some(name) = name.strip_prefix("vote.") {
            return match name {
                "all.sync" => Some(Collective::Vote(Reduce::And)),
                "any.sync" => Some(Collective::Vote(Reduce::Or)),
                "uni.sync" => Some(Collective::Uniform),
                "ballot.sync" => Some(Collective::Ballot),
                _ => None,
            };
        }
        if let Some(name) = name.strip_prefix("redux.sync.") {
            return Some(Collective::Redux(match name {
                "add" => Combine::Add,
                "min" => Combine::Min,
                "max" => Combine::Max,
                "umin" => Combine::UnsignedMin,
                "umax" => Combine::UnsignedMax,
                "and" => Combine::And,
                "or" => Combine::Or,
                "xor" => Combine::Xor,
                _ => return None,
            }));
        }
        let matrices = |name: &str| {
            let name = name.strip_prefix("sync.aligned.m8n8.x")?;
            let (count, rest) = name.split_at_checked(1)?;
            let rest = rest.strip_suffix(".p3").or(rest.strip_suffix(".p0")).unwrap_or(rest);
            let transposed = match rest {
                ".b16" => false,
                ".trans.b16" => true,
                _ => return None,
            };
            Some((count.parse().ok()?, transposed))
        };
        if let Some(name) = name.strip_prefix("ldmatrix.") {
            return matrices(name).map(|(count, transposed)| Collective::LoadMatrix(count, transposed));
        }
        if let Some(name) = name.strip_prefix("stmatrix.") {
            return matrices(name).map(|(count, transposed)| Collective::StoreMatrix(count, transposed));
        }
        Mma::named(name.strip_prefix("mma.")?).map(Collective::Mma)
    }

    /// The threads that take part, as a mask of lanes; `None` for all.
    ///
    /// # Safety
    /// The arguments must be of the intrinsic's types.
    pub unsafe fn mask(self, arguments: *const u8) -> Option<u32> {
        let word = match self {
            Collective::LoadMatrix(..) | Collective::StoreMatrix(..) | Collective::Mma(_) => return None,
            Collective::Redux(_) => 1,
            _ => 0,
        };
        // SAFETY: the caller's promise.
        Some(unsafe { arguments.cast::<u32>().add(word).read() })
    }
}

impl Mma {
    fn named(name: &str) -> Option<Mma> {
        let name = name.strip_prefix("m16n8k")?;
        let (k, types) = name.split_once(".row.col.")?;
        let k = k.parse().ok()?;
        let (element, half_out, half_in) = match types {
            "f32.f32" => (Element::F16, false, false),
            "f16.f16" => (Element::F16, true, true),
            "f32.f16" => (Element::F16, false, true),
            "f16.f32" => (Element::F16, true, false),
            "bf16" => (Element::Bf16, false, false),
            "tf32" => (Element::Tf32, false, false),
            "s8" => (Element::I8, false, false),
            "u8" => (Element::U8, false, false),
            _ => return None,
        };
        let step = 4 * element.packed();
        (k == step || k == 2 * step).then_some(Mma { k, element, half_in, half_out })
    }

    /// `D` of all lanes from the registers of all lanes: those of `A`, then of `B`, then of `C`.
    ///
    /// Lane `l` holds in register `r` of `A` the elements of row `l / 4`, or 8 further down for an odd `r`; of `B` those of
    /// column `l / 4`; of `C` and `D`, row `l / 4 + 8 (i / 2)` and column `2 (l % 4) + i % 2` for element `i`.
    fn run(self, registers: impl Fn(usize, usize) -> u32) -> [[u32; 4]; LANES] {
        let packed = self.element.packed();
        let steps = self.k / (4 * packed);
        let place = |k: usize| (k / (4 * packed), k / packed % 4, k % packed);
        let a = |row: usize, k: usize| {
            let (step, lane, i) = place(k);
            self.element.unpack(registers(row % 8 * 4 + lane, 2 * step + row / 8), i)
        };
        let b = |k: usize, column: usize| {
            let (step, lane, i) = place(k);
            self.element.unpack(registers(column * 4 + lane, 2 * steps + step), i)
        };
        let c = |lane: usize, i: usize| match self.half_in {
            true => Element::F16.unpack(registers(lane, 3 * steps + i / 2), i % 2),
            false if self.element.is_integer() => f64::from(registers(lane, 3 * steps + i) as i32),
            false => f64::from(f32::from_bits(registers(lane, 3 * steps + i))),
        };
        let mut results = [[0; 4]; LANES];
        for (lane, result) in results.iter_mut().enumerate() {
            for i in 0..4 {
                let (row, column) = (lane / 4 + 8 * (i / 2), lane % 4 * 2 + i % 2);
                // In double precision: the hardware's order of summation is not told, and this is within its error.
                let sum = (0..self.k).fold(c(lane, i), |sum, k| sum + a(row, k) * b(k, column));
                if self.half_out {
                    result[i / 2] |= u32::from(f16::from_f64(sum).to_bits()) << (16 * (i % 2));
                } else if self.element.is_integer() {
                    result[i] = sum as i64 as i32 as u32;
                } else {
                    result[i] = (sum as f32).to_bits();
                }
            }
        }
        results
    }
}

/// One lane's part in a collective.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The thread's number in its workgroup.
    pub thread: usize,
    /// Its arguments.
    pub arguments: *const u8,
    /// Where its result goes.
    pub result: *mut u8,
}

impl Part {
    /// A word of the arguments.
    ///
    /// # Safety
    /// The arguments must have so many.
    unsafe fn word(&self, i: usize) -> u32 {
        // SAFETY: the caller's promise.
        unsafe { self.arguments.cast::<u32>().add(i).read() }
    }
}

/// Does a collective for the lanes that take part in it.
///
/// # Errors
/// What one of the threads does wrong, told by [`Launch`].
///
/// # Safety
/// The arguments and results must be of the intrinsic's types.
pub unsafe fn run(
    collective: Collective,
    parts: &[Option<Part>; LANES],
    launch: &mut Launch,
) -> Result<(), String> {
    let present = || parts.iter().enumerate().filter_map(|(lane, part)| Some((lane, part.as_ref()?)));
    // SAFETY: arguments and results are of the intrinsic's types, as each arm knows them.
    unsafe {
        match collective {
            Collective::Sync => {}
            Collective::Shuffle(kind, predicate) => {
                for (lane, part) in present() {
                    let (from, inside) = source(kind, lane as u32, part.word(2), part.word(3));
                    let Some(other) = parts[from as usize] else {
                        let what = format!("shuffles from lane {from}, which does not take part");
                        return Err(launch.told(part.thread, &what));
                    };
                    part.result.cast::<u32>().write(other.word(1));
                    if predicate {
                        part.result.add(4).write(u8::from(inside));
                    }
                }
            }
            Collective::Vote(_) | Collective::Uniform | Collective::Ballot => {
                let holds = |part: &Part| part.arguments.add(4).read() & 1 != 0;
                let mut ballot = 0;
                let mut mask = 0;
                for (lane, part) in present() {
                    mask |= 1 << lane;
                    ballot |= u32::from(holds(part)) << lane;
                }
                for (_, part) in present() {
                    match collective {
                        Collective::Vote(Reduce::And) => part.result.write(u8::from(ballot == mask)),
                        Collective::Vote(_) => part.result.write(u8::from(ballot != 0)),
                        Collective::Uniform => part.result.write(u8::from(ballot == 0 || ballot == mask)),
                        _ => part.result.cast::<u32>().write(ballot),
                    }
                }
            }
            Collective::Redux(combine) => {
                let values = present().map(|(_, part)| part.word(0));
                let total = values.reduce(|a, b| match combine {
                    Combine::Add => a.wrapping_add(b),
                    Combine::Min => (a as i32).min(b as i32) as u32,
                    Combine::Max => (a as i32).max(b as i32) as u32,
                    Combine::UnsignedMin => a.min(b),
                    Combine::UnsignedMax => a.max(b),
                    Combine::And => a & b,
                    Combine::Or => a | b,
                    Combine::Xor => a ^ b,
                });
                present().for_each(|(_, part)| part.result.cast::<u32>().write(total.unwrap_or(0)));
            }
            Collective::LoadMatrix(count, transposed) => {
                let rows = rows(count, parts, Purpose::Read, launch)?;
                for (lane, part) in present() {
                    for (matrix, rows) in rows.chunks_exact(8).enumerate() {
                        for i in 0..2 {
                            let (row, column) = element(lane, i, transposed);
                            let value = rows[row].cast::<u16>().add(column).read();
                            part.result.cast::<u16>().add(2 * matrix + i).write(value);
                        }
                    }
                }
            }
            Collective::StoreMatrix(count, transposed) => {
                let rows = rows(count, parts, Purpose::Write, launch)?;
                for (lane, part) in present() {
                    for (matrix, rows) in rows.chunks_exact(8).enumerate() {
                        // The values come after the address.
                        let value = part.word(2 + matrix);
                        for i in 0..2 {
                            let (row, column) = element(lane, i, transposed);
                            rows[row].cast::<u16>().add(column).write((value >> (16 * i)) as u16);
                        }
                    }
                }
            }
            Collective::Mma(mma) => {
                let words = 3 * mma.k / (4 * mma.element.packed()) + if mma.half_in { 2 } else { 4 };
                let mut registers = [[0; 16]; LANES];
                for (lane, part) in present() {
                    for (i, register) in registers[lane].iter_mut().take(words).enumerate() {
                        *register = part.word(i);
                    }
                }
                let results = mma.run(|lane, i| registers[lane][i]);
                for (lane, part) in present() {
                    for (i, &word) in results[lane].iter().take(if mma.half_out { 2 } else { 4 }).enumerate()
                    {
                        part.result.cast::<u32>().add(i).write(word);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Where a lane's elements of a matrix of 8 by 8 are.
fn element(lane: usize, i: usize, transposed: bool) -> (usize, usize) {
    let (row, column) = (lane / 4, lane % 4 * 2 + i);
    if transposed { (column, row) } else { (row, column) }
}

/// The rows of matrices; lane `8 m + r` tells the address of row `r` of matrix `m`.
unsafe fn rows(
    count: usize,
    parts: &[Option<Part>; LANES],
    purpose: Purpose,
    launch: &mut Launch,
) -> Result<Vec<*mut u8>, String> {
    let mut addresses = Vec::new();
    let row = |part: &Option<Part>| {
        let part = part.as_ref().ok_or("internal: a warp that is not whole")?;
        // SAFETY: the address is the first argument.
        let address = unsafe { part.arguments.cast::<u64>().read() };
        addresses.push(address);
        launch.access(part.thread, address, 16, 16, purpose)
    };
    let rows = parts.iter().take(8 * count).map(row).collect();
    addresses.chunks_exact(8).for_each(|matrix| launch.note_matrix(matrix));
    rows
}

/// From which lane a lane takes its value, and whether it lies within its segment. As the PTX ISA has it.
fn source(kind: Shuffle, lane: u32, b: u32, c: u32) -> (u32, bool) {
    let (offset, segment) = (b & 31, c >> 8 & 31);
    let first = lane & segment;
    let limit = first | c & 31 & !segment;
    let (from, inside) = match kind {
        Shuffle::Up => (lane.wrapping_sub(offset), lane as i32 - offset as i32 >= limit as i32),
        Shuffle::Down => (lane + offset, lane + offset <= limit),
        Shuffle::Butterfly => (lane ^ offset, lane ^ offset <= limit),
        Shuffle::Index => {
            let from = first | offset & !segment;
            (from, from <= limit)
        }
    };
    (if inside { from } else { lane }, inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffles_stay_in_their_segment() {
        assert_eq!(source(Shuffle::Butterfly, 3, 16, 31), (19, true));
        assert_eq!(source(Shuffle::Down, 20, 16, 31), (20, false));
        assert_eq!(source(Shuffle::Down, 3, 16, 31), (19, true));
        assert_eq!(source(Shuffle::Up, 3, 4, 0), (3, false));
        assert_eq!(source(Shuffle::Up, 5, 4, 0), (1, true));
        // Segments of 8 lanes: c is 31 - 7 in its upper part, and 31 in its lower one.
        let c = 24 << 8 | 31;
        assert_eq!(source(Shuffle::Butterfly, 9, 4, c), (13, true));
        assert_eq!(source(Shuffle::Index, 9, 2, c), (10, true));
        assert_eq!(source(Shuffle::Down, 14, 4, c), (14, false));
    }

    #[test]
    fn names_are_understood() {
        assert_eq!(
            Collective::named("ldmatrix.sync.aligned.m8n8.x4.trans.b16.p3"),
            Some(Collective::LoadMatrix(4, true))
        );
        let mma = |name| match Collective::named(name) {
            Some(Collective::Mma(mma)) => Some((mma.k, mma.element)),
            _ => None,
        };
        assert_eq!(mma("mma.m16n8k16.row.col.f32.f32"), Some((16, Element::F16)));
        assert_eq!(mma("mma.m16n8k16.row.col.bf16"), Some((16, Element::Bf16)));
        assert_eq!(mma("mma.m16n8k8.row.col.tf32"), Some((8, Element::Tf32)));
        assert_eq!(mma("mma.m16n8k32.row.col.s8"), Some((32, Element::I8)));
        assert_eq!(mma("mma.m16n8k16.row.col.tf32"), None);
    }
}
