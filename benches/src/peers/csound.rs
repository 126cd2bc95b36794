//! Csound on P1 to P8, where `csound` is installed: orchestras in its own opcodes, 64-bit floats, control
//! periods of 64 frames, no output.

use std::error::Error;
use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use super::contender::{Contender, Controls};
use super::offline;
use super::tool::{self, output};

const SAW: &str = "kcut poscil 1000, 0.5
asaw vco2 0.3, p4
alow butterlp asaw, 1500 + kcut
kenv madsr 0.01, 0.1, 0.7, 0.2
out alow * kenv";

/// What is installed; `None` without it.
pub(super) fn version() -> Option<String> {
    let output = Command::new("csound").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("version"))?;
    Some(line.trim().trim_start_matches("--").to_owned())
}

/// An orchestra, how many instances play, and what differs.
struct Patch {
    name: &'static str,
    instrument: String,
    instances: usize,
    differs: &'static str,
}

fn patches() -> Vec<Patch> {
    let patch = |name, instrument: &str, instances, differs| Patch {
        name,
        instrument: instrument.to_owned(),
        instances,
        differs,
    };
    let mut sines = "amix = 0\n".to_owned();
    let mut strands = sines.clone();
    for i in 0..64 {
        // Writing to a string cannot fail.
        let _ = writeln!(sines, "a{i} poscil 1, {}\namix += a{i}", 100 + 37 * i);
    }
    for i in 0..50 {
        let (hertz, gain) = (60 + 31 * i, 0.3 + 0.01 * f64::from(i));
        let (corner, level) = (400 + 90 * i, 1.0 - 0.01 * f64::from(i));
        let _ = writeln!(
            strands,
            "a{i} poscil {gain}, {hertz}\na{i} tone a{i}, {corner}\namix += a{i} * {level} + {}",
            0.001 * f64::from(i)
        );
    }
    sines.push_str("out amix / 64");
    strands.push_str("out amix / 50");
    let mut fm = "a0 = 0\n".to_owned();
    let ratios = [
        (7.0, 0.5),
        (5.0, 0.8),
        (3.0, 1.0),
        (2.0, 1.2),
        (1.5, 1.0),
        (1.0, 1.5),
    ];
    for (i, (ratio, depth)) in ratios.into_iter().enumerate() {
        let _ = writeln!(fm, "a{} poscil 1, 110 * ({ratio} + a{i} * {depth})", i + 1);
    }
    fm.push_str("out a6 * 0.5");
    let voice = "band-limited saw from tables, cutoff and envelope once in 64 frames";
    vec![
        patch(
            "p1_sine",
            "a1 poscil 0.5, 440\nout a1",
            1,
            "interpolated table",
        ),
        patch("p2_voice", SAW, 1, voice),
        patch("p3_voices_16", SAW, 16, voice),
        patch("p3_voices_64", SAW, 64, voice),
        patch(
            "p4_freeverb",
            "a1 noise 0.1, 0\naL, aR freeverb a1, a1, 0.8, 0.4\nout aL",
            1,
            "a noise source more; stereo, which is twice the work",
        ),
        patch("p5_sines64", &sines, 1, "interpolated tables"),
        patch("p6_fm6", &fm, 1, "interpolated tables"),
        patch(
            "p7_karplus",
            "a1 pluck 1, 220, 220, 0, 1\nout a1",
            1,
            "one opcode: a table of one period, no interpolated line",
        ),
        patch("p8_nodes300", &strands, 1, "interpolated tables"),
    ]
}

/// Csound's versions of the patches that are asked for.
pub(super) fn contenders(names: &[String]) -> Result<Vec<Contender>, Box<dyn Error>> {
    let mut all = Vec::new();
    for patch in patches()
        .into_iter()
        .filter(|p| names.iter().any(|n| n == p.name))
    {
        let file = tool::folder()?.join(format!("{}.csd", patch.name));
        let name = patch.name;
        let differs = format!("64-bit floats; {}", patch.differs);
        all.push(offline::contender(
            name,
            "Csound",
            Controls::Moving,
            differs,
            move |seconds| {
                std::fs::write(&file, document(&patch, seconds))?;
                let mut command = Command::new("csound");
                command.args(["-n", "-d", "-m0"]).arg(&file);
                let start = Instant::now();
                output(&mut command)?;
                Ok::<Duration, Box<dyn Error>>(start.elapsed())
            },
        ));
    }
    Ok(all)
}

fn document(patch: &Patch, seconds: f64) -> String {
    let mut score = String::new();
    for i in 0..patch.instances {
        let hertz = 55.0 * (f64::from(u32::try_from(i % 48).unwrap_or(0)) / 12.0).exp2();
        // Writing to a string cannot fail.
        let _ = writeln!(score, "i1 0 {seconds} {hertz:.3}");
    }
    format!(
        "<CsoundSynthesizer>\n<CsInstruments>\nsr = 48000\nksmps = 64\nnchnls = 1\n0dbfs = 1\ninstr 1\n{}\nendin\n</CsInstruments>\n<CsScore>\n{score}</CsScore>\n</CsoundSynthesizer>\n",
        patch.instrument
    )
}
