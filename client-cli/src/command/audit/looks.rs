//! Accesses in words: when, who, what, which entries, on what ground and for what.

use renkei_proto::v1::{AccessKind, AuditAction, Category, RecordAccess, SeqRange};

use crate::{
    command::provision::rows::{ground, purpose_in_words},
    output::{
        entry,
        label::words,
        line::Line,
        short_id,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
};

/// Keys of the headings.
pub(super) const COLUMNS: [&str; 6] =
    ["column-time", "column-actor", "column-access", "column-items", "column-ground", "column-purpose"];

pub(super) fn table(texts: &Texts, columns: Option<usize>, accesses: &[RecordAccess]) -> Vec<Line> {
    let [time, rest @ ..] = COLUMNS;
    let rest = rest.into_iter().map(|key| (Column::Wrapped, texts.get(key)));
    let mut table = Table::new([(Column::Whole, texts.get(time))].into_iter().chain(rest).collect());
    for access in accesses {
        table.row(cells(texts, access, short_id));
    }
    table.lines(columns)
}

/// The cells under [`COLUMNS`], with each UUID as `id` shows it.
pub(super) fn cells(texts: &Texts, access: &RecordAccess, id: impl Fn(&str) -> &str) -> [String; 6] {
    let items = items(texts, access, &id);
    [
        when(access),
        who(texts, access),
        what(texts, access),
        items,
        ground(texts, &access.break_glass_id, &access.consent_ids, id),
        purpose_in_words(texts, access.purpose()),
    ]
}

/// `2026-07-01 09:30–10:12`, or both days where it went past midnight.
fn when(access: &RecordAccess) -> String {
    let (first, last) = (time::local(access.first_time.as_ref()), time::local(access.last_time.as_ref()));
    if first == last {
        return first;
    }
    match (first.split_once(' '), last.split_once(' ')) {
        (Some((day, _)), Some((same, hour))) if day == same => format!("{first}–{hour}"),
        _ => format!("{first} – {last}"),
    }
}

fn who(texts: &Texts, access: &RecordAccess) -> String {
    by(texts, access.actor.as_ref(), &access.operator, &access.service_account_name)
}

/// Who acted, and through which service account; or whose maintenance it was.
pub(super) fn by(
    texts: &Texts,
    actor: Option<&renkei_proto::v1::Actor>,
    operator: &str,
    service: &str,
) -> String {
    if !operator.is_empty() {
        return texts.format(&msg!("operator", name = operator));
    }
    let actor = entry::actor(texts, actor);
    if service.is_empty() {
        actor
    } else {
        texts.format(&msg!("actor-through", actor = actor, service = service))
    }
}

/// `閲覧（基本情報の閲覧、記録の閲覧） ×3`.
fn what(texts: &Texts, access: &RecordAccess) -> String {
    let actions: Vec<_> = access.actions.iter().map(|action| words::<AuditAction>(texts, *action)).collect();
    let mut actions = actions.join(&texts.get("list-separator"));
    if !access.reason.is_empty() {
        actions = format!("{actions}: {}", access.reason);
    }
    let kind = words::<AccessKind>(texts, access.kind);
    let what = texts.format(&msg!("access-what", kind = kind, actions = actions));
    if access.count == 1 { what } else { format!("{what} ×{}", access.count) }
}

fn items(texts: &Texts, access: &RecordAccess, id: impl Fn(&str) -> &str) -> String {
    let mut items: Vec<_> = access
        .items
        .iter()
        .map(|item| {
            let category = words::<Category>(texts, item.category);
            texts.format(&msg!("provision-entries", category = category, count = item.count))
        })
        .collect();
    if !access.seqs.is_empty() {
        items.push(access.seqs.iter().map(range).collect::<Vec<_>>().join(" "));
    }
    if !access.object_id.is_empty() && access.seqs.is_empty() {
        items.push(id(&access.object_id).to_owned());
    }
    items.join(&texts.get("list-separator"))
}

/// `#3`, or `#3–7`.
pub(super) fn range(range: &SeqRange) -> String {
    if range.first == range.last {
        format!("#{}", range.first)
    } else {
        format!("#{}–{}", range.first, range.last)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use renkei_proto::v1::{Actor, ProvidedItems, PurposeOfUse, Role};

    use super::*;
    use crate::{output::width::width, text::Language};

    /// So many looks in ten minutes after noon in Japan.
    pub(in crate::command::audit) fn access(person: &str, count: i32) -> RecordAccess {
        let at =
            |minutes: i64| Some(prost_types::Timestamp { seconds: 1_782_874_800 + 60 * minutes, nanos: 0 });
        RecordAccess {
            first_time: at(0),
            last_time: at(10),
            actor: Some(Actor {
                person_name: format!("{person} 花子"),
                organization_name: "ひまわり訪問看護ステーション".into(),
                role: Role::Nurse.into(),
                ..Default::default()
            }),
            kind: AccessKind::Viewed.into(),
            actions: vec![AuditAction::PatientRead.into(), AuditAction::EntryRead.into()],
            count,
            items: vec![ProvidedItems { category: Category::VisitNote.into(), count: 2 }],
            seqs: vec![SeqRange { first: 3, last: 4 }, SeqRange { first: 9, last: 9 }],
            consent_ids: vec!["0197f0a0-1a2b-7000-8000-000000000001".into()],
            purpose: PurposeOfUse::Treatment.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_row_says_who_what_when_and_on_what_ground() {
        let texts = Texts::new(Language::Japanese);
        let [when, who, what, items, ground, purpose] = cells(&texts, &access("鈴木", 3), short_id);
        assert!(when.contains('–') && when.len() < 30, "{when}");
        assert!(who.contains("鈴木 花子") && who.contains("看護師"), "{who}");
        assert_eq!(what, "閲覧（基本情報の閲覧、記録の閲覧） ×3");
        assert_eq!(items, "訪問記録 2件、#3–4 #9");
        assert_eq!((ground.as_str(), purpose.as_str()), ("0197f0a0-1a2b", "診療・ケア"));
    }

    #[test]
    fn maintenance_refusals_and_files_say_what_they_are() {
        let texts = Texts::new(Language::Japanese);
        let maintenance = RecordAccess {
            operator: "佐々木".into(),
            kind: AccessKind::Maintenance.into(),
            actions: vec![AuditAction::KeyCreate.into()],
            count: 1,
            ..Default::default()
        };
        let [_, who, what, ..] = cells(&texts, &maintenance, short_id);
        assert_eq!((who.as_str(), what.as_str()), ("保守: 佐々木", "保守（鍵の作成）"));
        let refused = RecordAccess {
            reason: "NOT_FOUND".into(),
            kind: AccessKind::Refused.into(),
            actions: vec![AuditAction::AttachmentRead.into()],
            object_id: "0197f0a0-1a2b-7000-8000-000000000009".into(),
            count: 1,
            ..Default::default()
        };
        let [_, _, what, items, ..] = cells(&texts, &refused, short_id);
        assert!(what.starts_with("拒否（") && what.ends_with("NOT_FOUND）"), "{what}");
        assert_eq!(items, "0197f0a0-1a2b");
    }

    #[test]
    fn the_table_fits_with_kanji() {
        let texts = Texts::new(Language::Japanese);
        let lines: Vec<_> = table(&texts, Some(120), &[access("鈴木", 3)]).iter().map(Line::text).collect();
        assert!(lines.iter().all(|line| width(line) <= 120), "{lines:#?}");
        let rejoined: String = lines.concat().split_whitespace().collect();
        assert!(rejoined.contains("訪問記録2件"), "{lines:#?}");
    }
}
