//! The entities and the context that the policies speak of.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression as Value,
};
use renkei_oracle::case::{CATEGORIES, Case, PERSONS, ROLES, SENSITIVITIES, may_post, sees_patients};

/// What is the same in every case: the roles with what they may do, and an entry of every kind by everybody.
pub(super) fn entities() -> Entities {
    let mut entities = Vec::new();
    for role in ROLES {
        let posts = may_post(role).iter().map(|category| text(category));
        let attributes =
            [("sees_patients", Value::new_bool(sees_patients(role))), ("posts", Value::new_set(posts))];
        entities.push(entity(uid("Role", role), attributes));
    }
    for category in CATEGORIES {
        for sensitivity in SENSITIVITIES {
            for author in PERSONS {
                let attributes = [
                    ("category", text(category)),
                    ("sensitivity", text(sensitivity)),
                    ("author", Value::new_entity_uid(person(author))),
                ];
                entities.push(entity(entry(category, sensitivity, author), attributes));
            }
        }
    }
    Entities::from_entities(entities, None).expect("each entity once")
}

/// What is so in one case.
pub(super) fn context(case: &Case, sees_anything: bool) -> Context {
    let accepted = || case.organizations.iter().filter(|seat| seat.status == "ACCEPTED");
    let organization = |name: &str| Value::new_entity_uid(uid("Organization", name));
    let assigned = accepted().flat_map(|seat| {
        seat.assigned.iter().map(|name| {
            let person = Value::new_entity_uid(person(name));
            record([("organization", organization(seat.organization)), ("person", person)])
        })
    });
    let in_person = case.persons.iter().filter(|(_, status)| *status == "ACCEPTED");
    let team = record([
        ("organizations", Value::new_set(accepted().map(|seat| organization(seat.organization)))),
        ("open", Value::new_set(accepted().filter(|s| s.shows_all).map(|s| organization(s.organization)))),
        ("assigned", Value::new_set(assigned)),
        ("persons", Value::new_set(in_person.map(|(name, _)| Value::new_entity_uid(person(name))))),
    ]);
    let pairs = [
        ("organization", organization(case.organization)),
        ("role", Value::new_entity_uid(uid("Role", case.role))),
        ("purpose", text(case.purpose)),
        ("now", Value::new_long(case.now)),
        ("active", Value::new_bool(case.active)),
        ("team", team),
        // Without one: it ended before all time.
        ("emergency_ends", Value::new_long(case.emergency_ends.unwrap_or(i64::MIN))),
        ("sees_anything", Value::new_bool(sees_anything)),
    ];
    Context::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value))).expect("each name once")
}

/// A person.
pub(super) fn person(name: &str) -> EntityUid {
    uid("Person", name)
}

/// An entry of this kind.
pub(super) fn entry(category: &str, sensitivity: &str, author: &str) -> EntityUid {
    uid("Entry", &format!("{category} {sensitivity} {author}"))
}

/// A notice.
pub(super) fn notice() -> EntityUid {
    uid("Notice", "any")
}

/// The patient.
pub(super) fn patient() -> EntityUid {
    uid("Patient", "the")
}

/// An action.
pub(super) fn action(name: &str) -> EntityUid {
    uid("Action", name)
}

fn uid(kind: &'static str, name: &str) -> EntityUid {
    // Parsing the name of a type takes longer than deciding.
    static TYPES: LazyLock<HashMap<&str, EntityTypeName>> = LazyLock::new(|| {
        let kinds = ["Person", "Organization", "Role", "Entry", "Notice", "Patient", "Action"];
        kinds.map(|kind| (kind, kind.parse().expect("the name of a type"))).into()
    });
    EntityUid::from_type_name_and_id(TYPES[kind].clone(), EntityId::new(name))
}

fn entity<const N: usize>(uid: EntityUid, attributes: [(&str, Value); N]) -> Entity {
    let attributes: HashMap<_, _> = attributes.map(|(name, value)| (name.to_owned(), value)).into();
    Entity::new(uid, attributes, HashSet::new()).expect("plain values")
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::new_record(fields.map(|(name, value)| (name.to_owned(), value))).expect("each name once")
}

fn text(text: &str) -> Value {
    Value::new_string(text.to_owned())
}
