//! `renkei profile list`.

use clap::Args;
use serde_json::json;

use crate::{
    command::Context,
    error::Result,
    output::{
        table::{Column, Table},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, context: &Context<'_>) -> Result<()> {
    let mut rows = Vec::new();
    for profile in context.home.profiles()? {
        let (enrollment, logged_in) = (profile.enrollment()?, profile.session()?.is_some());
        rows.push((profile.name().to_owned(), enrollment, logged_in));
    }
    let json = rows.iter().map(|(name, enrollment, logged_in)| {
        json!({
            "profile": name,
            "server": enrollment.server,
            "login_name": enrollment.login_name,
            "device_id": enrollment.device_id,
            "device_name": enrollment.device_name,
            "certificate_expire_time": enrollment.certificate_expire_time,
            "logged_in": logged_in,
        })
    });
    context.out.list(json.collect(), || {
        if rows.is_empty() {
            return vec![context.line(&msg!("profiles-none"))];
        }
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Whole, texts.get("column-profile")),
            (Column::Whole, texts.get("column-login-name")),
            (Column::Text, texts.get("column-server")),
            (Column::Whole, texts.get("column-certificate-until")),
            (Column::Whole, texts.get("column-logged-in")),
        ]);
        for (name, enrollment, logged_in) in &rows {
            let until = time::parse(&enrollment.certificate_expire_time).ok();
            let logged_in = texts.get(if *logged_in { "word-yes" } else { "word-no" });
            table.row([
                name.clone(),
                enrollment.login_name.clone(),
                enrollment.server.clone(),
                time::local(until.as_ref()),
                logged_in,
            ]);
        }
        table.lines(context.out.columns())
    })
}
