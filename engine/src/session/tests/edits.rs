//! Values, levels, snapshots and groups.

use super::*;

#[test]
fn values_start_where_the_control_does_and_keep_what_is_set() {
    let mut session = band();
    assert_eq!(session.value("bass/cutoff").unwrap(), 800.0);
    assert_eq!(session.value("bass").unwrap(), 0.5);
    assert_eq!(session.value("master").unwrap(), 0.7);
    session.set("bass/cutoff", 1200.0).unwrap();
    session.set("bass", 0.9).unwrap();
    session.set("drums", 0.1).unwrap();
    session.set("master", 1.0).unwrap();
    assert_eq!(session.value("bass/cutoff").unwrap(), 1200.0);
    assert_eq!(session.value("bass/gain").unwrap(), 0.9);
    assert_eq!(session.value("drums/hat").unwrap(), 0.1);
    assert_eq!(session.master(), 1.0);
}

#[test]
fn a_value_out_of_range_is_kept_with_a_remark() {
    let mut session = band();
    let warnings = session.set("bass/cutoff", 9000.0).unwrap();
    let outside = Warning::OutOfRange {
        path: "bass/cutoff".into(),
        given: 9000.0,
        lo: 100.0,
        hi: 4000.0,
    };
    assert_eq!(warnings, [outside]);
    let node = session.find_node("bass").unwrap();
    assert_eq!(
        node.control_value(node.definition().control("cutoff").unwrap()),
        4000.0
    );
    let loud = |path: &str, given: f64| Warning::LoudGain {
        path: path.into(),
        given,
    };
    assert_eq!(session.gain("bass", 3.0).unwrap(), [loud("bass/gain", 3.0)]);
    assert_eq!(
        session.gain("bass", -2.5).unwrap(),
        [loud("bass/gain", -2.5)]
    );
    assert_eq!(session.set_master(2.5).unwrap(), [loud("master", 2.5)]);
    assert!(session.gain("bass", 2.0).unwrap().is_empty());
    assert_eq!(session.fade("bass/cutoff", 5.0, 1.0).unwrap().len(), 1);
    assert_eq!(
        session
            .modulate("bass/cutoff", Shape::Sine, 5.0, 5000.0, 1.0)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_control_named_gain_is_preferred_to_the_fader() {
    let mut session = Session::new();
    let definition = NodeDefinition::source([control("gain", 0.1, 0.0, 1.0)]).unwrap();
    let found = session
        .node("pad", definition, NodeOptions::default())
        .unwrap();
    assert_eq!(
        found,
        [Warning::ShadowedLevel {
            path: "pad/gain".into()
        }]
    );
    session.set("pad/gain", 0.9).unwrap();
    assert_eq!(session.find_node("pad").unwrap().gain(), 0.5);
    session.gain("pad", 0.2).unwrap();
    assert_eq!(
        (
            session.value("pad/gain").unwrap(),
            session.value("pad").unwrap()
        ),
        (0.9, 0.2)
    );
}

#[test]
fn mute_and_solo_decide_what_is_heard() {
    let mut session = band();
    let heard = |session: &Session| {
        let names = session.nodes().map(|(name, _)| name.to_string());
        names
            .filter(|name| session.is_audible(name))
            .collect::<Vec<_>>()
    };
    session.mute("drums").unwrap();
    assert_eq!(heard(&session), ["bass", "echo", "kick", "verb"]);
    session.unmute("drums/hat").unwrap();
    session.mute("bass").unwrap();
    session.mute("bass").unwrap();
    assert_eq!(heard(&session), ["drums/hat", "echo", "kick", "verb"]);
    session.solo("bass").unwrap();
    assert_eq!(heard(&session), ["bass"]);
    session.solo("drums").unwrap();
    assert_eq!(heard(&session), ["drums/clap", "drums/hat"]);
    session.unsolo();
    assert_eq!(heard(&session).len(), 6);
    assert_eq!(session.value("bass").unwrap(), 0.5, "levels survive");
}

#[test]
fn removing_a_group_removes_what_belongs_to_it() {
    let mut session = band();
    session.send("drums/hat", "verb", 0.2).unwrap();
    session.play("drums", &pattern::hit()).unwrap();
    session.solo("drums").unwrap();
    session.remove("drums").unwrap();
    assert_eq!(session.nodes().count(), 4);
    assert_eq!((session.routes().count(), session.slots().count()), (0, 0));
    assert!(session.is_audible("bass"));
    refuses(&mut session, |s| s.remove("drums"), "no node `drums`");
}

#[test]
fn a_failed_batch_changes_nothing() {
    let mut session = band();
    refuses(
        &mut session,
        |s| {
            s.batch(|s| {
                s.set_tempo(140.0)?;
                s.remove("bass")?;
                s.connect("kick", "nowhere")
            })
        },
        "no node `nowhere`",
    );
}

#[test]
fn a_snapshot_brings_everything_back() {
    let mut session = band();
    let snapshot = session.capture();
    session.remove("drums").unwrap();
    session.set_tempo(99.0).unwrap();
    session.set_seed(7);
    assert_ne!(session, snapshot);
    session.restore(&snapshot);
    assert_eq!(session, snapshot);
}

#[test]
fn a_session_placed_under_a_prefix_brings_its_inside_along() {
    let mut inner = Session::new();
    inner
        .node(
            "osc",
            bass(),
            NodeOptions::default().gain(0.3).value("cutoff", 400.0),
        )
        .unwrap();
    inner.node("room", verb(), NodeOptions::default()).unwrap();
    inner.send("osc", "room", 0.25).unwrap();
    inner.play("osc", &pattern::hit()).unwrap();
    inner
        .modulate("osc/room_send", Shape::Sine, 0.0, 1.0, 1.0)
        .unwrap();
    inner.mute("room").unwrap();
    let mut session = band();
    session.instantiate(&inner, "left/voice").unwrap();
    assert_eq!(session.value("left/voice/osc").unwrap(), 0.3);
    assert_eq!(session.value("left/voice/osc/cutoff").unwrap(), 400.0);
    assert_eq!(
        session.routes().next().unwrap().to.as_ref(),
        "left/voice/room"
    );
    assert!(session.pattern("left/voice/osc").unwrap().is_some());
    assert_eq!(session.automations().count(), 1);
    assert!(session.is_muted("left/voice/room"));
    refuses(&mut session, |s| s.instantiate(&inner, ""), "it is empty");
}

#[test]
fn clones_do_not_share_edits() {
    let session = band();
    let mut copy = session.clone();
    copy.set("bass/cutoff", 1000.0).unwrap();
    copy.mute("kick").unwrap();
    copy.connect("bass", "verb").unwrap();
    assert_eq!(session, band());
}
