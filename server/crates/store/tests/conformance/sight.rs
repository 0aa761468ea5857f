//! What a permit's sight leaves of a timeline: in SQL the same as [`renkei_domain::Permit::sees`] says.

use renkei_domain::access::{Access, Place};
use renkei_domain::audit::Seqs;
use renkei_domain::consent::{Effect, Form, Rule, Scope};
use renkei_domain::id::{ConsentId, EntryId, PatientId, PersonId};
use renkei_domain::patient::{MembershipStatus, StaffAccess};
use renkei_domain::{Category, Permit, Read, Sensitivity, Sight, Standing};
use renkei_store::timeline::{self, NewEntry, StoredEntry};
use renkei_store::{Store, StoreError, patient};

use crate::database::Database;
use crate::numbers::Numbers;
use crate::world::{Member, NOW, World, form, id, in_snapshot, in_tx, new_entry, scope_of};

on_both_engines![
    every_kind_is_matched_by_itself_only,
    any_sight_leaves_what_the_permit_sees,
    a_read_mark_is_of_one_sight,
    kinds_are_told_by_ranges,
];

type Kind = (Category, Sensitivity);

/// Posts an entry of each kind as `member`, whatever the member may.
async fn post_all(world: &World, patient: PatientId, member: &Member, kinds: &[Kind]) {
    let permit = world.any_answer(patient, member);
    let kinds = kinds.to_vec();
    in_tx!(world.store, [] tx => {
        for (category, sensitivity) in kinds {
            let seq = patient::next_seq(tx, patient).await?.unwrap();
            let new = NewEntry { sensitivity, ..new_entry(EntryId(id()), seq, category) };
            timeline::insert_notice(tx, &permit, seq, &new, NOW).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

async fn after(store: &Store, permit: &Permit<Read>) -> Vec<StoredEntry> {
    in_snapshot!(store, [permit] conn => timeline::after(conn, &permit, 0, 999).await).unwrap()
}

fn seqs(entries: &[StoredEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.seq).collect()
}

/// A permit to read under these rules, as if they were the patient's.
fn under(patient: PatientId, member: &Member, rules: Vec<Rule>) -> Option<Permit<Read>> {
    let place = Place {
        status: MembershipStatus::Accepted,
        staff: StaffAccess::All,
        assigned: false,
        staffed: false,
    };
    let standing = Standing {
        patient,
        epoch: 1,
        person_epoch: 0,
        custodian: member.organization,
        offered_custodian: None,
        active: true,
        organization: Some(place),
        person: None,
        rules,
        break_glass: None,
    };
    Access::decide(member.subject(), &standing, NOW).read_entries().ok()
}

async fn every_kind_is_matched_by_itself_only(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let kinds: Vec<Kind> = Sight::kinds().collect();
    post_all(&world, patient, &world.doctor, &kinds).await;
    let notice = kinds.iter().position(|kind| *kind == (Category::Notice, Sensitivity::Normal)).unwrap();
    for (n, (category, sensitivity)) in kinds.iter().enumerate() {
        if !category.is_consentable() {
            continue;
        }
        let one = Form { sensitivities: [*sensitivity].into(), ..form(Scope::AllMembers, [*category]) };
        let permit = under(patient, &world.nurse, one.compile(ConsentId(id()), 1)).unwrap();
        let seen = after(&db.store, &permit).await;
        let mut expected = [n as i64 + 1, notice as i64 + 1];
        expected.sort_unstable();
        assert_eq!(seqs(&seen), expected, "{category} {sensitivity}, and notices");
        let kinds_seen: Vec<Kind> = seen.iter().map(|entry| (entry.category, entry.sensitivity)).collect();
        assert!(kinds_seen.contains(&(*category, *sensitivity)));
    }
}

fn some<T: Copy + Ord>(of: &[T], numbers: &mut Numbers) -> std::collections::BTreeSet<T> {
    let percent = numbers.below(60);
    of.iter().copied().filter(|_| numbers.chance(percent)).collect()
}

async fn any_sight_leaves_what_the_permit_sees(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let kinds: Vec<Kind> = Sight::kinds().collect();
    post_all(&world, patient, &world.doctor, &kinds).await;
    post_all(&world, patient, &world.nurse, &kinds).await;
    let entries: Vec<(i64, Kind, PersonId)> = (1..)
        .zip(
            kinds.iter().map(|kind| (kind, world.doctor)).chain(kinds.iter().map(|kind| (kind, world.nurse))),
        )
        .map(|(seq, (kind, author))| (seq, *kind, author.person))
        .collect();

    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let (mut own_denied, mut restricted) = (0, 0);
    for _ in 0..40 {
        let mut rules = Vec::new();
        for _ in 0..numbers.below(4) {
            let form = Form {
                effect: *numbers.pick(&[Effect::Permit, Effect::Permit, Effect::Deny]),
                sensitivities: some(Sensitivity::ALL, &mut numbers),
                ..form(scope_of(&world.nurse), some(Category::ALL, &mut numbers))
            };
            rules.extend(form.compile(ConsentId(id()), 1));
        }
        let permit = under(patient, &world.nurse, rules).unwrap();
        let sees = |(_, (category, sensitivity), author): &&(i64, Kind, PersonId)| {
            permit.sees(*category, *sensitivity, *author)
        };
        let expected: Vec<i64> = entries.iter().filter(sees).map(|(seq, ..)| *seq).collect();
        let seen = after(&db.store, &permit).await;
        assert_eq!(seqs(&seen), expected, "{permit:?}");
        // what is read for many is shown to each as what each would read
        let many =
            in_snapshot!(db.store, [permit] conn => timeline::for_many(conn, &permit, 0, 999).await).unwrap();
        assert_eq!(many.len(), entries.len(), "{permit:?}");
        let shown: Vec<i64> =
            many.iter().filter_map(|entry| entry.show(&permit)).map(|entry| entry.seq).collect();
        assert_eq!(shown, expected, "{permit:?}");
        let unread = in_snapshot!(db.store, [permit] conn => crate::fixtures::unread_after(conn, &permit, 0, 999).await);
        let others: Vec<i64> = expected.iter().copied().filter(|seq| *seq <= kinds.len() as i64).collect();
        assert_eq!(seqs(&unread.unwrap()), others, "{permit:?}");
        let own = expected.len() - others.len();
        own_denied += i32::from(own < Category::consentable().count() * Sensitivity::ALL.len());
        restricted += i32::from(seen.iter().any(|entry| entry.sensitivity != Sensitivity::Normal));
    }
    assert!(own_denied > 5 && restricted > 5, "{own_denied} {restricted}");
}

async fn a_read_mark_is_of_one_sight(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (normal, abuse) = ((Category::Message, Sensitivity::Normal), (Category::Message, Sensitivity::Abuse));
    post_all(&world, patient, &world.doctor, &[normal, abuse, normal]).await;
    let narrow = form(Scope::AllMembers, [Category::Message]);
    let wide = Form { sensitivities: Sensitivity::ALL.iter().copied().collect(), ..narrow.clone() };
    let [narrow, wide] =
        [narrow, wide].map(|form| under(patient, &world.nurse, form.compile(ConsentId(id()), 1)).unwrap());
    let unread = |permit: &Permit<Read>| {
        let (store, permit) = (db.store.clone(), permit.clone());
        async move {
            seqs(
                &in_snapshot!(store, [] conn => crate::fixtures::unread_after(conn, &permit, 0, 9).await)
                    .unwrap(),
            )
        }
    };
    for seq in [1, 3] {
        let marked = in_tx!(db.store, [narrow] tx => timeline::mark_read(tx, &narrow, seq, NOW).await);
        assert!(marked.unwrap());
    }
    assert_eq!(unread(&narrow).await, [0; 0]);
    assert_eq!(unread(&wide).await, [2], "restricted content that comes into sight is unread");
}

async fn kinds_are_told_by_ranges(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let plan = (Category::CarePlan, Sensitivity::Normal);
    let note = (Category::VisitNote, Sensitivity::MentalHealth);
    for (member, kind) in [(&world.doctor, plan), (&world.nurse, note), (&world.doctor, note)] {
        post_all(&world, patient, member, &[kind, kind]).await;
        post_all(&world, other, member, &[kind]).await;
    }
    let permit = world.auditor(patient).await;
    let seqs: Seqs = [2, 3, 6, 7].into_iter().collect();
    let kinds = in_snapshot!(db.store, [] conn => timeline::kinds(conn, &permit, &seqs).await).unwrap();
    let (clinic, station) = (world.doctor.organization, world.nurse.organization);
    assert_eq!(
        kinds,
        [
            (2, Category::CarePlan, clinic),
            (3, Category::VisitNote, station),
            (6, Category::VisitNote, clinic)
        ]
    );
}
