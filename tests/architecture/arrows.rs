//! The lists of who may import whom, read from `docs/architecture.md`: the document is the rule.

use std::sync::LazyLock;

/// Each module, or beginning of a path, with those it may import; from top to bottom.
pub(crate) type Arrows = Vec<(&'static str, Vec<&'static str>)>;

pub(crate) static BINARY: LazyLock<Arrows> = LazyLock::new(|| listed("### In the binary"));

pub(crate) static PAGE: LazyLock<Arrows> = LazyLock::new(|| listed("### On the page"));

/// The list in the first block of code below a heading of the document.
fn listed(heading: &str) -> Arrows {
    let (_, section) =
        include_str!("../../docs/architecture.md").split_once(heading).expect("the heading is there");
    let block = section.split("```").nth(1).and_then(|block| block.strip_prefix("text\n"));
    parsed(block.expect("a block of code is below it"))
}

/// `name → target, target` a line; one that begins with a blank goes on with the targets of the line above.
fn parsed(block: &'static str) -> Arrows {
    let mut arrows = Arrows::new();
    for line in block.lines() {
        let (name, targets) = line.split_once('→').unwrap_or(("", line));
        let targets = targets.split(',').map(str::trim).filter(|target| !matches!(*target, "" | "nothing"));
        if line.starts_with(' ') {
            arrows.last_mut().expect("a name stands above").1.extend(targets);
        } else {
            arrows.push((name.trim(), targets.collect()));
        }
    }
    arrows
}

#[test]
fn a_list_goes_on_below() {
    assert_eq!(
        parsed("web → hub, tls,\n      ids\nids → nothing\n"),
        [("web", vec!["hub", "tls", "ids"]), ("ids", vec![])]
    );
    assert!(BINARY.len() > 20 && PAGE.len() > 10, "the document's lists are read");
}
