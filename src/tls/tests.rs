//! Keys over the years: power cuts, wrong clocks, new addresses, and strangers who read the certificates.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, ServerConnection, version};

use super::*;

/// A box with a state folder of its own, started in the spring of 2027.
struct Home {
    folder: tempfile::TempDir,
    names: Names,
}

const SPRING: u64 = 1_807_000_000;

fn spring() -> SystemTime {
    since_1970(SPRING)
}

impl Home {
    fn new() -> Home {
        let addresses = ["192.168.1.20", "10.0.0.7", "fd77::20", "fe80::5"].map(|it| it.parse().unwrap());
        Home {
            folder: tempfile::tempdir().unwrap(),
            names: Names::new("wizyjno.local", "raspberrypi", addresses),
        }
    }

    fn start(&self, now: SystemTime) -> Result<Keeper, Error> {
        Keeper::open(&self.state(), "wizyjno", &self.names, now)
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.state().join(name)
    }

    /// The start must fail, with one line that names the file.
    fn refuses(&self, file: &str) -> String {
        let error = self.start(spring()).err().expect("the start fails").to_string();
        assert!(error.contains(self.file(file).to_str().unwrap()), "{error}");
        assert!(!error.contains('\n'), "{error}");
        error
    }
}

impl Keeper {
    fn served(&self) -> CertificateDer<'static> {
        self.current.get().certified.cert[0].clone()
    }

    fn served_life(&self) -> Life {
        self.current.get().life
    }
}

// Starting, and starting again.

#[test]
fn a_restart_finds_everything_again() {
    let home = Home::new();
    let first = home.start(spring()).unwrap();
    let second = home.start(spring() + DAY).unwrap();
    assert_eq!(first.authority.der, second.authority.der);
    assert_eq!(first.authority.fingerprint_sha256, second.authority.fingerprint_sha256);
    assert_eq!(first.served(), second.served());
    assert_eq!(first.secret(), second.secret());
    assert_ne!(first.secret(), [0; 32]);
}

#[test]
fn two_boxes_have_nothing_in_common() {
    let (one, other) = (Home::new().start(spring()).unwrap(), Home::new().start(spring()).unwrap());
    assert_ne!(one.authority.der, other.authority.der);
    assert_ne!(one.secret(), other.secret());
}

#[test]
fn two_first_starts_at_once_make_one_authority() {
    let home = Home::new();
    let start = || home.start(spring()).unwrap().authority.der;
    let (one, other) = std::thread::scope(|scope| {
        let threads = (scope.spawn(start), scope.spawn(start));
        (threads.0.join().unwrap(), threads.1.join().unwrap())
    });
    assert_eq!(one, other);
}

#[test]
fn the_folder_and_its_files_are_private() {
    let home = Home::new();
    home.start(spring()).unwrap();
    let mode = |path: PathBuf| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(home.state()), 0o700);
    let mut files: Vec<_> = fs::read_dir(home.state())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["ca.crt", "ca.key", "leaf.pem", "token.key"]);
    for file in files {
        assert_eq!(mode(home.file(&file)), 0o600, "{file}");
    }
}

