//! Random edits, valid and broken, of a session that plays: the liveness bar of the design.
//!
//! On the left sounds a node that nobody edits: not a bit of it may change. On the right sounds everything else. The
//! audio side neither allocates nor frees, no event is late, broken edits change nothing, and all memory comes back.
//!
//! The second difference around every edit stays within twice that of the sounds themselves. Every kind of edit by itself:
//! `engine/tests/continuity`.
//!
//! `SYNTHC_SOAK_EDITS` is the number of edits, 5 000 unless it is set.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use synthc_engine::device::null::NullDevice;
use synthc_engine::pattern::{hit, rest};
use synthc_engine::session::{NodeDefinition, NodeOptions, SessionError};
use synthc_engine::{Engine, EngineConfig, EngineError, Session};
use synthc_ir::library::{ar, delay, resonant, sine_osc};
use synthc_ir::signal::{DelayMax, Line};
use synthc_ir::{Control, ExternUnit, Signal};
use synthc_tests::counted::Counted;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Such that a delay of 500 s is too long for the engine and not for the session, which checks at 48 kHz.
const RATE: f64 = 144_000.0;
/// Frames of a host block: not a multiple of the inner blocks.
const BLOCK: usize = 200;
/// Edits of one run.
const RUN: usize = 250;
/// Frames before and after an edit that count as its surroundings.
const REACH: usize = (0.02 * RATE) as usize;
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A function, by its choices; each means the same in the same definition again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Voice {
    pitch: u8,
    second: bool,
    filters: u8,
    echo: u8,
    wrapped: bool,
    controlled: bool,
    gated: bool,
    counted: bool,
    /// Terms in the other order: means nothing.
    swapped: bool,
}

impl Voice {
    fn signal(self, alive: &Arc<AtomicUsize>) -> Signal {
        let pitch = [180.0, 220.0, 331.0][usize::from(self.pitch % 3)];
        let mut tone = sine_osc(pitch);
        if self.second {
            let other = sine_osc(pitch * 1.5) * 0.4;
            tone = if self.swapped {
                other + tone
            } else {
                tone + other
            };
        }
        for filter in 0..self.filters % 3 {
            let cutoff = 700.0 + 400.0 * f64::from(filter);
            let cutoff = if self.controlled {
                Signal::control(Control::new("cutoff", cutoff, 300.0, 3000.0).named(filter))
            } else {
                Signal::constant(cutoff)
            };
            tone = resonant(tone, cutoff, 0.7);
        }
        if self.gated {
            let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
            tone = tone * ar(0.05, 0.1, gate);
        }
        if self.wrapped {
            tone = (tone * 1.5).tanh() * 0.6;
        }
        if !self.echo.is_multiple_of(3) {
            let time = [0.02, 0.07][usize::from(self.echo % 3 - 1)] * RATE;
            tone = if self.swapped {
                delay(&tone, time) * 0.5 + &tone
            } else {
                &tone + delay(&tone, time) * 0.5
            };
        }
        if self.counted {
            let unit: Arc<dyn ExternUnit> = Arc::new(Counted {
                alive: Arc::clone(alive),
                output: 0.0,
            });
            let outputs = Signal::external(unit, &[]).expect("no inputs");
            tone = tone + &outputs[0];
        }
        tone * 0.2
    }

    fn definition(self, alive: &Arc<AtomicUsize>) -> NodeDefinition {
        NodeDefinition::source([self.signal(alive)]).expect("a graph")
    }
}

/// Controls of one name have one declaration.
trait Named {
    fn named(self, index: u8) -> Self;
}

impl Named for Control {
    fn named(self, index: u8) -> Self {
        Self {
            name: format!("{}{index}", self.name).into(),
            ..self
        }
    }
}

/// What people do. `node` is one of [`NAMES`].
#[derive(Clone, Debug)]
enum Edit {
    Define(usize, Voice, u8),
    Redefine(usize),
    Swap(usize),
    Remove(usize),
    Rename(usize, usize),
    Count(usize, u8),
    Send(usize, u8),
    Unsend(usize),
    Effect(bool),
    Gain(usize, u8),
    Mute(usize, bool),
    Set(usize, u8),
    Play(usize, u8),
    Hush(usize),
    Tempo(u8),
    /// A function that is too long for the engine, among edits that would be fine.
    Broken(usize),
}

fn voices() -> impl Strategy<Value = Voice> {
    let flags = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    (0..3u8, 0..3u8, 0..3u8, flags).prop_map(|(pitch, filters, echo, flags)| Voice {
        pitch,
        filters,
        echo,
        second: flags.0,
        wrapped: flags.1,
        controlled: flags.2,
        gated: flags.3,
        counted: flags.4,
        swapped: false,
    })
}

