//! Links the modules of the page into a few files, for the build, and makes them small: a browser that has to
//! ask for half a hundred files, some of which it learns of only from others, shows the start later, and
//! together they compress better.
//!
//! oxc parses, renames and prints. Each module becomes a function that is called at once and returns what the
//! module exports, in the order in which the browser would run them:
//!
//! ```js
//! const $62 = (() => {
//! const { createElement } = $91;
//! const h = createElement
//! return { h }
//! })();
//! ```
//!
//! So an export is a snapshot, and modules cannot need each other in a circle; both is refused.

pub mod stylesheet;
#[cfg(test)]
mod tests;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Declaration, ExportDefaultDeclarationKind, Statement, VariableDeclarationKind};
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_mangler::Mangler;
use oxc_parser::{Parser, ParserReturn};
use oxc_span::{GetSpan, SourceType, Span};
use oxc_syntax::module_record::{ExportExportName, ImportImportName};
use std::collections::{BTreeMap, BTreeSet};

/// The entries, in the order in which the page loads them: a module goes into the first of these that needs
/// it before it can run. What none of them needs stays a file of its own.
const BUNDLES: [&str; 3] = ["main.js", "ui/screens/home.js", "call/media.js"];

/// What `export default` exports.
const DEFAULT: &str = "$default";

/// The files to be served, from the page's scripts, both by their path in `www/`.
///
/// # Panics
///
/// When a script is not a module that can be linked; the message names it.
pub fn link(scripts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let allocator = Allocator::default();
    let modules =
        scripts.iter().map(|(path, script)| (path.as_str(), parse(&allocator, path, script))).collect();
    let mut page = Page { scripts, modules, homes: BTreeMap::new() };
    let mut files = Vec::new();
    for entry in BUNDLES {
        let mut order = Vec::new();
        page.gather(entry, entry, &mut order);
        files.push((entry, order));
    }
    let alone = scripts.keys().filter(|path| !page.homes.contains_key(*path));
    files.extend(alone.map(|path| (path.as_str(), vec![path.clone()])));
    files.iter().map(|(file, modules)| (file.to_string(), page.file(file, modules))).collect()
}

/// The script without comments and spaces, and with short names for what only it can see. Else it stays as it
/// was written: its syntax is no newer than the page's own.
pub fn minify(path: &str, script: &str) -> String {
    let allocator = Allocator::default();
    let program = parse(&allocator, path, script).program;
    let names = Mangler::new().build(&program);
    Codegen::new()
        .with_options(CodegenOptions::minify())
        .with_scoping(Some(names.scoping))
        .with_private_member_mappings(Some(names.class_private_mappings))
        .build(&program)
        .code
}

fn parse<'a>(allocator: &'a Allocator, path: &str, script: &'a str) -> ParserReturn<'a> {
    let parsed = Parser::new(allocator, script, SourceType::mjs()).parse();
    assert!(parsed.diagnostics.is_empty(), "{path}: {:?}", parsed.diagnostics);
    parsed
}

struct Page<'a> {
    scripts: &'a BTreeMap<String, String>,
    modules: BTreeMap<&'a str, ParserReturn<'a>>,
    /// The bundle that a module is in.
    homes: BTreeMap<String, &'static str>,
}

