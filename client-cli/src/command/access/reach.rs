//! What somebody may see, in few words: the server decides every category and sensitivity on its own, and
//! here those that are decided alike stand together. Notices are left out: everybody sees them who sees
//! anything.

use renkei_proto::v1::{AccessExplanation, AccessReason, Category, RuleReference, Sensitivity};

use crate::{
    output::{
        label::{values, words},
        short_id,
    },
    text::{Texts, msg},
};

/// Sensitivities whose categories are decided alike.
#[derive(Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) sensitivities: Vec<i32>,
    pub(crate) groups: Vec<Group>,
}

/// Categories with the same answer. What may be read stands first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) categories: Vec<i32>,
    pub(crate) read: bool,
    pub(crate) reason: i32,
    pub(crate) rules: Vec<RuleReference>,
}

/// The blocks in the order of the explanations.
pub(crate) fn blocks(explanations: &[AccessExplanation]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for sensitivity in distinct(explanations.iter().map(|one| one.sensitivity)) {
        let groups = groups(of_sensitivity(explanations, sensitivity));
        match blocks.iter_mut().find(|block| block.groups == groups) {
            Some(block) => block.sensitivities.push(sensitivity),
            None => blocks.push(Block { sensitivities: vec![sensitivity], groups }),
        }
    }
    blocks
}

fn groups<'a>(explanations: impl Iterator<Item = &'a AccessExplanation>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for one in explanations {
        let alike =
            |group: &Group| (group.read, group.reason, &group.rules) == (one.read, one.reason, &one.rules);
        match groups.iter().position(alike) {
            Some(at) => groups[at].categories.push(one.category),
            None => groups.push(Group {
                categories: vec![one.category],
                read: one.read,
                reason: one.reason,
                rules: one.rules.clone(),
            }),
        }
    }
    groups.sort_by_key(|group| !group.read);
    groups
}

/// The categories that are chosen, per set of sensitivities for which they are the same.
pub(crate) fn chosen(
    texts: &Texts,
    explanations: &[AccessExplanation],
    choose: impl Fn(&AccessExplanation) -> bool,
) -> Vec<String> {
    let mut found: Vec<(Vec<i32>, Vec<i32>)> = Vec::new();
    for sensitivity in distinct(explanations.iter().map(|one| one.sensitivity)) {
        let chosen = of_sensitivity(explanations, sensitivity).filter(|one| choose(one));
        let categories: Vec<i32> = chosen.map(|one| one.category).collect();
        match found.iter_mut().find(|(_, others)| *others == categories) {
            _ if categories.is_empty() => {}
            Some((sensitivities, _)) => sensitivities.push(sensitivity),
            None => found.push((vec![sensitivity], categories)),
        }
    }
    found.iter().map(|(sensitivities, categories)| what(texts, sensitivities, categories)).collect()
}

fn of_sensitivity(
    explanations: &[AccessExplanation],
    sensitivity: i32,
) -> impl Iterator<Item = &AccessExplanation> {
    let notice = i32::from(Category::Notice);
    explanations.iter().filter(move |one| one.sensitivity == sensitivity && one.category != notice)
}

/// Categories in words, with their sensitivities unless those are the normal one only.
pub(crate) fn what(texts: &Texts, sensitivities: &[i32], categories: &[i32]) -> String {
    let all = values::<Category>().into_iter().filter(|category| *category != Category::Notice);
    let categories = if all.map(i32::from).all(|category| categories.contains(&category)) {
        texts.get("consent-all-categories")
    } else {
        joined(texts, categories.iter().map(|category| words::<Category>(texts, *category)))
    };
    if sensitivities == [i32::from(Sensitivity::Normal)] {
        return categories;
    }
    let everything = values::<Sensitivity>().into_iter().all(|one| sensitivities.contains(&one.into()));
    if everything {
        return texts.format(&msg!("access-what-restricted-too", categories = categories));
    }
    let sensitivities = sensitivities_in_words(texts, sensitivities);
    texts.format(&msg!("access-what-sensitivities", categories = categories, sensitivities = sensitivities))
}

pub(crate) fn sensitivities_in_words(texts: &Texts, sensitivities: &[i32]) -> String {
    joined(texts, sensitivities.iter().map(|one| words::<Sensitivity>(texts, *one)))
}

/// Why, and through which consents.
pub(crate) fn ground(texts: &Texts, reason: i32, rules: &[RuleReference]) -> String {
    let why = words::<AccessReason>(texts, reason);
    if rules.is_empty() {
        return why;
    }
    texts.format(&msg!("access-ground", why = why, rules = rules_in_words(texts, rules)))
}

