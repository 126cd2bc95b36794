//! What the queue promises: order, no loss, epochs.

use super::*;
use crate::event::NodeKey;

fn value(frame: u64, sequence: u64, epoch: u32) -> Event {
    Event {
        frame,
        sequence,
        slot: 0,
        epoch,
        kind: EventKind::Value {
            node: NodeKey(0),
            control: 0,
            value: 0.0,
        },
    }
}

fn off(frame: u64, sequence: u64) -> Event {
    Event {
        kind: EventKind::NoteOff {
            node: NodeKey(0),
            note: sequence,
        },
        ..value(frame, sequence, 0)
    }
}

fn on(frame: u64, sequence: u64) -> Event {
    Event {
        kind: EventKind::NoteOn {
            node: NodeKey(0),
            note: sequence,
            gate: None,
            params: NoteParams::new(),
        },
        ..value(frame, sequence, 0)
    }
}

#[test]
fn events_come_out_by_frame_then_class_then_sequence() {
    let (mut sender, mut queue) = event_queue(16, 1);
    let monitor = Monitor::default();
    for event in [
        on(5, 0),
        value(5, 2, 0),
        value(5, 1, 0),
        off(5, 3),
        on(4, 9),
    ] {
        sender.send(event).unwrap();
    }
    queue.receive(0, &monitor);
    let order: Vec<_> = std::iter::from_fn(|| queue.pop_any(5, &monitor))
        .map(|e| (e.frame, e.kind.class(), e.sequence))
        .collect();
    assert_eq!(
        order,
        [(4, 2, 9), (5, 0, 3), (5, 1, 1), (5, 1, 2), (5, 2, 0)]
    );
}

#[test]
fn nothing_comes_out_before_its_frame() {
    let (mut sender, mut queue) = event_queue(4, 1);
    let monitor = Monitor::default();
    sender.send(value(10, 0, 0)).unwrap();
    queue.receive(0, &monitor);
    assert!(queue.pop_any(9, &monitor).is_none());
    assert!(queue.pop_any(10, &monitor).is_some());
    assert_eq!(monitor.late_events(), 0);
}

#[test]
fn a_full_queue_pushes_back_to_the_sender_and_loses_nothing() {
    let (mut sender, mut queue) = event_queue(4, 1);
    let monitor = Monitor::default();
    let mut sent = 0;
    let mut refused = 0;
    let mut received = 0;
    for n in 0..100 {
        match sender.send(value(n, n, 0)) {
            Ok(()) => sent += 1,
            Err(QueueFull(event)) => {
                assert_eq!(event.sequence, n);
                refused += 1;
            }
        }
        if n % 10 == 0 {
            queue.receive(0, &monitor);
        }
        if n % 3 == 0 && queue.pop_any(u64::MAX, &monitor).is_some() {
            received += 1;
        }
    }
    loop {
        queue.receive(0, &monitor);
        match queue.pop_any(u64::MAX, &monitor) {
            Some(_) => received += 1,
            None => break,
        }
    }
    assert!(refused > 0);
    assert_eq!(received, sent);
}

#[test]
fn a_later_epoch_discards_all_but_note_offs() {
    let (mut sender, mut queue) = event_queue(8, 1);
    let monitor = Monitor::default();
    for event in [value(1, 0, 0), off(1, 1), on(1, 2), value(1, 3, 1)] {
        sender.send(event).unwrap();
    }
    sender.set_epoch(0, 1).unwrap();
    queue.receive(0, &monitor);
    let left: Vec<_> = std::iter::from_fn(|| queue.pop_any(1, &monitor))
        .map(|e| e.sequence)
        .collect();
    assert_eq!(left, [1, 3]);
    assert_eq!(monitor.stale_events(), 2);
}

#[test]
fn what_arrives_after_its_frame_is_counted() {
    let (mut sender, mut queue) = event_queue(8, 1);
    let monitor = Monitor::default();
    sender.send(value(63, 0, 0)).unwrap();
    sender.send(value(64, 1, 0)).unwrap();
    queue.receive(64, &monitor);
    assert_eq!(monitor.late_events(), 1);
}

