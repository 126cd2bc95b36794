//! A loop of single frames.
//!
//! Registers that the schedule carries are block parameters; all others are in state memory. Values of
//! other loops come from and go to buffers.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};
use synthc_ir::graph::RegisterId;
use synthc_ir::{NodeId, Op};

use super::channel::Ports;
use super::emitter::{Emitter, trusted};
use super::process::Call;
use crate::schedule::{Loop, Place, Step, Switch, chosen};

/// Carried registers, cached values and float constants that may stay in machine registers during
/// the loop, together: as many as there are vector registers. A sine is 15 % faster for it.
const MAX_LASTING: usize = 16;
/// Cached values among them.
const MAX_CACHED: usize = 8;

/// What a frame's steps need beside values.
struct Frame<'l> {
    one: &'l Loop,
    ports: &'l Ports,
    /// The position of this frame.
    position: Value,
    /// What carried registers hold in this frame, in the schedule's order.
    carried: Vec<Value>,
    /// The condition that was decided before the loop, and its answer.
    decided: Option<(&'l Switch, bool)>,
}

impl Emitter<'_, '_> {
    /// Emits a loop of single frames, or one for each answer of a condition.
    pub(super) fn frames_loop(&mut self, one: &Loop, call: &Call) {
        let graph = self.source.graph;
        // Before the loop: pointers, what lasts, carried registers.
        let ports = self.ports(one, call);
        self.load_lasting(one);
        let mut args: Vec<BlockArg> = vec![call.first.into()];
        for &id in &one.carried {
            args.push(self.read_register(id).into());
        }
        let exit = self.builder.create_block();
        let end = (call.end, exit);
        if let Some(switch) = &one.switch {
            let condition = self.get(switch.condition);
            let bodies = [true, false].map(|answer| (answer, self.builder.create_block()));
            let [(_, yes), (_, no)] = bodies;
            self.builder.ins().brif(condition, yes, &args, no, &args);
            for (answer, body) in bodies {
                self.frames_body(one, &ports, body, end, Some((switch, answer)));
                self.end_segment();
            }
        } else {
            let body = self.builder.create_block();
            self.builder.ins().jump(body, &args);
            self.frames_body(one, &ports, body, end, None);
        }

        // After the loop: carried registers return to memory.
        let carried: Vec<Value> = one
            .carried
            .iter()
            .map(|&id| {
                let ty = self.clif_type(graph.registers()[id.index()].ty);
                self.builder.append_block_param(exit, ty)
            })
            .collect();
        self.builder.switch_to_block(exit);
        self.builder.seal_block(exit);
        for (&id, value) in one.carried.iter().zip(carried) {
            self.write_register(id, value);
        }
        self.end_loop();
    }

    /// Emits the body of a loop that goes on to another block after the frame before `end`.
    fn frames_body(
        &mut self,
        one: &Loop,
        ports: &Ports,
        body: Block,
        (end, exit): (Value, Block),
        decided: Option<(&Switch, bool)>,
    ) {
        let graph = self.source.graph;
        let position = self.builder.append_block_param(body, types::I64);
        let carried = one.carried.iter().map(|&id| {
            let ty = self.clif_type(graph.registers()[id.index()].ty);
            self.builder.append_block_param(body, ty)
        });
        let frame = Frame {
            one,
            ports,
            position,
            carried: carried.collect(),
            decided,
        };
        self.builder.switch_to_block(body);
        for segment in &one.segments {
            for &step in segment {
                self.step(step, &frame);
            }
            if one.segments.len() > 1 {
                self.end_segment();
            }
        }

        // The end of the frame: all carried registers step at once.
        let carried = one.carried.iter().map(|&id| self.next_of(id, &frame));
        let carried: Vec<Value> = carried.collect();
        let position = self.builder.ins().iadd_imm_s(position, 1);
        let more = self.builder.ins().icmp(IntCC::NotEqual, position, end);
        let mut again: Vec<BlockArg> = vec![position.into()];
        again.extend(carried.iter().map(|&value| BlockArg::from(value)));
        let leave: Vec<BlockArg> = carried.iter().map(|&value| BlockArg::from(value)).collect();
        self.builder.ins().brif(more, body, &again, exit, &leave);
        self.builder.seal_block(body);
    }

    /// Loads cached values and constants before the loop when they fit into machine registers. Many
    /// would only be spilled to the stack, and loading them from state memory costs the same.
    fn load_lasting(&mut self, one: &Loop) {
        let mut room = MAX_LASTING.saturating_sub(one.carried.len());
        if one.segments.len() > 1 {
            return;
        }
        if one.cached.len() <= room.min(MAX_CACHED) {
            room -= one.cached.len();
            for &id in &one.cached {
                let value = self.load_home(id);
                self.define_lasting(id, value);
            }
        }
        if one.constants.len() <= room {
            for &id in &one.constants {
                let value = self.get(id);
                self.define_lasting(id, value);
            }
        }
    }

    /// The value a carried register takes at the end of the frame.
    fn next_of(&mut self, id: RegisterId, frame: &Frame) -> Value {
        match self.source.graph.registers()[id.index()].next {
            Some(next) => {
                self.fetch_node(next, frame);
                self.get(next)
            }
            None => self.read_register(id),
        }
    }

    /// Loads what a step needs from outside of the loop's own values.
    fn fetch(&mut self, step: Step, frame: &Frame) {
        let graph = self.source.graph;
        step.for_each_use(graph, |id| self.fetch_node(id, frame));
    }

    fn fetch_node(&mut self, id: NodeId, frame: &Frame) {
        let one = frame.one;
        if self.is_defined(id) {
            return;
        }
        let value = if one.free.binary_search(&id).is_ok() {
            self.free_node(id, frame)
        } else if one.imports.binary_search(&id).is_ok() {
            self.load_cell(frame.ports, id, frame.position)
        } else {
            None
        };
        if let Some(value) = value {
            self.define(id, value);
        }
    }

    /// Loads an input's or a moving control's value of this frame.
    fn free_node(&mut self, id: NodeId, frame: &Frame) -> Option<Value> {
        let address = match self.source.graph.op(id) {
            Op::Input(input) => self.input(frame.ports, input as usize, frame.position),
            Op::Control(control) => self.moving(frame.ports, control, frame.position),
            _ => return None,
        };
        let float = self.float;
        Some(self.builder.ins().load(float, trusted(), address, 0))
    }

    fn step(&mut self, step: Step, frame: &Frame) {
        if let (Some((switch, answer)), Step::Node(id)) = (frame.decided, step) {
            if switch.is_dead(id, answer) {
                return;
            }
            if let Some(chosen) = chosen(self.source.graph, id, switch.condition, answer) {
                self.fetch_node(chosen, frame);
                let value = self.get(chosen);
                self.define_frame_node(id, value, frame);
                return;
            }
        }
        self.fetch(step, frame);
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
                let address = self.output(frame.ports, channel, frame.position);
                self.builder.ins().store(trusted(), value, address, 0);
            }
        }
    }

    fn frame_node(&mut self, id: NodeId, frame: &Frame) {
        debug_assert_eq!(self.place(id), Place::Frame);
        let value = match self.source.graph.op(id) {
            Op::RegisterRead(register) => {
                let carried = &frame.one.carried;
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
        self.define_frame_node(id, value, frame);
    }

    /// Says what a node is in this frame, to whoever needs it.
    fn define_frame_node(&mut self, id: NodeId, value: Value, frame: &Frame) {
        self.define(id, value);
        self.keep(id, value);
        if frame.one.exports.binary_search(&id).is_ok() {
            self.store_cell(frame.ports, id, value, frame.position);
        }
    }
}
