//! Boxed nodes with state: registers, delay lines, tables, externs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::arena::{Arena, CHUNK, Lane};
use super::kernel::Kernel;
use super::width::Width;
use crate::external::ExternState;

/// What a register held before this frame; state is the value of the last frame of the chunk before.
pub(super) struct RegisterRead<T> {
    pub(super) state: T,
    /// Buffer of the next value; a register without one stays as it is.
    pub(super) next: Option<usize>,
    pub(super) out: usize,
}

impl<X, T: Lane<X> + Send> Kernel<X> for RegisterRead<T> {
    fn block(&mut self, arena: &mut Arena<X>, frames: usize) {
        let pool = T::pool_mut(arena);
        let Some(next) = self.next else {
            pool[self.out] = [self.state; CHUNK];
            return;
        };
        let next = pool[next];
        let out = &mut pool[self.out];
        out[0] = self.state;
        out[1..frames].copy_from_slice(&next[..frames - 1]);
        self.state = next[frames - 1];
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let pool = T::pool_mut(arena);
        pool[self.out][frame] = match (self.next, frame.checked_sub(1)) {
            (Some(next), Some(before)) => pool[next][before],
            _ => self.state,
        };
    }

    fn finish(&mut self, arena: &mut Arena<X>, frames: usize) {
        if let (Some(next), Some(last)) = (self.next, frames.checked_sub(1)) {
            self.state = T::pool(arena)[next][last];
        }
    }
}

/// Writes a delay line.
pub(super) struct LineWrite {
    pub(super) line: usize,
    pub(super) input: usize,
}

impl<X: Width> Kernel<X> for LineWrite {
    fn block(&mut self, arena: &mut Arena<X>, frames: usize) {
        arena.lines[self.line].write(&arena.floats[self.input][..frames]);
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let ring = &mut arena.lines[self.line];
        let cell = ring.cell(frame, 0);
        ring.cells[cell] = arena.floats[self.input][frame];
    }
}

/// Reads a delay line, by an offset that moves.
pub(super) struct LineRead {
    pub(super) line: usize,
    pub(super) offset: usize,
    pub(super) out: usize,
    pub(super) min: i32,
    pub(super) max: i32,
}

impl LineRead {
    fn at<X: Width>(&self, arena: &Arena<X>, frame: usize) -> X {
        let offset = arena.ints[self.offset][frame].max(self.min).min(self.max);
        let ring = &arena.lines[self.line];
        ring.cells[ring.cell(frame, usize::try_from(offset).unwrap_or(0))]
    }
}

impl<X: Width> Kernel<X> for LineRead {
    fn block(&mut self, arena: &mut Arena<X>, frames: usize) {
        for frame in 0..frames {
            arena.floats[self.out][frame] = self.at(arena, frame);
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        arena.floats[self.out][frame] = self.at(arena, frame);
    }
}

/// Reads a delay line by a constant offset.
pub(super) struct LineTap {
    pub(super) line: usize,
    pub(super) offset: usize,
    pub(super) out: usize,
}

impl<X: Width> Kernel<X> for LineTap {
    fn block(&mut self, arena: &mut Arena<X>, frames: usize) {
        let out = &mut arena.floats[self.out][..frames];
        arena.lines[self.line].read(self.offset, out);
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let ring = &arena.lines[self.line];
        arena.floats[self.out][frame] = ring.cells[ring.cell(frame, self.offset)];
    }
}

fn clamped(index: i32, len: usize) -> usize {
    usize::try_from(index).unwrap_or(0).min(len - 1)
}

/// Writes a table.
pub(super) struct TableWrite {
    pub(super) table: usize,
    pub(super) index: usize,
    pub(super) value: usize,
}

impl<X: Width> Kernel<X> for TableWrite {
    fn block(&mut self, arena: &mut Arena<X>, frames: usize) {
        for frame in 0..frames {
            self.step(arena, frame);
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let cells = &mut arena.tables[self.table];
        let at = clamped(arena.ints[self.index][frame], cells.len());
        cells[at] = arena.floats[self.value][frame];
    }
}

/// Reads a table.
pub(super) struct TableRead {
    pub(super) table: usize,
    pub(super) index: usize,
    pub(super) out: usize,
}

impl<X: Width> Kernel<X> for TableRead {
    fn block(&mut self, arena: &mut Arena<X>, frames: usize) {
        let cells = &arena.tables[self.table];
        let index = &arena.ints[self.index][..frames];
        for (y, &i) in arena.floats[self.out].iter_mut().zip(index) {
            *y = cells[clamped(i, cells.len())];
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let cells = &arena.tables[self.table];
        let at = clamped(arena.ints[self.index][frame], cells.len());
        arena.floats[self.out][frame] = cells[at];
    }
}

/// Calls an extern; one that has panicked is gone and gives 0.
pub(super) struct ExternCall {
    pub(super) external: usize,
    pub(super) state: Option<Box<dyn ExternState>>,
    pub(super) operands: Vec<usize>,
    pub(super) inputs: Vec<f64>,
    pub(super) outputs: Vec<f64>,
}

impl<X: Width> Kernel<X> for ExternCall {
    fn block(&mut self, arena: &mut Arena<X>, frames: usize) {
        for frame in 0..frames {
            self.step(arena, frame);
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        for (input, &operand) in self.inputs.iter_mut().zip(&self.operands) {
            *input = arena.floats[operand][frame].to_f64();
        }
        if let Some(state) = &mut self.state {
            let (inputs, outputs) = (&self.inputs, &mut self.outputs);
            if catch_unwind(AssertUnwindSafe(|| state.frame(inputs, outputs))).is_err() {
                self.state = None;
                self.outputs.fill(0.0);
            }
        }
        let ports = &mut arena.ports[self.external];
        for (port, &y) in ports.iter_mut().zip(&self.outputs) {
            port[frame] = X::from_f64(y);
        }
    }
}

/// An output of an extern.
pub(super) struct ExternPort {
    pub(super) external: usize,
    pub(super) port: usize,
    pub(super) out: usize,
}

impl<X: Width> Kernel<X> for ExternPort {
    fn block(&mut self, arena: &mut Arena<X>, _: usize) {
        arena.floats[self.out] = arena.ports[self.external][self.port];
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        arena.floats[self.out][frame] = arena.ports[self.external][self.port][frame];
    }
}