#[test]
fn every_note_has_its_own_values_whoever_had_its_place_before() {
    let (mut sender, mut queue) = event_queue(4, 1);
    let monitor = Monitor::default();
    for n in 0..40u64 {
        let mut params = NoteParams::new();
        for control in 0..(n % 4) as u16 {
            params.push(control, (10 * n) as f64).unwrap();
        }
        let mut note = on(n, n);
        if let EventKind::NoteOn { params: own, .. } = &mut note.kind {
            *own = params;
        }
        sender.send(note).unwrap();
        queue.receive(0, &monitor);
        let event = queue.pop_any(n, &monitor).unwrap();
        assert_eq!(queue.complete(&event), note);
        if n % 3 == 0 {
            // Put off by a frame, it keeps them.
            let later = queue.complete(&event);
            queue.put(&later);
            let event = queue.pop_any(n, &monitor).unwrap();
            assert_eq!(queue.complete(&event), note);
        }
    }
}

#[test]
fn what_comes_out_of_order_is_sorted_in() {
    let (mut sender, mut queue) = event_queue(256, 1);
    let monitor = Monitor::default();
    let frames = (0..200u64).map(|n| n * 7919 % 101);
    for (sequence, frame) in (0..).zip(frames.clone()) {
        sender.send(value(frame, sequence, 0)).unwrap();
        queue.receive(0, &monitor);
    }
    let mut expected: Vec<_> = frames.zip(0u64..).collect();
    expected.sort_unstable();
    let order: Vec<_> = std::iter::from_fn(|| queue.pop_any(u64::MAX, &monitor))
        .map(|e| (e.frame, e.sequence))
        .collect();
    assert_eq!(order, expected);
}

/// How many events are taken in at the block that begins at a frame.
fn taken(queue: &mut EventQueue, block: u64) -> u32 {
    queue.receive(block, &Monitor::default())
}

#[test]
fn a_storm_is_taken_in_piece_by_piece_and_nothing_comes_late() {
    let (mut sender, mut queue) = event_queue(4096, 1);
    let monitor = Monitor::default();
    for n in 0..1000 {
        sender.send(value(10 + n / 2, n, 0)).unwrap();
    }
    let mut obeyed = 0;
    for block in (0..640).step_by(64) {
        // As many as are due up to the next block, two in a frame.
        let taken = queue.receive(block, &monitor);
        assert!(taken <= 2 * 65, "{taken} at {block}");
        while let Some(event) = queue.pop_any(block + 63, &monitor) {
            assert!((block..block + 64).contains(&event.frame));
            obeyed += 1;
        }
    }
    assert_eq!((obeyed, monitor.late_events()), (1000, 0));
}

#[test]
fn what_is_due_in_a_block_is_taken_in_however_much_it_is() {
    let (mut sender, mut queue) = event_queue(1024, 1);
    for n in 0..500 {
        sender.send(value(n / 8, n, 0)).unwrap();
    }
    // The first frame of the next block is still of interest: its notes may need a gap before it.
    sender.send(on(64, 500)).unwrap();
    sender.send(on(65, 501)).unwrap();
    assert_eq!(taken(&mut queue, 0), 501);
    assert_eq!(taken(&mut queue, 64), 1);
}

#[test]
fn nothing_that_is_due_earlier_waits_behind_a_storm() {
    let (mut sender, mut queue) = event_queue(4096, 1);
    let monitor = Monitor::default();
    for n in 0..600 {
        sender.send(value(500 + n, n, 0)).unwrap();
    }
    assert_eq!(taken(&mut queue, 0), PIECE);
    sender.send(on(70, 600)).unwrap();
    sender.send(value(2000, 601, 0)).unwrap();
    assert_eq!(taken(&mut queue, 64), 602 - PIECE - 1);
    assert_eq!(queue.pop_any(127, &monitor).unwrap().sequence, 600);
    // An epoch counts from the next block on, whatever lies before it.
    for n in 602..1000 {
        sender.send(value(2000 + n, n, 0)).unwrap();
    }
    sender.set_epoch(0, 1).unwrap();
    assert_eq!(taken(&mut queue, 128), 400);
    assert!(queue.pop_any(u64::MAX, &monitor).is_none());
}

#[test]
fn a_ring_that_fills_up_is_emptied_for_what_is_sent_next() {
    let (mut sender, mut queue) = event_queue(256, 1);
    for n in 0..256 {
        sender.send(value(900 + n, n, 0)).unwrap();
    }
    assert!(sender.send(on(70, 256)).is_err());
    assert_eq!(taken(&mut queue, 0), 256);
    sender.send(on(70, 256)).unwrap();
}
