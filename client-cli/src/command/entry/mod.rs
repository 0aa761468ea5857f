//! `renkei entry`: one entry, and what is done to it after it was posted.

mod acknowledge;
mod correct;
mod finalize;
mod retract;
mod show;

use renkei_proto::v1::{Entry, GetEntryRequest, timeline_service_client::TimelineServiceClient};

use crate::{
    connection::Connection,
    error::{Error, Exit, Result},
    text::msg,
};

verbs! {
    Show => show,
    Correct => correct,
    Retract => retract,
    Finalize => finalize,
    Acknowledge => acknowledge,
}

/// The entry as it stands.
pub(crate) async fn get(connection: &Connection, patient_id: &str, entry_id: &str) -> Result<Entry> {
    let request = GetEntryRequest { patient_id: patient_id.to_owned(), entry_id: entry_id.to_owned() };
    let answer = connection
        .call(request, async |channel, request| TimelineServiceClient::new(channel).get_entry(request).await)
        .await?;
    answer.entry.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")))
}
