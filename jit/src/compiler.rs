//! From graph to program: verification, passes, schedules, layout, code, publication.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Function, Signature, UserFuncName};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::{CompileError as ClifError, Context};
use cranelift_frontend::FunctionBuilderContext;
use synthc_ir::pass::{Level, Optimized, optimize_with_origin};
use synthc_ir::{Graph, Op};

use crate::code_block::{CodeBlock, FunctionCode, Variant, VariantCode};
use crate::code_memory::{CodeMemoryUsage, Pool};
use crate::error::CompileError;
use crate::layout::StateLayout;
use crate::lower::{Source, lower_process, lower_update, process_signature, update_signature};
use crate::options::{CompileOptions, CompileTimes, Target};
use crate::program::{Inner, Program, ProgramText};
use crate::sample::Sample;
use crate::schedule::Schedule;
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

/// The buffers of code generation.
struct Generator {
    context: Context,
    builder: FunctionBuilderContext,
    times: CompileTimes,
    text: Option<ProgramText>,
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
            generator: Generator {
                context: Context::new(),
                builder: FunctionBuilderContext::new(),
                times: CompileTimes::default(),
                text: None,
            },
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
            prepared.moving.as_ref().map(|(_, code)| code),
        )?;
        let moving = prepared.moving.as_ref().map(|(schedule, _)| schedule);
        let mut inner = Inner::new(graph, code, prepared.layout, public, moving);
        inner.times = self.generator.times;
        inner.times.passes = passes;
        inner.times.publish = start.elapsed();
        inner.text = self.generator.text.take();
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

/// Code of a graph that has no address yet.
struct Prepared {
    layout: StateLayout,
    resting: VariantCode,
    moving: Option<(Schedule, VariantCode)>,
}

impl Generator {
    fn generate(
        &mut self,
        graph: &Graph,
        options: &CompileOptions,
        isa: &OwnedTargetIsa,
        features: &Features,
    ) -> Result<Prepared, CompileError> {
        self.times = CompileTimes::default();
        self.text = options.keep_text.then(ProgramText::default);
        let start = Instant::now();
        let order = graph.schedule().map_err(synthc_ir::VerifyError::from)?;
        let resting = Schedule::new(graph, &order, false);
        let moving = options.moving.then(|| Schedule::new(graph, &order, true));
        let moving = moving.filter(|schedule| !schedule.moving.is_empty());
        let schedules: Vec<&Schedule> = std::iter::once(&resting).chain(&moving).collect();
        let layout = StateLayout::assign(graph, &schedules)?;
        self.times.build = start.elapsed();

        let source = |variant, schedule| Source {
            graph,
            schedule,
            layout: &layout,
            variant,
            features,
        };
        let resting_code = self.variant(&source(0, &resting), isa)?;
        let moving_code = match &moving {
            Some(schedule) => Some(self.variant(&source(1, schedule), isa)?),
            None => None,
        };
        Ok(Prepared {
            layout,
            resting: resting_code,
            moving: moving.zip(moving_code),
        })
    }

    fn variant(
        &mut self,
        source: &Source,
        isa: &OwnedTargetIsa,
    ) -> Result<VariantCode, CompileError> {
        Ok(Variant {
            update: self.function(isa, update_signature(source), |function, context| {
                lower_update(*source, function, context);
            })?,
            process: self.function(isa, process_signature(source), |function, context| {
                lower_process(*source, function, context);
            })?,
        })
    }

    /// Builds and compiles one function.
    fn function(
        &mut self,
        isa: &OwnedTargetIsa,
        signature: Signature,
        build: impl FnOnce(&mut Function, &mut FunctionBuilderContext),
    ) -> Result<FunctionCode, CompileError> {
        let start = Instant::now();
        self.context.clear();
        self.context.set_disasm(self.text.is_some());
        self.context.func = Function::with_name_signature(UserFuncName::default(), signature);
        build(&mut self.context.func, &mut self.builder);
        let built = Instant::now();
        self.times.build += built - start;

        let compiled = self.context.compile(&**isa, &mut ControlPlane::default());
        let compiled = compiled.map_err(|error: ClifError| CompileError::Codegen {
            reason: error.inner.to_string(),
        })?;
        if !compiled.buffer.relocs().is_empty() {
            // Code must not depend on its address: helpers are called through immediates.
            return Err(CompileError::Codegen {
                reason: format!("{} relocations", compiled.buffer.relocs().len()),
            });
        }
        if let Some(text) = &mut self.text {
            text.assembly += compiled.vcode.as_deref().unwrap_or_default();
            text.assembly.push('\n');
        }
        let code = FunctionCode {
            bytes: compiled.code_buffer().to_vec(),
            align: u64::from(compiled.buffer.alignment)
                .max(u64::from(isa.function_alignment().preferred))
                .max(isa.symbol_alignment()),
            signature: self.context.func.signature.clone(),
        };
        if let Some(text) = &mut self.text {
            text.clif += &self.context.func.display().to_string();
            text.clif.push('\n');
        }
        self.times.codegen += built.elapsed();
        Ok(code)
    }
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler")
            .field("target", &self.target)
            .field("code_memory", &self.code_memory())
            .finish_non_exhaustive()
    }
}
