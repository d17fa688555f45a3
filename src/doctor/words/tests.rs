use super::*;
use crate::addresses::LeftOut;
use crate::doctor::facts::{Drops, Holder, NoPage, NoRules, Place};
use std::net::{IpAddr, Ipv4Addr};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 7, 5));

fn nginx() -> Holder {
    Holder::Other { name: "nginx".into(), process: 1212 }
}

/// Each case with what a reader must find in it, whatever the language.
#[expect(clippy::too_many_lines, reason = "a table")]
fn pages_and_networks() -> Vec<(Case, Vec<&'static str>)> {
    let text = str::to_owned;
    let (name, interface) = (|| text("wizyjno.local"), || text("eth7"));
    vec![
        (Case::Page(Page::Served { port: 443 }), vec!["443"]),
        (Case::Page(Page::Aside { first: 443, holder: nginx() }), vec!["443", "nginx", "1212"]),
        (Case::Page(Page::Aside { first: 443, holder: Holder::Nobody }), vec!["443"]),
        (Case::Page(Page::Silent { why: NoPage::NoAuthority }), vec![]),
        (Case::Page(Page::Silent { why: NoPage::Status(503) }), vec!["503"]),
        (Case::Page(Page::Silent { why: NoPage::Failed(text("ECONN")) }), vec!["ECONN"]),
        (Case::Page(Page::AnyPort { setting: "https-port" }), vec!["https-port"]),
        (
            Case::Page(Page::Taken { port: 443, holder: Holder::Hidden, setting: "https-port" }),
            vec!["443", "root", "https-port"],
        ),
        (Case::Page(Page::Idle { ports: vec![443, 8443] }), vec!["443", "8443", "systemctl start wizyjno"]),
        (Case::Pin(Pin { wrong: 57 }), vec!["57", "PIN"]),
        (Case::PlainPage(PlainPage::Served { port: 80 }), vec!["80"]),
        (
            Case::PlainPage(PlainPage::Taken {
                ports: vec![(80, nginx()), (8080, Holder::Hidden)],
                setting: "http-port",
            }),
            vec!["80", "8080", "nginx", "root", "http-port"],
        ),
        (
            Case::PlainPage(PlainPage::Taken { ports: vec![(80, nginx())], setting: "http-port" }),
            vec!["80", "http-port"],
        ),
        (Case::Media(Media::Served { port: 3478 }), vec!["UDP", "3478"]),
        (Case::Media(Media::Taken { port: 3478, holder: nginx() }), vec!["3478", "nginx"]),
        (
            Case::Media(Media::Narrow { interface: interface(), mtu: 1200, wanted: 1280 }),
            vec!["eth7", "1200", "1280", "ip link set eth7 mtu 1500"],
        ),
        (Case::Network(Network::Unknown { why: text("EPERM") }), vec!["EPERM", "rtnetlink"]),
        (
            Case::Network(Network::Local { interface: interface(), address: ADDRESS }),
            vec!["eth7", "192.168.7.5"],
        ),
        (Case::Network(Network::None), vec!["interface"]),
        (Case::Name(Name::None), vec!["no-mdns"]),
        (
            Case::Name(Name::Other { wanted: text("a.local"), name: text("b.local") }),
            vec!["a.local", "b.local", "name"],
        ),
        (Case::Name(Name::Answered { name: name(), interface: interface() }), vec!["wizyjno.local", "eth7"]),
        (
            Case::Name(Name::Unanswered { name: name(), interface: interface(), avahi: true }),
            vec!["wizyjno.local", "eth7", "/etc/avahi/avahi-daemon.conf", "deny-interfaces", "5353"],
        ),
        (
            Case::Name(Name::Unanswered { name: name(), interface: interface(), avahi: false }),
            vec!["wizyjno.local", "eth7", "5353"],
        ),
        (
            Case::Name(Name::Foreign { name: name(), interface: interface(), address: ADDRESS }),
            vec!["wizyjno.local", "eth7", "192.168.7.5"],
        ),
        (
            Case::Name(Name::Unasked { name: name(), interface: interface(), why: text("ENODEV") }),
            vec!["wizyjno.local", "eth7", "ENODEV"],
        ),
        (Case::Name(Name::Avahi), vec!["avahi", "5353"]),
    ]
}

