//! Code generation: schedules, layout and machine code of a graph, for any target.
//!
//! What comes out has no address and touches no executable memory, so code for another
//! architecture can be made and inspected anywhere.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Function, Signature, UserFuncName};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::{CompileError as ClifError, Context};
use cranelift_frontend::FunctionBuilderContext;
use synthc_ir::Graph;

use crate::code_block::{FunctionCode, Variant, VariantCode};
use crate::error::CompileError;
use crate::layout::StateLayout;
use crate::literal::Literals;
use crate::lower::{
    Source, lower_process, lower_update, lower_voices_process, lower_voices_update,
    process_signature, update_signature,
};
use crate::options::{CompileOptions, CompileTimes};
use crate::program::ProgramText;
use crate::schedule::{self, EntryInfo, LoopInfo, Schedule};
use crate::target::Features;
use crate::template::Template;

/// What a generator makes of a graph.
pub(crate) struct Prepared {
    pub(crate) template: Template,
    pub(crate) times: CompileTimes,
    pub(crate) text: Option<ProgramText>,
    /// The loops of the resting variant, for people who look.
    pub(crate) loops: Vec<LoopInfo>,
    /// What is decided before them.
    pub(crate) entries: Vec<EntryInfo>,
}

/// What builds a function from its source.
type Lower = fn(Source, &mut Function, &mut FunctionBuilderContext);

/// Makes code; holds the buffers that are used again.
pub(crate) struct Generator {
    context: Context,
    builder: FunctionBuilderContext,
    times: CompileTimes,
    text: Option<ProgramText>,
    /// What makes the moving variant while this one makes the resting one.
    beside: Option<Box<Generator>>,
}

/// Nodes of a graph whose moving variant is worth a thread: making it takes several times as long as starting one.
const NODES_FOR_A_THREAD: usize = 48;

