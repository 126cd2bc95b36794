//! Assignment, unpacking and deletion.

use super::{Frame, Machine};
use crate::error::{Error, Result};
use crate::source::Span;
use crate::syntax::{Expr, ExprKind, Slot, Target, TargetKind};
use crate::value::{Iter, Value};

impl Machine {
    /// Binds (or with `None` unbinds) a variable.
    pub(super) fn store(&mut self, frame: &mut Frame, slot: Slot, value: Option<Value>) {
        match slot {
            Slot::Local(i) => frame.locals[i as usize] = value,
            Slot::Cell(i) => frame.cells[i as usize].set(value),
            Slot::Global(i) => self.globals[i as usize] = value,
        }
    }

    /// Assigns to a target. `source` is where the value came from, for unpacking errors.
    pub(super) fn assign(
        &mut self,
        frame: &mut Frame,
        target: &Target,
        value: Value,
        source: Span,
    ) -> Result<()> {
        match &target.kind {
            TargetKind::Name(slot) => {
                self.store(frame, *slot, Some(value));
                Ok(())
            }
            TargetKind::Attribute(owner, name) => {
                let owner = self.eval(frame, owner)?;
                let mut context = self.context(target.span);
                context
                    .set_attribute(&owner, name, &value)
                    .map_err(|e| e.at(target.span))
            }
            TargetKind::Subscript(parts) => {
                let owner = self.eval(frame, &parts.0)?;
                let key = self.eval(frame, &parts.1)?;
                let mut context = self.context(target.span);
                context
                    .set_item(&owner, &key, &value)
                    .map_err(|e| e.at(target.span))
            }
            TargetKind::Unpack(before, star, after) => {
                let parts = before.len() + after.len();
                let mut values = self
                    .unpack(&value, parts, star.is_some(), source)
                    .map_err(|e| e.at(source))?
                    .into_iter();
                for target in before {
                    let value = values.next().unwrap_or(Value::None);
                    self.assign(frame, target, value, source)?;
                }
                if let Some(star) = star {
                    let count = values.len().saturating_sub(after.len());
                    let rest: Vec<Value> = values.by_ref().take(count).collect();
                    self.assign(frame, star, Value::list(rest), source)?;
                }
                for target in after {
                    let value = values.next().unwrap_or(Value::None);
                    self.assign(frame, target, value, source)?;
                }
                Ok(())
            }
        }
    }

    /// The values of an unpacked iterable: exactly `parts`, or at least that many with a star.
    fn unpack(
        &mut self,
        value: &Value,
        parts: usize,
        star: bool,
        span: Span,
    ) -> Result<Vec<Value>> {
        let mut context = self.context(span);
        let mut iter = match context.iterate(value) {
            Ok(iter) => iter,
            Err(error) if error.message().ends_with("object is not iterable") => {
                return Err(Error::type_error(format!(
                    "cannot unpack non-iterable {} object",
                    value.type_name()
                )));
            }
            Err(error) => return Err(error),
        };
        let known = matches!(iter, Iter::List(..) | Iter::Tuple(..) | Iter::Range { .. });
        let mut values = Vec::with_capacity(parts);
        while star || values.len() <= parts {
            match context.advance(&mut iter)? {
                Some(value) => values.push(value),
                None => break,
            }
        }
        if star {
            context.charge_items(values.len())?;
        }
        if values.len() < parts {
            let least = if star { "at least " } else { "" };
            return Err(Error::value_error(format!(
                "not enough values to unpack (expected {least}{parts}, got {})",
                values.len()
            ))
            .with_label(format!("this has {}", items(values.len()))));
        }
        if !star && values.len() > parts {
            let error = Error::value_error(format!("too many values to unpack (expected {parts})"));
            let total = if known {
                super::exact_size(value)
            } else {
                None
            };
            return Err(match total {
                Some(total) => error.with_label(format!("this has {}", items(total))),
                None => error,
            }
            .with_help("take the rest with a star: `first, *rest = …`"));
        }
        Ok(values)
    }

    /// `del target`.
    pub(super) fn delete(&mut self, frame: &mut Frame, target: &Target) -> Result<()> {
        match &target.kind {
            TargetKind::Name(slot) => {
                // Deleting reads first, so that an unknown name is reported.
                self.eval(
                    frame,
                    &Expr {
                        span: target.span,
                        kind: ExprKind::Name(*slot),
                    },
                )?;
                self.store(frame, *slot, None);
                Ok(())
            }
            TargetKind::Attribute(owner, name) => {
                let owner = self.eval(frame, owner)?;
                Err(Error::type_error(format!(
                    "attribute '{name}' of '{}' object cannot be deleted",
                    owner.type_name()
                ))
                .at(target.span))
            }
            TargetKind::Subscript(parts) => {
                let owner = self.eval(frame, &parts.0)?;
                let key = self.eval(frame, &parts.1)?;
                let mut context = self.context(target.span);
                context
                    .delete_item(&owner, &key)
                    .map_err(|e| e.at(target.span))
            }
            TargetKind::Unpack(before, star, after) => {
                for target in before.iter().chain(star.as_deref()).chain(after) {
                    self.delete(frame, target)?;
                }
                Ok(())
            }
        }
    }
}

fn items(n: usize) -> String {
    if n == 1 {
        "1 item".to_owned()
    } else {
        format!("{n} items")
    }
}
