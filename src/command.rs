//! The command line: what the program is asked to do.

use crate::config::{Config, ConfigError, with_defaults_of};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the settings file is when nobody says otherwise.
const FILE: &str = "/etc/wizyjno.toml";

/// What the program is asked to do.
pub enum Invocation {
    /// Serve.
    Run(Box<Config>),
    /// Do something about the systemd service.
    Service(ServiceCommand),
    /// Do something with the authority.
    Ca(CaCommand, Box<Config>),
    /// Say whether the box of these settings serves.
    Health(Box<Config>),
    /// Look for what keeps people from connecting.
    Doctor { json: bool, config: Box<Config> },
}

#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum CaCommand {
    /// Show its name, fingerprint and dates, and those of the certificate that the box serves with
    Show,
    /// Write its certificate (PEM), which devices are to trust, to a file; never its key
    Export {
        /// Where to; - is the standard output
        file: PathBuf,
    },
    /// Make its certificate anew from the same key, for another ten years; devices go on trusting it
    Renew {
        /// Begin anew with another key, as after a theft; every device must be told to trust it
        #[arg(long)]
        new_key: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum ServiceCommand {
    /// Copy this binary to /usr/local/bin and have systemd run it; repeated, it updates it
    Install,
    /// Take the service and that copy away; the keys stay
    Uninstall,
    /// Say whether the service is installed and runs; exit status 0 if it does
    Status,
}

/// Lets everybody on the local network video-call each other, without internet.
///
/// Open https://wizyjno.local on any device of the network.
#[derive(Parser)]
#[command(name = "wizyjno", version)]
struct CommandLine {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    settings: Config,
    /// Settings file (TOML) with the names of these options [default: /etc/wizyjno.toml when it exists]
    #[arg(long, global = true, env = "WIZYJNO_CONFIG", value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Serve (also what no command does)
    Run,
    /// The service of systemd, from this binary alone
    Service {
        #[command(subcommand)]
        command: ServiceCommand,
    },
    /// Look for what keeps people from connecting; exit status 0 if nothing does
    Doctor {
        /// Say it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Exit status 0 if a box with these settings serves on this machine: a container's health check
    Health,
    /// The local certificate authority
    Ca {
        #[command(subcommand)]
        command: CaCommand,
    },
}

impl Invocation {
    /// Reads command line, environment and settings file. Prints help and exits if that is asked for.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be.
    pub fn from_environment() -> Result<Invocation, ConfigError> {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        // Once to know what is asked for and where the file is, and once more over what that says.
        let line = parse(without_empty_variables(definition()), &arguments)?;
        if let Some(Verb::Service { command }) = line.verb {
            return Ok(Invocation::Service(command));
        }
        let line = match file_to_read(line.config.as_deref()) {
            Some(path) => {
                let (definition, spaces) = with_defaults_of(without_empty_variables(definition()), path)?;
                let mut line = parse(definition, &arguments)?;
                line.settings.spaces = spaces;
                line
            }
            None => line,
        };
        let config = Box::new(line.settings.complete()?);
        Ok(match line.verb {
            Some(Verb::Ca { command }) => Invocation::Ca(command, config),
            Some(Verb::Doctor { json }) => Invocation::Doctor { json, config },
            Some(Verb::Health) => Invocation::Health(config),
            _ => Invocation::Run(config),
        })
    }
}

/// The command line as clap knows it, for the manual page and the shells' completions.
pub fn definition() -> clap::Command {
    CommandLine::command()
}

/// A variable that is empty is as good as none: service managers and containers set what has no value so.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|setting| {
        let value = setting.get_env().and_then(std::env::var_os);
        let is_empty = value.is_some_and(|value| value.to_str().is_some_and(|text| text.trim().is_empty()));
        if is_empty { setting.env(None) } else { setting }
    })
}

fn file_to_read(given: Option<&Path>) -> Option<&Path> {
    given.or_else(|| Some(Path::new(FILE)).filter(|usual| usual.exists()))
}

fn parse(command: clap::Command, arguments: &[OsString]) -> Result<CommandLine, ConfigError> {
    let read = command.try_get_matches_from(arguments).and_then(|said| CommandLine::from_arg_matches(&said));
    read.map_err(|wrong| {
        if !wrong.use_stderr() {
            wrong.exit() // help and version
        }
        ConfigError::CommandLine(sentence(&wrong, arguments))
    })
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
    let command = definition();
    let variable = command
        .get_arguments()
        .find(|setting| setting.get_long().is_some_and(|long| flag == format!("--{long}")))
        .and_then(clap::Arg::get_env);
    match variable {
        Some(variable) if !typed => sentence.replace(argument, &variable.to_string_lossy()),
        _ => sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        definition().debug_assert();
    }

    #[test]
    fn a_setting_may_stand_before_and_after_the_command() {
        for line in [["wizyjno", "--name=x", "run"], ["wizyjno", "run", "--name=x"]] {
            assert_eq!(parse(definition(), &line.map(OsString::from)).unwrap().settings.name, "x");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_one_sentence() {
        for (line, sentence) in [
            (&["--nmae", "x"][..], "unexpected argument '--nmae' found; a similar argument exists: '--name'"),
            (&["--room-size", "1"], "invalid value '1' for '--room-size <N>': use a number from 2 to 32"),
            (&["dance"], "unrecognized subcommand 'dance'"),
            (&["--name"], "a value is required for '--name <NAME>' but none was supplied"),
        ] {
            let arguments: Vec<OsString> = ["wizyjno"].iter().chain(line).map(Into::into).collect();
            let wrong = parse(definition(), &arguments).err().expect("it is wrong").to_string();
            assert_eq!(wrong, format!("{sentence}; wizyjno --help says more"));
        }
    }
}
