//! Consents and their versions.

use renkei_domain::consent::{Effect, Exception, Form, Period, Relation, Scope, Signer, SignerKind};
use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId};
use renkei_domain::identity::{Purpose, Role};
use renkei_domain::{Category, Sensitivity, Timestamp};
use renkei_store::consent::{self, NewVersion, StoredConsent};
use renkei_store::{StoreError, patient};

use crate::database::Database;
use crate::world::{NOW, World, first_version, form, id, in_snapshot, in_tx, later, scope_of, sealed};

on_both_engines![
    every_form_comes_back_as_it_went_in,
    a_consent_names_who_exists,
    consents_come_newest_first,
    a_consent_is_withdrawn_once,
    a_version_replaces_the_one_before_it_if_that_stands,
    the_custodians_own_ends_alone,
];

async fn consents(world: &World, patient: PatientId) -> Vec<StoredConsent> {
    let permit = world.reader(patient, &world.doctor).await;
    in_snapshot!(world.store, [] conn => consent::consents(conn, &permit).await).unwrap()
}

async fn versions(world: &World, patient: PatientId, id: ConsentId) -> Vec<StoredConsent> {
    let permit = world.manager(patient).await;
    in_snapshot!(world.store, [] conn => consent::versions(conn, &permit, id).await).unwrap()
}

fn forms(world: &World) -> Vec<Form> {
    let (station, pharmacy) = (world.nurse.organization, world.pharmacist.organization);
    let date = |text: &str| Some(text.parse().unwrap());
    let full = Form {
        effect: Effect::Permit,
        scope: Scope::Organizations([station, pharmacy].into()),
        roles: Role::ALL.iter().copied().collect(),
        categories: Category::consentable().collect(),
        sensitivities: Sensitivity::ALL.iter().copied().collect(),
        purposes: Purpose::ALL.iter().copied().collect(),
        period: Period { start: later(-5), end: Some(later(5)) },
        exceptions: vec![
            Exception {
                organizations: [station].into(),
                persons: [world.pharmacist.person].into(),
                roles: [Role::Nurse].into(),
                categories: [Category::CarePlan].into(),
                sensitivities: [Sensitivity::Abuse, Sensitivity::Genetic].into(),
            },
            Exception::default(),
        ],
        signer: Some(Signer { kind: SignerKind::Representative, relation: Some(Relation::Guardian) }),
        signed_on: date("2026-11-01"),
        review_on: date("2027-02-28"),
    };
    let ends = [(Timestamp(i64::MIN), Some(Timestamp(i64::MAX))), (NOW, None)];
    let ends = ends.map(|(start, end)| Form { period: Period { start, end }, ..full.clone() });
    vec![
        form(Scope::AllMembers, []),
        form(Scope::Person(world.nurse.person), [Category::Document]),
        form(Scope::Organizations([].into()), [Category::VisitNote]),
        Form { effect: Effect::Deny, ..full.clone() },
        Form { signer: None, signed_on: None, review_on: None, ..full.clone() },
        ends[0].clone(),
        ends[1].clone(),
        full,
    ]
}

async fn every_form_comes_back_as_it_went_in(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.manager(patient).await;
    let mut ids = Vec::new();
    for form in forms(&world) {
        let name = (ids.len() % 2 == 0).then(|| sealed("name"));
        let new = NewVersion { signer_name: name, ..first_version(form.clone()) };
        ids.push((new.id, new.paper, form));
        in_tx!(db.store, [permit] tx => consent::record(tx, &permit, &new, NOW).await).unwrap();
    }
    let stored = consents(&world, patient).await;
    assert_eq!(stored.len(), ids.len() + 1, "with the custodian's own");
    let rules = in_snapshot!(db.store, [] conn => consent::rules(conn, patient).await).unwrap();
    for (n, (id, paper, form)) in ids.iter().enumerate() {
        let found = stored.iter().find(|found| found.consent.id == *id).unwrap();
        let consent = &found.consent;
        assert_eq!((&consent.form, consent.version, consent.paper), (form, 1, *paper));
        assert!(consent.superseded_at.is_none() && consent.withdrawn.is_none());
        assert!(!consent.is_custodian());
        let name = found.signer_name.as_ref().map(|name| (name.key_version, name.bytes.as_slice()));
        assert_eq!(name, (n % 2 == 0).then_some((1, b"name".as_slice())));
        let decide: Vec<_> = rules.iter().filter(|rule| rule.reference.consent == *id).cloned().collect();
        assert_eq!(decide, form.compile(*id, 1));
    }
    assert!(versions(&world, patient, ConsentId(id())).await.is_empty());
}

