//! Marks are numbers of their own, and filled code is the code of the numbers.

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
    fn found(graph: &Graph) -> Self {
        Self::of(graph, CompileOptions::default()).0
    }

    /// Literals whose marks are themselves; `None` where two have the same bits, or one may be a constant that
    /// lowering brings along: those are powers of two.
    fn own_marks(graph: &Graph) -> Option<Self> {
        let mut literals = Self::found(graph);
        literals.marks = literals.values.clone();
        let marks = (0..).zip(&literals.marks);
        let marks = marks.map(|(index, &x)| (bits(literals.precision, x), index));
        literals.by_bits = marks.collect();
        let digits = |x: &f64| (*x as f32).to_bits() << 9 != 0;
        let apart = literals.by_bits.len() == literals.nodes.len();
        (apart && literals.values.iter().all(digits)).then_some(literals)
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

/// A graph none of whose literals is a power of two.
fn with_digits(graph: &Graph) -> Graph {
    let constants = graph.nodes().filter_map(|(id, node)| match node.op {
        Op::Const(Const::Float(x)) => {
            let x = graph
                .precision()
                .round(x * 0.937 + 0.000_123 * f64::from(id.index() as u32));
            Some((id, Op::Const(Const::Float(x))))
        }
        _ => None,
    });
    graph.with_ops(constants)
}

/// What a template made with marks becomes must be what is made with the numbers themselves.
fn check(graph: &Graph, lanes: usize) -> Result<usize, TestCaseError> {
    let graph = &with_digits(graph);
    let Some(own) = Literals::own_marks(graph) else {
        return Ok(0);
    };
    let literals = Literals::found(graph);
    let marked = template(&literals.marked(graph), &literals, lanes);
    let direct = template(graph, &own, lanes);
    if !direct.is_fillable() {
        return Ok(0);
    }
    prop_assert!(marked.is_fillable());
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
        let filling = literals.filled_with(&literals).expect("its own numbers");
        let filled = marked.filled(&filling);
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
        for code in [&marked.update, &marked.process] {
            holes += code.holes.as_ref().map_or(0, Vec::len);
        }
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
                assert!(is_literal(precision, mark), "{mark}");
                assert_eq!(0.0 < mark && mark <= 1.0, fraction, "{mark}");
                assert!(seen.insert(bits(precision, mark)), "{mark} twice");
            }
        }
    }
}

#[test]
fn numbers_that_code_treats_by_value_are_no_literals() {
    for precision in [Precision::F32, Precision::F64] {
        for x in [0.0, -0.0, f64::INFINITY, f64::NAN] {
            assert!(!is_literal(precision, x), "{x}");
        }
        for x in [0.1, -0.9, 1.0, 0.5, 440.0, 1e-20] {
            assert!(is_literal(precision, x), "{x}");
        }
    }
    // Nothing is left of it in 32 bits.
    assert!(!is_literal(Precision::F32, 1e-60));
}
