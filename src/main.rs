//! The command line → settings, logging, run, or one of the other commands; nothing else.

use std::process::ExitCode;
use wizyjno::ca;
use wizyjno::command::Invocation;
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
    match Invocation::from_environment()? {
        Invocation::Run(config) => {
            let log = Log::start(&config.log);
            wizyjno::run(*config, &log)?;
        }
        Invocation::Doctor { json, config } => return Ok(doctor::run(&config, json)),
        Invocation::Health(config) => doctor::check_health(&config)?,
        Invocation::Ca(command, config) => ca::run(&command, &config)?,
        Invocation::Service(command) => service::run(command)?,
    }
    Ok(ExitCode::SUCCESS)
}