async fn a_consent_names_who_exists(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.manager(patient).await;
    let known = world.nurse.organization;
    let stands = world.record_consent(patient, form(Scope::AllMembers, [])).await;
    let excepting = |exception| Form { exceptions: vec![exception], ..form(Scope::AllMembers, []) };
    for refused in [
        form(Scope::Person(PersonId(id())), []),
        form(Scope::Organizations([OrganizationId(id())].into()), []),
        form(Scope::Organizations([known, OrganizationId(id())].into()), []),
        excepting(Exception { persons: [PersonId(id())].into(), ..Exception::default() }),
        excepting(Exception { organizations: [known, OrganizationId(id())].into(), ..Exception::default() }),
    ] {
        let (new, next) = (first_version(refused.clone()), first_version(refused));
        let next = NewVersion { id: stands, version: 2, ..next };
        let recorded = in_tx!(db.store, [permit] tx => consent::record(tx, &permit, &new, NOW).await);
        assert!(matches!(recorded, Err(StoreError::ForeignKey)));
        let replaced = in_tx!(db.store, [permit] tx => consent::supersede(tx, &permit, &next, NOW).await);
        assert!(matches!(replaced, Err(StoreError::ForeignKey)));
    }
    let twice = NewVersion { id: stands, ..first_version(form(Scope::AllMembers, [])) };
    let refused = in_tx!(db.store, [permit] tx => consent::record(tx, &permit, &twice, NOW).await);
    assert!(matches!(refused, Err(StoreError::Unique)));
    let count = in_snapshot!(db.store, [] conn => consent::count(conn, &permit).await);
    assert_eq!(count.unwrap(), 2);
}

async fn consents_come_newest_first(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.manager(patient).await;
    let mut ids = Vec::new();
    for seconds in [1, 3, 2, 3] {
        let new = first_version(form(Scope::AllMembers, []));
        ids.push((new.id, new.paper));
        in_tx!(db.store, [permit] tx => consent::record(tx, &permit, &new, later(seconds)).await).unwrap();
    }
    let stored: Vec<_> = consents(&world, patient).await.into_iter().map(|stored| stored.consent).collect();
    let seen: Vec<_> = stored.iter().map(|one| (one.id, one.paper)).collect();
    assert_eq!(seen[..4], [ids[3], ids[1], ids[2], ids[0]]);
    let custodians = stored.last().unwrap();
    assert!(custodians.is_custodian() && custodians.withdrawn.is_none());
    assert_eq!(custodians.form, Form::custodian(world.doctor.organization, NOW));
    assert_eq!((custodians.patient, custodians.recorded_at), (patient, NOW));
    assert_eq!(custodians.recorded_by.person_name, "架空 doctor");
}

async fn a_consent_is_withdrawn_once(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let consent_id = world.record_consent(patient, form(Scope::AllMembers, [])).await;
    let withdraw = |permit: renkei_domain::Permit<renkei_domain::Write>, seconds| {
        let store = db.store.clone();
        async move {
            in_tx!(store, [] tx => consent::withdraw(tx, &permit, consent_id, later(seconds)).await).unwrap()
        }
    };
    assert!(!withdraw(world.manager(other).await, 1).await, "of another patient");
    assert!(withdraw(world.manager(patient).await, 2).await);
    assert!(!withdraw(world.manager(patient).await, 3).await, "withdrawn before");

    let stored = consents(&world, patient).await;
    let consent = &stored.iter().find(|one| one.consent.id == consent_id).unwrap().consent;
    let (by, at) = consent.withdrawn.as_ref().unwrap();
    assert_eq!(
        (by.person, by.organization_name.as_str(), *at),
        (world.doctor.person, "ひかり診療所", later(2))
    );
    let count = in_snapshot!(db.store, [] conn => {
        let permit = patient::standing(conn, patient, &world.doctor.subject()).await?.unwrap();
        Ok::<_, StoreError>(permit.rules.len())
    });
    assert_eq!(count.unwrap(), 1, "the custodian's own");
}

