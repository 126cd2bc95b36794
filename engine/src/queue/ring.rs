//! The crossing itself: messages of a fixed, small size, some of which bring a few values along.
//!
//! Notes with values are rare and values without notes are many: if every slot of one ring had room for a note's values, a
//! storm of a thousand small messages would pull 300 KB through the cache in one callback. So the values go through a ring
//! of their own, *before* the message they belong to: whoever sees the message finds its values.
//!
//! Messages may wait in the ring as long as none behind them is wanted before them. The sender says of every message whether
//! it *jumps* the line, and counts those that do before it sends them: a receiver that has seen as many as were counted
//! knows that all that wait are in line. One that is counted a moment later has been sent a moment later.

use crate::exchange::{Arc, AtomicU32, Consumer, Ordering, Producer, PushError, RingBuffer};

/// The sending end.
#[derive(Debug)]
pub(crate) struct Sender<M, V> {
    messages: Producer<Item<M>>,
    values: Producer<V>,
    most: usize,
    /// How many messages were sent that jump the line.
    jumps: Arc<AtomicU32>,
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Receiver<M, V> {
    messages: Consumer<Item<M>>,
    values: Consumer<V>,
    /// How many messages were sent that jump the line, and how many were received.
    jumps: Arc<AtomicU32>,
    jumped: u32,
}

/// A message on its way.
#[derive(Debug)]
struct Item<M> {
    message: M,
    /// How many values it brings.
    values: u8,
    /// Whether it jumps the line.
    jumps: bool,
}

/// Both ends, with room for `capacity` messages of up to `most` values each.
pub(crate) fn ring<M, V>(capacity: usize, most: u8) -> (Sender<M, V>, Receiver<M, V>) {
    let (messages_in, messages_out) = RingBuffer::new(capacity);
    let (values_in, values_out) = RingBuffer::new(capacity * usize::from(most));
    let jumps = Arc::new(AtomicU32::new(0));
    let sender = Sender {
        messages: messages_in,
        values: values_in,
        most: usize::from(most),
        jumps: Arc::clone(&jumps),
    };
    let receiver = Receiver {
        messages: messages_out,
        values: values_out,
        jumps,
        jumped: 0,
    };
    (sender, receiver)
}

impl<M, V: Copy> Sender<M, V> {
    /// Sends a message with its values; `jumps` says that it is wanted before what was sent before. Wait-free.
    ///
    /// # Errors
    /// The message comes back when there is no room, or when it has more values than a message may have.
    pub(crate) fn send(&mut self, message: M, values: &[V], jumps: bool) -> Result<(), M> {
        // Values are taken before the slot of their message is free again: where there is a slot there is room for values.
        if self.messages.is_full() || values.len() > self.most {
            return Err(message);
        }
        for value in values {
            let pushed = self.values.push(*value);
            debug_assert!(pushed.is_ok(), "as many values as slots can have");
        }
        if jumps {
            self.jumps.fetch_add(1, Ordering::Release);
        }
        let item = Item {
            message,
            values: values.len() as u8,
            jumps,
        };
        match self.messages.push(item) {
            Ok(()) => Ok(()),
            Err(PushError::Full(item)) => Err(item.message),
        }
    }

    /// How many messages fit at least.
    pub(crate) fn free(&self) -> usize {
        self.messages.slots()
    }
}

impl<M, V> Receiver<M, V> {
    /// How many messages wait.
    pub(crate) fn waiting(&self) -> usize {
        self.messages.slots()
    }

    /// The next message, where it lies, when all behind it are in line.
    #[inline]
    pub(crate) fn first_in_line(&mut self) -> Option<&M> {
        if self.jumps.load(Ordering::Acquire) != self.jumped {
            return None;
        }
        self.messages.peek().ok().map(|item| &item.message)
    }

    /// The next message, where it lies: copying events about costs more than everything else on their way. Its values go to
    /// `take` before; `see` is told how many there were. Wait-free.
    #[inline]
    pub(crate) fn receive<R>(
        &mut self,
        mut take: impl FnMut(V),
        see: impl FnOnce(&M, u8) -> R,
    ) -> Option<R> {
        let item = self.messages.peek().ok()?;
        for _ in 0..item.values {
            if let Ok(value) = self.values.pop() {
                take(value);
            }
        }
        self.jumped = self.jumped.wrapping_add(u32::from(item.jumps));
        let seen = see(&item.message, item.values);
        let popped = self.messages.pop();
        debug_assert!(popped.is_ok(), "it was seen");
        Some(seen)
    }
}
