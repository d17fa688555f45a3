//! The owner's certificate: read from its two files, and read anew when they change.

use super::error::Error;
use super::leaf::Leaf;
use crate::files;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often to look at the files. Whoever renews certificates exchanges links and whole folders, which a
/// watch of the file does not see.
pub(super) const OWNER_CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// A chain has some KiB. A larger file is not meant, in bytes. SECURITY.md.
const CERT_FILE_MAX: u64 = 256 * 1024;

/// Where the owner's certificate and its key lie, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// What tells that another file is in its place, or other bytes are in it.
type Stamp = Option<(u64, u64, i64, i64, u64)>;

/// The files, and how they were when they were read.
pub(super) struct OwnerCert {
    files: OwnerFiles,
    stamps: [Stamp; 2],
}

impl OwnerCert {
    /// # Errors
    ///
    /// A file cannot be read, or is none, or the key is another one's.
    pub(super) fn read(files: OwnerFiles) -> Result<(OwnerCert, Leaf), Error> {
        // Looked at first, so that no change falls between.
        let mut owner = OwnerCert { stamps: stamps(&files), files };
        let leaf = owner.leaf()?;
        Ok((owner, leaf))
    }

    /// The certificate that has come since the last look; `None`: the same ones are there.
    pub(super) fn changed(&mut self) -> Option<Result<Leaf, Error>> {
        let found = stamps(&self.files);
        if found == self.stamps {
            return None;
        }
        self.stamps = found;
        Some(self.leaf())
    }

    pub(super) fn files(&self) -> &OwnerFiles {
        &self.files
    }

    fn leaf(&mut self) -> Result<Leaf, Error> {
        let OwnerFiles { cert, key } = &self.files;
        let (chain, key_pem) = (read(cert, "tls-cert")?, read(key, "tls-key")?);
        Leaf::from_pem(&chain, &key_pem).map_err(|problem| {
            let path = if problem.is_of_key() { key } else { cert };
            let remedy =
                format!("give both files of one certificate, {} and {}", cert.display(), key.display());
            Error::State { path: path.clone(), problem: problem.to_string(), remedy }
        })
    }
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>, Error> {
    files::read(path, CERT_FILE_MAX).map_err(|cause| Error::State {
        path: path.to_owned(),
        problem: format!("cannot be read ({cause})"),
        remedy: format!("mend it, or give another file with --{setting}"),
    })
}

fn stamps(files: &OwnerFiles) -> [Stamp; 2] {
    [&files.cert, &files.key].map(|path| stamp(path).ok())
}

fn stamp(path: &Path) -> io::Result<(u64, u64, i64, i64, u64)> {
    let file = path.metadata()?;
    Ok((file.dev(), file.ino(), file.mtime(), file.mtime_nsec(), file.size()))
}
