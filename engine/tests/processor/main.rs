//! The audio side as a whole, through its public interface, under an allocator that aborts when the
//! audio side allocates or frees.

mod blocks;
mod controls;
mod faults;
mod lanes;
mod notes;
mod outputs;
mod routing;
mod splitting;
mod support;
mod swapping;

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
