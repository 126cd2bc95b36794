//! Whole processes of the `synthc` beside this program: start to first sample, offline speed, memory.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;
use synthc_measure::Spread;

use super::example;

/// Figures of `synthc render examples/beat.py`.
#[derive(Serialize)]
pub(crate) struct Processes {
    /// Milliseconds of a process that renders 64 frames.
    pub(crate) first_sample_ms: Spread,
    /// Times real time, 60 s rendered to a WAV file, as the program says.
    pub(crate) real_time_factor: Spread,
    pub(crate) best_real_time_factor: f64,
    /// Peak of resident memory of that process, in bytes; `None` where the system does not tell.
    pub(crate) resident_bytes: Option<u64>,
    /// Size of the program in bytes.
    pub(crate) binary_bytes: u64,
}

fn program() -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::current_exe()?.with_file_name("synthc");
    if path.exists() {
        return Ok(path);
    }
    Err("there is no synthc beside this program: cargo build --release -p synthc".into())
}

pub(super) fn measure() -> Result<Processes, Box<dyn Error>> {
    let program = program()?;
    let file = std::env::temp_dir().join(format!("synthc-beat-{}.wav", std::process::id()));
    let render = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command
            .arg("render")
            .arg(example("beat"))
            .arg("-o")
            .arg(&file);
        command.args(arguments).stdout(Stdio::null());
        command
    };
    let mut first_sample_ms = Spread::default();
    for _ in 0..25 {
        let start = Instant::now();
        let status = render(&["--frames", "64", "-q"]).status()?;
        first_sample_ms.push(start.elapsed().as_secs_f64() * 1e3);
        if !status.success() {
            return Err("synthc render fails".into());
        }
    }
    let (mut real_time_factor, mut resident) = (Spread::default(), None);
    for _ in 0..9 {
        let mut command = render(&["--seconds", "60", "--json"]);
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        // The mark only rises: what is read last, within a millisecond of the end, is the peak.
        while child.try_wait()?.is_none() {
            resident = resident.max(peak(child.id()));
            std::thread::sleep(Duration::from_millis(1));
        }
        let output = child.wait_with_output()?;
        let summary: serde_json::Value = serde_json::from_slice(&output.stderr)?;
        let factor = summary["real_time_factor"].as_f64();
        real_time_factor.push(factor.ok_or("no figure in the summary")?);
    }
    std::fs::remove_file(file)?;
    Ok(Processes {
        first_sample_ms,
        best_real_time_factor: real_time_factor.max(),
        real_time_factor,
        resident_bytes: resident,
        binary_bytes: std::fs::metadata(program)?.len(),
    })
}

/// Peak of a process that runs.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

impl Processes {
    pub(super) fn markdown(&self) -> String {
        format!(
            "\
| `synthc render examples/beat.py` | |
|---|---|
| process start to end, 64 frames rendered | {:.1} ms (median {:.1}) |
| 60 s to a 24-bit WAV file, × real time | {:.0} (median {:.0}) |
| peak resident memory of that | {} |
| size of the program | {:.1} MB |
",
            self.first_sample_ms.min(),
            self.first_sample_ms.median(),
            self.best_real_time_factor,
            self.real_time_factor.median(),
            self.resident_bytes
                .map_or_else(|| "–".to_owned(), |b| format!("{:.1} MB", b as f64 / 1e6)),
            self.binary_bytes as f64 / 1e6,
        )
    }
}
