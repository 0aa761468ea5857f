//! Every kind of form shows what it says to whom it names, and to nobody else.

use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use renkei_proto::v1::{
    Category, ConsentEffect, ConsentException, ConsentForm, Period, PurposeOfUse, Role, Sensitivity,
};
use renkei_tests::database::Engine;

use super::Audience;
use crate::{
    calls::notices,
    region::{form_all, form_organizations, form_person},
};

crate::on_both_engines!(a_form_shows_what_it_says_to_whom_it_names, exceptions_hold_within_their_form);

/// What the forms are, and what the nurse, the same for quality, the worker and the manager see under them.
type Row = (&'static str, Vec<ConsentForm>, [&'static [&'static str]; 4]);

const NORMAL: &[&str] = &["連絡", "薬剤"];
const NONE: &[&str] = &[];

async fn check(audience: &Audience, rows: Vec<Row>) -> Result<()> {
    let doctor = &audience.circle.doctor.session;
    audience.expect("before any consent", &audience.patient().await?, [NONE; 4]).await?;
    for (what, forms, sees) in rows {
        let patient = audience.patient().await?;
        for form in forms {
            doctor.consent(&patient, form).await?;
        }
        audience.expect(what, &patient, sees).await?;
        doctor.expect_texts(&patient, &["連絡", "薬剤", "精神", "感染"]).await?;
    }
    Ok(())
}

async fn a_form_shows_what_it_says_to_whom_it_names(engine: Engine) -> Result<()> {
    let audience = Audience::gather(engine).await?;
    let (nurse, manager) = (&audience.circle.nurse.session, &audience.circle.manager.session);
    let named = |named: &[Sensitivity]| ConsentForm {
        sensitivities: named.iter().map(|it| (*it).into()).collect(),
        ..form_all()
    };
    let purpose = |purpose: PurposeOfUse| ConsentForm { purposes: vec![purpose.into()], ..form_all() };
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    let later = Period { start: Some(tomorrow.into()), end: None };
    let until = Period { start: None, end: Some(tomorrow.into()) };
    let (mental, guarded): (&[_], &[_]) = (&["精神"], &["連絡", "薬剤", "精神"]);
    check(
        &audience,
        vec![
            ("all members", vec![form_all()], [NORMAL; 4]),
            ("one organisation", vec![form_organizations(&[nurse])], [NORMAL, NORMAL, NORMAL, NONE]),
            ("two organisations", vec![form_organizations(&[nurse, manager])], [NORMAL; 4]),
            ("one person", vec![form_person(nurse)], [NORMAL, NORMAL, NONE, NONE]),
            (
                "one role",
                vec![ConsentForm { roles: vec![Role::CareWorker.into()], ..form_all() }],
                [NONE, NONE, NORMAL, NONE],
            ),
            (
                "one category",
                vec![ConsentForm { categories: vec![Category::Medication.into()], ..form_all() }],
                [&["薬剤"]; 4],
            ),
            (
                "a sensitivity beside normal",
                vec![named(&[Sensitivity::Normal, Sensitivity::MentalHealth])],
                [guarded; 4],
            ),
            ("a sensitivity alone", vec![named(&[Sensitivity::MentalHealth])], [mental; 4]),
            ("for treatment", vec![purpose(PurposeOfUse::Treatment)], [NORMAL, NONE, NORMAL, NORMAL]),
            ("for quality", vec![purpose(PurposeOfUse::QualityImprovement)], [NONE, NORMAL, NONE, NONE]),
            ("from tomorrow", vec![ConsentForm { period: Some(later), ..form_all() }], [NONE; 4]),
            ("until tomorrow", vec![ConsentForm { period: Some(until), ..form_all() }], [NORMAL; 4]),
            (
                "two forms together",
                vec![
                    form_person(nurse),
                    ConsentForm { categories: vec![Category::Medication.into()], ..form_all() },
                ],
                [NORMAL, NORMAL, &["薬剤"], &["薬剤"]],
            ),
        ],
    )
    .await
}

async fn exceptions_hold_within_their_form(engine: Engine) -> Result<()> {
    let audience = Audience::gather(engine).await?;
    let (nurse, manager) = (&audience.circle.nurse.session, &audience.circle.manager.session);
    let except =
        |form: ConsentForm, exception: ConsentException| ConsentForm { exceptions: vec![exception], ..form };
    let any = ConsentException::default;
    let medication = || vec![Category::Medication.into()];
    let denial = |form: ConsentForm| ConsentForm { effect: ConsentEffect::Deny.into(), ..form };
    let all_sensitivities = ConsentForm {
        sensitivities: vec![
            Sensitivity::Normal.into(),
            Sensitivity::MentalHealth.into(),
            Sensitivity::Infection.into(),
        ],
        ..form_all()
    };
    let of_station =
        except(form_organizations(&[nurse]), ConsentException { categories: medication(), ..any() });
    let (message, no_mental): (&[_], &[_]) = (&["連絡"], &["連絡", "薬剤", "感染"]);
    let organization = || vec![nurse.organization()];
    let rows: Vec<Row> = vec![
        (
            "except an organisation",
            vec![except(form_all(), ConsentException { organization_ids: organization(), ..any() })],
            [NONE, NONE, NONE, NORMAL],
        ),
        (
            "except a person",
            vec![except(form_all(), ConsentException { person_ids: vec![nurse.person()], ..any() })],
            [NONE, NONE, NORMAL, NORMAL],
        ),
        (
            "except a role",
            vec![except(form_all(), ConsentException { roles: vec![Role::CareManager.into()], ..any() })],
            [NORMAL, NORMAL, NORMAL, NONE],
        ),
        (
            "except a category",
            vec![except(
                form_organizations(&[nurse, manager]),
                ConsentException { categories: medication(), ..any() },
            )],
            [message; 4],
        ),
        (
            "except a sensitivity",
            vec![except(
                ConsentForm { ..all_sensitivities },
                ConsentException {
                    sensitivities: vec![Sensitivity::MentalHealth.into()],
                    organization_ids: vec![nurse.organization(), manager.organization()],
                    ..any()
                },
            )],
            [no_mental; 4],
        ),
        (
            "except a category for an organisation",
            vec![except(
                form_all(),
                ConsentException { organization_ids: organization(), categories: medication(), ..any() },
            )],
            [message, message, message, NORMAL],
        ),
        // Its exception wins over the other form, but reaches no further than its own form does.
        ("an exception and another form", vec![of_station, form_all()], [message, message, message, NORMAL]),
        (
            "a denial of an organisation",
            vec![form_all(), denial(form_organizations(&[nurse]))],
            [NONE, NONE, NONE, NORMAL],
        ),
        (
            "a denial before the permission",
            vec![denial(form_person(nurse)), form_all()],
            [NONE, NONE, NORMAL, NORMAL],
        ),
        (
            "a denial of a category",
            vec![
                form_all(),
                denial(ConsentForm { categories: medication(), ..form_organizations(&[manager]) }),
            ],
            [NORMAL, NORMAL, NORMAL, message],
        ),
    ];
    check(&audience, rows).await?;
    // Whoever sees something is told of every consent, also of what it denies to others.
    let patient = audience.patient().await?;
    for form in [form_all(), denial(form_organizations(&[manager]))] {
        audience.circle.doctor.session.consent(&patient, form).await?;
    }
    let seen = nurse.all_entries(&patient).await?;
    let told = notices(&seen)
        .iter()
        .filter(|(_, it)| it.kind() == renkei_proto::v1::NoticeKind::ConsentRecorded)
        .count();
    ensure!(told == 2, "{told} notices of two consents");
    Ok(())
}
