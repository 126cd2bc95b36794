//! Every rule is broken once, by hand: the verifier must name the culprit and what it expected.

use std::sync::Arc;

use super::VerifyError;
use crate::graph::{DelayLine, ExternInstance, Register, RegisterInit, Table, TableKind};
use crate::{
    BinaryOp, CastOp, Const, Control, ExternState, ExternUnit, Graph, NodeId, Op, Precision, Type,
    UnaryOp,
};

fn graph() -> Graph {
    Graph::new(Precision::F32, 48_000.0, 1)
}

/// The message about a graph that `spoil` made; one good output is added.
fn refusal(spoil: impl FnOnce(&mut Graph)) -> String {
    let mut graph = graph();
    let output = graph.insert(Op::Input(0));
    graph.set_outputs(vec![output]);
    assert!(
        graph.verify().is_ok(),
        "the graph is good before it is spoilt"
    );
    spoil(&mut graph);
    graph.verify().expect_err("a spoilt graph").to_string()
}

fn register(ty: Type, init: RegisterInit, next: Option<NodeId>) -> Register {
    let (name, site) = (None, None);
    Register {
        ty,
        init,
        next,
        name,
        site,
    }
}

fn line(min: u32, max: u32, input: Option<NodeId>) -> DelayLine {
    let (name, site) = (None, None);
    DelayLine {
        input,
        min,
        max,
        name,
        site,
    }
}

fn table(kind: TableKind) -> Table {
    let (name, site) = (None, None);
    Table { kind, name, site }
}

#[derive(Debug)]
struct Unit {
    inputs: usize,
    outputs: usize,
}

impl ExternUnit for Unit {
    fn name(&self) -> &str {
        "unit"
    }
    fn inputs(&self) -> usize {
        self.inputs
    }
    fn outputs(&self) -> usize {
        self.outputs
    }
    fn instantiate(&self, _: f64) -> Box<dyn ExternState> {
        Box::new(Silence)
    }
}

struct Silence;

impl ExternState for Silence {
    fn frame(&mut self, _: &[f64], outputs: &mut [f64]) {
        outputs.fill(0.0);
    }
}

#[test]
fn a_sample_rate_outside_the_range_is_refused() {
    let mut graph = Graph::new(Precision::F32, 0.0, 0);
    let one = graph.float(1.0);
    graph.set_outputs(vec![one]);
    assert!(matches!(graph.verify(), Err(VerifyError::SampleRate { given }) if given == 0.0));
}

#[test]
fn a_graph_without_output_is_refused() {
    assert!(matches!(graph().verify(), Err(VerifyError::NoOutput)));
    let message = refusal(|g| {
        let index = g.i32(0);
        g.set_outputs(vec![index]);
    });
    assert_eq!(message, "output 0 needs float, but %1 is i32");
}

#[test]
fn ids_beyond_their_table_are_refused() {
    let message = refusal(|g| {
        g.insert(Op::Input(7));
    });
    assert_eq!(
        message,
        "%1 refers to input 7, but there are only 1 (counted from 0)"
    );
    let message = refusal(|g| g.set_outputs(vec![NodeId::new(9)]));
    assert_eq!(
        message,
        "output 0 refers to %9, but there are only 1 (counted from 0)"
    );
    let message = refusal(|g| {
        g.insert(Op::Control(crate::graph::ControlId::new(0)));
    });
    assert_eq!(
        message,
        "%1 refers to c0, but there are only 0 (counted from 0)"
    );
}

#[test]
fn an_operand_that_does_not_come_first_is_refused() {
    let message = refusal(|g| {
        g.insert(Op::Binary(BinaryOp::Add, NodeId::new(0), NodeId::new(5)));
    });
    assert_eq!(
        message,
        "%1 uses %5; operands must have smaller numbers than their users"
    );
}

#[test]
fn operands_of_a_wrong_type_are_refused() {
    let message = refusal(|g| {
        let index = g.i32(1);
        g.insert(Op::Binary(BinaryOp::Add, NodeId::new(0), index));
    });
    assert_eq!(message, "%2 (add) needs float, but %1 is i32");
    let message = refusal(|g| {
        g.insert(Op::Unary(UnaryOp::Not, NodeId::new(0)));
    });
    assert_eq!(
        message,
        "%1 (not) needs an integer or a bool, but %0 is float"
    );
    let message = refusal(|g| {
        g.insert(Op::Select(NodeId::new(0), NodeId::new(0), NodeId::new(0)));
    });
    assert_eq!(
        message,
        "%1 (select) needs a bool as condition, but %0 is float"
    );
    let message = refusal(|g| {
        let long = g.i64(1);
        g.insert(Op::Cast(CastOp::BitsToFloat, long));
    });
    assert_eq!(message, "%2 (bits_to_float) needs i32, but %1 is i64");
    let message = refusal(|g| {
        let line = g.add_line(line(1, 2, Some(NodeId::new(0))));
        g.insert(Op::DelayRead(line, NodeId::new(0)));
    });
    assert_eq!(
        message,
        "%1 (delay) needs an i32 as offset, but %0 is float"
    );
}

#[test]
fn a_result_whose_register_changed_its_type_is_refused() {
    let message = refusal(|g| {
        let zero = g.i32(0);
        let init = RegisterInit::Const(Const::I32(0));
        let r = g.add_register(register(Type::I32, init, Some(zero)));
        g.insert(Op::RegisterRead(r));
        g.register_mut(r).ty = Type::I64;
    });
    assert_eq!(
        message,
        "%2 needs i32, but the result of its register is i64"
    );
}

