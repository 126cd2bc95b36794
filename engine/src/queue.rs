//! The events' way to the audio side.

use crate::event::Event;

/// What crosses the ring.
#[derive(Clone, Copy, Debug)]
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

pub(crate) fn ring(capacity: usize) -> (EventSender, rtrb::Consumer<Message>) {
    let (producer, consumer) = rtrb::RingBuffer::new(capacity);
    (EventSender { ring: producer }, consumer)
}
