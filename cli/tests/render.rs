//! `synthc render`: every option, judged by the file that comes out, which other programs read.

mod support;

use support::{Folder, Pcm, floats32, floats64, program};

/// A session whose sound depends on everything: notes, noise, a smoothed control, a send.
const BAND: &str = r#"
def tone():
    freq = krs.control("freq", 220.0, 20.0, 2000.0)
    cutoff = krs.control("cutoff", 900.0, 50.0, 8000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    voice = krs.saw(freq) + 0.1 * krs.white_noise()
    return krs.lowpass(voice, cutoff) * krs.adsr(0.01, 0.1, 0.5, 0.1, gate)

def room(inp):
    return krs.reverb(inp, 0.7, 0.3)

lead = kr.node("lead", tone, gain=0.4)
hall = kr.node("hall", room, gain=0.5)
lead >> (hall, 0.5)
lead @ krp.seq("C3", "E4", "G3", None)
kr.tempo = 240
"#;

/// A ramp over full scale: sample n is n/64 − 1.25.
const RAMP: &str = "def f():\n    return krs.feedback(lambda y: y + 1 / 64) - 81 / 64\n";

/// What comes in goes out; two inputs, two channels.
const THROUGH: &str = "def f(left, right):\n    return left, right\n";

/// Controls as samples.
const CONTROLS: &str = r#"
def f():
    return krs.control("level", 0.25, 0.0, 1.0), krs.control("gate", 0.0, 0.0, 1.0)
"#;

#[test]
fn the_length_is_in_frames_seconds_or_bars() {
    let folder = Folder::with_patch(BAND);
    for (length, frames) in [
        ("--frames 17", 17),
        ("--seconds 0.25", 12_000),
        ("--seconds 0.25 --rate 44100", 11_025),
        ("--bars 1", 48_000),
        ("--bars 1 --rate 96000", 96_000),
    ] {
        folder.done(&format!("render patch.py -o a.f32 {length}"));
        assert_eq!(
            floats32(&folder.read("a.f32")).len(),
            2 * frames,
            "{length}"
        );
    }
}

#[test]
fn by_default_the_patterns_play_once_and_ring_out() {
    let folder = Folder::with_patch(
        &BAND
            .replace("reverb", "echo")
            .replace("0.7, 0.3", "10.0, 0.5"),
    );
    folder.done("render patch.py -o a.f32");
    let samples = floats32(&folder.read("a.f32"));
    assert!(samples.len() > 2 * 48_000, "one cycle and a tail");
    let end = &samples[samples.len() - 200..];
    assert!(end.iter().all(|x| x.abs() < 1e-4), "the tail is quiet");
}

#[test]
fn precision_is_the_width_of_arithmetic() {
    let folder = Folder::with_patch("def f():\n    return krs.sr() / 480000.0\n");
    let samples = |options: &str| {
        folder.done(&format!("render patch.py:f -o a.f64 --frames 3 {options}"));
        floats64(&folder.read("a.f64"))
    };
    assert_eq!(samples(""), [f64::from(0.1_f32); 3]);
    assert_eq!(samples("--precision f32"), [f64::from(0.1_f32); 3]);
    assert_eq!(samples("--precision f64"), [0.1; 3]);
}

#[test]
fn the_block_size_changes_no_byte() {
    let folder = Folder::with_patch(BAND);
    let bytes = |options: &str| {
        folder.done(&format!("render patch.py -o a.f32 --seconds 0.5 {options}"));
        folder.read("a.f32")
    };
    let reference = bytes("");
    for block in [1, 17, 64, 480, 4096] {
        assert!(
            bytes(&format!("--block {block}")) == reference,
            "--block {block}"
        );
    }
}

#[test]
fn strict_and_baseline_renders_are_the_same_music() {
    let folder = Folder::with_patch(BAND);
    let samples = |options: &str| {
        folder.done(&format!(
            "render patch.py -o a.f64 --precision f64 --seconds 0.25 {options}"
        ));
        floats64(&folder.read("a.f64"))
    };
    let optimized = samples("");
    let strict = samples("--strict");
    assert!(
        strict == samples("--strict --target baseline"),
        "strict is bit-exact on every target"
    );
    let difference = |other: &[f64]| {
        let pairs = optimized.iter().zip(other);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    assert_eq!(strict.len(), optimized.len());
    assert!(difference(&strict) < 1e-11);
    assert!(difference(&samples("--target baseline")) < 1e-11);
}

#[test]
fn the_seed_chooses_the_noise() {
    let folder = Folder::with_patch("def f():\n    return krs.white_noise()\n");
    let zero = folder.samples("--frames 1000");
    assert!(zero == folder.samples("--frames 1000 --seed 0"));
    let one = folder.samples("--frames 1000 --seed 1");
    assert!(one == folder.samples("--frames 1000 --seed 1"));
    let equal = zero.iter().zip(&one).filter(|(a, b)| a == b).count();
    assert!(equal < 10, "{equal} of 1000 samples are equal");
}

#[test]
fn integers_are_rounded_and_clamped_as_another_reader_sees() {
    let folder = Folder::with_patch(RAMP);
    for (option, bytes) in [("--encoding pcm16", 2), ("--encoding pcm24", 3), ("", 3)] {
        folder.done(&format!(
            "render patch.py:f -o a.wav --frames 161 --rate 44100 {option}"
        ));
        let scale = 1_i64 << (8 * bytes - 1);
        let expected = |n: i64| ((n - 80) * (scale / 64)).clamp(-scale, scale - 1);
        let read = Pcm::read(&folder.path("a.wav"));
        assert_eq!((read.channels, read.bytes, read.rate), (1, bytes, 44_100));
        assert_eq!(read.samples, (0..161).map(expected).collect::<Vec<_>>());
    }
}

#[test]
fn floats_are_what_sox_reads() {
    let folder =
        Folder::with_patch("def f():\n    return krs.sine_osc(1000), -0.5 * krs.sine_osc(500)\n");
    folder.done("render patch.py:f -o a.f64 --frames 999");
    let samples = floats64(&folder.read("a.f64"));
    for (encoding, bits) in [("f32", "32"), ("f64", "64")] {
        folder.done(&format!(
            "render patch.py:f -o a.wav --frames 999 --encoding {encoding}"
        ));
        let path = folder.path("a.wav");
        let path = path.to_str().expect("a UTF-8 path");
        for (question, answer) in [
            ("-r", "48000"),
            ("-c", "2"),
            ("-s", "999"),
            ("-b", bits),
            ("-e", "Floating Point PCM"),
        ] {
            let said = program("soxi", &[question, path]);
            assert_eq!(
                String::from_utf8_lossy(&said).trim(),
                answer,
                "soxi {question}"
            );
        }
        let read = floats64(&program("sox", &[path, "-t", "f64", "-"]));
        assert_eq!(read.len(), samples.len());
        for (n, (read, written)) in read.iter().zip(&samples).enumerate() {
            // sox computes in integers of 32 bits and clips +1 to the largest of them.
            assert!(
                (read - written).abs() < 1.0 / f64::from(1 << 30),
                "{n}: {read}, {written}"
            );
        }
    }
}

#[test]
fn raw_floats_are_little_endian_and_interleaved() {
    let folder = Folder::with_patch("def f():\n    return 0.5, -2.0\n");
    folder.done("render patch.py:f -o a.f32 --frames 2");
    let frame = [0, 0, 0, 0x3f, 0, 0, 0, 0xc0];
    assert_eq!(folder.read("a.f32"), [frame, frame].concat());
    folder.done("render patch.py:f -o a.F64 --frames 1");
    assert_eq!(floats64(&folder.read("a.F64")), [0.5, -2.0]);
}

#[test]
fn standard_output_gets_the_bytes_of_the_file() {
    let folder = Folder::with_patch(&format!("print('words')\n{RAMP}"));
    folder.done("render patch.py:f -o a.wav --frames 100 --encoding f32");
    let run = folder.done("render patch.py:f -o - --frames 100 --encoding f32");
    assert_eq!(run.stdout, folder.read("a.wav"));
    assert!(run.stderr.starts_with("words\n"), "{}", run.stderr);
    assert_eq!(folder.entries(), ["a.wav", "patch.py"]);
}

#[test]
fn initial_values_are_set() {
    let folder = Folder::with_patch(CONTROLS);
    assert_eq!(
        folder.samples("--frames 1 --set level=0.75 --set gate=1"),
        [0.75, 1.0]
    );
    assert_eq!(
        folder.samples("--frames 1 --set level=7"),
        [1.0, 0.0],
        "clamped to its range"
    );
    let band = Folder::with_patch(BAND);
    band.done("render patch.py -o a.f32 --frames 9000");
    band.done("render patch.py -o b.f32 --frames 9000 --set lead/cutoff=200 --set lead/gain=0.1");
    assert_ne!(band.read("a.f32"), band.read("b.f32"));
}

#[test]
fn steps_happen_at_their_frame() {
    let folder = Folder::with_patch(CONTROLS);
    let stepped = folder
        .samples("--frames 200 --raw-controls --at 100:level=0.75 --at 7:gate=1 --at 130:gate=0");
    let expected = |n: usize| {
        [
            if n < 100 { 0.25 } else { 0.75 },
            f64::from(u8::from((7..130).contains(&n))),
        ]
    };
    assert_eq!(stepped, (0..200).flat_map(expected).collect::<Vec<_>>());

    let events = r#"[[130, "gate", 0], [100, "level", 0.75], [7, "gate", 1.0]]"#;
    folder.write("events.json", events);
    assert_eq!(
        folder.samples("--frames 200 --raw-controls --events events.json"),
        stepped
    );
}

#[test]
fn controls_glide_and_gates_step() {
    let folder = Folder::with_patch(CONTROLS);
    let samples = folder.samples("--frames 9600 --at 100:level=0.75 --at 100:gate=1");
    let (level, gate): (Vec<f64>, Vec<f64>) =
        samples.as_chunks().0.iter().map(|&[l, g]| (l, g)).unzip();
    assert_eq!(gate[99..101], [0.0, 1.0]);
    assert_eq!(level[99], 0.25);
    assert!(level[100] < 0.3, "no step: {}", level[100]);
    assert!(level.is_sorted(), "no overshoot");
    // The time constant is 22.7 ms: 63 % of the way.
    let passed = level
        .iter()
        .position(|&x| x > 0.25 + 0.5 * 0.632)
        .expect("it gets there");
    assert!(
        (passed as f64 - 100.0 - 0.0227 * 48_000.0).abs() < 30.0,
        "{passed}"
    );
    assert!((level[9599] - 0.75).abs() < 1e-3);
}

#[test]
fn steps_of_a_session_are_named_by_node() {
    let folder = Folder::with_patch(
        "def f():\n    return krs.control(\"gate\", 0.0, 0.0, 1.0)\nkr.node(\"n\", f)\n",
    );
    folder.done("render patch.py -o a.f32 --frames 300 --at 129:n/gate=1");
    let samples = floats32(&folder.read("a.f32"));
    let first = samples.iter().position(|&x| x != 0.0);
    assert_eq!(first, Some(2 * 129));
}

#[test]
fn generated_inputs_are_the_generators_of_the_reference() {
    let folder = Folder::with_patch(THROUGH);
    let both = |left: &str, right: &str| {
        let samples = folder.samples(&format!(
            "--frames 500 --input left={left} --input right={right}"
        ));
        let (left, right): (Vec<f64>, Vec<f64>) =
            samples.as_chunks().0.iter().map(|&[l, r]| (l, r)).unzip();
        (left, right)
    };
    let (impulse, dc) = both("impulse:3", "dc:-0.25");
    assert_eq!(impulse[2..5], [0.0, 1.0, 0.0]);
    assert_eq!(impulse.iter().sum::<f64>(), 1.0);
    assert!(dc.iter().all(|&x| x == -0.25));
    assert_eq!(both("impulse", "dc:0").0[..2], [1.0, 0.0]);

    let (sine, noise) = both("sine:480:0.5", "noise:42");
    let mut r = 42_u32;
    for n in 0..500 {
        let turns = n as f64 / 100.0;
        assert!(
            (sine[n] - 0.5 * (std::f64::consts::TAU * turns).sin()).abs() < 1e-12,
            "{n}"
        );
        r = r.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        assert_eq!(
            noise[n],
            f64::from(r.cast_signed()) / 2_147_483_647.0,
            "{n}"
        );
    }
    assert_eq!(
        both("sine:480", "noise").0[25],
        1.0,
        "amplitude 1 if not given"
    );
}

#[test]
fn files_are_inputs_and_silence_follows() {
    let folder = Folder::with_patch(THROUGH);
    let left: Vec<u8> = [0.5_f64, 0.1, -3.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    folder.write("left.f64", left);
    let stereo = folder.path("stereo.wav");
    let tone = [
        "-n",
        "-r",
        "48000",
        "-b",
        "16",
        "-c",
        "2",
        stereo.to_str().expect("UTF-8"),
    ];
    let merged = ["synth", "5s", "sine", "4000", "sine", "8000"];
    program("sox", &[&["-D"], &tone[..], &merged].concat());
    let expected = Pcm::read(&stereo);
    let samples = folder.samples("--input left=left.f64 --input right=stereo.wav#2");
    let mut frames = samples.as_chunks().0.iter();
    for (n, frame) in expected.samples.as_chunks().0.iter().enumerate() {
        let &[_, second]: &[i64; 2] = frame;
        let &[left, right]: &[f64; 2] = frames.next().expect("as long as the longest file");
        assert_eq!(left, *[0.5, 0.1, -3.0].get(n).unwrap_or(&0.0));
        assert_eq!(right, second as f64 / 32_768.0);
    }
    assert!(frames.all(|frame| *frame == [0.0, 0.0]), "the tail");
}

#[test]
fn a_render_is_an_input_again_bit_for_bit() {
    let folder =
        Folder::with_patch("def f():\n    return krs.white_noise()\ndef again(x):\n    return x\n");
    for encoding in ["f32", "f64"] {
        let options = format!("--frames 300 --precision {encoding} --encoding {encoding}");
        folder.done(&format!("render patch.py:f -o a.wav {options}"));
        folder.done(&format!(
            "render patch.py:again -o b.wav --input x=a.wav {options}"
        ));
        assert!(folder.read("a.wav") == folder.read("b.wav"), "{encoding}");
    }
}

#[test]
fn the_summary_is_one_json_object() {
    let text = format!("print('one', 'two')\n{RAMP}");
    let folder = Folder::with_patch(&text);
    let run = folder.done("render patch.py:f -o a.wav --frames 96 --rate 44100 --json");
    let summary: serde_json::Value =
        serde_json::from_str(&run.stderr).expect("only JSON on stderr");
    assert_eq!(summary["output"], "a.wav");
    assert_eq!(summary["frames"], 96);
    assert_eq!(summary["sample_rate"], 44_100.0);
    assert_eq!(summary["channels"], 1);
    assert_eq!(summary["seconds"], 96.0 / 44_100.0);
    assert_eq!(summary["peak"], 1.25);
    assert_eq!(summary["printed"], "one two\n");
    assert_eq!(summary["warnings"], serde_json::json!([]));
    let number = |name: &str| summary[name].as_f64().unwrap_or_else(|| panic!("{name}"));
    let decibels = |x: f64| 20.0 * x.log10();
    assert!((number("peak_dbfs") - decibels(1.25)).abs() < 1e-9);
    assert!(number("true_peak_dbtp") >= number("peak_dbfs"));
    let mean = (0..96)
        .map(|n| (f64::from(n - 80) / 64.0).powi(2))
        .sum::<f64>()
        / 96.0;
    assert!((number("rms_dbfs") - decibels(mean.sqrt())).abs() < 1e-6);
    for name in ["real_time_factor", "compile_ms", "render_ms"] {
        assert!(number(name) > 0.0, "{name}");
    }
}

#[test]
fn the_summary_is_for_people_and_can_be_silenced() {
    let folder = Folder::with_patch(&format!("print('words')\n{RAMP}"));
    let run = folder.done("render patch.py:f -o a.wav --frames 96");
    assert!(run.stdout.is_empty());
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(
        lines[..2],
        ["words", "a.wav: 0.002 s, 1 channel at 48000 Hz (as given)"]
    );
    assert!(
        lines[2].starts_with("peak 1.94 dBFS, true peak "),
        "{}",
        lines[2]
    );
    assert!(lines[3].contains("× real time, "), "{}", lines[3]);
    for quiet in ["--quiet", "-q"] {
        let run = folder.done(&format!("render patch.py:f -o a.wav --frames 96 {quiet}"));
        assert!(
            run.stdout.is_empty() && run.stderr.is_empty(),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn an_old_file_is_replaced_only_by_a_whole_new_one() {
    let folder = Folder::with_patch(CONTROLS);
    folder.write("a.wav", "old");
    // The first fails before the output is opened, the second while it is open.
    assert_eq!(
        folder
            .run("render patch.py:f -o a.wav --input x=dc:1")
            .status,
        Some(2)
    );
    assert_eq!(
        folder
            .run("render patch.py:f -o a.wav --set nothing=1")
            .status,
        Some(2)
    );
    assert_eq!(folder.read("a.wav"), b"old");
    assert_eq!(
        folder.entries(),
        ["a.wav", "patch.py"],
        "no temporary file stays"
    );
    folder.done("render patch.py:f -o a.wav --frames 10");
    assert_eq!(Pcm::read(&folder.path("a.wav")).samples.len(), 20);
    assert_eq!(folder.entries(), ["a.wav", "patch.py"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_render_leaves_nothing_behind() {
    let folder = Folder::with_patch(BAND);
    folder.write("a.wav", "old");
    let mut command = folder.command("render patch.py -o a.wav --seconds 10000 --quiet");
    let mut render = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command starts");
    while folder.entries().len() < 3 {
        assert!(
            render.try_wait().expect("a child").is_none(),
            "it renders for a long time"
        );
        std::thread::yield_now();
    }
    program("kill", &["-INT", &render.id().to_string()]);
    let output = render.wait_with_output().expect("a child");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "interrupted: nothing was written\n"
    );
    assert_eq!(folder.read("a.wav"), b"old");
    assert_eq!(folder.entries(), ["a.wav", "patch.py"]);
}

#[test]
fn warnings_are_shown_with_their_place_and_do_not_stop() {
    let folder =
        Folder::with_patch("def f():\n    return krs.delay(krs.saw(100.0), 0)\nkr.node('n', f)\n");
    let run = folder.done("render patch.py -o a.wav --frames 10");
    let warning = "warning: a delay of 0 frames is the signal itself\n --> patch.py:2:12\n";
    assert!(run.stderr.starts_with(warning), "{}", run.stderr);
    assert_eq!(Pcm::read(&folder.path("a.wav")).samples.len(), 20);
    let run = folder.done("render patch.py -o a.wav --frames 10 --json");
    let summary: serde_json::Value =
        serde_json::from_str(&run.stderr).expect("only JSON on stderr");
    let text = summary["warnings"][0].as_str().expect("a warning");
    assert!(text.starts_with(warning.trim_end()), "{text}");
}

#[test]
fn samples_that_are_no_numbers_are_counted() {
    // 0 at frame 3 alone: 1/0 there.
    let folder = Folder::with_patch("def f(x):\n    return 1.0 / (x - 1.0), x\n");
    let run =
        folder.done("render patch.py:f -o a.wav --frames 10 --encoding pcm16 --input x=impulse:3");
    let warning = "warning: NaN or infinite samples: 1; ";
    assert!(run.stderr.starts_with(warning), "{}", run.stderr);
    let samples = Pcm::read(&folder.path("a.wav")).samples;
    assert_eq!(samples[4..9], [-32_768, 0, 32_767, 32_767, -32_768]);
}

#[test]
fn what_happens_inside_is_logged_on_request() {
    let folder = Folder::with_patch(RAMP);
    let wrong = folder.run("render patch.py:f -o a.wav --frames 10 --trace a=b=c");
    assert_eq!(wrong.status, Some(2), "{}", wrong.stderr);
    let run =
        folder.done("render patch.py:f -o a.wav --frames 10 --quiet --trace synthc_jit=debug");
    assert!(run.stderr.contains("DEBUG synthc_jit"), "{}", run.stderr);
}
