//! Events do not cut blocks: a node does in its block what they do to it, and sounds as if all had been cut at each of
//! them.

use proptest::prelude::*;
use synthc_engine::event::{Event, EventKind, LevelTarget, NodeKey};
use synthc_engine::plan::{NodeSpec, NoteMode, Outlet, PlanSpec};
use synthc_ir::Signal;
use synthc_ir::library::{adsr, delay, saw, sine_osc, white_noise};
use synthc_ir::prelude::resonant;
use synthc_jit::{Level, Sample};

use crate::lanes::source_at;
use crate::support::*;

/// A voice whose controls glide and step, with two gates.
fn voice() -> Signal {
    let freq = smoothed("freq", 110.0, 20.0, 2000.0);
    let cutoff = smoothed("cutoff", 900.0, 60.0, 6000.0);
    let heard = resonant(saw(freq), cutoff, 1.2) * adsr(0.0005, 0.002, 0.4, 0.001, gate());
    &heard + delay(heard.clone(), 90.0) * 0.3 + stepping("x", 0.0) * 0.01
}

/// Stands still when its note is over.
fn ping() -> Signal {
    let freq = smoothed("freq", 500.0, 20.0, 2000.0);
    (sine_osc(freq) + white_noise() * 0.1) * adsr(0.0002, 0.001, 0.0, 0.001, gate())
}

/// Voices alone or in lanes, a node of one voice, an effect fed mono and one fed stereo.
fn plan<T: Sample>(generation: u64, lanes: usize, legato: bool, cutoff: f64) -> PlanSpec<T> {
    let strict = |outputs: &[Signal]| program_at::<T>(Level::Strict, outputs);
    let shaped = Signal::input(0) * smoothed("drive", cutoff, 0.0, 4.0) + stepping("x", 0.0) * 0.01;
    let room = synthc_ir::feedback(|y| 0.9 * y + 0.2 * Signal::input(0));
    let mut ping = NodeSpec::new(NodeKey(1), "ping", strict(&[ping()]));
    ping.mode = if legato {
        NoteMode::Legato
    } else {
        NoteMode::Retrigger
    };
    let wide = [sine_osc(331.0) * 0.1, stepping("x", 0.2) * sine_osc(97.0)];
    let mut spec = PlanSpec::new(generation, RATE);
    spec.nodes = vec![
        source_at(Level::Strict, &voice(), lanes, 5),
        ping,
        NodeSpec::new(NodeKey(2), "wide", strict(&wide)),
        NodeSpec::new(NodeKey(3), "shaped", strict(&[shaped])),
        NodeSpec::new(NodeKey(4), "room", strict(&[room])),
    ];
    spec.sends = vec![
        send(0, 3, 0.7),
        send(2, 4, 0.3),
        send(3, 4, 0.5),
        send(1, 3, 0.4),
    ];
    spec
}

/// What one random number makes of a frame.
fn random_event(frame: u64, x: u64) -> Event {
    let number = |shift: u32| (x >> shift & 0xff) as f64 / 255.0;
    let node = NodeKey((x >> 40) as u32 % 5);
    let slot = (x >> 44) as u16 % 4;
    let kind = match x % 10 {
        0..3 => EventKind::NoteOn {
            node: NodeKey((x >> 40) as u32 % 2),
            note: frame,
            gate: Some(slot % 3),
            params: [(0, 400.0 * number(8)), (2, 0.7 * number(16))]
                .into_iter()
                .fold(
                    Default::default(),
                    |mut params: synthc_engine::event::NoteParams, (slot, value)| {
                        params.push(slot, value).unwrap();
                        params
                    },
                ),
        },
        3 => EventKind::NoteOff {
            node: NodeKey((x >> 40) as u32 % 2),
            note: frame - x % 40.min(frame + 1),
        },
        4..7 => EventKind::Value {
            node,
            control: slot,
            // Some change nothing.
            value: [0.0, 1.0, 700.0 * number(8), 3.0 * number(8)][(x >> 24) as usize % 4],
        },
        _ => {
            let target = match x >> 48 & 7 {
                0..3 => LevelTarget::Gain(node),
                3 => LevelTarget::Mute(node),
                4 => LevelTarget::Master,
                5 => LevelTarget::Send {
                    from: NodeKey(3),
                    outlet: Outlet::Whole,
                    to: NodeKey(4),
                    input: None,
                },
                _ => LevelTarget::Send {
                    from: NodeKey(0),
                    outlet: Outlet::Whole,
                    to: NodeKey(3),
                    input: None,
                },
            };
            let value = number(32);
            EventKind::Level { target, value }
        }
    };
    event(frame, kind)
}

