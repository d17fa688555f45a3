//! Little plays of boxes on one network, with the time in our hands: who gets the name, who is answered how.

mod echoes;

use super::reach::Reach;
use super::records::address_in;
use super::responder::{BETWEEN_PROBES, PORT, Responder, Say, Standing};
use super::*;
use simple_dns::rdata::{A, RData, SRV};
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question, ResourceRecord, TYPE};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PORTS: Ports = Ports { https: 443, http: Some(80) };

fn lan(address: &str) -> Vec<Lan> {
    let address = address.parse().expect("a written address");
    vec![Lan { interface: "eth0".into(), index: 2, address, prefix: 24 }]
}

/// Devices on one switch: what one says to everybody, all hear, itself too.
struct House {
    now: std::time::Instant,
    boxes: Vec<(SocketAddr, Responder)>,
    /// What was sent last: to whom, and what.
    sent: Vec<(Option<SocketAddr>, Vec<u8>)>,
}

impl House {
    fn new() -> House {
        House { now: now(), boxes: Vec::new(), sent: Vec::new() }
    }

    fn with(address: &str) -> House {
        let mut house = House::new();
        house.switch_on(address, PORTS);
        house.wait(Duration::from_secs(4));
        assert_eq!(house.standing(), [Standing::Held]);
        house
    }

    fn switch_on(&mut self, address: &str, ports: Ports) {
        let reach = Reach::of(&lan(address));
        let random = 7 + self.boxes.len() as u32 * 1000;
        let from = SocketAddr::new(address.parse().expect("a written address"), PORT);
        self.boxes.push((from, Responder::new("wizyjno", ports, reach, random, self.now)));
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.deliver();
            let Some(next) = self.playing().map(|one| one.deadline()).min().filter(|next| *next <= until)
            else {
                break;
            };
            let now = self.now.max(next);
            self.now = now;
            self.playing().for_each(|one| one.tick(now));
        }
        self.now = until;
    }

    /// Who has lost its name says no more.
    fn playing(&mut self) -> impl Iterator<Item = &mut Responder> {
        let all = self.boxes.iter_mut().map(|(_, one)| one);
        all.filter(|one| matches!(one.standing(), Standing::Claiming | Standing::Held))
    }

    fn deliver(&mut self) {
        loop {
            let from = self.boxes.iter_mut().map(|(from, one)| (*from, one.take())).collect::<Vec<_>>();
            let said: Vec<(SocketAddr, Say)> = from
                .into_iter()
                .flat_map(|(from, says)| says.into_iter().map(move |say| (from, say)))
                .collect();
            if said.is_empty() {
                return;
            }
            for (from, say) in said {
                if say.to.is_none() {
                    let now = self.now;
                    self.playing().for_each(|one| one.heard(now, 2, from, &say.message));
                }
                self.sent.push((say.to, say.message));
            }
        }
    }

    /// A device that is no box says something to everybody; what was sent after it.
    fn hears(&mut self, from: &str, message: &[u8]) -> Vec<(Option<SocketAddr>, Vec<u8>)> {
        self.sent.clear();
        let (now, from) = (self.now, from.parse().expect("a written address and port"));
        self.playing().for_each(|one| one.heard(now, 2, from, message));
        self.deliver();
        std::mem::take(&mut self.sent)
    }

    fn standing(&self) -> Vec<Standing> {
        self.boxes.iter().map(|(_, one)| one.standing()).collect()
    }
}

fn name(text: &str) -> Name<'static> {
    Name::new(text).expect("a written name").into_owned()
}

fn ask(text: &str, kind: QTYPE, unicast: bool) -> Vec<u8> {
    let mut packet = Packet::new_query(0x1234);
    packet.questions.push(Question::new(name(text), kind, QCLASS::CLASS(CLASS::IN), unicast));
    packet.build_bytes_vec().expect("a packet")
}

fn claim(address: [u8; 4], ttl: u32) -> Vec<u8> {
    let mut packet = Packet::new_reply(0);
    let data = RData::A(A::from(Ipv4Addr::from(address)));
    packet
        .answers
        .push(ResourceRecord::new(name("Wizyjno.local"), CLASS::IN, ttl, data).with_cache_flush(true));
    packet.build_bytes_vec().expect("a packet")
}

/// Types of the answers in a message, and of what comes with them.
fn types(message: &[u8]) -> (Vec<TYPE>, Vec<TYPE>) {
    let packet = Packet::parse(message).expect("our messages can be read");
    let types = |records: &[ResourceRecord]| records.iter().map(|record| record.rdata.type_code()).collect();
    (types(&packet.answers), types(&packet.additional_records))
}

const MINUTE: Duration = Duration::from_secs(60);
const ALICE: &str = "192.168.1.77:5353";

