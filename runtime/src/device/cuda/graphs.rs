//! CUDA graphs: built node by node, instantiated once, started with one call.

use super::{Cuda, failed, fits};
use crate::device::graph::Graph;
use crate::device::nodes::{Condition, Nodes, build};
use crate::device::{Address, Extent, Takes};
use cudarc::driver::result;
use cudarc::driver::sys;
use std::ffi::{CStr, CString, c_void};

/// Reads bytes for conditional nodes.
const READ: &str = include_str!("conditional.ptx");
const READ_ENTRY: &CStr = c"braid_read";
/// Versions of the driver from which on there are graphs as they are built here, conditional nodes, and those with an else.
const GRAPHS: i32 = 12_000;
const CONDITIONS: i32 = 12_040;
const ELSE: i32 = 12_080;
/// Conditional nodes cost more than the host's decisions in some programs and less in others, so both ways are tried.
const TRIALS: u32 = 3;

/// What a driver of a version takes. An instantiation costs about as much as a run without a graph.
pub(super) fn takes(version: i32) -> Result<Takes, String> {
    let text = |version: i32| format!("{}.{}", version / 1000, version % 1000 / 10);
    if version < GRAPHS {
        let (has, needs) = (text(version), text(GRAPHS));
        return Err(format!("the driver is for CUDA {has}, graphs are made from {needs} on"));
    }
    Ok(Takes { decides: version >= CONDITIONS, after: 1, trials: TRIALS })
}

/// A graph that can be started.
pub(super) struct Made {
    graph: sys::CUgraph,
    exec: sys::CUgraphExec,
}

/// A graph being built.
struct Building<'a> {
    cuda: &'a Cuda,
    /// The kernel that reads bytes; only loaded where there are conditions.
    read: Option<sys::CUfunction>,
}

impl Cuda {
    /// Makes a graph; the context is current.
    pub(super) fn build(&mut self, graph: &Graph) -> Result<Made, String> {
        if graph.decides() && self.read.is_none() {
            let why = failed("the kernel that reads conditions");
            let text = CString::new(READ).map_err(|_| "a kernel's text has a zero")?;
            // SAFETY: a text that ends in zero, and a function of it.
            unsafe {
                let module = result::module::load_data(text.as_ptr().cast()).map_err(&why)?;
                self.modules.push(module);
                let entry = CString::from(READ_ENTRY);
                self.read = Some(result::module::get_function(module, entry).map_err(&why)?);
            }
        }
        let mut whole = std::ptr::null_mut();
        // SAFETY: the driver fills the handle.
        unsafe { sys::cuGraphCreate(&mut whole, 0) }.result().map_err(failed("no graph"))?;
        let built = build(&mut Building { cuda: self, read: self.read }, graph, whole);
        let mut exec = std::ptr::null_mut();
        // SAFETY: a graph just made, which is destroyed if it comes to nothing.
        unsafe {
            let made = built.and_then(|()| {
                let made = sys::cuGraphInstantiateWithFlags(&mut exec, whole, 0).result();
                made.map_err(failed("a graph cannot be instantiated"))
            });
            if let Err(why) = made {
                let _ = sys::cuGraphDestroy(whole);
                return Err(why);
            }
        }
        Ok(Made { graph: whole, exec })
    }

    /// Starts a graph; the context is current.
    pub(super) fn start_made(&self, made: &Made) -> Result<(), String> {
        // SAFETY: a live graph of this context, whose kernels and memory are this value's.
        unsafe { sys::cuGraphLaunch(made.exec, self.stream) }
            .result()
            .map_err(failed("a graph does not start"))
    }
}

impl Made {
    /// Gives it back.
    ///
    /// # Safety
    /// The context is current, and nobody starts it any more; if it runs, the driver waits.
    pub(super) unsafe fn destroy(self) {
        // SAFETY: the caller's promise. A device that is lost has nothing to give back.
        unsafe {
            let _ = sys::cuGraphExecDestroy(self.exec);
            let _ = sys::cuGraphDestroy(self.graph);
        }
    }
}

impl Building<'_> {
    fn kernel(
        &self,
        graph: sys::CUgraph,
        after: &[sys::CUgraphNode],
        function: sys::CUfunction,
        workgroup: [u32; 3],
        grid: [u32; 3],
        words: &mut [u64],
    ) -> Result<sys::CUgraphNode, String> {
        let mut params: Vec<*mut c_void> = words.iter_mut().map(|word| (&raw mut *word).cast()).collect();
        let about = sys::CUDA_KERNEL_NODE_PARAMS {
            func: function,
            gridDimX: grid[0],
            gridDimY: grid[1],
            gridDimZ: grid[2],
            blockDimX: workgroup[0],
            blockDimY: workgroup[1],
            blockDimZ: workgroup[2],
            sharedMemBytes: 0,
            kernelParams: params.as_mut_ptr(),
            extra: std::ptr::null_mut(),
            kern: std::ptr::null_mut(),
            ctx: self.cuda.context,
        };
        let mut node = std::ptr::null_mut();
        // SAFETY: the kernel takes these parameters; the driver has copied them when it returns.
        unsafe { sys::cuGraphAddKernelNode_v2(&mut node, graph, after.as_ptr(), after.len(), &about) }
            .result()
            .map_err(failed("a kernel's node"))?;
        Ok(node)
    }
}

