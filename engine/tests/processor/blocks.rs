//! Host blocks: their size changes no bit, and what is heard is 64 frames behind.

use proptest::prelude::*;
use synthc_engine::event::{Event, NodeKey};
use synthc_engine::plan::{LimiterSpec, NodeSpec, PlanSpec};
use synthc_ir::Signal;
use synthc_ir::library::{sine_osc, white_noise};
use synthc_jit::{Level, Sample};

use crate::support::*;

/// A voice of oscillator, noise and smoothed pitch, and an effect with memory.
fn busy<T: Sample>() -> PlanSpec<T> {
    let pitch = smoothed("pitch", 220.0, 20.0, 2_000.0);
    let voice = gate() * (0.4 * sine_osc(pitch) + 0.1 * white_noise());
    let mut lead = NodeSpec::new(NodeKey(0), "lead", program::<T>(&[voice]));
    lead.voices = 3;
    let tail = synthc_ir::feedback(|y| 0.95 * y + 0.3 * Signal::input(0));
    let echo = NodeSpec::new(NodeKey(1), "echo", program::<T>(&[tail.clone(), -tail]));
    let mut spec = PlanSpec::new(1, RATE);
    spec.nodes = vec![lead, echo];
    spec.sends = vec![send(0, 1, 0.7)];
    spec.limiter = Some(LimiterSpec::default());
    spec
}

fn melody() -> Vec<Event> {
    (0..60u64)
        .flat_map(|n| {
            let frame = n * 97 + n % 5;
            [
                on(frame, n, 0, &[(1, 100.0 + 10.0 * (n % 17) as f64)]),
                off(frame + 150, n),
                value(frame + 31, 0, 1, 300.0),
            ]
        })
        .collect()
}

fn render<T: Sample>(size: usize) -> Vec<T> {
    let mut rig = Rig::playing(busy());
    rig.send(&melody());
    rig.interleaved(8192, size, 2)
}

fn bits<T: Sample>(samples: &[T]) -> Vec<u64> {
    samples.iter().map(|x| x.to_f64().to_bits()).collect()
}

fn any_size_gives_the_same_bits<T: Sample>() {
    let reference = bits(&render::<T>(64));
    assert!(reference.iter().any(|&x| x != 0));
    for size in [1, 17, 480, 4096, 8192] {
        assert_eq!(bits(&render::<T>(size)), reference, "host blocks of {size}");
    }
}

#[test]
fn the_hosts_block_size_changes_no_bit_in_f32() {
    any_size_gives_the_same_bits::<f32>();
}

#[test]
fn the_hosts_block_size_changes_no_bit_in_f64() {
    any_size_gives_the_same_bits::<f64>();
}

#[test]
fn the_host_hears_everything_exactly_64_frames_late() {
    for size in [1, 17, 64, 480, 4096] {
        let mut direct = Rig::<f64>::playing(busy());
        direct.send(&melody());
        let [left, right] = direct.blocks(127);
        let heard = render::<f64>(size);
        assert!(heard[..128].iter().all(|&x| x == 0.0));
        for (frame, sides) in heard[128..].chunks(2).enumerate() {
            assert_eq!(
                sides,
                [left[frame], right[frame]],
                "frame {frame} at {size}"
            );
        }
    }
}

#[test]
fn one_channel_gets_the_mean_and_channels_after_the_second_are_silent() {
    let stereo = [Signal::constant(0.5), Signal::constant(0.25)];
    let plan = || spec(1, vec![node(0, "drone", &stereo)]);
    assert_eq!(Rig::playing(plan()).interleaved(65, 65, 1)[64], 0.375);
    let four = Rig::playing(plan()).interleaved(65, 65, 4);
    assert_eq!(four[256..], [0.5, 0.25, 0.0, 0.0]);
    assert!(Rig::playing(plan()).interleaved(0, 1, 2).is_empty());
    let mut uneven = [1.0; 131];
    let mut rig = Rig::playing(plan());
    rig.processor.process_interleaved(&mut uneven, 2);
    assert_eq!(uneven[128..], [0.5, 0.25, 0.0]);
    rig.processor.process_interleaved(&mut uneven, 0);
    assert_eq!(uneven, [0.0; 131]);
}

