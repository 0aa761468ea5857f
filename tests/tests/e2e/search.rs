//! Search within a patient: how words are compared, that pages hold every hit once, that what is not permitted is
//! not found, and what of it goes on record.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AuditAction, AuditEvent, Category, FoundEntry, ListAuditEventsRequest, ListProvisionsRequest,
    PostEntryRequest, ProvidedItems, SearchEntriesRequest, SearchEntriesResponse, Sensitivity,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::Code;
use uuid::Uuid;

use crate::{
    circle::Circle,
    grpc::Session,
    refusal::expect_refused,
    region::{form_organizations, posting},
};

crate::on_both_engines!(
    words_are_found_however_they_are_typed,
    pages_hold_every_hit_once,
    what_is_not_permitted_is_not_found,
    a_search_is_on_record_without_its_words,
    a_damaged_entry_is_passed_over,
);

fn request(patient: &str, query: &str) -> SearchEntriesRequest {
    SearchEntriesRequest { patient_id: patient.to_owned(), query: query.to_owned(), ..Default::default() }
}

async fn page(session: &Session, request: SearchEntriesRequest) -> Result<SearchEntriesResponse> {
    Ok(session.timeline.clone().search_entries(request).await?.into_inner())
}

/// The first page, which holds all in most of these tests.
async fn search(session: &Session, patient: &str, query: &str) -> Result<Vec<FoundEntry>> {
    let found = page(session, request(patient, query)).await?;
    ensure!(found.next_page_token.is_empty(), "{query}: there is more");
    Ok(found.entries)
}

/// The `seq` of what is found.
async fn seqs(session: &Session, patient: &str, query: &str) -> Result<Vec<i64>> {
    Ok(search(session, patient, query).await?.iter().map(|entry| entry.seq).collect())
}

async fn words_are_found_however_they_are_typed(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient) = (&circle.doctor.session, &circle.patient);
    let text = "カルテを確認。ｶﾞｰｾﾞ交換、ＳｐＯ２は98%。\n次回は木曜日";
    let note = circle.post(Category::Message, text).await?;
    let other = circle.post(Category::Medication, "軟膏を続ける").await?;
    for query in ["ｶﾙﾃ", "カルテ", "かるて", "がーぜ", "ガーゼ", "ＳＰＯ２", "spo2", "９８％", "木曜　カルテ"]
    {
        ensure!(seqs(doctor, patient, query).await? == [note.seq], "{query}");
    }
    for query in ["カルテ 軟膏", "かーぜ", "木曜。"] {
        ensure!(seqs(doctor, patient, query).await?.is_empty(), "{query}");
    }
    let found = search(doctor, patient, "がーぜ spo2").await?;
    let found = found.first().context("the note")?;
    ensure!(found.entry_id == note.entry_id && found.category() == Category::Message, "{found:?}");
    ensure!((&found.author, &found.post_time) == (&note.author, &note.post_time), "{found:?}");
    let [excerpt] = &found.excerpts[..] else { panic!("{found:?}") };
    ensure!((excerpt.field.as_str(), excerpt.text.as_str()) == ("message.text", text), "{excerpt:?}");
    let marked = |range: &renkei_proto::v1::TextRange| -> String {
        let (start, end) = (range.start as usize, range.end as usize);
        excerpt.text.chars().skip(start).take(end - start).collect()
    };
    ensure!(excerpt.ranges.iter().map(marked).eq(["ｶﾞｰｾﾞ", "ＳｐＯ２"]), "{excerpt:?}");

    let file = doctor.upload(patient, "仙骨部ＰＨＯＴＯ.jpg", fixtures::PHOTO).await?.attachment_id;
    let photo = PostEntryRequest { attachment_ids: vec![file.clone()], ..posting(patient, "写真です") };
    doctor.timeline.clone().post_entry(photo).await?;
    let found = search(doctor, patient, "photo 写真").await?;
    let named = found.iter().flat_map(|it| &it.excerpts).find(|it| it.field == "attachments.file_name");
    ensure!(named.is_some_and(|it| it.attachment_id == file), "{found:?}");
    ensure!(seqs(doctor, patient, "軟膏").await? == [other.seq]);

    for query in ["", "　", &"熱".repeat(101), "熱\u{202e}"] {
        let answer = doctor.timeline.clone().search_entries(request(patient, query)).await;
        expect_refused(answer, Code::InvalidArgument, "REQUEST_INVALID")?;
    }
    Ok(())
}

