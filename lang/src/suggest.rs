//! The nearest right name for a misspelt one.
//!
//! Used by name lookup, attribute lookup, keyword binding and imports. The rule is deliberately
//! strict: a wrong suggestion costs the reader more than none.

use std::cmp::Reverse;

/// The candidate closest to `wrong`, if it is close enough to be what was meant: an edit distance
/// (Damerau–Levenshtein) of at most a third of the length, a mere difference of case or
/// underscores, or a common stem.
pub(crate) fn nearest<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().replace('_', "");
    let wrong_plain = plain(wrong);
    let allowed = (wrong.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|c| !c.starts_with("__") && *c != wrong)
        .filter_map(|c| {
            if plain(c) == wrong_plain {
                return Some((0, c));
            }
            let distance = strsim::damerau_levenshtein(wrong, c);
            (distance <= allowed && distance < c.chars().count()).then_some((distance, c))
        })
        .min_by_key(|(d, c)| {
            // Of equally near names, those with the same beginning: `nod` is `node`, not `mod`.
            let start = wrong.chars().zip(c.chars()).take_while(|(a, b)| a == b);
            (*d, Reverse(start.count()), c.len())
        })
        .map(|(_, c)| c)
}

/// `did you mean …` for the nearest candidate, ready to be used as help text.
pub(crate) fn did_you_mean<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(wrong, candidates).map(|n| format!("did you mean `{n}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_letter_is_found() {
        assert_eq!(nearest("lowpas", ["lowpass", "highpass"]), Some("lowpass"));
        assert_eq!(nearest("sien_osc", ["sine_osc", "saw"]), Some("sine_osc"));
        assert_eq!(nearest("sineOsc", ["sine_osc", "saw"]), Some("sine_osc"));
        assert_eq!(nearest("nod", ["mod", "node"]), Some("node"));
    }

    #[test]
    fn nothing_is_suggested_for_a_distant_name() {
        assert_eq!(nearest("kick", ["lowpass", "saw"]), None);
        assert_eq!(nearest("x", ["y"]), None);
    }
}
