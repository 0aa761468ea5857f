//! `renkei-server ca …`.

use std::path::PathBuf;

use clap::Subcommand;

use super::PlaceArgs;

#[derive(Subcommand)]
pub(crate) enum CaCommand {
    /// Say which certificates there are and when they end; exit 1 if one does not count
    Status(PlaceArgs),
    /// Make a new issuing CA here, with the root's key, which is read and not kept
    #[command(after_help = "\
Examples:
  renkei-server ca issue --root-key /media/safe/ca.key

Devices stay enrolled: what the issuing CA before has signed counts until it ends. An installation in which ca.pem
signs devices itself gets its first issuing CA by this; take ca.key off the machine then.")]
    Issue {
        #[command(flatten)]
        place: PlaceArgs,
        /// The root's key (ca.key)
        #[arg(long, value_name = "FILE")]
        root_key: PathBuf,
    },
    /// Print a signing request for a new issuing CA, where the root's key is kept on another machine
    #[command(after_help = "\
Examples:
  renkei-server ca request > issuing.csr                                             (on the server)
  renkei-server ca sign --root ca.pem --root-key ca.key issuing.csr > issuing.pem    (where ca.key is)
  renkei-server ca install issuing.pem                                               (on the server)")]
    Request(PlaceArgs),
    /// Sign such a request with the root's key, and print what is to be installed
    Sign {
        /// The root's certificate (ca.pem)
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// The root's key (ca.key)
        #[arg(long, value_name = "FILE")]
        root_key: PathBuf,
        /// The request
        #[arg(value_name = "REQUEST-FILE")]
        request: PathBuf,
    },
    /// Install what was signed for the request of this server
    Install {
        #[command(flatten)]
        place: PlaceArgs,
        /// What `sign` printed
        #[arg(value_name = "FILE")]
        certificates: PathBuf,
    },
}

impl CaCommand {
    /// Where the installation is, if it takes one.
    pub(crate) fn place(&self) -> Option<&PlaceArgs> {
        match self {
            Self::Status(place)
            | Self::Issue { place, .. }
            | Self::Request(place)
            | Self::Install { place, .. } => Some(place),
            Self::Sign { .. } => None,
        }
    }
}
