//! What an audio callback costs: usually, while plans are swapped, while events storm.
//!
//! Everything is deterministic, so each scenario runs several times and every callback counts with
//! its least time: what remains is the callback's own cost, not what else the machine did.
//!
//! *Back to back*, on the thread of the control side: the usual callback has everything in its caches, and one after an edit
//! has next to nothing there, whatever the edit was. *At a device's pace*, on a thread of its own that sleeps until the device
//! wants more: as it is when it plays.

use std::error::Error;
use std::fmt::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::Serialize;
use synthc_engine::device::null::NullDevice;
use synthc_engine::session::Session;
use synthc_engine::{Engine, EngineConfig};
use synthc_measure::Spread;

use super::{EXAMPLES, RATE, edited, example, number, session};

const FRAMES: usize = 128;
/// Callbacks before the first that counts.
const WARM_UP: usize = 50;
/// Callbacks from one disturbance to the next.
const PERIOD: usize = 125;
const STORM: usize = 1000;

/// The cost of a callback of one example in one scenario.
#[derive(Serialize)]
pub(crate) struct Callbacks {
    pub(crate) example: String,
    pub(crate) pace: &'static str,
    pub(crate) scenario: Scenario,
    pub(crate) p50_us: f64,
    pub(crate) p9999_us: f64,
}

/// What happens every third of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scenario {
    /// Nothing.
    Usual,
    /// A changed patch is evaluated, and not published: what an edit does to caches alone.
    Evaluations,
    /// A changed patch is published.
    Swaps,
    /// [`STORM`] events within 20 ms.
    Storms,
}

impl Scenario {
    fn label(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Evaluations => "a patch evaluated and not published, every third of a second",
            Self::Swaps => "a swap every third of a second",
            Self::Storms => "1000 events in 20 ms, every third of a second",
        }
    }
}

/// When callbacks come.
#[derive(Clone, Copy)]
struct Pace {
    name: &'static str,
    /// How long the audio thread sleeps before each; `None` for no thread of its own.
    sleep: Option<Duration>,
    callbacks: usize,
    runs: usize,
}

pub(crate) const DEVICE: &str = "a device's";
pub(crate) const BACK_TO_BACK: &str = "back to back";

const PACES: [Pace; 2] = [
    Pace {
        name: DEVICE,
        // 128 frames of 48 kHz.
        sleep: Some(Duration::from_micros(2667)),
        callbacks: 1000,
        runs: 5,
    },
    Pace {
        name: BACK_TO_BACK,
        sleep: None,
        callbacks: 2500,
        runs: 7,
    },
];

pub(super) fn measure() -> Result<Vec<Callbacks>, Box<dyn Error>> {
    let mut all = Vec::new();
    for pace in PACES {
        for (name, before, _) in &EXAMPLES[..2] {
            for scenario in [
                Scenario::Usual,
                Scenario::Evaluations,
                Scenario::Swaps,
                Scenario::Storms,
            ] {
                let mut least = vec![f64::INFINITY; pace.callbacks];
                for _ in 0..pace.runs {
                    run(name, before, scenario, pace, &mut least)?;
                }
                let mut spread = Spread::default();
                least.iter().for_each(|us| spread.push(*us));
                all.push(Callbacks {
                    example: (*name).to_owned(),
                    pace: pace.name,
                    scenario,
                    p50_us: spread.median(),
                    p9999_us: spread.quantile(0.9999),
                });
            }
        }
    }
    Ok(all)
}

