//! Which paths Rust code names: as much of its grammar as that takes.

use super::{ARROWS, Source, TESTING};

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
        Some(ARROWS.iter().map(|(module, _)| *module).find(|module| module == first).unwrap_or("lib"))
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
        first if module.is_empty() && path.len() > 1 && ARROWS.iter().any(|(name, _)| *name == first) => {
            Some(path.to_vec())
        }
        _ => None,
    }
}

/// What is left of Rust code for somebody who looks for paths.
#[derive(Debug, PartialEq)]
enum Token {
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
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let text: Vec<char> = text.chars().collect();
    let at = |n: usize| text.get(n).copied().unwrap_or('\0');
    let starts = |n: usize, what: &str| what.chars().enumerate().all(|(i, c)| at(n + i) == c);
    let mut tokens = Vec::new();
    let mut n = 0;
    let mut line = 1;
    while n < text.len() {
        let start = n;
        match text[n] {
            '/' if at(n + 1) == '/' => {
                while n < text.len() && text[n] != '\n' {
                    n += 1;
                }
            }
            '/' if at(n + 1) == '*' => {
                let mut depth = 0;
                loop {
                    if starts(n, "/*") {
                        depth += 1;
                        n += 2;
                    } else if starts(n, "*/") {
                        depth -= 1;
                        n += 2;
                    } else {
                        n += 1;
                    }
                    if depth == 0 || n >= text.len() {
                        break;
                    }
                }
            }
            '"' => {
                n += 1;
                while n < text.len() && text[n] != '"' {
                    n += if text[n] == '\\' { 2 } else { 1 };
                }
                n += 1;
            }
            '\'' if at(n + 1) == '\\' => {
                n += 3;
                while n < text.len() && text[n] != '\'' {
                    n += 1;
                }
                n += 1;
            }
            '\'' if at(n + 2) == '\'' => n += 3,
            '\'' => {
                n += 1;
                while at(n).is_alphanumeric() || at(n) == '_' {
                    n += 1;
                }
            }
            c if c.is_alphanumeric() || c == '_' => {
                while at(n).is_alphanumeric() || at(n) == '_' {
                    n += 1;
                }
                let hashes = text[n..].iter().take_while(|c| **c == '#').count();
                if text[start..n].ends_with(&['r']) && n - start <= 2 && at(n + hashes) == '"' {
                    let end = format!("\"{}", "#".repeat(hashes));
                    n += hashes + 1;
                    while n < text.len() && !starts(n, &end) {
                        n += 1;
                    }
                    n += end.len();
                } else {
                    tokens.push((line, Token::Word(text[start..n].iter().collect())));
                }
            }
            ':' if at(n + 1) == ':' => {
                tokens.push((line, Token::Colons));
                n += 2;
            }
            c => {
                match c {
                    '{' => tokens.push((line, Token::Open)),
                    '}' => tokens.push((line, Token::Close)),
                    c if c.is_whitespace() => {}
                    c => tokens.push((line, Token::Other(c))),
                }
                n += 1;
            }
        }
        line += text[start..n.min(text.len())].iter().filter(|c| **c == '\n').count();
    }
    tokens
}
