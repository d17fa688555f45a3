//! What a page hears that shows how the call is.

use crate::common::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_member_hears_how_everybodys_way_to_the_box_is() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    ann.say(json!({"type": "ask_links"})).await;
    assert_eq!(ann.hear("error").await["code"], "not_in_room");

    ann.call(&mut bob).await;
    bob.say(json!({"type": "rest_relay", "rest": true})).await;
    // Bob's page and Ann's speak to the same thread, but by way of two sockets: ask until it has come.
    let told = loop {
        ann.say(json!({"type": "ask_links"})).await;
        let told = ann.hear("links").await;
        if told["links"].as_array().is_some_and(|links| links.iter().any(|link| link["direct"] == true)) {
            break told;
        }
    };
    let links = told["links"].as_array().expect("links");
    let people: Vec<_> = links.iter().map(|link| link["person"].as_u64().expect("an id")).collect();
    assert_eq!(people, [ann.id, bob.id]);
    assert_eq!((&links[0]["direct"], &links[1]["direct"]), (&json!(false), &json!(true)));
    assert_eq!(links[0]["up_loss"], 0.0);
    assert_eq!(told["strain"], "none");
    bob.has_not_heard("links").await;
}
