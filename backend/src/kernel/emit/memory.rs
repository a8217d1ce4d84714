//! Reads and writes of elements, and the forms they have in memory.

use super::*;
use crate::kernel::index::mentions;
use crate::kernel::nest::Access;

/// How an address moves from lane to lane.
enum Stride {
    /// The same element in all lanes.
    Same,
    /// Neighbouring elements.
    Next,
    /// Every second element.
    Second,
    /// Anything else.
    Free,
}

impl Emitter<'_> {
    /// The element of read number `k` at the present point.
    pub(super) fn read(&mut self, k: usize) -> Val {
        let Some(inside) = self.inside.take() else { return self.read_inside(k) };
        let dtype = self.nest.reads[k].dtype;
        let lanes = self.varies(&self.nest.reads[k].clone());
        let none = |e: &mut Self| e.constant(Scalar::from_int(dtype, 0), lanes);
        let value = self.if_else(&inside, (dtype, lanes), |e| e.read_inside(k), none);
        self.inside = Some(inside);
        value
    }

    fn read_inside(&mut self, k: usize) -> Val {
        let access = self.nest.reads[k].clone();
        let pointer = self.pointers[k].clone();
        let guard = access.guard.map(|g| self.term(g));
        match guard {
            None => {
                let mask = self.mask.clone();
                self.load(&access, &pointer, mask)
            }
            Some(guard) if guard.lanes == 1 => {
                let lanes = self.varies(&access);
                let otherwise = access.otherwise;
                self.if_else(
                    &guard,
                    (access.dtype, lanes),
                    |e| {
                        let mask = e.mask.clone();
                        e.load(&access, &pointer, mask)
                    },
                    |e| e.constant(otherwise, lanes),
                )
            }
            Some(guard) => {
                let mask = match self.mask.clone() {
                    Some(mask) => self.define(
                        DType::Bool,
                        mask.lanes,
                        &format!("arith.andi {}, {} : {}", mask.name, guard.name, mask.ty()),
                    ),
                    None => guard,
                };
                self.load(&access, &pointer, Some(mask))
            }
        }
    }

    /// The number of lanes of an access at the present point.
    fn varies(&mut self, access: &Access) -> usize {
        match self.stride(access.address) {
            Stride::Same => 1,
            _ => self.lanes,
        }
    }

    fn stride(&self, address: Term) -> Stride {
        let Some((axis, _)) = self.lane_axis() else { return Stride::Same };
        let in_lanes = |t: Term| {
            t.postorder().iter().any(|t| match t.node() {
                Node::Load(k, _) if k as usize == REDUCED => {
                    self.reduced.as_ref().is_some_and(|r| r.lanes > 1)
                }
                // An index from memory: its own address decides.
                Node::Load(k, _) => {
                    let inner = &self.nest.reads[k as usize];
                    !matches!(self.stride(inner.address), Stride::Same)
                        || inner.guard.is_some_and(|g| mentions(g, axis))
                }
                _ => false,
            })
        };
        if in_lanes(address) {
            return Stride::Free;
        }
        if !mentions(address, axis) {
            return Stride::Same;
        }
        match affine_in(address, axis).and_then(|(c, _)| c.as_int()) {
            Some(1) => Stride::Next,
            Some(2) => Stride::Second,
            _ => Stride::Free,
        }
    }

    pub(super) fn load(&mut self, access: &Access, pointer: &str, mask: Option<Val>) -> Val {
        let element = memory(access.dtype);
        let guarded = access.guard.is_some();
        match self.stride(access.address) {
            Stride::Same
                if !(guarded && mask.as_ref().is_some_and(|m| m.lanes > 1) && self.guard_varies(access)) =>
            {
                let at = self.term(access.address);
                let raw = match access.slot {
                    Slot::Kept(array) => self.load_kept(array, &at),
                    _ => self.load_element(pointer, &at, access.dtype),
                };
                self.loaded(&raw, access.dtype, 1)
            }
            Stride::Next => {
                let at = self.base_address(access.address);
                let lanes = self.lanes;
                if let Slot::Kept(array) = access.slot {
                    let raw = self.load_kept_lanes(array, &at, access.dtype);
                    return self.loaded(&raw, access.dtype, lanes);
                }
                let place = self.place(pointer, &at, element);
                let ty = shaped(element, lanes);
                let raw = match mask {
                    None => self.raw(&format!(
                        "llvm.load {place} {{alignment = {} : i64}} : !llvm.ptr -> {ty}",
                        self.alignment(access.dtype)
                    )),
                    Some(mask) => {
                        let otherwise = self.memory_constant(access.otherwise, lanes);
                        self.raw(&format!(
                            "llvm.intr.masked.load {place}, {}, {otherwise} {{alignment = {} : i32}} : (!llvm.ptr, {}, {ty}) -> {ty}",
                            mask.name,
                            access.dtype.size(),
                            mask.ty()
                        ))
                    }
                };
                self.loaded(&raw, access.dtype, lanes)
            }
            Stride::Second if mask.is_none() => self.load_every_second(access, pointer),
            _ => self.gather(access, pointer, mask),
        }
    }

    /// Two loads of neighbouring elements, the second ending at the last element that is wanted, and every second of them.
    fn load_every_second(&mut self, access: &Access, pointer: &str) -> Val {
        let lanes = self.lanes;
        let element = memory(access.dtype);
        let ty = shaped(element, lanes);
        let at = self.base_address(access.address);
        let more = self.int(lanes as i64 - 1);
        let later = self.apply(ScalarOp::Add, &[at.clone(), more]);
        let alignment = access.dtype.size();
        let [first, second] = [at, later].map(|at| {
            let place = self.place(pointer, &at, element);
            self.raw(&format!("llvm.load {place} {{alignment = {alignment} : i64}} : !llvm.ptr -> {ty}"))
        });
        // In the second load, the element at distance 2i lies at 2i - (lanes - 1).
        let picks: Vec<String> = (0..lanes)
            .map(|i| if 2 * i < lanes { 2 * i } else { 2 * i + 1 })
            .map(|i| i.to_string())
            .collect();
        let raw = self.raw(&format!("vector.shuffle {first}, {second} [{}] : {ty}, {ty}", picks.join(", ")));
        self.loaded(&raw, access.dtype, lanes)
    }

    /// The alignment in bytes of a vector in memory.
    fn alignment(&self, dtype: DType) -> usize {
        if self.aligned { self.lanes * dtype.size() } else { dtype.size() }
    }

    fn guard_varies(&self, access: &Access) -> bool {
        match (self.lane_axis(), access.guard) {
            (Some((axis, _)), Some(guard)) => mentions(guard, axis) || crate::kernel::graph::loads(guard),
            _ => false,
        }
    }

    /// One load per lane, at an address of its own.
    fn gather(&mut self, access: &Access, pointer: &str, mask: Option<Val>) -> Val {
        let lanes = self.lanes;
        let element = memory(access.dtype);
        let at = self.term(access.address);
        let at = self.spread(&at, lanes);
        let pointers = shaped("!llvm.ptr", lanes);
        let places = self.raw(&format!(
            "llvm.getelementptr {pointer}[{}] : (!llvm.ptr, {}) -> {pointers}, {element}",
            at.name,
            at.ty()
        ));
        let mask = match mask {
            Some(mask) => mask,
            None => self.constant(Scalar::Bool(true), lanes),
        };
        let otherwise = self.memory_constant(access.otherwise, lanes);
        let ty = shaped(element, lanes);
        let raw = self.raw(&format!(
            "llvm.intr.masked.gather {places}, {}, {otherwise} {{alignment = {} : i32}} : ({pointers}, {}, {ty}) -> {ty}",
            mask.name,
            access.dtype.size(),
            mask.ty()
        ));
        self.loaded(&raw, access.dtype, lanes)
    }

    /// The address of the first lane.
    fn base_address(&mut self, address: Term) -> Val {
        let Some((axis, base)) = self.lane_axis() else { return self.term(address) };
        let (coefficient, rest) = affine_in(address, axis).expect("checked by the caller");
        let rest = self.term(rest);
        let scaled = match coefficient.as_int() {
            Some(1) => base,
            _ => {
                let coefficient = self.term(coefficient);
                self.apply(ScalarOp::Mul, &[coefficient, base])
            }
        };
        self.apply(ScalarOp::Add, &[rest, scaled])
    }

    pub(super) fn place(&mut self, pointer: &str, at: &Val, element: &str) -> Rc<str> {
        self.raw(&format!(
            "llvm.getelementptr {pointer}[{}] : (!llvm.ptr, i64) -> !llvm.ptr, {element}",
            at.name
        ))
    }

    /// Stores the value at an address of the output; lanes that are masked out keep what is there.
    pub(super) fn store(&mut self, value: &Val, address: Term, dtype: DType) {
        let element = memory(dtype);
        match self.stride(address) {
            Stride::Same => {
                let at = self.term(address);
                let raw = self.storable(value, dtype);
                self.store_element(&raw, &at, dtype);
            }
            Stride::Next => {
                let value = self.spread(value, self.lanes);
                let at = self.base_address(address);
                let place = self.place(&self.out.clone(), &at, element);
                let raw = self.storable(&value, dtype);
                let ty = shaped(element, self.lanes);
                match self.mask.clone() {
                    None => self.line(&format!(
                        "llvm.store {raw}, {place} {{alignment = {} : i64}} : {ty}, !llvm.ptr",
                        self.alignment(dtype)
                    )),
                    Some(mask) => self.line(&format!(
                        "llvm.intr.masked.store {raw}, {place}, {} {{alignment = {} : i32}} : {ty}, {} into !llvm.ptr",
                        mask.name,
                        dtype.size(),
                        mask.ty()
                    )),
                }
            }
            Stride::Second | Stride::Free => {
                let lanes = self.lanes;
                let value = self.spread(value, lanes);
                let at = self.term(address);
                let pointers = shaped("!llvm.ptr", lanes);
                let places = self.raw(&format!(
                    "llvm.getelementptr {}[{}] : (!llvm.ptr, {}) -> {pointers}, {element}",
                    self.out,
                    at.name,
                    at.ty()
                ));
                let raw = self.storable(&value, dtype);
                let mask = match self.mask.clone() {
                    Some(mask) => mask,
                    None => self.constant(Scalar::Bool(true), lanes),
                };
                self.line(&format!(
                    "llvm.intr.masked.scatter {raw}, {places}, {} {{alignment = {} : i32}} : {}, {} into {pointers}",
                    mask.name,
                    dtype.size(),
                    shaped(element, lanes),
                    mask.ty()
                ));
            }
        }
    }

    /// A constant in its form in memory.
    fn memory_constant(&mut self, value: Scalar, lanes: usize) -> Rc<str> {
        let ty = shaped(memory(value.dtype()), lanes);
        let literal = match value {
            Scalar::Bool(b) => i8::from(b).to_string(),
            Scalar::Float(DType::F16, v) => format!("0x{:04X}", half::f16::from_f64(v).to_bits()),
            Scalar::Float(DType::BF16, v) => (half::bf16::from_f64(v).to_bits() as i16).to_string(),
            other => return self.constant(other, lanes).name,
        };
        self.raw_constant(&literal, &ty)
    }

    /// From the form in memory to the form in registers.
    pub(super) fn loaded(&mut self, raw: &str, dtype: DType, lanes: usize) -> Val {
        let ty = |element: &str| shaped(element, lanes);
        match dtype {
            DType::Bool => {
                let zero = self.raw_constant("0", &ty("i8"));
                self.define(dtype, lanes, &format!("arith.cmpi ne, {raw}, {zero} : {}", ty("i8")))
            }
            DType::F16 => {
                self.define(dtype, lanes, &format!("arith.extf {raw} : {} to {}", ty("f16"), ty("f32")))
            }
            DType::BF16 => {
                let wide = self.raw(&format!("arith.extui {raw} : {} to {}", ty("i16"), ty("i32")));
                let sixteen = self.raw_constant("16", &ty("i32"));
                let bits = self.raw(&format!("arith.shli {wide}, {sixteen} : {}", ty("i32")));
                self.define(dtype, lanes, &format!("arith.bitcast {bits} : {} to {}", ty("i32"), ty("f32")))
            }
            _ => Val { name: raw.into(), dtype, lanes },
        }
    }

    /// From the form in registers to the form in memory. Half floats have been rounded before.
    pub(super) fn storable(&mut self, value: &Val, dtype: DType) -> Rc<str> {
        let ty = |element: &str| shaped(element, value.lanes);
        match dtype {
            DType::Bool => self.raw(&format!("arith.extui {} : {} to {}", value.name, ty("i1"), ty("i8"))),
            DType::F16 => self.raw(&format!("arith.truncf {} : {} to {}", value.name, ty("f32"), ty("f16"))),
            DType::BF16 => {
                let bits =
                    self.raw(&format!("arith.bitcast {} : {} to {}", value.name, ty("f32"), ty("i32")));
                let sixteen = self.raw_constant("16", &ty("i32"));
                let high = self.raw(&format!("arith.shrui {bits}, {sixteen} : {}", ty("i32")));
                self.raw(&format!("arith.trunci {high} : {} to {}", ty("i32"), ty("i16")))
            }
            _ => value.name.clone(),
        }
    }
}

/// `address = coefficient * axis + rest`, neither depending on the axis.
fn affine_in(address: Term, axis: usize) -> Option<(Term, Term)> {
    let at = |value: i64| {
        address.substitute(&mut |node| match node {
            Node::Axis(a) if *a as usize == axis => Some(Term::int(value)),
            _ => None,
        })
    };
    let rest = at(0);
    let coefficient = at(1) - rest;
    (coefficient * Term::axis(axis) + rest == address).then_some((coefficient, rest))
}
