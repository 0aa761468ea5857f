//! Documents to print and file: one HTML file that needs nothing else, loads nothing and runs nothing. Whatever comes
//! from others is neutralised and escaped.

use std::path::Path;

use renkei_proto::v1::{
    Actor, Demographics, Patient, Period, WhoAmIRequest, auth_service_client::AuthServiceClient,
};
use serde_json::json;

use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::{Exit, Result},
    output::{entry, sanitize::neutral, time},
    private_file,
    text::{Message, Texts, msg},
};

/// What every document says: about whom, of which time, by whom and when.
#[derive(Default)]
pub(crate) struct Head {
    /// UUID.
    pub(crate) patient_id: String,
    /// Absent where they may not be seen, or do not open.
    pub(crate) demographics: Option<Demographics>,
    pub(crate) period: Period,
    pub(crate) printed_by: Option<Actor>,
    /// On the server's clock.
    pub(crate) print_time: Option<prost_types::Timestamp>,
}

impl Head {
    /// Asks for what is not known yet.
    pub(crate) async fn fetch(
        connection: &Connection,
        patient_id: &str,
        period: Option<Period>,
    ) -> Result<Self> {
        let patient = match resolve::get_patient(connection, patient_id).await {
            Ok(patient) => patient,
            // Whoever may read what was done to a record need not see the patient.
            Err(error) if error.exit() == Exit::NotFound => Patient::default(),
            Err(error) => return Err(error),
        };
        let answer = connection
            .call(WhoAmIRequest {}, async |channel, request| {
                AuthServiceClient::new(channel).who_am_i(request).await
            })
            .await?;
        Ok(Self {
            patient_id: patient_id.to_owned(),
            demographics: patient.demographics,
            period: period.unwrap_or_default(),
            printed_by: answer.identity.and_then(|identity| identity.actor),
            print_time: answer.server_time,
        })
    }

    /// Names and values.
    pub(crate) fn facts(&self, texts: &Texts) -> Vec<(String, String)> {
        let fact = |key: &str, value: String| (texts.get(key), value);
        let mut facts = Vec::new();
        if let Some(demographics) = &self.demographics {
            facts.push(fact("document-patient", demographics.name.clone()));
            if let Some(day) = &demographics.birth_date {
                facts.push(fact("column-birth-date", time::day(day)));
            }
            if !demographics.local_identifier.is_empty() {
                facts.push(fact("column-local-identifier", demographics.local_identifier.clone()));
            }
        }
        facts.push(fact("document-patient-id", self.patient_id.clone()));
        facts.push(fact("document-period", texts.format(&period(&self.period))));
        facts.push(fact("document-print-time", time::local(self.print_time.as_ref())));
        facts.push(fact("document-printed-by", entry::actor(texts, self.printed_by.as_ref())));
        facts
    }
}

/// A document: what it says of itself, and a table.
pub(crate) struct Sheet<'a> {
    /// Key of the title.
    pub(crate) title: &'a str,
    pub(crate) head: &'a Head,
    /// What else stands above the rows: name and value.
    pub(crate) facts: Vec<(String, String)>,
    /// Keys of the headings.
    pub(crate) columns: &'a [&'a str],
    pub(crate) rows: Vec<Vec<String>>,
    /// Key of what is said where there is no row.
    pub(crate) nothing: &'a str,
    /// Key of what is said below.
    pub(crate) notes: &'a str,
}

/// The whole file.
pub(crate) fn html(texts: &Texts, sheet: &Sheet<'_>) -> String {
    let title = escaped(&texts.get(sheet.title));
    let facts = sheet.head.facts(texts);
    let head: String = facts
        .iter()
        .chain(&sheet.facts)
        .map(|(name, value)| {
            format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(name), escaped(value))
        })
        .collect();
    let columns: String = sheet
        .columns
        .iter()
        .map(|key| format!("<th scope=\"col\">{}</th>", escaped(&texts.get(key))))
        .collect();
    let rows: String = sheet.rows.iter().map(|cells| table_row(cells)).collect();
    let nothing = if sheet.rows.is_empty() {
        format!("<p>{}</p>\n", escaped(&texts.get(sheet.nothing)))
    } else {
        String::new()
    };
    let notes = escaped(&texts.get(sheet.notes));
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

/// Writes it where nothing stands yet, unless that is to be overwritten, and says so.
pub(crate) fn write(context: &Context<'_>, file: &Path, force: bool, document: &str) -> Result<()> {
    private_file::refuse_overwriting(file, force)?;
    private_file::write(file, document.as_bytes())?;
    context.out.one(json!({"path": file.to_string_lossy()}), || {
        vec![context.line(&msg!("document-written", path = file.display()))]
    })
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

fn table_row(cells: &[String]) -> String {
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
        output::{Format, Output},
        profile::Home,
        text::Language,
    };

    #[test]
    fn a_document_is_closed_to_others_and_overwrites_nothing_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let (home, texts) = (Home::at(folder.path()), Texts::new(Language::English));
        let profile = home.profile("default").unwrap();
        let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };
        let file = folder.path().join("record.html");
        write(&context, &file, false, "old").unwrap();
        assert_eq!(write(&context, &file, false, "new").unwrap_err().exit(), Exit::LocalFile);
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
        write(&context, &file, true, "new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
