//! The line of a POST that its session has not taken yet: one, so that what waits is bounded in bytes.

use futures_util::task::AtomicWaker;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

/// Between the POSTs of a page and its session.
#[derive(Default)]
pub(in crate::web) struct Inbox {
    /// A lock is right: it is held for the moving of a line.
    state: Mutex<State>,
    /// Wakes the session.
    filled: AtomicWaker,
    /// Wakes the POST.
    emptied: AtomicWaker,
}

#[derive(Default)]
struct State {
    line: Option<String>,
    posting: bool,
    closed: bool,
}

/// The right to post, of one POST at a time; given back by its drop.
pub(in crate::web) struct PostGuard(Arc<Inbox>);

/// Why a line is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::web) enum PostError {
    /// The stream is over.
    Closed,
    /// Another POST is under way.
    Busy,
}

impl Inbox {
    /// Begins to post.
    pub(in crate::web) fn post(self: &Arc<Self>) -> Result<PostGuard, PostError> {
        let mut state = self.lock();
        if state.closed {
            return Err(PostError::Closed);
        }
        if std::mem::replace(&mut state.posting, true) {
            return Err(PostError::Busy);
        }
        Ok(PostGuard(self.clone()))
    }

    /// The next line; `None`: there are no more.
    pub(in crate::web) fn poll_line(&self, context: &mut Context<'_>) -> Poll<Option<String>> {
        let mut state = self.lock();
        if let Some(line) = state.line.take() {
            self.emptied.wake();
            return Poll::Ready(Some(line));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        self.filled.register(context.waker());
        Poll::Pending
    }

    /// Ends the stream: nothing more is taken.
    pub(in crate::web) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.line = None;
        drop(state);
        self.filled.wake();
        self.emptied.wake();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds an inbox")
    }
}

impl PostGuard {
    /// Waits until the line before has been taken.
    pub(in crate::web) async fn push(&self, line: String) -> Result<(), PostError> {
        let mut line = Some(line);
        poll_fn(|context| {
            let mut state = self.0.lock();
            if state.closed {
                return Poll::Ready(Err(PostError::Closed));
            }
            if state.line.is_some() {
                self.0.emptied.register(context.waker());
                return Poll::Pending;
            }
            state.line = line.take();
            self.0.filled.wake();
            Poll::Ready(Ok(()))
        })
        .await
    }
}

impl Drop for PostGuard {
    fn drop(&mut self) {
        self.0.lock().posting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Waker;

    fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn next(inbox: &Inbox) -> Poll<Option<String>> {
        inbox.poll_line(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn one_line_waits_and_one_post_is_under_way() {
        let inbox = Arc::<Inbox>::default();
        let guard = inbox.post().expect("nobody else posts");
        assert_eq!(inbox.post().err(), Some(PostError::Busy));
        assert_eq!(poll(guard.push("one".into())), Poll::Ready(Ok(())));
        assert_eq!(poll(guard.push("two".into())), Poll::Pending);
        assert_eq!(next(&inbox), Poll::Ready(Some("one".into())));
        assert_eq!(next(&inbox), Poll::Pending);
        drop(guard);
        assert!(inbox.post().is_ok());
    }

    #[test]
    fn the_end_of_the_stream_is_the_end_for_who_posts() {
        let inbox = Arc::<Inbox>::default();
        let guard = inbox.post().expect("nobody else posts");
        assert_eq!(poll(guard.push("one".into())), Poll::Ready(Ok(())));
        inbox.close();
        assert_eq!(poll(guard.push("two".into())), Poll::Ready(Err(PostError::Closed)));
        assert_eq!(next(&inbox), Poll::Ready(None));
        drop(guard);
        assert_eq!(inbox.post().err(), Some(PostError::Closed));
    }
}
