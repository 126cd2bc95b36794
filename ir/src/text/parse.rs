//! From a text to its graph: one statement at a time, no recursion.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use super::ParseError;
use super::site;
use super::token::{Place, Token, Tokens};
use crate::control::{Control, Smoothing};
use crate::external::ExternUnit;
use crate::graph::{
    DelayLine, ExternId, ExternInstance, Graph, LineId, NodeId, Register, RegisterId, RegisterInit,
    Table, TableId, TableKind,
};
use crate::site::Site;
use crate::types::{Const, Precision, Type};

impl Graph {
    /// Reads the text form of a graph without externs.
    ///
    /// The result is not verified: a text may add an integer to a float, and tests of the
    /// verifier do. Call [`Graph::verify`] on what strangers wrote.
    ///
    /// ```
    /// use synthc_ir::Graph;
    /// let text = "graph f64 48000 inputs 1 {\n  %0 = input 0\n  output %0\n}\n";
    /// let graph = Graph::parse(text)?;
    /// assert_eq!(graph.to_string(), text);
    /// # Ok::<(), synthc_ir::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// Where the text stops being a graph, and what would be right there.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_with(text, |_| None)
    }

    /// [`Graph::parse`] with units for the externs, asked for by name.
    ///
    /// # Errors
    /// As [`Graph::parse`], and when there is no unit of a name.
    pub fn parse_with(
        text: &str,
        units: impl FnMut(&str) -> Option<Arc<dyn ExternUnit>>,
    ) -> Result<Self, ParseError> {
        let mut tokens = Tokens::new(text);
        let (token, place) = tokens.next()?;
        let mut parser = Parser {
            tokens,
            token,
            place,
            last_line: 1,
            graph: Graph::new(Precision::F64, 48_000.0, 0),
            labels: HashMap::new(),
            bonds: Vec::new(),
            units,
        };
        parser.header()?;
        while !parser.eat(&Token::Sign('}'))? {
            parser.statement()?;
        }
        parser.skip_comments()?;
        if parser.token != Token::End {
            return Err(parser.unexpected("the end of the text", "one text holds one graph"));
        }
        parser.bind()?;
        Ok(parser.graph)
    }
}

/// What is bound to a node that a later line defines.
enum Bond {
    Register(RegisterId),
    Line(LineId),
    TableIndex(TableId),
    TableValue(TableId),
    Extern(ExternId),
    Output,
}

pub(super) struct Parser<'t, U> {
    tokens: Tokens<'t>,
    token: Token<'t>,
    pub(super) place: Place,
    /// The line on which the last token taken began: a site belongs to its statement.
    last_line: u32,
    pub(super) graph: Graph,
    labels: HashMap<&'t str, NodeId>,
    bonds: Vec<(Bond, &'t str, Place)>,
    units: U,
}

pub(super) type Parsed<T> = Result<T, ParseError>;

impl<'t, U: FnMut(&str) -> Option<Arc<dyn ExternUnit>>> Parser<'t, U> {
    fn unexpected(&self, expected: &str, hint: &str) -> ParseError {
        let message = format!("expected {expected}, found {}", self.token.shown());
        self.place.error(message, hint)
    }

    fn take(&mut self) -> Parsed<Token<'t>> {
        self.last_line = self.place.line;
        let (token, place) = self.tokens.next()?;
        self.place = place;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn skip_comments(&mut self) -> Parsed<()> {
        while matches!(self.token, Token::Comment(_)) {
            self.take()?;
        }
        Ok(())
    }

    fn eat(&mut self, token: &Token<'_>) -> Parsed<bool> {
        self.skip_comments()?;
        let found = self.token == *token;
        if found {
            self.take()?;
        }
        Ok(found)
    }

    /// Eats a word if it is next on a statement's way.
    fn eat_word(&mut self, word: &str) -> Parsed<bool> {
        let found = self.token == Token::Word(word);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    fn expect(&mut self, token: &Token<'_>, hint: &str) -> Parsed<()> {
        if self.token != *token {
            return Err(self.unexpected(&token.shown(), hint));
        }
        self.take()?;
        Ok(())
    }

    pub(super) fn word(&mut self, expected: &str, hint: &str) -> Parsed<&'t str> {
        let Token::Word(word) = self.token else {
            return Err(self.unexpected(expected, hint));
        };
        self.take()?;
        Ok(word)
    }

