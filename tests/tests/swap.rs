//! A storm of edits while a device pulls: the audio side neither allocates nor frees, what a growing session already
//! plays sounds on without a scratch, and what is replaced comes back to the control side.
//!
//! Nodes that are edited sound on the right only; the left is the node that nobody touches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use synthc_engine::device::null::NullDevice;
use synthc_engine::pattern::{hit, rest};
use synthc_engine::session::{NodeDefinition, NodeOptions, VoiceMode};
use synthc_engine::{Engine, EngineConfig, EngineError, Session};
use synthc_ir::signal::{DelayMax, Line};
use synthc_ir::{ExternUnit, Signal};
use synthc_tests::counted::Counted;
use synthc_tests::sound::session;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: f64 = 48_000.0;
const EDITS: usize = 300;
/// Frames of a host block: not a multiple of the inner blocks.
const BLOCK: usize = 100;

/// The node that is never edited, and the effect that others are sent to.
const STEADY: &str = "
def steady():
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    cutoff = krs.control('cutoff', 900.0, 100.0, 5000.0)
    tone = krs.saw(110.0) + krs.white_noise() * 0.2
    heard = krs.echo(krs.lowpass(tone, cutoff) * krs.adsr(0.01, 0.05, 0.5, 0.1, gate), 90.0, 0.5)
    return heard, 0.0 * heard

s = kr.node('steady', steady, gain=0.8)
s @ (krp.hit() * 8)
s @ ('cutoff', krp.sine(300, 2000))
";
const EFFECT: &str = "
def fx(inp):
    return 0.0 * inp, krs.reverb(inp, 0.6) * 0.2

kr.node('fx', fx, gain=0.5)
";

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
}

/// Somebody who edits at random.
struct Editor {
    dice: Dice,
    alive: Arc<AtomicUsize>,
    /// Every kind of node, compiled from text once.
    kinds: Vec<NodeDefinition>,
}

impl Editor {
    fn new(seed: u64) -> Self {
        let texts = [
            "krs.saw(freq) * krs.adsr(0.01, 0.1, 0.5, 0.2, gate)",
            "krs.lowpass(krs.white_noise(), freq * 4.0) * krs.ar(0.001, 0.2, gate)",
            "krs.feedback(lambda fb: gate * 0.1 + krs.delay(fb, 200.0, max=400) * 0.7)",
            "krs.sine_osc(freq) * 0.3",
        ];
        let kind = |text: &str| {
            let session = session(&format!(
                "
def node():
    freq = krs.control('freq', 220.0, 20.0, 2000.0)
    gate = krs.control('gate', 0.0, 0.0, 1.0)
    return {text}
kr.node('node', node)
"
            ));
            let (_, node) = session.nodes().next().expect("a node");
            node.definition().clone()
        };
        Self {
            dice: Dice(seed),
            alive: Arc::default(),
            kinds: texts.map(kind).into(),
        }
    }

    fn definition(&mut self) -> NodeDefinition {
        let kind = self.dice.roll(self.kinds.len() + 1);
        if let Some(kind) = self.kinds.get(kind) {
            return kind.clone();
        }
        let unit: Arc<dyn ExternUnit> = Arc::new(Counted {
            alive: Arc::clone(&self.alive),
            output: 0.25,
        });
        let level = self.dice.roll(4) as f64;
        let outputs = Signal::external(unit, &[]).expect("no inputs");
        NodeDefinition::source(outputs.iter().map(|output| output * level)).expect("a graph")
    }

    /// One edit; those that the session refuses (there is no such node) change nothing.
    fn edit(&mut self, session: &mut Session) {
        let names = ["a", "b", "c", "d", "e"];
        let name = names[self.dice.roll(names.len())];
        match self.dice.roll(10) {
            0..=3 => {
                let (definition, options) = (self.definition(), self.options());
                session.node(name, definition, options).expect("a node");
            }
            // Refusals are part of the game.
            4 => drop(session.remove(name)),
            5 => drop(session.unsend(name, "fx")),
            _ => self.edit_gently(session, name),
        }
    }

