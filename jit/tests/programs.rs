//! What a program tells about itself.

mod oracle;

use oracle::{compile, strict};
use synthc_ir::signal::{DelayMax, Line, Register, Table};
use synthc_ir::{BuildOptions, Control, Graph, Precision, Signal, feedback, library};
use synthc_jit::{CompileOptions, Compiler, Target, ValueType};

fn built(outputs: &[Signal], precision: Precision) -> Graph {
    let options = BuildOptions {
        precision,
        ..BuildOptions::default()
    };
    Graph::build(outputs, &options).unwrap()
}

#[test]
fn the_layout_has_the_numbers_of_the_source_graph() {
    // The passes drop the first register and the first line: nothing needs them.
    let unused = Register::float(0.25);
    let idle = Line::new(1, DelayMax::Frames(4.0));
    let wasted = unused.bind(&Signal::constant(1.0), &unused.read());
    let wasted = &wasted + idle.bind(&wasted, &idle.read(&Signal::int(2)));
    let line = Line::new(1, DelayMax::Frames(100.0));
    let echo = line.bind(&Signal::input(0), &line.read(&Signal::int(80)));
    let table = Table::read_only(vec![1.0, 2.0, 3.0]);
    let count = Register::long(5);
    let next = count.read() + Signal::long(1);
    let count = count.bind(&next, &next).to_float();
    let kept = count + echo + table.read(&Signal::input(0).to_i32());
    let output = kept + wasted * 0.0 * Signal::int(0);
    let graph = built(&[output], Precision::F64);
    let program = compile::<f64>(&graph, &CompileOptions::default());
    let layout = program.layout();
    assert_eq!(layout.registers().len(), graph.registers().len());
    assert_eq!(layout.lines().len(), graph.lines().len());
    for (slot, register) in layout.registers().iter().zip(graph.registers()) {
        if let Some(slot) = slot {
            let wide = register.ty == synthc_ir::Type::I64;
            assert_eq!(slot.ty == ValueType::I64, wide);
            assert_eq!(slot.offset % slot.ty.bytes(), 0);
        }
    }
    let long = graph
        .registers()
        .iter()
        .position(|r| r.ty == synthc_ir::Type::I64);
    assert!(layout.registers()[long.unwrap()].is_some());
    let echo = graph
        .lines()
        .iter()
        .position(|line| line.max >= 80)
        .unwrap();
    let slot = layout.lines()[echo].expect("a line that is heard");
    assert_eq!(
        (slot.capacity, slot.stride, slot.ty),
        (256, 8, ValueType::F64)
    );
    let table = layout.tables()[0].expect("a table that is read");
    assert_eq!((table.cells, table.written), (3, false));
    assert!(program.state_bytes() >= 128 * 8);
}

#[test]
fn text_is_kept_on_request_only() {
    let graph = built(&[feedback(|y| y * 0.5 + Signal::input(0))], Precision::F32);
    let silent = compile::<f32>(&graph, &strict());
    assert!(silent.text().is_none());
    let keep_text = true;
    let program = compile::<f32>(
        &graph,
        &CompileOptions {
            keep_text,
            ..strict()
        },
    );
    let text = program.text().expect("text was asked for");
    assert_eq!(text.clif.matches("function ").count(), 2);
    assert!(text.clif.contains("fmul"));
    assert!(!text.assembly.is_empty());
    assert_eq!(program.code_bytes(), silent.code_bytes());
    assert!(program.compile_times().total() > std::time::Duration::ZERO);
}

#[test]
fn a_moving_variant_is_made_only_where_a_control_is_smoothed() {
    let smooth = Signal::control(Control::new("cutoff", 0.5, 0.0, 1.0));
    let step = Signal::control(Control::new("gate", 0.5, 0.0, 1.0));
    let moving = CompileOptions {
        moving: true,
        ..strict()
    };
    let program = |signal: &Signal, options: &CompileOptions| {
        compile::<f32>(
            &built(std::slice::from_ref(signal), Precision::F32),
            options,
        )
    };
    assert!(program(&smooth, &moving).has_moving_variant());
    assert!(!program(&smooth, &strict()).has_moving_variant());
    assert!(!program(&step, &moving).has_moving_variant());
}

#[test]
fn minima_and_maxima_are_single_instructions() {
    let limited = Signal::input(0).min(Signal::input(1)).max(Signal::input(2));
    let graph = built(&[limited], Precision::F32);
    let keep_text = true;
    let program = compile::<f32>(
        &graph,
        &CompileOptions {
            keep_text,
            ..strict()
        },
    );
    let assembly = &program.text().expect("text was asked for").assembly;
    if cfg!(target_arch = "x86_64") {
        for instruction in ["minss", "maxss"] {
            assert_eq!(assembly.matches(instruction).count(), 1, "{assembly}");
        }
    }
}

#[test]
fn noise_follows_the_seed_of_the_instance() {
    let [low, high] = Register::noise_key();
    let graph = built(&[low.to_float(), high.to_float()], Precision::F64);
    let program = compile::<f64>(&graph, &strict());
    let first = |seed| {
        let mut state = program.instantiate(seed);
        let (mut low, mut high) = ([0.0; 2], [0.0; 2]);
        program
            .process(&mut state, &[], &mut [&mut low, &mut high], &[])
            .unwrap();
        (low[1], high[1])
    };
    let key = synthc_ir::noise_key(9, 0);
    assert_eq!(
        first(9),
        (f64::from(key as i32), f64::from((key >> 32) as i32))
    );
    assert_ne!(first(9), first(10));
}

#[test]
fn one_thread_or_two_make_the_same_code() {
    let cutoff = Signal::control(Control::new("cutoff", 800.0, 100.0, 4000.0));
    let tone = library::lowpass(library::saw(110.0), cutoff, 4).expect("an even order");
    let graph = Graph::build(&[tone], &BuildOptions::default()).expect("well-formed signals");
    let options = CompileOptions {
        moving: true,
        keep_text: true,
        ..CompileOptions::default()
    };
    let mut compiler = Compiler::new(Target::Host).expect("a code generator");
    let mut made = |concurrent| {
        compiler.set_concurrent(concurrent);
        let program = compiler.compile::<f32>(&graph, &options);
        let program = program.expect("a compilable graph");
        assert!(program.has_moving_variant());
        let text = program.text().expect("kept");
        (
            text.clif.clone(),
            text.assembly.clone(),
            program.code_bytes(),
        )
    };
    let [together, apart, again] = [true, false, true].map(&mut made);
    assert_eq!(together, apart);
    assert_eq!(together, again);
}
