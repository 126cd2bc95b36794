//! Calling compiled code: the one place where safe arguments become the pointers of a
//! [`ProcessFn`](crate::lower::ProcessFn).
//!
//! [`Program::process`](crate::Program::process) has checked state, counts and lengths before it
//! comes here.

use crate::code_block::VariantEntry;
use crate::host;
use crate::lower::MovingSource;
use crate::sample::Sample;
use crate::state::State;

/// Room for the pointers of one call, so that calling allocates nothing.
#[derive(Debug)]
pub(crate) struct Arguments {
    inputs: Vec<*const u8>,
    outputs: Vec<*mut u8>,
    moving: Vec<MovingSource>,
}

// SAFETY: the pointers mean something only during a call, which writes them first.
unsafe impl Send for Arguments {}

impl Arguments {
    pub(crate) fn new(inputs: usize, outputs: usize, moving: usize) -> Self {
        let resting = MovingSource {
            values: std::ptr::null(),
            mask: 0,
        };
        Self {
            inputs: vec![std::ptr::null(); inputs],
            outputs: vec![std::ptr::null_mut(); outputs],
            moving: vec![resting; moving],
        }
    }
}

/// The slices of one call; with voices in lanes a frame is as many samples.
pub(crate) struct Buffers<'a, 'o, T> {
    pub(crate) inputs: &'a [&'a [T]],
    pub(crate) outputs: &'a mut [&'o mut [T]],
    pub(crate) frames: usize,
    pub(crate) lanes: usize,
}

impl<T: Sample> Buffers<'_, '_, T> {
    /// Writes the pointers of `len` frames from `first` on.
    fn point(&mut self, arguments: &mut Arguments, first: usize, len: usize) {
        let part = first * self.lanes..(first + len) * self.lanes;
        for (pointer, input) in arguments.inputs.iter_mut().zip(self.inputs) {
            *pointer = input[part.clone()].as_ptr().cast();
        }
        for (pointer, output) in arguments.outputs.iter_mut().zip(&mut *self.outputs) {
            *pointer = output[part.clone()].as_mut_ptr().cast();
        }
    }
}

/// Runs the update function of a variant.
fn update<T: Sample>(state: &mut State<T>, entry: VariantEntry) {
    // SAFETY: the state was made by the program whose code this is, so its memory has the layout
    // of the code, and `&mut` makes this call its only user.
    unsafe { (entry.update)(state.memory.as_ptr()) };
}

/// Runs `frames` frames of the sample loop with the pointers in the state's arguments.
///
/// # Safety
/// The arguments point to as many slices as the program has inputs, outputs and moving controls,
/// each of `frames` ≥ 1 samples a lane (one for a source with mask 0), outputs exclusively borrowed.
unsafe fn process<T: Sample>(state: &mut State<T>, entry: VariantEntry, frames: usize) {
    host::clear_upper_halves();
    let arguments = &state.arguments;
    // SAFETY: the caller's promise, and for the state as in `update`.
    unsafe {
        (entry.process)(
            state.memory.as_ptr(),
            frames as u64,
            arguments.inputs.as_ptr(),
            arguments.outputs.as_ptr(),
            arguments.moving.as_ptr(),
        );
    }
}

/// Computes a block with all controls at rest.
pub(crate) fn resting<T: Sample>(state: &mut State<T>, mut buffers: Buffers<T>) {
    let entry = state.program.code.resting;
    if std::mem::take(&mut state.stale.resting) {
        update(state, entry);
    }
    buffers.point(&mut state.arguments, 0, buffers.frames);
    // SAFETY: `Program::process` has checked counts and lengths; the resting variant reads no
    // moving source.
    unsafe { process(state, entry, buffers.frames) };
}

/// Computes a block through the moving variant. Every control that moves has an entry in it.
pub(crate) fn moving<T: Sample>(
    state: &mut State<T>,
    entry: VariantEntry,
    mut buffers: Buffers<T>,
    moving: &[Option<&[T]>],
) {
    if std::mem::take(&mut state.stale.moving) {
        update(state, entry);
    }
    let program = &state.program;
    let sources = state.arguments.moving.iter_mut();
    for (source, &control) in sources.zip(&program.moving) {
        let values = moving.get(control.index()).copied().flatten();
        *source = match values.filter(|values| !values.is_empty()) {
            Some(values) => MovingSource {
                values: values.as_ptr().cast(),
                mask: u64::MAX,
            },
            None => {
                let offset = program.state_layout.control(control) as usize;
                MovingSource {
                    values: state.memory.as_ptr().wrapping_add(offset),
                    mask: 0,
                }
            }
        };
    }
    buffers.point(&mut state.arguments, 0, buffers.frames);
    // SAFETY: as in `resting`; sources are slices of `frames` values or the control's own place.
    unsafe { process(state, entry, buffers.frames) };
}

/// Computes a block frame by frame through the resting variant: the same bits as the moving one.
pub(crate) fn stepwise<T: Sample>(
    state: &mut State<T>,
    mut buffers: Buffers<T>,
    moving: &[Option<&[T]>],
) {
    let entry = state.program.code.resting;
    for frame in 0..buffers.frames {
        for (control, values) in moving.iter().enumerate() {
            let row = frame * buffers.lanes..(frame + 1) * buffers.lanes;
            let row = values
                .and_then(|values| values.get(row))
                .into_iter()
                .flatten();
            for (lane, &value) in row.enumerate() {
                state.write_control(lane, control, value);
            }
        }
        update(state, entry);
        buffers.point(&mut state.arguments, frame, 1);
        // SAFETY: as in `resting`, for one frame.
        unsafe { process(state, entry, 1) };
    }
    for (control, values) in moving.iter().enumerate() {
        if values.is_some() {
            state.restore_control(control);
        }
    }
    state.stale.resting = true;
}
