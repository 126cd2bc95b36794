//! `synthc bench`: the figures of a patch, as a table and as data. What they are is up to the
//! machine; that they are there, and belong together, is not.

mod support;

use support::Folder;

const PATCH: &str = r#"def tone():
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    return krs.sine_osc(freq)


def half(x):
    return x * 0.5


kr.node("tone", tone, count=3)
"#;

#[test]
fn every_width_and_block_is_a_row_of_json() {
    let run =
        Folder::with_patch(PATCH).done("bench patch.py --json --rounds 1 --block 64 --block 17");
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).expect("json");
    let rows = report["rows"].as_array().expect("rows");
    let keys: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {} {}", row["name"], row["precision"], row["block"]))
        .collect();
    let tone = |rest: &str| format!("\"tone\" {rest}");
    let expected = ["\"f32\" 64", "\"f32\" 17", "\"f64\" 64", "\"f64\" 17"];
    assert_eq!(keys, expected.map(tone));
    for row in rows {
        assert_eq!(row["voices"], 3);
        assert!(row["nodes"].as_u64().expect("a count") > 5);
        for time in ["min", "median"] {
            assert!(row["compile_ms"][time].as_f64().expect("a time") > 0.0);
        }
        for cost in ["compiled", "moving", "evaluator", "block_interpreter"] {
            assert!(row["ns_per_sample"][cost].as_f64().expect("a cost") > 0.0);
        }
    }
}

#[test]
fn a_function_alone_is_one_row_of_the_table() {
    let run =
        Folder::with_patch(PATCH).done("bench patch.py:half --rounds 1 --block 64 --precision f64");
    let table = String::from_utf8(run.stdout).expect("text");
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.contains(" f64 "))
        .collect();
    assert_eq!(rows.len(), 1, "{table}");
    assert!(rows[0].starts_with("| half | "), "{table}");
    assert!(table.contains("Geometric means"), "{table}");
}
