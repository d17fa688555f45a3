//! The settings file: TOML, which becomes the defaults of the command line.

use super::ConfigError;
use super::spaces::{SpaceSettings, spaces};
use super::value::{Wrong, line_at, plain};
use crate::files;
use crate::space_name::SpaceName;
use clap::error::{ContextKind, ContextValue};
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// A settings file with every comment is 3 KiB; this is far more than anybody writes by hand, in bytes. A
/// larger file is not meant, and parsing it would take the machine's memory. SECURITY.md.
const FILE_MAX: u64 = 1 << 20;

/// What the file says: the command line with other defaults, and the spaces.
pub(crate) type Said = (clap::Command, BTreeMap<SpaceName, SpaceSettings>);

/// The command line, its defaults replaced by what the file says, and the spaces that it names.
pub(crate) fn with_defaults_of(command: clap::Command, path: &Path) -> Result<Said, ConfigError> {
    let text = files::read_text(path, FILE_MAX)
        .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    let said = with_defaults(command, &text).and_then(|command| Ok((command, spaces(&text)?)));
    said.map_err(|wrong| ConfigError::Malformed {
        path: path.to_owned(),
        line: wrong.line,
        problem: wrong.problem,
    })
}

pub(super) fn with_defaults(mut command: clap::Command, text: &str) -> Result<clap::Command, Wrong> {
    for entry in entries(text)? {
        let known = settings(&command).find(|setting| setting.get_long() == Some(&entry.key));
        let Some(id) = known.map(|setting| setting.get_id().clone()) else {
            return Err(entry.wrong(unknown(command, &entry.key)));
        };
        if entry.is_section {
            let remedy = "write it with = above all sections, and a space as [space.NAME]";
            return Err(entry.wrong(format!("{} is a setting and no section; {remedy}", entry.key)));
        }
        check(&command, &id, &entry).map_err(|problem| entry.wrong(problem))?;
        if !entry.values.is_empty() {
            command = command.mut_arg(id, |setting| setting.default_values(entry.values));
        }
    }
    Ok(command)
}

/// The arguments that are settings, and so keys of the file.
pub(super) fn settings(command: &clap::Command) -> impl Iterator<Item = &clap::Arg> {
    command.get_arguments().filter(|argument| argument.get_id() != "config" && argument.get_env().is_some())
}

fn unknown(command: clap::Command, key: &str) -> String {
    // clap knows what is near to it.
    let asked = command.try_get_matches_from(["wizyjno", &format!("--{key}")]);
    let near = asked.err().and_then(|wrong| match wrong.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(near)) => Some(near.trim_start_matches('-').to_owned()),
        _ => None,
    });
    match near {
        Some(near) => format!("there is no setting {key:?}; did you mean {near:?}?"),
        None => format!("there is no setting {key:?}; wizyjno --help lists them"),
    }
}

/// A value goes through the parser that it would meet as a flag.
fn check(command: &clap::Command, id: &clap::Id, entry: &Entry) -> Result<(), String> {
    let setting =
        command.get_arguments().find(|setting| setting.get_id() == id).expect("it was found before");
    if entry.is_list && setting.get_value_delimiter().is_none() {
        return Err(format!("{} takes one value, not a list", entry.key));
    }
    let alone = clap::Command::new("wizyjno").arg(setting.clone().env(None));
    for value in &entry.values {
        if let Err(wrong) =
            alone.clone().try_get_matches_from(["wizyjno", &format!("--{}={value}", entry.key)])
        {
            return Err(format!("{} cannot be {value:?}: {}", entry.key, remedy(&wrong)));
        }
    }
    Ok(())
}

/// What could be said instead.
fn remedy(wrong: &clap::Error) -> String {
    use std::error::Error;
    if let Some(cause) = wrong.source() {
        return cause.to_string();
    }
    match wrong.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) if !valid.is_empty() => format!("use {}", valid.join(" or ")),
        _ => "it needs a value".into(),
    }
}

/// One key with its value, or with several if it is a list.
struct Entry {
    key: String,
    values: Vec<String>,
    is_list: bool,
    /// It has settings of its own, as no key of ours has.
    is_section: bool,
    line: usize,
}

impl Entry {
    fn wrong(&self, problem: String) -> Wrong {
        Wrong { line: self.line, problem }
    }
}

/// All that the file says, in its order.
fn entries(text: &str) -> Result<Vec<Entry>, Wrong> {
    let table = DeTable::parse(text).map_err(|wrong| Wrong {
        line: line_at(text, wrong.span().map_or(0, |span| span.start)),
        problem: wrong.message().split_whitespace().collect::<Vec<_>>().join(" "),
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.into_inner() {
        let line = line_at(text, key.span().start);
        let key = key.into_inner().into_owned();
        if key == "space" && matches!(value.get_ref(), DeValue::Table(_)) {
            continue; // `spaces.rs` reads them
        }
        let is_list = matches!(value.get_ref(), DeValue::Array(_));
        let values = match value.get_ref() {
            DeValue::Array(several) => several.iter().map(|one| plain(one.get_ref())).collect(),
            one => plain(one).map(|one| vec![one]),
        };
        let is_section = matches!(value.get_ref(), DeValue::Table(_));
        let Some(values) = values.or(is_section.then(Vec::new)) else {
            let problem = format!("{key} must be a text, a number, true or false, or a list of these");
            return Err(Wrong { line, problem });
        };
        entries.push(Entry { key, values, is_list, is_section, line });
    }
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}
