//! What fuzzing tries: each function takes any bytes at all and fails if something that has to hold does not.
//!
//!     cargo install cargo-fuzz
//!     cargo +nightly fuzz run framing fuzz/corpus/framing fuzz/seeds/framing -- -max_total_time=120
//!
//! `seeds/` has a few inputs for each, those that have found something among them; `tests/fuzz.rs` runs
//! them in every `cargo test`. What a run adds is in `corpus/`, which is not kept.
#![expect(
    clippy::disallowed_methods,
    reason = "a scenario begins at some moment, and moves the clock itself"
)]

mod budget;
mod client_message;
mod demultiplexer;
mod framing;
mod harness;
mod http;
mod multicast_dns;
mod proxies;
mod rewriting;
mod rtcp;
mod sdp;
mod srtcp;
mod turn;

pub use client_message::client_message;
pub use demultiplexer::demultiplexer;
pub use framing::framing;
pub use http::{events_post, http_requests};
pub use multicast_dns::multicast_dns;
pub use proxies::{forwarded, proxy_header};
pub use rewriting::rewriting;
pub use rtcp::{rtcp, rtcp_effects, rtcp_growth};
pub use sdp::sdp;
pub use turn::turn;
