//! Emergency accesses and their reviews.

use renkei_domain::break_glass::{BreakGlassReason, Verdict};
use renkei_domain::id::{BreakGlassId, OrganizationId, PatientId};
use renkei_store::break_glass::{self, StoredBreakGlass};
use renkei_store::{StoreError, patient};
use uuid::Uuid;

use crate::database::Database;
use crate::standing::standing;
use crate::world::{Member, NOW, World, id, in_snapshot, in_tx, later, sealed};

on_both_engines![
    an_emergency_access_comes_back_as_it_went_in,
    it_is_of_one_person_at_one_organization,
    the_one_that_ends_last_counts,
    a_review_is_made_once,
    what_was_not_justified_ends_at_once,
    they_come_in_pages_oldest_first,
    a_custodian_finds_those_of_its_patients,
];

async fn begin(world: &World, patient: PatientId, member: &Member, seconds: i64) -> BreakGlassId {
    let (new, permit) = (BreakGlassId(id()), world.any_answer(patient, member));
    let (reason, ends_at) = (BreakGlassReason::EmergencyTransport, later(seconds));
    in_tx!(world.store, [] tx => {
        patient::raise_epoch(tx, patient).await?;
        break_glass::begin(tx, &permit, new, reason, &sealed("意識がない"), NOW, ends_at).await
    })
    .unwrap();
    new
}

async fn by_id(world: &World, patient: PatientId, id: BreakGlassId) -> Option<StoredBreakGlass> {
    let permit = world.manager(patient).await;
    in_snapshot!(world.store, [] conn => break_glass::by_id(conn, &permit, id).await).unwrap()
}

async fn review(
    world: &World,
    patient: PatientId,
    id: BreakGlassId,
    verdict: Verdict,
    text: Option<&'static str>,
    seconds: i64,
) -> bool {
    let permit = world.manager(patient).await;
    in_tx!(world.store, [] tx => {
        patient::raise_epoch(tx, patient).await?;
        break_glass::review(tx, &permit, id, verdict, text.map(sealed).as_ref(), later(seconds)).await
    })
    .unwrap()
}

async fn an_emergency_access_comes_back_as_it_went_in(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let begun = begin(&world, patient, &world.nurse, 3600).await;
    let stored = by_id(&world, patient, begun).await.unwrap();
    let access = &stored.break_glass;
    assert_eq!(
        (access.id, access.patient, access.reason),
        (begun, patient, BreakGlassReason::EmergencyTransport)
    );
    assert_eq!((access.started_at, access.ends_at), (NOW, later(3600)));
    let nurse = &world.nurse;
    assert_eq!(
        (access.actor.person, access.actor.organization, access.actor.role),
        (nurse.person, nurse.organization, nurse.role)
    );
    assert_eq!(access.actor.organization_name, "みどり訪問看護");
    assert!(access.text.is_none() && access.review.is_none() && stored.review_text.is_none());
    assert_eq!((stored.text.key_version, stored.text.bytes), (1, "意識がない".as_bytes().to_vec()));
    assert!(by_id(&world, other, begun).await.is_none(), "of another patient");

    let permit = world.any_answer(patient, nurse);
    let twin = in_tx!(db.store, [] tx => {
        let reason = BreakGlassReason::Disaster;
        break_glass::begin(tx, &permit, begun, reason, &sealed(""), NOW, NOW).await
    });
    assert!(matches!(twin, Err(StoreError::Unique)));
}

async fn it_is_of_one_person_at_one_organization(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let begun = begin(&world, patient, &world.nurse, 3600).await;
    let open = |patient, member: Member| {
        let store = db.store.clone();
        async move { standing(&store, patient, &member).await.break_glass }
    };
    assert_eq!(open(patient, world.nurse).await, Some((begun, later(3600))));
    assert_eq!(open(other, world.nurse).await, None);
    assert_eq!(open(patient, world.doctor).await, None);
    let elsewhere = Member { organization: world.doctor.organization, ..world.nurse };
    assert_eq!(open(patient, elsewhere).await, None);
}

async fn the_one_that_ends_last_counts(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let mut last = None;
    for seconds in [50, 90, 70] {
        let begun = begin(&world, patient, &world.nurse, seconds).await;
        if seconds == 90 {
            last = Some((begun, later(90)));
        }
    }
    assert_eq!(standing(&db.store, patient, &world.nurse).await.break_glass, last);
    // over or not: the access rule knows the time
    begin(&world, patient, &world.doctor, -5).await;
    let ends_at = standing(&db.store, patient, &world.doctor).await.break_glass.unwrap().1;
    assert_eq!(ends_at, later(-5));
}

