//! Float constants that finished code can be given anew.
//!
//! A number that somebody turns while it sounds changes nothing about the code but sixteen bytes of its constant pool. So
//! a graph is compiled with *marks* in the place of its constants, numbers that nothing else in the code has, and
//! the places of the marks are kept. The same structure with other numbers is filled in, not compiled.
//!
//! Invariants:
//! * What is decided about a constant is decided about its mark, because schedule and lowering see
//!   the marked graph only. They may treat constants by class: a mark lies in (0, 1] where the constant does, and
//!   constants without digits (zeros, powers of two, infinities, NaN), which lowering and Cranelift treat by value, are
//!   no literals.
//! * Code holds marks as whole vectors of its constant pool, never as immediates of instructions; places are found by
//!   comparing all sixteen bytes of pool entries, so that no other bytes are taken for one.

use std::collections::HashMap;

use cranelift_codegen::isa::OwnedTargetIsa;
use synthc_ir::graph::BuildOpHasher;
use synthc_ir::{Const, Graph, NodeId, Op, Precision};

/// Bytes of an entry of the constant pool, and their alignment.
const ENTRY: usize = 16;

/// The literals of a graph, in the order of its nodes.
#[derive(Debug)]
pub(crate) struct Literals {
    precision: Precision,
    nodes: Vec<NodeId>,
    marks: Vec<f64>,
    /// Which literal a mark is, by its bits.
    by_bits: HashMap<u64, u32, BuildOpHasher>,
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
    /// The literals of a graph.
    pub(crate) fn of(graph: &Graph) -> Self {
        let precision = graph.precision();
        let mut literals = Self {
            precision,
            nodes: Vec::new(),
            marks: Vec::new(),
            by_bits: HashMap::default(),
        };
        for (id, node) in graph.nodes() {
            if let Op::Const(Const::Float(x)) = node.op
                && has_digits(precision, x)
            {
                let index = literals.nodes.len() as u32;
                let mark = mark(precision, index, 0.0 < x && x <= 1.0);
                literals.nodes.push(id);
                literals.marks.push(mark);
                literals.by_bits.insert(bits(precision, mark), index);
            }
        }
        literals
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

    /// Where code holds marks: `pool` are the vectors of constants it was made with.
    pub(crate) fn holes<'a>(&self, code: &[u8], pool: impl Iterator<Item = &'a [u8]>) -> Vec<Hole> {
        let width = self.width();
        let literal = |word: &[u8]| {
            let mut bits = [0; 8];
            bits[..width].copy_from_slice(word);
            self.by_bits.get(&u64::from_le_bytes(bits)).copied()
        };
        let marked = |entry: &&[u8]| {
            entry.len() == ENTRY && entry.chunks(width).any(|word| literal(word).is_some())
        };
        let pool: Vec<&[u8]> = pool.filter(marked).collect();
        let mut holes = Vec::new();
        for (at, entry) in code.chunks_exact(ENTRY).enumerate() {
            if pool.contains(&entry) {
                for (word, bytes) in entry.chunks(width).enumerate() {
                    if let Some(literal) = literal(bytes) {
                        let offset = (at * ENTRY + word * width) as u32;
                        holes.push(Hole { offset, literal });
                    }
                }
            }
        }
        holes
    }

    /// Writes the literals of a graph of this structure into the holes of its code.
    pub(crate) fn fill(&self, graph: &Graph, code: &mut [u8], holes: &[Hole]) {
        let width = self.width();
        for hole in holes {
            let id = self.nodes[hole.literal as usize];
            if let Op::Const(Const::Float(x)) = graph.op(id) {
                let bytes = bits(self.precision, x).to_le_bytes();
                let at = hole.offset as usize;
                code[at..at + width].copy_from_slice(&bytes[..width]);
            }
        }
    }

    /// Bytes of a float.
    fn width(&self) -> usize {
        match self.precision {
            Precision::F32 => 4,
            Precision::F64 => 8,
        }
    }
}

/// The bits of a float of a width.
fn bits(precision: Precision, x: f64) -> u64 {
    match precision {
        Precision::F32 => u64::from((x as f32).to_bits()),
        Precision::F64 => x.to_bits(),
    }
}

