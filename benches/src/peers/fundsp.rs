//! fundsp on P1 to P8: a program of its own outside the workspace (`benches/peers/fundsp/`), built for this
//! machine when it is measured, so that its crates are nobody else's.

use std::error::Error;
use std::process::Command;

use synthc_measure::Spread;

use super::contender::{Burst, Contender, Controls};
use super::tool::{self, cached, figure, output};

const MANIFEST: &str = include_str!("../../peers/fundsp/Cargo.toml");
const MAIN: &str = include_str!("../../peers/fundsp/main.rs");

/// Patches that it has, and what differs.
const PATCHES: [(&str, &str); 8] = [
    ("p1_sine", "interpolated table"),
    ("p2_voice", "saw from wavetables, envelope once in 2 ms"),
    ("p3_voices_16", "saw from wavetables, envelope once in 2 ms"),
    ("p3_voices_64", "saw from wavetables, envelope once in 2 ms"),
    ("p5_sines64", "interpolated table"),
    ("p6_fm6", "interpolated table"),
    (
        "p7_karplus",
        "one unit; the burst is in the line from the start",
    ),
    ("p8_nodes300", "interpolated table"),
];

/// fundsp's versions of the patches that are asked for.
pub(super) fn contenders(names: &[String]) -> Result<Vec<Contender>, Box<dyn Error>> {
    let built = cached("fundsp-burst", &[MANIFEST, MAIN], |path| {
        eprintln!("building fundsp");
        let folder = tool::folder()?.join("fundsp");
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(folder.join("Cargo.toml"), MANIFEST)?;
        std::fs::write(folder.join("src/main.rs"), MAIN)?;
        let mut build = Command::new("cargo");
        build
            .args(["build", "--release", "-q"])
            .current_dir(&folder);
        output(build.env("RUSTFLAGS", "-C target-cpu=native"))?;
        std::fs::copy(folder.join("target/release/fundsp-burst"), path)?;
        Ok(())
    })?;
    let mut all = Vec::new();
    for (patch, differs) in PATCHES {
        if !names.iter().any(|name| name == patch) {
            continue;
        }
        let program = built.path.clone();
        all.push(Contender {
            patch: patch.to_owned(),
            engine: "fundsp".to_owned(),
            controls: Controls::Moving,
            differs: differs.to_owned(),
            compile_ms: Spread::default(),
            ns_per_sample: Spread::default(),
            refines: false,
            run: Box::new(move || {
                let text = output(Command::new(&program).args([patch, "6"]))?;
                let ns = figure(&text, "ns").ok_or("no figure printed")?;
                let compile_ms = None;
                Ok(Burst { ns, compile_ms })
            }),
        });
    }
    Ok(all)
}
