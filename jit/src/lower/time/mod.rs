//! A loop over time: four or eight consecutive frames an iteration, one in each lane.
//!
//! What a frame takes from the one before is had without waiting for it: a register outside of every
//! recurrence is its input shifted by one lane, an accumulator has a closed form or is a prefix sum,
//! and a delay line is read where an earlier chunk or loop has written. The last iteration may compute some
//! frames too many; they reach nothing but padding, buffers and the room beyond a line's longest delay.

mod closed;
mod register;
mod ring;

use std::collections::HashMap;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, MemFlagsData, Value, types};
use synthc_ir::graph::{LineId, TableId};
use synthc_ir::{NodeId, Op, Type};

use self::register::Held;
use self::ring::Windows;
use super::channel::Ports;
use super::emitter::{Emitter, trusted};
use super::lanes::Lanes;
use super::process::Call;
use crate::layout::table;
use crate::schedule::{Cells, Loop, ROW_BYTES, Step};

/// Vectors of cached values that stay in machine registers during the loop.
const MAX_CACHED: usize = 6;

/// Samples of the host and cells of rings: aligned to a sample only.
fn samples() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// A loop under construction.
struct TimeLoop<'e, 'a, 'f> {
    emitter: &'e mut Emitter<'a, 'f>,
    one: &'a Loop,
    /// Frames of an iteration: lanes of every value.
    lanes: usize,
    call: Call,
    ports: Ports,
    /// The position of lane 0.
    position: Value,
    /// Values of this iteration.
    values: HashMap<NodeId, Lanes>,
    /// Values of all iterations.
    lasting: HashMap<NodeId, Lanes>,
    /// The carried registers, in the schedule's order.
    held: Vec<Held>,
    /// Delay lines that are read and written as if they did not wrap around.
    windows: Windows,
}

impl<'a> Emitter<'a, '_> {
    /// Emits a loop over time.
    pub(super) fn time_loop(&mut self, one: &'a Loop, call: &Call) {
        let ports = self.ports(one, call);
        TimeLoop {
            emitter: self,
            one,
            lanes: one.lanes as usize,
            call: *call,
            ports,
            position: call.first,
            values: HashMap::new(),
            lasting: HashMap::new(),
            held: Vec::new(),
            windows: Windows::default(),
        }
        .emit();
    }
}

