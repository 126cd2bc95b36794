//! The processors code is made for: settings of Cranelift and what lowering asks about a machine.

use cranelift_codegen::ir::{Type as ClifType, types};
use cranelift_codegen::isa::{self, CallConv, OwnedTargetIsa, TargetFrontendConfig};
use cranelift_codegen::settings::{self, Configurable};

use crate::error::CompileError;
use crate::options::Target;

/// What lowering must know about the target.
#[derive(Clone, Copy)]
pub(crate) struct Features {
    /// Whether floor, ceil, trunc and nearest are instructions.
    pub(crate) rounding: bool,
    /// Whether bytes of two vectors are concatenated and shifted by one instruction.
    pub(crate) concatenates: bool,
    /// Whether floats become integers by `cvttps2dq`, which gives the least integer for all that has none.
    pub(crate) truncates_to_least: bool,
    /// Whether vector instructions take operands from any address.
    pub(crate) unaligned_operands: bool,
    /// How a·b + c is computed.
    pub(crate) fma: Fma,
    /// The calling convention of `extern "C"`.
    pub(crate) call_conv: CallConv,
    /// The type of a pointer.
    pub(crate) pointer: ClifType,
    /// What the function builder asks for.
    pub(crate) frontend: TargetFrontendConfig,
}

/// How a·b + c is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fma {
    /// By one instruction.
    Instruction,
    /// By a call, with the one rounding that the graph asks for.
    Helper,
    /// As a product and a sum: contraction was only an optimisation.
    Split,
}

impl Features {
    /// The features of a target; `contracted` says that every fused operation was made by
    /// contraction.
    pub(crate) fn of(isa: &OwnedTargetIsa, contracted: bool) -> Self {
        let flags = isa.isa_flags();
        let has = |name: &str| {
            let flag = flags.iter().find(|flag| flag.name == name);
            flag.is_some_and(|flag| flag.as_bool() == Some(true))
        };
        // Every aarch64 has both; x86-64 got them with SSE4.1 and FMA3.
        let always = isa.name() == "aarch64";
        Self {
            rounding: always || has("has_sse41"),
            truncates_to_least: isa.name() == "x64",
            unaligned_operands: always || has("has_avx"),
            concatenates: always || has("has_ssse3"),
            fma: if always || has("has_fma") {
                Fma::Instruction
            } else if contracted {
                Fma::Split
            } else {
                Fma::Helper
            },
            call_conv: isa.default_call_conv(),
            pointer: isa.pointer_type(),
            frontend: isa.frontend_config(),
        }
    }
}

fn machine(reason: &impl ToString) -> CompileError {
    CompileError::Machine {
        reason: reason.to_string(),
    }
}

/// The code generator for a target on this machine.
pub(crate) fn host_isa(target: Target) -> Result<OwnedTargetIsa, CompileError> {
    let infer = target == Target::Host;
    finish(&cranelift_native::builder_with_options(infer).map_err(|e| machine(&e))?)
}

/// Checks and finishes a code generator with this crate's settings.
pub(crate) fn finish(builder: &isa::Builder) -> Result<OwnedTargetIsa, CompileError> {
    let mut flags = settings::builder();
    let verifier = if cfg!(debug_assertions) {
        "true"
    } else {
        "false"
    };
    for (name, value) in [
        // The graph's own passes have done most of what `speed` would do: code of the corpus runs as
        // fast within a few percent (banks of oscillators slower), compiling takes 1.4 to 2.4 times as long.
        ("opt_level", "none"),
        // `single_pass` saves 0.08 ms of a kick's 0.35 and half of what a reverb takes, for code that is
        // 1.4 to 4 times slower: no first tier is worth that wait.
        ("regalloc_algorithm", "backtracking"),
        ("enable_verifier", verifier),
        ("is_pic", "false"),
        // A frame beyond a page touches every page of itself: no spill steps over a guard page. Smaller
        // frames, those of nearly all programs, have no probe; in the others it costs nothing that can be measured.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
        ("unwind_info", "false"),
    ] {
        flags.set(name, value).map_err(|e| machine(&e))?;
    }
    let isa = builder
        .finish(settings::Flags::new(flags))
        .map_err(|e| machine(&e))?;
    if isa.pointer_type() != types::I64 {
        return Err(machine(&"pointers are not 64 bits wide"));
    }
    Ok(isa)
}
