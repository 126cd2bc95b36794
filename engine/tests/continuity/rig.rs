//! Two sessions, the edit from one to the other, and the measure of continuity.

use synthc_engine::carry::Fate;
use synthc_engine::session::{NodeDefinition, NodeOptions};
use synthc_engine::{Engine, EngineConfig, Session};
use synthc_ir::{Control, Signal};

pub(crate) const RATE: f64 = 48_000.0;
/// Blocks before the edit and after it.
const BEFORE: usize = 150;
const AFTER: usize = 150;

pub(crate) fn control(name: &str, init: f64, lo: f64, hi: f64) -> Signal {
    Signal::control(Control::new(name, init, lo, hi))
}

pub(crate) fn source(output: Signal) -> NodeDefinition {
    NodeDefinition::source([output]).unwrap()
}

pub(crate) fn effect(output: Signal) -> NodeDefinition {
    NodeDefinition::effect(1, [output]).unwrap()
}

/// A session of one source.
pub(crate) fn solo(output: Signal) -> Session {
    let mut session = Session::new();
    session
        .node("lead", source(output), NodeOptions::default())
        .unwrap();
    session
}

/// What was heard of an edit.
pub(crate) struct Heard {
    pub(crate) left: Vec<f64>,
    /// The frame of the adoption, or of the edit where no plan was needed.
    pub(crate) at: usize,
    /// What became of every node, in the first swap.
    pub(crate) fates: Vec<(String, Fate)>,
}

impl Heard {
    pub(crate) fn fate(&self, node: &str) -> Fate {
        let found = self.fates.iter().find(|(name, _)| name == node);
        found.unwrap_or_else(|| panic!("no word of {node}")).1
    }
}

/// Plays one session after the other; one block each of left.
pub(crate) fn play(sessions: &[(&Session, usize)]) -> Heard {
    let config = EngineConfig {
        limiter: None,
        log: true,
        strict: true,
        ..EngineConfig::new(RATE)
    };
    let (mut engine, mut processor) = Engine::<f64>::new(config).unwrap();
    processor.warm_up();
    let mut heard = Heard {
        left: Vec::new(),
        at: 0,
        fates: Vec::new(),
    };
    for (index, (session, blocks)) in sessions.iter().enumerate() {
        heard.at = heard.left.len();
        engine.update(session).unwrap();
        for _ in 0..*blocks {
            engine.tick().unwrap();
            let [left, _] = assert_no_alloc::assert_no_alloc(|| processor.next_block());
            heard.left.extend_from_slice(left);
        }
        engine.tick().unwrap();
        if index > 0 {
            for swap in engine.take_swaps() {
                heard.at = swap.frame as usize;
                let nodes = swap.nodes.iter();
                heard
                    .fates
                    .extend(nodes.map(|n| (n.node.to_string(), n.fate)));
            }
        }
    }
    assert!(engine.is_settled(), "the edit has not arrived");
    heard
}

/// The largest second difference, over a range of frames.
pub(crate) fn bend(samples: &[f64], range: std::ops::Range<usize>) -> f64 {
    let range = range.start.max(1)..range.end.min(samples.len() - 1);
    let bend = |n: usize| (samples[n + 1] - 2.0 * samples[n] + samples[n - 1]).abs();
    range.map(bend).fold(0.0, f64::max)
}

/// Plays the edit from `before` to `after` and checks the rule. The times of the renders that nothing interrupts are those
/// after their beginning, which an edit does not have.
pub(crate) fn goes_on(before: &Session, after: &Session) -> Heard {
    let heard = play(&[(before, BEFORE), (after, AFTER)]);
    let alone = [before, after].map(|session| {
        let alone = play(&[(session, BEFORE + AFTER)]).left;
        bend(&alone, alone.len() / 4..alone.len())
    });
    let reach = (0.02 * RATE) as usize;
    let edit = bend(&heard.left, heard.at - reach..heard.at + reach);
    let bound = 2.0 * alone[0].max(alone[1]);
    let tail = bend(&heard.left, heard.at + reach..heard.left.len());
    assert!(edit <= bound, "bends by {edit:e}, the bound is {bound:e}");
    assert!(
        tail <= bound,
        "bends by {tail:e} later, the bound is {bound:e}"
    );
    assert!(
        heard.left[heard.at - 4800..heard.at]
            .iter()
            .any(|x| x.abs() > 1e-3),
        "nothing sounded"
    );
    heard
}

/// Plays the edit, there and back; not a bit may differ from `before` alone.
pub(crate) fn means_nothing(before: &Session, after: &Session) {
    let edited = play(&[(before, BEFORE), (after, AFTER), (before, AFTER)]);
    let alone = play(&[(before, BEFORE + 2 * AFTER)]);
    let differs = edited
        .left
        .iter()
        .zip(&alone.left)
        .position(|(a, b)| a != b);
    assert_eq!(differs, None, "the first frame that differs");
    assert!(alone.left.iter().any(|x| x.abs() > 1e-3), "nothing sounded");
}
