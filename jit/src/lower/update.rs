//! `update(state)`: everything that depends on controls only.
//!
//! Runs when a control changed; leaves the values that the sample loop reads in their homes.

use cranelift_codegen::ir::{AbiParam, Function, InstBuilder, Signature, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use synthc_ir::{NodeId, Op};

use super::emitter::{Emitter, Source};
use crate::schedule::Step;

/// The type of a compiled update function.
///
/// Its argument is state memory of the program's layout, not used by anyone else during the call.
pub(crate) type UpdateFn = unsafe extern "C" fn(state: *mut u8);

/// The signature of [`UpdateFn`].
pub(crate) fn update_signature(source: &Source) -> Signature {
    let mut signature = Signature::new(source.features.call_conv);
    signature.params.push(AbiParam::new(types::I64));
    signature
}

/// Builds the update function of a variant.
pub(crate) fn lower_update(
    source: Source,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
) {
    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let state = builder.block_params(entry)[0];
    let mut emitter = Emitter::new(source, builder, state);
    for segment in &source.schedule.update {
        for step in segment {
            if let Step::Node(id) = *step {
                emitter.update_node(id);
            }
        }
        emitter.end_segment();
    }
    emitter.builder.ins().return_(&[]);
    let config = source.features.frontend;
    emitter.builder.finalize(config);
}

impl Emitter<'_, '_> {
    fn update_node(&mut self, id: NodeId) {
        let value = match self.source.graph.op(id) {
            Op::Control(control) => {
                let float = self.float;
                let offset = self.source.layout.control(control);
                self.load(float, offset)
            }
            Op::RegisterRead(register) => self.read_register(register),
            Op::TableRead(table, index) => self.read_table(table, index),
            op => match self.pure(op) {
                Some(value) => value,
                None => return,
            },
        };
        self.define(id, value);
        self.keep(id, value);
    }

    /// A pure operation; `None` for everything else.
    pub(super) fn pure(&mut self, op: Op) -> Option<cranelift_codegen::ir::Value> {
        let ty = |id| self.source.graph.ty(id);
        Some(match op {
            Op::Unary(op, a) => {
                let (ty, a) = (ty(a), self.get(a));
                self.unary(op, ty, a)
            }
            Op::Binary(op, a, b) => {
                let ty = ty(a);
                let (a, b) = (self.get(a), self.get(b));
                self.binary(op, ty, a, b)
            }
            Op::Compare(op, a, b) => {
                let ty = ty(a);
                let (a, b) = (self.get(a), self.get(b));
                self.compare(op, ty, a, b)
            }
            Op::Select(condition, a, b) => {
                let condition = self.get(condition);
                let (a, b) = (self.get(a), self.get(b));
                self.select(condition, a, b)
            }
            Op::Cast(op, a) => {
                let a = self.get(a);
                self.cast(op, a)
            }
            Op::Fma(a, b, c) => self.fma(a, b, c),
            Op::Const(_)
            | Op::SampleRate
            | Op::Input(_)
            | Op::Control(_)
            | Op::RegisterRead(_)
            | Op::DelayRead(..)
            | Op::TableRead(..)
            | Op::ExternOutput(..) => return None,
        })
    }
}
