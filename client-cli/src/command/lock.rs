//! `renkei lock`: whoever sits down here next finds nobody logged in, whether the server can be reached or not.

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
    let mut is_ended = true;
    if profile.session()?.is_some() {
        let answer = context
            .connection()?
            .call(LogoutRequest {}, async |channel, request| {
                AuthServiceClient::new(channel).logout(request).await
            })
            .await;
        // a session that the server does not know any longer has ended too
        is_ended = answer.as_ref().err().is_none_or(|error| error.exit() == Exit::LogIn);
        // also where the server could not be told: without its tokens the session ends by itself
        let _lock = session::lock(profile).await?;
        profile.remove_session()?;
    }
    context.out.one(json!({"session_ended": is_ended}), || {
        vec![context.line(&if is_ended { msg!("locked") } else { msg!("locked-here") })]
    })
}
