//! Assigns offsets: where in state memory everything is that compiled code and the host share.
//!
//! The order is header, delay descriptors, table descriptors, extern descriptors, controls,
//! registers, then for each variant the homes of cached and crossing values. All pointers and 64-bit
//! values are aligned to 8 bytes, so every access is aligned. With voices in lanes a value is as many
//! values side by side, aligned to 16 bytes; bools are then words, 0 or 1.

use synthc_ir::graph::{ControlId, ExternId, LineId, RegisterId, TableId, TableKind};
use synthc_ir::pass::Origin;
use synthc_ir::{Graph, MAX_EXTERN_PORTS, NodeId, Precision, Type};

use super::{Layout, LineSlot, Slot, TableSlot, ValueType};
use crate::error::CompileError;
use crate::schedule::{CHUNK, Schedule, WIDEST};

/// Offset of the position counter: frames since the first, one `u64` for all delay lines.
pub(crate) const POSITION: u32 = 0;
/// Bytes before the first assigned place.
const HEADER: usize = 8;
/// Byte offsets of the four words of a delay-line descriptor.
pub(crate) mod line {
    /// Pointer to the cell of position 0 that reads go to.
    pub(crate) const READ_BASE: u32 = 0;
    /// Pointer to the cell of position 0 that writes go to.
    pub(crate) const WRITE_BASE: u32 = 8;
    /// Capacity − 1 of the buffer that is read.
    pub(crate) const READ_MASK: u32 = 16;
    /// Capacity − 1 of the buffer that is written. A ghost writes another buffer than it reads.
    pub(crate) const WRITE_MASK: u32 = 24;
    /// Bytes of a descriptor.
    pub(crate) const BYTES: usize = 32;
}
/// Byte offsets of the two words of a table's descriptor.
pub(crate) mod table {
    /// Pointer to the cells that reads go to.
    pub(crate) const READ_BASE: u32 = 0;
    /// Pointer to the cells that writes go to; of fixed tables it is never used.
    pub(crate) const WRITE_BASE: u32 = 8;
    /// Bytes of a descriptor.
    pub(crate) const BYTES: usize = 16;
}
/// Byte offsets of the three pointers of an extern's descriptor.
pub(crate) mod external {
    /// Pointer to the slot that the trampoline takes.
    pub(crate) const SLOT: u32 = 0;
    /// Pointer to the inputs, `f64` each.
    pub(crate) const INPUTS: u32 = 8;
    /// Pointer to the outputs, `f64` each.
    pub(crate) const OUTPUTS: u32 = 16;
    /// Bytes of a descriptor.
    pub(crate) const BYTES: usize = 24;
}
/// Largest state memory: offsets are signed 32-bit immediates.
const MAX_BYTES: usize = i32::MAX as usize;

/// The place and the arity of an extern. The unit is asked once: whatever it answers later, code and
/// buffers agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExternPlace {
    /// Offset of the descriptor of lane 0; those of other lanes follow.
    pub(crate) descriptor: u32,
    /// Number of inputs.
    pub(crate) inputs: usize,
    /// Number of outputs.
    pub(crate) outputs: usize,
}

/// Where everything is in state memory, for lowering and for making states.
#[derive(Debug)]
pub(crate) struct StateLayout {
    precision: Precision,
    lanes: usize,
    registers: Vec<Slot>,
    lines: Vec<LineSlot>,
    tables: Vec<TableSlot>,
    externs: Vec<ExternPlace>,
    controls: u32,
    /// Per variant and node the offset of its home, [`NO_HOME`] without.
    homes: Vec<Vec<u32>>,
    bytes: u32,
}

const NO_HOME: u32 = u32::MAX;

struct Cursor(usize);

impl Cursor {
    /// Takes `bytes` at the next multiple of `align`. Saturates: the end is checked once.
    fn take(&mut self, bytes: usize, align: usize) -> u32 {
        let at = self.0.next_multiple_of(align);
        self.0 = at.saturating_add(bytes);
        u32::try_from(at).unwrap_or(u32::MAX)
    }
}

