//! The command line → settings, logging, run, or one of the other commands; nothing else.

use std::process::ExitCode;
use wizyjno::ca;
use wizyjno::command::Command;
use wizyjno::doctor;
use wizyjno::log::Log;
use wizyjno::service;

fn main() -> ExitCode {
    match start() {
        Ok(status) => status,
        Err(cause) => {
            eprintln!("wizyjno: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<ExitCode, Box<dyn std::error::Error>> {
    match Command::from_environment()? {
        Command::Run(config) => {
            let log = Log::start(&config.log);
            wizyjno::run(*config, &log)?;
        }
        Command::Doctor { json, config } => return Ok(doctor::carry_out(&config, json)),
        Command::Ca(command, config) => ca::run(&command, &config)?,
        Command::Service(command) => service::run(command)?,
    }
    Ok(ExitCode::SUCCESS)
}
