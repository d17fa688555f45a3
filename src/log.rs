//! The log, and how much it says: to systemd's journal with its fields, or to standard error.

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
        let log = tracing_subscriber::registry().with(filter);
        match journal() {
            Some(journal) => log.with(journal).init(),
            None => {
                let lines = fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_ansi(std::io::stderr().is_terminal())
                    .without_time();
                log.with(lines).init();
            }
        }
        Log(handle)
    }

    pub(crate) fn set(&self, filter: &str) {
        self.0.reload(EnvFilter::new(filter)).expect("the log lives as long as the program");
    }
}

/// The journal's own socket, when systemd has connected standard error to the journal anyway
/// (systemd.exec(5), `$JOURNAL_STREAM`): there fields stay fields, such as `WIZYJNO_MEMBER=71`.
fn journal() -> Option<tracing_journald::Layer> {
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    let stderr = rustix::fs::fstat(std::io::stderr()).ok()?;
    // The variable is inherited also by who has been given another standard error since.
    if stream != format!("{}:{}", stderr.st_dev, stderr.st_ino) {
        return None;
    }
    let journal = tracing_journald::layer().ok()?;
    Some(journal.with_field_prefix(Some("WIZYJNO".into())).with_syslog_identifier("wizyjno".into()))
}
