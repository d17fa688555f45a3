//! The spaces of the settings file: a table `[space.NAME]` for each.

use super::value::{Wrong, line_at, plain};
use super::{Pin, secrets};
use crate::space_name::SpaceName;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Spaces of the settings file at most; each may be guessed at, so each remembers who does (SECURITY.md).
const MAX_CONFIGURED_SPACES: usize = 1024;
/// People of one space at most, whatever is set.
const SIZE_MAX: usize = 10_000;
/// Characters of a title: a line on a phone.
const TITLE_MAX: usize = 60;
/// The longest lifetime, a year.
const LIFETIME_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// What is set of one space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpaceSettings {
    pub pin: Option<Pin>,
    pub title: Option<String>,
    /// People at most.
    pub size: Option<usize>,
    /// How long it is there from the first person on.
    pub lifetime: Option<Duration>,
}

/// All spaces of a settings file, which is TOML.
pub(super) fn spaces(text: &str) -> Result<BTreeMap<SpaceName, SpaceSettings>, Wrong> {
    let mut spaces = BTreeMap::new();
    let Ok(table) = DeTable::parse(text) else { return Ok(spaces) }; // who reads the rest says why
    let Some(DeValue::Table(tables)) = table.get_ref().get("space").map(Spanned::get_ref) else {
        return Ok(spaces);
    };
    let mut tables: Vec<_> = tables.iter().collect();
    tables.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in tables {
        let line = line_at(text, key.span().start);
        let wrong = |problem| Wrong { line, problem };
        let name = SpaceName::new(key.get_ref()).ok_or_else(|| {
            wrong(format!("{:?} names no space: use 1 to 40 letters, digits, - and _", key.get_ref()))
        })?;
        let DeValue::Table(settings) = value.get_ref() else {
            return Err(wrong(format!("a space is a table: write [space.{name}] above its settings")));
        };
        if spaces.len() == MAX_CONFIGURED_SPACES {
            return Err(wrong(format!("there are more than {MAX_CONFIGURED_SPACES} spaces")));
        }
        if spaces.insert(name.clone(), space(text, &name, settings)?).is_some() {
            return Err(wrong(format!("there are two spaces that are called {name}")));
        }
    }
    Ok(spaces)
}

fn space(text: &str, name: &SpaceName, settings: &DeTable<'_>) -> Result<SpaceSettings, Wrong> {
    let mut space = SpaceSettings::default();
    for (key, value) in settings {
        let key_name = key.get_ref().as_ref();
        let wrong = |problem: String| Wrong {
            line: line_at(text, key.span().start),
            problem: format!("{key_name} of the space {name} {problem}"),
        };
        let value = plain(value.get_ref()).ok_or_else(|| wrong("must be a text or a number".into()))?;
        match key_name {
            "pin" => space.pin = Some(pin(value).map_err(wrong)?),
            "pin-file" => {
                let read = secrets::first_line(Path::new(&value));
                let first =
                    read.map_err(|cause| wrong(format!("cannot be read: {cause}; mend it or take it away")))?;
                // What stands beside it goes over a file, as it does for the lobby.
                if !settings.contains_key("pin") {
                    space.pin = Some(pin(first).map_err(wrong)?);
                }
            }
            "title" => space.title = Some(title(&value).map_err(wrong)?),
            "size" => {
                let size = value.parse().ok().filter(|size| (2..=SIZE_MAX).contains(size));
                space.size =
                    Some(size.ok_or_else(|| wrong(format!("must be a number from 2 to {SIZE_MAX}")))?);
            }
            "lifetime" => space.lifetime = Some(lifetime(&value).map_err(wrong)?),
            _ => return Err(wrong("is no setting; use pin, pin-file, title, size or lifetime".into())),
        }
    }
    Ok(space)
}

/// Whatever it is instead, it may be nearly the right one, so it is not said.
fn pin(text: String) -> Result<Pin, String> {
    text.parse().map_err(|()| "must be 4 to 12 digits, as a text; choose another".into())
}

