//! Files that import each other in a circle.

use super::rust::paths;
use super::{Fault, Source};

/// Each file that imports itself by way of others. What a module imports of what is inside of it does not count.
pub(crate) fn faults(sources: &[Source]) -> Vec<Fault> {
    let at = |path: &[String]| {
        (1..=path.len()).rev().find_map(|n| sources.iter().position(|source| source.module() == path[..n]))
    };
    let imports: Vec<Vec<(usize, usize)>> = sources
        .iter()
        .enumerate()
        .map(|(from, source)| {
            let targets =
                paths(source).into_iter().filter_map(|named| Some((at(&named.resolved?)?, named.line)));
            targets
                .filter(|(to, _)| *to != from && !sources[*to].module().starts_with(&source.module()))
                .collect()
        })
        .collect();
    let mut faults = Vec::new();
    for (start, source) in sources.iter().enumerate() {
        for (first, line) in &imports[start] {
            let (mut reached, mut next) = (vec![*first], vec![*first]);
            while let Some(file) = next.pop() {
                let new = imports[file].iter().map(|(to, _)| *to).filter(|to| !reached.contains(to));
                let new: Vec<usize> = new.collect();
                reached.extend(&new);
                next.extend(new);
            }
            if reached.contains(&start) {
                let target = sources[*first].file.display();
                faults.push(
                    source.fault(*line, format!("{target} imports this file, by way of others or itself")),
                );
            }
        }
    }
    faults
}

#[test]
fn finds_a_circle_of_files() {
    let circle = |texts: [&str; 3]| {
        let files = ["web/mod.rs", "web/a.rs", "web/b.rs"];
        let sources: Vec<_> =
            files.iter().zip(texts).map(|(file, text)| Source::new(file, text.to_owned())).collect();
        faults(&sources).iter().map(Fault::to_string).collect::<Vec<_>>()
    };
    assert_eq!(circle(["use self::a::A;", "use super::b::B;", ""]), [""; 0]);
    assert_eq!(
        circle(["use self::a::A;", "pub(in crate::web::b) use super::State;", ""]),
        [""; 0],
        "a module owns what is inside"
    );
    assert_eq!(
        circle(["", "use super::b::B;", "fn f(a: crate::web::a::A) {}"]),
        [
            "web/a.rs:1: web/b.rs imports this file, by way of others or itself",
            "web/b.rs:1: web/a.rs imports this file, by way of others or itself"
        ]
    );
}