impl StateLayout {
    /// Assigns places for a graph and the schedules of its variants, for a number of voices.
    pub(crate) fn assign(
        graph: &Graph,
        variants: &[&Schedule],
        lanes: usize,
    ) -> Result<Self, CompileError> {
        let precision = graph.precision();
        let float = ValueType::of(Type::Float, precision);
        let width = float.bytes();
        // At most 16 lanes.
        let row = width * lanes as u32;
        let mut cursor = Cursor(HEADER);
        let lines = graph.lines().iter().map(|info| LineSlot {
            descriptor: cursor.take(line::BYTES, 8),
            capacity: capacity(info.max),
            stride: row,
            lane: 0,
            ty: float,
        });
        let lines = lines.collect();
        let tables = graph.tables().iter().map(|info| TableSlot {
            pointer: cursor.take(table::BYTES, 8),
            // The verifier bounds tables far below 2³².
            cells: u32::try_from(info.len()).unwrap_or(u32::MAX),
            stride: match info.kind {
                TableKind::ReadOnly(_) => width,
                TableKind::Written { .. } => row,
            },
            lane: 0,
            ty: float,
            written: matches!(info.kind, TableKind::Written { .. }),
        });
        let tables = tables.collect();
        let externs = graph.externs().iter().map(|instance| ExternPlace {
            descriptor: cursor.take(external::BYTES * lanes, 8),
            inputs: instance.inputs.len(),
            // The unit is foreign code: it may answer otherwise than it answered the verifier.
            outputs: instance.unit.outputs().min(MAX_EXTERN_PORTS),
        });
        let externs = externs.collect();
        // Vectors of lanes are aligned to themselves.
        let align = |stride: u32| if lanes == 1 { stride as usize } else { 16 };
        let controls = cursor.take(graph.controls().len() * row as usize, align(8));
        let registers = graph.registers().iter().map(|register| {
            let ty = ValueType::of(register.ty, precision);
            let stride = ty.lane_bytes(lanes);
            Slot {
                offset: cursor.take(stride as usize * lanes, align(stride)),
                stride,
                lane: 0,
                ty,
            }
        });
        let registers = registers.collect();
        let homes = variants.iter().map(|schedule| {
            let mut homes = vec![NO_HOME; graph.len()];
            for &id in &schedule.kept {
                let stride = ValueType::of(graph.ty(id), precision).lane_bytes(lanes);
                homes[id.index()] = cursor.take(stride as usize * lanes, align(stride));
            }
            homes
        });
        let homes = homes.collect();
        let bytes = cursor.0.next_multiple_of(64);
        if bytes > MAX_BYTES {
            let limit = MAX_BYTES;
            return Err(CompileError::StateTooLarge { bytes, limit });
        }
        Ok(Self {
            precision,
            lanes,
            registers,
            lines,
            tables,
            externs,
            controls,
            homes,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        })
    }

    /// The map of semantic state to places: what this graph's state is in the source graph.
    pub(crate) fn public(&self, origin: &Origin, source: &Graph) -> Layout {
        let mut layout = Layout {
            lanes: self.lanes,
            merged: !origin.merged.is_empty(),
            registers: vec![None; source.registers().len()],
            lines: vec![None; source.lines().len()],
            tables: vec![None; source.tables().len()],
        };
        for (id, &slot) in origin.registers.iter().zip(&self.registers) {
            layout.registers[id.index()] = Some(slot);
        }
        // Backwards: what a register became may itself have become another one later.
        for &(id, one) in origin.merged.iter().rev() {
            layout.registers[id.index()] = layout.registers[one.index()];
        }
        for (id, &slot) in origin.lines.iter().zip(&self.lines) {
            layout.lines[id.index()] = Some(slot);
        }
        for (id, &slot) in origin.tables.iter().zip(&self.tables) {
            layout.tables[id.index()] = Some(slot);
        }
        layout
    }

    /// Voices of a state.
    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }

    /// Bytes of the layout itself, roughly.
    pub(crate) fn own_bytes(&self) -> usize {
        let homes = self.homes.iter().map(|homes| size_of_val(&**homes));
        size_of::<Self>()
            + size_of_val(&*self.registers)
            + size_of_val(&*self.lines)
            + size_of_val(&*self.tables)
            + homes.sum::<usize>()
    }

    /// Bytes of state memory, delay buffers and tables not counted.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    pub(crate) fn register(&self, id: RegisterId) -> Slot {
        self.registers[id.index()]
    }

    pub(crate) fn line(&self, id: LineId) -> LineSlot {
        self.lines[id.index()]
    }

    pub(crate) fn table(&self, id: TableId) -> TableSlot {
        self.tables[id.index()]
    }

    /// The place of an extern.
    pub(crate) fn external(&self, id: ExternId) -> ExternPlace {
        self.externs[id.index()]
    }

    /// Offset of a control's value in lane 0; those of other lanes follow.
    pub(crate) fn control(&self, id: ControlId) -> u32 {
        // Within the size that `assign` has checked.
        self.controls + (id.index() * self.lanes * self.precision.bytes()) as u32
    }

    /// Offset of a node's home in a variant.
    pub(crate) fn home(&self, variant: usize, id: NodeId) -> Option<u32> {
        let offset = self.homes[variant][id.index()];
        (offset != NO_HOME).then_some(offset)
    }
}

/// Frames a line's buffer holds: a power of two with room for the longest delay, the chunk that is being
/// computed, and what a vector writes beyond it. A chunk may be written before what it reads, or after.
fn capacity(max: u32) -> u32 {
    (max + CHUNK + 2 * WIDEST).next_power_of_two()
}

impl ValueType {
    /// The machine type of a graph type.
    pub(crate) const fn of(ty: Type, precision: Precision) -> Self {
        match (ty, precision) {
            (Type::Float, Precision::F32) => Self::F32,
            (Type::Float, Precision::F64) => Self::F64,
            (Type::I32, _) => Self::I32,
            (Type::I64, _) => Self::I64,
            (Type::Bool, _) => Self::Bool,
        }
    }

    /// Bytes from one of several lanes to the next.
    const fn lane_bytes(self, lanes: usize) -> u32 {
        match self {
            Self::Bool if lanes > 1 => 4,
            _ => self.bytes(),
        }
    }
}
