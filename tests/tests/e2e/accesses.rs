//! Who has looked at a record, when and as what.

mod export;

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AccessKind, AuditAction, Category, ListAccessesRequest, Period, PostEntryRequest, PurposeOfUse,
    RecordAccess, Role, SearchEntriesRequest,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::{Code, Status};

use crate::{
    account::commands::Computer,
    audit_log::verified,
    circle::Circle,
    grpc::Session,
    refusal::expect_refused,
    region::{form_organizations, posting},
};

crate::on_both_engines!(everybody_who_looked_is_named_with_what_and_why, the_printed_page_says_the_same);

/// All pages.
async fn accesses(by: &Session, wanted: &ListAccessesRequest) -> Result<Vec<RecordAccess>, Status> {
    let mut wanted = wanted.clone();
    let mut rows = Vec::new();
    loop {
        let page = by.audit.clone().list_accesses(wanted.clone()).await?.into_inner();
        rows.extend(page.accesses);
        if page.next_page_token.is_empty() {
            return Ok(rows);
        }
        wanted.page_token = page.next_page_token;
    }
}

/// What a day leaves behind: the nurse reads under a consent, the pharmacist in an emergency, the manager is refused.
struct Day {
    circle: Circle,
    pharmacist: Session,
    consent: String,
    file: String,
}

impl Day {
    async fn open(engine: Engine) -> Result<Self> {
        let circle = Circle::open(engine).await?;
        let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
        let pharmacist = circle.region.pharmacist("yabe").await?.session;
        doctor.join(patient, &pharmacist).await?;
        let consent = doctor.consent(patient, form_organizations(&[nurse])).await?;
        circle.post(Category::Medication, "処方").await?;
        let file = doctor.upload(patient, "創部.jpg", fixtures::PHOTO).await?.attachment_id;
        let request = PostEntryRequest {
            attachment_ids: vec![file.clone()],
            category: Category::Document.into(),
            ..posting(patient, "写真")
        };
        doctor.timeline.clone().post_entry(request).await?;
        nurse.patient(patient).await?;
        // the manager in between makes no new row of it
        circle.manager.session.expect_nothing(patient).await?;
        nurse.all_entries(patient).await?;
        let query = "処方".to_owned();
        let request = SearchEntriesRequest { patient_id: patient.clone(), query, ..Default::default() };
        nurse.timeline.clone().search_entries(request).await?;
        nurse.download(patient, &file).await?;
        pharmacist.break_glass(patient).await?;
        pharmacist.all_entries(patient).await?;
        Ok(Self { circle, pharmacist, consent, file })
    }

    fn wanted(&self) -> ListAccessesRequest {
        ListAccessesRequest {
            patient_id: self.circle.patient.clone(),
            oldest_first: true,
            ..Default::default()
        }
    }
}

/// The rows of somebody.
fn of<'a>(rows: &'a [RecordAccess], who: &Session) -> Vec<&'a RecordAccess> {
    let is_theirs =
        |row: &&RecordAccess| row.actor.as_ref().is_some_and(|actor| actor.person_id == who.person());
    rows.iter().filter(is_theirs).collect()
}

