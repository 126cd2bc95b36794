//! How many frames a loop over time computes side by side.
//!
//! A vector holds four floats of 32 bits. Two vectors an iteration share every constant and give the machine two
//! chains of dependent operations to work on at a time, as long as both fit into its registers.

use std::collections::HashMap;

use synthc_ir::{Graph, NodeId, Op, Precision};

use super::step::{Step, delay};
use super::unit::{CHUNK, VECTOR, WIDEST};

/// Steps of a loop that is worth twice the code: below it, the time to compile counts more. From here on, sixty-four sines
/// take 37 ns instead of 46, a chain of thirty waveshapers 38 instead of 46.
const MIN_STEPS: usize = 10;
/// Steps of a program whose loops are worth it. Hundreds of sines gain nothing and take half as long again to compile.
const MAX_PROGRAM_STEPS: usize = 1200;
/// Vectors that such a loop holds at most, two for each value that is alive at once and one for each register: as many as
/// the machine has. Where a few do not fit, loading them again costs less than a second chain gains.
const VECTORS: usize = 16;

/// The frames of an iteration of a loop with these steps in a program of `total` steps.
pub(super) fn of(graph: &Graph, steps: &[Step], total: usize) -> u32 {
    let wide = graph.precision() == Precision::F32
        && total <= MAX_PROGRAM_STEPS
        && steps.len() >= MIN_STEPS
        && !reads_itself(graph, steps)
        && 2 * alive(graph, steps) + registers(graph, steps) <= VECTORS;
    if wide { WIDEST } else { VECTOR }
}

/// Registers of the loop, a vector each at least.
fn registers(graph: &Graph, steps: &[Step]) -> usize {
    let reads = |step: &&Step| matches!(step, Step::Node(id) if matches!(graph.op(*id), Op::RegisterRead(_)));
    steps.iter().filter(reads).count()
}

/// Whether a loop reads a line so closely that frames of the same iteration may be among them.
fn reads_itself(graph: &Graph, steps: &[Step]) -> bool {
    steps.iter().any(|step| match *step {
        Step::Node(id) => match graph.op(id) {
            Op::DelayRead(line, offset) => {
                steps.contains(&Step::WriteLine(line)) && delay(graph, line, offset).min() < CHUNK
            }
            _ => false,
        },
        _ => false,
    })
}

/// The most values of the loop's own that wait for a use at one time.
fn alive(graph: &Graph, steps: &[Step]) -> usize {
    let mut last_use: HashMap<NodeId, usize> = HashMap::with_capacity(steps.len());
    for (i, step) in steps.iter().enumerate() {
        step.for_each_use(graph, |id| {
            last_use.insert(id, i);
        });
    }
    let mut ending = vec![0_usize; steps.len()];
    let (mut alive, mut most) = (0, 0);
    for (i, step) in steps.iter().enumerate() {
        if let Step::Node(id) = *step
            && let Some(&end) = last_use.get(&id)
            && end > i
        {
            alive += 1;
            ending[end] += 1;
        }
        most = most.max(alive);
        alive -= ending[i];
    }
    most
}
