//! `--emit loops`: the loops that a graph was cut into.

use std::fmt::Write as _;
use std::sync::Arc;

use synthc_ir::{Graph, NodeId, Site};
use synthc_jit::{LoopInfo, LoopKind, Program, Sample};

/// What is decided before the loops, then these in order, each with its nodes by the place where they were written.
pub(super) fn show<T: Sample>(graph: &Graph, program: &Program<T>) -> String {
    let mut text = String::new();
    for one in program.entries() {
        let sets: Vec<String> = one.sets.iter().map(ToString::to_string).collect();
        let (condition, sets) = (one.condition, sets.join(" "));
        let _ = writeln!(text, "before the loops: {condition} sets {sets}");
        let _ = writeln!(
            text,
            "  because  it can happen in the first frame of a block only: the edge of a control"
        );
        show_nodes(&mut text, graph, &one.nodes, &one.sites);
    }
    for (index, one) in program.loops().iter().enumerate() {
        let nodes = one.nodes.len();
        let _ = writeln!(
            text,
            "loop {index}: {}, {nodes} {}",
            kind(one),
            if nodes == 1 { "node" } else { "nodes" }
        );
        let _ = writeln!(text, "  because  {}", one.why);
        let names = |all: &[NodeId]| {
            let names: Vec<String> = all.iter().map(NodeId::to_string).collect();
            names.join(" ")
        };
        let carried: Vec<String> = one.carried.iter().map(ToString::to_string).collect();
        for (what, all) in [
            ("carries", carried.join(" ")),
            ("reads", names(&one.reads)),
            ("writes", names(&one.writes)),
        ] {
            if !all.is_empty() {
                let _ = writeln!(text, "  {what:<8} {all}");
            }
        }
        show_nodes(&mut text, graph, &one.nodes, &one.sites);
    }
    text
}

/// Nodes by the places where they were written.
fn show_nodes(text: &mut String, graph: &Graph, nodes: &[NodeId], sites: &[Option<Arc<Site>>]) {
    let mut places: Vec<(&Option<Arc<Site>>, Vec<String>)> = Vec::new();
    for (&node, site) in nodes.iter().zip(sites) {
        let shown = format!("{node} {}", graph.op(node).name());
        match places.last_mut() {
            Some((last, all)) if *last == site => all.push(shown),
            _ => places.push((site, vec![shown])),
        }
    }
    for (site, all) in places {
        let site = site
            .as_ref()
            .map_or_else(|| "-".to_owned(), ToString::to_string);
        let _ = writeln!(text, "  {site:<8} {}", all.join(", "));
    }
}

/// How a loop goes through a block, in words.
pub(super) fn kind(one: &LoopInfo) -> String {
    match one.kind {
        LoopKind::Frames => "one frame at a time".to_owned(),
        LoopKind::Time => format!("{} frames at a time", one.lanes),
        LoopKind::Bank => format!("one frame at a time in {} lanes", one.lanes),
    }
}
