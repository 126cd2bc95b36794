//! Finished code by content: what was compiled once is not compiled again.
//!
//! A [`Compiler`](crate::Compiler) made with a cache asks it for every graph. An entry holds code
//! and layout as long as it is in the cache; evicted, they live on in their programs and states. A
//! graph that differs in anything its code depends on has another [`Key`], and keys are
//! compared whole, so that a program never gets the code of a different graph.

mod key;

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use synthc_ir::graph::BuildOpHasher;

pub(crate) use key::Key;

/// How much a [`CodeCache`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Number of functions.
    pub entries: usize,
    /// Bytes: pages of code, content of graphs, tables.
    pub bytes: usize,
}

impl Default for CacheLimits {
    /// 256 functions, 16 MiB: the nodes of a large session and an evening's undo.
    fn default() -> Self {
        Self {
            entries: 256,
            bytes: 16 << 20,
        }
    }
}

/// What a [`CodeCache`] holds and what it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheUsage {
    /// Functions held.
    pub entries: usize,
    /// Bytes held: pages of code, content of graphs, tables.
    pub bytes: usize,
    /// Graphs whose code was found.
    pub hits: u64,
    /// Graphs whose code was not found.
    pub misses: u64,
}

/// Finished code by content, shared by compilers and threads. Clones share the entries.
///
/// What was used least recently goes when a limit is passed.
///
/// ```
/// use synthc_ir::{BuildOptions, Control, Graph, Signal};
/// use synthc_jit::{CodeCache, CompileOptions, Compiler, Target};
///
/// let cache = CodeCache::default();
/// let mut compiler = Compiler::with_cache(Target::Host, &cache)?;
/// let mut compile = |name: &str| {
///     let level = Signal::control(Control::new(name, 0.5, 0.0, 1.0));
///     let graph = Graph::build(&[Signal::input(0) * level], &BuildOptions::default())?;
///     Ok::<_, Box<dyn std::error::Error>>(compiler.compile::<f32>(&graph, &CompileOptions::default())?)
/// };
/// let (level, renamed) = (compile("level")?, compile("gain")?);
/// assert_eq!(cache.usage().hits, 1);
/// assert_eq!(&*renamed.controls()[0].name, "gain");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CodeCache {
    entries: Arc<Mutex<Entries>>,
    limits: CacheLimits,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Key, Entry, BuildOpHasher>,
    bytes: usize,
    /// Counts lookups; the time of last use.
    clock: u64,
    hits: u64,
    misses: u64,
}

#[derive(Debug)]
struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    bytes: usize,
    used: u64,
}

impl CodeCache {
    /// An empty cache.
    #[must_use]
    pub fn new(limits: CacheLimits) -> Self {
        Self {
            entries: Arc::default(),
            limits,
        }
    }

    /// What it holds and what it was asked for.
    #[must_use]
    pub fn usage(&self) -> CacheUsage {
        let entries = self.entries();
        CacheUsage {
            entries: entries.by_key.len(),
            bytes: entries.bytes,
            hits: entries.hits,
            misses: entries.misses,
        }
    }

    /// Forgets everything; what programs use lives on in them.
    pub fn clear(&self) {
        let mut entries = self.entries();
        entries.bytes = 0;
        let gone = std::mem::take(&mut entries.by_key);
        // Freeing code takes system calls: not while others wait.
        drop(entries);
        drop(gone);
    }

    /// The value of a key, if it is of this type.
    pub(crate) fn find<V: Any + Send + Sync>(&self, key: &Key) -> Option<Arc<V>> {
        let mut entries = self.entries();
        entries.clock += 1;
        let clock = entries.clock;
        let found = entries.by_key.get_mut(key).and_then(|entry| {
            let value = Arc::clone(&entry.value).downcast::<V>().ok()?;
            entry.used = clock;
            Some(value)
        });
        match found {
            Some(_) => entries.hits += 1,
            None => entries.misses += 1,
        }
        found
    }

    /// Keeps a value of so many bytes under a key, and evicts what no longer fits.
    pub(crate) fn keep<V: Any + Send + Sync>(&self, key: Key, value: Arc<V>, bytes: usize) {
        let bytes = bytes + key.bytes();
        if bytes > self.limits.bytes || self.limits.entries == 0 {
            return;
        }
        let mut entries = self.entries();
        entries.clock += 1;
        let entry = Entry {
            value,
            bytes,
            used: entries.clock,
        };
        entries.bytes += bytes;
        let mut gone: Vec<Entry> = entries.by_key.insert(key, entry).into_iter().collect();
        entries.bytes -= gone.iter().map(|entry| entry.bytes).sum::<usize>();
        while entries.by_key.len() > self.limits.entries || entries.bytes > self.limits.bytes {
            let Some(evicted) = entries.evict() else {
                break;
            };
            gone.push(evicted);
        }
        // Freeing code takes system calls: not while others wait.
        drop(entries);
        drop(gone);
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Nothing panics while it is locked.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// Takes out what was used least recently: a walk over the entries, which are few.
    fn evict(&mut self) -> Option<Entry> {
        let oldest = self.by_key.values().map(|entry| entry.used).min()?;
        let evicted = self.by_key.extract_if(|_, entry| entry.used == oldest);
        let evicted = evicted.map(|(_, entry)| entry).next()?;
        self.bytes -= evicted.bytes;
        Some(evicted)
    }
}
