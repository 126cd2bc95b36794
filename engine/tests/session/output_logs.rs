//! Logs of nodes with many outputs: played again, they are what was heard.

use std::collections::BTreeMap;

use synthc_engine::log::{Entry, Settings, replay};
use synthc_engine::plan::{Outlet, SendSpec};
use synthc_engine::session::NodeDefinition;
use synthc_engine::{EngineConfig, Session};
use synthc_ir::library::sine_osc;

use crate::outputs::weigh;
use crate::support::{Rig, add, config, session};

/// A node of tones on this many outputs, each sent to one effect.
fn tones(count: usize, level: f64) -> Session {
    let mut session = session();
    let outputs = (0..count).map(|output| sine_osc(100.0 * (output + 1) as f64) * 0.1);
    add(
        &mut session,
        "tones",
        NodeDefinition::source(outputs).unwrap(),
    );
    add(&mut session, "fx", weigh());
    for output in 0..count {
        let to = ["fx", "fx/in2"][output % 2];
        session
            .send(&format!("tones/out{output}"), to, level)
            .unwrap();
    }
    session
}

#[test]
fn a_log_with_outputs_repeats_what_was_heard_bit_for_bit() {
    let config = EngineConfig {
        record: true,
        ..config()
    };
    let settings = Settings::of(&config);
    let mut rig = Rig::with(config);
    let mut sessions = BTreeMap::new();
    let mut heard = [Vec::new(), Vec::new()];
    let mut entries = Vec::new();
    for (count, level) in [
        (5, 1.0),
        (5, 0.5),
        (8, 0.5),
        (3, 0.7),
        (1, 0.7),
        (2, 0.1),
        (6, 1.0),
    ] {
        let mut session = tones(count, level);
        if count > 5 {
            session.fade("tones/out4/fx_send", 0.0, 0.02).unwrap();
        }
        let report = rig.engine.update(&session).unwrap();
        sessions.insert(report.number, session);
        let (played, _) = rig.play_anyway(37);
        for (heard, played) in heard.iter_mut().zip(played) {
            heard.extend(played);
        }
        entries.extend(rig.engine.take_entries());
    }
    let written: Vec<String> = entries
        .iter()
        .map(|e| serde_json::to_string(e).unwrap())
        .collect();
    let read: Vec<Entry> = written
        .iter()
        .map(|e| serde_json::from_str(e).unwrap())
        .collect();
    assert!(
        written
            .iter()
            .any(|entry| entry.contains("\"outlet\":{\"output\":4}"))
    );
    let mut again = [Vec::new(), Vec::new()];
    let frames = heard[0].len() as u64;
    replay::<f64>(&settings, &sessions, &read, frames, |block| {
        for (again, side) in again.iter_mut().zip(block) {
            again.extend_from_slice(side);
        }
        Ok(())
    })
    .unwrap();
    assert!(heard[0].iter().any(|x| x.abs() > 0.1));
    assert!(heard == again);
}

#[test]
fn logs_from_before_nodes_had_outlets_are_read() {
    let send = r#"{"from":1,"to":2,"level":0.5,"tap":"post","port":null,"feedback":false}"#;
    let send: SendSpec = serde_json::from_str(send).unwrap();
    assert_eq!((send.outlet, send.level), (Outlet::Whole, 0.5));
}
