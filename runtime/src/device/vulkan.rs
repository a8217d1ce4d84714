//! Vulkan: kernels as SPIR-V, the loader found at run time.
//!
//! What is asked for is recorded into one command buffer, each command behind a barrier, and submitted when somebody waits or
//! a pool is used up. Memory of the process reaches the device through one mapped stage, which also holds the integers of
//! launches. A kernel sees its buffers as bindings 0, 1, … of set 0, and its integers as one more buffer of `i64`.

mod graphs;

use super::graph::Graph;
use super::{Address, Device, Extent, Takes, floats};
use crate::manifest::Kernel;
use ash::vk;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt::Display;
use std::ops::Range;

/// The target that Vulkan devices run code for.
const TARGET: &str = "vulkan";
/// Size of the stage.
const STAGE_BYTES: u64 = 8 << 20;
/// Alignment of what is put on the stage, and of every buffer's size.
const UNIT: u64 = 256;
/// Launches between two submissions, and the buffers that they may bind.
const SETS: u32 = 512;
const BINDINGS: u32 = 16 * SETS;
/// Far apart, so that no address is in two buffers.
const SPACING: Address = 1 << 40;

/// Memory of the device.
struct Allocation {
    buffer: vk::Buffer,
    memory: vk::DeviceMemory,
    bytes: u64,
}

struct Pipeline {
    name: String,
    pipeline: vk::Pipeline,
    layout: vk::PipelineLayout,
    set_layout: vk::DescriptorSetLayout,
    /// Buffers, that of the integers among them.
    bindings: usize,
}

/// A Vulkan device.
pub(super) struct Vulkan {
    name: String,
    device: ash::Device,
    instance: ash::Instance,
    /// The loaded library, which the others call into.
    _entry: ash::Entry,
    queue: vk::Queue,
    memory_types: vk::PhysicalDeviceMemoryProperties,
    limits: vk::PhysicalDeviceLimits,
    /// The widths of floats whose NaN it keeps.
    exact: Vec<u32>,
    commands: vk::CommandPool,
    command: vk::CommandBuffer,
    fence: vk::Fence,
    sets: vk::DescriptorPool,
    pipelines: Vec<Pipeline>,
    /// By address.
    allocations: BTreeMap<Address, Allocation>,
    next: Address,
    stage: Allocation,
    stage_at: *mut u8,
    /// How much of the stage and how many sets and bindings the commands recorded so far use.
    staged: u64,
    used: (u32, u32),
    recording: bool,
    /// What is submitted before the commands recorded so far.
    ahead: Vec<vk::CommandBuffer>,
    /// To be freed once the commands recorded so far are done.
    freed: Vec<Allocation>,
    /// Graphs by their numbers.
    graphs: Vec<Option<graphs::Made>>,
}

// SAFETY: the handles belong to this value alone, and so does the mapped stage; Vulkan allows their use from one thread at a
// time.
unsafe impl Send for Vulkan {}

/// What failed, for a person.
fn failed(what: impl Display) -> impl Fn(vk::Result) -> String {
    move |error| format!("Vulkan: {what}: {error}")
}

