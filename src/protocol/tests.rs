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
        Media,
        Invited,
        Progress,
        Knocking,
        DeclineReason,
        Outcome,
        KnockOutcome,
        Farewell,
        Signal,
        Description,
        DescriptionKind,
        Candidate,
        ErrorCode,
    );
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www/protocol.d.ts");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    if old != text {
        std::fs::write(&path, &text).expect("www/ can be written");
        panic!("www/protocol.d.ts was out of date and is written anew: run the test again and commit it");
    }
}
