//! Values at exact moments, asked for from Rust.
//!
//! Called by programs that embed the engine, on its control thread. A value either takes effect at the very frame it was
//! asked for, or the caller is told: by [`Scheduled::late`] when the moment is past, by an error when too much waits, by
//! a notice when the place is gone by then. Nothing is dropped in silence.

use synthc_jit::Sample;

use super::{Engine, EngineError};
use crate::path::{Resolved, Target};
pub use crate::scheduler::When;
use crate::scheduler::{Bounds, Overload, Scheduler};
use crate::session::{Session, SessionError};

/// Greatest number of seconds or beats from the start: 2⁵³ frames at the highest rate.
const MAX_TIME: f64 = 9e9;

/// When a value takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// The frame, counted from the engine's start; of a musical moment the one that the present tempo gives.
    pub frame: u64,
    /// How many frames later than asked for: 0 unless the moment was past.
    pub late: u64,
}

impl<T: Sample> Engine<T> {
    /// Sets the control or level at `path` exactly at `when`: a frame number, or any [`When`].
    ///
    /// Moments that are past mean [`When::Now`], and the result says how late that is. Values for one place at one
    /// frame take effect in the order of the calls. The session does not know of them: they are heard until a
    /// pattern, an automation, an edit of that value or another scheduled value comes. A value for a node that an
    /// update brings which the audio side does not play yet waits for it, and a notice says so.
    ///
    /// The call is meant for thousands of events a second; it costs about a microsecond and may allocate.
    ///
    /// ```
    /// use synthc_engine::engine::When;
    /// use synthc_engine::session::{NodeDefinition, NodeOptions};
    /// use synthc_engine::{Engine, EngineConfig, Session};
    /// use synthc_ir::{Control, Signal};
    ///
    /// let cutoff = Signal::control(Control::new("cutoff", 500.0, 20.0, 20_000.0));
    /// let mut session = Session::new();
    /// session.node("bass", NodeDefinition::source([cutoff])?, NodeOptions::default())?;
    /// let (mut engine, _processor) = Engine::<f32>::new(EngineConfig::new(48_000.0))?;
    /// engine.update(&session)?;
    /// engine.schedule(1_234, "bass/cutoff", 800.0)?;
    /// engine.schedule(When::Seconds(0.5), "bass/gain", 0.2)?;
    /// let at = engine.schedule(When::Beats(2.0), "bass/cutoff", 3_000.0)?;
    /// assert_eq!((at.frame, at.late), (48_000, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EngineError::NotPlaying`] before the first update; [`EngineError::Path`] for a path that leads to no value,
    /// or a value that is not finite; [`EngineError::Moment`] for a time that is none; [`EngineError::Overload`] when more
    /// values wait than [`EngineConfig::pending`](super::EngineConfig::pending), or more fall into one
    /// [`horizon`](super::EngineConfig::horizon) than half of [`events`](super::EngineConfig::events).
    pub fn schedule(
        &mut self,
        when: impl Into<When>,
        path: &str,
        value: f64,
    ) -> Result<Scheduled, EngineError> {
        let when = when.into();
        check(when)?;
        let session = self.session_to_be()?;
        let place = match session.resolve(path)? {
            Resolved::One(Target::Node(node)) => Target::Gain(node),
            Resolved::One(place) => place,
            Resolved::Group(_) => {
                return Err(EngineError::Path(SessionError::WrongTarget {
                    path: path.to_owned(),
                    is: "a group",
                    operation: "an exact event",
                    wants: "a control or a level",
                }));
            }
        };
        finite(path, value)?;
        self.ask(|scheduler, earliest| scheduler.schedule(when, earliest, place, value))
    }

    /// The session that names are looked up in: that of the last update, even when it does not sound yet.
    pub(super) fn session_to_be(&self) -> Result<&Session, EngineError> {
        if self.scheduler.is_none() {
            return Err(EngineError::NotPlaying);
        }
        let next = self.next.as_ref().map(|next| &next.session);
        Ok(next.unwrap_or(&self.session))
    }

    /// Asks the scheduler for something, and sends what is due already.
    pub(super) fn ask(
        &mut self,
        what: impl FnOnce(&mut Scheduler, u64) -> Result<(u64, u64), Overload>,
    ) -> Result<Scheduled, EngineError> {
        let (earliest, bounds) = (self.now(), self.config.bounds());
        let Some(scheduler) = &mut self.scheduler else {
            return Err(EngineError::NotPlaying);
        };
        let (frame, late) = what(scheduler, earliest)
            .map_err(|overload| overloaded(overload, bounds, self.config.horizon))?;
        scheduler.catch_up();
        self.send();
        Ok(Scheduled { frame, late })
    }

    /// The frame that [`When::Now`] means at the moment.
    #[must_use]
    pub fn earliest_frame(&self) -> u64 {
        self.now()
    }
}

pub(super) fn finite(path: &str, value: f64) -> Result<(), EngineError> {
    if value.is_finite() {
        return Ok(());
    }
    Err(EngineError::Path(SessionError::NotFinite {
        what: format!("`{path}`"),
        given: value,
    }))
}

pub(super) fn check(when: When) -> Result<(), EngineError> {
    let (given, unit) = match when {
        When::Seconds(seconds) => (seconds, "seconds"),
        When::Beats(beats) => (beats, "beats"),
        When::Now | When::Frame(_) | When::Cycles(_) => return Ok(()),
    };
    if given.abs() <= MAX_TIME {
        return Ok(());
    }
    Err(EngineError::Moment {
        given,
        unit,
        limit: MAX_TIME,
    })
}

fn overloaded(overload: Overload, bounds: Bounds, horizon: f64) -> EngineError {
    match overload {
        Overload::Waiting(given) => EngineError::Overload {
            what: "scheduled events wait".to_owned(),
            given,
            bound: bounds.waiting,
            fix: "schedule nearer to their time, or raise `EngineConfig::pending`",
        },
        Overload::Window(given) => EngineError::Overload {
            what: format!(
                "scheduled events fall into one window of {:.0} ms",
                horizon * 1e3
            ),
            given,
            bound: bounds.window,
            fix: "spread them, or raise `EngineConfig::events`",
        },
    }
}
