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
        let answer = context
            .connection()?
            .call(LogoutRequest {}, async |channel, request| {
                AuthServiceClient::new(channel).logout(request).await
            })
            .await;
        match answer {
            // A session that the server does not know any longer has ended too.
            Err(error) if error.exit() != Exit::LogIn => return Err(error),
            _ => {}
        }
        let _lock = session::lock(profile).await?;
        profile.remove_session()?;
    }
    context.out.one(json!({}), || vec![context.line(&msg!("logged-out"))])
}
