//! Whole patches and the sessions they build: nodes, routes, patterns, levels, both dialects.

use synthc_engine::session::{AutomationKind, Session, Shape, Tap, VoiceMode};
use synthc_lang::{Limits, Patch, SourceFile};

const INSTRUMENTS: &str = r#"
def drum() -> krs.Signal:
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    return krs.sine_osc(60.0) * krs.adsr(0.001, 0.2, 0.0, 0.05, gate)

def lead() -> krs.Signal:
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 900.0, 80.0, 5000.0)
    return krs.lowpass(krs.saw(freq), cutoff) * krs.adsr(0.01, 0.1, 0.5, 0.1, gate)

def room(inp: krs.Signal) -> krs.Signal:
    size = krs.control("size", 0.6, 0.0, 1.0)
    return krs.reverb(inp, size)
"#;

fn load(text: &str) -> Patch {
    let source = SourceFile::new("patch.py", format!("{INSTRUMENTS}{text}"));
    Patch::load(source, Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// What plays where, as text.
fn slots(session: &Session) -> Vec<(String, String)> {
    let slots = session.slots();
    slots
        .map(|(target, slot)| (target.to_string(), slot.pattern().to_string()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    expected.iter().map(own).collect()
}

#[test]
fn a_beat_becomes_nodes_routes_and_patterns() {
    let patch = load(
        r#"
with kr.batch():
    d = kr.node("drum", drum, gain=0.8)
    l = kr.node("lead", lead, gain=0.3, count=3, cutoff=1200)
    verb = kr.node("room", room)
    l >> (verb, 0.4)
    d >> verb

kr.tempo = 128
kr.meter = 3
kr.master = 0.6
d @ (krp.hit() * 4)
l @ krp.seq("A2", None, "E2").over(2)
l @ ("cutoff", krp.sine(200, 2000).over(4))
"#,
    );
    let session = patch.session();
    assert_eq!(
        (session.tempo(), session.meter(), session.master()),
        (128.0, 3.0, 0.6)
    );
    let nodes: Vec<_> = session
        .nodes()
        .map(|(n, x)| (&**n, x.gain(), x.count()))
        .collect();
    assert_eq!(
        nodes,
        [("drum", 0.8, 1), ("lead", 0.3, 3), ("room", 0.5, 1)]
    );
    assert_eq!(session.value("lead/cutoff").unwrap(), 1200.0);
    let routes: Vec<_> = session
        .routes()
        .map(|r| (&*r.from, &*r.to, r.level))
        .collect();
    assert_eq!(routes, [("drum", "room", 1.0), ("lead", "room", 0.4)]);
    assert_eq!(
        slots(session),
        pairs(&[
            ("drum", "hit() * 4"),
            ("lead", "seq(\"A2\", None, \"E2\").over(2)"),
            ("lead/cutoff", "sine(200, 2000).over(4)"),
        ])
    );
    assert!(patch.warnings().is_empty(), "{:?}", patch.warnings());
}

#[test]
fn builders_on_kr_and_explicit_calls_say_the_same() {
    let operators = load(
        r#"
l = kr.node("lead", lead)
v = kr.node("room", room)
l >> v
l @ krp.seq("A2", "D3")
l @ ("cutoff", krp.ramp(100, 900))
l["cutoff"] = 800
"#,
    );
    let calls = load(
        r#"
kr.node("lead", lead)
kr.node("room", room)
kr.connect("lead", "room")
kr.play("lead", kr.seq("A2", "D3"))
kr.play("lead/cutoff", kr.saw(100, 900))
kr.set("lead/cutoff", 800)
"#,
    );
    assert_eq!(operators.session(), calls.session());
}

#[test]
fn levels_automations_and_stops() {
    let patch = load(
        r#"
kr.node("drum", drum)
kr.node("lead", lead, pan=-0.5, legato=True)
kr.node("room", room)
kr.send("lead", "room", 0.3, pre=True)
kr.mod("lead/cutoff", "sine", lo=200, hi=2000, bars=4)
kr.fade("lead/gain", 0.0, bars=8)
kr.mute("drum")
kr["room/size"] = 0.9
kr["drum"] = 0.7
kr["drum"].pan = 0.25
kr.play("drum", kr.hit() * 2)
kr.hush("drum")
"#,
    );
    let session = patch.session();
    let lead = session.find_node("lead").unwrap();
    assert_eq!(
        (lead.pan(), lead.mode(), lead.gain()),
        (-0.5, VoiceMode::Legato, 0.0)
    );
    assert_eq!(session.routes().next().unwrap().tap, Tap::PreFader);
    let kinds: Vec<_> = session
        .automations()
        .map(|(target, a)| (target.to_string(), a.kind, a.bars))
        .collect();
    let (lo, hi) = (200.0, 2000.0);
    let modulation = AutomationKind::Modulation {
        shape: Shape::Sine,
        lo,
        hi,
    };
    let fade = AutomationKind::Fade { from: 0.5, to: 0.0 };
    assert_eq!(
        kinds,
        [
            ("lead/cutoff".to_owned(), modulation, 4.0),
            ("lead/gain".to_owned(), fade, 8.0)
        ]
    );
    assert!(session.is_muted("drum"));
    assert_eq!(session.value("room/size").unwrap(), 0.9);
    assert_eq!(session.find_node("drum").unwrap().pan(), 0.25);
    assert_eq!(session.slots().count(), 0);
}

#[test]
fn a_failed_batch_leaves_nothing_behind() {
    let patch = load(
        r#"
kr.node("drum", drum)
try:
    with kr.batch():
        kr.node("lead", lead)
        kr.tempo = 90
        kr["drum"] = 0.1
        raise ValueError("no")
except ValueError:
    pass
"#,
    );
    let session = patch.session();
    assert_eq!(session.nodes().count(), 1);
    assert_eq!(
        (session.tempo(), session.value("drum").unwrap()),
        (120.0, 0.5)
    );
    assert!(patch.definition("lead").is_ok());
}

#[test]
fn every_spelling_of_the_imports_gives_the_same_objects() {
    for imports in [
        "import krach\nkr, krs, krp = krach.kr, krach.krs, krach.krp",
        "from krach import kr, krs, krp",
        "import krach.kr as kr, krach.krs as krs, krach.krp as krp",
        "import kr, krs, krp",
        "from kr import node, hit",
        "",
    ] {
        let patch = load(&format!(
            "{imports}\nd = kr.node('drum', drum)\nd @ (krp.hit() * 2)\nkr.tempo = 99"
        ));
        assert_eq!(patch.session().tempo(), 99.0, "{imports}");
    }
}

#[test]
fn a_name_rebound_to_its_node_still_has_a_definition() {
    let patch = load("lead = kr.node('lead', lead)\n");
    assert_eq!(patch.functions(), ["drum", "lead", "room"]);
    assert_eq!(patch.definition("lead").unwrap().outputs.len(), 1);
    assert_eq!(patch.definition("room").unwrap().inputs, ["inp"]);
    let error = patch.definition("leed").unwrap_err();
    assert_eq!(error.diagnostics[0].help(), ["did you mean `lead`?"]);
}

#[test]
fn inside_a_transition_levels_and_values_fade() {
    let patch = load(
        r#"
l = kr.node("lead", lead, gain=0.2)
with kr.transition(bars=2):
    l.gain = 0.8
    l["cutoff"] = 400
    kr.tempo = 100
l["freq"] = 220
"#,
    );
    let session = patch.session();
    let places: Vec<_> = session
        .automations()
        .map(|(t, a)| (t.to_string(), a.bars))
        .collect();
    let expected = [
        ("lead/cutoff".to_owned(), 2.0),
        ("lead/gain".to_owned(), 2.0),
    ];
    assert_eq!(places, expected);
    assert_eq!(
        (session.tempo(), session.value("lead/freq").unwrap()),
        (100.0, 220.0)
    );
}

#[test]
fn scenes_return_to_what_was_saved() {
    let patch = load(
        r#"
d = kr.node("drum", drum)
d @ krp.hit()
kr.save("verse")
kr.node("lead", lead)
kr.tempo = 60
d @ None
kr.recall("verse")
print(kr.scenes)
"#,
    );
    let session = patch.session();
    assert_eq!((session.nodes().count(), session.slots().count()), (1, 1));
    assert_eq!(session.tempo(), 120.0);
    assert_eq!(patch.output(), "['verse']\n");
}

#[test]
fn groups_take_operations_for_all_their_members() {
    let patch = load(
        r#"
kr.node("drums/a", drum)
kr.node("drums/b", drum)
kr["drums"] @ (krp.hit() * 2)
kr["drums"].mute()
kr.gain("drums", 0.3)
"#,
    );
    let session = patch.session();
    assert_eq!(
        slots(session),
        pairs(&[("drums/a", "hit() * 2"), ("drums/b", "hit() * 2")])
    );
    assert!(session.is_muted("drums/a") && session.is_muted("drums/b"));
    assert_eq!(session.value("drums/b/gain").unwrap(), 0.3);
}

#[test]
fn the_session_can_be_inspected() {
    let patch = load(
        r#"
l = kr.node("lead", lead, count=4)
v = kr.node("room", room)
l >> [v]
print(kr.sources, kr.effects, kr.routing)
print(l, l.count, l.controls, kr["lead/cutoff"], l["cutoff"], v.is_effect)
"#,
    );
    assert_eq!(
        patch.output(),
        "['lead'] ['room'] [('lead', 'room', 1.0)]\n\
         <source lead, gain 0.5> 4 {'cutoff': 900.0, 'freq': 110.0, 'gate': 0.0} 900.0 900.0 True\n"
    );
}

#[test]
fn routing_names_the_output_and_the_input_of_a_route() {
    let patch = load(
        r#"
def split(inp): return (inp, inp * 0.5)
def duck(inp, key): return inp * (1 - key)
kr.node("split", split)
kr.node("duck", duck)
kr.node("room", room)
kr.send("split/out1", "duck/key", 0.25)
kr.send("split/out0", "room", 0.5)
kr.send("split", "duck/inp", 0.75)
print(kr.routing)
for source, target, level in kr.routing:
    kr.send(source, target, level * 2)
print(kr.routing)
"#,
    );
    assert_eq!(
        patch.output(),
        "[('split', 'duck/inp', 0.75), ('split/out0', 'room', 0.5), ('split/out1', 'duck/key', 0.25)]\n\
         [('split', 'duck/inp', 1.5), ('split/out0', 'room', 1.0), ('split/out1', 'duck/key', 0.5)]\n"
    );
}

#[test]
fn redefining_a_node_keeps_its_pattern_routes_and_level() {
    let patch = load(
        r#"
l = kr.node("lead", lead, gain=0.2)
l >> kr.node("room", room)
l @ "A2 D3"
kr.node("lead", lambda: lead() * 0.5)
"#,
    );
    let session = patch.session();
    assert_eq!((session.slots().count(), session.routes().count()), (1, 1));
    assert_eq!(session.value("lead").unwrap(), 0.2);
}

#[test]
fn a_mistake_in_a_graph_is_found_when_the_patch_is_loaded() {
    let source = SourceFile::new(
        "patch.py",
        "def f():\n    x = krs.saw(110.0)\n    return krs.delay(x, x * 1e12)\nkr.node('f', f)\n",
    );
    let error = Patch::load(source, Limits::default()).unwrap_err();
    let place = error.diagnostics[0].location().unwrap();
    assert_eq!((place.line, place.column), (3, 12));
}

#[test]
fn a_route_can_lead_to_one_parameter_of_an_effect() {
    let patch = load(
        r#"
def comp(inp, key):
    return inp * (1.0 - key)
def tone():
    return krs.saw(110.0) * 0.3
kr.node("pad", tone)
kr.node("kick", tone)
kr.node("comp", comp)
kr.connect("pad", "comp", port="inp")
kr.connect("kick", "comp", port="key", level=0.5)
kr.send("pad", "comp/key", 0.25)
kr.set("kick/comp/key_send", 0.75)
"#,
    );
    let routes: Vec<_> = patch
        .session()
        .routes()
        .map(|route| (route.from.to_string(), route.input, route.level))
        .collect();
    assert_eq!(
        routes,
        [
            ("kick".to_owned(), Some(1), 0.75),
            ("pad".to_owned(), Some(0), 1.0),
            ("pad".to_owned(), Some(1), 0.25)
        ]
    );
}

#[test]
fn a_function_of_three_signals_is_a_node_of_three_outputs() {
    let patch = load(
        r#"
def bands(inp):
    return inp, inp * 0.5, inp * 0.25
def hall(inp):
    return inp
kr.node("bands", bands)
hall = kr.node("hall", hall)
kr.send("bands/out2", hall, 0.4)
kr.connect("bands", "hall")
kr.set("bands/out2/hall_send", 0.75)
"#,
    );
    let routes: Vec<_> = patch
        .session()
        .routes()
        .map(|route| (route.output, route.level))
        .collect();
    assert_eq!(routes, [(None, 1.0), (Some(2), 0.75)]);
}
