use super::facts::{
    Certificate, Drops, Facts, Firewall, Holder, NoPage, NoRules, Page, Place, Port, Speed, StateDir,
};
use super::findings::{Finding, Weight, findings};
use super::firewall::{Packet, Rules};
use super::report;
use super::words::{self, Told};
use super::{Config, Doctor};
use crate::addresses::{LeftOut, Survey};
use crate::language::Language;
use crate::tls::SubjectNames;
use clap::{Args, Command, FromArgMatches};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

mod domains;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn spring() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_807_000_000)
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("a written address")
}

fn place(rule: Option<usize>, chain: &str, table: &str) -> Place {
    Place { rule, chain: chain.into(), table: table.into() }
}

/// A box in good health.
fn healthy() -> Facts {
    let survey = |interface: &str, address: IpAddr, left_out| Survey {
        interface: interface.into(),
        address,
        wireless: false,
        left_out,
    };
    Facts {
        name: "wizyjno.local".into(),
        announces: true,
        https: Port {
            numbers: vec![443, 8443],
            holders: vec![Holder::Us, Holder::Nobody],
            setting: "https-port",
        },
        http: Some(Port {
            numbers: vec![80, 8080],
            holders: vec![Holder::Us, Holder::Nobody],
            setting: "http-port",
        }),
        domains: Vec::new(),
        media: Holder::Us,
        media_port: 3478,
        page: Ok(Page {
            port: 443,
            certificate: Some(Certificate {
                names: SubjectNames {
                    dns: vec!["wizyjno.local".into(), "localhost".into()],
                    addresses: vec![],
                },
                valid: (spring() - DAY * 20, spring() + DAY * 70),
            }),
            guessed_pins: 0,
            instance: Some("5eed".into()),
        }),
        interfaces: Ok(vec![
            survey("lo", address("127.0.0.1"), Some(LeftOut::Loopback)),
            survey("eth0", address("192.168.1.5"), None),
            survey("docker0", address("172.17.0.1"), Some(LeftOut::EmptyBridge)),
        ]),
        answers: vec![("eth0".into(), Ok(vec![address("192.168.1.5")]))],
        avahi: false,
        clock: spring(),
        clock_can_be: true,
        state: StateDir {
            path: "/var/lib/wizyjno".into(),
            exists: true,
            writable: true,
            free: Some(1 << 30),
            damage: None,
            in_memory: false,
        },
        power_save: vec![("wlan0".into(), Some(false))],
        mtu: vec![("eth0".into(), 1500), ("wlan0".into(), 1280)],
        firewall: Firewall::Rules(vec![]),
        receive_buffer: Some(4 << 20),
        offload: (true, true),
        speed: Speed { cores: 4, encrypt: Duration::from_nanos(300), walk: Duration::from_nanos(900) },
    }
}

fn certificate(facts: &mut Facts) -> &mut Certificate {
    facts.page.as_mut().expect("it serves").certificate.as_mut().expect("one")
}

/// What is found beyond what is good: weight, subject and English sentence.
fn found(facts: &Facts) -> Vec<(Weight, &'static str, String)> {
    let all = findings(facts);
    all.iter().for_each(is_told_in_each_language);
    let words = words::of(Language::English);
    let beyond = all.into_iter().filter(|finding| finding.weight != Weight::Good);
    beyond
        .map(|Finding { weight, case }| (weight, words.about(case.about()), words.tell(&case).says))
        .collect()
}

/// And what to do is told unless it is good.
fn is_told_in_each_language(finding: &Finding) {
    for language in Language::ALL {
        let Told { says, mend } = words::of(language).tell(&finding.case);
        assert!(says.ends_with('.') && !says.contains('\n') && !says.contains(": ."), "{says}");
        assert_eq!(mend.is_none(), finding.weight == Weight::Good, "{says}");
    }
}

/// The one thing that is found when the healthy box is changed so.
fn only(change: impl FnOnce(&mut Facts)) -> (Weight, &'static str, String) {
    let mut facts = healthy();
    change(&mut facts);
    let found = found(&facts);
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().expect("one")
}

