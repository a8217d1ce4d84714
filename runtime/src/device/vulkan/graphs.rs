//! Graphs on Vulkan: command buffers that are recorded once.
//!
//! Vulkan has no nodes that run on a condition. What stands in a part of a graph is therefore dispatched indirectly: where the three numbers of its
//! grid stand in the device's memory, a gate, a small kernel before the part, has put them or zeros, by the byte that it is about and by the gate
//! of the part around it. (Conditional rendering does neither nest nor skip copies, and not every device has it.) Copies and numbers that are
//! written in a part are kernels, too. Gates run always: what they wrote in an earlier run must not stay.
//!
//! Nothing there repeats commands either. A round of a loop begins with its gate, and the host submits rounds until it reads back that the last one
//! did nothing: one at first, then two, four and so on, so that there are few to read.

use super::{Allocation, UNIT, Vulkan, allocate, destroy, failed};
use crate::device::graph::{Act, Graph};
use crate::device::{Address, Extent};
use crate::tensor::ALIGN;
use ash::vk;

/// The host's commands are recorded anew for each run and its decisions wait for the device, but it skips what is not needed: both ways are tried.
pub(super) const TRIALS: u32 = 3;
/// Rounds that are submitted at a time, at most.
const ROUNDS_MAX: u32 = 32;
/// Threads of a workgroup of the kernels that graphs need, and workgroups along x; more go along y.
const THREADS: u64 = 256;
const ROW: u64 = 32768;
/// What a graph may have of descriptor sets.
const SETS_MAX: usize = 50_000;

/// The kernels that graphs need, by their numbers in [`crate::manifest::Graph::parts`].
#[derive(Clone, Copy)]
struct Kernels {
    gate: usize,
    words: usize,
    bytes: usize,
}

/// A graph that can be started.
pub(super) struct Made {
    pieces: Vec<Piece>,
    sets: vk::DescriptorPool,
    commands: Vec<vk::CommandBuffer>,
    /// Predicates and grids, as gates have left them.
    state: Address,
    /// What is known of them, and integers of launches.
    constants: Allocation,
}

/// A part of a graph's run.
enum Piece {
    Run(vk::CommandBuffer),
    /// Rounds; the word of the state tells whether the gate let the last one run.
    Loop {
        gate: vk::CommandBuffer,
        word: u64,
        body: Vec<Piece>,
    },
}

/// Where a buffer of a dispatch is.
#[derive(Clone, Copy)]
enum Place {
    At(Extent),
    /// Words of the state.
    State {
        word: u64,
        words: u64,
    },
    /// The same words as gates leave them where they let everything run.
    Known {
        word: u64,
        words: u64,
    },
    /// Bytes of the constants.
    Constant {
        at: u64,
        bytes: u64,
    },
}

/// Workgroups of a dispatch, and from which word of the state on they stand if a gate decides.
type Groups = ([u32; 3], Option<u64>);

/// Something to record.
enum Command {
    Dispatch { kernel: usize, buffers: Vec<Place>, ints: (u64, u64), groups: Groups },
    Copy { from: Address, to: Address, bytes: u64 },
}

/// Pieces before they are recorded.
enum Planned {
    Run(Vec<Command>),
    Loop { gate: Vec<Command>, word: u64, body: Vec<Planned> },
}

/// A part of a graph: its predicate, and where the next grid goes.
struct Part {
    word: u64,
    next: u64,
}

/// What a graph comes to.
struct Plan {
    kernels: Kernels,
    /// The state as gates leave it where all of them let everything run; its first word is 1 for what has no gate.
    words: Vec<u32>,
    constants: Vec<u8>,
}

/// An address that a binding may start at, and how far behind it this one is.
fn aligned(address: Address) -> (Address, u64) {
    let rest = address % ALIGN as u64;
    (address - rest, rest)
}

/// Workgroups for so many elements.
fn groups(count: u64) -> Result<[u32; 3], String> {
    let groups = count.div_ceil(THREADS);
    let rows = u32::try_from(groups.div_ceil(ROW)).map_err(|_| "a grid beyond what devices take")?;
    Ok([groups.min(ROW) as u32, rows, 1])
}

/// Steps of a part that are dispatched where its gate says so.
fn gated(graph: &Graph) -> u64 {
    let direct = |act: &Act| !matches!(act, Act::If { .. } | Act::While { .. });
    graph.steps.iter().filter(|step| direct(&step.act)).count() as u64
}

impl Plan {
    /// Bytes that do not change, where a binding may start.
    fn constant(&mut self, bytes: &[u8]) -> (u64, u64) {
        self.constants.resize(self.constants.len().next_multiple_of(UNIT as usize), 0);
        let at = self.constants.len() as u64;
        self.constants.extend(bytes);
        (at, bytes.len() as u64)
    }

