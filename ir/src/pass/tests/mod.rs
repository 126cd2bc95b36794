//! Every identity once, text against text. Dead code is dropped from results, so that a case
//! shows what a pass means and not what it leaves behind.

mod bounds;
mod merge;

use super::{Equals, Level, Origin, contract, cse, dce, fold, optimize, optimize_with_origin};
use super::{reassociate, shape, simplify, strength};
use crate::graph::{LineId, RegisterId, TableId};
use crate::signal::Register;
use crate::{BuildOptions, Evaluator, Graph, Precision, Signal};

fn graph(width: &str, body: &str) -> Graph {
    let text = format!("graph {width} 48000 inputs 2 {{\n{body}\n}}");
    let graph = Graph::parse(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    graph
        .verify()
        .unwrap_or_else(|error| panic!("{error} in {text}"));
    graph
}

#[track_caller]
fn becomes(width: &str, pass: impl Fn(&Graph) -> Graph, before: &str, after: &str) {
    let result = pass(&graph(width, before));
    result.verify().expect("a well-formed result");
    let (result, _) = dce(&result);
    assert_eq!(result.to_string(), dce(&graph(width, after)).0.to_string());
}

const INPUTS: &str = "%0 = input 0\n%1 = input 1\n";

/// One operation on inputs %0 and %1 (and more lines), at a level, in f64.
#[track_caller]
fn simplifies(level: Level, before: &str, after: &str) {
    let tail = |body: &str| format!("{INPUTS}{body}");
    let pass = |graph: &Graph| simplify(graph, level);
    becomes("f64", pass, &tail(before), &tail(after));
}

#[track_caller]
fn exactly(before: &str, after: &str) {
    simplifies(Level::Strict, before, after);
}

#[track_caller]
fn stays(level: Level, body: &str) {
    simplifies(level, body, body);
}

#[test]
fn constants_fold_in_the_width_of_the_graph() {
    let before = "%0 = float 0.1\n%1 = float 0.2\n%2 = add %0 %1\noutput %2";
    becomes(
        "f64",
        fold,
        before,
        "%0 = float 0.30000000000000004\noutput %0",
    );
    becomes("f32", fold, before, "%0 = float 0.3\noutput %0");
    let before = "%0 = sample_rate\n%1 = float 0.5\n%2 = mul %0 %1\noutput %2";
    becomes("f32", fold, before, "%0 = float 24000.0\noutput %0");
    let before = "%0 = float 1e30\n%1 = mul %0 %0\n%2 = neg %1\noutput %2";
    becomes("f32", fold, before, "%0 = float -inf\noutput %0");
}

#[test]
fn every_kind_of_operation_folds() {
    let before = "%0 = i32 5\n%1 = i32 -3\n%2 = max %1 %0\n%3 = gt %2 %1\n%4 = bool_to_float %3
        %5 = fma %4 %4 %4\n%6 = i32_to_float %2\n%7 = div %6 %5\noutput %7";
    becomes("f64", fold, before, "%0 = float 2.5\noutput %0");
    let before = "table t0 [1.0 2.0 3.0]\n%0 = i32 9\n%1 = table t0 %0\noutput %1";
    becomes("f64", fold, before, "%0 = float 3.0\noutput %0");
}

#[test]
fn nothing_folds_to_nan() {
    let body = "%0 = float 0.0\n%1 = div %0 %0\noutput %1";
    becomes("f64", fold, body, body);
}

#[test]
fn neutral_operands_go_where_every_bit_is_kept() {
    exactly("%2 = float 1.0\n%3 = mul %0 %2\noutput %3", "output %0");
    exactly("%2 = float 1.0\n%3 = div %0 %2\noutput %3", "output %0");
    exactly("%2 = float 0.0\n%3 = sub %0 %2\noutput %3", "output %0");
    exactly("%2 = float -0.0\n%3 = add %0 %2\noutput %3", "output %0");
    exactly(
        "%2 = float -1.0\n%3 = mul %0 %2\noutput %3",
        "%2 = neg %0\noutput %2",
    );
    exactly(
        "%2 = float -0.0\n%3 = sub %2 %0\noutput %3",
        "%2 = neg %0\noutput %2",
    );
    exactly(
        "%2 = float 1.0\n%3 = fma %0 %2 %1\noutput %3",
        "%2 = add %0 %1\noutput %2",
    );
}

#[test]
fn what_would_lose_a_sign_or_a_nan_stays_in_strict_mode() {
    stays(Level::Strict, "%2 = float 0.0\n%3 = add %0 %2\noutput %3");
    stays(Level::Strict, "%2 = float 0.0\n%3 = mul %0 %2\noutput %3");
    stays(Level::Strict, "%2 = float 0.0\n%3 = sub %2 %0\noutput %3");
    stays(Level::Strict, "%2 = sub %0 %0\noutput %2");
    stays(Level::Strict, "%2 = sub %0 %1\n%3 = neg %2\noutput %3");
    stays(
        Level::Strict,
        "%2 = float 0.1\n%3 = mul %0 %2\n%4 = mul %3 %2\noutput %4",
    );
    stays(
        Level::Strict,
        "%2 = lt %0 %1\n%3 = not %2\n%4 = bool_to_float %3\noutput %4",
    );
    stays(
        Level::Strict,
        "%2 = eq %0 %0\n%3 = bool_to_float %2\noutput %3",
    );
}

#[test]
fn signs_cancel_and_merge() {
    exactly("%2 = neg %0\n%3 = neg %2\noutput %3", "output %0");
    exactly(
        "%2 = neg %0\n%3 = add %1 %2\noutput %3",
        "%2 = sub %1 %0\noutput %2",
    );
    exactly(
        "%2 = neg %0\n%3 = add %2 %1\noutput %3",
        "%2 = sub %1 %0\noutput %2",
    );
    exactly(
        "%2 = neg %0\n%3 = sub %1 %2\noutput %3",
        "%2 = add %1 %0\noutput %2",
    );
    exactly(
        "%2 = neg %0\n%3 = neg %1\n%4 = mul %2 %3\noutput %4",
        "%2 = mul %0 %1\noutput %2",
    );
    exactly(
        "%2 = neg %0\n%3 = float 3.0\n%4 = mul %2 %3\noutput %4",
        "%2 = float -3.0\n%3 = mul %0 %2\noutput %3",
    );
    exactly(
        "%2 = neg %0\n%3 = abs %2\noutput %3",
        "%2 = abs %0\noutput %2",
    );
}

#[test]
fn rounding_twice_is_rounding_once() {
    exactly(
        "%2 = floor %0\n%3 = nearest %2\noutput %3",
        "%2 = floor %0\noutput %2",
    );
    exactly(
        "%2 = trunc %0\n%3 = float_to_i32 %2\n%4 = i32_to_float %3\n%5 = ceil %4\noutput %5",
        "%2 = float_to_i32 %0\n%3 = i32_to_float %2\noutput %3",
    );
}

#[test]
fn bounds_merge() {
    exactly("%2 = min %0 %0\noutput %2", "output %0");
    exactly(
        "%2 = float 2.0\n%3 = float 1.0\n%4 = min %0 %2\n%5 = min %4 %3\noutput %5",
        "%2 = float 1.0\n%3 = min %0 %2\noutput %3",
    );
    exactly(
        "%2 = float 2.0\n%3 = float 1.0\n%4 = max %0 %2\n%5 = max %4 %3\noutput %5",
        "%2 = float 2.0\n%3 = max %0 %2\noutput %3",
    );
    stays(
        Level::Strict,
        "%2 = float 0.0\n%3 = float -0.0\n%4 = min %0 %2\n%5 = min %4 %3\noutput %5",
    );
    // A NaN bound hides the operand, and the next bound hides the NaN.
    for (inner, outer) in [("NaN", "1.0"), ("1.0", "NaN")] {
        for bound in ["min", "max"] {
            stays(
                Level::Optimized,
                &format!(
                    "%2 = float {inner}\n%3 = float {outer}\n%4 = {bound} %0 %2\n%5 = {bound} %4 %3\noutput %5"
                ),
            );
        }
    }
}

#[test]
fn integers_wrap_and_so_reassociate() {
    let wrap = |x: &str| format!("%2 = float_to_i32 %0\n%3 = float_to_i32 %1\n{x}");
    let exactly = |before: &str, after: &str| exactly(&wrap(before), &wrap(after));
    let end = "%9 = i32_to_float %8\noutput %9";
    exactly(
        &format!("%4 = i32 7\n%5 = i32 -2\n%6 = add %2 %4\n%8 = sub %6 %5\n{end}"),
        &format!("%4 = i32 9\n%8 = add %2 %4\n{end}"),
    );
    exactly(
        &format!("%4 = i32 3\n%6 = shl %2 %4\n%8 = shl %6 %4\n{end}"),
        &format!("%4 = i32 6\n%8 = shl %2 %4\n{end}"),
    );
    exactly(
        &format!("%4 = i32 20\n%6 = shr_s %2 %4\n%8 = shr_s %6 %4\n{end}"),
        &format!("%4 = i32 20\n%6 = shr_s %2 %4\n%8 = shr_s %6 %4\n{end}"),
    );
    exactly(
        &format!("%4 = i32 32\n%8 = shl %2 %4\n{end}"),
        "%9 = i32_to_float %2\noutput %9",
    );
    exactly(
        &format!("%8 = sub %2 %2\n{end}"),
        &format!("%8 = i32 0\n{end}"),
    );
    exactly(
        &format!("%4 = i32 0\n%8 = mul %2 %4\n{end}"),
        &format!("%8 = i32 0\n{end}"),
    );
    exactly(
        &format!("%4 = i32 -1\n%8 = xor %2 %4\n{end}"),
        &format!("%8 = not %2\n{end}"),
    );
}

#[test]
fn choices_that_are_decided_go() {
    let end = "output %9";
    exactly(
        &format!("%2 = bool true\n%9 = select %2 %0 %1\n{end}"),
        "output %0",
    );
    exactly(
        &format!("%2 = lt %0 %1\n%9 = select %2 %0 %0\n{end}"),
        "output %0",
    );
    exactly(
        &format!("%2 = lt %0 %0\n%9 = select %2 %0 %1\n{end}"),
        "%2 = bool false\n%9 = select %2 %0 %1\noutput %1",
    );
    exactly(
        &format!("%2 = le %0 %1\n%3 = not %2\n%9 = select %3 %0 %1\n{end}"),
        &format!("%2 = le %0 %1\n%9 = select %2 %1 %0\n{end}"),
    );
    exactly(
        &format!(
            "%2 = le %0 %1\n%3 = float 2.0\n%4 = select %2 %3 %0\n%9 = select %2 %4 %1\n{end}"
        ),
        &format!("%2 = le %0 %1\n%3 = float 2.0\n%9 = select %2 %3 %1\n{end}"),
    );
    exactly(
        &format!("%2 = lt %0 %1\n%9 = select %2 %1 %0\n{end}"),
        &format!("%9 = max %1 %0\n{end}"),
    );
    exactly(
        &format!("%2 = gt %0 %1\n%9 = select %2 %1 %0\n{end}"),
        &format!("%9 = min %1 %0\n{end}"),
    );
}

#[test]
fn a_truth_that_was_made_a_number_is_a_truth_again() {
    let pass = |graph: &Graph| optimize(graph, Level::Strict);
    let before = "%0 = input 0\n%1 = float 0.5\n%2 = gt %0 %1\n%3 = bool_to_float %2\n%4 = abs %3
        %5 = float 1.0\n%6 = ge %4 %5\n%7 = select %6 %0 %1\noutput %7";
    let after = "%0 = input 0\n%1 = float 0.5\n%2 = max %0 %1\noutput %2";
    becomes("f64", pass, before, after);
}

#[test]
fn conversions_that_undo_each_other_go() {
    exactly(
        "%2 = float_to_bits %0\n%3 = bits_to_float %2\noutput %3",
        "output %0",
    );
    let body = "%2 = float_to_i32 %0\n%3 = i32_to_float %2\n%4 = float_to_i32 %3\n%5 = i32_to_float %4\noutput %5";
    exactly(
        body,
        "%2 = float_to_i32 %0\n%3 = i32_to_float %2\noutput %3",
    );
    // An f32 does not hold every i32.
    let body = format!("{INPUTS}{body}");
    becomes("f32", |g| simplify(g, Level::Strict), &body, &body);
}

#[test]
fn reads_clamp_by_themselves() {
    let line = |x: &str| format!("line d0 1 to 8 input %0\n{INPUTS}{x}");
    let pass = |graph: &Graph| simplify(graph, Level::Strict);
    becomes(
        "f64",
        pass,
        &line("%2 = i32 99\n%3 = delay d0 %2\noutput %3"),
        &line("%2 = i32 8\n%3 = delay d0 %2\noutput %3"),
    );
    let clip = "%2 = float_to_i32 %1\n%3 = i32 0\n%4 = max %2 %3\n%5 = i32 8\n%6 = min %4 %5\n";
    becomes(
        "f64",
        pass,
        &line(&format!("{clip}%7 = delay d0 %6\noutput %7")),
        &line("%2 = float_to_i32 %1\n%3 = delay d0 %2\noutput %3"),
    );
}

#[test]
fn operations_that_differ_in_order_merge() {
    let before = "%0 = input 0\n%1 = input 1\n%2 = add %0 %1\n%3 = add %1 %0\n%4 = lt %0 %1
        %5 = gt %1 %0\n%6 = select %4 %2 %3\n%7 = select %5 %3 %2\noutput %6 %7";
    let after = "%0 = input 0\n%1 = input 1\n%2 = add %0 %1\n%3 = lt %0 %1
        %4 = select %3 %2 %2\noutput %4 %4";
    becomes("f64", cse, before, after);
    // The smaller operand wins by its place when one is NaN: min does not commute.
    let body = "%0 = input 0\n%1 = input 1\n%2 = min %0 %1\n%3 = min %1 %0\noutput %2 %3";
    becomes("f64", cse, body, body);
}

#[test]
fn divisions_by_powers_of_two_are_products_even_in_strict_mode() {
    let strict = |graph: &Graph| strength(graph, Level::Strict);
    let relaxed = |graph: &Graph| strength(graph, Level::Optimized);
    let eighth = "%0 = input 0\n%1 = float 8.0\n%2 = div %0 %1\noutput %2";
    becomes(
        "f32",
        strict,
        eighth,
        "%0 = input 0\n%1 = float 0.125\n%2 = mul %0 %1\noutput %2",
    );
    let third = "%0 = input 0\n%1 = float 3.0\n%2 = div %0 %1\noutput %2";
    becomes("f64", strict, third, third);
    becomes(
        "f64",
        relaxed,
        third,
        "%0 = input 0\n%1 = float 0.3333333333333333\n%2 = mul %0 %1\noutput %2",
    );
    // 49·fl(1/49) is not 1, and 24000·fl(1/32000) is not ¾ in f32: exact quotients would not stay so.
    for (width, divisor) in [("f64", "49.0"), ("f32", "32000.0")] {
        let body = format!("%0 = input 0\n%1 = float {divisor}\n%2 = div %0 %1\noutput %2");
        becomes(width, relaxed, &body, &body);
    }
    // The reciprocal is beyond the largest f32.
    let tiny = "%0 = input 0\n%1 = float 1e-40\n%2 = div %0 %1\noutput %2";
    becomes("f32", relaxed, tiny, tiny);
}

#[test]
fn integer_products_with_powers_of_two_are_shifts() {
    becomes(
        "f64",
        |graph| strength(graph, Level::Strict),
        "%0 = input 0\n%1 = float_to_i64 %0\n%2 = i64 1024\n%3 = mul %1 %2\n%4 = i64_to_float %3\noutput %4",
        "%0 = input 0\n%1 = float_to_i64 %0\n%2 = i64 10\n%3 = shl %1 %2\n%4 = i64_to_float %3\noutput %4",
    );
}

#[test]
fn optimised_mode_uses_identities_of_real_numbers() {
    let relaxed = |before: &str, after: &str| simplifies(Level::Optimized, before, after);
    relaxed("%2 = float 0.0\n%3 = add %0 %2\noutput %3", "output %0");
    relaxed(
        "%2 = sub %0 %1\n%3 = neg %2\noutput %3",
        "%2 = sub %1 %0\noutput %2",
    );
    relaxed(
        "%2 = float 3.0\n%3 = mul %0 %2\n%4 = float 5.0\n%5 = mul %3 %4\noutput %5",
        "%2 = float 15.0\n%3 = mul %0 %2\noutput %3",
    );
    relaxed(
        "%2 = float 3.0\n%3 = add %0 %2\n%4 = float 5.0\n%5 = add %3 %4\noutput %5",
        "%2 = float 8.0\n%3 = add %0 %2\noutput %3",
    );
    // A signal may be NaN: only what is known to be finite times zero is zero.
    stays(
        Level::Optimized,
        "%2 = float 0.0\n%3 = mul %0 %2\noutput %3",
    );
    relaxed(
        "%2 = float_to_i32 %0\n%3 = i32_to_float %2\n%4 = float 0.0\n%5 = mul %3 %4\noutput %5",
        "%2 = float 0.0\noutput %2",
    );
}

#[test]
fn rounding_by_a_large_constant_survives_optimisation() {
    let body = "%0 = input 0\n%1 = float 6755399441055744.0\n%2 = add %0 %1
        %3 = float -6755399441055744.0\n%4 = add %2 %3\noutput %4";
    becomes("f64", |graph| optimize(graph, Level::Optimized), body, body);
}

#[test]
fn slow_factors_come_together() {
    let head = "control c0 \"a\" init 0.5 from 0.0 to 1.0 step 0.1
        control c1 \"b\" init 0.5 from 0.0 to 1.0 step 0.1
        %0 = input 0\n%1 = control c0\n%2 = control c1\n";
    let case = |before: &str, after: &str| {
        becomes(
            "f64",
            reassociate,
            &format!("{head}{before}"),
            &format!("{head}{after}"),
        );
    };
    case(
        "%3 = mul %2 %0\n%4 = mul %1 %3\noutput %4",
        "%3 = mul %1 %2\n%4 = mul %3 %0\noutput %4",
    );
    case(
        "%3 = input 1\n%4 = mul %0 %1\n%5 = mul %3 %2\n%6 = mul %4 %5\noutput %6",
        "%3 = input 1\n%4 = mul %1 %2\n%5 = mul %0 %3\n%6 = mul %4 %5\noutput %6",
    );
    case(
        "%3 = mul %0 %1\n%4 = div %3 %2\noutput %4",
        "%3 = float 1.0\n%4 = div %3 %2\n%5 = mul %1 %4\n%6 = mul %5 %0\noutput %6",
    );
    // The inner product has another user: taking it apart would save nothing.
    case(
        "%3 = mul %2 %0\n%4 = mul %1 %3\noutput %4 %3",
        "%3 = mul %2 %0\n%4 = mul %1 %3\noutput %4 %3",
    );
}

#[test]
fn products_of_one_user_fuse_with_their_sum() {
    let case = |before: &str, after: &str| {
        let whole = |body: &str| format!("{INPUTS}{body}");
        becomes("f64", contract, &whole(before), &whole(after));
    };
    case(
        "%2 = mul %0 %0\n%3 = add %2 %1\noutput %3",
        "%2 = fma %0 %0 %1\noutput %2",
    );
    case(
        "%2 = mul %0 %0\n%3 = sub %2 %1\noutput %3",
        "%2 = neg %1\n%3 = fma %0 %0 %2\noutput %3",
    );
    case(
        "%2 = float 3.0\n%3 = mul %0 %2\n%4 = sub %1 %3\noutput %4",
        "%2 = float -3.0\n%3 = fma %0 %2 %1\noutput %3",
    );
    let shared = "%2 = mul %0 %0\n%3 = add %2 %1\noutput %3 %2";
    case(shared, shared);
}

#[test]
fn the_product_inside_the_loop_is_the_one_that_fuses() {
    let head = "register r0 float 0.0 next %9\n%0 = input 0\n%1 = register r0\n%2 = float 0.5\n%3 = float 0.25\n";
    let before = format!("{head}%4 = mul %0 %2\n%5 = mul %1 %3\n%9 = add %4 %5\noutput %9");
    let after = format!("{head}%4 = mul %0 %2\n%9 = fma %1 %3 %4\noutput %9");
    becomes("f64", contract, &before, &after);
}

#[test]
fn what_a_loop_waits_for_is_added_last() {
    let head = "register r0 float 0.0 next %9
        %0 = input 0\n%1 = input 1\n%2 = register r0\n%3 = float 0.5\n%4 = mul %2 %3\n";
    let before = format!("{head}%5 = add %4 %0\n%9 = sub %5 %1\noutput %9");
    let after = format!("{head}%5 = sub %0 %1\n%9 = add %5 %4\noutput %9");
    becomes("f64", shape, &before, &after);
}

#[test]
fn a_loop_that_moves_towards_its_input_does_not_wait_for_the_difference() {
    let head = "register r0 float 0.0 next %9\n%0 = input 0\n%1 = input 1\n%2 = register r0\n";
    let after =
        format!("{head}%3 = mul %0 %1\n%4 = sub %0 %3\n%5 = mul %2 %1\n%9 = add %4 %5\noutput %9");
    for body in [
        "%3 = sub %2 %0\n%4 = mul %3 %1\n%9 = add %0 %4",
        "%3 = sub %2 %0\n%4 = mul %1 %3\n%9 = add %4 %0",
        "%3 = sub %0 %2\n%4 = mul %3 %1\n%9 = sub %0 %4",
    ] {
        becomes("f64", shape, &format!("{head}{body}\noutput %9"), &after);
    }
    // A step towards an input from where the loop is: the difference is what keeps small steps exact.
    for body in [
        "%3 = sub %0 %2\n%4 = mul %3 %1\n%9 = add %2 %4",
        "%3 = sub %0 %2\n%4 = mul %3 %1\n%9 = sub %4 %0",
        "%3 = sub %2 %0\n%4 = mul %3 %2\n%9 = add %0 %4",
        "%3 = sub %2 %0\n%4 = mul %3 %1\n%5 = add %0 %4\n%9 = mul %5 %3",
    ] {
        let body = format!("{head}{body}\noutput %9");
        becomes("f64", shape, &body, &body);
    }
}

#[test]
fn the_sine_of_a_phase_folds_the_integer() {
    let phase = Register::phase(0.0);
    let next = phase.read() + (Signal::input(0) * 0.01).to_phase();
    let turns = phase.bind(&next, &next).to_float();
    for precision in [Precision::F32, Precision::F64] {
        let options = BuildOptions {
            precision,
            ..BuildOptions::default()
        };
        let outputs = [turns.sin_turns(), (&turns * 0.5).sin_turns()];
        let graph = Graph::build(&outputs, &options).expect("good signals");
        let nearest = |graph: &Graph| graph.to_string().matches("= nearest").count();
        // One in the step of the phase.
        assert_eq!(nearest(&optimize(&graph, Level::Strict)), 3);
        let optimized = optimize(&graph, Level::Optimized);
        let left = if precision == Precision::F32 { 2 } else { 3 };
        assert_eq!(nearest(&optimized), left, "{optimized}");
        let (mut exact, mut folded) = (Evaluator::new(&graph, 0), Evaluator::new(&optimized, 0));
        for frame in 0..4_000 {
            // Every phase, the ends of the quarters among them, in both directions.
            let input = if frame < 1000 {
                25.0
            } else {
                -f64::from(frame) / 7.0
            };
            let (a, b) = (exact.frame(&[input])[0], folded.frame(&[input])[0]);
            assert!((a - b).abs() < 1e-6, "{precision}, frame {frame}: {a}, {b}");
            assert!(b.abs() <= 1.0);
        }
    }
}

#[test]
fn state_that_only_feeds_itself_is_dead() {
    let before = graph(
        "f64",
        "control c0 \"unused\" init 0.5 from 0.0 to 1.0 step 0.1
         register r0 float 0.0 next %2
         register r1 \"kept\" float 0.5 next %4
         line d0 0 to 4 input %2
         line d1 0 to 9 input %4
         table t0 [1.0]
         table t1 4 of 0.0 write %4 at %5
         %0 = input 0
         %1 = register r0
         %2 = add %1 %0
         %3 = register r1
         %4 = mul %3 %0
         %5 = i32 2
         %6 = delay d1 %5
         %7 = delay d0 %5
         %8 = table t1 %5
         %9 = add %8 %6
         output %9",
    );
    let (after, origin) = dce(&before);
    after.verify().expect("a well-formed result");
    let expected = graph(
        "f64",
        "control c0 \"unused\" init 0.5 from 0.0 to 1.0 step 0.1
         register r0 \"kept\" float 0.5 next %2
         line d0 0 to 9 input %2
         table t0 4 of 0.0 write %2 at %3
         %0 = input 0
         %1 = register r0
         %2 = mul %1 %0
         %3 = i32 2
         %4 = delay d0 %3
         %5 = table t0 %3
         %6 = add %5 %4
         output %6",
    );
    assert_eq!(after.to_string(), expected.to_string());
    let expected = Origin {
        registers: vec![RegisterId::new(1)],
        lines: vec![LineId::new(1)],
        tables: vec![TableId::new(1)],
        merged: Vec::new(),
    };
    assert_eq!(origin, expected);
    let whole = optimize_with_origin(&before, Level::Optimized, Equals::Merged);
    assert_eq!(whole.origin, expected);
}
