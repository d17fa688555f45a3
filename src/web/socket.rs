//! One page's WebSocket (RFC 6455): frames in to the hub, frames out of its outbox.

use super::talk::{Comer, FAREWELL, Line, MESSAGE, Step, talk};
use crate::hub::Hub;
use crate::outbox::{Close, Frame, Next, Outbox};
use crate::protocol::ClientMessage;
use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Talks with one page until either side is done. `to` is the address of ours that the page came to.
pub(crate) async fn converse<S>(wire: &mut Wire<S>, hub: &Hub, to: IpAddr, comer: &Comer)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(membership) = hub.open(comer.from, to).await else { return };
    let why = talk(wire, membership, comer).await;
    // A page that is gone already need not hear it.
    let _ = timeout(FAREWELL, Box::pin(wire.take_leave(why))).await;
}

/// A WebSocket whose outgoing frames are made elsewhere, once for many pages.
///
/// tungstenite reads, and writes its own pongs and closes; our frames go straight into the stream
/// below it, between its own: only when it has nothing half-written, and while something of ours is
/// half-written nothing is read, because reading may make it write.
pub(crate) struct Wire<S> {
    socket: WebSocketStream<S>,
    /// The rest of the frames that are being written.
    sending: Bytes,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line for Wire<S> {
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Step> {
        match self.try_send(outbox, context) {
            Poll::Ready(Ok(step)) => Poll::Ready(step),
            Poll::Ready(Err(_)) => Poll::Ready(Step::Ended),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        if !self.sending.is_empty() {
            return Poll::Pending; // the write that is under way wakes us
        }
        Poll::Ready(match ready!(Pin::new(&mut self.socket).poll_next(context)) {
            Some(Ok(Message::Text(text))) => Step::Said(ClientMessage::from_json(&text)),
            Some(Ok(Message::Binary(_))) => Step::Said(None),
            // tungstenite answers pings and closes by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Step::Alive,
            Some(Err(Error::Capacity(_))) => Step::Close(Close::TooLarge),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Step::Ended,
        })
    }

    fn ask(&mut self) {
        if self.sending.is_empty() {
            self.sending = Frame::ping().into_bytes();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// `leftover` is what had been read past the handshake.
    pub(crate) async fn new(stream: S, leftover: Bytes) -> Wire<S> {
        let config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE))
            .max_frame_size(Some(MESSAGE));
        let socket =
            WebSocketStream::from_partially_read(stream, leftover.into(), Role::Server, Some(config));
        Wire { socket: socket.await, sending: Bytes::new() }
    }

    fn try_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<std::io::Result<Step>> {
        loop {
            while !self.sending.is_empty() {
                let written = match Pin::new(self.socket.get_mut()).poll_write(context, &self.sending) {
                    Poll::Ready(written) => written?,
                    Poll::Pending => return outbox.poll_stuck(context).map(|why| Ok(Step::Close(why))),
                };
                if written == 0 {
                    return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
                }
                self.sending.advance(written);
            }
            // Also writes what tungstenite or TLS have kept back.
            match Pin::new(&mut self.socket).poll_flush(context) {
                Poll::Ready(flushed) => flushed.map_err(std::io::Error::other)?,
                Poll::Pending => return outbox.poll_stuck(context).map(|why| Ok(Step::Close(why))),
            }
            match ready!(outbox.poll_next(context)) {
                Next::Send(frames) => self.sending = frames,
                Next::AskForList => return Poll::Ready(Ok(Step::ListWanted)),
                Next::Close(why) => return Poll::Ready(Ok(Step::Close(why))),
            }
        }
    }

    /// Says why, and hears the page out: what it has sent and we have not read would turn our last word
    /// into a reset of the connection (RFC 9293, 3.10.4).
    async fn take_leave(&mut self, why: Option<Close>) -> std::io::Result<()> {
        if self.sending.is_empty() {
            let frame = why.map(|why| CloseFrame { code: why.code().into(), reason: "".into() });
            self.socket.close(frame).await.map_err(std::io::Error::other)?;
        }
        let stream = self.socket.get_mut();
        stream.shutdown().await?;
        let mut unheard = [0; 1024];
        while stream.read(&mut unheard).await? > 0 {}
        Ok(())
    }
}
