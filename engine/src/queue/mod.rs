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

use crate::event::{Event, EventKind, MAX_NOTE_PARAMS, NoteParams};
use crate::monitor::Monitor;
use crate::plan::BLOCK;

use ring::{Receiver, Sender};
use timeline::Timeline;

/// Classes of [`EventKind::class`].
const CLASSES: usize = 3;
pub(crate) const NOTE_OFFS: usize = 0;
pub(crate) const VALUES: usize = 1;
pub(crate) const NOTE_ONS: usize = 2;

/// Room that arriving events leave free: the dispatcher remembers this many note-offs without note
/// at most, and may queue each of them beside the note-on that it took out.
pub(crate) const RESERVE: usize = 16;

/// What crosses the ring, in the form in which it is queued: nothing is made of it on the way. A note's values go beside it.
#[derive(Clone, Copy, Debug)]
enum Message {
    Event(Event<Place>),
    Epoch { slot: u32, epoch: u32 },
}

/// Where the values of a queued note are; of one on its way, nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

/// Messages taken in at every block at least, as far as there are any: more only where they are wanted in that block. A
/// storm is taken in over several blocks.
const PIECE: u32 = 32;

/// The control side's end.
#[derive(Debug)]
pub struct EventSender {
    ring: Sender<Message, (u16, f64)>,
    /// The latest frame of an event that was sent.
    latest: u64,
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
        let message = Message::Event(event.with(|_| Place(0)));
        let sent = self.ring.send(message, values, event.frame < self.latest);
        sent.map_err(|_| QueueFull(event))?;
        self.latest = self.latest.max(event.frame);
        Ok(())
    }

    /// From the next inner block on, events of `slot` with an epoch below `epoch` are discarded,
    /// those already queued too; note-offs are not.
    ///
    /// # Errors
    /// When the ring is full.
    pub fn set_epoch(&mut self, slot: u32, epoch: u32) -> Result<(), EpochNotSet> {
        self.ring
            .send(Message::Epoch { slot, epoch }, &[], true)
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
    /// Most events.
    room: usize,
    /// Events in the timelines.
    queued: usize,
    /// Values of the notes among them, at their places.
    params: Vec<NoteParams>,
    /// Places that belong to no note.
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
    let queue = EventQueue {
        ring,
        room,
        queued: 0,
        params: vec![NoteParams::new(); room],
        vacant: (0..room as u32).rev().collect(),
        timelines: [(); CLASSES].map(|()| Timeline::with_capacity(room)),
        next: [u64::MAX; CLASSES],
        epochs: vec![0; slots],
    };
    (
        EventSender {
            ring: sender,
            latest: 0,
        },
        queue,
    )
}

