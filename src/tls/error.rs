//! Why the box cannot have its keys.

use super::mint;
use std::io;
use std::path::PathBuf;

/// Shows as one line that names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {action} {path}: {source}: see to it, or choose another folder with --state-dir", path = path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} {problem}: {remedy}", path = path.display())]
    State { path: PathBuf, problem: String, remedy: String },
    #[error("cannot make a certificate: {0}")]
    Mint(#[from] mint::Error),
}
