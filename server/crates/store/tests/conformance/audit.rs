//! Audit events.

use renkei_domain::audit::{Act, Action, AuditEvent, Decision};
use renkei_domain::id::{AuditEventId, BreakGlassId, ConsentId, PatientId, PersonId, SessionId, uuid_v7};
use renkei_domain::identity::Purpose;
use renkei_domain::{Category, Reason, Subject, Timestamp};
use renkei_store::audit::{self, Disclosure, Stamp};
use renkei_store::{Store, StoreError, patient};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later};

on_both_engines![
    an_event_comes_back_as_it_went_in,
    events_come_in_pages_newest_first,
    a_disclosure_is_recorded_in_its_epoch_only,
    an_event_goes_with_its_act,
    provisions_are_disclosures_to_others,
    provisions_come_in_pages_of_a_period,
];

fn stamp() -> Stamp {
    Stamp { id: AuditEventId(id()), time: NOW, session: None, service: None }
}

async fn events(world: &World, patient: PatientId, before: AuditEventId, limit: i64) -> Vec<AuditEvent> {
    let permit = world.auditor(patient).await;
    in_snapshot!(world.store, [] conn => audit::before(conn, &permit, before, limit).await).unwrap()
}

fn person(event: &AuditEvent) -> Option<PersonId> {
    event.actor.as_ref().map(|actor| actor.person)
}

const LAST: AuditEventId = AuditEventId(Uuid::max());

async fn append(store: &Store, stamp: Stamp, act: &Act) -> Result<(), StoreError> {
    in_tx!(store, [act] tx => audit::append(tx, stamp, &act).await)
}

async fn an_event_comes_back_as_it_went_in(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.reader(patient, &world.doctor).await;
    let object = id();
    let full = Act::permitted(&permit, Action::EntryRead).with_seqs([1, 2, 3, 9]).about(object);
    let mut two = full.clone();
    two.consents = vec![ConsentId(id()), ConsentId(id())];
    two.break_glass = Some(BreakGlassId(id()));
    let coordinating = Subject { purpose: Purpose::CareManagement, ..world.nurse.subject() };
    let refused = Act::refused(coordinating, Action::EntryPost, patient, Reason::CategoryNotConsented);
    let times = [later(1), later(2), later(3)];
    for (act, time) in [&full, &two, &refused].into_iter().zip(times) {
        let stamp = Stamp { time, session: Some(SessionId(id())), ..stamp() };
        append(&db.store, stamp, act).await.unwrap();
    }
    let found = events(&world, patient, LAST, 9).await;
    assert_eq!(found.iter().rev().map(|event| event.time).collect::<Vec<_>>(), times);
    let [denied, both, first] = &found[..] else { panic!("{} events", found.len()) };
    assert_eq!((first.action, first.decision, first.reason), (Action::EntryRead, Decision::Permit, None));
    assert_eq!((first.patient, first.object, &first.seqs), (patient, Some(object), &full.seqs));
    assert_eq!((person(first), &first.consents), (Some(world.doctor.person), &permit.consents().to_vec()));
    assert_eq!((first.purpose, first.break_glass), (Some(Purpose::Treatment), None));
    assert_eq!(both.consents, two.consents);
    assert_eq!((both.purpose, both.break_glass), (Some(Purpose::Emergency), two.break_glass));
    assert_eq!(denied.purpose, Some(Purpose::CareManagement));
    assert_eq!((denied.decision, denied.reason), (Decision::Deny, Some(Reason::CategoryNotConsented)));
    assert!(denied.consents.is_empty() && denied.seqs.0.is_empty() && denied.object.is_none());
    assert_eq!(denied.actor.as_ref().unwrap().organization_name, "みどり訪問看護");
}

async fn events_come_in_pages_newest_first(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let region = Act::of_region(world.doctor.subject(), Action::Login, id());
    let mut ids = Vec::new();
    for _ in 0..5 {
        let stamp = stamp();
        let permit = world.reader(patient, &world.doctor).await;
        append(&db.store, stamp, &Act::permitted(&permit, Action::EntryRead)).await.unwrap();
        ids.insert(0, stamp.id);
        let permit = world.reader(other, &world.doctor).await;
        append(&db.store, self::stamp(), &Act::permitted(&permit, Action::EntryRead)).await.unwrap();
        append(&db.store, self::stamp(), &region).await.unwrap();
    }
    let page = |before, limit| {
        let world = &world;
        async move { events(world, patient, before, limit).await.iter().map(|event| event.id).collect::<Vec<_>>() }
    };
    assert_eq!(page(LAST, 2).await, ids[..2]);
    assert_eq!(page(ids[1], 9).await, ids[2..]);
    assert!(page(ids[4], 9).await.is_empty());
}

