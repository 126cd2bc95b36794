//! Recurrences side by side: many copies of a random recurrence in one graph, each with constants and inputs of
//! its own, give the bits of the evaluator; and the patterns that banks are for are found.

mod oracle;

use oracle::{assert_same, compile, evaluate_script, run_script, smoothed, strict};
use proptest::collection::vec;
use proptest::prelude::*;
use synthc_ir::graph::{ControlId, Register, RegisterId, RegisterInit};
use synthc_ir::library::{adsr, bandpass, lf_saw, lowpass, reverb};
use synthc_ir::testing::{Script, largest_difference, scripts};
use synthc_ir::{BinaryOp, BuildOptions, CastOp, CompareOp, Const, Control, Graph, NodeId, Op};
use synthc_ir::{Precision, Signal, Type, UnaryOp};
use synthc_jit::{CompileOptions, LoopKind, Sample, Target};

const FRAMES: usize = 150;

/// Where the copies take their input from.
#[derive(Clone, Copy, Debug)]
enum Wiring {
    /// All from one input.
    Shared,
    /// Each from a mixture of its own.
    Own,
    /// Each from the copy so many before, so that there are several levels.
    Chained(usize),
    /// Each from its own control.
    Control,
}

fn wirings() -> impl Strategy<Value = Wiring> {
    prop_oneof![
        Just(Wiring::Shared),
        Just(Wiring::Own),
        Just(Wiring::Control),
        (1..4_usize).prop_map(Wiring::Chained),
    ]
}

/// One operation of a recurrence, as numbers that choose it and its operands.
type Choice = (u8, u8, u8, u8);

/// A recurrence under construction: values by type, newest last.
struct Growing<'g> {
    graph: &'g mut Graph,
    floats: Vec<NodeId>,
    whole: Vec<NodeId>,
    long: Vec<NodeId>,
    bools: Vec<NodeId>,
}

/// One of the newest four values, or any.
fn pick(values: &[NodeId], choice: u8) -> NodeId {
    let count = values.len();
    let back = usize::from(choice >> 1) % if choice & 1 == 0 { count.min(4) } else { count };
    values[count - 1 - back]
}

impl Growing<'_> {
    fn register(&mut self, ty: Type, init: Const) -> RegisterId {
        let id = self.graph.add_register(Register {
            ty,
            init: RegisterInit::Const(init),
            next: None,
            name: None,
            site: None,
        });
        let read = self.graph.insert(Op::RegisterRead(id));
        self.pool(ty).push(read);
        id
    }

    fn pool(&mut self, ty: Type) -> &mut Vec<NodeId> {
        match ty {
            Type::Float => &mut self.floats,
            Type::I32 => &mut self.whole,
            Type::I64 => &mut self.long,
            Type::Bool => &mut self.bools,
        }
    }

    fn step(&mut self, (kind, a, b, c): Choice, copy: usize) {
        let [x, y, z] = [a, b, c].map(|choice| pick(&self.floats, choice));
        let [i, j] = [a, b].map(|choice| pick(&self.whole, choice));
        let [k, l] = [a, b].map(|choice| pick(&self.long, choice));
        let [p, q] = [a, b].map(|choice| pick(&self.bools, choice));
        let phase = self.graph.precision().phase_type();
        let op = match kind % 24 {
            0..3 => Op::Binary(BinaryOp::Add, x, y),
            3 => Op::Binary(BinaryOp::Sub, x, y),
            4..6 => Op::Fma(x, y, z),
            6..8 => {
                let own = f64::from(c) / 256.0 + copy as f64 / 64.0;
                let own = self.graph.float(self.graph.precision().round(own));
                Op::Binary(BinaryOp::Mul, x, own)
            }
            8 => Op::Binary(BinaryOp::Div, x, y),
            9 => Op::Binary(BinaryOp::Min, x, y),
            10 => Op::Binary(BinaryOp::Max, x, y),
            11 => Op::Unary(UnaryOp::ALL[usize::from(b) % 7], x),
            12 => Op::Compare(CompareOp::ALL[usize::from(c) % 6], x, y),
            13 => Op::Select(p, x, y),
            14 => Op::Select(p, i, j),
            15 => Op::Select(p, q, pick(&self.bools, c)),
            16 => Op::Binary(
                [BinaryOp::Add, BinaryOp::Mul, BinaryOp::Xor, BinaryOp::ShrU][usize::from(c) % 4],
                i,
                j,
            ),
            17 => Op::Binary(
                [BinaryOp::Sub, BinaryOp::Mul, BinaryOp::And, BinaryOp::Min][usize::from(c) % 4],
                k,
                l,
            ),
            18 => {
                // The same amount in every copy, or an amount of each one's own.
                let amount = i32::from(b % 34) + if c & 1 == 0 { 0 } else { copy as i32 };
                Op::Binary(BinaryOp::ShrS, i, self.graph.i32(amount))
            }
            19 => Op::Compare(CompareOp::ALL[usize::from(c) % 6], k, l),
            20 => Op::Binary(
                [BinaryOp::And, BinaryOp::Or, BinaryOp::Xor][usize::from(c) % 3],
                p,
                q,
            ),
            21 => match c % 5 {
                0 => Op::Cast(CastOp::FloatToI32, x),
                1 => Op::Cast(CastOp::FloatToI64, x),
                2 => Op::Cast(CastOp::I32ToI64, i),
                3 => Op::Cast(CastOp::I64ToI32, k),
                _ => Op::Cast(CastOp::BoolToI32, p),
            },
            22 => match c % 3 {
                0 => Op::Cast(CastOp::I32ToFloat, i),
                1 => Op::Cast(CastOp::I64ToFloat, k),
                _ => Op::Cast(CastOp::BoolToFloat, p),
            },
            _ => Op::Cast(CastOp::BitsToFloat, if phase == Type::I32 { i } else { k }),
        };
        // Written the other way round in every other copy.
        let op = match op {
            Op::Binary(op, a, b) if op.is_commutative() && copy & 1 == 1 => Op::Binary(op, b, a),
            Op::Fma(a, b, c) if copy & 1 == 1 => Op::Fma(b, a, c),
            op => op,
        };
        let id = self.graph.insert(op);
        let ty = self.graph.ty(id);
        self.pool(ty).push(id);
    }
}

