//! The session with one page, whichever transport carries it: the outbox goes out, messages go to the hub,
//! and a page that is silent or says no hello times out.

use super::rate_limiter::RateLimiter;
use super::state::AppState;
use crate::hub::Membership;
use crate::outbox::{Close, Frame, Outbox};
use crate::pin_auth::PinAuth;
use crate::protocol::{ClientMessage, ErrorCode, ServerMessage};
use crate::space_name::SpaceName;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The largest message of a page, bytes (SECURITY.md).
pub(super) const MAX_MESSAGE: usize = 64 * 1024;
/// The first message, `hello`, must come within this, whatever else comes (SECURITY.md).
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// A page whose hello was refused may stay so long from its beginning, while somebody types a PIN or another
/// name (SECURITY.md).
const ENTRY_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// After so much silence of the page the box sends a ping…
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// …and after so much it closes the connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the closing handshake may take.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What carries a session: a WebSocket, or an event stream and POSTs.
pub(super) trait Transport {
    /// Sends all that waits in the outbox. Ready only when there is something else to do.
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Action>;

    /// Receives the next message, at the expense of the limiter. Pending without a waker when that has
    /// nothing left.
    fn poll_receive(&mut self, limiter: &mut RateLimiter, context: &mut Context<'_>) -> Poll<Action>;

    /// Sends a ping, unless something else is on its way to the page.
    fn ping(&mut self);
}

/// What a session does next.
pub(super) enum Action {
    /// Handle a message; `None`: it could not be understood.
    Message(Option<ClientMessage>),
    /// Note that the page is alive.
    Alive,
    RequestList,
    CheckKeepalive,
    Close(Close),
    Ended,
}

/// What is known of a client before its hello.
pub(super) struct ClientContext {
    pub(super) state: Arc<AppState>,
    /// Where it wants to enter; `None`: the lobby.
    pub(super) space: Option<SpaceName>,
    address: IpAddr,
    /// Who might enter there when it opened: where the settings take a space away, its PIN keeps people out of what
    /// is left of it.
    pin_auth: Option<Arc<PinAuth>>,
}

impl ClientContext {
    pub(super) fn new(state: Arc<AppState>, space: Option<SpaceName>, address: IpAddr) -> ClientContext {
        let pin_auth = state.pin_auth_of(space.as_ref());
        ClientContext { state, space, address, pin_auth }
    }

    /// What of a message the lobby may hear: without the right PIN no hello, and without a hello the lobby
    /// does nothing for anybody.
    fn authenticate(&self, message: ClientMessage, outbox: &Outbox) -> Option<ClientMessage> {
        let ClientMessage::Hello { name, token, pin, pass, device } = message else { return Some(message) };
        let now = std::time::Instant::now();
        let space = self.space.as_ref();
        let _span = space.map(|name| tracing::info_span!("hello", space = %name).entered());
        let authenticated = match self.state.pin_auth_of(space).or_else(|| self.pin_auth.clone()) {
            Some(pin_auth) => pin_auth.authenticate(self.address, pin.as_deref(), pass.as_deref(), now),
            None => Ok(None),
        };
        match authenticated {
            Ok(None) => {}
            Ok(Some(pass)) => outbox.push(Frame::new(&ServerMessage::Pass { pass })),
            Err(code) => {
                tracing::debug!(from = %self.address, ?code, "hello refused");
                outbox.push(Frame::new(&ServerMessage::Error { code }));
                return None;
            }
        }
        Some(ClientMessage::Hello { name, token, pin: None, pass: None, device })
    }
}

/// Runs until either side closes, and says why; `None`: the page closed it, or the network did.
pub(super) async fn run(
    transport: &mut impl Transport,
    membership: Membership,
    client: &ClientContext,
) -> Option<Close> {
    let connection = membership.connection().0;
    tracing::debug!(connection, "a page opened its connection");
    let why = exchange(transport, &membership, client).await;
    tracing::debug!(connection, ?why, "a connection ended");
    if why == Some(Close::TooSlow) {
        membership.count_cut();
    }
    why
}

async fn exchange(
    transport: &mut impl Transport,
    membership: &Membership,
    client: &ClientContext,
) -> Option<Close> {
    let outbox = &membership.outbox;
    let mut keepalive = Keepalive::new(Instant::now());
    let mut limiter = RateLimiter::full(Instant::now());
    let timer = sleep_until(keepalive.next_check(false));
    tokio::pin!(timer);
    loop {
        let action = std::future::poll_fn(|context| {
            // 1. The outbox goes out.
            if let Poll::Ready(action) = transport.poll_send(outbox, context) {
                return Poll::Ready(action);
            }
            // 2. What the page sends, within its rate.
            if limiter.left() == 0 {
                limiter.refill(Instant::now());
            }
            if limiter.left() > 0
                && let Poll::Ready(action) = transport.poll_receive(&mut limiter, context)
            {
                return Poll::Ready(action);
            }
            if limiter.left() == 0 && limiter.next() < timer.deadline() {
                timer.as_mut().reset(limiter.next());
            }
            // 3. The clock.
            timer.as_mut().poll(context).map(|()| Action::CheckKeepalive)
        })
        .await;
        match action {
            Action::Message(message) => {
                keepalive.heard(Instant::now());
                match message {
                    Some(message) => {
                        keepalive.greeted |= matches!(message, ClientMessage::Hello { .. });
                        if let Some(message) = client.authenticate(message, outbox) {
                            membership.say(message).await;
                        }
                    }
                    None => outbox.push(not_understood()),
                }
            }
            Action::Alive => keepalive.heard(Instant::now()),
            Action::RequestList => membership.ask_for_list().await,
            Action::CheckKeepalive => {
                match keepalive.check(Instant::now(), outbox.is_admitted()) {
                    KeepaliveAction::Wait => {}
                    KeepaliveAction::Ping => transport.ping(),
                    KeepaliveAction::TimedOut => return Some(Close::Silent),
                }
                timer.as_mut().reset(keepalive.next_check(outbox.is_admitted()));
            }
            Action::Close(why) => return Some(why),
            Action::Ended => return None,
        }
    }
}

fn not_understood() -> Frame {
    Frame::new(&ServerMessage::Error { code: ErrorCode::NotUnderstood })
}

/// How long a page may be silent, and how long outside of the lobby.
struct Keepalive {
    opened: Instant,
    /// When the page was last heard, or opened its connection.
    heard: Instant,
    /// It has said hello, which may have been refused.
    greeted: bool,
    /// A ping was sent since it was last heard.
    pinged: bool,
}

enum KeepaliveAction {
    Wait,
    Ping,
    TimedOut,
}

impl Keepalive {
    fn new(now: Instant) -> Keepalive {
        Keepalive { opened: now, heard: now, greeted: false, pinged: false }
    }

    fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.pinged = false;
    }

    /// When to check a page that is inside of the lobby, or is not yet.
    fn next_check(&self, inside: bool) -> Instant {
        let silence = self.heard + if self.pinged { IDLE_TIMEOUT } else { PING_INTERVAL };
        if inside { silence } else { silence.min(self.entry_deadline()) }
    }

    /// Until when the page must be inside.
    fn entry_deadline(&self) -> Instant {
        self.opened + if self.greeted { ENTRY_TIMEOUT } else { HELLO_TIMEOUT }
    }

    fn check(&mut self, now: Instant, inside: bool) -> KeepaliveAction {
        if now < self.next_check(inside) {
            KeepaliveAction::Wait
        } else if self.pinged || (!inside && now >= self.entry_deadline()) {
            KeepaliveAction::TimedOut
        } else {
            self.pinged = true;
            KeepaliveAction::Ping
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_page_is_pinged_and_then_times_out() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(start);
        keepalive.greeted = true;
        assert!(matches!(keepalive.check(start + PING_INTERVAL / 2, true), KeepaliveAction::Wait));
        assert!(matches!(keepalive.check(start + PING_INTERVAL, true), KeepaliveAction::Ping));
        assert!(matches!(
            keepalive.check(start + IDLE_TIMEOUT - PING_INTERVAL / 2, true),
            KeepaliveAction::Wait
        ));
        keepalive.heard(start + IDLE_TIMEOUT - PING_INTERVAL / 2);
        assert!(
            matches!(keepalive.check(start + IDLE_TIMEOUT, true), KeepaliveAction::Wait),
            "it has answered"
        );
        assert!(matches!(keepalive.check(start + IDLE_TIMEOUT + PING_INTERVAL, true), KeepaliveAction::Ping));
        assert!(matches!(
            keepalive.check(start + IDLE_TIMEOUT + IDLE_TIMEOUT, true),
            KeepaliveAction::TimedOut
        ));
    }

    #[test]
    fn a_page_without_a_hello_times_out_soon_whatever_else_comes() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(start);
        assert!(matches!(keepalive.check(start + HELLO_TIMEOUT / 2, false), KeepaliveAction::Wait));
        keepalive.heard(start + HELLO_TIMEOUT / 2);
        assert_eq!(keepalive.next_check(false), start + HELLO_TIMEOUT);
        assert!(matches!(keepalive.check(start + HELLO_TIMEOUT, false), KeepaliveAction::TimedOut));
    }

    #[test]
    fn a_page_whose_hello_is_refused_may_try_for_a_while() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(start);
        let mut now = start;
        keepalive.greeted = true;
        while now < start + ENTRY_TIMEOUT {
            keepalive.heard(now);
            now += PING_INTERVAL;
            if now < start + ENTRY_TIMEOUT {
                assert!(matches!(keepalive.check(now, false), KeepaliveAction::Ping));
            }
        }
        keepalive.heard(now);
        assert!(matches!(keepalive.check(now, false), KeepaliveAction::TimedOut));
        assert!(matches!(keepalive.check(now, true), KeepaliveAction::Wait), "but who is inside stays");
    }
}
