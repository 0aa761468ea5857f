//! A database with data comes over from the first schema: nobody sees more or less than before.

use renkei_domain::id::{
    AffiliationId, AuditEventId, EntryId, OrganizationId, PatientId, PersonId, SessionId,
};
use renkei_domain::identity::{Purpose, Role};
use renkei_domain::patient::{MembershipStatus, Participant, StaffAccess};
use renkei_domain::{Access, Category, Sensitivity, Sight, Timestamp};
use renkei_store::{
    DatabaseUrl, Options, Store, StoreError, audit, care_team, consent, patient, session, timeline,
};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use uuid::Uuid;

use crate::database::{Database, PostgresDatabase, cluster, postgres_options};
use crate::foundation::{Ids, fill};
use crate::world::{Member, NOW, World, id, in_snapshot, in_tx, new_entry};

on_both_engines![a_filled_foundation_comes_over];

async fn a_filled_foundation_comes_over(db: Database) {
    let ids = Ids::new();
    let folder = tempfile::tempdir().unwrap();
    let (options, _place) = match &db.options.url {
        DatabaseUrl::Sqlite(_) => {
            let url = DatabaseUrl::Sqlite(folder.path().join("old.sqlite"));
            (Options { url, max_connections: 2 }, None)
        }
        DatabaseUrl::Postgres(_) => {
            let database = PostgresDatabase::new("template0").await;
            (postgres_options(cluster().database(&database.name)), Some(database))
        }
    };
    fill(&options, ids.rows()).await;
    let applied = [
        "20261122000000_consent_decides",
        "20261123000000_uploads",
        "20261123000100_keys",
        "20261124000000_login_ladder",
        "20261124000100_accounts",
        "20261124000300_audit_log",
        "20261124000400_administrators",
        "20261125000000_authenticators",
        "20261125000100_service_accounts",
        "20261125000200_maintenance",
        "20261126000000_clinical_record",
        "20261126000100_templates_and_reports",
        "20261127000000_kept_files",
        "20261127000100_waiting",
        "20261127000200_marks_are_logged",
        "20261127000300_marks_are_told",
        "20261128000000_observed",
    ];
    assert_eq!(Store::migrate(&options).await.unwrap(), applied);
    let store = Store::open(options.clone()).await.unwrap();
    let member = |person, organization, role, affiliation| Member {
        person: PersonId(person),
        organization: OrganizationId(organization),
        role,
        affiliation: AffiliationId(affiliation),
    };
    let world = World {
        store: store.clone(),
        doctor: member(ids.doctor, ids.clinic, Role::Doctor, ids.employed[0]),
        nurse: member(ids.nurse, ids.station, Role::Nurse, ids.employed[1]),
        pharmacist: member(ids.nurse, ids.pharmacy, Role::Pharmacist, ids.employed[1]),
    };
    consents_came_over(&world, &ids).await;
    access_came_over(&world, &ids).await;
    the_care_team_came_over(&world, &ids).await;
    entries_came_over(&world, &ids).await;
    if let DatabaseUrl::Sqlite(path) = &options.url {
        let mut conn = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
        let broken: Vec<(String,)> = sqlx::query_as("SELECT \"table\" FROM pragma_foreign_key_check")
            .fetch_all(&mut conn)
            .await
            .unwrap();
        assert!(broken.is_empty(), "{broken:?}");
    }
}

async fn consents_came_over(world: &World, ids: &Ids) {
    let patient = PatientId(ids.patient);
    let permit = world.manager(patient).await;
    let stored = in_snapshot!(world.store, [permit] conn => consent::consents(conn, &permit).await).unwrap();
    assert_eq!(stored.len(), 4);
    let rules = in_snapshot!(world.store, [] conn => consent::rules(conn, patient).await).unwrap();
    for (n, (id, form)) in ids.forms().iter().enumerate() {
        let found = stored.iter().find(|found| found.consent.id == *id).unwrap();
        let one = &found.consent;
        assert_eq!((&one.form, one.version), (form, 1));
        assert_eq!(one.paper.map(|paper| paper.0), n.checked_sub(1).map(|n| ids.papers[n]));
        assert_eq!((one.recorded_at, one.recorded_by.person), (Timestamp(9), PersonId(ids.doctor)));
        assert!(found.signer_name.is_none() && one.superseded_at.is_none());
        assert_eq!(one.is_custodian(), n == 0);
        let withdrawn = one.withdrawn.as_ref().map(|(by, at)| (by.person.0, at.0));
        assert_eq!(withdrawn, (n == 3).then_some((ids.doctor, 11)));
        let decide: Vec<_> = rules.iter().filter(|rule| rule.reference.consent == *id).cloned().collect();
        assert_eq!(decide, if n == 3 { Vec::new() } else { form.compile(*id, 1) });
    }
}

