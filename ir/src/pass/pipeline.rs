//! The fixed sequence of passes.

use super::rewrite::{Rule, apply};
use super::{Level, Origin, contract, cse, dce, fold, reassociate, shape, simplify, strength};
use crate::graph::Graph;

/// Local rules run until nothing changes, but at most so often: each round rewrites operands
/// before users, so a second round finds little and a third next to nothing.
const MOST_ROUNDS: usize = 4;

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
    optimize_with_origin(graph, level).graph
}

/// [`optimize`], and for every surviving piece of state its number in the source.
#[must_use]
pub fn optimize_with_origin(graph: &Graph, level: Level) -> Optimized {
    let sound = cfg!(debug_assertions) && graph.verify().is_ok();
    let check = |pass: &str, graph: &Graph| {
        if sound {
            let verdict = graph.verify();
            debug_assert!(verdict.is_ok(), "after {pass}: {verdict:?}\n{graph}");
        }
    };
    let rules: Vec<Rule> = [fold::rule as Rule, cse::rule]
        .iter()
        .chain(strength::rules(level))
        .chain(simplify::rules(level))
        .copied()
        .collect();
    let local = |graph: &Graph| {
        let (mut graph, mut changed) = apply(graph, &rules);
        for _ in 1..MOST_ROUNDS {
            if !changed {
                break;
            }
            (graph, changed) = apply(&graph, &rules);
        }
        check("the local rules", &graph);
        graph
    };
    let (mut graph, mut origin) = dce(&local(graph));
    check("dce", &graph);
    if level == Level::Optimized {
        for (name, pass) in [
            ("reassociate", reassociate as fn(&Graph) -> Graph),
            ("shape", shape),
            ("contract", contract),
        ] {
            let (next, kept) = dce(&pass(&graph));
            check(name, &next);
            (graph, origin) = (next, origin.then(&kept));
        }
        let (next, kept) = dce(&local(&graph));
        check("dce", &next);
        (graph, origin) = (next, origin.then(&kept));
    }
    Optimized { graph, origin }
}