#[test]
fn an_empty_folder_that_others_may_list_is_closed() {
    let home = Home::new();
    fs::create_dir(home.state()).unwrap();
    fs::set_permissions(home.state(), Permissions::from_mode(0o755)).unwrap();
    home.start(spring()).unwrap();
    assert_eq!(home.state().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn somebody_elses_folder_stays_as_it_is() {
    let home = Home::new();
    fs::create_dir(home.state()).unwrap();
    fs::set_permissions(home.state(), Permissions::from_mode(0o755)).unwrap();
    fs::write(home.file("holiday.jpg"), "").unwrap();
    assert!(home.start(spring()).err().unwrap().to_string().contains("--state-dir"));
    assert_eq!(home.state().metadata().unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_folder_that_others_could_have_changed_is_refused() {
    let home = Home::new();
    home.start(spring()).unwrap();
    fs::set_permissions(home.state(), Permissions::from_mode(0o777)).unwrap();
    assert!(home.start(spring()).err().unwrap().to_string().contains("chmod 700"));
}

#[test]
fn a_file_in_the_folders_place_is_an_error_that_names_it() {
    let home = Home::new();
    fs::write(home.state(), "").unwrap();
    let error = home.start(spring()).err().unwrap().to_string();
    assert!(error.contains(home.state().to_str().unwrap()), "{error}");
}

// Damage.

#[test]
fn a_damaged_authority_is_never_replaced() {
    for file in ["ca.key", "ca.crt", "token.key"] {
        let home = Home::new();
        home.start(spring()).unwrap();
        let whole = fs::read(home.file(file)).unwrap();
        let middle = whole.len() / 2;
        let flipped = || {
            let mut bytes = whole.clone();
            bytes[middle] ^= 1;
            bytes
        };
        let mut damages = vec![Vec::new(), whole[..middle].to_vec(), vec![b'x'; 100_000]];
        if file != "token.key" {
            damages.push(flipped());
            damages.push(vec![0; whole.len()]);
        }
        for damage in damages {
            fs::write(home.file(file), &damage).unwrap();
            // One flipped bit of the key is a fine key, that of another authority: then ca.crt is named.
            let error = home.start(spring()).err().expect("the start fails").to_string();
            assert!(error.contains(home.state().to_str().unwrap()) && error.contains(file), "{error}");
            assert_eq!(fs::read(home.file(file)).unwrap(), damage);
        }
        fs::write(home.file(file), whole).unwrap();
        home.start(spring()).unwrap();
    }
}

#[test]
fn half_an_authority_is_never_completed_once_it_has_served() {
    for file in ["ca.key", "ca.crt"] {
        let home = Home::new();
        home.start(spring()).unwrap();
        let whole = fs::read(home.file(file)).unwrap();
        fs::remove_file(home.file(file)).unwrap();
        assert!(home.refuses(file).contains("missing"));
        fs::write(home.file(file), whole).unwrap();
        fs::set_permissions(home.file(file), Permissions::from_mode(0o600)).unwrap();
        home.start(spring()).unwrap();
    }
}

#[test]
fn a_lost_authority_is_not_replaced_while_its_leaf_is_there() {
    let home = Home::new();
    home.start(spring()).unwrap();
    fs::remove_file(home.file("ca.key")).unwrap();
    fs::remove_file(home.file("ca.crt")).unwrap();
    home.refuses("ca.crt");
}

#[test]
fn a_key_of_another_authority_is_an_error() {
    let (home, other) = (Home::new(), Home::new());
    home.start(spring()).unwrap();
    other.start(spring()).unwrap();
    fs::copy(other.file("ca.key"), home.file("ca.key")).unwrap();
    assert!(home.refuses("ca.crt").contains("does not fit ca.key"));
}

#[test]
fn keys_that_others_can_read_are_refused() {
    for file in ["ca.key", "token.key"] {
        let home = Home::new();
        home.start(spring()).unwrap();
        fs::set_permissions(home.file(file), Permissions::from_mode(0o640)).unwrap();
        assert!(home.refuses(file).contains("chmod 600"));
    }
}

/// A power cut on the first start leaves the files in the order of their making, and perhaps the
/// beginning of the next one.
#[test]
fn a_first_start_may_be_interrupted_anywhere() {
    let files = ["ca.key", "ca.crt", "token.key", "leaf.pem"];
    for kept in 0..=files.len() {
        let home = Home::new();
        let before = home.start(spring()).unwrap();
        for file in &files[kept..] {
            fs::remove_file(home.file(file)).unwrap();
        }
        if let Some(next) = files.get(kept) {
            fs::write(home.file(&format!(".{next}.new")), "-----BEG").unwrap();
        }
        let after = home.start(spring()).unwrap();
        assert_eq!(fs::read_dir(home.state()).unwrap().count(), files.len(), "nothing is left lying about");
        if kept > 0 {
            assert_eq!(before.authority.name, after.authority.name);
            talk(&before.authority.der, &after, "wizyjno.local", spring());
        }
    }
}

#[test]
fn a_damaged_leaf_is_made_anew_by_the_same_authority() {
    let home = Home::new();
    let first = home.start(spring()).unwrap();
    let whole = fs::read_to_string(home.file("leaf.pem")).unwrap();
    let foreign = {
        let other = Home::new();
        other.start(spring()).unwrap();
        fs::read_to_string(other.file("leaf.pem")).unwrap()
    };
    for damage in [String::new(), whole[..whole.len() / 2].to_owned(), whole.replace('A', "B"), foreign] {
        fs::write(home.file("leaf.pem"), &damage).unwrap();
        let again = home.start(spring()).unwrap();
        assert_eq!(first.authority.der, again.authority.der);
        assert_ne!(first.served(), again.served());
        talk(&first.authority.der, &again, "wizyjno.local", spring());
    }
}

// Time.

/// A certificate minted on day 0, with a clock that is right.
fn minted(day: u64) -> Life {
    let authority = Life { from: since_1970(BUILT), until: since_1970(TOO_LATE) };
    leaf_life(None, authority, on(day))
}

fn on(day: u64) -> SystemTime {
    since_1970(SPRING) + Duration::from_secs(day * 24 * 60 * 60)
}

#[test]
fn a_leaf_lives_ninety_days_and_began_two_days_ago() {
    let life = minted(0);
    assert_eq!(life.from, on(0) - BACK_DATED);
    // Both ends count, so that this is 90 days to the second.
    assert_eq!(life.until.duration_since(life.from).unwrap(), DAY * 90 - Duration::from_secs(1));
}

#[test]
fn renewal_is_due_at_two_thirds_of_life() {
    let life = minted(0);
    assert_eq!(why_renew(life, true, on(0)), None);
    assert_eq!(why_renew(life, true, on(57)), None);
    assert_eq!(why_renew(life, true, on(58)), Some(Why::Due));
    assert_eq!(why_renew(life, true, on(4000)), Some(Why::Due), "the clock jumped ahead");
}

#[test]
fn a_certificate_from_the_future_is_replaced() {
    assert_eq!(why_renew(minted(100), true, on(99)), None, "it was back-dated for that");
    assert_eq!(why_renew(minted(100), true, on(97)), Some(Why::ClockWentBack));
}

#[test]
fn a_clock_that_is_known_to_be_wrong_renews_nothing() {
    for wrong in [UNIX_EPOCH, since_1970(BUILT - 1), since_1970(TOO_LATE), UNIX_EPOCH - DAY] {
        assert_eq!(why_renew(minted(0), true, wrong), None);
        assert_eq!(why_renew(minted(0), false, wrong), Some(Why::Names), "but a new name is a new name");
    }
}

#[test]
fn with_a_wrong_clock_now_is_the_latest_known_moment() {
    let authority = Life { from: since_1970(BUILT), until: since_1970(TOO_LATE) };
    let built = leaf_life(None, authority, UNIX_EPOCH);
    assert_eq!(built.from, since_1970(BUILT) - BACK_DATED);
    assert_eq!(leaf_life(Some(minted(50)), authority, UNIX_EPOCH), minted(50));
    assert_eq!(
        leaf_life(Some(minted(50)), authority, on(10)),
        minted(10),
        "a clock that may be right is believed"
    );
}

#[test]
fn no_leaf_outlives_its_authority() {
    let authority = Life { from: on(0), until: on(30) };
    assert_eq!(leaf_life(None, authority, on(1)).until, on(30));
    let home = Home::new();
    home.start(spring()).unwrap();
    assert!(home.start(spring() + AUTHORITY_LIFE).err().unwrap().to_string().contains("has ended"));
}

#[test]
fn a_pi_that_boots_in_1970_serves_a_certificate_of_the_build_until_its_clock_is_set() {
    let home = Home::new();
    let keeper = home.start(UNIX_EPOCH).unwrap();
    assert_eq!(keeper.served_life().from, since_1970(BUILT) - BACK_DATED);
    assert!(!keeper.fit(&home.names, UNIX_EPOCH + DAY).unwrap());
    assert!(keeper.fit(&home.names, spring()).unwrap(), "the clock is set");
    assert_eq!(keeper.served_life().from, spring() - BACK_DATED);
    assert_eq!(home.start(UNIX_EPOCH).unwrap().served(), keeper.served(), "and is lost again by a power cut");
}

#[test]
fn an_authority_made_while_the_clock_ran_ahead_is_valid_when_it_is_set_back() {
    let home = Home::new();
    let keeper = home.start(spring() + DAY * 3000).unwrap();
    assert!(keeper.fit(&home.names, spring()).unwrap());
    talk(&keeper.authority.der, &keeper, "wizyjno.local", spring());
}

#[test]
fn the_next_look_is_soon_and_never_at_once() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    assert_eq!(keeper.next_check(spring()), LOOK_AT_CLOCK);
    let due = due(keeper.served_life());
    assert_eq!(keeper.next_check(due - Duration::from_secs(5)), Duration::from_secs(5));
    assert_eq!(keeper.next_check(due + DAY), Duration::from_secs(1));
}

// Names.

#[test]
fn new_names_and_addresses_make_a_new_certificate_and_lost_ones_do_not() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    let mut names = home.names.clone();
    assert!(!keeper.fit(&names, spring()).unwrap());
    names.addresses.push("192.168.7.7".parse().unwrap());
    assert!(keeper.fit(&names, spring()).unwrap());
    names.dns[0] = "wizyjno-2.local".to_owned();
    assert!(keeper.fit(&names, spring()).unwrap());
    let served = keeper.served();
    names.addresses.clear();
    assert!(!keeper.fit(&names, spring()).unwrap());
    assert_eq!(home.start(spring()).unwrap().served(), {
        // The restart has the old names, of which wizyjno.local is new again.
        let again = home.start(spring()).unwrap();
        assert_ne!(again.served(), served);
        again.served()
    });
}

#[test]
fn names_that_the_authority_may_not_vouch_for_are_left_out() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    let addresses = ["8.8.8.8", "2001:db8::1", "172.32.0.1", "192.168.1.9"].map(|it| it.parse().unwrap());
    let mut names = Names::new("wizyjno.local", "RaspberryPi.fritz.box", addresses);
    names.dns.extend(
        ["example.com", "notlocal", "żółw.local", "a..local", "*.local", "Garden.Local."].map(String::from),
    );
    keeper.fit(&names, spring()).unwrap();
    let served = keeper.current.get().names.clone();
    assert_eq!(
        served.dns,
        ["wizyjno.local", "raspberrypi.local", "raspberrypi", "garden.local", "localhost"]
    );
    let expected = ["192.168.1.9", "127.0.0.1", "::1"].map(|it| it.parse::<IpAddr>().unwrap());
    assert_eq!(served.addresses, expected);
    talk(&keeper.authority.der, &keeper, "garden.local", spring());
}

#[test]
fn a_machine_called_like_a_top_level_domain_may_not_vouch_for_it() {
    for (host, allowed) in
        [("pi", true), ("raspberrypi", true), ("pl", false), ("com", false), ("dev", false)]
    {
        let names = Names::new("wizyjno.local", host, []);
        assert_eq!(!bare_hosts(&names).is_empty(), allowed, "{host}");
    }
}

// On the wire.

/// A client that trusts `authority` alone reaches the box by `name`, at `now`. What was negotiated.
fn talk(authority: &[u8], keeper: &Keeper, name: &str, now: SystemTime) -> ClientConnection {
    let client = Arc::new(client(authority, now, &[&version::TLS13, &version::TLS12]));
    talk_as(&client, keeper, name).unwrap()
}

fn client(
    authority: &[u8],
    now: SystemTime,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    #[derive(Debug)]
    struct Clock(SystemTime);
    impl rustls::time_provider::TimeProvider for Clock {
        fn current_time(&self) -> Option<UnixTime> {
            Some(UnixTime::since_unix_epoch(self.0.duration_since(UNIX_EPOCH).unwrap()))
        }
    }
    let mut roots = RootCertStore::empty();
    roots.add(authority.to_vec().into()).unwrap();
    let provider = Arc::new(crypto::default_provider());
    let mut client = ClientConfig::builder_with_details(provider, Arc::new(Clock(now)))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    client
}

fn talk_as(
    client: &Arc<ClientConfig>,
    keeper: &Keeper,
    name: &str,
) -> Result<ClientConnection, rustls::Error> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(client.clone(), name)?;
    let mut server = ServerConnection::new(keeper.server_config())?;
    exchange(&mut client, &mut server)?;
    Ok(client)
}

