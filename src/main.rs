//! The command line → settings, logging, run, or one of the other commands; nothing else.

use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use wizyjno::command::Command;
use wizyjno::config::Config;
use wizyjno::service;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("wizyjno: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), Box<dyn std::error::Error>> {
    match Command::from_environment()? {
        Command::Run(config) => run(*config),
        Command::Service(command) => Ok(service::carry_out(command)?),
    }
}

fn run(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let filter =
        EnvFilter::try_new(&config.log).map_err(|wrong| format!("--log {:?}: {wrong}", config.log))?;
    // To stderr: standard output is for the banner. The journal has its own clock, a terminal has none.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .init();
    Ok(wizyjno::run(config)?)
}
