//! What leaves a connection beside the engine, and what does not.

use super::*;
use std::collections::HashSet;
use str0m::config::KeyingMaterial;
use str0m::crypto::dtls::SrtpProfile;
use str0m::rtp::ExtensionMap;

const PROFILES: [(SrtpProfile, usize); 3] = [
    (SrtpProfile::AEAD_AES_128_GCM, 56),
    (SrtpProfile::AEAD_AES_256_GCM, 88),
    (SrtpProfile::AES128_CM_SHA1_80, 60),
];

#[expect(clippy::disallowed_methods, reason = "at any moment")]
fn start() -> Instant {
    Instant::now()
}

fn keying((profile, length): (SrtpProfile, usize)) -> Keying {
    Keying { material: KeyingMaterial::new(&vec![9; length]), profile, client: false }
}

/// A datagram of the engine's that begins with that byte.
fn engine_sends(egress: &mut Egress, first: u8, destination: &str) -> bool {
    engine_sends_by(egress, Protocol::Udp, first, destination)
}

fn engine_sends_by(egress: &mut Egress, protocol: Protocol, first: u8, destination: &str) -> bool {
    egress.passes(&Transmit {
        protocol,
        source: "10.0.0.1:443".parse().expect("an address"),
        destination: destination.parse().expect("an address"),
        bytes: vec![first; 40],
        size: 40,
    })
}

fn datagrams(egress: &mut Egress) -> Vec<Vec<u8>> {
    let runs: Vec<_> = egress.take().collect();
    runs.iter().flat_map(Transmit::datagrams).map(<[u8]>::to_vec).collect()
}

fn agreed() -> Agreed {
    Agreed {
        ssrc: 7.into(),
        rtx: Some(8.into()),
        rtx_payload_types: vec![(96.into(), 97.into())],
        clock_rate: 90_000,
        cname: "a".into(),
        extensions: (ExtensionMap::standard(), "0".into()),
    }
}

fn ready(now: Instant, profile: (SrtpProfile, usize)) -> Egress {
    let mut egress = Egress::new(now);
    egress.set_keys(&keying(profile));
    assert!(engine_sends(&mut egress, 22, "10.0.1.1:5000"), "DTLS is the engine's");
    assert_eq!(egress.bind(agreed()), 0);
    egress
}

fn packet<'a>(number: u64, payload: &'a Arc<[u8]>, extensions: &'a ExtensionValues) -> Outgoing<'a> {
    let payload_type = 96.into();
    Outgoing { payload_type, number, timestamp: 1, marker: false, payload, picture: None, extensions }
}

#[test]
fn nothing_that_the_engine_seals_leaves_and_its_path_is_taken() {
    let now = start();
    let mut egress = ready(now, PROFILES[0]);
    assert!(engine_sends(&mut egress, 0, "10.0.1.9:1"), "a connectivity check, which may go anywhere");
    let (payload, extensions) = (Arc::from([1; 9]), ExtensionValues::default());
    let to = |egress: &mut Egress| egress.take().map(|transmit| transmit.destination).collect::<Vec<_>>();
    assert!(egress.write(now, 0, &packet(1, &payload, &extensions)));
    assert_eq!(to(&mut egress), ["10.0.1.1:5000".parse().expect("an address")]);
    for first in [128, 144, 191] {
        assert!(!engine_sends(&mut egress, first, "10.0.1.2:6000"));
    }
    assert!(egress.write(now, 0, &packet(2, &payload, &extensions)));
    assert_eq!(to(&mut egress), ["10.0.1.2:6000".parse().expect("an address")]);
    for (number, protocol) in [(3, Protocol::Tcp), (4, Protocol::Turn)] {
        assert!(engine_sends_by(&mut egress, protocol, 22, "10.0.1.2:6000"));
        assert!(egress.write(now, 0, &packet(number, &payload, &extensions)));
        assert_eq!(egress.take().map(|transmit| transmit.protocol).collect::<Vec<_>>(), [protocol]);
    }
}

#[test]
fn what_is_agreed_on_another_time_holds_for_what_was_there() {
    let now = start();
    let mut egress = ready(now, PROFILES[0]);
    let (payload, extensions) = (Arc::from([1; 9]), ExtensionValues::default());
    let none = || Agreed { rtx: None, rtx_payload_types: Vec::new(), ..agreed() };
    let bare = || Agreed { extensions: (ExtensionMap::empty(), "0".into()), ..none() };
    assert!(egress.write(now, 0, &packet(1, &payload, &extensions)));
    assert_eq!(egress.bind(bare()), 0);
    assert!(!egress.write(now, 0, &packet(1, &payload, &extensions)));
    assert!(!egress.repeat(now, 0, &packet(1, &payload, &extensions)), "no payload type for it");
    assert!(egress.write(now, 0, &packet(2, &payload, &extensions)));
    assert_eq!(egress.bind(agreed()), 0);
    assert!(egress.repeat(now, 0, &packet(1, &payload, &extensions)));
    let first: Vec<_> = datagrams(&mut egress).iter().map(|bytes| bytes[0]).collect();
    assert_eq!(first, [0x90, 0x80, 0x90], "with extensions, without, with them");
}

#[test]
fn no_number_goes_out_twice_whatever_becomes_of_the_stream() {
    let now = start();
    for profile in PROFILES {
        let mut egress = ready(now, profile);
        let (payload, extensions) = (Arc::from([1; 9]), ExtensionValues::default());
        for number in [65_534, 65_536, 65_535, 65_536, 65_537] {
            egress.write(now, 0, &packet(number, &payload, &extensions));
        }
        assert_eq!(datagrams(&mut egress).len(), 4);
        // The seat is negotiated anew, or somebody hands the keys over another time.
        assert_eq!(egress.bind(agreed()), 0);
        egress.set_keys(&keying(profile));
        assert!(!egress.write(now, 0, &packet(65_537, &payload, &extensions)));
        assert!(!egress.write(now, 1, &packet(65_538, &payload, &extensions)), "no such stream");
        for number in [65_535, 65_536, 65_537] {
            assert!(egress.repeat(now, 0, &packet(number, &payload, &extensions)));
        }
        let repeated = datagrams(&mut egress);
        let numbers: HashSet<_> = repeated.iter().map(|bytes| bytes[2..12].to_vec()).collect();
        assert_eq!(numbers.len(), 3, "each with a number of its own");
        assert!(repeated.iter().all(|bytes| bytes[1] == 97 && bytes[11] == 8), "RFC 4588");
        assert!(egress.report(now) && !egress.report(now));
    }
}

#[test]
fn before_the_handshake_nothing_goes_out() {
    let now = start();
    let mut egress = Egress::new(now);
    let stream = egress.bind(agreed());
    let (payload, extensions) = (Arc::from([1; 9]), ExtensionValues::default());
    assert!(!egress.write(now, stream, &packet(1, &payload, &extensions)));
    assert!(!egress.repeat(now, stream, &packet(1, &payload, &extensions)));
    assert!(!egress.report(now));
    egress.set_keys(&keying(PROFILES[1]));
    assert!(!egress.write(now, stream, &packet(1, &payload, &extensions)), "no path yet");
    assert!(engine_sends(&mut egress, 22, "10.0.1.1:5000"));
    assert!(egress.write(now, stream, &packet(1, &payload, &extensions)), "it was not used");
}
