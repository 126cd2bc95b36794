//! An extern that counts its instances: what a test of memory that comes back looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use synthc_ir::{ExternState, ExternUnit};

/// Puts out one constant; `alive` is how many instances there are.
#[derive(Debug)]
pub struct Counted {
    /// Instances that have been made and not dropped.
    pub alive: Arc<AtomicUsize>,
    /// What every frame puts out.
    pub output: f64,
}

struct Instance {
    alive: Arc<AtomicUsize>,
    output: f64,
}

impl ExternUnit for Counted {
    fn name(&self) -> &'static str {
        "counted"
    }

    fn inputs(&self) -> usize {
        0
    }

    fn outputs(&self) -> usize {
        1
    }

    fn instantiate(&self, _: f64) -> Box<dyn ExternState> {
        self.alive.fetch_add(1, Ordering::SeqCst);
        Box::new(Instance {
            alive: Arc::clone(&self.alive),
            output: self.output,
        })
    }
}

impl ExternState for Instance {
    fn frame(&mut self, _: &[f64], outputs: &mut [f64]) {
        outputs[0] = self.output;
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}
