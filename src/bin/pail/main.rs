//! The command line: a local server, and the tools of operators.

mod acl;
mod app;
mod bucket;
mod changes;
mod connection;
mod index;
mod object;
mod output;
mod place;
mod refused;
mod serve;
mod sweep;
mod table;
mod token;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use connection::Target;
use output::{Failure, Output};

/// JSON object buckets as a service.
#[derive(Parser)]
#[command(name = "pail", version, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    target: Target,
    /// What to print: text for people, or JSON for scripts.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text, help_heading = "Output")]
    output: Output,
}

const EXAMPLES: &str = "\
Without a command, pail serves: it starts the API on http://127.0.0.1:8080 with a demo app.

Examples:
  pail serve --data pail.db
  pail app create --app notes
  pail token --app notes --user alice
  pail app list --endpoint-url http://127.0.0.1:8000";

#[derive(Subcommand)]
enum Command {
    /// Run the API on this machine, over an embedded DynamoDB.
    Serve(serve::Serve),
    /// Make the tables of an installation.
    #[command(subcommand, after_help = "Example:\n  pail table create --endpoint-url http://127.0.0.1:8000")]
    Table(table::Table),
    /// Make and change apps, their keys and clients, and the issuers that they trust.
    #[command(subcommand, after_help = "Example:\n  pail app create --app notes")]
    App(app::App),
    /// Show and change access control lists.
    #[command(
        subcommand,
        after_help = "Example:\n  pail acl grant --app notes CREATE_NEW_BUCKET UserID:ANONYMOUS_USER"
    )]
    Acl(acl::Acl),
    /// List and drop buckets.
    #[command(subcommand, after_help = "Example:\n  pail bucket list --app notes --user alice")]
    Bucket(bucket::Bucket),
    /// Show, write, list, query and delete objects, as an administrator.
    #[command(subcommand, after_help = "Example:\n  pail object list --app notes --bucket news")]
    Object(object::Object),
    /// Declare, show, check and drop indexes, which queries on large buckets need.
    #[command(subcommand, after_help = "Example:\n  pail index create --app notes --bucket scores --fields score")]
    Index(index::Index),
    /// Remove what dropped buckets held, all at once.
    Sweep(sweep::Sweep),
    /// Print a token, or revoke one.
    Token(token::Command),
    /// Print the completions of a shell.
    #[command(after_help = "Example:\n  pail completions bash > /etc/bash_completion.d/pail")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let (target, output) = (cli.target, cli.output);
    let done = match cli.command.unwrap_or_else(|| Command::Serve(serve::Serve::default())) {
        Command::Serve(serve) => serve.run(&target).await,
        Command::Table(table) => table.run(&target, output).await,
        Command::App(app) => app.run(&target, output).await,
        Command::Acl(acl) => acl.run(&target, output).await,
        Command::Bucket(bucket) => bucket.run(&target, output).await,
        Command::Object(object) => object.run(&target, output).await,
        Command::Index(index) => index.run(&target, output).await,
        Command::Sweep(sweep) => sweep.run(&target, output).await,
        Command::Token(token) => token.run(&target, output).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "pail", &mut script);
            output::line(&String::from_utf8_lossy(&script))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            output::error(&message);
            ExitCode::FAILURE
        }
    }
}
