//! Which paths Rust code names: as much of its grammar as that takes.

use super::{Source, TESTING, arrows};

/// A path that the code of a module names, `use` trees taken apart. Tests may name anything and are left out.
pub(crate) struct Named {
    pub(crate) line: usize,
    /// As written, such as `super::Lobby`.
    pub(crate) written: String,
    /// From the crate's root, if it leads into the crate.
    pub(crate) resolved: Option<Vec<String>>,
}

impl Named {
    /// The module of this crate that it leads to.
    pub(crate) fn inside(&self) -> Option<&str> {
        let first = self.resolved.as_ref()?.first()?;
        Some(arrows::BINARY.iter().map(|(module, _)| *module).find(|module| module == first).unwrap_or("lib"))
    }
}

pub(crate) fn paths(source: &Source) -> Vec<Named> {
    let mut reader = Reader { tokens: tokens(&source.text), at: 0, paths: Vec::new() };
    let mut module: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
    let mut found = Vec::new();
    if source.is_test() {
        return found;
    }
    let mut depth = 0;
    let mut inner = Vec::new(); // how deep each `mod name {` that is open began
    while let Some((_, token)) = reader.tokens.get(reader.at) {
        match (token, reader.peek(1), reader.peek(2)) {
            (Token::Word(word), Some(Token::Word(name)), Some(Token::Open)) if word == "mod" => {
                module.push(name.clone());
                inner.push(depth);
                depth += 1;
                reader.at += 3;
            }
            // `pub(in crate::a)` says who may see it.
            (Token::Word(word), Some(Token::Other('(')), _) if word == "pub" => {
                while reader.peek(0).is_some_and(|token| *token != Token::Other(')')) {
                    reader.at += 1;
                }
            }
            // `mod name;` says only where the file is.
            (Token::Word(word), Some(Token::Word(_)), _) if word == "mod" => reader.at += 2,
            (Token::Open, ..) => {
                depth += 1;
                reader.at += 1;
            }
            (Token::Close, ..) => {
                depth -= 1;
                if inner.last() == Some(&depth) {
                    inner.pop();
                    module.pop();
                }
                reader.at += 1;
            }
            (Token::Word(_), ..) => {
                reader.path(&mut Vec::new());
                let in_tests = module.iter().any(|name| TESTING.contains(&name.as_str()));
                for (line, path) in reader.paths.drain(..).filter(|_| !in_tests) {
                    found.push(Named { line, written: path.join("::"), resolved: resolve(&module, &path) });
                }
            }
            _ => reader.at += 1,
        }
    }
    found
}

/// Where a path leads to from inside `module`, counted from the crate's root.
fn resolve(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let supers = path.iter().take_while(|name| *name == "super").count();
    match path[0].as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => Some([&module[..module.len().checked_sub(supers)?], &path[supers..]].concat()),
        // In lib.rs the modules are named as they are.
        first
            if module.is_empty()
                && path.len() > 1
                && arrows::BINARY.iter().any(|(name, _)| *name == first) =>
        {
            Some(path.to_vec())
        }
        _ => None,
    }
}

/// What is left of Rust code for somebody who looks for paths.
#[derive(Debug, PartialEq)]
pub(crate) enum Token {
    Word(String),
    /// `::`
    Colons,
    Open,
    Close,
    Other(char),
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    /// The paths read so far, each with its line.
    paths: Vec<(usize, Vec<String>)>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(_, token)| token)
    }

    /// Reads `a::b` or, in `use`, `a::{b, c::{d, e as f}, *}` after what `path` holds already.
    fn path(&mut self, path: &mut Vec<String>) {
        let mut line = 0;
        while let Some((here, token)) = self.tokens.get(self.at) {
            match token {
                Token::Word(word) => {
                    line = *here;
                    path.push(word.clone());
                }
                Token::Other('*') => {
                    line = *here;
                    path.push("*".to_owned());
                }
                Token::Open => return self.group(path),
                _ => break,
            }
            self.at += 1;
            if self.peek(0) != Some(&Token::Colons) {
                break;
            }
            self.at += 1;
        }
        self.paths.push((line, path.clone()));
    }

    fn group(&mut self, before: &[String]) {
        self.at += 1;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Close => break,
                Token::Other(',') => self.at += 1,
                Token::Word(word) if word == "as" => self.at += 2,
                Token::Word(_) | Token::Other('*') | Token::Open => self.path(&mut before.to_vec()),
                _ => self.at += 1,
            }
        }
        self.at += 1;
    }
}

/// Code without comments, strings, characters and lifetimes, each token with its line.
pub(crate) fn tokens(text: &str) -> Vec<(usize, Token)> {
    let text: Vec<char> = text.chars().collect();
    let at = |n: usize| text.get(n).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut n = 0;
    let mut line = 1;
    while n < text.len() {
        let start = n;
        let (end, token) = match text[n] {
            '/' if at(n + 1) == '/' => (until(&text, n, |text, n| text[n] == '\n'), None),
            '/' if at(n + 1) == '*' => (comment_end(&text, n), None),
            '"' => (string_end(&text, n + 1), None),
            '\'' if at(n + 1) == '\\' => (until(&text, n + 3, |text, n| text[n] == '\'') + 1, None),
            '\'' if at(n + 2) == '\'' => (n + 3, None),
            '\'' => (word_end(&text, n + 1), None),
            c if is_in_word(c) => word_or_raw_string(&text, n),
            ':' if at(n + 1) == ':' => (n + 2, Some(Token::Colons)),
            '{' => (n + 1, Some(Token::Open)),
            '}' => (n + 1, Some(Token::Close)),
            c if c.is_whitespace() => (n + 1, None),
            c => (n + 1, Some(Token::Other(c))),
        };
        tokens.extend(token.map(|token| (line, token)));
        n = end.min(text.len());
        line += text[start..n].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// The first place from `n` on for which `is_end` holds, or the end of the text.
fn until(text: &[char], n: usize, is_end: impl Fn(&[char], usize) -> bool) -> usize {
    (n..text.len()).find(|n| is_end(text, *n)).unwrap_or(text.len())
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_end(text: &[char], n: usize) -> usize {
    until(text, n, |text, n| !is_in_word(text[n]))
}

/// Behind a block comment, which may have others in it.
fn comment_end(text: &[char], mut n: usize) -> usize {
    let mut depth = 0;
    loop {
        match text.get(n..n + 2) {
            Some(['/', '*']) => (depth, n) = (depth + 1, n + 2),
            Some(['*', '/']) => (depth, n) = (depth - 1, n + 2),
            _ => n += 1,
        }
        if depth == 0 || n >= text.len() {
            return n;
        }
    }
}

/// Behind a string whose first character is at `n`.
fn string_end(text: &[char], mut n: usize) -> usize {
    while n < text.len() && text[n] != '"' {
        n += if text[n] == '\\' { 2 } else { 1 };
    }
    n + 1
}

/// The word at `n`, unless it begins a raw string, such as `br#"…"#`.
fn word_or_raw_string(text: &[char], n: usize) -> (usize, Option<Token>) {
    let end = word_end(text, n);
    let hashes = text[end..].iter().take_while(|c| **c == '#').count();
    if text[n..end].ends_with(&['r']) && end - n <= 2 && text.get(end + hashes) == Some(&'"') {
        let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        let from = end + hashes + 1;
        return (until(text, from, |text, n| text[n..].starts_with(&close)) + close.len(), None);
    }
    (end, Some(Token::Word(text[n..end].iter().collect())))
}
