//! What is heard, for whoever writes it down: a ring from the audio side to a reader that may be slow.
//!
//! The audio side never waits: frames that find the ring full are counted and left out. What an input delivers goes the same
//! way ([`super::input`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The audio side's end.
#[derive(Debug)]
pub struct TapSender<T> {
    frames: rtrb::Producer<[T; 2]>,
    lost: Arc<AtomicU64>,
}

/// The reader's end.
#[derive(Debug)]
pub struct TapReceiver<T> {
    frames: rtrb::Consumer<[T; 2]>,
    lost: Arc<AtomicU64>,
}

/// Both ends, with room for `frames` frames.
#[must_use]
pub fn tap<T>(frames: usize) -> (TapSender<T>, TapReceiver<T>) {
    let (producer, consumer) = rtrb::RingBuffer::new(frames);
    let lost = Arc::new(AtomicU64::new(0));
    let sender = TapSender {
        frames: producer,
        lost: Arc::clone(&lost),
    };
    let receiver = TapReceiver {
        frames: consumer,
        lost,
    };
    (sender, receiver)
}

impl<T: Copy> TapSender<T> {
    /// Sends frames; wait-free.
    pub(super) fn send(&mut self, frames: impl IntoIterator<Item = [T; 2]>) {
        let mut lost = 0;
        for frame in frames {
            lost += u64::from(self.frames.push(frame).is_err());
        }
        if lost > 0 {
            self.lose(lost);
        }
    }

    /// How many frames fit at least.
    pub(super) fn room(&self) -> usize {
        self.frames.slots()
    }

    /// Counts frames that are not sent.
    pub(super) fn lose(&self, frames: u64) {
        self.lost.fetch_add(frames, Ordering::Relaxed);
    }
}

impl<T: Copy> TapReceiver<T> {
    /// Takes out what has arrived, left and right; false once the sender is gone and everything has been taken.
    pub fn read(&mut self, left: &mut Vec<T>, right: &mut Vec<T>) -> bool {
        // Asked first: what is sent before the sender goes is then in the ring.
        let ended = self.frames.is_abandoned();
        let arrived = self.frames.slots();
        if let Ok(chunk) = self.frames.read_chunk(arrived) {
            for [l, r] in chunk {
                left.push(l);
                right.push(r);
            }
        }
        !ended || arrived > 0
    }

    /// Frames that found the ring full.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The count of [`TapReceiver::lost`], for another thread than the one that reads.
    #[must_use]
    pub fn lost_count(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_find_no_room_are_counted() {
        let (mut sender, mut receiver) = tap(3);
        sender.send((1..=5).map(|x| [x, -x]));
        let (mut left, mut right) = (Vec::new(), Vec::new());
        assert!(receiver.read(&mut left, &mut right));
        assert_eq!((left, right), (vec![1, 2, 3], vec![-1, -2, -3]));
        assert_eq!(receiver.lost(), 2);
    }

    #[test]
    fn reading_ends_when_the_sender_is_gone_and_nothing_is_left() {
        let (mut sender, mut receiver) = tap(8);
        sender.send([[1, 2]]);
        drop(sender);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        assert!(receiver.read(&mut left, &mut right));
        assert_eq!(left, [1]);
        assert!(!receiver.read(&mut left, &mut right));
    }
}
