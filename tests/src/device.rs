//! A device of plain memory, whose kernels are a program's subnets as the interpreter runs them. It checks everything about
//! running on a device but the kernels: addresses, copies, what is read back, and what the runtime moves.

use braid::backend::artifact::assemble;
use braid::backend::device::{Buffer, DeviceCode, DeviceSubnet, Launch, Place};
use braid::backend::kernel::{self, Target};
use braid::runtime::device::{Address, Device, Extent};
use braid::runtime::manifest;
use braid_ir::eval;
use braid_ir::net::SymDef;
use braid_ir::ops::Value;
use braid_ir::program::{Program, Subnet};
use braid_ir::{Net, Tensor, TensorType, Term, Terminator, ValueId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const TARGET: &str = "reference";
/// What memory holds before it is written.
const GARBAGE: u8 = 0xa5;

/// A program compiled for the CPU and for the reference device.
///
/// # Errors
/// If it cannot be compiled.
pub fn compile(program: &Program) -> Result<Vec<u8>, String> {
    let target = Target::native().map_err(|e| e.to_string())?;
    let cache = crate::subject::machine().cache;
    let kernels =
        kernel::compile(program, &target, cache.as_deref(), &|_, _| {}).map_err(|e| e.to_string())?;
    let subnets = braid::backend::device::subnets(program);
    let code = DeviceCode {
        target: TARGET.to_string(),
        kernels: subnets.iter().enumerate().map(|(n, subnet)| described(n, subnet)).collect(),
        code: Vec::new(),
        times: Vec::new(),
        parts: Vec::new(),
        subnets: subnets.iter().enumerate().map(|(n, subnet)| launched(n, subnet)).collect(),
        library: Vec::new(),
    };
    let target = manifest::Target { cpu: target.cpu, features: vec![] };
    assemble(program, &kernels, target, &[code]).map_err(|e| e.to_string())
}

fn params(subnet: &Subnet) -> &[ValueId] {
    &subnet.net.block(Net::ENTRY).params
}

fn results(subnet: &Subnet) -> &[ValueId] {
    match &subnet.net.block(Net::ENTRY).end {
        Terminator::Return(values) => values,
        _ => panic!("a subnet returns"),
    }
}

fn ty(subnet: &Subnet, value: ValueId) -> &TensorType {
    subnet.net.tensor_ty(value).expect("a subnet computes tensors")
}

fn described(number: usize, subnet: &Subnet) -> manifest::Kernel {
    manifest::Kernel {
        name: format!("subnet_{number}"),
        workgroup: [1; 3],
        buffers: (params(subnet).len() + results(subnet).len()) as u32,
        ints: subnet.dims.len() as u32,
        ..manifest::Kernel::default()
    }
}

/// A subnet as one launch.
fn launched(kernel: usize, subnet: &Subnet) -> DeviceSubnet {
    let buffer = |place: fn(usize) -> Place| {
        move |(at, &value): (usize, &ValueId)| {
            let ty = ty(subnet, value);
            Buffer { place: place(at), bytes: ty.numel() * Term::from(ty.dtype.size()) }
        }
    };
    let buffers = params(subnet)
        .iter()
        .enumerate()
        .map(buffer(Place::Param))
        .chain(results(subnet).iter().enumerate().map(buffer(Place::Result)))
        .collect();
    let launch = Launch {
        kernel,
        buffers,
        ints: subnet.dims.iter().map(|&dim| Term::sym(dim)).collect(),
        grid: [Term::int(1); 3],
        flops: Term::int(0),
    };
    DeviceSubnet { launches: vec![launch], scratch_bytes: Term::int(0) }
}

/// The device. Its addresses are no pointers, so that whoever takes them for some crashes.
pub struct Reference {
    subnets: Arc<Vec<Subnet>>,
    memory: BTreeMap<Address, Vec<u8>>,
    next: Address,
}

impl Reference {
    /// A device for one program.
    pub fn new(program: Arc<Program>) -> Reference {
        let subnets = Arc::new(braid::backend::device::subnets(&program));
        Reference { subnets, memory: BTreeMap::new(), next: 1 << 56 }
    }

    /// So many bytes at an address, all of one allocation.
    fn at(&mut self, address: Address, bytes: u64) -> Result<&mut [u8], String> {
        let outside = || format!("{bytes} bytes at {address:#x} are not allocated");
        let (start, memory) = self.memory.range_mut(..=address).next_back().ok_or_else(outside)?;
        let from = (address - start) as usize;
        memory.get_mut(from..from + bytes as usize).ok_or_else(outside)
    }
}

impl Device for Reference {
    fn name(&self) -> String {
        TARGET.to_string()
    }

    fn suits(&self, target: &str) -> Option<u32> {
        (target == TARGET).then_some(0)
    }

    fn load(&mut self, kernels: &[manifest::Kernel], _: &[u8]) -> Result<(), String> {
        assert_eq!(kernels.len(), self.subnets.len(), "kernels of another program");
        Ok(())
    }

    fn alloc(&mut self, bytes: u64) -> Result<Address, String> {
        let address = self.next;
        self.next = (self.next + bytes + 1).next_multiple_of(1 << 12);
        self.memory.insert(address, vec![GARBAGE; bytes as usize]);
        Ok(address)
    }

    fn free(&mut self, address: Address) {
        assert!(self.memory.remove(&address).is_some(), "{address:#x} is not allocated");
    }

    fn upload(&mut self, to: Address, bytes: &[u8]) -> Result<(), String> {
        self.at(to, bytes.len() as u64)?.copy_from_slice(bytes);
        Ok(())
    }

    fn download(&mut self, from: Address, bytes: &mut [u8]) -> Result<(), String> {
        bytes.copy_from_slice(self.at(from, bytes.len() as u64)?);
        Ok(())
    }

    fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String> {
        let source = self.at(from, bytes)?.to_vec();
        self.upload(to, &source)
    }

    fn launch(&mut self, kernel: usize, buffers: &[Extent], ints: &[i64], _: [u32; 3]) -> Result<(), String> {
        if let Some(odd) = buffers.iter().find(|b| b.address % braid::runtime::ALIGN as u64 != 0) {
            return Err(format!("a buffer at {:#x}", odd.address));
        }
        let subnets = self.subnets.clone();
        let subnet = &subnets[kernel];
        let mut syms: HashMap<_, _> =
            subnet.dims.iter().copied().zip(ints.iter().map(|&n| Term::int(n))).collect();
        let mut values: HashMap<ValueId, Value> = HashMap::new();
        for (&param, buffer) in params(subnet).iter().zip(buffers) {
            let ty = ty(subnet, param);
            let shape: Option<Vec<usize>> = ty
                .shape
                .iter()
                .map(|d| d.subst_syms(&syms).as_int().and_then(|n| usize::try_from(n).ok()))
                .collect();
            let shape = shape.ok_or("a dimension is no number")?;
            let bytes = self.at(buffer.address, buffer.bytes)?.to_vec();
            values.insert(param, Value::Tensor(Arc::new(Tensor::new(ty.dtype, shape, bytes))));
        }
        // What the device computes itself it reads.
        for (&sym, def) in &subnet.net.syms {
            if let SymDef::Value(value) = def
                && let Some(Value::Tensor(tensor)) = values.get(value)
            {
                syms.insert(sym, Term::constant(tensor.get(0)));
            }
        }
        for &id in &subnet.net.block(Net::ENTRY).ops {
            let op = subnet.net.op(id);
            let operands: Vec<Value> = op.operands.iter().map(|v| values[v].clone()).collect();
            let computed = eval::eval_op(op.spec, &operands, op.attrs.subst(&syms))?;
            values.extend(op.results.iter().copied().zip(computed));
        }
        for (value, buffer) in results(subnet).iter().zip(&buffers[params(subnet).len()..]) {
            let Value::Tensor(tensor) = &values[value] else { panic!("a subnet computes tensors") };
            assert_eq!(tensor.bytes().len() as u64, buffer.bytes, "a result of another size");
            self.upload(buffer.address, tensor.bytes())?;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<(), String> {
        Ok(())
    }
}
