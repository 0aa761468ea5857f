//! Suspension and affiliations that end: nothing is disclosed after, and somebody can always lift it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::poll;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AffiliationId, AuditEventId, OrganizationId, PatientId, PersonId};
use renkei_domain::identity::{OrganizationKind, Role};
use renkei_domain::{Subject, Timestamp};
use renkei_store::audit::{self, Disclosure, Stamp};
use renkei_store::{Store, StoreError, Tx, identity};
use tokio::sync::oneshot;

use crate::database::Database;
use crate::standing::standing;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later, organization, person};

on_both_engines![
    a_suspension_is_seen_until_it_is_lifted,
    an_affiliation_ends_and_is_taken_up_again,
    suspending_waits_for_an_open_disclosure,
    a_disclosure_waits_for_an_open_suspension_and_finds_it,
    ending_an_affiliation_keeps_disclosures_out,
    of_two_administrators_who_suspend_each_other_one_stays,
    administrators_are_counted_by_what_they_can_do,
];

pub(crate) async fn disclose(
    tx: &mut Tx,
    subject: Subject,
    patient: PatientId,
    person_epoch: i64,
) -> Result<(), StoreError> {
    let act =
        Act { patient: Some(patient), epoch: Some(1), ..Act::of_region(subject, Action::EntryRead, id()) };
    let stamp = Stamp { id: AuditEventId(id()), time: Timestamp(NOW.0), session: None, service: None };
    audit::disclose_in(tx, &[Disclosure { person_epoch, stamp, act }]).await
}

async fn suspend(store: &Store, person: PersonId) -> Result<bool, StoreError> {
    in_tx!(store, [] tx => identity::suspend(tx, person, later(1)).await)
}

async fn suspended_at(store: &Store, person: PersonId) -> Option<Timestamp> {
    in_snapshot!(store, [] conn => identity::person(conn, person).await).unwrap().unwrap().suspended_at
}

async fn a_suspension_is_seen_until_it_is_lifted(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let doctor = world.doctor.person;
    let active = || async {
        let standing = standing(&db.store, patient, &world.doctor).await;
        (standing.active, standing.person_epoch)
    };
    assert_eq!((active().await, suspended_at(&db.store, doctor).await), ((true, 0), None));
    for expected in [true, false] {
        assert_eq!(suspend(&db.store, doctor).await.unwrap(), expected);
        assert_eq!(active().await, (false, 1));
        assert_eq!(suspended_at(&db.store, doctor).await, Some(later(1)));
    }
    for expected in [true, false] {
        let lifted = in_tx!(db.store, [] tx => identity::reinstate(tx, doctor).await);
        assert_eq!((lifted.unwrap(), active().await), (expected, (true, 2)));
    }
    assert_eq!(suspended_at(&db.store, doctor).await, None);
    assert!(!suspend(&db.store, PersonId(id())).await.unwrap());
    assert_eq!(standing(&db.store, patient, &world.nurse).await.person_epoch, 0, "nobody else");
}

async fn an_affiliation_ends_and_is_taken_up_again(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let doctor = world.doctor;
    let ended = || async {
        in_tx!(db.store, [] tx => identity::end_affiliation(tx, doctor.affiliation, later(1)).await).unwrap()
    };
    let here = || async {
        let people = in_snapshot!(db.store, [] conn =>
            identity::people(conn, Some(doctor.organization), "", 9).await);
        let standing = standing(&db.store, patient, &doctor).await;
        (people.unwrap().len(), standing.active, standing.person_epoch)
    };
    let employ_as = |role| {
        let (store, new) = (db.store.clone(), AffiliationId(id()));
        async move {
            in_tx!(store, [] tx =>
                identity::insert_affiliation(tx, new, doctor.person, doctor.organization, role, NOW).await)
        }
    };
    let employ = || employ_as(doctor.role);
    assert_eq!(here().await, (1, true, 0));
    assert!(matches!(employ().await, Err(StoreError::Unique)));
    assert_eq!(ended().await, Some(doctor.person));
    assert_eq!(here().await, (0, false, 1));
    let affiliations = in_snapshot!(db.store, [] conn => identity::affiliations(conn, doctor.person).await);
    assert!(affiliations.unwrap().is_empty());
    assert_eq!(ended().await, None, "it ended before");
    let other = employ_as(Role::Dentist).await.unwrap();
    assert_ne!(other, doctor.affiliation, "another role is another affiliation");
    assert_eq!(here().await, (1, false, 1));
    assert_eq!(employ().await.unwrap(), doctor.affiliation, "the same one stands again");
    assert_eq!(here().await, (1, true, 1));
    assert!(matches!(employ().await, Err(StoreError::Unique)));
    let unknown = AffiliationId(id());
    let none = in_tx!(db.store, [] tx => identity::end_affiliation(tx, unknown, NOW).await);
    assert_eq!(none.unwrap(), None);
}