impl EventQueue {
    /// Takes in what has arrived, as far as there is room: at least what has to be known in the block that begins at `now`.
    /// What is due before `now` counts as late. Returns the number of messages taken in.
    pub(crate) fn receive(&mut self, now: u64, monitor: &Monitor) -> u32 {
        let mut taken = 0;
        // What is sent next must not find the ring full because of what is not due yet.
        let fills_up = 2 * self.ring.waiting() > self.room;
        let Self {
            ring,
            params,
            vacant,
            timelines,
            next,
            ..
        } = self;
        while self.queued + RESERVE < self.room
            && let Some(&place) = vacant.last()
        {
            if taken >= PIECE
                && !fills_up
                && let Some(Message::Event(event)) = ring.first_in_line()
                && event.frame > now + BLOCK as u64
            {
                break;
            }
            // The values are not looked at for events that have none: a storm of them touches little memory.
            let params = &mut params[place as usize];
            let mut begun = false;
            let take = |(control, value)| {
                if !std::mem::replace(&mut begun, true) {
                    params.clear();
                }
                let pushed = params.push(control, value);
                debug_assert!(pushed.is_ok(), "no more were sent");
            };
            let seen = ring.receive(take, |message, values| match message {
                Message::Event(event) => {
                    if event.frame < now {
                        monitor.count_late();
                    }
                    let class = usize::from(event.kind.class());
                    next[class] = next[class].min(event.frame);
                    if class == NOTE_ONS {
                        vacant.pop();
                        timelines[class].put(&event.with(|_| Place(place)));
                    } else {
                        timelines[class].put(event);
                    }
                    self.queued += 1;
                    class == NOTE_ONS && values == 0
                }
                Message::Epoch { slot, epoch } => {
                    if let Some(present) = self.epochs.get_mut(*slot as usize) {
                        *present = (*present).max(*epoch);
                    }
                    false
                }
            });
            match seen {
                Some(true) => params.clear(),
                Some(false) => {}
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
        let vacant = self.vacant.last().filter(|_| self.queued < self.room);
        debug_assert!(vacant.is_some(), "there is room for what was taken out");
        let Some(&vacant) = vacant else { return };
        if let Some(params) = event.params() {
            self.vacant.pop();
            self.params[vacant as usize] = *params;
        }
        let class = usize::from(event.kind.class());
        self.next[class] = self.next[class].min(event.frame);
        self.timelines[class].put(&event.with(|_| Place(vacant)));
        self.queued += 1;
    }

    /// Takes the first event of a class out.
    #[inline]
    fn leave(&mut self, class: usize) -> Option<Event<Place>> {
        let event = self.timelines[class].pop()?;
        self.queued -= 1;
        if let Some(&Place(place)) = event.params() {
            self.vacant.push(place);
        }
        Some(event)
    }

    /// An event that was taken out, with its values. To be called before anything else is queued.
    pub(crate) fn complete(&self, event: &Event<Place>) -> Event {
        event.with(|Place(index)| self.params[*index as usize])
    }

    /// Frame of the first event of a class.
    pub(crate) fn next_frame(&self, class: usize) -> Option<u64> {
        Some(self.next[class]).filter(|&next| next != u64::MAX)
    }

    /// Frame of the first event of all; `u64::MAX` when there is none.
    #[inline]
    pub(crate) fn first_frame(&self) -> u64 {
        let [offs, values, ons] = self.next;
        offs.min(values).min(ons)
    }

    /// Finds the first event of a class; stale ones are thrown away on the way.
    #[inline]
    fn look(&mut self, class: usize, monitor: &Monitor) {
        self.next[class] = loop {
            let Some(event) = self.timelines[class].first() else {
                break u64::MAX;
            };
            let present = self.epochs.get(event.slot as usize).copied();
            if class == NOTE_OFFS || event.epoch >= present.unwrap_or(0) {
                break event.frame;
            }
            self.leave(class);
            monitor.count_stale();
        };
    }

    /// Takes the first event of a class out when it is due at `frame` or before.
    #[inline]
    pub(crate) fn pop(
        &mut self,
        class: usize,
        frame: u64,
        monitor: &Monitor,
    ) -> Option<Event<Place>> {
        if self.next[class] > frame {
            return None;
        }
        let event = self.leave(class)?;
        self.look(class, monitor);
        Some(event)
    }

    /// The first event due at `frame` or before when it is a value or a level, where it lies; copying it out would cost more
    /// than obeying it.
    #[inline]
    pub(crate) fn first_value(&self, frame: u64) -> Option<&EventKind<Place>> {
        let [offs, values, ons] = self.next;
        if values > frame || offs <= values || ons < values {
            return None;
        }
        self.timelines[VALUES].first().map(|event| &event.kind)
    }

    /// Takes out what [`EventQueue::first_value`] has shown.
    #[inline]
    pub(crate) fn drop_value(&mut self, monitor: &Monitor) {
        self.timelines[VALUES].drop_first();
        self.queued -= 1;
        self.look(VALUES, monitor);
    }

    /// Takes out the first event due at `frame` or before, in the order (frame, class, sequence).
    #[inline]
    pub(crate) fn pop_any(&mut self, frame: u64, monitor: &Monitor) -> Option<Event<Place>> {
        if self.first_frame() > frame {
            return None;
        }
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
