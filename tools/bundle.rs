//! Puts the modules of the page together, for the build: a browser that has to ask for half a hundred small files, some
//! of which it learns of only from others, shows the start later, and together they pack better.
//!
//! It understands the modules of `www/` and no others: one import a line, with names or for its effect; `export` before
//! what is declared, or one list of names at the end; nothing that is imported changes later; no circles. Each module
//! becomes a function that is called at once and gives what it exports:
//!
//! ```js
//! const $62 = (() => {
//! const { createElement } = $91;
//! const h = createElement
//! return { h }
//! })();
//! ```

use std::collections::{BTreeMap, BTreeSet};

/// What is there first comes first: a module goes into the first of these that needs it before it can run. What none
/// of them needs stays a file of its own.
const BUNDLES: [&str; 3] = ["main.js", "ui/screens/home.js", "call/media.js"];

/// The scripts of the page by their path in `www/`, as they lie there; returns those that are to be served.
pub(crate) fn bundle(scripts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut homes = BTreeMap::new();
    let mut bundles = Vec::new();
    for bundle in BUNDLES {
        let mut order = Vec::new();
        gather(scripts, bundle, &mut homes, bundle, &mut order);
        bundles.push((bundle, order));
    }
    let page = Page { scripts, homes };
    let mut served = BTreeMap::new();
    for (bundle, order) in bundles {
        served.insert(bundle.to_owned(), page.together(bundle, &order));
    }
    for path in scripts.keys().filter(|path| !page.homes.contains_key(path.as_str())) {
        served.insert(path.clone(), page.together(path, &[path.as_str()]));
    }
    served
}

/// Every module that `path` needs, itself last, unless an earlier bundle has it.
fn gather<'a>(
    scripts: &'a BTreeMap<String, String>,
    path: &'a str,
    homes: &mut BTreeMap<&'a str, &'static str>,
    bundle: &'static str,
    order: &mut Vec<&'a str>,
) {
    if homes.contains_key(path) {
        return;
    }
    homes.insert(path, bundle);
    for import in imports(path, &scripts[path]) {
        let (needed, _) = scripts.get_key_value(&import.from).unwrap_or_else(|| {
            panic!("{path} imports {}, which is not there", import.from);
        });
        gather(scripts, needed, homes, bundle, order);
        assert!(
            order.contains(&needed.as_str()) || homes[needed.as_str()] != bundle,
            "{path} and {needed} need each other"
        );
    }
    order.push(path);
}

struct Page<'a> {
    scripts: &'a BTreeMap<String, String>,
    /// The bundle that a module is in.
    homes: BTreeMap<&'a str, &'static str>,
}

impl Page<'_> {
    /// One file: those modules, of which the last one is what the file is asked for.
    fn together(&self, file: &str, modules: &[&str]) -> String {
        let (entry, rest) = modules.split_last().expect("a file has a module");
        let mut whole = String::new();
        for (home, names) in self.borrowed(file, modules) {
            whole.push_str(&format!("import {{ {} }} from '{}'\n", names.join(", "), relative(file, home)));
        }
        for module in rest {
            let body = self.body(file, module);
            let exports = self.exports(module);
            whole.push_str(&format!(
                "const {} = (() => {{\n{body}return {{ {exports} }}\n}})();\n",
                self.name(module)
            ));
        }
        // It is at the top of the file, so that it may wait, and export.
        whole.push_str(&self.body(file, entry));
        let lent: Vec<_> =
            rest.iter().filter(|module| self.is_lent(file, module)).map(|module| self.name(module)).collect();
        if !lent.is_empty() {
            whole.push_str(&format!("export {{ {} }}\n", lent.join(", ")));
        }
        whole
    }

    /// Whether a module outside of the file needs that one.
    fn is_lent(&self, file: &str, module: &str) -> bool {
        self.scripts.iter().any(|(other, script)| {
            let elsewhere = self.homes.get(other.as_str()).is_none_or(|home| *home != file);
            elsewhere && imports(other, script).iter().any(|import| import.from == module)
        })
    }

    /// What the modules of a file need from bundles, by bundle.
    fn borrowed(&self, file: &str, modules: &[&str]) -> BTreeMap<&'static str, Vec<String>> {
        let mut borrowed: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for module in modules {
            for import in imports(module, &self.scripts[*module]) {
                match self.homes.get(import.from.as_str()) {
                    Some(home) if *home != file => {
                        borrowed.entry(home).or_default().insert(self.name(&import.from));
                    }
                    _ => {}
                }
            }
        }
        borrowed.into_iter().map(|(home, names)| (home, names.into_iter().collect())).collect()
    }

    /// The module as it stands in that file.
    fn body(&self, file: &str, module: &str) -> String {
        let entry = file == module;
        let mut body = String::new();
        for line in self.scripts[module].lines() {
            if line.is_empty() {
                continue;
            }
            let line = match Import::read(module, line) {
                Some(import) => match self.homes.get(import.from.as_str()) {
                    Some(home) if *home == import.from => {
                        panic!("{module} imports {}, which is there for itself", import.from)
                    }
                    Some(_) => import.rewritten(line, &self.name(&import.from)),
                    None => line.to_owned(),
                },
                None => line.to_owned(),
            };
            let line = if entry { &line } else { declared(&line).1 };
            body.push_str(&self.later(file, module, line));
            body.push('\n');
        }
        body
    }

    /// What is asked for later is asked for from where the file lies.
    fn later(&self, file: &str, module: &str, line: &str) -> String {
        let mut parts = line.split("import('.");
        let mut whole = parts.next().expect("a line has a beginning").to_owned();
        for part in parts {
            let (path, rest) = part.split_once('\'').expect("the path has an end");
            let path = resolve(module, &format!(".{path}"));
            let home = self.homes.get(path.as_str());
            assert!(
                home.is_none_or(|home| *home == path),
                "{path} is asked for later, but is a part of {home:?}"
            );
            whole.push_str(&format!("import('{}'{rest}", relative(file, &path)));
        }
        whole
    }

    /// What a module gives, as the inside of an object.
    fn exports(&self, module: &str) -> String {
        let script = &self.scripts[module];
        let mut given = Vec::new();
        for line in script.lines() {
            match (declared(line).0, line.rsplit_once("export{")) {
                (Some(name), _) => given.push(name),
                (None, Some((_, list))) => {
                    let list = list.strip_suffix("};").expect("the list of exports is the end");
                    given.extend(list.split(',').map(|export| match export.split_once(" as ") {
                        Some((own, name)) => format!("{name}: {own}"),
                        None => export.to_owned(),
                    }));
                }
                _ => {}
            }
        }
        let again = imports(module, script).into_iter().filter(|import| import.again);
        given.extend(again.map(|import| format!("...{}", self.name(&import.from))));
        given.join(", ")
    }

    /// What a module is called in the files: its number, because names cost more than they tell there.
    fn name(&self, module: &str) -> String {
        let number = self.scripts.keys().position(|path| path == module).expect("it is one of them");
        format!("${number}")
    }
}

