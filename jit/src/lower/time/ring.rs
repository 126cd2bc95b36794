//! Delay lines in a loop over time.
//!
//! A chunk of a line lies in one piece nearly always. Where a loop reads or writes at a fixed distance and nobody
//! needs in the chunk what it writes, one test before the loop says whether it does; when it wraps around, the loop
//! reads a copy, or writes to one that is copied back. Elsewhere every vector is tested, and distances that are
//! computed are read lane by lane.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    BlockArg, InstBuilder, StackSlot, StackSlotData, StackSlotKind, Value, types,
};
use synthc_ir::graph::LineId;
use synthc_ir::{BinaryOp, Const, NodeId, Op, Type};

use super::{Access, TimeLoop, samples};
use crate::layout::line;
use crate::lower::emitter::{Emitter, displacement, trusted};
use crate::lower::helper::Direction;
use crate::lower::lanes::Lanes;
use crate::schedule::{CHUNK, Delay, Step, WIDEST, delay};

/// A chunk of a line in one piece.
#[derive(Debug)]
pub(super) struct Window {
    access: Access,
    /// Where the chunk begins, biased by the first position.
    base: Value,
}

/// The windows of a loop.
#[derive(Debug, Default)]
pub(super) struct Windows {
    all: Vec<Window>,
    /// Whether any wraps around, and the copies then used, one after the other.
    wrapping: Option<(Value, StackSlot)>,
}

/// A line's cells.
#[derive(Clone, Copy, Debug)]
struct Ring {
    base: Value,
    mask: Value,
    /// The cell of the first frame.
    cell: Value,
}

