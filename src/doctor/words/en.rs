//! English. Programs read these sentences in `wizyjno doctor --json`, and the subjects are their names there.

use super::{Told, Words, day, good, listed, micros, told};
use crate::addresses::LeftOut;
use crate::doctor::cases::{
    About, Certificate, Clock, Disk, Domain, Firewall, Kernel, Keys, Media, Name, Network, Page, Pin,
    PlainPage, Proxy, Radio, Speed,
};
use crate::doctor::facts::{Drops, Holder, NoPage, NoRules, Place};
use crate::doctor::findings::Weight;

pub(super) struct English;

impl Words for English {
    fn title(&self) -> &'static str {
        "Doctor"
    }

    fn verdict(&self, well: bool) -> &'static str {
        match well {
            true => "Nothing keeps people from connecting.",
            false => "Something keeps people from connecting.",
        }
    }

    fn last(&self, well: bool) -> &'static str {
        match well {
            true => self.verdict(well),
            false => "The faults keep people from connecting.",
        }
    }

    fn mark(&self, weight: Weight) -> &'static str {
        match weight {
            Weight::Good => "ok",
            Weight::Hint => "hint",
            Weight::Fault => "FAULT",
        }
    }

    fn about(&self, about: About) -> &'static str {
        match about {
            About::Page => "page",
            About::Pin => "pin",
            About::PlainPage => "plain page",
            About::Media => "media",
            About::Network => "network",
            About::Name => "name",
            About::Domain => "domain",
            About::Proxy => "proxy",
            About::Firewall => "firewall",
            About::Clock => "clock",
            About::Certificate => "certificate",
            About::Keys => "keys",
            About::Disk => "disk",
            About::Radio => "radio",
            About::Kernel => "kernel",
            About::Speed => "speed",
        }
    }

    fn page(&self, case: &Page) -> Told {
        match case {
            Page::Served { port } => good(format!("The page comes at port {port}.")),
            Page::Aside { first, holder } => {
                let why = held_by(holder).unwrap_or("this user may not have it".into());
                told(
                    format!("It is not at port {first} ({why}), so people must type the number."),
                    "Free it and start the box again, or tell people the number.",
                )
            }
            Page::Silent { why } => told(
                format!("The box has its port, but the page does not come: {}.", no_page(why)),
                "Look into its log (journalctl --unit wizyjno), and start it again.",
            ),
            Page::AnyPort { setting } => told(
                "The port is any, so nobody knows where the page is.",
                format!("Say which one it is with {setting}."),
            ),
            Page::Taken { port, holder, setting } => told(
                format!("Port {port} is taken: {}.", held_by(holder).unwrap_or_default()),
                format!("End it, or give the box another port with {setting}."),
            ),
            Page::Idle { ports } => told(
                format!("No box is running: nobody serves the page at port {}.", listed(ports, " or ")),
                "Start it: systemctl start wizyjno, or just wizyjno.",
            ),
        }
    }

    fn pin(&self, Pin { wrong }: &Pin) -> Told {
        told(
            format!("Somebody guesses the PIN: {wrong} wrong ones lately."),
            "The log says from which address. Choose a longer PIN if strangers share the network.",
        )
    }

    fn plain_page(&self, case: &PlainPage) -> Told {
        match case {
            PlainPage::Served { port } => good(format!("The page that leads to trust comes at port {port}.")),
            PlainPage::Taken { ports, setting } => {
                let says = match ports.as_slice() {
                    [(port, _)] => format!("Port {port} is taken"),
                    all => {
                        let each = |(port, holder): &(u16, Holder)| {
                            format!("{port} ({})", held_by(holder).unwrap_or_default())
                        };
                        let all: Vec<String> = all.iter().map(each).collect();
                        format!("Ports {} are taken", all.join(" and "))
                    }
                };
                told(
                    format!("{says}, so devices cannot be told there to trust the box."),
                    format!("Free one and start the box again, or give it another port with {setting}."),
                )
            }
        }
    }

    fn media(&self, case: &Media) -> Told {
        match case {
            Media::Served { port } => good(format!("Media comes at UDP port {port}.")),
            Media::Taken { port, holder } => told(
                format!("UDP port {port} is held by {}, so media takes another.", who(holder)),
                "End it and start the box again, if a firewall lets only this port through.",
            ),
            Media::Narrow { interface, mtu, wanted } => told(
                format!(
                    "{interface} carries packets of {mtu} bytes at most, so those of pictures go in pieces, and are \
                     lost with each of them."
                ),
                format!("Let it carry {wanted} or more: ip link set {interface} mtu 1500."),
            ),
        }
    }

    fn network(&self, case: &Network) -> Told {
        match case {
            Network::Unknown { why } => told(
                format!("The interfaces cannot be listed: {why}."),
                "Check that the kernel has rtnetlink, and that a sandbox lets it through.",
            ),
            Network::Local { interface, address } => {
                good(format!("{interface} is the local network, with {address}."))
            }
            Network::LeftOut { interface, address, why } => {
                good(format!("{interface} ({address}) is left out: it is {}.", left_out(*why)))
            }
            Network::None => told(
                "No interface has an address on a local network.",
                "Plug in a cable or join a Wi-Fi; or name the interface with the setting interface.",
            ),
        }
    }

    fn name(&self, case: &Name) -> Told {
        match case {
            Name::None => told(
                "The box announces no name, so people need its address.",
                "Take no-mdns away if people are to find the box by name.",
            ),
            Name::Other { wanted, name } => told(
                format!("Another device has {wanted}, so the box is called {name}."),
                "Give one of the two another name with the setting name.",
            ),
            Name::Answered { name, interface } => good(format!("{name} is answered on {interface}.")),
            Name::Unanswered { name, interface, avahi } => told(
                format!("Nobody answers for {name} on {interface}."),
                match avahi {
                    true => {
                        "See deny-interfaces, allow-interfaces, use-ipv4 and disallow-other-stacks in /etc/avahi/avahi-daemon.conf: avahi runs here and does not answer; or look for a firewall that drops UDP port 5353."
                    }
                    false => {
                        "Look for a firewall that drops UDP port 5353, and into the log; the address works meanwhile."
                    }
                },
            ),
            Name::Foreign { name, interface, address } => told(
                format!("On {interface} {name} is {address}, which is another device."),
                "Give one of the two another name with the setting name.",
            ),
            Name::Unasked { name, interface, why } => told(
                format!("{name} cannot be asked for on {interface}: {why}."),
                "Check that the interface is up and takes multicast.",
            ),
            Name::Avahi => good("avahi runs on this machine too; it and the box share UDP port 5353."),
        }
    }

    fn domain(&self, case: &Domain) -> Told {
        match case {
            Domain::Unresolved { domain, why } => told(
                format!("{domain} leads nowhere: {why}."),
                "Have whoever keeps its DNS add an A record, or AAAA, with the public address of this machine.",
            ),
            Domain::Unreachable { domain, address, why } => told(
                format!("{domain} leads to {address}, where nobody answers: {why}."),
                "If that is this machine, let TCP port 443 through in its provider's firewall or in the router.",
            ),
            Domain::Foreign { domain, address } => told(
                format!("{domain} leads to {address}, where another server answers."),
                "Mend its A and AAAA records, or the port that the router leads on.",
            ),
            Domain::Status { domain, status } => told(
                format!("By {domain} the server answers with status {status}."),
                "421 means that a proxy passes on another Host than the one that the visitor typed; see hosting/ for one that does not.",
            ),
            Domain::OwnAuthority { domain } => told(
                format!("For {domain} there is no certificate yet that browsers trust."),
                "The log says why: journalctl -u wizyjno. Ports 443 and 80 must be open to the world.",
            ),
            Domain::Untrusted { domain, why } => told(
                format!("Browsers do not trust the certificate for {domain}: {why}."),
                "Give the one that has the whole chain in it, or take away tls-cert.",
            ),
            Domain::Invalid { domain, from, until } => told(
                format!(
                    "The certificate for {domain} is valid from {} until {}, and not today.",
                    day(*from),
                    day(*until)
                ),
                "The log says why it is not renewed: journalctl -u wizyjno, or that of the proxy.",
            ),
            Domain::Overdue { domain, days } => told(
                format!("The certificate for {domain} ends in {days} days, and should have been renewed."),
                "The log says why it is not: journalctl -u wizyjno, or that of the proxy.",
            ),
            Domain::Served { domain, address, days } => good(format!(
                "{domain} leads here by {address}, with a certificate that browsers trust for {days} more days."
            )),
            Domain::HttpClosed { domain, address } => told(
                format!("Port 80 is closed at {address}, so who types http://{domain} does not come."),
                "Let TCP port 80 through.",
            ),
            Domain::MediaClosed { address, port, protocol } => told(
                format!("Media cannot come to {address} at {protocol} port {port}."),
                format!("Let {protocol} port {port} through in the provider's firewall or in the router."),
            ),
        }
    }

    fn proxy(&self, case: &Proxy) -> Told {
        match case {
            Proxy::Untrusted { domain, address } => told(
                format!(
                    "By {domain} everybody comes from {address}, a proxy that is not trusted, and counts as one."
                ),
                format!("If that is your proxy: trusted-proxy {address}."),
            ),
            Proxy::UnknownClient { domain, client } => told(
                format!("By {domain} this machine comes as {client}, which is among the trusted proxies."),
                "See that the proxy sets X-Forwarded-For, Forwarded or the PROXY protocol, as those in hosting/ do.",
            ),
            Proxy::SaidToBePlain { domain } => told(
                format!(
                    "By {domain} the proxy says that people come without TLS, so the page sends them round in a circle."
                ),
                "Have the proxy set X-Forwarded-Proto to https.",
            ),
        }
    }

    fn firewall(&self, case: &Firewall) -> Told {
        match case {
            Firewall::Unknown(why) => {
                told(format!("Its rules are not known: {}.", no_rules(why)), "Run wizyjno doctor as root.")
            }
            Firewall::Open => good("No rule that is known for certain drops what comes to the box."),
            Firewall::Closed(Drops { protocol, port, place }) => told(
                format!("{protocol} port {port} is dropped by {}.", where_dropped(place)),
                "Let it through: see the rules with nft list ruleset, or iptables -S.",
            ),
        }
    }

    fn clock(&self, Clock { shows }: &Clock) -> Told {
        told(
            format!(
                "The clock shows {}, which cannot be; the box goes by the date of its build meanwhile.",
                day(*shows)
            ),
            "Let the machine reach a time server once, or set it: timedatectl set-time.",
        )
    }

    fn certificate(&self, case: &Certificate) -> Told {
        match case {
            Certificate::Invalid { from, until, now } => told(
                format!(
                    "The certificate is valid from {} until {}, but it is {}.",
                    day(*from),
                    day(*until),
                    day(*now)
                ),
                "Wait a minute, in which the box makes a new one; else start it again.",
            ),
            Certificate::Valid { days, names } => {
                let names = names.join(", ");
                good(format!(
                    "It is valid for {days} more days for {names}, and is renewed by itself before."
                ))
            }
        }
    }

    fn keys(&self, case: &Keys) -> Told {
        match case {
            Keys::Damaged { how } => told(format!("{how}."), "The box does not start with them as they are."),
            Keys::Absent { path } => told(
                format!("The folder of the keys, {}, is not there yet.", path.display()),
                "The first start makes it.",
            ),
            Keys::ReadOnly { path } => told(
                format!("The folder of the keys, {}, cannot be written.", path.display()),
                "A new certificate is not kept until it can be written; see to its owner and its disk.",
            ),
            Keys::Kept { path } => good(format!("They lie in {}, which can be written.", path.display())),
            Keys::InMemory { path } => told(
                format!(
                    "The folder of the keys, {}, lies in memory: when the machine goes off they are lost, and every \
                     device must be told anew to trust the box.",
                    path.display()
                ),
                "Give the box a folder on a disk with state-dir.",
            ),
        }
    }

    fn disk(&self, Disk { free, path }: &Disk) -> Told {
        told(
            format!("Only {free} bytes are free where {} is.", path.display()),
            "Make room; what is there already is not at risk.",
        )
    }

    fn radio(&self, case: &Radio) -> Told {
        match case {
            Radio::Sleeps { interface } => told(
                format!("{interface} sleeps between packets, and loses calls for the name."),
                format!("Switch it off: iw dev {interface} set power_save off."),
            ),
            Radio::Awake { interface } => good(format!("{interface} does not sleep.")),
            Radio::Unknown { interface } => {
                told(format!("It is not known whether {interface} sleeps."), "Install iw.")
            }
        }
    }

    fn kernel(&self, case: &Kernel) -> Told {
        match case {
            Kernel::Buffers { bytes } => good(format!("UDP buffers may have {bytes} bytes.")),
            Kernel::SmallBuffers { bytes, wanted } => told(
                format!("UDP buffers may have only {bytes} bytes: large rooms may lose packets."),
                format!("sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}"),
            ),
            Kernel::Joined => good("Datagrams are sent and received joined (GSO, GRO)."),
            Kernel::NotJoined => told(
                "Datagrams are not sent and received joined (GSO, GRO), which costs more of the CPU.",
                "Use Linux 5.0 or newer.",
            ),
        }
    }

    fn speed(&self, Speed { cores, encrypt, members, rooms, slow }: &Speed) -> Told {
        let says = format!(
            "{cores} cores, {} to encrypt a packet: good for about {members} in one room, or {rooms} rooms of four.",
            micros(*encrypt)
        );
        let mend = "Two still talk directly; for more, take a faster machine, or send smaller pictures.";
        if *slow { told(says, mend) } else { good(says) }
    }
}

