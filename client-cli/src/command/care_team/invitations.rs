//! `renkei care-team invitations`: what waits for an answer of the caller's organisation, or of the caller.

use clap::Args;
use renkei_proto::v1::{Invitation, ListInvitationsRequest, patient_service_client::PatientServiceClient};

use crate::{
    command::{Context, care_team::member, pages},
    error::Result,
    output::{
        entry,
        json::Json as _,
        line::{Line, Style},
        time, width,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let invitations = pages::fetch(arguments.limit, async |page_size, page_token| {
        let request = ListInvitationsRequest { page_size, page_token };
        let answer = connection
            .call(request, async |channel, request| {
                PatientServiceClient::new(channel).list_invitations(request).await
            })
            .await?;
        Ok((answer.invitations, answer.next_page_token))
    })
    .await?;
    invitations.note_more(context);
    context.out.list(invitations.items.iter().map(|invitation| invitation.json()).collect(), || {
        if invitations.items.is_empty() {
            return vec![context.line(&msg!("invitations-none"))];
        }
        let room = context.out.columns().unwrap_or(usize::MAX / 2).saturating_sub(4);
        invitations.items.iter().flat_map(|invitation| lines(context.texts, room, invitation)).collect()
    })
}

/// Who invited whom and why, and how to answer. The message is broken to so many columns.
fn lines(texts: &Texts, room: usize, invitation: &Invitation) -> Vec<Line> {
    let member = invitation.member.clone().unwrap_or_default();
    let (invited, answer) = if member::is_person(&member) {
        (msg!("invitation-person"), msg!("invitation-answer-personal", patient = member.patient_id))
    } else {
        let invited = msg!("invitation-organization", organization = member.organization_name);
        (invited, msg!("invitation-answer", patient = member.patient_id))
    };
    let time = time::local(member.invite_time.as_ref());
    let mut lines = vec![
        Line::plain(format!("{time}  "))
            .and(Style::Strong, entry::actor(texts, member.invited_by.as_ref()))
            .and(Style::Plain, format!("  {}", texts.format(&invited))),
    ];
    if invitation.damaged {
        lines.push(Line::styled(Style::Alarm, texts.get("entry-damaged")).indented(4));
    }
    lines
        .extend(width::wrap(&invitation.message, room).into_iter().map(|line| Line::plain(line).indented(4)));
    lines.push(Line::plain(texts.format(&answer)).indented(4));
    lines.push(Line::empty());
    lines
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::{Actor, CareTeamMember, Role};

    use super::*;
    use crate::text::Language;

    fn invitation(organization: &str, person: &str) -> Invitation {
        let member = CareTeamMember {
            patient_id: "p".into(),
            organization_name: organization.into(),
            person_id: person.into(),
            person_name: person.into(),
            invited_by: Some(Actor {
                person_name: "佐藤 次郎".into(),
                organization_name: "あおば診療所".into(),
                role: Role::Doctor.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        Invitation {
            member: Some(member),
            message: "7月から週2回の訪問をお願いします。".into(),
            damaged: false,
        }
    }

    fn shown(invitation: &Invitation) -> Vec<String> {
        lines(&Texts::new(Language::Japanese), 24, invitation).iter().map(Line::text).collect()
    }

    #[test]
    fn an_organisations_invitation_and_a_persons_own_are_told_apart() {
        assert_eq!(
            shown(&invitation("ひまわり訪問看護ステーション", "")),
            [
                "  佐藤 次郎（医師・あおば診療所）  ひまわり訪問看護ステーション への招待",
                "    7月から週2回の訪問をお願",
                "    いします。",
                "    → renkei care-team accept p   （辞退は decline）",
                "",
            ]
        );
        let own = shown(&invitation("", "鈴木 花子"));
        assert!(own[0].ends_with("あなた個人への招待"), "{own:#?}");
        assert_eq!(own[3], "    → renkei care-team accept p --personal   （辞退は decline）");
    }

    #[test]
    fn what_the_inviter_wrote_cannot_command_the_terminal() {
        let mut bad = invitation("\x1b]0;x\x07", "");
        bad.message = "\x1b[2J\u{202e}".into();
        assert!(!shown(&bad).concat().chars().any(|c| c.is_control() || c == '\u{202e}'));
    }
}
