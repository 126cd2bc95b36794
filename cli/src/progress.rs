//! The progress bar: on a terminal only, on standard error, silent on request.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over rendered seconds.
pub(crate) fn bar(quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} [{bar:40}] {pos}/{len} s") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
