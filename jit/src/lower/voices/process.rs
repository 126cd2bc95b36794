//! The sample loop of a program with voices in lanes.
//!
//! As the scalar loop: one induction variable counts positions, pointers are biased by the first
//! one, carried registers are block parameters, a vector each.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, Function, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use synthc_ir::graph::RegisterId;
use synthc_ir::{NodeId, Op, Type};

use super::Voices;
use crate::layout::POSITION;
use crate::lower::MovingSource;
use crate::lower::emitter::{Emitter, Source, displacement, trusted};
use crate::lower::lanes::Lanes;
use crate::schedule::{Loop, Step, Switch, chosen};

/// Pointers of channels up to this number are loaded once; more would only be spilled.
const MAX_FEW: usize = 8;
/// Carried, cached and constant vectors that stay in machine registers during the loop, together.
const MAX_LASTING: usize = 8;
/// Two words of conditions that hold.
const ONES: i64 = 0x1_0000_0001;

/// Where the samples of a call are.
pub(super) struct Ports {
    inputs: Channels,
    outputs: Channels,
    /// Biased pointer and mask of each moving control.
    moving: Vec<(Value, Value)>,
}

/// What a frame's steps need beside values.
pub(super) struct Frame<'p> {
    /// The position of this frame.
    position: Value,
    /// Bytes of all samples of a channel up to this position.
    bytes: Value,
    ports: &'p Ports,
    /// What carried registers hold in this frame, in the schedule's order, for each group.
    carried: Vec<Vec<Lanes>>,
    /// The condition that was decided before the loop, and its answer for all voices.
    decided: Option<(&'p Switch, bool)>,
}

/// Pointers of inputs or outputs.
enum Channels {
    /// Few: biased pointers, loaded before the loop.
    Few(Vec<Value>),
    /// Many: the array they are loaded from in every frame, and the bias in bytes.
    Many { array: Value, bias: Value },
}

/// Samples of the host: aligned to a sample only.
fn samples() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// Builds the sample loop of a variant with voices in lanes.
pub(crate) fn lower_voices_process(
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
    let mut voices = Voices::new(Emitter::new(source, builder, state));

    let first = voices.emitter.load(types::I64, POSITION);
    let end = voices.emitter.builder.ins().iadd(first, frames);
    let counts = (
        source.graph.input_count() as usize,
        source.graph.outputs().len(),
    );
    let bias = voices.bytes(first);
    let ports = Ports {
        inputs: voices.channels(inputs, counts.0, bias),
        outputs: voices.channels(outputs, counts.1, bias),
        moving: voices.moving_pointers(moving, first),
    };
    for entry in &source.schedule.entries {
        voices.entry(entry, &ports, first);
    }
    voices.before_loops();
    voices.load_lasting();
    let carried = &voices.whole().carried;
    let held = voices.of_groups(|voices| {
        let held = carried.iter().map(|&id| voices.read_register(id));
        held.collect()
    });

    let exit = voices.emitter.builder.create_block();
    let mut args: Vec<BlockArg> = vec![first.into()];
    args.extend(parts(&held));
    for (block, decided) in voices.bodies(&args) {
        voices.body(block, &ports, decided, (end, exit));
    }

    // After the loop: carried registers and the position return to memory.
    let held = voices.carried_params(exit);
    voices.emitter.builder.switch_to_block(exit);
    voices.emitter.builder.seal_block(exit);
    let mut held = held.iter();
    voices.of_groups(|voices| {
        for (&id, value) in carried.iter().zip(held.next().into_iter().flatten()) {
            voices.write_register(id, value);
        }
        Vec::new()
    });
    voices.settle();
    voices.emitter.store(end, POSITION);
    voices.emitter.builder.ins().return_(&[]);
    let config = source.features.frontend;
    voices.emitter.builder.finalize(config);
}

