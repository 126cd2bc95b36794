//! Noise as statistics: distribution, memory, spectrum, independence.

use super::spectrum::magnitudes;
use super::*;
use crate::library::*;

const N: usize = 1 << 16;

fn stream(seed: u64, ordinal: usize) -> Vec<f64> {
    let sources: Vec<Signal> = (0..=ordinal).map(|_| white_noise()).collect();
    let graph = graph(&sources, Precision::F32, RATE);
    let mut evaluator = Evaluator::new(&graph, seed);
    (0..N).map(|_| evaluator.frame(&[])[ordinal]).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    sum / a.len().min(b.len()) as f64 * 3.0
}

/// Standard deviation of a correlation of N independent samples.
const SPREAD: f64 = 1.0 / 256.0;

#[test]
fn white_noise_is_uniform() {
    for seed in 0..4 {
        let x = stream(seed, 0);
        assert!(x.iter().all(|x| (-1.0..1.0).contains(x)));
        assert_close(x.iter().sum::<f64>() / N as f64, 0.0, 4.0 * SPREAD * 0.577);
        assert_close(rms(&x), (1.0_f64 / 3.0).sqrt(), 0.01);
        let mut cells = [0_u32; 256];
        for x in &x {
            cells[((x + 1.0) * 128.0) as usize] += 1;
        }
        let expected = N as f64 / 256.0;
        let chi: f64 = cells
            .iter()
            .map(|&c| (f64::from(c) - expected).powi(2) / expected)
            .sum();
        // 255 degrees of freedom: mean 255, deviation 22.6; five deviations either way.
        assert!((142.0..368.0).contains(&chi), "chi-square {chi}");
    }
}

#[test]
fn white_noise_does_not_remember() {
    let x = stream(7, 0);
    for lag in (1..64).chain([100, 256, 1024, 4096, 32_768]) {
        assert_close(correlation(&x, &x[lag..]), 0.0, 5.0 * SPREAD * 1.5);
    }
    // Magnitudes too: a hash whose neighbours share bits would show here.
    let loud: Vec<f64> = x.iter().map(|x| (x.abs() - 0.5) * 2.0).collect();
    for lag in 1..32 {
        assert_close(correlation(&loud, &loud[lag..]), 0.0, 5.0 * SPREAD);
    }
}

#[test]
fn white_noise_has_a_flat_spectrum() {
    let spectrum = magnitudes(&stream(3, 0));
    for band in spectrum[1..=N / 2].chunks(N / 128) {
        let power = band.iter().map(|m| m * m).sum::<f64>() / band.len() as f64;
        assert_close(10.0 * (power / (N as f64 / 3.0)).log10(), 0.0, 1.0);
    }
}

#[test]
fn seeds_and_sources_are_streams_of_their_own() {
    let streams = [
        stream(0, 0),
        stream(0, 1),
        stream(0, 2),
        stream(1, 0),
        stream(2, 0),
    ];
    for (i, a) in streams.iter().enumerate() {
        for b in &streams[..i] {
            for lag in 0..16 {
                assert_close(correlation(a, &b[lag..]), 0.0, 5.0 * SPREAD);
                assert_close(correlation(&a[lag..], b), 0.0, 5.0 * SPREAD);
            }
        }
    }
    assert_eq!(streams[3], stream(1, 0));
}

#[test]
fn noise_is_the_same_in_both_widths() {
    let narrow = render(&white_noise(), Precision::F32, 1000, |_| 0.0);
    let wide = render(&white_noise(), Precision::F64, 1000, |_| 0.0);
    assert_eq!(narrow, wide);
}

#[test]
fn a_source_used_twice_is_one_stream() {
    let noise = white_noise();
    let y = render(&(&noise - &noise), Precision::F64, 100, |_| 0.0);
    assert!(y.iter().all(|&x| x == 0.0));
}

#[test]
fn pink_noise_falls_three_decibels_per_octave() {
    let response = magnitudes(&render(
        &pink_filter(Signal::input(0)),
        Precision::F64,
        N,
        impulse,
    ));
    let level = |hz: f64| decibels(response[(hz / RATE * N as f64) as usize]);
    let reference = level(1000.0);
    for octave in -5..=4 {
        let hz = 1000.0 * 2.0_f64.powi(octave);
        let expected = reference - 3.0103 * f64::from(octave);
        assert_close(level(hz), expected, 0.6);
    }
    let pink = render(&pink_noise(), Precision::F32, N, |_| 0.0);
    assert_close(rms(&pink), 0.047, 0.012);
}

#[test]
fn lcg_noise_starts_with_the_numbers_of_the_specification() {
    for width in WIDTHS {
        let y = render(&lcg_noise(), width, 4, |_| 0.0);
        let expected = [5.7487e-6, -0.344_846, -0.695_186, -0.325_039];
        for (y, expected) in y.iter().zip(expected) {
            assert_close(*y, expected, 1e-6);
        }
    }
}
