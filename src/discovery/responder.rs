//! The box's side of multicast DNS (RFC 6762): it claims a name with its services, and answers for them.
//!
//! Pure: datagrams and the time come in, datagrams go out. It knows its own records and remembers nothing
//! that others say, so nobody can make it grow.

use super::reach::Reach;
use super::records::{self, address_in, target_in};
use super::{Ports, alternative};
use simple_dns::{CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, Question, ResourceRecord, TYPE};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// The port of multicast DNS.
pub(super) const PORT: u16 = 5353;

/// Something to be sent.
pub(super) struct Say {
    /// The index of the interface.
    pub(super) place: u32,
    /// To whom, if not to everybody.
    pub(super) to: Option<SocketAddr>,
    pub(super) message: Vec<u8>,
}

/// How our name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// We ask whether somebody has it.
    Claiming,
    /// It is ours.
    Held,
    /// Somebody else had it already, and said so when we asked.
    Taken,
    /// Somebody else answers for it though we hold it.
    Contested,
}

pub(super) struct Responder {
    label: String,
    ports: Ports,
    reach: Reach,
    host: Name<'static>,
    /// Counts up when somebody else has a service of this name: another box on this machine.
    instance: u32,
    /// How often somebody who asked at the same moment has won.
    defeats: u32,
    records: BTreeMap<u32, Vec<Own>>,
    phase: Phase,
    standing: Standing,
    says: Vec<Say>,
    /// What is said with the first question.
    corrections: Vec<Say>,
    /// When everybody has forgotten what was taken back with it.
    forgotten: Option<Instant>,
    random: u32,
}

/// A record of ours, in one place.
struct Own {
    record: ResourceRecord<'static>,
    /// When it was told to everybody.
    said: Option<Instant>,
    /// When it will be.
    owed: Option<Instant>,
}

/// What comes next by itself, and when.
enum Phase {
    Probing {
        asked: u32,
        next: Instant,
    },
    Announcing {
        again: bool,
        next: Instant,
    },
    /// Nobody announces that two networks have become one, each with a box of this name. So the own name is
    /// asked for now and then, ever more seldom.
    Watching {
        next: Instant,
        pause: Duration,
    },
}

/// RFC 6762 section 8.1: three questions, each with a quarter of a second for the answer.
const PROBES: u32 = 3;
pub(super) const BETWEEN_PROBES: Duration = Duration::from_millis(250);
/// Section 8.2: who loses against somebody who asks at the same moment asks again after this.
const AFTER_DEFEAT: Duration = Duration::from_secs(1);
/// Who wins and means it answers when we ask again. Who wins more often than this may have the name, so that nobody
/// keeps us asking for ever.
const DEFEATS: u32 = 3;
/// Who takes this many names of services would take any number: from then on theirs and ours are both listed.
const INSTANCES: u32 = 10;
/// Sections 10.1 and 10.2: after a goodbye, or after an announcement that says otherwise, a record is kept for another
/// second. Some begin that second anew with every such word (avahi 0.8), so the next one has to come after it.
const FORGETTING: Duration = Duration::from_millis(1100);
/// Section 8.3: a second, and time enough for what the first one had forgotten.
const BETWEEN_ANNOUNCEMENTS: Duration = Duration::from_millis(1200);
/// Section 6: nothing is told to everybody more often than this, or this for somebody who asks for the name.
const BETWEEN_ANSWERS: Duration = Duration::from_secs(1);
const BETWEEN_DEFENCES: Duration = Duration::from_millis(250);
/// Section 6: answers that others may give as well do not come all at once.
const SHARED_DELAY: Duration = Duration::from_millis(20);
const SHARED_SPREAD: Duration = Duration::from_millis(100);
const WATCH_FIRST: Duration = Duration::from_secs(1);
const WATCH_LAST: Duration = Duration::from_secs(64);

