//! Where every semantic piece of state lives.
//!
//! Scheduling and packing may move a register; they never change what it means. Whoever carries
//! state from one program to another reads both layouts and copies what means the same.

mod assign;

pub(crate) use assign::{POSITION, StateLayout, external, line, table};

/// The machine type of a value in state memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// A truth value in one byte, 0 or 1; with voices in lanes in a little-endian word.
    Bool,
}

impl ValueType {
    /// Bytes of one value.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Bool => 1,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }
}

/// The place of one value in state memory.
///
/// With one voice per state `lane` is 0; with voices in lanes, the value of voice `lane` is at
/// `offset + lane · stride`. Layouts give the place of lane 0; [`Slot::in_lane`] those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Bytes from the beginning of state memory to lane 0.
    pub offset: u32,
    /// Bytes from one lane to the next.
    pub stride: u32,
    /// The lane.
    pub lane: u32,
    /// What is there.
    pub ty: ValueType,
}

impl Slot {
    /// The place of the same value in another lane.
    #[must_use]
    pub const fn in_lane(self, lane: u32) -> Self {
        Self { lane, ..self }
    }

    /// Bytes from the beginning of state memory to the value.
    #[must_use]
    pub const fn byte_offset(self) -> usize {
        self.offset as usize + self.lane as usize * self.stride as usize
    }
}

/// The place of a delay line: a descriptor in state memory and a buffer of its own.
///
/// The cells of all lanes of a frame lie side by side; those of voice `lane` begin `lane` cells after
/// those of lane 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineSlot {
    /// Bytes from the beginning of state memory to the descriptor.
    pub descriptor: u32,
    /// Frames the buffer holds, a power of two.
    pub capacity: u32,
    /// Bytes from one frame to the next in one lane.
    pub stride: u32,
    /// The lane.
    pub lane: u32,
    /// Type of a cell.
    pub ty: ValueType,
}

/// The place of a table: a descriptor in state memory and cells elsewhere.
///
/// Cells of a written table are interleaved as those of a delay line; read-only ones are shared by
/// all lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableSlot {
    /// Bytes from the beginning of state memory to the descriptor: the pointer that reads go through, then
    /// the one that writes go through.
    pub pointer: u32,
    /// Number of cells.
    pub cells: u32,
    /// Bytes from one cell to the next in one lane.
    pub stride: u32,
    /// The lane.
    pub lane: u32,
    /// Type of a cell.
    pub ty: ValueType,
    /// Whether every instance has cells of its own.
    pub written: bool,
}

/// The map from registers, delay lines and tables of a graph to state memory.
///
/// Indices are those of the graph that was given to the compiler; what the passes removed because
/// nothing needs it has no place, and registers that always hold the same may have one place together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(crate) lanes: usize,
    pub(crate) merged: bool,
    pub(crate) registers: Vec<Option<Slot>>,
    pub(crate) lines: Vec<Option<LineSlot>>,
    pub(crate) tables: Vec<Option<TableSlot>>,
}

impl Layout {
    /// Voices of a state.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Registers, by index in the source graph.
    #[must_use]
    pub fn registers(&self) -> &[Option<Slot>] {
        &self.registers
    }

    /// Whether several registers have one place because they always hold the same.
    #[must_use]
    pub fn has_merged_registers(&self) -> bool {
        self.merged
    }

    /// Delay lines, by index in the source graph.
    #[must_use]
    pub fn lines(&self) -> &[Option<LineSlot>] {
        &self.lines
    }

    /// Tables, by index in the source graph.
    #[must_use]
    pub fn tables(&self) -> &[Option<TableSlot>] {
        &self.tables
    }
}
