//! Choosing a password: refused if it is easily guessed (R3), with what to do instead.

use std::sync::Arc;

use renkei_crypto::password::{self, PasswordProblem};
use renkei_domain::error::Reason;
use renkei_domain::guess;
use renkei_domain::identity::Person;
use renkei_domain::{Error, Result};
use uuid::Uuid;

use crate::app::App;

impl App {
    /// The hash of a password that the person has chosen, in this field of the request, to be stored. Wherever a password is chosen it goes through
    /// here.
    ///
    /// # Errors
    /// [`Reason::PasswordRefused`] with what is wrong with it, [`Reason::Busy`].
    pub(crate) async fn hash_new_password(
        self: &Arc<Self>,
        field: &'static str,
        asker: Uuid,
        person: &Person,
        password: String,
    ) -> Result<String> {
        let known = guess::words_about(person, self.settings.region.as_deref());
        let app = Arc::clone(self);
        let place = self.passwords.place(asker)?;
        self.passwords
            .run(place, move |memory| {
                password::judge(&password, &guess::spellings(&password), &known)
                    .map_err(|problem| refused(field, problem))?;
                Ok(password::hash(&password, &app.keys.pepper, app.entropy.as_ref(), memory))
            })
            .await?
    }
}

fn refused(field: &str, problem: PasswordProblem) -> Error {
    let description = match problem {
        PasswordProblem::TooShort => "must have at least 8 characters",
        PasswordProblem::TooLong => "must have at most 256 characters",
        PasswordProblem::Common => {
            "is easily guessed: common words, a date, a row of keys or a repetition; take three or more words that have nothing to do with each other"
        }
        PasswordProblem::Personal => {
            "is easily guessed by whoever knows the person: hardly more than a name, the login name, the organisation or the region; take three or more words that have nothing to do with these"
        }
    };
    Error::invalid_field(field, description).with_reason(Reason::PasswordRefused)
}