async fn access_came_over(world: &World, ids: &Ids) {
    let patient = PatientId(ids.patient);
    let notices = [(Category::Notice, Sensitivity::Normal)];
    let all: Sight =
        Sight::kinds().filter(|(category, _)| category.is_consentable()).chain(notices).collect();
    assert_eq!(world.reader(patient, &world.doctor).await.sight(), all);
    let normal: Sight = all.iter().filter(|(_, sensitivity)| *sensitivity == Sensitivity::Normal).collect();
    assert_eq!(world.reader(patient, &world.nurse).await.sight(), normal);
    let subject = world.nurse.subject();
    let standing = in_snapshot!(world.store, [] conn => patient::standing(conn, patient, &subject).await);
    let standing = standing.unwrap().unwrap();
    assert_eq!((standing.epoch, standing.person_epoch, standing.offered_custodian), (5, 0, None));
    let place = standing.organization.unwrap();
    assert_eq!((place.status, place.staff), (MembershipStatus::Accepted, StaffAccess::All));
    assert!(Access::decide(subject, &standing, NOW).is_visible());

    let session = SessionId(ids.session);
    let found = in_snapshot!(world.store, [] conn => session::by_id(conn, session).await).unwrap().unwrap();
    assert_eq!((found.caller.purpose, found.ended), (Purpose::Treatment, false));
    let (permit, last) = (world.auditor(patient).await, AuditEventId(Uuid::max()));
    let events = in_snapshot!(world.store, [] conn => audit::before(conn, &permit, last, 9).await).unwrap();
    let seen: Vec<_> = events.iter().map(|event| (event.id.0, event.purpose, event.break_glass)).collect();
    assert_eq!(seen, [(ids.event, Some(Purpose::Treatment), None)]);
}

async fn the_care_team_came_over(world: &World, ids: &Ids) {
    let patient = PatientId(ids.patient);
    let permit = world.reader(patient, &world.doctor).await;
    let members = in_snapshot!(world.store, [] conn => care_team::members(conn, &permit).await).unwrap();
    let seen: Vec<_> = members
        .iter()
        .map(|member| (member.participant, member.status, member.staff, member.answered_at, member.ended_at))
        .collect();
    let expected = [
        (ids.clinic, MembershipStatus::Accepted, Some(7)),
        (ids.station, MembershipStatus::Accepted, Some(8)),
        (ids.pharmacy, MembershipStatus::Declined, Some(9)),
        (ids.school, MembershipStatus::Invited, None),
    ];
    let expected = expected.map(|(of, status, at)| {
        let participant = Participant::Organization(OrganizationId(of));
        (participant, status, StaffAccess::All, at.map(Timestamp), None)
    });
    assert_eq!(seen, expected);
}

async fn entries_came_over(world: &World, ids: &Ids) {
    let patient = PatientId(ids.patient);
    let (nurse, doctor) =
        (world.reader(patient, &world.nurse).await, world.poster(patient, &world.doctor).await);
    let entries =
        in_snapshot!(world.store, [nurse] conn => timeline::after(conn, &nurse, 0, 9).await).unwrap();
    let seen: Vec<_> =
        entries.iter().map(|entry| (entry.id.0, entry.category, entry.sensitivity, entry.urgent)).collect();
    let expected = [(ids.entries[0], Category::CarePlan), (ids.entries[1], Category::Message)];
    assert_eq!(seen, expected.map(|(id, category)| (id, category, Sensitivity::Normal, true)));
    assert_eq!(entries[0].body.bytes, [1, 2]);
    let unread =
        in_snapshot!(world.store, [] conn => crate::fixtures::unread_after(conn, &nurse, 0, 9).await);
    assert_eq!(unread.unwrap().len(), 1, "the mark of the categories before is not one of a sight");

    // keys are kept, and the timeline goes on
    let twin = new_entry(EntryId(ids.entries[0]), 3, Category::Message);
    let taken = in_tx!(world.store, [doctor] tx => timeline::insert_notice(tx, &doctor, 3, &twin, NOW).await);
    assert!(matches!(taken, Err(StoreError::Unique)));
    world.post(patient, &world.nurse, Category::Message).await;
    let notice = new_entry(EntryId(id()), 4, Category::Notice);
    in_tx!(world.store, [] tx => timeline::insert_notice(tx, &doctor, 4, &notice, NOW).await).unwrap();
}
