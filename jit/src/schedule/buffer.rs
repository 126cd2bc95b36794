//! Buffers between loops: a chunk of one value each, in one stack slot of the process function.
//!
//! A buffer is used again when the last loop that reads it is done. Every buffer begins at a
//! multiple of 16 bytes and has room for a vector beyond the last frame of a chunk.
//!
//! What the four instances of a vector of a bank give, and what a loop over time gives them, lies in rows, side by
//! side in every frame: one access for the bank instead of four to as many places. Loops over time turn four rows at a
//! time.

use std::collections::HashMap;

use synthc_ir::{Graph, NodeId, Precision, Type};

use super::bank::GROUP;
use super::{CHUNK, Loop, LoopKind, WIDEST};

/// Where the value of a node is in the first frame, and how its frames follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cells {
    /// One after the other, from this offset in bytes.
    Alone(u32),
    /// In rows of four values of 4 bytes: the offset of the value, and the index of the row.
    Row(u32, usize),
}

/// Where values are that cross from loop to loop.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// Ascending by node.
    places: Vec<(NodeId, Cells)>,
    /// The nodes of each row, in order.
    rows: Vec<[NodeId; GROUP]>,
    bytes: u32,
}

/// Bytes of a row.
pub(crate) const ROW_BYTES: u32 = 16;

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
        // Free buffers by log2 of the bytes of a cell or row.
        let mut free: [Vec<u32>; 5] = std::array::from_fn(|_| Vec::new());
        let mut ending: Vec<Vec<(u32, u32)>> = vec![Vec::new(); loops.len()];
        let wanted = wanted(graph, loops);
        for (index, one) in loops.iter().enumerate() {
            let rows = rows(graph, one, &wanted);
            for &id in &one.exports {
                if rows.contains_key(&id) {
                    continue;
                }
                let bytes = cell_bytes(graph, id);
                let offset = buffers.take(&mut free, bytes);
                buffers.places.push((id, Cells::Alone(offset)));
                ending[last_use(id)].push((bytes, offset));
            }
            for &id in &one.exports {
                let Some(&row) = rows.get(&id).filter(|row| row[0] == id) else {
                    continue;
                };
                let offset = buffers.take(&mut free, ROW_BYTES);
                let lanes = row.iter().zip((offset..).step_by(4));
                let number = buffers.rows.len();
                let places = lanes.map(|(&id, at)| (id, Cells::Row(at, number)));
                buffers.places.extend(places);
                buffers.rows.push(row);
                let last = row.iter().map(|&id| last_use(id)).max();
                ending[last.unwrap_or(index)].push((ROW_BYTES, offset));
            }
            for &(bytes, offset) in &ending[index] {
                free[bytes.trailing_zeros() as usize].push(offset);
            }
        }
        buffers.places.sort_unstable_by_key(|&(id, _)| id);
        buffers
    }

    /// A buffer of cells of so many bytes.
    fn take(&mut self, free: &mut [Vec<u32>; 5], bytes: u32) -> u32 {
        free[bytes.trailing_zeros() as usize]
            .pop()
            .unwrap_or_else(|| {
                let offset = self.bytes;
                self.bytes += (CHUNK + WIDEST) * bytes;
                offset
            })
    }

    /// Bytes of all buffers.
    pub(crate) fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Where a node's cells are.
    pub(crate) fn of(&self, id: NodeId) -> Option<Cells> {
        let place = self.places.binary_search_by_key(&id, |&(node, _)| node);
        place.ok().map(|place| self.places[place].1)
    }

    /// The nodes of a row.
    pub(crate) fn row(&self, number: usize) -> [NodeId; GROUP] {
        self.rows[number]
    }

    /// Whether four nodes are a row.
    pub(crate) fn is_row(&self, ids: [NodeId; GROUP]) -> bool {
        matches!(self.of(ids[0]), Some(Cells::Row(_, number)) if self.rows[number] == ids)
    }
}

/// What the vectors of banks are given from other loops, one node for each lane.
fn wanted(graph: &Graph, loops: &[Loop]) -> Vec<[NodeId; GROUP]> {
    let mut wanted = Vec::new();
    for one in loops {
        let Some(bank) = &one.bank else { continue };
        for group in bank.instances.chunks_exact(GROUP) {
            for (index, operands) in group[0].operands.iter().enumerate() {
                for entry in 0..operands.len() {
                    let row: [NodeId; GROUP] =
                        std::array::from_fn(|lane| group[lane].operands[index][entry]);
                    let imported = |id| one.imports.binary_search(id).is_ok();
                    let different = (1..GROUP).all(|lane| !row[..lane].contains(&row[lane]));
                    if different && graph.ty(row[0]) == Type::Float && row.iter().all(imported) {
                        wanted.push(row);
                    }
                }
            }
        }
    }
    wanted
}

/// The rows that a loop writes, by each of their nodes: what a vector of instances gives, or what one is given.
fn rows(graph: &Graph, one: &Loop, wanted: &[[NodeId; GROUP]]) -> HashMap<NodeId, [NodeId; GROUP]> {
    let mut rows = HashMap::new();
    if graph.precision() != Precision::F32 {
        return rows;
    }
    let mut add = |row: [NodeId; GROUP]| {
        let free = |id: &NodeId| one.exports.binary_search(id).is_ok() && !rows.contains_key(id);
        if row.iter().all(free) {
            rows.extend(row.map(|id| (id, row)));
        }
    };
    if one.kind == LoopKind::Time {
        wanted.iter().copied().for_each(&mut add);
    }
    let instances = one
        .bank
        .iter()
        .flat_map(|bank| bank.instances.chunks_exact(GROUP));
    for group in instances {
        for index in 0..group[0].nodes.len() {
            let row: [NodeId; GROUP] = std::array::from_fn(|lane| group[lane].nodes[index]);
            if graph.ty(row[0]) == Type::Float {
                add(row);
            }
        }
    }
    rows
}

/// Bytes of a cell: a bool takes a word.
pub(crate) fn cell_bytes(graph: &Graph, id: NodeId) -> u32 {
    match (graph.ty(id), graph.precision()) {
        (Type::Float, Precision::F32) | (Type::I32 | Type::Bool, _) => 4,
        (Type::Float, Precision::F64) | (Type::I64, _) => 8,
    }
}
