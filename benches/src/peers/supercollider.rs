//! scsynth on P1 to P8, where it is installed, rendering without real time. Its synth definitions are
//! written here in its binary format (version 2), which needs no sclang.

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};

use super::contender::{Contender, Controls};
use super::offline;
use super::tool::{self, output};

/// What is installed; `None` without it.
pub(super) fn version() -> Option<String> {
    tool::version("scsynth", "-v")
}

/// An input of a unit generator.
#[derive(Clone, Copy)]
enum In {
    Constant(f32),
    Unit(usize),
}

/// Rates of unit generators.
const CONTROL: u8 = 1;
const AUDIO: u8 = 2;
/// Operators of `BinaryOpUGen`.
const ADD: u16 = 0;
const MUL: u16 = 2;

struct Unit {
    class: &'static str,
    rate: u8,
    special: u16,
    inputs: Vec<In>,
    outputs: usize,
}

/// A synth definition.
#[derive(Default)]
struct Definition {
    units: Vec<Unit>,
}

impl Definition {
    fn unit(&mut self, class: &'static str, rate: u8, inputs: &[In]) -> In {
        self.push(class, rate, 0, inputs, 1)
    }

    fn push(
        &mut self,
        class: &'static str,
        rate: u8,
        special: u16,
        inputs: &[In],
        outputs: usize,
    ) -> In {
        self.units.push(Unit {
            class,
            rate,
            special,
            inputs: inputs.to_vec(),
            outputs,
        });
        In::Unit(self.units.len() - 1)
    }

    fn operate(&mut self, operator: u16, a: In, b: In) -> In {
        let rate = |input: In, units: &[Unit]| match input {
            In::Constant(_) => 0,
            In::Unit(unit) => units[unit].rate,
        };
        let rate = rate(a, &self.units).max(rate(b, &self.units));
        self.push("BinaryOpUGen", rate, operator, &[a, b], 1)
    }

    fn sine(&mut self, rate: u8, frequency: In) -> In {
        self.unit("SinOsc", rate, &[frequency, In::Constant(0.0)])
    }

    fn scaled(&mut self, x: In, by: f32) -> In {
        self.operate(MUL, x, In::Constant(by))
    }

    /// Band-limited saw, Butterworth moved by a sine, linear adsr.
    fn voice(&mut self, hertz: f32, lfo: f32) -> In {
        let saw = self.unit("Saw", AUDIO, &[In::Constant(hertz)]);
        let sweep = self.sine(CONTROL, In::Constant(lfo));
        let depth = In::Constant(1000.0);
        let cutoff = self.unit("MulAdd", CONTROL, &[sweep, depth, In::Constant(1500.0)]);
        let low = self.unit("LPF", AUDIO, &[saw, cutoff]);
        // Gate, scale, bias, time scale, no action; from 0 in three straight segments, held after the second.
        let envelope = [
            1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 3.0, 2.0, -99.0, 1.0, 0.01, 1.0, 0.0, 0.7, 0.1, 1.0, 0.0,
            0.0, 0.2, 1.0, 0.0,
        ];
        let envelope = self.unit("EnvGen", CONTROL, &envelope.map(In::Constant));
        let loud = self.operate(MUL, low, envelope);
        self.scaled(loud, 0.3)
    }

    /// The binary format.
    fn bytes(&self) -> Vec<u8> {
        let mut constants: Vec<f32> = Vec::new();
        let mut body = Vec::new();
        body.extend(count(self.units.len()));
        for unit in &self.units {
            string(&mut body, unit.class);
            body.push(unit.rate);
            body.extend(count(unit.inputs.len()));
            body.extend(count(unit.outputs));
            body.extend(unit.special.to_be_bytes());
            for input in &unit.inputs {
                match *input {
                    In::Unit(unit) => {
                        body.extend(count(unit));
                        body.extend(count(0));
                    }
                    In::Constant(value) => {
                        let at = constants
                            .iter()
                            .position(|c| c.to_bits() == value.to_bits());
                        let at = at.unwrap_or_else(|| {
                            constants.push(value);
                            constants.len() - 1
                        });
                        body.extend((-1_i32).to_be_bytes());
                        body.extend(count(at));
                    }
                }
            }
            body.extend(std::iter::repeat_n(unit.rate, unit.outputs));
        }
        let mut all = b"SCgf\0\0\0\x02\0\x01".to_vec();
        string(&mut all, "patch");
        all.extend(count(constants.len()));
        constants.iter().for_each(|c| all.extend(c.to_be_bytes()));
        // No parameters, no names of parameters.
        all.extend([0; 8]);
        all.extend(body);
        all.extend([0; 2]);
        all
    }
}

fn count(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes()
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(text.as_bytes());
}

/// Pads to a multiple of four bytes with at least `least` zeros.
fn pad(bytes: &mut Vec<u8>, least: usize) {
    let len = (bytes.len() + least).next_multiple_of(4);
    bytes.resize(len, 0);
}

/// One message at a time, as a file of commands holds it.
fn bundle(seconds: f64, message: &[u8]) -> Vec<u8> {
    let mut bytes = b"#bundle\0".to_vec();
    bytes.extend(((seconds * 4_294_967_296.0) as u64).to_be_bytes());
    bytes.extend(count(message.len()));
    bytes.extend_from_slice(message);
    let mut all = count(bytes.len()).to_vec();
    all.extend(bytes);
    all
}

fn message(address: &str, types: &str) -> Vec<u8> {
    let mut bytes = address.as_bytes().to_vec();
    pad(&mut bytes, 1);
    bytes.extend_from_slice(types.as_bytes());
    pad(&mut bytes, 1);
    bytes
}

