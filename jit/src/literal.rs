//! Float constants that finished code can be given anew.
//!
//! A number that somebody turns while it sounds changes nothing about the code but some bytes of its constant pool. So
//! a graph is compiled with *marks* in the place of its constants, numbers that nothing else in the code has, and
//! the places of the marks are kept. The same structure with other numbers is filled in, not compiled.
//!
//! Invariants:
//! * What is decided about a constant is decided about its mark, because schedule and lowering see
//!   the marked graph only. Where a decision depends on a number ([`Class`]) the mark decides like the constant. Zeros, which
//!   lowering and Cranelift treat by value, are no literals, nor is what is not finite.
//! * Code holds marks as whole vectors of its constant pool, never as immediates of instructions; places are found by
//!   comparing all sixteen bytes of pool entries, so that no other bytes are taken for one.
//! * Equal constants of a graph are one node, so a structure is known by its [uses](Literals::uses) of literals, whether they are of
//!   one node or of several; code that was made for one serves graphs whose numbers there are one, too.

use std::collections::HashMap;

use cranelift_codegen::ir::{Function, InstructionData};
use cranelift_codegen::isa::OwnedTargetIsa;
use synthc_ir::graph::BuildOpHasher;
use synthc_ir::{BinaryOp, Const, Graph, NodeId, Op, Precision};

use crate::cache::Key;
use crate::options::CompileOptions;
use crate::schedule::may_count;

/// Bytes of an entry of the constant pool, and their alignment.
const ENTRY: usize = 16;

/// What is decided about a number where it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing.
    Any,
    /// A count is multiplied by it, and it lies in (0, 1]: the product never falls.
    Fraction,
    /// A count is multiplied by it, and it lies elsewhere.
    Other,
}

/// The literals of a graph, in the order of its nodes.
#[derive(Debug)]
pub(crate) struct Literals {
    precision: Precision,
    nodes: Vec<NodeId>,
    values: Vec<f64>,
    marks: Vec<f64>,
    /// Which literal a mark is, by its bits.
    by_bits: HashMap<u64, u32, BuildOpHasher>,
    /// The literals in the order in which they are used.
    uses: Vec<u32>,
}

/// Where code holds a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    offset: u32,
    literal: u32,
}

/// Whether the places of literals in code for this machine are known: x86-64 keeps vectors of constants in one pool
/// behind the code, aligned to their size. Elsewhere they may be anywhere.
pub(crate) fn are_found(isa: &OwnedTargetIsa) -> bool {
    isa.name() == "x64"
}

impl Literals {
    /// The literals of a graph, and the key of its structure.
    pub(crate) fn of(graph: &Graph, options: CompileOptions) -> (Self, Key) {
        let precision = graph.precision();
        let mut index: Vec<Option<u32>> = vec![None; graph.len()];
        let (mut nodes, mut values) = (Vec::new(), Vec::new());
        for (id, node) in graph.nodes() {
            if let Op::Const(Const::Float(x)) = node.op
                && is_literal(precision, x)
            {
                index[id.index()] = Some(nodes.len() as u32);
                nodes.push(id);
                values.push(x);
            }
        }
        let mut fractions = vec![false; nodes.len()];
        let mut uses = Vec::new();
        let is_literal = |id: NodeId| index[id.index()].is_some();
        let key = Key::of_structure(graph, options, is_literal, |user, id| {
            let literal = index[id.index()].unwrap_or_default();
            uses.push(literal);
            let literal = literal as usize;
            let class = class(graph, user, id, values[literal]);
            fractions[literal] |= class == Class::Fraction;
            class
        });
        let marks: Vec<f64> = (0..nodes.len() as u32)
            .map(|literal| mark(precision, literal, fractions[literal as usize]))
            .collect();
        let by_bits = (0..).zip(&marks);
        let by_bits = by_bits.map(|(literal, &mark)| (bits(precision, mark), literal));
        let literals = Self {
            precision,
            nodes,
            values,
            by_bits: by_bits.collect(),
            marks,
            uses,
        };
        (literals, key)
    }

    /// A graph with marks in the place of its literals.
    pub(crate) fn marked(&self, graph: &Graph) -> Graph {
        let marks = self.nodes.iter().zip(&self.marks);
        graph.with_ops(marks.map(|(&id, &mark)| (id, Op::Const(Const::Float(mark)))))
    }

    /// Whether a number is a mark.
    pub(crate) fn has_mark(&self, x: f64) -> bool {
        self.by_bits.contains_key(&bits(self.precision, x))
    }

    /// The numbers of a graph of the same structure, literal by literal; `None` where one literal would have to be two
    /// numbers.
    pub(crate) fn filled_with(&self, other: &Self) -> Option<Filling> {
        let mut filling: Vec<Option<u64>> = vec![None; self.nodes.len()];
        if self.uses.len() != other.uses.len() {
            return None;
        }
        for (&mine, &theirs) in self.uses.iter().zip(&other.uses) {
            let bits = bits(self.precision, other.values[theirs as usize]);
            let place = &mut filling[mine as usize];
            if place.is_some_and(|known| known != bits) {
                return None;
            }
            *place = Some(bits);
        }
        Some(Filling {
            width: width(self.precision),
            bits: filling.into_iter().map(Option::unwrap_or_default).collect(),
        })
    }

