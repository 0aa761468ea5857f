//! Names of the organisations and people that consents name by UUID.

use std::collections::HashMap;

use renkei_proto::v1::{Consent, ConsentForm, consent_scope::Scope};

use crate::{
    command::{Context, pages::ALL, resolve},
    connection::Connection,
    error::Result,
};

/// UUIDs and names.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// What these consents need; nothing is asked for unless they name somebody and a person reads it.
    pub(crate) async fn of(
        context: &Context<'_>,
        connection: &Connection,
        consents: &[Consent],
    ) -> Result<Self> {
        let mut names = HashMap::new();
        if !context.out.is_human() {
            return Ok(Self(names));
        }
        let forms = || consents.iter().filter_map(|consent| consent.form.as_ref());
        if forms().any(names_organizations) {
            let organizations = resolve::organizations(connection).await?;
            names.extend(organizations.into_iter().map(|one| (one.organization_id, one.name)));
        }
        if forms().any(names_people) {
            let people = resolve::people(connection, String::new(), ALL).await?.items;
            names.extend(people.into_iter().map(|one| (one.person_id, one.name)));
        }
        Ok(Self(names))
    }

    #[cfg(test)]
    pub(crate) fn from_pairs<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect())
    }

    /// The name, or the UUID if there is none.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, String::as_str)
    }
}

fn names_organizations(form: &ConsentForm) -> bool {
    matches!(scope(form), Some(Scope::Organizations(_)))
        || form.exceptions.iter().any(|exception| !exception.organization_ids.is_empty())
}

fn names_people(form: &ConsentForm) -> bool {
    matches!(scope(form), Some(Scope::PersonId(_)))
        || form.exceptions.iter().any(|exception| !exception.person_ids.is_empty())
}

/// Whom a form names.
pub(crate) fn scope(form: &ConsentForm) -> Option<&Scope> {
    form.scope.as_ref()?.scope.as_ref()
}
