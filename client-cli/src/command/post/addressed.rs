//! Whom an entry is addressed to, as it is given: a person, an organisation, or a role.

use renkei_proto::v1::{Mention, Role};

use crate::{
    command::resolve,
    connection::Connection,
    error::{Error, Result},
    output::label,
    text::msg,
};

/// `PERSON`, `role:ROLE`, `role:ROLE@ORG`, `org:ORG`.
#[derive(Debug, PartialEq)]
pub(super) enum Whom {
    Person(String),
    Organization(String),
    Role(Role, Option<String>),
}

/// Reads it. Nothing is asked yet.
pub(super) fn read(text: &str) -> Result<Whom> {
    if let Some(organization) = text.strip_prefix("org:") {
        return Ok(Whom::Organization(organization.to_owned()));
    }
    let Some(role) = text.strip_prefix("role:") else {
        return Ok(Whom::Person(text.trim_start_matches('@').to_owned()));
    };
    let (role, organization) = role.split_once('@').map_or((role, None), |(role, at)| (role, Some(at)));
    let known = label::given_value::<Role>(role)
        .ok_or_else(|| Error::usage(msg!("error-mention", text = text)).next(msg!("next-mention")))?;
    Ok(Whom::Role(known, organization.map(str::to_owned)))
}

/// Several, with commas between them.
pub(crate) async fn mentions(connection: &Connection, text: &str) -> Result<Vec<Mention>> {
    let named = text.split([',', '、', '，']).map(str::trim).filter(|name| !name.is_empty());
    let whom = named.map(read).collect::<Result<Vec<_>>>()?;
    let mut mentions = Vec::new();
    for whom in whom {
        mentions.push(whom.mention(connection).await?);
    }
    Ok(mentions)
}

impl Whom {
    /// With the ids of what was named; for a UUID or a role alone no server is needed.
    pub(super) async fn mention(self, connection: &Connection) -> Result<Mention> {
        Ok(match self {
            Self::Person(person) => {
                Mention { person_id: resolve::person(connection, &person).await?, ..Default::default() }
            }
            Self::Organization(organization) => Mention {
                organization_id: resolve::organization(connection, &organization).await?,
                ..Default::default()
            },
            Self::Role(role, organization) => Mention {
                role: role.into(),
                organization_id: match organization {
                    Some(organization) => resolve::organization(connection, &organization).await?,
                    None => String::new(),
                },
                ..Default::default()
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_organisations_and_roles_are_told_apart() {
        assert_eq!(read("@endo").unwrap(), Whom::Person("endo".into()));
        assert_eq!(read("org:ひまわり").unwrap(), Whom::Organization("ひまわり".into()));
        assert_eq!(read("role:care-manager").unwrap(), Whom::Role(Role::CareManager, None));
        assert_eq!(read("role:nurse@ひまわり").unwrap(), Whom::Role(Role::Nurse, Some("ひまわり".into())));
        assert!(read("role:wizard").is_err());
    }
}
