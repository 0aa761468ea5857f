//! Messages, memos, and what the server tells.

use renkei_domain::timeline::{Memo, Message, Notice};
use renkei_proto::v1 as proto;

use super::parser::Parser;
use crate::grpc::convert;

pub(super) fn parse_message(parser: &mut Parser<'_>, message: &proto::Message) -> Message {
    let proto::Message { text, intent } = message;
    Message {
        text: parser.required_text("text", text),
        intent: parser.value("intent", *intent, convert::from_intent),
    }
}

pub(super) fn message(message: Message) -> proto::Message {
    let Message { text, intent } = message;
    proto::Message { text, intent: intent.map_or(0, convert::intent) }
}

pub(super) fn parse_memo(parser: &mut Parser<'_>, memo: &proto::Memo) -> Memo {
    let proto::Memo { title, text } = memo;
    Memo { title: parser.line("title", title), text: parser.required_text("text", text) }
}

pub(super) fn memo(memo: Memo) -> proto::Memo {
    let Memo { title, text } = memo;
    proto::Memo { title, text }
}

pub(super) fn notice(notice: Notice) -> proto::Notice {
    let Notice { notice, organization, person, object, text } = notice;
    let (organization, organization_name) = organization.unzip();
    let (person, person_name) = person.unzip();
    proto::Notice {
        kind: convert::notice_kind(notice),
        organization_id: convert::optional_text(organization),
        organization_name: organization_name.unwrap_or_default(),
        person_id: convert::optional_text(person),
        person_name: person_name.unwrap_or_default(),
        object_id: convert::optional_text(object),
        text,
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::id::{OrganizationId, PersonId};
    use renkei_domain::timeline::NoticeKind;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_notice_says_whom_it_is_about() {
        let (organization, person) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let about = Notice {
            notice: NoticeKind::BreakGlass,
            organization: Some((OrganizationId(organization), "みどり診療所".into())),
            person: Some((PersonId(person), "山田 太郎".into())),
            object: Some(Uuid::from_u128(3)),
            text: "救急搬送中".into(),
        };
        let told = notice(about.clone());
        assert_eq!(told.kind, proto::NoticeKind::BreakGlass as i32);
        assert_eq!((told.organization_id, told.person_id), (organization.to_string(), person.to_string()));
        assert_eq!(
            (told.organization_name.as_str(), told.person_name.as_str()),
            ("みどり診療所", "山田 太郎")
        );
        assert_eq!((told.object_id, told.text.as_str()), (Uuid::from_u128(3).to_string(), "救急搬送中"));
        let told = notice(Notice { organization: None, person: None, object: None, ..about });
        assert_eq!((told.organization_id.as_str(), told.person_id.as_str()), ("", ""));
        assert_eq!(told.object_id, "");
    }
}
