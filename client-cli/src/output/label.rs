//! The proto's enums by name, as people type them and programs read them (`home_visit_nursing`), and in
//! words (訪問看護ステーション).

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use renkei_proto::v1::{
    AccessKind, AccessReason, AuditAction, AuditDecision, AuditFormat, BreakGlassReason, BreakGlassVerdict,
    Category, ConsentEffect, ConsentSignerKind, ConsentSignerRelation, DeviceKind, EntryKind, EntryMark,
    EntryStatus, InboxView, MembershipStatus, NoticeKind, OrganizationKind, Position, PositionPolicy,
    PurposeOfUse, QuestionState, Role, Sensitivity, Sex, StaffAccess,
};

use crate::text::Texts;

/// An enum of the proto.
pub(crate) trait Named: TryFrom<i32> + Copy + Send + Sync + 'static {
    /// What its names begin with in the proto.
    const PREFIX: &'static str;
    /// What the keys of its words begin with in the catalogue.
    const WORDS: &'static str;

    /// Name in the proto.
    fn proto_name(self) -> &'static str;

    /// Whether it comes from the server only, and is never valid in a request.
    fn is_output_only(self) -> bool;
}

macro_rules! named {
    ($($enum:ident $prefix:literal $words:literal $(output_only $value:ident)?;)*) => {$(
        impl Named for $enum {
            const PREFIX: &'static str = $prefix;
            const WORDS: &'static str = $words;

            fn proto_name(self) -> &'static str {
                self.as_str_name()
            }

            fn is_output_only(self) -> bool {
                false $(|| matches!(self, Self::$value))?
            }
        }
    )*};
}

named! {
    Role "ROLE_" "role";
    Category "CATEGORY_" "category" output_only Notice;
    Sensitivity "SENSITIVITY_" "sensitivity";
    PurposeOfUse "PURPOSE_OF_USE_" "purpose" output_only Emergency;
    OrganizationKind "ORGANIZATION_KIND_" "kind";
    PositionPolicy "POSITION_POLICY_" "position";
    Sex "SEX_" "sex";
    MembershipStatus "MEMBERSHIP_STATUS_" "membership";
    StaffAccess "STAFF_ACCESS_" "staff";
    NoticeKind "NOTICE_KIND_" "notice";
    AuditAction "AUDIT_ACTION_" "action";
    AuditDecision "AUDIT_DECISION_" "decision";
    AuditFormat "AUDIT_FORMAT_" "format";
    ConsentEffect "CONSENT_EFFECT_" "effect";
    ConsentSignerKind "CONSENT_SIGNER_KIND_" "signer";
    ConsentSignerRelation "CONSENT_SIGNER_RELATION_" "relation";
    AccessKind "ACCESS_KIND_" "done";
    AccessReason "ACCESS_REASON_" "why";
    BreakGlassReason "BREAK_GLASS_REASON_" "emergency";
    BreakGlassVerdict "BREAK_GLASS_VERDICT_" "verdict";
    Position "POSITION_" "position";
    DeviceKind "DEVICE_KIND_" "authenticator";
    EntryKind "ENTRY_KIND_" "content-kind";
    EntryStatus "ENTRY_STATUS_" "content-status";
    EntryMark "ENTRY_MARK_" "entry-mark";
    QuestionState "QUESTION_STATE_" "content-question";
    InboxView "INBOX_VIEW_" "inbox-view";
}

/// More than the number of any value; not every number has one.
const NUMBERS: i32 = 256;

/// The name without its prefix, in lower case. A value of a later version is its number.
pub(crate) fn name<E: Named>(value: i32) -> String {
    E::try_from(value).map_or_else(|_| value.to_string(), short)
}

/// The value in words.
pub(crate) fn words<E: Named>(texts: &Texts, value: i32) -> String {
    let name = name::<E>(value);
    texts.find(&format!("{}-{}", E::WORDS, name.replace('_', "-"))).unwrap_or(name)
}

/// Every value but the unspecified one.
pub(crate) fn values<E: Named>() -> Vec<E> {
    (1..NUMBERS).filter_map(|number| E::try_from(number).ok()).collect()
}

/// Reads the name of a value that may be given on the command line; `-` stands for `_` too.
pub(crate) fn parser<E: Named>() -> impl TypedValueParser<Value = E> {
    parser_of(values::<E>().into_iter().filter(|value| !value.is_output_only()).collect())
}

/// The same for some of the values.
pub(crate) fn parser_of<E: Named>(values: Vec<E>) -> impl TypedValueParser<Value = E> {
    let possible = values.into_iter().map(|value| {
        let name = short(value);
        let dashed = name.replace('_', "-");
        if dashed == name { PossibleValue::new(name) } else { PossibleValue::new(name).alias(dashed) }
    });
    PossibleValuesParser::new(possible.collect::<Vec<_>>())
        .try_map(|given| given_value(&given).ok_or("unknown name"))
}

/// The value of that name, if it may be given; `-` stands for `_` too.
pub(crate) fn given_value<E: Named>(name: &str) -> Option<E> {
    let name = name.replace('-', "_");
    values::<E>().into_iter().find(|value| !value.is_output_only() && short(*value) == name)
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
        has_words::<Sensitivity>();
        has_words::<PurposeOfUse>();
        has_words::<OrganizationKind>();
        has_words::<PositionPolicy>();
        has_words::<Sex>();
        has_words::<MembershipStatus>();
        has_words::<StaffAccess>();
        has_words::<NoticeKind>();
        has_words::<AuditAction>();
        has_words::<AuditDecision>();
        has_words::<AuditFormat>();
        has_words::<ConsentEffect>();
        has_words::<ConsentSignerKind>();
        has_words::<ConsentSignerRelation>();
        has_words::<AccessKind>();
        has_words::<AccessReason>();
        has_words::<BreakGlassReason>();
        has_words::<BreakGlassVerdict>();
        has_words::<DeviceKind>();
        has_words::<Position>();
        has_words::<EntryKind>();
        has_words::<EntryStatus>();
        has_words::<EntryMark>();
        has_words::<QuestionState>();
        has_words::<InboxView>();
    }

    #[test]
    fn what_only_the_server_says_is_not_offered() {
        let read = |parser: clap::builder::ValueParser, text: &str| {
            let command = clap::Command::new("test").arg(clap::Arg::new("value").value_parser(parser));
            command.try_get_matches_from(["test", text]).is_ok()
        };
        assert!(read(parser::<Category>().into(), "visit-note"));
        assert!(!read(parser::<Category>().into(), "notice"));
        assert!(read(parser::<PurposeOfUse>().into(), "care_management"));
        assert!(!read(parser::<PurposeOfUse>().into(), "emergency"));
    }

    #[test]
    fn names() {
        assert_eq!(name::<Category>(Category::VisitNote as i32), "visit_note");
        assert_eq!(name::<Category>(99), "99");
        assert_eq!(values::<Role>().len(), 13);
        assert_eq!(given_value("visit-note"), Some(Category::VisitNote));
        assert_eq!(given_value::<Category>("notice"), None, "the server's own cannot be given");
    }
}
