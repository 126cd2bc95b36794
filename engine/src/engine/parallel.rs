//! Compiling many graphs at once, on as many threads as that is worth.
//!
//! Called for every update: usually there is nothing or one graph to compile, and nothing is started. Which thread
//! compiles what changes no result.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use synthc_ir::Graph;
use synthc_jit::{CompileError, CompileOptions, Compiler, Program, Sample, host};

use crate::session::same_graph;

/// Nodes of graph that are worth a thread: 1 to 2 ms of compiling both variants; starting a thread takes 0.05 ms.
const NODES_PER_THREAD: usize = 400;
/// Most threads: beyond, they wait for each other at the pool of pages.
const MOST_THREADS: usize = 8;

/// A compilation and the time it took.
pub(super) struct Timed<T> {
    pub(super) program: Result<Program<T>, CompileError>,
    pub(super) time: Duration,
}

impl<T: Sample> Timed<T> {
    pub(super) fn compile(
        compiler: &mut Compiler,
        graph: &Graph,
        options: &CompileOptions,
    ) -> Self {
        let start = Instant::now();
        let program = compiler.compile(graph, options);
        Self {
            program,
            time: start.elapsed(),
        }
    }
}

/// Programs of graphs, by the place of the graph; none for a graph that is not given, equals an earlier one, or is
/// left to the caller because threads would cost more than they save. Each comes with its number of lanes.
pub(super) fn compile_all<T: Sample>(
    compiler: &mut Compiler,
    siblings: &mut Vec<Compiler>,
    graphs: &[Option<(&Graph, usize)>],
    options: &CompileOptions,
) -> Vec<Option<Timed<T>>> {
    let mut jobs: Vec<(usize, &Graph, usize)> = Vec::new();
    for (place, job) in graphs.iter().enumerate() {
        if let Some((graph, lanes)) = *job
            && !jobs
                .iter()
                .any(|&(_, earlier, other)| other == lanes && same_graph(earlier, graph))
        {
            jobs.push((place, graph, lanes));
        }
    }
    let nodes: usize = jobs.iter().map(|(_, graph, _)| graph.len()).sum();
    let cores = host::processors();
    let threads = (nodes / NODES_PER_THREAD)
        .min(cores.min(MOST_THREADS))
        .min(jobs.len());
    let mut done: Vec<Option<Timed<T>>> = graphs.iter().map(|_| None).collect();
    if threads < 2 {
        return done;
    }
    // The largest first, so that none is left alone at the end.
    jobs.sort_by_key(|(_, graph, _)| std::cmp::Reverse(graph.len()));
    while siblings.len() + 1 < threads {
        siblings.push(compiler.sibling());
    }
    let next = AtomicUsize::new(0);
    let finished = Mutex::new(&mut done);
    let work = |compiler: &mut Compiler| {
        while let Some(&(place, graph, lanes)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let options = CompileOptions { lanes, ..*options };
            let timed = Timed::compile(compiler, graph, &options);
            // Only whoever panics inside this assignment could poison it, and nothing does.
            if let Ok(mut done) = finished.lock() {
                done[place] = Some(timed);
            }
        }
    };
    compiler.set_concurrent(false);
    thread::scope(|scope| {
        for sibling in &mut siblings[..threads - 1] {
            // Where no thread can be started, this one does the work alone.
            let _ = thread::Builder::new()
                .name("synthc-compile".to_owned())
                .spawn_scoped(scope, || work(sibling));
        }
        work(compiler);
    });
    compiler.set_concurrent(true);
    done
}

#[cfg(test)]
mod tests {
    use synthc_ir::{BuildOptions, Signal};
    use synthc_jit::Target;

    use super::*;

    /// A chain of `links` sines.
    fn chain(links: usize) -> Graph {
        let end = (0..links).fold(Signal::input(0), |x, _| x.sin());
        Graph::build(&[end], &BuildOptions::default()).expect("a well-formed chain")
    }

    #[test]
    fn large_work_is_shared_and_every_graph_gets_its_own_program() {
        let graphs: Vec<Graph> = [60, 200, 120, 200, 60].map(chain).into();
        let mut given: Vec<_> = graphs.iter().map(|graph| Some((graph, 1))).collect();
        given.insert(2, None);
        let mut compiler = Compiler::new(Target::Host).expect("a code generator");
        let mut siblings = Vec::new();
        let options = CompileOptions::default();
        let done = compile_all::<f32>(&mut compiler, &mut siblings, &given, &options);
        if host::processors() < 2 {
            assert!(done.iter().all(Option::is_none));
            return;
        }
        let shown = |timed: &Option<Timed<f32>>| {
            let program = timed.as_ref().map(|timed| timed.program.as_ref());
            program.map(|program| program.expect("compilable").code_bytes())
        };
        let bytes: Vec<Option<usize>> = done.iter().map(shown).collect();
        let alone = |links: usize| {
            let program = compiler.compile::<f32>(&chain(links), &options);
            Some(program.expect("compilable").code_bytes())
        };
        let [short, long, middle] = [60, 200, 120].map(alone);
        assert_eq!(bytes, [short, long, None, middle, None, None]);
    }

    #[test]
    fn small_work_starts_no_thread() {
        let graphs: Vec<Graph> = [1, 2, 3].map(chain).into();
        let given: Vec<_> = graphs.iter().map(|graph| Some((graph, 1))).collect();
        let mut compiler = Compiler::new(Target::Host).expect("a code generator");
        let mut siblings = Vec::new();
        let options = CompileOptions::default();
        let done = compile_all::<f32>(&mut compiler, &mut siblings, &given, &options);
        assert!(done.iter().all(Option::is_none) && siblings.is_empty());
    }
}
