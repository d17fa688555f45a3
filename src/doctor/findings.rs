//! What follows from the facts, and how much it weighs. Pure.

mod domains;

use super::cases::{
    self, Case, Certificate, Clock, Disk, Firewall, Kernel, Keys, Media, Name, Network, Pin, PlainPage, Radio,
};
use super::facts::{self, Facts, Holder, Page, Port, Speed, StateDir};
use std::net::IpAddr;
use std::time::SystemTime;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) weight: Weight,
    pub(super) case: Case,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Good,
    /// It could be better.
    Hint,
    /// It keeps people from connecting.
    Fault,
}

fn good(case: Case) -> Finding {
    Finding { weight: Weight::Good, case }
}

fn hint(case: Case) -> Finding {
    Finding { weight: Weight::Hint, case }
}

fn fault(case: Case) -> Finding {
    Finding { weight: Weight::Fault, case }
}

/// In the order in which somebody would look.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = page(facts);
    found.extend(facts.page.as_ref().ok().and_then(guesses));
    found.extend(facts.http.as_ref().and_then(plain_page));
    found.extend(media(facts));
    found.extend(interfaces(facts));
    found.extend(name(facts));
    found.extend(facts.domains.iter().flat_map(|domain| domains::findings(domain, facts)));
    found.extend(firewall(&facts.firewall));
    found.extend(clock(facts));
    found.extend(certificate(facts));
    found.extend(state_dir(&facts.state));
    found.extend(radio(facts));
    found.extend(narrow(facts));
    found.extend(kernel(facts));
    found.push(speed(facts.speed));
    found
}

fn page(facts: &Facts) -> Vec<Finding> {
    let Port { numbers, holders, setting } = &facts.https;
    let (first, setting) = (numbers[0], *setting);
    match &facts.page {
        Ok(page) => {
            let serves = good(Case::Page(cases::Page::Served { port: page.port }));
            let holder = holders[0].clone();
            let aside = (page.port != first).then(|| hint(Case::Page(cases::Page::Aside { first, holder })));
            [serves].into_iter().chain(aside).collect()
        }
        Err(why) if holders.contains(&Holder::Us) => {
            vec![fault(Case::Page(cases::Page::Silent { why: why.clone() }))]
        }
        Err(_) if numbers == &[0] => vec![fault(Case::Page(cases::Page::AnyPort { setting }))],
        Err(_) => {
            let taken = numbers.iter().zip(holders).filter(|(_, holder)| is_another(holder));
            let taken = taken.map(|(port, holder)| {
                fault(Case::Page(cases::Page::Taken { port: *port, holder: holder.clone(), setting }))
            });
            let taken: Vec<_> = taken.collect();
            let some_port_is_free = taken.len() < numbers.len();
            let idle =
                some_port_is_free.then(|| fault(Case::Page(cases::Page::Idle { ports: numbers.clone() })));
            taken.into_iter().chain(idle).collect()
        }
    }
}

fn guesses(page: &Page) -> Option<Finding> {
    let wrong = page.guessed_pins;
    (wrong > 0).then(|| hint(Case::Pin(Pin { wrong })))
}

fn plain_page(port: &Port) -> Option<Finding> {
    let Port { numbers, holders, setting } = port;
    if let Some(at) = holders.iter().position(|holder| *holder == Holder::Us) {
        return Some(good(Case::PlainPage(PlainPage::Served { port: numbers[at] })));
    }
    let ports: Vec<_> = numbers.iter().copied().zip(holders.iter().cloned()).collect();
    let all_are_taken = holders.iter().all(is_another);
    all_are_taken.then(|| hint(Case::PlainPage(PlainPage::Taken { ports, setting })))
}

fn media(facts: &Facts) -> Option<Finding> {
    let port = facts.media_port;
    match &facts.media {
        Holder::Us => Some(good(Case::Media(Media::Served { port }))),
        holder @ Holder::Other { .. } => {
            Some(hint(Case::Media(Media::Taken { port, holder: holder.clone() })))
        }
        Holder::Hidden | Holder::Nobody => None,
    }
}

fn is_another(holder: &Holder) -> bool {
    matches!(holder, Holder::Other { .. } | Holder::Hidden)
}

fn interfaces(facts: &Facts) -> Vec<Finding> {
    let all = match &facts.interfaces {
        Ok(all) => all,
        Err(why) => return vec![fault(Case::Network(Network::Unknown { why: why.clone() }))],
    };
    let others = all.iter().filter(|one| !one.address.is_loopback());
    let one = others.map(|one| {
        let (interface, address) = (one.interface.clone(), one.address);
        good(Case::Network(match one.left_out {
            None => Network::Local { interface, address },
            Some(why) => Network::LeftOut { interface, address, why },
        }))
    });
    let mut found: Vec<Finding> = one.collect();
    if all.iter().all(|one| one.left_out.is_some()) {
        found.push(fault(Case::Network(Network::None)));
    }
    found
}

fn name(facts: &Facts) -> Vec<Finding> {
    if !facts.announces {
        let has_another = !facts.domains.is_empty();
        return if has_another { Vec::new() } else { vec![hint(Case::Name(Name::None))] };
    }
    let Ok(page) = &facts.page else { return Vec::new() }; // without a box nobody answers
    let mut found = Vec::new();
    // Its first name is the one that it got.
    let certificate = page.certificate.as_ref();
    let first = certificate.and_then(|certificate| certificate.names.dns.first());
    let name = first.filter(|name| name.ends_with(".local")).unwrap_or(&facts.name);
    if *name != facts.name {
        found.push(hint(Case::Name(Name::Other { wanted: facts.name.clone(), name: name.clone() })));
    }
    let ours = |address: &IpAddr| {
        facts.interfaces.as_ref().is_ok_and(|all| all.iter().any(|one| one.address == *address))
    };
    for (interface, answer) in &facts.answers {
        let (name, interface) = (name.clone(), interface.clone());
        found.push(match answer {
            Ok(addresses) if addresses.iter().any(ours) => {
                good(Case::Name(Name::Answered { name, interface }))
            }
            Ok(addresses) => match addresses.first() {
                None => fault(Case::Name(Name::Unanswered { name, interface, avahi: facts.avahi })),
                Some(&address) => fault(Case::Name(Name::Foreign { name, interface, address })),
            },
            Err(why) => hint(Case::Name(Name::Unasked { name, interface, why: why.clone() })),
        });
    }
    if facts.avahi {
        found.push(good(Case::Name(Name::Avahi)));
    }
    found
}