    pub(super) fn number<T: FromStr>(&mut self, expected: &str) -> Parsed<T> {
        // `inf`, `nan`, `true` and `false` are words.
        let (Token::Number(text) | Token::Word(text)) = self.token else {
            return Err(self.unexpected(expected, "a number goes here"));
        };
        let Ok(value) = text.parse() else {
            return Err(self.unexpected(expected, "a number in range goes here"));
        };
        self.take()?;
        Ok(value)
    }

    fn f64(&mut self) -> Parsed<f64> {
        self.number("a float")
    }

    /// A float read in the graph's width: reading it wider and rounding could round twice.
    fn float(&mut self) -> Parsed<f64> {
        match self.graph.precision() {
            Precision::F32 => Ok(f64::from(self.number::<f32>("a float")?)),
            Precision::F64 => self.f64(),
        }
    }

    pub(super) fn constant(&mut self, ty: Type) -> Parsed<Const> {
        Ok(match ty {
            Type::Float => Const::Float(self.float()?),
            Type::I32 => Const::I32(self.number("a 32-bit integer")?),
            Type::I64 => Const::I64(self.number("a 64-bit integer")?),
            Type::Bool => Const::Bool(self.number("`true` or `false`")?),
        })
    }

    fn name(&mut self) -> Parsed<Option<Arc<str>>> {
        let Token::Text(_) = self.token else {
            return Ok(None);
        };
        match self.take()? {
            Token::Text(name) => Ok(Some(Arc::from(name))),
            _ => Ok(None),
        }
    }

    fn label(&mut self) -> Parsed<(&'t str, Place)> {
        let Token::Node(label) = self.token else {
            return Err(self.unexpected("a node", "nodes are written `%0`, `%1`, …"));
        };
        let place = self.place;
        self.take()?;
        Ok((label, place))
    }

    pub(super) fn operand(&mut self) -> Parsed<NodeId> {
        let (label, place) = self.label()?;
        self.resolve(label, place)
    }

    fn resolve(&self, label: &str, place: Place) -> Parsed<NodeId> {
        self.labels.get(label).copied().ok_or_else(|| {
            let message = format!("`%{label}` is not defined");
            place.error(
                message,
                "define it on an earlier line: operands come before users",
            )
        })
    }

    fn bond(&mut self, bond: Bond) -> Parsed<()> {
        let (label, place) = self.label()?;
        self.bonds.push((bond, label, place));
        Ok(())
    }

    /// The id at the head of a declaration; declarations count up from 0.
    fn declare(&mut self, prefix: char, count: usize) -> Parsed<()> {
        let expected = format!("{prefix}{count}");
        if self.token != Token::Word(&expected) {
            let hint = "state is numbered from 0 in the order of its declarations";
            return Err(self.unexpected(&format!("`{expected}`"), hint));
        }
        self.take()?;
        Ok(())
    }

    /// A reference to declared state.
    pub(super) fn reference(&mut self, prefix: char, count: usize) -> Parsed<usize> {
        if let Token::Word(word) = self.token
            && let Some(index) = word.strip_prefix(prefix)
            && let Ok(index) = index.parse::<usize>()
        {
            if index >= count {
                let hint = format!("declare it above; {count} are declared");
                return Err(self.place.error(format!("`{word}` is not declared"), hint));
            }
            self.take()?;
            return Ok(index);
        }
        let hint = format!("references look like `{prefix}0`");
        Err(self.unexpected("a reference", &hint))
    }

    fn header(&mut self) -> Parsed<()> {
        let hint = "a graph begins like `graph f32 48000 inputs 0 {`";
        self.skip_comments()?;
        self.expect(&Token::Word("graph"), hint)?;
        let place = self.place;
        let precision = match self.word("`f32` or `f64`", hint)? {
            "f32" => Precision::F32,
            "f64" => Precision::F64,
            other => {
                let message = format!("`{other}` is no width");
                return Err(place.error(message, "floats are f32 or f64"));
            }
        };
        let sample_rate = self.f64()?;
        self.expect(&Token::Word("inputs"), hint)?;
        let inputs = self.number("a number of inputs")?;
        self.graph = Graph::new(precision, sample_rate, inputs);
        self.expect(&Token::Sign('{'), hint)
    }

