//! A loop of recurrences side by side: lane k of every value is that of instance k.
//!
//! Instances are computed in groups of as many as fill a vector, one group after the other in every frame;
//! groups do not wait for each other, which hides the latency of the recurrences. The last group
//! is filled up by repeating its last instance, whose copies write nothing.

mod operand;
mod register;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, MemFlagsData, Value, types};
use smallvec::SmallVec;
use synthc_ir::{NodeId, Op};

use self::operand::Operands;
use self::register::Registers;
use super::channel::Ports;
use super::emitter::{Emitter, trusted};
use super::lanes::Lanes;
use super::process::Call;
use crate::schedule::{Bank, GROUP, Instance, Loop, Step};

/// The instances of one vector.
struct Group<'a> {
    /// The last one is repeated where there are fewer.
    members: [&'a Instance; GROUP],
    /// Instances that are not repeated.
    count: usize,
}

/// What a frame needs beside values.
struct Frame<'a> {
    one: &'a Loop,
    position: Value,
    ports: Ports,
}

impl<'a> Group<'a> {
    fn new(instances: &'a [Instance]) -> Self {
        Self {
            members: std::array::from_fn(|lane| &instances[lane.min(instances.len() - 1)]),
            count: instances.len(),
        }
    }

    /// The nodes at an index.
    fn nodes(&self, index: usize) -> [NodeId; GROUP] {
        self.members.map(|member| member.nodes[index])
    }

    /// The operands of the nodes at an index.
    fn operands(&self, index: usize, entry: usize) -> [NodeId; GROUP] {
        self.members.map(|member| member.operands[index][entry])
    }

    /// The index of a node of lane 0.
    fn index_of(&self, id: NodeId) -> Option<usize> {
        // Shapes are small.
        self.members[0].nodes.iter().position(|&node| node == id)
    }
}

impl Emitter<'_, '_> {
    /// Emits a loop of recurrences side by side.
    pub(super) fn bank_loop(&mut self, one: &Loop, bank: &Bank, call: &Call) {
        let groups: Vec<Group> = bank.instances.chunks(GROUP).map(Group::new).collect();
        let ports = self.ports(one, call);
        let before = self.gather_registers(&groups);
        let operands = self.operands(&groups, before.carried());
        let body = self.builder.create_block();
        let exit = self.builder.create_block();
        let mut args: Vec<BlockArg> = vec![call.first.into()];
        args.extend(before.arguments());
        self.builder.ins().jump(body, &args);

        let position = self.builder.append_block_param(body, types::I64);
        let held = self.register_params(&before, body);
        self.builder.switch_to_block(body);
        let frame = Frame {
            one,
            position,
            ports,
        };
        let mut next = match held {
            Registers::Carried(_) => Registers::Carried(Vec::new()),
            Registers::Kept(slot) => Registers::Kept(slot),
        };
        for group in groups.iter().enumerate() {
            let values = self.bank_group(group, &held, &operands, &frame);
            self.step_registers(&mut next, group, values);
            self.end_segment();
        }
        self.note_free(&frame);
        let position = self.builder.ins().iadd_imm_s(position, 1);
        let more = self.builder.ins().icmp(IntCC::NotEqual, position, call.end);
        let mut again: Vec<BlockArg> = vec![position.into()];
        again.extend(next.arguments());
        let leave: Vec<BlockArg> = next.arguments().collect();
        self.builder.ins().brif(more, body, &again, exit, &leave);
        self.builder.seal_block(body);

        let after = self.register_params(&next, exit);
        self.builder.switch_to_block(exit);
        self.builder.seal_block(exit);
        self.scatter_registers(&after, &groups);
        self.end_loop();
    }

