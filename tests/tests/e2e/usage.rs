//! What an organisation did in a period: what counts, who may ask, and that asking is on record.

use std::{
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Result, ensure};
use prost_types::Timestamp;
use renkei_proto::v1::{
    AcknowledgeEntryRequest, AuditAction, Entry, EntryContent, EntryKind, GetUsageReportRequest,
    GetUsageReportResponse, KindCount, ListEventsRequest, MarkReadRequest, Memo, Mention, Message,
    MessageIntent, Period, PostEntryRequest, Role, entry_content::Content,
};
use renkei_tests::database::Engine;
use tonic::{Code, Response, Status};

use crate::{
    circle::Circle,
    grpc::Session,
    record::{correction, retraction},
    refusal::{expect_invalid, expect_refused},
    region::{new_id, posting},
};

crate::on_both_engines!(
    what_people_post_and_read_is_counted,
    first_readers_are_ranked,
    questions_are_counted_until_they_are_answered,
    a_corrected_question_counts_when_it_was_first_asked,
    a_report_is_for_those_who_answer_for_the_organisation,
);

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64)
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

/// From yesterday to tomorrow, the same whenever it is asked for.
fn around() -> Option<Period> {
    static BEGUN: LazyLock<i64> = LazyLock::new(now);
    Some(Period { start: at(*BEGUN - 86_400), end: at(*BEGUN + 86_400) })
}

async fn report(session: &Session, organization_id: &str) -> Result<GetUsageReportResponse, Status> {
    let request = GetUsageReportRequest { organization_id: organization_id.to_owned(), period: around() };
    Ok(session.reports.clone().get_usage_report(request).await?.into_inner())
}

fn said(intent: MessageIntent, text: &str) -> Option<EntryContent> {
    let message = Message { text: text.to_owned(), intent: intent.into() };
    Some(EntryContent { content: Some(Content::Message(message)) })
}

async fn mark_read(session: &Session, patient: &str, entries: &[&str]) -> Result<()> {
    let entry_ids = entries.iter().map(|id| (*id).to_owned()).collect();
    let request = MarkReadRequest { patient_id: patient.to_owned(), entry_ids };
    session.timeline.clone().mark_read(request).await?;
    Ok(())
}

fn kind(kind: EntryKind, count: i64) -> KindCount {
    KindCount { kind: kind.into(), count }
}

async fn what_people_post_and_read_is_counted(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let admin = &circle.region.admin;
    let (clinic, station) = (doctor.organization(), nurse.organization());
    let before = report(admin, &station).await?;
    let empty = GetUsageReportResponse {
        organization_id: station.clone(),
        organization_name: nurse.me.actor.clone().unwrap_or_default().organization_name,
        period: before.period,
        ..Default::default()
    };
    ensure!(before == empty, "{before:?}");

    let first = nurse.post(patient, "変わりなし").await?;
    nurse.post(patient, "熱なし").await?;
    let memo = Memo { title: String::new(), text: "鍵はポスト".to_owned() };
    let memo = EntryContent { content: Some(Content::Memo(memo)) };
    let memo = PostEntryRequest { content: Some(memo), ..posting(patient, "") };
    let memo = nurse.post_as_asked(memo).await?;
    nurse.correct(correction(&first, said(MessageIntent::Unspecified, "少し疲れあり"))).await?;
    nurse.retract(retraction(&memo)).await?;
    let theirs = doctor.post(patient, "了解").await?;
    let colleague = circle.region.colleague(nurse, "hana", Role::Nurse).await?.session;
    // one's own is nobody's news, a notice is the server's
    let notice = nurse.inbox().await?.into_iter().find(|entry| entry.kind() == EntryKind::Notice);
    let notice = notice.map(|entry| entry.entry_id).unwrap_or_default();
    mark_read(nurse, patient, &[&theirs.entry_id, &first.entry_id, &notice]).await?;
    mark_read(&colleague, patient, &[&theirs.entry_id, &first.entry_id]).await?;
    let request = AcknowledgeEntryRequest {
        patient_id: patient.clone(),
        entry_id: theirs.entry_id.clone(),
        ..Default::default()
    };
    nurse.timeline.clone().acknowledge_entry(request).await?;

    let found = report(admin, &station).await?;
    ensure!(found.posts == [kind(EntryKind::Memo, 1), kind(EntryKind::Message, 2)], "{found:?}");
    ensure!((found.reads, found.acknowledgements) == (3, 1), "{found:?}");
    ensure!((found.active_people, found.patients) == (2, 1), "{found:?}");
    let clinic = report(admin, &clinic).await?;
    ensure!(clinic.posts == [kind(EntryKind::Message, 1)] && clinic.posts_read_by_others == 1, "{clinic:?}");
    ensure!(clinic.reads == 0 && clinic.active_people == 1, "{clinic:?}");

    // nothing of another time
    let request = GetUsageReportRequest {
        organization_id: station.clone(),
        period: Some(Period { start: at(now() - 200_000), end: at(now() - 100_000) }),
    };
    let other = admin.reports.clone().get_usage_report(request).await?.into_inner();
    ensure!(other == GetUsageReportResponse { period: other.period, ..empty }, "{other:?}");
    Ok(())
}

