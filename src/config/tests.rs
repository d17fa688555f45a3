use super::file::{settings, with_defaults};
use super::*;
use clap::{CommandFactory, FromArgMatches, Parser};
use std::collections::BTreeSet;

/// The settings alone.
#[derive(Parser)]
#[command(name = "wizyjno")]
struct Line {
    #[command(flatten)]
    settings: Config,
}

/// The settings of that file and that command line.
fn read(file: &str, line: &[&str]) -> Result<Config, String> {
    let command = with_defaults(Line::command(), file)
        .map_err(|wrong| format!("line {}: {}", wrong.line, wrong.problem))?;
    // This machine's environment is none of the tests' business.
    let command = command.mut_args(|setting| setting.env(None));
    let said = command.try_get_matches_from(["wizyjno"].iter().chain(line));
    said.and_then(|said| Line::from_arg_matches(&said))
        .map(|line| line.settings)
        .map_err(|wrong| wrong.to_string())
}

#[test]
fn a_flag_goes_over_the_file_and_the_file_over_the_default() {
    let config = read("name = 'file'\nhttp-port = 8000", &["--name", "flag"]).unwrap();
    assert_eq!(config.name, "flag");
    assert_eq!(config.http(), PortChoice { number: 8000, instead: None });
    assert_eq!(config.https(), PortChoice { number: 443, instead: Some(8443) });
    assert_eq!(config.ring_timeout, Duration::from_secs(30));
}

#[test]
fn every_kind_of_value_is_the_same_in_the_file_and_on_the_command_line() {
    let file = "listen = ['127.0.0.1', '::1']\nno-mdns = true\nring-seconds = 0x14\ndomain = 'Calls.Example'\n\
                interface = []\nwww = '/srv'";
    let line = ["--listen", "127.0.0.1,::1", "--no-mdns", "--ring-seconds=20", "--domain=calls.example"];
    assert_eq!(read(file, &[]), read("", &[&line[..], &["--www", "/srv"]].concat()));
    assert!(!read(file, &["--no-mdns=false"]).unwrap().no_mdns);
}

#[test]
fn a_file_that_is_wrong_is_told_in_one_sentence_with_its_line() {
    for (file, sentence) in [
        ("nmae = 'x'", "line 1: there is no setting \"nmae\"; did you mean \"name\"?"),
        ("\n\nhttps_port = 1", "line 3: there is no setting \"https_port\"; did you mean \"https-port\"?"),
        ("config = '/x'", "line 1: there is no setting \"config\"; wizyjno --help lists them"),
        ("zzz = 1\n[a]", "line 1: there is no setting \"zzz\"; wizyjno --help lists them"),
        ("[media]\nthreads = 1", "line 1: there is no setting \"media\"; did you mean \"media-threads\"?"),
        ("\"\" = 1", "line 1: there is no setting \"\"; wizyjno --help lists them"),
        (
            "name = 'a.b'",
            "line 1: name cannot be \"a.b\": use one DNS label, 1 to 63 letters, digits and hyphens, no hyphen at the ends",
        ),
        ("# all of it\nroom-size = 99", "line 2: room-size cannot be \"99\": use a number from 2 to 32"),
        ("https-port = 70000", "line 1: https-port cannot be \"70000\": use a number from 0 to 65535"),
        ("https-port = [1, 2]", "line 1: https-port takes one value, not a list"),
        (
            "ring-seconds = 1.5",
            "line 1: ring-seconds must be a text, a number, true or false, or a list of these",
        ),
        ("no-mdns = 'perhaps'", "line 1: no-mdns cannot be \"perhaps\": use true or false"),
        (
            "listen = ['127.0.0.1', 'here']",
            "line 1: listen cannot be \"here\": use an IP address, such as 192.168.1.20",
        ),
        (
            "log = 'a=b=c'",
            "line 1: log cannot be \"a=b=c\": use a level (error, warn, info, debug, trace) or a tracing filter",
        ),
    ] {
        assert_eq!(read(file, &[]).unwrap_err(), sentence, "{file}");
    }
    for torn in ["name = 'x'\nhttps-port = ", "name = 'x'\nname = 'y'", "name = 'x'\n\u{0}"] {
        let wrong = read(torn, &[]).unwrap_err();
        assert!(wrong.starts_with("line 2: ") && wrong.lines().count() == 1, "{wrong}");
    }
}