#[test]
fn who_guesses_the_pin_is_a_hint() {
    let (weight, about, says) = only(|facts| facts.page.as_mut().expect("it serves").guessed_pins = 57);
    assert_eq!((weight, about), (Weight::Hint, "pin"));
    assert_eq!(says, "Somebody guesses the PIN: 57 wrong ones lately.");
}

#[test]
fn a_healthy_box_has_nothing_that_keeps_people_out() {
    assert_eq!(found(&healthy()), []);
    let all = findings(&healthy());
    let text = report::text(&all, Language::English);
    assert!(text.contains("docker0 (172.17.0.1) is left out: it is a bridge without a device"), "{text}");
    assert!(
        text.contains("70 more days") && text.ends_with("\nNothing keeps people from connecting.\n"),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&report::json(&all)).unwrap();
    assert_eq!(json["well"], true);
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(all.len()));
}

#[test]
fn a_port_that_another_program_holds_is_named_with_its_holder() {
    let holder = || Holder::Other { name: "nginx".into(), process: 12 };
    let (weight, about, says) = only(|facts| {
        facts.page = Err(NoPage::Failed("refused".into()));
        facts.https.numbers.truncate(1);
        facts.https.holders = vec![holder()];
    });
    assert_eq!((weight, about), (Weight::Fault, "page"));
    assert_eq!(says, "Port 443 is taken: nginx (process 12) holds it.");
    let (weight, _, says) = only(|facts| {
        facts.https.holders = vec![holder(), Holder::Us];
        facts.page.as_mut().unwrap().port = 8443;
    });
    assert_eq!(weight, Weight::Hint);
    assert_eq!(says, "It is not at port 443 (nginx (process 12) holds it), so people must type the number.");
    let (weight, _, says) = only(|facts| {
        facts.page = Err(NoPage::Failed("refused".into()));
        facts.https.holders = vec![Holder::Nobody, Holder::Nobody];
    });
    assert_eq!(
        (weight, says.as_str()),
        (Weight::Fault, "No box is running: nobody serves the page at port 443 or 8443.")
    );
    let (weight, about, says) =
        only(|facts| facts.http.as_mut().expect("a port").holders = vec![holder(), Holder::Hidden]);
    assert_eq!((weight, about), (Weight::Hint, "plain page"));
    assert_eq!(
        says,
        "Ports 80 (nginx (process 12) holds it) and 8080 (somebody holds it whom only root may see) are taken, so \
         devices cannot be told there to trust the box."
    );
    let (weight, _, says) = only(|facts| facts.page = Err(NoPage::Failed("timed out".into())));
    assert_eq!(
        (weight, says.as_str()),
        (Weight::Fault, "The box has its port, but the page does not come: timed out.")
    );
}

#[test]
fn without_an_interface_nobody_connects() {
    let (weight, about, _) = only(|facts| {
        facts.interfaces.as_mut().unwrap().retain(|one| one.left_out.is_some());
        facts.answers.clear();
    });
    assert_eq!((weight, about), (Weight::Fault, "network"));
    let (weight, about, _) = only(|facts| {
        facts.interfaces = Err("not permitted".into());
        facts.answers.clear();
    });
    assert_eq!((weight, about), (Weight::Fault, "network"));
}

#[test]
fn a_name_that_is_not_answered_or_somebody_elses_is_told() {
    let (weight, _, says) = only(|facts| facts.answers[0].1 = Ok(vec![]));
    assert_eq!((weight, says.as_str()), (Weight::Fault, "Nobody answers for wizyjno.local on eth0."));
    let mut facts = healthy();
    (facts.avahi, facts.answers[0].1) = (true, Ok(vec![]));
    let fault = findings(&facts).into_iter().find(|it| it.weight == Weight::Fault).expect("a fault");
    let mend = words::of(Language::English).tell(&fault.case).mend;
    assert!(mend.unwrap().contains("avahi-daemon.conf"), "avahi is named where it runs");
    let (weight, _, says) = only(|facts| facts.answers[0].1 = Ok(vec![address("192.168.1.9")]));
    assert_eq!(weight, Weight::Fault);
    assert_eq!(says, "On eth0 wizyjno.local is 192.168.1.9, which is another device.");
    let (weight, _, says) = only(|facts| certificate(facts).names.dns[0] = "wizyjno-2.local".into());
    assert_eq!(weight, Weight::Hint);
    assert_eq!(says, "Another device has wizyjno.local, so the box is called wizyjno-2.local.");
    assert_eq!(only(|facts| facts.announces = false).0, Weight::Hint);
}

