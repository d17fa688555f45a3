//! Looks at the machine. Everything here may fail, and then says so among the facts.

use super::domains::{self, OwnBox};
use super::facts::{
    Certificate, Drops, Facts, Firewall, Holder, NoPage, NoRules, Page, Port, Speed, StateDir,
};
use super::firewall::{Packet, Rules};
use super::http::{ANSWER_TIMEOUT, LARGEST_ANSWER, connect, get};
use crate::addresses::{self, Survey};
use crate::config::{self, Config};
use crate::files;
use crate::mdns_query::{self, GROUP_V4, MESSAGE_MAX, PORT as MDNS_PORT};
use crate::tls::{self, TrustedRoots};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use procfs::net::{TcpState, tcp, tcp6, udp, udp6};
use procfs::process::{FDTarget, all_processes};
use quinn_udp::UdpSocketState;
use rustix::fs::{Access, access, statfs, statvfs};
use socket2::{Domain, Socket, Type};
use std::collections::HashSet;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

pub(super) fn facts(config: &Config) -> Facts {
    let at = config.listen.first().copied().unwrap_or(Ipv4Addr::LOCALHOST.into());
    let Served { https, http, page, authority } =
        if config.behind_proxy { served_to_proxy(at, config) } else { served(at, config) };
    let serving = page.as_ref().map_or(https.numbers[0], |page| page.port);
    let media_port = config::media_port(if config.behind_proxy { config.https().number } else { serving });
    let interfaces = addresses::survey(&config.interfaces).map_err(|cause| cause.to_string());
    let used: Vec<Survey> =
        interfaces.iter().flatten().filter(|one| one.left_out.is_none()).cloned().collect();
    let certificate = page.as_ref().ok().and_then(|page: &Page| page.certificate.as_ref());
    let named = certificate.and_then(|certificate| certificate.names.dns.first());
    let name = format!("{}.local", config.name);
    let asked = named.filter(|name| name.ends_with(".local")).unwrap_or(&name).clone();
    let announces = !config.no_mdns && !config.behind_proxy;
    let own = page.as_ref().ok().and_then(|page| {
        let plain = http.as_ref().and_then(|http| http.served());
        let ports = (page.port, plain);
        Some(OwnBox {
            instance: page.instance.as_deref()?,
            ports,
            media_port,
            authority: authority.as_deref(),
        })
    });
    let local: Vec<IpAddr> = interfaces.iter().flatten().map(|one| one.address).collect();
    let clock = SystemTime::now();
    Facts {
        announces,
        answers: if !announces || page.is_err() { Vec::new() } else { ask(&asked, &used) },
        domains: own.map_or_else(Vec::new, |own| domains::domains(config, &own, &local)),
        avahi: Path::new("/run/avahi-daemon/pid").exists(),
        clock_can_be: tls::is_plausible_clock(clock),
        clock,
        state: state_dir(&config.state_dir),
        power_save: power_save(&used),
        mtu: mtu(&used),
        firewall: firewall(
            &used,
            &ports_to_let_through(
                serving,
                http.as_ref(),
                (!config.no_relay).then_some(media_port),
                announces,
            ),
        ),
        receive_buffer: read_number("/proc/sys/net/core/rmem_max"),
        offload: offload(),
        speed: speed(),
        media: holder(media_port, true),
        media_port,
        name,
        https,
        http,
        page,
        interfaces,
    }
}

/// Who is at the ports, and what comes there.
struct Served {
    https: Port,
    http: Option<Port>,
    page: Result<Page, NoPage>,
    /// The box's own authority, PEM, as far as it can be had.
    authority: Option<String>,
}

