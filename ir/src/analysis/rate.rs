//! How often a value can change: the basis of hoisting work out of the sample loop.
//!
//! The code generator computes what is [`Rate::Constant`] when it compiles, what is
//! [`Rate::Init`] when state is created, what is [`Rate::Control`] when a control moves, and only
//! what is [`Rate::Audio`] in every frame.

use crate::graph::{Graph, NodeId, Op, RegisterId, TableKind};

/// How often a value can change, from never to every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rate {
    /// Never: depends on constants and fixed data only.
    Constant,
    /// Never in one program: depends on the sample rate.
    Init,
    /// At events: depends on controls, or on state that an instance fixes at birth (noise keys).
    Control,
    /// In every frame: depends on inputs, registers, delay lines, written tables or externs.
    Audio,
}

/// The rate of every node of one graph.
///
/// ```
/// use synthc_ir::analysis::{Rate, Rates};
/// use synthc_ir::{BuildOptions, Control, Graph, Signal};
///
/// let level = Signal::control(Control::new("level", 0.5, 0.0, 1.0));
/// let graph = Graph::build(&[level * 0.5, Signal::input(0)], &BuildOptions::default())?;
/// let rates = Rates::infer(&graph);
/// assert_eq!(rates.of(graph.outputs()[0]), Rate::Control);
/// assert_eq!(rates.of(graph.outputs()[1]), Rate::Audio);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rates(Vec<Rate>);

impl Rates {
    /// Infers the rates of all nodes in one walk: operands come before their users.
    #[must_use]
    pub fn infer(graph: &Graph) -> Self {
        let mut rates = Self(Vec::with_capacity(graph.len()));
        for (_, node) in graph.nodes() {
            let rate = rates.of_op(graph, node.op);
            rates.0.push(rate);
        }
        rates
    }

    /// The rate of a node of the graph.
    ///
    /// # Panics
    /// When the graph has no such node.
    #[must_use]
    pub fn of(&self, node: NodeId) -> Rate {
        self.0[node.index()]
    }

    /// The rate of an operation whose operands have been rated.
    fn of_op(&self, graph: &Graph, op: Op) -> Rate {
        let own = match op {
            Op::SampleRate => Rate::Init,
            Op::Control(_) => Rate::Control,
            Op::RegisterRead(register) if holds_still(graph, register) => Rate::Control,
            Op::Input(_) | Op::RegisterRead(_) | Op::DelayRead(..) | Op::ExternOutput(..) => {
                Rate::Audio
            }
            Op::TableRead(table, _) => match graph.tables()[table.index()].kind {
                TableKind::ReadOnly(_) => Rate::Constant,
                TableKind::Written { .. } => Rate::Audio,
            },
            Op::Const(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Cast(..)
            | Op::Fma(..) => Rate::Constant,
        };
        let operands = op.operands().into_iter().map(|operand| self.of(operand));
        operands.fold(own, Rate::max)
    }
}

/// Whether a register is written with what it holds already: it keeps its first value for ever.
fn holds_still(graph: &Graph, register: RegisterId) -> bool {
    let next = graph.registers()[register.index()].next;
    next.is_some_and(|next| graph.op(next) == Op::RegisterRead(register))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{DelayMax, Line, Register, Table};
    use crate::{BuildOptions, Control, Signal, feedback};

    fn rate(signal: &Signal) -> Rate {
        let graph = Graph::build(std::slice::from_ref(signal), &BuildOptions::default());
        let graph = graph.expect("a well-formed signal");
        Rates::infer(&graph).of(graph.outputs()[0])
    }

    fn control() -> Signal {
        Signal::control(Control::new("cutoff", 0.5, 0.0, 1.0))
    }

    #[test]
    fn rates_are_ordered_from_never_to_every_frame() {
        assert!(Rate::Constant < Rate::Init);
        assert!(Rate::Init < Rate::Control);
        assert!(Rate::Control < Rate::Audio);
    }

    #[test]
    fn arithmetic_has_the_highest_rate_of_its_operands() {
        assert_eq!(rate(&(Signal::constant(1.0) + 2.0)), Rate::Constant);
        assert_eq!(rate(&(1.0 / Signal::sample_rate())), Rate::Init);
        assert_eq!(rate(&(control() / Signal::sample_rate())), Rate::Control);
        assert_eq!(rate(&(control() * Signal::input(0))), Rate::Audio);
    }

    #[test]
    fn state_that_moves_is_audio_even_when_it_is_fed_from_controls() {
        let delayed = Register::float(0.0);
        let read = delayed.read();
        assert_eq!(rate(&delayed.bind(&control(), &read)), Rate::Audio);
        assert_eq!(rate(&feedback(|y| y * 0.5 + control())), Rate::Audio);
        let line = Line::new(1, DelayMax::Frames(4.0));
        let read = line.read(&Signal::int(2));
        assert_eq!(rate(&line.bind(&control(), &read)), Rate::Audio);
    }

    #[test]
    fn a_noise_key_is_fixed_at_birth_and_so_a_control() {
        let [low, _] = Register::noise_key();
        assert_eq!(rate(&low), Rate::Control);
    }

    #[test]
    fn a_read_only_table_has_the_rate_of_its_index_and_a_written_one_is_audio() {
        let fixed = Table::read_only(vec![1.0, 2.0]);
        assert_eq!(rate(&fixed.read(&Signal::int(1))), Rate::Constant);
        assert_eq!(rate(&fixed.read(&control())), Rate::Control);
        assert_eq!(rate(&fixed.read(&Signal::input(0))), Rate::Audio);
        let written = Table::written(4, 0.0);
        let read = written.read(&Signal::int(1));
        let bound = written.bind(&Signal::int(0), &control(), &read);
        assert_eq!(rate(&bound), Rate::Audio);
    }
}
