//! What follows from the facts: one sentence each, and what to do about it. Pure.

use super::facts::{Facts, Firewall, Holder, Page, Port, Speed, StateDir};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(super) about: &'static str,
    pub(super) weight: Weight,
    pub(super) says: String,
    pub(super) mend: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Good,
    /// It could be better.
    Hint,
    /// It keeps people from connecting.
    Fault,
}

fn good(about: &'static str, says: impl Into<String>) -> Finding {
    Finding { about, weight: Weight::Good, says: says.into(), mend: None }
}

fn hint(about: &'static str, says: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { about, weight: Weight::Hint, says: says.into(), mend: Some(mend.into()) }
}

fn fault(about: &'static str, says: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { about, weight: Weight::Fault, says: says.into(), mend: Some(mend.into()) }
}

/// In the order in which somebody would look.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = page(facts);
    found.extend(facts.page.as_ref().ok().and_then(guesses));
    found.extend(plain_page(&facts.http));
    found.extend(media(facts));
    found.extend(interfaces(facts));
    found.extend(name(facts));
    found.extend(firewall(&facts.firewall));
    found.extend(clock(facts));
    found.extend(facts.page.as_ref().ok().map(|page| certificate(page, facts)));
    found.extend(state_dir(&facts.state));
    found.extend(radio(facts));
    found.extend(narrow(facts));
    found.extend(kernel(facts));
    found.push(speed(facts.speed));
    found
}

fn page(facts: &Facts) -> Vec<Finding> {
    let Port { numbers, holders, setting } = &facts.https;
    let first = numbers[0];
    match &facts.page {
        Ok(page) => {
            let serves = good("page", format!("The page comes at port {}.", page.port));
            let aside = (page.port != first).then(|| {
                let holder = held_by(&holders[0]).unwrap_or("this user may not have it".into());
                let mend = "Free it and start the box again, or tell people the number.";
                hint(
                    "page",
                    format!("It is not at port {first} ({holder}), so people must type the number."),
                    mend,
                )
            });
            [serves].into_iter().chain(aside).collect()
        }
        Err(why) if holders.contains(&Holder::Us) => {
            let mend = "Look into its log (journalctl --unit wizyjno), and start it again.";
            vec![fault("page", format!("The box has its port, but the page does not come: {why}."), mend)]
        }
        Err(_) if numbers == &[0] => {
            let mend = format!("Say which one it is with {setting}.");
            vec![fault("page", "The port is any, so nobody knows where the page is.", mend)]
        }
        Err(_) => {
            let taken = numbers.iter().zip(holders).filter_map(|(number, holder)| {
                let mend = format!("End it, or give the box another port with {setting}.");
                Some(fault("page", format!("Port {number} is taken: {}.", held_by(holder)?), mend))
            });
            let taken: Vec<_> = taken.collect();
            let some_port_is_free = taken.len() < numbers.len();
            let idle = some_port_is_free.then(|| {
                let numbers = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
                let mend = "Start it: systemctl start wizyjno, or just wizyjno.";
                fault("page", format!("No box is running: nobody serves the page at port {numbers}."), mend)
            });
            taken.into_iter().chain(idle).collect()
        }
    }
}

fn guesses(page: &Page) -> Option<Finding> {
    let wrong = page.guessed_pins;
    let mend = "The log says from which address. Choose a longer PIN if strangers share the network.";
    (wrong > 0).then(|| hint("pin", format!("Somebody guesses the PIN: {wrong} wrong ones lately."), mend))
}

fn plain_page(port: &Port) -> Option<Finding> {
    let Port { numbers, holders, setting } = port;
    if let Some(at) = holders.iter().position(|holder| *holder == Holder::Us) {
        return Some(good(
            "plain page",
            format!("The page that leads to trust comes at port {}.", numbers[at]),
        ));
    }
    let taken =
        numbers.iter().zip(holders).map(|(number, holder)| Some(format!("{number} ({})", held_by(holder)?)));
    let taken: Vec<String> = taken.collect::<Option<_>>()?;
    let mend = format!("Free one and start the box again, or give it another port with {setting}.");
    let says = match taken.as_slice() {
        [one] => format!("Port {one} is taken, so devices cannot be told there to trust the box."),
        all => format!(
            "Ports {} are taken, so devices cannot be told there to trust the box.",
            all.join(" and ")
        ),
    };
    Some(hint("plain page", says, mend))
}

fn media(facts: &Facts) -> Option<Finding> {
    let port = facts.media_port;
    match &facts.media {
        Holder::Us => Some(good("media", format!("Media comes at UDP port {port}."))),
        Holder::Other(who) => {
            let mend = "End it and start the box again, if a firewall lets only this port through.";
            Some(hint("media", format!("UDP port {port} is held by {who}, so media takes another."), mend))
        }
        Holder::Hidden | Holder::Nobody => None,
    }
}

