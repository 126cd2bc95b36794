//! The ring that events cross, run through all interleavings of two threads by loom: messages arrive in order, each
//! with its own values, whichever of the two rings beneath is slower.
//!
//! The code under test is the engine's own file; only the primitives it takes from `crate::exchange` are models here.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
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
                if let Some(message) =
                    receiver.receive(|value| brought.push(value), |message, _| *message)
                {
                    seen.push((message, brought));
                }
                thread::yield_now();
            }
            (receiver, seen)
        });
        let mut sent = Vec::new();
        for n in 1..=messages {
            let free = sender.free();
            match sender.send(n, &values(n), n % 2 == 0) {
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
        while let Some(message) =
            receiver.receive(|value| brought.push(value), |message, _| *message)
        {
            seen.push((message, std::mem::take(&mut brought)));
        }
        assert_eq!(seen, sent);
        assert_eq!(receiver.waiting(), 0);
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
fn nobody_waits_for_a_message_that_jumps_the_line_once_it_is_sent() {
    loom::model(|| {
        let (mut sender, mut receiver) = ring::ring::<u64, u64>(4, 2);
        let sent = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&sent);
        let audio = thread::spawn(move || {
            let sent = told.load(Ordering::Acquire);
            match receiver.first_in_line() {
                Some(first) => assert!(*first == 1 && !sent),
                None => while receiver.receive(|_| (), |_, _| ()).is_some() {},
            }
            receiver
        });
        assert_eq!(sender.send(1, &[], false), Ok(()));
        assert_eq!(sender.send(2, &[5], true), Ok(()));
        sent.store(true, Ordering::Release);
        assert_eq!(sender.send(3, &[], false), Ok(()));
        let mut receiver = audio.join().unwrap();
        // What it has not taken is still there, and in line once the second is taken.
        let mut rest = Vec::new();
        while receiver.first_in_line().is_none()
            && let Some(message) = receiver.receive(|_| (), |message, _| *message)
        {
            rest.push(message);
        }
        let first = receiver.first_in_line().copied();
        assert!(
            first.is_none_or(|first| first == 3),
            "{first:?} after {rest:?}"
        );
    });
}

#[test]
fn more_values_than_a_message_may_have_are_refused() {
    loom::model(|| {
        let (mut sender, mut receiver) = ring::ring::<u64, u64>(2, 2);
        assert_eq!(sender.send(7, &[1, 2, 3], false), Err(7));
        assert_eq!(receiver.receive(|_| (), |message, _| *message), None);
    });
}
