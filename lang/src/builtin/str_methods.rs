//! Methods of strings.
//!
//! Case mapping follows Unicode as in Rust's standard library; `isalpha` and its kin likewise.

use std::rc::Rc;

use super::{Table, str_format};
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::signature;
use crate::value::{Arguments, Positions, Value, text};

fn subject(a: &Arguments) -> &str {
    a.receiver().as_str().unwrap_or("")
}

fn answer(t: &mut Table, name: &'static str, test: fn(&str) -> bool) {
    t.add(name, signature!(), move |_, a| {
        Ok(Value::Bool(test(subject(a))))
    });
}

fn map(t: &mut Table, name: &'static str, change: fn(&str) -> String) {
    t.add(name, signature!(), move |c, a| {
        c.charge_memory(subject(a).len() as u64)?;
        Ok(Value::from(change(subject(a))))
    });
}

pub(super) fn add(t: &mut Table) {
    add_tests(t);
    add_search(t);
    add_split(t);
    add_padding(t);
    map(t, "upper", str::to_uppercase);
    map(t, "lower", str::to_lowercase);
    map(t, "casefold", str::to_lowercase);
    map(t, "capitalize", |s| {
        let mut chars = s.chars();
        match chars.next() {
            Some(first) => first
                .to_uppercase()
                .chain(chars.as_str().to_lowercase().chars())
                .collect(),
            None => String::new(),
        }
    });
    map(t, "swapcase", |s| {
        s.chars()
            .flat_map(|c| -> Vec<char> {
                if c.is_uppercase() {
                    c.to_lowercase().collect()
                } else {
                    c.to_uppercase().collect()
                }
            })
            .collect()
    });
    map(t, "title", |s| {
        let mut inside = false;
        s.chars()
            .flat_map(|c| -> Vec<char> {
                let mapped = if inside {
                    c.to_lowercase().collect()
                } else {
                    c.to_uppercase().collect()
                };
                inside = c.is_alphabetic();
                mapped
            })
            .collect()
    });
    t.add("join", signature!(iterable, /), |c, a| {
        let items = c.collect(a.at(0))?;
        let mut parts = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            parts.push(item.as_str().ok_or_else(|| {
                Error::type_error(format!(
                    "sequence item {i}: expected str instance, {} found",
                    item.type_name()
                ))
                .with_help("convert the items: `sep.join(str(x) for x in …)`")
            })?);
        }
        let total: usize = parts.iter().map(|p| p.len() + subject(a).len()).sum();
        c.charge_memory(total as u64)?;
        Ok(Value::from(parts.join(subject(a))))
    });
    t.add("replace", signature!(old, new, count = -1i64, /), |c, a| {
        let (old, new, count) = (a.str("old")?, a.str("new")?, a.i64("count")?);
        let found = subject(a).matches(old).count();
        let times = usize::try_from(count).map_or(found, |c| c.min(found));
        c.charge_memory((subject(a).len() + times.saturating_mul(new.len())) as u64)?;
        Ok(Value::from(subject(a).replacen(old, new, times)))
    });
    t.add("format", signature!(*args, **kwargs), |c, a| {
        str_format::format(c, subject(a), a.rest("args"), &a.keywords("kwargs")).map(Value::from)
    });
}

fn add_tests(t: &mut Table) {
    fn all(s: &str, test: fn(char) -> bool) -> bool {
        !s.is_empty() && s.chars().all(test)
    }
    answer(t, "isdigit", |s| all(s, |c| c.is_ascii_digit()));
    answer(t, "isdecimal", |s| all(s, |c| c.is_ascii_digit()));
    answer(t, "isnumeric", |s| all(s, char::is_numeric));
    answer(t, "isalpha", |s| all(s, char::is_alphabetic));
    answer(t, "isalnum", |s| all(s, char::is_alphanumeric));
    answer(t, "isspace", |s| all(s, char::is_whitespace));
    answer(t, "isascii", str::is_ascii);
    answer(t, "isprintable", |s| s.chars().all(text::is_printable));
    answer(t, "islower", |s| {
        s.chars().any(char::is_lowercase) && !s.chars().any(char::is_uppercase)
    });
    answer(t, "isupper", |s| {
        s.chars().any(char::is_uppercase) && !s.chars().any(char::is_lowercase)
    });
    answer(t, "istitle", |s| {
        let mut inside = false;
        let mut any = false;
        for c in s.chars() {
            if c.is_uppercase() && inside || c.is_lowercase() && !inside {
                return false;
            }
            inside = c.is_alphabetic();
            any |= inside;
        }
        any
    });
    answer(t, "isidentifier", |s| {
        let mut chars = s.chars();
        chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
            && chars.all(|c| c == '_' || c.is_alphanumeric())
    });
    for (name, test) in [
        (
            "startswith",
            (|s, p| s.starts_with(p)) as fn(&str, &str) -> bool,
        ),
        ("endswith", |s, p| s.ends_with(p)),
    ] {
        t.add(
            name,
            signature!(prefix, start = (), end = (), /),
            move |_, a| {
                let (_, _, part) = window(a)?;
                match a.at(0) {
                    Value::Str(p) => Ok(Value::Bool(test(part, p))),
                    Value::Tuple(options) => Ok(Value::Bool(
                        options
                            .items()
                            .iter()
                            .filter_map(Value::as_str)
                            .any(|p| test(part, p)),
                    )),
                    other => Err(Error::type_error(format!(
                        "{name} first arg must be str or a tuple of str, not {}",
                        other.type_name()
                    ))),
                }
            },
        );
    }
}