impl Generator {
    pub(crate) fn new() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            times: CompileTimes::default(),
            text: None,
            beside: None,
        }
    }

    /// Makes the code of a verified graph, for a target and its features, with holes for its literals where it is marked;
    /// both variants at a time where that is worth a thread and `concurrent` allows it.
    pub(crate) fn generate(
        &mut self,
        graph: &Graph,
        options: &CompileOptions,
        isa: &OwnedTargetIsa,
        features: &Features,
        literals: Option<&Literals>,
        concurrent: bool,
    ) -> Result<Prepared, CompileError> {
        self.times = CompileTimes::default();
        self.text = options.keep_text.then(ProgramText::default);
        let start = Instant::now();
        let order = schedule::order(graph).map_err(synthc_ir::VerifyError::from)?;
        let resting = Schedule::new(graph, &order, false, options.lanes);
        let moving = options
            .moving
            .then(|| Schedule::new(graph, &order, true, options.lanes));
        let moving = moving.filter(|schedule| !schedule.moving.is_empty());
        let schedules: Vec<&Schedule> = std::iter::once(&resting).chain(&moving).collect();
        let layout = StateLayout::assign(graph, &schedules, options.lanes)?;
        self.times.build = start.elapsed();

        let source = |variant, schedule| Source {
            graph: Schedule::graph(schedule, graph),
            schedule,
            layout: &layout,
            variant,
            features,
            literals,
        };
        let pace = resting.pace();
        let paces = [pace, moving.as_ref().map_or(pace, Schedule::pace)];
        let entries = options
            .keep_text
            .then(|| schedule::describe_entries(graph, &resting));
        let loops = options
            .keep_text
            .then(|| schedule::describe(resting.graph(graph), &resting));
        let worth_a_thread = concurrent && graph.len() >= NODES_FOR_A_THREAD;
        let (resting, moving_code) = match &moving {
            None => (self.variant(&source(0, &resting), isa)?, None),
            Some(schedule) => {
                let both = [source(0, &resting), source(1, schedule)];
                let [resting, moving] = if worth_a_thread {
                    self.variants_at_a_time(&both, isa)?
                } else {
                    [self.variant(&both[0], isa)?, self.variant(&both[1], isa)?]
                };
                (resting, Some(moving))
            }
        };
        let template = Template {
            resting,
            moving: moving_code,
            moving_controls: moving.map_or_else(|| Arc::from([]), |m| m.moving.into()),
            paces,
            layout: Arc::new(layout),
            literals: None,
        };
        Ok(Prepared {
            template,
            loops: loops.unwrap_or_default(),
            entries: entries.unwrap_or_default(),
            times: self.times,
            text: self.text.take(),
        })
    }

    /// The code of two variants, the second of which is made on a thread of its own. Which thread makes it changes nothing.
    fn variants_at_a_time(
        &mut self,
        [first, second]: &[Source; 2],
        isa: &OwnedTargetIsa,
    ) -> Result<[VariantCode; 2], CompileError> {
        let mut beside = self.beside.take().unwrap_or_else(|| Box::new(Self::new()));
        beside.times = CompileTimes::default();
        beside.text = self.text.is_some().then(ProgramText::default);
        let (first, second_made) = thread::scope(|scope| {
            let other = thread::Builder::new()
                .name("synthc-compile".to_owned())
                .spawn_scoped(scope, || beside.variant(second, isa));
            let first = self.variant(first, isa);
            let other = other.ok().map(|other| match other.join() {
                Ok(made) => made,
                // As if it had happened here.
                Err(panic) => std::panic::resume_unwind(panic),
            });
            (first, other)
        });
        self.times.build += beside.times.build;
        self.times.codegen += beside.times.codegen;
        if let (Some(text), Some(other)) = (&mut self.text, beside.text.take()) {
            text.clif += &other.clif;
            text.assembly += &other.assembly;
        }
        self.beside = Some(beside);
        let second = match second_made {
            Some(made) => made?,
            // No thread could be started.
            None => self.variant(second, isa)?,
        };
        Ok([first?, second])
    }

    fn variant(
        &mut self,
        source: &Source,
        isa: &OwnedTargetIsa,
    ) -> Result<VariantCode, CompileError> {
        let (update, process): (Lower, Lower) = if source.layout.lanes() == 1 {
            (lower_update, lower_process)
        } else {
            (lower_voices_update, lower_voices_process)
        };
        Ok(Variant {
            update: self.function(isa, source, update_signature(source), update)?,
            process: self.function(isa, source, process_signature(source), process)?,
        })
    }

    /// Builds and compiles one function.
    fn function(
        &mut self,
        isa: &OwnedTargetIsa,
        source: &Source,
        signature: Signature,
        lower: Lower,
    ) -> Result<FunctionCode, CompileError> {
        let start = Instant::now();
        self.context.clear();
        self.context.set_disasm(self.text.is_some());
        self.context.func = Function::with_name_signature(UserFuncName::default(), signature);
        lower(*source, &mut self.context.func, &mut self.builder);
        let function = &self.context.func;
        let vectors = source.literals.and_then(|l| l.vectors(function));
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
        let bytes = compiled.code_buffer().to_vec();
        let align = u64::from(compiled.buffer.alignment)
            .max(u64::from(isa.function_alignment().preferred))
            .max(isa.symbol_alignment());
        let marked = source.literals.zip(vectors);
        let holes = marked.map(|(literals, vectors)| literals.holes(&bytes, &vectors));
        let code = FunctionCode {
            bytes,
            holes,
            align,
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

#[cfg(test)]
mod tests {
    use cranelift_codegen::isa;
    use proptest::prelude::*;
    use synthc_ir::Precision;
    use synthc_ir::testing::graphs;

    use super::*;
    use crate::target::finish;

    fn generate(graph: &Graph, triple: &str) -> Prepared {
        let isa = isa::lookup_by_name(triple).expect("a code generator of this crate");
        let isa = finish(&isa).expect("settings that fit");
        let options = CompileOptions {
            moving: true,
            ..CompileOptions::default()
        };
        let features = Features::of(&isa, false);
        let prepared = Generator::new().generate(graph, &options, &isa, &features, None, false);
        prepared.expect("code for every well-formed graph")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_graph_has_code_for_every_architecture(
            narrow in graphs(Precision::F32, 60), wide in graphs(Precision::F64, 60)
        ) {
            for graph in [&narrow.0, &wide.0] {
                for triple in ["aarch64-unknown-linux-gnu", "aarch64-apple-darwin",
                    "x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"] {
                    let prepared = generate(graph, triple);
                    prop_assert!(!prepared.template.resting.process.bytes.is_empty());
                }
            }
        }
    }
}