/// Adds one copy of a recurrence; gives what it puts out.
fn add_copy(graph: &mut Graph, steps: &[Choice], copy: usize, input: NodeId) -> NodeId {
    let control = graph.insert(Op::Control(ControlId::new(copy % 3)));
    let mut growing = Growing {
        floats: vec![control, input],
        whole: Vec::new(),
        long: Vec::new(),
        bools: Vec::new(),
        graph,
    };
    let inits = [
        Const::Float(0.25),
        Const::Float(copy as f64 / 4.0),
        Const::I32(3 + copy as i32),
        Const::I64(-5),
        Const::Bool(copy.is_multiple_of(2)),
    ];
    let registers = inits.map(|init| (init.ty(), growing.register(init.ty(), init)));
    for &step in steps {
        growing.step(step, copy);
    }
    for (back, (ty, register)) in registers.into_iter().enumerate() {
        let values = growing.pool(ty);
        let next = values[values.len().saturating_sub(1 + back % 2)];
        growing.graph.register_mut(register).next = Some(next);
    }
    growing.floats[growing.floats.len() - 1]
}

/// Copies of a recurrence; the outputs of all, and their sum.
fn copies(precision: Precision, steps: &[Choice], count: usize, wiring: Wiring) -> Graph {
    let mut graph = Graph::new(precision, 48_000.0, 2);
    for name in ["a", "b", "c"] {
        let mut control = synthc_ir::Control::new(name, 0.5, 0.0, 1.0);
        control.smoothing = synthc_ir::Smoothing::None;
        graph.add_control(control.into());
    }
    let inputs = [0, 1].map(|i| graph.insert(Op::Input(i)));
    let mut outputs: Vec<NodeId> = Vec::new();
    for copy in 0..count {
        let input = match wiring {
            Wiring::Shared => inputs[0],
            Wiring::Own => {
                let factor = graph.float(0.25 + copy as f64 / 16.0);
                let scaled = graph.mul(inputs[0], factor);
                graph.add(scaled, inputs[1])
            }
            Wiring::Chained(back) => copy
                .checked_sub(back)
                .map_or(inputs[copy % 2], |before| outputs[before]),
            Wiring::Control => graph.insert(Op::Control(ControlId::new(copy % 3))),
        };
        outputs.push(add_copy(&mut graph, steps, copy, input));
    }
    let sum = outputs.clone().into_iter();
    let sum = sum.reduce(|sum, output| graph.add(sum, output));
    outputs.extend(sum);
    graph.set_outputs(outputs);
    graph
}

