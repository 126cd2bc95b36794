//! The mini-notation: what it means and how it complains.

use super::super::*;
use super::{onsets, pitches};

fn p(text: &str) -> Pattern {
    parse(text, &NoteOptions::new()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn words_share_the_cycle() {
    assert_eq!(pitches(&p("A2 D3 ~ E2"), 0, 1), "0:110 1/4:147 3/4:82");
    assert_eq!(onsets(&p("x . x -"), 0, 1), "0 1/2");
    assert_eq!(pitches(&p("A2*2 A3"), 0, 1), "0:110 1/4:110 1/2:220");
    assert_eq!(pitches(&p("[A2 A3] A4"), 0, 1), "0:110 0:220 1/2:440");
}

#[test]
fn groups_nest_and_take_suffixes() {
    assert_eq!(pitches(&p("(A2 A3) A4"), 0, 1), "0:110 1/4:220 1/2:440");
    assert_eq!(
        pitches(&p("<A2 A3> A4"), 0, 2),
        "0:110 1/2:440 1:220 3/2:440"
    );
    assert_eq!(
        pitches(&p("(A2 [A3 A4])*2"), 0, 1),
        "0:110 1/4:220 1/4:440 1/2:110 3/4:220 3/4:440"
    );
    assert_eq!(onsets(&p("x!3 ."), 0, 1), "0 1/4 1/2");
    assert_eq!(onsets(&p("x(3,8,1)"), 0, 1), "1/4 5/8 7/8");
    assert_eq!(onsets(&p("x/2"), 0, 4), "0 2");
    assert_eq!(onsets(&p("x?1 x?0"), 0, 1), "1/2");
}

#[test]
fn errors_point_at_the_token_and_say_what_to_write() {
    for (text, expected) in [
        (
            "C4 c4",
            "column 4: `c4`: not a hit, rest or note; write `C4` (a letter A–G, an optional `#`, `s` or `b`, and an octave 0–8), or `x` for a hit, `.` for a rest",
        ),
        (
            "C10",
            "column 1: `C10`: not a hit, rest or note; write `C8` (a letter A–G, an optional `#`, `s` or `b`, and an octave 0–8), or `x` for a hit, `.` for a rest",
        ),
        (
            "x x.x",
            "column 3: `x.x`: steps without space between them; write `x . x`",
        ),
        (
            "C4 [E4 G4",
            "column 4: `[`: the group is never closed; add `]` after its last word",
        ),
        (
            "x ]",
            "column 3: `]`: nothing is open that this could close; remove it, or open a group before it",
        ),
        (
            "[]",
            "column 1: `[]`: the group is empty; write words inside it, or `.` for a rest",
        ),
        (
            "x*0",
            "column 2: `*0`: not a repetition; write a whole number from 1 to 1000000000, such as `C4*2`",
        ),
        (
            "x*",
            "column 2: `*`: not a repetition; write a whole number from 1 to 1000000000, such as `C4*2`",
        ),
        (
            "x ?",
            "column 3: `?`: a suffix needs a word before it; write it after a word without space, such as `C4*2`",
        ),
        (
            "x?2",
            "column 2: `?2`: not a probability; write a number from 0 to 1, such as `C4?0.3`",
        ),
        (
            "x(9,8)",
            "column 2: `(9,8)`: the pulses do not fit; write at least 1 and at most 65536 steps, and no more pulses than steps",
        ),
        (
            "440",
            "column 1: `440`: numbers are not notes here; write a note name such as `A2`, or use `seq` for hertz",
        ),
        (
            "C4 _",
            "column 4: `_`: there are no ties; give the note its length with `gate`, or write `C4/2`",
        ),
        (
            "[x]y",
            "column 1: `[x]y`: two words without space between them; put a space between words",
        ),
        (
            "",
            "`p` has no items; give at least one, or `rest()` for silence",
        ),
        (
            " \t",
            "`p` has no items; give at least one, or `rest()` for silence",
        ),
    ] {
        assert_eq!(
            parse(text, &NoteOptions::new()).unwrap_err().to_string(),
            expected,
            "{text}"
        );
    }
}
