//! The service from the bare binary: the program to /usr/local/bin, the units to /etc/systemd/system.

use super::ServiceError;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "/usr/local/bin/wizyjno";
const UNIT_FOLDER: &str = "/etc/systemd/system";
/// Where a Debian package has its units, and the program that they start.
const PACKAGED_UNITS: [&str; 2] =
    ["/usr/lib/systemd/system/wizyjno.service", "/lib/systemd/system/wizyjno.service"];
const PACKAGED_PROGRAM: &str = "/usr/bin/wizyjno";
const KEYS: &str = "/var/lib/wizyjno";

const SERVICE: &str = "wizyjno.service";
/// The units as the packages have them.
const UNITS: [(&str, &str); 5] = [
    (SERVICE, include_str!("../../systemd/wizyjno.service")),
    ("wizyjno-https.socket", include_str!("../../systemd/wizyjno-https.socket")),
    ("wizyjno-http.socket", include_str!("../../systemd/wizyjno-http.socket")),
    ("wizyjno-media.socket", include_str!("../../systemd/wizyjno-media.socket")),
    ("wizyjno-media-tcp.socket", include_str!("../../systemd/wizyjno-media-tcp.socket")),
];

/// Installs the service, or brings an installed one up to date with this binary. A second time changes
/// nothing.
pub(super) fn install() -> Result<(), ServiceError> {
    may_change("install")?;
    let this = std::env::current_exe().map_err(|cause| file(Path::new("/proc/self/exe"), cause))?;
    let mut changed = place(Path::new(PROGRAM), &read(&this)?, 0o755)?;
    for (name, text) in UNITS {
        let text = text.replace(PACKAGED_PROGRAM, PROGRAM);
        changed |= place(&unit_file(name), text.as_bytes(), 0o644)?;
    }
    let names = UNITS.map(|(name, _)| name);
    systemctl(&["daemon-reload"], &[])?;
    systemctl(&["enable", "--quiet"], &names)?;
    // Comes back when the box serves. What is open meanwhile stays open: systemd holds the sockets.
    systemctl(&[if changed { "restart" } else { "start" }], &[SERVICE])?;
    println!("It serves, and starts with the machine. `wizyjno service status` says how it is.");
    Ok(())
}

/// Takes everything away that [`install`] has brought, but not the keys. A second time changes nothing. Where
/// a package is there as well, whose units those of [`install`] hide, the service goes on as the package's.
pub(super) fn uninstall() -> Result<(), ServiceError> {
    let hides_package =
        is_packaged() && fs::read_to_string(unit_file(SERVICE)).is_ok_and(|text| is_ours(&text));
    if !hides_package {
        may_change("uninstall")?;
    }
    only_root("uninstall")?;
    let installed: Vec<&str> =
        UNITS.iter().map(|(name, _)| *name).filter(|name| unit_file(name).exists()).collect();
    if !installed.is_empty() && !hides_package {
        systemctl(&["disable", "--now", "--quiet"], &installed)?;
    }
    for name in installed {
        remove(&unit_file(name))?;
    }
    remove(Path::new(PROGRAM))?;
    systemctl(&["daemon-reload"], &[])?;
    if hides_package {
        // Its links lead to the package's units from here on, and its sockets stay open.
        systemctl(&["reenable", "--quiet"], &UNITS.map(|(name, _)| name))?;
        systemctl(&["restart"], &[SERVICE])?;
        println!("It serves as the package's: `apt install` and `apt remove` look after it.");
        return Ok(());
    }
    if Path::new(KEYS).exists() {
        println!("The keys stay in {KEYS}, so that devices which trust this box go on to.");
        println!("To forget them: rm -r /var/lib/private/wizyjno {KEYS}");
    }
    println!("The service is not installed any more.");
    Ok(())
}

fn may_change(what: &'static str) -> Result<(), ServiceError> {
    if is_packaged() {
        return Err(ServiceError::Packaged);
    }
    only_root(what)
}

fn is_packaged() -> bool {
    PACKAGED_UNITS.iter().any(|unit| Path::new(unit).exists())
}

/// Whether a unit is one that [`install`] has written: it starts the program that [`install`] has placed.
fn is_ours(unit: &str) -> bool {
    unit.lines().any(|line| line.strip_prefix("ExecStart=") == Some(PROGRAM))
}

fn only_root(what: &'static str) -> Result<(), ServiceError> {
    if !rustix::process::geteuid().is_root() {
        return Err(ServiceError::NotRoot { what });
    }
    Ok(())
}

/// Writes a file whole or not at all, unless it is like that already. True: it was written.
fn place(path: &Path, content: &[u8], mode: u32) -> Result<bool, ServiceError> {
    if fs::read(path).is_ok_and(|old| old == content) {
        println!("{} is up to date.", path.display());
        return Ok(false);
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let written = fs::create_dir_all(path.parent().expect("an absolute path"))
        .and_then(|()| fs::write(&temporary, content))
        .and_then(|()| fs::set_permissions(&temporary, fs::Permissions::from_mode(mode)))
        .and_then(|()| fs::File::open(&temporary)?.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(cause) = written {
        let _ = fs::remove_file(&temporary);
        return Err(file(path, cause));
    }
    println!("{} written.", path.display());
    Ok(true)
}

fn remove(path: &Path) -> Result<(), ServiceError> {
    match fs::remove_file(path) {
        Ok(()) => println!("{} removed.", path.display()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(file(path, cause)),
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, ServiceError> {
    fs::read(path).map_err(|cause| file(path, cause))
}

fn file(path: &Path, cause: io::Error) -> ServiceError {
    ServiceError::File { path: path.to_owned(), cause }
}

fn unit_file(name: &str) -> PathBuf {
    Path::new(UNIT_FOLDER).join(name)
}

/// Says what it does, and does it.
fn systemctl(verb: &[&str], units: &[&str]) -> Result<(), ServiceError> {
    println!("systemctl {}", [verb, units].concat().join(" "));
    let status =
        Command::new("systemctl").args(verb).args(units).status().map_err(ServiceError::NoSystemctl)?;
    if status.success() { Ok(()) } else { Err(ServiceError::Systemctl { verb: verb[0].to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_placed_once_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bin/wizyjno");
        assert!(place(&path, b"one", 0o755).unwrap());
        assert!(!place(&path, b"one", 0o755).unwrap(), "it is there already");
        assert!(place(&path, b"two", 0o755).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_file_that_cannot_be_placed_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wizyjno");
        fs::create_dir(&path).unwrap();
        assert!(place(&path, b"one", 0o755).is_err(), "a folder is in the way");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_service_wants_every_socket_that_there_is() {
        let service = UNITS[0].1;
        for (name, text) in &UNITS[1..] {
            assert!(
                service.lines().any(|line| line.starts_with("Sockets=") && line.contains(name)),
                "{name}"
            );
            let socket = name.trim_start_matches("wizyjno-").trim_end_matches(".socket");
            assert!(text.contains(&format!("\nFileDescriptorName={socket}\nService={SERVICE}\n")), "{name}");
        }
        assert!(service.contains(&format!("\nExecStart={PACKAGED_PROGRAM}\n")));
        assert!(!is_ours(service) && is_ours(&service.replace(PACKAGED_PROGRAM, PROGRAM)));
    }
}
