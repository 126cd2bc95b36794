//! Where a loop finds what lies outside state memory, frame by frame: inputs, outputs, moving controls
//! and the buffers between loops.

use cranelift_codegen::ir::{InstBuilder, Value, types};
use synthc_ir::graph::ControlId;
use synthc_ir::{NodeId, Op, Type};

use super::emitter::{Emitter, displacement, trusted};
use super::process::{Call, MovingSource};
use crate::schedule::{Cells, Loop, Step, cell_bytes};

/// Pointers up to this number are loaded once; more would only be spilled.
const MAX_FEW: usize = 8;

/// log₂ of the bytes of cells of 4 and of 8 bytes and of rows.
const WIDTHS: [i64; 3] = [2, 3, 4];

/// Pointers of inputs or outputs.
pub(super) enum Channels {
    /// Few: channels with their pointers, biased, loaded before the loop.
    Few(Vec<(usize, Value)>),
    /// Many: the array they are loaded from in every frame, and the first position.
    Many { array: Value, first: Value },
}

/// Everything a loop reads and writes frame by frame outside of state memory.
pub(super) struct Ports {
    inputs: Channels,
    outputs: Channels,
    /// Biased pointer and mask of each moving control that the loop reads.
    moving: Vec<(ControlId, Value, Value)>,
    /// The buffers, biased for cells of 4 and of 8 bytes and for rows of 16.
    buffers: [Option<Value>; 3],
}

impl Emitter<'_, '_> {
    /// Loads the pointers that a loop needs.
    pub(super) fn ports(&mut self, one: &Loop, call: &Call) -> Ports {
        let graph = self.source.graph;
        let (mut inputs, mut outputs, mut moving) = (Vec::new(), Vec::new(), Vec::new());
        for &id in &one.free {
            match graph.op(id) {
                Op::Input(input) => inputs.push(input as usize),
                Op::Control(control) => moving.push(control),
                _ => {}
            }
        }
        for step in one.steps() {
            if let Step::Output(channel) = *step {
                outputs.push(channel);
            }
        }
        let mut used = [false; 3];
        for &id in one.imports.iter().chain(&one.exports) {
            if let Some((width, _)) = self.cells(id) {
                used[width] = true;
            }
        }
        Ports {
            inputs: self.channels(call.inputs, &inputs, call.first),
            outputs: self.channels(call.outputs, &outputs, call.first),
            moving: self.moving_pointers(&moving, call),
            buffers: [0, 1, 2].map(|width| {
                let biased = used[width].then(|| self.biased_buffers(call, width));
                biased.flatten()
            }),
        }
    }

    /// The width of a node's cells, as an index into [`WIDTHS`], and where they begin.
    fn cells(&self, id: NodeId) -> Option<(usize, u32)> {
        Some(match self.source.schedule.buffers.of(id)? {
            Cells::Alone(offset) => {
                let wide = cell_bytes(self.source.graph, id) == 8;
                (usize::from(wide), offset)
            }
            Cells::Row(offset, _) => (2, offset),
        })
    }

    fn biased_buffers(&mut self, call: &Call, width: usize) -> Option<Value> {
        let slot = call.buffers?;
        let base = self.builder.ins().stack_addr(types::I64, slot, 0);
        let bias = self.builder.ins().ishl_imm_u(call.first, WIDTHS[width]);
        Some(self.builder.ins().isub(base, bias))
    }

    /// The bytes of a number of samples.
    pub(super) fn element_bytes(&mut self, samples: Value) -> Value {
        let shift = self.float_shift();
        self.builder.ins().ishl_imm_u(samples, shift)
    }