impl Vulkan {
    /// Opens device number `number`, or the one that promises most.
    pub(super) fn open(number: Option<usize>) -> Result<Vulkan, String> {
        // SAFETY: the library is a Vulkan loader by its name; it is kept as long as what was loaded from it.
        let entry = unsafe { ash::Entry::load() }
            .map_err(|e| format!("there is no Vulkan loader on this machine ({e}); install libvulkan1"))?;
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_2);
        let info = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: the structures are valid and outlive the call, as in all calls below.
        let instance =
            unsafe { entry.create_instance(&info, None) }.map_err(failed("no instance can be made"))?;
        match Vulkan::with_instance(entry, &instance, number) {
            Ok(device) => Ok(device),
            Err(why) => {
                // SAFETY: nothing was made of the instance, or it has been destroyed.
                unsafe { instance.destroy_instance(None) };
                Err(why)
            }
        }
    }

    fn with_instance(
        entry: ash::Entry,
        instance: &ash::Instance,
        number: Option<usize>,
    ) -> Result<Vulkan, String> {
        // SAFETY: a live instance.
        let all =
            unsafe { instance.enumerate_physical_devices() }.map_err(failed("no devices can be listed"))?;
        // SAFETY: devices of this instance.
        let properties: Vec<_> =
            all.iter().map(|&d| unsafe { instance.get_physical_device_properties(d) }).collect();
        let promise = |&n: &usize| match properties[n].device_type {
            vk::PhysicalDeviceType::DISCRETE_GPU => 0,
            vk::PhysicalDeviceType::INTEGRATED_GPU => 1,
            vk::PhysicalDeviceType::VIRTUAL_GPU => 2,
            _ => 3,
        };
        let number = match number {
            Some(n) if n < all.len() => n,
            Some(n) => return Err(format!("there is no Vulkan device {n}; there are {}", all.len())),
            None => (0..all.len()).min_by_key(promise).ok_or("there is no Vulkan device on this machine")?,
        };
        let (physical, properties) = (all[number], properties[number]);
        let name = properties.device_name_as_c_str().unwrap_or(c"?").to_string_lossy();
        let name = format!("vulkan:{number} ({name})");
        if properties.api_version < vk::API_VERSION_1_2 {
            return Err(format!("{name} has no Vulkan 1.2"));
        }
        let limits = properties.limits;
        let mut v12 = vk::PhysicalDeviceVulkan12Properties::default();
        let mut more = vk::PhysicalDeviceProperties2::default().push_next(&mut v12);
        // SAFETY: a device of this instance; the chain's structures are valid for this version.
        unsafe { instance.get_physical_device_properties2(physical, &mut more) };
        let exact = floats::promised(&v12);
        if limits.min_storage_buffer_offset_alignment > crate::ALIGN as u64 {
            return Err(format!(
                "{name} aligns buffers at {} bytes, the program at {}",
                limits.min_storage_buffer_offset_alignment,
                crate::ALIGN
            ));
        }
        // SAFETY: a device of this instance.
        let families = unsafe { instance.get_physical_device_queue_family_properties(physical) };
        let family = families.iter().position(|f| f.queue_flags.contains(vk::QueueFlags::COMPUTE));
        let family = family.ok_or_else(|| format!("{name} does not compute"))? as u32;
        // What kernels may need is switched on wherever the device has it; a kernel that needs more is refused by the driver.
        let (mut v11, mut v12) =
            (vk::PhysicalDeviceVulkan11Features::default(), vk::PhysicalDeviceVulkan12Features::default());
        let mut features = vk::PhysicalDeviceFeatures2::default().push_next(&mut v11).push_next(&mut v12);
        // SAFETY: the chain's structures are valid for this version.
        unsafe { instance.get_physical_device_features2(physical, &mut features) };
        // It would cost a comparison for every access.
        features.features.robust_buffer_access = vk::FALSE;
        let queues =
            [vk::DeviceQueueCreateInfo::default().queue_family_index(family).queue_priorities(&[1.0])];
        let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).push_next(&mut features);
        // SAFETY: as above.
        let device = unsafe { instance.create_device(physical, &info, None) }
            .map_err(failed("the device cannot be opened"))?;
        // SAFETY: as above; the device is new and used by nobody else.
        unsafe {
            let memory_types = instance.get_physical_device_memory_properties(physical);
            let made = Parts::new(&device, family, &memory_types);
            let parts = made.inspect_err(|_| device.destroy_device(None))?;
            Ok(Vulkan {
                name,
                queue: device.get_device_queue(family, 0),
                device,
                instance: instance.clone(),
                _entry: entry,
                memory_types,
                limits,
                exact,
                commands: parts.commands,
                command: parts.command,
                fence: parts.fence,
                sets: parts.sets,
                pipelines: Vec::new(),
                allocations: BTreeMap::new(),
                next: SPACING,
                stage: parts.stage,
                stage_at: parts.stage_at,
                staged: 0,
                used: (0, 0),
                recording: false,
                ahead: Vec::new(),
                freed: Vec::new(),
                graphs: Vec::new(),
            })
        }
    }

    /// The buffer that an address is in, and the offset there.
    fn locate(&self, address: Address) -> Result<(vk::Buffer, u64), String> {
        match self.allocations.range(..=address).next_back() {
            Some((start, allocation)) if address - start < allocation.bytes => {
                Ok((allocation.buffer, address - start))
            }
            _ => Err(format!("internal error: no memory of {} is at {address:#x}", self.name)),
        }
    }

    /// Begins recording if need be, behind a barrier.
    fn record(&mut self) -> Result<vk::CommandBuffer, String> {
        // SAFETY: the command buffer is this value's own and not in use by the device.
        unsafe {
            if !self.recording {
                let once =
                    vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
                self.device
                    .begin_command_buffer(self.command, &once)
                    .map_err(failed("no commands can be recorded"))?;
                self.recording = true;
            }
        }
        self.barrier(self.command);
        Ok(self.command)
    }

    /// Keeps what is recorded next from starting before all that was recorded or submitted earlier is done.
    fn barrier(&self, command: vk::CommandBuffer) {
        let barrier = [vk::MemoryBarrier::default()
            .src_access_mask(vk::AccessFlags::MEMORY_WRITE)
            .dst_access_mask(vk::AccessFlags::MEMORY_READ | vk::AccessFlags::MEMORY_WRITE)];
        let (all, flags) = (vk::PipelineStageFlags::ALL_COMMANDS, vk::DependencyFlags::empty());
        // SAFETY: a command buffer that is being recorded.
        unsafe { self.device.cmd_pipeline_barrier(command, all, all, flags, &barrier, &[], &[]) };
    }

    /// Submits what has been recorded and waits until it is done.
    fn flush(&mut self) -> Result<(), String> {
        if self.recording || !self.ahead.is_empty() {
            // What is submitted is seen by the host, too.
            self.record()?;
            self.recording = false;
            let mut commands = std::mem::take(&mut self.ahead);
            commands.push(self.command);
            let lost = failed("the device failed");
            // SAFETY: the commands use live objects; after the wait the device uses none of them.
            unsafe {
                let barrier = [vk::MemoryBarrier::default()
                    .src_access_mask(vk::AccessFlags::MEMORY_WRITE)
                    .dst_access_mask(vk::AccessFlags::HOST_READ)];
                let (all, host) = (vk::PipelineStageFlags::ALL_COMMANDS, vk::PipelineStageFlags::HOST);
                let flags = vk::DependencyFlags::empty();
                self.device.cmd_pipeline_barrier(self.command, all, host, flags, &barrier, &[], &[]);
                self.device.end_command_buffer(self.command).map_err(&lost)?;
                let submit = [vk::SubmitInfo::default().command_buffers(&commands)];
                self.device.queue_submit(self.queue, &submit, self.fence).map_err(&lost)?;
                self.device.wait_for_fences(&[self.fence], true, u64::MAX).map_err(&lost)?;
                self.device.reset_fences(&[self.fence]).map_err(&lost)?;
                let flags = vk::DescriptorPoolResetFlags::empty();
                self.device.reset_descriptor_pool(self.sets, flags).map_err(&lost)?;
            }
        }
        (self.staged, self.used) = (0, (0, 0));
        for allocation in self.freed.drain(..) {
            // SAFETY: nothing uses it any more.
            unsafe { destroy(&self.device, &allocation) };
        }
        Ok(())
    }

    /// Room on the stage, at most [`STAGE_BYTES`]; earlier commands may have to be done first.
    fn room(&mut self, bytes: u64) -> Result<Range<usize>, String> {
        if self.staged + bytes > STAGE_BYTES {
            self.flush()?;
        }
        let start = self.staged;
        self.staged = (start + bytes).next_multiple_of(UNIT);
        Ok(start as usize..(start + bytes) as usize)
    }

    /// Writes to the stage.
    fn put(&mut self, at: &Range<usize>, bytes: &[u8]) {
        // SAFETY: the range lies within the mapped stage, and no recorded command writes there.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.stage_at.add(at.start), at.len()) };
    }

    /// What a kernel sees of a buffer.
    fn binding(&self, extent: &Extent) -> Result<vk::DescriptorBufferInfo, String> {
        let (buffer, offset) = self.locate(extent.address)?;
        // Kernels read whole words, and a binding has at least one.
        let range = extent.bytes.max(1).next_multiple_of(16);
        if range > u64::from(self.limits.max_storage_buffer_range) {
            return Err(format!("a tensor of {} bytes is more than {} takes", extent.bytes, self.name));
        }
        Ok(vk::DescriptorBufferInfo { buffer, offset, range })
    }

    /// Whether the device takes such a grid.
    fn within_limits(&self, kernel: usize, grid: [u32; 3]) -> Result<(), String> {
        if grid.iter().zip(self.limits.max_compute_work_group_count).any(|(&n, most)| n > most) {
            let name = &self.pipelines[kernel].name;
            return Err(format!("kernel {name}: a grid of {grid:?} is more than {} takes", self.name));
        }
        Ok(())
    }

    /// Records that the next dispatch is of a kernel, with a set of a pool for its buffers.
    fn bind(
        &self,
        command: vk::CommandBuffer,
        pool: vk::DescriptorPool,
        kernel: usize,
        infos: &[vk::DescriptorBufferInfo],
    ) -> Result<(), String> {
        let Pipeline { pipeline, layout, set_layout, bindings, .. } = &self.pipelines[kernel];
        debug_assert_eq!(*bindings, infos.len());
        let set_layouts = [*set_layout];
        // SAFETY: live objects of this device; the set stays until the commands are done.
        unsafe {
            let info =
                vk::DescriptorSetAllocateInfo::default().descriptor_pool(pool).set_layouts(&set_layouts);
            let sets = self.device.allocate_descriptor_sets(&info).map_err(failed("no descriptor set"))?;
            let writes: Vec<_> = infos
                .iter()
                .zip(0..)
                .map(|(info, binding)| {
                    vk::WriteDescriptorSet::default()
                        .dst_set(sets[0])
                        .dst_binding(binding)
                        .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                        .buffer_info(std::slice::from_ref(info))
                })
                .collect();
            self.device.update_descriptor_sets(&writes, &[]);
            let point = vk::PipelineBindPoint::COMPUTE;
            self.device.cmd_bind_pipeline(command, point, *pipeline);
            self.device.cmd_bind_descriptor_sets(command, point, *layout, 0, &sets, &[]);
        }
        Ok(())
    }

    /// Makes a pipeline of a kernel.
    fn pipeline(&self, kernel: &Kernel, module: vk::ShaderModule) -> Result<Pipeline, String> {
        let why = |what: &str| failed(format!("kernel {}: {what}", kernel.name));
        let count = kernel.buffers + u32::from(kernel.ints > 0);
        let most = self.limits.max_per_stage_descriptor_storage_buffers;
        if count > most {
            return Err(format!("kernel {} takes {count} buffers, {} {most}", kernel.name, self.name));
        }
        let bindings: Vec<_> = (0..count)
            .map(|binding| {
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        let name =
            CString::new(kernel.name.as_str()).map_err(|_| "a kernel's name has a zero".to_string())?;
        // SAFETY: all structures are valid and outlive the calls; what was made is destroyed on failure.
        unsafe {
            let info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
            let set_layout =
                self.device.create_descriptor_set_layout(&info, None).map_err(why("no set layout"))?;
            let set_layouts = [set_layout];
            let info = vk::PipelineLayoutCreateInfo::default().set_layouts(&set_layouts);
            let layout = self
                .device
                .create_pipeline_layout(&info, None)
                .inspect_err(|_| self.device.destroy_descriptor_set_layout(set_layout, None))
                .map_err(why("no pipeline layout"))?;
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(&name);
            let info = [vk::ComputePipelineCreateInfo::default().stage(stage).layout(layout)];
            let pipelines = self.device.create_compute_pipelines(vk::PipelineCache::null(), &info, None);
            let pipelines = pipelines.map_err(|(_, error)| {
                self.device.destroy_pipeline_layout(layout, None);
                self.device.destroy_descriptor_set_layout(set_layout, None);
                why("the driver refuses it")(error)
            })?;
            let (name, pipeline) = (kernel.name.clone(), pipelines[0]);
            Ok(Pipeline { name, pipeline, layout, set_layout, bindings: count as usize })
        }
    }
}

/// What a device needs from the start.
struct Parts {
    commands: vk::CommandPool,
    command: vk::CommandBuffer,
    fence: vk::Fence,
    sets: vk::DescriptorPool,
    stage: Allocation,
    stage_at: *mut u8,
}

impl Parts {
    /// Makes them. On failure the device is useless and destroyed by the caller, and they with it.
    ///
    /// # Safety
    /// A live device and its own queue family and memory types.
    unsafe fn new(
        device: &ash::Device,
        family: u32,
        types: &vk::PhysicalDeviceMemoryProperties,
    ) -> Result<Parts, String> {
        // SAFETY: the caller's promise; all structures outlive the calls.
        unsafe {
            let info = vk::CommandPoolCreateInfo::default()
                .queue_family_index(family)
                .flags(vk::CommandPoolCreateFlags::RESET_COMMAND_BUFFER);
            let commands = device.create_command_pool(&info, None).map_err(failed("no command pool"))?;
            let info =
                vk::CommandBufferAllocateInfo::default().command_pool(commands).command_buffer_count(1);
            let command = device.allocate_command_buffers(&info).map_err(failed("no command buffer"))?[0];
            let fence = device.create_fence(&vk::FenceCreateInfo::default(), None);
            let fence = fence.map_err(failed("no fence"))?;
            let sizes = [vk::DescriptorPoolSize {
                ty: vk::DescriptorType::STORAGE_BUFFER,
                descriptor_count: BINDINGS,
            }];
            let info = vk::DescriptorPoolCreateInfo::default().max_sets(SETS).pool_sizes(&sizes);
            let sets = device.create_descriptor_pool(&info, None).map_err(failed("no descriptor pool"))?;
            let visible = vk::MemoryPropertyFlags::HOST_VISIBLE | vk::MemoryPropertyFlags::HOST_COHERENT;
            let stage = allocate(device, types, STAGE_BYTES, visible)?;
            let stage_at = device
                .map_memory(stage.memory, 0, vk::WHOLE_SIZE, vk::MemoryMapFlags::empty())
                .map_err(failed("the stage cannot be mapped"))?;
            Ok(Parts { commands, command, fence, sets, stage, stage_at: stage_at.cast() })
        }
    }
}

/// A buffer with memory of its own, preferably of this kind but at least visible where that is asked for.
///
/// # Safety
/// A live device and its own memory types.
unsafe fn allocate(
    device: &ash::Device,
    types: &vk::PhysicalDeviceMemoryProperties,
    bytes: u64,
    kind: vk::MemoryPropertyFlags,
) -> Result<Allocation, String> {
    let bytes = bytes.next_multiple_of(UNIT);
    let usage = vk::BufferUsageFlags::STORAGE_BUFFER
        | vk::BufferUsageFlags::INDIRECT_BUFFER
        | vk::BufferUsageFlags::TRANSFER_SRC
        | vk::BufferUsageFlags::TRANSFER_DST;
    // SAFETY: the caller's promise; what was made is destroyed on failure.
    unsafe {
        let why = failed(format!("{bytes} bytes cannot be had"));
        let info = vk::BufferCreateInfo::default().size(bytes).usage(usage);
        let buffer = device.create_buffer(&info, None).map_err(&why)?;
        let needs = device.get_buffer_memory_requirements(buffer);
        let allowed = |i: &u32| needs.memory_type_bits >> i & 1 == 1;
        let has = |i: &u32| types.memory_types[*i as usize].property_flags.contains(kind);
        let mut which = (0..types.memory_type_count).filter(allowed);
        let required = kind.contains(vk::MemoryPropertyFlags::HOST_VISIBLE);
        let found = which.clone().find(has).or_else(|| if required { None } else { which.next() });
        let memory = found
            .ok_or(vk::Result::ERROR_OUT_OF_DEVICE_MEMORY)
            .and_then(|index| {
                let info =
                    vk::MemoryAllocateInfo::default().allocation_size(needs.size).memory_type_index(index);
                device.allocate_memory(&info, None)
            })
            .inspect_err(|_| device.destroy_buffer(buffer, None))
            .map_err(&why)?;
        let allocation = Allocation { buffer, memory, bytes };
        device
            .bind_buffer_memory(buffer, memory, 0)
            .inspect_err(|_| destroy(device, &allocation))
            .map_err(&why)?;
        Ok(allocation)
    }
}

/// # Safety
/// The device must not use it any more.
unsafe fn destroy(device: &ash::Device, allocation: &Allocation) {
    // SAFETY: the caller's promise.
    unsafe {
        device.destroy_buffer(allocation.buffer, None);
        device.free_memory(allocation.memory, None);
    }
}

impl Device for Vulkan {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn suits(&self, target: &str) -> Option<u32> {
        (target == TARGET).then_some(0)
    }

    fn load(&mut self, kernels: &[Kernel], code: &[u8]) -> Result<(), String> {
        for kernel in kernels {
            let range = kernel.offset as usize..(kernel.offset + kernel.bytes) as usize;
            let bytes = code.get(range).ok_or_else(|| format!("kernel {} has no code", kernel.name))?;
            let words: Vec<u32> = bytes
                .chunks_exact(4)
                .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")))
                .collect();
            let words = floats::within(&words, &self.exact);
            let info = vk::ShaderModuleCreateInfo::default().code(&words);
            // SAFETY: checksums have shown the words to be the compiler's, which has validated them.
            let module = unsafe { self.device.create_shader_module(&info, None) }
                .map_err(failed(format!("kernel {}", kernel.name)))?;
            let pipeline = self.pipeline(kernel, module);
            // SAFETY: a pipeline does not need its module once it is made.
            unsafe { self.device.destroy_shader_module(module, None) };
            self.pipelines.push(pipeline?);
        }
        Ok(())
    }

    fn alloc(&mut self, bytes: u64) -> Result<Address, String> {
        let local = vk::MemoryPropertyFlags::DEVICE_LOCAL;
        // SAFETY: the device's own memory types.
        let allocation = unsafe { allocate(&self.device, &self.memory_types, bytes, local)? };
        let address = self.next;
        self.next += (allocation.bytes / SPACING + 1) * SPACING;
        self.allocations.insert(address, allocation);
        Ok(address)
    }

    fn free(&mut self, address: Address) {
        self.freed.extend(self.allocations.remove(&address));
    }

    fn upload(&mut self, to: Address, bytes: &[u8]) -> Result<(), String> {
        for (number, chunk) in bytes.chunks(STAGE_BYTES as usize).enumerate() {
            let (buffer, offset) = self.locate(to + number as u64 * STAGE_BYTES)?;
            let at = self.room(chunk.len() as u64)?;
            self.put(&at, chunk);
            let command = self.record()?;
            let size = chunk.len() as u64;
            let region = [vk::BufferCopy { src_offset: at.start as u64, dst_offset: offset, size }];
            // SAFETY: both ranges lie within their buffers.
            unsafe { self.device.cmd_copy_buffer(command, self.stage.buffer, buffer, &region) };
        }
        Ok(())
    }

    fn download(&mut self, from: Address, bytes: &mut [u8]) -> Result<(), String> {
        for (number, chunk) in bytes.chunks_mut(STAGE_BYTES as usize).enumerate() {
            let (buffer, offset) = self.locate(from + number as u64 * STAGE_BYTES)?;
            let at = self.room(chunk.len() as u64)?;
            let command = self.record()?;
            let size = chunk.len() as u64;
            let region = [vk::BufferCopy { src_offset: offset, dst_offset: at.start as u64, size }];
            // SAFETY: both ranges lie within their buffers.
            unsafe { self.device.cmd_copy_buffer(command, buffer, self.stage.buffer, &region) };
            self.flush()?;
            // SAFETY: the range lies within the mapped stage, and the device is done with it.
            unsafe {
                std::ptr::copy_nonoverlapping(self.stage_at.add(at.start), chunk.as_mut_ptr(), chunk.len());
            }
        }
        Ok(())
    }

    fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String> {
        let ((source, src_offset), (target, dst_offset)) = (self.locate(from)?, self.locate(to)?);
        let command = self.record()?;
        let region = [vk::BufferCopy { src_offset, dst_offset, size: bytes }];
        // SAFETY: the memory plan keeps both ranges within their buffers and apart.
        unsafe { self.device.cmd_copy_buffer(command, source, target, &region) };
        Ok(())
    }

    fn launch(
        &mut self,
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<(), String> {
        self.within_limits(kernel, grid)?;
        let words: Vec<[u8; 8]> = ints.iter().map(|n| n.to_le_bytes()).collect();
        let bindings = buffers.len() as u32 + 1;
        if self.used.0 + 1 > SETS || self.used.1 + bindings > BINDINGS {
            self.flush()?;
        }
        let at = self.room(UNIT.max(8 * ints.len() as u64))?;
        self.put(&(at.start..at.start + 8 * ints.len()), words.as_flattened());
        let mut infos = buffers.iter().map(|extent| self.binding(extent)).collect::<Result<Vec<_>, _>>()?;
        if !ints.is_empty() {
            let (offset, range) = (at.start as u64, at.len() as u64);
            infos.push(vk::DescriptorBufferInfo { buffer: self.stage.buffer, offset, range });
        }
        let command = self.record()?;
        self.used = (self.used.0 + 1, self.used.1 + bindings);
        self.bind(command, self.sets, kernel, &infos)?;
        // SAFETY: what it needs was just bound.
        unsafe { self.device.cmd_dispatch(command, grid[0], grid[1], grid[2]) };
        Ok(())
    }

    fn wait(&mut self) -> Result<(), String> {
        self.flush()
    }

    fn takes_graphs(&self) -> Result<Takes, String> {
        Ok(Takes { decides: true, after: 1, trials: graphs::TRIALS })
    }

    fn make(&mut self, graph: &Graph, parts: &[u32]) -> Result<u64, String> {
        let made = self.build(graph, parts)?;
        self.graphs.push(Some(made));
        Ok(self.graphs.len() as u64 - 1)
    }

    fn start(&mut self, number: u64) -> Result<(), String> {
        let made = self.graphs.get_mut(number as usize).and_then(Option::take);
        let made = made.ok_or_else(|| format!("internal error: there is no graph {number}"))?;
        let started = self.start_made(&made);
        self.graphs[number as usize] = Some(made);
        started
    }

    fn discard(&mut self, number: u64) {
        if let Some(made) = self.graphs.get_mut(number as usize).and_then(Option::take) {
            // A device that is lost does nothing any more either.
            let _ = self.flush();
            self.give_back(made);
        }
    }
}

impl Drop for Vulkan {
    fn drop(&mut self) {
        // SAFETY: the device is idle, and everything destroyed here was made by it and is used by nobody else.
        unsafe {
            // A device that is lost is idle, too.
            let _ = self.device.device_wait_idle();
            for made in std::mem::take(&mut self.graphs).into_iter().flatten() {
                self.give_back(made);
            }
            for pipeline in &self.pipelines {
                self.device.destroy_pipeline(pipeline.pipeline, None);
                self.device.destroy_pipeline_layout(pipeline.layout, None);
                self.device.destroy_descriptor_set_layout(pipeline.set_layout, None);
            }
            for allocation in self.allocations.values().chain(&self.freed).chain([&self.stage]) {
                destroy(&self.device, allocation);
            }
            self.device.destroy_descriptor_pool(self.sets, None);
            self.device.destroy_fence(self.fence, None);
            self.device.destroy_command_pool(self.commands, None);
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}
