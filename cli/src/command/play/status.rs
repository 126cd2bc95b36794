//! Levels and load while it plays: one line that is drawn again on a terminal, a line a second elsewhere if asked for.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use synthc_engine::Engine;
use synthc_engine::device::input::InputStatus;

/// How often the line is drawn on a terminal, and printed elsewhere.
const DRAWN: Duration = Duration::from_millis(100);
const PRINTED: Duration = Duration::from_secs(1);
/// Most nodes in the line.
const NODES: usize = 6;

/// The line.
#[derive(Debug)]
pub(super) struct Status {
    terminal: bool,
    shown: bool,
    wanted: bool,
    last: Instant,
    /// Nanoseconds of work and of sound at the last look.
    work: (u64, u64),
}

impl Status {
    /// `printed`: where standard error is no terminal too.
    pub(super) fn new(printed: bool) -> Self {
        let terminal = stderr().is_terminal();
        Self {
            terminal,
            shown: false,
            wanted: terminal || printed,
            last: Instant::now(),
            work: (0, 0),
        }
    }

    /// Draws the line when it is time; `input` is that of `--input`.
    pub(super) fn show(&mut self, engine: &Engine<f32>, input: Option<&InputStatus>) {
        let period = if self.terminal { DRAWN } else { PRINTED };
        if !self.wanted || self.last.elapsed() < period {
            return;
        }
        self.last = Instant::now();
        let line = self.line(engine, input);
        if self.terminal {
            eprint!("\r\x1b[2K{line}");
            // A terminal that is gone takes the player with it.
            let _ = stderr().flush();
            self.shown = true;
        } else {
            eprintln!("{line}");
        }
    }

    /// Makes room for other text.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            eprint!("\r\x1b[2K");
        }
    }

    fn line(&mut self, engine: &Engine<f32>, input: Option<&InputStatus>) -> String {
        let monitor = engine.monitor();
        let work = monitor.work();
        let (busy, asked) = (work.0 - self.work.0, work.1 - self.work.1);
        self.work = work;
        let load = 100.0 * busy as f64 / (asked as f64).max(1.0);
        let [left, right] = monitor.take_peaks();
        let mut line = format!(
            "load {load:.1} %, peak {} {} dB",
            decibels(left),
            decibels(right)
        );
        let nodes = engine.plan_in_use().map_or(&[][..], |plan| plan.nodes());
        for node in nodes.iter().take(NODES) {
            let [left, right] = node.meter().take();
            line.push_str(&format!(", {} {}", node.name(), decibels(left.max(right))));
        }
        if nodes.len() > NODES {
            line.push_str(&format!(" and {} more", nodes.len() - NODES));
        }
        let xruns = monitor.xruns();
        if xruns > 0 {
            line.push_str(&format!(", {xruns} xruns"));
        }
        if let Some(input) = input.filter(|input| input.underruns() + input.lost_frames() > 0) {
            line.push_str(&format!(", {}", describe_input(input)));
        }
        line
    }
}

/// How an input went, in words: how often it had nothing, and what of it nobody took.
pub(super) fn describe_input(input: &InputStatus) -> String {
    let (underruns, lost) = (input.underruns(), input.lost_frames());
    format!("input: {underruns} underruns, {lost} frames lost")
}

fn decibels(peak: f32) -> String {
    if peak > 1e-5 {
        format!("{:.1}", 20.0 * peak.log10())
    } else {
        "-inf".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use synthc_engine::device::input::input;
    use synthc_engine::{EngineConfig, Session};

    use super::*;

    /// An engine that has played nothing, and a line that is shown.
    fn line(input: Option<&InputStatus>) -> String {
        let (mut engine, _processor) = Engine::new(EngineConfig::new(48_000.0)).unwrap();
        engine.update(&Session::new()).unwrap();
        Status::new(true).line(&engine, input)
    }

    #[test]
    fn what_an_input_loses_is_in_the_line() {
        let (mut sender, node) = input(2, 1_000.0);
        assert!(!line(None).contains("input"));
        assert!(!line(Some(node.status())).contains("input"));
        // The ring holds half a second.
        sender.send(std::iter::repeat_n([0.5; 2], 512));
        let line = line(Some(node.status()));
        assert!(
            line.ends_with(", input: 0 underruns, 12 frames lost"),
            "{line}"
        );
    }
}