impl Page<'_> {
    /// Appends to `order` every module that `path` needs, itself last, unless an earlier bundle has it.
    fn gather(&mut self, path: &str, bundle: &'static str, order: &mut Vec<String>) {
        if self.homes.contains_key(path) {
            return;
        }
        self.homes.insert(path.to_owned(), bundle);
        for (_, needed) in self.requests(path) {
            assert!(
                self.modules.contains_key(needed.as_str()),
                "{path} imports {needed}, which is not there"
            );
            self.gather(&needed, bundle, order);
            assert!(
                self.homes[&needed] != bundle || order.contains(&needed),
                "{path} and {needed} need each other"
            );
        }
        order.push(path.to_owned());
    }

    /// The paths that a module imports, or exports from, before it runs, each with the statement that does
    /// so, in the order in which they stand.
    fn requests(&self, path: &str) -> Vec<(Span, String)> {
        let requested = self.modules[path].module_record.requested_modules.iter();
        let mut requests: Vec<_> = requested
            .flat_map(|(address, all)| all.iter().map(|one| (one.statement_span, resolve(path, address))))
            .collect();
        requests.sort_by_key(|(statement, _)| statement.start);
        requests
    }

    /// One file with those modules, of which the last one is what the file is asked for.
    fn file(&self, file: &str, modules: &[String]) -> String {
        let (entry, rest) = modules.split_last().expect("a file has a module");
        let mut whole = String::new();
        for (home, names) in self.borrowed(modules.iter().map(String::as_str)) {
            if home != file {
                whole.push_str(&format!("import {{ {names} }} from '{}'\n", relative(file, home)));
            }
        }
        for path in rest {
            let (module, body, exports) = (self.name(path), self.body(file, path), self.exports(path));
            whole.push_str(&format!("const {module} = (() => {{\n{body}\nreturn {{ {exports} }}\n}})();\n"));
        }
        // At the top of the file it may wait, and export.
        whole.push_str(&self.body(file, entry));
        let others = self
            .modules
            .keys()
            .copied()
            .filter(|path| self.homes.get(*path).is_none_or(|home| *home != file));
        if let Some(names) = self.borrowed(others).remove(file) {
            whole.push_str(&format!("\nexport {{ {names} }}\n"));
        }
        whole
    }

    /// The names of the modules that those modules import from bundles, by bundle.
    fn borrowed<'m>(&self, modules: impl Iterator<Item = &'m str>) -> BTreeMap<&'static str, String> {
        let mut borrowed: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (_, needed) in modules.flat_map(|path| self.requests(path)) {
            if let Some(home) = self.homes.get(&needed) {
                borrowed.entry(*home).or_default().insert(self.name(&needed));
            }
        }
        borrowed.into_iter().map(|(home, names)| (home, Vec::from_iter(names).join(", "))).collect()
    }

    /// The module as it stands in that file: after what it imports, which in a module comes first wherever it
    /// stands.
    fn body(&self, file: &str, path: &str) -> String {
        let module = &self.modules[path];
        let mut body = String::new();
        let mut edits = Vec::new();
        for (statement, needed) in self.requests(path) {
            if let Some(home) = self.homes.get(&needed) {
                assert_ne!(*home, needed, "{path} imports {needed}, which is loaded by itself");
                edits.push((statement, String::new()));
            }
        }
        for import in &module.module_record.import_entries {
            let needed = resolve(path, &import.module_request.name);
            if self.homes.contains_key(&needed) {
                let exported = match &import.import_name {
                    ImportImportName::Name(exported) => format!(".{}", exported.name),
                    ImportImportName::Default(_) => ".default".to_owned(),
                    ImportImportName::NamespaceObject => String::new(),
                };
                body.push_str(&format!(
                    "const {} = {}{exported};\n",
                    import.local_name.name,
                    self.name(&needed)
                ));
            }
        }
        if file != path {
            edits.extend(module.program.body.iter().filter_map(|statement| unexported(path, statement)));
        }
        for import in &module.module_record.dynamic_imports {
            let address = import.module_request.source_text(&self.scripts[path]).trim_matches(['\'', '"']);
            let needed = resolve(path, address);
            let home = self.homes.get(&needed);
            assert!(
                home.is_none_or(|home| *home == needed),
                "{path}: import() of {needed}, a part of {home:?}"
            );
            assert!(
                self.modules.contains_key(needed.as_str()),
                "{path}: import() of {address}, which is not there"
            );
            edits.push((import.module_request, format!("'{}'", relative(file, &needed))));
        }
        body + &edited(&self.scripts[path], edits)
    }

    /// The inside of the object that the function of a module returns.
    fn exports(&self, path: &str) -> String {
        let record = &self.modules[path].module_record;
        assert!(
            record.indirect_export_entries.is_empty(),
            "{path}: an export of another kind: of what it imports"
        );
        let own = record.local_export_entries.iter().map(|export| {
            match (&export.export_name, export.local_name.name()) {
                (ExportExportName::Name(exported), Some(local)) => format!("{}: {local}", exported.name),
                _ => format!("default: {DEFAULT}"),
            }
        });
        let all = record.star_export_entries.iter().filter_map(|export| export.module_request.as_ref());
        let all = all.map(|needed| format!("...{}", self.name(&resolve(path, &needed.name))));
        own.chain(all).collect::<Vec<_>>().join(", ")
    }

    /// The object that holds the exports of a module: its number, because files export and import it by this
    /// name.
    fn name(&self, path: &str) -> String {
        let number = self.modules.keys().position(|module| *module == path);
        format!("${}", number.expect("gather has found it"))
    }
}

/// What takes the place of which part of a statement so that it declares what it exports, and no more.
fn unexported(path: &str, statement: &Statement) -> Option<(Span, String)> {
    let keywords = |declaration: Span| Span::new(statement.span().start, declaration.start);
    match statement {
        Statement::ExportNamedDeclaration(list) => Some((list.span, String::new())),
        Statement::ExportDeclaration(export) => {
            if let Declaration::VariableDeclaration(variables) = &export.declaration {
                let constant = variables.kind == VariableDeclarationKind::Const;
                assert!(constant, "{path}: an export of another kind: it may change");
            }
            Some((keywords(export.declaration.span()), String::new()))
        }
        Statement::ExportDefaultDeclaration(export) => {
            use ExportDefaultDeclarationKind::{ClassDeclaration, FunctionDeclaration};
            let named = matches!(export.declaration, ClassDeclaration(_) | FunctionDeclaration(_));
            assert!(!named, "{path}: an export of another kind: a default that may have a name");
            Some((keywords(export.declaration.span()), format!("const {DEFAULT} = ")))
        }
        _ => None,
    }
}

/// The script with those parts of it replaced.
fn edited(script: &str, mut edits: Vec<(Span, String)>) -> String {
    edits.sort_by_key(|(part, _)| part.start);
    let (mut whole, mut end) = (String::with_capacity(script.len()), 0);
    for (part, instead) in edits {
        whole.push_str(&script[end..part.start as usize]);
        whole.push_str(&instead);
        end = part.end as usize;
    }
    whole + &script[end..]
}

/// The path in `www/` of a relative address in that module.
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