fn check<T: Sample>(graph: &Graph, script: &Script) {
    let expected = evaluate_script(graph, script);
    for target in [Target::Host, Target::Baseline] {
        let program = compile::<T>(graph, &CompileOptions { target, ..strict() });
        let given = run_script(&program, script, &[64, 1, 17, 100], false);
        assert_same(&expected, &given, "copies");
    }
    let graph = smoothed(graph);
    let options = CompileOptions {
        moving: true,
        ..strict()
    };
    let given = run_script(&compile::<T>(&graph, &options), script, &[5, 64, 3], true);
    assert_same(&expected, &given, "moving");
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    vec(any::<Choice>(), 8..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn copies_of_a_recurrence_give_the_evaluators_bits(
        steps in choices(), count in 2..18_usize, wiring in wirings(), script in scripts(FRAMES)
    ) {
        check::<f32>(&copies(Precision::F32, &steps, count, wiring), &script);
        check::<f64>(&copies(Precision::F64, &steps, count, wiring), &script);
    }
}

fn sum(signals: impl Iterator<Item = Signal>) -> Signal {
    signals.reduce(|a, b| a + b).expect("at least one signal")
}

/// The banks of a patch, as the number of nodes of each, and the graph.
fn banks(output: &Signal) -> (Vec<usize>, Graph) {
    let options = BuildOptions {
        precision: Precision::F64,
        ..BuildOptions::default()
    };
    let graph = Graph::build(std::slice::from_ref(output), &options).expect("well-formed signals");
    let options = CompileOptions {
        keep_text: true,
        ..CompileOptions::default()
    };
    let program = compile::<f64>(&graph, &options);
    let banks = program.loops().iter();
    let banks = banks.filter(|one| one.kind == LoopKind::Bank);
    (banks.map(|one| one.nodes.len()).collect(), graph)
}

/// Optimised code of a patch against the evaluator.
fn assert_close(graph: &Graph) {
    let script = Script {
        frames: 700,
        seed: 3,
        changes: vec![(100, 0, 0.0), (333, 0, 1.0)],
    };
    let expected = evaluate_script(graph, &script);
    let program = compile::<f64>(graph, &CompileOptions::default());
    let given = run_script(&program, &script, &[64, 63, 130], false);
    let difference = largest_difference(&expected, &given);
    assert!(difference < 1e-9, "{difference:e}");
}

#[test]
fn sixteen_voices_of_one_expression_share_a_bank() {
    let gate = Signal::control(Control::new("gate", 1.0, 0.0, 1.0));
    let cutoff = Signal::control(Control::new("cutoff", 800.0, 100.0, 4000.0));
    let voice = |i: u32| {
        let frequency = 55.0 * (f64::from(i) / 12.0).exp2();
        let envelope = adsr(0.005, 0.15, 0.3, 0.08, gate.clone());
        let filtered = lowpass(lf_saw(frequency), cutoff.clone(), 2);
        filtered.expect("an even order") * envelope * 0.5
    };
    let (banks, graph) = banks(&sum((0..16).map(voice)));
    assert_eq!(banks.len(), 1, "all sixteen side by side");
    assert!(
        banks[0] >= 16 * 19,
        "oscillator and filter together: {banks:?}"
    );
    assert_close(&graph);
}

#[test]
fn the_bands_of_a_filter_bank_share_banks() {
    let band = |i: u32| {
        let center = 100.0 * (f64::from(i) / 2.0).exp2();
        let input = Signal::input(0);
        bandpass(input, center, 4.0).abs() * f64::from(i + 1)
    };
    let (banks, graph) = banks(&sum((0..10).map(band)));
    assert_eq!(banks.len(), 1);
    assert_close(&graph);
}

#[test]
fn recurrences_in_a_row_share_no_bank() {
    let mut x = Signal::input(0);
    for i in 0..4 {
        x = bandpass(x, 300.0 + 100.0 * f64::from(i), 2.0);
    }
    let (banks, graph) = banks(&x);
    assert_eq!(banks, []);
    assert_close(&graph);
}

#[test]
fn what_a_bank_gives_is_summed_several_frames_at_a_time() {
    let band = |i: u32| bandpass(Signal::input(0), 100.0 * f64::from(i + 1), 4.0).abs();
    let sum = sum((0..16).map(band));
    let graph = Graph::build(&[sum], &BuildOptions::default()).expect("well-formed signals");
    let options = CompileOptions {
        keep_text: true,
        ..CompileOptions::default()
    };
    let program = compile::<f32>(&graph, &options);
    let kinds: Vec<LoopKind> = program.loops().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [LoopKind::Bank, LoopKind::Time]);
}

#[test]
fn the_combs_of_a_reverb_are_damped_side_by_side() {
    let reverb = reverb(Signal::input(0), 0.7, 0.4);
    let options = BuildOptions {
        inputs: Some(2),
        ..BuildOptions::default()
    };
    let graph = Graph::build(&[reverb], &options).expect("well-formed signals");
    let kinds = |options: &CompileOptions| -> Vec<LoopKind> {
        let program = compile::<f32>(&graph, options);
        let mut kinds: Vec<LoopKind> = program.loops().iter().map(|one| one.kind).collect();
        kinds.dedup();
        kinds
    };
    let options = CompileOptions {
        keep_text: true,
        ..strict()
    };
    // Lines, dampers, all-passes.
    let expected = [LoopKind::Time, LoopKind::Bank, LoopKind::Time];
    assert_eq!(kinds(&options), expected);
    let script = Script {
        frames: 5_000,
        seed: 3,
        changes: Vec::new(),
    };
    check::<f32>(&graph, &script);
}
