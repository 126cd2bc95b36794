//! Sessions made in Rust, from the façade to the samples, under an allocator that counts: no call of the processor may
//! allocate or free.

mod nesting;
mod notes;
mod output_logs;
mod outputs;
mod own_nodes;
mod routes;
mod scheduling;
mod support;

use synthc_engine::allocation::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();