/// The part of the string between `start` and `end`: byte offset, code point offset, text.
fn window(a: &Arguments) -> Result<(usize, usize, &str)> {
    let s = subject(a);
    let length = text::length(s);
    let (start, end) = (a.optional_i64("start")?, a.optional_i64("end")?);
    let at =
        Positions::clip(start, end, None, length).ok_or_else(|| Error::value_error("bad range"))?;
    if start.unwrap_or(0) > length as i64 {
        return Ok((s.len(), length + 1, ""));
    }
    let first = text::offset(s, at.start as usize);
    let last = first + text::offset(&s[first..], at.count);
    Ok((first, at.start as usize, &s[first..last]))
}

fn locate(a: &Arguments, last: bool) -> Result<i64> {
    let (offset, position, part) = window(a)?;
    let needle = a.str("sub")?;
    if offset == subject(a).len() && position > text::length(subject(a)) {
        return Ok(-1);
    }
    let found = if last {
        part.rfind(needle)
    } else {
        part.find(needle)
    };
    Ok(found.map_or(-1, |at| (position + text::length(&part[..at])) as i64))
}

fn add_search(t: &mut Table) {
    for (name, last, strict) in [
        ("find", false, false),
        ("rfind", true, false),
        ("index", false, true),
        ("rindex", true, true),
    ] {
        t.add(
            name,
            signature!(sub, start = (), end = (), /),
            move |c, a| {
                c.charge_steps(subject(a).len() as u64 / 64)?;
                match locate(a, last)? {
                    -1 if strict => Err(Error::value_error("substring not found")),
                    at => Ok(Value::Int(at)),
                }
            },
        );
    }
    t.add("count", signature!(sub, start = (), end = (), /), |c, a| {
        c.charge_steps(subject(a).len() as u64 / 64)?;
        let (_, _, part) = window(a)?;
        let sub = a.str("sub")?;
        let count = if sub.is_empty() {
            text::length(part) + 1
        } else {
            part.matches(sub).count()
        };
        Ok(Value::Int(count as i64))
    });
    t.add("removeprefix", signature!(prefix, /), |_, a| {
        Ok(Value::from(
            subject(a)
                .strip_prefix(a.str("prefix")?)
                .unwrap_or(subject(a)),
        ))
    });
    t.add("removesuffix", signature!(suffix, /), |_, a| {
        Ok(Value::from(
            subject(a)
                .strip_suffix(a.str("suffix")?)
                .unwrap_or(subject(a)),
        ))
    });
    for (name, last) in [("partition", false), ("rpartition", true)] {
        t.add(name, signature!(sep, /), move |_, a| {
            let (s, separator) = (subject(a), a.str("sep")?);
            if separator.is_empty() {
                return Err(Error::value_error("empty separator"));
            }
            let found = if last {
                s.rsplit_once(separator)
            } else {
                s.split_once(separator)
            };
            let parts = match found {
                Some((before, after)) => [before, separator, after],
                None if last => ["", "", s],
                None => [s, "", ""],
            };
            Ok(Value::tuple(parts.into_iter().map(Value::from).collect()))
        });
    }
}

fn strings(c: &mut Context<'_>, parts: Vec<&str>) -> Result<Value> {
    c.charge_items(parts.len() * 2)?;
    Ok(Value::list(parts.into_iter().map(Value::from).collect()))
}

