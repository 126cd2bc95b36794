//! The memory of a block interpreter: buffers by type, delay lines, tables.
//!
//! Nodes name buffers by index. A buffer is used again as soon as nothing needs its content.

/// Frames a buffer holds.
pub(super) const CHUNK: usize = 64;

/// One buffer.
pub(super) type Buffer<T> = [T; CHUNK];

/// Everything that nodes of a graph of width `X` read and write.
#[derive(Default)]
pub(super) struct Arena<X> {
    pub(super) floats: Vec<Buffer<X>>,
    pub(super) ints: Vec<Buffer<i32>>,
    pub(super) longs: Vec<Buffer<i64>>,
    pub(super) bools: Vec<Buffer<bool>>,
    pub(super) controls: Vec<f64>,
    pub(super) lines: Vec<Ring<X>>,
    pub(super) tables: Vec<Vec<X>>,
    /// Outputs of externs: by extern, by port.
    pub(super) ports: Vec<Vec<Buffer<X>>>,
}

/// A type that buffers hold; finds its buffers.
pub(super) trait Lane<X>: Copy + 'static {
    const ZERO: Self;
    fn pool(arena: &Arena<X>) -> &[Buffer<Self>];
    fn pool_mut(arena: &mut Arena<X>) -> &mut Vec<Buffer<Self>>;
}

macro_rules! lane {
    (<$($any:ident)?> $ty:ty, $width:ty, $pool:ident, $zero:expr) => {
        impl<$($any)?> Lane<$width> for $ty {
            const ZERO: Self = $zero;
            fn pool(arena: &Arena<$width>) -> &[Buffer<Self>] {
                &arena.$pool
            }
            fn pool_mut(arena: &mut Arena<$width>) -> &mut Vec<Buffer<Self>> {
                &mut arena.$pool
            }
        }
    };
}

lane!(<> f32, f32, floats, 0.0);
lane!(<> f64, f64, floats, 0.0);
lane!(<X> i32, X, ints, 0);
lane!(<X> i64, X, longs, 0);
lane!(<X> bool, X, bools, false);

/// A delay line.
pub(super) struct Ring<X> {
    /// As many as a power of two; a chunk longer than the longest delay, so that a whole chunk may
    /// be written before or after it is read.
    pub(super) cells: Vec<X>,
    /// Frames written before this chunk.
    pub(super) start: usize,
}

impl<X: Lane<X>> Ring<X> {
    pub(super) fn new(max: u32) -> Self {
        Self {
            cells: vec![X::ZERO; (max as usize + CHUNK + 1).next_power_of_two()],
            start: 0,
        }
    }

    /// The cell of a frame of this chunk, `offset` frames earlier.
    pub(super) fn cell(&self, frame: usize, offset: usize) -> usize {
        (self.start + frame).wrapping_sub(offset) & (self.cells.len() - 1)
    }

    /// Copies the first frames of a buffer to this chunk's cells.
    pub(super) fn write(&mut self, frames: &[X]) {
        let at = self.cell(0, 0);
        let (first, second) = frames.split_at(frames.len().min(self.cells.len() - at));
        self.cells[at..at + first.len()].copy_from_slice(first);
        self.cells[..second.len()].copy_from_slice(second);
    }

    /// Copies what was written `offset` frames earlier.
    pub(super) fn read(&self, offset: usize, frames: &mut [X]) {
        let at = self.cell(0, offset);
        let len = frames.len().min(self.cells.len() - at);
        let (first, second) = frames.split_at_mut(len);
        first.copy_from_slice(&self.cells[at..at + len]);
        second.copy_from_slice(&self.cells[..second.len()]);
    }
}
