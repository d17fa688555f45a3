//! Writes the manual pages and the shells' completions, both from the command line's own definition:
//! `cargo run --example manual -- FOLDER`.

use clap_complete::Shell;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder to write to"));
    let (man, completions) = (folder.join("man"), folder.join("completions"));
    std::fs::create_dir_all(&man)?;
    std::fs::create_dir_all(&completions)?;
    clap_mangen::generate_to(wizyjno::command::definition(), man)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut wizyjno::command::definition(), "wizyjno", &completions)?;
    }
    Ok(())
}