fn add_split(t: &mut Table) {
    t.add("split", signature!(sep = (), maxsplit = -1i64), |c, a| {
        let limit = usize::try_from(a.i64("maxsplit")?).unwrap_or(usize::MAX);
        let parts = match a.optional_str("sep")? {
            Some("") => return Err(Error::value_error("empty separator")),
            Some(separator) => subject(a)
                .splitn(limit.saturating_add(1), separator)
                .collect(),
            None => split_whitespace(subject(a), limit),
        };
        strings(c, parts)
    });
    t.add("rsplit", signature!(sep = (), maxsplit = -1i64), |c, a| {
        let limit = usize::try_from(a.i64("maxsplit")?).unwrap_or(usize::MAX);
        let mut parts: Vec<&str> = match a.optional_str("sep")? {
            Some("") => return Err(Error::value_error("empty separator")),
            Some(separator) => subject(a)
                .rsplitn(limit.saturating_add(1), separator)
                .collect(),
            None => {
                let mut rest = subject(a).trim_end();
                let mut parts = Vec::new();
                while !rest.is_empty() && parts.len() < limit {
                    let at = rest.rfind(char::is_whitespace).map_or(0, |i| {
                        i + rest[i..].chars().next().map_or(1, char::len_utf8)
                    });
                    parts.push(&rest[at..]);
                    rest = rest[..at].trim_end();
                }
                if !rest.is_empty() {
                    parts.push(rest);
                }
                parts
            }
        };
        parts.reverse();
        strings(c, parts)
    });
    t.add("splitlines", signature!(keepends = false), |c, a| {
        let keep = a.bool("keepends")?;
        let mut parts = Vec::new();
        let mut rest = subject(a);
        while !rest.is_empty() {
            let end = rest.find([
                '\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}',
                '\u{2029}',
            ]);
            let (line, ending) = match end {
                None => (rest.len(), 0),
                Some(at) if rest[at..].starts_with("\r\n") => (at, 2),
                Some(at) => (at, rest[at..].chars().next().map_or(1, char::len_utf8)),
            };
            parts.push(&rest[..if keep { line + ending } else { line }]);
            rest = &rest[line + ending..];
        }
        strings(c, parts)
    });
}

fn split_whitespace(s: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = s.trim_start();
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest.trim_end());
            break;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    parts
}

fn add_padding(t: &mut Table) {
    for (name, left, right) in [
        ("strip", true, true),
        ("lstrip", true, false),
        ("rstrip", false, true),
    ] {
        t.add(name, signature!(chars = (), /), move |_, a| {
            let chars: Option<Vec<char>> = a.optional_str("chars")?.map(|s| s.chars().collect());
            let drop = |c: char| {
                chars
                    .as_ref()
                    .map_or(c.is_whitespace(), |set| set.contains(&c))
            };
            let mut s = subject(a);
            if left {
                s = s.trim_start_matches(drop);
            }
            if right {
                s = s.trim_end_matches(drop);
            }
            Ok(Value::from(s))
        });
    }
    for (name, kind) in [("ljust", '<'), ("rjust", '>'), ("center", '^')] {
        t.add(name, signature!(width, fillchar = " ", /), move |c, a| {
            let s = subject(a);
            let width = usize::try_from(a.i64("width")?).unwrap_or(0);
            let fill = a.str("fillchar")?;
            if text::length(fill) != 1 {
                return Err(Error::type_error(
                    "The fill character must be exactly one character long",
                ));
            }
            let missing = width.saturating_sub(text::length(s));
            c.charge_memory((missing * fill.len()) as u64)?;
            let left = match kind {
                '<' => 0,
                '>' => missing,
                _ => missing / 2 + (missing & width & 1),
            };
            Ok(Value::from(format!(
                "{}{s}{}",
                fill.repeat(left),
                fill.repeat(missing - left)
            )))
        });
    }
    t.add("zfill", signature!(width, /), |c, a| {
        let s = subject(a);
        let missing = usize::try_from(a.i64("width")?)
            .unwrap_or(0)
            .saturating_sub(text::length(s));
        c.charge_memory(missing as u64)?;
        let split = usize::from(s.starts_with(['+', '-']));
        Ok(Value::from(format!(
            "{}{}{}",
            &s[..split],
            "0".repeat(missing),
            &s[split..]
        )))
    });
    t.add("expandtabs", signature!(tabsize = 8i64), |c, a| {
        let size = usize::try_from(a.i64("tabsize")?).unwrap_or(0);
        let tabs = subject(a).matches('\t').count();
        c.charge_memory((subject(a).len() + tabs.saturating_mul(size)) as u64)?;
        let (mut out, mut column) = (String::new(), 0);
        for ch in subject(a).chars() {
            match ch {
                '\t' => {
                    let spaces = if size == 0 { 0 } else { size - column % size };
                    out.push_str(&" ".repeat(spaces));
                    column += spaces;
                }
                '\n' | '\r' => {
                    out.push(ch);
                    column = 0;
                }
                _ => {
                    out.push(ch);
                    column += 1;
                }
            }
        }
        Ok(Value::Str(Rc::from(out)))
    });
}
