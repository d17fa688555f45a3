//! Wizyjno Godka: one binary that lets everybody on a local network video-call each other.
//!
//! Reading order:
//!
//! - [`ids`], [`protocol`]: the nouns, and everything that is said on the wire.
//! - [`tls`]: the local authority, and the certificate that is served.
#![forbid(unsafe_code)]

pub mod ids;
pub mod protocol;
pub mod tls;
mod web;
