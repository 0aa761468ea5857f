//! `ReportService`.

use renkei_proto::v1 as proto;
use renkei_proto::v1::report_service_server::ReportService;
use tonic::{Request, Response, Status};

use super::Services;

#[tonic::async_trait]
impl ReportService for Services {
    async fn get_usage_report(
        &self,
        _request: Request<proto::GetUsageReportRequest>,
    ) -> Result<Response<proto::GetUsageReportResponse>, Status> {
        Err(Status::unimplemented("not yet"))
    }
}