fn served(at: IpAddr, config: &Config) -> Served {
    let mut http = port(config.http(), config, "http-port");
    let offered = http.numbers.iter().zip(&mut http.holders).find_map(|(number, holder)| {
        let pem = authority_offered(SocketAddr::new(at, *number))?;
        *holder = Holder::Us;
        Some(pem)
    });
    // A box whose plain ports are taken serves without; whoever may look into its folder knows it all the
    // same.
    let authority =
        offered.or_else(|| files::read_text(&config.state_dir.join("ca.crt"), LARGEST_ANSWER).ok());
    let mut https = port(config.https(), config, "https-port");
    let page = match &authority {
        Some(authority) => page_at_one_of(&mut https, at, |at| page_over_tls(at, authority)),
        None => Err(NoPage::NoAuthority),
    };
    Served { https, http: Some(http), page, authority }
}

/// The page comes without TLS, and there is no plain page that leads to trust.
fn served_to_proxy(at: IpAddr, config: &Config) -> Served {
    let mut http = port(config.http(), config, "http-port");
    let page = page_at_one_of(&mut http, at, |at| {
        let stream = connect(at).map_err(failed)?;
        page_of(stream, at, None)
    });
    Served { https: http, http: None, page, authority: None }
}

fn page_at_one_of(
    port: &mut Port,
    at: IpAddr,
    page_at: impl Fn(SocketAddr) -> Result<Page, NoPage>,
) -> Result<Page, NoPage> {
    let mut page = Err(NoPage::NoAuthority);
    for (number, holder) in port.numbers.iter().zip(&mut port.holders) {
        page = page_at(SocketAddr::new(at, *number));
        if page.is_ok() {
            *holder = Holder::Us;
            break;
        }
    }
    page
}

fn port(wanted: config::PortChoice, config: &Config, setting: &'static str) -> Port {
    let numbers: Vec<u16> = [wanted.number].into_iter().chain(wanted.instead).collect();
    let holders = numbers.iter().map(|number| holder_at(&config.listen, *number, false)).collect();
    Port { numbers, holders, setting }
}

fn holder(port: u16, datagrams: bool) -> Holder {
    holder_at(&[], port, datagrams)
}

/// Who has a socket at that port, on one of these addresses or on all.
fn holder_at(listen: &[IpAddr], port: u16, datagrams: bool) -> Holder {
    let concerns = |at: SocketAddr| {
        let ip = at.ip().to_canonical();
        at.port() == port && (listen.is_empty() || ip.is_unspecified() || listen.contains(&ip))
    };
    let sockets: Vec<u64> = if datagrams {
        let all = udp().into_iter().chain(udp6()).flatten();
        all.filter(|one| concerns(one.local_address)).map(|one| one.inode).collect()
    } else {
        let all = tcp().into_iter().chain(tcp6()).flatten();
        let listening = all.filter(|one| one.state == TcpState::Listen && concerns(one.local_address));
        listening.map(|one| one.inode).collect()
    };
    if port == 0 || sockets.is_empty() {
        return Holder::Nobody;
    }
    let sockets: HashSet<u64> = sockets.into_iter().collect();
    for process in all_processes().into_iter().flatten().flatten() {
        let has = process.fd().into_iter().flatten().flatten().any(|file| match file.target {
            FDTarget::Socket(inode) => sockets.contains(&inode),
            _ => false,
        });
        if has {
            let name = process.stat().map_or_else(|_| "a program".to_owned(), |stat| stat.comm);
            let ours = name == env!("CARGO_PKG_NAME") || process.pid() as u32 == std::process::id();
            return if ours { Holder::Us } else { Holder::Other { name, process: process.pid() } };
        }
    }
    Holder::Hidden
}

/// What the plain page gives devices to trust, if it is the plain page of a box.
fn authority_offered(at: SocketAddr) -> Option<String> {
    let stream = connect(at).ok()?;
    let (status, body) = get(stream, "/ca.pem", "localhost").ok()?;
    (status == 200 && body.starts_with("-----BEGIN CERTIFICATE-----")).then_some(body)
}

