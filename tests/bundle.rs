//! The modules of the page are put together for the binary: what each imports and exports stays what it was.

#[path = "../tools/bundle.rs"]
mod bundle;

use std::collections::BTreeMap;

fn bundled(modules: &[(&str, &str)]) -> BTreeMap<String, String> {
    let rest = [("ui/screens/home.js", "export const home = 1"), ("call/media.js", "export const media = 1")];
    let all = rest.iter().chain(modules).map(|(path, text)| (path.to_string(), text.to_string()));
    bundle::bundle(&all.collect())
}

#[test]
fn a_module_comes_before_those_who_need_it_and_only_once() {
    let served = bundled(&[
        (
            "main.js",
            "import { tell } from './ui/tell.js'\nimport { word as said } from './words.js'\ntell(said)",
        ),
        ("ui/tell.js", "import { word } from '../words.js'\nexport function tell() { return word }"),
        ("words.js", "export const word = 'hello'\n\nconst own = 1\nexport * from './more.js'"),
        ("more.js", "import all from './all.js'\nvar a=all;export{a as more,a as default};"),
        ("all.js", "import*as R from\"./r.js\";export{R as default};"),
        ("r.js", "export async function r() {}\nexport class Q {}"),
    ]);
    assert_eq!(served.keys().collect::<Vec<_>>(), ["call/media.js", "main.js", "ui/screens/home.js"]);
    assert_eq!(
        served["main.js"],
        "const $4 = (() => {\nasync function r() {}\nclass Q {}\nreturn { r, Q }\n})();\n\
         const $0 = (() => {\nconst R = $4;\nreturn { default: R }\n})();\n\
         const $3 = (() => {\nconst all = $0.default;\nvar a=all;\nreturn { more: a, default: a }\n})();\n\
         const $7 = (() => {\nconst word = 'hello'\nconst own = 1\n\nreturn { word, ...$3 }\n})();\n\
         const $6 = (() => {\nconst { word } = $7;\nfunction tell() { return word }\nreturn { tell }\n})();\n\
         const { tell } = $6;\nconst { word: said } = $7;\ntell(said)\n"
    );
}

#[test]
fn what_comes_later_takes_what_is_there_from_where_it_is() {
    let served = bundled(&[
        ("main.js", "import './ui/lazy.js'"),
        (
            "ui/lazy.js",
            "import { h } from './h.js'\nconst come = () => import('./part.js')\nconst go = () => import('../far.js')",
        ),
        ("ui/h.js", "export const h = 1"),
        (
            "ui/part.js",
            "import { h } from './h.js'\nimport { beside } from './beside.js'\nexport const part = h + beside",
        ),
        ("ui/beside.js", "export const beside = 2"),
        ("far.js", "export const far = 3"),
    ]);
    assert!(
        served["main.js"]
            .contains("const come = () => import('./ui/part.js')\nconst go = () => import('./far.js')"),
        "{}",
        served["main.js"]
    );
    assert!(served["main.js"].ends_with("\nexport { $4 }\n"), "{}", served["main.js"]);
    assert_eq!(
        served["ui/part.js"],
        "import { $4 } from '../main.js'\nconst { h } = $4;\n\
         import { beside } from './beside.js'\nexport const part = h + beside\n"
    );
    assert_eq!(served["ui/beside.js"], "export const beside = 2\n");
}

#[test]
#[should_panic(expected = "need each other")]
fn circles_are_refused() {
    bundled(&[
        ("main.js", "import { a } from './a.js'"),
        ("a.js", "import { b } from './b.js'\nexport const a = 1"),
        ("b.js", "import { a } from './a.js'\nexport const b = 1"),
    ]);
}

#[test]
#[should_panic(expected = "an export of another kind")]
fn exports_that_may_change_are_refused() {
    bundled(&[("main.js", "import { a } from './a.js'"), ("a.js", "export let a = 1")]);
}
