//! What people are called: which names are fit to be shown, and how two of the same are told apart.

use std::collections::{BTreeMap, BTreeSet};

/// The most characters (Unicode scalar values) of a name.
const LONGEST: usize = 40;

/// A name as somebody said it, made fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    /// Trims, folds white space, and takes out what cannot be seen: control characters, overrides of
    /// the writing direction, fillers, tags. What joins characters that can be seen stays, because
    /// Persian words and many emoji are written with it.
    ///
    /// `None` if nothing to be seen, or more than 40 characters, are left.
    pub(super) fn new(said: &str) -> Option<Name> {
        let mut name = String::new();
        let mut last = Kind::Space;
        let mut joiner = None;
        let mut space = false;
        for c in said.chars() {
            let kind = kind(c);
            match kind {
                // Both wait for the next visible character: at the end of a word or name they go.
                Kind::Space => (space, joiner) = (true, None),
                Kind::Joiner => joiner = Some(c).filter(|_| !space && last != Kind::Space),
                Kind::Hidden => continue,
                Kind::Selector if space || last != Kind::Visible || joiner.is_some() => continue,
                Kind::Selector => name.push(c),
                Kind::Visible => {
                    if std::mem::take(&mut space) && !name.is_empty() {
                        name.push(' ');
                    }
                    name.extend(joiner.take());
                    name.push(c);
                }
            }
            if matches!(kind, Kind::Visible | Kind::Selector) {
                last = kind;
            }
            if name.len() > 4 * LONGEST {
                return None; // No need to look at the rest of a very long one.
            }
        }
        (1..=LONGEST).contains(&name.chars().count()).then_some(Name(name))
    }

    /// Splits what looks like a name told apart already: `Ann (2)` is the second Ann.
    fn split(&self) -> (&str, u32) {
        let numbered = || {
            let (base, number) = self.0.strip_suffix(')')?.rsplit_once(" (")?;
            let canonical = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
            let number = number.parse().ok().filter(|n| canonical && (2..=9999).contains(n))?;
            Some((base, number))
        };
        numbered().unwrap_or((&self.0, 1))
    }
}

/// What a character does in a name.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Visible,
    Space,
    /// Zero-width (non-)joiner: has a meaning between two visible characters only.
    Joiner,
    /// Variation selector: has a meaning after a visible character only.
    Selector,
    /// Cannot be seen, and serves to deceive in a name.
    Hidden,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{200c}' | '\u{200d}' => Kind::Joiner,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Kind::Selector,
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul fillers, Khmer inherent vowels,
        // Mongolian separators, zero-width space, directional marks, embeddings, overrides and isolates,
        // invisible operators, blank Braille, byte order mark, interlinear annotation, musical
        // beams, tags; and the noncharacters at the end of the basic plane.
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}' => Kind::Hidden,
        // White space before control: a tab or line break parts words.
        _ if c.is_whitespace() => Kind::Space,
        _ if c.is_control() => Kind::Hidden,
        _ => Kind::Visible,
    }
}

/// A name as it is shown, unlike any other in the lobby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    name: String,
    family: String,
    number: u32,
}

impl Shown {
    pub(super) fn as_str(&self) -> &str {
        &self.name
    }
}

/// The names in use: for each, told apart neither by case nor by width, the numbers taken.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, BTreeSet<u32>>);

impl Names {
    /// Gives the name, with the smallest number that is free when somebody has it already.
    pub(super) fn take(&mut self, name: &Name) -> Shown {
        let (base, wanted) = name.split();
        let family = fold(base);
        let taken = self.0.entry(family.clone()).or_default();
        let mut number = wanted;
        for _ in taken.range(wanted..).zip(wanted..).take_while(|&(&taken, next)| taken == next) {
            number += 1;
        }
        taken.insert(number);
        let name = if number == 1 { base.to_owned() } else { format!("{base} ({number})") };
        Shown { name, family, number }
    }