    fn statement(&mut self) -> Parsed<()> {
        const HINT: &str =
            "statements begin with control, register, line, table, extern, output or a node";
        if let Token::Node(label) = self.token {
            return self.node(label);
        }
        let place = self.place;
        match self.word("a statement", HINT)? {
            "control" => self.control(),
            "register" => self.register(),
            "line" => self.line(),
            "table" => self.table(),
            "extern" => self.external(),
            "output" => {
                while let Token::Node(_) = self.token {
                    self.bond(Bond::Output)?;
                }
                Ok(())
            }
            other => Err(place.error(format!("`{other}` is no statement"), HINT)),
        }
    }

    fn site(&mut self) -> Parsed<Option<Arc<Site>>> {
        let Token::Comment(text) = self.token else {
            return Ok(None);
        };
        if self.place.line != self.last_line {
            return Ok(None);
        }
        self.take()?;
        Ok(site::read(text).map(Arc::new))
    }

    fn control(&mut self) -> Parsed<()> {
        let place = self.place;
        self.declare('c', self.graph.controls().len())?;
        let hint = "as in `control c0 \"level\" init 0.5 from 0.0 to 1.0 step 0.001`";
        let Some(name) = self.name()? else {
            return Err(self.unexpected("a quoted name", hint));
        };
        self.expect(&Token::Word("init"), hint)?;
        let init = self.f64()?;
        self.expect(&Token::Word("from"), hint)?;
        let lo = self.f64()?;
        self.expect(&Token::Word("to"), hint)?;
        let hi = self.f64()?;
        self.expect(&Token::Word("step"), hint)?;
        let step = self.f64()?;
        let smoothing = if !self.eat_word("smooth")? {
            Smoothing::ByName
        } else if self.eat_word("none")? {
            Smoothing::None
        } else {
            Smoothing::Seconds(self.f64()?)
        };
        if self.graph.control_named(&name).is_some() {
            let message = format!("a second control is named {name:?}");
            return Err(place.error(message, "every control has a name of its own"));
        }
        self.graph.add_control(Arc::new(Control {
            name,
            init,
            lo,
            hi,
            step,
            smoothing,
        }));
        Ok(())
    }

    fn register(&mut self) -> Parsed<()> {
        self.declare('r', self.graph.registers().len())?;
        let hint = "as in `register r0 float 0.0 next %3`";
        let name = self.name()?;
        let place = self.place;
        let ty = match self.word("a type", hint)? {
            "float" => Type::Float,
            "i32" => Type::I32,
            "i64" => Type::I64,
            "bool" => Type::Bool,
            other => {
                let message = format!("`{other}` is no type");
                return Err(place.error(message, "types are float, i32, i64 and bool"));
            }
        };
        let init = if self.eat_word("noise")? {
            let ordinal = self.number("an ordinal")?;
            let low = self.eat_word("low")?;
            if !low {
                self.expect(
                    &Token::Word("high"),
                    "a key has a half `low` and a half `high`",
                )?;
            }
            let word = u8::from(!low);
            RegisterInit::NoiseKey { ordinal, word }
        } else {
            RegisterInit::Const(self.constant(ty)?)
        };
        let id = self.graph.add_register(Register {
            ty,
            init,
            next: None,
            name,
            site: None,
        });
        if self.eat_word("next")? {
            self.bond(Bond::Register(id))?;
        }
        self.graph.register_mut(id).site = self.site()?;
        Ok(())
    }

    fn line(&mut self) -> Parsed<()> {
        self.declare('d', self.graph.lines().len())?;
        let name = self.name()?;
        let min = self.number("the shortest delay in frames")?;
        self.expect(&Token::Word("to"), "as in `line d0 1 to 480 input %3`")?;
        let max = self.number("the longest delay in frames")?;
        let id = self.graph.add_line(DelayLine {
            input: None,
            min,
            max,
            name,
            site: None,
        });
        if self.eat_word("input")? {
            self.bond(Bond::Line(id))?;
        }
        self.graph.line_mut(id).site = self.site()?;
        Ok(())
    }

