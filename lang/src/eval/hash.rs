//! Hashing values into dict and set keys.

use super::Context;
use crate::error::{Error, Result};
use crate::value::{Key, Keys, Value, mix, number, text_hash};

/// Deepest tuple that can be a key.
const MAX_KEY_DEPTH: u32 = 100;

impl Context<'_> {
    /// The key of a value.
    pub(crate) fn key(&mut self, value: &Value) -> Result<Key> {
        Ok(Key {
            hash: self.hash(value, 0)?,
            value: value.clone(),
        })
    }

    /// The keys of several values, duplicates dropped.
    pub(crate) fn keys(&mut self, values: Vec<Value>) -> Result<Keys> {
        self.charge_items(values.len() * 2)?;
        let mut keys = Keys::default();
        for value in values {
            keys.insert(self.key(&value)?);
        }
        Ok(keys)
    }

    fn hash(&mut self, value: &Value, depth: u32) -> Result<u64> {
        Ok(match value {
            Value::Str(text) => text_hash(text),
            Value::Bool(b) => int_hash(i64::from(*b)),
            Value::Int(i) => int_hash(*i),
            Value::BigInt(b) => big_hash(b),
            // Equal numbers hash alike, whatever their type.
            Value::Float(f) if f.is_finite() && f.fract() == 0.0 => match number::truncate(*f) {
                Value::BigInt(b) => big_hash(&b),
                whole => int_hash(whole.as_i64().unwrap_or(0)),
            },
            Value::Float(f) => mix(3, f.to_bits()),
            Value::None => mix(4, 0),
            Value::Ellipsis => mix(4, 1),
            Value::Tuple(tuple) => {
                if depth == MAX_KEY_DEPTH {
                    return Err(Error::value_error("tuple is nested too deeply to be a key"));
                }
                self.charge_steps(tuple.items().len() as u64)?;
                let mut hash = 5;
                for item in tuple.items() {
                    hash = mix(hash, self.hash(item, depth + 1)?);
                }
                hash
            }
            Value::Range(r) => mix(
                mix(6, r.count()),
                if r.count() == 0 { 0 } else { r.start as u64 },
            ),
            Value::Type(t) => text_hash(t.name()),
            Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Slice(_) | Value::View(_) => {
                return Err(
                    Error::type_error(format!("unhashable type: '{}'", value.type_name()))
                        .with_help("keys must not change: use a tuple instead of a list"),
                );
            }
            // Compared by identity; the hash only has to agree for the same object.
            other => text_hash(other.type_name()),
        })
    }
}

fn int_hash(value: i64) -> u64 {
    mix(1, value as u64)
}

fn big_hash(value: &num_bigint::BigInt) -> u64 {
    value.iter_u64_digits().fold(2, mix)
}
