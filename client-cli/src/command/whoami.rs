//! `renkei whoami`: who the session acts as, to the server.

use renkei_proto::v1::{PurposeOfUse, WhoAmIRequest, auth_service_client::AuthServiceClient};

use crate::{
    command::Context,
    error::Result,
    output::{entry, json::Json as _, label::words, time},
    text::msg,
};

pub(crate) async fn run(context: &Context<'_>) -> Result<()> {
    let answer = context
        .connection()?
        .call(WhoAmIRequest {}, async |channel, request| {
            AuthServiceClient::new(channel).who_am_i(request).await
        })
        .await?;
    context.out.one(answer.json(), || {
        let identity = answer.identity.clone().unwrap_or_default();
        let server = context.profile.enrollment().map(|enrollment| enrollment.server).unwrap_or_default();
        let purpose = words::<PurposeOfUse>(context.texts, identity.purpose);
        let mut lines = vec![
            context.line(&msg!("whoami-actor", actor = entry::actor(context.texts, identity.actor.as_ref()))),
            context.line(&msg!("whoami-login", login = identity.login_name, server = server)),
            context.line(&msg!("whoami-purpose", purpose = purpose)),
            context.line(&msg!("whoami-until", until = time::local(answer.session_expire_time.as_ref()))),
        ];
        if !identity.service_account_id.is_empty() {
            lines.push(context.line(&msg!("whoami-service", name = identity.service_account_name)));
        }
        lines
    })
}
