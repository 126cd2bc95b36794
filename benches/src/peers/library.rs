//! Engines that are crates, on P1 to P8: programs of their own outside the workspace (`benches/peers/{fundsp,knyst}/`),
//! built for this machine when they are measured, so that their crates are nobody else's.

use std::error::Error;
use std::process::Command;

use synthc_measure::Spread;

use super::contender::{Burst, Contender, Controls};
use super::tool::{self, cached, figure, output};

/// One crate and the program that drives it.
pub(super) struct Library {
    /// The crate and its version.
    pub(super) version: &'static str,
    /// The program's name: its package.
    program: &'static str,
    manifest: &'static str,
    main: &'static str,
    contenders: &'static [Form],
}

/// One way in which a crate plays patches.
struct Form {
    engine: &'static str,
    /// What chooses it on the program's command line.
    arguments: &'static [&'static str],
    /// Patches that it has, and what differs.
    patches: &'static [(&'static str, &'static str)],
}

/// All crates that are measured.
pub(super) const LIBRARIES: [Library; 2] = [
    Library {
        version: "fundsp 0.23, target-cpu=native",
        program: "fundsp-burst",
        manifest: include_str!("../../peers/fundsp/Cargo.toml"),
        main: include_str!("../../peers/fundsp/main.rs"),
        contenders: &[
            Form {
                engine: "fundsp static",
                arguments: &["static"],
                patches: FUNDSP,
            },
            Form {
                engine: "fundsp Net",
                arguments: &["net"],
                patches: FUNDSP,
            },
        ],
    },
    Library {
        version: "knyst 0.5, target-cpu=native",
        program: "knyst-burst",
        manifest: include_str!("../../peers/knyst/Cargo.toml"),
        main: include_str!("../../peers/knyst/main.rs"),
        contenders: &[Form {
            engine: "knyst",
            arguments: &[],
            patches: &[
                ("p1_sine", "interpolated table"),
                ("p2_voice", "naive saw, cutoff once in 64 frames"),
                ("p3_voices_16", "naive saw, cutoff once in 64 frames"),
                ("p3_voices_64", "naive saw, cutoff once in 64 frames"),
                ("p5_sines64", "interpolated table"),
                ("p6_fm6", "interpolated table"),
                ("p8_nodes300", "interpolated table"),
            ],
        }],
    },
];

const FUNDSP: &[(&str, &str)] = &[
    ("p1_sine", "interpolated table"),
    ("p2_voice", "saw from wavetables, envelope once in 2 ms"),
    ("p3_voices_16", "saw from wavetables, envelope once in 2 ms"),
    ("p3_voices_64", "saw from wavetables, envelope once in 2 ms"),
    (
        "p4_freeverb",
        "built of feedback, delay and lowpole: a frame more in every loop",
    ),
    ("p5_sines64", "interpolated table"),
    ("p6_fm6", "interpolated table"),
    (
        "p7_karplus",
        "one unit; the burst is in the line from the start",
    ),
    ("p8_nodes300", "interpolated table"),
];

impl Library {
    /// Its versions of the patches that are asked for.
    pub(super) fn contenders(&self, names: &[String]) -> Result<Vec<Contender>, Box<dyn Error>> {
        let built = cached(self.program, &[self.manifest, self.main], |path| {
            eprintln!("building {}", self.version);
            let folder = tool::folder()?.join(self.program);
            std::fs::create_dir_all(folder.join("src"))?;
            std::fs::write(folder.join("Cargo.toml"), self.manifest)?;
            std::fs::write(folder.join("src/main.rs"), self.main)?;
            let mut build = Command::new("cargo");
            build
                .args(["build", "--release", "-q"])
                .current_dir(&folder);
            output(build.env("RUSTFLAGS", "-C target-cpu=native"))?;
            std::fs::copy(folder.join("target/release").join(self.program), path)?;
            Ok(())
        })?;
        let mut all = Vec::new();
        for form in self.contenders {
            for &(patch, differs) in form.patches {
                if !names.iter().any(|name| name == patch) {
                    continue;
                }
                let program = built.path.clone();
                all.push(Contender {
                    patch: patch.to_owned(),
                    engine: form.engine.to_owned(),
                    controls: Controls::Moving,
                    differs: differs.to_owned(),
                    compile_ms: Spread::default(),
                    ns_per_sample: Spread::default(),
                    refines: false,
                    run: Box::new(move || {
                        let mut burst = Command::new(&program);
                        let text = output(burst.args(form.arguments).args([patch, "6"]))?;
                        let ns = figure(&text, "ns").ok_or("no figure printed")?;
                        let compile_ms = None;
                        Ok(Burst { ns, compile_ms })
                    }),
                });
            }
        }
        Ok(all)
    }
}
