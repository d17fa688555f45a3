//! Secrets that stand in files.

use crate::files;
use std::io;
use std::path::{Path, PathBuf};

/// A secret is a line; this is far more than any has, in bytes. A larger file is not meant. SECURITY.md.
const SECRET_MAX: u64 = 4096;

/// Where systemd puts what its service may read though its user may not, the newest first: what a reload has
/// brought (`ExecReload=` in `systemd/wizyjno.service`), and what the start has (`LoadCredential=`).
const PLACES: [&str; 2] = ["RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY"];

/// The first line of a file, without the blanks around it. A file that only root may read is looked for, by
/// its name, among what systemd has brought.
///
/// # Errors
///
/// It cannot be read, or is too large.
pub(super) fn first_line(path: &Path) -> io::Result<String> {
    let places = PLACES.iter().filter_map(std::env::var_os).filter(|place| !place.is_empty());
    first_line_from(path, places.map(PathBuf::from), |path| files::read_text(path, SECRET_MAX))
}

fn first_line_from(
    path: &Path,
    places: impl Iterator<Item = PathBuf>,
    read: impl Fn(&Path) -> io::Result<String>,
) -> io::Result<String> {
    let text = match read(path) {
        Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            let brought = places.filter_map(|place| Some(place.join(path.file_name()?)));
            let brought = brought.filter_map(|file| read(&file).ok());
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
    use std::collections::HashMap;

    /// The first line of `box.pin` or another, where these files are; `None`: only root may read that one.
    fn line(name: &str, files: &[(&str, Option<&str>)]) -> Result<String, io::ErrorKind> {
        let files: HashMap<PathBuf, Option<&str>> =
            files.iter().map(|(name, text)| (PathBuf::from(name), *text)).collect();
        let read = |path: &Path| match files.get(path) {
            Some(Some(text)) => Ok((*text).to_owned()),
            Some(None) => Err(io::ErrorKind::PermissionDenied.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        let places = ["/new", "/old"].map(PathBuf::from);
        first_line_from(Path::new(name), places.into_iter(), read).map_err(|cause| cause.kind())
    }

    #[test]
    fn a_file_that_only_root_may_read_is_found_among_what_systemd_has_brought() {
        let (roots, old) = (("/etc/box.pin", None), ("/old/box.pin", Some(" 2222 \nmore")));
        let asked = |files: &[(&str, Option<&str>)]| line("/etc/box.pin", files);
        assert_eq!(asked(&[roots]), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(asked(&[roots, ("/old/other.pin", Some("9"))]), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(asked(&[roots, old]).as_deref(), Ok("2222"));
        let empty = ("/new/box.pin", Some("\n"));
        assert_eq!(asked(&[roots, old, empty]).as_deref(), Ok("2222"), "an empty one stands for none");
        assert_eq!(asked(&[roots, empty]), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(asked(&[roots, old, ("/new/box.pin", Some("3333"))]).as_deref(), Ok("3333"));
        assert_eq!(asked(&[roots, old, ("/new/box.pin", None)]).as_deref(), Ok("2222"));
    }

    #[test]
    fn what_systemd_has_brought_stands_in_for_no_other_fault() {
        let old = ("/old/box.pin", Some("2222"));
        assert_eq!(line("/etc/box.pin", &[old]), Err(io::ErrorKind::NotFound));
        let readable = ("/etc/box.pin", Some("1111\n"));
        assert_eq!(line("/etc/box.pin", &[readable, old]).as_deref(), Ok("1111"));
    }
}
