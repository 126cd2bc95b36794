//! The benchmark harness: `cargo run --release -p synthc-benches`.
//!
//! Without a subcommand the corpus of `benches/patches/` is measured: compile time, compiled code at
//! rest and moving, interpreters. Rounds are interleaved over all patches, so that a disturbance of
//! the machine meets all of them; minima and medians are kept.

mod all;
mod args;
mod bars;
mod corpus;
mod live;
mod memory;
mod peers;
mod plots;
mod table;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        None => table::run(&cli.table),
        Some(Command::Peers(args)) => peers::run(args),
        Some(Command::Live(args)) => live::run(args),
        Some(Command::Bars(args)) => bars::run(args),
        Some(Command::Plots) => plots::draw(&corpus::folder().with_file_name("plots")),
        Some(Command::All(args)) => all::run(args),
        Some(Command::Memory { patch }) => memory::run(patch),
        Some(Command::VoicesMemory { saw, count }) => live::voices_memory(saw, *count),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