fn machines() -> Vec<(Case, Vec<&'static str>)> {
    let day = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
    let interface = || "wlan7".to_owned();
    let drops = |rule| Drops {
        protocol: "UDP".into(),
        port: 5353,
        place: Place { rule, chain: "INPUT".into(), table: "inet filter".into() },
    };
    let speed = |slow| Speed { cores: 4, encrypt: Duration::from_nanos(300), members: 13, rooms: 27, slow };
    vec![
        (Case::Firewall(Firewall::Unknown(NoRules::Absent("nft"))), vec!["nft", "root"]),
        (Case::Firewall(Firewall::Unknown(NoRules::NotAllowed("nft"))), vec!["nft", "root"]),
        (Case::Firewall(Firewall::Unknown(NoRules::NotUnderstood("nft"))), vec!["nft", "root"]),
        (Case::Firewall(Firewall::Open), vec![]),
        (
            Case::Firewall(Firewall::Closed(drops(Some(17)))),
            vec!["UDP", "5353", "17", "INPUT", "inet filter", "nft list ruleset"],
        ),
        (Case::Firewall(Firewall::Closed(drops(None))), vec!["UDP", "5353", "INPUT", "inet filter"]),
        (Case::Clock(Clock { shows: day(1) }), vec!["1970-01-02", "timedatectl set-time"]),
        (
            Case::Certificate(Certificate::Invalid { from: day(2), until: day(3), now: day(4) }),
            vec!["1970-01-03", "1970-01-04", "1970-01-05"],
        ),
        (
            Case::Certificate(Certificate::Valid { days: 70, names: vec!["a.local".into(), "b".into()] }),
            vec!["70", "a.local, b"],
        ),
        (Case::Keys(Keys::Damaged { how: "ca.key is damaged".into() }), vec!["ca.key is damaged"]),
        (Case::Keys(Keys::Absent { path: "/keys".into() }), vec!["/keys"]),
        (Case::Keys(Keys::ReadOnly { path: "/keys".into() }), vec!["/keys"]),
        (Case::Keys(Keys::Kept { path: "/keys".into() }), vec!["/keys"]),
        (Case::Keys(Keys::InMemory { path: "/keys".into() }), vec!["/keys", "state-dir"]),
        (Case::Disk(Disk { free: 17, path: "/keys".into() }), vec!["17", "/keys"]),
        (Case::Radio(Radio::Sleeps { interface: interface() }), vec!["iw dev wlan7 set power_save off"]),
        (Case::Radio(Radio::Awake { interface: interface() }), vec!["wlan7"]),
        (Case::Radio(Radio::Unknown { interface: interface() }), vec!["wlan7", "iw"]),
        (Case::Kernel(Kernel::Buffers { bytes: 4_194_304 }), vec!["UDP", "4194304"]),
        (
            Case::Kernel(Kernel::SmallBuffers { bytes: 212_992, wanted: 4_194_304 }),
            vec!["212992", "sysctl -w net.core.rmem_max=4194304"],
        ),
        (Case::Kernel(Kernel::Joined), vec!["GSO, GRO"]),
        (Case::Kernel(Kernel::NotJoined), vec!["GSO, GRO", "5.0"]),
        (Case::Speed(speed(false)), vec!["4", "µs", "13", "27"]),
        (Case::Speed(speed(true)), vec!["4", "µs", "13", "27"]),
    ]
}

