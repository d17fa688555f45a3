//! Why can somebody not connect? `wizyjno doctor`, and `/doctor` as a page.
//!
//! [`facts`] says what is looked at, `gather` and `domains` look, `findings` says what follows and `cases` what can,
//! `words` says it in each language, `report` writes it down (all pure but those two). `health` is the short question
//! whether a box serves.

mod cases;
mod domains;
mod facts;
mod findings;
mod firewall;
mod gather;
mod health;
mod http;
mod report;
#[cfg(test)]
mod tests;
mod words;

use crate::config::Config;
use crate::language::Language;
use facts::Facts;
use findings::Finding;
pub use health::check_health;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Looks, and says what it finds in the terminal's language. Succeeds if nothing keeps people from
/// connecting.
pub fn run(config: &Config, json: bool) -> ExitCode {
    let examination = Examination::new(config);
    let text = if json { examination.json() } else { examination.text(of_terminal()) };
    // A reader that has gone is no reason to fail.
    let _ = io::stdout().write_all(text.as_bytes());
    if examination.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn of_terminal() -> Language {
    let variables = ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).ok());
    Language::of_locale(variables.each_ref().map(Option::as_deref))
}

/// The doctor of a box that runs, who writes pages.
pub(crate) struct Doctor {
    /// A lock is right: it is held for the copying of a few words.
    config: RwLock<Config>,
    /// The last look. Who comes meanwhile waits for the same one.
    last: Arc<Mutex<Option<Look>>>,
}

/// When it was made, and what it has found.
type Look = (Instant, Arc<Examination>);

/// So long a look is good: whoever reloads it all the time must not keep the machine busy (SECURITY.md).
const FRESH: Duration = Duration::from_secs(10);

impl Doctor {
    /// `config` holds the ports that the box really has.
    pub(crate) fn new(config: Config) -> Doctor {
        Doctor { config: RwLock::new(config), last: Arc::default() }
    }

    /// Later looks are at these settings.
    pub(crate) fn set_config(&self, config: Config) {
        *self.config.write().expect("nothing panics while it holds the settings") = config;
    }

    /// What there is to say, as a page.
    pub(crate) async fn page(&self, language: Language) -> String {
        self.look().await.html(language)
    }

    async fn look(&self) -> Arc<Examination> {
        let mut last = self.last.clone().lock_owned().await;
        if let Some((_, fresh)) = last.as_ref().filter(|(made, _)| made.elapsed() < FRESH) {
            return fresh.clone();
        }
        let config = self.config.read().expect("nothing panics while it holds the settings").clone();
        // The look goes on, and is kept, though whoever asked is gone: else each who asks and goes begins another.
        let looked = tokio::task::spawn_blocking(move || {
            let new = Arc::new(Examination::new(&config));
            *last = Some((Instant::now(), new.clone()));
            new
        });
        looked.await.expect("the doctor does not panic")
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
        report::is_well(&self.findings)
    }

    fn text(&self, language: Language) -> String {
        report::text(&self.findings, language)
    }

    fn json(&self) -> String {
        report::json(&self.findings)
    }

    /// A page without scripts.
    fn html(&self, language: Language) -> String {
        report::html(&self.findings, language)
    }
}
