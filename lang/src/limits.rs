//! Bounds on what a patch may consume, and the meter that enforces them.
//!
//! Every bound is deterministic: it counts evaluation steps, frames and bytes, never time. All of
//! them are checked *before* the work or the allocation happens. An exceeded limit is not an
//! exception a patch can catch: it ends the evaluation with a message that names the bound.

use crate::error::Error;

/// What one `run` or one `call` may consume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Statements, calls and loop or iterator steps (and the equivalent inside built-in functions).
    pub steps: u64,
    /// Nested calls of user functions.
    pub depth: u32,
    /// Bytes allocated for lists, strings, dicts and big integers, summed over the whole run
    /// (memory given back is not subtracted, so the bound holds for live memory too).
    pub memory: u64,
    /// Bytes printed.
    pub output: u64,
    /// Bits of one integer.
    pub integer_bits: u64,
    /// Bytes of one source file.
    pub source: u64,
}

impl Default for Limits {
    /// 20 million steps, 1000 frames, 256 MiB, 1 MiB of output, 65 536 bits, 4 MiB of source.
    fn default() -> Self {
        Self {
            steps: 20_000_000,
            depth: 1000,
            memory: 256 << 20,
            output: 1 << 20,
            integer_bits: 65_536,
            source: 4 << 20,
        }
    }
}

/// Running totals against the [`Limits`].
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) limits: Limits,
    steps: u64,
    memory: u64,
    output: u64,
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            steps: 0,
            memory: 0,
            output: 0,
        }
    }

    /// Starts a new run or call.
    pub(crate) fn reset(&mut self) {
        (self.steps, self.memory, self.output) = (0, 0, 0);
    }

    pub(crate) fn steps_used(&self) -> u64 {
        self.steps
    }

    #[inline]
    pub(crate) fn step(&mut self) -> Result<(), Error> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            Err(self.too_many_steps())
        } else {
            Ok(())
        }
    }

    pub(crate) fn steps(&mut self, n: u64) -> Result<(), Error> {
        self.steps = self.steps.saturating_add(n);
        if self.steps > self.limits.steps {
            Err(self.too_many_steps())
        } else {
            Ok(())
        }
    }

    #[cold]
    fn too_many_steps(&self) -> Error {
        Error::limit(
            format!(
                "the patch did not finish within {} evaluation steps",
                self.limits.steps
            ),
            "still running here",
            "a patch describes sound and must end: check this loop's condition, or make it shorter",
        )
    }

    pub(crate) fn memory(&mut self, bytes: u64) -> Result<(), Error> {
        let total = self.memory.saturating_add(bytes);
        if total > self.limits.memory {
            return Err(Error::limit(
                format!(
                    "out of memory: this needs {} and the patch may allocate {} in all",
                    bytes_text(bytes),
                    bytes_text(self.limits.memory)
                ),
                "allocated here",
                "make the list or string shorter; long buffers belong into tables, not Python lists",
            ));
        }
        self.memory = total;
        Ok(())
    }

    pub(crate) fn output(&mut self, bytes: u64) -> Result<(), Error> {
        self.output = self.output.saturating_add(bytes);
        if self.output > self.limits.output {
            return Err(Error::limit(
                format!(
                    "the patch printed more than {}",
                    bytes_text(self.limits.output)
                ),
                "printed here",
                "print less: output is meant for short messages",
            ));
        }
        Ok(())
    }

    pub(crate) fn integer(&mut self, bits: u64) -> Result<(), Error> {
        if bits > self.limits.integer_bits {
            return Err(Error::limit(
                format!(
                    "the result is an integer of {} bits; integers may have {}",
                    if bits == u64::MAX {
                        "very many".to_owned()
                    } else {
                        bits.to_string()
                    },
                    self.limits.integer_bits
                ),
                "computed here",
                "use floats (write `2.0` instead of `2`) for large magnitudes",
            ));
        }
        self.memory(bits / 8)
    }
}

/// `12 bytes`, `3.5 MiB`: sizes as people write them.
fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value.fract() == 0.0 {
        format!("{value} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}