    fn channels(&mut self, array: Value, channels: &[usize], first: Value) -> Channels {
        if channels.len() > MAX_FEW {
            return Channels::Many { array, first };
        }
        let bias = self.element_bytes(first);
        let pointers = channels.iter().map(|&channel| {
            let pointer = self.pointer(array, channel);
            (channel, self.builder.ins().isub(pointer, bias))
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
            Channels::Few(pointers) => {
                let found = pointers.iter().find(|&&(other, _)| other == channel);
                // A loop has the pointers of all channels it names.
                found.map_or(position, |&(_, pointer)| self.element(pointer, position))
            }
            &Channels::Many { array, first } => {
                let pointer = self.pointer(array, channel);
                let frame = self.builder.ins().isub(position, first);
                self.element(pointer, frame)
            }
        }
    }

    /// The address of an input's sample of this frame.
    pub(super) fn input(&mut self, ports: &Ports, channel: usize, position: Value) -> Value {
        self.sample(&ports.inputs, channel, position)
    }

    /// The address of an output's sample of this frame.
    pub(super) fn output(&mut self, ports: &Ports, channel: usize, position: Value) -> Value {
        self.sample(&ports.outputs, channel, position)
    }

    /// The address of a moving control's value in this frame.
    pub(super) fn moving(&mut self, ports: &Ports, control: ControlId, position: Value) -> Value {
        let found = ports.moving.iter().find(|&&(other, ..)| other == control);
        // A loop has the pointers of all controls it names.
        let Some(&(_, pointer, mask)) = found else {
            return position;
        };
        let index = self.builder.ins().band(position, mask);
        self.element(pointer, index)
    }

    /// The address of a moving control's value in this frame, of a control that has one in every frame.
    pub(super) fn moving_frames(
        &mut self,
        ports: &Ports,
        control: ControlId,
        position: Value,
    ) -> Value {
        let found = ports.moving.iter().find(|&&(other, ..)| other == control);
        // A loop has the pointers of all controls it names.
        found.map_or(position, |&(_, pointer, _)| self.element(pointer, position))
    }

    /// The address and offset of a node's cell in its buffer in this frame; `None` when it has none.
    pub(super) fn cell(
        &mut self,
        ports: &Ports,
        id: NodeId,
        position: Value,
    ) -> Option<(Value, i32)> {
        let (width, offset) = self.cells(id)?;
        let base = ports.buffers[width]?;
        let bytes = self.builder.ins().ishl_imm_u(position, WIDTHS[width]);
        Some((self.builder.ins().iadd(base, bytes), displacement(offset)))
    }

    /// Loads a value that an earlier loop has computed.
    pub(super) fn load_cell(
        &mut self,
        ports: &Ports,
        id: NodeId,
        position: Value,
    ) -> Option<Value> {
        let (address, offset) = self.cell(ports, id, position)?;
        let ty = self.source.graph.ty(id);
        if ty == Type::Bool {
            // The cell of a bool is a word, 0 or 1.
            let ins = self.builder.ins();
            return Some(ins.load(types::I8, trusted(), address, offset));
        }
        let ty = self.clif_type(ty);
        Some(self.builder.ins().load(ty, trusted(), address, offset))
    }

    /// Stores a value for later loops.
    pub(super) fn store_cell(&mut self, ports: &Ports, id: NodeId, value: Value, position: Value) {
        let Some((address, offset)) = self.cell(ports, id, position) else {
            return;
        };
        let value = if self.source.graph.ty(id) == Type::Bool {
            self.builder.ins().uextend(types::I32, value)
        } else {
            value
        };
        self.builder.ins().store(trusted(), value, address, offset);
    }

    /// The value of a moving control in the first frame of a call.
    pub(super) fn first_moving(&mut self, control: ControlId, call: &Call) -> Value {
        let pointers = self.moving_pointers(&[control], call);
        let address = pointers.first().map_or(call.moving, |&(_, pointer, mask)| {
            let index = self.builder.ins().band(call.first, mask);
            self.element(pointer, index)
        });
        let float = self.float;
        self.builder.ins().load(float, trusted(), address, 0)
    }

    fn moving_pointers(
        &mut self,
        controls: &[ControlId],
        call: &Call,
    ) -> Vec<(ControlId, Value, Value)> {
        let mut pointers = Vec::with_capacity(controls.len());
        for &control in controls {
            let all = &self.source.schedule.moving;
            // A control that is computed frame by frame is a moving one.
            let Some(entry) = all.iter().position(|&other| other == control) else {
                continue;
            };
            let offset = displacement((entry * size_of::<MovingSource>()) as u32);
            let ins = self.builder.ins();
            let pointer = ins.load(types::I64, trusted(), call.moving, offset);
            let ins = self.builder.ins();
            let mask = ins.load(types::I64, trusted(), call.moving, offset + 8);
            let skipped = self.builder.ins().band(call.first, mask);
            let bias = self.element_bytes(skipped);
            let biased = self.builder.ins().isub(pointer, bias);
            pointers.push((control, biased, mask));
        }
        pointers
    }
}
