//! Display names: which names can be shown, and how equal ones are made unique.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};
use unicode_security::skeleton;

/// The most characters (Unicode scalar values) of a name, so that it fits on one line of the list
/// (SECURITY.md).
const MAX_NAME_CHARS: usize = 40;
/// The most combining marks on one character: as many as Vietnamese and vowelled Hebrew need; more reach into
/// the lines above and below (SECURITY.md).
const MAX_MARKS_PER_CHAR: usize = 3;

/// A requested name, made fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SanitizedName(String);

impl SanitizedName {
    /// Normalises the name (NFKC, UAX #15), trims, folds white space, and removes what is invisible or only
    /// piles up: control and format characters, fillers, marks beyond [`MAX_MARKS_PER_CHAR`] on a letter.
    /// Joiners between visible characters stay, because Persian words and many emoji are written with them.
    ///
    /// `None` if no visible character, or more than 40 characters, are left.
    pub(super) fn new(said: &str) -> Option<SanitizedName> {
        let mut name = clean(said)?;
        // Characters that become neighbours may compose. It takes two rounds at most.
        for _ in 0..3 {
            let again = clean(&name)?;
            if again == name {
                break;
            }
            name = again;
        }
        (1..=MAX_NAME_CHARS).contains(&name.chars().count()).then_some(SanitizedName(name))
    }

    /// Splits off the number of a name that has one: `Ann (2)` is the second Ann.
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

/// One round of [`SanitizedName::new`]. `None`: it is far too long.
fn clean(said: &str) -> Option<String> {
    let mut name = String::new();
    // The last visible character, unless white space follows it, and the marks on it.
    let (mut last, mut marks, mut space) = (None, 0, false);
    let mut joiner = None;
    let seen = said.chars().filter(|&c| kind(c) != Kind::Hidden);
    for c in seen.nfkc() {
        let kind = kind(c);
        match (kind, last) {
            // Both take effect with the next visible character: at the end of a word or name they are
            // dropped.
            (Kind::Space, _) => (space, last, joiner) = (true, None, None),
            (Kind::Joiner, _) => joiner = last.filter(|&last| is_joined(last)).map(|_| c),
            (Kind::Mark, Some(_)) if marks < MAX_MARKS_PER_CHAR => {
                marks += 1;
                name.push(c);
            }
            (Kind::Selector, Some(before)) if joiner.is_none() && may_select(c, before) => {
                if !name.ends_with(c) {
                    name.push(c);
                }
            }
            (Kind::Hidden | Kind::Mark | Kind::Selector, _) => {}
            (Kind::Visible, _) => {
                if std::mem::take(&mut space) && !name.is_empty() {
                    name.push(' ');
                }
                name.extend(joiner.take().filter(|_| is_joined(c)));
                name.push(c);
                (last, marks) = (Some(c), 0);
            }
        }
        if name.len() > 4 * MAX_NAME_CHARS {
            return None; // No need to look at the rest of a very long one.
        }
    }
    Some(name)
}

/// Whether a zero-width (non-)joiner beside it means something: in emoji and in the scripts that join their
/// letters, all of which come after the alphabets of Europe.
fn is_joined(c: char) -> bool {
    c >= '\u{600}'
}

/// Whether the variation selector means something after that character: text or emoji, or the form of an
/// ideograph.
fn may_select(selector: char, before: char) -> bool {
    match selector {
        '\u{fe0e}' | '\u{fe0f}' => before.is_emoji_char(),
        _ => before >= '\u{3400}' && before.is_alphabetic(),
    }
}

/// The role of a character in a name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Visible,
    Space,
    /// Belongs to the character before it.
    Mark,
    /// Zero-width (non-)joiner: has a meaning between two visible characters only.
    Joiner,
    /// Variation selector: has a meaning after a visible character only.
    Selector,
    /// Invisible, and only deceives in a name.
    Hidden,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{200c}' | '\u{200d}' => Kind::Joiner,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Kind::Selector,
        // White space before control: a tab or line break parts words.
        _ if c.is_whitespace() => Kind::Space,
        // Default_Ignorable_Code_Point that is no format character: grapheme joiner, Hangul fillers, Khmer
        // inherent vowels, Mongolian selectors, reserved ones; the noncharacters at the end of the basic
        // plane; and what has an empty glyph: blank Braille, object replacement, Egyptian blanks, Khitan
        // filler, null note head.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2065}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}'
        | '\u{fffc}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{13441}'
        | '\u{13442}'
        | '\u{16fe4}'
        | '\u{1d159}'
        | '\u{e0000}'..='\u{e0fff}' => Kind::Hidden,
        _ => match c.general_category() {
            GeneralCategory::Control | GeneralCategory::Format => Kind::Hidden,
            GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark => Kind::Mark,
            _ => Kind::Visible,
        },
    }
}

