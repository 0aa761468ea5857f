//! Notices in words: what the server tells the care team about consent, its members and emergencies, each
//! as one sentence that says who did it and whom it is about.

use renkei_proto::v1::{Actor, Notice, NoticeKind};

use crate::{
    output::{
        entry,
        label::name,
        line::{Line, Style},
        sanitize::neutral,
        width,
    },
    text::{Message, Texts, msg},
};

/// The sentence. `author` did what the notice tells of.
pub(crate) fn sentence(texts: &Texts, author: Option<&Actor>, notice: &Notice) -> String {
    let Some(kind) = kind(notice) else { return texts.get("entry-unknown") };
    let about = about(texts, notice).unwrap_or_else(|| texts.get("notice-not-named"));
    let key = format!("notice-{}", name::<NoticeKind>(kind.into()).replace('_', "-"));
    let actor = neutral(&entry::actor(texts, author));
    texts.format(&Message::new(key).with("actor", &actor).with("about", &about))
}

/// The sentence, and below it the reason that was given.
pub(crate) fn lines(texts: &Texts, author: Option<&Actor>, notice: &Notice, room: usize) -> Vec<Line> {
    let style = if kind(notice) == Some(NoticeKind::BreakGlass) { Style::Alarm } else { Style::Plain };
    let mut lines: Vec<Line> = width::wrap(&sentence(texts, author, notice), room)
        .into_iter()
        .map(|line| Line::styled(style, line))
        .collect();
    if !notice.text.is_empty() {
        let reason = texts.format(&msg!("notice-text", text = notice.text));
        lines.extend(width::wrap(&reason, room).into_iter().map(Line::plain));
    }
    lines
}

/// `None`: a kind of a later version.
fn kind(notice: &Notice) -> Option<NoticeKind> {
    NoticeKind::try_from(notice.kind).ok().filter(|kind| *kind != NoticeKind::Unspecified)
}

/// Whom it is about. A name with a line break in it must not look like a line of its own.
fn about(texts: &Texts, notice: &Notice) -> Option<String> {
    let named = |name: &str, id: &str| {
        let shown = if name.is_empty() { id } else { name };
        (!shown.is_empty()).then(|| neutral(shown))
    };
    let person = named(&notice.person_name, &notice.person_id);
    let organization = named(&notice.organization_name, &notice.organization_id);
    match (person, organization) {
        (Some(person), Some(organization)) => {
            Some(texts.format(&msg!("notice-person-of", person = person, organization = organization)))
        }
        (person, organization) => person.or(organization),
    }
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::Role;

    use super::*;
    use crate::{output::label::values, text::Language};

    fn author() -> Actor {
        Actor {
            person_name: "鈴木 花子".into(),
            organization_name: "ひまわり訪問看護ステーション".into(),
            role: Role::Nurse.into(),
            ..Default::default()
        }
    }

    fn notice(kind: NoticeKind) -> Notice {
        Notice { kind: kind.into(), organization_name: "みどり薬局".into(), ..Default::default() }
    }

    fn text(language: Language, notice: &Notice, room: usize) -> Vec<String> {
        lines(&Texts::new(language), Some(&author()), notice, room).iter().map(Line::text).collect()
    }

    /// A consent is the patient's own; who opened a record in an emergency is the author.
    const NAMES_NOBODY: [NoticeKind; 5] = [
        NoticeKind::ConsentRecorded,
        NoticeKind::ConsentAmended,
        NoticeKind::ConsentWithdrawnInPart,
        NoticeKind::ConsentWithdrawn,
        NoticeKind::BreakGlass,
    ];

    #[test]
    fn every_kind_is_one_sentence_of_its_own_that_says_who_and_about_whom() {
        for (language, end) in [(Language::Japanese, '。'), (Language::English, '.')] {
            let mut seen = Vec::new();
            for kind in values::<NoticeKind>() {
                let said = sentence(&Texts::new(language), Some(&author()), &notice(kind));
                assert!(said.contains("鈴木 花子") && said.ends_with(end), "{kind:?}: {said}");
                assert!(!said.contains(['{', '$', '\n']), "{kind:?}: {said}");
                assert_eq!(said.matches(end).count(), 1, "{kind:?}: {said}");
                assert_eq!(said.contains("みどり薬局"), !NAMES_NOBODY.contains(&kind), "{kind:?}: {said}");
                assert!(!seen.contains(&said), "{said}");
                seen.push(said);
            }
        }
    }

    #[test]
    fn the_reason_stands_below_and_wraps_as_japanese_does() {
        let removed = Notice {
            text: "訪問を終了したため。\n後任は未定。".into(),
            ..notice(NoticeKind::MemberRemoved)
        };
        let lines = text(Language::Japanese, &removed, 40);
        assert_eq!(
            lines,
            [
                "鈴木 花子（看護師・ひまわり訪問看護ス",
                "テーション）が みどり薬局 をケアチームか",
                "ら外しました。",
                "理由: 訪問を終了したため。",
                "後任は未定。",
            ]
        );
    }

    #[test]
    fn a_person_is_named_with_the_organisation() {
        let reviewed =
            Notice { person_name: "田中 一郎".into(), ..notice(NoticeKind::BreakGlassReviewed) };
        let said = text(Language::English, &reviewed, 1000).concat();
        assert!(said.contains("田中 一郎 (みどり薬局)"), "{said}");
        let unnamed = Notice { organization_name: String::new(), ..notice(NoticeKind::MemberInvited) };
        assert!(text(Language::English, &unnamed, 1000).concat().contains("(not named)"));
    }

    #[test]
    fn an_emergency_stands_out() {
        let texts = Texts::new(Language::Japanese);
        let shown = |kind| lines(&texts, Some(&author()), &notice(kind), 1000);
        assert!(shown(NoticeKind::BreakGlass)[0].coloured().starts_with("\x1b[1;31m"));
        assert!(!shown(NoticeKind::BreakGlassReviewed)[0].coloured().contains('\x1b'));
    }

    #[test]
    fn a_kind_of_a_later_version_says_so() {
        let later = Notice { kind: 99, ..Default::default() };
        assert_eq!(
            text(Language::English, &later, 1000),
            [Texts::new(Language::English).get("entry-unknown")]
        );
    }

    #[test]
    fn names_and_reasons_cannot_command_the_terminal_or_pose_as_lines() {
        let bad = Notice {
            organization_name: "薬局\n#9 偽の記録".into(),
            text: "\x1b[2J\u{202e}偽".into(),
            ..notice(NoticeKind::MemberInvited)
        };
        let lines = text(Language::Japanese, &bad, 1000);
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].contains("薬局␊#9 偽の記録"), "{lines:#?}");
        assert!(!lines.concat().chars().any(|c| c.is_control() || c == '\u{202e}'), "{lines:#?}");
    }
}