fn edits() -> impl Strategy<Value = Edit> {
    let node = || 0..NAMES.len();
    prop_oneof![
        4 => (node(), voices(), 1..5u8).prop_map(|(n, v, c)| Edit::Define(n, v, c)),
        2 => node().prop_map(Edit::Redefine),
        2 => node().prop_map(Edit::Swap),
        1 => node().prop_map(Edit::Remove),
        2 => (node(), node()).prop_map(|(n, m)| Edit::Rename(n, m)),
        2 => (node(), 1..6u8).prop_map(|(n, c)| Edit::Count(n, c)),
        2 => (node(), 0..100u8).prop_map(|(n, l)| Edit::Send(n, l)),
        1 => node().prop_map(Edit::Unsend),
        1 => any::<bool>().prop_map(Edit::Effect),
        1 => (node(), 0..100u8).prop_map(|(n, l)| Edit::Gain(n, l)),
        1 => (node(), any::<bool>()).prop_map(|(n, m)| Edit::Mute(n, m)),
        2 => (node(), 0..100u8).prop_map(|(n, l)| Edit::Set(n, l)),
        2 => (node(), 1..5u8).prop_map(|(n, p)| Edit::Play(n, p)),
        1 => node().prop_map(Edit::Hush),
        1 => (60..200u8).prop_map(Edit::Tempo),
        1 => node().prop_map(Edit::Broken),
    ]
}

/// The effect on the right.
fn effect(longer: bool) -> NodeDefinition {
    let time = if longer { 0.09 } else { 0.03 } * RATE;
    let input = Signal::input(0);
    let wet = delay(&input, time) * 0.4 + input * 0.2;
    NodeDefinition::effect(1, [wet.clone() * 0.0, wet]).expect("a graph")
}

/// The node on the left, and the effect.
fn beginning() -> Session {
    let mut session = Session::new();
    let tone = resonant(sine_osc(150.0) + sine_osc(225.0), 900.0, 0.8);
    let echo = &tone + delay(&tone, 0.05 * RATE) * 0.5;
    let steady = NodeDefinition::source([echo]).expect("a graph");
    let options = NodeOptions::default().gain(0.3).pan(-1.0);
    session.node("steady", steady, options).expect("a node");
    let options = NodeOptions::default().gain(0.8);
    session
        .node("fx", effect(false), options)
        .expect("an effect");
    session
}

/// 500 seconds of delay.
fn too_long() -> NodeDefinition {
    let seconds = Signal::constant(500.0);
    let line = Line::new(1, DelayMax::Of(seconds * Signal::sample_rate()));
    let delayed = line.read(&Signal::int(1));
    let out = line.bind(&Signal::constant(1.0), &delayed);
    NodeDefinition::source([out]).expect("a graph at 48 kHz")
}

/// One who edits: a session and what its nodes are made of.
struct Editor {
    session: Session,
    voices: HashMap<&'static str, (Voice, u8)>,
    alive: Arc<AtomicUsize>,
}