impl Responder {
    /// Begins to claim `label`. `random` keeps boxes that were switched on together apart.
    pub(super) fn new(label: &str, ports: Ports, reach: Reach, random: u32, now: Instant) -> Responder {
        let mut responder = Responder {
            label: label.to_owned(),
            ports,
            reach,
            host: records::host(label),
            instance: 1,
            defeats: 0,
            records: BTreeMap::new(),
            phase: Phase::Probing { asked: 0, next: now },
            standing: Standing::Claiming,
            says: Vec::new(),
            corrections: Vec::new(),
            forgotten: None,
            random: random | 1,
        };
        responder.claim(now);
        responder
    }

    pub(super) fn standing(&self) -> Standing {
        self.standing
    }

    /// What is to be sent now.
    pub(super) fn take(&mut self) -> Vec<Say> {
        std::mem::take(&mut self.says)
    }

    /// When [`Responder::tick`] has something to do.
    pub(super) fn deadline(&self) -> Instant {
        let (Phase::Probing { next, .. } | Phase::Announcing { next, .. } | Phase::Watching { next, .. }) =
            self.phase;
        let owed = self.records.values().flatten().filter_map(|own| own.owed);
        owed.fold(next, Instant::min)
    }

    pub(super) fn tick(&mut self, now: Instant) {
        self.pay(now);
        match self.phase {
            Phase::Probing { asked, next } if next <= now => {
                if asked < PROBES {
                    if !self.corrections.is_empty() {
                        self.says.append(&mut self.corrections);
                        self.forgotten = Some(now + FORGETTING);
                    }
                    self.probe();
                    let asked = asked + 1;
                    // An announcement that comes sooner gives what is being forgotten another second.
                    let forgotten = self.forgotten.filter(|_| asked == PROBES).unwrap_or(now);
                    self.phase = Phase::Probing { asked, next: forgotten.max(now + BETWEEN_PROBES) };
                } else {
                    self.standing = Standing::Held;
                    self.announce(now);
                    self.phase = Phase::Announcing { again: true, next: now + BETWEEN_ANNOUNCEMENTS };
                }
            }
            Phase::Announcing { again, next } if next <= now => {
                if again {
                    self.announce(now);
                }
                self.phase = Phase::Watching { next: now + WATCH_FIRST, pause: WATCH_FIRST };
            }
            Phase::Watching { next, pause } if next <= now => {
                self.ask_for_own_name();
                let pause = (pause * 2).min(WATCH_LAST);
                self.phase = Phase::Watching { next: now + pause, pause };
            }
            _ => {}
        }
    }

    /// A datagram came to `place`, to everybody.
    pub(super) fn heard(&mut self, now: Instant, place: u32, from: SocketAddr, datagram: &[u8]) {
        // Most of what is said on a network, or in a flood, is about others, and need not be read.
        if !self.records.contains_key(&place) || !self.may_concern_us(datagram) {
            return;
        }
        let Some(message) = records::read(datagram).filter(|it| it.opcode() == OPCODE::StandardQuery) else {
            return;
        };
        let is_answer = message.has_flags(PacketFlag::RESPONSE);
        match self.phase {
            // Answers from other ports are nobody's (RFC 6762 section 6).
            _ if is_answer && from.port() == PORT => self.heard_answer(now, place, from, &message),
            _ if is_answer => {}
            Phase::Probing { .. } => self.heard_rival(now, place, from, &message),
            _ => self.heard_question(now, place, from, &message),
        }
    }

    /// However a message is compressed, each label stands in it once. All names that are ours alone begin with
    /// our label; the others are those of service types.
    fn may_concern_us(&self, datagram: &[u8]) -> bool {
        let has = |label: &[u8]| datagram.windows(label.len()).any(|part| part.eq_ignore_ascii_case(label));
        has(self.label.as_bytes()) || has(b"_tcp") || has(b"_dns-sd")
    }

