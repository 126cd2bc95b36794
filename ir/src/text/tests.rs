//! What is printed is read back exactly; what is no graph is refused with place and hint.

use std::sync::Arc;

use crate::external::{ExternState, ExternUnit};
use crate::{
    BuildOptions, Const, Control, Graph, NodeId, Op, ParseError, Precision, Signal, Site, feedback,
};

const EVERYTHING: &str = r#"graph f32 44100.5 inputs 2 {
  control c0 "cut\"off" init 1000.0 from 20.0 to 20000.0 step 0.001
  control c1 "gate" init 0.0 from 0.0 to 1.0 step 1.0 smooth none
  control c2 "level" init 0.5 from 0.0 to 1.0 step 0.1 smooth 0.02
  register r0 "phase" i32 -5 next %11 ; beat.krs:3:14 in kick > env
  register r1 i32 noise 3 high next %12
  register r2 float 0.1 next %4
  register r3 bool true next %14
  register r4 i64 -9223372036854775808 next %15
  line d0 1 to 480 input %4
  table t0 [0.0 0.5 1.0]
  table t1 "loop" 16 of 0.25 write %4 at %2
  table t2 [
    1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0
    9.0 1e-300
  ]
  extern x0 "mix" (%4 %5)
  %0 = float -0.0
  %1 = float inf
  %2 = i32 7
  %3 = sample_rate                  ; "odd\nname:1":2:3
  %4 = input 1
  %5 = control c2
  %6 = neg %4
  %7 = mul %6 %0
  %8 = lt %6 %1
  %9 = select %8 %7 %5
  %10 = fma %9 %4 %3
  %11 = float_to_i32 %10
  %12 = register r1
  %13 = register r3
  %14 = not %13
  %15 = i64 -1
  %16 = delay d0 %2
  %17 = table t1 %2
  %18 = extern x0 1
  %19 = float 3.4028235e38
  output %18 %17
}
"#;

#[derive(Debug)]
struct Mix;

impl ExternUnit for Mix {
    fn name(&self) -> &str {
        "mix"
    }
    fn inputs(&self) -> usize {
        2
    }
    fn outputs(&self) -> usize {
        2
    }
    fn instantiate(&self, _: f64) -> Box<dyn ExternState> {
        Box::new(Passes)
    }
}

struct Passes;

impl ExternState for Passes {
    fn frame(&mut self, inputs: &[f64], outputs: &mut [f64]) {
        outputs.copy_from_slice(inputs);
    }
}

fn parse(text: &str) -> Result<Graph, ParseError> {
    Graph::parse_with(text, |name| {
        (name == "mix").then(|| Arc::new(Mix) as Arc<dyn ExternUnit>)
    })
}

#[test]
fn everything_a_graph_holds_is_read_back_exactly() {
    let graph = parse(EVERYTHING).expect("a good text");
    assert_eq!(graph.to_string(), EVERYTHING);
    graph.verify().expect("a good graph");
    assert_eq!(graph.constant(NodeId::new(0)), Some(Const::Float(-0.0)));
    let site = graph.registers()[0].site.as_ref().expect("a site");
    assert_eq!((&*site.file, site.line, site.column), ("beat.krs", 3, 14));
    assert_eq!(*site.calls, [Arc::from("kick"), Arc::from("env")]);
    let site = graph.node(NodeId::new(3)).site.as_ref().expect("a site");
    assert_eq!(&*site.file, "odd\nname:1");
}

#[test]
fn a_built_graph_is_read_back_with_its_sites_and_controls() {
    let cutoff = Signal::control(Control::new("cutoff", 0.25, 0.0, 1.0));
    let site = Arc::new(Site::new("filter.krs", 4, 9));
    let filter = feedback(|y| (y + &cutoff * (Signal::input(0) - y)).at(Arc::clone(&site)));
    let graph = Graph::build(&[filter], &BuildOptions::default()).expect("a good signal");
    let text = graph.to_string();
    assert!(text.contains("; filter.krs:4:9\n"), "{text}");
    assert_eq!(Graph::parse(&text).expect("a good text").to_string(), text);
}

