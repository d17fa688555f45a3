//! SIGHUP: the settings are read anew.

use crate::command::Invocation;
use crate::config::Config;
use crate::log::Log;

/// What the settings say. `None`, and the log says why: they cannot be, and stay as they were.
pub(crate) fn reload(started_with: &Config, log: &Log) -> Option<Config> {
    let new = match Invocation::from_environment() {
        Ok(Invocation::Run(new)) => *new,
        Ok(_) => unreachable!("this program was asked to run"),
        Err(wrong) => {
            tracing::error!("the settings stay as they were: {wrong}");
            return None;
        }
    };
    log.set(&new.log);
    for setting in started_with.only_at_start(&new) {
        tracing::warn!(setting, "only a restart changes this setting");
    }
    tracing::info!("settings reloaded");
    Some(new)
}
