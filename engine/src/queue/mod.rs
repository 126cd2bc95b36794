//! The events' way to the audio side: a ring, and behind it a queue in the order of frames.
//!
//! Nothing is lost on the way: the processor takes messages from the ring only while its queue has
//! room, and a full ring hands the event back to the sender. All storage is reserved when the queue is
//! made. Each class of events has its own heap, so that the next note-on can be seen from
//! behind whatever comes before it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::event::{Event, NoteParams};
use crate::event::{EventKind, NodeKey};
use crate::monitor::Monitor;

/// Classes of [`EventKind::class`].
pub(crate) const CLASSES: usize = 3;
pub(crate) const NOTE_OFFS: usize = 0;
pub(crate) const VALUES: usize = 1;
pub(crate) const NOTE_ONS: usize = 2;

/// Room that arriving events leave free: the dispatcher remembers this many note-offs without note
/// at most, and may queue each of them beside the note-on that it took out.
pub(crate) const RESERVE: usize = 16;

/// What crosses the ring.
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "the slots of the ring must not own memory"
)]
pub(crate) enum Message {
    Event(Event),
    Epoch { slot: u32, epoch: u32 },
}

/// The control side's end.
#[derive(Debug)]
pub struct EventSender {
    ring: rtrb::Producer<Message>,
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
        self.ring
            .push(Message::Event(event))
            .map_err(|_| QueueFull(event))
    }

    /// From the next inner block on, events of `slot` with an epoch below `epoch` are discarded,
    /// those already queued too; note-offs are not.
    ///
    /// # Errors
    /// When the ring is full.
    pub fn set_epoch(&mut self, slot: u32, epoch: u32) -> Result<(), EpochNotSet> {
        self.ring
            .push(Message::Epoch { slot, epoch })
            .map_err(|_| EpochNotSet { slot, epoch })
    }

    /// How many messages fit at least.
    #[must_use]
    pub fn free(&self) -> usize {
        self.ring.slots()
    }
}

/// A queued event: where it is, ordered by frame and sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    frame: u64,
    sequence: u64,
    index: u32,
}

/// The audio side's end.
#[derive(Debug)]
pub(crate) struct EventQueue {
    ring: rtrb::Consumer<Message>,
    events: Vec<Event>,
    /// Indices of `events` that hold nothing.
    vacant: Vec<u32>,
    heaps: [BinaryHeap<Reverse<Entry>>; CLASSES],
    /// Present epoch by slot.
    epochs: Vec<u32>,
}

/// Both ends, with room for `capacity` messages on the way and as many events queued.
pub(crate) fn event_queue(capacity: usize, slots: usize) -> (EventSender, EventQueue) {
    let (producer, consumer) = rtrb::RingBuffer::new(capacity);
    let nothing = Event {
        frame: 0,
        sequence: 0,
        slot: 0,
        epoch: 0,
        kind: EventKind::NoteOn {
            node: NodeKey(0),
            note: 0,
            gate: None,
            params: NoteParams::new(),
        },
    };
    let queue = EventQueue {
        ring: consumer,
        events: vec![nothing; capacity + RESERVE],
        vacant: (0..(capacity + RESERVE) as u32).collect(),
        heaps: [(); CLASSES].map(|()| BinaryHeap::with_capacity(capacity + RESERVE)),
        epochs: vec![0; slots],
    };
    (EventSender { ring: producer }, queue)
}

impl EventQueue {
    /// Takes in what has arrived, as far as there is room; what is due before `now` counts as late. Returns the
    /// number of messages taken in.
    pub(crate) fn receive(&mut self, now: u64, monitor: &Monitor) -> u32 {
        let mut taken = 0;
        while self.vacant.len() > RESERVE {
            match self.ring.pop() {
                Ok(Message::Event(event)) => {
                    if event.frame < now {
                        monitor.count_late();
                    }
                    self.put(event);
                }
                Ok(Message::Epoch { slot, epoch }) => {
                    if let Some(present) = self.epochs.get_mut(slot as usize) {
                        *present = epoch.max(*present);
                    }
                }
                Err(_) => break,
            }
            taken += 1;
        }
        taken
    }

    /// Queues an event. The caller has taken one out since the last [`EventQueue::receive`], or
    /// knows that there is room.
    pub(crate) fn put(&mut self, event: Event) {
        let vacant = self.vacant.pop();
        debug_assert!(vacant.is_some(), "there is room for what was taken out");
        if let Some(index) = vacant {
            self.events[index as usize] = event;
            self.heaps[usize::from(event.kind.class())].push(Reverse(Entry {
                frame: event.frame,
                sequence: event.sequence,
                index,
            }));
        }
    }

    /// Frame of the first event of a class; stale ones are thrown away on the way.
    pub(crate) fn next_frame(&mut self, class: usize, monitor: &Monitor) -> Option<u64> {
        loop {
            let Reverse(entry) = *self.heaps[class].peek()?;
            let event = &self.events[entry.index as usize];
            let present = self.epochs.get(event.slot as usize).copied();
            if class == NOTE_OFFS || event.epoch >= present.unwrap_or(0) {
                return Some(entry.frame);
            }
            self.heaps[class].pop();
            self.vacant.push(entry.index);
            monitor.count_stale();
        }
    }