async fn first_readers_are_ranked(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    for waited in 1..=10 {
        let entry = doctor.post(patient, "本文").await?;
        mark_read(nurse, patient, &[&entry.entry_id]).await?;
        // the second reader does not count
        mark_read(&circle.manager.session, patient, &[&entry.entry_id]).await?;
        let of = format!("seq = {} AND patient_id = (SELECT patient_id FROM patient)", entry.seq);
        let posted = format!("(SELECT posted_at FROM entry WHERE {of})");
        let server = &circle.region.server;
        server.sql(&format!("UPDATE receipt SET read_at = {posted} + 100000000000 WHERE {of}"))?;
        let by = format!("person_id = (SELECT person_id FROM person WHERE login_name = 'banno') AND {of}");
        server.sql(&format!("UPDATE receipt SET read_at = {posted} + {waited}000000 WHERE {by}"))?;
    }
    // somebody of the own organisation is no reader, and nobody is none
    let colleague = circle.region.colleague(doctor, "hana", Role::Nurse).await?.session;
    let entry = doctor.post(patient, "本文").await?;
    mark_read(&colleague, patient, &[&entry.entry_id]).await?;
    let found = report(&circle.region.admin, &doctor.organization()).await?;
    ensure!(found.posts_read_by_others == 10, "{found:?}");
    let ranks = (found.median_seconds_to_first_read, found.p90_seconds_to_first_read);
    ensure!(ranks == (5, 9), "{found:?}");
    Ok(())
}

async fn questions_are_counted_until_they_are_answered(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let ask = |mentions: Vec<Mention>| PostEntryRequest {
        content: said(MessageIntent::Question, "続けますか"),
        mentions,
        ..posting(patient, "")
    };
    let person = Mention { person_id: doctor.person(), ..Default::default() };
    let organization = Mention { organization_id: doctor.organization(), ..Default::default() };
    let of_role = Mention { role: Role::Doctor.into(), ..Default::default() };
    let first = nurse.post_as_asked(ask(vec![person.clone(), organization.clone()])).await?;
    let second = nurse.post_as_asked(ask(vec![organization.clone()])).await?;
    nurse.post_as_asked(ask(vec![of_role])).await?;
    nurse.post_as_asked(ask(vec![])).await?;
    let third = nurse.post_as_asked(ask(vec![person])).await?;
    // among themselves
    doctor.post_as_asked(ask(vec![organization])).await?;
    let answer = PostEntryRequest {
        reply_to_entry_id: first.entry_id.clone(),
        content: said(MessageIntent::Answer, "はい"),
        ..posting(patient, "")
    };
    doctor.post_as_asked(answer).await?;
    nurse.correct(correction(&second, said(MessageIntent::Question, "減らしますか"))).await?;
    nurse.retract(retraction(&third)).await?;

    let admin = &circle.region.admin;
    let asked = report(admin, &nurse.organization()).await?;
    ensure!((asked.questions_asked, asked.questions_asked_open) == (5, 3), "{asked:?}");
    ensure!((asked.questions_received, asked.questions_received_open) == (0, 0), "{asked:?}");
    let received = report(admin, &doctor.organization()).await?;
    ensure!((received.questions_received, received.questions_received_open) == (3, 1), "{received:?}");
    ensure!((received.questions_asked, received.questions_asked_open) == (1, 1), "{received:?}");
    Ok(())
}

