//! The talk with one page, whatever carries it: what waits goes out, what it says goes to the hub, and how long
//! either is waited for.

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
/// The first message, `hello`, must come within this (SECURITY.md).
const HELLO: Duration = Duration::from_secs(10);
/// After so much silence of the page the box asks whether it is there…
const ASK: Duration = Duration::from_secs(15);
/// …and after so much it takes the page for gone.
const GONE: Duration = Duration::from_secs(30);
/// A page may say so many messages at once, and [`A_SECOND`] in the long run. Beyond that the box
/// simply does not listen for a while: nothing is lost, and nobody else notices.
const BURST: u32 = 200;
/// Messages a second in the long run (SECURITY.md).
const A_SECOND: u32 = 100;
/// How long a closing page may take to take leave.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// What carries the talk.
pub(super) trait Line {
    /// Sends all that waits in the outbox. Ready only when there is something else to do.
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Step>;

    /// What the page says next.
    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Step>;

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
    let mut patience = Patience::new(Instant::now());
    let mut allowance = Allowance::full(Instant::now());
    let timer = sleep_until(patience.next());
    tokio::pin!(timer);
    loop {
        let step = std::future::poll_fn(|context| {
            // 1. What waits goes out.
            if let Poll::Ready(step) = line.poll_send(&membership.outbox, context) {
                return Poll::Ready(step);
            }
            // 2. What the page says, if it may say something.
            if allowance.left > 0
                && let Poll::Ready(heard) = line.poll_hear(context)
            {
                return Poll::Ready(heard);
            }
            // 3. The clock.
            timer.as_mut().poll(context).map(|()| Step::Time)
        })
        .await;
        match step {
            Step::Said(message) => {
                let now = Instant::now();
                patience.heard(now);
                allowance.spend(now);
                if allowance.left == 0 {
                    timer.as_mut().reset(allowance.next());
                }
                match message {
                    Some(message) => {
                        if let Some(message) = comer.let_in(message, &membership.outbox) {
                            membership.say(message).await;
                        }
                    }
                    None => membership.outbox.push(not_understood()),
                }
            }
            Step::Alive => patience.heard(Instant::now()),
            Step::ListWanted => membership.ask_for_list().await,
            Step::Time => {
                let now = Instant::now();
                allowance.refill(now);
                match patience.judge(now) {
                    Verdict::Wait => {}
                    Verdict::Ask => line.ask(),
                    Verdict::Gone => return Some(Close::Silent),
                }
                timer.as_mut().reset(patience.next());
            }
            Step::Close(why) => return Some(why),
            Step::Ended => return None,
        }
    }
}

fn not_understood() -> Frame {
    Frame::new(&ServerMessage::Error { code: ErrorCode::NotUnderstood })
}

/// How long a page may be silent.
struct Patience {
    /// When the page was last heard, or opened its connection.
    heard: Instant,
    /// It has said something at all.
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
        Patience { heard: now, greeted: false, asked: false }
    }

    fn heard(&mut self, now: Instant) {
        *self = Patience { heard: now, greeted: true, asked: false };
    }

    /// When to judge next.
    fn next(&self) -> Instant {
        self.heard
            + match (self.greeted, self.asked) {
                (false, _) => HELLO,
                (true, false) => ASK,
                (true, true) => GONE,
            }
    }

    fn judge(&mut self, now: Instant) -> Verdict {
        if now < self.next() {
            Verdict::Wait
        } else if self.greeted && !self.asked {
            self.asked = true;
            Verdict::Ask
        } else {
            Verdict::Gone
        }
    }
}

/// How much a page may say: a token bucket.
struct Allowance {
    left: u32,
    /// Up to when the bucket has been refilled.
    filled: Instant,
}

impl Allowance {
    fn full(now: Instant) -> Allowance {
        Allowance { left: BURST, filled: now }
    }

    /// One message less.
    fn spend(&mut self, now: Instant) {
        self.refill(now);
        self.left = self.left.saturating_sub(1);
    }

    fn refill(&mut self, now: Instant) {
        let grains = (now - self.filled).as_millis() * u128::from(A_SECOND) / 1000;
        if grains >= u128::from(BURST - self.left) {
            *self = Allowance::full(now);
        } else if grains > 0 {
            self.left += grains as u32; // less than BURST
            self.filled += Duration::from_millis(grains as u64 * 1000 / u64::from(A_SECOND));
        }
    }

    /// When there is one more.
    fn next(&self) -> Instant {
        self.filled + Duration::from_millis(1000 / u64::from(A_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_say_a_burst_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for _ in 0..BURST {
            assert!(allowance.left > 0);
            allowance.spend(start);
        }
        assert_eq!(allowance.left, 0);
        assert_eq!(allowance.next(), start + Duration::from_millis(10));
        allowance.refill(start + Duration::from_millis(9));
        assert_eq!(allowance.left, 0, "not before its time");
        allowance.refill(start + Duration::from_millis(505));
        assert_eq!(allowance.left, 50);
        allowance.refill(start + Duration::from_secs(3600));
        assert_eq!(allowance.left, BURST, "and never more than a burst");
    }

    #[test]
    fn a_silent_page_is_asked_and_then_taken_for_gone() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        patience.heard(start);
        assert!(matches!(patience.judge(start + ASK / 2), Verdict::Wait));
        assert!(matches!(patience.judge(start + ASK), Verdict::Ask));
        assert!(matches!(patience.judge(start + GONE - ASK / 2), Verdict::Wait));
        patience.heard(start + GONE - ASK / 2);
        assert!(matches!(patience.judge(start + GONE), Verdict::Wait), "it has answered");
        assert!(matches!(patience.judge(start + GONE + ASK), Verdict::Ask));
        assert!(matches!(patience.judge(start + GONE + GONE), Verdict::Gone));
    }

    #[test]
    fn a_page_that_does_not_say_hello_is_gone_soon() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        assert!(matches!(patience.judge(start + HELLO / 2), Verdict::Wait));
        assert!(matches!(patience.judge(start + HELLO), Verdict::Gone));
    }
}
