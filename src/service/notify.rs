//! What the box tells systemd of itself (sd_notify(3)); nothing, where systemd has not started it.

use crate::hub::Hub;
use crate::lobby::Counts;
use crate::media::Media;
use sd_notify::NotifyState;
use std::time::Duration;

/// How often the status is told where there is no watchdog.
const STATUS_INTERVAL: Duration = Duration::from_secs(10);
/// So many pings in the time after which systemd restarts the service.
const PINGS_PER_TIMEOUT: u32 = 3;

/// The box serves.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status(&status(Counts::default()))]);
}

/// The box reloads its settings; systemd waits until it [has](reloaded) (Type=notify-reload).
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

/// Pings systemd's watchdog for as long as all answer: the event loop that runs this,
/// the hub, and every media thread. While one of them is stuck there is no ping, and systemd restarts the
/// box.
pub(crate) async fn ping_watchdog(hub: Hub, media: Media) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    let pause = sd_notify::watchdog_enabled().map_or(STATUS_INTERVAL, |timeout| timeout / PINGS_PER_TIMEOUT);
    loop {
        let Some(counts) = hub.counts().await else { return }; // the box is stopping
        if media.pulse().await {
            tell(&[NotifyState::Watchdog, NotifyState::Status(&status(counts))]);
        } else {
            tracing::error!("a media thread has ended; the watchdog gets no ping");
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