async fn suspending_waits_for_an_open_disclosure(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (subject, doctor) = (world.doctor.subject(), world.doctor.person);
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel();
    let disclosed = Arc::new(AtomicBool::new(false));
    let mut disclosure = pin!(async {
        in_tx!(db.store, [disclosed] tx => {
            disclose(tx, subject, patient, 0).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            disclosed.store(true, Ordering::SeqCst);
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut disclosure).is_pending());
    at_gate.await.unwrap();
    let mut suspended = pin!(async {
        in_tx!(db.store, [disclosed] tx => {
            assert!(identity::suspend(tx, doctor, NOW).await?);
            Ok::<_, StoreError>(disclosed.load(Ordering::SeqCst))
        })
    });
    assert!(poll!(&mut suspended).is_pending());
    db.wait_for_waiters(1).await;
    assert!(poll!(&mut suspended).is_pending());
    open.send(()).unwrap();
    assert!(suspended.await.unwrap(), "suspended while a disclosure was open");
    disclosure.await.unwrap();
}

async fn a_disclosure_waits_for_an_open_suspension_and_finds_it(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (subject, doctor) = (world.doctor.subject(), world.doctor.person);
    for kept in [false, true] {
        let (reached, at_gate) = oneshot::channel();
        let (open, gate) = oneshot::channel();
        let mut suspended = pin!(async {
            in_tx!(db.store, [] tx => {
                identity::suspend(tx, doctor, NOW).await?;
                reached.send(()).unwrap();
                gate.await.unwrap();
                if kept { Ok(()) } else { Err(StoreError::Full) }
            })
        });
        assert!(poll!(&mut suspended).is_pending());
        at_gate.await.unwrap();
        let mut disclosure =
            pin!(async { in_tx!(db.store, [] tx => disclose(tx, subject, patient, 0).await) });
        assert!(poll!(&mut disclosure).is_pending());
        db.wait_for_waiters(1).await;
        assert!(poll!(&mut disclosure).is_pending());
        open.send(()).unwrap();
        assert_eq!(suspended.await.is_ok(), kept);
        match disclosure.await {
            Ok(()) => assert!(!kept, "disclosed to somebody who is suspended"),
            Err(StoreError::EpochChanged) => assert!(kept, "the suspension was undone"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn ending_an_affiliation_keeps_disclosures_out(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (subject, affiliation) = (world.doctor.subject(), world.doctor.affiliation);
    let disclosed = |person_epoch| {
        let store = db.store.clone();
        async move { in_tx!(store, [] tx => disclose(tx, subject, patient, person_epoch).await) }
    };
    disclosed(0).await.unwrap();
    in_tx!(db.store, [] tx => identity::end_affiliation(tx, affiliation, NOW).await).unwrap();
    assert!(matches!(disclosed(0).await, Err(StoreError::EpochChanged)));
    assert!(matches!(disclosed(2).await, Err(StoreError::EpochChanged)));
    disclosed(1).await.unwrap();
}

/// Two administrators at an office.
async fn administrators(db: &Database) -> [(PersonId, AffiliationId); 2] {
    let office = organization("連携拠点", OrganizationKind::CoordinationOffice);
    let at = office.id;
    in_tx!(db.store, [] tx => identity::insert_organization(tx, &office).await).unwrap();
    [administrator(db, "admin-a", at).await, administrator(db, "admin-b", at).await]
}

async fn administrator(db: &Database, login: &str, at: OrganizationId) -> (PersonId, AffiliationId) {
    let (person, affiliation) = (person(login), AffiliationId(id()));
    let who = person.id;
    in_tx!(db.store, [] tx => {
        identity::insert_person(tx, &person).await?;
        identity::insert_affiliation(tx, affiliation, who, at, Role::Administrator, NOW).await
    })
    .unwrap();
    (who, affiliation)
}

/// Suspends, unless nobody could lift it.
async fn suspend_but_the_last(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    identity::suspend(tx, person, NOW).await?;
    if identity::administrators(tx).await? == 0 { Err(StoreError::Full) } else { Ok(()) }
}

async fn of_two_administrators_who_suspend_each_other_one_stays(db: Database) {
    let [(one, _), (other, _)] = administrators(&db).await;
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut first = pin!(async {
        in_tx!(db.store, [] tx => {
            suspend_but_the_last(tx, other).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut first).is_pending());
    at_gate.await.unwrap();
    let mut second = pin!(async { in_tx!(db.store, [] tx => suspend_but_the_last(tx, one).await) });
    assert!(poll!(&mut second).is_pending());
    db.wait_for_waiters(1).await;
    open.send(()).unwrap();
    first.await.unwrap();
    assert!(matches!(second.await, Err(StoreError::Full)), "nobody would be left");
    assert_eq!(suspended_at(&db.store, one).await, None);
}

async fn administrators_are_counted_by_what_they_can_do(db: Database) {
    World::new(&db.store).await;
    let count = || async { in_snapshot!(db.store, [] conn => identity::administrators(conn).await).unwrap() };
    assert_eq!(count().await, 0);
    let [(one, _), (_, other)] = administrators(&db).await;
    assert_eq!(count().await, 2);
    suspend(&db.store, one).await.unwrap();
    assert_eq!(count().await, 1);
    in_tx!(db.store, [] tx => identity::end_affiliation(tx, other, NOW).await).unwrap();
    assert_eq!(count().await, 0);
    in_tx!(db.store, [] tx => identity::reinstate(tx, one).await).unwrap();
    assert_eq!(count().await, 1);
}
