//! What the box says about itself in DNS records, and how it is put into a message.

use super::{Ports, reach::Place};
use simple_dns::rdata::{NSEC, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, Label, Name, Packet, PacketFlag, Question, ResourceRecord, TYPE};
use std::net::IpAddr;

/// How long others may remember what depends on the host, and the rest (RFC 6762 section 10), in seconds.
const HOST_TTL: u32 = 120;
const OTHER_TTL: u32 = 4500;

/// How long a resolver that asks from a port of its own may remember anything (RFC 6762 section 6.7).
const LEGACY_TTL: u32 = 10;

/// Where the page is, for browsers of services (RFC 6763 section 6; `path` as registered for `_http._tcp`).
pub(super) const TXT_ENTRIES: [&str; 2] = ["txtvers=1", "path=/"];

/// The services, each with its type's first label.
pub(super) fn services(ports: Ports) -> impl Iterator<Item = (&'static str, u16)> {
    [("_https", Some(ports.https)), ("_http", ports.http)]
        .into_iter()
        .filter_map(|(name, port)| Some((name, port?)))
}

pub(super) fn host(label: &str) -> Name<'static> {
    name(&[label, "local"])
}

pub(super) fn instance(label: &str, service: &str) -> Name<'static> {
    name(&[label, service, "_tcp", "local"])
}

/// Labels are taken as they are, whatever is in them.
fn name(labels: &[&str]) -> Name<'static> {
    let labels: Vec<Label> =
        labels.iter().map(|label| Label::new_unchecked(label.as_bytes().to_vec())).collect();
    Name::new_with_labels(&labels)
}

/// Everything that is told in one place. Records of which we are the only holder have the cache-flush bit;
/// NSEC says of a name which types it has, so that nobody waits for another one (RFC 6762 section 6.1).
pub(super) fn records(
    label: &str,
    instance_label: &str,
    ports: Ports,
    place: &Place,
) -> Vec<ResourceRecord<'static>> {
    let unique = |name: &Name<'static>, ttl, rdata| {
        ResourceRecord::new(name.clone(), CLASS::IN, ttl, rdata).with_cache_flush(true)
    };
    let shared = |name: Name<'static>, to: &Name<'static>| {
        ResourceRecord::new(name, CLASS::IN, OTHER_TTL, RData::PTR(PTR(to.clone())))
    };
    let nothing_but = |name: &Name<'static>, ttl, types: &[TYPE]| {
        unique(name, ttl, RData::NSEC(NSEC::from_types(name.clone(), types)))
    };
    let host = host(label);
    let mut records: Vec<_> =
        place.told.iter().map(|&address| address_of(label, address).with_cache_flush(true)).collect();
    let mut types: Vec<TYPE> = records.iter().map(|record| record.rdata.type_code()).collect();
    types.dedup();
    records.push(nothing_but(&host, HOST_TTL, &types));
    for (service, port) in services(ports) {
        let (kind, instance) = (name(&[service, "_tcp", "local"]), instance(instance_label, service));
        let mut text = TXT::new();
        for entry in TXT_ENTRIES {
            text.add_string(entry).expect("it is shorter than 256 bytes");
        }
        records.push(shared(kind.clone(), &instance));
        records.push(shared(name(&["_services", "_dns-sd", "_udp", "local"]), &kind));
        let location = SRV { priority: 0, weight: 0, port, target: host.clone() };
        records.push(unique(&instance, HOST_TTL, RData::SRV(location)));
        records.push(unique(&instance, OTHER_TTL, RData::TXT(text)));
        records.push(nothing_but(&instance, OTHER_TTL, &[TYPE::TXT, TYPE::SRV]));
    }
    records
}

/// That the name leads there.
pub(super) fn address_of(label: &str, address: IpAddr) -> ResourceRecord<'static> {
    let data = match address {
        IpAddr::V4(address) => RData::A(address.into()),
        IpAddr::V6(address) => RData::AAAA(address.into()),
    };
    ResourceRecord::new(host(label), CLASS::IN, HOST_TTL, data)
}

