//! The log, on standard error, and how much it says.

use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

/// A handle by which the running log is made to say more, or less.
pub struct Log(reload::Handle<EnvFilter, Registry>);

impl Log {
    /// Begins to log what `filter` lets through. Standard output is for the banner. The journal has its own
    /// clock, and a terminal needs none.
    ///
    /// # Panics
    ///
    /// When called twice.
    pub fn start(filter: &str) -> Log {
        let (filter, handle) = reload::Layer::new(EnvFilter::new(filter));
        let lines = fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .without_time();
        tracing_subscriber::registry().with(filter).with(lines).init();
        Log(handle)
    }

    pub(crate) fn set(&self, filter: &str) {
        self.0.reload(EnvFilter::new(filter)).expect("the log lives as long as the program");
    }
}
