//! Where a signal was written: for diagnostics and cost per line, never for identity.
//!
//! A site is set on the signal a person wrote; what a library function builds underneath has none
//! and takes the site of its nearest user when the graph is built.

use std::fmt;
use std::sync::Arc;

/// A place in a source file and the calls that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// File name as the user gave it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Names of the functions being called, outermost first.
    pub calls: Arc<[Arc<str>]>,
}

impl Site {
    /// A site without a call path.
    #[must_use]
    pub fn new(file: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column,
            calls: Arc::from([]),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
