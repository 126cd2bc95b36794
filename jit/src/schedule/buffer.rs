//! Buffers between loops: a chunk of one value each, in one stack slot of the process function.
//!
//! A buffer is used again when the last loop that reads it is done. Every buffer begins at a
//! multiple of 16 bytes and has room for a vector beyond the last frame of a chunk.

use synthc_ir::{Graph, NodeId, Precision, Type};

use super::{CHUNK, Loop, WIDEST};

/// Where values are that cross from loop to loop.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// Node and offset in bytes, ascending by node.
    places: Vec<(NodeId, u32)>,
    bytes: u32,
}

impl Buffers {
    /// Assigns a buffer to everything that loops export.
    pub(super) fn assign(graph: &Graph, loops: &[Loop]) -> Self {
        let mut last_use: Vec<(NodeId, usize)> = Vec::new();
        for (index, one) in loops.iter().enumerate() {
            last_use.extend(one.imports.iter().map(|&id| (id, index)));
        }
        // The last entry of a node is its last use.
        last_use.sort_unstable();
        let last_use = |id: NodeId| {
            let end = last_use.partition_point(|&(other, _)| other <= id);
            last_use[end - 1].1
        };
        let mut buffers = Self::default();
        // Free buffers by log2 of the bytes of a cell.
        let mut free: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
        let mut ending: Vec<Vec<(usize, u32)>> = vec![Vec::new(); loops.len()];
        for (index, one) in loops.iter().enumerate() {
            for &id in &one.exports {
                let wide = usize::from(cell_bytes(graph, id) == 8);
                let offset = free[wide].pop().unwrap_or_else(|| {
                    let bytes = (CHUNK + WIDEST) * cell_bytes(graph, id);
                    let offset = buffers.bytes;
                    buffers.bytes += bytes;
                    offset
                });
                buffers.places.push((id, offset));
                ending[last_use(id)].push((wide, offset));
            }
            for &(wide, offset) in &ending[index] {
                free[wide].push(offset);
            }
        }
        buffers.places.sort_unstable();
        buffers
    }

    /// Bytes of all buffers.
    pub(crate) fn bytes(&self) -> u32 {
        self.bytes
    }

    /// The first byte of a node's buffer.
    pub(crate) fn of(&self, id: NodeId) -> Option<u32> {
        let place = self.places.binary_search_by_key(&id, |&(node, _)| node);
        place.ok().map(|place| self.places[place].1)
    }
}

/// Bytes of a cell: a bool takes a word.
pub(crate) fn cell_bytes(graph: &Graph, id: NodeId) -> u32 {
    match (graph.ty(id), graph.precision()) {
        (Type::Float, Precision::F32) | (Type::I32 | Type::Bool, _) => 4,
        (Type::Float, Precision::F64) | (Type::I64, _) => 8,
    }
}
