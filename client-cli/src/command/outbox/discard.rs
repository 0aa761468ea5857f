//! `renkei outbox discard`.

use clap::Args;
use serde_json::json;

use crate::{
    command::Context,
    draft::{Draft, gone, id_of},
    error::{Exit, Result},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    draft: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    let id = id_of(profile, &arguments.draft);
    let is_there = || match Draft::find(profile, id) {
        Ok(None) => Err(gone(id)),
        Err(error) if error.exit() == Exit::Usage => Err(error),
        // What cannot be read can be thrown away.
        Ok(Some(_)) | Err(_) => Ok(()),
    };
    is_there()?;
    // What is on its way is not thrown away meanwhile: it would arrive all the same.
    let _lock = profile.try_lock_outbox()?;
    is_there()?;
    Draft::remove_file(profile, id)?;
    context.out.one(json!({"draft_id": id}), || vec![context.line(&msg!("draft-discarded", draft = id))])
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::PostEntryRequest;

    use super::*;
    use crate::{
        draft::Request,
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    #[tokio::test]
    async fn what_is_being_sent_is_not_discarded_until_that_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let (home, texts) = (Home::at(folder.path()), Texts::new(Language::English));
        let profile = home.profile("default").unwrap();
        let id = "0197f0a0-0000-7000-8000-000000000007";
        let request = Request::Entry(PostEntryRequest { entry_id: id.into(), ..Default::default() });
        Draft::new(id, "12345", request, Vec::new()).save(&profile).unwrap();
        let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };

        let sending = context.profile.lock_outbox().unwrap();
        let error = run(Arguments { draft: id.to_owned() }, &context).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Conflict);
        assert!(Draft::load(&context.profile, id).is_ok());
        drop(sending);
        run(Arguments { draft: id.to_owned() }, &context).await.unwrap();
        assert!(Draft::find(&context.profile, id).unwrap().is_none());
    }

    #[tokio::test]
    async fn a_damaged_draft_stops_no_other_and_is_discarded_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let (home, texts) = (Home::at(folder.path()), Texts::new(Language::English));
        let profile = home.profile("default").unwrap();
        let id = "0197f0a0-0000-7000-8000-000000000007";
        let request = Request::Entry(PostEntryRequest { entry_id: id.into(), ..Default::default() });
        Draft::new(id, "12345", request, Vec::new()).save(&profile).unwrap();
        let bad = "0197f0a0-0000-7000-8000-000000000008";
        let path = crate::draft::folder(&profile).join(format!("{bad}.json"));
        std::fs::write(&path, r#"{"create_time": "#).unwrap();

        let (drafts, damaged) = Draft::list_all(&profile).unwrap();
        assert_eq!(drafts.iter().map(|draft| draft.id.as_str()).collect::<Vec<_>>(), [id]);
        assert_eq!(
            damaged.iter().map(|one| (one.id.as_str(), &one.path)).collect::<Vec<_>>(),
            [(bad, &path)]
        );
        let said = damaged[0].error.lines(&texts).join("\n");
        assert!(said.contains(&format!("renkei outbox discard {}", path.display())), "{said}");

        let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };
        let elsewhere = folder.path().join(format!("{id}.json"));
        let elsewhere = Arguments { draft: elsewhere.to_str().unwrap().to_owned() };
        assert_eq!(run(elsewhere, &context).await.unwrap_err().exit(), Exit::Usage);
        run(Arguments { draft: path.to_str().unwrap().to_owned() }, &context).await.unwrap();
        assert!(!path.exists() && Draft::find(&context.profile, id).unwrap().is_some());
    }
}