    fn integers(&mut self, ints: &[u64]) -> (u64, u64) {
        let bytes: Vec<u8> = ints.iter().flat_map(|int| int.to_le_bytes()).collect();
        self.constant(&bytes)
    }

    /// The grid of a dispatch in a part, or of none.
    fn groups(&mut self, groups: [u32; 3], part: &mut Option<Part>) -> Groups {
        let word = part.as_mut().map(|part| {
            part.next += 3;
            part.next - 3
        });
        if let Some(word) = word {
            self.words[word as usize..][..3].copy_from_slice(&groups);
        }
        (groups, word)
    }

    /// Copies elements, by a kernel.
    fn copied(
        &mut self,
        kernel: usize,
        (from, to): ((Place, u64), (Place, u64)),
        count: u64,
        part: &mut Option<Part>,
    ) -> Result<Command, String> {
        let ints = self.integers(&[count, from.1, to.1]);
        let groups = self.groups(groups(count)?, part);
        Ok(Command::Dispatch { kernel, buffers: vec![to.0, from.0], ints, groups })
    }

    /// Room in the state for the predicates and grids of parts, and their gate: the parts run if the byte is not 0, those from the second on if
    /// it is.
    fn gate(
        &mut self,
        condition: Address,
        around: &Option<Part>,
        sides: &[&Graph],
    ) -> Result<(Command, Vec<Part>), String> {
        let first = self.words.len().next_multiple_of(ALIGN / 4);
        self.words.resize(first, 0);
        let mut parts = Vec::new();
        for side in sides {
            let word = self.words.len() as u64;
            self.words.push(1);
            self.words.resize(self.words.len() + 3 * gated(side) as usize, 0);
            parts.push(Part { word, next: word + 1 });
        }
        let (first, end) = (first as u64, self.words.len() as u64);
        let split = parts.get(1).map_or(end, |part| part.word) - first;
        let (base, at) = aligned(condition);
        let parent = around.as_ref().map_or(0, |part| part.word);
        let (parent, inner) = aligned(4 * parent);
        let ints = self.integers(&[end - first, split, at, inner / 4]);
        let buffers = vec![
            Place::State { word: first, words: end - first },
            Place::At(Extent { address: base, bytes: at + 1 }),
            Place::State { word: parent / 4, words: inner / 4 + 1 },
            Place::Known { word: first, words: end - first },
        ];
        let groups = (groups(end - first)?, None);
        Ok((Command::Dispatch { kernel: self.kernels.gate, buffers, ints, groups }, parts))
    }

    /// Plans a graph's steps behind what is there already.
    fn steps(
        &mut self,
        graph: &Graph,
        part: &mut Option<Part>,
        into: &mut Vec<Planned>,
    ) -> Result<(), String> {
        for step in &graph.steps {
            let command = match &step.act {
                Act::Launch { kernel, buffers, ints, grid } => {
                    let ints: Vec<u64> = ints.iter().map(|&int| int as u64).collect();
                    let ints = self.integers(&ints);
                    let groups = self.groups(*grid, part);
                    let buffers = buffers.iter().map(|&extent| Place::At(extent)).collect();
                    Command::Dispatch { kernel: *kernel, buffers, ints, groups }
                }
                Act::Copy { from, to, bytes } if part.is_none() => {
                    Command::Copy { from: *from, to: *to, bytes: *bytes }
                }
                Act::Copy { from, to, bytes } => {
                    let whole = [*from, *to, *bytes].iter().all(|n| n % 4 == 0);
                    let (kernel, size) =
                        if whole { (self.kernels.words, 4) } else { (self.kernels.bytes, 1) };
                    let place = |address: Address| {
                        let (base, at) = aligned(address);
                        (Place::At(Extent { address: base, bytes: at + bytes }), at / size)
                    };
                    self.copied(kernel, (place(*from), place(*to)), bytes / size, part)?
                }
                Act::Set { to, bytes, value } => {
                    let (at, length) = self.constant(&value.to_le_bytes()[..*bytes as usize]);
                    let (base, behind) = aligned(*to);
                    let to = Place::At(Extent { address: base, bytes: behind + bytes });
                    let from = Place::Constant { at, bytes: length };
                    self.copied(self.kernels.bytes, ((from, 0), (to, behind)), *bytes, part)?
                }
                Act::If { condition, yes, no } => {
                    let (gate, parts) = self.gate(*condition, part, &[yes, no])?;
                    push(into, gate);
                    for (side, part) in [yes, no].into_iter().zip(parts) {
                        self.steps(side, &mut Some(part), into)?;
                    }
                    continue;
                }
                Act::While { condition, body } => {
                    let (gate, parts) = self.gate(*condition, part, &[body])?;
                    let (mut planned, mut part) = (Vec::new(), parts.into_iter().next());
                    let word = part.as_ref().map_or(0, |part| part.word);
                    self.steps(body, &mut part, &mut planned)?;
                    into.push(Planned::Loop { gate: vec![gate], word, body: planned });
                    continue;
                }
            };
            push(into, command);
        }
        Ok(())
    }
}

