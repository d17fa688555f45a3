//! What each module imports and exports stays what it was, and nothing but comments, spaces and names
//! changes.

use super::{link, minify, stylesheet};
use std::collections::BTreeMap;

fn linked(modules: &[(&str, &str)]) -> BTreeMap<String, String> {
    let rest = [("ui/screens/home.js", "export const home = 1"), ("call/media.js", "export const media = 1")];
    link(&rest.iter().chain(modules).map(|(path, text)| (path.to_string(), text.to_string())).collect())
}

#[test]
fn a_module_comes_before_those_who_need_it_and_only_once() {
    let served = linked(&[
        (
            "main.js",
            "import { tell } from './ui/tell.js'\nimport { word as said } from './words.js'\ntell(said)",
        ),
        ("ui/tell.js", "import { word } from '../words.js'\nexport function tell() { return word }"),
        ("words.js", "export const word = 'hello', [own] = [1]\nexport * from './more.js'"),
        ("more.js", "import all from './all.js'\nvar a=all;export{a as more,a as default};"),
        ("all.js", "before();import*as R from\"./r.js\";export default { R }"),
        ("r.js", "export async function r() {}\nexport class Q {}"),
    ]);
    assert_eq!(served.keys().collect::<Vec<_>>(), ["call/media.js", "main.js", "ui/screens/home.js"]);
    assert_eq!(
        served["main.js"],
        "const $4 = (() => {\nasync function r() {}\nclass Q {}\nreturn { r: r, Q: Q }\n})();\n\
         const $0 = (() => {\nconst R = $4;\nbefore();const $default = { R }\nreturn { default: $default }\n})();\n\
         const $3 = (() => {\nconst all = $0.default;\n\nvar a=all;\nreturn { more: a, default: a }\n})();\n\
         const $7 = (() => {\nconst word = 'hello', [own] = [1]\n\n\
         return { word: word, own: own, ...$3 }\n})();\n\
         const $6 = (() => {\nconst word = $7.word;\n\nfunction tell() { return word }\n\
         return { tell: tell }\n})();\n\
         const tell = $6.tell;\nconst said = $7.word;\n\n\ntell(said)"
    );
}

#[test]
fn what_comes_later_takes_what_is_there_from_where_it_is() {
    let served = linked(&[
        ("main.js", "import './ui/lazy.js'\nexport const main = 1"),
        (
            "ui/lazy.js",
            "import { h } from './h.js'\nh(() => import('./part.js'), () => import(\"../far.js\"))",
        ),
        ("ui/h.js", "export const h = 1"),
        (
            "ui/part.js",
            "import { h } from './h.js'\nimport { by } from './by.js'\nexport const part = h + by",
        ),
        ("ui/by.js", "export const by = 2"),
        ("far.js", "export const far = 3"),
    ]);
    assert_eq!(
        served["main.js"],
        "const $4 = (() => {\nconst h = 1\nreturn { h: h }\n})();\n\
         const $5 = (() => {\nconst h = $4.h;\n\nh(() => import('./ui/part.js'), () => import('./far.js'))\n\
         return {  }\n})();\n\nexport const main = 1\nexport { $4 }\n"
    );
    assert_eq!(
        served["ui/part.js"],
        "import { $4 } from '../main.js'\nconst h = $4.h;\n\
         \nimport { by } from './by.js'\nexport const part = h + by"
    );
    assert_eq!(served["ui/by.js"], "export const by = 2");
}

/// What a search for `import`, quotes, backticks or slashes would take for something else.
const TRICKY: &str = r#"// an unbalanced ` and import { no } from './no.js'
import { h } from './h.js' /* ` */ ; /** @type {import('./no.js').No} */
const text = `// not a comment ${h(`/* nor this */ import('./no.js')`)}
    indented // "text"
`, address = 'https://example/', slash = /[/*`'"]\//g // `
/* export { text } */ export const half = 4 / 2 / h, later = () => import(/* ` */ './late.js')
const said = "import { no } from './no.js'" + '//'; export { said as words, text, address, slash }
"#;

#[test]
fn only_code_is_taken_for_code() {
    let served = linked(&[
        ("main.js", "import { words } from './tricky.js'\nwords"),
        ("tricky.js", TRICKY),
        ("h.js", "export const h = text => text"),
        ("late.js", ""),
    ]);
    let linked = &served["main.js"];
    assert!(
        linked.contains("const h = $1.h;\n// an unbalanced ` and import { no } from './no.js'\n /** @type {"),
        "{linked}"
    );
    assert!(
        linked.contains(
            "/* export { text } */ const half = 4 / 2 / h, later = () => import(/* ` */ './late.js')"
        )
    );
    assert!(linked.contains(
        "return { half: half, later: later, words: said, text: text, address: address, slash: slash }"
    ));
}

#[test]
fn nothing_but_comments_spaces_and_own_names_goes() {
    assert_eq!(
        minify("tricky.js", TRICKY),
        "import{h as e}from\"./h.js\";const t=`// not a comment ${e(`/* nor this */ import('./no.js')`)}\n    \
         indented // \"text\"\n`,n=`https://example/`,r=/[/*`'\"]\\//g;export const half=4/2/e,later=()=>import(`./late.js`);\
         const i=`import { no } from './no.js'`+`//`;export{i as words,t as text,n as address,r as slash};"
    );
    let script =
        "class Box { #kept = 1; get kept() { return this.#kept } }\nself.made = { Box, length: 2 ** 3 }";
    assert_eq!(
        minify("box.js", script),
        "class e{#e=1;get kept(){return this.#e}}self.made={Box:e,length:2**3};"
    );
}

#[test]
#[should_panic(expected = "need each other")]
fn circles_are_refused() {
    linked(&[
        ("main.js", "import { a } from './a.js'"),
        ("a.js", "import { b } from './b.js'\nexport const a = 1"),
        ("b.js", "import { a } from './a.js'\nexport const b = 1"),
    ]);
}

#[test]
#[should_panic(expected = "an export of another kind")]
fn exports_that_may_change_are_refused() {
    linked(&[("main.js", "import { a } from './a.js'"), ("a.js", "export let a = 1")]);
}

#[test]
#[should_panic(expected = "main.js: ")]
fn what_cannot_be_parsed_is_refused() {
    linked(&[("main.js", "const text = `")]);
}

#[test]
fn a_sheet_loses_comments_and_indentation_alone() {
    let sheet =
        "/* it's */\na {\n  content: '/* kept \\' */'; /*/ gone */\n}\n\n.b\\'c::after { content: \"//\" }\n";
    assert_eq!(
        stylesheet::minify(sheet),
        "a {\ncontent: '/* kept \\' */';\n}\n.b\\'c::after { content: \"//\" }\n"
    );
}
