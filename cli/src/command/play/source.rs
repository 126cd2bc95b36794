//! The patch file while it is followed: its text, its session, and when it changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use synthc_lang::{Limits, Patch, SourceFile};

use crate::failure::Failure;
use crate::patch_file::{patch_failure, read};

/// How long a file must rest before it is read where the system does not say that whoever wrote it has finished: many
/// editors empty it first and then write it in pieces.
const SETTLE: Duration = Duration::from_millis(20);
/// How long a file may be missing before that is said: many editors remove it first and then rename another.
const ABSENCE: Duration = Duration::from_millis(500);

/// What wakes the player before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// The file is being changed.
    Touched,
    /// The file has been changed: whoever did it has closed it, or put it in its place.
    Complete,
    /// Another thread has done what it was asked for.
    Done,
}

/// What became of the file.
pub(super) enum Change {
    /// Another text, which is now [`Watched::text`].
    Text,
    /// It cannot be read, and has not been for a while; said once.
    Missing(Failure),
}

/// A patch file that is followed.
pub(super) struct Watched {
    path: PathBuf,
    text: String,
    /// Ends with this value.
    _watcher: RecommendedWatcher,
    waker: Sender<Wake>,
    wakes: Receiver<Wake>,
    /// When it is read.
    due: Option<Instant>,
    /// When it was seen that the text read last had come.
    noticed: Instant,
    /// Since when it cannot be read, and whether that has been said.
    missing: Option<(Instant, bool)>,
}

impl Watched {
    /// Reads the file and follows it from now on.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let (waker, wakes) = channel();
        let watcher = watch(path, waker.clone())?;
        Ok(Self {
            path: path.to_owned(),
            text: read(path)?,
            _watcher: watcher,
            waker,
            wakes,
            due: None,
            noticed: Instant::now(),
            missing: None,
        })
    }

    /// The text read last.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The path, for people.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// When it was seen that the text read last had come.
    pub(super) fn noticed(&self) -> Instant {
        self.noticed
    }

    /// What other threads wake the player by.
    pub(super) fn waker(&self) -> Sender<Wake> {
        self.waker.clone()
    }

    /// The text read last, to be [evaluated](evaluate) on any thread.
    pub(super) fn source(&self) -> SourceFile {
        SourceFile::new(self.name(), self.text.as_str())
    }

    /// Waits up to `time` for a change, or until it is woken.
    pub(super) fn wait(&mut self, time: Duration) -> Option<Change> {
        match self.wakes.recv_timeout(time) {
            Ok(wake) => {
                let now = Instant::now();
                // An editor's save arrives as several changes; what comes after the last is not known to be complete.
                let rest = std::iter::from_fn(|| self.wakes.try_recv().ok());
                for wake in std::iter::once(wake).chain(rest) {
                    match wake {
                        Wake::Touched => self.due = Some(now + SETTLE),
                        Wake::Complete => self.due = Some(now),
                        Wake::Done => continue,
                    }
                    self.noticed = now;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            // The watcher lives as long as this; without it the patch plays on unwatched.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(time),
        }
        self.due.take_if(|due| *due <= Instant::now())?;
        match read(&self.path) {
            Ok(text) => {
                self.missing = None;
                // A file that is being written is empty for a moment. Silence is what `kr.stop()` is for.
                if text == self.text || text.trim().is_empty() {
                    return None;
                }
                self.text = text;
                Some(Change::Text)
            }
            Err(failure) => {
                let (since, said) = *self.missing.get_or_insert((Instant::now(), false));
                if said {
                    return None;
                }
                if since.elapsed() < ABSENCE {
                    self.due = Some(since + ABSENCE);
                    return None;
                }
                self.missing = Some((since, true));
                Some(Change::Missing(failure))
            }
        }
    }
}

/// Evaluates a text.
pub(super) fn evaluate(source: SourceFile) -> Result<Patch, Failure> {
    Patch::load(source, Limits::default()).map_err(|e| patch_failure(&e))
}

/// Watches the folder of the patch: editors replace files, and a watch on a file dies with it.
fn watch(patch: &Path, waker: Sender<Wake>) -> Result<RecommendedWatcher, Failure> {
    let name = patch.file_name().map(ToOwned::to_owned);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let is_ours = |path: &PathBuf| path.file_name() == name.as_deref();
        let wake = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Wake::Complete,
            // The new name is the last.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both))
                if event.paths.last().is_some_and(is_ours) =>
            {
                Wake::Complete
            }
            // Reading is none of our business, and we read ourselves.
            EventKind::Access(_) => return,
            _ => Wake::Touched,
        };
        if event.paths.iter().any(is_ours) {
            // The player has ended when nobody listens.
            let _ = waker.send(wake);
        }
    })
    .map_err(Failure::io)?;
    let folder = match patch.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    if !folder.is_dir() {
        return Err(Failure::Io(format!(
            "cannot read the patch {}: there is no folder {}",
            patch.display(),
            folder.display()
        )));
    }
    watcher
        .watch(&folder, RecursiveMode::NonRecursive)
        .map_err(Failure::io)?;
    Ok(watcher)
}
