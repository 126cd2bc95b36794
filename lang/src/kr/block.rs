//! `with kr.batch():` and `with kr.transition(bars):`.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use super::Studio;
use super::studio::Snapshot;
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::value::{NativeObject, Value};

/// Edits that happen together or not at all.
#[derive(Debug)]
pub(super) struct Batch {
    studio: Rc<Studio>,
    before: RefCell<Vec<Snapshot>>,
}

impl Batch {
    pub(super) fn new(studio: Rc<Studio>) -> Self {
        Self {
            studio,
            before: RefCell::default(),
        }
    }
}

impl NativeObject for Batch {
    fn type_name(&self) -> &'static str {
        "Batch"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn enter(&self, _: &mut Context<'_>, this: &Value) -> Result<Option<Value>> {
        self.before.borrow_mut().push(self.studio.capture());
        Ok(Some(this.clone()))
    }

    fn exit(&self, _: &mut Context<'_>, error: Option<&Error>) -> Result<bool> {
        let before = self.before.borrow_mut().pop();
        if let (Some(before), Some(_)) = (before, error) {
            self.studio.restore(before);
        }
        Ok(false)
    }
}

/// A stretch of code whose `gain` and `set` become fades.
#[derive(Debug)]
pub(super) struct Transition {
    studio: Rc<Studio>,
    bars: f64,
}

impl Transition {
    pub(super) fn new(studio: Rc<Studio>, bars: f64) -> Self {
        Self { studio, bars }
    }
}

impl NativeObject for Transition {
    fn type_name(&self) -> &'static str {
        "Transition"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn enter(&self, _: &mut Context<'_>, this: &Value) -> Result<Option<Value>> {
        if self.studio.transition().is_some() {
            return Err(
                Error::runtime_error("a transition inside a transition has no meaning")
                    .with_help("end the outer `with kr.transition(…)` first"),
            );
        }
        self.studio.set_transition(Some(self.bars));
        Ok(Some(this.clone()))
    }

    fn exit(&self, _: &mut Context<'_>, _: Option<&Error>) -> Result<bool> {
        self.studio.set_transition(None);
        Ok(false)
    }
}