#[test]
fn lists_are_trimmed_and_hold_nothing_empty() {
    let line =
        ["--interface", "eth0, eth1 ", "--listen", " 127.0.0.1, ::1", "--domain", "a.example , b.example"];
    let config = read("", &line).unwrap();
    assert_eq!(config.interfaces, ["eth0", "eth1"]);
    assert_eq!(config.listen.len(), 2);
    assert_eq!(config.domains, ["a.example", "b.example"]);
    assert_eq!(read("interface = [' eth0 ']", &[]).unwrap().interfaces, ["eth0"]);
    for empty in ["interface = ['']", "interface = ''", "domain = ['a.example', ' ']", "listen = ['']"] {
        assert!(read(empty, &[]).unwrap_err().starts_with("line 1: "), "{empty}");
    }
}

#[test]
fn an_empty_password_is_none() {
    for file in ["status-password = ''", "status-password = '  '"] {
        let wrong = read(file, &[]).unwrap_err();
        assert!(wrong.ends_with("use a password that is not empty, or leave the setting out"), "{wrong}");
    }
    assert!(read("", &["--status-password", ""]).is_err());
}

#[test]
fn a_domain_is_a_host_name_as_browsers_send_it() {
    let domain = |name: &str| read("", &["--domain", name]).map(|config| config.domains[0].clone());
    for (said, sent) in [
        ("Calls.Example.", "calls.example"),
        ("żyrafa.local", "xn--yrafa-hib.local"),
        ("ŻYRAFA.local", "xn--yrafa-hib.local"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("my_box.local", "my_box.local"),
        ("203.0.113.5", "203.0.113.5"),
        ("fd77::1", "fd77::1"),
    ] {
        assert_eq!(domain(said).as_deref(), Ok(sent));
    }
    let too_long = format!("{}.example", "a".repeat(64));
    for wrong in [
        "https://calls.example/",
        "calls.example:8443",
        "*.local",
        "calls.example/path",
        "a b.example",
        "a..example",
        "a-.example",
        ".",
        "ann@calls.example",
        "[fd77::1]",
        &too_long,
    ] {
        let said = domain(wrong).unwrap_err();
        assert!(said.contains("use a host name alone, such as calls.example"), "{wrong}: {said}");
    }
}

#[test]
fn a_section_with_the_name_of_a_setting_is_not_passed_over() {
    for text in ["[spaces.choir]\npin = '2468'", "[pin]\nfile = '/pin'", "[domain]"] {
        let said = read(text, &[]).unwrap_err();
        assert!(
            said.starts_with("line 1: ") && said.contains(" is a setting and no section"),
            "{text}: {said}"
        );
    }
}

#[test]
fn an_acme_directory_is_an_url_of_https_or_none() {
    let directory = |url: &str| read("", &["--acme-directory", url]).map(|config| config.acme_directory);
    for good in [
        LETS_ENCRYPT,
        "https://localhost:14000/dir",
        "https://[::1]:14000/dir",
        "https://ca.lan/acme?x=1",
        "none",
    ] {
        assert_eq!(directory(good).as_deref(), Ok(good));
    }
    assert_eq!(read("", &[]).unwrap().acme_directory, LETS_ENCRYPT);
    for wrong in [
        "http://ca.lan/dir",
        "ca.lan/dir",
        "https://",
        "https://a b/",
        "https://ca.lan:x/",
        "https://u@ca.lan/",
    ] {
        let said = directory(wrong).unwrap_err();
        assert!(said.contains("use an URL of https"), "{wrong}: {said}");
    }
}

#[test]
fn a_contact_is_one_mail_address() {
    let contact = |text: &str| read("", &["--acme-contact", text]);
    assert_eq!(contact(" admin@example.org ").unwrap().acme_contact.as_deref(), Some("admin@example.org"));
    for wrong in
        ["", "admin", "@example.org", "admin@", "mailto:admin@example.org", "a@b.org,c@d.org", "a@b.org?x"]
    {
        assert!(contact(wrong).unwrap_err().contains("use one mail address"), "{wrong}");
    }
}

#[test]
fn a_certificate_without_its_key_and_a_key_without_its_certificate_are_told() {
    for (given, missing) in [("--tls-cert", "tls-key"), ("--tls-key", "tls-cert")] {
        let wrong = read("", &[given, "/a.pem"]).unwrap().complete().unwrap_err().to_string();
        assert_eq!(wrong, format!("a certificate and its key go together; give --{missing} as well"));
    }
    let both = read("tls-cert = '/a.pem'", &["--tls-key", "/a.key", "--state-dir", "/x"]).unwrap();
    assert!(both.complete().is_ok());
}

#[test]
fn a_trusted_proxy_is_an_address_or_a_range() {
    let proxies = |text: &str| read("", &["--trusted-proxy", text]).map(|config| config.trusted_proxies);
    let shown = |text: &str| proxies(text).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(shown("10.0.0.0/8, ::1"), Ok(vec!["10.0.0.0/8".into(), "::1/128".into()]));
    for wrong in ["10.0.0.0/33", "10.0.0", "proxy.example", "10.0.0.1-10.0.0.9", "", "10.0.0.0/8/8"] {
        let said = proxies(wrong).unwrap_err();
        let remedy = "use an address or a range of addresses, such as 10.0.0.0/8";
        assert!(said.contains(remedy), "{wrong}: {said}");
    }
}

#[test]
fn a_public_address_is_one_of_the_internet_with_or_without_a_port() {
    let addresses =
        |text: &str| read("", &["--public-address", text]).map(|config| config.ice.public_addresses);
    let shown =
        |text: &str| addresses(text).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
    let good = "203.0.113.5, 203.0.113.5:443,2001:db8::5 , [2001:db8::5]:443, [2001:db8::6]";
    let read =
        ["203.0.113.5:0", "203.0.113.5:443", "[2001:db8::5]:0", "[2001:db8::5]:443", "[2001:db8::6]:0"];
    assert_eq!(shown(good), Ok(read.map(str::to_owned).to_vec()));
    for wrong in [
        "",
        "calls.example",
        "0.0.0.0",
        "127.0.0.1",
        "[::1]:443",
        "224.0.0.1",
        "203.0.113.5:0",
        "203.0.113.5:70000",
        "203.0.113.5:",
        "203.0.113.0/24",
        "https://203.0.113.5",
    ] {
        let said = addresses(wrong).unwrap_err();
        assert!(
            said.contains("use an IP address of the internet, with or without a port"),
            "{wrong}: {said}"
        );
    }
}

#[test]
fn servers_of_stun_and_turn_are_uris() {
    let stun = |text: &str| read("", &["--stun", text]).map(|config| config.ice.stun);
    let turn = |text: &str| read("", &["--turn", text]).map(|config| config.ice.turn);
    let good = ["stun:stun.example", "stun:[2001:db8::5]:3478", "stuns:stun.example:443"];
    assert_eq!(stun(&good.join(" , ")), Ok(good.map(str::to_owned).to_vec()));
    for wrong in [
        "",
        "stun.example",
        "stun:",
        "stun://stun.example",
        "turn:turn.example",
        "stun:a b",
        "stun:a:b",
        "stun:stun.example?transport=udp",
        "stun:user@stun.example",
    ] {
        assert!(stun(wrong).unwrap_err().contains("use a URI such as stun:stun.example.org"), "{wrong}");
    }
    let good =
        ["turn:turn.example", "turn:203.0.113.5:3478?transport=udp", "turns:turn.example:443?transport=tcp"];
    assert_eq!(turn(&good.join(",")), Ok(good.map(str::to_owned).to_vec()));
    for wrong in [
        "",
        "turn.example:3478",
        "stun:stun.example",
        "turn:turn.example?transport=sctp",
        "turn:?transport=udp",
        "turn:turn.example?",
        "turn:ann:secret@turn.example",
        "turn:turn.example:port",
    ] {
        assert!(turn(wrong).unwrap_err().contains("use a URI such as turn:turn.example.org"), "{wrong}");
    }
}

#[test]
fn turn_servers_and_their_secret_go_together() {
    let of = |line: &[&str]| read("", &[line, &["--state-dir", "/x"]].concat()).unwrap().complete();
    let sentence = |missing: &str| {
        format!("TURN servers and the secret of their credentials go together; give --{missing} as well")
    };
    assert_eq!(of(&["--turn", "turn:a.example"]).unwrap_err().to_string(), sentence("turn-secret-file"));
    assert_eq!(of(&["--turn-secret-file", "/s"]).unwrap_err().to_string(), sentence("turn"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    let config = of(&["--turn", "turn:a.example", "--turn-secret-file", file.to_str().unwrap()]).unwrap();
    assert!(
        config
            .read_turn_secret()
            .unwrap_err()
            .to_string()
            .contains("mend it or take away --turn-secret-file")
    );
    std::fs::write(&file, "\nnorth").unwrap();
    assert!(config.read_turn_secret().unwrap_err().to_string().contains("its first line is empty"));
    std::fs::write(&file, " north \n").unwrap();
    assert_eq!(config.read_turn_secret().unwrap().as_deref(), Some("north"));
    assert_eq!(of(&[]).unwrap().read_turn_secret().unwrap(), None);
}

#[test]
fn a_platform_gives_the_port_by_a_variable_of_its_own() {
    let port = |text: &str| platform_port(Some(text.into())).map_err(|wrong| wrong.to_string());
    assert_eq!((port("8080"), port("")), (Ok(Some(8080)), Ok(None)));
    let sentence = "the variable PORT cannot be \"eight\": use a number from 0 to 65535, or --http-port";
    assert_eq!(port("eight"), Err(sentence.into()));
    assert!(port("65536").is_err() && port("-1").is_err());
}

#[test]
fn a_security_contact_is_a_uri() {
    let contact = |text: &str| read("", &["--security-contact", text]).map(|config| config.security_contact);
    for good in ["mailto:me@calls.example", "https://calls.example/security", "tel:+48-32-000-00-00"] {
        assert_eq!(contact(good), Ok(Some(good.to_owned())));
    }
    for wrong in ["me@calls.example", "mailto:", "mailto:a\nExpires: never", "http://calls.example"] {
        assert!(contact(wrong).unwrap_err().contains("use an address such as mailto:"), "{wrong}");
    }
}

#[test]
fn a_name_is_one_dns_label() {
    for good in ["wizyjno", "a", "box-2"] {
        assert!(is_label(good), "{good}");
    }
    for bad in ["", "a.b", "-a", "a-", "ż", &"x".repeat(64)] {
        assert!(!is_label(bad), "{bad}");
    }
}

#[test]
fn what_only_a_start_can_change_is_named() {
    let old = read("", &["--https-port=8443"]).unwrap();
    let new = read("https-port = 8444\nconnections = 5\nname = 'new'\nlog = 'debug'", &[]).unwrap();
    assert_eq!(old.only_at_start(&new), ["https-port", "connections"]);
    assert_eq!(old.only_at_start(&old), [""; 0]);
}

#[test]
fn every_setting_has_one_name() {
    let command = Line::command();
    for setting in settings(&command) {
        let key = setting.get_long().expect("a setting is a flag");
        let variable = format!("WIZYJNO_{}", key.to_uppercase().replace('-', "_"));
        assert_eq!(setting.get_env(), Some(variable.as_ref()), "{key}");
    }
    let names: BTreeSet<_> = settings(&command).filter_map(clap::Arg::get_long).collect();
    assert!(AT_START.iter().all(|name| names.contains(name)));
}

/// The settings are written down once, here in the code; the test writes the others and fails when it had to.
#[test]
fn the_documents_say_what_the_command_line_says() {
    let command = Line::command();
    let (mut table, mut file) = (String::from(TABLE), String::from(FILE));
    for setting in settings(&command) {
        let key = setting.get_long().expect("a setting is a flag");
        let help = setting.get_help().expect("a setting has its comment").to_string();
        let (meaning, told) = help.split_once(" [default: ").unwrap_or((&help, ""));
        let real = setting.get_default_values().first().filter(|_| !setting.is_hide_default_value_set());
        let default = match real {
            Some(value) => format!("`{}`", value.to_string_lossy()),
            None => told.trim_end_matches(']').to_owned(),
        };
        let when = if AT_START.contains(&key) { "restart" } else { "reload" };
        table += &format!("| `{key}` | {meaning} | {default} | {when} |\n");

        let example = EXAMPLES.iter().find(|(of, _)| *of == key).map(|(_, example)| (*example).to_owned());
        let example = example.or_else(|| Some(toml(&real?.to_string_lossy())));
        let example = example.unwrap_or_else(|| panic!("{key} has no default, so EXAMPLES needs one"));
        file += &format!("\n# {help}\n#{key} = {example}\n");
    }

    file += SPACE;
    let everything: String = file
        .lines()
        .filter(|line| !line.starts_with("# "))
        .fold(String::new(), |all, line| all + line.trim_start_matches('#') + "\n");
    read(&everything, &[]).expect("each line of the file is good when its # is taken away");

    up_to_date("docs/configuration.md", |old| {
        let (before, rest) = old.split_once(TABLE).expect("docs/configuration.md has the table");
        let after = rest.split_once("\n\n").map_or("\n", |(_, after)| after);
        format!("{before}{table}\n{after}")
    });
    up_to_date("systemd/wizyjno.toml", |_| file.clone());
}

const TABLE: &str = "| setting | meaning | default | takes effect on |\n|---|---|---|---|\n";
const FILE: &str = "\
# Settings of Wizyjno Godka. All of them are optional; each line shows the default, or an example.
# Flags (--name) and environment variables (WIZYJNO_NAME) go over this file.
# After a change: systemctl reload wizyjno. The log says which settings wait for a restart.
";
const SPACE: &str = "
# A lobby of its own, at /s/kuchnia: a table for each, below all that stands above (docs/configuration.md).
#[space.kuchnia]
#title = \"Kuchnia\"
#pin = \"246813\"
#size = 20
#lifetime = \"8h\"
";
const EXAMPLES: [(&str, &str); 22] = [
    ("https-port", "443"),
    ("http-port", "80"),
    ("listen", "[\"192.168.1.20\"]"),
    ("state-dir", "\"/var/lib/wizyjno\""),
    ("interface", "[\"eth0\"]"),
    ("domain", "[\"calls.example\"]"),
    ("acme-root", "\"/etc/ssl/certs/own-authority.pem\""),
    ("acme-contact", "\"admin@example.org\""),
    ("tls-cert", "\"/etc/ssl/calls.example.pem\""),
    ("tls-key", "\"/etc/ssl/private/calls.example.key\""),
    ("trusted-proxy", "[\"127.0.0.1\", \"10.0.0.0/8\"]"),
    ("public-address", "[\"203.0.113.5\"]"),
    ("stun", "[\"stun:stun.example.org\"]"),
    ("turn", "[\"turn:turn.example.org\", \"turns:turn.example.org:443?transport=tcp\"]"),
    ("turn-secret-file", "\"/etc/wizyjno.turn\""),
    ("www", "\"/srv/wizyjno/www\""),
    ("ready-file", "\"/run/wizyjno/ready.json\""),
    ("pin", "\"246813\""),
    ("pin-file", "\"/etc/wizyjno.pin\""),
    ("status-password", "\"a good one\""),
    ("status-password-file", "\"/etc/wizyjno.password\""),
    ("security-contact", "\"mailto:me@calls.example\""),
];

fn toml(value: &str) -> String {
    let bare = value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok();
    if bare { value.to_owned() } else { format!("\"{value}\"") }
}

fn up_to_date(file: &str, new: impl FnOnce(&str) -> String) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let new = new(&old);
    if old != new {
        std::fs::write(&path, new).expect("the folder can be written");
        panic!("{file} was out of date and is written anew: run the test again and commit it");
    }
}
