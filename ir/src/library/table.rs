//! Tables: fixed data, written cells, and wavetables, read by cell or in between.
//!
//! Indices are in cells and clamp at both ends; a table of no cells or more than 2²⁴ is refused when the
//! graph is built ([`BuildError::TableSize`](crate::BuildError::TableSize)).

use std::sync::Arc;

use super::delay::{lagrange, split};
use super::float;
use super::osc::phasor;
use crate::signal::{Signal, Table};

/// Reads `data` at trunc(index), clamped to the ends: −1 gives the first cell, `len` the last.
///
/// Cost: 1 conversion and a read. State: none (the data is shared). Source: krs specification A.5.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&rdtable([10.0, 20.0, 30.0], 1.7), 1)?, [20.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn rdtable(data: impl Into<Arc<[f64]>>, index: impl Into<Signal>) -> Signal {
    Table::read_only(data).read(&index.into())
}

/// Reads `data` between cells along straight lines; the ends hold.
///
/// Cost: 9.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&rdtable_linear([10.0, 20.0], 0.25), 1)?, [12.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn rdtable_linear(data: impl Into<Arc<[f64]>>, index: impl Into<Signal>) -> Signal {
    let data: Arc<[f64]> = data.into();
    let last = last_index(data.len());
    linear(&Table::read_only(data), &float(index).clip(0.0, last))
}

/// Reads `data` between cells along cubics through four cells (Lagrange); the ends hold.
///
/// Cost: 34.
///
/// ```
/// use synthc_ir::prelude::*;
/// let squares = [0.0, 1.0, 4.0, 9.0, 16.0];
/// assert_eq!(preview(&rdtable_cubic(squares, 1.5), 1)?, [2.25]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn rdtable_cubic(data: impl Into<Arc<[f64]>>, index: impl Into<Signal>) -> Signal {
    let data: Arc<[f64]> = data.into();
    let index = float(index).clip(0.0, last_index(data.len()));
    // Four cells around the index, moved inwards at the ends.
    let last_first = i32::try_from(data.len())
        .unwrap_or(i32::MAX)
        .saturating_sub(4)
        .max(0);
    let first = (index.to_i32() - Signal::int(1))
        .max(Signal::int(0))
        .min(Signal::int(last_first));
    let table = Table::read_only(data);
    let taps = [0, 1, 2, 3].map(|k| table.read(&(&first + Signal::int(k))));
    lagrange(&(index - first.to_float()), &taps)
}

/// The same as [`rdtable`]: `index` counts cells, no interpolation.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&wavetable([0.0, 1.0, 0.0, -1.0], 1.0), 1)?, [1.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn wavetable(data: impl Into<Arc<[f64]>>, index: impl Into<Signal>) -> Signal {
    rdtable(data, index)
}

/// One cycle in a table, read at a phase in turns along straight lines; after the last cell comes
/// the first.
///
/// * `turns`: any number; whole turns fall away.
///
/// Cost: 11.
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = wavetable_linear([0.0, 1.0, 0.0, -1.0], 0.875);
/// assert_eq!(preview(&y, 1)?, [-0.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn wavetable_linear(data: impl Into<Arc<[f64]>>, turns: impl Into<Signal>) -> Signal {
    let turns = float(turns);
    let folded = &turns - turns.floor();
    cycle(data.into(), &folded)
}

/// An oscillator that repeats the cycle in `data`, linearly interpolated.
///
/// * `frequency`: Hz, as in [`phasor`]; harmonics above SR/2 alias: leave them out of `data`.
///
/// Cost: 15 with the phasor. State: one phase. Source: Mathews 1969 ("The technology of computer music").
///
/// ```
/// use synthc_ir::prelude::*;
/// let y = wavetable_osc([0.0, 1.0, 0.0, -1.0], 6_000.0);
/// assert_eq!(preview(&y, 3)?, [0.5, 1.0, 0.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn wavetable_osc(data: impl Into<Arc<[f64]>>, frequency: impl Into<Signal>) -> Signal {
    cycle(data.into(), &phasor(frequency))
}

/// A cycle read at a phase in [0, 1).
fn cycle(data: Arc<[f64]>, turns: &Signal) -> Signal {
    let cells = data.len() as f64;
    let Some(&first) = data.first() else {
        // Refused with its site when the graph is built.
        return Table::read_only(data).read(turns);
    };
    // The first cell once more at the end: no index has to wrap.
    let closed: Vec<f64> = data.iter().copied().chain([first]).collect();
    linear(&Table::read_only(closed), &(turns * cells))
}

/// A table at an index in [0, last cell].
fn linear(table: &Table, index: &Signal) -> Signal {
    let (index, fraction) = split(index);
    let before = table.read(&index);
    let after = table.read(&(index + Signal::int(1)));
    &before + fraction * (after - &before)
}

fn last_index(cells: usize) -> f64 {
    cells.saturating_sub(1) as f64
}

/// A table that is written and read in every frame: T\[wi\] ← wv, then T\[ri\].
///
/// * `size`: cells, 1 to 2²⁴. `init`: their first value. `write_index`, `read_index`: truncated and
///   clamped to the table. A read of the cell just written gives the new value.
///
/// Cost: 2 conversions, a write and a read. State: `size` floats. Source: krs specification A.5.
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&rwtable(4, 0.5, 1.0, 7.0, 1.0), 1)?, [7.0]);
/// assert_eq!(preview(&rwtable(4, 0.5, 1.0, 7.0, 2.0), 1)?, [0.5]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn rwtable(
    size: u32,
    init: f64,
    write_index: impl Into<Signal>,
    written: impl Into<Signal>,
    read_index: impl Into<Signal>,
) -> Signal {
    let table = Table::written(size, init);
    let value = table.read(&read_index.into());
    table.bind(&write_index.into(), &written.into(), &value)
}

/// [`rwtable`] read between cells along straight lines; the ends hold.
///
/// Cost: 8 more than [`rwtable`].
///
/// ```
/// use synthc_ir::prelude::*;
/// assert_eq!(preview(&rwtable_linear(4, 0.0, 1.0, 8.0, 0.25), 1)?, [2.0]);
/// # Ok::<(), synthc_ir::BuildError>(())
/// ```
#[must_use]
pub fn rwtable_linear(
    size: u32,
    init: f64,
    write_index: impl Into<Signal>,
    written: impl Into<Signal>,
    read_index: impl Into<Signal>,
) -> Signal {
    let table = Table::written(size, init);
    let last = last_index(size as usize);
    let value = linear(&table, &float(read_index).clip(0.0, last));
    table.bind(&write_index.into(), &written.into(), &value)
}
