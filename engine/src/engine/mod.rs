//! The façade of the control side: sessions in, sound out.
//!
//! An [`Engine`] compiles what is new in a [`Session`], lays out a plan, hands it to the [`Processor`] and feeds it
//! events. It lives on one control thread, which calls [`Engine::update`] after edits and [`Engine::tick`] every few
//! milliseconds; the offline renderer does the same in step with the processor. One plan is in flight at a time and
//! edits in between coalesce; an edit that fails changes nothing.

mod config;
mod error;
mod note;
mod parallel;
mod preparer;
mod programs;
mod recorder;
mod schedule;
mod structure;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use synthc_jit::Sample;

pub use config::{EngineConfig, UpdateReport};
pub use error::{EngineError, Notice};
pub use note::{NoteHandle, ScheduledNote};
pub use preparer::Preparer;
pub use schedule::{Scheduled, When};

use crate::carry::{NodeChange, SwapReport};
use crate::event::{EventKind, LevelTarget};
use crate::log::{Entry, Log};
use crate::monitor::Monitor;
use crate::path::Target as Place;
use crate::plan::{BLOCK, MAX_CONTROLS, Plan, PlanSpec};
use crate::processor::{ControlPort, Processor, ProcessorConfig, Report, connect};
use crate::scheduler::{Output, Scheduler};
use crate::session::{Session, is_gate};
use crate::transport::Transport;
use programs::Programs;
pub(crate) use programs::{Known, NodeCodes};
use recorder::{RECEIPTS, Recorder};
use structure::{ProgramsByNode, Structure, specify};

/// Frames between an edit by hand and the frame it is meant for: two inner blocks.
const LEAD: u64 = 2 * BLOCK as u64;

/// Swaps remembered until somebody asks.
const MAX_SWAPS: usize = 1000;

/// A session on its way.
#[derive(Debug)]
struct Next<T> {
    session: Session,
    structure: Structure,
    /// The session whose values the plan starts with.
    planned: Session,
    /// The plan to be; gone when it has been handed over and its adoption is awaited. It is laid out against the
    /// plan that has been adopted by then.
    plan: Option<PlanSpec<T>>,
}

/// The control side of a running session.
#[derive(Debug)]
pub struct Engine<T: Sample> {
    config: EngineConfig,
    port: ControlPort<T>,
    programs: Programs<T>,
    scheduler: Option<Scheduler>,
    /// What the audio side plays.
    session: Session,
    structure: Option<Structure>,
    next: Option<Next<T>>,
    generation: u64,
    outbox: VecDeque<Output>,
    notices: Vec<Notice>,
    /// What adopting the plan in flight does.
    changes: Vec<NodeChange>,
    /// By present name, the name in `session` of nodes that plans adopted since go on with under another.
    renamed: BTreeMap<Arc<str>, Arc<str>>,
    swaps: Vec<SwapReport>,
    log: Option<Log>,
    recorder: Option<Recorder>,
    updates: u64,
}

impl<T: Sample> Engine<T> {
    /// An engine and the processor that plays it; silent until the first update.
    ///
    /// # Errors
    /// [`EngineError::SampleRate`], [`EngineError::Compiler`].
    pub fn new(config: EngineConfig) -> Result<(Self, Processor<T>), EngineError> {
        if !(1.0..=1e6).contains(&config.sample_rate) {
            return Err(EngineError::SampleRate {
                given: config.sample_rate,
            });
        }
        let programs = Programs::new(&config)?;
        let sizes = ProcessorConfig {
            events: config.events,
            receipts: if config.record { RECEIPTS } else { 0 },
            ..ProcessorConfig::new(config.sample_rate)
        };
        let (port, processor) = connect(&sizes);
        let log = config.log.then(Log::default);
        let recorder = config.record.then(Recorder::default);
        let engine = Self {
            config,
            port,
            programs,
            scheduler: None,
            session: Session::new(),
            structure: None,
            next: None,
            generation: 0,
            outbox: VecDeque::new(),
            notices: Vec::new(),
            changes: Vec::new(),
            renamed: BTreeMap::new(),
            swaps: Vec::new(),
            log,
            recorder,
            updates: 0,
        };
        Ok((engine, processor))
    }

