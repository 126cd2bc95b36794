//! Voices in lanes, and what is not computed because it stands still: nothing of either is heard.

use synthc_engine::event::{Event, NodeKey};
use synthc_engine::plan::NodeSpec;
use synthc_ir::prelude::*;
use synthc_ir::{BuildOptions, Graph, Signal};
use synthc_jit::{CompileOptions, Compiler, Level, Sample, Target};

use crate::support::*;

/// A voice with everything that a lane has to keep apart: phases, noise, filter, envelope, delay line.
fn voice() -> Signal {
    let freq = smoothed("freq", 110.0, 20.0, 2000.0);
    let cutoff = smoothed("cutoff", 900.0, 60.0, 6000.0);
    let tone = saw(freq) + white_noise() * 0.1;
    let heard = resonant(tone, cutoff, 1.2) * adsr(0.002, 0.02, 0.4, 0.03, gate());
    &heard + delay(heard.clone(), 700.0) * 0.3
}

/// A voice that stands still when its note has died away.
fn pluck() -> Signal {
    let freq = smoothed("freq", 110.0, 20.0, 2000.0);
    let heard = sine_osc(freq) * adsr(0.001, 0.02, 0.0, 0.01, gate());
    &heard + delay(heard.clone(), 500.0) * 0.5
}

fn source<T: Sample>(signal: &Signal, lanes: usize, voices: u16) -> NodeSpec<T> {
    source_at(Level::Optimized, signal, lanes, voices)
}

pub(crate) fn source_at<T: Sample>(
    level: Level,
    signal: &Signal,
    lanes: usize,
    voices: u16,
) -> NodeSpec<T> {
    let options = BuildOptions {
        precision: T::PRECISION,
        sample_rate: RATE,
        inputs: None,
    };
    let graph = Graph::build(std::slice::from_ref(signal), &options).unwrap();
    let options = CompileOptions {
        level,
        moving: true,
        lanes,
        ..CompileOptions::default()
    };
    let mut compiler = Compiler::new(Target::Host).unwrap();
    let program = compiler.compile::<T>(&graph, &options).unwrap();
    let mut node = NodeSpec::new(NodeKey(0), "poly", program);
    (node.voices, node.graph) = (voices, Some(std::sync::Arc::new(graph)));
    node
}

/// Notes and values in no order that means anything, of a stretch of frames.
fn events(signal: &Signal, seed: u64, frames: std::ops::Range<u64>, every: u64) -> Vec<Event> {
    let controls = source::<f64>(signal, 1, 1);
    let controls = controls.program.controls();
    let slot = |name: &str| controls.iter().position(|c| &*c.name == name).unwrap() as u16;
    let (gate, freq) = (slot("gate"), slot("freq"));
    let mut x = seed;
    let mut random = |below: u64| {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (x >> 33) % below
    };
    let mut events = Vec::new();
    let mut frame = frames.start;
    while frame < frames.end {
        let note = seed * 1000 + frame;
        events.push(on(frame, note, gate, &[(freq, 50.0 + random(400) as f64)]));
        let end = frame + 1 + random(every * 4);
        if end < frames.end {
            events.push(off(end, note));
        }
        if random(3) == 0 {
            let at = frame + random(300);
            events.push(value(at, 0, freq, 100.0 + random(900) as f64));
        }
        frame += 1 + random(every);
    }
    events.sort_by_key(|event| event.frame);
    events
}

fn plan<T: Sample>(generation: u64, node: NodeSpec<T>) -> synthc_engine::plan::PlanSpec<T> {
    let mut spec = synthc_engine::plan::PlanSpec::new(generation, RATE);
    spec.nodes = vec![node];
    spec.limiter = None;
    spec
}

fn played<T: Sample>(lanes: usize, voices: u16) -> Vec<f64> {
    let mut rig = Rig::playing(plan(1, source::<T>(&voice(), lanes, voices)));
    rig.send(&events(&voice(), 1, 10..12_000, 300));
    let [left, _] = rig.blocks(250);
    left
}

#[test]
fn a_voice_in_a_lane_is_a_voice_alone() {
    for (lanes, voices) in [(4, 3), (4, 6), (8, 8), (16, 19)] {
        let alone = played::<f64>(1, voices);
        assert!(alone.iter().any(|x| x.abs() > 0.1));
        assert!(alone == played::<f64>(lanes, voices), "{lanes} lanes");
        assert!(played::<f32>(1, voices) == played::<f32>(lanes, voices));
    }
}

/// Plays while the number of voices changes: (lanes, voices) one after the other.
fn edited(steps: &[(usize, u16)]) -> Vec<f64> {
    let mut heard = Vec::new();
    let mut rig = Rig::new();
    for (index, &(lanes, voices)) in steps.iter().enumerate() {
        rig.publish(plan(
            index as u64 + 1,
            source::<f64>(&voice(), lanes, voices),
        ));
        let start = index as u64 * 6400;
        rig.send(&events(
            &voice(),
            index as u64 + 5,
            start + 700..start + 5800,
            250,
        ));
        heard.extend(rig.blocks(100)[0].iter());
        assert!(rig.poll().is_some());
    }
    heard
}

#[test]
fn voices_in_lanes_go_on_over_edits_as_voices_alone_do() {
    let counts = [6, 9, 3, 16, 5];
    let all = |lanes: usize| edited(&counts.map(|voices| (lanes, voices)));
    let alone = all(1);
    let differs = |a: &[f64], b: &[f64]| {
        let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f64::max)
    };
    assert!(alone.iter().any(|x| x.abs() > 0.1));
    for lanes in [4, 8, 16] {
        let difference = differs(&alone, &all(lanes));
        assert!(difference < 1e-9, "{lanes} lanes: {difference}");
    }
    let alone = edited(&[6, 9, 9, 16, 16].map(|voices| (1, voices)));
    let mixed = edited(&[(1, 6), (4, 9), (8, 9), (16, 16), (1, 16)]);
    let difference = differs(&alone, &mixed);
    assert!(difference < 1e-9, "into and out of lanes: {difference}");
}

#[test]
fn what_stands_still_is_not_computed_and_nobody_hears_it() {
    for lanes in [1, 4] {
        let play = |skips: bool| {
            let mut rig: Rig<f32> = Rig::new();
            rig.processor.set_skipping(skips);
            let mut room = node_f32(1, "room", &[delay(Signal::input(0), 900.0)]);
            room.gain = 0.5;
            let mut spec = plan(1, source::<f32>(&pluck(), lanes, 6));
            spec.nodes.push(room);
            spec.sends = vec![send(0, 1, 0.7)];
            rig.publish(spec);
            let mut events = events(&pluck(), 3, 100..3000, 900);
            events.extend(self::events(&pluck(), 4, 40_001..44_000, 500));
            rig.send(&events);
            let [left, _] = rig.blocks(900);
            (left, rig.processor.monitor().skipped())
        };
        let ((computed, none), (heard, skipped)) = (play(false), play(true));
        assert!(computed == heard, "{lanes} lanes");
        assert!(computed[41_000..].iter().any(|x| x.abs() > 0.1));
        assert_eq!(none, 0);
        assert!(skipped > 1000, "{skipped} of a block and a group");
    }
}

fn node_f32(key: u32, name: &str, outputs: &[Signal]) -> NodeSpec<f32> {
    NodeSpec::new(NodeKey(key), name, program(outputs))
}
