//! Which of the box's ports a firewall drops, from what `nft` or `iptables` say of their rules. Pure.
//!
//! A drop is told only where it is certain: a condition that is not understood may let the packet through.

use super::facts::Place;
use serde_json::Value;
use std::collections::BTreeMap;

/// A new packet that comes from the local network.
#[derive(Clone, Copy)]
pub(super) struct Packet<'a> {
    pub(super) protocol: &'a str,
    pub(super) port: u16,
    pub(super) interface: &'a str,
}

/// The chains that packets to this machine go through, and those that they may jump to.
#[derive(Default)]
pub(super) struct Rules {
    /// By table and name.
    chains: BTreeMap<(String, String), Chain>,
}

#[derive(Default)]
struct Chain {
    /// Packets begin here; and whether what reaches its end is dropped.
    entrance: Option<bool>,
    rules: Vec<Rule>,
}

struct Rule {
    conditions: Vec<Condition>,
    verdict: Verdict,
}

enum Condition {
    Protocol(Vec<String>),
    Port(Vec<(u16, u16)>),
    Interface(Vec<String>),
    /// Of a connection's states.
    State(Vec<String>),
    /// Not understood.
    Perhaps,
}

#[derive(Clone)]
enum Verdict {
    Accept,
    Drop,
    Return,
    Jump(String),
    Continue,
}

/// What becomes of a packet in a chain.
enum Fate {
    Through,
    Dropped(Place),
    /// It comes back to where the chain was called.
    Back,
}

/// Jumps within jumps; a kernel allows sixteen.
const DEPTH: usize = 16;

impl Rules {
    /// From `nft --json list ruleset`. `None`: that is something else.
    pub(super) fn of_nft(json: &str) -> Option<Rules> {
        let json: Value = serde_json::from_str(json).ok()?;
        let mut rules = Rules::default();
        for entry in json["nftables"].as_array()? {
            let chain = |of: &Value, name: &str| {
                let text = |key: &str| of[key].as_str().unwrap_or_default().to_owned();
                (format!("{} {}", text("family"), text("table")), text(name))
            };
            if let Some(of) = entry.get("chain") {
                let here = of["hook"] == "input" && matches!(of["family"].as_str(), Some("ip" | "inet"));
                let entrance = here.then(|| of["policy"] == "drop");
                rules.chains.entry(chain(of, "name")).or_default().entrance = entrance;
            } else if let Some(of) = entry.get("rule") {
                let expressions = of["expr"].as_array().map(Vec::as_slice).unwrap_or_default();
                rules.chains.entry(chain(of, "chain")).or_default().rules.push(nft_rule(expressions));
            }
        }
        Some(rules)
    }

    /// From `iptables -S`.
    pub(super) fn of_iptables(text: &str) -> Rules {
        let mut rules = Rules::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [action, chain, rest @ ..] = words.as_slice() else { continue };
            let chain = rules.chains.entry(("filter".to_owned(), (*chain).to_owned())).or_default();
            match *action {
                "-P" if words[1] == "INPUT" => chain.entrance = Some(rest == ["DROP"]),
                "-A" => chain.rules.push(iptables_rule(rest)),
                _ => {}
            }
        }
        rules
    }

    /// Where such a packet is dropped for certain.
    pub(super) fn drop_of(&self, packet: Packet<'_>) -> Option<Place> {
        self.chains.iter().find_map(|(name, chain)| {
            let ends_in_drop = chain.entrance?;
            match self.walk(name, packet, DEPTH) {
                Fate::Dropped(place) => Some(place),
                Fate::Back if ends_in_drop => Some(place(name, None)),
                Fate::Back | Fate::Through => None,
            }
        })
    }

    fn walk(&self, name: &(String, String), packet: Packet<'_>, depth: usize) -> Fate {
        let Some(chain) = self.chains.get(name).filter(|_| depth > 0) else { return Fate::Through };
        for (n, rule) in chain.rules.iter().enumerate() {
            let matches: Vec<Option<bool>> =
                rule.conditions.iter().map(|condition| condition.holds(packet)).collect();
            if matches.contains(&Some(false)) {
                continue;
            }
            let perhaps = matches.contains(&None);
            match (&rule.verdict, perhaps) {
                (Verdict::Accept, _) => return Fate::Through,
                (Verdict::Drop, false) => {
                    return Fate::Dropped(place(name, Some(n + 1)));
                }
                (Verdict::Return, false) => return Fate::Back,
                // Nobody knows whether the rest of this chain is gone through.
                (Verdict::Return, true) => return Fate::Through,
                (Verdict::Jump(to), _) => {
                    match (self.walk(&(name.0.clone(), to.clone()), packet, depth - 1), perhaps) {
                        (Fate::Back, _) | (Fate::Dropped(_), true) => {}
                        (fate, _) => return fate,
                    }
                }
                (Verdict::Drop, true) | (Verdict::Continue, _) => {}
            }
        }
        Fate::Back
    }
}

fn place((table, chain): &(String, String), rule: Option<usize>) -> Place {
    Place { rule, chain: chain.clone(), table: table.clone() }
}

