//! About what organisations do with files, their templates and their reports.

use prost_types::Timestamp;
use renkei_proto::v1::{
    DeleteTemplateRequest, EntryContent, EntryTemplate, GetOrganizationPolicyRequest, GetUsageReportRequest,
    Message, Period, SaveTemplateRequest, UpdateOrganizationPolicyRequest, entry_content::Content,
};

use super::Answer;
use crate::{
    foreign_ids::{question::Question, world::Ids},
    grpc::Session,
    region::new_id,
};

/// `None`: the question is about something else.
pub(super) async fn ask(question: Question, caller: &Session, ids: &Ids) -> Option<Answer> {
    let (mut identity, mut templates) = (caller.identity.clone(), caller.templates.clone());
    let (organization_id, template_id) = (ids.organization.clone(), ids.template.clone());
    Some(match question {
        Question::GetOrganizationPolicy => {
            let request = GetOrganizationPolicyRequest { organization_id };
            identity.get_organization_policy(request).await.map(drop)
        }
        Question::UpdateOrganizationPolicy => {
            let request = UpdateOrganizationPolicyRequest {
                request_id: new_id(),
                organization_id,
                attachment_quota_bytes: Some(1),
                ..Default::default()
            };
            identity.update_organization_policy(request).await.map(drop)
        }
        Question::SaveTemplate => {
            let text = Message { text: "変わりありません。".to_owned(), ..Default::default() };
            let template = EntryTemplate {
                template_id,
                name: "定型文".to_owned(),
                content: Some(EntryContent { content: Some(Content::Message(text)) }),
                ..Default::default()
            };
            let request = SaveTemplateRequest { template: Some(template), etag: new_id() };
            templates.save_template(request).await.map(drop)
        }
        Question::DeleteTemplate => {
            templates.delete_template(DeleteTemplateRequest { template_id }).await.map(drop)
        }
        Question::GetUsageReport => {
            let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
            let period = Some(Period { start: at(1_790_000_000), end: at(1_800_000_000) });
            let request = GetUsageReportRequest { organization_id, period };
            caller.reports.clone().get_usage_report(request).await.map(drop)
        }
        _ => return None,
    })
}
