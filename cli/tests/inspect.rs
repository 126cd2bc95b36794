//! `synthc inspect`: every form that a patch goes through.

mod support;

use support::Folder;

const PATCH: &str = r#"def tone():
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    slow = krs.control("slow", 0.5, 0.0, 1.0, smooth=0.1)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    return krs.sine_osc(freq) * gate * slow


def half(x):
    return x * 0.5


a = kr.node("a", tone)
b = kr.node("b", half)
"#;

fn inspect(arguments: &str) -> String {
    let run = Folder::with_patch(PATCH).done(&format!("inspect patch.py{arguments}"));
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    String::from_utf8(run.stdout).expect("text")
}

#[test]
fn the_graph_is_shown_with_its_places() {
    let graph = "graph f32 48000 inputs 1 {
  %0 = input 0                      ; patch.py:8:5
  %1 = float 0.5                    ; patch.py:9:12 in half
  %2 = mul %0 %1                    ; patch.py:9:12 in half
  output %2
}
";
    assert_eq!(inspect(":half"), graph);
    assert_eq!(inspect(":half --emit ir --strict"), graph);
    let other = graph.replace("f32 48000", "f64 44100");
    assert_eq!(inspect(":half --precision f64 --rate 44100"), other);
    // All nodes, by name.
    let all = inspect("");
    assert!(
        all.starts_with("; a\ngraph f32 48000 inputs 0 {\n"),
        "{all}"
    );
    assert!(
        all.contains("}\n; b\ngraph f32 48000 inputs 1 {\n"),
        "{all}"
    );
}

#[test]
fn controls_are_listed_with_range_and_smoothing() {
    assert_eq!(
        inspect(":tone --emit controls"),
        "freq                    110 in [20, 2000], smoothed 22.7 ms\n\
         gate                      0 in [0, 1], steps\n\
         slow                    0.5 in [0, 1], smoothed 100.0 ms\n"
    );
    assert_eq!(inspect(":half --emit controls"), "\n");
}

#[test]
fn the_code_is_shown_before_and_after_cranelift() {
    let clif = inspect(":half --emit clif");
    assert!(clif.contains("f32const 0x1.000000p-1"), "{clif}");
    assert_eq!(clif.matches("fmul").count(), 1, "{clif}");
    let wide = inspect(":half --emit clif --precision f64");
    assert!(wide.contains("f64const"), "{wide}");
    let assembly = inspect(":half --emit asm --target baseline");
    let multiply = if cfg!(target_arch = "x86_64") {
        "mulss"
    } else {
        "fmul"
    };
    assert!(assembly.contains(multiply), "{assembly}");
}

#[test]
fn a_patch_that_is_wrong_is_not_shown() {
    let folder = Folder::with_patch("def f():\n    return krs.lowpass(krs.saw(9), 0)\n");
    let run = folder.run("inspect patch.py:f");
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.is_empty());
    assert!(run.stderr.contains("--> patch.py:2:36"), "{}", run.stderr);
}

#[test]
fn loops_are_shown_with_their_nodes_and_places() {
    let loops = inspect(":tone --emit loops");
    assert!(loops.starts_with("loop 0: "), "{loops}");
    assert!(loops.contains("  because  "), "{loops}");
    assert!(loops.contains("patch.py:5:12 %"), "{loops}");
    // Every node of the sample loop is in one loop, under the number it has in the graph.
    let graph = inspect(":tone");
    let shown = loops
        .split_whitespace()
        .filter(|word| word.starts_with('%'));
    for node in shown {
        assert!(graph.contains(&format!("{node} = ")), "{node} in {graph}");
    }
}

#[test]
fn what_an_edge_decides_is_shown_before_the_loops() {
    let folder = Folder::with_patch(
        "def hit():\n    gate = krs.control(\"gate\", 0.0, 0.0, 1.0)\n    return krs.ar(0.01, 0.1, gate)\n",
    );
    let run = folder.run("inspect patch.py:hit --emit loops");
    let shown = String::from_utf8_lossy(&run.stdout);
    assert!(shown.starts_with("before the loops: %"), "{shown}");
    assert!(shown.contains(" sets r"), "{shown}");
    assert!(shown.contains("patch.py:3:12 %"), "{shown}");
    assert!(shown.contains("\nloop 0: "), "{shown}");
}

#[test]
fn cost_is_listed_by_line_and_adds_up() {
    let cost = inspect(":tone --emit cost");
    let (head, listing) = cost.split_once("\n\n").expect("a head and a listing");
    let whole: f64 = head.split(' ').next().unwrap().parse().expect("a number");
    assert!(whole > 0.0);
    let (lines, nodes) = listing.split_once("\n\n").expect("lines, then nodes");
    let sum = |part: &str| -> f64 {
        let rows = part.lines().skip(1).filter(|row| !row.contains('^'));
        let ns = rows.map(|row| row.split_whitespace().next().unwrap().parse::<f64>());
        ns.map(|ns| ns.expect("a number")).sum()
    };
    // Rounded to a thousandth in every row.
    assert!((sum(lines) - whole).abs() < 0.02, "{cost}");
    assert!((sum(nodes) - whole).abs() < 0.02, "{cost}");
    let line = "     5 |     return krs.sine_osc(freq) * gate * slow";
    assert!(lines.contains(line), "{cost}");
    let caret = lines
        .lines()
        .find(|row| row.contains('^'))
        .expect("a caret");
    let source = lines.lines().find(|row| row.contains("return")).unwrap();
    assert_eq!(&source[caret.find('^').unwrap()..][..4], "krs.", "{cost}");
}
