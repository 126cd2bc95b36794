//! The cache of finished code: equal content is compiled once, other numbers are filled in, different content never
//! shares, and what is kept is bounded.

mod oracle;

use oracle::{assert_same, evaluate_script, run, run_script, strict};
use proptest::prelude::*;
use synthc_ir::library::{adsr, resonant, sine_osc};
use synthc_ir::signal::Table;
use synthc_ir::testing::{INPUTS, Script, graphs, scripts};
use synthc_ir::{BuildOptions, Const, Control, Graph, Op, Precision, Signal, Smoothing, feedback};
use synthc_jit::{CacheLimits, CodeCache, CompileOptions, Compiler, Level, Program, Target};

fn built(signal: Signal) -> Graph {
    Graph::build(&[signal], &BuildOptions::default()).expect("a well-formed signal")
}

fn one_pole(gain: f64) -> Graph {
    built(feedback(|y| gain * y + Signal::input(0)))
}

fn compile(compiler: &mut Compiler, graph: &Graph) -> Program<f32> {
    let program = compiler.compile(graph, &CompileOptions::default());
    program.expect("a compilable graph")
}

fn with_level(change: impl FnOnce(&mut Control)) -> Graph {
    let mut control = Control::new("level", 0.5, 0.0, 1.0);
    change(&mut control);
    built(Signal::input(0) * Signal::control(control))
}

#[test]
fn equal_graphs_share_code_and_nothing_else() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let first = compile(&mut compiler, &one_pole(0.5));
    let pages = compiler.code_memory().used;
    let second = compile(&mut compiler, &one_pole(0.5));
    assert!(!first.is_cached() && second.is_cached());
    assert_eq!(compiler.code_memory().used, pages);
    let (usage, times) = (cache.usage(), second.compile_times());
    assert_eq!((usage.hits, usage.misses, usage.entries), (1, 1, 1));
    assert_eq!(times.total(), times.lookup);
    let heard = |program: &Program<f32>| run(program, 64, &Vec::new(), 1, &[64]);
    assert_same(&heard(&first), &heard(&second), "the same code");
    // States belong to their own program still.
    let mut state = first.instantiate(0);
    let foreign = second.process(&mut state, &[&[0.0]], &mut [&mut [0.0]], &[]);
    assert!(foreign.is_err());
}

#[test]
fn what_only_people_see_is_no_part_of_the_content() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    compile(&mut compiler, &with_level(|_| {}));
    let renamed = compile(&mut compiler, &with_level(|c| c.name = "gain".into()));
    assert!(renamed.is_cached());
    assert_eq!(&*renamed.controls()[0].name, "gain");
    let louder = compile(&mut compiler, &with_level(|c| c.init = 1.0));
    assert!(louder.is_cached());
    let heard = run(&louder, 1, &Vec::new(), 0, &[1]);
    assert_eq!(heard, [f64::from(oracle::input(0, 0) as f32)]);
    assert!(compile(&mut compiler, &with_level(|c| c.step = 0.5)).is_cached());
    let slower = |c: &mut Control| c.smoothing = Smoothing::Seconds(0.5);
    assert!(compile(&mut compiler, &with_level(slower)).is_cached());
    // A control that steps is not read frame by frame.
    let steps = |c: &mut Control| c.smoothing = Smoothing::None;
    assert!(!compile(&mut compiler, &with_level(steps)).is_cached());
    assert!(!compile(&mut compiler, &with_level(|c| c.hi = 2.0)).is_cached());
}

#[test]
fn options_and_sample_rates_are_part_of_the_content() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let given = one_pole(0.5);
    for level in [Level::Strict, Level::Optimized] {
        for target in [Target::Host, Target::Baseline] {
            for moving in [true, false] {
                let options = CompileOptions {
                    level,
                    target,
                    moving,
                    ..CompileOptions::default()
                };
                assert!(
                    !compiler
                        .compile::<f32>(&given, &options)
                        .unwrap()
                        .is_cached()
                );
                assert!(
                    compiler
                        .compile::<f32>(&given, &options)
                        .unwrap()
                        .is_cached()
                );
            }
        }
    }
    let options = BuildOptions {
        sample_rate: 44_100.0,
        ..BuildOptions::default()
    };
    let y = feedback(|y| 0.5 * y + Signal::input(0));
    let other = Graph::build(&[y], &options).unwrap();
    assert!(!compile(&mut compiler, &other).is_cached());
}

