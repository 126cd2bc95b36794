//! Edits on their way to the audio side.

use synthc_ir::{Control, Signal};

use super::*;
use crate::event::{Event, NodeKey};
use crate::pattern::hit;
use crate::session::{NodeDefinition, NodeOptions};

fn tone(level: f64) -> NodeDefinition {
    let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let cutoff = Signal::control(Control::new("cutoff", 800.0, 100.0, 4000.0));
    NodeDefinition::source([gate * level + cutoff * 1e-9]).unwrap()
}

fn session() -> Session {
    let mut session = Session::new();
    session
        .node("a", tone(0.5), NodeOptions::default())
        .unwrap();
    session
        .node("b", tone(0.25), NodeOptions::default())
        .unwrap();
    session
}

fn engine() -> (Engine<f64>, Processor<f64>) {
    Engine::new(EngineConfig {
        log: true,
        ..EngineConfig::new(48_000.0)
    })
    .unwrap()
}

/// Lets the processor run.
fn run(engine: &mut Engine<f64>, processor: &mut Processor<f64>, blocks: usize) {
    for _ in 0..blocks {
        engine.tick().unwrap();
        processor.next_block();
    }
    engine.tick().unwrap();
}

fn sent(engine: &Engine<f64>) -> &[Event] {
    &engine.log().unwrap().events
}

#[test]
fn what_is_unchanged_is_not_compiled_again() {
    let (mut engine, mut processor) = engine();
    let first = engine.update(&session()).unwrap();
    assert_eq!(
        (first.compiled.len(), first.reused, first.planned),
        (2, 0, true)
    );
    run(&mut engine, &mut processor, 4);
    // The same text, evaluated again.
    let again = engine.update(&session()).unwrap();
    assert_eq!(
        (again.compiled.len(), again.reused, again.planned),
        (0, 2, false)
    );
    let mut edited = session();
    edited
        .node("b", tone(0.75), NodeOptions::default())
        .unwrap();
    let report = engine.update(&edited).unwrap();
    assert_eq!(
        report
            .compiled
            .iter()
            .map(|name| &**name)
            .collect::<Vec<_>>(),
        ["b"]
    );
    assert!(report.planned);
}

#[test]
fn undo_and_new_names_make_no_code() {
    let (mut engine, mut processor) = engine();
    engine.update(&session()).unwrap();
    run(&mut engine, &mut processor, 4);
    let mut edited = session();
    edited
        .node("b", tone(0.75), NodeOptions::default())
        .unwrap();
    assert_eq!(engine.update(&edited).unwrap().compiled.len(), 1);
    run(&mut engine, &mut processor, 4);
    let undone = engine.update(&session()).unwrap();
    assert_eq!((undone.compiled.len(), undone.planned), (0, true));
    run(&mut engine, &mut processor, 4);
    // The control of another name has another place in events, not other code.
    let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let cutoff = Signal::control(Control::new("brightness", 900.0, 100.0, 4000.0));
    let renamed = NodeDefinition::source([gate * 0.5 + cutoff * 1e-9]).unwrap();
    let mut edited = session();
    edited.node("c", renamed, NodeOptions::default()).unwrap();
    let report = engine.update(&edited).unwrap();
    assert_eq!((report.compiled.len(), report.planned), (0, true));
}

#[test]
fn values_and_levels_travel_without_a_plan() {
    let (mut engine, mut processor) = engine();
    let mut session = session();
    engine.update(&session).unwrap();
    run(&mut engine, &mut processor, 4);
    session.set("a/cutoff", 1200.0).unwrap();
    session.gain("b", 0.9).unwrap();
    session.mute("a").unwrap();
    session.set_master(0.3).unwrap();
    assert!(!engine.update(&session).unwrap().planned);
    run(&mut engine, &mut processor, 4);
    let (a, b) = (NodeKey(0), NodeKey(1));
    let kinds: Vec<EventKind> = sent(&engine).iter().map(|event| event.kind).collect();
    let level = |target, value| EventKind::Level { target, value };
    assert_eq!(
        kinds,
        [
            level(LevelTarget::Master, 0.3),
            EventKind::Value {
                node: a,
                control: 1,
                value: 1200.0
            },
            level(LevelTarget::Gain(b), 0.9),
            level(LevelTarget::Mute(a), 1.0),
        ]
    );
    assert!(
        sent(&engine)
            .iter()
            .all(|event| event.frame == 4 * 64 + LEAD)
    );
    assert_eq!(engine.log().unwrap().adoptions.len(), 1);
}

#[test]
fn edits_in_flight_coalesce_and_the_last_one_sounds() {
    let (mut engine, mut processor) = engine();
    engine.update(&session()).unwrap();
    run(&mut engine, &mut processor, 4);
    let mut edited = session();
    for level in 1..=50 {
        edited
            .node("a", tone(f64::from(level)), NodeOptions::default())
            .unwrap();
        assert!(engine.update(&edited).unwrap().planned);
    }
    edited.set("a/cutoff", 2000.0).unwrap();
    engine.update(&edited).unwrap();
    assert!(!engine.is_settled());
    run(&mut engine, &mut processor, 100);
    assert!(engine.is_settled());
    assert_eq!(*engine.session(), edited);
    let adoptions = engine.log().unwrap().adoptions.len();
    assert!((2..=3).contains(&adoptions), "{adoptions} adoptions");
}

