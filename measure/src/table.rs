//! Rows as a Markdown table.

use std::fmt::Write;

use crate::row::Row;
use crate::spread::geometric_mean;

const HEAD: &str = "\
| patch | nodes | voices (lanes) | width | block | compile ms: min / median | build + passes + lower + codegen + publish | compiled ns: rest / moving | evaluator ns | block interpreter ns | evaluator / compiled | block / compiled | state B | code B | peak MB |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

/// The table with its geometric means.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    for row in rows {
        let (compile, ns) = (&row.compile_ms, &row.ns_per_sample);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2} / {:.2} | {:.2} + {:.2} + {:.2} + {:.2} + {:.2} | {} / {} | {} | {} | {} | {} | {} | {} | {} |",
            row.name,
            row.nodes,
            match row.voices {
                1 => "1".to_owned(),
                voices => format!("{voices} ({})", row.lanes),
            },
            row.precision,
            row.block,
            compile.min,
            compile.median,
            compile.build,
            compile.passes,
            compile.lower,
            compile.codegen,
            compile.publish,
            figure(ns.compiled),
            figure(ns.moving),
            figure(ns.evaluator),
            figure(ns.block_interpreter),
            ratio(ns.evaluator / ns.compiled),
            ratio(ns.block_interpreter / ns.compiled),
            row.state_bytes,
            row.code_bytes,
            row.peak_resident_bytes
                .map_or_else(|| "–".to_owned(), |b| format!("{:.1}", b as f64 / 1e6)),
        );
    }
    let mean = |pick: fn(&Row) -> f64| geometric_mean(rows.iter().map(pick));
    let _ = writeln!(
        text,
        "\nGeometric means: {} the per-sample evaluator, {} the block interpreter; moving costs {:.2} × resting.",
        ratio(mean(
            |r| r.ns_per_sample.evaluator / r.ns_per_sample.compiled
        )),
        ratio(mean(
            |r| r.ns_per_sample.block_interpreter / r.ns_per_sample.compiled
        )),
        mean(|r| r.ns_per_sample.moving / r.ns_per_sample.compiled),
    );
    text
}

/// Three significant digits, or a dash for what was not measured.
fn figure(x: f64) -> String {
    match x {
        x if !x.is_finite() => "–".to_owned(),
        x if x < 10.0 => format!("{x:.2}"),
        x if x < 100.0 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}

fn ratio(x: f64) -> String {
    match x {
        x if !x.is_finite() => "–".to_owned(),
        x if x < 20.0 => format!("{x:.1}×"),
        x => format!("{x:.0}×"),
    }
}