#[test]
fn tables_are_compared_cell_by_cell() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let table = |last: f64| {
        let mut cells = vec![0.25; 100];
        cells[99] = last;
        let index = Signal::input(0).to_i32().max(Signal::int(99));
        built(Table::read_only(cells).read(&index))
    };
    let value = |program: &Program<f32>| run(program, 1, &Vec::new(), 0, &[1])[0];
    assert_eq!(value(&compile(&mut compiler, &table(0.5))), 0.5);
    assert_eq!(value(&compile(&mut compiler, &table(0.75))), 0.75);
    assert!(compile(&mut compiler, &table(0.5)).is_cached());
}

#[test]
fn text_is_made_although_the_code_is_known() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    compile(&mut compiler, &one_pole(0.5));
    let options = CompileOptions {
        keep_text: true,
        ..CompileOptions::default()
    };
    let program = compiler.compile::<f32>(&one_pole(0.5), &options).unwrap();
    assert!(program.text().is_some() && !program.is_cached());
}

#[test]
fn five_thousand_edits_are_kept_within_the_limits_and_undo_finds_the_last() {
    let limits = CacheLimits {
        entries: 40,
        bytes: 1 << 20,
    };
    let cache = CodeCache::new(limits);
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let gain = |n: usize| 1.0 / (2.0 + n as f64);
    let mut sounding = None;
    for n in 0..5000 {
        sounding = Some(compile(&mut compiler, &one_pole(gain(n))));
        let usage = cache.usage();
        assert!(usage.entries <= limits.entries && usage.bytes <= limits.bytes);
        assert!(compiler.code_memory().used <= 41 * 4096);
        let undone = compile(&mut compiler, &one_pole(gain(n.saturating_sub(1))));
        assert!(undone.is_cached());
    }
    assert_eq!(cache.usage().entries, limits.entries);
    cache.clear();
    assert_eq!(cache.usage().bytes, 0);
    assert_eq!(compiler.code_memory().used, 4096, "what sounds stays");
    drop(sounding);
    assert_eq!(compiler.code_memory().used, 0);
}

#[test]
fn evicted_code_lives_on_in_its_states() {
    let cache = CodeCache::new(CacheLimits {
        entries: 1,
        bytes: 1 << 20,
    });
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let first = compile(&mut compiler, &one_pole(0.5));
    compile(&mut compiler, &one_pole(0.25));
    assert_eq!(cache.usage().entries, 1);
    let mut state = first.instantiate(0);
    let mut output = [0.0; 3];
    first
        .process(&mut state, &[&[1.0; 3]], &mut [&mut output], &[])
        .unwrap();
    assert_eq!(output, [1.0, 1.5, 1.75]);
    assert!(!compile(&mut compiler, &one_pole(0.5)).is_cached());
}

#[test]
fn what_is_larger_than_the_cache_is_not_kept() {
    let cache = CodeCache::new(CacheLimits {
        entries: 8,
        bytes: 64 << 10,
    });
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let table = Table::read_only(vec![0.5; 100_000]);
    compile(
        &mut compiler,
        &built(table.read(&Signal::input(0).to_i32())),
    );
    assert_eq!((cache.usage().entries, cache.usage().bytes), (0, 0));
}

#[test]
fn threads_share_one_cache() {
    let cache = CodeCache::default();
    let compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mut compiler = compiler.sibling();
            scope.spawn(move || {
                for n in 0..50 {
                    let gain = 1.0 / f64::from(n % 10 + 2);
                    let program = compile(&mut compiler, &one_pole(gain));
                    let given = run(&program, 2, &Vec::new(), 0, &[2]);
                    let [x, y] = [0, 1].map(|frame| oracle::input(0, frame) as f32);
                    let expected = f64::from(x.mul_add(gain as f32, y));
                    assert!((given[1] - expected).abs() < 1e-6);
                }
            });
        }
    });
    let usage = cache.usage();
    assert_eq!((usage.entries, usage.hits + usage.misses), (10, 200));
    assert!(usage.misses <= 40, "each thread at most once: {usage:?}");
}

