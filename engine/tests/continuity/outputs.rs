//! Edits of nodes with more than two outputs: no click on any of them.

use synthc_engine::Session;
use synthc_engine::carry::Fate;
use synthc_engine::node::{Interface, Node, NodeBlock, NodeInstance, Setup};
use synthc_engine::session::{NodeDefinition, NodeOptions, Tap};
use synthc_ir::Signal;
use synthc_ir::library::{resonant, sine_osc};

use crate::rig::*;

/// A tone for each output.
fn tones(pitches: &[f64]) -> NodeDefinition {
    let tone = |pitch: &f64| resonant(sine_osc(*pitch), 900.0, 0.7) * 0.1;
    NodeDefinition::source(pitches.iter().map(tone)).unwrap()
}

/// The same by hand, from the beginning.
#[derive(Debug)]
struct Tones(Vec<f64>);

impl Node for Tones {
    fn interface(&self) -> Interface {
        Interface::source(self.0.len())
    }

    fn start(&self, setup: &Setup) -> Box<dyn NodeInstance> {
        let (pitches, rate) = (self.0.clone(), setup.sample_rate);
        Box::new(move |block: &mut NodeBlock<'_>| {
            for (output, pitch) in pitches.iter().enumerate() {
                for frame in 0..block.frames {
                    let turns = pitch * (block.start + frame as u64) as f64 / rate;
                    block.outputs[output][frame] = (turns * std::f64::consts::TAU).sin() * 0.1;
                }
            }
        })
    }
}

fn wire() -> NodeDefinition {
    NodeDefinition::effect(1, [Signal::input(0)]).unwrap()
}

/// Puts out the right side of what it is sent.
fn right() -> NodeDefinition {
    NodeDefinition::effect(2, [Signal::input(1)]).unwrap()
}

/// A wide node all of whose outputs are heard on the left: the first by itself, the right side and all others through
/// effects.
fn wide(definition: NodeDefinition) -> Session {
    let mut session = Session::new();
    let options = NodeOptions::default;
    session.node("fx", wire(), options()).unwrap();
    session.node("right", right(), options()).unwrap();
    redefined(&session, definition)
}

/// The same with another definition, which is sent as a whole and by each of its outputs.
fn redefined(session: &Session, definition: NodeDefinition) -> Session {
    let mut session = session.clone();
    let names = definition.output_names().to_vec();
    session
        .node("wide", definition, NodeOptions::default())
        .unwrap();
    session.send("wide", "right", 0.9).unwrap();
    for name in &names[1..] {
        session.send(&format!("wide/{name}"), "fx", 0.8).unwrap();
    }
    session
}

/// There and back.
fn both_ways(before: &Session, after: &Session) -> [Fate; 2] {
    [(before, after), (after, before)].map(|(from, to)| goes_on(from, to).fate("wide"))
}

const PITCHES: [f64; 6] = [220.0, 277.0, 331.0, 417.0, 523.0, 613.0];

#[test]
fn an_output_changed() {
    let before = wide(tones(&PITCHES[..4]));
    for output in 0..4 {
        let mut pitches = PITCHES;
        pitches[output] *= 1.3;
        let fates = both_ways(&before, &redefined(&before, tones(&pitches[..4])));
        assert!(
            fates
                .iter()
                .all(|fate| matches!(fate, Fate::Carried { .. }))
        );
    }
}

#[test]
fn outputs_added_and_removed() {
    for (few, many) in [(3, 4), (4, 6), (2, 3), (1, 3), (1, 2), (2, 6)] {
        let before = wide(tones(&PITCHES[..few]));
        let after = redefined(&before, tones(&PITCHES[..many]));
        let fates = both_ways(&before, &after);
        assert!(
            fates
                .iter()
                .all(|fate| matches!(fate, Fate::Carried { .. })),
            "{few} {many}"
        );
    }
}

#[test]
fn an_output_renamed_and_outputs_that_change_places() {
    let named = |pitches: &[f64], names: &[&'static str]| {
        let definition = tones(pitches).named_outputs(names.iter().copied());
        definition.unwrap()
    };
    let before = wide(named(&PITCHES[..4], &["a", "b", "c", "d"]));
    let renamed = redefined(&before, named(&PITCHES[..4], &["a", "b", "x", "d"]));
    assert_eq!(both_ways(&before, &renamed), [Fate::Untouched; 2]);
    let [p, q, r, s, ..] = PITCHES;
    let moved = redefined(&before, named(&[p, s, r, q], &["a", "d", "c", "b"]));
    assert_eq!(moved.routes().count(), 4);
    both_ways(&before, &moved);
}

