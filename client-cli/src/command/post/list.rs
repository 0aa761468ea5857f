//! Lists that stand for all that is known: what is posted takes the place of the one that counts now, so the person
//! sees that one, and is told what is on it no longer.

use std::time::Duration;

use renkei_proto::v1::{
    AllergyList, Coding, Entry, EntryContent, EntryKind, GetPatientSummaryRequest, ProblemList,
    entry_content::Content, summary_service_client::SummaryServiceClient,
};
use tokio::time::timeout;

use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::Result,
    form::Form,
    input,
    output::{entry, time},
    text::{Message, Texts, msg},
};

/// The list that counts now.
pub(super) enum Current {
    /// There is none that the person may see.
    Nothing,
    Seen(Box<Entry>),
    /// The server could not be asked, or what it has does not open.
    Unseen,
}

/// Whether an entry of the kind takes the place of the one before.
pub(super) fn replaces(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::AllergyList | EntryKind::ProblemList)
}

impl Current {
    /// Asks the server, but does not wait for long: what is posted is to be kept soon.
    pub(super) async fn find(connection: &Connection, patient: &str, kind: EntryKind, offline: bool) -> Self {
        if offline {
            return Self::Unseen;
        }
        match timeout(LONGEST_WAIT, ask(connection, patient, kind)).await {
            Ok(Ok(None)) => Self::Nothing,
            Ok(Ok(Some(entry))) if entry.content.is_some() => Self::Seen(Box::new(entry)),
            _ => Self::Unseen,
        }
    }

    /// What the form begins with.
    pub(super) fn form(&self) -> Option<Form> {
        let Self::Seen(entry) = self else { return None };
        Form::of(entry.content.as_ref()?).ok()
    }

    /// What stands above the form.
    pub(super) fn introduction(&self, texts: &Texts, kind: &str, patient: &str) -> Message {
        match self {
            Self::Nothing => msg!("form-introduction-list-none", kind = kind, patient = patient),
            Self::Unseen => msg!("form-introduction-list-unseen", kind = kind, patient = patient),
            Self::Seen(entry) => {
                let (time, author) = source(texts, entry);
                msg!("form-introduction-list", kind = kind, patient = patient, time = time, author = author)
            }
        }
    }

    /// Tells what the new list leaves out. At a terminal the person confirms it; elsewhere nothing waits for an answer.
    pub(super) async fn give_way(
        &self,
        context: &Context<'_>,
        new: &EntryContent,
        take_back: &Message,
    ) -> Result<()> {
        let entry = match self {
            Self::Nothing => return Ok(()),
            Self::Unseen => {
                context.note(&msg!("list-unseen"));
                return Ok(());
            }
            Self::Seen(entry) => entry,
        };
        let gone = left_out(entry.content.as_ref(), new);
        if gone.is_empty() {
            return Ok(());
        }
        let (time, author) = source(context.texts, entry);
        let items = gone.join(&context.texts.get("list-separator"));
        context.note(&msg!("list-left-out", time = time, author = author, items = items));
        context.note(take_back);
        match input::is_interactive() {
            true => input::confirm(context.texts, &msg!("confirm-list"), false).await,
            false => Ok(()),
        }
    }
}

async fn ask(connection: &Connection, patient: &str, kind: EntryKind) -> Result<Option<Entry>> {
    let patient_id = resolve::patient(connection, patient).await?;
    let request = GetPatientSummaryRequest { patient_id };
    let summary = connection
        .call(request, async |channel, request| {
            SummaryServiceClient::new(channel).get_patient_summary(request).await
        })
        .await?;
    Ok(match kind {
        EntryKind::AllergyList => summary.allergy_list,
        EntryKind::ProblemList => summary.problem_list,
        _ => None,
    })
}

/// When it was posted, and by whom.
fn source(texts: &Texts, entry: &Entry) -> (String, String) {
    (time::local(entry.post_time.as_ref()), entry::actor(texts, entry.author.as_ref()))
}

/// The names of what is on the one list and not on the other: neither under the name nor under the code.
fn left_out(before: Option<&EntryContent>, after: &EntryContent) -> Vec<String> {
    let after = items(after);
    let stays = |item: &Item| {
        after.iter().any(|other| other.name == item.name || item.code.is_some() && other.code == item.code)
    };
    let before = before.map(items).unwrap_or_default();
    before.into_iter().filter(|item| !stays(item)).map(|item| item.name.to_owned()).collect()
}