    /// An edit that takes nothing away and changes no function.
    fn grow(&mut self, session: &mut Session) {
        let name = format!("n{}", self.dice.roll(60));
        if session.find_node(&name).is_none() {
            let (definition, options) = (self.definition(), self.options());
            session.node(&name, definition, options).expect("a node");
        }
        self.edit_gently(session, &name);
    }

    fn options(&mut self) -> NodeOptions {
        let mode = [VoiceMode::Retrigger, VoiceMode::Legato][self.dice.roll(2)];
        let count = 1 + self.dice.roll(4) as i64;
        NodeOptions::default().pan(1.0).count(count).mode(mode)
    }

    /// Levels, values, patterns and new sends.
    fn edit_gently(&mut self, session: &mut Session, name: &str) {
        let level = self.dice.roll(100) as f64 / 100.0;
        let _refused = match self.dice.roll(6) {
            0 => session.gain(name, level),
            1 if session.is_muted(name) => session.unmute(name),
            1 => session.mute(name),
            2 => session.send(name, "fx", level),
            3 => session.play(name, &((hit() + rest()) * (1 + self.dice.roll(4) as i64))),
            4 => session.hush(name),
            _ => session.set(&format!("{name}/freq"), 2000.0 * level),
        };
    }
}

fn start() -> (Engine<f64>, NullDevice<f64>) {
    let config = EngineConfig {
        limiter: None,
        log: true,
        // Else the events of one node may change the rounding of another.
        strict: true,
        ..EngineConfig::new(RATE)
    };
    let (engine, mut processor) = Engine::new(config).expect("an engine");
    processor.warm_up();
    (engine, NullDevice::new(processor, 2, BLOCK))
}

/// One host block; the left side is kept.
fn pull(engine: &mut Engine<f64>, device: &mut NullDevice<f64>, left: &mut Vec<f64>) {
    engine.tick().expect("ticks");
    let block = assert_no_alloc(|| device.pull());
    left.extend(block.iter().step_by(2));
}

/// What the untouched node sounds like alone.
fn reference(frames: usize) -> Vec<f64> {
    let (mut engine, mut device) = start();
    engine.update(&session(STEADY)).expect("an update");
    let mut left = Vec::new();
    while left.len() < frames {
        pull(&mut engine, &mut device, &mut left);
    }
    left.truncate(frames);
    left
}

#[test]
fn what_plays_sounds_on_through_three_hundred_edits_of_a_growing_session() {
    let (mut engine, mut device) = start();
    let mut editor = Editor::new(1);
    let mut session = session(&format!("{STEADY}{EFFECT}"));
    engine.update(&session).expect("an update");
    let mut left = Vec::new();
    for _ in 0..EDITS {
        editor.grow(&mut session);
        engine.update(&session).expect("an update");
        for _ in 0..editor.dice.roll(8) {
            pull(&mut engine, &mut device, &mut left);
        }
    }
    assert!(session.nodes().count() > 50);
    assert!(engine.log().expect("a log").adoptions.len() > 60);

    let expected = reference(left.len());
    assert!(expected.iter().any(|x| x.abs() > 0.05), "silence");
    let scratch = left.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!(scratch, None, "of {} frames", left.len());
}