    /// Computes a frame of a group; gives what its registers take.
    fn bank_group(
        &mut self,
        (index, group): (usize, &Group),
        held: &Registers,
        operands: &Operands,
        frame: &Frame,
    ) -> Vec<Lanes> {
        let graph = self.source.graph;
        let mut values: Vec<Lanes> = Vec::with_capacity(group.members[0].nodes.len());
        for at in 0..group.members[0].nodes.len() {
            let nodes = group.nodes(at);
            let value = match graph.op(nodes[0]) {
                Op::RegisterRead(register) => {
                    let registers = &group.members[0].registers;
                    let entry = registers.iter().position(|&other| other == register);
                    // An instance holds the registers that it reads.
                    self.register_of(held, (index, group), entry.unwrap_or_default())
                }
                op => {
                    let mut given: SmallVec<[Lanes; 3]> = SmallVec::new();
                    for entry in 0..group.members[0].operands[at].len() {
                        let ids = group.operands(at, entry);
                        given.push(self.operand_of(group, ids, &values, operands, frame));
                    }
                    let mut asked = given.iter();
                    // Operands are asked for in their order; a shape has pure operations only.
                    let value = self.lanes_pure(op, |_, _| *asked.next().unwrap_or(&given[0]));
                    value.unwrap_or(given[0])
                }
            };
            values.push(value);
            self.take_out(group, at, &value, frame);
        }
        let registers = 0..group.members[0].registers.len();
        let next = registers.map(|entry| {
            let ids = group.members.map(|member| {
                let info = &graph.registers()[member.registers[entry].index()];
                // A register without a next value is in no recurrence.
                info.next.unwrap_or(member.nodes[0])
            });
            let next = self.operand_of(group, ids, &values, operands, frame);
            self.narrow_mask_of(&next)
        });
        next.collect()
    }

    /// What the nodes of a group are given: values of the group, or from outside.
    fn operand_of(
        &mut self,
        group: &Group,
        ids: [NodeId; GROUP],
        values: &[Lanes],
        operands: &Operands,
        frame: &Frame,
    ) -> Lanes {
        match group.index_of(ids[0]) {
            Some(known) => values[known],
            None => self.operand(ids, operands, frame),
        }
    }

    /// Writes the registers outside of all instances that take what the host has given.
    fn note_free(&mut self, frame: &Frame) {
        for &step in frame.one.steps() {
            let Step::WriteRegister(register) = step else {
                continue;
            };
            let next = self.source.graph.registers()[register.index()].next;
            if let Some(next) = next.filter(|next| frame.one.free.binary_search(next).is_ok()) {
                self.fetch_scalar(next, frame);
                let value = self.get(next);
                self.write_register(register, value);
            }
        }
        self.end_segment();
    }

    /// Hands the lanes of a value to those outside that need them.
    fn take_out(&mut self, group: &Group, index: usize, value: &Lanes, frame: &Frame) {
        let graph = self.source.graph;
        let nodes = group.nodes(index);
        let row = group.count == GROUP && self.source.schedule.buffers.is_row(nodes);
        if row && let Some((address, offset)) = self.cell(&frame.ports, nodes[0], frame.position) {
            self.store_lanes(
                value,
                MemFlagsData::new().with_notrap(),
                address,
                offset.cast_unsigned(),
            );
        }
        for (lane, member) in group.members[..group.count].iter().enumerate() {
            let id = member.nodes[index];
            let sinks = frame.one.steps().filter(|step| match **step {
                Step::Node(_) => false,
                step => {
                    let mut uses = false;
                    step.for_each_use(graph, |used| uses |= used == id);
                    uses
                }
            });
            let exported = !row && frame.one.exports.binary_search(&id).is_ok();
            let mut sinks = sinks.peekable();
            if !exported && sinks.peek().is_none() {
                continue;
            }
            let scalar = self.lane(value, lane);
            self.define(id, scalar);
            if exported {
                self.store_cell(&frame.ports, id, scalar, frame.position);
            }
            for &step in sinks {
                match step {
                    Step::WriteLine(line) => self.write_line(line, frame.position),
                    Step::WriteRegister(register) => self.write_register(register, scalar),
                    Step::Output(channel) => {
                        let address = self.output(&frame.ports, channel, frame.position);
                        self.builder.ins().store(trusted(), scalar, address, 0);
                    }
                    // The schedule attaches nothing else to a bank.
                    _ => {}
                }
            }
        }
    }
}
