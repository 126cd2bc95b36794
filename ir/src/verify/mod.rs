//! The verifier: whether a graph keeps the rules every other part of the compiler relies on.
//!
//! The pipeline runs it after every pass in debug builds, the compiler on every graph it is given
//! (a parsed one may say anything). It finds the first broken rule, in linear time, and says which
//! node or state breaks it, how, and what was expected.

#[cfg(test)]
mod tests;

use std::fmt;

use crate::external::MAX_EXTERN_PORTS;
use crate::graph::{
    Graph, MAX_LINE_FRAMES, MAX_TABLE_CELLS, NodeId, Op, RegisterInit, TableKind, ZeroDelayCycle,
};
use crate::op::{BinaryOp, CastOp, UnaryOp};
use crate::types::{Const, Precision, Type};

/// The rule a graph breaks.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The sample rate is unusable.
    #[error("sample rate {given} Hz is outside 1 to 1000000 Hz")]
    SampleRate {
        /// The rate of the graph.
        given: f64,
    },
    /// There is no output.
    #[error("the graph has no output; it needs at least one")]
    NoOutput,
    /// Something refers to an entry that its table does not have.
    #[error("{user} refers to {entry}, but there are only {count} (counted from 0)")]
    Missing {
        /// Who refers.
        user: String,
        /// To what.
        entry: String,
        /// How many entries the table has.
        count: usize,
    },
    /// An operand does not come before its user.
    #[error("{node} uses {operand}; operands must have smaller numbers than their users")]
    Order {
        /// The user.
        node: NodeId,
        /// The operand.
        operand: NodeId,
    },
    /// A value has another type than its user needs.
    #[error("{user} needs {expected}, but {given} is {found}")]
    Type {
        /// Who uses the value, and as what.
        user: String,
        /// What it needs.
        expected: String,
        /// The value.
        given: String,
        /// The type the value has.
        found: Type,
    },
    /// A float constant is not a value of the graph's width, or state starts as NaN.
    #[error(
        "{holder} holds {value}, which is no {precision} constant; round it, and start no state with NaN"
    )]
    Constant {
        /// The node or state.
        holder: String,
        /// The constant.
        value: f64,
        /// Width of the graph.
        precision: Precision,
    },
    /// State is not bound to what it is written with.
    #[error("{state} is never written; bind it before the graph is used")]
    Unbound {
        /// The state.
        state: String,
    },
    /// A register's noise key has a third half.
    #[error("{register} holds word {word} of a noise key; there are words 0 and 1")]
    NoiseWord {
        /// The register.
        register: String,
        /// The word.
        word: u8,
    },
    /// A delay line's bounds make no range within the limits.
    #[error(
        "{line} reaches from {min} to {max} frames; it must be min ≤ max and 1 ≤ max ≤ {limit}"
    )]
    DelayBounds {
        /// The line.
        line: String,
        /// Shortest delay in frames.
        min: u32,
        /// Longest delay in frames.
        max: u32,
        /// The largest maximum allowed.
        limit: u32,
    },
    /// A table has no cells, or too many.
    #[error("{table} has {cells} cells; it must have 1 to {limit}")]
    TableSize {
        /// The table.
        table: String,
        /// Number of cells.
        cells: usize,
        /// The largest number allowed.
        limit: usize,
    },
    /// An extern is wired with another number of inputs than it declares, or has too many inputs
    /// or outputs, or no output.
    #[error(
        "{instance} is given {given} inputs; its unit declares {declared}, and {outputs} outputs; it must get what it declares, at most {MAX_EXTERN_PORTS}, and declare 1 to {MAX_EXTERN_PORTS} outputs"
    )]
    ExternArity {
        /// The extern.
        instance: String,
        /// Inputs wired.
        given: usize,
        /// Inputs declared.
        declared: usize,
        /// Outputs declared.
        outputs: usize,
    },
    /// A control's numbers make no range, or two controls have one name.
    #[error("{control} `{name}`: {problem}")]
    Control {
        /// The control.
        control: String,
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A value depends on itself within a frame.
    #[error(transparent)]
    Cycle(#[from] ZeroDelayCycle),
}

impl Graph {
    /// Checks every rule of a well-formed graph: ids in range, operands before users, types,
    /// bonds, bounds, constants of the graph's width, no cycle without delay.
    ///
    /// ```
    /// use synthc_ir::{BuildOptions, Graph, Signal};
    /// let graph = Graph::build(&[Signal::input(0) * 0.5], &BuildOptions::default())?;
    /// assert!(graph.verify().is_ok());
    /// # Ok::<(), synthc_ir::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// The first broken rule.
    pub fn verify(&self) -> Result<(), VerifyError> {
        let given = self.sample_rate();
        if !(1.0..=1e6).contains(&given) {
            return Err(VerifyError::SampleRate { given });
        }
        for (id, node) in self.nodes() {
            self.verify_node(id, node.op)?;
            let found = self.result_type(&node.op);
            if found != node.ty {
                let (user, given) = (
                    id.to_string(),
                    format!("the result of its {}", node.op.name()),
                );
                let expected = node.ty.to_string();
                return Err(VerifyError::Type {
                    user,
                    expected,
                    given,
                    found,
                });
            }
        }
        self.verify_controls()?;
        self.verify_registers()?;
        self.verify_lines()?;
        self.verify_tables()?;
        self.verify_externs()?;
        if self.outputs().is_empty() {
            return Err(VerifyError::NoOutput);
        }
        for (channel, &output) in self.outputs().iter().enumerate() {
            self.verify_use(|| format!("output {channel}"), output, Type::Float)?;
        }
        self.schedule()?;
        Ok(())
    }

    fn verify_node(&self, id: NodeId, op: Op) -> Result<(), VerifyError> {
        for operand in op.operands() {
            if operand >= id {
                return Err(VerifyError::Order { node: id, operand });
            }
        }
        let exists = |entry: &dyn fmt::Display, index: usize, count: usize| {
            if index < count {
                return Ok(());
            }
            let (user, entry) = (id.to_string(), entry.to_string());
            Err(VerifyError::Missing { user, entry, count })
        };
        let operand = |a: NodeId, accepts: fn(Type) -> bool, expected: &str| {
            let found = self.ty(a);
            if accepts(found) {
                return Ok(());
            }
            Err(VerifyError::Type {
                user: format!("{id} ({})", op.name()),
                expected: expected.to_owned(),
                given: a.to_string(),
                found,
            })
        };
        let same = |a: NodeId, b: NodeId| {
            self.verify_use(|| format!("{id} ({})", op.name()), b, self.ty(a))
        };
        match op {
            // The one NaN that `Graph::insert` makes of all.
            Op::Const(Const::Float(value)) if value.to_bits() == f64::NAN.to_bits() => Ok(()),
            Op::Const(Const::Float(value)) => self.verify_constant(|| id.to_string(), value),
            Op::Const(_) | Op::SampleRate => Ok(()),
            Op::Input(i) => exists(
                &format_args!("input {i}"),
                i as usize,
                self.input_count() as usize,
            ),
            Op::Control(c) => exists(&c, c.index(), self.controls().len()),
            Op::Unary(op, a) => match op {
                UnaryOp::Neg => operand(a, is_number, "a number"),
                UnaryOp::Not => operand(a, is_bits, "an integer or a bool"),
                _ => operand(a, is_float, "a float"),
            },
            Op::Binary(op, a, b) => {
                match op {
                    BinaryOp::Div => operand(a, is_float, "a float"),
                    BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => {
                        operand(a, is_bits, "an integer or a bool")
                    }
                    BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => {
                        operand(a, is_integer, "an integer")
                    }
                    _ => operand(a, is_number, "a number"),
                }?;
                same(a, b)
            }
            Op::Compare(_, a, b) => {
                operand(a, is_number, "a number")?;
                same(a, b)
            }
            Op::Select(c, a, b) => {
                operand(c, |ty| ty == Type::Bool, "a bool as condition")?;
                same(a, b)
            }
            Op::Cast(cast, a) => self.verify_use(
                || format!("{id} ({})", op.name()),
                a,
                cast_operand(cast, self.precision()),
            ),
            Op::Fma(a, b, c) => [a, b, c]
                .into_iter()
                .try_for_each(|a| operand(a, is_float, "floats")),
            Op::RegisterRead(r) => exists(&r, r.index(), self.registers().len()),
            Op::DelayRead(d, offset) => {
                exists(&d, d.index(), self.lines().len())?;
                operand(offset, |ty| ty == Type::I32, "an i32 as offset")
            }
            Op::TableRead(t, index) => {
                exists(&t, t.index(), self.tables().len())?;
                operand(index, |ty| ty == Type::I32, "an i32 as index")
            }
            Op::ExternOutput(x, port) => {
                exists(&x, x.index(), self.externs().len())?;
                let outputs = self.externs()[x.index()].unit.outputs();
                exists(
                    &format_args!("output {port} of {x}"),
                    port as usize,
                    outputs,
                )
            }
        }
    }

    /// Checks that a node exists and has the type its user needs.
    fn verify_use(
        &self,
        user: impl Fn() -> String,
        node: NodeId,
        expected: Type,
    ) -> Result<(), VerifyError> {
        if node.index() >= self.len() {
            return Err(VerifyError::Missing {
                user: user(),
                entry: node.to_string(),
                count: self.len(),
            });
        }
        let found = self.ty(node);
        if found == expected {
            return Ok(());
        }
        Err(VerifyError::Type {
            user: user(),
            expected: expected.to_string(),
            given: node.to_string(),
            found,
        })
    }

    fn verify_constant(&self, holder: impl Fn() -> String, value: f64) -> Result<(), VerifyError> {
        let precision = self.precision();
        if precision.round(value).to_bits() == value.to_bits() && !value.is_nan() {
            return Ok(());
        }
        let holder = holder();
        Err(VerifyError::Constant {
            holder,
            value,
            precision,
        })
    }

    fn verify_controls(&self) -> Result<(), VerifyError> {
        let mut names = std::collections::HashSet::new();
        for (i, control) in self.controls().iter().enumerate() {
            let problem = if names.insert(&control.name) {
                control.check().err().map(|p| p.to_string())
            } else {
                Some("an earlier control has this name".to_owned())
            };
            if let Some(problem) = problem {
                return Err(VerifyError::Control {
                    control: format!("c{i}"),
                    name: control.name.to_string(),
                    problem,
                });
            }
        }
        Ok(())
    }

    fn verify_registers(&self) -> Result<(), VerifyError> {
        for (i, register) in self.registers().iter().enumerate() {
            let state = format!("r{i}");
            let init = match register.init {
                RegisterInit::Const(Const::Float(value)) => {
                    self.verify_constant(|| state.clone(), value)?;
                    Type::Float
                }
                RegisterInit::Const(value) => value.ty(),
                RegisterInit::NoiseKey { word, .. } if word > 1 => {
                    return Err(VerifyError::NoiseWord {
                        register: state,
                        word,
                    });
                }
                RegisterInit::NoiseKey { .. } => Type::I32,
            };
            if init != register.ty {
                return Err(VerifyError::Type {
                    user: state,
                    expected: register.ty.to_string(),
                    given: "its first value".to_owned(),
                    found: init,
                });
            }
            match register.next {
                None => return Err(VerifyError::Unbound { state }),
                Some(next) => self.verify_use(|| state.clone(), next, register.ty)?,
            }
        }
        Ok(())
    }

    fn verify_lines(&self) -> Result<(), VerifyError> {
        let limit = MAX_LINE_FRAMES as u32 + 1;
        for (i, line) in self.lines().iter().enumerate() {
            let state = format!("d{i}");
            let (min, max) = (line.min, line.max);
            if max < min || max < 1 || max > limit {
                let line = state;
                return Err(VerifyError::DelayBounds {
                    line,
                    min,
                    max,
                    limit,
                });
            }
            match line.input {
                None => return Err(VerifyError::Unbound { state }),
                Some(input) => self.verify_use(|| state.clone(), input, Type::Float)?,
            }
        }
        Ok(())
    }

    fn verify_tables(&self) -> Result<(), VerifyError> {
        for (i, table) in self.tables().iter().enumerate() {
            let state = format!("t{i}");
            let (cells, limit) = (table.len(), MAX_TABLE_CELLS);
            if cells == 0 || cells > limit {
                let table = state;
                return Err(VerifyError::TableSize {
                    table,
                    cells,
                    limit,
                });
            }
            match &table.kind {
                TableKind::ReadOnly(data) => {
                    if let Some(&value) = data.iter().find(|x| x.is_nan()) {
                        self.verify_constant(|| state.clone(), value)?;
                    }
                }
                TableKind::Written { init, .. } if init.is_nan() => {
                    self.verify_constant(|| state.clone(), *init)?;
                }
                TableKind::Written { write: None, .. } => {
                    return Err(VerifyError::Unbound { state });
                }
                TableKind::Written {
                    write: Some((index, value)),
                    ..
                } => {
                    self.verify_use(|| format!("{state} (index)"), *index, Type::I32)?;
                    self.verify_use(|| format!("{state} (value)"), *value, Type::Float)?;
                }
            }
        }
        Ok(())
    }

    fn verify_externs(&self) -> Result<(), VerifyError> {
        for (i, instance) in self.externs().iter().enumerate() {
            let state = format!("x{i}");
            let (given, unit) = (instance.inputs.len(), &instance.unit);
            let (declared, outputs) = (unit.inputs(), unit.outputs());
            let possible = given <= MAX_EXTERN_PORTS && (1..=MAX_EXTERN_PORTS).contains(&outputs);
            if given != declared || !possible {
                return Err(VerifyError::ExternArity {
                    instance: format!("{state} `{}`", unit.name()),
                    given,
                    declared,
                    outputs,
                });
            }
            for &input in &instance.inputs {
                self.verify_use(|| state.clone(), input, Type::Float)?;
            }
        }
        Ok(())
    }
}

fn is_float(ty: Type) -> bool {
    ty == Type::Float
}

fn is_integer(ty: Type) -> bool {
    matches!(ty, Type::I32 | Type::I64)
}

fn is_number(ty: Type) -> bool {
    ty != Type::Bool
}

fn is_bits(ty: Type) -> bool {
    ty != Type::Float
}

fn cast_operand(cast: CastOp, precision: Precision) -> Type {
    match cast {
        CastOp::FloatToI32
        | CastOp::FloatToI32OrLeast
        | CastOp::FloatToI64
        | CastOp::FloatToBits => Type::Float,
        CastOp::I32ToFloat | CastOp::I32ToI64 => Type::I32,
        CastOp::I64ToFloat | CastOp::I64ToI32 => Type::I64,
        CastOp::BoolToFloat | CastOp::BoolToI32 => Type::Bool,
        CastOp::BitsToFloat => precision.phase_type(),
    }
}
