use data_encoding::BASE64;

use super::{stored::path, *};
use crate::{error::Exit, private_file, profile::Home};

fn draft(text: &str) -> Draft {
    let content = renkei_proto::v1::Message { text: text.into(), ..Default::default() };
    let request = PostEntryRequest {
        request_id: Uuid::new_v4().into(),
        entry_id: Uuid::new_v4().into(),
        content: Some(renkei_proto::v1::EntryContent {
            content: Some(renkei_proto::v1::entry_content::Content::Message(content)),
        }),
        sensitivity: renkei_proto::v1::Sensitivity::MentalHealth.into(),
        ..Default::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    std::fs::write(&photo, "jpg").unwrap();
    let file = crate::transfer::local::inspect(&photo).unwrap();
    Draft::new(&request.entry_id.clone(), "12345", Request::Entry(request), vec![Attachment::new(file)])
}

#[test]
fn a_draft_comes_back_with_the_same_ids_and_content() {
    let home = tempfile::tempdir().unwrap();
    let profile = Home::at(home.path()).profile("default").unwrap();
    let mut draft = draft("発赤あり");
    draft.save(&profile).unwrap();
    draft.set_patient_id("0197f0a0-0000-7000-8000-000000000001".into());
    draft.attachments[0].uploaded = true;
    draft.save(&profile).unwrap();

    let back = Draft::load(&profile, &draft.id).unwrap();
    assert_eq!(back.request, draft.request);
    assert_eq!(back.attachments[0].attachment_id, draft.attachments[0].attachment_id);
    assert!(back.attachments[0].uploaded);
    assert_eq!(back.attachments[0].stamp, draft.attachments[0].stamp);
    assert!(!back.attachments[0].fresh, "another process may have sent a part of it");
    assert_eq!(Draft::list(&profile).unwrap().len(), 1);

    back.remove(&profile).unwrap();
    assert!(Draft::list(&profile).unwrap().is_empty());
    assert_eq!(Draft::load(&profile, &draft.id).unwrap_err().exit(), Exit::NotFound);
}

#[test]
fn what_a_correction_leaves_out_is_kept_until_its_files_are_known() {
    let home = tempfile::tempdir().unwrap();
    let profile = Home::at(home.path()).profile("default").unwrap();
    let id = Uuid::new_v4().to_string();
    let request = CorrectEntryRequest { attachment_ids: vec!["new".into()], ..Default::default() };
    let mut draft = Draft::new(&id, "12345", Request::Correction(request), Vec::new());
    draft.save(&profile).unwrap();
    // As an earlier version stored it, which kept no files.
    assert!(!std::fs::read_to_string(path(&profile, &id).unwrap()).unwrap().contains("without"));
    assert_eq!(Draft::load(&profile, &id).unwrap().without, None);

    draft.without = Some(vec!["ぶれた写真.jpg".into()]);
    draft.save(&profile).unwrap();
    let mut back = Draft::load(&profile, &id).unwrap();
    assert_eq!(back.without, draft.without);
    back.keep_files(["first".into(), "second".into()]);
    back.save(&profile).unwrap();
    let back = Draft::load(&profile, &id).unwrap();
    let Request::Correction(request) = &back.request else { panic!() };
    assert_eq!((request.attachment_ids.join(" ").as_str(), back.without), ("first second new", None));
}

#[test]
fn a_consent_of_a_former_version_is_kept_as_it_is_and_never_read_as_one_of_today() {
    let home = tempfile::tempdir().unwrap();
    let profile = Home::at(home.path()).profile("default").unwrap();
    private_file::make_folder(&folder(&profile)).unwrap();
    let id = "0197f0a0-0000-7000-8000-000000000007";
    // `scope` had the number that `form` has now: {request_id: "r", patient_id: "p", scope: {person_id: "q"}}
    let former = BASE64.encode(b"\x0a\x01r\x12\x01p\x1a\x03\x1a\x01q");
    let stored = format!(
        r#"{{"create_time": "2026-07-01T00:00:00Z", "patient": "12345", "kind": "consent",
            "request": "{former}", "attachments": []}}"#
    );
    private_file::write(&path(&profile, id).unwrap(), stored.as_bytes()).unwrap();

    let drafts = Draft::list(&profile).unwrap();
    let [Draft { request: Request::FormerConsent(bytes), patient, .. }] = drafts.as_slice() else {
        panic!("{drafts:?}")
    };
    assert_eq!((patient.as_str(), BASE64.encode(bytes)), ("12345", former));
    drafts[0].remove(&profile).unwrap();
    assert!(Draft::list(&profile).unwrap().is_empty());
}

#[test]
fn a_consent_comes_back_as_what_it_was() {
    let home = tempfile::tempdir().unwrap();
    let profile = Home::at(home.path()).profile("default").unwrap();
    let id = Uuid::new_v4().to_string();
    let record = Request::Consent(RecordConsentRequest { request_id: id.clone(), ..Default::default() });
    let amend =
        Request::Amendment(AmendConsentRequest { request_id: id.clone(), version: 3, ..Default::default() });
    for request in [record, amend] {
        let mut draft = Draft::new(&id, "12345", request, Vec::new());
        draft.set_patient_id("0197f0a0-0000-7000-8000-000000000001".into());
        draft.save(&profile).unwrap();
        assert_eq!(Draft::load(&profile, &id).unwrap().request, draft.request);
    }
}

#[test]
fn a_draft_that_was_discarded_does_not_come_back() {
    let home = tempfile::tempdir().unwrap();
    let profile = Home::at(home.path()).profile("default").unwrap();
    let draft = draft("発赤あり");
    draft.save(&profile).unwrap();
    assert!(draft.save_again(&profile).unwrap());
    draft.remove(&profile).unwrap();
    assert!(!draft.save_again(&profile).unwrap());
    assert!(Draft::find(&profile, &draft.id).unwrap().is_none());
}

#[test]
fn a_time_ahead_of_the_clock_is_left_out_under_another_request_id() {
    let mut draft = draft("発赤あり");
    draft.tell_when_it_was_written();
    assert!(!draft.was_written_ahead());
    draft.create_time = "2999-01-01T00:00:00Z".into();
    draft.tell_when_it_was_written();
    assert!(draft.was_written_ahead());
    let before = draft.clone();
    draft.forget_when_it_was_written();
    assert!(!draft.was_written_ahead() && !draft.tells_when_it_was_written());
    let (Request::Entry(before), Request::Entry(after)) = (&before.request, &draft.request) else { panic!() };
    assert_ne!(before.request_id, after.request_id);
    assert_eq!((&before.entry_id, &before.content), (&after.entry_id, &after.content));
}

#[test]
fn an_id_is_never_a_path() {
    let home = tempfile::tempdir().unwrap();
    let profile = Home::at(home.path()).profile("default").unwrap();
    assert_eq!(Draft::load(&profile, "../profile").unwrap_err().exit(), Exit::Usage);
}

#[cfg(unix)]
#[test]
fn drafts_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let profile = Home::at(home.path()).profile("default").unwrap();
    let draft = draft("秘");
    draft.save(&profile).unwrap();
    let mode = std::fs::metadata(path(&profile, &draft.id).unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
