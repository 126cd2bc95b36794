//! The extern of random programs: stateful, two inputs, two outputs.

use std::sync::Arc;

use crate::external::{ExternState, ExternUnit};

/// First output: its input of the frame before; second: the half of the second input.
#[derive(Clone, Copy, Debug)]
pub struct Blend;

impl ExternUnit for Blend {
    fn name(&self) -> &str {
        "blend"
    }

    fn inputs(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        2
    }

    fn instantiate(&self, _sample_rate: f64) -> Box<dyn ExternState> {
        Box::new(Before(0.0))
    }
}

struct Before(f64);

impl ExternState for Before {
    fn frame(&mut self, inputs: &[f64], outputs: &mut [f64]) {
        outputs[0] = std::mem::replace(&mut self.0, inputs[0]);
        outputs[1] = 0.5 * inputs[1];
    }
}

/// The units of random programs by name, for [`Graph::parse_with`](crate::Graph::parse_with).
#[must_use]
pub fn unit(name: &str) -> Option<Arc<dyn ExternUnit>> {
    (name == Blend.name()).then(|| Arc::new(Blend) as Arc<dyn ExternUnit>)
}
