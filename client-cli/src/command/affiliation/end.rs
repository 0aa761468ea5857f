//! `renkei affiliation end`: sessions and access under it end at once; what was written stays.

use clap::Args;
use renkei_proto::v1::{EndAffiliationRequest, Person, Role, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, new_id, pages::ALL, resolve},
    connection::Connection,
    error::{Error, Exit, Result},
    output::{
        json::Json as _,
        label::{self, words},
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "PERSON|AFFILIATION")]
    person: String,
    #[arg(long, value_name = "ORG", requires = "role")]
    organization: Option<String>,
    #[arg(long, requires = "organization", value_parser = label::parser::<Role>())]
    role: Option<Role>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let affiliation_id = match (&arguments.organization, arguments.role) {
        (Some(organization), Some(role)) => {
            find(&connection, context.texts, &arguments.person, organization, role).await?
        }
        _ => resolve::uuid(&arguments.person)?,
    };
    let request = EndAffiliationRequest { request_id: new_id(), affiliation_id };
    let answer = connection
        .call(request, async |channel, request| {
            IdentityServiceClient::new(channel).end_affiliation(request).await
        })
        .await?;
    let person = answer.person.unwrap_or_default();
    context.out.one(person.json(), || {
        vec![context.line(&msg!("affiliation-ended", name = person.name, login = person.login_name))]
    })
}

async fn find(
    connection: &Connection,
    texts: &Texts,
    person: &str,
    organization: &str,
    role: Role,
) -> Result<String> {
    let person_id = resolve::person(connection, person).await?;
    let organization_id = resolve::organization(connection, organization).await?;
    let people = resolve::people(connection, organization_id.clone(), ALL).await?.items;
    affiliation(&people, &person_id, &organization_id, role).ok_or_else(|| {
        let role = words::<Role>(texts, role.into());
        let what = msg!("error-no-affiliation", person = person, role = role, organization = organization);
        Error::new(Exit::NotFound, what).next(msg!("next-no-affiliation"))
    })
}

/// Nobody has a role twice at one organisation.
fn affiliation(people: &[Person], person_id: &str, organization_id: &str, role: Role) -> Option<String> {
    let person = people.iter().find(|person| person.person_id == person_id)?;
    let found = person
        .affiliations
        .iter()
        .find(|found| found.organization_id == organization_id && found.role == i32::from(role))?;
    Some(found.affiliation_id.clone())
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::Affiliation;

    use super::*;

    #[test]
    fn it_is_found_by_person_organisation_and_role_together() {
        let of = |id: &str, organization: &str, role: Role| Affiliation {
            affiliation_id: id.into(),
            organization_id: organization.into(),
            role: role.into(),
            ..Default::default()
        };
        let person =
            |id: &str, affiliations| Person { person_id: id.into(), affiliations, ..Default::default() };
        let people = [
            person(
                "p",
                vec![of("1", "a", Role::Nurse), of("2", "b", Role::Nurse), of("3", "b", Role::Doctor)],
            ),
            person("q", vec![of("4", "a", Role::Doctor)]),
        ];
        let found = |person, organization, role| affiliation(&people, person, organization, role);
        assert_eq!(found("p", "b", Role::Nurse).as_deref(), Some("2"));
        assert_eq!(found("p", "b", Role::Doctor).as_deref(), Some("3"));
        assert_eq!(found("p", "a", Role::Doctor), None);
        assert_eq!(found("r", "a", Role::Nurse), None);
    }
}
