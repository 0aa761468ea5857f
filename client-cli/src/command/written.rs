//! What is written down as an entry of any kind: by flags, from a file, or in a form that an editor opens.

use std::time::Duration;

use clap::{Args, builder::TypedValueParser};
use renkei_proto::v1::{EntryContent, EntryKind};
use tokio::time::timeout;

use crate::{
    command::{Context, resolve, template},
    connection::Connection,
    editor::{self, Typed},
    error::{Error, Exit, Result},
    form::Form,
    input,
    output::label::{self, words},
    reflect,
    text::{Message, msg},
};

/// The flags that fill in a form without an editor.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Fields {
    #[arg(long, value_name = "FIELD=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    #[arg(long, value_name = "FILE")]
    form: Option<String>,
}

impl Fields {
    /// Whether an editor is to open the form.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.form.is_none()
    }
}

/// Reads the name of a kind that can be posted.
pub(crate) fn kinds() -> impl TypedValueParser<Value = EntryKind> {
    label::parser_of(
        label::values::<EntryKind>().into_iter().filter(|kind| reflect::blank(*kind).is_some()).collect(),
    )
}

/// The form of a template of the own organisation, by its name.
pub(crate) async fn of_template(
    connection: &Connection,
    name: &str,
    kind: Option<EntryKind>,
) -> Result<Form> {
    let form = Form::of(&template::get(connection, name).await?.content.unwrap_or_default())?;
    match kind {
        Some(kind) if kind != form.kind() => {
            let is = label::name::<EntryKind>(form.kind().into());
            Err(Error::usage(msg!("error-template-kind", text = name, kind = is)))
        }
        _ => Ok(form),
    }
}

/// What the flags make of the form; without any an editor opens it.
pub(crate) async fn content(
    context: &Context<'_>,
    connection: &Connection,
    patient: &str,
    beginning: Form,
    fields: &Fields,
) -> Result<Typed<EntryContent>> {
    let name = match opens_editor(fields) {
        true => patient_name(connection, patient).await?,
        false => String::new(),
    };
    let kind = words::<EntryKind>(context.texts, beginning.kind().into());
    form(context, &msg!("form-introduction", kind = kind, patient = name), beginning, fields).await
}

/// The patient's name for the form of what was written before; what is known of the patient where the server does not
/// answer soon.
pub(crate) async fn name_or_id(connection: &Connection, patient: &str, fields: &Fields) -> String {
    let known = patient.to_owned();
    if !opens_editor(fields) {
        return known;
    }
    match timeout(SOON, patient_name(connection, patient)).await {
        Ok(Ok(name)) if !name.is_empty() => name,
        _ => known,
    }
}

fn opens_editor(fields: &Fields) -> bool {
    fields.is_empty() && input::is_interactive()
}

/// What the flags make of the form under another introduction; without any an editor opens it.
pub(crate) async fn form(
    context: &Context<'_>,
    introduction: &Message,
    beginning: Form,
    fields: &Fields,
) -> Result<Typed<EntryContent>> {
    finished(context, introduction, beginning, fields, Form::content).await
}

/// The same of a template, in which what must be filled in may be missing.
pub(crate) async fn template_form(
    context: &Context<'_>,
    introduction: &Message,
    beginning: Form,
    fields: &Fields,
) -> Result<Typed<EntryContent>> {
    finished(context, introduction, beginning, fields, Form::unfinished).await
}

async fn finished(
    context: &Context<'_>,
    introduction: &Message,
    mut beginning: Form,
    fields: &Fields,
    finish: fn(Form) -> Result<EntryContent>,
) -> Result<Typed<EntryContent>> {
    if let Some(form) = filled(&mut beginning, fields).await? {
        return Ok(Typed::by_flags(finish(form)?));
    }
    if !input::is_interactive() {
        return Err(nothing_given(&beginning));
    }
    let kind = beginning.kind();
    let text = beginning.text(context.texts, &context.texts.format(introduction));
    let read = |text: &str| {
        let form = Form::read(kind, text)?;
        // An empty form is given up, not wrong.
        if form.is_empty() { Ok(None) } else { finish(form).map(Some) }
    };
    let typed = editor::fill_in(context.texts, &context.profile, &text, read).await?;
    match typed.content.clone() {
        Some(content) => Ok(typed.with(content)),
        None => {
            typed.safe()?;
            Err(Error::usage(msg!("error-form-empty")))
        }
    }
}

/// The error where no flag fills in the form, and no editor can open it.
fn nothing_given(form: &Form) -> Error {
    Error::usage(msg!("error-post-empty")).next(msg!("next-fields-empty", fields = form.names()))
}

/// The form with what the flags say; `None` if they say nothing.
pub(crate) async fn filled(beginning: &mut Form, fields: &Fields) -> Result<Option<Form>> {
    if let Some(file) = &fields.form {
        let argument = if file == "-" { file.clone() } else { format!("@{file}") };
        let form = Form::read(beginning.kind(), &input::text(&argument).await?)?;
        return Ok(Some(form));
    }
    for assignment in &fields.set {
        beginning.set(assignment)?;
    }
    Ok((!fields.set.is_empty()).then(|| beginning.clone()))
}

/// The patient is looked up first, so that nobody writes a note for a patient who is not there; if the server cannot
/// be reached the note can be written all the same.
pub(crate) async fn patient_name(connection: &Connection, patient: &str) -> Result<String> {
    let name = async {
        let id = resolve::patient(connection, patient).await?;
        let demographics = resolve::get_patient(connection, &id).await?.demographics;
        Ok(demographics.map_or_else(|| patient.to_owned(), |demographics| demographics.name))
    };
    match name.await {
        Err(error) if Error::exit(&error) == Exit::TryAgain => Ok(patient.to_owned()),
        name => name,
    }
}

/// So long somebody waits for a name who would write without it.
const SOON: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, Texts};

    #[test]
    fn without_a_terminal_the_hint_names_flags_that_every_kind_has() {
        let form = Form::blank(EntryKind::Medication).unwrap();
        for language in [Language::English, Language::Japanese] {
            let said = nothing_given(&form).lines(&Texts::new(language)).join("\n");
            assert!(said.contains("--set") && said.contains("--form") && said.contains("event"), "{said}");
            assert!(!said.contains("--message") && !said.contains("--subjective"), "{said}");
        }
        assert_eq!(nothing_given(&form).exit(), Exit::Usage);
    }
}
