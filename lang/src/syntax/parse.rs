//! Guarded parsing: text to ruff's syntax tree, syntax errors to diagnostics.
//!
//! Nesting is checked on the tokens before parsing, so that neither the parser nor anything that
//! walks the tree can exhaust the stack, whatever the text. The bound is far beyond what people
//! write: [`MAX_BRACKETS`] open brackets or blocks, [`MAX_OPERATORS`] operators in one expression.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer, parse_module};
use ruff_text_size::TextRange;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Sources, Span};

/// Open brackets, and indented blocks, at one place.
const MAX_BRACKETS: usize = 60;
/// Operators and prefixes around one place.
const MAX_OPERATORS: u32 = 400;

pub(super) fn span(file: FileId, range: TextRange) -> Span {
    Span::new(file, range.start().to_u32(), range.end().to_u32())
}

/// Parses one file.
pub(super) fn parse(file: FileId, sources: &Sources) -> Result<ModModule, Box<Diagnostic>> {
    let text = sources.get(file).map_or("", |f| f.text());
    check_nesting(file, text, sources)?;
    match parse_module(text) {
        Ok(parsed) => Ok(parsed.into_syntax()),
        Err(error) => {
            let mut message = error.error.to_string();
            if let Some(first) = message.get(..1) {
                message = first.to_lowercase() + &message[1..];
            }
            let diagnostic = Diagnostic::error(format!("syntax error: {message}"), sources.clone())
                .at(span(file, error.location), "");
            Err(Box::new(match hint(&message, text, error.location) {
                Some(hint) => diagnostic.with_help(hint),
                None => diagnostic,
            }))
        }
    }
}

/// Advice for the commonest mistakes.
fn hint(message: &str, text: &str, location: TextRange) -> Option<&'static str> {
    let start = location.start().to_usize().min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line = text[line_start..].lines().next().unwrap_or("").trim_start();
    let opens_block = [
        "def ", "if ", "for ", "while ", "else", "elif ", "with ", "try", "except",
    ]
    .iter()
    .any(|k| line.starts_with(k));
    if opens_block && message.contains("':'") {
        return Some("a line that opens a block ends with `:`");
    }
    if message.contains("indented block") || message.contains("indent") {
        return Some("the lines of a block are indented by the same number of spaces");
    }
    if message.contains("unexpected EOF") || message.contains("end of file") {
        return Some("a bracket or string that was opened before is not closed");
    }
    None
}

fn check_nesting(file: FileId, text: &str, sources: &Sources) -> Result<(), Box<Diagnostic>> {
    if !too_deep(text) {
        return Ok(());
    }
    // The lexer does not tell positions; the shortest prefix that is too deep does.
    let (mut good, mut bad) = (0, text.len());
    while bad - good > 1 {
        let middle = text.floor_char_boundary(good.midpoint(bad));
        if middle <= good {
            break;
        }
        if too_deep(&text[..middle]) {
            bad = middle;
        } else {
            good = middle;
        }
    }
    let place = Span::new(file, good as u32, bad as u32);
    Err(Box::new(
        Diagnostic::error("this is nested too deeply", sources.clone())
            .at(place, "")
            .with_help(format!(
                "at most {MAX_BRACKETS} brackets or blocks inside each other and {MAX_OPERATORS} \
                 operators in one expression: give parts a name, or use a loop"
            )),
    ))
}

fn too_deep(text: &str) -> bool {
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut operators: Vec<u32> = vec![0];
    let mut total = 0;
    let mut indent = 0_usize;
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return false,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace | TokenKind::FStringStart => {
                operators.push(0);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd
                if operators.len() > 1 =>
            {
                total -= operators.pop().unwrap_or(0);
                count(&mut operators, &mut total);
            }
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => {
                if let Some(last) = operators.last_mut() {
                    total -= std::mem::take(last);
                }
            }
            TokenKind::Indent => indent += 1,
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::String
            | TokenKind::NonLogicalNewline
            | TokenKind::Comment
            | TokenKind::FStringMiddle => {}
            _ => count(&mut operators, &mut total),
        }
        if operators.len() > MAX_BRACKETS || total > MAX_OPERATORS || indent > MAX_BRACKETS {
            return true;
        }
    }
}

fn count(operators: &mut [u32], total: &mut u32) {
    if let Some(last) = operators.last_mut() {
        *last += 1;
        *total += 1;
    }
}