impl Editor {
    /// The edited session, and whether the engine must refuse it. What the session refuses changes nothing.
    fn apply(&mut self, edit: &Edit) -> (Session, bool) {
        let mut session = self.session.clone();
        let name = |node: usize| NAMES[node];
        if let Edit::Broken(node) = edit {
            drop(session.set_tempo(77.0));
            let long = session.node(name(*node), too_long(), NodeOptions::default());
            long.expect("a session that only the engine refuses");
            return (session, true);
        }
        let voice = |node: usize| self.voices.get(name(node)).copied();
        let mut change = None;
        let options = |count: u8| NodeOptions::default().pan(1.0).count(i64::from(count));
        let done: Result<_, SessionError> = match *edit {
            Edit::Define(node, voice, count) => {
                change = Some((node, Some((voice, count))));
                session.node(name(node), voice.definition(&self.alive), options(count))
            }
            Edit::Redefine(node) | Edit::Swap(node) | Edit::Count(node, _) => match voice(node) {
                None => Ok(Vec::new()),
                Some((mut voice, mut count)) => {
                    voice.swapped ^= matches!(edit, Edit::Swap(_));
                    if let Edit::Count(_, given) = *edit {
                        count = given;
                    }
                    change = Some((node, Some((voice, count))));
                    session.node(name(node), voice.definition(&self.alive), options(count))
                }
            },
            Edit::Remove(node) => {
                change = Some((node, None));
                session.remove(name(node))
            }
            Edit::Rename(node, to) => match voice(node) {
                Some((voice, count)) if !self.voices.contains_key(name(to)) => {
                    let definition = session
                        .find_node(name(node))
                        .map(|n| n.definition().clone());
                    let definition = definition.expect("a node");
                    drop(session.remove(name(node)));
                    self.voices.remove(name(node));
                    change = Some((to, Some((voice, count))));
                    session.node(name(to), definition, options(count))
                }
                _ => Ok(Vec::new()),
            },
            Edit::Send(node, level) => session.send(name(node), "fx", f64::from(level) / 100.0),
            Edit::Unsend(node) => session.unsend(name(node), "fx"),
            Edit::Effect(longer) => session.node("fx", effect(longer), NodeOptions::default()),
            Edit::Gain(node, level) => session.gain(name(node), f64::from(level) / 100.0),
            Edit::Mute(node, true) => session.mute(name(node)),
            Edit::Mute(node, false) => session.unmute(name(node)),
            Edit::Set(node, level) => {
                let path = format!("{}/cutoff0", name(node));
                session.set(&path, 400.0 + 20.0 * f64::from(level))
            }
            Edit::Play(node, times) => {
                session.play(name(node), &((hit() + rest()) * i64::from(times)))
            }
            Edit::Hush(node) => session.hush(name(node)),
            Edit::Tempo(tempo) => session.set_tempo(f64::from(tempo)),
            Edit::Broken(_) => Ok(Vec::new()),
        };
        if done.is_ok() {
            match change {
                Some((node, Some(made))) => drop(self.voices.insert(name(node), made)),
                Some((node, None)) => drop(self.voices.remove(name(node))),
                None => {}
            }
            self.session = session;
        }
        (self.session.clone(), false)
    }
}

fn engine() -> (Engine<f64>, NullDevice<f64>) {
    let config = EngineConfig {
        limiter: None,
        log: true,
        strict: true,
        ..EngineConfig::new(RATE)
    };
    let (engine, mut processor) = Engine::new(config).expect("an engine");
    processor.warm_up();
    (engine, NullDevice::new(processor, 2, BLOCK))
}

/// One host block into both sides.
fn pull(engine: &mut Engine<f64>, device: &mut NullDevice<f64>, sides: &mut [Vec<f64>; 2]) {
    engine.tick().expect("ticks");
    let block = assert_no_alloc(|| device.pull());
    for frame in block.chunks_exact(2) {
        sides[0].push(frame[0]);
        sides[1].push(frame[1]);
    }
}

fn bend(samples: &[f64]) -> f64 {
    let bends = samples.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs());
    bends.fold(0.0, f64::max)
}

/// The largest second difference of every voice by itself, at full level, with notes.
#[derive(Default)]
struct Bends(HashMap<Voice, f64>);

impl Bends {
    fn of(&mut self, voice: Voice) -> f64 {
        // Neither the order of terms nor what is not heard has a say, nor which notes are played.
        let voice = Voice {
            swapped: false,
            counted: false,
            controlled: false,
            ..voice
        };
        *self.0.entry(voice).or_insert_with(|| {
            let mut session = Session::new();
            let definition = voice.definition(&Arc::default());
            let options = NodeOptions::default().gain(1.0);
            session.node("a", definition, options).expect("a node");
            drop(session.play("a", &((hit() + rest()) * 4)));
            let (mut engine, mut device) = engine();
            engine.update(&session).expect("an update");
            let mut sides = [Vec::new(), Vec::new()];
            for _ in 0..150 {
                pull(&mut engine, &mut device, &mut sides);
            }
            bend(&sides[1][4 * REACH..]) / Session::DEFAULT_MASTER
        })
    }

    /// What a session may bend by: all of its sounds at once, directly and through the effect.
    fn bound(&mut self, voices: &HashMap<&'static str, (Voice, u8)>) -> f64 {
        let all = voices
            .values()
            .map(|&(voice, count)| self.of(voice) * f64::from(count));
        all.sum::<f64>() * 1.6
    }
}

