//! Programs of nodes: compiled when a definition is new, used again when it is not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use synthc_ir::graph::{Table, TableKind};
use synthc_ir::{BuildOptions, Graph, Signal};
use synthc_jit::{CarryList, CodeCache, CompileOptions, Compiler, Equals, Program, Sample};

use super::parallel::{Timed, compile_all};
use super::{EngineConfig, EngineError};
use crate::carry::{align, same_meaning};
use crate::plan::{Code, OwnCode, Plan, PlanNode};
use crate::session::{Node, NodeDefinition, same_graph};

/// A compiled definition.
#[derive(Clone, Debug)]
pub(super) struct Compiled<T> {
    /// Different for every compilation; odd where recurrences that are equal are kept apart.
    pub(super) number: u64,
    pub(super) program: Code<T>,
    definition: NodeDefinition,
    pan: f64,
    /// The node that it was compiled for first.
    name: Arc<str>,
    /// None for a node written in Rust.
    pub(super) graph: Option<Arc<Graph>>,
}

impl<T: Sample> Compiled<T> {
    /// Whether it has the lanes that a node wants.
    fn suits(&self, node: &Node) -> bool {
        let graph = self.graph.as_ref();
        graph.is_none_or(|graph| lanes(node.count(), graph) == self.program.lanes())
    }

    /// [`takes_over`] of its program.
    fn takes_over(&self, name: &Arc<str>, before: Option<&Plan<T>>) -> bool {
        let (Some(program), Some(graph)) = (self.program.program(), &self.graph) else {
            return true;
        };
        takes_over(program, graph, name, before)
    }
}

/// Whether a program can take over exactly what the node of a name in the plan before holds. Not so where
/// recurrences are one in it that may hold different things there: they were different before the edit.
///
/// Where the plan before has no such name, the node may be one that was renamed: any that means the same.
fn takes_over<T: Sample>(
    program: &Program<T>,
    graph: &Graph,
    name: &Arc<str>,
    before: Option<&Plan<T>>,
) -> bool {
    if !program.layout().has_merged_registers() {
        return true;
    }
    let nodes = before.map_or(&[][..], Plan::nodes);
    let exactly = |old: &PlanNode<T>| {
        let (Some(past), Some(from)) = (old.program.program(), &old.graph) else {
            return true;
        };
        past.is_same(program) || CarryList::new(past, program, &align(from, graph).pairs).is_exact()
    };
    if let Some(old) = nodes.iter().find(|node| node.name == *name) {
        return exactly(old);
    }
    let mut alike = nodes.iter().filter(|old| {
        let from = old.graph.as_ref();
        from.is_some_and(|from| same_meaning(from, graph))
    });
    alike.all(exactly)
}

/// Lanes of the program for a number of voices.
///
/// A vector is four voices wide; more vectors in one state share clocks, delay positions and what all voices have in common.
/// 64 voices of a saw through a filter with an envelope take, for 64 frames at rest, 11.9 µs one by one, 8.9 µs in fours, 5.7 µs
/// in eights, 5.1 µs in sixteens (moving: 22.1, 13.1, 11.9, 11.9): sixteen, then, unless more than an eighth of the lanes would
/// be idle. Externs keep their state to themselves, and written tables cannot move between lanes: such voices run one by one.
fn lanes(voices: u32, graph: &Graph) -> usize {
    let moves = |table: &Table| matches!(table.kind, TableKind::Written { .. });
    if voices < 2 || !graph.externs().is_empty() || graph.tables().iter().any(moves) {
        return 1;
    }
    let fits = |lanes: &u32| voices.next_multiple_of(*lanes) * 8 <= voices.next_multiple_of(4) * 9;
    [16, 8].into_iter().find(fits).unwrap_or(4) as usize
}

/// What getting a program took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) lowering: Duration,
    pub(super) compiling: Duration,
    /// Whether code was made, and not found.
    pub(super) compiled: bool,
}

/// A program and what it took, or nothing when it was known.
pub(super) type Got<T> = (Arc<Compiled<T>>, Option<Cost>);

/// The compiler and what it has compiled for the sessions of late.
///
/// `known` are the definitions of the present session; the compiler's cache has the code of earlier ones, too.
#[derive(Debug)]
pub(super) struct Programs<T> {
    compiler: Compiler,
    /// Compilers for other threads, made when first needed.
    siblings: Vec<Compiler>,
    options: CompileOptions,
    sample_rate: f64,
    known: Vec<Arc<Compiled<T>>>,
    next: u64,
}