#[test]
fn expansions_with_infinities_and_nans_are_read_back_and_well_formed() {
    use crate::pass::{Level, optimize};
    let (x, y) = (Signal::input(0), Signal::input(1));
    let outputs = [
        x.log(),
        x.log2(),
        x.log10(),
        x.pow(&y),
        x.atan2(&y),
        x.tan_pi(),
    ];
    for precision in [Precision::F32, Precision::F64] {
        let options = BuildOptions {
            precision,
            ..BuildOptions::default()
        };
        let built = Graph::build(&outputs, &options).expect("good signals");
        assert!(built.to_string().contains("float NaN"));
        assert!(built.to_string().contains("float -inf"));
        for graph in [
            optimize(&built, Level::Strict),
            optimize(&built, Level::Optimized),
            built,
        ] {
            graph.verify().expect("a good graph");
            let text = graph.to_string();
            let read = Graph::parse(&text).expect("a good text");
            assert_eq!(read.to_string(), text);
        }
    }
}

#[test]
fn f32_constants_are_read_in_their_width() {
    // Read as f64 and then rounded, this decimal would round twice and end one unit lower.
    let text =
        "graph f32 48000 inputs 0 {\n %0 = float 1.00000017881393432617187499\n output %0\n}";
    let graph = Graph::parse(text).expect("a good text");
    let given: f32 = "1.00000017881393432617187499".parse().expect("a float");
    assert_eq!(
        graph.constant(NodeId::new(0)),
        Some(Const::Float(f64::from(given)))
    );
}

#[test]
fn comments_stand_anywhere_and_are_no_sites_unless_they_look_like_one() {
    let text = "; a graph\ngraph f64 48000 inputs 1 { ; begins\n; here\n%0 = input 0 ; the input\n\
                ; x.krs:1:2\noutput %0\n}\n; over";
    let graph = Graph::parse(text).expect("a good text");
    assert_eq!(graph.op(graph.outputs()[0]), Op::Input(0));
    assert!(graph.node(graph.outputs()[0]).site.is_none());
}

fn refusal(body: &str) -> String {
    let text = format!("graph f64 48000 inputs 1 {{\n{body}\n}}");
    parse(&text).expect_err("a bad text").to_string()
}

#[test]
fn mistakes_are_placed_and_come_with_a_hint() {
    assert_eq!(
        refusal("%0 = input 0\n  %1 = ad %0 %0"),
        "3:8: `ad` is no operation; did you mean `add`?"
    );
    assert_eq!(
        refusal("%1 = neg %0"),
        "2:10: `%0` is not defined; define it on an earlier line: operands come before users"
    );
    assert_eq!(
        refusal("%0 = input 0\n%0 = input 0"),
        "3:1: `%0` is defined twice; every node has a number of its own"
    );
    assert_eq!(
        refusal("%0 = register r0"),
        "2:15: `r0` is not declared; declare it above; 0 are declared"
    );
    assert_eq!(
        refusal("register r1 float 0.0"),
        "2:10: expected `r0`, found `r1`; state is numbered from 0 in the order of its declarations"
    );
    assert_eq!(
        refusal("register r0 flaot 0.0"),
        "2:13: `flaot` is no type; types are float, i32, i64 and bool"
    );
    assert_eq!(
        refusal("%0 = i32 4000000000"),
        "2:10: expected a 32-bit integer, found `4000000000`; a number in range goes here"
    );
    assert_eq!(
        refusal("extern x0 \"max\" ()"),
        "2:11: there is no extern named \"max\"; register the unit with the reader of the text"
    );
    assert_eq!(
        refusal("output %3"),
        "2:8: `%3` is not defined; define it below the declarations"
    );
    assert_eq!(
        refusal("control c0 \"a"),
        "2:12: a name without its closing quote; close it on the same line"
    );
    assert!(refusal("§").starts_with("2:1: unexpected character '§'"));
    assert!(
        parse("graph f16 1 inputs 0 {}")
            .expect_err("no such width")
            .to_string()
            .starts_with("1:7: `f16` is no width")
    );
    assert!(parse("graph f32 48000 inputs 0 {").is_err());
    assert!(parse("").is_err());
}

#[test]
fn no_text_panics_the_reader() {
    for end in 0..EVERYTHING.len() {
        if EVERYTHING.is_char_boundary(end) {
            let _ = parse(&EVERYTHING[..end]);
            let _ = parse(&format!("{}%\"\\u{{", &EVERYTHING[..end]));
            let _ = parse(&EVERYTHING[end..]);
        }
    }
}
