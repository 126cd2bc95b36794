//! Errors and warnings as a person reads them: what is wrong, where, and what to do.
//!
//! The evaluator turns syntax errors, uncaught exceptions and exceeded limits into one
//! [`Diagnostic`]; natives add warnings through [`Context::warn`](crate::Context::warn). A
//! diagnostic owns its source text (shared), so it can be sent to another thread and rendered after
//! the interpreter is gone. It renders like rustc's messages, or as a flat [`Record`] for machines.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{FileId, Location, Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Evaluation stopped.
    Error,
    /// Evaluation went on.
    Warning,
}

/// A span with a short text shown under its caret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One message for the user, with its places in the source.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    severity: Severity,
    message: String,
    primary: Option<Label>,
    secondary: Vec<Label>,
    notes: Vec<String>,
    help: Vec<String>,
    sources: Sources,
}

/// Colour choice for [`Diagnostic::render`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// ASCII without escape codes; the same bytes everywhere.
    Plain,
    /// ANSI colours for a terminal.
    Coloured,
}

/// The machine-readable form: one flat record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Error or warning.
    pub severity: Severity,
    /// Name of the file, when a place is known.
    pub file: Option<String>,
    /// Start of the place, when known.
    pub start: Option<Location>,
    /// End of the place (exclusive), when known.
    pub end: Option<Location>,
    /// The message.
    pub message: String,
    /// Text at the caret.
    pub label: Option<String>,
    /// What to do, one entry per advice.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    #[must_use]
    pub fn error(message: impl Into<String>, sources: Sources) -> Self {
        Self::new(Severity::Error, message.into(), sources)
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(message: impl Into<String>, sources: Sources) -> Self {
        Self::new(Severity::Warning, message.into(), sources)
    }

    fn new(severity: Severity, message: String, sources: Sources) -> Self {
        Self {
            severity,
            message,
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            sources,
        }
    }

    /// Sets the main place and the text under its caret.
    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.primary = Some(Label {
            span,
            text: label.into(),
        });
        self
    }

    /// Adds a further place, such as a caller.
    #[must_use]
    pub fn with_secondary(mut self, span: Span, label: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: label.into(),
        });
        self
    }

    /// Adds a fact that has no place of its own.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds advice: the nearest right name, or how to proceed.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Error or warning.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The message itself, one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The main place.
    #[must_use]
    pub fn primary(&self) -> Option<&Label> {
        self.primary.as_ref()
    }

    /// Further places: the chain of callers, earlier definitions.
    #[must_use]
    pub fn secondary(&self) -> &[Label] {
        &self.secondary
    }

    /// Advice, most useful first.
    #[must_use]
    pub fn help(&self) -> &[String] {
        &self.help
    }

    /// The files the spans point into.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Line and column of the main place.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.sources.location(self.primary.as_ref()?.span)
    }

    /// The flat form for editors and `--json`.
    #[must_use]
    pub fn record(&self) -> Record {
        let place = self.primary.as_ref().and_then(|l| {
            let file = self.sources.get(l.span.file)?;
            Some((
                file.name().to_string(),
                file.location(l.span.start),
                file.location(l.span.end),
            ))
        });
        let (file, start, end) = match place {
            Some((f, s, e)) => (Some(f), Some(s), Some(e)),
            None => (None, None, None),
        };
        Record {
            severity: self.severity,
            file,
            start,
            end,
            message: self.message.clone(),
            label: self
                .primary
                .as_ref()
                .map(|l| l.text.clone())
                .filter(|t| !t.is_empty()),
            help: self.help.clone(),
        }
    }

    /// Renders the message with source lines and carets, in the manner of rustc.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.message.as_str()));
        for file in self.files() {
            if let Some(snippet) = self.snippet(file) {
                group = group.element(snippet);
            }
        }
        for note in &self.notes {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Coloured => Renderer::styled(),
        };
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }

    /// Files with a label, the one of the main place first.
    fn files(&self) -> Vec<FileId> {
        let mut files = Vec::new();
        for label in self.primary.iter().chain(&self.secondary) {
            if !files.contains(&label.span.file) {
                files.push(label.span.file);
            }
        }
        files
    }

    fn snippet(&self, id: FileId) -> Option<Snippet<'_, annotate_snippets::Annotation<'_>>> {
        let file = self.sources.get(id)?;
        let length = file.text().len();
        let mut snippet = Snippet::source(file.text()).path(&**file.name()).fold(true);
        let labels = self
            .primary
            .iter()
            .map(|l| (AnnotationKind::Primary, l))
            .chain(self.secondary.iter().map(|l| (AnnotationKind::Context, l)));
        for (kind, label) in labels.filter(|(_, l)| l.span.file == id) {
            let range = first_line(file.text(), label.span.range(), length);
            let annotation = kind.span(range);
            snippet = snippet.annotation(if label.text.is_empty() {
                annotation
            } else {
                annotation.label(label.text.as_str())
            });
        }
        Some(snippet)
    }
}

/// Cuts a range to its first line: a caret under forty lines helps nobody.
fn first_line(text: &str, range: std::ops::Range<usize>, length: usize) -> std::ops::Range<usize> {
    let start = range.start.min(length);
    let end = range.end.min(length).max(start);
    match text.get(start..end).and_then(|t| t.find('\n')) {
        None => start..end,
        Some(n) => start..start + n,
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl std::error::Error for Diagnostic {}
