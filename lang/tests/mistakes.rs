//! Golden messages of whole patches: mistakes with nodes, patterns and signals, as a person sees them.
//!
//! `golden/patch/NAME.py` follows `instruments.py` in one patch; `NAME.txt` is the message. After an
//! intended change, run with `UPDATE_GOLDEN=1` and review the difference.

use std::path::Path;

use synthc_lang::{Limits, Patch, SourceFile, Style};

fn golden(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/patch");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap_or_default();
    let text = read("instruments.py") + &read(&format!("{name}.py"));
    let loaded = Patch::load(SourceFile::new("patch.py", text), Limits::default());
    let error = loaded.expect_err("the patch must fail");
    let shown = error.diagnostics[0].render(Style::Plain) + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(folder.join(format!("{name}.txt")), &shown).unwrap();
    }
    assert_eq!(shown, read(&format!("{name}.txt")), "{name}");
}

macro_rules! mistakes {
    ($($name:ident,)*) => { $(#[test] fn $name() { golden(stringify!($name)); })* };
}

mistakes! {
    a_change_that_never_happens,
    a_change_that_returns_nothing,
    a_connection_into_a_source,
    a_constant_that_is_nan,
    a_control_declared_twice,
    a_control_used_as_an_attribute,
    a_count_of_zero,
    a_cutoff_of_zero,
    a_delay_of_no_length,
    a_faust_source,
    a_function_called_instead_of_given,
    a_giant_list,
    a_level_that_is_text,
    a_list_as_a_slot,
    a_loop_without_end,
    a_missing_return,
    a_misspelt_attribute_of_kr,
    a_misspelt_control_when_read,
    a_misspelt_control_when_set,
    a_misspelt_function_of_kr,
    a_misspelt_function_of_krp,
    a_misspelt_method_of_a_node,
    a_misspelt_option_of_a_node,
    a_misspelt_output,
    a_misspelt_path_when_read,
    a_misspelt_shape,
    a_negative_delay,
    a_node_used_after_its_removal,
    a_node_with_too_many_arguments,
    a_node_without_a_source,
    a_note_control_that_is_text,
    a_number_played,
    a_pattern_on_the_left_of_at,
    a_pattern_routed_instead_of_played,
    a_pattern_times_a_fraction,
    a_pattern_times_zero,
    a_recursion_without_end,
    a_rhythm_that_does_not_fit,
    a_route_in_a_circle,
    a_route_into_a_function,
    a_route_into_a_number,
    a_route_into_a_source,
    a_route_into_two_nodes_as_a_pair,
    a_stretch_to_nothing,
    a_tempo_of_zero,
    a_transform_with_a_wrong_factor,
    a_transition_inside_another,
    a_wrong_note_in_a_text,
    a_wrong_note_name,
    a_wrong_suffix_in_a_text,
    an_at_that_binds_before_a_product,
    an_at_that_binds_before_a_sum,
    an_empty_sequence,
    an_if_on_a_signal,
    an_input_in_a_file,
    an_unknown_node_to_mute,
    an_unknown_node_to_play,
    an_unknown_scene,
    assigning_a_function_of_kr,
    outputs_beyond_64,
    transforms_nested_without_end,
}
