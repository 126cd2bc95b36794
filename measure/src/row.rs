//! One line of the table, as data.

use serde::Serialize;

/// What was measured of a subject in one precision and block length.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Name of the subject.
    pub name: String,
    /// Nodes of its graph before the passes, one voice.
    pub nodes: usize,
    /// Instances that run and are summed.
    pub voices: usize,
    /// Voices that one state computes side by side.
    pub lanes: usize,
    /// `f32` or `f64`.
    pub precision: String,
    /// Frames a call.
    pub block: usize,
    /// Time from signals to callable code.
    pub compile_ms: CompileMs,
    /// Cost of one output sample, all voices together.
    pub ns_per_sample: NsPerSample,
    /// State of all voices, delay lines included.
    pub state_bytes: usize,
    /// Machine code.
    pub code_bytes: usize,
    /// The most memory a process had resident that only loaded, compiled and ran the patch.
    pub peak_resident_bytes: Option<u64>,
}

/// Milliseconds of compiling; parts are minima of their own and need not add up.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CompileMs {
    /// The fastest compilation.
    pub min: f64,
    /// The middle one.
    pub median: f64,
    /// Signals to graph.
    pub build: f64,
    /// Verification and passes.
    pub passes: f64,
    /// Schedule, layout, building Cranelift IR.
    pub lower: f64,
    /// Cranelift.
    pub codegen: f64,
    /// Copying to executable memory.
    pub publish: f64,
    /// The fastest compilation of the resting and the moving variant together.
    pub with_moving: f64,
    /// The fastest first compilation of a compiler, which has yet to allocate its buffers and pages.
    pub cold: f64,
}

/// Nanoseconds per output sample; minima unless named medians, NaN (`null` in JSON) when not
/// measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NsPerSample {
    /// Compiled, controls at rest.
    pub compiled: f64,
    /// Median of the same.
    pub compiled_median: f64,
    /// Compiled, every control that is smoothed moving in every frame.
    pub moving: f64,
    /// Median of the same.
    pub moving_median: f64,
    /// The per-sample evaluator.
    pub evaluator: f64,
    /// The block interpreter.
    pub block_interpreter: f64,
}
