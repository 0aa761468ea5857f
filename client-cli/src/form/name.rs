//! How fields are called where a person types them: by the name in the proto, by the label in either language, and
//! the parts of a visit note by their letters.

use std::{collections::BTreeMap, sync::LazyLock};

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use crate::{
    reflect,
    text::{Language, Texts},
};

/// The catalogue in both languages: whoever types one may read the other.
pub(super) static BOTH: LazyLock<[Texts; 2]> =
    LazyLock::new(|| [Texts::new(Language::Japanese), Texts::new(Language::English)]);

/// The field that somebody calls so.
pub(super) fn field(message: &MessageDescriptor, text: &str) -> Option<FieldDescriptor> {
    let text = folded(text);
    message.fields().find(|field| {
        let name = field.name();
        // One item of a list is called by the singular.
        let one = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
        let one = one.or_else(|| name.strip_suffix('s').map(str::to_owned));
        text == folded(name)
            || text == folded(mark(field))
            || field.is_list() && one.is_some_and(|one| text == folded(&one))
            || BOTH.iter().any(|texts| text == folded(&reflect::field_label(texts, field)))
    })
}

/// The field whose section a line begins: `[field]`.
pub(super) fn marked(message: &MessageDescriptor, line: &str) -> Option<FieldDescriptor> {
    let name = line.trim().strip_prefix(['[', '［'])?.strip_suffix([']', '］'])?;
    field(message, name)
}

/// What a field is called in a form: the letters that clinicians know, else the name.
pub(super) fn mark(field: &FieldDescriptor) -> &str {
    let letters =
        [("subjective", "S"), ("objective", "O"), ("assessment", "A"), ("plan", "P"), ("observations", "V")];
    let is_note = field.parent_message().name() == "VisitNote";
    let letter = letters.iter().find(|(name, _)| is_note && *name == field.name());
    letter.map_or(field.name(), |(_, letter)| letter)
}

/// Whether the interface says that it must be filled in.
pub(super) fn is_required(field: &FieldDescriptor) -> bool {
    REQUIRED.get(field.full_name()).copied().unwrap_or_default()
}

/// Fields by full name; the comment of one that must be filled in begins with this word.
static REQUIRED: LazyLock<BTreeMap<String, bool>> = LazyLock::new(|| {
    let Some(content) = reflect::descriptor("EntryContent") else { return BTreeMap::new() };
    let file = content.parent_file();
    let comments = file.file_descriptor_proto().source_code_info.clone().unwrap_or_default().location;
    let comment = |path: &[i32]| comments.iter().find(|location| location.path == path);
    let fields = file.messages().flat_map(|message| message.fields().collect::<Vec<_>>());
    fields
        .map(|field| {
            let said = comment(field.path()).map_or("", |location| location.leading_comments());
            (field.full_name().to_owned(), said.trim_start().starts_with("Required."))
        })
        .collect()
});

/// Without differences of width, case and dashes.
pub(super) fn folded(text: &str) -> String {
    crate::vital::fold_width(text.trim()).to_lowercase().replace(['-', ' '], "_")
}
