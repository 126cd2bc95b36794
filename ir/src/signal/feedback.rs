//! State in expressions: feedback, registers, delay lines and tables.
//!
//! A handle ([`Register`], [`Line`], [`Table`]) is read any number of times and *bound* once:
//! binding says what is written in every frame and gives back a signal that carries the bond.
//! A graph that contains a read but not the bind is refused when it is built.

use std::sync::Arc;

use super::kind::{
    Kind, LineCell, NoiseKeyCell, RegisterCell, RegisterStart, TableCell, TableData,
};
use super::{Signal, SignalType};

/// y\[n\] = f(y\[n−1\]), starting from 0: a loop with one frame of delay.
///
/// ```
/// use synthc_ir::{Signal, feedback};
/// // A leaky integrator of the input.
/// let smoothed = feedback(|y| 0.99 * y + 0.01 * Signal::input(0));
/// # let _ = smoothed;
/// ```
#[must_use]
pub fn feedback(body: impl FnOnce(&Signal) -> Signal) -> Signal {
    let register = Register::float(0.0);
    let output = body(&register.read()).to_float();
    register.bind(&output, &output)
}

/// (output, fed) = f(fed\[n−1\]), starting from 0: returns the output.
#[must_use]
pub fn feedback_pair(body: impl FnOnce(&Signal) -> (Signal, Signal)) -> Signal {
    let register = Register::float(0.0);
    let (output, fed) = body(&register.read());
    register.bind(&fed, &output)
}

/// One value kept for one frame.
#[derive(Clone, Debug)]
pub struct Register(Arc<RegisterCell>);

impl Register {
    fn new(ty: SignalType, start: RegisterStart) -> Self {
        Self(Arc::new(RegisterCell {
            ty,
            start,
            name: None,
        }))
    }

    /// A float register; `init` is its value in the first frame.
    #[must_use]
    pub fn float(init: f64) -> Self {
        Self::new(SignalType::Float, RegisterStart::Float(init))
    }

    /// A 32-bit integer register.
    #[must_use]
    pub fn int(init: i32) -> Self {
        Self::new(SignalType::I32, RegisterStart::I32(init))
    }

    /// A 64-bit integer register.
    #[must_use]
    pub fn long(init: i64) -> Self {
        Self::new(SignalType::I64, RegisterStart::I64(init))
    }

    /// A bool register.
    #[must_use]
    pub fn boolean(init: bool) -> Self {
        Self::new(SignalType::Bool, RegisterStart::Bool(init))
    }

    /// A phase register that starts at a number of turns.
    #[must_use]
    pub fn phase(turns: f64) -> Self {
        Self::new(SignalType::Phase, RegisterStart::Phase(turns))
    }

    /// Two `i32` signals that hold the low and the high half of the key of a new noise source:
    /// derived from the instance's seed, fixed when its state is created (see
    /// [`noise_key`](crate::noise_key)).
    #[must_use]
    pub fn noise_key() -> [Signal; 2] {
        let source = Arc::new(NoiseKeyCell);
        [0, 1].map(|word| {
            let start = RegisterStart::NoiseKey(Arc::clone(&source), word);
            let register = Self::new(SignalType::I32, start);
            let kept = register.read();
            register.bind(&kept, &kept)
        })
    }

    /// The same register with a name: state carry pairs registers by name first.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        let RegisterCell { ty, start, .. } = match Arc::try_unwrap(self.0) {
            Ok(cell) => cell,
            Err(shared) => return Self(shared),
        };
        Self(Arc::new(RegisterCell {
            ty,
            start,
            name: Some(name.into()),
        }))
    }

    /// The value written in the frame before.
    #[must_use]
    pub fn read(&self) -> Signal {
        Signal::new(Kind::Register(Arc::clone(&self.0)), self.0.ty)
    }

    /// Writes `next` (converted to the register's type) in every frame; gives `value`.
    #[must_use]
    pub fn bind(&self, next: &Signal, value: &Signal) -> Signal {
        let next = next.to_type(self.0.ty);
        let kind = Kind::BindRegister {
            cell: Arc::clone(&self.0),
            next,
            value: value.clone(),
        };
        Signal::new(kind, value.ty())
    }
}

/// How the longest delay of a line is found.
#[derive(Clone, Debug)]
pub enum DelayMax {
    /// A number of frames.
    Frames(f64),
    /// A time in seconds.
    Seconds(f64),
    /// The largest value this signal (frames) can take, by interval analysis; one second where
    /// the analysis finds no bound.
    Of(Signal),
}

/// The past of one signal: written once per frame, read at any number of places.
#[derive(Clone, Debug)]
pub struct Line(Arc<LineCell>);

impl Line {
    /// A line whose reads lie between `min` frames (0: this frame's input) and `max` back.
    ///
    /// A line inside a feedback loop needs `min ≥ 1`.
    #[must_use]
    pub fn new(min: u32, max: DelayMax) -> Self {
        let name = None;
        Self(Arc::new(LineCell { min, max, name }))
    }

    /// The longest fractional delay in frames, a constant: reads at ⌊max⌋ and ⌊max⌋ + 1 are
    /// both served, so linear interpolation at `max` is in range.
    #[must_use]
    pub fn max(&self) -> Signal {
        Signal::new(Kind::LineMax(Arc::clone(&self.0)), SignalType::Float)
    }

    /// The input `offset` frames ago (converted to `i32`, clamped to the line).
    #[must_use]
    pub fn read(&self, offset: &Signal) -> Signal {
        let kind = Kind::LineRead(Arc::clone(&self.0), offset.to_i32());
        Signal::new(kind, SignalType::Float)
    }

    /// Writes `input` in every frame; gives `value`.
    #[must_use]
    pub fn bind(&self, input: &Signal, value: &Signal) -> Signal {
        let kind = Kind::BindLine {
            cell: Arc::clone(&self.0),
            input: input.to_float(),
            value: value.clone(),
        };
        Signal::new(kind, value.ty())
    }
}

/// An array of floats.
#[derive(Clone, Debug)]
pub struct Table(Arc<TableCell>);

impl Table {
    /// Fixed data, shared by all instances.
    #[must_use]
    pub fn read_only(data: impl Into<Arc<[f64]>>) -> Self {
        let data = TableData::ReadOnly(data.into());
        Self(Arc::new(TableCell { data, name: None }))
    }

    /// `len` cells that hold `init` at first and are written while running.
    #[must_use]
    pub fn written(len: u32, init: f64) -> Self {
        let data = TableData::Written { len, init };
        Self(Arc::new(TableCell { data, name: None }))
    }

    /// The cell at `index` (converted to `i32`, clamped to the table), this frame's write included.
    #[must_use]
    pub fn read(&self, index: &Signal) -> Signal {
        let kind = Kind::TableRead(Arc::clone(&self.0), index.to_i32());
        Signal::new(kind, SignalType::Float)
    }

    /// Writes `written` at `index` (converted to `i32`, clamped) in every frame; gives `value`.
    #[must_use]
    pub fn bind(&self, index: &Signal, written: &Signal, value: &Signal) -> Signal {
        let kind = Kind::BindTable {
            cell: Arc::clone(&self.0),
            index: index.to_i32(),
            written: written.to_float(),
            value: value.clone(),
        };
        Signal::new(kind, value.ty())
    }
}

impl Signal {
    fn to_type(&self, ty: SignalType) -> Signal {
        match ty {
            SignalType::Float => self.to_float(),
            SignalType::I32 => self.to_i32(),
            SignalType::I64 => self.to_i64(),
            SignalType::Phase => self.to_phase(),
            SignalType::Bool => self.to_bool(),
        }
    }
}
