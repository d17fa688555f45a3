//! The folder where keys live: private, each file written whole or not at all.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::files;

/// Far more than any of our files has, in bytes; a larger one is not ours.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Bits of a mode that let others in at all, and that let them change what is there.
const OPEN_TO_OTHERS: u32 = 0o077;
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// The files in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// The authority's key, PKCS#8 in PEM.
    AuthorityKey,
    /// The authority's certificate, PEM: what devices are given.
    Authority,
    /// The leaf's key and certificate, PEM, in one file because they change together.
    Leaf,
    /// 32 random bytes: the key of the tokens with which a page takes its place after a restart.
    Secret,
    /// The key and more of the account at the ACME server, JSON.
    AcmeAccount,
    /// When that one was asked for certificates in the last hour: seconds since 1970, a line each.
    AcmeOrders,
    /// The key of a domain's or an address's certificate, and its chain, PEM.
    Domain(&'a str),
}

impl Item<'_> {
    fn file_name(self) -> String {
        match self {
            Item::AuthorityKey => "ca.key".to_owned(),
            Item::Authority => "ca.crt".to_owned(),
            Item::Leaf => "leaf.pem".to_owned(),
            Item::Secret => "token.key".to_owned(),
            Item::AcmeAccount => "acme-account.json".to_owned(),
            Item::AcmeOrders => "acme-orders".to_owned(),
            Item::Domain(domain) => format!("acme-{domain}.pem"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: PathBuf,
    owner: Owner,
}

/// Whose the files are: whoever owns one can change it at any time, so a stranger's keys are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    user: u32,
    group: u32,
}

/// While this lives no other process reads or writes the folder through [`Store`].
#[derive(Debug)]
pub(super) struct Lock {
    _folder: File,
}

impl Store {
    /// Finds or makes the folder and sees to it that it is ours alone (mode 0700).
    ///
    /// systemd and `mkdir` make folders that everybody may look into. Such a one is closed to others if
    /// it is empty or has our keys inside; with other things inside it is somebody's and stays as it is.
    pub(super) fn open(folder: &Path) -> Result<Store, Error> {
        let cannot = |action| move |source| Error::Io { action, path: folder.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(cannot("make the folder"))?;
        let metadata = folder.metadata().map_err(cannot("look at"))?;
        let store = Store { folder: folder.to_owned(), owner: Owner::us() };
        store.check_owner(folder, &metadata)?;
        let mode = metadata.mode() & 0o7777;
        if mode & OPEN_TO_OTHERS != 0 {
            let has_keys = store.path(Item::AuthorityKey).exists();
            let is_empty = fs::read_dir(folder).map_err(cannot("list"))?.next().is_none();
            if has_keys && mode & WRITABLE_BY_OTHERS != 0 {
                return Err(Error::State {
                    path: folder.to_owned(),
                    problem: format!(
                        "can be changed by others (mode {mode:04o}), so its keys may not be ours"
                    ),
                    remedy: format!("if you know that they are, run: chmod 700 {}", folder.display()),
                });
            }
            if !has_keys && !is_empty {
                return Err(Error::State {
                    path: folder.to_owned(),
                    problem: format!("holds other files and is open to others (mode {mode:04o})"),
                    remedy: "give the box a folder of its own with --state-dir".to_owned(),
                });
            }
            fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(cannot("close to others"))?;
        }
        Ok(store)
    }

    /// The folder of a box that has been started before; nothing is made here. Root does as the box would
    /// that owns the folder, which may run as a user that systemd has made up for it.
    pub(super) fn open_existing(folder: &Path) -> Result<Store, Error> {
        let cannot = |source| Error::Io { action: "look at", path: folder.to_owned(), source };
        let metadata = match folder.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::State {
                    path: folder.to_owned(),
                    problem: "is not there".to_owned(),
                    remedy: "start the box first, or say with --state-dir where it keeps its keys".to_owned(),
                });
            }
            found => found.map_err(cannot)?,
        };
        let us = Owner::us();
        let owner = if us.user == 0 { Owner { user: metadata.uid(), group: metadata.gid() } } else { us };
        let store = Store { folder: folder.to_owned(), owner };
        store.check_owner(folder, &metadata)?;
        Ok(store)
    }

    /// Waits until no other process works on the folder: two first starts at once make one authority.
    pub(super) fn lock(&self) -> Result<Lock, Error> {
        let cannot = |source| Error::Io { action: "lock", path: self.folder.clone(), source };
        let folder = File::open(&self.folder).map_err(cannot)?;
        match folder.lock() {
            // Some network file systems know no locks. Then two boxes on one folder are the owner's care.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(cannot(error)),
            _ => Ok(Lock { _folder: folder }),
        }
    }

    pub(super) fn path(&self, item: Item<'_>) -> PathBuf {
        self.folder.join(item.file_name())
    }

    /// The file's contents, `None` if there is no such file.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or is a secret that others can get at.
    pub(super) fn read(&self, item: Item<'_>) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(item);
        let cannot = |source| Error::Io { action: "read", path: path.clone(), source };
        let file = match files::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(cannot)?,
        };
        let metadata = file.metadata().map_err(cannot)?;
        self.check_owner(&path, &metadata)?;
        let mode = metadata.mode() & 0o7777;
        if item != Item::Authority && mode & OPEN_TO_OTHERS != 0 {
            return Err(Error::State {
                problem: format!("holds a secret key and is open to others (mode {mode:04o})"),
                remedy: format!("if nobody else has read it, run: chmod 600 {}", path.display()),
                path,
            });
        }
        match files::read_open(file, MAX_FILE_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(self.damaged(item, "is too large"))
            }
            contents => Ok(Some(contents.map_err(cannot)?)),
        }
    }

    /// Puts the contents in the file's place (mode 0600). After a power cut there is the old file or the
    /// new one, whole: contents reach the disk before the name does, and the name before this returns.
    pub(super) fn write(&self, item: Item<'_>, contents: &[u8]) -> Result<(), Error> {
        let path = self.path(item);
        let cannot = |source| Error::Io { action: "write", path: path.clone(), source };
        let replace = || {
            let new = self.folder.join(format!(".{}.new", item.file_name()));
            // One left behind by a power cut.
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            if self.owner != Owner::us() {
                fchown(&file, Some(self.owner.user), Some(self.owner.group))?;
            }
            file.write_all(contents)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        replace().map_err(cannot)
    }

    /// Takes a file out of use without losing it: it gets `mark` behind its name.
    pub(super) fn put_aside(&self, item: Item<'_>, mark: &str) -> Result<(), Error> {
        let path = self.path(item);
        let aside = self.folder.join(format!("{}.{mark}", item.file_name()));
        let moved = fs::rename(&path, aside).and_then(|()| File::open(&self.folder)?.sync_all());
        match moved {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved.map_err(|source| Error::Io { action: "put aside", path, source }),
        }
    }

    fn check_owner(&self, path: &Path, metadata: &Metadata) -> Result<(), Error> {
        let (owner, us) = (metadata.uid(), self.owner.user);
        if owner == us {
            return Ok(());
        }
        Err(Error::State {
            path: path.to_owned(),
            problem: format!("belongs to user {owner}, but this runs as user {us}"),
            remedy: format!(
                "run it as its owner, give it away (chown {us}), or choose another folder with --state-dir"
            ),
        })
    }

    /// The error for a file that is not what it should be.
    pub(super) fn damaged(&self, item: Item<'_>, problem: &str) -> Error {
        let remedy = match item {
            Item::AuthorityKey | Item::Authority => format!(
                "put ca.key and ca.crt back from a backup, or move the whole folder {} away to begin with a new \
                 authority, which every device must be told to trust",
                self.folder.display()
            ),
            Item::Leaf | Item::Secret | Item::AcmeAccount | Item::AcmeOrders | Item::Domain(_) => {
                "delete it, and the next start makes a new one".to_owned()
            }
        };
        Error::State { path: self.path(item), problem: problem.to_owned(), remedy }
    }
}

impl Owner {
    fn us() -> Owner {
        Owner { user: rustix::process::geteuid().as_raw(), group: rustix::process::getegid().as_raw() }
    }
}