#[test]
fn a_node_replaced_and_another_number_of_outputs_with_it() {
    let own = |count: usize| NodeDefinition::own(Tones(PITCHES[..count].to_vec())).unwrap();
    for (few, many) in [(4, 4), (3, 6), (1, 4), (2, 5)] {
        let before = wide(tones(&PITCHES[..few]));
        both_ways(&before, &redefined(&before, own(many)));
        let before = wide(own(few));
        both_ways(&before, &redefined(&before, own(many)));
        both_ways(&before, &redefined(&before, tones(&PITCHES[..many])));
    }
}

#[test]
fn a_wide_node_added_and_removed() {
    let mut before = solo(sine_osc(150.0) * 0.2);
    before.node("fx", wire(), NodeOptions::default()).unwrap();
    before
        .node("right", right(), NodeOptions::default())
        .unwrap();
    let after = redefined(&before, tones(&PITCHES[..5]));
    goes_on(&before, &after);
    goes_on(&after, &before);
}

#[test]
fn routes_from_outputs_added_removed_and_moved() {
    let before = wide(tones(&PITCHES[..4]));
    let edit = |edit: fn(&mut Session)| {
        let mut after = before.clone();
        edit(&mut after);
        goes_on(&before, &after);
        goes_on(&after, &before);
    };
    edit(|s| {
        s.unsend("wide/out2", "fx").unwrap();
    });
    edit(|s| {
        s.set("wide/out2/fx_send", 0.2).unwrap();
    });
    edit(|s| {
        s.send_at("wide/out3", "fx", 0.8, Tap::PreFader).unwrap();
    });
    edit(|s| {
        s.connect("wide", "fx").unwrap();
    });
    edit(|s| {
        s.feedback("wide/out1", "fx", 0.8).unwrap();
    });
    edit(|s| {
        s.pan("wide", 0.5).unwrap();
    });
    let mut muted = before.clone();
    muted.mute("wide").unwrap();
    goes_on(&before, &muted);
}

#[test]
fn a_wide_effect_with_many_outputs_edited_while_it_is_fed() {
    let split = |factors: &[f64]| {
        let band = |&factor: &f64| resonant(Signal::input(0), 300.0 * factor, 0.9) * 0.3;
        NodeDefinition::effect(1, factors.iter().map(band)).unwrap()
    };
    let session = |factors: &[f64]| {
        let mut session = solo(sine_osc(220.0) + sine_osc(447.0) * 0.5);
        session.set_direct("lead", false).unwrap();
        session.node("fx", wire(), NodeOptions::default()).unwrap();
        session
            .node("right", right(), NodeOptions::default())
            .unwrap();
        let mut session = redefined(&session, split(factors));
        session.connect("lead", "wide").unwrap();
        session
    };
    for (before, after) in [
        (&[1.0, 2.0, 3.0][..], &[1.0, 2.5, 3.0][..]),
        (&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0, 5.0]),
        (&[1.0], &[1.0, 2.0, 3.0]),
        (&[1.0, 3.0], &[1.0, 2.0, 3.0]),
    ] {
        both_ways(&session(before), &session(after));
    }
}

#[test]
fn edits_that_follow_each_other_before_the_one_before_has_faded() {
    let start = wide(tones(&PITCHES[..4]));
    let sessions: Vec<Session> = [4, 2, 6, 1, 3, 2, 4, 1, 6]
        .iter()
        .map(|&count| redefined(&start, tones(&PITCHES[..count])))
        .collect();
    for blocks in [2, 9, 13] {
        let mut steps: Vec<_> = sessions.iter().map(|session| (session, blocks)).collect();
        steps[0].1 = 150;
        steps[sessions.len() - 1].1 = 150;
        let heard = play(&steps).left;
        let alone = sessions.iter().map(|session| {
            let alone = play(&[(session, 300)]).left;
            bend(&alone, alone.len() / 4..alone.len())
        });
        let bound = 2.0 * alone.fold(0.0, f64::max);
        let most = bend(&heard, 4_800..heard.len());
        assert!(most <= bound, "bends by {most:e}, the bound is {bound:e}");
    }
}