#[test]
fn planar_output_is_the_interleaved_one_in_other_order() {
    let interleaved = render::<f32>(100);
    let mut rig = Rig::<f32>::playing(busy());
    rig.send(&melody());
    let mut sides = [[0.0f32; 8192], [0.0; 8192]];
    let [left, right] = &mut sides;
    rig.processor.process_planar(&mut [left, right]);
    for (frame, pair) in interleaved.chunks(2).enumerate() {
        assert_eq!([sides[0][frame], sides[1][frame]], pair);
    }
}

#[test]
fn a_processor_without_a_plan_is_silent() {
    let mut rig = Rig::<f32>::new();
    rig.send(&[on(3, 1, 0, &[])]);
    assert!(rig.interleaved(1000, 77, 2).iter().all(|&x| x == 0.0));
}

#[test]
fn events_of_another_node_change_no_bit_in_strict_mode() {
    let heard = |unrelated: &[Event]| {
        let pitch = smoothed("pitch", 220.0, 20.0, 2_000.0);
        let voice = gate() * (0.4 * sine_osc(pitch) + 0.1 * white_noise());
        let tail = synthc_ir::feedback(|y| 0.95 * y + 0.3 * Signal::input(0));
        let strict = |outputs: &[Signal]| program_at::<f32>(Level::Strict, outputs);
        let mut spec = PlanSpec::new(1, RATE);
        spec.nodes = vec![
            NodeSpec::new(NodeKey(0), "lead", strict(&[voice])),
            NodeSpec::new(NodeKey(1), "echo", strict(&[tail])),
            NodeSpec::new(NodeKey(2), "other", strict(&[0.0 * stepping("x", 0.0)])),
        ];
        spec.sends = vec![send(0, 1, 0.7)];
        let mut rig = Rig::playing(spec);
        rig.send(&melody());
        rig.send(unrelated);
        rig.interleaved(4096, 512, 2)
    };
    let splits: Vec<Event> = (0..300).map(|n| value(n * 13 + 1, 2, 0, 1.0)).collect();
    assert_eq!(bits(&heard(&splits)), bits(&heard(&[])));
}

#[test]
fn noise_differs_by_voice_node_and_seed_and_by_nothing_else() {
    let hiss = |key: u32, name: &str, seed: u64| {
        let mut plan = spec(1, vec![node(key, name, &[white_noise()])]);
        plan.seed = seed;
        Rig::playing(plan).blocks(4)[0].clone()
    };
    let one = hiss(0, "hiss", 7);
    assert_eq!(one, hiss(5, "hiss", 7));
    for other in [hiss(0, "hiss", 8), hiss(0, "wind", 7)] {
        let product: f64 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
        let power: f64 = one.iter().map(|a| a * a).sum();
        assert!((product / power).abs() < 0.3);
    }
    let mut two = node(0, "hiss", &[white_noise()]);
    two.voices = 2;
    let [both, _] = Rig::playing(spec(1, vec![two])).blocks(4);
    let power = |signal: &[f64]| signal.iter().map(|x| x * x).sum::<f64>();
    let ratio = power(&both) / power(&hiss(0, "hiss", 0));
    assert!((1.5..2.5).contains(&ratio), "voices add in power: {ratio}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_sequence_of_sizes_gives_the_same_bits(
        sizes in proptest::collection::vec(1usize..700, 1..20)
    ) {
        let total: usize = sizes.iter().sum();
        let mut whole = Rig::<f32>::playing(busy());
        whole.send(&melody());
        let reference = whole.interleaved(total, total, 2);
        let mut pieces = Rig::<f32>::playing(busy());
        pieces.send(&melody());
        let mut heard = Vec::new();
        for size in sizes {
            heard.extend(pieces.interleaved(size, size, 2));
        }
        prop_assert_eq!(bits(&heard), bits(&reference));
    }
}
