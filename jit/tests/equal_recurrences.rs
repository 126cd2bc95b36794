//! Recurrences that are the same: random graphs with all their state once more, in which some copies begin with
//! something else, give the bits of the evaluator; and where nothing differs the copies are one.

mod oracle;

use oracle::{assert_same, compile, evaluate_script, run_script, strict};
use proptest::prelude::*;
use synthc_ir::graph::{DelayLine, LineId, Register, RegisterId, RegisterInit, Table, TableId};
use synthc_ir::graph::{NodeId, Op, TableKind};
use synthc_ir::library::{adsr, lf_saw, lowpass};
use synthc_ir::testing::{Script, graphs, scripts};
use synthc_ir::{BuildOptions, Const, Control, Graph, Precision, Signal};
use synthc_jit::{CompileOptions, Equals, Sample};

const STEPS: usize = 40;
const FRAMES: usize = 100;

/// Which registers of the copy begin with something else: those whose bit is set.
type Different = u16;

fn changed(register: &Register, index: usize, different: Different) -> RegisterInit {
    if different >> (index % 16) & 1 == 0 {
        return register.init;
    }
    match register.init {
        RegisterInit::Const(Const::Float(x)) => RegisterInit::Const(Const::Float(x + 0.25)),
        RegisterInit::Const(Const::I32(x)) => RegisterInit::Const(Const::I32(x ^ 5)),
        RegisterInit::Const(Const::I64(x)) => RegisterInit::Const(Const::I64(x ^ 5)),
        RegisterInit::Const(Const::Bool(x)) => RegisterInit::Const(Const::Bool(!x)),
        key @ RegisterInit::NoiseKey { .. } => key,
    }
}

/// The graph with registers, lines and tables once more, and what they give; outputs of both in turn.
fn doubled(graph: &Graph, different: Different) -> Graph {
    let mut twice = graph.clone();
    for (i, register) in graph.registers().iter().enumerate() {
        let init = changed(register, i, different);
        twice.add_register(Register {
            init,
            ..register.clone()
        });
    }
    for line in graph.lines() {
        twice.add_line(DelayLine::clone(line));
    }
    for table in graph.tables() {
        twice.add_table(Table::clone(table));
    }
    let counts = [
        graph.registers().len(),
        graph.lines().len(),
        graph.tables().len(),
    ];
    let mut copy: Vec<NodeId> = Vec::with_capacity(graph.len());
    for (_, node) in graph.nodes() {
        let op = match node.op.map_operands(|operand| copy[operand.index()]) {
            Op::RegisterRead(r) => Op::RegisterRead(RegisterId::new(r.index() + counts[0])),
            Op::DelayRead(d, at) => Op::DelayRead(LineId::new(d.index() + counts[1]), at),
            Op::TableRead(t, at) => Op::TableRead(TableId::new(t.index() + counts[2]), at),
            other => other,
        };
        copy.push(twice.insert(op));
    }
    let copied = |id: &mut NodeId| *id = copy[id.index()];
    for i in 0..counts[0] {
        let next = &mut twice.register_mut(RegisterId::new(counts[0] + i)).next;
        next.iter_mut().for_each(copied);
    }
    for i in 0..counts[1] {
        let input = &mut twice.line_mut(LineId::new(counts[1] + i)).input;
        input.iter_mut().for_each(copied);
    }
    for i in 0..counts[2] {
        let kind = &mut twice.table_mut(TableId::new(counts[2] + i)).kind;
        if let TableKind::Written {
            write: Some((index, value)),
            ..
        } = kind
        {
            copied(index);
            copied(value);
        }
    }
    let outputs = graph
        .outputs()
        .iter()
        .flat_map(|&id| [id, copy[id.index()]]);
    twice.set_outputs(outputs.collect());
    twice
}

fn places<T: Sample>(graph: &Graph, equals: Equals) -> usize {
    let options = CompileOptions { equals, ..strict() };
    let program = compile::<T>(graph, &options);
    let offsets = program.layout().registers().iter().flatten();
    let mut offsets: Vec<u32> = offsets.map(|slot| slot.offset).collect();
    offsets.sort_unstable();
    offsets.dedup();
    offsets.len()
}

fn check<T: Sample>(graph: &Graph, script: &Script, different: Different) {
    let twice = doubled(graph, different);
    twice.verify().expect("a well-formed copy");
    let expected = evaluate_script(&twice, script);
    for equals in [Equals::Merged, Equals::Apart] {
        let options = CompileOptions { equals, ..strict() };
        let program = compile::<T>(&twice, &options);
        let given = run_script(&program, script, &[64, 3], false);
        assert_same(&expected, &given, &format!("{equals:?}\n{twice}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn copies_that_differ_in_some_of_their_state_keep_their_bits(
        narrow in graphs(Precision::F32, STEPS), wide in graphs(Precision::F64, STEPS),
        script in scripts(FRAMES), different in any::<Different>(), few in 0..16_u32
    ) {
        check::<f32>(&narrow.0, &script, different);
        check::<f64>(&wide.0, &script, 1 << few);
        check::<f64>(&wide.0, &script, 0);
    }
}

#[test]
fn voices_of_one_gate_share_an_envelope() {
    let gate = || Signal::control(Control::new("gate", 1.0, 0.0, 1.0));
    let envelope = || adsr(0.01, 0.1, 0.5, 0.2, gate());
    let voice = |pitch: u32| {
        let tone = lowpass(lf_saw(f64::from(pitch)), 800.0, 2).expect("an even order");
        tone * envelope()
    };
    let count = |signal: Signal, equals| {
        let graph = Graph::build(&[signal], &BuildOptions::default()).expect("good signals");
        places::<f32>(&graph, equals)
    };
    let own = count(envelope(), Equals::Merged);
    let whole = count(voice(55), Equals::Merged);
    let eight = || (0..8).map(|i| voice(55 + i)).reduce(|a, b| a + b);
    let eight = || eight().expect("voices");
    assert_eq!(count(eight(), Equals::Merged), own + 8 * (whole - own));
    assert_eq!(count(eight(), Equals::Apart), 8 * whole);
}
