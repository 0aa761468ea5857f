//! Templates of an organisation: who saves and sees them, and that nobody overwrites what somebody else changed.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use futures::future::join_all;
use renkei_proto::v1::{
    AuditAction, DeleteTemplateRequest, EntryContent, EntryTemplate, ListEventsRequest, ListTemplatesRequest,
    Message, MessageIntent, Notice, Role, SaveTemplateRequest, VisitNote, entry_content::Content,
};
use renkei_tests::database::Engine;
use tonic::{Code, Response, Status};

use crate::{
    grpc::Session,
    refusal::{expect_invalid, expect_refused},
    region::{Region, new_id},
};

crate::on_both_engines!(
    templates_are_seen_and_changed_by_their_organisation,
    nobody_overwrites_what_somebody_else_changed,
    there_are_never_more_than_two_hundred,
);

/// A template that begins a message.
pub(crate) fn new_template(name: &str, text: &str) -> EntryTemplate {
    let message = Message { text: text.to_owned(), intent: MessageIntent::Report.into() };
    EntryTemplate {
        template_id: new_id(),
        name: name.to_owned(),
        content: Some(EntryContent { content: Some(Content::Message(message)) }),
        ..Default::default()
    }
}

/// Saves a new template.
pub(crate) async fn save(session: &Session, template: EntryTemplate) -> Result<EntryTemplate, Status> {
    change(session, template, "").await
}

async fn change(session: &Session, template: EntryTemplate, etag: &str) -> Result<EntryTemplate, Status> {
    let request = SaveTemplateRequest { template: Some(template), etag: etag.to_owned() };
    let answer = session.templates.clone().save_template(request).await?;
    answer.into_inner().template.ok_or_else(|| Status::internal("no template in the answer"))
}

async fn list(session: &Session) -> Result<Vec<EntryTemplate>> {
    Ok(session.templates.clone().list_templates(ListTemplatesRequest {}).await?.into_inner().templates)
}

async fn delete(session: &Session, template_id: &str) -> Result<(), Status> {
    let request = DeleteTemplateRequest { template_id: template_id.to_owned() };
    session.templates.clone().delete_template(request).await.map(drop)
}

fn is_refused<T>(answer: Result<T, Status>, code: Code, reason: &str) -> Result<()> {
    expect_refused(answer.map(Response::new), code, reason).map(drop)
}

