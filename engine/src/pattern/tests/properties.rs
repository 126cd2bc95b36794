//! Laws that hold for random patterns.

use proptest::prelude::*;

use super::super::*;
use super::t;

/// Trees of everything that can be nested, a few levels deep.
fn patterns() -> impl Strategy<Value = Pattern> {
    let leaf = prop_oneof![
        Just(hit()),
        Just(rest()),
        (40i64..90).prop_map(|midi| note(midi).unwrap()),
        Just(chord([60, 64, 67]).unwrap()),
        (1i64..5).prop_map(|steps| curve(Shape::Random { seed: 0 }, 0.0, 1.0, steps).unwrap()),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        let ratio = (1i64..5, 1i64..4).prop_map(|(n, d)| t(n, d));
        prop_oneof![
            several.clone().prop_map(|items| sequence(items).unwrap()),
            several.clone().prop_map(|items| stack(items).unwrap()),
            several.prop_map(|items| cat(items).unwrap()),
            (inner.clone(), 1i64..4).prop_map(|(p, n)| p.repeat(n).unwrap()),
            (inner.clone(), ratio.clone()).prop_map(|(p, c)| p.over(c).unwrap()),
            (inner.clone(), -3i64..4).prop_map(|(p, n)| p.shift(t(n, 3)).unwrap()),
            inner.clone().prop_map(|p| p.reverse().unwrap()),
            (inner.clone(), 1i64..4).prop_map(|(p, n)| p.every(n, |p| p.fast(2)).unwrap()),
            (inner.clone(), 0i64..4).prop_map(|(p, k)| p.spread(k, 4, 1).unwrap()),
            inner.clone().prop_map(|p| p.thin(0.4, 0).unwrap()),
            inner
                .clone()
                .prop_map(|p| p.sometimes(0.5, |p| p.reverse(), 0).unwrap()),
            inner.clone().prop_map(|p| p.swing(t(2, 3), 4).unwrap()),
            inner.clone().prop_map(|p| p.mask("x.x").unwrap()),
            (inner.clone(), ratio).prop_map(|(p, c)| p.gate(c).unwrap()),
            (inner.clone(), inner).prop_map(|(r, m)| structure(&r, &m).unwrap()),
        ]
    })
}

/// Events with the steps left out, which copies of one pattern may number differently.
fn moved(events: Vec<Event>, by: Time) -> Vec<Event> {
    let shift = |mut event: Event| {
        event.onset = event.onset.add(by).unwrap();
        event.slot_end = event.slot_end.add(by).unwrap();
        if let EventKind::Note(note) = &mut event.kind {
            note.gate_end = note.gate_end.add(by).unwrap();
        }
        event
    };
    events.into_iter().map(shift).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn adjacent_queries_add_up(pattern in patterns(), cut in 1i64..35) {
        let (from, middle, to) = (t(-1, 1), t(cut - 6, 7), t(4, 1));
        let mut parts = pattern.query(from, middle, 7).unwrap();
        parts.extend(pattern.query(middle, to, 7).unwrap());
        prop_assert_eq!(parts, pattern.query(from, to, 7).unwrap());
    }

    #[test]
    fn events_lie_in_the_span_in_order_and_end_after_they_begin(pattern in patterns()) {
        let events = pattern.query(t(1, 3), t(5, 2), 7).unwrap();
        prop_assert!(events.is_sorted_by_key(|event| event.onset));
        for event in events {
            prop_assert!(t(1, 3) <= event.onset && event.onset < t(5, 2));
            prop_assert!(event.onset < event.slot_end);
            if let EventKind::Note(note) = event.kind {
                prop_assert!(event.onset < note.gate_end);
            }
        }
    }

    #[test]
    fn fast_undoes_slow(pattern in patterns(), n in 1i64..6, d in 1i64..6) {
        let same = pattern.slow(t(n, d)).unwrap().fast(t(n, d)).unwrap();
        let span = (t(0, 1), t(3, 1));
        prop_assert_eq!(same.query(span.0, span.1, 7).unwrap(), pattern.query(span.0, span.1, 7).unwrap());
    }

    #[test]
    fn a_thinned_pattern_is_a_part_of_the_pattern(pattern in patterns(), probability in 0.0..1.0f64) {
        let all = pattern.query(t(0, 1), t(3, 1), 7).unwrap();
        let thinned = pattern.thin(probability, 5).unwrap().query(t(0, 1), t(3, 1), 7).unwrap();
        let mut rest = all.iter();
        prop_assert!(thinned.iter().all(|event| rest.any(|other| other == event)));
    }

    #[test]
    fn events_return_after_the_period(pattern in patterns()) {
        if let Some(period) = pattern.period() {
            let (from, to) = (t(0, 1), t(2, 1));
            let first = pattern.query(from, to, 7).unwrap();
            let again = pattern.query(from.add(period).unwrap(), to.add(period).unwrap(), 7).unwrap();
            // At one onset, order may differ where a period is no whole number of cycles.
            let sorted = |events: Vec<Event>| {
                let mut keys: Vec<_> = events.iter().map(|event| format!("{event:?}")).collect();
                keys.sort();
                keys
            };
            prop_assert_eq!(sorted(moved(first, period)), sorted(again));
        }
    }

    #[test]
    fn reversing_twice_changes_nothing_inside_cycles(slots in prop::collection::vec(0i64..4, 1..6)) {
        let items = slots.iter().map(|&kind| match kind {
            0 => rest(),
            1 => hit() * 3,
            2 => hit().spread(3, 8, 0).unwrap(),
            _ => seq(["A2", "C3"]).unwrap(),
        });
        let pattern = sequence(items.collect::<Vec<_>>()).unwrap();
        let twice = pattern.reverse().unwrap().reverse().unwrap();
        prop_assert_eq!(twice.query(t(0, 1), t(2, 1), 7).unwrap(), pattern.query(t(0, 1), t(2, 1), 7).unwrap());
    }

    #[test]
    fn any_text_parses_or_says_where_it_is_wrong(text in "[xA-C0-9.~*/!?,()<>\\[\\] #b-]{0,24}") {
        match parse(&text, &NoteOptions::new()) {
            Ok(pattern) => { let _ = pattern.query(t(0, 1), t(1, 100), 0); }
            Err(PatternError::Notation { column, .. }) => prop_assert!((1..=text.chars().count()).contains(&column)),
            Err(error) => prop_assert!(matches!(error, PatternError::Empty { .. } | PatternError::TooManyItems { .. }), "{}", error),
        }
    }
}