struct Item<'a> {
    name: &'a str,
    code: Option<(&'a str, &'a str)>,
}

fn items(content: &EntryContent) -> Vec<Item<'_>> {
    let item = |name, code| Item { name: str::trim(name), code: Option::map(code, of_coding) };
    match &content.content {
        Some(Content::AllergyList(AllergyList { allergies, .. })) => {
            allergies.iter().map(|it| item(&it.substance, it.code.as_ref())).collect()
        }
        Some(Content::ProblemList(ProblemList { problems, .. })) => {
            problems.iter().map(|it| item(&it.name, it.code.as_ref())).collect()
        }
        _ => Vec::new(),
    }
}

fn of_coding(coding: &Coding) -> (&str, &str) {
    (&coding.system, &coding.code)
}

const LONGEST_WAIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use renkei_proto::v1::{Actor, Allergy, Problem};

    use super::*;
    use crate::text::Language;

    fn allergies(substances: &[&str]) -> EntryContent {
        let allergy = |substance: &&str| Allergy { substance: (*substance).into(), ..Default::default() };
        let allergies = substances.iter().map(allergy).collect();
        let list = AllergyList { none_known: substances.is_empty(), allergies, ..Default::default() };
        EntryContent { content: Some(Content::AllergyList(list)) }
    }

    fn problem(name: &str, code: &str) -> EntryContent {
        let coding = |code: &str| Coding { system: "icd10".into(), code: code.into(), ..Default::default() };
        let code = Some(code).filter(|code| !code.is_empty()).map(coding);
        let problems = vec![Problem { name: name.into(), code, ..Default::default() }];
        EntryContent { content: Some(Content::ProblemList(ProblemList { problems, ..Default::default() })) }
    }

    #[test]
    fn what_the_new_list_lacks_is_left_out() {
        let before = allergies(&["ペニシリン", "造影剤"]);
        let gone = |after: &[&str]| left_out(Some(&before), &allergies(after));
        assert_eq!(gone(&["卵"]), ["ペニシリン", "造影剤"]);
        assert_eq!(gone(&["卵", " 造影剤"]), ["ペニシリン"]);
        assert_eq!(gone(&["造影剤", "ペニシリン", "卵"]), [""; 0]);
        assert_eq!(gone(&[]), ["ペニシリン", "造影剤"], "none is known any longer");
        assert_eq!(left_out(None, &before), [""; 0]);
    }

    #[test]
    fn what_is_named_otherwise_stays_under_its_code() {
        let before = problem("脳梗塞", "I63");
        assert_eq!(left_out(Some(&before), &problem("脳梗塞後遺症", "I63")), [""; 0]);
        assert_eq!(left_out(Some(&before), &problem("脳梗塞後遺症", "I69")), ["脳梗塞"]);
        // No code is not the same code.
        assert_eq!(left_out(Some(&problem("肺炎", "")), &problem("貧血", "")), ["肺炎"]);
    }

    #[test]
    fn the_form_opens_with_the_list_and_says_whose_place_it_takes() {
        let seen = Current::Seen(Box::new(Entry {
            content: Some(allergies(&["ペニシリン"])),
            author: Some(Actor { person_name: "浅野".into(), ..Default::default() }),
            post_time: Some(prost_types::Timestamp { seconds: 1_790_000_000, nanos: 0 }),
            ..Default::default()
        }));
        let form = seen.form().unwrap();
        for (language, place) in [(Language::English, "takes the place"), (Language::Japanese, "置き換え")]
        {
            let texts = Texts::new(language);
            let above =
                |current: &Current| texts.format(&current.introduction(&texts, "allergy list", "12345"));
            let text = form.text(&texts, &above(&seen));
            assert!(text.contains("ペニシリン") && text.contains("浅野"), "{text}");
            assert!(text.contains("2026-09-") && text.contains(place), "{text}");
            let unseen = above(&Current::Unseen);
            assert!(unseen.contains("12345") && unseen.contains(place), "{unseen}");
            assert!(unseen != above(&Current::Nothing), "{unseen}");
        }
        assert!(Current::Unseen.form().is_none() && Current::Nothing.form().is_none());
    }
}