/// The vectors of values of all groups as arguments of a block.
fn parts(values: &[Vec<Lanes>]) -> impl Iterator<Item = BlockArg> {
    let parts = values.iter().flatten().flat_map(Lanes::parts);
    parts.map(|&part| BlockArg::from(part))
}

impl<'a> Voices<'a, '_> {
    /// The one loop of a program with voices in lanes.
    fn whole(&self) -> &'a Loop {
        &self.source().schedule.loops[0]
    }

    /// Jumps to the body of the loop: one body for any voices, or where the schedule has found a condition that stays
    /// the same for a chunk, three, the first two for when it has one answer for all of them.
    fn bodies(&mut self, args: &[BlockArg]) -> Vec<(Block, Option<(&'a Switch, bool)>)> {
        let any = self.emitter.builder.create_block();
        let Some(switch) = &self.whole().switch else {
            self.emitter.builder.ins().jump(any, args);
            return vec![(any, None)];
        };
        let [yes, no, mixed] = [(); 3].map(|()| self.emitter.builder.create_block());
        let [all, some] = self.answers(switch.condition);
        let builder = &mut self.emitter.builder;
        builder.ins().brif(all, yes, args, mixed, &[]);
        builder.switch_to_block(mixed);
        builder.seal_block(mixed);
        builder.ins().brif(some, any, args, no, args);
        vec![
            (yes, Some((switch, true))),
            (no, Some((switch, false))),
            (any, None),
        ]
    }

    /// Whether a kept condition holds for all voices, and whether it holds for any.
    fn answers(&mut self, condition: NodeId) -> [Value; 2] {
        let source = self.source();
        // The loop reads it, so it has a home: words of 0 or 1, two at a time.
        let home = source.layout.home(source.variant, condition);
        let home = home.unwrap_or_default();
        let words = (home..).step_by(8).take(source.layout.lanes() / 2);
        let words: Vec<Value> = words.map(|at| self.emitter.load(types::I64, at)).collect();
        let (mut all, mut some) = (words[0], words[0]);
        for &word in &words[1..] {
            all = self.emitter.builder.ins().band(all, word);
            some = self.emitter.builder.ins().bor(some, word);
        }
        let ones = self.emitter.builder.ins().iconst(types::I64, ONES);
        let all = self.emitter.builder.ins().icmp(IntCC::Equal, all, ones);
        [all, some]
    }

    /// Emits the body of the loop, which goes on to another block after the frame before `end`.
    fn body(
        &mut self,
        block: Block,
        ports: &Ports,
        decided: Option<(&'a Switch, bool)>,
        (end, exit): (Value, Block),
    ) {
        let graph = self.source().graph;
        let builder = &mut self.emitter.builder;
        let position = builder.append_block_param(block, types::I64);
        let held = self.carried_params(block);
        self.emitter.builder.switch_to_block(block);
        let bytes = self.bytes(position);
        let frame = Frame {
            position,
            bytes,
            ports,
            carried: held,
            decided,
        };
        let carried = &self.whole().carried;
        let held = self.of_groups(|voices| {
            for (index, segment) in voices.whole().segments.iter().enumerate() {
                if index > 0 {
                    voices.end_segment();
                }
                for &step in segment {
                    if !voices.decide(step, &frame) {
                        step.for_each_use(graph, |id| voices.fetch(id, &frame));
                        voices.step(step, &frame);
                    }
                }
            }
            // The end of the frame: all carried registers of a voice step at once.
            let held = carried.iter().map(|&id| voices.next_of(id, &frame));
            let held = held.collect();
            voices.end_segment();
            held
        });
        let builder = &mut self.emitter.builder;
        let position = builder.ins().iadd_imm_s(position, 1);
        let more = builder.ins().icmp(IntCC::NotEqual, position, end);
        let mut again: Vec<BlockArg> = vec![position.into()];
        again.extend(parts(&held));
        let leave: Vec<BlockArg> = parts(&held).collect();
        builder.ins().brif(more, block, &again, exit, &leave);
        builder.seal_block(block);
    }

    /// Whether a step is done with because a condition is decided: it is what it selects, or nothing needs it.
    fn decide(&mut self, step: Step, frame: &Frame) -> bool {
        let (Some((switch, answer)), Step::Node(id)) = (frame.decided, step) else {
            return false;
        };
        if switch.is_dead(id, answer) {
            return true;
        }
        let chosen = chosen(self.source().graph, id, switch.condition, answer);
        let Some(chosen) = chosen else {
            return false;
        };
        self.fetch(chosen, frame);
        let value = self.get(chosen);
        self.define_and_keep(id, value);
        true
    }

    /// The first frame of a call, for what is decided before the loop.
    pub(super) fn first_frame<'p>(&mut self, ports: &'p Ports, first: Value) -> Frame<'p> {
        Frame {
            position: first,
            bytes: self.bytes(first),
            ports,
            carried: Vec::new(),
            decided: None,
        }
    }

    /// Loads an input or a moving control before its first use.
    fn fetch(&mut self, id: NodeId, frame: &Frame) {
        if !self.is_defined(id) && self.whole().free.binary_search(&id).is_ok() {
            self.frame_node(id, frame);
        }
    }

    /// What `f` gives for each group of voices.
    fn of_groups(&mut self, mut f: impl FnMut(&mut Self) -> Vec<Lanes>) -> Vec<Vec<Lanes>> {
        let groups = self.groups();
        groups
            .map(|first| {
                self.first = first;
                f(self)
            })
            .collect()
    }

    /// The bytes of the samples of a number of frames.
    fn bytes(&mut self, frames: Value) -> Value {
        let shift = self.row_shift();
        self.emitter.builder.ins().ishl_imm_u(frames, shift)
    }

    fn channels(&mut self, array: Value, count: usize, bias: Value) -> Channels {
        if count > MAX_FEW {
            return Channels::Many { array, bias };
        }
        let pointers = (0..count).map(|channel| {
            let pointer = self.pointer(array, channel);
            self.emitter.builder.ins().isub(pointer, bias)
        });
        Channels::Few(pointers.collect())
    }

    /// The pointer of a channel.
    fn pointer(&mut self, array: Value, channel: usize) -> Value {
        // Channels are counted by `u32`, and state memory bounds them far below that.
        let offset = displacement(channel as u32 * 8);
        let ins = self.emitter.builder.ins();
        ins.load(types::I64, trusted(), array, offset)
    }

    /// The address of a channel's samples of this frame.
    fn sample(&mut self, channels: &Channels, channel: usize, frame: &Frame) -> Value {
        match channels {
            Channels::Few(pointers) => {
                let ins = self.emitter.builder.ins();
                ins.iadd(pointers[channel], frame.bytes)
            }
            &Channels::Many { array, bias } => {
                let pointer = self.pointer(array, channel);
                let offset = self.emitter.builder.ins().isub(frame.bytes, bias);
                self.emitter.builder.ins().iadd(pointer, offset)
            }
        }
    }

    /// Loads this group's lanes of a row of samples.
    fn load_samples(&mut self, address: Value) -> Lanes {
        let first = self.group_offset(Type::Float);
        self.emitter
            .load_lanes(Type::Float, self.group, samples(), address, first)
    }

    fn moving_pointers(&mut self, array: Value, first: Value) -> Vec<(Value, Value)> {
        let count = self.source().schedule.moving.len();
        let offsets = (0_u32..).step_by(size_of::<MovingSource>()).take(count);
        offsets
            .map(|offset| {
                let ins = self.emitter.builder.ins();
                let pointer = ins.load(types::I64, trusted(), array, displacement(offset));
                let ins = self.emitter.builder.ins();
                let mask = ins.load(types::I64, trusted(), array, displacement(offset + 8));
                let skipped = self.emitter.builder.ins().band(first, mask);
                let bias = self.bytes(skipped);
                (self.emitter.builder.ins().isub(pointer, bias), mask)
            })
            .collect()
    }

    /// Loads values before the loop when they fit into machine registers beside the carried ones:
    /// cached values of a single group, then constants, which all groups share.
    fn load_lasting(&mut self) {
        let (schedule, graph) = (self.whole(), self.source().graph);
        if schedule.segments.len() > 1 {
            return;
        }
        let vectors = |ty: Type| self.emitter.part_count(ty, self.group);
        let groups = self.groups().count();
        let carried = schedule.carried.iter();
        let carried = carried.map(|id| vectors(graph.registers()[id.index()].ty));
        let mut room = MAX_LASTING.saturating_sub(carried.sum::<usize>() * groups);
        let cached: usize = schedule
            .cached
            .iter()
            .map(|&id| vectors(graph.ty(id)))
            .sum();
        if groups == 1 && cached <= room {
            room -= cached;
            for &id in &schedule.cached {
                let value = self.load_home(id);
                self.lasting[id.index()] = Some(value);
            }
        }
        // The vectors of a constant are one.
        if schedule.constants.len() <= room {
            for &id in &schedule.constants {
                let value = self.get(id);
                self.lasting[id.index()] = Some(value);
            }
        }
    }

    /// Parameters of a block for the carried registers of all groups.
    fn carried_params(&mut self, block: Block) -> Vec<Vec<Lanes>> {
        let schedule = self.whole();
        let registers = self.source().graph.registers();
        self.of_groups(|voices| {
            let carried = schedule.carried.iter().map(|id| {
                let ty = registers[id.index()].ty;
                let vector = voices.emitter.vector_type(ty);
                let parts: Vec<Value> = (0..voices.emitter.part_count(ty, voices.group))
                    .map(|_| voices.emitter.builder.append_block_param(block, vector))
                    .collect();
                voices.emitter.lanes_of_parts(ty, &parts)
            });
            carried.collect()
        })
    }

    /// The value a carried register takes at the end of the frame, bools as narrow masks.
    fn next_of(&mut self, id: RegisterId, frame: &Frame) -> Lanes {
        match self.source().graph.registers()[id.index()].next {
            Some(next) => {
                self.fetch(next, frame);
                let value = self.get(next);
                self.emitter.narrow_mask_of(&value)
            }
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
                if let Some(next) = self.source().graph.registers()[id.index()].next {
                    let value = self.get(next);
                    self.write_register(id, &value);
                }
            }
            Step::Output(channel) => {
                let value = self.get(self.source().graph.outputs()[channel]);
                let address = self.sample(&frame.ports.outputs, channel, frame);
                let first = self.group_offset(Type::Float);
                self.emitter.store_lanes(&value, samples(), address, first);
            }
        }
    }

    pub(super) fn frame_node(&mut self, id: NodeId, frame: &Frame) {
        let value = match self.source().graph.op(id) {
            Op::Input(input) => {
                let address = self.sample(&frame.ports.inputs, input as usize, frame);
                self.load_samples(address)
            }
            Op::Control(control) => {
                let moving = &self.source().schedule.moving;
                // A control of place `Frame` is a moving one.
                let Some(entry) = moving.iter().position(|&c| c == control) else {
                    return;
                };
                let (pointer, mask) = frame.ports.moving[entry];
                let index = self.emitter.builder.ins().band(frame.position, mask);
                let bytes = self.bytes(index);
                let address = self.emitter.builder.ins().iadd(pointer, bytes);
                self.load_samples(address)
            }
            Op::RegisterRead(register) => {
                let carried = &self.whole().carried;
                match carried.iter().position(|&r| r == register) {
                    Some(entry) => frame.carried[self.first / self.group][entry],
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
        self.define_and_keep(id, value);
    }
}
