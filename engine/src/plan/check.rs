//! What a specification must keep to before it is laid out.

use synthc_jit::Sample;

use super::{
    MAX_CONTROLS, MAX_INPUTS, MAX_KEY, MAX_OUTPUTS, MAX_VOICES, NodeKind, NodeSpec, PlanError,
    PlanSpec,
};

pub(super) fn number(
    what: &'static str,
    owner: &str,
    given: f64,
    positive: bool,
) -> Result<(), PlanError> {
    let good = given.is_finite() && (!positive || given > 0.0);
    let bound = if positive {
        "finite and above 0"
    } else {
        "finite"
    };
    good.then_some(()).ok_or_else(|| PlanError::Number {
        what,
        owner: owner.to_string(),
        given,
        bound,
    })
}

pub(super) fn check_session<T>(spec: &PlanSpec<T>) -> Result<(), PlanError> {
    number("the sample rate", "the session", spec.sample_rate, true)?;
    number("the gain", "the master", spec.master, false)?;
    if let Some(limiter) = spec.limiter {
        number("the ceiling", "the limiter", limiter.ceiling, true)?;
        number("the release", "the limiter", limiter.release, true)?;
    }
    Ok(())
}

pub(super) fn check_node<T: Sample>(node: &NodeSpec<T>) -> Result<(), PlanError> {
    let name = || node.name.to_string();
    let (inputs, outputs) = (node.program.input_count(), node.program.output_count());
    if node.key.0 >= MAX_KEY {
        return Err(PlanError::KeyTooLarge {
            name: name(),
            given: node.key.0,
            limit: MAX_KEY,
        });
    }
    let source = node.kind == NodeKind::Source;
    if source != (inputs == 0) {
        return Err(PlanError::WrongKind {
            name: name(),
            as_source: source,
            inputs,
        });
    }
    for (what, given, least, most) in [
        ("inputs", inputs, 0, MAX_INPUTS),
        ("outputs", outputs, 1, MAX_OUTPUTS),
    ] {
        if given < least || given > most {
            return Err(PlanError::ChannelCount {
                name: name(),
                what,
                given,
                least,
                most,
            });
        }
    }
    if node.voices == 0 || node.voices > MAX_VOICES || (!source && node.voices > 1) {
        return Err(PlanError::VoiceCount {
            name: name(),
            given: node.voices,
            most: MAX_VOICES,
        });
    }
    if !source && node.program.lanes() > 1 {
        return Err(PlanError::EffectInLanes {
            name: name(),
            given: node.program.lanes(),
        });
    }
    if node.controls.len() > MAX_CONTROLS || node.program.controls().len() > MAX_CONTROLS {
        return Err(PlanError::ControlSlot {
            name: name(),
            slot: node.controls.len().max(node.program.controls().len()),
            limit: MAX_CONTROLS,
        });
    }
    number("the gain", &node.name, node.gain, false)?;
    for (slot, control) in node.controls.iter().enumerate() {
        let Some(control) = control else { continue };
        let limit = node.program.controls().len();
        if usize::from(control.control) >= limit {
            return Err(PlanError::ControlSlot {
                name: name(),
                slot,
                limit,
            });
        }
        number("a control's value", &node.name, control.value, false)?;
        if let Some(seconds) = control.smoothing {
            number("a control's smoothing", &node.name, seconds, true)?;
        }
    }
    Ok(())
}
