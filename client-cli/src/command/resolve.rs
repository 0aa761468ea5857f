//! What people call things → their UUIDs: a patient by local identifier, an organisation by name, a
//! person by login name.

use renkei_proto::v1::{
    GetPatientRequest, ListOrganizationsRequest, ListPatientsRequest, ListPeopleRequest, Organization,
    Patient, Person, identity_service_client::IdentityServiceClient,
    patient_service_client::PatientServiceClient,
};
use uuid::Uuid;

use crate::{
    command::pages::{self, ALL},
    connection::Connection,
    error::{Error, Exit, Result},
    text::msg,
};

/// A patient by UUID or local identifier.
pub(crate) async fn patient(connection: &Connection, text: &str) -> Result<String> {
    if let Some(id) = as_uuid(text) {
        return Ok(id);
    }
    let listed = pages::fetch(ALL, async |page_size, page_token| {
        let request = ListPatientsRequest {
            local_identifier: text.to_owned(),
            name_kana: String::new(),
            page_size,
            page_token,
        };
        list_patients(connection, request).await
    });
    let patients = listed.await?.items;
    // Two custodian organisations may use the same number for different patients.
    only_one(text, patients.iter().map(|patient| patient.patient_id.as_str()), "patient")
}

/// An organisation by UUID or exact name.
pub(crate) async fn organization(connection: &Connection, text: &str) -> Result<String> {
    if let Some(id) = as_uuid(text) {
        return Ok(id);
    }
    let organizations = organizations(connection).await?;
    let named = organizations.iter().filter(|organization| organization.name == text);
    only_one(text, named.map(|organization| organization.organization_id.as_str()), "organization")
}

/// A person by UUID or login name.
pub(crate) async fn person(connection: &Connection, text: &str) -> Result<String> {
    if let Some(id) = as_uuid(text) {
        return Ok(id);
    }
    let people = people(connection, String::new(), ALL).await?.items;
    let named = people.iter().filter(|person| person.login_name == text);
    only_one(text, named.map(|person| person.person_id.as_str()), "person")
}

/// An id that has no other name.
pub(crate) fn uuid(text: &str) -> Result<String> {
    as_uuid(text).ok_or_else(|| Error::usage(msg!("error-uuid", text = text)))
}

pub(crate) async fn get_patient(connection: &Connection, patient_id: &str) -> Result<Patient> {
    let request = GetPatientRequest { patient_id: patient_id.to_owned() };
    let response = connection
        .call(request, async |channel, request| PatientServiceClient::new(channel).get_patient(request).await)
        .await?;
    response.patient.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")))
}

pub(crate) async fn list_patients(
    connection: &Connection,
    request: ListPatientsRequest,
) -> Result<(Vec<Patient>, String)> {
    let response = connection
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).list_patients(request).await
        })
        .await?;
    Ok((response.patients, response.next_page_token))
}

/// The name of an organisation, or its UUID if there is none.
pub(crate) async fn organization_name(connection: &Connection, id: &str) -> Result<String> {
    let named = organizations(connection).await?.into_iter().find(|one| one.organization_id == id);
    Ok(named.map_or_else(|| id.to_owned(), |one| one.name))
}

/// Every organisation, by name.
pub(crate) async fn organizations(connection: &Connection) -> Result<Vec<Organization>> {
    let listed = pages::fetch(ALL, async |page_size, page_token| {
        let request = ListOrganizationsRequest { page_size, page_token };
        let response = connection
            .call(request, async |channel, request| {
                IdentityServiceClient::new(channel).list_organizations(request).await
            })
            .await?;
        Ok((response.organizations, response.next_page_token))
    });
    Ok(listed.await?.items)
}

/// People by login name, of one organisation or (empty) of all.
pub(crate) async fn people(
    connection: &Connection,
    organization_id: String,
    limit: usize,
) -> Result<pages::Listed<Person>> {
    pages::fetch(limit, async |page_size, page_token| {
        let request = ListPeopleRequest { organization_id: organization_id.clone(), page_size, page_token };
        let response = connection
            .call(request, async |channel, request| {
                IdentityServiceClient::new(channel).list_people(request).await
            })
            .await?;
        Ok((response.people, response.next_page_token))
    })
    .await
}

fn as_uuid(text: &str) -> Option<String> {
    Uuid::try_parse(text).ok().map(|id| id.to_string())
}

fn only_one<'a>(text: &str, ids: impl Iterator<Item = &'a str>, kind: &str) -> Result<String> {
    let ids: Vec<&str> = ids.collect();
    match ids.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => Err(match kind {
            "patient" => Error::new(Exit::NotFound, msg!("error-no-patient", text = text))
                .next(msg!("next-no-patient")),
            "organization" => Error::new(Exit::NotFound, msg!("error-no-organization", text = text))
                .next(msg!("next-no-organization")),
            _ => {
                Error::new(Exit::NotFound, msg!("error-no-person", text = text)).next(msg!("next-no-person"))
            }
        }),
        several => {
            let error = Error::usage(msg!("error-ambiguous", text = text)).next(msg!("next-ambiguous"));
            Err(several.iter().fold(error, |error, id| error.detail(*id)))
        }
    }
}
