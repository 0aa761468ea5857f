//! The command line.

mod ca;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use renkei_domain::audit::Operator;
use uuid::Uuid;

pub(crate) use self::ca::CaCommand;
use crate::config::{Flags, Level};

const EXAMPLES: &str = "\
Examples:
  renkei-server init --data-dir /var/lib/renkei --region Tsurumi --host renkei.example
  renkei-server --config /etc/renkei/server.toml run
  RENKEI_SERVER_DATABASE__URL=postgres://renkei:…@db.example/renkei renkei-server migrate
  renkei-server config sample > server.toml

Exit codes: 0 done · 1 failed · 2 wrong usage or configuration";

/// The Renkei server: shared timelines, consent, sealing and audit over gRPC
#[derive(Parser)]
#[command(name = "renkei-server", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    /// Configuration file (TOML); without it, defaults, environment and flags count
    #[arg(long, value_name = "FILE", env = "RENKEI_SERVER_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a new installation and print the administrator's one-time enrolment code
    #[command(after_help = "\
Examples:
  renkei-server init --host renkei.example --host 192.0.2.10
  renkei-server init --output json | jq -r .enrollment_code")]
    Init(InitArgs),
    /// Serve until SIGTERM; the log goes to stderr
    #[command(after_help = "\
Examples:
  renkei-server run
  renkei-server run --listen '[::]:7443' --log-level debug

SIGTERM or SIGINT stops in order, a second one at once. SIGHUP reads the certificate again.")]
    Run(RunArgs),
    /// Print a commented configuration file, or check what is in force
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look at an installation and say what is not in order
    Doctor(DoctorArgs),
    /// Apply the database migrations that are missing
    Migrate(PlaceArgs),
    /// Look at the keys, rotate them, or destroy those of a patient; beside a running server
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look at the certificates, and give the server a new issuing CA; beside a running server, which takes it up
    #[command(subcommand)]
    Ca(CaCommand),
    /// Turn a file on stdin into a preview; the server runs this as its own child
    #[command(hide = true)]
    Preview,
}

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Say which keys there are, who is behind, and what is unfinished
    Status {
        #[command(flatten)]
        place: PlaceArgs,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Output::Human)]
        output: Output,
    },
    /// Make a new version of the root key and wrap every key anew; run again, it goes on where it was broken off
    #[command(after_help = "\
Backups that were made before need the old version: keep a copy of the root key file with them.
No data is rewritten, and servers go on meanwhile.")]
    RotateRoot {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        operator: OperatorArgs,
    },
    /// Give patients a new version of their key for what is written from now on; run again, it goes on
    RotatePatients {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        operator: OperatorArgs,
        /// This patient only
        #[arg(long, value_name = "UUID")]
        patient: Option<Uuid>,
    },
    /// Destroy the keys of a patient for good; two administrators must approve
    #[command(after_help = "\
Asks for login name and password of two administrators, then for the first 8 characters of the patient's id.
Where stdin is no terminal, these are its lines, in that order.
Refused before the record has been kept as long as retention.years says.")]
    Shred {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        operator: OperatorArgs,
        /// The patient
        #[arg(value_name = "PATIENT-UUID")]
        patient: Uuid,
        /// Why, in a few words; it is stored in clear, so no names
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Do not ask for the patient's id again
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Recompute the whole log from the database, and compare it with checkpoints that were kept; exit 1 if it differs
    #[command(after_help = "\
Without a checkpoint that was kept elsewhere it is not found out if somebody with the signing key made the whole log
anew, cut off its end, or put an older database in its place.")]
    Verify {
        #[command(flatten)]
        place: PlaceArgs,
        /// A checkpoint that was kept; may be repeated
        #[arg(long, value_name = "CHECKPOINT-FILE")]
        since: Vec<PathBuf>,
    },
}

impl AuditCommand {
    /// Where the installation is.
    pub(crate) fn place(&self) -> &PlaceArgs {
        let Self::Verify { place, .. } = self;
        place
    }
}

impl KeysCommand {
    /// Where the installation is.
    pub(crate) fn place(&self) -> &PlaceArgs {
        match self {
            Self::Status { place, .. }
            | Self::RotateRoot { place, .. }
            | Self::RotatePatients { place, .. }
            | Self::Shred { place, .. } => place,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print a configuration file with all keys, their defaults and what they mean
    Sample,
    /// Print the configuration in force and where each value comes from; exit 2 if it cannot be used
    Check(PlaceArgs),
}

/// Where the installation is.
#[derive(Args)]
pub(crate) struct PlaceArgs {
    /// Data folder: keys, certificates, SQLite database, attachments
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// sqlite:PATH or postgres://…; a password is better given by RENKEI_SERVER_DATABASE__URL
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
}

/// Who does it.
#[derive(Args)]
pub(crate) struct OperatorArgs {
    /// Your name, for the record of maintenance; else that of the operating system's user
    #[arg(long, value_name = "NAME", env = "RENKEI_OPERATOR", value_parser = operator)]
    operator: Option<Operator>,
}

impl OperatorArgs {
    /// The name that was given, or the user's, or the user's number.
    pub(crate) fn name(&self) -> Operator {
        if let Some(operator) = &self.operator {
            return operator.clone();
        }
        let id = nix::unistd::getuid();
        let user = nix::unistd::User::from_uid(id).ok().flatten();
        let user = user.and_then(|user| Operator::new(&user.name));
        user.or_else(|| Operator::new(&format!("uid {id}"))).unwrap_or_else(Operator::server)
    }
}

fn operator(name: &str) -> Result<Operator, String> {
    Operator::new(name).ok_or_else(|| format!("must be 1 to {} characters in one line", Operator::MAX))
}

#[derive(Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) operator: OperatorArgs,
    /// Read every attachment too, which is put on record as maintenance, and look for sealed parts that belong to nothing; as long as the disk takes
    #[arg(long)]
    pub(crate) deep: bool,
}

#[derive(Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Name of the region, shown to its members
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Login name of the first administrator
    #[arg(long, value_name = "LOGIN", default_value = "admin")]
    pub(crate) admin_login_name: String,
    /// Name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "Administrator")]
    pub(crate) admin_name: String,
    /// DNS name or address under which clients reach the server; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) host_names: Vec<String>,
    /// How to print the code
    #[arg(long, value_enum, default_value_t = Output::Human)]
    pub(crate) output: Output,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Human,
    Json,
}

#[derive(Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Address and port to serve on; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// How much to log
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub(crate) log_level: Option<Level>,
}

impl From<&PlaceArgs> for Flags {
    fn from(args: &PlaceArgs) -> Self {
        Self { data_dir: args.data_dir.clone(), database_url: args.database_url.clone(), ..Self::default() }
    }
}

impl From<&InitArgs> for Flags {
    fn from(args: &InitArgs) -> Self {
        Self { region: args.region.clone(), host_names: args.host_names.clone(), ..Self::from(&args.place) }
    }
}

impl From<&RunArgs> for Flags {
    fn from(args: &RunArgs) -> Self {
        Self { listen: args.listen.clone(), log_level: args.log_level, ..Self::from(&args.place) }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_holds_together() {
        super::Cli::command().debug_assert();
    }
}
