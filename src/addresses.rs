//! This machine's addresses on the local network, and a stream of their changes.
//!
//! The kernel wakes us over rtnetlink when an interface, an address or an IPv4 route changes;
//! nothing polls. What counts as the local network is decided by [`Kind`] and written down for
//! people in `docs/network.md`.

#[cfg(test)]
mod tests;

use bytes::BytesMut;
use futures_util::FutureExt;
use if_addrs::IfAddr;
use netlink_sys::{AsyncSocket, AsyncSocketExt, SocketAddr, TokioSocket, protocols::NETLINK_ROUTE};
use procfs::net::RouteEntry;
use rustix::net::netdevice::name_to_index;
use std::{
    cmp::Reverse,
    fs, io,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::watch;
use tracing::{debug, warn};

/// One address by which others on the local network reach this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lan {
    /// The interface's name, for example `eth0`.
    pub interface: String,
    /// The interface's index in the kernel.
    pub index: u32,
    pub address: IpAddr,
    /// How many bits of the address say which network it is in.
    pub prefix: u8,
}

/// One address of this machine, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    pub interface: String,
    pub address: IpAddr,
    pub wireless: bool,
    /// Why it does not count as the local network; `None`: it does.
    pub left_out: Option<LeftOut>,
}

/// Why an address is none of the local network's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    Loopback,
    /// The setting `interface` names others.
    NotNamed,
    /// There is no cable, or no network joined.
    Down,
    PointToPoint,
    /// A bridge without a device, as containers have it.
    EmptyBridge,
    /// Or a modem.
    Tunnel,
    /// Of containers or virtual machines, by its name.
    Virtual,
}

/// All addresses of this machine, also those that [`list`] leaves out.
///
/// # Errors
///
/// The kernel would not list its interfaces.
pub fn survey(interfaces: &[String]) -> io::Result<Vec<Survey>> {
    let survey = |one: Seen| Survey {
        left_out: why_left_out(&one, interfaces),
        interface: one.name,
        address: one.address,
        wireless: one.wireless,
    };
    Ok(look()?.into_iter().map(survey).collect())
}

/// The addresses that there are, the best one to give to people first.
///
/// `interfaces` names those that are the local network; when it is empty, all real ones are.
///
/// # Errors
///
/// The kernel would not list its interfaces.
pub fn list(interfaces: &[String]) -> io::Result<Vec<Lan>> {
    // Without /proc the order is a little worse, and nothing else is.
    let routes = procfs::net::route().unwrap_or_default();
    Ok(choose(look()?, interfaces, default_route(&routes)))
}

/// Whether the kernel has an interface of that name, with an address or without.
fn exists(name: &str) -> bool {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).is_ok_and(|any| name_to_index(any, name).is_ok())
}

fn look() -> io::Result<Vec<Seen>> {
    let seen = if_addrs::get_if_addrs()?
        .into_iter()
        .filter_map(|interface| {
            Some(Seen {
                index: interface.index?,
                address: interface.ip(),
                prefix: match &interface.addr {
                    IfAddr::V4(v4) => v4.prefixlen,
                    IfAddr::V6(v6) => v6.prefixlen,
                },
                up: interface.is_oper_up(),
                point_to_point: interface.is_p2p(),
                kind: Kind::of(without_label(&interface.name), interface.index?),
                wireless: sysfs(without_label(&interface.name)).join("phy80211").exists(),
                name: without_label(&interface.name).to_owned(),
                label: interface.name,
            })
        })
        .collect();
    Ok(seen)
}

/// The interface of an address that has a label: `eth0:1` is an address of `eth0` (ip-address(8)).
fn without_label(name: &str) -> &str {
    name.split_once(':').map_or(name, |(interface, _)| interface)
}

/// The machine's own name, in lower case, if it is a DNS label.
pub(crate) fn host_name() -> Option<String> {
    let uname = rustix::system::uname();
    let name = uname.nodename().to_str().ok()?.split('.').next()?.to_ascii_lowercase();
    crate::hosts::is_label(&name).then_some(name)
}

/// [`list`], renewed after every change. The task behind it ends when all receivers are gone.
///
/// # Errors
///
/// The kernel would not list its interfaces, or would not tell of changes.
///
/// # Panics
///
/// When called outside of a tokio runtime.
pub fn watch(interfaces: Vec<String>) -> io::Result<watch::Receiver<Vec<Lan>>> {
    let mut changes = TokioSocket::new(NETLINK_ROUTE)?;
    changes.socket_mut().bind(&SocketAddr::new(0, GROUPS))?;
    for name in interfaces.iter().filter(|name| !exists(name)) {
        warn!(
            "there is no network interface {name}; it is used once it appears, and `ip link` lists those there are"
        );
    }
    // Listed after the socket listens, so that no change falls between.
    let (sender, receiver) = watch::channel(list(&interfaces)?);
    tokio::spawn(async move {
        tokio::select! {
            () = follow(changes, &interfaces, &sender) => {}
            () = sender.closed() => {}
        }
    });
    Ok(receiver)
}

/// RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE (a new default route changes which address is
/// the best) and RTMGRP_IPV6_IFADDR of `linux/rtnetlink.h`.
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100;

/// A plug or a lease comes as a burst of messages; they are looked at once, together.
const SETTLE: Duration = Duration::from_millis(200);

async fn follow(changes: TokioSocket, interfaces: &[String], sender: &watch::Sender<Vec<Lan>>) {
    // The messages only wake us, so they may well be cut off.
    let mut message = BytesMut::with_capacity(512);
    loop {
        message.clear();
        // An error (mostly ENOBUFS: more changes than the socket holds) says as much as a message.
        if let Err(error) = changes.recv(&mut message).await {
            debug!(%error, "rtnetlink");
        }
        tokio::time::sleep(SETTLE).await;
        while let Some(Ok(())) = changes.recv(&mut message).now_or_never() {
            message.clear();
        }
        match list(interfaces) {
            Ok(now) => {
                sender.send_if_modified(|known| {
                    let changed = *known != now;
                    *known = now;
                    changed
                });
            }
            Err(error) => warn!(%error, "cannot list this machine's addresses, keeping the last ones"),
        }
    }
}

