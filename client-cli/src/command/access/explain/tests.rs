use renkei_proto::v1::{AccessExplanation, Actor};

use super::*;
use crate::{
    command::access::reach::tests::{explanations, rule, some},
    text::Language,
};

fn subject(role: Role, explanations: Vec<AccessExplanation>) -> SubjectAccess {
    let subject = Actor {
        person_name: "鈴木 花子".into(),
        organization_name: "ひまわり訪問看護ステーション".into(),
        role: role.into(),
        ..Default::default()
    };
    SubjectAccess { subject: Some(subject), explanations, change_time: None, purpose: 1 }
}

fn shown(columns: Option<usize>, subject: &SubjectAccess) -> Vec<String> {
    let texts = Texts::new(Language::Japanese);
    block(&texts, columns, subject).iter().map(Line::text).collect()
}

fn told(reason: AccessReason, role: Role) -> String {
    let texts = Texts::new(Language::Japanese);
    let answer =
        ExplainAccessResponse { custodian_organization_name: "みどり病院".into(), ..Default::default() };
    let subject = subject(role, explanations(|_, _| (false, reason, Vec::new())));
    next(&texts, None, "patient", &answer, &subject).iter().map(Line::text).collect()
}

#[test]
fn what_is_decided_alike_is_a_row() {
    let lines = shown(None, &subject(Role::Nurse, some()));
    assert_eq!(lines[0], "鈴木 花子（看護師・ひまわり訪問看護ステーション）");
    let row = |start: &str, end: &str| {
        let found = lines.iter().any(|line| line.trim().starts_with(start) && line.ends_with(end));
        assert!(found, "{start} … {end} is not in {lines:#?}");
    };
    row("はい    訪問記録、バイタル、薬剤、看護", "同意あり: 0197f0a0-1a2b 第2版");
    row("いいえ  検査", "不同意: 0197f0a0-1a2b 第2版の例外1");
    row("はい    薬剤（精神）", "同意あり: 0197f0a0-1a2b 第2版");
    row(
        "機微情報（依存症、感染症、遺伝、虐待・暴力）は閲覧できません: ",
        ": 同意に機微区分の明記なし、不同意",
    );
    row("投稿できる区分: 訪問記録、", "薬剤（精神）");
    assert_eq!(lines.iter().filter(|line| line.contains("機微情報（")).count(), 1);
}

#[test]
fn nothing_is_cut_on_a_narrow_terminal() {
    let lines = shown(Some(60), &subject(Role::Nurse, some()));
    assert!(lines[1..].iter().all(|line| width::width(line) <= 60), "{lines:#?}");
    assert!(!lines.concat().contains('…'), "{lines:#?}");
}

#[test]
fn all_and_nothing_are_one_row_each() {
    let all = shown(
        None,
        &subject(Role::Nurse, explanations(|_, _| (true, AccessReason::Permitted, vec![rule(0)]))),
    );
    assert!(all[2].trim().starts_with("はい  すべての区分（機微情報を含む）"), "{all:#?}");
    assert_eq!(all.len(), 4, "heading, columns, one row, what may be posted: {all:#?}");
    let nothing =
        shown(None, &subject(Role::Nurse, explanations(|_, _| (false, AccessReason::NoConsent, Vec::new()))));
    assert!(nothing[2].ends_with("同意なし"), "{nothing:#?}");
    assert_eq!(nothing[3].trim(), "投稿はできません。");
}

#[test]
fn whoever_sees_nothing_is_told_whom_to_ask_and_what_to_do() {
    assert!(told(AccessReason::NoConsent, Role::CareManager).contains("主管機関（みどり病院）"));
    assert!(told(AccessReason::Denied, Role::Nurse).contains("みどり病院"));
    assert!(told(AccessReason::NotMember, Role::Nurse).contains("みどり病院"));
    assert!(told(AccessReason::NotAccepted, Role::Nurse).contains("renkei care-team accept patient"));
    assert!(told(AccessReason::NotAssigned, Role::Nurse).contains("renkei care-team staff"));
    assert!(told(AccessReason::Role, Role::Administrator).contains("renkei login --affiliation"));
    assert!(told(AccessReason::Inactive, Role::Nurse).contains("管理者"));
    let partly = subject(Role::Nurse, some());
    let texts = Texts::new(Language::Japanese);
    assert!(next(&texts, None, "patient", &ExplainAccessResponse::default(), &partly).is_empty());
}

#[test]
fn an_emergency_access_is_named_only_where_it_can_help() {
    let emergency = |reason, role| told(reason, role).contains("renkei access break-glass patient");
    assert!(emergency(AccessReason::NoConsent, Role::Nurse));
    assert!(!emergency(AccessReason::NoConsent, Role::CareManager), "the role may not");
    assert!(!emergency(AccessReason::Denied, Role::Nurse), "a denial is not lifted");
    assert!(!emergency(AccessReason::NotAccepted, Role::Nurse));
}