async fn pages_hold_every_hit_once(engine: Engine) -> Result<()> {
    // more than the first slice of a scan
    const ENTRIES: usize = 150;
    let circle = Circle::open(engine).await?;
    let (doctor, patient) = (&circle.doctor.session, &circle.patient);
    doctor.consent(patient, form_organizations(&[&circle.nurse.session, &circle.manager.session])).await?;
    let mut expected = Vec::new();
    for number in 0..ENTRIES {
        let text = if number % 7 == 0 { "発熱あり" } else { "変わりなし" };
        let entry = circle.post(Category::Message, text).await?;
        expected.extend((number % 7 == 0).then_some(entry.seq));
    }
    expected.reverse();
    let nurse = &circle.nurse.session;
    for page_size in [1, 2, 21, 22, 100] {
        let (mut found, mut next) =
            (Vec::new(), SearchEntriesRequest { page_size, ..request(patient, "発熱") });
        loop {
            let page = page(nurse, next.clone()).await?;
            ensure!(page.entries.len() <= page_size as usize);
            found.extend(page.entries.iter().map(|entry| entry.seq));
            if page.next_page_token.is_empty() {
                break;
            }
            next.page_token = page.next_page_token;
        }
        ensure!(found == expected, "{page_size}: {found:?}");
    }

    // a token continues this search, of this caller, and no other
    let first = page(nurse, SearchEntriesRequest { page_size: 2, ..request(patient, "発熱") }).await?;
    let with = |query: &str| SearchEntriesRequest {
        page_token: first.next_page_token.clone(),
        ..request(patient, query)
    };
    ensure!(page(nurse, with("ハツ 発熱")).await.is_err(), "another word more");
    for query in ["変わり", "発", "発熱 あり"] {
        let answer = nurse.timeline.clone().search_entries(with(query)).await;
        expect_refused(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    }
    let answer = circle.manager.session.timeline.clone().search_entries(with("発熱")).await;
    expect_refused(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    page(nurse, with("　発熱 発熱")).await?;
    Ok(())
}

async fn what_is_not_permitted_is_not_found(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let seen = circle.post(Category::Medication, "アムロジピンを開始").await?;
    circle.post(Category::Laboratory, "アムロジピンの血中濃度").await?;
    circle.post_guarded(Sensitivity::MentalHealth, "アムロジピンを拒む").await?;
    let strange = doctor.register().await?;
    doctor.post(&strange, "アムロジピン").await?;

    let not_found = async |session: &Session, patient: &str| -> Result<()> {
        let answer = session.timeline.clone().search_entries(request(patient, "アムロ")).await;
        expect_refused(answer, Code::NotFound, "NOT_FOUND").map(drop)
    };
    not_found(nurse, patient).await?;
    let mut form = form_organizations(&[nurse]);
    form.categories = vec![Category::Medication.into()];
    let consent = doctor.consent(patient, form).await?;
    ensure!(seqs(nurse, patient, "あむろ").await? == [seen.seq]);
    ensure!(seqs(doctor, patient, "あむろ").await?.len() == 3, "the author of all of it finds all of it");
    // what is hidden leaves no page to ask for, and no token that tells of it
    let one = page(nurse, SearchEntriesRequest { page_size: 50, ..request(patient, "血中濃度") }).await?;
    ensure!(one == SearchEntriesResponse::default(), "{one:?}");
    not_found(nurse, &strange).await?;
    not_found(nurse, &Uuid::new_v4().to_string()).await?;
    not_found(&circle.manager.session, patient).await?;

    let own = nurse.post_as(patient, Category::Medication, Sensitivity::Normal, "アムロジピン服用").await?;
    let first = page(nurse, SearchEntriesRequest { page_size: 1, ..request(patient, "アムロ") }).await?;
    ensure!(first.entries.iter().map(|entry| entry.seq).eq([own.seq]));
    doctor.withdraw(patient, &consent, None).await?;
    // the second page asks the same rule: of what others wrote nothing is left
    let next = SearchEntriesRequest {
        page_token: first.next_page_token,
        page_size: 1,
        ..request(patient, "アムロ")
    };
    ensure!(page(nurse, next).await?.entries.is_empty(), "found after the withdrawal");
    ensure!(seqs(nurse, patient, "アムロ").await? == [own.seq], "authors find what they wrote");
    Ok(())
}

async fn events(session: &Session, patient: &str) -> Result<Vec<AuditEvent>> {
    let request =
        ListAuditEventsRequest { patient_id: patient.to_owned(), page_size: 200, ..Default::default() };
    let mut events = session.audit.clone().list_audit_events(request).await?.into_inner().events;
    events.retain(|event| event.action() == AuditAction::EntrySearch);
    events.reverse();
    Ok(events)
}

async fn a_search_is_on_record_without_its_words(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    expect_refused(
        nurse.timeline.clone().search_entries(request(patient, "軟膏")).await,
        Code::NotFound,
        "NOT_FOUND",
    )?;
    let consent = doctor.consent(patient, form_organizations(&[nurse])).await?;
    let ointment = circle.post(Category::Medication, "軟膏を続ける").await?;
    let own = nurse.post(patient, "軟膏を塗った").await?;
    ensure!(search(nurse, patient, "軟膏").await?.len() == 2);
    ensure!(search(nurse, patient, "存在しない語").await?.is_empty());

    let events = events(doctor, patient).await?;
    let [refused, found, nothing] = &events[..] else { panic!("{events:?}") };
    ensure!(!refused.reason.is_empty() && refused.seqs.is_empty(), "{refused:?}");
    let ranges: Vec<i64> = found.seqs.iter().flat_map(|range| range.first..=range.last).collect();
    ensure!(ranges == [ointment.seq, own.seq] && found.reason.is_empty(), "{found:?}");
    ensure!(found.consent_ids == [consent], "{found:?}");
    ensure!(nothing.seqs.is_empty() && nothing.reason.is_empty(), "{nothing:?}");

    // what was found of others' counts as provided
    let list = ListProvisionsRequest { patient_id: patient.clone(), ..Default::default() };
    let provisions = doctor.audit.clone().list_provisions(list).await?.into_inner().provisions;
    let [provision] = &provisions[..] else { panic!("{provisions:?}") };
    ensure!(provision.action() == AuditAction::EntrySearch, "{provision:?}");
    ensure!(provision.items == [ProvidedItems { category: Category::Medication.into(), count: 1 }]);
    Ok(())
}

async fn a_damaged_entry_is_passed_over(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient) = (&circle.doctor.session, &circle.patient);
    let mut seqs_of = Vec::new();
    for number in 0..3 {
        seqs_of.push(circle.post(Category::Message, &format!("発熱 {number}")).await?.seq);
    }
    // another entry's content does not open in its place
    let [first, second, third] = seqs_of[..] else { panic!("{seqs_of:?}") };
    let body = |seq: i64| format!("(SELECT body FROM entry WHERE seq = {seq})");
    circle.region.server.sql(&format!("UPDATE entry SET body = {} WHERE seq = {second}", body(first)))?;
    ensure!(seqs(doctor, patient, "発熱").await? == [third, first]);
    Ok(())
}
