//! Why compiling or processing is refused.
//!
//! [`CompileError`] reaches people and may allocate; [`ProcessError`] is made on the audio thread and
//! is a few numbers.

use synthc_ir::Precision;

/// Why a graph was not compiled.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// This machine has no back end, or lacks what the ABI needs.
    #[error("no code can be made for this machine: {reason}")]
    Machine {
        /// What Cranelift said.
        reason: String,
    },
    /// The graph's floats are of another width than the sample type.
    #[error(
        "the graph is built for {graph} samples and cannot be compiled for {sample}; build it with that precision"
    )]
    Precision {
        /// Width of the graph.
        graph: Precision,
        /// Width of the sample type asked for.
        sample: Precision,
    },
    /// The graph breaks a rule of the verifier.
    #[error("the graph is not well-formed: {0}")]
    Graph(#[from] synthc_ir::VerifyError),
    /// A number of lanes that no vectors are made for.
    #[error("{given} voices cannot share the lanes of vectors; compile for 1, 4, 8 or 16")]
    Lanes {
        /// The number asked for.
        given: usize,
    },
    /// The graph is too large.
    #[error("the graph has {nodes} nodes, the limit is {limit}; split it into several programs")]
    TooLarge {
        /// Nodes of the graph.
        nodes: usize,
        /// The largest number accepted.
        limit: usize,
    },
    /// The state of one instance is too large to address.
    #[error("one instance would need {bytes} bytes outside its delay lines, the limit is {limit}")]
    StateTooLarge {
        /// Bytes needed.
        bytes: usize,
        /// The largest number accepted.
        limit: usize,
    },
    /// Cranelift refused the code; a defect of this crate.
    #[error("code generation failed: {reason}")]
    Codegen {
        /// What Cranelift said.
        reason: String,
    },
    /// There is no more executable memory.
    #[error("no executable memory: {reason}")]
    Memory {
        /// What the system said.
        reason: String,
    },
}

/// Why a block was not processed. Nothing was computed and the state is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The state belongs to another program.
    #[error("the state was made by another program; use a state of `instantiate` of this one")]
    ForeignState,
    /// A state that shares delay buffers with this one is being processed on another thread.
    #[error("a state that shares buffers with this one is running; process one after the other")]
    Busy,
    /// A wrong number of input slices.
    #[error("{given} inputs given, the program has {expected}")]
    InputCount {
        /// Slices given.
        given: usize,
        /// Inputs of the program.
        expected: usize,
    },
    /// A wrong number of output slices.
    #[error("{given} outputs given, the program has {expected}")]
    OutputCount {
        /// Slices given.
        given: usize,
        /// Outputs of the program.
        expected: usize,
    },
    /// More moving controls than the program has.
    #[error("{given} moving controls given, the program has {expected}; give one each, or none")]
    MovingCount {
        /// Entries given.
        given: usize,
        /// Controls of the program.
        expected: usize,
    },
    /// A slice of another length than the first output.
    #[error("a slice has {given} samples, the block has {expected}; give all the same length")]
    Length {
        /// Samples of the slice.
        given: usize,
        /// Samples of the first output.
        expected: usize,
    },
    /// A slice that ends within a frame of a program with voices in lanes.
    #[error("a slice has {given} samples, no multiple of {lanes}; give every lane of every frame")]
    Lanes {
        /// Samples of the slice.
        given: usize,
        /// Lanes of the program.
        lanes: usize,
    },
}
