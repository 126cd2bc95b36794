//! The events' way to the audio side: a ring, and behind it a queue in the order of frames.
//!
//! Nothing is lost on the way: the processor takes messages from the ring only while its queue has
//! room, and a full ring hands the event back to the sender. All storage is reserved when the queue is
//! made. Each class of events has its own line in the order of time, so that the next note-on can be seen from
//! behind whatever comes before it.

mod ring;
#[cfg(test)]
mod tests;
mod timeline;

use crate::event::{Event, EventKind, MAX_NOTE_PARAMS, NodeKey, NoteParams};
use crate::monitor::Monitor;

use ring::{Receiver, Sender};
use timeline::{Entry, Timeline};

/// Classes of [`EventKind::class`].
pub(crate) const CLASSES: usize = 3;
pub(crate) const NOTE_OFFS: usize = 0;
pub(crate) const VALUES: usize = 1;
pub(crate) const NOTE_ONS: usize = 2;

/// Room that arriving events leave free: the dispatcher remembers this many note-offs without note
/// at most, and may queue each of them beside the note-on that it took out.
pub(crate) const RESERVE: usize = 16;

/// What crosses the ring; a note's values go beside it.
#[derive(Clone, Copy, Debug)]
enum Message {
    Event(Event<()>),
    Epoch { slot: u32, epoch: u32 },
}

/// Where the values of a queued note are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

/// The control side's end.
#[derive(Debug)]
pub struct EventSender {
    ring: Sender<Message, (u16, f64)>,
}

/// The ring is full; the event comes back. Send it again when the processor has caught up.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the event queue is full; send again after the next block")]
pub struct QueueFull(pub Event);

/// The ring is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the epoch {epoch} of slot {slot} found the event queue full; set it again after the next block"
)]
pub struct EpochNotSet {
    /// The slot.
    pub slot: u32,
    /// The epoch that was to be set.
    pub epoch: u32,
}

impl EventSender {
    /// Sends an event. Wait-free.
    ///
    /// # Errors
    /// When the ring is full: nothing is lost, the event is handed back.
    #[allow(
        clippy::result_large_err,
        reason = "the event is handed back as it came"
    )]
    pub fn send(&mut self, event: Event) -> Result<(), QueueFull> {
        let values = event.params().map_or(&[][..], NoteParams::as_slice);
        let message = Message::Event(event.with(|_| ()));
        self.ring
            .send(message, values)
            .map_err(|_| QueueFull(event))
    }

    /// From the next inner block on, events of `slot` with an epoch below `epoch` are discarded,
    /// those already queued too; note-offs are not.
    ///
    /// # Errors
    /// When the ring is full.
    pub fn set_epoch(&mut self, slot: u32, epoch: u32) -> Result<(), EpochNotSet> {
        self.ring
            .send(Message::Epoch { slot, epoch }, &[])
            .map_err(|_| EpochNotSet { slot, epoch })
    }

    /// How many messages fit at least.
    #[must_use]
    pub fn free(&self) -> usize {
        self.ring.free()
    }
}

/// The audio side's end.
#[derive(Debug)]
pub(crate) struct EventQueue {
    ring: Receiver<Message, (u16, f64)>,
    events: Vec<Event<Place>>,
    /// Values of the notes among them, at the places of the notes.
    params: Vec<NoteParams>,
    /// Indices of `events` that hold nothing.
    vacant: Vec<u32>,
    timelines: [Timeline; CLASSES],
    /// Frames of the first events of the timelines, none of them stale; `u64::MAX` where there is none. Asked for several
    /// times for every event, so it is remembered.
    next: [u64; CLASSES],
    /// Present epoch by slot.
    epochs: Vec<u32>,
}

/// Both ends, with room for `capacity` messages on the way and as many events queued.
pub(crate) fn event_queue(capacity: usize, slots: usize) -> (EventSender, EventQueue) {
    let (sender, ring) = ring::ring(capacity, MAX_NOTE_PARAMS as u8);
    let room = capacity + RESERVE;
    let nothing = Event {
        frame: 0,
        sequence: 0,
        slot: 0,
        epoch: 0,
        kind: EventKind::NoteOff {
            node: NodeKey(0),
            note: 0,
        },
    };
    let queue = EventQueue {
        ring,
        events: vec![nothing; room],
        params: vec![NoteParams::new(); room],
        vacant: (0..room as u32).rev().collect(),
        timelines: [(); CLASSES].map(|()| Timeline::with_capacity(room)),
        next: [u64::MAX; CLASSES],
        epochs: vec![0; slots],
    };
    (EventSender { ring: sender }, queue)
}

