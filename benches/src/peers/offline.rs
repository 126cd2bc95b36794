//! Engines that render by themselves: the cost of a sample is what a longer render takes more.

use std::error::Error;
use std::time::Duration;

use synthc_measure::Spread;

use super::contender::{Burst, Contender, Controls};

/// Length of the render that is taken off, in seconds of sound.
const SHORT: f64 = 1.0;
/// What the difference should take.
const AIM: Duration = Duration::from_millis(60);
const RATE: f64 = 48_000.0;

/// A contender that renders `seconds` of sound in the time that `render` gives.
pub(super) fn contender(
    patch: &str,
    engine: &str,
    controls: Controls,
    differs: String,
    mut render: impl FnMut(f64) -> Result<Duration, Box<dyn Error>> + 'static,
) -> Contender {
    let mut length = None;
    let mut least = [f64::INFINITY; 2];
    Contender {
        patch: patch.to_owned(),
        engine: engine.to_owned(),
        controls,
        differs,
        compile_ms: Spread::default(),
        ns_per_sample: Spread::default(),
        refines: true,
        run: Box::new(move || {
            let short = render(SHORT)?;
            let long = match length {
                Some(long) => long,
                None => {
                    let mut long = 32.0;
                    while render(long)?.saturating_sub(short) < AIM && long < 20_000.0 {
                        long *= 2.0;
                    }
                    *length.insert(long)
                }
            };
            // Both least times are kept: a disturbed short render would make the long one look fast.
            least[0] = least[0].min(short.as_secs_f64());
            least[1] = least[1].min(render(long)?.as_secs_f64());
            let ns = (least[1] - least[0]) * 1e9 / ((long - SHORT) * RATE);
            let compile_ms = None;
            Ok(Burst { ns, compile_ms })
        }),
    }
}
