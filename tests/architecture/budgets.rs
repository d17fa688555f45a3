//! The budgets of `SECURITY.md` and the constants that they are.

use super::Source;
use std::path::Path;

/// A budget as the table names it.
struct Row<'a> {
    line: usize,
    name: &'a str,
    file: &'a str,
}

/// What is wrong with the table or with a constant that should be in it.
pub(crate) fn faults(security: &str, sources: &[Source]) -> Vec<String> {
    let rows: Vec<Row<'_>> = security.lines().enumerate().filter_map(|(n, text)| row(n + 1, text)).collect();
    let mut faults = Vec::new();
    for row in &rows {
        let source = row
            .file
            .strip_prefix("src/")
            .and_then(|file| sources.iter().find(|source| source.file == Path::new(file)));
        let Some(source) = source else {
            faults.push(format!("SECURITY.md:{}: there is no {}", row.line, row.file));
            continue;
        };
        if !budgets(source).any(|name| name == row.name) {
            let Row { line, name, file } = row;
            faults.push(format!("SECURITY.md:{line}: no {name} in {file} whose comment names SECURITY.md"));
        }
    }
    for source in sources {
        let file = Path::new("src").join(&source.file);
        for name in budgets(source) {
            if !rows.iter().any(|row| row.name == name && Path::new(row.file) == file) {
                faults.push(format!("{}: {name} is no budget of SECURITY.md", file.display()));
            }
        }
    }
    faults
}

/// The last cell of a row: `` `NAME` in `FILE` ``.
fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let cell = text.strip_prefix('|')?.trim_end().strip_suffix('|')?.rsplit('|').next()?.trim();
    let (name, file) = cell.split_once(" in ")?;
    let unquoted = |text: &'_ str| text.starts_with('`') && text.ends_with('`') && text.len() > 2;
    (unquoted(name) && unquoted(file)).then(|| Row {
        line,
        name: name.trim_matches('`'),
        file: file.trim_matches('`'),
    })
}

/// The constants and fields whose doc comment names `SECURITY.md`.
fn budgets(source: &Source) -> impl Iterator<Item = &str> {
    let mut named = false;
    source.text.lines().filter_map(move |line| {
        if line.trim_start().starts_with("///") {
            named |= line.contains("SECURITY.md");
            return None;
        }
        // Behind its visibility and `const`, if it has them.
        let name = line.split_once(": ").and_then(|(start, _)| start.split_whitespace().next_back());
        std::mem::take(&mut named).then_some(name?)
    })
}

#[test]
fn a_budget_without_its_row_and_a_row_without_its_budget_are_faults() {
    let source = |comment: &str| {
        Source::new(Path::new("a.rs"), format!("/// Enough{comment}.\nconst MOST: u8 = 4;\n"))
    };
    let table = "| page | seats | 4 | refused | `MOST` in `src/a.rs` |\n";
    assert_eq!(faults(table, &[source(" (SECURITY.md)")]), [""; 0]);
    assert_eq!(faults(table, &[source("")]).len(), 1, "the comment does not point to the table");
    assert_eq!(faults("", &[source(" (SECURITY.md)")]).len(), 1, "the table does not know it");
    assert_eq!(faults(table, &[]).len(), 1, "the file is gone");
}
