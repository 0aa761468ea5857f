//! `TemplateService`.

use renkei_domain::Result;
use renkei_domain::id::TemplateId;
use renkei_domain::template::EntryTemplate;
use renkei_domain::timeline::{Content, Message};
use renkei_proto::v1 as proto;
use renkei_proto::v1::template_service_server::TemplateService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::parse::Fields;
use super::status::to_status;
use super::timeline::content;
use super::{Services, caller, convert};
use crate::app::template::SaveTemplate;

/// Bytes of the encoded content: 200 of them stay below the 4 MiB that clients take in one answer.
const MAX_BYTES: usize = 16 * 1024;

#[tonic::async_trait]
impl TemplateService for Services {
    async fn list_templates(
        &self,
        request: Request<proto::ListTemplatesRequest>,
    ) -> Result<Response<proto::ListTemplatesResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let found = self.app.list_templates(&caller).await.map_err(to_status)?;
        let templates = found.into_iter().map(template).collect();
        Ok(Response::new(proto::ListTemplatesResponse { templates }))
    }

    async fn save_template(
        &self,
        request: Request<proto::SaveTemplateRequest>,
    ) -> Result<Response<proto::SaveTemplateResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let new = parse_save(request.get_ref()).map_err(to_status)?;
        let saved = self.app.save_template(&caller, new).await.map_err(to_status)?;
        Ok(Response::new(proto::SaveTemplateResponse { template: Some(template(saved)) }))
    }

    async fn delete_template(
        &self,
        request: Request<proto::DeleteTemplateRequest>,
    ) -> Result<Response<proto::DeleteTemplateResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let mut fields = Fields::default();
        let id = TemplateId(fields.uuid("template_id", &request.get_ref().template_id));
        fields.finish(()).map_err(to_status)?;
        self.app.delete_template(&caller, id).await.map_err(to_status)?;
        Ok(Response::new(proto::DeleteTemplateResponse {}))
    }
}

fn parse_save(request: &proto::SaveTemplateRequest) -> Result<SaveTemplate> {
    let mut fields = Fields::default();
    let nothing = proto::EntryTemplate::default();
    let template = request.template.as_ref().unwrap_or(&nothing);
    let id = TemplateId(fields.uuid("template.template_id", &template.template_id));
    let name = fields.line("template.name", &template.name, 1, 100);
    if template.content.as_ref().is_some_and(|content| prost::Message::encoded_len(content) > MAX_BYTES) {
        fields.wrong("template.content", "is too long");
    }
    let content = content::parse_template(&mut fields, template.content.as_ref())
        // nothing is saved of what stands for a wrong content
        .unwrap_or_else(|| Content::Message(Message { text: String::new(), intent: None }));
    let etag = fields.line("etag", &request.etag, 0, 64);
    // no template has the nil one
    let etag = (!etag.is_empty()).then(|| Uuid::try_parse(&etag).unwrap_or(Uuid::nil()));
    fields.finish(SaveTemplate { id, name, content, etag })
}

fn template(template: EntryTemplate) -> proto::EntryTemplate {
    proto::EntryTemplate {
        template_id: template.id.to_string(),
        name: template.name,
        content: Some(content::content(template.content)),
        etag: template.etag.to_string(),
        actor: convert::actor(template.changed_by),
        update_time: convert::time(template.changed_at),
    }
}
