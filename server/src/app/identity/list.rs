//! Listing organisations and people. They are not patient data, so every session may.

use renkei_domain::administration;
use renkei_domain::id::OrganizationId;
use renkei_domain::identity::{Caller, Organization, Person};
use renkei_domain::{Error, Result};
use renkei_store::identity;
use uuid::Uuid;

use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of the organisations by name.
    pub(crate) async fn list_organizations(
        &self,
        caller: &Caller,
        page: PageRequest,
    ) -> Result<Page<Organization>> {
        let listing = Listing { method: "ListOrganizations", parameters: b"" };
        let (name, id) =
            self.open_page::<(String, Uuid)>(caller, listing, &page)?.unwrap_or((String::new(), Uuid::nil()));
        let items = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    identity::organizations(conn, (&name, OrganizationId(id)), page.size).await
                })
            })
            .await
            .map_err(Error::from)?;
        let next_token = match items.last() {
            Some(last) if is_full(&items, &page) => {
                self.page_token(caller, listing, &(&last.name, last.id.0))?
            }
            _ => String::new(),
        };
        Ok(Page { items, next_token })
    }

    /// A page of the people by login name, of all or of one organisation.
    pub(crate) async fn list_people(
        &self,
        caller: &Caller,
        organization: Option<OrganizationId>,
        page: PageRequest,
    ) -> Result<Page<Person>> {
        let parameters = organization.map(|id| id.0.into_bytes().to_vec()).unwrap_or_default();
        let listing = Listing { method: "ListPeople", parameters: &parameters };
        let after = self.open_page::<String>(caller, listing, &page)?.unwrap_or_default();
        let mut items = self
            .store
            .read(move |conn| {
                Box::pin(async move { identity::people(conn, organization, &after, page.size).await })
            })
            .await
            .map_err(Error::from)?;
        // that somebody is suspended is for who suspends
        let reach = administration::reach(&caller.subject());
        for person in &mut items {
            let is_own = |own| person.affiliations.iter().any(|it| it.organization == own);
            if !matches!(reach, Ok(own) if own.is_none_or(is_own)) {
                person.suspended_at = None;
            }
        }
        let next_token = match items.last() {
            Some(last) if is_full(&items, &page) => self.page_token(caller, listing, &last.login_name)?,
            _ => String::new(),
        };
        Ok(Page { items, next_token })
    }
}

fn is_full<T>(items: &[T], page: &PageRequest) -> bool {
    items.len() as i64 == page.size
}
