//! `renkei care-team invitations`: what waits for an answer of the caller's organisation.

use clap::Args;
use renkei_proto::v1::{Invitation, ListInvitationsRequest, patient_service_client::PatientServiceClient};

use crate::{
    command::{Context, pages},
    error::Result,
    output::{
        entry,
        json::Json as _,
        line::{Line, Style},
        time, width,
    },
    text::msg,
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
        invitations.items.iter().flat_map(|invitation| lines(context, invitation)).collect()
    })
}

fn lines(context: &Context<'_>, invitation: &Invitation) -> Vec<Line> {
    let member = invitation.member.clone().unwrap_or_default();
    let inviter = entry::actor(context.texts, member.invited_by.as_ref());
    let time = time::local(member.invite_time.as_ref());
    let mut lines = vec![Line::plain(format!("{time}  ")).and(Style::Strong, inviter)];
    if invitation.damaged {
        lines.push(Line::styled(Style::Alarm, context.texts.get("entry-damaged")).indented(4));
    }
    let room = context.out.columns().unwrap_or(usize::MAX / 2).saturating_sub(4);
    lines
        .extend(width::wrap(&invitation.message, room).into_iter().map(|line| Line::plain(line).indented(4)));
    lines.push(context.line(&msg!("invitation-answer", patient = member.patient_id)).indented(4));
    lines.push(Line::empty());
    lines
}
