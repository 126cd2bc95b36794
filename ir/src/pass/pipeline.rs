//! The fixed sequence of passes.

use super::live::Live;
use super::rewrite::{Rule, Walk, apply};
use super::{
    Level, Origin, bounds, contract, cse, dce, fold, merge, reassociate, shape, simplify, strength,
};
use crate::graph::Graph;

/// Local rules run once more when they made helper nodes that no rule has seen, but at most so
/// often: helpers are few and seldom simplify.
const MOST_ROUNDS: usize = 4;

/// What becomes of registers that begin alike and then hold the same in every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Equals {
    /// They become one, see [`Origin::merged`].
    #[default]
    Merged,
    /// They stay apart, because they may be given different values from outside.
    Apart,
}

/// An optimised graph and where its state comes from.
#[derive(Clone, Debug)]
pub struct Optimized {
    /// The graph.
    pub graph: Graph,
    /// Which state of the source each piece of its state is.
    pub origin: Origin,
}

/// Runs all passes of a level. Time is near-linear in the graph; the result has the same inputs,
/// controls and externs, and the state that is needed.
///
/// ```
/// use synthc_ir::pass::{Level, optimize};
/// use synthc_ir::{BuildOptions, Graph, Signal};
/// let graph = Graph::build(&[Signal::input(0) * 2.0 * 3.0], &BuildOptions::default())?;
/// assert!(optimize(&graph, Level::Optimized).len() < graph.len());
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn optimize(graph: &Graph, level: Level) -> Graph {
    optimize_with_origin(graph, level, Equals::Merged).graph
}

/// [`optimize`], and for every surviving piece of state its number in the source.
#[must_use]
pub fn optimize_with_origin(graph: &Graph, level: Level, equals: Equals) -> Optimized {
    let pipeline = Pipeline::run(graph, level, equals);
    Optimized {
        graph: pipeline.graph,
        origin: pipeline.origin,
    }
}

/// Passes that are running: what they have made of a source so far.
pub(super) struct Pipeline {
    graph: Graph,
    origin: Origin,
    rules: Vec<Rule>,
    equals: Equals,
    /// Whether the source was well-formed, so that every result must be (debug builds).
    sound: bool,
    /// How often a rule was asked.
    pub(super) steps: usize,
}

impl Pipeline {
    pub(super) fn run(source: &Graph, level: Level, equals: Equals) -> Self {
        let rules = [fold::rule as Rule, cse::rule]
            .iter()
            .chain(strength::rules(level))
            .chain(simplify::rules(level))
            .copied()
            .collect();
        let mut pipeline = Self {
            graph: Graph::new(source.precision(), source.sample_rate(), 0),
            origin: Origin::identity(source),
            rules,
            equals,
            sound: cfg!(debug_assertions) && source.verify().is_ok(),
            steps: 0,
        };
        let first = match level {
            Level::Strict => apply(source, &Live::of(source), &pipeline.rules),
            Level::Optimized => bounds::apply(source, &Live::of(source), &pipeline.rules),
        };
        pipeline.local_rules(first);
        if level == Level::Optimized {
            pipeline.pass("reassociate", reassociate::walk);
            pipeline.pass("shape", shape::walk);
            pipeline.pass("contract", contract::walk);
            let again = apply(&pipeline.graph, &Live::of(&pipeline.graph), &pipeline.rules);
            pipeline.local_rules(again);
        }
        if !Live::of(&pipeline.graph).is_all() {
            pipeline.pass("dce", dce::walk);
        }
        pipeline
    }

    /// Takes over a walk by the local rules and repeats it where that may help: where it made nodes that no rule
    /// has seen, or where registers turn out to be equal.
    fn local_rules(&mut self, first: Walk) {
        let mut again = first.again;
        self.take("the local rules", first);
        for _ in 1..MOST_ROUNDS {
            let live = Live::of(&self.graph);
            let equal = match self.equals {
                Equals::Merged => merge::equal_registers(&self.graph, &live),
                Equals::Apart => None,
            };
            let walk = match equal {
                Some(first) => merge::walk(&self.graph, &live, &first, &self.rules),
                None if again => apply(&self.graph, &live, &self.rules),
                None => break,
            };
            again = walk.again;
            self.take("the local rules", walk);
        }
    }

    fn pass(&mut self, name: &str, walk: impl FnOnce(&Graph, &Live) -> Walk) {
        let walk = walk(&self.graph, &Live::of(&self.graph));
        self.take(name, walk);
    }