async fn a_version_replaces_the_one_before_it_if_that_stands(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.manager(patient).await;
    let wide = form(scope_of(&world.nurse), []);
    let consent_id = world.record_consent(patient, wide.clone()).await;
    let narrow = form(scope_of(&world.nurse), [Category::Message]);
    let supersede = |version, seconds| {
        let (store, permit) = (db.store.clone(), permit.clone());
        let new = NewVersion { id: consent_id, version, ..first_version(narrow.clone()) };
        async move { in_tx!(store, [] tx => consent::supersede(tx, &permit, &new, later(seconds)).await).unwrap() }
    };
    assert!(!supersede(3, 1).await, "there is no second");
    assert!(supersede(2, 2).await);
    assert!(!supersede(2, 3).await, "the first stands no longer");
    let rules = in_snapshot!(db.store, [] conn => consent::rules(conn, patient).await).unwrap();
    let decide: Vec<_> = rules.into_iter().filter(|rule| rule.reference.consent == consent_id).collect();
    assert_eq!(decide, narrow.compile(consent_id, 2));

    let listed = consents(&world, patient).await;
    assert_eq!(listed.len(), 2, "each consent once");
    let newest = &listed[0].consent;
    assert_eq!((newest.id, newest.version, newest.superseded_at), (consent_id, 2, None));
    let all: Vec<_> =
        versions(&world, patient, consent_id).await.into_iter().map(|one| one.consent).collect();
    assert_eq!(
        all.iter().map(|one| (one.version, &one.form)).collect::<Vec<_>>(),
        [(2, &narrow), (1, &wide)]
    );
    assert_eq!((all[1].recorded_at, all[1].superseded_at), (NOW, Some(later(2))));
    assert_eq!(all[0].recorded_at, later(2));
    assert_ne!(all[0].paper, all[1].paper);

    // withdrawn, no version of it comes back
    world.withdraw_consent(patient, consent_id).await;
    assert!(!supersede(3, 5).await);
    let all = versions(&world, patient, consent_id).await;
    let withdrawn: Vec<_> = all.iter().map(|one| one.consent.withdrawn.is_some()).collect();
    assert_eq!(withdrawn, [true, false]);
    let (rules, count) = in_snapshot!(db.store, [permit] conn => {
        let rules = consent::rules(conn, patient).await?;
        Ok::<_, StoreError>((rules, consent::count(conn, &permit).await?))
    })
    .unwrap();
    assert_eq!((rules.len(), count), (1, 2));
    let foreign = versions(&world, world.patient().await, consent_id).await;
    assert!(foreign.is_empty(), "of another patient");
}

async fn the_custodians_own_ends_alone(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let permit = world.manager(patient).await;
    let signed = NewVersion { paper: None, ..first_version(form(Scope::AllMembers, [])) };
    let unsigned = Form { signer: None, ..form(Scope::AllMembers, []) };
    let on_paper = NewVersion { paper: Some(AttachmentId(id())), ..first_version(unsigned) };
    let stand = [signed.id, on_paper.id];
    let doctor = world.doctor.subject();
    in_tx!(db.store, [permit] tx => {
        consent::record(tx, &permit, &signed, NOW).await?;
        consent::record(tx, &permit, &on_paper, NOW).await?;
        consent::end_custodian(tx, patient, &doctor, later(1)).await
    })
    .unwrap();
    let listed = in_snapshot!(db.store, [] conn => consent::consents(conn, &permit).await).unwrap();
    for StoredConsent { consent, .. } in &listed {
        assert_eq!(consent.withdrawn.is_none(), stand.contains(&consent.id));
        assert_eq!(consent.is_custodian(), !stand.contains(&consent.id));
    }
    assert_eq!(listed.len(), 3);
    let rules = in_snapshot!(db.store, [] conn => consent::rules(conn, other).await).unwrap();
    assert_eq!(rules.len(), 1, "another patient's");
}
