//! The command line of the harness.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures how fast synthc compiles and runs.
#[derive(Debug, Parser)]
#[command(name = "synthc-benches", args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

/// What to measure instead of the corpus.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Other engines beside synthc.
    Peers(PeersArgs),
    /// Edits, swaps, event storms, voices, whole processes. Needs `synthc` built beside it.
    Live(LiveArgs),
    /// Every bar of the design: met or missed.
    Bars(BarsArgs),
    /// The scaling plots, into `benches/plots/`.
    Plots,
    /// Everything, results and plots saved, the measured part of `benches/README.md` rewritten.
    All(BarsArgs),
    /// Load, compile and run one patch for a second; print the peak of resident memory in bytes.
    #[command(hide = true)]
    Memory {
        /// Name in the corpus.
        patch: String,
    },
    /// Play a session of so many voices for a second; print the peak of resident memory and the bytes of a voice's state.
    #[command(hide = true)]
    VoicesMemory {
        /// Of what the voice consists: its saw.
        saw: String,
        /// How many.
        count: usize,
    },
}

/// Options of the table.
#[derive(Debug, Default, Args)]
pub(crate) struct TableArgs {
    /// Only patches whose name contains one of these.
    pub(crate) patches: Vec<String>,
    /// A few seconds: f32, blocks of 64, three rounds of short bursts.
    #[arg(long)]
    pub(crate) quick: bool,
    /// How often everything is measured [default: 15, quick: 3].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rounds: Option<u32>,
    /// Save rows as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Save the table as Markdown.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

/// Options of `peers`.
#[derive(Debug, Args)]
pub(crate) struct PeersArgs {
    /// Only patches whose name contains one of these.
    pub(crate) patches: Vec<String>,
    /// How often everything is measured.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rounds: u32,
    /// Save everything as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Save the tables as Markdown.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

/// What `live` measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    /// From a saved file to a published plan.
    Edits,
    /// Audio callbacks: usual ones, with swaps, in storms of events.
    Callbacks,
    /// What one more voice costs.
    Voices,
    /// Whole processes: start, offline speed, memory.
    Processes,
}

/// Options of `live`.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    /// Only these; all when there is none.
    pub(crate) sections: Vec<Section>,
    /// Save everything as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Save the tables as Markdown.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

/// Options of `bars` and `all`.
#[derive(Debug, Args)]
pub(crate) struct BarsArgs {
    /// How often everything is measured.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rounds: u32,
}
