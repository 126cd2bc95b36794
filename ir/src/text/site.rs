//! Sites as comments: `file:line:column in outer > inner`, names quoted where they must be.

use std::sync::Arc;

use super::token::{Token, Tokens, quote};
use crate::site::Site;

/// The comment that speaks of a site.
pub(super) fn write(site: &Site) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-+/\\<>@~".contains(c);
    let mut text = if !site.file.is_empty() && site.file.chars().all(plain) {
        site.file.to_string()
    } else {
        quote(&site.file)
    };
    text.push_str(&format!(":{}:{}", site.line, site.column));
    for (i, call) in site.calls.iter().enumerate() {
        text.push_str(if i == 0 { " in " } else { " > " });
        if !call.is_empty() && call.chars().all(plain) && !call.contains('>') {
            text.push_str(call);
        } else {
            text.push_str(&quote(call));
        }
    }
    text
}

/// The site a comment speaks of: `file:line:column`, perhaps ` in outer > inner`.
pub(super) fn read(comment: &str) -> Option<Site> {
    let (file, rest) = head(comment, ":")?;
    let (line, rest) = rest.split_once(':')?;
    let (column, mut calls) = match rest.split_once(" in ") {
        Some((column, calls)) => (column, Some(calls)),
        None => (rest, None),
    };
    let mut path: Vec<Arc<str>> = Vec::new();
    while let Some(text) = calls {
        match head(text, " > ") {
            Some((call, rest)) => {
                path.push(call.into());
                calls = Some(rest);
            }
            None => {
                path.push(whole(text)?.into());
                calls = None;
            }
        }
    }
    Some(Site {
        file: file.into(),
        line: line.parse().ok()?,
        column: column.trim().parse().ok()?,
        calls: path.into(),
    })
}

/// A plain or quoted name, and what follows the separator behind it.
fn head<'t>(text: &'t str, separator: &str) -> Option<(String, &'t str)> {
    if text.starts_with('"') {
        let mut tokens = Tokens::new(text);
        let (Token::Text(name), _) = tokens.next().ok()? else {
            return None;
        };
        return Some((name, tokens.rest().strip_prefix(separator)?));
    }
    let (name, rest) = text.split_once(separator)?;
    Some((name.to_owned(), rest))
}

/// A plain or quoted name with nothing behind it.
fn whole(text: &str) -> Option<String> {
    if !text.starts_with('"') {
        return Some(text.to_owned());
    }
    match Tokens::new(text).next().ok()? {
        (Token::Text(name), _) => Some(name),
        _ => None,
    }
}
