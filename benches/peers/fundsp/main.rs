//! P1 to P8 in fundsp, as static graphs: prints what a sample of the patch that is named costs.

use std::time::{Duration, Instant};

use fundsp::prelude32::*;

fn voice(hertz: f32, lfo: f32) -> An<impl AudioNode<Inputs = U0, Outputs = U1>> {
    let cutoff = sine_hz(lfo) * 1000.0 + 1500.0;
    let envelope = dc(1.0) >> adsr_live(0.01, 0.1, 0.7, 0.2);
    ((saw_hz(hertz) | cutoff) >> butterpass()) * envelope * 0.3
}

fn pitch(i: u64) -> f32 {
    55.0 * (2.0_f32).powf((i % 48) as f32 / 12.0) * (1.0 + 0.001 * i as f32)
}

fn strand(i: u64) -> An<impl AudioNode<Inputs = U0, Outputs = U1>> {
    let x = i as f32;
    let sine = sine_hz(60.0 + 31.0 * x) * (0.3 + 0.01 * x);
    (sine >> lowpole_hz(400.0 + 90.0 * x)) * (1.0 - 0.01 * x) + 0.001 * x
}

fn graph(name: &str) -> Option<Box<dyn AudioUnit>> {
    Some(match name {
        "p1_sine" => Box::new(sine_hz(440.0) * 0.5),
        "p2_voice" => Box::new(voice(110.0, 0.5)),
        "p3_voices_16" => Box::new(
            sumi::<U16, _, _>(|i| voice(pitch(i), 0.5 + 0.01 * i as f32)) * (1.0 / 16.0),
        ),
        "p3_voices_64" => Box::new(
            sumi::<U64, _, _>(|i| voice(pitch(i), 0.5 + 0.01 * i as f32)) * (1.0 / 64.0),
        ),
        "p5_sines64" => {
            Box::new(sumi::<U64, _, _>(|i| sine_hz(100.0 + 37.0 * i as f32)) * (1.0 / 64.0))
        }
        "p6_fm6" => Box::new(
            (sine_hz(770.0) * 55.0 + 550.0 >> sine()) * 88.0 + 330.0
                >> sine() * 110.0 + 220.0
                >> sine() * 132.0 + 165.0
                >> sine() * 110.0 + 110.0
                >> sine() * 0.5,
        ),
        "p7_karplus" => Box::new(zero() >> pluck(220.0, 0.9, 0.5)),
        "p8_nodes300" => Box::new(sumi::<U50, _, _>(strand) * 0.02),
        _ => return None,
    })
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let milliseconds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(6);
    let Some(mut graph) = graph(&name) else {
        std::process::exit(1);
    };
    #[cfg(target_arch = "x86_64")]
    #[allow(deprecated)]
    // SAFETY: sets flush-to-zero, as every audio thread does.
    unsafe {
        use std::arch::x86_64::{_mm_getcsr, _mm_setcsr};
        _mm_setcsr(_mm_getcsr() | 0x8040);
    }
    graph.set_sample_rate(48_000.0);
    graph.allocate();
    let input = BufferVec::new(graph.inputs());
    let mut output = BufferVec::new(graph.outputs());
    let (mut best, mut batch) = (f64::INFINITY, 16_u32);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(milliseconds) {
        let from = Instant::now();
        for _ in 0..batch {
            graph.process(64, &input.buffer_ref(), &mut output.buffer_mut());
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
