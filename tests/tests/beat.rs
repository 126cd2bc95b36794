//! A beat of four nodes, from patch text to samples: everything is where the patch puts it, to the sample and to
//! the cent.
//!
//! At 128 beats a minute and 48 kHz a cycle is 90 000 frames.

use synthc_engine::Session;
use synthc_engine::session::{SessionError, Warning};
use synthc_tests::measure::{cents, decibels, frequency, partial, rms, stretches};
use synthc_tests::sound::{frames, mono, session};

const RATE: f64 = 48_000.0;
const CYCLE: usize = 90_000;

fn beat() -> Session {
    session(include_str!("../patches/beat.py"))
}

/// One node without its sends.
fn dry(node: &str) -> Session {
    let mut session = beat();
    session.unsend("bass", "room").unwrap();
    session.solo(node).unwrap();
    session
}

fn cycles(session: &Session, cycles: usize) -> Vec<f64> {
    mono(session, &frames((cycles * CYCLE) as u64))
}

/// Onset, note-off and frequency of every bass note of the first two cycles.
const BASS: [(usize, usize, f64); 3] = [
    (0, 22_500, 97.998_858_995_437_33),
    (45_000, 67_500, 130.812_782_650_299_3),
    (135_000, 157_500, 55.0),
];

#[test]
fn the_kick_is_on_the_floor_to_the_sample() {
    let onsets: Vec<usize> = stretches(&cycles(&dry("kick"), 2), 1_000)
        .iter()
        .map(|(onset, _)| *onset)
        .collect();
    let expected: Vec<usize> = (0..8).map(|beat| beat * 22_500).collect();
    assert_eq!(onsets, expected);
}

#[test]
fn the_hat_is_on_the_off_beats_and_ends_at_its_time() {
    // Half a slot long, then a release of 1500 frames whose last one is 0.
    let expected: Vec<(usize, usize)> = (0..8)
        .map(|beat| 11_250 + beat * 22_500)
        .map(|onset| (onset, onset + 5_625 + 1_500 - 1))
        .collect();
    assert_eq!(stretches(&cycles(&dry("hat"), 2), 1_000), expected);
}

#[test]
fn the_bass_notes_start_and_end_at_their_times() {
    let release = 3_000;
    let expected = BASS.map(|(on, off, _)| (on, off + release - 1));
    assert_eq!(stretches(&cycles(&dry("bass"), 2), 1_000), expected);
}

#[test]
fn the_bass_is_in_tune_within_a_cent() {
    let mut bass = dry("bass");
    // A filter that moves turns the phase: with the sweep the pitch would truly differ.
    bass.hush("bass/cutoff").unwrap();
    bass.set("bass/cutoff", 4000.0).unwrap();
    let samples = cycles(&bass, 2);
    for (on, off, hz) in BASS {
        let found = frequency(&samples[on + 5_000..off], hz, RATE);
        let error = cents(found, hz);
        assert!(
            error.abs() < 1.0,
            "{found:.3} Hz instead of {hz:.3}: {error:.2} cents"
        );
    }
}

/// The cutoff of a second-order Butterworth low-pass behind a saw of frequency `hz`, from how much weaker than 1/k
/// its kth partial is.
fn cutoff_heard(samples: &[f64], hz: f64, k: f64) -> f64 {
    let weaker = k * partial(samples, k * hz, RATE).0 / partial(samples, hz, RATE).0;
    let gain = |cutoff: f64, f: f64| 1.0 / (1.0 + (f / cutoff).powi(4)).sqrt();
    let (mut lo, mut hi) = (20.0, 20_000.0);
    for _ in 0..60 {
        let cutoff = f64::sqrt(lo * hi);
        if gain(cutoff, k * hz) / gain(cutoff, hz) < weaker {
            lo = cutoff;
        } else {
            hi = cutoff;
        }
    }
    lo
}

#[test]
fn the_cutoff_of_the_bass_follows_its_sine_over_four_cycles() {
    let samples = cycles(&dry("bass"), 4);
    let mut heard = Vec::new();
    for (on, _, hz) in BASS {
        for on in [on, on + 2 * CYCLE] {
            // The held part of the note.
            let window = on + 8_000..on + 22_400;
            let middle = (window.start + window.end) as f64 / 2.0;
            let phase = middle / (4 * CYCLE) as f64;
            let expected = 1400.0 + 1100.0 * (std::f64::consts::TAU * phase).sin();
            // The partial nearest to the cutoff says most about it.
            let k = (expected / hz).round().max(2.0);
            let found = cutoff_heard(&samples[window], hz, k);
            assert!(
                (found / expected - 1.0).abs() < 0.1,
                "{found:.0} Hz instead of {expected:.0} at {:.3} cycles",
                middle / CYCLE as f64
            );
            heard.push(found);
        }
    }
    let (low, high) = heard.iter().fold((f64::MAX, 0.0f64), |(low, high), &x| {
        (low.min(x), high.max(x))
    });
    assert!(high > 3.0 * low, "hardly a sweep: {low:.0} to {high:.0} Hz");
}

/// Between the end of the second bass note and the third the bass is silent.
const PAUSE: std::ops::Range<usize> = 75_000..135_000;

#[test]
fn the_room_rings_after_the_bass_and_only_then() {
    let mut wet = beat();
    wet.mute("kick").unwrap();
    wet.mute("hat").unwrap();
    let samples = cycles(&wet, 2);
    let tail = &samples[PAUSE];
    let level = |part: &[f64]| decibels(rms(part));
    let (early, late) = (level(&tail[..4_800]), level(&tail[48_000..52_800]));
    assert!(early > -60.0, "no reverb: {early:.1} dBFS");
    // Feedback of 0.7 around combs of 1214 to 1759 frames: 3.1 dB every 31 ms.
    let fall = early - late;
    assert!(
        (85.0..110.0).contains(&fall),
        "the tail falls by {fall:.1} dB a second"
    );

    type Edit = fn(&mut Session) -> Result<Vec<Warning>, SessionError>;
    let edits: [(&str, Edit); 4] = [
        ("without a send", |s| s.unsend("bass", "room")),
        ("with the bass muted", |s| s.mute("bass")),
        ("with the bass faded out", |s| s.gain("bass", 0.0)),
        ("with the room muted", |s| s.mute("room")),
    ];
    for (how, edit) in edits {
        let mut session = wet.clone();
        edit(&mut session).unwrap();
        let samples = cycles(&session, 2);
        assert!(
            samples[PAUSE].iter().all(|x| *x == 0.0),
            "the room is heard {how}"
        );
    }
}

#[test]
fn the_mix_is_the_sum_of_its_nodes() {
    let mix = cycles(&beat(), 1);
    let mut sum = vec![0.0; CYCLE];
    for node in ["kick", "hat"] {
        for (sum, x) in sum.iter_mut().zip(cycles(&dry(node), 1)) {
            *sum += x;
        }
    }
    let mut wet = beat();
    wet.mute("kick").unwrap();
    wet.mute("hat").unwrap();
    for (sum, x) in sum.iter_mut().zip(cycles(&wet, 1)) {
        *sum += x;
    }
    let worst = mix
        .iter()
        .zip(&sum)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(worst < 1e-12, "{worst:e}");
}