async fn a_review_is_made_once(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let begun = begin(&world, patient, &world.nurse, 3600).await;
    assert!(!review(&world, other, begun, Verdict::Justified, None, 1).await, "of another patient");
    assert!(!review(&world, patient, BreakGlassId(id()), Verdict::Justified, None, 1).await, "unknown");
    assert!(review(&world, patient, begun, Verdict::Justified, Some("家族に確認"), 2).await);
    assert!(!review(&world, patient, begun, Verdict::NotJustified, None, 3).await, "reviewed before");
    let stored = by_id(&world, patient, begun).await.unwrap();
    let found = stored.break_glass.review.unwrap();
    assert_eq!((found.verdict, found.reviewed_at, found.text), (Verdict::Justified, later(2), None));
    assert_eq!((found.actor.person, found.actor.role), (world.doctor.person, world.doctor.role));
    assert_eq!(found.actor.organization_name, "ひかり診療所");
    assert_eq!(stored.review_text.unwrap().bytes, "家族に確認".as_bytes());
    assert_eq!(stored.break_glass.ends_at, later(3600), "justified: it goes on");
}

async fn what_was_not_justified_ends_at_once(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (open, over) =
        (begin(&world, patient, &world.nurse, 3600).await, begin(&world, patient, &world.doctor, 5).await);
    for (begun, expected) in [(open, later(60)), (over, later(5))] {
        assert!(review(&world, patient, begun, Verdict::NotJustified, None, 60).await);
        let stored = by_id(&world, patient, begun).await.unwrap();
        assert_eq!(stored.break_glass.ends_at, expected);
        assert!(stored.review_text.is_none());
        assert_eq!(stored.break_glass.review.unwrap().verdict, Verdict::NotJustified);
    }
    let standing = standing(&db.store, patient, &world.nurse).await;
    assert_eq!(standing.break_glass, Some((open, later(60))));
}

const FIRST: BreakGlassId = BreakGlassId(Uuid::nil());

async fn they_come_in_pages_oldest_first(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let mut begun = Vec::new();
    for _ in 0..5 {
        begun.push(begin(&world, patient, &world.nurse, 60).await);
        begin(&world, other, &world.nurse, 60).await;
    }
    assert!(review(&world, patient, begun[1], Verdict::Justified, None, 1).await);
    let permit = world.manager(patient).await;
    let page = |reviewed, after, limit| {
        let (store, permit) = (db.store.clone(), permit.clone());
        async move {
            let page = in_snapshot!(store, [] conn =>
                break_glass::of_patient(conn, &permit, reviewed, after, limit).await);
            page.unwrap().into_iter().map(|stored| stored.break_glass.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(true, FIRST, 2).await, begun[..2]);
    assert_eq!(page(true, begun[1], 9).await, begun[2..]);
    assert_eq!(page(false, FIRST, 2).await, [begun[0], begun[2]]);
    assert_eq!(page(false, begun[4], 2).await, []);
}

async fn a_custodian_finds_those_of_its_patients(db: Database) {
    let world = World::new(&db.store).await;
    let (one, two, foreign) = (world.patient().await, world.patient().await, world.patient().await);
    let mut begun = Vec::new();
    for patient in [one, two, foreign, one] {
        begun.push((patient, begin(&world, patient, &world.nurse, 60).await));
    }
    world.join(foreign, &world.nurse).await;
    let station = world.nurse.organization;
    let manager = world.manager(foreign).await;
    in_tx!(db.store, [] tx => patient::offer_custodian(tx, &manager, Some(station)).await).unwrap();
    let permit = world.access(foreign, &world.nurse).await.answer_custodian_offer().unwrap();
    in_tx!(db.store, [] tx => patient::take_over_custodian(tx, &permit, &sealed("new"), None).await).unwrap();
    assert!(review(&world, two, begun[1].1, Verdict::Justified, None, 1).await);

    let page = |of: OrganizationId, reviewed, after, limit| {
        let store = db.store.clone();
        async move {
            in_snapshot!(store, [] conn =>
                break_glass::of_custodian(conn, of, reviewed, after, limit).await)
            .unwrap()
        }
    };
    let clinic = world.doctor.organization;
    assert_eq!(page(clinic, true, FIRST, 9).await, [begun[0], begun[1], begun[3]]);
    assert_eq!(page(clinic, true, begun[0].1, 1).await, [begun[1]]);
    assert_eq!(page(clinic, false, FIRST, 9).await, [begun[0], begun[3]]);
    assert_eq!(page(station, false, FIRST, 9).await, [begun[2]]);
    assert_eq!(page(world.pharmacist.organization, true, FIRST, 9).await, []);
}