impl EventQueue {
    /// Takes in what has arrived, as far as there is room; what is due before `now` counts as late. Returns the
    /// number of messages taken in.
    pub(crate) fn receive(&mut self, now: u64, monitor: &Monitor) -> u32 {
        let mut taken = 0;
        while self.vacant.len() > RESERVE
            && let Some(&index) = self.vacant.last()
        {
            // The values are not looked at for events that have none: a storm of them touches little memory.
            let params = &mut self.params[index as usize];
            let mut values = 0;
            let message = self.ring.receive(|(control, value)| {
                if values == 0 {
                    params.clear();
                }
                values += 1;
                let pushed = params.push(control, value);
                debug_assert!(pushed.is_ok(), "no more were sent");
            });
            match message {
                Some(Message::Event(event)) => {
                    if event.frame < now {
                        monitor.count_late();
                    }
                    if values == 0 && event.params().is_some() {
                        params.clear();
                    }
                    self.vacant.pop();
                    self.enter(event.with(|()| Place(index)), index);
                }
                Some(Message::Epoch { slot, epoch }) => {
                    if let Some(present) = self.epochs.get_mut(slot as usize) {
                        *present = epoch.max(*present);
                    }
                }
                None => break,
            }
            taken += 1;
        }
        if taken > 0 {
            (0..CLASSES).for_each(|class| self.look(class, monitor));
        }
        taken
    }

    /// Queues an event. The caller has taken one out since the last [`EventQueue::receive`], or
    /// knows that there is room.
    pub(crate) fn put(&mut self, event: &Event) {
        let vacant = self.vacant.pop();
        debug_assert!(vacant.is_some(), "there is room for what was taken out");
        if let Some(index) = vacant {
            if let Some(params) = event.params() {
                self.params[index as usize] = *params;
            }
            self.enter(event.with(|_| Place(index)), index);
        }
    }

    fn enter(&mut self, event: Event<Place>, index: u32) {
        let class = usize::from(event.kind.class());
        self.events[index as usize] = event;
        self.next[class] = self.next[class].min(event.frame);
        self.timelines[class].put(Entry {
            frame: event.frame,
            sequence: event.sequence,
            index,
        });
    }

    /// An event that was taken out, with its values. To be called before anything else is queued.
    pub(crate) fn complete(&self, event: &Event<Place>) -> Event {
        event.with(|Place(index)| self.params[*index as usize])
    }

    /// Frame of the first event of a class.
    pub(crate) fn next_frame(&self, class: usize) -> Option<u64> {
        Some(self.next[class]).filter(|&next| next != u64::MAX)
    }

    /// Finds the first event of a class; stale ones are thrown away on the way.
    fn look(&mut self, class: usize, monitor: &Monitor) {
        self.next[class] = loop {
            let Some(entry) = self.timelines[class].first() else {
                break u64::MAX;
            };
            let event = &self.events[entry.index as usize];
            let present = self.epochs.get(event.slot as usize).copied();
            if class == NOTE_OFFS || event.epoch >= present.unwrap_or(0) {
                break entry.frame;
            }
            self.timelines[class].pop();
            self.vacant.push(entry.index);
            monitor.count_stale();
        };
    }

    /// Takes the first event of a class out when it is due at `frame` or before.
    pub(crate) fn pop(
        &mut self,
        class: usize,
        frame: u64,
        monitor: &Monitor,
    ) -> Option<Event<Place>> {
        if self.next_frame(class)? > frame {
            return None;
        }
        let entry = self.timelines[class].pop()?;
        self.vacant.push(entry.index);
        self.look(class, monitor);
        Some(self.events[entry.index as usize])
    }

    /// Takes out the first event due at `frame` or before, in the order (frame, class, sequence).
    pub(crate) fn pop_any(&mut self, frame: u64, monitor: &Monitor) -> Option<Event<Place>> {
        // Of equal frames the first class comes first.
        let mut first = 0;
        for class in 1..CLASSES {
            if self.next[class] < self.next[first] {
                first = class;
            }
        }
        self.pop(first, frame, monitor)
    }
}
