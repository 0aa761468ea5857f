//! Whether an entry that the server has is the one that a draft wants to be.

use prost_reflect::{DynamicMessage, Value};
use renkei_proto::v1::{Entry, EntryContent};

use crate::{
    draft::{Draft, Request},
    reflect,
};

/// The same words about the same entry. White space at the ends says nothing: the server takes it from lines.
pub(super) fn says_the_same(entry: &Entry, draft: &Draft) -> bool {
    let (amended, reason) =
        entry.amendment.as_ref().map_or(("", ""), |one| (one.entry_id.as_str(), one.reason.trim()));
    match &draft.request {
        Request::Entry(request) => {
            is_same(entry, request.content.as_ref()) && entry.reply_to_entry_id == request.reply_to_entry_id
        }
        Request::Correction(request) => {
            is_same(entry, request.content.as_ref())
                && (amended, reason) == (&*request.corrects_entry_id, request.reason.trim())
        }
        Request::Retraction(request) => {
            (amended, reason) == (&*request.retracts_entry_id, request.reason.trim())
        }
        Request::Consent(_) | Request::Amendment(_) | Request::FormerConsent(_) => false,
    }
}

fn is_same(entry: &Entry, content: Option<&EntryContent>) -> bool {
    let said = |content: Option<&EntryContent>| {
        content.and_then(reflect::said).map(|(kind, said)| (kind, trimmed(&said)))
    };
    let written = said(content);
    written.is_some() && said(entry.content.as_ref()) == written
}

fn trimmed(message: &DynamicMessage) -> DynamicMessage {
    let mut short = message.clone();
    for (field, value) in message.fields() {
        let value = trimmed_value(value);
        if value.is_default_for_field(&field) {
            short.clear_field(&field);
        } else {
            short.set_field(&field, value);
        }
    }
    short
}

fn trimmed_value(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.trim().to_owned()),
        Value::Message(message) => Value::Message(trimmed(message)),
        Value::List(values) => Value::List(values.iter().map(trimmed_value).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::{
        Amendment, CorrectEntryRequest, Memo, PostEntryRequest, RetractEntryRequest, entry_content::Content,
    };

    use super::*;

    fn memo(title: &str) -> Option<EntryContent> {
        let memo = Memo { title: title.into(), ..Default::default() };
        Some(EntryContent { content: Some(Content::Memo(memo)) })
    }

    fn is(entry: &Entry, request: Request) -> bool {
        says_the_same(entry, &Draft::new("a", "12345", request, Vec::new()))
    }

    #[test]
    fn only_an_entry_that_says_what_the_draft_says_is_the_draft() {
        let post = |title| Request::Entry(PostEntryRequest { content: memo(title), ..Default::default() });
        let entry = Entry { content: memo("発赤あり"), ..Default::default() };
        assert!(is(&entry, post("発赤あり")) && is(&entry, post(" 発赤あり ")));
        assert!(!is(&entry, post("発赤なし")), "it was changed after it had arrived");
        assert!(!is(&Entry { damaged: true, ..Default::default() }, post("発赤あり")));

        let amendment = Some(Amendment { entry_id: "b".into(), reason: "誤記".into() });
        let entry = Entry { amendment, ..entry };
        let correct = |of: &str, title| {
            let request = CorrectEntryRequest {
                corrects_entry_id: of.into(),
                reason: "誤記".into(),
                content: memo(title),
                ..Default::default()
            };
            Request::Correction(request)
        };
        assert!(is(&entry, correct("b", "発赤あり")));
        assert!(!is(&entry, correct("c", "発赤あり")) && !is(&entry, correct("b", "発赤なし")));
        let retract = |reason: &str| {
            let request = RetractEntryRequest {
                retracts_entry_id: "b".into(),
                reason: reason.into(),
                ..Default::default()
            };
            Request::Retraction(request)
        };
        assert!(is(&entry, retract("誤記")) && !is(&entry, retract("患者違い")));
    }
}
