//! The crossing itself: messages of a fixed, small size, some of which bring a few values along.
//!
//! Notes with values are rare and values without notes are many: if every slot of one ring had room for a note's values, a
//! storm of a thousand small messages would pull 300 KB through the cache in one callback. So the values go through a ring
//! of their own, *before* the message they belong to: whoever sees the message finds its values.

use crate::exchange::{Consumer, Producer, PushError, RingBuffer};

/// The sending end.
#[derive(Debug)]
pub(crate) struct Sender<M, V> {
    messages: Producer<(M, u8)>,
    values: Producer<V>,
    most: usize,
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Receiver<M, V> {
    messages: Consumer<(M, u8)>,
    values: Consumer<V>,
}

/// Both ends, with room for `capacity` messages of up to `most` values each.
pub(crate) fn ring<M, V>(capacity: usize, most: u8) -> (Sender<M, V>, Receiver<M, V>) {
    let (messages_in, messages_out) = RingBuffer::new(capacity);
    let (values_in, values_out) = RingBuffer::new(capacity * usize::from(most));
    let sender = Sender {
        messages: messages_in,
        values: values_in,
        most: usize::from(most),
    };
    let receiver = Receiver {
        messages: messages_out,
        values: values_out,
    };
    (sender, receiver)
}

impl<M, V: Copy> Sender<M, V> {
    /// Sends a message with its values. Wait-free.
    ///
    /// # Errors
    /// The message comes back when there is no room, or when it has more values than a message may have.
    pub(crate) fn send(&mut self, message: M, values: &[V]) -> Result<(), M> {
        // Values are taken before the slot of their message is free again: where there is a slot there is room for values.
        if self.messages.is_full() || values.len() > self.most {
            return Err(message);
        }
        for value in values {
            let pushed = self.values.push(*value);
            debug_assert!(pushed.is_ok(), "as many values as slots can have");
        }
        match self.messages.push((message, values.len() as u8)) {
            Ok(()) => Ok(()),
            Err(PushError::Full((message, _))) => Err(message),
        }
    }

    /// How many messages fit at least.
    pub(crate) fn free(&self) -> usize {
        self.messages.slots()
    }
}

impl<M: Copy, V> Receiver<M, V> {
    /// The next message; its values go to `take`. Wait-free.
    pub(crate) fn receive(&mut self, mut take: impl FnMut(V)) -> Option<M> {
        let &(message, count) = self.messages.peek().ok()?;
        for _ in 0..count {
            if let Ok(value) = self.values.pop() {
                take(value);
            }
        }
        let popped = self.messages.pop();
        debug_assert!(popped.is_ok(), "it was seen");
        Some(message)
    }
}