    /// The vectors of a function that hold marks, before it is compiled; `None` where an integer vector has the bits of
    /// one, which could not be told from it in the code.
    pub(crate) fn vectors(&self, function: &Function) -> Option<Vec<[u8; ENTRY]>> {
        let dfg = &function.dfg;
        let (mut marked, mut others) = (Vec::new(), Vec::new());
        for inst in function
            .layout
            .blocks()
            .flat_map(|block| function.layout.block_insts(block))
        {
            let InstructionData::UnaryConst {
                constant_handle, ..
            } = dfg.insts[inst]
            else {
                continue;
            };
            let data = dfg.constants.get(constant_handle).as_slice();
            let Ok(entry) = <[u8; ENTRY]>::try_from(data) else {
                continue;
            };
            let marks = entry
                .chunks(width(self.precision))
                .any(|word| self.literal(word).is_some());
            if marks {
                let float = dfg
                    .value_type(dfg.first_result(inst))
                    .lane_type()
                    .is_float();
                if float { &mut marked } else { &mut others }.push(entry);
            }
        }
        let apart = others.iter().all(|entry| !marked.contains(entry));
        apart.then_some(marked)
    }

    /// Where code holds these vectors.
    pub(crate) fn holes(&self, code: &[u8], vectors: &[[u8; ENTRY]]) -> Vec<Hole> {
        let width = width(self.precision);
        let mut holes = Vec::new();
        for (at, entry) in code.chunks_exact(ENTRY).enumerate() {
            if !vectors.iter().any(|vector| vector == entry) {
                continue;
            }
            for (word, bytes) in entry.chunks(width).enumerate() {
                if let Some(literal) = self.literal(bytes) {
                    let offset = (at * ENTRY + word * width) as u32;
                    holes.push(Hole { offset, literal });
                }
            }
        }
        holes
    }

    /// The literal whose mark has these bytes.
    fn literal(&self, word: &[u8]) -> Option<u32> {
        let mut bits = [0; 8];
        bits[..word.len()].copy_from_slice(word);
        self.by_bits.get(&u64::from_le_bytes(bits)).copied()
    }

    /// Bytes it keeps alive.
    pub(crate) fn bytes(&self) -> usize {
        let entry = size_of::<NodeId>() + 2 * size_of::<f64>() + size_of::<(u64, u32)>();
        self.nodes.len() * entry + size_of_val(&*self.uses)
    }
}

/// Numbers for the literals of a template.
#[derive(Debug)]
pub(crate) struct Filling {
    width: usize,
    /// By literal.
    bits: Vec<u64>,
}

impl Filling {
    /// Writes the numbers into the holes of code.
    pub(crate) fn fill(&self, code: &mut [u8], holes: &[Hole]) {
        for hole in holes {
            let bytes = self.bits[hole.literal as usize].to_le_bytes();
            let at = hole.offset as usize;
            code[at..at + self.width].copy_from_slice(&bytes[..self.width]);
        }
    }
}

/// Bytes of a float.
fn width(precision: Precision) -> usize {
    match precision {
        Precision::F32 => 4,
        Precision::F64 => 8,
    }
}

/// The bits of a float of a width.
fn bits(precision: Precision, x: f64) -> u64 {
    match precision {
        Precision::F32 => u64::from((x as f32).to_bits()),
        Precision::F64 => x.to_bits(),
    }
}

/// Whether a number is finite and no zero.
fn is_literal(precision: Precision, x: f64) -> bool {
    match precision {
        Precision::F32 => (x as f32).is_finite() && x as f32 != 0.0,
        Precision::F64 => x.is_finite() && x != 0.0,
    }
}

/// What is decided about a constant where an operation uses it.
fn class(graph: &Graph, user: Option<Op>, id: NodeId, x: f64) -> Class {
    match user {
        Some(Op::Binary(BinaryOp::Mul, a, b)) if may_count(graph, if a == id { b } else { a }) => {
            if 0.0 < x && x <= 1.0 {
                Class::Fraction
            } else {
                Class::Other
            }
        }
        _ => Class::Any,
    }
}

/// A number with digits for every index below 2²³, another for each: the digits are multiples of an odd number.
fn mark(precision: Precision, index: u32, fraction: bool) -> f64 {
    let exponent = if fraction { -10 } else { 40 };
    let number = u64::from(index) + 1;
    match precision {
        Precision::F32 => {
            let digits = number.wrapping_mul(0x35_4A7D) & ((1 << 23) - 1);
            let biased = (127 + exponent) as u32;
            f64::from(f32::from_bits((biased << 23) | digits as u32))
        }
        Precision::F64 => {
            let digits = number.wrapping_mul(0x9_E377_9B97_F4A7) & ((1 << 52) - 1);
            let biased = (1023 + exponent) as u64;
            f64::from_bits((biased << 52) | digits)
        }
    }
}

#[cfg(test)]
mod tests;
