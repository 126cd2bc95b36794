//! Hash-consing: which node computes an operation. Graphs and passes ask it for every node they
//! insert.
//!
//! The hash is our own: operations are a few words of our own making, so a multiply and a rotation
//! per word spread them well enough, several times faster than the default hash.

use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use super::{Node, NodeId, Op};

/// Builds [`OpHasher`]s: for tables keyed by operations, ids and addresses, whose keys nobody
/// chooses to collide.
pub type BuildOpHasher = BuildHasherDefault<OpHasher>;

/// Finds nodes by their operation. Holds numbers of nodes only, open-addressed with linear probing (Knuth,
/// *The Art of Computer Programming* 3, §6.4, algorithm L); the operations stay where the nodes are, and are given
/// with every call.
#[derive(Clone, Debug, Default)]
pub(super) struct Interner {
    /// One more than the index of a node, 0 where there is none. A power of two of them, or none.
    slots: Vec<u32>,
}

impl Interner {
    /// One with room for this many nodes.
    pub(super) fn with_capacity(nodes: usize) -> Self {
        Self {
            slots: vec![0; (2 * nodes).next_power_of_two().max(16)],
        }
    }

    /// The node of an operation; else that operation is entered as the one of the next node.
    pub(super) fn find_or_enter(&mut self, op: &Op, nodes: &[Node]) -> Option<NodeId> {
        if self.slots.len() <= 2 * nodes.len() {
            self.grow(nodes);
        }
        let slot = self.probe(op, nodes);
        match self.slots[slot] {
            0 => {
                // Ids are below 2³², which `NodeId::new` ensures when the node is pushed.
                self.slots[slot] = nodes.len() as u32 + 1;
                None
            }
            known => Some(NodeId::new(known as usize - 1)),
        }
    }

    /// The slot of an operation, or the empty one where it belongs.
    fn probe(&self, op: &Op, nodes: &[Node]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = BuildOpHasher::default().hash_one(op) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return slot,
                known if nodes[known as usize - 1].op == *op => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self, nodes: &[Node]) {
        *self = Self::with_capacity(2 * nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let slot = self.probe(&node.op, nodes);
            self.slots[slot] = index as u32 + 1;
        }
    }
}

/// Multiplicative hashing (Knuth, *The Art of Computer Programming* 3, §6.4) word by word.
#[derive(Clone, Debug, Default)]
pub struct OpHasher(u64);

impl OpHasher {
    fn word(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(23) ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for OpHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            // The length tells a short word from one that ends in zeros.
            self.word(u64::from_le_bytes(last) ^ (rest.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, x: u8) {
        self.word(u64::from(x));
    }

    fn write_u32(&mut self, x: u32) {
        self.word(u64::from(x));
    }

    fn write_u64(&mut self, x: u64) {
        self.word(x);
    }

    fn write_usize(&mut self, x: usize) {
        self.word(x as u64);
    }

    fn write_isize(&mut self, x: isize) {
        self.word(x as u64);
    }

    fn finish(&self) -> u64 {
        // A product's high bits are its good ones; tables index by the low ones.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Graph, Precision};

    #[test]
    fn every_operation_is_found_again_however_often_the_table_grows() {
        let mut graph = Graph::new(Precision::F64, 48_000.0, 0);
        let ids: Vec<_> = (0..10_000).map(|i| graph.i32(i)).collect();
        let sums: Vec<_> = ids.windows(2).map(|w| graph.add(w[0], w[1])).collect();
        assert_eq!(graph.len(), ids.len() + sums.len());
        for (i, &id) in (0..).zip(&ids) {
            assert_eq!(graph.i32(i), id);
        }
        for (pair, &sum) in ids.windows(2).zip(&sums) {
            assert_eq!(graph.add(pair[0], pair[1]), sum);
        }
    }
}
