//! From a graph to its text.

use std::fmt::{self, Display, Write};
use std::sync::Arc;

use super::site;
use super::token::quote;
use crate::control::{Control, Smoothing};
use crate::graph::{Graph, NodeId, Op, Register, RegisterInit, Table, TableKind};
use crate::site::Site;
use crate::types::{Const, Precision};

/// Column at which sites stand.
const SITE_COLUMN: usize = 33;
/// Cells of a table in one line.
const CELLS_PER_LINE: usize = 8;

impl Display for Graph {
    /// Prints the text form, which [`Graph::parse`] reads back exactly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "graph {} {} inputs {} {{",
            self.precision(),
            self.sample_rate(),
            self.input_count()
        )?;
        for (i, c) in self.controls().iter().enumerate() {
            statement(f, &control(i, c), None)?;
        }
        for (i, r) in self.registers().iter().enumerate() {
            statement(f, &register(self.precision(), i, r)?, r.site.as_ref())?;
        }
        for (i, line) in self.lines().iter().enumerate() {
            let mut text = format!(
                "line d{i}{} {} to {}",
                name(line.name.as_ref()),
                line.min,
                line.max
            );
            if let Some(input) = line.input {
                write!(text, " input {input}")?;
            }
            statement(f, &text, line.site.as_ref())?;
        }
        for (i, t) in self.tables().iter().enumerate() {
            statement(f, &table(i, t)?, t.site.as_ref())?;
        }
        for (i, x) in self.externs().iter().enumerate() {
            let inputs: Vec<String> = x.inputs.iter().map(NodeId::to_string).collect();
            let text = format!(
                "extern x{i} {} ({})",
                quote(x.unit.name()),
                inputs.join(" ")
            );
            statement(f, &text, x.site.as_ref())?;
        }
        for (id, node) in self.nodes() {
            let mut text = format!("{id} = {}", node.op.name());
            operands(&mut text, self.precision(), &node.op)?;
            statement(f, &text, node.site.as_ref())?;
        }
        if !self.outputs().is_empty() {
            let outputs: Vec<String> = self.outputs().iter().map(NodeId::to_string).collect();
            statement(f, &format!("output {}", outputs.join(" ")), None)?;
        }
        f.write_str("}\n")
    }
}

fn statement(f: &mut fmt::Formatter<'_>, text: &str, place: Option<&Arc<Site>>) -> fmt::Result {
    match place {
        None => writeln!(f, "  {text}"),
        Some(site) => writeln!(f, "  {text:<SITE_COLUMN$} ; {}", site::write(site)),
    }
}

fn name(name: Option<&Arc<str>>) -> String {
    name.map_or_else(String::new, |name| format!(" {}", quote(name)))
}

/// The shortest text that gives the same value in the graph's width.
fn float(precision: Precision, x: f64) -> String {
    match precision {
        Precision::F32 if f64::from(x as f32).to_bits() == x.to_bits() => format!("{:?}", x as f32),
        _ => format!("{x:?}"),
    }
}

fn constant(precision: Precision, value: Const) -> String {
    match value {
        Const::Float(x) => float(precision, x),
        Const::I32(x) => x.to_string(),
        Const::I64(x) => x.to_string(),
        Const::Bool(x) => x.to_string(),
    }
}

fn control(i: usize, control: &Control) -> String {
    let Control {
        name,
        init,
        lo,
        hi,
        step,
        smoothing,
    } = control;
    let smoothing = match smoothing {
        Smoothing::ByName => String::new(),
        Smoothing::None => " smooth none".to_owned(),
        Smoothing::Seconds(t) => format!(" smooth {t:?}"),
    };
    let name = quote(name);
    format!("control c{i} {name} init {init:?} from {lo:?} to {hi:?} step {step:?}{smoothing}")
}

fn register(precision: Precision, i: usize, register: &Register) -> Result<String, fmt::Error> {
    let mut text = format!(
        "register r{i}{} {}",
        name(register.name.as_ref()),
        register.ty
    );
    match register.init {
        RegisterInit::Const(value) => write!(text, " {}", constant(precision, value))?,
        RegisterInit::NoiseKey { ordinal, word } => {
            let half = if word == 0 { "low" } else { "high" };
            write!(text, " noise {ordinal} {half}")?;
        }
    }
    if let Some(next) = register.next {
        write!(text, " next {next}")?;
    }
    Ok(text)
}

fn table(i: usize, table: &Table) -> Result<String, fmt::Error> {
    let mut text = format!("table t{i}{}", name(table.name.as_ref()));
    match &table.kind {
        TableKind::ReadOnly(data) => {
            let lines: Vec<String> = data
                .chunks(CELLS_PER_LINE)
                .map(|cells| {
                    let cells: Vec<String> = cells.iter().map(|x| format!("{x:?}")).collect();
                    cells.join(" ")
                })
                .collect();
            if lines.len() <= 1 {
                write!(text, " [{}]", lines.concat())?;
            } else {
                write!(text, " [\n    {}\n  ]", lines.join("\n    "))?;
            }
        }
        TableKind::Written { len, init, write } => {
            write!(text, " {len} of {init:?}")?;
            if let Some((index, value)) = write {
                write!(text, " write {value} at {index}")?;
            }
        }
    }
    Ok(text)
}

fn operands(text: &mut String, precision: Precision, op: &Op) -> fmt::Result {
    match op {
        Op::Const(value) => write!(text, " {}", constant(precision, *value))?,
        Op::Input(i) => write!(text, " {i}")?,
        Op::Control(c) => write!(text, " {c}")?,
        Op::RegisterRead(r) => write!(text, " {r}")?,
        Op::DelayRead(d, _) => write!(text, " {d}")?,
        Op::TableRead(t, _) => write!(text, " {t}")?,
        Op::ExternOutput(x, port) => write!(text, " {x} {port}")?,
        Op::SampleRate
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Compare(..)
        | Op::Select(..)
        | Op::Cast(..)
        | Op::Fma(..) => {}
    }
    for operand in op.operands() {
        write!(text, " {operand}")?;
    }
    Ok(())
}
