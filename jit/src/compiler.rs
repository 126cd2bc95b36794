//! From graph to program: verification, passes, schedules, layout, code, publication.

use std::sync::Arc;
use std::time::Instant;

use cranelift_codegen::isa::OwnedTargetIsa;
use synthc_ir::analysis::Stillness;
use synthc_ir::pass::{Level, Optimized, optimize_with_origin};
use synthc_ir::{Graph, Op};

use crate::cache::{CodeCache, Key};
use crate::code_block::CodeBlock;
use crate::code_memory::{CodeMemoryUsage, Pool};
use crate::error::CompileError;
use crate::generator::{Generator, Prepared};
use crate::host;
use crate::literal::{self, Literals};
use crate::options::{CompileOptions, CompileTimes, LANES, Target};
use crate::program::{Finished, Inner, Program, ProgramText};
use crate::sample::Sample;
use crate::schedule::{EntryInfo, LoopInfo};
use crate::target::{Features, host_isa};
use crate::template::Template;

/// The largest graph accepted, in nodes.
const MAX_NODES: usize = 1 << 18;

/// Compiles graphs.
///
/// Holds buffers that are used again and the pool of executable pages its programs live in: keep
/// one per thread. Programs outlive their compiler. Compiles everything it is given, unless it has
/// a [`CodeCache`].
pub struct Compiler {
    target: Target,
    cache: Option<CodeCache>,
    /// Code generators by target, made when first asked for.
    isas: [Option<OwnedTargetIsa>; 2],
    pool: Pool,
    generator: Generator,
    /// Whether it may use a second thread.
    concurrent: bool,
}

impl Compiler {
    /// A compiler; graphs for `target` compile without further preparation.
    ///
    /// # Errors
    /// [`CompileError::Machine`] when there is no code generator for this machine.
    pub fn new(target: Target) -> Result<Self, CompileError> {
        let mut compiler = Self {
            target,
            cache: None,
            isas: [None, None],
            pool: Pool::default(),
            generator: Generator::new(),
            concurrent: true,
        };
        compiler.isa(target)?;
        Ok(compiler)
    }

    /// [`Compiler::new`], with a cache to ask before anything is compiled.
    ///
    /// # Errors
    /// As [`Compiler::new`].
    pub fn with_cache(target: Target, cache: &CodeCache) -> Result<Self, CompileError> {
        Ok(Self {
            cache: Some(cache.clone()),
            ..Self::new(target)?
        })
    }

