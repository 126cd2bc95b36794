//! Notes at exact moments, asked for from Rust: what a keyboard plays, or a game.
//!
//! The rules are those of patterns: the audio side chooses a voice (free, then released, then oldest), sets the note's
//! values on it, and opens a gate, with a frame of gate 0 before where it finds it open.

use std::sync::Arc;

use synthc_jit::Sample;

use super::schedule::{Scheduled, When, check, finite};
use super::{Engine, EngineError};
use crate::event::MAX_NOTE_PARAMS;
use crate::path::{Resolved, Target};
use crate::scheduler::Beginning;
pub use crate::scheduler::NoteHandle;
use crate::session::{Session, SessionError};

/// The control that a note opens where its path names none.
const GATE: &str = "gate";

/// A note that will begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledNote {
    /// Names it to [`Engine::note_off`].
    pub handle: NoteHandle,
    /// The frame at which it begins, counted from the engine's start; of a musical moment the one that the present tempo
    /// gives.
    pub frame: u64,
    /// How many frames later than asked for: 0 unless the moment was past.
    pub late: u64,
}

impl<T: Sample> Engine<T> {
    /// Begins a note exactly at `when`: a frame number, or any [`When`]. It lasts until [`Engine::note_off`].
    ///
    /// `path` is a source with a control `gate`, or another control of a source, as `kit/snare_gate`: the note opens that
    /// one. It opens to 1, or to the value that `values` has for it. The other values, by the names of the node's controls,
    /// are set on the note's own voice; they are clamped to their ranges, and of two for one control the later counts. A
    /// control without a value stays where the last note left it on that voice, so give every note the same ones.
    ///
    /// At one frame notes end first, then values are set, then notes begin, in the order of the calls. With all voices in
    /// use the one with the oldest note is taken, without a click. A moment that is past means [`When::Now`], and the result
    /// says how late that is. Moments given in beats or cycles follow changes of tempo.
    ///
    /// A note belongs to the node that has the name now. When that is removed the note fades out with it in 10 ms; when it
    /// goes on under another name, so does the note, and its handle stays good. When the node or its gate is gone before the
    /// note begins, [`Engine::take_notices`](Engine::take_notices) says so. `Session::hush` and `Session::stop` close the gates
    /// of such notes, too. A note for a node that an update brings waits for
    /// it.
    ///
    /// The call costs microseconds and may allocate; it is for the control thread.
    ///
    /// ```
    /// use synthc_engine::device::null::NullDevice;
    /// use synthc_engine::engine::When;
    /// use synthc_engine::session::{NodeDefinition, NodeOptions};
    /// use synthc_engine::{Engine, EngineConfig, Session};
    /// use synthc_ir::{Control, Signal, library::{adsr, saw}};
    ///
    /// let control = |name, init, lo, hi| Signal::control(Control::new(name, init, lo, hi));
    /// let envelope = adsr(0.01, 0.1, 0.7, 0.2, control("gate", 0.0, 0.0, 1.0));
    /// let voice = saw(control("freq", 110.0, 20.0, 2_000.0)) * envelope * control("amp", 0.5, 0.0, 1.0);
    /// let mut session = Session::new();
    /// session.node("bass", NodeDefinition::source([voice])?, NodeOptions::default().count(8))?;
    /// let (mut engine, processor) = Engine::<f32>::new(EngineConfig::new(48_000.0))?;
    /// engine.update(&session)?;
    ///
    /// let note = engine.note_on(1_000, "bass", &[("freq", 110.0), ("amp", 0.8)])?;
    /// assert_eq!((note.frame, note.late), (1_000, 0));
    /// engine.note_off(When::Seconds(0.05), note.handle)?;
    ///
    /// let mut device = NullDevice::new(processor, 1, 64);
    /// let mut heard = Vec::new();
    /// while heard.len() < 4_800 {
    ///     engine.tick()?;
    ///     heard.extend_from_slice(device.pull());
    /// }
    /// // A device of any kind is one inner block behind.
    /// assert!(heard[..1_064].iter().all(|x| *x == 0.0));
    /// assert!(heard[1_064..3_000].iter().any(|x| x.abs() > 0.1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EngineError::NotPlaying`] before the first update; [`EngineError::Path`] for a path that leads to no source, a value
    /// for a control that the node does not have, and a value that is not finite; [`EngineError::NoGate`];
    /// [`EngineError::NoteValues`] for more than [`MAX_NOTE_PARAMS`] values; [`EngineError::Moment`] for a time that is none;
    /// [`EngineError::Overload`] as for [`Engine::schedule`]. The note is then not played.
    pub fn note_on(
        &mut self,
        when: impl Into<When>,
        path: &str,
        values: &[(&str, f64)],
    ) -> Result<ScheduledNote, EngineError> {
        let when = when.into();
        check(when)?;
        let session = self.session_to_be()?;
        let (node, gate) = gate_of(session, path)?;
        if values.len() > MAX_NOTE_PARAMS {
            return Err(EngineError::NoteValues {
                node,
                given: values.len(),
                bound: MAX_NOTE_PARAMS,
            });
        }
        let values = values
            .iter()
            .map(|&(control, value)| {
                let found = session.find_node(&node);
                let found = found.and_then(|found| found.definition().control(control));
                let found = found.ok_or_else(|| session.unknown_control(&node, control))?;
                finite(&format!("{node}/{control}"), value)?;
                Ok((found.name.clone(), value))
            })
            .collect::<Result<_, EngineError>>()?;
        let scheduler = self.scheduler.as_ref().ok_or(EngineError::NotPlaying)?;
        let address = scheduler.book().node(&node);
        let handle = scheduler.next_note(address.ok_or(EngineError::NotPlaying)?.key);
        let note = Beginning {
            handle,
            node,
            gate,
            values,
        };
        let Scheduled { frame, late } =
            self.ask(|scheduler, earliest| scheduler.note_on(when, earliest, note))?;
        Ok(ScheduledNote {
            handle,
            frame,
            late,
        })
    }

