//! P1, P2, P3, P5, P6 and P8 in knyst: prints what a sample of the patch that is named costs.

use std::time::{Duration, Instant};

use knyst::envelope::{SustainMode, envelope_gen};
use knyst::handles::{AnyNodeHandle, MulHandle, graph_output};
use knyst::offline::KnystOffline;
use knyst::prelude::filter::one_pole::one_pole_lpf;
use knyst::prelude::filter::svf::{SvfFilterType, svf_dynamic};
use knyst::prelude::*;

fn sine() -> Handle<WavetableOscillatorOwnedHandle> {
    wavetable_oscillator_owned(Wavetable::sine())
}

fn voice(hertz: f32, lfo: f32) -> Handle<MulHandle> {
    let cutoff = sine().freq(lfo) * 1000.0 + 1500.0;
    let points = vec![(1.0, 0.01), (0.7, 0.1), (0.0, 0.2)];
    let envelope = envelope_gen(
        0.0,
        points,
        SustainMode::SustainAtPoint(1),
        StopAction::Continue,
    );
    let saw = wavetable_oscillator_owned(Wavetable::aliasing_saw()).freq(hertz);
    let filter = svf_dynamic(SvfFilterType::Low)
        .input(saw)
        .cutoff_freq(cutoff);
    let filter = filter.q(std::f32::consts::FRAC_1_SQRT_2).gain(0.0);
    filter * envelope * 0.3
}

fn voices(n: u32) {
    for i in 0..n {
        let x = i as f32;
        let pitch = 55.0 * 2.0_f32.powf((i % 48) as f32 / 12.0) * (1.0 + 0.001 * x);
        graph_output(0, voice(pitch, 0.5 + 0.01 * x) * (1.0 / n as f32));
    }
}

/// Connects the patch to the output; tells whether it is here.
fn connect(name: &str) -> bool {
    match name {
        "p1_sine" => graph_output(0, sine().freq(440.0) * 0.5),
        "p2_voice" => graph_output(0, voice(110.0, 0.5)),
        "p3_voices_16" => voices(16),
        "p3_voices_64" => voices(64),
        "p5_sines64" => {
            for i in 0..64 {
                graph_output(0, sine().freq(100.0 + 37.0 * i as f32) * (1.0 / 64.0));
            }
        }
        "p6_fm6" => {
            let mut x: AnyNodeHandle = sine().freq(770.0).into();
            for (depth, base) in [
                (88.0, 550.0),
                (110.0, 330.0),
                (132.0, 220.0),
                (110.0, 165.0),
                (165.0, 110.0),
            ] {
                x = sine().freq(x * depth + base).into();
            }
            graph_output(0, x * 0.5);
        }
        "p8_nodes300" => {
            for i in 0..50 {
                let x = i as f32;
                let tone = sine().freq(60.0 + 31.0 * x) * (0.3 + 0.01 * x);
                let filter = one_pole_lpf().sig(tone).cutoff_freq(400.0 + 90.0 * x);
                graph_output(0, filter * ((1.0 - 0.01 * x) / 50.0) + 0.001 * x / 50.0);
            }
        }
        _ => return false,
    }
    true
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let milliseconds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(6);
    let mut engine = KnystOffline::new(48_000, 64, 0, 1);
    if !connect(&name) {
        std::process::exit(1);
    }
    #[cfg(target_arch = "x86_64")]
    #[allow(deprecated)]
    // SAFETY: sets flush-to-zero, as every audio thread does.
    unsafe {
        use std::arch::x86_64::{_mm_getcsr, _mm_setcsr};
        _mm_setcsr(_mm_getcsr() | 0x8040);
    }
    // The graph reaches the audio side with the first blocks.
    for _ in 0..64 {
        engine.process_block();
    }
    let heard = engine.output_channel(0).unwrap_or_default();
    assert!(heard.iter().any(|x| *x != 0.0), "{name} is silent");
    let (mut best, mut batch) = (f64::INFINITY, 16_u32);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(milliseconds) {
        let from = Instant::now();
        for _ in 0..batch {
            engine.process_block();
        }
        let time = from.elapsed();
        if time < Duration::from_micros(500) {
            batch *= 2;
            continue;
        }
        best = best.min(time.as_secs_f64() * 1e9 / f64::from(batch * 64));
    }
    println!("ns {best:.4}");
}
