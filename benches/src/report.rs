//! The table, for people and as JSON.

use serde::Serialize;

use crate::measure::Bench;

/// One line of the table.
#[derive(Serialize)]
pub(crate) struct Row {
    name: String,
    nodes: usize,
    precision: String,
    block: usize,
    compile_ms: Spread,
    ns_per_sample: Costs,
    state_bytes: usize,
    code_bytes: usize,
}

#[derive(Serialize)]
struct Spread {
    min: f64,
    median: f64,
}

#[derive(Serialize)]
struct Costs {
    compiled: f64,
    evaluator: f64,
}

impl Row {
    /// The minima of a bench.
    pub(crate) fn of(bench: &Bench) -> Self {
        Self {
            name: bench.name.clone(),
            nodes: bench.nodes,
            precision: bench.precision.to_string(),
            block: bench.block,
            compile_ms: Spread {
                min: minimum(&bench.compile),
                median: median(&bench.compile),
            },
            ns_per_sample: Costs {
                compiled: minimum(&bench.compiled),
                evaluator: minimum(&bench.evaluator),
            },
            state_bytes: bench.state_bytes,
            code_bytes: bench.code_bytes,
        }
    }

    fn ratio(&self) -> f64 {
        self.ns_per_sample.evaluator / self.ns_per_sample.compiled
    }
}

/// Prints the table in Markdown.
#[allow(
    clippy::print_stdout,
    reason = "printing the table is the purpose of the program"
)]
pub(crate) fn print(rows: &[Row]) {
    println!(
        "| patch | width | block | nodes | compile ms (min / median) | compiled ns | evaluator ns | ratio | code bytes | state bytes |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {:.2} / {:.2} | {:.2} | {:.0} | {:.0}× | {} | {} |",
            row.name,
            row.precision,
            row.block,
            row.nodes,
            row.compile_ms.min,
            row.compile_ms.median,
            row.ns_per_sample.compiled,
            row.ns_per_sample.evaluator,
            row.ratio(),
            row.code_bytes,
            row.state_bytes,
        );
    }
    let logs: f64 = rows.iter().map(|row| row.ratio().ln()).sum();
    println!(
        "\nCompiled against the evaluator, geometric mean: {:.0}×",
        (logs / rows.len() as f64).exp()
    );
}

fn minimum(all: &[f64]) -> f64 {
    all.iter().copied().fold(f64::INFINITY, f64::min)
}

fn median(all: &[f64]) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
