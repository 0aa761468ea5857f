//! `renkei-server ca …`: the certificate authorities, for the operator. It works on the files beside servers, which
//! notice.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use data_encoding::BASE32_NOPAD;
use renkei_domain::{Clock as _, time::SystemClock};

use crate::certs::{self, Installed};
use crate::cli::CaCommand;
use crate::config::Config;
use crate::doctor;
use crate::installation::Places;
use crate::keys;

/// Does what was asked for; what is to be printed, and whether all is well.
pub(crate) fn run(config: &Config, command: &CaCommand) -> anyhow::Result<(String, bool)> {
    let places = Places::new(config);
    let now = SystemClock.now();
    let told = match command {
        CaCommand::Status(_) => {
            let report = doctor::examine_certificates(config);
            return Ok((report.to_string(), report.is_good()));
        }
        CaCommand::Issue { root_key, .. } => {
            let _alone = keys::alone(&places)?;
            let installed = certs::issue(&places.folder, root_key, now)?;
            if root_key.starts_with(&places.folder) {
                let shown = root_key.display();
                eprintln!("Move {shown} off this machine now: the server does not need it any more.");
            }
            told(&installed)
        }
        CaCommand::Request(_) => {
            let _alone = keys::alone(&places)?;
            let (request, key) = certs::request(&places.folder)?;
            eprintln!("Key: {}\n`renkei-server ca sign` must say the same.", BASE32_NOPAD.encode(&key));
            request
        }
        CaCommand::Sign { root, root_key, request } => {
            let (certificates, key) = certs::sign(root, root_key, &read(request)?, now)
                .with_context(|| request.display().to_string())?;
            eprintln!(
                "Signed for the key: {}\nInstall it only if `renkei-server ca request` said the same.",
                BASE32_NOPAD.encode(&key)
            );
            certificates
        }
        CaCommand::Install { certificates, .. } => {
            let _alone = keys::alone(&places)?;
            let installed = certs::install(&places.folder, &read(certificates)?, now);
            told(&installed.with_context(|| certificates.display().to_string())?)
        }
    };
    Ok((told, true))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

fn told(installed: &Installed) -> String {
    eprintln!(
        "Running servers take it up within 30 seconds, or at SIGHUP. Copy ca.pem, issuing.pem and issuing.key to the \
         other servers of the region, and into the backup of the keys."
    );
    if installed.has_new_root {
        eprintln!(
            "The root has a new certificate for the same key. Devices take it over when they renew theirs; codes that \
             were handed out before still work."
        );
    }
    format!("the new issuing CA signs until {}\n", installed.expires_at)
}
