//! `TemplateService`.

use renkei_proto::v1 as proto;
use renkei_proto::v1::template_service_server::TemplateService;
use tonic::{Request, Response, Status};

use super::Services;

#[tonic::async_trait]
impl TemplateService for Services {
    async fn list_templates(
        &self,
        _request: Request<proto::ListTemplatesRequest>,
    ) -> Result<Response<proto::ListTemplatesResponse>, Status> {
        Err(Status::unimplemented("not yet"))
    }

    async fn save_template(
        &self,
        _request: Request<proto::SaveTemplateRequest>,
    ) -> Result<Response<proto::SaveTemplateResponse>, Status> {
        Err(Status::unimplemented("not yet"))
    }

    async fn delete_template(
        &self,
        _request: Request<proto::DeleteTemplateRequest>,
    ) -> Result<Response<proto::DeleteTemplateResponse>, Status> {
        Err(Status::unimplemented("not yet"))
    }
}