/// Consents by the beginning of their UUID, with the version and, where one decided, the exception.
pub(crate) fn rules_in_words(texts: &Texts, rules: &[RuleReference]) -> String {
    joined(texts, rules.iter().map(|rule| rule_in_words(texts, rule)))
}

fn rule_in_words(texts: &Texts, rule: &RuleReference) -> String {
    let (consent, version) = (short_id(&rule.consent_id), rule.version);
    texts.format(&match rule.rule {
        0 => msg!("access-rule", consent = consent, version = version),
        number => msg!("access-rule-exception", consent = consent, version = version, number = number),
    })
}

pub(crate) fn joined(texts: &Texts, words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(&texts.get("list-separator"))
}

/// Each value once, in the order in which they come.
pub(crate) fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.fold(Vec::new(), |mut found, value| {
        if !found.contains(&value) {
            found.push(value);
        }
        found
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::text::Language;

    /// Every category and sensitivity, each decided by `decide`.
    pub(crate) fn explanations(
        decide: impl Fn(Category, Sensitivity) -> (bool, AccessReason, Vec<RuleReference>),
    ) -> Vec<AccessExplanation> {
        let mut explanations = Vec::new();
        for category in values::<Category>() {
            for sensitivity in values::<Sensitivity>() {
                let (read, reason, rules) = decide(category, sensitivity);
                explanations.push(AccessExplanation {
                    category: category.into(),
                    sensitivity: sensitivity.into(),
                    read,
                    post: read && category != Category::Notice,
                    reason: reason.into(),
                    rules,
                });
            }
        }
        explanations
    }

    pub(crate) fn rule(rule: i32) -> RuleReference {
        RuleReference { consent_id: "0197f0a0-1a2b-7000-8000-000000000001".into(), version: 2, rule }
    }

    /// A consent for all but laboratory, that names mental health for medication only.
    pub(crate) fn some() -> Vec<AccessExplanation> {
        explanations(|category, sensitivity| match (category, sensitivity) {
            (Category::Laboratory, _) => (false, AccessReason::Denied, vec![rule(1)]),
            (_, Sensitivity::Normal) | (Category::Medication, Sensitivity::MentalHealth) => {
                (true, AccessReason::Permitted, vec![rule(0)])
            }
            _ => (false, AccessReason::SensitivityNotNamed, Vec::new()),
        })
    }

    #[test]
    fn what_is_decided_alike_stands_together() {
        let all = blocks(&explanations(|_, _| (false, AccessReason::NoConsent, Vec::new())));
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].sensitivities.len(), all[0].groups.len()), (6, 1));

        let some = blocks(&some());
        let sensitivities: Vec<_> = some.iter().map(|block| block.sensitivities.clone()).collect();
        assert_eq!(sensitivities, [vec![1], vec![2], vec![3, 4, 5, 6]]);
        assert_eq!(some[0].groups.len(), 2);
        assert!(some[0].groups[0].read && !some[0].groups[1].read, "what may be read stands first");
        assert_eq!(some[0].groups[1].categories, [i32::from(Category::Laboratory)]);
        assert_eq!(some[1].groups[0].categories, [i32::from(Category::Medication)]);
        assert_eq!(some[2].groups.len(), 2, "denied, and not named");
    }

    #[test]
    fn in_words() {
        let texts = Texts::new(Language::Japanese);
        let readable = chosen(&texts, &some(), |one| one.read);
        let normal =
            "訪問記録、バイタル、薬剤、看護、ケアプラン、ADL・生活、カンファレンス、紹介・入退院、連絡、文書";
        assert_eq!(readable, [normal.to_owned(), "薬剤（精神）".to_owned()]);
        let all = explanations(|_, _| (true, AccessReason::Permitted, vec![rule(0)]));
        assert_eq!(chosen(&texts, &all, |one| one.read), ["すべての区分（機微情報を含む）"]);
        assert_eq!(chosen(&texts, &all, |_| false), [""; 0]);
        assert_eq!(
            ground(&texts, AccessReason::Denied.into(), &[rule(1), rule(0)]),
            "不同意: 0197f0a0-1a2b 第2版の例外1、0197f0a0-1a2b 第2版"
        );
        assert_eq!(ground(&texts, AccessReason::NotMember.into(), &[]), "ケアチームに属していない");
    }
}