/// A name as it is shown, unique in the lobby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DisplayName {
    name: String,
    /// The confusable key of the name.
    key: String,
    /// The confusable key of its base.
    family: String,
    number: u32,
}

impl DisplayName {
    pub(super) fn as_str(&self) -> &str {
        &self.name
    }

    /// What the names that differ by a number only have in common.
    pub(super) fn family(&self) -> &str {
        &self.family
    }
}

/// The names in use.
#[derive(Debug, Default)]
pub(super) struct NameRegistry {
    /// The numbers taken of each base name, by its confusable key.
    families: BTreeMap<String, BTreeSet<u32>>,
    /// The confusable keys of all names, with their numbers: a name may end in what looks like a number.
    confusable_keys: BTreeSet<String>,
}

impl NameRegistry {
    /// Assigns the name, with the smallest free number if it is taken.
    pub(super) fn assign(&mut self, name: &SanitizedName) -> DisplayName {
        let (base, wanted) = name.split();
        let family = confusable_key(base);
        let taken = self.families.entry(family.clone()).or_default();
        let mut number = wanted;
        let (name, key) = loop {
            for _ in taken.range(number..).zip(number..).take_while(|&(&taken, next)| taken == next) {
                number += 1;
            }
            let (name, key) = if number == 1 {
                (base.to_owned(), family.clone())
            } else {
                let name = format!("{base} ({number})");
                let key = confusable_key(&name);
                (name, key)
            };
            if self.confusable_keys.insert(key.clone()) {
                break (name, key);
            }
            number += 1;
        };
        taken.insert(number);
        DisplayName { name, key, family, number }
    }

    /// Releases the name.
    pub(super) fn release(&mut self, shown: &DisplayName) {
        self.confusable_keys.remove(&shown.key);
        if let Some(taken) = self.families.get_mut(&shown.family) {
            taken.remove(&shown.number);
            if taken.is_empty() {
                self.families.remove(&shown.family);
            }
        }
    }

    /// How many names are in use.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.families.values().map(BTreeSet::len).sum()
    }
}

/// The key that names share which look alike but for case: the skeleton of UTS #39, case-folded.
fn confusable_key(name: &str) -> String {
    let seen = name.chars().filter(|&c| !matches!(kind(c), Kind::Joiner | Kind::Selector));
    skeleton(&visual_order(&seen.collect::<String>()))
        .flat_map(char::to_uppercase) // First up, then down: ς and Σ meet.
        .flat_map(char::to_lowercase)
        // The skeleton maps ß to β, which it resembles; in capitals it is written SS.
        .flat_map(|c| if c == 'β' { ['s', 's'].into_iter().take(2) } else { [c, c].into_iter().take(1) })
        .collect()
}

