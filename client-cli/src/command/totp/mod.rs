//! `renkei totp`: an authenticator app as the second factor, where the server allows it.

mod enroll;
mod recovery_codes;

use crate::{
    command::Context,
    output::line::{Line, Style},
    text::msg,
};

verbs! {
    Enroll => enroll,
    RecoveryCodes => recovery_codes,
}

/// The recovery codes, and what to do with them.
fn recovery_lines(context: &Context<'_>, codes: &[String]) -> Vec<Line> {
    let codes = codes.iter().map(|code| Line::styled(Style::Strong, format!("  {code}")));
    std::iter::once(context.line(&msg!("recovery-codes"))).chain(codes).collect()
}
