//! Nothing that runs on the audio thread allocates.

mod oracle;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use oracle::{compile, strict};
use synthc_ir::signal::{DelayMax, Line, Register, Table};
use synthc_ir::{BuildOptions, Control, Graph, Signal, feedback};
use synthc_jit::{CompileOptions, host};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn graph() -> Graph {
    let gain = Signal::control(Control::new("gain", 0.5, 0.0, 1.0));
    let gate = Signal::control(Control::new("gate", 0.0, 0.0, 1.0));
    let line = Line::new(1, DelayMax::Frames(1000.0));
    let delayed = line.read(&(&gain * 900.0).to_i32());
    let echo = line.bind(&(Signal::input(0) + &delayed * 0.5), &delayed);
    let table = Table::written(16, 0.25);
    let cell = table.read(&Signal::int(3));
    let cell = table.bind(&(&gate * 20.0).to_i32(), &echo, &cell);
    let [key, _] = Register::noise_key();
    let sum = feedback(|y| y * 0.5 + &cell * &gain.sin()) + key.to_float() * 1e-10;
    Graph::build(&[sum, echo], &BuildOptions::default()).unwrap()
}

#[test]
fn processing_setting_and_resetting_allocate_nothing() {
    for moving in [false, true] {
        let options = CompileOptions { moving, ..strict() };
        let program = compile::<f32>(&graph(), &options);
        let mut state = program.instantiate(3);
        let input = [0.5_f32; 64];
        let ramp: Vec<f32> = (0..64_u8).map(|i| f32::from(i) / 64.0).collect();
        let (mut left, mut right) = ([0.0_f32; 64], [0.0_f32; 64]);
        assert_no_alloc(|| {
            host::flush_denormals(|| {
                for round in 0..20 {
                    state.set_control(round % 2, 0.05 * round as f64);
                    let sources = [Some(&ramp[..]), None];
                    let sources = if round % 3 == 0 { &sources[..] } else { &[] };
                    let mut outputs = [&mut left[..], &mut right[..]];
                    program
                        .process(&mut state, &[&input], &mut outputs, sources)
                        .expect("slices that fit");
                    if round == 10 {
                        state.reset(4);
                    }
                    let refused = program.process(&mut state, &[], &mut outputs, &[]);
                    assert!(refused.is_err());
                }
            });
        });
    }
}
