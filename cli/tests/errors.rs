//! Bad input: what is said, in full, and the exit status. 1: the patch, 2: the command line, 3: files.
//!
//! The messages of patches lie beside them, `errors/NAME.py` and `errors/NAME.txt`; after a change of wording
//! `SYNTHC_BLESS=1 cargo test -p synthc --test errors` writes them anew, to be read before they are committed.

mod support;

use std::path::{Path, PathBuf};

use support::{Folder, Run, program, synthc};

fn patches() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors");
    let mut patches: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of wrong patches")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "py"))
        .collect();
    patches.sort();
    patches
}

/// Patches with nothing to suggest: the message says it all.
const WITHOUT_HELP: [&str; 1] = ["syntax"];

#[test]
fn every_wrong_patch_gets_its_message() {
    let patches = patches();
    assert!(patches.len() > 20);
    let mut failures = String::new();
    for path in patches {
        let name = path.file_stem().expect("a name").to_string_lossy();
        let folder = path.parent().expect("a folder");
        let out = Folder::new();
        let target = out.path("out.wav");
        let run = Run::of({
            let mut command = synthc(folder, &format!("render {name}.py --seconds 0.1 -o"));
            command.arg(&target);
            command
        });
        let golden = path.with_extension("txt");
        if std::env::var_os("SYNTHC_BLESS").is_some() {
            std::fs::write(&golden, &run.stderr).expect("the message can be written");
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        let help = run.stderr.contains("= help: ") || WITHOUT_HELP.contains(&&*name);
        let place = run.stderr.contains(&format!("--> {name}.py:")) && run.stderr.contains(" ^");
        if run.status != Some(1) || run.stderr != expected || !help || !place {
            let status = run.status;
            failures += &format!(
                "\n{name}: status {status:?}\n{}\nexpected status 1 and\n{expected}",
                run.stderr
            );
        }
        assert!(run.stdout.is_empty(), "{name}");
        assert!(
            out.entries().is_empty(),
            "{name} leaves {:?}",
            out.entries()
        );
    }
    assert!(failures.is_empty(), "{failures}");
}

/// What is said on the command line's own mistakes and on files: arguments, status, message.
#[test]
fn mistakes_of_the_command_line_and_of_files_are_told_apart() {
    let folder = Folder::with_patch(
        r#"
def tone():
    return krs.saw(krs.control("freq", 110.0, 20.0, 2000.0))

def room(inp):
    return inp

def broken():
    return krs.sine_ocs(440.0)

tempo = 3
kr.node("bass", tone)
"#,
    );
    folder.write("empty.py", "");
    folder.write("latin.py", b"# caf\xe9\n");
    folder.write("bad.json", "[[1, \"bass/freq\"]]");
    folder.write("negative.json", "[[-1, \"bass/freq\", 2.0]]");
    folder.write("odd.f64", [0; 12]);
    folder.write("noise.wav", "this is no sound");
    for (name, rate, channels) in [("rate.wav", "44100", "1"), ("stereo.wav", "48000", "2")] {
        let path = folder.path(name);
        let path = path.to_str().expect("UTF-8");
        program(
            "sox",
            &["-n", "-r", rate, "-c", channels, path, "trim", "0", "4s"],
        );
    }
    let render = "render patch.py -o a.wav --frames 9";
    let room = "render patch.py:room -o a.wav --frames 9";
    let cases = [
        (
            "render nothing.py -o a.wav",
            3,
            "error: cannot read the patch nothing.py: No such file or directory (os error 2)\n",
        ),
        (
            "render . -o a.wav",
            3,
            "error: cannot read the patch .: Is a directory (os error 21)\n",
        ),
        (
            "render latin.py -o a.wav",
            1,
            "error: latin.py:1: the file is not UTF-8 text; is it a patch?\n",
        ),
        (
            "render empty.py -o a.wav",
            1,
            "error: empty.py makes no node, so there is nothing to hear\n  help: make one: kr.node(\"tone\", function)\n",
        ),
        (
            "render patch.py:tome -o a.wav",
            2,
            "error: patch.py:tome: the patch defines no `tome`; did you mean `tone`?\n",
        ),
        (
            "render patch.py:tempo -o a.wav",
            2,
            "error: patch.py:tempo: `tempo` is no function but 'int'; name a function that returns a signal, or a node\n",
        ),
        (
            "inspect patch.py:tome",
            2,
            "error: patch.py:tome: the patch defines no `tome`; did you mean `tone`?\n",
        ),
        (
            "inspect empty.py",
            2,
            "error: empty.py makes no node; name a function: empty.py:FUNCTION\n",
        ),
        (
            "render patch.py:broken -o a.wav",
            1,
            "error: AttributeError: module 'krs' has no attribute 'sine_ocs'\n --> patch.py:9:16\n  |\n8 | def broken():\n  |     ------ `broken` called from here\n9 |     return krs.sine_ocs(440.0)\n  |                ^^^^^^^^\n  |\n  = help: did you mean `sine_osc`?\n",
        ),
        (
            "render patch.py -o a.mp3",
            2,
            "error: a.mp3 names no format; end it in .wav, .f32 or .f64, or use - for standard output\n",
        ),
        (
            "render patch.py -o a",
            2,
            "error: a names no format; end it in .wav, .f32 or .f64, or use - for standard output\n",
        ),
        (
            "render patch.py -o a.f32 --encoding pcm16",
            2,
            "error: --encoding is for WAV files; a.f32 holds the floats its name says\n",
        ),
        (
            "render patch.py -o no/a.wav",
            3,
            "error: cannot write no/a.wav: there is no folder no\n",
        ),
        (
            "render patch.py -o patch.py/a.wav",
            3,
            "error: cannot write patch.py/a.wav: there is no folder patch.py\n",
        ),
        (
            &format!("{render} --set bass/frek=1"),
            2,
            "error: --set bass/frek: node `bass` has no control `frek`; did you mean `freq`?\n",
        ),
        (
            &format!("{render} --set bas/freq=1"),
            2,
            "error: --set bas/freq: nothing is called `bas/freq`; did you mean `bass/freq`?\n",
        ),
        (
            &format!("{render} --at 3:bass/frek=1"),
            2,
            "error: node `bass` has no control `frek`; did you mean `freq`?\n",
        ),
        (
            &format!("{render} --events none.json"),
            3,
            "error: cannot read none.json: No such file or directory (os error 2)\n",
        ),
        (
            &format!("{render} --events bad.json"),
            2,
            "error: bad.json: invalid length 2, expected a tuple of size 3 at line 1 column 17; write [[frame, \"name\", value], …]\n",
        ),
        (
            &format!("{render} --events negative.json"),
            2,
            "error: negative.json: invalid value: integer `-1`, expected u64 at line 1 column 4; write [[frame, \"name\", value], …]\n",
        ),
        (
            &format!("{render} --input inp=dc:1"),
            2,
            "error: --input inp: a session has no parameters; render one function: patch.py:FUNCTION\n",
        ),
        (
            room,
            2,
            "error: the parameter `inp` of room() hears nothing; add --input inp=FILE.wav, or inp=sine:440:0.5, inp=impulse:0, inp=dc:0\n",
        ),
        (
            &format!("{room} --input imp=dc:1"),
            2,
            "error: --input imp: room() has no such parameter; it has inp\n",
        ),
        (
            &format!("{room} --input inp=dc:1 --input inp=dc:2"),
            2,
            "error: --input inp is given twice\n",
        ),
        (
            &format!("{room} --input inp=none.wav"),
            3,
            "error: cannot read none.wav: No such file or directory (os error 2)\n",
        ),
        (
            &format!("{room} --input inp=noise.wav"),
            3,
            "error: cannot read noise.wav: not a WAV file that can be read (Ill-formed WAVE file: no RIFF tag found)\n",
        ),
        (
            &format!("{room} --input inp=odd.f64"),
            3,
            "error: odd.f64 holds 12 bytes, which is no whole number of 8-byte floats; is it really raw 64-bit float data?\n",
        ),
        (
            &format!("{room} --input inp=rate.wav"),
            3,
            "error: rate.wav has a sample rate of 44100 Hz but the render runs at 48000 Hz; render with --rate 44100, or convert the file first: sox rate.wav -r 48000 out.wav\n",
        ),
        (
            &format!("{room} --input inp=stereo.wav"),
            3,
            "error: stereo.wav has 2 channels but a parameter hears one; choose one with stereo.wav#1 to stereo.wav#2\n",
        ),
        (
            &format!("{room} --input inp=stereo.wav#3"),
            3,
            "error: stereo.wav has 2 channel(s), there is no channel 3\n",
        ),
        (
            "render patch.py:tone -o a.wav --set frek=1",
            2,
            "error: the function has no control `frek`; did you mean `freq`?\n",
        ),
        (
            "render patch.py:tone -o a.wav --input x=dc:1",
            2,
            "error: --input x: tone() has no parameters\n",
        ),
    ];
    let mut failures = String::new();
    for (arguments, status, message) in cases {
        let run = folder.run(arguments);
        if run.status != Some(status) || run.stderr != message {
            failures += &format!(
                "\nsynthc {arguments}: {:?}\n{}\n{:?}",
                run.status, run.stderr, run.stderr
            );
        }
        assert!(run.stdout.is_empty(), "{arguments}");
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(
        !folder
            .entries()
            .iter()
            .any(|name| name.starts_with("a.") || name.starts_with('.'))
    );
}

/// Options that the parser itself refuses: status 2, the option and what would be right.
#[test]
fn malformed_options_are_refused_with_what_would_be_right() {
    let folder = Folder::with_patch("");
    for (options, said) in [
        ("--frames 0", "0 is not in 1.."),
        ("--frames -1", "unexpected argument"),
        ("--seconds 0", "0 is outside 0 to 864000 seconds"),
        ("--seconds nan", "NaN is outside 0 to 864000 seconds"),
        ("--bars 0", "0 is outside 0 to 1000000 bars"),
        ("--frames 1 --seconds 1", "cannot be used with"),
        ("--rate 0", "0 is not in 1000..=768000"),
        ("--precision f16", "[possible values: f32, f64]"),
        ("--target pentium", "[possible values: host, baseline]"),
        (
            "--encoding mp3",
            "[possible values: pcm16, pcm24, f32, f64]",
        ),
        ("--block 0", "0 is not in 1..=1048576"),
        ("--set x", "write NAME=VALUE, such as bass/cutoff=800"),
        ("--set x=loud", "`loud` is not a number"),
        ("--set x=inf", "inf is not a finite number"),
        ("--set =1", "the name before `=` is missing"),
        (
            "--at x=1",
            "write FRAME:NAME=VALUE, such as 48000:bass/cutoff=800",
        ),
        ("--at=-1:x=1", "`-1` is not a frame number"),
        ("--input x", "write NAME=SOURCE"),
        (
            "--input x=song.mp3",
            "use FILE.wav, FILE.f64, impulse:FRAME, sine:HZ:AMP, noise:SEED or dc:V",
        ),
        (
            "--input x=noise:-1",
            "`-1` is not a seed from 0 to 4294967295",
        ),
        ("--input x=a.wav#0", "channels of a file count from 1"),
        ("--secnds 1", "a similar argument exists: '--seconds'"),
    ] {
        let run = folder.run(&format!("render patch.py -o a.wav {options}"));
        assert_eq!(run.status, Some(2), "{options}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{options}: {}", run.stderr);
    }
    for (arguments, said) in [
        ("render patch.py", "--output <OUT>"),
        (
            "render patch.py: -o a.wav",
            "a function name must follow the colon",
        ),
        ("rendre patch.py", "a similar subcommand exists: 'render'"),
        ("check", "<PATCHES>..."),
        (
            "inspect patch.py --emit wasm",
            "[possible values: ir, clif, asm, controls, loops, cost]",
        ),
        ("", "Usage: synthc"),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.status, Some(2), "{arguments}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments}: {}", run.stderr);
    }
}

#[test]
fn help_goes_to_standard_output() {
    let folder = Folder::new();
    for arguments in [
        "--help",
        "help render",
        "render --help",
        "check -h",
        "--version",
    ] {
        let run = folder.done(arguments);
        assert!(run.stderr.is_empty(), "{arguments}: {}", run.stderr);
        assert!(!run.stdout.is_empty(), "{arguments}");
    }
}

#[test]
fn what_a_patch_prints_before_it_fails_is_not_lost() {
    let folder = Folder::with_patch("print('tempo', kr.tempo)\nx = 1 / 0\n");
    let run = folder.run("render patch.py -o out.wav");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr
            .starts_with("tempo 120.0\nerror: ZeroDivisionError"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_a_function_alone_says_is_shown() {
    let text = "def f(x):\n    print('called')\n    return krs.delay(x, 0)\n";
    let folder = Folder::with_patch(text);
    let run = folder.run("render patch.py:f -o out.wav --input x=impulse --frames 8");
    assert_eq!(run.status, Some(0));
    assert!(run.stderr.starts_with("called\nwarning:"), "{}", run.stderr);
    assert!(run.stderr.contains("patch.py:3:12"), "{}", run.stderr);
}