fn title(text: &str) -> Result<String, String> {
    let title = text.trim();
    let is_good = (1..=TITLE_MAX).contains(&title.chars().count()) && !title.contains(char::is_control);
    if is_good {
        Ok(title.to_owned())
    } else {
        Err(format!("must be one line of 1 to {TITLE_MAX} characters"))
    }
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(24 * 3600),
        _ => None,
    };
    let whole = number.parse::<u64>().ok().zip(seconds).and_then(|(number, unit)| number.checked_mul(unit));
    let lifetime = whole.map(Duration::from_secs).filter(|time| !time.is_zero() && *time <= LIFETIME_MAX);
    lifetime.ok_or_else(|| "must be a time, such as 90m, 8h or 7d, up to 366d".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<BTreeMap<SpaceName, SpaceSettings>, String> {
        spaces(text).map_err(|wrong| format!("line {}: {}", wrong.line, wrong.problem))
    }

    #[test]
    fn a_space_has_what_its_table_says() {
        let text = "name = 'box'\n[space.kuchnia]\n[space.'Żółw']\npin = '246813'\ntitle = ' Rada żółwi '\n\
                    size = 20\nlifetime = '90m'\n[space.a]\nlifetime = '7d'\n";
        let spaces = read(text).unwrap();
        let of = |name| &spaces[&SpaceName::new(name).unwrap()];
        assert_eq!(spaces.len(), 3);
        assert_eq!(of("kuchnia"), &SpaceSettings::default());
        let turtles = of("żółw");
        assert_eq!(turtles.pin.as_ref().map(Pin::digits), Some("246813"));
        assert_eq!((turtles.title.as_deref(), turtles.size), (Some("Rada żółwi"), Some(20)));
        assert_eq!(turtles.lifetime, Some(Duration::from_secs(90 * 60)));
        assert_eq!(of("a").lifetime, Some(Duration::from_secs(7 * 24 * 3600)));
        assert!(read("name = 'box'").unwrap().is_empty());
    }

    #[test]
    fn a_pin_comes_out_of_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pin");
        std::fs::write(&file, "1357\n").unwrap();
        let table = format!("[space.a]\npin-file = '{}'\n", file.display());
        let pin =
            |text: &str| read(text).map(|spaces| spaces.into_values().next().and_then(|space| space.pin));
        assert_eq!(pin(&table).unwrap().as_ref().map(Pin::digits), Some("1357"));
        assert_eq!(pin(&format!("{table}pin = '2468'")).unwrap().as_ref().map(Pin::digits), Some("2468"));
        std::fs::write(&file, "13\n").unwrap();
        let short = pin(&table).unwrap_err();
        assert_eq!(
            short,
            "line 2: pin-file of the space a must be 4 to 12 digits, as a text; choose another"
        );
    }

    #[test]
    fn what_is_wrong_is_one_sentence_with_its_line() {
        for (text, sentence) in [
            ("[space.'a b']", "line 1: \"a b\" names no space: use 1 to 40 letters, digits, - and _"),
            ("[space]\na = 1", "line 2: a space is a table: write [space.a] above its settings"),
            ("[space.a]\n\n[space.A]", "line 3: there are two spaces that are called a"),
            (
                "[space.a]\npin = '12'",
                "line 2: pin of the space a must be 4 to 12 digits, as a text; choose another",
            ),
            ("[space.a]\nsize = 1", "line 2: size of the space a must be a number from 2 to 10000"),
            ("[space.a]\ntitle = ''", "line 2: title of the space a must be one line of 1 to 60 characters"),
            ("[space.a]\nsize = []", "line 2: size of the space a must be a text or a number"),
            (
                "[space.a]\nlifetime = '8'",
                "line 2: lifetime of the space a must be a time, such as 90m, 8h or 7d, up to 366d",
            ),
            (
                "[space.a]\nlifetime = '99999999999999999999d'",
                "line 2: lifetime of the space a must be a time, such as 90m, 8h or 7d, up to 366d",
            ),
            (
                "[space.a]\nsiez = 3",
                "line 2: siez of the space a is no setting; use pin, pin-file, title, size or lifetime",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), sentence, "{text}");
        }
        let many: String = (0..=MAX_CONFIGURED_SPACES).map(|n| format!("[space.s{n}]\n")).collect();
        assert!(read(&many).unwrap_err().ends_with("there are more than 1024 spaces"));
    }
}
