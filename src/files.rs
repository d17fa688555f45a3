//! Files that others give the box: read whole, never waited for, and never larger than they may be.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// The contents of a file that has `largest` bytes at most.
///
/// # Errors
///
/// It is larger, or nothing that can be read to its end at once: a pipe would keep the box waiting for a
/// writer.
pub(crate) fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    read_open(open(path)?, largest)
}

/// The same, as text.
///
/// # Errors
///
/// As [`read`]; or it is no UTF-8.
pub(crate) fn read_text(path: &Path, largest: u64) -> io::Result<String> {
    String::from_utf8(read(path, largest)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no text"))
}

/// Opens a file to read it, without waiting for anybody.
///
/// # Errors
///
/// As the kernel says; or it is no file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_fifo() || kind.is_socket() || kind.is_block_device() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    Ok(file)
}

/// The rest of an open file.
///
/// # Errors
///
/// It has more than `largest` bytes, or cannot be read.
pub(crate) fn read_open(file: File, largest: u64) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    file.take(largest + 1).read_to_end(&mut contents)?;
    if contents.len() as u64 > largest {
        let problem = format!("it is larger than {largest} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_or_no_file_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("small"), "1234").unwrap();
        assert_eq!(read(&at("small"), 4).unwrap(), b"1234");
        assert_eq!(read(&at("small"), 3).unwrap_err().to_string(), "it is larger than 3 bytes");
        let huge = File::create(at("huge")).unwrap();
        huge.set_len(1 << 40).unwrap(); // nothing of it is on the disk
        assert_eq!(read(&at("huge"), 4096).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        assert_eq!(read(&at("pipe"), 4096).unwrap_err().to_string(), "it is no regular file");
        for no_file in ["socket", "gone", "."] {
            assert!(read(&at(no_file), 4096).is_err(), "{no_file}");
        }
        assert_eq!(read(Path::new("/dev/null"), 4096).unwrap(), b"", "as good as an empty file");
        assert!(read(Path::new("/dev/zero"), 4096).is_err());
        std::fs::write(at("latin"), b"\xe9").unwrap();
        assert_eq!(read_text(&at("latin"), 4096).unwrap_err().to_string(), "it is no text");
    }
}
