//! `renkei care-team list`: organisations and persons, those who left or were removed too.

use clap::Args;
use renkei_proto::v1::{
    CareTeamMember, ListCareTeamRequest, MembershipStatus, StaffAccess,
    patient_service_client::PatientServiceClient,
};

use crate::{
    command::{Context, care_team::member, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        line::Line,
        table::{Column, Table},
        time,
    },
    text::Texts,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request =
        ListCareTeamRequest { patient_id: resolve::patient(&connection, &arguments.patient).await? };
    let answer = connection
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).list_care_team(request).await
        })
        .await?;
    context.out.list(answer.members.iter().map(|member| member.json()).collect(), || {
        lines(context.texts, &answer.members, context.out.columns())
    })
}

fn lines(texts: &Texts, members: &[CareTeamMember], columns: Option<usize>) -> Vec<Line> {
    let mut table = Table::new(vec![
        (Column::Text, texts.get("column-member")),
        (Column::Whole, texts.get("column-staff")),
        (Column::Whole, texts.get("column-status")),
        (Column::Whole, texts.get("column-since")),
        (Column::Whole, texts.get("column-invited")),
        (Column::Whole, texts.get("column-id")),
    ]);
    for member in members {
        let since = member.end_time.or(member.answer_time).or(member.invite_time);
        let id = if member::is_person(member) { &member.person_id } else { &member.organization_id };
        table.row([
            member::name(member).to_owned(),
            staff(texts, member),
            words::<MembershipStatus>(texts, member.status),
            time::local(since.as_ref()),
            time::local(member.invite_time.as_ref()),
            id.clone(),
        ]);
    }
    table.lines(columns)
}

/// Who of the member sees the patient. Nobody does unless it is accepted.
fn staff(texts: &Texts, member: &CareTeamMember) -> String {
    if member::is_person(member) {
        texts.get("care-team-person")
    } else if member.status == i32::from(MembershipStatus::Accepted) {
        words::<StaffAccess>(texts, member.staff_access)
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    fn member(status: MembershipStatus) -> CareTeamMember {
        CareTeamMember {
            organization_id: "org".into(),
            organization_name: "みどり薬局".into(),
            status: status.into(),
            invite_time: at(1_780_000_000),
            answer_time: at(1_781_000_000),
            staff_access: StaffAccess::Assigned.into(),
            ..Default::default()
        }
    }

    fn row(member: CareTeamMember) -> String {
        lines(&Texts::new(Language::Japanese), &[member], None)[1].text()
    }

    #[test]
    fn an_organisation_shows_which_of_its_staff_see_the_patient() {
        let accepted = row(member(MembershipStatus::Accepted));
        assert!(accepted.starts_with("みどり薬局  担当者のみ  承諾"), "{accepted}");
        assert!(accepted.contains(&time::local(at(1_781_000_000).as_ref())), "{accepted}");
        assert!(accepted.ends_with("  org"), "{accepted}");
        assert!(!row(member(MembershipStatus::Declined)).contains("担当者のみ"));
    }

    #[test]
    fn who_left_is_listed_with_the_time() {
        let ended = at(1_790_000_000);
        for (status, word) in [(MembershipStatus::Left, "退出"), (MembershipStatus::Removed, "除外")] {
            let row = row(CareTeamMember { end_time: ended, ..member(status) });
            assert!(row.contains(word) && row.contains(&time::local(ended.as_ref())), "{row}");
        }
    }

    #[test]
    fn a_person_is_a_member_too() {
        let row = row(CareTeamMember {
            organization_id: String::new(),
            organization_name: String::new(),
            person_id: "person".into(),
            person_name: "鈴木\x1b[2J 花子".into(),
            staff_access: 0,
            ..member(MembershipStatus::Accepted)
        });
        assert!(row.starts_with("鈴木␛[2J 花子  個人"), "{row}");
        assert!(row.ends_with("  person"), "{row}");
    }
}
