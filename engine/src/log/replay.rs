//! A recorded session, played again: every plan and every message reaches the processor at the block at which it
//! did live.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use synthc_jit::Sample;

use super::{Entry, PlanRecord, Settings};
use crate::engine::{EngineError, NodeCodes};
use crate::plan::{BLOCK, PlanError};
use crate::processor::{ControlPort, ProcessorConfig, connect};
use crate::session::Session;

/// Why a log cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A node of the recorded session does not compile.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A recorded plan cannot be laid out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The session of an update is missing, or is not the one that was recorded.
    #[error("update {update} of the log has no node `{node}`; the log is incomplete or was edited")]
    Session {
        /// Number of the update.
        update: u64,
        /// The node.
        node: Arc<str>,
    },
    /// The entries contradict themselves.
    #[error("at frame {frame}: {reason}; the log is incomplete or was edited")]
    Entry {
        /// Where.
        frame: u64,
        /// What is wrong.
        reason: String,
    },
    /// The samples could not be written.
    #[error("the samples could not be written: {0}")]
    Sink(#[from] io::Error),
}

/// Plays `frames` frames of a recorded session; `sink` receives left and right in blocks of at most 64 frames.
///
/// The samples are those that were heard live, bit for bit, on the same kind of processor (on any of its architecture
/// when `settings.host` is false). `sessions` are the sessions given to [`Engine::update`](crate::Engine::update),
/// by the number of the update.
///
/// # Errors
/// See [`ReplayError`].
pub fn replay<T: Sample>(
    settings: &Settings,
    sessions: &BTreeMap<u64, Session>,
    entries: &[Entry],
    frames: u64,
    mut sink: impl FnMut(&[&[T]]) -> io::Result<()>,
) -> Result<(), ReplayError> {
    let config = settings.config();
    let mut codes = NodeCodes::new(&config)?;
    let (mut port, mut processor) = connect::<T>(&ProcessorConfig {
        events: settings.events,
        unhurried: true,
        ..ProcessorConfig::new(settings.sample_rate)
    });
    let mut plans: BTreeMap<u64, &PlanRecord> = BTreeMap::new();
    let mut timed: Vec<(u64, &Entry)> = Vec::new();
    for entry in entries {
        match (entry, entry.at()) {
            (Entry::Plan(plan), _) => drop(plans.insert(plan.generation, plan)),
            (_, Some(at)) => timed.push((at, entry)),
            (_, None) => {}
        }
    }
    // Stable: messages of one block keep their order.
    timed.sort_by_key(|(at, _)| *at);
    let mut timed = timed.into_iter().peekable();
    let mut frame = 0;
    while frame < frames {
        while let Some((_, entry)) = timed.next_if(|(at, _)| *at <= frame) {
            act(&mut port, &mut codes, &plans, sessions, entry, frame)?;
        }
        let count = (frames - frame).min(BLOCK as u64) as usize;
        let [left, right] = processor.next_block();
        sink(&[&left[..count], &right[..count]])?;
        // What comes back must not fill its ring.
        port.publisher.poll();
        while port.reports.pop().is_ok() {}
        frame += count as u64;
    }
    Ok(())
}

fn act<T: Sample>(
    port: &mut ControlPort<T>,
    codes: &mut NodeCodes<T>,
    plans: &BTreeMap<u64, &PlanRecord>,
    sessions: &BTreeMap<u64, Session>,
    entry: &Entry,
    frame: u64,
) -> Result<(), ReplayError> {
    let wrong = |reason: String| ReplayError::Entry { frame, reason };
    match entry {
        Entry::Plan(_) => {}
        Entry::Adopted(adoption) => {
            let generation = adoption.generation;
            let record = plans
                .get(&generation)
                .ok_or_else(|| wrong(format!("plan {generation} is missing")))?;
            let spec = record.spec(port.publisher.sample_rate(), |node| {
                let missing = || ReplayError::Session {
                    update: record.update,
                    node: node.name.clone(),
                };
                let session = sessions.get(&record.update).ok_or_else(missing)?;
                let defined = session.find_node(&node.name).ok_or_else(missing)?;
                Ok::<_, ReplayError>(codes.get(node.program, &node.name, defined)?)
            })?;
            let published = port.publisher.publish(port.publisher.prepare(spec)?);
            published.map_err(|error| wrong(error.to_string()))?;
        }
        Entry::Event { event, .. } => {
            let sent = port.events.send(*event);
            sent.map_err(|error| wrong(error.to_string()))?;
        }
        Entry::Epoch { slot, epoch, .. } => {
            let set = port.events.set_epoch(*slot, *epoch);
            set.map_err(|error| wrong(error.to_string()))?;
        }
    }
    Ok(())
}
