//! The first organisation and person of a region, when a data folder is made.

use std::sync::Arc;

use renkei_domain::access::Subject;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AffiliationId, OrganizationId, PersonId};
use renkei_domain::identity::{
    LOGIN_NAME_RULE, Organization, OrganizationKind, Person, Purpose, Role, is_login_name,
};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::{audit, identity};

use crate::app::App;
use crate::app::once::conflict;

/// Who the first administrator is.
pub(crate) struct FirstAdministrator {
    pub(crate) region: String,
    pub(crate) login_name: String,
    pub(crate) name: String,
}

/// What the first administrator enrols a device with.
pub(crate) struct FirstEnrollment {
    pub(crate) code: String,
    pub(crate) expires_at: Timestamp,
}

/// Creates the region's office, its administrator, and a one-time code.
///
/// # Errors
/// [`Reason::RequestInvalid`]; [`Reason::LoginNameTaken`] if the database has people already.
pub(crate) async fn create_first_administrator(
    app: &Arc<App>,
    new: FirstAdministrator,
) -> Result<FirstEnrollment> {
    if !is_login_name(&new.login_name) {
        return Err(Error::invalid_field("login_name", LOGIN_NAME_RULE));
    }
    let now = app.now();
    let organization = Organization {
        id: OrganizationId(app.new_uuid()),
        kind: OrganizationKind::CoordinationOffice,
        name: new.region,
        created_at: now,
    };
    let person = Person {
        id: PersonId(app.new_uuid()),
        login_name: new.login_name,
        name: new.name,
        name_kana: String::new(),
        affiliations: Vec::new(),
        created_at: now,
        suspended_at: None,
    };
    let role = Role::Administrator;
    let by = Subject { person: person.id, organization: organization.id, role, purpose: Purpose::Treatment };
    let enrollment = app.new_enrollment(person.id, None);
    let (id, expires_at) = (enrollment.id, enrollment.expires_at);
    let inner = Arc::clone(app);
    app.store
        .write(move |tx| {
            Box::pin(async move {
                identity::insert_organization(tx, &organization).await?;
                identity::insert_person(tx, &person).await.map_err(conflict(Reason::LoginNameTaken))?;
                let affiliation = AffiliationId(inner.new_uuid());
                identity::insert_affiliation(tx, affiliation, person.id, organization.id, role, now).await?;
                let act = Act::of_region(by, Action::PersonCreate, person.id.0);
                audit::append(tx, inner.stamp(None), &act).await?;
                inner.store_enrollment(tx, &enrollment, by, inner.stamp(None)).await
            })
        })
        .await?;
    Ok(FirstEnrollment { code: app.issued(id, expires_at).code, expires_at })
}