#[test]
fn a_free_name_is_held_after_three_questions_and_told_twice() {
    let mut house = House::new();
    house.switch_on("192.168.1.20", PORTS);
    house.wait(Duration::from_millis(1000));
    assert_eq!(house.standing(), [Standing::Held]);
    house.wait(Duration::from_millis(1100));
    let answers = house.sent.iter().map(|(_, message)| Packet::parse(message).unwrap().answers.len());
    assert_eq!(answers.collect::<Vec<_>>(), [0, 0, 0, 12, 12]);
}

#[test]
fn a_name_that_somebody_has_is_taken() {
    let mut house = House::with("192.168.1.20");
    house.switch_on("192.168.1.21", PORTS);
    house.wait(MINUTE);
    assert_eq!(house.standing(), [Standing::Held, Standing::Taken]);
}

#[test]
fn of_two_that_ask_at_once_the_greater_address_wins() {
    let mut house = House::new();
    house.switch_on("192.168.1.20", PORTS);
    house.switch_on("192.168.1.21", PORTS);
    house.wait(MINUTE);
    assert_eq!(house.standing(), [Standing::Taken, Standing::Held]);
}

#[test]
fn two_boxes_on_one_machine_share_the_name_and_tell_their_services_apart() {
    let mut house = House::with("192.168.1.20");
    house.switch_on("192.168.1.20", Ports { https: 8443, http: Some(8080) });
    house.wait(MINUTE);
    assert_eq!(house.standing(), [Standing::Held, Standing::Held]);
    house.hears(ALICE, &ask("_https._tcp.local", QTYPE::TYPE(TYPE::PTR), false));
    house.wait(MINUTE);
    let text =
        format!("{:?}", house.sent.iter().map(|(_, it)| String::from_utf8_lossy(it)).collect::<Vec<_>>());
    assert!(text.contains("wizyjno (2)"), "{text}");
}

#[test]
fn two_networks_that_become_one_are_noticed_by_asking() {
    let mut house = House::with("192.168.1.20");
    let mut other = House::with("192.168.1.21");
    house.boxes.append(&mut other.boxes);
    house.wait(2 * MINUTE);
    assert!(house.standing().contains(&Standing::Contested));
}

#[test]
fn what_is_true_is_said_again_when_somebody_takes_it_back() {
    let mut house = House::with("192.168.1.20");
    let said = house.hears(ALICE, &claim([192, 168, 1, 20], 0));
    assert_eq!(types(&said[0].1), (vec![TYPE::A], vec![TYPE::NSEC]));
    assert_eq!(house.standing(), [Standing::Held]);
    assert!(house.hears(ALICE, &claim([192, 168, 1, 99], 0)).is_empty(), "nobody claims anything with it");
    house.hears("192.168.1.77:40000", &claim([192, 168, 1, 99], 120));
    assert_eq!(house.standing(), [Standing::Held], "and answers come from the port of names");
    house.hears(ALICE, &claim([192, 168, 1, 99], 120));
    assert_eq!(house.standing(), [Standing::Contested]);
}

#[test]
fn an_address_that_is_gone_is_taken_back_where_its_network_still_is() {
    let gone = |before: &str, after: &str| {
        let mut house = House::new();
        house.switch_on(after, PORTS);
        house.boxes[0].1.correct(&Reach::of(&lan(before)));
        house.wait(MINUTE);
        taken_back(house.sent)
    };
    assert_eq!(gone("192.168.1.20", "192.168.1.30"), ["192.168.1.20"]);
    assert!(gone("192.168.1.20", "192.168.1.20").is_empty(), "it is still true");
    assert!(gone("192.168.1.20", "10.0.0.20").is_empty(), "another network never heard of it");
}

/// avahi gives an address that is to be forgotten another second each time that it hears of it.
#[test]
fn what_is_to_be_forgotten_is_not_prolonged() {
    const SECOND: Duration = Duration::from_secs(1);
    let mut house = House::new();
    house.switch_on("192.168.1.30", PORTS);
    house.boxes[0].1.correct(&Reach::of(&lan("192.168.1.20")));
    let start = house.now;
    let mut said = Vec::new();
    while house.now < start + MINUTE && said.len() < 3 {
        house.wait(Duration::from_millis(10));
        let answers = house.sent.drain(..).filter(|(_, message)| {
            let packet = Packet::parse(message).expect("a message");
            packet.answers.iter().any(|record| record.name == name("wizyjno.local"))
        });
        said.extend(answers.map(|_| house.now));
    }
    let [taken_back, announced, again] = said[..] else { panic!("{said:?}") };
    assert!(taken_back < start + BETWEEN_PROBES * 2);
    assert!(announced > taken_back + SECOND && announced < taken_back + SECOND * 3 / 2);
    assert!(again > announced + SECOND && again < announced + SECOND * 3 / 2);
}