#[test]
fn edits_in_quick_succession_coalesce_and_what_they_replace_comes_back() {
    let (mut engine, mut device) = start();
    let mut editor = Editor::new(2);
    let mut session = session(&format!("{STEADY}{EFFECT}"));
    engine.update(&session).expect("an update");
    let (mut left, mut planned) = (Vec::new(), 0);
    for _ in 0..EDITS {
        editor.edit(&mut session);
        planned += usize::from(engine.update(&session).expect("an update").planned);
        // Often none, and a swap takes five blocks.
        for _ in 0..editor.dice.roll(8).saturating_sub(2) {
            pull(&mut engine, &mut device, &mut left);
        }
        // Five nodes of four voices in what plays, what fades, what is in flight and what is next.
        let alive = editor.alive.load(Ordering::SeqCst);
        assert!(alive <= 4 * 20, "{alive} states pile up");
    }
    for _ in 0..100 {
        pull(&mut engine, &mut device, &mut left);
    }
    engine.tick().expect("ticks");
    assert!(engine.is_settled());
    assert_eq!(*engine.session(), session);
    assert!(left.iter().all(|x| x.is_finite()));
    let adopted = engine.log().expect("a log").adoptions.len();
    assert!(
        planned > EDITS / 3 && adopted < planned && adopted > planned / 5,
        "{planned} plans, {adopted} adopted"
    );
    // What is alive is what the session holds.
    let holds: usize = session
        .nodes()
        .filter(|(_, node)| !node.is_effect() && node.definition().controls().is_empty())
        .map(|(_, node)| node.count() as usize)
        .sum();
    assert_eq!(editor.alive.load(Ordering::SeqCst), holds);
    drop((engine, device));
    assert_eq!(editor.alive.load(Ordering::SeqCst), 0);
}

#[test]
fn a_storm_of_edits_against_a_running_audio_thread_loses_nothing() {
    let (mut engine, device) = start();
    let mut editor = Editor::new(3);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let audio = std::thread::spawn(move || {
        let mut processor = device.into_processor();
        processor.warm_up();
        let mut device = NullDevice::new(processor, 2, BLOCK);
        let mut finite = true;
        while !stopped.load(Ordering::Acquire) {
            let block = assert_no_alloc(|| device.pull());
            finite &= block.iter().all(|x| x.is_finite());
        }
        (device, finite)
    });
    let mut session = session(&format!("{STEADY}{EFFECT}"));
    for _ in 0..EDITS {
        editor.edit(&mut session);
        engine.update(&session).expect("an update");
        engine.tick().expect("ticks");
        if editor.dice.roll(3) == 0 {
            while !engine.is_settled() {
                std::thread::yield_now();
                engine.tick().expect("ticks");
            }
        }
    }
    while !engine.is_settled() {
        std::thread::yield_now();
        engine.tick().expect("ticks");
    }
    assert_eq!(*engine.session(), session);
    stop.store(true, Ordering::Release);
    let (device, finite) = audio.join().expect("the audio thread");
    assert!(finite);
    drop((engine, device));
    assert_eq!(editor.alive.load(Ordering::SeqCst), 0);
}

/// 500 seconds of delay: possible at 48 kHz, where it is checked, too long at a million frames a second.
fn too_long() -> NodeDefinition {
    let seconds = Signal::constant(500.0);
    let line = Line::new(1, DelayMax::Of(seconds * Signal::sample_rate()));
    let delayed = line.read(&Signal::int(1));
    let out = line.bind(&Signal::constant(1.0), &delayed);
    NodeDefinition::source([out]).expect("a graph at 48 kHz")
}

#[test]
fn a_failed_edit_leaves_the_sound() {
    let play = |break_it: bool| {
        let config = EngineConfig {
            limiter: None,
            ..EngineConfig::new(1e6)
        };
        let (mut engine, mut processor) = Engine::<f64>::new(config).expect("an engine");
        processor.warm_up();
        let mut device = NullDevice::new(processor, 2, BLOCK);
        let steady = session(STEADY);
        engine.update(&steady).expect("an update");
        let mut left = Vec::new();
        for block in 0..1_000 {
            if break_it && block % 100 == 50 {
                let mut broken = steady.clone();
                broken
                    .node("steady", too_long(), NodeOptions::default())
                    .expect("an edit");
                broken.set_master(0.1).expect("an edit");
                broken.set_tempo(300.0).expect("an edit");
                let error = engine.update(&broken).expect_err("refused");
                assert!(matches!(error, EngineError::Build { .. }), "{error}");
            }
            pull(&mut engine, &mut device, &mut left);
        }
        left
    };
    let expected = play(false);
    assert!(expected.iter().any(|x| x.abs() > 0.05), "silence");
    assert!(play(true) == expected);
}