async fn everybody_who_looked_is_named_with_what_and_why(engine: Engine) -> Result<()> {
    let day = Day::open(engine).await?;
    let (doctor, nurse, manager) =
        (&day.circle.doctor.session, &day.circle.nurse.session, &day.circle.manager.session);
    let rows = accesses(doctor, &day.wanted()).await?;
    let kinds = |who| of(&rows, who).iter().map(|row| row.kind()).collect::<Vec<_>>();
    use AccessKind::{Changed, Emergency, FileOpened, Refused, Searched, Viewed};
    // each answered the invitation first
    ensure!(kinds(nurse) == [Changed, Viewed, Searched, FileOpened], "{rows:#?}");
    ensure!(kinds(&day.pharmacist) == [Changed, Emergency, Emergency], "{rows:#?}");
    ensure!(
        kinds(manager)[0] == Changed && kinds(manager)[1..].iter().all(|kind| *kind == Refused),
        "{rows:#?}"
    );
    ensure!(of(&rows, manager)[1].reason == "NOT_FOUND", "{rows:#?}");

    let [_, viewed, searched, opened] = of(&rows, nurse)[..] else { unreachable!() };
    let actions: Vec<_> = viewed.actions().collect();
    ensure!(actions == [AuditAction::PatientRead, AuditAction::EntryRead], "{viewed:?}");
    ensure!(viewed.count == 2 && viewed.first_time != viewed.last_time, "{viewed:?}");
    ensure!(viewed.actor == nurse.me.actor && viewed.purpose() == PurposeOfUse::Treatment, "{viewed:?}");
    ensure!(viewed.consent_ids == [day.consent.clone()] && viewed.break_glass_id.is_empty(), "{viewed:?}");
    let items: Vec<_> = viewed.items.iter().map(|item| (item.category(), item.count)).collect();
    ensure!(
        items.contains(&(Category::Medication, 1)) && items.contains(&(Category::Document, 1)),
        "{items:?}"
    );
    ensure!(searched.items.len() == 1 && searched.seqs.len() == 1, "{searched:?}");
    ensure!(opened.object_id == day.file && opened.items.len() == 1, "{opened:?}");
    let [_, opening, emergency] = of(&rows, &day.pharmacist)[..] else { unreachable!() };
    ensure!(opening.actions().collect::<Vec<_>>() == [AuditAction::BreakGlass], "{opening:?}");
    ensure!(emergency.actions().collect::<Vec<_>>() == [AuditAction::EntryRead], "{emergency:?}");
    ensure!(
        emergency.break_glass_id == opening.object_id && emergency.consent_ids.is_empty(),
        "{emergency:?}"
    );

    // in pages of one row, and against the order of time, it is the same that was done
    let done = |rows: &[RecordAccess]| {
        let mut done: Vec<_> = of(rows, nurse).iter().map(|row| (row.kind(), row.count)).collect();
        done.sort();
        done
    };
    for (page_size, oldest_first) in [(1, true), (1, false), (0, false)] {
        let again =
            accesses(doctor, &ListAccessesRequest { page_size, oldest_first, ..day.wanted() }).await?;
        let sum = |kind| {
            of(&again, nurse).iter().filter(|row| row.kind() == kind).map(|row| row.count).sum::<i32>()
        };
        ensure!(sum(Viewed) == 2 && sum(Searched) == 1 && sum(FileOpened) == 1, "{page_size}: {again:#?}");
        let is_in_order = again.is_sorted_by_key(|row| {
            let time = if oldest_first { row.first_time } else { row.last_time };
            let (seconds, nanos) = time.map_or((0, 0), |time| (time.seconds, time.nanos));
            if oldest_first { (seconds, nanos) } else { (-seconds, -nanos) }
        });
        ensure!(page_size == 1 || is_in_order && done(&again) == done(&rows), "{again:#?}");
    }

    let person_id = nurse.person();
    let of_nurse = accesses(doctor, &ListAccessesRequest { person_id, ..day.wanted() }).await?;
    ensure!(of_nurse.len() == 4 && of(&of_nurse, nurse).len() == 4, "{of_nurse:#?}");
    let organization_id = day.pharmacist.organization();
    let of_pharmacy = accesses(doctor, &ListAccessesRequest { organization_id, ..day.wanted() }).await?;
    ensure!(of_pharmacy.len() == 3, "{of_pharmacy:#?}");
    let some = vec![FileOpened.into(), Searched.into()];
    let some = accesses(doctor, &ListAccessesRequest { kinds: some, ..day.wanted() }).await?;
    ensure!(some.len() == 2, "{some:#?}");
    let period = Some(Period { start: opened.first_time, end: None });
    let late = accesses(doctor, &ListAccessesRequest { period, ..day.wanted() }).await?;
    ensure!(of(&late, nurse).len() == 1 && of(&late, &day.pharmacist).len() == 2, "{late:#?}");
    // having looked is among it
    let looked = of(&late, doctor);
    ensure!(looked.iter().any(|row| row.kind() == AccessKind::LogViewed && row.count > 5), "{looked:#?}");

    let officer = day.circle.region.colleague(doctor, "endo", Role::PrivacyOfficer).await?.session;
    ensure!(of(&accesses(&officer, &day.wanted()).await?, nurse).len() == 4);
    let clerk = day.circle.region.colleague(doctor, "zaitsu", Role::Pharmacist).await?.session;
    let asked = async |by: &Session| by.audit.clone().list_accesses(day.wanted()).await;
    expect_refused(asked(&clerk).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    expect_refused(asked(nurse).await, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    expect_refused(asked(manager).await, Code::NotFound, "NOT_FOUND")?;
    Ok(())
}

async fn the_printed_page_says_the_same(engine: Engine) -> Result<()> {
    let day = Day::open(engine).await?;
    let (region, clinic) = (&day.circle.region, day.circle.doctor.session.organization());
    let officer = region.employ(&clinic, "endo", Role::PrivacyOfficer).await?;
    let officer = Computer::enroll(region, "officer", &officer)?;
    verified(&region.server, None)?;
    let file = region.server.folder().join("accesses.html");
    let file = file.to_str().context("a path")?;
    let patient = day.circle.patient.as_str();
    let print = ["--lang", "ja", "audit", "accesses", patient, "--print", file];
    officer.cli.text(&print, "")?;
    let page = fs::read_to_string(file)?;
    let (nurse, pharmacist) = (day.circle.nurse.session.me.actor.clone(), day.pharmacist.me.actor.clone());
    for part in [
        "<h1>アクセス記録</h1>",
        patient,
        &nurse.context("actor")?.person_name,
        &pharmacist.context("actor")?.person_name,
        &day.consent,
        "ファイルの閲覧",
        "緊急アクセス",
        "NOT_FOUND",
        "職員 endo",
    ] {
        ensure!(page.contains(part), "{part} is not in {page}");
    }
    ensure!(!page.contains("処方") && !page.contains("山本"), "an officer's page holds patient data: {page}");
    // the checkpoint on it is one of the log's
    let root = page.split("ルート ").nth(1).and_then(|rest| rest.split('<').next()).context("no root")?;
    let known = region.server.sql("SELECT size FROM audit_checkpoint ORDER BY size")?;
    let size = page.split("監査ログ</th><td>").nth(1).and_then(|rest| rest.split('件').next());
    ensure!(root.len() == 44 && known.lines().any(|line| Some(line) == size), "{root} {size:?} {known}");
    ensure!(officer.code(&print)? == Some(8), "it was written over");

    let rows = officer.cli.json(&["audit", "accesses", patient, "--kind", "file-opened"])?;
    ensure!(
        rows[0]["object_id"] == day.file.as_str() && rows.as_array().is_some_and(|it| it.len() == 1),
        "{rows}"
    );
    let shown =
        officer.cli.text(&["--lang", "ja", "audit", "accesses", patient, "--kind", "emergency"], "")?;
    ensure!(shown.contains("薬剤師") && shown.contains("緊急アクセス"), "{shown}");
    Ok(())
}
