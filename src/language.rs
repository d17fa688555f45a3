//! The languages in which the box speaks to people. Pure.

use std::cmp::Reverse;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Polish,
    Silesian,
}

/// Languages of an `Accept-Language` that are looked at; browsers send a few, and the rest costs time only.
/// SECURITY.md.
const RANGES_MAX: usize = 32;

impl Language {
    #[cfg(test)]
    pub(crate) const ALL: [Language; 3] = [Language::English, Language::Polish, Language::Silesian];

    /// For a visitor: that of `?lang=`, else the one that the browser likes best, else English.
    pub(crate) fn of_request(query: Option<&str>, accept: Option<&str>) -> Language {
        let pairs = query.into_iter().flat_map(|query| query.split('&'));
        let asked = pairs.filter_map(|pair| pair.strip_prefix("lang=")).find_map(Language::of_tag);
        asked.or_else(|| accept.and_then(accepted)).unwrap_or(Language::English)
    }

    /// For a terminal: by the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty (POSIX, 8.2).
    pub(crate) fn of_locale(variables: [Option<&str>; 3]) -> Language {
        let said = variables.into_iter().flatten().find(|said| !said.is_empty());
        said.and_then(Language::of_tag).unwrap_or(Language::English)
    }

    /// The code of ISO 639, as HTML has it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Polish => "pl",
            Language::Silesian => "szl",
        }
    }

    /// Of `pl-PL` or `pl_PL.UTF-8`; `None`: the box does not speak it.
    fn of_tag(tag: &str) -> Option<Language> {
        match tag.trim().split(['-', '_', '.', '@']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Language::English),
            "pl" => Some(Language::Polish),
            "szl" => Some(Language::Silesian),
            _ => None,
        }
    }
}

/// The language of an `Accept-Language` with the greatest weight, the first of equals (RFC 9110, 12.5.4).
fn accepted(list: &str) -> Option<Language> {
    let ranges = list.split(',').take(RANGES_MAX).filter_map(|range| {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let language = if tag.trim() == "*" { Language::English } else { Language::of_tag(tag)? };
        let weight = weight(parameters)?;
        (weight > 0).then_some((weight, language))
    });
    ranges.min_by_key(|(weight, _)| Reverse(*weight)).map(|(_, language)| language)
}

/// In thousandths; 1000 where none is said, `None` where it is no weight.
fn weight(parameters: &str) -> Option<u16> {
    let Some(said) = parameters.trim().strip_prefix(['q', 'Q']) else {
        return parameters.trim().is_empty().then_some(1000);
    };
    let number = said.trim_start().strip_prefix('=')?.trim();
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{part:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{English, Polish, Silesian};
    use super::*;

    #[test]
    fn a_visitor_is_spoken_to_in_the_language_liked_best() {
        for (query, accept, language) in [
            (None, None, English),
            (None, Some("pl-PL,pl;q=0.9,en;q=0.8"), Polish),
            (None, Some("en;q=0.2, pl;q=0.9"), Polish),
            (None, Some("de, SZL ; Q=0.7 , pl;q=0.65"), Silesian),
            (None, Some("szl,pl"), Silesian),
            (None, Some("pl;q=0, szl;q=0.001"), Silesian),
            (None, Some("pl;q=0"), English),
            (None, Some("*;q=0.5, pl;q=0.1"), English),
            (None, Some("pl;q=7, pl;q=x, pl;q=1.5, pl;q=0.1234, pl;q, pl;z=1"), English),
            (None, Some("plattdeutsch, ,;;,=,é"), English),
            (Some("lang=szl"), Some("pl"), Silesian),
            (Some("a=b&lang=pl-PL"), None, Polish),
            (Some("lang=xx"), Some("pl"), Polish),
            (Some("language=pl"), None, English),
        ] {
            assert_eq!(Language::of_request(query, accept), language, "{query:?} {accept:?}");
        }
    }

    #[test]
    fn no_more_languages_are_looked_at_than_anybody_speaks() {
        let list = |before: usize| format!("{}pl", "de,".repeat(before));
        assert_eq!(Language::of_request(None, Some(&list(RANGES_MAX - 1))), Polish);
        assert_eq!(Language::of_request(None, Some(&list(RANGES_MAX))), English);
    }

    #[test]
    fn a_terminal_is_spoken_to_by_the_first_variable_that_says_something() {
        for (variables, language) in [
            ([None, None, None], English),
            ([None, None, Some("pl_PL.UTF-8")], Polish),
            ([Some(""), Some(""), Some("szl_PL")], Silesian),
            ([Some("C.UTF-8"), None, Some("pl_PL.UTF-8")], English),
            ([None, Some("pl"), Some("en_GB.UTF-8")], Polish),
            ([None, Some("de_DE@euro"), Some("pl_PL")], English),
        ] {
            assert_eq!(Language::of_locale(variables), language, "{variables:?}");
        }
    }
}