    /// A compiler for another thread, which shares code generators, pages and cache with this one, and makes variants one
    /// after the other.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self {
            target: self.target,
            cache: self.cache.clone(),
            isas: self.isas.clone(),
            pool: self.pool.clone(),
            generator: Generator::new(),
            concurrent: false,
        }
    }

    /// Whether both variants of a program may be made at a time, the moving one on a thread of its own: where the machine
    /// has several processors and the graph is large enough, unless this says no. Turn it off while other threads
    /// compile. Changes no byte of the code.
    pub fn set_concurrent(&mut self, concurrent: bool) {
        self.concurrent = concurrent;
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

    /// Compiles a graph: passes, code generation, publication; or finds its code in the cache.
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
        let start = Instant::now();
        verify(graph)?;
        // Text is no part of what is kept.
        let cache = self.cache.clone().filter(|_| !options.keep_text);
        let cache = cache.map(|cache| (cache, Key::of(graph, *options)));
        if let Some((cache, key)) = &cache
            && let Some(finished) = cache.find::<Finished<T>>(key)
        {
            let mut inner = Inner::new(graph, &finished);
            inner.cached = true;
            inner.times.lookup = start.elapsed();
            return Ok(Program::new(inner));
        }
        let lookup = start.elapsed();
        let made = self.finish::<T>(graph, options, cache.as_ref().map(|(cache, _)| cache))?;
        let finished = made.finished;
        let mut inner = Inner::new(graph, &finished);
        inner.filled = made.filled;
        inner.times = CompileTimes {
            lookup: lookup + made.times.lookup,
            ..made.times
        };
        (inner.text, inner.loops, inner.entries) = (made.text, made.loops, made.entries);
        if let Some((cache, key)) = cache {
            let bytes = finished.bytes();
            cache.keep(key, Arc::new(finished), bytes);
        }
        Ok(Program::new(inner))
    }

    /// Makes code and layout of a verified graph.
    fn finish<T: Sample>(
        &mut self,
        source: &Graph,
        options: &CompileOptions,
        cache: Option<&CodeCache>,
    ) -> Result<Made<T>, CompileError> {
        let isa = self.isa(options.target)?;
        let start = Instant::now();
        let Optimized { graph, origin } =
            optimize_with_origin(source, options.level, options.equals);
        // Lowering relies on the rules of a well-formed graph for memory safety, so nothing is taken
        // on trust: linear, and cheap beside code generation.
        graph.verify()?;
        let passes = start.elapsed();
        let contracted = options.level == Level::Optimized && !has_fma(source);
        let coded = match cache.filter(|_| literal::are_found(&isa)) {
            Some(cache) => self.coded_by_template(&graph, options, &isa, contracted, cache)?,
            None => {
                let prepared = self.generate(&graph, options, &isa, contracted, None)?;
                Coded::publish(prepared, &isa, &self.pool)?
            }
        };
        let Coded {
            template,
            code,
            filled,
            ..
        } = coded;
        let times = CompileTimes {
            passes,
            ..coded.times
        };
        tracing::debug!(
            nodes = graph.len(),
            code_bytes = code.bytes(),
            filled,
            ?times,
            "compiled a graph"
        );
        let finished = Finished {
            code: Arc::new(code),
            state_layout: Arc::clone(&template.layout),
            layout: Arc::new(template.layout.public(&origin, source)),
            origin,
            moving: Arc::clone(&template.moving_controls),
            shortest: Finished::<T>::shortest(&graph),
            tables: Finished::tables(&graph),
            stillness: Stillness::of(graph).map(Arc::new),
            paces: template.paces,
        };
        Ok(Made {
            finished,
            filled,
            times,
            text: coded.text,
            loops: coded.loops,
            entries: coded.entries,
        })
    }

    /// Code by the structure of a graph: its literals are filled into what was made for other ones, or what is made is
    /// kept for other ones.
    fn coded_by_template(
        &mut self,
        graph: &Graph,
        options: &CompileOptions,
        isa: &OwnedTargetIsa,
        contracted: bool,
        cache: &CodeCache,
    ) -> Result<Coded, CompileError> {
        let start = Instant::now();
        let (literals, key) = Literals::of(graph, *options);
        let fit = |template: &Template| template.literals.as_ref()?.filled_with(&literals);
        let known = cache.find_template(&key, fit);
        let lookup = start.elapsed();
        let filled = known.is_some();
        let (template, filling, times) = match known {
            Some((template, filling)) => (template, Some(filling), CompileTimes::default()),
            None => {
                let marked = literals.marked(graph);
                let made = self.generate(&marked, options, isa, contracted, Some(&literals))?;
                if !made.template.is_fillable() {
                    let prepared = self.generate(graph, options, isa, contracted, None)?;
                    return Coded::publish(prepared, isa, &self.pool);
                }
                let filling = literals.filled_with(&literals);
                let template = Arc::new(Template {
                    literals: Some(literals),
                    ..made.template
                });
                cache.keep_template(key, &template);
                (template, filling, made.times)
            }
        };
        let start = Instant::now();
        let code = template.publish(isa, &self.pool, filling.as_ref())?;
        Ok(Coded {
            template,
            code,
            filled,
            times: CompileTimes {
                lookup,
                publish: start.elapsed(),
                ..times
            },
            text: None,
            loops: Vec::new(),
            entries: Vec::new(),
        })
    }

    fn generate(
        &mut self,
        graph: &Graph,
        options: &CompileOptions,
        isa: &OwnedTargetIsa,
        contracted: bool,
        literals: Option<&Literals>,
    ) -> Result<Prepared, CompileError> {
        let features = Features::of(isa, contracted);
        let concurrent = self.concurrent && host::processors() > 1;
        self.generator
            .generate(graph, options, isa, &features, literals, concurrent)
    }
}

/// Callable code of a graph, and what else came with it.
struct Coded {
    template: Arc<Template>,
    code: CodeBlock,
    /// Whether it was made for other literals.
    filled: bool,
    times: CompileTimes,
    text: Option<ProgramText>,
    loops: Vec<LoopInfo>,
    entries: Vec<EntryInfo>,
}

impl Coded {
    /// Code without marks.
    fn publish(
        prepared: Prepared,
        isa: &OwnedTargetIsa,
        pool: &Pool,
    ) -> Result<Self, CompileError> {
        let start = Instant::now();
        let code = prepared.template.publish(isa, pool, None)?;
        Ok(Self {
            template: Arc::new(prepared.template),
            code,
            filled: false,
            times: CompileTimes {
                publish: start.elapsed(),
                ..prepared.times
            },
            text: prepared.text,
            loops: prepared.loops,
            entries: prepared.entries,
        })
    }
}

/// What a compilation makes: what others of the content can share, and what is about this one.
struct Made<T> {
    finished: Finished<T>,
    filled: bool,
    times: CompileTimes,
    text: Option<ProgramText>,
    loops: Vec<LoopInfo>,
    entries: Vec<EntryInfo>,
}

/// Refuses graphs that are malformed or too large.
fn verify(graph: &Graph) -> Result<(), CompileError> {
    if graph.len() > MAX_NODES {
        return Err(CompileError::TooLarge {
            nodes: graph.len(),
            limit: MAX_NODES,
        });
    }
    Ok(graph.verify()?)
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