/// A storm of as many events in 30 blocks, with a swap in their midst; what is heard, and how many were obeyed.
fn heard<T: Sample>(
    splits: bool,
    lanes: usize,
    legato: bool,
    raw: bool,
    events: &[Event],
) -> Vec<u64> {
    let mut rig = Rig::<T>::new();
    rig.processor.set_splitting(splits);
    let mut first = plan(1, lanes, legato, 1.0);
    first.raw_controls = raw;
    rig.publish(first);
    rig.send(events);
    let mut heard = rig.blocks(12);
    let mut second = plan(2, lanes, legato, 2.0);
    second.raw_controls = raw;
    rig.poll();
    rig.publish(second);
    let after = rig.blocks(18);
    for (side, after) in heard.iter_mut().zip(after) {
        side.extend(after);
    }
    heard.concat().iter().map(|x| x.to_bits()).collect()
}

fn any_storm_is_heard_alike<T: Sample>(
    numbers: &[u64],
    lanes: usize,
    legato: bool,
    raw: bool,
) -> Result<(), TestCaseError> {
    let count = numbers.len() as u64;
    let frame = |place: u64, x: u64| place * 30 * 64 / count / (1 + x / 7 % 5) * (1 + x / 7 % 5);
    let mut events: Vec<Event> = (0..)
        .zip(numbers)
        .map(|(place, &x)| random_event(frame(place, x), x))
        .collect();
    events.sort_by_key(|event| event.frame);
    let apart = heard::<T>(true, lanes, legato, raw, &events);
    let together = heard::<T>(false, lanes, legato, raw, &events);
    let first = apart.iter().zip(&together).position(|(a, b)| a != b);
    prop_assert_eq!(first, None);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_block_with_events_is_what_its_parts_are(
        numbers in proptest::collection::vec(any::<u64>(), 1..1500),
        lanes in proptest::sample::select(vec![1usize, 4]),
        (legato, raw) in any::<(bool, bool)>(),
    ) {
        any_storm_is_heard_alike::<f64>(&numbers, lanes, legato, raw)?;
        any_storm_is_heard_alike::<f32>(&numbers, lanes, legato, raw)?;
    }
}

#[test]
fn more_events_than_a_node_can_note_are_obeyed_all_the_same() {
    let all: Vec<Event> = (0..3000)
        .map(|n: u64| {
            let x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17);
            random_event(5 + n / 100, x)
        })
        .collect();
    let apart = heard::<f64>(true, 4, false, false, &all);
    assert!(apart.iter().any(|&x| x << 1 != 0));
    assert!(apart == heard::<f64>(false, 4, false, false, &all));
}

/// Of two notes that wait for the same frame the first fills its node; the second is taken at that frame by a third.
#[test]
fn notes_that_wait_start_in_their_order_however_much_their_nodes_have_noted() {
    let many = (0..16).map(|slot| smoothed(&format!("c{slot:02}"), 0.5, 0.0, 4.0));
    let filled = many.fold(gate(), |product, control| product * (control + 0.5));
    let level = gate() * stepping("x", 0.125);
    let note = |frame: u64, node: u32, note: u64, params: &[(u16, f64)]| {
        let mut event = on(frame, note, 0, params);
        if let EventKind::NoteOn { node: key, .. } = &mut event.kind {
            *key = NodeKey(node);
        }
        event.sequence = note;
        event
    };
    let all: Vec<(u16, f64)> = (1..17).map(|slot| (slot, f64::from(slot) / 8.0)).collect();
    let values = (0..115u64).map(|n| value(5 + n / 40, 0, 1 + n as u16 % 16, n as f64 / 40.0));
    let mut events: Vec<Event> = values.collect();
    events.extend([note(9, 0, 1, &[]), note(9, 1, 2, &[])]);
    events.extend([note(10, 0, 3, &all), note(10, 1, 4, &[(1, 2.0)])]);
    events.push(note(11, 1, 5, &[]));
    let heard = |splits: bool| {
        let strict =
            |signal: &Signal| program_at::<f64>(Level::Strict, std::slice::from_ref(signal));
        let nodes = vec![
            NodeSpec::new(NodeKey(0), "filled", strict(&filled)),
            NodeSpec::new(NodeKey(1), "level", strict(&level)),
        ];
        let mut rig = Rig::<f64>::new();
        rig.processor.set_splitting(splits);
        rig.publish(spec(1, nodes));
        rig.send(&events);
        rig.blocks(4).concat()
    };
    let apart = heard(true);
    assert!(apart[11] > 2.0, "{}", apart[11]);
    assert!(apart == heard(false));
}