/// The address in such a record.
pub(super) fn address_in(rdata: &RData) -> Option<IpAddr> {
    match rdata {
        RData::A(a) => Some(IpAddr::V4(a.address.into())),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.address.into())),
        _ => None,
    }
}

/// Where a record leads to.
pub(super) fn target_in<'a>(rdata: &'a RData) -> Option<&'a Name<'a>> {
    match rdata {
        RData::PTR(PTR(target)) => Some(target),
        RData::SRV(location) => Some(&location.target),
        _ => None,
    }
}

/// Reads a message that came from the network.
pub(super) fn read(bytes: &[u8]) -> Option<Packet<'_>> {
    // The parser makes room for as many records as the header promises: 65,535 in each of four sections. No
    // question is shorter than five bytes, and no record shorter than eleven.
    let promised = |section: usize| usize::from(u16::from_be_bytes([bytes[section], bytes[section + 1]]));
    let header_and_more = bytes.len().checked_sub(12)?;
    if promised(4) * 5 + (promised(6) + promised(8) + promised(10)) * 11 > header_and_more {
        return None;
    }
    Packet::parse(bytes).ok()
}

/// An answer for everybody.
pub(super) fn answer<'a>(
    answers: impl IntoIterator<Item = &'a ResourceRecord<'static>>,
    additional: impl IntoIterator<Item = &'a ResourceRecord<'static>>,
) -> Vec<u8> {
    let mut packet = Packet::new_reply(0);
    packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    packet.answers = answers.into_iter().cloned().collect();
    packet.additional_records = additional.into_iter().cloned().collect();
    bytes(&packet)
}

/// The same, for a resolver that knows nothing of multicast: it wants its number and its question back, and
/// takes the cache-flush bit for another class (RFC 6762 section 6.7).
pub(super) fn legacy_answer<'a>(
    asked: &Packet,
    answers: impl IntoIterator<Item = &'a ResourceRecord<'static>>,
) -> Vec<u8> {
    let mut packet = Packet::new_reply(asked.id());
    packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    packet.questions = asked.questions.clone();
    let plain = |record: &ResourceRecord<'static>| {
        let plain = record.clone().with_cache_flush(false);
        ResourceRecord { ttl: plain.ttl.min(LEGACY_TTL), ..plain }
    };
    packet.answers = answers.into_iter().map(plain).collect();
    bytes(&packet)
}

/// That these records are gone (RFC 6762 section 10.1).
pub(super) fn goodbye<'a>(records: impl IntoIterator<Item = &'a ResourceRecord<'static>>) -> Vec<u8> {
    let gone: Vec<_> =
        records.into_iter().map(|record| ResourceRecord { ttl: 0, ..record.clone() }).collect();
    answer(&gone, [])
}

/// Questions to everybody, with the answers that are known already, and what we mean to say ourselves.
pub(super) fn question(
    questions: Vec<Question<'static>>,
    known: Vec<ResourceRecord<'static>>,
    meant: Vec<ResourceRecord<'static>>,
) -> Vec<u8> {
    let mut packet = Packet::new_query(0);
    packet.questions = questions;
    packet.answers = known;
    packet.name_servers = meant;
    bytes(&packet)
}

fn bytes(packet: &Packet) -> Vec<u8> {
    packet.build_bytes_vec_compressed().expect("a vector takes everything")
}

/// What decides between two devices that ask for one name at the same moment: class, type and data, in
/// order (RFC 6762 section 8.2).
pub(super) fn rank<'a, 'b: 'a>(
    records: impl IntoIterator<Item = &'a ResourceRecord<'b>>,
) -> Vec<(u16, u16, Vec<u8>)> {
    let mut rank: Vec<_> = records
        .into_iter()
        .map(|record| {
            // The data of a record by itself, under the name of the root: all that comes before is 23 bytes.
            let mut alone = Packet::new_reply(0);
            alone.answers = vec![ResourceRecord { name: Name::new_with_labels(&[]), ..record.clone() }];
            let data = alone.build_bytes_vec().map(|mut bytes| bytes.split_off(23)).unwrap_or_default();
            (record.class.into(), record.rdata.type_code().into(), data)
        })
        .collect();
    rank.sort();
    rank
}