    /// Takes the first event of a class out when it is due at `frame` or before.
    pub(crate) fn pop(&mut self, class: usize, frame: u64, monitor: &Monitor) -> Option<Event> {
        if self.next_frame(class, monitor)? > frame {
            return None;
        }
        let Reverse(entry) = self.heaps[class].pop()?;
        self.vacant.push(entry.index);
        Some(self.events[entry.index as usize])
    }

    /// Takes out the first event due at `frame` or before, in the order (frame, class, sequence).
    pub(crate) fn pop_any(&mut self, frame: u64, monitor: &Monitor) -> Option<Event> {
        let mut first: Option<(u64, usize)> = None;
        for class in 0..CLASSES {
            if let Some(next) = self.next_frame(class, monitor) {
                let candidate = (next, class);
                first = Some(first.map_or(candidate, |f| f.min(candidate)));
            }
        }
        let (_, class) = first.filter(|&(due, _)| due <= frame)?;
        self.pop(class, frame, monitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(frame: u64, sequence: u64, epoch: u32) -> Event {
        Event {
            frame,
            sequence,
            slot: 0,
            epoch,
            kind: EventKind::Value {
                node: NodeKey(0),
                control: 0,
                value: 0.0,
            },
        }
    }

    fn off(frame: u64, sequence: u64) -> Event {
        Event {
            kind: EventKind::NoteOff {
                node: NodeKey(0),
                note: sequence,
            },
            ..value(frame, sequence, 0)
        }
    }

    fn on(frame: u64, sequence: u64) -> Event {
        Event {
            kind: EventKind::NoteOn {
                node: NodeKey(0),
                note: sequence,
                gate: None,
                params: NoteParams::new(),
            },
            ..value(frame, sequence, 0)
        }
    }

    #[test]
    fn events_come_out_by_frame_then_class_then_sequence() {
        let (mut sender, mut queue) = event_queue(16, 1);
        let monitor = Monitor::default();
        for event in [
            on(5, 0),
            value(5, 2, 0),
            value(5, 1, 0),
            off(5, 3),
            on(4, 9),
        ] {
            sender.send(event).unwrap();
        }
        queue.receive(0, &monitor);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_any(5, &monitor))
            .map(|e| (e.frame, e.kind.class(), e.sequence))
            .collect();
        assert_eq!(
            order,
            [(4, 2, 9), (5, 0, 3), (5, 1, 1), (5, 1, 2), (5, 2, 0)]
        );
    }

    #[test]
    fn nothing_comes_out_before_its_frame() {
        let (mut sender, mut queue) = event_queue(4, 1);
        let monitor = Monitor::default();
        sender.send(value(10, 0, 0)).unwrap();
        queue.receive(0, &monitor);
        assert!(queue.pop_any(9, &monitor).is_none());
        assert!(queue.pop_any(10, &monitor).is_some());
        assert_eq!(monitor.late_events(), 0);
    }

    #[test]
    fn a_full_queue_pushes_back_to_the_sender_and_loses_nothing() {
        let (mut sender, mut queue) = event_queue(4, 1);
        let monitor = Monitor::default();
        let mut sent = 0;
        let mut refused = 0;
        let mut received = 0;
        for n in 0..100 {
            match sender.send(value(n, n, 0)) {
                Ok(()) => sent += 1,
                Err(QueueFull(event)) => {
                    assert_eq!(event.sequence, n);
                    refused += 1;
                }
            }
            if n % 10 == 0 {
                queue.receive(0, &monitor);
            }
            if n % 3 == 0 && queue.pop_any(u64::MAX, &monitor).is_some() {
                received += 1;
            }
        }
        loop {
            queue.receive(0, &monitor);
            match queue.pop_any(u64::MAX, &monitor) {
                Some(_) => received += 1,
                None => break,
            }
        }
        assert!(refused > 0);
        assert_eq!(received, sent);
    }

    #[test]
    fn a_later_epoch_discards_all_but_note_offs() {
        let (mut sender, mut queue) = event_queue(8, 1);
        let monitor = Monitor::default();
        for event in [value(1, 0, 0), off(1, 1), on(1, 2), value(1, 3, 1)] {
            sender.send(event).unwrap();
        }
        sender.set_epoch(0, 1).unwrap();
        queue.receive(0, &monitor);
        let left: Vec<_> = std::iter::from_fn(|| queue.pop_any(1, &monitor))
            .map(|e| e.sequence)
            .collect();
        assert_eq!(left, [1, 3]);
        assert_eq!(monitor.stale_events(), 2);
    }

    #[test]
    fn what_arrives_after_its_frame_is_counted() {
        let (mut sender, mut queue) = event_queue(8, 1);
        let monitor = Monitor::default();
        sender.send(value(63, 0, 0)).unwrap();
        sender.send(value(64, 1, 0)).unwrap();
        queue.receive(64, &monitor);
        assert_eq!(monitor.late_events(), 1);
    }
}
