//! What of this machine's networks matters to the name: where it is told, and with which addresses.

use crate::addresses::Lan;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

/// How long the network may go on repeating an address that this machine had, in seconds: as long as others
/// remember it (the lifetime of address records).
const ECHOES: Duration = Duration::from_secs(120);

/// How many such addresses are kept in mind, so that an interface that flaps takes no memory; SECURITY.md.
const FORMER_MAX: usize = 16;

/// Each interface on which the name is told, by its index in the kernel.
///
/// Everywhere are IPv4 addresses told, as long as there is one: those of IPv6 that begin with `fe80::` break
/// browsers, and others come and go (RFC 8981). They are for networks that have nothing else.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    pub(super) places: BTreeMap<u32, Place>,
    /// All addresses of this machine there, told or not.
    own: BTreeSet<IpAddr>,
    /// Former addresses of this machine, each with the moment after which nobody repeats it.
    former: BTreeMap<IpAddr, Instant>,
}

/// Addresses that are not told come and go without a word.
impl PartialEq for Reach {
    fn eq(&self, other: &Reach) -> bool {
        self.places == other.places
    }
}

/// One interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Its own IPv4 addresses, each with the length of its network's prefix.
    pub(super) v4: BTreeSet<(Ipv4Addr, u8)>,
    speaks_link_local: bool,
    /// The addresses that the name leads to for those who ask here.
    pub(super) told: BTreeSet<IpAddr>,
}

impl Reach {
    pub(super) fn of(lan: &[Lan]) -> Reach {
        let v4_somewhere = lan.iter().any(|one| one.address.is_ipv4());
        let mut places: BTreeMap<u32, Place> = BTreeMap::new();
        for one in lan {
            let place = places.entry(one.index).or_default();
            match one.address {
                IpAddr::V4(address) => drop(place.v4.insert((address, one.prefix))),
                // Multicast is sent from such an address.
                IpAddr::V6(address) if address.is_unicast_link_local() => place.speaks_link_local = true,
                IpAddr::V6(_) if v4_somewhere => {}
                IpAddr::V6(_) => drop(place.told.insert(one.address)),
            }
        }
        // Cable and radio may lead to the same network: there both are told, and the box is not taken for
        // two devices in conflict about a name.
        let all: Vec<Ipv4Addr> = places.values().flat_map(|place| &place.v4).map(|&(own, _)| own).collect();
        for (&index, place) in &mut places {
            let near: Vec<_> = all.iter().copied().filter(|&one| place.is_neighbour(one)).collect();
            place.told.extend(near.into_iter().map(IpAddr::from));
            if !v4_somewhere && place.told.is_empty() {
                place.told.extend(lan.iter().filter(|one| one.index == index).map(|one| one.address));
            }
        }
        places.retain(|_, place| !place.told.is_empty());
        let own = lan.iter().map(|one| one.address).collect();
        Reach { places, own, former: BTreeMap::new() }
    }

    /// Keeps in mind which addresses the machine had `before`.
    pub(super) fn after(mut self, before: &Reach, now: Instant) -> Reach {
        let gone = before.own.iter().map(|&address| (address, now + ECHOES));
        let former = gone.chain(before.former.iter().map(|(&address, &until)| (address, until)));
        let mut former: Vec<_> =
            former.filter(|(address, until)| *until > now && !self.own.contains(address)).collect();
        former.sort_by_key(|&(_, until)| std::cmp::Reverse(until));
        former.truncate(FORMER_MAX);
        self.former = former.into_iter().collect();
        self
    }

    /// Whether each of these networks was there `before`, at an interface of this machine.
    pub(super) fn is_known(&self, before: &Reach) -> bool {
        let known = |(index, place): (&u32, &Place)| match place.v4.is_empty() {
            true => before.places.get(index).is_some_and(|before| before.v4.is_empty()),
            false => {
                let near = |&(address, _): &(Ipv4Addr, u8)| {
                    before.places.values().any(|it| it.is_neighbour(address))
                };
                place.v4.iter().all(near)
            }
        };
        self.places.iter().all(known)
    }

    /// Whether somebody who says this address repeats what this machine has said: it has it, or had it until
    /// not long ago.
    pub(super) fn is_echo(&self, address: IpAddr, now: Instant) -> bool {
        self.is_own(address) || self.former.get(&address).is_some_and(|until| now < *until)
    }

    /// Whether this machine itself has the address.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        self.own.contains(&address)
    }
}

