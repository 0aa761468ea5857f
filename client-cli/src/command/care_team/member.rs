//! A member of a care team: an organisation, or a person in whichever role.

use clap::Args;
use renkei_proto::v1::CareTeamMember;

use crate::{command::resolve, connection::Connection, error::Result};

/// `--organization ORG` or `--person PERSON`: exactly one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Whom {
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long)]
    person: Option<String>,
}

impl Whom {
    /// What a request calls it: each request has a type of its own for the two.
    pub(super) async fn resolve<M>(
        &self,
        connection: &Connection,
        organization: impl FnOnce(String) -> M,
        person: impl FnOnce(String) -> M,
    ) -> Result<M> {
        match &self.person {
            Some(name) => Ok(person(resolve::person(connection, name).await?)),
            None => Ok(organization(resolve::organization(connection, self.as_typed()).await?)),
        }
    }

    /// As the person called it.
    pub(super) fn as_typed(&self) -> &str {
        self.person.as_deref().or(self.organization.as_deref()).unwrap_or_default()
    }
}

/// Whether a person is the member.
pub(in crate::command) fn is_person(member: &CareTeamMember) -> bool {
    !member.person_id.is_empty()
}

/// Name of the organisation or the person.
pub(in crate::command) fn name(member: &CareTeamMember) -> &str {
    if is_person(member) { &member.person_name } else { &member.organization_name }
}
