use super::*;
use ts_rs::TS;

/// What the page's type checker knows of the protocol is what this file says, nothing else.
///
/// Like rust-analyzer's generated files: the test writes the file and fails when it had to.
#[test]
fn the_pages_types_are_those_of_this_file() {
    let mut text =
        String::from("// Written by a test of src/protocol.rs (cargo test protocol). Do not edit.\n");
    let config = ts_rs::Config::default();
    macro_rules! declare { ($($type:ty),+ $(,)?) => {$(
        text.push_str("\nexport ");
        text.push_str(&<$type>::decl(&config));
        text.push('\n');
    )+}; }
    declare!(
        PersonId,
        RoomId,
        InvitationId,
        KnockId,
        ClientMessage,
        ServerMessage,
        Person,
        Status,
        Availability,
        Room,
        Member,
        MediaState,
        Reaction,
        Invited,
        Progress,
        Knocking,
        DeclineReason,
        Outcome,
        KnockOutcome,
        RoomEndReason,
        SpaceEndReason,
        Signal,
        Description,
        DescriptionKind,
        Candidate,
        TurnAccess,
        OfferRequest,
        Tile,
        Source,
        Side,
        Overload,
        Link,
        Picture,
        Seat,
        Ice,
        IceServer,
        ErrorCode,
    );
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www/server/protocol.d.ts");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    if old != text {
        std::fs::write(&path, &text).expect("www/ can be written");
        panic!(
            "www/server/protocol.d.ts was out of date and is written anew: run the test again and commit it"
        );
    }
}

/// The examples of `docs/protocol.md` after a fence of that kind.
fn examples(kind: &str) -> Vec<String> {
    let text = include_str!("../../docs/protocol.md");
    let fence = format!("```json {kind}\n");
    text.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The names of all messages, as the page's types have them.
fn kinds(declaration: &str) -> std::collections::BTreeSet<String> {
    let mut kinds: std::collections::BTreeSet<_> = declaration
        .split("{ \"type\": \"")
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    kinds.remove("");
    kinds
}

#[test]
fn every_message_has_an_example_that_is_right() {
    let config = ts_rs::Config::default();
    let mut shown = std::collections::BTreeSet::new();
    for example in examples("page") {
        let message =
            ClientMessage::from_json(&example).unwrap_or_else(|| panic!("not understood: {example}"));
        let again = serde_json::to_value(&message).unwrap();
        shown.insert(again["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(shown, kinds(&ClientMessage::decl(&config)), "what a page may say, and the examples");

    let mut shown = std::collections::BTreeSet::new();
    for example in examples("box") {
        let message: ServerMessage =
            serde_json::from_str(&example).unwrap_or_else(|wrong| panic!("{wrong}: {example}"));
        let mut text = Vec::new();
        message.write_json(&mut text);
        let again: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(
            again,
            serde_json::from_str::<serde_json::Value>(&example).unwrap(),
            "nothing is lost or added"
        );
        shown.insert(again["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(shown, kinds(&ServerMessage::decl(&config)), "what the box may say, and the examples");
}

#[test]
fn what_is_not_a_message_is_not_understood() {
    for nonsense in [
        "",
        "null",
        "{}",
        r#"{"type":"dance"}"#,
        r#"{"type":"react","reaction":"dance"}"#,
        r#"{"type":"invite","to":"72"}"#,
        &"[".repeat(100_000),
    ] {
        assert_eq!(ClientMessage::from_json(nonsense), None);
    }
}