async fn a_corrected_question_counts_when_it_was_first_asked(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let ask = || PostEntryRequest {
        content: said(MessageIntent::Question, "続けますか"),
        mentions: vec![Mention { organization_id: doctor.organization(), ..Default::default() }],
        ..posting(patient, "")
    };
    let reply = |question: &Entry| PostEntryRequest {
        reply_to_entry_id: question.entry_id.clone(),
        content: said(MessageIntent::Answer, "はい"),
        ..posting(patient, "")
    };
    let [answered, taken_back, open] = [
        nurse.post_as_asked(ask()).await?,
        nurse.post_as_asked(ask()).await?,
        nurse.post_as_asked(ask()).await?,
    ];
    let seqs = format!("({}, {}, {})", answered.seq, taken_back.seq, open.seq);
    circle.region.server.sql(&format!(
        "UPDATE entry SET posted_at = posted_at - 2592000000000 WHERE seq IN {seqs} \
         AND patient_id = (SELECT patient_id FROM patient)"
    ))?;
    for question in [&answered, &taken_back, &open] {
        let kept = said(MessageIntent::Question, "減らしますか");
        let corrected = nurse.correct(correction(question, kept)).await?;
        if question.entry_id == open.entry_id {
            continue;
        }
        let answer = doctor.post_as_asked(reply(&corrected)).await?;
        if question.entry_id == taken_back.entry_id {
            doctor.retract(retraction(&answer)).await?;
        }
    }
    let admin = &circle.region.admin;
    let (station, clinic) = (nurse.organization(), doctor.organization());
    let asked = report(admin, &station).await?;
    ensure!((asked.questions_asked, asked.questions_asked_open) == (0, 0), "{asked:?}");
    ensure!(asked.posts.is_empty() && (asked.active_people, asked.patients) == (1, 1), "{asked:?}");
    let received = report(admin, &clinic).await?;
    ensure!((received.questions_received, received.questions_received_open) == (0, 0), "{received:?}");
    let then = async |organization_id: &str| {
        let period = Some(Period { start: at(now() - 31 * 86_400), end: at(now() - 29 * 86_400) });
        let request = GetUsageReportRequest { organization_id: organization_id.to_owned(), period };
        Ok::<_, Status>(admin.reports.clone().get_usage_report(request).await?.into_inner())
    };
    let asked = then(&station).await?;
    ensure!((asked.questions_asked, asked.questions_asked_open) == (3, 2), "{asked:?}");
    ensure!(asked.posts == [kind(EntryKind::Message, 3)], "{asked:?}");
    let received = then(&clinic).await?;
    ensure!((received.questions_received, received.questions_received_open) == (3, 2), "{received:?}");
    Ok(())
}

async fn a_report_is_for_those_who_answer_for_the_organisation(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (region, doctor, nurse) = (&circle.region, &circle.doctor.session, &circle.nurse.session);
    let clinic = doctor.organization();
    for (name, role) in
        [("oda", Role::OrganizationAdministrator), ("pan", Role::PrivacyOfficer), ("seki", Role::Coordinator)]
    {
        let session = region.colleague(doctor, name, role).await?.session;
        ensure!(report(&session, "").await?.organization_id == clinic, "{role:?}");
        ensure!(report(&session, &clinic).await? == report(&region.admin, &clinic).await?, "{role:?}");
        for other in [nurse.organization(), new_id()] {
            let answer = report(&session, &other).await.map(Response::new);
            expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
        }
    }
    let answer = report(doctor, "").await.map(Response::new);
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    let answer = report(&region.admin, &new_id()).await.map(Response::new);
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    let request = GetUsageReportRequest::default();
    expect_invalid(region.admin.reports.clone().get_usage_report(request).await, "period")?;

    // the organisation finds that the administrator asked
    let request = ListEventsRequest {
        organization_id: clinic,
        action: AuditAction::UsageRead.into(),
        page_size: 200,
        ..Default::default()
    };
    let officer = region.colleague(doctor, "ueda", Role::PrivacyOfficer).await?.session;
    let events = officer.audit.clone().list_events(request).await?.into_inner().events;
    let of_admin = events.iter().filter(|event| event.actor == region.admin.me.actor).count();
    let refused = events.iter().filter(|event| !event.reason.is_empty()).count();
    ensure!((events.len(), of_admin, refused) == (16, 3, 7), "{events:?}");
    Ok(())
}
