//! The command line → settings, logging, run; nothing else.

use std::process::ExitCode;
use wizyjno::config::{Command, Start};
use wizyjno::log::Log;

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
    let Start { command, config } = Start::from_environment()?;
    match command {
        Command::Run => {
            let log = Log::start(&config.log);
            Ok(wizyjno::run(config, &log)?)
        }
    }
}