/// 500 seconds of delay: fine at 48 kHz, where it is checked, too long at a million frames a second.
fn long_delay() -> NodeDefinition {
    let seconds = Signal::constant(500.0);
    let line = synthc_ir::signal::Line::new(
        1,
        synthc_ir::signal::DelayMax::Of(seconds * Signal::sample_rate()),
    );
    let delayed = line.read(&Signal::int(1));
    let out = line.bind(&Signal::constant(1.0), &delayed);
    NodeDefinition::source([out]).unwrap()
}

#[test]
fn a_refused_edit_leaves_everything_playing() {
    let (mut engine, mut processor) = Engine::<f64>::new(EngineConfig::new(1e6)).unwrap();
    let mut session = session();
    session.play("a", &(hit() * 4)).unwrap();
    engine.update(&session).unwrap();
    run(&mut engine, &mut processor, 4);
    let mut broken = session.clone();
    broken
        .node("a", long_delay(), NodeOptions::default())
        .unwrap();
    broken.set_master(0.1).unwrap();
    let error = engine.update(&broken).unwrap_err();
    assert!(
        matches!(&error, EngineError::Build { node, .. } if &**node == "a"),
        "{error}"
    );
    run(&mut engine, &mut processor, 4);
    assert_eq!(*engine.session(), session);
    assert!(engine.is_settled());
}

#[test]
fn a_sample_rate_that_is_none_is_refused() {
    for rate in [0.0, -48_000.0, f64::NAN, 1e9] {
        let error = Engine::<f32>::new(EngineConfig::new(rate)).unwrap_err();
        assert!(matches!(error, EngineError::SampleRate { .. }), "{error}");
    }
}

#[test]
fn an_exact_event_of_no_place_is_refused() {
    let (mut engine, _processor) = engine();
    engine.update(&session()).unwrap();
    let error = |engine: &mut Engine<f64>, path: &str, value| {
        engine.schedule(0, path, value).unwrap_err().to_string()
    };
    assert!(error(&mut engine, "a/cutof", 1.0).contains("did you mean `cutoff`?"));
    assert!(error(&mut engine, "a/cutoff", f64::NAN).contains("finite"));
    engine.schedule(100, "a/cutoff", 500.0).unwrap();
    engine.commit_until(100).unwrap();
    assert!(sent(&engine).is_empty());
    engine.commit_until(101).unwrap();
    assert_eq!(sent(&engine)[0].frame, 100);
}

#[test]
fn the_clock_starts_with_the_first_session() {
    let (mut engine, mut processor) = engine();
    run(&mut engine, &mut processor, 10);
    let mut session = session();
    session.play("a", &hit()).unwrap();
    engine.update(&session).unwrap();
    run(&mut engine, &mut processor, 4);
    assert_eq!(sent(&engine)[0].frame, 640 + LEAD);
}

#[test]
fn the_notes_of_a_new_node_wait_for_its_plan() {
    let (mut engine, mut processor) = engine();
    let mut session = session();
    engine.update(&session).unwrap();
    run(&mut engine, &mut processor, 4);
    session
        .node("c", tone(1.0), NodeOptions::default())
        .unwrap();
    session.play("c", &(hit() * 64)).unwrap();
    engine.update(&session).unwrap();
    run(&mut engine, &mut processor, 100);
    let adopted = engine.log().unwrap().adoptions[1].frame;
    let notes: Vec<u64> = sent(&engine)
        .iter()
        .filter(|event| matches!(event.kind, EventKind::NoteOn { .. }))
        .map(|event| event.frame)
        .collect();
    assert!(
        notes
            .iter()
            .all(|frame| *frame >= adopted && frame % 1_500 == 0),
        "{notes:?}"
    );
    assert_eq!(notes.first(), Some(&1_500));
    assert_eq!(engine.monitor().unroutable_events(), 0);
    assert_eq!(engine.monitor().late_events(), 0);
}

#[test]
fn a_value_that_a_pattern_left_survives_a_new_plan() {
    let (mut engine, mut processor) = engine();
    let mut session = session();
    let step = crate::pattern::curve(crate::pattern::Shape::Square, 300.0, 2_000.0, 2).unwrap();
    session.play("a/cutoff", &step).unwrap();
    engine.update(&session).unwrap();
    run(&mut engine, &mut processor, 4);
    session.hush("a/cutoff").unwrap();
    engine.update(&session).unwrap();
    session
        .node("a", tone(0.9), NodeOptions::default())
        .unwrap();
    engine.update(&session).unwrap();
    run(&mut engine, &mut processor, 20);
    let plan = engine.plan_in_use().unwrap();
    let slot = plan.node(NodeKey(0)).unwrap().controls[1].unwrap();
    assert_eq!(slot.value, 2_000.0);
}