/// To which addresses the name does not lead any more.
fn taken_back(sent: Vec<(Option<SocketAddr>, Vec<u8>)>) -> Vec<String> {
    let mut addresses = Vec::new();
    for (_, message) in sent {
        let packet = Packet::parse(&message).expect("a message");
        for record in packet.answers.iter().filter(|record| record.ttl == 0) {
            assert_eq!(record.name, name("wizyjno.local"));
            addresses.push(address_in(&record.rdata).expect("an address").to_string());
        }
    }
    addresses
}

/// Somebody who asks for the name at the moment when we do, with the greatest of addresses.
fn rival() -> Vec<u8> {
    let mut packet = Packet::new_query(0);
    let claim = claim([255; 4], 120);
    packet.name_servers = Packet::parse(&claim).expect("a claim").answers;
    packet.build_bytes_vec().expect("a packet")
}

#[test]
fn only_what_is_said_after_we_have_asked_answers_us() {
    let mut house = House::new();
    house.switch_on("192.168.1.20", PORTS);
    house.hears(ALICE, &claim([192, 168, 1, 99], 120));
    assert_eq!(house.standing(), [Standing::Claiming]);
    house.wait(BETWEEN_PROBES);
    house.hears(ALICE, &claim([192, 168, 1, 99], 120));
    assert_eq!(house.standing(), [Standing::Taken]);
}

#[test]
fn who_wins_but_never_answers_does_not_keep_us_waiting() {
    let mut house = House::new();
    house.switch_on("192.168.1.20", PORTS);
    for defeats in 0..20 {
        house.hears(ALICE, &rival());
        assert_eq!(house.standing() == [Standing::Taken], defeats >= 3, "after {} defeats", defeats + 1);
        house.wait(Duration::from_millis(100));
    }
    let mut house = House::new();
    house.switch_on("192.168.1.20", PORTS);
    house.hears(ALICE, &rival());
    house.wait(Duration::from_secs(3));
    assert_eq!(house.standing(), [Standing::Held], "who has gone meanwhile has no claim");
}

#[test]
fn who_takes_every_name_of_a_service_does_not_silence_the_name() {
    let mut house = House::with("192.168.1.20");
    for number in 1..100 {
        let mut packet = Packet::new_reply(0);
        let instance = records::instance(&alternative("wizyjno", number.min(10)), "_https");
        let location = SRV { priority: 0, weight: 0, port: 1, target: name("else.local") };
        let record =
            ResourceRecord::new(instance, CLASS::IN, 120, RData::SRV(location)).with_cache_flush(true);
        packet.answers.push(record);
        house.hears(ALICE, &packet.build_bytes_vec().expect("a packet"));
        house.wait(Duration::from_secs(4));
        assert_eq!(house.standing(), [Standing::Held], "it has asked again");
        let said = house.hears(ALICE, &ask("wizyjno.local", QTYPE::TYPE(TYPE::A), false));
        assert!(!said.is_empty(), "and answers");
    }
    house.hears(ALICE, &ask("_https._tcp.local", QTYPE::TYPE(TYPE::PTR), false));
    house.wait(MINUTE);
    let text =
        format!("{:?}", house.sent.iter().map(|(_, it)| String::from_utf8_lossy(it)).collect::<Vec<_>>());
    assert!(text.contains("wizyjno (10)") && !text.contains("wizyjno (11)"), "{text}");
}

#[test]
fn quarrels_come_ever_more_seldom_until_they_are_forgotten() {
    let mut quarrels = Quarrels::default();
    let start = Instant::now();
    for number in 1..15 {
        quarrels.another(start + number * Duration::from_millis(100));
        assert_eq!(quarrels.over, None);
    }
    let mut now = start + Duration::from_secs(2);
    for pause in [5, 10, 20, 40, 80, 160, 300, 300, 300] {
        quarrels.another(now);
        assert_eq!(quarrels.over, Some(now + Duration::from_secs(pause)));
        now += Duration::from_secs(pause);
    }
    quarrels.another(now + QUIET + Duration::from_secs(1));
    assert_eq!(quarrels.over, None);
}

#[test]
fn a_question_is_answered_to_everybody_once_in_a_second() {
    let mut house = House::with("192.168.1.20");
    let question = ask("WIZYJNO.local", QTYPE::TYPE(TYPE::A), false);
    let said = house.hears(ALICE, &question);
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].0, types(&said[0].1)), (None, (vec![TYPE::A], vec![TYPE::NSEC])));
    assert!(
        (0..1000).all(|_| house.hears(ALICE, &question).is_empty()),
        "not for everybody's every question"
    );
    house.wait(Duration::from_secs(1));
    let answers = house.sent.iter().filter(|(_, message)| message[2] & 0x80 != 0);
    assert_eq!(answers.count(), 1, "but who asked too early is not forgotten");
}