/// Carries bytes both ways until both are silent, and proves that they understand each other.
fn exchange(client: &mut ClientConnection, server: &mut ServerConnection) -> Result<(), rustls::Error> {
    server.writer().write_all(b"hello").unwrap();
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            server.read_tls(&mut wire).unwrap();
            server.process_new_packets()?;
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            client.read_tls(&mut wire).unwrap();
            client.process_new_packets()?;
        }
    }
    let mut heard = [0; 5];
    client.reader().read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hello");
    Ok(())
}

#[test]
fn every_name_is_reached_by_who_trusts_the_authority_alone() {
    let home = Home::new();
    home.start(spring()).unwrap();
    let keeper = home.start(spring()).unwrap();
    let served = keeper.current.get().names.clone();
    let names: Vec<_> =
        served.dns.into_iter().chain(served.addresses.iter().map(IpAddr::to_string)).collect();
    assert_eq!(
        names,
        [
            "wizyjno.local",
            "raspberrypi.local",
            "raspberrypi",
            "localhost",
            "192.168.1.20",
            "10.0.0.7",
            "fd77::20",
            "fe80::5",
            "127.0.0.1",
            "::1"
        ]
    );
    for name in names {
        talk(&keeper.authority.der, &keeper, &name, spring());
    }
    let client = Arc::new(client(&keeper.authority.der, spring(), &[&version::TLS13]));
    assert!(talk_as(&client, &keeper, "other.local").is_err(), "the client does look at names");
}

