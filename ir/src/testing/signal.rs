//! Random signals, through the operators that people use.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

use super::recipe::{Step, recent_or_any, steps};
use super::{Blend, CONTROLS, INPUTS, RandomSignals, control};
use crate::Signal;
use crate::signal::{DelayMax, Line, Register, Table};

/// Output signals of at most `steps` random operations: operators between all types, math
/// functions, state and feedback.
pub fn signals(steps: usize) -> impl Strategy<Value = RandomSignals> {
    (self::steps(steps), vec(any::<u16>(), 8)).prop_map(|(steps, bonds)| {
        let mut growing = Growing::new();
        for step in steps {
            let signal = growing.step(step);
            growing.signals.push(signal);
        }
        RandomSignals(growing.finish(&bonds))
    })
}

struct Growing {
    signals: Vec<Signal>,
    registers: Vec<Register>,
    /// With the input of the line that is read without delay, fixed at its first read.
    lines: [(Line, Option<Signal>); 2],
    table: (Table, Option<(Signal, Signal)>),
}

impl Growing {
    fn new() -> Self {
        let registers = vec![
            Register::float(0.5),
            Register::int(-3),
            Register::long(1 << 40),
            Register::boolean(true),
            Register::phase(0.25),
        ];
        let mut signals: Vec<Signal> = (0..INPUTS).map(Signal::input).collect();
        signals.extend((0..CONTROLS).map(|i| Signal::control((*control(i)).clone())));
        signals.extend(registers.iter().map(Register::read));
        signals.extend(Register::noise_key());
        signals.push(Signal::sample_rate());
        Self {
            signals,
            registers,
            lines: [
                (Line::new(1, DelayMax::Frames(6.5)), None),
                (Line::new(0, DelayMax::Seconds(1e-4)), None),
            ],
            table: (Table::written(4, 0.0), None),
        }
    }

    fn pick(&self, choice: u16) -> Signal {
        recent_or_any(&self.signals, choice)
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
    ) -> Signal {
        let (x, y) = (self.pick(a), self.pick(b));
        match kind % 16 {
            0 => Signal::constant(number),
            1 => x + y,
            2 => x - y,
            3 => x * y,
            4 => x / y,
            5 => x.min(y),
            6 => x.max(y),
            7 => [x.lt(&y), x.ge(&y), x.equals(&y)][c as usize % 3].clone(),
            8 => self.pick(c).select(&x, &y),
            9 => [x.sin_turns(), x.tanh(), x.exp2(), x.floor(), x.sqrt()][c as usize % 5].clone(),
            10 => [x.to_i32(), x.to_i64(), x.to_bool(), x.to_float()][c as usize % 4].clone(),
            11 => x.clip(-1.0, 1.0).to_phase(),
            12 => [
                -&x,
                !&x,
                x.to_i32() ^ y.to_i32(),
                x.to_i64().shr_unsigned(7),
            ][c as usize % 4]
                .clone(),
            13 => {
                let (line, input) = &mut self.lines[(c & 1) as usize];
                if c & 1 == 1 {
                    input.get_or_insert(y);
                }
                line.read(&x)
            }
            14 => {
                let (table, bond) = &mut self.table;
                bond.get_or_insert_with(|| (y.clone(), x.clone()));
                table.read(&x)
            }
            _ => {
                let ports = Signal::external(Arc::new(Blend), &[x, y]).unwrap_or_default();
                let port = ports.into_iter().nth((c & 1) as usize);
                port.unwrap_or_else(|| Signal::constant(0.0))
            }
        }
    }

    fn finish(self, bonds: &[u16]) -> Vec<Signal> {
        let newest: Vec<Signal> = self.signals.iter().rev().take(3).cloned().collect();
        let mut outputs = newest;
        let mut first = outputs.swap_remove(0);
        for (register, &bond) in self.registers.iter().zip(bonds) {
            first = register.bind(&self.pick(bond), &first);
        }
        for ((line, input), &bond) in self.lines.iter().zip(&bonds[5..]) {
            let input = input.clone().unwrap_or_else(|| self.pick(bond));
            first = line.bind(&input, &first);
        }
        let (table, bond) = &self.table;
        let (index, value) = bond
            .clone()
            .unwrap_or_else(|| (self.pick(bonds[7]), self.pick(bonds[0])));
        first = table.bind(&index, &value, &first);
        outputs.push(first);
        outputs
    }
}
