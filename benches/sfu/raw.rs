//! UDP in batches, one AES-128-GCM opening for each packet in and one sealing for each out: below this no
//! relay that encrypts can come.

use crate::socket::Batch;
use crate::target::{answer, orders, pin, target_address};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;
use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// Forwards until its standard input ends.
pub(crate) fn serve() {
    pin(0);
    let mut socket = Batch::new(UdpSocket::bind(target_address()).expect("the port is free"));
    let orders = orders();
    let mut keys: HashMap<u16, (u64, LessSafeKey)> = HashMap::new();
    let mut rooms: HashMap<u64, Vec<(u16, SocketAddr, LessSafeKey)>> = HashMap::new();
    answer(&json!({"what": "ready"}));
    loop {
        let wait = Timespec::try_from(Duration::from_millis(100)).expect("short");
        let _ = poll(&mut [PollFd::new(&socket.socket, PollFlags::IN)], Some(&wait));
        while let Ok(order) = orders.try_recv() {
            let (id, room) =
                (order["id"].as_u64().expect("an id") as u16, order["room"].as_u64().expect("a room"));
            let address: SocketAddr =
                order["address"].as_str().and_then(|text| text.parse().ok()).expect("one");
            keys.insert(id, (room, key(id)));
            if order["subscribes"] == true {
                rooms.entry(room).or_default().push((id, address, key(id)));
            }
        }
        let mut runs: HashMap<SocketAddr, Vec<Vec<u8>>> = HashMap::new();
        for (_, mut bytes, _) in socket.receive() {
            let from = u16::from_be_bytes([bytes[8], bytes[9]]);
            let video = bytes[1] == 96;
            let sequence = u32::from_be_bytes([bytes[2], bytes[3], bytes[4], bytes[5]]);
            let Some((room, key)) = keys.get(&from) else { continue };
            let Some(payload) = open(key, &mut bytes).map(<[u8]>::to_vec) else { continue };
            for (id, address, key) in rooms.get(room).into_iter().flatten().filter(|(id, ..)| *id != from) {
                let _ = id;
                runs.entry(*address).or_default().push(seal(key, from, video, sequence, payload.clone()));
            }
        }
        for (address, run) in runs {
            run.iter().for_each(|bytes| socket.send(address, bytes));
        }
        socket.flush();
    }
}

/// Everybody's key is known.
pub(crate) fn key(id: u16) -> LessSafeKey {
    let mut bytes = [0x42; 16];
    bytes[..2].copy_from_slice(&id.to_be_bytes());
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &bytes).expect("sixteen bytes"))
}

/// An RTP header, the sealed payload, the tag.
pub(crate) fn seal(
    key: &LessSafeKey,
    from: u16,
    video: bool,
    sequence: u32,
    mut payload: Vec<u8>,
) -> Vec<u8> {
    let mut bytes = vec![0; 12];
    bytes[0] = 0x80;
    bytes[1] = if video { 96 } else { 111 };
    bytes[2..6].copy_from_slice(&sequence.to_be_bytes());
    bytes[8..10].copy_from_slice(&from.to_be_bytes());
    let nonce = Nonce::try_assume_unique_for_key(&bytes).expect("twelve bytes");
    key.seal_in_place_append_tag(nonce, Aad::from(bytes.clone()), &mut payload).expect("it is short");
    bytes.extend(payload);
    bytes
}

/// The payload, if the seal is whole.
pub(crate) fn open<'a>(key: &LessSafeKey, bytes: &'a mut [u8]) -> Option<&'a [u8]> {
    let (header, body) = bytes.split_at_mut_checked(12)?;
    let nonce = Nonce::try_assume_unique_for_key(header).ok()?;
    key.open_in_place(nonce, Aad::from(&*header), body).ok().map(|body| &*body)
}