async fn templates_are_seen_and_changed_by_their_organisation(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("maeda").await?.session;
    let colleague = region.colleague(&doctor, "noda", Role::Nurse).await?.session;
    let officer = region.colleague(&doctor, "ono", Role::PrivacyOfficer).await?.session;
    let keeper = region.colleague(&doctor, "sato", Role::OrganizationAdministrator).await?.session;
    let pharmacist = region.pharmacist("hara").await?.session;

    let asked = new_template("  訪問の報告 ", "変わりありません。\n");
    let saved = save(&doctor, asked.clone()).await?;
    ensure!(saved.name == "訪問の報告" && saved.content == asked.content, "{saved:?}");
    ensure!(!saved.etag.is_empty() && saved.update_time.is_some(), "{saved:?}");
    ensure!(saved.actor == doctor.me.actor, "{saved:?}");
    let other = save(&keeper, new_template("お願い", "よろしくお願いします。")).await?;
    for session in [&doctor, &colleague, &officer, &keeper] {
        ensure!(list(session).await? == [other.clone(), saved.clone()], "by name");
    }
    ensure!(list(&pharmacist).await?.is_empty());

    // one id and one name are one organisation's own
    let same = EntryTemplate { content: other.content.clone(), ..saved.clone() };
    save(&pharmacist, same.clone()).await?;
    delete(&pharmacist, &saved.template_id).await?;
    ensure!(list(&doctor).await?.len() == 2, "another organisation's was deleted");

    is_refused(save(&officer, new_template("監査", "a")).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    is_refused(delete(&officer, &saved.template_id).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    let renamed = EntryTemplate { template_id: new_id(), ..saved.clone() };
    is_refused(save(&colleague, renamed).await, Code::AlreadyExists, "TEMPLATE_NAME_TAKEN")?;
    is_refused(save(&colleague, same).await, Code::AlreadyExists, "ID_TAKEN")?;

    let wrong = |template: EntryTemplate, field: &'static str| {
        let doctor = doctor.clone();
        async move { expect_invalid(save(&doctor, template).await.map(Response::new), field) }
    };
    let of = |content| Some(EntryContent { content: Some(content) });
    wrong(EntryTemplate { name: String::new(), ..saved.clone() }, "template.name").await?;
    wrong(EntryTemplate { template_id: "1".to_owned(), ..saved.clone() }, "template.template_id").await?;
    wrong(EntryTemplate { content: None, ..saved.clone() }, "template.content").await?;
    let notice = of(Content::Notice(Notice::default()));
    wrong(EntryTemplate { content: notice, ..new_template("通知", "a") }, "").await?;
    let long = of(Content::VisitNote(VisitNote { plan: "長".repeat(6_000), ..Default::default() }));
    wrong(EntryTemplate { content: long, ..new_template("長い", "a") }, "template.content").await?;

    delete(&colleague, &saved.template_id).await?;
    delete(&colleague, &saved.template_id).await?;
    ensure!(list(&doctor).await? == [other]);

    // on record: what was done and what was refused, not what changed nothing
    let request =
        ListEventsRequest { organization_id: doctor.organization(), page_size: 200, ..Default::default() };
    let events = region.admin.audit.clone().list_events(request).await?.into_inner().events;
    let count = |action: AuditAction, is_refused: bool| {
        events.iter().filter(|it| it.action() == action && it.reason.is_empty() != is_refused).count()
    };
    ensure!(count(AuditAction::TemplateSave, false) == 2 && count(AuditAction::TemplateSave, true) == 1);
    ensure!(count(AuditAction::TemplateDelete, false) == 1 && count(AuditAction::TemplateDelete, true) == 1);
    Ok(())
}

async fn nobody_overwrites_what_somebody_else_changed(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("maeda").await?.session;
    let nurse = region.colleague(&doctor, "noda", Role::Nurse).await?.session;
    let with = |template: &EntryTemplate, text: &str| EntryTemplate {
        content: new_template("", text).content,
        ..template.clone()
    };
    let first = save(&doctor, new_template("報告", "一")).await?;
    let second = change(&nurse, with(&first, "二"), &first.etag).await?;
    ensure!(second.etag != first.etag && second.actor == nurse.me.actor, "{second:?}");
    let third = with(&first, "三");
    for etag in [first.etag.as_str(), "0", &new_id()] {
        let answer = change(&doctor, third.clone(), etag).await;
        is_refused(answer, Code::Aborted, "TEMPLATE_CHANGED")?;
    }
    // who did not hear the answer asks again, and changes nothing
    for etag in [first.etag.as_str(), ""] {
        ensure!(change(&nurse, with(&first, "二"), etag).await? == second, "not as it stands");
    }
    ensure!(list(&doctor).await? == std::slice::from_ref(&second));

    // of many at once one wins
    let changes = (0..8).map(|number| {
        let session = if number % 2 == 0 { &doctor } else { &nurse };
        change(session, with(&second, &number.to_string()), &second.etag)
    });
    let (mut won, mut lost) = (Vec::new(), 0);
    for answer in join_all(changes).await {
        match answer {
            Ok(saved) => won.push(saved),
            Err(status) => {
                is_refused(Err::<(), _>(status), Code::Aborted, "TEMPLATE_CHANGED")?;
                lost += 1;
            }
        }
    }
    ensure!(won.len() == 1 && lost == 7 && list(&doctor).await? == won, "{won:?}");

    delete(&doctor, &first.template_id).await?;
    let won = won.pop().context("one has won")?;
    is_refused(change(&nurse, third, &won.etag).await, Code::Aborted, "TEMPLATE_CHANGED")?;
    ensure!(list(&nurse).await?.is_empty(), "it is back");
    Ok(())
}

async fn there_are_never_more_than_two_hundred(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("maeda").await?.session;
    for number in 0..195 {
        save(&doctor, new_template(&format!("定型文 {number:03}"), "本文")).await?;
    }
    let more = (0..10).map(|number| save(&doctor, new_template(&format!("同時 {number}"), "本文")));
    let answers = join_all(more).await;
    ensure!(answers.iter().filter(|answer| answer.is_ok()).count() == 5, "{answers:?}");
    for status in answers.into_iter().filter_map(Result::err) {
        is_refused(Err::<(), _>(status), Code::ResourceExhausted, "TOO_MANY_TEMPLATES")?;
    }
    let all = list(&doctor).await?;
    let names: BTreeSet<&str> = all.iter().map(|template| template.name.as_str()).collect();
    ensure!(all.len() == 200 && names.iter().copied().eq(all.iter().map(|it| it.name.as_str())), "by name");
    // one of them can be changed still, and another takes the place of a deleted one
    let first = &all[0];
    change(&doctor, EntryTemplate { name: "最後".to_owned(), ..first.clone() }, &first.etag).await?;
    delete(&doctor, &all[1].template_id).await?;
    save(&doctor, new_template("追加", "本文")).await?;
    ensure!(list(&doctor).await?.len() == 200);
    Ok(())
}