/// How a node gets its program.
enum Way<T> {
    Known(Arc<Compiled<T>>),
    Own(Code<T>),
    /// To be compiled, unless a node before it has the same graph.
    Graph(Arc<Graph>, Duration),
}

impl<T: Sample> Programs<T> {
    pub(super) fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let cache = CodeCache::default();
        Ok(Self {
            compiler: Compiler::with_cache(config.target, &cache).map_err(EngineError::Compiler)?,
            siblings: Vec::new(),
            options: config.compile_options(),
            sample_rate: config.sample_rate,
            known: Vec::new(),
            next: 0,
        })
    }

    /// The same for another thread: what either compiles, both find.
    pub(super) fn sibling(&self) -> Self {
        let mut compiler = self.compiler.sibling();
        compiler.set_concurrent(true);
        Self {
            compiler,
            siblings: Vec::new(),
            options: self.options,
            sample_rate: self.sample_rate,
            known: self.known.clone(),
            next: self.next,
        }
    }

    /// The program of a node by what its number says of it, and what it took when it was not known.
    fn get(&mut self, name: &Arc<str>, node: &Node, equals: Equals) -> Result<Got<T>, EngineError> {
        self.options.equals = equals;
        let way = self.way(name, node, None)?;
        self.take(name, node, way, None, None)
    }

    /// The programs of many nodes, in order, for a plan that follows `before`. Compiles on all cores when that is
    /// worth it.
    pub(super) fn get_all<'a>(
        &mut self,
        nodes: impl Iterator<Item = (&'a Arc<str>, &'a Node)>,
        before: Option<&Plan<T>>,
    ) -> Result<Vec<Got<T>>, EngineError> {
        let mut all = Vec::new();
        for (name, node) in nodes {
            all.push((name, node, self.way(name, node, before)?));
        }
        let graphs = all.iter().map(|(_, node, way)| match way {
            Way::Graph(graph, _) => Some((&**graph, lanes(node.count(), graph))),
            Way::Known(_) | Way::Own(_) => None,
        });
        let graphs: Vec<Option<(&Graph, usize)>> = graphs.collect();
        let options = self.options;
        let compiled = compile_all(&mut self.compiler, &mut self.siblings, &graphs, &options);
        let mut got = Vec::with_capacity(all.len());
        for ((name, node, way), compiled) in all.into_iter().zip(compiled) {
            got.push(self.take(name, node, way, compiled, before)?);
        }
        Ok(got)
    }

    /// Looks a node up; lowers it when its definition is not known.
    fn way(
        &self,
        name: &Arc<str>,
        node: &Node,
        before: Option<&Plan<T>>,
    ) -> Result<Way<T>, EngineError> {
        let (definition, pan) = (node.definition(), node.pan());
        let same = |known: &&Arc<Compiled<T>>| {
            let suits = known.pan == pan && known.suits(node);
            suits && known.definition.is_same(definition) && known.takes_over(name, before)
        };
        if let Some(known) = self.known.iter().find(same) {
            return Ok(Way::Known(Arc::clone(known)));
        }
        if let Some((own, interface)) = definition.own_node() {
            let code = OwnCode::new(Arc::clone(own), interface.clone(), self.sample_rate);
            let code = if pan == 0.0 {
                code
            } else {
                code.panned(sides(pan))
            };
            return Ok(Way::Own(code.into()));
        }
        let start = Instant::now();
        let options = BuildOptions {
            precision: T::PRECISION,
            sample_rate: self.sample_rate,
            inputs: Some(definition.inputs()),
        };
        let graph = if pan == 0.0 {
            definition.graph(&options)
        } else {
            Graph::build(&panned(definition.outputs(), pan), &options).map(Arc::new)
        };
        let graph = graph.map_err(|source| EngineError::Build {
            node: name.clone(),
            source,
        })?;
        // What a node means already is done by the code it has, so that an edit that means nothing touches
        // nothing. Not by that of another node: that would make its rounding depend on the company it is in.
        // Nearly always it was not edited at all, which is seen sooner. Another number of voices keeps the code as well, although lanes
        // would be faster: voices that sound stay the same to the bit.
        let means_the_same = |known: &&Arc<Compiled<T>>| {
            let past = known.graph.as_ref().filter(|_| known.name == *name);
            past.is_some_and(|past| same_graph(past, &graph) || same_meaning(past, &graph))
        };
        let means_the_same =
            |known: &&Arc<Compiled<T>>| means_the_same(known) && known.takes_over(name, before);
        if let Some(known) = self.known.iter().find(means_the_same) {
            return Ok(Way::Known(Arc::clone(known)));
        }
        Ok(Way::Graph(graph, start.elapsed()))
    }

    /// Makes the program of a node that was looked up; `compiled` is its code where there is some already.
    fn take(
        &mut self,
        name: &Arc<str>,
        node: &Node,
        way: Way<T>,
        compiled: Option<Timed<T>>,
        before: Option<&Plan<T>>,
    ) -> Result<Got<T>, EngineError> {
        let (graph, lowering) = match way {
            Way::Known(known) => return Ok((known, None)),
            Way::Own(code) => {
                return Ok((self.remember(name, code, node, None, Equals::Merged), None));
            }
            Way::Graph(graph, lowering) => (graph, lowering),
        };
        let same = |known: &&Arc<Compiled<T>>| {
            let found = known.graph.as_ref();
            let same = found.is_some_and(|found| same_graph(found, &graph));
            known.suits(node) && same && known.takes_over(name, before)
        };
        if let Some(known) = self.known.iter().find(same) {
            return Ok((Arc::clone(known), None));
        }
        let mut options = CompileOptions {
            lanes: lanes(node.count(), &graph),
            ..self.options
        };
        let failed = |source| EngineError::Compile {
            node: name.clone(),
            site: node.definition().site().cloned(),
            source,
        };
        let compiled =
            compiled.unwrap_or_else(|| Timed::compile(&mut self.compiler, &graph, &options));
        let mut program = compiled.program.map_err(failed)?;
        let mut compiling = compiled.time;
        if !takes_over(&program, &graph, name, before) {
            options.equals = Equals::Apart;
            let apart = Timed::compile(&mut self.compiler, &graph, &options);
            program = apart.program.map_err(failed)?;
            compiling += apart.time;
        }
        let cost = Cost {
            lowering,
            compiling,
            compiled: !program.is_cached(),
        };
        let graph = Some(graph);
        let compiled = self.remember(name, program.into(), node, graph, options.equals);
        Ok((compiled, Some(cost)))
    }

    fn remember(
        &mut self,
        name: &Arc<str>,
        program: Code<T>,
        node: &Node,
        graph: Option<Arc<Graph>>,
        equals: Equals,
    ) -> Arc<Compiled<T>> {
        self.next += 1;
        let compiled = Arc::new(Compiled {
            number: 2 * self.next + u64::from(equals == Equals::Apart),
            program,
            definition: node.definition().clone(),
            pan: node.pan(),
            name: name.clone(),
            graph,
        });
        self.known.push(Arc::clone(&compiled));
        compiled
    }

    /// Forgets what nobody uses; what was published lives on in its plans.
    pub(super) fn keep(&mut self, used: impl Fn(u64) -> bool) {
        self.known.retain(|known| used(known.number));
    }
}