#[test]
fn a_type_that_is_not_there_is_denied_at_once() {
    let mut house = House::with("192.168.1.20");
    let said = house.hears(ALICE, &ask("wizyjno.local", QTYPE::TYPE(TYPE::AAAA), false));
    assert_eq!(types(&said[0].1).0, [TYPE::NSEC]);
    assert!(house.hears(ALICE, &ask("else.local", QTYPE::TYPE(TYPE::A), false)).is_empty());
}

#[test]
fn who_wants_the_answer_alone_gets_it_alone() {
    let mut house = House::with("192.168.1.20");
    let question = ask("wizyjno.local", QTYPE::TYPE(TYPE::A), true);
    let said = house.hears(ALICE, &question);
    assert_eq!(said[0].0, Some(ALICE.parse().unwrap()));
    let strangers = house.hears("8.8.8.8:5353", &question);
    assert_eq!(strangers[0].0, None, "nothing leaves the network");
    house.wait(MINUTE);
    assert_eq!(house.hears(ALICE, &question)[0].0, None, "others have not heard it for long");
}

#[test]
fn who_asks_from_a_port_of_its_own_is_answered_there() {
    let mut house = House::with("192.168.1.20");
    let question = ask("wizyjno.local", QTYPE::TYPE(TYPE::A), false);
    let said = house.hears("192.168.1.77:40000", &question);
    assert_eq!(said[0].0, Some("192.168.1.77:40000".parse().unwrap()));
    let answer = Packet::parse(&said[0].1).unwrap();
    assert_eq!((answer.id(), answer.questions.len()), (0x1234, 1));
    assert!(answer.answers.iter().all(|record| record.ttl <= 10 && !record.cache_flush));
    assert!(house.hears("8.8.8.8:40000", &question).is_empty(), "nothing leaves the network");
}

#[test]
fn who_knows_the_answer_is_not_told_again() {
    let mut house = House::with("192.168.1.20");
    let mut question = Packet::new_query(0);
    question.questions.push(Question::new(
        name("wizyjno.local"),
        TYPE::A.into(),
        QCLASS::CLASS(CLASS::IN),
        false,
    ));
    let known = claim([192, 168, 1, 20], 100);
    question.answers = Packet::parse(&known).unwrap().answers;
    assert!(house.hears(ALICE, &question.build_bytes_vec().unwrap()).is_empty());
}

#[test]
fn a_list_of_services_comes_with_all_that_is_needed() {
    let mut house = House::with("192.168.1.20");
    house.hears(ALICE, &ask("_https._tcp.local", QTYPE::TYPE(TYPE::PTR), false));
    house.wait(Duration::from_millis(200));
    let (answers, more) = types(&house.sent[0].1);
    assert_eq!(answers, [TYPE::PTR]);
    for kind in [TYPE::SRV, TYPE::TXT, TYPE::A] {
        assert!(more.contains(&kind), "{more:?}");
    }
}

#[test]
fn nonsense_is_heard_calmly() {
    let mut house = House::with("192.168.1.20");
    let valid = [ask("wizyjno.local", QTYPE::ANY, false), claim([192, 168, 1, 20], 120)];
    for message in &valid {
        for cut in 0..message.len() {
            house.hears(ALICE, &message[..cut]);
            for bit in 0..8 {
                let mut bent = message.clone();
                bent[cut] ^= 1 << bit;
                if house.standing() != [Standing::Held] {
                    house = House::with("192.168.1.20"); // somebody else's claim is what it was bent to
                }
                house.hears(ALICE, &bent);
            }
        }
    }
    let promises_everything = [0, 0, 0x84, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    assert!(records::read(&promises_everything).is_none());
}

#[test]
fn a_name_that_is_taken_gets_the_next_number() {
    assert_eq!(candidate("wizyjno", 1), "wizyjno");
    assert_eq!(candidate("wizyjno", 2), "wizyjno-2");
    assert_eq!(candidate("studio-54", 3), "studio-54-3");
    assert_eq!(alternative("wizyjno", 2), "wizyjno (2)");
    let longest = "a".repeat(LABEL_MAX);
    assert_eq!(candidate(&longest, 12), format!("{}-12", "a".repeat(LABEL_MAX - 3)));
    assert_eq!(candidate(&longest, u32::MAX).len(), LABEL_MAX);
}

#[test]
fn only_own_networks_are_told_straight() {
    let reach = Reach::of(&lan("192.168.1.20"));
    assert!(reach.is_own(IpAddr::from([192, 168, 1, 20])));
    assert!(!reach.is_own(IpAddr::from([192, 168, 1, 21])));
}
