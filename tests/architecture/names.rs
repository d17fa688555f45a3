//! The names of public types: each names one thing.

use super::rust::{Token, tokens};
use super::{Fault, Source};
use std::collections::BTreeMap;

/// What declares a type.
const DECLARATIONS: &[&str] = &["struct", "enum", "union", "trait", "type"];

/// The public types (`pub` and `pub(crate)`) that share their name with another one.
pub(crate) fn faults(sources: &[Source]) -> Vec<Fault> {
    let mut declared: BTreeMap<String, Vec<(&Source, usize)>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for (line, name) in public_types(source) {
            declared.entry(name).or_default().push((source, line));
        }
    }
    let mut faults = Vec::new();
    for (name, places) in declared.iter().filter(|(_, places)| places.len() > 1) {
        let files: Vec<String> = places.iter().map(|(source, _)| source.file.display().to_string()).collect();
        let (source, line) = places[0];
        faults.push(source.fault(line, format!("{name} names {} types: {}", files.len(), files.join(", "))));
    }
    faults
}

/// The name of each public type of a file, with its line.
fn public_types(source: &Source) -> Vec<(usize, String)> {
    let tokens = tokens(&source.text);
    let is = |at: usize, word: &str| matches!(tokens.get(at), Some((_, Token::Word(found))) if found == word);
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| is(*at, "pub")) {
        let declaration = match tokens.get(at + 1) {
            Some((_, Token::Other('('))) if is(at + 2, "crate") => at + 4,
            _ => at + 1,
        };
        if DECLARATIONS.iter().any(|word| is(declaration, word))
            && let Some((line, Token::Word(name))) = tokens.get(declaration + 1)
        {
            found.push((*line, name.clone()));
        }
    }
    found
}

#[test]
fn two_public_types_of_one_name_are_a_fault() {
    let source = |file: &str, text: &str| Source::new(file, text.to_owned());
    let first = source("a.rs", "/// pub struct Room;\npub struct Member;\n\npub(crate) enum Room { A }");
    let found = |text: &str| -> Vec<String> {
        let second = source("b/c.rs", text);
        faults(&[source("a.rs", &first.text), second]).iter().map(Fault::to_string).collect()
    };
    assert_eq!(found("pub trait Room {}"), ["a.rs:4: Room names 2 types: a.rs, b/c.rs"]);
    assert_eq!(found("pub type Member = u8;").len(), 1);
    for text in ["struct Room;", "pub(super) struct Room;", "pub fn room() -> Room {}", "pub use a::Room;"] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}