/// A filter with an envelope, whose numbers are given; and an oscillator with a frequency of its own.
fn voice(numbers: [f64; 4]) -> Signal {
    let [attack, gain, mix, frequency] = numbers;
    let gate = Signal::control(Control::new("gate", 1.0, 0.0, 1.0));
    let cutoff = Signal::control(Control::new("cutoff", 800.0, 100.0, 4000.0));
    let envelope = adsr(attack, 0.1, 0.3, 0.2, gate);
    let filtered = resonant(Signal::input(0), cutoff, 1.3);
    filtered * envelope * gain + sine_osc(frequency + Signal::input(1) * 9.7) * mix
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_graph_with_other_numbers_is_filled_in() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let (before, after) = ([0.01, 0.9, 0.3, 110.0], [0.02, 0.5, -1.7, 220.5]);
    for (lanes, moving) in [(1, false), (1, true), (8, true)] {
        let options = CompileOptions {
            lanes,
            moving,
            ..CompileOptions::default()
        };
        let first = compiler.compile::<f32>(&built(voice(before)), &options);
        assert!(!first.unwrap().is_filled());
        let graph = built(voice(after));
        let filled = compiler.compile::<f32>(&graph, &options).unwrap();
        assert!(filled.is_filled() && !filled.is_cached());
        let times = filled.compile_times();
        assert!(times.build.is_zero() && times.codegen.is_zero());
        // The same bits as if it had been compiled.
        let mut alone = Compiler::new(Target::Host).unwrap();
        let compiled = alone.compile::<f32>(&graph, &options).unwrap();
        let wide = |frame: usize| vec![oracle::input(0, frame) as f32; lanes];
        let inputs: [Vec<f32>; 2] = [(0..200).flat_map(wide).collect(), vec![0.25; 200 * lanes]];
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let heard = |program: &Program<f32>| {
            let mut state = program.instantiate(7);
            let mut output = vec![0.0; 200 * lanes];
            let moving = vec![0.75; 200 * lanes];
            program
                .process(&mut state, &inputs, &mut [&mut output], &[])
                .unwrap();
            let moves: Vec<Option<&[f32]>> = vec![Some(&moving); program.controls().len()];
            let mut later = vec![0.0; 200 * lanes];
            program
                .process(&mut state, &inputs, &mut [&mut later], &moves)
                .unwrap();
            (output, later)
        };
        assert_eq!(heard(&filled), heard(&compiled), "{lanes} lanes");
    }
    let usage = cache.usage();
    assert_eq!((usage.entries, usage.templates, usage.filled), (6, 3, 3));
    // What was filled in is found like anything else.
    assert!(compile(&mut compiler, &built(voice(after))).is_cached());
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_count_times_a_fraction_is_another_structure_than_a_count_times_more() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let mut compile =
        |attack: f64| compile(&mut compiler, &built(voice([attack, 0.9, 0.3, 110.0])));
    assert!(!compile(0.01).is_filled());
    // Shorter than a frame: it rises by more than 1.
    assert!(!compile(0.000_01).is_filled());
    assert!(compile(0.013).is_filled());
}

#[test]
#[cfg(target_arch = "x86_64")]
fn numbers_that_were_equal_are_told_apart_once_and_for_all() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    let mut filled = |a: f64, b: f64| {
        let signal = Signal::input(0) * a + Signal::input(1).abs() * b;
        compile(&mut compiler, &built(signal)).is_filled()
    };
    assert!(!filled(0.3, 0.3));
    assert!(!filled(0.3, 0.4), "one literal cannot be two numbers");
    assert!(filled(0.6, 0.7) && filled(0.9, 0.9));
}

#[test]
fn numbers_of_every_kind_keep_their_value_and_zeros_have_code_of_their_own() {
    let cache = CodeCache::default();
    let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
    compile(&mut compiler, &one_pole(0.3));
    for gain in [0.0, -0.0, 1.0, 0.25, 1.1, -0.3] {
        let program = compile(&mut compiler, &one_pole(gain));
        assert!(gain != 0.0 || !program.is_filled(), "{gain}");
        let value = run(&program, 2, &Vec::new(), 0, &[2])[1];
        let [x, y] = [0, 1].map(|frame| oracle::input(0, frame) as f32);
        let expected = f64::from(x.mul_add(gain as f32, y));
        assert!(
            (value - expected).abs() < 1e-6,
            "{gain}: {value} {expected}"
        );
    }
}

