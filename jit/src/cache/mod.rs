//! Finished code by content: what was compiled once is not compiled again.
//!
//! A [`Compiler`](crate::Compiler) made with a cache asks it for every graph. An entry holds code
//! and layout as long as it is in the cache; evicted, they live on in their programs and states. A
//! graph that differs in anything its code depends on has another [`Key`], and keys are
//! compared whole, so that a program never gets the code of a different graph.
//!
//! Beside finished functions it holds templates of them: code by the content of a graph without its
//! numbers, which others of that structure fill in.

mod key;

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use synthc_ir::graph::BuildOpHasher;

use crate::template::Template;
pub(crate) use key::Key;

/// How much a [`CodeCache`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Number of functions, and of templates.
    pub entries: usize,
    /// Bytes: pages of code, content of graphs, tables, templates.
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
    /// Templates held: code of functions without their numbers.
    pub templates: usize,
    /// Bytes held: pages of code, content of graphs, tables, templates.
    pub bytes: usize,
    /// Graphs whose code was found.
    pub hits: u64,
    /// Graphs whose code was not found.
    pub misses: u64,
    /// Of these, graphs whose numbers were filled into a template.
    pub filled: u64,
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
    filled: u64,
    /// How many of the entries are templates.
    templates: usize,
}

#[derive(Debug)]
struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    kind: Kind,
    bytes: usize,
    used: u64,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Function,
    Template,
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
            entries: entries.count(Kind::Function),
            templates: entries.templates,
            bytes: entries.bytes,
            hits: entries.hits,
            misses: entries.misses,
            filled: entries.filled,
        }
    }

    /// Forgets everything; what programs use lives on in them.
    pub fn clear(&self) {
        let mut entries = self.entries();
        (entries.bytes, entries.templates) = (0, 0);
        let gone = std::mem::take(&mut entries.by_key);
        // Freeing code takes system calls: not while others wait.
        drop(entries);
        drop(gone);
    }

    /// The function of a key, if it is of this type.
    pub(crate) fn find<V: Any + Send + Sync>(&self, key: &Key) -> Option<Arc<V>> {
        let mut entries = self.entries();
        let found = entries.find(key);
        match found {
            Some(_) => entries.hits += 1,
            None => entries.misses += 1,
        }
        found
    }

    /// The template of the key of a structure, with what makes it fit.
    pub(crate) fn find_template<F>(
        &self,
        key: &Key,
        fit: impl FnOnce(&Template) -> Option<F>,
    ) -> Option<(Arc<Template>, F)> {
        let mut entries = self.entries();
        let template = entries.find::<Template>(key)?;
        let fitting = fit(&template)?;
        entries.filled += 1;
        Some((template, fitting))
    }

    /// Keeps a function of so many bytes under a key, and evicts what no longer fits.
    pub(crate) fn keep<V: Any + Send + Sync>(&self, key: Key, value: Arc<V>, bytes: usize) {
        self.keep_as(Kind::Function, key, value, bytes);
    }

    /// Keeps a template under the key of its structure, instead of another one, and evicts what no longer fits.
    pub(crate) fn keep_template(&self, key: Key, template: &Arc<Template>) {
        let value = Arc::clone(template);
        self.keep_as(Kind::Template, key, value, template.bytes());
    }

    fn keep_as(&self, kind: Kind, key: Key, value: Arc<dyn Any + Send + Sync>, bytes: usize) {
        let bytes = bytes + key.bytes();
        if bytes > self.limits.bytes || self.limits.entries == 0 {
            return;
        }
        let mut entries = self.entries();
        entries.clock += 1;
        let entry = Entry {
            value,
            kind,
            bytes,
            used: entries.clock,
        };
        let mut gone: Vec<Entry> = entries.insert(key, entry).into_iter().collect();
        while let Some(kinds) = entries.too_many(kind, self.limits) {
            let Some(evicted) = entries.evict(kinds) else {
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
    /// The value of a key, if it is of this type.
    fn find<V: Any + Send + Sync>(&mut self, key: &Key) -> Option<Arc<V>> {
        self.clock += 1;
        let entry = self.by_key.get_mut(key)?;
        let value = Arc::clone(&entry.value).downcast::<V>().ok()?;
        entry.used = self.clock;
        Some(value)
    }

    /// Entries of a kind.
    fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Function => self.by_key.len() - self.templates,
            Kind::Template => self.templates,
        }
    }

    /// Enters something; what had its key comes back.
    fn insert(&mut self, key: Key, entry: Entry) -> Option<Entry> {
        self.bytes += entry.bytes;
        self.templates += usize::from(entry.kind == Kind::Template);
        let before = self.by_key.insert(key, entry);
        before.inspect(|gone| self.forget(gone))
    }

    /// The kinds of which something has to go after one of `kind` was entered.
    fn too_many(&self, kind: Kind, limits: CacheLimits) -> Option<&'static [Kind]> {
        if self.bytes > limits.bytes {
            return Some(&[Kind::Function, Kind::Template]);
        }
        (self.count(kind) > limits.entries).then_some(match kind {
            Kind::Function => &[Kind::Function],
            Kind::Template => &[Kind::Template],
        })
    }

    /// Takes out what was used least recently of some kinds: a walk over the entries, which are few.
    fn evict(&mut self, kinds: &[Kind]) -> Option<Entry> {
        let among = |entry: &&Entry| kinds.contains(&entry.kind);
        let oldest = self.by_key.values().filter(among).map(|entry| entry.used);
        let oldest = oldest.min()?;
        let evicted = self.by_key.extract_if(|_, entry| entry.used == oldest);
        let evicted = evicted.map(|(_, entry)| entry).next()?;
        self.forget(&evicted);
        Some(evicted)
    }

    fn forget(&mut self, gone: &Entry) {
        self.bytes -= gone.bytes;
        self.templates -= usize::from(gone.kind == Kind::Template);
    }
}
