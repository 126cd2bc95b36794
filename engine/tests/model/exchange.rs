//! Models of the lock-free parts, made of what loom can run through.

use std::collections::VecDeque;
pub(crate) use std::sync::Arc;

use loom::sync::Mutex;
use loom::sync::atomic::AtomicUsize;
#[allow(unused_imports, reason = "one of the two that are tested counts")]
pub(crate) use loom::sync::atomic::{AtomicU32, Ordering};

/// A ring of one producer and one consumer: a queue that shows an item once it has been pushed.
type Ring<T> = Arc<Mutex<Slots<T>>>;

struct Slots<T> {
    items: VecDeque<T>,
    /// One item more is seen, but not taken out.
    seen: bool,
}

impl<T> Slots<T> {
    fn used(&self) -> usize {
        self.items.len() + usize::from(self.seen)
    }
}

pub(crate) struct RingBuffer;

pub(crate) struct Producer<T> {
    ring: Ring<T>,
    room: usize,
}

pub(crate) struct Consumer<T> {
    ring: Ring<T>,
    seen: Option<T>,
}

pub(crate) enum PushError<T> {
    Full(T),
}

impl<T> std::fmt::Debug for PushError<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the ring is full")
    }
}

impl RingBuffer {
    #[expect(clippy::new_ret_no_self, reason = "as the ring it stands for")]
    pub(crate) fn new<T>(room: usize) -> (Producer<T>, Consumer<T>) {
        let ring = Arc::new(Mutex::new(Slots {
            items: VecDeque::new(),
            seen: false,
        }));
        let producer = Producer {
            ring: Arc::clone(&ring),
            room,
        };
        (producer, Consumer { ring, seen: None })
    }
}

impl<T> Producer<T> {
    pub(crate) fn push(&mut self, item: T) -> Result<(), PushError<T>> {
        let mut ring = self.ring.lock().unwrap();
        if ring.used() == self.room {
            return Err(PushError::Full(item));
        }
        ring.items.push_back(item);
        Ok(())
    }

    pub(crate) fn slots(&self) -> usize {
        self.room - self.ring.lock().unwrap().used()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.slots() == 0
    }
}

impl<T> Consumer<T> {
    #[allow(dead_code, reason = "one of the two that are tested asks")]
    pub(crate) fn slots(&self) -> usize {
        self.ring.lock().unwrap().used()
    }

    pub(crate) fn pop(&mut self) -> Result<T, ()> {
        let mut ring = self.ring.lock().unwrap();
        ring.seen = false;
        let seen = self.seen.take();
        seen.or_else(|| ring.items.pop_front()).ok_or(())
    }

    pub(crate) fn peek(&mut self) -> Result<&T, ()> {
        if self.seen.is_none() {
            let mut ring = self.ring.lock().unwrap();
            self.seen = ring.items.pop_front();
            ring.seen = self.seen.is_some();
        }
        self.seen.as_ref().ok_or(())
    }
}

impl<T> std::fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Producer")
    }
}

impl<T> std::fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Consumer")
    }
}

/// The place of what is shared, with a tag that stands for its address.
#[derive(Debug)]
pub(crate) struct ArcSwapOption<P> {
    tag: AtomicUsize,
    slot: Mutex<Option<Arc<P>>>,
}

impl<P> From<Option<Arc<P>>> for ArcSwapOption<P> {
    fn from(shared: Option<Arc<P>>) -> Self {
        Self {
            tag: AtomicUsize::new(0),
            slot: Mutex::new(shared),
        }
    }
}

impl<P> ArcSwapOption<P> {
    pub(crate) fn store(&self, shared: Option<Arc<P>>) {
        let mut slot = self.slot.lock().unwrap();
        let before = std::mem::replace(&mut *slot, shared);
        self.tag.fetch_add(1, Ordering::Release);
        drop(slot);
        drop(before);
    }

    pub(crate) fn load(&self) -> Option<Arc<P>> {
        self.slot.lock().unwrap().clone()
    }
}

/// As arc-swap's: a relaxed look at the address decides whether what is cached still holds.
#[derive(Debug)]
pub(crate) struct Cache<S, C> {
    shared: S,
    tag: usize,
    cached: C,
}

impl<P> Cache<Arc<ArcSwapOption<P>>, Option<Arc<P>>> {
    pub(crate) fn new(shared: Arc<ArcSwapOption<P>>) -> Self {
        let cached = shared.load();
        Self {
            shared,
            tag: 0,
            cached,
        }
    }

    pub(crate) fn arc_swap(&self) -> &ArcSwapOption<P> {
        &self.shared
    }

    pub(crate) fn load(&mut self) -> &Option<Arc<P>> {
        let tag = self.shared.tag.load(Ordering::Relaxed);
        if tag != self.tag {
            self.tag = tag;
            self.cached = self.shared.load();
        }
        &self.cached
    }
}
