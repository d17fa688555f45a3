//! Keys over the years: power cuts, wrong clocks, new addresses, and strangers who read the certificates.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::leaf::read_leaf;
use super::names::bare_hosts;
use super::validity::*;
use super::*;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::net::IpAddr;
use std::time::UNIX_EPOCH;

mod owner;
mod strangers;
mod time;
mod wire;

use wire::talk;

/// A box with a state folder of its own, started in the spring of 2027.
struct Home {
    folder: tempfile::TempDir,
    names: SubjectNames,
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
            names: SubjectNames::new("wizyjno.local", "raspberrypi", addresses),
        }
    }

    fn start(&self, now: SystemTime) -> Result<CertManager, Error> {
        CertManager::open(&self.state(), "wizyjno", &self.names, now)
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

impl CertManager {
    fn served(&self) -> CertificateDer<'static> {
        self.resolver.local.get().certified.cert[0].clone()
    }

    fn served_validity(&self) -> Validity {
        self.resolver.local.get().validity
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

// Names.

#[test]
fn new_names_and_addresses_make_a_new_certificate_and_lost_ones_do_not() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    let mut names = home.names.clone();
    assert!(!cert_manager.renew_if_needed(&names, spring()).unwrap());
    names.addresses.push("192.168.7.7".parse().unwrap());
    assert!(cert_manager.renew_if_needed(&names, spring()).unwrap());
    names.dns[0] = "wizyjno-2.local".to_owned();
    assert!(cert_manager.renew_if_needed(&names, spring()).unwrap());
    let served = cert_manager.served();
    names.addresses.clear();
    assert!(!cert_manager.renew_if_needed(&names, spring()).unwrap());
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
    let cert_manager = home.start(spring()).unwrap();
    let addresses = ["8.8.8.8", "2001:db8::1", "172.32.0.1", "192.168.1.9"].map(|it| it.parse().unwrap());
    let mut names = SubjectNames::new("wizyjno.local", "RaspberryPi.fritz.box", addresses);
    names.dns.extend(
        ["example.com", "notlocal", "żółw.local", "a..local", "*.local", "Garden.Local."].map(String::from),
    );
    cert_manager.renew_if_needed(&names, spring()).unwrap();
    let served = cert_manager.resolver.local.get().names.clone();
    assert_eq!(
        served.dns,
        ["wizyjno.local", "raspberrypi.local", "raspberrypi", "garden.local", "localhost"]
    );
    let expected = ["192.168.1.9", "127.0.0.1", "::1"].map(|it| it.parse::<IpAddr>().unwrap());
    assert_eq!(served.addresses, expected);
    talk(&cert_manager.authority.der, &cert_manager, "garden.local", spring());
}

#[test]
fn a_machine_called_like_a_top_level_domain_may_not_vouch_for_it() {
    for (host, allowed) in
        [("pi", true), ("raspberrypi", true), ("pl", false), ("com", false), ("dev", false)]
    {
        let names = SubjectNames::new("wizyjno.local", host, []);
        assert_eq!(!bare_hosts(&names).is_empty(), allowed, "{host}");
    }
}

#[test]
fn a_pipe_in_a_files_place_keeps_nobody_waiting() {
    for (file, what) in [
        ("ca.key", "it is no regular file"),
        ("ca.crt", "it is no regular file"),
        ("token.key", "it is no regular file"),
    ] {
        let home = Home::new();
        home.start(spring()).unwrap();
        fs::remove_file(home.file(file)).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, home.file(file), rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        let error = home.refuses(file);
        assert!(error.contains(what), "{error}");
    }
}

/// Go, and OpenSSL with X509_V_FLAG_X509_STRICT, refuse a whole certificate for such a name.
#[test]
fn a_name_with_an_underscore_stands_in_no_certificate() {
    let mut home = Home::new();
    home.names.dns.extend(["my_box.local".into(), "a.my_box.local".into(), "my-box.local".into()]);
    let cert_manager = home.start(spring()).unwrap();
    let names = mint::read(&cert_manager.served()).unwrap().names.dns;
    assert!(names.iter().all(|name| !name.contains('_')), "{names:?}");
    assert!(names.contains(&"my-box.local".to_owned()), "{names:?}");
    assert!(
        !cert_manager.renew_if_needed(&home.names, spring()).unwrap(),
        "and is no reason to make another one each minute"
    );
}
