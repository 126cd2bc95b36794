//! What bounds decide, and what they must not.

use proptest::prelude::*;

use super::becomes;
use crate::pass::bounds;
use crate::testing::{contractive_graphs, graphs, scripts};
use crate::{Graph, Precision};

/// A control of 100 to 4000, a control of 0 to 1, an input.
const LEAVES: &str = "control c0 \"cutoff\" init 800.0 from 100.0 to 4000.0 step 0.001
control c1 \"level\" init 0.5 from 0.0 to 1.0 step 0.001
%0 = control c0\n%1 = control c1\n%2 = input 0\n";

#[track_caller]
fn decides(before: &str, after: &str) {
    let whole = |body: &str| format!("{LEAVES}{body}");
    becomes("f32", bounds, &whole(before), &whole(after));
}

#[track_caller]
fn stays(body: &str) {
    decides(body, body);
}

#[test]
fn limits_that_are_never_reached_go() {
    decides(
        "%3 = float 0.001\n%4 = max %0 %3\n%5 = float 23520.0\n%6 = min %4 %5\noutput %6",
        "output %0",
    );
    decides(
        "%3 = float 5000.0\n%4 = max %0 %3\noutput %4",
        "%3 = float 5000.0\noutput %3",
    );
    stays("%3 = float 1000.0\n%4 = min %0 %3\noutput %4");
    // Smoothing may step over an end by rounding.
    stays("%3 = float 1.0\n%4 = min %1 %3\noutput %4");
    stays("%3 = float 0.0\n%4 = max %1 %3\noutput %4");
    // Nothing is known of an input.
    stays("%3 = float 0.001\n%4 = max %2 %3\noutput %4");
}

#[test]
fn a_value_between_limits_is_bounded_whatever_it_is() {
    decides(
        "%3 = float 0.5\n%4 = max %2 %3\n%5 = float 2.0\n%6 = min %4 %5\n%7 = abs %6\noutput %7",
        "%3 = float 0.5\n%4 = max %2 %3\n%5 = float 2.0\n%6 = min %4 %5\noutput %6",
    );
    // The other way round no number comes through both.
    stays("%3 = float 0.5\n%4 = max %3 %2\n%5 = float 2.0\n%6 = min %5 %4\n%7 = abs %6\noutput %7");
}

#[test]
fn signs_that_are_known_go() {
    decides("%3 = abs %0\noutput %3", "output %0");
    decides(
        "%3 = neg %0\n%4 = abs %3\noutput %4",
        "%3 = neg %0\n%4 = neg %3\noutput %4",
    );
    decides(
        "%3 = float_to_bits %0\n%4 = i32 -2147483648\n%5 = and %3 %4\n%6 = bits_to_float %5\noutput %6",
        "%3 = i32 0\n%4 = bits_to_float %3\noutput %4",
    );
    // A zero has a sign, too.
    stays("%3 = abs %1\noutput %3");
}

#[test]
fn roundings_that_always_give_one_number_go() {
    decides(
        "%3 = sample_rate\n%4 = div %0 %3\n%5 = nearest %4\n%6 = sub %4 %5\noutput %6",
        "%3 = sample_rate\n%4 = div %0 %3\n%5 = float 0.0\n%6 = sub %4 %5\noutput %6",
    );
    stays("%3 = floor %0\noutput %3");
    stays("%3 = nearest %1\noutput %3");
}

#[test]
fn comparisons_that_always_come_out_the_same_go() {
    let chosen = |compared: &str| format!("{compared}\n%5 = bool_to_float %4\noutput %5");
    let always = |truth: bool| format!("%3 = bool {truth}\n%4 = bool_to_float %3\noutput %4");
    decides(&chosen("%3 = float 50.0\n%4 = gt %0 %3"), &always(true));
    decides(&chosen("%3 = float 50.0\n%4 = lt %0 %3"), &always(false));
    stays(&chosen("%3 = float 0.0\n%4 = gt %1 %3"));
    stays(&chosen("%3 = float 5.0\n%4 = lt %2 %3"));
}

#[test]
fn a_conversion_that_fits_is_the_cheap_one() {
    let back = |cast: &str| format!("{cast}\n%5 = i32_to_float %4\noutput %5");
    decides(
        &back("%3 = float 3.0\n%4 = float_to_i32 %0"),
        &back("%3 = float 3.0\n%4 = float_to_i32_or_least %0"),
    );
    stays(&back("%3 = float 3.0\n%4 = float_to_i32 %2"));
    stays(&back(
        "%6 = float 1000000.0\n%3 = mul %0 %6\n%4 = float_to_i32 %3",
    ));
}

/// The values of two graphs, zeros of either sign being one.
fn same(
    before: &Graph,
    after: &Graph,
    script: &crate::testing::Script,
) -> Result<(), TestCaseError> {
    let (before_values, after_values) = (script.evaluate(before), script.evaluate(after));
    for (at, (x, y)) in before_values.iter().zip(&after_values).enumerate() {
        let same = x == y || (x.is_nan() && y.is_nan());
        prop_assert!(same, "{x} became {y} at {at}\n{before}\n{after}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_value_changes_while_controls_are_in_their_ranges(
        quiet in contractive_graphs(Precision::F32, 80), wide in contractive_graphs(Precision::F64, 80),
        script in scripts(40)
    ) {
        for graph in [&quiet.0, &wide.0] {
            same(graph, &bounds(graph), &script)?;
        }
    }

    #[test]
    fn whatever_is_computed_the_result_is_well_formed(
        narrow in graphs(Precision::F32, 80), wide in graphs(Precision::F64, 80)
    ) {
        for graph in [&narrow.0, &wide.0] {
            prop_assert!(bounds(graph).verify().is_ok());
        }
    }
}
