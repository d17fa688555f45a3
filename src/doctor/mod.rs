//! Why can somebody not connect? `wizyjno doctor`, and `/doctor` as a page.
//!
//! [`facts`] says what is looked at, `gather` looks, `findings` says what follows (pure), `report` writes it
//! down.

mod facts;
mod findings;
mod firewall;
mod gather;
mod mdns;
mod report;
#[cfg(test)]
mod tests;

use crate::config::Config;
use facts::Facts;
use findings::Finding;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::RwLock;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Looks, and says what it finds. Succeeds if nothing keeps people from connecting.
pub fn carry_out(config: &Config, json: bool) -> ExitCode {
    let examination = Examination::new(config);
    let text = if json { examination.json() } else { examination.text() };
    // A reader that has gone is no reason to fail.
    let _ = io::stdout().write_all(text.as_bytes());
    if examination.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The doctor of a box that runs, who writes pages.
pub(crate) struct Doctor {
    /// A lock is right: it is held for the copying of a few words.
    config: RwLock<Config>,
    /// The last page, and of when. Who comes meanwhile waits for the same one.
    page: Mutex<Option<(Instant, String)>>,
}

/// So long a page is good: whoever reloads it all the time must not keep the machine busy (SECURITY.md).
const FRESH: Duration = Duration::from_secs(10);

impl Doctor {
    /// `config` holds the ports that the box really has.
    pub(crate) fn new(config: Config) -> Doctor {
        Doctor { config: RwLock::new(config), page: Mutex::default() }
    }

    /// The settings are others now.
    pub(crate) fn learn(&self, config: Config) {
        *self.config.write().expect("nothing panics while it holds the settings") = config;
    }

    /// What there is to say, as a page.
    pub(crate) async fn page(&self) -> String {
        let mut page = self.page.lock().await;
        if let Some((_, fresh)) = page.as_ref().filter(|(written, _)| written.elapsed() < FRESH) {
            return fresh.clone();
        }
        let config = self.config.read().expect("nothing panics while it holds the settings").clone();
        let looked = tokio::task::spawn_blocking(move || Examination::new(&config).html()).await;
        let new = looked.expect("the doctor does not panic");
        *page = Some((Instant::now(), new.clone()));
        new
    }
}

/// What one look at everything has found.
struct Examination {
    findings: Vec<Finding>,
}

impl Examination {
    /// Looks at everything; takes about two seconds, and blocks.
    fn new(config: &Config) -> Examination {
        let facts: Facts = gather::facts(config);
        Examination { findings: findings::findings(&facts) }
    }

    /// Nothing keeps people from connecting.
    fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.weight != findings::Weight::Fault)
    }

    fn text(&self) -> String {
        report::text(&self.findings)
    }

    fn json(&self) -> String {
        report::json(&self.findings, self.is_well())
    }

    /// A page without scripts.
    fn html(&self) -> String {
        report::html(&self.findings, self.is_well())
    }
}
