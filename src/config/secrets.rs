//! Secrets that stand in files.

use crate::files;
use std::io;
use std::path::{Path, PathBuf};

/// A secret is a line; this is far more than any has, in bytes. A larger file is not meant. SECURITY.md.
const SECRET_MAX: u64 = 4096;

/// Where systemd puts what its service may read though its user may not, the newest first: what a reload has
/// brought (`ExecReload=` in `systemd/wizyjno.service`), and what the start has (`LoadCredential=`).
const PLACES: [&str; 2] = ["RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY"];

/// The first line of a file, without the blanks around it. A file that only root may read is looked for, by its
/// name, among what systemd has brought.
///
/// # Errors
///
/// It cannot be read, or is too large.
pub(crate) fn first_line(path: &Path) -> io::Result<String> {
    let places = PLACES.iter().filter_map(std::env::var_os).filter(|place| !place.is_empty());
    first_line_from(path, places.map(PathBuf::from))
}

fn first_line_from(path: &Path, places: impl Iterator<Item = PathBuf>) -> io::Result<String> {
    let text = match files::read_text(path, SECRET_MAX) {
        Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            let brought = places.filter_map(|place| Some(place.join(path.file_name()?)));
            let brought = brought.filter_map(|file| files::read_text(&file, SECRET_MAX).ok());
            // systemd brings an empty line for a file that was not there.
            brought.into_iter().find(|text| !text.trim().is_empty()).ok_or(cause)
        }
        text => text,
    };
    Ok(text?.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_only_root_may_read_is_found_among_what_systemd_has_brought() {
        if rustix::process::geteuid().is_root() {
            return; // root may read everything; tests/appliance plays it with a user who may not
        }
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let write = |name: &str, text: &str| std::fs::write(at(name), text).unwrap();
        for place in ["new", "old"] {
            std::fs::create_dir(at(place)).unwrap();
        }
        write("box.pin", "1111");
        std::fs::set_permissions(at("box.pin"), std::fs::Permissions::from_mode(0o000)).unwrap();
        let line = || first_line_from(&at("box.pin"), [at("new"), at("old")].into_iter());
        assert_eq!(line().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        write("old/box.pin", " 2222 \nmore");
        assert_eq!(line().unwrap(), "2222");
        write("new/box.pin", "\n");
        assert_eq!(line().unwrap(), "2222", "an empty one stands for none");
        write("new/box.pin", "3333");
        assert_eq!(line().unwrap(), "3333");
        assert!(first_line_from(&at("gone.pin"), [at("new")].into_iter()).is_err());
    }
}
