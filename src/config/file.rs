//! The settings file: TOML, read as what would be said on the command line, each with its line. Pure.

use toml::de::{DeInteger, DeTable, DeValue};

/// One key with its value, or with several if it is a list.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) values: Vec<String>,
    pub(super) is_list: bool,
    line: usize,
}

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) problem: String,
}

impl Entry {
    pub(super) fn wrong(&self, problem: String) -> Wrong {
        Wrong { line: self.line, problem }
    }
}

/// All that the file says, in its order.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, Wrong> {
    let table = DeTable::parse(text).map_err(|wrong| Wrong {
        line: line_at(text, wrong.span().map_or(0, |span| span.start)),
        problem: wrong.message().split_whitespace().collect::<Vec<_>>().join(" "),
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.into_inner() {
        let line = line_at(text, key.span().start);
        let key = key.into_inner().into_owned();
        let is_list = matches!(value.get_ref(), DeValue::Array(_));
        let values = match value.get_ref() {
            DeValue::Array(several) => several.iter().map(|one| plain(one.get_ref())).collect(),
            one => plain(one).map(|one| vec![one]),
        };
        // A section is none of our keys, and is told so by name.
        let is_section = matches!(value.get_ref(), DeValue::Table(_));
        let Some(values) = values.or(is_section.then(Vec::new)) else {
            let problem = format!("{key} must be a text, a number, true or false, or a list of these");
            return Err(Wrong { line, problem });
        };
        entries.push(Entry { key, values, is_list, line });
    }
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) => decimal(number),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn decimal(number: &DeInteger<'_>) -> Option<String> {
    i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string())
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
