//! `renkei lock`: whoever sits down here next finds nobody logged in, whether the server can be reached or not.

use std::time::Duration;

use clap::builder::TypedValueParser;
use serde_json::json;
use tokio::time::timeout;

use super::logout::{end_session, forget_session};
use crate::{command::Context, error::Result, text::msg};

pub(crate) async fn run(context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    profile.enrollment()?;
    let mut is_ended = true;
    if profile.session()?.is_some() {
        is_ended = end_session(context).await.is_ok();
        // also where the server could not be told: without its tokens the session ends by itself
        forget_session(context).await?;
    }
    context.out.one(json!({"session_ended": is_ended}), || {
        vec![context.line(&if is_ended { msg!("locked") } else { msg!("locked-here") })]
    })
}

/// The same without a word, and without waiting long for a server that does not answer.
pub(crate) async fn quietly(context: &Context<'_>) -> Result<()> {
    if context.profile.session()?.is_some() {
        let _ = timeout(PATIENCE, end_session(context)).await;
        forget_session(context).await?;
    }
    Ok(())
}

/// After how many minutes a screen that nobody uses may be locked.
pub(super) fn minutes() -> impl TypedValueParser<Value = u64> {
    clap::value_parser!(u64).range(1..=120)
}

const PATIENCE: Duration = Duration::from_secs(3);