/// The characters from left to right, as a line that begins at the left shows them (UAX #9): letters of Hebrew
/// or Arabic change places with a digit beside them.
fn visual_order(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return name.into();
    }
    let info = BidiInfo::new(name, Some(Level::ltr()));
    match info.paragraphs.first() {
        Some(line) if info.has_rtl() => info.reorder_line(line, line.range.clone()),
        _ => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(said: &str) -> Option<String> {
        SanitizedName::new(said).map(|name| name.0)
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
        assert_eq!(cleaned("An\u{200b}\u{200d}n"), Some("Ann".into()));
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

    /// The names assigned to these requests, one after the other.
    fn shown(names: &[&str]) -> Vec<String> {
        let mut registry = NameRegistry::default();
        names
            .iter()
            .map(|name| registry.assign(&SanitizedName::new(name).expect("a good name")).name)
            .collect()
    }

    #[test]
    fn the_second_of_a_name_is_told_apart() {
        assert_eq!(shown(&["Ann", "ann", "ANN", "Ａnn"]), ["Ann", "ann (2)", "ANN (3)", "Ann (4)"]);
        assert_eq!(shown(&["Strauß", "STRAUSS", "Ann", "An\u{200d}n"])[1], "STRAUSS (2)");
    }

    #[test]
    fn who_says_a_number_gets_it_when_it_is_free() {
        assert_eq!(shown(&["Ann (2)", "Ann", "Ann", "Ann (2)"]), ["Ann (2)", "Ann", "Ann (3)", "Ann (4)"]);
        assert_eq!(shown(&["Ann (1)", "Ann (02)", "Ann (x)"]), ["Ann (1)", "Ann (02)", "Ann (x)"]);
    }

    #[test]
    fn the_smallest_number_given_back_is_given_again() {
        let mut registry = NameRegistry::default();
        let ann = SanitizedName::new("Ann").expect("a good name");
        let all: Vec<_> = (0..4).map(|_| registry.assign(&ann)).collect();
        registry.release(&all[1]);
        registry.release(&all[2]);
        assert_eq!(registry.assign(&ann).as_str(), "Ann (2)");
        assert_eq!(registry.assign(&ann).as_str(), "Ann (3)");
        assert_eq!(registry.assign(&ann).as_str(), "Ann (5)");
        for shown in all {
            registry.release(&shown);
        }
        registry.release(&DisplayName {
            name: "Ann (5)".into(),
            key: confusable_key("Ann (5)"),
            family: "ann".into(),
            number: 5,
        });
        assert!(registry.families.is_empty() && registry.confusable_keys.is_empty());
    }

    #[test]
    fn names_that_look_alike_are_told_apart() {
        assert_eq!(shown(&["Zoé", "Zoe\u{301}"]), ["Zoé", "Zoé (2)"]);
        assert_eq!(shown(&["Ann", "\u{410}nn"]), ["Ann", "\u{410}nn (2)"], "Cyrillic");
        assert_eq!(shown(&["Ilse", "llse", "1lse"])[1..], ["llse (2)", "1lse (3)"]);
        let [before, behind] = ["1\u{5d3}\u{5e0}\u{5d4}", "\u{5d3}\u{5e0}\u{5d4}1"];
        assert_eq!(
            shown(&[before, behind])[1],
            format!("{behind} (2)"),
            "in the order in which they are seen"
        );
        assert_eq!(shown(&["Kai", "Kal"]), ["Kai", "Kal"], "these do not");
        assert_eq!(shown(&["Żaneta", "Zaneta", "Łukasz"]), ["Żaneta", "Zaneta", "Łukasz"]);
    }

    #[test]
    fn what_looks_like_a_number_is_none_of_anybody_else() {
        assert_eq!(shown(&["Ann", "Ann", "Ann ⑵"])[2], "Ann (3)");
        assert_eq!(shown(&["Ann", "Ann", "Ann \u{2768}2\u{2769}"])[2], "Ann \u{2768}2\u{2769} (2)");
        assert_eq!(shown(&["Ann \u{2768}2\u{2769}", "Ann", "Ann"])[2], "Ann (3)");
    }

    #[test]
    fn marks_do_not_pile_up() {
        let piled = format!("A{}nn", "\u{300}".repeat(39));
        assert_eq!(cleaned(&piled), Some("À\u{300}\u{300}\u{300}nn".into()));
        assert_eq!(cleaned("\u{301}Ann \u{301}B"), Some("Ann B".into()), "nor do they stand alone");
        assert_eq!(cleaned("Nguyễn"), Some("Nguyễn".into()));
    }

    #[test]
    fn empty_glyphs_are_taken_out() {
        for empty in [
            "\u{fffc}",
            "\u{13441}",
            "\u{13430}",
            "\u{1d159}",
            "\u{16fe4}",
            "\u{2065}",
            "\u{e0041}",
            "\u{fff9}",
        ] {
            assert_eq!(cleaned(&format!("A{empty}nn")), Some("Ann".into()), "{empty:?}");
            assert_eq!(cleaned(empty), None, "{empty:?}");
        }
    }

    mod whatever_is_said {
        use super::*;
        use proptest::prelude::*;

        /// Letters and what deceives, closely together.
        const PIECES: &str = "[Aa\u{410}\u{391}nIl10eé\u{301}\u{300}\u{323}\u{200d}\u{200c}\u{fe0f}\u{e0100}\u{200b}\
            \u{202e} \u{3000}()2⑵\u{2768}\u{2769}ßβ👩❤🔥葛ﬁﷺ\u{1100}\u{1161}\u{11a8}\u{1160}\u{915}\u{94d}\u{937}]{0,12}";

        proptest! {
            #[test]
            fn a_name_is_cleaned_once_and_for_all(said in prop_oneof![PIECES, "\\PC{0,50}", "[\\s\\S]{0,50}"]) {
                if let Some(name) = cleaned(&said) {
                    prop_assert!((1..=MAX_NAME_CHARS).contains(&name.chars().count()));
                    prop_assert_eq!(cleaned(&name), Some(name));
                }
            }

            #[test]
            fn no_two_that_look_alike_are_shown(said in prop::collection::vec(PIECES, 1..12)) {
                let mut registry = NameRegistry::default();
                let names: Vec<SanitizedName> = said.iter().filter_map(|said| SanitizedName::new(said)).collect();
                let all: Vec<DisplayName> = names.iter().map(|name| registry.assign(name)).collect();
                let plain = |name: &str| skeleton(&name.replace(['\u{200c}', '\u{200d}', '\u{fe0f}', '\u{e0100}'], "")).collect::<String>();
                let confusable_keys: BTreeSet<String> = all.iter().map(|shown| plain(shown.as_str())).collect();
                prop_assert_eq!(confusable_keys.len(), all.len(), "{:?}", all);
                all.iter().for_each(|shown| registry.release(shown));
                prop_assert!(registry.families.is_empty() && registry.confusable_keys.is_empty());
            }
        }
    }
}
