//! A socket that receives and sends in batches.

use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};

/// See the [module](self).
pub(crate) struct Batch {
    pub(crate) socket: UdpSocket,
    state: UdpSocketState,
    buffers: Vec<u8>,
    run: Vec<u8>,
    head: Option<(SocketAddr, usize, usize)>,
}

impl Batch {
    const BUFFER: usize = 1 << 16;

    pub(crate) fn new(socket: UdpSocket) -> Batch {
        let state = UdpSocketState::new((&socket).into()).expect("a socket");
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, 4 << 20);
        let _ = rustix::net::sockopt::set_socket_send_buffer_size_force(&socket, 4 << 20);
        Batch { socket, state, buffers: vec![0; BATCH_SIZE * Batch::BUFFER], run: Vec::new(), head: None }
    }

    /// Source, bytes, and when the kernel got them.
    pub(crate) fn receive(&mut self) -> Vec<(SocketAddr, Vec<u8>, u64)> {
        let mut received = Vec::new();
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut buffers = self.buffers.chunks_exact_mut(Batch::BUFFER);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().expect("one each")));
        let count = self.state.recv((&self.socket).into(), &mut slices, &mut metas).unwrap_or(0);
        for (meta, buffer) in metas.iter().zip(&slices).take(count) {
            let arrived = meta.timestamp.map_or(0, |at| at.as_nanos() as u64);
            for bytes in buffer[..meta.len].chunks(meta.stride.max(1)) {
                received.push((meta.addr, bytes.to_vec(), arrived));
            }
        }
        received
    }

    pub(crate) fn send_now(&mut self, destination: SocketAddr, bytes: &[u8]) {
        let _ = self.socket.send_to(bytes, destination);
    }

    pub(crate) fn send(&mut self, destination: SocketAddr, bytes: &[u8]) {
        let fits = self.head.is_some_and(|(to, size, count)| {
            to == destination
                && bytes.len() <= size
                && self.run.len() == size * count
                && count < self.state.max_gso_segments()
                && self.run.len() + bytes.len() < 60_000
        });
        if !fits {
            self.flush();
            self.head = Some((destination, bytes.len(), 0));
        }
        self.run.extend_from_slice(bytes);
        if let Some((.., count)) = &mut self.head {
            *count += 1;
        }
    }

    pub(crate) fn flush(&mut self) {
        let Some((destination, size, count)) = self.head.take() else { return };
        let segment_size = (count > 1).then_some(size);
        let message =
            quinn_udp::Transmit { destination, ecn: None, contents: &self.run, segment_size, src_ip: None };
        let _ = self.state.try_send((&self.socket).into(), &message);
        self.run.clear();
    }
}
