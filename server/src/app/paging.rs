//! Page tokens: sealed, and bound to the caller, the method, its parameters and an hour.

use renkei_crypto::page_token::{open_token, seal_token};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use serde::{Serialize, de::DeserializeOwned};

use super::App;

const LIFE_SECONDS: i64 = 3600;

/// Which page is wanted.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest {
    /// At most this many, within the method's bounds already.
    pub(crate) size: i64,
    /// The token, or empty for the first page.
    pub(crate) token: String,
}

/// A page and the token of the next one; empty on the last.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_token: String,
}

/// What a token is bound to besides the caller.
#[derive(Clone, Copy)]
pub(super) struct Listing<'a> {
    pub(super) method: &'a str,
    pub(super) parameters: &'a [u8],
}

impl App {
    /// Where the page begins; `None` for the first.
    pub(super) fn open_page<C: DeserializeOwned>(
        &self,
        caller: &Caller,
        listing: Listing<'_>,
        request: &PageRequest,
    ) -> Result<Option<C>> {
        if request.token.is_empty() {
            return Ok(None);
        }
        let binding = binding(caller, &listing);
        open_token(&self.keys.page_token, &request.token, &binding, self.now().unix_seconds())
            .and_then(|cursor| serde_json::from_slice(&cursor).ok())
            .map(Some)
            .ok_or_else(|| Error::new(Reason::PageTokenInvalid))
    }

    /// The token of the page that begins at `cursor`.
    pub(super) fn page_token<C: Serialize>(
        &self,
        caller: &Caller,
        listing: Listing<'_>,
        cursor: &C,
    ) -> Result<String> {
        let cursor = serde_json::to_vec(cursor).map_err(Error::internal)?;
        let expires = self.now().unix_seconds() + LIFE_SECONDS;
        let binding = binding(caller, &listing);
        Ok(seal_token(&self.keys.page_token, &cursor, &binding, expires, self.entropy.as_ref()))
    }
}

fn binding<'a>(caller: &'a Caller, listing: &Listing<'a>) -> [&'a [u8]; 4] {
    [
        caller.actor.person.as_bytes(),
        caller.affiliation.as_bytes(),
        listing.method.as_bytes(),
        listing.parameters,
    ]
}
