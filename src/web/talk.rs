//! The talk with one page, whatever carries it: what waits goes out, what it says goes to the hub, and how long
//! either is waited for.

use super::allowance::Allowance;
use crate::gate::{Admission, Gate};
use crate::hub::Membership;
use crate::outbox::{Close, Frame, Outbox};
use crate::protocol::{ClientMessage, ErrorCode, ServerMessage};
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The largest message a page may say, bytes (SECURITY.md).
pub(super) const MESSAGE: usize = 64 * 1024;
/// The first message, `hello`, must come within this, whatever else comes (SECURITY.md).
const HELLO: Duration = Duration::from_secs(10);
/// A page whose hello was refused may stay so long from its beginning, while somebody types a PIN or another name
/// (SECURITY.md).
const ENTRY: Duration = Duration::from_secs(5 * 60);
/// After so much silence of the page the box asks whether it is there…
const ASK: Duration = Duration::from_secs(15);
/// …and after so much it takes the page for gone.
const GONE: Duration = Duration::from_secs(30);
/// How long a closing page may take to take leave.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// What carries the talk.
pub(super) trait Line {
    /// Sends all that waits in the outbox. Ready only when there is something else to do.
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Step>;

    /// What the page says next, paid for out of its allowance. Pending without a waker when that is spent.
    fn poll_hear(&mut self, allowance: &mut Allowance, context: &mut Context<'_>) -> Poll<Step>;

    /// Asks the page whether it is there, if nothing else is on its way to it.
    fn ask(&mut self);
}

/// What there is to do next.
pub(super) enum Step {
    /// The page said something; `None`: nothing that could be understood.
    Said(Option<ClientMessage>),
    /// The page showed that it is there.
    Alive,
    ListWanted,
    Time,
    Close(Close),
    Ended,
}

/// Who comes to the gate of the lobby, and from where.
pub(super) struct Comer {
    pub(super) gate: Arc<Gate>,
    pub(super) from: IpAddr,
}

impl Comer {
    /// What of a message the lobby may hear: without the right PIN no hello, and without a hello it does
    /// nothing for anybody.
    fn let_in(&self, message: ClientMessage, outbox: &Outbox) -> Option<ClientMessage> {
        let ClientMessage::Hello { name, token, pin, pass } = message else { return Some(message) };
        let now = std::time::Instant::now();
        match self.gate.admit(self.from, pin.as_deref(), pass.as_deref(), now) {
            Admission::In => {}
            Admission::InWith(pass) => outbox.push(Frame::new(&ServerMessage::Pass { pass })),
            Admission::Out(code) => {
                tracing::debug!(from = %self.from, ?code, "not let in");
                outbox.push(Frame::new(&ServerMessage::Error { code }));
                return None;
            }
        }
        Some(ClientMessage::Hello { name, token, pin: None, pass: None })
    }
}

/// Talks until either side is done, and says why; `None`: the page ended it, or the network did.
pub(super) async fn talk(line: &mut impl Line, membership: Membership, comer: &Comer) -> Option<Close> {
    tracing::debug!(connection = membership.connection().0, "a page opened its connection");
    let why = until_done(line, &membership, comer).await;
    tracing::debug!(connection = membership.connection().0, ?why, "a connection ended");
    if why == Some(Close::TooSlow) {
        membership.count_cut();
    }
    why
}

async fn until_done(line: &mut impl Line, membership: &Membership, comer: &Comer) -> Option<Close> {
    let outbox = &membership.outbox;
    let mut patience = Patience::new(Instant::now());
    let mut allowance = Allowance::full(Instant::now());
    let timer = sleep_until(patience.next(false));
    tokio::pin!(timer);
    loop {
        let step = std::future::poll_fn(|context| {
            // 1. What waits goes out.
            if let Poll::Ready(step) = line.poll_send(outbox, context) {
                return Poll::Ready(step);
            }
            // 2. What the page says, if it may say something.
            allowance.refill(Instant::now());
            if allowance.left() > 0
                && let Poll::Ready(heard) = line.poll_hear(&mut allowance, context)
            {
                return Poll::Ready(heard);
            }
            if allowance.left() == 0 && allowance.next() < timer.deadline() {
                timer.as_mut().reset(allowance.next());
            }
            // 3. The clock.
            timer.as_mut().poll(context).map(|()| Step::Time)
        })
        .await;
        match step {
            Step::Said(message) => {
                patience.heard(Instant::now());
                match message {
                    Some(message) => {
                        patience.greeted |= matches!(message, ClientMessage::Hello { .. });
                        if let Some(message) = comer.let_in(message, outbox) {
                            membership.say(message).await;
                        }
                    }
                    None => outbox.push(not_understood()),
                }
            }
            Step::Alive => patience.heard(Instant::now()),
            Step::ListWanted => membership.ask_for_list().await,
            Step::Time => {
                match patience.judge(Instant::now(), outbox.is_inside()) {
                    Verdict::Wait => {}
                    Verdict::Ask => line.ask(),
                    Verdict::Gone => return Some(Close::Silent),
                }
                timer.as_mut().reset(patience.next(outbox.is_inside()));
            }
            Step::Close(why) => return Some(why),
            Step::Ended => return None,
        }
    }
}

fn not_understood() -> Frame {
    Frame::new(&ServerMessage::Error { code: ErrorCode::NotUnderstood })
}

/// How long a page may be silent, and how long outside of the lobby.
struct Patience {
    opened: Instant,
    /// When the page was last heard, or opened its connection.
    heard: Instant,
    /// It has said hello, which may have been refused.
    greeted: bool,
    /// It was asked whether it is there, since it was last heard.
    asked: bool,
}

enum Verdict {
    Wait,
    Ask,
    Gone,
}

impl Patience {
    fn new(now: Instant) -> Patience {
        Patience { opened: now, heard: now, greeted: false, asked: false }
    }

    fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.asked = false;
    }

    /// When to judge next a page that is inside of the lobby, or is not yet.
    fn next(&self, inside: bool) -> Instant {
        let silence = self.heard + if self.asked { GONE } else { ASK };
        if inside { silence } else { silence.min(self.entry()) }
    }

    /// Until when the page must be inside.
    fn entry(&self) -> Instant {
        self.opened + if self.greeted { ENTRY } else { HELLO }
    }

    fn judge(&mut self, now: Instant, inside: bool) -> Verdict {
        if now < self.next(inside) {
            Verdict::Wait
        } else if self.asked || (!inside && now >= self.entry()) {
            Verdict::Gone
        } else {
            self.asked = true;
            Verdict::Ask
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_page_is_asked_and_then_taken_for_gone() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        patience.greeted = true;
        assert!(matches!(patience.judge(start + ASK / 2, true), Verdict::Wait));
        assert!(matches!(patience.judge(start + ASK, true), Verdict::Ask));
        assert!(matches!(patience.judge(start + GONE - ASK / 2, true), Verdict::Wait));
        patience.heard(start + GONE - ASK / 2);
        assert!(matches!(patience.judge(start + GONE, true), Verdict::Wait), "it has answered");
        assert!(matches!(patience.judge(start + GONE + ASK, true), Verdict::Ask));
        assert!(matches!(patience.judge(start + GONE + GONE, true), Verdict::Gone));
    }

    #[test]
    fn a_page_that_does_not_say_hello_is_gone_soon_whatever_else_comes() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        assert!(matches!(patience.judge(start + HELLO / 2, false), Verdict::Wait));
        patience.heard(start + HELLO / 2);
        assert_eq!(patience.next(false), start + HELLO);
        assert!(matches!(patience.judge(start + HELLO, false), Verdict::Gone));
    }

    #[test]
    fn a_page_whose_hello_is_refused_may_try_for_a_while() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        let mut now = start;
        patience.greeted = true;
        while now < start + ENTRY {
            patience.heard(now);
            now += ASK;
            if now < start + ENTRY {
                assert!(matches!(patience.judge(now, false), Verdict::Ask));
            }
        }
        patience.heard(now);
        assert!(matches!(patience.judge(now, false), Verdict::Gone));
        assert!(matches!(patience.judge(now, true), Verdict::Wait), "but who is inside stays");
    }
}
