//! Tables.

use std::sync::Arc;

use synthc_ir::{Signal, library};

use super::Library;
use super::argument::SignalArguments;
use crate::value::{Arguments, Value};
use crate::{Context, Error, Signature, signature};

const MAX_CELLS: i64 = 1 << 24;

pub(super) fn add(krs: Library) -> Library {
    krs.table_read("rdtable", signature!(data, ri), "ri", library::rdtable)
        .table_read(
            "rdtable_linear",
            signature!(data, ri),
            "ri",
            library::rdtable_linear,
        )
        .table_read(
            "wavetable",
            signature!(data, idx),
            "idx",
            library::wavetable,
        )
        .table_read(
            "wavetable_osc",
            signature!(data, freq),
            "freq",
            library::wavetable_osc,
        )
        .signal("rwtable", signature!(size, init, wi, wv, ri), |a| {
            let size = a.i64("size")?;
            let cells = u32::try_from(size)
                .ok()
                .filter(|&n| n >= 1 && size <= MAX_CELLS);
            let cells = cells.ok_or_else(|| {
                a.wrong_value("size", format_args!("is {size}"))
                    .with_help("a table has 1 to 16777216 cells")
            })?;
            let init = a.signal("init")?.as_constant().ok_or_else(|| {
                a.wrong_type("init", "a number").with_help(
                    "all cells hold the same number at first; write others through wi and wv",
                )
            })?;
            let (wi, wv, ri) = (a.signal("wi")?, a.signal("wv")?, a.signal("ri")?);
            Ok(library::rwtable(cells, init, wi, wv, ri))
        })
}

impl Library {
    fn table_read(
        self,
        name: &'static str,
        signature: Signature,
        index: &'static str,
        read: fn(Arc<[f64]>, Signal) -> Signal,
    ) -> Self {
        let places = std::rc::Rc::clone(&self.places);
        self.function(name, signature, move |context, a| {
            let data = numbers(context, a)?;
            let signal = read(data, a.signal(index)?);
            Ok(places.signal(context, signal))
        })
    }
}

/// The list of finite numbers in `data`.
fn numbers(context: &mut Context<'_>, a: &Arguments) -> Result<Arc<[f64]>, Error> {
    let items = a.items("data")?;
    context.charge_memory(items.len() as u64 * 8)?;
    if items.is_empty() {
        return Err(a
            .wrong_value("data", "is empty")
            .with_help("a table needs at least one number"));
    }
    items
        .iter()
        .enumerate()
        .map(|(i, item)| match item.as_f64() {
            Some(x) if x.is_finite() => Ok(x),
            Some(x) => Err(a.wrong_value("data", format_args!("holds {x} at position {i}"))),
            None => Err(a.wrong_value(
                "data",
                format_args!(
                    "holds a '{}' at position {i}, not a number",
                    Value::type_name(item)
                ),
            )),
        })
        .collect()
}