fn run(
    name: &str,
    before: &str,
    scenario: Scenario,
    pace: Pace,
    least: &mut [f64],
) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(example(name))?;
    let first = session(&text)?;
    let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(RATE))?;
    let device = NullDevice::new(processor, 2, FRAMES);
    let mut audio = match pace.sleep {
        None => Audio::Here(Box::new(device)),
        Some(sleep) => Audio::on_a_thread(device, sleep),
    };
    engine.update(&first)?;
    for i in 0..WARM_UP + pace.callbacks {
        if i >= WARM_UP && i % PERIOD == 0 {
            let changed = || session(&edited(&text, before, &number(i))?);
            match scenario {
                Scenario::Usual => {}
                Scenario::Evaluations => drop(changed()?),
                Scenario::Swaps => drop(engine.update(&changed()?)?),
                Scenario::Storms => storm(&mut engine, &first)?,
            }
        }
        engine.tick()?;
        let us = audio.callback()?;
        if let Some(cost) = i.checked_sub(WARM_UP).and_then(|i| least.get_mut(i)) {
            *cost = cost.min(us);
        }
    }
    Ok(())
}

fn storm(engine: &mut Engine<f32>, session: &Session) -> Result<(), Box<dyn Error>> {
    let nodes: Vec<String> = session.nodes().map(|(name, _)| name.to_string()).collect();
    let now = engine.earliest_frame();
    for event in 0..STORM {
        let node = &nodes[event % nodes.len()];
        let frame = now + (event as f64 * 0.02 * RATE / STORM as f64) as u64;
        let value = 0.2 + 0.3 * (event % 7) as f64 / 7.0;
        engine.schedule(frame, &format!("{node}/gain"), value)?;
    }
    Ok(())
}

/// What calls back.
enum Audio {
    Here(Box<NullDevice<f32>>),
    Thread {
        go: Option<Sender<()>>,
        took: Receiver<f64>,
        thread: Option<JoinHandle<()>>,
    },
}

impl Audio {
    /// A thread that sleeps before every callback.
    fn on_a_thread(mut device: NullDevice<f32>, sleep: Duration) -> Self {
        let (go, asked) = channel();
        let (tell, took) = channel();
        let thread = thread::spawn(move || {
            while asked.recv().is_ok() {
                thread::sleep(sleep);
                if tell.send(timed(&mut device)).is_err() {
                    break;
                }
            }
        });
        Self::Thread {
            go: Some(go),
            took,
            thread: Some(thread),
        }
    }

    /// One callback: its microseconds.
    fn callback(&mut self) -> Result<f64, Box<dyn Error>> {
        match self {
            Self::Here(device) => Ok(timed(device)),
            Self::Thread { go, took, .. } => {
                if let Some(go) = go {
                    go.send(())?;
                }
                Ok(took.recv()?)
            }
        }
    }
}

impl Drop for Audio {
    fn drop(&mut self) {
        if let Self::Thread { go, thread, .. } = self {
            drop(go.take());
            if let Some(thread) = thread.take() {
                // A thread that panicked has been told of by its channel.
                let _ = thread.join();
            }
        }
    }
}

fn timed(device: &mut NullDevice<f32>) -> f64 {
    let start = Instant::now();
    device.pull();
    start.elapsed().as_secs_f64() * 1e6
}

/// The worst callback of a scenario in usual ones, over all examples at a pace.
pub(crate) fn worst(all: &[Callbacks], pace: &str, scenario: Scenario) -> f64 {
    let at_pace = || all.iter().filter(|one| one.pace == pace);
    let ratios = at_pace().filter(|one| one.scenario == scenario).map(|one| {
        let usual = at_pace()
            .find(|other| other.example == one.example && other.scenario == Scenario::Usual);
        usual.map_or(f64::NAN, |usual| one.p9999_us / usual.p9999_us)
    });
    ratios.fold(f64::NAN, f64::max)
}

pub(super) fn markdown(all: &[Callbacks]) -> String {
    let mut text = format!(
        "\
| callback of {FRAMES} frames | pace | scenario | p50 µs | p99.99 µs |
|---|---|---|---|---|
"
    );
    for one in all {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} | {:.1} |",
            one.example,
            one.pace,
            one.scenario.label(),
            one.p50_us,
            one.p9999_us
        );
    }
    text
}