/// An address of this machine with what is known of its interface.
#[derive(Clone)]
struct Seen {
    name: String,
    /// Of the address: the interface's name, or one such as `eth0:1`.
    label: String,
    index: u32,
    address: IpAddr,
    prefix: u8,
    up: bool,
    point_to_point: bool,
    kind: Kind,
    wireless: bool,
}

/// What an interface is, as far as `/sys/class/net` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A device, or a VLAN, bond or macvlan that stands on one.
    Hardware,
    /// A bridge. Somebody's `br0` has a device among its ports, Docker's has none.
    Bridge { over_hardware: bool },
    /// tun, tap, WireGuard, VXLAN, a mobile modem: it leads somewhere else.
    Tunnel,
    /// No device at all: one end of a veth pair, or nothing is known.
    Virtual,
}

impl Kind {
    fn of(name: &str, index: u32) -> Kind {
        let files = sysfs(name);
        let read = |file: &str| fs::read_to_string(files.join(file)).unwrap_or_default();
        // In a network namespace that still sees the host's /sys, the name means another interface.
        if read("ifindex").trim() != index.to_string() {
            return Kind::Virtual;
        }
        let uevent = read("uevent");
        let device_type = uevent.lines().find_map(|line| line.strip_prefix("DEVTYPE="));
        let tunnel = matches!(device_type, Some("wireguard" | "vxlan" | "geneve" | "wwan"));
        if tunnel || files.join("tun_flags").exists() || read("type").trim() != ARPHRD_ETHER {
            Kind::Tunnel
        } else if files.join("bridge").exists() {
            Kind::Bridge { over_hardware: stands_on_device(&files, 0) }
        } else if stands_on_device(&files, 0) {
            Kind::Hardware
        } else {
            Kind::Virtual
        }
    }
}

const ARPHRD_ETHER: &str = "1";

fn sysfs(name: &str) -> PathBuf {
    Path::new("/sys/class/net").join(name)
}

/// Whether there is a device at the bottom: a bridge on a VLAN on a bond on a device is four deep.
fn stands_on_device(files: &Path, depth: u8) -> bool {
    if files.join("device").exists() {
        return true;
    }
    let Ok(entries) = fs::read_dir(files) else { return false };
    depth < 4
        && entries.flatten().any(|entry| {
            entry.file_name().to_string_lossy().starts_with("lower_")
                && stands_on_device(&entry.path(), depth + 1)
        })
}

/// Names that programs give to the virtual interfaces they make for themselves.
const NOT_A_LAN: [&str; 17] = [
    "br-",
    "cali",
    "cni",
    "docker",
    "dummy",
    "flannel",
    "ifb",
    "kube",
    "lxc",
    "lxd",
    "podman",
    "tailscale",
    "veth",
    "virbr",
    "vnet",
    "wg",
    "zt",
];

/// Which of them are the local network, in the order in which people should try them.
fn choose(mut seen: Vec<Seen>, interfaces: &[String], default_route: Option<&str>) -> Vec<Lan> {
    seen.retain(|one| why_left_out(one, interfaces).is_none());
    // A stable sort: the kernel's order, primary address first, decides between equals.
    seen.sort_by_key(|one| {
        (rank(one.address), Reverse(Some(one.name.as_str()) == default_route), one.wireless, one.index)
    });
    let lan =
        |one: Seen| Lan { interface: one.name, index: one.index, address: one.address, prefix: one.prefix };
    seen.into_iter().map(lan).collect()
}

fn why_left_out(one: &Seen, interfaces: &[String]) -> Option<LeftOut> {
    if one.address.is_loopback() {
        Some(LeftOut::Loopback)
    } else if !interfaces.is_empty() && ![&one.name, &one.label].iter().any(|name| interfaces.contains(name))
    {
        Some(LeftOut::NotNamed)
    } else if !one.up {
        Some(LeftOut::Down)
    } else if !interfaces.is_empty() {
        None
    } else if one.point_to_point {
        Some(LeftOut::PointToPoint)
    } else {
        match one.kind {
            Kind::Hardware | Kind::Bridge { over_hardware: true } => None,
            Kind::Bridge { over_hardware: false } => Some(LeftOut::EmptyBridge),
            Kind::Tunnel => Some(LeftOut::Tunnel),
            // In a container or a namespace `eth0` is an end of a veth pair, and all there is.
            Kind::Virtual if NOT_A_LAN.iter().any(|prefix| one.name.starts_with(prefix)) => {
                Some(LeftOut::Virtual)
            }
            Kind::Virtual => None,
        }
    }
}

/// The lower, the easier to type and the likelier to be reached from the same network.
fn rank(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(v4) if v4.is_private() => 0,
        IpAddr::V4(v4) if !v4.is_link_local() => 1,
        IpAddr::V4(_) => 2,
        IpAddr::V6(v6) if v6.is_unique_local() => 3,
        IpAddr::V6(v6) if !v6.is_unicast_link_local() => 4,
        IpAddr::V6(_) => 5,
    }
}

/// The interface of the IPv4 default route with the lowest metric.
fn default_route(routes: &[RouteEntry]) -> Option<&str> {
    let default = routes.iter().filter(|one| one.destination.is_unspecified() && one.mask.is_unspecified());
    default.min_by_key(|one| one.metrics).map(|one| one.iface.as_str())
}
