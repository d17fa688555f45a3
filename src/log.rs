//! The log: to systemd's journal with its fields, or to standard error.
//!
//! Every line, those of libraries too, is [limited](limit) in rate, so no code has to know which lines
//! strangers can cause.

mod limit;

use self::limit::LogLimiter;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Instant;
use tracing::callsite::Identifier;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

/// A handle that changes the filter of the running log.
pub struct Log(reload::Handle<EnvFilter, Registry>);

impl Log {
    /// Starts logging what `filter` lets through. Standard output is for the banner. The journal has its
    /// own timestamps, and a terminal needs none.
    ///
    /// # Panics
    ///
    /// When called twice.
    pub fn start(filter: &str) -> Log {
        let (filter, handle) = reload::Layer::new(EnvFilter::new(filter));
        let log = tracing_subscriber::registry().with(filter).with(RateLimit::new());
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

/// The layer that drops lines above the rate.
struct RateLimit(Mutex<LogLimiter<Identifier>>);

/// The target of this file's own lines, which are never dropped.
const OWN_TARGET: &str = "wizyjno::log::limit";

impl RateLimit {
    fn new() -> RateLimit {
        RateLimit(Mutex::new(LogLimiter::new()))
    }
}

impl<S: Subscriber> Layer<S> for RateLimit {
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let about = event.metadata();
        if about.target() == OWN_TARGET {
            return true;
        }
        // A panic while the lock was held leaves a wrong count at worst.
        let mut limiter = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let admitted = limiter.admit(about.callsite(), Instant::now());
        drop(limiter);
        if let Some(left_out @ 1..) = admitted {
            let line = about.line();
            tracing::warn!(target: OWN_TARGET, left_out, of = about.target(), line, "lines were left out");
        }
        admitted.is_some()
    }
}

/// The journal's own socket, if systemd has connected standard error to the journal (systemd.exec(5),
/// `$JOURNAL_STREAM`): there fields stay fields, such as `WIZYJNO_MEMBER=71`.
fn journal() -> Option<tracing_journald::Layer> {
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    let stderr = rustix::fs::fstat(std::io::stderr()).ok()?;
    // A child with another standard error inherits the variable, too.
    if stream != format!("{}:{}", stderr.st_dev, stderr.st_ino) {
        return None;
    }
    let journal = tracing_journald::layer().ok()?;
    Some(journal.with_field_prefix(Some("WIZYJNO".into())).with_syslog_identifier("wizyjno".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Collects the targets of the lines that pass.
    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Recorder {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().expect("nobody panics").push(event.metadata().target().to_owned());
        }
    }

    #[test]
    fn whoever_causes_one_line_over_and_over_hides_no_other() {
        let heard = Recorder::default();
        let log = tracing_subscriber::registry().with(RateLimit::new()).with(heard.clone());
        tracing::subscriber::with_default(log, || {
            for _ in 0..10_000 {
                tracing::warn!("what a stranger brings about");
            }
            tracing::warn!(target: "other", "what somebody has to know");
        });
        let heard = heard.0.lock().expect("nobody panics");
        // A very slow machine may let a few more through.
        assert!((limit::LINE_BURST as usize..1_000).contains(&heard.len()), "{}", heard.len());
        assert!(heard.iter().any(|target| target == "other"));
    }
}
