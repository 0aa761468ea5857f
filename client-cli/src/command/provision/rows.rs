//! What was provided, in words; and a day's provisions to the same recipient under the same consents as one.

use std::collections::{BTreeMap, BTreeSet};

use renkei_proto::v1::{Actor, AuditAction, Category, Provision, PurposeOfUse};

use crate::{
    output::{label::words, time},
    text::{Texts, msg},
};

/// The items of one provision or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Items {
    demographics: bool,
    /// Entries by category, in the order of the proto.
    entries: BTreeMap<i32, i64>,
    /// Each once, although a file may be fetched in several parts.
    files: BTreeSet<String>,
}

impl Items {
    pub(crate) fn of(provision: &Provision) -> Self {
        let mut items = Self::default();
        items.add(provision);
        items
    }

    fn add(&mut self, provision: &Provision) {
        self.demographics |= provision.action() == AuditAction::PatientRead;
        if !provision.attachment_id.is_empty() {
            self.files.insert(provision.attachment_id.clone());
        }
        for item in &provision.items {
            *self.entries.entry(item.category).or_default() += i64::from(item.count);
        }
    }

    pub(crate) fn words(&self, texts: &Texts) -> String {
        let mut items = Vec::new();
        if self.demographics {
            items.push(texts.get("provision-demographics"));
        }
        for (category, count) in &self.entries {
            let category = words::<Category>(texts, *category);
            items.push(texts.format(&msg!("provision-entries", category = category, count = count)));
        }
        if !self.files.is_empty() {
            items.push(texts.format(&msg!("provision-files", count = self.files.len())));
        }
        items.join(&texts.get("list-separator"))
    }
}

/// What a provision rests on: the emergency access or the consents, each with its UUID as `id` shows it.
pub(crate) fn ground(
    texts: &Texts,
    break_glass_id: &str,
    consent_ids: &[String],
    id: impl Fn(&str) -> &str,
) -> String {
    let mut grounds: Vec<String> = consent_ids.iter().map(|consent| id(consent).to_owned()).collect();
    if !break_glass_id.is_empty() {
        grounds.push(texts.format(&msg!("break-glass-access", id = id(break_glass_id))));
    }
    grounds.join(&texts.get("list-separator"))
}

/// The purpose where it is another than the usual one.
pub(crate) fn unusual_purpose(texts: &Texts, purpose: PurposeOfUse) -> String {
    if purpose == PurposeOfUse::Treatment { String::new() } else { purpose_in_words(texts, purpose) }
}

/// The purpose; empty where it was not put on record.
pub(crate) fn purpose_in_words(texts: &Texts, purpose: PurposeOfUse) -> String {
    if purpose == PurposeOfUse::Unspecified {
        return String::new();
    }
    words::<PurposeOfUse>(texts, purpose.into())
}

/// Provisions of one day to one recipient on one ground.
#[derive(Debug)]
pub(crate) struct Row {
    /// `YYYY-MM-DD` in the local zone.
    pub(crate) day: String,
    pub(crate) recipient: Actor,
    pub(crate) items: Items,
    pub(crate) consent_ids: Vec<String>,
    pub(crate) break_glass_id: String,
    pub(crate) purpose: PurposeOfUse,
}

/// The rows of provisions that stand oldest first.
pub(crate) fn merged(provisions: &[Provision]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for provision in provisions {
        let day = time::local_day(provision.time.as_ref());
        let recipient = provision.recipient.clone().unwrap_or_default();
        let mut consent_ids = provision.consent_ids.clone();
        consent_ids.sort();
        let same_day = rows.iter_mut().rev().take_while(|row| row.day == day);
        let same = same_day.into_iter().find(|row| {
            is_same(&row.recipient, &recipient)
                && row.consent_ids == consent_ids
                && row.break_glass_id == provision.break_glass_id
                && row.purpose == provision.purpose()
        });
        match same {
            Some(row) => row.items.add(provision),
            None => rows.push(Row {
                day,
                recipient,
                items: Items::of(provision),
                consent_ids,
                break_glass_id: provision.break_glass_id.clone(),
                purpose: provision.purpose(),
            }),
        }
    }
    rows
}