/// Code by the numbers of another engine, for a session that is played again.
///
/// Which nodes share a compilation decides what is carried over an edit, so it follows the record and not the text.
#[derive(Debug)]
pub(crate) struct NodeCodes<T> {
    programs: Programs<T>,
    known: BTreeMap<u64, Known<T>>,
}

/// Code, and the graph it was compiled from.
pub(crate) type Known<T> = (Code<T>, Option<Arc<Graph>>);

impl<T: Sample> NodeCodes<T> {
    pub(crate) fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        Ok(Self {
            programs: Programs::new(config)?,
            known: BTreeMap::new(),
        })
    }

    /// The code with this number: that of `node`, where it is new.
    pub(crate) fn get(
        &mut self,
        number: u64,
        name: &Arc<str>,
        node: &Node,
    ) -> Result<Known<T>, EngineError> {
        if let Some(known) = self.known.get(&number) {
            return Ok(known.clone());
        }
        self.programs.keep(|_| false);
        let equals = if number.is_multiple_of(2) {
            Equals::Merged
        } else {
            Equals::Apart
        };
        let (compiled, _) = self.programs.get(name, node, equals)?;
        let known = (compiled.program.clone(), compiled.graph.clone());
        self.known.insert(number, known.clone());
        Ok(known)
    }
}

/// Gains of left and right at a position: the far side is turned down in a straight line, the near side stays at
/// unity, so that the centre is 1 on both sides (design §5).
fn sides(pan: f64) -> [f64; 2] {
    [(1.0 - pan).min(1.0), (1.0 + pan).min(1.0)]
}

fn panned(outputs: &[Signal], pan: f64) -> Vec<Signal> {
    let [left, right] = sides(pan);
    match outputs {
        [mono] => vec![mono * left, mono * right],
        [l, r] => vec![l * left, r * right],
        more => more.to_vec(),
    }
}