/// The page, as somebody who trusts the box gets it.
fn page_over_tls(at: SocketAddr, authority: &str) -> Result<Page, NoPage> {
    let stream = connect(at).map_err(failed)?;
    let roots = TrustedRoots::authority(authority).map_err(failed)?;
    let (stream, names, valid) = tls::probe(stream, &roots, "localhost").map_err(failed)?;
    page_of(stream, at, Some(Certificate { names, valid }))
}

fn page_of(
    stream: impl Read + Write,
    at: SocketAddr,
    certificate: Option<Certificate>,
) -> Result<Page, NoPage> {
    match get(stream, "/health", "localhost").map_err(failed)? {
        (200, health) => {
            let health: serde_json::Value = serde_json::from_str(&health).unwrap_or_default();
            let guessed_pins = health["guessed_pins"].as_u64().unwrap_or(0);
            let instance = health["instance"].as_str().map(str::to_owned);
            Ok(Page { port: at.port(), certificate, guessed_pins, instance })
        }
        (status, _) => Err(NoPage::Status(status)),
    }
}

fn failed(cause: io::Error) -> NoPage {
    NoPage::Failed(cause.to_string())
}

/// Asks for the name on each interface, all at once, and listens for a while.
fn ask(name: &str, used: &[Survey]) -> Vec<(String, Result<Vec<IpAddr>, String>)> {
    let asking: Vec<_> = used
        .iter()
        .filter_map(|one| match one.address {
            IpAddr::V4(from) => Some((one.interface.clone(), question(name, from))),
            IpAddr::V6(_) => None, // the box tells its IPv4 address only
        })
        .collect();
    let until = Instant::now() + ANSWER_TIMEOUT;
    asking
        .into_iter()
        .map(|(interface, asked)| {
            let answer = asked.and_then(|(socket, id)| listen(&socket, id, name, until));
            (interface, answer.map_err(|cause| cause.to_string()))
        })
        .collect()
}

/// Asked twice, because a datagram may be lost.
fn question(name: &str, from: Ipv4Addr) -> io::Result<(UdpSocket, u16)> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_multicast_if_v4(&from)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    let socket: UdpSocket = socket.into();
    let id = socket.local_addr()?.port(); // as good as any
    for _ in 0..2 {
        socket.send_to(&mdns_query::question(id, name), (GROUP_V4, MDNS_PORT))?;
    }
    Ok((socket, id))
}

/// The addresses of the first answer; none if nobody answers in time.
fn listen(socket: &UdpSocket, id: u16, name: &str, until: Instant) -> io::Result<Vec<IpAddr>> {
    let mut message = [0; MESSAGE_MAX];
    loop {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        socket.set_read_timeout(Some(left))?;
        match socket.recv(&mut message) {
            Ok(length) => {
                let addresses = mdns_query::answer(id, name, &message[..length]);
                if !addresses.is_empty() {
                    return Ok(addresses);
                }
            }
            Err(_) if Instant::now() >= until => return Ok(Vec::new()),
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {}
            Err(cause) => return Err(cause),
        }
    }
}

/// TMPFS_MAGIC and RAMFS_MAGIC (`linux/magic.h`; ramfs's own source).
const IN_MEMORY: [u32; 2] = [0x0102_1994, 0x8584_58f6];

fn state_dir(path: &Path) -> StateDir {
    let exists = path.exists();
    // Where it is, or is going to be.
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let disk = statvfs(there).ok();
    let damage = tls::ca_status(path).err().filter(|_| path.join("ca.key").exists());
    StateDir {
        path: path.to_owned(),
        exists,
        writable: access(there, Access::WRITE_OK).is_ok(),
        in_memory: statfs(there).is_ok_and(|disk| IN_MEMORY.contains(&(disk.f_type as u32))),
        free: disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
        damage: damage.map(|error| error.to_string()),
    }
}

