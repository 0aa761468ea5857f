//! Texts that were begun and not sent, and why entries are corrected and retracted, where the screen ends otherwise than
//! by the person's own key.

use std::{
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
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
    text::{Language, Message, Texts, msg},
    tui::{
        compose::{Compose, Purpose},
        state::{Mode, Reason, State},
    },
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
        self.state.put_aside();
        self.state.mode = Mode::Normal;
        for typed in std::mem::take(&mut self.state.typed).iter().filter(|typed| !typed.is_blank()) {
            let kept = write(&self.profile, &texts, typed);
            let shown = [typed.text()].into_iter().chain(reason(&texts, typed));
            tell_of(&texts, kept.map(|path| kept_in(typed, &path)), shown);
        }
        for reason in std::mem::take(&mut self.state.reasons) {
            let kept = write_reason(&self.profile, &reason);
            tell_of(&texts, kept.map(|path| reason_kept_in(&reason, &path)), [reason.text]);
        }
    }
}

/// Where something is; what the disk does not take stands on the terminal, to be copied.
fn tell_of(texts: &Texts, kept: Result<Vec<Message>>, shown: impl IntoIterator<Item = String>) {
    let plain = |text: &str| note(&Line::styled(Style::Plain, text));
    match kept {
        Ok(told) => told.iter().for_each(|told| plain(&texts.format(told))),
        Err(error) => {
            tell(texts, &error);
            plain(&texts.get("next-text-shown"));
            shown.into_iter().for_each(|text| text.lines().for_each(plain));
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

/// Where a text is, and, of a correction, which command sends it as one: posted it would stand beside what is wrong.
fn kept_in(typed: &Compose, path: &Path) -> Vec<Message> {
    let mut told = vec![msg!("next-form-kept", path = path.display())];
    if let Purpose::Correction(other) = &typed.target.purpose {
        let patient = &typed.target.patient_id;
        told.push(msg!(
            "next-correction-kept",
            patient = patient,
            entry = other.entry_id,
            path = path.display()
        ));
    }
    told
}

/// Where a reason is, and which command retracts for it.
fn reason_kept_in(reason: &Reason, path: &Path) -> Vec<Message> {
    let path = path.display();
    let command =
        msg!("next-retraction-kept", patient = reason.patient_id, entry = reason.entry_id, path = path);
    vec![msg!("next-form-kept", path = path), command]
}

/// As a form, which `renkei post --form` reads, and `renkei entry correct --form`.
fn write(profile: &Profile, texts: &Texts, typed: &Compose) -> Result<PathBuf> {
    let content = match typed.draft("").request {
        Request::Entry(request) => request.content.unwrap_or_default(),
        Request::Correction(request) => request.content.unwrap_or_default(),
        _ => Default::default(),
    };
    let kind = words::<EntryKind>(texts, EntryKind::Message.into());
    let patient = &typed.target.patient_id;
    let introduction = match typed.is_correction() {
        true => msg!("form-introduction-correction", kind = kind, patient = patient),
        false => msg!("form-introduction", kind = kind, patient = patient),
    };
    let introduction = [texts.format(&introduction)].into_iter().chain(reason(texts, typed));
    let text = Form::of(&content)?.text(texts, &introduction.collect::<Vec<_>>().join("\n"));
    put(profile, &format!("form-{}.txt", Uuid::new_v4().simple()), &text)
}

/// Why a text corrects, if that was typed.
fn reason(texts: &Texts, typed: &Compose) -> Option<String> {
    (!typed.reason.is_empty()).then(|| texts.format(&msg!("kept-reason", reason = typed.reason)))
}

/// Alone, as `renkei entry retract --reason` reads it.
fn write_reason(profile: &Profile, reason: &Reason) -> Result<PathBuf> {
    put(profile, &format!("reason-{}.txt", Uuid::new_v4().simple()), &format!("{}\n", reason.text))
}

fn put(profile: &Profile, name: &str, text: &str) -> Result<PathBuf> {
    let folder = draft::folder(profile);
    private_file::make_folder(&folder)?;
    let path = folder.join(name);
    private_file::write(&path, text.as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        profile::Home,
        tui::{
            compose::{Other, Target},
            fixtures::Stage,
            state::Asked,
        },
    };

    fn typing(folder: &std::path::Path) -> Kept {
        let profile = Home::at(folder).profile("default").unwrap();
        let mut state = Stage::reading(Language::English, 80, 24).state;
        for text in ["発赤あり。\n# 明日も見る", "  \n"] {
            let mut typed = Compose::new(Target { patient_id: "p-1".into(), purpose: Purpose::New });
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
        let content = typed.typed[0].draft("").request;
        typed.keep();
        typed.keep();
        let forms = kept(home.path());
        assert!(forms.len() == 1 && forms[0].contains("p-1"), "nothing blank, and nothing twice: {forms:?}");
        let read = Form::read(EntryKind::Message, &forms[0]).unwrap().content().unwrap();
        let Request::Entry(request) = content else { panic!() };
        assert_eq!(Some(read), request.content);
    }

    #[test]
    fn a_correction_is_kept_as_one_with_the_command_that_sends_it() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        let other = Other { entry_id: "e-7".into(), seq: 7, author: "佐藤".into() };
        for (language, word) in [(Language::English, "Correction"), (Language::Japanese, "訂正")] {
            let texts = Texts::new(language);
            let told = |purpose| {
                let mut typed = Compose::new(Target { patient_id: "p-1".into(), purpose });
                typed.insert("左足の浮腫");
                let path = write(&profile, &texts, &typed).unwrap();
                let told: Vec<String> =
                    kept_in(&typed, &path).iter().map(|told| texts.format(told)).collect();
                (std::fs::read_to_string(&path).unwrap(), told, path.display().to_string())
            };
            let (form, said, path) = told(Purpose::Correction(other.clone()));
            assert!(form.contains(word) && form.contains("左足の浮腫"), "{form}");
            assert!(said[1].contains(&format!("renkei entry correct p-1 e-7 --form {path}")), "{said:?}");
            let (form, said, _) = told(Purpose::Reply(other.clone()));
            assert!(!form.contains(word) && said.len() == 1, "{form} {said:?}");
        }
    }

    #[test]
    fn reasons_are_kept_with_what_they_are_for() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        for language in [Language::English, Language::Japanese] {
            let texts = Texts::new(language);
            let text = "--別の患者の記録".to_owned();
            let reason = Reason { patient_id: "p-1".into(), entry_id: "e-7".into(), text };
            let path = write_reason(&profile, &reason).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "--別の患者の記録\n");
            let told = texts.format(&reason_kept_in(&reason, &path)[1]);
            let command = format!("renkei entry retract p-1 e-7 --reason @{}", path.display());
            assert!(told.contains(&command), "{told}");

            let purpose =
                Purpose::Correction(Other { entry_id: "e-7".into(), seq: 7, author: "佐藤".into() });
            let mut typed = Compose::new(Target { patient_id: "p-1".into(), purpose });
            typed.insert("左足の浮腫");
            typed.reason = "左右の誤り\n[text]".into();
            let form = std::fs::read_to_string(write(&profile, &texts, &typed).unwrap()).unwrap();
            assert!(form.lines().any(|line| line.starts_with("# ") && line.contains("左右の誤り")), "{form}");
            let read = Form::read(EntryKind::Message, &form).unwrap().content().unwrap();
            let Request::Correction(request) = typed.draft("").request else { panic!() };
            assert_eq!(Some(read), request.content, "it is no part of the text");
        }
    }

    #[test]
    fn a_reason_in_the_line_is_kept_too() {
        let home = tempfile::tempdir().unwrap();
        let mut typed = typing(home.path());
        typed.typed.clear();
        let asked = Asked::Retraction { patient_id: "p-1".into(), entry_id: "e-7".into(), seq: 7 };
        typed.mode = Mode::ask(asked, "別の患者の記録");
        typed.keep();
        typed.keep();
        assert_eq!(kept(home.path()), ["別の患者の記録\n"]);
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