#[test]
fn a_clock_in_1970_is_told_and_keeps_nobody_out() {
    let (weight, about, says) = only(|facts| {
        facts.clock = UNIX_EPOCH + DAY;
        facts.clock_can_be = false;
    });
    assert_eq!((weight, about), (Weight::Hint, "clock"));
    assert!(says.contains("1970-01-02"), "{says}");
    let (weight, about, says) = only(|facts| facts.clock = spring() + DAY * 80);
    assert_eq!((weight, about), (Weight::Fault, "certificate"));
    assert!(says.contains("but it is 2027-"), "{says}");
}

#[test]
fn the_state_folder_is_looked_at() {
    assert_eq!(only(|facts| facts.state.writable = false).1, "keys");
    assert_eq!(
        only(|facts| facts.state.free = Some(17)).2,
        "Only 17 bytes are free where /var/lib/wizyjno is."
    );
    let (weight, about, says) = only(|facts| facts.state.in_memory = true);
    assert_eq!((weight, about), (Weight::Hint, "keys"));
    assert!(says.contains("lies in memory: when the machine goes off they are lost"), "{says}");
    let (weight, about, _) = only(|facts| facts.state.damage = Some("ca.key is damaged".into()));
    assert_eq!((weight, about), (Weight::Fault, "keys"));
}

#[test]
fn what_makes_calls_worse_is_a_hint() {
    for change in [
        (|facts: &mut Facts| facts.power_save[0].1 = Some(true)) as fn(&mut Facts),
        |facts| facts.power_save[0].1 = None,
        |facts| facts.receive_buffer = Some(212_992),
        |facts| facts.mtu[0].1 = 1200,
        |facts| facts.offload = (false, true),
        |facts| facts.speed.walk = Duration::from_micros(80),
        |facts| facts.firewall = Firewall::Unknown(NoRules::Absent("nft")),
        |facts| facts.media = Holder::Other { name: "coturn".into(), process: 7 },
    ] {
        assert_eq!(only(change).0, Weight::Hint);
    }
    let place = place(Some(1), "INPUT", "ip filter");
    let drops = vec![Drops { protocol: "UDP".into(), port: 5353, place }];
    let (weight, _, says) = only(|facts| facts.firewall = Firewall::Rules(drops));
    assert_eq!(weight, Weight::Fault);
    assert_eq!(says, "UDP port 5353 is dropped by rule 1 of chain INPUT in table ip filter.");
}

#[test]
fn a_page_of_findings_is_escaped() {
    let mut facts = healthy();
    facts.https.holders[0] = Holder::Other { name: "<script>&\"".into(), process: 7 };
    facts.page = Err(NoPage::Failed("refused".into()));
    let html = report::html(&findings(&facts), Language::English);
    assert!(html.contains("&lt;script&gt;&amp;&quot;") && !html.contains("<script"), "{html}");
}

