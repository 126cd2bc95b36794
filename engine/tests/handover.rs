//! The hand-over between control and audio side, run through all interleavings of two threads by loom.
//!
//! The code under test is the engine's own file; only the primitives it takes from `crate::exchange` are models here.

use std::sync::Arc;

use loom::thread::{self, ThreadId};

#[path = "../src/handover.rs"]
#[expect(dead_code, reason = "the engine uses what this test does not")]
mod handover;

/// Models of the lock-free parts, made of what loom can run through.
mod exchange {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use loom::sync::Mutex;
    use loom::sync::atomic::{AtomicUsize, Ordering};

    /// A ring of one producer and one consumer: a queue that shows an item once it has been pushed.
    type Ring<T> = Arc<Mutex<VecDeque<T>>>;

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
            let ring = Arc::new(Mutex::new(VecDeque::new()));
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
            if ring.len() == self.room {
                return Err(PushError::Full(item));
            }
            ring.push_back(item);
            Ok(())
        }

        pub(crate) fn slots(&self) -> usize {
            self.room - self.ring.lock().unwrap().len()
        }

        pub(crate) fn is_full(&self) -> bool {
            self.slots() == 0
        }
    }

    impl<T> Consumer<T> {
        pub(crate) fn pop(&mut self) -> Result<T, ()> {
            let seen = self.seen.take();
            seen.or_else(|| self.ring.lock().unwrap().pop_front())
                .ok_or(())
        }

        pub(crate) fn peek(&mut self) -> Result<&T, ()> {
            if self.seen.is_none() {
                self.seen = self.ring.lock().unwrap().pop_front();
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
}

use handover::{Numbered, RETURNS, Receiver, ends};

/// Something that may only be dropped by the control side.
#[derive(Debug)]
struct Part {
    number: u64,
    control: ThreadId,
}

impl Numbered for Part {
    fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        assert_eq!(
            thread::current().id(),
            self.control,
            "part {} was freed by the audio side",
            self.number
        );
    }
}

fn pair(number: u64) -> (Arc<Part>, Box<Part>) {
    let control = thread::current().id();
    let part = || Part { number, control };
    (Arc::new(part()), Box::new(part()))
}

/// The audio side: what it plays, and the numbers of all it has played.
struct Audio {
    receiver: Receiver<Part, Part, u64>,
    playing: Option<(Arc<Part>, Box<Part>)>,
    played: Vec<u64>,
}

impl Audio {
    /// One inner block.
    fn block(&mut self) {
        let Some((shared, owned)) = self.receiver.take() else {
            return;
        };
        assert_eq!(shared.number, owned.number, "parts of two publications");
        self.played.push(shared.number);
        self.receiver.acknowledge(shared.number);
        if let Some((shared, owned)) = self.playing.replace((shared, owned)) {
            let retired = self.receiver.retire(shared, owned);
            assert!(retired.is_ok(), "no room on the way back");
        }
    }
}

/// Publications are taken in their order, each with its own parts, and everything but the last comes back,
/// whatever the order in which both sides work.
fn exchanged(publications: u64, blocks: usize, room: usize) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let (mut sender, receiver) = ends(room);
        let mut audio = Audio {
            receiver,
            playing: None,
            played: Vec::new(),
        };
        let thread = thread::spawn(move || {
            for _ in 0..blocks {
                audio.block();
                thread::yield_now();
            }
            audio
        });
        let mut sent = 0;
        let mut acknowledged = Vec::new();
        for _ in 0..publications {
            acknowledged.extend(sender.collect());
            let (shared, owned) = pair(sent + 1);
            if sender.send(shared, owned).is_ok() {
                sent += 1;
            }
            thread::yield_now();
        }
        let mut audio = thread.join().unwrap();
        // What is still on its way arrives, and what is refused in flight can be sent afterwards.
        while sent < publications || sender.is_in_flight() {
            audio.block();
            acknowledged.extend(sender.collect());
            if sent < publications {
                let (shared, owned) = pair(sent + 1);
                sent += u64::from(sender.send(shared, owned).is_ok());
            }
        }
        let all: Vec<u64> = (1..=publications).collect();
        assert_eq!((&audio.played, &acknowledged), (&all, &all));
        assert_eq!(sender.retired(), publications - 1);
        assert_eq!(sender.latest().map(|last| last.number), Some(publications));
    });
}

#[test]
fn every_interleaving_hands_over_in_order_and_frees_on_the_control_side() {
    exchanged(2, 2, RETURNS);
}

#[test]
fn a_third_publication_finds_the_way_back_as_narrow_as_it_may_be() {
    exchanged(3, 3, RETURNS);
}

#[test]
fn a_wide_way_back_changes_nothing() {
    exchanged(3, 2, 8);
}
