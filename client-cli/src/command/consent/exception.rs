//! Exceptions of a consent as they are typed: `--except-category laboratory`, or several conditions that
//! hold together, `--except "organization=ORG,category=laboratory"`.

use renkei_proto::v1::{Category, ConsentException, Role, Sensitivity};

use crate::{
    command::resolve,
    connection::Connection,
    error::{Error, Result},
    output::label::{Named, given_value},
    text::msg,
};

/// An exception in which organisations and people stand as they were typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exception {
    pub(crate) organizations: Vec<String>,
    pub(crate) people: Vec<String>,
    pub(crate) roles: Vec<Role>,
    pub(crate) categories: Vec<Category>,
    pub(crate) sensitivities: Vec<Sensitivity>,
}

impl Exception {
    /// Reads `KEY=VALUE,…` with the keys organization, person, role, category and sensitivity, each as
    /// often as needed. A name with a comma in it cannot be given so, but its UUID can.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::usage(msg!("error-exception", text = text)).next(msg!("next-exception"));
        let mut exception = Self::default();
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(wrong)?;
            let value = value.trim();
            if value.is_empty() {
                return Err(wrong());
            }
            match key.trim() {
                "organization" => exception.organizations.push(value.to_owned()),
                "person" => exception.people.push(value.to_owned()),
                "role" => exception.roles.push(named(value)?),
                "category" => exception.categories.push(named(value)?),
                "sensitivity" => exception.sensitivities.push(named(value)?),
                _ => return Err(wrong()),
            }
        }
        Ok(exception)
    }

    /// Looks up the organisations and people.
    pub(crate) async fn resolve(&self, connection: &Connection) -> Result<ConsentException> {
        let mut resolved = ConsentException {
            roles: self.roles.iter().map(|role| (*role).into()).collect(),
            categories: self.categories.iter().map(|category| (*category).into()).collect(),
            sensitivities: self.sensitivities.iter().map(|sensitivity| (*sensitivity).into()).collect(),
            ..Default::default()
        };
        for organization in &self.organizations {
            resolved.organization_ids.push(resolve::organization(connection, organization).await?);
        }
        for person in &self.people {
            resolved.person_ids.push(resolve::person(connection, person).await?);
        }
        Ok(resolved)
    }
}

fn named<E: Named>(name: &str) -> Result<E> {
    given_value(name)
        .ok_or_else(|| Error::usage(msg!("error-exception", text = name)).next(msg!("next-exception")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    #[test]
    fn what_is_typed_together_holds_together() {
        let exception =
            Exception::parse("organization=株式会社 A , category=laboratory,category=care-plan,role=nurse")
                .unwrap();
        assert_eq!(exception.organizations, ["株式会社 A"]);
        assert_eq!(exception.categories, [Category::Laboratory, Category::CarePlan]);
        assert_eq!(exception.roles, [Role::Nurse]);
        assert!(exception.people.is_empty() && exception.sensitivities.is_empty());
        let restricted = Exception::parse("person=hanako.suzuki,sensitivity=mental_health").unwrap();
        assert_eq!(restricted.people, ["hanako.suzuki"]);
        assert_eq!(restricted.sensitivities, [Sensitivity::MentalHealth]);
    }

    #[test]
    fn what_does_not_read_is_named() {
        let bad =
            ["", "laboratory", "category=", "category=shop", "category=notice", "colour=red", "role=nurse,"];
        for text in bad {
            assert_eq!(Exception::parse(text).unwrap_err().exit(), Exit::Usage, "{text}");
        }
    }
}
