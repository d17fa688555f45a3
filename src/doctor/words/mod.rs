//! What the doctor says, in the languages of the page. Pure: the compiler finds a sentence that is missing.

mod en;
mod pl;
mod szl;
#[cfg(test)]
mod tests;

use super::cases::{
    About, Case, Certificate, Clock, Disk, Domain, Firewall, Kernel, Keys, Media, Name, Network, Page, Pin,
    PlainPage, Proxy, Radio, Speed,
};
use super::findings::Weight;
use crate::language::Language;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// One sentence, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) says: String,
    pub(super) mend: Option<String>,
}

/// A language.
pub(super) trait Words: Sync {
    /// The page's title.
    fn title(&self) -> &'static str;
    /// The page's head.
    fn verdict(&self, well: bool) -> &'static str;
    /// The terminal's last line.
    fn last(&self, well: bool) -> &'static str;
    /// Five letters at most, for a terminal.
    fn mark(&self, weight: Weight) -> &'static str;
    fn about(&self, about: About) -> &'static str;

    fn page(&self, case: &Page) -> Told;
    fn pin(&self, case: &Pin) -> Told;
    fn plain_page(&self, case: &PlainPage) -> Told;
    fn media(&self, case: &Media) -> Told;
    fn network(&self, case: &Network) -> Told;
    fn name(&self, case: &Name) -> Told;
    fn domain(&self, case: &Domain) -> Told;
    fn proxy(&self, case: &Proxy) -> Told;
    fn firewall(&self, case: &Firewall) -> Told;
    fn clock(&self, case: &Clock) -> Told;
    fn certificate(&self, case: &Certificate) -> Told;
    fn keys(&self, case: &Keys) -> Told;
    fn disk(&self, case: &Disk) -> Told;
    fn radio(&self, case: &Radio) -> Told;
    fn kernel(&self, case: &Kernel) -> Told;
    fn speed(&self, case: &Speed) -> Told;

    fn tell(&self, case: &Case) -> Told {
        match case {
            Case::Page(case) => self.page(case),
            Case::Pin(case) => self.pin(case),
            Case::PlainPage(case) => self.plain_page(case),
            Case::Media(case) => self.media(case),
            Case::Network(case) => self.network(case),
            Case::Name(case) => self.name(case),
            Case::Domain(case) => self.domain(case),
            Case::Proxy(case) => self.proxy(case),
            Case::Firewall(case) => self.firewall(case),
            Case::Clock(case) => self.clock(case),
            Case::Certificate(case) => self.certificate(case),
            Case::Keys(case) => self.keys(case),
            Case::Disk(case) => self.disk(case),
            Case::Radio(case) => self.radio(case),
            Case::Kernel(case) => self.kernel(case),
            Case::Speed(case) => self.speed(case),
        }
    }
}

pub(super) fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::English => &en::English,
        Language::Polish => &pl::Polish,
        Language::Silesian => &szl::Silesian,
    }
}

/// Nothing is to be done.
fn good(says: impl Into<String>) -> Told {
    Told { says: says.into(), mend: None }
}

fn told(says: impl Into<String>, mend: impl Into<String>) -> Told {
    Told { says: says.into(), mend: Some(mend.into()) }
}

fn day(moment: SystemTime) -> String {
    OffsetDateTime::from(moment).date().to_string()
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

/// The same with the decimal comma of Poland.
fn micros_with_comma(time: Duration) -> String {
    micros(time).replace('.', ",")
}

fn listed<T: ToString>(all: &[T], between: &str) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
