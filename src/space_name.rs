//! The names of spaces, as they stand in addresses: `/s/NAME`.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Characters of a name (SECURITY.md).
const MAX_SPACE_NAME_CHARS: usize = 40;

/// A space's name in its one form: NFKC (UAX 15), lower case, 1 to 40 letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceName(String);

impl SpaceName {
    /// The name that is meant by that text. `None`: it is none.
    pub fn new(said: &str) -> Option<SpaceName> {
        // Far more than any form of a name takes: not worth a look.
        if said.len() > 16 * MAX_SPACE_NAME_CHARS {
            return None;
        }
        let lower: String = said.nfkc().flat_map(char::to_lowercase).collect();
        let name: String = lower.nfkc().collect();
        let is_slug = name.chars().all(|c| is_visible_letter(c) || matches!(c, '-' | '_'));
        // A letter whose lower case decomposes into another one has no form that stays.
        let is_settled = name.chars().flat_map(char::to_lowercase).nfkc().eq(name.chars());
        let fits = (1..=MAX_SPACE_NAME_CHARS).contains(&name.chars().count());
        (is_slug && is_settled && fits).then_some(SpaceName(name))
    }

    /// The name that a segment of a path stands for (RFC 3986, 2.1: octets may be percent-encoded).
    pub fn of_segment(segment: &str) -> Option<SpaceName> {
        let mut octets = Vec::with_capacity(segment.len());
        let mut rest = segment.as_bytes();
        while let Some((&first, after)) = rest.split_first() {
            if first == b'%' {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                octets.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
                rest = &after[2..];
            } else {
                octets.push(first);
                rest = after;
            }
        }
        SpaceName::new(std::str::from_utf8(&octets).ok()?)
    }

    /// The name as a segment of a path: in ASCII.
    pub fn to_segment(&self) -> String {
        let mut segment = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => segment.push(char::from(byte)),
                _ => segment.push_str(&format!("%{byte:02X}")),
            }
        }
        segment
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hangul fillers are letters (UAX 44, `Default_Ignorable_Code_Point`) that show nothing, by which one name would
/// look like another. NFKC makes two of the four.
fn is_visible_letter(c: char) -> bool {
    c.is_alphanumeric() && !matches!(c, '\u{115f}' | '\u{1160}')
}

impl fmt::Display for SpaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(said: &str) -> Option<String> {
        SpaceName::of_segment(said).map(|name| name.to_string())
    }

    #[test]
    fn a_name_has_one_form_however_it_is_written() {
        for (said, name) in [
            ("kuchnia", "kuchnia"),
            ("Team-7_b", "team-7_b"),
            ("%C5%BB%C3%B3%C5%82w", "żółw"),
            ("z%CC%87o%CC%81%C5%82w", "żółw"),
            ("żółw", "żółw"),
            ("ＡＢＣ①", "abc1"),
            ("%6b", "k"),
        ] {
            assert_eq!(named(said).as_deref(), Some(name), "{said}");
        }
        assert_eq!(SpaceName::new("żółw").unwrap().to_segment(), "%C5%BC%C3%B3%C5%82w");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let too_long = "a".repeat(MAX_SPACE_NAME_CHARS + 1);
        for wrong in [
            "",
            ".",
            "a.b",
            "a b",
            "a%20b",
            "a%2Fb",
            "%",
            "%4",
            "%zz",
            "%+1",
            "%ff",
            "a\u{200d}b",
            "☎",
            "İ",
            "choir\u{1160}",
            "\u{3164}",
            "\u{115f}",
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
        assert_eq!(named(&too_long), None);
        assert_eq!(named(&"a".repeat(100_000)), None);
        assert!(named(&too_long[1..]).is_some());
    }

    proptest! {
        #[test]
        fn a_name_survives_its_own_address(
            said in "\\PC{0,45}|[\\s\\S]{0,45}|[a-zA-ZÀ-žǅ-ǲΑ-ωА-я0-9_-]{1,40}",
        ) {
            if let Some(name) = SpaceName::new(&said) {
                prop_assert_eq!(SpaceName::of_segment(&name.to_segment()), Some(name.clone()));
                prop_assert_eq!(SpaceName::new(name.as_str()), Some(name.clone()));
                prop_assert!((1..=MAX_SPACE_NAME_CHARS).contains(&name.as_str().chars().count()));
            }
            let _ = SpaceName::of_segment(&said);
        }
    }
}
