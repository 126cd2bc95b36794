//! `process(state, frames, inputs, outputs, moving)`: the sample loop.
//!
//! One induction variable counts positions, that is frames since the first one; pointers of inputs
//! and outputs are biased by the first position, so that the same variable indexes everything.
//! Registers that the schedule carries are block parameters; all others are in state memory.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, BlockArg, Function, InstBuilder, Signature, Value, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use synthc_ir::{NodeId, Op};

use super::emitter::{Emitter, Source, displacement, trusted};
use crate::layout::POSITION;
use crate::schedule::{Place, Step};

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

/// The type of a compiled sample loop.
///
/// `state` is memory of the program's layout; `frames` ≥ 1; `inputs` and `outputs` point to as many
/// pointers as the program has, each valid for `frames` samples, outputs writable and disjoint from
/// everything else; `moving` points to one source per moving control of the variant.
pub(crate) type ProcessFn = unsafe extern "C" fn(
    state: *mut u8,
    frames: u64,
    inputs: *const *const u8,
    outputs: *const *mut u8,
    moving: *const MovingSource,
);

/// Carried registers, cached values and float constants that may stay in machine registers during
/// the loop, together: as many as there are vector registers. A sine is 15 % faster for it.
const MAX_LASTING: usize = 16;
/// Cached values among them.
const MAX_CACHED: usize = 8;

/// The signature of [`ProcessFn`].
pub(crate) fn process_signature(source: &Source) -> Signature {
    let mut signature = Signature::new(source.features.call_conv);
    signature
        .params
        .extend(std::iter::repeat_n(AbiParam::new(types::I64), 5));
    signature
}

/// What a frame's steps need beside values.
struct Frame {
    /// The position of this frame.
    position: Value,
    /// Where the samples of the inputs are.
    inputs: Channels,
    /// Where the samples of the outputs are.
    outputs: Channels,
    /// Biased pointer and mask of each moving control.
    moving: Vec<(Value, Value)>,
    /// What carried registers hold in this frame, in the schedule's order.
    carried: Vec<Value>,
}

/// Pointers of inputs or outputs.
enum Channels {
    /// Few: biased pointers, loaded before the loop.
    Few(Vec<Value>),
    /// Many: the array they are loaded from in every frame, and the first position.
    Many { array: Value, first: Value },
}

/// Pointers up to this number are loaded once; more would only be spilled.
const MAX_FEW: usize = 8;

/// Builds the sample loop of a variant.
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
    let schedule = source.schedule;

    // Before the loop: positions, pointers, what lasts, carried registers.
    let first = emitter.load(types::I64, POSITION);
    let end = emitter.builder.ins().iadd(first, frames);
    let counts = (
        source.graph.input_count() as usize,
        source.graph.outputs().len(),
    );
    let inputs = emitter.channels(inputs, counts.0, first);
    let outputs = emitter.channels(outputs, counts.1, first);
    let moving = emitter.moving_pointers(moving, first);
    emitter.load_lasting();
    let carried = schedule.carried.iter();
    let carried: Vec<Value> = carried.map(|&id| emitter.read_register(id)).collect();

    let frame_block = emitter.builder.create_block();
    let exit = emitter.builder.create_block();
    let mut args: Vec<BlockArg> = vec![first.into()];
    args.extend(carried.iter().map(|&value| BlockArg::from(value)));
    emitter.builder.ins().jump(frame_block, &args);

    let position = emitter.builder.append_block_param(frame_block, types::I64);
    let carried = schedule.carried.iter().map(|&id| {
        let ty = source.graph.registers()[id.index()].ty;
        let ty = emitter.clif_type(ty);
        emitter.builder.append_block_param(frame_block, ty)
    });
    let frame = Frame {
        position,
        carried: carried.collect(),
        inputs,
        outputs,
        moving,
    };
    emitter.builder.switch_to_block(frame_block);
    for (index, segment) in schedule.frame.iter().enumerate() {
        if index > 0 {
            emitter.end_segment();
        }
        for &step in segment {
            emitter.step(step, &frame);
        }
    }

    // The end of the frame: all carried registers step at once.
    let carried: Vec<Value> = schedule
        .carried
        .iter()
        .map(|&id| emitter.next_of(id))
        .collect();
    let position = emitter.builder.ins().iadd_imm_s(position, 1);
    let more = emitter.builder.ins().icmp(IntCC::NotEqual, position, end);
    let mut again: Vec<BlockArg> = vec![position.into()];
    again.extend(carried.iter().map(|&value| BlockArg::from(value)));
    let leave: Vec<BlockArg> = carried.iter().map(|&value| BlockArg::from(value)).collect();
    emitter
        .builder
        .ins()
        .brif(more, frame_block, &again, exit, &leave);
    emitter.builder.seal_block(frame_block);

    // After the loop: carried registers and the position return to memory.
    let carried: Vec<Value> = schedule
        .carried
        .iter()
        .map(|&id| {
            let ty = emitter.clif_type(source.graph.registers()[id.index()].ty);
            emitter.builder.append_block_param(exit, ty)
        })
        .collect();
    emitter.builder.switch_to_block(exit);
    emitter.builder.seal_block(exit);
    for (&id, value) in schedule.carried.iter().zip(carried) {
        emitter.write_register(id, value);
    }
    emitter.store(end, POSITION);
    emitter.builder.ins().return_(&[]);
    let config = source.features.frontend;
    emitter.builder.finalize(config);
}

