//! `renkei logout`: ends the session at the server and forgets its tokens.

use renkei_proto::v1::{LogoutRequest, auth_service_client::AuthServiceClient};
use serde_json::json;

use crate::{
    command::Context,
    connection::session,
    error::{Exit, Result},
    text::msg,
};

pub(crate) async fn run(context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    profile.enrollment()?;
    if profile.session()?.is_some() {
        end_session(context).await?;
        forget_session(context).await?;
    }
    context.out.one(json!({}), || vec![context.line(&msg!("logged-out"))])
}

/// Ends the session at the server. One that the server does not know any longer has ended too.
pub(super) async fn end_session(context: &Context<'_>) -> Result<()> {
    let answer = context
        .connection()?
        .call(LogoutRequest {}, async |channel, request| {
            AuthServiceClient::new(channel).logout(request).await
        })
        .await;
    match answer {
        Err(error) if error.exit() != Exit::LogIn => Err(error),
        _ => Ok(()),
    }
}

/// Forgets the session's tokens on this computer.
pub(super) async fn forget_session(context: &Context<'_>) -> Result<()> {
    let _lock = session::lock(&context.profile).await?;
    context.profile.remove_session()
}