impl TimeLoop<'_, '_, '_> {
    fn emit(mut self) {
        self.open_windows();
        self.load_lasting();
        self.hold_registers();

        let builder = &mut self.emitter.builder;
        let (body, exit) = (builder.create_block(), builder.create_block());
        let mut args: Vec<BlockArg> = vec![self.call.first.into()];
        args.extend(self.held.iter().flat_map(Held::arguments));
        builder.ins().jump(body, &args);
        self.position = builder.append_block_param(body, types::I64);
        for held in &mut self.held {
            held.make_parameters(builder, body);
        }
        builder.switch_to_block(body);
        let steps = self.one.steps().copied().collect::<Vec<Step>>();
        for step in steps {
            self.step(step);
        }

        let last = self.step_registers();
        let builder = &mut self.emitter.builder;
        let position = builder
            .ins()
            .iadd_imm_s(self.position, i64::from(self.one.lanes));
        let more = builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, position, self.call.end);
        let mut again: Vec<BlockArg> = vec![position.into()];
        again.extend(self.held.iter().flat_map(Held::arguments));
        let leave: Vec<BlockArg> = last
            .iter()
            .flatten()
            .flat_map(|value| value.parts())
            .map(|&part| BlockArg::from(part))
            .collect();
        builder.ins().brif(more, body, &again, exit, &leave);
        builder.seal_block(body);

        // After the loop: what registers hold after the last frame, and what a window has collected.
        let last: Vec<Option<Lanes>> = last
            .iter()
            .map(|value| {
                value
                    .as_ref()
                    .map(|value| self.emitter.lanes_param(exit, value))
            })
            .collect();
        let builder = &mut self.emitter.builder;
        builder.switch_to_block(exit);
        builder.seal_block(exit);
        self.write_registers(&last);
        self.close_windows();
    }

    /// Loads the values that depend on controls only before the loop, when they are few.
    fn load_lasting(&mut self) {
        if self.one.cached.len() > MAX_CACHED {
            return;
        }
        for &id in &self.one.cached {
            let value = self.splat_home(id);
            self.lasting.insert(id, value);
        }
    }

    /// A value that depends on controls only, in every lane.
    fn splat_home(&mut self, id: NodeId) -> Lanes {
        let ty = self.emitter.source.graph.ty(id);
        let value = self.emitter.load_home(id);
        self.emitter.lanes_splat(ty, self.lanes, value)
    }

    /// The value of a node in this iteration.
    fn get(&mut self, id: NodeId) -> Lanes {
        if let Some(&value) = self.values.get(&id).or_else(|| self.lasting.get(&id)) {
            return value;
        }
        if let Some(constant) = self.emitter.known(id) {
            return self.emitter.lanes_constant(self.lanes, constant);
        }
        let value = if self.one.free.binary_search(&id).is_ok() {
            self.load_free(id)
        } else if self.one.imports.binary_search(&id).is_ok() {
            self.load_import(id)
        } else {
            self.splat_home(id)
        };
        self.values.insert(id, value);
        value
    }

    /// The frames of an input or of a moving control.
    fn load_free(&mut self, id: NodeId) -> Lanes {
        let op = self.emitter.source.graph.op(id);
        let address = match op {
            Op::Control(control) => self
                .emitter
                .moving_frames(&self.ports, control, self.position),
            Op::Input(input) => self
                .emitter
                .input(&self.ports, input as usize, self.position),
            // Nothing else is free.
            _ => self.position,
        };
        self.emitter
            .load_lanes(Type::Float, self.lanes, samples(), address, 0)
    }

    /// The frames of a value that an earlier loop has computed.
    fn load_import(&mut self, id: NodeId) -> Lanes {
        let ty = self.emitter.source.graph.ty(id);
        if let Some(Cells::Row(_, number)) = self.emitter.source.schedule.buffers.of(id) {
            return self.load_row(id, number);
        }
        match self.emitter.cell(&self.ports, id, self.position) {
            Some((address, offset)) => {
                let offset = offset.cast_unsigned();
                self.emitter
                    .load_lanes(ty, self.lanes, samples(), address, offset)
            }
            // Every import has a buffer.
            None => self.splat_home(id),
        }
    }

    /// The frames of a value that lies in rows, and of the others in them.
    fn load_row(&mut self, id: NodeId, number: usize) -> Lanes {
        let row = self.emitter.source.schedule.buffers.row(number);
        let Some((address, offset)) = self.emitter.cell(&self.ports, row[0], self.position) else {
            return self.splat_home(id);
        };
        let mut parts: [Vec<Value>; 4] = Default::default();
        for first in (0..self.lanes as u32).step_by(4) {
            let frames = [0, 1, 2, 3].map(|frame| {
                let offset = offset.cast_unsigned() + (first + frame) * ROW_BYTES;
                let row = self
                    .emitter
                    .load_lanes(Type::Float, 4, samples(), address, offset);
                row.parts()[0]
            });
            let turned = self.emitter.transposed(frames);
            for (parts, part) in parts.iter_mut().zip(turned) {
                parts.push(part);
            }
        }
        let mut found = None;
        for (&other, parts) in row.iter().zip(&parts) {
            let value = self.emitter.lanes_of_parts(Type::Float, parts);
            self.values.insert(other, value);
            if other == id {
                found = Some(value);
            }
        }
        // A row holds the nodes that it is the row of.
        found.unwrap_or_else(|| self.splat_home(id))
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Node(id) => self.node(id),
            Step::WriteLine(id) => self.write_line(id),
            Step::Output(channel) => {
                let value = self.get(self.emitter.source.graph.outputs()[channel]);
                let address = self.emitter.output(&self.ports, channel, self.position);
                self.emitter.store_lanes(&value, samples(), address, 0);
            }
            // Units with these are computed frame by frame.
            Step::Call(_) | Step::WriteTable(_) | Step::WriteRegister(_) => {}
        }
    }

    fn node(&mut self, id: NodeId) {
        if !self.values.contains_key(&id) {
            let value = match self.emitter.source.graph.op(id) {
                Op::RegisterRead(register) => self.read_register(register, id),
                Op::DelayRead(line, offset) => self.read_line(line, offset),
                Op::TableRead(table, index) => self.read_table(table, index),
                op => {
                    for operand in op.operands() {
                        self.get(operand);
                    }
                    let (values, lasting) = (&self.values, &self.lasting);
                    let lanes = self.lanes;
                    let value = self.emitter.lanes_pure(op, |emitter, id| {
                        let value = values.get(&id).or_else(|| lasting.get(&id)).copied();
                        value.unwrap_or_else(|| {
                            // Nothing but constants is left without a value.
                            let constant = emitter.known(id);
                            let ty = emitter.source.graph.ty(id);
                            let constant = constant.unwrap_or(synthc_ir::Const::zero(ty));
                            emitter.lanes_constant(lanes, constant)
                        })
                    });
                    match value {
                        Some(value) => value,
                        None => return,
                    }
                }
            };
            self.values.insert(id, value);
        }
        self.export(id);
    }

    /// Stores a value for later loops, when they need it.
    fn export(&mut self, id: NodeId) {
        if self.one.exports.binary_search(&id).is_err() {
            return;
        }
        if let Some(Cells::Row(_, number)) = self.emitter.source.schedule.buffers.of(id) {
            self.export_row(number);
            return;
        }
        let value = self.get(id);
        if let Some((address, offset)) = self.emitter.cell(&self.ports, id, self.position) {
            let offset = offset.cast_unsigned();
            self.emitter.store_lanes(&value, samples(), address, offset);
        }
    }

    /// Stores a row when the last of its values is there.
    fn export_row(&mut self, number: usize) {
        let row = self.emitter.source.schedule.buffers.row(number);
        let known = row.map(|id| self.values.get(&id).copied());
        let [Some(a), Some(b), Some(c), Some(d)] = known else {
            return;
        };
        let Some((address, offset)) = self.emitter.cell(&self.ports, row[0], self.position) else {
            return;
        };
        let mut at = offset.cast_unsigned();
        for part in 0..a.parts().len() {
            let columns = [a, b, c, d].map(|value| value.parts()[part]);
            for frame in self.emitter.transposed(columns) {
                let frame = self.emitter.lanes_of_parts(Type::Float, &[frame]);
                self.emitter.store_lanes(&frame, samples(), address, at);
                at += ROW_BYTES;
            }
        }
    }

    /// Cells of a read-only table, lane by lane.
    fn read_table(&mut self, id: TableId, index: NodeId) -> Lanes {
        let slot = self.emitter.source.layout.table(id);
        let index = self.clamped(index, 0, slot.cells - 1);
        let base = self
            .emitter
            .load(types::I64, slot.pointer + table::READ_BASE);
        self.emitter
            .lane_by_lane(Type::Float, &[&index], |emitter, index| {
                let index = emitter.builder.ins().uextend(types::I64, index[0]);
                let address = emitter.element(base, index);
                let float = emitter.float;
                emitter.builder.ins().load(float, trusted(), address, 0)
            })
    }
}

/// A line that a loop reads or writes at a fixed distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// So many frames back.
    Read(LineId, u32),
    /// The frame itself.
    Write(LineId),
}
