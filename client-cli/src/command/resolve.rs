//! What people call things → their UUIDs: a patient by local identifier, an organisation by name, a
//! person by login name or name, a consent by the beginning of its UUID.

use renkei_proto::v1::{
    Consent, GetPatientRequest, ListConsentsRequest, ListOrganizationsRequest, ListPatientsRequest,
    ListPeopleRequest, Organization, Patient, Person, consent_service_client::ConsentServiceClient,
    identity_service_client::IdentityServiceClient, patient_service_client::PatientServiceClient,
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
    check_patient(text)?;
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

/// Says no to what names no patient: to the server an empty local identifier means everybody.
pub(crate) fn check_patient(text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::usage(msg!("error-patient-empty")).next(msg!("next-no-patient")));
    }
    Ok(())
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

/// A person by UUID, login name or exact name.
pub(crate) async fn person(connection: &Connection, text: &str) -> Result<String> {
    if let Some(id) = as_uuid(text) {
        return Ok(id);
    }
    let people = people(connection, String::new(), ALL).await?.items;
    let named = people.iter().filter(|person| person.login_name == text || person.name == text);
    only_one(text, named.map(|person| person.person_id.as_str()), "person")
}

/// A consent of the patient by UUID, or by at least the first eight characters of one, as
/// [`short_id`](crate::output::short_id) shows it.
pub(crate) async fn consent(connection: &Connection, patient_id: &str, text: &str) -> Result<String> {
    if let Some(id) = as_uuid(text) {
        return Ok(id);
    }
    check_consent(text)?;
    let consents = consents(connection, patient_id).await?;
    Ok(consent_among(&consents, text)?.consent_id.clone())
}

/// The one of these consents that the text stands for, as in [`consent`].
pub(crate) fn consent_among<'a>(consents: &'a [Consent], text: &str) -> Result<&'a Consent> {
    let beginning = as_uuid(text).map_or_else(|| beginning(text), Ok)?;
    let meant = || consents.iter().filter(|consent| consent.consent_id.starts_with(&beginning));
    only_one(text, meant().map(|consent| consent.consent_id.as_str()), "consent")?;
    meant().next().ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")))
}

/// Says no to what can be neither a UUID nor the beginning of one, before anything is asked.
pub(crate) fn check_consent(text: &str) -> Result<()> {
    if as_uuid(text).is_none() {
        beginning(text)?;
    }
    Ok(())
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

/// A patient's consents in their newest versions, newest first.
pub(crate) async fn consents(connection: &Connection, patient_id: &str) -> Result<Vec<Consent>> {
    let request = ListConsentsRequest { patient_id: patient_id.to_owned() };
    let response = connection
        .call(request, async |channel, request| {
            ConsentServiceClient::new(channel).list_consents(request).await
        })
        .await?;
    Ok(response.consents)
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

/// The beginning of a UUID as the server writes it.
fn beginning(text: &str) -> Result<String> {
    let lower = text.to_ascii_lowercase();
    let is_beginning =
        (8..36).contains(&lower.len()) && lower.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if is_beginning {
        return Ok(lower);
    }
    Err(Error::usage(msg!("error-uuid", text = text)).next(msg!("next-no-consent")))
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
            "consent" => Error::new(Exit::NotFound, msg!("error-no-consent", text = text))
                .next(msg!("next-no-consent")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_names_no_patient() {
        for language in [crate::text::Language::English, crate::text::Language::Japanese] {
            let texts = crate::text::Texts::new(language);
            for blank in ["", " ", "\t\n", "\u{3000}"] {
                let error = check_patient(blank).unwrap_err();
                assert_eq!(error.exit(), Exit::Usage, "{blank:?}");
                assert!(error.lines(&texts).join("\n").contains("PATIENT"), "{:?}", error.lines(&texts));
            }
        }
        assert!(check_patient("S-1024").is_ok());
    }

    #[test]
    fn a_consent_is_named_by_enough_of_its_id() {
        assert_eq!(beginning("0197F0A0-00").unwrap(), "0197f0a0-00");
        assert!(check_consent("0197f0a0-0000-7000-8000-000000000001").is_ok());
        for bad in ["", "0197f0a", "0197f0a0-x", "１２３４５６７８", "0197f0a0-0000-7000-8000-0000000000011"]
        {
            assert_eq!(check_consent(bad).unwrap_err().exit(), Exit::Usage, "{bad}");
        }
    }

    #[test]
    fn what_stands_for_several_is_named_with_all_of_them() {
        let one = "0197f0a0-0000-7000-8000-000000000001";
        let other = "0197f0a0-0001-7000-8000-000000000002";
        let consents = [one, other].map(|id| Consent { consent_id: id.into(), ..Default::default() });
        for text in [one, "0197F0A0-0000", &one.to_uppercase()] {
            assert_eq!(consent_among(&consents, text).unwrap().consent_id, one);
        }
        assert_eq!(consent_among(&consents, "0197f0a1").unwrap_err().exit(), Exit::NotFound);
        let several = consent_among(&consents, "0197f0a0").unwrap_err();
        assert_eq!(several.exit(), Exit::Usage);
        let lines = several.lines(&crate::text::Texts::new(crate::text::Language::English));
        assert!(lines.iter().any(|line| line.trim() == other), "{lines:?}");
    }
}