    /// Takes everything back. Nothing else may be said after it.
    pub(super) fn goodbye(&mut self) {
        if matches!(self.phase, Phase::Probing { .. }) {
            return;
        }
        for (&place, own) in &self.records {
            let gone = own.iter().map(|own| &own.record).filter(|record| !is_denial(record));
            self.says.push(Say { place, to: None, message: records::goodbye(gone) });
        }
    }

    /// Takes back where the name led before and leads no more, wherever that network still is: with the first question.
    /// The interface of that time may be gone, and with it its goodbye; others would go there until we announce
    /// ourselves again.
    pub(super) fn correct(&mut self, before: &Reach) {
        let told: BTreeSet<IpAddr> = before.places.values().flat_map(|place| &place.told).copied().collect();
        for (&index, place) in &self.reach.places {
            let gone = told.iter().filter(|&&old| !place.told.contains(&old) && place.is_on_link(old));
            let gone: Vec<_> = gone.map(|&old| records::address_of(&self.label, old)).collect();
            if !gone.is_empty() {
                self.corrections.push(Say { place: index, to: None, message: records::goodbye(&gone) });
            }
        }
    }

    fn claim(&mut self, now: Instant) {
        let instance = alternative(&self.label, self.instance);
        let own = |record| Own { record, said: None, owed: None };
        let places = self.reach.places.iter();
        self.records = places
            .map(|(&index, place)| {
                let records = records::records(&self.label, &instance, self.ports, place);
                (index, records.into_iter().map(own).collect())
            })
            .collect();
        let next = now + self.random(BETWEEN_PROBES);
        self.phase = Phase::Probing { asked: 0, next };
        self.standing = Standing::Claiming;
    }

    fn probe(&mut self) {
        for (&place, own) in &self.records {
            let claimed = own.iter().map(|own| &own.record).filter(|it| it.cache_flush && !is_denial(it));
            let meant: Vec<_> = claimed.map(|record| record.clone().with_cache_flush(false)).collect();
            let mut questions: Vec<Question> = Vec::new();
            for record in &meant {
                if questions.iter().all(|question| question.qname != record.name) {
                    // Not to ourselves alone: others on this machine listen on the same port (section 15.1).
                    let in_class = QCLASS::CLASS(CLASS::IN);
                    questions.push(Question::new(record.name.clone(), QTYPE::ANY, in_class, false));
                }
            }
            self.says.push(Say { place, to: None, message: records::question(questions, Vec::new(), meant) });
        }
    }

    fn announce(&mut self, now: Instant) {
        for (&place, own) in &mut self.records {
            for one in own.iter_mut() {
                (one.said, one.owed) = (Some(now), None);
            }
            let message = records::answer(own.iter().map(|own| &own.record), []);
            self.says.push(Say { place, to: None, message });
        }
    }

    /// Those who say the same hold their tongue, because we tell what we know.
    fn ask_for_own_name(&mut self) {
        for (&place, own) in &self.records {
            let known: Vec<_> = own
                .iter()
                .filter(|own| own.record.name == self.host && !is_denial(&own.record))
                .map(|own| own.record.clone().with_cache_flush(false))
                .collect();
            let Some(kind) = known.first().map(|record| record.rdata.type_code()) else { continue };
            let question = Question::new(self.host.clone(), kind.into(), QCLASS::CLASS(CLASS::IN), false);
            self.says.push(Say {
                place,
                to: None,
                message: records::question(vec![question], known, Vec::new()),
            });
        }
    }

    /// Says what is owed by now.
    fn pay(&mut self, now: Instant) {
        for (&place, own) in &mut self.records {
            let due = |own: &Own| own.owed.is_some_and(|at| at <= now);
            let answers: BTreeSet<usize> = (0..own.len()).filter(|&n| due(&own[n])).collect();
            if answers.is_empty() {
                continue;
            }
            for &n in &answers {
                (own[n].said, own[n].owed) = (Some(now), None);
            }
            let companions = companions(own, &answers);
            let record = |n: &usize| &own[*n].record;
            let message = records::answer(answers.iter().map(record), companions.iter().map(record));
            self.says.push(Say { place, to: None, message });
        }
    }

