//! FAUST, where `faust` is installed: its C++ through g++, in several ways, and its LLVM compiler.
//!
//! The patches are ours, in `benches/peers/faust/`. Controls go through `ctl`: nothing in the
//! resting form, `si.smoo` in the moving one.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use synthc_measure::Spread;

use super::contender::{Burst, Contender, Controls, Run, remark};
use super::tool::{self, Built, cached, figure, output};

const CLOCK: &str = include_str!("../../peers/faust/clock.h");
const NATIVE: &str = include_str!("../../peers/faust/native.cpp");
const JIT: &str = include_str!("../../peers/faust/jit.c");

/// Ways to make C++ of a patch: name, options of faust, options of g++.
const WAYS: [(&str, &[&str], &[&str]); 5] = [
    ("C++", &[], &[]),
    ("C++ fast-math", &[], &["-ffast-math"]),
    ("C++ vec", &["-vec", "-vs", "32"], &["-ffast-math"]),
    (
        "C++ vec lv1",
        &["-vec", "-lv", "1", "-vs", "64"],
        &["-ffast-math"],
    ),
    ("C++ mapp", &["-mapp"], &["-ffast-math"]),
];

/// Patches whose C++ takes g++ minutes in every way: they are there for FAUST's own compiler.
const JIT_ONLY: [&str; 1] = ["voices64"];

/// Length of one burst in milliseconds.
const BURST: &str = "6";

/// What is installed, for the report; `None` without it.
pub(super) fn version() -> Option<String> {
    let faust = tool::version("faust", "--version")?;
    let compiler = tool::version("g++", "--version")?;
    Some(format!("{faust}; {compiler}"))
}

/// Every way of FAUST for the patches that exist here.
pub(super) fn contenders(patches: &[String]) -> Result<Vec<Contender>, Box<dyn Error>> {
    let drivers = drivers()?;
    let jit = jit_driver(&drivers)
        .inspect_err(|e| eprintln!("no FAUST JIT: {e}"))
        .ok();
    let mut all = Vec::new();
    for patch in patches {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("peers/faust/{patch}.dsp"));
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        for controls in [Controls::Resting, Controls::Moving] {
            let source = source(&text, controls);
            let contender = |engine: &str, run: Run, compile: Option<f64>| {
                let mut compile_ms = Spread::default();
                compile.into_iter().for_each(|ms| compile_ms.push(ms));
                Contender {
                    patch: patch.clone(),
                    engine: format!("FAUST {engine}"),
                    controls,
                    differs: remark(&text, "//"),
                    compile_ms,
                    ns_per_sample: Spread::default(),
                    refines: false,
                    run,
                }
            };
            if let Some(jit) = &jit {
                let run = jit_run(jit, patch, &source, controls)?;
                all.push(contender("JIT", run, None));
            }
            let ways = WAYS.iter().filter(|_| !JIT_ONLY.contains(&patch.as_str()));
            for &way in ways {
                eprintln!("building {patch} by FAUST {}", way.0);
                match native(&drivers, patch, &source, way) {
                    Ok(built) => {
                        let ms = built.milliseconds;
                        all.push(contender(way.0, native_run(built.path, controls), Some(ms)));
                    }
                    Err(error) => eprintln!("{patch}: {error}"),
                }
            }
        }
    }
    Ok(all)
}

fn mode(controls: Controls) -> &'static str {
    match controls {
        Controls::Resting => "resting",
        Controls::Moving => "moving",
    }
}

/// A patch with what all patches use.
fn source(text: &str, controls: Controls) -> String {
    let control = match controls {
        Controls::Resting => "_",
        Controls::Moving => "si.smoo",
    };
    format!(
        "import(\"stdfaust.lib\");\nctl = {control};\nsaw(f) = 2.0 * os.lf_sawpos(f) - 1.0;\n{text}"
    )
}

/// The folder with our drivers.
fn drivers() -> Result<PathBuf, Box<dyn Error>> {
    let folder = tool::folder()?.join("faust");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in [("clock.h", CLOCK), ("native.cpp", NATIVE), ("jit.c", JIT)] {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(folder)
}

fn jit_driver(drivers: &Path) -> Result<Built, Box<dyn Error>> {
    cached("faust-jit", &[CLOCK, JIT], |path| {
        let mut command = Command::new("cc");
        command.arg("-O2").arg(drivers.join("jit.c"));
        output(command.arg("-o").arg(path).arg("-ldl")).map(drop)
    })
}

fn jit_run(
    driver: &Built,
    patch: &str,
    source: &str,
    controls: Controls,
) -> Result<Run, Box<dyn Error>> {
    let file = tool::folder()?.join(format!("{patch}-{}.dsp", mode(controls)));
    std::fs::write(&file, source)?;
    let driver = driver.path.clone();
    Ok(Box::new(move || {
        let mut command = Command::new(&driver);
        command.arg(&file).arg(mode(controls)).arg(BURST);
        burst(&output(&mut command)?)
    }))
}

fn native(
    drivers: &Path,
    patch: &str,
    source: &str,
    (name, faust, gcc): (&str, &[&str], &[&str]),
) -> Result<Built, Box<dyn Error>> {
    let options = [faust, gcc].concat().join(" ");
    let label = format!("{patch}-{}", name.replace(' ', "-"));
    cached(&label, &[source, &options, CLOCK, NATIVE], |path| {
        let (dsp, cpp) = (path.with_extension("dsp"), path.with_extension("cpp"));
        std::fs::write(&dsp, source)?;
        let mut compile = Command::new("faust");
        compile
            .args(["-lang", "cpp", "-a", "native.cpp", "-A"])
            .arg(drivers);
        output(compile.args(faust).arg(&dsp).arg("-o").arg(&cpp))?;
        let mut build = Command::new("g++");
        build
            .args(["-O3", "-march=native"])
            .args(gcc)
            .arg("-I")
            .arg(drivers);
        output(build.arg(&cpp).arg("-o").arg(path)).map(drop)
    })
}

fn native_run(path: PathBuf, controls: Controls) -> Run {
    Box::new(move || burst(&output(Command::new(&path).arg(mode(controls)).arg(BURST))?))
}

fn burst(text: &str) -> Result<Burst, Box<dyn Error>> {
    Ok(Burst {
        ns: figure(text, "ns").ok_or("no figure printed")?,
        compile_ms: figure(text, "compile_ms"),
    })
}