    /// The name can be given to somebody else.
    pub(super) fn give_back(&mut self, shown: &Shown) {
        if let Some(taken) = self.0.get_mut(&shown.family) {
            taken.remove(&shown.number);
            if taken.is_empty() {
                self.0.remove(&shown.family);
            }
        }
    }

    /// How many names are in use.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }
}

/// What two names have in common that look alike but for case and width.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|&c| kind(c) != Kind::Joiner && kind(c) != Kind::Selector)
        .map(|c| match c {
            // The full-width forms are ASCII, moved.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .flat_map(char::to_uppercase) // First up, then down: ß and SS, ς and Σ meet.
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(said: &str) -> Option<String> {
        Name::new(said).map(|name| name.0)
    }

    #[test]
    fn white_space_is_trimmed_and_folded() {
        assert_eq!(cleaned("  Ann \t\n  Maria\u{3000}"), Some("Ann Maria".into()));
    }

    #[test]
    fn a_name_has_one_to_forty_characters() {
        assert_eq!(cleaned(""), None);
        assert_eq!(cleaned(" \u{200b}\u{2800} "), None);
        assert_eq!(cleaned(&"ą".repeat(40)), Some("ą".repeat(40)));
        assert_eq!(cleaned(&"ą".repeat(41)), None);
        assert_eq!(cleaned(&"a".repeat(60_000)), None);
    }

    #[test]
    fn what_cannot_be_seen_is_taken_out() {
        assert_eq!(cleaned("A\u{202e}n\u{7}n\u{200b}\u{feff}"), Some("Ann".into()));
        assert_eq!(cleaned("\u{200d}An\u{200d} n\u{200c}"), Some("An n".into()));
        assert_eq!(cleaned("An\u{200b}\u{200d}n"), Some("An\u{200d}n".into()));
        assert_eq!(cleaned("\u{fe0f}Ann \u{fe0f}\u{fe0f}"), Some("Ann".into()));
    }

    #[test]
    fn emoji_and_persian_keep_their_joiners() {
        for name in
            ["👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥", "علی\u{200c}رضا", "Zoë 🇵🇱", "葛\u{e0100}"]
        {
            assert_eq!(cleaned(name), Some(name.into()));
        }
    }

    /// The names shown when these come one after the other.
    fn shown(names: &[&str]) -> Vec<String> {
        let mut house = Names::default();
        names.iter().map(|name| house.take(&Name::new(name).expect("a good name")).name).collect()
    }

    #[test]
    fn the_second_of_a_name_is_told_apart() {
        assert_eq!(shown(&["Ann", "ann", "ANN", "Ａnn"]), ["Ann", "ann (2)", "ANN (3)", "Ａnn (4)"]);
        assert_eq!(shown(&["Strauß", "STRAUSS", "Ann", "An\u{200d}n"])[1], "STRAUSS (2)");
    }

    #[test]
    fn who_says_a_number_gets_it_when_it_is_free() {
        assert_eq!(shown(&["Ann (2)", "Ann", "Ann", "Ann (2)"]), ["Ann (2)", "Ann", "Ann (3)", "Ann (4)"]);
        assert_eq!(shown(&["Ann (1)", "Ann (02)", "Ann (x)"]), ["Ann (1)", "Ann (02)", "Ann (x)"]);
    }

    #[test]
    fn the_smallest_number_given_back_is_given_again() {
        let mut house = Names::default();
        let ann = Name::new("Ann").expect("a good name");
        let all: Vec<_> = (0..4).map(|_| house.take(&ann)).collect();
        house.give_back(&all[1]);
        house.give_back(&all[2]);
        assert_eq!(house.take(&ann).as_str(), "Ann (2)");
        assert_eq!(house.take(&ann).as_str(), "Ann (3)");
        assert_eq!(house.take(&ann).as_str(), "Ann (5)");
        for shown in all {
            house.give_back(&shown);
        }
        house.give_back(&Shown { name: "Ann (5)".into(), family: "ann".into(), number: 5 });
        assert!(house.0.is_empty());
    }
}
