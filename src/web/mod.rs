//! TCP → TLS → HTTP → WebSocket, by itself or behind a proxy, and the plain-HTTP page that leads to trust.

mod access;
mod assets;
mod certified_host;
mod events;
mod forwarded;
#[doc(hidden)] // to be seen by fuzz/ only
pub mod fuzzing;
mod listener;
mod metered;
mod onboarding;
mod password;
mod proxy_protocol;
mod rate_limiter;
mod request;
mod response;
mod router;
mod session;
mod socket;
mod space;
mod state;
mod status;
mod well_known;

pub(crate) use assets::Assets;
pub(crate) use events::streams::EventStreams;
pub(crate) use listener::{Listener, serve};
pub(crate) use password::Password;
pub(crate) use state::{AppState, HostNames};