    fn take(&mut self, pass: &str, walk: Walk) {
        self.origin = self.origin.then(&walk.origin);
        self.graph = walk.graph;
        self.steps += walk.steps;
        if self.sound {
            let verdict = self.graph.verify();
            debug_assert!(verdict.is_ok(), "after {pass}: {verdict:?}\n{}", self.graph);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{contractive_graphs, graphs};
    use crate::{BuildOptions, Precision, Signal, feedback};

    type Link = fn(Signal, usize) -> Signal;
    type Pass = Box<dyn Fn(&Graph) -> Graph>;

    /// Patches that grow without bound, each a link of a chain at a time, and each a bait for
    /// rules that rewrite what they rewrote before.
    const CHAINS: [(&str, Link); 8] = [
        ("sums with constants", |x, i| x + (1.0 + i as f64)),
        ("products with constants", |x, i| {
            x * (1.0 + i as f64 * 1e-3)
        }),
        ("quotients", |x, i| x / (3.0 + i as f64)),
        ("signs", |x, i| -(Signal::input(0) - x * -(i as f64))),
        ("bounds", |x, i| x.min(i as f64).max(-(i as f64))),
        ("choices", |x, i| {
            let above = Signal::input(1).gt(i as f64);
            let choice = above.select(&1.0.into(), &0.0.into());
            choice.gt(0.5).select(&x, &Signal::input(0))
        }),
        ("loops", |x, i| {
            feedback(|y| y * 0.5 + x * 0.25 + Signal::input(0) * i as f64)
        }),
        ("slow factors", |x, i| {
            let level = crate::Control::new(format!("level{}", i % 7), 0.5, 0.0, 1.0);
            Signal::control(level) * x * Signal::input(1) / Signal::sample_rate()
        }),
    ];

    fn chain(link: Link, links: usize) -> Graph {
        let whole = (0..links).fold(Signal::input(0), |x, i| link(x, i % 20));
        let options = BuildOptions {
            precision: Precision::F64,
            ..BuildOptions::default()
        };
        Graph::build(&[whole], &options).expect("a well-formed patch")
    }

    #[test]
    fn the_cost_of_all_passes_is_linear_in_the_graph() {
        for (name, link) in CHAINS {
            let (small, large) = (chain(link, 100), chain(link, 1600));
            let per_node = |graph: &Graph| {
                let steps = Pipeline::run(graph, Level::Optimized, Equals::Merged).steps;
                steps as f64 / graph.len() as f64
            };
            let (small, large) = (per_node(&small), per_node(&large));
            assert!(
                large < 1.1 * small,
                "{name}: {small} then {large} steps a node"
            );
            // Five walks, a rewrite of every node in each, and as many again.
            assert!(large < 12.0, "{name}: {large} steps a node");
        }
    }

    /// All but reassociation and shaping: the users that one run takes from a product, and the
    /// depths it changes in a loop, are what the next would go by.
    fn passes(level: Level) -> Vec<(&'static str, Pass)> {
        let mut all: Vec<(_, Pass)> = vec![
            ("fold", Box::new(fold)),
            ("cse", Box::new(cse)),
            ("strength", Box::new(move |graph| strength(graph, level))),
            ("simplify", Box::new(move |graph| simplify(graph, level))),
            ("dce", Box::new(|graph| dce(graph).0)),
        ];
        if level == Level::Optimized {
            all.push(("bounds", Box::new(bounds::bounds)));
            all.push(("contract", Box::new(contract)));
        }
        all
    }

    fn twice_is_once(graph: &Graph) -> Result<(), TestCaseError> {
        for level in [Level::Strict, Level::Optimized] {
            let optimized = Pipeline::run(graph, level, Equals::Merged);
            let (local, whole) = (optimized.rules, optimized.graph);
            let again = apply(&whole, &Live::of(&whole), &local).graph;
            prop_assert_eq!(
                whole.to_string(),
                again.to_string(),
                "what the pipeline leaves"
            );
            for (name, pass) in passes(level) {
                let clean = |graph: &Graph| dce(graph).0;
                let once = clean(&pass(&clean(graph)));
                let twice = clean(&pass(&once));
                prop_assert!(
                    once.to_string() == twice.to_string(),
                    "{name}:\n{once}{twice}"
                );
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_pass_that_has_run_finds_nothing_more(
            any in graphs(Precision::F64, 80), decaying in contractive_graphs(Precision::F32, 80)
        ) {
            twice_is_once(&any.0)?;
            twice_is_once(&decaying.0)?;
        }

        #[test]
        fn the_cost_of_random_graphs_is_bounded_by_their_size(
            any in graphs(Precision::F64, 200), decaying in contractive_graphs(Precision::F32, 200)
        ) {
            for graph in [&any.0, &decaying.0] {
                let steps = Pipeline::run(graph, Level::Optimized, Equals::Merged).steps;
                prop_assert!(steps <= 12 * graph.len(), "{} steps, {} nodes", steps, graph.len());
            }
        }
    }
}
