//! `TimelineService`.

pub(super) mod content;
mod posting;
mod request;
pub(super) mod response;

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use renkei_domain::Result;
use renkei_proto::v1 as proto;
use renkei_proto::v1::timeline_service_server::TimelineService;
use tonic::{Request, Response, Status};

use self::response::{entry, watch_event};
use super::status::to_status;
use super::{Services, caller};

#[tonic::async_trait]
impl TimelineService for Services {
    async fn post_entry(
        &self,
        request: Request<proto::PostEntryRequest>,
    ) -> Result<Response<proto::PostEntryResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = posting::post_entry(&request, self.app.now()).map_err(to_status)?;
        let key = self.request_key("PostEntry", id, &request);
        let posted = self.app.post_entry(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::PostEntryResponse { entry: Some(entry(posted)) }))
    }

    async fn correct_entry(
        &self,
        request: Request<proto::CorrectEntryRequest>,
    ) -> Result<Response<proto::CorrectEntryResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = posting::correct_entry(&request, self.app.now()).map_err(to_status)?;
        let key = self.request_key("CorrectEntry", id, &request);
        let posted = self.app.post_entry(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::CorrectEntryResponse { entry: Some(entry(posted)) }))
    }

    async fn retract_entry(
        &self,
        request: Request<proto::RetractEntryRequest>,
    ) -> Result<Response<proto::RetractEntryResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = posting::retract_entry(&request).map_err(to_status)?;
        let key = self.request_key("RetractEntry", id, &request);
        let posted = self.app.post_entry(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::RetractEntryResponse { entry: Some(entry(posted)) }))
    }

    async fn finalize_entry(
        &self,
        request: Request<proto::FinalizeEntryRequest>,
    ) -> Result<Response<proto::FinalizeEntryResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (patient, id) = request::entry_of(&request.patient_id, &request.entry_id).map_err(to_status)?;
        let found = self.app.finalize_entry(&caller, patient, id).await.map_err(to_status)?;
        Ok(Response::new(proto::FinalizeEntryResponse { entry: Some(entry(found)) }))
    }

    async fn acknowledge_entry(
        &self,
        request: Request<proto::AcknowledgeEntryRequest>,
    ) -> Result<Response<proto::AcknowledgeEntryResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, id, word) = posting::acknowledge_entry(request.get_ref()).map_err(to_status)?;
        self.app.acknowledge_entry(&caller, patient, id, word).await.map_err(to_status)?;
        Ok(Response::new(proto::AcknowledgeEntryResponse {}))
    }

    async fn get_entry(
        &self,
        request: Request<proto::GetEntryRequest>,
    ) -> Result<Response<proto::GetEntryResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (patient, id) = request::entry_of(&request.patient_id, &request.entry_id).map_err(to_status)?;
        let found = self.app.get_entry(&caller, patient, id).await.map_err(to_status)?;
        Ok(Response::new(proto::GetEntryResponse { entry: Some(entry(found)) }))
    }

    async fn list_entries(
        &self,
        request: Request<proto::ListEntriesRequest>,
    ) -> Result<Response<proto::ListEntriesResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, filter, page) = request::list_entries(request.into_inner()).map_err(to_status)?;
        let found = self.app.list_entries(&caller, patient, filter, page).await.map_err(to_status)?;
        Ok(Response::new(proto::ListEntriesResponse {
            entries: found.items.into_iter().map(entry).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn search_entries(
        &self,
        request: Request<proto::SearchEntriesRequest>,
    ) -> Result<Response<proto::SearchEntriesResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, query, wanted) = request::search(request.into_inner()).map_err(to_status)?;
        let found = self.app.search_entries(&caller, patient, query, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::SearchEntriesResponse {
            entries: found.items.into_iter().map(response::found).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn list_inbox(
        &self,
        request: Request<proto::ListInboxRequest>,
    ) -> Result<Response<proto::ListInboxResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (waiting, page) = request::list_inbox(request.into_inner()).map_err(to_status)?;
        let found = self.app.list_inbox(&caller, waiting, page).await.map_err(to_status)?;
        Ok(Response::new(proto::ListInboxResponse {
            entries: found.items.into_iter().map(entry).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn mark_read(
        &self,
        request: Request<proto::MarkReadRequest>,
    ) -> Result<Response<proto::MarkReadResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, entries) = request::mark_read(request.get_ref()).map_err(to_status)?;
        self.app.mark_read(&caller, patient, entries).await.map_err(to_status)?;
        Ok(Response::new(proto::MarkReadResponse {}))
    }

    async fn list_readers(
        &self,
        request: Request<proto::ListReadersRequest>,
    ) -> Result<Response<proto::ListReadersResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, id, page) = request::readers(request.into_inner()).map_err(to_status)?;
        let told = self.app.list_readers(&caller, patient, id, page).await.map_err(to_status)?;
        Ok(Response::new(response::readers(told)))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<proto::WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<proto::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let command = request::watch(request.get_ref()).map_err(to_status)?;
        let events = self.app.watch(&caller, command).await.map_err(to_status)?;
        Ok(Response::new(Box::pin(events.map(|event| event.map(watch_event).map_err(to_status)))))
    }
}
