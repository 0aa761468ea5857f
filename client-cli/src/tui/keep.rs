//! Texts that were begun and not sent, where the screen ends otherwise than by the person's own key.

use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
    thread,
};

use renkei_proto::v1::EntryKind;
use uuid::Uuid;

use crate::{
    draft::{self, Request},
    error::Result,
    form::Form,
    output::{
        label::words,
        line::{Line, Style},
        note,
    },
    private_file,
    profile::Profile,
    tell,
    text::{Language, Texts, msg},
    tui::{compose::Compose, state::State},
};

/// The state. A defect of the program takes nothing with it that was typed.
pub(crate) struct Kept {
    state: State,
    profile: Profile,
    language: Language,
}

impl Kept {
    pub(crate) fn new(state: State, profile: &Profile, language: Language) -> Self {
        Self { state, profile: profile.clone(), language }
    }

    /// Puts the texts on the disk, and tells where each is. The terminal must have been given back.
    pub(crate) fn keep(&mut self) {
        let texts = Texts::new(self.language);
        for typed in std::mem::take(&mut self.state.typed).iter().filter(|typed| !typed.is_blank()) {
            match write(&self.profile, &texts, typed) {
                Ok(path) => {
                    let told = texts.format(&msg!("next-form-kept", path = path.display()));
                    note(&Line::styled(Style::Plain, told));
                }
                Err(error) => tell(&texts, &error),
            }
        }
    }
}

impl Deref for Kept {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Kept {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if thread::panicking() {
            self.keep();
        }
    }
}

/// As a form, which `renkei post --form` reads.
fn write(profile: &Profile, texts: &Texts, typed: &Compose) -> Result<PathBuf> {
    let content = match typed.draft().request {
        Request::Entry(request) => request.content.unwrap_or_default(),
        _ => Default::default(),
    };
    let kind = words::<EntryKind>(texts, EntryKind::Message.into());
    let introduction = msg!("form-introduction", kind = kind, patient = typed.target.patient_id);
    let text = Form::of(&content)?.text(texts, &texts.format(&introduction));
    let folder = draft::folder(profile);
    private_file::make_folder(&folder)?;
    let path = folder.join(format!("form-{}.txt", Uuid::new_v4().simple()));
    private_file::write(&path, text.as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        profile::Home,
        tui::{compose::Target, fixtures::Stage},
    };

    fn typing(folder: &std::path::Path) -> Kept {
        let profile = Home::at(folder).profile("default").unwrap();
        let mut state = Stage::reading(Language::English, 80, 24).state;
        for text in ["発赤あり。\n# 明日も見る", "  \n"] {
            let mut typed = Compose::new(Target { patient_id: "p-1".into(), reply_to: None });
            typed.insert(text);
            state.typed.push(typed);
        }
        Kept::new(state, &profile, Language::English)
    }

    fn kept(folder: &std::path::Path) -> Vec<String> {
        let profile = Home::at(folder).profile("default").unwrap();
        let Ok(files) = std::fs::read_dir(draft::folder(&profile)) else { return Vec::new() };
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    #[test]
    fn what_was_typed_is_kept_as_a_form_that_reads() {
        let home = tempfile::tempdir().unwrap();
        let mut typed = typing(home.path());
        let content = typed.typed[0].draft().request;
        typed.keep();
        typed.keep();
        let forms = kept(home.path());
        assert!(forms.len() == 1 && forms[0].contains("p-1"), "nothing blank, and nothing twice: {forms:?}");
        let read = Form::read(EntryKind::Message, &forms[0]).unwrap().content().unwrap();
        let Request::Entry(request) = content else { panic!() };
        assert_eq!(Some(read), request.content);
    }

    #[test]
    fn a_defect_takes_nothing_with_it_and_leaving_keeps_nothing() {
        let home = tempfile::tempdir().unwrap();
        drop(typing(home.path()));
        assert!(kept(home.path()).is_empty(), "the person was asked");
        let typed = typing(home.path());
        let defect = thread::spawn(move || {
            let _typed = typed;
            panic!("a defect");
        });
        defect.join().unwrap_err();
        assert_eq!(kept(home.path()).len(), 1);
    }
}
