//! Wizyjno Godka: one binary that lets everybody on a local network video-call each other.
//!
//! A pure core decides, a thin shell acts. Reading order:
//!
//! - pure: [`ids`], [`relay`] (what is asked of the relay and told of it), [`protocol`] (everything that is said
//!   on the wire), [`lobby`] (who is here, who calls whom, who is in which room), [`sfu`] (whose sound and picture
//!   goes to whom), [`turn`] (media through TLS), [`mdns_query`] (one question and its answer),
//!   `ice_servers` (how pages meet over the internet), `hosts`, `language`;
//! - shell: [`command`] and [`config`] (what is asked for), [`log`], `hub` (the task that owns the lobby),
//!   `outbox` (what waits for one page), [`media`] (the threads that own the relay and its sockets), `web` (TCP →
//!   TLS → HTTP → WebSocket), `connection_limiter` and `pin_auth` (how many may connect, and who may say hello),
//!   [`tls`] (the local authority), [`addresses`], [`discovery`] (the name on the network), `metrics`, `banner`,
//!   `files` (bounded reading);
//! - [`run`] in `app` starts, runs and stops all of it, with `listeners` (the ports) and `reload` (SIGHUP);
//!   [`ca`], [`doctor`] and [`service`] are the other commands.
// The shell is where the clock is read; the pure half turns the lint on.
#![allow(clippy::disallowed_methods)]

#[warn(clippy::disallowed_methods)]
mod ice_servers;
#[warn(clippy::disallowed_methods)]
pub mod ids;
#[warn(clippy::disallowed_methods)]
pub mod lobby;
#[warn(clippy::disallowed_methods)]
pub mod protocol;
#[warn(clippy::disallowed_methods)]
pub mod relay;
#[warn(clippy::disallowed_methods)]
pub mod sfu;
#[warn(clippy::disallowed_methods)]
mod space_name;
#[warn(clippy::disallowed_methods)]
mod token_bucket;
#[warn(clippy::disallowed_methods)]
pub mod turn;

pub mod addresses;
mod app;
mod banner;
pub mod ca;
pub mod command;
pub mod config;
mod connection_limiter;
pub mod discovery;
pub mod doctor;
mod files;
mod hosts;
mod hub;
mod language;
mod listeners;
pub mod log;
#[doc(hidden)] // to be seen by fuzz/ only
pub mod mdns_query;
pub mod media;
mod metrics;
mod outbox;
mod pin_auth;
mod reload;
pub mod service;
mod spaces;
pub mod tls;
mod web;

#[doc(hidden)] // to be seen by fuzz/ only
pub use web::fuzzing as http_fuzzing;

pub use app::{StartError, run};
