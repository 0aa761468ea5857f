//! `renkei person offboard`: somebody leaves an organisation. What will happen is shown before.

use clap::Args;
use renkei_proto::v1::{
    Affiliation, OffboardPersonRequest, OffboardPersonResponse, Person, Role,
    identity_service_client::IdentityServiceClient,
};
use serde_json::{Value, json};

use crate::{
    command::{Context, PasswordSource, new_id, pages::ALL, resolve},
    connection::Connection,
    error::{Error, Exit, Result},
    input,
    output::{
        json::Json,
        label::words,
        line::{Line, Style},
        note,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    person: String,
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long, value_name = "PERSON")]
    successor: Option<String>,
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Arguments { person, organization, successor, yes, password } = &arguments;
    let connection = context.connection()?;
    let person_id = resolve::person(&connection, person).await?;
    let organization_id = match organization {
        Some(organization) => resolve::organization(&connection, organization).await?,
        None => {
            let people = resolve::people(&connection, String::new(), ALL).await?.items;
            only_organization(person, people.iter().find(|found| found.person_id == person_id))?
        }
    };
    let successor_person_id = match successor {
        Some(successor) => resolve::person(&connection, successor).await?,
        None => String::new(),
    };
    let request = OffboardPersonRequest {
        request_id: new_id(),
        person_id,
        organization_id,
        successor_person_id,
        validate_only: true,
    };
    let planned = call(context, &connection, password, request.clone()).await?;
    for line in lines(context.texts, &planned, successor.as_deref()) {
        note(&Line::styled(Style::Faint, line));
    }
    let question = msg!("confirm-offboard", person = person, organization = organization_of(&planned));
    input::confirm(context.texts, &question, *yes).await?;
    let request = OffboardPersonRequest { request_id: new_id(), validate_only: false, ..request };
    let done = call(context, &connection, password, request).await?;
    context.out.one(done.json(), || {
        let person = done.person.clone().unwrap_or_default();
        let organization = organization_of(&planned);
        let left = msg!(
            "person-offboarded",
            name = person.name,
            login = person.login_name,
            organization = organization
        );
        vec![context.line(&left)]
    })
}

async fn call(
    context: &Context<'_>,
    connection: &Connection,
    password: &PasswordSource,
    request: OffboardPersonRequest,
) -> Result<OffboardPersonResponse> {
    context
        .call_dangerous(connection, password, request, async |channel, request| {
            IdentityServiceClient::new(channel).offboard_person(request).await
        })
        .await
}

impl Json for OffboardPersonResponse {
    fn json(&self) -> Value {
        json!({
            "person": self.person.json(),
            "ended_affiliations": self.ended_affiliations.json(),
            "assigned_patient_ids": self.assigned_patient_ids,
            "unstaffed_patient_ids": self.unstaffed_patient_ids,
            "personal_patient_ids": self.personal_patient_ids,
            "revoked_devices": self.revoked_devices,
            "voided_codes": self.voided_codes,
        })
    }
}

/// The organisation of somebody who works for one only.
fn only_organization(typed: &str, person: Option<&Person>) -> Result<String> {
    let affiliations = person.map(|person| person.affiliations.as_slice()).unwrap_or_default();
    match affiliations {
        [first, others @ ..] if others.iter().all(|it| it.organization_id == first.organization_id) => {
            Ok(first.organization_id.clone())
        }
        [] => Err(Error::new(Exit::NotFound, msg!("error-no-affiliations", person = typed))
            .next(msg!("next-no-affiliation"))),
        _ => Err(Error::usage(msg!("error-several-organizations", person = typed))
            .next(msg!("next-several-organizations"))),
    }
}

fn organization_of(planned: &OffboardPersonResponse) -> String {
    planned.ended_affiliations.first().map(|it| it.organization_name.clone()).unwrap_or_default()
}

/// What will happen.
fn lines(texts: &Texts, planned: &OffboardPersonResponse, successor: Option<&str>) -> Vec<String> {
    let role = |it: &Affiliation| words::<Role>(texts, it.role);
    let separator = texts.get("list-separator");
    let roles = planned.ended_affiliations.iter().map(role).collect::<Vec<_>>().join(&separator);
    let mut lines = vec![texts.format(&msg!("offboard-ends", roles = roles))];
    if planned.revoked_devices > 0 || planned.voided_codes > 0 {
        let (devices, codes) = (planned.revoked_devices, planned.voided_codes);
        lines.push(texts.format(&msg!("offboard-devices", devices = devices, codes = codes)));
    }
    let mut patients = |message: crate::text::Message, patients: &[String]| {
        if !patients.is_empty() {
            lines.push(texts.format(&message));
            lines.extend(patients.iter().map(|patient| format!("  {patient}")));
        }
    };
    match successor {
        Some(successor) => {
            patients(msg!("offboard-handed-over", person = successor), &planned.assigned_patient_ids);
        }
        None => patients(msg!("offboard-assigned"), &planned.assigned_patient_ids),
    }
    patients(msg!("offboard-unstaffed"), &planned.unstaffed_patient_ids);
    patients(msg!("offboard-personal"), &planned.personal_patient_ids);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn at(organization: &str, role: Role) -> Affiliation {
        Affiliation {
            organization_id: organization.into(),
            organization_name: "みどり診療所".into(),
            role: role.into(),
            ..Default::default()
        }
    }

    #[test]
    fn an_organisation_is_named_where_there_are_several() {
        let person = |affiliations| Person { affiliations, ..Default::default() };
        let two = person(vec![at("a", Role::Nurse), at("a", Role::CareWorker)]);
        assert_eq!(only_organization("suzuki", Some(&two)).unwrap(), "a");
        let elsewhere = person(vec![at("a", Role::Nurse), at("b", Role::Nurse)]);
        assert_eq!(only_organization("suzuki", Some(&elsewhere)).unwrap_err().exit(), Exit::Usage);
        for nothing in [Some(&person(Vec::new())), None] {
            assert_eq!(only_organization("suzuki", nothing).unwrap_err().exit(), Exit::NotFound);
        }
    }

    #[test]
    fn what_will_happen_is_said_before() {
        let planned = OffboardPersonResponse {
            ended_affiliations: vec![at("a", Role::Nurse), at("a", Role::CareWorker)],
            assigned_patient_ids: vec!["p".into(), "q".into()],
            unstaffed_patient_ids: vec!["q".into()],
            revoked_devices: 2,
            ..Default::default()
        };
        let texts = Texts::new(Language::Japanese);
        let told = lines(&texts, &planned, None);
        assert!(told[0].contains("看護師、介護職") && told[1].contains('2'), "{told:#?}");
        assert_eq!(told.len(), 7, "{told:#?}");
        assert!(lines(&texts, &planned, Some("sato")).iter().any(|line| line.contains("sato")));
    }
}
