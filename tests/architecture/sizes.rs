//! How long files and the page's functions may be: what is longer has parts that can be named. Clippy counts
//! those in Rust (`too_many_lines`).

use super::{Fault, Source};

const FILE_LINES: usize = 450;

const FUNCTION_LINES: usize = 60;

/// Others' code, generated code, and lists of sentences, which have no parts.
const EXCEPT: &[&str] = &["vendor/", "server/protocol.d.ts", "words/"];

/// What opens a block and is no function.
const STATEMENTS: &[&str] = &["if", "for", "while", "switch", "catch", "else", "do", "try", "class"];

pub(crate) fn faults(source: &Source) -> Vec<Fault> {
    let path = source.file.to_str().expect("our file names are ASCII");
    if EXCEPT.iter().any(|start| path.starts_with(start)) {
        return Vec::new();
    }
    let lines: Vec<&str> = source.text.lines().collect();
    let mut faults = Vec::new();
    if lines.len() > FILE_LINES {
        faults.push(source.fault(1, format!("{} lines, more than {FILE_LINES}", lines.len())));
    }
    if !path.ends_with(".js") {
        return faults;
    }
    for (n, line) in lines.iter().enumerate().filter(|(_, line)| opens_function(line)) {
        let end = lines[n + 1..]
            .iter()
            .position(|later| indent(later) == indent(line) && later.trim().starts_with('}'));
        let length = end.map_or(lines.len() - n, |end| end + 2);
        if length > FUNCTION_LINES {
            faults.push(
                source.fault(n + 1, format!("a function of {length} lines, more than {FUNCTION_LINES}")),
            );
        }
    }
    faults
}

/// The page's scripts are indented alike, so a function ends where a `}` stands under the line it begins on.
fn opens_function(line: &str) -> bool {
    let line = line.trim();
    if !line.ends_with('{') || ["//", "*", "/*"].iter().any(|comment| line.starts_with(comment)) {
        return false;
    }
    let first =
        line.trim_start_matches(['}', ' ']).split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    line.ends_with("=> {")
        || line.contains("function ")
        || line.contains("function(")
        || (line.ends_with(") {") && !STATEMENTS.contains(&first))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(file: &str, text: &str) -> Vec<String> {
        faults(&Source::new(file, text.to_owned())).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn finds_what_is_too_long() {
        let body = "  // so\n".repeat(58);
        for opening in ["function f() {", "export async function f(a, b) {", "const f = () => {", "class"] {
            let text = match opening {
                "class" => {
                    format!("class A {{\n  async #f(a) {{\n{}  }}\n}}\n", body.replace("  //", "    //"))
                }
                opening => format!("{opening}\n{body}}}\n"),
            };
            assert_eq!(faults_of("a.js", &text), [""; 0], "{opening}");
            let longer = text.replacen("// so\n", "// so\n\n", 1);
            assert_eq!(faults_of("a.js", &longer).len(), 1, "{opening}");
        }
        assert_eq!(faults_of("a.js", &format!("if (a) {{\n{body}{body}}}\n")), [""; 0]);
        assert_eq!(faults_of("a.js", &format!("for (;;) {{\n{body}{body}}}\n")), [""; 0]);
        assert_eq!(faults_of("words/a.js", &format!("const f = () => {{\n{body}{body}}}\n")), [""; 0]);
        assert_eq!(faults_of("a.css", &"\n".repeat(450)), [""; 0]);
        assert_eq!(faults_of("a.css", &"\n".repeat(451)).len(), 1);
        assert_eq!(faults_of("a.rs", &"\n".repeat(451)).len(), 1);
    }
}