impl Emitter<'_, '_> {
    /// The bytes of a number of samples.
    fn element_bytes(&mut self, samples: Value) -> Value {
        let shift = self.float_shift();
        self.builder.ins().ishl_imm_u(samples, shift)
    }

    fn channels(&mut self, array: Value, count: usize, first: Value) -> Channels {
        if count > MAX_FEW {
            return Channels::Many { array, first };
        }
        let bias = self.element_bytes(first);
        let pointers = (0..count).map(|channel| {
            let pointer = self.pointer(array, channel);
            self.builder.ins().isub(pointer, bias)
        });
        Channels::Few(pointers.collect())
    }

    /// The pointer of a channel.
    fn pointer(&mut self, array: Value, channel: usize) -> Value {
        // Channels are counted by `u32`, and state memory bounds them far below that.
        let offset = displacement(channel as u32 * 8);
        let ins = self.builder.ins();
        ins.load(types::I64, trusted(), array, offset)
    }

    /// The address of a channel's sample of this frame.
    fn sample(&mut self, channels: &Channels, channel: usize, position: Value) -> Value {
        match channels {
            Channels::Few(pointers) => self.element(pointers[channel], position),
            &Channels::Many { array, first } => {
                let pointer = self.pointer(array, channel);
                let frame = self.builder.ins().isub(position, first);
                self.element(pointer, frame)
            }
        }
    }

    fn moving_pointers(&mut self, array: Value, first: Value) -> Vec<(Value, Value)> {
        let count = self.source.schedule.moving.len();
        let offsets = (0_u32..).step_by(size_of::<MovingSource>()).take(count);
        offsets
            .map(|offset| {
                let ins = self.builder.ins();
                let pointer = ins.load(types::I64, trusted(), array, displacement(offset));
                let ins = self.builder.ins();
                let mask = ins.load(types::I64, trusted(), array, displacement(offset + 8));
                let skipped = self.builder.ins().band(first, mask);
                let bias = self.element_bytes(skipped);
                (self.builder.ins().isub(pointer, bias), mask)
            })
            .collect()
    }

    /// Loads cached values and constants before the loop when they fit into machine registers. Many
    /// would only be spilled to the stack, and loading them from state memory costs the same.
    fn load_lasting(&mut self) {
        let schedule = self.source.schedule;
        let mut room = MAX_LASTING.saturating_sub(schedule.carried.len());
        if schedule.frame.len() > 1 {
            return;
        }
        if schedule.cached.len() <= room.min(MAX_CACHED) {
            room -= schedule.cached.len();
            for &id in &schedule.cached {
                let value = self.load_home(id);
                self.define_lasting(id, value);
            }
        }
        if schedule.constants.len() <= room {
            for &id in &schedule.constants {
                let value = self.get(id);
                self.define_lasting(id, value);
            }
        }
    }

    /// The value a carried register takes at the end of the frame.
    fn next_of(&mut self, id: synthc_ir::graph::RegisterId) -> Value {
        match self.source.graph.registers()[id.index()].next {
            Some(next) => self.get(next),
            None => self.read_register(id),
        }
    }

    fn step(&mut self, step: Step, frame: &Frame) {
        match step {
            Step::Node(id) => self.frame_node(id, frame),
            Step::Call(id) => self.call_extern(id),
            Step::WriteLine(id) => self.write_line(id, frame.position),
            Step::WriteTable(id) => self.write_table(id),
            Step::WriteRegister(id) => {
                if let Some(next) = self.source.graph.registers()[id.index()].next {
                    let value = self.get(next);
                    self.write_register(id, value);
                }
            }
            Step::Output(channel) => {
                let value = self.get(self.source.graph.outputs()[channel]);
                let address = self.sample(&frame.outputs, channel, frame.position);
                self.builder.ins().store(trusted(), value, address, 0);
            }
        }
    }

    fn frame_node(&mut self, id: NodeId, frame: &Frame) {
        debug_assert_eq!(self.place(id), Place::Frame);
        let value = match self.source.graph.op(id) {
            Op::Input(input) => {
                let address = self.sample(&frame.inputs, input as usize, frame.position);
                self.builder.ins().load(self.float, trusted(), address, 0)
            }
            Op::Control(control) => {
                let moving = &self.source.schedule.moving;
                // A control of place `Frame` is a moving one.
                let Some(entry) = moving.iter().position(|&c| c == control) else {
                    return;
                };
                let (pointer, mask) = frame.moving[entry];
                let index = self.builder.ins().band(frame.position, mask);
                let address = self.element(pointer, index);
                self.builder.ins().load(self.float, trusted(), address, 0)
            }
            Op::RegisterRead(register) => {
                let carried = &self.source.schedule.carried;
                match carried.iter().position(|&r| r == register) {
                    Some(entry) => frame.carried[entry],
                    None => self.read_register(register),
                }
            }
            Op::DelayRead(line, offset) => self.read_line(line, offset, frame.position),
            Op::TableRead(table, index) => self.read_table(table, index),
            Op::ExternOutput(instance, port) => self.read_extern(instance, port),
            op => match self.pure(op) {
                Some(value) => value,
                None => return,
            },
        };
        self.define(id, value);
        self.keep(id, value);
    }
}
