//! The resolved tree: what ruff's syntax tree becomes once names are slots.
//!
//! Built by `lower`, run by `eval`, never changed. Constants are ready values; every node that can
//! fail carries its span.

use std::rc::Rc;

use crate::source::Span;
use crate::value::{BinaryOp, CompareOp, Parameter, Value};

/// Where a variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A variable of this function that nothing inside captures.
    Local(u32),
    /// A variable shared with an outer or inner function.
    Cell(u32),
    /// A variable of the module, or a built-in.
    Global(u32),
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: ExprKind,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Constant(Value),
    Name(Slot),
    Format(Vec<FormatPart>),
    List(Vec<Element>),
    Tuple(Vec<Element>),
    Set(Vec<Element>),
    /// Entries; without a key it is `**mapping`.
    Dict(Vec<(Option<Expr>, Expr)>),
    Binary(BinaryOp, Box<(Expr, Expr)>),
    Unary(UnaryKind, Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    Conditional(Box<(Expr, Expr, Expr)>),
    Lambda(Box<Definition>),
    Comprehension(Collect, Rc<ComprehensionCode>),
    Call(Box<Call>),
    Attribute(Box<Expr>, Rc<str>, Span),
    Subscript(Box<(Expr, Expr)>),
    Slice(Box<[Option<Expr>; 3]>),
    Walrus(Slot, Box<Expr>),
}

/// An item of a list, tuple, set or argument list.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) starred: bool,
    pub(crate) value: Expr,
}

#[derive(Debug)]
pub(crate) enum FormatPart {
    Text(Rc<str>),
    Value {
        value: Expr,
        conversion: Conversion,
        spec: Vec<FormatPart>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conversion {
    None,
    Str,
    Repr,
    Ascii,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnaryKind {
    Not,
    Neg,
    Pos,
    Invert,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Value(CompareOp),
    Is,
    IsNot,
    In,
    NotIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collect {
    List,
    Set,
    Dict,
    Generator,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function: Expr,
    pub(crate) positional: Vec<Element>,
    /// Named arguments; without a name it is `**mapping`. The span covers `name=value`.
    pub(crate) keywords: Vec<(Option<Rc<str>>, Expr, Span)>,
}

/// A comprehension: a small function of its own, whose first iterable is evaluated outside.
#[derive(Debug)]
pub(crate) struct ComprehensionCode {
    pub(crate) frame: FrameLayout,
    pub(crate) captures: Vec<u32>,
    pub(crate) first: Expr,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) element: Expr,
    /// The value of a dict comprehension; `element` is its key.
    pub(crate) value: Option<Expr>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Clause {
    pub(crate) target: Target,
    /// Not present in the first clause, see [`ComprehensionCode::first`].
    pub(crate) iterable: Option<Expr>,
    pub(crate) conditions: Vec<Expr>,
    pub(crate) span: Span,
}

/// The variables of a function.
#[derive(Debug, Default)]
pub(crate) struct FrameLayout {
    /// Names of the local slots.
    pub(crate) locals: Vec<Rc<str>>,
    /// Names of the cells: own ones first, then captured ones.
    pub(crate) cells: Vec<Rc<str>>,
    /// How many cells are its own.
    pub(crate) own_cells: usize,
    /// Parameters that are captured by inner functions: moved from local slot to cell on entry.
    pub(crate) captured_parameters: Vec<(u32, u32)>,
}

/// What the host may want to know about a parameter.
#[derive(Debug)]
pub(crate) struct ParameterDetail {
    pub(crate) annotation: Option<Rc<str>>,
    pub(crate) span: Span,
}

/// The code of a function, lambda or module.
#[derive(Debug)]
pub(crate) struct FunctionCode {
    pub(crate) name: Rc<str>,
    pub(crate) span: Span,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) parameter_details: Vec<ParameterDetail>,
    pub(crate) frame: FrameLayout,
    pub(crate) body: Block,
    pub(crate) returns_value: bool,
    pub(crate) last_statement: Span,
    pub(crate) doc: Option<Rc<str>>,
}

/// A function definition at the place where it is evaluated.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) code: Rc<FunctionCode>,
    /// Default expressions, one entry per parameter.
    pub(crate) defaults: Vec<Option<Expr>>,
    /// Cells of the surrounding function to capture.
    pub(crate) captures: Vec<u32>,
    pub(crate) decorators: Vec<Expr>,
}

pub(crate) type Block = Vec<Stmt>;

#[derive(Debug)]
pub(crate) struct Stmt {
    pub(crate) span: Span,
    pub(crate) kind: StmtKind,
}

#[derive(Debug)]
pub(crate) enum StmtKind {
    Expr(Expr),
    Assign(Vec<Target>, Expr),
    Augment(Box<(Target, BinaryOp, Expr)>),
    For {
        target: Target,
        iterable: Expr,
        body: Block,
        orelse: Block,
    },
    While {
        test: Expr,
        body: Block,
        orelse: Block,
    },
    If(Vec<(Expr, Block)>, Block),
    Define(Slot, Box<Definition>),
    Return(Option<Expr>),
    Break,
    Continue,
    Pass,
    Delete(Vec<Target>),
    Raise(Option<Expr>),
    Try {
        body: Block,
        handlers: Vec<Handler>,
        orelse: Block,
        finally: Block,
    },
    With {
        items: Vec<(Expr, Option<Target>)>,
        body: Block,
    },
    Assert(Expr, Option<Expr>),
    Import {
        module: Rc<str>,
        module_span: Span,
        binding: Slot,
        alias: Option<Rc<str>>,
    },
    ImportFrom {
        module: Rc<str>,
        module_span: Span,
        names: Vec<(Rc<str>, Slot, Span)>,
    },
    ImportAll {
        module: Rc<str>,
        module_span: Span,
    },
}

#[derive(Debug)]
pub(crate) struct Handler {
    pub(crate) kind: Option<Expr>,
    pub(crate) name: Option<Slot>,
    pub(crate) body: Block,
}

/// Something that can be assigned to.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) span: Span,
    pub(crate) kind: TargetKind,
}

#[derive(Debug)]
pub(crate) enum TargetKind {
    Name(Slot),
    Attribute(Box<Expr>, Rc<str>),
    Subscript(Box<(Expr, Expr)>),
    /// Items before the star, the starred one, items after it.
    Unpack(Vec<Target>, Option<Box<Target>>, Vec<Target>),
}
