//! Patterns, automations, hush and stop.

use super::*;

#[test]
fn setting_a_value_that_something_else_moves_is_remarked() {
    let mut session = band();
    let overridden = |by| Warning::Overridden {
        path: "bass/cutoff".into(),
        by,
    };
    session
        .modulate("bass/cutoff", Shape::Sine, 200.0, 2000.0, 4.0)
        .unwrap();
    assert_eq!(
        session.set("bass/cutoff", 900.0).unwrap(),
        [overridden("an automation")]
    );
    session.play("bass/cutoff", &curve()).unwrap();
    assert_eq!(
        session.set("bass/cutoff", 900.0).unwrap(),
        [overridden("a pattern")]
    );
    session.hush("bass/cutoff").unwrap();
    assert!(session.set("bass/cutoff", 900.0).unwrap().is_empty());
}

fn sine(low: f64, high: f64) -> Pattern {
    pattern::curve(pattern::Shape::Sine, low, high, 64).unwrap()
}

fn curve() -> Pattern {
    sine(200.0, 2000.0)
}

fn melody() -> Pattern {
    pattern::NoteOptions::new()
        .velocity(0.5)
        .note(220.0)
        .unwrap()
}

#[test]
fn a_place_has_one_driver() {
    let mut session = band();
    session.play("bass/cutoff", &curve()).unwrap();
    session
        .modulate("bass/cutoff", Shape::Ramp, 200.0, 2000.0, 1.0)
        .unwrap();
    assert_eq!(
        (session.slots().count(), session.automations().count()),
        (0, 1)
    );
    session.play("bass/cutoff", &curve()).unwrap();
    assert_eq!(
        (session.slots().count(), session.automations().count()),
        (1, 0)
    );
    session.unmod("bass/cutoff").unwrap();
    assert_eq!(session.slots().count(), 0);
    session.modulate_with("bass/cutoff", &curve(), 4.0).unwrap();
    assert!(session.pattern("bass/cutoff").unwrap().unwrap().from_zero());
}

#[test]
fn hush_stops_one_thing_and_stop_everything() {
    let mut session = band();
    session.play("bass", &pattern::hit()).unwrap();
    session.play("drums", &pattern::hit()).unwrap();
    session.play("bass/cutoff", &curve()).unwrap();
    session
        .modulate("master", Shape::Sine, 0.0, 1.0, 1.0)
        .unwrap();
    session.set("bass/gate", 1.0).unwrap();
    assert_eq!(session.slots().count(), 4);
    session.hush("bass").unwrap();
    assert_eq!(session.slots().count(), 3, "the control pattern plays on");
    assert_eq!(session.value("bass/gate").unwrap(), 0.0);
    session.hush("drums").unwrap();
    assert_eq!(session.slots().count(), 1);
    session.set("kick/gate", 1.0).unwrap();
    session.stop();
    assert_eq!(
        (session.slots().count(), session.automations().count()),
        (0, 0)
    );
    assert_eq!(session.value("kick/gate").unwrap(), 0.0);
}

#[test]
fn a_pattern_that_cannot_be_heard_in_full_is_remarked_once() {
    let mut session = band();
    let kick: Arc<str> = "kick".into();
    let no_pitch = Warning::NoPitch { node: kick.clone() };
    let no_velocity = Warning::UnknownControl {
        node: kick.clone(),
        control: "vel".into(),
        nearest: None,
    };
    let found = session.play("kick", &(melody() * 8)).unwrap();
    assert_eq!(found, [no_pitch, no_velocity]);
    let found = session.play("verb", &pattern::hit()).unwrap();
    assert_eq!(
        found,
        [Warning::NoGate {
            node: "verb".into(),
            gate: "gate".into()
        }]
    );
    let found = session.play("kick", &curve()).unwrap();
    assert_eq!(
        found,
        [Warning::NotAudible {
            path: "kick".into(),
            what: "continuous"
        }]
    );
    let found = session.play("bass/cutoff", &pattern::hit()).unwrap();
    assert_eq!(
        found,
        [Warning::NotAudible {
            path: "bass/cutoff".into(),
            what: "note"
        }]
    );
    let wide = sine(0.0, 2000.0);
    assert_eq!(session.play("bass/cutoff", &wide).unwrap().len(), 1);
    let typo = pattern::NoteOptions::new()
        .param("cutof", 1.0)
        .hit()
        .unwrap();
    let nearest = Some("cutoff".to_owned());
    let unknown = Warning::UnknownControl {
        node: "bass".into(),
        control: "cutof".into(),
        nearest,
    };
    assert_eq!(session.play("bass", &typo).unwrap(), [unknown]);
}

#[test]
fn a_fade_goes_from_the_value_set_to_its_target() {
    let mut session = band();
    session.gain("bass", 0.8).unwrap();
    session.fade("bass", 0.0, 4.0).unwrap();
    let kind = |session: &Session, path| {
        session
            .automations()
            .find(|(at, _)| at.to_string() == path)
            .unwrap()
            .1
            .kind
    };
    assert_eq!(
        kind(&session, "bass/gain"),
        AutomationKind::Fade { from: 0.8, to: 0.0 }
    );
    assert_eq!(session.value("bass/gain").unwrap(), 0.0);
    session.fade("bass/gain", 0.5, 1.0).unwrap();
    assert_eq!(
        kind(&session, "bass/gain"),
        AutomationKind::Fade { from: 0.0, to: 0.5 }
    );
    session.fade("drums", 0.0, 2.0).unwrap();
    assert_eq!(session.automations().count(), 3);
}

#[test]
fn a_value_set_by_hand_ends_a_fade() {
    let mut session = band();
    session.fade("bass", 0.0, 4.0).unwrap();
    assert!(session.gain("bass", 0.4).unwrap().is_empty());
    assert_eq!(session.automations().count(), 0);
    assert_eq!(session.value("bass").unwrap(), 0.4);
}

#[test]
fn shapes_follow_their_formulas() {
    let at = |shape: Shape| [0.0, 0.25, 0.5, 0.75].map(|t| (shape.at(t) * 1e9).round() / 1e9);
    assert_eq!(at(Shape::Sine), [0.5, 1.0, 0.5, 0.0]);
    assert_eq!(at(Shape::Triangle), [0.0, 0.5, 1.0, 0.5]);
    assert_eq!(at(Shape::Ramp), [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(at(Shape::RampDown), [1.0, 0.75, 0.5, 0.25]);
    assert_eq!(at(Shape::Square), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(at(Shape::Exponential), [0.0, 0.0625, 0.25, 0.5625]);
    for shape in Shape::ALL {
        assert_eq!(Shape::parse(shape.name()).unwrap(), shape);
    }
    let error = Shape::parse("sin").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no modulation shape `sin`; did you mean `sine`?"
    );
}