#[test]
fn both_versions_are_spoken_and_http_1_1_is_agreed_on() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    for version in [&version::TLS12, &version::TLS13] {
        let client = Arc::new(client(&keeper.authority.der, spring(), &[version]));
        let connection = talk_as(&client, &keeper, "wizyjno.local").unwrap();
        assert_eq!(connection.protocol_version(), Some(version.version));
        assert_eq!(connection.alpn_protocol(), Some(b"http/1.1".as_slice()));
    }
}

#[test]
fn a_reload_resumes_also_after_the_certificate_has_changed() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    for version in [&version::TLS12, &version::TLS13] {
        let client = Arc::new(client(&keeper.authority.der, spring(), &[version]));
        let kind = || talk_as(&client, &keeper, "wizyjno.local").unwrap().handshake_kind();
        assert_eq!(kind(), Some(HandshakeKind::Full));
        assert_eq!(kind(), Some(HandshakeKind::Resumed));
        let mut names = home.names.clone();
        names.dns.push(format!("{:?}.local", version.version));
        assert!(keeper.fit(&names, spring()).unwrap());
        assert_eq!(kind(), Some(HandshakeKind::Resumed));
    }
}

#[test]
fn a_renewal_drops_no_connection_and_new_ones_get_the_new_certificate() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    let client = |now| Arc::new(client(&keeper.authority.der, now, &[&version::TLS13]));
    let name = || ServerName::try_from("wizyjno.local").unwrap();
    let mut standing = ClientConnection::new(client(spring()), name()).unwrap();
    let mut server = ServerConnection::new(keeper.server_config()).unwrap();
    exchange(&mut standing, &mut server).unwrap();

    let summer = spring() + DAY * 80;
    assert!(keeper.fit(&home.names, summer).unwrap());
    exchange(&mut standing, &mut server).unwrap();
    let next = talk_as(&client(summer), &keeper, "wizyjno.local").unwrap();
    assert_ne!(standing.peer_certificates(), next.peer_certificates());
    assert_eq!(next.peer_certificates().unwrap(), [keeper.served()]);
    assert_eq!(home.start(summer).unwrap().served(), keeper.served(), "and it is kept");
}

