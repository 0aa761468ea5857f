use renkei_proto::v1::{CorrectEntryRequest, PostEntryRequest};

use super::*;
use crate::{
    output::{Format, Output},
    profile::Home,
    text::{Language, Texts},
};

fn post(id: &str, patient: &str, reply_to: &str) -> Draft {
    let request =
        PostEntryRequest { entry_id: id.into(), reply_to_entry_id: reply_to.into(), ..Default::default() };
    Draft::new(id, patient, Request::Entry(request), Vec::new())
}

fn context<'a>(folder: &std::path::Path, texts: &'a Texts) -> Context<'a> {
    let home = Home::at(folder);
    let profile = home.profile("default").unwrap();
    profile.make_folder().unwrap();
    Context { texts, out: Output::new(Format::Human), home, profile }
}

#[test]
fn places_are_in_the_authors_order_and_survive_a_clock_that_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let texts = Texts::new(Language::English);
    let context = context(folder.path(), &texts);
    let mut ids = Vec::new();
    for number in 0..20 {
        let id = format!("0197f0a0-0000-7000-8000-0000000000{:02}", 99 - number);
        let draft = keep(&context, post(&id, "12345", ""), true).unwrap();
        assert!(draft.tells_when_it_was_written() && !draft.tried);
        ids.push(id);
    }
    let listed: Vec<String> =
        Draft::list(&context.profile).unwrap().into_iter().map(|draft| draft.id).collect();
    assert_eq!(listed, ids);

    let future = u64::MAX / 2;
    std::fs::write(context.profile.folder().join("outbox.place"), format!("{future:020}")).unwrap();
    assert_eq!(context.profile.take_place().unwrap(), future + 1);
    assert_eq!(context.profile.take_place().unwrap(), future + 2);
}

#[test]
fn what_is_about_nobody_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let texts = Texts::new(Language::English);
    let context = context(folder.path(), &texts);
    for blank in ["", "\u{3000} "] {
        let id = "0197f0a0-0000-7000-8000-000000000001";
        for offline in [false, true] {
            assert_eq!(keep(&context, post(id, blank, ""), offline).unwrap_err().exit(), Exit::Usage);
        }
    }
    assert!(Draft::list(&context.profile).unwrap().is_empty());
}

#[test]
fn what_is_posted_at_once_does_not_tell_when_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let texts = Texts::new(Language::English);
    let context = context(folder.path(), &texts);
    let id = "0197f0a0-0000-7000-8000-000000000001";
    let mut draft = keep(&context, post(id, "12345", ""), false).unwrap();
    assert!(!draft.tells_when_it_was_written());
    draft.tell_when_it_was_written();
    let Request::Entry(request) = &draft.request else { panic!() };
    let written = crate::output::time::rfc3339(request.write_time.as_ref().unwrap()).unwrap();
    assert_eq!(written, draft.create_time, "to the last digit");
}

#[test]
fn a_draft_waits_for_what_it_needs_and_for_what_waits_about_its_patient() {
    let mut before = post("a", "12345", "");
    let (same, other) = (post("b", "12345", ""), post("c", "67890", ""));
    let answer = post("d", "67890", "a");
    let request = CorrectEntryRequest { corrects_entry_id: "a".into(), ..Default::default() };
    let correction = Draft::new("e", "67890", Request::Correction(request), Vec::new());
    let passed = BTreeSet::from(["a".to_owned()]);
    let held =
        |before: &Draft| [&same, &other, &answer, &correction].map(|draft| holds_up(before, draft, &passed));
    assert_eq!(held(&before), [true, false, true, true], "it may still go through");
    before.refused = true;
    assert_eq!(held(&before), [false, false, true, true], "the others pass it");
    assert!(!holds_up(&before, &same, &BTreeSet::new()));
}

#[test]
fn one_draft_is_sent_after_those_before_it_about_the_same_patient() {
    let drafts = vec![post("a", "1", ""), post("b", "2", ""), post("c", "1", ""), post("d", "1", "")];
    let ids =
        |scope| -> Vec<String> { within(scope, drafts.clone()).into_iter().map(|draft| draft.id).collect() };
    assert_eq!(ids(Scope::UpTo("c")), ["a", "c"]);
    assert_eq!(ids(Scope::All), ["a", "b", "c", "d"]);
    assert!(ids(Scope::UpTo("sent")).is_empty(), "another process has sent it");
}

#[test]
fn only_what_would_be_refused_again_is_refused() {
    let error = |exit| Error::new(exit, msg!("error-answer"));
    for exit in [Exit::TryAgain, Exit::LogIn, Exit::Interrupted] {
        assert!(concerns_all(&error(exit)) && !is_final(&error(exit)), "{exit:?}");
    }
    for exit in [Exit::NotPermitted, Exit::NotFound, Exit::Conflict, Exit::Usage, Exit::LocalFile] {
        assert!(is_final(&error(exit)) && !concerns_all(&error(exit)), "{exit:?}");
    }
    assert!(!is_final(&error(Exit::Other)) && !concerns_all(&error(Exit::Other)));
    // A full disk is the fault of no draft, so none is refused for it.
    let full = Error::file(std::path::Path::new("x"), &std::io::ErrorKind::StorageFull.into());
    assert!(full.exit() == Exit::LocalFile && !is_final(&full) && concerns_all(&full));
}
