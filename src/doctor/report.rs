//! Findings, written down for a terminal, for programs, and for a browser. Pure.

use super::findings::{Finding, Weight};
use serde_json::json;
use std::fmt::Write;

/// A mark, what is the case, and on the next line what to do.
pub(super) fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { about, weight, says, mend } in findings {
        let mark = match weight {
            Weight::Good => "  ok   ",
            Weight::Hint => "  hint ",
            Weight::Fault => "  FAULT",
        };
        let _ = writeln!(text, "{mark} {about:<12} {says}");
        if let Some(mend) = mend {
            let _ = writeln!(text, "{:20} → {mend}", "");
        }
    }
    text.push_str(match findings.iter().any(|finding| finding.weight == Weight::Fault) {
        true => "\nThe faults keep people from connecting.\n",
        false => "\nNothing keeps people from connecting.\n",
    });
    text
}

pub(super) fn json(findings: &[Finding], well: bool) -> String {
    let list: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "about": finding.about,
                "weight": weight(finding.weight),
                "says": finding.says,
                "mend": finding.mend,
            })
        })
        .collect();
    format!("{}\n", json!({ "well": well, "findings": list }))
}

pub(super) fn html(findings: &[Finding], well: bool) -> String {
    let mut rows = String::new();
    for Finding { about, weight: how, says, mend } in findings {
        let mend = mend.as_ref().map(|mend| format!("<p class=\"mend\">{}</p>", escaped(mend)));
        let _ = write!(
            rows,
            "<li class=\"{}\"><h2>{}</h2><p>{}</p>{}</li>",
            weight(*how),
            escaped(about),
            escaped(says),
            mend.unwrap_or_default()
        );
    }
    let verdict = if well {
        "Nothing keeps people from connecting."
    } else {
        "Something keeps people from connecting."
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Doctor · Wizyjno Godka</title>\
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
