//! Rust functions that compiled code calls where the target lacks an instruction.
//!
//! Calls go through an immediate address, never a relocation, so that code may lie anywhere. Every
//! helper computes the very bits of the instruction it replaces.

use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Type as ClifType, Value, types};
use synthc_ir::UnaryOp;

use super::emitter::Emitter;

/// The shape of a helper: how many operands of one float type; the result has that type.
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

    fn call_float_helper(&mut self, address: usize, args: &[Value]) -> Value {
        let shape = (args.len(), self.float);
        let known = self.signatures.iter().find(|(known, _)| *known == shape);
        let signature = if let Some(&(_, signature)) = known {
            signature
        } else {
            let mut signature = Signature::new(self.source.features.call_conv);
            let operands = std::iter::repeat_n(AbiParam::new(self.float), args.len());
            signature.params.extend(operands);
            signature.returns.push(AbiParam::new(self.float));
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