/// Plays a script of edits.
fn soak(edits: &[(Edit, u8)], bends: &mut Bends) {
    let (mut engine, mut device) = engine();
    let mut editor = Editor {
        session: beginning(),
        voices: HashMap::new(),
        alive: Arc::default(),
    };
    let mut sides = [Vec::new(), Vec::new()];
    engine.update(&editor.session).expect("an update");
    // Frame, what may sound before, what may sound after.
    let mut bounds: Vec<(usize, f64)> = vec![(0, 0.0)];
    for (edit, blocks) in edits {
        let (session, broken) = editor.apply(edit);
        // What was given before and has waited may be adopted now; what is refused may not change it.
        engine.tick().expect("a tick");
        let before = engine.session().clone();
        match engine.update(&session) {
            Ok(_) => assert!(!broken, "{edit:?} was not refused"),
            Err(error) => {
                assert!(broken, "{edit:?}: {error}");
                assert!(matches!(error, EngineError::Build { .. }), "{error}");
                assert_eq!(*engine.session(), before);
            }
        }
        bounds.push((sides[0].len(), bends.bound(&editor.voices)));
        for _ in 0..*blocks {
            pull(&mut engine, &mut device, &mut sides);
        }
        // What plays, what fades, what is in flight: four nodes of at most five voices each.
        let alive = editor.alive.load(Ordering::SeqCst);
        assert!(alive <= 4 * 20, "{alive} states pile up");
    }
    for _ in 0..100 {
        pull(&mut engine, &mut device, &mut sides);
    }
    assert!(engine.is_settled());
    assert_eq!(*engine.session(), editor.session);
    assert_eq!(engine.monitor().late_events(), 0);

    let holds = |voices: &HashMap<_, (Voice, u8)>| {
        let counted = voices.values().filter(|(voice, _)| voice.counted);
        counted.map(|(_, count)| usize::from(*count)).sum::<usize>()
    };
    assert_eq!(editor.alive.load(Ordering::SeqCst), holds(&editor.voices));

    let steady = undisturbed(sides[0].len());
    let scratch = sides[0].iter().zip(&steady).position(|(a, b)| a != b);
    assert_eq!(scratch, None, "the untouched node was touched");
    let clicks = clicks(&sides[1], &bounds);
    for &(index, frame, times) in &clicks {
        eprintln!("{times:.1} times the bound at frame {frame}, after these edits:");
        for edit in index.saturating_sub(6)..index {
            eprintln!("  {:?} at frame {}", edits[edit], bounds[edit + 1].0);
        }
    }
    assert_eq!(clicks.len(), 0, "edits that are heard as clicks");
    drop((engine, device));
    assert_eq!(editor.alive.load(Ordering::SeqCst), 0);
}

/// Edits whose surroundings bend by more than twice what may sound there: the edit's number, the frame, and how many times
/// the bound it is. What an edit ended may sound on in echoes for a while, and what a later edit begins may sound already.
fn clicks(samples: &[f64], bounds: &[(usize, f64)]) -> Vec<(usize, usize, f64)> {
    const MEMORY: usize = (0.3 * RATE) as usize;
    let mut clicks = Vec::new();
    for (index, &(at, _)) in bounds.iter().enumerate() {
        let near = bounds
            .iter()
            .filter(|(other, _)| other + MEMORY >= at && *other <= at + REACH);
        // An edit takes effect a little later, the last one before it may still be the one that sounds.
        let previous = bounds[index.saturating_sub(1)].1;
        let most = near.map(|(_, bound)| *bound).fold(previous, f64::max);
        let range = at.saturating_sub(REACH)..(at + REACH).min(samples.len());
        for frame in range.start + 1..range.end.saturating_sub(1) {
            let bend = bend(&samples[frame - 1..=frame + 1]);
            if bend > 2.0 * most + 1e-12 {
                clicks.push((index, frame, bend / (2.0 * most + 1e-12)));
                break;
            }
        }
    }
    clicks
}

/// The left side when nobody edits.
fn undisturbed(frames: usize) -> Vec<f64> {
    let (mut engine, mut device) = engine();
    engine.update(&beginning()).expect("an update");
    let mut sides = [Vec::new(), Vec::new()];
    while sides[0].len() < frames {
        pull(&mut engine, &mut device, &mut sides);
    }
    let [mut left, _] = sides;
    left.truncate(frames);
    left
}

#[test]
fn random_edits_of_a_session_that_plays_are_live() {
    let edits_asked = std::env::var("SYNTHC_SOAK_EDITS").ok();
    let total = edits_asked.map_or(5_000, |n| n.parse().expect("SYNTHC_SOAK_EDITS is a number"));
    let mut bends = Bends::default();
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, deterministic());
    let script = proptest::collection::vec((edits(), 0..24u8), RUN);
    for _ in 0..usize::div_ceil(total, RUN) {
        // A run at a time, so that every run is another part of one stream of numbers.
        let tree = script.new_tree(&mut runner).expect("a script");
        let script = proptest::strategy::ValueTree::current(&tree);
        soak(&script, &mut bends);
    }
}

fn deterministic() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}
