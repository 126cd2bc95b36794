//! From graph to program: verification, passes, schedules, layout, code, publication.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cranelift_codegen::isa::OwnedTargetIsa;
use synthc_ir::pass::{Level, Optimized, optimize_with_origin};
use synthc_ir::{Graph, Op};

use crate::code_block::CodeBlock;
use crate::code_memory::{CodeMemoryUsage, Pool};
use crate::error::CompileError;
use crate::generator::Generator;
use crate::options::{CompileOptions, CompileTimes, LANES, Target};
use crate::program::{Inner, Program};
use crate::sample::Sample;
use crate::target::{Features, host_isa};

/// The largest graph accepted, in nodes.
const MAX_NODES: usize = 1 << 18;

/// Compiles graphs.
///
/// Holds buffers that are used again and the pool of executable pages its programs live in: keep
/// one per thread. Programs outlive their compiler.
pub struct Compiler {
    target: Target,
    /// Code generators by target, made when first asked for.
    isas: [Option<OwnedTargetIsa>; 2],
    pool: Pool,
    generator: Generator,
}

impl Compiler {
    /// A compiler; graphs for `target` compile without further preparation.
    ///
    /// # Errors
    /// [`CompileError::Machine`] when there is no code generator for this machine.
    pub fn new(target: Target) -> Result<Self, CompileError> {
        let mut compiler = Self {
            target,
            isas: [None, None],
            pool: Pool::default(),
            generator: Generator::new(),
        };
        compiler.isa(target)?;
        Ok(compiler)
    }

    /// The executable memory of all living programs of this compiler.
    #[must_use]
    pub fn code_memory(&self) -> CodeMemoryUsage {
        self.pool.usage()
    }

    fn isa(&mut self, target: Target) -> Result<OwnedTargetIsa, CompileError> {
        let entry = &mut self.isas[target as usize];
        if let Some(isa) = entry {
            return Ok(Arc::clone(isa));
        }
        Ok(Arc::clone(entry.insert(host_isa(target)?)))
    }

    /// Compiles a graph: passes, code generation, publication.
    ///
    /// # Errors
    /// See [`CompileError`]: the graph is malformed, of the wrong width or too large, or the
    /// machine gives no executable memory.
    pub fn compile<T: Sample>(
        &mut self,
        graph: &Graph,
        options: &CompileOptions,
    ) -> Result<Program<T>, CompileError> {
        let (given, sample) = (graph.precision(), T::PRECISION);
        if given != sample {
            return Err(CompileError::Precision {
                graph: given,
                sample,
            });
        }
        if !LANES.contains(&options.lanes) {
            let given = options.lanes;
            return Err(CompileError::Lanes { given });
        }
        let isa = self.isa(options.target)?;
        let (optimized, passes) = optimize(graph, options.level)?;
        let contracted = options.level == Level::Optimized && !has_fma(graph);
        let source = graph;
        let graph = &optimized.graph;
        let features = Features::of(&isa, contracted);
        let prepared = self.generator.generate(graph, options, &isa, &features)?;
        let public = prepared.layout.public(&optimized.origin, source);
        let start = Instant::now();
        let code = CodeBlock::publish(
            &isa,
            &self.pool,
            &prepared.resting,
            prepared.moving.as_ref().map(|moving| &moving.code),
        )?;
        let moving = prepared.moving.as_ref().map(|moving| &moving.schedule);
        let mut inner = Inner::new(graph, code, prepared.layout, public, prepared.pace, moving);
        inner.loops = prepared.loops;
        inner.times = CompileTimes {
            passes,
            ..prepared.times
        };
        inner.times.publish = start.elapsed();
        inner.text = prepared.text;
        tracing::debug!(
            nodes = graph.len(),
            code_bytes = inner.code.bytes(),
            times = ?inner.times,
            "compiled a graph"
        );
        Ok(Program {
            inner: Arc::new(inner),
        })
    }
}

/// Verifies a graph and runs the passes; gives the time they took.
fn optimize(graph: &Graph, level: Level) -> Result<(Optimized, Duration), CompileError> {
    let start = Instant::now();
    if graph.len() > MAX_NODES {
        return Err(CompileError::TooLarge {
            nodes: graph.len(),
            limit: MAX_NODES,
        });
    }
    graph.verify()?;
    let optimized = optimize_with_origin(graph, level);
    // Lowering relies on the rules of a well-formed graph for memory safety, so nothing is taken
    // on trust: linear, and cheap beside code generation.
    optimized.graph.verify()?;
    Ok((optimized, start.elapsed()))
}

fn has_fma(graph: &Graph) -> bool {
    graph
        .nodes()
        .any(|(_, node)| matches!(node.op, Op::Fma(..)))
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler")
            .field("target", &self.target)
            .field("code_memory", &self.code_memory())
            .finish_non_exhaustive()
    }
}