impl Nodes for Building<'_> {
    type Graph = sys::CUgraph;
    type Node = sys::CUgraphNode;
    type Handle = sys::CUgraphConditionalHandle;

    fn has_else(&self) -> bool {
        self.cuda.version >= ELSE
    }

    fn launch(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<Self::Node, String> {
        let function = &self.cuda.functions[kernel];
        fits(grid).map_err(|why| format!("kernel {}: {why} {}", function.name, self.cuda.name))?;
        let mut words: Vec<u64> = buffers.iter().map(|b| b.address).collect();
        words.extend(ints.iter().map(|&n| n as u64));
        self.kernel(graph, after, function.function, function.workgroup, grid, &mut words)
    }

    fn copy(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        from: Address,
        to: Address,
        bytes: u64,
    ) -> Result<Self::Node, String> {
        let device = sys::CUmemorytype::CU_MEMORYTYPE_DEVICE;
        let about = sys::CUDA_MEMCPY3D {
            srcXInBytes: 0,
            srcY: 0,
            srcZ: 0,
            srcLOD: 0,
            srcMemoryType: device,
            srcHost: std::ptr::null(),
            srcDevice: from,
            srcArray: std::ptr::null_mut(),
            reserved0: std::ptr::null_mut(),
            srcPitch: bytes as usize,
            srcHeight: 1,
            dstXInBytes: 0,
            dstY: 0,
            dstZ: 0,
            dstLOD: 0,
            dstMemoryType: device,
            dstHost: std::ptr::null_mut(),
            dstDevice: to,
            dstArray: std::ptr::null_mut(),
            reserved1: std::ptr::null_mut(),
            dstPitch: bytes as usize,
            dstHeight: 1,
            WidthInBytes: bytes as usize,
            Height: 1,
            Depth: 1,
        };
        let (mut node, context) = (std::ptr::null_mut(), self.cuda.context);
        // SAFETY: the memory plan keeps both ranges within their allocations and apart.
        unsafe { sys::cuGraphAddMemcpyNode(&mut node, graph, after.as_ptr(), after.len(), &about, context) }
            .result()
            .map_err(failed("a copy's node"))?;
        Ok(node)
    }

    fn set(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        to: Address,
        bytes: u64,
        value: u32,
    ) -> Result<Self::Node, String> {
        let about = sys::CUDA_MEMSET_NODE_PARAMS {
            dst: to,
            pitch: bytes as usize,
            value,
            elementSize: bytes as u32,
            width: 1,
            height: 1,
        };
        let (mut node, context) = (std::ptr::null_mut(), self.cuda.context);
        // SAFETY: as above.
        unsafe { sys::cuGraphAddMemsetNode(&mut node, graph, after.as_ptr(), after.len(), &about, context) }
            .result()
            .map_err(failed("a node that writes a number"))?;
        Ok(node)
    }

    fn handle(&mut self, graph: Self::Graph) -> Result<Self::Handle, String> {
        let mut handle = 0;
        // SAFETY: a live graph; the driver fills the handle. A kernel sets its number before it is asked for.
        unsafe { sys::cuGraphConditionalHandleCreate(&mut handle, graph, self.cuda.context, 0, 0) }
            .result()
            .map_err(failed("a condition's handle"))?;
        Ok(handle)
    }

    fn read(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        byte: Address,
        handle: Self::Handle,
        when: bool,
    ) -> Result<Self::Node, String> {
        let read = self.read.ok_or("internal error: a graph without conditions has one")?;
        self.kernel(graph, after, read, [1; 3], [1; 3], &mut [byte, handle, u64::from(when)])
    }

    fn conditional(
        &mut self,
        graph: Self::Graph,
        after: &[Self::Node],
        handle: Self::Handle,
        condition: Condition,
    ) -> Result<(Self::Node, Vec<Self::Graph>), String> {
        use sys::CUgraphConditionalNodeType::{CU_GRAPH_COND_TYPE_IF, CU_GRAPH_COND_TYPE_WHILE};
        let (kind, size) = match condition {
            Condition::If => (CU_GRAPH_COND_TYPE_IF, 1),
            Condition::IfElse => (CU_GRAPH_COND_TYPE_IF, 2),
            Condition::While => (CU_GRAPH_COND_TYPE_WHILE, 1),
        };
        let mut node = std::ptr::null_mut();
        // SAFETY: the structure may be all zero; the driver fills the pointer to as many graphs as it was asked for, which live as
        // long as the node.
        let bodies = unsafe {
            let mut about: sys::CUgraphNodeParams = std::mem::zeroed();
            about.type_ = sys::CUgraphNodeType::CU_GRAPH_NODE_TYPE_CONDITIONAL;
            about.__bindgen_anon_1.conditional = sys::CUDA_CONDITIONAL_NODE_PARAMS {
                handle,
                type_: kind,
                size,
                phGraph_out: std::ptr::null_mut(),
                ctx: self.cuda.context,
            };
            let (edges, count) = (after.as_ptr(), after.len());
            sys::cuGraphAddNode_v2(&mut node, graph, edges, std::ptr::null(), count, &mut about)
                .result()
                .map_err(failed("a conditional node"))?;
            std::slice::from_raw_parts(about.__bindgen_anon_1.conditional.phGraph_out, size as usize).to_vec()
        };
        Ok((node, bodies))
    }
}

#[cfg(test)]
mod tests {
    use super::{TRIALS, Takes, takes};

    #[test]
    fn an_old_driver_leaves_decisions_to_the_host() {
        let kind = |decides| Ok(Takes { decides, after: 1, trials: TRIALS });
        assert_eq!(takes(12_080), kind(true));
        assert_eq!(takes(12_040), kind(true));
        assert_eq!(takes(12_020), kind(false));
        let why = takes(11_080).expect_err("too old");
        assert_eq!(why, "the driver is for CUDA 11.8, graphs are made from 12.0 on");
    }
}
