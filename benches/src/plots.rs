//! Scaling plots: cost against voices, nodes and block length, as SVG.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;
use synthc_ir::Precision;
use synthc_measure::{Bench, Effort, Row, Subject};

use crate::corpus;

const EFFORT: Effort = Effort {
    interpreter_bursts: 0,
    ..Effort::FULL
};
const ROUNDS: usize = 5;
const SIZE: (u32, u32) = (760, 440);

/// A line of a plot.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Measures and draws all plots into a folder.
pub(crate) fn draw(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let file = |name: &str| folder.join(name);
    plot(
        &file("voices.svg"),
        "voices of one node",
        "ns per sample, all voices",
        &voices()?,
    )?;
    plot(
        &file("nodes.svg"),
        "nodes of a random graph",
        "ns per sample",
        &nodes(|row| row.ns_per_sample.compiled)?,
    )?;
    plot(
        &file("compile.svg"),
        "nodes of a random graph",
        "ms to compile",
        &nodes(|row| row.compile_ms.min)?,
    )?;
    plot(
        &file("blocks.svg"),
        "frames a call",
        "ns per sample",
        &blocks()?,
    )
}

fn measured(subject: &Subject, blocks: &[usize]) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut bench = Bench::new(subject, Precision::F32, blocks, EFFORT)?;
    for _ in 0..ROUNDS {
        bench.round()?;
    }
    Ok(bench.rows())
}

fn voices() -> Result<Vec<Line>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for name in ["voices64", "pad1000"] {
        let (mut rest, mut moving) = (Vec::new(), Vec::new());
        for subject in corpus::load(&[name.to_owned()])? {
            for voices in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
                let subject = Subject {
                    voices,
                    ..subject.clone()
                };
                for row in measured(&subject, &[64])? {
                    rest.push((voices as f64, row.ns_per_sample.compiled));
                    moving.push((voices as f64, row.ns_per_sample.moving));
                }
            }
        }
        let voice = if name == "pad1000" { "pad" } else { "bass" };
        lines.push(Line {
            name: format!("{voice}, at rest"),
            points: rest,
        });
        lines.push(Line {
            name: format!("{voice}, moving"),
            points: moving,
        });
    }
    Ok(lines)
}

fn nodes(figure: fn(&Row) -> f64) -> Result<Vec<Line>, Box<dyn Error>> {
    let text = std::fs::read_to_string(corpus::folder().join("random_graph.py"))?;
    let mut points = Vec::new();
    for steps in [10, 20, 40, 80, 160, 320, 640, 1280] {
        let text = format!("{text}\n\ndef patch_sized():\n    return grow({steps})\n");
        let subjects = corpus::of_text("random", text)?;
        for subject in subjects.iter().filter(|s| s.name.ends_with("sized")) {
            let rows = measured(subject, &[64])?;
            points.extend(rows.iter().map(|row| (row.nodes as f64, figure(row))));
        }
    }
    Ok(vec![Line {
        name: "random graph".to_owned(),
        points,
    }])
}

fn blocks() -> Result<Vec<Line>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for name in ["bass", "kick", "reverb_fx", "additive64"] {
        for subject in corpus::load(&[name.to_owned()])? {
            if subject.name == name {
                let blocks = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096];
                let rows = measured(&subject, &blocks)?;
                let points = rows
                    .iter()
                    .map(|r| (r.block as f64, r.ns_per_sample.compiled));
                lines.push(Line {
                    name: name.to_owned(),
                    points: points.collect(),
                });
            }
        }
    }
    Ok(lines)
}

/// Draws lines with logarithmic axes.
fn plot(file: &Path, x: &str, y: &str, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let points = || lines.iter().flat_map(|line| &line.points).copied();
    let range = |values: Vec<f64>| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low * 0.8..high * 1.25).log_scale()
    };
    let (xs, ys) = (
        points().map(|p| p.0).collect(),
        points().map(|p| p.1).collect(),
    );
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(range(xs), range(ys))?;
    chart.configure_mesh().x_desc(x).y_desc(y).draw()?;
    for (i, line) in lines.iter().enumerate() {
        let colour = Palette99::pick(i).mix(1.0);
        chart
            .draw_series(LineSeries::new(
                line.points.iter().copied(),
                colour.stroke_width(2),
            ))?
            .label(line.name.as_str())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()?;
    Ok(())
}
