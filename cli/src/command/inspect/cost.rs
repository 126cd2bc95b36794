//! `--emit cost`: a listing of the source with the cost of every place, like a profiler's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use synthc_ir::Precision;
use synthc_measure::{NodeCost, Profile};

use super::loops;

/// Nodes that are listed one by one.
const LISTED: usize = 12;

/// The cost of one place.
#[derive(Default)]
struct Place<'a> {
    ns: f64,
    waiting: f64,
    nodes: Vec<&'a NodeCost>,
}

impl<'a> Place<'a> {
    fn add(&mut self, node: &'a NodeCost) {
        self.ns += node.ns;
        self.waiting += node.waiting;
        self.nodes.push(node);
    }

    /// What is computed there: operations by number, `3 mul, add`.
    fn operations(&self) -> String {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for node in &self.nodes {
            *count.entry(node.op.name()).or_default() += 1;
        }
        let mut count: Vec<(&str, usize)> = count.into_iter().collect();
        count.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
        let shown = count.iter().map(|&(name, count)| match count {
            1 => name.to_owned(),
            count => format!("{count} {name}"),
        });
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// The listing of a profile over the text of its patch.
pub(super) fn show(profile: &Profile, source: &str, sample_rate: f64) -> String {
    let mut text = head(profile, sample_rate);
    let whole = profile.ns_per_sample;
    let percent = |ns: f64| 100.0 * ns / whole;
    // By line, then by column.
    let mut lines: BTreeMap<u32, BTreeMap<u32, Place<'_>>> = BTreeMap::new();
    let mut nowhere = Place::default();
    for node in &profile.nodes {
        match &node.site {
            Some(site) => {
                let line = lines.entry(site.line).or_default();
                line.entry(site.column).or_default().add(node);
            }
            None => nowhere.add(node),
        }
    }
    let _ = writeln!(text, "\n      ns      %   line");
    let written: Vec<&str> = source.lines().collect();
    for (&line, places) in &lines {
        let ns: f64 = places.values().map(|place| place.ns).sum();
        let code = written.get(line as usize - 1).copied().unwrap_or_default();
        let _ = writeln!(text, "{ns:8.3} {:6.1} {line:6} | {code}", percent(ns));
        for (&column, place) in places {
            // Tabs stay tabs, so that the caret stands where the code does.
            let before = code.chars().take(column as usize - 1);
            let indent: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
            let waiting = match place.waiting {
                0.0 => String::new(),
                ns => format!(", {:.1} % waiting for the frame before", percent(ns)),
            };
            let _ = writeln!(
                text,
                "{:8} {:6} {:6} | {indent}^ {:.1} %: {}{waiting}",
                "",
                "",
                "",
                percent(place.ns),
                place.operations()
            );
        }
    }
    if !nowhere.nodes.is_empty() {
        let (ns, what) = (nowhere.ns, nowhere.operations());
        let _ = writeln!(text, "{ns:8.3} {:6.1}      - | {what}", percent(ns));
    }
    nodes(&mut text, profile);
    text
}

/// What was measured.
fn head(profile: &Profile, sample_rate: f64) -> String {
    let width = match profile.graph.precision() {
        Precision::F32 => "f32",
        Precision::F64 => "f64",
    };
    let ns = profile.ns_per_sample;
    format!(
        "{ns:.3} ns a sample in blocks of 64, {width}, controls at rest: {:.3} % of a core at {sample_rate} Hz\n\
         {} nodes a sample in {} loops, {} when a control changes\n\
         the whole is measured; its parts are estimated from the loops and scaled to it\n",
        ns * 1e-7 * sample_rate,
        profile.nodes.len(),
        profile.loops.len(),
        profile.at_rest,
    )
}

/// The most expensive nodes, one by one.
fn nodes(text: &mut String, profile: &Profile) {
    let mut nodes: Vec<&NodeCost> = profile.nodes.iter().collect();
    nodes.sort_by(|a, b| b.ns.total_cmp(&a.ns).then(a.node.cmp(&b.node)));
    let _ = writeln!(text, "\n      ns      %   node");
    for node in nodes.iter().take(LISTED) {
        let operands = node.op.operands().into_iter().map(|id| id.to_string());
        let operands: Vec<String> = operands.collect();
        let site = node.site.as_ref();
        let site = site.map_or_else(|| "-".to_owned(), |site| site.to_string());
        let _ = writeln!(
            text,
            "{:8.3} {:6.1}   {} = {} {}  ; {site}, loop {}, {}",
            node.ns,
            100.0 * node.ns / profile.ns_per_sample,
            node.node,
            node.op.name(),
            operands.join(" "),
            node.in_loop,
            loops::kind(&profile.loops[node.in_loop]),
        );
    }
    if let Some(rest) = nodes.len().checked_sub(LISTED).filter(|&rest| rest > 0) {
        let ns: f64 = nodes[LISTED..].iter().map(|node| node.ns).sum();
        let percent = 100.0 * ns / profile.ns_per_sample;
        let _ = writeln!(text, "{ns:8.3} {percent:6.1}   {rest} more");
    }
}