/// Adds a command to the last run, or a new one.
fn push(into: &mut Vec<Planned>, command: Command) {
    match into.last_mut() {
        Some(Planned::Run(commands)) => commands.push(command),
        _ => into.push(Planned::Run(vec![command])),
    }
}

/// All that is recorded, for counting.
fn all(planned: &[Planned]) -> Vec<&Command> {
    let mut commands = Vec::new();
    for planned in planned {
        match planned {
            Planned::Run(run) => commands.extend(run),
            Planned::Loop { gate, body, .. } => commands.extend(gate.iter().chain(all(body))),
        }
    }
    commands
}

impl Vulkan {
    /// Records a graph.
    pub(super) fn build(&mut self, graph: &Graph, parts: &[u32]) -> Result<Made, String> {
        let &[gate, words, bytes] = parts else {
            return Err("the program has no kernels for parts of graphs".into());
        };
        let kernels = Kernels { gate: gate as usize, words: words as usize, bytes: bytes as usize };
        let mut plan = Plan { kernels, words: vec![1], constants: Vec::new() };
        let mut planned = Vec::new();
        plan.steps(graph, &mut None, &mut planned)?;
        let sets = all(&planned);
        let sets: Vec<usize> = sets
            .iter()
            .filter_map(|command| match command {
                Command::Dispatch { buffers, .. } => Some(buffers.len() + 1),
                Command::Copy { .. } => None,
            })
            .collect();
        if sets.len() > SETS_MAX {
            return Err(format!("a graph of more than {SETS_MAX} dispatches"));
        }
        let table: Vec<u8> = plan.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let (table_at, _) = plan.constant(&table);
        let state = crate::device::Device::alloc(self, table.len() as u64)?;
        // The first word is for all that has no gate.
        crate::device::Device::upload(self, state, &table)?;
        let made = self.constants(&plan.constants).and_then(|constants| {
            let sizes = [vk::DescriptorPoolSize {
                ty: vk::DescriptorType::STORAGE_BUFFER,
                descriptor_count: sets.iter().sum::<usize>().max(1) as u32,
            }];
            let info =
                vk::DescriptorPoolCreateInfo::default().max_sets(sets.len().max(1) as u32).pool_sizes(&sizes);
            // SAFETY: the structures outlive the call.
            let sets = unsafe { self.device.create_descriptor_pool(&info, None) };
            match sets.map_err(failed("no descriptor pool for a graph")) {
                Ok(sets) => Ok(Made { pieces: Vec::new(), sets, commands: Vec::new(), state, constants }),
                Err(why) => {
                    // SAFETY: just made, and used by nobody.
                    unsafe { destroy(&self.device, &constants) };
                    Err(why)
                }
            }
        });
        let mut made = made.inspect_err(|_| crate::device::Device::free(self, state))?;
        match self.pieces(planned, &mut made, table_at) {
            Ok(pieces) => Ok(Made { pieces, ..made }),
            Err(why) => {
                self.give_back(made);
                Err(why)
            }
        }
    }

    /// Memory that the device reads, with these contents.
    fn constants(&self, bytes: &[u8]) -> Result<Allocation, String> {
        let visible = vk::MemoryPropertyFlags::HOST_VISIBLE | vk::MemoryPropertyFlags::HOST_COHERENT;
        // SAFETY: the device's own memory types; the range is mapped while it is written, and the device does not read it yet.
        unsafe {
            let constants = allocate(&self.device, &self.memory_types, bytes.len().max(1) as u64, visible)?;
            let flags = vk::MemoryMapFlags::empty();
            match self.device.map_memory(constants.memory, 0, vk::WHOLE_SIZE, flags) {
                Ok(to) => {
                    std::ptr::copy_nonoverlapping(bytes.as_ptr(), to.cast(), bytes.len());
                    self.device.unmap_memory(constants.memory);
                    Ok(constants)
                }
                Err(error) => {
                    destroy(&self.device, &constants);
                    Err(failed("a graph's constants cannot be mapped")(error))
                }
            }
        }
    }