    /// Plays `session` from now on, or as soon as the plan that is in flight has been taken over.
    ///
    /// Compiles definitions that are new: milliseconds. What is unchanged costs a comparison.
    ///
    /// # Errors
    /// See [`EngineError`]; what sounded before sounds on.
    pub fn update(&mut self, session: &Session) -> Result<UpdateReport, EngineError> {
        self.pump()?;
        self.updates += 1;
        let mut report = UpdateReport {
            number: self.updates,
            ..UpdateReport::default()
        };
        let mut programs = ProgramsByNode::new();
        // Whatever waits to be published is dropped, so this is the plan that the next one follows.
        let before = self.port.publisher.latest().cloned();
        let got = self.programs.get_all(session.nodes(), before.as_deref())?;
        for ((name, _), (compiled, cost)) in session.nodes().zip(got) {
            if let Some(cost) = cost {
                report.lowering += cost.lowering;
                report.compiling += cost.compiling;
            }
            if cost.is_some_and(|cost| cost.compiled) {
                report.compiled.push(name.clone());
            } else {
                report.reused += 1;
            }
            programs.insert(name.clone(), compiled);
        }
        let structure = Structure::of(session, &programs);
        let latest = self
            .next
            .as_ref()
            .map(|next| &next.structure)
            .or(self.structure.as_ref());
        if latest == Some(&structure) {
            match &mut self.next {
                Some(next) => next.session = session.clone(),
                None => self.apply(session, None)?,
            }
            return Ok(report);
        }
        report.planned = true;
        self.plan(session, &programs, structure)?;
        let used: Vec<u64> = programs.values().map(|compiled| compiled.number).collect();
        self.programs.keep(|number| used.contains(&number));
        self.pump()?;
        Ok(report)
    }

    /// Lays out a plan and puts it in line; an older one that waits there is dropped.
    fn plan(
        &mut self,
        session: &Session,
        programs: &ProgramsByNode<T>,
        structure: Structure,
    ) -> Result<(), EngineError> {
        let mut scheduler = match self.scheduler.take() {
            Some(scheduler) => scheduler,
            None => Scheduler::new(
                self.config.sample_rate,
                self.now(),
                MAX_CONTROLS,
                self.config.bounds(),
            )?,
        };
        let addresses = scheduler.address(session);
        let spec = specify(
            session,
            programs,
            &scheduler,
            &self.config,
            self.generation + 1,
        );
        // Every mistake is found now; what fades out of the plan before adds none.
        if let Err(error) = Plan::new(spec.clone()) {
            // What sounds goes on under the addresses it has.
            scheduler.restore(addresses);
            self.scheduler = Some(scheduler);
            return Err(error.into());
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.plan(&spec, programs, self.updates);
        }
        self.scheduler = Some(scheduler);
        self.generation += 1;
        self.next = Some(Next {
            session: session.clone(),
            structure,
            planned: session.clone(),
            plan: Some(spec),
        });
        Ok(())
    }

    /// Takes what came back, hands over what waits.
    fn pump(&mut self) -> Result<(), EngineError> {
        if let Some(adoption) = self.port.publisher.poll() {
            if let Some(log) = &mut self.log {
                log.adoptions.push(adoption);
            }
            let nodes = std::mem::take(&mut self.changes);
            self.rename(&nodes);
            if !nodes.is_empty() {
                if self.swaps.len() == MAX_SWAPS {
                    self.swaps.remove(0);
                }
                self.swaps.push(SwapReport {
                    generation: adoption.generation,
                    frame: adoption.frame,
                    nodes,
                });
            }
            if let Some(recorder) = &mut self.recorder {
                recorder.adopted(adoption);
            }
            if let Some(next) = self.next.take_if(|next| next.plan.is_none()) {
                self.arrive(next)?;
            }
        }
        if let (Some(recorder), Some(receipts)) = (&mut self.recorder, &mut self.port.receipts) {
            while let Ok(receipt) = receipts.pop() {
                recorder.received(receipt);
            }
        }
        while let Ok(report) = self.port.reports.pop() {
            self.notice(&report);
        }
        if self.port.publisher.is_in_flight() {
            return Ok(());
        }
        let Some(mut next) = self.next.take() else {
            return Ok(());
        };
        let Some(spec) = next.plan.take() else {
            self.next = Some(next);
            return Ok(());
        };
        let mut publication = self.port.publisher.prepare(spec)?;
        let changes = publication.state.take_changes();
        if let Err(error) = self.port.publisher.publish(publication) {
            return Err(EngineError::Publication {
                reason: error.to_string(),
            });
        }
        self.changes = changes;
        if self.structure.is_none() {
            // Nothing sounds that could be disturbed: the first beat must not wait for the acknowledgement.
            return self.arrive(next);
        }
        self.next = Some(next);
        Ok(())
    }

