//! The loops of compiled code as machine code: nothing in them is called, and nothing is spilled to the stack
//! and loaded again but what is listed here.
//!
//! Buffers between loops and rows of banks are on the stack, too; what lies beyond them is the register
//! allocator's. The listing is of x86-64.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::print_stdout, reason = "the loops are there to be read")]

mod oracle;

use oracle::compile;
use synthc_ir::library::{adsr, lf_saw, lowpass, reverb, sine_osc};
use synthc_ir::{BuildOptions, Control, Graph, Signal};
use synthc_jit::CompileOptions;

/// What may be found in the loops of a patch.
struct Allowed {
    spills: usize,
    reason: &'static str,
}

const NOTHING: Allowed = Allowed {
    spills: 0,
    reason: "",
};

fn control(name: &str, init: f64, lo: f64, hi: f64) -> Signal {
    Signal::control(Control::new(name, init, lo, hi))
}

fn kick() -> Signal {
    let gate = control("gate", 1.0, 0.0, 1.0);
    let envelope = adsr(0.002, 0.3, 0.2, 0.06, gate);
    sine_osc(48.0 + &envelope * 180.0) * envelope * 0.9
}

fn bass(frequency: Signal) -> Signal {
    let gate = control("gate", 1.0, 0.0, 1.0);
    let cutoff = control("cutoff", 800.0, 100.0, 4000.0);
    let filtered = lowpass(lf_saw(frequency), cutoff, 2).expect("an even order");
    filtered * adsr(0.005, 0.15, 0.3, 0.08, gate) * 0.5
}

fn poly64() -> Signal {
    let voice = |i: u32| bass(Signal::from(55.0 * (f64::from(i) / 12.0).exp2()));
    let voices = (0..64).map(voice).reduce(|a, b| a + b);
    voices.expect("voices") / 64.0
}

/// The instructions between the head of each loop and the last jump back to it, function by function.
fn loops(assembly: &str) -> Vec<Vec<&str>> {
    let mut loops = Vec::new();
    let mut heads: Vec<(&str, usize)> = Vec::new();
    let mut body: Vec<&str> = Vec::new();
    let mut cold = false;
    for line in assembly.lines() {
        if let Some(name) = line.strip_suffix(':') {
            let number = name.trim().trim_start_matches("block");
            if number == "0" {
                heads.clear();
                body.clear();
                cold = false;
            }
            heads.push((number, body.len()));
            continue;
        }
        // What follows the end of a function is rarely run.
        cold |= line.trim() == "retq";
        if cold {
            continue;
        }
        body.push(line.trim());
        let targets = line.split("label").skip(1);
        for target in targets {
            let number = target.split(|c: char| !c.is_ascii_digit()).next();
            let head = heads.iter().find(|(head, _)| Some(*head) == number);
            if let (Some(&(_, first)), true) = (head, line.contains('j')) {
                loops.push(body[first..].to_vec());
            }
        }
    }
    loops
}

/// Bytes of the stack that the code asks for itself: buffers and rows. They lie below everything else.
fn declared_bytes(clif: &str) -> usize {
    let sizes = clif.split("explicit_slot ").skip(1);
    let sizes = sizes.filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let sizes = sizes.filter_map(|size| size.parse::<usize>().ok());
    sizes.map(|bytes| bytes.next_multiple_of(16)).sum()
}

/// Whether an instruction goes to the stack beyond what was declared.
fn is_spill(line: &str, declared: usize) -> bool {
    let Some((before, _)) = line.split_once("(%rsp") else {
        return false;
    };
    let offset = before.rsplit(['+', ' ']).next().unwrap_or_default();
    let offset = offset.trim_start_matches("0x");
    usize::from_str_radix(offset, 16).unwrap_or(0) >= declared
}

fn check(name: &str, output: &Signal, lanes: usize, allowed: &Allowed) {
    let outputs = std::slice::from_ref(output);
    let graph = Graph::build(outputs, &BuildOptions::default()).expect("well-formed signals");
    let options = CompileOptions {
        lanes,
        keep_text: true,
        ..CompileOptions::default()
    };
    let program = compile::<f32>(&graph, &options);
    let text = program.text().expect("kept");
    let loops = loops(&text.assembly);
    let declared = declared_bytes(&text.clif);
    assert!(
        !loops.is_empty(),
        "{name}: no loop found in\n{}",
        text.assembly
    );
    let mut spills = 0;
    for (index, body) in loops.iter().enumerate() {
        println!("{name}, loop {index}: {} instructions", body.len());
        for line in body {
            println!("    {line}");
            assert!(
                !line.starts_with("call"),
                "{name}, loop {index} calls: {line}"
            );
            spills += usize::from(is_spill(line, declared));
        }
    }
    assert!(
        spills <= allowed.spills,
        "{name}: {spills} spills in loops, {} are allowed ({})",
        allowed.spills,
        allowed.reason
    );
}

#[test]
fn the_loops_of_a_kick_neither_call_nor_spill() {
    check("kick", &kick(), 1, &NOTHING);
}

#[test]
fn the_loops_of_a_bass_neither_call_nor_spill() {
    let frequency = control("freq", 55.0, 20.0, 800.0);
    check("bass", &bass(frequency), 1, &NOTHING);
}

#[test]
fn the_loops_of_a_reverb_do_not_call_and_spill_pointers_only() {
    let output = reverb(Signal::input(0), control("room", 0.7, 0.0, 1.0), 0.5) * 0.8;
    let allowed = Allowed {
        spills: 20,
        reason: "the pointers of twelve delay buffers are more than the general registers hold",
    };
    check("reverb", &output, 1, &allowed);
}

#[test]
fn the_loops_of_sixty_four_voices_do_not_call_and_spill_only_what_they_share() {
    let allowed = Allowed {
        spills: 80,
        reason: "operands that all voices of a bank share are loaded again for each four of them",
    };
    check("poly64", &poly64(), 1, &allowed);
}

#[test]
fn the_loop_of_voices_in_lanes_neither_calls_nor_spills() {
    let frequency = control("freq", 55.0, 20.0, 800.0);
    check("voices", &bass(frequency), 8, &NOTHING);
}
