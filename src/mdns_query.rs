//! One question for the addresses of a name by multicast DNS, and its answer (RFC 6762 section 5.1). Pure.

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, Question, ResourceRecord, TYPE};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The port of multicast DNS, and its groups (RFC 6762 section 3).
pub(crate) const PORT: u16 = 5353;
pub(crate) const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
pub(crate) const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);

/// Bytes of the longest message (RFC 6762 section 17; SECURITY.md).
pub(crate) const MESSAGE_MAX: usize = 9000;

/// A question for the addresses of `name`, in labels of up to 63 bytes, as a one-shot resolver asks it.
pub(crate) fn question(id: u16, name: &str) -> Vec<u8> {
    let name = Name::new_unchecked(name);
    let mut packet = Packet::new_query(id);
    let of_type = |kind: TYPE| Question::new(name.clone(), kind.into(), QCLASS::CLASS(CLASS::IN), false);
    packet.questions = [TYPE::A, TYPE::AAAA].map(of_type).into();
    packet.build_bytes_vec().expect("a vector takes everything")
}

/// The addresses of `name` in an answer to the question with that id; none if the message is no such answer.
pub fn answer(id: u16, name: &str, message: &[u8]) -> Vec<IpAddr> {
    let name = Name::new_unchecked(name);
    let message = read(message).filter(|it| it.id() == id && it.has_flags(PacketFlag::RESPONSE));
    let records = message.iter().flat_map(|message| &message.answers);
    records.filter(|record| record.name == name).filter_map(|record| address(&record.rdata)).collect()
}

/// The goodbye of a name: it does not lead to these addresses (RFC 6762 section 10.1).
pub(crate) fn goodbye<'a>(name: &str, addresses: impl IntoIterator<Item = &'a IpAddr>) -> Vec<u8> {
    let mut packet = Packet::new_reply(0);
    packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    let gone = |&address: &IpAddr| {
        let data = match address {
            IpAddr::V4(address) => RData::A(address.into()),
            IpAddr::V6(address) => RData::AAAA(address.into()),
        };
        ResourceRecord::new(Name::new_unchecked(name), CLASS::IN, 0, data).with_cache_flush(true)
    };
    packet.answers = addresses.into_iter().map(gone).collect();
    packet.build_bytes_vec().expect("a vector takes everything")
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(Ipv4Addr::from(a.address).into()),
        RData::AAAA(aaaa) => Some(Ipv6Addr::from(aaaa.address).into()),
        _ => None,
    }
}

fn read(bytes: &[u8]) -> Option<Packet<'_>> {
    // The parser makes room for as many records as the header promises: 65,535 in each of four sections. No
    // question is shorter than five bytes, and no record shorter than eleven.
    let promised = |section: usize| usize::from(u16::from_be_bytes([bytes[section], bytes[section + 1]]));
    let behind_header = bytes.len().checked_sub(12)?;
    if promised(4) * 5 + (promised(6) + promised(8) + promised(10)) * 11 > behind_header {
        return None;
    }
    Packet::parse(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "wizyjno.local";

    #[test]
    fn the_question_and_its_answer_are_dns() {
        let question = question(7, NAME);
        let a = b"\x07wizyjno\x05local\0\0\x01\0\x01";
        let aaaa = b"\x07wizyjno\x05local\0\0\x1c\0\x01";
        assert_eq!(question, [&b"\0\x07\0\0\0\x02\0\0\0\0\0\0"[..], a, aaaa].concat());
        let mut message = question.clone();
        message[2] = 0x84;
        message[7] = 2;
        message.extend(b"\xc0\x0c\0\x10\x80\x01\0\0\0\x78\0\x02\x01x"); // a TXT record
        message.extend(b"\xc0\x0c\0\x01\x80\x01\0\0\0\x78\0\x04\xc0\xa8\x01\x05");
        assert_eq!(answer(7, NAME, &message), [IpAddr::from([192, 168, 1, 5])]);
        assert_eq!(answer(7, "WIZYJNO.local", &message), [IpAddr::from([192, 168, 1, 5])]);
        assert!(answer(8, NAME, &message).is_empty(), "of another question");
        assert!(answer(7, "else.local", &message).is_empty(), "of another name");
        assert!(answer(7, NAME, &question).is_empty(), "a question");
        for end in 0..message.len() {
            assert!(answer(7, NAME, &message[..end]).is_empty(), "torn at {end}");
        }
        let endless = [&message[..12], &[1, b'x'].repeat(4000)[..]].concat();
        assert!(answer(7, NAME, &endless).is_empty());
        let promises_everything = [0, 7, 0x84, 0, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(read(&promises_everything).is_none());
    }
}