#[test]
fn rules_of_iptables_are_followed_as_the_kernel_would() {
    let dropped = |text: &str, protocol, port| {
        Rules::of_iptables(text).drop_of(Packet { protocol, port, interface: "eth0" })
    };
    let open = "-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n";
    assert_eq!(dropped(open, "tcp", 443), None);
    let one = format!("{open}-A INPUT -p udp -m udp --dport 5353 -j DROP\n");
    let found = dropped(&one, "udp", 5353).expect("it is dropped");
    assert_eq!(found, place(Some(1), "INPUT", "filter"));
    assert_eq!(dropped(&one, "tcp", 5353), None);
    assert_eq!(dropped(&one, "udp", 443), None);

    let closed = "-P INPUT DROP\n-N ours\n-A INPUT -i lo -j ACCEPT\n\
                  -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -j ours\n\
                  -A ours -p tcp -m multiport --dports 80,8000:9000 -j ACCEPT\n\
                  -A ours -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT\n\
                  -A ours -i wlan+ -j ACCEPT\n";
    assert_eq!(dropped(closed, "tcp", 8443), None);
    assert_eq!(dropped(closed, "tcp", 22), None, "perhaps it comes from there");
    assert_eq!(dropped(closed, "tcp", 443), Some(place(None, "INPUT", "filter")));
    assert_eq!(dropped(&format!("{open}-A INPUT -j INPUT\n"), "tcp", 443), None, "it does not go round");
    for nonsense in ["", "-A", "-A INPUT", "-A INPUT -p", "-A INPUT --dport x:y -j DROP", "-P INPUT\n\n-X"] {
        assert_eq!(dropped(nonsense, "tcp", 443), None, "{nonsense}");
    }
}

#[test]
fn rules_of_nftables_are_followed_as_the_kernel_would() {
    let chain = |policy: &str| {
        format!(
            r#"{{"chain":{{"family":"inet","table":"t","name":"in","hook":"input","policy":"{policy}"}}}},
               {{"chain":{{"family":"ip6","table":"six","name":"in","hook":"input","policy":"drop"}}}}"#
        )
    };
    let rule = |expressions: &str| {
        format!(r#"{{"rule":{{"family":"inet","table":"t","chain":"in","expr":[{expressions}]}}}}"#)
    };
    let to = |protocol: &str, port: &str| {
        format!(
            r#"{{"match":{{"op":"==","left":{{"payload":{{"protocol":"{protocol}","field":"dport"}}}},"right":{port}}}}}"#
        )
    };
    let dropped = |policy: &str, rules: &[String], protocol, port| {
        let json = format!(r#"{{"nftables":[{}]}}"#, [&[chain(policy)], rules].concat().join(","));
        Rules::of_nft(&json).expect("JSON").drop_of(Packet { protocol, port, interface: "eth0" })
    };
    let counted = rule(&format!(r#"{},{{"counter":{{"packets":0}}}},{{"drop":null}}"#, to("udp", "5353")));
    let found = dropped("accept", std::slice::from_ref(&counted), "udp", 5353).expect("it is dropped");
    assert_eq!(found, place(Some(1), "in", "inet t"));
    assert_eq!(dropped("accept", &[counted], "tcp", 5353), None);
    let set = rule(&format!(r#"{},{{"accept":null}}"#, to("tcp", r#"{"set":[80,{"range":[440,450]}]}"#)));
    assert_eq!(dropped("drop", std::slice::from_ref(&set), "tcp", 443), None);
    assert!(dropped("drop", std::slice::from_ref(&set), "tcp", 8443).is_some());
    let known = r#"{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}"#;
    assert!(dropped("drop", &[rule(known)], "tcp", 443).is_some());
    let elsewhere =
        r#"{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"eth*"}},{"accept":null}"#;
    assert_eq!(dropped("drop", &[rule(elsewhere)], "tcp", 443), None);
    let unknown = r#"{"xt":{"type":"match","name":"recent"}},{"drop":null}"#;
    assert_eq!(dropped("accept", &[rule(unknown)], "tcp", 443), None, "only what is certain is told");
    assert!(Rules::of_nft("nonsense").is_none() && Rules::of_nft("{}").is_none());
}

#[tokio::test]
async fn a_look_whose_asker_is_gone_is_kept_for_whoever_comes_next() {
    let line = ["wizyjno", "--no-mdns", "--https-port", "1", "--http-port", "1"];
    let said = Config::augment_args(Command::new("wizyjno")).get_matches_from(line);
    let doctor = Doctor::new(Config::from_arg_matches(&said).expect("settings"));
    assert!(tokio::time::timeout(Duration::ZERO, doctor.look()).await.is_err(), "it takes longer");
    let (_, first) = doctor.last.lock().await.clone().expect("it has gone on");
    assert!(Arc::ptr_eq(&first, &doctor.look().await));
}
