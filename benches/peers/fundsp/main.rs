//! P1 to P8 in fundsp: prints what a sample of the patch that is named costs, as a static graph or as a `Net`, whose
//! nodes are units that can be exchanged while it plays.

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

/// Frames of Freeverb's combs and all-passes at 44.1 kHz.
const COMBS: [f32; 8] = [
    1116.0, 1188.0, 1277.0, 1356.0, 1422.0, 1491.0, 1557.0, 1617.0,
];
const ALL_PASSES: [f32; 4] = [556.0, 441.0, 341.0, 225.0];

/// A comb with a damped loop.
fn comb(i: u64) -> An<impl AudioNode<Inputs = U1, Outputs = U1>> {
    feedback(delay(COMBS[i as usize] / 44_100.0) >> lowpole_hz(7000.0) * 0.86)
}

/// An all-pass: −½ + ¾ z⁻ⁿ / (1 − ½ z⁻ⁿ).
fn all_pass(i: usize) -> An<impl AudioNode<Inputs = U1, Outputs = U1>> {
    (pass() * -0.5) & (feedback(delay(ALL_PASSES[i] / 44_100.0) * 0.5) * 1.5)
}

fn graph(name: &str) -> Option<Box<dyn AudioUnit>> {
    Some(match name {
        "p1_sine" => Box::new(sine_hz(440.0) * 0.5),
        "p2_voice" => Box::new(voice(110.0, 0.5)),
        "p3_voices_16" => {
            Box::new(sumi::<U16, _, _>(|i| voice(pitch(i), 0.5 + 0.01 * i as f32)) * (1.0 / 16.0))
        }
        "p3_voices_64" => {
            Box::new(sumi::<U64, _, _>(|i| voice(pitch(i), 0.5 + 0.01 * i as f32)) * (1.0 / 64.0))
        }
        "p4_freeverb" => Box::new(
            (busi::<U8, _, _>(comb) >> all_pass(0) >> all_pass(1) >> all_pass(2) >> all_pass(3))
                * 0.5,
        ),
        "p5_sines64" => {
            Box::new(sumi::<U64, _, _>(|i| sine_hz(100.0 + 37.0 * i as f32)) * (1.0 / 64.0))
        }
        "p6_fm6" => Box::new(
            (sine_hz(770.0) * 88.0 + 550.0 >> sine()) * 110.0 + 330.0
                >> sine() * 132.0 + 220.0
                >> sine() * 110.0 + 165.0
                >> sine() * 165.0 + 110.0
                >> sine() * 0.5,
        ),
        "p7_karplus" => Box::new(zero() >> pluck(220.0, 0.9, 0.5)),
        "p8_nodes300" => Box::new(sumi::<U50, _, _>(strand) * 0.02),
        _ => return None,
    })
}

/// A unit as a `Net` of one node.
fn node(unit: An<impl AudioNode + 'static>) -> Net {
    Net::wrap(Box::new(unit))
}

fn net_voice(hertz: f32, lfo: f32) -> Net {
    let cutoff = node(sine_hz(lfo)) * 1000.0 + 1500.0;
    let envelope = node(dc(1.0)) >> node(adsr_live(0.01, 0.1, 0.7, 0.2));
    ((node(saw_hz(hertz)) | cutoff) >> node(butterpass())) * envelope * 0.3
}

fn net_strand(i: u64) -> Net {
    let x = i as f32;
    let sine = node(sine_hz(60.0 + 31.0 * x)) * (0.3 + 0.01 * x);
    (sine >> node(lowpole_hz(400.0 + 90.0 * x))) * (1.0 - 0.01 * x) + 0.001 * x
}

fn net_sum(n: u64, term: impl Fn(u64) -> Net) -> Net {
    (1..n).fold(term(0), |sum, i| sum + term(i))
}

fn net(name: &str) -> Option<Box<dyn AudioUnit>> {
    let voices =
        |n: u64| net_sum(n, |i| net_voice(pitch(i), 0.5 + 0.01 * i as f32)) * (1.0 / n as f32);
    let net = match name {
        "p1_sine" => node(sine_hz(440.0)) * 0.5,
        "p2_voice" => net_voice(110.0, 0.5),
        "p3_voices_16" => voices(16),
        "p3_voices_64" => voices(64),
        "p4_freeverb" => {
            let combs = (1..8).fold(node(comb(0)), |sum, i| sum & node(comb(i)));
            (0..4).fold(combs, |x, i| x >> node(all_pass(i))) * 0.5
        }
        "p5_sines64" => net_sum(64, |i| node(sine_hz(100.0 + 37.0 * i as f32))) * (1.0 / 64.0),
        "p6_fm6" => {
            let series = [
                (88.0, 550.0),
                (110.0, 330.0),
                (132.0, 220.0),
                (110.0, 165.0),
                (165.0, 110.0),
            ];
            let start = node(sine_hz(770.0));
            let modulate = |x: Net, (depth, base): (f32, f32)| (x * depth + base) >> node(sine());
            series.into_iter().fold(start, modulate) * 0.5
        }
        "p7_karplus" => node(zero()) >> node(pluck(220.0, 0.9, 0.5)),
        "p8_nodes300" => net_sum(50, net_strand) * 0.02,
        _ => return None,
    };
    Some(Box::new(net))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_default();
    let name = arguments.next().unwrap_or_default();
    let milliseconds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(6);
    let made = match kind.as_str() {
        "static" => graph(&name),
        "net" => net(&name),
        _ => None,
    };
    let Some(mut graph) = made else {
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
