//! Small programs whose output says what happened to them, and a rig that plays plans.

use std::sync::Arc;

use assert_no_alloc::assert_no_alloc;
use synthc_engine::event::{Event, EventKind, NodeKey, NoteParams};
use synthc_engine::plan::{NodeSpec, Outlet, Plan, PlanSpec, SendSpec, Tap};
use synthc_engine::processor::{ControlPort, Processor, ProcessorConfig, connect};
use synthc_engine::swap::Adoption;
use synthc_ir::{BuildOptions, Control, Graph, Signal, Smoothing};
use synthc_jit::{CompileOptions, Compiler, Level, Program, Sample, Target};

pub(crate) const RATE: f64 = 48_000.0;

pub(crate) fn program<T: Sample>(outputs: &[Signal]) -> Program<T> {
    program_at(Level::Optimized, outputs)
}

pub(crate) fn program_at<T: Sample>(level: Level, outputs: &[Signal]) -> Program<T> {
    let options = BuildOptions {
        precision: T::PRECISION,
        sample_rate: RATE,
        inputs: None,
    };
    let graph = Graph::build(outputs, &options).unwrap();
    let mut compiler = Compiler::new(Target::Host).unwrap();
    let options = CompileOptions {
        level,
        moving: true,
        ..CompileOptions::default()
    };
    compiler.compile(&graph, &options).unwrap()
}

/// A control that steps.
pub(crate) fn stepping(name: &str, init: f64) -> Signal {
    let mut control = Control::new(name, init, -1e4, 1e4);
    control.smoothing = Smoothing::None;
    Signal::control(control)
}

/// A control that is smoothed as by default.
pub(crate) fn smoothed(name: &str, init: f64, lo: f64, hi: f64) -> Signal {
    Signal::control(Control::new(name, init, lo, hi))
}

pub(crate) fn gate() -> Signal {
    Signal::control(Control::new("gate", 0.0, 0.0, 1.0))
}

pub(crate) fn node(key: u32, name: &str, outputs: &[Signal]) -> NodeSpec<f64> {
    NodeSpec::new(NodeKey(key), name, program(outputs))
}

pub(crate) fn send(from: u32, to: u32, level: f64) -> SendSpec {
    SendSpec {
        from: NodeKey(from),
        outlet: Outlet::Whole,
        to: NodeKey(to),
        level,
        tap: Tap::Post,
        port: None,
        feedback: false,
    }
}

/// A plan without limiter, so that sums can be read off the output.
pub(crate) fn spec(generation: u64, nodes: Vec<NodeSpec<f64>>) -> PlanSpec<f64> {
    let mut spec = PlanSpec::new(generation, RATE);
    spec.nodes = nodes;
    spec.limiter = None;
    spec
}

pub(crate) fn event(frame: u64, kind: EventKind) -> Event {
    Event {
        frame,
        sequence: 0,
        slot: 0,
        epoch: 0,
        kind,
    }
}

pub(crate) fn value(frame: u64, node: u32, control: u16, value: f64) -> Event {
    let node = NodeKey(node);
    event(
        frame,
        EventKind::Value {
            node,
            control,
            value,
        },
    )
}

/// A note of node 0.
pub(crate) fn on(frame: u64, note: u64, gate: u16, params: &[(u16, f64)]) -> Event {
    let mut list = NoteParams::new();
    for &(control, value) in params {
        list.push(control, value).unwrap();
    }
    event(
        frame,
        EventKind::NoteOn {
            node: NodeKey(0),
            note,
            gate: Some(gate),
            params: list,
        },
    )
}

pub(crate) fn off(frame: u64, note: u64) -> Event {
    let node = NodeKey(0);
    event(frame, EventKind::NoteOff { node, note })
}

/// A processor with its port.
pub(crate) struct Rig<T> {
    pub(crate) port: ControlPort<T>,
    pub(crate) processor: Processor<T>,
    sequence: u64,
}

impl<T: Sample> Rig<T> {
    pub(crate) fn new() -> Self {
        Self::with(&ProcessorConfig::new(RATE))
    }

    pub(crate) fn with(config: &ProcessorConfig) -> Self {
        let (port, mut processor) = connect(config);
        processor.warm_up();
        Self {
            port,
            processor,
            sequence: 0,
        }
    }

    pub(crate) fn playing(spec: PlanSpec<T>) -> Self {
        let mut rig = Self::new();
        rig.publish(spec);
        rig
    }

    pub(crate) fn publish(&mut self, spec: PlanSpec<T>) -> Arc<Plan<T>> {
        let publication = self.port.publisher.prepare(spec).unwrap();
        let plan = Arc::clone(&publication.plan);
        assert!(self.port.publisher.publish(publication).is_ok());
        plan
    }

    pub(crate) fn poll(&mut self) -> Option<Adoption> {
        self.port.publisher.poll()
    }

    /// Sends events, numbered in the order given.
    pub(crate) fn send(&mut self, events: &[Event]) {
        for event in events {
            let sequence = self.sequence;
            self.sequence += 1;
            self.port.events.send(Event { sequence, ..*event }).unwrap();
        }
    }

    /// The next `blocks` inner blocks, without latency: left and right.
    pub(crate) fn blocks(&mut self, blocks: usize) -> [Vec<f64>; 2] {
        let mut sides = [(); 2].map(|()| vec![0.0; blocks * 64]);
        for block in 0..blocks {
            let computed = assert_no_alloc(|| self.processor.next_block());
            for (side, computed) in sides.iter_mut().zip(computed) {
                for (to, from) in side[block * 64..].iter_mut().zip(computed) {
                    *to = from.to_f64();
                }
            }
        }
        sides
    }

    /// The next frames as a host sees them, interleaved, asked for in pieces of `size`.
    pub(crate) fn interleaved(&mut self, frames: usize, size: usize, channels: usize) -> Vec<T> {
        let mut output = vec![T::default(); frames * channels];
        for piece in output.chunks_mut(size * channels) {
            assert_no_alloc(|| self.processor.process_interleaved(piece, channels));
        }
        output
    }
}

/// Frames at which a signal changes, with what it changes to; it is 0 before.
pub(crate) fn changes(signal: &[f64]) -> Vec<(usize, f64)> {
    let mut last = 0.0;
    let mut changes = Vec::new();
    for (frame, &x) in signal.iter().enumerate() {
        if x != last {
            changes.push((frame, x));
            last = x;
        }
    }
    changes
}