impl TimeLoop<'_, '_, '_> {
    /// Prepares windows before the loop.
    pub(super) fn open_windows(&mut self) {
        let graph = self.emitter.source.graph;
        let steps: Vec<Step> = self.one.steps().copied().collect();
        let written = |line| steps.contains(&Step::WriteLine(line));
        let read = |step: &Step| match *step {
            Step::Node(id) => match graph.op(id) {
                Op::DelayRead(line, offset) => Some((line, delay(graph, line, offset))),
                _ => None,
            },
            _ => None,
        };
        // Lines that the loop reads so closely that the chunk's own frames may be among them.
        let close = |line| {
            let reads = steps.iter().filter_map(read);
            let close = reads.filter(|(_, delay)| delay.min() < CHUNK);
            written(line) && close.into_iter().any(|(other, _)| other == line)
        };
        let mut accesses: Vec<Access> = Vec::new();
        for step in &steps {
            match *step {
                Step::WriteLine(line) if !close(line) => accesses.push(Access::Write(line)),
                _ => {
                    if let Some((line, Delay::Frames(frames))) = read(step)
                        && frames > 0
                        && (frames >= CHUNK || !written(line))
                    {
                        accesses.push(Access::Read(line, frames));
                    }
                }
            }
        }
        if !accesses.is_empty() {
            self.open(&accesses);
        }
    }

    fn ring(&mut self, access: Access) -> Ring {
        let (id, base, mask) = match access {
            Access::Read(id, _) => (id, line::READ_BASE, line::READ_MASK),
            Access::Write(id) => (id, line::WRITE_BASE, line::WRITE_MASK),
        };
        let descriptor = self.emitter.source.layout.line(id).descriptor;
        let mask = self.emitter.load(types::I64, descriptor + mask);
        let base = self.emitter.load(types::I64, descriptor + base);
        let first = match access {
            Access::Read(_, frames) => {
                let back = -i64::from(frames);
                self.emitter.builder.ins().iadd_imm_s(self.position, back)
            }
            Access::Write(_) => self.position,
        };
        let cell = self.emitter.builder.ins().band(first, mask);
        Ring { base, mask, cell }
    }

    /// Opens all windows with one test; the rare chunk in which one wraps around goes through helpers.
    fn open(&mut self, accesses: &[Access]) {
        let bytes = copy_bytes(self.emitter) * accesses.len() as u32;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4);
        let builder = &mut self.emitter.builder;
        let copies = builder.create_sized_stack_slot(data);
        // Whole vectors are read and written.
        let frames = builder.ins().isub(self.call.end, self.call.first);
        let whole = builder.ins().iadd_imm_s(frames, i64::from(WIDEST) - 1);
        let whole = builder.ins().band_imm_s(whole, -i64::from(WIDEST));
        let mut wraps: Option<Value> = None;
        let mut starts: Vec<BlockArg> = Vec::with_capacity(accesses.len());
        for &access in accesses {
            let ring = self.ring(access);
            let builder = &mut self.emitter.builder;
            let end = builder.ins().iadd(ring.cell, whole);
            let cells = builder.ins().iadd_imm_s(ring.mask, 1);
            // Negative when it does.
            let room = builder.ins().isub(cells, end);
            wraps = Some(wraps.map_or(room, |wraps| builder.ins().bor(wraps, room)));
            starts.push(self.emitter.element(ring.base, ring.cell).into());
        }
        let Some(wraps) = wraps else { return };
        let builder = &mut self.emitter.builder;
        let wraps = builder.ins().icmp_imm_s(IntCC::SignedLessThan, wraps, 0);
        let [cold, joined] = [(); 2].map(|()| builder.create_block());
        builder.set_cold_block(cold);
        builder.ins().brif(wraps, cold, &[], joined, &starts);
        builder.switch_to_block(cold);
        builder.seal_block(cold);
        let mut starts: Vec<BlockArg> = Vec::with_capacity(accesses.len());
        for (i, &access) in accesses.iter().enumerate() {
            let start = self.call_ring_helper(access, copies, i, Direction::Out);
            starts.push(start.into());
        }
        self.emitter.builder.ins().jump(joined, &starts);
        let builder = &mut self.emitter.builder;
        let starts: Vec<Value> = accesses
            .iter()
            .map(|_| builder.append_block_param(joined, types::I64))
            .collect();
        builder.switch_to_block(joined);
        builder.seal_block(joined);
        let bias = self.emitter.element_bytes(self.call.first);
        for (&access, start) in accesses.iter().zip(starts) {
            let base = self.emitter.builder.ins().isub(start, bias);
            self.windows.all.push(Window { access, base });
        }
        self.windows.wrapping = Some((wraps, copies));
    }

    /// Writes back what wrapped around.
    pub(super) fn close_windows(&mut self) {
        let Some((wraps, copies)) = self.windows.wrapping else {
            return;
        };
        let accesses: Vec<Access> = self
            .windows
            .all
            .iter()
            .map(|window| window.access)
            .collect();
        let writes = |access: &Access| matches!(access, Access::Write(_));
        if !accesses.iter().any(writes) {
            return;
        }
        let builder = &mut self.emitter.builder;
        let [cold, joined] = [(); 2].map(|()| builder.create_block());
        builder.set_cold_block(cold);
        builder.ins().brif(wraps, cold, &[], joined, &[]);
        builder.switch_to_block(cold);
        builder.seal_block(cold);
        self.position = self.call.first;
        for (i, access) in accesses.into_iter().enumerate() {
            if writes(&access) {
                self.call_ring_helper(access, copies, i, Direction::Back);
            }
        }
        let builder = &mut self.emitter.builder;
        builder.ins().jump(joined, &[]);
        builder.switch_to_block(joined);
        builder.seal_block(joined);
    }

    /// Calls the helper that finds a chunk of a line or its copy, or that writes a copy back.
    fn call_ring_helper(
        &mut self,
        access: Access,
        copies: StackSlot,
        index: usize,
        direction: Direction,
    ) -> Value {
        let ring = self.ring(access);
        let offset = displacement(copy_bytes(self.emitter) * index as u32);
        let builder = &mut self.emitter.builder;
        let copy = builder.ins().stack_addr(types::I64, copies, offset);
        let frames = builder.ins().isub(self.call.end, self.call.first);
        let args = [ring.base, ring.mask, ring.cell, copy, frames];
        self.emitter.call_ring(direction, &args)
    }

    /// The address of lane 0 in a window, if there is one.
    fn window(&mut self, access: Access) -> Option<Value> {
        let mut windows = self.windows.all.iter();
        let base = windows.find(|window| window.access == access)?.base;
        Some(self.emitter.element(base, self.position))
    }

    /// The inputs of a line some frames before these.
    pub(super) fn read_line(&mut self, id: LineId, offset: NodeId) -> Lanes {
        let graph = self.emitter.source.graph;
        match delay(graph, id, offset) {
            Delay::Frames(0) => {
                if let Some(input) = graph.lines()[id.index()].input {
                    return self.get(input);
                }
            }
            Delay::Frames(frames) => {
                let access = Access::Read(id, frames);
                if let Some(address) = self.window(access) {
                    return self
                        .emitter
                        .load_lanes(Type::Float, self.lanes, samples(), address, 0);
                }
                let ring = self.ring(access);
                return self.read_ring(ring);
            }
            Delay::AtLeast(_) => {}
        }
        let info = &graph.lines()[id.index()];
        let offset = self.clamped(offset, info.min, info.max);
        let ring = self.ring(Access::Read(id, 0));
        let mut lane = 0;
        let position = self.position;
        self.emitter
            .lane_by_lane(Type::Float, &[&offset], |emitter, offset| {
                let position = emitter.builder.ins().iadd_imm_s(position, lane);
                lane += 1;
                let offset = emitter.builder.ins().uextend(types::I64, offset[0]);
                let cell = emitter.builder.ins().isub(position, offset);
                emitter.load_ring_cell(ring, cell)
            })
    }

    /// Writes the frames of a line.
    pub(super) fn write_line(&mut self, id: LineId) {
        let Some(input) = self.emitter.source.graph.lines()[id.index()].input else {
            return;
        };
        let value = self.get(input);
        let access = Access::Write(id);
        if let Some(address) = self.window(access) {
            self.emitter.store_lanes(&value, samples(), address, 0);
            return;
        }
        let ring = self.ring(access);
        let [whole, cold, joined] = self.branch_at_end(ring);
        let address = self.emitter.element(ring.base, ring.cell);
        self.emitter.store_lanes(&value, samples(), address, 0);
        self.emitter.builder.ins().jump(joined, &[]);
        self.emitter.builder.switch_to_block(cold);
        for lane in 0..self.lanes {
            let cell = self
                .emitter
                .builder
                .ins()
                .iadd_imm_s(ring.cell, lane as i64);
            let cell = self.emitter.builder.ins().band(cell, ring.mask);
            let address = self.emitter.element(ring.base, cell);
            let value = self.emitter.lane(&value, lane);
            self.emitter
                .builder
                .ins()
                .store(trusted(), value, address, 0);
        }
        self.join([whole, cold, joined], &[]);
    }

    /// Reads the cells that may wrap around.
    fn read_ring(&mut self, ring: Ring) -> Lanes {
        let [whole, cold, joined] = self.branch_at_end(ring);
        let address = self.emitter.element(ring.base, ring.cell);
        let loaded = self
            .emitter
            .load_lanes(Type::Float, self.lanes, samples(), address, 0);
        let arguments = |value: &Lanes| -> Vec<BlockArg> {
            value.parts().iter().map(|&part| part.into()).collect()
        };
        self.emitter.builder.ins().jump(joined, &arguments(&loaded));
        let result = self.emitter.lanes_param(joined, &loaded);
        self.emitter.builder.switch_to_block(cold);
        let mut values = Vec::with_capacity(self.lanes);
        for lane in 0..self.lanes {
            let cell = self
                .emitter
                .builder
                .ins()
                .iadd_imm_s(ring.cell, lane as i64);
            values.push(self.emitter.load_ring_cell(ring, cell));
        }
        let gathered = self.emitter.lanes_of_scalars(Type::Float, &values);
        self.join([whole, cold, joined], &arguments(&gathered));
        result
    }

    /// Goes on in the first of three blocks when the cells lie side by side, in the second when
    /// they do not; the third is where both meet.
    fn branch_at_end(&mut self, ring: Ring) -> [cranelift_codegen::ir::Block; 3] {
        let lanes = i64::from(self.one.lanes);
        let builder = &mut self.emitter.builder;
        let blocks = [(); 3].map(|()| builder.create_block());
        let [whole, cold, _] = blocks;
        builder.set_cold_block(cold);
        let last = builder.ins().iadd_imm_s(ring.cell, lanes - 1);
        let wraps = builder
            .ins()
            .icmp(IntCC::UnsignedGreaterThan, last, ring.mask);
        builder.ins().brif(wraps, cold, &[], whole, &[]);
        builder.seal_block(cold);
        builder.seal_block(whole);
        builder.switch_to_block(whole);
        blocks
    }

    /// Ends the second of three blocks and goes on in the third.
    fn join(&mut self, [_, _, joined]: [cranelift_codegen::ir::Block; 3], args: &[BlockArg]) {
        let builder = &mut self.emitter.builder;
        builder.ins().jump(joined, args);
        builder.seal_block(joined);
        builder.switch_to_block(joined);
    }

    /// An `i32` node clamped to `[lo, hi]`. Always: what is known of a node holds in the block's frames, but lanes
    /// beyond them may come from a buffer that nothing has written.
    pub(super) fn clamped(&mut self, id: NodeId, lo: u32, hi: u32) -> Lanes {
        // Lines and tables are far smaller than 2³¹ (the verifier).
        let bounds = [
            (BinaryOp::Max, lo.cast_signed()),
            (BinaryOp::Min, hi.cast_signed()),
        ];
        let mut value = self.get(id);
        for (op, bound) in bounds {
            let bound = self.emitter.lanes_constant(self.lanes, Const::I32(bound));
            value = self.emitter.lanes_binary(op, &value, &bound);
        }
        value
    }
}

impl Emitter<'_, '_> {
    fn load_ring_cell(&mut self, ring: Ring, cell: Value) -> Value {
        let cell = self.builder.ins().band(cell, ring.mask);
        let address = self.element(ring.base, cell);
        let float = self.float;
        self.builder.ins().load(float, trusted(), address, 0)
    }
}

/// Bytes of the copy of a chunk.
fn copy_bytes(emitter: &Emitter) -> u32 {
    (CHUNK + WIDEST) * emitter.float.bytes()
}