    /// Ends a note exactly at `when`: its gate closes, and what it releases is heard.
    ///
    /// A note lasts one frame at least. One that is ended before the frame at which it would begin is taken back: it is not
    /// heard at all. A note that has ended, was taken its voice by another, or went with its node is left alone, and that is
    /// no error; of several ends of one note the earliest counts.
    ///
    /// # Errors
    /// [`EngineError::NotPlaying`] before the first update; [`EngineError::ForeignNote`] for a handle of another engine;
    /// [`EngineError::Moment`]; [`EngineError::Overload`] as for [`Engine::schedule`]: the note then goes on, so call again after the next [`Engine::tick`].
    pub fn note_off(
        &mut self,
        when: impl Into<When>,
        note: NoteHandle,
    ) -> Result<Scheduled, EngineError> {
        let when = when.into();
        check(when)?;
        let scheduler = self.scheduler.as_ref().ok_or(EngineError::NotPlaying)?;
        if !scheduler.gave(note) {
            return Err(EngineError::ForeignNote);
        }
        self.ask(|scheduler, earliest| scheduler.note_off(when, earliest, note))
    }
}

/// The node that a note's path leads to, and the control that opens.
fn gate_of(session: &Session, path: &str) -> Result<(Arc<str>, Arc<str>), EngineError> {
    let wrong = |is: &'static str| {
        EngineError::Path(SessionError::WrongTarget {
            path: path.to_owned(),
            is,
            operation: "a note",
            wants: "a source or a gate of one",
        })
    };
    let (node, gate): (_, Arc<str>) = match session.resolve(path)? {
        Resolved::One(Target::Node(node)) => (node, GATE.into()),
        Resolved::One(Target::Control { node, control }) => (node, control),
        Resolved::One(Target::Gain(_) | Target::Send { .. } | Target::Master) => {
            return Err(wrong("a level"));
        }
        Resolved::Group(_) => return Err(wrong("a group")),
    };
    let definition = session.find_node(&node).map(|node| node.definition());
    if definition.is_some_and(|definition| definition.is_effect()) {
        return Err(wrong("an effect or a control of one"));
    }
    let controls = definition.map_or(&[][..], |definition| definition.controls());
    if !controls.iter().any(|control| control.name == gate) {
        return Err(EngineError::NoGate {
            node,
            known: controls.iter().map(|c| c.name.clone()).collect(),
        });
    }
    Ok((node, gate))
}
