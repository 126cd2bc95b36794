//! The ring that events cross, run through all interleavings of two threads by loom: messages arrive in order, each
//! with its own values, whichever of the two rings beneath is slower.
//!
//! The code under test is the engine's own file; only the primitives it takes from `crate::exchange` are models here.

use loom::thread;

#[path = "../src/queue/ring.rs"]
mod ring;

#[path = "model/exchange.rs"]
#[expect(dead_code, reason = "the hand-over uses what this ring does not")]
mod exchange;

/// Message `n` has `n % 3` values: `10 n`, `10 n + 1`.
fn values(n: u64) -> Vec<u64> {
    (0..n % 3).map(|i| 10 * n + i).collect()
}

fn crosses(capacity: usize, messages: u64) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let (mut sender, mut receiver) = ring::ring::<u64, u64>(capacity, 2);
        let audio = thread::spawn(move || {
            let mut seen = Vec::new();
            for _ in 0..messages {
                let mut brought = Vec::new();
                if let Some(message) = receiver.receive(|value| brought.push(value)) {
                    seen.push((message, brought));
                }
                thread::yield_now();
            }
            (receiver, seen)
        });
        let mut sent = Vec::new();
        for n in 1..=messages {
            let free = sender.free();
            match sender.send(n, &values(n)) {
                Ok(()) => sent.push((n, values(n))),
                Err(back) => {
                    assert_eq!(back, n);
                    assert_eq!(free, 0, "refused where there was room");
                }
            }
            thread::yield_now();
        }
        let (mut receiver, mut seen) = audio.join().unwrap();
        let mut brought = Vec::new();
        while let Some(message) = receiver.receive(|value| brought.push(value)) {
            seen.push((message, std::mem::take(&mut brought)));
        }
        assert_eq!(seen, sent);
    });
}

#[test]
fn messages_arrive_with_their_own_values_in_every_interleaving() {
    crosses(4, 3);
}

#[test]
fn a_full_ring_refuses_and_loses_nothing() {
    crosses(1, 3);
    crosses(2, 4);
}

#[test]
fn more_values_than_a_message_may_have_are_refused() {
    loom::model(|| {
        let (mut sender, mut receiver) = ring::ring::<u64, u64>(2, 2);
        assert_eq!(sender.send(7, &[1, 2, 3]), Err(7));
        assert_eq!(receiver.receive(|_| ()), None);
    });
}
