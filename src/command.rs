//! The command line: what the program is asked to do.

use crate::config::{Config, ConfigError, Settings};
use clap::{CommandFactory, Parser};
use std::path::PathBuf;

/// What the program is asked to do.
pub enum Command {
    /// Serve.
    Run(Box<Config>),
    /// Do something about the systemd service.
    Service(ServiceCommand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum ServiceCommand {
    /// Say whether the service is installed and runs; exit status 0 if it does
    Status,
}

/// Lets everybody on the local network video-call each other, without internet.
///
/// Open https://wizyjno.local on any device of the network.
#[derive(Parser)]
#[command(name = "wizyjno", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    serving: Serving,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Serve (also what no command does)
    Run(Box<Serving>),
    /// The service of systemd, from this binary alone
    Service {
        #[command(subcommand)]
        command: ServiceCommand,
    },
}

#[derive(clap::Args)]
struct Serving {
    #[command(flatten)]
    settings: Settings,
    /// Settings file (TOML) with the names of these options [default: /etc/wizyjno.toml when it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Command {
    /// Reads command line, environment and settings file. Prints help or a wrong flag and exits, as clap does.
    ///
    /// # Errors
    ///
    /// A setting that cannot be.
    pub fn from_environment() -> Result<Command, ConfigError> {
        let line = CommandLine::try_parse().unwrap_or_else(|wrong| {
            // Help and version are wanted: exit 0. Everything else cannot start: 1, not clap's 2.
            let _ = wrong.print();
            std::process::exit(if wrong.use_stderr() { 1 } else { 0 })
        });
        let serving = match line.verb {
            Some(Verb::Service { command }) => return Ok(Command::Service(command)),
            Some(Verb::Run(serving)) => *serving,
            None => line.serving,
        };
        let config = Config::read(serving.settings, serving.config.as_deref())?;
        Ok(Command::Run(Box::new(config)))
    }
}

/// The command line as clap knows it, for the manual page and the shells' completions.
pub fn definition() -> clap::Command {
    CommandLine::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_formed() {
        super::definition().debug_assert();
    }
}
