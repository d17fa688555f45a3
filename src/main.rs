//! The command line → settings, logging, run, or one of the other commands; nothing else.

use std::process::ExitCode;
use wizyjno::ca;
use wizyjno::command::Command;
use wizyjno::log::Log;
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
        Command::Run(config) => {
            let log = Log::start(&config.log);
            Ok(wizyjno::run(*config, &log)?)
        }
        Command::Ca(command, config) => Ok(ca::carry_out(&command, &config)?),
        Command::Service(command) => Ok(service::carry_out(command)?),
    }
}
