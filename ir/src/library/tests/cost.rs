//! What a function costs per sample, counted in audio-rate operations, with its slow arguments given
//! by controls: a coefficient that slips into the sample loop is seen here, and so is a stale
//! number in the documentation.

use super::*;
use crate::analysis::{Rate, Rates};
use crate::graph::Op;
use crate::library::*;
use crate::{Control, Smoothing};

fn control(name: &str) -> Signal {
    let mut control = Control::new(name, 0.5, 0.0, 1000.0);
    control.smoothing = Smoothing::None;
    Signal::control(control)
}

/// Audio-rate operations, reads of state not counted.
fn audio_operations(signal: Signal) -> usize {
    let graph = graph(&[signal], Precision::F32, RATE);
    let rates = Rates::infer(&graph);
    graph
        .nodes()
        .filter(|(id, _)| rates.of(*id) == Rate::Audio)
        .filter(|(_, node)| !matches!(node.op, Op::RegisterRead(_) | Op::Input(_)))
        .count()
}

#[test]
fn coefficients_stay_out_of_the_sample_loop() {
    let x = || Signal::input(0);
    let c = control;
    let ordered = |order| lowpass(x(), c("f"), order).expect("offered");
    for (name, signal, operations) in [
        ("phasor", phasor(c("f")), 5),
        ("lf_saw", lf_saw(c("f")), 7),
        ("saw", saw(c("f")), 28),
        ("square", square(c("f"), c("w")), 54),
        ("triangle", triangle(c("f")), 32),
        ("white_noise", white_noise(), 14),
        ("lowpass 1", ordered(1), 5),
        ("lowpass 2", ordered(2), 12),
        ("lowpass 8", ordered(8), 48),
        ("highpass 2", highpass(x(), c("f"), 2).expect("offered"), 17),
        ("resonant", resonant(x(), c("f"), c("q")), 12),
        ("bandpass", bandpass(x(), c("f"), c("q")), 12),
        ("highpass 1", highpass(x(), c("f"), 1).expect("offered"), 6),
        ("notch", notch(x(), c("f"), c("q")), 14),
        ("low shelf", low_shelf(x(), c("f"), c("q"), c("g")), 18),
        ("high shelf", high_shelf(x(), c("f"), c("q"), c("g")), 19),
        ("delay", delay(x(), phasor(c("f"))), 16),
        ("delay cubic", delay_cubic(x(), phasor(c("f"))), 38),
        ("delay all-pass", delay_allpass(x(), phasor(c("f"))), 20),
        (
            "curved adsr",
            adsr_curved(
                c("a"),
                c("d"),
                c("s"),
                c("r"),
                x(),
                &AdsrCurves::all(c("b")),
            ),
            46,
        ),
        ("limiter", limiter(x(), c("c"), c("r")), 7),
        ("wavetable", wavetable_osc([0.0, 1.0], c("f")), 15),
        ("lfo", lfo(c("f"), c("a"), c("b")), 27),
        ("sine_osc", sine_osc(c("f")), 24),
        ("rdtable_cubic", rdtable_cubic([1.0; 9], x()), 34),
        ("saw_sync", saw_sync(c("f"), c("r")), 73),
        ("onepole", onepole(x(), c("f")), 3),
        ("smooth", smooth(x(), c("t")), 3),
        ("adsr", adsr(c("a"), c("d"), c("s"), c("r"), x()), 33),
        ("ar", ar(c("a"), c("r"), x()), 18),
        ("echo", echo(x(), c("t"), c("a")), 7),
        ("reverb", reverb(x(), c("r"), c("d")), 75),
        ("pan", pan(x(), c("p")).0, 1),
        ("bell", bell(x(), c("f"), c("q"), c("g")), 14),
    ] {
        let cost = audio_operations(signal);
        assert_eq!(cost, operations, "{name}");
    }
}