#[test]
fn handshakes_and_renewals_at_once_do_not_disturb_each_other() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    let client = Arc::new(client(&keeper.authority.der, spring(), &[&version::TLS13]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..50).for_each(|_| drop(talk_as(&client, &keeper, "wizyjno.local").unwrap())));
        }
        for thread in 0..2 {
            let (keeper, names) = (&keeper, &home.names);
            scope.spawn(move || {
                for turn in 0..20 {
                    let mut names = names.clone();
                    names.addresses.push(IpAddr::from([10, 1, thread, turn]));
                    keeper.fit(&names, spring()).unwrap();
                }
            });
        }
    });
    let kept = home.start(spring()).unwrap();
    talk(&keeper.authority.der, &kept, "wizyjno.local", spring());
}

#[test]
fn a_certificate_that_cannot_be_kept_is_served_all_the_same() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    fs::rename(home.state(), home.folder.path().join("gone")).unwrap();
    let mut names = home.names.clone();
    names.dns.push("late.local".to_owned());
    assert!(keeper.fit(&names, spring()).is_err());
    assert!(!keeper.fit(&names, spring()).unwrap(), "the live one fits");
    talk(&keeper.authority.der, &keeper, "late.local", spring());
}

// Strangers: OpenSSL reads what we made.

fn openssl(arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).output().expect("openssl is installed")
}

