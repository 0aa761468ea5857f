use super::*;
use crate::audit::Decision;
use crate::id::PatientId;

const MINUTE: Duration = Duration::from_secs(60);

/// Person `who`, in a session of the same number, after so many minutes.
fn event(who: u128, action: Action, minutes: u32) -> AuditEvent {
    AuditEvent {
        id: AuditEventId(Uuid::from_u128(u128::from(minutes) << 8 | who)),
        time: Timestamp(1_000_000_000).after(MINUTE * minutes),
        actor: Some(Actor {
            person: PersonId(Uuid::from_u128(who)),
            person_name: "山田 太郎".into(),
            organization: OrganizationId(Uuid::from_u128(9)),
            organization_name: "みどり診療所".into(),
            role: Role::Nurse,
        }),
        operator: None,
        session: Some(SessionId(Uuid::from_u128(who))),
        action,
        decision: Decision::Permit,
        patient: PatientId(Uuid::from_u128(7)),
        object: None,
        seqs: Seqs::default(),
        consents: Vec::new(),
        reason: None,
        purpose: Some(Purpose::Treatment),
        break_glass: None,
        number: None,
        service: None,
    }
}

fn rows(events: impl IntoIterator<Item = AuditEvent>) -> Vec<Access> {
    let mut accesses = Accesses::new(100, Vec::new());
    for event in events {
        assert!(accesses.take(event));
    }
    accesses.into_rows()
}

#[test]
fn reads_of_one_session_are_one_row_whoever_reads_in_between() {
    let mut shown = event(1, Action::EntryRead, 3);
    shown.seqs = [1, 2].into_iter().collect();
    let mut more = event(1, Action::EntryRead, 30);
    more.seqs = [3, 9].into_iter().collect();
    let events = [
        event(1, Action::PatientRead, 0),
        event(2, Action::EntryRead, 1),
        shown,
        event(2, Action::EntryRead, 4),
        more,
    ];
    for turned in [false, true] {
        let mut events = events.to_vec();
        if turned {
            events.reverse();
        }
        let found = rows(events);
        assert_eq!(found.len(), 2);
        let one = &found[usize::from(!turned && found[0].count == 2)];
        assert_eq!((one.count, one.seqs.to_string().as_str()), (3, "1-3,9"));
        assert_eq!(one.last, one.first.after(MINUTE * 30));
        assert_eq!(one.id, event(1, Action::PatientRead, 0).id);
        assert_eq!(one.actions.len(), 2);
    }
}

#[test]
fn maintenance_of_this_record_is_not_that_of_all() {
    let console = |patient| AuditEvent {
        actor: None,
        operator: Some("tanaka".into()),
        session: None,
        purpose: None,
        patient: PatientId(patient),
        ..event(1, Action::KeyCreate, 1)
    };
    assert_eq!(rows([console(Uuid::nil()), console(Uuid::from_u128(7))]).len(), 2);
    assert_eq!(rows([console(Uuid::nil()), console(Uuid::nil())]).len(), 1);
}

#[test]
fn a_pause_another_session_another_ground_and_another_kind_are_rows_of_their_own() {
    let read = |minutes| event(1, Action::EntryRead, minutes);
    assert_eq!(rows([read(0), read(30), read(60)]).len(), 1);
    assert_eq!(rows([read(0), read(31)]).len(), 2);
    assert_eq!(rows([read(31), read(0)]).len(), 2, "newest first");
    let elsewhere = AuditEvent { session: Some(SessionId(Uuid::from_u128(8))), ..read(1) };
    let consented = AuditEvent { consents: vec![ConsentId(Uuid::from_u128(5))], ..read(1) };
    let emergency = AuditEvent { break_glass: Some(BreakGlassId(Uuid::from_u128(6))), ..read(1) };
    let purpose = AuditEvent { purpose: Some(Purpose::CareManagement), ..read(1) };
    let mut role = read(1);
    role.actor = role.actor.map(|actor| Actor { role: Role::Doctor, ..actor });
    for other in [elsewhere, consented, emergency, purpose, role, event(1, Action::EntrySearch, 1)] {
        assert_eq!(rows([read(0), other.clone()]).len(), 2, "{other:?}");
    }
}

#[test]
fn files_and_changes_are_rows_by_what_they_are_about() {
    let about = |action, object, minutes| AuditEvent {
        object: Some(Uuid::from_u128(object)),
        ..event(1, action, minutes)
    };
    let parts = [about(Action::AttachmentRead, 1, 0), about(Action::AttachmentRead, 1, 1)];
    assert_eq!(rows(parts.clone())[0].count, 2, "a file in parts");
    assert_eq!(rows([parts[0].clone(), about(Action::AttachmentRead, 2, 1)]).len(), 2);
    let post =
        |object, seq| AuditEvent { seqs: [seq].into_iter().collect(), ..about(Action::EntryPost, object, 2) };
    let posts = rows([post(3, 7), post(4, 8)]);
    assert_eq!((posts.len(), posts[0].object, posts[0].seqs.to_string().as_str()), (1, None, "7-8"));
    assert_eq!(rows([about(Action::ConsentRecord, 1, 0), about(Action::ConsentWithdraw, 1, 1)]).len(), 2);
}

#[test]
fn the_kind_is_the_first_that_is_true() {
    let kind = |change: fn(&mut AuditEvent)| {
        let mut event = event(1, Action::EntryRead, 0);
        change(&mut event);
        Kind::of(&event)
    };
    assert_eq!(kind(|_| ()), Kind::Viewed);
    assert_eq!(kind(|it| it.break_glass = Some(BreakGlassId(Uuid::nil()))), Kind::Emergency);
    assert_eq!(kind(|it| it.action = Action::BreakGlass), Kind::Emergency);
    let refused = |it: &mut AuditEvent| {
        (it.reason, it.action) = (Some(Reason::BreakGlassDenied), Action::BreakGlass);
    };
    assert_eq!(kind(refused), Kind::Refused);
    let console = |it: &mut AuditEvent| (it.operator, it.action) = (Some("o".into()), Action::PatientShred);
    assert_eq!(kind(console), Kind::Maintenance);
    assert_eq!(kind(|it| it.action = Action::AttachmentRead), Kind::FileOpened);
    assert_eq!(kind(|it| it.action = Action::AuditRead), Kind::LogViewed);
    assert_eq!(kind(|it| it.action = Action::EntryPost), Kind::Changed);
}

#[test]
fn a_page_takes_what_goes_on_with_its_rows_and_nothing_else() {
    let mut page = Accesses::new(1, vec![Kind::Viewed]);
    assert!(page.take(event(1, Action::EntryRead, 0)));
    assert!(page.take(event(2, Action::EntryPost, 0)), "not wanted, and so no row");
    assert!(page.take(event(1, Action::EntryRead, 1)));
    assert!(!page.take(event(2, Action::EntryRead, 2)));
    assert_eq!(page.into_rows()[0].count, 2);
}
