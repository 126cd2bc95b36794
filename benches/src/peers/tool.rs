//! Other programs, run as commands: whether they are there, building with them, and what they print.
//!
//! Executables are kept in the target folder by the content of everything they are made from, so that
//! measuring again builds nothing.

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The folder of what is built.
pub(super) fn folder() -> Result<PathBuf, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.canonicalize()?)
}

/// The first line that a command prints when it is asked for its version; `None` when it is not
/// installed.
pub(super) fn version(command: &str, argument: &str) -> Option<String> {
    let output = Command::new(command).arg(argument).output().ok()?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(str::to_owned)
}

/// Runs a command; gives what it prints, or its complaints as an error.
pub(super) fn output(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let complaint: String = complaint.lines().take(5).collect::<Vec<_>>().join("; ");
        let program = command.get_program().to_string_lossy().into_owned();
        return Err(format!("{program}: {}: {complaint}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The number in the line `name number`.
pub(super) fn figure(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// An executable that was built, now or before.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) path: PathBuf,
    /// Milliseconds that building took, by the clock on the wall.
    pub(super) milliseconds: f64,
}

/// The executable `name` made from `ingredients`; `build` makes it at the given path if it is not
/// there yet.
pub(super) fn cached(
    name: &str,
    ingredients: &[&str],
    build: impl FnOnce(&Path) -> Result<(), Box<dyn Error>>,
) -> Result<Built, Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    ingredients.hash(&mut hasher);
    let path = folder()?.join(format!("{name}-{:016x}", hasher.finish()));
    let record = path.with_extension("ms");
    if let (true, Ok(text)) = (path.exists(), std::fs::read_to_string(&record)) {
        let milliseconds = text.trim().parse()?;
        return Ok(Built { path, milliseconds });
    }
    let start = Instant::now();
    build(&path)?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    std::fs::write(record, milliseconds.to_string())?;
    Ok(Built { path, milliseconds })
}
