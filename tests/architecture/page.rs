//! What the files of the page import and touch.

use super::{Fault, Source, arrows};

/// What only the page's shell touches.
const PAGE_SHELL: &[&str] =
    &["WebSocket", "EventSource", "RTCPeerConnection", "getUserMedia", "localStorage"];

pub(crate) fn faults(source: &Source) -> Vec<Fault> {
    let path = source.file.to_str().expect("our file names are ASCII");
    let mut faults = Vec::new();
    let own = arrows::PAGE.iter().find(|(start, _)| path.starts_with(start));
    if own.is_none() && path.ends_with(".js") {
        return vec![source.fault(1, format!("{path} is not in the picture"))];
    }
    for (n, line) in source.text.lines().enumerate() {
        for imported in imported_by(path, line) {
            let rule = match (join(path, imported), own) {
                (None, _) => format!("{imported} is not in this folder by a relative path"),
                (Some(target), Some((start, allowed)))
                    if !allowed.iter().any(|to| target.starts_with(to)) =>
                {
                    format!("{start} must not import {target}")
                }
                _ => continue,
            };
            faults.push(source.fault(n + 1, rule));
        }
        if path.starts_with("ui/") {
            for thing in PAGE_SHELL.iter().filter(|thing| without_comment(line).contains(**thing)) {
                faults.push(source.fault(n + 1, format!("ui/ must not touch {thing}")));
            }
        }
    }
    faults
}

/// What a line of a script, a stylesheet or the page itself has the browser load. One line is enough:
/// where an import is spread over several, the last one has the address.
fn imported_by<'a>(path: &str, line: &'a str) -> Vec<&'a str> {
    let starts: &[&str] = match path.rsplit_once('.') {
        Some((_, "js")) if without_comment(line).is_empty() => &[],
        Some((_, "js")) => &["from '", "from \"", "import '", "import \"", "import('", "import(\""],
        Some((_, "css")) => &["url(", "@import '", "@import \""],
        _ => &["src=\"", "href=\""],
    };
    let mut found = Vec::new();
    for start in starts {
        for (at, _) in line.match_indices(start) {
            let address = line[at + start.len()..].trim_start_matches(['\'', '"']);
            let address = &address[..address.find(['\'', '"', ')']).unwrap_or(address.len())];
            let inline = address.starts_with("data:") || address.starts_with('#');
            if !inline {
                found.push(address);
            }
        }
    }
    found
}

/// Where a relative address in the file `from` leads to in `www/`; none if it leads elsewhere.
fn join(from: &str, address: &str) -> Option<String> {
    let script = from.ends_with(".js");
    if address.contains(':') || address.starts_with("//") || (script && !address.starts_with('.')) {
        return None;
    }
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    if address.starts_with('/') {
        folders.clear();
    }
    for name in address.split('/') {
        match name {
            "." | "" => {}
            ".." => {
                folders.pop()?;
            }
            name => folders.push(name),
        }
    }
    Some(folders.join("/"))
}

fn without_comment(line: &str) -> &str {
    let comment = ["//", "/*", "*"].iter().any(|start| line.trim_start().starts_with(start));
    if comment { "" } else { line.split(" // ").next().unwrap_or(line) }
}

fn faults_of(file: &str, text: &str) -> Vec<String> {
    faults(&Source::new(file, text.to_owned())).iter().map(Fault::to_string).collect()
}

#[test]
fn finds_faults_of_the_page() {
    assert_eq!(
        faults_of(
            "ui/parts/tile.js",
            "import { h } from '../../vendor/react.js'\nimport '../../server/connection.js'\n"
        ),
        ["ui/parts/tile.js:2: ui/parts/ must not import server/connection.js"]
    );
    assert_eq!(faults_of("state/reducer.js", "import {\n  text,\n} from '../words/index.js'").len(), 1);
    assert_eq!(faults_of("state/reducer.js", "/** @import { State } from './types.d.ts' */"), [""; 0]);
    assert_eq!(faults_of("state/reducer.js", "/** @type {import('./types.d.ts').State} */"), [""; 0]);
    assert_eq!(faults_of("state/reducer.js", "export { text } from '../words/index.js'").len(), 1);
    for elsewhere in ["react", "https://example.org/react.js", "//example.org/react.js", "/vendor/react.js"] {
        assert_eq!(faults_of("main.js", &format!("import x from '{elsewhere}'")).len(), 1, "{elsewhere}");
        assert_eq!(faults_of("main.js", &format!("await import(\"{elsewhere}\")")).len(), 1, "{elsewhere}");
    }
    assert_eq!(faults_of("ui/parts/call.js", "const s = new WebSocket(url)").len(), 1);
    assert_eq!(faults_of("ui/parts/call.js", " * speaks of a WebSocket\nf() // WebSocket"), [""; 0]);
    assert_eq!(faults_of("index.html", "<script src=\"https://example.org/x.js\"></script>").len(), 1);
    assert_eq!(faults_of("style/tokens.css", "@import url(http://example.org/x.css)").len(), 1);
    assert_eq!(faults_of("index.html", "<svg xmlns=\"http://www.w3.org/2000/svg\">"), [""; 0]);
    assert_eq!(faults_of("attic.js", "").len(), 1, "a file that is not in the picture");
}
