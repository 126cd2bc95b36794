//! A session that was edited while it played, played again from its log: the same samples, bit for bit, though the
//! control side was late, events came after their frames and edits overtook each other.

use std::collections::BTreeMap;

use synthc_engine::log::{Entry, ReplayError, Settings, replay};
use synthc_engine::processor::Processor;
use synthc_engine::{Engine, EngineConfig, Session};
use synthc_tests::sound::session;

const RATE: f64 = 44_100.0;

/// Numbers that look random: a linear congruential generator (Knuth, MMIX).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// A patch of voices that are stolen, an effect with a long line, patterns, automations and exact values.
    fn patch(&mut self) -> String {
        let filter = self.pick(&[
            "tone + cutoff * 1e-9",
            "krs.lowpass(tone, cutoff)",
            "krs.highpass(tone, cutoff)",
        ]);
        let detune = self.pick(&["1.0", "1.01", "0.5"]);
        let notes = self.pick(&[
            "keys @ (krp.note('A3', 'C4', 'E4') * 16)",
            "keys @ krp.seq('A3', None, 'C4', 'E4').over(1)",
            "keys @ krp.cat(krp.note('A3', 'E4', gate=3.0), krp.hit() * 8)",
            "",
        ]);
        let moves = self.pick(&[
            "keys @ ('cutoff', krp.sine(300, 4000).over(2))",
            "kr.mod('keys/cutoff', 'sine', 200, 3000, 1)",
            "",
        ]);
        let echo = self.pick(&[
            "e = kr.node('echo', echo, gain=0.5)\nkeys >> (e, 0.4)",
            "e = kr.node('echo', echo, gain=0.3)\nkeys >> (e, 0.7)\nkr.mute('echo')",
            "",
        ]);
        let (count, tempo, gain) = (1 + self.roll(4), 90 + self.roll(90), self.roll(10));
        format!(
            "
def keys():
    freq = krs.control('freq', 220.0, 20.0, 2000.0)
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    cutoff = krs.control('cutoff', 1200.0, 100.0, 8000.0)
    tone = krs.saw(freq * {detune}) + krs.white_noise() * 0.1
    return {filter} * krs.adsr(0.01, 0.1, 0.6, 0.3, gate) * 0.3

def echo(inp):
    return krs.echo(inp, 180.0, 0.6)

keys = kr.node('keys', keys, gain=0.{gain}, count={count})
{echo}
kr.tempo = {tempo}
{notes}
{moves}
"
        )
    }
}

/// What was heard, and everything a replay needs.
struct Live {
    heard: Vec<[f32; 2]>,
    entries: Vec<Entry>,
    sessions: BTreeMap<u64, Session>,
    settings: Settings,
    late: u64,
}

fn play(seed: u64, edits: usize) -> Live {
    let config = EngineConfig {
        record: true,
        ..EngineConfig::new(RATE)
    };
    let settings = Settings::of(&config);
    let (mut engine, mut processor) = Engine::<f32>::new(config).expect("an engine");
    let mut dice = Dice(seed);
    let mut live = Live {
        heard: Vec::new(),
        entries: Vec::new(),
        sessions: BTreeMap::new(),
        settings,
        late: 0,
    };
    let pull = |processor: &mut Processor<f32>, heard: &mut Vec<[f32; 2]>| {
        let [left, right] = processor.next_block();
        heard.extend(left.iter().zip(right).map(|(l, r)| [*l, *r]));
    };
    for _ in 0..edits {
        // Several edits may meet one plan in flight.
        for _ in 0..1 + dice.roll(3) {
            let session = session(&dice.patch());
            let report = engine.update(&session).expect("an update");
            live.sessions.insert(report.number, session);
        }
        for _ in 0..dice.roll(30) {
            engine.tick().expect("ticks");
            live.entries.extend(engine.take_entries());
            // Up to 60 ms without the control side, which commits 20 ms ahead.
            for _ in 0..[1, 2, 7, 40][dice.roll(4)] {
                pull(&mut processor, &mut live.heard);
            }
        }
    }
    engine.tick().expect("ticks");
    live.entries.extend(engine.take_entries());
    live.late = engine.monitor().late_events();
    live
}

fn again(live: &Live, entries: &[Entry]) -> Result<Vec<[f32; 2]>, ReplayError> {
    let mut heard = Vec::new();
    let frames = live.heard.len() as u64;
    replay::<f32>(&live.settings, &live.sessions, entries, frames, |block| {
        heard.extend(block[0].iter().zip(block[1]).map(|(l, r)| [*l, *r]));
        Ok(())
    })?;
    Ok(heard)
}

fn first_difference(a: &[[f32; 2]], b: &[[f32; 2]]) -> Option<usize> {
    assert_eq!(a.len(), b.len());
    let bits = |frame: &[f32; 2]| frame.map(f32::to_bits);
    a.iter().zip(b).position(|(a, b)| bits(a) != bits(b))
}

#[test]
fn a_log_that_went_through_a_file_repeats_what_was_heard_bit_for_bit() {
    let mut late = 0;
    for seed in 0..12 {
        let live = play(seed, 12);
        late += live.late;
        assert!(
            live.heard.iter().any(|frame| frame[0].abs() > 0.01),
            "{seed}: silence"
        );
        let lines: Vec<String> = live
            .entries
            .iter()
            .map(|entry| serde_json::to_string(entry).expect("JSON"))
            .collect();
        let entries: Vec<Entry> = lines
            .iter()
            .map(|line| serde_json::from_str(line).expect("an entry"))
            .collect();
        assert_eq!(entries, live.entries, "{seed}");
        let heard = again(&live, &entries).expect("replays");
        assert_eq!(first_difference(&heard, &live.heard), None, "seed {seed}");
    }
    assert!(late > 100, "only {late} late events: nothing was tried");
}

#[test]
fn a_log_whose_sessions_are_missing_says_which_node_it_misses() {
    let mut live = play(1, 2);
    live.sessions.clear();
    let entries = live.entries.clone();
    let error = again(&live, &entries).expect_err("no session");
    assert!(
        matches!(&error, ReplayError::Session { update: 1.., .. }),
        "{error}"
    );
}

#[test]
fn a_log_without_the_plan_that_was_adopted_is_refused() {
    let live = play(1, 2);
    let adopted: Vec<Entry> = live
        .entries
        .iter()
        .filter(|entry| !matches!(entry, Entry::Plan(_)))
        .cloned()
        .collect();
    let error = again(&live, &adopted).expect_err("no plan");
    assert!(matches!(error, ReplayError::Entry { .. }), "{error}");
}

#[test]
fn a_message_that_arrives_a_block_later_is_heard() {
    let live = play(3, 6);
    let mut entries = live.entries.clone();
    for entry in &mut entries {
        if let Entry::Event { at, event } = entry {
            *at += 64;
            event.frame += 64;
        }
    }
    let heard = again(&live, &entries).expect("replays");
    assert!(
        first_difference(&heard, &live.heard).is_some(),
        "the comparison sees a block"
    );
}