/// A graph in which every float constant is another one of its class.
fn turned(graph: &Graph, by: f64) -> Graph {
    let turn = |x: f64| {
        if (0.0..=1.0).contains(&x) {
            x * by
        } else {
            x / by
        }
    };
    let round = |x: f64| graph.precision().round(x);
    let constants = graph.nodes().filter_map(|(id, node)| match node.op {
        Op::Const(Const::Float(x)) => Some((id, Op::Const(Const::Float(round(turn(x)))))),
        _ => None,
    });
    graph.with_ops(constants)
}

/// The text of a graph with one word changed; `None` where the word has no variant.
fn mutated(text: &str, word: usize, choice: usize) -> Option<String> {
    const NAMES: [&str; 18] = [
        "add", "sub", "mul", "div", "min", "max", "lt", "le", "gt", "ge", "floor", "ceil", "and",
        "or", "xor", "shl", "shr_u", "neg",
    ];
    let words: Vec<(usize, &str)> = text
        .split([' ', '\n'])
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len() + 1;
            Some((start, word))
        })
        .filter(|(_, word)| !word.is_empty())
        .collect();
    let (start, word) = words[word % words.len()];
    let new = if let Some(id) = word.strip_prefix('%') {
        let id: usize = id.parse().ok()?;
        format!("%{}", choice % (id + 3))
    } else if let Ok(x) = word.parse::<i64>() {
        [x + 1, x - 1, x * 2, -x][choice % 4].to_string()
    } else if let Ok(x) = word.parse::<f64>() {
        format!("{:?}", [x + 1.0, x * 0.5, -x, x + 1e-3][choice % 4])
    } else if NAMES.contains(&word) {
        NAMES[choice % NAMES.len()].to_owned()
    } else {
        return None;
    };
    Some(format!(
        "{}{new}{}",
        &text[..start],
        &text[start + word.len()..]
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_graph_that_differs_in_any_word_gets_code_of_its_own(
        graph in graphs(Precision::F64, 30), script in scripts(40),
        words in proptest::collection::vec((any::<usize>(), any::<usize>()), 40)
    ) {
        let cache = CodeCache::default();
        let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
        let mut check = |graph: &Graph, script: &Script| {
            let program = compiler.compile::<f64>(graph, &strict()).unwrap();
            let given = run_script(&program, script, &[64], false);
            assert_same(&evaluate_script(graph, script), &given, &graph.to_string());
        };
        check(&graph.0, &script);
        let text = graph.0.to_string();
        for (word, choice) in words {
            let Some(text) = mutated(&text, word, choice) else {
                continue;
            };
            let Ok(graph) = Graph::parse(&text) else {
                continue;
            };
            if graph.verify().is_ok() && graph.input_count() == INPUTS {
                check(&graph, &script);
            }
        }
    }

    #[test]
    fn a_graph_with_other_numbers_has_its_own_bits(
        narrow in graphs(Precision::F32, 40), wide in graphs(Precision::F64, 40), script in scripts(40),
        by in prop::collection::vec(0.3..1.0_f64, 3)
    ) {
        let cache = CodeCache::default();
        let mut compiler = Compiler::with_cache(Target::Host, &cache).unwrap();
        for by in std::iter::once(1.0).chain(by) {
            let (narrow, wide) = (turned(&narrow.0, by), turned(&wide.0, by));
            let program = compiler.compile::<f32>(&narrow, &strict()).unwrap();
            let given = run_script(&program, &script, &[64], false);
            assert_same(&evaluate_script(&narrow, &script), &given, &narrow.to_string());
            let program = compiler.compile::<f64>(&wide, &strict()).unwrap();
            let given = run_script(&program, &script, &[64], false);
            assert_same(&evaluate_script(&wide, &script), &given, &wide.to_string());
        }
    }
}
