//! The patch file while it is followed: its text, its session, and when it changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use synthc_lang::{Limits, Patch, SourceFile};

use crate::failure::Failure;
use crate::patch_file::{patch_failure, print_remarks, read};

/// How long a file must rest before it is read: many editors empty it first and then write it in pieces.
const SETTLE: Duration = Duration::from_millis(20);
/// How long a file may be missing before that is said: many editors remove it first and then rename another.
const ABSENCE: Duration = Duration::from_millis(500);

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
    changes: Receiver<()>,
    /// When it is read.
    due: Option<Instant>,
    /// Since when it cannot be read, and whether that has been said.
    missing: Option<(Instant, bool)>,
}

impl Watched {
    /// Reads the file and follows it from now on.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let (watcher, changes) = watch(path)?;
        Ok(Self {
            path: path.to_owned(),
            text: read(path)?,
            _watcher: watcher,
            changes,
            due: None,
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

    /// Evaluates the text, and prints what it prints.
    pub(super) fn evaluate(&self) -> Result<Patch, Failure> {
        let source = SourceFile::new(self.name(), self.text.as_str());
        let patch = Patch::load(source, Limits::default()).map_err(|e| patch_failure(&e))?;
        print_remarks(patch.output(), patch.warnings());
        Ok(patch)
    }

    /// Waits up to `time` for a change.
    pub(super) fn wait(&mut self, time: Duration) -> Option<Change> {
        match self.changes.recv_timeout(time) {
            Ok(()) => {
                // An editor's save arrives as several changes.
                while self.changes.try_recv().is_ok() {}
                self.due = Some(Instant::now() + SETTLE);
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

/// Watches the folder of the patch: editors replace files, and a watch on a file dies with it.
fn watch(patch: &Path) -> Result<(RecommendedWatcher, Receiver<()>), Failure> {
    let (changed, changes) = channel();
    let name = patch.file_name().map(ToOwned::to_owned);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = event.is_ok_and(|event| {
            event
                .paths
                .iter()
                .any(|path| path.file_name() == name.as_deref())
        });
        if ours {
            // The player has ended when nobody listens.
            let _ = changed.send(());
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
    Ok((watcher, changes))
}
