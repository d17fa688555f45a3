//! Which addresses are the local network, and in which order people are told them.

use super::*;
use procfs::FromBufRead;
use procfs::net::RouteEntries;

fn seen(name: &str, address: &str) -> Seen {
    Seen {
        name: without_label(name).into(),
        label: name.into(),
        index: 2,
        address: address.parse().expect("a written address"),
        prefix: 24,
        up: true,
        point_to_point: false,
        kind: Kind::Hardware,
        wireless: false,
    }
}

fn chosen(seen: &[Seen], interfaces: &[&str], default_route: Option<&str>) -> Vec<String> {
    let interfaces: Vec<String> = interfaces.iter().map(ToString::to_string).collect();
    choose(seen.to_vec(), &interfaces, default_route)
        .into_iter()
        .map(|lan| format!("{} {}", lan.interface, lan.address))
        .collect()
}

#[test]
fn what_is_no_local_network_is_left_out() {
    let mut unplugged = seen("eth1", "10.0.1.1");
    unplugged.up = false;
    let mut modem = seen("ppp0", "10.64.0.1");
    modem.point_to_point = true;
    let virtual_one = |name, address| Seen { kind: Kind::Virtual, ..seen(name, address) };
    let bridge =
        |name, address, over_hardware| Seen { kind: Kind::Bridge { over_hardware }, ..seen(name, address) };
    let tunnel = Seen { kind: Kind::Tunnel, ..seen("office", "10.8.0.2") };
    let all = [
        virtual_one("lo", "127.0.0.1"),
        virtual_one("veth12ab", "169.254.3.3"),
        virtual_one("docker0", "172.17.0.1"),
        bridge("docker1", "172.18.0.1", false),
        bridge("br-lan", "192.168.1.1", true),
        virtual_one("eth0", "10.77.0.1"),
        unplugged,
        modem,
        tunnel,
    ];
    let mut found = chosen(&all, &[], None);
    found.sort();
    assert_eq!(found, ["br-lan 192.168.1.1", "eth0 10.77.0.1"]);
}

#[test]
fn named_interfaces_are_the_local_network_whatever_they_are() {
    let tunnel = Seen { kind: Kind::Tunnel, point_to_point: true, ..seen("wg0", "10.8.0.2") };
    let all = [seen("eth0", "192.168.1.2"), tunnel, seen("wlan0", "192.168.1.3")];
    assert_eq!(chosen(&all, &["wg0"], None), ["wg0 10.8.0.2"]);
    assert_eq!(chosen(&all, &["eth7"], None), [""; 0]);
}

#[test]
fn an_address_with_a_label_is_one_of_its_interface() {
    let all = [seen("eth0", "192.168.1.2"), seen("eth0:1", "192.168.1.3"), seen("eth1:1", "10.0.0.1")];
    assert_eq!(chosen(&all, &["eth0"], None), ["eth0 192.168.1.2", "eth0 192.168.1.3"]);
    assert_eq!(chosen(&all, &["eth0:1"], None), ["eth0 192.168.1.3"]);
    assert_eq!(chosen(&all, &[], Some("eth1")).len(), 3);
}

#[test]
fn the_address_that_is_easiest_to_reach_comes_first() {
    let all = [
        seen("eth0", "fe80::1"),
        seen("eth0", "2001:db8::5"),
        seen("eth0", "fd77::5"),
        seen("eth0", "169.254.9.9"),
        seen("eth0", "203.0.113.7"),
        seen("eth0", "192.168.1.5"),
    ];
    let order = ["192.168.1.5", "203.0.113.7", "169.254.9.9", "fd77::5", "2001:db8::5", "fe80::1"];
    assert_eq!(chosen(&all, &[], None), order.map(|address| format!("eth0 {address}")));
}

#[test]
fn the_way_to_the_router_comes_before_others_and_cable_before_radio() {
    let radio = Seen { wireless: true, index: 1, ..seen("wlan0", "192.168.1.3") };
    let all = [radio, seen("eth0", "192.168.1.2"), seen("eth1", "10.0.0.1")];
    let cables_first = ["eth0 192.168.1.2", "eth1 10.0.0.1", "wlan0 192.168.1.3"];
    assert_eq!(chosen(&all, &[], None), cables_first);
    assert_eq!(chosen(&all, &[], Some("wlan0"))[0], "wlan0 192.168.1.3");
}

#[test]
fn the_default_route_is_the_one_with_the_lowest_metric() {
    let table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
         wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
         eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
         eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
    let RouteEntries(routes) = RouteEntries::from_buf_read(table.as_bytes()).expect("a table");
    assert_eq!(default_route(&routes), Some("eth0"));
    assert_eq!(default_route(&[]), None);
}
