//! Findings, written down for a terminal, for programs, and for a browser. Pure.

use super::findings::{Finding, Weight};
use super::words::{self, Told};
use crate::language::Language;
use serde_json::json;
use std::fmt::Write;

/// The subjects stand in a column of so many letters at least.
const COLUMN: usize = 12;

/// Nothing keeps people from connecting.
pub(super) fn is_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.weight != Weight::Fault)
}

/// A mark, what is the case, and on the next line what to do.
pub(super) fn text(findings: &[Finding], language: Language) -> String {
    let words = words::of(language);
    let about = |finding: &Finding| words.about(finding.case.about());
    let widest = findings.iter().map(|finding| about(finding).chars().count()).max();
    let column = widest.unwrap_or(0).max(COLUMN);
    let mut text = String::new();
    for finding in findings {
        let Told { says, mend } = words.tell(&finding.case);
        let _ = writeln!(text, "  {:<5} {:<column$} {says}", words.mark(finding.weight), about(finding));
        if let Some(mend) = mend {
            let _ = writeln!(text, "{:1$} → {mend}", "", column + 8);
        }
    }
    let _ = writeln!(text, "\n{}", words.last(is_well(findings)));
    text
}

/// For programs, whose names and sentences are English whoever reads.
pub(super) fn json(findings: &[Finding]) -> String {
    let words = words::of(Language::English);
    let list: Vec<_> = findings
        .iter()
        .map(|finding| {
            let Told { says, mend } = words.tell(&finding.case);
            json!({
                "about": words.about(finding.case.about()),
                "weight": weight(finding.weight),
                "says": says,
                "mend": mend,
            })
        })
        .collect();
    format!("{}\n", json!({ "well": is_well(findings), "findings": list }))
}

pub(super) fn html(findings: &[Finding], language: Language) -> String {
    let words = words::of(language);
    let mut rows = String::new();
    for Finding { weight: how, case } in findings {
        let Told { says, mend } = words.tell(case);
        let mend = mend.map(|mend| format!("<p class=\"mend\">{}</p>", escaped(&mend)));
        let _ = write!(
            rows,
            "<li class=\"{}\"><h2>{}</h2><p>{}</p>{}</li>",
            weight(*how),
            escaped(words.about(case.about())),
            escaped(&says),
            mend.unwrap_or_default()
        );
    }
    let (code, title, verdict) = (language.code(), words.title(), words.verdict(is_well(findings)));
    format!(
        "<!doctype html><html lang=\"{code}\"><head><meta charset=\"utf-8\"><title>{title} · Wizyjno Godka</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/style/tokens.css\"><link rel=\"stylesheet\" href=\"/style/doctor.css\">\
         </head><body><main><h1>{verdict}</h1><ul>{rows}</ul></main></body></html>\n"
    )
}

fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Good => "good",
        Weight::Hint => "hint",
        Weight::Fault => "fault",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
