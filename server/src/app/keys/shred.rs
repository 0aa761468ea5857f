//! Destroying a patient's keys (R18): what is sealed under them stays where it is, and nobody opens it again. Two
//! administrators say so, and not before the record has been kept as long as it must be.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Instant};
use renkei_domain::access::Subject;
use renkei_domain::audit::{Act, Action, Maintenance, Operator};
use renkei_domain::id::PatientId;
use renkei_domain::identity::{Purpose, Role};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::keyring::Candidate;
use renkei_store::{StoreError, Tx, audit, identity, keyring, maintenance};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::App;
use crate::app::session::refused_login;

/// What an administrator approves with.
pub(crate) struct Approval {
    pub(crate) login_name: String,
    pub(crate) password: Zeroizing<String>,
}

impl App {
    /// How it stands with a patient whose keys are to be destroyed now.
    ///
    /// # Errors
    /// [`Reason::Internal`] with why they must not be, for the operator.
    pub(crate) async fn may_shred(&self, patient: PatientId) -> Result<Candidate> {
        let candidate = self
            .store
            .look(move |conn| Box::pin(async move { keyring::candidate(conn, patient).await }))
            .await
            .map_err(Error::from)?;
        self.check_retention(candidate)
    }

    /// Who approves: an administrator whose password this is.
    ///
    /// # Errors
    /// [`Reason::Internal`] with what is wrong, for the operator. A wrong password goes on record.
    pub(crate) async fn approver(self: &Arc<Self>, approval: Approval) -> Result<Subject> {
        let Approval { login_name, password } = approval;
        let (credentials, person) = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let credentials = identity::credentials(conn, &login_name).await?;
                    let person = match &credentials {
                        Some((id, _)) => identity::person(conn, *id).await?,
                        None => None,
                    };
                    Ok((credentials, person))
                })
            })
            .await
            .map_err(|error: StoreError| Error::from(error))?;
        let asker = credentials.as_ref().map_or(Uuid::nil(), |(id, _)| id.0);
        let hash = credentials.and_then(|(_, hash)| hash);
        let matches = self.password_matches(asker, &password, hash).await?;
        let wrong = || Error::internal("the login name or the password is wrong");
        let person = person.ok_or_else(wrong)?;
        if !matches {
            let refused = refused_login(&person, Action::PatientShred, asker, Reason::LoginFailed);
            self.record_failed_password(refused).await?;
            return Err(wrong());
        }
        let administrator = person.affiliations.iter().find(|it| it.role == Role::Administrator);
        match administrator.filter(|_| person.suspended_at.is_none()) {
            Some(affiliation) => Ok(Subject {
                person: person.id,
                organization: affiliation.organization,
                role: Role::Administrator,
                purpose: Purpose::Treatment,
            }),
            None => Err(Error::internal(format!("{} is not an administrator", person.login_name))),
        }
    }

    /// Destroys every version of the patient's key. From its commit on nobody sees the patient; a server beside
    /// forgets the keys that it has opened within two seconds.
    ///
    /// # Errors
    /// [`Reason::Internal`] with why it was not done, for the operator.
    pub(crate) async fn shred_patient(
        &self,
        patient: PatientId,
        approvers: [Subject; 2],
        operator: Operator,
        reason: String,
    ) -> Result<()> {
        if approvers[0].person == approvers[1].person {
            return Err(Error::internal("two different administrators must approve"));
        }
        let (now, years) = (self.now(), self.settings.retention_years);
        let stamps = [self.stamp(None), self.stamp(None)];
        let (console, act) = (self.stamp(None), Maintenance::of_region(operator, Action::PatientShred));
        let at_console = act.of_patient(patient);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let candidate = keyring::lock_candidate(tx, patient).await?;
                    let candidate = check(candidate, years, now)?;
                    for approver in &approvers {
                        hold_administrator(tx, approver).await?;
                    }
                    if !keyring::shred(tx, patient, &reason, now).await? {
                        return Err(Error::new(Reason::NotFound));
                    }
                    for (stamp, subject) in stamps.into_iter().zip(approvers) {
                        let of_region = Act::of_region(subject, Action::PatientShred, patient.0);
                        let act = Act { patient: Some(patient), epoch: Some(candidate.epoch), ..of_region };
                        audit::append(tx, stamp, &act).await?;
                    }
                    maintenance::append(tx, console, &at_console).await?;
                    Ok(())
                })
            })
            .await
    }

    fn check_retention(&self, candidate: Option<Candidate>) -> Result<Candidate> {
        check(candidate, self.settings.retention_years, self.now())
    }
}

/// Whoever approved may have been suspended since.
async fn hold_administrator(tx: &mut Tx, approver: &Subject) -> Result<()> {
    let person = identity::person_to_hold(tx, approver.person).await?;
    let is_administrator = person.is_some_and(|person| {
        person.suspended_at.is_none()
            && person
                .affiliations
                .iter()
                .any(|it| it.role == Role::Administrator && it.organization == approver.organization)
    });
    if is_administrator { Ok(()) } else { Err(Error::internal("an approver is no administrator any longer")) }
}

fn check(candidate: Option<Candidate>, years: u16, now: Timestamp) -> Result<Candidate> {
    let candidate = candidate.ok_or_else(|| Error::internal("there is no such patient"))?;
    if let Some(at) = candidate.shredded_at {
        return Err(Error::internal(format!("the keys of this patient were destroyed at {at}")));
    }
    if let Some(last) = candidate.last_entry_at {
        let until = kept_until(last, years);
        if now < until {
            return Err(Error::internal(format!(
                "the last entry is of {last}, and the record is kept for {years} years from then: its keys may be \
                 destroyed from {until}"
            )));
        }
    }
    Ok(candidate)
}

/// The same day so many years later; the last that can be told if there is none.
fn kept_until(last: Timestamp, years: u16) -> Timestamp {
    let later = Instant::from_microsecond(last.0)
        .and_then(|last| last.to_zoned(TimeZone::UTC).checked_add(Span::new().years(years)));
    later.map_or(Timestamp(i64::MAX), |later| Timestamp(later.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<Instant>().unwrap().as_microsecond())
    }

    fn candidate(last_entry_at: Option<Timestamp>) -> Option<Candidate> {
        Some(Candidate { epoch: 1, shredded_at: None, keys: 1, entries: 3, last_entry_at })
    }

    #[test]
    fn a_record_is_kept_for_years_from_its_last_entry() {
        let last = at("2024-02-29T01:02:03Z");
        assert_eq!(kept_until(last, 5), at("2029-02-28T01:02:03Z"));
        assert_eq!(kept_until(last, 4), at("2028-02-29T01:02:03Z"));
        assert_eq!(kept_until(Timestamp(i64::MAX), 5), Timestamp(i64::MAX));
        let told = check(candidate(Some(last)), 5, at("2029-02-28T01:02:02Z")).unwrap_err().internal_text();
        assert!(told.unwrap().ends_with("destroyed from 2029-02-28T01:02:03Z"));
        assert!(check(candidate(Some(last)), 5, at("2029-02-28T01:02:03Z")).is_ok());
        assert!(check(candidate(None), 5, last).is_ok(), "nothing was written");
    }

    #[test]
    fn nobody_is_shredded_twice_or_without_being_there() {
        let now = at("2030-01-01T00:00:00Z");
        let gone = candidate(None).map(|candidate| Candidate { shredded_at: Some(now), ..candidate });
        assert!(check(gone, 5, now).is_err());
        assert!(check(None, 5, now).is_err());
    }
}
