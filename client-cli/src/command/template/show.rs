//! `renkei template show`: what is filled in, as `renkei template save --form` reads it.

use clap::Args;

use crate::{
    command::{Context, template},
    error::Result,
    form::Form,
    output::{
        entry,
        json::Json as _,
        line::{Line, Style},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    template: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let shown = template::get(&context.connection()?, &arguments.template).await?;
    let form = Form::of(&shown.content.clone().unwrap_or_default())?;
    context.out.one(shown.json(), || {
        let texts = context.texts;
        let (time, actor) =
            (time::local(shown.update_time.as_ref()), entry::actor(texts, shown.actor.as_ref()));
        // A heading that a form passes over.
        let heading = texts.format(&msg!("template-changed", name = shown.name, time = time, actor = actor));
        form.text(texts, &heading)
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(_) => Line::styled(Style::Faint, line),
                None => Line::plain(line),
            })
            .collect()
    })
}