/// What `openssl x509 -text` says of a file, with its white space folded.
fn text(path: PathBuf) -> String {
    let output = openssl(&["x509", "-in", path.to_str().unwrap(), "-noout", "-text"]);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn openssl_reads_the_authority_as_meant() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    let text = text(home.file("ca.crt"));
    for part in [
        "Version: 3",
        &format!("Subject: CN = {}", keeper.authority.name),
        "CA:TRUE, pathlen:0",
        "X509v3 Key Usage: critical Certificate Sign, CRL Sign",
        "ASN1 OID: prime256v1",
        "Signature Algorithm: ecdsa-with-SHA256",
        "X509v3 Subject Key Identifier",
        "X509v3 Name Constraints: critical Permitted: DNS:local DNS:localhost DNS:raspberrypi \
         IP:10.0.0.0/255.0.0.0 IP:172.16.0.0/255.240.0.0 IP:192.168.0.0/255.255.0.0 IP:169.254.0.0/255.255.0.0 \
         IP:127.0.0.0/255.0.0.0 IP:FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0 \
         IP:FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0 \
         IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let path = home.file("ca.crt");
    let output = openssl(&["x509", "-in", path.to_str().unwrap(), "-noout", "-fingerprint", "-sha256"]);
    let fingerprint = String::from_utf8(output.stdout).unwrap();
    assert_eq!(fingerprint.trim().split_once('=').unwrap().1, keeper.authority.fingerprint_sha256);
    assert_eq!(
        CertificateDer::from_pem_slice(keeper.authority.pem.as_bytes()).unwrap().to_vec(),
        keeper.authority.der
    );
}

#[test]
fn openssl_reads_the_leaf_as_meant() {
    let home = Home::new();
    home.start(spring()).unwrap();
    let text = text(home.file("leaf.pem"));
    for part in [
        "CA:FALSE",
        "X509v3 Key Usage: critical Digital Signature",
        "X509v3 Extended Key Usage: TLS Web Server Authentication",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "X509v3 Subject Alternative Name: DNS:wizyjno.local, DNS:raspberrypi.local, DNS:raspberrypi, DNS:localhost, \
         IP Address:192.168.1.20, IP Address:10.0.0.7, IP Address:FD77:0:0:0:0:0:0:20, \
         IP Address:FE80:0:0:0:0:0:0:5, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        "ASN1 OID: prime256v1",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let key =
        |file: &str| openssl(&["pkey", "-in", home.file(file).to_str().unwrap(), "-check", "-noout"]).status;
    assert!(key("leaf.pem").success() && key("ca.key").success());
}

#[test]
fn openssl_accepts_every_name_and_nothing_outside_the_constraints() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    let at = SPRING.to_string();
    let (authority, leaf) = (home.file("ca.crt"), home.file("leaf.pem"));
    let verify = |leaf: &Path, kind: &str, name: &str| {
        let (authority, leaf) = (authority.to_str().unwrap(), leaf.to_str().unwrap());
        let arguments =
            ["verify", "-x509_strict", "-purpose", "sslserver", "-attime", &at, "-CAfile", authority];
        openssl(&[arguments.as_slice(), &[kind, name, leaf]].concat())
    };
    let served = keeper.current.get().names.clone();
    for name in &served.dns {
        let output = verify(&leaf, "-verify_hostname", name);
        assert!(output.status.success(), "{name}: {output:?}");
    }
    for address in &served.addresses {
        let output = verify(&leaf, "-verify_ip", &address.to_string());
        assert!(output.status.success(), "{address}: {output:?}");
    }
    // Somebody with the key of the authority tries to be the bank.
    for (dns, address) in [("bank.example", None), ("wizyjno.local", Some("93.184.216.34")), ("x.com", None)]
    {
        let names = Names {
            dns: vec![dns.to_owned()],
            addresses: address.map(|it| it.parse().unwrap()).into_iter().collect(),
        };
        let forged = home.folder.path().join("forged.pem");
        fs::write(&forged, keeper.signer.leaf(&names, keeper.served_life()).unwrap()).unwrap();
        let output = verify(&forged, "-verify_hostname", dns);
        assert!(!output.status.success());
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("permitted subtree violation"),
            "{output:?}"
        );
        let pem = fs::read(&forged).unwrap();
        let certified = read_leaf(&keeper.signer, &pem).unwrap();
        keeper.current.set(certified);
        let client = Arc::new(client(&keeper.authority.der, spring(), &[&version::TLS13]));
        assert!(talk_as(&client, &keeper, dns).is_err(), "webpki refuses it too");
    }
}
