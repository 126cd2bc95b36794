//! Which recurrences are one, and which stay apart.

use super::{INPUTS, becomes, graph};
use crate::Graph;
use crate::graph::RegisterId;
use crate::pass::{Equals, Level, optimize, optimize_with_origin};

/// Two one-pole filters whose registers are %2 and %6, and what they take next %5 and %9.
fn two_filters(registers: &str, second: &str, output: &str) -> String {
    format!(
        "{registers}%0 = input 0\n%1 = float 0.5\n%2 = register r0\n%3 = mul %2 %1\n%5 = add %0 %3
        %6 = register r1\n{second}\noutput %5\noutput {output}"
    )
}

#[test]
fn equal_recurrences_are_one() {
    let apart = "register r0 float 0.0 next %5\nregister r1 \"other\" float 0.0 next %9\n";
    let pass = |graph: &Graph| optimize(graph, Level::Strict);
    let one = "register r0 float 0.0 next %5\n%0 = input 0\n%1 = float 0.5\n%2 = register r0
        %3 = mul %2 %1\n%5 = add %0 %3\noutput %5\noutput %5";
    // Whatever the order of the operands.
    for second in [
        "%7 = mul %6 %1\n%9 = add %0 %7",
        "%7 = mul %1 %6\n%9 = add %7 %0",
    ] {
        becomes("f64", pass, &two_filters(apart, second, "%9"), one);
    }
    let before = graph(
        "f64",
        &two_filters(apart, "%7 = mul %6 %1\n%9 = add %0 %7", "%9"),
    );
    let merged = optimize_with_origin(&before, Level::Optimized, Equals::Merged);
    assert_eq!(merged.origin.registers, [RegisterId::new(0)]);
    assert_eq!(
        merged.origin.merged,
        [(RegisterId::new(1), RegisterId::new(0))]
    );
    let kept = optimize_with_origin(&before, Level::Optimized, Equals::Apart);
    assert_eq!(kept.origin.registers.len(), 2);
    assert_eq!(kept.origin.merged, []);
}

#[test]
fn recurrences_that_read_each_other_crosswise_are_one() {
    let before = "register r0 float 0.0 next %5\nregister r1 float 0.0 next %7
        %0 = input 0\n%1 = float 0.5\n%2 = register r0\n%3 = register r1
        %4 = mul %3 %1\n%5 = add %0 %4\n%6 = mul %2 %1\n%7 = add %0 %6\noutput %5\noutput %7";
    let after = "register r0 float 0.0 next %5\n%0 = input 0\n%1 = float 0.5\n%2 = register r0
        %4 = mul %2 %1\n%5 = add %0 %4\noutput %5\noutput %5";
    becomes("f64", |graph| optimize(graph, Level::Strict), before, after);
}

#[test]
fn recurrences_that_differ_stay_apart() {
    let same = "%7 = mul %6 %1\n%9 = add %0 %7";
    let init = |first: &str, second: &str| {
        format!("register r0 {first} next %5\nregister r1 {second} next %9\n")
    };
    let apart = [
        // In what they begin with, in their input, or in a factor.
        two_filters(&init("float 0.0", "float 1.0"), same, "%9"),
        two_filters(&init("float 0.0", "float -0.0"), same, "%9"),
        two_filters(
            &init("float 0.0", "float 0.0"),
            "%4 = input 1\n%7 = mul %6 %1\n%9 = add %4 %7",
            "%9",
        ),
        two_filters(
            &init("float 0.0", "float 0.0"),
            "%4 = float 0.25\n%7 = mul %6 %4\n%9 = add %0 %7",
            "%9",
        ),
    ];
    for body in &apart {
        becomes("f64", |graph| optimize(graph, Level::Strict), body, body);
    }
    // Noise has keys of its own.
    let keys = "register r0 i32 noise 0 low next %0\nregister r1 i32 noise 1 low next %1
        %0 = register r0\n%1 = register r1\n%2 = xor %0 %1\n%3 = i32_to_float %2\noutput %3";
    becomes("f64", |graph| optimize(graph, Level::Strict), keys, keys);
}

#[test]
fn a_difference_is_followed_from_register_to_register() {
    // Two chains of registers whose first links take different inputs.
    let chains = |links: usize| {
        let mut text = String::new();
        for link in 0..links {
            let next = |chain: usize| if link == 0 { chain } else { 2 * link + chain };
            text += &format!("register r{} float 0.0 next %{}\n", 2 * link, next(0));
            text += &format!("register r{} float 0.0 next %{}\n", 2 * link + 1, next(1));
        }
        text += INPUTS;
        for register in 0..2 * links {
            text += &format!("%{} = register r{register}\n", register + 2);
        }
        text + &format!("output %{}\noutput %{}", 2 * links, 2 * links + 1)
    };
    for links in [1, 2, 5, 40] {
        let body = chains(links);
        becomes("f64", |graph| optimize(graph, Level::Strict), &body, &body);
    }
}
