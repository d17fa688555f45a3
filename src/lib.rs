//! Wizyjno Godka: one binary that lets everybody on a local network video-call each other.
//!
//! Reading order:
//!
//! - [`ids`], [`protocol`]: the nouns, and everything that is said on the wire.
//! - [`lobby`]: who is here, who calls whom, who is in which room. Pure.
#![forbid(unsafe_code)]

pub mod ids;
pub mod lobby;
pub mod protocol;
