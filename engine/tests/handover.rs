//! The hand-over between control and audio side, run through all interleavings of two threads by loom.
//!
//! The code under test is the engine's own file; only the primitives it takes from `crate::exchange` are models here.

use std::sync::Arc;

use loom::thread::{self, ThreadId};

#[path = "../src/handover.rs"]
#[expect(dead_code, reason = "the engine uses what this test does not")]
mod handover;

#[path = "model/exchange.rs"]
mod exchange;

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