    /// Remembers which nodes go on under another name.
    fn rename(&mut self, changes: &[NodeChange]) {
        let before = std::mem::take(&mut self.renamed);
        let gone_on = changes.iter().filter(|change| change.goes_on());
        self.renamed = gone_on
            .filter_map(|change| {
                let former = change.renamed_from.as_ref().unwrap_or(&change.node);
                let first = before.get(former).unwrap_or(former);
                (*first != change.node).then(|| (change.node.clone(), first.clone()))
            })
            .collect();
    }

    fn arrive(&mut self, next: Next<T>) -> Result<(), EngineError> {
        let first = self.structure.is_none();
        self.structure = Some(next.structure);
        if first {
            self.session.clone_from(&next.planned);
        }
        self.apply(&next.session, Some(&next.planned))
    }

    /// Sends what needs no plan: values and levels that differ from what plays or from what the plan started
    /// with, and everything in time.
    fn apply(&mut self, session: &Session, planned: Option<&Session>) -> Result<(), EngineError> {
        let now = self.now();
        let Some(scheduler) = &mut self.scheduler else {
            return Ok(());
        };
        scheduler.update(session, now)?;
        let renamed = std::mem::take(&mut self.renamed);
        let former = |name: &Arc<str>| renamed.get(name).unwrap_or(name).clone();
        for place in places(session) {
            let value = session.value_at(&place);
            let revision = session.revision_at(&place);
            let same = |before: &Session, place: &Place| before.value_at(place) == value;
            let known = |before: &Session, place: &Place| {
                same(before, place) && before.revision_at(place) == revision
            };
            let past = place.under(former);
            // What goes on under another name stands where it stood, open gates included, whatever set it there.
            let stands = if past == place {
                known(&self.session, &place)
            } else {
                same(&self.session, &past)
            };
            // `hush` has closed the gates of a node that plays a pattern again, or still: its notes are the pattern's own.
            let gate = session.control_at(&place).is_some_and(|c| is_gate(c));
            let node = place.node().filter(|_| gate);
            let played = node.is_some_and(|node| session.is_driven(&Place::Node(node.clone())));
            if played && same(&self.session, &past) && planned.is_none_or(|p| same(p, &place)) {
                continue;
            }
            if session.is_driven(&place) || (stands && planned.is_none_or(|p| known(p, &place))) {
                continue;
            }
            if let Some(value) = value {
                scheduler.set(now, &place, value);
            }
        }
        for (name, _) in session.nodes() {
            let muted = !session.is_audible(name);
            let known = |before: &Session, name: &str| before.is_audible(name) != muted;
            if known(&self.session, &former(name)) && planned.is_none_or(|p| known(p, name)) {
                continue;
            }
            if let Some(node) = scheduler.book().node(name) {
                let target = LevelTarget::Mute(node.key);
                scheduler.by_hand(
                    now,
                    EventKind::Level {
                        target,
                        value: f64::from(u8::from(muted)),
                    },
                );
            }
        }
        self.session.clone_from(session);
        Ok(())
    }

    /// The earliest frame that an edit can reach in time.
    fn now(&self) -> u64 {
        match self.port.monitor.frame() {
            0 => 0,
            frame => frame + LEAD,
        }
    }

    /// Keeps the music going: call it every few milliseconds while playing live.
    ///
    /// # Errors
    /// [`EngineError::Publication`], a defect of the engine.
    pub fn tick(&mut self) -> Result<(), EngineError> {
        let horizon = (self.config.horizon * self.config.sample_rate) as u64;
        // The host computes a whole buffer at once: the horizon begins where that ends.
        let monitor = &self.port.monitor;
        self.commit_until(monitor.frame() + monitor.largest_block() + horizon)
    }

    /// [`Engine::tick`] for whoever drives the processor: commits all events before `frame`.
    ///
    /// # Errors
    /// As [`Engine::tick`].
    pub fn commit_until(&mut self, frame: u64) -> Result<(), EngineError> {
        self.pump()?;
        if let Some(scheduler) = &mut self.scheduler
            && self.structure.is_some()
        {
            scheduler.advance(frame);
        }
        self.send();
        Ok(())
    }

    /// Sends what the scheduler has made.
    fn send(&mut self) {
        if let Some(scheduler) = &mut self.scheduler {
            self.outbox.extend(scheduler.take_output());
            self.notices
                .extend(scheduler.take_warnings().into_iter().map(Notice::Warning));
        }
        self.flush();
    }