/// The same person as the same; names may have changed meanwhile.
fn is_same(one: &Actor, other: &Actor) -> bool {
    one.person_id == other.person_id && one.organization_id == other.organization_id && one.role == other.role
}

#[cfg(test)]
pub(crate) mod tests {
    use renkei_proto::v1::{ProvidedItems, Role};

    use super::*;
    use crate::{output::short_id, text::Language};

    /// Minutes after noon in Japan. A few of them lead to another day in no zone.
    pub(crate) fn provision(person: &str, minutes: i64, consents: &[&str]) -> Provision {
        Provision {
            time: Some(prost_types::Timestamp { seconds: 1_782_874_800 + 60 * minutes, nanos: 0 }),
            recipient: Some(Actor {
                person_id: person.into(),
                person_name: format!("{person} 花子"),
                organization_name: "ひまわり訪問看護ステーション".into(),
                role: Role::Nurse.into(),
                ..Default::default()
            }),
            action: AuditAction::EntryRead.into(),
            items: vec![
                ProvidedItems { category: Category::Medication.into(), count: 2 },
                ProvidedItems { category: Category::VisitNote.into(), count: 1 },
            ],
            consent_ids: consents.iter().map(|id| (*id).to_owned()).collect(),
            purpose: PurposeOfUse::Treatment.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_day_to_one_recipient_on_one_ground_is_one_row() {
        let texts = Texts::new(Language::Japanese);
        let mut file = provision("a", 1, &["y", "x"]);
        (file.items, file.attachment_id) = (Vec::new(), "f".into());
        file.action = AuditAction::AttachmentRead.into();
        let mut demographics = provision("a", 2, &["x", "y"]);
        (demographics.items, demographics.action) = (Vec::new(), AuditAction::PatientRead.into());
        let mut emergency = provision("a", 4, &[]);
        emergency.break_glass_id = "e".into();
        let rows = merged(&[
            provision("a", 0, &["x", "y"]),
            file.clone(),
            file,
            provision("b", 1, &["x", "y"]),
            demographics,
            provision("a", 3, &["x"]),
            emergency,
            provision("a", 60 * 24, &["x", "y"]),
        ]);
        assert_eq!(rows.len(), 5);
        assert_eq!(rows[0].items.words(&texts), "患者基本情報、訪問記録 1件、薬剤 2件、ファイル 1件");
        assert_eq!(rows[1].recipient.person_id, "b");
        assert_eq!(rows[2].consent_ids, ["x"]);
        assert_eq!(rows[3].break_glass_id, "e");
        assert_ne!(rows[4].day, rows[0].day);
    }

    #[test]
    fn the_ground_names_consents_shortly() {
        let texts = Texts::new(Language::Japanese);
        let consents = ["0197f0a0-1a2b-7000-8000-000000000001", "0197f0a0-1a2c-7000-8000-000000000001"];
        let consents = consents.map(String::from);
        assert_eq!(ground(&texts, "", &consents, short_id), "0197f0a0-1a2b、0197f0a0-1a2c");
        assert_eq!(ground(&texts, &consents[0], &[], short_id), "緊急アクセス 0197f0a0-1a2b");
        assert_eq!(ground(&texts, "", &consents[..1], |id| id), consents[0]);
    }

    #[test]
    fn a_purpose_is_named_where_it_is_known() {
        let texts = Texts::new(Language::Japanese);
        let said = |purpose| (unusual_purpose(&texts, purpose), purpose_in_words(&texts, purpose));
        assert_eq!(said(PurposeOfUse::Unspecified), (String::new(), String::new()));
        assert_eq!(said(PurposeOfUse::Treatment), (String::new(), "診療・ケア".to_owned()));
        assert_eq!(said(PurposeOfUse::Emergency), ("緊急".to_owned(), "緊急".to_owned()));
    }
}
