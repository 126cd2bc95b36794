//! Every error of building is provoked once, by what a user could write.

use std::sync::Arc;

use synthc_ir::signal::{DelayMax, Line, Register, Table};
use synthc_ir::{
    BuildError, BuildOptions, Control, Graph, Precision, Signal, Site, Smoothing, feedback,
};

fn refusal(outputs: &[Signal]) -> BuildError {
    Graph::build(outputs, &BuildOptions::default()).expect_err("a refused program")
}

fn site(line: u32) -> Arc<Site> {
    Arc::new(Site::new("patch.krs", line, 5))
}

fn line_of(error: &BuildError) -> Option<u32> {
    error.site().map(|site| site.line)
}

#[test]
fn no_output() {
    assert!(matches!(refusal(&[]), BuildError::NoOutput));
}

#[test]
fn a_sample_rate_that_no_device_runs_at() {
    for sample_rate in [0.0, -48_000.0, 2e6, f64::NAN, f64::INFINITY] {
        let options = BuildOptions {
            sample_rate,
            ..BuildOptions::default()
        };
        let error = Graph::build(&[Signal::input(0)], &options).expect_err("a refused rate");
        assert!(matches!(error, BuildError::SampleRate { .. }), "{error}");
    }
}

#[test]
fn a_constant_that_is_no_number_is_found_wherever_it_hides() {
    let nan = f64::NAN;
    let error = refusal(&[(Signal::input(0) * nan).at(site(3))]);
    assert!(matches!(error, BuildError::NotFinite { value, .. } if value.is_nan()));
    assert_eq!(line_of(&error), Some(3));
    let register = Register::float(f64::INFINITY);
    let read = register.read();
    let phase = Register::phase(nan);
    let phase_read = phase.read();
    let table = Table::written(4, nan);
    let table_read = table.read(&Signal::int(0));
    for hidden in [
        register.bind(&read, &read),
        phase.bind(&phase_read, &phase_read),
        Table::read_only(vec![0.0, nan]).read(&Signal::int(0)),
        table.bind(&Signal::int(0), &Signal::input(0), &table_read),
    ] {
        let error = refusal(&[hidden]);
        assert!(matches!(error, BuildError::NotFinite { .. }), "{error}");
    }
}

#[test]
fn one_name_for_two_controls() {
    let first = Signal::control(Control::new("cutoff", 0.5, 0.0, 1.0)).at(site(1));
    let second = Signal::control(Control::new("cutoff", 0.5, 0.0, 2.0)).at(site(2));
    let error = refusal(&[first + second]);
    let text = error.to_string();
    assert!(text.contains("init 0.5 in [0, 1]"), "{text}");
    assert!(text.contains("init 0.5 in [0, 2]"), "{text}");
    assert_eq!(line_of(&error), Some(2));
    let BuildError::ControlConflict { first_site, .. } = error else {
        panic!("another error: {error}");
    };
    assert_eq!(first_site.map(|site| site.line), Some(1));
}

#[test]
fn equal_declarations_of_one_name_are_one_control() {
    let control = || Signal::control(Control::new("cutoff", 0.5, 0.0, 1.0));
    let graph = Graph::build(&[control() + control()], &BuildOptions::default());
    assert_eq!(graph.expect("a good program").controls().len(), 1);
}

#[test]
fn a_control_without_a_range() {
    let with = |init, lo, hi| Control::new("level", init, lo, hi);
    let smoothing = |smoothing| Control {
        smoothing,
        ..with(0.0, 0.0, 1.0)
    };
    let step = Control {
        step: f64::NAN,
        ..with(0.0, 0.0, 1.0)
    };
    for (control, problem) in [
        (with(2.0, 0.0, 1.0), "init is 2, outside [0, 1]"),
        (with(0.5, 1.0, 0.0), "lo is 1, above hi = 0"),
        (with(f64::NAN, 0.0, 1.0), "init is NaN"),
        (step, "step is NaN"),
        (
            smoothing(Smoothing::Seconds(-1.0)),
            "smooth is a time of -1 s",
        ),
    ] {
        let text = refusal(&[Signal::control(control)]).to_string();
        assert!(text.contains(problem), "{text}");
    }
}