    /// Sends what fits; the rest waits for the next call.
    fn flush(&mut self) {
        while let Some(output) = self.outbox.front().copied() {
            let sent = match output {
                Output::Event(event) => self.port.events.send(event).is_ok(),
                Output::Epoch { slot, epoch } => self.port.events.set_epoch(slot, epoch).is_ok(),
            };
            if !sent {
                return;
            }
            if let Some(recorder) = &mut self.recorder {
                recorder.sent(output);
            }
            if let (Some(log), Output::Event(event)) = (&mut self.log, output) {
                log.events.push(event);
            }
            self.outbox.pop_front();
        }
    }

    /// Events that wait for room on their way to the audio side.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.outbox.len()
    }

    /// Releases all gates at `frame` and plays no pattern or modulation from there on, fades to their end; everything before it must
    /// have been committed, and nothing after it.
    pub(crate) fn release_at(&mut self, frame: u64) -> Result<(), EngineError> {
        let mut session = self.session.clone();
        session.end();
        if let Some(scheduler) = &mut self.scheduler {
            scheduler.update(&session, frame)?;
            scheduler.drop_scheduled();
            // Every gate, whoever opened it: exact events and automations leave no trace in the session.
            for place in places(&session) {
                if session.control_at(&place).is_some_and(|c| is_gate(c)) {
                    scheduler.set(frame, &place, 0.0);
                }
            }
        }
        self.session = session;
        Ok(())
    }

    fn notice(&mut self, report: &Report) {
        let (Report::NonFinite { node, frame, .. }
        | Report::Panicked { node, frame, .. }
        | Report::ExternPanicked { node, frame, .. }
        | Report::Allocated { node, frame, .. }) = *report;
        let name = self
            .scheduler
            .as_ref()
            .and_then(|scheduler| scheduler.book().name(node).cloned());
        let node = name.unwrap_or_else(|| node.to_string().into());
        let seconds = frame as f64 / self.config.sample_rate;
        self.notices.push(match report {
            Report::NonFinite { .. } => Notice::NonFinite { node, seconds },
            Report::Panicked { .. } => Notice::Panicked { node, seconds },
            Report::ExternPanicked { .. } => Notice::ExternPanicked { node, seconds },
            Report::Allocated { .. } => Notice::Allocated { node, seconds },
        });
    }

    /// What was noticed since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// The swaps since the last call: what was left alone, carried, restarted, added and removed. The first plan is
    /// none of them; of those that nobody asks for, the last thousand are kept.
    pub fn take_swaps(&mut self) -> Vec<SwapReport> {
        std::mem::take(&mut self.swaps)
    }

    /// The session that the audio side plays.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The clock; `None` before the first update.
    #[must_use]
    pub fn transport(&self) -> Option<&Transport> {
        self.scheduler.as_ref().map(Scheduler::transport)
    }

    /// Counters of the audio side.
    #[must_use]
    pub fn monitor(&self) -> &Arc<Monitor> {
        &self.port.monitor
    }

    /// The plan that was handed over last, for its meters.
    #[must_use]
    pub fn plan_in_use(&self) -> Option<&Arc<Plan<T>>> {
        self.port.publisher.latest()
    }

    /// Whether everything updated has arrived at the audio side.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.next.is_none() && self.outbox.is_empty()
    }

    /// What has happened since the last call, when it is recorded: write it to a file, give it to
    /// [`log::replay()`](crate::log::replay()).
    ///
    /// Complete up to the block that the audio side had begun at the last [`Engine::tick`].
    pub fn take_entries(&mut self) -> Vec<Entry> {
        self.recorder
            .as_mut()
            .map(Recorder::take)
            .unwrap_or_default()
    }

    /// Adoptions and events so far, when they are logged.
    #[must_use]
    pub fn log(&self) -> Option<&Log> {
        self.log.as_ref()
    }
}

/// All places of a session that have a value.
fn places(session: &Session) -> Vec<Place> {
    let mut places = vec![Place::Master];
    for (name, node) in session.nodes() {
        places.push(Place::Gain(name.clone()));
        let controls = node.definition().controls().iter();
        places.extend(controls.map(|c| Place::Control {
            node: name.clone(),
            control: c.name.clone(),
        }));
    }
    places.extend(session.routes_by_place().map(|(place, _)| place.clone()));
    places
}