/// The commands that play a definition for some seconds.
fn score(definition: &[u8], seconds: f64) -> Vec<u8> {
    let mut receive = message("/d_recv", ",b");
    receive.extend(count(definition.len()));
    receive.extend_from_slice(definition);
    pad(&mut receive, 0);
    let mut start = message("/s_new", ",siii");
    start.extend_from_slice(b"patch\0\0\0");
    start.extend([1000_u32, 0, 0].iter().flat_map(|n| n.to_be_bytes()));
    let mut end = message("/c_set", ",ii");
    end.extend([0; 8]);
    [
        bundle(0.0, &receive),
        bundle(0.0, &start),
        bundle(seconds, &end),
    ]
    .concat()
}

/// A patch of P1 to P8, and what differs.
fn definition(name: &str) -> Option<(Definition, &'static str)> {
    let mut d = Definition::default();
    let c = In::Constant;
    let voices = |d: &mut Definition, n: usize| {
        let mut sum = c(0.0);
        for i in 0..n {
            let x = i as f32;
            let hertz = 55.0 * ((x % 48.0) / 12.0).exp2() * (1.0 + 0.001 * x);
            let voice = d.voice(hertz, 0.5 + 0.01 * x);
            sum = if i == 0 {
                voice
            } else {
                d.operate(ADD, sum, voice)
            };
        }
        d.scaled(sum, 1.0 / n as f32)
    };
    let voice = "cutoff and envelope once in 64 frames";
    let (out, differs) = match name {
        "p1_sine" => {
            let sine = d.sine(AUDIO, c(440.0));
            (d.scaled(sine, 0.5), "interpolated table")
        }
        "p2_voice" => (d.voice(110.0, 0.5), voice),
        "p3_voices_16" => (voices(&mut d, 16), voice),
        "p3_voices_64" => (voices(&mut d, 64), voice),
        "p4_freeverb" => {
            let noise = d.unit("WhiteNoise", AUDIO, &[]);
            let wet = d.unit("FreeVerb", AUDIO, &[noise, c(1.0), c(0.8), c(0.4)]);
            (wet, "a noise source more")
        }
        "p5_sines64" => {
            let mut sum = d.sine(AUDIO, c(100.0));
            for i in 1..64_u8 {
                let sine = d.sine(AUDIO, c(100.0 + 37.0 * f32::from(i)));
                sum = d.operate(ADD, sum, sine);
            }
            (d.scaled(sum, 1.0 / 64.0), "interpolated tables")
        }
        "p6_fm6" => {
            let mut x = c(0.0);
            let ratios = [
                (7.0, 0.5),
                (5.0, 0.8),
                (3.0, 1.0),
                (2.0, 1.2),
                (1.5, 1.0),
                (1.0, 1.5),
            ];
            for (i, (ratio, depth)) in ratios.into_iter().enumerate() {
                let hertz = match i {
                    0 => c(110.0 * ratio),
                    _ => d.unit("MulAdd", AUDIO, &[x, c(110.0 * depth), c(110.0 * ratio)]),
                };
                x = d.sine(AUDIO, hertz);
            }
            (d.scaled(x, 0.5), "interpolated tables")
        }
        "p7_karplus" => {
            let noise = d.unit("WhiteNoise", AUDIO, &[]);
            let inputs = [noise, c(1.0), c(0.01), c(1.0 / 220.0), c(4.0), c(0.5)];
            let string = d.unit("Pluck", AUDIO, &inputs);
            (string, "one unit, cubic interpolation; noise runs on")
        }
        "p8_nodes300" => {
            let mut sum = c(0.0);
            for i in 0..50_u8 {
                let x = f32::from(i);
                let sine = d.sine(AUDIO, c(60.0 + 31.0 * x));
                let loud = d.scaled(sine, 0.3 + 0.01 * x);
                let pole = (-std::f32::consts::TAU * (400.0 + 90.0 * x) / 48_000.0).exp();
                let low = d.unit("OnePole", AUDIO, &[loud, c(pole)]);
                let level = c(1.0 - 0.01 * x);
                let strand = d.unit("MulAdd", AUDIO, &[low, level, c(0.001 * x)]);
                sum = if i == 0 {
                    strand
                } else {
                    d.operate(ADD, sum, strand)
                };
            }
            (d.scaled(sum, 0.02), "interpolated tables")
        }
        _ => return None,
    };
    d.push("Out", AUDIO, 0, &[c(0.0), out], 0);
    Some((d, differs))
}

/// scsynth's versions of the patches that are asked for.
pub(super) fn contenders(names: &[String]) -> Result<Vec<Contender>, Box<dyn Error>> {
    let folder = tool::folder()?;
    let mut all = Vec::new();
    for name in names {
        let Some((definition, differs)) = definition(name) else {
            continue;
        };
        let bytes = definition.bytes();
        let (file, sound) = (
            folder.join(format!("{name}.osc")),
            folder.join("scsynth.wav"),
        );
        let differs = differs.to_owned();
        all.push(offline::contender(
            name,
            "scsynth",
            Controls::Moving,
            differs,
            move |seconds| {
                std::fs::write(&file, score(&bytes, seconds))?;
                let mut command = Command::new("scsynth");
                command.arg("-N").arg(&file).arg("_").arg(&sound);
                command.args([
                    "48000", "WAV", "float", "-o", "1", "-i", "0", "-z", "64", "-w", "2048",
                ]);
                let start = Instant::now();
                output(&mut command)?;
                Ok::<Duration, Box<dyn Error>>(start.elapsed())
            },
        ));
    }
    Ok(all)
}
