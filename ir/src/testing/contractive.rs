//! Random graphs in which errors do not grow: every value stays in \[−1, 1\], every operation
//! moves its result by at most the largest movement of an operand, every loop decays.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

use super::recipe::{Step, recent_or_any, steps};
use super::{CONTROLS, INPUTS, RandomGraph, control};
use crate::graph::{ControlId, DelayLine, LineId, Register, RegisterId, RegisterInit};
use crate::{CompareOp, Const, Graph, NodeId, Op, Precision, UnaryOp};

/// Gain of every loop. Errors of a frame fade tenfold in 22 frames.
const DECAY: f64 = 0.9;

/// Well-formed graphs of at most `steps` groups of operations whose result does not depend on the
/// way of rounding, but for a few units in the last place of 1.
pub fn contractive_graphs(
    precision: Precision,
    steps: usize,
) -> impl Strategy<Value = RandomGraph> {
    (self::steps(steps), vec(any::<u16>(), 4))
        .prop_map(move |(steps, bonds)| grow(precision, &steps, &bonds))
}

/// The same program in both widths.
#[cfg(test)]
pub(super) fn pairs(steps: usize) -> impl Strategy<Value = (RandomGraph, RandomGraph)> {
    (self::steps(steps), vec(any::<u16>(), 4)).prop_map(|(steps, bonds)| {
        let make = |precision| grow(precision, &steps, &bonds);
        (make(Precision::F32), make(Precision::F64))
    })
}

fn grow(precision: Precision, steps: &[Step], bonds: &[u16]) -> RandomGraph {
    let mut growing = Growing::new(precision);
    for &step in steps {
        let id = growing.step(step);
        growing.values.push(id);
    }
    RandomGraph(growing.finish(bonds))
}

struct Growing {
    graph: Graph,
    values: Vec<NodeId>,
    registers: [RegisterId; 2],
    line: LineId,
}

impl Growing {
    fn new(precision: Precision) -> Self {
        let mut graph = Graph::new(precision, 48_000.0, INPUTS);
        for i in 0..CONTROLS {
            graph.add_control(control(i));
        }
        let register = |graph: &mut Graph| {
            graph.add_register(Register {
                ty: crate::Type::Float,
                init: RegisterInit::Const(Const::Float(0.0)),
                next: None,
                name: None,
                site: None,
            })
        };
        let registers = [register(&mut graph), register(&mut graph)];
        let line = graph.add_line(DelayLine {
            input: None,
            min: 1,
            max: 8,
            name: None,
            site: None,
        });
        let mut values: Vec<NodeId> = (0..INPUTS).map(|i| graph.insert(Op::Input(i))).collect();
        values.extend(registers.map(|r| graph.insert(Op::RegisterRead(r))));
        Self {
            graph,
            values,
            registers,
            line,
        }
    }

    fn pick(&self, choice: u16) -> NodeId {
        recent_or_any(&self.values, choice)
    }

    fn control(&mut self, choice: u16) -> NodeId {
        let id = ControlId::new(choice as usize % CONTROLS);
        self.graph.insert(Op::Control(id))
    }

    fn step(
        &mut self,
        Step {
            kind,
            a,
            b,
            c,
            number,
        }: Step,
    ) -> NodeId {
        let (x, y) = (self.pick(a), self.pick(b));
        let control = self.control(c);
        let g = &mut self.graph;
        let half = g.float(0.5);
        match kind % 15 {
            0 => {
                let sum = g.add(x, y);
                g.mul(sum, half)
            }
            1 => {
                let (x, y) = (g.mul(x, half), g.mul(half, y));
                g.sub(x, y)
            }
            2 => {
                let product = g.mul(x, y);
                g.mul(product, half)
            }
            3 => {
                let factor = g.float(number.clamp(-1.0, 1.0));
                g.mul(factor, x)
            }
            4 => g.mul(control, x),
            5 => g.min(x, y),
            6 => g.max(x, y),
            7 => g.unary(
                if c & 1 == 0 {
                    UnaryOp::Neg
                } else {
                    UnaryOp::Abs
                },
                x,
            ),
            8 => {
                let limit = g.float(number.abs());
                let condition = g.compare(CompareOp::Lt, control, limit);
                g.select(condition, x, y)
            }
            9 => {
                let divisor = g.float(number.abs() + 1.0);
                g.div(x, divisor)
            }
            10 => {
                let one = g.float(1.0);
                let divisor = g.add(control, one);
                g.div(x, divisor)
            }
            11 => {
                let offset = g.i32(i32::from(b % 10));
                g.insert(Op::DelayRead(self.line, offset))
            }
            12 => {
                let y = g.mul(y, half);
                g.insert(Op::Fma(x, half, y))
            }
            13 => {
                let z = self.values[c as usize % self.values.len()];
                let sum = g.add(x, y);
                let sum = if b & 1 == 0 {
                    g.add(sum, z)
                } else {
                    g.sub(sum, z)
                };
                let third = g.float(0.3);
                g.mul(sum, third)
            }
            _ => {
                // (c·x + (1 − c)·y) + 0, as interpolation is written.
                let (one, zero) = (g.float(1.0), g.float(0.0));
                let rest = g.sub(one, control);
                let (x, y) = (g.mul(x, control), g.mul(rest, y));
                let sum = g.add(x, y);
                g.add(sum, zero)
            }
        }
    }

    fn finish(mut self, bonds: &[u16]) -> Graph {
        let decay = self.graph.float(DECAY);
        for (i, id) in self.registers.into_iter().enumerate() {
            let value = self.pick(bonds[i]);
            self.graph.register_mut(id).next = Some(self.graph.mul(value, decay));
        }
        let value = self.pick(bonds[2]);
        let input = self.graph.mul(value, decay);
        self.graph.line_mut(self.line).input = Some(input);
        let outputs = self.values.iter().rev().take(3).copied().collect();
        self.graph.set_outputs(outputs);
        self.graph
    }
}
