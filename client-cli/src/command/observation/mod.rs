//! `renkei observation`: what was measured, of all organisations.

use renkei_proto::v1::{
    ListObservationsRequest, ObservedValue, summary_service_client::SummaryServiceClient,
};

use crate::{
    command::pages::{self, Listed},
    connection::Connection,
    error::Result,
};

mod graph;
mod list;

verbs! {
    List => list,
    Graph => graph,
}

/// At most so many measurements, newest entry first.
pub(crate) async fn observations(
    connection: &Connection,
    request: ListObservationsRequest,
    limit: usize,
) -> Result<Listed<ObservedValue>> {
    pages::fetch(limit, async |page_size, page_token| {
        let request = ListObservationsRequest { page_size, page_token, ..request.clone() };
        let answer = connection
            .call(request, async |channel, request| {
                SummaryServiceClient::new(channel).list_observations(request).await
            })
            .await?;
        Ok((answer.observations, answer.next_page_token))
    })
    .await
}