    /// While we ask whether a name is free, somebody else may ask the same. The greater data wins.
    fn heard_rival(&mut self, now: Instant, place: u32, from: SocketAddr, message: &Packet) {
        let own = &self.records[&place];
        let claimed = || own.iter().map(|own| &own.record).filter(|it| it.cache_flush && !is_denial(it));
        let names: Vec<&Name> = claimed().map(|record| &record.name).collect();
        let beaten = names.into_iter().any(|name| {
            // Our own words come back from our other interface.
            if *name == self.host && self.reach.is_own(from.ip()) {
                return false;
            }
            let mut theirs = message.name_servers.iter().filter(|it| it.name == *name);
            // Or from a reflector, which joins two networks and speaks from an address of its own.
            if *name == self.host && theirs.all(|it| self.is_echo(now, it)) {
                return false;
            }
            // The name of a service is not worth the name of the box.
            if *name != self.host && self.defeats == DEFEATS {
                return false;
            }
            let theirs: Vec<_> = message.name_servers.iter().filter(|it| it.name == *name).collect();
            let ours = claimed().filter(|it| it.name == *name);
            !theirs.is_empty() && records::rank(theirs) > records::rank(ours)
        });
        if beaten {
            self.defeats += 1;
            self.phase = Phase::Probing { asked: 0, next: now + AFTER_DEFEAT };
        }
        if self.defeats > DEFEATS {
            self.standing = Standing::Taken;
        }
    }

    fn heard_question(&mut self, now: Instant, place: u32, from: SocketAddr, message: &Packet) {
        let own = &self.records[&place];
        let mut answers: BTreeSet<usize> =
            message.questions.iter().flat_map(|it| answering(own, it)).collect();
        // What somebody knows already need not be told (RFC 6762 section 7.1).
        answers.retain(|&n| {
            let ours = &own[n].record;
            !message.answers.iter().any(|known| known == ours && known.ttl >= ours.ttl / 2)
        });
        if answers.is_empty() {
            return;
        }
        let nearby = self.reach.places[&place].is_on_link(from.ip());
        if from.port() != PORT {
            if nearby {
                let message = records::legacy_answer(message, answers.iter().map(|&n| &own[n].record));
                self.says.push(Say { place, to: Some(from), message });
            }
            return;
        }
        // Who asks for it gets the answer alone, if everybody else has heard it not long ago (section 5.4).
        if nearby && message.questions.iter().all(|question| question.unicast_response) {
            let fresh = |n: &usize| {
                let quarter = Duration::from_secs(u64::from(own[*n].record.ttl / 4));
                own[*n].said.is_some_and(|said| now.duration_since(said) < quarter)
            };
            let alone: BTreeSet<usize> = answers.iter().copied().filter(fresh).collect();
            if !alone.is_empty() {
                let companions = companions(own, &alone);
                let record = |n: &usize| &own[*n].record;
                let message = records::answer(alone.iter().map(record), companions.iter().map(record));
                self.says.push(Say { place, to: Some(from), message });
                answers.retain(|n| !alone.contains(n));
            }
        }
        let shared = answers.iter().any(|&n| !own[n].record.cache_flush);
        let wait = if shared { SHARED_DELAY + self.random(SHARED_SPREAD) } else { Duration::ZERO };
        let pause = if message.name_servers.is_empty() { BETWEEN_ANSWERS } else { BETWEEN_DEFENCES };
        for n in answers {
            self.owe(place, n, now + wait, pause);
        }
        self.pay(now);
    }

