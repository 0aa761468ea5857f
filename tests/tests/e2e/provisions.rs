//! The record of provision to third parties (第三者提供の記録, R24): what was read, by whom, under which consent.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AuditAction, Category, Entry, ListProvisionsRequest, Period, PostEntryRequest, ProvidedItems, Provision,
    PurposeOfUse, Role, SeqRange,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::Code;

use crate::{
    circle::Circle,
    grpc::Session,
    refusal::expect_refused,
    region::{form_organizations, posting},
};

crate::on_both_engines!(the_record_equals_what_was_read);

async fn provisions(
    caller: &Session,
    patient: &str,
    period: Option<Period>,
    size: i32,
) -> Result<Vec<Provision>> {
    let mut request = ListProvisionsRequest {
        patient_id: patient.to_owned(),
        period,
        page_size: size,
        page_token: String::new(),
    };
    let mut rows = Vec::new();
    loop {
        let page = caller.audit.clone().list_provisions(request.clone()).await?.into_inner();
        rows.extend(page.provisions);
        if page.next_page_token.is_empty() {
            return Ok(rows);
        }
        request.page_token = page.next_page_token;
    }
}

/// What the entries that another organisation than this wrote come to, by category.
fn items(entries: &[Entry], organization: &str) -> Vec<ProvidedItems> {
    let mut items: Vec<ProvidedItems> = Vec::new();
    for entry in foreign(entries, organization) {
        match items.iter_mut().find(|it| it.category == entry.category) {
            Some(item) => item.count += 1,
            None => items.push(ProvidedItems { category: entry.category, count: 1 }),
        }
    }
    items.sort_by_key(|item| item.category);
    items
}

fn foreign<'a>(entries: &'a [Entry], organization: &'a str) -> impl Iterator<Item = &'a Entry> {
    let own = move |entry: &Entry| entry.author.as_ref().is_some_and(|it| it.organization_id == organization);
    entries.iter().filter(move |entry| !own(entry))
}

fn seqs(ranges: &[SeqRange]) -> Vec<i64> {
    ranges.iter().flat_map(|range| range.first..=range.last).collect()
}

async fn the_record_equals_what_was_read(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let pharmacist = circle.region.pharmacist("yabe").await?.session;
    doctor.join(patient, &pharmacist).await?;
    let consent = doctor.consent(patient, form_organizations(&[nurse])).await?;
    circle.post(Category::Message, "連絡一").await?;
    circle.post(Category::Medication, "処方").await?;
    let file = doctor.upload(patient, "創部.jpg", fixtures::PHOTO).await?.attachment_id;
    let request = PostEntryRequest {
        attachment_ids: vec![file.clone()],
        category: Category::Document.into(),
        ..posting(patient, "写真")
    };
    let photo = doctor.timeline.clone().post_entry(request).await?.into_inner().entry.context("entry")?;
    let own = nurse.post(patient, "訪問した").await?;
    doctor.all_entries(patient).await?;
    circle.manager.session.expect_nothing(patient).await?;
    ensure!(provisions(doctor, patient, None, 0).await?.is_empty(), "nothing was provided yet");

    nurse.patient(patient).await?;
    let listed = nurse.all_entries(patient).await?;
    nurse.entry(patient, &own.entry_id).await?;
    nurse.entry(patient, &photo.entry_id).await?;
    nurse.download(patient, &file).await?;
    let access = pharmacist.break_glass(patient).await?.into_inner().access.context("access")?;
    let opened = pharmacist.all_entries(patient).await?;
    doctor.withdraw(patient, &consent, None).await?;

    let rows = provisions(doctor, patient, None, 0).await?;
    let mut sorted = rows.clone();
    for row in &mut sorted {
        row.items.sort_by_key(|item| item.category);
    }
    let one = |category: Category| vec![ProvidedItems { category: category.into(), count: 1 }];
    let (station, pharmacy) = (nurse.organization(), pharmacist.organization());
    let wanted = [
        (AuditAction::PatientRead, nurse, Vec::new(), Vec::new()),
        (
            AuditAction::EntryRead,
            nurse,
            items(&listed, &station),
            foreign(&listed, &station).map(|it| it.seq).collect(),
        ),
        (AuditAction::EntryRead, nurse, one(Category::Document), vec![photo.seq]),
        (AuditAction::AttachmentRead, nurse, one(Category::Document), vec![photo.seq]),
        (
            AuditAction::EntryRead,
            &pharmacist,
            items(&opened, &pharmacy),
            foreign(&opened, &pharmacy).map(|it| it.seq).collect(),
        ),
    ];
    ensure!(sorted.len() == wanted.len(), "{sorted:?}");
    for (row, (action, who, items, of)) in sorted.iter().zip(wanted) {
        ensure!(row.action() == action && row.recipient == who.me.actor, "{row:?}, not {action:?}");
        ensure!(row.items == items && seqs(&row.seqs) == of, "{row:?}, not {items:?} {of:?}");
        let is_file = action == AuditAction::AttachmentRead;
        ensure!(row.attachment_id == if is_file { file.as_str() } else { "" }, "{row:?}");
        if who.person() == pharmacist.person() {
            ensure!(row.consent_ids.is_empty() && row.break_glass_id == access.break_glass_id, "{row:?}");
            ensure!(row.purpose() == PurposeOfUse::Emergency, "{row:?}");
        } else {
            ensure!(row.consent_ids == [consent.clone()] && row.break_glass_id.is_empty(), "{row:?}");
            ensure!(row.purpose() == PurposeOfUse::Treatment, "{row:?}");
        }
    }

    ensure!(provisions(doctor, patient, None, 2).await? == rows, "page by page");
    let period = |start, end| Some(Period { start, end });
    let from = provisions(doctor, patient, period(rows[1].time, None), 0).await?;
    ensure!(from == rows[1..], "from the second on: {from:?}");
    let until = provisions(doctor, patient, period(rows[1].time, rows[3].time), 0).await?;
    ensure!(until == rows[1..3], "before the fourth: {until:?}");

    let request = ListProvisionsRequest { patient_id: patient.clone(), ..Default::default() };
    let clerk = circle.region.colleague(doctor, "zaitsu", Role::Pharmacist).await?.session;
    let answer = clerk.audit.clone().list_provisions(request.clone()).await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    let answer = pharmacist.audit.clone().list_provisions(request.clone()).await;
    expect_refused(answer, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    let answer = circle.manager.session.audit.clone().list_provisions(request).await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    Ok(())
}
