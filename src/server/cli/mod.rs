//! The command line: what each command reads and which function it starts. A wrong value ends with one
//! sentence on standard error and exit code 2; a failure of ours with one sentence and exit code 1.

mod create;
mod doctor;
mod listen;
mod lock;
mod logging;
mod open;
mod print;
mod secret_key;
mod sentence;
mod serve;
mod trouble;

use super::config::{self, Settings};
use crate::model::{error::AppError, organization::Role};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "switchhook", version, about = "The webhook service that a platform runs beside its product.")]
#[command(propagate_version = true, max_term_width = 110)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Web pages, API and worker in one process
    Serve {
        /// Which part this process plays
        #[arg(long, value_enum, default_value_t = Part::All)]
        role: Part,
    },
    /// Web pages, API and worker, with a lively organization to look at
    #[command(hide = true)]
    Demo,
    /// Bring the database's schema up to date (`serve` does so too)
    Migrate,
    /// Organizations
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// People
    #[command(subcommand)]
    User(UserCommand),
    /// API keys
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// Settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Say what is wrong with this installation, and how to mend it
    Doctor,
    /// Forward deliveries to a port of this machine, to develop a receiver
    Listen(listen::ListenArguments),
}

/// Which part a process of `serve` plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Both of the others
    All,
    /// Pages and API
    Web,
    /// Deliveries
    Worker,
}

#[derive(Subcommand)]
enum OrganizationCommand {
    /// Add an organization
    Create(create::OrganizationArguments),
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add a person, and a membership
    Create(create::UserArguments),
}

#[derive(Subcommand)]
enum ApiKeyCommand {
    /// Make a key; it is printed once, alone on standard output
    Create(create::KeyArguments),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the settings in force, secrets masked
    Print,
}

/// Why a command ended without doing what it was asked.
#[derive(Debug)]
pub enum Refusal {
    /// A wrong value, or a state that the caller must change: exit code 2.
    Wrong(String),
    /// A failure of ours or of the machine: exit code 1.
    Failed(String),
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Internal(_) | AppError::Busy(_) | AppError::Away(_) => Self::Failed(error.to_string()),
            other => Self::Wrong(other.to_string()),
        }
    }
}

/// Reads the command line, does what it says, answers the exit code.
pub fn run() -> ExitCode {
    let command_line = match read() {
        Ok(command_line) => command_line,
        Err(code) => return code,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&Refusal::Failed(format!("The runtime did not start: {error}."))),
    };
    let result = runtime.block_on(dispatch(command_line));
    // What still runs (a hash, a name lookup) is not waited for.
    runtime.shutdown_background();
    result.map_or_else(|refusal| refuse(&refusal), |()| ExitCode::SUCCESS)
}

fn read() -> Result<CommandLine, ExitCode> {
    if let Some(unknown) = unknown_variable() {
        let near = sentence::nearest(&unknown, config::VARIABLES.iter().copied());
        let text = format!("{unknown} is no setting of Switchhook{near}.");
        return Err(refuse(&Refusal::Wrong(text)));
    }
    if let Some(name) = unreadable_variable() {
        let text = format!("The value of {name} is no readable text (UTF-8): set it again.");
        return Err(refuse(&Refusal::Wrong(text)));
    }
    let parsed = command().try_get_matches().and_then(|found| CommandLine::from_arg_matches(&found));
    parsed.map_err(|error| match error.use_stderr() {
        true => refuse(&Refusal::Wrong(sentence::of(&error, &command()))),
        false => {
            let _ = error.print();
            ExitCode::SUCCESS
        }
    })
}

/// A variable that is set to nothing, as files for containers have it, counts as not set. Not so the database's: who
/// leaves that empty does not mean to begin a new one beside the old.
fn command() -> clap::Command {
    CommandLine::command().mut_args(|arg| {
        let name = arg.get_env().filter(|name| *name != "DATABASE_URL");
        let is_empty = name.and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if is_empty { arg.env(None::<&str>) } else { arg }
    })
}

/// Where this program is, for what starts it (the benchmark, the browser tests) and passes its surroundings on.
const OF_STARTERS: &str = "SWITCHHOOK_BIN";

fn unknown_variable() -> Option<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut ours = names.filter(|name| name.starts_with("SWITCHHOOK_"));
    let known = |name: &str| name == OF_STARTERS || name == listen::KEY || config::VARIABLES.contains(&name);
    ours.find(|name| !known(name))
}

/// Bytes that are no text, as a paste from elsewhere leaves them.
fn unreadable_variable() -> Option<&'static str> {
    let names = config::VARIABLES.into_iter().chain(["DATABASE_URL"]);
    names.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| value.to_str().is_none()))
}

fn refuse(refusal: &Refusal) -> ExitCode {
    let (text, code) = match refusal {
        Refusal::Wrong(text) => (text, 2),
        Refusal::Failed(text) => (text, 1),
    };
    eprintln!("switchhook: {}", text.split_whitespace().collect::<Vec<_>>().join(" "));
    ExitCode::from(code)
}

async fn dispatch(CommandLine { settings, command }: CommandLine) -> Result<(), Refusal> {
    settings.check_together().map_err(Refusal::Wrong)?;
    if !matches!(command, Command::Serve { .. } | Command::Demo) {
        logging::start_quietly()?;
    }
    match command {
        Command::Serve { role } => serve::run(settings, role).await,
        Command::Demo => serve::demo(settings).await,
        Command::Migrate => create::migrate(settings).await,
        Command::Organization(OrganizationCommand::Create(given)) => create::organization(settings, given).await,
        Command::User(UserCommand::Create(given)) => create::user(settings, given).await,
        Command::ApiKey(ApiKeyCommand::Create(given)) => create::api_key(settings, given).await,
        Command::Config(ConfigCommand::Print) => print::settings(&settings),
        Command::Doctor => doctor::run(settings).await,
        Command::Listen(given) => listen::run(given).await,
    }
}

/// Reads a role, for an argument.
fn role(text: &str) -> Result<Role, String> {
    Role::try_from(text.to_string())
}
