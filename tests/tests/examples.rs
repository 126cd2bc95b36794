//! What users meet first works: every example, and everything that docs/patches.md shows and names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use synthc_engine::render::{
    FunctionOptions, Input, Length, RenderOptions, RenderSummary, render_function,
};
use synthc_lang::{Limits, Patch, SourceFile};
use synthc_tests::measure::{decibels, rms};
use synthc_tests::sound::{patch, stereo};

const RATE: f64 = 48_000.0;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Name and text of every example.
fn examples() -> Vec<(String, String)> {
    let mut examples: Vec<(String, String)> = std::fs::read_dir(root().join("examples"))
        .expect("the examples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .map(|path| {
            let name = path
                .file_name()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    examples.sort();
    assert!(examples.len() >= 6, "examples were lost");
    examples
}

/// A patch that loads without a remark.
fn clean(name: &str, text: &str) -> Patch {
    let patch = patch(name, text);
    let warnings: Vec<String> = patch.warnings().iter().map(ToString::to_string).collect();
    assert!(warnings.is_empty(), "{name}: {}", warnings.join("\n"));
    patch
}

/// Finite, audible, and below full scale between the samples too.
fn assert_presentable(name: &str, summary: &RenderSummary) {
    assert!(summary.notices.is_empty(), "{name}: {:?}", summary.notices);
    for channel in &summary.channels {
        let (rms, peak) = (decibels(channel.rms), decibels(channel.true_peak));
        assert!(rms > -40.0, "{name}: {rms:.1} dBFS are hardly heard");
        assert!(peak <= 0.0, "{name}: the true peak is {peak:.2} dBTP");
    }
}

#[test]
fn every_example_renders_audibly_and_unclipped() {
    let mut sessions = 0;
    for (name, text) in examples() {
        let patch = clean(&name, &text);
        if patch.session().nodes().next().is_none() {
            continue;
        }
        sessions += 1;
        let (sides, summary) = stereo::<f32>(patch.session(), &RenderOptions::default());
        assert!(
            sides.iter().flatten().all(|x| x.is_finite()),
            "{name} is not finite"
        );
        assert_presentable(&name, &summary);
    }
    assert!(sessions >= 5, "only {sessions} examples make a session");
}

#[test]
fn the_effect_for_recordings_processes_a_wav() {
    let (_, text) = examples()
        .into_iter()
        .find(|(name, _)| name == "tape.py")
        .expect("the example");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("recording.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).expect("a file");
    for n in 0..12_000 {
        let x = 0.5 * (n as f64 * 0.03).sin() * (-n as f64 / 4_000.0).exp();
        writer.write_sample((x * 8_388_607.0) as i32).expect("room");
    }
    writer.finalize().expect("room");
    let mut reader = hound::WavReader::open(&path).expect("a WAV");
    let samples: Arc<[f64]> = reader
        .samples::<i32>()
        .map(|x| f64::from(x.expect("a sample")) / 8_388_608.0)
        .collect();

    let function = clean("tape.py", &text)
        .definition("tape")
        .expect("a function");
    assert_eq!(function.inputs, ["inp"]);
    let mut wet = Vec::new();
    let options = FunctionOptions {
        length: Length::Seconds(3.0),
        ..FunctionOptions::default()
    };
    let sink = |block: &[&[f64]]| {
        wet.extend_from_slice(block[0]);
        Ok(())
    };
    let inputs = [Input::Samples(samples)];
    let summary =
        render_function(&function.outputs, &inputs, &options, sink, |_| {}).expect("renders");
    assert_presentable("tape.py:tape", &summary);
    // The echoes come 0.42 s apart, each weaker than the one before.
    let echo = |k: usize| decibels(rms(&wet[20_160 * k..20_160 * k + 14_000]));
    let levels: Vec<f64> = (0..5).map(echo).collect();
    for pair in levels.windows(2) {
        let fall = pair[0] - pair[1];
        assert!((1.0..30.0).contains(&fall), "echoes of {levels:.1?} dBFS");
    }
}

/// The text between the fences of every Python block of a page.
fn code_blocks(page: &str) -> Vec<&str> {
    page.split("```python\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect()
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/patches.md")).expect("the page")
}

#[test]
fn the_code_in_the_documentation_runs_and_is_heard() {
    let page = page();
    let blocks = code_blocks(&page);
    assert!(!blocks.is_empty());
    for block in blocks {
        let patch = clean("docs/patches.md", block);
        let (_, summary) = stereo::<f32>(patch.session(), &RenderOptions::default());
        assert_presentable("docs/patches.md", &summary);
    }
}

/// The code spans in the first cells of the tables under a heading.
fn first_cells<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let start = page.find(heading).expect("the heading");
    let section = &page[start + heading.len()..];
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| {
            // A bar inside a code span is written `\|`.
            let end = line[1..].find(" | ").map_or(line.len(), |end| end + 1);
            line[..end].split('`').skip(1).step_by(2)
        })
        .collect()
}

/// The identifiers of a span outside of parentheses, quotes and brackets, each with the character before it.
fn identifiers(span: &str) -> Vec<(char, &str)> {
    let mut found = Vec::new();
    let (mut depth, mut quoted, mut before, mut start) = (0, false, ' ', None);
    for (i, c) in span.char_indices().chain([(span.len(), ' ')]) {
        let inside = depth > 0 || quoted;
        if !inside && (c.is_ascii_alphanumeric() || c == '_') {
            start.get_or_insert(i);
            continue;
        }
        if let Some(start) = start.take() {
            found.push((before, &span[start..i]));
        }
        match c {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            _ => {}
        }
        before = c;
    }
    found.retain(|(_, name)| !name.starts_with(|c: char| c.is_ascii_digit()));
    found
}

/// Fails when evaluating `expression` does.
fn assert_exists(expression: &str) {
    let text = format!("n = kr.node('n', lambda: krs.sine_osc(1.0))\n{expression}\n");
    let source = SourceFile::new("name.py", text);
    if let Err(error) = Patch::load(source, Limits::default()) {
        panic!("docs/patches.md names `{expression}`:\n{error}");
    }
}

#[test]
fn every_name_in_the_documentation_exists() {
    let page = page();
    let mut count = 0;
    for span in first_cells(&page, "## Signals (`krs`)") {
        for (_, name) in identifiers(span) {
            assert_exists(&format!("krs.{name}"));
            count += 1;
        }
    }
    assert!(count > 75, "only {count} names of signals were found");

    count = 0;
    for span in first_cells(&page, "## Patterns (`krp`)") {
        let spelled: Vec<_> = identifiers(span);
        // `a + b` speaks of operands, `(lo, hi, steps=64)` of arguments.
        for (before, name) in spelled
            .into_iter()
            .filter(|(_, name)| name.len() > 1 || *name == "p")
        {
            assert_exists(&match before {
                '.' => format!("krp.hit().{name}"),
                _ => format!("krp.{name}"),
            });
            count += 1;
        }
    }
    assert!(count > 25, "only {count} names of patterns were found");

    count = 0;
    for span in first_cells(&page, "## The session (`kr`)") {
        for name in span.split("kr.").skip(1) {
            let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let name = &name[..end.unwrap_or(name.len())];
            assert_exists(&format!("kr.{name}"));
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} names of the session were found");
}
