//! `renkei-server audit …`: the audit log, for the operator. It reads the database beside servers.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::app::audit;
use crate::cli::AuditCommand;
use crate::config::Config;
use crate::installation::{Places, explained};
use crate::keys;

/// Does what was asked for; what is to be printed, and whether all is well.
pub(crate) async fn run(config: &Config, command: &AuditCommand) -> anyhow::Result<(String, bool)> {
    let AuditCommand::Verify { since, .. } = command;
    let since = since.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    let app = keys::open(config, &Places::new(config)).await?;
    let verified = audit::verify(&app.store, &app.log, &since, &mut keys::Shown::new()).await;
    app.shutdown();
    app.store.close().await;
    let verified = verified.map_err(explained)?;
    let is_good = verified.wrong == 0;
    if is_good && since.is_empty() {
        eprintln!(
            "Whoever has the signing key and the database could have made all of this anew. Compare it with a \
             checkpoint that was kept elsewhere: --since FILE."
        );
    }
    Ok((told(&verified), is_good))
}

fn read(file: &PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

fn told(verified: &audit::Verified) -> String {
    let audit::Verified { leaves, checkpoints, contents, marks, pending, newest, findings, wrong } = verified;
    let mut text = String::new();
    for finding in findings {
        _ = writeln!(text, "{finding}");
    }
    if *wrong > findings.len() {
        _ = writeln!(text, "… and {} more", wrong - findings.len());
    }
    let state = if *wrong == 0 { "all as they were logged" } else { "NOT as they were logged" };
    _ = writeln!(
        text,
        "{leaves} events, {checkpoints} checkpoints, {contents} contents, {marks} marks: {state}; {pending} events wait for their places"
    );
    if let Some(newest) = newest {
        _ = write!(text, "\n{newest}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::app::audit::Verified;

    #[test]
    fn what_is_wrong_comes_first() {
        let findings = vec!["place 3: the event is not the one that was logged".to_owned()];
        let bad = Verified { leaves: 9, findings, wrong: 3, ..Verified::default() };
        assert_eq!(
            told(&bad),
            "place 3: the event is not the one that was logged\n… and 2 more\n9 events, 0 checkpoints, 0 contents, 0 marks: NOT as \
             they were logged; 0 events wait for their places\n"
        );
        let good = Verified { leaves: 9, newest: Some("note\n".to_owned()), ..Verified::default() };
        assert!(told(&good).ends_with("all as they were logged; 0 events wait for their places\n\nnote\n"));
    }
}