    fn pieces(&self, planned: Vec<Planned>, made: &mut Made, table: u64) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        for planned in planned {
            pieces.push(match planned {
                Planned::Run(commands) => Piece::Run(self.recorded(&commands, made, table)?),
                Planned::Loop { gate, word, body } => Piece::Loop {
                    gate: self.recorded(&gate, made, table)?,
                    word,
                    body: self.pieces(body, made, table)?,
                },
            });
        }
        Ok(pieces)
    }

    /// A command buffer of these commands, each behind a barrier.
    fn recorded(
        &self,
        commands: &[Command],
        made: &mut Made,
        table: u64,
    ) -> Result<vk::CommandBuffer, String> {
        let why = failed("no commands can be recorded");
        let info =
            vk::CommandBufferAllocateInfo::default().command_pool(self.commands).command_buffer_count(1);
        // SAFETY: the pool is this device's; the new buffer is used by nobody else. It may be submitted again before it is done.
        let buffer = unsafe {
            let buffer = self.device.allocate_command_buffers(&info).map_err(&why)?[0];
            made.commands.push(buffer);
            let again =
                vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::SIMULTANEOUS_USE);
            self.device.begin_command_buffer(buffer, &again).map_err(&why)?;
            buffer
        };
        for command in commands {
            self.barrier(buffer);
            match command {
                Command::Copy { from, to, bytes } => {
                    let ((source, src_offset), (target, dst_offset)) =
                        (self.locate(*from)?, self.locate(*to)?);
                    let region = [vk::BufferCopy { src_offset, dst_offset, size: *bytes }];
                    // SAFETY: the memory plan keeps both ranges within their buffers and apart.
                    unsafe { self.device.cmd_copy_buffer(buffer, source, target, &region) };
                }
                Command::Dispatch { kernel, buffers, ints, groups } => {
                    let constant = |at: u64, bytes: u64| vk::DescriptorBufferInfo {
                        buffer: made.constants.buffer,
                        offset: at,
                        range: bytes.max(1).next_multiple_of(16),
                    };
                    let info = |place: &Place| match *place {
                        Place::At(extent) => self.binding(&extent),
                        Place::State { word, words } => {
                            self.binding(&Extent { address: made.state + 4 * word, bytes: 4 * words })
                        }
                        Place::Known { word, words } => Ok(constant(table + 4 * word, 4 * words)),
                        Place::Constant { at, bytes } => Ok(constant(at, bytes)),
                    };
                    let mut infos = buffers.iter().map(info).collect::<Result<Vec<_>, _>>()?;
                    if ints.1 > 0 {
                        infos.push(constant(ints.0, ints.1));
                    }
                    self.bind(buffer, made.sets, *kernel, &infos)?;
                    let &([x, y, z], word) = groups;
                    self.within_limits(*kernel, [x, y, z])?;
                    let decided = word.map(|word| self.locate(made.state + 4 * word)).transpose()?;
                    // SAFETY: what it needs was just bound; a gate writes no more than the grid to the three words.
                    unsafe {
                        match decided {
                            None => self.device.cmd_dispatch(buffer, x, y, z),
                            Some((state, offset)) => self.device.cmd_dispatch_indirect(buffer, state, offset),
                        }
                    }
                }
            }
        }
        // SAFETY: it is being recorded.
        unsafe { self.device.end_command_buffer(buffer) }.map_err(&why)?;
        Ok(buffer)
    }

    /// Asks for what a graph says. What has been asked for before is done first.
    pub(super) fn start_made(&mut self, made: &Made) -> Result<(), String> {
        self.flush()?;
        self.run_pieces(&made.pieces, made.state)
    }

    fn run_pieces(&mut self, pieces: &[Piece], state: Address) -> Result<(), String> {
        for piece in pieces {
            match piece {
                Piece::Run(commands) => self.ahead.push(*commands),
                Piece::Loop { gate, word, body } => {
                    let straight: Option<Vec<vk::CommandBuffer>> = body
                        .iter()
                        .map(|piece| match piece {
                            Piece::Run(commands) => Some(*commands),
                            Piece::Loop { .. } => None,
                        })
                        .collect();
                    let mut rounds = 1;
                    loop {
                        for _ in 0..if straight.is_some() { rounds } else { 1 } {
                            self.ahead.push(*gate);
                            self.ahead.extend(straight.iter().flatten());
                        }
                        let mut runs = [0; 4];
                        crate::device::Device::download(self, state + 4 * word, &mut runs)?;
                        if runs == [0; 4] {
                            break;
                        }
                        if straight.is_none() {
                            self.run_pieces(body, state)?;
                        }
                        rounds = (2 * rounds).min(ROUNDS_MAX);
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives a graph back; the device is done with it.
    pub(super) fn give_back(&mut self, made: Made) {
        // SAFETY: the device has done all that was asked for, and nobody has the handles any more.
        unsafe {
            if !made.commands.is_empty() {
                self.device.free_command_buffers(self.commands, &made.commands);
            }
            self.device.destroy_descriptor_pool(made.sets, None);
            destroy(&self.device, &made.constants);
        }
        crate::device::Device::free(self, made.state);
    }
}
