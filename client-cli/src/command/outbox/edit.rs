//! `renkei outbox edit`: changes what was not sent yet, or was refused. It keeps its place.

use clap::Args;
use renkei_proto::v1::{EntryContent, EntryKind};

use crate::{
    command::{Context, new_id, outbox, written},
    draft::{Draft, Request},
    editor::Typed,
    error::{Error, Exit, Result},
    form::Form,
    output::label::words,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    draft: String,
    #[command(flatten)]
    fields: written::Fields,
    #[arg(long, value_name = "NAME")]
    without_attachment: Vec<String>,
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let draft = Draft::load(&context.profile, &arguments.draft)?;
    let said = content(&draft)?;
    let without = without(&draft, &arguments.without_attachment)?;
    let form = Form::of(&said)?;
    let connection = context.connection()?;
    let what = words::<EntryKind>(context.texts, form.kind().into());
    let typed = match &without {
        // What it says stays as it is.
        Some(_) if arguments.fields.is_empty() => Typed::by_flags(said),
        _ => {
            let name = written::name_or_id(&connection, &draft.patient, &arguments.fields).await;
            let introduction = msg!("form-introduction", kind = what, patient = name);
            written::form(context, &introduction, form, &arguments.fields).await?
        }
    };
    let draft = change(context, &draft.id, &typed.content, without).map_err(|error| typed.kept(error))?;
    typed.safe()?;
    outbox::pass_on(context, &connection, &draft, arguments.offline).await
}

/// The files that a correction is to leave out instead of those that it names; `None`: none were given, so it stays.
/// An empty name alone leaves none out.
///
/// # Errors
///
/// If it is no correction, or it is settled already which files it keeps.
fn without(draft: &Draft, named: &[String]) -> Result<Option<Vec<String>>> {
    if named.is_empty() {
        return Ok(None);
    }
    if draft.without.is_none() {
        return Err(settled(draft));
    }
    Ok(Some(named.iter().filter(|name| !name.is_empty()).cloned().collect()))
}

fn settled(draft: &Draft) -> Error {
    Error::usage(msg!("error-draft-files", draft = draft.id))
}

/// Puts the content, and the files to leave out, into the draft. No other process sends it meanwhile; one may have sent
/// it before.
fn change(
    context: &Context<'_>,
    id: &str,
    typed: &EntryContent,
    left_out: Option<Vec<String>>,
) -> Result<Draft> {
    let _lock = context.profile.try_lock_outbox()?;
    let mut draft = Draft::load(&context.profile, id)?;
    content(&draft)?;
    if let Some(left_out) = left_out {
        // Another process may have settled them meanwhile.
        if draft.without.is_none() {
            return Err(settled(&draft));
        }
        draft.without = Some(left_out);
    }
    match &mut draft.request {
        Request::Entry(request) => {
            request.content = Some(typed.clone());
            request.request_id = new_id();
        }
        Request::Correction(request) => {
            request.content = Some(typed.clone());
            request.request_id = new_id();
        }
        _ => {}
    }
    (draft.refused, draft.tried, draft.error) = (false, false, Vec::new());
    draft.save(&context.profile)?;
    Ok(draft)
}

/// What it says, if it can still be changed: what may have arrived is corrected instead.
fn content(draft: &Draft) -> Result<EntryContent> {
    let content = match &draft.request {
        Request::Entry(request) => request.content.clone(),
        Request::Correction(request) => request.content.clone(),
        _ => None,
    };
    let content = content.ok_or_else(|| Error::usage(msg!("error-draft-no-form", draft = draft.id)))?;
    if draft.tried && !draft.refused {
        return Err(Error::new(Exit::Conflict, msg!("error-draft-tried", draft = draft.id))
            .next(msg!("next-draft-tried", draft = draft.id)));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::CorrectEntryRequest;

    use super::*;
    use crate::{
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    const ID: &str = "0197f0a0-0000-7000-8000-000000000001";

    #[test]
    fn the_files_that_a_correction_leaves_out_can_be_named_again() {
        let folder = tempfile::tempdir().unwrap();
        let texts = Texts::new(Language::English);
        let home = Home::at(folder.path());
        let profile = home.profile("default").unwrap();
        profile.make_folder().unwrap();
        let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };
        let said = EntryContent::default();
        let request = CorrectEntryRequest {
            entry_id: ID.into(),
            request_id: "before".into(),
            content: Some(said.clone()),
            ..Default::default()
        };
        let mut draft = Draft::new(ID, "12345", Request::Correction(request), Vec::new());
        (draft.tried, draft.refused, draft.without) = (true, true, Some(vec!["誤.jpg".into()]));
        draft.save(&context.profile).unwrap();

        let edit = |named: &[&str]| -> Result<Draft> {
            let named: Vec<String> = named.iter().map(|&name| name.to_owned()).collect();
            let left_out = without(&Draft::load(&context.profile, ID)?, &named)?;
            change(&context, ID, &said, left_out)
        };
        let left_out = |draft: &Draft| draft.without.clone().unwrap();
        assert_eq!(left_out(&edit(&[]).unwrap()), ["誤.jpg"], "as it was");
        let draft = edit(&["創部.jpg", "紹介状.pdf"]).unwrap();
        assert_eq!(left_out(&draft), ["創部.jpg", "紹介状.pdf"]);
        let Request::Correction(request) = &draft.request else { panic!() };
        assert!(
            request.request_id != "before" && !draft.refused && !draft.tried,
            "it is sent as another one"
        );
        assert_eq!(left_out(&edit(&[""]).unwrap()), Vec::<String>::new());
        assert_eq!(left_out(&Draft::load(&context.profile, ID).unwrap()), Vec::<String>::new());

        // which are kept is settled, as of what is no correction
        let mut settled = draft;
        settled.keep_files(["file".to_owned()]);
        settled.save(&context.profile).unwrap();
        assert_eq!(edit(&["創部.jpg"]).unwrap_err().exit(), Exit::Usage);
        assert!(edit(&[]).is_ok());
    }
}