    fn table(&mut self) -> Parsed<()> {
        self.declare('t', self.graph.tables().len())?;
        let hint = "as in `table t0 [0.0 1.0]` or `table t0 16 of 0.0 write %3 at %2`";
        let name = self.name()?;
        let mut written = false;
        let kind = if self.token == Token::Sign('[') {
            self.take()?;
            let mut data: Vec<f64> = Vec::new();
            while !self.eat(&Token::Sign(']'))? {
                data.push(self.f64()?);
            }
            TableKind::ReadOnly(Arc::from(data))
        } else {
            let len = self.number("a number of cells, or `[`")?;
            self.expect(&Token::Word("of"), hint)?;
            let init = self.f64()?;
            written = self.eat_word("write")?;
            let write = None;
            TableKind::Written { len, init, write }
        };
        let site = None;
        let id = self.graph.add_table(Table { kind, name, site });
        if written {
            self.bond(Bond::TableValue(id))?;
            self.expect(&Token::Word("at"), hint)?;
            self.bond(Bond::TableIndex(id))?;
        }
        self.graph.table_mut(id).site = self.site()?;
        Ok(())
    }

    fn external(&mut self) -> Parsed<()> {
        self.declare('x', self.graph.externs().len())?;
        let hint = "as in `extern x0 \"reverb\" (%1 %2)`";
        let place = self.place;
        let Some(name) = self.name()? else {
            return Err(self.unexpected("a quoted name", hint));
        };
        let Some(unit) = (self.units)(&name) else {
            let message = format!("there is no extern named {name:?}");
            return Err(place.error(message, "register the unit with the reader of the text"));
        };
        let id = ExternId::new(self.graph.externs().len());
        self.expect(&Token::Sign('('), hint)?;
        while !self.eat(&Token::Sign(')'))? {
            self.bond(Bond::Extern(id))?;
        }
        let site = self.site()?;
        self.graph.add_extern(ExternInstance {
            unit,
            inputs: Vec::new(),
            site,
        });
        Ok(())
    }

    fn node(&mut self, label: &'t str) -> Parsed<()> {
        let place = self.place;
        self.take()?;
        if self.labels.contains_key(label) {
            let message = format!("`%{label}` is defined twice");
            return Err(place.error(message, "every node has a number of its own"));
        }
        self.expect(&Token::Sign('='), "as in `%2 = add %0 %1`")?;
        let op = self.operation()?;
        let site = self.site()?;
        let id = self.graph.insert_at(op, site.as_ref());
        self.labels.insert(label, id);
        Ok(())
    }

    /// Joins state and outputs to the nodes that are all defined now.
    fn bind(&mut self) -> Parsed<()> {
        let mut outputs = Vec::new();
        for (bond, label, place) in std::mem::take(&mut self.bonds) {
            let Some(&node) = self.labels.get(label) else {
                let message = format!("`%{label}` is not defined");
                return Err(place.error(message, "define it below the declarations"));
            };
            match bond {
                Bond::Register(r) => self.graph.register_mut(r).next = Some(node),
                Bond::Line(d) => self.graph.line_mut(d).input = Some(node),
                Bond::TableValue(t) => self.write(t, |_| (node, node)),
                Bond::TableIndex(t) => self.write(t, |(_, value)| (node, value)),
                Bond::Extern(x) => self.graph.extern_mut(x).inputs.push(node),
                Bond::Output => outputs.push(node),
            }
        }
        self.graph.set_outputs(outputs);
        Ok(())
    }

    /// Changes what is written to a table; its value is bound first, its index after it.
    fn write(&mut self, table: TableId, f: impl FnOnce((NodeId, NodeId)) -> (NodeId, NodeId)) {
        if let TableKind::Written { write, .. } = &mut self.graph.table_mut(table).kind {
            *write = Some(f(write.unwrap_or((NodeId::new(0), NodeId::new(0)))));
        }
    }
}