fn firewall(firewall: &facts::Firewall) -> Vec<Finding> {
    match firewall {
        facts::Firewall::Unknown(why) => vec![hint(Case::Firewall(Firewall::Unknown(why.clone())))],
        facts::Firewall::Rules(drops) if drops.is_empty() => vec![good(Case::Firewall(Firewall::Open))],
        facts::Firewall::Rules(drops) => {
            drops.iter().map(|drop| fault(Case::Firewall(Firewall::Closed(drop.clone())))).collect()
        }
    }
}

fn clock(facts: &Facts) -> Option<Finding> {
    (!facts.clock_can_be).then(|| hint(Case::Clock(Clock { shows: facts.clock })))
}

fn certificate(facts: &Facts) -> Option<Finding> {
    let facts::Certificate { names, valid: (from, until) } = facts.page.as_ref().ok()?.certificate.clone()?;
    let now = facts.clock;
    if facts.clock_can_be && !(from..until).contains(&now) {
        return Some(fault(Case::Certificate(Certificate::Invalid { from, until, now })));
    }
    let days = days_until(until, now);
    Some(good(Case::Certificate(Certificate::Valid { days, names: names.dns })))
}

/// Whole days.
fn days_until(then: SystemTime, now: SystemTime) -> u64 {
    then.duration_since(now).unwrap_or_default().as_secs() / (24 * 60 * 60)
}

/// Keys and certificates take a hundredth of that.
const ROOM: u64 = 1 << 20;

fn state_dir(state: &StateDir) -> Vec<Finding> {
    let path = || state.path.clone();
    let mut found = vec![if let Some(how) = state.damage.clone() {
        fault(Case::Keys(Keys::Damaged { how }))
    } else if !state.exists {
        hint(Case::Keys(Keys::Absent { path: path() }))
    } else if !state.writable {
        hint(Case::Keys(Keys::ReadOnly { path: path() }))
    } else {
        good(Case::Keys(Keys::Kept { path: path() }))
    }];
    if state.in_memory {
        found.push(hint(Case::Keys(Keys::InMemory { path: path() })));
    }
    if let Some(free) = state.free.filter(|free| *free < ROOM) {
        found.push(hint(Case::Disk(Disk { free, path: path() })));
    }
    found
}

fn radio(facts: &Facts) -> Vec<Finding> {
    let of = |(interface, sleeps): &(String, Option<bool>)| {
        let interface = interface.clone();
        match sleeps {
            Some(true) => hint(Case::Radio(Radio::Sleeps { interface })),
            Some(false) => good(Case::Radio(Radio::Awake { interface })),
            None => hint(Case::Radio(Radio::Unknown { interface })),
        }
    };
    facts.power_save.iter().map(of).collect()
}

/// Bytes of a packet of a picture, with all headers: browsers fill 1,200 of RTP.
const PICTURE: usize = 1280;

fn narrow(facts: &Facts) -> Vec<Finding> {
    let narrow = facts.mtu.iter().filter(|(_, mtu)| *mtu < PICTURE);
    let hint = narrow.map(|(interface, mtu)| {
        hint(Case::Media(Media::Narrow { interface: interface.clone(), mtu: *mtu, wanted: PICTURE }))
    });
    hint.collect()
}

/// What the media sockets ask for.
const BUFFER: usize = 4 << 20;

fn kernel(facts: &Facts) -> Vec<Finding> {
    let buffer = facts.receive_buffer.map(|bytes| match bytes >= BUFFER {
        true => good(Case::Kernel(Kernel::Buffers { bytes })),
        false => hint(Case::Kernel(Kernel::SmallBuffers { bytes, wanted: BUFFER })),
    });
    let offload = match facts.offload {
        (true, true) => good(Case::Kernel(Kernel::Joined)),
        _ => hint(Case::Kernel(Kernel::NotJoined)),
    };
    buffer.into_iter().chain([offload]).collect()
}

/// Everything about a packet that is not encryption took so many times as long as to walk through it, where
/// `cargo bench --bench sfu` was run (docs/performance.md).
const WALKS: f64 = 8.0;
/// Packets that one member sends in a second: a picture of 1.5 Mbit/s, and sound.
const PACKETS: f64 = 200.0;
/// What media may take of a core, so that the rest goes on.
const SHARE: f64 = 0.7;

fn speed(Speed { cores, encrypt, walk }: Speed) -> Finding {
    // In once, out once to each of the others.
    let a_packet = 2.0 * encrypt.as_secs_f64() + WALKS * walk.as_secs_f64();
    let load = |members: f64| members * (members - 1.0) * PACKETS * a_packet;
    let members = (2..=32_u32).take_while(|members| load(f64::from(*members)) <= SHARE).last().unwrap_or(2);
    let rooms = (SHARE * cores as f64 / load(4.0)).floor() as u32;
    let slow = members < 4;
    let case = Case::Speed(cases::Speed { cores, encrypt, members, rooms, slow });
    if slow { hint(case) } else { good(case) }
}
