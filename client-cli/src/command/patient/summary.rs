//! `renkei patient summary`: the patient on one screen, before a visit.

use clap::Args;
use renkei_proto::v1::{
    CareTeamMember, Consent, ErrorReason, GetPatientSummaryRequest, GetPatientSummaryResponse,
    ListCareTeamRequest, Patient, patient_service_client::PatientServiceClient,
    summary_service_client::SummaryServiceClient,
};
use serde_json::{Value, json};

use crate::{
    command::{
        Context,
        consent::{names::Names, view::View},
        resolve, timeline,
    },
    connection::Connection,
    error::{Error, Result},
    output::{json::Json as _, line::Line},
};

use self::screen::Screen;

mod screen;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

/// What is shown, as far as it is seen.
struct Found {
    patient: Option<Patient>,
    summary: GetPatientSummaryResponse,
    members: Vec<CareTeamMember>,
    consents: Vec<Consent>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let found = find(&connection, &patient_id).await?;
    let names = Names::of(context, &connection, &found.consents).await?;
    context.out.one(json(&found), || lines(context, &found, &names))
}

async fn find(connection: &Connection, patient_id: &str) -> Result<Found> {
    let id = || patient_id.to_owned();
    let summary = connection.call(GetPatientSummaryRequest { patient_id: id() }, async |channel, request| {
        SummaryServiceClient::new(channel).get_patient_summary(request).await
    });
    let team = connection.call(ListCareTeamRequest { patient_id: id() }, async |channel, request| {
        PatientServiceClient::new(channel).list_care_team(request).await
    });
    let (summary, patient, team, consents) = tokio::join!(
        summary,
        resolve::get_patient(connection, patient_id),
        team,
        resolve::consents(connection, patient_id)
    );
    Ok(Found {
        summary: summary?,
        patient: seen(patient)?,
        members: seen(team)?.map(|answer| answer.members).unwrap_or_default(),
        consents: seen(consents)?.unwrap_or_default(),
    })
}

/// Without a consent authors see what they wrote, and nothing else of the patient.
fn seen<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if Error::is(&error, ErrorReason::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn json(found: &Found) -> Value {
    json!({
        "patient": found.patient.json(),
        "summary": found.summary.json(),
        "care_team": found.members.json(),
        "consents": found.consents.json(),
    })
}

fn lines(context: &Context<'_>, found: &Found, names: &Names) -> Vec<Line> {
    let mut lines = match &found.patient {
        Some(patient) => timeline::patient_lines(context, patient),
        None => Vec::new(),
    };
    let view = View::new(context, names);
    let screen = Screen::new(context.texts, context.out.columns());
    let consents = found.consents.iter().flat_map(|consent| view.in_short(consent, screen.room())).collect();
    lines.extend(screen.lines(&found.summary, &found.members, consents));
    lines
}