impl Condition {
    /// `None`: that cannot be told.
    fn holds(&self, packet: Packet<'_>) -> Option<bool> {
        Some(match self {
            Condition::Protocol(those) => those.iter().any(|one| one == packet.protocol),
            Condition::Port(those) => those.iter().any(|(from, to)| (*from..=*to).contains(&packet.port)),
            Condition::Interface(those) => those.iter().any(|one| match one.strip_suffix(['*', '+']) {
                Some(start) => packet.interface.starts_with(start),
                None => one == packet.interface,
            }),
            Condition::State(those) => those.iter().any(|state| state == "new"),
            Condition::Perhaps => return None,
        })
    }
}

fn nft_rule(expressions: &[Value]) -> Rule {
    let mut rule = Rule { conditions: Vec::new(), verdict: Verdict::Continue };
    for expression in expressions {
        let Some((what, of)) = expression.as_object().and_then(|object| object.iter().next()) else {
            continue;
        };
        match what.as_str() {
            "match" => rule.conditions.extend(nft_conditions(of)),
            "accept" => rule.verdict = Verdict::Accept,
            "drop" | "reject" => rule.verdict = Verdict::Drop,
            "return" => rule.verdict = Verdict::Return,
            "jump" | "goto" => {
                rule.verdict = Verdict::Jump(of["target"].as_str().unwrap_or_default().to_owned())
            }
            "counter" | "log" | "mangle" => {}
            _ => rule.conditions.push(Condition::Perhaps),
        }
    }
    rule
}

fn nft_conditions(of: &Value) -> Vec<Condition> {
    if of["op"] != "==" && of["op"] != "in" {
        return vec![Condition::Perhaps];
    }
    let left = &of["left"];
    let (payload, meta) = (&left["payload"], &left["meta"]["key"]);
    let words = || nft_list(&of["right"]).iter().map(nft_word).collect::<Option<Vec<String>>>();
    let ports = || nft_list(&of["right"]).iter().map(nft_ports).collect::<Option<Vec<(u16, u16)>>>();
    let condition = if payload["field"] == "dport" {
        let Some(ports) = ports().map(Condition::Port) else { return vec![Condition::Perhaps] };
        // `udp dport` asks for both.
        let protocol = payload["protocol"].as_str().filter(|protocol| *protocol != "th");
        return protocol
            .map(|one| Condition::Protocol(vec![one.to_owned()]))
            .into_iter()
            .chain([ports])
            .collect();
    } else if *meta == "l4proto" || payload["field"] == "protocol" {
        words().map(Condition::Protocol)
    } else if *meta == "iifname" || *meta == "iif" {
        words().map(Condition::Interface)
    } else if left["ct"]["key"] == "state" {
        words().map(Condition::State)
    } else {
        None
    };
    vec![condition.unwrap_or(Condition::Perhaps)]
}

fn nft_list(right: &Value) -> Vec<Value> {
    match right.get("set").unwrap_or(right) {
        Value::Array(several) => several.clone(),
        one => vec![one.clone()],
    }
}

fn nft_word(value: &Value) -> Option<String> {
    value.as_str().filter(|word| !word.starts_with('@')).map(str::to_owned)
}

fn nft_ports(value: &Value) -> Option<(u16, u16)> {
    let port = |value: &Value| value.as_u64().and_then(|port| port.try_into().ok());
    match value.get("range") {
        Some(range) => Some((port(&range[0])?, port(&range[1])?)),
        None => port(value).map(|port| (port, port)),
    }
}

fn iptables_rule(words: &[&str]) -> Rule {
    let mut rule = Rule { conditions: Vec::new(), verdict: Verdict::Continue };
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        let mut value = || words.next().copied().unwrap_or_default();
        let list = |text: &str| text.split(',').map(str::to_lowercase).collect::<Vec<_>>();
        match word {
            "-p" => rule.conditions.push(Condition::Protocol(list(value()))),
            "-i" => rule.conditions.push(Condition::Interface(vec![value().to_owned()])),
            "--dport" | "--dports" => {
                let ports: Option<Vec<(u16, u16)>> = value().split(',').map(iptables_ports).collect();
                rule.conditions.push(ports.map_or(Condition::Perhaps, Condition::Port));
            }
            "--state" | "--ctstate" => rule.conditions.push(Condition::State(list(value()))),
            // The name of an extension; what it looks at follows.
            "-m" => {
                if !["tcp", "udp", "multiport", "state", "conntrack", "comment"].contains(&value()) {
                    rule.conditions.push(Condition::Perhaps);
                }
            }
            "-j" | "-g" => {
                rule.verdict = match value() {
                    "ACCEPT" => Verdict::Accept,
                    "DROP" | "REJECT" => Verdict::Drop,
                    "RETURN" => Verdict::Return,
                    "LOG" | "NFLOG" => Verdict::Continue,
                    chain => Verdict::Jump(chain.to_owned()),
                };
                break; // what follows is the target's
            }
            _ => rule.conditions.push(Condition::Perhaps),
        }
    }
    rule
}

fn iptables_ports(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once(':').unwrap_or((text, text));
    Some((from.parse().ok()?, to.parse().ok()?))
}