async fn a_disclosure_is_recorded_in_its_epoch_only(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let disclose = |patient, epoch| {
        let store = db.store.clone();
        let subject = world.doctor.subject();
        async move {
            let act = Act {
                patient: Some(patient),
                epoch: Some(epoch),
                ..Act::of_region(subject, Action::EntryRead, id())
            };
            in_tx!(store, [] tx => audit::disclose_in(tx, &[Disclosure { person_epoch: 0, stamp: stamp(), act }]).await)
        }
    };
    disclose(patient, 1).await.unwrap();
    in_tx!(db.store, [] tx => patient::raise_epoch(tx, patient).await).unwrap();
    assert!(matches!(disclose(patient, 1).await, Err(StoreError::EpochChanged)));
    assert!(matches!(disclose(patient, 3).await, Err(StoreError::EpochChanged)));
    assert!(matches!(disclose(PatientId(id()), 1).await, Err(StoreError::EpochChanged)));
    disclose(patient, 2).await.unwrap();
    assert_eq!(events(&world, patient, LAST, 9).await.len(), 2);
}

async fn an_event_goes_with_its_act(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.reader(patient, &world.doctor).await;
    let stamp = stamp();
    let act = Act::permitted(&permit, Action::EntryRead);
    let failed = in_tx!(db.store, [act] tx => {
        audit::append(tx, stamp, &act).await?;
        Err::<(), _>(StoreError::EpochChanged)
    });
    assert!(matches!(failed, Err(StoreError::EpochChanged)));
    assert!(events(&world, patient, LAST, 9).await.is_empty());

    append(&db.store, stamp, &act).await.unwrap();
    assert!(matches!(append(&db.store, stamp, &act).await, Err(StoreError::Unique)));
    let nobody = Subject { person: PersonId(id()), ..world.doctor.subject() };
    let nobodys = Act::refused(nobody, Action::EntryRead, patient, Reason::NotFound);
    assert!(matches!(append(&db.store, self::stamp(), &nobodys).await, Err(StoreError::ForeignKey)));
}

const FIRST: AuditEventId = AuditEventId(Uuid::nil());

async fn provisions(
    world: &World,
    patient: PatientId,
    after: AuditEventId,
    (from, until): (Timestamp, Timestamp),
    limit: i64,
) -> Vec<AuditEvent> {
    let (permit, custodian) = (world.auditor(patient).await, world.doctor.organization);
    in_snapshot!(world.store, [] conn =>
        audit::provisions(conn, &permit, after, from, until, custodian, limit).await)
    .unwrap()
}

async fn provisions_are_disclosures_to_others(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let mut expected = Vec::new();
    for &action in Action::ALL {
        for patient in [patient, other] {
            world.invite(patient, &world.nurse).await;
            let invited = world.answerer(patient, &world.nurse).await;
            let of_nurse = Act::permitted(&invited, action).with_seqs([1, 4]);
            let own = Act::permitted(&world.reader(patient, &world.doctor).await, action);
            let refused = Act::refused(world.nurse.subject(), action, patient, Reason::NotFound);
            for (n, act) in [&of_nurse, &own, &refused].into_iter().enumerate() {
                let stamp = stamp();
                append(&db.store, stamp, act).await.unwrap();
                let disclosed =
                    [Action::PatientRead, Action::EntryRead, Action::EntrySearch, Action::AttachmentRead];
                if n == 0 && patient != other && disclosed.contains(&action) {
                    expected.push((stamp.id, action));
                }
            }
            let removed = renkei_domain::patient::MembershipStatus::Removed;
            let place = world.nurse.place();
            in_tx!(db.store, [] tx =>
                renkei_store::care_team::end(tx, &invited, place, removed, NOW).await)
            .unwrap();
        }
    }
    let always = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let found = provisions(&world, patient, FIRST, always, 999).await;
    assert_eq!(found.iter().map(|event| (event.id, event.action)).collect::<Vec<_>>(), expected);
    assert_eq!(expected.len(), 4);
    assert!(found.iter().all(|event| event.seqs == [1, 4].into_iter().collect()));
    assert!(found.iter().all(|event| event.actor.as_ref().unwrap().organization == world.nurse.organization));
}

async fn provisions_come_in_pages_of_a_period(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, [Category::Message]).await;
    let act = Act::permitted(&world.reader(patient, &world.nurse).await, Action::EntryRead);
    let mut ids = Vec::new();
    for n in 0..6 {
        let time = Timestamp(NOW.0 + n);
        // the least id of its microsecond, which is where a period begins or ends
        let id = AuditEventId(uuid_v7(time, [0; 8]));
        append(&db.store, Stamp { id, time, session: None, service: None }, &act).await.unwrap();
        ids.push(id);
    }
    let page = |after, from, until, limit| {
        let world = &world;
        async move {
            let period = (Timestamp(NOW.0 + from), Timestamp(NOW.0 + until));
            let page = provisions(world, patient, after, period, limit).await;
            page.into_iter().map(|event| event.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(FIRST, 1, 5, 9).await, ids[1..5], "to the microsecond, the end not in it");
    assert_eq!(page(FIRST, 1, 5, 2).await, ids[1..3]);
    assert_eq!(page(ids[2], 1, 5, 9).await, ids[3..5]);
    assert_eq!(page(ids[0], 2, 9, 2).await, ids[2..4]);
    assert!(page(FIRST, 6, 9, 9).await.is_empty() && page(FIRST, -9, 0, 9).await.is_empty());
}
