//! Programs of nodes: compiled when a definition is new, used again when it is not.

use std::sync::Arc;
use std::time::Duration;

use synthc_ir::{BuildOptions, Graph, Signal};
use synthc_jit::{CompileOptions, Compiler, Program, Sample};

use super::{EngineConfig, EngineError};
use crate::session::{Node, NodeDefinition, same_graph};

/// A compiled definition.
#[derive(Clone, Debug)]
pub(super) struct Compiled<T> {
    /// Different for every compilation.
    pub(super) number: u64,
    pub(super) program: Program<T>,
    definition: NodeDefinition,
    pan: f64,
    graph: Arc<Graph>,
}

/// What a compilation took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) lowering: Duration,
    pub(super) compiling: Duration,
}

/// The compiler and what it has compiled for the sessions of late.
#[derive(Debug)]
pub(super) struct Programs<T> {
    compiler: Compiler,
    options: CompileOptions,
    sample_rate: f64,
    known: Vec<Arc<Compiled<T>>>,
    next: u64,
}

impl<T: Sample> Programs<T> {
    pub(super) fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        Ok(Self {
            compiler: Compiler::new(config.target).map_err(EngineError::Compiler)?,
            options: config.compile_options(),
            sample_rate: config.sample_rate,
            known: Vec::new(),
            next: 0,
        })
    }

    /// The program of a node, and what compiling it took when that was necessary.
    pub(super) fn get(
        &mut self,
        name: &Arc<str>,
        node: &Node,
    ) -> Result<(Arc<Compiled<T>>, Option<Cost>), EngineError> {
        let (definition, pan) = (node.definition(), node.pan());
        let same =
            |known: &&Arc<Compiled<T>>| known.pan == pan && known.definition.is_same(definition);
        if let Some(known) = self.known.iter().find(same) {
            return Ok((Arc::clone(known), None));
        }
        let start = std::time::Instant::now();
        let options = BuildOptions {
            precision: T::PRECISION,
            sample_rate: self.sample_rate,
            inputs: Some(definition.inputs()),
        };
        let build = |outputs: &[Signal]| {
            Graph::build(outputs, &options).map_err(|source| EngineError::Build {
                node: name.clone(),
                source,
            })
        };
        let graph = if pan == 0.0 {
            build(definition.outputs())?
        } else {
            build(&panned(definition.outputs(), pan))?
        };
        if let Some(known) = self
            .known
            .iter()
            .find(|known| same_graph(&known.graph, &graph))
        {
            return Ok((Arc::clone(known), None));
        }
        let lowering = start.elapsed();
        let start = std::time::Instant::now();
        let program = self
            .compiler
            .compile(&graph, &self.options)
            .map_err(|source| EngineError::Compile {
                node: name.clone(),
                site: definition.site().cloned(),
                source,
            })?;
        let cost = Cost {
            lowering,
            compiling: start.elapsed(),
        };
        self.next += 1;
        let compiled = Arc::new(Compiled {
            number: self.next,
            program,
            definition: definition.clone(),
            pan,
            graph: Arc::new(graph),
        });
        self.known.push(Arc::clone(&compiled));
        Ok((compiled, Some(cost)))
    }

    /// Forgets what nobody uses; what was published lives on in its plans.
    pub(super) fn keep(&mut self, used: impl Fn(u64) -> bool) {
        self.known.retain(|known| used(known.number));
    }
}

/// Left and right at a position: the far side is turned down in a straight line, the near side stays at unity,
/// so that the centre is 1 on both sides (design §5).
fn panned(outputs: &[Signal], pan: f64) -> Vec<Signal> {
    let (left, right) = ((1.0 - pan).min(1.0), (1.0 + pan).min(1.0));
    match outputs {
        [mono] => vec![mono * left, mono * right],
        [l, r] => vec![l * left, r * right],
        more => more.to_vec(),
    }
}