impl Place {
    /// Whether it speaks IPv6: Android asks there, too.
    pub(super) fn speaks_v6(&self) -> bool {
        self.speaks_link_local || self.told.iter().any(IpAddr::is_ipv6)
    }

    fn is_neighbour(&self, address: Ipv4Addr) -> bool {
        self.v4.iter().any(|&(own, prefix)| {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
            (own.to_bits() ^ address.to_bits()) & mask == 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lan(index: u32, address: &str) -> Lan {
        let address: IpAddr = address.parse().expect("a written address");
        let prefix = if address.is_ipv4() { 24 } else { 64 };
        Lan { interface: format!("eth{index}"), index, address, prefix }
    }

    /// What is told where, in the words of this test.
    fn told(lan: &[Lan]) -> Vec<String> {
        let reach = Reach::of(lan);
        let places = reach.places.iter();
        places.flat_map(|(index, place)| place.told.iter().map(move |one| format!("{index} {one}"))).collect()
    }

    #[test]
    fn each_network_is_told_the_addresses_that_are_in_it() {
        let cable_and_radio = [lan(2, "192.168.1.5"), lan(3, "192.168.1.6"), lan(4, "10.0.0.7")];
        let expected = ["2 192.168.1.5", "2 192.168.1.6", "3 192.168.1.5", "3 192.168.1.6", "4 10.0.0.7"];
        assert_eq!(told(&cable_and_radio), expected);
    }

    #[test]
    fn ipv6_is_told_only_where_there_is_nothing_else() {
        assert_eq!(told(&[lan(2, "192.168.1.5"), lan(2, "fd77::5"), lan(3, "fd78::5")]), ["2 192.168.1.5"]);
        assert_eq!(told(&[lan(2, "fd77::5"), lan(2, "fe80::5")]), ["2 fd77::5"]);
        assert_eq!(told(&[lan(2, "fe80::5")]), ["2 fe80::5"]);
        assert_eq!(told(&[]), [""; 0]);
    }

    #[test]
    fn new_ipv6_addresses_leave_the_claim_alone() {
        let before = [lan(2, "192.168.1.5"), lan(2, "fe80::1"), lan(3, "fe80::2")];
        let after = [lan(2, "192.168.1.5"), lan(2, "fe80::1"), lan(2, "2001:db8::77")];
        assert_eq!(Reach::of(&before), Reach::of(&after));
        assert_ne!(Reach::of(&before), Reach::of(&[lan(2, "192.168.1.6"), lan(2, "fe80::1")]));
    }

    #[test]
    fn a_former_address_is_an_echo_for_two_minutes_and_sixteen_are_kept() {
        let start = Instant::now();
        let at = |number: u32| Reach::of(&[lan(2, &format!("192.168.1.{number}"))]);
        let address = |number: u8| IpAddr::from([192, 168, 1, number]);
        let mut reach = at(0).after(&Reach::default(), start);
        for number in 1..40 {
            reach = at(number).after(&reach, start + Duration::from_secs(u64::from(number)));
        }
        let now = start + Duration::from_secs(40);
        let echoes: Vec<u8> = (0..=50).filter(|&number| reach.is_echo(address(number), now)).collect();
        assert_eq!(echoes, (23..40).collect::<Vec<_>>(), "sixteen, and the address of now");
        assert!(reach.is_own(address(39)) && !reach.is_own(address(38)));
        assert!(!reach.is_echo(address(38), start + Duration::from_secs(39) + ECHOES), "nobody repeats it");
        let back = at(38).after(&reach, now);
        assert!(back.is_own(address(38)) && back.is_echo(address(39), now));
    }

    #[test]
    fn a_network_is_known_by_its_addresses_or_its_interface() {
        let home = Reach::of(&[lan(2, "192.168.1.5"), lan(4, "10.0.0.7")]);
        let is_known = |lan: &[Lan]| Reach::of(lan).is_known(&home);
        assert!(is_known(&[lan(2, "192.168.1.9")]) && is_known(&[lan(3, "192.168.1.9")]));
        assert!(!is_known(&[lan(2, "192.168.1.5"), lan(3, "192.168.2.5")]));
        assert!(!is_known(&[lan(2, "fd77::5")]));
        let without_v4 = Reach::of(&[lan(2, "fe80::5")]);
        assert!(Reach::of(&[lan(2, "fd77::5")]).is_known(&without_v4));
        assert!(!home.is_known(&without_v4) && !home.is_known(&Reach::default()));
    }
}
