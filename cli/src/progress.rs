//! The progress bar: on a terminal only, on standard error, silent on request.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over rendered frames; `total` is unknown while a tail decays.
pub(crate) fn bar(total: Option<u64>, rate: u32, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let seconds = |frames: u64| frames / u64::from(rate.max(1));
    let bar = match total {
        Some(frames) => ProgressBar::new(seconds(frames)),
        None => ProgressBar::no_length(),
    };
    let form = match total {
        Some(_) => "{elapsed_precise} [{bar:40}] {pos}/{len} s",
        None => "{elapsed_precise} {spinner} {pos} s",
    };
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
