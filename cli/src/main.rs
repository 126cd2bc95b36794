//! The `synthc` command: argument parsing, files, progress, diagnostics on the terminal.
//!
//! Everything that sounds happens in `synthc-engine`; everything about patches in `synthc-lang`.

mod args;
mod audio_file;
mod command;
mod failure;
mod input_node;
mod interrupt;
mod patch_file;
mod progress;
mod session_log;
mod summary;
mod value_spec;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::{Cli, Command};
use failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    if let Some(filter) = &cli.trace {
        let filter = EnvFilter::try_new(filter)
            .map_err(|e| Failure::Usage(format!("--trace {filter}: {e}; try `--trace debug`")))?;
        tracing_subscriber::fmt()
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }
    match &cli.command {
        Command::Render(args) => command::render::run(args),
        Command::Check(args) => command::check::run(args),
        Command::Inspect(args) => command::inspect::run(args),
        Command::Bench(args) => command::bench::run(args),
        #[cfg(feature = "device")]
        Command::Play(args) => command::play::run(args),
        #[cfg(feature = "device")]
        Command::Devices(args) => command::devices::run(args),
        #[cfg(not(feature = "device"))]
        Command::Play(_) | Command::Devices(_) => Err(Failure::Usage(
            "this synthc was built without audio devices; build it with `cargo install --path cli --features device` (add `,jack` for JACK), or render to a file"
                .to_owned(),
        )),
    }
}
