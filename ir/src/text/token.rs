//! Words, numbers and signs of the text form, with their places.

use super::ParseError;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// A name of the language: `register`, `add`, `r0`.
    Word(&'t str),
    /// Anything that begins like a number.
    Number(&'t str),
    /// `%` and the number of a node.
    Node(&'t str),
    /// A quoted name, without quotes and escapes.
    Text(String),
    /// One of `{ } [ ] ( ) =`.
    Sign(char),
    /// What stands between `;` and the end of the line, trimmed.
    Comment(&'t str),
    /// The end of the text.
    End,
}

impl Token<'_> {
    /// The token as messages show it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(x) | Self::Number(x) => format!("`{x}`"),
            Self::Node(x) => format!("`%{x}`"),
            Self::Text(x) => format!("the name {x:?}"),
            Self::Sign(x) => format!("`{x}`"),
            Self::Comment(_) => "a comment".to_owned(),
            Self::End => "the end of the text".to_owned(),
        }
    }
}

/// A place in the text, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Place {
    /// An error at this place.
    pub(super) fn error(self, message: impl Into<String>, hint: impl Into<String>) -> ParseError {
        ParseError {
            line: self.line,
            column: self.column,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Splits a text into tokens.
pub(super) struct Tokens<'t> {
    rest: &'t str,
    place: Place,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let place = Place { line: 1, column: 1 };
        Self { rest: text, place }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Takes the longest start whose characters all satisfy `accept`.
    fn take(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !accept(c)).unwrap_or(self.rest.len());
        self.advance(end)
    }

    fn advance(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        for c in taken.chars() {
            if c == '\n' {
                self.place.line += 1;
                self.place.column = 1;
            } else {
                self.place.column += 1;
            }
        }
        self.rest = rest;
        taken
    }

    /// The next token and where it begins; [`Token::End`] for ever once the text is over.
    pub(super) fn next(&mut self) -> Result<(Token<'t>, Place), ParseError> {
        self.take(char::is_whitespace);
        let place = self.place;
        let Some(first) = self.rest.chars().next() else {
            return Ok((Token::End, place));
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let token = match first {
            '{' | '}' | '[' | ']' | '(' | ')' | '=' => {
                self.advance(1);
                Token::Sign(first)
            }
            ';' => Token::Comment(self.take(|c| c != '\n')[1..].trim()),
            '%' => Token::Node(&self.take(|c| c == '%' || is_word(c))[1..]),
            '"' => Token::Text(self.quoted()?),
            '-' | '+' | '0'..='9' => Token::Number(self.take(|c| is_word(c) || "+-.".contains(c))),
            c if is_word(c) => Token::Word(self.take(is_word)),
            c => {
                let hint = "names are quoted, comments begin with `;`";
                return Err(place.error(format!("unexpected character {c:?}"), hint));
            }
        };
        Ok((token, place))
    }

    fn quoted(&mut self) -> Result<String, ParseError> {
        let place = self.place;
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.advance(at + 1);
                    return Ok(text);
                }
                '\n' => break,
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('n') => text.push('\n'),
                    Some(c @ ('"' | '\\')) => text.push(c),
                    Some('u') => {
                        let digits: String = chars
                            .by_ref()
                            .map(|(_, c)| c)
                            .skip_while(|&c| c == '{')
                            .take_while(|&c| c != '}')
                            .collect();
                        let code = u32::from_str_radix(&digits, 16).ok();
                        let Some(c) = code.and_then(char::from_u32) else {
                            let message = format!("`\\u{{{digits}}}` is no character");
                            return Err(place.error(message, "write its number in hexadecimal"));
                        };
                        text.push(c);
                    }
                    _ => {
                        let hint = "escapes are `\\\"`, `\\\\`, `\\n` and `\\u{…}`";
                        return Err(place.error("an unknown escape in a name", hint));
                    }
                },
                c => text.push(c),
            }
        }
        Err(place.error(
            "a name without its closing quote",
            "close it on the same line",
        ))
    }
}

/// Writes a name with quotes and escapes.
pub(super) fn quote(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    text.push('"');
    for c in name.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            c if c.is_control() => text.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
