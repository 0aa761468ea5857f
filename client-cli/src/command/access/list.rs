//! `renkei access list`: everybody who can see something of a patient now, for the custodian organisation.

use clap::Args;
use renkei_proto::v1::{
    AccessReason, ListAccessRequest, PurposeOfUse, Role, SubjectAccess,
    consent_service_client::ConsentServiceClient,
};

use crate::{
    command::{
        Context,
        access::reach,
        pages::{self, ALL},
        resolve,
    },
    error::Result,
    output::{
        json::Json as _,
        label::words,
        line::Line,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let subjects = pages::fetch(ALL, async |page_size, page_token| {
        let request = ListAccessRequest { patient_id: patient_id.clone(), page_size, page_token };
        let answer = connection
            .call(request, async |channel, request| {
                ConsentServiceClient::new(channel).list_access(request).await
            })
            .await?;
        Ok((answer.subjects, answer.next_page_token))
    })
    .await?
    .items;
    context.out.list(subjects.iter().map(|subject| subject.json()).collect(), || {
        if subjects.is_empty() {
            return vec![context.line(&msg!("access-nobody"))];
        }
        table(context.texts, context.out.columns(), &subjects)
    })
}

fn table(texts: &Texts, columns: Option<usize>, subjects: &[SubjectAccess]) -> Vec<Line> {
    let mut table = Table::new(vec![
        (Column::Text, texts.get("column-person")),
        (Column::Whole, texts.get("column-role")),
        (Column::Text, texts.get("column-organization")),
        (Column::Wrapped, texts.get("column-category")),
        (Column::Wrapped, texts.get("column-through")),
        (Column::Whole, texts.get("column-changes")),
    ]);
    for access in subjects {
        let subject = access.subject.clone().unwrap_or_default();
        let readable = reach::chosen(texts, &access.explanations, |one| one.read);
        let mut who = subject.person_name;
        if access.purpose() != PurposeOfUse::Treatment {
            let purpose = words::<PurposeOfUse>(texts, access.purpose);
            who = texts.format(&msg!("access-for", who = who, purpose = purpose));
        }
        table.row([
            who,
            words::<Role>(texts, subject.role),
            subject.organization_name,
            reach::joined(texts, readable.into_iter()),
            through(texts, access),
            time::local(access.change_time.as_ref()),
        ]);
    }
    table.lines(columns)
}

/// The consents that permit, and an emergency access.
fn through(texts: &Texts, access: &SubjectAccess) -> String {
    let readable = || access.explanations.iter().filter(|one| one.read);
    let rules = reach::distinct(readable().flat_map(|one| one.rules.clone()));
    let emergency = readable().any(|one| one.reason() == AccessReason::BreakGlass);
    let emergency = emergency.then(|| words::<AccessReason>(texts, AccessReason::BreakGlass.into()));
    let rules = (!rules.is_empty()).then(|| reach::rules_in_words(texts, &rules));
    reach::joined(texts, rules.into_iter().chain(emergency))
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::{Actor, Category};

    use super::*;
    use crate::{
        command::access::reach::tests::{explanations, rule, some},
        text::Language,
    };

    fn access(name: &str, explanations: Vec<renkei_proto::v1::AccessExplanation>) -> SubjectAccess {
        let subject = Actor {
            person_name: name.into(),
            organization_name: "ひまわり訪問看護ステーション".into(),
            role: Role::Nurse.into(),
            ..Default::default()
        };
        SubjectAccess { subject: Some(subject), explanations, change_time: None, purpose: 1 }
    }

    #[test]
    fn everybody_on_a_row_with_what_and_through_what() {
        let texts = Texts::new(Language::Japanese);
        let all = explanations(|_, _| (true, AccessReason::Permitted, vec![rule(0)]));
        let emergency = explanations(|category, _| match category {
            Category::VisitNote => (true, AccessReason::Permitted, vec![rule(0)]),
            _ => (true, AccessReason::BreakGlass, Vec::new()),
        });
        let subjects = [access("鈴木 花子", all), access("佐藤 一", emergency), access("田中 次郎", some())];
        let lines: Vec<_> = table(&texts, None, &subjects).iter().map(Line::text).collect();
        assert_eq!(lines.len(), 4);
        assert!(
            lines[1].contains("すべての区分（機微情報を含む）") && lines[1].ends_with("0197f0a0-1a2b 第2版")
        );
        assert!(lines[2].ends_with("0197f0a0-1a2b 第2版、緊急アクセス"), "{}", lines[2]);
        assert!(lines[3].contains("文書、薬剤（精神）"), "{}", lines[3]);
    }

    #[test]
    fn nothing_of_it_is_cut_on_a_narrow_terminal() {
        let texts = Texts::new(Language::Japanese);
        let lines = table(&texts, Some(100), &[access("田中 次郎", some())]);
        let lines: Vec<_> = lines.iter().map(Line::text).collect();
        assert!(lines.iter().all(|line| crate::output::width::width(line) <= 100), "{lines:#?}");
        let rejoined: String = lines.concat().split_whitespace().collect();
        assert!(rejoined.contains("（精神）"), "{lines:#?}");
    }
}