struct Import<'a> {
    /// The path in `www/`.
    from: String,
    /// From the word to the path's end.
    whole: &'a str,
    /// `{ a, b as c }`, `a`, `* as a` or nothing.
    names: &'a str,
    /// It is handed on to whoever imports the module.
    again: bool,
}

impl<'a> Import<'a> {
    /// In a minified module it may stand anywhere in the line.
    fn read(module: &str, line: &'a str) -> Option<Import<'a>> {
        let again = line.starts_with("export * from ");
        let start = if again || line.starts_with("import ") { 0 } else { line.find("import*as ")? };
        let from = line[start..].find(['\'', '"'])? + start;
        let end = line[from + 1..].find(['\'', '"'])? + from + 1;
        let names = line[start + "import".len()..from].trim().trim_end_matches("from").trim();
        Some(Import { from: resolve(module, &line[from + 1..end]), whole: &line[start..=end], names, again })
    }

    /// The line, with the names taken from the module beside it.
    fn rewritten(&self, line: &str, module: &str) -> String {
        let taken = match self.names {
            _ if self.again => String::new(),
            "" => String::new(),
            names if names.starts_with('{') => format!("const {} = {module};", names.replace(" as ", ": ")),
            names if names.starts_with('*') => {
                format!("const {} = {module}", names.trim_start_matches("*as ").trim())
            }
            default => format!("const {default} = {module}.default;"),
        };
        line.replacen(self.whole, &taken, 1)
    }
}

fn imports<'a>(module: &str, script: &'a str) -> Vec<Import<'a>> {
    script.lines().filter_map(|line| Import::read(module, line)).collect()
}

/// What the line declares for others, and the line without saying so.
fn declared(line: &str) -> (Option<String>, &str) {
    if let Some((before, _)) = line.rsplit_once("export{") {
        return (None, before);
    }
    let Some(declaration) = line.strip_prefix("export ").filter(|rest| !rest.starts_with("* ")) else {
        return (None, line);
    };
    let mut words = declaration.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let name = words.find(|word| !["async", "function", "const", "class"].contains(word));
    let name = name.filter(|name| !name.is_empty() && *name != "default" && *name != "let");
    (Some(name.unwrap_or_else(|| panic!("an export of another kind: {line}")).to_owned()), declaration)
}

/// Where a relative address in that module leads to.
fn resolve(module: &str, address: &str) -> String {
    let mut path: Vec<&str> = module.split('/').collect();
    path.pop();
    for part in address.split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop().expect("inside of www/")),
            part => path.push(part),
        }
    }
    path.join("/")
}

/// How that file addresses another one.
fn relative(file: &str, path: &str) -> String {
    match file.matches('/').count() {
        0 => format!("./{path}"),
        deep => format!("{}{path}", "../".repeat(deep)),
    }
}
