//! `renkei observation`: what was measured, of all organisations.

use renkei_proto::v1::{
    ListObservationsRequest, ObservedValue, Period, summary_service_client::SummaryServiceClient,
};

use crate::{
    command::pages::{self, ALL},
    connection::Connection,
    error::Result,
};

mod graph;

verbs! {
    Graph => graph,
}

/// All measurements of these codes in the period, newest entry first.
pub(crate) async fn observations(
    connection: &Connection,
    patient_id: &str,
    codes: &[String],
    period: Option<Period>,
) -> Result<Vec<ObservedValue>> {
    let listed = pages::fetch(ALL, async |page_size, page_token| {
        let request = ListObservationsRequest {
            patient_id: patient_id.to_owned(),
            codes: codes.to_vec(),
            period,
            page_size,
            page_token,
        };
        let answer = connection
            .call(request, async |channel, request| {
                SummaryServiceClient::new(channel).list_observations(request).await
            })
            .await?;
        Ok((answer.observations, answer.next_page_token))
    });
    Ok(listed.await?.items)
}
