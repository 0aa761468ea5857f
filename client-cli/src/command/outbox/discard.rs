//! `renkei outbox discard`.

use clap::Args;
use serde_json::json;

use crate::{command::Context, draft::Draft, error::Result, text::msg};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    draft: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    Draft::load(&context.profile, &arguments.draft)?;
    // What is on its way is not thrown away meanwhile: it would arrive all the same.
    let _lock = context.profile.try_lock_outbox()?;
    let draft = Draft::load(&context.profile, &arguments.draft)?;
    draft.remove(&context.profile)?;
    context
        .out
        .one(json!({"draft_id": draft.id}), || vec![context.line(&msg!("draft-discarded", draft = draft.id))])
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::PostEntryRequest;

    use super::*;
    use crate::{
        draft::Request,
        error::Exit,
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
}
