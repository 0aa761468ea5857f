//! A consent is withdrawn in part: what is left stands as a new version, on the same paper.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{Category, ConsentEffect, ConsentForm, NoticeKind, Sensitivity, WithdrawnPart};
use renkei_tests::database::Engine;

use super::{Audience, withdraw};
use crate::{
    calls::count_of,
    refusal::expect_invalid,
    region::{form_all, form_organizations, form_person},
};

crate::on_both_engines!(what_is_left_stands_as_a_new_version);

const NORMAL: &[&str] = &["連絡", "薬剤"];
const NONE: &[&str] = &[];

async fn what_is_left_stands_as_a_new_version(engine: Engine) -> Result<()> {
    let audience = Audience::gather(engine).await?;
    let (nurse, manager) = (&audience.circle.nurse.session, &audience.circle.manager.session);
    let doctor = &audience.circle.doctor.session;
    let part = WithdrawnPart::default;
    let medication = || vec![Category::Medication.into()];
    let station = || vec![nurse.organization()];
    let mental = || vec![Sensitivity::MentalHealth.into()];
    let normal = || vec![Sensitivity::Normal.into()];
    let both = || form_organizations(&[nurse, manager]);
    let guarded = ConsentForm { sensitivities: [normal(), mental()].concat(), ..form_all() };
    let of_medication = ConsentForm { categories: medication(), ..form_all() };
    let message: &[&str] = &["連絡"];
    type Row = (&'static str, ConsentForm, WithdrawnPart, Option<[&'static [&'static str]; 4]>);
    let rows: Vec<Row> = vec![
        ("a category", form_all(), WithdrawnPart { categories: medication(), ..part() }, Some([message; 4])),
        (
            "a sensitivity",
            guarded.clone(),
            WithdrawnPart { sensitivities: mental(), ..part() },
            Some([NORMAL; 4]),
        ),
        (
            "an organisation of a list",
            both(),
            WithdrawnPart { organization_ids: station(), ..part() },
            Some([NONE, NONE, NONE, NORMAL]),
        ),
        (
            "an organisation of all",
            form_all(),
            WithdrawnPart { organization_ids: station(), ..part() },
            Some([NONE, NONE, NONE, NORMAL]),
        ),
        (
            "a person of a list",
            both(),
            WithdrawnPart { person_ids: vec![nurse.person()], ..part() },
            Some([NONE, NONE, NORMAL, NORMAL]),
        ),
        (
            "a category for an organisation",
            form_all(),
            WithdrawnPart { organization_ids: station(), categories: medication(), ..part() },
            Some([message, message, message, NORMAL]),
        ),
        (
            "a sensitivity for a person",
            guarded,
            WithdrawnPart { person_ids: vec![nurse.person()], sensitivities: mental(), ..part() },
            Some([NORMAL, NORMAL, &["連絡", "薬剤", "精神"], &["連絡", "薬剤", "精神"]]),
        ),
        ("the only category", of_medication, WithdrawnPart { categories: medication(), ..part() }, None),
        ("the only sensitivity", form_all(), WithdrawnPart { sensitivities: normal(), ..part() }, None),
        (
            "the only organisation",
            form_organizations(&[nurse]),
            WithdrawnPart { organization_ids: station(), ..part() },
            None,
        ),
        (
            "the person",
            form_person(nurse),
            WithdrawnPart { person_ids: vec![nurse.person()], ..part() },
            None,
        ),
    ];
    for (what, form, part, left) in rows {
        let patient = audience.patient().await?;
        let consent = doctor.consent(&patient, form).await?;
        let before = doctor.list_consents(&patient).await?.remove(0);
        let answer = withdraw(doctor, &patient, &consent, Some(part)).await.context(what)?;
        let after = answer.into_inner().consent.context("consent")?;
        ensure!(after.consent_id == consent && after.paper_attachment_id == before.paper_attachment_id);
        ensure!(after.withdraw_time.is_some() == left.is_none(), "{what}: {after:?}");
        ensure!(after.version == if left.is_some() { 2 } else { 1 }, "{what}: {after:?}");
        audience.expect(what, &patient, left.unwrap_or([NONE; 4])).await?;
        let told = doctor.all_entries(&patient).await?;
        let (in_part, whole) = (NoticeKind::ConsentWithdrawnInPart, NoticeKind::ConsentWithdrawn);
        let told = (count_of(&told, in_part), count_of(&told, whole));
        ensure!(told == if left.is_some() { (1, 0) } else { (0, 1) }, "{what}: {told:?}");
    }

    // What it does not permit, and a part of a denial.
    let patient = audience.patient().await?;
    let denial = ConsentForm { effect: ConsentEffect::Deny.into(), ..form_all() };
    for (form, part) in [
        (form_all(), part()),
        (form_all(), WithdrawnPart { sensitivities: mental(), ..part() }),
        (
            ConsentForm { categories: medication(), ..form_all() },
            WithdrawnPart { categories: vec![Category::Nursing.into()], ..part() },
        ),
        (form_organizations(&[manager]), WithdrawnPart { organization_ids: station(), ..part() }),
        (denial, WithdrawnPart { categories: medication(), ..part() }),
    ] {
        let what = format!("{part:?} of {form:?}");
        let consent = doctor.consent(&patient, form).await?;
        expect_invalid(withdraw(doctor, &patient, &consent, Some(part)).await, "part").context(what)?;
    }
    Ok(())
}
