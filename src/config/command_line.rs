//! The command line, with what the settings file says as its defaults.

use super::file::{self, Entry};
use super::{Config, ConfigError};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the settings file is when nobody says otherwise.
const FILE: &str = "/etc/wizyjno.toml";

/// What the program is told at its start.
#[derive(Debug)]
pub struct Start {
    pub command: Command,
    pub config: Config,
}

/// Lets everybody on the local network video-call each other, without internet.
///
/// Open https://wizyjno.local on any device of the network.
#[derive(Parser)]
#[command(name = "wizyjno", version)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    pub(super) settings: Config,
    /// Settings file (TOML) with the names of these options [default: /etc/wizyjno.toml when it exists]
    #[arg(long, global = true, env = "WIZYJNO_CONFIG", value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Serve (also what no command does)
    Run,
}

impl Start {
    /// Reads command line, environment and file. Prints help and exits if that is what was asked for.
    ///
    /// # Errors
    ///
    /// The first of the settings that cannot be.
    pub fn from_environment() -> Result<Start, ConfigError> {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        // Once to find the file, and once more to put what it says in its place.
        let line = parse(CommandLine::command(), &arguments)?;
        let line = match file_to_read(line.config.as_deref()) {
            Some(path) => parse(with_defaults_of(path)?, &arguments)?,
            None => line,
        };
        if line.settings.state_dir.as_os_str().is_empty() {
            return Err(ConfigError::NoStateDir);
        }
        Ok(Start { command: line.command.unwrap_or(Command::Run), config: line.settings })
    }
}

impl Config {
    /// The settings as they are now: the command line and the environment of the start, and the file anew.
    ///
    /// # Errors
    ///
    /// The first of the settings that cannot be.
    pub fn again() -> Result<Config, ConfigError> {
        Start::from_environment().map(|start| start.config)
    }
}

fn file_to_read(given: Option<&Path>) -> Option<&Path> {
    given.or_else(|| Some(Path::new(FILE)).filter(|usual| usual.exists()))
}

pub(super) fn parse(command: clap::Command, arguments: &[OsString]) -> Result<CommandLine, ConfigError> {
    let read = command.try_get_matches_from(arguments).and_then(|said| CommandLine::from_arg_matches(&said));
    read.map_err(|wrong| {
        if !wrong.use_stderr() {
            wrong.exit() // help and version
        }
        ConfigError::CommandLine(sentence(&wrong, arguments))
    })
}

/// The command line whose defaults are what the file says.
fn with_defaults_of(path: &Path) -> Result<clap::Command, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    with_defaults(&text).map_err(|wrong| ConfigError::Malformed {
        path: path.to_owned(),
        line: wrong.line,
        problem: wrong.problem,
    })
}

pub(super) fn with_defaults(text: &str) -> Result<clap::Command, file::Wrong> {
    let mut command = CommandLine::command();
    for entry in file::entries(text)? {
        let known = settings(&command).find(|setting| setting.get_long() == Some(&entry.key));
        let Some(id) = known.map(|setting| setting.get_id().clone()) else {
            return Err(entry.wrong(unknown(&entry.key)));
        };
        check(&command, &id, &entry).map_err(|problem| entry.wrong(problem))?;
        if !entry.values.is_empty() {
            command = command.mut_arg(id, |setting| setting.default_values(entry.values));
        }
    }
    Ok(command)
}

/// The arguments that are settings, and so keys of the file.
pub(super) fn settings(command: &clap::Command) -> impl Iterator<Item = &clap::Arg> {
    command.get_arguments().filter(|argument| argument.get_id() != "config" && argument.get_env().is_some())
}

fn unknown(key: &str) -> String {
    // clap knows what is near to it.
    let asked = CommandLine::command().try_get_matches_from(["wizyjno", &format!("--{key}")]);
    let near = asked.err().and_then(|wrong| match wrong.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(near)) => Some(near.trim_start_matches('-').to_owned()),
        _ => None,
    });
    match near {
        Some(near) => format!("there is no setting {key:?}; did you mean {near:?}?"),
        None => format!("there is no setting {key:?}; wizyjno --help lists them"),
    }
}

/// A value goes through the parser that it would meet as a flag.
fn check(command: &clap::Command, id: &clap::Id, entry: &Entry) -> Result<(), String> {
    let setting = command.get_arguments().find(|setting| setting.get_id() == id).expect("it was found before");
    if entry.is_list && setting.get_value_delimiter().is_none() {
        return Err(format!("{} takes one value, not a list", entry.key));
    }
    let alone = clap::Command::new("wizyjno").arg(setting.clone().env(None));
    for value in &entry.values {
        if let Err(wrong) = alone.clone().try_get_matches_from(["wizyjno", &format!("--{}={value}", entry.key)]) {
            return Err(format!("{} cannot be {value:?}: {}", entry.key, remedy(&wrong)));
        }
    }
    Ok(())
}

/// What could be said instead.
fn remedy(wrong: &clap::Error) -> String {
    use std::error::Error;
    if let Some(cause) = wrong.source() {
        return cause.to_string();
    }
    match wrong.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) if !valid.is_empty() => format!("use {}", valid.join(" or ")),
        _ => "it needs a value".into(),
    }
}

/// clap's paragraphs as one sentence, which names the environment variable if the value came from there.
fn sentence(wrong: &clap::Error, arguments: &[OsString]) -> String {
    let text = wrong.render().to_string();
    let said: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .filter(|line| !line.is_empty())
        .map(|line| line.trim_start_matches("error: ").trim_start_matches("tip: "))
        .collect();
    let sentence = said.join("; ");
    let is_value = matches!(wrong.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue);
    let Some(ContextValue::String(argument)) = wrong.get(ContextKind::InvalidArg).filter(|_| is_value) else {
        return sentence;
    };
    let flag = argument.split([' ', '=', '[']).next().unwrap_or(argument);
    let typed = arguments.iter().any(|typed| typed.to_string_lossy().starts_with(flag));
    let command = CommandLine::command();
    let variable = command
        .get_arguments()
        .find(|setting| setting.get_long().is_some_and(|long| flag == format!("--{long}")))
        .and_then(clap::Arg::get_env);
    match variable {
        Some(variable) if !typed => sentence.replace(argument, &variable.to_string_lossy()),
        _ => sentence,
    }
}
