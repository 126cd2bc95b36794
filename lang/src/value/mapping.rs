//! Dicts and sets: insertion-ordered hash tables of Python values.
//!
//! Hashes are a fixed function of the value, so nothing depends on a random seed; iteration follows
//! insertion. A [`Key`] holds its hash, computed once by
//! [`Context::key`](crate::Context::key), which also refuses unhashable values.
//!
//! Invariant: keys are immutable values (numbers, text, tuples of such, functions, …), so comparing
//! them neither runs user code nor fails.

use std::cell::{Ref, RefCell, RefMut};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

use super::{Type, Value, number, reclaim};

/// A hashable value with its hash.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) hash: u64,
    pub(crate) value: Value,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && keys_equal(&self.value, &other.value)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Equality of hashable values.
fn keys_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Tuple(a), Value::Tuple(b)) => {
            Rc::ptr_eq(a, b)
                || a.items().len() == b.items().len()
                    && a.items()
                        .iter()
                        .zip(b.items())
                        .all(|(a, b)| keys_equal(a, b))
        }
        (Value::Range(a), Value::Range(b)) => a == b,
        _ if a.is_number() && b.is_number() => {
            a.is_same(b) || number::compare(a, b) == Some(std::cmp::Ordering::Equal)
        }
        _ => a.is_same(b),
    }
}

/// The keys carry good hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = mix(self.0, u64::from(*b));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// One step of the hash: multiply and rotate (the scheme of rustc's Fx hash).
pub(crate) fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value)
        .wrapping_mul(0x517c_c1b7_2722_0a95)
        .rotate_left(26)
}

type Build = BuildHasherDefault<PassThrough>;
pub(crate) type Map = IndexMap<Key, Value, Build>;
pub(crate) type Keys = IndexSet<Key, Build>;

/// A Python dict.
#[derive(Debug, Default)]
pub struct Dict(RefCell<Map>);

impl Dict {
    pub(crate) fn new(map: Map) -> Self {
        Self(RefCell::new(map))
    }

    pub(crate) fn map(&self) -> Ref<'_, Map> {
        self.0.borrow()
    }

    pub(crate) fn map_mut(&self) -> RefMut<'_, Map> {
        self.0.borrow_mut()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of all entries in insertion order.
    pub fn entries(&self) -> Vec<(Value, Value)> {
        self.0
            .borrow()
            .iter()
            .map(|(k, v)| (k.value.clone(), v.clone()))
            .collect()
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        let map = std::mem::take(self.0.get_mut());
        reclaim::release(map.into_iter().flat_map(|(k, v)| [k.value, v]).collect());
    }
}

/// A Python set.
#[derive(Debug, Default)]
pub struct Set(RefCell<Keys>);

impl Set {
    pub(crate) fn new(keys: Keys) -> Self {
        Self(RefCell::new(keys))
    }

    pub(crate) fn keys(&self) -> Ref<'_, Keys> {
        self.0.borrow()
    }

    pub(crate) fn keys_mut(&self) -> RefMut<'_, Keys> {
        self.0.borrow_mut()
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of the members in insertion order.
    pub fn members(&self) -> Vec<Value> {
        self.0.borrow().iter().map(|k| k.value.clone()).collect()
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        let keys = std::mem::take(self.0.get_mut());
        reclaim::release(keys.into_iter().map(|k| k.value).collect());
    }
}

/// Which part of a dict a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ViewKind {
    Keys,
    Values,
    Items,
}

/// `dict.keys()`, `.values()` or `.items()`.
#[derive(Debug)]
pub struct DictView {
    pub(crate) dict: Rc<Dict>,
    pub(crate) part: ViewKind,
}

impl DictView {
    pub(crate) fn kind(&self) -> Type {
        match self.part {
            ViewKind::Keys => Type::DictKeys,
            ViewKind::Values => Type::DictValues,
            ViewKind::Items => Type::DictItems,
        }
    }

    /// The entry at a position.
    pub(crate) fn get(&self, index: usize) -> Option<Value> {
        let map = self.dict.map();
        let (key, value) = map.get_index(index)?;
        Some(match self.part {
            ViewKind::Keys => key.value.clone(),
            ViewKind::Values => value.clone(),
            ViewKind::Items => Value::tuple(vec![key.value.clone(), value.clone()]),
        })
    }
}

impl Key {
    /// The key of a string.
    pub(crate) fn text(text: Rc<str>) -> Self {
        Self {
            hash: text_hash(&text),
            value: Value::Str(text),
        }
    }
}

/// The hash of a string.
pub(crate) fn text_hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash, u64::from_le_bytes(word) ^ chunk.len() as u64);
    }
    hash
}