    fn heard_answer(&mut self, now: Instant, place: u32, from: SocketAddr, message: &Packet) {
        let from_here = self.reach.is_own(from.ip());
        let probing = match self.phase {
            // Whoever speaks before we have asked does not answer us (RFC 6762 section 8.1): a single lie, told twice,
            // would take the name.
            Phase::Probing { asked: 0, .. } => return,
            ref phase => matches!(phase, Phase::Probing { .. }),
        };
        for record in message.answers.iter().chain(&message.additional_records) {
            let own = &self.records[&place];
            if record.class != CLASS::IN {
                continue;
            }
            if let Some(n) = own.iter().position(|own| own.record == *record) {
                // Somebody takes back, or lets expire, what is still true (RFC 6762 section 6.6).
                if !probing && record.ttl < own[n].record.ttl / 2 {
                    self.owe(place, n, now, BETWEEN_ANSWERS);
                }
                continue;
            }
            let is_claimed = |own: &Own| own.record.cache_flush && own.record.name == record.name;
            let same_kind = |own: &Own| own.record.rdata.type_code() == record.rdata.type_code();
            let in_question = own.iter().any(|own| is_claimed(own) && (probing || same_kind(own)));
            // Who has the name says more of it than what there is not.
            if record.ttl == 0 || !in_question || is_denial(record) {
                continue;
            }
            if record.name != self.host {
                // Only a list shows the name of a service, so another one does no harm.
                if self.instance == INSTANCES {
                    continue;
                }
                self.goodbye();
                self.instance += 1;
                self.claim(now);
                return;
            }
            // Two interfaces, two boxes or avahi on this machine say the same of it in other words.
            if !from_here && !self.is_echo(now, record) {
                self.standing = if probing { Standing::Taken } else { Standing::Contested };
                return;
            }
        }
        self.pay(now);
    }

    /// Whether such a record of our name comes from ourselves, whoever repeats it.
    fn is_echo(&self, now: Instant, record: &ResourceRecord) -> bool {
        address_in(&record.rdata).is_some_and(|address| self.reach.is_echo(address, now))
    }

    fn owe(&mut self, place: u32, n: usize, at: Instant, pause: Duration) {
        let Some(own) = self.records.get_mut(&place).and_then(|records| records.get_mut(n)) else { return };
        let at = own.said.map_or(at, |said| at.max(said + pause));
        own.owed = Some(own.owed.map_or(at, |owed| owed.min(at)));
    }

    /// Up to this long (xorshift; nothing secret hangs on it).
    fn random(&mut self, up_to: Duration) -> Duration {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        up_to * (self.random % 1024) / 1024
    }
}

/// Which records answer a question: those that it asks for; or the word that there are none of this type.
fn answering<'a>(own: &'a [Own], question: &Question<'a>) -> impl Iterator<Item = usize> + use<'a> {
    let in_class = !matches!(question.qclass, QCLASS::CLASS(class) if class != CLASS::IN);
    let any = question.qtype == QTYPE::ANY;
    let (mut asked_for, mut denials) = (Vec::new(), Vec::new());
    for (n, Own { record, .. }) in own.iter().enumerate() {
        if !in_class || record.name != question.qname {
            continue;
        }
        match is_denial(record) {
            true => denials.push(n),
            false if any || record.match_qtype(question.qtype) => asked_for.push(n),
            false => {}
        }
    }
    if asked_for.is_empty() { denials.into_iter() } else { asked_for.into_iter() }
}

/// What somebody who gets these answers will ask for next (RFC 6763 section 12, RFC 6762 section 6.1).
fn companions(own: &[Own], answers: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut all = answers.clone();
    let mut open: Vec<usize> = answers.iter().copied().collect();
    while let Some(n) = open.pop() {
        let record = &own[n].record;
        let target = target_in(&record.rdata).unwrap_or(&record.name);
        for (next, Own { record: other, .. }) in own.iter().enumerate() {
            if other.cache_flush && other.name == *target && all.insert(next) {
                open.push(next);
            }
        }
    }
    &all - answers
}

fn is_denial(record: &ResourceRecord) -> bool {
    record.rdata.type_code() == TYPE::NSEC
}
