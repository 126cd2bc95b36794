//! Code of dropped programs comes back; code lives as long as somebody can call it.

mod oracle;

use synthc_ir::{BuildOptions, Graph, Signal, feedback};
use synthc_jit::{CompileOptions, Compiler, Target};

fn graph(n: usize) -> Graph {
    let gain = 1.0 / (2.0 + n as f64);
    let y = feedback(|y| gain * y + Signal::input(0));
    Graph::build(&[y], &BuildOptions::default()).unwrap()
}

fn compiled(compiler: &mut Compiler, n: usize) -> synthc_jit::Program<f32> {
    let options = CompileOptions::default();
    compiler
        .compile(&graph(n), &options)
        .expect("a compilable graph")
}

/// Resident memory of this process in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[test]
fn five_thousand_programs_come_and_go_in_bounded_memory() {
    let mut compiler = Compiler::new(Target::Host).unwrap();
    let mut alive = std::collections::VecDeque::new();
    #[cfg(target_os = "linux")]
    let mut settled = 0;
    for n in 0..5000 {
        alive.push_back(compiled(&mut compiler, n));
        if alive.len() > 20 {
            alive.pop_front();
        }
        #[cfg(target_os = "linux")]
        if n == 500 {
            settled = resident();
        }
    }
    let usage = compiler.code_memory();
    assert!(usage.used <= 21 * 16_384, "{usage:?}");
    assert!(usage.reserved <= 4 << 20, "{usage:?}");
    #[cfg(target_os = "linux")]
    {
        let grown = resident().saturating_sub(settled);
        assert!(
            grown < 8 << 20,
            "{grown} bytes more than after 500 programs"
        );
    }
    alive.clear();
    assert_eq!(compiler.code_memory().used, 0);
}

#[test]
fn code_lives_until_the_last_clone_and_state_are_gone() {
    let mut compiler = Compiler::new(Target::Host).unwrap();
    let program = compiled(&mut compiler, 0);
    let used = compiler.code_memory().used;
    assert!(used > 0);
    let clone = program.clone();
    let mut state = program.instantiate(0);
    drop(program);
    let mut output = [0.0; 3];
    clone
        .process(&mut state, &[&[1.0; 3]], &mut [&mut output], &[])
        .unwrap();
    assert_eq!(output, [1.0, 1.5, 1.75]);
    drop(clone);
    assert_eq!(compiler.code_memory().used, used);
    drop(state);
    assert_eq!(compiler.code_memory().used, 0);
}

#[test]
fn programs_outlive_their_compiler() {
    let program = compiled(&mut Compiler::new(Target::Host).unwrap(), 0);
    let mut state = program.instantiate(0);
    let mut output = [0.0; 1];
    program
        .process(&mut state, &[&[2.0]], &mut [&mut output], &[])
        .unwrap();
    assert_eq!(output, [2.0]);
}
