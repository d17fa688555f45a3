//! What the box tells systemd of itself (sd_notify(3)); nothing, where systemd has not started it.

use crate::hub::Hub;
use crate::lobby::Counts;
use crate::media::Media;
use sd_notify::NotifyState;
use std::time::Duration;

/// How often the status is told where no dog watches.
const STATUS_INTERVAL: Duration = Duration::from_secs(10);
/// The dog is fed so often in the time after which it bites.
const PINGS_PER_TIMEOUT: u32 = 3;

/// The box serves.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status(&status(Counts::default()))]);
}

/// The box reads its settings again; systemd waits until it [has](reloaded) (Type=notify-reload).
pub(crate) fn reloading() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

pub(crate) fn reloaded() {
    tell(&[NotifyState::Ready]);
}

/// The box is about to end.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// Feeds systemd's watchdog for as long as everybody who works here answers: the event loop that runs this,
/// the hub, and every media thread. Whoever is stuck keeps the food back, and systemd starts the box anew.
pub(crate) async fn ping_watchdog(hub: Hub, media: Media) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    let pause =
        sd_notify::watchdog_enabled().map_or(STATUS_INTERVAL, |patience| patience / PINGS_PER_TIMEOUT);
    loop {
        let Some(counts) = hub.counts().await else { return }; // the box is stopping
        if media.pulse().await {
            tell(&[NotifyState::Watchdog, NotifyState::Status(&status(counts))]);
        } else {
            tracing::error!("a media thread has ended; the watchdog is not fed");
        }
        tokio::time::sleep(pause).await;
    }
}

fn status(counts: Counts) -> String {
    format!("serving; people: {}, rooms: {}", counts.people, counts.rooms)
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(cause) = sd_notify::notify(state) {
        tracing::warn!(%cause, "systemd does not hear how the box is");
    }
}
