//! The consent form as it is typed: the arguments that `record` and `amend` share.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use renkei_proto::v1::{
    AllMembers, Category, ConsentEffect, ConsentForm, ConsentScope, ConsentSigner, ConsentSignerKind,
    ConsentSignerRelation, OrganizationList, Period, PurposeOfUse, Role, Sensitivity, consent_scope::Scope,
};

use crate::{
    command::{consent::exception::Exception, resolve},
    connection::Connection,
    error::{Error, Result},
    output::{label, time},
    text::msg,
    transfer::local::{self, LocalFile},
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("scope").required(true).args(["all_members", "organization", "person"]))]
pub(crate) struct Form {
    #[arg(long)]
    all_members: bool,
    #[arg(long, value_name = "ORG")]
    organization: Vec<String>,
    #[arg(long)]
    person: Option<String>,
    #[arg(long, conflicts_with_all = EXCEPTIONS)]
    deny: bool,
    #[arg(long, value_parser = label::parser::<Role>())]
    role: Vec<Role>,
    #[arg(long, value_parser = label::parser::<Category>())]
    category: Vec<Category>,
    #[arg(long, value_parser = label::parser::<Sensitivity>())]
    sensitivity: Vec<Sensitivity>,
    #[arg(long, value_parser = label::parser::<PurposeOfUse>())]
    purpose: Vec<PurposeOfUse>,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, value_name = "ORG")]
    except_organization: Vec<String>,
    #[arg(long, value_name = "PERSON")]
    except_person: Vec<String>,
    #[arg(long, value_name = "ROLE", value_parser = label::parser::<Role>())]
    except_role: Vec<Role>,
    #[arg(long, value_name = "CATEGORY", value_parser = label::parser::<Category>())]
    except_category: Vec<Category>,
    #[arg(long, value_name = "SENSITIVITY", value_parser = label::parser::<Sensitivity>())]
    except_sensitivity: Vec<Sensitivity>,
    #[arg(long, value_name = "KEY=VALUE,…")]
    except: Vec<String>,
    #[arg(long, default_value = "patient", value_parser = label::parser::<ConsentSignerKind>())]
    signer: ConsentSignerKind,
    #[arg(long, value_name = "NAME", required_if_eq("signer", "representative"))]
    signer_name: Option<String>,
    #[arg(long, required_if_eq("signer", "representative"))]
    #[arg(value_parser = label::parser::<ConsentSignerRelation>())]
    relation: Option<ConsentSignerRelation>,
    #[arg(long, value_name = "YYYY-MM-DD")]
    signed_on: Option<String>,
    #[arg(long, value_name = "YYYY-MM-DD")]
    review_on: Option<String>,
    #[arg(long, value_name = "FILE")]
    paper: PathBuf,
}

/// Of which a denial can have none.
const EXCEPTIONS: [&str; 6] = [
    "except",
    "except_organization",
    "except_person",
    "except_role",
    "except_category",
    "except_sensitivity",
];

/// A form that reads, and whose paper is there. Organisations and people stand in it as they were typed.
#[derive(Debug)]
pub(crate) struct Typed {
    whom: Whom,
    /// Without scope and exceptions.
    form: ConsentForm,
    exceptions: Vec<Exception>,
    pub(crate) paper: LocalFile,
}

#[derive(Debug)]
enum Whom {
    AllMembers,
    Organizations(Vec<String>),
    Person(String),
}

impl Form {
    /// Checks what can be checked without the server, and reads the paper.
    pub(crate) fn read(self) -> Result<Typed> {
        let start = self.from.as_deref().map(time::parse).transpose()?;
        let end = self.until.as_deref().map(time::parse).transpose()?;
        let sign_date = self.signed_on.as_deref().map(time::parse_day).transpose()?;
        let review_date = self.review_on.as_deref().map(time::parse_day).transpose()?;
        let exceptions = self.exceptions()?;
        let signer = self.signer()?;
        let effect = if self.deny { ConsentEffect::Deny } else { ConsentEffect::Permit };
        let form = ConsentForm {
            effect: effect.into(),
            scope: None,
            roles: self.role.iter().map(|role| (*role).into()).collect(),
            categories: self.category.iter().map(|category| (*category).into()).collect(),
            sensitivities: self.sensitivity.iter().map(|sensitivity| (*sensitivity).into()).collect(),
            purposes: self.purpose.iter().map(|purpose| (*purpose).into()).collect(),
            period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
            exceptions: Vec::new(),
            signer: Some(signer),
            sign_date: Some(sign_date.unwrap_or_else(time::today)),
            review_date,
        };
        let whom = match self.person {
            Some(person) => Whom::Person(person),
            None if self.all_members => Whom::AllMembers,
            None => Whom::Organizations(self.organization),
        };
        Ok(Typed { whom, form, exceptions, paper: local::inspect(&self.paper)? })
    }

    /// Each value is an exception of its own, numbered in this order; then those of several conditions.
    fn exceptions(&self) -> Result<Vec<Exception>> {
        let none = Exception::default;
        let organizations = self.except_organization.iter().cloned();
        let organizations = organizations.map(|one| Exception { organizations: vec![one], ..none() });
        let people = self.except_person.iter().cloned();
        let people = people.map(|one| Exception { people: vec![one], ..none() });
        let roles = self.except_role.iter().map(|one| Exception { roles: vec![*one], ..none() });
        let categories = self.except_category.iter();
        let categories = categories.map(|one| Exception { categories: vec![*one], ..none() });
        let sensitivities = self.except_sensitivity.iter();
        let sensitivities = sensitivities.map(|one| Exception { sensitivities: vec![*one], ..none() });
        let simple = organizations.chain(people).chain(roles).chain(categories).chain(sensitivities);
        simple.map(Ok).chain(self.except.iter().map(|text| Exception::parse(text))).collect()
    }

    fn signer(&self) -> Result<ConsentSigner> {
        let named = self.signer_name.is_some() || self.relation.is_some();
        if self.signer == ConsentSignerKind::Patient && named {
            return Err(Error::usage(msg!("error-signer-patient")).next(msg!("next-signer-patient")));
        }
        Ok(ConsentSigner {
            kind: self.signer.into(),
            name: self.signer_name.clone().unwrap_or_default(),
            relation: self.relation.unwrap_or_default().into(),
        })
    }
}

impl Typed {
    /// The form to send, with the organisations and people looked up.
    pub(crate) async fn resolve(&self, connection: &Connection) -> Result<ConsentForm> {
        let scope = match &self.whom {
            Whom::AllMembers => Scope::AllMembers(AllMembers {}),
            Whom::Person(person) => Scope::PersonId(resolve::person(connection, person).await?),
            Whom::Organizations(organizations) => {
                let mut organization_ids = Vec::new();
                for organization in organizations {
                    organization_ids.push(resolve::organization(connection, organization).await?);
                }
                Scope::Organizations(OrganizationList { organization_ids })
            }
        };
        let mut exceptions = Vec::new();
        for exception in &self.exceptions {
            exceptions.push(exception.resolve(connection).await?);
        }
        Ok(ConsentForm { scope: Some(ConsentScope { scope: Some(scope) }), exceptions, ..self.form.clone() })
    }
}

#[cfg(test)]
mod tests;
