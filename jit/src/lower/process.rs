//! `process(state, frames, inputs, outputs, moving)`: the loops of a block, one after the other.
//!
//! In every loop one induction variable counts positions, that is frames since the first one;
//! pointers of inputs, outputs and buffers are biased by the first position, so that the same
//! variable indexes everything.

use cranelift_codegen::ir::{
    AbiParam, Function, InstBuilder, Signature, StackSlot, StackSlotData, StackSlotKind, Value,
    types,
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::emitter::{Emitter, Source};
use crate::layout::POSITION;
use crate::schedule::LoopKind;

/// The frames of one control: entry k of the `moving` array belongs to the k-th moving control of
/// the schedule.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct MovingSource {
    /// First value.
    pub(crate) values: *const u8,
    /// All ones when there is a value per frame, 0 when one value stands for all.
    pub(crate) mask: u64,
}

/// The type of a compiled process function.
///
/// `state` is memory of the program's layout; `frames` ≥ 1, and at most
/// [`CHUNK`](crate::schedule::CHUNK) when the schedule is chunked; `inputs` and `outputs` point to as many
/// pointers as the program has, each valid for `frames` samples, outputs writable and disjoint from
/// everything else; `moving` points to one source per moving control of the variant.
pub(crate) type ProcessFn = unsafe extern "C" fn(
    state: *mut u8,
    frames: u64,
    inputs: *const *const u8,
    outputs: *const *mut u8,
    moving: *const MovingSource,
);

/// The signature of [`ProcessFn`].
pub(crate) fn process_signature(source: &Source) -> Signature {
    let mut signature = Signature::new(source.features.call_conv);
    signature
        .params
        .extend(std::iter::repeat_n(AbiParam::new(types::I64), 5));
    signature
}

/// What all loops of a call share.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// The position of the first frame.
    pub(super) first: Value,
    /// The position after the last frame.
    pub(super) end: Value,
    /// Pointers of the inputs.
    pub(super) inputs: Value,
    /// Pointers of the outputs.
    pub(super) outputs: Value,
    /// Sources of the moving controls.
    pub(super) moving: Value,
    /// The buffers between loops.
    pub(super) buffers: Option<StackSlot>,
}

/// Builds the process function of a variant.
pub(crate) fn lower_process(
    source: Source,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
) {
    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let params: [Value; 5] = std::array::from_fn(|i| builder.block_params(entry)[i]);
    let [state, frames, inputs, outputs, moving] = params;
    let mut emitter = Emitter::new(source, builder, state);
    let first = emitter.load(types::I64, POSITION);
    let end = emitter.builder.ins().iadd(first, frames);
    let call = Call {
        first,
        end,
        inputs,
        outputs,
        moving,
        buffers: emitter.buffer_slot(),
    };
    for entry in &source.schedule.entries {
        emitter.entry(entry, &call);
    }
    emitter.before_loops();
    for one in &source.schedule.loops {
        match (one.kind, &one.bank) {
            (LoopKind::Time, _) => emitter.time_loop(one, &call),
            (LoopKind::Bank, Some(bank)) => emitter.bank_loop(one, bank, &call),
            (LoopKind::Frames | LoopKind::Bank, _) => emitter.frames_loop(one, &call),
        }
    }
    emitter.settle();
    emitter.store(end, POSITION);
    emitter.builder.ins().return_(&[]);
    let config = source.features.frontend;
    emitter.builder.finalize(config);
}

impl Emitter<'_, '_> {
    /// The stack slot of all buffers between loops.
    fn buffer_slot(&mut self) -> Option<StackSlot> {
        /// log₂ of the alignment: a vector.
        const ALIGN_SHIFT: u8 = 4;
        let bytes = self.source.schedule.buffers.bytes();
        (bytes > 0).then(|| {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, ALIGN_SHIFT);
            self.builder.create_sized_stack_slot(data)
        })
    }
}