fn held_by(holder: &Holder) -> Option<String> {
    match holder {
        Holder::Other(who) => Some(format!("{who} holds it")),
        Holder::Hidden => Some("somebody holds it whom only root may see".into()),
        Holder::Nobody | Holder::Us => None,
    }
}

fn interfaces(facts: &Facts) -> Vec<Finding> {
    let all = match &facts.interfaces {
        Ok(all) => all,
        Err(why) => {
            let mend = "Check that the kernel has rtnetlink, and that a sandbox lets it through.";
            return vec![fault("network", format!("The interfaces cannot be listed: {why}."), mend)];
        }
    };
    let mut found = Vec::new();
    for one in all.iter().filter(|one| !one.address.is_loopback()) {
        let (interface, address) = (&one.interface, one.address);
        found.push(match one.left_out {
            None => good("network", format!("{interface} is the local network, with {address}.")),
            Some(why) => good("network", format!("{interface} ({address}) is left out: it {why}.")),
        });
    }
    if all.iter().all(|one| one.left_out.is_some()) {
        let mend = "Plug in a cable or join a Wi-Fi; or name the interface with the setting interface.";
        found.push(fault("network", "No interface has an address on a local network.", mend));
    }
    found
}

fn name(facts: &Facts) -> Vec<Finding> {
    if !facts.announces {
        let mend = "Take no-mdns away if people are to find the box by name.";
        return vec![hint("name", "The box announces no name, so people need its address.", mend)];
    }
    let Ok(page) = &facts.page else { return Vec::new() }; // without a box nobody answers
    let mut found = Vec::new();
    // Its first name is the one that it got.
    let name = page.names.dns.first().filter(|name| name.ends_with(".local")).unwrap_or(&facts.name);
    if *name != facts.name {
        let mend = "Give one of the two another name with the setting name.";
        found.push(hint(
            "name",
            format!("Another device has {}, so the box is called {name}.", facts.name),
            mend,
        ));
    }
    let ours = |address: &IpAddr| {
        facts.interfaces.as_ref().is_ok_and(|all| all.iter().any(|one| one.address == *address))
    };
    for (interface, answer) in &facts.answers {
        found.push(match answer {
            Ok(addresses) if addresses.iter().any(ours) => {
                good("name", format!("{name} is answered on {interface}."))
            }
            Ok(addresses) if addresses.is_empty() => {
                let mend = match facts.avahi {
                    true => "See deny-interfaces, allow-interfaces, use-ipv4 and disallow-other-stacks in /etc/avahi/avahi-daemon.conf: avahi runs here and does not answer; or look for a firewall that drops UDP port 5353.",
                    false => "Look for a firewall that drops UDP port 5353, and into the log; the address works meanwhile.",
                };
                fault("name", format!("Nobody answers for {name} on {interface}."), mend)
            }
            Ok(addresses) => {
                let mend = "Give one of the two another name with the setting name.";
                let whose = addresses[0];
                fault("name", format!("On {interface} {name} is {whose}, which is another device."), mend)
            }
            Err(why) => {
                let mend = "Check that the interface is up and takes multicast.";
                hint("name", format!("{name} cannot be asked for on {interface}: {why}."), mend)
            }
        });
    }
    if facts.avahi {
        found.push(good("name", "avahi runs on this machine too; it and the box share UDP port 5353."));
    }
    found
}

fn firewall(firewall: &Firewall) -> Vec<Finding> {
    match firewall {
        Firewall::Unknown(why) => {
            vec![hint("firewall", format!("Its rules are not known: {why}."), "Run wizyjno doctor as root.")]
        }
        Firewall::Rules(drops) if drops.is_empty() => {
            vec![good("firewall", "No rule that is known for certain drops what comes to the box.")]
        }
        Firewall::Rules(drops) => {
            let mend = "Let it through: see the rules with nft list ruleset, or iptables -S.";
            let drop = |(port, rule): &(String, String)| {
                fault("firewall", format!("{port} is dropped by {rule}."), mend)
            };
            drops.iter().map(drop).collect()
        }
    }
}

fn clock(facts: &Facts) -> Option<Finding> {
    let mend = "Let the machine reach a time server once, or set it: timedatectl set-time.";
    let says = format!(
        "The clock shows {}, which cannot be; the box goes by the date of its build meanwhile.",
        day(facts.clock)
    );
    (!facts.clock_can_be).then(|| hint("clock", says, mend))
}

