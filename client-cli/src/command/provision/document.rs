//! The record of provision as a document to print and file: one HTML file that needs nothing else, loads
//! nothing and runs nothing. Whatever comes from others is neutralised and escaped.

use renkei_proto::v1::{Actor, Demographics, Period, Role};

use crate::{
    command::provision::rows::{self, Row},
    output::{entry, label::words, sanitize::neutral, time},
    text::{Message, Texts, msg},
};

/// What stands in the document.
pub(crate) struct Document<'a> {
    /// UUID.
    pub(crate) patient_id: &'a str,
    /// Absent where they may not be seen, or do not open.
    pub(crate) demographics: Option<&'a Demographics>,
    pub(crate) period: Period,
    pub(crate) printed_by: Option<Actor>,
    /// On the server's clock.
    pub(crate) print_time: Option<prost_types::Timestamp>,
    pub(crate) rows: Vec<Row>,
}

/// The whole file.
pub(crate) fn html(texts: &Texts, document: &Document<'_>) -> String {
    let title = escaped(&texts.get("document-title"));
    let head: String = facts(texts, document)
        .iter()
        .map(|(name, value)| {
            format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(name), escaped(value))
        })
        .collect();
    let columns: String =
        COLUMNS.iter().map(|key| format!("<th scope=\"col\">{}</th>", escaped(&texts.get(key)))).collect();
    let rows: String = document.rows.iter().map(|row| table_row(texts, row)).collect();
    let nothing = if document.rows.is_empty() {
        format!("<p>{}</p>\n", escaped(&texts.get("provisions-none")))
    } else {
        String::new()
    };
    let notes = escaped(&texts.get("document-notes"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <table class=\"facts\">\n{head}</table>\n\
         <table class=\"rows\">\n<thead>\n<tr>{columns}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table>\n\
         {nothing}<p class=\"notes\">{notes}</p>\n</body>\n</html>\n",
        language = escaped(&texts.get("document-language")),
    )
}

/// What stands above the rows: name and value.
fn facts(texts: &Texts, document: &Document<'_>) -> Vec<(String, String)> {
    let fact = |key: &str, value: String| (texts.get(key), value);
    let mut facts = Vec::new();
    if let Some(demographics) = document.demographics {
        facts.push(fact("document-patient", demographics.name.clone()));
        if let Some(day) = &demographics.birth_date {
            facts.push(fact("column-birth-date", time::day(day)));
        }
        if !demographics.local_identifier.is_empty() {
            facts.push(fact("column-local-identifier", demographics.local_identifier.clone()));
        }
    }
    facts.push(fact("document-patient-id", document.patient_id.to_owned()));
    facts.push(fact("document-period", texts.format(&period(&document.period))));
    facts.push(fact("document-print-time", time::local(document.print_time.as_ref())));
    facts.push(fact("document-printed-by", entry::actor(texts, document.printed_by.as_ref())));
    facts
}

fn period(period: &Period) -> Message {
    let from = time::local(period.start.as_ref());
    let until = time::local(period.end.as_ref());
    match (&period.start, &period.end) {
        (Some(_), Some(_)) => msg!("document-from-until", from = from, until = until),
        (Some(_), None) => msg!("document-from", from = from),
        (None, Some(_)) => msg!("document-until", until = until),
        (None, None) => msg!("document-always"),
    }
}

const COLUMNS: [&str; 6] = [
    "column-provision-day",
    "column-organization",
    "column-recipient",
    "column-items",
    "column-ground",
    "column-purpose",
];

fn table_row(texts: &Texts, row: &Row) -> String {
    let recipient = texts.format(&msg!(
        "document-recipient",
        name = row.recipient.person_name,
        role = words::<Role>(texts, row.recipient.role)
    ));
    let cells = [
        row.day.clone(),
        row.recipient.organization_name.clone(),
        recipient,
        row.items.words(texts),
        rows::ground(texts, &row.break_glass_id, &row.consent_ids, |id| id),
        rows::purpose_in_words(texts, row.purpose),
    ];
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
    format!("<tr>{cells}</tr>\n")
}

/// Text as HTML shows it, and never obeys it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in neutral(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

const STYLE: &str = "\
@page { size: A4 portrait; margin: 15mm 12mm 18mm; @bottom-right { content: counter(page) \" / \" counter(pages); font-size: 8pt; } }
body { font-family: \"Hiragino Sans\", \"Yu Gothic\", \"Noto Sans CJK JP\", sans-serif; font-size: 9pt; line-height: 1.4; color: #000; background: #fff; margin: 0 auto; max-width: 186mm; }
h1 { font-size: 14pt; margin: 0 0 4mm; }
table { border-collapse: collapse; width: 100%; margin-bottom: 4mm; }
th, td { border: 0.2mm solid #555; padding: 1mm 1.5mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; font-weight: 600; }
.facts { width: auto; }
.facts th { white-space: nowrap; }
.rows thead { display: table-header-group; }
.rows tr { break-inside: avoid; }
.rows td:first-child { white-space: nowrap; }
.notes { font-size: 8pt; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        command::provision::rows::{merged, tests::provision},
        text::Language,
    };

    fn shown(language: Language, name: &str, recipient: &str) -> String {
        let texts = Texts::new(language);
        let demographics = Demographics { name: name.into(), ..Default::default() };
        let consents = ["0197f0a0-1a2b-7000-8000-000000000001"];
        let document = Document {
            patient_id: "0197f0a0-0000-7000-8000-000000000001",
            demographics: Some(&demographics),
            period: Period::default(),
            printed_by: Some(Actor { person_name: "佐藤 一".into(), ..Default::default() }),
            print_time: Some(prost_types::Timestamp { seconds: 1_782_874_800, nanos: 0 }),
            rows: merged(&[provision(recipient, 0, &consents), provision(recipient, 1, &consents)]),
        };
        html(&texts, &document)
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
        let document = Document {
            patient_id: "p",
            demographics: None,
            period: Period { start: None, end: Some(Default::default()) },
            printed_by: None,
            print_time: None,
            rows: Vec::new(),
        };
        assert!(html(&texts, &document).contains(&texts.get("provisions-none")));
    }
}
