//! The proto's enums by name, as people type them and programs read them (`home_visit_nursing`), and in
//! words (訪問看護ステーション).

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use renkei_proto::v1::{AuditAction, AuditDecision, Category, MembershipStatus, OrganizationKind, Role, Sex};

use crate::text::Texts;

/// An enum of the proto.
pub(crate) trait Named: TryFrom<i32> + Copy + Send + Sync + 'static {
    /// What its names begin with in the proto.
    const PREFIX: &'static str;
    /// What the keys of its words begin with in the catalogue.
    const WORDS: &'static str;

    /// Name in the proto.
    fn proto_name(self) -> &'static str;
}

macro_rules! named {
    ($($enum:ident $prefix:literal $words:literal;)*) => {$(
        impl Named for $enum {
            const PREFIX: &'static str = $prefix;
            const WORDS: &'static str = $words;

            fn proto_name(self) -> &'static str {
                self.as_str_name()
            }
        }
    )*};
}

named! {
    Role "ROLE_" "role";
    Category "CATEGORY_" "category";
    OrganizationKind "ORGANIZATION_KIND_" "kind";
    Sex "SEX_" "sex";
    MembershipStatus "MEMBERSHIP_STATUS_" "membership";
    AuditAction "AUDIT_ACTION_" "action";
    AuditDecision "AUDIT_DECISION_" "decision";
}

/// The name without its prefix, in lower case. A value of a later version is its number.
pub(crate) fn name<E: Named>(value: i32) -> String {
    E::try_from(value).map_or_else(|_| value.to_string(), short)
}

/// The value in words.
pub(crate) fn words<E: Named>(texts: &Texts, value: i32) -> String {
    let name = name::<E>(value);
    texts.find(&format!("{}-{}", E::WORDS, name.replace('_', "-"))).unwrap_or(name)
}

/// Every value that may be given.
pub(crate) fn values<E: Named>() -> Vec<E> {
    (1..).map_while(|number| E::try_from(number).ok()).collect()
}

/// Reads a name on the command line; `-` stands for `_` too.
pub(crate) fn parser<E: Named>() -> impl TypedValueParser<Value = E> {
    let possible = values::<E>().into_iter().map(|value| {
        let name = short(value);
        let dashed = name.replace('_', "-");
        if dashed == name { PossibleValue::new(name) } else { PossibleValue::new(name).alias(dashed) }
    });
    PossibleValuesParser::new(possible.collect::<Vec<_>>()).try_map(|given| {
        let given = given.replace('-', "_");
        values::<E>().into_iter().find(|value| short(*value) == given).ok_or("unknown name")
    })
}

fn short<E: Named>(value: E) -> String {
    value.proto_name().trim_start_matches(E::PREFIX).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn has_words<E: Named>() {
        for language in [Language::Japanese, Language::English] {
            let texts = Texts::new(language);
            for value in values::<E>() {
                let key = format!("{}-{}", E::WORDS, short(value).replace('_', "-"));
                assert!(texts.find(&key).is_some(), "{key} is missing in {language:?}");
            }
        }
    }

    #[test]
    fn every_value_has_words_in_both_languages() {
        has_words::<Role>();
        has_words::<Category>();
        has_words::<OrganizationKind>();
        has_words::<Sex>();
        has_words::<MembershipStatus>();
        has_words::<AuditAction>();
        has_words::<AuditDecision>();
    }

    #[test]
    fn names() {
        assert_eq!(name::<Category>(Category::VisitNote as i32), "visit_note");
        assert_eq!(name::<Category>(99), "99");
        assert_eq!(values::<Role>().len(), 11);
    }
}
