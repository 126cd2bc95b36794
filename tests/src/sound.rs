//! From patch text to samples, as the command line does it.
//!
//! Failures panic with the diagnostic: whoever calls this is a test.

use synthc_engine::Session;
use synthc_engine::render::{Length, RenderOptions, RenderSummary, render};
use synthc_jit::Sample;
use synthc_lang::{Limits, Patch, SourceFile};

/// The patch of a text.
///
/// # Panics
/// When the text is no patch.
#[must_use]
pub fn patch(name: &str, text: &str) -> Patch {
    Patch::load(SourceFile::new(name, text), Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// The session that the text of a patch leaves behind.
///
/// # Panics
/// When the text is no patch.
#[must_use]
pub fn session(text: &str) -> Session {
    patch("test.py", text).session().clone()
}

/// Options for a render of so many frames without limiter, so that levels can be read off.
#[must_use]
pub fn frames(frames: u64) -> RenderOptions {
    RenderOptions {
        length: Length::Frames(frames),
        limiter: None,
        ..RenderOptions::default()
    }
}

/// Left and right of a session, and what was rendered.
///
/// # Panics
/// When the session does not render.
#[must_use]
pub fn stereo<T: Sample>(
    session: &Session,
    options: &RenderOptions,
) -> ([Vec<T>; 2], RenderSummary) {
    let mut sides = [Vec::new(), Vec::new()];
    let sink = |block: &[&[T]]| {
        for (side, samples) in sides.iter_mut().zip(block) {
            side.extend_from_slice(samples);
        }
        Ok(())
    };
    let summary = render(session, options, sink, |_| {}).unwrap_or_else(|e| panic!("{e}"));
    (sides, summary)
}

/// The left side of a session of mono nodes, in double precision.
///
/// # Panics
/// When the session does not render, or when it is not the same on both sides.
#[must_use]
pub fn mono(session: &Session, options: &RenderOptions) -> Vec<f64> {
    let ([left, right], _) = stereo::<f64>(session, options);
    assert!(left == right, "the sides differ");
    left
}
