//! The hand-over between the sides, whatever is handed over: something shared with something owned that belongs to it.
//!
//! [`crate::swap`] hands over plans and their states with it, and says what is guaranteed. The shared part is stored before
//! the owned one is pushed, so whoever has the owned part sees its shared one; both carry the number of the
//! publication. The receiving side never drops the last reference to a shared part: the sender keeps one until it has
//! come back. Uses the primitives of [`crate::exchange`] only; `tests/handover.rs` runs this very file under loom.

use std::sync::Arc;

use crate::exchange::{ArcSwapOption, Cache, Consumer, Producer, PushError, RingBuffer};

/// Messages that one publication sends back: the acknowledgement, and what is retired.
pub(crate) const RETURNS: usize = 2;

/// What has the number of its publication.
pub(crate) trait Numbered {
    /// Higher than that of every publication before.
    fn number(&self) -> u64;
}

/// What comes back: an acknowledgement, or a pair that is no longer used.
#[derive(Debug)]
enum Return<P, S, A> {
    Adopted(A),
    Retired(Arc<P>, Box<S>),
}

/// Where the shared part published last is found.
type Shared<P> = Arc<ArcSwapOption<P>>;

/// The control side's end.
#[derive(Debug)]
pub(crate) struct Sender<P, S, A> {
    pub(crate) shared: Shared<P>,
    pub(crate) owned: Producer<Box<S>>,
    returns: Consumer<Return<P, S, A>>,
    /// What the other side may still refer to; the last is the one published last.
    alive: Vec<Arc<P>>,
    in_flight: bool,
    retired: u64,
}

/// The audio side's end.
#[derive(Debug)]
pub(crate) struct Receiver<P, S, A> {
    cache: Cache<Shared<P>, Option<Arc<P>>>,
    owned: Consumer<Box<S>>,
    returns: Producer<Return<P, S, A>>,
}

/// Both ends; `returns` is the room of the way back in messages, [`RETURNS`] or more.
pub(crate) fn ends<P: Numbered, S: Numbered, A>(
    returns: usize,
) -> (Sender<P, S, A>, Receiver<P, S, A>) {
    let shared: Shared<P> = Arc::new(ArcSwapOption::from(None));
    let (owned_in, owned_out) = RingBuffer::new(1);
    let (returns_in, returns_out) = RingBuffer::new(returns.max(RETURNS));
    let sender = Sender {
        shared: Arc::clone(&shared),
        owned: owned_in,
        returns: returns_out,
        alive: Vec::new(),
        in_flight: false,
        retired: 0,
    };
    let receiver = Receiver {
        cache: Cache::new(shared),
        owned: owned_out,
        returns: returns_in,
    };
    (sender, receiver)
}

impl<P: Numbered, S: Numbered, A> Sender<P, S, A> {
    /// Whether nothing is in flight; look with [`Sender::collect`] first.
    pub(crate) fn is_free(&self) -> bool {
        !self.in_flight && !self.owned.is_full()
    }

    /// Sends a pair when nothing is in flight, else hands it back.
    pub(crate) fn send(&mut self, shared: Arc<P>, owned: Box<S>) -> Result<(), (Arc<P>, Box<S>)> {
        if !self.is_free() {
            return Err((shared, owned));
        }
        self.alive.push(Arc::clone(&shared));
        self.shared.store(Some(Arc::clone(&shared)));
        self.in_flight = true;
        match self.owned.push(owned) {
            Ok(()) => Ok(()),
            Err(PushError::Full(owned)) => {
                // Only this end pushes, and there was room above.
                debug_assert!(false, "the ring filled by itself");
                Err((shared, owned))
            }
        }
    }

    /// Frees what has come back; the acknowledgement, if there is one.
    pub(crate) fn collect(&mut self) -> Option<A> {
        let mut adoption = None;
        while let Ok(message) = self.returns.pop() {
            match message {
                Return::Adopted(adopted) => {
                    self.in_flight = false;
                    adoption = Some(adopted);
                }
                Return::Retired(shared, _) => {
                    self.alive.retain(|alive| !Arc::ptr_eq(alive, &shared));
                    self.retired += 1;
                }
            }
        }
        adoption
    }

    /// What was sent last.
    pub(crate) fn latest(&self) -> Option<&Arc<P>> {
        self.alive.last()
    }

    /// Whether a publication waits for its acknowledgement.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.in_flight
    }

    /// How many pairs have come back and been freed.
    pub(crate) fn retired(&self) -> u64 {
        self.retired
    }
}

impl<P: Numbered, S: Numbered, A> Receiver<P, S, A> {
    /// Touches the thread-local memory of arc-swap, which allocates once per thread.
    pub(crate) fn warm_up(&mut self) {
        drop(self.cache.arc_swap().load());
    }

    /// The pair that waits, when there is one and the way back has room for its messages.
    pub(crate) fn take(&mut self) -> Option<(Arc<P>, Box<S>)> {
        if self.returns.slots() < RETURNS {
            return None;
        }
        let number = self.owned.peek().ok()?.number();
        let shared = self.cache.load().as_ref()?;
        if shared.number() != number {
            return None;
        }
        let shared = Arc::clone(shared);
        let owned = self.owned.pop().ok()?;
        Some((shared, owned))
    }

    /// Tells that a pair is in use; the room was there when it was taken.
    pub(crate) fn acknowledge(&mut self, adoption: A) {
        let sent = self.returns.push(Return::Adopted(adoption));
        debug_assert!(sent.is_ok(), "room was checked before the pair was taken");
    }

    /// Sends back what is no longer used. When there is no room, which `take` rules out, it comes
    /// back to the caller, who must not drop it.
    pub(crate) fn retire(&mut self, shared: Arc<P>, owned: Box<S>) -> Result<(), (Arc<P>, Box<S>)> {
        match self.returns.push(Return::Retired(shared, owned)) {
            Ok(()) | Err(PushError::Full(Return::Adopted(_))) => Ok(()),
            Err(PushError::Full(Return::Retired(shared, owned))) => Err((shared, owned)),
        }
    }
}
