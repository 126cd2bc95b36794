//! Rust functions that compiled code calls where the target lacks an instruction.
//!
//! Calls go through an immediate address, never a relocation, so that code may lie anywhere. Every
//! helper computes the very bits of the instruction it replaces.

use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Type as ClifType, Value, types};
use synthc_ir::UnaryOp;

use super::emitter::Emitter;
use crate::schedule::WIDEST;

/// The shape of a helper: how many operands of one type; the result has that type.
pub(super) type Shape = (usize, ClifType);

macro_rules! helpers {
    ($($name32:ident $name64:ident ($($arg:ident),*) => $method:ident;)*) => {$(
        extern "C" fn $name32($($arg: f32),*) -> f32 { f32::$method($($arg),*) }
        extern "C" fn $name64($($arg: f64),*) -> f64 { f64::$method($($arg),*) }
    )*};
}

helpers! {
    floor_f32 floor_f64 (x) => floor;
    ceil_f32 ceil_f64 (x) => ceil;
    trunc_f32 trunc_f64 (x) => trunc;
    nearest_f32 nearest_f64 (x) => round_ties_even;
    fma_f32 fma_f64 (a, b, c) => mul_add;
}

/// Which way a chunk of a ring is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Out of the ring, before a loop.
    Out,
    /// Back into it, after the loop.
    Back,
}

/// Finds `frames` cells from `cell` on, and those up to the next multiple of a vector, in one piece: in the ring
/// itself, or in a copy when they wrap around.
///
/// # Safety
/// `ring` has `mask` + 1 cells, a power of two, and `copy` a chunk and a vector, not overlapping;
/// `cell` ≤ `mask`, `frames` ≤ a chunk.
unsafe extern "C" fn open_ring<T: Copy>(
    ring: *mut T,
    mask: usize,
    cell: usize,
    copy: *mut T,
    frames: usize,
) -> *mut T {
    let whole = frames.next_multiple_of(WIDEST as usize);
    if cell + whole <= mask + 1 {
        return ring.wrapping_add(cell);
    }
    for frame in 0..whole {
        // SAFETY: the index is masked; the copy has room for a chunk and a vector (caller).
        unsafe { *copy.add(frame) = *ring.add((cell + frame) & mask) };
    }
    copy
}

/// Writes back what [`open_ring`] gave a copy for, without the frames beyond `frames`.
///
/// # Safety
/// As [`open_ring`], which was called with the same arguments.
unsafe extern "C" fn close_ring<T: Copy>(
    ring: *mut T,
    mask: usize,
    cell: usize,
    copy: *mut T,
    frames: usize,
) -> *mut T {
    if cell + frames.next_multiple_of(WIDEST as usize) > mask + 1 {
        for frame in 0..frames {
            // SAFETY: as in `open_ring`.
            unsafe { *ring.add((cell + frame) & mask) = *copy.add(frame) };
        }
    }
    ring
}

/// The address of the rounding helper of an operation, `None` when it is no rounding.
fn rounding(op: UnaryOp, float: ClifType) -> Option<usize> {
    type Unary32 = extern "C" fn(f32) -> f32;
    type Unary64 = extern "C" fn(f64) -> f64;
    let (narrow, wide): (Unary32, Unary64) = match op {
        UnaryOp::Floor => (floor_f32, floor_f64),
        UnaryOp::Ceil => (ceil_f32, ceil_f64),
        UnaryOp::Trunc => (trunc_f32, trunc_f64),
        UnaryOp::Nearest => (nearest_f32, nearest_f64),
        _ => return None,
    };
    Some(if float == types::F32 {
        narrow as usize
    } else {
        wide as usize
    })
}

impl Emitter<'_, '_> {
    /// Calls the helper of a rounding operation; `None` when there is none.
    pub(super) fn call_rounding(&mut self, op: UnaryOp, x: Value) -> Option<Value> {
        let address = rounding(op, self.float)?;
        Some(self.call_float_helper(address, &[x]))
    }

    /// Calls the helper of a·b + c.
    pub(super) fn call_fma(&mut self, a: Value, b: Value, c: Value) -> Value {
        type Fma32 = extern "C" fn(f32, f32, f32) -> f32;
        type Fma64 = extern "C" fn(f64, f64, f64) -> f64;
        let address = if self.float == types::F32 {
            fma_f32 as Fma32 as usize
        } else {
            fma_f64 as Fma64 as usize
        };
        self.call_float_helper(address, &[a, b, c])
    }

    /// Calls [`open_ring`] or [`close_ring`] with their arguments in order.
    pub(super) fn call_ring(&mut self, direction: Direction, args: &[Value]) -> Value {
        type Helper<T> = unsafe extern "C" fn(*mut T, usize, usize, *mut T, usize) -> *mut T;
        let address = match (direction, self.float == types::F32) {
            (Direction::Out, true) => open_ring::<f32> as Helper<f32> as usize,
            (Direction::Out, false) => open_ring::<f64> as Helper<f64> as usize,
            (Direction::Back, true) => close_ring::<f32> as Helper<f32> as usize,
            (Direction::Back, false) => close_ring::<f64> as Helper<f64> as usize,
        };
        let pointer = self.source.features.pointer;
        self.call_helper(address, pointer, args)
    }

    fn call_float_helper(&mut self, address: usize, args: &[Value]) -> Value {
        self.call_helper(address, self.float, args)
    }

    /// Calls a helper whose operands and result have one type.
    fn call_helper(&mut self, address: usize, ty: ClifType, args: &[Value]) -> Value {
        let shape = (args.len(), ty);
        let known = self.signatures.iter().find(|(known, _)| *known == shape);
        let signature = if let Some(&(_, signature)) = known {
            signature
        } else {
            let mut signature = Signature::new(self.source.features.call_conv);
            let operands = std::iter::repeat_n(AbiParam::new(ty), args.len());
            signature.params.extend(operands);
            signature.returns.push(AbiParam::new(ty));
            let signature = self.builder.import_signature(signature);
            self.signatures.push((shape, signature));
            signature
        };
        let pointer = self.source.features.pointer;
        let address = self.builder.ins().iconst(pointer, address as i64);
        let call = self.builder.ins().call_indirect(signature, address, args);
        self.builder.inst_results(call)[0]
    }
}