fn who(holder: &Holder) -> String {
    match holder {
        Holder::Other { name, process } => format!("{name} (process {process})"),
        Holder::Hidden => "somebody whom only root may see".into(),
        Holder::Us => "the box".into(),
        Holder::Nobody => "nobody".into(),
    }
}

fn held_by(holder: &Holder) -> Option<String> {
    match holder {
        Holder::Other { .. } => Some(format!("{} holds it", who(holder))),
        Holder::Hidden => Some("somebody holds it whom only root may see".into()),
        Holder::Nobody | Holder::Us => None,
    }
}

fn no_page(why: &NoPage) -> String {
    match why {
        NoPage::NoAuthority => "the plain page does not give the authority's certificate".into(),
        NoPage::Status(status) => format!("it answers with status {status}"),
        NoPage::Failed(cause) => cause.clone(),
    }
}

fn left_out(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Loopback => "this machine's own loopback",
        LeftOut::NotNamed => "not among those that the setting interface names",
        LeftOut::Down => "down: no cable, or no network joined",
        LeftOut::PointToPoint => "a point-to-point link",
        LeftOut::EmptyBridge => "a bridge without a device, as containers have it",
        LeftOut::Tunnel => "a tunnel or a modem",
        LeftOut::Virtual => "an interface of containers or virtual machines, by its name",
    }
}

fn no_rules(why: &NoRules) -> String {
    match why {
        NoRules::Absent(program) => format!("{program} is not there"),
        NoRules::NotAllowed(program) => format!("{program} may not be asked by this user"),
        NoRules::NotUnderstood(program) => format!("{program} speaks another language"),
    }
}

fn where_dropped(Place { rule, chain, table }: &Place) -> String {
    match rule {
        Some(rule) => format!("rule {rule} of chain {chain} in table {table}"),
        None => format!("the policy of chain {chain} in table {table}"),
    }
}