/// Whether a number is a finite normal one and no power of two.
fn has_digits(precision: Precision, x: f64) -> bool {
    match precision {
        Precision::F32 => (x as f32).is_normal() && (x as f32).to_bits() << 9 != 0,
        Precision::F64 => x.is_normal() && x.to_bits() << 12 != 0,
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
mod tests {
    use proptest::prelude::*;
    use synthc_ir::pass::{Level, optimize};
    use synthc_ir::testing::{contractive_graphs, graphs};

    use super::*;
    use crate::code_block::VariantCode;
    use crate::generator::Generator;
    use crate::options::CompileOptions;
    use crate::target::{Features, host_isa};
    use crate::template::Template;

    impl Literals {
        /// Literals whose marks are themselves; `None` where two have the same bits.
        fn own_marks(graph: &Graph) -> Option<Self> {
            let mut literals = Self::of(graph);
            literals.by_bits.clear();
            for (index, (&id, mark)) in literals.nodes.iter().zip(&mut literals.marks).enumerate() {
                if let Op::Const(Const::Float(x)) = graph.op(id) {
                    *mark = x;
                    literals
                        .by_bits
                        .insert(bits(literals.precision, x), index as u32);
                }
            }
            (literals.by_bits.len() == literals.nodes.len()).then_some(literals)
        }
    }

    fn template(graph: &Graph, literals: &Literals, lanes: usize) -> Template {
        let options = CompileOptions {
            moving: true,
            lanes,
            ..CompileOptions::default()
        };
        let isa = host_isa(options.target).expect("a code generator for this machine");
        let features = Features::of(&isa, false);
        let generator = &mut Generator::new();
        let made = generator.generate(graph, &options, &isa, &features, Some(literals), false);
        made.expect("code for every well-formed graph").template
    }

    /// What a template made with marks becomes must be what is made with the numbers themselves.
    fn check(graph: &Graph, lanes: usize) -> Result<usize, TestCaseError> {
        let Some(own) = Literals::own_marks(graph) else {
            return Ok(0);
        };
        let literals = Literals::of(graph);
        let marked = template(&literals.marked(graph), &literals, lanes);
        let direct = template(graph, &own, lanes);
        prop_assert_eq!(marked.paces, direct.paces);
        let variants = |template: Template| -> Vec<VariantCode> {
            std::iter::once(template.resting)
                .chain(template.moving)
                .collect()
        };
        let (marked, direct) = (variants(marked), variants(direct));
        prop_assert_eq!(marked.len(), direct.len());
        let mut holes = 0;
        for (marked, direct) in marked.iter().zip(&direct) {
            let filled = marked.filled(&literals, graph);
            prop_assert!(
                filled.update.bytes == direct.update.bytes,
                "update of {}",
                graph
            );
            prop_assert!(
                filled.process.bytes == direct.process.bytes,
                "process of {}",
                graph
            );
            holes += marked.update.holes.len() + marked.process.holes.len();
        }
        Ok(holes)
    }

    #[cfg(target_arch = "x86_64")]
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn filled_code_is_the_code_of_the_numbers(
            narrow in graphs(Precision::F32, 60), wide in graphs(Precision::F64, 60),
            quiet in contractive_graphs(Precision::F32, 60), lanes in prop_oneof![Just(1), Just(8)]
        ) {
            for graph in [&narrow.0, &wide.0, &quiet.0] {
                check(graph, lanes)?;
                check(&optimize(graph, Level::Optimized), lanes)?;
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn every_literal_that_is_used_has_a_hole() {
        use synthc_ir::{BuildOptions, Signal, feedback};
        let y = feedback(|y| 0.9 * y + 0.1 * Signal::input(0)) * 0.37 + Signal::input(1) * 0.123;
        let graph = Graph::build(&[y], &BuildOptions::default()).expect("a well-formed signal");
        let holes = check(&graph, 1).expect("the same code");
        assert!(holes >= 4, "{holes}");
    }

    #[test]
    fn marks_differ_and_stay_in_their_class() {
        for precision in [Precision::F32, Precision::F64] {
            let mut seen = std::collections::HashSet::new();
            for index in (0..5000).chain((1 << 18) - 5000..1 << 18) {
                for fraction in [true, false] {
                    let mark = mark(precision, index, fraction);
                    assert!(has_digits(precision, mark), "{mark}");
                    assert_eq!(0.0 < mark && mark <= 1.0, fraction, "{mark}");
                    assert!(seen.insert(bits(precision, mark)), "{mark} twice");
                }
            }
        }
    }

    #[test]
    fn numbers_that_code_treats_by_value_are_no_literals() {
        for precision in [Precision::F32, Precision::F64] {
            for x in [
                0.0,
                -0.0,
                1.0,
                -1.0,
                0.25,
                1024.0,
                f64::INFINITY,
                f64::NAN,
                5e-324,
            ] {
                assert!(!has_digits(precision, x), "{x}");
            }
            for x in [0.1, -0.9, 3.0, 440.0, 1e-20] {
                assert!(has_digits(precision, x), "{x}");
            }
        }
        // It is 1 as a 32-bit float.
        assert!(!has_digits(Precision::F32, 1.0 - 1e-12));
        assert!(!has_digits(Precision::F32, 1e-40), "a denormal");
    }
}
