//! The record of provision as a document to print and file.

use renkei_proto::v1::Role;

use crate::{
    command::{
        printed::{self, Head, Sheet},
        provision::rows::{self, Row},
    },
    output::label::words,
    text::{Texts, msg},
};

const COLUMNS: [&str; 6] = [
    "column-provision-day",
    "column-organization",
    "column-recipient",
    "column-items",
    "column-ground",
    "column-purpose",
];

/// The whole file.
pub(crate) fn html(texts: &Texts, head: &Head, rows: &[Row]) -> String {
    let sheet = Sheet {
        title: "document-title",
        head,
        facts: Vec::new(),
        columns: &COLUMNS,
        rows: rows.iter().map(|row| cells(texts, row)).collect(),
        nothing: "provisions-none",
        notes: "document-notes",
    };
    printed::html(texts, &sheet)
}

fn cells(texts: &Texts, row: &Row) -> Vec<String> {
    let recipient = texts.format(&msg!(
        "document-recipient",
        name = row.recipient.person_name,
        role = words::<Role>(texts, row.recipient.role)
    ));
    vec![
        row.day.clone(),
        row.recipient.organization_name.clone(),
        recipient,
        row.items.words(texts),
        rows::ground(texts, &row.break_glass_id, &row.consent_ids, |id| id),
        rows::purpose_in_words(texts, row.purpose),
    ]
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::{Actor, Demographics, Period};

    use super::*;
    use crate::{
        command::provision::rows::{merged, tests::provision},
        text::Language,
    };

    fn shown(language: Language, name: &str, recipient: &str) -> String {
        let texts = Texts::new(language);
        let demographics = Demographics { name: name.into(), ..Default::default() };
        let consents = ["0197f0a0-1a2b-7000-8000-000000000001"];
        let head = Head {
            patient_id: "0197f0a0-0000-7000-8000-000000000001".into(),
            demographics: Some(demographics),
            period: Period::default(),
            printed_by: Some(Actor { person_name: "佐藤 一".into(), ..Default::default() }),
            print_time: Some(prost_types::Timestamp { seconds: 1_782_874_800, nanos: 0 }),
        };
        let rows = merged(&[provision(recipient, 0, &consents), provision(recipient, 1, &consents)]);
        html(&texts, &head, &rows)
    }

    #[test]
    fn it_says_who_what_when_to_whom_and_on_what_ground() {
        let document = shown(Language::Japanese, "山田 太郎", "鈴木");
        for part in [
            "<html lang=\"ja\">",
            "<h1>第三者提供の記録</h1>",
            "山田 太郎",
            "0197f0a0-0000-7000-8000-000000000001",
            "佐藤 一",
            "鈴木 花子",
            "ひまわり訪問看護ステーション",
            "訪問記録 2件、薬剤 4件",
            "0197f0a0-1a2b-7000-8000-000000000001",
            "@page { size: A4",
            "<thead>",
        ] {
            assert!(document.contains(part), "{part} is not in {document}");
        }
        assert_eq!(document.matches("<tr><td>").count(), 1, "a day's provisions are one row");
        assert!(shown(Language::English, "A", "B").contains("<html lang=\"en\">"));
    }

    #[test]
    fn nothing_from_others_becomes_markup_and_nothing_is_loaded() {
        let document = shown(
            Language::Japanese,
            "<script>alert('1')</script>&\"\x1b[2J\u{202e}",
            "<img src=x onerror=alert(1)>",
        );
        assert!(!document.contains("<script") && !document.contains("<img"), "{document}");
        assert!(
            document.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"),
            "{document}"
        );
        assert!(!document.contains(['\x1b', '\u{202e}']), "{document}");
        assert!(!document.contains("http://") && !document.contains("https://"), "{document}");
    }

    #[test]
    fn a_record_without_a_row_says_so() {
        let texts = Texts::new(Language::Japanese);
        let period = Period { start: None, end: Some(Default::default()) };
        let head = Head { patient_id: "p".into(), period, ..Default::default() };
        assert!(html(&texts, &head, &[]).contains(&texts.get("provisions-none")));
    }
}