#[test]
fn an_input_beyond_the_given_number() {
    let options = BuildOptions {
        inputs: Some(2),
        ..BuildOptions::default()
    };
    let error = Graph::build(&[Signal::input(2)], &options).expect_err("a refused input");
    assert!(matches!(
        error,
        BuildError::Input {
            index: 2,
            count: 2,
            ..
        }
    ));
}

#[test]
fn state_that_is_read_and_never_written() {
    let reads = [
        (Register::float(0.0).read(), "register"),
        (
            Line::new(1, DelayMax::Frames(4.0)).read(&Signal::int(1)),
            "delay line",
        ),
        (Table::written(4, 0.0).read(&Signal::int(1)), "table"),
    ];
    for (read, name) in reads {
        let error = refusal(&[read]);
        assert!(
            matches!(error, BuildError::Unbound { what, .. } if what == name),
            "{error}"
        );
    }
}

#[test]
fn state_that_is_written_twice() {
    let x = Signal::input(0);
    let register = Register::float(0.0);
    let line = Line::new(1, DelayMax::Frames(4.0));
    let table = Table::written(4, 0.0);
    let twice = [
        (register.bind(&x, &register.bind(&x, &x)), "register"),
        (line.bind(&x, &line.bind(&x, &x)), "delay line"),
        (table.bind(&x, &x, &table.bind(&x, &x, &x)), "table"),
    ];
    for (signal, name) in twice {
        let error = refusal(&[signal]);
        assert!(
            matches!(error, BuildError::BoundTwice { what, .. } if what == name),
            "{error}"
        );
    }
}

#[test]
fn a_bind_that_is_used_twice_is_one_bind() {
    let x = feedback(|y| y * 0.5 + Signal::input(0));
    assert!(Graph::build(&[&x + &x, x], &BuildOptions::default()).is_ok());
}

#[test]
fn delays_without_length_and_delays_beyond_the_limit() {
    let delay = |min, max| {
        let line = Line::new(min, max);
        let read = line.read(&Signal::input(1));
        refusal(&[line.bind(&Signal::input(0), &read)])
    };
    for frames in [0.0, -1.0, f64::NAN] {
        let error = delay(0, DelayMax::Frames(frames));
        assert!(matches!(error, BuildError::DelayEmpty { .. }), "{error}");
    }
    for (min, max) in [
        (0, DelayMax::Frames(1e9)),
        (0, DelayMax::Seconds(1e5)),
        (u32::MAX, DelayMax::Frames(4.0)),
        (0, DelayMax::Of(Signal::constant(1e12))),
    ] {
        let error = delay(min, max);
        assert!(matches!(error, BuildError::DelayTooLong { .. }), "{error}");
    }
}

#[test]
fn tables_without_cells_and_tables_beyond_the_limit() {
    let empty = Table::read_only(Vec::new()).read(&Signal::int(0));
    assert!(matches!(
        refusal(&[empty]),
        BuildError::TableSize { cells: 0, .. }
    ));
    let huge = Table::written(u32::MAX, 0.0);
    let read = huge.read(&Signal::int(0));
    let error = refusal(&[huge.bind(&Signal::int(0), &Signal::input(0), &read)]);
    assert!(matches!(error, BuildError::TableSize { .. }), "{error}");
}

#[test]
fn a_loop_without_delay() {
    let line = Line::new(0, DelayMax::Frames(4.0));
    let read = line.read(&Signal::int(2));
    let looped = line.bind(&(&read * 0.5), &read).at(site(7));
    let error = refusal(&[looped]);
    assert!(matches!(error, BuildError::Cycle(_)), "{error}");
    assert_eq!(line_of(&error), Some(7));
    let delayed = Line::new(1, DelayMax::Frames(4.0));
    let read = delayed.read(&Signal::int(2));
    let looped = delayed.bind(&(&read * 0.5), &read);
    assert!(Graph::build(&[looped], &BuildOptions::default()).is_ok());
}

#[test]
fn a_program_builds_in_either_width() {
    for precision in [Precision::F32, Precision::F64] {
        let options = BuildOptions {
            precision,
            ..BuildOptions::default()
        };
        let graph = Graph::build(&[Signal::input(0).sin_turns()], &options);
        graph
            .expect("a good program")
            .verify()
            .expect("a good graph");
    }
}