fn domains() -> Vec<(Case, Vec<&'static str>)> {
    let (domain, why) = (|| "call.example.org".to_owned(), || "ETIME".to_owned());
    let day = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
    let address = ADDRESS;
    let cases = [
        (Domain::Unresolved { domain: domain(), why: why() }, vec!["ETIME", "AAAA"]),
        (Domain::Unreachable { domain: domain(), address, why: why() }, vec!["192.168.7.5", "ETIME", "443"]),
        (Domain::Foreign { domain: domain(), address }, vec!["192.168.7.5", "AAAA"]),
        (Domain::Status { domain: domain(), status: 502 }, vec!["502", "421", "Host", "hosting/"]),
        (Domain::OwnAuthority { domain: domain() }, vec!["journalctl -u wizyjno", "443", "80"]),
        (Domain::Untrusted { domain: domain(), why: why() }, vec!["ETIME", "tls-cert"]),
        (Domain::Invalid { domain: domain(), from: day(2), until: day(3) }, vec!["1970-01-03", "1970-01-04"]),
        (Domain::Overdue { domain: domain(), days: 3 }, vec!["3", "journalctl -u wizyjno"]),
        (Domain::Served { domain: domain(), address, days: 60 }, vec!["192.168.7.5", "60"]),
        (Domain::HttpClosed { domain: domain(), address }, vec!["192.168.7.5", "80"]),
    ];
    let proxies = [
        (Proxy::Untrusted { domain: domain(), address }, vec!["trusted-proxy 192.168.7.5"]),
        (Proxy::UnknownClient { domain: domain(), client: address }, vec!["192.168.7.5", "X-Forwarded-For"]),
        (Proxy::SaidToBePlain { domain: domain() }, vec!["TLS", "X-Forwarded-Proto", "https"]),
    ];
    let media = ["UDP", "TCP"].map(|protocol| {
        let case = Domain::MediaClosed { address, port: 3478, protocol };
        (Case::Domain(case), vec!["192.168.7.5", protocol, "3478"])
    });
    let cases = cases.into_iter().map(|(case, names)| (Case::Domain(case), names));
    let proxies = proxies.into_iter().map(|(case, names)| (Case::Proxy(case), names));
    let named =
        |(case, names): (Case, Vec<_>)| (case, names.into_iter().chain(["call.example.org"]).collect());
    cases.chain(proxies).map(named).chain(media).collect()
}

fn left_out() -> Vec<(Case, Vec<&'static str>)> {
    let each = [
        LeftOut::Loopback,
        LeftOut::NotNamed,
        LeftOut::Down,
        LeftOut::PointToPoint,
        LeftOut::EmptyBridge,
        LeftOut::Tunnel,
        LeftOut::Virtual,
    ];
    let case = |why| Network::LeftOut { interface: "tun7".into(), address: ADDRESS, why };
    each.into_iter().map(|why| (Case::Network(case(why)), vec!["tun7", "192.168.7.5"])).collect()
}

#[test]
fn each_case_is_told_in_each_language_with_all_that_it_names() {
    for (case, names) in [pages_and_networks(), domains(), machines(), left_out()].concat() {
        let [english, others @ ..] = Language::ALL.map(|language| of(language).tell(&case));
        for told in others.iter().chain([&english]) {
            let mend = told.mend.as_deref().unwrap_or_default();
            let whole = format!("{} {mend}", told.says);
            assert!(told.says.ends_with('.') && !told.says.contains('\n'), "{case:?}: {whole}");
            assert!(!whole.contains("  ") && !whole.contains(['{', '}']), "{case:?}: {whole}");
            assert!(names.iter().all(|name| whole.contains(name)), "{case:?} names {names:?}: {whole}");
        }
        for told in &others {
            assert_ne!(told.says, english.says, "{case:?}");
            assert_eq!(told.mend.is_some(), english.mend.is_some(), "{case:?}");
            assert!(told.mend.is_none() || told.mend != english.mend, "{case:?}");
        }
        assert_ne!(others[0].says, others[1].says, "{case:?}");
    }
}

#[test]
fn reasons_of_one_kind_are_told_apart() {
    for language in Language::ALL {
        let mut all: Vec<String> = left_out().iter().map(|(case, _)| of(language).tell(case).says).collect();
        let told = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), told, "{language:?}");
    }
}

#[test]
fn what_stands_around_the_sentences_is_translated_too() {
    let english = of(Language::English);
    for language in [Language::Polish, Language::Silesian] {
        let words = of(language);
        assert_ne!(words.title(), english.title());
        for well in [true, false] {
            assert_ne!(words.verdict(well), english.verdict(well));
            assert_ne!(words.last(well), english.last(well));
        }
        for weight in [Weight::Good, Weight::Hint, Weight::Fault] {
            assert!((1..=5).contains(&words.mark(weight).chars().count()), "{}", words.mark(weight));
        }
    }
}