fn certificate(page: &Page, facts: &Facts) -> Finding {
    let (from, until) = page.valid;
    if facts.clock_can_be && !(from..until).contains(&facts.clock) {
        let says = format!(
            "The certificate is valid from {} until {}, but it is {}.",
            day(from),
            day(until),
            day(facts.clock)
        );
        return fault(
            "certificate",
            says,
            "Wait a minute, in which the box makes a new one; else start it again.",
        );
    }
    let left = until.duration_since(facts.clock).unwrap_or_default().as_secs() / (24 * 60 * 60);
    let names = page.names.dns.join(", ");
    good(
        "certificate",
        format!("It is valid for {left} more days for {names}, and is renewed by itself before."),
    )
}

fn day(moment: SystemTime) -> String {
    OffsetDateTime::from(moment).date().to_string()
}

/// Keys and certificates take a hundredth of that.
const ROOM: u64 = 1 << 20;

fn state_dir(state: &StateDir) -> Vec<Finding> {
    let path = state.path.display();
    let mut found = Vec::new();
    if let Some(damage) = &state.damage {
        found.push(fault("keys", format!("{damage}."), "The box does not start with them as they are."));
    } else if !state.exists {
        let says = format!("The folder of the keys, {path}, is not there yet.");
        found.push(hint("keys", says, "The first start makes it."));
    } else if !state.writable {
        let mend = "A new certificate is not kept until it can be written; see to its owner and its disk.";
        found.push(hint("keys", format!("The folder of the keys, {path}, cannot be written."), mend));
    } else {
        found.push(good("keys", format!("They lie in {path}, which can be written.")));
    }
    if state.in_memory {
        let says = format!(
            "The folder of the keys, {path}, lies in memory: when the machine goes off they are lost, and every \
             device must be told anew to trust the box."
        );
        found.push(hint("keys", says, "Give the box a folder on a disk with state-dir."));
    }
    if let Some(free) = state.free.filter(|free| *free < ROOM) {
        let mend = "Make room; what is there already is not at risk.";
        found.push(hint("disk", format!("Only {free} bytes are free where {path} is."), mend));
    }
    found
}

fn radio(facts: &Facts) -> Vec<Finding> {
    let of = |(interface, sleeps): &(String, Option<bool>)| match sleeps {
        Some(true) => {
            let mend = format!("Switch it off: iw dev {interface} set power_save off.");
            hint("radio", format!("{interface} sleeps between packets, and loses calls for the name."), mend)
        }
        Some(false) => good("radio", format!("{interface} does not sleep.")),
        None => hint("radio", format!("It is not known whether {interface} sleeps."), "Install iw."),
    };
    facts.power_save.iter().map(of).collect()
}

/// Bytes of a packet of a picture, with all headers: browsers fill 1,200 of RTP.
const PICTURE: usize = 1280;

fn narrow(facts: &Facts) -> Vec<Finding> {
    let narrow = facts.mtu.iter().filter(|(_, mtu)| *mtu < PICTURE);
    let hint = narrow.map(|(interface, mtu)| {
        let says = format!(
            "{interface} carries packets of {mtu} bytes at most, so those of pictures go in pieces, and are lost with each of them."
        );
        hint("media", says, format!("Let it carry {PICTURE} or more: ip link set {interface} mtu 1500."))
    });
    hint.collect()
}

/// What the media sockets ask for.
const BUFFER: usize = 4 << 20;

fn kernel(facts: &Facts) -> Vec<Finding> {
    let buffer = facts.receive_buffer.map(|bytes| {
        let mend = format!("sysctl -w net.core.rmem_max={BUFFER} net.core.wmem_max={BUFFER}");
        match bytes >= BUFFER {
            true => good("kernel", format!("UDP buffers may have {bytes} bytes.")),
            false => hint(
                "kernel",
                format!("UDP buffers may have only {bytes} bytes: large rooms may lose packets."),
                mend,
            ),
        }
    });
    let offload = match facts.offload {
        (true, true) => good("kernel", "Datagrams are sent and received joined (GSO, GRO)."),
        _ => {
            let says = "Datagrams are not sent and received joined (GSO, GRO), which costs more of the CPU.";
            hint("kernel", says, "Use Linux 5.0 or newer.")
        }
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

fn speed(speed: Speed) -> Finding {
    // In once, out once to each of the others.
    let a_packet = 2.0 * speed.encrypt.as_secs_f64() + WALKS * speed.walk.as_secs_f64();
    let load = |members: f64| members * (members - 1.0) * PACKETS * a_packet;
    let members = (2..=32).take_while(|members| load(f64::from(*members)) <= SHARE).last().unwrap_or(2);
    let rooms = (SHARE * speed.cores as f64 / load(4.0)).floor();
    let says = format!(
        "{} cores, {} to encrypt a packet: good for about {members} in one room, or {rooms} rooms of four.",
        speed.cores,
        micros(speed.encrypt)
    );
    if members < 4 {
        let mend = "Two still talk directly; for more, take a faster machine, or send smaller pictures.";
        return hint("speed", says, mend);
    }
    good("speed", says)
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