fn power_save(used: &[Survey]) -> Vec<(String, Option<bool>)> {
    let mut radios: Vec<&String> = used.iter().filter(|one| one.wireless).map(|one| &one.interface).collect();
    radios.dedup();
    let asked = |interface: &&String| {
        let said = run("iw", &["dev", interface, "get", "power_save"]).ok()?;
        Some(said.contains("on"))
    };
    radios.iter().map(|interface| ((*interface).clone(), asked(interface))).collect()
}

fn mtu(used: &[Survey]) -> Vec<(String, usize)> {
    let mut interfaces: Vec<&String> = used.iter().map(|one| &one.interface).collect();
    interfaces.dedup();
    let read = |interface: &String| read_number(&format!("/sys/class/net/{interface}/mtu"));
    interfaces.into_iter().filter_map(|interface| Some((interface.clone(), read(interface)?))).collect()
}

/// Each with the words that name it. Whether a proxy reaches the box, its own page tells.
fn ports_to_let_through(
    serving: u16,
    http: Option<&Port>,
    media: Option<u16>,
    announces: bool,
) -> Vec<(&'static str, u16)> {
    let page = http.map(|http| [("tcp", serving), ("tcp", http.served().unwrap_or(http.numbers[0]))]);
    let mdns = announces.then_some(("udp", MDNS_PORT));
    let media = media.map(|port| ("udp", port));
    page.into_iter().flatten().chain(media).chain(mdns).collect()
}

fn firewall(used: &[Survey], ports: &[(&str, u16)]) -> Firewall {
    let rules = match run("nft", &["--json", "list", "ruleset"]) {
        Ok(json) => Rules::of_nft(&json).ok_or(NoRules::NotUnderstood("nft")),
        Err(why) => run("iptables", &["-S"]).map(|text| Rules::of_iptables(&text)).map_err(|_| why),
    };
    match rules {
        Err(why) => Firewall::Unknown(why),
        Ok(rules) => {
            let mut interfaces: Vec<&String> = used.iter().map(|one| &one.interface).collect();
            interfaces.dedup();
            let drop = |(protocol, port): &(&str, u16)| {
                let of = |interface: &&String| rules.drop_of(Packet { protocol, port: *port, interface });
                let place = interfaces.iter().find_map(of)?;
                Some(Drops { protocol: protocol.to_uppercase(), port: *port, place })
            };
            Firewall::Rules(ports.iter().filter_map(drop).collect())
        }
    }
}

/// What another program says; or why not.
fn run(program: &'static str, arguments: &[&str]) -> Result<String, NoRules> {
    // An ordinary user's path often lacks the administrator's programs.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    match Command::new(program).args(arguments).env("PATH", path).output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(_) => Err(NoRules::NotAllowed(program)),
        Err(_) => Err(NoRules::Absent(program)),
    }
}

fn read_number(path: &str) -> Option<usize> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Whether the kernel sends and receives datagrams joined.
fn offload() -> (bool, bool) {
    let state = || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        UdpSocketState::new((&socket).into())
    };
    state().map_or((false, false), |state| (state.max_gso_segments() > 1, state.gro_segments() > 1))
}

/// Measures for a few hundredths of a second.
fn speed() -> Speed {
    const PACKET: usize = 1200;
    const ROUNDS: u32 = 2000;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[7; 16]).expect("sixteen bytes"));
    let mut packet = vec![0x5a; PACKET];
    let start = Instant::now();
    for round in 0..ROUNDS {
        let mut nonce = [0; 12];
        nonce[..4].copy_from_slice(&round.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from([0; 12]), &mut packet);
        let _ = black_box(tag.expect("a packet is short"));
    }
    let encrypt = start.elapsed() / ROUNDS;
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let sum = black_box(&packet)
            .iter()
            .fold(0_u32, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(16_777_619));
        black_box(sum);
    }
    let walk = start.elapsed() / ROUNDS;
    Speed { cores: std::thread::available_parallelism().map_or(1, usize::from), encrypt, walk }
}
