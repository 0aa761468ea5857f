//! Requests about templates and reports.

use bytes::Bytes;
use renkei_proto::v1 as proto;

use super::{Call, call, decoded, new_id, one};

pub(in crate::decisions) const LIST_TEMPLATES: Call = call(|_, _| one(&proto::ListTemplatesRequest {}));

pub(in crate::decisions) const SAVE_TEMPLATE: Call = call(|_, _| {
    let message = proto::Message { text: "変わりありません。".into(), ..Default::default() };
    let content = Some(proto::entry_content::Content::Message(message));
    let template = proto::EntryTemplate {
        template_id: new_id(),
        name: new_id(),
        content: Some(proto::EntryContent { content }),
        ..Default::default()
    };
    one(&proto::SaveTemplateRequest { template: Some(template), etag: String::new() })
})
.note(|notes, answer| {
    let saved: proto::SaveTemplateResponse = decoded(answer);
    notes.template = saved.template.unwrap().template_id;
});

pub(in crate::decisions) const DELETE_TEMPLATE: Call =
    call(|_, notes| one(&proto::DeleteTemplateRequest { template_id: notes.template.clone() }));

pub(in crate::decisions) const GET_OWN_REPORT: Call = call(|_, _| report(String::new()));

pub(in crate::decisions) const GET_REPORT: Call = call(|about, _| report(about.member.clone()));

fn report(organization_id: String) -> Vec<Bytes> {
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let period = Some(proto::Period { start: at(1_790_000_000), end: at(1_800_000_000) });
    one(&proto::GetUsageReportRequest { organization_id, period })
}
