//! `SummaryService`.

use renkei_proto::v1 as proto;
use renkei_proto::v1::summary_service_server::SummaryService;
use tonic::{Request, Response, Status};

use super::Services;

#[tonic::async_trait]
impl SummaryService for Services {
    async fn get_patient_summary(
        &self,
        _request: Request<proto::GetPatientSummaryRequest>,
    ) -> Result<Response<proto::GetPatientSummaryResponse>, Status> {
        Err(Status::unimplemented("not yet"))
    }

    async fn list_observations(
        &self,
        _request: Request<proto::ListObservationsRequest>,
    ) -> Result<Response<proto::ListObservationsResponse>, Status> {
        Err(Status::unimplemented("not yet"))
    }
}