#[test]
fn constants_are_of_the_graphs_width_and_state_starts_without_nan() {
    for (init, shown) in [(0.1, "0.1"), (f64::NAN, "NaN")] {
        let message = refusal(|g| {
            let (init, next) = (RegisterInit::Const(Const::Float(init)), NodeId::new(0));
            g.add_register(register(Type::Float, init, Some(next)));
        });
        assert_eq!(
            message,
            format!(
                "r0 holds {shown}, which is no f32 constant; round it, and start no state with NaN"
            )
        );
    }
}

#[test]
fn all_nans_are_one_constant_and_infinities_are_constants() {
    for precision in [Precision::F32, Precision::F64] {
        let mut graph = Graph::new(precision, 48_000.0, 0);
        let nan = graph.float(f64::NAN);
        assert_eq!(graph.float(-f64::NAN), nan);
        assert_eq!(graph.float(f64::from_bits(f64::NAN.to_bits() | 7)), nan);
        let infinities = [f64::INFINITY, f64::NEG_INFINITY].map(|x| graph.float(x));
        graph.set_outputs(vec![nan, infinities[0], infinities[1]]);
        graph.verify().expect("a good graph");
    }
}

#[test]
fn registers_are_bound_and_start_with_their_type() {
    let zero = RegisterInit::Const(Const::Float(0.0));
    let message = refusal(|g| {
        g.add_register(register(Type::Float, zero, None));
    });
    assert_eq!(
        message,
        "r0 is never written; bind it before the graph is used"
    );
    let message = refusal(|g| {
        g.add_register(register(Type::Bool, zero, Some(NodeId::new(0))));
    });
    assert_eq!(message, "r0 needs bool, but its first value is float");
    let message = refusal(|g| {
        let init = RegisterInit::Const(Const::Bool(true));
        g.add_register(register(Type::Bool, init, Some(NodeId::new(0))));
    });
    assert_eq!(message, "r0 needs bool, but %0 is float");
    let message = refusal(|g| {
        let (ordinal, word) = (0, 2);
        let init = RegisterInit::NoiseKey { ordinal, word };
        let next = g.i32(0);
        g.add_register(register(Type::I32, init, Some(next)));
    });
    assert_eq!(
        message,
        "r0 holds word 2 of a noise key; there are words 0 and 1"
    );
}

#[test]
fn delay_lines_are_bound_and_their_bounds_make_a_range() {
    let message = refusal(|g| {
        g.add_line(line(3, 2, Some(NodeId::new(0))));
    });
    assert_eq!(
        message,
        "d0 reaches from 3 to 2 frames; it must be min ≤ max and 1 ≤ max ≤ 67108865"
    );
    assert!(
        refusal(|g| {
            g.add_line(line(0, 0, Some(NodeId::new(0))));
        })
        .starts_with("d0 reaches from 0 to 0")
    );
    assert!(
        refusal(|g| {
            g.add_line(line(0, u32::MAX, Some(NodeId::new(0))));
        })
        .starts_with("d0 reaches")
    );
    assert!(
        refusal(|g| {
            g.add_line(line(0, 1, None));
        })
        .starts_with("d0 is never written")
    );
}

#[test]
fn tables_have_cells_and_written_ones_a_write_of_the_right_types() {
    let message = refusal(|g| {
        g.add_table(table(TableKind::ReadOnly(Arc::from([]))));
    });
    assert_eq!(message, "t0 has 0 cells; it must have 1 to 16777216");
    let (len, init) = (4, 0.0);
    let message = refusal(|g| {
        let write = None;
        g.add_table(table(TableKind::Written { len, init, write }));
    });
    assert!(message.starts_with("t0 is never written"), "{message}");
    let message = refusal(|g| {
        let write = Some((NodeId::new(0), NodeId::new(0)));
        g.add_table(table(TableKind::Written { len, init, write }));
    });
    assert_eq!(message, "t0 (index) needs i32, but %0 is float");
}

#[test]
fn externs_are_wired_as_they_declare() {
    let wire = |inputs, outputs| {
        refusal(|g| {
            g.add_extern(ExternInstance {
                unit: Arc::new(Unit { inputs, outputs }),
                inputs: vec![NodeId::new(0)],
                site: None,
            });
        })
    };
    let message = wire(2, 1);
    assert!(
        message.starts_with("x0 `unit` is given 1 inputs; its unit declares 2"),
        "{message}"
    );
    assert!(wire(1, 0).contains("and 0 outputs"));
    assert!(wire(1, 4097).contains("and 4097 outputs; it must get"));
}

#[test]
fn controls_have_a_range_and_a_name_of_their_own() {
    let message = refusal(|g| {
        g.add_control(Arc::new(Control::new("level", 2.0, 0.0, 1.0)));
    });
    assert_eq!(message, "c0 `level`: init is 2, outside [0, 1]");
    let message = refusal(|g| {
        g.add_control(Arc::new(Control::new("level", 0.0, 0.0, 1.0)));
        g.add_control(Arc::new(Control::new("level", 0.5, 0.0, 1.0)));
    });
    assert_eq!(message, "c1 `level`: an earlier control has this name");
}

#[test]
fn a_loop_through_a_line_that_may_be_read_at_no_delay_is_refused() {
    let message = refusal(|g| {
        let d = g.add_line(line(0, 8, None));
        let offset = g.i32(1);
        let read = g.insert(Op::DelayRead(d, offset));
        g.line_mut(d).input = Some(read);
    });
    assert!(
        message.starts_with("a signal depends on itself without delay (through %2)"),
        "{message}"
    );
}
