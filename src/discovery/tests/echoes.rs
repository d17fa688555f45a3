//! What a reflector, or anybody else, repeats of our own words.

use super::*;

const HERE: [&str; 2] = ["192.168.1.20", "10.0.0.20"];
const REFLECTOR: &str = "192.168.1.1:5353";

/// A box on two networks, which a reflector joins: what is said in one is heard in the other, from the reflector.
struct Joined {
    now: std::time::Instant,
    it: Responder,
    /// What was said, before the reflector repeats it.
    said: Vec<Vec<u8>>,
}

fn two_networks(addresses: [&str; 2]) -> Vec<Lan> {
    let [first, second] = addresses.map(lan);
    let mut all = first;
    all.extend(second.into_iter().map(|one| Lan { interface: "eth1".into(), index: 3, ..one }));
    all
}

impl Joined {
    fn at(reach: Reach) -> Joined {
        let now = now();
        Joined { now, it: Responder::new("wizyjno", PORTS, reach, 7, now), said: Vec::new() }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while self.it.deadline() <= until {
            self.now = self.now.max(self.it.deadline());
            self.it.tick(self.now);
            for say in self.it.take().into_iter().filter(|say| say.to.is_none()) {
                let other = if say.place == 2 { 3 } else { 2 };
                self.it.heard(self.now, other, REFLECTOR.parse().expect("an address"), &say.message);
                self.said.push(say.message);
            }
        }
        self.now = until;
    }
}

#[test]
fn nobody_loses_to_his_own_words_whoever_repeats_them() {
    let mut joined = Joined::at(Reach::of(&two_networks(HERE)));
    joined.wait(Duration::from_secs(3));
    assert_eq!(joined.it.standing(), Standing::Held);
    joined.wait(10 * MINUTE);
    assert_eq!(joined.it.standing(), Standing::Held);
}

#[test]
fn a_late_echo_of_a_former_address_is_no_rival() {
    let mut before = Joined::at(Reach::of(&two_networks(HERE)));
    before.wait(Duration::from_secs(10));
    let first = Reach::of(&two_networks(HERE)).after(&Reach::default(), before.now);
    let mut moved =
        Joined::at(Reach::of(&two_networks(["192.168.1.5", "10.0.0.20"])).after(&first, before.now));
    moved.wait(BETWEEN_PROBES);
    let repeat = |moved: &mut Joined, message: &[u8]| {
        for place in [2, 3] {
            moved.it.heard(moved.now, place, REFLECTOR.parse().expect("an address"), message);
        }
    };
    before.said.iter().for_each(|message| repeat(&mut moved, message));
    moved.wait(Duration::from_secs(3));
    assert_eq!(moved.it.standing(), Standing::Held, "while it asks");
    before.said.iter().for_each(|message| repeat(&mut moved, message));
    assert_eq!(moved.it.standing(), Standing::Held, "when it holds the name");
    moved.wait(5 * MINUTE);
    repeat(&mut moved, &claim([192, 168, 1, 20], 120));
    assert_eq!(moved.it.standing(), Standing::Contested, "whoever has that address by now is another device");
}

/// The neighbour: a network that had IPv6 alone, whose echo says that the name has no IPv4 address.
#[test]
fn what_was_denied_before_is_no_rival() {
    let v6 = |address: &str| Lan {
        address: address.parse().expect("an address"),
        prefix: 64,
        ..lan(HERE[0]).remove(0)
    };
    let mut before = Joined::at(Reach::of(&[v6("fd77::20")]));
    before.wait(Duration::from_secs(3));
    let first = Reach::of(&[v6("fd77::20")]).after(&Reach::default(), before.now);
    let mut moved = Joined::at(Reach::of(&two_networks(HERE)).after(&first, before.now));
    moved.wait(BETWEEN_PROBES);
    for message in &before.said {
        moved.it.heard(moved.now, 2, REFLECTOR.parse().expect("an address"), message);
    }
    moved.wait(Duration::from_secs(3));
    assert_eq!(moved.it.standing(), Standing::Held);
}

#[test]
fn a_reflected_rival_still_wins_or_loses() {
    for (rival, standing) in [([255; 4], Standing::Taken), ([1; 4], Standing::Held)] {
        let mut joined = Joined::at(Reach::of(&two_networks(HERE)));
        for _ in 0..8 {
            let mut packet = Packet::new_query(0);
            let claim = claim(rival, 120);
            packet.name_servers = Packet::parse(&claim).expect("a claim").answers;
            let message = packet.build_bytes_vec().expect("a packet");
            joined.it.heard(joined.now, 3, REFLECTOR.parse().expect("an address"), &message);
            if joined.it.standing() == Standing::Taken {
                break;
            }
            joined.wait(Duration::from_millis(100));
        }
        if joined.it.standing() == Standing::Claiming {
            joined.wait(Duration::from_secs(3));
        }
        assert_eq!(joined.it.standing(), standing);
    }
}
