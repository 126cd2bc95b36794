//! Everything at once, and the part of `benches/README.md` that is measured.

use std::error::Error;
use std::path::Path;

use synthc_measure::{Machine, markdown};

use crate::args::{BarsArgs, TableArgs};
use crate::live::Live;
use crate::{bars, peers, plots, table};

/// Between these lines the README is written by this program.
const BEGIN: &str = "<!-- measured: written by `synthc-benches all` -->\n";
const END: &str = "<!-- end of what is measured -->\n";

pub(crate) fn run(args: &BarsArgs) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = table::measure(&TableArgs::default(), args.rounds)?;
    let comparison = peers::measure(&[], args.rounds)?;
    let live = Live::measure(&[])?;
    plots::draw(&folder.join("plots"))?;
    let results = folder.join("results");
    std::fs::create_dir_all(&results)?;
    std::fs::write(
        results.join("table.json"),
        serde_json::to_string_pretty(&rows)?,
    )?;
    std::fs::write(
        results.join("peers.json"),
        serde_json::to_string_pretty(&comparison)?,
    )?;
    std::fs::write(
        results.join("live.json"),
        serde_json::to_string_pretty(&live)?,
    )?;

    // Bars are about f32 in blocks of 64 frames.
    let mut usual = rows.clone();
    usual.retain(|row| row.block == 64 && row.precision == "f32");
    let text = format!(
        "On {}, {} rounds.\n\n### Bars\n\n{}\n### The corpus\n\n{}\n### FAUST\n\n{}\n### Live\n\n{}\n",
        Machine::this(),
        args.rounds,
        bars::markdown(&usual, &comparison, &live),
        markdown(&rows),
        comparison.markdown(),
        live.markdown(),
    );
    let readme = folder.join("README.md");
    let before = std::fs::read_to_string(&readme)?;
    let (head, rest) = before
        .split_once(BEGIN)
        .ok_or("README.md has lost its marks")?;
    let (_, tail) = rest.split_once(END).ok_or("README.md has lost its marks")?;
    std::fs::write(readme, format!("{head}{BEGIN}\n{text}{END}{tail}"))?;
    Ok(())
}
